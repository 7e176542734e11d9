//! What a rule says beside its update, in whole runs: the weights that are evaluated and written, and the second gradient
//! of the same mini-batches.

use std::collections::BTreeMap;
use std::path::Path;

use optlab::lab::{Lab, Overrides};
use optlab::optim::StateValue;
use optlab::program::Real;
use optlab::session::{Options, Session};
use optlab::snapshot::Status;
use optlab::train::{Experiment, on_large_stack};
use safetensors::SafeTensors;

/// All that a mini-batch depends on, and all that is done to its gradient.
const NETWORK: &str = "id: points
seed: 3
data: {source: moons, samples: 115, noise: 0.2, validation: 0.2}
network: [{dense: 8}, batch_norm, tanh, {dropout: 0.3}, {dense: 2}]
loss: cross_entropy
penalty: {l2: 0.01}
training: {epochs: 2, batch: 16, clip_norm: 0.3, accumulate: 2}
";

const LANDSCAPE: &str = "id: walk
landscape: {source: ravine, start: [-4, 1.5], noise: 0.3}
training: {steps: 12, clip_norm: 2.0}
";

fn lab(folder: &Path, text: &str, rule: &str) -> Lab {
    let path = folder.join("lab.yaml");
    std::fs::write(&path, format!("{text}optimizer: {{{rule}}}\n")).unwrap();
    on_large_stack(|| Lab::open(&path.display().to_string(), &Overrides::default()))
        .unwrap_or_else(|errors| panic!("{}", errors[0].render(false)))
}

fn network(text: &str, rule: &str) -> Experiment<f32> {
    let folder = tempfile::tempdir().unwrap();
    Experiment::new(lab(folder.path(), text, rule).experiment(None, 1).unwrap()).unwrap()
}

fn walk(text: &str, rule: &str) -> Experiment<f64> {
    let folder = tempfile::tempdir().unwrap();
    Experiment::new(lab(folder.path(), text, rule).landscape_experiment(None).unwrap()).unwrap()
}

/// Weights, running statistics and what each step told.
fn went<F: Real>(mut run: Experiment<F>) -> (Vec<F>, Vec<F>, Vec<String>) {
    let mut told = Vec::new();
    for _ in 0..run.steps_total() {
        let report = run.step(None).unwrap();
        let evaluations = run.wants_evaluation(&report).then(|| run.evaluate());
        told.push(format!("{report:?} {evaluations:?}"));
    }
    let statistics = run.statistics().map_or_else(Vec::new, |statistics| statistics.values().to_vec());
    (run.params().values().to_vec(), statistics, told)
}

/// Where it is taken at the weights themselves it is the first gradient, bit for bit: of the same mini-batches with the same
/// units switched off, with the penalty, clipped; and what the first pass moved is not moved again.
#[test]
fn a_second_gradient_at_the_weights_is_the_first_one() {
    let (rule, plain) = ("rule: sam, lr: 0.3, rho: 0", "rule: sgd, lr: 0.3");
    assert_eq!(went(network(NETWORK, rule)), went(network(NETWORK, plain)));
    assert_eq!(went(walk(LANDSCAPE, rule)), went(walk(LANDSCAPE, plain)));
    let away = "rule: sam, lr: 0.3, rho: 0.1";
    assert_ne!(went(network(NETWORK, away)).0, went(network(NETWORK, plain)).0);
    assert_ne!(went(walk(LANDSCAPE, away)).0, went(walk(LANDSCAPE, plain)).0);
}

#[test]
fn a_second_gradient_on_a_landscape_is_that_of_the_point() {
    let text = LANDSCAPE.replace(", noise: 0.3", "").replace(", clip_norm: 2.0", "");
    let mut run = walk(&text, "rule: sam, lr: 0.05, rho: 0.5");
    let mut at = [-4.0_f64, 1.5];
    // As the ravine is: (0.1 x^2 + 19 y^2) / 2.
    let slope = |[x, y]: [f64; 2]| [0.1 * x, 19.0 * y];
    for _ in 0..12 {
        run.step(None).unwrap();
        let first = slope(at);
        let norm = first[0].hypot(first[1]);
        let second = slope([0, 1].map(|axis| at[axis] + 0.5 * first[axis] / norm));
        at = [0, 1].map(|axis| at[axis] - 0.05 * second[axis]);
        for axis in 0..2 {
            assert!((run.params().get(0)[axis] - at[axis]).abs() < 1e-9, "{:?} for {at:?}", run.params().get(0));
        }
    }
}

