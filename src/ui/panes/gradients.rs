//! The Gradient norm pane: how large the gradient of each parameter is and was, how far each step moves it, and below
//! them what the lab's observer logs.

mod compared;

use std::fmt::Write;

use ratatui::layout::Size;

use crate::session::Command;
use crate::snapshot::{GradientView, Health, Map, ObservedView, Snapshot};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::scale::last_step;
use crate::ui::canvas::spark::{level, sparkline};
use crate::ui::canvas::text;
use crate::ui::host::Effect;
use crate::ui::keys::{Binding, Press};
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::{Answer, Pane, PaneKind, View, first_shown, nothing_yet, titled, write_invitation};
use crate::ui::panes::state;

/// The pane.
pub static PANE: PaneKind = PaneKind {
    name: "gradients",
    title: "Gradient norm",
    keys: &[
        Binding::press(Press::Enter, "inspect", "show the parameter under the cursor in the State pane"),
        Binding::letter("c", "compare", "compare the next batch's gradient with that of all samples"),
        Binding::UP,
        Binding::DOWN,
        Binding::PAGE_UP,
        Binding::PAGE_DOWN,
        Binding::FIRST,
        Binding::LAST,
    ],
    opens_for: |_, _| true,
    suits: |snapshot| snapshot.series.is_none(),
    look_for: |snapshot| {
        if is_landscape(snapshot) {
            "The norm is how steep the ground is: it shrinks as the path comes to the lowest point. One that goes up and \
             down tells of a path that jumps from wall to wall, one that grows without end of too large a rate. An arrow in a line: far \
             outside of the rest."
        } else {
            "Norms of one size in all layers are healthy; one that shrinks to nothing vanishes, one that grows without \
             end explodes; update/weight near 1e-3 means that a step moves the weights by a thousandth of their size: \
             below 1e-5 it is low, above 0.1 high. Weights that start at 0 have no such ratio. An arrow in a line: far \
             outside of the rest."
        }
    },
    tells_the_end: false,
    open: || Box::<Gradients>::default(),
};

/// The parameter under the cursor, by its place below the headings.
#[derive(Debug, Default)]
struct Gradients {
    row: usize,
}

impl Pane for Gradients {
    fn describe(&self, view: &View<'_>) -> String {
        let titled = titled(view, "Gradient norm");
        let known = view.snapshot.step > 0 || view.snapshot.compared.is_some();
        let Some(all) = view.snapshot.gradients.first().filter(|_| known) else {
            return format!("{titled}: {}.", nothing_yet(view));
        };
        let mut said = format!("{titled}: {} for all parameters together", text::maybe(all.norm));
        for gradient in &view.snapshot.gradients[1..] {
            let _ = write!(said, "; {} {}", gradient.name, text::maybe(gradient.norm));
            match (gradient.ratio, judge(gradient.ratio)) {
                _ if is_landscape(view.snapshot) => {}
                (Some(ratio), Some(word)) => {
                    let _ = write!(said, " (update/weight {}, {word})", text::short(ratio));
                }
                (Some(ratio), None) => {
                    let _ = write!(said, " (update/weight {})", text::short(ratio));
                }
                (None, _) if gradient.began_at_zero => said.push_str(" (starts at 0)"),
                (None, _) => {}
            }
        }
        if let Some(compared) = &view.snapshot.compared {
            let _ = write!(said, "; {}", compared::whole_sentence(view.snapshot, compared));
        }
        if let Some(hits) = view.snapshot.clip_hits {
            let _ = write!(said, "; clipped in {hits} of {} steps", view.snapshot.step);
        }
        if let Some(units) = units(view.snapshot) {
            let _ = write!(said, "; {}", units.join(", "));
        }
        for observed in &view.snapshot.observed {
            let _ = write!(said, "; observed {} {}", observed.name, text::short(observed.value));
        }
        said + "."
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let gradients = &view.snapshot.gradients;
        let compared = view.snapshot.compared.as_ref();
        if (view.snapshot.step == 0 && compared.is_none()) || gradients.is_empty() {
            return write_invitation(view, pen);
        }
        let lines: Vec<Row<'_>> = lines(view.snapshot).collect();
        let names = lines.iter().map(|line| match line {
            Row::Gradient(gradient) => text::width(&gradient.name),
            Row::Observed(observed) => text::width(&observed.name),
            Row::Heading => 0,
        });
        let names = names.max().unwrap_or(0).clamp(3, 12);
        let beside = if compared.is_some() { compared::WIDTH } else { 0 };
        let narrow = is_landscape(view.snapshot) || pen.width() < names + 36 + beside;
        let right = beside + if narrow { 0 } else { 16 };
        let left = names + 11;
        let last = last_step(view.snapshot.step, view.snapshot.steps_total);
        let place = Columns { names, left, width: pen.width().saturating_sub(left + right), last, narrow };
        // A line of headings where every parameter has its row besides. What is compared is two numbers that nothing else
        // names: they have theirs wherever a parameter is seen below them.
        let heading = usize::from(pen.height() > lines.len() || (compared.is_some() && pen.height() > 1));
        if heading == 1 {
            pen.text(names + 2, 0, "norm now", Role::Dim);
            // Whole or not at all: a number with a mark behind it reads as a longer one.
            let axis = [format!("0 .. {last} steps"), format!("0 .. {last}"), String::new()];
            pen.text(left, 0, &text::longest(axis, place.width).unwrap_or_default(), Role::Dim);
            if !narrow {
                pen.text_right(0, "update/weight", Role::Dim);
            }
        }
        let below = compared.map_or(0, |compared| {
            if heading == 1 {
                compared::draw_head(pen, left + place.width, compared);
            }
            compared::draw_below(view, self.row, pen, compared)
        });
        let height = pen.height().saturating_sub(heading + below);
        if let (Some(units), true) = (units(view.snapshot), height > lines.len()) {
            let line = first_of(&units, pen.width(), view.look.ellipsis());
            pen.text(0, heading + height - 1, &line, Role::Dim);
        }
        let first = first_shown(self.row, lines.len(), height);
        // A heading with nothing of its own below it says nothing.
        let is_cut = |at: usize| at + 1 == first + height && at + 1 < lines.len();
        for (i, line) in lines.iter().enumerate().skip(first).take(height) {
            let y = heading + i - first;
            match line {
                Row::Gradient(gradient) => {
                    row(view, pen, y, gradient, &place);
                    if let Some((compared, row)) = compared.and_then(|compared| Some((compared, compared.rows.get(i)?)))
                    {
                        compared::draw_row(view.snapshot, pen, (left + place.width, y), compared, row);
                    }
                }
                Row::Heading if is_cut(i) => {}
                Row::Heading => {
                    pen.text(0, y, "observed", Role::Dim);
                }
                Row::Observed(observed) => observed_row(view, pen, y, observed, &place),
            }
            if view.focused && i == self.row {
                let mut name = pen.part(0, y, names + 1, 1);
                name.row_style(0, Role::Selected);
            }
        }
        pen.part(0, heading, pen.width(), height).scroll_marks(first > 0, first + height < lines.len());
    }

