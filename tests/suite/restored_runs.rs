//! Checkpoints: a run that is put back from bytes in the midst of an epoch ends with the bits of the unbroken run, whatever
//! it is made of; bytes that are cut, changed or of another run are an error and change nothing.

use std::path::Path;

use optlab::lab::{Lab, Overrides};
use optlab::run::Command;
use optlab::session::{FileChange, Options, Session};
use optlab::snapshot::Status;
use tempfile::TempDir;

/// Remembers numbers and tensors, and logs them.
const OBSERVER: &str = r#"
fn memory() { #{ sum: 0.0, before: () } }
fn on_step(run, memory) {
    memory.sum += run.loss;
    run.log("sum", memory.sum);
    if memory.before != () { run.log("turn", dot(memory.before, run.gradient("W1"))); }
    memory.before = run.gradient("W1");
}
fn on_epoch(run) { run.log("moved", norm(run.update())); }
"#;

/// Everything that a network's steps depend on: 75 samples to train on in batches of 16, so five steps an epoch.
const NETWORK: &str = "id: network
seed: 3
data: {source: moons, samples: 115, noise: 0.2, validation: 0.22, test: 0.13}
network: [{dense: 8}, batch_norm, tanh, {dropout: 0.2}, {dense: 6}, layer_norm, relu, {dense: 2}]
loss: cross_entropy
penalty: {l2: 0.001}
training: {epochs: 6, batch: 16, clip_norm: 2.0}
";

fn written(lab: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lab.yaml"), lab).unwrap();
    std::fs::write(folder.path().join("watch.rhai"), OBSERVER).unwrap();
    folder
}

fn open(folder: &Path, out: &str) -> Session {
    let path = folder.join("lab.yaml").display().to_string();
    let lab = optlab::train::on_large_stack(|| Lab::open(&path, &Overrides::default()))
        .unwrap_or_else(|errors| panic!("{}", errors[0].render(false)));
    let options = Options { out: Some(folder.join(out)), way_back: true, ..Options::default() };
    Session::of(lab, options).unwrap_or_else(|error| panic!("{}", error.render(false)))
}

/// All files of a run, with the rows of tables after a step, which may be another one for the run of each folder; times and
/// what names the machine left out.
fn files(folder: &Path, after: impl Fn(&str) -> u64) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            let bytes = std::fs::read(&path).unwrap();
            let column = usize::from(name.ends_with("epochs.csv"));
            let after = after(name.split('/').next().unwrap_or_default());
            let later = |row: &&str| row.split(',').nth(column).unwrap().parse::<u64>().is_ok_and(|step| step > after);
            let timeless = |row: &str| {
                if name.ends_with("epochs.csv") { row.rsplit_once(',').unwrap().0.to_owned() } else { row.to_owned() }
            };
            if path.extension().is_some_and(|ending| ending == "csv") {
                let text = String::from_utf8(bytes).unwrap();
                let rows: Vec<String> = text.lines().skip(1).filter(later).map(timeless).collect();
                found.push((name, rows.join("\n").into_bytes()));
            } else if path.extension().is_some_and(|ending| ending == "safetensors") {
                found.push((name, bytes));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

/// The unbroken run and one that is put back from its bytes after so many steps end alike. `midst` may do something to the
/// run before that.
fn goes_on(lab: &str, steps: u64, midst: impl Fn(&mut Session)) {
    let folder = written(lab);
    let mut unbroken = open(folder.path(), "unbroken");
    midst(&mut unbroken);
    while unbroken.progress().step < steps {
        unbroken.step();
    }
    let bytes = unbroken.checkpoint().unwrap();
    let shown = told(&mut unbroken);
    // Of unlike batches each run has steps of its own.
    let runs = unbroken.snapshot().race.map_or_else(Vec::new, |race| race.runs);
    let stood: Vec<(String, u64)> = runs.into_iter().map(|run| (run.name, run.step)).collect();
    // Made anew, and stepped elsewhere first.
    let mut restored = open(folder.path(), "restored");
    restored.step();
    restored.restore(&bytes).unwrap_or_else(|error| panic!("{lab}\n{error}"));
    assert_eq!(restored.progress().step, steps);
    assert_eq!(told(&mut restored), shown, "{lab}");
    assert_eq!(restored.checkpoint().unwrap(), bytes, "a copy of the copy is the copy\n{lab}");
    let (first, second) = (unbroken.run_to_end(), restored.run_to_end());
    assert_eq!(first.status, second.status);
    assert_eq!(results(&first.summary), results(&second.summary), "{lab}");
    let after = |run: &str| stood.iter().find(|(name, _)| name == run).map_or(steps, |(_, step)| *step);
    let (first, second) =
        (files(&folder.path().join("unbroken"), after), files(&folder.path().join("restored"), after));
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&first), names(&second));
    for ((name, first), (_, second)) in first.iter().zip(&second) {
        let shown = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(600)]).into_owned();
        assert!(first == second, "{name} differs\n{lab}\n{}\n--\n{}", shown(first), shown(second));
    }
}

