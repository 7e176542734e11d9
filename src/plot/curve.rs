//! The values of a name as a curve: over what is asked for, smooth or as they are, of one run or of one on several seeds.

use std::collections::BTreeMap;

use super::along::Places;
use super::figure::USUAL;
use super::names::Group;
use super::quantity::{Kind, Rows};
use super::run::Run;
use super::table::OnSeed;
use crate::train::Smooth;

/// A curve, in the values of its run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curve {
    /// Where and what; NaN where there is no value.
    pub points: Vec<(f64, f64)>,
    /// Of several seeds where, the lowest and the highest.
    pub band: Vec<(f64, f64, f64)>,
    /// Values as they were, of which the curve is the average; empty where it is none.
    pub raw: Vec<(f64, f64)>,
    /// The points are an average of the values.
    pub smooth: bool,
    /// They are one for each evaluation, or were logged now and then: each is worth a mark.
    pub sparse: bool,
    /// Each stands for a step.
    pub of_steps: bool,
}

/// Values so far apart that each has a mark.
const SPARSE: usize = 48;

/// The curve of a name in a group of runs, over the places of each; none if no run of it has any value.
pub fn of(group: &Group, runs: &[Run], places: &[Places], name: &str, kind: &Kind, decay: f64) -> Option<Curve> {
    if let [at] = group.runs[..]
        && let Some(curve) = on_seeds(&runs[at], &places[at], (name, kind), decay)
    {
        return Some(curve);
    }
    let each = group.runs.iter().filter_map(|at| {
        let values = runs[*at].values(name)?;
        Some((*at, values))
    });
    let each: Vec<_> = each.collect();
    let (_, first) = each.first()?;
    let of_steps = first.rows == Rows::Steps;
    let decay = if matches!(first.rows, Rows::Steps | Rows::Logged) { decay } else { 0.0 };
    let sparse = matches!(first.rows, Rows::Epochs | Rows::Logged) && first.points.len() <= SPARSE;
    let smooth = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
        if decay == 0.0 {
            return points.to_vec();
        }
        let mut average = Smooth::new(decay);
        let mut pushed = |value: f64| if value.is_finite() { average.push(value) } else { f64::NAN };
        points.iter().map(|(step, value)| (*step, pushed(*value))).collect()
    };
    let placed = |at: usize, points: &[(f64, f64)]| -> Vec<(f64, f64)> {
        points.iter().map(|(step, value)| (places[at].at(*step), *value)).collect()
    };
    if let [(at, values)] = each.as_slice() {
        let raw = if decay > 0.0 { placed(*at, &values.points) } else { Vec::new() };
        let points = placed(*at, &smooth(&values.points));
        return Some(Curve { points, raw, smooth: decay > 0.0, sparse, of_steps, ..Curve::default() });
    }
    let mut rows: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
    for (at, values) in &each {
        for (step, value) in smooth(&values.points) {
            rows.entry(step.to_bits()).or_default().push((places[*at].at(step), value));
        }
    }
    let broken: Vec<u64> = group.runs.iter().filter_map(|at| runs[*at].diverged).collect();
    let (points, band) = middles(rows, &broken, group.runs.len(), kind);
    Some(Curve { points, band, smooth: decay > 0.0, sparse, of_steps, ..Curve::default() })
}

