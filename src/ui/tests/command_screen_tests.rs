//! The command line: (state, keys, state), and how it looks.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::error::Error;
use crate::session::Command;
use crate::session::Purpose;
use crate::snapshot::Snapshot;
use crate::ui::app::{App, Layer};
use crate::ui::host::{Effect, Event, Leave};
use crate::ui::look::theme::Theme;
use crate::ui::tests::screen_tests::{lab, paused, picture, press, sent};

fn app() -> App {
    lab(paused(), (80, 24), false)
}

/// The line as it stands, and what is wrong with it; none if it is closed.
fn line(app: &App) -> Option<(String, Option<String>)> {
    match &app.layer {
        Some(Layer::Line(line)) => Some((line.text(), line.error.clone())),
        _ => None,
    }
}

fn control(app: &mut App, c: char) -> Vec<Effect> {
    app.update(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)))
}

fn code(app: &mut App, code: KeyCode) {
    app.update(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
}

#[test]
fn screens_of_the_command_line() {
    for (size, name) in [((80, 24), "80x24"), ((120, 40), "120x40")] {
        let mut app = lab(paused(), size, false);
        press(&mut app, ":");
        insta::assert_snapshot!(format!("line_{name}"), picture(&app));
        press(&mut app, "lrr = 0.1\n");
        insta::assert_snapshot!(format!("line_error_{name}"), picture(&app));
        control(&mut app, 'u');
        press(&mut app, "until \t");
        insta::assert_snapshot!(format!("line_completion_{name}"), picture(&app));
    }
}

#[test]
fn lines_become_commands() {
    let mut app = app();
    let set = |name: &str, value| Command::SetHyper { run: None, name: name.into(), value };
    assert_eq!(sent(&press(&mut app, ":lr = 0.01\n")), [set("lr", 0.01)]);
    assert!(app.notice.as_ref().is_some_and(|notice| notice.contains("lr = 0.01 from the next step on")));
    assert_eq!(sent(&press(&mut app, ":optimizer.lr = 0.01\n")), [set("lr", 0.01)]);
    assert_eq!(line(&app), None);
    assert_eq!(sent(&press(&mut app, ":beta1=0.8\n")), [set("beta1", 0.8)]);
    assert_eq!(sent(&press(&mut app, ":goto 120\n")), [Command::Goto(120)]);
    assert_eq!(sent(&press(&mut app, ":120\n")), [Command::Goto(120)]);
    assert_eq!(sent(&press(&mut app, ":break off\n")), [Command::ClearBreaks]);
    let ask = |id, purpose, text: &str| Effect::Query { id, purpose, text: text.into() };
    assert_eq!(press(&mut app, ":until loss < 0.1\n"), [ask(1, Purpose::Until, "loss < 0.1")]);
    assert_eq!(press(&mut app, ":break grad_norm > 5\n"), [ask(2, Purpose::Break, "grad_norm > 5")]);
    assert_eq!(press(&mut app, ":run.step / 2\n"), [ask(3, Purpose::Value, "run.step / 2")]);
    assert_eq!(press(&mut app, ":loss == 0.5\n"), [ask(4, Purpose::Value, "loss == 0.5")]);
    assert_eq!(press(&mut app, ":1 + 1\n"), [ask(5, Purpose::Value, "1 + 1")]);
    let save = |path: &str, replace| Effect::Save { path: path.into(), replace };
    assert_eq!(press(&mut app, ":save run.yaml\n"), [save("run.yaml", false)]);
    assert_eq!(press(&mut app, ":save! run.yaml\n"), [save("run.yaml", true)]);
    assert_eq!(press(&mut app, ":theme light\n"), [Effect::Redraw]);
    assert_eq!(app.look.theme, Theme::Light);
    assert_eq!(press(&mut app, ":beta1\n"), []);
    assert_eq!(app.notice.as_deref(), Some("beta1 = 0.9"));
    let watched = sent(&press(&mut app, ":watch W2[0,1]\n"));
    assert!(matches!(watched.last(), Some(Command::Element { index: 1, .. })), "{watched:?}");
}

#[test]
fn what_is_wrong_stays_to_be_mended_and_changes_nothing() {
    for (typed, said) in [
        ("lrr = 0.1", "there is no hyper-parameter `lrr`; did you mean `lr`?"),
        ("lr = fast", "`fast` is no number; write it as `0.01` or `1e-2`"),
        ("lr =", "`lr` wants a value, as in `lr = 0.01`"),
        ("goto", "`goto` wants more, as in `goto 120`"),
        ("goto -3", "`-3` is no step: a whole number from 0 on is wanted, as in `goto 120`"),
        ("gotoo 5", "`gotoo` is neither a command nor a number of the run; did you mean `goto`?"),
        ("foo", "`foo` is neither a command nor a number of the run; Tab shows what there is"),
        ("theme drak", "there is no theme `drak`; did you mean `dark`?"),
        ("watch W22", "there is no parameter `W22`; did you mean `W2`?"),
        ("watch W2[900,0]", "there is no `W2[900,0]`; the last element is `W2[63,9]`"),
    ] {
        let mut app = app();
        assert_eq!(press(&mut app, &format!(":{typed}\n")), [], "{typed}");
        assert_eq!(line(&app), Some((typed.into(), Some(said.into()))));
        press(&mut app, "x");
        assert_eq!(line(&app), Some((format!("{typed}x"), None)));
        press(&mut app, "\u{1b}");
        assert_eq!(line(&app), None);
    }
}

#[test]
fn what_the_run_has_to_say_comes_back_into_the_line() {
    let mut app = app();
    press(&mut app, ":until loss < 0.1\n");
    let answered = |id, answer| {
        let mut snapshot = paused();
        snapshot.queries.answer = Some((id, answer));
        Event::Snapshot(Arc::new(snapshot))
    };
    app.update(answered(1, Err(Error::user("no").help("so"))));
    assert_eq!(line(&app), Some(("until loss < 0.1".into(), Some("no: so".into()))));
    press(&mut app, "\n");
    app.update(answered(2, Ok("until loss < 0.1".into())));
    assert_eq!((line(&app), app.notice.as_deref()), (None, Some("until loss < 0.1")));
    // An old answer is told once.
    press(&mut app, "i");
    app.update(answered(2, Ok("until loss < 0.1".into())));
    assert_eq!(app.notice, None);
    // A knob that the rule refuses, too; but not into whatever was opened meanwhile.
    press(&mut app, "\u{1b}:lr = -1\n");
    let refused = |count| {
        let mut snapshot: Snapshot = paused();
        snapshot.timeline.refused = Some((count, Error::user("`lr` is too small")));
        Event::Snapshot(Arc::new(snapshot))
    };
    app.update(refused(1));
    assert_eq!(line(&app), Some(("lr = -1".into(), Some("`lr` is too small".into()))));
    press(&mut app, "\n?");
    app.update(refused(2));
    assert_eq!((line(&app), app.notice.as_deref()), (None, Some("`lr` is too small")));
}

#[test]
fn a_condition_that_holds_the_run_is_told_and_one_that_waits_is_shown() {
    let mut app = app();
    let mut snapshot = paused();
    snapshot.queries.breaks = vec!["grad_norm > 5".into()];
    app.update(Event::Snapshot(Arc::new(snapshot.clone())));
    assert!(picture(&app).lines().last().unwrap().contains("break grad_norm > 5"));
    press(&mut app, ":break\n");
    assert_eq!(app.notice.as_deref(), Some("holds whenever grad_norm > 5; `break off` clears"));
    snapshot.queries.held = Some((1, "break at step 12: grad_norm > 5".into()));
    app.update(Event::Snapshot(Arc::new(snapshot)));
    assert_eq!(app.notice.as_deref(), Some("break at step 12: grad_norm > 5"));
}

#[test]
fn tab_completes_and_arrows_walk_the_history() {
    let completed = |keys: &str| {
        let mut app = app();
        press(&mut app, keys);
        line(&app).map(|(text, _)| text)
    };
    assert_eq!(completed(":got\t").as_deref(), Some("goto"));
    assert_eq!(completed(":beta\t\t\t").as_deref(), Some("beta2"));
    assert_eq!(completed(":theme le\t").as_deref(), Some("theme lecture"));
    assert_eq!(completed(":watch W2\t").as_deref(), Some("watch W2"));
    assert_eq!(completed(":until run.smo\t").as_deref(), Some("until run.smooth_loss"));
    assert_eq!(completed(":until loss < 0.1 && grad_\t").as_deref(), Some("until loss < 0.1 && grad_norm"));
    assert_eq!(completed(":until norm(gradi\tW2\t").as_deref(), Some("until norm(gradient(\"W2\")"));
    let mut app = app();
    press(&mut app, ":goto 5\n:lr = 0.1\n:x");
    code(&mut app, KeyCode::Up);
    assert_eq!(line(&app).unwrap().0, "lr = 0.1");
    code(&mut app, KeyCode::Up);
    assert_eq!(line(&app).unwrap().0, "goto 5");
    code(&mut app, KeyCode::Down);
    code(&mut app, KeyCode::Down);
    assert_eq!(line(&app).unwrap().0, "x");
    assert_eq!(control(&mut app, 'c'), [Effect::Leave(Leave::Quit)]);
}

#[test]
fn words_of_editors_do_what_they_do_there_or_name_the_key() {
    let run = |line: &str| {
        let mut app = app();
        let effects = press(&mut app, &format!(":{line}\n"));
        (app, effects)
    };
    for help in ["help", "h", "help speed"] {
        let (app, _) = run(help);
        assert!(matches!(&app.layer, Some(Layer::Help { query, .. }) if help.ends_with(query.as_str())), "{help}");
    }
    for asks in ["q", "quit", "exit", "qa"] {
        let (app, effects) = run(asks);
        assert!(matches!(app.layer, Some(Layer::Ask(_))) && effects.is_empty(), "{asks}: a run is live");
    }
    for leaves in ["q!", "quit!", "qa!"] {
        assert_eq!(run(leaves).1, [Effect::Leave(Leave::Quit)], "{leaves}");
    }
    let save = |replace| Effect::Save { path: "run.yaml".into(), replace };
    assert_eq!((run("w run.yaml").1, run("w! run.yaml").1), (vec![save(false)], vec![save(true)]));
    for (told, words) in [
        ("wq", "`save run.yaml` writes the run as a lab, `quit` leaves"),
        ("x", "`quit` leaves"),
        ("w", "as in `save run.yaml`"),
        ("zoom", "the key z does it"),
        ("quit now", "stands alone"),
    ] {
        let said = line(&run(told).0).and_then(|(_, error)| error).unwrap_or_default();
        assert!(said.contains(words), "{told}: {said}");
    }
}
