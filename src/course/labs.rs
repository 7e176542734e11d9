//! The labs that can be opened from here: those of the current folder, those of the working folder around it, and those that
//! ship. They are only read here; each is checked when it is opened.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::lab::files::{read_bounded, working_folder_of};
use crate::lab::{Document, Library, Node, Step, keys, languages, worked_out_or_raw};

/// Files of one folder that are looked at; a list of more is of no use.
const MOST: usize = 300;
/// Folders of a working folder that are looked through.
const MOST_FOLDERS: usize = 200;
/// What marks the files of a run, among which its lab is.
const RUN: &str = ".optlab-run";
/// The largest lab file that is read, in bytes.
const LIMIT: u64 = 256 << 10;

/// A lab that can be opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Where it comes from, in a few words, the same for all that stand together.
    pub group: String,
    /// What it is called in the list: the id where that opens it from here, else the name of its file.
    pub name: String,
    /// The id that it gives itself.
    pub id: Option<String>,
    /// One line.
    pub title: String,
    /// The first paragraph of its text, or what is wrong with it.
    pub summary: String,
    /// What opens it: a path, or the id of a lab that ships.
    pub opens: String,
    /// The tasks that students see, each with what it is worth.
    pub tasks: Vec<(String, f64)>,
}

/// The labs, those of the current folder first, and what kept some from being listed; in a language, as far as their texts are
/// there in it.
pub fn labs(language: Option<&str>) -> (Vec<Listed>, Vec<String>) {
    let mut listed: Vec<Listed> = Vec::new();
    let mut notes = Vec::new();
    let mut inside = false;
    match fs::canonicalize(".") {
        Ok(here) => {
            own("in this folder", Path::new(""), language, &mut listed, &mut notes);
            let root = working_folder_of(&here).map(Path::to_path_buf);
            inside = root.is_some();
            for folder in root.iter().flat_map(|root| folders_of(root)).filter(|folder| *folder != here) {
                let root = root.as_deref().unwrap_or(&here);
                let below = folder.strip_prefix(root).unwrap_or(Path::new("")).display().to_string();
                let below = if matches!(below.as_str(), "" | "labs") { String::new() } else { format!(", {below}") };
                let group = format!("in the working folder {}{below}", name_of(root));
                let mut others = Vec::new();
                own(&group, &way(&here, &folder), language, &mut others, &mut notes);
                // A copy in this folder is the one that the id opens.
                others.retain(|lab| !is_there(&listed, lab.id.as_deref()));
                listed.extend(others);
            }
        }
        Err(error) => notes.push(format!("the current folder cannot be read: {error}")),
    }
    if inside {
        let others: Vec<Listed> = shipped(language).filter(|lab| !is_there(&listed, Some(&lab.name))).collect();
        listed.extend(others);
        called_by_ids(&mut listed);
    } else {
        listed.extend(shipped(language));
    }
    (listed, notes)
}

/// A working folder and all folders in it that may have labs: neither hidden, nor with scripts, data or solutions alone, nor
/// with the files of a run.
fn folders_of(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![root.to_path_buf()];
    let mut at = 0;
    while at < found.len() && found.len() < MOST_FOLDERS {
        let entries = fs::read_dir(&found[at]).into_iter().flatten().flatten().take(10_000);
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        let inside = folders.map(|entry| entry.path()).filter(|folder| {
            let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or(".");
            let others = name.starts_with('.') || ["scripts", "solutions", "data"].contains(&name);
            !others && !folder.join(RUN).exists() && working_folder_of(folder) == Some(root)
        });
        let inside: Vec<PathBuf> = inside.collect();
        found.extend(inside);
        at += 1;
    }
    found.truncate(MOST_FOLDERS);
    found.sort();
    found
}

/// One of them gives itself this id.
fn is_there(labs: &[Listed], id: Option<&str>) -> bool {
    id.is_some_and(|id| labs.iter().any(|lab| lab.id.as_deref() == Some(id)))
}

