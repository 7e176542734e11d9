//! Values that are set while the screen shows a lab: (state, keys, state), and how it looks.

use std::sync::Arc;

use crossterm::event::KeyCode;

use crate::error::Error;
use crate::session::{Command, Setting};
use crate::snapshot::{Snapshot, Speed, Status};
use crate::ui::app::{App, Layer};
use crate::ui::host::{Effect, Event, FileChange};
use crate::ui::tests::fixture;
use crate::ui::tests::fixture_runs::several;
use crate::ui::tests::screen_tests::{lab, picture, press, press_key, sent};

fn app() -> App {
    lab(Snapshot { status: Status::Paused, ..several() }, (80, 24), false)
}

/// The line as it stands, and what is wrong with it; none if it is closed.
fn line(app: &App) -> Option<(String, Option<String>)> {
    match &app.layer {
        Some(Layer::Line(line)) => Some((line.text(), line.error.clone())),
        _ => None,
    }
}

fn set(arguments: &[&str]) -> Effect {
    Effect::Set(Setting::Set(arguments.iter().map(|argument| (*argument).to_owned()).collect()))
}

#[test]
fn keys_of_the_lab_are_set_and_taken_back_one_or_several_at_once() {
    let mut app = app();
    assert_eq!(press(&mut app, ":set training.batch=1\n"), [set(&["training.batch=1"])]);
    assert_eq!(line(&app), None);
    let both = set(&["training.batch=1", "optimizer.lr={schedule: cosine}"]);
    assert_eq!(press(&mut app, ":set training.batch = 1 optimizer.lr={schedule: cosine}\n"), [both]);
    let unset = |keys: &[&str]| Effect::Set(Setting::Unset(keys.iter().map(|key| (*key).to_owned()).collect()));
    assert_eq!(press(&mut app, ":unset training.batch\n"), [unset(&["training.batch"])]);
    assert_eq!(press(&mut app, ":unset training.batch, seed\n"), [unset(&["training.batch", "seed"])]);
    assert_eq!(press(&mut app, ":unset\n"), [unset(&[])]);
    // A knob stays a knob.
    let knob = Command::SetHyper { run: None, name: "lr".into(), value: 0.01 };
    assert_eq!(sent(&press(&mut app, ":lr = 0.01\n")), [knob]);
}

#[test]
fn what_is_wrong_with_a_setting_is_said_with_what_would_be_right() {
    for (typed, said) in [
        ("batch = 1", "`batch` is no knob, but a key of the lab: `:set training.batch=1` starts over with it"),
        (
            "training.batch = 1",
            "`training.batch` is no knob, but a key of the lab: `:set training.batch=1` starts over with it",
        ),
        ("epochs =", "`epochs` is no knob, but a key of the lab: `:set training.epochs=VALUE` starts over with it"),
        ("set", "`set` wants more, as in `set training.batch=1`"),
        ("set training.batch", "`set` wants KEY=VALUE, as in `set training.batch=64`"),
        ("set training.batch=", "`training.batch` wants a value, as in `set training.batch=64`"),
        ("set batch=1", "the lab file has no key `batch`; did you mean `training.batch`?"),
        ("set lr=1", "the lab file has no key `lr`; did you mean `optimizer.lr`?"),
        ("set sed=1", "the lab file has no key `sed`; did you mean `seed`?"),
        ("unset training.batch=1", "`unset` wants keys without values, as in `unset training.batch`"),
        ("speed", "`speed` wants more, as in `speed 20`"),
        ("speed fast", "`fast` is no speed: write `speed 20`, in steps a second, or `speed max`"),
        ("speed 0", "a speed is above 0, in steps a second: `speed 20`, or `speed max`"),
        ("speed -3", "a speed is above 0, in steps a second: `speed 20`, or `speed max`"),
    ] {
        let mut app = app();
        assert_eq!(press(&mut app, &format!(":{typed}\n")), [], "{typed}");
        assert_eq!(line(&app), Some((typed.into(), Some(said.into()))));
    }
}

