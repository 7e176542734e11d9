//! Whole screens with the Map pane first: beside others, and zoomed.

use std::sync::Arc;

use crate::snapshot::{Snapshot, Speed};
use crate::ui::app::App;
use crate::ui::host::{Event, Watch};
use crate::ui::tests::fixture::{self, ABOUT};
use crate::ui::tests::fixture_maps::mapped;
use crate::ui::tests::screen_tests::{LOOK, picture, press};

fn lab(snapshot: Snapshot, (width, height): (u16, u16)) -> App {
    let mut app = App::without_list(LOOK, true);
    app.update(Event::Resize(width, height));
    let panes = ["map", "loss", "guide", "gradients"].map(str::to_owned).to_vec();
    let watch = Watch { parameter: None, panes, speed: Speed::Max, scripts: fixture::scripts() };
    app.open("A lab with a map", ABOUT, &watch);
    app.update(Event::Snapshot(Arc::new(snapshot)));
    app
}

#[test]
fn screens_with_a_map() {
    for (name, id, step) in [
        ("moons", "mini-batch-on-moons", 39),
        ("ravine", "momentum-in-the-ravine", 30),
        ("digits", "adam-on-digits", 46),
    ] {
        let snapshot = mapped(id, step, &[]);
        for size in [(80, 24), (120, 40)] {
            let name = format!("map_{name}_{}x{}", size.0, size.1);
            insta::assert_snapshot!(name, picture(&lab(snapshot.clone(), size)));
        }
        let mut app = lab(snapshot, (100, 30));
        press(&mut app, "z");
        insta::assert_snapshot!(format!("map_{name}_zoomed_100x30"), picture(&app));
    }
}

#[test]
fn what_to_look_for_is_said_of_what_is_shown() {
    let mut app = lab(mapped("momentum-in-the-ravine", 3, &[]), (100, 30));
    press(&mut app, "i");
    assert!(picture(&app).contains("Map: The gradient points straight across the contours;"), "{}", picture(&app));
    press(&mut app, "\u{1b}d");
    assert!(picture(&app).contains("the run is at height"), "{}", picture(&app));
}
