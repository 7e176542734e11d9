//! What a cell says: a number, the name of a class, or nothing. What it cannot be is an error at its place, which shows
//! no more than the beginning of a long cell.

use std::borrow::Cow;

use super::Table;
use crate::error::{Error, Result, scrub};
use crate::program::Real;

/// The longest name of a column or a class, in bytes: a whole question of a questionnaire, but no file without line ends.
pub(super) const MAX_NAME: usize = 1000;

/// The most characters of a cell or a name that a message shows.
const SHOWN: usize = 60;

/// What other programs put between columns.
pub(super) const SEPARATORS: [char; 3] = [';', '|', '\t'];

/// What a number looks like to the reader of an error.
const A_NUMBER: &str = "a number is written like 12, -0.5 or 1e-3";

/// What is done about a cell that says nothing.
const NOT_GUESSED: &str = "leave the row out or fill the cell in: missing values are not guessed";

/// What a column is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// An input.
    Input,
    /// The only target: numbers, or the names of classes.
    Label,
    /// One of several targets.
    Target,
    /// The values of a series.
    Series,
}

/// NaN and infinities count as numbers: they are refused as such and never become the name of a class.
pub(super) fn looks_like_a_number(cell: &str) -> bool {
    cell.parse::<f64>().is_ok()
}

/// What tables write where a value is missing. `Na` is sodium.
fn is_missing(cell: &str) -> bool {
    let any_case = ["nan", "null", "n/a", "#n/a", "<na>"];
    matches!(cell, "" | "?" | "NA" | "na") || any_case.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// A name from the file, fit to be shown on one line.
pub(super) fn tidy(name: &str) -> String {
    scrub(&name.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The beginning of a text from the file, fit to be shown on one line of a message.
pub(super) fn shown(text: &str) -> String {
    let end = text.char_indices().nth(SHOWN).map_or(text.len(), |(at, _)| at);
    let more = if end < text.len() { "..." } else { "" };
    tidy(&text[..end]) + more
}

impl<'a> Table<'a> {
    /// A cell's text on one line, which is not missing.
    pub(super) fn value(&self, column: usize, role: Role) -> Result<Cow<'a, str>> {
        if let Some(cell) = self.rows.cells.get(column).filter(|cell| cell.lines > 1) {
            self.on_one_line(
                cell,
                &match role {
                    Role::Label => "the name of a class is one line".to_owned(),
                    _ => format!("column `{}` holds numbers", shown(&self.names[column])),
                },
            )?;
        }
        let text = self.text(column);
        if is_missing(&text) { Err(self.missing(column, &text, role)) } else { Ok(text) }
    }

    fn missing(&self, column: usize, text: &str, role: Role) -> Error {
        let name = shown(&self.names[column]);
        let what = match (text, role) {
            ("", _) => format!("the cell in column `{name}` is empty"),
            (_, Role::Label) => format!("`{text}` in column `{name}` is a missing label, not a class"),
            _ => format!("`{text}` in column `{name}` is a missing value, not a number"),
        };
        let error = self.wrong(column, what);
        match role {
            Role::Label => error.help(
                "leave the row out or fill the cell in; a class of what is not known needs a name, as in `unknown`",
            ),
            Role::Input => error.help(NOT_GUESSED).help(self.left_out(column)),
            Role::Target | Role::Series => error.help(NOT_GUESSED),
        }
    }

    /// A cell as a finite number, which `F` can hold when it is rounded.
    pub(super) fn number<F: Real>(&self, column: usize, role: Role) -> Result<f64> {
        let cell = self.value(column, role)?;
        let name = || shown(&self.names[column]);
        let Ok(value) = cell.parse::<f64>() else {
            let error = self.wrong(column, format!("`{}` in column `{}` is not a number", shown(&cell), name()));
            let error = if cell.contains(SEPARATORS) { error.help("columns are separated by commas") } else { error };
            return Err(match role {
                _ if self.read == 1 && !self.header => {
                    error.help("if the first line names the columns, leave out `header: false`")
                }
                Role::Input => error.help(A_NUMBER).help(self.left_out(column)),
                _ => error.help(A_NUMBER),
            });
        };
        if F::from_f64(value).finite() {
            return Ok(value);
        }
        let named = cell.contains(['n', 'N']); // as in `inf`; a long row of digits has no letter but `e`
        let why = if named { "is not finite" } else { "is too large" };
        Err(self.wrong(column, format!("`{}` in column `{}` {why}", shown(&cell), name())))
    }

    /// A cell as the name of a class, which is not a number.
    pub(super) fn word(&self, column: usize) -> Result<String> {
        let cell = self.value(column, Role::Label)?;
        if looks_like_a_number(&cell) {
            return Err(self.mixed(column));
        }
        if cell.len() > MAX_NAME {
            let what = format!("the name of a class has {} bytes, but {MAX_NAME} is the most", cell.len());
            return Err(self.wrong(column, what));
        }
        Ok(tidy(&cell))
    }

    pub(super) fn mixed(&self, column: usize) -> Error {
        self.wrong(column, format!("target column `{}` mixes words and numbers", shown(&self.names[column])))
            .label("unlike the rows before")
            .help("a target is a word in every row (the name of a class) or a number in every row")
    }

    /// The next step for a column that cannot be an input.
    fn left_out(&self, column: usize) -> String {
        format!("a column that is no input is left out by `without: [{}]`", shown(&self.names[column]))
    }

    fn wrong(&self, column: usize, what: String) -> Error {
        Error::user(what).at(self.place(column))
    }
}
