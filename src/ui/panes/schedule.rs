//! The Schedule pane: every hyper-parameter that moves, over the whole run: what was is a full line, what comes a dotted
//! one, with an upright at now. One that learns from the run is drawn only as far as it went.

mod groups;

use std::fmt::Write;

use ratatui::layout::Size;

use crate::snapshot::{Bucket, HyperCurve, HyperNow, Intervention, Mark, Snapshot, knob_text};
use crate::ui::canvas::markdown;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::plot::{draw_axes, draw_marks, steps};
use crate::ui::canvas::raster::{Layer, Raster};
use crate::ui::canvas::scale::Scale;
use crate::ui::canvas::text;
use crate::ui::keys::Binding;
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::{Pane, PaneKind, View, titled};
use groups::{of_groups, with_groups};

/// The pane.
pub static PANE: PaneKind = PaneKind {
    name: "schedule",
    title: "Schedule",
    keys: &[Binding::UP, Binding::DOWN, Binding::PAGE_UP, Binding::PAGE_DOWN, Binding::FIRST, Binding::LAST],
    opens_for: |_, _| true,
    suits: |snapshot| !snapshot.hyper.is_empty(),
    look_for: |snapshot| {
        if moving(snapshot).is_empty() {
            return "All of them stay as they are over the whole run; a schedule, or a knob turned by hand as with `:lr = 0.01`, \
                    would be drawn as a curve.";
        }
        "See where the rate is high and where it falls, then look at the loss at the same steps: much of its shape is \
               the schedule's."
    },
    tells_the_end: false,
    open: || Box::<Schedule>::default(),
};

/// The first chart that is shown.
#[derive(Debug, Default)]
struct Schedule {
    row: usize,
}

impl Pane for Schedule {
    fn heading(&self, view: &View<'_>) -> (String, String) {
        let snapshot = view.snapshot;
        let dot = view.look.dot();
        let whose = snapshot.whose().map_or_else(String::new, |name| format!("{name}: "));
        let moving = moving(snapshot);
        let Some(hyper) = moving.first().copied().or(snapshot.hyper.first()) else {
            return ("Schedule".into(), String::new());
        };
        let left =
            format!("Schedule {dot} {whose}{} {} at step {}", hyper.name, text::filled(hyper.value), snapshot.step);
        let right =
            if moving.is_empty() { "all constant\n".into() } else { format!("of {}\n", steps(snapshot.steps_total)) };
        (left, right)
    }

    fn describe(&self, view: &View<'_>) -> String {
        let snapshot = view.snapshot;
        let mut said = format!("{} at step {} of {}", titled(view, "Schedule"), snapshot.step, snapshot.steps_total);
        for (at, hyper) in snapshot.hyper.iter().enumerate() {
            let _ = write!(said, "{} {} {}", if at == 0 { ":" } else { ";" }, hyper.name, with_groups(hyper));
            if !moves(snapshot, hyper) {
                said += ", constant";
                continue;
            }
            let value = |t| value_at(snapshot, hyper, t).map(text::filled);
            if let Some(first) = value(0) {
                let _ = write!(said, ", {first} at first");
            }
            match value(last(snapshot)) {
                Some(end) => {
                    let _ = write!(said, ", {end} at the end");
                }
                None if matches!(hyper.curve, HyperCurve::Learned(_)) => {
                    said += ", learns from the run, so what comes is not known";
                }
                None => {}
            }
            for (step, value) in turns(snapshot, &hyper.name) {
                let _ = write!(said, ", turned by hand to {} after step {step}", text::filled(value));
            }
        }
        said + "."
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let snapshot = view.snapshot;
        let (columns, rows) = (pen.width(), pen.height());
        let moving = moving(snapshot);
        if moving.is_empty() {
            return constants(view, pen);
        }
        let fixed = snapshot.hyper.iter().filter(|hyper| !moves(snapshot, hyper));
        let fixed: Vec<String> = fixed.map(|hyper| format!("{} {}", hyper.name, with_groups(hyper))).collect();
        let below = usize::from(!fixed.is_empty() && rows > 1);
        if below > 0 {
            let line = format!("constant: {}", fixed.join(", "));
            pen.text(0, rows - 1, &text::cut(&line, columns, view.look.ellipsis()), Role::Dim);
        }
        let shown = fitting(rows, moving.len());
        let first = self.row.min(moving.len().saturating_sub(shown));
        let each = rows.saturating_sub(below) / shown;
        for (place, hyper) in moving.iter().skip(first).take(shown).enumerate() {
            chart(view, hyper, &mut pen.part(0, place * each, columns, each));
        }
        if shown < moving.len() {
            pen.scroll_marks(first > 0, first + shown < moving.len());
        }
    }

