//! The State pane: for the chosen parameter each value that the rule keeps or makes, by the name that the script gives
//! it, with its size, its trend, the correction for its start, and a map of its elements.

mod elements;

use std::fmt::Write;
use std::path::Path;

use ratatui::layout::Size;

use crate::snapshot::{NamedView, Snapshot, StateView};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::scale::last_step;
use crate::ui::canvas::spark::sparkline;
use crate::ui::canvas::text;
use crate::ui::keys::{Binding, Press};
use crate::ui::look::theme::{Look, Role};
use crate::ui::panes::ledger;
use crate::ui::panes::pane::{Answer, Pane, PaneKind, View, first_shown, shape, titled};

/// The pane.
pub static PANE: PaneKind = PaneKind {
    name: "state",
    title: "State",
    keys: &[
        Binding::press(Press::Enter, "element", "pick an element of the parameter in the Ledger pane"),
        Binding::UP,
        Binding::DOWN,
        Binding::press(Press::Left, "", "the previous parameter"),
        Binding::press(Press::Right, "parameter", "the next parameter"),
        Binding::PAGE_UP,
        Binding::PAGE_DOWN,
        Binding::FIRST,
        Binding::LAST,
        Binding::letter("c", "correction", "averages with and without the correction 1-b^t"),
    ],
    opens_for: |_, _| true,
    suits: |snapshot| snapshot.series.is_none(),
    look_for,
    tells_the_end: false,
    open: || Box::<State>::default(),
};

/// What to look for; with what the names are that come from within the functions and loops of a script.
fn look_for(snapshot: &Snapshot) -> &'static str {
    let mut values = snapshot.state.iter().flat_map(|state| &state.values);
    match (keeps_averages(snapshot), values.any(|value| value.times > 1 || value.name.contains('.'))) {
        (true, false) => {
            "An average starts at 0 and needs about 1/(1-b) steps to fill: while 1-b^t is small, the corrected value is \
             much larger than the average itself. A gap in a line: a run at full speed is measured now and then."
        }
        (true, true) => {
            "An average starts at 0 and needs about 1/(1-b) steps to fill: while 1-b^t is small, the corrected value is \
             much larger than the average itself. f.x is the x of the script's function f; of the turns of a loop, and of \
             several calls, the last is shown. A gap in a line: a run at full speed is measured now and then."
        }
        (false, false) => {
            "What the rule keeps from step to step, and what it makes at each step, stands here by the names of its script: \
             see what grows and what shrinks over the run. A gap in a line: a run at full speed is measured now and \
             then."
        }
        (false, true) => {
            "What the rule keeps from step to step, and what it makes at each step, stands here by the names of its script: \
             f.x is the x of its function f, and of the turns of a loop, and of several calls, the last is shown. A gap in \
             a line: a run at full speed is measured now and then."
        }
    }
}

/// What the user chose in it.
#[derive(Debug, Default)]
struct State {
    /// The value whose map is shown, by its row.
    row: usize,
    /// Averages are shown with the correction for their start.
    corrected: bool,
}

impl Pane for State {
    fn heading(&self, view: &View<'_>) -> (String, String) {
        let Some(state) = state(view) else { return ("State".into(), String::new()) };
        let left = format!("{} {} {} {}", titled(view, "State"), view.look.dot(), state.parameter, shape(&state.shape));
        if self.corrected {
            return (left, "averages / (1-b^t)".into());
        }
        let right = self.chosen(view).and_then(|value| Some((value, window(value)?)));
        let right = right.map_or_else(String::new, |(value, window)| {
            format!("{0}: window 1/(1-b) = {window}\n{0}: window {window}", value.name)
        });
        (left, right)
    }

    fn describe(&self, view: &View<'_>) -> String {
        let whose = view.snapshot.whose().map_or_else(String::new, |run| format!(" in {run}"));
        match (state(view), self.chosen(view)) {
            (Some(state), Some(value)) => {
                // What is not known of the rule is not said of it.
                let known = value.correction.is_some() || value.uncorrected;
                let compared = compare(view, value).filter(|_| known);
                let compared = compared.map_or_else(String::new, |compared| format!("; {compared}"));
                format!("State of {}{whose}: {}{compared}.", state.parameter, explain(value, true, view.look))
            }
            (Some(state), None) => format!("State of {}{whose}: {}", state.parameter, nothing_kept(view)),
            _ => "State: there is no parameter.".into(),
        }
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let Some(state) = state(view).filter(|state| !state.values.is_empty()) else {
            for (y, line) in text::wrap(&nothing_kept(view), pen.width()).iter().enumerate() {
                pen.text(0, y, line, Role::Dim);
            }
            return;
        };
        let (columns, height) = (pen.width(), pen.height());
        let grid = self.chosen(view).and_then(|value| Some((value, value.map.as_ref()?)));
        // The map stands beside the table where the pane is flat and wide, and below it elsewhere.
        let below = height.saturating_sub(state.values.len() + 4) >= 5;
        let beside = grid.is_some() && !below && columns >= 64;
        let table_columns = if beside { columns - (columns / 3).min(34) - 2 } else { columns };
        let told = |value: &NamedView| match compare(view, value).filter(|_| self.corrected) {
            Some(compared) => format!("{}: {compared}.", value.name),
            None => explain(value, false, view.look) + ".",
        };
        let explained = self.chosen(view).map(|value| text::wrap(&told(value), table_columns)).unwrap_or_default();
        let room = height.saturating_sub(1);
        let table_rows = state.values.len().min(room);
        let explained_rows = explained.len().min(room - table_rows);
        self.table(view, &mut pen.part(0, 0, table_columns, table_rows + 1), state);
        for (i, line) in explained.iter().take(explained_rows).enumerate() {
            pen.text(0, 1 + table_rows + i, line, Role::Dim);
        }
        if let Some((value, grid)) = grid {
            let top = 1 + table_rows + explained_rows;
            let mut part = if beside {
                pen.part(table_columns + 2, 0, columns - table_columns - 2, height)
            } else {
                pen.part(0, top, columns, height - top.min(height))
            };
            if part.height() >= 2 {
                elements::draw(&mut part, state, value, grid);
            }
        }
    }

