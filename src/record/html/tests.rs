//! What a page holds: every frame cell for cell, every chapter and caption, and nothing that breaks it or leads out of it.

use std::sync::LazyLock;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use super::rows::Stored;
use super::*;
use crate::record::recorder;
use crate::record::recording::{Caption, Chapter, Frame, Shot};
use crate::record::tape::{Tape, Words};
use crate::ui::Theme;

/// A small tape, played.
static RECORDING: LazyLock<Recording> = LazyLock::new(|| {
    let tape = Tape::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tapes/ravine.tape.yaml")).unwrap();
    recorder::record(&tape, Some("pt"), &mut |_| ()).unwrap()
});

/// The page as XML, without its scripts and styles, which are none.
fn parsed(page: &str) -> String {
    let mut out = page.strip_prefix("<!DOCTYPE html>\n").unwrap().to_owned();
    for (begin, end) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let (from, to) = (out.find(begin).unwrap() + begin.len(), out.rfind(end).unwrap());
        out.replace_range(from..to, "");
    }
    roxmltree::Document::parse(&out).unwrap_or_else(|error| panic!("{error}"));
    out
}

fn data_of(page: &str) -> Value {
    let text = page.split("id=\"data\">").nth(1).unwrap().split("</script>").next().unwrap();
    serde_json::from_str(text).unwrap()
}

fn numbers(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as usize).collect()
}

/// The rows of a page, as a player reads them.
fn rows_of(data: &Value) -> Vec<Vec<Stored>> {
    let mut rows: Vec<Vec<Stored>> = Vec::new();
    for row in data["rows"].as_array().unwrap() {
        let row = row.as_array().unwrap();
        let number = |at: usize| row[at].as_u64().unwrap() as usize;
        let before = row[0].as_u64().map_or_else(Vec::new, |like| rows[like as usize].clone());
        let mut cells = before[..number(1)].to_vec();
        for at in (3..row.len()).step_by(2) {
            let style = number(at);
            match &row[at + 1] {
                Value::String(text) => cells.extend(text.chars().map(|c| (c.to_string(), style))),
                list => {
                    let symbols = list.as_array().unwrap().iter();
                    cells.extend(symbols.map(|symbol| (symbol.as_str().unwrap().to_owned(), style)));
                }
            }
        }
        cells.extend_from_slice(&before[number(2).min(before.len())..]);
        rows.push(cells);
    }
    rows
}

/// What is told of a cell by the page, in the place of a style's number.
fn told(data: &Value, cells: &[Stored]) -> Vec<(String, Value)> {
    cells.iter().map(|(symbol, style)| (symbol.clone(), data["styles"][*style].clone())).collect()
}

/// What is to be told of a row of cells.
fn wanted(row: &[Cell], theme: Theme) -> Vec<(String, Value)> {
    let mut table = Table::new(theme);
    let cells = table.stored(row);
    let (_, styles, _) = table.into_data();
    cells.into_iter().map(|(symbol, style)| (symbol, styles[style].clone())).collect()
}

fn check_frames(recording: &Recording, data: &Value) {
    let rows = rows_of(data);
    let mut screen = vec![usize::MAX; usize::from(recording.size.1)];
    assert_eq!(data["frames"].as_array().unwrap().len(), recording.frames.len());
    for (frame, told_frame) in recording.frames.iter().zip(data["frames"].as_array().unwrap()) {
        let changes = numbers(told_frame);
        assert_eq!(changes[0] as u64, frame.tick);
        for change in changes[1..].chunks(2) {
            screen[change[0]] = change[1];
        }
        for (row, at) in frame.rows.iter().zip(&screen) {
            assert_eq!(told(data, &rows[*at]), wanted(row, recording.theme), "tick {}", frame.tick);
        }
    }
    for (shot, told_shot) in recording.shots.iter().zip(data["shots"].as_array().unwrap()) {
        let columns = usize::from(shot.cells.area.width);
        let drawn = numbers(&told_shot["rows"]);
        assert_eq!(drawn.len(), usize::from(shot.cells.area.height));
        for (row, at) in shot.cells.content.chunks(columns).zip(drawn) {
            assert_eq!(told(data, &rows[at]), wanted(row, recording.theme), "{}", shot.name);
        }
    }
}

