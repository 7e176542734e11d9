//! The files of an open lab, looked at until one is saved: the lab is then read and checked anew, in a thread of its own.
//!
//! By looking every so often rather than by a watch of the system: that works for every editor, which may write the file
//! or put another one in its place, and on network folders. A text counts when two looks in a row find it; a file that is
//! not there is one that is being saved.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::lab::{Lab, Overrides};
use crate::train::STACK;

/// From one look to the next, and to the look that confirms a change.
const EVERY: Duration = Duration::from_millis(300);
const CONFIRM: Duration = Duration::from_millis(100);

/// A lab that was saved.
pub(super) struct Saved {
    /// The files that were, by name.
    pub files: Vec<String>,
    /// The lab now, or what is wrong with it.
    pub lab: Result<Box<Lab>, Error>,
    /// The files that are looked at from now on, as [`Lab::files_on_disk`] names them.
    pub on_disk: Vec<String>,
}

/// Looks at the files until it is dropped.
pub(super) struct Reloader {
    saved: Receiver<Saved>,
    /// Its loss ends the thread.
    _alive: Sender<()>,
}

impl Reloader {
    /// Looks at these files of a lab that was opened by `spec`. None if there are none, or no thread can be had.
    pub fn start(spec: &str, overrides: &Overrides, files: Vec<String>, clock: &Clock) -> Option<Self> {
        if files.is_empty() {
            return None;
        }
        let (sender, saved) = mpsc::channel();
        let (alive, ended) = mpsc::channel();
        let (spec, overrides, clock) = (spec.to_owned(), overrides.clone(), clock.clone());
        // At once, so that no save is missed while the thread begins.
        let known = look(&files);
        let watch = move || watch(&spec, &overrides, (files, known), &ended, &sender, &clock);
        // A check runs scripts, which recurse.
        std::thread::Builder::new().name("files".into()).stack_size(STACK).spawn(watch).ok()?;
        Some(Self { saved, _alive: alive })
    }

    /// What was saved since it was asked last; of several saves the newest.
    pub fn saved(&self) -> Option<Saved> {
        self.saved.try_iter().last()
    }
}

/// The text of each file; none if it is not there.
type Texts = BTreeMap<String, Option<Vec<u8>>>;

fn watch(
    spec: &str,
    overrides: &Overrides,
    (mut files, mut known): (Vec<String>, Texts),
    ended: &Receiver<()>,
    saved: &Sender<Saved>,
    clock: &Clock,
) {
    let mut pause = EVERY;
    let mut seen: Option<Texts> = None;
    loop {
        if !matches!(clock.receive(ended, clock.now() + pause), Err(RecvTimeoutError::Timeout)) {
            return;
        }
        let mut now = look(&files);
        // A file that is not there is taken to be as it was: it is being saved, or the lab will do without it.
        for (file, text) in now.iter_mut().filter(|(_, text)| text.is_none()) {
            *text = known.get(file).cloned().flatten();
        }
        if now == known {
            (seen, pause) = (None, EVERY);
            continue;
        }
        if seen.as_ref() != Some(&now) {
            (seen, pause) = (Some(now), CONFIRM);
            continue;
        }
        (seen, pause) = (None, EVERY);
        let changed = files.iter().filter(|file| known.get(*file) != now.get(*file)).cloned().collect();
        known = now;
        let lab = checked(spec, overrides);
        match &lab {
            Ok(lab) => files = lab.files_on_disk(spec),
            // The file that is wrong may be one that was named just now.
            Err(error) => {
                let named = error.place().map(|place| place.source.name.clone());
                files.extend(named.filter(|name| !files.contains(name) && Path::new(name).is_file()));
            }
        }
        // Files that are new to the list have the texts that were just read.
        for file in &files {
            if !known.contains_key(file) {
                known.insert(file.clone(), read(file));
            }
        }
        known.retain(|file, _| files.contains(file));
        if saved.send(Saved { files: changed, lab, on_disk: files.clone() }).is_err() {
            return;
        }
    }
}

