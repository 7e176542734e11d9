//! The files of an open lab, looked at until one is saved: the lab is then read and checked anew, in a thread of its own,
//! which checks it as well with other values laid over it, where that is wished for.
//!
//! By looking every so often rather than by a watch of the system: that works for every editor, which may write the file
//! or put another one in its place, and on network folders. A text counts when two looks in a row find it; a file that is
//! not there is one that is being saved, and told to be lost when it stays away.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, SystemTime};

use crate::clock::{Clock, Moment};
use crate::error::{Error, Result};
use crate::lab::files::{DATA_LIMIT, TEXT_LIMIT, look_at, read_bounded};
use crate::lab::{Lab, Overrides};
use crate::train::STACK;

/// From one look to the next, and to the look that confirms a change.
const EVERY: Duration = Duration::from_millis(300);
const CONFIRM: Duration = Duration::from_millis(100);
/// Where there is no file to look at.
const IDLE: Duration = Duration::from_secs(3600);
/// A file that cannot be read for so long is not one that is being saved.
const AWAY: Duration = Duration::from_secs(2);
/// A larger file with numbers is known by its size and the time of its last change.
const READ_EACH_TIME: u64 = 1 << 20;

/// What has happened to the files.
pub(super) enum News {
    /// Some were saved.
    Saved {
        /// Which, by name.
        files: Vec<String>,
        /// They are as they were, after they could not be read for a while.
        back: bool,
        /// The lab now, or what is wrong with it.
        lab: Result<Box<Lab>, Error>,
        /// The lab and its scripts from now on, as [`Lab::files_on_disk`] names them.
        on_disk: Vec<String>,
    },
    /// One cannot be read any more, for this reason: it is gone, or something else is in its place. Told once, until it is
    /// back.
    Lost(Error),
    /// It was checked with other values laid over it.
    Set {
        /// As the wish had it.
        read: u64,
        /// The lab with them, and its files from now on; or what is wrong with it.
        lab: Result<(Box<Lab>, Vec<String>), Error>,
    },
}

/// A lab to be checked with other values laid over it.
pub(super) struct Wish {
    /// As it was read last.
    pub lab: Box<Lab>,
    /// The values; files that are saved are read with them from then on, if they are right.
    pub overrides: Overrides,
    /// How often the files had been read.
    pub read: u64,
}

/// Looks at the files until it is dropped.
pub(super) struct Reloader {
    news: Receiver<News>,
    /// Its loss ends the thread.
    wishes: Sender<Wish>,
}

impl Reloader {
    /// Looks at the files of a lab that was opened by `spec`: at the lab with its scripts, and at its tables. None if no
    /// thread can be had.
    pub fn start(
        spec: &str,
        overrides: &Overrides,
        (files, tables): (Vec<String>, Vec<String>),
        clock: &Clock,
    ) -> Option<Self> {
        let (sender, news) = mpsc::channel();
        let (wishes, wished) = mpsc::channel();
        let mut watch = Watch {
            spec: spec.to_owned(),
            overrides: overrides.clone(),
            files,
            tables,
            known: BTreeMap::new(),
            away: BTreeMap::new(),
            returned: BTreeSet::new(),
            unsure: Vec::new(),
        };
        // At once, so that no save is missed while the thread begins.
        watch.learn();
        let clock = clock.clone();
        let work = move || watch.work(&wished, &sender, &clock);
        // A check runs scripts, which recurse.
        std::thread::Builder::new().name("files".into()).stack_size(STACK).spawn(work).ok()?;
        Some(Self { news, wishes })
    }

    /// Checks the lab with other values; what comes of it is one of the news.
    pub fn check(&self, wish: Wish) {
        // A thread that is gone has panicked, and tells nothing any more.
        let _ = self.wishes.send(wish);
    }

    /// What has happened since it was asked last, one thing after another.
    pub fn news(&self) -> Option<News> {
        self.news.try_recv().ok()
    }
}

/// A file as a look finds it.
#[derive(Clone, PartialEq)]
enum Found {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// The size and the last change of a large table.
    Stamp(u64, Option<SystemTime>),
}

/// A file that cannot be read.
struct Away {
    since: Moment,
    told: bool,
}

struct Watch {
    spec: String,
    overrides: Overrides,
    /// The lab and its scripts.
    files: Vec<String>,
    /// Its files with numbers.
    tables: Vec<String>,
    /// As each was when the lab was read last.
    known: BTreeMap<String, Found>,
    away: BTreeMap<String, Away>,
    /// Told to be lost, and back since then.
    returned: BTreeSet<String>,
    /// The files with which a check failed while another was away: it may go well once that is back.
    unsure: Vec<String>,
}

impl Watch {
    fn work(mut self, wished: &Receiver<Wish>, news: &Sender<News>, clock: &Clock) {
        let mut pause = EVERY;
        let mut seen: Option<BTreeMap<String, Found>> = None;
        loop {
            let nothing = self.files.is_empty() && self.tables.is_empty();
            match clock.receive(wished, clock.now() + if nothing { IDLE } else { pause }) {
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
                Ok(wish) => {
                    if news.send(self.set(wish)).is_err() {
                        return;
                    }
                    continue;
                }
            }
            let (now, lost) = self.look(clock.now());
            for why in lost {
                if news.send(News::Lost(why)).is_err() {
                    return;
                }
            }
            let waits = !self.unsure.is_empty() && self.away.is_empty();
            if now == self.known && self.returned.is_empty() && !waits {
                (seen, pause) = (None, EVERY);
                continue;
            }
            if seen.as_ref() != Some(&now) {
                (seen, pause) = (Some(now), CONFIRM);
                continue;
            }
            (seen, pause) = (None, EVERY);
            let saved = self.check(now);
            if news.send(saved).is_err() {
                return;
            }
        }
    }

