//! A working folder: copies of the labs and scripts that ship, or of a course, what editors read, the student's progress, and
//! the marker that makes it the root of all labs in it. What is there is never written over: made again, the folder gets what
//! is new, and what differs is named.

pub mod given;
pub mod handout;
pub mod reset;

use std::path::{Path, PathBuf};

use crate::clock::Clock;
use crate::course::shelf::{self, Shelf};
use crate::error::{Error, Result};
use crate::lab::Node;
use crate::lab::files::{LANGUAGE, MARKER, working_folder_of};
use crate::session::new_files::{NewFile, There, write_new};
use crate::session::write_beside;
use given::Given;
use handout::Handout;

/// What the marker says to whoever looks into it.
const MARK: &str = "This file makes the folder above the root of the labs in it, for optlab.\n";

const README: &str = "# A working folder of optlab

- `labs/`: the labs. `optlab` in this folder lists them with what is done; Enter opens one, `e` edits it, `q` comes back.
- `scripts/`: optimizers, schedules, activations, losses, datasets, networks, landscapes and series, which labs name
  without their ending: `rule: adam`. Change one, and every lab here uses yours; put a new file there, and a lab can name it
  (`optlab new optimizer NAME` begins one).
- All of it is yours to change. `optlab init` run again adds what is new in a later optlab and names what differs; it never
  writes over a file. `optlab reset LAB` puts a lab's files back and keeps yours in `.optlab/attic/`.

## Tasks

Most labs ask something. The Guide pane shows what: `a` answers, `h` shows a hint, `n` and `p` go to the next and the previous
task, `A` gives one up. A question is asked before the run shows the answer. Where a lab or a script is to be changed, `e`
opens it, and what you save is judged. `optlab tasks LAB` does the same without a screen.

What is done is kept in `progress.yaml`, which only grows: a failed run takes nothing back. `optlab submit` packs what counts
into one file to hand in.

`optlab check .` tries all labs and scripts, `optlab list` shows what a lab can name. Editors that read YAML by schemas know
the keys of labs from `optlab.schema.json`.
";

/// What a working folder is to be.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The language that was asked for; the folder keeps it.
    pub lang: Option<String>,
    /// The language that holds, whose texts of labs are copied with them.
    pub texts: Option<String>,
    /// The student's name, which may be empty; none if nobody told it.
    pub student: Option<String>,
    /// A course to start from, in place of the labs that ship.
    pub course: Option<PathBuf>,
}

/// What was done.
#[derive(Debug, Clone, Default)]
pub struct Made {
    /// Files that were written.
    pub written: Vec<PathBuf>,
    /// Files that were there already and differ from what is handed out; they are as they were.
    pub differ: Vec<PathBuf>,
    /// The working folder that this one lies in, if it lies in one.
    pub inside: Option<PathBuf>,
    /// Labs of the course in which their answers can be read.
    pub unpacked: Vec<PathBuf>,
    /// The student's name in the folder; empty if there is none.
    pub student: String,
    /// It was in progress already, and is not the one that was given.
    pub other_student: bool,
}

/// A folder knows whose it is, so that nobody has to be asked.
pub fn knows_its_student(folder: &Path) -> bool {
    folder.join(shelf::FILE).symlink_metadata().is_ok()
}