/// What a summary tells of each run, but for times.
fn results(summary: &serde_json::Value) -> Vec<String> {
    let alone = serde_json::json!({ "alone": summary });
    let runs = summary.get("runs").unwrap_or(&alone).as_object().unwrap();
    let told = |run: &serde_json::Value| {
        let kept = run.as_object().unwrap().iter().filter(|(key, _)| !key.contains("second"));
        kept.map(|(key, value)| format!("{key} {value}")).collect::<Vec<_>>().join(" ")
    };
    let told: Vec<String> = runs.values().map(told).collect();
    assert!(told.iter().all(|run| run.contains("test_loss")));
    told
}

/// What of a snapshot must not differ.
fn told(session: &mut Session) -> String {
    let snapshot = session.snapshot();
    let race = snapshot.race.map(|race| (race.equal_steps, race.partings));
    format!(
        "{:?} {:?} {:?} {:?} {:?} {race:?}",
        snapshot.step, snapshot.seed, snapshot.loss, snapshot.observed, snapshot.log
    )
}

#[test]
fn every_shipped_rule_goes_on_with_the_same_bits() {
    let rules = optlab::script::shipped(optlab::script::Kind::Optimizer);
    assert!(rules.len() >= 19);
    for rule in rules {
        goes_on(&format!("{NETWORK}optimizer: {{rule: {}}}\nobserve: watch.rhai\n", rule.name), 12, |_| {});
    }
}

#[test]
fn every_shipped_schedule_goes_on_with_the_same_bits() {
    for schedule in optlab::script::shipped(optlab::script::Kind::Schedule) {
        // A rate for those that have one; the others have parameters of their own names.
        let lr = if schedule.source.text.contains("    lr:") { ", lr: 0.05" } else { "" };
        let lab = format!("{NETWORK}optimizer: {{rule: momentum, lr: {{schedule: {}{lr}}}}}\n", schedule.name);
        goes_on(&lab, 13, |_| {});
    }
}

#[test]
fn a_race_with_a_schedule_that_learns_an_observer_a_knob_and_a_fork_goes_on() {
    let lab = format!(
        "{NETWORK}optimizer: {{rule: adam, lr: 0.02}}\nobserve: watch.rhai\ncompare:\n  learns: {{optimizer: {{rule: sgd, \
         lr: {{schedule: plateau, lr: 0.2, patience: 1, metric: val_loss}}}}}}\n  small: {{training: {{batch: 7}}}}\n"
    );
    goes_on(&lab, 13, |_| {});
    // Held together by steps as well as by samples, as batches that differ are.
    goes_on(&format!("{lab}lock: steps\n"), 13, |_| {});
    goes_on(&lab, 18, |session| {
        (0..4).for_each(|_| session.step());
        session.send(Command::SetHyper { run: None, name: "lr".into(), value: 0.005 });
        (0..3).for_each(|_| session.step());
        session.send(Command::Fork { run: Some("learns".into()) });
        session.step();
        session.send(Command::SetHyper { run: None, name: "lr".into(), value: 0.01 });
    });
}

#[test]
fn a_run_with_another_seed_than_its_lab_goes_on() {
    let lab = format!("{NETWORK}optimizer: {{rule: rmsprop}}\nobserve: watch.rhai\n");
    goes_on(&lab, 12, |session| {
        session.step();
        session.send(Command::Restart { seed: Some(91) });
    });
}

#[test]
fn a_run_that_has_gone_back_goes_on_from_where_it_stands() {
    let lab = format!("{NETWORK}optimizer: {{rule: nadam}}\nobserve: watch.rhai\n");
    goes_on(&lab, 14, |session| {
        (0..20).for_each(|_| session.step());
        session.send(Command::Goto(9));
    });
}

