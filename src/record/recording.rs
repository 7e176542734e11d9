//! What a tape came to: frames and everything that was said, in ticks of its frame rate. Plain data, from which every kind of
//! file is made.

use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;

use super::tape::Words;
use crate::ui::Theme;
use crate::ui::text;

/// A recording.
#[derive(Debug, Clone)]
pub struct Recording {
    /// What it is called.
    pub title: String,
    /// The id of its lab.
    pub lab: String,
    /// Columns and rows.
    pub size: (u16, u16),
    /// The colours.
    pub theme: Theme,
    /// Ticks a second.
    pub fps: u16,
    /// The language of what is said, where it is said in several.
    pub language: Option<String>,
    /// The screens, each from its tick until the next one's; at least one, at tick 0.
    pub frames: Vec<Frame>,
    /// The tick of the end.
    pub end: u64,
    /// Where chapters begin.
    pub chapters: Vec<Chapter>,
    /// What is said.
    pub captions: Vec<Caption>,
    /// Pictures of single moments.
    pub shots: Vec<Shot>,
    /// How the run stood at each thing that the tape does.
    pub states: Vec<State>,
}

/// A screen. Rows that are as in the frame before are shared with it.
#[derive(Debug, Clone)]
pub struct Frame {
    /// When it is shown first.
    pub tick: u64,
    /// Its rows, from the top.
    pub rows: Vec<Arc<[Cell]>>,
}

/// A chapter.
#[derive(Debug, Clone)]
pub struct Chapter {
    /// When it begins.
    pub tick: u64,
    /// Its name.
    pub words: Words,
}

/// A caption.
#[derive(Debug, Clone)]
pub struct Caption {
    /// When it is shown first.
    pub from: u64,
    /// When it is gone.
    pub to: u64,
    /// What it says.
    pub words: Words,
    /// It stands on the screen, too.
    pub on_screen: bool,
}

/// A picture of a moment.
#[derive(Debug, Clone)]
pub struct Shot {
    /// When.
    pub tick: u64,
    /// Its name.
    pub name: String,
    /// The screen, or the pane that it is of, without the line of keys.
    pub cells: Buffer,
    /// What it is called.
    pub title: String,
    /// What is seen on it, in words.
    pub description: String,
}

/// How the run stood, for the transcript and for what compares two recordings.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// When.
    pub tick: u64,
    /// It happened and was not recorded.
    pub hidden: bool,
    /// What the tape did then.
    pub did: String,
    /// Its updates.
    pub step: u64,
    /// How it stood: `running`, `paused`.
    pub status: &'static str,
    /// Its numbers by name, as far as it has them.
    pub numbers: Vec<(String, f64)>,
}

impl Frame {
    /// A screen at a tick; rows that are as in the frame before are shared with that.
    pub fn of(tick: u64, cells: &Buffer, before: Option<&Self>) -> Self {
        let columns = usize::from(cells.area.width).max(1);
        let row = |(y, row): (usize, &[Cell])| match before.and_then(|before| before.rows.get(y)) {
            Some(same) if **same == *row => same.clone(),
            _ => Arc::from(row),
        };
        Self { tick, rows: cells.content.chunks(columns).enumerate().map(row).collect() }
    }

    /// It shows the same cells as another one, whose rows it shares where they are alike.
    pub fn looks_like(&self, other: &Self) -> bool {
        self.rows.len() == other.rows.len() && self.rows.iter().zip(&other.rows).all(|(a, b)| Arc::ptr_eq(a, b))
    }

    /// Its cells.
    pub fn cells(&self) -> Buffer {
        let width = self.rows.first().map_or(0, |row| row.len());
        let area = Rect::new(0, 0, width as u16, self.rows.len() as u16);
        let mut buffer = Buffer::empty(area);
        buffer.content = self.rows.iter().flat_map(|row| row.iter().cloned()).collect();
        buffer
    }
}

impl Recording {
    /// The time of a tick from the beginning.
    pub fn time(&self, tick: u64) -> Duration {
        // Frame rates divide a second into whole milliseconds.
        Duration::from_millis(tick * 1000 / u64::from(self.fps.max(1)))
    }

    /// The screen that is shown at a tick.
    pub fn at(&self, tick: u64) -> Option<&Frame> {
        let after = self.frames.partition_point(|frame| frame.tick <= tick);
        self.frames.get(after.saturating_sub(1))
    }

    /// Words in the recording's language.
    pub fn said<'w>(&self, words: &'w Words) -> &'w str {
        words.in_language(self.language.as_deref())
    }
}

/// Text from a tape or a lab as files show it. Lines stay; other hidden characters, which might command a terminal or turn
/// the direction of what follows, are shown, and so are the two that no page and no picture may hold.
pub fn shown(words: &str) -> String {
    let shown = |c: char| match c {
        '\n' => c,
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        c => text::shown_char(c),
    };
    words.chars().map(shown).collect()
}

/// A time as a person writes it, to the hundredth: `1:02.35`.
pub fn clock(time: Duration) -> String {
    let hundredths = time.as_millis() / 10;
    format!("{}:{:02}.{:02}", hundredths / 6000, hundredths / 100 % 60, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::pixels::tests::{recording, screen};
    use crate::record::{captions, cast, html, transcript};

    #[test]
    fn no_control_character_of_a_text_gets_into_any_file() {
        let evil = "a\u{1b}]0;b\u{7}\u{9b}\u{202e}c\nd";
        let mut recording = recording(&[screen()]);
        recording.title = evil.to_owned();
        recording.chapters.push(Chapter { tick: 0, words: Words::of(evil) });
        recording.captions.push(Caption { from: 0, to: 1, words: Words::of(evil), on_screen: false });
        recording.shots.push(Shot {
            tick: 0,
            name: "s".to_owned(),
            cells: screen(),
            title: evil.to_owned(),
            description: evil.to_owned(),
        });
        recording.states.push(State {
            tick: 0,
            hidden: false,
            did: format!("say {evil}"),
            step: 0,
            status: "ready",
            numbers: Vec::new(),
        });
        let texts = [
            transcript::write(&recording),
            captions::captions(&recording, None),
            captions::chapters(&recording, None),
            html::write(&recording),
        ];
        for text in &texts {
            assert!(text.contains("a\u{fffd}]0;b\u{fffd}\u{fffd}\u{fffd}c"), "{text}");
            assert!(!text.contains(|c: char| c != '\n' && crate::error::is_hidden(c)), "{text}");
        }
        for version in [cast::Version::Two, cast::Version::Three] {
            for line in cast::write(&recording, version).lines().filter(|line| !line.contains("\"o\"")) {
                assert!(line.contains("a\u{fffd}]0;b\u{fffd}\u{fffd}\u{fffd}c d"), "{line}");
                assert!(!line.contains("\\u00") && !line.contains(crate::error::is_hidden), "{line}");
            }
        }
    }
}
