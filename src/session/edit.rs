//! A lab while it is used: what an edit of it means for its runs, and the runs written as a lab.

use std::cell::RefCell;
use std::path::Path;

use super::open::{Options, edition, texts, warned};
use super::save;
use crate::error::{Error, Result};
use crate::lab::plan::Subject;
use crate::lab::{Change, Lab, ScriptText, told_first};
use crate::run::{Command, Edited, Extent, LabText, Progress, Stage};
use crate::snapshot::{Intervention, Snapshot};

/// What has become of the lab's files while its runs go on.
#[derive(Debug, Clone)]
pub enum FileChange {
    /// They were saved and are right: this is the lab now.
    Edited {
        /// One line.
        title: String,
        /// The lab's text, in Markdown.
        about: String,
        /// Its scripts, its rule first.
        scripts: Vec<ScriptText>,
        /// What that means for the run.
        notice: String,
        /// Keys that were saved with other values than those that are laid over them, which are shown.
        covered: Vec<String>,
    },
    /// They were saved with an error, so everything goes on as before.
    Broken(Error),
    /// Values were laid over them by hand, or taken back: this is the lab now.
    Set {
        /// One line.
        title: String,
        /// The lab's text, in Markdown.
        about: String,
        /// Its scripts, its rule first.
        scripts: Vec<ScriptText>,
        /// The panes that it lists, if those are others than before.
        panes: Option<Vec<String>>,
        /// The parameter that it looks at, if that is another one than before.
        parameter: Option<String>,
        /// What that means for the run.
        notice: String,
        /// Keys that were saved with other values than those that are laid over them, which are shown.
        covered: Vec<String>,
    },
    /// Values that were to be laid over them are wrong, so everything goes on as before.
    Refused(Error),
    /// One cannot be read any more: it is gone, or something else is in its place. The runs go on with what was read.
    Lost {
        /// One line: which, and what that means.
        notice: String,
    },
}

/// A lab that was opened, with what its runs were told of it.
pub(super) struct OpenedLab {
    /// The lab as it was read last.
    pub lab: Lab,
    /// The lab that runs, and what its own run is called, which stays when an edit gives it another rule.
    running: RefCell<(Lab, String)>,
    pub options: Options,
    /// Keys whose values in the file have changed since other ones were laid over them.
    covered: Vec<String>,
}

/// What is wrong, and that all goes on in spite of it: one sentence, or two where the first one ends with a question.
pub fn in_spite_of(wrong: &str, goes_on: &str) -> String {
    if wrong.ends_with(['?', '!', '.']) {
        let mut first = goes_on.chars();
        let capital = first.next().map_or_else(String::new, |c| c.to_uppercase().collect());
        return format!("{wrong} {capital}{}", first.as_str());
    }
    format!("{wrong}; {goes_on}")
}

/// The names of files, without their folders.
fn names_of(files: &[String]) -> String {
    let names: Vec<&str> = files.iter().map(|file| file.rsplit('/').next().unwrap_or(file)).collect();
    names.join(", ")
}

/// What a newer edition of a lab is warned of that the old one was not.
pub(super) struct NewWarnings {
    /// All of it, as lines of the log.
    pub log: Vec<String>,
    /// Behind what is said of the edit: the first that somebody can act upon, and where the others are.
    pub told: String,
}

impl NewWarnings {
    pub fn of(old: &Lab, new: &Lab) -> Self {
        let known = |warning: &&Error| !old.warnings.iter().any(|old| old.what() == warning.what());
        let all: Vec<&Error> = new.warnings.iter().filter(known).collect();
        let told = told_first(all.iter().copied(), ToString::to_string);
        Self {
            log: all.iter().map(|new| format!("warning: {new}")).collect(),
            told: told.map_or_else(String::new, |told| format!("; {told}")),
        }
    }
}

/// An argument, `training.batch=8`, sets this key.
fn is_of(set: &str, key: &str) -> bool {
    let plain = |path: &str| path.trim().replace('[', ".").replace(']', "");
    plain(set.split('=').next().unwrap_or(set)) == plain(key)
}

/// A verb for one file or for several.
fn verb<'v>(files: &[String], one: &'v str, several: &'v str) -> &'v str {
    if files.len() == 1 { one } else { several }
}

impl OpenedLab {
    /// A lab whose runs begin.
    pub fn new(lab: Lab, options: Options) -> Self {
        Self { running: RefCell::new((lab.clone(), lab.own_name())), lab, options, covered: Vec::new() }
    }

    /// The runs are sent a command: those that start over are of the lab as it was read last.
    pub fn obeys(&self, command: &Command) {
        if matches!(command, Command::Restart { .. }) {
            self.running.replace((self.lab.clone(), self.lab.own_name()));
        }
    }

