//! Tasks of kind `measure`: the run is made anew, looked at where the task says, and the number there compared with what was
//! read off the screen.

use std::ops::ControlFlow;

use super::answer::{compared, number};
use super::{Trusted, passed, run};
use crate::lab::plan::task::{Measure, TaskPlan};
use crate::lab::{Lab, Overrides};
use crate::script::query;
use crate::session::{Pace, Status, Value};
use crate::snapshot::{Outcome, Verdict};

/// Judges a number that was typed.
pub(super) fn judge(trusted: &Trusted<'_>, task: &TaskPlan, measure: &Measure, given: &str) -> Verdict {
    let given = match number(given) {
        Ok(given) => given,
        Err(said) => return Verdict::of(Outcome::Error, said),
    };
    match right(trusted.lab, measure) {
        Ok(right) if measure.within.holds(given, right) => passed(task, "That is right."),
        Ok(right) => {
            let place = measure.until.as_ref().map_or_else(
                || "the screen at the end of the run".to_owned(),
                |until| format!("the screen at the first step with `{until}`"),
            );
            let said = compared(given, right, measure.within, &format!("read it off {place}"));
            Verdict::of(Outcome::Failed, said)
        }
        Err(said) => Verdict::of(Outcome::Error, said),
    }
}

/// The number that a run made anew gives.
///
/// # Errors
/// It gives none, in a sentence: the lab's author has to mend that.
pub fn right(lab: &Lab, measure: &Measure) -> Result<f64, String> {
    let cannot = |why: &str| format!("The lab's own run gives no number: {why}");
    let value = query(&measure.value).map_err(|error| cannot(error.what()))?;
    let until = measure.until.as_deref().map(query).transpose().map_err(|error| cannot(error.what()))?;
    let over = Overrides { set: measure.of.clone(), ..Overrides::default() };
    let lab = run::checked(|| lab.judged(None, &[], &[], &over)).map_err(|error| cannot(&error.to_string()))?;
    let pace = if until.is_some() { Pace::Step } else { Pace::Epoch };
    let (mut found, mut reached) = (Ok(Value::Number(f64::NAN)), until.is_none());
    let ended = run::follow(lab, None, pace, &mut |sight| {
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
        (_, Ok(Value::Number(value))) if value.is_finite() => Ok(value),
        (_, Ok(value)) => Err(cannot(&format!("`{}` is {value}", measure.value))),
    }
}
