//! A goal's run on one seed: where each check held, or how near it came.

use std::ops::ControlFlow;

use crate::course::judge::margin::{Call, Margin};
use crate::course::judge::{Submitted, Trusted, run};
use crate::error::{Error, Result};
use crate::lab::Overrides;
use crate::lab::plan::Subject;
use crate::lab::plan::task::{Budget, Goal};
use crate::script::query;
use crate::session::{Pace, Query, Sight, Status};

/// What is the same on all seeds.
pub(super) struct SeedRun<'a> {
    pub trusted: &'a Trusted<'a>,
    pub goal: &'a Goal,
    pub submitted: &'a Submitted,
    pub limit: Budget,
}

/// What came of a run.
pub(super) struct Tried {
    /// Each check, in the goal's order.
    pub marks: Vec<Met>,
    /// How far it went: `12 epochs`, `40 steps`.
    pub length: String,
    /// What else there is to say of its end: that it diverged, and where.
    pub end: String,
}

/// What came of a check.
pub(super) enum Met {
    /// It held first at this place, and by at most so much as long as it went on to hold.
    Held { at: String, margin: Option<Call> },
    /// It never did; where it came nearest, and by how much (below 0) it missed.
    Missed { nearest: Option<(String, Call)> },
}

impl Met {
    pub fn held(&self) -> bool {
        matches!(self, Self::Held { .. })
    }
}

/// A check that is looked at.
struct Check {
    query: Query,
    margin: Option<Margin>,
    /// It speaks of divergence, so that it may hold of a run that has diverged.
    of_divergence: bool,
    met: Met,
    /// It has held, and does not hold any more or cannot hold by more.
    over: bool,
}

impl Check {
    /// # Errors
    /// It names a number that no run has.
    fn look(&mut self, sight: &Sight<'_>, at: &dyn Fn() -> String) -> Result<()> {
        let margin = self.margin.as_ref().and_then(|margin| margin.value(sight));
        match (&mut self.met, margin) {
            (Met::Held { margin: best, .. }, margin) => match (best, margin) {
                (Some(best), Some(margin)) if self.query.holds(sight)? => {
                    if margin.by > best.by {
                        *best = margin;
                    }
                }
                _ => self.over = true,
            },
            (Met::Missed { .. }, margin) if self.query.holds(sight)? => {
                self.over = margin.is_none();
                self.met = Met::Held { at: at(), margin };
            }
            (Met::Missed { nearest }, Some(margin)) => {
                if nearest.as_ref().is_none_or(|(_, best)| margin.by > best.by) {
                    *nearest = Some((at(), margin));
                }
            }
            (Met::Missed { .. }, None) => {}
        }
        Ok(())
    }
}

impl SeedRun<'_> {
    /// Runs on a seed.
    ///
    /// # Errors
    /// What was handed in makes no lab, or its scripts fail on the way.
    pub fn tried(&self, seed: u64) -> Result<Tried> {
        let Self { trusted, goal, submitted, limit } = self;
        let over = Overrides { seed: Some(seed), ..Overrides::default() };
        let files: Vec<_> = submitted.files.iter().filter(|(name, _)| goal.files.contains(name)).cloned().collect();
        let lab = run::checked(|| trusted.lab.judged(submitted.lab.as_deref(), &goal.edit, &files, &over))?;
        let by_epochs = matches!(lab.subject, Subject::Network(_));
        let pace = if by_epochs { Pace::Epoch } else { Pace::Step };
        let mut checks = Vec::with_capacity(goal.marks.len());
        for mark in &goal.marks {
            let met = Met::Missed { nearest: None };
            let of_divergence = mark.check.contains("diverged");
            checks.push(Check {
                query: query(&mark.check)?,
                margin: Margin::of(&mark.check),
                of_divergence,
                met,
                over: false,
            });
        }
        let (mut failed, mut length): (Option<Error>, String) = (None, "0 steps".to_owned());
        let (steps, epochs) = match *limit {
            Budget::Steps(steps) => (Some(steps).filter(|steps| *steps < u64::MAX), u64::MAX),
            Budget::Epochs(epochs) => (None, epochs),
        };
        let queries: Vec<Query> = checks.iter().map(|check| check.query.clone()).collect();
        let asks: Vec<&Query> = queries.iter().collect();
        let ended = run::follow(lab, steps, pace, &asks, &mut |sight| {
            let Some((_, own)) = sight.runs.first() else { return ControlFlow::Break(()) };
            let counted = |count: u64, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
            length = if by_epochs { counted(own.epoch, "epoch") } else { counted(own.step, "step") };
            let at = || if by_epochs { format!("epoch {}", own.epoch) } else { format!("step {}", own.step) };
            for check in checks.iter_mut().filter(|check| !own.diverged || check.of_divergence) {
                if let Err(error) = check.look(sight, &at) {
                    failed.get_or_insert(error);
                }
            }
            // By how much it held is not known before it has stopped to hold.
            let over = failed.is_some() || own.epoch >= epochs || checks.iter().all(|check| check.over);
            if over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        let all_held = checks.iter().all(|check| check.met.held());
        let end = match (failed, ended) {
            // What comes after all of it was reached takes nothing back.
            _ if all_held => String::new(),
            (Some(error), _) | (None, Status::Failed(error)) => return Err(error),
            (None, Status::Diverged(divergence)) => format!("; it diverged at {}", divergence.sentence()),
            (None, Status::Stopped(why)) => format!("; it was stopped: {why}"),
            _ => String::new(),
        };
        Ok(Tried { marks: checks.into_iter().map(|check| check.met).collect(), length, end })
    }
}

/// A number with three digits, as people compare them.
pub(super) fn short(value: f64) -> String {
    let rounded = format!("{value:.2e}").parse().unwrap_or(value);
    let size: f64 = rounded;
    if size == 0.0 || (1e-4..1e6).contains(&size.abs()) { rounded.to_string() } else { format!("{rounded:e}") }
}
