//! The Race pane at several sizes, and what it says of runs that are over, of time and of unlike batches.

use super::*;
use crate::snapshot::{RaceRules, Snapshot, Status};
use crate::ui::look::theme::{Look, Theme};
use crate::ui::tests::fixture::{self, pane_picture};

/// The race with other rules or other findings.
fn with(change: impl FnOnce(&mut Standing)) -> Snapshot {
    let mut snapshot = fixture::race();
    change(snapshot.race.as_mut().unwrap());
    snapshot
}

/// A full batch and single samples, held together by samples and ranked by the loss of the validation part.
fn unlike() -> Snapshot {
    let mut snapshot = with(|race| {
        race.runs.truncate(2);
        (race.runs[0].name, race.runs[1].name) = ("one".into(), "full".into());
        (race.runs[0].step, race.runs[0].samples) = (287, 287);
        (race.runs[1].step, race.runs[1].samples) = (1, 150);
        race.rules = RaceRules { lock: Lock::Samples, rank: Rank::ValLoss, ..RaceRules::default() };
        let ranking = |at| Ranking { at, order: vec![0, 1], scores: vec![Some(0.25), Some(0.5)] };
        (race.equal_steps, race.equal_samples) = (ranking(1.0), Some(ranking(150.0)));
        race.partings.retain(|parting| (parting.a, parting.b) == (0, 1));
    });
    snapshot.racers.truncate(2);
    snapshot
}

#[test]
fn a_race_in_a_large_pane() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::race(), (76, 18), true));
}

#[test]
fn a_race_in_ascii() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::race(), (58, 18), false));
}

#[test]
fn a_race_in_a_small_pane() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::race(), (38, 8), true));
}

#[test]
fn a_race_of_unlike_batches() {
    let unlike = unlike();
    insta::assert_snapshot!(pane_picture(&PANE, &unlike, (76, 12), true));
    insta::assert_snapshot!(fixture::described(&PANE, &unlike));
}

#[test]
fn unlike_batches_are_in_the_table_and_a_run_without_a_step_says_so() {
    let mut snapshot = unlike();
    let race = snapshot.race.as_mut().unwrap();
    (race.runs[0].batch, race.runs[1].batch) = (Some(1), Some(150));
    (race.runs[1].step, race.runs[1].samples, race.runs[1].seconds) = (0, 0, None);
    race.equal_samples.as_mut().unwrap().scores[1] = None;
    race.equal_time = TimeRanking::NotBegun;
    for (width, height) in [(76, 12), (56, 12), (120, 20)] {
        let picture = pane_picture(&PANE, &snapshot, (width, height), true);
        for words in ["batch", "no step yet", "150", "a run has made no step yet"] {
            assert!(picture.contains(words), "{words}: {picture}");
        }
    }
    assert!(fixture::described(&PANE, &snapshot).contains("full (no step yet)"));
    assert!(!pane_picture(&PANE, &fixture::race(), (76, 18), true).contains("batch"));
}

#[test]
fn a_lab_without_racers_has_no_such_pane() {
    assert!((PANE.suits)(&fixture::race()) && !(PANE.suits)(&fixture::healthy()));
}

#[test]
fn the_chart_is_drawn_wherever_there_are_five_rows_for_it() {
    // The picture has a frame of two rows around headings and four runs.
    let has_axis = |rows: usize| pane_picture(&PANE, &fixture::race(), (60, 2 + 5 + rows as u16), true).contains('└');
    let found: Vec<bool> = (4..12).map(has_axis).collect();
    let framed = pane_picture(&PANE, &fixture::race(), (60, 8), true).matches('└').count();
    assert_eq!(framed, 0, "a frame of other corners");
    assert!(!found[0] && found[1..].iter().all(|axis| *axis), "{found:?}");
}

#[test]
fn every_run_is_labelled_beside_its_curve() {
    let picture = pane_picture(&PANE, &fixture::race(), (76, 18), true);
    let chart: Vec<&str> = picture.lines().take_while(|line| !line.contains("steps")).collect();
    // Two lines end in one row: their numbers stand there together.
    for label in ["⣀ 1 3  ", "2 sgd", "4 rmsprop"] {
        assert!(chart.iter().any(|line| line.contains(label)), "{label}: {picture}");
    }
    assert!(picture.contains(" smooth loss ") && !picture.contains("height"), "{picture}");
}

