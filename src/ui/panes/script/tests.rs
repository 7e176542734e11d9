//! The Script pane: what a window shows of a text, and the line that failed.

use super::rows::TAB;
use super::*;
use crate::ui::look::theme::{Look, Theme};
use crate::ui::tests::fixture::{self, pane_picture};

#[test]
fn the_rule_of_a_healthy_run() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (76, 12), true));
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (38, 12), false));
}

/// Whatever is seen of a text is what stands there in the whole of it.
#[test]
fn a_window_shows_what_the_whole_has_there() {
    let snapshot = fixture::failed();
    let text = "let a = 1; // ä\n\tlet b = \"世界 and a string that is long\";\n\n".repeat(6);
    let text = format!("{text}{}\n}}", "x".repeat(150));
    let scripts = [ScriptText::of(&crate::error::Source::new("scripts/optimizers/mine.rhai", text))];
    let view = fixture::view(&snapshot, &scripts, Look { theme: Theme::Mono, unicode: true });
    let script = &scripts[0];
    for columns in [9, 20, 60] {
        let all = lay_out(&view, script, columns, 0..usize::MAX);
        assert_eq!(all.len(), count(&view, script, columns));
        let is_of_text = |row: &&rows::Row| !row.failed || row.number.is_some() || row.goes_on;
        let of_text = all.iter().filter(is_of_text).flat_map(|row| &row.pieces);
        let written: String = of_text.map(|(piece, _)| piece.as_str()).collect();
        assert_eq!(written, script.source.text.replace('\t', TAB).replace('\n', ""));
        assert!(all.iter().any(|row| row.failed && row.number == Some(3)));
        for first in 0..all.len() {
            let seen = lay_out(&view, script, columns, first..first + 5);
            assert_eq!(seen, all[first..all.len().min(first + 5)], "{columns} {first}");
        }
    }
}

#[test]
fn the_line_that_failed_is_marked() {
    let snapshot = fixture::failed();
    let picture = pane_picture(&PANE, &snapshot, (60, 12), true);
    insta::assert_snapshot!(picture);
    insta::assert_snapshot!(fixture::described(&PANE, &snapshot));
}

#[test]
fn the_line_that_failed_is_in_sight_however_many_rows_the_lines_before_it_take() {
    let snapshot = fixture::failed();
    let Status::Failed(error) = &snapshot.status else { panic!("a failed run") };
    let place = error.place().unwrap();
    // Every line before the one that failed takes several rows of a narrow pane.
    let long = format!("// {}\n", "a comment of many words ".repeat(6));
    let text = format!("{}let x = 1;\n{long}", long.repeat(place.line() - 1));
    let scripts = [ScriptText::of(&crate::error::Source::new(place.source.name.clone(), text))];
    let view = fixture::view(&snapshot, &scripts, Look { theme: Theme::Mono, unicode: true });
    for (width, height) in [(40, 6), (40, 9), (76, 8), (116, 30)] {
        let mut pane = (PANE.open)();
        pane.run_ended(&view);
        let shown = fixture::drawn(&PANE, &*pane, &view, (width, height));
        assert!(shown.contains('▶') && shown.contains("let x = 1;") && shown.contains("! column "), "{shown}");
        // From there the arrows go on.
        let size = Size { width: width - 4, height: height - 2 };
        pane.act(Press::Down, &view, size);
        pane.act(Press::Up, &view, size);
        let again = fixture::drawn(&PANE, &*pane, &view, (width, height));
        assert!(again.contains('▶'), "{again}");
    }
}
