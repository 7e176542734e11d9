//! Tasks of kind `measure`: the run is made anew, looked at where the task says, and the number there compared with what was
//! read off the screen.

use std::ops::ControlFlow;

use super::answer::{compared, number};
use super::{Trusted, passed, run};
use crate::lab::plan::task::{Measure, TaskPlan};
use crate::lab::{Lab, Overrides};
use crate::script::query;
use crate::session::{Pace, Query, Status, Value};
use crate::snapshot::{Outcome, Verdict};

/// Judges a number that was typed.
pub(super) fn judge(trusted: &Trusted<'_>, task: &TaskPlan, measure: &Measure, given: &str) -> Verdict {
    let given = match number(given) {
        Ok(given) => given,
        Err(said) => return Verdict::of(Outcome::Error, said),
    };
    match read(trusted.lab, measure) {
        Ok(Read { right, .. }) if measure.within.holds(given.value, right) => passed(task, "That is right."),
        Ok(Read { right, stays }) => {
            // Where it is the same all along the run, where it was read is not what is wrong.
            let look = if stays {
                "look which number on the screen is asked for".to_owned()
            } else if !is_read_off(&measure.value) {
                // Worked out of numbers that may stand there at another step than the one that is asked for, as the gradient
                // of a step is of where that step has led.
                "look which number on the screen is asked for, and at which step".to_owned()
            } else {
                format!("read it off the screen {}", place(measure))
            };
            Verdict::of(Outcome::Failed, compared(&given, right, measure.within, &look))
        }
        Err(said) => Verdict::of(Outcome::Error, said),
    }
}

/// The number is one that stands on the screen where the run is looked at: a number of the run, and not worked out of some.
fn is_read_off(value: &str) -> bool {
    // What a name is given, as in `run.average("simple.12")`, is part of it.
    let named: String = value.trim().split('"').step_by(2).collect();
    let name = named.strip_suffix("()").unwrap_or(&named);
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
}

/// The number and where it is read, in words: "`run.loss` at step 2", "`run.val_loss` at the end of a run with
/// `training.batch=512`".
pub fn asked(measure: &Measure) -> String {
    let place = place(measure);
    let of = format!("a run with `{}`", measure.of.join(" "));
    let place = match place.strip_suffix("the run") {
        _ if measure.of.is_empty() => place,
        Some(before) => format!("{before}{of}"),
        None => format!("{place} of {of}"),
    };
    format!("`{}` {place}", measure.value)
}

/// Where the run is looked at, in words: `at step 2`, `at the end of the run`.
fn place(measure: &Measure) -> String {
    let Some(until) = &measure.until else { return "at the end of the run".to_owned() };
    let sides = ["==", ">="].into_iter().find_map(|word| until.split_once(word));
    let known = sides.and_then(|(left, right)| {
        let number: u64 = right.trim().parse().ok()?;
        match left.trim().trim_start_matches("run.") {
            "step" => Some(format!("at step {number}")),
            "epoch" => Some(format!("at the first step of epoch {number}")),
            _ => None,
        }
    });
    known.unwrap_or_else(|| format!("at the first step with `{until}`"))
}

/// What a run made anew gives.
struct Read {
    /// The number where the run is looked at.
    right: f64,
    /// It was the same, within what an answer may be off, wherever else the run was looked at.
    stays: bool,
}

/// The number that a run made anew gives.
///
/// # Errors
/// It gives none, in a sentence: the lab's author has to mend that.
pub fn right(lab: &Lab, measure: &Measure) -> Result<f64, String> {
    read(lab, measure).map(|read| read.right)
}

fn read(lab: &Lab, measure: &Measure) -> Result<Read, String> {
    let cannot = |why: &str| format!("The lab's own run gives no number: {why}");
    let value = query(&measure.value).map_err(|error| cannot(error.what()))?;
    let until = measure.until.as_deref().map(query).transpose().map_err(|error| cannot(error.what()))?;
    let over = Overrides { set: measure.of.clone(), ..Overrides::default() };
    let lab = run::checked(|| lab.judged(None, &[], &[], &over)).map_err(|error| cannot(&error.to_string()))?;
    let pace = if until.is_some() { Pace::Step } else { Pace::Epoch };
    let (mut found, mut reached) = (Ok(Value::Number(f64::NAN)), until.is_none());
    let (mut looks, mut all) = (0, Vec::new());
    let asks: Vec<&Query> = std::iter::once(&value).chain(&until).collect();
    let ended = run::follow(lab, None, pace, &asks, &mut |sight| {
        looks += 1;
        all.extend(
            value.value(sight).ok().and_then(|value| if let Value::Number(value) = value { Some(value) } else { None }),
        );
        match &until {
            None => found = value.value(sight),
            Some(until) => match until.holds(sight) {
                Ok(false) => return ControlFlow::Continue(()),
                Ok(true) => (found, reached) = (value.value(sight), true),
                Err(error) => (found, reached) = (Err(error), true),
            },
        }
        if until.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    match (ended, found) {
        (Err(error) | Ok(Status::Failed(error)), _) | (_, Err(error)) => Err(cannot(&error.to_string())),
        _ if !reached => Err(cannot(&format!("`{}` never holds", measure.until.as_deref().unwrap_or_default()))),
        (_, Ok(Value::Number(right))) if right.is_finite() => {
            let stays = looks > 1 && all.len() == looks && all.iter().all(|value| measure.within.holds(*value, right));
            Ok(Read { right, stays })
        }
        (_, Ok(value)) => Err(cannot(&format!("`{}` is {value}", measure.value))),
    }
}
