//! What the map shows against a plain count, a plain formula and the network's own answers; and that looking changes nothing.

use crate::machine::Machine;
use optlab::data::Target;
use optlab::lab::Lab;
use optlab::nn::Mode;
use optlab::run::{Command, Travel};
use optlab::snapshot::{Answers, Confusion, LandscapeView, Map, Regions, Snapshot};
use optlab::train::{Experiment, ExperimentConfig, Learning, Objective};

const MOONS: &str = "id: moons
seed: 3
data: {source: moons, samples: 120, noise: 0.1, validation: 0.25}
network: [dense: 6, batch_norm, tanh, dropout: 0.2, dense: 2]
loss: cross_entropy
training: {epochs: 4, batch: 16}
optimizer: {rule: adam, lr: 0.05}
";
const DIGITS: &str = "id: digits
data: {source: digits, standardize: true, validation: 0.2}
network: [dense: 12, relu, dense: 10]
loss: cross_entropy
training: {epochs: 2, batch: 64}
optimizer: {rule: adam, lr: 0.01}
";
const RAVINE: &str = "id: ravine
seed: 9
landscape: {source: ravine, start: [-4, 1.5], noise: 0.3}
training: {steps: 1000}
optimizer: {rule: momentum, lr: 0.1, beta: 0.9}
compare:
  sgd: {optimizer: {rule: sgd, lr: 0.05}}
";

/// The same run after so many steps, and its parts anew, to ask the network by hand.
fn by_hand(lab: &Lab, steps: u64) -> (Experiment<f32>, Learning<f32>) {
    let lab = lab.clone();
    let make = move || {
        let mut experiment = Experiment::new(lab.experiment(None, 1).unwrap()).unwrap();
        for _ in 0..steps {
            experiment.step(None).unwrap();
        }
        let ExperimentConfig { objective: Objective::Network(learning), .. } = lab.experiment(None, 1).unwrap() else {
            panic!()
        };
        let mut learning = *learning;
        let statistics = experiment.statistics().unwrap().values().to_vec();
        learning.network.statistics_mut().values_mut().copy_from_slice(&statistics);
        (experiment, learning)
    };
    std::thread::Builder::new().stack_size(optlab::train::STACK).spawn(make).unwrap().join().unwrap()
}

fn at(text: &str, step: u64) -> (Machine, Snapshot) {
    let mut machine = Machine::new(text);
    machine.send(Command::Goto(step));
    machine.until(|snapshot| snapshot.step == step);
    machine.settle();
    let snapshot = machine.snapshot.clone();
    (machine, snapshot)
}

fn regions(snapshot: &Snapshot) -> &Regions {
    let Some(Map::Regions(map)) = &snapshot.map else { panic!("{:?}", snapshot.map) };
    map
}

fn confusion(snapshot: &Snapshot) -> &Confusion {
    let Some(Map::Confusion(map)) = &snapshot.map else { panic!("{:?}", snapshot.map) };
    map
}

fn landscape(snapshot: &Snapshot) -> &LandscapeView {
    let Some(Map::Landscape(map)) = &snapshot.map else { panic!("{:?}", snapshot.map) };
    map
}

fn largest(z: &[f32]) -> usize {
    (0..z.len()).rev().max_by(|a, b| z[*a].total_cmp(&z[*b])).unwrap()
}

#[test]
fn regions_and_points_are_the_network_s_own_answers() {
    let (machine, snapshot) = at(MOONS, 11);
    let map = regions(&snapshot);
    let (experiment, mut learning) = by_hand(&machine.lab, 11);
    let mut ask = |x: [f32; 2]| {
        let z = learning.network.forward(experiment.params(), &x, 1, Mode::Evaluate).to_vec();
        let sum: f64 = z.iter().map(|z| f64::from(*z).exp()).sum();
        (largest(&z), f64::from(z[largest(&z)]).exp() / sum)
    };
    let Answers::Classes { cells, names } = &map.answers else { panic!() };
    assert_eq!((map.step, cells.len(), names.len()), (11, map.columns * map.rows, 2));
    let middle =
        |(low, high): (f64, f64), at: usize, of: usize| (low + (high - low) * (at as f64 + 0.5) / of as f64) as f32;
    for (row, column) in [(0, 0), (5, 40), (20, 11), (24, 63), (43, 71)] {
        let x = [middle(map.x, column, map.columns), middle((map.y.1, map.y.0), row, map.rows)];
        let (class, sure) = ask(x);
        let cell = cells[row * map.columns + column];
        assert_eq!(cell.class, Some(class as u16), "{row} {column}");
        assert!((f64::from(cell.sure) - sure).abs() < 1e-5, "{} for {sure}", cell.sure);
    }
    for point in &map.points {
        assert_eq!(point.answer, ask([point.x, point.y]).0 as f32);
        assert!((map.x.0..map.x.1).contains(&f64::from(point.x)) && (map.y.0..map.y.1).contains(&f64::from(point.y)));
    }
    assert_eq!(map.points.iter().filter(|point| point.held_out).count(), 30);
}

#[test]
fn the_share_of_right_answers_is_that_of_the_evaluation() {
    for text in [MOONS, DIGITS] {
        let (_, snapshot) = at(text, if text == MOONS { 12 } else { 23 });
        let score = match &snapshot.map {
            Some(Map::Regions(map)) => map.score.unwrap(),
            _ => confusion(&snapshot).score,
        };
        let row = snapshot.epochs.last().unwrap();
        assert_eq!(row.step, snapshot.step);
        assert_eq!(Some(score.right as f64 / score.of as f64), row.val_accuracy);
        assert!(score.held_out);
    }
}