    fn row(&mut self) -> Option<&mut usize> {
        Some(&mut self.row)
    }

    fn rows(&self, view: &View<'_>, size: Size) -> usize {
        let all = moving(view.snapshot).len();
        all.saturating_sub(fitting(usize::from(size.height), all)) + 1
    }
}

/// Rows that a chart takes at least: its name, three of the plot, the axis and its ends.
const CHART: usize = 6;

const NOW: usize = 0;
const AHEAD: usize = 1;
const PAST: usize = 2;
const LAYERS: [Layer; 3] = [
    Layer { role: Role::Dim, letters: ['|'; 3] },
    Layer { role: Role::Batch, letters: ['.'; 3] },
    Layer { role: Role::Smooth, letters: ['*'; 3] },
];

/// Charts that a pane of so many rows has room for.
fn fitting(height: usize, all: usize) -> usize {
    (height.saturating_sub(1) / CHART).clamp(1, all.max(1))
}

/// Something was done to the run whose hyper-parameters these are, and not to one that it races or a fork of it.
fn is_own(snapshot: &Snapshot, run: &str) -> bool {
    match snapshot.race {
        Some(_) => snapshot.whose() == Some(run),
        // Alone it may still know what was done to forks, having gone back before them.
        None => !snapshot
            .timeline
            .events
            .iter()
            .any(|event| matches!(&event.what, Intervention::Fork { name } if name == run)),
    }
}

/// The turns of a knob by hand: after how many updates, and the value from there on.
fn turns<'s>(snapshot: &'s Snapshot, name: &'s str) -> impl DoubleEndedIterator<Item = (u64, f64)> {
    let own = snapshot.timeline.events.iter().filter(|event| is_own(snapshot, &event.run));
    own.filter_map(move |event| match &event.what {
        Intervention::Set { name: turned, value } if turned == name => Some((event.step, *value)),
        _ => None,
    })
}

/// A schedule moves it, or a hand did.
fn moves(snapshot: &Snapshot, hyper: &HyperNow) -> bool {
    !matches!(hyper.curve, HyperCurve::Constant(_)) || turns(snapshot, &hyper.name).next().is_some()
}

/// Those with a chart.
fn moving(snapshot: &Snapshot) -> Vec<&HyperNow> {
    snapshot.hyper.iter().filter(|hyper| moves(snapshot, hyper)).collect()
}

/// The value for the update after so many others; none where it is not known yet.
fn value_at(snapshot: &Snapshot, hyper: &HyperNow, t: u64) -> Option<f64> {
    if let Some((_, value)) = turns(snapshot, &hyper.name).rev().find(|(step, _)| *step <= t) {
        return Some(value);
    }
    match &hyper.curve {
        HyperCurve::Constant(value) => Some(*value),
        HyperCurve::Known(points) => {
            let after = points.partition_point(|(step, _)| *step <= t);
            let (step, value) = *points.get(after.checked_sub(1)?)?;
            match points.get(after) {
                Some((next, then)) => Some(value + (then - value) * (t - step) as f64 / (next - step).max(1) as f64),
                None => (step == t).then_some(value),
            }
        }
        HyperCurve::Learned(line) => {
            let bucket = line.buckets.get(usize::try_from(t / line.width.max(1)).ok()?)?;
            Some(bucket.last).filter(|value| value.is_finite() && t < snapshot.step)
        }
    }
}

