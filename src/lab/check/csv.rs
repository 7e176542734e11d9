//! A CSV file that a lab names: whether it has a header line, which of its columns are learned and which are inputs, or
//! which one is a series. A column that is named wrong is told where the lab names it.

use std::io::Read;
use std::sync::Arc;

use super::Check;
use crate::data::csv::Table;
use crate::data::{MAX_BYTES, Raw};
use crate::error::{Error, Place, Result, Source, text_of};
use crate::lab::build::memory;
use crate::lab::files::DATA_LIMIT;
use crate::lab::keys;
use crate::lab::plan::series::SeriesSource;
use crate::lab::plan::{InputColumns, Samples};
use crate::lab::read::field::Field;
use crate::lab::read::fields::Fields;
use crate::lab::read::section;
use crate::lab::yaml::node::{Node, shorten};

/// Bytes that are read before they are looked at.
const PORTION: u64 = 1 << 20;

/// A column's name, and where the lab has it.
type Named<'d> = (Field<'d>, &'d str);

/// What the lab says of the inputs.
enum Choice<'d> {
    Rest,
    Only(Vec<Named<'d>>),
    Without(Vec<Named<'d>>),
}

impl Check<'_> {
    /// `csv: FILE` with `target`, and perhaps `header`, `columns` or `without`.
    pub(super) fn csv(
        &mut self,
        file: &Field<'_>,
        fields: &mut Fields<'_>,
        standardize: bool,
    ) -> Option<(Samples, Arc<Source>)> {
        let target =
            fields.require("target").map_err(|error| error.help("the column to be learned, as in `target: y`"));
        let target = self.problems.keep(target).and_then(|field| self.problems.keep(names(&field)));
        let header = self.problems.keep(header("data", fields));
        let choice = self.problems.keep(choice(fields));
        let path = self.problems.keep(file.text());
        let (targets, header, choice, path) = (target?, header?, choice?, path?);
        // What is standardised is rounded after that.
        let bytes = if standardize { size_of::<f64>() } else { size_of::<f32>() };
        let read = self.read_csv(path, file, bytes).and_then(|source| {
            let place = |error: Error| error.at(file.place());
            let table = Table::open(&source, header).map_err(place)?;
            let (inputs, columns) = columns(&table, &targets, &choice)?;
            let data = if standardize {
                table.read(&inputs, &columns).map(Raw::Double)
            } else {
                table.read(&inputs, &columns).map(Raw::Single)
            };
            Ok((data.map_err(place)?, source))
        });
        let (data, source) = self.problems.keep(read)?;
        let owned = |names: Vec<Named<'_>>| names.into_iter().map(|(_, name)| name.to_owned()).collect::<Vec<_>>();
        let inputs = match choice {
            Choice::Rest => InputColumns::Rest,
            Choice::Only(names) => InputColumns::Only(owned(names)),
            Choice::Without(names) => InputColumns::Without(owned(names)),
        };
        let (path, targets) = (path.to_owned(), owned(targets));
        Some((Samples::Csv { path, header, targets, inputs, data: Arc::new(data) }, source))
    }

    /// `csv: FILE` with `column`, and perhaps `header`.
    pub(super) fn series_column(&mut self, file: &Field<'_>, fields: &mut Fields<'_>) -> Option<SeriesSource> {
        let column = fields.require("column").map_err(|error| {
            if error.label_text().is_empty() {
                error.help("the column of the values, as in `column: celsius`")
            } else {
                error
            }
        });
        let column = self.problems.keep(column);
        let header = self.problems.keep(header("series", fields));
        let (column, header) = (column?, header?);
        let name = self.problems.keep(column.text())?;
        let path = self.problems.keep(file.text())?;
        let values = self.read_csv(path, file, size_of::<f64>()).and_then(|source| {
            let table = Table::open(&source, header).map_err(|error| error.at(file.place()))?;
            let number = table.column(name).map_err(|error| error.at(column.place()))?;
            table.values(number)
        });
        let values = self.problems.keep(values)?.into();
        Some(SeriesSource::Csv { path: path.to_owned(), header, column: name.to_owned(), values })
    }

    /// The text of a CSV file, each of whose cells will take so many bytes.
    fn read_csv(&self, path: &str, field: &Field<'_>, bytes: usize) -> Result<Arc<Source>> {
        let place = field.place();
        let mut opened = self.files.open(path, DATA_LIMIT, &place)?;
        let mut text = Vec::with_capacity(opened.size as usize);
        let read = read_text(&mut opened, &mut text);
        read.map_err(|error| Error::user(format!("`{path}` cannot be read: {error}")).at(place.clone()))?;
        let name = opened.name;
        let text = text_of(&name, text).map_err(|error| error.at(place.clone()))?;
        let cells = text.bytes().filter(|byte| matches!(byte, b',' | b'\n')).count() + 1;
        fits((cells * bytes) as f64, &place)?;
        Ok(Source::new(name, text))
    }
}

