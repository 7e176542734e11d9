//! Goals: what holds, on which seeds, within which budget, and by how much.

use std::path::Path;

use crate::course::judge::{Submitted, Trusted, judge};
use crate::error::Source;
use crate::lab::{Document, Files, Lab};
use crate::snapshot::{Outcome, Verdict};
use crate::train::on_large_stack;

const BOWL: &str = "format: 1
landscape: {source: bowl, start: [1, 1], noise: 0.01}
optimizer: {rule: sgd, lr: 0.01}
training: {steps: 20}
";
const MOONS: &str = "format: 1
data: {source: moons, samples: 80, validation: 0.25}
network: [dense: 8, tanh, dense: 2]
loss: cross_entropy
optimizer: {rule: sgd, lr: 0.001}
training: {epochs: 3, batch: 20}
";

fn judged(subject: &str, goal: &str, own: Option<&str>, hidden: bool) -> Verdict {
    let text = format!("{subject}tasks: [{{id: a, kind: goal, say: a, {goal}}}]\n");
    let lab = on_large_stack(|| {
        let document = Document::parse("a.yaml", &text).unwrap();
        Lab::check(&document, &Files::beside(Path::new("a.yaml")).unwrap(), None).unwrap()
    });
    let trusted = Trusted { lab: &lab, student: "", hidden };
    let submitted = Submitted { lab: own.map(|own| Source::new("mine.yaml", own)), ..Submitted::default() };
    let verdict = judge(&trusted, &lab.tasks[0], &submitted);
    assert_eq!(verdict, judge(&trusted, &lab.tasks[0], &submitted), "judged twice");
    verdict
}

#[test]
fn it_passes_as_soon_as_its_check_holds_on_every_seed() {
    let goal = "edit: [optimizer.lr], check: run.height < 0.01, seeds: [7, 8, 9]";
    let starter = judged(BOWL, goal, None, false);
    assert_eq!((starter.outcome, starter.points, starter.details.len()), (Outcome::Failed, 0.0, 1));
    assert!(starter.message.contains("0 of 3") && starter.margin.unwrap() < 0.0, "{starter:?}");
    let solved = judged(BOWL, goal, Some(&BOWL.replace("lr: 0.01", "lr: 0.2")), false);
    assert!(solved.passed() && solved.points == 1.0 && solved.margin.unwrap() > 0.0, "{solved:?}");
    assert!(solved.details[0].starts_with("seed 7: holds at step "), "{solved:?}");
}

#[test]
fn it_may_hold_on_the_way_and_no_longer_at_the_end() {
    // A rate that goes far beyond the bottom: it is near it once and leaves again.
    let own = BOWL.replace("lr: 0.01", "lr: 1.2").replace("noise: 0.01", "noise: 0");
    let verdict = judged(BOWL, "edit: [optimizer], check: run.step == 3", Some(&own), false);
    assert!(verdict.passed() && verdict.details[0].contains("step 3"), "{verdict:?}");
}

#[test]
fn of_a_network_it_is_looked_at_at_the_end_of_each_epoch() {
    let verdict = judged(MOONS, "edit: [optimizer], check: run.step >= 4", None, false);
    // 60 samples in batches of 20 are 3 steps an epoch.
    assert!(verdict.passed() && verdict.details[0].contains("epoch 2"), "{verdict:?}");
    let never = judged(MOONS, "edit: [optimizer], check: run.step == 4", None, false);
    assert_eq!(never.outcome, Outcome::Failed, "{never:?}");
}

#[test]
fn so_many_seeds_are_enough_as_are_needed_and_hidden_ones_are_named_by_no_number() {
    let goal = "edit: [optimizer], check: run.step >= 20, seeds: [1, 2], hidden_seeds: [4711], need: 2";
    let seen = judged(BOWL, goal, None, false);
    assert!(seen.passed() && seen.details.len() == 1, "{seen:?}");
    let graded = judged(BOWL, goal, None, true);
    assert_eq!(graded.details, ["seeds 1, 2 and hidden seed 1: holds at step 20, but `run.step >= 20` just"]);
    assert!(!format!("{graded:?}").contains("4711"), "{graded:?}");
}

