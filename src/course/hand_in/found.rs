//! From the paths that a grader gives to submissions: a working folder, a zip of `submit`, or a folder of those, with the names
//! that Moodle gives to what it collects.

use std::fs;
use std::path::{Path, PathBuf};

use super::tree::{Tree, is_top};
use crate::error::{Error, Result};

/// What stands in the names of what Moodle collects: `Ana Silva_12345_assignsubmission_file_`.
const MOODLE: &str = "_assignsubmission_";
/// The most submissions of one folder.
const MOST: usize = 20_000;

/// A submission that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is called in reports.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// What the platform says of who handed it in.
    pub platform: Option<Platform>,
}

/// What a learning platform says of who handed something in: what a student cannot choose.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Platform {
    /// The student's full name.
    pub name: String,
    /// The number of the participant: `12345`.
    pub participant: String,
}

impl Platform {
    /// Reads the name of a folder or file of Moodle's.
    fn of(name: &str) -> Option<Self> {
        let (who, _) = name.split_once(MOODLE)?;
        let (name, participant) = who.rsplit_once('_')?;
        let fits = !participant.is_empty() && participant.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| Self { name: name.to_owned(), participant: participant.to_owned() })
    }
}

impl Found {
    fn of(path: PathBuf, name: String, platform: Option<&Platform>) -> Self {
        Self { platform: platform.cloned().or_else(|| Platform::of(&name)), name, path }
    }

    /// Its files.
    ///
    /// # Errors
    /// Why it is refused.
    pub(super) fn open(&self) -> Result<Tree, String> {
        if self.path.is_dir() {
            if is_top(&self.path) {
                return Ok(Tree::Folder(self.path.clone()));
            }
            return Err("there is no submission in it: no zip, no progress.yaml".into());
        }
        Tree::of_zip(&self.path)
    }
}

/// The submissions of some paths, in the order of their names, and what was passed over.
///
/// # Errors
/// A path is not there, is neither a folder nor a zip, or has no submission in it.
pub fn find(paths: &[PathBuf]) -> Result<(Vec<Found>, Vec<String>), Vec<Error>> {
    let mut found = Vec::new();
    let mut notes = Vec::new();
    let mut errors = Vec::new();
    for path in paths {
        let before = found.len();
        match of_path(path, &mut found, &mut notes) {
            Err(error) => errors.push(error),
            Ok(()) if found.len() == before => {
                let error = Error::user(format!("there is no submission in `{}`", path.display()));
                errors.push(error.help("give a working folder, a zip of `optlab submit`, or a folder of those"));
            }
            Ok(()) => {}
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    found.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    found.dedup();
    // Two of one name, out of two folders, are told apart by their folders.
    let twice: Vec<bool> =
        found.iter().map(|one| found.iter().filter(|two| two.name == one.name).count() > 1).collect();
    for (one, _) in found.iter_mut().zip(twice).filter(|(_, twice)| *twice) {
        one.name = one.path.display().to_string();
    }
    Ok((found, notes))
}

fn of_path(path: &Path, found: &mut Vec<Found>, notes: &mut Vec<String>) -> Result<()> {
    let shown = path.display();
    let what = fs::metadata(path).map_err(|error| Error::user(format!("`{shown}` cannot be read: {error}")))?;
    let name =
        path.canonicalize().ok().and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
    let name = name.unwrap_or_else(|| shown.to_string());
    if what.is_file() {
        if !is_zip(&name) {
            let error = Error::user(format!("`{shown}` is no zip"));
            return Err(error.help("give a working folder, a zip of `optlab submit`, or a folder of those"));
        }
        found.push(Found::of(path.to_path_buf(), name, None));
        return Ok(());
    }
    if !what.is_dir() {
        return Err(Error::user(format!("`{shown}` is neither a folder nor a zip")));
    }
    if is_top(path) {
        found.push(Found::of(path.to_path_buf(), name, None));
        return Ok(());
    }
    for (name, inside) in entries(path)? {
        one_of_many(&name, &inside, found, notes);
    }
    Ok(())
}

/// An entry of a folder of submissions.
fn one_of_many(name: &str, path: &Path, found: &mut Vec<Found>, notes: &mut Vec<String>) {
    let shown = path.display();
    let Ok(what) = fs::symlink_metadata(path) else { return };
    if what.is_symlink() {
        notes.push(format!("`{shown}` is a link, and was passed over"));
    } else if what.is_file() && is_zip(name) {
        found.push(Found::of(path.to_path_buf(), name.to_owned(), None));
    } else if what.is_file() {
        if Platform::of(name).is_some() {
            notes.push(format!("`{shown}` is no zip, and was passed over"));
        }
    } else if what.is_dir() && !name.contains("_assignsubmission_onlinetext") {
        let inside = if is_top(path) { Vec::new() } else { entries(path).unwrap_or_default() };
        let zips: Vec<_> = inside.iter().filter(|(name, path)| is_zip(name) && path.is_file()).collect();
        let tops: Vec<_> =
            inside.iter().filter(|(_, path)| !path.is_symlink() && path.is_dir() && is_top(path)).collect();
        match zips.iter().chain(&tops).copied().collect::<Vec<_>>().as_slice() {
            // A folder without anything is somebody's, too: it is told, with no points.
            [] => found.push(Found::of(path.to_path_buf(), name.to_owned(), None)),
            [(_, only)] => found.push(Found::of(only.clone(), name.to_owned(), None)),
            several => {
                let platform = Platform::of(name);
                for (inner, path) in several {
                    found.push(Found::of(path.clone(), format!("{name}/{inner}"), platform.as_ref()));
                }
            }
        }
    }
}

/// The entries of a folder that are not hidden, by name.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let cannot = |error: std::io::Error| Error::user(format!("`{}` cannot be read: {error}", folder.display()));
    let entries = fs::read_dir(folder).map_err(cannot)?.flatten().take(MOST);
    let named = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    let mut named: Vec<_> = named.filter(|(name, _)| !name.starts_with('.')).collect();
    named.sort();
    Ok(named)
}

fn is_zip(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}
