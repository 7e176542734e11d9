//! Whole screens of a series lab, and that nothing of training is on them.

use std::sync::Arc;

use crate::session::Purpose;
use crate::snapshot::Speed;
use crate::ui::app::{App, Layer};
use crate::ui::host::{Effect, Event, Watch};
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

#[test]
fn conditions_and_expressions_go_along_a_series_too() {
    let mut app = series_lab(3, (80, 24));
    let asked = "run.value > average(\"simple.10\")";
    let ask = |id, purpose| Effect::Query { id, purpose, text: asked.into() };
    assert_eq!(press(&mut app, &format!(":until {asked}\n")), [ask(1, Purpose::Until)]);
    assert_eq!(press(&mut app, &format!(":break {asked}\n")), [ask(2, Purpose::Break)]);
    assert_eq!(press(&mut app, &format!(":{asked}\n")), [ask(3, Purpose::Value)]);
    press(&mut app, ":until va\t");
    let Some(Layer::Line(line)) = &app.layer else { panic!() };
    assert_eq!(line.text().trim_end(), "until value", "a series has no val_loss");
}
