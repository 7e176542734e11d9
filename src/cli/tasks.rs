//! `optlab tasks LAB`: what a lab asks and what is done, in plain lines; answers are judged and kept, scripts and goals are
//! judged as their files stand.

use clap::Args;
use serde_json::{Value, json};

use super::config::{self, Known};
use super::report;
use crate::clock::Clock;
use crate::course::desk::Desk;
use crate::course::labs;
use crate::course::shelf::Shelf;
use crate::error::{Error, Result};
use crate::lab::{Lab, Overrides};
use crate::settings::Flags;
use crate::snapshot::{Asks, Outcome, TaskSeen, TaskState, TasksSeen, Verdict};

/// Columns of a text that nobody's terminal is asked about.
const COLUMNS: usize = 100;

/// What may be said to the tasks of a lab.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A lab file, or the id of a lab.
    lab: String,
    /// Answer a task, as in `--answer first-v=0.32`; may be repeated.
    #[arg(long, value_name = "ID=VALUE")]
    answer: Vec<String>,
    /// Show the next hint of a task; may be repeated.
    #[arg(long, value_name = "ID")]
    hint: Vec<String>,
    /// Give a task up: its answer is shown, and it brings no points any more; may be repeated.
    #[arg(long, value_name = "ID")]
    give_up: Vec<String>,
    /// The student, by whose name numbers are drawn; kept if progress has no name yet.
    #[arg(long, value_name = "NAME")]
    student: Option<String>,
    /// The language of the lab's texts, where it has them.
    #[arg(long, value_name = "CODE", value_parser = super::lang)]
    lang: Option<String>,
    /// One line of JSON, last on standard output.
    #[arg(long)]
    json: bool,
}

/// Does what was said, shows the tasks, and gives the exit code: 0 if all is done, 1 if something is open or wrong.
pub(super) fn run(arguments: &Arguments, clock: &Clock) -> u8 {
    let mut desk = match open(arguments, clock) {
        Ok(desk) => desk,
        Err(errors) => return report::errors(&errors),
    };
    if let Some(why) = desk.seen().unsaved {
        // Nothing would be kept, so nothing is judged.
        let error = desk.shelf().read().err().unwrap_or_else(|| Error::user(why));
        return report::errors(&[error]);
    }
    let verdicts = match work(arguments, &mut desk) {
        Ok(verdicts) => verdicts,
        Err(error) => return report::errors(&[error]),
    };
    let seen = desk.seen();
    if arguments.json {
        shown(&seen, desk.lab()).iter().for_each(|line| report::note(line));
        report::json(&as_json(&seen, desk.lab(), desk.student()));
    } else {
        shown(&seen, desk.lab()).iter().for_each(|line| report::line(line));
    }
    let wrong = verdicts.iter().any(|verdict| matches!(verdict.outcome, Outcome::Failed | Outcome::Error));
    u8::from(wrong || (!seen.tasks.is_empty() && !seen.all_done()))
}

/// A lab whose own files are wrong is opened all the same where it is known what it asks.
fn open(arguments: &Arguments, clock: &Clock) -> Result<Desk, Vec<Error>> {
    let opens = labs::named(&arguments.lab);
    let shelf = Shelf::of_lab(&opens, clock.clone()).map_err(|error| vec![error])?;
    let known = Known::of(&Flags { student: arguments.student.clone(), ..Flags::default() });
    let shelf = shelf.for_student(known.student(&opens, clock));
    let language = config::language(arguments.lang.clone());
    match Lab::open(&opens, &Overrides { language, ..Overrides::default() }) {
        Ok(lab) => Ok(Desk::open(&lab, &opens, shelf)),
        Err(errors) => Desk::open_broken(&opens, shelf).ok_or(errors),
    }
}