    /// The lab that runs.
    pub fn running(&self) -> Lab {
        self.running.borrow().0.clone()
    }

    /// The runs start over with the lab as it is now.
    pub fn starts_over(&mut self) {
        *self.running.get_mut() = (self.lab.clone(), self.lab.own_name());
    }

    /// The runs stand where a checkpoint says, and go by this edition of the lab; their own is called so.
    pub fn stands_at(&mut self, text: &LabText, own: String) -> Result<()> {
        let lab = if self.lab.texts() == (text.lab.clone(), text.scripts.clone()) {
            self.lab.clone()
        } else {
            self.lab.edition(&text.lab, &text.scripts).map_err(|mut errors| errors.swap_remove(0))?
        };
        self.running.replace((lab.clone(), own));
        self.lab = lab;
        Ok(())
    }

    /// These files of the lab were saved, or are `back` after they could not be read, and this is the lab now: what that
    /// means for runs that stand so, and what they are to be sent.
    pub fn take_up(&mut self, files: &[String], back: bool, lab: Lab, stands: Progress) -> (FileChange, Vec<Command>) {
        let what = names_of(files);
        let come = format!(
            "{what} {}",
            if back { verb(files, "is back", "are back") } else { verb(files, "was saved", "were saved") }
        );
        let change = self.change_to(&lab);
        let why_the_same = || self.lab.why_the_same(&lab);
        let (same, unused) = match change {
            Change::Nothing => (why_the_same(), Vec::new()),
            Change::Shown => ("only what the screen shows has changed".to_owned(), Vec::new()),
            Change::Live => {
                let turned = self.lab.turned_since(&lab, stands.step);
                (String::new(), [self.lab.unused_defaults(&lab), self.lab.covered(&lab), turned].concat())
            }
            Change::Start(_) => (String::new(), [self.lab.unused_defaults(&lab), self.lab.covered(&lab)].concat()),
        };
        let warnings = NewWarnings::of(&self.lab, &lab);
        // A series has no state to go on with, and is walked in a moment.
        let is_series = |lab: &Lab| matches!(lab.subject, Subject::Series(_));
        let series = is_series(&self.lab) || is_series(&lab);
        let before = std::mem::replace(&mut self.lab, lab);
        let (extent, mut notice) = match change {
            Change::Nothing | Change::Shown => (None, format!("{come}, and the run is the same: {same}")),
            _ if series => (Some(Extent::StartOver), format!("{come}: it starts over")),
            Change::Live | Change::Start(_) if self.options.restart_on_save => {
                (Some(Extent::StartOver), format!("{come}: the run starts over"))
            }
            // Nothing was done that would be lost.
            Change::Start(_) if stands.stage == Stage::Untouched => {
                (Some(Extent::StartOver), format!("{come}: the run uses {}, from step 0 on", verb(files, "it", "them")))
            }
            // It is taken up where the run can go on: after a step back.
            Change::Live if stands.stage == Stage::Over => {
                (Some(Extent::Live), format!("{come}: r starts over with it"))
            }
            Change::Live => (Some(Extent::Live), format!("{come}: in effect from the next step on")),
            Change::Start(keys) if keys.is_empty() => {
                (Some(Extent::NextStart), format!("{come}, and is again what the run is made of"))
            }
            Change::Start(keys) => {
                let keys = keys.join(", ");
                (Some(Extent::NextStart), format!("{come}: r starts over with it, since {keys} changed"))
            }
        };
        let typed = &self.lab.written.overrides.typed;
        // Those of which the file has another value now are told with what shows it.
        let covered = before.keys_covered(&self.lab, &self.lab.written.typed);
        let is_told = |set: &&String| covered.iter().any(|key| is_of(set, key));
        let typed: Vec<String> = typed.iter().filter(|set| !is_told(set)).cloned().collect();
        if !typed.is_empty() {
            notice = format!("{notice}; {} {} set", typed.join(" "), verb(&typed, "stays", "stay"));
        }
        let by_arguments = before.keys_covered(&self.lab, &self.lab.written.set);
        self.covered.extend(covered.into_iter().chain(by_arguments));
        self.covers_what_is_set();
        // What is at the same time not used, and what is probably not meant.
        for told in &unused {
            notice.push_str("; but ");
            notice.push_str(told);
        }
        notice.push_str(&warnings.told);
        match extent {
            Some(Extent::Live) => self.running.get_mut().0 = self.lab.clone(),
            Some(Extent::StartOver) => self.starts_over(),
            Some(Extent::NextStart) | None => {}
        }
        let lab = &self.lab;
        let mut commands: Vec<Command> = Vec::new();
        commands.extend(extent.map(|extent| {
            let seed = (lab.seed != before.seed).then_some(lab.seed);
            let mut edited = Edited::new(what, extent, seed, edition(lab, self.options.threads));
            if self.options.out.is_some() {
                edited.texts = texts(lab);
            }
            edited.log = Some(warned(lab));
            Command::TakeUp(edited)
        }));
        // Runs that start over tell all warnings by themselves.
        if extent != Some(Extent::StartOver) && !warnings.log.is_empty() {
            commands.push(Command::Tell(warnings.log));
        }
        (self.shown(notice), commands)
    }

