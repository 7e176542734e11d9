//! The list of labs: its rows, and the one under the cursor. It opens nothing by itself.

use crate::error::{scrub, scrub_line};
use crate::ui::host::{Effect, LabEntry};
use crate::ui::keys::Press;

/// The list of labs.
#[derive(Debug)]
pub struct List {
    /// Its labs, those of one group together.
    pub entries: Vec<LabEntry>,
    /// The lab under the cursor.
    pub chosen: usize,
}

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row<'l> {
    /// What the labs below it have in common.
    Heading(&'l str),
    /// The lab at this place.
    Lab(usize),
}

/// A lab for the list, with all that is not text made visible; all but its summary is one line.
fn scrubbed(entry: LabEntry) -> LabEntry {
    LabEntry {
        group: scrub_line(&entry.group),
        id: scrub_line(&entry.id),
        title: scrub_line(&entry.title),
        summary: scrub(&entry.summary).replace('\t', " "),
        path: entry.path,
        done: entry.done,
    }
}

/// The lab where the student goes on: the one of which a task was done last, or the one after it if nothing is left to do there.
fn goes_on(entries: &[LabEntry]) -> usize {
    let last = entries.iter().position(|entry| entry.done.is_some_and(|done| done.last));
    last.map_or(0, |last| next_of(entries, last))
}

/// The lab that follows a lab in its group, if nothing is left to do in that one; else the lab itself.
fn next_of(entries: &[LabEntry], at: usize) -> usize {
    let Some(own) = entries.get(at).filter(|own| own.done.is_some_and(|done| done.all)) else { return at };
    at + usize::from(entries.get(at + 1).is_some_and(|next| next.group == own.group))
}

impl List {
    /// These labs, with the cursor where the student goes on.
    pub(super) fn new(entries: Vec<LabEntry>) -> Self {
        let entries: Vec<LabEntry> = entries.into_iter().map(scrubbed).collect();
        Self { chosen: goes_on(&entries), entries }
    }

    /// The cursor moves from the lab that was left on to the one that follows it, if nothing is left to do in it.
    pub fn leave(&mut self) {
        self.chosen = next_of(&self.entries, self.chosen);
    }

    /// The labs as they are now; the cursor stays on the lab that it was on, or else near it.
    pub fn renew(&mut self, entries: Vec<LabEntry>) {
        let before = self.entries.get(self.chosen).map(|entry| (entry.group.clone(), entry.path.clone()));
        *self = Self { chosen: self.chosen, ..Self::new(entries) };
        let at = |same: &dyn Fn(&LabEntry) -> bool| self.entries.iter().position(same);
        let found = before.and_then(|(group, path)| {
            at(&|entry| entry.path == path && entry.group == group).or_else(|| at(&|entry| entry.path == path))
        });
        self.chosen = found.unwrap_or(self.chosen).min(self.entries.len().saturating_sub(1));
    }

    /// Its rows from the top: a heading over each group, where there is more than one group.
    pub fn rows(&self) -> Vec<Row<'_>> {
        let mut rows = Vec::with_capacity(self.entries.len() + 4);
        let several = self.entries.iter().any(|entry| entry.group != self.entries[0].group);
        let mut group = None;
        for (at, entry) in self.entries.iter().enumerate() {
            if several && group != Some(entry.group.as_str()) {
                group = Some(entry.group.as_str());
                rows.push(Row::Heading(&entry.group));
            }
            rows.push(Row::Lab(at));
        }
        rows
    }

    /// What a key does.
    pub(super) fn press(&mut self, press: Press) -> Vec<Effect> {
        let last = self.entries.len().saturating_sub(1);
        self.chosen = match press {
            Press::Up => self.chosen.saturating_sub(1),
            Press::Down => self.chosen + 1,
            Press::PageUp => self.chosen.saturating_sub(10),
            Press::PageDown => self.chosen + 10,
            Press::First => 0,
            Press::Last => last,
            Press::Enter if !self.entries.is_empty() => return vec![Effect::Open(self.chosen)],
            _ => self.chosen,
        }
        .min(last);
        Vec::new()
    }
}
