//! The list of labs, the way back to it, and the copy that is offered of what is part of the program: (state, keys, state).

use std::path::PathBuf;

use crate::error::Error;
use crate::lab::{Lab, Overrides};
use crate::session::Copy;
use crate::ui::app::list::Row;
use crate::ui::app::{App, Layer};
use crate::ui::host::{Done, Effect, Event, FileChange, LabEntry, Leave};
use crate::ui::tests::fixture;
use crate::ui::tests::screen_tests::{LOOK, lab, paused, picture, press, watch};

fn entry(group: &str, name: &str) -> LabEntry {
    LabEntry {
        group: group.into(),
        id: name.into(),
        title: format!("The lab {name}"),
        summary: format!("What {name} is about, and what to try first."),
        path: format!("{name}.path"),
        done: None,
    }
}

/// Some labs of a folder, and two that ship.
fn two_groups(own: usize) -> Vec<LabEntry> {
    let own = (0..own).map(|number| entry("in this folder", &format!("own-{number:02}.yaml")));
    own.chain(["adam", "momentum"].map(|name| entry("part of the program", name))).collect()
}

fn list(entries: Vec<LabEntry>, (width, height): (u16, u16)) -> App {
    let mut app = App::with_list(entries, LOOK, true);
    app.update(Event::Resize(width, height));
    app
}

#[test]
fn each_group_has_a_heading_and_a_single_one_has_none() {
    let mut app = list(two_groups(2), (80, 24));
    press(&mut app, "jj");
    insta::assert_snapshot!("two_groups_80x24", picture(&app));
    let mut app = list(two_groups(60), (60, 18));
    assert_eq!(app.list.as_ref().unwrap().rows().len(), 64);
    press(&mut app, &"j".repeat(60));
    insta::assert_snapshot!("many_labs_60x18", picture(&app));
    let alone = list(vec![entry("part of the program", "adam")], (80, 24));
    assert_eq!(alone.list.as_ref().unwrap().rows(), [Row::Lab(0)]);
}

#[test]
fn the_cursor_moves_over_labs_alone_and_is_always_seen() {
    for size in [(60, 18), (80, 24), (120, 40)] {
        let mut app = list(two_groups(60), size);
        for at in 0..62 {
            assert_eq!(app.list.as_ref().unwrap().chosen, at);
            let shown = picture(&app);
            let row = shown.lines().find(|line| line.starts_with('▶'));
            let name = &app.list.as_ref().unwrap().entries[at].id;
            assert!(row.is_some_and(|row| row.contains(name.as_str())), "{size:?} {at}: {shown}");
            press(&mut app, "j");
        }
        assert_eq!(press(&mut app, "\n"), [Effect::Open(61)]);
    }
}

#[test]
fn a_list_that_is_longer_than_its_room_says_how_many_labs_are_above_and_below() {
    for ((width, height), shown) in [((60, 18), 8), ((80, 24), 12), ((120, 40), 24)] {
        let mut app = list(two_groups(60)[..60].to_vec(), (width, height));
        let words = |app: &App| {
            let shown = picture(app);
            shown.lines().find(|line| line.contains(" more")).unwrap_or_default().trim().to_owned()
        };
        assert_eq!(words(&app), format!("▼ {} more", 60 - shown));
        press(&mut app, &"j".repeat(shown + 2));
        assert_eq!(words(&app), format!("▲ 3 more  ▼ {} more", 60 - shown - 3));
        press(&mut app, &"j".repeat(60));
        assert_eq!(words(&app), format!("▲ {} more", 60 - shown));
        app.look.unicode = false;
        assert_eq!(words(&app), format!("^ {} more", 60 - shown));
        assert_eq!(words(&list(two_groups(3), (width, height))), "", "all of them are seen");
    }
}

#[test]
fn a_name_is_whole_where_titles_leave_it_the_room_and_its_file_is_told_below() {
    let long = "a-lab-with-a-name-that-is-longer-than-most";
    let lab = LabEntry {
        path: "labs/07-long.yaml".into(),
        summary: "What it is about.".into(),
        ..entry("in this folder", long)
    };
    for ((width, height), whole) in [((60, 18), false), ((80, 24), false), ((100, 30), true), ((120, 40), true)] {
        let app = list(
            vec![LabEntry { title: "A title of thirty-six columns at all".into(), ..lab.clone() }],
            (width, height),
        );
        let shown = picture(&app);
        assert_eq!(shown.contains(long), whole, "{shown}");
        assert_eq!(shown.contains("labs/07-long.yaml"), width > 60, "{shown}");
        assert!(
            shown.contains("A title of thirty-six columns at all ") && !shown.contains("labs/07-long.ya…"),
            "{shown}"
        );
    }
}

