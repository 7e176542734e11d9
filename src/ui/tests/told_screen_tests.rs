//! What the screen says of keys and lines: each one that does nothing is told, and what is told is what happens.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyModifiers};

use crate::session::{Command, Travel};
use crate::snapshot::{Event as Done, Intervention, Snapshot, Status};
use crate::ui::app::App;
use crate::ui::host::Event;
use crate::ui::tests::screen_tests::{lab, paused, picture, press, press_key, sent};
use crate::ui::tests::{fixture, fixture_maps, fixture_runs};

fn notice(app: &App) -> &str {
    app.notice.as_deref().unwrap_or_default()
}

/// A race that is held, with this run in all panes.
fn race(shown: usize) -> Snapshot {
    Snapshot { status: Status::Paused, shown, ..fixture::race() }
}

/// A fork of the first run, made at step 7.
fn forked(mut snapshot: Snapshot) -> Snapshot {
    let race = snapshot.race.as_mut().unwrap();
    let source = race.runs[0].name.clone();
    let mut fork = race.runs[0].clone();
    fork.name = "adam_fork_1".into();
    race.runs.push(fork);
    let what = Intervention::Fork { name: "adam_fork_1".into() };
    snapshot.timeline.events.push(Done { step: 7, run: source, what });
    snapshot
}

#[test]
fn a_key_that_means_nothing_in_a_pane_is_told_by_its_name_whatever_key_it_is() {
    let mut app = lab(paused(), (80, 24), false);
    for (code, named) in [(KeyCode::Enter, "Enter"), (KeyCode::PageDown, "PgDn"), (KeyCode::F(5), "F5")] {
        assert!(press_key(&mut app, code, KeyModifiers::NONE).is_empty());
        assert_eq!(notice(&app), format!("{named} does nothing here; ? shows the keys"));
    }
    press_key(&mut app, KeyCode::Char('w'), KeyModifiers::CONTROL);
    assert_eq!(notice(&app), "Ctrl-W does nothing here; ? shows the keys");
    // What is left of a broken escape sequence looks like a key with Alt.
    press_key(&mut app, KeyCode::Char('w'), KeyModifiers::ALT);
    assert_eq!(notice(&app), "");
}

#[test]
fn a_pane_that_shows_all_it_has_says_that_there_is_nothing_to_scroll_to() {
    let mut app = lab(fixture_maps::mapped("momentum-in-the-ravine", 20, &[]), (80, 24), false);
    let at = app.lab.as_ref().unwrap().order().iter().position(|kind| kind.name == "map").unwrap();
    press(&mut app, &format!("{}", at + 1));
    press(&mut app, "j");
    assert_eq!(notice(&app), "all of it is shown: there is nothing to scroll to");
}

#[test]
fn a_way_along_the_timeline_that_leads_nowhere_is_told_and_not_gone() {
    let newest = |status| Snapshot { status, ..fixture::healthy() };
    let mut app = lab(newest(Status::Paused), (80, 24), false);
    assert_eq!(sent(&press(&mut app, "}")), []);
    assert_eq!(notice(&app), "this is the newest step: space or s goes on from here");
    assert_eq!(sent(&press(&mut app, "]")), [Command::Travel(Travel::Forward)]);
    for status in [Status::Finished, fixture::diverged().status] {
        let word = status.past();
        let mut app = lab(newest(status), (80, 24), false);
        for key in ["]", "}"] {
            assert_eq!(sent(&press(&mut app, key)), []);
            assert_eq!(notice(&app), format!("the run has {word}: there is no step after this one"));
        }
    }
    // Where the run was further, both lead there.
    let mut past = paused();
    past.timeline.seen = past.step + 9;
    let mut app = lab(past, (80, 24), false);
    assert_eq!(sent(&press(&mut app, "]}")), [Command::Travel(Travel::Forward), Command::Travel(Travel::NextMark)]);
    press(&mut app, "r");
    assert_eq!(notice(&app), "from the start with seed 7");
}

#[test]
fn a_knob_and_a_fork_are_of_the_run_that_is_shown_and_the_screen_names_it() {
    for (shown, name) in [(0, "adam"), (2, "momentum")] {
        let mut app = lab(race(shown), (80, 24), false);
        let turned = sent(&press(&mut app, ":lr = 0.5\n"));
        let run = Some(name.to_owned());
        assert_eq!(turned, [Command::SetHyper { run: run.clone(), name: "lr".into(), value: 0.5 }]);
        assert_eq!(notice(&app), format!("{name}: lr = 0.5 from the next step on"));
        assert_eq!(sent(&press(&mut app, "F")), [Command::Fork { run }]);
    }
    let mut app = lab(race(2), (80, 24), false);
    press(&mut app, ":sgd.lr = 0.5\n");
    assert_eq!(notice(&app), "sgd: lr = 0.5 from the next step on");
}

