//! What the table of several seeds says: median, spread and firsts, whatever the order in which seeds come, and nobody
//! named as the first too early.

use super::fixture::{seeds, three_of_five};
use super::*;

fn row(seeds: &Seeds, name: &str) -> SeedsRow {
    let found = seeds.rows().into_iter().find(|row| seeds.names[row.run] == name);
    found.unwrap_or_else(|| panic!("{name} is in the table"))
}

/// A number that looks random and is the same everywhere.
fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

#[test]
fn the_median_is_the_middle_number_and_of_two_their_mean() {
    let of = |scores: &[f64]| {
        let rows: Vec<Vec<Option<f64>>> = scores.iter().map(|score| vec![Some(*score)]).collect();
        let rows: Vec<&[Option<f64>]> = rows.iter().map(Vec::as_slice).collect();
        row(&seeds(Rank::Loss, &["adam"], 9, &rows), "adam")
    };
    assert_eq!((of(&[3.0, 1.0, 2.0]).median, of(&[4.0, 1.0, 2.0, 3.0]).median), (Some(2.0), Some(2.5)));
    let spread = of(&[3.0, 1.0, 2.0]);
    assert_eq!((spread.lowest, spread.highest, of(&[]).median), (Some(1.0), Some(3.0), None));
}

#[test]
fn the_median_lies_within_the_spread_and_half_of_all_on_each_side() {
    let mut state = 5;
    for case in 0..500 {
        let count = 2 + draw(&mut state) % 8;
        let rank = Rank::ALL[(draw(&mut state) % 4) as usize];
        let names = ["a", "b", "c"];
        let all: Vec<Vec<Option<f64>>> = (0..count)
            .map(|_| {
                names
                    .map(|_| (!draw(&mut state).is_multiple_of(7)).then(|| (draw(&mut state) % 50) as f64 / 50.0))
                    .to_vec()
            })
            .collect();
        let rows: Vec<&[Option<f64>]> = all.iter().map(Vec::as_slice).collect();
        let seeds = seeds(rank, &names, count, &rows);
        for found in seeds.rows() {
            let scores: Vec<Option<f64>> = all.iter().map(|row| row[found.run]).collect();
            let (key, half) = (rank.key(found.median), scores.len().div_ceil(2));
            let no_worse = scores.iter().filter(|score| rank.key(**score) <= key).count();
            let no_better = scores.iter().filter(|score| rank.key(**score) >= key).count();
            assert!(
                no_better >= half.min(scores.len() / 2) && no_worse >= scores.len() / 2,
                "{case} {found:?} {scores:?}"
            );
            let within = |low: f64, high: f64| found.median.is_some_and(|median| (low..=high).contains(&median));
            if let Some((low, high)) = found.lowest.zip(found.highest) {
                assert!(within(low, high), "{case} {found:?}");
            }
        }
        let firsts: usize = seeds.rows().iter().map(|row| row.first).sum();
        let with_a_number = all.iter().filter(|row| row.iter().any(Option::is_some)).count();
        assert!(firsts >= with_a_number, "{case}: somebody is first on each");
    }
}

#[test]
fn the_table_is_the_same_in_whatever_order_seeds_come() {
    let whole = three_of_five();
    let mut races: Vec<SeedRace> = whole.done.to_vec();
    let mut state = 3;
    for _ in 0..20 {
        for at in (1..races.len()).rev() {
            races.swap(at, (draw(&mut state) % (at as u64 + 1)) as usize);
        }
        let mut other = Seeds { done: Arc::default(), ..whole.clone() };
        races.iter().cloned().for_each(|race| other.add(race));
        // Twice is once.
        other.add(races[0].clone());
        assert_eq!((other.rows(), other.csv(), other.json()), (whole.rows(), whole.csv(), whole.json()));
    }
}

#[test]
fn a_run_that_broke_down_is_worse_than_any_number() {
    let scores: [&[Option<f64>]; 3] = [&[None, Some(0.9)], &[Some(0.1), Some(0.8)], &[None, Some(0.7)]];
    let losses = seeds(Rank::Loss, &["wild", "calm"], 3, &scores);
    let wild = row(&losses, "wild");
    assert_eq!((wild.median, wild.lowest, wild.highest, wild.first), (None, Some(0.1), None, 1));
    assert_eq!(losses.winner(), Some("calm"));
    let wild = row(&seeds(Rank::ValAccuracy, &["wild", "calm"], 3, &scores), "wild");
    assert_eq!((wild.median, wild.lowest, wild.highest), (None, None, Some(0.1)));
    let none = seeds(Rank::Loss, &["a", "b"], 2, &[&[None, None], &[None, None]]);
    assert_eq!((none.winner(), none.rows()[0].first), (None, 0));
    assert!(none.firsts().unwrap().contains("7: nobody"));
}

