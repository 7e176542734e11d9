//! When a frame is due: at most so many a second, at once after a key, and for a moment after a command whenever the run
//! has answered.

use std::time::Duration;

use crate::clock::Moment;

/// After a command the run's answer is waited for this long, so that a key is seen to work at once.
const ANSWER: Duration = Duration::from_millis(60);
/// How often it is looked for meanwhile.
pub(super) const EAGER: Duration = Duration::from_millis(4);

/// What has changed since the last frame, and how much of a hurry there is.
pub(super) struct Frames {
    /// The least time from one frame to the next.
    time: Duration,
    /// Something changed since the last frame.
    changed: bool,
    /// ... by a key, which is drawn outside the cap.
    urgent: bool,
    last: Moment,
    /// Until then an answer of the run is expected.
    eager_until: Moment,
}

impl Frames {
    /// The first one is due at once.
    pub(super) fn new(fps: f64, now: Moment) -> Self {
        let time = Duration::from_secs_f64(1.0 / fps.clamp(1.0, 60.0));
        Self { time, changed: true, urgent: true, last: now, eager_until: now }
    }

    /// There is something new to draw when it is time.
    pub(super) fn change(&mut self) {
        self.changed = true;
    }

    /// What has changed, or will with the next event, is drawn outside the cap.
    pub(super) fn hurry(&mut self) {
        self.urgent = true;
    }

    /// A command was sent.
    pub(super) fn expect_answer(&mut self, now: Moment) {
        self.eager_until = now + ANSWER;
    }

    /// An answer of the run is expected.
    pub(super) fn is_eager(&self, now: Moment) -> bool {
        now < self.eager_until
    }

    /// A frame is due.
    pub(super) fn is_due(&self, now: Moment) -> bool {
        self.changed && (self.urgent || now.since(self.last) >= self.time)
    }

    /// A frame was drawn.
    pub(super) fn drawn(&mut self, now: Moment) {
        (self.changed, self.urgent) = (false, false);
        self.last = now;
    }

    /// How long to wait for a message; `idle`: the terminal takes a frame.
    pub(super) fn patience(&self, now: Moment, idle: bool) -> Duration {
        if self.changed && idle {
            return self.time.saturating_sub(now.since(self.last)).max(Duration::from_millis(1));
        }
        self.time
    }
}
