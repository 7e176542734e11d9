//! Whether the run on the screen may have met a goal. It is a hint when to judge: the verdict comes from the files alone.

use crate::lab::plan::task::Goal;
use crate::optim::{Position, RunView};
use crate::run::{Sight, Value};
use crate::snapshot::{Intervention, Map, Snapshot, Status};

/// A knob was turned by hand in the run that is shown, up to where it stands.
pub(super) fn is_turned(snapshot: &Snapshot) -> bool {
    let events = &snapshot.timeline.events;
    events.iter().any(|event| event.step < snapshot.step && matches!(event.what, Intervention::Set { .. }))
}

/// One of the goal's checks holds at the end of an epoch of the run that is shown, or where it stands.
pub(super) fn by(goal: &Goal, snapshot: &Snapshot) -> bool {
    goal.marks.iter().any(|mark| {
        let Ok(query) = crate::script::query(&mark.check) else { return false };
        let averages = averages(snapshot);
        let holds = |view: RunView| {
            let sight = Sight { runs: vec![("run", view)], averages: averages.clone() };
            query.value(&sight).is_ok_and(|value| value == Value::Truth(true))
        };
        views(snapshot).any(holds)
    })
}

/// The run at the end of each epoch, as far as that is known, and where it stands.
fn views(snapshot: &Snapshot) -> impl Iterator<Item = RunView> {
    let lr = snapshot.hyper.iter().find(|hyper| hyper.name == "lr").map_or(f64::NAN, |hyper| hyper.value);
    let known = |number: Option<f64>| number.unwrap_or(f64::NAN);
    let nowhere = match position(snapshot) {
        Position::Unknown | Position::Network => Position::Network,
        Position::Landscape { .. } => Position::ON_A_LANDSCAPE,
        Position::Series { .. } => Position::ALONG_A_SERIES,
    };
    let epochs = snapshot.epochs.iter().enumerate().map(move |(at, row)| RunView {
        step: row.step,
        epoch: row.epoch,
        evaluations: at as u64 + 1,
        train_loss: known(row.train_loss),
        val_loss: known(row.val_loss),
        train_accuracy: known(row.train_accuracy),
        val_accuracy: known(row.val_accuracy),
        lr,
        position: nowhere,
        ..RunView::default()
    });
    let last = epochs.clone().next_back().unwrap_or_default();
    let now = RunView {
        step: snapshot.step,
        epoch: snapshot.epoch,
        loss: known(snapshot.loss.last),
        smooth_loss: known(snapshot.loss.smooth_last),
        grad_norm: known(snapshot.gradients.first().and_then(|all| all.norm)),
        lr,
        diverged: matches!(snapshot.status, Status::Diverged(_)),
        position: position(snapshot),
        ..last
    };
    epochs.chain([now])
}

/// Where the lab's own run stands.
fn position(snapshot: &Snapshot) -> Position {
    if let Some(series) = &snapshot.series {
        return Position::Series { value: series.rows.last().map_or(f64::NAN, |row| row.value) };
    }
    let Some(Map::Landscape(landscape)) = &snapshot.map else { return Position::Network };
    match landscape.paths.first().and_then(|path| Some((path.points.last()?, path.height))) {
        Some((point, height)) => Position::Landscape { x: point.x, y: point.y, height },
        None => Position::ON_A_LANDSCAPE,
    }
}

/// The averages along a series where it stands.
fn averages(snapshot: &Snapshot) -> Vec<(&str, f64)> {
    let Some(series) = &snapshot.series else { return Vec::new() };
    let newest = series.rows.last().map(|row| row.averages.as_slice()).unwrap_or_default();
    let names = series.averages.iter().map(|average| average.name.as_str());
    names.zip(newest.iter().copied().chain(std::iter::repeat(f64::NAN))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::plan::task::Mark;
    use crate::snapshot::{EpochRow, Event, Speed};

    fn goal(check: &str) -> Goal {
        let marks = vec![Mark { check: check.into(), points: 1.0 }];
        let none = Vec::new;
        Goal {
            edit: none(),
            files: none(),
            marks,
            seeds: Vec::new(),
            hidden_seeds: Vec::new(),
            need: None,
            budget: None,
        }
    }

    fn after_two_epochs() -> Snapshot {
        let row = |epoch: u64, val_loss: f64| EpochRow {
            epoch,
            step: 10 * epoch,
            train_loss: Some(val_loss),
            train_accuracy: None,
            val_loss: Some(val_loss),
            val_accuracy: None,
            seconds: 0.0,
        };
        let mut snapshot = Snapshot::failed(Status::Running, Speed::Max);
        (snapshot.step, snapshot.epoch) = (23, 3);
        snapshot.epochs = vec![row(1, 0.1), row(2, 0.3)];
        snapshot
    }

    #[test]
    fn a_goal_that_was_met_at_the_end_of_an_earlier_epoch_is_met() {
        let snapshot = after_two_epochs();
        assert!(by(&goal("run.val_loss < 0.2 && run.epoch <= 1"), &snapshot));
        assert!(by(&goal("run.val_loss < 0.35 && run.step == 23"), &snapshot));
        assert!(!by(&goal("run.val_loss < 0.05"), &snapshot));
        assert!(!by(&goal("run.loss < 1"), &snapshot), "what is not known is not met");
        assert!(!by(&goal("run.no_such_number < 1"), &snapshot));
    }

    #[test]
    fn a_knob_that_was_turned_before_this_step_is_told_apart() {
        let mut snapshot = after_two_epochs();
        assert!(!is_turned(&snapshot));
        let what = Intervention::Set { name: "lr".into(), value: 0.1 };
        snapshot.timeline.events.push(Event { step: 23, run: "sgd".into(), what });
        assert!(!is_turned(&snapshot), "it acts from the next step on");
        snapshot.step = 24;
        assert!(is_turned(&snapshot));
    }
}