#[test]
fn every_shipped_landscape_goes_on_with_the_same_bits() {
    for landscape in optlab::script::shipped(optlab::script::Kind::Landscape) {
        let lab = format!(
            "id: way\nseed: 5\nlandscape: {{source: {}, start: [0.3, -0.4], noise: 0.05}}\ntraining: {{steps: 40}}\n\
             optimizer: {{rule: adam, lr: 0.01}}\ncompare: {{plain: {{optimizer: {{rule: sgd, lr: 0.001}}}}}}\n",
            landscape.name
        );
        goes_on(&lab, 17, |_| {});
    }
}

#[test]
fn every_shipped_series_goes_on_with_the_same_bits() {
    for series in optlab::script::shipped(optlab::script::Kind::Series) {
        let lab = format!(
            "id: walk\nseed: 5\nseries: {{source: {}}}\naverages: [simple: 10, exponential: {{beta: 0.9, corrected: true}}]\n",
            series.name
        );
        goes_on(&lab, 17, |_| {});
    }
}

#[test]
fn a_finished_run_stays_finished() {
    let folder = written(&format!("{NETWORK}optimizer: {{rule: sgd}}\n"));
    let mut session = open(folder.path(), "first");
    while session.status() != &Status::Finished {
        session.step();
    }
    let bytes = session.checkpoint().unwrap();
    let mut again = open(folder.path(), "second");
    again.restore(&bytes).unwrap();
    assert_eq!(again.status(), &Status::Finished);
}

#[test]
fn bytes_that_do_not_fit_are_refused_and_change_nothing() {
    let rule = "optimizer: {rule: adam}\nobserve: watch.rhai\n";
    let folder = written(&format!("{NETWORK}{rule}"));
    let mut session = open(folder.path(), "run");
    (0..7).for_each(|_| session.step());
    let (bytes, before) = (session.checkpoint().unwrap(), told(&mut session));
    let mut refused = |bytes: &[u8], what: &str| {
        let error = session.restore(bytes).err().unwrap_or_else(|| panic!("{what} was taken"));
        assert!(!error.to_string().is_empty() && error.exit_code() == 2, "{what}: {error}");
        assert_eq!(told(&mut session), before, "{what}");
    };
    for length in [0, 5, 8, 9, 10, 11, 40, bytes.len() / 2, bytes.len() - 1] {
        refused(&bytes[..length], &format!("cut at {length}"));
    }
    refused(b"no checkpoint at all", "a text");
    refused(&[&bytes[..], b"x"].concat(), "one byte too many");
    let other = |lab: &str| {
        let folder = written(lab);
        let mut session = open(folder.path(), "run");
        (0..7).for_each(|_| session.step());
        session.checkpoint().unwrap()
    };
    for (from, to) in [("dense: 8", "dense: 9"), ("{dropout: 0.2}, ", "{dense: 6}, "), ("batch_norm, ", "")] {
        refused(&other(&format!("{}{rule}", NETWORK.replace(from, to))), to);
    }
    refused(&other(&format!("{NETWORK}{}", rule.replace("adam", "sgd"))), "another rule");
    refused(&other(&format!("{NETWORK}optimizer: {{rule: adam}}\n")), "no observer");
    refused(&other("id: way\nlandscape: {source: bowl, start: [1, 1]}\ntraining: {steps: 40}\n"), "a landscape");
    // Whatever a changed byte makes of them, it is taken whole or refused, and never a panic.
    for at in (0..bytes.len()).step_by(7) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x55;
        drop(session.restore(&changed));
    }
    assert!(session.restore(&bytes).is_ok());
}

/// A rule with a state that others have not.
const RULE: &str = "//! Mine.\n//! W = W - lr m\n//! Source: a test.\nfn hyper() { #{ lr: 0.1, mu: 0.9 } }\nfn state(w) { #{ m: zeros(w) } }\n\
    fn update(w, dw, state, h, t) { state.m = h.mu * state.m + dw; w - h.lr * state.m }\n";

