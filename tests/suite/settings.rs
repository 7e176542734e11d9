//! Values that are laid over an open lab: what starts over, what is kept of the run before, and what of it files, edits,
//! checkpoints and saved labs know.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use optlab::lab::{Lab, Overrides};
use optlab::run::{Command, Travel};
use optlab::session::{FileChange, Live, Options, Session, Setting};
use optlab::snapshot::{Snapshot, Speed, Status};
use optlab::train::on_large_stack;

const LAB: &str = "format: 1
id: set
title: Set
about: |
  A lab to set values in.
seed: 4
data: {source: moons, samples: 96, validation: 0.25}
network: [dense: 6, tanh, dense: 2]
loss: cross_entropy
training: {epochs: 3, batch: 16}
optimizer: {rule: adam, lr: 0.01}
";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(lab: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("lab.yaml"), lab).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn spec(&self) -> String {
        self.path("lab.yaml").display().to_string()
    }

    fn session(&self, set: &[&str]) -> Session {
        let set: Vec<String> = set.iter().map(|set| (*set).to_owned()).collect();
        let options = Options { way_back: true, ..Options::default() };
        Session::open(&self.spec(), &set, options).unwrap_or_else(|errors| panic!("{}", errors[0]))
    }
}

fn set(arguments: &[&str]) -> Setting {
    Setting::Set(arguments.iter().map(|argument| (*argument).to_owned()).collect())
}

fn unset(keys: &[&str]) -> Setting {
    Setting::Unset(keys.iter().map(|key| (*key).to_owned()).collect())
}

fn notice(change: FileChange) -> String {
    match change {
        FileChange::Set { notice, .. } | FileChange::Edited { notice, .. } | FileChange::Lost { notice } => notice,
        FileChange::Broken(error) | FileChange::Refused(error) => panic!("{error}"),
    }
}

fn steps(session: &mut Session, steps: u64) -> Snapshot {
    (0..steps).for_each(|_| session.step());
    session.snapshot()
}

fn losses(snapshot: &Snapshot) -> Vec<u64> {
    snapshot.loss.batch.buckets.iter().map(|bucket| bucket.last.to_bits()).collect()
}

fn open(path: &Path) -> Lab {
    let path = path.display().to_string();
    on_large_stack(|| Lab::open(&path, &Overrides::default())).unwrap_or_else(|errors| panic!("{}", errors[0]))
}

#[test]
fn a_key_that_is_set_starts_over_as_if_the_command_line_had_set_it_and_the_curve_before_is_kept() {
    let folder = Folder::new(LAB);
    let mut session = folder.session(&[]);
    let before = steps(&mut session, 10);
    assert!(before.runs.past.is_empty());
    let said = notice(session.set(&set(&["training.batch=8"])).unwrap());
    assert_eq!(said, "batch 8 (before: batch 16): the run starts over");
    assert_eq!((session.snapshot().step, session.snapshot().batch), (0, 8));
    let now = steps(&mut session, 10);
    assert_eq!(losses(&now), losses(&steps(&mut folder.session(&["training.batch=8"]), 10)));
    let past = now.runs.beside().unwrap();
    assert_eq!((past.row.step, past.row.loss), (10, before.loss.smooth_last));
    let (present, past_row) = (&now.runs.present[0], &past.row);
    assert_eq!(past_row.differs_from(present), ["batch 16"]);
    assert_eq!(present.differs_from(past_row), ["batch 8"]);
    assert_eq!((past_row.number, present.number), (1, 2));
    assert_eq!((past_row.set(), present.set()), (Vec::new(), vec!["batch 8".to_owned()]));
    let curve: Vec<f64> = past.curve.buckets.iter().map(|bucket| bucket.last).collect();
    assert_eq!(curve.len(), 10);
    // Laid aside by hand, it stays away; the others can be laid in its place.
    session.send(Command::Beside(None));
    assert_eq!(session.snapshot().runs.beside, None);
    session.send(Command::Beside(Some(past_row.id)));
    assert_eq!(session.snapshot().runs.beside, Some(past_row.id));
    session.send(Command::Beside(Some(9999)));
    assert_eq!(session.snapshot().runs.beside, None);
}

#[test]
fn what_is_taken_back_is_what_the_file_says() {
    let folder = Folder::new(LAB);
    let mut session = folder.session(&["optimizer.lr=0.5"]);
    let plain = losses(&steps(&mut folder.session(&[]), 6));
    session.set(&set(&["training.batch=8", "seed=9"])).unwrap();
    let said = notice(session.set(&unset(&["training.batch"])).unwrap());
    assert_eq!(said, "batch 16 (before: batch 8): the run starts over");
    assert_eq!((session.snapshot().batch, session.snapshot().seed), (16, 9));
    let refused = session.set(&unset(&["training.batch"])).unwrap_err();
    assert!(refused.what().contains("`training.batch` is not set"), "{refused}");
    // All of it, what the command line has set as well.
    session.set(&unset(&[])).unwrap();
    assert_eq!(losses(&steps(&mut session, 6)), plain);
    assert!(session.set(&unset(&[])).unwrap_err().what().contains("nothing is set"));
}

