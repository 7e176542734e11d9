//! The process in which a submission is judged: reads a job, holds itself to its limits, judges one task after the other and
//! tells each as it goes, so that an abort costs the task that brought it about and no other.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::job::{Job, Judged, Line, Told, Unit};
use super::limits;
use crate::course::course_labs::{open_shipped, open_text};
use crate::course::hand_in::judged;
use crate::course::judge::{Submitted, Trusted};
use crate::error::{Error, Result};
use crate::lab::{Document, Lab};
use crate::script;

/// Judges what stands in `input` and tells it line by line on `output`. `seconds` of the processor are all it gets.
///
/// # Errors
/// What came in is no job, or nobody listens any more.
pub fn serve(input: &mut impl Read, output: &mut impl Write, seconds: u64) -> Result<()> {
    limits::hold(seconds);
    // Time is the grader's business, which ends the process; here nothing is decided by it.
    script::limit_time(None);
    let mut text = String::new();
    let fault = |error: &dyn std::fmt::Display| Error::fault(format!("a job for a grader's process: {error}"));
    input.read_to_string(&mut text).map_err(|error| fault(&error))?;
    let job: Job = serde_json::from_str(&text).map_err(|error| fault(&error))?;
    let mut tell = |line: &Line| -> Result<()> {
        let line = serde_json::to_string(line).map_err(|error| fault(&error))?;
        output.write_all(format!("{line}\n").as_bytes()).and_then(|()| output.flush()).map_err(|error| fault(&error))
    };
    let mut labs: HashMap<&str, Result<Lab, String>> = HashMap::new();
    for (number, unit) in job.units.iter().enumerate() {
        tell(&Line::Begin(number))?;
        let lab = labs.entry(&unit.lab).or_insert_with(|| open(unit, &job.labs));
        let judged = match lab {
            Ok(lab) => of_unit(lab, unit),
            Err(why) => Judged { whole: Told::error(why.clone()), shown: None },
        };
        // What the scripts have printed is nobody's.
        drop(script::take_log());
        tell(&Line::Done(number, judged))?;
    }
    Ok(())
}

fn open(unit: &Unit, texts: &BTreeMap<String, String>) -> Result<Lab, String> {
    let opened = if unit.shipped {
        open_shipped(&unit.lab)
    } else {
        let text = texts.get(&unit.lab).map(String::as_str).unwrap_or_default();
        let document = Document::parse(&unit.lab, text).map_err(|error| vec![error]);
        document.and_then(|document| open_text(Path::new(""), &unit.lab, &document))
    };
    opened.map_err(|errors| {
        let first = errors.first().map(ToString::to_string).unwrap_or_default();
        format!("the course's own lab cannot be opened: {first}")
    })
}

fn of_unit(lab: &Lab, unit: &Unit) -> Judged {
    let Some(task) = lab.tasks.iter().find(|task| task.id == unit.task) else {
        return Judged { whole: Told::error("the course's lab has no such task"), shown: None };
    };
    let submitted = Submitted { answer: unit.answer.clone(), lab: unit.document.clone(), files: unit.files.clone() };
    let told = |hidden: bool| {
        let trusted = Trusted { lab, student: &unit.student, hidden };
        let verdict = catch_unwind(AssertUnwindSafe(|| judged(&trusted, task, &submitted)));
        verdict.map_or_else(
            |_| Told::fault("judging it ended in a panic, which is a fault of optlab's"),
            |verdict| Told::of(&verdict, task.points),
        )
    };
    let whole = told(true);
    let shown = unit.hidden.then(|| told(false));
    Judged { whole, shown }
}
