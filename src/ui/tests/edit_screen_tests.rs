//! A lab whose files are saved while the screen shows it: (state, news, state).

use std::sync::Arc;

use crate::error::{Error, Place, Source};
use crate::lab::ScriptText;
use crate::snapshot::{Asks, Outcome, Snapshot, Status, Verdict};
use crate::ui::app::App;
use crate::ui::host::{Effect, Event, FileChange};
use crate::ui::tests::fixture;
use crate::ui::tests::fixture_tasks as asked;
use crate::ui::tests::screen_tests::{lab, paused, picture, press};

const RULE: &str = "fn hyper() { #{ lr: 0.1 } }\n\nfn update(w, dw, state, h, t) {\n    w - h.lr *) dw\n}\n";

fn source() -> Arc<Source> {
    Source::new("mine.rhai", RULE)
}

fn broken() -> FileChange {
    FileChange::Broken(Error::user("`*)` is not part of optlab's scripts").at(Place::token(&source(), 4, 14)))
}

fn focus_on(app: &mut App, name: &str) {
    let at = app.lab.as_ref().unwrap().order().iter().position(|pane| pane.name == name).unwrap();
    app.lab.as_mut().unwrap().focus_on(at);
}

#[test]
fn a_script_saved_with_an_error_is_marked_and_the_run_goes_on() {
    let mut app = lab(fixture::healthy(), (80, 24), false);
    focus_on(&mut app, "script");
    press(&mut app, "z");
    app.take_up_change(broken());
    insta::assert_snapshot!(picture(&app));
    // What is right again is shown without a mark.
    let scripts = vec![ScriptText::of(&Source::new("mine.rhai", RULE.replace("*)", "*")))];
    let notice = "mine.rhai was saved: in effect from the next step on".to_owned();
    app.take_up_change(FileChange::Edited {
        title: "Another\ntitle".into(),
        about: "New text.".into(),
        scripts,
        notice,
        covered: Vec::new(),
    });
    let shown = picture(&app);
    assert!(shown.contains("Another title") && shown.contains("in effect") && !shown.contains("not loaded"), "{shown}");
}

#[test]
fn an_error_of_the_lab_itself_is_told_with_its_line() {
    let mut app = lab(paused(), (100, 30), false);
    let yaml = Source::new("lab.yaml", "format: 1\nid: a\noptimizer: {rule: adan}\n");
    app.take_up_change(FileChange::Broken(Error::user("there is no optimizer `adan`").at(Place::token(&yaml, 3, 19))));
    assert_eq!(app.notice.as_deref(), Some("lab.yaml:3: there is no optimizer `adan`; it runs as before"));
    focus_on(&mut app, "script");
    press(&mut app, "z");
    assert!(picture(&app).contains("rule: adan"));
}

#[test]
fn the_key_edits_the_script_that_is_looked_at_and_else_the_lab() {
    let mut app = lab(paused(), (100, 30), false);
    assert_eq!(press(&mut app, "e"), [Effect::Edit { script: None }]);
    focus_on(&mut app, "script");
    let name = Some(fixture::scripts()[0].source.name.clone());
    assert_eq!(press(&mut app, "e"), [Effect::Edit { script: name }]);
}

/// A run in its thirteenth epoch that goes on by this text of `mine.rhai`, which is newest in a folder.
fn going_by(text: &str) -> Snapshot {
    let mut snapshot = fixture::healthy();
    snapshot.timeline.scripts = Some(Arc::new(vec![("mine.rhai".into(), text.into())]));
    snapshot
}

fn saved(text: &str) -> FileChange {
    let scripts = vec![ScriptText::of(&Source::new("labs/mine.rhai", text))];
    let (title, about, notice, covered) = ("Edits".into(), String::new(), String::new(), Vec::new());
    FileChange::Edited { title, about, scripts, notice, covered }
}

#[test]
fn the_script_of_an_older_step_is_the_one_that_made_its_update() {
    let (first, second) = ("fn update(w, dw) {\n    w - 0.1 * dw\n}\n", "fn update(w, dw) {\n    w - 0.2 * dw\n}\n");
    let mut app = lab(going_by(first), (80, 24), false);
    app.take_up_change(saved(first));
    focus_on(&mut app, "script");
    press(&mut app, "z");
    assert!(picture(&app).contains("0.1 * dw") && !picture(&app).contains("edited since"));
    // Saved, and not in force yet.
    app.take_up_change(saved(second));
    assert!(picture(&app).contains("0.1 * dw"), "{}", picture(&app));
    app.update(Event::Snapshot(Arc::new(going_by(second))));
    assert!(picture(&app).contains("0.2 * dw") && !picture(&app).contains("edited since"));
    // Back before the edit, and held there while the run goes on.
    let back = Snapshot { step: 280, ..going_by(first) };
    app.update(Event::Snapshot(Arc::new(back)));
    insta::assert_snapshot!("script_of_an_older_step", picture(&app));
    assert_eq!(press(&mut app, "e"), [Effect::Edit { script: Some("labs/mine.rhai".into()) }]);
    press(&mut app, "f");
    app.update(Event::Snapshot(Arc::new(going_by(second))));
    assert!(picture(&app).contains("0.1 * dw"));
    press(&mut app, "f");
    assert!(picture(&app).contains("0.2 * dw"));
    // One that was saved with an error is there to be mended, wherever the run stands.
    let wrong = Source::new("labs/mine.rhai", second.replace("* dw", "*) dw"));
    app.take_up_change(FileChange::Broken(Error::user("`*)` is no operator").at(Place::token(&wrong, 2, 13))));
    assert!(picture(&app).contains("0.2 *) dw") && picture(&app).contains("not loaded: error in line 2"));
}

