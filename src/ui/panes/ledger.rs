//! The Ledger pane: the update of one element as it was applied, line by line from the script's own statements, with the
//! numbers filled in; and beside or below them the script's formulas, where there is room.

mod lines;

use std::fmt::Write;

use ratatui::layout::Size;

use crate::snapshot::{Formula, Ledger, Status};
use crate::ui::canvas::formula;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::element;
use crate::ui::keys::{Binding, Press};
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::{Answer, Pane, PaneKind, View, capital, nothing_yet, way_on};
pub(in crate::ui) use lines::Lines;
use lines::{HEADING, Plan, Told, digits};

/// The most lines that the sentence of the pane tells.
const MOST_TOLD: usize = 12;

/// The pane.
pub static PANE: PaneKind = PaneKind {
    name: "ledger",
    title: "Ledger",
    keys: &[
        Binding::press(Press::Enter, "steepest", "the element with the largest gradient"),
        Binding::press(Press::Left, "", "the element to the left"),
        Binding::press(Press::Right, "", "the element to the right"),
        Binding::press(Press::Up, "", "the element above"),
        Binding::press(Press::Down, "", "the element below"),
        Binding::PAGE_UP,
        Binding::PAGE_DOWN,
        Binding::FIRST,
        Binding::LAST,
    ],
    opens_for: |_, _| true,
    suits: |snapshot| snapshot.series.is_none(),
    look_for: |_| {
        "Read from the gradient down to the new weight: which line makes the step large or small, this step's \
               gradient or what is remembered of earlier ones? The arrows go to other elements of the parameter, Enter to the \
               one with the largest gradient."
    },
    tells_the_end: false,
    open: || Box::<LedgerPane>::default(),
};

/// The first line that is shown.
#[derive(Debug, Default)]
struct LedgerPane {
    row: usize,
}

impl LedgerPane {
    /// The first line that is shown: the one that was scrolled to, or so that the line that is worked is seen.
    fn first(&self, plan: &Plan, worked: Option<usize>) -> usize {
        let Some(lit) = worked.map(|worked| worked.saturating_sub(1)) else { return self.row.min(plan.last()) };
        (0..=plan.last()).find(|first| first + plan.shown(*first) > lit).unwrap_or_else(|| plan.last())
    }
}

impl Pane for LedgerPane {
    fn heading(&self, view: &View<'_>) -> (String, String) {
        let (dot, name) = (view.look.dot(), wanted(view));
        let left = match shown(view) {
            _ if name.is_empty() => "Ledger".to_owned(),
            Some(ledger) => format!("Ledger {dot} {name} {dot} step {}", ledger.step),
            None => format!("Ledger {dot} {name}"),
        };
        (left, view.snapshot.whose().map_or_else(String::new, |run| format!("of {run}")))
    }

    fn rows(&self, view: &View<'_>, size: Size) -> usize {
        let Some(ledger) = shown(view) else { return 1 };
        Plan::of(ledger, usize::from(size.width), usize::from(size.height), view.look.ellipsis()).last() + 1
    }

    fn describe(&self, view: &View<'_>) -> String {
        let Some(ledger) = shown(view) else { return format!("Ledger: {}", invitation(view)) };
        // In the digits of the pane itself.
        let told = Lines::of(ledger).0;
        let values = |lines: &[Told]| {
            lines.iter().map(|line| format!("{} = {}", line.name, line.value)).collect::<Vec<_>>().join(", ")
        };
        let inner = &told[..told.len().saturating_sub(1)];
        let more = match inner.len().saturating_sub(MOST_TOLD) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let [from, by, to] = moved(ledger);
        let mut said = format!(
            "Ledger: step {} moved {} from {from} by {by} to {to}, with {}{more}.",
            ledger.step,
            wanted(view),
            values(&inner[..inner.len().min(MOST_TOLD)])
        );
        if let Some(run) = view.snapshot.whose() {
            let _ = write!(said, " It is the update of {run}.");
        }
        said
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let Some(ledger) = shown(view) else {
            for (y, line) in text::wrap(&capital(&invitation(view)), pen.width()).iter().enumerate() {
                pen.text(0, y, line, Role::Dim);
            }
            return;
        };
        let plan = Plan::of(ledger, pen.width(), pen.height(), view.look.ellipsis());
        let first = self.first(&plan, view.worked);
        let shown = plan.shown(first);
        let mut y = 0;
        for (at, rows) in plan.lines.iter().enumerate().skip(first).take(shown) {
            let is_lit = view.worked == Some(at + 1);
            let to_come = view.worked.is_some_and(|worked| worked <= at);
            for row in rows {
                for (place, (x, said, role)) in row.iter().enumerate() {
                    if !to_come {
                        pen.text(*x, y, said, *role);
                        continue;
                    }
                    // What is still to come has its name and its formula, and no numbers yet.
                    let is_formula = |at: usize| row.get(at).is_some_and(|(.., role)| *role == Role::Dim);
                    let before_one = said == " = " && is_formula(place + 1);
                    if *x == 0 || before_one || (said != " = " && is_formula(place)) {
                        pen.text(*x, y, said, Role::Dim);
                    }
                }
                if is_lit && row.iter().all(|(.., role)| *role != HEADING) {
                    pen.row_style(y, Role::Selected);
                }
                y += 1;
            }
        }
        let (above, below) = (first, plan.lines.len() - (first + shown).min(plan.lines.len()));
        if above + below > 0 {
            let more = [(above, "above (PgUp)"), (below, "below (PgDn)")].map(|(lines, place)| match lines {
                0 => String::new(),
                lines => format!("{lines} more {place}"),
            });
            let more = more.join("  ");
            let more = text::cut(more.trim(), pen.width(), view.look.ellipsis());
            pen.text(0, pen.height().saturating_sub(1), &more, Role::Dim);
        }
    }

