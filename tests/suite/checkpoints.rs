//! A copy of an experiment is plain data: written as bytes in the middle of an epoch and put into one that was made anew,
//! it goes on with the bits of the one that never stopped. What does not fit, or is damaged, is refused.

mod damage;

use std::sync::Arc;

use crate::common::{activation_layer, constants, defaults, dense, loss, optimizer, shipped};
use ndarray::Array2;
use optlab::data::{Dataset, Order, Rest, Target};
use optlab::error::Source;
use optlab::nn::{LayerSpec, Network, Penalty};
use optlab::optim::{Clip, Constant, Schedule};
use optlab::program::{Arena, Real};
use optlab::script::{self, HyperValue, Kind, Script};
use optlab::train::{
    Descent, Experiment, ExperimentCheckpoint, ExperimentConfig, Learning, Length, Objective, Observing,
    ObservingCheckpoint,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

const SAMPLES: usize = 22;
const BATCH: usize = 5;
const STEPS: u64 = 24;
/// In the middle of the third of epochs of 5 steps.
const CUT: u64 = 12;

/// A number that bytes can hold.
trait Number: Real + Serialize + DeserializeOwned {}
impl<F: Real + Serialize + DeserializeOwned> Number for F {}

fn bytes<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).unwrap()
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> T {
    postcard::from_bytes(bytes).unwrap()
}

/// Dropout, batch normalisation, a penalty, clipping, a last batch that is smaller and a new order in each epoch.
fn network_parts<F: Number>(
    rule: &str,
    lr: Option<Box<dyn Schedule>>,
    hidden: usize,
    seed: u64,
) -> ExperimentConfig<F> {
    let part = |count: usize| {
        let x = (0..count * 3).map(|i| F::from_f64((i as f64 * 1.3 + 0.2).sin())).collect();
        let labels = (0..count).map(|i| (i * i % 4) as u32).collect();
        let names = (0..4).map(|class| class.to_string()).collect();
        let x = Array2::from_shape_vec((count, 3), x).unwrap();
        Arc::new(Dataset::new(x, Target::Classes { labels, names }, "made here").unwrap())
    };
    let layers = vec![
        dense(hidden),
        LayerSpec::BatchNorm { momentum: 0.1, eps: 1e-5 },
        activation_layer("tanh"),
        LayerSpec::Dropout { rate: 0.3 },
        dense(4),
    ];
    let network = Network::new(3, layers, BATCH).unwrap();
    let params = network.initialise(seed);
    let objective = Objective::Network(Box::new(Learning {
        train: part(SAMPLES),
        validation: Some(part(7)),
        test: None,
        network,
        loss: loss("cross_entropy", 3),
        penalty: Penalty { l2: 0.001, ..Penalty::default() },
        batch: BATCH,
        order: Order::Shuffled,
        rest: Rest::Keep,
        accumulate: 1,
    }));
    parts(objective, params, rule, lr, seed)
}

fn network<F: Number>(rule: &str, lr: Option<Box<dyn Schedule>>, hidden: usize, seed: u64) -> Experiment<F> {
    Experiment::new(network_parts(rule, lr, hidden, seed)).unwrap()
}

/// A landscape with a noisy gradient.
fn landscape<F: Number>(rule: &str, seed: u64) -> Experiment<F> {
    let script = shipped(Kind::Landscape, "ravine");
    let landscape = script::landscape(&script, &defaults(&script)).unwrap();
    let objective = Objective::Landscape(Descent { landscape, noise: 0.2 });
    Experiment::new(parts(objective, Descent::at([-4.0, 1.5]), rule, None, seed)).unwrap()
}

fn parts<F: Number>(
    objective: Objective<F>,
    params: Arena<F>,
    rule: &str,
    lr: Option<Box<dyn Schedule>>,
    seed: u64,
) -> ExperimentConfig<F> {
    let (rule, values) = optimizer(rule, &serde_json::Value::Null);
    let mut hyper = constants(&values);
    if let (Some(at), Some(schedule)) = (rule.hyper.iter().position(|name| name == "lr"), lr) {
        hyper[at] = schedule;
    }
    let (clip, length) = (Some(Clip::Norm(0.5)), Length::Steps(STEPS));
    let groups = optlab::train::HyperGroups::default();
    ExperimentConfig {
        objective,
        params,
        rule,
        hyper,
        groups,
        clip,
        length,
        evaluate: 1,
        seed,
        threads: 1,
        observer: None,
    }
}

