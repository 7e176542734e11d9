//! A race as `optlab train` tells it when it has ended: a table, who is ahead where all have come equally far or have had
//! equal time, and where the curves separate.

use crate::snapshot::{Rank, Ranking, Runner, Standing, Status, TestResult};

/// The lines, for a terminal of 80 columns.
pub(super) fn told(standing: &Standing) -> Vec<String> {
    let widest = standing.runs.iter().map(|run| run.name.len()).max().unwrap_or(0).max(4);
    let mut lines = vec![format!(
        "{:>3} {:<widest$} {:>10} {:>10} {:>10} {:>7} {:>9} {:>9}",
        "", "run", "loss", "train loss", "val loss", "val acc", "steps", "seconds"
    )];
    for (place, run) in standing.main().order.iter().enumerate() {
        lines.push(row(place + 1, &standing.runs[*run], widest));
    }
    let rank = if standing.rules.rank == Rank::Loss { "smooth loss" } else { standing.rules.rank.label() };
    lines.push(format!("sorted by {rank} at equal {}, best first", standing.rankings()[0].0));
    for (what, ranking) in standing.rankings() {
        lines.push(ranked(standing, what, ranking));
    }
    lines.push(timed(standing));
    lines.push(separate(standing));
    lines
}

/// "test part, after step 500: loss 0.1234, accuracy 97.5 %".
pub(super) fn tested(test: &TestResult) -> String {
    let accuracy = test.accuracy.map_or_else(String::new, |share| format!(", accuracy {:.1} %", 100.0 * share));
    format!("test part, after step {}: loss {:.4}{accuracy}", test.step, test.loss)
}

/// One run: its smooth loss, its newest evaluation, how far it came, and how it ended if that was early.
fn row(place: usize, run: &Runner, widest: usize) -> String {
    let epoch = run.epoch.as_ref();
    let share =
        epoch.and_then(|epoch| epoch.val_accuracy).map_or_else(|| "-".to_owned(), |s| format!("{:.1}%", 100.0 * s));
    let (train, valid) = (epoch.and_then(|epoch| epoch.train_loss), epoch.and_then(|epoch| epoch.val_loss));
    let loss = if run.status.is_broken() { None } else { run.loss };
    let seconds = run.seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.4}"));
    let line = format!(
        "{place:>2}. {:<widest$} {:>10} {:>10} {:>10} {share:>7} {:>9} {seconds:>9}",
        run.name,
        number(loss),
        number(train),
        number(valid),
        run.step,
    );
    match (&run.status, run.over()) {
        (Status::Stopped(_) | Status::Diverged(_) | Status::Failed(_), Some(over)) => format!("{line}  {over}"),
        _ => line,
    }
}

/// A loss in ten columns.
fn number(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value.abs() >= 1e4 => format!("{value:.3e}"),
        Some(value) => format!("{value:.5}"),
    }
}

/// The number by which a run is ranked.
fn score(standing: &Standing, value: Option<f64>) -> String {
    match value {
        Some(share) if standing.rules.rank == Rank::ValAccuracy => format!("{:.1}%", 100.0 * share),
        value => number(value),
    }
}

/// "equal steps (1200): adam 0.0123, momentum 0.034, sgd 0.29".
fn ranked(standing: &Standing, what: &str, ranking: &Ranking) -> String {
    let one = |run: &usize| format!("{} {}", standing.runs[*run].name, score(standing, ranking.scores[*run]));
    let order: Vec<String> = ranking.order.iter().map(one).collect();
    let at = if what == "epochs" { format!("{:.2}", ranking.at) } else { format!("{}", ranking.at) };
    format!("equal {what} ({at}): {}", order.join(", "))
}

/// The same of time, as far as what was measured bears it.
fn timed(standing: &Standing) -> String {
    let run = |run: usize, value| format!("{} {}", standing.runs[run].name, score(standing, value));
    standing.equal_time.told(", ", |seconds| format!("{seconds:.4}"), run)
}

