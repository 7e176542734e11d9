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
    file: File,
    failed: Failed,
}

impl LiveFile {
    /// Begins one that is not there yet.
    ///
    /// # Errors
    /// It is there, or cannot be made.
    pub fn begin(path: &Path) -> Result<Self> {
        let made = File::options().write(true).create_new(true).open(path);
        let file = made.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                Error::user(format!("`{}` is there already", path.display())).help("give another name, or move it away")
            }
            _ => Error::user(format!("cannot write `{}`: {error}", path.display())),
        })?;
        Ok(Self { path: path.to_owned(), file, failed: Failed::default() })
    }

    /// Where it is told that something could not be written.
    pub fn failed(&self) -> Failed {
        self.failed.clone()
    }

    /// Adds a text in one write, so that it is there whole or not at all, but for a kill in its middle. The first failure is
    /// kept, and nothing is written after it.
    pub fn append(&mut self, text: &str) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.is_none() {
            *failed = self.file.write_all(text.as_bytes()).err();
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
            Ok(file) => self.file = file,
            Err(error) => *failed = Some(error),
        }
    }
}
