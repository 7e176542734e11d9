//! What has left the finite numbers is blamed on the line of the script that first made it, at any step, wherever it was
//! looked at: in products and sums, beside the update, on the screen, with threads, groups and accumulation.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use serde_json::Value;

use crate::machine::Machine;
use optlab::run::{Command, Travel};
use optlab::snapshot::Status;

pub const DIGITS: &str = "seed: 1
data: {source: digits, samples: 128, standardize: true}
network: [dense: 8, relu, dense: 10]
loss: cross_entropy
training: {steps: 400, batch: 64}
";

pub fn optlab(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = assert_cmd::Command::cargo_bin("optlab").unwrap();
    command.current_dir(folder).args(arguments).timeout(Duration::from_secs(100)).output().unwrap()
}

/// A folder with a lab of this text and this rule.
pub fn folder(lab: &str, rule: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let named =
        if lab.contains("optimizer:") { lab.to_owned() } else { format!("{lab}optimizer: {{rule: mine.rhai}}\n") };
    std::fs::write(folder.path().join("lab.yaml"), named).unwrap();
    std::fs::write(folder.path().join("mine.rhai"), rule).unwrap();
    folder
}

/// What is told of a lab's run by a rule that breaks.
pub fn broken(lab: &str, rule: &str, further: &[&str]) -> Value {
    let folder = folder(lab, rule);
    let arguments = [&["train", "lab.yaml", "--json"], further].concat();
    let output = optlab(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["status"], "diverged");
    summary["divergence"].clone()
}

pub fn cause(told: &Value) -> &str {
    told["cause"].as_str().unwrap_or_else(|| panic!("no cause: {told}"))
}

pub fn update(body: &str) -> String {
    format!("fn hyper() {{ #{{ lr: 0.1 }} }}\nfn update(w, dw, state, h, t) {{\n{body}\n}}")
}

/// Muon as it stands in a paper, without the division that keeps its iteration from growing.
const MUON: &str = "fn hyper() { #{ lr: 0.02 } }
fn orthogonal(x) {
    for i in 0..5 {
        let a = matmul(x, transpose(x));
        x = 3.4445 * x + matmul(2.0315 * matmul(a, a) - 4.775 * a, x);
    }
    x
}
fn update(w, dw, state, h, t) {
    if w.kind != \"weight\" { return w - h.lr * dw; }
    w - h.lr * orthogonal(1000 * dw)
}";

#[test]
fn a_product_that_overflows_is_blamed_with_its_element_and_its_largest_factor() {
    let told = broken(DIGITS, MUON, &[]);
    let cause = cause(&told);
    assert_eq!(told["step"], 1);
    assert!(cause.starts_with("`matmul("), "{cause}");
    assert!(cause.contains(": its factors are finite, the largest is "), "{cause}");
    assert!(cause.contains(" but what they come to is beyond the largest number; line "), "{cause}");
    assert!(cause.contains("column ") && cause.contains("of mine.rhai: `"), "{cause}");
    assert!(told["advice"].as_str().unwrap().starts_with("divide what is multiplied by its norm first"), "{told}");
}

/// Each with how its cause begins, what it has, and its line.
#[test]
fn what_looks_at_rows_columns_or_all_is_blamed_like_what_does_not() {
    let cases = [
        // The square of a gradient, of other rows and columns than the parameter.
        (
            "let g = 1e30 * dw;\nlet a = matmul(transpose(g), g);\nw - h.lr * matmul(g, a)",
            "`matmul(transpose(g), g)` is inf in element [0,0] of the 8x8 that it makes for W1",
            4,
        ),
        (
            "let r = sum(dw * 0 + 1e20, 1);\nlet c = sum(dw * 0 + 1e20, 0);\nw - sum(outer(r, c)) * dw",
            "`outer(r, c)` is inf in W1[0,0]: its factors are finite, the largest is 6.4e21,",
            5,
        ),
        (
            "let c = sum(dw * 0 + 3e38, 0);\nw - dw * c",
            "`sum(dw * 0 + 3e38, 0)` is inf in element [0,0] of the 1x8 that it makes for W1: its numbers are finite, the largest is 3e38,",
            3,
        ),
        // What comes of it is the first that broke, in the first element for which it did.
        ("let n = norm(dw - dw, 0);\nlet u = dw / n;\nw - h.lr * u", "`dw / n` is 0 / 0 in W1[0,0]", 4),
        (
            "let g = total(sum(dw * 0));\nw - dw / sqrt(g - 4)",
            "`sqrt(g - 4)` is the square root of -4 in what is made for W1",
            4,
        ),
        (
            "let g = transpose(matmul(dw, transpose(dw)) * 0 - 1);\nw - sqrt(sum(g))",
            "`sqrt(sum(g))` is the square root of -",
            4,
        ),
    ];
    for (body, begins, line) in cases {
        let told = broken(&DIGITS.replace("dense: 8, relu, ", ""), &update(body).replace("8x8", "10x10"), &[]);
        let cause = cause(&told);
        let begins = begins.replace("8x8", "10x10").replace("1x8", "1x10");
        assert!(cause.starts_with(&begins), "{body}: {cause}");
        assert!(cause.contains(&format!("line {line}, column ")), "{body}: {cause}");
    }
}

/// The old weights and the old state are made again, whatever the step is.
#[test]
fn what_breaks_later_is_known_as_what_breaks_at_first() {
    let old = "`sqrt(far)` is the square root of -";
    for step in [2, 127, 128, 129, 130, 300] {
        let rule = update(&format!(
            "let far = where(t < {step}, 1, w - 100);\nlet r = sqrt(far);\nw - h.lr * dw - 0.001 * (r - 1)"
        ));
        let told = broken(DIGITS, &rule, &[]);
        assert_eq!(told["step"], step);
        let cause = cause(&told);
        assert!(cause.starts_with(old) && cause.contains(" in W1[0,0]; line 4, column 9"), "step {step}: {cause}");
        assert!(told["advice"].as_str().unwrap().contains("sqrt(max(far, 0))"), "{told}");
    }
}

