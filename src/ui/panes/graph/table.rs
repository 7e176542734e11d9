//! The lines of a computation graph as a table, and below it what made the numbers of the line under the cursor. What no
//! pass has computed yet is a dot. Every number stands whole.

use std::fmt::Write;

use crate::snapshot::{Formula, Operand, OperationGraph, OperationKind, OperationLine};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::{Look, Role};
use crate::ui::panes::graph::Passes;
use crate::ui::panes::pane::first_shown;

/// The most columns of a number with the blanks before it.
const NUMBER: usize = 12;
/// The fewest columns of the operations, and of the local derivatives.
const OPERATION: usize = 16;
const LOCAL: usize = 12;
/// The heading of the gradients by finite differences, and where room lacks.
const DIFFERENCES: [&str; 2] = ["differences", "diffs"];
/// Rows of what is said of the line under the cursor.
const SAID: usize = 4;

/// A graph as it is drawn.
pub(super) struct Table<'a> {
    pub graph: &'a OperationGraph,
    pub passes: Passes,
    pub look: Look,
    pub focused: bool,
}

/// The widths of the columns; 0 where one has no room.
struct Columns {
    line: usize,
    operation: usize,
    /// Of the values, and of the gradients.
    numbers: [usize; 2],
    local: usize,
    differences: usize,
}

