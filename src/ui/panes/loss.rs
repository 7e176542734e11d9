//! The Loss pane: every mini-batch's loss dim, its average bright, validation dashed. No spike is lost: where a column
//! stands for many steps it reaches from their smallest to their largest loss.

mod crosshair;

use std::fmt::Write;

use ratatui::layout::{Position, Size};

use crate::session::Smooth;
use crate::snapshot::{Line, Snapshot, TestResult};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::plot::{Plot, draw_axes, draw_marks, steps};
use crate::ui::canvas::raster::{Layer, Raster};
use crate::ui::canvas::scale::{Scale, last_step};
use crate::ui::canvas::text;
use crate::ui::keys::{Binding, Press};
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::{Answer, Pane, PaneKind, View, titled, write_invitation};

/// The pane.
pub static PANE: PaneKind = PaneKind {
    name: "loss",
    title: "Loss",
    keys: &[
        Binding::press(Press::Left, "", "crosshair: the numbers of an earlier step; Esc puts it away"),
        Binding::press(Press::Right, "", "crosshair: the numbers of a later step"),
        Binding::letter("y", "log axis", "logarithmic or linear axis"),
        Binding::letter(".", "", "more smoothing of the loss"),
        Binding::letter(",", "", "less smoothing of the loss"),
    ],
    opens_for: |_| true,
    suits: |snapshot| snapshot.series.is_none(),
    look_for: |_| {
        "The bright line should fall and then level out; if the dashed validation line rises while it falls, the \
               network is learning its training samples by heart."
    },
    tells_the_end: false,
    open: || Box::<Loss>::default(),
};

/// What the user chose in it.
#[derive(Debug, Default)]
struct Loss {
    /// The axis is linear; else it is logarithmic where all losses are above 0.
    linear: bool,
    /// The step that the crosshair stands at.
    crosshair_step: Option<u64>,
    /// So many levels smoother than the run has it.
    smoother: i8,
}

impl Pane for Loss {
    fn heading(&self, view: &View<'_>) -> (String, String) {
        let loss = &view.snapshot.loss;
        let (Some(last), Some((best, step))) = (loss.last, loss.best) else {
            return (titled(view, "Loss"), String::new());
        };
        let right = match &view.snapshot.test {
            // What the run was for stands beside its last loss, once it has ended.
            Some(test) => format!("{} {}", text::short(last), tested(test)),
            None => format!("{} {} best {}@{step}", text::short(last), view.look.pick("▼", "v"), text::short(best)),
        };
        (titled(view, "Loss"), right)
    }

