//! What `Y` copies.

use crate::ui::host::Effect;
use crate::ui::tests::fixture;
use crate::ui::tests::fixture::ABOUT;
use crate::ui::tests::screen_tests::{lab, press};

#[test]
fn the_text_of_the_pane_in_focus_is_copied_whole_or_else_the_ledger() {
    // Narrow, so that lines of code are broken on the screen.
    let mut app = lab(fixture::healthy(), (60, 18), false);
    let mut copied = |name: &str| {
        let lab = app.lab.as_mut().unwrap();
        let place = lab.order().iter().position(|pane| pane.name == name).unwrap();
        lab.focus_on(place);
        match press(&mut app, "Y").pop() {
            Some(Effect::Copy(text)) => text,
            other => panic!("{name}: {other:?}"),
        }
    };
    assert_eq!(copied("guide"), ABOUT);
    assert_eq!(copied("script"), fixture::scripts()[0].source.text);
    for name in ["ledger", "loss", "state"] {
        assert!(copied(name).starts_with("W1[3,5] at step 287"), "{name}");
    }
}

#[test]
fn what_was_copied_is_named_and_not_told() {
    let mut app = lab(fixture::healthy(), (80, 24), false);
    for (name, told) in
        [("guide", "the lab's text,"), ("script", "the text of scripts/"), ("ledger", "W1[3,5] at step")]
    {
        let lab = app.lab.as_mut().unwrap();
        let place = lab.order().iter().position(|pane| pane.name == name).unwrap();
        lab.focus_on(place);
        press(&mut app, "Y");
        let said = app.notice.clone().unwrap();
        assert!(said.starts_with(&format!("copied {told}")), "{said}");
    }
}