/// Steps with the evaluations that are due, as a run makes them.
fn train<F: Number>(experiment: &mut Experiment<F>, until: u64) {
    while experiment.steps() < until {
        let report = experiment.step(None).unwrap_or_else(|halt| panic!("{halt:?}"));
        if experiment.wants_evaluation(&report) {
            experiment.evaluate();
        }
    }
}

fn saved<F: Number>(experiment: &mut Experiment<F>) -> Vec<u8> {
    let mut kept = ExperimentCheckpoint::default();
    experiment.save(&mut kept);
    let written = bytes(&kept);
    assert_eq!(bytes(&read::<ExperimentCheckpoint<F>>(&written)), written, "bytes and back");
    written
}

/// One that never stops, and one that is written, made anew and read.
fn goes_on<F: Number>(make: impl Fn() -> Experiment<F>, what: &str) {
    let mut whole = make();
    train(&mut whole, STEPS);
    let mut first = make();
    train(&mut first, CUT);
    let cut = saved(&mut first);
    drop(first);
    let mut second = make();
    second.restore(&read(&cut)).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(saved(&mut second), cut, "{what}: put back");
    train(&mut second, STEPS);
    assert!(saved(&mut second) == saved(&mut whole), "{what}: other bits");
    assert_eq!(second.unchanged_states(), whole.unchanged_states(), "{what}");
}

fn shipped_names(kind: Kind) -> Vec<String> {
    let names: Vec<String> = script::shipped(kind).into_iter().map(|entry| entry.name).collect();
    assert!(names.len() > 5);
    names
}

#[test]
fn every_shipped_rule_goes_on_from_bytes() {
    for rule in shipped_names(Kind::Optimizer) {
        goes_on::<f32>(|| network(&rule, None, 6, 5), &rule);
        goes_on::<f64>(|| network(&rule, None, 6, 5), &rule);
        goes_on::<f32>(|| landscape(&rule, 5), &rule);
        goes_on::<f64>(|| landscape(&rule, 5), &rule);
    }
}

/// A shipped schedule whose settings make it move within a few steps, if it has such.
fn schedule(name: &str) -> Box<dyn Schedule> {
    let script = shipped(Kind::Schedule, name);
    let mut values = defaults(&script);
    for (name, value) in &mut values {
        let HyperValue::Number(usual) = *value else { continue };
        *value = HyperValue::Number(match name.as_str() {
            "patience" => 2.0,
            "threshold" => 0.2,
            "steps" | "every" | "up" | "down" => 10.0,
            "warmup" if usual > 1.0 => 4.0,
            _ => usual,
        });
    }
    script::schedule(&script, &values).unwrap()
}

#[test]
fn every_shipped_schedule_goes_on_from_bytes() {
    let mut learning = 0;
    for name in shipped_names(Kind::Schedule) {
        learning += u32::from(schedule(&name).save().is_some());
        goes_on::<f32>(|| network("momentum", Some(schedule(&name)), 6, 5), &name);
        goes_on::<f64>(|| network("adam", Some(schedule(&name)), 6, 5), &name);
    }
    assert!(learning > 0);
    // The one that learns has changed the rate before and after the cut, so that a lost memory would be seen.
    let mut plateau = network::<f32>("momentum", Some(schedule("plateau")), 6, 5);
    let rate = |experiment: &Experiment<f32>| experiment.lr().unwrap();
    train(&mut plateau, CUT);
    let cut = rate(&plateau);
    train(&mut plateau, STEPS);
    assert!(cut < 0.1 && rate(&plateau) < cut, "{cut} and {}", rate(&plateau));
}

#[test]
fn a_knob_that_was_turned_stays_turned() {
    let make = || network::<f32>("adam", None, 6, 5);
    let turned = |experiment: &mut Experiment<f32>| {
        train(experiment, 3);
        let at = experiment.knob("lr", 0.03).unwrap();
        experiment.turn(at, 0.03);
    };
    let mut whole = make();
    turned(&mut whole);
    train(&mut whole, STEPS);
    let mut first = make();
    turned(&mut first);
    train(&mut first, CUT);
    let mut second = make();
    second.restore(&read(&saved(&mut first))).unwrap();
    train(&mut second, STEPS);
    assert!(saved(&mut second) == saved(&mut whole));
}

