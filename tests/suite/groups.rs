//! Other hyper-parameters for some of the parameters, `optimizer.groups`: through the lab, the run, knobs, copies and races.

use std::path::Path;

use optlab::error::Error;
use optlab::lab::plan::HyperSetting;
use optlab::lab::{Lab, Overrides};
use optlab::optim::RuleWatch;
use optlab::train::{Experiment, ExperimentCheckpoint, on_large_stack};

const LAB: &str = "id: grouped\n\
    data: {source: moons, samples: 60, noise: 0.1}\n\
    network: [{dense: 4}, tanh, {dense: 2}]\n\
    loss: cross_entropy\n\
    training: {steps: 12, batch: 10}\n\
    optimizer: {rule: adamw, lr: 0.01, GROUPS}\n";

fn open(text: &str) -> Result<Lab, Vec<Error>> {
    let folder = tempfile::tempdir().unwrap();
    open_in(folder.path(), text)
}

fn open_in(folder: &Path, text: &str) -> Result<Lab, Vec<Error>> {
    let path = folder.join("lab.yaml");
    std::fs::write(&path, text).unwrap();
    on_large_stack(|| Lab::open(&path.to_string_lossy(), &Overrides::default()))
}

fn lab(groups: &str) -> Result<Lab, Vec<Error>> {
    open(&LAB.replace("GROUPS", groups))
}

fn experiment(groups: &str) -> Experiment<f32> {
    let lab = lab(groups).unwrap_or_else(|errors| panic!("{groups}: {}", errors[0]));
    Experiment::new(lab.experiment(None, 1).unwrap()).unwrap()
}

/// The weights after so many steps.
fn after(experiment: &mut Experiment<f32>, steps: u64) -> Vec<Vec<f32>> {
    for _ in 0..steps {
        experiment.step(None).unwrap();
    }
    (0..4).map(|at| experiment.params().get(at).to_vec()).collect()
}

#[test]
fn a_group_is_as_if_its_parameters_were_trained_by_its_own_numbers() {
    // With steps of 0 elsewhere, what moves is told by the group alone.
    let still = after(&mut experiment("groups: [{layer: 1, lr: 0}]"), 1);
    let first = after(&mut experiment("weight_decay: 0.01"), 0);
    let all = after(&mut experiment("weight_decay: 0.01"), 1);
    assert_eq!(still[..2], first[..2]);
    assert_eq!(still[2..], all[2..], "one step depends on no other parameter's step");
    let by_name = after(&mut experiment("groups: [{name: W1, lr: 0}]"), 1);
    assert_eq!((&by_name[0], &by_name[1..]), (&first[0], &all[1..]));
}

#[test]
fn later_groups_win_and_what_none_sets_stays_the_rules_own() {
    let twice =
        after(&mut experiment("groups: [{kind: bias, lr: 0.5}, {layer: 1, lr: 0.02}, {name: b2, lr: 0.03}]"), 8);
    let once = after(&mut experiment("groups: [{layer: 1, lr: 0.02}, {name: b2, lr: 0.03}]"), 8);
    assert_eq!(twice, once);
    let both = after(&mut experiment("groups: [{kind: weight, layer: 2, lr: 0.02}]"), 8);
    assert_eq!(both, after(&mut experiment("groups: [{name: W2, lr: 0.02}]"), 8));
    assert_ne!(both, after(&mut experiment("weight_decay: 0.01"), 8));
}

#[test]
fn a_group_may_have_a_schedule() {
    let constant = after(&mut experiment("groups: [{kind: bias, lr: {schedule: constant, lr: 0.02}}]"), 8);
    assert_eq!(constant, after(&mut experiment("groups: [{kind: bias, lr: 0.02}]"), 8));
    let falling =
        after(&mut experiment("groups: [{kind: bias, lr: {schedule: exponential, lr: 0.02, factor: 0.5}}]"), 8);
    assert_ne!(falling, constant);
}

