//! Tasks of kind `goal`: the trusted lab with only what may be edited of the student's, run anew on each seed until its checks
//! hold, it ends, or the budget is spent.

mod seed;
#[cfg(test)]
mod tests;

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
        |at: usize| if at < shown { format!("seed {}", seeds[at]) } else { format!("hidden seed {}", at + 1 - shown) };
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

/// A line for each seed and check.
fn details(goal: &Goal, tried: &[Tried], name: impl Fn(usize) -> String) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, tried) in tried.iter().enumerate() {
        for (mark, met) in goal.marks.iter().zip(&tried.marks) {
            let check = if goal.marks.len() > 1 { format!("`{}` ", mark.check) } else { String::new() };
            let said = match met {
                Met::Held { at, margin } => {
                    let by = margin.map_or_else(String::new, |by| format!(", by up to {}", short(by.abs())));
                    format!("holds at {at}{by}")
                }
                Met::Missed { nearest } => {
                    let nearest = nearest.as_ref().map_or_else(String::new, |(at, margin)| {
                        format!("; nearest at {at}, short by {}", short(margin.abs()))
                    });
                    // A run that broke off did not use up what it had.
                    let within = if tried.end.is_empty() { format!(" within {}", tried.length) } else { String::new() };
                    format!("does not hold{within}{nearest}{}", tried.end)
                }
            };
            lines.push(format!("{}: {check}{said}", name(at)));
        }
    }
    lines
}

/// The nearest call: of the check that does not hold the nearest miss, else of all the one that held by least.
fn margin(tried: &[Tried], counts: &[usize], need: usize) -> Option<f64> {
    let missed = counts.iter().enumerate().filter(|(_, count)| **count < need).map(|(mark, _)| mark);
    let misses: Vec<usize> = missed.collect();
    if misses.is_empty() {
        let held = tried.iter().flat_map(|tried| &tried.marks).filter_map(|met| match met {
            Met::Held { margin, .. } => *margin,
            Met::Missed { .. } => None,
        });
        return held.reduce(f64::min);
    }
    let nearest =
        misses.iter().flat_map(|mark| tried.iter().map(move |tried| &tried.marks[*mark])).filter_map(|met| match met {
            Met::Missed { nearest } => nearest.as_ref().map(|(_, margin)| *margin),
            Met::Held { .. } => None,
        });
    nearest.reduce(f64::max)
}
