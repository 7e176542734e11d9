//! A folder that a run writes into: how it is taken, what of an earlier run is kept until when, and how files get into it.
//!
//! Opening it touches nothing that is there. With the first step of a run its tables begin, and an earlier run that came to
//! its end is set aside, whole but for its weights, which stay in their place until the new run has its own; then what
//! was set aside is taken away. So a run that is killed leaves what it wrote, and the earlier one. What is in the tables
//! is not its business.

use std::fmt::Write as _;
use std::fs::symlink_metadata;
use std::io;
use std::path::{Path, PathBuf};

use super::claim::{CLAIM, Claim, Holder, Refused};
use super::written::{FILES, MARKER, Written, clear, in_the_way, no_folder, remove, remove_empty};
use super::{beside, notices::Notices};
use crate::clock::Clock;
use crate::error::{Error, Result};

/// Where an earlier run lies until the new one has come to its end.
const EARLIER: &str = ".optlab-earlier";
/// It is there when a run has come to its end, and written last.
const SUMMARY: &str = "summary.json";
/// They stay in their place.
const KEPT: [&str; 2] = ["model.safetensors", "state.safetensors"];
const HELP: &str = "give `--out` a new folder, or one that an earlier run wrote";

/// The folders that the runs of a lab write into.
#[derive(Default)]
pub struct Dirs {
    /// One for each run, in their order; empty if nothing is written. Dropped before the one that holds them, which is
    /// empty then if nothing was written.
    pub each: Vec<Folder>,
    /// In a race, the folder that holds the others.
    pub whole: Option<Folder>,
}

/// What is written into a folder before the first step.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// The lab as resolved.
    pub lab: String,
    /// Its scripts as (path in the folder, text).
    pub scripts: Vec<(String, String)>,
    /// In a race, the names of the runs that get a folder inside.
    pub racers: Vec<String>,
}

/// A folder that is ours, until this is dropped.
pub struct Folder {
    /// As the user named it.
    name: String,
    /// Where it is, links followed.
    path: PathBuf,
    content: Content,
    /// What the present run writes beside scripts.
    files: Vec<String>,
    notices: Notices,
    /// Dropped before `made`: the folders are empty then.
    claim: Claim,
    /// Kept for their end.
    _made: Made,
}

/// Folders that were made, the deepest first. Those that nothing was written into are taken away again.
struct Made(Vec<PathBuf>);

