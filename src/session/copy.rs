//! A lab copied with its scripts and its files with numbers, so that it is the user's own and can be edited. Nothing that is
//! there is written over: what has the same bytes is taken as copied, anything else is named.

use std::path::{Path, PathBuf};

use super::new_files::{NewFile, There, write_new};
use crate::error::{Error, Result};
use crate::lab::files::working_folder_of;
use crate::lab::{Lab, LabPart};

/// What a copy would write; nothing is written yet.
#[derive(Debug, Clone)]
pub struct Copy {
    /// The copy of the lab, or of the one script.
    pub opens: PathBuf,
    /// Files that are there already, with the same bytes.
    pub there: Vec<PathBuf>,
    /// Files that are to be written, each with its folder.
    new: Vec<(PathBuf, NewFile)>,
}

impl Copy {
    /// A lab with all that it is made of, into a folder.
    ///
    /// # Errors
    /// A part cannot be read, or the place of one is taken: all those are named.
    pub fn of_lab(lab: &Lab, folder: &Path) -> Result<Self> {
        let parts = lab.parts()?;
        let own = parts.first().map(|own| shown(&folder.join(&own.path))).filter(|own| own.is_file());
        Self::of(parts, folder, &root_of(folder)).map_err(|error| {
            let error = match own {
                Some(own) => error.help(format!("`optlab {}` opens the lab that is there", own.display())),
                None => error,
            };
            error.help(format!("`optlab copy {} DIR` copies it into another folder", lab.id))
        })
    }

    /// Scripts of the catalogue, below the root of the labs in a folder.
    ///
    /// # Errors
    /// The place of one is taken: all those are named.
    pub fn of_scripts(parts: Vec<LabPart>, folder: &Path) -> Result<Self> {
        Self::of(parts, folder, &root_of(folder))
    }

    /// A script alone: below the folder in which a lab of the user's own looks for its catalogue, or else here.
    ///
    /// # Errors
    /// Its place is taken.
    pub fn of_script(part: LabPart, folder: Option<&Path>) -> Result<Self> {
        let here = Path::new("");
        Self::of(vec![part], here, &folder.map_or_else(|| root_of(here), Path::to_path_buf))
    }

    fn of(parts: Vec<LabPart>, folder: &Path, root: &Path) -> Result<Self> {
        let mut copy = Self { opens: PathBuf::new(), there: Vec::new(), new: Vec::new() };
        let mut taken = Vec::new();
        for part in parts {
            let base = if part.catalogued { root } else { folder };
            let file = NewFile { path: part.path, bytes: part.bytes };
            let place = shown(&base.join(&file.path));
            if copy.opens.as_os_str().is_empty() {
                copy.opens.clone_from(&place);
            }
            match file.there(base)? {
                There::Nothing => copy.new.push((base.to_path_buf(), file)),
                There::Same => copy.there.push(place),
                There::Other => taken.push(format!("`{}`", place.display())),
            }
        }
        match taken.as_slice() {
            [] => Ok(copy),
            [one] => Err(Error::user(format!("{one} is there already, and is another file; nothing was copied"))),
            several => {
                let names = several.join(", ");
                Err(Error::user(format!("{names} are there already, and are other files; nothing was copied")))
            }
        }
    }

    /// The files that it would write, as they are called from here.
    pub fn writes(&self) -> Vec<PathBuf> {
        self.new.iter().map(|(folder, file)| shown(&folder.join(&file.path))).collect()
    }

    /// Writes them: all, or none if one cannot be written.
    ///
    /// # Errors
    /// One cannot be written.
    pub fn write(&self) -> Result<()> {
        // Relative to one folder, so that they are written as one.
        let all: Vec<NewFile> = self
            .new
            .iter()
            .map(|(folder, file)| NewFile { path: folder.join(&file.path), bytes: file.bytes.clone() })
            .collect();
        write_new(Path::new(""), &all)
    }
}

/// The root of a lab in this folder, which may not be there yet: the catalogue's scripts belong below it.
fn root_of(folder: &Path) -> PathBuf {
    let named = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let there = named.ancestors().find_map(|above| {
        let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        above.canonicalize().ok()
    });
    let root = there.as_deref().and_then(working_folder_of).map(Path::to_path_buf);
    root.map_or_else(|| folder.to_path_buf(), |root| from_here(&root).unwrap_or(root))
}

/// A path from the current folder on, if it lies below that one.
fn from_here(path: &Path) -> Option<PathBuf> {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok()?;
    path.strip_prefix(here).map(Path::to_path_buf).ok()
}

/// A path without the dots at its beginning.
fn shown(path: &Path) -> PathBuf {
    path.strip_prefix(".").map_or_else(|_| path.to_path_buf(), Path::to_path_buf)
}
