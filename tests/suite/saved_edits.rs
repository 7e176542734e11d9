//! A lab that is saved where its runs do not take it up by themselves: what is shown is then not of the saved file, which stands
//! there as long as it is true; runs to which nothing was done start over at once.

use std::fs;
use std::path::PathBuf;

use optlab::lab::{Lab, Overrides};
use optlab::run::{Command, Travel};
use optlab::session::{FileChange, Options, Session, Setting};
use optlab::snapshot::Status;

const LAB: &str = "format: 1
id: saved
title: Saved
about: |
  A lab to save.
seed: 4
data: {source: moons, samples: 96, validation: 0.25}
network: [dense: 6, tanh, dense: 2]
loss: cross_entropy
training: {steps: 6, batch: 16}
optimizer: {rule: adam, lr: 0.01}
";

/// A lab on the disk with its runs at step 0.
struct Desk {
    folder: tempfile::TempDir,
    session: Session,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("lab.yaml"), LAB).unwrap();
        let options = Options { way_back: true, ..Options::default() };
        let spec = folder.path().join("lab.yaml").display().to_string();
        let session = Session::open(&spec, &[], options).unwrap_or_else(|errors| panic!("{}", errors[0]));
        Self { folder, session }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("lab.yaml")
    }

    /// Saves the lab, and gives what is said.
    fn save(&mut self, text: &str) -> String {
        fs::write(self.path(), text).unwrap();
        let lab = Lab::open(self.path().to_str().unwrap(), &Overrides::default());
        match self.session.edit(&["lab.yaml".to_owned()], lab.unwrap_or_else(|errors| panic!("{}", errors[0]))) {
            FileChange::Edited { notice, .. } => notice,
            other => panic!("{other:?}"),
        }
    }

    fn steps(&mut self, count: u64) {
        (0..count).for_each(|_| self.session.step());
    }

    /// What stands there of files that what is shown is not of.
    fn stands(&mut self) -> Option<String> {
        self.session.snapshot().timeline.saved
    }

    fn start_over(&mut self) {
        self.session.send(Command::Restart { seed: None });
    }
}

#[test]
fn a_run_that_is_over_is_told_not_to_be_of_the_file_that_was_saved_until_it_starts_over() {
    for to in
        [LAB.replace("lr: 0.01", "lr: 0.02"), LAB.replace("dense: 6", "dense: 7"), LAB.replace("batch: 16", "batch: 8")]
    {
        let mut desk = Desk::new();
        desk.steps(6);
        assert_eq!((desk.session.status().clone(), desk.stands()), (Status::Finished, None));
        let said = desk.save(&to);
        assert!(said.starts_with("lab.yaml was saved: r starts over with it"), "{said}");
        assert_eq!(desk.stands().as_deref(), Some("lab.yaml"));
        desk.start_over();
        assert_eq!((desk.session.snapshot().step, desk.stands()), (0, None));
    }
}

#[test]
fn what_a_run_takes_up_on_its_way_is_of_the_saved_file() {
    let mut desk = Desk::new();
    desk.steps(3);
    let said = desk.save(&LAB.replace("lr: 0.01", "lr: 0.02"));
    assert_eq!((said.as_str(), desk.stands()), ("lab.yaml was saved: in effect from the next step on", None));
    // One that is over takes it up where it can go on again.
    desk.steps(3);
    desk.save(&LAB.replace("lr: 0.01", "lr: 0.04"));
    assert_eq!(desk.stands().as_deref(), Some("lab.yaml"));
    desk.session.send(Command::Travel(Travel::Back));
    assert_eq!((desk.session.snapshot().hyper[0].value, desk.stands()), (0.04, None));
}

#[test]
fn a_file_that_says_again_what_the_run_is_made_of_is_that_of_the_run() {
    let mut desk = Desk::new();
    desk.steps(2);
    desk.save(&LAB.replace("dense: 6", "dense: 7"));
    assert_eq!(desk.stands().as_deref(), Some("lab.yaml"));
    // The rate alone would be taken up on the way, but not with a network that the run does not have.
    let said = desk.save(&LAB.replace("dense: 6", "dense: 7").replace("0.01", "0.02"));
    assert_eq!(said, "lab.yaml was saved: r starts over with it, since network changed");
    assert_eq!(desk.stands().as_deref(), Some("lab.yaml"));
    let said = desk.save(LAB);
    assert_eq!((said.as_str(), desk.stands()), ("lab.yaml was saved, and is again what the run is made of", None));
    desk.start_over();
    assert_eq!(desk.session.snapshot().state[0].shape, [2, 6]);
}

