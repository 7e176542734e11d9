//! The way back: copies of where the runs stand, and any step that was, made again from the copy before it.
//!
//! The step that is asked for is always made anew and watched, never only put back: so what is shown beside it, its
//! gradient, its update and its values by name, is that step's own.

use super::checkpoint::RaceCheckpoint;
use super::{Lane, Race, pairs};
use crate::run::command::Travel;
use crate::run::runs::{Interrupted, Precision, Runs};
use crate::run::timeline::{BUDGET, Timeline};
use crate::run::training::Run;
use crate::snapshot::Status;

/// So many copies are made just before the step that is asked for, so that the next few steps back take no time.
const NEAR: u64 = 8;
/// The clock is read only after so many steps.
const CLOCK: u64 = 64;

impl<F: Precision> Race<F> {
    /// From here on there is a way back.
    pub fn begin_timeline(&mut self) {
        self.timeline = Some(Timeline::new(BUDGET, self.clock.clone()));
        self.keep();
    }

    /// Copies where the runs stand.
    fn keep(&mut self) {
        let step = self.steps();
        // One that broke down in the step after this one does not stand where it stood after this one.
        let stands = |lane: &Lane<F>| !lane.is_behind(self.lockstep, step);
        if self.lanes.iter().any(|lane| stands(lane) && lane.run.status.is_broken()) {
            return;
        }
        let Some(mut timeline) = self.timeline.take() else { return };
        timeline.keep(step, |checkpoint: &mut RaceCheckpoint<F>| self.save(checkpoint));
        self.timeline = Some(timeline);
    }

    /// The same, if it costs next to nothing beside the training since the last copy.
    pub(super) fn keep_if_due(&mut self) {
        let here = self.steps();
        if here.abs_diff(self.asked) < CLOCK {
            return;
        }
        self.asked = here;
        if self.timeline.as_ref().is_some_and(|timeline| timeline.is_due(self.clock.now())) {
            self.keep();
        }
    }

    /// Goes on from before a place that was to it. The last step of each run on the way is watched.
    pub(super) fn make_again(&mut self, step: u64, interrupted: Interrupted<'_>) {
        self.way = Some(step);
        let near =
            if self.timeline.as_ref().is_some_and(|timeline| timeline.affords(NEAR as usize)) { NEAR } else { 0 };
        let dense = step.saturating_sub(near);
        let (mut block, mut last) = (1, self.clock.now());
        while self.steps() < step && !self.status().is_final() {
            let here = self.steps();
            if here >= dense {
                self.keep();
            }
            let steps = if here < dense { block.min(dense - here) } else { 1 };
            self.block(steps, here + steps == step);
            if self.steps() == here || interrupted(self) {
                break;
            }
            let now = self.clock.now();
            block = if now.since(last).as_millis() < 2 { (block * 2).min(1024) } else { (block / 2).max(1) };
            last = now;
        }
        self.way = None;
        // One that was broken off shows an update all the same.
        if self.steps() > 0 && !self.last_watched() && self.steps() < self.seen {
            self.block(1, true);
        }
        let held = if self.steps() == 0 { Status::Ready } else { Status::Paused };
        self.set_status(&held);
    }

    /// Puts the runs before a place, from where going on leads to it: where they stand if that is nearer than any copy.
    /// It is before the last step of each, so that this one can be watched.
    pub(super) fn stand_before(&mut self, step: u64) -> bool {
        let here = self.steps();
        let last = |lane: &Lane<F>| {
            let steps = self.lockstep.steps_at(lane.portions, step);
            if steps == 0 { step } else { self.lockstep.place_of(lane.portions, steps) }
        };
        // A run that is over made its last step long ago, and stands there.
        let going = self.lanes.iter().filter(|lane| !lane.is_behind(self.lockstep, step.min(here)));
        let step = going.map(last).fold(step, u64::min);
        let nearest = self.timeline.as_ref().and_then(|timeline| timeline.before(step)).map(|moment| moment.step);
        let stays = here < step && !self.status().is_final();
        match nearest {
            Some(moment) if !stays || moment > here => self.put_back(step),
            _ if stays => {}
            _ => return false,
        }
        true
    }

