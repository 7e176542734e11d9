//! The folder of a run: whose it is, what in it is replaced and when, and what becomes of a run whose disk is full.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use optlab::session::{Options, Session};

use crate::program::optlab;

const NETWORK: &str = "id: small\ndata: {source: moons, samples: 100}\nnetwork: [{dense: 2}, tanh, {dense: 2}]\n\
    loss: cross_entropy\ntraining: {epochs: 3, batch: 16}\noptimizer: {rule: sgd, lr: 0.1}\n";
const RACE: &str = "compare:\n  fast: {optimizer: {rule: sgd, lr: 0.2}}\n";
const LANDSCAPE: &str = "id: bowl\nlandscape: {source: bowl, start: [1, 1]}\ntraining: {steps: 5}\n\
    optimizer: {rule: sgd, lr: 0.1}\n";
const SERIES: &str = "id: walk\nseries: {values: [1, 2, 3]}\naverages: [{simple: 2}]\n";
/// More than any test waits for.
const LONG: &str = "100000000";

fn labs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let race = format!("{NETWORK}{RACE}");
    for (name, text) in [("network", NETWORK), ("race", &race), ("landscape", LANDSCAPE), ("series", SERIES)] {
        fs::write(folder.path().join(format!("{name}.yaml")), text).unwrap();
    }
    folder
}

