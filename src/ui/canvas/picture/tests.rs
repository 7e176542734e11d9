//! Pictures as XML, and that nothing in them depends on a font which does not depend on one.

use std::collections::BTreeSet;
use std::path::Path;

use ratatui::layout::Rect;
use ratatui::style::{Color, Style as Look};

use super::*;
use crate::ui::look::palette::{self, ground};

fn drawn(lines: &[&str]) -> String {
    svg(&Buffer::with_lines(lines.iter().copied()), Theme::Dark, "t", "d")
}

#[test]
fn runs_of_one_style_are_one_text_at_its_place() {
    let mut buffer = Buffer::with_lines(["a<b cd", "      ", "x─ y  z▲世"]);
    let bold = Look::new().fg(Color::LightCyan).add_modifier(Modifier::BOLD);
    buffer.set_style(Rect::new(4, 0, 2, 1), bold);
    buffer.set_style(Rect::new(0, 1, 3, 1), Look::new().add_modifier(Modifier::REVERSED | Modifier::UNDERLINED));
    insta::assert_snapshot!(svg(&buffer, Theme::Dark, "Adam & <digits>", "step 3"));
}

#[test]
fn every_theme_has_ink_that_is_seen_on_its_paper() {
    for theme in Theme::ALL {
        let (ink, paper) = ground(theme);
        assert!(ink.iter().zip(paper).all(|(a, b)| a.abs_diff(b) > 150), "{theme:?}");
    }
}

#[test]
fn boxes_blocks_and_braille_are_shapes_without_exception() {
    for c in ('\u{2500}'..='\u{259f}').chain('\u{2800}'..='\u{28ff}') {
        let picture = drawn(&[&c.to_string()]);
        assert!(!picture.contains("<text"), "{c}");
        assert!(c == '\u{2800}' || picture.contains("<path"), "{c}: {picture}");
    }
}

/// Letters, digits and what stands between them, of whatever script: these are text.
fn is_text(c: char) -> bool {
    let code = u32::from(c);
    let sign = matches!(code, 0x2190..=0x21ff | 0x2300..=0x23ff | 0x2500..=0x27bf | 0x2800..=0x28ff | 0x2b00..=0x2bff);
    !sign
}

/// What stands in files under `src` whose names end so.
fn files(folder: &Path, ending: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn whatever_a_screen_draws_that_is_no_text_is_a_shape() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    files(&root.join("src/ui"), ".snap", &mut texts);
    files(&root.join("src/ui"), ".rs", &mut texts);
    files(&root.join("labs"), ".yaml", &mut texts);
    files(&root.join("scripts"), ".rhai", &mut texts);
    let signs: BTreeSet<char> = texts.iter().flat_map(|text| text.chars()).filter(|c| !is_text(*c)).collect();
    assert!(signs.len() > 60, "{signs:?}");
    // Named in tests of texts from outside, which may hold anything.
    let foreign = ['❤'];
    let lacking = |c: &&char| shapes::parts(&c.to_string()).is_none() && !foreign.contains(*c);
    assert_eq!(signs.iter().filter(lacking).collect::<String>(), "");
}

#[test]
fn a_picture_is_xml_whatever_is_on_the_screen() {
    let hostile = "a\u{1b}[2J<b>&\"'\u{0}\u{fffe}\u{ffff}]]>\u{202e}e\u{301}👩\u{200d}🔬⚠\u{fe0f}1\u{fe0f}\u{20e3}";
    let mut cells = Buffer::empty(Rect::new(0, 0, 40, 2));
    for (at, c) in hostile.chars().enumerate() {
        cells.content[at].set_symbol(&c.to_string());
    }
    cells.content[60].set_symbol("👩\u{200d}🔬");
    for theme in Theme::ALL {
        let picture = svg(&cells, theme, hostile, hostile);
        let parsed = roxmltree::Document::parse(&picture).unwrap();
        let root = parsed.root_element();
        let child = |name: &str| root.children().find(|node| node.has_tag_name((SVG, name)));
        let title = child("title").and_then(|node| node.text()).unwrap();
        assert!(title.starts_with("a\u{fffd}[2J<b>&\"'") && child("desc").is_some(), "{title}");
        assert_eq!(root.attribute("viewBox"), Some("0 0 360 36"));
    }
    assert!(roxmltree::Document::parse(&svg(&Buffer::empty(Rect::ZERO), Theme::Dark, "", "")).is_ok());
}

