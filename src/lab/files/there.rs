//! Whether something lies where a lab may name it: asked before it is read, so that what is missing is told from what cannot
//! be read.

use std::path::Path;

use super::{Files, fold};

/// Names of one folder that are looked at.
const MOST: usize = 100_000;

impl Files {
    /// A file or a folder lies there, as the lab would name it. What leads out of the lab's root is not looked for.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Self::Disk { root, dir, .. } => fold(&dir.join(name)).is_some_and(|at| at.starts_with(root) && at.exists()),
            Self::Shipped { tree, dir } => fold(&dir.join(name)).is_some_and(|at| tree.get_entry(&at).is_some()),
            Self::Laid { under, texts } => {
                let laid = fold(Path::new(name)).is_some_and(|name| texts.iter().any(|(own, _)| *own == name));
                laid || under.has(name)
            }
        }
    }

    /// The names of what lies directly beside the lab, in order; what is no text has no name here.
    pub fn names_beside(&self) -> Vec<String> {
        let mut names: Vec<String> = match self {
            Self::Disk { dir, .. } => {
                let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
                entries.take(MOST).filter_map(|entry| entry.file_name().into_string().ok()).collect()
            }
            Self::Shipped { tree, dir } => {
                let folder = if dir.as_os_str().is_empty() { Some(*tree) } else { tree.get_dir(dir) };
                let files = folder.into_iter().flat_map(include_dir::Dir::files);
                files.filter_map(|file| Some(file.path().file_name()?.to_str()?.to_owned())).collect()
            }
            Self::Laid { under, .. } => return under.names_beside(),
        };
        names.sort();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beside_a_lab_is_there_and_what_lies_outside_its_root_is_not() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("labs/solutions/a")).unwrap();
        std::fs::write(folder.path().join("labs/solutions/a/b.rhai"), "").unwrap();
        std::fs::write(folder.path().join("outside.rhai"), "").unwrap();
        let files = Files::beside(&folder.path().join("labs/a.yaml")).unwrap();
        let there = ["solutions", "solutions/a/b.rhai", "solutions/c/../a/b.rhai"].map(|name| files.has(name));
        assert_eq!(there, [true, true, true]);
        assert!(!files.has("../outside.rhai") && !files.has("b.rhai"));
        assert_eq!(files.names_beside(), ["solutions"]);
    }

    #[test]
    fn the_labs_that_ship_have_their_solutions_beside_them() {
        let lab = &crate::lab::Library::shipped().labs()[0];
        assert!(lab.files().has("solutions") && !lab.files().has("solutions/nothing"));
        assert!(lab.files().names_beside().iter().any(|name| name == "README.md"));
    }
}