/// Reads to the end, or to the first byte of 0: no text has one, and a file may go on with gigabytes of them.
fn read_text(file: &mut impl Read, bytes: &mut Vec<u8>) -> std::io::Result<()> {
    loop {
        let before = bytes.len();
        if file.by_ref().take(PORTION).read_to_end(bytes)? == 0 {
            return Ok(());
        }
        if let Some(ahead) = bytes[before..].iter().position(|byte| *byte == 0) {
            bytes.truncate(before + ahead + 1);
            bytes.shrink_to_fit();
            return Ok(());
        }
    }
}

/// Whether the file has a header line.
fn header(section: &str, fields: &mut Fields<'_>) -> Result<bool> {
    section::flag(section::row(section, "header")?, fields.take("header").as_ref())
}

/// One of `columns` and `without`, or neither.
fn choice<'d>(fields: &mut Fields<'d>) -> Result<Choice<'d>> {
    let keys = keys::one_of("data", "inputs");
    if !keys.iter().any(|key| fields.has(key)) {
        fields.allow(keys);
        return Ok(Choice::Rest);
    }
    let (which, field) = fields.one_of(&keys)?;
    let names = names(&field)?;
    match keys[which] {
        "columns" if names.is_empty() => {
            let error = field.error(format!("`{}` is empty, but a network needs an input", field.key()));
            Err(error.help("name the columns that are inputs, or delete it: then all but the targets are"))
        }
        "columns" => Ok(Choice::Only(names)),
        _ => Ok(Choice::Without(names)),
    }
}

/// A name, or a list of names.
fn names<'d>(field: &Field<'d>) -> Result<Vec<Named<'d>>> {
    let fields = if let Node::Seq(_) = field.node() { field.list()? } else { vec![field.clone()] };
    fields.into_iter().map(|field| field.text().map(|name| (field, name))).collect()
}

/// The numbers of the inputs, in the order in which they are given or in the file's, and of the targets.
fn columns(table: &Table<'_>, targets: &[Named<'_>], choice: &Choice<'_>) -> Result<(Vec<usize>, Vec<usize>)> {
    let mut taken = vec![None; table.width()];
    let mut take = |(field, name): &Named<'_>, what: &'static str| {
        let column = table.column(name).map_err(|error| error.at(field.place()))?;
        match taken[column].replace(what) {
            None => Ok(column),
            Some(before) if before == what => {
                Err(field.error(format!("{what} `{}` is named twice", shorten(name))).help("delete one of them"))
            }
            Some(_) => Err(field
                .error(format!("`{}` is a target, which is never an input", shorten(name)))
                .help("delete it here: what is learned is left out of the inputs anyway")),
        }
    };
    let mut all = |names: &[Named<'_>], what| names.iter().map(|name| take(name, what)).collect::<Result<Vec<_>>>();
    let targets = all(targets, "target")?;
    let inputs = match choice {
        Choice::Rest => table.others(&targets),
        Choice::Only(names) => all(names, "column")?,
        Choice::Without(names) => {
            let inputs = table.others(&[all(names, "column")?, targets.clone()].concat());
            if let (true, Some((field, _))) = (inputs.is_empty(), names.first()) {
                let error = field.error("no column is left to be an input: all others are targets");
                return Err(error.help("leave out fewer"));
            }
            inputs
        }
    };
    Ok((inputs, targets))
}

/// So many bytes of data fit into memory.
pub(super) fn fits(bytes: f64, place: &Place) -> Result<()> {
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    let what = format!("this file would take {} of memory, but 4 GiB is the most", memory::amount(bytes));
    Err(Error::user(what).at(place.clone()).help("leave out rows or columns"))
}
