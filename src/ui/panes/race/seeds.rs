//! The table of the Race pane of a race on several seeds: a row for each run, sorted by its median, with the spread, the
//! seeds on which it was first, and its number on the seed whose race the other panes show.

use crate::snapshot::{Rank, Seeds, SeedsRow, Standing};
use crate::ui::canvas::ends::number;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::View;
use crate::ui::panes::pane::capital;
use crate::ui::panes::race::table::ranked;

/// What stands in a column of a run, and how.
type Cell<'c> = &'c dyn Fn(usize) -> (String, Role);

/// The seeds, if there is anything in their table yet.
pub fn shown<'a>(view: &View<'a>) -> Option<&'a Seeds> {
    view.snapshot.seeds.as_ref().filter(|seeds| !seeds.done.is_empty())
}

/// The runs as their table has them; forks, which are on no other seed, come last.
pub fn order(seeds: &Seeds, race: &Standing) -> Vec<usize> {
    let known = seeds.rows().into_iter().map(|row| row.run).filter(|run| *run < race.runs.len());
    known.chain(seeds.names.len()..race.runs.len()).collect()
}

/// The right title in several forms, the longest first.
pub fn heading(seeds: &Seeds) -> String {
    let so_far = seeds.so_far();
    if seeds.stopped.is_some() {
        return if seeds.is_done() { so_far } else { format!("stopped at {so_far}\n{so_far}") };
    }
    let winner = seeds
        .winner()
        .map(|name| format!("{name} has the best median of {} seeds\n", seeds.count()))
        .unwrap_or_default();
    format!("{winner}{so_far}")
}

/// The lines about seeds below the table, the most wanted first.
pub fn notes(seeds: &Seeds) -> Vec<String> {
    let verdict = seeds.verdict().filter(|_| seeds.stopped.is_none());
    seeds.open().into_iter().chain(verdict).chain(seeds.firsts()).chain(seeds.broken()).collect()
}

/// What `d` says of them.
pub fn described(seeds: &Seeds) -> String {
    let rank = seeds.rules.rank;
    let told = |row: &SeedsRow| {
        let name = &seeds.names[row.run];
        format!("{name} {}, {}, first on {}", rank.told(row.median), row.spread(seeds), row.first_on(seeds))
    };
    let rows: Vec<String> = seeds.rows().iter().map(told).collect();
    let table = if seeds.done.is_empty() {
        String::new()
    } else {
        format!("By {}, with the lowest and the highest: {}. ", seeds.ranked_by(), rows.join("; "))
    };
    // A name keeps its letters also where a sentence begins.
    let is_name = |note: &str| seeds.names.iter().any(|name| note.starts_with(&format!("{name} ")));
    let told = |note: String| if is_name(&note) { note + ". " } else { capital(&note) + ". " };
    let notes: String = notes(seeds).into_iter().map(told).collect();
    format!("{} ({}). {table}{notes}", seeds.so_far(), seeds.named())
}

/// A row a run. An arrow marks the one that the other panes show.
pub fn draw(view: &View<'_>, (race, seeds): (&Standing, &Seeds), chosen: usize, pen: &mut Pen<'_>) {
    let rank = seeds.rules.rank;
    let rows = seeds.rows();
    let of = |run: usize| rows.iter().find(|row| row.run == run);
    let cell = |run: usize, told: &dyn Fn(&SeedsRow) -> String| of(run).map_or_else(|| "-".to_owned(), told);
    let own = format!("seed {}", view.snapshot.seed);
    // The most wanted first; a column that does not fit is left out, and so is what would follow it.
    let median = |run: usize| (cell(run, &|row| rank.told(row.median)), Role::Text);
    let first = |run: usize| (cell(run, &|row| row.first_on(seeds)), Role::Text);
    let spread = |run: usize| (cell(run, &|row| row.spread(seeds)), Role::Text);
    let shown = |run: usize| ranked(race, run);
    let accuracy = |run: usize| (cell(run, &|row| Rank::ValAccuracy.told(row.val_accuracy)), Role::Text);
    let mut columns: Vec<(&str, Cell<'_>)> = vec![("median", &median), ("first on", &first)];
    if rank != Rank::ValAccuracy && rows.iter().any(|row| row.val_accuracy.is_some()) {
        columns.push((Rank::ValAccuracy.label(), &accuracy));
    }
    columns.push(("lowest to highest", &spread));
    columns.push((&own, &shown));
    let names = race.runs.iter().map(|run| text::width(&run.name)).max().unwrap_or(0).max(8) + 2;
    pen.text(2, 0, if seeds.is_done() { "best first" } else { "so far" }, Role::Dim);
    let order = order(seeds, race);
    for (row, run) in order.iter().enumerate() {
        let (role, name) = (Role::Racer(*run as u8), &race.runs[*run].name);
        pen.text(0, row + 1, &number(*run).to_string(), role);
        pen.text(2, row + 1, name, role);
        if *run == view.snapshot.shown {
            pen.symbol(3 + text::width(name), row + 1, view.look.pick('◂', '<'), Role::Key);
        }
        if view.focused && row == chosen.min(order.len() - 1) {
            pen.part(0, row + 1, 3 + text::width(name), 1).row_style(0, Role::Selected);
        }
    }
    let mut x = 4 + names;
    for (heading, told) in columns {
        let cells: Vec<(String, Role)> = order.iter().map(|run| told(*run)).collect();
        let widest = cells.iter().map(|(cell, _)| text::width(cell)).max().unwrap_or(0);
        let width = 2 + widest.max(text::width(heading));
        if x + width > pen.width() {
            break;
        }
        pen.text(x, 0, &format!("{heading:>width$}"), Role::Dim);
        for (row, (cell, role)) in cells.iter().enumerate() {
            pen.text(x, row + 1, &format!("{cell:>width$}"), *role);
        }
        x += width;
    }
}

#[cfg(test)]
mod tests;