/// Where curves separate, as the groups of runs that are the same to the last bit and fall asunder.
fn separate(standing: &Standing) -> String {
    let mut steps: Vec<u64> = standing.partings.iter().filter_map(|parting| parting.step).collect();
    steps.sort_unstable();
    steps.dedup();
    let Some(last) = steps.last() else {
        let made = standing.runs.iter().map(|run| run.step).min().unwrap_or(0);
        return format!("no two curves differ up to step {made}");
    };
    let groups = |step: u64| {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for run in 0..standing.runs.len() {
            let same = |other: usize| {
                standing
                    .partings
                    .iter()
                    .any(|p| (p.a, p.b) == (other, run) && p.step.is_none_or(|parted| parted > step))
            };
            match groups.iter_mut().find(|group| same(group[0])) {
                Some(group) => group.push(run),
                None => groups.push(vec![run]),
            }
        }
        groups
    };
    if steps.len() == 1 && groups(*last).len() == standing.runs.len() {
        return format!("curves separate at step {last}");
    }
    let name = |run: &usize| standing.runs[*run].name.as_str();
    let told = |step: &u64| {
        let all: Vec<String> =
            groups(*step).iter().map(|group| group.iter().map(name).collect::<Vec<_>>().join(", ")).collect();
        format!("at step {step} into {}", all.join(" | "))
    };
    format!("curves separate {}", steps.iter().map(told).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Parting, RaceRules, TimeRanking};

    fn standing(partings: &[(usize, usize, Option<u64>)]) -> Standing {
        let runner = |name: &str| Runner {
            name: name.to_owned(),
            status: Status::Finished,
            step: 100,
            samples: 3200,
            seconds: Some(0.25),
            loss: Some(0.5),
            epoch: None,
        };
        let ranking = |at| Ranking { at, order: vec![2, 0, 1], scores: vec![Some(0.5), None, Some(0.25)] };
        Standing {
            rules: RaceRules::default(),
            runs: ["adam", "sgd", "lion"].map(runner).to_vec(),
            equal_steps: ranking(100.0),
            equal_samples: Some(ranking(3200.0)),
            equal_epochs: None,
            equal_time: TimeRanking::TooClose { at: 0.25 },
            partings: partings.iter().map(|(a, b, step)| Parting { a: *a, b: *b, step: *step }).collect(),
        }
    }

    const SEPARATE: [(usize, usize, Option<u64>); 3] = [(0, 1, Some(2)), (0, 2, Some(2)), (1, 2, Some(2))];

    #[test]
    fn the_best_stands_first_and_a_loss_that_is_none_last() {
        let told = told(&standing(&SEPARATE));
        assert!(told[1].starts_with(" 1. lion") && told[3].starts_with(" 3. sgd"), "{told:#?}");
        assert_eq!(told[4], "sorted by smooth loss at equal steps, best first");
        assert_eq!(told[5], "equal steps (100): lion 0.25000, adam 0.50000, sgd -");
        assert_eq!(told[6], "equal samples (3200): lion 0.25000, adam 0.50000, sgd -");
        assert_eq!(told[8], "curves separate at step 2");
        assert!(told.iter().all(|line| line.len() <= 80), "{told:#?}");
    }

    #[test]
    fn time_ranks_only_what_it_can_tell_apart() {
        let told = |equal_time: TimeRanking| told(&Standing { equal_time, ..standing(&SEPARATE) })[7].clone();
        assert_eq!(told(TimeRanking::TooClose { at: 0.25 }), "equal time (0.2500 s): too close to rank");
        assert!(told(TimeRanking::Unmeasured).contains("not measured"));
        let ranking = Ranking { at: 2.0, order: vec![2, 0, 1], scores: vec![Some(0.5), Some(0.6), Some(0.25)] };
        let ranked = |close| TimeRanking::Ranked { ranking: ranking.clone(), close };
        assert_eq!(told(ranked(vec![false; 2])), "equal time (2.0000 s): lion 0.25000, adam 0.50000, sgd 0.60000");
        let close = told(ranked(vec![false, true]));
        assert!(close.ends_with("lion 0.25000, adam 0.50000 ~ sgd 0.60000 (~ too close)"), "{close}");
    }

    #[test]
    fn a_run_that_ended_early_says_at_which_step() {
        let mut standing = standing(&SEPARATE);
        standing.runs[1].status = Status::Stopped("enough".into());
        assert!(told(&standing)[3].ends_with("  stopped at step 100"), "{:#?}", told(&standing));
    }

    #[test]
    fn groups_fall_asunder_where_curves_separate() {
        let told = |partings: &[_]| separate(&standing(partings));
        assert_eq!(told(&[(0, 1, None), (0, 2, None), (1, 2, None)]), "no two curves differ up to step 100");
        assert_eq!(
            told(&[(0, 1, Some(2)), (0, 2, Some(1)), (1, 2, Some(1))]),
            "curves separate at step 1 into adam, sgd | lion, at step 2 into adam | sgd | lion"
        );
        assert_eq!(
            told(&[(0, 1, None), (0, 2, Some(4)), (1, 2, Some(4))]),
            "curves separate at step 4 into adam, sgd | lion"
        );
    }
}
