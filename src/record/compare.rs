//! Where two recordings of one tape part: by how the run stood first, then by what was seen.

use std::collections::VecDeque;

use avt::Terminal;
use serde_json::Value;

/// The first line in which two texts differ: its number, counted from 1, and what it is in each.
pub fn first_difference<'t>(old: &'t str, new: &'t str) -> Option<(usize, &'t str, &'t str)> {
    let (mut old, mut new) = (old.lines(), new.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (old.next(), new.next()) {
            (None, None) => return None,
            (was, is) if was == is => {}
            (was, is) => return Some((number, was.unwrap_or("(nothing)"), is.unwrap_or("(nothing)"))),
        }
    }
}

/// The lines of a transcript that tell how the run stood: those of the tape's steps, without the words of captions and
/// without the pictures.
pub fn states(transcript: &str) -> String {
    let is_state = |line: &&str| line.starts_with(|first: char| first.is_ascii_digit()) && line.ends_with(']');
    let state = |line: &str| {
        // What was said may be worded anew.
        match (line.split_once("  say "), line.rsplit_once("  [")) {
            (Some((time, _)), Some((_, state))) => format!("{time}  say  [{state}"),
            _ => line.to_owned(),
        }
    };
    transcript.lines().filter(is_state).map(state).collect::<Vec<_>>().join("\n")
}

/// The first screen at which two casts part.
#[derive(Debug, PartialEq)]
pub struct Parted {
    /// Milliseconds after the beginning.
    pub at: u64,
    /// The first row in which they differ, counted from 1.
    pub row: usize,
    /// Its first and its last column that differ, counted from 1.
    pub columns: (usize, usize),
    /// What stands there, in the old one and in the new one.
    pub was: String,
    /// See `was`.
    pub is: String,
    /// How many cells of the screen differ.
    pub cells: usize,
}

/// The first screen at which two casts part, each played on a terminal; none if every screen is the same, or if one of them is
/// no cast.
pub fn first_cells(old: &str, new: &str) -> Option<Parted> {
    let (mut old, mut new) = (Played::of(old)?, Played::of(new)?);
    while let Some(at) = [old.next(), new.next()].into_iter().flatten().min() {
        old.play_to(at);
        new.play_to(at);
        let parted = parted(at, &old.terminal, &new.terminal);
        if parted.is_some() {
            return parted;
        }
    }
    None
}

fn parted(at: u64, old: &Terminal, new: &Terminal) -> Option<Parted> {
    let cells = |line: &avt::Line| line.cells().to_vec();
    let rows = |terminal: &Terminal| terminal.screen().visible_lines().map(cells).collect::<Vec<_>>();
    let (old, new) = (rows(old), rows(new));
    let mut found: Option<Parted> = None;
    for row in 0..old.len().max(new.len()) {
        let own = |rows: &[Vec<avt::Cell>]| rows.get(row).cloned().unwrap_or_default();
        let (was, is) = (own(&old), own(&new));
        let differs: Vec<usize> = (0..was.len().max(is.len())).filter(|at| was.get(*at) != is.get(*at)).collect();
        let (Some(first), Some(last)) = (differs.first(), differs.last()) else { continue };
        let text =
            |cells: &[avt::Cell]| cells.iter().skip(*first).take(last + 1 - first).map(avt::Cell::char).collect();
        let begun = found.get_or_insert_with(|| Parted {
            at,
            row: row + 1,
            columns: (first + 1, last + 1),
            was: text(&was),
            is: text(&is),
            cells: 0,
        });
        begun.cells += differs.len();
    }
    found
}

/// A cast that is played on a terminal, as far as it has come.
struct Played {
    terminal: Terminal,
    /// What is still to come, each with its milliseconds after the beginning.
    events: VecDeque<(u64, String)>,
}

impl Played {
    fn of(cast: &str) -> Option<Self> {
        let mut lines = cast.lines().map(serde_json::from_str::<Value>);
        let header = lines.next()?.ok()?;
        let size = |old: &str, new: &str| {
            let number = header.get(old).or_else(|| header.get("term").and_then(|term| term.get(new)));
            number.and_then(Value::as_u64).and_then(|number| usize::try_from(number.clamp(1, 1000)).ok())
        };
        let terminal = Terminal::new(size("width", "cols")?, size("height", "rows")?).ok()?;
        let since_last = header.get("version").and_then(Value::as_u64) == Some(3);
        let (mut events, mut last) = (VecDeque::new(), 0);
        for event in lines.map_while(Result::ok) {
            let own = event.get(0).and_then(Value::as_f64).map_or(0, |seconds| (seconds * 1000.0).round() as u64);
            last = if since_last { last + own } else { own };
            if let (Some("o"), Some(data)) =
                (event.get(1).and_then(Value::as_str), event.get(2).and_then(Value::as_str))
            {
                events.push_back((last, data.to_owned()));
            }
        }
        Some(Self { terminal, events })
    }

    fn next(&self) -> Option<u64> {
        self.events.front().map(|(at, _)| *at)
    }

    fn play_to(&mut self, to: u64) {
        while self.next().is_some_and(|at| at <= to) {
            self.terminal.feed(self.events.pop_front().map(|(_, data)| data));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_told_with_both() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some((2, "b", "c")));
        assert_eq!(first_difference("a\n", "a\nc\n"), Some((2, "(nothing)", "c")));
    }

    #[test]
    fn a_caption_in_other_words_is_no_other_state() {
        let of = |words: &str| states(&format!("Title\n0:01.00  say {words}  [step 3, paused]\n    a picture\n"));
        assert_eq!(of("One."), of("Another one."));
        assert_eq!(of("One."), "0:01.00  say  [step 3, paused]");
    }

    fn cast(version: u64, events: &[(f64, &str)]) -> String {
        let head = if version == 3 {
            serde_json::json!({"version": 3, "term": {"cols": 20, "rows": 3}})
        } else {
            serde_json::json!({"version": 2, "width": 20, "height": 3})
        };
        let lines = events.iter().map(|(at, data)| serde_json::json!([at, "o", data]).to_string());
        std::iter::once(head.to_string()).chain(lines).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn two_casts_part_at_the_first_screen_that_differs_and_not_where_it_was_sent_otherwise() {
        let old = cast(2, &[(0.0, "step 1\r\nloss 0.25"), (1.5, "\x1b[2;6H0.12"), (2.0, "\x1b[1;6H2")]);
        // The same screens, by other bytes, and by the times of the other version.
        let same =
            cast(3, &[(0.0, "\x1b[2;1Hloss 0.25\x1b[1;1Hstep 1"), (1.5, "\x1b[2;6H0.12"), (0.5, "\x1b[1;1Hstep 2")]);
        assert_eq!(first_cells(&old, &same), None);
        let other = cast(2, &[(0.0, "step 1\r\nloss 0.25"), (1.5, "\x1b[2;6H0.17\x1b[3;1HX"), (2.0, "\x1b[1;6H2")]);
        let parted = first_cells(&old, &other).unwrap();
        assert_eq!((parted.at, parted.row, parted.columns, parted.cells), (1500, 2, (9, 9), 2));
        assert_eq!((parted.was.as_str(), parted.is.as_str()), ("2", "7"));
        // A colour is seen, too.
        let red = cast(2, &[(0.0, "\x1b[31mstep 1\x1b[0m\r\nloss 0.25"), (2.0, "")]);
        let parted = first_cells(&old, &red).unwrap();
        assert_eq!((parted.at, parted.row, parted.columns, parted.was == parted.is), (0, 1, (1, 6), true));
        assert_eq!(first_cells("no cast", &old), None);
    }
}
