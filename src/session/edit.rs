//! A lab while it is used: what an edit of it means for its runs, and the runs written as a lab.

use std::cell::RefCell;
use std::path::Path;

use super::open::{Options, edition, texts};
use super::save;
use crate::error::{Error, Result};
use crate::lab::plan::Subject;
use crate::lab::{Change, Lab, ScriptText};
use crate::run::{Command, Edited, Extent, LabText};
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
    },
    /// They were saved with an error, so everything goes on as before.
    Broken(Error),
}

/// A lab that was opened, with what its runs were told of it.
pub(super) struct OpenedLab {
    /// The lab as it was read last.
    pub lab: Lab,
    /// The lab that runs, and what its own run is called, which stays when an edit gives it another rule.
    running: RefCell<(Lab, String)>,
    pub options: Options,
}

impl OpenedLab {
    /// A lab whose runs begin.
    pub fn new(lab: Lab, options: Options) -> Self {
        Self { running: RefCell::new((lab.clone(), lab.own_name())), lab, options }
    }

    /// The runs are sent a command: those that start over are of the lab as it was read last.
    pub fn obeys(&self, command: &Command) {
        if matches!(command, Command::Restart { .. }) {
            self.running.replace((self.lab.clone(), self.lab.own_name()));
        }
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

    /// These files of the lab were saved, and this is the lab now: what that means, and what the runs are to be sent.
    pub fn take_up(&mut self, files: &[String], lab: Lab) -> (FileChange, Option<Edited>) {
        let names: Vec<&str> = files.iter().map(|file| file.rsplit('/').next().unwrap_or(file)).collect();
        let what = names.join(", ");
        let change = self.lab.change_to(&lab);
        // A series has no state to go on with, and is walked in a moment.
        let is_series = |lab: &Lab| matches!(lab.subject, Subject::Series(_));
        let series = is_series(&self.lab) || is_series(&lab);
        let before = std::mem::replace(&mut self.lab, lab);
        let (extent, notice) = match change {
            Change::Nothing | Change::Shown => (None, format!("{what} was saved: the run is the same")),
            _ if series => (Some(Extent::StartOver), format!("{what} was saved: it starts over")),
            Change::Live | Change::Start(_) if self.options.restart_on_save => {
                (Some(Extent::StartOver), format!("{what} was saved: the run starts over"))
            }
            Change::Live => (Some(Extent::Live), format!("{what} was saved: taken up from the next step on")),
            Change::Start(keys) => {
                let keys = keys.join(", ");
                (Some(Extent::NextStart), format!("{what} was saved: r starts over with it, since {keys} changed"))
            }
        };
        let lab = &self.lab;
        match extent {
            Some(Extent::Live) => self.running.get_mut().0 = lab.clone(),
            Some(Extent::StartOver) => *self.running.get_mut() = (lab.clone(), lab.own_name()),
            Some(Extent::NextStart) | None => {}
        }
        let edited = extent.map(|extent| {
            let seed = (lab.seed != before.seed).then_some(lab.seed);
            let mut edited = Edited::new(what, extent, seed, edition(lab, self.options.threads));
            if self.options.out.is_some() {
                edited.texts = texts(lab);
            }
            edited
        });
        let (title, about, scripts) = (lab.title.clone(), lab.about.clone(), lab.script_texts());
        (FileChange::Edited { title, about, scripts, notice }, edited)
    }

    /// Writes the runs as a lab, and tells what was written.
    pub fn save(&self, path: &str, replace: bool, snapshot: &Snapshot) -> Result<String> {
        let events = &snapshot.timeline.events;
        let (lab, own) = &*self.running.borrow();
        let text = lab.saved(own, snapshot.seed, events)?;
        let edited = events.iter().any(|event| matches!(event.what, Intervention::Edit { .. }));
        save::write_lab(Path::new(path), replace, &text)?;
        Ok(match events.len() {
            _ if edited => format!("saved {path}: seed {}, with the edited text from its start on", snapshot.seed),
            0 => format!("saved {path}: seed {}, no knob was turned by hand", snapshot.seed),
            1 => format!("saved {path}: seed {}, one event", snapshot.seed),
            count => format!("saved {path}: seed {}, {count} events", snapshot.seed),
        })
    }
}