#[test]
fn q_in_a_lab_goes_back_to_the_list_it_came_from() {
    let mut app = lab(fixture::at_step(0), (80, 24), true);
    let row = picture(&app).lines().last().unwrap_or_default().to_owned();
    assert!(row.ends_with("q list"), "{row}");
    assert_eq!(press(&mut app, "q"), [Effect::CloseLab]);
    assert!(app.lab.is_none() && picture(&app).lines().last().unwrap().ends_with("q leave"));
    assert_eq!(press(&mut app, "q"), [Effect::Leave(Leave::Quit)]);
    // A lab that the program was started with has no list to go back to.
    let mut app = lab(fixture::at_step(0), (80, 24), false);
    assert!(picture(&app).lines().last().unwrap().ends_with("q leave"));
    assert_eq!(press(&mut app, "q"), [Effect::Leave(Leave::Quit)]);
}

#[test]
fn the_way_back_asks_once_if_the_run_is_not_finished() {
    for (size, name) in [((80, 24), "80x24"), ((60, 18), "60x18")] {
        let mut app = lab(paused(), size, true);
        assert!(press(&mut app, "q").is_empty());
        insta::assert_snapshot!(format!("asks_{name}"), picture(&app));
        assert!(press(&mut app, "n").is_empty() && app.lab.is_some());
        assert_eq!(press(&mut app, "qq"), [Effect::CloseLab]);
        assert!(app.lab.is_none());
    }
    assert_eq!(press(&mut lab(fixture::diverged(), (80, 24), true), "q"), [Effect::CloseLab]);
    // A step was asked for, and no snapshot has told of it yet.
    for keys in ["sq", " q"] {
        let mut app = lab(fixture::at_step(0), (80, 24), true);
        press(&mut app, keys);
        assert!(matches!(app.layer, Some(Layer::Ask(_))), "{keys}");
    }
}

#[test]
fn a_lab_on_its_way_is_left_for_the_list() {
    let mut app = list(two_groups(1), (80, 24));
    let never = crate::ui::host::opening::Opening::start("a", &crate::clock::Clock::wall(), || Err(Vec::new()));
    app.waiting = Some(never.waiting());
    assert_eq!(press(&mut app, "q"), [Effect::GiveUp]);
    assert!(app.waiting.is_none());
}

#[test]
fn the_list_made_anew_keeps_its_place() {
    let mut app = list(two_groups(2), (80, 24));
    press(&mut app, "jjj");
    let list = app.list.as_mut().unwrap();
    // A lab has come before it, as by a copy.
    list.renew(two_groups(5));
    assert_eq!(list.entries[list.chosen].id, "momentum");
    // It is gone itself.
    list.renew(two_groups(0)[..1].to_vec());
    assert_eq!(list.entries[list.chosen].id, "adam");
    list.renew(Vec::new());
    assert!(picture(&app).contains("no lab here"));
}

/// Labs of one folder, in these states.
fn with_states(states: &[Option<Done>]) -> Vec<LabEntry> {
    let own = states
        .iter()
        .enumerate()
        .map(|(at, done)| LabEntry { done: *done, ..entry("in this folder", &format!("{at:02}.yaml")) });
    own.chain([entry("part of the program", "adam")]).collect()
}

fn state(points: f64, begun: bool) -> Done {
    Done { points, of: 5.0, begun, all: points == 5.0, waits: 0, later: 0.0, last: false }
}

#[test]
fn each_lab_shows_what_is_done_of_it() {
    let states = [Some(state(5.0, true)), None, Some(state(2.5, true)), Some(state(0.0, false))];
    for (size, name) in [((80, 24), "80x24"), ((60, 18), "60x18")] {
        let mut app = list(with_states(&states), size);
        insta::assert_snapshot!(format!("states_{name}"), picture(&app));
        app.look.unicode = false;
        assert!(picture(&app).contains("+ 5/5") && picture(&app).is_ascii());
    }
}

/// Points of what nobody has judged yet may still come: no tick, and the marks are explained where they stand.
#[test]
fn a_lab_whose_answers_wait_to_be_judged_is_not_shown_as_done() {
    let waits = Done { points: 4.0, all: true, waits: 1, later: 1.0, ..state(4.0, true) };
    let mut app = list(with_states(&[Some(state(5.0, true)), Some(waits), Some(state(2.0, true))]), (60, 18));
    let shown = picture(&app);
    assert!(shown.contains("○ 4/5 (+1)") && !shown.contains("✓ 4/5"), "{shown}");
    assert!(shown.contains("● begun  ○ all answered, (+) points given later  ✓ done"), "{shown}");
    press(&mut app, "j");
    assert_eq!(app.list.as_ref().unwrap().chosen, 1);
    assert!(!picture(&list(with_states(&[Some(state(0.0, false))]), (60, 18))).contains("begun"));
}