/// A second gradient that is not finite ends the run before its update, and is told of with its place.
#[test]
fn a_second_gradient_that_is_not_finite_is_a_divergence() {
    let script = |at: &str| {
        format!(
            "fn second_point(w, dw, state, h, t) {{ {at} }}\nfn update(w, dw, dw2, state, h, t) {{ w - 0.01 * dw2 }}\n"
        )
    };
    let cases = [
        ("w / where(t > 2, 0, 1)", "weight", "add a small eps to what it is divided by"),
        ("let far = w * where(t > 2, 1e30, 1);\n far", "loss", "look at the rule"),
        ("let far = w * where(t > 2, 1e30, 1);\n far * where(t > 2, 1e30, 1)", "weight", "look at that line: "),
    ];
    for (at, quantity, advice) in cases {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mine.rhai"), script(at)).unwrap();
        let text = NETWORK.replace("batch_norm, tanh", "relu").replace("penalty: {l2: 0.01}\n", "");
        let lab = lab(folder.path(), &text, "rule: mine.rhai");
        let mut session = Session::of(lab, Options::default()).unwrap();
        while !session.status().is_final() {
            session.step();
        }
        let Status::Diverged(told) = session.status() else { panic!("{:?}", session.status()) };
        assert_eq!(told.step, 3, "{told:?}");
        assert!(told.cause.contains("second_point") && told.sentence().contains("second gradient"), "{told:?}");
        let word = told.quantity.word();
        assert!(word == quantity || (quantity == "loss" && word == "activation"), "{told:?}");
        assert!(told.advice.starts_with(advice), "{told:?}");
        // The script's line is told where the script made it.
        assert_eq!(told.cause.contains("column ") && told.cause.contains(" in W1["), quantity == "weight", "{told:?}");
    }
}

#[test]
fn evaluated_weights_that_are_not_finite_end_a_run_with_where() {
    let folder = tempfile::tempdir().unwrap();
    let text = "//! A rule.\nfn hyper() { #{ lr: 0.1 } }\nfn update(w, dw, state, h, t) { w - h.lr * dw }\n\
                fn evaluate(w, state, h, t) { sqrt(w - 100) }\n";
    std::fs::write(folder.path().join("mine.rhai"), text).unwrap();
    let lab = lab(folder.path(), NETWORK, "rule: mine.rhai");
    let mut session = Session::of(lab, Options::default()).unwrap();
    while !session.status().is_final() {
        session.step();
    }
    let Status::Failed(error) = session.status() else { panic!("{:?}", session.status()) };
    let what = error.what();
    assert!(what.starts_with("`evaluate` of mine gives NaN for W1[0,0] after step "), "{what}");
    assert!(what.contains(": `sqrt(w - 100)` is the square root of -") && what.ends_with(" in W1[0,0]"), "{what}");
    let place = error.place().unwrap();
    assert_eq!((place.line(), place.column()), (4, 31), "{what}");
    assert!(error.help_lines().iter().any(|help| help.contains("sqrt(max(w - 100, 0))")), "{what}");
}

fn tensors(file: &Path) -> BTreeMap<String, Vec<u8>> {
    let bytes = std::fs::read(file).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    tensors.tensors().into_iter().map(|(name, tensor)| (name, tensor.data().to_vec())).collect()
}

fn numbers(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|number| f32::from_le_bytes(*number)).collect()
}

/// The files of a run of a lab in a folder: its model and its state.
fn written(folder: &Path, text: &str, rule: &str) -> [BTreeMap<String, Vec<u8>>; 2] {
    let options = Options { out: Some(folder.join("run")), ..Options::default() };
    Session::of(lab(folder, text, rule), options).unwrap().run_to_end();
    ["model.safetensors", "state.safetensors"].map(|name| tensors(&folder.join("run").join(name)))
}

