//! Errors about quotes, each at the quote: where a quoted cell opens, not where its end was looked for in vain.

use super::Table;
use super::cells::SEPARATORS;
use super::rows::{Cell, Fault, MAX_LINES, Stray};
use crate::error::{Error, Result};

/// What is done about a quote that opens a cell by mistake.
pub(super) const STRAY: &str =
    "delete the quote if it does not belong here; inside of a quoted cell it is written twice";

impl Table<'_> {
    /// A quoted cell that opens where it should not, or a quote that opens none.
    pub(super) fn stray(&self, Stray { at, fault }: Stray) -> Error {
        let text = self.source.text.as_str();
        let first_line = self.names.is_empty();
        let what = match fault {
            Fault::Open => "a quoted cell opens here and is never closed".to_owned(),
            Fault::Long => format!("a quoted cell opens here and runs over more than {MAX_LINES} lines"),
            Fault::Followed(after) => {
                let blanks = text[..after].len() - text[..after].trim_end_matches([' ', '\t']).len();
                let mark = text[after - blanks..].find(SEPARATORS).filter(|ahead| *ahead <= blanks);
                if let Some(ahead) = mark.filter(|_| first_line) {
                    return self.separator(after - blanks + ahead);
                }
                let (opens, closes) = (self.span(at, 1).line(), self.span(after, 0).line());
                let line = if opens == closes { String::new() } else { format!(" on line {closes}") };
                format!("a quoted cell opens here, but text follows the quote that closes it{line}")
            }
            Fault::Inside => {
                // As in `a;"b"`, where it would open a cell if commas stood between the cells.
                let cell = text[..at].rfind([',', '\r', '\n']).map_or(self.body, |before| before + 1);
                if let Some(mark) = text[cell..at].find(SEPARATORS).filter(|_| first_line) {
                    return self.separator(cell + mark);
                }
                return Error::user("a quote stands in the middle of a cell").at(self.span(at, 1)).help(
                    "delete it, or put the whole cell into quotes and write this one twice, as in `\"a 5\"\" pipe\"`",
                );
            }
        };
        Error::user(what).at(self.span(at, 1)).help(STRAY)
    }

    /// A cell must not run over lines where `why` says so, as in "a number is one line".
    pub(super) fn on_one_line(&self, cell: &Cell, why: &str) -> Result<()> {
        if cell.lines == 1 {
            return Ok(());
        }
        let what = format!("a quoted cell of {} lines opens here, but {why}", cell.lines);
        Err(Error::user(what).at(self.span(cell.span.start, 1)).help(STRAY))
    }
}
