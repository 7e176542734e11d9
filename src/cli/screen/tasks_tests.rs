//! The tasks of a lab as the screen's host has them: judged beside the run, kept, and told.

use std::fs;
use std::path::Path;

use super::tasks::Tasks;
use crate::clock::Clock;
use crate::lab::{Lab, Overrides};
use crate::snapshot::{Intervention, Outcome, Snapshot, Speed, Status, TaskSeen, TaskState};
use crate::ui::Deed;

const LAB: &str = r"format: 1
id: a-lab
landscape: {source: bowl, start: [1, 1]}
optimizer: {rule: mine.rhai, lr: 0.1}
training: {steps: 20}
tasks:
  - {id: sum, kind: question, say: What is 1 + 1?, answer: 2, hints: [Count., Two.]}
  - {id: low, kind: goal, say: Go lower., edit: [optimizer], check: run.height < 0.5 && run.step >= 5}
  - {id: write, kind: script, say: Write it., file: mine.rhai, same_as: sgd}
  - {id: why, kind: text, say: Why **so**?, rubric: Anything.}
";

const RULE: &str = "//! A step.\n//! W = W - lr dW\n//! Source: a test.\n\nfn hyper() { #{ lr: 0.1 } }\nfn state(w) { #{} }\n\
    fn update(w, dw, state, h, t) {\n    w - h.lr * dw * 0.5\n}\n";

/// A working folder with the lab, and its tasks.
struct Opened {
    folder: tempfile::TempDir,
    tasks: Tasks,
}

impl Opened {
    fn new(set: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".optlab")).unwrap();
        fs::write(folder.path().join(".optlab/root"), "").unwrap();
        Self::within(folder, set)
    }

    fn within(folder: tempfile::TempDir, set: &[&str]) -> Self {
        fs::write(folder.path().join("a.yaml"), LAB).unwrap();
        fs::write(folder.path().join("mine.rhai"), RULE).unwrap();
        let lab = read(folder.path(), set);
        let spec = folder.path().join("a.yaml").display().to_string();
        let mut tasks = Tasks::of(&lab, &spec, None, &Clock::wall()).unwrap();
        assert!(tasks.news().is_some() && tasks.news().is_none(), "it is told once");
        Self { folder, tasks }
    }

    fn seen(&mut self, id: &str) -> TaskSeen {
        let seen = self.tasks.news().expect("something has come of it");
        seen.tasks.iter().find(|task| task.id == id).unwrap().clone()
    }

    /// A task before anything more is taken up of what is worked out beside the screen, whoever is faster.
    fn seen_before(&mut self, id: &str) -> TaskSeen {
        let seen = self.tasks.news_before_more_comes().expect("something has come of it");
        seen.tasks.iter().find(|task| task.id == id).unwrap().clone()
    }

    /// Waits for a verdict.
    fn judged(&mut self, id: &str) -> TaskSeen {
        self.tasks.wait_for_one();
        self.seen(id)
    }

    fn progress(&self) -> String {
        fs::read_to_string(self.folder.path().join("progress.yaml")).unwrap_or_default()
    }
}

