//! What is chosen within a pane: (state, keys or mouse, state).

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use crate::session::Command;
use crate::ui::app::App;
use crate::ui::host::{Effect, Event};
use crate::ui::tests::fixture;
use crate::ui::tests::screen_tests::{lab, paused, picture, press, sent};

fn focus_on(app: &mut App, name: &str) {
    let at = app.lab.as_ref().unwrap().order().iter().position(|pane| pane.name == name).unwrap();
    app.lab.as_mut().unwrap().focus_on(at);
}

fn arrow(app: &mut App, code: KeyCode) {
    app.update(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
}

fn drag(app: &mut App, kind: MouseEventKind, column: u16, row: u16) {
    app.update(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
}

#[test]
fn the_crosshair_tells_the_numbers_of_a_step_and_esc_puts_it_away() {
    use crossterm::event::KeyCode::{Left, Right};
    let mut app = lab(paused(), (80, 24), false);
    let before = picture(&app);
    (0..60).for_each(|_| arrow(&mut app, Left));
    insta::assert_snapshot!(picture(&app));
    arrow(&mut app, Right);
    let there = picture(&app);
    press(&mut app, "\u{1b}");
    assert_eq!(picture(&app), before);
    // By the mouse: where it is pressed, and where it is dragged to.
    drag(&mut app, MouseEventKind::Down(MouseButton::Left), 40, 5);
    let pressed = picture(&app);
    assert!(pressed.contains("step 210: batch 0.") && pressed != there, "{pressed}");
    drag(&mut app, MouseEventKind::Drag(MouseButton::Left), 20, 5);
    assert_ne!(picture(&app), pressed);
    // Far outside of the plot it stays within the run.
    drag(&mut app, MouseEventKind::Drag(MouseButton::Left), 0, 3);
    drag(&mut app, MouseEventKind::Drag(MouseButton::Left), 79, 3);
    assert!(picture(&app).contains("step 287: batch"), "{}", picture(&app));
}

#[test]
fn smoothing_goes_from_none_to_a_thousand_steps() {
    let mut app = lab(paused(), (80, 24), false);
    let own = picture(&app);
    press(&mut app, ".");
    assert_eq!(app.notice.as_deref(), Some("smooth: over about 100 steps (beta = 0.99)"));
    press(&mut app, ",");
    assert!(app.notice.as_deref().unwrap().contains("as the run itself tells it"));
    press(&mut app, "i\u{1b}");
    assert_eq!(picture(&app), own);
    press(&mut app, ",,,,,,,,,,,,");
    assert_eq!(app.notice.as_deref(), Some("smooth: every step as it is"));
}

#[test]
fn the_correction_is_put_on_and_off() {
    let mut app = lab(fixture::at_step(5), (120, 40), false);
    focus_on(&mut app, "state");
    assert!(!picture(&app).contains("averages / (1-b^t)"));
    press(&mut app, "c");
    assert!(picture(&app).contains("averages / (1-b^t)"), "{}", picture(&app));
    press(&mut app, "c");
    assert!(!picture(&app).contains("averages / (1-b^t)"));
}

#[test]
fn a_run_of_a_race_is_chosen_and_all_panes_say_whose_they_are() {
    let mut race = fixture::race();
    let mut app = lab(race.clone(), (120, 40), false);
    focus_on(&mut app, "race");
    let ranked = race.race.as_ref().unwrap().equal_steps.order.clone();
    assert_eq!(sent(&press(&mut app, "\n")), [Command::Show(ranked[0])]);
    assert_eq!(sent(&press(&mut app, "j\n")), [Command::Show(ranked[1])]);
    race.shown = ranked[1];
    app.update(Event::Snapshot(std::sync::Arc::new(race.clone())));
    let name = race.race.as_ref().unwrap().runs[ranked[1]].name.clone();
    let shown = picture(&app);
    for title in ["Loss", "Gradient norm", "State"] {
        assert!(shown.contains(&format!("{title} · {name}")), "{shown}");
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn a_picture_is_asked_for_by_the_step_that_it_shows_and_one_of_a_pane_by_the_pane_too() {
    let mut app = lab(paused(), (80, 24), false);
    assert_eq!(press(&mut app, "P"), [Effect::Picture { name: "step-287".into(), pane: None }]);
    app.lab.as_mut().unwrap().focus_on(1);
    let pane = app.lab.as_ref().unwrap().focused().name;
    let key = KeyEvent::new(KeyCode::Char('p'), KeyModifiers::CONTROL);
    let wanted = Effect::Picture { name: format!("{pane}-step-287"), pane: Some(pane) };
    assert_eq!(app.update(Event::Key(key)), [wanted]);
    assert!(app.leads_out(&key), "a tape makes no files");
}
