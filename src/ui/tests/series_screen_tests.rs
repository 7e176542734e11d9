//! Whole screens of a series lab, and that nothing of training is on them.

use std::sync::Arc;

use crate::snapshot::Speed;
use crate::ui::app::App;
use crate::ui::host::{Event, Watch};
use crate::ui::tests::fixture;
use crate::ui::tests::screen_tests::{LOOK, picture, press, sent};

/// A series lab of this size after so many values.
fn series_lab(steps: u64, (width, height): (u16, u16)) -> App {
    let mut app = App::without_list(LOOK, true);
    app.update(Event::Resize(width, height));
    let watch =
        Watch { parameter: None, panes: vec!["map".into()], speed: Speed::PerSecond(50.0), scripts: Vec::new() };
    app.open("Moving averages", "# Averages\n\nWatch the lines.", &watch);
    app.update(Event::Snapshot(Arc::new(fixture::walked("moving-averages", steps))));
    app
}

#[test]
fn screens_of_a_series() {
    insta::assert_snapshot!("series_80x24", picture(&series_lab(366, (80, 24))));
    insta::assert_snapshot!("series_120x40", picture(&series_lab(732, (120, 40))));
    let mut app = series_lab(0, (80, 24));
    let names: Vec<&str> = app.lab.as_ref().unwrap().order().iter().map(|pane| pane.name).collect();
    assert_eq!(names, ["map", "guide", "log", "runs"], "what a series has nothing of is not there");
    assert_eq!(sent(&press(&mut app, " sr-")).len(), 4);
    press(&mut app, "jjjjjjjjj");
    for (width, height) in (0..130).step_by(7).flat_map(|w| (0..45).step_by(4).map(move |h| (w, h))) {
        app.update(Event::Resize(width, height));
        for steps in [0, 1, 732] {
            app.update(Event::Snapshot(Arc::new(fixture::walked("bias-correction", steps.min(3)))));
            picture(&app);
        }
    }
}
