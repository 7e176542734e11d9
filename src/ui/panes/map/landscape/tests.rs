//! What a map of a landscape shows and says.

use super::*;
use crate::snapshot::Map;
use crate::ui::look::theme::Theme;
use crate::ui::panes::map::PANE;
use crate::ui::tests::fixture::{self, pane_picture};
use crate::ui::tests::fixture_maps::{RACE, mapped, small};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

#[test]
fn a_run_that_has_left_the_picture_is_marked_at_its_edge() {
    let mut snapshot = mapped("momentum-in-the-ravine", 12, &[]);
    let Some(Map::Landscape(map)) = &mut snapshot.map else { panic!("a landscape") };
    let (x, y) = (map.x, map.y);
    let spots = [(x.0 - 90.0, y.0, '◀'), (x.1 + 90.0, y.0, '▶'), (0.0, y.1 + 1e9, '▲'), (0.0, y.0 - 9.0, '▼')];
    for (to_x, to_y, arrow) in spots {
        let Some(Map::Landscape(map)) = &mut snapshot.map else { panic!("a landscape") };
        map.paths[0].points.push(PathPoint { step: 13, x: to_x, y: to_y });
        let picture = pane_picture(&PANE, &snapshot, (80, 19), true);
        let row = picture.lines().find(|line| line.contains(arrow)).unwrap();
        assert!(row.contains('●'), "{picture}");
        assert!(picture.contains(", outside"), "{picture}");
    }
    assert!(pane_picture(&PANE, &snapshot, (80, 12), false).contains('v'));
}

#[test]
fn nobody_is_lowest_where_all_stand_at_one_height() {
    let told = |heights: &[f64]| {
        let path = |(at, height): (usize, &f64)| PathView {
            name: ["plain", "momentum", "rmsprop"][at].to_owned(),
            points: vec![PathPoint { step: 7, x: 0.0, y: 0.0 }],
            every: 1,
            height: *height,
        };
        lowest(&heights.iter().enumerate().map(path).collect::<Vec<_>>())
    };
    assert_eq!(told(&[22.2, 22.2, 22.2]), "all 3 are alike, 22.2 after step 7");
    assert_eq!(told(&[22.2, 3.0, 3.0]), "momentum and rmsprop are lowest, alike, 3.00 after step 7");
    assert_eq!(told(&[22.2, 3.0, 3.1]), "momentum is lowest, 3.00 after step 7");
    // One that has left all numbers is not compared.
    assert_eq!(told(&[f64::INFINITY, 3.0]), "momentum is lowest, 3.00 after step 7");
    assert_eq!(told(&[f64::NAN]), "");
    let picture = pane_picture(&PANE, &small(RACE, 0), (80, 19), true);
    assert!(picture.contains("all 2 are alike") && !picture.contains("lowest"), "{picture}");
}

#[test]
fn in_a_race_the_run_that_is_shown_lies_on_top_in_bold() {
    let mut snapshot = small(RACE, 120);
    for shown in [0, 1] {
        snapshot.shown = shown;
        let look = Look { theme: Theme::Dark, unicode: true };
        let view = fixture::view(&snapshot, &[], look);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 76, 20));
        let area = buffer.area;
        let Some(Map::Landscape(map)) = &snapshot.map else { panic!("a landscape") };
        draw(&view, map, &mut Pen::new(&mut buffer, area, look));
        let colour = look.style(Role::Racer(shown as u8)).fg.unwrap();
        let own = buffer.content.iter().filter(|cell| cell.fg == colour);
        assert!(own.clone().count() > 5 && own.clone().all(|cell| cell.modifier.contains(Modifier::BOLD)));
    }
}

/// At the end of a race many stand at the lowest point: each is still seen, and the one that is shown stands where it is.
#[test]
fn racers_that_stand_in_one_place_are_marked_beside_each_other() {
    let mut snapshot = small(RACE, 120);
    let Some(Map::Landscape(map)) = &mut snapshot.map else { panic!("a landscape") };
    let (low, high) = ((map.x.0, map.y.0), (map.x.1, map.y.1));
    let spots = [(0.0, 0.0), low, high, (map.x.0 - 1.0, 0.0), (map.x.1 + 1.0, 0.0)];
    for (at, shown) in spots.into_iter().flat_map(|at| [(at, 0), (at, 1)]) {
        snapshot.shown = shown;
        let Some(Map::Landscape(map)) = &mut snapshot.map else { panic!("a landscape") };
        map.pulls.clear();
        for path in &mut map.paths {
            path.points.push(PathPoint { step: 121, x: at.0, y: at.1 });
        }
        let picture = pane_picture(&PANE, &snapshot, (80, 19), true);
        let chart: Vec<&str> = picture.lines().take_while(|line| !line.contains('└')).collect();
        let own: Vec<String> = chart.iter().map(|line| line.chars().take(52).collect()).collect();
        let count = |mark| own.iter().map(|line| line.matches(mark).count()).sum::<usize>();
        assert!(own.iter().any(|line| line.contains("12") || line.contains("21")), "{at:?}\n{picture}");
        assert!(count("1") >= 1 && count("2") >= 1, "{picture}");
    }
    assert_eq!(free((3, 0), 4, &[(3, 0)]), Some((2, 0)));
    assert_eq!(free((1, 0), 3, &[(0, 0), (1, 0), (2, 0)]), None);
}

