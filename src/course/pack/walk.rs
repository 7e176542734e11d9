//! The files of a course, as its author has them: all regular ones that are not hidden, no links.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::error::{Error, Result};
use crate::lab::files::{MARKER, read_bounded};

/// The largest file of a course, in bytes.
const LARGEST: u64 = 256 << 20;
/// The most files of a course.
const MOST: usize = 20_000;

/// The files below a folder by their paths from it on; what must not be looked into is left out, and what was passed over
/// noted.
///
/// # Errors
/// The folder or a file of it cannot be read.
pub(super) fn files(course: &Path, without: &[&Path], notes: &mut Vec<String>) -> Result<BTreeMap<String, Vec<u8>>> {
    let shown = course.display();
    if !course.is_dir() {
        let error = Error::user(format!("`{shown}` is no folder"));
        return Err(error.help("give the folder of a course: its labs are found anywhere below it"));
    }
    let without: Vec<_> = without.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut found = BTreeMap::new();
    below(course, "", &without, &mut found, notes)?;
    if let Ok(bytes) = fs::read(course.join(MARKER)) {
        found.insert(MARKER.to_owned(), bytes);
    }
    Ok(found)
}

fn below(
    folder: &Path,
    prefix: &str,
    without: &[std::path::PathBuf],
    found: &mut BTreeMap<String, Vec<u8>>,
    notes: &mut Vec<String>,
) -> Result<()> {
    let cannot = |error: std::io::Error| Error::user(format!("`{}` cannot be read: {error}", folder.display()));
    for entry in fs::read_dir(folder).map_err(cannot)?.flatten() {
        let Ok(name) = entry.file_name().into_string() else {
            notes.push(format!("a name in `{}` is no text, and was passed over", folder.display()));
            continue;
        };
        let (place, path) = (entry.path(), format!("{prefix}{name}"));
        let Ok(what) = fs::symlink_metadata(&place) else { continue };
        if name.starts_with('.') || place.canonicalize().is_ok_and(|whole| without.contains(&whole)) {
            continue;
        }
        if what.is_dir() {
            below(&place, &format!("{path}/"), without, found, notes)?;
        } else if what.is_file() && Path::new(&name).extension().is_some_and(|ending| ending == "key") {
            notes.push(format!("`{path}` looks like a key, and was passed over"));
        } else if what.is_file() {
            if found.len() == MOST {
                return Err(Error::user(format!("`{}` has more than {MOST} files", folder.display())));
            }
            found.insert(path, read_bounded(&place.display().to_string(), LARGEST)?);
        } else {
            notes.push(format!("`{path}` is a link, or no file, and was passed over"));
        }
    }
    Ok(())
}
