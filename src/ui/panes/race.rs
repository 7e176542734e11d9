//! The Race pane: the smooth losses of all runs in one chart, each ended by its number, and below it who is ahead at
//! equal steps, with what `optlab train` tells at the end: at equal gradients, at equal time, and where they part.

use std::fmt::Write;

use ratatui::layout::Size;

use crate::session::Command;
use crate::snapshot::Status;
use crate::snapshot::{Ranking, Standing};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::plot::{Plot, draw_axes, steps};
use crate::ui::canvas::raster::{Layer, Raster};
use crate::ui::canvas::scale::{Scale, last_step};
use crate::ui::canvas::text;
use crate::ui::host::Effect;
use crate::ui::keys::{Binding, Press};
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::{Answer, Pane, PaneKind, View, write_invitation};

/// The pane.
pub static PANE: PaneKind = PaneKind {
    name: "race",
    title: "Race",
    keys: &[
        Binding::press(Press::Enter, "show", "show the state of the run under the cursor in all panes"),
        Binding::UP,
        Binding::DOWN,
    ],
    opens_for: |_| true,
    suits: |snapshot| snapshot.race.is_some(),
    look_for: |_| {
        "All runs start from the same weights and see the same batches, so every difference is the rule's; one that \
               is ahead at equal steps may be behind at equal time."
    },
    tells_the_end: false,
    open: || Box::<Race>::default(),
};

/// The run under the cursor, by its place in the ranking.
#[derive(Debug, Default)]
struct Race {
    row: usize,
}

impl Pane for Race {
    fn heading(&self, view: &View<'_>) -> (String, String) {
        let Some(race) = &view.snapshot.race else { return ("Race".into(), String::new()) };
        // Where no two differ nobody is ahead.
        let ahead = leader(race, &race.equal_steps).filter(|_| first_parting(race).is_some());
        (
            "Race".into(),
            ahead.map_or_else(String::new, |name| format!("{name} is ahead at step {}", race.equal_steps.at)),
        )
    }

    fn describe(&self, view: &View<'_>) -> String {
        let Some(race) = &view.snapshot.race else { return "Race: this lab has nobody to race against.".into() };
        let mut said = String::from("Race");
        for (what, ranking) in race.rankings() {
            let at = if what == "seconds" { text::short(ranking.at) } else { format!("{}", ranking.at) };
            let _ = write!(said, "{} at {at} {what} ", if what == "steps" { ":" } else { ";" });
            let one = |run: &usize| format!("{} {}", race.runs[*run].name, text::maybe(ranking.losses[*run]));
            said += &ranking.order.iter().map(one).collect::<Vec<_>>().join(", ");
        }
        match first_parting(race) {
            Some(step) => said + format!(". Losses first part at step {step}.").as_str(),
            None => said + ". No two losses differ so far.",
        }
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let Some(race) = &view.snapshot.race else {
            pen.text(0, 0, "This lab has nobody to race against: `compare` names racers.", Role::Dim);
            return;
        };
        if view.snapshot.step == 0 {
            return write_invitation(pen);
        }
        let (columns, rows) = (pen.width(), pen.height());
        // The table has a line of headings, a row a run, and up to three lines below it.
        let table = 1 + race.runs.len();
        let notes = rows.saturating_sub(table).min(3);
        let chart = rows.saturating_sub(table + notes);
        if chart >= CHART {
            chart_of(view, race, &mut pen.part(0, 0, columns, chart));
        }
        let top = if chart >= CHART { chart } else { 0 };
        table_of(view, race, self.row, &mut pen.part(0, top, columns, table));
        for (row, note) in notes_of(race).into_iter().take(notes).enumerate() {
            pen.text(0, top + table + row, &text::cut(&note, columns, view.look.ellipsis()), Role::Dim);
        }
    }

    fn row(&mut self) -> Option<&mut usize> {
        Some(&mut self.row)
    }

