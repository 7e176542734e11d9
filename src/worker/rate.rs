//! How fast a run goes, as the header shows it.

use crate::clock::Moment;

/// Steps a second, over the last second or so.
#[derive(Default)]
pub(super) struct Rate {
    since: Option<(Moment, u64)>,
    pub value: f64,
}

impl Rate {
    pub fn look(&mut self, now: Moment, step: u64) {
        match self.since {
            None => self.since = Some((now, step)),
            Some((since, first)) => {
                let seconds = now.since(since).as_secs_f64();
                if seconds > 0.5 || (self.value == 0.0 && seconds > 0.05) {
                    self.value = (step.saturating_sub(first)) as f64 / seconds;
                    self.since = Some((now, step));
                }
            }
        }
    }

    pub fn rest(&mut self) {
        *self = Self::default();
    }
}