#[test]
fn a_fork_is_told_and_is_what_knobs_turn_while_the_run_that_it_left_is_shown() {
    let mut app = lab(race(0), (80, 24), false);
    press(&mut app, "F");
    app.update(Event::Snapshot(Arc::new(forked(race(0)))));
    assert_eq!(notice(&app), "adam_fork_1 goes on from step 7 of adam; `:lr = VALUE` turns it");
    press(&mut app, ":lr = 0.5\n");
    assert_eq!(notice(&app), "adam_fork_1: lr = 0.5 from the next step on");
    // It is told once, and another run that is shown has no fork.
    app.update(Event::Snapshot(Arc::new(forked(race(2)))));
    assert_eq!(notice(&app), "adam_fork_1: lr = 0.5 from the next step on");
    press(&mut app, ":lr = 0.5\n");
    assert_eq!(notice(&app), "momentum: lr = 0.5 from the next step on");
    // A lab that is opened with a fork in it has nothing new to tell.
    assert_eq!(notice(&lab(forked(race(0)), (80, 24), false)), "");
}

#[test]
fn what_a_condition_came_to_is_told_though_the_run_was_over_before_its_answer_was_seen() {
    let mut app = lab(paused(), (80, 24), false);
    press(&mut app, ":until loss < 0\n");
    let mut over = Snapshot { status: Status::Finished, ..fixture::healthy() };
    over.queries.answer = Some((1, Ok("until loss < 0".into())));
    over.queries.held = Some((1, "the run ended at step 287; loss < 0 never held".into()));
    app.update(Event::Snapshot(Arc::new(over)));
    assert_eq!(notice(&app), "the run ended at step 287; loss < 0 never held");
}

#[test]
fn lines_whose_work_may_be_out_of_sight_say_what_they_did() {
    let mut app = lab(paused(), (80, 24), false);
    press(&mut app, ":watch W2[0,1]\n");
    assert_eq!(notice(&app), "Ledger shows W2[0,1], State W2");
    press(&mut app, ":watch b1\n");
    assert_eq!(notice(&app), "State and Ledger show b1");
    press(&mut app, ":theme light\n");
    assert_eq!(notice(&app), "theme light; `:keep` keeps it for the next time");
}

#[test]
fn what_is_proposed_to_be_typed_is_there_in_this_kind_of_lab() {
    let network = paused();
    let landscape = fixture_maps::mapped("momentum-in-the-ravine", 20, &[]);
    let series = fixture::walked("moving-averages", 3);
    for (snapshot, set, trained) in [
        (network, "set training.batch=1", true),
        (landscape, "set optimizer.lr=0.1", true),
        (series, "set series={source: impulse}", false),
    ] {
        let mut app = lab(snapshot, (120, 40), false);
        press(&mut app, ":");
        let line = picture(&app);
        assert!(line.contains(set), "{line}");
        assert_eq!(line.contains("until loss < 0.1"), trained, "{line}");
        press(&mut app, "\u{1b}");
        let at = app.lab.as_ref().unwrap().order().iter().position(|kind| kind.name == "runs").unwrap();
        app.lab.as_mut().unwrap().focus_on(at);
        press(&mut app, "\n");
        assert_eq!(notice(&app), format!("there is no earlier run yet: `:{set}`, or r, begins another one"));
        press(&mut app, "i");
        assert!(picture(&app).contains(&format!(" :{set}")), "{set}");
    }
}

#[test]
fn a_series_has_no_updates_to_copy_and_says_so() {
    let mut app = lab(fixture::walked("moving-averages", 3), (80, 24), false);
    app.lab.as_mut().unwrap().focus_on(0);
    let at = app.lab.as_ref().unwrap().order().iter().position(|kind| kind.name == "map").unwrap();
    app.lab.as_mut().unwrap().focus_on(at);
    press(&mut app, "Y");
    assert_eq!(notice(&app), "a series has no updates to copy; in Guide Y copies its text");
}