/// In or below a working folder an id opens its lab, and so is its name; not where two have the same.
fn called_by_ids(labs: &mut [Listed]) {
    let ids: Vec<Option<String>> = labs.iter().map(|lab| lab.id.clone()).collect();
    for lab in labs {
        if let Some(id) =
            lab.id.as_ref().filter(|id| is_word(id) && ids.iter().flatten().filter(|other| other == id).count() == 1)
        {
            lab.name.clone_from(id);
        }
    }
}

/// It may be an id on a command line, where a path is none.
fn is_word(word: &str) -> bool {
    !word.is_empty() && !word.contains(['/', '\\', '.'])
}

/// What opens the lab that a word means: in or below a working folder its own lab of that id, or else of that file's name without
/// the ending, goes before the one that ships; elsewhere, and for a path, it is the word itself.
pub fn named(word: &str) -> String {
    let is_id = is_word(word) && !Path::new(word).exists();
    let inside = || fs::canonicalize(".").is_ok_and(|here| working_folder_of(&here).is_some());
    if !is_id || !inside() {
        return word.to_owned();
    }
    let labs = labs(None).0;
    let of_file = |lab: &&Listed| Path::new(&lab.opens).file_stem().is_some_and(|stem| stem == word);
    let own = labs.iter().find(|lab| lab.id.as_deref() == Some(word)).or_else(|| labs.iter().find(of_file));
    own.map_or_else(|| word.to_owned(), |lab| lab.opens.clone())
}

/// The lab that follows another one: of a file the next file of its folder that is a lab, else the next one that ships. What
/// opens it, and its title.
pub fn after(opened_by: &str, id: &str, language: Option<&str>) -> Option<(String, String)> {
    let path = Path::new(opened_by);
    let listed = if path.is_file() {
        let mut listed = Vec::new();
        own("", path.parent().unwrap_or(Path::new("")), language, &mut listed, &mut Vec::new());
        let name = path.file_name()?.to_str()?;
        listed.into_iter().skip_while(|lab| lab.name != name).nth(1)
    } else {
        shipped(language).skip_while(|lab| lab.name != id).nth(1)
    };
    listed.map(|lab| (lab.opens, lab.title))
}

/// The labs that ship.
fn shipped(language: Option<&str>) -> impl Iterator<Item = Listed> {
    Library::shipped().labs().iter().map(move |file| {
        let texts = language.and_then(|language| file.texts_in(language));
        let texts = texts.and_then(|(name, text)| Document::parse(&name, text).ok());
        let document = Document::parse(&file.name(), file.text).ok();
        let own = || document.as_ref().and_then(summary);
        Listed {
            group: "part of the program".to_owned(),
            name: file.id.clone(),
            id: Some(file.id.clone()),
            title: texts.as_ref().and_then(|texts| text(texts, "title")).unwrap_or_else(|| file.title.clone()),
            summary: texts.as_ref().and_then(summary).or_else(own).unwrap_or_default(),
            opens: file.id.clone(),
            tasks: document.as_ref().map(tasks).unwrap_or_default(),
        }
    })
}

/// The labs in a folder, which is called so from here.
fn own(group: &str, folder: &Path, language: Option<&str>, listed: &mut Vec<Listed>, notes: &mut Vec<String>) {
    let named = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = match fs::read_dir(named) {
        Ok(entries) => entries,
        Err(error) => {
            let what = if folder.as_os_str().is_empty() {
                "this folder".to_owned()
            } else {
                format!("`{}`", folder.display())
            };
            return notes.push(format!("{what} cannot be read, so that its labs are not listed: {error}"));
        }
    };
    let names = entries.flatten().take(100_000).filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| may_be_lab(name)).collect();
    names.sort();
    let all = names.clone();
    let beside = || all.iter().map(String::as_str);
    names.retain(|name| languages::original_of(name, beside()).is_none());
    let group = match names.len() {
        all if all > MOST => format!("{group} (the first {MOST} of {all} files)"),
        _ => group.to_owned(),
    };
    listed.extend(names.into_iter().take(MOST).filter_map(|name| {
        let lab = look(&group, &folder.join(&name), &name)?;
        let texts = language.and_then(|language| languages::translation(&name, language, beside()));
        Some(match texts {
            Some(texts) => translated(lab, &folder.join(texts)),
            None => lab,
        })
    }));
}

