//! A session whose runs go in a thread of their own, while its caller goes on: what the screen and `optlab train` hold.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::copy::Copy;
use super::edit::{FileChange, OpenedLab};
use super::open::{Options, start};
use super::reload::{News, Reloader, Wish};
use super::settings::Setting;
use crate::error::{Error, Result};
use crate::lab::{Lab, Overrides};
use crate::run::{Command, Notices, Obeyed, Outcome, Progress, Stage};
use crate::snapshot::Snapshot;
use crate::worker::Worker;

/// What an editor may open of a lab.
#[derive(Debug, Clone)]
pub enum Editable {
    /// A file of the user's.
    File(PathBuf),
    /// Part of the program. [`Live::copy`] would write a copy and go on with it.
    Shipped(Copy),
}

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
        let mut live = Self::of(lab, options, false).map_err(|error| vec![error])?;
        spec.clone_into(&mut live.spec);
        live.look_at_files();
        Ok(live)
    }

    /// Looks from now on at the files of the lab as it was read last.
    fn look_at_files(&mut self) {
        let Self { spec, opened, .. } = self;
        self.on_disk = opened.lab.files_on_disk(spec);
        let tables = opened.lab.tables_on_disk(spec);
        self.files =
            Reloader::start(spec, &opened.lab.written.overrides, (self.on_disk.clone(), tables), &opened.options.clock);
    }

    /// The runs of a lab that was checked: headless ones train at once and end by themselves, others wait for commands.
    ///
    /// # Errors
    /// The thread cannot be started, or nothing can be written into the folder. That the runs cannot be made is a status.
    pub fn of(lab: Lab, options: Options, headless: bool) -> Result<Self> {
        let notices = Notices::default();
        let worker = Worker::start(start(&lab, &options, headless, &notices)?)?;
        Ok(Self {
            worker: Some(worker),
            spec: lab.id.clone(),
            opened: OpenedLab::new(lab, options),
            notices,
            on_disk: Vec::new(),
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

    /// How many commands were sent to the runs.
    pub fn sent(&self) -> u64 {
        self.worker.as_ref().map_or(0, Worker::sent)
    }

    /// The commands that the runs obeyed since this was asked last, and where they stood then.
    pub fn obeyed(&self) -> Vec<Obeyed> {
        self.worker.as_ref().map_or_else(Vec::new, Worker::obeyed)
    }

    /// The newest snapshot, if there is one that was not taken yet.
    pub fn latest(&self) -> Option<Arc<Snapshot>> {
        self.worker.as_ref()?.latest()
    }

    /// Where the runs are; cheap at any time.
    pub fn progress(&self) -> Progress {
        self.worker.as_ref().map_or(NOWHERE, Worker::progress)
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
                let stands = self.progress();
                self.opened.take_up(&files, back, *lab, stands)
            }
            News::Saved { lab: Err(error), on_disk, .. } => {
                self.on_disk = on_disk;
                OpenedLab::broken(error)
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
            return Err(still_checking());
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

    /// What an editor would open: the file of a script by its name, or else the lab's; of what is part of the program, the
    /// copy that would have to be made first, in the current folder.
    ///
    /// # Errors
    /// The file is gone, or there is no place for a copy.
    pub fn file(&self, script: Option<&str>) -> Result<Editable> {
        let there = |file: &str, instead: &str| {
            let lost = || Error::user(format!("there is no file `{file}` any more: {instead}"));
            Path::new(file).is_file().then(|| Editable::File(PathBuf::from(file))).ok_or_else(lost)
        };
        let is_on_disk = |name: &str| self.on_disk.iter().any(|file| file == name);
        let own = is_on_disk(&self.spec);
        match script {
            None if own => there(&self.spec, &format!("`:save {}` writes the lab as it runs", self.spec)),
            Some(name) if is_on_disk(name) => there(name, "its text is still in the Script pane"),
            Some(name) if own => self.script_copy(name).map(Editable::Shipped),
            Some(name) => {
                let mut copy = Copy::of_lab(self.lab(), Path::new(""))?;
                copy.opens = self.script_copy(name)?.opens;
                Ok(Editable::Shipped(copy))
            }
            None => Copy::of_lab(self.lab(), Path::new("")).map(Editable::Shipped),
        }
    }

    /// A copy of one script alone, for a lab that is the user's own or would be.
    fn script_copy(&self, name: &str) -> Result<Copy> {
        let part = self.lab().script_part(name)?;
        let part = part.ok_or_else(|| Error::user(format!("the lab has no script `{name}` any more")))?;
        let own = Path::new(&self.spec).is_file();
        Copy::of_script(part, self.lab().scripts_folder().filter(|_| own))
    }

    /// Writes the copy that [`Live::file`] has told of, and goes on with it: the runs are the same, and the copy's files are
    /// looked at from now on. Gives the file to open in an editor, and what the screen shows of it.
    ///
    /// # Errors
    /// A file cannot be written, or the copy does not open; then everything is as before.
    pub fn copy(&mut self, script: Option<&str>) -> Result<(PathBuf, FileChange)> {
        if self.asked.is_some() {
            return Err(still_checking());
        }
        let copy = match self.file(script)? {
            Editable::Shipped(copy) => copy,
            Editable::File(file) => return Ok((file, self.opened.shown("this is your own file already".to_owned()))),
        };
        let spec = if Path::new(&self.spec).is_file() {
            self.spec.clone()
        } else {
            Copy::of_lab(self.lab(), Path::new(""))?.opens.display().to_string()
        };
        copy.write()?;
        let lab = Lab::open(&spec, &self.lab().written.overrides).map_err(|mut errors| errors.swap_remove(0))?;
        self.opened.moved_to(lab);
        self.spec = spec;
        self.look_at_files();
        let notice = format!("the run goes on with {}, which is yours to change", self.spec);
        Ok((copy.opens, self.opened.shown(notice)))
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

/// Where runs are that there are none of.
const NOWHERE: Progress = Progress { step: 0, total: 0, loss: f64::NAN, seeds: None, stage: Stage::Over };

fn still_checking() -> Error {
    Error::user("the last change is still being checked").help("try again in a moment")
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