/// All that is known of the values, each with its update: what a chart has to have room for.
fn known(snapshot: &Snapshot, hyper: &HyperNow) -> Vec<(u64, f64)> {
    let turned = turns(snapshot, &hyper.name).next().map(|(step, _)| step);
    let mut all: Vec<(u64, f64)> = match &hyper.curve {
        HyperCurve::Constant(value) => vec![(0, *value)],
        HyperCurve::Known(points) => points.to_vec(),
        HyperCurve::Learned(line) => {
            let width = line.width.max(1);
            let ends =
                |(at, bucket): (usize, &Bucket)| [bucket.min, bucket.max].map(|value| (at as u64 * width, value));
            line.buckets.iter().enumerate().flat_map(ends).collect()
        }
    };
    // From a turn by hand on the schedule is silent.
    all.retain(|(t, value)| value.is_finite() && turned.is_none_or(|turned| *t < turned));
    all.extend(turns(snapshot, &hyper.name));
    all
}

/// The last update of the run.
fn last(snapshot: &Snapshot) -> u64 {
    snapshot.steps_total.max(snapshot.step).max(2) - 1
}

/// A run in which all is constant: a line each.
fn constants(view: &View<'_>, pen: &mut Pen<'_>) {
    let all = &view.snapshot.hyper;
    let names = all.iter().map(|hyper| text::width(&hyper.name)).max().unwrap_or(0).min(20);
    for (y, hyper) in all.iter().enumerate() {
        let x = pen.text(0, y, &text::cut(&hyper.name, names, view.look.ellipsis()), Role::Strong).max(names);
        let x = pen.text(x + 2, y, &format!("{:<10}", text::filled(hyper.value)), Role::Text);
        let told = format!("constant{}", of_groups(hyper));
        pen.text(x + 1, y, &text::cut(&told, pen.width().saturating_sub(x + 1), view.look.ellipsis()), Role::Dim);
    }
    let said = markdown::words("`:lr = 0.01` turns one by hand; a lab gives it a schedule.", Role::Dim, pen.width());
    let (width, height) = (pen.width(), pen.height().saturating_sub(all.len() + 1));
    markdown::draw(&said, &mut pen.part(0, all.len() + 1, width, height));
}

/// The marks of one hyper-parameter: those of hands, and those of the lab.
fn marks(snapshot: &Snapshot, name: &str) -> Vec<Mark> {
    let of_hands = turns(snapshot, name).map(|(step, value)| Mark { step, text: knob_text(name, value) });
    let of_hands: Vec<Mark> = of_hands.collect();
    let of_lab = snapshot.timeline.marks.iter().filter_map(|mark| {
        // In a race of several the run stands before the words.
        let (run, words) =
            mark.text.split_once(": ").map_or((None, mark.text.as_str()), |(run, words)| (Some(run), words));
        let own = run.is_none_or(|run| is_own(snapshot, run)) && words.strip_prefix(name)?.starts_with(" = ");
        own.then(|| Mark { step: mark.step, text: words.to_owned() }).filter(|mark| !of_hands.contains(mark))
    });
    let mut all: Vec<Mark> = of_lab.chain(of_hands.iter().cloned()).collect();
    all.sort_by_key(|mark| mark.step);
    all
}

