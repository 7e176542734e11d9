//! What data lose when they become the 32-bit numbers that a network computes with. A column that lies far from 0 beside
//! its own range has its meaning in digits that are rounded away: legal, but nothing should be lost without a word.

use super::data::DataSection;
use super::warnings::listed;
use crate::data::{Columns, Dataset, Target};
use crate::error::Error;
use crate::lab::plan::Samples;

/// The most that rounding may change a value by, as a share of the column's range, before it is told.
const MOST: f64 = 1e-3;

/// Whether so much is lost that it is told.
pub(super) fn matters(lost: f64) -> bool {
    lost > MOST
}

/// What each column of targets will lose, as a share of its range; nothing for classes.
pub(super) fn lost_targets(target: &Target<f64>) -> Vec<f64> {
    let Target::Values(values) = target else { return Vec::new() };
    let mut columns = Columns::<f32>::new(values.ncols().max(1), values.nrows());
    values.iter().for_each(|value| columns.push(*value));
    columns.lost()
}

/// Features that were rounded as they were read, since nothing scales them.
pub(super) fn of_features(data: &DataSection, train: &Dataset<f32>) -> Option<Error> {
    let lost: Vec<(String, f64)> = train
        .feature_names()
        .iter()
        .cloned()
        .zip(train.lost().iter().copied())
        .filter(|(_, lost)| matters(*lost))
        .collect();
    let error = told("feature", train.origin(), &lost)?.at(data.origin.clone());
    Some(error.help("`data.standardize: true` scales features before they are rounded"))
}

/// Targets, which nothing scales. Those of a table are called by their names.
pub(super) fn of_targets(data: &DataSection, train: &Dataset<f32>, lost: &[f64]) -> Option<Error> {
    let name = |at: usize| match &data.plan.samples {
        Samples::Csv { targets, .. } => targets.get(at).cloned().unwrap_or_default(),
        _ => format!("column {}", at + 1),
    };
    let lost: Vec<(String, f64)> =
        lost.iter().enumerate().filter(|(_, lost)| matters(**lost)).map(|(at, lost)| (name(at), *lost)).collect();
    let error = told("target", train.target_origin(), &lost)?.at(data.targets.clone());
    Some(error.help("targets are not scaled: subtract a number near their mean from them"))
}

fn told(thing: &str, origin: &str, lost: &[(String, f64)]) -> Option<Error> {
    let most = lost.iter().map(|(_, lost)| *lost).reduce(f64::max)?;
    let names: Vec<String> = lost.iter().map(|(name, _)| name.clone()).collect();
    let (things, range) = if lost.len() == 1 { ("", "its range") } else { ("s", "their range") };
    let percent =
        if most < 1.0 { format!("up to {:.1} % of {range}", 100.0 * most) } else { format!("more than {range}") };
    Some(Error::user(format!(
        "rounding to 32 bits changes the {thing}{things} {} of `{origin}` by {percent}",
        listed(&names)
    )))
}
