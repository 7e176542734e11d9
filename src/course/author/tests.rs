//! What an author is told of tasks that cannot be handed out, and that those which can are left alone.

use std::path::Path;

use super::{Findings, earlier, trials};
use crate::lab::{Lab, Overrides};
use crate::train::on_large_stack;

const LAB: &str = "format: 1
id: own
revision: 2
landscape: {source: bowl, start: [1, 1]}
optimizer: {rule: mine.rhai, lr: 0.01}
training: {steps: 20}
tasks:
  - {id: number, kind: question, say: \"What is {theta} / 2?\", draw: {theta: [1, 3, 5]}, answer: theta / 2, within: 0.001}
  - {id: word, kind: question, say: Which rule?, answer: [descent, gradient descent]}
  - {id: which, kind: question, say: Which way?, choices: {a: up, b: down}, answer: b}
  - {id: order, kind: question, say: In order?, order: [one, two, three, four]}
  - {id: read, kind: measure, say: What is x?, value: run.x, within: 0.001}
  - {id: find, kind: line, say: Where?, file: mine.rhai, answer: [3, 4]}
  - {id: reach, kind: goal, say: Lower., edit: [optimizer], check: run.height < 0.01, seeds: [1, 2]}
  - {id: write, kind: script, say: Write it., file: mine.rhai, same_as: sgd, cases: [{name: first}, {name: more, steps: 5}]}
  - {id: why, kind: text, say: Why?, rubric: The slope.}
";
/// As it is handed out: a rule that goes nowhere.
const STARTER: &str =
    "//! Mine.\nfn hyper() { #{ lr: 0.1 } }\nfn update(w, dw, state, h, t) {\n    w - h.lr * dw * 0.001\n}\n";
const SOLVED: &str = "//! Mine.\nfn hyper() { #{ lr: 0.1 } }\nfn update(w, dw, state, h, t) {\n    w - h.lr * dw\n}\n";

struct Course(tempfile::TempDir);

impl Course {
    /// A lab whose tasks are as they should be, with its solutions.
    fn new() -> Self {
        let course = Self(tempfile::tempdir().unwrap());
        course.save("lab.yaml", LAB);
        course.save("mine.rhai", STARTER);
        course.save("solutions/mine.rhai", SOLVED);
        // `reach` has a file of its own: the rule that ships, and a rate that is fast enough.
        course.save("solutions/reach/lab.yaml", &LAB.replace("{rule: mine.rhai, lr: 0.01}", "{rule: sgd, lr: 0.4}"));
        course
    }

    fn save(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn change(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.0.path().join("lab.yaml")).unwrap();
        assert!(text.contains(from), "{from}");
        self.save("lab.yaml", &text.replace(from, to));
    }

    fn lab(&self) -> Lab {
        let path = self.0.path().join("lab.yaml").display().to_string();
        on_large_stack(|| Lab::open(&path, &Overrides::default())).unwrap()
    }

    fn found(&self) -> Findings {
        let lab = self.lab();
        let mut all = Findings::default();
        trials(&lab).iter().for_each(|trial| all.append(on_large_stack(|| trial.found())));
        all
    }

    /// The one error, with its help.
    fn error(&self) -> String {
        let found = self.found();
        assert_eq!(found.errors.len(), 1, "{:?}", found.errors);
        assert!(found.errors[0].place().is_some_and(|place| place.line() > 6));
        format!("{}\n{}", found.errors[0].what(), found.errors[0].help_lines().join("\n"))
    }
}

#[test]
fn a_course_whose_starters_fail_and_whose_solutions_pass_is_right() {
    let course = Course::new();
    let found = course.found();
    assert!(found.errors.is_empty() && found.warnings.is_empty(), "{found:?}");
    assert_eq!(super::told(&course.lab()), "9 tasks; starters fail, solutions pass");
}

#[test]
fn a_task_that_is_solved_as_it_is_handed_out_is_told() {
    let course = Course::new();
    course.change("run.height < 0.01", "run.height < 100");
    let error = course.error();
    assert!(error.starts_with("the task `reach` is solved as it is handed out\nThe check holds on 2 of 2"), "{error}");
    let course = Course::new();
    course.save("mine.rhai", SOLVED);
    assert!(course.error().starts_with("the task `write` is solved as it is handed out"));
}

#[test]
fn a_starter_that_brings_some_of_the_points_is_warned_of() {
    let course = Course::new();
    course.change("{name: more, steps: 5}", "{name: more, steps: 5, gradient: zero}");
    let found = course.found();
    assert!(found.errors.is_empty(), "{:?}", found.errors);
    assert!(found.warnings[0].what().contains("`write` brings 1 of 2 points"), "{:?}", found.warnings);
}

#[test]
fn a_solution_that_fails_is_told_with_what_came_out() {
    let course = Course::new();
    course.save("solutions/mine.rhai", &SOLVED.replace("h.lr * dw", "h.lr * dw * 2.0"));
    let error = course.error();
    assert!(
        error.starts_with("the task `write` is not solved by its solution\n") && error.contains("first"),
        "{error}"
    );
    let course = Course::new();
    course.save("solutions/reach/lab.yaml", LAB);
    let error = course.error();
    assert!(error.contains("`reach` is not solved by its solution") && error.contains("seed 1"), "{error}");
}

#[test]
fn a_solution_must_hold_on_every_seed_whatever_a_student_needs() {
    let course = Course::new();
    course.change("seeds: [1, 2]", "seeds: [1, 2], need: 1");
    assert!(course.found().errors.is_empty());
    course.change("check: run.height < 0.01", "check: run.height < 0.01 && run.loss > 1e9");
    assert!(course.error().contains("not solved"));
}

#[test]
fn a_solution_that_needs_more_than_half_its_budget_is_told() {
    let course = Course::new();
    course.change("seeds: [1, 2]", "seeds: [1, 2], budget: {steps: 6}");
    // Each step leaves 0.6 of the way, and 0.36 of the height: 0.047 after three steps, 0.0022 after six.
    let error = course.error();
    assert!(
        error.starts_with("the task `reach` has a solution that needs more than half its budget, 3 steps"),
        "{error}"
    );
}

#[test]
fn a_solution_that_is_not_there_is_told_with_where_it_is_looked_for() {
    let course = Course::new();
    std::fs::remove_file(course.0.path().join("solutions/reach/lab.yaml")).unwrap();
    let error = course.error();
    assert!(error.contains("`reach` has no solution") && error.contains("solutions/reach/lab.yaml"), "{error}");
}

#[test]
fn without_solutions_it_may_be_a_student_s_folder_and_only_answers_are_tried() {
    let course = Course::new();
    std::fs::remove_dir_all(course.0.path().join("solutions")).unwrap();
    course.save("mine.rhai", SOLVED);
    assert!(course.found().errors.is_empty());
    assert!(super::told(&course.lab()).contains("2 of them cannot be tried"));
    course.change("answer: theta / 2", "answer: 1 / (theta - 3)");
    let error = course.error();
    assert!(error.starts_with("the answer of `number` is no number for theta = 3"), "{error}");
}

#[test]
fn every_number_that_may_be_drawn_is_tried_and_must_be_said() {
    let course = Course::new();
    // Among 10 000 draws of which one has no answer.
    course.change("{theta: [1, 3, 5]}", "{theta: {from: 0, to: 99, step: 1}, c: {from: 1, to: 100, step: 1}}");
    course.change("theta / 2,", "\"1 / (theta - 73)\",");
    let found = course.found();
    assert!(found.errors[0].what().contains("theta = 73, c = "), "{:?}", found.errors);
    assert!(found.warnings[0].what().contains("draws `c` and does not say it"), "{:?}", found.warnings);
}

#[test]
fn choices_that_read_alike_and_answers_that_no_run_gives_are_told() {
    let course = Course::new();
    course.change("{a: up, b: down}", "{a: up, b: down, c: Down}");
    assert!(course.error().contains("two choices that read alike: `b` and `c`"));
    let course = Course::new();
    course.change("value: run.x, within: 0.001", "value: run.x, within: 0.001, until: run.step > 500");
    assert!(course.error().starts_with("the task `read` has no answer"));
    let course = Course::new();
    course.change("value: run.x, within: 0.001", "value: run.x, within: 1e-12");
    let found = course.found();
    assert!(
        found.errors.is_empty() && found.warnings[0].what().contains("more digits than a screen shows"),
        "{found:?}"
    );
}

#[test]
fn what_changed_since_the_last_revision_is_told_unless_revision_counts_it() {
    let course = Course::new();
    let last = earlier(&course.0.path().join("lab.yaml").display().to_string()).unwrap();
    assert!(last.changed(&course.lab()).errors.is_empty());
    course.change("id: which, kind", "id: witch, kind");
    course.change("say: Why?,", "say: Why?, points: 3,");
    course.change(
        "id: read, kind: measure, say: What is x?, value: run.x, within: 0.001",
        "id: read, kind: text, say: a, rubric: b",
    );
    let told: Vec<String> = last.changed(&course.lab()).errors.iter().map(|error| error.what().to_owned()).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].starts_with("the task `which` of") && told[0].ends_with("is gone"), "{told:?}");
    assert_eq!(told[1], "the task `read` was a `measure` and is a `text`");
    assert_eq!(told[2], "the task `why` was worth 1 and is worth 3");
    course.change("revision: 2", "revision: 3");
    assert!(last.changed(&course.lab()).errors.is_empty());
    course.change("revision: 3", "revision: 1");
    assert!(last.changed(&course.lab()).errors[0].what().starts_with("revision 1 was 2 in"));
    assert!(last.gone(["oven"]).what().starts_with("the lab `own` of"));
}

#[test]
fn the_labs_that_ship_are_tried_by_their_id_with_the_solutions_in_the_binary() {
    let id = "momentum-in-the-ravine";
    let lab = on_large_stack(|| Lab::open(id, &Overrides::default())).unwrap();
    assert!(lab.files().has("solutions") && Path::new(&lab.written.source.name).starts_with("labs"));
    let found = trials(&lab).iter().fold(Findings::default(), |mut all, trial| {
        all.append(on_large_stack(|| trial.found()));
        all
    });
    assert!(found.errors.is_empty(), "{:?}", found.errors);
}
