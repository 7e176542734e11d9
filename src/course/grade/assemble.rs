//! From what was judged to what is told of a submission: statuses, points, messages for the grader and for the student, and
//! what is to be said beside.

use std::collections::HashMap;

use super::job::{Came, Judged, Told};
use super::report::{Graded, GradedLab, GradedTask, Report, Status, points};
use super::units::{Planned, Todo};
use crate::course::course_labs::{Course, CourseLab, has_hidden, visible_points};
use crate::course::hand_in::HandIn;
use crate::lab::plan::task::{TaskKind, TaskPlan};

/// What is told of a submission.
pub(super) fn graded(hand_in: &HandIn, plan: &Planned, course: &Course, known: &HashMap<&str, &Judged>) -> Graded {
    let mut notes = hand_in.notes.clone();
    let mut todos = plan.tasks.iter();
    let mut labs = Vec::with_capacity(course.labs.len());
    for lab in &course.labs {
        let mut tasks = Vec::with_capacity(lab.lab.tasks.len());
        for task in &lab.lab.tasks {
            let Some(todo) = todos.next() else { break };
            let told = of_task(hand_in, lab, task, todo, known);
            notes.extend(compared(hand_in, lab, task, &told));
            tasks.push(told);
        }
        let (id, title) = (lab.lab.id.clone(), lab.lab.title.clone());
        labs.push(GradedLab { id, title, revision: lab.lab.revision, tasks });
        notes.extend(of_edition(hand_in, lab));
    }
    let platform = hand_in.platform.clone();
    let named = platform.as_ref().map(|platform| platform.name.clone()).unwrap_or_default();
    Graded {
        folder: hand_in.folder.clone(),
        student: if hand_in.student.is_empty() { named } else { hand_in.student.clone() },
        platform,
        submitted: hand_in.paper.as_ref().map(|paper| paper.submitted.clone()),
        packed_by: hand_in.paper.as_ref().map(|paper| paper.optlab.clone()),
        labs,
        files: hand_in.hashes.clone(),
        notes,
        refused: hand_in.refused.clone(),
    }
}

fn of_task(
    hand_in: &HandIn,
    lab: &CourseLab,
    task: &TaskPlan,
    todo: &Todo,
    known: &HashMap<&str, &Judged>,
) -> GradedTask {
    let answers = hand_in.answers.as_ref().ok();
    let answer = answers.and_then(|answers| answers.of(&lab.lab.id, &task.id)).and_then(|given| given.answer.clone());
    let rubric = match &task.kind {
        TaskKind::Text { rubric } => rubric.clone(),
        _ => String::new(),
    };
    let mut told = GradedTask {
        id: task.id.clone(),
        kind: task.kind.word(),
        hidden: task.hidden,
        status: Status::Open,
        points: 0.0,
        max_points: task.points,
        message: String::new(),
        details: Vec::new(),
        shown: Vec::new(),
        margin: None,
        fault: false,
        answer,
        rubric,
    };
    let mut says = |status: Status, message: &str| {
        told.status = status;
        message.clone_into(&mut told.message);
        told.shown = vec![message.to_owned()];
    };
    match todo {
        Todo::Open => says(Status::Open, "nothing was handed in for it"),
        Todo::GivenUp => says(Status::GivenUp, "it was given up"),
        Todo::ByHand => says(Status::ByHand, "a person reads it and gives the points"),
        Todo::Unreadable(why) => says(Status::Error, why),
        Todo::Judge(key, _) => match known.get(key.as_str()) {
            None => says(Status::Error, "it was not judged"),
            Some(judged) => judged_as(&mut told, task, judged),
        },
    }
    told
}

fn judged_as(told: &mut GradedTask, task: &TaskPlan, judged: &Judged) {
    let whole = &judged.whole;
    told.status = match whole.came {
        Came::Passed => Status::Passed,
        Came::Failed => Status::Failed,
        Came::Error => Status::Error,
        Came::Recorded => Status::ByHand,
    };
    told.points = whole.points;
    told.margin = whole.margin;
    told.fault = whole.fault;
    told.message.clone_from(&whole.message);
    told.details.clone_from(&whole.details);
    let lines = |told: &Told| std::iter::once(&told.message).chain(&told.details).cloned().collect::<Vec<_>>();
    told.shown = match &judged.shown {
        // Where a part is hidden, the student reads what he could have read by himself, and how the rest came out in a word.
        Some(_) if task.hidden => Vec::new(),
        Some(shown) if shown.came == Came::Passed && whole.came == Came::Passed => lines(shown),
        Some(shown) if shown.came == Came::Passed => {
            let mut lines = lines(shown);
            lines.push("Some of what is tried beyond that, and not shown, failed.".to_owned());
            lines
        }
        Some(shown) => lines(shown),
        None if has_hidden(task) => Vec::new(),
        None => lines(whole),
    };
}

/// Visible points of the progress file are compared, and a difference is said.
fn compared(hand_in: &HandIn, lab: &CourseLab, task: &TaskPlan, told: &GradedTask) -> Option<String> {
    let answers = hand_in.answers.as_ref().ok()?;
    let kept = answers.of(&lab.lab.id, &task.id)?;
    let says = kept.points;
    if kept.done.is_none() && says == 0.0 {
        return None;
    }
    if told.status == Status::ByHand || (has_hidden(task) && says <= visible_points(task) && told.points >= says) {
        return None;
    }
    let differs = (says - told.points).abs() > 1e-9;
    let what = format!("{}/{}", lab.lab.id, task.id);
    differs.then(|| format!("{what}: progress.yaml says {}, graded {}", points(says), points(told.points)))
}

/// Another edition of the lab, or one that was packed with another key.
fn of_edition(hand_in: &HandIn, lab: &CourseLab) -> Option<String> {
    let (id, revision, packed) = hand_in.paper.as_ref()?.labs.iter().find(|(id, ..)| *id == lab.lab.id)?;
    let key = (!lab.shipped()).then_some(lab.hash.as_str());
    if packed.as_deref() != key && !(packed.is_none() && key.is_none()) {
        let with =
            |key: Option<&str>| key.map_or("without a key".to_owned(), |key| format!("with the key {}", short(key)));
        return Some(format!("{id}: handed out {}, graded {}", with(packed.as_deref()), with(key)));
    }
    let graded = lab.lab.revision;
    (*revision != graded).then(|| format!("{id}: done in revision {revision}, graded by revision {graded}"))
}

fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}

/// Submissions of different people, by the platform, that call themselves by one name: numbers are drawn by it.
pub(super) fn compare_names(report: &mut Report, hand_ins: &[HandIn]) {
    for (at, one) in hand_ins.iter().enumerate() {
        let same =
            |other: &&HandIn| !one.student.is_empty() && other.student == one.student && other.folder != one.folder;
        let others: Vec<&str> = hand_ins.iter().filter(same).map(|other| other.folder.as_str()).collect();
        if let (false, Some(graded)) = (others.is_empty(), report.submissions.get_mut(at)) {
            graded.notes.push(format!("it has the student's name of {}", others.join(", ")));
        }
    }
}