    fn row(&mut self) -> Option<&mut usize> {
        Some(&mut self.row)
    }

    fn rows(&self, view: &View<'_>, _size: Size) -> usize {
        state(view).map_or(1, |state| state.values.len().max(1))
    }

    fn act(&mut self, press: Press, view: &View<'_>, size: Size) -> Answer {
        let parameter = |at| Answer { parameter: Some(at), ..Answer::default() };
        match press {
            Press::Left => return parameter(view.parameter.saturating_sub(1)),
            Press::Right => return parameter(view.parameter + 1),
            Press::Enter => {
                let said = "arrows: another element, Enter: the one with the largest gradient";
                return Answer { focus: Some(ledger::PANE.name), ..Answer::notice(said) };
            }
            Press::Letter('c') if !self.corrected && !keeps_averages(view.snapshot) => {
                return Answer::notice(format!(
                    "{} keeps no average, so there is nothing to correct",
                    view.snapshot.rule
                ));
            }
            Press::Letter('c') => {
                self.corrected = !self.corrected;
                let said = if self.corrected { "averages divided by 1-b^t" } else { "averages as the rule keeps them" };
                return Answer::notice(said);
            }
            _ => self.scroll(press, view, size),
        }
        Answer::default()
    }
}

/// The rule keeps an average, as far as is known: before the first step all that it keeps may be one.
fn keeps_averages(snapshot: &Snapshot) -> bool {
    let average = |value: &NamedView| value.kept && (value.decay.is_some() || snapshot.step == 0);
    snapshot.state.iter().flat_map(|state| &state.values).any(average)
}

fn state<'a>(view: &View<'a>) -> Option<&'a StateView> {
    view.snapshot.state.get(view.parameter)
}

impl State {
    fn chosen<'a>(&self, view: &View<'a>) -> Option<&'a NamedView> {
        let values = &state(view)?.values;
        values.get(self.row.min(values.len().saturating_sub(1)))
    }

    /// The value as it is shown: as the rule has it, or with the correction.
    fn shown(&self, view: &View<'_>, value: &NamedView, number: f64) -> f64 {
        if self.corrected { number / correction(view, value) } else { number }
    }

    fn table(&self, view: &View<'_>, pen: &mut Pen<'_>, state: &StateView) {
        let columns = Columns::fit(pen.width(), state);
        let mut x = pen.text(0, 0, &" ".repeat(columns.name), Role::Dim);
        x = pen.text(x, 0, &format!("{:>10}", "rms"), Role::Dim);
        if columns.ends {
            x = pen.text(x, 0, &format!("{:>10}{:>10}", "min", "max"), Role::Dim);
        }
        if columns.correction {
            x = pen.text(x, 0, &format!("{:>9}", "1-b^t"), Role::Dim);
        }
        if columns.trend >= 6 {
            pen.text(x + 2, 0, if columns.trend < 16 { "trend" } else { "rms over the run" }, Role::Dim);
        }
        let height = pen.height().saturating_sub(1);
        let row = self.row.min(state.values.len() - 1);
        let first = first_shown(row, state.values.len(), height);
        let last = last_step(view.snapshot.step, view.snapshot.steps_total);
        for (i, value) in state.values.iter().enumerate().skip(first).take(height) {
            let y = 1 + i - first;
            let role = if value.kept { Role::Strong } else { Role::Text };
            pen.text(0, y, &text::cut(&value.name, columns.name - 1, view.look.ellipsis()), role);
            let size = if value.scalar { value.mean } else { self.shown(view, value, value.rms) };
            let role = if size.is_finite() { Role::Text } else { Role::Bad };
            let mut x = pen.text(columns.name, y, &format!("{:>10}", text::number(size)), role);
            if columns.ends {
                let [min, max] = [value.min, value.max].map(|end| text::number(self.shown(view, value, end)));
                let ends = if value.scalar { format!("{:>20}", "one number") } else { format!("{min:>10}{max:>10}") };
                x = pen.text(x, y, &ends, Role::Text);
            }
            if columns.correction {
                let correction = value.correction.map_or_else(String::new, said);
                x = pen.text(x, y, &format!("{correction:>9}"), Role::Text);
            }
            if columns.trend >= 6 {
                pen.text(x + 2, y, &sparkline(&value.trend, columns.trend, last, view.look), Role::Smooth);
            }
            if i == row {
                // The chosen value's map is shown, so the row is marked with and without the focus.
                let role = if view.focused { Role::Selected } else { Role::Key };
                pen.part(0, y, columns.name, 1).row_style(0, role);
            }
        }
        pen.scroll_marks(first > 0, first + height < state.values.len());
    }
}

