//! Numbers that are drawn: whatever a student draws, the answer is a number, and the student is told what was drawn.

use super::Findings;
use crate::error::Error;
use crate::lab::plan::task::{Draw, Question, Right, TaskPlan};
use crate::script::arithmetic;

/// The most draws of which all are tried together; of more than these each value is tried beside the first, the middle and the
/// last of all others.
const MOST_TOGETHER: usize = 5_000;

/// What is wrong with what a question draws.
pub(super) fn check(task: &TaskPlan, question: &Question) -> Findings {
    let mut findings = Findings::default();
    for draw in &question.draw {
        if !task.say.contains(&format!("{{{}}}", draw.name)) {
            let warning = Error::check(format!("the task `{}` draws `{}` and does not say it", task.id, draw.name));
            let help = format!("write `{{{}}}` in `say`, where the number is to stand", draw.name);
            findings.warnings.push(warning.at(task.place.clone()).help(help));
        }
    }
    let Some(Right::Number { expression, .. }) = &question.right else { return findings };
    let wrong = drawn(&question.draw).into_iter().find_map(|numbers| {
        let why = match arithmetic(expression, &numbers) {
            Ok(value) if value.is_finite() => return None,
            Ok(value) => format!("it is {value}"),
            Err(error) => error.what().to_owned(),
        };
        Some((numbers, why))
    });
    if let Some((numbers, why)) = wrong {
        let numbers: Vec<String> = numbers.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let error = Error::check(format!("the answer of `{}` is no number for {}", task.id, numbers.join(", ")));
        let help = format!("`{expression}`: {why}; take the value out of `draw`");
        findings.errors.push(error.at(task.place.clone()).help(help));
    }
    findings
}

/// What is tried.
fn drawn(draws: &[Draw]) -> Vec<Vec<(String, f64)>> {
    let together = draws.iter().try_fold(1_usize, |all, draw| all.checked_mul(draw.values.len()));
    let value = |draw: &Draw, at: usize| (draw.name.clone(), draw.values[at.min(draw.values.len() - 1)]);
    if let Some(together) = together.filter(|together| (1..=MOST_TOGETHER).contains(together)) {
        let nth = |mut at: usize| {
            let digit = |draw: &Draw| {
                let digit = at % draw.values.len();
                at /= draw.values.len();
                value(draw, digit)
            };
            draws.iter().map(digit).collect()
        };
        return (0..together).map(nth).collect();
    }
    let mut all = Vec::new();
    for (own, draw) in draws.iter().enumerate() {
        for at in 0..draw.values.len() {
            for part in 0..3 {
                let other = |other: &Draw| value(other, (other.values.len() - 1) * part / 2);
                let numbers = draws.iter().enumerate();
                let number = |(place, draw): (usize, &Draw)| if place == own { value(draw, at) } else { other(draw) };
                all.push(numbers.map(number).collect());
            }
        }
    }
    all
}
