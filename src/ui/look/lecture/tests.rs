//! Contrasts of the themes for a projector, worked out as WCAG 2.1 has it, over every role.

use ratatui::layout::Rect;

use super::*;
use crate::ui::look::palette::{self, Depth};
use crate::ui::look::theme::tests::ROLES;
use crate::ui::look::theme::{Look, Role};

const THEMES: [Theme; 2] = [Theme::Lecture, Theme::LectureLight];
const TEXT: f64 = 7.0;
const LINE: f64 = 4.5;

/// <https://www.w3.org/TR/WCAG21/#dfn-relative-luminance>.
fn luminance(rgb: [u8; 3]) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2])
}

fn contrast([a, b]: [[u8; 3]; 2]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// What terminals make of a place in the table of 256 from 16 on.
fn of_table(index: u8) -> [u8; 3] {
    let level = |step: u8| [0, 95, 135, 175, 215, 255][usize::from(step)];
    match index {
        0..=15 => panic!("{index} is the terminal's own"),
        16..=231 => [(index - 16) / 36, (index - 16) / 6 % 6, (index - 16) % 6].map(level),
        grey => [8 + 10 * (grey - 232); 3],
    }
}

/// Ink and paper of a character of that role on the screen, at a depth.
fn seen(role: Role, symbol: &str, theme: Theme, depth: Depth) -> [[u8; 3]; 2] {
    let mut cells = Buffer::empty(Rect::new(0, 0, 1, 1));
    cells.content[0].set_symbol(symbol).set_style(Look { theme, unicode: true }.style(role));
    lay_ground(&mut cells, theme);
    assert!(cells.content[0].fg != Color::Reset && cells.content[0].bg != Color::Reset);
    palette::apply_depth(&mut cells, depth, theme);
    let cell = &cells.content[0];
    let rgb = |colour: Color| match colour {
        Color::Indexed(index) => of_table(index),
        // With sixteen colours: what they usually are.
        other => palette::rgb(other, Theme::Dark).unwrap(),
    };
    [rgb(cell.fg), rgb(cell.bg)]
}

/// What a role needs that is text, and one that is a line or a ground.
fn least(role: Role) -> f64 {
    match role {
        Role::Racer(3..) | Role::Region(_) => LINE,
        _ => TEXT,
    }
}

fn all_roles() -> impl Iterator<Item = Role> {
    let counted = (0..8).flat_map(|at| [Role::Racer(at), Role::Chosen(at), Role::Region(at)]);
    ROLES.into_iter().filter(|role| !matches!(role, Role::Grey(_))).chain(counted)
}

#[test]
fn text_has_a_contrast_of_7_and_a_line_of_4_5_in_the_themes_for_a_projector() {
    assert!((contrast([[0; 3], [255; 3]]) - 21.0).abs() < 1e-9 && (contrast([[119; 3], [255; 3]]) - 4.48).abs() < 0.01);
    for (theme, depth) in THEMES.into_iter().flat_map(|theme| [(theme, Depth::True), (theme, Depth::Indexed)]) {
        for role in all_roles() {
            let reached = contrast(seen(role, "x", theme, depth));
            assert!(reached >= least(role), "{theme:?} {depth:?} {role:?}: {reached:.2}");
        }
    }
}

#[test]
fn with_sixteen_colours_only_those_are_taken_that_usually_have_the_contrast() {
    for theme in THEMES {
        for role in all_roles() {
            let (letter, line) = (seen(role, "x", theme, Depth::Sixteen), seen(role, "⣿", theme, Depth::Sixteen));
            let on_ground = matches!(role, Role::Region(_));
            let text = if on_ground { LINE } else { TEXT };
            assert!(contrast(letter) >= text, "{theme:?} {role:?}: {:.2}", contrast(letter));
            assert!(contrast(line) >= LINE, "{theme:?} {role:?}: {:.2}", contrast(line));
        }
    }
}

#[test]
fn the_curve_that_is_looked_at_stands_out_from_all_others() {
    for (theme, depth) in THEMES.into_iter().flat_map(|theme| [(theme, Depth::True), (theme, Depth::Indexed)]) {
        let of = |role| contrast(seen(role, "⣿", theme, depth));
        let others = [Role::Batch, Role::Border, Role::Dim, Role::Valid];
        assert!(others.into_iter().all(|role| of(role) < of(Role::Smooth)), "{theme:?} {depth:?}");
        for (shown, other) in (0..8).flat_map(|shown| (0..8).map(move |other| (shown, other))) {
            let (own, others) = (of(Role::Chosen(shown)), of(Role::Racer(other)).max(of(Role::Batch)));
            assert!(own > others, "{theme:?} {depth:?} {shown} {other}: {own:.2} {others:.2}");
        }
    }
}

#[test]
fn lines_keep_their_colours_apart_where_any_colour_can_be_shown() {
    for (theme, depth) in THEMES.into_iter().flat_map(|theme| [(theme, Depth::True), (theme, Depth::Indexed)]) {
        let lines = (0..8).map(Role::Racer).chain([Role::Batch, Role::Text]);
        let inks: Vec<[u8; 3]> = lines.map(|role| seen(role, "⣿", theme, depth)[0]).collect();
        let grounds: Vec<[u8; 3]> = (0..8).map(|at| seen(Role::Region(at), " ", theme, depth)[1]).collect();
        for seen in [inks, grounds] {
            let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
            assert_eq!(distinct.len(), seen.len(), "{theme:?} {depth:?} {seen:?}");
        }
    }
}

#[test]
fn a_projectors_theme_sets_both_colours_of_every_cell_and_the_others_leave_the_terminals_own() {
    for theme in Theme::ALL {
        let mut cells = Buffer::with_lines(["a b", "─ ⣿"]);
        let before = cells.clone();
        lay_ground(&mut cells, theme);
        let bare = cells.content.iter().any(|cell| cell.fg == Color::Reset || cell.bg == Color::Reset);
        assert_eq!(bare, !THEMES.contains(&theme), "{theme:?}");
        assert_eq!(cells == before, bare);
        // What a picture takes for its ground is what a terminal is told.
        if let Some((ink, paper)) = ground(theme) {
            let (own_ink, own_paper) = palette::ground(theme);
            assert_eq!((palette::rgb(ink, theme), palette::rgb(paper, theme)), (Some(own_ink), Some(own_paper)));
        }
    }
}

#[test]
fn a_strong_colour_is_that_of_one_plain_one_alone() {
    for theme in THEMES {
        for (own, ([r, g, b], index)) in strong(theme) {
            assert_eq!(weakened(Color::Rgb(*r, *g, *b), theme), Some((*own, *index)));
        }
    }
}

#[test]
fn the_style_sheet_for_pages_has_every_class_of_pictures_in_a_light_and_a_dark_half_with_contrast_enough() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures.css");
    let sheet = std::fs::read_to_string(path).unwrap();
    let halves: Vec<&str> = sheet.split("@media (prefers-color-scheme: ").skip(1).collect();
    assert!(halves[0].starts_with("light)") && halves[1].starts_with("dark)") && halves.len() == 2);
    let sixteen = palette::ORDER.map(|colour| palette::name(colour, Theme::Dark).unwrap().0.to_owned());
    let strong = THEMES.into_iter().flat_map(strong).map(|(own, _)| palette::name(*own, Theme::Dark).unwrap().0);
    let strong: std::collections::BTreeSet<String> = strong.map(|name| format!("{name}-strong")).collect();
    for half in halves {
        let value = |class: &str, word: &str| {
            let rest = half.split(&format!(".optlab .{class} {{ {word}: #")).nth(1)?;
            let digits = |at: usize| u8::from_str_radix(&rest[2 * at..2 * at + 2], 16).unwrap();
            Some([0, 1, 2].map(digits))
        };
        let paper = value("ground-paper", "fill").unwrap();
        assert_eq!((value("fill-paper", "fill"), value("line-paper", "stroke")), (Some(paper), Some(paper)));
        assert_eq!(value("ground-ink", "fill"), value("fill-ink", "fill"));
        for name in sixteen.iter().chain(&strong).cloned().chain(["ink".to_owned()]) {
            let fill = value(&format!("fill-{name}"), "fill").unwrap_or_else(|| panic!("fill-{name}"));
            assert_eq!(value(&format!("line-{name}"), "stroke"), Some(fill), "{name}");
            let least = if name == "ink" || name.ends_with("strong") { TEXT } else { LINE };
            assert!(contrast([fill, paper]) >= least, "{name} {:.2}", contrast([fill, paper]));
        }
    }
}
