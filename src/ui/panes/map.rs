//! The Map pane: the space that a run moves in. Which picture of it fits the lab is the snapshot's business; here each
//! kind has a file, and this one hands on to it.

mod confusion;
mod curve;
mod images;
mod landscape;
mod legend;
mod plane;
mod regions;
mod series;
mod weights;

use ratatui::layout::Size;

use crate::snapshot::{Map, Point, Score, Snapshot};
use crate::ui::canvas::pen::Pen;
use crate::ui::keys::{Binding, Press};
use crate::ui::panes::pane::{Pane, PaneKind, View, titled, write_invitation};

/// The pane.
pub static PANE: PaneKind = PaneKind {
    name: "map",
    title: "Map",
    keys: &[Binding::UP, Binding::DOWN, Binding::PAGE_UP, Binding::PAGE_DOWN, Binding::FIRST, Binding::LAST],
    opens_for: |_, _| true,
    suits: |snapshot| snapshot.series.is_some() || snapshot.map.is_some(),
    look_for,
    tells_the_end: false,
    open: || Box::<MapPane>::default(),
};

/// The keys of an average that is chosen.
const OF_SERIES: &[Binding] = &[
    Binding::press(Press::Up, "", "choose the line above in the list, or the values"),
    Binding::press(Press::Down, "", "choose the line below in the list"),
];

/// The keys that do something in the picture that is shown.
pub(super) fn keys(snapshot: &Snapshot) -> &'static [Binding] {
    match (&snapshot.series, &snapshot.map) {
        (Some(_), _) => OF_SERIES,
        (None, _) => PANE.keys,
    }
}

/// The class or the average under the cursor.
#[derive(Debug, Default)]
struct MapPane {
    row: usize,
}

impl Pane for MapPane {
    fn heading(&self, view: &View<'_>) -> (String, String) {
        let (left, right) = match (&view.snapshot.series, &view.snapshot.map) {
            (Some(series), _) => series::heading(view, series),
            (None, Some(Map::Regions(map))) => regions::heading(view, map),
            (None, Some(Map::Confusion(map))) => confusion::heading(view, map),
            (None, Some(Map::Curve(map))) => curve::heading(view, map),
            (None, Some(Map::Landscape(map))) => landscape::heading(view, map),
            (None, None) => ("Map".into(), String::new()),
        };
        // Where there is no room for all of it, the title tells what is seen.
        let plain = left.replacen(&evaluated(view), "", 1);
        (if plain == left { left } else { format!("{left}\n{plain}") }, right)
    }

    fn rows(&self, view: &View<'_>, size: Size) -> usize {
        match (&view.snapshot.series, &view.snapshot.map) {
            (Some(series), _) => series::rows(series),
            (None, Some(Map::Confusion(map))) => confusion::rows(map, size),
            _ => 1,
        }
    }

    fn describe(&self, view: &View<'_>) -> String {
        match (&view.snapshot.series, &view.snapshot.map) {
            (Some(series), _) => series::describe(view, series),
            (None, Some(Map::Regions(map))) => regions::describe(view, map),
            (None, Some(Map::Confusion(map))) => confusion::describe(view, map),
            (None, Some(Map::Curve(map))) => curve::describe(view, map),
            (None, Some(Map::Landscape(map))) => landscape::describe(view, map),
            (None, None) => "Map: there is no picture that fits this lab.".into(),
        }
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        match (&view.snapshot.series, &view.snapshot.map) {
            (Some(series), _) => series::draw(view, series, self.row, pen),
            (None, Some(Map::Regions(map))) => regions::draw(view, map, pen),
            (None, Some(Map::Confusion(map))) => confusion::draw(view, map, self.row, pen),
            (None, Some(Map::Curve(map))) => curve::draw(view, map, pen),
            (None, Some(Map::Landscape(map))) => landscape::draw(view, map, pen),
            (None, None) => write_invitation(view, pen),
        }
    }

    fn row(&mut self) -> Option<&mut usize> {
        Some(&mut self.row)
    }
}

/// What to look for in the picture that is shown.
fn look_for(snapshot: &Snapshot) -> &'static str {
    match (&snapshot.series, &snapshot.map) {
        (Some(_), _) => series::LOOK_FOR,
        (None, Some(Map::Regions(map))) => regions::look_for(map),
        (None, Some(Map::Confusion(_))) => confusion::LOOK_FOR,
        (None, Some(Map::Curve(_))) => curve::LOOK_FOR,
        (None, Some(Map::Landscape(_))) => landscape::LOOK_FOR,
        (None, None) => "See what the network answers for every input, or where the weights walk.",
    }
}

/// `Map`, in a race with the name of the run whose network it is.
fn whose(view: &View<'_>) -> String {
    // Over a landscape all run, and the arrows are those of the lab's own.
    match view.snapshot.race.as_ref().and_then(|race| race.runs.first()) {
        Some(own) if matches!(view.snapshot.map, Some(Map::Landscape(_))) => {
            format!("Map {} {}", view.look.dot(), own.name)
        }
        _ => format!("{}{}", titled(view, "Map"), evaluated(view)),
    }
}

/// Behind the title where the network that is shown is not that of the weights in training.
fn evaluated(view: &View<'_>) -> String {
    let others = view.snapshot.evaluates && !matches!(view.snapshot.map, Some(Map::Landscape(_)));
    if others { format!(" {} of evaluate(w)", view.look.dot()) } else { String::new() }
}

/// `validation 94.2 %`
fn share(score: Score) -> String {
    let part = if score.held_out { "validation" } else { "training" };
    format!("{part} {:.1} %", 100.0 * score.right as f64 / score.of.max(1) as f64)
}

/// The root of the mean square of what numbers are off by, over the samples that are shown of the part held out, or of the
/// other if there is none; and which part that is.
fn off(points: &[Point]) -> Option<(f64, &'static str)> {
    let held_out = points.iter().any(|point| point.held_out);
    let of = points.iter().filter(|point| point.held_out == held_out);
    let squares: Vec<f64> = of.map(|point| f64::from(point.answer - point.truth).powi(2)).collect();
    let mean = squares.iter().sum::<f64>() / squares.len() as f64;
    mean.is_finite().then(|| (mean.sqrt(), if held_out { "validation" } else { "training" }))
}

#[cfg(test)]
mod tests;
