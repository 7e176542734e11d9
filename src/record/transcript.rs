//! A recording in words: what was said and done, when, and how the run stood then, a line each; then its shots. It is what a
//! screen reader reads, and what two recordings are compared by first.

use std::fmt::Write;

use super::recording::{Recording, State, clock, shown};
use crate::ui::draw;

/// The transcript.
// Writing to a string does not fail.
pub fn write(recording: &Recording) -> String {
    let (columns, rows) = recording.size;
    let mut out = format!("{}\n", recording.title);
    let _ = writeln!(out, "lab {}, {columns}x{rows}, {}\n", recording.lab, clock(recording.time(recording.end)));
    for state in &recording.states {
        let _ = writeln!(out, "{}", line(recording, state));
    }
    for shot in &recording.shots {
        let _ = writeln!(out, "\n{}  shot {}: {}", clock(recording.time(shot.tick)), shot.name, shot.title);
        let _ = writeln!(out, "{}\n", shot.description);
        for row in draw::as_text(&shot.cells).lines() {
            let _ = writeln!(out, "{}", format!("    {row}").trim_end());
        }
    }
    shown(&out)
}

/// `0:12.35  until run.step == 200  [step 200, running, loss 0.0123]`.
fn line(recording: &Recording, state: &State) -> String {
    let hidden = if state.hidden { " (not shown)" } else { "" };
    let mut out =
        format!("{}  {}{hidden}  [step {}, {}", clock(recording.time(state.tick)), state.did, state.step, state.status);
    for (name, value) in state.numbers.iter().filter(|(_, value)| !value.is_nan()) {
        let _ = write!(out, ", {name} {value}");
    }
    out + "]"
}
