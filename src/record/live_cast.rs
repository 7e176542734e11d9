//! A live screen as asciicast: each screen is written as it is shown, so that whatever ends the program leaves a cast that
//! plays.

use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cast::{self, BEGIN, Version};
use super::live_file::{Failed, LiveFile};
use crate::clock::Moment;
use crate::error::Result;
use crate::ui::{Onlooker, Theme, difference};

/// A cast that is being written.
pub struct LiveCast {
    file: LiveFile,
    version: Version,
    title: String,
    theme: Theme,
    /// When the first screen was shown, and how many milliseconds after it the last event was.
    began: Option<Moment>,
    last: u64,
    screen: Buffer,
}

impl LiveCast {
    /// Begins a cast in a file that is not there yet.
    ///
    /// # Errors
    /// The file is there, or cannot be made.
    pub fn begin(path: &Path, version: Version, title: &str, theme: Theme) -> Result<(Self, Failed)> {
        let file = LiveFile::begin(path)?;
        let failed = file.failed();
        let screen = Buffer::empty(Rect::ZERO);
        let title = title.to_owned();
        Ok((Self { file, version, title, theme, began: None, last: 0, screen }, failed))
    }

    /// Writes an event.
    fn event(&mut self, at: Moment, kind: &str, data: &str) {
        let now = at.since(self.began.unwrap_or(at)).as_millis() as u64;
        let now = now.max(self.last);
        let time = if self.version == Version::Three { now - self.last } else { now };
        self.last = now;
        self.file.append(&format!("{}\n", cast::event(time, kind, data)));
    }
}

impl Onlooker for LiveCast {
    fn shown(&mut self, cells: &Buffer, at: Moment) {
        let size = (cells.area.width, cells.area.height);
        let fresh = self.screen.area != cells.area;
        if self.began.is_none() {
            self.began = Some(at);
            self.file.append(&format!("{}\n", cast::header(self.version, size, &self.title, self.theme)));
        } else if fresh {
            self.event(at, "r", &format!("{}x{}", size.0, size.1));
        }
        let blank = Buffer::empty(cells.area);
        let change = difference(if fresh { &blank } else { &self.screen }, cells);
        if fresh {
            self.event(at, "o", &format!("{BEGIN}{change}"));
        } else if !change.is_empty() {
            self.event(at, "o", &change);
        }
        self.screen = cells.clone();
    }

    fn ended(&mut self, at: Moment) {
        if self.began.is_some() {
            self.event(at, "o", "\x1b[0m");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::time::Duration;

    #[test]
    fn each_screen_is_in_the_file_as_soon_as_it_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.cast");
        let (mut cast, failed) = LiveCast::begin(&path, Version::Two, "Live", Theme::Dark).unwrap();
        let at = |milliseconds: u64| Moment::after(Duration::from_millis(1000 + milliseconds));
        cast.shown(&Buffer::with_lines(["step 1"]), at(0));
        cast.shown(&Buffer::with_lines(["step 1"]), at(50));
        cast.shown(&Buffer::with_lines(["step 2"]), at(120));
        // As a kill would find it.
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].starts_with("{\"version\":2,\"width\":6,\"height\":1") || lines[0].contains("\"version\":2"),
            "{text}"
        );
        assert_eq!(lines[2..], ["[0.120,\"o\",\"\\u001b[1;6H2\"]"]);
        cast.shown(&Buffer::with_lines(["another"]), at(500));
        cast.ended(at(700));
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.contains("[0.500,\"r\",\"7x1\"]\n[0.500,\"o\"") && text.ends_with("[0.700,\"o\",\"\\u001b[0m\"]\n"),
            "{text}"
        );
        assert!(failed.lock().unwrap().is_none());
        let error = LiveCast::begin(&path, Version::Two, "Live", Theme::Dark).err().unwrap();
        assert!(error.what().contains("is there already"), "{error}");
    }
}