/// The value under the root is the weight's own, to the last digit that is told, however the run is driven.
#[test]
fn nothing_of_how_a_run_is_driven_changes_what_is_blamed() {
    let rule = "fn hyper() { #{ lr: 0.1, beta: 0.9 } }
fn state(w) { #{ v: zeros(w), n: 0 } }
fn update(w, dw, state, h, t) {
    state.n = state.n + 1;
    state.v = h.beta * state.v + dw;
    let old = w - h.lr * state.v;
    let r = if t == 140 { sqrt(old - 3 - state.n) } else { old * 0 };
    old - r
}";
    let lab = "seed: 1
data: {source: digits, samples: 256, standardize: true}
network: [dense: 8, batch_norm, relu, {dropout: 0.2}, dense: 10]
loss: cross_entropy
training: {steps: 400, batch: 32, accumulate: 2, clip_norm: 1.0}
optimizer: {rule: mine.rhai, lr: RATE, groups: [{kind: bias, lr: 0.01}]}
";
    // The second one learns from the evaluations on the way.
    let rates = ["{schedule: cosine, lr: 0.1, steps: 400}", "{schedule: plateau, lr: 0.1, patience: 2, factor: 0.9}"];
    for rate in rates {
        let lab = lab.replace("RATE", rate);
        let one = broken(&lab, rule, &[]);
        assert_eq!(one["step"], 140);
        let told = cause(&one);
        assert!(told.starts_with("`sqrt(old - 3 - state.n)` is the square root of -14"), "{told}");
        assert!(told.contains(" in W1[0,0]") && told.contains("line 7, column "), "{told}");
        assert_eq!(broken(&lab, rule, &["--threads", "2"])["cause"], one["cause"]);
    }
}

/// A knob that was turned on the way, a step that was gone back to, and another future: each is told with its own numbers.
#[test]
fn on_the_screen_the_step_that_breaks_is_blamed_after_any_way_to_it() {
    let rule = "fn hyper() { #{ lr: 0.1 } }
fn state(w) { #{ n: 0 } }
fn update(w, dw, state, h, t) {
    state.n = state.n + h.lr;
    let r = sqrt(where(t < 150, 1, w * 0 - state.n));
    w - h.lr * dw - (r - 1)
}";
    let lab = format!("id: blamed\n{DIGITS}optimizer: {{rule: mine.rhai}}\n").replace("dense: 8, relu, ", "");
    let mut machine = Machine::with(&lab, &[("mine.rhai", rule)]);
    let run = |machine: &mut Machine| {
        machine.send(Command::Run);
        machine.until(|snapshot| snapshot.status.is_final());
        let Status::Diverged(told) = machine.snapshot.status.clone() else { panic!("{:?}", machine.snapshot.status) };
        assert_eq!((told.step, machine.snapshot.step), (150, 149));
        assert!(told.cause.contains(" in W1[0,0]; line 5, column 13 of "), "{}", told.cause);
        told.cause
    };
    (0..140).for_each(|_| machine.send(Command::Step));
    machine.send(Command::SetHyper { run: None, name: "lr".into(), value: 1.0 });
    let cause = run(&mut machine);
    assert!(cause.contains(" is the square root of -24 "), "140 of 0.1 and ten of 1: {cause}");
    machine.send(Command::Travel(Travel::Back));
    machine.settle();
    assert_eq!((machine.snapshot.step, &machine.snapshot.status), (149, &Status::Paused));
    assert_eq!(run(&mut machine), cause);
    machine.send(Command::Goto(130));
    machine.send(Command::SetHyper { run: None, name: "lr".into(), value: 0.5 });
    machine.settle();
    let cause = run(&mut machine);
    assert!(cause.contains(" is the square root of -23 "), "130 of 0.1 and twenty of 0.5: {cause}");
}

/// Nothing that a script prints is there twice.
#[test]
fn what_a_script_prints_while_its_line_is_looked_for_was_printed_by_no_step() {
    let rule = "fn update(w, dw, state, h, t) {
    if t > 3 { print(`step ${t}`); }
    let r = sqrt(where(w == w, 6 - t, 0));
    w - 0.001 * dw - 0 * r
}";
    let folder = folder(&DIGITS.replace("dense: 8, relu, ", ""), rule);
    let output = optlab(folder.path(), &["train", "lab.yaml"]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &*String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("`sqrt(where(w == w, 6 - t, 0))`") || said.contains("the square root of -1"), "{said}");
    for step in 4..=7 {
        let line = format!("step {step}");
        assert_eq!(said.lines().filter(|own| own.trim() == line).count(), 1, "the parameters share a program: {said}");
    }
}

/// A state that breaks is found where the next copy is due, long before the evaluation, and told with the step that broke it.
#[test]
fn a_state_that_breaks_between_evaluations_is_found_soon_and_told_with_its_step() {
    let rule = "fn state(w) { #{ s: ones(w) } }
fn update(w, dw, state, h, t) {
    state.s = where(t < 200, state.s, state.s * 1e30);
    w - 0.01 * dw / state.s
}";
    let lab = DIGITS.replace("training: {steps: 400,", "training: {steps: 4000, evaluate: 1000,");
    let told = broken(&lab, rule, &[]);
    assert_eq!((told["step"].as_u64(), told["quantity"].as_str()), (Some(256), Some("state")));
    assert!(cause(&told).starts_with("at step 201 `state.s * 1e30` is 1e30 * 1e30, beyond"), "{told}");
}
