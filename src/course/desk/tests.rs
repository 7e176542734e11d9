//! A desk from opening to all done: nothing that was done is ever taken back, and nothing that is asked is answered.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::clock::{Clock, Virtual};
use crate::lab::{Library, Overrides};
use crate::snapshot::{Asks, Outcome};
use crate::train::on_large_stack;

const LAB: &str = "
format: 1
id: own-lab
landscape: {source: bowl, start: [1, 1]}
optimizer: {rule: sgd, lr: 0.01}
training: {steps: 20}
learnt: Descent goes down.
tasks:
  - {id: number, kind: question, say: \"What is 1 - {beta}?\", draw: {beta: [0.9, 0.98, 0.5, 0.75, 0.6]}, answer: 1 - beta,
     within: 0.001, hints: [\"{beta} is beta.\", Subtract.], because: \"{beta} and the rest are 1.\"}
  - {id: pick, kind: question, say: Which?, choices: {a: up, b: down}, answer: b, before: nothing}
  - {id: sort, kind: question, say: In which order?, order: [gradient, average, step]}
  - {id: read, kind: measure, say: Where is it?, until: run.step >= 5, value: run.x, within: 0.001}
  - {id: reach, kind: goal, say: Go lower., edit: [optimizer], check: run.height < 0.001}
  - {id: find, kind: line, say: Which?, file: rule.rhai, answer: 2}
  - {id: why, kind: text, say: Why?, rubric: The slope.}
  - {id: secret, kind: question, say: Hidden?, answer: 1, hidden: true}
";
const RULE: &str = "fn hyper() { #{ lr: 0.1 } }\nfn update(w, dw, state, h, t) { w - h.lr * dw }\n";

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("rule.rhai"), RULE).unwrap();
        let place = Self { folder };
        place.save(LAB);
        place
    }

    fn lab(&self) -> PathBuf {
        self.folder.path().join("lab.yaml")
    }

    fn save(&self, text: &str) -> Option<Lab> {
        fs::write(self.lab(), text).unwrap();
        on_large_stack(|| Lab::open(self.lab().to_str().unwrap(), &Overrides::default())).ok()
    }

    fn shelf(&self) -> Shelf {
        Shelf::at(self.folder.path().join("progress.yaml"), Clock::of(Virtual::new()))
    }

    fn desk(&self) -> Desk {
        let name = self.lab().display().to_string();
        let lab = on_large_stack(|| Lab::open(&name, &Overrides::default())).unwrap();
        Desk::open(&lab, &name, self.shelf().for_student(Some("ana".into())))
    }
}

fn answered(desk: &mut Desk, id: &str, answer: Option<&str>) -> Verdict {
    let verdict = desk.judging(id, answer).unwrap().judge();
    desk.record(id, answer, &verdict).unwrap();
    verdict
}

fn state(desk: &Desk, id: &str) -> TaskState {
    desk.seen().tasks.into_iter().find(|task| task.id == id).unwrap().state
}

#[test]
fn tasks_are_seen_in_their_order_with_a_student_s_own_numbers_and_no_answer() {
    let place = Place::new();
    let seen = place.desk().seen();
    let ids: Vec<&str> = seen.tasks.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(ids, ["number", "pick", "sort", "read", "reach", "find", "why"], "hidden ones are not among them");
    assert!(!seen.tasks[0].say.contains('{'), "{}", seen.tasks[0].say);
    assert!(seen.tasks[0].before_run && !seen.tasks[1].before_run);
    assert!(seen.tasks.iter().all(|task| task.right.is_none() && task.because.is_empty() && task.got == 0.0));
    assert_eq!(seen.tasks[4].asks, Asks::Edit { keys: vec!["optimizer".into()], files: Vec::new() });
    let Asks::Order(mut shown) = seen.tasks[2].asks.clone() else { panic!() };
    shown.sort();
    assert_eq!(shown, ["average", "gradient", "step"]);
}

