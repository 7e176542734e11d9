//! What was asked to be written on a screen against what stands there: finds a text that was left out, a number or a word
//! that was cut, and a letter that something else was drawn over.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::ui::canvas::pen::record::{self, Done};
use crate::ui::canvas::text;

/// A text that is still meant: nothing was blanked where it stands.
struct Text<'d> {
    at: (u16, u16),
    asked: &'d str,
    written: &'d str,
}

impl Text<'_> {
    fn extent(&self) -> Rect {
        let width = u16::try_from(text::width(self.written)).unwrap_or(u16::MAX).max(1);
        Rect { x: self.at.0, y: self.at.1, width, height: 1 }
    }
}

/// What is wrong with the texts of a screen, which is drawn on a blank buffer.
pub fn faults(draw: impl FnOnce(&mut Buffer), size: Rect) -> Vec<String> {
    record::start();
    let mut screen = Buffer::empty(size);
    draw(&mut screen);
    let done = record::take();
    let mut texts: Vec<Text<'_>> = Vec::new();
    for done in &done {
        match done {
            Done::Text { at, asked, written } => texts.push(Text { at: *at, asked, written }),
            Done::Cleared(area) => texts.retain(|text| !text.extent().intersects(*area)),
        }
    }
    texts.retain(|text| !text.asked.trim().is_empty());
    let mut faults: Vec<String> = texts.iter().filter_map(|text| fault(text, &screen)).collect();
    faults.extend(joined(&texts));
    faults
}

fn fault(text: &Text<'_>, screen: &Buffer) -> Option<String> {
    let Text { asked, written, .. } = text;
    if written.trim().is_empty() {
        return Some(format!("left out: {asked:?}"));
    }
    if written.trim_end() != asked.trim_end() && !is_well_cut(asked, written) {
        return Some(format!("badly cut: {asked:?} to {written:?}"));
    }
    if let Some(part) = parts_of_words(written).next() {
        return Some(format!("part of a word: {part:?} in {written:?}"));
    }
    let mut wanted = Buffer::empty(Rect { width: screen.area.width.saturating_sub(text.at.0), ..text.extent() });
    wanted.set_stringn(text.at.0, text.at.1, text::shown(written), usize::from(wanted.area.width), Style::new());
    let mut cells = (wanted.area.left()..wanted.area.right()).map(|x| (x, text.at.1));
    let other = cells.find(|at| {
        let [wanted, seen] = [&wanted, screen].map(|buffer| buffer.cell(*at).map_or(" ", |cell| cell.symbol()));
        wanted != " " && wanted != seen
    });
    other.map(|at| {
        let seen = screen.cell(at).map_or(" ", |cell| cell.symbol());
        format!("drawn over: {written:?} by {seen:?} at its column {}", at.0 - text.at.0)
    })
}

/// A text that is not whole ends in a mark, and in no number.
fn is_well_cut(asked: &str, written: &str) -> bool {
    let Some(body) = written.trim_end().strip_suffix(['…', '~']) else { return false };
    let body = body.trim_end();
    let Some(rest) = asked.strip_prefix(body) else { return body.trim().is_empty() };
    let (before, after) = (body.chars().next_back().unwrap_or(' '), rest.chars().next().unwrap_or(' '));
    if before.is_ascii_digit() {
        return !after.is_alphanumeric() && !matches!(after, '.' | '%') && !rest.starts_with(" %");
    }
    let sign = matches!(before, '-' | '+' | '.') && after.is_ascii_digit();
    !sign
}