    /// Every file as it is now, those that cannot be read as they were: they are being saved, or the lab will do without
    /// them. And the reasons of those that are not back after a while.
    fn look(&mut self, now: Moment) -> (BTreeMap<String, Found>, Vec<Error>) {
        let mut all = self.known.clone();
        let mut lost = Vec::new();
        let texts = self.files.iter().map(|file| (file, read_text(file)));
        for (file, found) in texts.chain(self.tables.iter().map(|file| (file, read_table(file)))) {
            match found {
                Ok(found) => {
                    drop(all.insert(file.clone(), found));
                    if self.away.remove(file).is_some_and(|away| away.told) {
                        self.returned.insert(file.clone());
                    }
                }
                Err(why) => {
                    let away = self.away.entry(file.clone()).or_insert(Away { since: now, told: false });
                    if !away.told && now.since(away.since) >= AWAY {
                        away.told = true;
                        self.returned.remove(file);
                        lost.push(why);
                    }
                }
            }
        }
        (all, lost)
    }

    /// Reads the lab anew, since its files are like this now.
    fn check(&mut self, now: BTreeMap<String, Found>) -> News {
        let all = || self.files.iter().chain(&self.tables);
        let changed: Vec<String> = all().filter(|file| self.known.get(*file) != now.get(*file)).cloned().collect();
        let back = changed.is_empty() && !self.returned.is_empty();
        let mut files = if changed.is_empty() { std::mem::take(&mut self.unsure) } else { changed };
        let returned = std::mem::take(&mut self.returned);
        files.extend(returned.into_iter().filter(|file| !files.contains(file)).collect::<Vec<_>>());
        self.known = now;
        // Without its file the name may be that of a lab that ships, which is another one.
        let gone = self.files.contains(&self.spec).then(|| read_text(&self.spec).err()).flatten();
        let lab = gone.map_or_else(|| checked(|| Lab::open(&self.spec, &self.overrides)), Err);
        match &lab {
            Ok(lab) => {
                (self.files, self.tables) = (lab.files_on_disk(&self.spec), lab.tables_on_disk(&self.spec));
                self.unsure.clear();
            }
            Err(error) => {
                // The file that is wrong may be one that was named just now.
                let named = error.place().map(|place| place.source.name.clone());
                let is_new = |name: &String| {
                    !self.files.contains(name) && !self.tables.contains(name) && Path::new(name).is_file()
                };
                self.files.extend(named.filter(is_new));
                self.unsure = if self.away.is_empty() { Vec::new() } else { files.clone() };
            }
        }
        self.learn();
        News::Saved { files, back, lab, on_disk: self.files.clone() }
    }

    /// Checks the lab with other values. Files that it names with them are looked at from now on, too.
    fn set(&mut self, Wish { lab, overrides, read }: Wish) -> News {
        // Until it is right, what held before holds: the setting may have been right before a file was saved.
        self.overrides.clone_from(&lab.written.overrides);
        let lab = checked(|| lab.with(&overrides)).map(|lab| {
            self.overrides = overrides;
            let new = |all: &[String], files: Vec<String>| -> Vec<String> {
                files.into_iter().filter(|file| !all.contains(file)).collect()
            };
            let (files, tables) = (lab.files_on_disk(&self.spec), lab.tables_on_disk(&self.spec));
            let (files, tables) = (new(&self.files, files), new(&self.tables, tables));
            self.files.extend(files);
            self.tables.extend(tables);
            self.learn();
            (lab, self.files.clone())
        });
        News::Set { read, lab }
    }

    /// Files that are new to the lists have the texts that were just read; what is in none is forgotten.
    fn learn(&mut self) {
        let Self { files, tables, known, away, .. } = self;
        for file in files.iter().filter(|file| !known.contains_key(*file)).collect::<Vec<_>>() {
            known.extend(read_text(file).ok().map(|found| (file.clone(), found)));
        }
        for file in tables.iter().filter(|file| !known.contains_key(*file)).collect::<Vec<_>>() {
            known.extend(read_table(file).ok().map(|found| (file.clone(), found)));
        }
        known.retain(|file, _| files.contains(file) || tables.contains(file));
        away.retain(|file, _| files.contains(file) || tables.contains(file));
    }
}

/// Opened each time, because that is when a network folder asks its server.
fn read_text(file: &str) -> Result<Found> {
    read_bounded(file, TEXT_LIMIT).map(Found::Bytes)
}

fn read_table(file: &str) -> Result<Found> {
    let there = look_at(file, DATA_LIMIT)?;
    if there.len() <= READ_EACH_TIME {
        // It may have grown since then, and be found by the next look.
        return read_bounded(file, READ_EACH_TIME).map(Found::Bytes);
    }
    Ok(Found::Stamp(there.len(), there.modified().ok()))
}

fn checked(open: impl FnOnce() -> Result<Lab, Vec<Error>>) -> Result<Box<Lab>, Error> {
    let opened = catch_unwind(AssertUnwindSafe(open));
    // What the check has printed was printed by no run.
    drop(crate::script::take_log());
    match opened {
        Ok(Ok(lab)) => Ok(Box::new(lab)),
        Ok(Err(mut errors)) => Err(errors.swap_remove(0)),
        Err(_) => Err(Error::fault("optlab's check of the lab panicked").help("this is a fault of optlab's")),
    }
}

#[cfg(test)]
mod tests;