    fn describe(&self, view: &View<'_>) -> String {
        let snapshot = view.snapshot;
        let loss = &snapshot.loss;
        let Some(last) = loss.last else { return "Loss: no step was made yet.".into() };
        let mut said = format!(
            "Loss: {} in the mini-batch of step {} (epoch {} of {})",
            text::number(last),
            snapshot.step,
            snapshot.epoch,
            snapshot.epochs_total
        );
        if let Some(smooth) = loss.smooth_last {
            let _ = write!(said, ", smoothed {}", text::number(smooth));
        }
        if let Some((best, step)) = loss.best {
            let _ = write!(said, ", the best {} at step {step}", text::number(best));
        }
        let last = last_step(snapshot.step.max(snapshot.timeline.seen), snapshot.steps_total);
        if let Some((_, words)) = self.crosshair(view, last, 2) {
            let _ = write!(said, "; at the crosshair: {words}");
        }
        if let Some((row, value)) = snapshot.epochs.iter().rev().find_map(|row| Some((row, row.val_loss?))) {
            let _ = write!(said, "; validation {} after epoch {}", text::number(value), row.epoch);
            if let Some(accuracy) = row.val_accuracy {
                let _ = write!(said, " with {:.1} % right", accuracy * 100.0);
            }
        }
        if let Some(test) = &snapshot.test {
            let _ = write!(said, "; test part {} at the end", text::number(test.loss));
            if let Some(accuracy) = test.accuracy {
                let _ = write!(said, " with {:.1} % right", accuracy * 100.0);
            }
        }
        for mark in &snapshot.timeline.marks {
            let _ = write!(said, "; {} after step {}", mark.text, mark.step);
        }
        let axis = if self.scale(view).is_some_and(|scale| scale.is_log()) { "logarithmic" } else { "linear" };
        said + format!(". The axis is {axis}.").as_str()
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let snapshot = view.snapshot;
        let Some(scale) = self.scale(view) else {
            return write_invitation(pen);
        };
        // The axis and its labels take two rows.
        let rows = pen.height().saturating_sub(2);
        let labels = scale.labels(rows);
        let margin = labels.iter().map(|(_, label)| text::width(label)).max().unwrap_or(0) + 1;
        let columns = pen.width().saturating_sub(margin + 1);
        if rows < 2 || columns < 4 {
            let (left, right) = self.heading(view);
            pen.text(0, 0, &format!("{left} {right}"), Role::Text);
            return;
        }
        // Back in time the axis stays as it was, with room for what is known to come.
        let last = last_step(snapshot.step.max(snapshot.timeline.seen), snapshot.steps_total);
        draw_axes(pen, &labels, margin, (rows, columns), ("0", &steps(last)));
        draw_marks(&snapshot.timeline.marks, pen, (margin + 1, rows, columns), last);
        let mut plot = Plot { raster: Raster::new(columns, rows, view.look.unicode, &layers()), scale, last };
        for (run, line) in snapshot.racers.iter().enumerate().filter(|(run, _)| *run != snapshot.shown) {
            plot.means(OTHERS + run.min(SMOOTH - OTHERS - 1), line);
        }
        plot.envelope(&snapshot.loss.batch);
        plot.means(SMOOTH, &self.smoothed(view));
        let valid: Vec<(u64, f64)> = snapshot.epochs.iter().filter_map(|row| Some((row.step, row.val_loss?))).collect();
        plot.points(&valid);
        let mut inside = pen.part(margin + 1, 0, columns, rows);
        plot.raster.paint(&mut inside);
        let width = snapshot.loss.batch.width.max(1);
        for (i, _) in snapshot.loss.batch.buckets.iter().enumerate().filter(|(_, bucket)| !bucket.last.is_finite()) {
            let column = ((i as u64 + 1).saturating_mul(width)) as f64 / last as f64 * (columns - 1) as f64;
            inside.symbol((column as usize).min(columns - 1), 0, view.look.pick('×', 'X'), Role::Bad);
        }
        if let Some((column, words)) = self.crosshair(view, last, columns) {
            for row in (0..rows).filter(|row| row % 2 == 0) {
                inside.symbol(column, row, view.look.pick('┊', ':'), Role::Key);
            }
            let words = text::cut(&words, columns, view.look.ellipsis());
            let x = column.saturating_sub(text::width(&words) / 2).min(columns - text::width(&words));
            pen.part(margin + 1, rows + 1, columns, 1).clear();
            pen.text(margin + 1 + x, rows + 1, &words, Role::Key);
            return;
        }
        legend(view, pen, (margin + 1, rows + 1), last, !valid.is_empty());
    }

    fn row(&mut self) -> Option<&mut usize> {
        None
    }

    fn rows(&self, _view: &View<'_>, _size: Size) -> usize {
        1
    }

    fn act(&mut self, press: Press, view: &View<'_>, size: Size) -> Answer {
        match press {
            Press::Left | Press::Right => {
                self.crosshair_step = self.next_step(view, size, press == Press::Right).or(self.crosshair_step);
                Answer::default()
            }
            Press::Letter('y') => Answer::notice(self.turn_axis(view.snapshot)),
            Press::Letter('.') => Answer::notice(self.smooth(true)),
            Press::Letter(',') => Answer::notice(self.smooth(false)),
            _ => Answer::default(),
        }
    }

    fn point(&mut self, at: Position, view: &View<'_>, size: Size) {
        self.crosshair_step = self.step_at(view, size, usize::from(at.x)).or(self.crosshair_step);
    }

    fn close(&mut self) -> bool {
        self.crosshair_step.take().is_some()
    }
}

impl Loss {
    fn turn_axis(&mut self, snapshot: &Snapshot) -> String {
        let smallest = snapshot.loss.batch.buckets.iter().map(|bucket| bucket.min).fold(f64::INFINITY, f64::min);
        self.linear = !self.linear;
        match (self.linear, smallest > 0.0) {
            (true, _) => "linear axis".into(),
            (false, true) => "logarithmic axis".into(),
            (false, false) => {
                format!("a logarithmic axis needs losses above 0; the smallest is {}", text::short(smallest))
            }
        }
    }

    /// Goes one level smoother or rougher.
    fn smooth(&mut self, more: bool) -> String {
        let wanted = (OWN as i8 + self.smoother + if more { 1 } else { -1 }).clamp(0, DECAYS.len() as i8 - 1);
        self.smoother = wanted - OWN as i8;
        let decay = DECAYS[wanted as usize];
        match wanted as usize {
            0 => "smooth: every mini-batch as it is".to_owned(),
            OWN => format!("smooth: over about {:.0} steps, as the run itself tells it", 1.0 / (1.0 - decay)),
            _ => format!("smooth: over about {:.0} steps (beta = {decay})", 1.0 / (1.0 - decay)),
        }
    }

    /// The decay that the user chose.
    fn decay(&self) -> usize {
        let wanted = OWN as isize + isize::from(self.smoother);
        wanted.clamp(0, DECAYS.len() as isize - 1) as usize
    }

