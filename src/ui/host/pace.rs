//! What goes on by itself on the screen, and when it is due: by the clock of whoever drives the screen, which knows none.

use std::time::Duration;

use crate::clock::Moment;

/// Something that goes on by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long it stands.
    pub every: Duration,
    /// How often it has gone on, by itself or by a key: it stands anew from each time on.
    pub beats: u64,
}

/// Keeps the time.
#[derive(Debug, Default)]
pub struct Metronome {
    next: Option<(Pace, Moment)>,
}

impl Metronome {
    /// What goes on by itself is due. Asked as long as that is so: a clock may have moved on by several beats.
    pub fn is_due(&mut self, pace: Option<Pace>, now: Moment) -> bool {
        let Some(pace) = pace else {
            self.next = None;
            return false;
        };
        let due = match self.next {
            Some((known, due)) if known == pace => due,
            // It has just begun, or a key was pressed.
            _ => now + pace.every,
        };
        if now < due {
            self.next = Some((pace, due));
            return false;
        }
        self.next = Some((Pace { beats: pace.beats + 1, ..pace }, due + pace.every));
        true
    }

    /// How long until then; none where nothing goes on by itself.
    pub fn left(&self, now: Moment) -> Option<Duration> {
        self.next.map(|(_, due)| due.since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, Virtual};

    #[test]
    fn beats_come_in_time_and_a_key_begins_the_time_anew() {
        let time = Virtual::new();
        let clock = Clock::of(time.clone());
        let mut metronome = Metronome::default();
        let mut pace = Pace { every: Duration::from_millis(130), beats: 0 };
        let mut at = Vec::new();
        assert!(!metronome.is_due(Some(pace), clock.now()));
        for tick in 1..=20 {
            time.advance(Duration::from_millis(50));
            while metronome.is_due(Some(pace), clock.now()) {
                pace.beats += 1;
                at.push(tick * 50);
            }
        }
        // 130, 260, 390 ... at the ticks that follow them.
        assert_eq!(at, [150, 300, 400, 550, 650, 800, 950]);
        pace.beats += 1;
        assert!(!metronome.is_due(Some(pace), clock.now()));
        assert_eq!(metronome.left(clock.now()), Some(Duration::from_millis(130)));
        assert!(!metronome.is_due(None, clock.now()));
        assert_eq!(metronome.left(clock.now()), None);
    }
}
