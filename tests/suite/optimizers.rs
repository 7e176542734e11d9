//! Every shipped optimizer reaches the minimum of three landscapes from two starts, and two that are one under a change of
//! rate go the same way. Step by step they are checked by `references`.

use crate::common::optimizer;
use optlab::optim::ParameterFacts;
use optlab::optim::Rule;
use optlab::optim::StateValue;
use optlab::script::{Kind, shipped};
use serde_json::json;

type Point = [f64; 2];

/// A landscape with its minimum of height 0.
struct Landscape {
    name: &'static str,
    height: fn(Point) -> f64,
    gradient: fn(Point) -> Point,
    starts: [Point; 2],
    steps: u64,
}

const LANDSCAPES: [Landscape; 3] = [
    Landscape {
        name: "bowl",
        height: |[x, y]| f64::midpoint(x * x, y * y),
        gradient: |[x, y]| [x, y],
        starts: [[-3.0, 2.0], [1.0, 4.0]],
        steps: 2000,
    },
    Landscape {
        name: "ravine",
        height: |[x, y]| f64::midpoint(x * x, 20.0 * y * y),
        gradient: |[x, y]| [x, 20.0 * y],
        starts: [[-4.0, 1.5], [3.0, -1.0]],
        steps: 2000,
    },
    Landscape {
        name: "rosenbrock",
        height: |[x, y]| (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2),
        gradient: |[x, y]| [-2.0 * (1.0 - x) - 400.0 * x * (y - x * x), 200.0 * (y - x * x)],
        starts: [[-1.2, 1.0], [0.0, 2.0]],
        steps: 20_000,
    },
];

/// The learning rate of each optimizer on the bowl, in the ravine and in Rosenbrock's valley. It falls in a straight line
/// to 0 over the run, because rules that step by the sign circle the minimum at the distance of their rate. What else
/// departs from a rule's defaults stands in `others`, with its reason.
const TABLE: [(&str, [f64; 3]); 35] = [
    ("sgd", [0.1, 0.05, 0.002]),
    ("momentum", [0.5, 0.2, 0.005]),
    ("momentum_corrected", [0.5, 0.2, 0.002]),
    ("heavy_ball", [0.05, 0.02, 0.0005]),
    ("nesterov", [0.05, 0.02, 0.0005]),
    ("rmsprop", [0.05, 0.05, 0.005]),
    ("rmsprop_centered", [0.05, 0.05, 0.005]),
    ("adam", [0.1, 0.1, 0.02]),
    ("adamw", [0.1, 0.1, 0.02]),
    ("amsgrad", [0.2, 0.2, 0.5]),
    ("adamax", [0.1, 0.1, 0.02]),
    ("nadam", [0.1, 0.1, 0.02]),
    ("radam", [0.2, 0.2, 0.002]),
    ("adagrad", [1.0, 1.0, 0.5]),
    ("adadelta", [2.0, 2.0, 0.2]),
    ("rprop", [0.01, 0.01, 0.01]),
    ("lion", [0.02, 0.02, 0.005]),
    ("adabelief", [0.1, 0.1, 0.02]),
    ("sign_sgd", [0.05, 0.05, 0.0005]),
    ("adan", [0.1, 0.1, 0.02]),
    ("ademamix", [0.1, 0.1, 0.02]),
    ("adopt", [0.2, 0.2, 0.5]),
    ("lamb", [0.05, 0.05, 0.02]),
    ("lars", [10.0, 10.0, 3.0]),
    ("lookahead", [0.1, 0.05, 0.002]),
    ("cautious_adamw", [0.1, 0.1, 0.02]),
    ("adafactor", [0.05, 0.05, 0.005]),
    ("prodigy", [1.0, 1.0, 0.3]),
    ("muon", [0.1, 0.1, 0.02]),
    ("shampoo", [1.0, 1.0, 0.5]),
    ("schedule_free_sgd", [1.0, 0.2, 0.005]),
    ("schedule_free_adamw", [0.3, 0.3, 0.1]),
    ("sgd_averaged", [0.1, 0.05, 0.002]),
    ("sam", [0.1, 0.05, 0.002]),
    ("sgld", [0.1, 0.05, 0.002]),
];

/// Settings other than the defaults, by their reason.
fn others(name: &str) -> serde_json::Value {
    match name {
        // Its decay pulls at the weights themselves, so that it ends between the minimum and 0.
        "adamw" | "cautious_adamw" => json!({"weight_decay": 0.0}),
        // By default it remembers ten thousand steps.
        "ademamix" => json!({"beta3": 0.99}),
        // It looks for a place that is flat for so far, and a valley is not.
        "sam" => json!({"rho": 0.001}),
        // It never comes to rest where it is warm.
        "sgld" => json!({"temperature": 1e-8}),
        _ => json!({}),
    }
}

