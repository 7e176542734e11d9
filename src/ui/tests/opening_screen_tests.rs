//! A lab that takes a while to open: what is shown and what keys do until it is there.

use std::sync::mpsc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyModifiers};

use crate::clock::Clock;
use crate::error::Error;
use crate::session::Command;
use crate::ui::app::App;
use crate::ui::host::Leave;
use crate::ui::host::opening::{Opened, Opening};
use crate::ui::host::{Effect, Event};
use crate::ui::tests::screen_tests::{LOOK, entries, picture, press, press_key, sent, watch};

/// Longer than any machine takes for what is waited for here.
const LONG: Option<Duration> = Some(Duration::from_secs(30));

/// A screen with a lab on its way, which is said so many seconds ago.
fn app(with_list: bool, seconds: Option<u64>, size: (u16, u16)) -> App {
    let mut app = if with_list { App::with_list(entries(), LOOK, true) } else { App::without_list(LOOK, true) };
    app.update(Event::Resize(size.0, size.1));
    let never = Opening::start("digits/\u{1b}[31mwide\n.yaml", &Clock::wall(), || Err(Vec::new()));
    let mut waiting = never.waiting();
    waiting.seconds = seconds;
    app.waiting = Some(waiting);
    app
}

#[test]
fn a_lab_on_its_way_is_announced() {
    for (size, name) in [((80, 24), "80x24"), ((120, 40), "120x40"), ((60, 18), "60x18")] {
        insta::assert_snapshot!(format!("first_{name}"), picture(&app(false, Some(0), size)));
        insta::assert_snapshot!(format!("of_the_list_{name}"), picture(&app(true, Some(12), size)));
    }
}

#[test]
fn nothing_is_said_of_a_lab_that_is_there_in_a_moment() {
    assert!(!picture(&app(false, None, (80, 24))).contains("Opening"));
    assert!(!picture(&app(true, None, (80, 24))).contains("Opening"));
}

#[test]
fn keys_for_the_lab_wait_for_it() {
    let mut app = app(true, Some(1), (80, 24));
    assert_eq!(press(&mut app, "j\n ?\u{1b}"), [Effect::GiveUp]);
    // Given up, the list is there as it was, and what was typed for the lab is gone.
    assert_eq!(app.list.as_ref().unwrap().chosen, 0);
    assert_eq!(sent(&app.open("t", "", &watch())).iter().filter(|one| **one == Command::Run).count(), 0);

    let mut app = self::app(false, Some(1), (80, 24));
    assert!(press(&mut app, " ").is_empty());
    let effects = app.open("t", "", &watch());
    assert_eq!(sent(&effects).last(), Some(&Command::Run), "{effects:?}");
    assert!(app.waiting.is_none());
}

#[test]
fn the_way_out_does_not_wait() {
    let mut app = app(false, Some(1), (80, 24));
    assert!(press(&mut app, "\u{1b}").is_empty());
    assert!(app.waiting.is_some() && app.notice.as_ref().is_some_and(|notice| notice.contains("q leaves")));
    assert_eq!(press(&mut app, "q"), [Effect::Leave(Leave::Quit)]);
    let effects = press_key(&mut app, KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(effects, [Effect::Leave(Leave::Quit)]);
    assert_eq!(press_key(&mut app, KeyCode::Char('z'), KeyModifiers::CONTROL), [Effect::Suspend]);
}

#[test]
fn an_error_takes_the_place_of_the_announcement() {
    let mut app = app(true, Some(1), (80, 24));
    app.show_error(Error::user("no such file"));
    let shown = picture(&app);
    assert!(shown.contains("no such file") && !shown.contains("Opening"), "{shown}");
}

#[test]
fn a_key_that_lies_on_the_keyboard_does_not_fill_the_memory() {
    let mut app = app(false, Some(1), (80, 24));
    press(&mut app, &"j".repeat(10_000));
    assert!(app.waiting.unwrap().typed().len() < 1000);
}

fn errors(opened: Option<Opened>) -> Vec<Error> {
    opened.and_then(Result::err).expect("the lab cannot be opened")
}

#[test]
fn whatever_comes_of_opening_is_told() {
    let wrong = Opening::start("a", &Clock::wall(), || Err(vec![Error::user("one"), Error::user("two")]));
    assert_eq!(errors(wrong.wait(LONG)).len(), 2);
    // Only once, as with a thread that is gone.
    assert!(errors(wrong.wait(LONG))[0].to_string().contains("lost"));
    let panics = Opening::start("b", &Clock::wall(), || panic!("by a test"));
    assert_eq!(errors(panics.wait(None))[0].exit_code(), 4);
}

#[test]
fn waiting_is_bounded_and_a_lab_given_up_is_dropped_where_it_was_made() {
    let (go, gate) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel::<()>();
    let opening = Opening::start("c", &Clock::wall(), move || {
        let _ = gate.recv();
        let _ = tell.send(());
        Err(Vec::new())
    });
    assert!(opening.wait(Some(Duration::ZERO)).is_none());
    assert!(opening.wait(Some(Duration::from_millis(1))).is_none());
    drop(opening);
    go.send(()).unwrap();
    told.recv_timeout(Duration::from_secs(30)).unwrap();
}
