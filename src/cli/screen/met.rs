//! Whether the run on the screen may have met a goal. It is a hint when to judge: the verdict comes from the files alone.

use crate::lab::plan::task::Goal;
use crate::optim::RunView;
use crate::snapshot::{Intervention, Snapshot, Status};

/// A knob was turned by hand in the run that is shown, up to where it stands.
pub(super) fn is_turned(snapshot: &Snapshot) -> bool {
    let events = &snapshot.timeline.events;
    events.iter().any(|event| event.step < snapshot.step && matches!(event.what, Intervention::Set { .. }))
}

/// One of the goal's checks holds at the end of an epoch of the run that is shown, or where it stands.
pub(super) fn by(goal: &Goal, snapshot: &Snapshot) -> bool {
    goal.marks.iter().any(|mark| {
        let Ok(query) = crate::script::query(&mark.check) else { return false };
        let holds = |view: RunView| query.value(&[("run", view)]).is_ok_and(|value| value.to_string() == "true");
        views(snapshot).any(holds)
    })
}

/// The run at the end of each epoch, as far as that is known, and where it stands.
fn views(snapshot: &Snapshot) -> impl Iterator<Item = RunView> {
    let lr = snapshot.hyper.iter().find(|hyper| hyper.name == "lr").map_or(f64::NAN, |hyper| hyper.value);
    let known = |number: Option<f64>| number.unwrap_or(f64::NAN);
    let epochs = snapshot.epochs.iter().enumerate().map(move |(at, row)| RunView {
        step: row.step,
        epoch: row.epoch,
        evaluations: at as u64 + 1,
        train_loss: known(row.train_loss),
        val_loss: known(row.val_loss),
        train_accuracy: known(row.train_accuracy),
        val_accuracy: known(row.val_accuracy),
        lr,
        ..RunView::default()
    });
    let last = epochs.clone().last().unwrap_or_default();
    let now = RunView {
        step: snapshot.step,
        epoch: snapshot.epoch,
        loss: known(snapshot.loss.last),
        smooth_loss: known(snapshot.loss.smooth_last),
        grad_norm: known(snapshot.gradients.first().and_then(|all| all.norm)),
        lr,
        diverged: matches!(snapshot.status, Status::Diverged(_)),
        ..last
    };
    epochs.chain([now])
}
