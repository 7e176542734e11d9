//! The timeline: copies of where the runs stood, so that any step that was can be reached again by going on from the copy
//! before it. Copies lie close together near the present and ever farther apart before it, within a budget of memory.
//!
//! It decides when a copy is due and which one is given up, and knows nothing of what is in a copy.

use std::time::Duration;

use crate::clock::{Clock, Moment as Time};

/// The memory that copies may take.
pub const BUDGET: usize = 256 << 20;
/// The most copies, so that small runs take less: with 256 the gap between two is about 4 % of the way back to them in a
/// run of a minute.
const MAX_COPIES: usize = 256;
/// Training may go on for so many times as long as a copy takes before the next one is due: copies cost at most 1 %.
const REST: u32 = 100;
/// The shortest rest.
const SHORTEST: Duration = Duration::from_millis(1);

/// Something that takes memory.
pub(super) trait Weigh {
    /// In bytes.
    fn bytes(&self) -> usize;
}

/// A copy of where the runs stood after a step.
pub(super) struct Moment<K> {
    pub step: u64,
    pub kept: K,
    bytes: usize,
}

/// The copies, in the order of their steps.
pub(super) struct Timeline<K> {
    moments: Vec<Moment<K>>,
    bytes: usize,
    budget: usize,
    /// The memory of a copy that was given up.
    spare: Option<K>,
    /// When the last copy was made and how long that took.
    last: Option<(Time, Duration)>,
    clock: Clock,
}

impl<K: Weigh + Default> Timeline<K> {
    /// No copies, and so many bytes for them.
    pub fn new(budget: usize, clock: Clock) -> Self {
        Self { moments: Vec::new(), bytes: 0, budget, spare: None, last: None, clock }
    }

    /// The memory that the copies take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Enough was trained since the last copy that another one costs little beside it.
    pub fn is_due(&self, now: Time) -> bool {
        self.last.is_none_or(|(last, cost)| now.since(last) >= (REST * cost).max(SHORTEST))
    }

    /// So many copies like the newest one are a small part of the budget.
    pub fn affords(&self, copies: usize) -> bool {
        let one = self.moments.iter().map(|moment| moment.bytes).max().unwrap_or(0);
        one * copies <= self.budget / 4
    }

    /// The newest copy from before a step; for step 0 the one of the start.
    pub fn before(&self, step: u64) -> Option<&Moment<K>> {
        let after = if step == 0 { 1 } else { step };
        self.moments[..self.moments.partition_point(|moment| moment.step < after)].last()
    }

    /// Keeps what `copy` makes of the memory that it is given, unless there is a copy of that step.
    pub fn keep(&mut self, step: u64, copy: impl FnOnce(&mut K)) {
        let at = self.moments.partition_point(|moment| moment.step < step);
        if self.moments.get(at).is_some_and(|moment| moment.step == step) {
            return;
        }
        let began = self.clock.now();
        let mut kept = self.spare.take().unwrap_or_default();
        copy(&mut kept);
        let bytes = kept.bytes();
        self.bytes += bytes;
        self.moments.insert(at, Moment { step, kept, bytes });
        while self.bytes > self.budget || self.moments.len() > MAX_COPIES {
            let victim = self.least_missed(step);
            self.give_up(victim);
        }
        let now = self.clock.now();
        self.last = Some((now, now.since(began)));
    }

    /// The copy whose loss makes the way to the steps after it longer by the smallest share of their distance from the
    /// present. The newest one and the start stay as long as there is another one to give up, and the start longer.
    fn least_missed(&self, now: u64) -> usize {
        let missed = |at: usize| {
            let before = self.moments[at - 1].step;
            let here = self.moments[at].step;
            let next = self.moments.get(at + 1).map_or(here + 1, |next| next.step);
            (next - before) as f64 / (now.abs_diff(here) + 1) as f64
        };
        let old = (1..self.moments.len()).filter(|at| self.moments[*at].step != now);
        old.min_by(|a, b| missed(*a).total_cmp(&missed(*b))).unwrap_or(self.moments.len() - 1)
    }

    fn give_up(&mut self, at: usize) {
        let moment = self.moments.remove(at);
        self.bytes -= moment.bytes;
        // With a budget too small for a single one nothing is held back.
        if self.moments.is_empty() { self.spare = None } else { self.spare = Some(moment.kept) }
    }

    /// Forgets what comes after a step: it will not come so again.
    pub fn forget_after(&mut self, step: u64) {
        let end = self.moments.partition_point(|moment| moment.step <= step);
        self.bytes -= self.moments.drain(end..).map(|moment| moment.bytes).sum::<usize>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Block(usize);

    impl Weigh for Block {
        fn bytes(&self) -> usize {
            self.0
        }
    }

    fn steps(timeline: &Timeline<Block>) -> Vec<u64> {
        timeline.moments.iter().map(|moment| moment.step).collect()
    }

    #[test]
    fn the_way_from_the_copy_before_is_a_small_share_of_the_way_back() {
        let mut timeline = Timeline::new(BUDGET, Clock::wall());
        for step in 0..=20_000 {
            timeline.keep(step, |block: &mut Block| block.0 = 1000);
        }
        let kept = steps(&timeline);
        assert_eq!((kept.len(), kept[0], *kept.last().unwrap()), (MAX_COPIES, 0, 20_000));
        for pair in kept.windows(2) {
            let (gap, age) = (pair[1] - pair[0], 20_000 - pair[0]);
            assert!(gap as f64 <= 1.0 + 0.15 * age as f64, "{gap} steps apart, {age} back");
        }
        // The last few steps are all there.
        assert_eq!(kept[MAX_COPIES - 8..], [19_993, 19_994, 19_995, 19_996, 19_997, 19_998, 19_999, 20_000]);
    }

    #[test]
    fn the_budget_holds_and_the_start_is_given_up_last() {
        let mut timeline = Timeline::new(10_000, Clock::wall());
        for step in 0..500 {
            timeline.keep(step, |block: &mut Block| block.0 = 3000);
            assert!(timeline.bytes() <= 10_000);
        }
        let kept = steps(&timeline);
        assert_eq!((kept.len(), kept[0], kept[2]), (3, 0, 499));
        let mut tiny = Timeline::new(100, Clock::wall());
        tiny.keep(0, |block: &mut Block| block.0 = 101);
        assert!(tiny.before(9).is_none() && tiny.bytes() == 0);
    }

    #[test]
    fn the_copy_before_a_step_is_from_before_it() {
        let mut timeline = Timeline::new(BUDGET, Clock::wall());
        [0, 10, 20].into_iter().for_each(|step| timeline.keep(step, |block: &mut Block| block.0 = 1));
        let before = |timeline: &Timeline<Block>, step| timeline.before(step).map(|moment| moment.step);
        assert_eq!([0, 1, 10, 11, 20, 99].map(|step| before(&timeline, step)), [0, 0, 0, 10, 10, 20].map(Some));
        timeline.forget_after(10);
        assert_eq!((steps(&timeline), timeline.bytes()), (vec![0, 10], 2));
    }
}
