//! What a film shows at each moment, read from its XML as a browser does.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Style as Look};

use super::*;

const SVG: &str = "http://www.w3.org/2000/svg";

/// Screens at their times.
fn film(screens: &[(u64, Buffer)], end: u64) -> String {
    let screens: Vec<Screen<'_>> = screens
        .iter()
        .map(|(at, cells)| Screen { at: *at, rows: cells.content.chunks(usize::from(cells.area.width)).collect() })
        .collect();
    svg(&screens, end, Theme::Lecture, "t", "d")
}

fn screens() -> Vec<(u64, Buffer)> {
    let lines = [
        (0, ["step 1  │ ⣀   │", "still   │ a<b │", "        │     │"]),
        (150, ["step 2  │ ⣀⣀  │", "still   │ a<b │", "        │     │"]),
        (1234, ["step 3  │ ⣀   │", "still   │ a<b │", "done    │     │"]),
    ];
    lines.into_iter().map(|(at, lines)| (at, Buffer::with_lines(lines))).collect()
}

/// The texts that are seen at a moment, with their rows; at none, those where nothing is animated.
fn texts(svg: &str, moment: Option<u64>) -> Vec<(usize, String)> {
    let parsed = roxmltree::Document::parse(svg).unwrap();
    let mut seen = Vec::new();
    for node in parsed.descendants().filter(|node| node.has_tag_name((SVG, "use"))) {
        let animate = node.children().find(|node| node.has_tag_name((SVG, "animate")));
        let href = match (animate, moment) {
            (Some(animate), Some(moment)) => {
                let whole: f64 = animate.attribute("dur").unwrap().trim_end_matches('s').parse().unwrap();
                let times = animate.attribute("keyTimes").unwrap().split(';').map(|time| time.parse::<f64>().unwrap());
                let values: Vec<&str> = animate.attribute("values").unwrap().split(';').collect();
                let now = moment as f64 / 1000.0 / whole;
                values[times.filter(|time| *time <= now).count() - 1]
            }
            _ => node.attribute("href").unwrap(),
        };
        // By the name of SVG 1.1 it is that of the last screen, for programs that do not animate.
        assert_eq!(node.attribute((XLINK, "href")), node.attribute("href"));
        let part = parsed.descendants().find(|part| part.attribute("id") == Some(&href[1..])).unwrap();
        let row = node.attribute("y").map_or(0, |y| y.parse::<usize>().unwrap()) / CELL.1;
        seen.extend(
            part.descendants()
                .filter(|node| node.has_tag_name((SVG, "text")))
                .map(|node| (row, node.text().unwrap().to_owned())),
        );
    }
    seen
}

fn owned(texts: &[(usize, &str)]) -> Vec<(usize, String)> {
    texts.iter().map(|(row, text)| (*row, (*text).to_owned())).collect()
}

#[test]
fn each_screen_is_seen_from_its_very_moment_on_and_the_last_one_where_nothing_moves() {
    let svg = film(&screens(), 2000);
    let last = owned(&[(0, "step 3"), (1, "still"), (1, "a<b"), (2, "done")]);
    for (moment, wanted) in [
        (0, owned(&[(0, "step 1"), (1, "still"), (1, "a<b")])),
        (149, owned(&[(0, "step 1"), (1, "still"), (1, "a<b")])),
        (150, owned(&[(0, "step 2"), (1, "still"), (1, "a<b")])),
        (1233, owned(&[(0, "step 2"), (1, "still"), (1, "a<b")])),
        (1234, last.clone()),
        (4999, last.clone()),
    ] {
        assert_eq!(texts(&svg, Some(moment)), wanted, "{moment}");
    }
    assert_eq!(texts(&svg, None), last);
    assert_eq!(svg, film(&screens(), 2000), "the same bytes");
}