    fn rows(&self, view: &View<'_>, _size: Size) -> usize {
        view.snapshot.race.as_ref().map_or(1, |race| race.runs.len().max(1))
    }

    fn act(&mut self, press: Press, view: &View<'_>, size: Size) -> Answer {
        if press == Press::Enter {
            return self.show(view).unwrap_or_default();
        }
        self.scroll(press, view, size);
        Answer::default()
    }
}

impl Race {
    /// All panes show the run under the cursor from now on.
    fn show(&self, view: &View<'_>) -> Option<Answer> {
        let race = view.live.race.as_ref()?;
        let run = *race.equal_steps.order.get(self.row)?;
        let effects = vec![Effect::Send(Command::Show(run))];
        Some(Answer { effects, ..Answer::notice(format!("all panes show {}", race.runs[run].name)) })
    }
}

/// Rows of a chart that is worth its place.
const CHART: usize = 6;

/// The name of the first, if it has a loss.
fn leader<'r>(race: &'r Standing, ranking: &Ranking) -> Option<&'r str> {
    let first = *ranking.order.first()?;
    ranking.losses[first].map(|_| race.runs[first].name.as_str())
}

/// The first step at which any two differ.
fn first_parting(race: &Standing) -> Option<u64> {
    race.partings.iter().filter_map(|parting| parting.step).min()
}

/// Every run's smooth loss over the steps, with its number where it ends.
fn chart_of(view: &View<'_>, race: &Standing, pen: &mut Pen<'_>) {
    let racers = &view.snapshot.racers;
    let values = || racers.iter().flat_map(|line| &line.buckets).map(|bucket| bucket.mean);
    let log = values().all(|value| value.is_nan() || value > 0.0);
    let rows = pen.height().saturating_sub(2);
    let Some(scale) = Scale::covering(values(), log) else { return };
    let labels = scale.labels(rows);
    let margin = labels.iter().map(|(_, label)| text::width(label)).max().unwrap_or(0) + 1;
    // A column at the right holds the numbers.
    let columns = pen.width().saturating_sub(margin + 3);
    if rows < 2 || columns < 4 {
        return;
    }
    let last = last_step(view.snapshot.step, view.snapshot.steps_total);
    draw_axes(pen, &labels, margin, (rows, columns), ("0", &steps(last)));
    let letter = |run: usize| char::from_digit(run as u32 + 1, 10).unwrap_or('?');
    let layers: Vec<Layer> =
        (0..race.runs.len()).map(|run| Layer { role: Role::Racer(run as u8), letters: [letter(run); 3] }).collect();
    let mut plot = Plot { raster: Raster::new(columns, rows, view.look.unicode, &layers), scale, last };
    let mut ends = Vec::new();
    // The lab's own run lies on top.
    for (run, line) in racers.iter().enumerate().rev() {
        plot.means(run, line);
        let end = line.buckets.iter().rposition(|bucket| bucket.mean.is_finite());
        ends.extend(end.and_then(|end| Some((run, end, plot.y(line.buckets[end].mean)?))));
    }
    plot.raster.paint(&mut pen.part(margin + 1, 0, columns, rows));
    for (run, end, y) in ends {
        let step = ((end as u64 + 1) * racers[run].width).min(last);
        let x = (step as f64 / last.max(1) as f64 * columns as f64).round() as usize;
        let row = y * rows / plot.raster.height().max(1);
        pen.symbol(margin + 1 + x.min(columns) + usize::from(x < columns), row, letter(run), Role::Racer(run as u8));
    }
}