#[test]
fn what_the_check_refuses_comes_back_into_the_line_and_what_it_takes_is_told() {
    let mut app = app();
    press(&mut app, ":set training.batch=0\n");
    let wrong = Error::user("`training.batch` must be at least 1").help("or `full`");
    assert_eq!(app.take_up_change(FileChange::Refused(wrong)), []);
    let said = "`training.batch` must be at least 1: or `full`";
    assert_eq!(line(&app), Some(("set training.batch=0".into(), Some(said.into()))));
    // Mended, it is sent again.
    press_key(&mut app, KeyCode::Backspace, crossterm::event::KeyModifiers::NONE);
    assert_eq!(press(&mut app, "1\n"), [set(&["training.batch=1"])]);
    app.take_up_change(FileChange::Set {
        title: "Another".into(),
        about: "Text.".into(),
        scripts: fixture::scripts(),
        panes: Some(vec!["runs".into(), "loss".into()]),
        parameter: None,
        notice: "batch 1 (before: batch 64): the run starts over".into(),
        covered: Vec::new(),
    });
    assert_eq!(app.notice.as_deref(), Some("batch 1 (before: batch 64): the run starts over"));
    let shown = app.lab.as_ref().unwrap();
    assert_eq!((shown.title.as_str(), shown.order()[0].name, shown.order()[1].name), ("Another", "runs", "loss"));
    assert_eq!(line(&app), None);
}

/// Presses keys, where no script of the user's own is found.
fn type_keys(app: &mut App, keys: &str) {
    for key in keys.chars() {
        if let [Effect::FindScripts(_)] = press(app, &key.to_string()).as_slice() {
            app.complete(&[]);
        }
    }
}

#[test]
fn keys_and_values_are_completed_and_the_key_is_explained_while_it_is_typed() {
    let completed = |keys: &str| {
        let mut app = app();
        type_keys(&mut app, keys);
        line(&app).map(|(text, _)| text).unwrap()
    };
    assert_eq!(completed(":set trai\t"), "set training.");
    assert_eq!(completed(":set training.bat\t"), "set training.batch=");
    assert_eq!(completed(":set training.batch=\t\t\t"), "set training.batch=full");
    assert_eq!(completed(":set optimizer.rule=ada\t\t"), "set optimizer.rule=adabelief");
    assert_eq!(completed(":set training.batch=1 optimizer.l\t"), "set training.batch=1 optimizer.lr=");
    assert_eq!(completed(":unset \t"), "unset ");
    assert_eq!(completed(":speed \t"), "speed max");
    let mut app = app();
    press(&mut app, ":set training.batch=");
    insta::assert_snapshot!("setting_80x24", picture(&app));
    let help = "training.batch: samples in a mini-batch; full is all that are trained on (now 64;";
    assert!(picture(&app).replace('\n', " ").contains(&help[..60]), "{}", picture(&app));
    let mut small = lab(several(), (60, 18), false);
    press(&mut small, ":set training.");
    assert!(picture(&small).contains("training: epochs, steps, batch"), "{}", picture(&small));
}

#[test]
fn a_speed_is_set_by_a_number_or_a_word() {
    let mut app = app();
    assert_eq!(sent(&press(&mut app, ":speed 20\n")), [Command::Speed(Speed::PerSecond(20.0))]);
    assert_eq!(app.notice.as_deref(), Some("speed: 20 steps/s"));
    // The keys go on from there.
    assert_eq!(sent(&press(&mut app, "+")), [Command::Speed(Speed::PerSecond(50.0))]);
    assert_eq!(sent(&press(&mut app, ":speed 1\n")), [Command::Speed(Speed::PerSecond(1.0))]);
    assert_eq!(app.notice.as_deref(), Some("speed: 1 step/s"));
    assert_eq!(sent(&press(&mut app, ":speed max\n")), [Command::Speed(Speed::Max)]);
}