#[test]
fn who_was_taken_for_whom_is_counted_right_and_pictures_are_of_the_samples() {
    let (machine, snapshot) = at(DIGITS, 20);
    let map = confusion(&snapshot);
    let (experiment, mut learning) = by_hand(&machine.lab, 20);
    let data = learning.validation.clone().unwrap();
    let Target::Classes { labels, .. } = data.target() else { panic!() };
    let mut counts = vec![0; 100];
    for (row, label) in data.x().rows().into_iter().zip(labels) {
        let z = learning.network.forward(experiment.params(), row.as_slice().unwrap(), 1, Mode::Evaluate);
        counts[*label as usize * 10 + largest(z)] += 1;
    }
    assert_eq!(map.counts, counts);
    assert_eq!(map.counts.iter().sum::<u32>() as usize, map.score.of);
    let wrong = map.score.of - map.score.right;
    assert_eq!(map.images.len(), 12);
    let mistaken = |at: usize| map.images[at].answer.class != Some(map.images[at].truth);
    assert!((0..12).all(|at| mistaken(at) == (at < wrong)));
    // Digits have 17 levels from 0 to 16, which standardising hides and a picture does not.
    assert!(map.images.iter().all(|image| image.side == 8 && image.pixels.contains(&0) && image.pixels.contains(&7)));
}

#[test]
fn heights_are_the_formula_s_and_the_last_step_is_the_run_s() {
    let (_, snapshot) = at(RAVINE, 7);
    let map = landscape(&snapshot);
    let grid = &map.heights;
    let along = |(low, high): (f64, f64), at: usize, of: usize| low + (high - low) * at as f64 / (of - 1) as f64;
    // Beyond what is worth seeing, since a pane shows more of one weight than of the other.
    let [across, upwards] = map.measured();
    assert_eq!([map.x, map.y, across, upwards], [(-5.0, 5.0), (-2.0, 2.0), (-15.0, 15.0), (-6.0, 6.0)]);
    for (row, column) in [(0, 0), (10, 3), (96, 144), (grid.rows - 1, grid.columns - 1)] {
        let (x, y) = (along(across, column, grid.columns), along((upwards.1, upwards.0), row, grid.rows));
        let height = 0.5 * (0.1 * x * x + 19.0 * y * y);
        assert!((grid.cells[row * grid.columns + column] - height).abs() < 1e-9 * (1.0 + height), "{row} {column}");
    }
    let names: Vec<&str> = map.pulls.iter().map(|pull| pull.name.as_str()).collect();
    assert_eq!(names, ["-g", "-v", "step"]);
    let points = &map.paths[0].points;
    assert_eq!((points.len(), points[0].x, points[0].y), (8, -4.0, 1.5));
    let (before, here) = (points[6], points[7]);
    for (axis, part) in [here.x - before.x, here.y - before.y].into_iter().enumerate() {
        assert!((map.pulls[2].by[axis] - part).abs() < 1e-12);
        // W = W - lr v
        assert!((map.pulls[1].by[axis] * 0.1 - part).abs() < 1e-6);
    }
    assert_eq!(map.pulls[0].from, [before.x, before.y]);
}

#[test]
fn a_path_that_was_gone_back_on_is_the_one_that_it_was_there() {
    let mut machine = Machine::new(RAVINE);
    let mut seen = vec![machine.snapshot.map.clone()];
    for _ in 0..12 {
        machine.send(Command::Step);
        machine.settle();
        seen.push(machine.snapshot.map.clone());
    }
    for step in (0..12_usize).rev() {
        machine.send(Command::Travel(Travel::Back));
        machine.settle();
        assert_eq!(machine.snapshot.step, step as u64);
        assert_eq!(machine.snapshot.map, seen[step], "step {step}");
    }
    // A way of more steps than a path has points.
    let (mut machine, straight) = at(RAVINE, 801);
    assert!(landscape(&straight).paths.iter().all(|path| path.every > 1 && path.points.len() <= 401));
    for step in [1000, 350, 801] {
        machine.send(Command::Goto(step));
        machine.until(|snapshot| snapshot.step == step);
    }
    machine.settle();
    assert_eq!(machine.snapshot.map, straight.map);
}

#[test]
fn to_look_at_a_run_changes_no_bit_of_it() {
    for text in [MOONS, RAVINE] {
        let mut watched = Machine::new(text);
        for _ in 0..20 {
            watched.send(Command::Step);
            watched.settle();
            assert!(watched.snapshot.map.is_some());
        }
        let mut straight = Machine::new(text);
        straight.send(Command::Goto(20));
        straight.until(|snapshot| snapshot.step == 20);
        assert_eq!(watched.files(), straight.files());
    }
}

#[test]
fn a_lab_without_a_picture_that_fits_has_none() {
    let text = "id: many\ndata: {source: plane, samples: 40, features: 5}\nnetwork: [dense: 1]\nloss: mse\n\
                training: {epochs: 1}\noptimizer: {rule: sgd, lr: 0.1}\n";
    assert_eq!(Machine::new(text).snapshot.map, None);
}

#[test]
fn after_a_divergence_no_gradient_is_shown_as_that_of_the_last_step() {
    let (alone, _) = RAVINE.split_once("compare").unwrap();
    let mut machine = Machine::new(&alone.replace("lr: 0.1", "lr: 1e30"));
    machine.send(Command::Run);
    machine.until(|snapshot| snapshot.status.is_final());
    assert!(machine.snapshot.status.is_broken(), "{:?}", machine.snapshot.status);
    // The gradient that is there is that of the step that was not made.
    let names =
        |machine: &Machine| landscape(&machine.snapshot).pulls.iter().map(|pull| pull.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&machine), ["step"]);
    machine.send(Command::Travel(Travel::Back));
    machine.settle();
    assert_eq!(names(&machine), ["-g", "-v", "step"]);
}
