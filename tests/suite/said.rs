//! What a snapshot says of a run is so: which averages a rule corrects, how far a step moves the weights, which loss was the
//! best, and of which moment a height is.

use optlab::lab::{Lab, Overrides};
use optlab::session::{Options, Session};
use optlab::snapshot::{Map, NamedView, Snapshot};

const LAB: &str = "data: {source: moons, samples: 60}
network: [dense: 4, tanh, dense: 2]
loss: cross_entropy
training: {epochs: 50, batch: 20}
";

/// A run of this lab after each of so many steps.
fn steps(files: &[(&str, &str)], lab: &str, count: u64) -> Vec<Snapshot> {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).unwrap());
    let path = folder.path().join("lab.yaml");
    std::fs::write(&path, lab).unwrap();
    let lab = Lab::open(path.to_str().unwrap(), &Overrides::default()).unwrap_or_else(|errors| panic!("{}", errors[0]));
    let mut session = Session::of(lab, Options { way_back: true, ..Options::default() }).unwrap();
    (0..count)
        .map(|_| {
            session.step();
            session.snapshot()
        })
        .collect()
}

fn by(rule: &str, count: u64) -> Vec<Snapshot> {
    steps(&[("mine.rhai", rule)], &format!("{LAB}optimizer: {{rule: mine.rhai}}\n"), count)
}

fn value<'a>(snapshot: &'a Snapshot, name: &str) -> &'a NamedView {
    snapshot.state[0].values.iter().find(|value| value.name == name).unwrap()
}

