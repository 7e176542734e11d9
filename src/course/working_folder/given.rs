//! What is handed out, as a working folder has it: the labs and scripts that ship, or a folder made by `optlab pack`. Each lab
//! begins with a line by which editors know the keys. It reads, and writes nothing.

use std::fs;
use std::path::{Component, Path, PathBuf};

use include_dir::{Dir, DirEntry};

use super::handout::Handout;
use crate::course::labs::{is_lab, may_be_lab};
use crate::error::Result;
use crate::lab::files::read_bounded;
use crate::lab::keys::schema;
use crate::lab::{Document, Library, Node, Step};
use crate::script::{Kind, definitions, shipped};

/// The keys of a lab file, as editors read them.
pub const SCHEMA: &str = "optlab.schema.json";
/// The functions of scripts, where editors of Rhai look for them.
pub const DEFINITIONS: &str = ".rhai/definitions/optlab.d.rhai";
/// Where a folder keeps what it was made of, if that is no part of the program.
pub const KEPT: &str = ".optlab/course";
/// What begins the line by which an editor finds the schema.
const LINE: &str = "# yaml-language-server: ";
/// The largest file that is compared.
const LIMIT: u64 = 256 << 20;

/// A file as it is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Where it lies in a working folder.
    pub path: PathBuf,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Given {
    /// A file of this text.
    pub fn text(path: impl Into<PathBuf>, text: &str) -> Self {
        Self { path: path.into(), bytes: text.as_bytes().to_vec() }
    }

    /// A lab gets its first line, any other file is as it was.
    fn in_folder(self) -> Self {
        match std::str::from_utf8(&self.bytes) {
            Ok(text) if is_lab_file(&self.path, text) => {
                Self { bytes: with_line(&self.path, text).into_bytes(), ..self }
            }
            _ => self,
        }
    }
}

/// The labs and the scripts that ship, with the texts of labs in a language, if they have it.
pub fn of_the_program(lang: Option<&str>) -> Vec<Given> {
    let mut files = Vec::new();
    embedded(Library::tree(), lang, &mut files);
    for entry in Kind::ALL.into_iter().flat_map(shipped) {
        files.push(Given::text(&entry.source.name, &entry.source.text));
    }
    files.into_iter().map(Given::in_folder).collect()
}

/// The files of a course's folder.
pub fn of_a_course(course: &Handout) -> Vec<Given> {
    course.files.iter().cloned().map(Given::in_folder).collect()
}

/// What editors read: the keys of labs and the functions of scripts.
pub fn for_editors() -> [Given; 2] {
    let keys = serde_json::to_string_pretty(&schema::schema()).unwrap_or_default();
    [Given::text(SCHEMA, &(keys + "\n")), Given::text(DEFINITIONS, &definitions())]
}

/// The files of the labs that ship, below `labs/`.
fn embedded(folder: &Dir<'static>, lang: Option<&str>, files: &mut Vec<Given>) {
    for entry in folder.entries() {
        match entry {
            // Solutions are the authors', and tapes the lecturers'.
            DirEntry::Dir(folder) if ["solutions", "tapes"].iter().any(|own| folder.path().ends_with(own)) => {}
            DirEntry::Dir(folder) => embedded(folder, lang, files),
            DirEntry::File(file) => {
                let path = Path::new("labs").join(file.path());
                let spoken = language_of(&path);
                // `pt` has the texts of `pt-BR`, too, where nobody has written those.
                let wanted = |own: &str| lang.is_some_and(|lang| lang == own || lang.split('-').next() == Some(own));
                if spoken.as_deref().is_none_or(wanted) {
                    files.push(Given { path, bytes: file.contents().to_vec() });
                }
            }
        }
    }
}

/// The language of a file with a lab's texts, by its name: `pt` of `08-moving-averages.pt.yaml`.
fn language_of(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_str().filter(|_| path.extension().is_some_and(|ending| ending == "yaml"))?;
    let (_, lang) = stem.rsplit_once('.')?;
    let mut parts = lang.split('-');
    let first = parts.next()?;
    let is_code = (2..=3).contains(&first.len()) && first.chars().all(|c| c.is_ascii_lowercase());
    let holds = |part: &str| (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric());
    (is_code && parts.all(holds)).then(|| lang.to_owned())
}

/// A file that is a lab: by its name, and by the keys in it.
pub fn is_lab_file(path: &Path, text: &str) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let named = may_be_lab(name) && language_of(path).is_none();
    named && Document::parse(name, text).is_ok_and(|document| is_lab(&document))
}

