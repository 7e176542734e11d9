//! The results that Gradescope shows of a submission. Hidden tasks are shown to graders alone.

use serde_json::{Value, json};

use crate::course::grade::report::{Graded, GradedLab, GradedTask, Status};

/// `results.json` of a submission.
pub fn results(graded: &Graded) -> Value {
    let (points, _) = graded.points();
    let test = |(lab, task): (&GradedLab, &GradedTask)| {
        let mut test = json!({
            "name": format!("{}/{}", lab.id, task.id),
            "score": task.points,
            "max_score": task.max_points,
            "output": task.shown.join("\n"),
            "output_format": "text",
            "visibility": if task.hidden { "hidden" } else { "visible" },
        });
        // Without a status Gradescope tells it by the points, which a person still gives.
        match task.status {
            Status::Passed => test["status"] = "passed".into(),
            Status::ByHand => {}
            _ => test["status"] = "failed".into(),
        }
        test
    };
    json!({
        "score": points,
        "output": graded.refused.as_ref().map(|why| format!("The submission cannot be read: {why}")).unwrap_or_default(),
        "output_format": "text",
        "tests": graded.tasks().map(test).collect::<Vec<_>>(),
    })
}
