//! The Loss pane as it is seen.

use super::*;
use crate::snapshot::Mark;
use crate::ui::tests::fixture::{self, pane_picture};

#[test]
fn a_healthy_run() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (76, 14), true));
}

#[test]
fn a_healthy_run_in_ascii() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (76, 14), false));
}

#[test]
fn a_run_whose_knobs_were_turned() {
    let mark = |step, text: &str| Mark { step, text: text.into() };
    let mut snapshot = fixture::healthy();
    snapshot.timeline.marks =
        vec![mark(0, "beta1 = 0.8"), mark(100, "lr = 0.0321"), mark(150, "fork"), mark(152, "lr = 0.001")];
    insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (76, 14), true));
    insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (40, 10), false));
    assert!(fixture::described(&PANE, &snapshot).contains("; lr = 0.0321 after step 100; fork after step 150;"));
}

#[test]
fn a_diverged_run() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::diverged(), (60, 12), true));
}

#[test]
fn a_spike_among_a_million_steps_is_seen() {
    let quiet = |step: u64| if step == 600_000 { 90.0 } else { 1.0 };
    let snapshot = fixture::with_losses((1..=1_000_000).map(quiet));
    let picture = pane_picture(&PANE, &snapshot, (60, 12), true);
    let top: Vec<&str> = picture.lines().skip(1).take(2).collect();
    assert!(top.iter().any(|row| row.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c))), "{picture}");
}

#[test]
fn the_sentence_has_the_numbers() {
    let said = fixture::described(&PANE, &fixture::healthy());
    insta::assert_snapshot!(said);
}