/// A row a run, the one ahead first. An arrow marks the one that the other panes show.
fn table_of(view: &View<'_>, race: &Standing, chosen: usize, pen: &mut Pen<'_>) {
    let names = race.runs.iter().map(|run| text::width(&run.name)).max().unwrap_or(0).max(4) + 2;
    // From the left: number, name, loss; then what there is room for.
    let wanted = [("loss", 10), ("valid", 10), ("right", 8), ("seconds", 9), ("steps", 9)];
    let mut room = pen.width().saturating_sub(4 + names);
    let shown: Vec<_> = wanted
        .into_iter()
        .take_while(|(_, width)| {
            let fits = room >= *width;
            room = room.saturating_sub(*width);
            fits
        })
        .collect();
    let mut x = 4 + names;
    for (name, width) in &shown {
        pen.text(x, 0, &format!("{name:>width$}"), Role::Dim);
        x += width;
    }
    for (row, run) in race.equal_steps.order.iter().enumerate() {
        let runner = &race.runs[*run];
        let role = Role::Racer(*run as u8);
        pen.text(0, row + 1, &format!("{}", run + 1), role);
        pen.text(2, row + 1, &runner.name, role);
        if *run == view.snapshot.shown {
            pen.symbol(3 + text::width(&runner.name), row + 1, view.look.pick('◂', '<'), Role::Key);
        }
        if view.focused && row == chosen.min(race.runs.len() - 1) {
            pen.part(0, row + 1, 3 + text::width(&runner.name), 1).row_style(0, Role::Selected);
        }
        let epoch = runner.epoch.as_ref();
        let mut x = 4 + names;
        for (name, width) in &shown {
            let value = match *name {
                "loss" => text::maybe(race.equal_steps.losses[*run]),
                "valid" => text::maybe(epoch.and_then(|epoch| epoch.val_loss)),
                "right" => epoch
                    .and_then(|epoch| epoch.val_accuracy.or(epoch.train_accuracy))
                    .map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share)),
                "seconds" => format!("{:.3}", runner.seconds),
                _ => runner.step.to_string(),
            };
            let broken = matches!(runner.status, Status::Diverged(_) | Status::Failed(_));
            let (value, role) = if *name == "loss" && broken {
                (runner.status.word().to_owned(), Role::Bad)
            } else {
                (value, Role::Text)
            };
            pen.text(x, row + 1, &format!("{value:>width$}"), role);
            x += width;
        }
    }
}

fn notes_of(race: &Standing) -> Vec<String> {
    let names = |ranking: &Ranking| {
        ranking.order.iter().map(|run| race.runs[*run].name.as_str()).collect::<Vec<_>>().join(" < ")
    };
    let parted = match first_parting(race) {
        Some(step) => format!("losses first part at step {step}"),
        None => "no two losses differ so far".to_owned(),
    };
    vec![
        format!("equal gradients ({}): {}", race.equal_gradients.at, names(&race.equal_gradients)),
        format!("equal time ({} s): {}", text::short(race.equal_time.at), names(&race.equal_time)),
        parted,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::tests::fixture::{self, pane_picture};

    #[test]
    fn a_race_in_a_large_pane() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::race(), (76, 18), true));
    }

    #[test]
    fn a_race_in_ascii() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::race(), (58, 18), false));
    }

    #[test]
    fn a_race_in_a_small_pane() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::race(), (38, 8), true));
    }

    #[test]
    fn a_lab_without_racers_has_no_such_pane() {
        assert!((PANE.suits)(&fixture::race()) && !(PANE.suits)(&fixture::healthy()));
    }

    #[test]
    fn nobody_is_ahead_where_no_two_losses_differ() {
        let mut snapshot = fixture::race();
        assert!(pane_picture(&PANE, &snapshot, (60, 8), true).contains("adam is ahead"));
        let race = snapshot.race.as_mut().unwrap();
        race.partings.iter_mut().for_each(|parting| parting.step = None);
        assert!(!pane_picture(&PANE, &snapshot, (60, 8), true).contains("is ahead"));
    }

    #[test]
    fn the_sentence_has_the_numbers() {
        insta::assert_snapshot!(fixture::described(&PANE, &fixture::race()));
    }
}
