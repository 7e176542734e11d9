//! A folder with a course that is not part of the program, as `optlab pack` makes it: its labs, scripts and data. Solutions,
//! hidden files and what a student has done there are no part of it. It reads, and writes nothing.

use std::fs;
use std::path::{Path, PathBuf};

use super::given::{Given, is_lab_file};
use crate::error::{Error, Result};
use crate::lab::files::{MARKER, read_bounded};
use crate::lab::{Document, Step};

/// The most files of a course.
const MOST_FILES: usize = 10_000;
/// The most bytes of all of them.
const MOST_BYTES: u64 = 256 << 20;
/// Folders in folders.
const DEEPEST: usize = 16;

/// A course.
#[derive(Debug, Clone, Default)]
pub struct Handout {
    /// Its files, with their paths in it.
    pub files: Vec<Given>,
    /// Labs in it that were not packed: their answers can be read in them.
    pub unpacked: Vec<PathBuf>,
    /// How many were.
    pub packed: usize,
}

impl Handout {
    /// Reads a course's folder.
    ///
    /// # Errors
    /// It is no folder, has no lab or is too large, or something in it cannot be read.
    pub fn read(folder: &Path) -> Result<Self> {
        let name = folder.display();
        if !folder.is_dir() {
            let what = if folder.exists() { "is no folder" } else { "is not there" };
            let error = Error::user(format!("the course `{name}` {what}"));
            return Err(error.help("give the folder that `optlab pack` has made; a zip is unpacked first"));
        }
        let mut course = Self::default();
        let mut bytes = 0;
        course.walk(folder, Path::new(""), 0, &mut bytes)?;
        let mut labs = 0;
        for file in &course.files {
            let Ok(text) = std::str::from_utf8(&file.bytes) else { continue };
            if is_lab_file(&file.path, text) {
                labs += 1;
                match packing(text) {
                    Some(true) => course.packed += 1,
                    Some(false) => course.unpacked.push(file.path.clone()),
                    None => {}
                }
            }
        }
        if labs == 0 {
            let error = Error::user(format!("there is no lab in the course `{name}`"));
            return Err(error.help("give the folder that `optlab pack` has made"));
        }
        Ok(course)
    }

    fn walk(&mut self, folder: &Path, below: &Path, depth: usize, bytes: &mut u64) -> Result<()> {
        let cannot =
            |error: std::io::Error| Error::user(format!("cannot read `{}`: {error}", folder.join(below).display()));
        let entries = fs::read_dir(folder.join(below)).map_err(cannot)?;
        let mut names = Vec::new();
        for entry in entries.take(MOST_FILES + 1) {
            names.push(entry.map_err(cannot)?.file_name());
        }
        names.sort();
        for name in names {
            let path = below.join(&name);
            let place = folder.join(&path);
            let told = name.to_str().is_none_or(|name| name.starts_with('.') || name == "solutions");
            let of_a_student = ["progress.yaml", super::given::SCHEMA].iter().any(|own| path == Path::new(own));
            let Ok(found) = fs::symlink_metadata(&place) else { continue };
            if told || of_a_student {
                continue;
            }
            if found.is_dir() {
                // A working folder inside is somebody's.
                if depth < DEEPEST && !place.join(MARKER).is_file() {
                    self.walk(folder, &path, depth + 1, bytes)?;
                }
            } else if found.is_file() {
                *bytes += found.len();
                if self.files.len() >= MOST_FILES || *bytes > MOST_BYTES {
                    let what = format!(
                        "the course `{}` is too large: it may have {MOST_FILES} files of {} MiB together",
                        folder.display(),
                        MOST_BYTES >> 20
                    );
                    return Err(Error::user(what).help("give the course's own folder, as `optlab pack` has made it"));
                }
                self.files.push(Given { path, bytes: read_bounded(&place.display().to_string(), MOST_BYTES)? });
            }
        }
        Ok(())
    }
}

/// Whether a lab was packed, and has no answers; nothing of one that asks nothing.
fn packing(text: &str) -> Option<bool> {
    let document = Document::parse("lab", text).ok()?;
    let is_packed = document.node(&[Step::from("packed")]).is_some();
    (is_packed || document.node(&[Step::from("tasks")]).is_some()).then_some(is_packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAB: &str = "id: a\npacked: x\nlandscape: {source: bowl, start: [1, 1]}\n";

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let top = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = top.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        top
    }

    #[test]
    fn a_course_is_its_labs_scripts_and_data_and_nothing_of_a_student_or_an_author() {
        let top = folder(&[
            ("week1/a.yaml", LAB),
            ("week1/data/a.csv", "x,y\n"),
            ("week1/solutions/a.yaml", LAB),
            ("scripts/optimizers/mine.rhai", "// mine\n"),
            ("progress.yaml", "format: 1\n"),
            (".git/config", "x"),
            ("ana/.optlab/root", ""),
            ("ana/labs/a.yaml", LAB),
        ]);
        let course = Handout::read(top.path()).unwrap();
        let paths: Vec<String> = course.files.iter().map(|file| file.path.display().to_string()).collect();
        assert_eq!(paths, ["scripts/optimizers/mine.rhai", "week1/a.yaml", "week1/data/a.csv"]);
        assert_eq!((course.unpacked.len(), course.packed), (0, 1));
    }

    #[test]
    fn a_lab_with_its_answers_in_it_is_told() {
        let asks = "id: b\nlandscape: {}\ntasks: [{id: x, kind: question, say: a, answer: 1}]\n";
        let top = folder(&[("b.yaml", asks), ("a.yaml", LAB), ("c.yaml", "landscape: {}\n")]);
        assert_eq!(Handout::read(top.path()).unwrap().unpacked, [PathBuf::from("b.yaml")]);
    }

    #[test]
    fn what_is_no_course_is_told() {
        let top = folder(&[("a.txt", "x")]);
        for (place, words) in [("", "no lab"), ("a.txt", "is no folder"), ("none", "is not there")] {
            let error = Handout::read(&top.path().join(place)).unwrap_err();
            assert!(error.what().contains(words) && error.help_lines()[0].contains("optlab pack"), "{error:?}");
        }
    }
}