/// The dots of a picture of braille, row by row.
fn dots(picture: &str) -> Vec<Vec<bool>> {
    let cells: Vec<Vec<u32>> = picture.lines().map(|line| line.chars().map(u32::from).collect()).collect();
    let columns = cells.iter().map(Vec::len).max().unwrap();
    let bits = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
    let dot = |x: usize, y: usize| {
        let cell = cells[y / 4].get(x / 2).copied().unwrap_or(0);
        (0x2800..0x2900).contains(&cell) && cell & bits[y % 4][x % 2] != 0
    };
    (0..4 * cells.len()).map(|y| (0..2 * columns).map(|x| dot(x, y)).collect()).collect()
}

#[test]
fn a_circle_is_round_so_that_a_gradient_looks_perpendicular_to_the_contours() {
    let mut snapshot = mapped("descent-and-its-rate", 0, &["landscape={source: bowl, start: [4, 3]}"]);
    let Some(Map::Landscape(map)) = &mut snapshot.map else { panic!("a landscape") };
    (map.paths, map.pulls) = (Vec::new(), Vec::new());
    for size in [(80, 12), (80, 20), (100, 16), (60, 19), (60, 30), (120, 38), (40, 24)] {
        let picture = pane_picture(&PANE, &snapshot, size, true);
        let rows: Vec<&str> = picture.lines().skip(1).take_while(|line| !line.contains('└')).collect();
        let left = rows[0].chars().position(|at| at == '┤').unwrap() + 1;
        let axis = picture.lines().find(|line| line.contains('└')).unwrap();
        let columns = axis.chars().skip(left).take_while(|at| *at == '─').count();
        let inside: Vec<String> = rows.iter().map(|line| line.chars().skip(left).take(columns).collect()).collect();
        let dots = dots(&inside.join("\n"));
        let (width, height) = (2 * columns, 4 * rows.len());
        // Where contours are met on the way up from the middle, and on the way to the right.
        let up: Vec<usize> = (3..height / 2).filter(|by| dots[height / 2 - by][width / 2]).collect();
        let right: Vec<usize> = (3..width / 2).filter(|by| dots[height / 2][width / 2 + by]).collect();
        let is_met = |by: &usize| right.iter().any(|other| other.abs_diff(*by) <= 2);
        let reached = up.iter().filter(|by| **by + 2 < width / 2);
        assert!(reached.clone().count() >= 2 && reached.clone().all(is_met), "{up:?} {right:?}\n{picture}");
        assert!(!picture.contains(" as large") && !picture.contains("not to scale"), "{picture}");
    }
}

#[test]
fn where_the_scales_have_to_differ_the_axis_says_so() {
    let mut snapshot = mapped("momentum-in-the-ravine", 3, &[]);
    let ends = [((-1.5, 1.5), (-3.0, 3.0)), ((-50.0, 50.0), (-1.0, 1.0))];
    for ((x, y), larger) in ends.into_iter().zip(["x, drawn", "(y is drawn"]) {
        let Some(Map::Landscape(map)) = &mut snapshot.map else { panic!("a landscape") };
        (map.x, map.y) = (x, y);
        let picture = pane_picture(&PANE, &snapshot, (100, 9), true);
        assert!(picture.contains(larger), "{picture}");
        let picture = pane_picture(&PANE, &snapshot, (60, 9), true);
        assert!(picture.contains("as large") && !picture.contains("not to scale"), "{picture}");
    }
    let times = |map: &LandscapeView, dots| Seen::of(map, dots).name_of_x(40);
    let Some(Map::Landscape(map)) = &mut snapshot.map else { panic!("a landscape") };
    (map.x, map.y) = ((-1.0, 1.0), (-1.0, 1.0));
    assert_eq!(times(map, (401, 101)), "x, drawn 4.00x as large as y");
    assert_eq!(times(map, (101, 401)), "x (y is drawn 4.00x as large)");
    assert_eq!(times(map, (101, 201)), "x");
    assert_eq!(Seen::of(map, (201, 101)).x, (-2.0, 2.0));
    assert_eq!(Seen::of(map, (101, 201)).y, (-2.0, 2.0));
    let words = [28, 27, 15, 3].map(|columns| Seen::of(map, (401, 101)).name_of_x(columns));
    assert_eq!(words, ["x, drawn 4.00x as large as y", "x, 4.00x as large as y", "x, not to scale", "x"]);
}

#[test]
fn lines_are_cut_at_the_edges() {
    assert_eq!(clipped((0.2, 0.2), (0.4, 0.6)), Some(((0.2, 0.2), (0.4, 0.6))));
    assert_eq!(clipped((-1.0, 0.5), (3.0, 0.5)), Some(((0.0, 0.5), (1.0, 0.5))));
    assert_eq!(clipped((0.5, 0.5), (0.5, -1.5)), Some(((0.5, 0.5), (0.5, 0.0))));
    assert_eq!(clipped((-1.0, 0.5), (-0.5, 0.5)), None);
    assert_eq!(clipped((0.5, 2.0), (1.5, 1.5)), None);
    assert_eq!(clipped((0.5, f64::NAN), (0.5, 0.5)), None);
}
