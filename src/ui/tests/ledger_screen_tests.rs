//! The Ledger on whole screens, and its keys: (state, keys, state).

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::session::Command;
use crate::snapshot::{Snapshot, Speed, Status};
use crate::ui::app::App;
use crate::ui::host::{Effect, Event, Watch};
use crate::ui::tests::fixture::{self, ABOUT};
use crate::ui::tests::fixture_ledger::{ELEMENT, ledger};
use crate::ui::tests::screen_tests::{LOOK, picture, press, sent};

fn lab(snapshot: Snapshot, (width, height): (u16, u16)) -> App {
    let panes = ["loss", "ledger", "state", "guide"].map(str::to_owned).to_vec();
    let watch = Watch { parameter: Some("W1[3,5]".into()), panes, speed: Speed::Max, scripts: Vec::new() };
    let mut app = App::without_list(LOOK, true);
    app.update(Event::Resize(width, height));
    app.open("Adam on handwritten digits", ABOUT, &watch);
    app.update(Event::Snapshot(Arc::new(snapshot)));
    app
}

fn paused() -> Snapshot {
    Snapshot { status: Status::Paused, ..fixture::healthy() }
}

fn arrow(app: &mut App, code: KeyCode) -> Vec<Command> {
    sent(&app.update(Event::Key(KeyEvent::new(code, KeyModifiers::NONE))))
}

fn element(index: usize) -> Command {
    Command::Element { parameter: 0, index }
}

#[test]
fn screens() {
    for (size, name) in [((80, 24), "80x24"), ((100, 30), "100x30"), ((120, 40), "120x40")] {
        insta::assert_snapshot!(format!("ledger_{name}"), picture(&lab(paused(), size)));
        let mut app = lab(paused(), size);
        press(&mut app, "2z");
        insta::assert_snapshot!(format!("ledger_zoomed_{name}"), picture(&app));
    }
    insta::assert_snapshot!("ledger_just_opened", picture(&lab(fixture::at_step(0), (80, 24))));
}

#[test]
fn enter_in_state_goes_to_the_ledger_and_arrows_to_other_elements() {
    let mut app = lab(paused(), (120, 40));
    press(&mut app, "3\n");
    assert_eq!(app.lab.as_ref().unwrap().focused().name, "ledger");
    assert!(app.notice.as_ref().unwrap().contains("arrows"));
    assert_eq!(arrow(&mut app, KeyCode::Right), [element(ELEMENT + 1)]);
    assert_eq!(arrow(&mut app, KeyCode::Down), [element(ELEMENT + 65)]);
    assert_eq!(arrow(&mut app, KeyCode::Left), [element(ELEMENT + 64)]);
    assert_eq!(arrow(&mut app, KeyCode::Up), [element(ELEMENT)]);
    assert_eq!(sent(&press(&mut app, "jk")), [element(ELEMENT + 64), element(ELEMENT)]);
    assert!(picture(&app).contains("Ledger · W1[3,5] · step 287"));
    // What was not published yet is not shown under another name.
    arrow(&mut app, KeyCode::Right);
    assert!(picture(&app).contains("Ledger · W1[3,6] ──"), "{}", picture(&app));
    for _ in 0..9 {
        arrow(&mut app, KeyCode::Left);
    }
    assert!(arrow(&mut app, KeyCode::Left).is_empty(), "the first column is the last on this side");
}

#[test]
fn enter_in_the_ledger_goes_to_the_largest_gradient() {
    let mut app = lab(paused(), (120, 40));
    assert_eq!(sent(&press(&mut app, "2\n")), [element(1234)]);
    assert!(sent(&press(&mut app, "\n")).is_empty());
    let mut app = lab(fixture::at_step(0), (120, 40));
    assert!(sent(&press(&mut app, "2\n")).is_empty());
    assert!(app.notice.as_ref().unwrap().contains("s does one step"));
}

#[test]
fn another_parameter_begins_at_its_first_element() {
    let mut app = lab(paused(), (120, 40));
    press(&mut app, "3");
    assert_eq!(arrow(&mut app, KeyCode::Right), [Command::Focus(1)]);
    assert!(picture(&app).contains("Ledger · b1[0] ──"));
    press(&mut app, "2");
    assert_eq!(arrow(&mut app, KeyCode::Right), [Command::Element { parameter: 1, index: 1 }]);
    assert!(arrow(&mut app, KeyCode::Down).is_empty(), "a bias is one row");
}

#[test]
fn the_ledger_is_copied_as_text_from_any_pane() {
    let mut app = lab(paused(), (80, 24));
    let effects = press(&mut app, "Y");
    let [Effect::Copy(said)] = &effects[..] else { panic!("{effects:?}") };
    insta::assert_snapshot!("ledger_copied", said);
    assert!(app.notice.as_ref().unwrap().starts_with("copied W1[3,5] at step 287"));
    let mut app = lab(fixture::at_step(0), (80, 24));
    assert!(press(&mut app, "Y").is_empty() && app.notice.as_ref().unwrap().contains("s does one step"));
}

#[test]
fn a_frozen_ledger_stays() {
    let mut app = lab(paused(), (120, 40));
    press(&mut app, "f");
    app.update(Event::Snapshot(Arc::new(Snapshot { ledger: Some(ledger(288)), ..paused() })));
    assert!(picture(&app).contains("W1[3,5] · step 287"));
    press(&mut app, "f");
    assert!(picture(&app).contains("W1[3,5] · step 288"));
}
