//! The table of the Race pane: a row for each run, sorted by the number that ranks them, best first.

use crate::snapshot::{EpochRow, Rank, Runner, Standing, Status};
use crate::ui::canvas::ends::number;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::View;

/// A column of the table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Score(Rank),
    TrainAccuracy,
    Batch,
    Time,
    Steps,
}

impl Column {
    fn heading(self, race: &Standing) -> &'static str {
        match self {
            Self::Score(rank) => rank.named_in_full(race.is_on_landscape()),
            Self::TrainAccuracy => "train acc",
            Self::Batch => "batch",
            Self::Time => "time",
            Self::Steps => "steps",
        }
    }

    fn of(self, runner: &Runner) -> String {
        let epoch = runner.epoch.as_ref();
        match self {
            Self::Score(Rank::Loss) => Rank::Loss.told(runner.loss),
            Self::Score(rank) => rank.told(epoch.and_then(|epoch| evaluated(rank, epoch))),
            Self::TrainAccuracy => Rank::ValAccuracy.told(epoch.and_then(|epoch| epoch.train_accuracy)),
            Self::Batch => runner.batch.map_or_else(|| "-".to_owned(), |batch| batch.to_string()),
            Self::Time => runner.time(),
            Self::Steps => runner.step.to_string(),
        }
    }
}

/// What an evaluation found of it; none of the smooth loss, which is of the steps.
fn evaluated(rank: Rank, row: &EpochRow) -> Option<f64> {
    match rank {
        Rank::Loss => None,
        Rank::TrainLoss => row.train_loss,
        Rank::ValLoss => row.val_loss,
        Rank::ValAccuracy => row.val_accuracy,
    }
}

/// The columns, the most wanted first: the number that ranks the runs, then what there is of the others.
fn columns(race: &Standing) -> Vec<Column> {
    let given = |has: &dyn Fn(&Runner) -> bool| race.runs.iter().any(has);
    let validation = given(&|run| run.epoch.as_ref().is_some_and(|epoch| epoch.val_loss.is_some()));
    let val_accuracy = given(&|run| run.epoch.as_ref().is_some_and(|epoch| epoch.val_accuracy.is_some()));
    let train_accuracy = given(&|run| run.epoch.as_ref().is_some_and(|epoch| epoch.train_accuracy.is_some()));
    // What sets the runs apart explains their numbers.
    let mut columns = vec![Column::Score(race.rules.rank)];
    columns.extend(race.has_unlike_batches().then_some(Column::Batch));
    // The loss over all training samples beside that over the validation part: the smooth one lags behind both.
    let train = given(&|run| run.epoch.as_ref().is_some_and(|epoch| epoch.train_loss.is_some()));
    let smooth = race.rules.rank == Rank::Loss || !train;
    columns.push(Column::Score(if smooth { Rank::Loss } else { Rank::TrainLoss }));
    columns.extend(validation.then_some(Column::Score(Rank::ValLoss)));
    columns.extend(val_accuracy.then_some(Column::Score(Rank::ValAccuracy)));
    columns.extend((train_accuracy && !val_accuracy).then_some(Column::TrainAccuracy));
    columns.extend([Column::Time, Column::Steps]);
    // The first stays in its place; a column is there once.
    let mut once: Vec<Column> = Vec::new();
    columns.into_iter().for_each(|column| {
        if !once.contains(&column) {
            once.push(column);
        }
    });
    once
}

/// The number that ranks a run; of one that is over while others have come further also the step that it is of.
pub fn ranked(race: &Standing, run: usize) -> (String, Role) {
    let runner = &race.runs[run];
    if runner.status.is_broken() {
        let at = if let Status::Diverged(divergence) = &runner.status { divergence.step } else { runner.step };
        return (format!("{}@{at}", runner.status.word()), Role::Bad);
    }
    let value = race.score_of(race.main(), run);
    if runner.step == 0 {
        return (value, Role::Dim);
    }
    let alone = race.runs.iter().any(|other| !other.status.is_broken() && other.step != runner.step);
    // The step is told of its last number alone: runs may be compared where they were before.
    let rank = race.rules.rank;
    let last = match rank {
        Rank::Loss => Some((runner.loss, runner.step)),
        _ => runner.epoch.as_ref().map(|row| (evaluated(rank, row), row.step)),
    };
    let step = last.filter(|(last, _)| *last == race.main().scores[run]).map(|(_, step)| step);
    match step.filter(|_| runner.status.is_final() && alone) {
        Some(step) => (format!("{value}@{step}"), Role::Text),
        None => (value, Role::Text),
    }
}

/// A row a run. An arrow marks the one that the other panes show.
pub fn draw(view: &View<'_>, race: &Standing, chosen: usize, pen: &mut Pen<'_>) {
    let names = race.runs.iter().map(|run| text::width(&run.name)).max().unwrap_or(0).max(6) + 2;
    let ranks: Vec<(String, Role)> = (0..race.runs.len()).map(|run| ranked(race, run)).collect();
    let mut room = pen.width().saturating_sub(4 + names);
    let mut shown: Vec<(Column, usize)> = Vec::new();
    for column in columns(race) {
        let cells = race.runs.iter().map(|run| text::width(&column.of(run)));
        let cells = cells.max().unwrap_or(0).max(text::width(column.heading(race)));
        let ranked = ranks.iter().map(|(told, _)| text::width(told)).max().unwrap_or(0);
        let width = 2 + if shown.is_empty() { cells.max(ranked) } else { cells };
        // A number that does not fit is left out whole, and so is what would follow it.
        if width > room {
            break;
        }
        room -= width;
        shown.push((column, width));
    }
    // Without a number that ranks them they stand as in the lab.
    let is_ranked = race.main().scores.iter().any(Option::is_some);
    pen.text(2, 0, if is_ranked { "best first" } else { "run" }, Role::Dim);
    let mut x = 4 + names;
    for (column, width) in &shown {
        pen.text(x, 0, &format!("{:>width$}", column.heading(race)), Role::Dim);
        x += width;
    }
    for (row, run) in race.main().order.iter().enumerate() {
        let runner = &race.runs[*run];
        let role = Role::Racer(*run as u8);
        pen.text(0, row + 1, &number(*run).to_string(), role);
        pen.text(2, row + 1, &runner.name, role);
        if *run == view.snapshot.shown {
            pen.symbol(3 + text::width(&runner.name), row + 1, view.look.pick('◂', '<'), Role::Key);
        }
        if view.focused && row == chosen.min(race.runs.len() - 1) {
            pen.part(0, row + 1, 3 + text::width(&runner.name), 1).row_style(0, Role::Selected);
        }
        let mut x = 4 + names;
        for (at, (column, width)) in shown.iter().enumerate() {
            let (value, role) = if at == 0 { ranks[*run].clone() } else { (column.of(runner), Role::Text) };
            pen.text(x, row + 1, &format!("{value:>width$}"), role);
            x += width;
        }
    }
}