#[test]
fn a_run_to_which_nothing_was_done_is_at_once_of_the_saved_file() {
    let mut desk = Desk::new();
    let said = desk.save(&LAB.replace("dense: 6", "dense: 7"));
    assert_eq!(said, "lab.yaml was saved: the run uses it, from step 0 on");
    let now = desk.session.snapshot();
    assert_eq!(
        (&now.status, now.step, &now.state[0].shape[..], now.timeline.saved),
        (&Status::Ready, 0, &[2, 7][..], None)
    );
    assert!(now.runs.past.is_empty() && now.timeline.events.is_empty());
    // Gone back to step 0 it has been further, and what was turned by hand there is not lost either.
    desk.steps(2);
    desk.session.send(Command::Goto(0));
    desk.save(LAB);
    assert_eq!((desk.session.snapshot().state[0].shape[1], desk.stands().as_deref()), (7, Some("lab.yaml")));
    let mut desk = Desk::new();
    desk.session.send(Command::SetHyper { run: None, name: "lr".into(), value: 0.5 });
    desk.save(&LAB.replace("dense: 6", "dense: 7"));
    assert_eq!((desk.session.snapshot().hyper[0].value, desk.stands().as_deref()), (0.5, Some("lab.yaml")));
}

#[test]
fn a_key_that_is_set_by_hand_is_told_to_cover_what_the_file_says_of_it_now() {
    let mut desk = Desk::new();
    desk.session.set(&Setting::Set(vec!["optimizer.lr=0.51".into(), "training.batch=8".into()])).unwrap();
    desk.steps(2);
    let said = desk.save(&LAB.replace("lr: 0.01", "lr: 0.25"));
    let covers = "`:set optimizer.lr` still covers the file's value, which `:unset optimizer.lr` shows";
    assert_eq!(said, format!("lab.yaml was saved, and the run is the same: {covers}; training.batch=8 stays set"));
    // So it is where something else has changed as well.
    let said = desk.save(&LAB.replace("lr: 0.01", "lr: 0.26").replace("steps: 6", "steps: 9"));
    assert_eq!(
        said,
        format!("lab.yaml was saved: in effect from the next step on; training.batch=8 stays set; but {covers}")
    );
    let said = desk
        .save(&LAB.replace("lr: 0.01", "lr: 0.27").replace("batch: 16", "batch: 4").replace("steps: 6", "steps: 9"));
    assert!(said.ends_with("the run is the same: `:set optimizer.lr training.batch` still covers the file's values, which `:unset optimizer.lr training.batch` shows"), "{said}");
    desk.session.set(&Setting::Unset(vec!["optimizer.lr".into()])).unwrap();
    assert_eq!(desk.session.snapshot().hyper[0].value, 0.27);
}

#[test]
fn a_key_covers_what_was_saved_of_it_until_it_is_taken_back_or_set_anew() {
    let mut desk = Desk::new();
    let set = |desk: &mut Desk, setting: Setting| match desk.session.set(&setting).unwrap() {
        FileChange::Set { covered, .. } => covered,
        other => panic!("{other:?}"),
    };
    let saved = |desk: &mut Desk, text: &str| {
        fs::write(desk.path(), text).unwrap();
        let lab = Lab::open(desk.path().to_str().unwrap(), &Overrides::default()).unwrap();
        match desk.session.edit(&["lab.yaml".to_owned()], lab) {
            FileChange::Edited { covered, .. } => covered,
            other => panic!("{other:?}"),
        }
    };
    let both = || Setting::Set(vec!["optimizer.lr=0.51".into(), "training.batch=8".into()]);
    assert!(set(&mut desk, both()).is_empty(), "nothing was saved yet");
    assert!(saved(&mut desk, &LAB.replace("title: Saved", "title: Again")).is_empty());
    let other = LAB.replace("lr: 0.01", "lr: 0.25");
    assert_eq!(saved(&mut desk, &other), ["optimizer.lr"]);
    // Saved as it was, or with another key, it is covered all the same.
    assert_eq!(saved(&mut desk, &other), ["optimizer.lr"]);
    assert_eq!(saved(&mut desk, &other.replace("batch: 16", "batch: 4")), ["optimizer.lr", "training.batch"]);
    assert_eq!(set(&mut desk, Setting::Set(vec!["optimizer.lr=0.1".into()])), ["training.batch"]);
    assert!(set(&mut desk, Setting::Unset(Vec::new())).is_empty());
}
