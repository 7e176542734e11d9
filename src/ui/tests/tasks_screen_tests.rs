//! Tasks on the whole screen: (events, effects, screen).

use std::sync::Arc;

use crate::session::Command;
use crate::snapshot::{Outcome, Status, TaskState, TasksSeen, Verdict};
use crate::ui::app::App;
use crate::ui::host::tasks::Deed;
use crate::ui::host::{Effect, Event};
use crate::ui::tests::fixture;
use crate::ui::tests::fixture_tasks::{self as asked, lab};
use crate::ui::tests::screen_tests::{lab as lab_without, picture, press, sent};

pub(super) const SIZES: [((u16, u16), &str); 4] =
    [((60, 18), "60x18"), ((80, 24), "80x24"), ((100, 30), "100x30"), ((120, 40), "120x40")];

pub(super) fn took(seen: TasksSeen, app: &mut App) {
    app.take_tasks(Arc::new(seen));
}

pub(super) fn deed(id: &str, deed: Deed) -> Vec<Effect> {
    vec![Effect::Task { id: id.into(), deed }]
}

pub(super) fn answer(id: &str, text: &str) -> Vec<Effect> {
    deed(id, Deed::Answer(text.into()))
}

/// Goes to the task of that number.
pub(super) fn at(number: usize, app: &mut App) {
    press(app, &"p".repeat(12));
    press(app, &"n".repeat(number - 1));
    assert!(picture(app).contains(&format!("task {number} of 8")), "{}", picture(app));
}

pub(super) fn focused(app: &App) -> &'static str {
    app.lab.as_ref().unwrap().focused().name
}

#[test]
fn screens_of_a_lab_that_asks() {
    for (size, name) in SIZES {
        insta::assert_snapshot!(format!("asks_{name}"), picture(&lab(asked::open(), size, true)));
        let mut app = lab(asked::open(), size, true);
        took(asked::first(asked::wrong), &mut app);
        press(&mut app, "i\u{1b}");
        insta::assert_snapshot!(format!("wrong_{name}"), picture(&app));
    }
}

/// In the default layout of every size the question, its keys and the verdict are all seen.
#[test]
fn the_question_its_keys_and_the_verdict_are_seen_together() {
    for (size, _) in SIZES {
        for change in [asked::wrong, asked::solved] {
            let mut app = lab(asked::open(), size, false);
            took(asked::first(change), &mut app);
            let shown = picture(&app);
            let got = app.lab.as_ref().unwrap().tasked().unwrap().task().unwrap().got;
            let verdict = if got > 0.0 { "Solved." } else { "formula," };
            for wanted in ["factor", "Work", verdict] {
                assert!(shown.contains(wanted), "{size:?} {wanted}: {shown}");
            }
            assert!(shown.contains("a answer") || shown.contains("n on to task 2"), "{size:?}: {shown}");
        }
    }
}

#[test]
fn a_key_of_the_pane_in_focus_stands_beside_those_of_the_task() {
    for (pane, own) in
        [("state", "Enter element"), ("ledger", "Enter steepest"), ("loss", "y log axis"), ("runs", "Enter beside")]
    {
        for size in [(80, 24), (100, 30), (120, 40)] {
            let mut app = lab(asked::open(), size, true);
            press(&mut app, &format!(":pane {pane}\n"));
            let shown = picture(&app);
            let row = shown.lines().last().unwrap();
            for words in [own, "task: a answer", "? help", "q list"] {
                assert!(row.contains(words), "{pane} {size:?}: {row}");
            }
        }
    }
}

#[test]
fn a_lab_without_tasks_stays_as_it_was() {
    let mut app = lab_without(fixture::at_step(0), (80, 24), false);
    let before = picture(&app);
    took(TasksSeen::default(), &mut app);
    assert_eq!(picture(&app), before);
    for key in ["n", "p", "h", "a", "A"] {
        assert!(press(&mut app, key).is_empty());
        assert!(app.notice.as_ref().unwrap().contains("does nothing here"), "{key}");
    }
}

#[test]
fn n_and_p_go_from_task_to_task_and_from_the_last_to_what_is_open() {
    let mut app = lab(asked::first(asked::solved), (80, 24), true);
    assert!(picture(&app).contains("task 2 of 8"), "from the first open one on: {}", picture(&app));
    at(8, &mut app);
    press(&mut app, "n");
    assert!(picture(&app).contains("task 2 of 8"));
    press(&mut app, "pp");
    assert!(picture(&app).contains("task 1 of 8") && app.notice.as_ref().unwrap().contains("first task"));
}