    /// The smoothed loss: the run's own, or the batches' means smoothed otherwise.
    fn smoothed(&self, view: &View<'_>) -> Line {
        let loss = &view.snapshot.loss;
        if self.decay() == OWN {
            return loss.smooth.clone();
        }
        let mut line = loss.batch.clone();
        // A bucket stands for several steps, through which the average forgets.
        let mut smooth = Smooth::new(DECAYS[self.decay()].powf(line.width.max(1) as f64));
        for bucket in &mut line.buckets {
            bucket.mean = smooth.push(bucket.mean);
        }
        line
    }

    /// The axis for this view. A logarithmic one by default, where all losses are above 0: a loss falls by factors, and
    /// an axis that changes its kind on the way would hide that.
    fn scale(&self, view: &View<'_>) -> Option<Scale> {
        let snapshot = view.snapshot;
        let log = !self.linear;
        let values = || {
            let batches = snapshot.loss.batch.buckets.iter().flat_map(|bucket| [bucket.min, bucket.max]);
            batches.chain(snapshot.epochs.iter().filter_map(|row| row.val_loss))
        };
        // A loss of exactly 0 lies on the lower edge of a logarithmic axis rather than forbidding it.
        let negative = values().any(|value| value < 0.0);
        let positive = values().any(|value| value >= f64::MIN_POSITIVE);
        let drop_zero = log && positive && !negative;
        Scale::covering(values().filter(|value| !drop_zero || *value >= f64::MIN_POSITIVE), log)
    }
}

const BATCH: usize = 0;
/// The other runs of a race, of which there are eight at most, lie below the lines of the one that is shown.
const OTHERS: usize = 1;
const SMOOTH: usize = 9;
const VALID: usize = 10;
/// The averages to choose from, by the decay for a step. The run's own is [`OWN`], in the middle of them.
const DECAYS: [f64; 9] = [0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999];
/// The place of the decay with which the run itself smooths its loss.
const OWN: usize = 5;

/// The layers of the plot, from the lowest.
fn layers() -> Vec<Layer> {
    let letter = |run: usize| char::from_digit(run as u32 + 1, 10).unwrap_or('?');
    let others = (0..SMOOTH - OTHERS).map(|run| Layer { role: Role::Racer(run as u8), letters: [letter(run); 3] });
    let own = [Layer { role: Role::Smooth, letters: ['*'; 3] }, Layer { role: Role::Valid, letters: ['o'; 3] }];
    std::iter::once(Layer { role: Role::Batch, letters: ['\'', '.', ':'] }).chain(others).chain(own).collect()
}

/// `test 0.412 97.5%`
fn tested(test: &TestResult) -> String {
    let accuracy = test.accuracy.map_or_else(String::new, |share| format!(" {:.1}%", 100.0 * share));
    format!("test {}{accuracy}", text::short(test.loss))
}

/// Names the lines, each in its own style, in the middle of the row of the steps, where there is room.
fn legend(view: &View<'_>, pen: &mut Pen<'_>, (left, row): (usize, usize), last: u64, valid: bool) {
    let look = view.look;
    let mut parts = vec![
        (look.pick("batch ⠶", "batch :"), Role::Batch),
        (look.pick("smooth ─", "smooth *"), Role::Smooth),
        (look.pick("valid ╌", "valid o"), Role::Valid),
    ];
    if !valid {
        parts.pop();
    }
    let total: usize = parts.iter().map(|(name, _)| text::width(name) + 2).sum::<usize>() - 2;
    let room = pen.width().saturating_sub(left);
    if room < total + 2 * (text::width(&steps(last)) + 2) {
        return;
    }
    let mut x = left + (room - total) / 2;
    for (name, role) in parts {
        x = pen.text(x, row, name, role) + 2;
    }
}

impl Plot {
    /// From the smallest to the largest of each bucket, and a line through the means.
    fn envelope(&mut self, line: &Line) {
        for (i, bucket) in line.buckets.iter().enumerate() {
            if let (Some(low), Some(high)) = (self.y(bucket.min), self.y(bucket.max)) {
                let x = self.x(Self::middle(i, line.width));
                self.raster.vertical(BATCH, x, high, low);
            }
        }
        self.means(BATCH, line);
    }

    /// Validation: a block at each epoch's end, dashes between them.
    fn points(&mut self, points: &[(u64, f64)]) {
        let mut before = None;
        for (step, value) in points {
            let here = self.y(*value).map(|y| (self.x(*step as f64), y));
            if let Some((x, y)) = here {
                for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    self.raster.dot(VALID, (x + dx).saturating_sub(1), (y + dy).saturating_sub(1));
                }
                if let Some(before) = before {
                    self.raster.line(VALID, before, (x, y), true);
                }
            }
            before = here;
        }
    }
}

#[cfg(test)]
mod tests;