    fn row(&mut self) -> Option<&mut usize> {
        Some(&mut self.row)
    }

    fn heading(&self, view: &View<'_>) -> (String, String) {
        let right = match view.snapshot.clip_hits {
            _ if view.snapshot.step == 0 => String::new(),
            Some(hits) => format!("clipped {hits} of {} steps", view.snapshot.step),
            None if is_landscape(view.snapshot) => String::new(),
            None => "update/weight: guide 1e-3".into(),
        };
        (titled(view, "Gradient norm"), right)
    }

    fn rows(&self, view: &View<'_>, _size: Size) -> usize {
        lines(view.snapshot).count().max(1)
    }

    fn act(&mut self, press: Press, view: &View<'_>, size: Size) -> Answer {
        match press {
            Press::Enter => return self.inspect(view.live).unwrap_or_default(),
            Press::Letter('c') => return compare(view.live),
            _ => self.scroll(press, view, size),
        }
        Answer::default()
    }
}

impl Gradients {
    /// Shows the parameter under the cursor in the State pane.
    fn inspect(&self, live: &Snapshot) -> Option<Answer> {
        let name = &live.gradients.get(self.row)?.name;
        let Some(at) = live.state.iter().position(|state| state.parameter == *name) else {
            return Some(Answer::notice("choose a parameter with j and k first"));
        };
        Some(Answer { parameter: Some(at), focus: Some(state::PANE.name), ..Answer::default() })
    }
}

/// The gradient of a mini-batch beside the whole one; away with it if it is of this very step.
fn compare(live: &Snapshot) -> Answer {
    let shown = live.compared.as_ref().is_some_and(|compared| compared.step == live.step);
    if live.status.is_broken() && !shown {
        // Its weights need not be numbers any more.
        return Answer::notice("the run broke down: b goes back to its last good step, where c compares");
    }
    let effects = vec![Effect::Send(Command::CompareGradients(!shown))];
    let said = if is_landscape(live) {
        "true slope shown beside the next step's; c hides it"
    } else {
        "full gradient shown beside the next batch's; c hides it"
    };
    let notice = (!shown).then(|| said.into());
    Answer { effects, notice, ..Answer::default() }
}