/// The height at the end of a run whose rate falls in a straight line to 0.
fn descend(name: &str, landscape: &Landscape, lr: f64, start: Point) -> f64 {
    let (parts, mut hyper) = optimizer(name, &others(name));
    let at = parts.hyper.iter().position(|hyper| hyper == "lr").expect("every shipped optimizer has a rate");
    let mut w = start;
    // As on a landscape: one parameter, which is no weight matrix, and of which some rules take the norm.
    let point = ParameterFacts { kind: "xy", range: 0..2, ..ParameterFacts::weight(1, 2) };
    let mut rule = Rule::for_parameters(parts, &mut w, &[point], &[0]).unwrap();
    for t in 1..=landscape.steps {
        hyper[at] = lr * (1.0 - (t - 1) as f64 / landscape.steps as f64);
        let (dw, mut point) = ((landscape.gradient)(w), w);
        rule.second_point((t, false), &hyper, (&w, &dw), &mut point).unwrap();
        let second = (landscape.gradient)(point);
        rule.step_with(t, &hyper, &mut w, [&dw, &second], None).unwrap();
    }
    let mut evaluated = w;
    rule.evaluated(landscape.steps, &hyper, &w, &mut evaluated).unwrap();
    (landscape.height)(evaluated)
}

#[test]
fn every_optimizer_reaches_the_minimum() {
    let mut names: Vec<String> = TABLE.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.sort();
    let all: Vec<String> = shipped(Kind::Optimizer).into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, all, "the table has a line for every optimizer of the catalogue");
    let mut astray = Vec::new();
    for (name, rates) in TABLE {
        for (landscape, lr) in LANDSCAPES.iter().zip(rates) {
            for start in landscape.starts {
                let height = descend(name, landscape, lr, start);
                // NaN is astray as well.
                if height.is_nan() || height > 1e-4 {
                    astray.push(format!("{name} on {} from {start:?}: {height}", landscape.name));
                }
            }
        }
    }
    assert!(astray.is_empty(), "{}", astray.join("\n"));
}

#[test]
fn heavy_ball_is_momentum_with_a_smaller_rate() {
    // V of one is 1 - beta times that of the other: V' = beta V' + dW and V = beta V + (1 - beta) dW.
    let (beta, lr) = (0.9, 0.05);
    let (momentum, hyper) = optimizer("momentum", &json!({"lr": lr, "beta": beta}));
    let (heavy_ball, heavy_hyper) = optimizer("heavy_ball", &json!({"lr": lr * (1.0 - beta), "momentum": beta}));
    let landscape = &LANDSCAPES[1];
    let (mut w, mut heavy) = (landscape.starts[0], landscape.starts[0]);
    let mut momentum = Rule::new(momentum, &mut w, vec![0..2]).unwrap();
    let mut heavy_ball = Rule::new(heavy_ball, &mut heavy, vec![0..2]).unwrap();
    let mut way = 0.0;
    for t in 1..=200 {
        let before = w;
        let (dw, heavy_dw) = ((landscape.gradient)(w), (landscape.gradient)(heavy));
        momentum.step(t, &hyper, &mut w, &dw, None).unwrap();
        heavy_ball.step(t, &heavy_hyper, &mut heavy, &heavy_dw, None).unwrap();
        way += (w[0] - before[0]).abs() + (w[1] - before[1]).abs();
        for (w, heavy) in w.iter().zip(&heavy) {
            assert!((w - heavy).abs() < 1e-12, "step {t}: {w} and {heavy}");
        }
    }
    assert!(way > 1.0, "they moved");
}

#[test]
fn usual_rules_run_in_one_kernel() {
    let usual = ["sgd", "momentum", "momentum_corrected", "heavy_ball", "nesterov", "adagrad", "rmsprop", "adam"];
    for name in usual.into_iter().chain(["adamw", "amsgrad"]) {
        let (parts, _) = optimizer(name, &json!(null));
        let rule = Rule::<f32>::new(parts, &mut [0.0; 20], vec![0..20]).unwrap();
        assert_eq!(rule.kernels(), 1, "{name}");
    }
}

#[test]
fn a_state_that_fades_becomes_zero_and_never_sticks_at_a_denormal() {
    let (parts, hyper) = optimizer("momentum", &json!(null));
    let mut w = [0.0_f32; 20];
    let mut rule = Rule::new(parts, &mut w, vec![0..20]).unwrap();
    for t in 1..=256 {
        let dw = [if t == 1 { 1e-30 } else { 0.0 }; 20];
        rule.step(t, &hyper, &mut w, &dw, None).unwrap();
    }
    // 0.9 times the smallest denormal is rounded to itself.
    assert_eq!(f32::from_bits(1) * 0.9, f32::from_bits(1));
    let (name, value) = rule.state_of(0).next().unwrap();
    assert!(name == "v" && matches!(value, StateValue::Tensor(v) if v.iter().all(|v| *v == 0.0)), "{value:?}");
}