#[test]
fn every_frame_and_every_shot_is_in_the_page_cell_for_cell() {
    let page = write(&RECORDING);
    let data = data_of(&page);
    assert!(RECORDING.frames.len() > 100 && RECORDING.shots.len() == 3);
    check_frames(&RECORDING, &data);
    // Each row once, and whatever is drawn has its shape.
    let rows = rows_of(&data);
    let distinct: std::collections::BTreeSet<&Vec<Stored>> = rows.iter().collect();
    assert_eq!(distinct.len(), rows.len());
    let braille = rows.iter().flatten().map(|cell| cell.0.chars().next()).filter(|c| matches!(c, Some('⠀'..='⣿')));
    let lacking: Vec<_> = braille.flatten().filter(|c| data["shapes"][c.to_string()].is_null()).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
    assert!(data["shapes"]["│"].is_array() && data["shapes"]["x"].is_null());
}

#[test]
fn a_page_is_small_and_the_same_each_time() {
    let page = write(&RECORDING);
    assert!(page.len() < 400_000, "{}", page.len());
    assert_eq!(page, write(&RECORDING));
    let tape = Tape::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tapes/ravine.tape.yaml")).unwrap();
    assert_eq!(page, write(&recorder::record(&tape, Some("pt"), &mut |_| ()).unwrap()));
}

#[test]
fn a_page_names_its_chapters_and_captions_in_the_language_of_the_recording() {
    let page = write(&RECORDING);
    let text = parsed(&page);
    let document = roxmltree::Document::parse(&text).unwrap();
    let by_id = |id: &str| document.descendants().find(|node| node.attribute("id") == Some(id)).unwrap();
    let chapters: Vec<(String, String)> = by_id("chapters")
        .descendants()
        .filter(|node| node.has_tag_name("button"))
        .map(|node| {
            let name = node.descendants().find(|node| node.has_tag_name("span")).unwrap();
            (name.text().unwrap().to_owned(), node.attribute("data-tick").unwrap().to_owned())
        })
        .collect();
    let ticks: Vec<String> = RECORDING.chapters.iter().map(|chapter| chapter.tick.to_string()).collect();
    let names = ["Gradiente descendente puro", "Momento"].map(str::to_owned);
    assert_eq!(chapters, names.into_iter().zip(ticks).collect::<Vec<_>>());
    assert_eq!(by_id("caption").attribute("lang"), Some("pt"));
    let data = data_of(&page);
    // The first stands on the screen: it is there to be heard, and not seen below it a second time.
    assert_eq!((&data["captions"][0][3], &data["captions"][1][3]), (&json!(1), &json!(0)));
    assert_eq!(data["captions"].as_array().unwrap().len(), RECORDING.captions.len());
    assert_eq!(
        data["captions"][1],
        json!([RECORDING.captions[1].from, RECORDING.captions[1].to, "The gradient points across.", 0])
    );
    assert_eq!(data["end"], json!(RECORDING.end));
}

