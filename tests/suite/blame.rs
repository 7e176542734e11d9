//! What has left the finite numbers is blamed on the line of the script that first made it, at any step, wherever it was
//! looked at: in products and sums, beside the update, on the screen, with threads, groups and accumulation.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use serde_json::Value;

use crate::machine::Machine;
use optlab::run::{Command, Travel};
use optlab::snapshot::Status;

const DIGITS: &str = "seed: 1
data: {source: digits, samples: 128, standardize: true}
network: [dense: 8, relu, dense: 10]
loss: cross_entropy
training: {steps: 400, batch: 64}
";

fn optlab(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = assert_cmd::Command::cargo_bin("optlab").unwrap();
    command.current_dir(folder).args(arguments).timeout(Duration::from_secs(100)).output().unwrap()
}

/// A folder with a lab of this text and this rule.
fn folder(lab: &str, rule: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let named =
        if lab.contains("optimizer:") { lab.to_owned() } else { format!("{lab}optimizer: {{rule: mine.rhai}}\n") };
    std::fs::write(folder.path().join("lab.yaml"), named).unwrap();
    std::fs::write(folder.path().join("mine.rhai"), rule).unwrap();
    folder
}

/// What is told of a lab's run by a rule that breaks.
fn broken(lab: &str, rule: &str, further: &[&str]) -> Value {
    let folder = folder(lab, rule);
    let arguments = [&["train", "lab.yaml", "--json"], further].concat();
    let output = optlab(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["status"], "diverged");
    summary["divergence"].clone()
}

fn cause(told: &Value) -> &str {
    told["cause"].as_str().unwrap_or_else(|| panic!("no cause: {told}"))
}

