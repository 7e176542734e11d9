//! What a text from outside may do to the screen: nothing but be seen; and what is pasted.

use std::sync::Arc;

use crate::error::{Error, Place, Source, is_hidden};
use crate::lab::ScriptText;
use crate::snapshot::Status;
use crate::ui::app::App;
use crate::ui::host::{Event, Watch};
use crate::ui::tests::fixture;
use crate::ui::tests::screen_tests::{LOOK, entries, lab, picture, press, watch};

#[test]
fn text_from_files_cannot_steer_the_terminal() {
    let mut app = App::with_list(entries(), LOOK, true);
    app.update(Event::Resize(80, 24));
    assert!(!picture(&app).chars().any(|c| c.is_control() && c != '\n'));
    let hostile = "\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\u{2066}\u{200f}\u{2028}\u{7f}";
    let scripts =
        [ScriptText::of(&Source::new(format!("a{hostile}.rhai"), format!("let a = \"{hostile}\";\n// {hostile}")))];
    app.open(
        &format!("bad {hostile}"),
        &format!("also {hostile} bad"),
        &Watch { scripts: scripts.to_vec(), ..watch() },
    );
    let mut snapshot = fixture::healthy();
    snapshot.log = vec![(1, format!("printed {hostile}"))];
    snapshot.state[0].parameter.push_str(hostile);
    snapshot.hyper[0].name.push_str(hostile);
    snapshot.status = Status::Stopped(format!("because {hostile}"));
    app.update(Event::Snapshot(Arc::new(snapshot)));
    for keys in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "d", "\u{1b}", ":"] {
        press(&mut app, keys);
        let seen = picture(&app);
        assert!(!seen.chars().any(|c| is_hidden(c) && c != '\n'), "{keys}: {seen:?}");
    }
    app.update(Event::Paste(format!("lr {hostile}")));
    app.show_error(Error::user(format!("no {hostile}")).at(Place::token(&scripts[0].source, 1, 5)));
    let seen = picture(&app);
    assert!(seen.contains("no \u{fffd}]0;title\u{fffd}") && !seen.chars().any(|c| is_hidden(c) && c != '\n'), "{seen}");
}

#[test]
fn what_is_pasted_is_typed_into_the_command_line_and_nowhere_else() {
    let mut app = lab(fixture::healthy(), (80, 24), true);
    let before = picture(&app);
    app.update(Event::Paste("q".into()));
    assert!(picture(&app).contains("pasted text goes into the command line: press : first"), "{before}");
    press(&mut app, ":");
    for lines in ["lr = 0.5\nq", "lr = 0.5\rq\r", "lr = 0.5\r\n\r\nq"] {
        app.update(Event::Paste(lines.into()));
        let seen = picture(&app);
        let refused = "only one line can be pasted here, and this text has 2";
        assert!(seen.contains(refused) && !seen.contains("lr = 0.5"), "{lines:?}: {seen}");
    }
    app.update(Event::Paste("\r\n lr\t= 0.5\r".into()));
    let seen = picture(&app);
    assert!(seen.contains(":lr = 0.5") && !seen.contains("only one line"), "{seen}");
    app.update(Event::Paste("7".repeat(300_000)));
    let seen = picture(&app);
    assert!(seen.contains("a line has 4096 characters at most"), "{seen}");
}
