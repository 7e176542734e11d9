//! A file that is written while a session goes on: what it holds is whole up to the last thing that was written.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::session::write_beside;

/// Why something could not be written, for who asks once the screen is left.
pub type Failed = Arc<Mutex<Option<io::Error>>>;

/// The file.
pub(super) struct LiveFile {
    path: PathBuf,
    /// None before the first thing that is written: what cannot be shown leaves no file.
    file: Option<File>,
    failed: Failed,
}

impl LiveFile {
    /// One that is not there yet; it is made when something is written.
    ///
    /// # Errors
    /// It is there, or its folder is not.
    pub fn begin(path: &Path) -> Result<Self> {
        if path.symlink_metadata().is_ok() {
            let error = Error::user(format!("`{}` is there already", path.display()));
            return Err(error.help("give another name, or move it away"));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            return Err(Error::user(format!(
                "cannot write `{}`: there is no folder `{}`",
                path.display(),
                folder.display()
            )));
        }
        Ok(Self { path: path.to_owned(), file: None, failed: Failed::default() })
    }

    /// Where it is told that something could not be written.
    pub fn failed(&self) -> Failed {
        self.failed.clone()
    }

    /// Adds a text in one write, so that it is there whole or not at all, but for a kill in its middle. The first failure is
    /// kept, and nothing is written after it.
    pub fn append(&mut self, text: &str) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.is_some() {
            return;
        }
        let file = match self.file.take() {
            Some(file) => Ok(file),
            None => File::options().write(true).create_new(true).open(&self.path),
        };
        let written = file.and_then(|mut file| file.write_all(text.as_bytes()).map(|()| file));
        match written {
            Ok(file) => self.file = Some(file),
            Err(error) => *failed = Some(error),
        }
    }

    /// Puts another text in the place of all that was written, and goes on after it.
    pub fn rewrite(&mut self, text: &str) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.is_some() {
            return;
        }
        let written = write_beside(&self.path, true, text.as_bytes());
        match written.and_then(|()| File::options().append(true).open(&self.path)) {
            Ok(file) => self.file = Some(file),
            Err(error) => *failed = Some(error),
        }
    }
}