#[test]
fn a_rule_that_is_no_longer_in_the_lab_is_shown_where_it_was_in_force() {
    let mut app = lab(going_by("fn update(w, dw) { w - 0.1 * dw }\n"), (80, 24), false);
    focus_on(&mut app, "script");
    press(&mut app, "z");
    let shown = picture(&app);
    assert!(shown.contains("Script · mine.rhai") && shown.contains("0.1 * dw"), "{shown}");
}

/// A run tells the scripts that it is made of, and no file that a task alone asks for.
#[test]
fn the_key_edits_the_file_of_the_task_though_no_run_is_made_of_it() {
    let mut seen = asked::open();
    seen.tasks = vec![asked::task("write", "script", "Write it.", Asks::Script("one_by_one.rhai".into()))];
    let mut app = asked::lab(seen, (80, 24), false);
    let text = "fn generate(h, rng) {\n    zeros(3)\n}\n";
    let own = "fn update(w, dw) {\n    w - 0.1 * dw\n}\n";
    let scripts = [("labs/mine.rhai", own), ("labs/one_by_one.rhai", text)];
    let scripts = scripts.map(|(name, text)| ScriptText::of(&Source::new(name, text))).to_vec();
    let title = "Edits".to_owned();
    let (about, notice, covered) = (String::new(), String::new(), Vec::new());
    app.take_up_change(FileChange::Edited { title, about, scripts, notice, covered });
    let asked_for = [Effect::Edit { script: Some("labs/one_by_one.rhai".into()) }];
    for told in [own, "fn update(w, dw) {\n    w - 0.2 * dw\n}\n"] {
        app.update(Event::Snapshot(Arc::new(going_by(told))));
        assert_eq!(press(&mut app, "e"), asked_for);
    }
}

/// A verdict of a task takes the place of what was said of the save; that the run is not of the file stands in a line of its own.
#[test]
fn that_what_is_shown_is_not_of_the_saved_file_stands_as_long_as_it_is_true() {
    for (size, words) in [
        ((80, 24), "what is shown is not of 07-batch.yaml as saved: r starts over with it"),
        ((60, 18), "this is not of 07-batch.yaml as saved: r starts over with it"),
    ] {
        let mut app = asked::lab(asked::open(), size, false);
        let mut over = Snapshot { status: Status::Finished, ..fixture::healthy() };
        app.update(Event::Snapshot(Arc::new(over.clone())));
        assert!(!picture(&app).contains("as saved"));
        over.timeline.saved = Some("07-batch.yaml".into());
        app.update(Event::Snapshot(Arc::new(over.clone())));
        let mut seen = asked::open();
        seen.tasks[0].verdict = Some(Verdict::of(Outcome::Failed, "The check does not hold yet."));
        seen.tasks[0].edited = true;
        app.take_tasks(Arc::new(seen));
        assert!(app.notice.as_ref().is_some_and(|notice| notice.contains("does not hold yet")), "{:?}", app.notice);
        let row = picture(&app).lines().nth(1).unwrap_or_default().trim().to_owned();
        assert!(row == words || size.0 == 60 && row.ends_with("saved file: r starts over with it"), "{row}");
        over.timeline.saved = None;
        app.update(Event::Snapshot(Arc::new(over)));
        assert!(!picture(&app).contains("saved: r starts") && !picture(&app).contains("saved file: r"));
    }
}

/// Values that are laid over the file cover what was saved below them, whatever else is told.
#[test]
fn that_what_is_set_covers_what_was_saved_stands_as_long_as_it_is_true() {
    let saved = |covered: &[&str]| {
        let covered = covered.iter().map(|key| (*key).to_owned()).collect();
        let (title, about, notice) = (String::new(), String::new(), "lab.yaml was saved".to_owned());
        FileChange::Edited { title, about, scripts: fixture::scripts(), notice, covered }
    };
    let one = "optimizer.lr is as set, not as saved: :unset optimizer.lr shows the file's";
    let two = "optimizer.lr training.batch are as set, not as saved: :unset shows the file's";
    let short = "set values cover what was saved: :unset shows the file's";
    for (size, keys, words) in [
        ((80, 24), &["optimizer.lr"][..], one),
        ((60, 18), &["optimizer.lr"], short),
        ((100, 30), &["optimizer.lr", "training.batch"], two),
        ((80, 24), &["optimizer.weight_decay", "training.batch", "network"], short),
        ((60, 18), &["optimizer.lr", "training.batch"], short),
    ] {
        let mut app = asked::lab(asked::open(), size, false);
        app.take_up_change(saved(keys));
        let mut seen = asked::open();
        seen.tasks[0].verdict = Some(Verdict::of(Outcome::Failed, "The check does not hold yet."));
        app.take_tasks(Arc::new(seen));
        app.update(Event::Snapshot(Arc::new(fixture::healthy())));
        assert_eq!(picture(&app).lines().nth(1).unwrap_or_default().trim(), words);
        app.take_up_change(saved(&[]));
        assert!(!picture(&app).contains("the file's"), "{}", picture(&app));
    }
}