#[test]
fn no_two_runs_share_a_colour_or_a_number() {
    for theme in Theme::ALL {
        let style = |run: u8| Look { theme, unicode: true }.style(Role::Racer(run)).fg;
        for a in 0..8_u8 {
            for b in 0..a {
                // Without colours the numbers alone tell them apart.
                assert!(style(a) != style(b) || style(a).is_none(), "{theme:?} {a} {b}");
                assert_ne!(number(a.into()), number(b.into()));
            }
        }
    }
}

#[test]
fn nobody_is_ahead_where_no_two_curves_differ() {
    let mut alike = with(|race| race.partings.iter_mut().for_each(|parting| parting.step = None));
    // Numbers that differ already are of the steps to come.
    let said = pane_picture(&PANE, &alike, (60, 18), true);
    assert!(said.contains("is ahead") && said.contains("curves separate after step"), "{said}");
    assert!(!said.contains("no two curves differ"), "{said}");
    let race = alike.race.as_mut().unwrap();
    race.equal_steps.scores = vec![Some(0.25); 4];
    assert!(pane_picture(&PANE, &fixture::race(), (60, 10), true).contains("adam is ahead at step 287"));
    let picture = pane_picture(&PANE, &alike, (60, 10), true);
    assert!(!picture.contains("is ahead") && picture.contains("no two curves differ"), "{picture}");
}

/// Their curves separate in the last bit, and no number on the screen tells them apart.
#[test]
fn nobody_is_ahead_where_runs_differ_by_rounding_alone() {
    let scored = |scores: [f64; 4]| with(|race| race.equal_steps.scores = scores.map(Some).to_vec());
    let heading =
        |scores| pane_picture(&PANE, &scored(scores), (60, 10), true).lines().next().unwrap_or_default().to_owned();
    let order = fixture::race().race.unwrap().equal_steps.order;
    let by_place = |values: [f64; 4]| {
        let mut scores = [0.0; 4];
        order.iter().zip(values).for_each(|(run, value)| scores[*run] = value);
        scores
    };
    let all = heading(by_place([0.122_2, 0.122_200_01, 0.122_200_02, 0.122_201]));
    assert!(all.contains("all 4 are alike at step 287"), "{all}");
    let two = heading(by_place([0.1, 0.1, 0.2, 0.3]));
    assert!(two.contains(" are ahead, alike, at step 287"), "{two}");
    assert!(heading(by_place([0.1, 0.2, 0.2, 0.3])).contains(" is ahead at step 287"));
}

#[test]
fn a_run_that_is_over_says_at_which_step() {
    let picture = pane_picture(&PANE, &fixture::race(), (76, 18), true);
    assert!(picture.contains("diverged@121"), "{picture}");
    let ended = with(|race| {
        (race.runs[0].status, race.runs[0].step) = (Status::Finished, 200);
    });
    let picture = pane_picture(&PANE, &ended, (76, 18), true);
    assert!(picture.contains("@200"), "{picture}");
    let said = fixture::described(&PANE, &ended);
    assert!(said.contains("adam finished at step 200.") && said.contains("rmsprop diverged at step 121."), "{said}");
}

#[test]
fn time_gives_an_order_only_where_it_can_be_told() {
    let said =
        |equal_time: TimeRanking| pane_picture(&PANE, &with(|race| race.equal_time = equal_time), (76, 18), true);
    assert!(said(TimeRanking::TooClose { at: 0.5 }).contains("equal time (0.50 s): too close to rank"));
    assert!(said(TimeRanking::Unmeasured).contains("equal time: not measured, a run was watched throughout"));
    let ranking = Ranking { at: 2.0, order: vec![1, 0, 2, 3], scores: [0.5, 0.4, 0.6, 0.7].map(Some).to_vec() };
    let ranked = said(TimeRanking::Ranked { ranking, close: vec![false, true, false] });
    assert!(ranked.contains("sgd < adam ~ momentum < rmsprop (~ too close)"), "{ranked}");
}