#[test]
fn a_right_answer_counts_in_full_after_a_wrong_one_and_is_kept() {
    let place = Place::new();
    let mut desk = place.desk();
    let wrong = answered(&mut desk, "pick", Some("a"));
    assert_eq!((wrong.outcome, state(&desk, "pick")), (Outcome::Failed, TaskState::Open));
    assert!(!wrong.message.contains("down"), "{}", wrong.message);
    assert!(answered(&mut desk, "pick", Some(" Down ")).passed());
    // What is solved stays solved.
    answered(&mut desk, "pick", Some("a"));
    let seen = place.desk().seen();
    assert_eq!((seen.tasks[1].state, seen.tasks[1].got, seen.tasks[1].tries), (TaskState::Solved, 1.0, 2));
    let kept = place.shelf().read().unwrap();
    let done = kept.of("own-lab", "pick").unwrap();
    assert_eq!((done.done.as_deref(), done.answer.as_deref()), (Some("2000-01-01T12:00:00Z"), Some("b")));
    assert_eq!(kept.student, "ana");
}

#[test]
fn an_answer_that_cannot_be_read_is_no_try() {
    let place = Place::new();
    let mut desk = place.desk();
    let verdict = answered(&mut desk, "number", Some("a lot"));
    assert_eq!(verdict.outcome, Outcome::Error);
    let seen = desk.seen();
    assert_eq!((seen.tasks[0].tries, seen.tasks[0].verdict.as_ref()), (0, Some(&verdict)));
    assert_eq!(desk.judging("number", None).unwrap().judge().outcome, Outcome::Error);
}

#[test]
fn hints_come_one_after_the_other_and_are_free() {
    let place = Place::new();
    let mut desk = place.desk();
    desk.hint("number").unwrap();
    let task = desk.seen().tasks.remove(0);
    assert_eq!((task.hints.len(), task.more_hints), (1, 1));
    assert!(task.hints[0].starts_with("0."), "{:?}", task.hints);
    desk.hint("number").unwrap();
    assert!(desk.hint("number").unwrap_err().what().contains("all 2"));
    assert!(desk.hint("pick").is_err());
    assert_eq!(place.desk().seen().tasks[0].hints.len(), 2);
}

#[test]
fn a_task_that_is_given_up_shows_its_answer_and_brings_nothing() {
    let place = Place::new();
    let mut desk = place.desk();
    for (id, right) in [
        ("number", "0."),
        ("pick", "b: down"),
        ("sort", "gradient, average, step"),
        ("read", "0."),
        ("find", "line 2: `fn update(w, dw, state, h, t) { w - h.lr * dw }`"),
    ] {
        desk.give_up(id).unwrap();
        let task = desk.seen().tasks.into_iter().find(|task| task.id == id).unwrap();
        assert!(task.right.as_deref().unwrap().starts_with(right), "{id}: {:?}", task.right);
        assert_eq!((task.state, task.got), (TaskState::GivenUp, 0.0));
        assert!(desk.judging(id, Some("1")).is_err() && desk.give_up(id).is_err());
    }
    assert!(desk.seen().tasks[0].because.starts_with("0."));
    let late = Verdict { points: 1.0, ..Verdict::of(Outcome::Passed, "right") };
    desk.record("pick", Some("b"), &late).unwrap();
    assert_eq!(state(&place.desk(), "pick"), TaskState::GivenUp);
    assert!(place.desk().seen().tasks[3].right.is_some(), "worked out again");
}

