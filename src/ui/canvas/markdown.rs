//! The little Markdown that labs are explained in, as lines of styled words that fit a width: headings, paragraphs,
//! lists, quotes, code. What it does not know stays as it was written. It draws nothing.

use crate::ui::canvas::text;
use crate::ui::look::theme::{Look, Role};

/// Words of one style.
pub type Span = (String, Role);

/// One line of the screen.
pub type Row = Vec<Span>;

/// Fewer columns are not set for: an indent, a mark and a wide character must have room.
const LEAST: usize = 14;

/// Sets a text in lines of at most `columns`, and at least 14.
pub fn lay_out(source: &str, columns: usize, look: Look) -> Vec<Row> {
    let mut setter = Setter { rows: Vec::new(), columns: columns.max(LEAST), paragraph: String::new() };
    let mut code = false;
    for line in source.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") {
            setter.flush();
            code = !code;
        } else if code {
            setter.verbatim(line);
        } else if trimmed.is_empty() {
            setter.flush();
            setter.blank();
        } else if setter.paragraph.is_empty() && line.starts_with("    ") {
            // Indented by four or more: code, whose columns mean something.
            setter.verbatim(&line[2..]);
        } else if trimmed.starts_with('|') {
            setter.flush();
            setter.verbatim(trimmed);
        } else if let Some(heading) = heading(trimmed) {
            setter.flush();
            setter.blank();
            setter.fill(heading, Role::Strong, "", "");
        } else if let Some((mark, item)) = item(trimmed) {
            setter.flush();
            let indent = " ".repeat((line.len() - line.trim_start().len()).min(columns / 3));
            let mark = if mark.len() == 1 { look.dot() } else { mark };
            // An item's following lines stand under its first word; they join its paragraph.
            setter.paragraph = format!("{indent}\u{1}{mark}\u{1}{item}");
        } else {
            let quoted = trimmed.trim_start_matches("> ");
            if !setter.paragraph.is_empty() {
                setter.paragraph.push(' ');
            }
            setter.paragraph.push_str(quoted);
        }
    }
    setter.flush();
    while setter.rows.last().is_some_and(Vec::is_empty) {
        setter.rows.pop();
    }
    setter.rows
}

fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    ((1..=6).contains(&level) && text.starts_with(' ')).then(|| text.trim())
}

/// A list's item: its mark (`-`, or `12.`) and its text.
fn item(line: &str) -> Option<(&str, &str)> {
    let (mark, text) = line.split_once(' ')?;
    let number = mark
        .strip_suffix(['.', ')'])
        .is_some_and(|n| (1..=3).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()));
    (matches!(mark, "-" | "*" | "+") || number).then(|| (mark, text.trim()))
}

struct Setter {
    rows: Vec<Row>,
    columns: usize,
    /// Collected lines of the paragraph; of a list's item: indent, U+0001, mark, U+0001, text.
    paragraph: String,
}

impl Setter {
    /// An empty line, but never two, nor one at the top.
    fn blank(&mut self) {
        if self.rows.last().is_some_and(|row| !row.is_empty()) {
            self.rows.push(Vec::new());
        }
    }

    fn verbatim(&mut self, line: &str) {
        // A line that is too long goes on below, indented, rather than being cut.
        let mut rest = line.trim_end();
        let mut indent = "";
        loop {
            let room = self.columns.saturating_sub(indent.len()).max(2);
            if !text::is_wider(rest, room) {
                self.rows.push(vec![(format!("{indent}{rest}"), Role::Key)]);
                return;
            }
            let mut head = text::split(rest, room - 1).0.trim_end();
            if let Some(space) = head.rfind(' ').filter(|space| !head[..*space].trim().is_empty()) {
                head = &head[..space];
            }
            if head.is_empty() {
                self.rows.push(vec![(text::cut(rest, self.columns, '~'), Role::Key)]);
                return;
            }
            rest = rest[head.len()..].trim_start();
            self.rows.push(vec![(format!("{indent}{}", head.trim_end()), Role::Key)]);
            indent = "      ";
        }
    }

    fn flush(&mut self) {
        let paragraph = std::mem::take(&mut self.paragraph);
        let parts: Vec<&str> = paragraph.splitn(3, '\u{1}').collect();
        match parts[..] {
            [indent, mark, item] => {
                let first = format!("{indent}{mark} ");
                let rest = " ".repeat(text::width(&first));
                self.fill(item, Role::Text, &first, &rest);
            }
            _ if !paragraph.is_empty() => self.fill(&paragraph, Role::Text, "", ""),
            _ => {}
        }
    }

