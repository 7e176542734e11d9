//! Which pane has the focus, by which key or command, and how long it is large: (state, keys, state).

use std::sync::Arc;

use crate::lab::Lab;
use crate::lab::Overrides;
use crate::session::STACK;
use crate::ui::app::App;
use crate::ui::host::{Event, Watch};
use crate::ui::keys;
use crate::ui::tests::fixture::{self, ABOUT};
use crate::ui::tests::fixture_maps::mapped;
use crate::ui::tests::screen_tests::{LOOK, lab, paused, picture, press, watch};

#[test]
fn a_pane_is_large_as_long_as_it_is_in_focus() {
    let mut app = lab(paused(), (80, 24), false);
    let large = |app: &App| {
        let lab = app.lab.as_ref().unwrap();
        lab.zoomed.then(|| lab.focused().name)
    };
    // As texts of labs say: a key goes to the pane, `z` makes it large, wherever one was.
    press(&mut app, "4z");
    assert_eq!(large(&app), Some("guide"));
    press(&mut app, "1z");
    assert_eq!(large(&app), Some("loss"));
    press(&mut app, "1");
    assert_eq!(large(&app), Some("loss"), "it is in focus already");
    press(&mut app, "\t");
    assert_eq!(large(&app), None);
    press(&mut app, "1");
    assert_eq!(large(&app), None, "`z` makes it large again");
}

#[test]
fn panes_after_the_tenth_are_reached_by_the_key_that_their_row_and_frame_show() {
    let mut app = App::without_list(LOOK, true);
    app.update(Event::Resize(80, 24));
    let panes = ["race", "loss", "gradients", "state", "ledger", "map", "network", "guide", "script", "log", "runs"];
    let panes = panes.map(str::to_owned).to_vec();
    app.open("A race", ABOUT, &Watch { panes, ..watch() });
    app.update(Event::Snapshot(Arc::new(fixture::race())));
    let order = app.lab.as_ref().unwrap().order();
    assert!(order.len() >= 11, "{}", order.len());
    for (place, key) in (9..order.len()).zip(["0", "t", "u", "v"]) {
        let title = order[place].title.lines().next().unwrap();
        assert!(picture(&app).contains(&format!("{key} {title}")), "{}", picture(&app));
        press(&mut app, key);
        assert_eq!(app.lab.as_ref().unwrap().focused().name, order[place].name);
        assert!(picture(&app).contains(&format!("╭ {key} {title}")), "{}", picture(&app));
    }
    press(&mut app, "v");
    assert!(picture(&app).contains("there is no pane v here"), "{}", picture(&app));
}

#[test]
fn a_pane_is_reached_by_its_name_on_the_command_line() {
    let focused = |app: &App| app.lab.as_ref().unwrap().focused().name;
    let mut app = lab(paused(), (80, 24), false);
    for (line, name) in [("runs", "runs"), ("Gradient norm", "gradients"), ("1", "loss"), ("Guide", "guide")] {
        press(&mut app, &format!(":pane {line}\n"));
        assert_eq!(focused(&app), name);
    }
    // Completion knows the panes that the lab has.
    press(&mut app, ":pane r\t");
    assert!(picture(&app).contains(":pane runs"), "{}", picture(&app));
    press(&mut app, "\n");
    assert_eq!(focused(&app), "runs");
    press(&mut app, ":pane rums\n");
    let shown = picture(&app);
    assert!(
        shown.contains("there is no pane rums here; did you mean runs?") && shown.contains(":pane rums"),
        "{shown}"
    );
    press(&mut app, "\u{1b}:guide\n");
    assert!(picture(&app).contains("guide is a pane: its key is 4, or pane guide"), "{}", picture(&app));
}

/// `**Runs** (`t`)`: the panes that a text names with their keys.
fn named_with_keys(text: &str) -> Vec<(String, String)> {
    let parts: Vec<&str> = text.split("**").collect();
    let pairs = parts.windows(2).filter_map(|pair| {
        let (key, _) = pair[1].strip_prefix(" (`")?.split_once('`')?;
        Some((pair[0].to_owned(), key.to_owned()))
    });
    pairs.filter(|(_, key)| key.chars().count() == 1).collect()
}

#[test]
fn the_keys_that_texts_of_labs_name_are_those_of_their_panes() {
    let mut count = 0;
    for id in Lab::shipped() {
        let opened = std::thread::Builder::new().stack_size(STACK).spawn(move || Lab::open(id, &Overrides::default()));
        let lab = opened.unwrap().join().unwrap().unwrap();
        let others = lab.overlays().into_iter().map(|name| lab.text_of(&name).unwrap().text.clone());
        let texts: Vec<String> = std::iter::once(lab.written.source.text.clone()).chain(others).collect();
        let named: Vec<(String, String)> = texts.iter().flat_map(|text| named_with_keys(text)).collect();
        if named.is_empty() {
            continue;
        }
        let mut app = App::without_list(LOOK, true);
        app.update(Event::Resize(80, 24));
        let panes = lab.watch.panes.iter().map(|pane| (*pane).to_owned()).collect();
        app.open(&lab.title, ABOUT, &Watch { panes, scripts: lab.script_texts(), ..watch() });
        app.update(Event::Snapshot(Arc::new(mapped(id, 0, &[]))));
        for (title, key) in named {
            let place = app.lab.as_ref().unwrap().place_of(&title);
            assert_eq!(place.map(keys::of_place).map(String::from), Some(key), "{id}: {title}");
            count += 1;
        }
    }
    assert!(count >= 20, "{count}");
}
