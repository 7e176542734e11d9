//! What a run writes, on its way into its folder: tables as they come, whole files at the end, the summary last.
//!
//! A disk that is full, or a folder that is gone, ends no run: what cannot be written is told once, kept, and tried again
//! after a second, at the next evaluation or when a table has grown by a block. What is missing at the end is named.
//! Nothing here knows what is in the files.

use std::io;
use std::path::Path;

use super::folder::Folder;
use super::table::Table;
use crate::error::{Error, Result};

/// The files of one run after the other in a folder.
pub(super) struct Output {
    folder: Folder,
    seed: u64,
    /// What the present run writes; nothing before it has begun.
    files: Vec<&'static str>,
    tables: Vec<Table>,
    /// The folder is ready for the run's files.
    ready: bool,
    /// A table that could not be cut, and why.
    uncut: Option<(&'static str, io::Error)>,
    told: Told,
    /// The second in which it was tried in vain.
    failed: Option<u64>,
}

/// What was told of a disk that takes nothing: once that it does not, and once that it does again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing,
    Failing,
    Mended,
}

/// A file that cannot be written; of the folder as a whole without a name.
type Unwritten = (Option<&'static str>, io::Error);

impl Output {
    /// Nothing is written before a run begins.
    pub fn of(folder: Folder) -> Self {
        Self {
            folder,
            seed: 0,
            files: Vec::new(),
            tables: Vec::new(),
            ready: false,
            uncut: None,
            told: Told::Nothing,
            failed: None,
        }
    }

    pub fn into_folder(self) -> Folder {
        self.folder
    }

    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Another run comes: what the last one wrote stays until it begins.
    pub fn rest(&mut self) {
        (self.files, self.tables, self.ready, self.uncut) = (Vec::new(), Vec::new(), false, None);
    }

    /// A run begins with these files, of which these are its tables.
    pub fn begin(&mut self, seed: u64, files: Vec<&'static str>, tables: Vec<Table>) {
        (self.seed, self.files, self.tables, self.ready, self.uncut) = (seed, files, tables, false, None);
        self.write();
    }

    /// A run has begun.
    pub fn has_begun(&self) -> bool {
        !self.files.is_empty()
    }

    /// A table, in the order in which they were given.
    pub fn table(&mut self, at: usize) -> &mut Table {
        &mut self.tables[at]
    }

    /// A row of a table is whole.
    pub fn end_row(&mut self, at: usize) {
        if self.tables[at].end_row() {
            self.write();
        }
    }

    /// Hands all rows to the system, so that a run that is killed leaves them behind.
    pub fn write(&mut self) {
        // A full disk may take long to say so, and training is not to wait for it at every evaluation.
        let now = self.folder.seconds();
        if now.is_some() && self.failed == now {
            return;
        }
        let unwritten = self.try_writing(Table::flush);
        self.failed = if unwritten.is_empty() { None } else { now };
        match unwritten.into_iter().next() {
            Some((file, error)) if self.told == Told::Nothing => {
                self.told = Told::Failing;
                let name = file.map_or_else(|| self.folder.name().to_owned(), |file| self.shown(file));
                let notice = Error::user(format!("cannot write {name}: {error}"))
                    .help("the run goes on and tries again: make room, or see that the folder can be written");
                self.folder.notices().tell(notice);
            }
            None if self.told == Told::Failing => {
                self.told = Told::Mended;
                self.folder.notices().tell(Error::user(format!("{} is written again", self.folder.name())));
            }
            _ => {}
        }
    }

    /// All that can be written of the tables, and what cannot.
    fn try_writing(&mut self, write: fn(&mut Table) -> io::Result<()>) -> Vec<Unwritten> {
        if !self.ready {
            if let Err(error) = self.folder.begin(self.seed, &self.files) {
                return vec![(None, error)];
            }
            self.ready = true;
        }
        if !self.folder.is_held() {
            return vec![(None, io::Error::other("the folder is gone, or another run's"))];
        }
        let one = |table: &mut Table| write(table).err().map(|error| (Some(table.name), error));
        self.tables.iter_mut().filter_map(one).collect()
    }

    /// Takes the rows of all steps after this one out of the tables: another future begins.
    pub fn cut(&mut self, step: u64) {
        for table in &mut self.tables {
            if let Err(error) = table.cut(step) {
                self.uncut = Some((table.name, error));
            }
        }
    }

    /// The run has ended: the rest of its tables, whole files, and the summary if all else is there, so that a folder with
    /// a summary is whole.
    ///
    /// # Errors
    /// What is missing.
    pub fn finish(&mut self, whole: Vec<(&'static str, Vec<u8>)>, summary: &serde_json::Value) -> Result<()> {
        let mut unwritten = self.try_writing(Table::sync);
        unwritten.extend(self.uncut.take().map(|(table, error)| (Some(table), error)));
        if self.ready {
            for (file, bytes) in whole {
                unwritten.extend(self.folder.whole(file, &bytes).err().map(|error| (Some(file), error)));
            }
        }
        if unwritten.is_empty() {
            unwritten.extend(self.folder.summary(summary).err().map(|error| (Some("summary.json"), error)));
        } else if unwritten.iter().all(|(file, _)| file.is_some()) {
            let (_, error) = &unwritten[0];
            unwritten.push((Some("summary.json"), io::Error::new(error.kind(), error.to_string())));
        }
        self.missing(&unwritten)?;
        self.folder.end();
        self.lacking()
    }

    fn missing(&self, unwritten: &[Unwritten]) -> Result<()> {
        let Some((_, error)) = unwritten.first() else { return Ok(()) };
        let files: Vec<String> = unwritten.iter().filter_map(|(file, _)| file.map(|file| self.shown(file))).collect();
        let what = match files.as_slice() {
            [] => format!("cannot write into {}, which lacks files of the run", self.folder.name()),
            files => format!("cannot write {}", files.join(", ")),
        };
        Err(Error::user(format!("{what}: {error}")).help("is there room, and may you write there?"))
    }

    fn lacking(&self) -> Result<()> {
        let Some(table) = self.tables.iter().find(|table| table.dropped() > 0) else { return Ok(()) };
        let (name, rows) = (self.shown(table.name), table.dropped());
        Err(Error::user(format!("{name} lacks {rows} rows: it could not be written for so long that memory ran short"))
            .help("all else of the run is there"))
    }

    fn shown(&self, file: &str) -> String {
        Path::new(self.folder.name()).join(file).display().to_string()
    }
}