    /// Puts the newest copy from before a step back.
    fn put_back(&mut self, step: u64) {
        let Some(moment) = self.timeline.as_ref().and_then(|timeline| timeline.before(step)) else { return };
        // Forks come after what they are forks of, so the runs of an earlier step are the first ones.
        self.lanes.append(&mut self.pending_forks);
        self.pending_forks = self.lanes.split_off(moment.kept.runs.len().min(self.lanes.len()));
        for (lane, kept) in self.lanes.iter_mut().zip(&moment.kept.runs) {
            lane.run.go_back(kept);
            lane.losses.clear();
        }
        self.parted.clone_from(&moment.kept.parted);
        self.place = moment.kept.place;
        self.saved = false;
        self.let_events_happen();
    }

    /// The same runs from their start, made anew: for runs so large that there is no copy of it.
    pub(super) fn stand_at_the_start_of(&mut self, fresh: Self) {
        self.lanes.append(&mut self.pending_forks);
        self.pending_forks = self.lanes.split_off(fresh.lanes.len().min(self.lanes.len()));
        for (lane, fresh) in self.lanes.iter_mut().zip(fresh.lanes) {
            lane.run.begin_again(fresh.run);
            lane.losses.clear();
        }
        self.place = 0;
        self.parted = vec![None; pairs(self.lanes.len()).count()];
        self.saved = false;
        self.let_events_happen();
    }

    /// The place to which a way along the timeline leads. Steps and epochs are those of the run that is shown.
    pub(super) fn leads_to(&self, travel: Travel) -> u64 {
        let here = self.steps();
        let shown = &self.lanes[self.shown_at()];
        let per_epoch = shown.run.experiment.steps_per_epoch().max(1);
        let steps = |place: u64| self.lockstep.steps_at(shown.portions, place);
        let place = |steps: u64| self.lockstep.place_of(shown.portions, steps);
        let before = steps(here).saturating_sub(1);
        let stride = stride(steps(self.steps_total()));
        let marks = || self.marks().into_iter().map(|mark| mark.step);
        match travel {
            Travel::Back if self.broke_down_after() => here,
            Travel::Back => place(before),
            Travel::BackEpoch => place(before / per_epoch * per_epoch),
            Travel::Backward => place(before / stride * stride),
            Travel::Forward => place((steps(here) / stride + 1).saturating_mul(stride)).min(self.steps_total()),
            Travel::LastMark => marks().filter(|step| *step < here).max().unwrap_or(0),
            Travel::NextMark => marks().filter(|step| *step > here).min().unwrap_or(self.seen.max(here)),
        }
    }

    /// The race is over since the step after the present one broke: the present one is sound.
    fn broke_down_after(&self) -> bool {
        let steps = self.steps();
        let after = |run: &Run<F>| match &run.status {
            Status::Diverged(divergence) => divergence.step > run.experiment.steps(),
            Status::Failed(_) => true,
            _ => false,
        };
        let newest = self.lanes.iter().filter(|lane| !lane.is_behind(self.lockstep, steps));
        self.status().is_final() && newest.map(|lane| &lane.run).any(after)
    }

    /// Files and lines tell of the present step and none after it: where a run is left, its folder holds together.
    pub fn forget_the_future(&mut self) {
        self.seen = self.steps();
        if let Some(timeline) = &mut self.timeline {
            timeline.forget_after(self.seen);
        }
        for lane in &mut self.lanes {
            lane.run.forget_the_future();
        }
    }
}

/// A fortieth of a run or a little more, as a round number of steps.
pub(in crate::run) fn stride(total: u64) -> u64 {
    let least = (total / 40).max(1);
    let power = 10_u64.pow(least.ilog10());
    [1, 2, 5, 10].into_iter().map(|factor| factor * power).find(|stride| *stride >= least).unwrap_or(least)
}

#[cfg(test)]
mod tests {
    use super::stride;

    #[test]
    fn strides_are_round() {
        assert_eq!([0, 40, 200, 460, 1000, 9000, u64::MAX].map(stride)[..6], [1, 1, 5, 20, 50, 500]);
    }
}
