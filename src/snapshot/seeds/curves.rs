//! How the runs of a race went on each of its seeds, thinned to what a chart can show.

use std::fmt::Write as _;

use super::Seeds;

/// A step of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CurveRow {
    /// Updates made.
    pub step: u64,
    /// The loss of its mini-batch.
    pub loss: Option<f64>,
    /// The smooth loss.
    pub smooth_loss: Option<f64>,
    /// Of an evaluation after it, the loss over the training part, ...
    pub train_loss: Option<f64>,
    /// ... the accuracy there, ...
    pub train_accuracy: Option<f64>,
    /// ... the loss over the validation part, ...
    pub val_loss: Option<f64>,
    /// ... and the accuracy there.
    pub val_accuracy: Option<f64>,
    /// The norm of the whole gradient.
    pub grad_norm: Option<f64>,
}

impl Seeds {
    /// The curves as a CSV table, by seeds and then by runs.
    pub fn curves_csv(&self) -> String {
        let mut text =
            "seed,racer,step,loss,smooth_loss,train_loss,train_accuracy,val_loss,val_accuracy,grad_norm\n".to_owned();
        for race in self.done.iter() {
            for (name, row) in self
                .names
                .iter()
                .zip(race.curves.iter())
                .flat_map(|(name, rows)| rows.iter().map(move |row| (name, row)))
            {
                // Writing to a string cannot fail.
                let _ = write!(text, "{},{name},{}", race.seed, row.step);
                let losses = [row.loss, row.smooth_loss, row.train_loss];
                let rest = [row.train_accuracy, row.val_loss, row.val_accuracy, row.grad_norm];
                for value in losses.into_iter().chain(rest) {
                    let _ = match value {
                        Some(value) => write!(text, ",{value:?}"),
                        None => write!(text, ","),
                    };
                }
                text.push('\n');
            }
        }
        text
    }
}
