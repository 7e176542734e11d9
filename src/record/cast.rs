//! A recording as asciicast: what a terminal is sent, and when. Version 2 counts times from the beginning
//! (<https://docs.asciinema.org/manual/asciicast/v2/>), version 3 from the event before
//! (<https://docs.asciinema.org/manual/asciicast/v3/>). Times are whole milliseconds, so that nothing drifts.

use std::fmt::Write;

use serde_json::{Value, json};

use super::recording::Recording;
use crate::ui::{Theme, difference, palette, text};

/// A version of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// Played by every player.
    #[default]
    Two,
    /// Of asciinema 3.
    Three,
}

/// The first line: size, title and colours; nothing of the machine.
pub fn header(version: Version, size: (u16, u16), title: &str, theme: Theme) -> String {
    let colours = colours(theme);
    let title = text::shown(title);
    let header = match version {
        Version::Two => json!({"version": 2, "width": size.0, "height": size.1, "title": title, "theme": colours}),
        Version::Three => {
            json!({"version": 3, "term": {"cols": size.0, "rows": size.1, "theme": colours}, "title": title})
        }
    };
    header.to_string()
}

fn colours(theme: Theme) -> Value {
    let hex = |[r, g, b]: [u8; 3]| format!("#{r:02x}{g:02x}{b:02x}");
    let (ink, paper) = palette::ground(theme);
    let sixteen: Vec<String> = palette::sixteen(theme).into_iter().map(hex).collect();
    json!({"fg": hex(ink), "bg": hex(paper), "palette": sixteen.join(":")})
}

/// One event, without its line end: so many milliseconds after the beginning (version 2) or after the event before it
/// (version 3).
pub fn event(milliseconds: u64, kind: &str, data: &str) -> String {
    let data = Value::from(data);
    format!("[{}.{:03},\"{kind}\",{data}]", milliseconds / 1000, milliseconds % 1000)
}

/// What a terminal is sent before the first screen: it is cleared, and its cursor is hidden.
pub const BEGIN: &str = "\x1b[?25l\x1b[H\x1b[2J";

/// The recording as a cast.
pub fn write(recording: &Recording, version: Version) -> String {
    // Frames and markers in the order of their times; a marker stands before the screen that it names.
    let mut events: Vec<(u64, bool, String)> = Vec::new();
    for chapter in &recording.chapters {
        events.push((chapter.tick, false, text::shown(recording.said(&chapter.words)).into_owned()));
    }
    let mut before =
        ratatui::buffer::Buffer::empty(ratatui::layout::Rect::new(0, 0, recording.size.0, recording.size.1));
    for (at, frame) in recording.frames.iter().enumerate() {
        let cells = frame.cells();
        let change = difference(&before, &cells);
        let begin = if at == 0 { BEGIN } else { "" };
        events.push((frame.tick, true, format!("{begin}{change}")));
        before = cells;
    }
    // The last screen stands until the end of the tape.
    events.push((recording.end, true, "\x1b[0m".to_owned()));
    events.sort_by_key(|(tick, is_frame, _)| (*tick, *is_frame));
    let mut out = header(version, recording.size, &recording.title, recording.theme) + "\n";
    let mut last = 0;
    for (tick, is_frame, data) in &events {
        let now = recording.time(*tick).as_millis() as u64;
        let time = if version == Version::Three { now - last } else { now };
        last = now;
        // Writing to a string does not fail.
        let _ = writeln!(out, "{}", event(time, if *is_frame { "o" } else { "m" }, data));
    }
    out
}
