//! Tasks of kind `script`: a student's script must do what another one does, case by case.
//!
//! Both are worked out and compared to a millionth; of the student's file nothing else counts, neither its text nor its
//! names. What differs first is told with the right number and the student's, and for a rule with the statement at which
//! the ledgers part; of a case that is hidden only its name is. What a script may take is counted in operations, and no
//! clock is read, so the same files give the same verdict to the byte.

mod made;
mod near;
mod pair;
mod parting;
mod points;
mod rule;
mod schedule;
mod stop;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result, Source};
use crate::lab::plan::task::{Case, ONLY_CASE, ScriptTask};
use crate::script::{Kind, Script, entries, load_any, try_out, without_log};
use crate::snapshot::{Outcome, Verdict};
use crate::train::on_large_stack;

use near::{number, short};
use pair::Pair;
use stop::{Meter, Stop};

/// Where two scripts differ in a case.
#[derive(Debug)]
struct Difference {
    /// What differs first, with the right value and the student's.
    told: String,
    /// Further lines.
    details: Vec<String>,
}

/// What came of comparing two scripts in a case: nothing differs, or this does.
type Compared = std::result::Result<Option<Difference>, Stop>;

/// Judges the student's script `own` by what `reference` does, in all cases, or in those that are not `hidden`. Points are
/// those of the cases in which both do the same.
pub fn judge(task: &ScriptTask, reference: &Arc<Source>, own: &Arc<Source>, hidden: bool) -> Verdict {
    on_large_stack(|| without_log(|| judged(task, reference, own, hidden, Meter::new())))
}

/// Judges an author's solution, hidden cases too, with half of the operations that a student's script may take.
pub fn judge_in_half(task: &ScriptTask, reference: &Arc<Source>, own: &Arc<Source>) -> Verdict {
    on_large_stack(|| without_log(|| judged(task, reference, own, true, Meter::half())))
}

/// The script of the catalogue that a task names, of whatever kind. `folder` is the author's, whose scripts hide shipped
/// namesakes; never the student's, who would be judged by a script of his own then.
///
/// # Errors
/// There is none of this name, or a script of the folder cannot be read.
pub fn of_catalogue(name: &str, folder: Option<&Path>) -> Result<Arc<Source>> {
    for kind in Kind::ALL {
        if let Some(entry) = entries(kind, folder)?.into_iter().find(|entry| entry.name == name) {
            return Ok(entry.source);
        }
    }
    Err(Error::user(format!("the catalogue has no script `{}`", short(name))).help("`optlab list` shows it"))
}

fn judged(task: &ScriptTask, reference: &Arc<Source>, own: &Arc<Source>, hidden: bool, mut meter: Meter) -> Verdict {
    let cases: Vec<&Case> = task.cases.iter().filter(|case| hidden || !case.hidden).collect();
    if cases.is_empty() {
        return Verdict::of(Outcome::Recorded, "It is kept, and judged when it is graded.");
    }
    let reference = match load_any(reference).map_err(|error| Stop::reference(&error)) {
        Ok(script) => script,
        Err(Stop::Author(what)) => return Verdict::of(Outcome::Error, what),
        Err(Stop::Own(error)) => return failed(&error),
    };
    if reference.kind == Kind::Observer {
        return Verdict::of(Outcome::Error, "an observer makes nothing that could be compared");
    }
    // What fails without any case fails in all of them.
    let own = match Script::load(reference.kind, own).and_then(|own| try_out(&own).map(|()| own)) {
        Ok(script) => script,
        Err(error) => return failed(&error),
    };
    let pair = Pair { reference, own, task };
    let mut judged = Vec::with_capacity(cases.len());
    for case in cases {
        let came = match compared(&pair, case, &mut meter) {
            Ok(None) => Came::Same,
            Ok(Some(difference)) => Came::Other(difference),
            Err(Stop::Own(error)) => Came::Error(error),
            Err(Stop::Author(what)) => return Verdict::of(Outcome::Error, what),
        };
        judged.push(Judged { case, came });
        if meter.is_empty() {
            break;
        }
    }
    verdict(&pair, &judged)
}