/// The third run, finished after so many seconds.
fn finished(seconds: f64) -> Snapshot {
    let mut snapshot = Snapshot { status: Status::Finished, ..several() };
    snapshot.runs.present[0].seconds = seconds;
    snapshot.timeline.seen += 1;
    snapshot
}

#[test]
fn a_run_that_was_over_at_once_says_what_it_was_and_how_to_watch_it() {
    let told = |seconds, speed| {
        let mut app = lab(Snapshot { speed, ..several() }, (80, 24), false);
        app.update(Event::Snapshot(Arc::new(Snapshot { speed, ..finished(seconds) })));
        app.notice
    };
    let said = "over: 287 steps in 13 ms; to watch: `:speed 20`, r, space";
    assert_eq!(told(0.0134, Speed::Max).as_deref(), Some(said));
    assert_eq!((told(3.2, Speed::Max), told(0.0134, Speed::PerSecond(20.0))), (None, None));
    // Gone back and forward again it is not told again.
    let mut app = lab(Snapshot { timeline: finished(0.0).timeline, ..several() }, (80, 24), false);
    app.update(Event::Snapshot(Arc::new(finished(0.0134))));
    assert_eq!(app.notice, None);
}

#[test]
fn the_table_of_runs_is_reached_in_every_lab() {
    for snapshot in [several(), fixture::race(), fixture::walked("moving-averages", 3), fixture::at_step(0)] {
        let mut app = lab(snapshot, (80, 24), false);
        let at = app.lab.as_ref().unwrap().order().iter().position(|pane| pane.name == "runs").unwrap();
        (0..at).for_each(|_| drop(press(&mut app, "\t")));
        assert_eq!(app.lab.as_ref().unwrap().focused().name, "runs");
    }
}

#[test]
fn the_tenth_pane_has_a_key_and_one_that_is_not_there_says_so() {
    let mut app = lab(fixture::race(), (80, 24), false);
    let tenth = app.lab.as_ref().unwrap().order()[9].name;
    press(&mut app, "0");
    assert_eq!(app.lab.as_ref().unwrap().focused().name, tenth);
    let mut app = lab(fixture::walked("moving-averages", 3), (80, 24), false);
    press(&mut app, "0");
    assert_eq!(app.notice.as_deref(), Some("there is no pane `0` here; the last one is `5`"));
}

#[test]
fn scripts_of_ones_own_are_completed_where_they_may_stand() {
    let completed = |typed: &str, key: &str, own: &str| {
        let mut app = app();
        assert_eq!(press(&mut app, typed), [Effect::FindScripts(key.into())]);
        app.complete(&[own.to_owned()]);
        line(&app).unwrap_or_default().0
    };
    let rule = "set optimizer={rule: my_rule.rhai";
    assert_eq!(completed(":set optimizer={rule: my\t", "optimizer.rule", "my_rule.rhai"), rule);
    assert_eq!(
        completed(":set optimizer.rule=my\t", "optimizer.rule", "my_rule.rhai"),
        "set optimizer.rule=my_rule.rhai"
    );
    assert_eq!(completed(":set loss={script: \t", "loss.script", "my_loss.rhai"), "set loss={script: my_loss.rhai");
    // Keys inside of a map are completed, too.
    let mut app = app();
    press(&mut app, ":set optimizer={ru\t");
    assert_eq!(line(&app).unwrap_or_default().0, "set optimizer={rule: ");
}

#[test]
fn a_list_of_words_is_completed_word_by_word() {
    let completed = |typed: &str| {
        let mut app = app();
        type_keys(&mut app, typed);
        line(&app).unwrap_or_default().0
    };
    assert_eq!(completed(":set watch.panes=\t"), "set watch.panes=[");
    assert_eq!(completed(":set watch.panes=[loss, led\t"), "set watch.panes=[loss, ledger");
    assert_eq!(completed(":set optimizer.rule=adamw\t"), "set optimizer.rule=adamw");
    assert_eq!(completed(":set training.shuffle=f\t"), "set training.shuffle=false");
}
