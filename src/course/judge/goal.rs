//! Tasks of kind `goal`: the trusted lab with only what may be edited of the student's, run anew on each seed until its checks
//! hold, it ends, or the budget is spent.

mod seed;
#[cfg(test)]
mod tests;

use super::margin::{Call, sides};
use super::{Submitted, Trusted};
use crate::lab::plan::Subject;
use crate::lab::plan::task::{Budget, Goal, TaskPlan};
use crate::snapshot::{Outcome, Verdict};
use crate::train::Length;
use seed::{Met, SeedRun, Tried, short};

/// Judges the files as they stand.
pub(super) fn judge(trusted: &Trusted<'_>, task: &TaskPlan, goal: &Goal, submitted: &Submitted) -> Verdict {
    let mut seeds = if goal.seeds.is_empty() { vec![trusted.lab.seed] } else { goal.seeds.clone() };
    let shown = seeds.len();
    if trusted.hidden {
        seeds.extend(&goal.hidden_seeds);
    }
    let need = goal.need.unwrap_or(seeds.len()).min(seeds.len());
    let one = SeedRun { trusted, goal, submitted, limit: budget(trusted, goal) };
    let mut tried: Vec<Tried> = Vec::with_capacity(seeds.len());
    for seed in &seeds {
        match one.tried(*seed) {
            Ok(of_seed) => tried.push(of_seed),
            Err(error) => {
                let lines = error.help_lines().to_vec();
                return Verdict { details: lines, ..Verdict::of(Outcome::Error, error.to_string()) };
            }
        }
    }
    let name =
        |at: usize| if at < shown { (seeds[at].to_string(), false) } else { ((at + 1 - shown).to_string(), true) };
    let counts: Vec<usize> =
        (0..goal.marks.len()).map(|mark| tried.iter().filter(|tried| tried.marks[mark].held()).count()).collect();
    let held = |mark: usize| counts[mark] >= need;
    let points = goal.marks.iter().enumerate().filter(|(mark, _)| held(*mark)).map(|(_, mark)| mark.points).sum();
    let all = (0..goal.marks.len()).all(held);
    Verdict {
        outcome: if all { Outcome::Passed } else { Outcome::Failed },
        points: if all { task.points } else { points },
        message: message(goal, &counts, need, seeds.len()),
        details: details(goal, &tried, name),
        margin: margin(&tried, &counts, need),
    }
}

/// How long a run may take.
pub(in crate::course) fn budget(trusted: &Trusted<'_>, goal: &Goal) -> Budget {
    let own = match (&trusted.lab.subject, &trusted.lab.descent) {
        (Subject::Series(_), _) | (_, None) => return Budget::Steps(u64::MAX),
        (_, Some(descent)) => descent.training.length,
    };
    match (goal.budget, own) {
        // The whole way over a landscape is one epoch.
        (Some(Budget::Epochs(epochs)), Length::Steps(steps))
            if matches!(trusted.lab.subject, Subject::Landscape(_)) =>
        {
            Budget::Steps(epochs.saturating_mul(steps))
        }
        (Some(budget), _) => budget,
        (None, Length::Epochs(epochs)) => Budget::Epochs(epochs.saturating_mul(2)),
        (None, Length::Steps(steps)) => Budget::Steps(steps.saturating_mul(2)),
    }
}

fn message(goal: &Goal, counts: &[usize], need: usize, seeds: usize) -> String {
    if let [count] = counts {
        return match (seeds, *count >= need) {
            (1, true) => "The check holds.".to_owned(),
            (1, false) => "The check does not hold yet.".to_owned(),
            (_, true) => format!("The check holds on {count} of {seeds} seeds."),
            (_, false) => format!("The check holds on {count} of {seeds} seeds; {need} are needed."),
        };
    }
    let held = counts.iter().filter(|count| **count >= need).count();
    let on = match seeds {
        1 => String::new(),
        _ if need == seeds => format!(" on all {seeds} seeds"),
        _ => format!(" on at least {need} of {seeds} seeds"),
    };
    format!("{held} of {} checks {}{on}.", goal.marks.len(), if held == 1 { "holds" } else { "hold" })
}

