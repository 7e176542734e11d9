//! The whole report as one line of JSON: the same for the same submissions, but for `times`.

use serde_json::{Map, Value, json as value};

use crate::course::grade::report::{Graded, GradedLab, GradedTask, Report};

/// The report; its shape is a promise to those who read it by programs.
pub fn json(report: &Report) -> Value {
    value!({
        "optlab": env!("CARGO_PKG_VERSION"),
        "key": report.key,
        "submissions": report.submissions.iter().map(submission).collect::<Vec<_>>(),
        "alike": report.alike.iter().map(|alike| alike.folders.clone()).collect::<Vec<_>>(),
        "alike_files": report.alike.iter().map(|alike| alike.what.clone()).collect::<Vec<_>>(),
        "twice": report.twice.iter().map(|twice| {
            value!({ "student": twice.student, "counts": twice.counts, "others": twice.others })
        }).collect::<Vec<_>>(),
        "missing": report.missing.iter().map(|missing| missing.pseudonym.clone()).collect::<Vec<_>>(),
        "times": { "date": report.times.date, "seconds": report.times.seconds },
    })
}

fn submission(graded: &Graded) -> Value {
    let (points, max_points) = graded.points();
    let mut all = Map::new();
    let mut set = |key: &str, value: Value| drop(all.insert(key.to_owned(), value));
    set("folder", graded.folder.clone().into());
    set("student", graded.student.clone().into());
    set("points", number(points));
    set("max_points", number(max_points));
    set("labs", graded.labs.iter().map(lab).collect());
    set("submitted", graded.submitted.clone().into());
    set("packed_by", graded.packed_by.clone().into());
    set(
        "files",
        graded.files.iter().map(|(path, hash)| (path.clone(), hash.clone().into())).collect::<Map<_, _>>().into(),
    );
    set("notes", graded.notes.clone().into());
    if let Some(why) = &graded.refused {
        set("refused", why.clone().into());
    }
    Value::Object(all)
}

fn lab(lab: &GradedLab) -> Value {
    let (points, max_points) = lab.points();
    value!({
        "id": lab.id,
        "revision": lab.revision,
        "points": number(points),
        "max_points": number(max_points),
        "tasks": lab.tasks.iter().map(task).collect::<Vec<_>>(),
    })
}

fn task(task: &GradedTask) -> Value {
    let mut all = value!({
        "id": task.id,
        "status": task.status.word(),
        "points": number(task.points),
        "max_points": number(task.max_points),
        "message": task.message,
        "margin": task.margin,
    });
    if !task.details.is_empty() {
        all["details"] = task.details.clone().into();
    }
    if task.hidden {
        all["hidden"] = true.into();
    }
    all
}

/// Whole points without a dot; the last digits of sums of tenths are left out.
fn number(value: f64) -> Value {
    let value = (value * 1e9).round() / 1e9;
    if value.fract() == 0.0 && value.abs() < 1e15 { (value as i64).into() } else { value.into() }
}