#[test]
fn a_knob_that_is_turned_scales_groups_alike_and_an_event_does_the_same_bits() {
    let groups = "groups: [{kind: bias, lr: 0.04}, {name: W2, lr: {schedule: exponential, lr: 0.02, factor: 0.9}}]";
    let mut by_hand = experiment(groups);
    after(&mut by_hand, 5);
    let knob = by_hand.knob("lr", 0.005).unwrap();
    by_hand.turn(knob, 0.005);
    let turned = after(&mut by_hand, 7);
    let events = format!("{groups}}}\nevents: [{{step: 5, set: {{lr: 0.005}}}}]\nwatch: {{speed: max");
    assert_eq!(after(&mut experiment(&events), 12), turned);
}

#[test]
fn a_knob_that_is_halved_halves_the_groups() {
    let mut halved = experiment("groups: [{kind: bias, lr: 0.04}]");
    let knob = halved.knob("lr", 0.005).unwrap();
    halved.turn(knob, 0.005);
    // After one step a bias has felt no other parameter's rate.
    let expected = after(&mut experiment("groups: [{kind: bias, lr: 0.02}]"), 1);
    let got = after(&mut halved, 1);
    assert_eq!((&got[1], &got[3]), (&expected[1], &expected[3]));
    // Turned back, all is as before.
    let mut back = experiment("groups: [{kind: bias, lr: 0.04}]");
    for value in [0.0, 0.3, 0.01] {
        let knob = back.knob("lr", value).unwrap();
        back.turn(knob, value);
    }
    assert_eq!(after(&mut back, 5), after(&mut experiment("groups: [{kind: bias, lr: 0.04}]"), 5));
}

#[test]
fn a_knob_is_not_turned_where_a_group_would_leave_its_range() {
    let mut run = experiment("groups: [{kind: bias, beta1: 0.99}]");
    after(&mut run, 1);
    let error = run.knob("beta1", 0.95).unwrap_err();
    assert!(error.what().contains("outside of its range"), "{error}");
    assert!(error.help_lines().iter().any(|help| help.contains("the group `kind: bias` is scaled alike")), "{error}");
    assert!(run.knob("beta1", 0.8).is_ok());
}

#[test]
fn a_copy_holds_what_groups_have_become() {
    let groups = "groups: [{kind: bias, lr: 0.04}, {layer: 2, weight_decay: 0.5}]";
    let mut run = experiment(groups);
    after(&mut run, 3);
    let knob = run.knob("lr", 0.002).unwrap();
    run.turn(knob, 0.002);
    after(&mut run, 2);
    let mut kept = ExperimentCheckpoint::default();
    run.save(&mut kept);
    let end = after(&mut run, 5);
    run.restore(&kept).unwrap();
    assert_eq!(after(&mut run, 5), end);
    let mut other = experiment(groups);
    other.restore(&kept).unwrap();
    assert_eq!(after(&mut other, 5), end, "also in a run that was made anew");
}

struct Blind;

impl RuleWatch<f32> for Blind {
    fn begin(&mut self, _: &[String]) {}
    fn block(&mut self, _: usize, _: usize, _: usize, _: &[f32]) {}
    fn number(&mut self, _: usize, _: usize, _: f64) {}
}

#[test]
fn the_ledger_shows_the_elements_own_numbers() {
    let mut run = experiment("groups: [{kind: bias, lr: 0.04}]");
    for (parameter, own) in [(0, "0.01"), (1, "0.04"), (3, "0.04")] {
        run.look_at(parameter, 1);
        run.step(Some(&mut Blind)).unwrap();
        let reading = run.rule().reading().unwrap();
        let last = format!("{:?}", reading.lines.last().unwrap().formula);
        assert_eq!(reading.parameter, parameter);
        assert!(last.contains(&format!("Value({own})")), "{own} in {last}");
    }
}

#[test]
fn the_resolved_text_of_a_lab_and_a_racer_has_its_groups() {
    let groups =
        "groups: [{kind: bias, lr: 0.04}, {name: W2, layer: 2, lr: {schedule: exponential, lr: 0.02, factor: 0.9}}]";
    let race = format!(
        "{groups}}}\ncompare: {{plain: {{optimizer: {{rule: sgd, lr: 0.1}}}}, own: {{optimizer: {{rule: sgd, groups: [{{layer: 1, lr: 0.5}}]}}}}}}\nwatch: {{speed: max"
    );
    let lab = lab(&race).unwrap_or_else(|errors| panic!("{}", errors[0]));
    let again = open(&lab.resolved).unwrap_or_else(|errors| panic!("{}", errors[0]));
    assert_eq!(again.resolved, lab.resolved);
    assert!(lab.resolved.contains("kind: bias") && lab.resolved.contains("layer: 1"), "{}", lab.resolved);
    let racers: Vec<usize> = lab.race.iter().map(|racer| racer.lab.descent().unwrap().optimizer.groups.len()).collect();
    assert_eq!(racers, [2, 0, 1]);
}

