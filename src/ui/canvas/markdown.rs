//! The Markdown that labs are explained in, as lines of styled words that fit a width: `CommonMark` with tables. Nothing is lost
//! on the way: what is no Markdown, as HTML, stays as it was written, and a long line of code goes on below. It draws nothing.
//!
//! The work is linear in the text's length, whatever is nested in it.

mod setter;
mod table;
mod words;

use std::cell::RefCell;
use std::sync::Arc;

use pulldown_cmark::{Options, Parser};

use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::{Look, Role};
use setter::Setter;

/// Words of one style.
pub type Span = (String, Role);

/// One line of the screen.
pub type Row = Vec<Span>;

/// Fewer columns are not set for: an indent, a mark and a wide character must have room.
const LEAST: usize = 14;

/// Sets a text in lines of at most `columns`, and at least 14.
pub fn lay_out(source: &str, columns: usize, look: Look) -> Vec<Row> {
    let mut setter = Setter::new(source, columns.max(LEAST), look);
    for (event, place) in Parser::new_ext(source, Options::ENABLE_TABLES).into_offset_iter() {
        setter.take(event, place.start);
    }
    setter.rows()
}

/// Sets a text of the program's own in lines of at most `columns`: what stands between backquotes is code, as in a text of
/// Markdown, and all else stays as it is. A backquote without another one is none.
pub fn words(sentence: &str, role: Role, columns: usize) -> Vec<Row> {
    let pieces = pieces(sentence);
    let bare: String = pieces.iter().map(|(piece, _)| *piece).collect();
    // Lines are made of what is seen; each of their letters takes the style of the same letter of the sentence.
    let styled = pieces.iter().flat_map(|(piece, code)| piece.chars().map(move |c| (c, *code)));
    let mut letters = styled.filter(|(c, _)| !c.is_whitespace());
    let styled = |line: String| {
        let mut row = Row::new();
        for c in line.chars() {
            let last = row.last().map_or(role, |(_, last)| *last);
            let own = match c.is_whitespace() {
                true => last,
                false if letters.next().is_some_and(|(_, code)| code) => Role::Key,
                false => role,
            };
            match row.last_mut() {
                Some((span, last)) if *last == own => span.push(c),
                _ => row.push((c.to_string(), own)),
            }
        }
        row
    };
    text::wrap(&bare, columns).into_iter().map(styled).collect()
}

/// A sentence of the program's own in one line, cut if it is longer; code in it as [`words`] has it.
pub fn line(sentence: &str, role: Role, columns: usize, ellipsis: char) -> Row {
    let bare = bare(sentence);
    if text::is_wider(&bare, columns) {
        return vec![(text::cut(&bare, columns, ellipsis), role)];
    }
    words(sentence, role, columns.max(1)).into_iter().next().unwrap_or_default()
}

/// A text of the program's own as it is seen: without the backquotes around code.
pub fn bare(sentence: &str) -> String {
    pieces(sentence).into_iter().map(|(piece, _)| piece).collect()
}

/// What stands between backquotes and what does not, in its order.
fn pieces(sentence: &str) -> Vec<(&str, bool)> {
    let (mut pieces, mut rest) = (Vec::new(), sentence);
    while let Some((before, (code, after))) =
        rest.split_once('`').and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
    {
        pieces.extend([(before, false), (code, true)]);
        rest = after;
    }
    pieces.push((rest, false));
    pieces
}

/// Draws lines from the top of the pen on. Where there are more lines than rows the last one that is seen ends in a mark.
pub fn draw(rows: &[Row], pen: &mut Pen<'_>) {
    let high = pen.height().min(rows.len());
    for (y, row) in rows.iter().take(high).enumerate() {
        if y + 1 == high && high < rows.len() {
            let plain: Vec<String> =
                rows[y..].iter().map(|row| row.iter().map(|(span, _)| span.as_str()).collect()).collect();
            pen.lines(y, &plain, Role::Text);
            return;
        }
        let mut x = 0;
        for (words, role) in row {
            x = pen.text(x, y, words, *role);
        }
    }
}

/// A text as it was set last, so that a frame does not set it anew.
#[derive(Debug, Default)]
pub struct Page {
    laid: RefCell<Option<Laid>>,
}

#[derive(Debug)]
struct Laid {
    source: String,
    columns: usize,
    look: Look,
    rows: Arc<[Row]>,
}

impl Page {
    /// The lines of a text for this width.
    pub fn rows(&self, source: &str, columns: usize, look: Look) -> Arc<[Row]> {
        let mut laid = self.laid.borrow_mut();
        if let Some(laid) = laid.as_ref()
            && (laid.columns, laid.look, laid.source.as_str()) == (columns, look, source)
        {
            return laid.rows.clone();
        }
        let rows: Arc<[Row]> = lay_out(source, columns, look).into();
        *laid = Some(Laid { source: source.to_owned(), columns, look, rows: rows.clone() });
        rows
    }
}

#[cfg(test)]
mod tests;
