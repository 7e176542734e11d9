//! The Loss pane: every mini-batch's loss dim, its average bright, validation dashed, other runs of a race with their numbers.
//! No spike is lost: where a column stands for many steps it reaches from their smallest to their largest loss, and what has no
//! room on the axis is marked at its edge.

mod axis;
mod before;
mod crosshair;
mod lines;
mod words;

use ratatui::layout::{Position, Size};

use self::lines::{BATCH, OTHERS, SMOOTH, VALIDATION, is_landscape, is_race, labels, layers, legend, names};
use crate::session::Smooth;
use crate::snapshot::Line;
use crate::ui::canvas::edge;
use crate::ui::canvas::ends;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::plot::{Plot, draw_axes, draw_marks, steps};
use crate::ui::canvas::raster::Raster;
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
    opens_for: |_, _| true,
    suits: |snapshot| snapshot.series.is_none(),
    look_for: words::look_for,
    tells_the_end: false,
    open: || Box::<Loss>::default(),
};

/// What the user chose in it.
#[derive(Debug, Default)]
struct Loss {
    /// The axis is linear; else it is logarithmic where no smooth loss is below 0.
    linear: bool,
    /// The step that the crosshair stands at.
    crosshair_step: Option<u64>,
    /// So many levels smoother than the run has it.
    smoother: i8,
}

impl Pane for Loss {
    fn heading(&self, view: &View<'_>) -> (String, String) {
        (titled(view, "Loss"), words::title(view))
    }

    fn describe(&self, view: &View<'_>) -> String {
        self.sentence(view)
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let snapshot = view.snapshot;
        if self.scale(view).is_none() {
            return write_invitation(view, pen);
        }
        let size = Size { width: pen.width() as u16, height: pen.height() as u16 };
        let Some(frame) = self.frame(view, size) else {
            let (left, right) = self.heading(view);
            let right = right.lines().next_back().unwrap_or_default();
            pen.text(0, 0, &format!("{left} {right}"), Role::Text);
            return;
        };
        let (left, columns, rows, last) = (frame.margin + 1, frame.columns, frame.rows, frame.last);
        draw_axes(pen, &frame.labels, frame.margin, (rows, columns), ("0", &steps(last)));
        draw_marks(&snapshot.timeline.marks, pen, (left, rows, columns), last);
        let raster = Raster::new(columns, frame.inner_rows(), view.look.unicode, &layers(view));
        let mut plot = Plot { raster: raster.for_theme(view.look.theme).with_dashes(), scale: frame.scale, last };
        for (run, line) in snapshot.racers.iter().enumerate().filter(|(run, _)| *run != snapshot.shown) {
            plot.means(OTHERS + run.min(SMOOTH - OTHERS - 1), line);
        }
        plot.envelope(BATCH, &snapshot.loss.batch);
        plot.means(BATCH, &snapshot.loss.batch);
        plot.means(SMOOTH, &self.smoothed(view));
        let valid: Vec<(f64, f64)> =
            snapshot.epochs.iter().filter_map(|row| Some((row.step as f64, row.val_loss?))).collect();
        validation(&mut plot, &valid);
        plot.raster.paint(&mut pen.part(left, frame.outside.0, columns, frame.inner_rows()));
        before::draw(view, &plot, &mut pen.part(left, frame.outside.0, columns, frame.inner_rows()));
        if is_race(snapshot) {
            let mut chart = pen.part(left, frame.outside.0, columns + frame.beside, frame.inner_rows());
            ends::draw(&ends::of(&plot, &snapshot.racers), &labels(view), &mut chart);
        }
        let mut inside = pen.part(left, 0, columns, rows);
        edge::draw(&self.outside(view, frame.scale, last, columns), &mut inside);
        let width = snapshot.loss.batch.width.max(1);
        for (i, _) in snapshot.loss.batch.buckets.iter().enumerate().filter(|(_, bucket)| !bucket.last.is_finite()) {
            let column = ((i as u64 + 1).saturating_mul(width)) as f64 / last as f64 * (columns - 1) as f64;
            let x = (column as usize).min(columns - 1);
            inside.symbol(x, frame.outside.0, view.look.pick('×', 'X'), Role::Bad);
        }
        let crosshair = self.crosshair(view, last, columns);
        if let Some((column, words)) = &crosshair {
            for row in (frame.outside.0..rows - frame.outside.1).filter(|row| row % 2 == 0) {
                inside.symbol(*column, row, view.look.pick('┊', ':'), Role::Key);
            }
            // The row is theirs, with the columns beside the chart.
            let width = pen.width();
            let form = text::longest(words.iter().map(String::as_str), width);
            let words =
                form.map_or_else(|| text::cut(&words[words.len() - 1], width, view.look.ellipsis()), str::to_owned);
            let x = (left + column).saturating_sub(text::width(&words) / 2).min(width - text::width(&words));
            pen.part(0, rows + 1, width, 1).clear();
            pen.text(x, rows + 1, &words, Role::Key);
        } else {
            legend(view, pen, &frame, (self.is_smoothed_by_hand(view), !valid.is_empty()));
        }
        if frame.names {
            names(view, pen, rows + 2);
        }
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
                match self.crosshair_step {
                    Some(_) => Answer::default(),
                    None => Answer::notice("there is no step to point at yet"),
                }
            }
            Press::Letter('y') => Answer::notice(self.turn_axis(view)),
            Press::Letter('.') => Answer::notice(self.smooth(true, view)),
            Press::Letter(',') => Answer::notice(self.smooth(false, view)),
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
    fn turn_axis(&mut self, view: &View<'_>) -> String {
        self.linear = !self.linear;
        let is_log = self.scale(view).is_none_or(|scale| scale.is_log());
        match (self.linear, is_log) {
            (true, _) => "linear axis".into(),
            (false, true) => "logarithmic axis".into(),
            (false, false) => "a logarithmic axis needs losses above 0".into(),
        }
    }

