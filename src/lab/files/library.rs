//! The labs that ship inside the binary, in the order of the course. Knows them by id and by file name and never
//! checks them: a lab of ours that is wrong is found by the same check as a student's.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};

use super::Files;
use super::languages::{original_of, translation};
use crate::error::{Error, Result, nearest};
use crate::lab::yaml::document::Document;
use crate::lab::yaml::node::{Node, Step};
use crate::script::{Kind, shipped};

static LABS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/labs");

/// A shipped lab.
#[derive(Debug, Clone)]
pub struct LabFile {
    /// What progress is kept under; the file's name without its ending if the lab does not tell.
    pub id: String,
    /// The heading.
    pub title: String,
    /// Its path in the embedded folder, as in `06-momentum.yaml`.
    pub path: PathBuf,
    /// The YAML.
    pub text: &'static str,
    tree: &'static Dir<'static>,
}

impl LabFile {
    /// Where the files that it names are found.
    pub fn files(&self) -> Files {
        Files::of_shipped(self.tree, &self.path)
    }

    /// What errors call it, as in `labs/06-momentum.yaml`.
    pub fn name(&self) -> String {
        Path::new("labs").join(&self.path).display().to_string()
    }

    /// The file of its texts in a language, if there is one, with what it is called.
    pub fn texts_in(&self, language: &str) -> Option<(String, &'static str)> {
        let names = self.tree.files().filter_map(|file| file.path().file_name()?.to_str());
        let own = self.path.file_name()?.to_str()?;
        let path = self.path.with_file_name(translation(own, language, names)?);
        let text = std::str::from_utf8(self.tree.get_file(&path)?.contents()).ok()?;
        Some((Path::new("labs").join(path).display().to_string(), text))
    }

    fn stem(&self) -> &str {
        self.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
    }
}

/// The tapes that ship, by the names of their files, with their texts.
pub fn shipped_tapes() -> impl Iterator<Item = (String, &'static str)> {
    let files = LABS.get_dir("tapes").into_iter().flat_map(Dir::files);
    files.filter_map(|file| {
        let name = file.path().file_name()?.to_str()?;
        let text = std::str::from_utf8(file.contents()).ok()?;
        name.strip_suffix(".tape.yaml").map(|_| (name.to_owned(), text))
    })
}

/// All shipped labs, in the order of their file names.
#[derive(Debug)]
pub struct Library {
    labs: Vec<LabFile>,
}

impl Library {
    /// The labs in this binary.
    pub fn shipped() -> &'static Self {
        static LIBRARY: OnceLock<Library> = OnceLock::new();
        LIBRARY.get_or_init(|| Self::of(&LABS))
    }

    /// The embedded folder with the labs and their data.
    pub fn tree() -> &'static Dir<'static> {
        &LABS
    }

    fn of(tree: &'static Dir<'static>) -> Self {
        let names: Vec<&str> = tree.files().filter_map(|file| file.path().file_name()?.to_str()).collect();
        let yaml = tree.files().filter(|file| {
            let name = file.path().file_name().and_then(|name| name.to_str()).unwrap_or_default();
            // Texts of a lab in another language are no lab.
            file.path().extension().is_some_and(|ending| ending == "yaml")
                && original_of(name, names.iter().copied()).is_none()
        });
        let mut labs: Vec<_> = yaml
            .filter_map(|file| {
                let text = std::str::from_utf8(file.contents()).ok()?;
                let path = file.path().to_path_buf();
                let stem = path.file_stem()?.to_str()?.to_owned();
                let document = Document::parse(&stem, text).ok();
                let told = |key: &str| match document.as_ref()?.node(&[Step::from(key)]) {
                    Some(Node::Str(text)) => Some(text.clone()),
                    _ => None,
                };
                let id = told("id").unwrap_or(stem);
                let title = told("title").unwrap_or_else(|| id.clone());
                Some(LabFile { id, title, path, text, tree })
            })
            .collect();
        labs.sort_by(|a, b| a.path.cmp(&b.path));
        Self { labs }
    }

    /// The labs in the order of the course.
    pub fn labs(&self) -> &[LabFile] {
        &self.labs
    }

    /// The lab of an id (`adam-on-digits`) or of a file name, with or without its ending (`06-momentum`).
    pub fn find(&self, name: &str) -> Result<&LabFile> {
        let file = name.strip_prefix("labs/").unwrap_or(name);
        let stem = file.strip_suffix(".yaml").unwrap_or(file);
        let by_id = self.labs.iter().find(|lab| lab.id == name);
        by_id.or_else(|| self.labs.iter().find(|lab| lab.stem() == stem)).ok_or_else(|| {
            let names = self.labs.iter().flat_map(|lab| [lab.id.as_str(), lab.stem()]);
            let error = Error::user(format!("there is no lab `{name}`"));
            let error = match nearest(name, names) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error,
            };
            let kind = Kind::ALL.into_iter().find(|kind| shipped(*kind).iter().any(|entry| entry.name == name));
            let error = match (kind, Kind::ALL.into_iter().find(|kind| kind.folder() == name)) {
                (Some(kind), _) => error.help(format!("`{name}` is {}: `optlab show {name}` shows it", kind.article())),
                (None, Some(_)) => error.help(format!("`optlab list {name}` lists the {name}")),
                (None, None) => error,
            };
            error.help("`optlab list labs` shows the labs that ship; a lab of your own is given by its path")
        })
    }
}

