//! The Graph pane: a scripted activation, loss or landscape as its computation graph, one line an operation. The cursor down
//! is the forward pass, in which values appear one by one; up is the backward pass, in which gradients appear one by one.

mod table;

use std::fmt::Write;

use ratatui::layout::Size;

use crate::error::scrub_line;
use crate::snapshot::{Differentiated, OperationGraph, OperationKind};
use crate::ui::canvas::pen::Pen;
use crate::ui::keys::{Binding, Press};
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::{Answer, Pane, PaneKind, View, titled};
use table::Table;

/// The pane.
pub static PANE: PaneKind = PaneKind {
    name: "graph",
    title: "Graph",
    keys: &[
        Binding::press(Press::Down, "forward", "forward: the value of the next operation"),
        Binding::press(Press::Up, "backward", "backward from the last line: the gradient of the next"),
        Binding::press(Press::Left, "", "the unit or output before"),
        Binding::press(Press::Right, "", "the next unit or output"),
        Binding::press(Press::Enter, "next function", "the next activation or loss of the lab"),
        Binding::press(Press::PageUp, "", "backward by a page"),
        Binding::press(Press::PageDown, "", "forward by a page"),
        Binding::press(Press::First, "", "backward to the first line"),
        Binding::press(Press::Last, "", "forward to the last line"),
        Binding::letter("x", "", "both passes begin again"),
    ],
    opens_for: |scripts, listed| listed || scripts.iter().any(crate::lab::ScriptText::is_differentiated),
    suits: |snapshot| snapshot.operations.is_some(),
    look_for: |_| {
        "Go down to the last line, then up: each gradient is the sum, over the lines that use the value, of that line's \
         gradient times its local derivative; a value used twice adds. Do finite differences say the same? Behind `floor` \
         or the branch of a `where` that is not taken it is 0."
    },
    tells_the_end: false,
    open: || Box::<Graph>::default(),
};

/// Where the passes are.
#[derive(Debug, Default)]
struct Graph {
    /// The place of the function among those of the lab.
    function: usize,
    passes: Passes,
}

/// How far the forward and the backward pass are, and the line under the cursor.
#[derive(Debug, Default, Clone, Copy)]
struct Passes {
    row: usize,
    /// The last line whose value is known.
    forward: usize,
    /// The first line whose gradient is known; none before the backward pass.
    backward: Option<usize>,
}

impl Passes {
    /// As far as they can be in a graph of so many lines: an edited script may have fewer.
    fn within(self, lines: usize) -> Self {
        let last = lines.saturating_sub(1);
        let whole = self.forward >= last;
        let Self { row, forward, backward } = self;
        let backward = backward.filter(|_| whole).map(|first| first.min(last));
        Self { row: row.min(last), forward: forward.min(last), backward }
    }

    /// The cursor goes to a row. Down it computes values, and with the last one the backward pass begins: the derivative of
    /// the value by itself is 1. From there up it computes gradients; a cursor that turned earlier computes nothing.
    fn go(&mut self, to: usize, last: usize) {
        let row = to.min(last);
        self.forward = self.forward.max(row);
        self.backward = match self.backward {
            Some(first) => Some(first.min(row)),
            None => (row == last).then_some(last),
        };
        self.row = row;
    }

    fn knows_value(&self, row: usize) -> bool {
        row <= self.forward
    }

    fn knows_gradient(&self, row: usize) -> bool {
        self.backward.is_some_and(|first| row >= first)
    }
}

impl Graph {
    fn shown<'a>(&self, view: &View<'a>) -> Option<&'a OperationGraph> {
        let graphs = &view.snapshot.operations.as_ref()?.graphs;
        graphs.get(self.function.min(graphs.len().saturating_sub(1)))
    }

    fn passes(&self, graph: &OperationGraph) -> Passes {
        self.passes.within(graph.lines.len())
    }

    /// Moves the cursor; a word if it stands at the end already.
    fn walk(&mut self, press: Press, graph: &OperationGraph, size: Size) -> Option<&'static str> {
        let last = graph.lines.len().saturating_sub(1);
        let mut passes = self.passes(graph);
        let page = usize::from(size.height.saturating_sub(1)).max(1);
        let said = match (press, passes.row, passes.backward) {
            (Press::Down | Press::PageDown | Press::Last, row, _) if row == last && last > 0 => {
                Some("all values are there: up goes backward")
            }
            (Press::Up | Press::PageUp | Press::First, 0, Some(0)) => Some("both passes are done: x begins again"),
            (Press::Up | Press::PageUp | Press::First, 0, _) => {
                Some("down goes forward; backward begins at the last line")
            }
            _ => None,
        };
        let to = match press {
            Press::Up => passes.row.saturating_sub(1),
            Press::Down => passes.row + 1,
            Press::PageUp => passes.row.saturating_sub(page),
            Press::PageDown => passes.row + page,
            Press::First => 0,
            Press::Last => last,
            _ => passes.row,
        };
        passes.go(to, last);
        self.passes = passes;
        said
    }
}