/// Hints, answers and what is given up, in this order; then files that differ from what was given.
fn work(arguments: &Arguments, desk: &mut Desk) -> Result<Vec<Verdict>> {
    let mut answers = Vec::new();
    for answer in &arguments.answer {
        let Some((id, value)) = answer.split_once('=') else {
            let error = Error::user(format!("`--answer {answer}` has no `=`"));
            return Err(error.help("write `--answer first-v=0.32`"));
        };
        answers.push((id.trim(), value));
    }
    // All names are looked at before anything is kept.
    let named = answers.iter().map(|(id, _)| *id);
    for id in named.chain(arguments.hint.iter().chain(&arguments.give_up).map(String::as_str)) {
        desk.task(id)?;
    }
    for id in &arguments.hint {
        desk.hint(id)?;
    }
    let mut verdicts = Vec::new();
    for (id, value) in answers {
        if desk.is_judged_by_files(id) {
            let error = Error::user(format!("`{id}` is not answered: its files are judged as they stand"));
            return Err(error.help("edit them, then call this again without `--answer`"));
        }
        let verdict = desk.judging(id, Some(value))?.judge();
        desk.record(id, Some(value), &verdict)?;
        verdicts.push(verdict);
    }
    for id in &arguments.give_up {
        desk.give_up(id)?;
    }
    for (id, measuring) in desk.to_measure() {
        desk.measured(&id, measuring.measure());
    }
    for id in desk.to_judge() {
        let verdict = desk.judging(&id, None)?.judge();
        desk.record(&id, None, &verdict)?;
        verdicts.push(verdict);
    }
    Ok(verdicts)
}

fn plural(count: f64, word: &str) -> String {
    format!("{count} {word}{}", if count == 1.0 { "" } else { "s" })
}

/// All of it for a person.
fn shown(seen: &TasksSeen, lab: &str) -> Vec<String> {
    if seen.tasks.is_empty() {
        return vec![format!("{lab} asks nothing")];
    }
    let (got, all) = seen.points();
    let later = seen.told_later().map_or_else(String::new, |later| format!("; {later}"));
    let mut lines = vec![format!("{lab}: {got} of {}{later}", plural(all, "point"))];
    for task in &seen.tasks {
        lines.push(String::new());
        let worth = format!("{} of {}", task.got, plural(task.points, "point"));
        lines.push(format!("{:<9} {}  ({}, {worth})", task.state.word(), task.id, task.kind));
        lines.extend(inside(task).iter().flat_map(|text| wrapped(text)));
    }
    if seen.all_done() {
        lines.push(String::new());
        if !seen.learnt.is_empty() {
            lines.extend(wrapped(&format!("What was to be learnt: {}", seen.learnt)));
        }
        if let Some((opens, title)) = &seen.next {
            lines.push(format!("  next: optlab {opens}   {title}"));
        }
    }
    lines
}

/// What is said of a task below its name.
fn inside(task: &TaskSeen) -> Vec<String> {
    let mut texts = Vec::new();
    let over = matches!(task.state, TaskState::Solved | TaskState::GivenUp);
    texts.push(task.say.clone());
    if !over {
        match &task.asks {
            Asks::Choice(choices) => texts.extend(choices.iter().map(|(name, text)| format!("{name}: {text}"))),
            Asks::Order(items) => {
                texts.extend(items.iter().zip('a'..).map(|(item, letter)| format!("{letter}: {item}")));
            }
            _ => {}
        }
        texts.extend(task.hints.iter().map(|hint| format!("hint: {hint}")));
        if task.more_hints > 0 {
            texts.push(format!("{} more: --hint {}", plural(task.more_hints as f64, "hint"), task.id));
        }
        texts.push(how(task));
    }
    if let Some(answer) = &task.answer {
        texts.push(format!("your answer: {answer}"));
    }
    if let Some(verdict) = task.verdict.as_ref().filter(|verdict| !over || verdict.passed()) {
        texts.push(verdict.message.clone());
        texts.extend(verdict.details.clone());
    }
    texts.extend(task.right.as_ref().map(|right| format!("right is: {right}")));
    texts.extend((!task.because.is_empty()).then(|| task.because.clone()));
    texts
}

