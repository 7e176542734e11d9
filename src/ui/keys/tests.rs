//! The table of keys: no key has two meanings in one place, and each says what it does.

use super::*;
use crate::ui::panes::{self, PANES};

fn contexts() -> impl Iterator<Item = Context> {
    let labs = PANES
        .into_iter()
        .flat_map(|pane| [Context::Lab(pane.keys), Context::Tasks(pane.keys), Context::Walk(pane.keys)]);
    labs.chain([Context::List])
}

fn event(chord: Chord, action: Action) -> KeyEvent {
    match (chord, action) {
        (Char(c), _) | (Letter, A::Press(Press::Letter(c))) => KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE),
        (Ctrl(c), _) => KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL),
        (Code(code), _) => KeyEvent::new(code, KeyModifiers::NONE),
        (Place, _) => KeyEvent::new(KeyCode::Char('3'), KeyModifiers::NONE),
        (Letter, _) => panic!("no letter"),
    }
}

fn letter(c: char) -> KeyEvent {
    KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)
}

#[test]
fn no_key_has_two_meanings_in_one_place() {
    for context in contexts() {
        for binding in table(context) {
            for chord in binding.chords {
                let expected = if *chord == Place { A::Focus(3) } else { binding.action };
                let found = lookup(&event(*chord, binding.action), context);
                assert_eq!(found, Some(expected), "{} in {context:?}", binding.shown);
            }
        }
    }
}

#[test]
fn every_line_says_what_it_does_in_few_words() {
    for binding in contexts().flat_map(table) {
        assert!(!binding.says.is_empty() && binding.says.len() <= 64, "{}", binding.says);
    }
    for binding in WALK.iter().chain(RUN).chain(TASKS).chain(SCREEN) {
        assert!(contexts().any(|context| binding.works(context)), "{}", binding.shown);
    }
}

#[test]
fn the_help_finds_zoom() {
    assert!(RUN.iter().any(|binding| binding.matches("Zoom") && binding.action == A::Zoom));
}

#[test]
fn keys_that_mean_nothing_are_told_apart() {
    let of = |name: &str| Context::Lab(panes::named(name).unwrap().keys);
    assert_eq!(['a', 'h', 'n', 'p', 'A'].map(|c| lookup(&letter(c), of("loss"))), [None; 5], "it asks nothing");
    assert_eq!(lookup(&KeyEvent::new(KeyCode::Char('q'), KeyModifiers::ALT), of("loss")), None);
    assert_eq!(lookup(&KeyEvent::new(KeyCode::Char('q'), KeyModifiers::CONTROL), of("loss")), None);
    assert_eq!(lookup(&letter('y'), of("state")), None);
    assert_eq!(lookup(&letter('y'), of("loss")), Some(A::Press(Press::Letter('y'))));
    assert_eq!(lookup(&letter('y'), Context::List), None);
    let panes = ['1', '9', '0', 't'].map(|c| lookup(&letter(c), of("loss")));
    assert_eq!(panes, [1, 9, 10, 11].map(|number| Some(A::Focus(number))));
}

#[test]
fn every_pane_that_there_is_has_a_key_at_every_place() {
    for place in 0..PANES.len() {
        assert!(
            contexts()
                .filter(|context| !matches!(context, Context::List))
                .all(|context| { lookup(&letter(of_place(place)), context) == Some(A::Focus(place + 1)) }),
            "{place}"
        );
    }
}