impl Table<'_> {
    pub fn draw(&self, pen: &mut Pen<'_>) {
        let (width, height) = (pen.width(), pen.height());
        let lines = &self.graph.lines;
        let said = self.said(width);
        let wanted = 1 + lines.len();
        // What is said comes first up to half of the room, then the table, then the rest of what is said.
        let below = said.len().min(height.saturating_sub(wanted).max(height.saturating_sub(3) / 2)).min(height / 2);
        let rows = height.saturating_sub(below);
        self.table(&mut pen.part(0, 0, width, rows));
        for (y, (line, role)) in said.into_iter().take(below).enumerate() {
            pen.text(0, rows + y, &line, role);
        }
    }

    fn columns(&self, width: usize) -> Columns {
        let lines = &self.graph.lines;
        let widest = |of: &dyn Fn(usize) -> String| (0..lines.len()).map(|at| text::width(&of(at))).max().unwrap_or(0);
        let operation = widest(&|at| equation(self.graph, at)).max("operation".len());
        let local = widest(&|at| self.local(at)) + 2;
        let line = if lines.iter().any(|line| line.line.is_some()) { 5 } else { 0 };
        // As wide as its widest number, which all passes know alike: what is saved here another column needs.
        let number = |heading: &str, of: &dyn Fn(&OperationLine) -> String| {
            let widest = lines.iter().map(|line| text::width(&of(line))).max().unwrap_or(0);
            widest.max(heading.len()) + 2
        };
        let [apart, least_apart] = DIFFERENCES.map(|heading| {
            number(heading, &|line| {
                let said = line.differences.map_or_else(|| "-".to_owned(), self::number);
                if line.corner { format!("~{said}") } else { said }
            })
        });
        let numbers =
            [number("value", &value).min(NUMBER), number("gradient", &|line| self::number(line.gradient)).min(NUMBER)];
        let room = width.saturating_sub(2 + numbers[0] + numbers[1]);
        let least = operation.min(OPERATION);
        // The most wanted first: some room for the local derivatives, of which gradients are made, gradients by differences, the
        // script's lines, then all of the operations and of the derivatives.
        let mut left = room.saturating_sub(least);
        let mut take = |least: usize, wanted: usize| {
            let given = if left >= least { wanted.min(left) } else { 0 };
            left -= given;
            given
        };
        let derivatives = take(LOCAL.min(local), LOCAL.min(local));
        let differences = take(least_apart, apart);
        let line = if differences < apart { 0 } else { take(line, line) };
        let operation = least + take(0, operation - least);
        let local = if derivatives == 0 { 0 } else { derivatives + take(0, local - derivatives) };
        Columns { line, operation, numbers, local, differences }
    }

    fn table(&self, pen: &mut Pen<'_>) {
        let (width, height) = (pen.width(), pen.height().saturating_sub(1));
        let columns = self.columns(width);
        let Columns { line: numbers, operation, numbers: [value_columns, gradient_columns], local, differences } =
            columns;
        let values = 2 + numbers + operation;
        if numbers > 0 {
            pen.text(2, 0, "line", Role::Dim);
        }
        pen.text(2 + numbers, 0, "operation", Role::Dim);
        pen.text(values, 0, &format!("{:>value_columns$}", "value"), Role::Dim);
        if local > 0 {
            pen.text(values + value_columns + 2, 0, "local", Role::Dim);
        }
        let gradients = values + value_columns + local;
        pen.text(gradients, 0, &format!("{:>gradient_columns$}", "gradient"), Role::Dim);
        if differences > 0 {
            let heading = text::longest(DIFFERENCES, differences - 2).unwrap_or_default();
            pen.text(gradients + gradient_columns, 0, &format!("{heading:>differences$}"), Role::Dim);
        }
        let lines = &self.graph.lines;
        let first = first_shown(self.passes.row, lines.len(), height);
        let none = self.look.pick('·', '.').to_string();
        for (at, line) in lines.iter().enumerate().skip(first).take(height) {
            let y = 1 + at - first;
            let (value, gradient) = (self.passes.knows_value(at), self.passes.knows_gradient(at));
            if at == self.passes.row {
                pen.symbol(0, y, self.look.pick('▶', '>'), Role::Key);
            }
            if let (Some(number), true) = (line.line, numbers > 0) {
                pen.text(2, y, &format!("{number:>3}"), Role::Dim);
            }
            let said = text::cut(&equation(self.graph, at), operation, self.look.ellipsis());
            pen.text(2 + numbers, y, &said, if value { Role::Strong } else { Role::Text });
            if at == self.passes.row && self.focused {
                pen.part(2 + numbers, y, operation, 1).row_style(0, Role::Selected);
            }
            let cell = |known: bool, number: Option<f64>| match number {
                _ if !known => (none.clone(), Role::Dim),
                None => ("-".into(), Role::Dim),
                Some(number) => (self::number(number), if number.is_finite() { Role::Text } else { Role::Bad }),
            };
            let (said, role) = match line.kind {
                OperationKind::Mask if value => (truth(line.value).to_owned(), Role::Text),
                _ => cell(value, Some(line.value)),
            };
            pen.text(values, y, &format!("{said:>value_columns$}"), role);
            if local > 0 && line.kind != OperationKind::Input {
                let said = if value { self.local(at) } else { none.clone() };
                let said = text::cut(&said, local.saturating_sub(2), self.look.ellipsis());
                pen.text(values + value_columns + 2, y, &said, if value { Role::Text } else { Role::Dim });
            }
            let own = Some(line.gradient).filter(|_| line.kind != OperationKind::Mask);
            let (said, role) = cell(gradient, own);
            let role = if gradient && own.is_some() && role == Role::Text { Role::Strong } else { role };
            pen.text(gradients, y, &format!("{said:>gradient_columns$}"), role);
            if differences > 0 {
                let (mut said, mut role) = cell(gradient, line.differences);
                if gradient && line.corner {
                    // A mark goes with the colour.
                    (said, role) = (format!("~{said}"), Role::Warn);
                }
                pen.text(gradients + gradient_columns, y, &format!("{said:>differences$}"), role);
            }
        }
        if height < lines.len() {
            pen.scroll_marks(first > 0, first + height < lines.len());
        }
    }

    /// The derivatives of a line by its operands; those of one that is used twice are added.
    fn local(&self, at: usize) -> String {
        let line = &self.graph.lines[at];
        if line.kind == OperationKind::Mask {
            return "none".into();
        }
        let mut said: Vec<(usize, String)> = Vec::new();
        for (operand, slope) in &line.slopes {
            match said.iter_mut().find(|(known, _)| known == operand) {
                Some((_, slopes)) => {
                    let _ = write!(slopes, " + {}", number(*slope));
                }
                None => said.push((*operand, number(*slope))),
            }
        }
        let said: Vec<String> =
            said.into_iter().map(|(at, slopes)| format!("{}: {slopes}", self.graph.lines[at].name)).collect();
        said.join("  ")
    }

    /// What is said of the line under the cursor: how it is computed, its derivatives, and what its gradient is the sum of.
    fn said(&self, width: usize) -> Vec<(String, Role)> {
        let row = self.passes.row;
        let Some(line) = self.graph.lines.get(row) else { return Vec::new() };
        let mut said = Vec::new();
        let mut add = |text: &str, role: Role| {
            said.extend(text::wrap(text, width).into_iter().map(|line| (line, role)));
        };
        if self.passes.knows_gradient(row) && line.kind != OperationKind::Mask {
            add(&gradient(self.graph, row), Role::Text);
            if let Some(slope) = line.differences.filter(|_| line.corner) {
                let said = format!("A corner or a jump lies here: differences, {}, are no derivative.", number(slope));
                add(&said, Role::Warn);
            }
        } else if line.kind != OperationKind::Input {
            let place = line.line.map_or_else(String::new, |line| format!("line {line}: "));
            let local = self.local(row);
            let local = if local.is_empty() || line.kind == OperationKind::Mask {
                String::new()
            } else {
                format!("; derivative by {}", local.replace("  ", ", by "))
            };
            add(&format!("{place}{} = {}{local}", equation(self.graph, row), value(line)), Role::Text);
        }
        if let Some(why) = why(line) {
            add(why, Role::Dim);
        }
        if self.passes.knows_gradient(row) && !line.gathered.is_empty() && self.graph.is_of_several() {
            add("[.., all outputs]: what all outputs of the sample pass back together.", Role::Dim);
        }
        if self.graph.left_out > 0 {
            let said = format!(
                "{} operations before these are not shown; they may use these values, too.",
                self.graph.left_out
            );
            add(&said, Role::Dim);
        }
        said.truncate(SAID);
        said
    }
}