#[test]
fn what_comes_again_is_drawn_once_and_what_stays_does_not_move() {
    let svg = film(&screens(), 2000);
    assert_eq!((svg.matches("still").count(), svg.matches("a&lt;b").count()), (1, 1), "{svg}");
    let parsed = roxmltree::Document::parse(&svg).unwrap();
    let parts: Vec<_> =
        parsed.descendants().filter(|node| node.has_tag_name((SVG, "g")) && node.has_attribute("id")).collect();
    let inside = |node: &roxmltree::Node<'_, '_>| svg[node.range()].split_once('>').unwrap().1.to_owned();
    let distinct: std::collections::BTreeSet<String> = parts.iter().map(inside).collect();
    assert_eq!(distinct.len(), parts.len(), "{svg}");
    let again = ["ab │ still  and  more", "cd │ still  and  more", "ab │ still  and  more"];
    let again: Vec<(u64, Buffer)> =
        again.iter().zip([0, 100, 200]).map(|(line, at)| (at, Buffer::with_lines([*line]))).collect();
    let svg = film(&again, 300);
    for text in ["ab", "cd", "still", "and", "more"] {
        assert_eq!(svg.matches(&format!(">{text}<")).count(), 1, "{text}: {svg}");
    }
    assert_eq!(svg.matches("<animate").count(), 1, "{svg}");
    let values = svg.split("values=\"").nth(1).unwrap().split('"').next().unwrap();
    let values: Vec<&str> = values.split(';').collect();
    assert!(values.len() == 3 && values[0] == values[2] && values[0] != values[1], "{values:?}");
}

#[test]
fn neighbours_are_one_part_where_that_is_shorter() {
    let rows = ["a  b  c  d  e  f", "x  b  c  d  e  f"].map(|line| Buffer::with_lines([line]).content);
    let variants: Vec<(u64, &[Cell])> = rows.iter().enumerate().map(|(at, row)| (at as u64, &row[..])).collect();
    let parts = parts(&variants);
    assert_eq!((parts.first().map(|part| part[0]), parts.last().map(|part| part[1])), (Some(0), Some(16)));
    assert!(parts.windows(2).all(|pair| pair[0][1] == pair[1][0]), "{parts:?}");
    let all = length(&variants, [0, 16]);
    let apart: usize = parts.iter().map(|ends| length(&variants, *ends)).sum();
    assert!(parts.len() > 1 && apart < all, "{parts:?} {apart} {all}");
    // What changes everywhere at once is one part.
    let rows = ["a  b", "x  y", "p  q"].map(|line| Buffer::with_lines([line]).content);
    let variants: Vec<(u64, &[Cell])> = rows.iter().enumerate().map(|(at, row)| (at as u64, &row[..])).collect();
    assert_eq!(super::parts(&variants), [[0, 4]]);
}

#[test]
fn a_text_that_goes_on_is_never_cut() {
    let cells = |lines: [&str; 2]| lines.map(|line| Buffer::with_lines([line]).content);
    for (lines, wanted) in [
        (["ab  cd", "ab  xy"], vec![0, 3, 6]),
        (["ab cd ", "ab  d "], vec![0, 6]),
        (["a│b   ", "x⣿y   "], vec![0, 1, 2, 4, 5, 6]),
        (["a b   ", "x│y   "], vec![0, 4, 5, 6]),
        (["╮╭ab─", "╮╭ a─"], vec![0, 1, 2, 4, 5]),
    ] {
        let rows = cells(lines);
        let variants: Vec<(u64, &[Cell])> = rows.iter().enumerate().map(|(at, row)| (at as u64, &row[..])).collect();
        assert_eq!(cuts(&variants), wanted, "{lines:?}");
    }
}

#[test]
fn moments_are_shares_that_are_never_late_and_a_microsecond_early_at_the_most() {
    assert_eq!((share(0, 5), share(1, 2), share(1, 3)), ("0".into(), ".5".into(), ".3333333".into()));
    for (time, whole) in [(1, 29_300), (26_299, 29_300), (7_777, 10_001), (3_599_999, 3_603_000)] {
        let share: f64 = share(time, whole).parse().unwrap();
        let early = time as f64 - share * whole as f64;
        assert!((0.0..=1e-7 * whole as f64 + 1e-9).contains(&early), "{time} {whole} {early}");
    }
}

#[test]
fn a_film_of_nothing_or_of_one_screen_is_a_picture() {
    let one = film(&screens()[..1], 1000);
    assert!(!one.contains("<animate") && one.contains("step 1"), "{one}");
    assert!(roxmltree::Document::parse(&svg(&[], 0, Theme::Dark, "<", "&")).is_ok());
}

#[test]
fn a_film_has_the_colours_and_the_shapes_of_pictures() {
    let mut screens = screens();
    for (_, cells) in &mut screens {
        let area = cells.area;
        cells.set_style(area, Look::new().fg(Color::LightCyan));
        crate::ui::look::lecture::lay_ground(cells, Theme::Lecture);
    }
    let film = film(&screens, 2000);
    let still = super::super::svg(&screens[2].1, Theme::Lecture, "t", "d");
    for class in ["fill-light-cyan", "line-light-cyan", "ground-paper"] {
        assert!(film.contains(class) && still.contains(class), "{class}");
    }
}
