//! Training at full speed: blocks of steps between two looks at flags, and steps that are watched for frames and trends, as
//! far as they can be afforded.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Loop;
use crate::clock::Moment;
use crate::run::Runs;

/// A watched step shows the rule's values, which takes longer than the step. All such steps together may slow training
/// by one part in so many: for the trends, and for the frames.
const TREND_SHARE: u32 = 200;
const FRAME_SHARE: u32 = 100;
/// The rule's values are shown anew so often at full speed: they are of single mini-batches, nobody reads them faster, and
/// over SSH their map is most of a frame.
const STATE: Duration = Duration::from_millis(250);
/// The trends need no more watched steps than this.
const TREND: Duration = Duration::from_millis(10);

impl Loop {
    /// Blocks of steps, as long as nothing asks to stop and every run that ended is saved.
    pub(super) fn train_fast(&mut self, runs: &mut dyn Runs) {
        runs.start_clock();
        while self.goes_on(runs) && !runs.is_unsaved() {
            if self.shared.wanted.load(Ordering::Acquire) {
                self.frame(runs);
            }
            if !self.goes_on(runs) {
                break;
            }
            let left = self.target.map_or(u64::MAX, |target| target - runs.steps());
            let block = self.pacer.block(runs.count()).min(left);
            // The last step before a hold is watched, because it stays on the screen.
            self.advance(runs, block, left <= block);
            self.note(runs);
            if self.pacer.made(block) {
                self.look(runs);
            }
        }
        runs.stop_clock();
        self.note(runs);
    }

    /// Reads the clock: for the rate, for the length of the next blocks, and for the trends.
    fn look(&mut self, runs: &mut dyn Runs) {
        let now = self.clock.now();
        let step = self.pacer.look(now);
        self.rate.look(now, runs.steps_at(runs.steps()));
        let (last, extra) = self.watched;
        let seen = self.asked.is_some_and(|asked| now.since(asked) < Duration::from_secs(1));
        if seen && last.is_none_or(|last| now.since(last) >= TREND.max(TREND_SHARE * extra)) && self.goes_on(runs) {
            self.advance(runs, 1, true);
            let after = self.clock.now();
            self.watched = (Some(after), after.since(now).saturating_sub(step));
            self.pacer.go_on(after);
        }
    }

    /// The snapshot that is wanted, of a watched step if that is affordable: else the rule's values are a little older
    /// than the rest, until training is held.
    fn frame(&mut self, runs: &mut dyn Runs) {
        let asked = self.shared.asked();
        if self.shown.is_some_and(|shown| asked.since(shown) < STATE) {
            runs.show_older_values();
        } else {
            self.shown = Some(asked);
            self.watch(runs, asked);
        }
        self.asked = Some(asked);
        self.rate.look(asked, runs.steps_at(runs.steps()));
        self.note(runs);
        self.publish(runs);
    }

    /// A watched step for a frame, if that is affordable.
    fn watch(&mut self, runs: &mut dyn Runs, asked: Moment) {
        match self.watched {
            (Some(last), extra) if asked.since(last) < FRAME_SHARE * extra => {}
            (Some(_), extra) => {
                self.advance(runs, 1, true);
                self.watched = (Some(asked), extra);
            }
            // Until a look tells more, all of the first one's time is taken for what watching adds: frames of a large
            // network would otherwise slow its first second by a fifth.
            (None, _) => {
                let before = self.clock.now();
                self.advance(runs, 1, true);
                let after = self.clock.now();
                self.watched = (Some(after), after.since(before));
            }
        }
    }
}