#[test]
fn the_sentence_has_the_numbers() {
    insta::assert_snapshot!(fixture::described(&PANE, &fixture::race()));
}

#[test]
fn an_order_is_told_only_of_runs_that_have_what_ranks_them() {
    let unevaluated = with(|race| {
        race.rules.rank = Rank::ValLoss;
        for run in &mut race.runs {
            (run.step, run.epoch, run.status) = (4, None, Status::Running);
        }
        race.equal_steps.at = 4.0;
        let all = [Some(&mut race.equal_steps), race.equal_samples.as_mut(), race.equal_epochs.as_mut()];
        all.into_iter().flatten().for_each(|ranking| ranking.scores.iter_mut().for_each(|score| *score = None));
    });
    let said = fixture::described(&PANE, &unevaluated);
    assert!(said.starts_with("Race at 4 steps; equal time"), "{said}");
    assert!(!said.contains("best first") && !said.contains(" -,") && said.contains("No val loss yet"), "{said}");
}

#[test]
fn what_is_said_below_the_table_is_whole_where_the_pane_is_narrow() {
    for columns in [46, 56, 76] {
        for equal_time in [TimeRanking::Unmeasured, TimeRanking::TooClose { at: 0.5 }] {
            let race = with(|race| {
                race.equal_time = equal_time;
                race.equal_samples = Some(Ranking { at: 45000.0, ..race.equal_steps.clone() });
            });
            let notes = notes_of(race.race.as_ref().unwrap(), columns);
            let wide = notes.iter().find(|note| text::width(note) > columns);
            assert!(wide.is_none(), "{columns}: {wide:?}");
            let samples = notes.iter().find(|note| note.starts_with("equal samples (45000): ")).unwrap();
            assert_eq!(samples.ends_with(": the same order"), columns < 56, "{samples}");
        }
        let mut race = fixture::race().race.unwrap();
        race.rules.rank = Rank::ValLoss;
        race.equal_steps.scores = vec![None; 4];
        race.runs[3].step = 0;
        race.runs.iter_mut().for_each(|run| run.epoch = None);
        let notes = notes_of(&race, columns);
        let told = notes.iter().find(|note| note.starts_with("no val loss yet")).unwrap();
        assert!(text::width(told) <= columns, "{columns}: {told}");
    }
    // Another order is never called the same.
    let race = with(|race| {
        let mut other = Ranking { at: 45000.0, ..race.equal_steps.clone() };
        other.order.reverse();
        race.equal_samples = Some(other);
    });
    assert!(notes_of(race.race.as_ref().unwrap(), 30).iter().all(|note| !note.contains("same order")));
}

#[test]
fn what_a_mark_of_equal_time_means_is_never_cut_off() {
    let ranking = Ranking { at: 0.4, order: vec![3, 0, 2, 1], scores: vec![Some(0.5); 4] };
    let race = with(|race| {
        race.equal_time = TimeRanking::Ranked { ranking, close: vec![true, true, false] };
    });
    for columns in [38, 48, 52, 56, 76] {
        let notes = notes_of(race.race.as_ref().unwrap(), columns);
        let timed = notes.iter().find(|note| note.contains(" ~ ")).unwrap();
        assert!(text::width(timed) <= columns && timed.contains("close"), "{timed}");
    }
}

#[test]
fn a_race_by_evaluations_has_the_train_loss_beside_them_and_a_landscape_its_height() {
    let mut race = with(|race| race.rules.rank = Rank::ValLoss);
    let picture = pane_picture(&PANE, &race, (96, 18), true);
    assert!(picture.contains("val loss  train loss") && !picture.contains("loss  smooth loss"), "{picture}");
    race.race.as_mut().unwrap().rules.rank = Rank::Loss;
    race.race.as_mut().unwrap().runs.iter_mut().for_each(|run| (run.batch, run.epoch) = (None, None));
    let picture = pane_picture(&PANE, &race, (76, 18), true);
    assert!(picture.contains("height") && !picture.contains("smooth loss"), "{picture}");
    assert!(fixture::described(&PANE, &race).contains("Race, by height, best first"));
}
