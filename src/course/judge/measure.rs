//! Tasks of kind `measure`.

use super::Trusted;
use crate::lab::plan::task::{Measure, TaskPlan};
use crate::snapshot::{Outcome, Verdict};

pub(super) fn judge(_trusted: &Trusted<'_>, _task: &TaskPlan, _measure: &Measure, _given: &str) -> Verdict {
    Verdict::of(Outcome::Error, "measures are not judged yet")
}
