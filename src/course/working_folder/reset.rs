//! A lab's files put back as they were handed out: its own, those that it names by their path, and those that its tasks name.
//! What the student had is moved into `.optlab/attic/`, with the time in its name; progress stays.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::given::{self, Given};
use crate::clock::{self, Clock};
use crate::course::labs;
use crate::error::{Error, Result, nearest};
use crate::lab::files::{read_bounded, working_folder_of};
use crate::lab::{Document, Library, Node, Step};
use crate::session::new_files::{NewFile, There, write_new};
use crate::session::write_beside;

/// The largest file that is kept.
const LIMIT: u64 = 256 << 20;
/// Where the student's copies go.
const ATTIC: &str = ".optlab/attic";

/// What was done.
#[derive(Debug, Clone, Default)]
pub struct Reset {
    /// The lab's id.
    pub lab: String,
    /// Files that are as they were handed out again, each with where the student's went; none where there was no file.
    pub put_back: Vec<(PathBuf, Option<PathBuf>)>,
    /// Scripts of the catalogue that the lab names, differ from what ships, and were left: other labs use them, too.
    pub left: Vec<PathBuf>,
}

/// Puts the files of a lab back, which a word means: an id, or the path of its file.
///
/// # Errors
/// There is no such lab, it was not handed out, or a file cannot be read or written.
pub fn reset(word: &str, clock: &Clock) -> Result<Reset> {
    let lab = Found::of(word)?;
    let mut reset = Reset { lab: lab.id.clone(), ..Reset::default() };
    let stamp = stamp(clock);
    for given in &lab.files {
        let file = NewFile { path: given.path.clone(), bytes: given.bytes.clone() };
        let place = lab.root.join(&file.path);
        match file.there(&lab.root)? {
            There::Same => {}
            There::Other if given::says_the_same(&place, &file.bytes) => {}
            There::Nothing => {
                write_new(&lab.root, &[file])?;
                reset.put_back.push((place, None));
            }
            There::Other => {
                let kept = keep(&lab.root, &given.path, &stamp)?;
                write_beside(&place, true, &given.bytes)
                    .map_err(|error| Error::user(format!("cannot write `{}`: {error}", place.display())))?;
                reset.put_back.push((place, Some(kept)));
            }
        }
    }
    let differs = |given: &&Given| {
        let place = lab.root.join(&given.path);
        place.symlink_metadata().is_ok() && !given::says_the_same(&place, &given.bytes)
    };
    reset.left = lab.shared.iter().filter(differs).map(|given| lab.root.join(&given.path)).collect();
    Ok(reset)
}

/// A lab with the files that it was handed out with.
struct Found {
    id: String,
    /// What the paths of the files begin in, as it is called from here.
    root: PathBuf,
    /// The lab's own file, and those that it or its tasks name by their paths.
    files: Vec<Given>,
    /// Scripts of the catalogue that it names.
    shared: Vec<Given>,
}

