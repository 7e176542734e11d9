//! Numbers, and orders, that are drawn for each student by the name, so that neighbours have other ones. The same name has
//! the same ones on every machine and in every release; no name has ones of its own. Never judges.

use rand::Rng;

use super::judge::answer::fold;
use crate::lab::plan::task::{Form, Question, TaskKind, TaskPlan};
use crate::random::{Purpose, hash, stream};

/// The numbers of a task for a student, by their names; none where a task draws none.
pub fn numbers(lab: &str, task: &TaskPlan, student: &str) -> Vec<(String, f64)> {
    let TaskKind::Question(Question { draw, .. }) = &task.kind else { return Vec::new() };
    let drawn = draw.iter().map(|one| {
        let at = below(one.values.len(), &mut draws(lab, &task.id, student, &one.name));
        (one.name.clone(), one.values[at])
    });
    drawn.collect()
}

/// The things that are to be put in order, as a student sees them: in an order that says nothing of the right one.
pub fn order(lab: &str, task: &TaskPlan, student: &str) -> Vec<String> {
    let TaskKind::Question(Question { form: Form::Order(items), .. }) = &task.kind else { return Vec::new() };
    // Sorted first: a lab that was packed has them in another order than the one that grades it.
    let mut shown = items.clone();
    shown.sort();
    let mut draws = draws(lab, &task.id, student, "");
    for last in (1..shown.len()).rev() {
        shown.swap(last, below(last + 1, &mut draws));
    }
    shown
}

/// A text in which `{beta}` is the number of that name.
pub fn fill(text: &str, numbers: &[(String, f64)]) -> String {
    let mut filled = text.to_owned();
    for (name, value) in numbers {
        filled = filled.replace(&format!("{{{name}}}"), &value.to_string());
    }
    filled
}

/// The stream of one name of a task. Case, blanks and accents of a student's name are of no account.
fn draws(lab: &str, task: &str, student: &str, name: &str) -> impl Rng {
    stream(hash(&fold(student)), Purpose::Task, hash(&format!("{lab}/{task}")), hash(name))
}

/// A whole number below a bound, which is small beside 2^64.
fn below(bound: usize, draws: &mut impl Rng) -> usize {
    ((u128::from(draws.next_u64()) * bound as u128) >> 64) as usize
}
