//! What a key and its frame cost where a text is long, and by what factor more where it is twice as long.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use optlab::error::Source;
use optlab::lab::ScriptText;
use optlab::snapshot::Speed;
use optlab::ui::theme::{Look, Theme};
use optlab::ui::{App, Event, Watch, draw};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::median;

/// Keys whose median is told.
const KEYS: usize = 21;
/// Characters of the shorter text.
const LONG: usize = 150_000;

/// A lab's title, its text and its script.
struct Texts {
    title: String,
    about: String,
    script: String,
}

/// Texts of so many characters.
type Make = fn(usize) -> Texts;

fn plain(title: String, about: String, script: String) -> Texts {
    Texts { title, about, script }
}

/// Seconds for opening a lab, and for a key in its first pane with the frame that it draws.
fn measured(pane: &str, texts: &Texts) -> (f64, f64) {
    let begun = Instant::now();
    let scripts = vec![ScriptText::of(&Source::new("long.rhai", texts.script.as_str()))];
    let watch = Watch { parameter: None, panes: vec![pane.to_owned()], speed: Speed::Max, scripts };
    let mut app = App::without_list(Look { theme: Theme::Dark, unicode: true }, true);
    app.update(Event::Resize(120, 40));
    app.open(&texts.title, &texts.about, &watch);
    let opened = begun.elapsed().as_secs_f64();
    let key = |at: usize| {
        let code = if at.is_multiple_of(2) { KeyCode::PageDown } else { KeyCode::Down };
        let begun = Instant::now();
        app.update(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
        draw::draw(&app, &mut buffer);
        begun.elapsed().as_secs_f64()
    };
    (opened, median((0..KEYS).map(key).collect()))
}

/// Prints the table.
pub fn texts() {
    println!("\na long text: opening it, and a key with its frame, in ms; `x` is by what factor for twice the text");
    println!("{:32}{:>10}{:>8}{:>10}{:>8}", "", "opening", "x", "key", "x");
    let kinds: [(&str, &str, Make); 7] = [
        ("a word in the guide", "guide", |n| plain("t".into(), "x".repeat(n), String::new())),
        ("words in the guide", "guide", |n| plain("t".into(), "some **words** ".repeat(n / 15), String::new())),
        ("a line of code in the guide", "guide", |n| {
            plain("t".into(), format!("a\n\n      {}", "x".repeat(n)), String::new())
        }),
        ("a title", "guide", |n| plain("x".repeat(n), "a".into(), String::new())),
        ("a line of a script", "script", |n| plain("t".into(), String::new(), format!("// {}", "x".repeat(n)))),
        ("tokens in a line of a script", "script", |n| plain("t".into(), String::new(), "h.a + ".repeat(n / 6))),
        ("lines of a script", "script", |n| plain("t".into(), String::new(), "// a line of it\n".repeat(n / 16))),
    ];
    for (name, pane, of) in kinds {
        let [(open, key), (open_twice, key_twice)] = [LONG, 2 * LONG].map(|n| measured(pane, &of(n)));
        println!(
            "{name:32}{:>10.3}{:>8.2}{:>10.3}{:>8.2}",
            1e3 * open_twice,
            open_twice / open,
            1e3 * key_twice,
            key_twice / key
        );
    }
}
