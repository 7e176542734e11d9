//! The roster, a table `id,name` of who ought to have handed in. It names who is missing, and with it all reports have
//! pseudonyms in the place of names: `student-007` is the student of the roster's seventh row, which only who has the roster
//! can tell.

use std::collections::HashMap;
use std::path::Path;

use super::report::{Graded, Missing, Report};
use super::write::table;
use crate::course::judge::answer;
use crate::error::{Error, Result};

/// Who ought to have handed in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    /// Ids and names, in the order of the rows.
    rows: Vec<(String, String)>,
}

impl Roster {
    /// Reads the table.
    ///
    /// # Errors
    /// It cannot be read, has no columns `id` and `name`, or an id twice.
    pub fn read(path: &Path) -> Result<Self> {
        let table = table::read(path, &["id", "name"])?;
        let mut rows: Vec<(String, String)> = Vec::new();
        for row in &table.rows {
            let (id, name) = (row.get("id").to_owned(), row.get("name").to_owned());
            if id.is_empty() {
                return Err(table.error(row, "it has no id"));
            }
            if rows.iter().any(|(other, _)| *other == id) {
                return Err(table.error(row, &format!("the id `{id}` is there twice")));
            }
            rows.push((id, name));
        }
        if rows.is_empty() {
            return Err(
                Error::user(format!("`{}` names nobody", path.display())).help("a row for each student: `id,name`")
            );
        }
        Ok(Self { rows })
    }

    /// The row of somebody, by his id or his name.
    fn row(&self, names: &[&str]) -> Option<usize> {
        let folded: Vec<String> = names.iter().filter(|name| !name.trim().is_empty()).map(|name| fold(name)).collect();
        let is = |own: &str| !own.trim().is_empty() && folded.contains(&fold(own));
        let by_id = self.rows.iter().position(|(id, _)| is(id));
        by_id.or_else(|| self.rows.iter().position(|(_, name)| is(name)))
    }

    /// The row of who made a submission. The platform's word goes before the student's.
    fn row_of(&self, graded: &Graded) -> Option<usize> {
        let stem = graded.folder.strip_suffix(".zip").unwrap_or(&graded.folder);
        match &graded.platform {
            Some(platform) => self.row(&[&platform.participant]).or_else(|| self.row(&[&platform.name])),
            None => self.row(&[&graded.student]).or_else(|| self.row(&[stem])),
        }
    }

    /// What the student of a row is called in reports.
    fn pseudonym(&self, row: usize) -> String {
        let digits = self.rows.len().to_string().len().max(3);
        format!("student-{:0digits$}", row + 1)
    }

    /// The words that a person may use for the student of a submission: id and name of the roster, and the pseudonym.
    pub(super) fn words(&self, graded: &Graded) -> Vec<String> {
        let Some(row) = self.row_of(graded) else { return Vec::new() };
        let (id, name) = &self.rows[row];
        vec![id.clone(), name.clone(), self.pseudonym(row)]
    }

    /// Names who is missing, and puts pseudonyms in the place of all names.
    pub(super) fn hide_names(&self, report: &mut Report) {
        let mut called: HashMap<String, String> = HashMap::new();
        let mut there = vec![false; self.rows.len()];
        let mut unlisted = 0;
        for graded in &report.submissions {
            let row = self.row_of(graded);
            let twice = row.is_some_and(|row| std::mem::replace(&mut there[row], true));
            let mut name = if let Some(row) = row {
                self.pseudonym(row)
            } else {
                unlisted += 1;
                report.notes.push(format!("`{}` is on no row of the roster: unlisted-{unlisted:03}", graded.folder));
                format!("unlisted-{unlisted:03}")
            };
            if twice {
                name = format!("{name}-{}", called.len() + 1);
                report.notes.push(format!("`{}` is of a student of whom there is another: {name}", graded.folder));
            }
            called.insert(graded.folder.clone(), name);
        }
        let missing = (0..self.rows.len()).filter(|row| !there[*row]);
        report.missing = missing
            .map(|row| Missing {
                id: self.rows[row].0.clone(),
                name: self.rows[row].1.clone(),
                pseudonym: self.pseudonym(row),
            })
            .collect();
        let name = |folder: &String| called.get(folder).cloned().unwrap_or_else(|| "an earlier one".to_owned());
        for graded in &mut report.submissions {
            let own = name(&graded.folder);
            let names: Vec<String> = [&graded.folder, &graded.student]
                .into_iter()
                .chain(graded.platform.as_ref().map(|platform| &platform.name))
                .filter(|name| name.chars().count() > 2)
                .cloned()
                .collect();
            graded.notes.iter_mut().for_each(|note| *note = without(note, &names, &own, &called));
            graded.folder.clone_from(&own);
            graded.student = own;
            if let Some(platform) = &mut graded.platform {
                platform.name.clone_from(&graded.student);
            }
        }
        for alike in &mut report.alike {
            alike.folders = alike.folders.iter().map(&name).collect();
            alike.folders.sort();
        }
        for twice in &mut report.twice {
            twice.counts = name(&twice.counts);
            twice.student.clone_from(&twice.counts);
            twice.others.iter_mut().for_each(|other| *other = name(other));
        }
        report.submissions.sort_by(|a, b| a.folder.cmp(&b.folder));
    }
}

/// A note without the names that stand in it.
fn without(note: &str, names: &[String], own: &str, called: &HashMap<String, String>) -> String {
    let mut note = called.iter().fold(note.to_owned(), |note, (folder, name)| note.replace(folder.as_str(), name));
    for name in names {
        note = note.replace(name.as_str(), own);
    }
    note
}

/// Case, accents and blanks aside; Moodle has `_` for what a file's name cannot hold.
pub(super) fn fold(text: &str) -> String {
    answer::fold(&text.replace('_', " "))
}
