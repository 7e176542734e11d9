//! From what the user types for a lab, a path or the id of a shipped one, to its text and its files. Checks nothing in
//! the text.

use std::path::{Path, PathBuf};

use super::library::Library;
use super::{Files, working_folder_of};
use crate::error::{Error, Result};
use crate::lab::yaml::document::Document;

/// A lab's document with what it needs to be checked.
pub(in crate::lab) struct LabSource {
    pub document: Document,
    pub files: Files,
    pub folder: Option<PathBuf>,
}

/// Finds and reads a lab.
///
/// A file that exists is meant by its path. Else the id or file name of a shipped lab is tried, unless the text can only
/// be a path: then the error is that of the path.
pub(in crate::lab) fn look_up(spec: &str) -> Result<LabSource> {
    let path = Path::new(spec);
    if spec.is_empty() {
        return Err(Error::user("the name of the lab is empty")
            .help("give a path, or the id of a shipped lab: `optlab list labs`"));
    }
    let shipped = Library::shipped().find(spec);
    match (path.metadata(), shipped) {
        (Ok(found), Err(_)) if found.is_dir() => Err(of_folder(path)),
        (Err(_), Err(unknown)) if !looks_like_a_path(spec) => {
            let file = ["yaml", "yml"].map(|ending| format!("{spec}.{ending}"));
            Err(match file.iter().find(|file| Path::new(file).is_file()) {
                Some(file) => unknown.help(format!("there is a file `{file}` here: give its whole name")),
                None => unknown,
            })
        }
        (Ok(found), Ok(lab)) if found.is_dir() => of_shipped(lab),
        (Err(_), Ok(lab)) => of_shipped(lab),
        _ => {
            let (files, bytes) = Files::of_lab(path)?;
            let folder = working_folder(&files);
            Ok(LabSource { document: Document::read(spec, &bytes)?, files, folder })
        }
    }
}

fn of_shipped(lab: &super::library::LabFile) -> Result<LabSource> {
    let document = Document::parse(&lab.name(), lab.text)?;
    let here = std::env::current_dir().ok();
    let folder = here.and_then(|here| working_folder_of(&here).map(Path::to_path_buf));
    let folder = folder.or_else(current_with_scripts);
    Ok(LabSource { document, files: lab.files(), folder: folder.map(shorter) })
}

/// Only a path has a folder or an ending; ids have neither.
fn looks_like_a_path(spec: &str) -> bool {
    let ending = Path::new(spec).extension().and_then(|ending| ending.to_str());
    spec.contains(['/', '\\']) || matches!(ending, Some("yaml" | "yml"))
}

/// The folder whose `scripts/` join the catalogue: the lab's root. Shipped labs have none of their own.
pub(in crate::lab) fn working_folder(files: &Files) -> Option<PathBuf> {
    match files {
        Files::Disk { root, .. } if root.join("scripts").is_dir() => Some(shorter(root.clone())),
        Files::Disk { root, .. } => Some(current_with_scripts().unwrap_or_else(|| shorter(root.clone()))),
        Files::Shipped { .. } => None,
        Files::Laid { under, .. } => working_folder(under),
    }
}

/// The folder that the user works in, where it has scripts: what `optlab list` shows can be named in any lab.
fn current_with_scripts() -> Option<PathBuf> {
    Path::new("scripts").is_dir().then(|| PathBuf::from("."))
}

/// Relative to the current folder where that is possible, so that messages do not speak of the machine.
fn shorter(folder: PathBuf) -> PathBuf {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    match here.and_then(|here| folder.strip_prefix(here).map(Path::to_path_buf).ok()) {
        Some(relative) => relative,
        None => folder,
    }
}

fn of_folder(path: &Path) -> Error {
    let error = Error::user(format!("`{}` is a folder, not a lab", path.display()));
    let mut labs: Vec<String> = std::fs::read_dir(path)
        .into_iter()
        .flatten()
        .flatten()
        .take(10_000)
        .map(|entry| entry.path())
        .filter(|file| file.extension().is_some_and(|ending| ending == "yaml"))
        .map(|file| file.display().to_string())
        .collect();
    labs.sort();
    match labs.first() {
        Some(lab) => error.help(format!("give one of its files, as in `{lab}`")),
        None => error.help("a lab is a YAML file; `optlab list labs` shows those that ship"),
    }
}