    /// Goes one level smoother or rougher.
    fn smooth(&mut self, more: bool, view: &View<'_>) -> String {
        let own = own_decay(view);
        let wanted = (own as i8 + self.smoother + if more { 1 } else { -1 }).clamp(0, DECAYS.len() as i8 - 1);
        self.smoother = wanted - own as i8;
        let decay = DECAYS[wanted as usize];
        match wanted as usize {
            0 => "smooth: every step as it is".to_owned(),
            OWN if own == OWN => {
                format!("smooth: over about {:.0} steps, as the run itself tells it", 1.0 / (1.0 - decay))
            }
            _ => format!("smooth: over about {:.0} steps (beta = {decay})", 1.0 / (1.0 - decay)),
        }
    }

    /// The decay that the user chose.
    fn decay(&self, view: &View<'_>) -> usize {
        let wanted = own_decay(view) as isize + isize::from(self.smoother);
        wanted.clamp(0, DECAYS.len() as isize - 1) as usize
    }

    /// The smoothing is another than the run's own.
    fn is_smoothed_by_hand(&self, view: &View<'_>) -> bool {
        self.decay(view) != own_decay(view)
    }

    /// The smoothed loss: the run's own, or the batches' means smoothed otherwise.
    fn smoothed(&self, view: &View<'_>) -> Line {
        let loss = &view.snapshot.loss;
        if !self.is_smoothed_by_hand(view) {
            return loss.smooth.clone();
        }
        let mut line = loss.batch.clone();
        // A bucket stands for several steps, through which the average forgets.
        let mut smooth = Smooth::new(DECAYS[self.decay(view)].powf(line.width.max(1) as f64));
        for bucket in &mut line.buckets {
            bucket.mean = smooth.push(bucket.mean);
        }
        line
    }
}

/// The averages to choose from, by the decay for a step.
const DECAYS: [f64; 9] = [0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999];
/// The place of the decay with which a network's run smooths its loss.
const OWN: usize = 5;

/// The place of the decay with which a run tells its own line: on a landscape every height as it is.
fn own_decay(view: &View<'_>) -> usize {
    if is_landscape(view.snapshot) { 0 } else { OWN }
}

/// Validation: a block at each epoch's end, dashes between them.
fn validation(plot: &mut Plot, points: &[(f64, f64)]) {
    plot.path(VALIDATION, points, true);
    for (step, value) in points.iter().filter(|(_, value)| plot.scale.holds(*value)) {
        if let Some(y) = plot.y(*value) {
            let x = plot.x(*step);
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                plot.raster.dot(VALIDATION, (x + dx).saturating_sub(1), (y + dy).saturating_sub(1));
            }
        }
    }
}

#[cfg(test)]
mod tests;