/// Told by its name: neither hidden, nor a tape, nor what is kept of a student's progress.
pub fn may_be_lab(name: &str) -> bool {
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
    matches!(ending, Some("yaml" | "yml"))
        && !name.starts_with('.')
        && !name.ends_with(".tape.yaml")
        && name != "progress.yaml"
}

/// A document has keys that only labs have.
pub fn is_lab(document: &Document) -> bool {
    let Node::Map(entries) = document.root() else { return false };
    let known = |key: &str| key != "format" && keys::inside("").any(|known| known.name() == key);
    entries.iter().any(|(key, _)| known(key))
}

/// A file as the list has it; none if it is no lab: another kind of YAML, a folder, a pipe. One that cannot be read is there,
/// and opening it says why.
fn look(group: &str, path: &Path, name: &str) -> Option<Listed> {
    let opens = path.display().to_string();
    let listed = |id: Option<String>, title: String, summary: String| {
        let (group, name, opens) = (group.to_owned(), name.to_owned(), opens.clone());
        Some(Listed { group, name, id, title, summary, opens, tasks: Vec::new() })
    };
    let broken = |error: &Error| {
        let line = error.place().map(|place| format!("line {}: ", place.line())).unwrap_or_default();
        listed(None, "cannot be read; Enter shows why".to_owned(), format!("{line}{}", error.what()))
    };
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return None;
    }
    let document = match read_bounded(&opens, LIMIT).and_then(|bytes| Document::read(&opens, &bytes)) {
        Ok(document) => document,
        Err(error) => return broken(&error),
    };
    match document.root() {
        Node::Map(_) if is_lab(&document) => {}
        Node::Map(_) => return None,
        other => return broken(&Error::user(format!("a lab is a map of keys, found {}", other.describe()))),
    }
    let id = text(&document, "id");
    let title = text(&document, "title").or_else(|| id.clone()).unwrap_or_else(|| name.to_owned());
    let listed = listed(id, title, summary(&document).unwrap_or_default())?;
    Some(Listed { tasks: tasks(&document), ..listed })
}

/// The tasks of a lab that are not hidden, each with what it is worth; what is wrong in them, opening the lab says.
fn tasks(document: &Document) -> Vec<(String, f64)> {
    let Some(Node::Seq(tasks)) = document.root().child(&Step::from("tasks")) else { return Vec::new() };
    let seen = tasks.iter().filter(|task| !matches!(task.child(&Step::from("hidden")), Some(Node::Bool(true))));
    // Where the points of a case are places at which it is tried, it says `worth`.
    let said = |node: &Node, key: &str| number(node.child(&Step::from(key)));
    let worth = |node: &Node| said(node, "worth").or_else(|| said(node, "points")).unwrap_or(1.0);
    let of = |task: &Node| {
        let Some(Node::Str(id)) = task.child(&Step::from("id")) else { return None };
        // Points of a goal's marks and of a script's cases add up to the task's.
        let parts = ["marks", "cases"].into_iter().find_map(|key| match task.child(&Step::from(key)) {
            Some(Node::Seq(parts)) => Some(parts.iter().map(worth).sum()),
            _ => None,
        });
        Some((id.clone(), parts.unwrap_or_else(|| worth(task))))
    };
    seen.filter_map(of).collect()
}

fn number(node: Option<&Node>) -> Option<f64> {
    match node? {
        Node::Int(number) => Some(*number as f64),
        Node::Float(number) => Some(*number),
        _ => None,
    }
}

/// A lab in the list, with what a file of texts in another language says of it.
fn translated(lab: Listed, path: &Path) -> Listed {
    let name = path.display().to_string();
    let Some(texts) = read_bounded(&name, LIMIT).and_then(|bytes| Document::read(&name, &bytes)).ok() else {
        return lab;
    };
    let title = text(&texts, "title").unwrap_or(lab.title);
    let summary = summary(&texts).unwrap_or(lab.summary);
    Listed { title, summary, ..lab }
}

