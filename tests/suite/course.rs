//! The course that ships: how much of it there is, and that its table tells so.

use std::collections::BTreeSet;

use optlab::course::{Course, CourseLab, visible_points};
use optlab::lab::plan::task::TaskKind;

/// All that ship, in the order of the lecture, each with its points.
fn labs() -> Vec<(String, String, f64)> {
    let course = Course::shipped().unwrap_or_else(|errors| panic!("{}", errors[0]));
    let points = |lab: &CourseLab| lab.lab.tasks.iter().map(visible_points).sum();
    course.labs.iter().map(|lab| (lab.file_name().to_owned(), lab.lab.title.clone(), points(lab))).collect()
}

#[test]
fn nineteen_labs_ask_sixty_tasks_of_all_kinds_for_eighty_points_at_least() {
    let course = Course::shipped().unwrap_or_else(|errors| panic!("{}", errors[0]));
    let tasks: Vec<_> = course.labs.iter().flat_map(|lab| &lab.lab.tasks).collect();
    let kinds: BTreeSet<&str> = tasks.iter().map(|task| task.kind.word()).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["goal", "line", "measure", "question", "script", "text"]);
    let points: f64 = tasks.iter().map(|task| visible_points(task)).sum();
    assert!(course.labs.len() >= 19 && tasks.len() >= 60 && points >= 80.0, "{} {points}", tasks.len());
    for lab in &course.labs {
        assert!((3..=12).contains(&lab.lab.tasks.len()), "{}", lab.lab.id);
        let different: BTreeSet<&str> = lab.lab.tasks.iter().map(|task| task.kind.word()).collect();
        assert!(different.len() >= 2, "{}: {different:?}", lab.lab.id);
        // A student is told why, wherever an answer can be right.
        let silent = |task: &&optlab::lab::plan::task::TaskPlan| {
            task.because.is_empty() && !matches!(task.kind, TaskKind::Text { .. })
        };
        let silent: Vec<_> = lab.lab.tasks.iter().filter(silent).map(|task| task.id.as_str()).collect();
        assert!(silent.is_empty(), "{}: {silent:?} say nothing once they are solved", lab.lab.id);
    }
}

#[test]
fn the_table_of_the_course_has_each_lab_with_its_title_and_its_points() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/labs");
    let page = std::fs::read_to_string(format!("{folder}/README.md")).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains(".yaml"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let told: Vec<(String, f64)> =
        rows.iter().map(|row| (row[1].to_owned(), row[3].parse().unwrap_or(f64::NAN))).collect();
    let number = |file: &str| file.split('-').next().unwrap_or_default().trim_start_matches('0').to_owned();
    let true_rows: Vec<(String, f64)> = labs()
        .into_iter()
        .map(|(file, title, points)| (format!("[{} {title}]({file})", number(&file)), points))
        .collect();
    assert_eq!(told, true_rows);
    // And each is there in Portuguese, too; whether all of it is, `optlab check labs` finds out.
    for (file, ..) in labs() {
        let other = file.replace(".yaml", ".pt.yaml");
        assert!(std::path::Path::new(folder).join(&other).exists(), "{other}");
    }
}
