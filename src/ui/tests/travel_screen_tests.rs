//! The time machine on the screen: (state, keys, state), and what a past step looks like.

use std::sync::Arc;

use crate::error::Error;
use crate::session::{Command, Travel};
use crate::snapshot::Mark;
use crate::snapshot::Snapshot;
use crate::ui::app::App;
use crate::ui::host::{Event, Watch};
use crate::ui::tests::fixture;
use crate::ui::tests::screen_tests::{LOOK, lab, paused, picture, press, sent, watch};

#[test]
fn screens_of_a_past_step() {
    let mut past = Snapshot { status: paused().status, ..fixture::at_step(250) };
    past.timeline.seen = 271;
    past.timeline.bytes = 21_000_000;
    past.timeline.marks = vec![Mark { step: 120, text: "lr = 0.0321".into() }];
    insta::assert_snapshot!("past_80x24", picture(&lab(past.clone(), (80, 24), false)));
    insta::assert_snapshot!("past_120x40", picture(&lab(past, (120, 40), false)));
}

#[test]
fn keys_that_travel() {
    let mut past = paused();
    past.timeline.seen = past.step + 1;
    let mut app = lab(past, (80, 24), false);
    let to = Command::Travel;
    assert_eq!(
        sent(&press(&mut app, "bB[]{}")),
        [
            to(Travel::Back),
            to(Travel::BackEpoch),
            to(Travel::Backward),
            to(Travel::Forward),
            to(Travel::LastMark),
            to(Travel::NextMark)
        ]
    );
    assert_eq!(sent(&press(&mut app, "F")), [Command::Fork { run: None }]);
    // At the start there is nothing to go back to, but a way forward.
    app.update(Event::Snapshot(Arc::new(fixture::at_step(0))));
    assert_eq!(sent(&press(&mut app, "bB[{]")), [to(Travel::Forward)]);
    // What has ended badly is left by going back.
    app.update(Event::Snapshot(Arc::new(fixture::diverged())));
    assert_eq!(sent(&press(&mut app, "b")), [to(Travel::Back)]);
}

#[test]
fn what_the_run_refuses_is_told_once() {
    let mut app = lab(paused(), (80, 24), false);
    let error = Error::user("`adam` has no hyper-parameter `lrr`").help("did you mean `lr`?");
    let mut refused = paused();
    refused.timeline.refused = Some((1, error));
    app.update(Event::Snapshot(Arc::new(refused.clone())));
    assert_eq!(app.notice.as_deref(), Some("`adam` has no hyper-parameter `lrr`: did you mean `lr`?"));
    press(&mut app, "y");
    app.update(Event::Snapshot(Arc::new(refused)));
    assert!(app.notice.as_deref().is_none_or(|notice| !notice.contains("lrr")));
}

#[test]
fn a_race_pane_that_the_lab_lists_is_drawn_when_a_race_begins() {
    let begun = |panes: &[&str], size: (u16, u16), keys: &str| {
        let mut app = App::without_list(LOOK, true);
        app.update(Event::Resize(size.0, size.1));
        let panes = panes.iter().map(|name| (*name).to_owned()).collect();
        app.open("Batches", fixture::ABOUT, &Watch { panes, ..watch() });
        app.update(Event::Snapshot(Arc::new(paused())));
        press(&mut app, keys);
        let focus = app.lab.as_ref().unwrap().focused().name;
        app.update(Event::Snapshot(Arc::new(fixture::race())));
        let lab = app.lab.as_ref().unwrap();
        assert_eq!(lab.focused().name, focus, "the focus stays");
        let shown = lab.plan(app.screen).panes;
        shown.into_iter().map(|(place, _)| lab.order()[place].name).collect::<Vec<_>>()
    };
    let listed = ["loss", "map", "race", "gradients", "state", "guide"];
    for (size, keys) in [((100, 30), ""), ((100, 30), "4"), ((120, 40), "\t\t"), ((80, 24), "")] {
        assert!(begun(&listed, size, keys).contains(&"race"), "{size:?} {keys:?}");
    }
    // One that is not listed takes nobody's place.
    let others = ["loss", "gradients", "state", "ledger", "guide"];
    assert!(!begun(&others, (100, 30), "").contains(&"race"));
}

#[test]
fn a_fork_makes_a_race_and_what_was_looked_at_stays() {
    let mut app = lab(paused(), (120, 40), false);
    press(&mut app, "2");
    let focused = |app: &App| app.lab.as_ref().unwrap().focused().name;
    assert_eq!(focused(&app), "gradients");
    let alone = app.lab.as_ref().unwrap().order().len();
    app.update(Event::Snapshot(Arc::new(fixture::race())));
    assert_eq!((focused(&app), app.lab.as_ref().unwrap().order().len()), ("gradients", alone + 1));
}
