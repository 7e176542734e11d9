//! The files of a walk along a series: `averages.csv` as it comes, a summary at the end.

use super::folder::Folder;
use super::notices::Notices;
use super::output::Output;
use super::table::Table;
use crate::error::Result;
use crate::run::walk::Walk;

const TABLE: &str = "averages.csv";

/// A folder that a walk writes into.
pub struct SeriesDir(Output);

impl SeriesDir {
    /// The files of walks in a folder that was taken for them.
    pub fn of(folder: Folder) -> Self {
        Self(Output::of(folder))
    }

    /// The folder, for runs that come after.
    pub fn into_folder(self) -> Folder {
        self.0.into_folder()
    }

    /// What is to be told of the files while the walk goes on.
    pub fn notices(&self) -> &Notices {
        self.0.folder().notices()
    }

    fn start(&mut self, walk: &Walk) {
        let names = ["t", "value"].into_iter().chain(walk.names().iter().map(String::as_str));
        let rows = Table::new(TABLE, self.0.folder().place(TABLE), names, 0);
        self.0.begin(walk.seed(), vec![TABLE, "summary.json"], vec![rows]);
    }

    /// A row of `averages.csv`: `t` counted from 1, the value, each average.
    pub fn step(&mut self, walk: &Walk) {
        let Some(value) = walk.value() else { return };
        if !self.0.has_begun() {
            self.start(walk);
        }
        let rows = self.0.table(0);
        [walk.steps() as f64, value].iter().chain(walk.averages()).for_each(|number| rows.number(Some(*number)));
        self.0.end_row(0);
    }

    /// Takes the rows after a value out of the table.
    pub fn cut(&mut self, t: u64) {
        self.0.cut(t);
    }

    /// The summary, and the rest of the table. A walk that was left before its first value leaves what an earlier one wrote.
    ///
    /// # Errors
    /// What could not be written.
    pub fn finish(&mut self, walk: &Walk, summary: &serde_json::Value) -> Result<()> {
        if !self.0.has_begun() {
            if self.0.folder().has_a_whole_run() {
                return Ok(());
            }
            self.start(walk);
        }
        self.0.finish(Vec::new(), summary)
    }
}
