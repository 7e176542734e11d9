//! CSV: a header line, then a row for each sample. Columns named as targets are learned; inputs are all others, or those
//! that the caller chooses. Columns that are neither are not looked into.
//!
//! A byte order mark, any line ends, blank lines, quotes and spaces around cells are taken as they come. A quote out of
//! place and what cannot be a number or a class are errors at their line and column. The text comes from the caller:
//! files are not opened here.

mod cells;
mod header;
mod labels;
mod quotes;
mod rows;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use ndarray::Array2;

use super::{Columns, Dataset, Target};
use crate::error::{Error, Place, Result, Source};
use crate::program::Real;
use cells::{Role, looks_like_a_number, shown};
use labels::Labels;
use quotes::STRAY;
use rows::Rows;

/// The largest file that is read, 2 GiB; the caller refuses a larger one before it reads it.
pub const MAX_FILE_BYTES: u64 = 2 << 30;

/// The most columns: a table is meant for its rows, and a header that long is another kind of file.
const MAX_COLUMNS: usize = 100_000;

/// Reads a dataset from a table with a header line; `targets` names at least one column, and all others are inputs.
///
/// Errors point into the file, but for a target that the header does not have: that one is left without a place, for
/// the caller to point at where the name was written. See [`Table::read`].
pub fn read<F: Real>(source: &Arc<Source>, targets: &[&str]) -> Result<Dataset<F, f64>> {
    let table = Table::open(source, true)?;
    let targets = targets.iter().map(|name| table.column(name)).collect::<Result<Vec<usize>>>()?;
    let inputs = table.others(&targets);
    table.read(&inputs, &targets)
}

/// Reads one column of numbers of a table with a header line, as a series; what the other columns hold does not matter.
pub fn column(source: &Arc<Source>, name: &str) -> Result<Vec<f64>> {
    let table = Table::open(source, true)?;
    let column = table.column(name)?;
    table.values(column)
}

/// The place of a column's cell in the given sample (from 0), in a table with a header line or without: where a
/// [`super::Mismatch`] is to be shown.
pub fn locate(source: &Arc<Source>, header: bool, sample: usize, column: &str) -> Option<Place> {
    let mut table = Table::open(source, header).ok()?;
    let column = table.column(column).ok()?;
    for _ in 0..=sample {
        if !table.next().ok()? {
            return None;
        }
    }
    Some(table.place(column))
}

/// A table whose columns are known and whose rows are still to be read.
pub struct Table<'a> {
    source: &'a Arc<Source>,
    /// The first byte after a byte order mark.
    body: usize,
    /// The first line names the columns.
    header: bool,
    rows: Rows<'a>,
    names: Vec<String>,
    /// Each name's column.
    columns: HashMap<String, usize>,
    /// Rows that were read, the header not counted.
    read: usize,
}

impl<'a> Table<'a> {
    /// Reads the first line: the names of the columns, or without a `header` only their number, and they are called
    /// `c0`, `c1`, ...
    ///
    /// # Errors
    /// At their place in the file: no line at all, a name that is missing or there twice, a header that is made of
    /// numbers, columns that are separated by something else than commas, too many columns, bytes that are no text.
    pub fn open(source: &'a Arc<Source>, header: bool) -> Result<Self> {
        if source.text.len() as u64 > MAX_FILE_BYTES {
            return Err(Error::user(format!("`{}` is larger than 2 GiB, the most that is read", source.name)));
        }
        let text = source.text.as_str();
        let body = text.len() - text.trim_start_matches('\u{feff}').len();
        let rows = Rows::new(text, body, MAX_COLUMNS);
        let (names, columns) = (Vec::new(), HashMap::new());
        let mut table = Self { source, body, header, rows, names, columns, read: 0 };
        if let Some(at) = text.bytes().position(|byte| byte == 0) {
            return Err(Error::user(format!("`{}` is no text: it holds a byte of 0", source.name))
                .at(table.span(at, 1))
                .help("save the table as CSV in UTF-8"));
        }
        if !table.advance()? {
            return Err(Error::user(format!("`{}` is empty", source.name)).at(table.span(body, 0)).help(if header {
                "a CSV file starts with a header line"
            } else {
                "a CSV file has a row for each sample"
            }));
        }
        if table.rows.cells.len() > MAX_COLUMNS {
            let what = format!("`{}` has more than {MAX_COLUMNS} columns, the most that are read", source.name);
            return Err(Error::user(what).at(table.place(MAX_COLUMNS)));
        }
        table.check_separator()?;
        if header {
            table.read_header()?;
        } else {
            table.names = (0..table.rows.cells.len()).map(|column| format!("c{column}")).collect();
            table.rows = Rows::new(text, body, MAX_COLUMNS);
        }
        table.columns = table.names.iter().cloned().zip(0..).collect();
        Ok(table)
    }