/// A number of the table: no sign before 0.
pub(super) fn number(value: f64) -> String {
    text::filled_to(value + 0.0, 5)
}

fn truth(mask: f64) -> &'static str {
    if mask == 0.0 { "false" } else { "true" }
}

/// A value as it is told: of a comparison whether it holds.
pub(super) fn value(line: &OperationLine) -> String {
    if line.kind == OperationKind::Mask { truth(line.value).into() } else { number(line.value) }
}

/// `t1 = x * y`; for what goes in its name alone.
pub(super) fn equation(graph: &OperationGraph, at: usize) -> String {
    let line = &graph.lines[at];
    match &line.formula {
        None => line.name.clone(),
        Some(formula) => format!("{} = {}", line.name, words(graph, formula)),
    }
}

fn words(graph: &OperationGraph, formula: &Formula<Operand>) -> String {
    formula.text(&|operand| match operand {
        Operand::Line(at) => graph.lines.get(*at).map_or_else(String::new, |line| line.name.clone()),
        Operand::Number(value) => text::filled(*value),
        Operand::LeftOut => "..".into(),
    })
}

/// Why a derivative is what it is, where it surprises.
fn why(line: &OperationLine) -> Option<&'static str> {
    match line.kind {
        OperationKind::Mask => Some("True or false: no gradient passes back through it."),
        OperationKind::Flat => Some("Flat but for jumps: slope 0, no gradient passes back."),
        OperationKind::Branch => Some("Two sides: the gradient passes back through the one taken."),
        OperationKind::Input | OperationKind::Smooth => None,
    }
}

/// Of what a gradient is the sum: for each line that uses the value, that line's gradient times its derivative by it.
fn gradient(graph: &OperationGraph, row: usize) -> String {
    let line = &graph.lines[row];
    let own = format!("gradient of {}", line.name);
    if line.parts.is_empty() {
        return if row + 1 == graph.lines.len() {
            format!("{own} = 1: the value by itself. Backward begins here.")
        } else {
            format!("{own} = {}: only lines without a slope use it.", number(line.gradient))
        };
    }
    let mut seen = Vec::new();
    let terms = line.parts.iter().map(|(user, part)| {
        let by = &graph.lines[*user];
        let before = seen.iter().filter(|other| *other == user).count();
        seen.push(*user);
        let slopes = by.slopes.iter().filter(|(operand, _)| *operand == row);
        let factors = slopes.map(|(_, slope)| *slope).nth(before);
        match factors {
            // Of what comes from other outputs too, this output's numbers tell a part alone.
            _ if line.gathered.contains(user) && graph.is_of_several() => {
                format!("{} [{}, all outputs]", number(*part), by.name)
            }
            Some(slope) => format!("{} * {} [{}]", number(by.gradient), bracketed(slope), by.name),
            None => format!("{} [{}]", number(*part), by.name),
        }
    });
    let terms: Vec<String> = terms.collect();
    format!("{own} = {} = {}", terms.join(" + "), number(line.gradient))
}

fn bracketed(value: f64) -> String {
    if value < 0.0 { format!("({})", number(value)) } else { number(value) }
}

/// The table as text, to be pasted elsewhere.
pub(super) fn as_text(graph: &OperationGraph, passes: Passes, step: u64) -> String {
    let mut said = format!("{} at step {step}\n", crate::ui::panes::graph::name(graph));
    for (at, line) in graph.lines.iter().enumerate().take_while(|(at, _)| passes.knows_value(*at)) {
        let _ = write!(said, "{} = {}", equation(graph, at), value(line));
        if passes.knows_gradient(at) && line.kind != OperationKind::Mask {
            let _ = write!(said, "   // {}", gradient(graph, at));
            if let Some(slope) = line.differences {
                let _ = write!(said, "; by differences {}", number(slope));
            }
        }
        said.push('\n');
    }
    said
}