fn read(folder: &Path, set: &[&str]) -> Lab {
    let set = Overrides { set: set.iter().map(|set| (*set).to_owned()).collect(), ..Overrides::default() };
    Lab::open(&folder.join("a.yaml").display().to_string(), &set).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn at(step: u64) -> Snapshot {
    let mut snapshot = Snapshot::failed(Status::Running, Speed::Max);
    snapshot.step = step;
    snapshot
}

#[test]
fn an_answer_is_judged_beside_the_screen_and_kept() {
    let mut lab = Opened::new(&[]);
    lab.tasks.act("sum", &Deed::Answer("3".into())).unwrap();
    assert!(lab.tasks.is_judging("sum"), "nobody waits for the verdict");
    let wrong = lab.judged("sum");
    assert_eq!((wrong.state, wrong.judging), (TaskState::Open, false));
    assert_eq!(wrong.verdict.unwrap().outcome, Outcome::Failed);
    lab.tasks.act("sum", &Deed::Answer("2".into())).unwrap();
    let right = lab.judged("sum");
    assert_eq!((right.state, right.got), (TaskState::Solved, 1.0));
    assert!(lab.progress().contains("sum"), "{}", lab.progress());
    let wrong = lab.tasks.act("som", &Deed::Hint).unwrap_err();
    assert!(wrong.help_lines().iter().any(|line| line.contains("`sum`")), "{wrong:?}");
}

#[test]
fn of_two_answers_the_newer_one_counts() {
    let mut lab = Opened::new(&[]);
    lab.tasks.act("sum", &Deed::Answer("3".into())).unwrap();
    lab.tasks.act("sum", &Deed::Answer("2".into())).unwrap();
    while lab.judged("sum").judging {}
    lab.tasks.act("sum", &Deed::Hint).unwrap();
    assert_eq!(lab.seen("sum").state, TaskState::Solved);
}

#[test]
fn hints_are_shown_and_a_task_is_given_up_at_once() {
    let mut lab = Opened::new(&[]);
    lab.tasks.act("sum", &Deed::Hint).unwrap();
    let seen = lab.seen("sum");
    assert_eq!((seen.hints.as_slice(), seen.more_hints), (["Count.".to_owned()].as_slice(), 1));
    lab.tasks.act("sum", &Deed::GiveUp).unwrap();
    let seen = lab.seen("sum");
    assert_eq!((seen.state, seen.right.as_deref()), (TaskState::GivenUp, Some("2")));
    assert!(lab.tasks.act("sum", &Deed::Answer("2".into())).is_err());
}

#[test]
fn a_goal_is_judged_as_soon_as_the_run_may_have_met_it() {
    let mut lab = Opened::new(&[]);
    lab.tasks.look_at(&at(3));
    assert!(lab.tasks.news().is_none(), "it is not met yet");
    // Where it stands is not known here; the end of a run is looked at all the same.
    lab.tasks.look_at(&Snapshot { status: Status::Finished, ..at(20) });
    assert!(lab.tasks.is_judging("low"));
    let judged = lab.judged("low");
    assert!(judged.verdict.is_some(), "{judged:?}");
    assert!(!judged.edited, "the files are as they were when the lab was opened");
    // With the same files it has the same verdict.
    lab.tasks.look_at(&Snapshot { status: Status::Finished, ..at(20) });
    assert!(lab.tasks.news().is_none());
}

#[test]
fn what_was_turned_by_hand_does_not_count_and_that_is_said() {
    let by_hand = |seen: &TaskSeen| seen.verdict.as_ref().is_some_and(|verdict| verdict.message.contains("by hand"));
    let goal = LAB.replace("run.height < 0.5 && run.step >= 5", "run.step >= 100");
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".optlab")).unwrap();
    fs::write(folder.path().join(".optlab/root"), "").unwrap();
    let mut lab = Opened::within(folder, &[]);
    fs::write(lab.folder.path().join("a.yaml"), goal).unwrap();
    let spec = lab.folder.path().join("a.yaml").display().to_string();
    let opened = |lab: &Lab| Tasks::of(lab, &spec, None, &Clock::wall()).unwrap();
    lab.tasks = opened(&read(lab.folder.path(), &[]));
    let mut turned = at(107);
    let what = Intervention::Set { name: "lr".into(), value: 0.5 };
    turned.timeline.events.push(crate::snapshot::Event { step: 2, run: "mine".into(), what });
    lab.tasks.look_at(&turned);
    assert!(by_hand(&lab.seen("low")));
    lab.tasks.look_at(&turned);
    assert!(lab.tasks.news().is_none(), "it is told once");
    // A newer word on it is what the files make.
    lab.tasks.act("low", &Deed::Judge).unwrap();
    assert!(!by_hand(&lab.judged("low")));
    lab.tasks.look_at(&turned);
    assert!(lab.tasks.news().is_none());
    // So is what was laid over the lab.
    lab.tasks = opened(&read(lab.folder.path(), &["optimizer.lr=0.5"]));
    lab.tasks.look_at(&at(107));
    assert!(by_hand(&lab.seen("low")));
    // By the files alone it is judged.
    lab.tasks = opened(&read(lab.folder.path(), &[]));
    lab.tasks.look_at(&at(107));
    assert!(lab.tasks.is_judging("low"));
}

#[test]
fn files_are_judged_at_every_save_also_where_they_make_no_lab() {
    let mut lab = Opened::new(&[]);
    let mine = lab.folder.path().join("mine.rhai");
    fs::write(&mine, RULE.replace(" * 0.5", " *) 0.5")).unwrap();
    lab.tasks.saved_broken();
    assert!(lab.tasks.is_judging("write"));
    while lab.judged("write").judging {}
    fs::write(&mine, RULE.replace(" * 0.5", "")).unwrap();
    lab.tasks.take_up(&read(lab.folder.path(), &[]));
    assert!(lab.tasks.is_judging("write"));
}

