//! Tasks that are answered, judged by their files or given up, each in its way: (events, effects, screen).

use crossterm::event::{KeyCode, KeyModifiers};

use crate::ui::app::answering::{Answering, Form};
use crate::ui::app::{App, Layer};
use crate::ui::host::tasks::Deed;
use crate::ui::host::{Effect, Event};
use crate::ui::tests::fixture_tasks::{self as asked, lab};
use crate::ui::tests::screen_tests::{picture, press, press_key};
use crate::ui::tests::tasks_screen_tests::{SIZES, answer, at, deed, focused, took};

fn form(app: &App) -> Form {
    match &app.layer {
        Some(Layer::Task(answering)) => answering.form.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_number_is_typed() {
    for (size, name) in SIZES {
        let mut app = lab(asked::open(), size, false);
        assert!(press(&mut app, "a0.1").is_empty());
        insta::assert_snapshot!(format!("number_{name}"), picture(&app));
        assert_eq!(press(&mut app, "\n"), answer("factor", "0.1"));
        assert!(app.layer.is_none());
    }
    let mut app = lab(asked::open(), (80, 24), false);
    assert!(press(&mut app, "a  \n").is_empty());
    assert!(picture(&app).contains("type an answer, or Esc"));
    press(&mut app, "5\u{1b}");
    assert!(app.layer.is_none() && app.notice.as_ref().unwrap().contains("nothing was answered"));
    // Keys that mean something elsewhere are typed; a text is pasted.
    press(&mut app, "a ?nq");
    app.update(Event::Paste("1/3\n".into()));
    assert_eq!(press(&mut app, "\n"), answer("factor", "?nq1/3"));
}

/// Whatever came of the answer before: a wrong one is kept with its task, one that could not be read is not.
#[test]
fn an_answer_begins_empty_and_up_brings_back_what_was_typed_before() {
    let mut app = lab(asked::open(), (80, 24), false);
    assert_eq!(press(&mut app, "a0.9\n"), answer("factor", "0.9"));
    took(asked::first(asked::wrong), &mut app);
    assert_eq!(press(&mut app, "a9\n"), answer("factor", "9"));
    assert_eq!(press(&mut app, "a?:(\n"), answer("factor", "?:("));
    let unread = asked::first(|task| {
        asked::wrong(task);
        task.verdict.iter_mut().for_each(|verdict| verdict.outcome = crate::snapshot::Outcome::Error);
    });
    took(unread, &mut app);
    press(&mut app, "a");
    assert!(picture(&app).contains("your number:  ") && picture(&app).contains("up brings back the last answer"));
    assert_eq!(press(&mut app, "1\n"), answer("factor", "1"));
    let with_ups = |app: &mut App, ups: usize, keys: &str| {
        press(app, "a");
        (0..ups).for_each(|_| drop(press_key(app, KeyCode::Up, KeyModifiers::NONE)));
        press(app, keys)
    };
    assert_eq!(with_ups(&mut app, 2, "0\n"), answer("factor", "?:(0"));
    assert_eq!(with_ups(&mut app, 9, "\n"), answer("factor", "0.9"));
    // The answers of another task are not among them; one of an earlier session is.
    at(4, &mut app);
    press(&mut app, "a");
    assert!(!picture(&app).contains("up brings back"), "{}", picture(&app));
    let mut again = lab(asked::first(asked::wrong), (80, 24), false);
    assert_eq!(with_ups(&mut again, 1, "9\n"), answer("factor", "0.99"));
}

#[test]
fn a_choice_is_made_by_its_letter_or_by_arrows() {
    let mut app = lab(asked::open(), (80, 24), false);
    at(2, &mut app);
    press(&mut app, "a");
    insta::assert_snapshot!(picture(&app));
    assert_eq!(press(&mut app, "c\n"), answer("larger", "c"));
    press(&mut app, "a");
    press_key(&mut app, KeyCode::Down, KeyModifiers::NONE);
    assert_eq!(press(&mut app, "\n"), answer("larger", "b"));
    assert_eq!(press(&mut app, "ajjk\n"), answer("larger", "b"));
    assert_eq!(press(&mut app, "azB\n"), answer("larger", "b"), "the case of a letter does not matter");
}

#[test]
fn things_are_put_in_order() {
    let mut app = lab(asked::open(), (80, 24), false);
    at(3, &mut app);
    press(&mut app, "a");
    insta::assert_snapshot!("order", picture(&app));
    press(&mut app, " jj");
    insta::assert_snapshot!("order_held", picture(&app));
    assert_eq!(press(&mut app, "\n"), answer("sort", "b c a d"));
    // Let go, the cursor moves alone; capitals carry at once.
    assert_eq!(press(&mut app, "a j kJ\n"), answer("sort", "a b c d"));
    assert_eq!(press(&mut app, "aJJJ\n"), answer("sort", "b c d a"));
    press(&mut app, "a");
    press_key(&mut app, KeyCode::End, KeyModifiers::NONE);
    assert!(matches!(form(&app), Form::Order(_)));
    // They are as they were answered last.
    let mut seen = asked::open();
    seen.tasks[2].answer = Some("d c b a".into());
    let mut app = lab(seen, (80, 24), false);
    at(3, &mut app);
    assert_eq!(press(&mut app, "aJ\n"), answer("sort", "c d b a"));
}

#[test]
fn files_are_judged_now_and_that_is_said() {
    let mut app = lab(asked::open(), (80, 24), false);
    at(5, &mut app);
    insta::assert_snapshot!("goal", picture(&app));
    assert_eq!(press(&mut app, "a"), deed("reach", Deed::Judge));
    assert!(app.notice.as_ref().unwrap().contains("judging the lab as saved"));
    // Whichever pane has the focus.
    let last = app.lab.as_ref().unwrap().order().len();
    for pane in 0..last {
        app.lab.as_mut().unwrap().focus_on(pane);
        at(5, &mut app);
        if app.lab.as_ref().unwrap().order()[pane].name != "script" {
            assert_eq!(press(&mut app, "e"), [Effect::Edit { script: None }], "the lab is what is edited");
        }
        at(6, &mut app);
        let rule = Some("scripts/optimizers/adam.rhai".to_owned());
        assert_eq!(press(&mut app, "e"), [Effect::Edit { script: rule }], "the script is what is edited");
    }
    assert_eq!(press(&mut app, "a"), deed("write", Deed::Judge));
    assert!(app.notice.as_ref().unwrap().contains("adam.rhai as saved"));
    let mut seen = asked::open();
    seen.tasks[5].judging = true;
    took(seen.clone(), &mut app);
    assert!(picture(&app).contains("It is being judged"));
    seen.tasks[5].judging = false;
    asked::parted(&mut seen.tasks[5]);
    took(seen, &mut app);
    assert!(
        app.notice.as_ref().unwrap().contains("task 6: 1 of 2 cases is right. (1 point so far)"),
        "{:?}",
        app.notice
    );
    press(&mut app, "\u{1b}");
    insta::assert_snapshot!("parted", picture(&app));
}

#[test]
fn a_line_is_chosen_in_the_script() {
    for (size, name) in SIZES {
        let mut app = lab(asked::open(), size, false);
        at(7, &mut app);
        assert!(press(&mut app, "a").is_empty());
        assert_eq!(focused(&app), "script");
        press(&mut app, "jjj");
        insta::assert_snapshot!(format!("line_{name}"), picture(&app));
        assert_eq!(press(&mut app, "\n"), answer("find", "4"));
        press(&mut app, "n");
        assert!(picture(&app).contains("task 8 of 8"), "{}", picture(&app));
    }
    // Any other time Enter says that no line is asked for.
    let mut app = lab(asked::open(), (80, 24), false);
    let script = app.lab.as_ref().unwrap().order().iter().position(|pane| pane.name == "script").unwrap();
    app.lab.as_mut().unwrap().focus_on(script);
    assert!(press(&mut app, "\n").is_empty() && app.notice.as_ref().unwrap().contains("does not ask for a line"));
}

#[test]
fn a_line_of_a_file_that_no_pane_shows_is_typed() {
    let mut seen = asked::open();
    seen.tasks[6].asks = crate::snapshot::Asks::Line("elsewhere.rhai".into());
    let mut app = lab(seen, (80, 24), false);
    at(7, &mut app);
    assert_eq!(press(&mut app, "a12\n"), answer("find", "12"));
}

#[test]
fn sentences_are_written_in_the_editor() {
    let mut app = lab(asked::open(), (80, 24), false);
    at(8, &mut app);
    assert_eq!(press(&mut app, "a"), [Effect::Write("why".into())]);
}

#[test]
fn giving_up_asks_first() {
    for (size, name) in SIZES {
        let mut app = lab(asked::open(), size, false);
        press(&mut app, "A");
        insta::assert_snapshot!(format!("give_up_{name}"), picture(&app));
        assert!(press(&mut app, "x\u{1b}").is_empty() && app.layer.is_none());
        assert_eq!(press(&mut app, "Ay"), deed("factor", Deed::GiveUp));
        assert_eq!(press(&mut app, "A\n"), deed("factor", Deed::GiveUp));
        took(asked::first(asked::given_up), &mut app);
        assert!(app.notice.as_ref().unwrap().contains("the Guide shows the answer"));
        press(&mut app, "A");
        assert!(app.layer.is_none() && app.notice.as_ref().unwrap().contains("given up already"));
        assert!(picture(&app).contains("The answer: 0.1"), "{}", picture(&app));
    }
}

#[test]
fn a_box_shows_its_answer_however_long_the_question_is() {
    let mut seen = asked::open();
    for task in &mut seen.tasks {
        task.say = "A question that never comes to an end. ".repeat(60);
    }
    for (size, _) in SIZES {
        for number in [1, 2, 3] {
            let mut app = lab(seen.clone(), size, false);
            at(number, &mut app);
            press(&mut app, "a");
            let shown = picture(&app);
            assert!(shown.contains("Enter answers"), "{shown}");
            let wanted = ["your number:", "neither", "the step"][number - 1];
            assert!(shown.contains(wanted), "{shown}");
            press_key(&mut app, KeyCode::PageDown, KeyModifiers::NONE);
            picture(&app);
        }
    }
    assert!(Answering::begin(&seen.tasks[7], 8, 8, Vec::new()).is_none(), "sentences are written elsewhere");
}

#[test]
fn what_is_typed_to_answer_a_task_that_is_over_is_not_taken_for_keys() {
    for change in [asked::solved, asked::given_up] {
        let mut app = lab(asked::first(change), (80, 24), false);
        press(&mut app, "p");
        let before = focused(&app);
        assert!(press(&mut app, "a0.5b").is_empty());
        assert!(matches!(form(&app), Form::Over(_)) && picture(&app).contains("n goes on"), "{}", picture(&app));
        assert!(press(&mut app, "\n").is_empty() && app.layer.is_none());
        assert_eq!((focused(&app), app.notice.as_deref()), (before, None));
        press(&mut app, "an");
        assert!(app.layer.is_none() && picture(&app).contains("task 2 of 8"), "{}", picture(&app));
    }
}
