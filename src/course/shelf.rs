//! Where a student's progress lies: in the working folder, else under the folder in which programs keep their state; and whose
//! it is.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::progress::Progress;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::lab::files::working_folder_of;

/// The file's name.
pub const FILE: &str = "progress.yaml";

/// A place for a student's progress.
#[derive(Debug, Clone)]
pub struct Shelf {
    path: PathBuf,
    student: Option<String>,
    clock: Clock,
}

impl Shelf {
    /// The shelf of what is opened from a folder: that of the working folder in or below which it lies, else the user's own.
    ///
    /// # Errors
    /// There is no working folder, and no home.
    pub fn of(folder: &Path, clock: Clock) -> Result<Self> {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
        let path = match working_folder_of(&folder) {
            Some(root) => root.join(FILE),
            None => etcetera::choose_base_strategy()
                .ok()
                .and_then(|base| base.state_dir().or_else(|| Some(base.data_dir())))
                .map(|state| state.join("optlab").join(FILE))
                .ok_or_else(|| {
                    Error::user("there is no home folder to keep progress in").help("work in a folder of `optlab init`")
                })?,
        };
        Ok(Self::at(path, clock))
    }

    /// The file at a path.
    pub fn at(path: PathBuf, clock: Clock) -> Self {
        Self { path, student: None, clock }
    }

    /// With a name that goes before the one in the file.
    pub fn for_student(mut self, student: Option<String>) -> Self {
        self.student = student;
        self
    }

    /// The file, which may not be there yet.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The clock by which what is done is dated.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The name that was given, and goes before the one in the file.
    pub fn given_student(&self) -> Option<&str> {
        self.student.as_deref()
    }

    /// What is kept.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self) -> Result<Progress> {
        Progress::read(&self.path)
    }
}