#[test]
fn once_all_are_done_n_leads_to_the_end_and_q_to_the_list() {
    let mut seen = asked::done();
    seen.tasks[7].state = TaskState::Open;
    let mut app = lab(seen, (80, 24), true);
    took(asked::done(), &mut app);
    let told = app.notice.clone().unwrap();
    assert!(told.contains("task 8: solved") && told.contains("n shows what was learnt"), "{told}");
    assert!(picture(&app).contains("task 8 of 8"), "it never goes on by itself");
    press(&mut app, "n");
    insta::assert_snapshot!(picture(&app));
    press(&mut app, "n");
    assert!(app.notice.as_ref().unwrap().contains("p goes back"));
    assert!(press(&mut app, "ahA").is_empty() && app.layer.is_none());
    press(&mut app, "p");
    assert!(picture(&app).contains("task 8 of 8"));
    assert_eq!(press(&mut app, "q"), [Effect::CloseLab]);
    // One that was done before opens at its end.
    assert!(picture(&lab(asked::done(), (80, 24), true)).contains("all 8 tasks are done"));
}

#[test]
fn the_run_waits_for_an_answer_where_a_task_asks_before_it() {
    let held = |app: &mut App, keys: &str| {
        assert_eq!(press(app, keys), [], "{keys}");
        let told = app.notice.clone().unwrap_or_default();
        assert!(told.contains("answer first (a), or A to give up"), "{keys}: {told}");
    };
    let mut app = lab(asked::open(), (80, 24), false);
    for keys in [
        " ",
        "s",
        "S",
        "b",
        "B",
        "[",
        "]",
        "{",
        "}",
        "F",
        "r",
        "R",
        "+",
        "-",
        ":goto 10\n",
        ":12\n",
        ":until loss < 0.1\n",
        ":phases\n",
    ] {
        held(&mut app, keys);
    }
    insta::assert_snapshot!(picture(&app));
    // By way of the help, too.
    held(&mut app, "?run or pause\n");
    // What only asks or sets is free.
    assert!(!press(&mut app, ":loss\n").is_empty() && !press(&mut app, ":lr = 0.1\n").is_empty());
    // Wrong, it is still open.
    took(asked::first(asked::wrong), &mut app);
    held(&mut app, " ");
    // Another task lets go.
    press(&mut app, "n");
    assert_eq!(sent(&press(&mut app, "s")), [Command::Step]);
    press(&mut app, "p");
    held(&mut app, "s");
    for change in [asked::solved, asked::given_up] {
        let mut app = lab(asked::open(), (80, 24), false);
        took(asked::first(change), &mut app);
        assert_eq!(sent(&press(&mut app, " ")), [Command::Run]);
    }
    // A run that goes can be held.
    let mut app = lab(asked::open(), (80, 24), false);
    app.update(Event::Snapshot(Arc::new(fixture::healthy())));
    assert_eq!(app.lab.as_ref().unwrap().live().status, Status::Running);
    assert_eq!(sent(&press(&mut app, " ")), [Command::Pause]);
    held(&mut app, " ");
}

#[test]
fn what_was_typed_while_the_lab_was_opened_does_not_slip_past_a_question() {
    let never = crate::ui::host::opening::Opening::start("a", &crate::clock::Clock::wall(), || Err(Vec::new()));
    let mut app = lab_without(fixture::at_step(0), (80, 24), true);
    app.lab = None;
    app.waiting = Some(never.waiting());
    assert!(press(&mut app, " s").is_empty());
    let watch = crate::ui::tests::screen_tests::watch();
    let effects = app.open_asking("t", "", &watch, Some(Arc::new(asked::open())));
    assert_eq!(sent(&effects), [Command::Speed(watch.speed)]);
}