#[test]
fn each_mark_counts_for_itself() {
    let goal = "edit: [optimizer], marks: [{check: run.step >= 5, points: 1}, {check: run.height < 1e-30, points: 2}]";
    let verdict = judged(BOWL, goal, None, false);
    assert_eq!((verdict.outcome, verdict.points), (Outcome::Failed, 1.0), "{verdict:?}");
    assert!(verdict.message.starts_with("1 of 2 checks holds"), "{verdict:?}");
    assert_eq!(verdict.details.len(), 2);
}

#[test]
fn a_run_is_no_longer_than_the_budget_says() {
    let long = BOWL.replace("steps: 20", "steps: 500");
    let goal = |budget: &str| format!("edit: [training], check: run.step >= 41{budget}");
    for (budget, passes) in [("", false), (", budget: {steps: 41}", true), (", budget: {epochs: 3}", true)] {
        assert_eq!(judged(BOWL, &goal(budget), Some(&long), false).passed(), passes, "{budget}");
    }
    let long = MOONS.replace("epochs: 3", "epochs: 50");
    let goal = |budget: &str| format!("edit: [training.epochs], check: run.epoch >= 7{budget}");
    for (budget, passes) in [("", false), (", budget: {epochs: 7}", true), (", budget: {steps: 18}", false)] {
        assert_eq!(judged(MOONS, &goal(budget), Some(&long), false).passed(), passes, "{budget}");
    }
}

#[test]
fn a_divergence_is_a_failure_with_its_sentence() {
    let own = BOWL.replace("lr: 0.01", "lr: 1e200");
    let verdict = judged(BOWL, "edit: [optimizer], check: run.height < 0.001", Some(&own), false);
    assert_eq!(verdict.outcome, Outcome::Failed, "{verdict:?}");
    assert!(verdict.details[0].contains("diverged at step"), "{verdict:?}");
    let asked = judged(BOWL, "edit: [optimizer], check: run.diverged", Some(&own), false);
    assert!(asked.passed(), "a check may ask for it: {asked:?}");
}

#[test]
fn what_may_not_be_edited_is_as_the_lab_has_it() {
    let goal = "edit: [optimizer.lr], check: run.height < 0.001";
    let cheat = BOWL.replace("start: [1, 1]", "start: [0, 0]")
        + "tasks: [{id: a, kind: goal, say: a, edit: [seed], check: 'true'}]\n";
    assert_eq!(judged(BOWL, goal, Some(&cheat), false).outcome, Outcome::Failed);
    let broken = judged(BOWL, goal, Some("landscape: ["), false);
    assert_eq!(broken.outcome, Outcome::Error);
    assert!(broken.message.contains("mine.yaml:1"), "{broken:?}");
}

#[test]
fn along_a_series_it_is_looked_at_after_every_value() {
    let walk = "format: 1\nseries: {values: [2, 4, 6, 8]}\naverages: [exponential: 0.9]\n";
    let goal = "edit: [averages], check: 'run.average(\"exponential.0.9\") > 1'";
    let verdict = judged(walk, goal, None, false);
    assert!(verdict.passed() && verdict.details[0].contains("step 3"), "{verdict:?}");
}

/// Where it holds first says nothing of how close the call was: it holds there by next to nothing, whatever comes after.
#[test]
fn the_margin_is_the_most_by_which_it_held_from_then_on() {
    let own = BOWL.replace("lr: 0.01", "lr: 0.3").replace(", noise: 0.01", "");
    let bowl = BOWL.replace(", noise: 0.01", "");
    let margin = |goal: &str| judged(&bowl, goal, Some(&own), false).margin.unwrap();
    let all_the_way = margin("edit: [optimizer], check: run.height < 0.5");
    assert!(all_the_way > 0.499, "{all_the_way}");
    // As long as it holds, and no longer.
    assert_eq!(margin("edit: [optimizer], check: run.step >= 3 && run.step <= 9"), 3.0);
    let verdict = judged(&bowl, "edit: [optimizer], check: run.height < 0.5", Some(&own), false);
    assert!(verdict.details[0].ends_with(" (at best `run.height` was 0.5 below 0.5)"), "{verdict:?}");
}

