//! What the Loss pane says in words: its title and its sentence. Each number says of what it is.

use std::fmt::Write;

use super::Loss;
use super::axis::last;
use super::lines::is_landscape;
use crate::snapshot::{Snapshot, TestResult};
use crate::ui::canvas::text;
use crate::ui::panes::pane::{View, nothing_yet, titled};

/// What the smallest loss so far means beside the newest one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Best {
    /// It was smaller after this step than it is now, and than it was at first.
    At(f64, u64),
    /// It has only risen: the first one is the smallest.
    First(f64),
    /// There is none: the loss is the same at every step, or is the smallest now.
    None,
}

pub(super) fn best(snapshot: &Snapshot) -> Best {
    let (Some(last), Some((value, step))) = (snapshot.loss.last, snapshot.loss.best) else { return Best::None };
    // Two numbers that read the same are no news.
    if text::short(value) == text::short(last) {
        return Best::None;
    }
    if step <= 1 { Best::First(value) } else { Best::At(value, step) }
}

/// The newest loss with what it is compared with, or alone where there is no room for both.
pub(super) fn title(view: &View<'_>) -> String {
    let snapshot = view.snapshot;
    let Some(last) = snapshot.loss.last else { return String::new() };
    let now = if is_landscape(snapshot) {
        format!("height {} before step {}", text::short(last), snapshot.step)
    } else {
        format!("batch {}", text::short(last))
    };
    let beside = match (&snapshot.test, best(snapshot)) {
        // What the run was for stands beside its last loss, once it has ended.
        (Some(test), _) => tested(test),
        (None, Best::At(value, step)) => {
            format!("{} {}@{step}", if is_landscape(snapshot) { "lowest" } else { "best" }, text::short(value))
        }
        (None, Best::First(value)) => format!("first {}", text::short(value)),
        (None, Best::None) => return now,
    };
    format!("{now}  {beside}\n{now}")
}

/// `test 0.412 97.5 %`
fn tested(test: &TestResult) -> String {
    let accuracy = test.accuracy.map_or_else(String::new, |share| format!(" {:.1} %", 100.0 * share));
    format!("test {}{accuracy}", text::short(test.loss))
}

/// What to look for: only what such a run has.
pub(super) fn look_for(snapshot: &Snapshot) -> &'static str {
    if is_landscape(snapshot) {
        return "The height should fall. Where it swings, the path goes from wall to wall or past the lowest point; where it \
                levels out, the ground is flat; one that grows without end has too large a rate.";
    }
    if snapshot.epochs.last().is_some_and(|row| row.val_loss.is_none()) {
        return "The bright line should fall and then level out. The lab has no validation samples that would tell learning \
                from learning by heart.";
    }
    if snapshot.evaluates {
        return "The bright line should fall and then level out; it is of the weights in training. The dashed validation line is of \
                those that the rule's evaluate(w) gives, as are Map and model.safetensors: it may lie below the bright one.";
    }
    "The bright line should fall and then level out; if the dashed validation line rises while it falls, the network is \
     learning its training samples by heart."
}

impl Loss {
    pub(super) fn sentence(&self, view: &View<'_>) -> String {
        let snapshot = view.snapshot;
        let loss = &snapshot.loss;
        let titled = titled(view, "Loss");
        let Some(newest) = loss.last else { return format!("{titled}: {}.", nothing_yet(view)) };
        let landscape = is_landscape(snapshot);
        let mut said = if landscape {
            format!("{titled}: height {} before step {}", text::number(newest), snapshot.step)
        } else {
            format!(
                "{titled}: {} in the batch of step {} (epoch {} of {})",
                text::number(newest),
                snapshot.step,
                snapshot.epoch,
                snapshot.epochs_total
            )
        };
        if let Some(smooth) = loss.smooth_last.filter(|_| !landscape) {
            let _ = write!(said, ", smoothed {}", text::number(smooth));
        }
        let of = if landscape { "height before a step" } else { "loss of a batch" };
        let _ = match best(snapshot) {
            Best::At(value, step) => write!(said, ", the lowest {of} so far {} at step {step}", text::number(value)),
            Best::First(value) => write!(said, ", never below the first, {}", text::number(value)),
            Best::None => Ok(()),
        };
        if let Some(words) = self.crosshair(view, last(snapshot), 2).and_then(|(_, forms)| forms.into_iter().next()) {
            let _ = write!(said, "; at the crosshair: {words}");
        }
        if let Some((row, value)) = snapshot.epochs.iter().rev().find_map(|row| Some((row, row.val_loss?))) {
            let _ = write!(said, "; validation loss {} after epoch {}", text::number(value), row.epoch);
            if let Some(accuracy) = row.val_accuracy {
                let _ = write!(said, ", accuracy {:.1} %", accuracy * 100.0);
            }
            said += if snapshot.evaluates { ", of the weights that evaluate(w) gives" } else { "" };
        }
        if let Some(test) = &snapshot.test {
            let _ = write!(said, "; test loss {} at the end", text::number(test.loss));
            if let Some(accuracy) = test.accuracy {
                let _ = write!(said, ", accuracy {:.1} %", accuracy * 100.0);
            }
        }
        for mark in &snapshot.timeline.marks {
            let _ = write!(said, "; {} after step {}", mark.text, mark.step);
        }
        let axis = if self.scale(view).is_some_and(|scale| scale.is_log()) { "logarithmic" } else { "linear" };
        said + format!(". The axis is {axis}.").as_str()
    }
}
