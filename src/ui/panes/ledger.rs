//! The Ledger pane: the update of one element as it was applied, line by line from the script's own statements, with the
//! numbers filled in; and beside or below them the script's formulas, where there is room.

use std::fmt::Write;

use ratatui::layout::Size;

use crate::snapshot::{Ledger, LedgerLine, Status};
use crate::ui::canvas::formula::{fit, whole};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::element;
use crate::ui::keys::{Binding, Press};
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::{Answer, Pane, PaneKind, View};

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
    opens_for: |_| true,
    suits: |snapshot| snapshot.series.is_none(),
    look_for: |_| {
        "Read from the gradient down to the new weight: which line makes the step large or small, this batch's \
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
        let plan = Plan::of(ledger, usize::from(size.width), usize::from(size.height));
        (ledger.lines.len() + 1).saturating_sub(plan.shown).max(1)
    }

    fn describe(&self, view: &View<'_>) -> String {
        let Some(ledger) = shown(view) else { return format!("Ledger: {}", invitation(view)) };
        let values = |lines: &[LedgerLine]| {
            let all: Vec<String> =
                lines.iter().map(|line| format!("{} = {}", line.name, text::filled(line.value))).collect();
            all.join(", ")
        };
        let (after, before) = (ledger.lines.last().map_or(f64::NAN, |line| line.value), ledger.before);
        let inner = &ledger.lines[..ledger.lines.len().saturating_sub(1)];
        let mut said = format!(
            "Ledger: step {} moved {} from {} by {} to {}, with {}.",
            ledger.step,
            wanted(view),
            text::number(before),
            text::short(after - before),
            text::number(after),
            values(&inner[..inner.len().min(12)])
        );
        if let Some(run) = view.snapshot.whose() {
            let _ = write!(said, " It is the update of {run}.");
        }
        said
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let Some(ledger) = shown(view) else {
            let said = invitation(view);
            let mut letters = said.chars();
            let said: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
            for (y, line) in text::wrap(&said, pen.width()).iter().enumerate() {
                pen.text(0, y, line, Role::Dim);
            }
            return;
        };
        let plan = Plan::of(ledger, pen.width(), pen.height());
        let first = self.row.min(ledger.lines.len().saturating_sub(plan.shown));
        let mut y = 0;
        for line in ledger.lines.iter().skip(first).take(plan.shown) {
            let columns = pen.width();
            y += draw_line(line, &plan, &mut pen.part(0, y, columns, 2));
        }
        let (above, below) = (first, ledger.lines.len() - (first + plan.shown).min(ledger.lines.len()));
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

/// To the element with the largest gradient of the update that is shown.
fn steepest(view: &View<'_>) -> Answer {
    let ledger = view.live.ledger.as_ref().filter(|ledger| ledger.parameter == view.parameter);
    match ledger {
        Some(ledger) => Answer { element: Some(ledger.steepest), ..Answer::default() },
        None => Answer::notice("no gradient is known yet: s makes one step"),
    }
}

/// Columns of a value.
const VALUE: usize = 9;
/// The widest name that has a column of its own.
const NAME: usize = 16;

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
    if view.snapshot.status.is_final() {
        return format!("the last update of {name} was not kept; r starts again.");
    }
    if view.snapshot.step == 0 {
        return format!(
            "no step was made yet: space runs, s makes one step. Then the update of {name} stands here, line by line; the \
             arrows go to other elements."
        );
    }
    match view.snapshot.status {
        Status::Running => format!("the next update of {name} that is looked at will stand here."),
        _ => format!("the last update of {name} was not kept: s makes one step and shows it."),
    }
}

/// Where the formulas of the script stand.
#[derive(Clone, Copy, PartialEq)]
enum Script {
    /// `name = script = numbers = value`
    Beside,
    /// `name = numbers = value`, the script below.
    Below,
    /// `name = numbers`, and below `script = value`: in a narrow pane.
    WithValue,
    Nowhere,
}

/// With fewer columns for the numbers, the value has to stand elsewhere.
const NARROW: usize = 30;

/// How the lines share the room.
struct Plan {
    name: usize,
    numbers: usize,
    symbols: usize,
    script: Script,
    /// How many lines are seen at once.
    shown: usize,
}

