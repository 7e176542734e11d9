//! `optlab copy` and `optlab init`: files of the user's own, made of what ships.

use std::fs;
use std::io::{BufRead, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use super::config::Known;
use super::{Person, meant, report, show_lab};
use crate::clock::Clock;
use crate::course::labs;
use crate::course::working_folder::{self, Made, Wanted};
use crate::error::{Error, Result, scrub_line};
use crate::lab::{Lab, LabPart, Overrides, shipped_tapes};
use crate::script::{Entry, Kind, shipped};
use crate::session::{Copy, write_beside};
use crate::settings::{self, Flags, LANG, Setting};

/// Bytes of a name that is typed; more than any has.
const TYPED: u64 = 4096;

/// Copies a lab with all that it is made of, or scripts of the catalogue, and gives the exit code.
pub(super) fn copy(what: &str, dir: Option<PathBuf>) -> u8 {
    let folder = dir.unwrap_or_default();
    let scripts = if show_lab::is_path(what) || show_lab::is_shipped(what) { Vec::new() } else { scripts(what) };
    if !scripts.is_empty() {
        return super::done(copy_scripts(what, scripts, &folder));
    }
    if let Some((name, text)) = shipped_tapes().find(|(name, _)| name == what) {
        return super::done(copy_tape(&name, text, &folder));
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

/// Copies a tape that ships, by the name of its file.
fn copy_tape(name: &str, text: &str, folder: &Path) -> Result<()> {
    let path = folder.join(name);
    if !folder.as_os_str().is_empty() {
        fs::create_dir_all(folder)
            .map_err(|error| Error::user(format!("cannot make the folder `{}`: {error}", folder.display())))?;
    }
    write_beside(&path, false, text.as_bytes()).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Error::user(format!("`{}` is there already", path.display()))
            .help(format!("`optlab copy {name} DIR` copies into another folder")),
        _ => Error::user(format!("cannot write `{}`: {error}", path.display())),
    })?;
    let shown = quoted(&shown(&path));
    report::line(&format!("wrote  {shown}"));
    report::line(&format!(
        "next   `optlab play {shown}` plays it, `optlab record {shown} -o FILE` writes what is seen"
    ));
    Ok(())
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

/// What `optlab init` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Init {
    /// The folder; the current one if none is given.
    dir: Option<PathBuf>,
    /// Start from a course that `optlab pack` has made, in place of the labs that ship.
    #[arg(long, value_name = "DIR")]
    course: Option<PathBuf>,
    #[command(flatten)]
    person: Person,
}

/// Makes a working folder.
pub(super) fn init(what: Init, clock: &Clock) -> Result<()> {
    let folder = what.dir.unwrap_or_default();
    let Person { lang, student } = what.person;
    let known = Known::of(&Flags { lang: lang.clone(), student, ..Flags::default() });
    known.settings.problems.iter().for_each(report::warning);
    let student = match known.value(Setting::Student) {
        Some(student) => Some(student.to_owned()),
        None if working_folder::knows_its_student(&folder) => None,
        None => asked_name()?,
    };
    let texts = known.value(Setting::Lang).filter(|lang| *lang != LANG).map(str::to_owned);
    let wanted = Wanted { lang: lang.clone(), texts, student, course: what.course };
    let made = working_folder::init(&folder, &wanted, clock)?;
    told(&folder, &made);
    if let Some(lang) = lang {
        report::line(&format!("its language is {lang}, for the texts of labs that have it"));
    }
    let go = if folder.as_os_str().is_empty() { String::new() } else { format!("cd {} && ", quoted(&shown(&folder))) };
    report::line(&format!("next   {go}optlab   lists its labs"));
    Ok(())
}

/// Asks for the student's name, where somebody sits at a terminal; it may be empty.
fn asked_name() -> Result<Option<String>> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(None);
    }
    let asked = "Your name, as your lecturer knows it (Enter leaves it out): ";
    let _ = std::io::stderr().write_all(asked.as_bytes());
    let mut typed = String::new();
    let read = std::io::stdin().lock().take(TYPED).read_line(&mut typed);
    read.map_err(|error| Error::user(format!("the name cannot be read: {error}")).help("give it by `--student NAME`"))?;
    let name = settings::name(&typed).ok_or_else(|| {
        let what = format!("a name has at most {} characters, on one line", settings::LONGEST_NAME);
        Error::user(what).help("give it by `--student NAME`")
    })?;
    Ok(Some(name))
}

/// What was made of a folder.
fn told(folder: &Path, made: &Made) {
    let name = if folder.as_os_str().is_empty() { "this folder".to_owned() } else { format!("`{}`", shown(folder)) };
    let count = made.written.len();
    let files = if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
    report::line(&match (count, made.differ.len()) {
        (0, 0) => format!("{name} is a working folder and has all that is handed out; nothing was written"),
        (0, _) => format!("{name} is a working folder; nothing was new"),
        _ => format!("{name} is a working folder; wrote {files}:"),
    });
    told_by_folder(&made.written).iter().for_each(|line| report::line(line));
    if !made.differ.is_empty() {
        report::line(
            "as they were, since they differ from what is handed out (`optlab reset LAB` puts a lab's files back):",
        );
        made.differ.iter().for_each(|path| report::line(&format!("  {}", shown(&folder.join(path)))));
    }
    let student = scrub_line(&made.student);
    if made.other_student {
        report::line(&format!("progress.yaml is {student}'s, and stays so; change the name in it if that is wrong"));
    } else if !student.is_empty() {
        report::line(&format!("progress.yaml is {student}'s"));
    }
    if let Some(root) = &made.inside {
        let root = shown(root);
        report::line(&format!(
            "it lies in the working folder {root}: labs in it now have it as their root, not that one"
        ));
    }
    if let [first, ..] = made.unpacked.as_slice() {
        let first = shown(first);
        let more = if made.unpacked.len() > 1 { " and others" } else { "" };
        report::note(&format!(
            "note: the answers can be read in {first}{more}: `optlab pack` makes of a course what students get"
        ));
    }
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