#[test]
fn nobody_is_named_before_all_seeds_are_done() {
    let mut seeds = three_of_five();
    assert_eq!((seeds.winner(), seeds.verdict(), &seeds.json()["order"]), (None, None, &serde_json::Value::Null));
    assert_eq!(seeds.open().unwrap(), "3 of 5 seeds done: nobody is first before all are");
    for seed in [11, 10] {
        seeds.add(SeedRace { seed, ..seeds.done[0].clone() });
    }
    assert_eq!(seeds.open(), None);
    assert_eq!(seeds.verdict().unwrap(), "adam has the best median and is first on 4 of 5 seeds");
    assert_eq!(seeds.json()["order"], serde_json::json!(["adam", "rmsprop", "sgd"]));
    assert_eq!(seeds.firsts().unwrap(), "first on seed 7: adam, 8: rmsprop, 9: adam, 10: adam, 11: adam");
}

#[test]
fn who_is_first_most_often_is_told_where_another_has_the_best_median() {
    let scores: [&[Option<f64>]; 3] = [&[Some(0.3), Some(0.2)], &[Some(0.3), Some(0.2)], &[Some(0.3), Some(0.9)]];
    let steady = seeds(Rank::Loss, &["steady", "wild"], 3, &scores);
    assert_eq!(steady.verdict().unwrap(), "wild has the best median and is first on 2 of 3 seeds");
    let scores: [&[Option<f64>]; 5] = [
        &[Some(0.3), Some(0.4), Some(0.9)],
        &[Some(0.3), Some(0.9), Some(0.2)],
        &[Some(0.3), Some(0.9), Some(0.2)],
        &[Some(0.3), Some(0.2), Some(0.9)],
        &[Some(0.1), Some(0.9), Some(0.9)],
    ];
    let verdict = seeds(Rank::Loss, &["steady", "a", "b"], 5, &scores).verdict().unwrap();
    assert_eq!(verdict, "steady has the best median and is first on 2 of 5 seeds");
    let scores: [&[Option<f64>]; 5] = [
        &[Some(3.0), Some(9.0)],
        &[Some(3.0), Some(2.9)],
        &[Some(3.0), Some(9.0)],
        &[Some(9.0), Some(8.0)],
        &[Some(9.0), Some(8.5)],
    ];
    let swapped = seeds(Rank::Loss, &["steady", "often"], 5, &scores);
    assert_eq!(swapped.verdict().unwrap(), "steady has the best median, often is first most often: on 3 of 5 seeds");
}

#[test]
fn who_shares_the_best_is_first_as_well_and_alone_has_the_best_median() {
    let scores: [&[Option<f64>]; 2] = [&[Some(1.0), Some(1.0)], &[Some(1.0), Some(0.5)]];
    let shared = seeds(Rank::ValAccuracy, &["a", "b"], 2, &scores);
    assert_eq!((row(&shared, "a").first, row(&shared, "b").first, shared.winner()), (2, 1, Some("a")));
    let alike = seeds(Rank::ValAccuracy, &["a", "b"], 2, &[scores[0], scores[0]]);
    assert_eq!((alike.winner(), alike.verdict().unwrap().as_str()), (None, "no run has the best median alone"));
    assert!(alike.firsts().unwrap().ends_with("8: a = b"));
}

#[test]
fn a_table_of_files_has_every_number_to_the_last_bit() {
    let third = 1.0_f64 / 3.0;
    let scores: [&[Option<f64>]; 2] = [&[Some(third), Some(0.25)], &[None, Some(1e-30)]];
    let csv = seeds(Rank::TrainLoss, &["a", "b"], 2, &scores).csv();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "seed,racer,train_loss,status,steps");
    let first: Vec<&str> = lines[1].split(',').collect();
    assert_eq!((first[0], first[1], first[2].parse::<f64>().unwrap().to_bits()), ("7", "a", third.to_bits()));
    assert_eq!((lines[3], lines.len()), ("8,a,,finished,100", 5));
}

#[test]
fn what_is_shown_of_a_row_has_its_digits() {
    let seeds = three_of_five();
    let adam = row(&seeds, "adam");
    assert_eq!((adam.first_on(&seeds), adam.spread(&seeds)), ("2 of 3".into(), "0.01000 to 0.04000".into()));
    let scores: [&[Option<f64>]; 2] = [&[Some(0.975)], &[Some(1.0)]];
    let shares = fixture::seeds(Rank::ValAccuracy, &["a"], 2, &scores);
    assert_eq!(row(&shares, "a").spread(&shares), "97.5 to 100.0 %");
}
