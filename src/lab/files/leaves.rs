//! What is said of a name that leads out of the lab's root: where files may lie, and what makes a folder the root.

use std::path::{Component, Path};

use super::MARKER;
use crate::error::Error;

/// A name that leads out of the root by its letters; it stands in a file of the folder `dir`.
pub(super) fn on_disk(name: &str, root: &Path, dir: &Path) -> Error {
    let error = refused(name, root).help(inside(name));
    // The folder that has both is so many folders above the naming file's.
    let ups = levels_up(name);
    let Some(both) = dir.ancestors().nth(ups).filter(|both| both.parent().is_some()) else { return error };
    if root.starts_with(both) && !root.join(MARKER).is_file() {
        let above = vec![".."; ups].join("/");
        return error.help(format!(
            "or make the folder that has both the labs' root: `optlab init {above}`, run in the lab's folder; then `{name}` is found"
        ));
    }
    error
}

/// How many folders above the one that it begins in a path goes at the most.
fn levels_up(name: &str) -> usize {
    let (mut depth, mut least) = (0_isize, 0);
    for part in Path::new(name).components() {
        match part {
            Component::ParentDir => depth -= 1,
            Component::Normal(_) => depth += 1,
            _ => {}
        }
        least = least.min(depth);
    }
    least.unsigned_abs()
}

/// A name that stays inside by its letters, but goes out by a link.
pub(super) fn by_link(name: &str, root: &Path) -> Error {
    refused(name, root).help(format!("`{name}` goes there by a link")).help(inside(name))
}

/// A name that leads out of the folder of the labs that ship.
pub(super) fn of_shipped(name: &str) -> Error {
    refused(name, Path::new("labs"))
        .help("a lab that ships sees its own files alone: `optlab copy` makes one of yours of it, with its files")
}

fn refused(name: &str, root: &Path) -> Error {
    let folder = root.file_name().map_or_else(|| "/".to_owned(), |folder| folder.to_string_lossy().into_owned());
    let what = if root.join(MARKER).is_file() { "working folder" } else { "lab's folder" };
    Error::user(format!("`{name}` leads out of the {what} `{folder}`"))
}

/// What works without leaving the root.
fn inside(name: &str) -> String {
    let file = Path::new(name).file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
    match file.strip_suffix(".rhai") {
        Some(stem) => format!(
            "put it beside the lab, as `{file}`, or into `scripts/optimizers/` there (or the folder of its kind), as `{stem}`"
        ),
        None => "copy the file beside the lab, or into a folder below it".to_owned(),
    }
}
