//! Pictures as XML, and that nothing in them depends on a font which does not depend on one.

use std::collections::BTreeSet;
use std::path::Path;

use ratatui::layout::Rect;
use ratatui::style::Style as Look;

use super::*;

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