impl Plan {
    fn of(ledger: &Ledger, columns: usize, height: usize) -> Self {
        let widest = |of: fn(&LedgerLine) -> usize| ledger.lines.iter().map(of).max().unwrap_or(0);
        let name = widest(|line| text::width(&line.name)).min(NAME).min(columns / 3);
        let numbers = widest(|line| text::width(&numbers(line)));
        let symbols = widest(|line| text::width(&line.symbolic));
        // `name = script = numbers = value`; numbers may be joined to make room for the script, but not much.
        let room = columns.saturating_sub(name + VALUE + 6);
        let joined = widest(|line| text::width(&fit(&line.formula, 44, ' ')));
        let script = if symbols > 0 && room >= symbols + 3 + joined {
            Script::Beside
        } else if 2 * ledger.lines.len() <= height + 1 {
            if room < NARROW.min(numbers) { Script::WithValue } else { Script::Below }
        } else {
            Script::Nowhere
        };
        let beside = if script == Script::Beside { symbols + 3 } else { 0 };
        let each = if matches!(script, Script::Below | Script::WithValue) { 2 } else { 1 };
        let fits = ledger.lines.len() * each < height + each;
        let shown = if fits { ledger.lines.len() } else { height.saturating_sub(1) / each };
        Self { name, numbers: numbers.min(room.saturating_sub(beside)), symbols, script, shown }
    }
}

/// The numbers of a line; those of one that is only a value are its value.
fn numbers(line: &LedgerLine) -> String {
    if is_plain(line) { String::new() } else { whole(&line.formula) }
}

fn is_plain(line: &LedgerLine) -> bool {
    matches!(line.formula, crate::snapshot::Formula::Value(_))
}

/// Draws a line of the ledger and returns how many rows it took.
fn draw_line(line: &LedgerLine, plan: &Plan, pen: &mut Pen<'_>) -> usize {
    let (mark, columns) = (pen.look.ellipsis(), pen.width());
    let plain = is_plain(line);
    pen.text(0, 0, &text::cut(&line.name, plan.name, mark), Role::Strong);
    let mut x = plan.name;
    if plan.script == Script::Beside {
        pen.text(x, 0, if line.symbolic.is_empty() { "" } else { " = " }, Role::Dim);
        pen.text(x + 3, 0, &line.symbolic, Role::Dim);
        x += 3 + plan.symbols;
    }
    x = pen.text(x, 0, " = ", Role::Dim);
    let apart = plan.script == Script::WithValue && !plain;
    let room = if apart { columns.saturating_sub(x) } else { plan.numbers };
    pen.text(x, 0, &if plain { String::new() } else { fit(&line.formula, room, mark) }, Role::Text);
    let below = matches!(plan.script, Script::Below | Script::WithValue) && (apart || !line.symbolic.is_empty());
    if below {
        let room = if apart { plan.numbers } else { columns.saturating_sub(x) };
        pen.text(x, 1, &text::cut(&line.symbolic, room, mark), Role::Dim);
    }
    let y = usize::from(apart);
    x += plan.numbers;
    pen.text(x, y, if plain { "" } else { " = " }, Role::Dim);
    let role = if line.value.is_finite() { Role::Strong } else { Role::Bad };
    pen.text(x + 3, y, &format!("{:>VALUE$}", text::number(line.value)), role);
    1 + usize::from(below)
}

/// The ledger as text, to be pasted elsewhere: the numbers, and the script's formulas as comments.
fn as_text(view: &View<'_>) -> Option<String> {
    let ledger = shown(view)?;
    let widest = |of: fn(&LedgerLine) -> usize| ledger.lines.iter().map(of).max().unwrap_or(0);
    let name = widest(|line| text::width(&line.name));
    let wide = widest(|line| text::width(&numbers(line)));
    let mut said = format!("{} at step {}, by {}\n", wanted(view), ledger.step, view.snapshot.rule);
    for line in &ledger.lines {
        let equals = if is_plain(line) { ' ' } else { '=' };
        let (numbers, value) = (numbers(line), text::number(line.value));
        let _ = write!(said, "{:<name$} = {numbers:<wide$} {equals} {value:>VALUE$}", line.name);
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