impl Drop for Made {
    fn drop(&mut self) {
        for folder in &self.0 {
            if std::fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}

impl Folder {
    /// Takes a folder: a new one, an empty one, or one that an earlier run wrote, which stays as it is until a run begins. It
    /// may be a link to a folder; nothing inside may be a link.
    ///
    /// # Errors
    /// It belongs to another process, holds what optlab did not write, or cannot be made or written.
    pub fn open(path: &Path, content: Content, notices: &Notices, clock: &Clock) -> Result<Self> {
        let name = path.display().to_string();
        let mut made = Made(Vec::new());
        // A process that has just let it go may take it away in between.
        let mut tries = 0..4;
        let (place, claim) = loop {
            let place = made.make(path)?;
            if is_foreign(&place).map_err(|error| failed(path, "read", &error))? {
                return Err(Error::user(format!("{name} has files that optlab did not write, so it is not replaced"))
                    .help(HELP));
            }
            match Claim::take(&place, clock) {
                Ok(claim) => break (place, claim),
                Err(Refused::Failed(error)) if error.kind() == io::ErrorKind::NotFound && tries.next().is_some() => {}
                Err(Refused::Failed(error)) => return Err(failed(path, "write into", &error)),
                Err(Refused::NoFile) => return Err(barred(path, CLAIM, "is no file")),
                Err(Refused::Held(holder)) => return Err(held(path, &holder)),
            }
        };
        let (notices, files) = (notices.clone(), Vec::new());
        let folder = Self { name, path: place, content, files, notices, claim, _made: made };
        folder.look(path)?;
        beside::forget_parts(&folder.path);
        Ok(folder)
    }

    /// Nothing stands in the way of what may be written, and no run that goes on has a folder inside.
    fn look(&self, shown: &Path) -> Result<()> {
        let written = self.written();
        let scripts = self.content.scripts.iter().map(|(place, _)| place.as_str());
        for file in [MARKER].into_iter().chain(FILES).chain(scripts) {
            if let Some((file, wrong)) = in_the_way(&self.path, file, &written) {
                return Err(barred(shown, &file, wrong));
            }
        }
        let racers = self.content.racers.iter().chain(&written.racers).map(String::as_str);
        for inside in racers.chain([EARLIER]) {
            let wrong = symlink_metadata(self.path.join(inside)).ok().and_then(|about| no_folder(&about));
            if let Some(wrong) = wrong {
                return Err(barred(shown, inside, wrong));
            }
        }
        for racer in written.racers.iter().filter(|racer| !self.content.racers.contains(racer)) {
            if let Some(holder) = self.claim.of_another(&self.path.join(racer)) {
                return Err(held(&shown.join(racer), &holder));
            }
        }
        Ok(())
    }

    /// What optlab wrote into it, of whichever run.
    fn written(&self) -> Written {
        let mut written = Written::read(&self.path);
        written.join(&Written::read(&self.path.join(EARLIER)));
        written
    }

    /// As the user named it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The place of a file.
    pub(super) fn place(&self, file: &str) -> PathBuf {
        self.path.join(file)
    }

    /// Where is told what cannot be written while the run goes on.
    pub(super) fn notices(&self) -> &Notices {
        &self.notices
    }

    /// It was this process's when that was last looked at; it is looked at every few seconds.
    pub(super) fn is_held(&self) -> bool {
        self.claim.is_held()
    }

    /// Seconds since it was taken, none where nobody counts them; to ask costs nothing.
    pub(super) fn seconds(&self) -> Option<u64> {
        self.claim.seconds()
    }

    /// A run has come to its end here, this one or an earlier one.
    pub(super) fn has_a_whole_run(&self) -> bool {
        self.place(SUMMARY).is_file()
    }

    /// Another recipe of the lab runs from now on: it is written with the next run.
    pub(in crate::run) fn is_of(&mut self, lab: &str, scripts: &[(String, String)]) {
        lab.clone_into(&mut self.content.lab);
        self.content.scripts = scripts.to_vec();
    }

    /// A run begins that writes these files: an earlier one is set aside, and the lab is written with the run's seed, which a
    /// restart may have changed, so that the run can be repeated from its own folder. Done again after it failed, it goes on
    /// where it stopped.
    pub(super) fn begin(&mut self, seed: u64, files: &[&str]) -> io::Result<()> {
        self.claim.look()?;
        self.look(Path::new(&self.name)).map_err(|error| io::Error::other(error.what().to_owned()))?;
        self.files = files.iter().chain(&["lab.yaml"]).map(|file| (*file).to_owned()).collect();
        self.files.extend(self.content.scripts.iter().map(|(place, _)| place.clone()));
        let before = Written::read(&self.path);
        if self.has_a_whole_run() {
            self.set_aside(&before)?;
        } else {
            let gone = before.files.iter().filter(|file| !KEPT.contains(&file.as_str()));
            gone.into_iter().try_for_each(|file| remove(&self.path, &before, file))?;
        }
        let mut now = self.own();
        // What is still there of others.
        let mut left = before;
        left.files.retain(|file| self.place(file).exists());
        now.join(&left);
        now.write(&self.path)?;
        for (place, text) in &self.content.scripts {
            if let Some(parent) = Path::new(place).parent() {
                std::fs::create_dir_all(self.path.join(parent))?;
            }
            self.whole(place, text.as_bytes())?;
        }
        let seeded = |line: &str| if line.starts_with("seed:") { format!("seed: {seed}") } else { line.to_owned() };
        let lab: String = self.content.lab.lines().map(|line| seeded(line) + "\n").collect();
        self.whole("lab.yaml", lab.as_bytes())
    }

    /// What the present run writes.
    fn own(&self) -> Written {
        Written { files: self.files.clone(), racers: self.content.racers.clone() }
    }

    /// Moves a run that came to its end out of the way; its summary last, so that one that was not moved whole is moved on.
    fn set_aside(&self, before: &Written) -> io::Result<()> {
        let aside = self.place(EARLIER);
        if aside.join(SUMMARY).exists() {
            clear(&aside)?;
        }
        std::fs::create_dir_all(&aside)?;
        let mut list = before.clone();
        list.join(&Written::read(&aside));
        list.write(&aside)?;
        let moved = before.files.iter().filter(|file| !KEPT.contains(&file.as_str()) && *file != SUMMARY);
        for file in moved.map(String::as_str).chain([SUMMARY]) {
            let from = self.place(file);
            if !from.is_file() {
                continue;
            }
            if let Some(parent) = Path::new(file).parent() {
                std::fs::create_dir_all(aside.join(parent))?;
            }
            std::fs::rename(from, aside.join(file))?;
            remove_empty(&self.path, file);
        }
        Ok(())
    }

    /// The run has come to its end, and all of its files are there: what is left of earlier ones is taken away. Where that
    /// fails it stays for the next run to take away.
    pub(super) fn end(&self) {
        let (own, all) = (self.own(), self.written());
        for file in all.files.iter().filter(|file| !own.has(file)) {
            drop(remove(&self.path, &all, file));
        }
        for racer in all.racers.iter().filter(|racer| !own.racers.contains(racer)) {
            let inside = self.place(racer);
            if self.claim.of_another(&inside).is_none() {
                drop(clear(&inside));
            }
        }
        drop(own.write(&self.path).and_then(|()| clear(&self.place(EARLIER))));
    }

    /// Writes `summary.json`.
    pub(super) fn summary(&self, summary: &serde_json::Value) -> io::Result<()> {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{summary:#}");
        self.whole(SUMMARY, text.as_bytes())
    }

    /// Writes a whole file beside its place, syncs it, and renames it.
    pub(super) fn whole(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        self.claim.look()?;
        beside::write_into(&self.path, &self.place(file), bytes)
    }
}

impl Made {
    /// Makes a folder with those above it, as far as they are not there, and tells where it is.
    fn make(&mut self, path: &Path) -> Result<PathBuf> {
        let refuse = |what: &str| Error::user(format!("{} {what}", path.display())).help(HELP);
        match std::fs::metadata(path) {
            Ok(about) if !about.is_dir() => return Err(refuse("is not a folder")),
            Err(_) if symlink_metadata(path).is_ok_and(|about| about.is_symlink()) => {
                return Err(refuse("is a link that leads to no folder"));
            }
            _ => {}
        }
        if self.0.is_empty() {
            let new = |folder: &&Path| !folder.as_os_str().is_empty() && symlink_metadata(folder).is_err();
            self.0.extend(path.ancestors().take_while(new).map(Path::to_path_buf));
        }
        std::fs::create_dir_all(path).and_then(|()| path.canonicalize()).map_err(|error| failed(path, "make", &error))
    }
}

/// Something is in a folder, and nothing tells that optlab wrote it.
fn is_foreign(folder: &Path) -> io::Result<bool> {
    if symlink_metadata(folder.join(MARKER)).is_ok() {
        return Ok(false);
    }
    for entry in std::fs::read_dir(folder)? {
        if !entry?.file_name().to_string_lossy().starts_with(".optlab-") {
            return Ok(true);
        }
    }
    Ok(false)
}

fn held(path: &Path, holder: &Holder) -> Error {
    Error::user(format!("another run writes into {}: {}", path.display(), holder.told())).help(holder.advice())
}

fn barred(folder: &Path, file: &str, wrong: &str) -> Error {
    Error::user(format!("{} {wrong}, so no run is written into its folder", folder.join(file).display()))
        .help("take it away, or give `--out` a new folder")
}

fn failed(path: &Path, what: &str, error: &io::Error) -> Error {
    Error::user(format!("cannot {what} {}: {error}", path.display())).help("is there room, and may you write there?")
}

#[cfg(test)]
mod tests;