#[test]
fn what_is_wrong_changes_nothing_and_the_run_goes_on() {
    let folder = Folder::new(LAB);
    let (mut session, mut plain) = (folder.session(&[]), folder.session(&[]));
    steps(&mut session, 5);
    for (wrong, said) in [
        ("training.batsh=1", "batsh"),
        ("training.batch=0", "training.batch"),
        ("training.batch=fulll", "training.batch"),
        ("network[9].dense=3", "no element"),
        ("optimizer.rule=adamm", "adamm"),
        ("optimizer.lr=[", "YAML"),
        ("data.validation=2", "data.validation"),
        ("nothing=1", "nothing"),
    ] {
        let error = session.set(&set(&[wrong])).map(notice).unwrap_err();
        assert!(error.to_string().contains(said), "{wrong}: {error}");
        if let Some(place) = error.place() {
            assert!(place.source.name.starts_with(":set "), "{wrong}: {}", place.source.name);
        }
    }
    assert_eq!(losses(&steps(&mut session, 7)), losses(&steps(&mut plain, 12)));
    assert!(session.snapshot().runs.past.is_empty());
}

#[test]
fn a_value_that_the_lab_has_already_and_one_that_is_only_shown_disturb_no_run() {
    let folder = Folder::new(LAB);
    let mut session = folder.session(&[]);
    steps(&mut session, 5);
    let said = notice(session.set(&set(&["training.batch=16"])).unwrap());
    assert!(said.contains("has already"), "{said}");
    let said = notice(session.set(&set(&["watch.speed=20"])).unwrap());
    assert!(said.contains("the run goes on"), "{said}");
    let snapshot = session.snapshot();
    assert_eq!((snapshot.step, snapshot.speed), (5, Speed::PerSecond(20.0)));
    let FileChange::Set { panes, .. } = session.set(&set(&["watch.panes=[runs, loss]"])).unwrap() else { panic!() };
    assert_eq!(panes, Some(vec!["runs".to_owned(), "loss".to_owned()]));
}

#[test]
fn the_seed_that_is_set_is_the_run_s_whatever_it_was_by_hand() {
    let folder = Folder::new(LAB);
    let mut session = folder.session(&[]);
    session.send(Command::Restart { seed: Some(77) });
    steps(&mut session, 3);
    let said = notice(session.set(&set(&["seed=4"])).unwrap());
    assert!(said.starts_with("seed 4"), "{said}");
    let now = steps(&mut session, 3);
    assert_eq!((now.seed, losses(&now)), (4, losses(&steps(&mut folder.session(&[]), 3))));
    assert_eq!(now.runs.past.last().unwrap().row.set(), ["seed 77"]);
    // Another key leaves the seed alone.
    session.send(Command::Restart { seed: Some(77) });
    session.set(&set(&["training.batch=8"])).unwrap();
    assert_eq!(session.snapshot().seed, 77);
}

#[test]
fn keys_that_exclude_each_other_are_set_in_each_other_s_place() {
    let folder = Folder::new(LAB);
    let mut session = folder.session(&["training.epochs=2"]);
    session.set(&set(&["training.steps=7"])).unwrap();
    assert_eq!(session.snapshot().steps_total, 7);
    session.set(&set(&["training.epochs=1"])).unwrap();
    assert_eq!(session.snapshot().steps_total, 5);
    assert_eq!(session.lab().written.overrides.typed, ["training.epochs=1"]);
}

#[test]
fn an_edit_keeps_what_was_set_and_says_so() {
    let folder = Folder::new(LAB);
    let mut session = folder.session(&[]);
    session.set(&set(&["training.batch=8"])).unwrap();
    steps(&mut session, 4);
    fs::write(folder.path("lab.yaml"), LAB.replace("lr: 0.01", "lr: 0.02")).unwrap();
    let lab = open(&folder.path("lab.yaml"));
    let said = notice(session.edit(&[folder.spec()], lab));
    assert!(said.contains("in effect from the next step on; training.batch=8 stays set"), "{said}");
    let now = steps(&mut session, 1);
    assert_eq!((now.batch, now.hyper[0].value, now.step), (8, 0.02, 5));
    // The value of the file that is set over is not used, and that is said.
    fs::write(folder.path("lab.yaml"), LAB.replace("lr: 0.01", "lr: 0.02").replace("batch: 16", "batch: 32")).unwrap();
    let said = notice(session.edit(&[folder.spec()], open(&folder.path("lab.yaml"))));
    assert!(
        said.contains("`:set training.batch` still covers the file's value, which `:unset training.batch` shows"),
        "{said}"
    );
    session.set(&unset(&["training.batch"])).unwrap();
    assert_eq!(session.snapshot().batch, 32);
    // An edit that waits for the next start comes with it, and is told.
    steps(&mut session, 2);
    fs::write(folder.path("lab.yaml"), LAB.replace("dense: 6", "dense: 9")).unwrap();
    session.edit(&[folder.spec()], open(&folder.path("lab.yaml")));
    let said = notice(session.set(&set(&["training.batch=16"])).unwrap());
    assert!(said.contains("units 9") && said.ends_with("the run starts over"), "{said}");
    assert_eq!((session.snapshot().step, &session.snapshot().state[0].shape[..]), (0, &[2, 9][..]));
}

