//! The labs of a course that ask something, as a grader believes them: those of a key, or those of the binary. Whatever a
//! student's folder says of them counts for nothing.

use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;

use super::digest;
use super::key::Key;
use super::unopened::Unopened;
use crate::error::{Error, Result};
use crate::lab::files::read_bounded;
use crate::lab::plan::task::{TaskKind, TaskPlan};
use crate::lab::{Document, Files, Lab, Library, Overrides, Step};

/// The largest lab that is read, in bytes.
const YAML_LIMIT: u64 = 256 << 10;
/// The most entries of a student's folder that are looked through for labs, and the deepest.
const MOST_FILES: usize = 5000;
const DEEPEST: usize = 6;

/// The labs of a course, in the order of their files.
#[derive(Debug)]
pub struct Course {
    /// Those with tasks.
    pub labs: Vec<CourseLab>,
    /// Those of a student's folder that cannot be opened as they stand.
    pub unopened: Vec<Unopened>,
    /// The hash of the key that they come from; none for those of the binary.
    pub key: Option<String>,
    /// The files of the key; empty for the labs of the binary.
    folder: TempDir,
}

/// Where a lab of a course comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The binary.
    Binary,
    /// A key.
    Key,
    /// The student's own folder: as it is now, not as it was handed out.
    Student,
}

/// A lab of a course.
#[derive(Debug)]
pub struct CourseLab {
    /// Where students have it, from their folder on: `labs/10-bias-correction.yaml`.
    pub path: String,
    /// The lab.
    pub lab: Lab,
    /// Where it comes from.
    pub origin: Origin,
    /// Tells it from every other edition of it, with all its files.
    pub hash: String,
    /// The text of its file.
    pub text: String,
}

impl Course {
    /// The labs in this binary.
    ///
    /// # Errors
    /// One is wrong, which would be a fault.
    pub fn shipped() -> Result<Self, Vec<Error>> {
        let mut labs = Vec::new();
        for file in Library::shipped().labs() {
            let asks = Document::parse(&file.name(), file.text).is_ok_and(|document| asks(&document));
            if !asks {
                continue;
            }
            let lab = open_shipped(&file.id)?;
            let hash = digest::Digest::default().with(env!("CARGO_PKG_VERSION")).with(file.text).hex();
            labs.push(CourseLab { path: file.name(), lab, origin: Origin::Binary, hash, text: file.text.to_owned() });
        }
        let nowhere = tempfile::Builder::new().prefix("optlab-key-").tempdir();
        let folder = nowhere.map_err(|error| vec![Error::fault(format!("cannot make a folder: {error}"))])?;
        labs.retain(|course| !course.lab.tasks.is_empty());
        Ok(Self { labs, unopened: Vec::new(), key: None, folder })
    }

