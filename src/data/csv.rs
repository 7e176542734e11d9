//! CSV: a header line, then a row for each sample. Columns named as targets are learned, all others are inputs.
//!
//! A byte order mark, any line ends, blank lines, quotes and spaces around cells are taken as they come. What cannot
//! be a number or a class is an error at its line and column. The text comes from the caller: files are not opened here.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use ::csv::{Reader, ReaderBuilder, StringRecord};
use ndarray::Array2;

use super::{Dataset, Target};
use crate::error::{Error, Place, Result, Source, scrub};
use crate::program::Real;

/// The largest file that is read, 2 GiB; the caller refuses a larger one before it reads it.
pub const MAX_FILE_BYTES: u64 = 2 << 30;

/// The most columns: a table is meant for its rows, and a header that long is another kind of file.
const MAX_COLUMNS: usize = 100_000;

/// What a number looks like to the reader of an error.
const A_NUMBER: &str = "a number is written like 12, -0.5 or 1e-3";

/// Reads a dataset; `targets` names at least one column.
///
/// A single target column of words becomes [`Target::Classes`], the words sorted; numbers become [`Target::Values`]
/// `[rows, targets]`, which [`Dataset::into_classes`] takes as class indices where the loss asks for classes.
///
/// Errors point into the file, but for a target that the header does not have: that one is left without a place, for
/// the caller to point at where the name was written.
pub fn read<F: Real>(source: &Arc<Source>, targets: &[&str]) -> Result<Dataset<F>> {
    let mut table = Table::open(source)?;
    let targets = targets.iter().map(|name| table.column(name)).collect::<Result<Vec<usize>>>()?;
    for (at, column) in targets.iter().enumerate() {
        if targets[..at].contains(column) {
            return Err(Error::user(format!("target `{}` is named twice", table.names[*column])));
        }
    }
    if targets.is_empty() {
        return Err(Error::user(format!("no target column is named for `{}`", source.name))
            .help(format!("its columns are {}", table.list())));
    }
    let inputs: Vec<usize> = (0..table.names.len()).filter(|column| !targets.contains(column)).collect();
    if inputs.is_empty() {
        let what = format!("`{}` has no column left to be an input: all are targets", source.name);
        return Err(Error::user(what).at(table.place(table.body, 0)));
    }

    let mut x = Vec::new();
    let mut y = Vec::new();
    let mut words: Option<Vec<String>> = None; // a word for each row, once the first row has one
    let mut rows = 0;
    while table.next()? {
        for &column in &inputs {
            x.push(table.number(column)?);
        }
        if rows == 0 && targets.len() == 1 && !looks_like_a_number(table.cell(targets[0])?) {
            words = Some(Vec::new());
        }
        match &mut words {
            Some(words) => words.push(table.word(targets[0])?),
            None => {
                for &column in &targets {
                    if rows > 0 && targets.len() == 1 && !looks_like_a_number(table.cell(column)?) {
                        return Err(table.mixed(column));
                    }
                    y.push(table.number(column)?);
                }
            }
        }
        rows += 1;
    }
    let target = match words {
        Some(words) => classes(&words),
        None => Target::Values(matrix(rows, targets.len(), y)?),
    };
    let names = inputs.iter().map(|&column| table.names[column].clone()).collect();
    Ok(Dataset::new(matrix(rows, inputs.len(), x)?, target, source.name.as_str())?.named(names))
}

/// Reads one column of numbers, as a series; what the other columns hold does not matter.
pub fn column(source: &Arc<Source>, name: &str) -> Result<Vec<f64>> {
    let mut table = Table::open(source)?;
    let column = table.column(name)?;
    let mut values = Vec::new();
    while table.next()? {
        values.push(table.number(column)?);
    }
    Ok(values)
}

/// The place of a column's cell in the given sample (from 0): where a [`super::Mismatch`] is to be shown.
pub fn locate(source: &Arc<Source>, sample: usize, column: &str) -> Option<Place> {
    let mut table = Table::open(source).ok()?;
    let column = table.column(column).ok()?;
    for _ in 0..=sample {
        if !table.next().ok()? {
            return None;
        }
    }
    Some(table.place(table.row_start(), column))
}