#[test]
fn a_saved_run_a_fork_and_a_way_back_are_those_of_what_was_set() {
    let folder = Folder::new(LAB);
    let mut session = folder.session(&[]);
    steps(&mut session, 3);
    session.set(&set(&["training.batch=8", "network[0].dense=9"])).unwrap();
    let run = steps(&mut session, 8);
    session.send(Command::Travel(Travel::Back));
    session.send(Command::Goto(2));
    let back = session.snapshot();
    assert_eq!((back.step, back.batch, back.timeline.seen), (2, 8, 8));
    session.send(Command::Fork { run: None });
    let forked = steps(&mut session, 1);
    assert_eq!(forked.runs.present.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["adam", "adam_fork_1"]);
    assert!(forked.runs.present.iter().all(|row| row.number == 2 && row.set() == ["batch 8", "network[0] dense 9"]));
    session.send(Command::Goto(0));
    let path = folder.path("saved.yaml").display().to_string();
    let told = session.save(&path, false).unwrap();
    assert!(told.contains("seed 4, training.batch=8 network[0].dense=9"), "{told}");
    let options = Options::default();
    let again = steps(&mut Session::of(open(&folder.path("saved.yaml")), options).unwrap(), 8);
    assert_eq!((again.batch, losses(&again)), (8, losses(&run)));
}

#[test]
fn a_checkpoint_of_a_run_with_values_set_goes_on_with_them() {
    let folder = Folder::new(LAB);
    let mut session = folder.session(&[]);
    session.set(&set(&["training.batch=8"])).unwrap();
    steps(&mut session, 4);
    let bytes = session.checkpoint().unwrap();
    let on = losses(&steps(&mut session, 4));
    session.restore(&bytes).unwrap();
    let again = steps(&mut session, 4);
    assert_eq!((again.batch, losses(&again)), (8, on.clone()));
    // A program that was started with the same value knows it as its own.
    let mut other = folder.session(&["training.batch=8"]);
    other.restore(&bytes).unwrap();
    assert_eq!(losses(&steps(&mut other, 4)), on);
    assert_eq!(other.snapshot().runs.present[0].settings.values, again.runs.present[0].settings.values);
    // What was set is set no more: the checkpoint has its own edition of the lab, and the runs go on by it.
    session.set(&unset(&[])).unwrap();
    assert_eq!(steps(&mut session, 2).batch, 16);
    session.restore(&bytes).unwrap();
    let lifted = steps(&mut session, 4);
    assert_eq!((lifted.batch, losses(&lifted)), (8, on.clone()));
    // Another lab's runs are refused, and nothing is changed.
    let mut plain = folder.session(&[]);
    let refused = plain.restore(&bytes).unwrap_err();
    assert!(refused.to_string().contains("training.batch differ (there training.batch=8)"), "{refused}");
    assert_eq!(plain.snapshot().batch, 16);
}

#[test]
fn every_start_is_a_row_and_what_is_kept_is_bounded() {
    let folder = Folder::new(LAB);
    let mut session = folder.session(&[]);
    // A run that made no step is nothing to keep.
    session.send(Command::Restart { seed: None });
    assert!(session.snapshot().runs.past.is_empty());
    steps(&mut session, 2);
    session.send(Command::SetHyper { run: None, name: "lr".into(), value: 0.5 });
    steps(&mut session, 13);
    session.send(Command::Restart { seed: None });
    let runs = session.snapshot().runs;
    let row = &runs.past[0].row;
    assert_eq!((row.status, row.step, row.set()), ("finished", 15, vec!["lr = 0.5 @2".to_owned()]));
    // Steps that are made one by one are all watched, so that nothing is known of their time.
    assert!(row.val_loss.is_some() && row.val_accuracy.is_some() && row.seconds == 0.0);
    assert_eq!(runs.present[0].number, 2);
    // The same lab over again is laid beside by hand alone.
    assert_eq!(runs.beside, None);
    for _ in 0..70 {
        steps(&mut session, 1);
        session.send(Command::Restart { seed: None });
    }
    let runs = session.snapshot().runs;
    assert_eq!((runs.past.len(), runs.past[0].row.number, runs.present[0].number), (64, 8, 72));
}