#[test]
fn what_comes_after_all_of_it_was_reached_takes_nothing_back() {
    let own = BOWL.replace("lr: 0.01", "lr: 2000");
    let verdict = judged(BOWL, "edit: [optimizer], check: run.step >= 1 && run.height > 3", Some(&own), false);
    assert!(verdict.passed() && !verdict.details[0].contains("diverged"), "{verdict:?}");
}

/// A line for each would push what is asked out of a small pane.
#[test]
fn seeds_that_fail_alike_are_told_in_one_line() {
    let goal = "edit: [optimizer.lr], check: run.height < 0.01, seeds: [7, 8, 9]";
    let all = judged(BOWL, goal, None, false);
    let told = &all.details[0];
    assert!(told.starts_with("seeds 7, 8, 9: does not hold within 20 steps; nearest on seed "), "{told}");
    assert!(told.contains(" is missed by "), "{told}");
    let diverges = judged(BOWL, goal, Some(&BOWL.replace("lr: 0.01", "lr: 1e200")), false);
    assert!(diverges.details.len() == 1 && diverges.details[0].contains("diverged at step"), "{diverges:?}");
    // One seed that holds, and two marks: a line for each way.
    let marks = "edit: [optimizer.lr], seeds: [7, 8], marks: [{check: run.step >= 5}, {check: run.height < 0.01}]";
    let marks = judged(BOWL, marks, None, false);
    assert!(marks.details[0].starts_with("seeds 7, 8: `run.step >= 5` holds at step 5"), "{marks:?}");
    assert!(marks.details[1].starts_with("seeds 7, 8: `run.height < 0.01` does not hold"), "{marks:?}");
}

#[test]
fn a_near_call_names_the_comparison_that_it_is_said_of() {
    let bowl = BOWL.replace(", noise: 0.01", "");
    let own = bowl.replace("lr: 0.01", "lr: 0.3");
    let told = |check: &str| judged(&bowl, &format!("edit: [optimizer], {check}"), Some(&own), false).details.concat();
    let high = told("check: run.height < 0.01 && run.step <= 1");
    assert!(high.contains("; nearest at step 1, where `run.height < 0.01` is missed by "), "{high}");
    let early = told("check: run.height < 9 && run.step >= 30");
    assert!(early.ends_with("; nearest at step 20, where `run.step >= 30` is missed by 10"), "{early}");
    let just = told("check: run.height < 9 && run.step >= 20");
    assert_eq!(just, "seed 0: holds at step 20, but `run.step >= 20` just");
    assert!(told("check: run.step > 20").ends_with("nearest at step 20, where `run.step > 20` is just missed"));
    // By how much one holds is said of what was compared.
    assert_eq!(told("check: run.step > 3"), "seed 0: holds at step 4 (at best `run.step` was 17 above 3)");
    let both = told("check: run.x < run.y + 3");
    assert_eq!(both, "seed 0: holds at step 1 (at best `run.x` was 3 below `run.y + 3`)");
    let marks = told("marks: [{check: run.step >= 5}, {check: run.height < 1e-30}]");
    assert!(marks.contains("`run.step >= 5` holds at step 5 (at best by 15)"), "{marks}");
    // Where the check stands before it, it is not said twice.
    let marks = told("marks: [{check: run.step >= 20}, {check: run.step > 21}]");
    assert!(marks.contains("`run.step >= 20` holds at step 20, but just"), "{marks}");
    assert!(marks.contains("nearest at step 20, missed by 1"), "{marks}");
}
