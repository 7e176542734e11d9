//! `optlab grade PATH...`: judges what students handed in, each in a process of its own, and writes what came of it.

use std::io::{stdin, stdout};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::report;
use crate::clock::Clock;
use crate::course::Course;
use crate::course::grade::report::{Graded, Report, Status, points};
use crate::course::grade::{self, ByHand, Judges, Options, Roster, to_fill_in, write};
use crate::course::hand_in;
use crate::course::key::Key;
use crate::error::{Error, Result, scrub_line};
use crate::session::write_beside;

/// The hidden verb of the process that judges a submission.
pub(super) const VERB: &str = "judge-submission";

/// What `optlab grade` is told.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Working folders, zips of `optlab submit`, or folders of those; names as Moodle gives them are understood.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The key that `optlab pack` wrote; without one the labs of this program grade.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Print one line of JSON, last on standard output.
    #[arg(long)]
    json: bool,
    /// Write a table: one row a submission, one column a task.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write Moodle's grading worksheet: identifier, grade, feedback.
    #[arg(long, value_name = "FILE")]
    moodle: Option<PathBuf>,
    /// Write a `results.json` for each submission, as Gradescope reads it.
    #[arg(long, value_name = "DIR")]
    gradescope: Option<PathBuf>,
    /// Write a page of Markdown for each student, without hidden values.
    #[arg(long, value_name = "DIR")]
    feedback: Option<PathBuf>,
    /// A table `id,name` of who ought to have handed in: names who is missing, and puts pseudonyms in the place of all names.
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
    /// A table `student,lab,task,points,comment` of points that a person gave. If it is not there, it is written, to be filled
    /// in.
    #[arg(long, value_name = "FILE")]
    by_hand: Option<PathBuf>,
    /// Judge so many submissions at once; as many as there are cores if nothing is said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Seconds that a submission may take; each of its tasks may take half of what is left.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    budget: u64,
}

/// Grades, and gives the exit code.
pub(super) fn run(arguments: &Arguments, clock: &Clock) -> u8 {
    let graded = graded(arguments, clock);
    match graded {
        Ok(code) => code,
        Err(errors) => report::errors(&errors),
    }
}

/// Judges one submission, for `optlab grade`: a job on standard input, verdicts on standard output.
pub(super) fn judge_one(seconds: u64) -> u8 {
    super::done(grade::serve(&mut stdin().lock(), &mut stdout().lock(), seconds))
}

fn graded(arguments: &Arguments, clock: &Clock) -> Result<u8, Vec<Error>> {
    let one = |error: Error| vec![error];
    let course = match &arguments.key {
        Some(key) => Course::of_key(&Key::read(key).map_err(one)?)?,
        None => Course::shipped()?,
    };
    if course.labs.is_empty() {
        return Err(one(Error::user("no lab of this course asks anything, so that there is nothing to grade")));
    }
    let roster = arguments.roster.as_deref().map(Roster::read).transpose().map_err(one)?;
    let is_there = |path: &&Path| path.exists();
    let by_hand = arguments.by_hand.as_deref().filter(is_there).map(ByHand::read).transpose().map_err(one)?;
    if let Some(by_hand) = &by_hand {
        by_hand.check(&course).map_err(one)?;
    }
    let (found, passed_over) = hand_in::find(&arguments.paths)?;
    passed_over.iter().for_each(|note| report::note(&format!("note: {note}")));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let program =
        std::env::current_exe().map_err(|error| one(Error::fault(format!("cannot find this program: {error}"))))?;
    let budget = Duration::from_secs(arguments.budget);
    let bar = bar(found.len());
    let told = grade::grade(
        &found,
        &Options {
            course: &course,
            judges: Judges { program, verb: VERB, budget, clock: clock.clone() },
            jobs: arguments.jobs.map_or(cores, usize::from),
            roster: roster.as_ref(),
            by_hand: by_hand.as_ref(),
            progress: &|done, all| {
                bar.set_length(all as u64);
                bar.set_position(done as u64);
            },
        },
    );
    bar.finish_and_clear();
    let written = files(arguments, &told).map_err(one)?;
    let say = if arguments.json { report::note } else { report::line };
    summary(&told).iter().for_each(|line| say(line));
    written.iter().for_each(|line| say(line));
    if arguments.json {
        report::json(&write::json(&told));
    }
    Ok(told.exit_code())
}