#[test]
fn all_runs_of_a_race_are_rows_and_a_series_has_its_own() {
    let race = format!("{LAB}compare:\n  slow: {{optimizer: {{rule: sgd, lr: 0.1}}}}\n");
    let folder = Folder::new(&race);
    let mut session = folder.session(&[]);
    steps(&mut session, 4);
    session.send(Command::Show(1));
    let said = notice(session.set(&set(&["compare.slow.optimizer.lr=0.3"])).unwrap());
    assert_eq!(said, "slow lr 0.3 (before: slow lr 0.1): the run starts over");
    let now = steps(&mut session, 2);
    let names: Vec<String> =
        now.runs.past.iter().map(|past| format!("{} {}", past.row.number, past.row.name)).collect();
    assert_eq!((names, now.runs.present.len()), (vec!["1 adam".to_owned(), "1 slow".to_owned()], 2));
    assert_eq!(now.runs.beside().unwrap().row.name, "slow");

    let mut walk =
        Session::open("moving-averages", &[], Options::default()).unwrap_or_else(|errors| panic!("{}", errors[0]));
    steps(&mut walk, 5);
    walk.set(&set(&["averages[0].simple=4"])).map_or_else(|error| panic!("{error}"), notice);
    let now = walk.snapshot();
    assert_eq!((now.step, now.runs.past.len(), now.runs.past[0].row.step), (0, 1, 5));
    assert!(now.runs.past[0].curve.buckets.is_empty() && now.runs.beside.is_none());

    let mut hill = Session::open("momentum-in-the-ravine", &[], Options::default())
        .unwrap_or_else(|errors| panic!("{}", errors[0]));
    steps(&mut hill, 5);
    hill.set(&set(&["landscape.start=[0.5, 0.5]"])).map_or_else(|error| panic!("{error}"), notice);
    assert_eq!(hill.snapshot().runs.beside().unwrap().curve.buckets.len(), 5);
}

/// What has come of it, within a minute.
fn change(live: &mut Live) -> FileChange {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(change) = live.file_change() {
            return change;
        }
        assert!(Instant::now() < patience, "nothing came of it");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn until(live: &Live, what: impl Fn(&Snapshot) -> bool) -> Snapshot {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(snapshot) = live.latest().filter(|snapshot| what(snapshot)) {
            return (*snapshot).clone();
        }
        assert!(Instant::now() < patience, "it did not come to it");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_run_that_goes_on_is_set_while_it_goes_and_goes_on_with_it() {
    let folder = Folder::new(&LAB.replace("epochs: 3", "epochs: 100000"));
    let options = Options { way_back: true, ..Options::default() };
    let mut live =
        Live::open(&folder.spec(), &Overrides::default(), options).unwrap_or_else(|errors| panic!("{}", errors[0]));
    live.send(Command::Run);
    until(&live, |snapshot| snapshot.step > 20);
    live.set(&set(&["training.batch=0"])).unwrap();
    assert!(matches!(change(&mut live), FileChange::Refused(_)));
    assert!(until(&live, |snapshot| snapshot.step > 20).status == Status::Running);
    live.set(&set(&["training.batch=8"])).unwrap();
    // One at a time.
    let second = live.set(&set(&["training.batch=4"])).unwrap_err();
    assert!(second.what().contains("still being checked"), "{second}");
    assert!(notice(change(&mut live)).starts_with("batch 8"));
    let now = until(&live, |snapshot| snapshot.batch == 8 && snapshot.step > 5);
    assert_eq!((now.status, now.runs.past.len()), (Status::Running, 1));
    // The row of a run that goes on is live.
    until(&live, |later| later.runs.present[0].seconds > now.runs.present[0].seconds);
    // A file that is saved afterwards is read with the value.
    fs::write(folder.path("lab.yaml"), LAB.replace("lr: 0.01", "lr: 0.02")).unwrap();
    let said = notice(change(&mut live));
    assert!(said.contains("training.batch=8 stays set"), "{said}");
    // And one that is saved just before it is set is not lost by it.
    fs::write(folder.path("lab.yaml"), LAB.replace("lr: 0.01", "lr: 0.03")).unwrap();
    std::thread::sleep(Duration::from_millis(900));
    live.set(&set(&["training.batch=4"])).unwrap();
    let (first, second) = (notice(change(&mut live)), notice(change(&mut live)));
    assert!(first.contains("was saved") && second.starts_with("batch 4"), "{first}; {second}");
    let now = until(&live, |snapshot| snapshot.batch == 4);
    assert_eq!(now.hyper[0].value, 0.03);
}