fn compared(pair: &Pair<'_>, case: &Case, meter: &mut Meter) -> Compared {
    match pair.reference.kind {
        Kind::Optimizer => rule::compare(pair, case, meter),
        Kind::Schedule => schedule::compare(pair, case, meter),
        Kind::Activation | Kind::Loss | Kind::Landscape => points::compare(pair, case),
        Kind::Dataset => made::dataset(pair, case, meter),
        Kind::Series => made::series(pair, case, meter),
        Kind::Network => made::network(pair, case, meter),
        Kind::Observer => Err(Stop::author("an observer makes nothing that could be compared")),
    }
}

/// What came of a case.
enum Came {
    /// Both do the same.
    Same,
    /// They differ.
    Other(Difference),
    /// The student's script fails.
    Error(Error),
}

struct Judged<'a> {
    case: &'a Case,
    came: Came,
}

fn verdict(pair: &Pair<'_>, judged: &[Judged<'_>]) -> Verdict {
    let same = |judged: &&Judged<'_>| matches!(judged.came, Came::Same);
    let points = judged.iter().filter(same).fold(0.0, |points, judged| points + judged.case.points);
    let count = judged.iter().filter(same).count();
    if count == judged.len() {
        let cases = if count > 1 { format!(" in all {count} cases") } else { String::new() };
        let message = format!("{} does what {} does{cases}", pair.yours(), pair.named());
        return Verdict { points, ..Verdict::of(Outcome::Passed, sentence(&message)) };
    }
    if let Some(error) =
        judged.iter().find_map(|judged| if let Came::Error(error) = &judged.came { Some(error) } else { None })
    {
        return Verdict { points, ..failed(error) };
    }
    let shown = judged.iter().find_map(|judged| match &judged.came {
        Came::Other(difference) if !judged.case.hidden => Some((judged.case, difference)),
        _ => None,
    });
    let named = |hidden: bool| -> Vec<String> {
        let differ = judged.iter().filter(|judged| !matches!(judged.came, Came::Same) && judged.case.hidden == hidden);
        differ.map(|judged| format!("`{}`", judged.case.name)).collect()
    };
    let (open, hidden) = (named(false), named(true));
    let mut details = Vec::new();
    let told = match shown {
        Some((case, difference)) => {
            details.extend(difference.details.iter().cloned());
            format!("{}{}", label(pair.task, case), difference.told)
        }
        // What a hidden case holds is not told.
        None => format!("all is as it should be but in cases that are hidden: {}", hidden.join(", ")),
    };
    // What differs is the reason; names that the student's script lacks or adds may be no part of it.
    let message = told;
    details.extend(shown.and_then(|(case, _)| pair.lacking(case)));
    details.extend(pair.adding());
    let warnings = pair.own.warnings();
    // The first one is of the header, which does nothing.
    details.extend(warnings.iter().skip(usize::from(pair.own.header().is_empty())).map(with_line));
    if judged.len() > 1 {
        let differ = if open.is_empty() { String::new() } else { format!("; they differ in {}", open.join(", ")) };
        details.push(format!("both do the same in {count} of {} cases{differ}", judged.len()));
    }
    if shown.is_some() && !hidden.is_empty() {
        details.push(format!("hidden cases in which they differ: {}", hidden.join(", ")));
    }
    let details = details.iter().map(|line| sentence(line)).collect();
    Verdict { points, details, ..Verdict::of(Outcome::Failed, sentence(&message)) }
}

/// A remark on the student's script with its line.
fn with_line(error: &Error) -> String {
    let line = error.place().map(|place| format!("line {}: ", place.line())).unwrap_or_default();
    format!("{line}{}", error.what())
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// "case `late` (beta = 0.99): "; nothing for the only case of a task that names none.
fn label(task: &ScriptTask, case: &Case) -> String {
    if task.cases.len() == 1 && case.name == ONLY_CASE {
        return String::new();
    }
    let hyper: Vec<String> = case.hyper.iter().map(|(name, value)| format!("{name} = {}", number(*value))).collect();
    let hyper = if hyper.is_empty() { String::new() } else { format!(" ({})", hyper.join(", ")) };
    format!("case `{}`{hyper}: ", short(&case.name))
}

/// The student's script could not be judged.
fn failed(error: &Error) -> Verdict {
    let details = error.help_lines().to_vec();
    Verdict { details, ..Verdict::of(Outcome::Error, error.to_string()) }
}