    /// The labs of a key.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn of_key(key: &Key) -> Result<Self, Vec<Error>> {
        // The labs stay in memory: what a student's edition of one names is looked for in this folder, and they have answers.
        let folder = key.unpack(|path| !is_yaml(path)).map_err(|error| vec![error])?;
        let hash = key.hash();
        let mut labs = Vec::new();
        let mut errors = Vec::new();
        for path in &key.labs {
            let bytes = key.files.get(path).map(Vec::as_slice).unwrap_or_default();
            let opened = Document::read(path, bytes).map_err(|error| vec![error]).and_then(|document| {
                let lab = asks(&document).then(|| open_text(folder.path(), path, &document)).transpose()?;
                Ok((lab, document.source().text.clone()))
            });
            match opened {
                Ok((Some(lab), text)) if !lab.tasks.is_empty() => {
                    labs.push(CourseLab { path: path.clone(), lab, origin: Origin::Key, hash: hash.clone(), text });
                }
                Ok(_) => {}
                Err(wrong) => errors.extend(wrong),
            }
        }
        if errors.is_empty() { Ok(Self { labs, unopened: Vec::new(), key: Some(hash), folder }) } else { Err(errors) }
    }

    /// The labs of a student's folder: those of the binary, and those that were packed or written by somebody else, which
    /// stand there. Of these the folder's own file is what is believed, by a student who looks at how far he is.
    ///
    /// # Errors
    /// The labs of the binary are wrong, which would be a fault.
    pub fn of_folder(folder: &Path) -> Result<Self, Vec<Error>> {
        let mut course = Self::shipped()?;
        let mut own = Vec::new();
        let mut left = MOST_FILES;
        yaml_below(folder, "", DEEPEST, &mut left, &mut own);
        for path in own {
            let shown = folder.join(&path).display().to_string();
            let read = read_bounded(&shown, YAML_LIMIT).and_then(|bytes| Document::read(&shown, &bytes));
            let Some(document) = read.ok().filter(asks) else { continue };
            let lab = match Lab::open(&shown, &Overrides::default()) {
                Ok(lab) => lab,
                Err(errors) => {
                    course.cannot_open(Unopened::of(&path, &document, &errors));
                    continue;
                }
            };
            let same = course.labs.iter().position(|known| known.lab.id == lab.id);
            match same {
                // A lab that was packed is its packer's, whatever ships under its id.
                Some(at) if course.labs[at].shipped() && lab.packed.is_some() => drop(course.labs.remove(at)),
                Some(_) => continue,
                None => {}
            }
            if !lab.tasks.is_empty() {
                let text = lab.written.source.text.clone();
                course.labs.push(CourseLab { path, lab, origin: Origin::Student, hash: String::new(), text });
            }
        }
        // Labs of the binary count where the folder has them, or something of them was answered.
        let packed = course.labs.iter().any(|known| known.lab.packed.is_some())
            || course.unopened.iter().any(|known| known.packed.is_some());
        course.labs.retain(|known| !known.shipped() || !packed || folder.join(&known.path).is_file());
        Ok(course)
    }

    /// A lab of the student's folder cannot be opened. One that ships is known all the same, unless this one was packed.
    fn cannot_open(&mut self, lab: Option<Unopened>) {
        let Some(lab) = lab else { return };
        match self.labs.iter().position(|known| known.lab.id == lab.id) {
            Some(at) if self.labs[at].shipped() && lab.packed.is_some() => drop(self.labs.remove(at)),
            Some(_) => return,
            None => {}
        }
        self.unopened.push(lab);
    }

    /// The folder in which what its labs name is found; their own texts are not in it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file of a lab as it was handed out, by the name that the lab has for it; none where nobody knows.
    pub fn original(&self, lab: &CourseLab, name: &str) -> Option<Vec<u8>> {
        if lab.origin == Origin::Student {
            return None;
        }
        let place = lab.place(name)?;
        if place == lab.path {
            return Some(lab.text.clone().into_bytes());
        }
        if !lab.shipped() {
            return std::fs::read(self.folder().join(place)).ok();
        }
        let inside = place.strip_prefix("labs/")?;
        Library::tree().get_file(inside).map(|file| file.contents().to_vec())
    }
}

/// The lab has tasks.
fn asks(document: &Document) -> bool {
    document.node(&[Step::from("tasks")]).is_some()
}

/// A lab of the binary, whatever files are in the current folder.
///
/// # Errors
/// All that is wrong with it.
pub fn open_shipped(id: &str) -> Result<Lab, Vec<Error>> {
    let one = |error| vec![error];
    let file = Library::shipped().find(id).map_err(one)?;
    let document = Document::parse(&file.name(), file.text).map_err(one)?;
    Lab::check(&document, &file.files(), None)
}

/// A lab by its text, as if it stood at a path below a folder.
///
/// # Errors
/// All that is wrong with it.
pub fn open_text(folder: &Path, path: &str, document: &Document) -> Result<Lab, Vec<Error>> {
    let files = Files::beside(&folder.join(path)).map_err(|error| vec![error])?;
    Lab::check(document, &files, Some(folder))
}