/// The curve of a run of a race over its seeds, where the race's folder has it: of losses as they are or by the usual average,
/// of the gradient's norm as it is, and of evaluations.
fn on_seeds(run: &Run, places: &Places, (name, kind): (&str, &Kind), decay: f64) -> Option<Curve> {
    let of_steps = matches!(name, "loss" | "grad_norm");
    let column = match name {
        "loss" if decay == 0.0 => "loss",
        "loss" if (decay - USUAL).abs() < f64::EPSILON => "smooth_loss",
        "grad_norm" if decay == 0.0 => "grad_norm",
        "train_loss" | "val_loss" | "train_accuracy" | "val_accuracy" => name,
        _ => return None,
    };
    let points = |own: &OnSeed| -> Vec<(f64, f64)> {
        let columns = own.rows.column("step").zip(own.rows.column(column));
        let points = columns.into_iter().flat_map(|(steps, values)| steps.iter().copied().zip(values.iter().copied()));
        points.filter(|(_, value)| !value.is_nan()).collect()
    };
    let each: Vec<Vec<(f64, f64)>> = run.on_seeds.iter().map(points).collect();
    // The longer a run is the fewer of its steps were kept, and these were kept of the shorter ones, too.
    let last = |points: &&Vec<(f64, f64)>| points.last().map_or(0.0, |(step, _)| *step);
    let longest = each.iter().max_by(|a, b| last(a).total_cmp(&last(b)).then(b.len().cmp(&a.len())))?;
    if each.len() < 2 || longest.is_empty() {
        return None;
    }
    let mut rows: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
    for (step, _) in longest {
        let at = |points: &Vec<(f64, f64)>| {
            let found = points.binary_search_by(|(own, _)| own.total_cmp(step)).ok()?;
            Some((places.at(*step), points[found].1))
        };
        rows.insert(step.to_bits(), each.iter().filter_map(at).collect());
    }
    let broken: Vec<u64> = run.on_seeds.iter().filter_map(|own| own.diverged).collect();
    let sparse = !of_steps && rows.len() <= SPARSE;
    let (points, band) = middles(rows, &broken, each.len(), kind);
    Some(Curve { points, band, smooth: of_steps && decay > 0.0, sparse, of_steps, ..Curve::default() })
}

/// The points of a curve, and from where to where there are values around them.
type Middles = (Vec<(f64, f64)>, Vec<(f64, f64, f64)>);

/// The middle of the values at each step, and from the lowest to the highest of them. They are of so many runs, of which some
/// broke down at these steps.
fn middles(rows: BTreeMap<u64, Vec<(f64, f64)>>, broken: &[u64], count: usize, kind: &Kind) -> Middles {
    // A run that broke down is worse than any other from there on, as in a race on several seeds.
    let worst = worst(kind);
    let (mut points, mut band) = (Vec::new(), Vec::new());
    for (step, row) in rows {
        let over: Vec<f64> = row.iter().map(|(x, _)| *x).filter(|x| x.is_finite()).collect();
        let gone = broken.iter().filter(|at| f64::from_bits(step) >= **at as f64).count();
        let lacking = gone.min(count.saturating_sub(row.len()));
        let values = row.iter().map(|(_, value)| if value.is_nan() { worst } else { *value });
        let mut values: Vec<f64> = values.chain(std::iter::repeat_n(worst, lacking)).collect();
        values.sort_by(f64::total_cmp);
        let Some(x) = middle(&sorted(over)) else { continue };
        let (Some(median), Some(low), Some(high)) = (middle(&values), values.first(), values.last()) else { continue };
        points.push((x, if median.is_finite() { median } else { f64::NAN }));
        band.push((x, *low, *high));
    }
    (points, band)
}

/// The lowest, the middle and the highest of what runs have come to on several seeds.
pub fn spread(scores: &[Option<f64>], kind: &Kind) -> Option<(f64, f64, f64)> {
    let values = sorted(scores.iter().map(|score| score.unwrap_or(worst(kind))).collect());
    Some((*values.first()?, middle(&values)?, *values.last()?))
}

/// What a run that broke down counts for.
fn worst(kind: &Kind) -> f64 {
    if *kind == Kind::Accuracy { f64::NEG_INFINITY } else { f64::INFINITY }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The middle of sorted values, of an even number of them the mean of the two in the middle.
fn middle(values: &[f64]) -> Option<f64> {
    let half = values.len() / 2;
    match values {
        [] => None,
        values if values.len() % 2 == 1 => Some(values[half]),
        values => Some(values[half - 1].midpoint(values[half])),
    }
}
