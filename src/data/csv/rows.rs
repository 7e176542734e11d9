//! The rows of a CSV text, split into cells where they lie (RFC 4180, taken strictly).
//!
//! The crate `csv` reads on purpose whatever it meets: an open quote runs on to the end of the
//! file, and what follows a closing quote still belongs to the cell, so that one stray quote joins rows without a word;
//! nor does it tell where a cell lies. Here a quote opens a cell, closes it or is written twice inside of it, and one that
//! does neither is an error. So no single quote that is added to a table or taken from it can be read over: their number
//! would be odd. Knows no columns and no numbers.

use std::borrow::Cow;
use std::ops::Range;

/// The most lines of a quoted cell. An address or a remark has fewer, and a quote that was never meant to open a cell is
/// noticed before it has swallowed much.
pub(super) const MAX_LINES: usize = 20;

/// A cell of a row.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// Its bytes in the text with its quotes, but without the spaces around it.
    pub span: Range<usize>,
    /// It stands in quotes.
    quoted: bool,
    /// The lines that it runs over, at least 1.
    pub lines: usize,
}

impl Cell {
    /// What it says: without its quotes, and those inside of it once.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let raw = &text[self.span.clone()];
        if !self.quoted {
            return Cow::Borrowed(raw);
        }
        let inner = &raw[1..raw.len() - 1];
        if inner.contains('"') { Cow::Owned(inner.replace("\"\"", "\"")) } else { Cow::Borrowed(inner) }
    }
}

/// A quote out of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stray {
    /// The byte of the quote; of a quoted cell, the quote that opens it.
    pub at: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The cell that it opens is not closed before the text ends.
    Open,
    /// The cell that it opens runs over more than [`MAX_LINES`] lines.
    Long,
    /// The cell that it opens is closed, but text follows before the cell ends: from this byte on.
    Followed(usize),
    /// It stands in a cell that it does not open.
    Inside,
}

/// The rows of a text, one at a time.
pub(super) struct Rows<'a> {
    text: &'a str,
    /// The first byte that is not read yet.
    at: usize,
    /// More cells of a row than this are not looked at.
    most: usize,
    /// The cells of the row.
    pub cells: Vec<Cell>,
}

impl<'a> Rows<'a> {
    /// The rows of a text from a byte on. A row of more than `most` cells is cut off after the first one too many.
    pub fn new(text: &'a str, from: usize, most: usize) -> Self {
        Self { text, at: from, most, cells: Vec::new() }
    }

    /// What follows the row.
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Moves to the next row that is not blank; `false` at the end of the text.
    pub fn next(&mut self) -> Result<bool, Stray> {
        let bytes = self.text.as_bytes();
        self.cells.clear();
        while matches!(bytes.get(self.at), Some(b'\r' | b'\n')) {
            self.at += 1;
        }
        if self.at == bytes.len() {
            return Ok(false);
        }
        loop {
            let cell = self.cell()?;
            self.cells.push(cell);
            if bytes.get(self.at) != Some(&b',') || self.cells.len() > self.most {
                return Ok(true);
            }
            self.at += 1;
        }
    }

    /// Reads up to the comma, the line end or the end of the text that ends a cell.
    fn cell(&mut self) -> Result<Cell, Stray> {
        let bytes = self.text.as_bytes();
        let from = self.at;
        let first = self.past_blanks(from);
        if bytes.get(first) == Some(&b'"') {
            return self.quoted(first);
        }
        self.at = self.find(first, |byte| matches!(byte, b',' | b'\r' | b'\n' | b'"')).unwrap_or(bytes.len());
        if bytes.get(self.at) == Some(&b'"') {
            return Err(Stray { at: self.at, fault: Fault::Inside });
        }
        let raw = &self.text[from..self.at];
        let start = from + raw.len() - raw.trim_start().len();
        Ok(Cell { span: start..start + raw.trim().len(), quoted: false, lines: 1 })
    }

    /// Reads a cell whose quote opens at a byte.
    fn quoted(&mut self, open: usize) -> Result<Cell, Stray> {
        let bytes = self.text.as_bytes();
        let stray = |fault| Stray { at: open, fault };
        let (mut at, mut lines) = (open + 1, 1);
        loop {
            at = self.find(at, |byte| matches!(byte, b'"' | b'\r' | b'\n')).ok_or(stray(Fault::Open))?;
            match (bytes[at], bytes.get(at + 1)) {
                (b'"', Some(b'"')) => at += 1,
                (b'"', _) => break,
                // One line end of two bytes.
                (b'\r', Some(b'\n')) => {}
                _ if lines == MAX_LINES => return Err(stray(Fault::Long)),
                _ => lines += 1,
            }
            at += 1;
        }
        let end = at + 1;
        self.at = self.past_blanks(end);
        match bytes.get(self.at) {
            None | Some(b',' | b'\r' | b'\n') => Ok(Cell { span: open..end, quoted: true, lines }),
            Some(_) => Err(stray(Fault::Followed(self.at))),
        }
    }

    fn find(&self, from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
        self.text.as_bytes()[from..].iter().position(|byte| wanted(*byte)).map(|ahead| from + ahead)
    }