fn look(files: &[String]) -> Texts {
    files.iter().map(|file| (file.clone(), read(file))).collect()
}

/// Opened each time, because that is when a network folder asks its server.
fn read(file: &str) -> Option<Vec<u8>> {
    // A pipe would be waited for.
    if !fs::metadata(file).is_ok_and(|there| there.is_file()) {
        return None;
    }
    fs::read(file).ok()
}

fn checked(spec: &str, overrides: &Overrides) -> Result<Box<Lab>, Error> {
    let opened = catch_unwind(AssertUnwindSafe(|| Lab::open(spec, overrides)));
    // What the check has printed was printed by no run.
    drop(crate::script::take_log());
    match opened {
        Ok(Ok(lab)) => Ok(Box::new(lab)),
        Ok(Err(mut errors)) => Err(errors.swap_remove(0)),
        Err(_) => Err(Error::fault("optlab's check of the lab panicked").help("this is a fault of optlab's")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    const LAB: &str = "format: 1\nid: a\ntitle: t\nabout: |\n  x\ndata: {source: moons, samples: 40}\n\
                       network: [dense: 4, tanh, dense: 2]\nloss: cross_entropy\ntraining: {epochs: 2, batch: 8}\n\
                       optimizer: {rule: mine.rhai, lr: 0.01}\n";
    fn rule_of(rate: &str) -> String {
        format!(
            "//! Mine.\n//! W = W - lr dW\n//! Source: a test.\nfn hyper() {{ #{{ lr: 0.1 }} }}\n\
                 fn update(w, dw, state, h, t) {{ w - {rate} * dw }}\n"
        )
    }

    fn next(reloader: &Reloader) -> Saved {
        let patience = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(saved) = reloader.saved() {
                return saved;
            }
            assert!(Instant::now() < patience, "nothing was taken up");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn every_way_of_saving_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (lab, rule) = (path("a.yaml"), path("mine.rhai"));
        fs::write(&rule, rule_of("h.lr")).unwrap();
        fs::write(&lab, LAB).unwrap();
        let spec = lab.display().to_string();
        let opened = Lab::open(&spec, &Overrides::default()).map_err(|errors| errors[0].to_string()).unwrap();
        let reloader =
            Reloader::start(&spec, &Overrides::default(), opened.files_on_disk(&spec), &Clock::wall()).unwrap();
        // In its place.
        fs::write(&rule, rule_of("0.5 * h.lr")).unwrap();
        let saved = next(&reloader);
        assert!(saved.files.len() == 1 && saved.files[0].ends_with("mine.rhai"), "{:?}", saved.files);
        assert!(saved.lab.is_ok());
        // Another file in its place, after a moment without any, as editors do it.
        fs::rename(&rule, path("mine.rhai~")).unwrap();
        std::thread::sleep(Duration::from_millis(500));
        assert!(reloader.saved().is_none(), "a file that is being saved is no error");
        fs::write(path("new"), "fn update(").unwrap();
        fs::rename(path("new"), &rule).unwrap();
        let error = next(&reloader).lab.err().unwrap();
        assert!(error.place().unwrap().source.name.ends_with("mine.rhai"));
        fs::write(&rule, rule_of("h.lr")).unwrap();
        assert!(next(&reloader).lab.is_ok());
        fs::write(&lab, LAB.replace("0.01", "0.02")).unwrap();
        assert!(next(&reloader).files[0].ends_with("a.yaml"));
        // A lab that does without a script which is gone already.
        fs::remove_file(&rule).unwrap();
        std::thread::sleep(Duration::from_millis(500));
        fs::write(&lab, LAB.replace("mine.rhai", "sgd")).unwrap();
        let saved = next(&reloader);
        assert!(saved.lab.is_ok());
        assert!(saved.on_disk[0] == spec && !saved.on_disk.iter().any(|file| file.ends_with("mine.rhai")));
    }
}
