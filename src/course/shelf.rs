//! Where a student's progress lies: in the working folder, else under the folder in which programs keep their state; and whose
//! it is. Every change is made to what the file says at that moment, under a lock, and the file is replaced as a whole: two
//! sessions of one student lose nothing, and one that is killed leaves either the old file or the new one.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy;

use super::progress::Progress;
use crate::clock::{self, Clock};
use crate::error::{Error, Result};
use crate::lab::files::working_folder_of;
use crate::session::write_beside;

/// The file's name.
pub const FILE: &str = "progress.yaml";
/// How long another session may hold the file, which takes it some milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(5);

/// A place for a student's progress.
#[derive(Debug, Clone)]
pub struct Shelf {
    path: PathBuf,
    student: Option<String>,
    usual: Option<String>,
    clock: Clock,
}

impl Shelf {
    /// The shelf of what is opened from a folder: that of the working folder in or below which it lies, else the user's own.
    ///
    /// # Errors
    /// There is no working folder, and no home.
    pub fn of(folder: &Path, clock: Clock) -> Result<Self> {
        let named = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let folder = named.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
        let path = match working_folder_of(&folder) {
            Some(root) => root.join(FILE),
            None => etcetera::choose_base_strategy()
                .ok()
                .map(|base| base.state_dir().unwrap_or_else(|| base.data_dir()))
                .map(|state| state.join("optlab").join(FILE))
                .ok_or_else(|| {
                    Error::user("there is no home folder to keep progress in")
                        .help("`optlab init DIR` makes a working folder, which keeps its own")
                })?,
        };
        Ok(Self::at(path, clock))
    }

    /// The shelf of a lab by what opens it, a path or the id of one that ships: a file's own folder counts, else the present
    /// one.
    ///
    /// # Errors
    /// There is no working folder, and no home.
    pub fn of_lab(opened_by: &str, clock: Clock) -> Result<Self> {
        let path = Path::new(opened_by);
        let folder = if path.is_file() { path.parent().unwrap_or(Path::new("")) } else { Path::new("") };
        Self::of(folder, clock)
    }

    /// The file at a path.
    pub fn at(path: PathBuf, clock: Clock) -> Self {
        Self { path, student: None, usual: None, clock }
    }

    /// With a name that goes before the one in the file.
    #[must_use]
    pub fn for_student(mut self, student: Option<String>) -> Self {
        self.student = student;
        self
    }

    /// With a name that holds where none was given and there is none in the file.
    #[must_use]
    pub fn or_student(mut self, usual: Option<String>) -> Self {
        self.usual = usual;
        self
    }

    /// The file, which may not be there yet.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The student by whose name numbers are drawn: the name that was given, else the one in the file, else the usual one;
    /// empty if there is none.
    pub fn student(&self, progress: &Progress) -> String {
        let of_file = Some(&progress.student).filter(|name| !name.is_empty());
        self.student.as_ref().or(of_file).or(self.usual.as_ref()).cloned().unwrap_or_default()
    }