impl Pane for Graph {
    fn heading(&self, view: &View<'_>) -> (String, String) {
        let title = titled(view, "Graph");
        let Some(graph) = self.shown(view) else { return (title, String::new()) };
        let dot = view.look.dot();
        let (name, whose) = (name(graph), whose(graph));
        let left = match whose.as_str() {
            "" => format!("{title} {dot} {name}"),
            whose => format!("{title} {dot} {name} {dot} {whose}\n{title} {dot} {name}"),
        };
        (left, self.progress(view, graph))
    }

    fn describe(&self, view: &View<'_>) -> String {
        let title = titled(view, "Graph");
        let Some(graph) = self.shown(view) else { return format!("{title}: its numbers have not been computed yet.") };
        let passes = self.passes(graph);
        let whose = whose(graph);
        let of = if whose.is_empty() { String::new() } else { format!(" for {whose}") };
        let mut said = format!("{title}: {}{of}, {} lines", name(graph), graph.lines.len());
        for (row, line) in graph.lines.iter().enumerate().take_while(|(row, _)| passes.knows_value(*row)).take(24) {
            let _ = write!(said, "; {}", table::equation(graph, row));
            let _ = write!(said, " = {}", table::value(line));
            if passes.knows_gradient(row) && line.kind != OperationKind::Mask {
                let _ = write!(said, ", gradient {}", table::number(line.gradient));
                if let Some(slope) = line.differences {
                    let _ = write!(said, " (by differences {})", table::number(slope));
                }
            }
        }
        said + "."
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let Some(graph) = self.shown(view) else {
            pen.paragraph(0, "The numbers come with the next picture.", Role::Dim);
            return;
        };
        Table { graph, passes: self.passes(graph), look: view.look, focused: view.focused }.draw(pen);
    }

    fn row(&mut self) -> Option<&mut usize> {
        None
    }

    fn rows(&self, view: &View<'_>, _size: Size) -> usize {
        self.shown(view).map_or(1, |graph| graph.lines.len())
    }

    fn scroll(&mut self, press: Press, view: &View<'_>, size: Size) {
        if let Some(graph) = self.shown(view) {
            self.walk(press, graph, size);
        }
    }

    fn act(&mut self, press: Press, view: &View<'_>, size: Size) -> Answer {
        let Some(graph) = self.shown(view) else { return Answer::default() };
        match press {
            Press::Left | Press::Right => beside(graph, press),
            Press::Enter => {
                let all = view.snapshot.operations.as_ref().map_or(0, |view| view.graphs.len());
                if all < 2 {
                    return Answer::notice("there is no other: the lab has this one alone");
                }
                self.function = (self.function.min(all - 1) + 1) % all;
                self.passes = Passes::default();
                Answer::default()
            }
            Press::Letter('x') => {
                self.passes = Passes::default();
                Answer::default()
            }
            _ => Answer { notice: self.walk(press, graph, size).map(str::to_owned), ..Answer::default() },
        }
    }

    fn script(&self, view: &View<'_>) -> Option<String> {
        self.shown(view).map(|graph| graph.source.clone())
    }

    fn copy(&self, view: &View<'_>) -> Option<String> {
        let graph = self.shown(view)?;
        Some(table::as_text(graph, self.passes(graph), view.snapshot.step))
    }
}

impl Graph {
    /// How far the passes are, and which of several functions this is.
    fn progress(&self, view: &View<'_>, graph: &OperationGraph) -> String {
        let passes = self.passes(graph);
        let count = graph.lines.len();
        let pass = match passes.backward {
            Some(first) => format!("backward {} of {count}", count - first),
            None => format!("forward {} of {count}", passes.forward + 1),
        };
        let Some(all) = &view.snapshot.operations else { return pass };
        let mut forms = vec![pass];
        if all.step != view.snapshot.step {
            forms.insert(0, format!("{}, step {}", forms[0], all.step));
        }
        if all.graphs.len() > 1 {
            forms.insert(0, format!("{} of {} (Enter), {}", self.function + 1, all.graphs.len(), forms[0]));
        }
        forms.join("\n")
    }
}

/// The script's name.
fn name(graph: &OperationGraph) -> String {
    let file = graph.source.rsplit(['/', '\\']).next().unwrap_or_default();
    scrub_line(file.strip_suffix(".rhai").unwrap_or(file))
}

/// For what of the run it is worked through.
fn whose(graph: &OperationGraph) -> String {
    match graph.of {
        Differentiated::Activation { layer, unit, .. } => format!("layer {layer}, unit {unit}, first sample"),
        Differentiated::Loss { output, .. } => format!("output {output}, first sample"),
        Differentiated::Landscape => String::new(),
    }
}

/// To the unit or output beside the one that is shown.
fn beside(graph: &OperationGraph, press: Press) -> Answer {
    let [before, after] = graph.beside;
    let (to, what) = match (press, graph.of) {
        (_, Differentiated::Landscape) => return Answer::notice("a landscape is worked through where the run stands"),
        (Press::Left, Differentiated::Activation { .. }) => (before, "this is the first unit of the layer"),
        (Press::Left, _) => (before, "this is the first output"),
        (_, Differentiated::Activation { .. }) => (after, "this is the last unit of the layer"),
        _ => (after, "this is the last output"),
    };
    match to {
        Some((parameter, element)) => {
            Answer { parameter: Some(parameter), element: Some(element), ..Answer::default() }
        }
        None => Answer::notice(what),
    }
}

#[cfg(test)]
mod tests;
