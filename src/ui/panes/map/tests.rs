//! Every kind of map as a student sees it: in a narrow and a wide pane, without colour, in ASCII.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::*;
use crate::snapshot::{Answers, Status};
use crate::ui::look::theme::{Look, Theme};
use crate::ui::panes;
use crate::ui::tests::fixture::{self, described, pane_picture};
use crate::ui::tests::fixture_maps::{BLOBS, CURVE, IRIS, PLANE, RACE, mapped, small};

fn moons(step: u64) -> Snapshot {
    mapped("mini-batch-on-moons", step, &[])
}

/// What the pane of a run alone shows at this size, of that kind.
fn pictures(name: &str, snapshot: &Snapshot) {
    for (size, unicode) in [((80, 11), true), ((60, 19), true), ((60, 19), false), ((120, 38), true)] {
        let kind = if unicode { "" } else { "_ascii" };
        let name = format!("{name}_{}x{}{kind}", size.0, size.1);
        insta::assert_snapshot!(name, pane_picture(&PANE, snapshot, size, unicode));
    }
    insta::assert_snapshot!(format!("{name}_said"), described(&PANE, snapshot));
}

#[test]
fn regions_of_two_moons() {
    pictures("moons", &moons(130));
}

#[test]
fn a_number_over_two_features() {
    pictures("plane", &small(PLANE, 60));
}

#[test]
fn many_classes_and_their_pictures() {
    pictures("digits", &mapped("adam-on-digits", 60, &[]));
}

#[test]
fn classes_with_names_and_classes_of_more_than_shapes() {
    let iris = small(IRIS, 20);
    insta::assert_snapshot!("iris_80x8", pane_picture(&PANE, &iris, (80, 8), true));
    insta::assert_snapshot!("iris_said", described(&PANE, &iris));
    let blobs = small(BLOBS, 40);
    insta::assert_snapshot!("blobs_80x19", pane_picture(&PANE, &blobs, (80, 19), true));
    insta::assert_snapshot!("blobs_60x19_ascii", pane_picture(&PANE, &blobs, (60, 19), false));
}

#[test]
fn a_ravine() {
    pictures("ravine", &mapped("momentum-in-the-ravine", 12, &[]));
}

#[test]
fn a_race_on_a_landscape() {
    pictures("race", &small(RACE, 120));
}

#[test]
fn a_curve() {
    pictures("curve", &small(CURVE, 200));
}

#[test]
fn before_the_first_step_there_is_a_map_already() {
    insta::assert_snapshot!(pane_picture(&PANE, &mapped("momentum-in-the-ravine", 0, &[]), (80, 20), true));
    insta::assert_snapshot!(pane_picture(&PANE, &moons(0), (80, 20), false));
}

#[test]
fn each_kind_says_what_to_look_for() {
    let race = small(RACE, 3);
    for snapshot in [&moons(1), &race, &fixture::walked("bias-correction", 2), &fixture::healthy()] {
        let said = look_for(snapshot);
        assert!(said.ends_with('.') && said.len() > 60, "{said}");
    }
    assert!(look_for(&race).contains("contours"));
    assert!((PANE.suits)(&race) && !(PANE.suits)(&fixture::healthy()));
}

#[test]
fn in_a_race_the_name_of_the_run_is_in_the_title() {
    let snapshot = mapped("race-on-spirals", 20, &[]);
    let picture = pane_picture(&PANE, &snapshot, (80, 12), true);
    assert!(picture.lines().next().unwrap().contains("Map · adam · validation"), "{picture}");
}

#[test]
fn no_size_is_too_small_and_nothing_is_drawn_outside() {
    let broken = Snapshot { status: fixture::diverged().status, ..moons(3) };
    assert!(matches!(broken.status, Status::Diverged(_)));
    let mut lost = moons(3);
    if let Some(Map::Regions(map)) = &mut lost.map {
        if let Answers::Classes { cells, .. } = &mut map.answers {
            cells.iter_mut().for_each(|cell| cell.class = None);
        }
        map.points.iter_mut().for_each(|point| point.answer = f32::NAN);
    }
    let snapshots = [
        broken,
        lost,
        mapped("adam-on-digits", 3, &[]),
        mapped("momentum-in-the-ravine", 3, &["optimizer={rule: sgd, lr: 30}"]),
        small(RACE, 5),
        small(CURVE, 5),
        fixture::walked("moving-averages", 300),
    ];
    for snapshot in &snapshots {
        for (width, height) in (0..20)
            .step_by(2)
            .chain([21, 40, 61, 80, 133, 200])
            .flat_map(|w| (0..13).chain([23, 60]).map(move |h| (w, h)))
        {
            for unicode in [true, false] {
                pane_picture(&PANE, snapshot, (width, height), unicode);
            }
        }
    }
}

#[test]
fn regions_are_coloured_and_mistakes_stand_out_of_their_ground() {
    let snapshot = moons(130);
    let scripts = fixture::scripts();
    let look = Look { theme: Theme::Dark, unicode: true };
    let view = fixture::view(&snapshot, &scripts, look);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 76, 20));
    let area = buffer.area;
    panes::draw(&PANE, &MapPane::default(), &view, &mut Pen::new(&mut buffer, area, look));
    let ground = |colour| buffer.content.iter().filter(|cell| cell.bg == colour).count();
    let [first, second] = [0, 1].map(|class| look.style(crate::ui::look::theme::Role::Region(class)).bg.unwrap());
    assert!(ground(first) > 100 && ground(second) > 100, "{} {}", ground(first), ground(second));
    let marks = || buffer.content.iter().filter(|cell| ["●", "▲", "○", "△"].contains(&cell.symbol()));
    let bold = ratatui::style::Modifier::BOLD;
    let reset = ratatui::style::Color::Reset;
    assert!(marks().count() > 50);
    assert!(marks().filter(|cell| cell.modifier.contains(bold)).all(|cell| cell.bg == reset));
}

#[test]
fn the_keys_of_a_series_say_what_they_choose() {
    let (series, classes) = (fixture::walked("moving-averages", 3), mapped("adam-on-digits", 2, &[]));
    let said = |snapshot: &Snapshot| keys(snapshot).iter().map(|key| (key.shown, key.says)).collect::<Vec<_>>();
    assert!(said(&series).len() == 2 && said(&series)[0].1.contains("choose the line above"), "{:?}", said(&series));
    assert!(said(&classes).contains(&("PgUp", "a page up")) && said(&classes)[0].1 == "one row up");
}