#[test]
fn at_the_start_again_no_pane_says_that_nothing_has_run() {
    let mut start = fixture::at_step(0);
    start.timeline.seen = 271;
    let mut app = lab(start, (80, 24), false);
    let screen = picture(&app);
    assert!(!screen.contains("othing has run yet"), "{screen}");
    assert!(screen.contains("This is the start again, of a run that reached step 271."), "{screen}");
    press(&mut app, "d");
    let said = picture(&app);
    assert!(said.contains("Loss: this is the start again, of a run that reached step 271."), "{said}");
    assert!(picture(&lab(fixture::at_step(0), (80, 24), false)).contains("Nothing has run yet."));
}

#[test]
fn the_sentence_of_a_pane_names_the_run_that_it_is_of() {
    let mut app = lab(race(2), (120, 40), false);
    for name in ["loss", "gradients", "state", "network", "schedule", "ledger"] {
        let at = app.lab.as_ref().unwrap().order().iter().position(|kind| kind.name == name).unwrap();
        app.lab.as_mut().unwrap().focus_on(at);
        press(&mut app, "d");
        let (_, said) = app.in_words(None);
        assert!(said.contains("momentum"), "{said}");
        press(&mut app, "\u{1b}");
    }
}

/// The row of what the keys do.
fn row_of_keys(app: &App) -> String {
    picture(app).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn the_row_of_keys_offers_none_that_would_do_nothing_now() {
    let offered = |snapshot: Snapshot, size| {
        let mut app = lab(snapshot, size, false);
        let row = row_of_keys(&app);
        // What is left out is only told; what is offered is done.
        for (key, hint) in [(" ", "space run/pause"), ("s", "s step"), ("b", "b back")] {
            let sent = sent(&press(&mut app, key));
            assert_eq!(sent.is_empty(), !row.contains(hint), "{key}: {row}");
        }
        row
    };
    for size in [(60, 18), (80, 24), (100, 30), (120, 40)] {
        let start = offered(fixture::at_step(0), size);
        assert!(start.starts_with(" space run/pause · s step · ") && !start.contains("b back"), "{start}");
        let held = offered(paused(), size);
        assert!(held.starts_with(" space run/pause · s step · b back"), "{held}");
        for over in
            [fixture::diverged(), fixture::failed(), Snapshot { status: Status::Finished, ..fixture::healthy() }]
        {
            let row = offered(over, size);
            assert!(row.starts_with(" r restart · b back") && row.contains("q leave"), "{row}");
        }
    }
}

/// `r` starts over without what was turned by hand: what a lab proposes is set, which stays, or turned after the start.
#[test]
fn no_lab_proposes_to_start_over_with_a_knob_that_was_turned_before() {
    let labs = concat!(env!("CARGO_MANIFEST_DIR"), "/labs");
    let files = std::fs::read_dir(labs).unwrap().map(|entry| entry.unwrap().path());
    let texts: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    assert!(texts.len() > 6);
    for line in texts.iter().flat_map(|text| text.lines()) {
        let turned =
            line.find("`:").filter(|at| line[*at..].split('`').nth(1).is_some_and(|said| said.contains(" = ")));
        assert!(turned.is_none_or(|at| !line[at..].contains("`r`")), "{line}");
    }
}

/// A run from the start has the lab's values: whoever has turned a knob is told which ones those are.
#[test]
fn a_restart_names_the_knobs_that_go_back_to_the_lab_s_values() {
    let turned = |names: &[&str]| {
        let mut run = paused();
        run.timeline.events = names
            .iter()
            .map(|name| Done {
                step: 3,
                run: "adam".into(),
                what: Intervention::Set { name: (*name).into(), value: 0.5 },
            })
            .collect();
        lab(run, (80, 24), false)
    };
    for (names, told) in [
        (&["lr"][..], "; lr is back at the lab's value"),
        (&["lr", "beta1", "lr"], "; lr, beta1 are back at the lab's values"),
    ] {
        let mut app = turned(names);
        press(&mut app, "r");
        assert_eq!(notice(&app), format!("from the start with seed 7{told}"));
        let mut app = turned(names);
        press(&mut app, "R");
        assert_eq!(notice(&app), format!("from the start with seed 8{told}"));
    }
}

#[test]
fn a_restart_says_which_forks_are_gone() {
    let mut snapshot = fixture::race();
    let what = Intervention::Fork { name: "adam_fork_1".into() };
    snapshot.timeline.events.push(Done { step: 7, run: "adam".into(), what });
    let mut app = lab(snapshot, (80, 24), false);
    press(&mut app, "r");
    assert_eq!(notice(&app), "from the start with seed 7; without adam_fork_1");
}

/// Whoever presses both at once does not wait until the new run is seen.
#[test]
fn a_key_right_after_a_restart_is_for_the_run_that_was_asked_for() {
    for restart in ["r", "R"] {
        for (key, command) in [(" ", Command::Run), ("s", Command::Step), ("S", Command::StepEpoch)] {
            let over = Arc::new(Snapshot { status: Status::Finished, ..fixture::healthy() });
            let mut app = lab(over.as_ref().clone(), (80, 24), false);
            assert!(press(&mut app, key).is_empty(), "the run is over");
            let sent = sent(&press(&mut app, &format!("{restart}{key}")));
            assert!(matches!(sent[..], [Command::Restart { .. }, ref second] if *second == command), "{sent:?}");
            // What was published of the run before says nothing of the next one.
            app.update(Event::Snapshot(over.clone()));
            assert!(!press(&mut app, key).is_empty());
            // The new one is seen, and comes to its end; or its end is the first that is seen of it.
            let mut next = over.as_ref().clone();
            next.runs.present = vec![fixture_runs::row(2, &[], &[])];
            for seen in [vec![fixture::at_step(0), over.as_ref().clone()], vec![next]] {
                let mut app = lab(over.as_ref().clone(), (80, 24), false);
                press(&mut app, &format!("{restart}{key}"));
                seen.into_iter().for_each(|snapshot| drop(app.update(Event::Snapshot(Arc::new(snapshot)))));
                assert!(press(&mut app, key).is_empty() && app.notice.as_ref().unwrap().contains("r starts it again"));
            }
        }
    }
}

/// What stands between backquotes in a sentence of the program's is drawn as code, and is as wide as it is seen.
#[test]
fn what_is_typed_stands_on_the_screen_without_the_quotes_of_its_text() {
    let mut app = lab(paused(), (80, 24), false);
    app.notice = Some("over: 30 steps in 1 ms; to watch: `:speed 20`, r, space".into());
    assert!(picture(&app).ends_with(" over: 30 steps in 1 ms; to watch: :speed 20, r, space"), "{}", picture(&app));
    // With the quotes it would not stand in one row.
    let row = format!("`{}` `{}`", "x".repeat(38), "y".repeat(39));
    app.notice = Some(row.clone());
    assert!(picture(&app).ends_with(&row.replace('`', "")), "{}", picture(&app));
    // One quote alone is none.
    app.notice = Some("no key does ` here".into());
    assert!(picture(&app).ends_with(" no key does ` here"));
    for snapshot in [fixture::healthy(), fixture::race(), fixture_runs::several()] {
        let all = picture(&lab(snapshot, (200, 60), false));
        let own = |line: &&str| line.contains('`') && !line.contains("//!");
        assert_eq!(all.lines().find(own), None);
    }
}

/// What ended a run, what is wrong with a file, what a pane says of itself: wherever the program writes a sentence, what is
/// typed stands in it without quotes.
#[test]
fn no_sentence_of_the_program_has_quotes_on_the_screen() {
    let unquoted = |app: &App, of: &str| {
        let all = picture(app);
        let own = |line: &&str| line.contains('`') && !line.contains("//");
        assert_eq!(all.lines().find(own), None, "{of}");
    };
    let mut warned = fixture::diverged();
    warned.log = vec![(0, "warning: `lr` is far from usual".into())];
    for (name, snapshot) in [("diverged", warned), ("failed", fixture::failed()), ("runs", fixture_runs::several())] {
        for size in [(80, 24), (120, 40), (200, 60)] {
            let mut app = lab(snapshot.clone(), size, false);
            for at in 0..app.lab.as_ref().unwrap().order().len() {
                app.lab.as_mut().unwrap().focus_on(at);
                unquoted(&app, name);
                for key in ["i", "d"] {
                    press(&mut app, key);
                    unquoted(&app, name);
                    press(&mut app, "\u{1b}");
                }
            }
        }
    }
    let mut app = lab(paused(), (120, 100), false);
    press(&mut app, "?");
    assert!(picture(&app).contains("back to the shell; fg returns"), "{}", picture(&app));
    unquoted(&app, "the help");
    let Status::Failed(error) = fixture::failed().status else { panic!("an error") };
    let mut app = lab(paused(), (80, 24), false);
    app.layer = Some(crate::ui::app::Layer::Fault(error, 0));
    unquoted(&app, "a lab that cannot be opened");
}
