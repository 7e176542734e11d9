//! A working folder: copies of the labs and scripts that ship, and the marker that makes it the root of all labs in it. What is
//! there is never written over: made again, the folder gets what is new, and what differs is named.

use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry};

use crate::error::{Error, Result};
use crate::lab::Library;
use crate::lab::files::{MARKER, working_folder_of};
use crate::script::{Kind, shipped};
use crate::session::new_files::{NewFile, There, write_new};

/// What the marker says to whoever looks into it.
const MARK: &str = "This file makes the folder above the root of the labs in it, for optlab.\n";

const README: &str = "# A working folder of optlab

- `labs/`: the labs. `optlab` in this folder lists them; Enter opens one, `e` edits it, `q` comes back.
- `scripts/`: optimizers, schedules, activations, losses, datasets, networks, landscapes and series, which labs name
  without their ending: `rule: adam`. Change one, and every lab here uses yours; put a new file there, and a lab can name it.
- All of it is yours to change. `optlab init` run again adds what is new in a later optlab and names what differs; it never
  writes over a file.

`optlab check .` tries all labs and scripts, `optlab list` shows what a lab can name.
";

/// What was done.
#[derive(Debug, Clone, Default)]
pub struct Made {
    /// Files that were written.
    pub written: Vec<PathBuf>,
    /// Files that were there already and differ from what ships; they are as they were.
    pub differ: Vec<PathBuf>,
    /// The working folder that this one lies in, if it lies in one.
    pub inside: Option<PathBuf>,
}

/// Makes a working folder of a folder, which is made if it is not there.
///
/// # Errors
/// A file cannot be written, or something lies in the way; then nothing was written.
pub fn init(folder: &Path) -> Result<Made> {
    let named = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if named.metadata().is_ok_and(|found| !found.is_dir()) {
        return Err(Error::user(format!("`{}` is no folder", named.display())).help("give the name of a new folder"));
    }
    let mut made = Made::default();
    let there = named.ancestors().find_map(|above| {
        let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        above.canonicalize().ok()
    });
    let around = match (&there, named.canonicalize()) {
        (Some(there), Ok(own)) if *there == own => there.parent(),
        (there, _) => there.as_deref(),
    };
    made.inside = around.and_then(working_folder_of).map(Path::to_path_buf);
    let mut new = Vec::new();
    for file in files() {
        match file.there(folder)? {
            There::Nothing => {
                made.written.push(file.path.clone());
                new.push(file);
            }
            // Whatever it says, it marks.
            There::Other if file.path == Path::new(MARKER) && folder.join(MARKER).is_file() => {}
            There::Other => made.differ.push(file.path),
            There::Same => {}
        }
    }
    write_new(folder, &new)?;
    Ok(made)
}

/// All files of a working folder.
fn files() -> Vec<NewFile> {
    let text = |path: &str, text: &str| NewFile { path: path.into(), bytes: text.as_bytes().to_vec() };
    let mut files = vec![text(MARKER, MARK), text("README.md", README)];
    embedded(Library::tree(), &mut files);
    for entry in Kind::ALL.into_iter().flat_map(shipped) {
        files.push(text(&entry.source.name, &entry.source.text));
    }
    files
}

/// The files of the labs that ship, below `labs/`.
fn embedded(folder: &Dir<'static>, files: &mut Vec<NewFile>) {
    for entry in folder.entries() {
        match entry {
            // Solutions are the authors'.
            DirEntry::Dir(folder) if folder.path().ends_with("solutions") => {}
            DirEntry::Dir(folder) => embedded(folder, files),
            DirEntry::File(file) => {
                files.push(NewFile { path: Path::new("labs").join(file.path()), bytes: file.contents().to_vec() });
            }
        }
    }
}
