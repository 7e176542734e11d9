//! What `optlab check` checks: labs and scripts by their paths, found in folders, or by what the catalogue calls them.

use std::path::{Path, PathBuf};

use super::Checked;
use crate::cli::meant;
use crate::course::author::SOLUTIONS;
use crate::course::labs;
use crate::error::Error;
use crate::lab::{Library, languages};
use crate::script::{self, Kind};

/// Labs and scripts of a path, in order, and what cannot be read with the reason; folders are searched through, hidden
/// ones and data left out.
pub(super) fn collect(path: &Path, files: &mut Vec<(PathBuf, Checked)>) {
    let failed = |error: std::io::Error| {
        let error = Error::user(format!("cannot read {}: {error}", path.display()));
        (path.to_owned(), Checked::Unreadable(error.help("give a lab file, a script, or a folder of them")))
    };
    let kind = match std::fs::metadata(path) {
        Ok(kind) => kind,
        Err(error) => {
            return match named(path) {
                Some(found) => files.extend(found),
                None => files.push(failed(error)),
            };
        }
    };
    if kind.is_file() {
        return files.push((lab_of_texts(path).unwrap_or_else(|| path.to_owned()), Checked::File));
    }
    if !kind.is_dir() {
        let error = Error::user(format!("{} is neither a file nor a folder", path.display()));
        return files.push((path.to_owned(), Checked::Unreadable(error)));
    }
    let entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut inside: Vec<PathBuf> = match entries {
        Ok(entries) => entries.iter().map(std::fs::DirEntry::path).collect(),
        Err(error) => return files.push(failed(error)),
    };
    inside.sort();
    let names: Vec<String> = inside.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
    let beside = || names.iter().map(String::as_str);
    let has_labs = inside.iter().any(|path| path.extension().is_some_and(|end| end == "yaml" || end == "yml"));
    for path in inside {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or(".");
        // Solutions are tried with the labs beside them, texts in another language with their lab.
        let of_labs = name == SOLUTIONS && has_labs || languages::original_of(name, beside()).is_some();
        let hidden = name.starts_with('.') || name == "progress.yaml" || of_labs;
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
        if hidden || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if matches!(ending, "yaml" | "yml" | "rhai") && (super::PLAYS_TAPES || !super::is_tape(&path)) {
            files.push((path, Checked::File));
        }
    }
}

/// What a word means that is no path: a lab by its id, or scripts of the catalogue by their name.
fn named(word: &Path) -> Option<Vec<(PathBuf, Checked)>> {
    let word = word.to_str().filter(|word| !word.contains(['/', '\\', '.']))?;
    let opens = labs::named(word);
    if opens != word || Library::shipped().find(word).is_ok() {
        return Some(vec![(opens.into(), Checked::File)]);
    }
    let entries =
        Kind::ALL.into_iter().flat_map(|kind| script::entries(kind, Some(Path::new("."))).unwrap_or_default());
    let called = entries.filter(|entry| entry.name == word);
    let mut found: Vec<_> =
        called.map(|entry| (PathBuf::from(&entry.source.name), Checked::Script(entry.source))).collect();
    if found.is_empty() {
        found.push((word.into(), Checked::Unreadable(meant::nothing(word))));
    }
    Some(found)
}

/// The lab of a file with its texts in another language.
fn lab_of_texts(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    languages::original_of(name, names.iter().map(String::as_str)).map(|lab| path.with_file_name(lab))
}

/// The lab whose texts in another language a file holds, which is to be stamped.
pub(super) fn lab_to_stamp(path: &Path) -> Result<PathBuf, Error> {
    let shown = path.display();
    if path.is_dir() {
        let error =
            Error::user(format!("`--stamp` wants a file of texts in another language, and {shown} is a folder"));
        return Err(
            error.help("name the file, as in `optlab check --stamp labs/lab.pt.yaml`: one that somebody has read")
        );
    }
    if !path.is_file() {
        let error = Error::user(format!("`--stamp` wants a file, and {shown} is none"));
        return Err(error.help("`optlab check FOLDER` names the texts that are out of date"));
    }
    lab_of_texts(path).ok_or_else(|| {
        let error = Error::user(format!("{shown} is not the texts of a lab in another language"));
        error.help("those of `lab.yaml` in Portuguese are in `lab.pt.yaml` beside it")
    })
}

/// Both are one file.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    one == other || real(one) == real(other)
}

/// What is wrong with a file that may have been meant as the texts of a lab in another language, and has no lab beside it.
pub(super) fn or_texts(path: &Path, mut errors: Vec<Error>) -> Vec<Error> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if let Some(lab) = languages::would_belong_to(name)
        && let Some(error) = errors.pop()
    {
        errors.push(
            error.help(format!("if these are texts in another language: their lab, `{lab}`, is not beside them")),
        );
    }
    errors
}
