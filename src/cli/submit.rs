//! `optlab submit [DIR] -o FILE.zip`: packs what counts of a working folder, and says how far it is.

use std::path::{Path, PathBuf};

use clap::Args;

use super::report;
use crate::clock::Clock;
use crate::course::Course;
use crate::course::grade::report::points;
use crate::course::shelf::Shelf;
use crate::course::submit::{Packed, look};
use crate::error::{Error, scrub_line};
use crate::lab::files::working_folder_of;

/// What `optlab submit` is told.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The working folder; the one around the current folder if none is given, or else what was answered without one.
    dir: Option<PathBuf>,
    /// The zip to be handed in.
    #[arg(long, short, value_name = "FILE.zip", default_value = "submission.zip")]
    out: PathBuf,
}

/// Packs a working folder, and gives the exit code.
pub(super) fn run(arguments: &Arguments, clock: &Clock) -> u8 {
    match submit(arguments, clock) {
        Ok(()) => 0,
        Err(errors) => report::errors(&errors),
    }
}

fn submit(arguments: &Arguments, clock: &Clock) -> Result<(), Vec<Error>> {
    let one = |error: Error| vec![error];
    // Without one, where progress is kept: the working folder around, else the user's own folder, in which answers alone are.
    let next =
        "`optlab submit` wants the folder that `optlab init` made: go there, or name it as in `optlab submit DIR`";
    let folder = if let Some(dir) = &arguments.dir {
        if !dir.is_dir() {
            let what = if dir.exists() { "is a file" } else { "is not there" };
            return Err(one(Error::user(format!("the folder `{}` {what}", dir.display())).help(next)));
        }
        dir.clone()
    } else {
        let shelf = Shelf::of(Path::new("."), clock.clone()).map_err(one)?;
        if !shelf.path().is_file() && working_folder_of(&here()).is_none() {
            let error = Error::user("this is no working folder, and nothing was answered outside of one");
            return Err(one(error.help(next)));
        }
        shelf.path().parent().map(Path::to_path_buf).unwrap_or_default()
    };
    let course = Course::of_folder(&folder)?;
    if course.labs.is_empty() && course.unopened.is_empty() {
        let error = Error::user("no lab of this folder asks anything, so that there is nothing to hand in");
        return Err(one(error.help("`optlab init DIR` makes a working folder")));
    }
    let packed = look(&folder, &course, clock).map_err(one)?;
    packed.write(&arguments.out).map_err(one)?;
    told(&packed, &arguments.out).iter().for_each(|line| report::line(line));
    Ok(())
}

/// The present folder, whole.
fn here() -> PathBuf {
    Path::new(".").canonicalize().unwrap_or_default()
}

fn told(packed: &Packed, out: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let wide = packed.labs.iter().map(|lab| lab.id.chars().count()).max().unwrap_or(0).min(40);
    let (mut all, mut most) = (0.0, 0.0);
    for lab in &packed.labs {
        (all, most) = (all + lab.points, most + lab.most);
        let standing = format!("{:<wide$}  {:>4} of {} points", lab.id, points(lab.points), points(lab.most));
        let named = |what: &str, tasks: &[String]| match tasks {
            [] => String::new(),
            tasks => format!("  {what}: {}", tasks.join(", ")),
        };
        lines.push([standing, named("open", &lab.open), named("judged later", &lab.recorded)].concat());
    }
    lines.push(format!("{:<wide$}  {:>4} of {} points", "all", points(all), points(most)));
    lines.extend(packed.notes.iter().map(|note| format!("note: {note}")));
    let who = if packed.student.is_empty() { "nobody's name".to_owned() } else { packed.student.clone() };
    lines.push(format!("wrote  {}  by {}", scrub_line(&out.display().to_string()), scrub_line(&who)));
    lines.extend(packed.files.iter().map(|(path, bytes)| format!("  {}  {} bytes", scrub_line(path), bytes.len())));
    if packed.files.is_empty() {
        lines.push("  nothing was answered or edited yet".to_owned());
    }
    lines
}
