//! What is written of a live screen: a cast of what it shows, a tape of what is pressed.

use std::path::{Component, Path, PathBuf};
use std::sync::PoisonError;

use super::Arguments;
use crate::course;
use crate::error::{Error, Result};
use crate::lab::Lab;
use crate::record::cast::Version;
use crate::record::live_cast::LiveCast;
use crate::record::live_file::Failed;
use crate::record::live_tape::{Beginning, LiveTape};
use crate::ui::{Onlooker, Theme, terminal_size};

/// Where what could not be written is told, by the files.
pub(super) type Written = Vec<(PathBuf, Failed)>;

/// Who looks on.
pub(super) type Onlookers = Vec<Box<dyn Onlooker>>;

/// Those who look on at the screen, as the command line asks for.
pub(super) fn onlookers(arguments: &Arguments, theme: Theme) -> Result<(Onlookers, Written), Vec<Error>> {
    let one = |error: Error| vec![error];
    let mut onlookers: Onlookers = Vec::new();
    let mut written = Vec::new();
    if let Some(path) = &arguments.record {
        let title = arguments.lab.as_deref().unwrap_or("optlab");
        // A path of this machine has no place in a recording.
        let title = title.rsplit('/').next().unwrap_or(title);
        let (cast, failed) = LiveCast::begin(path, Version::Two, title, theme).map_err(one)?;
        onlookers.push(Box::new(cast));
        written.push((path.clone(), failed));
    }
    if let (Some(path), Some(spec)) = (&arguments.tape, &arguments.lab) {
        let spec = course::labs::named(spec);
        let lab = Lab::open(&spec, &arguments.overrides)?;
        let named = if Path::new(&spec).is_file() { from(path, Path::new(&spec)) } else { lab.id.clone() };
        let beginning = Beginning {
            lab: &named,
            set: &arguments.overrides.all(),
            size: terminal_size(),
            theme,
            scripts: lab.script_texts(),
            file: Path::new(&spec).is_file().then(|| (PathBuf::from(&spec), lab.written.source.text.clone())),
        };
        let (tape, failed) = LiveTape::begin(path, &beginning).map_err(one)?;
        onlookers.push(Box::new(tape));
        written.push((path.clone(), failed));
    }
    Ok((onlookers, written))
}

/// Whether all was written that was to be.
pub(super) fn was_written(written: &Written) -> Result<()> {
    for (path, failed) in written {
        if let Some(error) = failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(Error::user(format!("cannot write `{}`: {error}; it ends there", path.display())));
        }
    }
    Ok(())
}

/// The path of a lab as it is found from the folder of a tape.
fn from(tape: &Path, lab: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| here.join(path));
    let folder = match tape.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => whole(folder),
        None => whole(&here),
    };
    let lab = whole(lab);
    let shared = folder.components().zip(lab.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(lab.components().skip(shared)).collect();
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_lab_is_found_from_where_its_tape_lies() {
        let top = tempfile::tempdir().unwrap();
        let at = |name: &str| top.path().join(name);
        for folder in ["labs", "tapes/week1"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        fs::write(at("labs/a.yaml"), "").unwrap();
        assert_eq!(from(&at("labs/a.tape.yaml"), &at("labs/a.yaml")), "a.yaml");
        assert_eq!(from(&at("tapes/week1/a.tape.yaml"), &at("labs/a.yaml")), "../../labs/a.yaml");
        assert_eq!(from(&at("a.tape.yaml"), &at("labs/a.yaml")), "labs/a.yaml");
    }
}