const OBSERVER: &str = "fn memory() { #{ count: 0, before: (), first: true, sum: 0.5 } }
fn on_step(run, memory) {
    let now = run.weight(\"W1\");
    if memory.before != () {
        memory.sum += norm(now - memory.before);
        run.log(\"way\", memory.sum);
    }
    if memory.first { run.log(\"first\", 1 / 0); }
    memory.first = false;
    memory.count += 1;
    memory.before = now;
    run.log(\"count\", memory.count);
}";

fn observed(text: &str) -> (Experiment<f32>, Observing) {
    let script = Script::load(Kind::Observer, &Source::new("watch.rhai", text)).unwrap();
    let observer = Some(script::observer(&script).unwrap());
    let mut experiment =
        Experiment::new(ExperimentConfig { observer, ..network_parts::<f32>("adam", None, 6, 5) }).unwrap();
    let observing = Observing::of(&mut experiment).unwrap();
    (experiment, observing)
}

fn watch((experiment, observing): &mut (Experiment<f32>, Observing), until: u64) {
    while experiment.steps() < until {
        let report = experiment.step(None).unwrap();
        observing.stepped(experiment, &report).unwrap();
    }
}

#[test]
fn an_observer_that_remembers_tensors_goes_on_from_bytes() {
    let mut whole = observed(OBSERVER);
    watch(&mut whole, STEPS);
    let mut first = observed(OBSERVER);
    watch(&mut first, CUT);
    let (experiment, observing) = (saved(&mut first.0), bytes(&first.1.save()));
    let mut second = observed(OBSERVER);
    second.0.restore(&read(&experiment)).unwrap();
    let kept: ObservingCheckpoint = read(&observing);
    second.1.restore(&kept).unwrap();
    assert_eq!(bytes(&second.1.save()), observing);
    watch(&mut second, STEPS);
    assert!(bytes(&second.1.save()) == bytes(&whole.1.save()));
    assert_eq!(second.1.view().iter().map(|line| line.name.clone()).collect::<Vec<_>>(), ["first", "count", "way"]);

    // Another script's memory, even of the same names, is refused, and nothing is changed.
    let mut other = observed(&OBSERVER.replace("0.5", "0.25"));
    watch(&mut other, 3);
    let before = bytes(&other.1.save());
    assert!(other.1.restore(&kept).is_err());
    assert_eq!(bytes(&other.1.save()), before);
}

#[test]
fn a_copy_that_does_not_fit_is_refused_and_changes_nothing() {
    let mut source = network::<f32>("adam", None, 6, 5);
    train(&mut source, CUT);
    let kept: ExperimentCheckpoint<f32> = read(&saved(&mut source));
    let refused = |mut experiment: Experiment<f32>, word: &str| {
        train(&mut experiment, 3);
        let before = saved(&mut experiment);
        let error = experiment.restore(&kept).expect_err(word);
        assert!(error.what().contains(word), "{error}");
        assert_eq!(saved(&mut experiment), before, "{word}");
    };
    refused(network("adam", None, 7, 5), "parameters");
    refused(network("adam", None, 6, 4), "seed");
    refused(network("adamw", None, 6, 5), "hyper-parameters");
    refused(network("adamax", None, 6, 5), "adamax");
    refused(network("adam", Some(schedule("plateau")), 6, 5), "schedule of `lr`");
    refused(landscape("adam", 5), "parameters");
    let mut plateau = network::<f32>("adam", Some(schedule("plateau")), 6, 5);
    train(&mut plateau, CUT);
    let learned: ExperimentCheckpoint<f32> = read(&saved(&mut plateau));
    let mut constant = network::<f32>("adam", Some(Box::new(Constant(0.1))), 6, 5);
    assert!(constant.restore(&learned).is_err());
    // Bytes of the other kind of numbers can be read, by chance.
    let other =
        postcard::from_bytes::<ExperimentCheckpoint<f64>>(&saved(&mut source)).map_err(|error| error.to_string());
    let mut target = network::<f64>("adam", None, 6, 5);
    assert!(other.and_then(|other| target.restore(&other).map_err(|error| error.to_string())).is_err());
}
