//! What the pane shows of values that move and of those that stay.

use super::*;
use crate::snapshot::Event;
use crate::ui::tests::fixture::{self, pane_picture};

#[test]
fn a_rate_that_is_warmed_up_and_falls() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::scheduled(), (76, 14), true));
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::scheduled(), (60, 22), false));
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::scheduled(), (116, 34), true));
}

#[test]
fn a_schedule_that_learns_has_no_future_and_a_knob_is_a_mark() {
    let mut snapshot = fixture::scheduled();
    let falls = (0..287).map(|t| if t < 150 { 0.01 } else { 0.005 });
    snapshot.hyper[0].curve = HyperCurve::Learned(fixture::line(falls));
    snapshot.hyper[0].value = 0.005;
    insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (76, 12), true));
    let what = Intervention::Set { name: "beta2".into(), value: 0.9 };
    snapshot.timeline.events = vec![Event { step: 200, run: "adam".into(), what }];
    snapshot.timeline.marks = vec![Mark { step: 200, text: "beta2 = 0.9".into() }];
    snapshot.hyper[2].value = 0.9;
    insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (90, 26), true));
    insta::assert_snapshot!(fixture::described(&PANE, &snapshot));
}

#[test]
fn a_rate_that_leaps_between_two_columns_is_seen_as_high_as_it_was() {
    let mut snapshot = fixture::scheduled();
    // A peak of one step, far narrower than a column.
    let points: Vec<(u64, f64)> = (0..460).map(|t| (t, if t == 233 { 0.5 } else { 0.01 })).collect();
    snapshot.hyper[0].curve = HyperCurve::Known(std::sync::Arc::new(points));
    for columns in [40, 57, 76, 90] {
        let picture = pane_picture(&PANE, &snapshot, (columns, 12), true);
        let high = picture.lines().nth(3).unwrap();
        let upright = high.chars().filter(|c| ('\u{2801}'..='\u{28ff}').contains(c)).count();
        assert!(upright >= 2, "the peak and the upright at now: {picture}");
    }
}

#[test]
fn what_was_done_to_another_run_is_not_drawn() {
    let mut snapshot = Snapshot { race: fixture::race().race, ..fixture::scheduled() };
    let set =
        |step, run: &str| Event { step, run: run.into(), what: Intervention::Set { name: "beta1".into(), value: 0.8 } };
    snapshot.timeline.events = vec![set(10, "sgd"), set(20, "adam")];
    snapshot.timeline.marks = [(10, "sgd: beta1 = 0.8"), (15, "adam: beta1 = 0.7"), (20, "adam: beta1 = 0.8")]
        .map(|(step, text)| Mark { step, text: text.into() })
        .to_vec();
    assert_eq!(turns(&snapshot, "beta1").collect::<Vec<_>>(), [(20, 0.8)]);
    let words: Vec<(u64, String)> = marks(&snapshot, "beta1").into_iter().map(|mark| (mark.step, mark.text)).collect();
    assert_eq!(words, [(15, "beta1 = 0.7".to_owned()), (20, "beta1 = 0.8".to_owned())]);
    assert!(pane_picture(&PANE, &snapshot, (76, 14), true).contains("Schedule · adam: lr"));
    // Back before a fork it is alone, and still knows what was done to the fork.
    snapshot.race = None;
    let fork = Event { step: 5, run: "adam".into(), what: Intervention::Fork { name: "sgd".into() } };
    snapshot.timeline.events.insert(0, fork);
    assert_eq!(turns(&snapshot, "beta1").collect::<Vec<_>>(), [(20, 0.8)]);
}

#[test]
fn a_run_without_schedules_has_a_line_each() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (60, 9), true));
    insta::assert_snapshot!(fixture::described(&PANE, &fixture::healthy()));
    assert!(!(PANE.suits)(&fixture::walked("moving-averages", 3)));
}

#[test]
fn before_the_first_step_and_after_the_last_one() {
    let at = |step| {
        let mut snapshot = fixture::at_step(step);
        snapshot.hyper[0] = fixture::scheduled().hyper.swap_remove(0);
        snapshot
    };
    insta::assert_snapshot!(pane_picture(&PANE, &at(0), (76, 12), true));
    insta::assert_snapshot!(pane_picture(&PANE, &at(460), (76, 12), true));
}

/// A rate that stays does not lie on the floor of its chart, as if it were 0.
#[test]
fn a_value_that_stays_is_drawn_above_0() {
    let mut snapshot = fixture::scheduled();
    snapshot.hyper[0].curve = HyperCurve::Known(std::sync::Arc::new(vec![(0, 0.03), (459, 0.03)]));
    snapshot.hyper[0].value = 0.03;
    let picture = pane_picture(&PANE, &snapshot, (76, 14), true);
    let floor = picture.lines().find(|line| line.contains(" 0 ┤")).expect("a row of 0");
    let drawn = floor.chars().filter(|c| ('\u{2801}'..='\u{28ff}').contains(c)).count();
    assert!(drawn <= 1, "the upright at now alone: {picture}");
}
