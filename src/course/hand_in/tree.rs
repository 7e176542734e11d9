//! The files of a submission, a folder or a zip, by their paths from its top on. A folder is read without following a link and
//! without waiting for a pipe.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::archive::{Archive, MOST_BYTES, size};
use crate::course::course_labs::{is_yaml, yaml_below};
use crate::lab::files::{MARKER, read_bounded};

/// The most entries of a folder that are looked through for a lab that is not at its place.
const MOST_ENTRIES: usize = 2000;
/// The deepest folder that is.
const DEEPEST: usize = 6;
/// What tells the top of a submission.
const TOPS: [&str; 3] = ["submission.json", "progress.yaml", MARKER];

/// The files of a submission.
pub(super) enum Tree {
    /// On the disk, below this folder.
    Folder(PathBuf),
    /// In a zip, below this folder of it (`work/`, or nothing).
    Zip(Box<Archive>, String),
}

impl Tree {
    /// A zip on the disk.
    ///
    /// # Errors
    /// Why it is refused.
    pub(super) fn of_zip(path: &Path) -> Result<Self, String> {
        let bytes = read_bounded(&path.display().to_string(), MOST_BYTES).map_err(|error| {
            // Without the path, which is this machine's.
            let large = path.metadata().is_ok_and(|found| found.len() > MOST_BYTES);
            if large { format!("it is larger than {}", size(MOST_BYTES)) } else { error.what().to_owned() }
        })?;
        let archive = Archive::open(bytes)?;
        let top = |name: &str| TOPS.iter().find_map(|top| name.strip_suffix(top)).map(str::to_owned);
        let tops = archive.names().filter_map(top).filter(|top| top.is_empty() || top.ends_with('/'));
        let top = tops.min_by_key(|top| top.matches('/').count()).unwrap_or_default();
        Ok(Self::Zip(Box::new(archive), top))
    }

    /// The bytes of a file, if it is there.
    ///
    /// # Errors
    /// It cannot be read: a link, a pipe, too large, damaged.
    pub(super) fn read(&mut self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, String> {
        match self {
            Self::Zip(archive, top) => archive.read(&format!("{top}{path}"), limit),
            Self::Folder(top) => {
                let mut place = top.clone();
                for part in Path::new(path).components() {
                    let Component::Normal(part) = part else { return Ok(None) };
                    place.push(part);
                    match fs::symlink_metadata(&place) {
                        Ok(found) if found.is_symlink() => return Err(format!("`{path}` is a link")),
                        Ok(_) => {}
                        Err(_) => return Ok(None),
                    }
                }
                if fs::metadata(&place).is_ok_and(|found| found.is_file() && found.len() > limit) {
                    return Err(format!("`{path}` is too large: more than {}", size(limit)));
                }
                let shown = place.display().to_string();
                let read = read_bounded(&shown, limit);
                read.map(Some).map_err(|error| error.what().replace(&shown, path))
            }
        }
    }

    /// The paths of YAML files, in order.
    pub(super) fn labs(&self) -> Vec<String> {
        match self {
            Self::Zip(archive, top) => archive
                .names()
                .filter_map(|name| name.strip_prefix(top.as_str()))
                .filter(|name| is_yaml(name))
                .map(str::to_owned)
                .collect(),
            Self::Folder(top) => {
                let (mut found, mut left) = (Vec::new(), MOST_ENTRIES);
                yaml_below(top, "", DEEPEST, &mut left, &mut found);
                found
            }
        }
    }
}

/// A folder is the top of a submission: a working folder, or what `submit` packs, unpacked.
pub(super) fn is_top(folder: &Path) -> bool {
    TOPS.iter().any(|top| fs::symlink_metadata(folder.join(top)).is_ok())
}
