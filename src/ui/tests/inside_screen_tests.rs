//! The panes that look inside a run, on whole screens: Network, Schedule, and the gradients compared.

use std::sync::Arc;

use crate::session::Command;
use crate::snapshot::{ComparedRow, ComparedView, Seen, Snapshot};
use crate::ui::host::Event;
use crate::ui::tests::fixture;
use crate::ui::tests::screen_tests::{lab, picture, press, sent};

/// With a schedule, a network, and gradients compared at that step.
fn inside(compared: u64) -> Snapshot {
    let row = |angle, batch, whole| ComparedRow { angle: Some(angle), batch, whole };
    let rows = vec![
        row(72.14, 0.4501, 0.1402),
        row(74.9, 0.362, 0.0981),
        row(41.3, 0.022, 0.0171),
        row(80.2, 0.229, 0.0702),
        row(12.9, 0.0414, 0.0402),
    ];
    let seen = Some(Seen { batch: 64, whole: 1438, all: 1438 });
    Snapshot { compared: Some(ComparedView { step: compared, seen, rows }), ..fixture::scheduled() }
}

#[test]
fn screens_of_the_panes_that_look_inside() {
    // By their numbers on the tab line; the last key makes one large.
    for (size, name) in [((80, 24), "80x24"), ((100, 30), "100x30"), ((120, 40), "120x40")] {
        let mut app = lab(inside(287), size, false);
        press(&mut app, "267");
        insta::assert_snapshot!(format!("inside_{name}"), picture(&app));
        for (keys, pane) in [("2z", "gradients"), ("z6jz", "network"), ("z7z", "schedule")] {
            press(&mut app, keys);
            insta::assert_snapshot!(format!("inside_{pane}_zoomed_{name}"), picture(&app));
        }
    }
}

#[test]
fn c_compares_and_takes_away_what_is_of_this_step() {
    let mut app = lab(fixture::healthy(), (120, 40), false);
    assert!(sent(&press(&mut app, "1c")).is_empty());
    assert_eq!(sent(&press(&mut app, "2c")), [Command::CompareGradients(true)]);
    app.update(Event::Snapshot(Arc::new(inside(280))));
    assert_eq!(sent(&press(&mut app, "c")), [Command::CompareGradients(true)]);
    app.update(Event::Snapshot(Arc::new(inside(287))));
    assert_eq!(sent(&press(&mut app, "c")), [Command::CompareGradients(false)]);
}

#[test]
fn no_size_is_too_small_for_them() {
    let mut app = lab(inside(287), (0, 0), false);
    for pane in ["2", "6", "7"] {
        press(&mut app, pane);
        let widths = (0..24).chain((24..=200).step_by(11));
        for (width, height) in widths.flat_map(|width| (0..20).chain((20..=60).step_by(8)).map(move |h| (width, h))) {
            app.update(Event::Resize(width, height));
            for keys in ["z", "j", "z", "k"] {
                press(&mut app, keys);
                picture(&app);
            }
        }
    }
}