/// How a task is answered.
fn how(task: &TaskSeen) -> String {
    let answer = |value: &str| format!("answer: --answer {}={value}", task.id);
    match &task.asks {
        Asks::Number => answer("NUMBER"),
        Asks::Text => answer("TEXT"),
        Asks::Sentences => answer("'SOME SENTENCES'"),
        Asks::Choice(choices) => answer(choices.first().map_or("NAME", |(name, _)| name)),
        Asks::Order(items) => {
            let letters: Vec<String> = ('a'..).take(items.len()).map(String::from).collect();
            answer(&format!("'{}'", letters.join(" ")))
        }
        Asks::Edit { keys, files } => {
            let of = |names: &[String], place: &str| {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                (!names.is_empty()).then(|| format!("{}{place}", names.join(", ")))
            };
            let parts: Vec<String> = [of(keys, " in the lab"), of(files, "")].into_iter().flatten().collect();
            format!("edit {}; it is judged as it stands", parts.join(", and "))
        }
        Asks::Script(file) => format!("edit `{file}`; it is judged as it stands"),
        Asks::Line(file) => format!("{}, a line of `{file}`", answer("NUMBER")),
    }
}

/// A text of Markdown in lines, its paragraphs filled anew; headings, tables and what is indented keep their lines.
fn wrapped(text: &str) -> Vec<String> {
    let is_item = |line: &str| {
        let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
        ["- ", "* ", "> "].iter().any(|mark| line.starts_with(mark)) || (number != line && number.starts_with(". "))
    };
    let keeps_its_line =
        |line: &str| line.trim().is_empty() || ["    ", "|", "#", "```"].iter().any(|mark| line.starts_with(mark));
    let mut paragraphs: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.trim_end().lines() {
        match paragraphs.last_mut() {
            Some(last) if goes_on && !keeps_its_line(line) && !is_item(line.trim_start()) => {
                *last = format!("{last} {}", line.trim());
            }
            _ => paragraphs.push(line.to_owned()),
        }
        goes_on = !keeps_its_line(line);
    }
    let indent = textwrap::Options::new(COLUMNS).initial_indent("  ").subsequent_indent("  ");
    let lines = paragraphs.iter().flat_map(|paragraph| textwrap::wrap(paragraph, &indent));
    lines.map(|line| line.trim_end().to_owned()).collect()
}

/// All of it for a program.
fn as_json(seen: &TasksSeen, lab: &str, student: &str) -> Value {
    let (points, max_points) = seen.points();
    let task = |task: &TaskSeen| {
        let outcome = task.verdict.as_ref().map(|verdict| verdict.outcome);
        let status = match (task.state, outcome) {
            (TaskState::Solved, _) => "passed",
            (TaskState::GivenUp, _) => "given-up",
            (TaskState::Recorded, _) => "recorded",
            (TaskState::Open, Some(Outcome::Error)) => "error",
            (TaskState::Open, Some(_)) => "failed",
            (TaskState::Open, None) => "open",
        };
        json!({
            "id": task.id,
            "kind": task.kind,
            "status": status,
            "points": task.got,
            "max_points": task.points,
            "say": task.say,
            "answer": task.answer,
            "tries": task.tries,
            "hints": task.hints,
            "more_hints": task.more_hints,
            "because": task.because,
            "right": task.right,
            "message": task.verdict.as_ref().map(|verdict| &verdict.message),
            "details": task.verdict.as_ref().map_or(&[][..], |verdict| &verdict.details),
            "margin": task.verdict.as_ref().and_then(|verdict| verdict.margin),
        })
    };
    json!({
        "lab": lab,
        "student": student,
        "points": points,
        "max_points": max_points,
        "done": seen.all_done(),
        "learnt": seen.learnt,
        "next": seen.next.as_ref().map(|(opens, title)| json!({"opens": opens, "title": title})),
        "tasks": seen.tasks.iter().map(task).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_filled_anew_and_all_else_keeps_its_lines() {
        let text = "Two\nlines.\n\n    v = 1\n    w = 2\n- an item\n  of two lines\n- another\n1. one\n";
        let lines =
            ["  Two lines.", "", "      v = 1", "      w = 2", "  - an item of two lines", "  - another", "  1. one"];
        assert_eq!(wrapped(text), lines);
        assert!(wrapped(&"word ".repeat(60)).iter().all(|line| line.len() <= COLUMNS));
    }
}