/// A name with its value now, and its curve below it.
fn chart(view: &View<'_>, hyper: &HyperNow, pen: &mut Pen<'_>) {
    let (snapshot, look) = (view.snapshot, view.look);
    let x = pen.text(0, 0, &hyper.name, Role::Strong);
    let now = format!("{} now{}", text::filled(hyper.value), of_groups(hyper));
    let x = pen.text(x + 1, 0, &text::cut(&now, pen.width().saturating_sub(x + 1), look.ellipsis()), Role::Text);
    let said = match hyper.curve {
        HyperCurve::Learned(_) => "learns from the run: drawn as far as it went",
        _ if look.unicode => "was ─  comes ╌",
        _ => "was *  comes .",
    };
    if pen.width() > x + text::width(said) + 1 {
        pen.text_right(0, said, Role::Dim);
    }
    let last = last(snapshot);
    let rows = pen.height().saturating_sub(3);
    let values: Vec<f64> = known(snapshot, hyper).into_iter().map(|(_, value)| value).collect();
    // One that stays would lie on the floor of a chart of its own, as if it were 0: its distance from 0 is shown.
    let zero = values.iter().all(|value| *value == hyper.value).then_some(0.0);
    let Some(scale) = Scale::covering(values.into_iter().chain([hyper.value]).chain(zero), false) else { return };
    let labels = scale.labels(rows);
    let margin = labels.iter().map(|(_, label)| text::width(label)).max().unwrap_or(0) + 1;
    let columns = pen.width().saturating_sub(margin + 1);
    if rows < 2 || columns < 8 {
        return;
    }
    let mut inside = pen.part(0, 1, margin + 1 + columns, rows + 2);
    draw_axes(&mut inside, &labels, margin, (rows, columns), ("0", &steps(last + 1)));
    draw_marks(&marks(snapshot, &hyper.name), &mut inside, (margin + 1, rows, columns), last);
    let mut raster = Raster::new(columns, rows, look.unicode, &LAYERS);
    let (width, height) = (raster.width() - 1, raster.height() - 1);
    let now = (snapshot.step as f64 / (last + 1) as f64 * width as f64).round() as usize;
    raster.vertical(NOW, now.min(width), 0, height);
    let row = |value: f64| scale.place(value).map(|place| ((1.0 - place) * height as f64).round() as usize);
    let update = |x: usize| (last as f64 * x as f64 / width as f64).round() as u64;
    let layer = |t: u64| if t < snapshot.step { PAST } else { AHEAD };
    let line: Vec<Option<usize>> = (0..=width).map(|x| value_at(snapshot, hyper, update(x)).and_then(row)).collect();
    let mut before = None;
    for (x, y) in line.iter().enumerate() {
        let here = y.map(|y| (x, y));
        if let Some(here) = here {
            let layer = layer(update(x));
            raster.line(layer, before.unwrap_or(here), here, layer == AHEAD);
        }
        before = here;
    }
    // What goes up or down between two columns, and comes back, reaches as far as it went.
    for (t, y) in known(snapshot, hyper).into_iter().filter_map(|(t, value)| Some((t, row(value)?))) {
        let x = ((t as f64 / last as f64 * width as f64).round() as usize).min(width);
        let beside = || line[x.saturating_sub(1)..(x + 2).min(width + 1)].iter().flatten().copied();
        let (Some(top), Some(bottom), Some(here)) = (beside().min(), beside().max(), line[x]) else { continue };
        if y + 1 < top || y > bottom + 1 {
            raster.vertical(layer(t), x, y, here);
        }
    }
    raster.paint(&mut inside.part(margin + 1, 0, columns, rows));
    // Where now is, in words below the axis.
    let label = format!("step {}", snapshot.step);
    let (place, wide) = (margin + 1 + now.min(width) * (columns - 1) / width.max(1), text::width(&label));
    let x = place.saturating_sub(wide / 2);
    let end = (margin + 1 + columns).saturating_sub(text::width(&steps(last + 1)) + 2);
    if x >= margin + 4 && x + wide <= end {
        inside.text(x, rows + 1, &label, Role::Text);
    }
}

#[cfg(test)]
mod tests;