/// A line for each check, and for each way in which it went: seeds that fail alike are told in one.
fn details(goal: &Goal, tried: &[Tried], name: impl Fn(usize) -> (String, bool)) -> Vec<String> {
    let mut lines = Vec::new();
    for (mark, check) in goal.marks.iter().enumerate() {
        let diverged = |tried: &Tried| tried.end.starts_with("; it diverged");
        let several = goal.marks.len() > 1;
        // A check that is one comparison stands there already where it is named.
        let stands = if several { check.check.trim() } else { "" };
        let said: Vec<(String, bool)> =
            tried.iter().map(|tried| (went(&tried.marks[mark], tried, stands), diverged(tried))).collect();
        for (at, way) in said.iter().enumerate() {
            if said[..at].contains(way) {
                continue;
            }
            let alike: Vec<usize> = (at..said.len()).filter(|other| said[*other] == *way).collect();
            let check = if several { format!("`{}` ", check.check) } else { String::new() };
            let nearest = alike.iter().filter_map(|at| match &tried[*at].marks[mark] {
                Met::Missed { nearest: Some((place, margin)) } => Some((*at, place, margin)),
                _ => None,
            });
            let nearest = nearest.reduce(|best, other| if other.2.by > best.2.by { other } else { best });
            let nearest = nearest.map_or_else(String::new, |(at, place, margin)| {
                let on = if alike.len() > 1 { format!(" on {}", names(&[at], &name)) } else { String::new() };
                format!("; nearest{on} at {place}, {}", missed(margin, stands))
            });
            lines.push(format!(
                "{}: {check}{}{nearest}{}",
                names(&alike, &name),
                way.0,
                end(tried, &alike, mark, &name)
            ));
        }
    }
    lines
}

/// By how much a check holds at best, with the two sides of the comparison that says so unless it `stands` there already.
fn held(Call { by, of }: &Call, stands: &str) -> String {
    let code = |side: &str| if side.parse::<f64>().is_ok() { side.to_owned() } else { format!("`{side}`") };
    match (short(by.abs()).as_str(), sides(of)) {
        ("0", _) if of == stands => ", but just".to_owned(),
        ("0", _) => format!(", but `{of}` just"),
        (by, Some((left, word, right))) if of != stands => {
            let where_to = if word.starts_with('<') { "below" } else { "above" };
            format!(" (at best {} was {by} {where_to} {})", code(left), code(right))
        }
        (by, _) => format!(" (at best by {by})"),
    }
}

/// How near a check that does not hold came, with the comparison that says so unless it `stands` there already.
fn missed(Call { by, of }: &Call, stands: &str) -> String {
    let named = if of == stands { String::new() } else { format!("where `{of}` is ") };
    match short(by.abs()).as_str() {
        "0" => format!("{named}just missed"),
        by => format!("{named}missed by {by}"),
    }
}

/// How a check went on a seed, but for how near it came.
fn went(met: &Met, tried: &Tried, stands: &str) -> String {
    match met {
        Met::Held { at, margin } => {
            let by = margin.as_ref().map_or_else(String::new, |margin| held(margin, stands));
            format!("holds at {at}{by}")
        }
        // A run that broke off did not use up what it had.
        Met::Missed { .. } if tried.end.is_empty() => format!("does not hold within {}", tried.length),
        Met::Missed { .. } => "does not hold".to_owned(),
    }
}

/// What else there is to say of the ends of runs on which a check does not hold: that of all of them, or of the first.
fn end(tried: &[Tried], alike: &[usize], mark: usize, name: &impl Fn(usize) -> (String, bool)) -> String {
    let Some(first) = alike.first().filter(|first| !tried[**first].marks[mark].held()) else { return String::new() };
    let said = &tried[*first].end;
    if alike.iter().all(|at| tried[*at].end == *said) {
        return said.clone();
    }
    format!("{said} ({})", names(&[*first], name))
}

/// `seed 7`, `seeds 7, 8`, `hidden seed 1`, `seeds 7, 8 and hidden seed 1`; a seed's name is told with whether it is hidden.
fn names(places: &[usize], name: &impl Fn(usize) -> (String, bool)) -> String {
    let all: Vec<(String, bool)> = places.iter().map(|at| name(*at)).collect();
    let of = |hidden: bool| -> Option<String> {
        let own: Vec<&str> = all.iter().filter(|(_, own)| *own == hidden).map(|(name, _)| name.as_str()).collect();
        let before = if hidden { "hidden " } else { "" };
        (!own.is_empty()).then(|| format!("{before}seed{} {}", if own.len() > 1 { "s" } else { "" }, own.join(", ")))
    };
    [of(false), of(true)].into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

/// The nearest call: of the check that does not hold the nearest miss, else of all the one that held by least.
fn margin(tried: &[Tried], counts: &[usize], need: usize) -> Option<f64> {
    let missed = counts.iter().enumerate().filter(|(_, count)| **count < need).map(|(mark, _)| mark);
    let misses: Vec<usize> = missed.collect();
    if misses.is_empty() {
        let held = tried.iter().flat_map(|tried| &tried.marks).filter_map(|met| match met {
            Met::Held { margin, .. } => margin.as_ref().map(|margin| margin.by),
            Met::Missed { .. } => None,
        });
        return held.reduce(f64::min);
    }
    let nearest =
        misses.iter().flat_map(|mark| tried.iter().map(move |tried| &tried.marks[*mark])).filter_map(|met| match met {
            Met::Missed { nearest } => nearest.as_ref().map(|(_, margin)| margin.by),
            Met::Held { .. } => None,
        });
    nearest.reduce(f64::max)
}
