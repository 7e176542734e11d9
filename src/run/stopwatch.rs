//! The time that the steps of a run have taken. Each step counts once: one that is made again on a way along the timeline
//! takes no time anew, and a run that stands at a step again tells the time that it had taken until then.

use std::time::Duration;

use crate::clock::{Clock, Moment};

/// The time of one run.
pub(super) struct Stopwatch {
    clock: Clock,
    /// It runs since then.
    since: Option<Moment>,
    /// What the steps until where the run stands have taken.
    taken: Duration,
    /// Steps begun at least once, and what they took until the run was put back.
    begun: u64,
    whole: Duration,
    /// Where the run was put back to last, with the time until there.
    back: (u64, Duration),
    /// The present step was begun before.
    again: bool,
}

impl Stopwatch {
    /// Of a run before its first step.
    pub fn new(clock: Clock) -> Self {
        let zero = Duration::ZERO;
        Self { clock, since: None, taken: zero, begun: 0, whole: zero, back: (0, zero), again: false }
    }

    /// Another one that goes by the same clock, before a first step.
    pub fn anew(&self) -> Self {
        Self::new(self.clock.clone())
    }

    /// What it goes by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// It runs from here on. False if it ran already.
    pub fn start(&mut self) -> bool {
        let starts = self.since.is_none();
        if starts {
            self.since = Some(self.clock.now());
        }
        starts
    }

    /// The same from a moment on that was read from the clock.
    pub fn start_at(&mut self, now: Moment) {
        self.since = Some(now);
    }

    /// It runs until here. False if it did not run.
    pub fn stop(&mut self) -> bool {
        self.since.is_some() && self.stop_at(self.clock.now())
    }

    /// The same until a moment that was read from the clock.
    pub fn stop_at(&mut self, now: Moment) -> bool {
        let Some(since) = self.since.take() else { return false };
        if !self.again {
            self.taken += now.since(since);
        }
        true
    }

    /// The time so far, read from the clock where it runs.
    pub fn lap(&mut self) -> Duration {
        if self.since.is_some() {
            let now = self.clock.now();
            self.stop_at(now);
            self.since = Some(now);
        }
        self.taken
    }

    /// The time when the clock was read last.
    pub fn taken(&self) -> Duration {
        self.taken
    }

    pub fn runs(&self) -> bool {
        self.since.is_some()
    }

    /// The run is about to make this step, counted from 1.
    pub fn begin(&mut self, step: u64) {
        if step <= self.begun {
            self.taken = self.known(step);
            self.again = true;
            return;
        }
        if self.again {
            // What passed until here was of steps that were made again.
            self.lap();
            self.again = false;
        }
        self.begun = step;
    }

    /// A step after so many would be made again.
    pub fn knows_after(&self, steps: u64) -> bool {
        steps < self.begun
    }

    /// The run stands after so many steps, which had taken so long when that was noted.
    pub fn put_back(&mut self, steps: u64, taken: Duration) {
        self.lap();
        if !self.again {
            self.whole = self.taken;
        }
        self.again = steps < self.begun;
        if self.again {
            self.taken = taken.min(self.whole);
        } else {
            self.begun = steps;
            self.whole = taken.max(self.whole);
            self.taken = self.whole;
        }
        self.back = (steps, self.taken);
    }

    /// The steps after these are given up, and others come in their place.
    pub fn forget_after(&mut self, steps: u64) {
        if steps < self.begun {
            self.lap();
            (self.begun, self.again) = (steps, false);
        }
    }

    /// The time until the end of a step that was begun before: that of the whole, in equal shares from where the run was put
    /// back to.
    fn known(&self, step: u64) -> Duration {
        let (back, taken) = self.back;
        let all = self.begun.saturating_sub(back);
        let rest = self.whole.saturating_sub(taken);
        if step >= self.begun || all == 0 {
            return self.whole;
        }
        taken + rest.mul_f64(step.saturating_sub(back) as f64 / all as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Virtual;
    use std::sync::Arc;

    /// Makes the steps from one to another, each of which takes so many milliseconds.
    fn steps(clock: &Arc<Virtual>, watch: &mut Stopwatch, range: std::ops::RangeInclusive<u64>, each: u64) {
        watch.start();
        for step in range {
            watch.begin(step);
            clock.advance(Duration::from_millis(each));
        }
        watch.stop();
    }

    fn watch() -> (Arc<Virtual>, Stopwatch) {
        let clock = Virtual::new();
        let watch = Stopwatch::new(Clock::of(clock.clone()));
        (clock, watch)
    }

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_step_that_is_made_again_counts_once() {
        let (clock, mut watch) = watch();
        steps(&clock, &mut watch, 1..=100, 10);
        assert_eq!(watch.taken(), ms(1000));
        for _ in 0..3 {
            watch.put_back(60, ms(600));
            assert_eq!(watch.taken(), ms(600));
            steps(&clock, &mut watch, 61..=80, 50);
            assert_eq!(watch.taken(), ms(800));
            steps(&clock, &mut watch, 81..=100, 50);
            assert_eq!(watch.taken(), ms(1000));
        }
        watch.put_back(20, ms(200));
        steps(&clock, &mut watch, 21..=110, 10);
        assert_eq!(watch.taken(), ms(1100), "the clock counts from the first step that is new");
    }

    #[test]
    fn a_step_back_from_a_step_back_leaves_the_whole_as_it_is() {
        let (clock, mut watch) = watch();
        steps(&clock, &mut watch, 1..=100, 10);
        watch.put_back(90, ms(900));
        steps(&clock, &mut watch, 91..=95, 10);
        watch.put_back(50, ms(500));
        steps(&clock, &mut watch, 51..=100, 1);
        assert_eq!(watch.taken(), ms(1000));
    }

    #[test]
    fn another_future_takes_its_own_time() {
        let (clock, mut watch) = watch();
        steps(&clock, &mut watch, 1..=100, 10);
        watch.put_back(40, ms(400));
        watch.forget_after(40);
        steps(&clock, &mut watch, 41..=50, 30);
        assert_eq!(watch.taken(), ms(700));
    }

    #[test]
    fn a_run_that_stands_where_another_one_did_has_taken_its_time() {
        let (clock, mut watch) = watch();
        watch.put_back(30, ms(300));
        steps(&clock, &mut watch, 31..=40, 10);
        assert_eq!(watch.taken(), ms(400));
    }

    #[test]
    fn a_step_that_failed_and_fails_again_counts_once() {
        let (clock, mut watch) = watch();
        steps(&clock, &mut watch, 1..=11, 10);
        // The eleventh was begun and never made.
        watch.put_back(10, ms(100));
        steps(&clock, &mut watch, 11..=11, 10);
        assert_eq!(watch.taken(), ms(110));
        assert!(watch.knows_after(10) && !watch.knows_after(11));
    }
}
