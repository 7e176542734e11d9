//! The lines that scripts print in a run: the newest are kept for its end, and what is left out of them is told.

use super::Run;
use crate::program::Real;

/// Lines that scripts printed, kept for the end.
pub(super) const LOG: usize = 1000;

impl<F: Real> Run<F> {
    /// Keeps the newest lines that scripts printed, where the run stands.
    pub fn print(&mut self, lines: Vec<String>) {
        self.print_at(self.experiment.steps(), lines);
    }

    /// Keeps the newest lines that scripts printed in a step, which may have failed.
    pub fn print_at(&mut self, step: u64, lines: Vec<String>) {
        self.log.extend(lines.into_iter().map(|line| (step, line)));
        shorten(&mut self.log);
    }
}

/// Leaves the oldest lines out of a log that is too long. The line that says how many stands in their place, and goes with
/// the next of them.
fn shorten(log: &mut Vec<(u64, String)>) {
    if log.len() <= LOG {
        return;
    }
    let before = log.first().map_or(0, |(_, line)| left_out(line));
    let cut = log.len() - LOG;
    log.drain(..cut);
    // Of those that go now one was the line that stood for others, or the place of the new one is one of them.
    let told = before.saturating_add(cut as u64).saturating_add(u64::from(before == 0));
    let step = log[0].0;
    log[0] = (step, format!("{LEFT_OUT}{told} lines that were printed before these"));
}

/// What begins the line in the place of those that are no longer kept.
const LEFT_OUT: &str = "... left out: ";

/// How many lines such a line stands for; 0 if it is another one.
fn left_out(line: &str) -> u64 {
    line.strip_prefix(LEFT_OUT).and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_how_many_are_left_out_however_they_came() {
        for at_once in [1, 7, 900, 5000] {
            let (mut log, mut printed) = (Vec::new(), 0);
            while printed < 5000 {
                log.extend((printed..printed + at_once).map(|line| (line, format!("line {line}"))));
                printed += at_once;
                shorten(&mut log);
                let left = left_out(&log[0].1);
                let kept = log.len() as u64 - u64::from(left > 0);
                assert_eq!(left + kept, printed, "{at_once} at once");
                assert!(log.len() <= LOG && log.last().unwrap().1 == format!("line {}", printed - 1));
                // The oldest of those that are kept follows.
                assert!(left == 0 || log[1].1 == format!("line {left}"), "{at_once} at once");
            }
        }
    }
}