/// The rule's head: a rate, two decays, an average of the gradients and one of their squares.
fn rule(update: &str) -> String {
    format!(
        "fn hyper() {{ #{{ lr: 0.01, beta1: 0.9, beta2: 0.99 }} }}
fn state(w) {{ #{{ v: zeros(w), s: zeros(w), last: zeros(w), power: 1.0 }} }}
fn update(w, dw, state, h, t) {{
    state.last = dw;
    state.power *= h.beta1;
{update}
}}"
    )
}

const AVERAGES: &str = "    state.v = h.beta1 * state.v + (1 - h.beta1) * dw;
    state.s = h.beta2 * state.s + (1 - h.beta2) * dw * dw;
";

/// The decay and the correction of `v` and `s` after `t` steps are those of the formula.
fn corrects(update: &str, v: bool, s: bool) {
    for (at, snapshot) in by(&rule(update), 4).iter().enumerate() {
        for (name, beta, corrected) in [("v", 0.9_f64, v), ("s", 0.99, s)] {
            let value = value(snapshot, name);
            let told = format!("{name} at step {} of\n{update}\n{:?} {:?}", at + 1, value.decay, value.correction);
            // At its first step the rule may do without the old value.
            let first = at == 0 && update.contains("if t == 1");
            assert!(first || value.decay.is_some_and(|decay| (decay - beta).abs() < 1e-9), "{told}");
            let expected = 1.0 - beta.powi(at as i32 + 1);
            match value.correction {
                Some(correction) => assert!(corrected && (correction - expected).abs() < 1e-9, "{told}"),
                // A number of a script that branches may be what it is by chance at the first step.
                None => assert!(!corrected || (at == 0 && update.contains("if ")), "{told}"),
            }
            assert!(!corrected || !value.uncorrected, "{told}");
        }
    }
}

#[test]
fn an_average_is_corrected_if_the_rule_divides_by_what_the_correction_is_however_it_is_written() {
    let last = "    w - h.lr * v_hat / (sqrt(s_hat) + 1e-8)";
    let plain = "    let v_hat = state.v / (1 - h.beta1 ** t);\n    let s_hat = state.s / (1 - h.beta2 ** t);\n";
    corrects(&format!("{AVERAGES}{plain}{last}"), true, true);
    // Adan's way: the first step is another one.
    corrects(&format!("    if t == 1 {{ state.v = dw * 0; }}\n{AVERAGES}{plain}{last}"), true, true);
    corrects(
        &format!(
            "{AVERAGES}    let v_hat = state.v;\n    let s_hat = state.s;\n    if t < 1000 {{ v_hat = v_hat / (1 - h.beta1 ** t); }}\n{last}"
        ),
        true,
        false,
    );
    // A product with the inverse, a helper, a power that is kept.
    corrects(
        &format!(
            "{AVERAGES}    let v_hat = state.v * (1 / (1 - state.power));\n    let s_hat = state.s / (1 - h.beta2 ** t);\n{last}"
        ),
        true,
        true,
    );
    // The paper's shorter way: the rate has both corrections.
    corrects(
        &format!(
            "{AVERAGES}    let rate = h.lr * sqrt(1 - h.beta2 ** t) / (1 - h.beta1 ** t);\n    w - rate * state.v / (sqrt(state.s) + 1e-8)"
        ),
        true,
        true,
    );
    // The average as a step towards the new value.
    corrects(
        &format!(
            "    state.v += (1 - h.beta1) * (dw - state.v);\n    state.s = state.s - (1 - h.beta2) * (state.s - dw * dw);\n{plain}{last}"
        ),
        true,
        true,
    );
}

#[test]
fn that_a_rule_does_not_correct_is_said_only_where_it_is_known() {
    let snapshots = by(
        "fn hyper() { #{ lr: 0.1, beta: 0.9 } }
fn state(w) { #{ v: zeros(w) } }
fn update(w, dw, state, h, t) { state.v = h.beta * state.v + (1 - h.beta) * dw; w - h.lr * state.v }",
        3,
    );
    // At the first step the rate is 1 - beta^t by chance.
    for snapshot in &snapshots {
        let v = value(snapshot, "v");
        assert_eq!((v.correction, v.uncorrected), (None, true));
    }
    // NAdam corrects by products of its own: neither is claimed.
    for snapshot in steps(&[], &format!("{LAB}optimizer: {{rule: nadam}}\n"), 3) {
        let v = value(&snapshot, "v");
        assert_eq!((v.correction, v.uncorrected), (None, false));
        assert!(value(&snapshot, "s").correction.is_some());
    }
    for snapshot in steps(&[], &format!("{LAB}optimizer: {{rule: radam}}\n"), 7) {
        assert!(value(&snapshot, "v").correction.is_some() && value(&snapshot, "s").correction.is_some());
    }
}

#[test]
fn weights_that_start_at_0_have_no_ratio_of_update_to_weight() {
    let lab = format!("{LAB}optimizer: {{rule: sgd, lr: 0.1}}\n");
    for snapshot in steps(&[], &lab, 5) {
        for gradient in &snapshot.gradients {
            let zero = gradient.name.starts_with('b');
            assert_eq!((gradient.began_at_zero, gradient.ratio.is_none()), (zero, zero), "{}", gradient.name);
        }
    }
}

#[test]
fn the_best_loss_is_one_that_is_better_than_at_the_start() {
    let best = |rate: &str| {
        let lab = format!(
            "landscape: {{source: bowl, start: [4, 1.5]}}\ntraining: {{steps: 40}}\noptimizer: {{rule: sgd, lr: {rate}}}\n"
        );
        steps(&[], &lab, 30).last().unwrap().loss.best
    };
    assert_eq!(best("0.1").map(|(_, step)| step), Some(30));
    // A loss that stays, and one that rises.
    assert_eq!((best("1e-9"), best("-0.1")), (None, None));
}

#[test]
fn a_height_is_that_after_the_step_and_a_loss_that_before_it() {
    let lab = "landscape: {source: bowl, start: [4, 1.5]}\ntraining: {steps: 40}\noptimizer: {rule: sgd, lr: 0.1}\n";
    let all = steps(&[], lab, 3);
    let height = |snapshot: &Snapshot| match &snapshot.map {
        Some(Map::Landscape(map)) => (map.paths[0].height, map.paths[0].points.last().unwrap().step),
        other => panic!("{other:?}"),
    };
    for pair in all.windows(2) {
        assert_eq!(height(&pair[0]), (pair[1].loss.last.unwrap(), pair[0].step));
    }
}