/// A lab's text with the line by which an editor finds the schema, at the top of the folder that the path begins in.
fn with_line(path: &Path, text: &str) -> String {
    let folders = path.components().filter(|part| matches!(part, Component::Normal(_))).count().saturating_sub(1);
    format!("{LINE}$schema={}{SCHEMA}\n{text}", "../".repeat(folders))
}

/// A text without that line.
pub fn without_line(bytes: &[u8]) -> &[u8] {
    match bytes.strip_prefix(LINE.as_bytes()) {
        Some(rest) => rest.iter().position(|byte| *byte == b'\n').map_or(&[], |end| &rest[end + 1..]),
        None => bytes,
    }
}

/// A file of the student's says the same as one that is handed out: but for the line for editors, which copies made
/// otherwise, or by an earlier optlab, do not have.
pub fn says_the_same(place: &Path, given: &[u8]) -> bool {
    let told = place.symlink_metadata().is_ok_and(|found| found.is_file());
    let own = told.then(|| read_bounded(&place.display().to_string(), LIMIT).ok()).flatten();
    own.is_some_and(|own| without_line(&own) == without_line(given))
}

/// What was handed out with a working folder: what it keeps of a course, else what ships.
///
/// # Errors
/// What it keeps cannot be read.
pub fn of_folder(root: &Path, lang: Option<&str>) -> Result<Vec<Given>> {
    let kept = root.join(KEPT);
    if !fs::symlink_metadata(&kept).is_ok_and(|found| found.is_dir()) {
        return Ok(of_the_program(lang));
    }
    Ok(of_a_course(&Handout::read(&kept)?))
}

/// The id that a lab gives itself.
pub fn id_of(text: &str) -> Option<String> {
    match Document::parse("lab", text).ok()?.node(&[Step::from("id")]) {
        Some(Node::Str(id)) => Some(id.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lab_names_the_schema_from_where_it_lies() {
        for (path, way) in [("a.yaml", ""), ("labs/a.yaml", "../"), ("week 1/labs/a.yml", "../../")] {
            let given = Given::text(path, "title: A\nlandscape: {}\n").in_folder();
            let text = String::from_utf8(given.bytes.clone()).unwrap();
            assert!(
                text.starts_with(&format!("# yaml-language-server: $schema={way}optlab.schema.json\ntitle: A\n")),
                "{text}"
            );
            assert_eq!(without_line(&given.bytes), b"title: A\nlandscape: {}\n");
        }
        for path in ["a.rhai", "progress.yaml", "a.tape.yaml", "data/a.csv", "a.pt.yaml"] {
            let given = Given::text(path, "title: A\n");
            assert_eq!(given.clone().in_folder(), given);
        }
        let compose = Given::text("compose.yaml", "services: {}\n");
        assert_eq!(compose.clone().in_folder(), compose);
    }

    #[test]
    fn texts_in_a_language_are_told_by_their_names() {
        let told = |name: &str| language_of(Path::new(name));
        assert_eq!(told("labs/08-moving-averages.pt.yaml").as_deref(), Some("pt"));
        assert_eq!(told("a.pt-BR.yaml").as_deref(), Some("pt-BR"));
        for name in ["a.yaml", "a.tape.yaml", "a.b.yaml", "v1.02.yaml", "a.pt.yml", "a.pt"] {
            assert_eq!(told(name), None, "{name}");
        }
    }

    #[test]
    fn solutions_are_never_handed_out_and_a_language_brings_its_texts() {
        let paths = |lang| of_the_program(lang).into_iter().map(|given| given.path).collect::<Vec<_>>();
        let all = paths(None);
        assert!(all.iter().all(|path| !path.components().any(|part| part.as_os_str() == "solutions")), "{all:?}");
        assert!(all.iter().all(|path| language_of(path).is_none()), "{all:?}");
        assert!(all.contains(&PathBuf::from("scripts/optimizers/adam.rhai")));
        assert!(paths(Some("pt-BR")).iter().all(|path| language_of(path).is_none_or(|lang| lang == "pt")));
    }

    #[test]
    fn copies_are_known_with_the_line_and_without_it() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.yaml");
        let given = Given::text("labs/a.yaml", "title: A\nlandscape: {}\n").in_folder();
        for (own, same) in [
            ("title: A\nlandscape: {}\n", true),
            ("# yaml-language-server: $schema=elsewhere.json\ntitle: A\nlandscape: {}\n", true),
            ("title: B\nlandscape: {}\n", false),
            ("", false),
        ] {
            fs::write(&place, own).unwrap();
            assert_eq!(says_the_same(&place, &given.bytes), same, "{own}");
        }
        assert!(!says_the_same(folder.path(), &given.bytes));
    }
}
