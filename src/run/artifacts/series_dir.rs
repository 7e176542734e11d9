//! The files of a walk along a series: `averages.csv` as it comes, a summary at the end.

use std::fs::File;
use std::io::BufWriter;

use csv::Writer;

use super::folder::{Folder, push_number, table};
use crate::error::Result;
use crate::run::walk::Walk;

const TABLE: &str = "averages.csv";

/// A folder that a walk writes into.
pub struct SeriesDir {
    folder: Folder,
    rows: Option<Writer<BufWriter<File>>>,
    text: String,
}

impl SeriesDir {
    /// The files of walks in a folder that was taken for them.
    pub fn of(folder: Folder) -> Self {
        Self { folder, rows: None, text: String::new() }
    }

    /// The folder, for runs that come after.
    pub fn into_folder(self) -> Folder {
        self.folder
    }

    fn start(&mut self, walk: &Walk) -> Result<()> {
        self.folder.begin(walk.seed())?;
        let mut rows = self.folder.table(TABLE)?;
        let names = ["t", "value"].into_iter().chain(walk.names().iter().map(String::as_str));
        rows.write_record(names).map_err(|error| table(TABLE, &error))?;
        self.rows = Some(rows);
        self.folder.written = false;
        Ok(())
    }

    /// A row of `averages.csv`: `t` counted from 1, the value, each average.
    pub fn step(&mut self, walk: &Walk) -> Result<()> {
        let Some(value) = walk.value() else { return Ok(()) };
        if self.rows.is_none() {
            self.start(walk)?;
        }
        let Some(rows) = &mut self.rows else { return Ok(()) };
        let text = &mut self.text;
        [walk.steps() as f64, value]
            .iter()
            .chain(walk.averages())
            .try_for_each(|number| {
                text.clear();
                push_number(text, Some(*number));
                rows.write_field(text.as_bytes())
            })
            .and_then(|()| rows.write_record(None::<&[u8]>))
            .map_err(|error| table(TABLE, &error))
    }

    /// Takes the rows after a value out of the table.
    pub fn cut(&mut self, t: u64) -> Result<()> {
        if let Some(rows) = self.rows.take() {
            self.rows = Some(self.folder.cut(rows, TABLE, 0, t)?);
        }
        Ok(())
    }

    /// The summary, and the rest of the table.
    pub fn finish(&mut self, walk: &Walk, summary: &serde_json::Value) -> Result<()> {
        if self.rows.is_none() {
            if self.folder.written {
                // Restarted and left at step 0: what the walk before it wrote stands.
                return Ok(());
            }
            self.start(walk)?;
        }
        if let Some(rows) = &mut self.rows {
            rows.flush().map_err(|error| self.folder.unwritten(&error))?;
        }
        self.folder.summary(summary)?;
        self.folder.written = true;
        Ok(())
    }
}
