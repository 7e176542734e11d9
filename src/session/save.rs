//! `:save run.yaml`: a run written as a lab. The file is checked before it takes its place, so that what is there is a lab
//! that opens, or nothing.

use std::io;
use std::path::Path;

use crate::error::{Error, Result};
use crate::lab::Lab;
use crate::run::write_beside;

/// Writes a lab's text; a file that is there is replaced only if that is said.
pub(super) fn write_lab(path: &Path, replace: bool, text: &str) -> Result<()> {
    let name = path.display().to_string();
    if !path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
        return Err(Error::user(format!("`{name}` is no name of a lab")).help(format!("call it `{name}.yaml`")));
    }
    let there = path.symlink_metadata().ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        return Err(Error::user(format!("`{name}` is there and is no file")));
    }
    if there.is_some() && !replace {
        return Err(Error::user(format!("`{name}` is there already")).help(format!("`save! {name}` replaces it")));
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        return Err(Error::user(format!("there is no folder `{}` to save into", folder.display()))
            .help("make it first, or leave it out: `save run.yaml` writes into the current folder"));
    }
    // What the lab names by relative paths, scripts and tables, must be found from its new place.
    if let Some(error) = Lab::check_text(&name, text).err().and_then(|errors| errors.into_iter().next()) {
        return Err(Error::user(format!("saved as `{name}` it would not open: {}", error.what()))
            .help("save it into the folder of the lab, beside the files that it names"));
    }
    write_beside(path, replace, text.as_bytes()).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Error::user(format!("`{name}` is there already")).help(format!("`save! {name}` replaces it"))
        }
        _ => Error::user(format!("cannot write `{name}`: {error}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAB: &str =
        "id: a\nlandscape: {source: bowl, start: [1, 1]}\ntraining: {steps: 5}\noptimizer: {rule: sgd, lr: 0.1}\n";

    #[test]
    fn a_lab_that_opens_is_written_whole_and_replaces_nothing_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.yaml");
        write_lab(&path, false, LAB).unwrap();
        assert!(write_lab(&path, false, LAB).unwrap_err().help_lines()[0].starts_with("`save! "));
        write_lab(&path, true, &LAB.replace('5', "6")).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains("steps: 6"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_told_as_that() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nowhere/run.yaml");
        let error = write_lab(&path, false, LAB).unwrap_err();
        assert_eq!(error.what(), format!("there is no folder `{}` to save into", path.parent().unwrap().display()));
        assert!(!path.parent().unwrap().exists());
    }

    #[test]
    fn what_would_not_open_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.yaml");
        let lab = LAB.replace("sgd", "mine.rhai");
        assert!(write_lab(&path, false, &lab).unwrap_err().what().contains("it would not open"));
        assert!(write_lab(&folder.path().join("run.txt"), false, LAB).is_err());
        assert!(write_lab(folder.path().join("none/run.yaml").as_path(), false, LAB).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