/// A bar on a terminal, hidden elsewhere.
fn bar(count: usize) -> ProgressBar {
    if !report::is_watched() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(count as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} submissions  {eta} left") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

/// Writes the files that were asked for, over those of an earlier time; tells what was written.
fn files(arguments: &Arguments, told: &Report) -> Result<Vec<String>> {
    let mut said = Vec::new();
    let mut put = |path: &Path, bytes: &[u8], what: &str| -> Result<()> {
        write_to(path, bytes)?;
        said.push(format!("wrote  {}  {what}", scrub_line(&path.display().to_string())));
        Ok(())
    };
    if let Some(path) = &arguments.csv {
        put(path, &write::csv(told)?, "points of each task")?;
    }
    if let Some(path) = &arguments.moodle {
        put(path, &write::moodle(told)?, "Moodle's grading worksheet")?;
    }
    if let Some(path) = arguments.by_hand.as_deref().filter(|path| !path.exists()) {
        match to_fill_in(told)? {
            Some((bytes, count)) => {
                let tasks = if count == 1 { "1 answer waits".to_owned() } else { format!("{count} answers wait") };
                put(path, &bytes, &format!("{tasks} for points: fill them in and grade again"))?;
            }
            None => said.push("nothing waits for points by hand".to_owned()),
        }
    }
    let names = told.file_names();
    if let Some(folder) = &arguments.gradescope {
        for (graded, name) in told.submissions.iter().zip(&names) {
            let results = format!("{:#}\n", write::results(graded));
            write_to(&folder.join(name).join("results.json"), results.as_bytes())?;
        }
        said.push(format!("wrote  {}/  a results.json each", scrub_line(&folder.display().to_string())));
    }
    if let Some(folder) = &arguments.feedback {
        for (graded, name) in told.submissions.iter().zip(&names) {
            write_to(&folder.join(format!("{name}.md")), write::page(graded).as_bytes())?;
        }
        said.push(format!("wrote  {}/  a page each", scrub_line(&folder.display().to_string())));
    }
    Ok(said)
}

fn write_to(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| write_beside(path, true, bytes))
        .map_err(|error| Error::user(format!("cannot write `{}`: {error}", path.display())))
}

/// What a person reads on the terminal.
fn summary(told: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    let wide = told.submissions.iter().map(|graded| graded.folder.chars().count()).max().unwrap_or(0).min(40);
    for graded in &told.submissions {
        let (got, most) = graded.points();
        lines.push(format!(
            "{:<wide$}  {:>6} of {}  {}",
            scrub_line(&graded.folder),
            points(got),
            points(most),
            counted(graded)
        ));
        lines.extend(graded.refused.iter().map(|why| format!("    refused: {}", scrub_line(why))));
        lines.extend(graded.notes.iter().map(|note| format!("    {}", scrub_line(note))));
    }
    lines.push(match told.submissions.len() {
        1 => "1 submission".to_owned(),
        count => format!("{count} submissions"),
    });
    for twice in &told.twice {
        let others = twice.others.join(", ");
        lines.push(format!("handed in more than once: {}; {} counts, not {others}", twice.student, twice.counts));
    }
    lines.extend(
        told.alike.iter().map(|alike| format!("alike but for names: {}: {}", alike.what, alike.folders.join(", "))),
    );
    lines.extend(
        told.missing.iter().map(|missing| format!("missing: {} {} ({})", missing.id, missing.name, missing.pseudonym)),
    );
    lines.extend(told.notes.clone());
    match told.faults() {
        0 => {}
        1 => lines
            .push("1 task could not be judged by a fault of optlab's own, and not of what was handed in".to_owned()),
        count => {
            lines.push(format!(
                "{count} tasks could not be judged by a fault of optlab's own, and not of what was handed in"
            ));
        }
    }
    lines
}

/// How many tasks came out how.
fn counted(graded: &Graded) -> String {
    let all = [Status::Passed, Status::Failed, Status::Error, Status::Open, Status::GivenUp, Status::ByHand];
    let count = |status: Status| graded.tasks().filter(|(_, task)| task.status == status).count();
    let told = all.into_iter().map(|status| (count(status), status.word())).filter(|(count, _)| *count > 0);
    told.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}