/// A number that begins where another text's number ends would be read as one with it.
fn joined(texts: &[Text<'_>]) -> Vec<String> {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mut faults = Vec::new();
    for left in texts.iter().filter(|text| digit(text.written.chars().next_back())) {
        let end = left.at.0 + left.extent().width;
        let after = texts.iter().filter(|text| text.at == (end, left.at.1) && digit(text.written.chars().next()));
        faults.extend(after.map(|right| format!("joined: {:?} and {:?}", left.written, right.written)));
    }
    faults
}

/// Words that stand nowhere in the sources, so that they are parts of longer ones.
fn parts_of_words(written: &str) -> impl Iterator<Item = &str> {
    let cut = written.trim_end().strip_suffix(['…', '~']);
    let written = cut.map_or(written, |body| &body[..body.rfind(' ').unwrap_or(0)]);
    let words = written.split(|c: char| !c.is_ascii_alphabetic());
    words.filter(|word| word.len() > 3 && !vocabulary().contains(&word.to_lowercase()))
}

/// All words of the sources, the labs and the scripts.
fn vocabulary() -> &'static HashSet<String> {
    static WORDS: OnceLock<HashSet<String>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut words = HashSet::new();
        let mut folders: Vec<PathBuf> = ["src", "labs", "scripts"].map(|name| root.join(name)).to_vec();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("the sources are there").flatten() {
                let path = entry.path();
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                // Tests and what they expect may hold parts of words.
                if path.is_dir() {
                    folders.extend((!matches!(name, "tests" | "snapshots")).then_some(path));
                } else if let (false, Ok(source)) = (name.ends_with("tests.rs"), fs::read_to_string(&path)) {
                    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().replace("\\n", " ");
                    let all = source.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 3);
                    words.extend(all.map(str::to_lowercase));
                }
            }
        }
        words
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::canvas::pen::Pen;
    use crate::ui::look::theme::{Look, Role, Theme};

    /// Draws something wrong.
    type Draw = fn(&mut Pen<'_>);

    fn write(pen: &mut Pen<'_>, x: usize, y: usize, text: &str) {
        pen.text(x, y, text, Role::Text);
    }

    fn found(draw: impl FnOnce(&mut Pen<'_>)) -> Vec<String> {
        let size = Rect::new(0, 0, 20, 3);
        let look = Look { theme: Theme::Mono, unicode: true };
        faults(|buffer| draw(&mut Pen::new(buffer, size, look)), size)
    }

    #[test]
    fn a_text_that_is_whole_or_ends_well_is_no_fault() {
        let none: [String; 0] = [];
        assert_eq!(found(|pen| write(pen, 0, 0, "loss 0.4123")), none);
        assert_eq!(found(|pen| write(pen, 0, 0, "the loss is at 0.4123 now")), none);
        let over = |pen: &mut Pen<'_>| {
            pen.text(0, 0, "the loss", Role::Text);
            pen.part(0, 0, 20, 1).clear();
            pen.text(2, 0, "validation", Role::Text);
        };
        assert_eq!(found(over), none);
    }

    #[test]
    fn each_kind_of_fault_is_found() {
        let cases: [(&str, Draw); 7] = [
            ("left out", |pen| write(pen, 20, 0, "loss")),
            ("left out", |pen| write(pen, 0, 3, "loss")),
            ("drawn over", |pen| {
                pen.text(16, 0, "loss", Role::Text);
                pen.symbol(19, 0, '▲', Role::Text);
            }),
            ("drawn over", |pen| {
                pen.text(0, 0, "loss 12", Role::Text);
                pen.text(4, 0, "   ", Role::Text);
            }),
            ("drawn over", |pen| {
                pen.text(0, 0, "loss", Role::Text);
                pen.text(3, 0, "12", Role::Text);
            }),
            ("part of a word", |pen| write(pen, 0, 0, concat!("Gra", "die"))),
            ("joined", |pen| {
                let end = pen.text(0, 0, "0.41", Role::Text);
                pen.text(end, 0, "12", Role::Text);
            }),
        ];
        for (kind, draw) in cases {
            let found = found(draw);
            assert!(found.iter().any(|fault| fault.starts_with(kind)), "{kind}: {found:?}");
        }
        for (asked, written) in [
            ("63 % of 30", "63 % of 3"),
            ("63 % of 30", "63 % of 3…"),
            ("0.65 %", "0.65…"),
            ("-0.65", "-…"),
            ("a loss", "a lo"),
        ] {
            assert!(!is_well_cut(asked, written), "{written}");
        }
    }
}
