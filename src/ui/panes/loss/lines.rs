//! The lines of the Loss pane: their layers, colours, marks and names.

use super::axis::Frame;
use super::before;
use crate::snapshot::{Map, Snapshot};
use crate::ui::canvas::ends::{Label, number};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::plot::steps;
use crate::ui::canvas::raster::Layer;
use crate::ui::canvas::text;
use crate::ui::look::theme::{Role, Theme};
use crate::ui::panes::pane::View;

/// From this height on the runs of a race have a row for their names.
pub(super) const LEGEND: usize = 6;

pub(super) const BATCH: usize = 0;
/// The other runs of a race, of which there are eight at most, lie below the lines of the one that is shown.
pub(super) const OTHERS: usize = 1;
pub(super) const SMOOTH: usize = 9;
pub(super) const VALIDATION: usize = 10;

pub(super) fn is_race(snapshot: &Snapshot) -> bool {
    snapshot.race.is_some() && snapshot.racers.len() > 1
}

/// Every loss is the height of a landscape, before the step that it belongs to.
pub(super) fn is_landscape(snapshot: &Snapshot) -> bool {
    matches!(snapshot.map, Some(Map::Landscape(_)))
}

/// The smooth line of the run that is shown: in a race in the run's own colour.
pub(super) fn own_role(view: &View<'_>) -> Role {
    if is_race(view.snapshot) {
        Role::Chosen(view.snapshot.shown.min(usize::from(u8::MAX)) as u8)
    } else {
        Role::Smooth
    }
}

/// The validation line: in a race in the colour of no run, as far as there are colours.
pub(super) fn validation_role(view: &View<'_>) -> Role {
    let runs = view.snapshot.racers.len();
    if is_race(view.snapshot) && runs < SMOOTH - OTHERS && view.look.theme != Theme::Mono {
        Role::Chosen(runs as u8)
    } else {
        Role::Valid
    }
}

/// The layers of the plot, from the lowest.
pub(super) fn layers(view: &View<'_>) -> Vec<Layer> {
    let others = (0..SMOOTH - OTHERS).map(|run| Layer { role: Role::Racer(run as u8), letters: [number(run); 3] });
    let own =
        [Layer { role: own_role(view), letters: ['*'; 3] }, Layer { role: validation_role(view), letters: ['o'; 3] }];
    std::iter::once(Layer { role: Role::Batch, letters: ['\'', '.', ':'] }).chain(others).chain(own).collect()
}

/// In a race the number of each run, for the end of its line.
pub(super) fn labels(view: &View<'_>) -> Vec<Label> {
    let label = |run: usize| {
        let number = number(run).to_string();
        let role = if run == view.snapshot.shown { own_role(view) } else { Role::Racer(run as u8) };
        Label { long: number.clone(), short: number, role }
    };
    (0..view.snapshot.racers.len()).map(label).collect()
}

/// A kind of line in the legend.
#[derive(Debug, Clone)]
struct Entry {
    /// In full, and in ever fewer words.
    words: [String; 4],
    /// Stands behind them.
    mark: char,
    role: Role,
    /// What is left out last where room lacks has the lowest one.
    rank: u8,
}

/// Names the kinds of lines, each in its own style, in the middle of the row of the steps, where there is room. A run that lies
/// beside the present one is named with it. `by_hand`: the smoothing is another than the run's own.
pub(super) fn legend(view: &View<'_>, pen: &mut Pen<'_>, frame: &Frame, (by_hand, validation): (bool, bool)) {
    let look = view.look;
    let entry = |words: [&str; 4], mark, role, rank| Entry { words: words.map(str::to_owned), mark, role, rank };
    let names = before::names(view);
    let line = |name: &str| {
        let own = names.as_ref().map_or([name; 4], |[_, own]| own.each_ref().map(String::as_str));
        entry(own, look.pick('─', '*'), own_role(view), 0)
    };
    let dots = |name: &str| entry([name; 4], look.pick('⠶', ':'), Role::Batch, 3);
    let mut entries = match (is_landscape(view.snapshot), by_hand) {
        // The heights are one line.
        (true, false) => vec![line("height")],
        (true, true) => vec![dots("height"), line("smooth")],
        (false, _) => vec![dots("batch"), line("smooth")],
    };
    if validation {
        let words = if view.snapshot.evaluates {
            ["validation of evaluate(w)", "val evaluate(w)", "val", "val"]
        } else {
            ["validation", "val", "val", "val"]
        };
        entries.push(entry(words, look.pick('╌', 'o'), validation_role(view), 2));
    }
    if let Some([other, _]) = &names {
        let other = entry(other.each_ref().map(String::as_str), look.pick('┈', '-'), Role::Dim, 1);
        entries.insert(entries.len() - 1 - usize::from(validation), other);
    }
    let left = frame.margin + 1;
    let room = pen.width().saturating_sub(left);
    // The two ends of the axis stand at its ends.
    let (first, end) = (left + 3, (left + frame.columns).saturating_sub(text::width(&steps(frame.last)) + 2));
    // In fewer words, then closer together, then without what a reader can do without first, down to the line of the run.
    let forms = [(0, 2, 3), (1, 2, 3), (1, 1, 3), (1, 1, 2), (1, 1, 1), (2, 1, 1), (3, 1, 2), (3, 1, 1), (3, 1, 0)];
    let told = forms.map(|(few, gap, most)| {
        let words = |entry: &Entry| format!("{} {}", entry.words[few], entry.mark);
        let parts = entries.iter().filter(|entry| entry.rank <= most).map(|entry| (words(entry), entry.role));
        (parts.collect::<Vec<_>>(), gap)
    });
    let wide = |parts: &[(String, Role)], gap: usize| {
        parts.iter().map(|(name, _)| text::width(name) + gap).sum::<usize>() - gap
    };
    let Some((parts, gap)) = told.into_iter().find(|(parts, gap)| first + wide(parts, *gap) <= end) else { return };
    let total = wide(&parts, gap);
    let mut x = (left + room.saturating_sub(total) / 2).clamp(first, end - total);
    for (name, role) in parts {
        x = pen.text(x, frame.rows + 1, &name, role) + gap;
    }
}

/// The names of a race's runs with their numbers in the lowest row, the one that is shown marked.
pub(super) fn names(view: &View<'_>, pen: &mut Pen<'_>, row: usize) {
    let snapshot = view.snapshot;
    let Some(race) = &snapshot.race else { return };
    let width = pen.width();
    let wide = |name: &str| text::width(name) + 2;
    let shown = usize::from(snapshot.shown < race.runs.len()) * 2;
    let gaps = race.runs.len().saturating_sub(1) * 2;
    // Where not all have room the longest are cut to the same width.
    let fits =
        |most: usize| race.runs.iter().map(|run| wide(&run.name).min(most + 2)).sum::<usize>() + gaps + shown <= width;
    let longest = race.runs.iter().map(|run| text::width(&run.name)).max().unwrap_or(0);
    let most = (1..=longest).rev().find(|most| fits(*most)).unwrap_or(1);
    let mut x = 0;
    for (run, runner) in race.runs.iter().enumerate() {
        let own = run == snapshot.shown;
        let role = if own { own_role(view) } else { Role::Racer(run as u8) };
        let name = text::cut(&runner.name, most, view.look.ellipsis());
        x = pen.text(x, row, &format!("{} {name}", number(run)), role);
        if own {
            pen.symbol(x + 1, row, view.look.pick('◂', '<'), Role::Key);
            x += 2;
        }
        x += 2;
    }
}
