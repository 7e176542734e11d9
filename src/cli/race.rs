//! A race as `optlab train` tells it when it has ended: a table, who is ahead in three ways, and where two first part.

use std::fmt::Write as _;

use crate::snapshot::{Ranking, Runner, Standing, Status, TestResult};

/// The lines, for a terminal of 80 columns.
pub(super) fn told(standing: &Standing) -> Vec<String> {
    let widest = standing.runs.iter().map(|run| run.name.len()).max().unwrap_or(0).max(4);
    let mut lines = vec![format!(
        "{:>3} {:<widest$} {:>10} {:>10} {:>10} {:>7} {:>9} {:>9}",
        "", "run", "loss", "train loss", "valid loss", "valid", "steps", "seconds"
    )];
    for (place, run) in standing.equal_steps.order.iter().enumerate() {
        lines.push(row(place + 1, &standing.runs[*run], standing.equal_steps.losses[*run], widest));
    }
    for (what, ranking) in standing.rankings() {
        lines.push(ranked(standing, what, ranking));
    }
    lines.push(parted(standing));
    lines
}

/// "test part, after step 500: loss 0.1234, accuracy 97.5 %".
pub(super) fn tested(test: &TestResult) -> String {
    let accuracy = test.accuracy.map_or_else(String::new, |share| format!(", accuracy {:.1} %", 100.0 * share));
    format!("test part, after step {}: loss {:.4}{accuracy}", test.step, test.loss)
}

/// One run: its smooth loss at equal steps, its newest evaluation, and how far it came.
fn row(place: usize, run: &Runner, loss: Option<f64>, widest: usize) -> String {
    let epoch = run.epoch.as_ref();
    let share =
        epoch.and_then(|epoch| epoch.val_accuracy).map_or_else(|| "-".to_owned(), |s| format!("{:.1}%", 100.0 * s));
    let (train, valid) = (epoch.and_then(|epoch| epoch.train_loss), epoch.and_then(|epoch| epoch.val_loss));
    let mut line = format!(
        "{place:>2}. {:<widest$} {:>10} {:>10} {:>10} {share:>7} {:>9} {:>9.4}",
        run.name,
        number(loss),
        number(train),
        number(valid),
        run.step,
        run.seconds
    );
    let end = match &run.status {
        Status::Stopped(_) => "stopped",
        Status::Diverged(_) | Status::Failed(_) => run.status.word(),
        _ => "",
    };
    if !end.is_empty() {
        // Writing to a string cannot fail.
        let _ = write!(line, "  {end}");
    }
    line
}

/// A loss in ten columns.
fn number(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value.abs() >= 1e4 => format!("{value:.3e}"),
        Some(value) => format!("{value:.5}"),
    }
}

/// "at equal steps (1200): adam 0.0123, momentum 0.034, sgd 0.29".
fn ranked(standing: &Standing, what: &str, ranking: &Ranking) -> String {
    let one = |run: &usize| format!("{} {}", standing.runs[*run].name, number(ranking.losses[*run]));
    let order: Vec<String> = ranking.order.iter().map(one).collect();
    let at = if what == "seconds" { format!("{:.4}", ranking.at) } else { format!("{}", ranking.at) };
    format!("at equal {what} ({at}): {}", order.join(", "))
}

/// Where two first part, as the groups of runs that are the same to the last bit and fall asunder.
fn parted(standing: &Standing) -> String {
    let mut steps: Vec<u64> = standing.partings.iter().filter_map(|parting| parting.step).collect();
    steps.sort_unstable();
    steps.dedup();
    let Some(last) = steps.last() else {
        let made = standing.runs.iter().map(|run| run.step).min().unwrap_or(0);
        return format!("no two losses differ up to step {made}");
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
        return format!("their losses first part at step {last}");
    }
    let name = |run: &usize| standing.runs[*run].name.as_str();
    let told = |step: &u64| {
        let all: Vec<String> =
            groups(*step).iter().map(|group| group.iter().map(name).collect::<Vec<_>>().join(", ")).collect();
        format!("at step {step} into {}", all.join(" | "))
    };
    format!("their losses part {}", steps.iter().map(told).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Parting;

    fn standing(partings: &[(usize, usize, Option<u64>)]) -> Standing {
        let runner = |name: &str| Runner {
            name: name.to_owned(),
            status: Status::Finished,
            step: 100,
            gradients: 3200,
            seconds: 0.25,
            loss: Some(0.5),
            epoch: None,
        };
        let ranking = |at| Ranking { at, order: vec![2, 0, 1], losses: vec![Some(0.5), None, Some(0.25)] };
        Standing {
            runs: ["adam", "sgd", "lion"].map(runner).to_vec(),
            equal_steps: ranking(100.0),
            equal_gradients: ranking(3200.0),
            equal_time: ranking(0.25),
            partings: partings.iter().map(|(a, b, step)| Parting { a: *a, b: *b, step: *step }).collect(),
        }
    }

    #[test]
    fn the_one_ahead_stands_first_and_a_loss_that_is_none_last() {
        let told = told(&standing(&[(0, 1, Some(2)), (0, 2, Some(2)), (1, 2, Some(2))]));
        assert!(told[1].starts_with(" 1. lion    0.25000") && told[3].starts_with(" 3. sgd           -"), "{told:#?}");
        assert_eq!(told[4], "at equal steps (100): lion 0.25000, adam 0.50000, sgd -");
        assert_eq!(told[7], "their losses first part at step 2");
        assert!(told.iter().all(|line| line.len() <= 80), "{told:#?}");
    }

    #[test]
    fn groups_fall_asunder_where_losses_part() {
        let told = |partings: &[_]| parted(&standing(partings));
        assert_eq!(told(&[(0, 1, None), (0, 2, None), (1, 2, None)]), "no two losses differ up to step 100");
        assert_eq!(
            told(&[(0, 1, Some(2)), (0, 2, Some(1)), (1, 2, Some(1))]),
            "their losses part at step 1 into adam, sgd | lion, at step 2 into adam | sgd | lion"
        );
        assert_eq!(
            told(&[(0, 1, None), (0, 2, Some(4)), (1, 2, Some(4))]),
            "their losses part at step 4 into adam, sgd | lion"
        );
    }
}