    fn row(&mut self) -> Option<&mut usize> {
        Some(&mut self.row)
    }

    fn act(&mut self, press: Press, view: &View<'_>, size: Size) -> Answer {
        match press {
            Press::Up | Press::Down | Press::Left | Press::Right => {
                let state = view.live.state.get(view.parameter);
                let next = state.map_or(0, |state| element::next(&state.shape, view.element, press));
                return Answer { element: Some(next), ..Answer::default() };
            }
            Press::Enter => return steepest(view),
            _ => self.scroll(press, view, size),
        }
        Answer::default()
    }

    fn copy(&self, view: &View<'_>) -> Option<String> {
        as_text(view)
    }
}

/// What the weight was, by how much it moved and what it is: they add up to the digits that are said.
pub(in crate::ui) fn moved(ledger: &Ledger) -> [String; 3] {
    let (after, before) = (ledger.lines.last().map_or(f64::NAN, |line| line.value), ledger.before);
    let by = ledger.lines.last().and_then(|line| moved_by(&line.formula, before)).unwrap_or(after - before);
    let sum = vec![Formula::Value(before), Formula::Value(by)];
    let moved = Formula::Apply { name: "+", operands: sum, value: after };
    let moved = formula::shown(&moved, after, digits(before, after));
    let (from, by) = moved.numbers.split_once(" + ").unwrap_or((&moved.numbers, "0"));
    [from.to_owned(), by.to_owned(), moved.value]
}

/// What the last line adds to the weight, where it says so. The difference of two weights that were rounded has fewer true
/// digits: `W - 0.1 * g` moves by the second half of it.
fn moved_by(formula: &Formula<f64>, before: f64) -> Option<f64> {
    let Formula::Apply { name, operands, .. } = formula else { return None };
    let [weight, step] = operands.as_slice() else { return None };
    let step = *step.value()?;
    (*weight.value()? == before).then_some(())?;
    match *name {
        "-" => Some(-step),
        "+" => Some(step),
        _ => None,
    }
}

/// To the element with the largest gradient of the update that is shown.
fn steepest(view: &View<'_>) -> Answer {
    let ledger = view.live.ledger.as_ref().filter(|ledger| ledger.parameter == view.parameter);
    match ledger {
        Some(ledger) => Answer { element: Some(ledger.steepest), ..Answer::default() },
        None => Answer::notice("no gradient is known yet: s does one step"),
    }
}

/// The element that is wanted, by its name.
fn wanted(view: &View<'_>) -> String {
    view.snapshot
        .state
        .get(view.parameter)
        .map_or_else(String::new, |state| element::name(&state.parameter, &state.shape, view.element))
}

/// The update of the element that is wanted, if it was kept.
fn shown<'a>(view: &View<'a>) -> Option<&'a Ledger> {
    let ledger = view.snapshot.ledger.as_ref();
    ledger.filter(|ledger| (ledger.parameter, ledger.index) == (view.parameter, view.element))
}

/// What there is to do where nothing can be shown.
fn invitation(view: &View<'_>) -> String {
    let name = wanted(view);
    if view.snapshot.status.is_broken() && view.snapshot.step > 0 {
        return format!("the update of {name} in the step that broke was not made; b shows the one before.");
    }
    if view.snapshot.status.is_broken() {
        return "no update was made: the first step broke.".to_owned();
    }
    if view.snapshot.status.is_final() {
        return format!("the last update of {name} was not kept; b and then s make it again and show it.");
    }
    if view.snapshot.step == 0 {
        return format!(
            "{}. {}. Then the update of {name} stands here, line by line; the arrows go to other elements.",
            nothing_yet(view),
            way_on(view)
        );
    }
    match view.snapshot.status {
        Status::Running => format!("the next update of {name} that is looked at will stand here."),
        _ => format!("the last update of {name} was not kept: s makes the next one and shows that."),
    }
}

/// The ledger as text, to be pasted elsewhere: the numbers, and the script's formulas as comments.
fn as_text(view: &View<'_>) -> Option<String> {
    let ledger = shown(view)?;
    let lines = Lines::of(ledger);
    let (name, value) = (lines.widest(|line| &line.name), lines.widest(|line| &line.value));
    let numbers = lines.widest(|line| &line.numbers);
    let mut said = format!("{} at step {}, by {}\n", wanted(view), ledger.step, view.snapshot.rule);
    for line in &lines.0 {
        if let Some(heading) = &line.heading {
            let _ = writeln!(said, "// {heading}");
        }
        let equals = if line.numbers.is_empty() { ' ' } else { '=' };
        let _ = write!(said, "{:<name$} = {:<numbers$} {equals} {:>value$}", line.name, line.numbers, line.value);
        if !line.symbolic.is_empty() {
            let _ = write!(said, "   // {}", line.symbolic);
        }
        said.push('\n');
    }
    Some(said)
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
