//! What a script may take, as the binary tells it: within a bounded address space, so that a script that takes more aborts
//! the program and fails the test.

use std::path::Path;
use std::process::{Command, Output};

const NETWORK: &str = "id: t\ndata: {source: moons}\nnetwork: [{dense: 2}]\nloss: cross_entropy\n";
const DATA: &str = "id: t\ndata: {script: mine.rhai}\nnetwork: [{dense: 1}]\nloss: mse\n";
const LANDSCAPE: &str = "id: t\nlandscape: {script: mine.rhai, start: [1, 1]}\ntraining: {steps: 5}\n";

/// Runs the binary in a folder with a lab and a script, within 1 GB of addresses.
fn run(verb: &str, lab: &str, script: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lab.yaml"), lab).unwrap();
    std::fs::write(folder.path().join("mine.rhai"), script).unwrap();
    bounded(folder.path(), verb)
}

fn bounded(folder: &Path, verb: &str) -> Output {
    let program = assert_cmd::cargo::cargo_bin("optlab");
    let line = format!("ulimit -v 1000000; exec timeout 60 \"$0\" {verb} lab.yaml");
    Command::new("sh").arg("-c").arg(line).arg(program).current_dir(folder).output().unwrap()
}

/// It was refused in one message with a place, and the message says this.
fn is_told(output: &Output, wanted: &str) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &*String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(said.matches("error: ").count(), 1, "{said}");
    assert!(said.contains(wanted) && said.contains("mine.rhai:"), "{said}");
}

#[test]
#[cfg(unix)]
fn what_grows_without_an_end_is_told_before_memory_runs_out() {
    let data = |body: &str| format!("fn hyper() {{ #{{}} }}\nfn generate(h, rng) {{ {body} }}\n");
    let often = |line: &str| (0..200).map(|i| line.replace('@', &format!("v{i}"))).collect::<String>();
    let blobs = often("let @ = blob(3900000, 1); ");
    let lists = often("let @ = []; @.pad(3900000, 1); ");
    let tensors = often("let @ = linspace(0, 1, 15000000); ");
    for (body, wanted) in [
        ("let f = |x| x; loop { let g = f; f = |x| g.call(x); }", "`g` from around it"),
        (blobs.as_str(), "`blob` is not part of optlab's scripts"),
        (lists.as_str(), "the lists, maps and texts of the script are too large"),
        (tensors.as_str(), "the script holds too much"),
        ("let a = []; loop { a = [a]; }", "too many operations"),
        ("let a = [1]; loop { a = [a, a]; }", "too large"),
    ] {
        is_told(&run("check", DATA, &data(body)), wanted);
    }
    let places: Vec<String> = (0..30).map(|i| format!("b{i}: ()")).collect();
    let observer = format!(
        "fn memory() {{ #{{ {} }} }}
fn on_step(run, memory) {{ memory[\"b\" + (run.step - 1)] = linspace(0, 1, 15000000 + run.step); }}",
        places.join(", ")
    );
    let lab = format!("{NETWORK}training: {{steps: 28}}\nobserve: mine.rhai\n");
    is_told(&run("train", &lab, &observer), "the script holds too much: 192 MB");
}

#[test]
#[cfg(unix)]
fn an_endless_script_is_told_by_every_command_that_runs_it() {
    let rule = "fn state(w) { #{} }\nfn update(w, dw, state, h, t) { loop { } w }";
    let late = "fn state(w) { #{} }\nfn update(w, dw, state, h, t) { if t == 3 { loop { } } w - 0.1 * dw }";
    let schedule = "fn rate(t, h) { if t == 3 { loop { } } 0.1 }";
    let with_rule = format!("{NETWORK}optimizer: {{rule: mine.rhai}}\n");
    let with_schedule = format!("{NETWORK}optimizer: {{rule: sgd, lr: {{schedule: mine.rhai}}}}\n");
    let with_observer = format!("{NETWORK}observe: mine.rhai\n");
    let with_loss = NETWORK.replace("cross_entropy", "{script: mine.rhai}");
    let with_activation = NETWORK.replace("[{dense: 2}]", "[{dense: 2}, mine.rhai]");
    let with_network = NETWORK.replace("[{dense: 2}]", "{script: mine.rhai}");
    let endless = "too many operations";
    for (verb, lab, script) in [
        ("check", with_rule.as_str(), rule),
        ("train", &with_rule, rule),
        ("train", &with_rule, late),
        ("train", &with_schedule, schedule),
        ("train", &with_observer, "fn on_step(run) { if run.step == 3 { loop { } } }"),
        ("train", &with_observer, "fn on_epoch(run) { loop { } }"),
        ("check", &with_loss, "fn loss(y_hat, y) { loop { } }"),
        ("check", &with_activation, "fn forward(x, h) { loop { } }"),
        ("check", &with_network, "fn layers(inputs, outputs, h) { loop { } }"),
        ("check", LANDSCAPE, "fn height(x, y, h) { loop { } }"),
        ("train", DATA, "fn generate(h, rng) { loop { } }"),
    ] {
        is_told(&run(verb, lab, script), endless);
    }
}

#[test]
#[cfg(unix)]
fn a_rule_of_forty_thousand_lines_is_read() {
    let rule = format!(
        "fn hyper() {{ #{{ lr: 0.1, }} }}\nfn state(w) {{ #{{}} }}\nfn update(w, dw, state, h, t) {{\n{} w - h.lr * dw }}",
        "1;\n".repeat(40_000)
    );
    let output = run("check", &format!("{NETWORK}optimizer: {{rule: mine.rhai}}\n"), &rule);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