#[test]
fn hints_are_asked_for_one_after_the_other() {
    let mut app = lab(asked::open(), (80, 24), false);
    assert_eq!(press(&mut app, "h"), deed("factor", Deed::Hint));
    let hints = |shown: usize| {
        asked::first(|task| {
            task.hints = vec!["Think of **nought**.".into(); shown];
            task.more_hints = 2 - shown;
        })
    };
    took(hints(1), &mut app);
    assert!(picture(&app).contains("Hint 1 of 2: Think of nought.") && app.notice.is_none());
    assert_eq!(press(&mut app, "h"), deed("factor", Deed::Hint));
    took(hints(2), &mut app);
    assert!(press(&mut app, "h").is_empty() && app.notice.as_ref().unwrap().contains("its 2 hints"));
    press(&mut app, "nh");
    assert!(app.notice.as_ref().unwrap().contains("no hints"));
}

#[test]
fn keys_of_tasks_bring_the_guide_into_view() {
    let guide = |app: &App| picture(app).contains("Guide · task");
    for (size, _) in SIZES {
        let mut app = lab(asked::open(), size, false);
        assert!(guide(&app), "{}", picture(&app));
        press(&mut app, "3z");
        assert!(!guide(&app));
        press(&mut app, "h");
        assert!(guide(&app), "{}", picture(&app));
    }
}

#[test]
fn what_cannot_be_saved_is_said_once() {
    let unsaved = |mut seen: TasksSeen| {
        seen.unsaved = Some("`progress.yaml` cannot be written: the folder is read-only".into());
        seen
    };
    let mut app = lab(asked::open(), (80, 24), false);
    took(unsaved(asked::first(asked::wrong)), &mut app);
    assert!(app.notice.as_ref().unwrap().contains("not kept: `progress.yaml`"), "{:?}", app.notice);
    took(unsaved(asked::first(asked::solved)), &mut app);
    assert!(!app.notice.as_ref().unwrap().contains("progress"));
}

#[test]
fn the_task_stays_the_same_when_the_lab_is_edited() {
    let mut app = lab(asked::open(), (80, 24), false);
    at(3, &mut app);
    let mut fewer = asked::open();
    fewer.tasks.remove(0);
    took(fewer, &mut app);
    assert!(picture(&app).contains("task 2 of 7") && picture(&app).contains("In which order"));
    took(TasksSeen::default(), &mut app);
    assert!(!picture(&app).contains("task"), "{}", picture(&app));
}

/// A verdict that comes while another task is shown would else be gone with the next key.
#[test]
fn what_has_come_of_another_task_stands_on_the_page_until_it_is_looked_at() {
    let mut app = lab(asked::open(), (80, 24), false);
    let mut seen = asked::open();
    asked::solved(&mut seen.tasks[4]);
    took(seen.clone(), &mut app);
    press(&mut app, "i\u{1b}");
    assert!(picture(&app).contains("✓ Task 5: solved, 3 of 3 points (n goes to it)."), "{}", picture(&app));
    asked::parted(&mut seen.tasks[5]);
    took(seen, &mut app);
    at(5, &mut app);
    assert!(
        !picture(&app).contains("Task 5: solved") && picture(&app).contains("Task 6: 1 of 2 cases is right (n goes")
    );
    at(6, &mut app);
    at(8, &mut app);
    assert!(!picture(&app).contains("goes to it"), "{}", picture(&app));
}

#[test]
fn panes_and_hints_say_what_comes_first_while_a_question_holds_the_run() {
    let mut app = lab(asked::open(), (80, 24), false);
    let shown = picture(&app);
    assert!(!shown.contains("Space runs") && !shown.contains("run/pause"), "{shown}");
    assert!(shown.contains("Task 1 is asked before the run"), "{shown}");
    press(&mut app, "n");
    let shown = picture(&app);
    assert!(shown.contains("Space runs") && shown.contains("run/pause"), "{shown}");
}

/// It has shown the answer already, so that there is nothing to hold back.
#[test]
fn a_run_that_was_seen_to_its_end_is_not_held_by_a_question() {
    let mut app = lab(asked::open(), (80, 24), false);
    let mut over = fixture::healthy();
    (over.status, over.steps_total, over.timeline.seen) = (Status::Finished, over.step, over.step);
    app.update(Event::Snapshot(Arc::new(over.clone())));
    assert!(!picture(&app).contains("before the run"), "{}", picture(&app));
    assert_eq!(sent(&press(&mut app, "r")), [Command::Restart { seed: None }]);
    // Stepped back from its end, it goes on as far as that.
    (over.status, over.step) = (Status::Paused, over.step - 1);
    app.update(Event::Snapshot(Arc::new(over)));
    assert_eq!(sent(&press(&mut app, "s")), [Command::Step]);
}

