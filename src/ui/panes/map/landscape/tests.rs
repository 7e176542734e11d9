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
    let spots = [(x.0 - 9.0, y.0, '◀'), (x.1 + 9.0, y.0, '▶'), (0.0, y.1 + 1e9, '▲'), (0.0, y.0 - 1e-3, '▼')];
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

#[test]
fn lines_are_cut_at_the_edges() {
    assert_eq!(clipped((0.2, 0.2), (0.4, 0.6)), Some(((0.2, 0.2), (0.4, 0.6))));
    assert_eq!(clipped((-1.0, 0.5), (3.0, 0.5)), Some(((0.0, 0.5), (1.0, 0.5))));
    assert_eq!(clipped((0.5, 0.5), (0.5, -1.5)), Some(((0.5, 0.5), (0.5, 0.0))));
    assert_eq!(clipped((-1.0, 0.5), (-0.5, 0.5)), None);
    assert_eq!(clipped((0.5, 2.0), (1.5, 1.5)), None);
    assert_eq!(clipped((0.5, f64::NAN), (0.5, 0.5)), None);
}