    /// What is kept.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self) -> Result<Progress> {
        Progress::read(&self.path)
    }

    /// The present date as it is kept: `2026-11-28T10:02:11Z`.
    pub fn now(&self) -> String {
        clock::written(self.clock.date()).trim_end_matches(" UTC").replacen(' ', "T", 1) + "Z"
    }

    /// Changes what is kept, whatever others have kept meanwhile, and tells what is kept then.
    ///
    /// # Errors
    /// The file cannot be read or written, or another session holds it. Nothing is changed then.
    pub fn update(&self, change: impl FnOnce(&mut Progress)) -> Result<Progress> {
        let name = self.path.display().to_string();
        let cannot = |error: &std::io::Error| {
            Error::user(format!("cannot write `{name}`: {error}")).help("progress is not kept until it can be written")
        };
        if let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|error| cannot(&error))?;
        }
        let _lock = self.lock()?;
        let mut progress = self.read()?;
        let before = progress.clone();
        // By the name that holds numbers were drawn: the next session must draw the same.
        let student = self.student(&progress);
        if progress.student.is_empty() && !student.is_empty() {
            progress.set_student(&student);
        }
        change(&mut progress);
        if progress != before {
            let text = progress.written()?;
            // A file that a link leads to stays where it is.
            let place = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
            write_beside(&place, true, text.as_bytes()).map_err(|error| cannot(&error))?;
        }
        Ok(progress)
    }

    /// The lock is a file of its own, since progress itself is replaced. The system frees it when its holder ends, however
    /// that comes about. Where a file system has no locks, each change is still whole.
    fn lock(&self) -> Result<Option<File>> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let own = folder.join(".optlab");
        let path = if own.is_dir() { own.join("progress.lock") } else { folder.join(".progress.lock") };
        let Ok(file) = OpenOptions::new().create(true).truncate(false).write(true).open(&path) else { return Ok(None) };
        let until = self.clock.now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(file)),
                Err(TryLockError::Error(_)) => return Ok(None),
                Err(TryLockError::WouldBlock) if self.clock.now() >= until => {
                    let what = format!("another optlab holds `{}`", self.path.display());
                    return Err(Error::user(what).help("end it, or wait until it goes on; then answer again"));
                }
                Err(TryLockError::WouldBlock) => self.clock.sleep_until(self.clock.now() + PAUSE),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Virtual;
    use crate::course::progress::Kept;

    fn shelf(folder: &Path) -> Shelf {
        Shelf::at(folder.join(FILE), Clock::wall())
    }

    #[test]
    fn two_sessions_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let writers: Vec<_> = ["a", "b", "c"]
            .into_iter()
            .map(|lab| {
                let shelf = shelf(folder.path());
                std::thread::spawn(move || {
                    for at in 0..20 {
                        let count = |progress: &mut Progress| {
                            let same = progress.of("all", "shared").cloned().unwrap_or_default();
                            progress.set("all", "shared", Kept { tries: same.tries + 1, ..same });
                            progress.set(lab, &format!("task-{at}"), Kept { points: 1.0, ..Kept::default() });
                        };
                        shelf.update(count).unwrap();
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        let progress = shelf(folder.path()).read().unwrap();
        assert_eq!(progress.of("all", "shared").unwrap().tries, 60);
        let counts: Vec<usize> = progress.labs.iter().map(|(_, tasks)| tasks.len()).collect();
        assert_eq!(counts.iter().sum::<usize>(), 61);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = shelf(folder.path());
        let path = folder.path().join(FILE);
        let large = File::create(&path).unwrap();
        large.set_len(100 << 20).unwrap();
        let error = shelf.update(|progress| progress.set("a", "b", Kept::default())).unwrap_err();
        assert!(error.what().contains("100") && !error.help_lines().is_empty(), "{error:?}");
        assert_eq!(path.metadata().unwrap().len(), 100 << 20);
        for text in ["labs: {a: [", "\u{0}\u{1}", "format: 9\n", "just words"] {
            fs::write(&path, text).unwrap();
            assert!(shelf.update(|progress| progress.set("a", "b", Kept::default())).is_err(), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_session_that_holds_the_file_for_good_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let held = shelf(folder.path()).lock().unwrap().unwrap();
        let waiting = Shelf::at(folder.path().join(FILE), Clock::of(Virtual::new()));
        let error = waiting.update(|progress| progress.set_student("ana")).unwrap_err();
        assert!(error.what().starts_with("another optlab holds"), "{error}");
        drop(held);
        assert_eq!(waiting.update(|progress| progress.set_student("ana")).unwrap().student, "ana");
    }

    #[test]
    fn dates_are_those_of_the_clock_that_is_handed_down() {
        let shelf = Shelf::at(PathBuf::from("a"), Clock::of(Virtual::new()));
        assert_eq!(shelf.now(), "2000-01-01T12:00:00Z");
    }

    #[test]
    fn a_working_folder_keeps_its_own_progress() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join(".optlab")).unwrap();
        fs::create_dir_all(folder.path().join("labs/deep")).unwrap();
        fs::write(folder.path().join(".optlab/root"), "").unwrap();
        let shelf = Shelf::of(&folder.path().join("labs/deep"), Clock::wall()).unwrap();
        assert_eq!(shelf.path(), folder.path().canonicalize().unwrap().join(FILE));
        shelf.update(|progress| progress.set_student("ana")).unwrap();
        assert!(!folder.path().join(".progress.lock").exists(), "the lock stands with the marker");
    }

    #[test]
    fn a_name_that_is_given_goes_before_the_one_in_the_file_and_is_kept_if_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let given = shelf(folder.path()).for_student(Some("ana".into()));
        let progress = given.update(|progress| progress.set("a", "b", Kept::default())).unwrap();
        assert_eq!((progress.student.as_str(), given.student(&progress).as_str()), ("ana", "ana"));
        let other = shelf(folder.path()).for_student(Some("bia".into()));
        let progress = other.update(|progress| progress.set("a", "c", Kept::default())).unwrap();
        assert_eq!((progress.student.as_str(), other.student(&progress).as_str()), ("ana", "bia"));
        assert_eq!(shelf(folder.path()).student(&progress), "ana");

        let usual = |shelf: Shelf| shelf.or_student(Some("cai".into()));
        assert_eq!(usual(shelf(folder.path())).student(&progress), "ana");
        assert_eq!(usual(other).student(&progress), "bia");
        let empty = tempfile::tempdir().unwrap();
        let progress = usual(shelf(empty.path())).update(|progress| progress.set("a", "b", Kept::default())).unwrap();
        assert_eq!(progress.student, "cai", "the next session draws the same numbers");
    }
}