#[test]
fn the_list_opens_where_the_student_goes_on() {
    let chosen = |states: &[Option<Done>]| list(with_states(states), (80, 24)).list.unwrap().chosen;
    let [done, begun, new] = [state(5.0, true), state(1.0, true), state(0.0, false)].map(Some);
    let last = |done: Option<Done>| done.map(|done| Done { last: true, ..done });
    assert_eq!(chosen(&[new, new]), 0);
    assert_eq!(chosen(&[done, last(begun), new]), 1);
    assert_eq!(chosen(&[begun, last(done), new]), 2, "after what is done comes the next one");
    assert_eq!(chosen(&[last(begun), done, new]), 0);
    assert_eq!(chosen(&[new, last(done)]), 1, "what follows is another course");
}

#[test]
fn a_lab_that_is_left_done_leads_to_the_next_one() {
    let left = |states: &[Option<Done>], at: usize| {
        let mut app = list(with_states(&[Some(state(0.0, false)); 3]), (80, 24));
        press(&mut app, &"j".repeat(at));
        let list = app.list.as_mut().unwrap();
        list.renew(with_states(states));
        list.leave();
        list.chosen
    };
    let [done, begun, new] = [state(5.0, true), state(1.0, true), state(0.0, false)].map(Some);
    assert_eq!(left(&[done, new, new], 0), 1);
    assert_eq!(left(&[begun, new, new], 0), 0);
    assert_eq!(left(&[done, done, done], 2), 2, "the next group is another course");
    assert_eq!(left(&[done, new, new], 3), 3, "it asks nothing");
}

#[test]
fn names_and_titles_from_files_are_shown_as_text() {
    let evil = "a\u{1b}[31m\nb";
    let hostile = LabEntry {
        group: evil.into(),
        id: evil.into(),
        title: evil.into(),
        summary: evil.into(),
        path: evil.into(),
        done: None,
    };
    let app = list(vec![hostile, entry("other", "x")], (80, 24));
    assert!(!picture(&app).contains('\u{1b}'));
    assert_eq!(app.list.as_ref().unwrap().entries[0].path, evil, "what opens it stays as it is");
}

/// A copy of a shipped lab, into a folder that is not there.
fn copy(id: &str) -> Copy {
    let lab = Lab::open(id, &Overrides::default()).unwrap();
    Copy::of_lab(&lab, &PathBuf::from("no-such-folder")).unwrap()
}

#[test]
fn a_copy_is_offered_with_the_files_that_it_writes() {
    for (size, name) in [((80, 24), "80x24"), ((60, 18), "60x18")] {
        let mut app = lab(paused(), size, false);
        app.offer(None, &copy("race-on-spirals"));
        insta::assert_snapshot!(format!("offer_{name}"), picture(&app));
        assert!(press(&mut app, "x").is_empty() && matches!(app.layer, Some(Layer::Copy(_))), "no other key answers");
        assert_eq!(press(&mut app, "y"), [Effect::CopyAndEdit { script: None }]);
        assert!(app.layer.is_none());
    }
}

#[test]
fn a_copy_that_is_declined_changes_nothing() {
    for key in ["n", "\u{1b}", "q"] {
        let mut app = lab(paused(), (80, 24), false);
        app.offer(Some("scripts/optimizers/adam.rhai"), &copy("adam-on-digits"));
        assert!(press(&mut app, key).is_empty());
        assert!(
            app.layer.is_none() && app.lab.is_some() && app.notice.as_ref().unwrap().contains("nothing was copied")
        );
    }
    let mut app = lab(paused(), (80, 24), false);
    app.offer(Some("a.rhai"), &copy("adam-on-digits"));
    assert_eq!(press(&mut app, "\n"), [Effect::CopyAndEdit { script: Some("a.rhai".into()) }]);
}

#[test]
fn why_there_is_no_copy_is_said_until_the_next_key() {
    let mut app = lab(paused(), (60, 18), false);
    app.refuse(&Error::user("`a.yaml` is there already, and is another file; nothing was copied").help("do this"));
    let shown = picture(&app);
    assert!(shown.contains("is there already") && shown.contains("do this") && shown.contains("Esc closes"), "{shown}");
    press(&mut app, "\u{1b}");
    assert!(app.layer.is_none());
}

#[test]
fn a_copy_is_shown_as_the_lab_from_then_on() {
    let mut app = lab(paused(), (80, 24), true);
    let notice = "the run goes on with a.yaml, which is yours to change".to_owned();
    app.take_up_change(FileChange::Edited {
        title: "T".into(),
        about: "x".into(),
        scripts: watch().scripts,
        notice,
        covered: Vec::new(),
    });
    assert!(picture(&app).lines().last().unwrap().contains("goes on with a.yaml"));
}

#[test]
fn keep_is_a_command_of_its_own() {
    let mut app = lab(paused(), (80, 24), false);
    assert_eq!(press(&mut app, ":keep\n"), [Effect::Keep]);
    app.answer(Ok("kept theme light in config.yaml".into()));
    assert!(picture(&app).contains("kept theme light"));
    assert!(press(&mut app, ":keep theme\n").is_empty());
    assert!(picture(&app).contains("keep stands alone"), "{}", picture(&app));
}
