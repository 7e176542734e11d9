//! The Race pane of a race on several seeds, before the first seed is done, in between, at the
//! end, and once the runs are not the lab's any more.

use super::*;
use crate::snapshot::{SeedRace, SeedRun, Snapshot, Status};
use crate::ui::panes::race::PANE;
use crate::ui::tests::fixture::{described, pane_picture};
use crate::ui::tests::fixture_seeds::{NAMES, on_seeds};

/// The same after something was done by hand.
fn stopped(done: usize) -> Snapshot {
    let mut snapshot = on_seeds(done);
    snapshot.seeds.as_mut().unwrap().stopped = Some("a knob was turned".into());
    snapshot
}

/// The names as the table has them from top to bottom.
fn ranked(picture: &str) -> Vec<&'static str> {
    let table = picture.lines().skip_while(|line| !line.contains("median  first on")).skip(1);
    table.filter_map(|line| NAMES.iter().find(|name| line.contains(&format!(" {name} "))).copied()).take(4).collect()
}

#[test]
fn the_best_median_stands_first_and_the_spread_beside_it() {
    let seen = pane_picture(&PANE, &on_seeds(5), (78, 20), true);
    assert_eq!(ranked(&seen), ["adam", "rmsprop", "momentum", "sgd"], "{seen}");
    for words in ["0.03100 to 0.5100", "0.3100 to -", "seed 7", "diverged@121"] {
        assert!(seen.contains(words), "{words}\n{seen}");
    }
    let often = "adam has the best median, rmsprop is first most often: on 3 of 5 seeds";
    assert!(seen.contains(often) && seen.contains("first on seed 7: rmsprop, 8: rmsprop, 9: adam"), "{seen}");
}

#[test]
fn the_median_accuracy_over_the_seeds_has_a_column_where_there_is_validation() {
    let mut snapshot = on_seeds(5);
    assert!(!pane_picture(&PANE, &snapshot, (78, 20), true).contains("val acc"));
    let done = std::sync::Arc::make_mut(&mut snapshot.seeds.as_mut().unwrap().done);
    for (at, race) in done.iter_mut().enumerate() {
        race.runs.iter_mut().for_each(|run| run.val_accuracy = Some(0.9 + 0.01 * at as f64));
    }
    for width in [58, 78, 118] {
        let seen = pane_picture(&PANE, &snapshot, (width, 20), true);
        assert!(seen.contains("val acc") && seen.matches("92.0 %").count() == NAMES.len(), "{seen}");
    }
}

#[test]
fn nobody_is_ahead_before_all_seeds_are_done() {
    for done in 0..5 {
        let seen = pane_picture(&PANE, &on_seeds(done), (78, 20), true);
        assert!(seen.contains(&format!("{done} of 5 seeds done: nobody is first before all are")), "{seen}");
        let title = seen.lines().next().unwrap();
        assert!(title.contains(&format!("{done} of 5 seeds")) && !title.contains("ahead"), "{seen}");
        assert!(!seen.contains("best median"), "{seen}");
        // Before the first there is the race that goes on alone.
        assert_eq!(seen.contains("so far"), done > 0, "{seen}");
    }
}

#[test]
fn what_seeds_say_after_a_knob_was_turned_is_said_to_be_of_the_lab_as_it_began() {
    let seen = pane_picture(&PANE, &stopped(3), (78, 20), true);
    assert!(seen.contains("stopped at 3 of 5 seeds, a knob was turned: of the lab as it began"), "{seen}");
    assert!(seen.lines().next().unwrap().contains("stopped at 3 of 5 seeds"), "{seen}");
    let whole = pane_picture(&PANE, &stopped(5), (78, 20), true);
    assert!(whole.contains("a knob was turned: these seeds are of the lab as it began"), "{whole}");
    assert!(!whole.contains("best median"), "{whole}");
}

#[test]
fn a_column_that_does_not_fit_is_left_out_whole() {
    for width in 24..100 {
        let seen = pane_picture(&PANE, &on_seeds(5), (width, 9), true);
        let line = |of: &str| seen.lines().find(|line| line.contains(of)).unwrap_or_else(|| panic!("{seen}"));
        let (headings, adam) = (line("best first"), line("1 adam"));
        for (heading, cell) in
            [("median", "0.05300"), ("first on", "2 of 5"), ("lowest to highest", "0.03100 to 0.5100")]
        {
            assert_eq!(headings.contains(heading), adam.contains(cell), "{width} {heading}\n{seen}");
        }
    }
}

#[test]
fn a_fork_has_no_seeds_and_stands_below() {
    let mut snapshot = stopped(2);
    let race = snapshot.race.as_mut().unwrap();
    race.runs.push(crate::snapshot::Runner { name: "adam_2".into(), ..race.runs[0].clone() });
    race.equal_steps.scores.push(Some(0.1));
    race.equal_steps.order.push(4);
    let seen = pane_picture(&PANE, &snapshot, (78, 20), true);
    let fork = seen.lines().find(|line| line.contains("adam_2")).unwrap_or_else(|| panic!("{seen}"));
    assert!(fork.contains(" - "), "{fork}");
    assert_eq!(order(snapshot.seeds.as_ref().unwrap(), snapshot.race.as_ref().unwrap()).last(), Some(&4));
}

#[test]
fn the_sentence_has_the_table_and_who_is_first_where() {
    let said = described(&PANE, &on_seeds(5));
    assert!(said.contains("5 of 5 seeds (seeds 7 to 11). By median val loss over 5 seeds"), "{said}");
    assert!(said.contains("adam 0.05300, 0.03100 to 0.5100, first on 2 of 5; rmsprop"), "{said}");
    assert!(
        said.contains(". adam has the best median, rmsprop is first most often") && said.contains("On seed 7, by ")
    );
    let open = described(&PANE, &on_seeds(0));
    assert!(open.contains("Race, 0 of 5 seeds (seeds 7 to 11). 0 of 5 seeds done"), "{open}");
    let mut broken = on_seeds(1);
    let failed = Status::Failed(crate::Error::user("no such value"));
    let run = SeedRun { score: None, val_accuracy: None, step: 3, status: failed };
    let race = SeedRace { seed: 8, runs: vec![run; 4], curves: std::sync::Arc::default() };
    broken.seeds.as_mut().unwrap().add(race);
    assert!(described(&PANE, &broken).contains("Seed 8: sgd failed at step 3."));
    assert!((PANE.look_for)(&broken).contains("median"));
}
