//! What has left the finite numbers in a loss, an activation, a landscape or a schedule by script, or as a plain number, is blamed
//! on the line of that script, and so is a derivative that has; the rate is not blamed.

use serde_json::Value;

use crate::blame::{DIGITS, broken, cause, folder, optlab, update};

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
    // The first step leads to 0 exactly.
    let landscape = "seed: 1
landscape: {script: mine.rhai, start: [1, 2]}
training: {steps: 30}
optimizer: {rule: sgd, lr: 2}
";
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
            landscape.to_owned(),
            "fn height(x, y, h) {\n    y + sqrt(x)\n}",
            "the derivative of `sqrt(x)` by `x` is inf where `x` is 0, in the height at (0, 0); line 2 of mine.rhai",
            "sqrt(x + 1e-8)",
        ),
    ];
    for (lab, script, begins, advice) in cases {
        let told = broken(&lab, script, &[]);
        assert_eq!(told["quantity"], "gradient");
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
            "line 4 of rate.rhai gives it at `t` = 5: `0.1 * sqrt(memory.n)`",
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
        (
            "let a = 0.0 / 0.0;\nlet g = ln(-1.0);\nw - 0.1 * dw * g",
            "`0.1 * dw * NaN` has NaN in it by `g`, which the script makes of plain numbers, in W1[0,0]; line 4",
            4,
            1,
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
        if step != 2 {
            assert!(!told["advice"].as_str().unwrap().contains("lr"), "{told}");
        }
    }
}

/// The same of what a pass goes through; and no line is told that did not give the value.
#[test]
fn a_plain_number_of_a_loss_or_a_rate_is_blamed_no_further_than_is_known() {
    let sgd = "optimizer: {rule: sgd, lr: 0.1}\n";
    let lab = DIGITS.replace("cross_entropy", "mine.rhai") + sgd;
    let told = broken(&lab, "fn loss(y_hat, y) {\n    let e = y_hat - y;\n    e * e * (0.0 / 0.0)\n}", &[]);
    let begins = "`e * e * NaN` has NaN in it, which the script makes of plain numbers, in sample 0";
    assert!(cause(&told).starts_with(begins) && cause(&told).ends_with("line 3 of mine.rhai"), "{told}");
    assert!(!told["advice"].as_str().unwrap().contains("lr"), "{told}");
    let lab = format!("{DIGITS}optimizer: {{rule: sgd, lr: {{schedule: mine.rhai}}}}\n");
    let told = broken(&lab, "fn rate(t, h) {\n    if t > 2 { return 1.0 / 0.0; }\n    0.1\n}", &[]);
    assert_eq!((told["step"].as_u64(), cause(&told)), (Some(4), "`rate` in line 1 of mine.rhai gives it at `t` = 3"));
}