/// About how many steps an average remembers.
fn window(value: &NamedView) -> Option<String> {
    let decay = value.decay.filter(|decay| (0.0..1.0).contains(decay))?;
    let window = 1.0 / (1.0 - decay);
    Some(if window >= 10.0 { format!("{window:.0}") } else { format!("{window:.1}") })
}

/// What an average is divided by to correct it for its start at 0: as the rule has it, or as it would be if the rule did
/// that. 1 for what is no average.
fn correction(view: &View<'_>, value: &NamedView) -> f64 {
    let usual = || {
        let decay = value.decay.filter(|decay| (0.0..1.0).contains(decay) && value.kept)?;
        let steps = i32::try_from(view.snapshot.step).unwrap_or(i32::MAX);
        Some(1.0 - decay.powi(steps)).filter(|correction| *correction > 0.0)
    };
    value.correction.or_else(usual).unwrap_or(1.0)
}

/// A correction with four digits: near 0 it is what a value is divided by, near 1 it hardly matters.
fn said(correction: f64) -> String {
    if correction < 0.1 { text::number(correction) } else { format!("{correction:.4}") }
}

/// What the correction makes of the chosen value.
fn compare(view: &View<'_>, value: &NamedView) -> Option<String> {
    let correction =
        Some(correction(view, value)).filter(|correction| said(*correction) != said(1.0) && !value.scalar)?;
    let (plain, corrected) = (text::short(value.rms), text::short(value.rms / correction));
    let own = if value.uncorrected { ", which this rule does not do" } else { "" };
    // `5.00 divided by 0.3439` would be read as what is still to be done.
    Some(format!("rms {plain} without the correction, {corrected} with it: {plain} / {}{own}", said(correction)))
}

/// The chosen value in a sentence; the table beside it has the rms already.
fn explain(value: &NamedView, with_rms: bool, look: Look) -> String {
    let kind = match value.times {
        _ if value.kept => "state".to_owned(),
        0 | 1 => "recomputed every step".to_owned(),
        times => format!("recomputed every step, the last of {times} values"),
    };
    if value.scalar {
        return format!("{}: one number, {}, {kind}", value.name, text::number(value.mean));
    }
    let own = value.shape.map_or_else(String::new, |sides| format!("{}, ", shape(&sides)));
    let mut told = format!(
        "{}: {kind}, {own}{}mean {}, range {} {} {}",
        value.name,
        if with_rms { format!("rms {}, ", text::short(value.rms)) } else { String::new() },
        text::short(value.mean),
        text::short(value.min),
        look.pick("…", ".."),
        text::short(value.max)
    );
    if let (Some(decay), Some(window)) = (value.decay, window(value)) {
        let _ = write!(told, ". Window about {window} steps (b = {})", text::filled(decay));
    }
    if let Some(correction) = value.correction {
        let _ = write!(told, ". Correction 1-b^t = {}", said(correction));
    }
    told
}

fn nothing_kept(view: &View<'_>) -> String {
    let rule = &view.snapshot.rule;
    let of_two = view.scripts.iter().any(|script| {
        let is_the_rules = Path::new(&script.source.name).file_stem().is_some_and(|stem| stem == rule.as_str());
        is_the_rules && script.source.text.contains("fn second_point(")
    });
    let gradients = if of_two { "two gradients" } else { "gradient" };
    format!("{rule} keeps nothing from step to step: each update is made of this step's {gradients} alone.")
}

/// The columns of the table, as far as they have room: names and sizes first, then the trend, the correction, the ends.
struct Columns {
    name: usize,
    ends: bool,
    correction: bool,
    trend: usize,
}

impl Columns {
    fn fit(width: usize, state: &StateView) -> Self {
        let name = state.values.iter().map(|value| text::width(&value.name)).max().unwrap_or(0);
        // The names of what functions make are longer: they have them where the trend has room beside them.
        let name = name.clamp(5, if width >= 48 { 20 } else { 14 }) + 1;
        let mut left = width.saturating_sub(name + 10);
        let trend_wanted = 10;
        let correction = state.values.iter().any(|value| value.correction.is_some()) && left >= 9 + trend_wanted;
        left -= if correction { 9 } else { 0 };
        let ends = left >= 20 + trend_wanted;
        left -= if ends { 20 } else { 0 };
        Self { name, ends, correction, trend: left.saturating_sub(2).min(48) }
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