#[test]
fn a_goal_is_judged_again_whenever_what_counts_of_the_files_has_changed() {
    let place = Place::new();
    let mut desk = place.desk();
    assert_eq!(desk.to_judge(), ["reach"]);
    let verdict = answered(&mut desk, "reach", None);
    assert_eq!((verdict.outcome, desk.to_judge().len()), (Outcome::Failed, 0));
    assert!(verdict.margin.unwrap() < 0.0 && verdict.details[0].starts_with("seed "), "{verdict:?}");

    // A comment changes nothing that counts.
    desk.take_up(&place.save(&format!("# mine\n{LAB}")).unwrap());
    assert!(desk.to_judge().is_empty());
    desk.take_up(&place.save(&LAB.replace("lr: 0.01", "lr: 0.2")).unwrap());
    assert_eq!(desk.to_judge(), ["reach"]);
    let judging = desk.judging("reach", None).unwrap();
    assert!(desk.to_judge().is_empty() && desk.seen().tasks[4].judging, "it is on its way");
    let verdict = std::thread::spawn(move || judging.judge()).join().unwrap();
    assert!(verdict.passed() && verdict.margin.unwrap() > 0.0, "{verdict:?}");
    desk.record("reach", None, &verdict).unwrap();
    assert!(!desk.seen().tasks[4].judging);
    // Solved is solved, whatever is saved then.
    desk.take_up(&place.save(LAB).unwrap());
    assert!(desk.to_judge().is_empty());
    assert_eq!(state(&place.desk(), "reach"), TaskState::Solved);
}

#[test]
fn an_edition_that_is_wrong_is_an_error_where_the_student_wrote_it() {
    let place = Place::new();
    let mut desk = place.desk();
    assert!(place.save(&LAB.replace("rule: sgd", "rule: smd")).is_none());
    desk.saved();
    assert_eq!(desk.to_judge(), ["reach"]);
    let verdict = answered(&mut desk, "reach", None);
    assert_eq!(verdict.outcome, Outcome::Error);
    assert!(verdict.message.contains("lab.yaml:5"), "{}", verdict.message);
    assert!(desk.to_judge().is_empty(), "not again before it is saved again");
}

#[test]
fn sentences_are_kept_for_a_person() {
    let place = Place::new();
    let mut desk = place.desk();
    assert_eq!(answered(&mut desk, "why", Some("Because\nof the slope.")).outcome, Outcome::Recorded);
    let task = place.desk().seen().tasks.remove(6);
    assert_eq!((task.state, task.answer.as_deref()), (TaskState::Recorded, Some("Because\nof the slope.")));
    assert!(desk.judging("why", Some(&"a".repeat(10_001))).is_err());
}

#[test]
fn what_cannot_be_written_is_told_and_written_with_the_next_change() {
    let place = Place::new();
    let mut desk = place.desk();
    let path = place.folder.path().join("progress.yaml");
    fs::write(&path, "no progress").unwrap();
    let verdict = desk.judging("pick", Some("b")).unwrap().judge();
    assert!(desk.record("pick", Some("b"), &verdict).is_err());
    assert!(desk.seen().unsaved.is_some() && state(&desk, "pick") == TaskState::Solved);
    assert_eq!(fs::read_to_string(&path).unwrap(), "no progress");
    fs::remove_file(&path).unwrap();
    desk.hint("number").unwrap();
    assert_eq!(desk.seen().unsaved, None);
    assert_eq!((state(&place.desk(), "pick"), place.desk().seen().tasks[0].hints.len()), (TaskState::Solved, 1));
}

#[test]
fn two_desks_of_one_student_lose_nothing() {
    let place = Place::new();
    let (mut one, mut other) = (place.desk(), place.desk());
    answered(&mut one, "pick", Some("b"));
    one.hint("number").unwrap();
    // The other one knows nothing of it, and takes nothing back.
    other.hint("number").unwrap();
    answered(&mut other, "pick", Some("a"));
    answered(&mut other, "find", Some("2"));
    let seen = place.desk().seen();
    assert_eq!((seen.tasks[1].state, seen.tasks[5].state), (TaskState::Solved, TaskState::Solved));
    assert_eq!(seen.tasks[0].hints.len(), 2);
}

#[test]
fn a_lab_that_ships_is_judged_by_the_binary_s_edition() {
    let file = Library::shipped().find("bias-correction").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.yaml");
    // The student's edition asks something easier.
    let easy = "\ntasks: [{id: easy, kind: question, say: What is 1?, answer: 1}]\n";
    let own = file.text.split("\ntasks:").next().unwrap().to_owned() + easy;
    fs::write(&path, own).unwrap();
    let name = path.display().to_string();
    let lab = on_large_stack(|| Lab::open(&name, &Overrides::default())).unwrap();
    let desk = Desk::open(&lab, &name, Shelf::at(folder.path().join("progress.yaml"), Clock::wall()));
    assert!(desk.seen().tasks.iter().all(|task| task.id != "easy"));
    let shipped = on_large_stack(|| Lab::open("bias-correction", &Overrides::default())).unwrap();
    assert_eq!(desk.seen().tasks.len(), shipped.tasks.iter().filter(|task| !task.hidden).count());
}

