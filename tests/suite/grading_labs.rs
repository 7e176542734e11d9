//! The labs that ship, graded without a key: as a new folder has them nothing, with their solutions everything that no person
//! reads.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use optlab::course::draw;
use optlab::course::judge::measure;
use optlab::lab::Lab;
use optlab::lab::plan::task::{Right, TaskKind, TaskPlan};
use optlab::script::arithmetic;
use optlab::train::on_large_stack;
use serde_json::Value;

/// The binary in a folder, with time enough for three runs of a network on a machine that is busy.
fn optlab(folder: &Path, arguments: &[&str]) -> Output {
    Command::cargo_bin("optlab")
        .unwrap()
        .current_dir(folder)
        .env("XDG_CONFIG_HOME", "/nowhere")
        .args(arguments)
        .timeout(Duration::from_secs(900))
        .output()
        .unwrap()
}

const STUDENT: &str = "Ana Silva";

/// What a student who knows everything answers.
fn answer(lab: &Lab, task: &TaskPlan) -> Option<String> {
    match &task.kind {
        TaskKind::Question(question) => Some(match question.right.as_ref()? {
            Right::Number { expression, .. } => {
                arithmetic(expression, &draw::numbers(&lab.id, task, STUDENT)).unwrap().to_string()
            }
            Right::Text(accepted) => accepted[0].clone(),
            Right::Choice(name) => name.clone(),
            Right::Order(items) => items.join(" > "),
        }),
        TaskKind::Measure(asked) => Some(on_large_stack(|| measure::right(lab, asked)).unwrap().to_string()),
        TaskKind::Line(line) => Some(line.right.as_ref()?[0].to_string()),
        TaskKind::Text { .. } => Some("Both averages start at 0.".to_owned()),
        TaskKind::Goal(_) | TaskKind::Script(_) => None,
    }
}

/// The files that the tasks of a lab are solved by take the places of those in the folder.
fn solve(work: &Path, lab: &Lab, task: &TaskPlan) {
    let solutions = Path::new(env!("CARGO_MANIFEST_DIR")).join("labs/solutions");
    let own = Path::new(&lab.written.source.name).file_name().unwrap().to_str().unwrap().to_owned();
    let names = match &task.kind {
        TaskKind::Script(script) => vec![script.file.clone()],
        TaskKind::Goal(goal) => goal.files.iter().cloned().chain([own]).collect(),
        _ => Vec::new(),
    };
    for name in names {
        let places = [solutions.join(&task.id).join(&name), solutions.join(&name)];
        if let Some(solved) = places.iter().find(|place| place.is_file()) {
            fs::copy(solved, work.join("labs").join(&name)).unwrap();
        }
    }
}

fn graded(folder: &Path, path: &str) -> (Option<i32>, Value) {
    let output = optlab(folder, &["grade", path, "--json", "--budget", "600"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().last().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code(), serde_json::from_str::<Value>(line).unwrap()["submissions"][0].take())
}

/// Each task with its status.
fn statuses(submission: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let labs = submission["labs"].as_array().unwrap().iter();
    let tasks = labs.flat_map(|lab| lab["tasks"].as_array().unwrap());
    tasks.map(|task| (text(&task["id"]), text(&task["status"]))).collect()
}

#[test]
fn a_new_folder_has_no_points_and_the_solutions_have_all_but_those_of_texts() {
    let top = tempfile::tempdir().unwrap();
    let made = optlab(top.path(), &["init", "work"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let (code, nothing) = graded(top.path(), "work");
    assert_eq!((code, nothing["points"].as_f64()), (Some(1), Some(0.0)), "{nothing:#}");
    let open = statuses(&nothing);
    assert!(open.len() >= 12 && open.iter().all(|(_, status)| status == "open"), "{open:?}");

    let work = top.path().join("work");
    let mut progress = format!("format: 1\nstudent: {STUDENT}\nlabs:\n");
    let mut by_hand = Vec::new();
    for id in Lab::shipped() {
        let lab = on_large_stack(|| Lab::open(id, &optlab::lab::Overrides::default())).unwrap();
        if !lab.tasks.is_empty() {
            progress.push_str(&["  ", id, ":\n"].concat());
        }
        for task in &lab.tasks {
            solve(&work, &lab, task);
            if let Some(answer) = answer(&lab, task) {
                progress.push_str(&["    ", &task.id, ": {answer: ", &Value::from(answer).to_string(), "}\n"].concat());
            }
            if matches!(task.kind, TaskKind::Text { .. }) {
                by_hand.push((task.id.clone(), task.points));
            }
        }
    }
    fs::write(work.join("progress.yaml"), progress).unwrap();
    let packed = optlab(&work, &["submit", "-o", "../ana.zip"]);
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
    let (code, all) = graded(top.path(), "ana.zip");
    let expected = |id: &str| if by_hand.iter().any(|(text, _)| text == id) { "by-hand" } else { "passed" };
    let wrong: Vec<_> = statuses(&all).into_iter().filter(|(id, status)| status != expected(id)).collect();
    assert!(wrong.is_empty() && code == Some(0), "{wrong:?} {all:#}");
    let most = all["max_points"].as_f64().unwrap() - by_hand.iter().map(|(_, points)| points).sum::<f64>();
    assert_eq!(all["points"].as_f64(), Some(most));
}
