//! Schedules: both give the same values at the steps that are asked for. One that learns from the run is shown a run of our
//! own: its losses fall for 200 steps and stay where they are then.

use super::near::{number, same, should_be};
use super::pair::Pair;
use super::stop::{Meter, Stop};
use super::{Compared, Difference};
use crate::lab::plan::task::Case;
use crate::optim::{RunView, Schedule};
use crate::script;

/// Steps of a case that does not say which: the first ones, where a slip of one shows, and some on both sides of round ones.
const AT: [u64; 14] = [0, 1, 2, 3, 10, 99, 100, 499, 500, 999, 1000, 1001, 2000, 5000];
/// Those of a case of schedules that learn, which go through all steps before.
const AT_LEARNING: [u64; 8] = [0, 1, 100, 250, 301, 302, 500, 1000];
/// The last step that a schedule which learns may be asked for.
const LAST_LEARNING: u64 = 20_000;
/// Steps of an epoch of the run that is shown.
const EPOCH: u64 = 50;

/// Compares both schedules in a case.
pub(super) fn compare(pair: &Pair<'_>, case: &Case, meter: &mut Meter) -> Compared {
    let values = pair.values(case)?;
    let mut reference = script::schedule(&pair.reference, &values.reference).map_err(|e| Stop::reference(&e))?;
    let mut own = meter.own(|| script::schedule(&pair.own, &values.own))?;
    let learns = reference.save().is_some() || own.save().is_some();
    let mut at = match (case.at.is_empty(), learns) {
        (false, _) => case.at.clone(),
        (true, true) => AT_LEARNING.to_vec(),
        (true, false) => AT.to_vec(),
    };
    at.sort_unstable();
    at.dedup();
    let last = at.last().copied().unwrap_or(0);
    if learns && last > LAST_LEARNING {
        let what = format!("`at` has step {last}; a schedule that learns from the run is asked up to {LAST_LEARNING}");
        return Err(Stop::author(what));
    }
    let expected = rates(&mut *reference, &at, learns).map_err(|error| Stop::reference(&error))?;
    let got = meter.own(|| rates(&mut *own, &at, learns))?;
    let size = expected.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let agree = |expected: f64, got: f64| same(expected, got, expected.abs().max(got.abs()), 1e-12 * size);
    let differ: Vec<usize> = (0..at.len()).filter(|k| !agree(expected[*k], got[*k])).collect();
    let Some(first) = differ.first().copied() else { return Ok(None) };
    let told = format!("at t = {} the value {}", at[first], should_be(expected[first], got[first]));
    let mut details = Vec::new();
    let agreeing: Vec<String> = (0..at.len()).filter(|k| !differ.contains(k)).map(|k| at[k].to_string()).collect();
    if !agreeing.is_empty() {
        details.push(format!("they agree at t = {}", agreeing.join(", ")));
    }
    if !learns {
        details.extend(shifted(&mut *reference, &at, &got, agree));
    }
    let hyper = values.own.iter().filter_map(|(name, value)| match value {
        script::HyperValue::Number(value) => Some(format!("{name} = {}", number(*value))),
        script::HyperValue::List(_) | script::HyperValue::Text(_) => None,
    });
    let hyper: Vec<String> = hyper.collect();
    if !hyper.is_empty() {
        details.push(format!("both have {}", hyper.join(", ")));
    }
    Ok(Some(Difference { told, details }))
}

/// The values at these steps, which rise.
fn rates(schedule: &mut dyn Schedule, at: &[u64], learns: bool) -> crate::error::Result<Vec<f64>> {
    if !learns {
        return at.iter().map(|t| schedule.rate(*t)).collect();
    }
    let mut values = Vec::with_capacity(at.len());
    for t in 0..=at.last().copied().unwrap_or(0) {
        let value = schedule.rate_of(t, &seen(t))?;
        if at.binary_search(&t).is_ok() {
            values.push(value);
        }
    }
    Ok(values)
}

/// The run as it looks after `t` updates.
fn seen(t: u64) -> RunView {
    if t == 0 {
        return RunView::default();
    }
    let loss = 1.0 / (1.0 + t.min(200) as f64 / 20.0);
    let epoch = (t - 1) / EPOCH + 1;
    let evaluations = t / EPOCH;
    let evaluated = 1.0 / (1.0 + (evaluations * EPOCH).min(200) as f64 / 20.0);
    let evaluated = if evaluations == 0 { f64::NAN } else { evaluated };
    let accuracy = 1.0 - evaluated / 2.0;
    RunView {
        step: t,
        epoch,
        evaluations,
        loss,
        smooth_loss: loss,
        train_loss: evaluated,
        val_loss: evaluated,
        train_accuracy: accuracy,
        val_accuracy: accuracy,
        grad_norm: loss,
        update_norm: loss / 10.0,
        lr: 0.1,
        ..RunView::default()
    }
}

/// The student's values are those of the step before or after, everywhere.
fn shifted(reference: &mut dyn Schedule, at: &[u64], got: &[f64], agree: impl Fn(f64, f64) -> bool) -> Option<String> {
    let mut all = |by: i64| {
        let pairs = at.iter().zip(got).filter_map(|(t, got)| Some((t.checked_add_signed(by)?, got)));
        let mut some = false;
        for (t, got) in pairs {
            some = true;
            if !agree(reference.rate(t).unwrap_or(f64::NAN), *got) {
                return false;
            }
        }
        some
    };
    let counts = "`t` is the number of updates already made, 0 at first";
    if all(-1) {
        Some(format!("all values come one step too late: {counts}"))
    } else if all(1) {
        Some(format!("all values come one step too early: {counts}"))
    } else {
        None
    }
}