fn update(body: &str) -> String {
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

/// Of a loss by script, over classes or element by element, with the sample.
#[test]
fn a_loss_by_script_that_breaks_is_blamed_on_its_line() {
    let cases = [
        (
            "fn loss(y_hat, y, h) {\n    let p = softmax(y_hat);\n    let far = ln(p - 1);\n    -sum(y * far, 1)\n}",
            "`ln(p - 1)` is the logarithm of -",
            "line 3 of mine.rhai",
            "ln(max(p - 1, 1e-8))",
        ),
        (
            "fn loss(y_hat, y) {\n    let d = y_hat - y;\n    d * d / (y - y)\n}",
            "`d * d / (y - y)` is ",
            "line 3 of mine.rhai",
            "add a small eps",
        ),
    ];
    for (loss, begins, line, advice) in cases {
        let lab = DIGITS.replace("cross_entropy", "mine.rhai") + "optimizer: {rule: sgd, lr: 0.1}\n";
        let told = broken(&lab, loss, &[]);
        assert_eq!(told["quantity"], "loss");
        let cause = cause(&told);
        assert!(cause.starts_with(begins) && cause.contains(" in sample 0, output 0 of the mini-batch; "), "{cause}");
        assert!(cause.ends_with(line), "{cause}");
        assert!(told["advice"].as_str().unwrap().contains(advice), "{told}");
    }
}

/// Of an activation and of a landscape by script: the operation, what it was applied to, where, and the line.
#[test]
fn an_activation_and_a_landscape_by_script_that_break_are_blamed_on_their_line() {
    let network = DIGITS.replace("relu", "{script: mine.rhai}") + "optimizer: {rule: sgd, lr: 0.1}\n";
    let forward = "fn forward(x, h) {\n    let far = x - 100;\n    sqrt(far)\n}";
    let told = broken(&network, forward, &[]);
    assert_eq!((told["quantity"].as_str(), told["layer"].as_str()), (Some("activation"), Some("layer 2 (mine)")));
    assert!(cause(&told).starts_with("`sqrt(far)` is the square root of -"), "{told}");
    assert!(cause(&told).ends_with(" in sample 0, output 0 of the mini-batch; line 3 of mine.rhai"), "{told}");
    assert!(told["advice"].as_str().unwrap().contains("sqrt(max(far, 0))"), "{told}");
    let landscape = "seed: 1
landscape: {script: mine.rhai, start: [1, 2]}
training: {steps: 30}
optimizer: {rule: sgd, lr: 4}
";
    let told = broken(landscape, "fn height(x, y, h) {\n    let far = y * y;\n    sqrt(x) + far\n}", &[]);
    assert_eq!((told["quantity"].as_str(), told["step"].as_u64()), (Some("loss"), Some(2)));
    assert_eq!(cause(&told), "`sqrt(x)` is the square root of -1 in the height at (-1, -14); line 3 of mine.rhai");
    assert!(told["advice"].as_str().unwrap().contains("sqrt(max(x, 0))"), "{told}");
}

/// What a script gives is finite, and its derivative is not: no smaller rate helps.
#[test]
fn a_derivative_of_a_script_that_breaks_is_blamed_on_its_line() {
    let sgd = "optimizer: {rule: sgd, lr: 0.1}\n";
    let landscape = format!("seed: 1\nlandscape: {{script: mine.rhai, start: [0, 2]}}\ntraining: {{steps: 30}}\n{sgd}");
    let cases = [
        (
            DIGITS.replace("cross_entropy", "mine.rhai") + sgd,
            "fn loss(y_hat, y) {\n    let e = y_hat - y;\n    sqrt(abs(e - e))\n}",
            "the derivative of `sqrt(abs(e - e))` by `abs(e - e)` is inf where `abs(e - e)` is 0, in sample 0, output 0 of the \
             mini-batch; line 3 of mine.rhai",
            "sqrt(abs(e - e) + 1e-8)",
        ),
        (
            DIGITS.replace("cross_entropy", "mine.rhai") + sgd,
            "fn loss(y_hat, y) {\n    let p = softmax(y_hat);\n    let q = sum(p, 1) - sum(p, 1);\n    q ** 0.5\n}",
            "the derivative of `q ** 0.5` by `q` is inf where `q` is 0, in sample 0 of the mini-batch; line 4 of mine.rhai",
            "(q + 1e-8) ** 0.5",
        ),
        (
            DIGITS.replace("relu", "{script: mine.rhai}") + sgd,
            "fn forward(x, h) {\n    let r = abs(x - x);\n    sqrt(r)\n}",
            "the derivative of `sqrt(r)` by `r` is inf where `r` is 0, in sample 0, output ",
            "sqrt(r + 1e-8)",
        ),
        (
            landscape,
            "fn height(x, y, h) {\n    y + sqrt(x)\n}",
            "the derivative of `sqrt(x)` by `x` is inf where `x` is 0, in the height at (0, 2); line 2 of mine.rhai",
            "sqrt(x + 1e-8)",
        ),
    ];
    for (lab, script, begins, advice) in cases {
        let told = broken(&lab, script, &[]);
        assert_eq!((told["quantity"].as_str(), told["step"].as_u64()), (Some("gradient"), Some(1)));
        assert!(cause(&told).starts_with(begins), "{told}");
        assert!(cause(&told).contains(" of mine.rhai"), "{told}");
        assert!(told["advice"].as_str().unwrap().contains(advice), "{told}");
    }
}

/// A rate that a script gives is blamed on its operation, also where it branches and where a range holds it; on its last line
/// where it learns from the run.
#[test]
fn a_schedule_by_script_that_breaks_is_blamed_on_its_line() {
    let sgd = "fn hyper() { #{ lr: 0.1 } }\nfn update(w, dw, state, h, t) { w - h.lr * dw }";
    let held = sgd.replace("lr: 0.1", "lr: 0.1, // in [0, 1]\n");
    let root = "`sqrt(left)` is the square root of -1 in the rate at `t` = 6; line 4 of rate.rhai";
    let cases = [
        (
            sgd,
            "fn hyper() { #{ lr: 0.1 } }\nfn rate(t, h) {\n    let left = 5 - t;\n    h.lr * sqrt(left)\n}",
            root,
            "max(left, 0)",
        ),
        (
            &held,
            "fn hyper() { #{ lr: 0.1 } }\nfn rate(t, h) {\n    let left = 5 - t;\n    if t > 5 { sqrt(left) } else { h.lr }\n}",
            root,
            "max(left, 0)",
        ),
        (
            sgd,
            "fn memory() { #{ n: 5.0 } }\nfn rate(t, h, run, memory) {\n    memory.n -= 1.0;\n    0.1 * sqrt(memory.n)\n}",
            "that is what line 4 of rate.rhai gives: `0.1 * sqrt(memory.n)`",
            "look at the schedule of `lr`",
        ),
    ];
    for (rule, rate, told, advice) in cases {
        let lab = format!("{DIGITS}optimizer: {{rule: mine.rhai, lr: {{schedule: rate.rhai}}}}\n");
        let folder = folder(&lab, rule);
        std::fs::write(folder.path().join("rate.rhai"), rate).unwrap();
        let output = optlab(folder.path(), &["train", "lab.yaml", "--json"]);
        assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        let divergence = &summary["divergence"];
        assert_eq!(divergence["quantity"], "hyper-parameter");
        assert_eq!(cause(divergence), told);
        assert!(divergence["advice"].as_str().unwrap().contains(advice), "{divergence}");
    }
}

/// Numbers that a script makes of plain ones leave no operation behind, and are blamed where they go in, or where they are named.
#[test]
fn a_plain_number_that_is_not_finite_is_blamed_on_its_line() {
    let cases = [
        ("w - 0.1 * dw * (0.0 / 0.0)", "`0.1 * dw * NaN` has NaN in it, which the script makes of plain", 3, 1),
        (
            "let g = if t > 3 { ln(-1.0) } else { 1 };\nw - 0.1 * dw * g",
            "`0.1 * dw * NaN` has NaN in it by `g`, which the script makes of plain numbers, in W1[0,0]",
            3,
            4,
        ),
        ("w - h.lr * like(w, 1e40) * dw", "`h.lr * 1e40` has 1e40 in it, which is beyond the largest number", 3, 1),
        (
            "state.n *= 1e200;\nw - 0.1 * dw * (state.n - state.n + 1)",
            "`state.n * 1e200` is 1e200 * 1e200, beyond",
            3,
            2,
        ),
    ];
    for (body, begins, line, step) in cases {
        let rule = format!("{}\nfn state(w) {{ #{{ n: 1.0 }} }}", update(body));
        let told = broken(DIGITS, &rule, &[]);
        assert_eq!(told["step"], step, "{told}");
        assert!(cause(&told).starts_with(begins), "{body}: {told}");
        assert!(cause(&told).contains(&format!("; line {line}, column ")), "{body}: {told}");
        if line == 3 && step != 2 {
            assert!(!told["advice"].as_str().unwrap().contains("lr"), "{told}");
        }
    }
}
