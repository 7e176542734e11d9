//! A race as `optlab train` tells it when it has ended: a table, who is ahead where all have come equally far or have had
//! equal time, and where the curves separate.

use std::fmt::Write;

use crate::snapshot::{Order, Rank, Seeds, Standing, TestResult, figures};

/// The lines, for a terminal of 80 columns.
pub(super) fn told(standing: &Standing) -> Vec<String> {
    let widest = standing.runs.iter().map(|run| run.name.len()).max().unwrap_or(0).max(4);
    let batch = if standing.has_unlike_batches() { format!(" {:>6}", "batch") } else { String::new() };
    // Column and number are told in one word, as wide as the column. Of a landscape there is nothing else to evaluate.
    let numbers = if standing.is_on_landscape() {
        format!("{:>10}", "height")
    } else {
        format!("{:>10} {:>10} {:>10} {:>7}", "smooth", "train loss", "val loss", "val acc")
    };
    let mut lines = vec![format!("{:>3} {:<widest$}{batch} {numbers} {:>8} {:>7}", "", "run", "steps", "time")];
    for (place, run) in standing.main().order.iter().enumerate() {
        lines.push(row(place + 1, standing, *run, widest));
    }
    let rank = standing.rules.rank.named_in_full(standing.is_on_landscape());
    lines.push(format!("sorted by {rank} at equal {}, best first", standing.rankings()[0].0));
    lines.extend(standing.rankings().iter().map(|(what, ranking)| standing.ranked(what, ranking, Order::Scores)));
    lines.extend([standing.timed(Order::Scores), standing.separations()]);
    lines
}

/// The lines of a race on several seeds, for a terminal of 80 columns.
pub(super) fn told_of(seeds: &Seeds) -> Vec<String> {
    let rank = seeds.rules.rank;
    let widest = seeds.names.iter().map(String::len).max().unwrap_or(0).max(4);
    let mut lines = vec![format!("{} ({}), by {}", seeds.so_far(), seeds.named(), seeds.ranked_by())];
    if !seeds.done.is_empty() {
        let (median, spread, first) = ("median", "lowest to highest", "first on");
        lines.push(format!("{:>3} {:<widest$} {median:>10}  {spread:>22} {first:>10}", "", "run"));
        for (place, row) in seeds.rows().iter().enumerate() {
            // Places are given when all seeds are done.
            let place = if seeds.is_done() { format!("{}.", place + 1) } else { String::new() };
            let (name, median) = (&seeds.names[row.run], rank.told(row.median));
            let (spread, first) = (row.spread(seeds), row.first_on(seeds));
            lines.push(format!("{place:>3} {name:<widest$} {median:>10}  {spread:>22} {first:>10}"));
        }
    }
    lines.extend(seeds.firsts());
    lines.extend(seeds.verdict().or_else(|| seeds.open()));
    lines
}

/// "test part, after step 500: loss 0.1234, accuracy 97.5 %".
pub(super) fn tested(test: &TestResult) -> String {
    let accuracy = test.accuracy.map_or_else(String::new, |share| format!(", accuracy {:.1} %", 100.0 * share));
    format!("test part, after step {}: loss {}{accuracy}", test.step, figures::number(test.loss))
}

/// One run: its smooth loss, its newest evaluation, how far it came, and how it ended if that was early.
fn row(place: usize, standing: &Standing, at: usize, widest: usize) -> String {
    let run = &standing.runs[at];
    let epoch = run.epoch.as_ref();
    let loss = if run.status.is_broken() { None } else { run.loss };
    let batch = if standing.has_unlike_batches() {
        format!(" {:>6}", run.batch.map_or_else(|| "-".to_owned(), |batch| batch.to_string()))
    } else {
        String::new()
    };
    let mut numbers = format!("{:>10}", Rank::Loss.told(loss));
    if !standing.is_on_landscape() {
        let train = Rank::TrainLoss.told(epoch.and_then(|epoch| epoch.train_loss));
        let val = Rank::ValLoss.told(epoch.and_then(|epoch| epoch.val_loss));
        let right = Rank::ValAccuracy.told(epoch.and_then(|epoch| epoch.val_accuracy));
        let _ = write!(numbers, " {train:>10} {val:>10} {right:>7}");
    }
    let (name, time) = (&run.name, run.time());
    let line = format!("{place:>2}. {name:<widest$}{batch} {numbers} {:>8} {time:>7}", run.step);
    standing.early_end(at).map_or(line.clone(), |over| format!("{line}  {over}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Status;
    use crate::snapshot::standing_fixture::standing;

    const SEPARATE: [(usize, usize, Option<u64>); 3] = [(0, 1, Some(2)), (0, 2, Some(2)), (1, 2, Some(2))];

    #[test]
    fn the_best_stands_first_and_a_loss_that_is_none_last() {
        let told = told(&standing(&SEPARATE));
        assert!(told[1].starts_with(" 1. lion") && told[3].starts_with(" 3. sgd"), "{told:#?}");
        assert_eq!(told[4], "sorted by smooth loss at equal steps, best first");
        assert_eq!(told[5], "equal steps (100): lion 0.2500, adam 0.5000, sgd -");
        assert_eq!(told[6], "equal samples (3200): lion 0.2500, adam 0.5000, sgd -");
        assert_eq!(told[8], "curves separate at step 2");
        assert!(told.iter().all(|line| line.len() <= 80), "{told:#?}");
    }

    #[test]
    fn a_run_that_ended_early_says_at_which_step() {
        let mut standing = standing(&SEPARATE);
        standing.runs[1].status = Status::Stopped("enough".into());
        assert!(told(&standing)[3].ends_with("  stopped at step 100"), "{:#?}", told(&standing));
    }

    #[test]
    fn of_a_landscape_the_table_has_the_height_alone() {
        let mut standing = standing(&SEPARATE);
        standing.runs.iter_mut().for_each(|run| (run.batch, run.loss) = (None, Some(4.2e-41)));
        let told = told(&standing);
        assert!(!told.join("").contains("loss") && told[0].ends_with("    height    steps    time"), "{told:#?}");
        assert!(told[1].contains("4.20e-41 ") && told[1].len() == told[0].len(), "{told:#?}");
    }

    #[test]
    fn a_race_of_unlike_batches_has_them_in_its_table() {
        let mut standing = standing(&SEPARATE);
        assert!(!told(&standing)[0].contains("batch"));
        standing.runs[0].batch = Some(1);
        let told = told(&standing);
        assert!(told[0].contains("run   batch") && told[2].starts_with(" 2. adam      1"), "{told:#?}");
        assert!(told.iter().all(|line| line.len() <= 80), "{told:#?}");
    }
}