#[test]
fn the_next_lab_is_the_next_file_or_the_next_that_ships() {
    let place = Place::new();
    fs::write(place.folder.path().join("next.yaml"), LAB.replace("format: 1", "format: 1\ntitle: Further")).unwrap();
    let (opens, title) = place.desk().seen().next.unwrap();
    assert_eq!((Path::new(&opens).file_name().unwrap().to_str(), title.as_str()), (Some("next.yaml"), "Further"));
    let ids: Vec<&str> = Library::shipped().labs().iter().map(|lab| lab.id.as_str()).collect();
    assert_eq!(labs::after(ids[0], ids[0], None).unwrap().0, ids[1]);
    assert_eq!(labs::after(ids[ids.len() - 1], ids[ids.len() - 1], None), None);
}

/// A grader's edition may have the choices in another language than the student's.
#[test]
fn a_choice_that_was_typed_by_its_text_is_kept_by_its_name() {
    let place = Place::new();
    for (typed, kept) in [("down", "b"), ("(B)", "b"), ("Up", "a"), (" a ", "a")] {
        let mut desk = place.desk();
        let verdict = desk.judging("pick", Some(typed)).unwrap().judge();
        desk.record("pick", Some(typed), &verdict).unwrap();
        let seen = desk.seen();
        let answer = seen.tasks.iter().find(|task| task.id == "pick").unwrap().answer.clone();
        assert_eq!(answer.as_deref(), Some(kept), "{typed}");
        fs::remove_file(place.shelf().path()).unwrap();
    }
}

/// A working folder knows the course that it was made of, and so what of it is the student's.
#[test]
fn a_file_that_is_as_it_was_handed_out_is_not_judged() {
    let place = Place::new();
    let asks = LAB.to_owned() + "  - {id: write, kind: script, say: Write it., file: rule.rhai, same_as: momentum}\n";
    for folder in [".optlab", ".optlab/course"] {
        fs::create_dir_all(place.folder.path().join(folder)).unwrap();
    }
    fs::write(place.folder.path().join(".optlab/root"), "").unwrap();
    place.save(&asks);
    let course = place.folder.path().join(".optlab/course");
    let mut desk = place.desk();
    assert_eq!(desk.to_judge(), ["reach", "write"], "nobody knows how it was given");
    fs::write(course.join("lab.yaml"), &asks).unwrap();
    fs::write(course.join("rule.rhai"), RULE).unwrap();
    desk = place.desk();
    assert!(desk.to_judge().is_empty());
    // A save of one file judges what is asked of it, and nothing else.
    desk.take_up(&place.save(&asks.replace("lr: 0.01", "lr: 0.02")).unwrap());
    assert_eq!(desk.to_judge(), ["reach"]);
    let own = RULE.replace("w - h.lr", "w - 2 * h.lr");
    fs::write(place.folder.path().join("rule.rhai"), &own).unwrap();
    desk.take_up(&place.save(&asks).unwrap());
    assert_eq!(desk.to_judge(), ["write"]);
    let verdict = answered(&mut desk, "write", None);
    let said = |desk: &Desk| desk.seen().tasks.pop().unwrap().verdict;
    assert_eq!((verdict.outcome, said(&desk)), (Outcome::Failed, Some(verdict)));
    // Opened again it is known as the student's; put back, nothing is said of it any more.
    assert_eq!(place.desk().to_judge(), ["write"]);
    fs::write(place.folder.path().join("rule.rhai"), RULE).unwrap();
    desk.take_up(&place.save(&asks).unwrap());
    assert_eq!((desk.to_judge().len(), said(&desk)), (0, None));
}