fn trained(text: &str, rule: &str) -> Experiment<f32> {
    let mut run = network(text, rule);
    while run.steps() < run.steps_total() {
        run.step(None).unwrap();
    }
    run
}

/// What is written and evaluated is what the script says; the weights in training stand beside the state.
#[test]
fn the_model_is_what_was_evaluated_and_the_state_has_what_was_trained() {
    let folder = tempfile::tempdir().unwrap();
    let rule = "rule: sgd_averaged, lr: 0.3, decay: 0.8";
    let text = NETWORK.replace("batch_norm, ", "");
    let [model, state] = written(folder.path(), &text, rule);
    let mut run = trained(&text, rule);
    let told = run.evaluate();
    let correction = 1.0 - 0.8_f64.powi(run.steps() as i32);
    for (at, parameter) in run.layout().clone().parameters().iter().enumerate() {
        let name = &parameter.name;
        assert_eq!(numbers(&model[name]), run.evaluated().get(at), "{name}");
        assert_eq!(numbers(&state[&format!("w.{name}")]), run.params().get(at), "{name}");
        assert_eq!(state.len(), 2 * model.len(), "`a` and `w` of each parameter");
        let Some((_, StateValue::Tensor(average))) = run.rule().state_of(at).next() else { panic!("no average") };
        for (evaluated, average) in run.evaluated().get(at).iter().zip(average) {
            let want = f64::from(*average) / correction;
            assert!((f64::from(*evaluated) - want).abs() < 1e-6 * (1.0 + want.abs()), "{name}: {evaluated} for {want}");
        }
    }
    assert_ne!(run.params().values(), run.evaluated().values());
    // One that starts from what was written, and has made no step, is evaluated alike.
    std::fs::copy(folder.path().join("run/model.safetensors"), folder.path().join("start.safetensors")).unwrap();
    let text = format!("{text}initial: {{weights: start.safetensors}}\n");
    let lab = lab(folder.path(), &text, rule);
    let mut from = Experiment::<f32>::new(lab.experiment(None, 1).unwrap()).unwrap();
    assert_eq!(from.evaluate(), told);
    // A rule that says nothing of evaluations has nothing beside its state.
    let [_, state] = written(folder.path(), NETWORK, "rule: momentum");
    assert!(state.keys().all(|name| name.starts_with("v.")), "{:?}", state.keys());
}

/// Nothing but evaluations changes: the steps are those of a rule that says nothing of them.
#[test]
fn what_is_evaluated_changes_no_step() {
    let losses = |rule: &str| {
        let mut run = network(NETWORK, rule);
        (0..run.steps_total()).map(|_| run.step(None).unwrap().loss.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(losses("rule: sgd_averaged, lr: 0.3"), losses("rule: sgd, lr: 0.3"));
    let mut looked = network(NETWORK, "rule: sgd_averaged, lr: 0.3");
    let seen: Vec<u64> = (0..looked.steps_total())
        .map(|_| {
            let loss = looked.step(None).unwrap().loss.to_bits();
            looked.evaluate();
            loss
        })
        .collect();
    assert_eq!(seen, losses("rule: sgd, lr: 0.3"));
}

/// On a landscape the path and its heights are those of the weights in training; the evaluation is of the others.
#[test]
fn on_a_landscape_the_path_is_of_the_weights_in_training() {
    let mut averaged = walk(LANDSCAPE, "rule: sgd_averaged, lr: 0.02");
    let mut plain = walk(LANDSCAPE, "rule: sgd, lr: 0.02");
    for _ in 0..12 {
        averaged.step(None).unwrap();
        plain.step(None).unwrap();
        assert_eq!(averaged.spot(), plain.spot());
    }
    averaged.find_evaluated().unwrap();
    let xy = averaged.evaluated().get(0);
    assert_ne!(xy, averaged.params().get(0));
    // As the ravine is.
    let height = f64::midpoint(0.1 * xy[0] * xy[0], 19.0 * xy[1] * xy[1]);
    assert!((averaged.evaluate().0.loss - height).abs() < 1e-12, "{height}");
}
