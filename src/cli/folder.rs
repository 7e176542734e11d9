//! `optlab copy` and `optlab init`: files of the user's own, made of what ships.

use std::path::{Path, PathBuf};

use super::{meant, report, show_lab};
use crate::course::labs;
use crate::course::working_folder;
use crate::error::{Result, scrub_line};
use crate::lab::{Lab, LabPart, Overrides};
use crate::script::{Entry, Kind, shipped};
use crate::session::Copy;

/// Copies a lab with all that it is made of, or scripts of the catalogue, and gives the exit code.
pub(super) fn copy(what: &str, dir: Option<PathBuf>) -> u8 {
    let folder = dir.unwrap_or_default();
    let scripts = if show_lab::is_path(what) || show_lab::is_shipped(what) { Vec::new() } else { scripts(what) };
    if !scripts.is_empty() {
        return super::done(copy_scripts(what, scripts, &folder));
    }
    if !meant::is_lab(what) {
        return report::errors(&[meant::nothing(what)]);
    }
    let lab = match Lab::open(&labs::named(what), &Overrides::default()) {
        Ok(lab) => lab,
        Err(errors) => return report::errors(&errors),
    };
    super::done(Copy::of_lab(&lab, &folder).and_then(|copy| {
        written(&copy)?;
        let opens = quoted(&shown(&copy.opens));
        report::line(&format!("next   optlab {opens}   opens it; `e` edits it, or any editor beside it"));
        Ok(())
    }))
}

/// The shipped scripts that a word means: by their name, or all of a kind.
fn scripts(word: &str) -> Vec<Entry> {
    let all = Kind::ALL.into_iter().flat_map(shipped);
    all.filter(|entry| entry.name == word || entry.kind.folder() == word).collect()
}

/// Copies scripts to where labs look for them by their names.
fn copy_scripts(word: &str, scripts: Vec<Entry>, folder: &Path) -> Result<()> {
    let part = |entry: Entry| LabPart {
        path: PathBuf::from(&entry.source.name),
        catalogued: true,
        bytes: entry.source.text.as_bytes().to_vec(),
    };
    let many = scripts.iter().any(|entry| entry.name != word);
    let copy = Copy::of_scripts(scripts.into_iter().map(part).collect(), folder)
        .map_err(|error| error.help(format!("`optlab copy {word} DIR` copies into another folder")))?;
    written(&copy)?;
    let names = if many { "them by their names".to_owned() } else { format!("`{word}`") };
    let tries = match copy.opens.parent().filter(|_| many) {
        Some(folder) => quoted(&shown(folder)),
        None => quoted(&shown(&copy.opens)),
    };
    report::line(&format!(
        "next   edit and `optlab check {tries}`; labs beside `scripts/` that name {names} use the copy"
    ));
    Ok(())
}

/// Writes a copy, and tells what of it was there.
fn written(copy: &Copy) -> Result<()> {
    copy.write()?;
    copy.there.iter().for_each(|path| report::line(&format!("there  {}", shown(path))));
    copy.writes().iter().for_each(|path| report::line(&format!("wrote  {}", shown(path))));
    if copy.writes().is_empty() {
        report::line("nothing was written: all of it is here, with the same text");
    }
    Ok(())
}

/// Makes a working folder.
pub(super) fn init(dir: Option<PathBuf>) -> Result<()> {
    let folder = dir.unwrap_or_default();
    let made = working_folder::init(&folder)?;
    let name = if folder.as_os_str().is_empty() { "this folder".to_owned() } else { format!("`{}`", shown(&folder)) };
    let count = made.written.len();
    let files = if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
    report::line(&match (count, made.differ.len()) {
        (0, 0) => format!("{name} is a working folder and has all that ships; nothing was written"),
        (0, _) => format!("{name} is a working folder; nothing was new"),
        _ => format!("{name} is a working folder; wrote {files}:"),
    });
    told_by_folder(&made.written).iter().for_each(|line| report::line(line));
    if !made.differ.is_empty() {
        report::line("as they were, since they differ from what ships:");
        made.differ.iter().for_each(|path| report::line(&format!("  {}", shown(&folder.join(path)))));
    }
    if let Some(root) = &made.inside {
        let root = shown(root);
        report::line(&format!(
            "it lies in the working folder {root}: labs in it now have it as their root, not that one"
        ));
    }
    let go = if folder.as_os_str().is_empty() { String::new() } else { format!("cd {} && ", quoted(&shown(&folder))) };
    report::line(&format!("next   {go}optlab   lists its labs"));
    Ok(())
}

/// How many files were written into each folder, and those that lie in none by name.
fn told_by_folder(files: &[PathBuf]) -> Vec<String> {
    let mut told: Vec<(String, usize)> = Vec::new();
    for file in files {
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty() && !parent.starts_with(".optlab"));
        let name = parent.map_or_else(|| shown(file), |parent| format!("{}/", shown(parent)));
        match told.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => told.push((name, 1)),
        }
    }
    let line = |(name, count): (String, usize)| match (name.ends_with('/'), count) {
        (true, 1) => format!("  {name}  1 file"),
        (true, count) => format!("  {name}  {count} files"),
        (false, _) => format!("  {name}"),
    };
    told.into_iter().map(line).collect()
}

fn shown(path: &Path) -> String {
    scrub_line(&path.display().to_string())
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./+,:@".contains(c);
    if path.chars().all(plain) && !path.starts_with('-') {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}
