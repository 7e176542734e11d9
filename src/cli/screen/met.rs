//! Whether the run on the screen may have met a goal. It is a hint when to judge: the verdict comes from the files alone.

use crate::lab::plan::task::Goal;
use crate::optim::{Position, RunView};
use crate::run::{Part, Sight, Value};
use crate::snapshot::{Intervention, Map, PathView, Runner, Snapshot, Status};

/// A knob was turned by hand in the run that is shown, up to where it stands.
pub(super) fn is_turned(snapshot: &Snapshot) -> bool {
    let events = &snapshot.timeline.events;
    events.iter().any(|event| event.step < snapshot.step && matches!(event.what, Intervention::Set { .. }))
}

/// One of the goal's checks holds at the end of an epoch of the run that is shown, or where it stands.
pub(super) fn by(goal: &Goal, snapshot: &Snapshot) -> bool {
    goal.marks.iter().any(|mark| {
        let Ok(query) = crate::script::query(&mark.check) else { return false };
        // Weights and their kin are not in a picture of the run: at its end it is time to look.
        if Part::ALL.into_iter().any(|part| query.names(part)) {
            return snapshot.status.is_final();
        }
        let averages = averages(snapshot);
        let holds = |runs: Vec<(&str, RunView)>| {
            let sight = Sight { runs, averages: averages.clone(), ..Sight::default() };
            query.value(&sight).is_ok_and(|value| value == Value::Truth(true))
        };
        views(snapshot).any(|view| holds(vec![("run", view)])) || racers(snapshot).is_some_and(holds)
    })
}

/// The run at the end of each epoch, as far as that is known, and where it stands.
fn views(snapshot: &Snapshot) -> impl Iterator<Item = RunView> {
    let lr = snapshot.hyper.iter().find(|hyper| hyper.name == "lr").map_or(f64::NAN, |hyper| hyper.value);
    let known = |number: Option<f64>| number.unwrap_or(f64::NAN);
    let nowhere = match position(snapshot, None) {
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
        position: position(snapshot, None),
        ..last
    };
    epochs.chain([now])
}

/// All runs of a race where they stand, the lab's own first; none if it is none.
fn racers(snapshot: &Snapshot) -> Option<Vec<(&str, RunView)>> {
    let race = snapshot.race.as_ref()?;
    let known = |number: Option<f64>| number.unwrap_or(f64::NAN);
    let view = |run: &Runner| {
        let row = run.epoch.as_ref();
        RunView {
            step: run.step,
            epoch: row.map_or(0, |row| row.epoch),
            smooth_loss: known(run.loss),
            train_loss: known(row.and_then(|row| row.train_loss)),
            val_loss: known(row.and_then(|row| row.val_loss)),
            train_accuracy: known(row.and_then(|row| row.train_accuracy)),
            val_accuracy: known(row.and_then(|row| row.val_accuracy)),
            diverged: matches!(run.status, Status::Diverged(_)),
            position: position(snapshot, Some(&run.name)),
            ..RunView::default()
        }
    };
    Some(race.runs.iter().map(|run| (run.name.as_str(), view(run))).collect())
}

/// Where the lab's own run stands, or the one of this name.
fn position(snapshot: &Snapshot, run: Option<&str>) -> Position {
    if let Some(series) = &snapshot.series {
        return Position::Series { value: series.rows.last().map_or(f64::NAN, |row| row.value) };
    }
    let Some(Map::Landscape(landscape)) = &snapshot.map else { return Position::Network };
    let own = |path: &&PathView| run.is_none_or(|run| path.name == run);
    match landscape.paths.iter().find(own).and_then(|path| Some((path.points.last()?, path.height))) {
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
    fn a_goal_over_racers_is_met_as_soon_as_they_meet_it() {
        let mut snapshot = after_two_epochs();
        let race = snapshot.race.insert(crate::snapshot::standing_fixture::standing(&[]));
        let names: Vec<String> = race.runs.iter().take(2).map(|run| run.name.clone()).collect();
        for (run, val_loss) in race.runs.iter_mut().zip([0.5, 0.1]) {
            run.epoch = Some(after_two_epochs().epochs.remove(0));
            run.epoch.as_mut().unwrap().val_loss = Some(val_loss);
        }
        let check = |below: &str| format!("run.{}.val_loss {below} run.{}.val_loss", names[1], names[0]);
        assert!(by(&goal(&check("<")), &snapshot) && !by(&goal(&check(">")), &snapshot));
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
