//! The screen of a rule that evaluates other weights than those in training: which panes are of which.

use std::sync::Arc;

use crate::snapshot::{Snapshot, Speed};
use crate::ui::app::App;
use crate::ui::host::{Event, Watch};
use crate::ui::tests::fixture::{self, ABOUT};
use crate::ui::tests::fixture_maps::small;
use crate::ui::tests::screen_tests::{LOOK, picture, press};

/// Two features and two classes.
fn moons(rule: &str, step: u64) -> Snapshot {
    small(
        &format!(
            "id: moons\ndata: {{source: moons, samples: 120, validation: 0.25}}\nnetwork: [dense: 8, relu, dense: 2]\n\
             training: {{epochs: 30, batch: 16}}\nloss: cross_entropy\noptimizer: {{rule: {rule}}}\n"
        ),
        step,
    )
}

fn screen(snapshot: &Snapshot, (width, height): (u16, u16), first: &str, keys: &str) -> String {
    let mut app = App::without_list(LOOK, true);
    app.update(Event::Resize(width, height));
    let panes = [first, "guide"].map(str::to_owned).to_vec();
    let watch = Watch { parameter: None, panes, speed: Speed::Max, scripts: fixture::scripts() };
    app.open("A lab of two moons", ABOUT, &watch);
    app.update(Event::Snapshot(Arc::new(snapshot.clone())));
    press(&mut app, keys);
    picture(&app)
}

#[test]
fn loss_map_and_network_say_which_weights_they_are_of() {
    let said = [
        ("loss", "validation of evaluate(w)"),
        ("map", "Map · of evaluate(w) · validation"),
        ("network", "parameters · of w in training, not evaluate(w)"),
    ];
    for rule in ["schedule_free_adamw", "schedule_free_sgd", "sgd_averaged", "lookahead", "adam"] {
        let snapshot = moons(rule, 60);
        assert_eq!(snapshot.evaluates, rule != "adam");
        for (pane, wanted) in said {
            let shown = screen(&snapshot, (80, 24), pane, "");
            assert_eq!(shown.contains(wanted), rule != "adam", "{rule}, {pane}:\n{shown}");
            assert_eq!(shown.contains("evaluate(w)"), rule != "adam", "{rule}, {pane}:\n{shown}");
        }
    }
    let snapshot = moons("schedule_free_adamw", 60);
    for (pane, _) in said {
        // Where there is less room the titles are shorter, and nothing is cut.
        let narrow = screen(&snapshot, (60, 18), pane, "");
        assert!(narrow.contains("evaluate(w)"), "{narrow}");
        for key in ["d", "i"] {
            let said = screen(&snapshot, (120, 40), pane, key).replace(['\n', '│'], " ");
            let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(pane == "map" || said.contains("evaluate(w) gives"), "{pane}, {key}: {said}");
        }
    }
}

#[test]
fn on_a_landscape_the_path_is_of_the_weights_in_training() {
    let walk = "id: walk\nlandscape: {source: ravine, start: [-4, 1.5]}\ntraining: {steps: 40}\noptimizer: {rule: lookahead}\n";
    let snapshot = small(walk, 20);
    assert!(snapshot.evaluates);
    let shown = screen(&snapshot, (80, 24), "map", "");
    assert!(shown.contains("Map") && !shown.contains("evaluate(w)"), "{shown}");
}
