//! A session whose runs go in a thread of their own, while its caller goes on: what the screen and `optlab train` hold.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::edit::{FileChange, OpenedLab};
use super::open::{Options, start};
use super::reload::{News, Reloader, Wish};
use super::settings::Setting;
use crate::error::{Error, Result};
use crate::lab::{Lab, Overrides};
use crate::run::{Command, Notices, Outcome, Progress};
use crate::snapshot::Snapshot;
use crate::worker::Worker;

/// A lab with its runs in a worker's thread. Dropped, it gives them up, and waits until their files are written.
pub struct Live {
    worker: Option<Worker>,
    opened: OpenedLab,
    notices: Notices,
    /// What the lab was opened by, and the files that it was read from, or would be if they were right.
    spec: String,
    on_disk: Vec<String>,
    files: Option<Reloader>,
    /// How often the files were read, and what is being checked with the lab as it was then.
    read: u64,
    asked: Option<Setting>,
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
        let tables = live.opened.lab.tables_on_disk(spec);
        live.files = Reloader::start(spec, overrides, (on_disk.clone(), tables), &live.opened.options.clock);
        (live.spec, live.on_disk) = (spec.to_owned(), on_disk);
        Ok(live)
    }

    /// The runs of a lab that was checked: headless ones train at once and end by themselves, others wait for commands.
    ///
    /// # Errors
    /// The thread cannot be started, or nothing can be written into the folder. That the runs cannot be made is a status.
    pub fn of(lab: Lab, options: Options, headless: bool) -> Result<Self> {
        let notices = Notices::default();
        let worker = Worker::start(start(&lab, &options, headless, &notices)?)?;
        let (spec, on_disk) = (lab.id.clone(), Vec::new());
        Ok(Self {
            worker: Some(worker),
            opened: OpenedLab::new(lab, options),
            notices,
            spec,
            on_disk,
            files: None,
            read: 0,
            asked: None,
        })
    }

    /// The lab as it was read last.
    pub fn lab(&self) -> &Lab {
        &self.opened.lab
    }

    /// Asks something of the runs; never waits for it.
    pub fn send(&self, command: Command) {
        self.opened.obeys(&command);
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

    /// What there is to tell of the runs' files while they go on, as that they cannot be written. Snapshots tell the same as
    /// what was refused, and whoever asks first has it.
    pub fn notices(&self) -> Vec<Error> {
        self.notices.take()
    }

    /// Waits until the runs have ended, at most so long; true if they have.
    pub fn wait(&self, most: Duration) -> bool {
        let Some(worker) = &self.worker else { return true };
        worker.wait(most);
        worker.is_done()
    }

    /// What has happened to the lab's files since it was asked last.
    pub fn file_change(&mut self) -> Option<FileChange> {
        let (news, commands) = match self.files.as_ref()?.news()? {
            News::Set { read, .. } if read != self.read => {
                // A file was saved meanwhile: it is checked once more with what that says now.
                let setting = self.asked.take()?;
                let again = self.set(&setting).err()?;
                return Some(FileChange::Refused(again));
            }
            News::Set { lab: Ok((lab, on_disk)), .. } => {
                self.on_disk = on_disk;
                let setting = self.asked.take()?;
                self.opened.set(&setting, *lab)
            }
            News::Set { lab: Err(error), .. } => {
                self.asked = None;
                (FileChange::Refused(error), Vec::new())
            }
            News::Saved { files, back, lab: Ok(lab), on_disk } => {
                self.read += 1;
                self.on_disk = on_disk;
                let updates = self.worker.as_ref().map_or(0, |worker| worker.progress().step);
                self.opened.take_up(&files, back, *lab, updates)
            }
            News::Saved { lab: Err(error), on_disk, .. } => {
                self.on_disk = on_disk;
                (FileChange::Broken(error), Vec::new())
            }
            News::Lost(why) => OpenedLab::lost(&why),
        };
        if let Some(worker) = &self.worker {
            commands.into_iter().for_each(|command| worker.send(command));
        }
        Some(news)
    }

    /// Lays other values over the lab, or takes some back: it is checked with them beside the runs, which start over with them
    /// if they are right. What has come of it is told by [`Live::file_change`].
    ///
    /// # Errors
    /// What is to be taken back was not set, or the last change is still being checked.
    pub fn set(&mut self, setting: &Setting) -> Result<()> {
        if self.asked.is_some() {
            return Err(Error::user("the last change is still being checked").help("try again in a moment"));
        }
        let overrides = setting.over(&self.opened.lab)?;
        let Some(files) = &self.files else {
            return Err(Error::user("values can only be set in a lab that the screen has opened"));
        };
        files.check(Wish { lab: Box::new(self.opened.lab.clone()), overrides, read: self.read });
        self.asked = Some(setting.clone());
        Ok(())
    }

    /// Writes the runs as a lab, with the seed and the interventions of a snapshot, and tells what was written; a file that
    /// is there is replaced only if that is said.
    ///
    /// # Errors
    /// The file is there, cannot be written, or would not open as a lab.
    pub fn save(&self, path: &str, replace: bool, snapshot: &Snapshot) -> Result<String> {
        self.opened.save(path, replace, snapshot)
    }

    /// The file to open in an editor: that of a script by its name, or else the lab's.
    ///
    /// # Errors
    /// It is no file of the user's, but part of the program; or it is gone.
    pub fn file(&self, script: Option<&str>) -> Result<PathBuf> {
        let ships = |what: &str| {
            let id = &self.opened.lab.id;
            Error::user(format!("{what} is part of the program")).help(format!(
                "`:save {id}.yaml` writes a lab of your own, and `optlab show NAME` prints a script to start from"
            ))
        };
        let there = |file: &str, instead: &str| {
            let lost = || Error::user(format!("there is no file `{file}` any more: {instead}"));
            Path::new(file).is_file().then(|| PathBuf::from(file)).ok_or_else(lost)
        };
        let is_on_disk = |name: &str| self.on_disk.iter().any(|file| file == name);
        match script {
            None if is_on_disk(&self.spec) => {
                there(&self.spec, &format!("`:save {}` writes the lab as it runs", self.spec))
            }
            None => Err(ships("this lab")),
            Some(name) if is_on_disk(name) => there(name, "its text is still in the Script pane"),
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