#[test]
fn a_save_of_one_file_judges_what_was_edited_and_nothing_else() {
    let mut lab = Opened::new(&[]);
    fs::write(lab.folder.path().join("a.yaml"), LAB.replace("lr: 0.1}", "lr: 0.2}")).unwrap();
    lab.tasks.take_up(&read(lab.folder.path(), &[]));
    assert!(lab.tasks.is_judging("low") && !lab.tasks.is_judging("write"));
}

/// Its run takes a while, so that the number comes beside the screen.
#[test]
fn the_answer_of_a_measure_that_was_given_up_is_worked_out_beside_the_screen() {
    let mut lab = Opened::new(&[]);
    let network = "format: 1\nid: net\ndata: {source: moons, samples: 40}\nnetwork: [dense: 2]\nloss: cross_entropy\n\
        training: {epochs: 1, batch: 10}\noptimizer: {rule: sgd, lr: 0}\n\
        tasks:\n  - {id: count, kind: measure, say: How many?, value: run.step, within: 0}\n  \
        - {id: other, kind: measure, say: And so?, of: {training.batch: 20}, until: run.epoch >= 1, value: run.step}\n";
    fs::write(lab.folder.path().join("a.yaml"), network).unwrap();
    let open = |lab: &Opened| {
        let spec = lab.folder.path().join("a.yaml").display().to_string();
        Tasks::of(&read(lab.folder.path(), &[]), &spec, None, &Clock::wall()).unwrap()
    };
    lab.tasks = open(&lab);
    lab.tasks.act("count", &Deed::GiveUp).unwrap();
    let right = |seen: TaskSeen| seen.right.unwrap();
    assert_eq!(right(lab.seen_before("count")), "it is being worked out (`run.step` at the end of the run)");
    assert_eq!(right(lab.judged("count")), "4, which is `run.step` at the end of the run");
    // Of another run than the lab's own it is said of which.
    lab.tasks.act("other", &Deed::GiveUp).unwrap();
    let other = "`run.step` at the first step of epoch 1 of a run with `training.batch=20`";
    assert_eq!(right(lab.seen_before("other")), format!("it is being worked out ({other})"));
    assert_eq!(right(lab.judged("other")), format!("1, which is {other}"));
    // It is not kept, and worked out again.
    lab.tasks = open(&lab);
    assert_eq!(right(lab.judged("count")), "4, which is `run.step` at the end of the run");
}

#[test]
fn sentences_are_taken_from_their_file() {
    let mut lab = Opened::new(&[]);
    let file = lab.tasks.sentences("why").unwrap();
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("Why **so**?") && file.starts_with(lab.folder.path()), "{}", file.display());
    let empty = lab.tasks.act("why", &Deed::Written).unwrap_err();
    assert!(empty.what().contains("nothing was written"), "{empty}");
    fs::write(&file, format!("{text}It is so.\nAnd so.\n")).unwrap();
    lab.tasks.act("why", &Deed::Written).unwrap();
    let seen = lab.judged("why");
    assert_eq!((seen.state, seen.answer.as_deref()), (TaskState::Recorded, Some("It is so.\nAnd so.")));
    // Opened once more, they stand there.
    let again = fs::read_to_string(lab.tasks.sentences("why").unwrap()).unwrap();
    assert!(again.ends_with("It is so.\nAnd so.\n"), "{again}");
    assert!(lab.tasks.sentences("wy").is_err());
}

#[test]
fn what_cannot_be_kept_is_said_and_everything_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".optlab")).unwrap();
    fs::write(folder.path().join(".optlab/root"), "").unwrap();
    // A folder in the place of the file: nobody can write there.
    fs::create_dir(folder.path().join("progress.yaml")).unwrap();
    let mut lab = Opened::within(folder, &[]);
    lab.tasks.act("sum", &Deed::Hint).unwrap();
    let seen = lab.tasks.news().unwrap();
    assert!(seen.unsaved.as_ref().is_some_and(|why| why.contains("progress.yaml")), "{:?}", seen.unsaved);
    assert_eq!(seen.tasks[0].hints.len(), 1);
    lab.tasks.act("sum", &Deed::Answer("2".into())).unwrap();
    assert_eq!(lab.judged("sum").state, TaskState::Solved);
}