#[test]
fn while_a_question_holds_the_run_nothing_says_that_keys_move_it() {
    for (size, _) in SIZES {
        let mut app = lab(asked::open(), size, false);
        let panes = app.lab.as_ref().unwrap().order().len();
        for _ in 0..panes {
            let shown = picture(&app);
            let said = shown.replace(['│', '\n'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
            for false_now in ["Space runs", "space run", "s step", "s does one step"] {
                assert!(!shown.contains(false_now), "{size:?} {false_now}: {shown}");
            }
            if matches!(focused(&app), "loss" | "gradients" | "ledger") && size.0 < 100 {
                assert!(said.contains("Task 1 is asked before the run: a answers, n leaves it for later"), "{shown}");
            }
            press(&mut app, "\t");
        }
        // The next task does not hold it.
        press(&mut app, "n");
        let shown = picture(&app);
        assert!(shown.contains("space run/pause"), "{shown}");
    }
}

/// At the end of a run what was never edited is judged, too: whoever is not there yet is not told that it fails.
#[test]
fn a_failure_of_a_task_that_is_not_current_is_told_only_of_what_was_edited() {
    let failed = |edited: bool| {
        let mut seen = asked::open();
        asked::parted(&mut seen.tasks[5]);
        seen.tasks[5].got = 0.0;
        seen.tasks[5].edited = edited;
        seen
    };
    let mut app = lab(asked::open(), (80, 24), false);
    took(failed(false), &mut app);
    assert_eq!(app.notice, None);
    assert!(!picture(&app).contains("Task 6:"), "{}", picture(&app));
    // Nor is it told of a file that was edited to whoever has not come to its task yet.
    let mut app = lab(asked::open(), (80, 24), false);
    took(failed(true), &mut app);
    assert!(app.notice.is_none() && !picture(&app).contains("Task 6:"), "{}", picture(&app));
    let mut app = lab(asked::open(), (80, 24), false);
    at(6, &mut app);
    press(&mut app, "p");
    took(failed(true), &mut app);
    assert!(app.notice.as_ref().unwrap().contains("task 6: "), "{:?}", app.notice);
    // It is told to whoever is there, and a success to everybody.
    let mut app = lab(asked::open(), (80, 24), false);
    at(6, &mut app);
    took(failed(false), &mut app);
    assert!(app.notice.as_ref().unwrap().contains("task 6: "), "{:?}", app.notice);
    let mut app = lab(asked::open(), (80, 24), false);
    let mut seen = asked::open();
    (seen.tasks[5].state, seen.tasks[5].edited) = (TaskState::Solved, false);
    took(seen, &mut app);
    assert!(app.notice.as_ref().unwrap().contains("task 6: solved"), "{:?}", app.notice);
}

/// A save may solve the current task and be judged for another one, too.
#[test]
fn good_news_of_the_current_task_come_before_a_failure_of_another() {
    let mut app = lab(asked::open(), (100, 40), false);
    at(6, &mut app);
    press(&mut app, "p");
    let mut seen = asked::open();
    asked::solved(&mut seen.tasks[4]);
    asked::parted(&mut seen.tasks[5]);
    seen.tasks[5].got = 0.0;
    took(seen, &mut app);
    assert_eq!(app.notice.as_deref(), Some("task 5: solved, 3 of 3 points; n goes on"));
    let shown = picture(&app);
    let (good, bad) = (shown.find("Solved.").unwrap(), shown.find("! Task 6: 1 of 2 cases").unwrap());
    assert!(good < bad, "{shown}");
}

#[test]
fn what_is_told_after_the_last_task_is_one_sentence() {
    let mut almost = asked::open();
    almost.tasks.iter_mut().for_each(|task| task.state = TaskState::Solved);
    almost.tasks[7].state = TaskState::Open;
    let mut app = lab(almost.clone(), (80, 24), false);
    almost.tasks[7].state = TaskState::Recorded;
    let kept = "It is kept; a person reads it and gives the points.";
    almost.tasks[7].verdict = Some(Verdict::of(Outcome::Recorded, kept));
    took(almost, &mut app);
    let told = app.notice.unwrap();
    assert_eq!(told, "task 8: answered; n shows what was learnt; the Guide says more");
}