fn started(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_optlab"));
    command.current_dir(folder).args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn until(what: &str, mut come: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !come() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} did not come");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A run that goes on, with rows on the disk.
fn going(folder: &Path, lab: &str, seed: &str) -> Child {
    let child = started(folder, &["train", lab, "--steps", LONG, "--seed", seed, "-q", "--out", "r"]);
    until("a row", || fs::metadata(folder.join("r/steps.csv")).is_ok_and(|about| about.len() > 1000));
    child
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What is in a folder, and what the files say.
fn inside(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn hidden(folder: &Path) -> Vec<String> {
    inside(folder).into_keys().filter(|name| name.split('/').any(|part| part.starts_with('.'))).collect()
}

#[test]
fn a_folder_belongs_to_one_run_whatever_the_second_one_is() {
    let folder = labs();
    let path = folder.path();
    let mut first = going(path, "network.yaml", "1");
    for lab in ["network.yaml", "race.yaml", "landscape.yaml", "series.yaml"] {
        let second = optlab(path, &["train", lab, "--seed", "2", "--out", "r", "--json"]);
        let said = text(&second);
        assert_eq!(second.status.code(), Some(2), "{lab}: {said}");
        let who = format!("another run writes into r: process {} on ", first.id());
        assert!(said.contains(&who) && said.contains("since 20") && said.contains("another folder"), "{lab}: {said}");
        assert!(second.stdout.is_empty(), "{lab}");
    }
    // As the screen has it, and within one process.
    let options = || Options { out: Some(path.join("r")), ..Options::default() };
    let lab = path.join("network.yaml").display().to_string();
    let refused = Session::open(&lab, &[], options()).err().unwrap();
    assert!(refused[0].what().contains("another run writes into"), "{refused:?}");
    assert!(first.try_wait().unwrap().is_none());
    signal(&first, "TERM");
    assert_eq!(first.wait().unwrap().code(), Some(143));
    assert_eq!(hidden(&path.join("r")), [".optlab-run"]);
    assert!(fs::read_to_string(path.join("r/lab.yaml")).unwrap().contains("\nseed: 1\n"));
    let session = Session::open(&lab, &[], options()).unwrap();
    assert!(Session::open(&lab, &[], options()).is_err());
    drop(session);
    assert!(Session::open(&lab, &[], options()).is_ok());
}

#[test]
fn of_many_that_start_at_once_one_has_the_folder() {
    let folder = labs();
    let path = folder.path();
    for round in 0..2 {
        let start = |seed: u32| {
            let seed = seed.to_string();
            (seed.clone(), started(path, &["train", "network.yaml", "--steps", LONG, "--seed", &seed, "--out", "r"]))
        };
        let mut all: Vec<(String, Child)> = (0..20).map(start).collect();
        let mut refused = 0;
        until("19 refusals", || {
            all.retain_mut(|(_, child)| match child.try_wait().unwrap() {
                Some(status) => {
                    assert_eq!(status.code(), Some(2), "round {round}");
                    refused += 1;
                    false
                }
                None => true,
            });
            all.len() == 1
        });
        let (seed, mut winner) = all.pop().unwrap();
        until("its first row", || path.join("r/steps.csv").is_file());
        assert_eq!((refused, winner.try_wait().unwrap()), (19, None));
        let lab = fs::read_to_string(path.join("r/lab.yaml")).unwrap();
        assert!(lab.contains(&format!("\nseed: {seed}\n")), "{lab}");
        // The second round meets its claim.
        signal(&winner, "KILL");
        winner.wait().unwrap();
        assert!(hidden(&path.join("r")).contains(&".optlab-claim".to_owned()));
    }
}

#[test]
fn a_run_that_was_killed_leaves_the_earlier_one_and_the_next_takes_over_at_once() {
    let folder = labs();
    let path = folder.path();
    let run = path.join("r");
    assert!(optlab(path, &["train", "network.yaml", "--seed", "1", "-q", "--out", "r"]).status.success());
    let whole = inside(&run);
    let mut killed = started(path, &["train", "network.yaml", "--steps", LONG, "--seed", "2", "-q", "--out", "r"]);
    until("its rows", || !run.join("summary.json").exists() && run.join("steps.csv").exists());
    signal(&killed, "KILL");
    killed.wait().unwrap();
    fs::write(run.join("notes.txt"), "mine").unwrap();
    fs::write(run.join(".optlab-part-abc"), "half of a model").unwrap();
    let left = inside(&run);
    for (name, bytes) in whole.iter().filter(|(name, _)| *name != ".optlab-run") {
        let kept = if name.ends_with(".safetensors") { name.clone() } else { format!(".optlab-earlier/{name}") };
        assert!(left.get(&kept) == Some(bytes), "{kept}");
    }
    let rows = String::from_utf8(left["steps.csv"].clone()).unwrap();
    assert!(rows.ends_with('\n') && rows != String::from_utf8(whole["steps.csv"].clone()).unwrap());
    // A run that cannot be made touches nothing.
    let failed = optlab(path, &["train", "network.yaml", "--out", "r", "--set", "data.samples=1000000000000"]);
    assert_eq!(failed.status.code(), Some(2));
    assert!(
        inside(&run)
            .keys()
            .filter(|name| *name != ".optlab-claim")
            .eq(left.keys().filter(|name| *name != ".optlab-claim"))
    );
    assert!(optlab(path, &["train", "network.yaml", "--seed", "1", "-q", "--out", "r"]).status.success());
    let mut again = inside(&run);
    assert_eq!(again.remove("notes.txt").unwrap(), b"mine");
    assert!(again.keys().eq(whole.keys()), "{:?}", again.keys());
    assert!(again["model.safetensors"] == whole["model.safetensors"] && again["steps.csv"] == whole["steps.csv"]);
}

#[test]
fn a_folder_is_let_go_at_every_end() {
    let folder = labs();
    let path = folder.path();
    let wild = LANDSCAPE.replace("bowl, start: [1, 1]", "rosenbrock, start: [-1.5, 2]").replace("lr: 0.1", "lr: 10");
    fs::write(path.join("wild.yaml"), wild).unwrap();
    fs::write(path.join("fails.rhai"), "fn on_step(run) { if run.step == 3 { throw \"no\"; } }").unwrap();
    fs::write(path.join("fails.yaml"), format!("{NETWORK}observe: fails.rhai\n")).unwrap();
    for (lab, code) in [("network", 0), ("race", 0), ("series", 0), ("wild", 3), ("fails", 2), ("network", 0)] {
        let ended = optlab(path, &["train", &format!("{lab}.yaml"), "--out", "r", "-q"]);
        assert_eq!(ended.status.code(), Some(code), "{lab}: {}", text(&ended));
        let markers = if lab == "race" { 3 } else { 1 };
        let left = hidden(&path.join("r"));
        assert!(left.len() == markers && left.iter().all(|name| name.ends_with(".optlab-run")), "{lab}: {left:?}");
    }
}

#[test]
fn nothing_is_written_through_a_link_and_every_refusal_is_one_message() {
    let folder = labs();
    let path = folder.path();
    fs::write(path.join("victim"), "precious").unwrap();
    for name in [".optlab-run", "steps.csv", "model.safetensors", "scripts", ".optlab-claim"] {
        let trap = path.join(format!("trap-{name}"));
        fs::create_dir(&trap).unwrap();
        if name != ".optlab-run" {
            fs::write(trap.join(".optlab-run"), format!("What it wrote:\n{name}\n")).unwrap();
        }
        symlink(path.join("victim"), trap.join(name)).unwrap();
        let refused = optlab(path, &["train", "network.yaml", "-q", "--out", trap.to_str().unwrap()]);
        let said = text(&refused);
        assert_eq!(refused.status.code(), Some(2), "{name}: {said}");
        assert!(said.matches("error").count() == 1 && said.contains(name) && said.contains("take it away"), "{said}");
        assert!(trap.join(name).is_symlink() && inside(&trap).len() <= 2, "{name}");
    }
    assert_eq!(fs::read(path.join("victim")).unwrap(), b"precious");
    fs::create_dir(path.join("real")).unwrap();
    symlink("real", path.join("link")).unwrap();
    for out in ["link/", "real", "./deep/er", path.join("absolute").to_str().unwrap()] {
        assert_eq!(optlab(path, &["train", "network.yaml", "-q", "--out", out]).status.code(), Some(0), "{out}");
        assert!(path.join(out).join("summary.json").is_file(), "{out}");
    }
    let nowhere = if cfg!(target_os = "linux") { "/proc/optlab/run" } else { "victim/run" };
    for (out, words) in [("victim", "is not a folder"), ("victim/run", "cannot make"), (nowhere, "cannot make")] {
        let refused = optlab(path, &["train", "network.yaml", "--out", out]);
        assert_eq!(refused.status.code(), Some(2), "{out}");
        assert!(text(&refused).contains(words), "{out}: {}", text(&refused));
    }
}

fn shell(folder: &Path, line: &str) -> Command {
    let mut shell = Command::new("bash");
    let line = format!("{line} exec '{}' \"$@\"", env!("CARGO_BIN_EXE_optlab"));
    shell.current_dir(folder).args(["-c", &line, "bash"]).stdout(Stdio::null()).stderr(Stdio::piped());
    shell
}

#[test]
fn files_have_the_permissions_that_the_umask_leaves() {
    let folder = labs();
    let path = folder.path();
    for (umask, file, inner) in [("077", 0o600, 0o700), ("022", 0o644, 0o755), ("027", 0o640, 0o750)] {
        let run = format!("r{umask}");
        let mut command = shell(path, &format!("umask {umask};"));
        assert!(command.args(["train", "race.yaml", "-q", "--out", &run]).status().unwrap().success());
        let names: Vec<String> = inside(&path.join(&run)).into_keys().collect();
        assert!(names.len() > 15, "{names:?}");
        for name in names {
            let place = path.join(&run).join(&name);
            assert_eq!(fs::metadata(&place).unwrap().mode() & 0o777, file, "{umask}: {name}");
            assert_eq!(fs::metadata(place.parent().unwrap()).unwrap().mode() & 0o777, inner, "{umask}: {name}");
        }
    }
}

/// Rows that are whole, one for each step from 1 on; how many.
fn rows(table: &Path) -> u64 {
    let text = fs::read_to_string(table).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "a torn row");
    let columns = |row: &str| row.split(',').count();
    let head = text.lines().next().map_or(0, columns);
    for (at, row) in text.lines().enumerate().skip(1) {
        assert!(columns(row) == head && row.starts_with(&format!("{at},")), "row {at}: {row}");
    }
    (text.lines().count() as u64).saturating_sub(1)
}

/// A limit on the length of files is a disk that is full at some place: what lies before it is written.
#[test]
fn a_run_goes_on_where_the_disk_takes_nothing_and_names_what_is_missing() {
    let folder = labs();
    let path = folder.path();
    let mut command = shell(path, "trap '' XFSZ; ulimit -f 8;");
    let output = command.args(["train", "network.yaml", "--steps", "3000", "--out", "r"]).output().unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(", step 3000: train loss"), "{said}");
    assert_eq!(said.matches("warning: cannot write r/steps.csv").count(), 1, "{said}");
    assert!(said.contains("error: cannot write r/steps.csv, r/epochs.csv, r/summary.json"), "{said}");
    let run = path.join("r");
    assert!(rows(&run.join("steps.csv")) > 50 && run.join("model.safetensors").is_file());
    assert!(!run.join("summary.json").exists() && hidden(&run) == [".optlab-run"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_has_room_again_has_every_row() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    use std::io::{BufRead, BufReader};
    let folder = labs();
    let path = folder.path();
    // Not so fast that it fills the memory for its rows.
    fs::write(path.join("slow.yaml"), NETWORK.replace("dense: 2}, tanh", "dense: 100}, tanh")).unwrap();
    let mut command = shell(path, "trap '' XFSZ; ulimit -Sf 20;");
    let mut child = command.args(["train", "slow.yaml", "--steps", LONG, "--out", "r"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("warning: cannot write r/steps.csv")));
    let stood = rows(&path.join("r/steps.csv"));
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    prlimit(pid, Resource::Fsize, Rlimit { current: None, maximum: None }).unwrap();
    assert!(lines.any(|line| line.contains("warning: r is written again")));
    signal(&child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(143), "{:?}", lines.collect::<Vec<_>>());
    let summary: serde_json::Value = serde_json::from_slice(&fs::read(path.join("r/summary.json")).unwrap()).unwrap();
    let written = rows(&path.join("r/steps.csv"));
    assert!(written > stood && summary["steps"] == written, "{stood}, {written}, {summary}");
}

#[test]
fn a_folder_that_vanishes_ends_no_run() {
    let folder = labs();
    let path = folder.path();
    let child = going(path, "network.yaml", "1");
    fs::rename(path.join("r"), path.join("moved")).unwrap();
    signal(&child, "TERM");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143));
    assert!(text(&output).contains("taken away"), "{}", text(&output));
    assert!(!path.join("r").exists() && rows(&path.join("moved/steps.csv")) > 10);
}

/// What a run that is killed leaves holds together: all tables reach the disk with the same steps.
#[test]
fn all_tables_reach_the_disk_together() {
    let folder = labs();
    let path = folder.path();
    let options = Options { out: Some(path.join("r")), way_back: true, ..Options::default() };
    let lab = path.join("landscape.yaml").display().to_string();
    let mut session = Session::open(&lab, &["training.steps=100000".into()], options).unwrap();
    (0..3000).for_each(|_| session.step());
    // Not left yet.
    let rows = |name: &str| fs::read_to_string(path.join("r").join(name)).unwrap().lines().count();
    let (steps, places) = (rows("steps.csv"), rows("path.csv"));
    // The row of step 0 is only in one of them.
    assert!(steps > 500 && (steps..=steps + 1).contains(&places), "{steps} and {places}");
}

#[test]
fn a_run_that_is_left_before_its_first_step_changes_nothing() {
    let folder = labs();
    let path = folder.path();
    for lab in ["network", "race", "landscape", "series"] {
        let (name, run) = (format!("{lab}.yaml"), path.join(lab));
        assert!(optlab(path, &["train", &name, "-q", "--out", lab]).status.success());
        let whole = inside(&run);
        let options = Options { out: Some(run.clone()), way_back: true, ..Options::default() };
        let outcome = Session::open(&path.join(&name).display().to_string(), &[], options).unwrap().finish();
        assert!(outcome.unwritten.is_none() && inside(&run) == whole, "{lab}");
    }
}

/// Also where the lab and its script lie in the very folder that is written.
#[test]
fn a_run_is_made_again_in_its_own_folder() {
    let folder = labs();
    let path = folder.path();
    let rule = "//! Mine.\n//! W = W - lr dW\n//! Source: none.\nfn hyper() { #{\n    lr: 0.1, // rate\n} }\n\
        fn state(w) { #{} }\nfn update(w, dw, state, h, t) { w - h.lr * dw }\n";
    fs::write(path.join("mine.rhai"), rule).unwrap();
    fs::write(path.join("own.yaml"), NETWORK.replace("rule: sgd", "rule: mine.rhai")).unwrap();
    let first = optlab(path, &["train", "own.yaml", "--out", "r", "-q"]);
    assert!(first.status.success(), "{}", text(&first));
    let whole = inside(&path.join("r"));
    assert!(whole.contains_key("mine.rhai"));
    let again = optlab(path, &["train", "r/lab.yaml", "--out", "r", "-q"]);
    assert!(again.status.success(), "{}", text(&again));
    let mut after = inside(&path.join("r"));
    // What measures time.
    for name in ["summary.json", "epochs.csv"] {
        assert!(after.remove(name).is_some());
    }
    for (name, bytes) in after {
        assert!(whole[&name] == bytes, "{name}");
    }
}

#[test]
fn what_cannot_be_written_is_told_once_on_the_screen_and_all_rows_come_later() {
    let folder = labs();
    let path = folder.path();
    let options = Options { out: Some(path.join("r")), way_back: true, ..Options::default() };
    let lab = path.join("network.yaml").display().to_string();
    let mut session = Session::open(&lab, &["training.epochs=30".into()], options).unwrap();
    fs::rename(path.join("r"), path.join("away")).unwrap();
    let told = |session: &mut Session| session.snapshot().timeline.refused;
    (0..20).for_each(|_| session.step());
    let (count, error) = told(&mut session).unwrap();
    assert!(error.what().contains("cannot write") && error.help_lines()[0].contains("tries again"), "{error}");
    (0..20).for_each(|_| session.step());
    assert_eq!(told(&mut session).map(|(count, _)| count), Some(count));
    fs::rename(path.join("away"), path.join("r")).unwrap();
    let outcome = session.finish();
    assert!(outcome.unwritten.is_none(), "{:?}", outcome.unwritten);
    assert_eq!(rows(&path.join("r/steps.csv")), 40);
}
