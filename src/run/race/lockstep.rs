//! How the runs of a race are held together. A race has places of its own, counted from 0: a place is a step of its
//! pacemaker, the run that makes the most steps of all on the way that they have in common. Every other run stands at each
//! place where it has come as far as the pacemaker and no further: after as many steps, samples or epochs.
//!
//! All of it is arithmetic of whole numbers, so a place means the same before and after any way along the timeline, and
//! whether a run is over or not. Held together by steps, places are the steps of all.

use crate::program::Real;
use crate::snapshot::Lock;
use crate::train::Experiment;

/// How a run's data are cut into the batches of its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) struct Portions {
    /// Steps in an epoch.
    steps: u64,
    /// Samples in an epoch.
    samples: u64,
    /// Samples of a step; the last one of an epoch may have fewer.
    batch: u64,
}

impl Portions {
    pub fn of<F: Real>(experiment: &Experiment<F>) -> Self {
        let steps = experiment.steps_per_epoch().max(1);
        let samples = experiment.samples_after(steps).max(1);
        Self {
            steps,
            samples,
            batch: (experiment.batch() as u64).saturating_mul(experiment.accumulate() as u64).max(1),
        }
    }

    fn samples_in(self, steps: u64) -> u128 {
        let begun = (u128::from(steps % self.steps) * u128::from(self.batch)).min(self.samples.into());
        u128::from(steps / self.steps) * u128::from(self.samples) + begun
    }

    /// The most steps that see no more than so many samples.
    fn steps_within(self, samples: u128) -> u64 {
        let each = u128::from(self.samples);
        let begun = (samples % each) / u128::from(self.batch);
        small((samples / each).saturating_mul(self.steps.into()).saturating_add(begun))
    }

    /// The fewest steps that see so many samples.
    fn steps_to(self, samples: u128) -> u64 {
        let each = u128::from(self.samples);
        let begun = (samples % each).div_ceil(u128::from(self.batch));
        small((samples / each).saturating_mul(self.steps.into()).saturating_add(begun))
    }
}

fn small(steps: u128) -> u64 {
    u64::try_from(steps).unwrap_or(u64::MAX)
}

/// What holds runs together, and the run that sets the pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) struct Lockstep {
    lock: Lock,
    pacemaker: Portions,
}

impl Lockstep {
    /// Of runs whose data are cut like this; never none.
    pub fn of(lock: Lock, runs: &[Portions]) -> Self {
        // Samples, or epochs, in a step: the pacemaker's are the fewest.
        let slower = |a: &Portions, b: &Portions| {
            let far = |own: &Portions, other: &Portions| match lock {
                Lock::Epochs => u128::from(other.steps),
                Lock::Steps | Lock::Samples => u128::from(own.samples) * u128::from(other.steps),
            };
            far(a, b).cmp(&far(b, a))
        };
        let pacemaker = runs.iter().copied().min_by(slower);
        Self { lock, pacemaker: pacemaker.unwrap_or(Portions { steps: 1, samples: 1, batch: 1 }) }
    }

    /// The steps that a run has made at a place, if nothing ended it.
    pub fn steps_at(self, run: Portions, place: u64) -> u64 {
        if self.is_plain(run) {
            return place;
        }
        let far = self.pacemaker.samples_in(place);
        run.steps_within(if self.lock == Lock::Epochs {
            far.saturating_mul(run.samples.into()) / u128::from(self.pacemaker.samples)
        } else {
            far
        })
    }

    /// The first place at which a run has made so many steps.
    pub fn place_of(self, run: Portions, steps: u64) -> u64 {
        if self.is_plain(run) {
            return steps;
        }
        let far = run.samples_in(steps);
        self.pacemaker.steps_to(if self.lock == Lock::Epochs {
            far.saturating_mul(self.pacemaker.samples.into()).div_ceil(run.samples.into())
        } else {
            far
        })
    }

    /// A run makes one step at every place.
    pub fn is_plain(self, run: Portions) -> bool {
        self.lock == Lock::Steps || run == self.pacemaker
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn portions(samples: u64, batch: u64, keep: bool) -> Portions {
        let batch = batch.min(samples);
        let steps = if keep { samples.div_ceil(batch) } else { samples / batch };
        Portions { steps, samples: if keep { samples } else { steps * batch }, batch }
    }

    #[test]
    fn the_full_batch_makes_its_step_once_the_others_have_seen_as_many_samples() {
        let (one, full) = (portions(150, 1, true), portions(150, 150, true));
        let lockstep = Lockstep::of(Lock::Samples, &[full, one]);
        assert_eq!([0, 149, 150, 299, 300].map(|place| lockstep.steps_at(full, place)), [0, 0, 1, 1, 2]);
        assert_eq!([0, 149, 150].map(|place| lockstep.steps_at(one, place)), [0, 149, 150]);
        assert_eq!([0, 1, 2].map(|steps| lockstep.place_of(full, steps)), [0, 150, 300]);
    }

    #[test]
    fn epochs_are_those_of_each_runs_own_data() {
        let (large, small) = (portions(400, 8, true), portions(100, 10, true));
        let lockstep = Lockstep::of(Lock::Epochs, &[large, small]);
        assert_eq!([25, 50, 75, 100].map(|place| lockstep.steps_at(small, place)), [5, 10, 15, 20]);
        let samples = Lockstep::of(Lock::Samples, &[large, small]);
        assert_eq!(samples.steps_at(small, 50), 40);
    }

    #[test]
    fn held_together_by_steps_places_are_steps() {
        let runs = [portions(70, 16, true), portions(70, 70, true)];
        let lockstep = Lockstep::of(Lock::Steps, &runs);
        for run in runs {
            assert_eq!((lockstep.steps_at(run, 1234), lockstep.place_of(run, u64::MAX)), (1234, u64::MAX));
        }
    }

    proptest! {
        #[test]
        fn a_place_is_found_by_its_steps_and_none_is_ahead_of_the_pacemaker(
            sizes in prop::collection::vec((1..300_u64, 1..300_u64, any::<bool>()), 1..6),
            epochs in any::<bool>(),
            place in 0..5000_u64,
        ) {
            let keep = |(samples, batch, keep): &(u64, u64, bool)| portions(*samples, *batch, *keep || batch > samples);
            let runs: Vec<Portions> = sizes.iter().map(keep).collect();
            let lock = if epochs { Lock::Epochs } else { Lock::Samples };
            let lockstep = Lockstep::of(lock, &runs);
            for run in runs {
                let steps = lockstep.steps_at(run, place);
                let first = lockstep.place_of(run, steps);
                prop_assert!(first <= place, "{first} after {place}");
                prop_assert_eq!(lockstep.steps_at(run, first), steps);
                prop_assert!(first == 0 || lockstep.steps_at(run, first - 1) < steps);
                let pace = lockstep.pacemaker;
                let (own, whole) = (run.samples_in(steps), pace.samples_in(place));
                let scale = |samples: u128, of: Portions| if epochs { samples * u128::from(of.samples) } else { samples };
                prop_assert!(scale(own, pace) <= scale(whole, run));
                prop_assert!(scale(run.samples_in(steps + 1), pace) > scale(whole, run));
            }
        }
    }
}
