//! Files that are written where there were none: never over another one, and never through a link.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};
use crate::run::write_beside;

/// What there is at the place of a file that is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum There {
    /// Nothing.
    Nothing,
    /// A file with the same bytes.
    Same,
    /// Something else.
    Other,
}

/// A file to be written, relative to a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Where, below the folder.
    pub path: PathBuf,
    /// What.
    pub bytes: Vec<u8>,
}

impl NewFile {
    /// What there is at its place, below `folder`.
    ///
    /// # Errors
    /// On the way to it lies a link, or something else that is no folder.
    pub fn there(&self, folder: &Path) -> Result<There> {
        let mut way = folder.to_path_buf();
        let parts: Vec<Component<'_>> = self.path.components().collect();
        for part in parts.iter().take(parts.len().saturating_sub(1)) {
            way.push(part);
            match fs::symlink_metadata(&way) {
                Ok(found) if found.is_dir() => {}
                Ok(found) => {
                    let what = if found.is_symlink() { "a link" } else { "no folder" };
                    let error = Error::user(format!("`{}` is {what}, where a folder is needed", way.display()));
                    return Err(error.help("nothing is written through a link or over a file: take another folder"));
                }
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(There::Nothing),
                Err(error) => return Err(Error::user(format!("`{}` cannot be read: {error}", way.display()))),
            }
        }
        let place = folder.join(&self.path);
        match fs::symlink_metadata(&place) {
            Ok(found) if found.is_file() && found.len() == self.bytes.len() as u64 && self.is_in(&place) => {
                Ok(There::Same)
            }
            Ok(_) => Ok(There::Other),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(There::Nothing),
            Err(error) => Err(Error::user(format!("`{}` cannot be read: {error}", place.display()))),
        }
    }

    /// The file at this place has the same bytes.
    fn is_in(&self, place: &Path) -> bool {
        let mut bytes = Vec::new();
        let read = File::open(place).and_then(|file| file.take(self.bytes.len() as u64 + 1).read_to_end(&mut bytes));
        read.is_ok() && bytes == self.bytes
    }
}

/// Writes files below a folder, which is made if it is not there: all of them, or none if one cannot be written.
///
/// # Errors
/// One is there already, or cannot be written.
pub fn write_new(folder: &Path, files: &[NewFile]) -> Result<()> {
    let mut made = Made::default();
    for file in files {
        let place = folder.join(&file.path);
        let written = place.parent().map_or(Ok(()), |parent| made.folder(parent));
        let written = written.and_then(|()| write_beside(&place, false, &file.bytes));
        if let Err(error) = written {
            made.undo();
            let name = place.display();
            return Err(match error.kind() {
                ErrorKind::AlreadyExists => Error::user(format!("`{name}` is there already")),
                ErrorKind::PermissionDenied => {
                    Error::user(format!("`{name}` cannot be written: its folder is not yours to write into"))
                        .help("take another folder")
                }
                _ => Error::user(format!("cannot write `{name}`: {error}")),
            });
        }
        made.files.push(place);
    }
    Ok(())
}

/// What was made on the way, so that nothing of it is left if the rest fails.
#[derive(Default)]
struct Made {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Made {
    /// Makes a folder, and those above it.
    fn folder(&mut self, folder: &Path) -> std::io::Result<()> {
        let missing: Vec<&Path> =
            folder.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.is_dir()).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder)?;
            self.folders.push(folder.to_path_buf());
        }
        Ok(())
    }

    fn undo(self) {
        self.files.iter().for_each(|file| drop(fs::remove_file(file)));
        self.folders.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> NewFile {
        NewFile { path: path.into(), bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn all_files_are_written_or_none() {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("new/deeper");
        let files = [file("a.txt", "a"), file("data/b.txt", "b")];
        write_new(&folder, &files).unwrap();
        assert_eq!(files[1].there(&folder).unwrap(), There::Same);
        assert_eq!(file("data/b.txt", "c").there(&folder).unwrap(), There::Other);
        assert_eq!(file("data", "c").there(&folder).unwrap(), There::Other);
        assert_eq!(file("none/b.txt", "c").there(&folder).unwrap(), There::Nothing);
        // The second one is there: the first one and its folder go again, and what was there stays.
        let error = write_new(&folder, &[file("x/c.txt", "c"), file("a.txt", "other")]).unwrap_err();
        assert!(error.what().ends_with("a.txt` is there already"), "{error}");
        assert!(!folder.join("x").exists());
        assert_eq!(fs::read_to_string(folder.join("a.txt")).unwrap(), "a");
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_a_link_or_a_file_in_the_place_of_a_folder() {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("work");
        fs::create_dir_all(top.path().join("elsewhere")).unwrap();
        fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink("../elsewhere", folder.join("data")).unwrap();
        fs::write(folder.join("scripts"), "").unwrap();
        assert!(file("data/b.txt", "b").there(&folder).unwrap_err().what().contains("is a link"));
        assert!(file("scripts/b.txt", "b").there(&folder).unwrap_err().what().contains("is no folder"));
    }
}
