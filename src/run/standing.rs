//! Who is ahead in a race: at equal steps, at equal gradient evaluations and at equal time, and where two first part.
//!
//! Runs are compared by their smooth loss (the bias-corrected exponential average over mini-batches), on a landscape by
//! the height itself, as it was at the step in question. A run that diverged or failed comes after all others.

use super::race::{Lane, pairs};
use crate::program::Real;
use crate::snapshot::{Parting, Ranking, Runner, Standing, Status};

/// How many looks at the clock a run keeps.
const LOOKS: usize = 1024;

/// When a run had made how many steps: a bounded record of looks at the clock.
#[derive(Debug, Clone, Default)]
pub(super) struct Pace {
    looks: Vec<(u64, f64)>,
    /// Looks that are passed over between two that are kept.
    skip: u32,
    passed: u32,
    newest: (u64, f64),
}

impl Pace {
    /// After so many steps, so many seconds of training.
    pub fn note(&mut self, step: u64, seconds: f64) {
        self.newest = (step, seconds);
        if self.passed < self.skip {
            self.passed += 1;
            return;
        }
        self.passed = 0;
        self.looks.push(self.newest);
        if self.looks.len() == LOOKS {
            let mut at = 0;
            self.looks.retain(|_| {
                at += 1;
                at % 2 == 0
            });
            self.skip = 2 * self.skip + 1;
        }
    }

    /// Back to a step, before which there were so many seconds of training.
    pub fn go_back(&mut self, step: u64, seconds: f64) {
        self.looks.retain(|look| look.0 <= step && look.1 <= seconds);
        self.newest = (step, seconds);
    }

    /// The steps that were made after so many seconds, evenly between two looks.
    pub fn step_at(&self, seconds: f64) -> u64 {
        let (last, until) = self.newest;
        if seconds >= until {
            return last;
        }
        let after = self.looks.partition_point(|(_, at)| *at <= seconds);
        let (step, at) = after.checked_sub(1).map_or((0, 0.0), |before| self.looks[before]);
        let (next, then) = self.looks.get(after).copied().unwrap_or(self.newest);
        let share = if then > at { (seconds - at) / (then - at) } else { 0.0 };
        step + (share * (next - step) as f64) as u64
    }
}

pub(super) fn standing<F: Real>(lanes: &[Lane<F>], parted: &[Option<u64>]) -> Standing {
    let runs: Vec<Runner> = lanes.iter().map(runner).collect();
    let broken: Vec<bool> =
        runs.iter().map(|run| matches!(run.status, Status::Diverged(_) | Status::Failed(_))).collect();
    // How far all have come that can go on: one that broke down holds nobody back, unless all did.
    let held = |run: &usize| !broken[*run] || broken.iter().all(|broken| *broken);
    let rank = |far: &dyn Fn(&Runner) -> f64, step: &dyn Fn(&Lane<F>, f64) -> u64| {
        let at = (0..runs.len()).filter(held).map(|run| far(&runs[run])).fold(f64::INFINITY, f64::min);
        let loss = |lane: &Lane<F>| lane.run.loss_at(step(lane, at));
        // One that broke down has no loss where it never came.
        let losses: Vec<Option<f64>> =
            lanes.iter().zip(&broken).map(|(lane, broken)| if *broken { None } else { loss(lane) }).collect();
        let mut order: Vec<usize> = (0..runs.len()).collect();
        let key = |run: usize| losses[run].unwrap_or(f64::INFINITY);
        order.sort_by(|a, b| key(*a).total_cmp(&key(*b)));
        Ranking { at, order, losses }
    };
    let partings = pairs(lanes.len()).zip(parted).map(|((a, b), step)| Parting { a, b, step: *step }).collect();
    Standing {
        equal_steps: rank(&|run| run.step as f64, &|_, at| at as u64),
        equal_gradients: rank(&|run| run.gradients as f64, &|lane, at| {
            // The gradients grow with the steps, so the last step within the limit is found by halving.
            let (mut low, mut high) = (0, lane.run.experiment.steps());
            while low < high {
                let middle = (low + high).div_ceil(2);
                if lane.run.experiment.gradients_after(middle) as f64 <= at {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            low
        }),
        equal_time: rank(&|run| run.seconds, &|lane, at| lane.pace.step_at(at)),
        runs,
        partings,
    }
}

fn runner<F: Real>(lane: &Lane<F>) -> Runner {
    let run = &lane.run;
    let step = run.experiment.steps();
    Runner {
        name: lane.name.clone(),
        status: run.status.clone(),
        step,
        gradients: run.experiment.gradients_after(step),
        seconds: run.trained().as_secs_f64(),
        loss: run.loss_at(step),
        epoch: run.newest().cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_at_a_time_lies_between_two_looks() {
        let mut pace = Pace::default();
        for look in 1..=10_u32 {
            pace.note(u64::from(look) * 100, f64::from(look));
        }
        assert_eq!(pace.step_at(0.0), 0);
        assert_eq!(pace.step_at(0.5), 50);
        assert_eq!(pace.step_at(7.25), 725);
        assert_eq!(pace.step_at(99.0), 1000);
    }

    #[test]
    fn a_long_run_keeps_few_looks_and_still_tells_the_step() {
        let mut pace = Pace::default();
        for look in 1..=1_000_000_u32 {
            pace.note(u64::from(look), f64::from(look) * 1e-3);
        }
        assert!(pace.looks.len() < LOOKS);
        for seconds in [0.5, 3.0, 500.0, 999.5] {
            let step = pace.step_at(seconds) as f64;
            assert!((step - seconds * 1e3).abs() <= 1.0, "{step} at {seconds}");
        }
    }
}