#[test]
fn a_screen_reader_finds_the_transcript_and_a_name_for_every_control() {
    let text = parsed(&write(&RECORDING));
    let document = roxmltree::Document::parse(&text).unwrap();
    let transcript = document.descendants().find(|node| node.has_tag_name("pre")).unwrap();
    assert_eq!(transcript.text().unwrap(), transcript::write(&RECORDING));
    let mut controls = 0;
    for node in
        document.descendants().filter(|node| ["button", "input", "select"].iter().any(|name| node.has_tag_name(*name)))
    {
        let words = |node: roxmltree::Node<'_, '_>| {
            node.descendants().filter_map(|part| part.text()).any(|text| !text.trim().is_empty())
        };
        let labelled = node.parent().is_some_and(|parent| parent.has_tag_name("label") && words(parent));
        assert!(node.attribute("aria-label").is_some() || labelled || words(node), "{node:?}");
        controls += 1;
    }
    assert!(controls >= 7 + 2 + 3, "{controls}");
    let figures = document.descendants().filter(|node| node.has_tag_name("figure"));
    assert_eq!(figures.count(), RECORDING.shots.len());
}

#[test]
fn a_page_asks_for_nothing_and_tells_nothing_of_the_machine() {
    let page = write(&RECORDING);
    assert!(page.contains("default-src 'none'"));
    // The one address is the name of SVG.
    let svg = "http://www.w3.org/2000/svg";
    assert_eq!((page.matches("://").count(), page.matches(svg).count()), (1, 1));
    for word in ["src=", "href=", "@import", "url(", "fetch(", env!("CARGO_MANIFEST_DIR")] {
        assert!(!page.contains(word), "{word}");
    }
    if let Ok(host) = std::fs::read_to_string("/etc/hostname") {
        assert!(host.trim().is_empty() || !page.contains(host.trim()));
    }
}

/// A recording of one screen that holds all that might break a page.
fn hostile() -> Recording {
    let evil = "</script><b>&\"'{{data}}\u{1b}[2J\u{202e}-->";
    let mut cells = Buffer::empty(Rect::new(0, 0, 40, 3));
    for (at, c) in evil.chars().enumerate() {
        cells.content[at].set_symbol(&c.to_string());
    }
    cells.set_string(0, 2, "世a👩\u{200d}🔬⚠\u{fe0f} e\u{301}│", Style::new().fg(Color::Red));
    cells.content[60].set_symbol("\u{ffff}");
    let frame = Frame::of(0, &cells, None);
    let mut next = cells.clone();
    next.set_string(3, 2, "b", Style::new());
    let frames = vec![frame.clone(), Frame::of(3, &next, Some(&frame))];
    Recording {
        title: evil.to_owned(),
        size: (40, 3),
        frames,
        end: 5,
        chapters: vec![Chapter { tick: 0, words: Words::of(evil) }],
        captions: vec![Caption { from: 0, to: 5, words: Words::of(evil), on_screen: false }],
        shots: vec![Shot {
            tick: 4,
            name: "s".to_owned(),
            cells: next,
            title: evil.to_owned(),
            description: evil.to_owned(),
        }],
        ..RECORDING.clone()
    }
}

#[test]
fn whatever_is_said_or_shown_the_page_stays_whole() {
    let recording = hostile();
    let page = write(&recording);
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}') && !page.contains("\\u001b"));
    let text = parsed(&page);
    let document = roxmltree::Document::parse(&text).unwrap();
    let title = document.descendants().find(|node| node.has_tag_name("title")).unwrap();
    assert!(title.text().unwrap().starts_with("</script><b>&\"'{{data}}\u{fffd}[2J"));
    let data = data_of(&page);
    check_frames(&recording, &data);
    let last = &rows_of(&data)[2];
    let symbols: Vec<&str> = last[..9].iter().map(|cell| cell.0.as_str()).collect();
    assert_eq!(symbols, ["世", "", "a", "👩\u{200d}🔬", "", "⚠", "", " ", "e\u{301}"]);
}

#[test]
fn the_page_has_the_light_of_its_theme() {
    let with = |theme: Theme| write(&Recording { theme, ..RECORDING.clone() });
    assert!(with(Theme::Light).contains("<html lang=\"en\" class=\"light\">"));
    assert!(with(Theme::Light).contains("--paper: #ffffff"));
    assert!(with(Theme::Dark).contains("<meta name=\"color-scheme\" content=\"dark\"/>"));
}
