//! A table of a run as it lies in its folder: columns of numbers by their names, and an observer's table, which has a row for
//! each value. It knows no more of a run than what stands in the file.

use std::fs::File;
use std::io::{BufReader, ErrorKind};
use std::path::Path;

use crate::error::{Error, Result, scrub_line};

/// Columns of numbers; NaN where nothing stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
}

impl Table {
    /// The columns of a CSV file; none if there is no such file.
    ///
    /// # Errors
    /// It cannot be read, or a row of it is no row of numbers.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let Some(mut reader) = opened(path)? else { return Ok(None) };
        let header = reader.headers().map_err(|error| unreadable(path, &error))?;
        let names: Vec<String> = header.iter().map(scrub_line).collect();
        let mut columns = vec![Vec::new(); names.len()];
        for row in reader.records() {
            let row = row.map_err(|error| unreadable(path, &error))?;
            for (column, cell) in columns.iter_mut().zip(&row) {
                column.push(number(path, &row, cell)?);
            }
        }
        Ok(Some(Self { names, columns }))
    }

    /// The names of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// A column; none of that name.
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        let at = self.names.iter().position(|own| own == name)?;
        Some(&self.columns[at])
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }
}

/// What an observer logged: its names in the order in which they came, each with its steps and values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed(pub Vec<(String, Vec<(f64, f64)>)>);

impl Observed {
    /// The rows `step,name,value` of a CSV file; nothing if there is no such file.
    ///
    /// # Errors
    /// It cannot be read, or a row of it is none of that kind.
    pub fn read(path: &Path) -> Result<Self> {
        let mut found = Self::default();
        let Some(mut reader) = opened(path)? else { return Ok(found) };
        for row in reader.records() {
            let row = row.map_err(|error| unreadable(path, &error))?;
            let cell = |at: usize| row.get(at).unwrap_or_default();
            let point = (number(path, &row, cell(0))?, number(path, &row, cell(2))?);
            let logged = scrub_line(cell(1));
            match found.0.iter_mut().find(|(name, _)| *name == logged) {
                Some((_, points)) => points.push(point),
                None => found.0.push((logged, vec![point])),
            }
        }
        Ok(found)
    }
}

/// How a race on several seeds ended, by the number that ranks it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores {
    /// What it is ranked by: `val_loss`.
    pub name: String,
    /// Racers with their numbers, one a seed; none of a run that broke down.
    pub of: Vec<(String, Vec<Option<f64>>)>,
}

impl Scores {
    /// The rows `seed,racer,NAME,status,steps` of a CSV file; none if there is no such file, or there is one seed.
    ///
    /// # Errors
    /// It cannot be read, or a row of it is none of that kind.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let Some(mut reader) = opened(path)? else { return Ok(None) };
        let header = reader.headers().map_err(|error| unreadable(path, &error))?;
        let mut scores = Self { name: header.get(2).unwrap_or_default().to_owned(), of: Vec::new() };
        for row in reader.records() {
            let row = row.map_err(|error| unreadable(path, &error))?;
            let score = number(path, &row, row.get(2).unwrap_or_default())?;
            let (racer, score) = (row.get(1).unwrap_or_default(), score.is_finite().then_some(score));
            match scores.of.iter_mut().find(|(own, _)| own == racer) {
                Some((_, all)) => all.push(score),
                None => scores.of.push((racer.to_owned(), vec![score])),
            }
        }
        Ok(Some(scores).filter(|scores| scores.of.iter().any(|(_, all)| all.len() > 1)))
    }
}

/// How a run of a race went on one of its seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct OnSeed {
    /// The seed.
    pub seed: u64,
    /// Some of its steps, in their order; NaN where nothing stands.
    pub rows: Table,
    /// The step at which it diverged.
    pub diverged: Option<u64>,
}

/// How the runs of a race went on several seeds: the racers by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curves(pub Vec<(String, Vec<OnSeed>)>);

impl Curves {
    /// The rows `seed,racer,step,...` of one CSV file, and of another one, `seed,racer,NAME,status,steps`, how each run ended;
    /// nothing if there is no such file, or there is one seed.
    ///
    /// # Errors
    /// One of them cannot be read, or a row of it is none of that kind.
    pub fn read(curves: &Path, ends: &Path) -> Result<Option<Self>> {
        let (Some(mut rows), Some(mut ends_of)) = (opened(curves)?, opened(ends)?) else { return Ok(None) };
        let mut found = Self::default();
        for row in ends_of.records() {
            let row = row.map_err(|error| unreadable(ends, &error))?;
            let cell = |at: usize| row.get(at).unwrap_or_default();
            let steps = number(ends, &row, cell(4))? as u64;
            let seed = whole(ends, &row, cell(0))?;
            let own = OnSeed { seed, rows: Table::default(), diverged: (cell(3) == "diverged").then_some(steps + 1) };
            match found.0.iter_mut().find(|(racer, _)| racer == cell(1)) {
                Some((_, all)) => all.push(own),
                None => found.0.push((cell(1).to_owned(), vec![own])),
            }
        }
        let header = rows.headers().map_err(|error| unreadable(curves, &error))?;
        let names: Vec<String> = header.iter().skip(2).map(str::to_owned).collect();
        for row in rows.records() {
            let row = row.map_err(|error| unreadable(curves, &error))?;
            let seed = whole(curves, &row, row.get(0).unwrap_or_default())?;
            let racer = found.0.iter_mut().find(|(racer, _)| Some(racer.as_str()) == row.get(1));
            let Some(own) = racer.and_then(|(_, all)| all.iter_mut().find(|own| own.seed == seed)) else { continue };
            if own.rows.names.is_empty() {
                own.rows = Table { names: names.clone(), columns: vec![Vec::new(); names.len()] };
            }
            for (column, cell) in own.rows.columns.iter_mut().zip(row.iter().skip(2)) {
                column.push(number(curves, &row, cell)?);
            }
        }
        Ok(Some(found).filter(|found| found.0.iter().any(|(_, all)| all.len() > 1)))
    }
}

fn opened(path: &Path) -> Result<Option<csv::Reader<BufReader<File>>>> {
    match File::open(path) {
        Ok(file) => Ok(Some(csv::Reader::from_reader(BufReader::new(file)))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::user(format!("cannot read `{}`: {error}", path.display()))),
    }
}

fn number(path: &Path, row: &csv::StringRecord, cell: &str) -> Result<f64> {
    if cell.is_empty() {
        return Ok(f64::NAN);
    }
    cell.parse().map_err(|_| no_number(path, row, cell))
}

fn no_number(path: &Path, row: &csv::StringRecord, cell: &str) -> Error {
    let line = row.position().map_or(0, csv::Position::line);
    Error::user(format!("`{}`, line {line}: `{cell}` is no number", path.display())).help(ANEW)
}

fn whole(path: &Path, row: &csv::StringRecord, cell: &str) -> Result<u64> {
    cell.parse().map_err(|_| no_number(path, row, cell))
}

fn unreadable(path: &Path, error: &csv::Error) -> Error {
    let line = error.position().map_or_else(String::new, |at| format!(", line {}", at.line()));
    let why = match error.kind() {
        csv::ErrorKind::Io(error) => error.to_string(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => format!("{len} cells in place of {expected_len}"),
        csv::ErrorKind::Utf8 { .. } => "it is no text".to_owned(),
        _ => "it is no table".to_owned(),
    };
    Error::user(format!("`{}`{line}: {why}", path.display())).help(ANEW)
}

const ANEW: &str = "a run's tables are plotted as it wrote them: train it again with `--out`";
