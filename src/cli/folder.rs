//! `optlab copy` and `optlab init`: files of the user's own, made of what ships.

use std::path::{Path, PathBuf};

use super::report;
use crate::course::working_folder;
use crate::error::{Result, scrub_line};
use crate::lab::{Lab, Overrides};
use crate::session::Copy;

/// Copies a lab with all that it is made of, and gives the exit code.
pub(super) fn copy(lab: &str, dir: Option<PathBuf>) -> u8 {
    let lab = match Lab::open(lab, &Overrides::default()) {
        Ok(lab) => lab,
        Err(errors) => return report::errors(&errors),
    };
    let folder = dir.unwrap_or_default();
    super::done(Copy::of_lab(&lab, &folder).and_then(|copy| {
        copy.write()?;
        copy.there.iter().for_each(|path| report::line(&format!("there  {}", shown(path))));
        copy.writes().iter().for_each(|path| report::line(&format!("wrote  {}", shown(path))));
        if copy.writes().is_empty() {
            report::line("nothing was written: all of it is here, with the same text");
        }
        let opens = quoted(&shown(&copy.opens));
        report::line(&format!("next   optlab {opens}   opens it; `e` edits it, or any editor beside it"));
        Ok(())
    }))
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
