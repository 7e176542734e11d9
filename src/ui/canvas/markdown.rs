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
use crate::ui::look::theme::{Look, Role};
use setter::Setter;
use words::Words;

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

/// Sets a sentence of the program's own in lines of at most `columns`: what stands between backquotes is code, as in a text of
/// Markdown, and all else stays as it is. A backquote without another one is none.
pub fn words(sentence: &str, role: Role, columns: usize) -> Vec<Row> {
    let mut words = Words::default();
    let mut rest = sentence;
    while let Some((before, (code, after))) =
        rest.split_once('`').and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
    {
        words.push(before, role);
        words.push(code, Role::Key);
        rest = after;
    }
    words.push(rest, role);
    words.fill(columns)
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