#[test]
fn a_group_is_set_over_a_lab_by_its_place_in_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let text = LAB.replace("GROUPS", "groups: [{kind: bias, lr: 0.04}, {layer: 2, lr: 0.1}]");
    let lab = open_in(folder.path(), &text).unwrap_or_else(|errors| panic!("{}", errors[0]));
    let mut overrides = Overrides::default();
    overrides.lay(&["optimizer.groups[1].lr=0.3".to_owned()]);
    let set = on_large_stack(|| lab.with(&overrides)).unwrap_or_else(|errors| panic!("{}", errors[0]));
    let groups = &set.descent().unwrap().optimizer.groups;
    assert_eq!(groups.len(), 2);
    assert!(matches!(groups[1].hyper[..], [(_, HyperSetting::Number(0.3))]), "{groups:?}");
    overrides.lay(&["optimizer.groups[1].lrr=0.3".to_owned()]);
    let error = on_large_stack(|| lab.with(&overrides)).unwrap_err().remove(0);
    assert!(error.what().contains("no parameter `lrr`"), "{error}");
}

#[test]
fn a_landscape_has_one_parameter_of_a_kind_of_its_own() {
    let text = "landscape: {source: bowl, start: [1, 2]}\ntraining: {steps: 3}\n\
        optimizer: {rule: sgd, lr: 0.1, groups: [{kind: xy, lr: 0.25}]}\n";
    let lab = open(text).unwrap_or_else(|errors| panic!("{}", errors[0]));
    let mut walk = Experiment::new(lab.landscape_experiment(None).unwrap()).unwrap();
    walk.step(None).unwrap();
    assert_eq!(walk.params().get(0), [0.75, 1.5]);
    let error = open(&text.replace("kind: xy", "kind: bias")).unwrap_err().remove(0);
    assert_eq!(error.what(), "there is no parameter of the kind `bias`");
    assert_eq!(error.help_lines(), ["the parameters are xy (xy)"]);
}

/// The values that schedules give to groups stand in `steps.csv` behind all other columns, and only where there are some.
#[test]
fn scheduled_values_of_groups_are_columns_of_the_steps() {
    let steps = |groups: &str| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("lab.yaml"), LAB.replace("GROUPS", groups)).unwrap();
        let mut command = assert_cmd::Command::cargo_bin("optlab").unwrap();
        command.current_dir(folder.path()).args(["train", "lab.yaml", "--out", "run", "--quiet"]).assert().success();
        std::fs::read_to_string(folder.path().join("run/steps.csv")).unwrap()
    };
    let usual = "step,epoch,lr,loss,grad_norm,update_norm,grad_norm.W1,grad_norm.b1,grad_norm.W2,grad_norm.b2";
    assert_eq!(steps("groups: [{kind: bias, lr: 0.04}]").lines().next(), Some(usual), "numbers stay what the lab says");
    let moved = steps(
        "groups: [{kind: bias, lr: {schedule: exponential, lr: 0.02, factor: 0.5}, weight_decay: 0}, \
         {kind: weight, layer: 2, weight_decay: {schedule: linear, lr: 0.1, start_factor: 1, end_factor: 0, steps: 10}}]",
    );
    let mut lines = moved.lines();
    assert_eq!(lines.next(), Some(format!("{usual},lr[kind=bias],weight_decay[kind=weight layer=2]").as_str()));
    for (at, line) in lines.enumerate() {
        let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        assert_eq!((cells.len(), cells[2]), (12, 0.01));
        assert!((cells[10] - 0.02 * 0.5_f64.powi(at as i32)).abs() < 1e-12, "{line}");
        assert!((cells[11] - (0.1 - 0.01 * at as f64).max(0.0)).abs() < 1e-12, "{line}");
    }
}