/// Cells of every colour as ink and as ground, plain, bold, dim and reversed, with a letter, a shape, a line and a shade.
fn colourful() -> Buffer {
    let colours: Vec<Color> = [Color::Reset].into_iter().chain(palette::ORDER).collect();
    let looks = [Modifier::empty(), Modifier::BOLD, Modifier::DIM, Modifier::REVERSED];
    let mut cells = Buffer::empty(Rect::new(0, 0, 48, 17));
    for (y, colour) in colours.iter().copied().enumerate() {
        for (x, symbol) in "a█╭⣿▒▀".chars().cycle().take(48).enumerate() {
            let other = colours[x % colours.len()];
            let style = Look::new().add_modifier(looks[x / 6 % 4]);
            let style = if x < 24 { style.fg(colour) } else { style.fg(other).bg(colour) };
            cells.content[y * 48 + x].set_char(symbol).set_style(style);
        }
    }
    cells
}

#[test]
fn every_colour_is_an_attribute_and_a_class_which_say_the_same() {
    for theme in Theme::ALL {
        let mut cells = colourful();
        crate::ui::look::lecture::lay_ground(&mut cells, theme);
        let picture = svg(&cells, theme, "t", "d");
        assert_eq!(picture, svg(&cells, theme, "t", "d"), "the same bytes");
        let parsed = roxmltree::Document::parse(&picture).unwrap();
        let mut values: std::collections::BTreeMap<&str, BTreeSet<&str>> = std::collections::BTreeMap::new();
        let mut kinds = BTreeSet::new();
        for node in parsed.root_element().descendants().filter(roxmltree::Node::is_element) {
            let paint = |name: &str| node.attribute(name).filter(|value| *value != "none");
            let Some(class) = node.attribute("class").filter(|class| *class != "optlab") else {
                // What has no class has no colour of its own.
                assert_eq!((paint("fill"), paint("stroke")), (None, None), "{node:?}");
                continue;
            };
            let (kind, name) = class.split_once('-').unwrap();
            let value = paint(if kind == "line" { "stroke" } else { "fill" }).unwrap();
            assert!(paint(if kind == "line" { "fill" } else { "stroke" }).is_none(), "{class}");
            kinds.insert(kind);
            values.entry(name.trim_end_matches("-on-ground")).or_default().insert(value);
        }
        assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["fill", "ground", "line"]);
        assert!(values.len() > 16 && values.values().all(|values| values.len() == 1), "{theme:?} {values:?}");
        assert!(!values.contains_key("other"), "{values:?}");
    }
}

#[test]
fn shapes_that_touch_in_a_row_are_one_and_cells_of_the_ground_are_not_drawn() {
    let mut cells = Buffer::with_lines(["████ ──── ⣿"]);
    crate::ui::look::lecture::lay_ground(&mut cells, Theme::LectureLight);
    let picture = svg(&cells, Theme::LectureLight, "t", "d");
    assert!(picture.contains("d=\"M0 0h36v18h-36zm45 9h36v1h-36z\""), "{picture}");
    assert!(picture.contains("stroke-width=\"3\" d=\"M91 2.5h3m-3 4h3m-3 5h3m1-9h3"), "{picture}");
    assert_eq!(picture.matches("<path").count(), 2, "{picture}");
    let still = Buffer::empty(Rect::new(0, 0, 3, 3));
    assert!(!svg(&still, Theme::Dark, "t", "d").contains("<path"));
}

const SVG: &str = "http://www.w3.org/2000/svg";

#[test]
fn every_text_has_the_length_of_its_cells() {
    let picture = drawn(&["ab  c d é…─世 ∂x", "   1.25e-3   ", "👩\u{200d}🔬 x ❤\u{fe0f}"]);
    let parsed = roxmltree::Document::parse(&picture).unwrap();
    let texts = parsed.descendants().filter(|node| node.has_tag_name((SVG, "text")));
    let number = |node: &roxmltree::Node<'_, '_>, name: &str| node.attribute(name).unwrap().parse::<usize>().unwrap();
    let seen: Vec<_> = texts
        .map(|node| {
            assert_eq!((number(&node, "x") % 9, (number(&node, "y") - BASE) % 18), (0, 0));
            (node.text().unwrap().to_owned(), number(&node, "x") / 9, number(&node, "textLength") / 9)
        })
        .collect();
    let wanted = [
        ("ab", 0, 2),
        ("c d é…", 4, 6),
        ("世", 11, 2),
        ("∂", 14, 1),
        ("x", 15, 1),
        ("1.25e-3", 3, 7),
        ("👩\u{200d}🔬", 0, 2),
        ("x", 3, 1),
        // Whether it is asked for as text or as emoji is left out: a font without a sign for that draws a box.
        ("❤", 5, 2),
    ];
    assert_eq!(seen, wanted.map(|(text, at, columns)| (text.to_owned(), at, columns)));
}
