//! The Race pane: the smooth losses of all runs in one chart, and below it who is ahead where all have come equally far,
//! with what `optlab train` tells at the end: at equal samples, at equal time, and where the curves separate.

mod chart;
mod seeds;
mod table;

use std::fmt::Write;

use ratatui::layout::Size;

use crate::session::Command;
use crate::snapshot::{Lock, Order, Rank, Ranking, Snapshot, Standing, TimeRanking};
use crate::ui::canvas::ends::number;
use crate::ui::canvas::markdown;
use crate::ui::canvas::pen::Pen;
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
        Binding::press(Press::Enter, "show", "show the run under the cursor in all panes"),
        Binding::UP,
        Binding::DOWN,
    ],
    opens_for: |_, _| true,
    suits: |snapshot| snapshot.race.is_some(),
    look_for: |snapshot| match snapshot.seeds {
        Some(_) => {
            "Each seed draws other data, first weights and batches, and who is first on one may be behind on the next: \
             so the runs are ranked by the median over all seeds, and the spread tells how far a single one can be trusted."
        }
        None => look_at_one(snapshot),
    },
    tells_the_end: false,
    open: || Box::<Race>::default(),
};

/// What to look for in a race on one seed.
fn look_at_one(snapshot: &Snapshot) -> &'static str {
    match snapshot.race.as_ref().map(|race| race.rules.lock) {
        Some(Lock::Samples | Lock::Epochs) => {
            "All runs start from the same weights and have seen as much of the data; one with smaller batches has made \
             more steps for it."
        }
        _ => {
            "All runs start from the same weights and see the same batches, so every difference is the rule's; one that \
             is ahead at equal steps may be behind at equal time."
        }
    }
}

/// The run under the cursor, by its place in the ranking.
#[derive(Debug, Default)]
struct Race {
    row: usize,
}

impl Pane for Race {
    fn heading(&self, view: &View<'_>) -> (String, String) {
        let Some(race) = &view.snapshot.race else { return ("Race".into(), String::new()) };
        if let Some(seeds) = &view.snapshot.seeds {
            return ("Race".into(), seeds::heading(seeds));
        }
        // Where no two differ nobody is ahead.
        let who = match race.leaders()[..] {
            [] => return ("Race".into(), String::new()),
            [one] => format!("{one} is ahead"),
            ref all if all.len() == race.runs.len() => format!("all {} are alike", all.len()),
            [one, other] => format!("{one} and {other} are ahead, alike,"),
            ref several => format!("{} runs are ahead, alike,", several.len()),
        };
        ("Race".into(), format!("{who} at {}", place(race, race.main())))
    }

