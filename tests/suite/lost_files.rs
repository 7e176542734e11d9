//! Files of a lab that go away while it runs on the screen: told once, the run goes on, and they are taken up again.
#![cfg(unix)]

use std::fs;

use crate::terminal::Terminal;

const OPTLAB: &str = env!("CARGO_BIN_EXE_optlab");
const LAB: &str = "format: 1
id: lost
title: Lost
about: |
  A lab whose files go away.
data: {csv: points.csv, target: y}
network: [dense: 4, tanh, dense: 2]
loss: cross_entropy
training: {steps: 1000000000, batch: 2}
optimizer: {rule: mine.rhai, lr: 0.01}
watch: {speed: 10}
";
const RULE: &str = "//! Mine.\n//! W = W - lr dW\n//! Source: a test.\nfn hyper() { #{ lr: 0.1 } }\nfn update(w, dw, state, h, t) { w - h.lr * dw }\n";

#[test]
fn a_lab_a_script_or_a_table_that_goes_away_is_told_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("points.csv"), "x,y\n1,a\n2,b\n3,a\n4,b\n").unwrap();
    fs::write(path("mine.rhai"), RULE).unwrap();
    fs::write(path("lab.yaml"), LAB).unwrap();
    let size = (120, 30);
    let terminal = Terminal::start(OPTLAB, folder.path(), &["lab.yaml"], size);
    terminal.first_frame();
    terminal.press(" ");
    terminal.see("running", size);
    for name in ["points.csv", "mine.rhai", "lab.yaml"] {
        fs::rename(path(name), path("away")).unwrap();
        terminal.see(&format!("there is no file {name}"), size);
        terminal.see("the run goes on with what was read", size);
        terminal.see("running", size);
        fs::rename(path("away"), path(name)).unwrap();
        terminal.see(&format!("{name} is back, and the run is the same"), size);
    }
    // What takes its place is told for what it is; and a table with other numbers is there for the next start.
    fs::remove_file(path("mine.rhai")).unwrap();
    fs::create_dir(path("mine.rhai")).unwrap();
    terminal.see("is a folder; the run goes on", size);
    fs::remove_dir(path("mine.rhai")).unwrap();
    fs::write(path("mine.rhai"), RULE.replace("w - h.lr", "w - 2 * h.lr")).unwrap();
    terminal.see("mine.rhai was saved: in effect from the next step on", size);
    fs::write(path("points.csv"), "x,y\n1,a\n2,b\n3,a\n4,b\n5,a\n").unwrap();
    terminal.see("points.csv was saved: r starts over with it, since data changed", size);
    fs::write(path("mine.rhai"), RULE.replace("w - h.lr", "w - 2 * h.lr").replace("lr: 0.1", "lr: 0.7")).unwrap();
    terminal.see("is set to 0.01 by the lab, line 10", size);
    fs::write(path("lab.yaml"), LAB.replace("lr: 0.01", "lr: 0")).unwrap();
    terminal.see("changes no weight", size);
    terminal.press("q");
}

/// The name of a lab that is gone may be that of one that ships: it is not taken for it.
#[test]
fn a_lab_that_is_gone_is_not_taken_for_one_that_ships() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("points.csv"), "x,y\n1,a\n2,b\n3,a\n4,b\n").unwrap();
    fs::write(path("mine.rhai"), RULE).unwrap();
    fs::write(path("13-adam-on-digits.yaml"), LAB).unwrap();
    let size = (120, 30);
    let terminal = Terminal::start(OPTLAB, folder.path(), &["13-adam-on-digits.yaml"], size);
    terminal.first_frame();
    terminal.see("Lost", size);
    fs::remove_file(path("13-adam-on-digits.yaml")).unwrap();
    fs::write(path("mine.rhai"), RULE.replace("w - h.lr", "w - 2 * h.lr")).unwrap();
    terminal.see("there is no file 13-adam-on-digits.yaml", size);
    terminal.see("Lost", size);
    terminal.press("e");
    terminal.see("writes the lab as it runs", size);
    fs::write(path("13-adam-on-digits.yaml"), LAB).unwrap();
    terminal.see("in effect from the next step on", size);
}