#[cfg(test)]
mod tests {
    use include_dir::{DirEntry, File};

    use super::*;

    static ENTRIES: [DirEntry<'static>; 5] = [
        DirEntry::File(File::new("02-adam.yaml", b"id: adam-on-digits\ntitle: Adam\n")),
        DirEntry::File(File::new("02-adam.pt.yaml", "title: Adam em português\n".as_bytes())),
        DirEntry::File(File::new("01-first.yaml", b"title: [no text\n")),
        DirEntry::File(File::new("README.md", b"# Labs\n")),
        DirEntry::Dir(Dir::new("solutions", &SOLUTIONS)),
    ];
    static SOLUTIONS: [DirEntry<'static>; 1] = [DirEntry::File(File::new("solutions/02-adam.yaml", b"id: x\n"))];
    static TREE: Dir<'static> = Dir::new("", &ENTRIES);

    #[test]
    fn labs_come_by_file_name_and_solutions_are_not_among_them() {
        let library = Library::of(&TREE);
        let found: Vec<_> = library.labs().iter().map(|lab| (lab.id.as_str(), lab.title.as_str())).collect();
        assert_eq!(found, [("01-first", "01-first"), ("adam-on-digits", "Adam")]);
    }

    #[test]
    fn texts_in_another_language_are_no_lab_and_are_found_by_their_lab() {
        let library = Library::of(&TREE);
        let adam = library.find("adam-on-digits").unwrap();
        assert_eq!(adam.texts_in("pt-BR").unwrap().0, "labs/02-adam.pt.yaml");
        assert!(adam.texts_in("de").is_none() && library.labs().len() == 2);
    }

    #[test]
    fn a_lab_is_found_by_its_id_and_by_its_file_and_a_slip_is_told() {
        let library = Library::of(&TREE);
        for name in ["adam-on-digits", "02-adam", "02-adam.yaml", "labs/02-adam.yaml"] {
            assert_eq!(library.find(name).unwrap().path, Path::new("02-adam.yaml"), "{name}");
        }
        let error = library.find("adam-on-digit").unwrap_err();
        assert_eq!(error.help_lines()[0], "did you mean `adam-on-digits`?");
        assert_eq!(library.find("adam-on-digits").unwrap().name(), "labs/02-adam.yaml");
    }

    #[test]
    fn every_lab_in_the_binary_has_an_id_of_its_own() {
        let labs = Library::shipped().labs();
        for (at, lab) in labs.iter().enumerate() {
            assert!(labs[..at].iter().all(|other| other.id != lab.id), "{} is there twice", lab.id);
            assert_eq!(Library::shipped().find(&lab.id).unwrap().path, lab.path);
        }
    }
}
