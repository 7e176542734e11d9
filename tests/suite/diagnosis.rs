//! What is told of a run that leaves the finite numbers: the step, the layer, the quantity, the steps before it, and
//! advice that fits the lab.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).unwrap());
    folder
}

fn optlab(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("optlab").unwrap();
    command.current_dir(folder).args(arguments).timeout(Duration::from_secs(60)).output().unwrap()
}

/// The divergence of `summary.json`, which is also in the line of `--json`, and what standard error says.
fn diverged(folder: &Path) -> (Value, String) {
    let output = optlab(folder, &["train", "lab.yaml", "--out", "run", "--json"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    let summary: Value = serde_json::from_slice(&std::fs::read(folder.join("run/summary.json")).unwrap()).unwrap();
    assert_eq!(line, summary);
    assert_eq!(line["status"], "diverged");
    let divergence = line["divergence"].clone();
    assert_eq!(divergence["value"], Value::Null, "what is not finite is null");
    let sentence = divergence["what"].as_str().unwrap();
    assert!(said.contains(&format!("diverged at {sentence}")), "{said}");
    assert!(said.contains(divergence["advice"].as_str().unwrap()), "{said}");
    (divergence, said)
}

fn column(folder: &Path, name: &str) -> Vec<f64> {
    let table = std::fs::read_to_string(folder.join("run/steps.csv")).unwrap();
    let at = table.lines().next().unwrap().split(',').position(|head| head == name).unwrap();
    table.lines().skip(1).map(|row| row.split(',').nth(at).unwrap().parse().unwrap()).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

const TRAINED: &str = "data: {source: moons, samples: 40}
loss: cross_entropy
training: {epochs: 4, batch: 10}
";

#[test]
fn a_layer_is_told_whose_output_the_next_one_turns_where_it_lies() {
    let lab = format!(
        "{TRAINED}network: [dense: 4, {{script: grow.rhai}}, dense: 16, relu, dense: 2]\noptimizer: {{rule: sgd, lr: 0.1}}\n"
    );
    let folder = folder(&[("lab.yaml", &lab), ("grow.rhai", "fn forward(x, h) { 3e38 * tanh(9 * x) }")]);
    let (divergence, _) = diverged(folder.path());
    assert_eq!(divergence["layer"], "layer 3 (dense)", "relu makes 0 of what is less than all numbers");
}

#[test]
fn an_activation_is_told_by_its_layer() {
    let lab = format!(
        "{TRAINED}network: [dense: 4, tanh, dense: 3, {{script: boom.rhai}}, dense: 2]\noptimizer: {{rule: sgd, lr: 0.1}}\n"
    );
    let folder = folder(&[("lab.yaml", &lab), ("boom.rhai", "fn forward(x, h) { exp(1e6 * (1 + x * x)) }")]);
    let (divergence, said) = diverged(folder.path());
    let what = divergence["what"].as_str().unwrap();
    assert!(
        what.starts_with("step 1: the activation of layer 4 (boom) is inf: `exp(1e6 * (1 + x * x))` is exp("),
        "{what}"
    );
    assert_eq!((&divergence["quantity"], &divergence["layer"]), (&"activation".into(), &"layer 4 (boom)".into()));
    assert_eq!(divergence["parameter"], Value::Null);
    assert!(said.contains("no step was made before it"), "{said}");
}

#[test]
fn a_loss_is_told_where_every_layer_is_finite() {
    let lab = "data: {csv: far.csv, target: y}
network: [dense: 1]
loss: mse
training: {epochs: 1, clip_norm: 1.0}
";
    let folder = folder(&[("lab.yaml", lab), ("far.csv", "a,y\n100,1e25\n2,1\n3,-1e25\n")]);
    let (divergence, _) = diverged(folder.path());
    let what = divergence["what"].as_str().unwrap();
    assert!(what.starts_with("step 1: the loss is inf: `square(y_hat - y)` is square(1e25), beyond"), "{what}");
    // Features up to 100, and a gradient that is clipped already.
    assert_eq!(
        divergence["advice"],
        "try a smaller lr (a tenth), or standardize the data with `data.standardize: true`"
    );
}

#[test]
fn a_gradient_is_told_by_its_parameter_and_layer() {
    let lab = "data: {csv: zero.csv, target: y}
network: [dense: 3, tanh, {dense: {units: 2, init: zeros}}, {script: root.rhai}, dense: 1]
loss: mse
training: {epochs: 1}
";
    // The slope of a root at 0 is infinite.
    let files =
        [("lab.yaml", lab), ("root.rhai", "fn forward(x, h) { sqrt(x) }"), ("zero.csv", "a,y\n1,1\n2,1\n3,0\n")];
    let (divergence, _) = diverged(folder(&files).path());
    assert_eq!((&divergence["quantity"], &divergence["step"]), (&"gradient".into(), &1.into()));
    let told = (divergence["parameter"].as_str().unwrap(), divergence["layer"].as_str().unwrap());
    assert!(matches!(told, ("W1" | "b1", "layer 1 (dense)") | ("W2" | "b2", "layer 3 (dense)")), "{told:?}");
}

#[test]
fn a_weight_is_told_by_its_parameter_and_layer() {
    let rule = "fn update(w, dw, state, h, t) { where(w == 0, w, w * (1e19 ** t)) }";
    let lab = format!("{TRAINED}network: [tanh, dense: 2]\noptimizer: {{rule: far.rhai}}\n");
    let (divergence, _) = diverged(folder(&[("lab.yaml", &lab), ("far.rhai", rule)]).path());
    assert!(divergence["what"].as_str().unwrap().starts_with("step 2: the weight of W1 in layer 2 (dense) is "));
    assert!(!divergence["advice"].as_str().unwrap().contains("lr"), "the rule has none: {}", divergence["advice"]);
}

/// The rule's average of squares overflows, so that nothing moves any more and every weight stays finite.
#[test]
fn a_state_is_told_though_the_weights_are_finite() {
    let rule = "fn hyper() { #{ lr: 0.1 } }
fn state(w) { #{ s: ones(w), lowest: like(w, 1 / 0), best: 1 / 0 } }
fn update(w, dw, state, h, t) {
    state.s = state.s * 1e8;
    w - h.lr * dw / state.s
}";
    let lab = format!("{TRAINED}network: [dense: 2]\noptimizer: {{rule: frozen.rhai}}\n");
    let folder = folder(&[("lab.yaml", &lab), ("frozen.rhai", rule)]);
    let (divergence, said) = diverged(folder.path());
    // The fifth step overflows (1e40); the evaluation after the second epoch, of four steps each, looks.
    let what = divergence["what"].as_str().unwrap();
    assert!(what.starts_with("step 8: the state of s.W1 in layer 1 (dense) is inf: at step 5 `state.s * 1e"), "{what}");
    assert!(what.contains(" is 1e32 * 1e8, beyond the largest number in W1[0,0]; line 4, column "), "{what}");
    assert_eq!((divergence["first_step"].as_u64(), numbers(&divergence["losses"]).len()), (Some(1), 8));
    assert!(said.contains("the last 8 steps before it, newest last:"), "{said}");
    // A state that begins infinite may stay so.
    let rule = rule.replace("1e8", "1.5");
    std::fs::write(folder.path().join("frozen.rhai"), rule).unwrap();
    assert!(optlab(folder.path(), &["train", "lab.yaml", "--quiet"]).status.success());
}

#[test]
fn the_last_fifty_steps_are_those_of_the_table() {
    let lab = "landscape: {source: ravine, start: [-4, 1.5]}
training: {steps: 4000}
optimizer: {rule: sgd, lr: 0.2}
";
    let folder = folder(&[("lab.yaml", lab)]);
    let (divergence, said) = diverged(folder.path());
    assert_eq!(
        divergence["advice"],
        "try a smaller lr (a tenth), start nearer to the bottom, or clip the gradient with `training.clip_norm: 1.0`"
    );
    assert!(!said.contains("standardize"), "a landscape has no data");
    let step = divergence["step"].as_u64().unwrap();
    for (key, name) in [("losses", "loss"), ("grad_norms", "grad_norm")] {
        let (told, all) = (numbers(&divergence[key]), column(folder.path(), name));
        assert_eq!((told.len(), all.len() as u64), (50, step - 1));
        assert_eq!(told, all[all.len() - 50..]);
    }
    assert_eq!(divergence["first_step"].as_u64(), Some(step - 50));
    let rows = said.lines().filter(|line| line.contains("|dW|")).count();
    assert_eq!(rows, 7, "{said}");
    assert!(said.lines().all(|line| line.chars().count() <= 80 || line.starts_with("help")), "{said}");
    let quiet = optlab(folder.path(), &["train", "lab.yaml", "--quiet"]);
    assert!(!String::from_utf8_lossy(&quiet.stderr).contains("|dW|"));
}

#[test]
fn a_finished_run_has_no_divergence() {
    let lab = format!("{TRAINED}network: [dense: 2]\n");
    let folder = folder(&[("lab.yaml", &lab)]);
    let output = optlab(folder.path(), &["train", "lab.yaml", "--json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success() && json.get("divergence").is_none());
}

#[test]
fn a_step_too_long_for_its_squares_is_measured_all_the_same() {
    // From near 0 to 1e25, then back by 2e25, and so on: squares of these overflow f32, the weights do not.
    let rule = "fn update(w, dw, state, h, t) {
    if t % 2 == 1 { like(w, 1e25) } else { like(w, -1e25) }
}";
    let lab = "landscape: {script: flat.rhai, start: [1, 1]}
training: {steps: 5}
optimizer: {rule: leap.rhai}
";
    let flat = "fn height(x, y, h) { tanh(x) + tanh(y) }";
    let folder = folder(&[("lab.yaml", lab), ("leap.rhai", rule), ("flat.rhai", flat)]);
    let output = optlab(folder.path(), &["train", "lab.yaml", "--out", "run"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let measured = column(folder.path(), "update_norm");
    let root = 2.0_f64.sqrt();
    let expected = [1e25 * root, 2e25 * root, 2e25 * root, 2e25 * root, 2e25 * root];
    assert!(measured.iter().zip(expected).all(|(m, e)| (m / e - 1.0).abs() < 1e-6), "{measured:?}");
}

/// What is told of a run on the digits, some of whose pixels are blank in every picture, by this rule.
fn broken_by(rule: &str) -> Value {
    let lab = "data: {source: digits, standardize: true}
network: [dense: 8, relu, dense: 10]
loss: cross_entropy
training: {epochs: 3, batch: 64}
optimizer: {rule: mine.rhai}
";
    diverged(folder(&[("lab.yaml", lab), ("mine.rhai", rule)]).path()).0
}

const ADAM: &str = "fn hyper() { #{ lr: 0.003, beta1: 0.9, beta2: 0.999 } }
fn state(w) { #{ v: zeros(w), s: zeros(w) } }
fn update(w, dw, state, h, t) {
    state.v = h.beta1 * state.v + (1 - h.beta1) * dw;
    state.s = h.beta2 * state.s + (1 - h.beta2) * dw * dw;
    let v_hat = state.v / (1 - h.beta1 ** t);
    let s_hat = state.s / (1 - h.beta2 ** t);
    w - h.lr * v_hat / sqrt(s_hat)
}";

#[test]
fn adam_without_eps_is_told_of_0_divided_by_0_where_a_pixel_is_blank() {
    let each_step = ADAM.replace("    w - h.lr", "    if t > 1000 { return w; }\n    w - h.lr");
    for (rule, line) in [(ADAM, 8), (each_step.as_str(), 9)] {
        let told = broken_by(rule);
        let operation = "h.lr * v_hat / sqrt(s_hat)";
        let place = format!("line {line}, column 22 of mine.rhai: `w - {operation}`");
        let cause = format!("`{operation}` is 0 / 0 in W1[0,0], whose gradient is exactly 0; {place}");
        assert_eq!(told["cause"], cause);
        assert_eq!(told["what"], format!("step 1: the weight of W1 in layer 1 (dense) is not a number: {cause}"));
        assert_eq!(told["advice"], "add a small eps to what it is divided by, as in `/ (sqrt(s_hat) + 1e-8)`");
    }
}

/// Each with the operation that broke, and the next step for it.
#[test]
fn the_operation_that_broke_is_named_with_its_numbers_and_its_remedy() {
    let update = |body: &str| format!("fn hyper() {{ #{{ lr: 0.1 }} }}\nfn update(w, dw, state, h, t) {{ {body} }}");
    let cases = [
        // One divided by 0, of all elements at once and of each.
        ("w - h.lr / dw", "`h.lr / dw` is 0.1 / 0 in W1[0,0], whose gradient is exactly 0", "`/ (dw + 1e-8)`"),
        ("let n = sum(dw * 0); w - dw / n", "`dw / n` is 0 / 0 in W1[0,0]", "`/ (n + 1e-8)`"),
        ("w / (t - 1)", "`w / (t - 1)` is -0.2214 / 0 in W1[0,0]", "`t` counts from 1"),
        ("w - h.lr * dw / (1 - 0.9 ** (t - 1))", " / 0 in W1[0,0]", "`t` counts from 1"),
        // A root, a logarithm, a power.
        ("w - h.lr * sqrt(dw)", "`sqrt(dw)` is the square root of -", "`sqrt(max(dw, 0))`"),
        ("w - h.lr * ln(abs(dw))", "`ln(abs(dw))` is the logarithm of 0 in W1[0,0]", "`ln(max(abs(dw), 1e-8))`"),
        ("w - h.lr * ln(dw - 9)", "`ln(dw - 9)` is the logarithm of -", "`ln(max(dw - 9, 1e-8))`"),
        ("w - (dw - 9) ** 0.5", "`(dw - 9) ** 0.5` is -", "`abs(dw - 9) ** 0.5`"),
        ("w - abs(dw) ** (-2.0)", "is 0 ** (-2) in W1[0,0]", "`(abs(dw) + 1e-8) ** "),
        // What leaves the numbers for its size.
        ("w - exp(1000 + dw)", "is exp(1000), beyond the largest number in W1[0,0]", "`exp(min(1000 + dw, 80))`"),
        (
            "let far = (dw + 1e30) * 1e30; w - far",
            "is 1e30 * 1e30, beyond the largest number in W1[0,0]",
            "a smaller lr",
        ),
    ];
    for (body, cause, advice) in cases {
        let told = broken_by(&update(body));
        let (said, next) = (told["cause"].as_str().unwrap(), told["advice"].as_str().unwrap());
        assert!(said.contains(cause), "{body}: {said}");
        assert!(next.contains(advice), "{body}: {next}");
    }
}

#[test]
fn an_operation_whose_result_is_passed_over_is_not_to_blame() {
    // `r` is the root of a negative number, but `where` takes the other side.
    let rule = "fn update(w, dw, state, h, t) {
    let r = sqrt(dw * 0 - 1);
    let step = where(t > 0, dw / (dw - dw), r);
    w - step
}";
    let told = broken_by(rule);
    assert!(told["cause"].as_str().unwrap().starts_with("`dw / (dw - dw)` is 0 / 0 in W1[0,0]"), "{}", told["cause"]);
}

#[test]
fn what_breaks_is_blamed_on_the_line_that_first_made_it() {
    let rule = "fn hyper() { #{ lr: 0.1, shift: 0.001, beta: 0.9 } }
fn state(w) { #{ s: zeros(w) } }

fn smoothed(s, dw, beta) { beta * s + (1 - beta) * dw * dw }

fn update(w, dw, state, h, t) {
    state.s = smoothed(state.s, dw, h.beta);
    // A root of what may be negative.
    let r = sqrt(state.s - h.shift); // its own line
    w - h.lr * dw / (r + 1e-8)
}";
    let told = broken_by(rule);
    let cause = told["cause"].as_str().unwrap();
    assert!(cause.starts_with("`sqrt(state.s - h.shift)` is the square root of -0.00"), "{cause}");
    let end = "in W1[0,0], whose gradient is exactly 0, where `h.shift` is 0.001; \
               line 9, column 13 of mine.rhai: `let r = sqrt(state.s - h.shift)`";
    assert!(cause.ends_with(end), "{cause}");
    assert!(
        told["what"].as_str().unwrap().starts_with("step 1: the weight of W1 in layer 1 (dense) is not a number: ")
    );
    assert!(told["advice"].as_str().unwrap().contains("sqrt(max("), "{}", told["advice"]);
}

/// Each with its cause, as far as that is told before the place, and the line and column.
#[test]
fn of_the_first_update_all_is_known_that_went_into_it() {
    let cases = [
        // The old weights: biases begin at 0.
        ("w - 0.1 * dw / norm(w)", "`0.1 * dw / norm(w)` is ", " / 0 in b1[0]", (2, 14)),
        ("let far = w - 100;\nlet r = sqrt(far);\nw + r", "`sqrt(far)` is the square root of -", " in W1[0,0]", (3, 9)),
        // The first one that broke, though other elements are broken by a later one.
        (
            "let a = where(abs(dw) > 0, ln(dw * 0 - 1), 1);\nlet b = where(abs(dw) > 0, 1, dw / dw);\nw + a + b",
            "`ln(dw * 0 - 1)` is the logarithm of -1 in W1[",
            "",
            (2, 28),
        ),
        // Of matrices, and of all parameters.
        ("let c = sum(dw * 0, 0);\nw - dw / c", "`dw / c` is 0 / 0 in W1[0,0]", "", (3, 8)),
        ("let g = total(sum(dw * 0));\nw - dw / sqrt(g - 4)", "`sqrt(g - 4)` is the square root of -4", "", (3, 10)),
    ];
    for (body, begins, has, (line, column)) in cases {
        let told = broken_by(&format!("fn update(w, dw, state, h, t) {{\n{body}\n}}"));
        let cause = told["cause"].as_str().unwrap_or_default();
        assert!(cause.starts_with(begins) && cause.contains(has), "{body}: {}", told["what"]);
        assert!(cause.contains(&format!("line {line}, column {column} of mine.rhai")), "{body}: {cause}");
    }
    let lab = "landscape: {source: bowl, start: [1, 2]}\ntraining: {steps: 5}\noptimizer: {rule: mine.rhai}\n";
    let rule = "fn update(w, dw, state, h, t) {\n    w - ln(w - 1.5)\n}";
    let told = diverged(folder(&[("lab.yaml", lab), ("mine.rhai", rule)]).path()).0;
    let cause = "`ln(w - 1.5)` is the logarithm of -0.5 in x; line 2, column 9 of mine.rhai: `w - ln(w - 1.5)`";
    assert_eq!(told["cause"], cause);
}

#[test]
fn a_state_that_overflows_is_told_by_its_operation() {
    let rule = "fn hyper() { #{ lr: 0.1 } }
fn state(w) { #{ s: zeros(w) } }
fn update(w, dw, state, h, t) {
    state.s = 0.5 * (dw + 1e30) * 1e30;
    w - h.lr * dw / state.s
}";
    let told = broken_by(rule);
    assert_eq!(told["quantity"], "state");
    assert!(told["cause"].as_str().unwrap().contains("beyond the largest number in W1[0,0]"), "{}", told["cause"]);
}