    fn past_blanks(&self, from: usize) -> usize {
        self.find(from, |byte| !matches!(byte, b' ' | b'\t')).unwrap_or(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::csv::{QuoteStyle, Terminator, WriterBuilder};
    use proptest::prelude::*;

    fn rows(text: &str) -> Result<Vec<Vec<String>>, Stray> {
        let mut rows = Rows::new(text, 0, 100);
        let mut all = Vec::new();
        while rows.next()? {
            all.push(rows.cells.iter().map(|cell| cell.text(text).into_owned()).collect());
        }
        Ok(all)
    }

    fn fault(text: &str) -> (usize, Fault) {
        let Stray { at, fault } = rows(text).unwrap_err();
        (at, fault)
    }

    #[test]
    fn cells_end_at_commas_and_rows_at_any_line_end() {
        for text in ["a,b\n1,\n\n,2", "a,b\r\n1,\r\n\r\n,2\r\n", "a,b\r1,\r,2", " a\t, b\n\"1\",\n,\"2\" "] {
            assert_eq!(rows(text).unwrap(), [["a", "b"], ["1", ""], ["", "2"]], "{text:?}");
        }
        assert_eq!(rows("\n\r\n").unwrap().len(), 0);
        assert_eq!(rows("\"\"\n").unwrap(), [[""]]);
    }

    #[test]
    fn quotes_hold_commas_line_ends_and_quotes_written_twice() {
        assert_eq!(rows("\"a,b\",\"c\r\nd\",\"5\"\" e\"\n").unwrap(), [["a,b", "c\r\nd", "5\" e"]]);
        assert_eq!(rows("1, \"a,b\" ,2").unwrap(), [["1", "a,b", "2"]]);
    }

    #[test]
    fn a_quote_that_neither_opens_nor_closes_is_refused() {
        assert_eq!(fault("1,\"a"), (2, Fault::Open));
        assert_eq!(fault("1,\"a\"\"\n2,3\n"), (2, Fault::Open));
        assert_eq!(fault("1,\"a\n2,\"b\"\n"), (2, Fault::Followed(8)));
        assert_eq!(fault("1,\"a\" b\n"), (2, Fault::Followed(6)));
        assert_eq!(fault("1,a\"b\n"), (3, Fault::Inside));
        assert_eq!(fault("1,a\"\n"), (3, Fault::Inside));
    }

    #[test]
    fn a_quoted_cell_has_at_most_twenty_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let cell = |lines: usize| format!("x,\"{}\",y", vec!["a"; lines].join(end));
            assert_eq!(rows(&cell(20)).unwrap()[0].len(), 3);
            assert_eq!(fault(&cell(21)), (2, Fault::Long));
        }
    }

    #[test]
    fn a_row_of_too_many_cells_is_cut_off() {
        let text = ",".repeat(1000);
        let mut rows = Rows::new(&text, 0, 10);
        assert!(rows.next().unwrap());
        assert_eq!(rows.cells.len(), 11);
    }

    /// Cells of what matters: quotes, separators, line ends, blanks and letters of one and more bytes.
    fn a_cell() -> impl Strategy<Value = String> {
        "[ \tab\"é,;1\r\n]{0,6}"
    }

    /// What is the same in both readers: blanks around a cell that is not quoted are no part of it.
    fn trimmed(rows: &[Vec<String>]) -> Vec<Vec<&str>> {
        rows.iter().map(|row| row.iter().map(|cell| cell.trim()).collect()).collect()
    }

    proptest! {
        #[test]
        fn a_table_that_was_written_reads_back_as_the_same_cells(
            table in (1..5_usize).prop_flat_map(|columns| {
                prop::collection::vec(prop::collection::vec(a_cell(), columns), 1..6)
            }),
            style in prop::sample::select(vec![QuoteStyle::Always, QuoteStyle::Necessary, QuoteStyle::NonNumeric]),
            crlf: bool,
        ) {
            let end = if crlf { Terminator::CRLF } else { Terminator::Any(b'\n') };
            let mut writer = WriterBuilder::new().quote_style(style).terminator(end).from_writer(Vec::new());
            for row in &table {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let read = rows(&text);
            prop_assert!(read.is_ok(), "{text:?}: {read:?}");
            let read = read.unwrap();
            prop_assert_eq!(trimmed(&read), trimmed(&table));
        }

        #[test]
        fn a_single_quote_too_many_or_too_few_is_always_an_error(
            table in prop::collection::vec(prop::collection::vec(a_cell(), 3), 1..6),
            at: prop::sample::Index,
            remove: bool,
        ) {
            let mut writer = WriterBuilder::new().quote_style(QuoteStyle::Necessary).from_writer(Vec::new());
            for row in &table {
                writer.write_record(row).unwrap();
            }
            let mut text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let quotes: Vec<usize> = text.match_indices('"').map(|(at, _)| at).collect();
            if remove && !quotes.is_empty() {
                text.remove(quotes[at.index(quotes.len())]);
            } else {
                let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
                text.insert(places[at.index(places.len())], '"');
            }
            prop_assert!(rows(&text).is_err(), "{text:?}");
        }
    }
}