impl Found {
    fn of(word: &str) -> Result<Self> {
        let here = fs::canonicalize(".")
            .map_err(|error| Error::user(format!("the current folder cannot be read: {error}")))?;
        let opens = labs::named(word);
        let path = Path::new(&opens);
        // A file that is gone may be meant by its path, too.
        let is_path = path.is_file() || word.contains(['/', '\\']) || labs::may_be_lab(word);
        let start = if is_path { path.parent().filter(|folder| !folder.as_os_str().is_empty()) } else { None };
        let folder = start.map_or(Ok(here.clone()), |folder| {
            folder.canonicalize().map_err(|error| Error::user(format!("`{}`: {error}", folder.display())))
        })?;
        let (root, in_folder) = match working_folder_of(&folder) {
            Some(root) => (root.to_path_buf(), true),
            None => (folder.clone(), false),
        };
        let handed = if in_folder { given::of_folder(&root, None)? } else { Vec::new() };
        let own = match (is_path, in_folder) {
            (true, true) => {
                let name = path.file_name().map(PathBuf::from).unwrap_or_default();
                by_path(&handed, &folder.strip_prefix(&root).unwrap_or(Path::new("")).join(name), path)
            }
            (false, true) => by_id(&handed, word),
            _ => None,
        };
        let (lab, files) = match own {
            Some(own) => (handed[own].clone(), handed),
            None => Self::copied(word, path, &folder, &root, is_path)?,
        };
        let text = String::from_utf8_lossy(&lab.bytes).into_owned();
        let id = given::id_of(&text).unwrap_or_else(|| word.to_owned());
        let beside = lab.path.parent().unwrap_or(Path::new("")).to_path_buf();
        let (mut named, mut shared) = (vec![lab.clone()], Vec::new());
        for name in names_in(&text) {
            let place = normal(&beside.join(&name));
            if let Some(file) = files.iter().find(|file| Some(&file.path) == place.as_ref()) {
                if named.iter().all(|other| other.path != file.path) {
                    named.push(file.clone());
                }
                continue;
            }
            let called = |file: &&Given| {
                file.path.starts_with("scripts")
                    && file.path.extension().is_some_and(|ending| ending == "rhai")
                    && file.path.file_stem().is_some_and(|stem| stem == name.as_str())
            };
            shared.extend(files.iter().filter(called).cloned());
        }
        Ok(Self { id, root: from_here(&here, &root), files: named, shared })
    }

    /// A lab that ships and was copied into a folder that is no working folder, or under another name.
    fn copied(word: &str, path: &Path, folder: &Path, root: &Path, is_path: bool) -> Result<(Given, Vec<Given>)> {
        let text =
            read_bounded(&path.display().to_string(), LIMIT).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let id = if is_path { text.as_deref().and_then(given::id_of) } else { Some(word.to_owned()) };
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or(word);
        let library = Library::shipped();
        let file = id.as_deref().and_then(|id| library.labs().iter().find(|lab| lab.id == id));
        let Some(file) = file.or_else(|| library.find(stem).ok()) else { return Err(unknown(word, is_path)) };
        // The copy lies where the path says, or beside what is here.
        let name = if is_path { path.file_name().map(PathBuf::from).unwrap_or_default() } else { file.path.clone() };
        if !is_path && !folder.join(&name).exists() {
            let error = Error::user(format!("there is no copy of `{word}` here, so that there is nothing to put back"));
            return Err(error.help(format!("what is part of the program never changes: `optlab {word}` opens it")));
        }
        let below = folder.strip_prefix(root).unwrap_or(Path::new(""));
        let files: Vec<Given> = given::of_the_program(None)
            .into_iter()
            .map(|given| match given.path.strip_prefix("labs") {
                Ok(inside) => {
                    let path = below.join(if inside == file.path { &name } else { inside });
                    Given { bytes: given::without_line(&given.bytes).to_vec(), path }
                }
                Err(_) => given,
            })
            .collect();
        let own = files.iter().find(|given| given.path == below.join(&name)).cloned();
        own.map(|own| (own, files)).ok_or_else(|| unknown(word, is_path))
    }
}

/// The lab that a path means: the one that was handed out there, unless the file says that it is another one.
fn by_path(handed: &[Given], place: &Path, path: &Path) -> Option<usize> {
    let at = handed.iter().position(|given| given.path == place)?;
    let own = read_bounded(&path.display().to_string(), LIMIT).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let own = own.as_deref().and_then(given::id_of);
    let text = std::str::from_utf8(&handed[at].bytes).ok()?;
    (given::is_lab_file(place, text) && own.is_none_or(|own| Some(own) == given::id_of(text))).then_some(at)
}

fn by_id(handed: &[Given], id: &str) -> Option<usize> {
    handed.iter().position(|given| {
        let text = std::str::from_utf8(&given.bytes).unwrap_or_default();
        let stem = given.path.file_stem().and_then(|stem| stem.to_str());
        given::is_lab_file(&given.path, text) && (given::id_of(text).as_deref() == Some(id) || stem == Some(id))
    })
}