impl CourseLab {
    /// It comes from the binary.
    pub fn shipped(&self) -> bool {
        self.origin == Origin::Binary
    }

    /// Where students have a file, from their folder on, by the name that the lab has for it.
    pub fn place(&self, name: &str) -> Option<String> {
        place_beside(&self.path, name)
    }

    /// The last part of its path: `10-bias-correction.yaml`.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// Whether a path has the ending of YAML.
pub fn is_yaml(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending == "yaml" || ending == "yml")
}

/// Whether a name is that of a script's file, rather than one of the catalogue.
pub fn is_script(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending == "rhai")
}

/// Where a file is that a lab at a path names; none if it leads out of the folder.
pub fn place_beside(lab: &str, name: &str) -> Option<String> {
    let mut place = PathBuf::from(lab);
    place.pop();
    for part in Path::new(name).components() {
        match part {
            Component::Normal(part) => place.push(part),
            Component::CurDir => {}
            Component::ParentDir if place.pop() => {}
            _ => return None,
        }
    }
    let parts: Vec<_> = place.iter().map(|part| part.to_string_lossy()).collect();
    Some(parts.join("/"))
}

/// The files that count for a task, as its lab names them.
pub fn files_of(task: &TaskPlan) -> Vec<&str> {
    match &task.kind {
        TaskKind::Script(script) => vec![&script.file],
        TaskKind::Goal(goal) => goal.files.iter().map(String::as_str).collect(),
        TaskKind::Line(line) => vec![&line.file],
        _ => Vec::new(),
    }
}

/// The task is judged by the student's files alone, not by an answer.
pub fn is_of_files(task: &TaskPlan) -> bool {
    matches!(task.kind, TaskKind::Script(_) | TaskKind::Goal(_))
}

/// Keys of the lab's file count for the task.
pub fn edits_lab(task: &TaskPlan) -> bool {
    matches!(&task.kind, TaskKind::Goal(goal) if !goal.edit.is_empty())
}

/// Part of the task is hidden from students: all of it, a seed, or a case.
pub fn has_hidden(task: &TaskPlan) -> bool {
    task.hidden
        || match &task.kind {
            TaskKind::Goal(goal) => !goal.hidden_seeds.is_empty(),
            TaskKind::Script(script) => script.cases.iter().any(|case| case.hidden),
            _ => false,
        }
}

/// The points of a task that students know of: those of hidden tasks and cases left out.
pub fn visible_points(task: &TaskPlan) -> f64 {
    match &task.kind {
        _ if task.hidden => 0.0,
        TaskKind::Script(script) => script.cases.iter().filter(|case| !case.hidden).map(|case| case.points).sum(),
        _ => task.points,
    }
}

/// The keys of the lab's file that count for a task.
pub fn edited_keys(task: &TaskPlan) -> &[String] {
    match &task.kind {
        TaskKind::Goal(goal) => &goal.edit,
        _ => &[],
    }
}

/// The YAML files below a folder, in order, those that are hidden, links and `solutions/` left out.
pub(super) fn yaml_below(folder: &Path, prefix: &str, depth: usize, left: &mut usize, found: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let names = entries.flatten().take(*left).filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.') && name != "solutions").collect();
    names.sort();
    for name in names {
        let Some(fewer) = left.checked_sub(1) else { return };
        *left = fewer;
        let Ok(what) = std::fs::symlink_metadata(folder.join(&name)) else { continue };
        let path = format!("{prefix}{name}");
        if what.is_file() && is_yaml(&name) && !name.ends_with(".tape.yaml") {
            found.push(path);
        } else if what.is_dir() && depth > 0 {
            yaml_below(&folder.join(&name), &format!("{path}/"), depth - 1, left, found);
        }
    }
}