/// Words become labels: the classes are the different words, sorted.
fn classes<F: Real>(words: &[String]) -> Target<F> {
    let mut labels: BTreeMap<&str, u32> = words.iter().map(|word| (word.as_str(), 0)).collect();
    for (label, slot) in labels.values_mut().enumerate() {
        *slot = label as u32;
    }
    let names = labels.keys().map(|&word| word.to_owned()).collect();
    Target::Classes { labels: words.iter().map(|word| labels[word.as_str()]).collect(), names }
}

fn matrix<F: Real>(rows: usize, columns: usize, cells: Vec<F>) -> Result<Array2<F>> {
    Array2::from_shape_vec((rows, columns), cells).map_err(|error| Error::fault(format!("a CSV table: {error}")))
}

/// NaN and infinities count as numbers: they are refused as such and never become the name of a class.
fn looks_like_a_number(cell: &str) -> bool {
    cell.parse::<f64>().is_ok()
}

/// A name from the file, fit to be shown on one line.
fn tidy(name: &str) -> String {
    scrub(&name.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The rows of a text, one at a time, with their places.
struct Table<'a> {
    source: &'a Arc<Source>,
    /// The first byte after a byte order mark.
    body: usize,
    reader: Reader<&'a [u8]>,
    row: StringRecord,
    names: Vec<String>,
    any: bool,
}

impl<'a> Table<'a> {
    /// Reads the header and checks it.
    fn open(source: &'a Arc<Source>) -> Result<Self> {
        if source.text.len() as u64 > MAX_FILE_BYTES {
            return Err(Error::user(format!("`{}` is larger than 2 GiB, the most that is read", source.name)));
        }
        let body = source.text.len() - source.text.trim_start_matches('\u{feff}').len();
        // Rows of another length are told by us, with their place; hence `flexible`.
        let reader =
            ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&source.text.as_bytes()[body..]);
        let mut table = Self { source, body, reader, row: StringRecord::new(), names: Vec::new(), any: false };
        if !table.advance()? {
            let place = Place { source: source.clone(), span: body..body, key: String::new() };
            return Err(Error::user(format!("`{}` is empty", source.name))
                .at(place)
                .help("a CSV file starts with a header line"));
        }
        if table.row.len() > MAX_COLUMNS {
            let what = format!("`{}` has {} columns: at most {MAX_COLUMNS} are read", source.name, table.row.len());
            return Err(Error::user(what));
        }
        table.names = table.row.iter().map(tidy).collect();
        table.check_header()?;
        Ok(table)
    }

    fn check_header(&self) -> Result<()> {
        let start = self.row_start();
        let at = |column| self.place(start, column);
        if let [name] = self.names.as_slice()
            && let Some(mark) = self.source.text[start..].lines().next().and_then(|line| line.find([';', '\t']))
        {
            let mut place = at(0);
            place.span = start + mark..start + mark + 1;
            return Err(Error::user(format!("the header is a single column, `{name}`"))
                .at(place)
                .label("columns are separated by commas"));
        }
        if self.names.iter().all(|name| looks_like_a_number(name)) {
            return Err(Error::user(format!("`{}` has no header line", self.source.name))
                .at(at(0))
                .label("this is a number")
                .help("the first line names the columns, as in `x1,x2,y`"));
        }
        let mut seen = HashMap::new();
        for (column, name) in self.names.iter().enumerate() {
            if name.is_empty() {
                return Err(Error::user(format!("column {} has no name", column + 1)).at(at(column)));
            }
            if let Some(first) = seen.insert(name, column) {
                return Err(Error::user(format!("two columns are named `{name}`"))
                    .at(at(column))
                    .label(format!("column {} has this name already", first + 1)));
            }
        }
        Ok(())
    }

    /// Moves to the next row that is not blank, of whatever length.
    fn advance(&mut self) -> Result<bool> {
        // The text is UTF-8 and lies in memory and rows may differ in length: nothing is left that could fail.
        self.reader.read_record(&mut self.row).map_err(|error| Error::fault(format!("reading CSV: {error}")))
    }

    /// Moves to the next row and checks its length; a table without any row is an error.
    fn next(&mut self) -> Result<bool> {
        if !self.advance()? {
            return if self.any {
                Ok(false)
            } else {
                Err(Error::user(format!("`{}` has a header but no rows", self.source.name))
                    .at(self.place(self.body, 0)))
            };
        }
        self.any = true;
        let (has, needs) = (self.row.len(), self.names.len());
        if has == needs {
            return Ok(true);
        }
        let cells = |number: usize| format!("{number} {}", if number == 1 { "cell" } else { "cells" });
        let error = Error::user(format!("this row has {}, but the header has {}", cells(has), cells(needs)));
        let start = self.row_start();
        Err(if has > needs {
            error.at(self.place(start, needs)).label("the first one too many")
        } else {
            error.at(self.place(start, has)).label(format!("`{}` is missing", self.names[has]))
        })
    }

    /// The column of a name.
    fn column(&self, name: &str) -> Result<usize> {
        self.names.iter().position(|known| known == name).ok_or_else(|| {
            Error::user(format!("`{}` has no column `{name}`", self.source.name))
                .nearest(name, self.names.iter().map(String::as_str))
                .help(format!("its columns are {}", self.list()))
        })
    }

    /// The columns' names for a message, at most 12 of them.
    fn list(&self) -> String {
        let list: Vec<String> = self.names.iter().take(12).map(|name| format!("`{name}`")).collect();
        let more = match self.names.len() - list.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{}{more}", list.join(", "))
    }

    /// A cell's text, which is not empty.
    fn cell(&self, column: usize) -> Result<&str> {
        match self.row.get(column).map(str::trim) {
            Some(cell) if !cell.is_empty() => Ok(cell),
            _ => Err(self
                .wrong(column, format!("the cell in column `{}` is empty", self.names[column]))
                .help("leave the row out or fill the cell in: missing values are not guessed")),
        }
    }

    /// A cell as a finite number.
    fn number<F: Real>(&self, column: usize) -> Result<F> {
        let cell = self.cell(column)?;
        let name = &self.names[column];
        let Ok(value) = cell.parse::<f64>() else {
            let what = format!("`{}` in column `{name}` is not a number", tidy(cell));
            return Err(self.wrong(column, what).help(A_NUMBER));
        };
        let number = F::from_f64(value);
        if number.finite() {
            return Ok(number);
        }
        let named = cell.contains(['n', 'N']); // as in `nan` or `inf`; a long row of digits has no letter but `e`
        let why = if named { "is not finite" } else { "is too large" };
        Err(self.wrong(column, format!("`{}` in column `{name}` {why}", tidy(cell))))
    }

    /// A cell as the name of a class, which is not a number.
    fn word(&self, column: usize) -> Result<String> {
        let cell = self.cell(column)?;
        if looks_like_a_number(cell) { Err(self.mixed(column)) } else { Ok(tidy(cell)) }
    }

    fn mixed(&self, column: usize) -> Error {
        self.wrong(column, format!("target column `{}` mixes words and numbers", self.names[column]))
            .label("unlike the rows before")
            .help("a target is a word in every row (the name of a class) or a number in every row")
    }

    fn wrong(&self, column: usize, what: String) -> Error {
        Error::user(what).at(self.place(self.row_start(), column))
    }

    /// The first byte of the row in the source's text, after line ends that the reader passed over.
    fn row_start(&self) -> usize {
        let start = self.body + self.row.position().map_or(0, |position| position.byte() as usize);
        let rest = &self.source.text[start..];
        start + rest.len() - rest.trim_start_matches(['\r', '\n']).len()
    }

    /// The place of a cell in the row that starts at a byte; the row's end if there is no such cell.
    fn place(&self, row_start: usize, column: usize) -> Place {
        Place { source: self.source.clone(), span: cell_span(&self.source.text, row_start, column), key: String::new() }
    }
}

/// The bytes of a row's cell without the spaces around it, found by walking the row as the reader does: only a quote
/// at the start of a cell quotes. Needed for errors alone, so it may be slow.
fn cell_span(text: &str, row_start: usize, column: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let (mut from, mut at, mut cell, mut quoted) = (row_start, row_start, 0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'"' if quoted && bytes.get(at + 1) == Some(&b'"') => at += 1,
            b'"' if quoted || at == from => quoted = !quoted,
            b',' | b'\r' | b'\n' if quoted => {}
            b',' if cell < column => {
                cell += 1;
                from = at + 1;
            }
            b',' | b'\r' | b'\n' => break,
            _ => {}
        }
        at += 1;
    }
    if cell < column {
        return at..at;
    }
    let raw = &text[from..at];
    let start = from + raw.len() - raw.trim_start().len();
    start..start + raw.trim().len()
}

#[cfg(test)]
mod tests;