/// A line below the headings.
enum Row<'s> {
    Gradient(&'s GradientView),
    /// Above what is observed.
    Heading,
    Observed(&'s ObservedView),
}

fn lines(snapshot: &Snapshot) -> impl Iterator<Item = Row<'_>> {
    let heading = (!snapshot.observed.is_empty()).then_some(Row::Heading);
    snapshot.gradients.iter().map(Row::Gradient).chain(heading).chain(snapshot.observed.iter().map(Row::Observed))
}

/// Below it a step hardly moves the weights. The usual guide is 1e-3 (Karpathy's lecture notes `CS231n`, on the ratio of
/// updates to weights); within two powers of ten to each side nothing is said: a rate that is warmed up or falls, and small
/// layers, lie there.
const LOW: f64 = 1e-5;
/// Above it a step moves the weights by a tenth of their size or more.
const HIGH: f64 = 1e-1;

/// The weights are places on a landscape: how far a step goes has nothing to do with how far they are from 0.
fn is_landscape(snapshot: &Snapshot) -> bool {
    matches!(snapshot.map, Some(Map::Landscape(_)))
}

/// The word for a ratio of update to weight that lies outside of all that is usual. There is none for one inside: whether a
/// step is a good one the ratio does not tell.
fn judge(ratio: Option<f64>) -> Option<&'static str> {
    let ratio = ratio?;
    if ratio.is_nan() || ratio > HIGH {
        Some("high")
    } else if ratio < LOW {
        Some("low")
    } else {
        None
    }
}

/// The share of units of each activation layer that no gradient reaches any more; nothing where none is measured.
fn units(snapshot: &Snapshot) -> Option<Vec<String>> {
    let layers = snapshot.network.iter().flat_map(|network| &network.layers);
    let told = layers.filter_map(|layer| match layer.health {
        Health::Unmeasured => None,
        Health::Dead(share) => Some(format!("{} {:.0} % dead", layer.name, 100.0 * share)),
        Health::Saturated(share) => Some(format!("{} {:.0} % saturated", layer.name, 100.0 * share)),
    });
    let mut told: Vec<String> = told.collect();
    told.first_mut()?.insert_str(0, "units: ");
    Some(told)
}

/// As many of some texts as fit whole, with a mark in the place of the rest: a share is nothing without its word.
fn first_of(told: &[String], columns: usize, mark: char) -> String {
    let forms = (1..=told.len()).rev().map(|shown| {
        let all = told[..shown].join(", ");
        if shown == told.len() { all } else { format!("{all} {mark}") }
    });
    text::longest(forms, columns).unwrap_or_default()
}

/// What stands where.
struct Columns {
    /// The width of the names.
    names: usize,
    /// Where the lines begin.
    left: usize,
    /// Their width.
    width: usize,
    /// The step at their right end.
    last: u64,
    /// There is no ratio, or no room for it.
    narrow: bool,
}

fn row(view: &View<'_>, pen: &mut Pen<'_>, y: usize, gradient: &GradientView, place: &Columns) {
    pen.text(0, y, &text::cut(&gradient.name, place.names, view.look.ellipsis()), Role::Strong);
    let norm = text::maybe(gradient.norm);
    let finite = gradient.norm.is_none_or(f64::is_finite);
    pen.text(place.names + 1, y, &format!("{norm:>9}"), if finite { Role::Text } else { Role::Bad });
    pen.text(place.left, y, &sparkline(&gradient.line, place.width, place.last, view.look), Role::Smooth);
    if place.narrow {
        return;
    }
    let x = pen.width() - 14;
    match gradient.ratio {
        Some(ratio) => {
            pen.text(x, y, &format!("{:>8}", text::short(ratio)), Role::Text);
            pen.text(x + 10, y, judge(gradient.ratio).unwrap_or_default(), Role::Warn);
        }
        None if gradient.began_at_zero => pen.text_right(y, "starts at 0", Role::Dim),
        None => {}
    }
}

/// An observer's number. Its line may have values of any sign, so it is drawn between its own least and largest.
fn observed_row(view: &View<'_>, pen: &mut Pen<'_>, y: usize, observed: &ObservedView, place: &Columns) {
    pen.text(0, y, &text::cut(&observed.name, place.names, view.look.ellipsis()), Role::Strong);
    let role = if observed.value.is_finite() { Role::Text } else { Role::Bad };
    pen.text(place.names + 1, y, &format!("{:>9}", text::short(observed.value)), role);
    let width = pen.width().saturating_sub(place.left);
    pen.text(place.left, y, &level(&observed.line, place.width.min(width), place.last, view.look), Role::Smooth);
}

#[cfg(test)]
mod tests;