fn text(document: &Document, key: &str) -> Option<String> {
    match document.root().child(&Step::from(key)) {
        Some(Node::Str(text)) => Some(worked_out_or_raw(text)),
        _ => None,
    }
}

/// The first paragraph of a lab's text that is no heading, as one line.
fn summary(document: &Document) -> Option<String> {
    let about = text(document, "about")?;
    let prose = about.split("\n\n").find(|part| !part.trim().is_empty() && !part.starts_with('#'))?;
    Some(prose.replace('\n', " "))
}

fn name_of(folder: &Path) -> String {
    folder.file_name().map_or_else(|| "/".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The way from a folder to another one of the same working folder.
fn way(here: &Path, there: &Path) -> PathBuf {
    let common = here.components().zip(there.components()).take_while(|(a, b)| a == b).count();
    let ups = std::iter::repeat_n(std::ffi::OsStr::new(".."), here.components().count() - common);
    ups.chain(there.components().skip(common).map(std::path::Component::as_os_str)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{Lab, Overrides};

    #[test]
    fn names_tell_what_may_be_a_lab() {
        for (name, may) in
            [("a.yaml", true), ("a.yml", true), (".a.yaml", false), ("a.tape.yaml", false), ("a.rhai", false)]
        {
            assert_eq!(may_be_lab(name), may, "{name}");
        }
    }

    #[test]
    fn labs_are_called_by_ids_that_open_them() {
        let lab = |name: &str, id: Option<&str>| Listed {
            group: String::new(),
            name: name.into(),
            id: id.map(str::to_owned),
            title: String::new(),
            summary: String::new(),
            opens: name.into(),
            tasks: Vec::new(),
        };
        let mut all =
            [lab("01-a.yaml", Some("a")), lab("b.yaml", None), lab("c.yaml", Some("two")), lab("d.yaml", Some("two"))];
        called_by_ids(&mut all);
        assert_eq!(all.clone().map(|lab| lab.name), ["a", "b.yaml", "c.yaml", "d.yaml"]);
        assert!(is_there(&all, Some("a")) && !is_there(&all, Some("x")) && !is_there(&all, None));
        assert!(is_word("adam-on-digits") && !is_word("a.yaml") && !is_word("x/a"));
    }

    #[test]
    fn the_way_up_is_written_with_dots() {
        assert_eq!(way(Path::new("/a/b/c"), Path::new("/a")), Path::new("../.."));
        assert_eq!(way(Path::new("/a/b/c"), Path::new("/a/d/e")), Path::new("../../d/e"));
        assert_eq!(way(Path::new("/a"), Path::new("/a/labs")), Path::new("labs"));
        assert_eq!(way(Path::new("/a"), Path::new("/a")), Path::new(""));
    }

    #[test]
    fn tasks_are_counted_with_their_points_as_the_lab_itself_has_them() {
        let text = "tasks:
  - {id: a, kind: question}
  - {id: b, kind: text, points: 2.5}
  - {id: c, kind: goal, marks: [{check: x, points: 2}, {check: y}]}
  - {id: d, kind: line, hidden: true, points: 9}
  - {id: e, kind: script, cases: [{name: near, points: [1, 2], worth: 0}, {name: far, points: [9]}]}
";
        let document = Document::parse("a.yaml", text).unwrap();
        let found = tasks(&document);
        assert_eq!(found, [("a".to_owned(), 1.0), ("b".to_owned(), 2.5), ("c".to_owned(), 3.0), ("e".to_owned(), 1.0)]);
        for lab in shipped(None) {
            let checked = Lab::open(&lab.name, &Overrides::default()).unwrap();
            let seen = checked.tasks.iter().filter(|task| !task.hidden).map(|task| (task.id.clone(), task.points));
            assert_eq!(lab.tasks, seen.collect::<Vec<_>>(), "{}", lab.name);
        }
    }

    #[test]
    fn what_ships_has_a_sentence_each() {
        assert!(shipped(None).all(|lab| lab.summary.len() > 20 && !lab.summary.contains('\n')));
    }
}