    fn describe(&self, view: &View<'_>) -> String {
        let Some(race) = &view.snapshot.race else { return "Race: this lab has no `compare`, so no racers.".into() };
        // Where no run has a number that ranks it there is no order to tell.
        let (what, main) = race.rankings()[0];
        let (rank, seed) = (race.rules.rank.named_in_full(race.is_on_landscape()), view.snapshot.seed);
        let mut said = match (&view.snapshot.seeds, scored(main).next()) {
            (Some(seeds), Some(_)) => {
                format!("Race, {}On seed {seed}, by {rank}, best first", seeds::described(seeds))
            }
            (Some(seeds), None) => {
                format!("Race, {}On seed {seed}, at {}", seeds::described(seeds), Standing::so_far(what, main))
            }
            (None, Some(_)) => format!("Race, by {rank}, best first"),
            (None, None) => format!("Race at {}", Standing::so_far(what, main)),
        };
        let told = race.rankings().into_iter().filter(|(_, ranking)| scored(ranking).next().is_some());
        for (at, (what, ranking)) in told.enumerate() {
            let (far, order) = (Standing::so_far(what, ranking), race.order(ranking, Order::Scores));
            let of = race.evaluated_after().filter(|_| at == 0);
            let of = of.map_or_else(String::new, |epoch| format!(", evaluated after epoch {epoch},"));
            let _ = write!(said, "{} at {far}{of} {order}", if at == 0 { ":" } else { ";" });
        }
        let _ = write!(said, "; {}. ", race.timed(Order::Scores));
        if let Some(unevaluated) = race.unevaluated() {
            let _ = write!(said, "{}{}. ", unevaluated[..1].to_uppercase(), &unevaluated[1..]);
        }
        for runner in &race.runs {
            // Those that have ended with all others need no words.
            let others = race.runs.iter().any(|other| other.step != runner.step);
            if let Some(over) = runner.over().filter(|_| others || runner.status.is_broken()) {
                let _ = write!(said, "{} {over}. ", runner.name);
            }
        }
        let separate = race.separations();
        format!("{said}{}{}.", separate[..1].to_uppercase(), &separate[1..])
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let Some(race) = &view.snapshot.race else {
            let said = "This lab has no racers: `compare` names them.";
            return markdown::draw(&markdown::words(said, Role::Dim, pen.width()), pen);
        };
        if race.runs.iter().all(|run| run.step == 0) {
            return write_invitation(view, pen);
        }
        let (columns, rows) = (pen.width(), pen.height());
        let on_seeds = view.snapshot.seeds.as_ref().map(seeds::notes).unwrap_or_default();
        let on_seeds = on_seeds.iter().flat_map(|note| text::wrap(note, columns));
        let notes = notes_of(race, columns).into_iter().map(|note| match &view.snapshot.seeds {
            // What follows is of this seed alone.
            Some(_) => format!("seed {}: {note}", view.snapshot.seed),
            None => note,
        });
        let notes: Vec<String> = on_seeds.chain(notes).collect();
        // The table has a line of headings and a row a run; the chart takes its place before the notes do.
        let table = 1 + race.runs.len();
        let left = rows.saturating_sub(table);
        let lines = if left >= chart::LEAST { left - chart::LEAST } else { left }.min(notes.len());
        let chart = left - lines;
        let chart = if chart >= chart::LEAST { chart } else { 0 };
        if chart > 0 {
            chart::draw(view, race, &mut pen.part(0, 0, columns, chart));
        }
        let rest = &mut pen.part(0, chart, columns, table);
        match seeds::shown(view) {
            Some(seeds) => seeds::draw(view, (race, seeds), self.row, rest),
            None => table::draw(view, race, self.row, rest),
        }
        for (row, note) in notes.into_iter().take(lines).enumerate() {
            pen.text(0, chart + table + row, &text::cut(&note, columns, view.look.ellipsis()), Role::Dim);
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
        let run = match seeds::shown(view) {
            Some(seeds) => *seeds::order(seeds, race).get(self.row)?,
            None => *race.main().order.get(self.row)?,
        };
        let effects = vec![Effect::Send(Command::Show(run))];
        Some(Answer { effects, ..Answer::notice(format!("all panes show {}", race.runs[run].name)) })
    }
}

/// How far all are in a ranking by what holds them together.
fn place(race: &Standing, ranking: &Ranking) -> String {
    match race.rules.lock {
        Lock::Steps => format!("step {}", ranking.at),
        lock => Standing::so_far(lock.word(), ranking),
    }
}

/// The runs that have a score, best first: one that was not evaluated by then is neither ahead nor behind.
fn scored(ranking: &Ranking) -> impl Iterator<Item = usize> + '_ {
    ranking.order.iter().copied().filter(|run| ranking.scores[*run].is_some())
}

/// The order at equal time by the numbers that the runs have in the table; none where there is no order.
fn timed_by_numbers(race: &Standing) -> Option<String> {
    let TimeRanking::Ranked { ranking, close } = &race.equal_time else { return None };
    let sign = if race.rules.rank == Rank::ValAccuracy { " > " } else { " < " };
    let one = |(at, run): (usize, &usize)| {
        let before = at.checked_sub(1).map(|before| if close[before] { " ~ " } else { sign });
        format!("{}{}", before.unwrap_or_default(), number(*run))
    };
    Some(format!("equal time (~ close): {}", ranking.order.iter().enumerate().map(one).collect::<String>()))
}

/// The lines below the table, in at most so many columns.
fn notes_of(race: &Standing, columns: usize) -> Vec<String> {
    // The groups into which runs fall apart take room; the first step at which they do is told in any case.
    let first = race.first_separation();
    let separate = text::longest([race.separations(), first.clone()], columns).unwrap_or(first);
    // The first ranking is the table.
    let others = race.rankings().into_iter().skip(1).filter(|(_, ranking)| scored(ranking).count() > 1);
    let others = others.map(|(what, ranking)| {
        // The table above has the names; where they do not fit here it is enough that their order is the same.
        let same = scored(ranking).eq(scored(race.main())).then(|| race.ranked_alike(what, ranking));
        let told = race.ranked(what, ranking, Order::Names);
        // Whose number is missing is told by the table, too.
        let ranked = told.split("; ").next().map(str::to_owned);
        text::longest([told.clone()].into_iter().chain(ranked).chain(same), columns).unwrap_or(told)
    });
    let timed = race.timed(Order::Names);
    // What a mark means is never cut off from it; the table has the numbers of the runs.
    let shorter = match timed.split_once(" (~ too close)") {
        Some((order, _)) => order.replacen("equal time (", "time (~ close, ", 1),
        None => timed.split(", ").next().unwrap_or_default().to_owned(),
    };
    let forms = [timed.clone(), shorter].into_iter().chain(timed_by_numbers(race));
    let timed = text::longest(forms, columns).unwrap_or(timed);
    // Whose number is missing, and that there is none, the table tells, too.
    let unevaluated = race.unevaluated().map(|told| {
        let few = [told.split(": ").next(), told.split(" of ").next()].into_iter().flatten().map(str::to_owned);
        text::longest([told.clone()].into_iter().chain(few), columns).unwrap_or(told)
    });
    unevaluated.into_iter().chain(others).chain([timed, separate]).collect()
}

#[cfg(test)]
mod tests;