    /// Fills lines with the words of a paragraph; the first starts with `first`, the others with `rest`.
    fn fill(&mut self, paragraph: &str, role: Role, first: &str, rest: &str) {
        let mut row: Row = Vec::new();
        let mut used = text::width(first);
        if !first.is_empty() {
            row.push((first.to_owned(), Role::Text));
        }
        let mut fresh = true;
        for (word, role, spaced) in words(paragraph, role) {
            let mut word = word.as_str();
            let space = usize::from(spaced && !fresh);
            if !fresh && text::is_wider(word, self.columns.saturating_sub(used + space)) {
                self.rows.push(std::mem::replace(&mut row, vec![(rest.to_owned(), Role::Text)]));
                used = text::width(rest);
                fresh = true;
            }
            let space = usize::from(spaced && !fresh);
            // A word longer than a line is broken; at least one column of it fits.
            while text::is_wider(word, self.columns.saturating_sub(used + space)) {
                let room = self.columns.saturating_sub(used).max(2);
                let (head, tail) = text::split(word, room - 1);
                if head.is_empty() || !text::is_wider(word, room) {
                    break;
                }
                word = tail;
                row.push((head.to_owned(), role));
                self.rows.push(std::mem::replace(&mut row, vec![(rest.to_owned(), Role::Text)]));
                used = text::width(rest);
            }
            used += space + text::width(word);
            let blank = if space == 1 { " " } else { "" };
            match row.last_mut() {
                Some((last, last_role)) if *last_role == role => {
                    last.push_str(blank);
                    last.push_str(word);
                }
                _ => row.push((format!("{blank}{word}"), role)),
            }
            fresh = false;
        }
        row.retain(|(span, _)| !span.is_empty());
        self.rows.push(row);
    }
}

/// The words of a paragraph with their roles, and whether a space stands before each. Code in backquotes and text
/// between `**` lose their marks; `_` and single `*` stay, since formulas are full of them.
fn words(paragraph: &str, role: Role) -> Vec<(String, Role, bool)> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut code, mut bold, mut spaced) = (false, false, false);
    let mut rest = paragraph;
    while let Some(c) = rest.chars().next() {
        let now = if code {
            Role::Key
        } else if bold {
            Role::Strong
        } else {
            role
        };
        let double = rest.starts_with("**") && !code && (bold || closes(&rest[2..]));
        let tick = c == '`' && (code || rest[1..].contains('`'));
        if double || tick || c.is_whitespace() {
            if !word.is_empty() {
                words.push((std::mem::take(&mut word), now, spaced));
                spaced = false;
            }
            bold ^= double;
            code ^= tick;
            spaced |= c.is_whitespace();
        } else {
            word.push(c);
        }
        rest = &rest[if double { 2 } else { c.len_utf8() }..];
    }
    if !word.is_empty() {
        words.push((
            word,
            if code {
                Role::Key
            } else if bold {
                Role::Strong
            } else {
                role
            },
            spaced,
        ));
    }
    words
}

/// Text that follows an opening `**` is bold if it starts with a letter and the mark is closed: `b ** 2` is a power.
fn closes(after: &str) -> bool {
    !after.starts_with(char::is_whitespace) && after.contains("**")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::look::theme::Theme;
    use proptest::prelude::*;

    const LOOK: Look = Look { theme: Theme::Mono, unicode: true };

    fn plain(source: &str, columns: usize) -> Vec<String> {
        lay_out(source, columns, LOOK).iter().map(|row| row.iter().map(|(span, _)| span.as_str()).collect()).collect()
    }

    #[test]
    fn paragraphs_lists_and_code_are_set() {
        let source = "# Adam\nTwo averages,\n`v` and **both corrected**.\n\n\n- one item\n  goes on\n12. two\n\n```\n  a = b\n```\n";
        assert_eq!(
            plain(source, 20),
            ["Adam", "Two averages, v and", "both corrected.", "", "· one item goes on", "12. two", "", "  a = b"]
        );
    }

    #[test]
    fn a_power_is_not_bold_and_an_open_tick_stays() {
        let rows = lay_out("1 - b ** t and b ** 2, `lr` and ` alone", 80, LOOK);
        assert_eq!(
            rows[0].iter().map(|(span, _)| span.as_str()).collect::<String>(),
            "1 - b ** t and b ** 2, lr and ` alone"
        );
        assert_eq!(rows[0].iter().filter(|(_, role)| *role == Role::Key).count(), 1);
        assert_eq!(lay_out("**so**, then", 80, LOOK)[0][0], ("so".to_owned(), Role::Strong));
    }

    proptest! {
        #[test]
        fn any_text_is_set_within_its_width(source in "[-a-z#*`> |1.\n\u{4e00}]{0,120}", columns in 0..40_usize) {
            for row in plain(&source, columns) {
                prop_assert!(text::width(&row) <= columns.max(LEAST), "{row:?}");
            }
        }
    }
}