/// Makes a working folder of a folder, which is made if it is not there.
///
/// # Errors
/// A file cannot be read or written, or something lies in the way; then nothing was written.
pub fn init(folder: &Path, wanted: &Wanted, clock: &Clock) -> Result<Made> {
    let named = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if named.metadata().is_ok_and(|found| !found.is_dir()) {
        return Err(Error::user(format!("`{}` is no folder", named.display())).help("give the name of a new folder"));
    }
    let mut made = Made { inside: around(named), ..Made::default() };
    let course = match &wanted.course {
        Some(course) => Some(Handout::read(course)?),
        None => in_place(named),
    };
    let mut new = Vec::new();
    for Given { path, bytes } in files(named, wanted, course.as_ref())? {
        let file = NewFile { path, bytes };
        match file.there(folder)? {
            There::Nothing => {
                if !file.path.starts_with(given::KEPT) {
                    made.written.push(file.path.clone());
                }
                new.push(file);
            }
            There::Same => {}
            // Whatever it says, it marks; and what was kept of a course is no file of the student's.
            There::Other if file.path.starts_with(".optlab") && folder.join(&file.path).is_file() => {}
            There::Other if given::says_the_same(&folder.join(&file.path), &file.bytes) => {}
            There::Other => made.differ.push(file.path),
        }
    }
    let progress = first_progress(wanted.student.as_deref().unwrap_or_default());
    match progress.there(folder)? {
        There::Nothing => {
            made.written.push(progress.path.clone());
            new.push(progress);
        }
        _ => own(&Shelf::at(folder.join(shelf::FILE), clock.clone()), wanted, &mut made)?,
    }
    write_new(folder, &new)?;
    if let Some(lang) = &wanted.lang {
        let place = folder.join(LANGUAGE);
        write_beside(&place, true, format!("{lang}\n").as_bytes())
            .map_err(|error| Error::user(format!("cannot write `{}`: {error}", place.display())))?;
    }
    if made.student.is_empty() {
        made.student = wanted.student.clone().unwrap_or_default();
    }
    made.unpacked = course.map(|course| course.unpacked).unwrap_or_default();
    Ok(made)
}

/// A course that somebody has unpacked and works in: it was packed as a working folder, and is its own course.
fn in_place(folder: &Path) -> Option<Handout> {
    if !folder.join(MARKER).is_file() || folder.join(given::KEPT).is_dir() {
        return None;
    }
    Handout::read(folder).ok().filter(|course| course.packed > 0 && course.unpacked.is_empty())
}

/// The working folder that a folder lies in.
fn around(named: &Path) -> Option<PathBuf> {
    let there = named.ancestors().find_map(|above| {
        let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        above.canonicalize().ok()
    });
    let around = match (&there, named.canonicalize()) {
        (Some(there), Ok(own)) if *there == own => there.parent(),
        (there, _) => there.as_deref(),
    };
    around.and_then(working_folder_of).map(Path::to_path_buf)
}

/// All files of a working folder but for progress.
fn files(folder: &Path, wanted: &Wanted, course: Option<&Handout>) -> Result<Vec<Given>> {
    let mut files = vec![Given::text(MARKER, MARK)];
    let handed = match course {
        Some(course) => {
            // So that what a lab was at first can be put back.
            let kept =
                |file: &Given| Given { path: Path::new(given::KEPT).join(&file.path), bytes: file.bytes.clone() };
            files.extend(course.files.iter().map(kept));
            given::of_a_course(course)
        }
        None => given::of_folder(folder, wanted.texts.as_deref())?,
    };
    if handed.iter().all(|file| file.path != Path::new("README.md")) {
        files.push(Given::text("README.md", README));
    }
    files.extend(handed);
    files.extend(given::for_editors());
    Ok(files)
}

/// Progress in which nothing is done yet.
fn first_progress(student: &str) -> NewFile {
    let text = format!("format: 1\nstudent: {}\n", Node::Str(student.to_owned()).in_a_line());
    NewFile { path: shelf::FILE.into(), bytes: text.into_bytes() }
}

/// Progress that was there gets the student's name if it has none.
fn own(shelf: &Shelf, wanted: &Wanted, made: &mut Made) -> Result<()> {
    let progress = match &wanted.student {
        Some(student) if !student.is_empty() => shelf.clone().for_student(Some(student.clone())).update(|_| {})?,
        _ => shelf.read()?,
    };
    made.other_student = wanted.student.as_ref().is_some_and(|given| !given.is_empty() && *given != progress.student);
    made.student = progress.student;
    Ok(())
}