/// The lab as it is after a change of its text, taken up by a session.
fn edited(session: &mut Session, folder: &Path, from: &str, to: &str) {
    let path = folder.join("lab.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(&path, text.replace(from, to)).unwrap();
    let path = path.display().to_string();
    let lab = optlab::train::on_large_stack(|| Lab::open(&path, &Overrides::default()))
        .unwrap_or_else(|errors| panic!("{}", errors[0].render(false)));
    let change = session.edit(std::slice::from_ref(&path), lab);
    assert!(matches!(change, FileChange::Edited { .. }), "{change:?}");
}

/// Edits on the way, at steps 4 and 9: another rate, then a rule of one's own; a fork comes after each.
fn edited_twice(session: &mut Session, folder: &Path) {
    (0..4).for_each(|_| session.step());
    edited(session, folder, "lr: 0.02", "lr: 0.03");
    (0..2).for_each(|_| session.step());
    session.send(Command::Fork { run: None });
    (0..3).for_each(|_| session.step());
    edited(
        session,
        folder,
        "{rule: adam, lr: 0.03}",
        "{rule: mine.rhai, lr: 0.05, mu: {schedule: plateau, lr: 0.9, patience: 1}}",
    );
    (0..2).for_each(|_| session.step());
    session.send(Command::Fork { run: None });
    (0..3).for_each(|_| session.step());
}

#[test]
fn a_run_whose_lab_was_edited_goes_on_though_its_files_are_gone() {
    let lab =
        format!("{NETWORK}optimizer: {{rule: adam, lr: 0.02}}\nobserve: watch.rhai\ncompare: {{slow: {{seed: 4}}}}\n");
    let folder = written(&lab);
    std::fs::write(folder.path().join("mine.rhai"), RULE).unwrap();
    let mut unbroken = open(folder.path(), "unbroken");
    edited_twice(&mut unbroken, folder.path());
    let (bytes, shown) = (unbroken.checkpoint().unwrap(), told(&mut unbroken));
    // From the lab as it is now; the text that it began with is in no file any more.
    let mut restored = open(folder.path(), "restored");
    restored.restore(&bytes).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(told(&mut restored), shown);
    assert_eq!(restored.checkpoint().unwrap(), bytes, "a copy of the copy is the copy");
    // The way back leads over the edits, and forward again, as in the unbroken run.
    for session in [&mut unbroken, &mut restored] {
        session.send(Command::Goto(2));
        session.send(Command::Goto(7));
        session.send(Command::Goto(14));
    }
    assert_eq!(told(&mut restored), told(&mut unbroken));
    let saved = folder.path().join("saved.yaml").display().to_string();
    restored.save(&saved, false).unwrap();
    assert!(std::fs::read_to_string(&saved).unwrap().contains("mine.rhai"));
    // Another text of the rule is another lab: it is told, and nothing is changed.
    std::fs::write(folder.path().join("mine.rhai"), RULE.replace("+ dw", "+ 2 * dw")).unwrap();
    let mut other = open(folder.path(), "other");
    let before = told(&mut other);
    let error = other.restore(&bytes).unwrap_err().to_string();
    assert!(error.contains("another text of it: its rule"), "{error}");
    assert_eq!(told(&mut other), before);
    unbroken.run_to_end();
    restored.run_to_end();
    // A folder is called after the rule of the lab as it was opened.
    let end = |run: &str| {
        let own = folder.path().join(run);
        let steps = std::fs::read_to_string(own.join("steps.csv")).unwrap();
        let model = std::fs::read(own.join("model.safetensors")).unwrap();
        (steps.lines().last().unwrap().to_owned(), model)
    };
    assert_eq!(end("unbroken/adam"), end("restored/mine"));
}

#[test]
fn a_session_that_goes_back_before_an_edit_by_a_checkpoint_has_the_lab_of_then() {
    let lab = format!("{NETWORK}optimizer: {{rule: adam, lr: 0.02}}\n");
    let folder = written(&lab);
    let mut session = open(folder.path(), "run");
    (0..3).for_each(|_| session.step());
    let bytes = session.checkpoint().unwrap();
    let shown = told(&mut session);
    edited(&mut session, folder.path(), "lr: 0.02", "lr: 0.5");
    (0..3).for_each(|_| session.step());
    session.restore(&bytes).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(told(&mut session), shown);
    assert!(session.lab().resolved.contains("lr: 0.02"));
    session.step();
    assert_eq!(session.snapshot().timeline.events, []);
}