    /// Values are laid over keys of the file anew by these arguments: what was saved below them before is known to be covered.
    pub fn covers_anew(&mut self, arguments: &[String]) {
        self.covered.retain(|key| !arguments.iter().any(|set| is_of(set, key)));
        self.covers_what_is_set();
    }

    /// Nothing is covered that is not set any more; each key stands once.
    fn covers_what_is_set(&mut self) {
        let written = &self.lab.written;
        let mut known: Vec<String> = Vec::new();
        for key in self.covered.drain(..) {
            let is_set = written.set.iter().chain(&written.typed).any(|set| *set == key);
            if is_set && !known.contains(&key) {
                known.push(key);
            }
        }
        self.covered = known;
    }

    /// The keys whose values in the file are covered by others since they were saved.
    pub fn covered(&self) -> Vec<String> {
        self.covered.clone()
    }

    /// What has changed since the lab was read last, seen from the runs: what they are made of may differ from an edition that
    /// waits for their next start, and be again what this one says, which is a start without any key.
    fn change_to(&self, lab: &Lab) -> Change {
        match self.lab.change_to(lab) {
            same @ (Change::Nothing | Change::Shown) => same,
            _ => match self.running.borrow().0.change_to(lab) {
                Change::Nothing | Change::Shown => Change::Start(Vec::new()),
                change => change,
            },
        }
    }

    /// The lab as it was read last, for the screen, with what there is to say of it.
    pub fn shown(&self, notice: String) -> FileChange {
        let lab = &self.lab;
        let (title, about, scripts) = (lab.title.clone(), lab.about.clone(), lab.script_texts());
        FileChange::Edited { title, about, scripts, notice, covered: self.covered() }
    }

    /// The lab lies elsewhere now, with the same texts: its runs go on as they are.
    pub fn moved_to(&mut self, lab: Lab) {
        let running = self.running.get_mut();
        if running.0.resolved == self.lab.resolved {
            running.0 = lab.clone();
        }
        self.lab = lab;
    }

    /// Files were saved with an error: what is told, and that it stands in the log, too.
    pub fn broken(error: Error) -> (FileChange, Vec<Command>) {
        let line = in_spite_of(&format!("error: {error}"), "the run goes on as before");
        (FileChange::Broken(error), vec![Command::Tell(vec![line])])
    }

    /// A file of the lab cannot be read any more, for this reason: what that means, and what the runs are to be sent.
    pub fn lost(why: &Error) -> (FileChange, Vec<Command>) {
        let goes_on = "the run goes on with what was read, and reads it again when it is back";
        let notice = in_spite_of(why.what(), goes_on);
        let line = format!("warning: {notice}");
        (FileChange::Lost { notice }, vec![Command::Tell(vec![line])])
    }

    /// Writes the runs as a lab, and tells what was written.
    pub fn save(&self, path: &str, replace: bool, snapshot: &Snapshot) -> Result<String> {
        let events = &snapshot.timeline.events;
        let (lab, own) = &*self.running.borrow();
        let text = lab.saved(own, snapshot.seed, events)?;
        let edited = events.iter().any(|event| matches!(event.what, Intervention::Edit { .. }));
        save::write_lab(Path::new(path), replace, &text)?;
        let set = lab.written.overrides.all();
        let set = if set.is_empty() { String::new() } else { format!(", {}", set.join(" ")) };
        let done = match events.len() {
            _ if edited => "with the edited text from its start on".to_owned(),
            0 => "no knob was turned by hand".to_owned(),
            1 => "one event".to_owned(),
            count => format!("{count} events"),
        };
        Ok(format!("saved {path}: seed {}{set}, {done}", snapshot.seed))
    }
}

#[cfg(test)]
mod tests {
    use super::in_spite_of;

    #[test]
    fn what_goes_on_is_a_sentence_of_its_own_behind_a_question() {
        let goes_on = "it runs as before";
        assert_eq!(in_spite_of("there is no `v`", goes_on), "there is no `v`; it runs as before");
        assert_eq!(in_spite_of("did you mean `state.v`?", goes_on), "did you mean `state.v`? It runs as before");
    }
}
