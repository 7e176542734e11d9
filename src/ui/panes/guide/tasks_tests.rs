//! The Guide of a lab that asks tasks, in each of their states.

use super::{Guide, PANE};
use crate::snapshot::{Asks, Outcome, TaskSeen, TaskState, TasksSeen, Verdict};
use crate::ui::look::theme::{Look, Theme};
use crate::ui::panes::pane::{Pane, View};
use crate::ui::panes::tasked::{News, Tasked};
use crate::ui::tests::fixture;
use crate::ui::tests::fixture_tasks as asked;

/// Inside a pane of the screen at 80x24, with its frame.
const SIZE: (u16, u16) = (80, 12);

fn drawn(seen: &TasksSeen, current: usize, news: News, size: (u16, u16), unicode: bool) -> String {
    let snapshot = fixture::at_step(0);
    let look = Look { theme: Theme::Mono, unicode };
    let tasks = Some(Tasked { seen, current, list: true, elsewhere: &[] });
    let view = View { tasks, ..fixture::view(&snapshot, &[], look) };
    let mut guide = Guide::default();
    guide.task_changed(news);
    fixture::drawn(&PANE, &guide, &view, size)
}

#[test]
fn what_is_asked_stands_above_the_lab_s_text() {
    insta::assert_snapshot!(drawn(&asked::open(), 0, News::Asked, SIZE, true));
    insta::assert_snapshot!(drawn(&asked::open(), 4, News::Asked, SIZE, false));
    insta::assert_snapshot!(drawn(&asked::open(), 5, News::Asked, (60, 18), true));
}

#[test]
fn a_hint_that_was_asked_for_is_seen() {
    let seen = asked::first(|task| {
        task.hints = vec!["The sum of `1` and `beta` alone does not do it.".into()];
        task.more_hints = 1;
    });
    insta::assert_snapshot!(drawn(&seen, 0, News::Hint, SIZE, true));
    assert!(drawn(&seen, 0, News::Hint, (80, 8), true).contains("does not do it"));
}

#[test]
fn the_verdict_is_seen_whatever_stands_before_it() {
    insta::assert_snapshot!(drawn(&asked::first(asked::wrong), 0, News::Verdict, SIZE, true));
    let long = asked::first(|task| {
        task.say = "A long question. ".repeat(60);
        asked::wrong(task);
    });
    let shown = drawn(&long, 0, News::Verdict, SIZE, true);
    assert!(shown.contains("0.9 is not it") && shown.contains("a answer"), "{shown}");
}

#[test]
fn a_script_that_parts_shows_where() {
    let mut seen = asked::open();
    asked::parted(&mut seen.tasks[5]);
    insta::assert_snapshot!(drawn(&seen, 5, News::Verdict, (80, 14), true));
}

#[test]
fn a_solved_task_says_so_and_why_and_names_the_next_key() {
    insta::assert_snapshot!(drawn(&asked::first(asked::solved), 0, News::Verdict, SIZE, true));
    insta::assert_snapshot!(drawn(&asked::first(asked::given_up), 0, News::Verdict, SIZE, true));
    let kept = asked::first(|task| {
        (task.state, task.answer) = (TaskState::Recorded, Some("0.1".into()));
        task.verdict = Some(Verdict::of(Outcome::Recorded, "It is kept, and judged when it is graded."));
    });
    insta::assert_snapshot!(drawn(&kept, 0, News::Verdict, SIZE, false));
}

#[test]
fn the_file_of_a_line_is_named_once() {
    let mut seen = asked::open();
    let at = seen.tasks.iter().position(|task| matches!(task.asks, Asks::Line(_))).unwrap();
    for say in ["Find his line.", "Find his line in `adam.rhai`.", "Which one of adam is it?"] {
        seen.tasks[at].say = say.into();
        let shown = drawn(&seen, at, News::Asked, SIZE, true);
        assert_eq!(shown.matches("adam.rhai").count(), 1, "{shown}");
    }
}

#[test]
fn what_is_being_judged_says_so() {
    let mut seen = asked::open();
    seen.tasks[4].judging = true;
    assert!(drawn(&seen, 4, News::Verdict, SIZE, true).contains("… It is being judged."));
}

#[test]
fn after_the_last_one_it_says_what_was_learnt_and_where_to_go() {
    let mut seen = asked::done();
    insta::assert_snapshot!(drawn(&seen, seen.tasks.len(), News::Asked, SIZE, true));
    seen.next = None;
    seen.unsaved = Some("`progress.yaml` cannot be written: the folder is read-only".into());
    insta::assert_snapshot!(drawn(&seen, seen.tasks.len(), News::Asked, SIZE, false));
}

#[test]
fn points_that_a_person_gives_later_are_told_where_all_is_done() {
    let mut seen = asked::done();
    let all = seen.tasks.len();
    (seen.tasks[all - 1].state, seen.tasks[all - 1].got) = (TaskState::Recorded, 0.0);
    let shown = drawn(&seen, all, News::Asked, SIZE, true);
    assert!(shown.contains("points; 1 point is given by a person later."), "{shown}");
}

/// As everywhere else in the Guide; lines of a script keep what they have.
#[test]
fn code_in_what_is_said_of_an_answer_is_set_as_code() {
    let seen = asked::first(|task| {
        let details = vec!["they part at `v`:\n    let a = `v`;".to_owned()];
        task.verdict = Some(Verdict { details, ..Verdict::of(Outcome::Failed, "`a` is not it, nor is ` alone.") });
    });
    let shown = drawn(&seen, 0, News::Verdict, (80, 16), true);
    assert!(shown.contains("✗ a is not it, nor is ` alone."), "{shown}");
    assert!(shown.contains("  they part at v:") && shown.contains("      let a = `v`;"), "{shown}");
}

#[test]
fn twelve_tasks_stand_in_one_row() {
    let one = asked::open().tasks.remove(0);
    let tasks: Vec<TaskSeen> = (0..12).map(|at| TaskSeen { id: at.to_string(), ..one.clone() }).collect();
    let seen = TasksSeen { tasks, ..asked::open() };
    let shown = drawn(&seen, 11, News::Asked, (50, 12), true);
    assert!(shown.contains("1· 2· 3· 4· 5· 6· 7· 8· 9· 10· 11· 12●"), "{shown}");
    // Wider apart where that leaves room for the points, which are never the first to go.
    for (columns, row) in [(80, "11· 12●"), (90, "11 ·  12 ●"), (120, " 11 ·   12 ● ")] {
        let shown = drawn(&seen, 11, News::Asked, (columns, 12), true);
        assert!(shown.contains(row) && shown.contains(" points "), "{shown}");
    }
}
