//! A session whose runs go in a thread of their own, while its caller goes on: what the screen and `optlab train` hold.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::open::{Options, make, start, texts};
use super::reload::{Reloader, Saved};
use super::save;
use crate::error::{Error, Result};
use crate::lab::plan::Subject;
use crate::lab::{Change, Lab, Overrides, ScriptText};
use crate::train::snapshot::{Command, Snapshot};
use crate::train::{Deed, Edited, Extent, Outcome, Progress, Worker};

/// What has become of the lab's files while its runs go on.
#[derive(Debug, Clone)]
pub enum News {
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

/// A lab with its runs in a worker's thread. Dropped, it gives them up, and waits until their files are written.
pub struct Live {
    worker: Option<Worker>,
    /// The lab as it was read last.
    lab: Lab,
    /// The lab that runs, and what its own run is called, which stays when an edit gives it another rule.
    running: RefCell<(Lab, String)>,
    /// What the lab was opened by, and the files that it was read from, or would be if they were right.
    spec: String,
    on_disk: Vec<String>,
    files: Option<Reloader>,
    options: Options,
}

impl Live {
    /// Opens a lab for the screen, by its path or a shipped lab's id: its runs stand at step 0 and wait for commands, and
    /// its files are looked at until it is left.
    ///
    /// # Errors
    /// All that is wrong with the lab, or with the folder to write into.
    pub fn open(spec: &str, overrides: &Overrides, options: Options) -> Result<Self, Vec<Error>> {
        let lab = Lab::open(spec, overrides)?;
        let on_disk = lab.files_on_disk(spec);
        let mut live = Self::of(lab, options, false).map_err(|error| vec![error])?;
        live.files = Reloader::start(spec, overrides, on_disk.clone(), &live.options.clock);
        (live.spec, live.on_disk) = (spec.to_owned(), on_disk);
        Ok(live)
    }

    /// The runs of a lab that was checked: headless ones train at once and end by themselves, others wait for commands.
    ///
    /// # Errors
    /// The thread cannot be started, or nothing can be written into the folder. That the runs cannot be made is a status.
    pub fn of(lab: Lab, options: Options, headless: bool) -> Result<Self> {
        let worker = Worker::start(start(&lab, &options, headless)?)?;
        let running = RefCell::new((lab.clone(), lab.own_name()));
        let (spec, on_disk) = (lab.id.clone(), Vec::new());
        Ok(Self { worker: Some(worker), lab, running, spec, on_disk, files: None, options })
    }

    /// The lab as it was read last.
    pub fn lab(&self) -> &Lab {
        &self.lab
    }

    /// Asks something of the runs; never waits for it.
    pub fn send(&self, command: Command) {
        if matches!(command, Command::Restart { .. }) {
            self.running.replace((self.lab.clone(), self.lab.own_name()));
        }
        if let Some(worker) = &self.worker {
            worker.send(command);
        }
    }

    /// The newest snapshot, if there is one that was not taken yet.
    pub fn latest(&self) -> Option<Arc<Snapshot>> {
        self.worker.as_ref()?.latest()
    }

    /// Where the runs are; cheap at any time.
    pub fn progress(&self) -> Progress {
        self.worker.as_ref().map_or(Progress { step: 0, total: 0, loss: f64::NAN }, Worker::progress)
    }

    /// Waits until the runs have ended, at most so long; true if they have.
    pub fn wait(&self, most: Duration) -> bool {
        let Some(worker) = &self.worker else { return true };
        worker.wait(most);
        worker.is_done()
    }

    /// What has happened to the lab's files since it was asked last.
    pub fn news(&mut self) -> Option<News> {
        let Saved { files, lab, on_disk } = self.files.as_ref()?.saved()?;
        self.on_disk = on_disk;
        Some(match lab {
            Ok(lab) => self.take_up(&files, *lab),
            Err(error) => News::Broken(error),
        })
    }

    /// What a save means for the runs.
    fn take_up(&mut self, files: &[String], lab: Lab) -> News {
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
        if let (Some(extent), Some(worker)) = (extent, &self.worker) {
            let seed = (lab.seed != before.seed).then_some(lab.seed);
            let mut edited = Edited::new(what, extent, seed, make(lab, self.options.threads));
            if self.options.out.is_some() {
                edited.texts = texts(lab);
            }
            worker.send(Command::TakeUp(edited));
        }
        News::Edited { title: lab.title.clone(), about: lab.about.clone(), scripts: lab.script_texts(), notice }
    }

    /// Writes the runs as a lab, with the seed and the interventions of a snapshot, and tells what was written; a file that
    /// is there is replaced only if that is said.
    ///
    /// # Errors
    /// The file is there, cannot be written, or would not open as a lab.
    pub fn save(&self, path: &str, replace: bool, snapshot: &Snapshot) -> Result<String> {
        let events = &snapshot.timeline.events;
        let (lab, own) = &*self.running.borrow();
        let text = lab.saved(own, snapshot.seed, events)?;
        let edited = events.iter().any(|event| matches!(event.deed, Deed::Edit { .. }));
        save::write_lab(Path::new(path), replace, &text)?;
        Ok(match events.len() {
            _ if edited => format!("saved {path}: seed {}, with the edited text from its start on", snapshot.seed),
            0 => format!("saved {path}: seed {}, no knob was turned by hand", snapshot.seed),
            1 => format!("saved {path}: seed {}, one event", snapshot.seed),
            count => format!("saved {path}: seed {}, {count} events", snapshot.seed),
        })
    }

    /// The file to open in an editor: that of a script by its name, or else the lab's.
    ///
    /// # Errors
    /// It is no file of the user's, but part of the program.
    pub fn file(&self, script: Option<&str>) -> Result<PathBuf> {
        let ships = |what: &str| {
            let id = &self.lab.id;
            Error::user(format!("{what} is part of the program")).help(format!(
                "`:save {id}.yaml` writes a lab of your own, and `optlab show NAME` prints a script to start from"
            ))
        };
        match script {
            None if Path::new(&self.spec).is_file() => Ok(PathBuf::from(&self.spec)),
            None => Err(ships("this lab")),
            Some(name) if self.on_disk.iter().any(|file| file == name) => Ok(PathBuf::from(name)),
            Some(name) => Err(ships(&format!("`{name}`"))),
        }
    }

    /// Leaves the runs, waits until their files are written, and tells how they ended.
    pub fn finish(mut self) -> Outcome {
        self.worker.take().map_or_else(lost, Worker::finish)
    }

    /// Waits until headless runs end by themselves, and tells how.
    pub fn join(mut self) -> Outcome {
        self.worker.take().map_or_else(lost, |mut worker| worker.join())
    }
}

/// There is no worker only while the session is being left.
fn lost() -> Outcome {
    Outcome::failed(Error::fault("the runs were left before"))
}

impl Drop for Live {
    fn drop(&mut self) {
        drop(self.worker.take().map(Worker::finish));
    }
}
