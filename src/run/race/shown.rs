//! What a snapshot shows of a race. All of it speaks of the run that is shown: places of the race are told as its steps, and
//! the curves of the others lie on its axis.

use super::{Lane, Race};
use crate::clock::Moment;
use crate::probe::Path;
use crate::run::runs::{Precision, Runs};
use crate::run::timeline::Timeline;
use crate::snapshot::{Bucket, Event, Line, Map, Mark, Snapshot, Speed, TimelineView};
use crate::train::Series;

impl<F: Precision> Race<F> {
    /// The steps that the run that is shown has made at a place of the race, if nothing ended it.
    pub(super) fn steps_of_shown(&self, place: u64) -> u64 {
        self.lockstep.steps_at(self.lanes[self.shown_at()].portions, place)
    }

    /// All that panes draw.
    pub(super) fn seen_as(&mut self, speed: Speed, steps_per_second: f64, asked: Moment) -> Snapshot {
        for notice in self.own().dir.as_ref().map(|dir| dir.notices().take()).unwrap_or_default() {
            self.refuse(notice);
        }
        let status = self.status().clone();
        let race = self.standing();
        self.shown().asked = Some(asked);
        let mut snapshot = self.shown().snapshot(speed, steps_per_second);
        snapshot.shown = self.shown_at();
        if race.is_some() {
            snapshot.status = status;
            snapshot.steps_total = self.steps_of_shown(self.steps_total());
            snapshot.racers = self.lanes.iter().map(|lane| self.on_the_axis(lane)).collect();
        }
        snapshot.map = self.map();
        snapshot.race = race;
        snapshot.timeline = self.timeline_view();
        snapshot
    }

    /// The map of the run that is shown; on a landscape that of the lab's own with the ways of all.
    fn map(&mut self) -> Option<Map> {
        if self.own().path().is_none() {
            return self.shown().map("", &[]);
        }
        let (own, others) = self.lanes.split_first_mut()?;
        let others: Vec<(&str, &Path)> =
            others.iter().filter_map(|lane: &Lane<F>| Some((lane.name.as_str(), lane.run.path()?))).collect();
        own.run.map(&own.name, &others)
    }

    fn timeline_view(&self) -> TimelineView {
        let shown = &self.lanes[self.shown_at()].run;
        // Each event at the steps of the run that it was done to.
        let told = |event: &Event| {
            let lane = self.lanes.iter().chain(&self.pending_forks).find(|lane| lane.name == event.run);
            let step = lane.map_or(event.step, |lane| self.lockstep.steps_at(lane.portions, event.step));
            Event { step, ..event.clone() }
        };
        let mark = |mark: Mark| Mark { step: self.steps_of_shown(mark.step), ..mark };
        TimelineView {
            seen: shown.seen().max(shown.experiment.steps()),
            bytes: self.timeline.as_ref().map_or(0, Timeline::bytes),
            events: self.events.iter().map(told).collect(),
            marks: self.marks().into_iter().map(mark).collect(),
            refused: self.refused.clone(),
            scripts: None,
            saved: None,
        }
    }

    /// The smooth loss of a run over the steps of the run that is shown. Where that one makes more steps than the other,
    /// the other's loss holds until its next one.
    fn on_the_axis(&self, lane: &Lane<F>) -> Line {
        let line = lane.run.smooth_losses();
        let axis = self.lanes[self.shown_at()].portions;
        let lockstep = self.lockstep;
        if lane.portions == axis || lockstep.is_plain(lane.portions) && lockstep.is_plain(axis) || line.width == 0 {
            return line;
        }
        let last = lane.run.experiment.steps();
        let end = lockstep.steps_at(axis, lockstep.place_of(lane.portions, last));
        let width = end.div_ceil(Series::CAPACITY as u64).max(1).next_power_of_two();
        let own = |step: u64| lockstep.steps_at(lane.portions, lockstep.place_of(axis, step)).min(last);
        let bucket = |at: u64| {
            let (from, to) = (own(at * width), own(((at + 1) * width).min(end)));
            if to == 0 {
                return Bucket::of(f64::NAN);
            }
            let of = |step: u64| usize::try_from((step - 1) / line.width).unwrap_or(usize::MAX);
            let (first, last) = (of((from + 1).min(to)), of(to).min(line.buckets.len().saturating_sub(1)));
            let all = line.buckets.get(first.min(last)..=last).unwrap_or_default();
            all.iter().copied().reduce(Bucket::join).unwrap_or_else(|| Bucket::of(f64::NAN))
        };
        Line { buckets: (0..end.div_ceil(width)).map(bucket).collect(), width }
    }
}