    /// The number of the column of a name, from 0; the error has no place, as the name was written elsewhere.
    pub fn column(&self, name: &str) -> Result<usize> {
        self.columns.get(name).copied().ok_or_else(|| {
            let error = Error::user(format!("`{}` has no column `{}`", self.source.name, shown(name)))
                .nearest(name, self.names.iter().map(String::as_str))
                .help(format!("its columns are {}", self.list()));
            match self.names.as_slice() {
                [one] if one.contains(' ') => error.help("columns are separated by commas"),
                names if self.header && names.iter().any(|name| looks_like_a_number(name)) => {
                    error.help("if its first line is data, write `header: false`")
                }
                _ => error,
            }
        })
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// The columns that are not among these, in the file's order.
    pub fn others(&self, columns: &[usize]) -> Vec<usize> {
        let mut others = vec![true; self.names.len()];
        columns.iter().for_each(|&column| others[column] = false);
        (0..others.len()).filter(|&column| others[column]).collect()
    }

    /// The columns' names for a message, at most 12 of them.
    fn list(&self) -> String {
        let list: Vec<String> = self.names.iter().take(12).map(|name| format!("`{}`", shown(name))).collect();
        let more = match self.names.len() - list.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{}{more}", list.join(", "))
    }

    /// Reads all rows: the inputs `[rows, inputs]` in the order in which they are given, and at least one target.
    ///
    /// A single target column of words becomes [`Target::Classes`], the words sorted; numbers become [`Target::Values`]
    /// `[rows, targets]`, which [`Dataset::into_classes`] takes as class indices where the loss asks for classes.
    /// Cells that are empty or `?`, `NA`, `NaN`, `null` are missing: an error, and never a number or a class.
    ///
    /// Inputs are rounded to `F` as they are read: to `f64`, which rounds no cell that it need not, if they are still to be
    /// standardised.
    pub fn read<F: Real>(mut self, inputs: &[usize], targets: &[usize]) -> Result<Dataset<F, f64>> {
        for (at, column) in targets.iter().enumerate() {
            if targets[..at].contains(column) {
                return Err(Error::user(format!("target `{}` is named twice", shown(&self.names[*column]))));
            }
        }
        if targets.is_empty() {
            return Err(Error::user(format!("no target column is named for `{}`", self.source.name))
                .help(format!("its columns are {}", self.list())));
        }
        if inputs.is_empty() {
            let what = format!("`{}` has no column left to be an input: all are targets", self.source.name);
            return Err(Error::user(what).at(self.span(self.body, 0)));
        }
        let role = if targets.len() == 1 { Role::Label } else { Role::Target };
        let mut x = Columns::new(inputs.len(), 0);
        let mut y = Vec::new();
        let mut labels: Option<Labels> = None; // a label for each row, once the first row has a word
        while self.next()? {
            for &column in inputs {
                x.push(self.number::<F>(column, Role::Input)?);
            }
            if self.read == 1 && targets.len() == 1 && !looks_like_a_number(&self.value(targets[0], role)?) {
                labels = Some(Labels::default());
            }
            match &mut labels {
                Some(labels) => labels.push(&self.word(targets[0])?),
                None => {
                    for &column in targets {
                        if self.read > 1 && targets.len() == 1 && !looks_like_a_number(&self.value(column, role)?) {
                            return Err(self.mixed(column));
                        }
                        // Targets are not scaled before a network learns them as `f32`.
                        y.push(self.number::<f32>(column, role)?);
                    }
                }
            }
        }
        let rows = self.read;
        let target = match labels {
            Some(labels) => labels.into_target(),
            None => Target::Values(matrix(rows, targets.len(), y)?),
        };
        let names = inputs.iter().map(|&column| self.names[column].clone()).collect();
        Ok(Dataset::collected(x, target, self.source.name.as_str())?.named(names))
    }

    /// Reads one column of all rows as numbers.
    pub fn values(mut self, column: usize) -> Result<Vec<f64>> {
        let mut values = Vec::new();
        while self.next()? {
            values.push(self.number::<f64>(column, Role::Series)?);
        }
        Ok(values)
    }

    /// Moves to the next row that is not blank, of whatever length.
    fn advance(&mut self) -> Result<bool> {
        self.rows.next().map_err(|stray| self.stray(stray))
    }

    /// Moves to the next row and checks its length; a table without any row is an error.
    fn next(&mut self) -> Result<bool> {
        if !self.advance()? {
            return if self.read > 0 {
                Ok(false)
            } else {
                Err(Error::user(format!("`{}` has a header but no rows", self.source.name)).at(self.span(self.body, 0)))
            };
        }
        self.read += 1;
        let (has, needs) = (self.rows.cells.len(), self.names.len());
        if has == needs {
            return Ok(true);
        }
        let first = if self.header { "the header" } else { "the first row" };
        let cells = |number: usize| format!("{number} {}", if number == 1 { "cell" } else { "cells" });
        let has_cells = if has > MAX_COLUMNS { format!("more than {}", cells(MAX_COLUMNS)) } else { cells(has) };
        // A row that goes on in quotes is most often several rows.
        if let Some(cell) = self.rows.cells.iter().find(|cell| cell.lines > 1) {
            let what = format!("a quoted cell of {} lines opens here, and its row has {has_cells}", cell.lines);
            return Err(Error::user(format!("{what}, but {first} has {}", cells(needs)))
                .at(self.span(cell.span.start, 1))
                .help(STRAY));
        }
        let error = Error::user(format!("this row has {has_cells}, but {first} has {}", cells(needs)));
        Err(if has > needs {
            error.at(self.place(needs)).label("the first one too many")
        } else {
            error.at(self.place(has)).label(format!("`{}` is missing", shown(&self.names[has])))
        })
    }

    /// A cell's text, spaces around it taken away; empty if there is none.
    fn text(&self, column: usize) -> Cow<'a, str> {
        match self.rows.cells.get(column).map(|cell| cell.text(&self.source.text)) {
            Some(Cow::Borrowed(text)) => Cow::Borrowed(text.trim()),
            Some(Cow::Owned(text)) => Cow::Owned(text.trim().to_owned()),
            None => Cow::Borrowed(""),
        }
    }

    /// The place of a cell of the row; the row's end if there is no such cell.
    fn place(&self, column: usize) -> Place {
        match (self.rows.cells.get(column), self.rows.cells.last()) {
            (Some(cell), _) => self.span(cell.span.start, cell.span.len()),
            (None, last) => self.span(last.map_or(self.body, |cell| cell.span.end), 0),
        }
    }

    fn span(&self, start: usize, length: usize) -> Place {
        Place { source: self.source.clone(), span: start..start + length, key: String::new() }
    }
}

fn matrix<F: Real>(rows: usize, columns: usize, mut cells: Vec<F>) -> Result<Array2<F>> {
    cells.shrink_to_fit();
    Array2::from_shape_vec((rows, columns), cells).map_err(|error| Error::fault(format!("a CSV table: {error}")))
}

#[cfg(test)]
mod tests;