fn unknown(word: &str, is_path: bool) -> Error {
    if is_path && Path::new(word).is_file() {
        let error =
            Error::user(format!("`{word}` was not handed out with optlab, so that there is nothing to put back"));
        return error.help("`optlab list labs` shows the labs that ship");
    }
    let ids: Vec<&str> = Library::shipped().labs().iter().map(|lab| lab.id.as_str()).collect();
    let error = Error::user(format!("there is no lab `{word}`"));
    match nearest(word, ids) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("give a lab's id or the path of its file; `optlab` lists the labs that there are here"),
    }
}

/// All texts in a lab that may be names of files or of scripts: what its keys hold, at any depth.
fn names_in(text: &str) -> BTreeSet<String> {
    fn collect(node: &Node, found: &mut BTreeSet<String>) {
        match node {
            Node::Str(text) if text.len() < 300 && !text.contains('\n') => drop(found.insert(text.clone())),
            Node::Seq(items) => items.iter().for_each(|item| collect(item, found)),
            Node::Map(entries) => entries.iter().for_each(|(key, node)| {
                // Layers may be named by their keys alone: `- mine.rhai: {beta: 2}`.
                found.insert(key.clone());
                collect(node, found);
            }),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    let Ok(document) = Document::parse("lab", text) else { return found };
    for key in [
        "series",
        "averages",
        "data",
        "network",
        "initial",
        "loss",
        "landscape",
        "training",
        "optimizer",
        "compare",
        "observe",
    ] {
        document.node(&[Step::from(key)]).iter().for_each(|node| collect(node, &mut found));
    }
    if let Some(Node::Seq(tasks)) = document.node(&[Step::from("tasks")]) {
        for task in tasks {
            for key in ["file", "files"] {
                task.child(&Step::from(key)).iter().for_each(|node| collect(node, &mut found));
            }
        }
    }
    found
}

/// A path without dots in it; none if it leads out of where it begins.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => parts.push(name),
            Component::CurDir => {}
            Component::ParentDir if parts.pop() => {}
            _ => return None,
        }
    }
    Some(parts)
}

/// A folder as it is called from here: below here, above here, or by its whole path.
fn from_here(here: &Path, folder: &Path) -> PathBuf {
    if let Ok(below) = folder.strip_prefix(here) {
        return below.to_path_buf();
    }
    match here.strip_prefix(folder) {
        Ok(way) => way.components().map(|_| "..").collect(),
        Err(_) => folder.to_path_buf(),
    }
}

/// Copies a file into the attic, and tells its place there.
fn keep(root: &Path, path: &Path, stamp: &str) -> Result<PathBuf> {
    let place = root.join(path);
    let found = fs::metadata(&place).map_err(|error| Error::user(format!("`{}`: {error}", place.display())))?;
    if !found.is_file() {
        let error = Error::user(format!("`{}` is in the way: it is no file", place.display()));
        return Err(error.help("move it away first"));
    }
    let bytes = read_bounded(&place.display().to_string(), LIMIT)?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let ending = path.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
    let folder = Path::new(ATTIC).join(path.parent().unwrap_or(Path::new("")));
    for again in 1..1000 {
        let count = if again == 1 { String::new() } else { format!("-{again}") };
        let kept = NewFile { path: folder.join(format!("{stem}.{stamp}{count}{ending}")), bytes: bytes.clone() };
        if kept.there(root)? == There::Nothing {
            write_new(root, std::slice::from_ref(&kept))?;
            return Ok(root.join(kept.path));
        }
    }
    Err(Error::user(format!("`{}` is full of copies of `{}`", root.join(ATTIC).display(), path.display())))
}

/// The time as a part of a file's name, on every system: `2026-11-28T10-02-11Z`.
fn stamp(clock: &Clock) -> String {
    clock::written(clock.date()).trim_end_matches(" UTC").replace(' ', "T").replace(':', "-") + "Z"
}

#[cfg(test)]
#[path = "reset_tests.rs"]
mod tests;
