//! The pane as it looks, and what it says.

use super::*;
use crate::snapshot::Line;
use crate::ui::tests::fixture::{self, pane_picture};
use crate::ui::tests::fixture_maps;

#[test]
fn a_healthy_run() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (76, 10), true));
}

#[test]
fn a_healthy_run_in_ascii_and_narrow() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (38, 8), false));
}

#[test]
fn a_share_of_units_is_told_with_its_word_or_not_at_all() {
    let told = ["units: 2 tanh 0 % saturated", "4 tanh 0 % saturated"].map(str::to_owned);
    assert_eq!(first_of(&told, 49, '~'), "units: 2 tanh 0 % saturated, 4 tanh 0 % saturated");
    assert_eq!(first_of(&told, 48, '~'), "units: 2 tanh 0 % saturated ~");
    assert_eq!(first_of(&told, 20, '~'), "");
}

#[test]
fn clipped_steps_and_dead_units_are_told() {
    let mut snapshot = fixture::healthy();
    snapshot.clip_hits = Some(12);
    assert!(pane_picture(&PANE, &snapshot, (76, 10), true).contains("clipped 12 of 287 steps"));
    let told = units(&snapshot).unwrap();
    assert_eq!(told[0], "units: 2 relu 5 % dead");
    assert!(pane_picture(&PANE, &snapshot, (76, 12), true).contains("relu 5 % dead"));
    snapshot.network = None;
    assert_eq!(units(&snapshot), None);
    assert!(fixture::described(&PANE, &snapshot).contains("clipped in 12 of 287 steps"));
}

#[test]
fn a_diverged_run() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::diverged(), (60, 9), true));
}

/// A cosine between -1 and 1, and a count that an epoch's end tells.
fn observed() -> Snapshot {
    let line = |value: fn(f64) -> f64| {
        let mut series = crate::session::Series::new(256);
        (1..=287).for_each(|step| series.push(value(f64::from(step))));
        Line { buckets: series.buckets(), width: series.width() }
    };
    let view = |name: &str, value: f64, line: Line| ObservedView { name: name.into(), value, line };
    Snapshot {
        observed: vec![
            view("cosine", -0.412, line(|step| (step / 20.0).sin())),
            view("turns", 12.0, line(|step| (step / 23.0).floor())),
            view("a_name_of_twenty", f64::NAN, line(|_| f64::NAN)),
        ],
        ..fixture::healthy()
    }
}

#[test]
fn what_is_observed_stands_below() {
    insta::assert_snapshot!(pane_picture(&PANE, &observed(), (76, 12), true));
}

#[test]
fn what_is_observed_in_ascii_and_narrow() {
    insta::assert_snapshot!(pane_picture(&PANE, &observed(), (38, 12), false));
}

#[test]
fn a_ratio_has_a_word_only_where_it_is_far_from_all_that_is_usual() {
    let words = [0.0, 1e-6, 2e-5, 1e-3, 0.03, 0.5, f64::INFINITY, f64::NAN].map(|ratio| judge(Some(ratio)));
    let (low, high) = (Some("low"), Some("high"));
    assert_eq!(words, [low, low, None, None, None, high, high, high]);
    assert_eq!(judge(None), None);
}

#[test]
fn a_landscape_is_not_judged_as_a_network() {
    let snapshot = fixture_maps::mapped("momentum-in-the-ravine", 20, &[]);
    let told = pane_picture(&PANE, &snapshot, (76, 10), true) + fixture::described(&PANE, &snapshot).as_str();
    assert!(!told.contains("update/weight"), "{told}");
    let looked_for = (PANE.look_for)(&snapshot);
    assert!(!looked_for.contains("layers") && !looked_for.contains("update/weight"), "{looked_for}");
}

#[test]
fn the_sentence_has_the_numbers() {
    insta::assert_snapshot!(fixture::described(&PANE, &fixture::healthy()));
}

/// What has no room is marked, and a heading does not stand alone in the last row.
#[test]
fn rows_that_have_no_room_are_marked() {
    let snapshot = observed();
    let all = lines(&snapshot).count();
    let gradients = snapshot.gradients.len();
    for height in 4..all + 6 {
        let picture = pane_picture(&PANE, &snapshot, (76, height as u16), true);
        let shown = height - 2;
        assert_eq!(picture.contains('▼'), shown < all, "{picture}");
        assert_eq!(picture.contains("observed"), shown > gradients + 1, "{picture}");
    }
}
