//! The crosshair of the Loss pane: the step that it stands at, and the numbers there.

use std::fmt::Write;

use ratatui::layout::Size;

use super::Loss;
use super::lines::is_landscape;
use crate::snapshot::Line;
use crate::ui::canvas::text;
use crate::ui::panes::pane::View;

impl Loss {
    /// The column of the crosshair and the numbers there; the longest words first: the range of several steps goes first, then
    /// words that a reader can do without.
    pub(super) fn crosshair(&self, view: &View<'_>, last: u64, columns: usize) -> Option<(usize, Vec<String>)> {
        let snapshot = view.snapshot;
        let batch = &snapshot.loss.batch;
        let step = self.crosshair_step?.clamp(1, snapshot.step.max(1));
        let at = |line: &Line| usize::try_from((step - 1) / line.width.max(1)).ok();
        let bucket = batch.buckets.get(at(batch)?)?;
        let column = (step as f64 / last.max(1) as f64 * (columns - 1) as f64).round() as usize;
        let first = (step - 1) / batch.width.max(1) * batch.width.max(1) + 1;
        let what = if is_landscape(snapshot) { "height" } else { "batch" };
        let mut range = String::new();
        let mut words = if batch.width <= 1 {
            format!("step {step}: {what} {}", text::number(bucket.mean))
        } else {
            let end = (first + batch.width - 1).min(snapshot.step);
            range = format!(" ({} to {})", text::short(bucket.min), text::short(bucket.max));
            format!("steps {first}..{end}: {what} {}{range}", text::number(bucket.mean))
        };
        let smooth = self.smoothed(view);
        let told = !is_landscape(snapshot) || self.is_smoothed_by_hand(view);
        if let Some(bucket) = at(&smooth).and_then(|at| smooth.buckets.get(at)).filter(|_| told) {
            let _ = write!(words, ", smooth {}", text::number(bucket.mean));
        }
        if let Some((row, loss)) =
            snapshot.epochs.iter().rev().find_map(|row| Some((row, row.val_loss?)).filter(|_| row.step <= step))
        {
            let _ = write!(words, ", validation {} at step {}", text::number(loss), row.step);
        }
        let plain = if range.is_empty() { words.clone() } else { words.replacen(&range, "", 1) };
        let short = plain.replacen(", validation ", ", val ", 1).replacen(" at step ", "@", 1);
        // Whose numbers these are is told by the order, as the legend has it.
        let shorter = short.replacen(", smooth ", ", ", 1).replacen(&format!("{what} "), "", 1);
        Some((column.min(columns - 1), vec![words, plain, short, shorter]))
    }

    /// The step under a column of the pane's inside, for the mouse.
    pub(super) fn step_at(&self, view: &View<'_>, size: Size, x: usize) -> Option<u64> {
        let (left, columns, last) = self.geometry(view, size)?;
        let column = x.checked_sub(left)?.min(columns - 1);
        Some(((column as f64 / (columns - 1) as f64 * last as f64).round() as u64).clamp(1, view.snapshot.step.max(1)))
    }

    /// The step to which an arrow moves the crosshair: by a column of the plot, or a step if that is more.
    pub(super) fn next_step(&self, view: &View<'_>, size: Size, forward: bool) -> Option<u64> {
        let (_, columns, last) = self.geometry(view, size)?;
        let stride = (last / (2 * columns as u64)).max(1);
        let here = self.crosshair_step.unwrap_or(view.snapshot.step + u64::from(!forward) * stride);
        let next = if forward { here.saturating_add(stride) } else { here.saturating_sub(stride) };
        Some(next.clamp(1, view.snapshot.step.max(1)))
    }

    /// Where the plot begins, its columns, and the step at its right end.
    fn geometry(&self, view: &View<'_>, size: Size) -> Option<(usize, usize, u64)> {
        let frame = self.frame(view, size)?;
        Some((frame.margin + 1, frame.columns, frame.last))
    }
}
