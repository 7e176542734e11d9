//! What is at hand to tell of a run that leaves the finite numbers: its last steps, and a sentence of advice. It looks at
//! what is there and computes nothing again.

use serde::{Deserialize, Serialize};

use crate::error::Place;
use crate::optim::BrokenOperation;
use crate::optim::{PLAIN, plain};
use crate::snapshot::Quantity;
use crate::train::objective::BrokenSlope;

/// The steps before a divergence that are told.
pub const RECENT: usize = 50;

/// The losses and gradient norms of the last steps. Allocates nothing after its making.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "RecentBytes")]
pub(crate) struct Recent {
    ring: Vec<(f64, f64)>,
    /// Where the next one goes.
    next: usize,
}

/// The same before it was checked.
#[derive(Deserialize)]
struct RecentBytes {
    ring: Vec<(f64, f64)>,
    next: usize,
}

impl TryFrom<RecentBytes> for Recent {
    type Error = &'static str;

    fn try_from(RecentBytes { ring, next }: RecentBytes) -> Result<Self, Self::Error> {
        let fits = if ring.len() < RECENT { next == ring.len() } else { ring.len() == RECENT && next < RECENT };
        if fits { Ok(Self { ring, next }) } else { Err("the last steps are not a ring") }
    }
}

impl Recent {
    pub fn new() -> Self {
        Self { ring: Vec::with_capacity(RECENT), next: 0 }
    }

    pub fn push(&mut self, loss: f64, grad_norm: f64) {
        if self.ring.len() < RECENT {
            self.ring.push((loss, grad_norm));
        } else {
            self.ring[self.next] = (loss, grad_norm);
        }
        self.next = (self.next + 1) % RECENT;
    }

    /// Losses and norms, oldest first.
    pub fn rows(&self) -> (Vec<f64>, Vec<f64>) {
        let oldest = if self.ring.len() < RECENT { 0 } else { self.next };
        self.ring[oldest..].iter().chain(&self.ring[..oldest]).copied().unzip()
    }
}

/// What may be done about a run of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// The rule has a rate.
    SmallerLr,
    /// Nothing limits the gradient yet.
    Clip,
    /// The largest feature is far from the size of 1.
    Standardize,
    /// It is a landscape.
    StartNearer,
}

/// One sentence.
pub(super) fn advice(quantity: Quantity, parameter: &str, remedies: &[Remedy]) -> String {
    if quantity == Quantity::Rate {
        return format!("look at the schedule of `{parameter}`: it gave a value that is not finite");
    }
    let phrases: Vec<&str> = remedies
        .iter()
        .map(|remedy| match remedy {
            Remedy::SmallerLr => "try a smaller lr (a tenth)",
            Remedy::Clip => "clip the gradient with `training.clip_norm: 1.0`",
            Remedy::Standardize => "standardize the data with `data.standardize: true`",
            Remedy::StartNearer => "start nearer to the bottom",
        })
        .collect();
    match phrases.split_last() {
        None => "look at the rule: it makes steps that grow without end".to_owned(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, [first])) => format!("{first}, or {last}"),
        Some((last, others)) => format!("{}, or {last}", others.join(", ")),
    }
}

/// The operation that broke, with its numbers, where it did, and its place in the script.
pub(super) fn cause(operation: &BrokenOperation, element: &str, no_gradient: bool) -> String {
    let place = operation.place.as_ref().map_or_else(String::new, |place| {
        let (line, column, file) = (place.line(), place.column(), &place.source.name);
        format!("; line {line}, column {column} of {file}: `{}`", statement(place))
    });
    format!("{}{place}", what_broke(operation, element, no_gradient))
}

/// The same without its place.
pub(super) fn what_broke(operation: &BrokenOperation, element: &str, no_gradient: bool) -> String {
    let BrokenOperation { name, text, values, .. } = operation;
    let numbers: Vec<String> = values.iter().map(|value| value.map_or_else(|| "..".to_owned(), plain)).collect();
    if let (&PLAIN, [number], [_, ..]) = (name, numbers.as_slice(), operation.words.as_slice()) {
        let named = operation.words.get(1).map_or_else(String::new, |name| format!(" by `{name}`"));
        let what = match values.first().copied().flatten() {
            Some(value) if value.is_finite() => "which is beyond the largest number",
            _ => "which the script makes of plain numbers",
        };
        return format!("`{text}` has {number} in it{named}, {what}, in {element}");
    }
    let what = match (*name, numbers.as_slice(), values.as_slice()) {
        _ if operation.largest.is_some() => operation.value.map_or_else(
            || "not finite".to_owned(),
            |value| if value.is_nan() { "not a number".to_owned() } else { format!("{value}") },
        ),
        ("/" | "%", _, [None, _]) => "a division by 0".to_owned(),
        ("/" | "%" | "**" | "*" | "+" | "-", [a, b], _) => format!("{a} {name} {}", bracketed(b)),
        ("sqrt", [x], _) => format!("the square root of {x}"),
        ("ln", [x], _) => format!("the logarithm of {x}"),
        _ => format!("{name}({})", numbers.join(", ")),
    };
    let beyond = if overflows(operation) { ", beyond the largest number" } else { "" };
    let whose = if no_gradient && operation.of_gradient { ", whose gradient is exactly 0" } else { "" };
    let hyper: Vec<String> =
        operation.hyper.iter().map(|(name, value)| format!("`{name}` is {}", plain(*value))).collect();
    let hyper = if hyper.is_empty() { String::new() } else { format!(", where {}", hyper.join(" and ")) };
    let largest = operation.largest.map_or_else(String::new, |largest| {
        let (what, largest) = (if matches!(*name, "matmul" | "outer") { "factors" } else { "numbers" }, plain(largest));
        format!(": its {what} are finite, the largest is {largest}, but what they come to is beyond the largest number")
    });
    format!("`{text}` is {what}{beyond} in {element}{largest}{whose}{hyper}")
}

/// The most letters of a line that are told.
const LONGEST: usize = 100;

/// What stands in the line of a place, without a comment.
pub(super) fn statement(place: &Place) -> String {
    let text = &place.source.text;
    let begin = text[..place.span.start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[begin..].lines().next().unwrap_or_default();
    let line = line.split("//").next().unwrap_or_default().trim().trim_end_matches(';');
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} ..", &line[..end]),
        None => line.to_owned(),
    }
}

fn bracketed(number: &str) -> String {
    if number.starts_with('-') { format!("({number})") } else { number.to_owned() }
}

/// What came out is too large for a number, rather than none.
fn overflows(operation: &BrokenOperation) -> bool {
    if operation.largest.is_some() {
        return false;
    }
    match (operation.name, operation.values.as_slice()) {
        ("*" | "+" | "-" | "exp" | "square" | "cube", _) => true,
        ("/", [_, Some(bottom)]) => *bottom != 0.0,
        ("**", [Some(base), Some(power)]) => *base > 0.0 || (*base < 0.0 && power.fract() == 0.0),
        _ => false,
    }
}

/// The next step for an operation that broke; none where only smaller steps help.
pub(super) fn remedy(operation: &BrokenOperation) -> Option<String> {
    let x = operation.words.first().map_or("x", String::as_str);
    let last = operation.words.last().map_or("x", String::as_str);
    Some(match (operation.name, operation.values.as_slice()) {
        (PLAIN, [Some(value)]) if value.is_finite() => {
            "write a smaller number: the largest one of `f32` is about 3.4e38".to_owned()
        }
        (PLAIN, _) => "look at what that line makes of plain numbers: it is not finite whatever the rate is".to_owned(),
        ("/", _) if last.contains("t - 1") => {
            "`t` counts from 1, so `t - 1` is 0 at the first step: write `t`".to_owned()
        }
        ("/" | "%", _) => {
            format!("add a small eps to what it is divided by, as in `{} ({last} + 1e-8)`", operation.name)
        }
        ("matmul" | "outer", _) => {
            format!("divide what is multiplied by its norm first, as in `{x} / (norm({x}) + 1e-8)`")
        }
        ("sqrt", _) => format!("keep what is under the root at 0 or above, as in `sqrt(max({x}, 0))`"),
        ("ln", _) => format!("keep it above 0, as in `ln(max({x}, 1e-8))`"),
        ("ln1p", _) => format!("keep it above -1, as in `ln1p(max({x}, -0.999999))`"),
        ("exp", _) => format!("keep the exponent small, as in `exp(min({x}, 80))`"),
        ("**", [Some(base), Some(power)]) if *base == 0.0 && *power < 0.0 => {
            format!("keep the base away from 0, as in `({x} + 1e-8) ** {last}`")
        }
        ("**", [Some(base), _]) if *base < 0.0 && !overflows(operation) => {
            format!("take the power of a size, as in `abs({x}) ** {last}`")
        }
        _ => return None,
    })
}

/// The derivative that broke, of an operation whose value is finite, with what it is taken by and where it did.
pub(super) fn what_slope(operation: &BrokenOperation, slope: &BrokenSlope, element: &str) -> String {
    let (text, by) = (&operation.text, &slope.by);
    let at = slope.at.map_or_else(String::new, |at| format!(" where `{by}` is {}", plain(at)));
    let of = format!("the derivative of `{text}` by `{by}`");
    let told = |value: f64| if value.is_nan() { "not a number".to_owned() } else { format!("{value}") };
    match (slope.slope, operation.value) {
        (Some(slope), _) => format!("{of} is {}{at}, in {element}", told(slope)),
        (None, Some(value)) => format!("{of} times what comes back to it is {}{at}, in {element}", told(value)),
        (None, None) => format!("{of} is not finite{at}, in {element}"),
    }
}

/// The next step for it: smaller steps do not make it finite.
pub(super) fn remedy_of_slope(operation: &BrokenOperation, slope: &BrokenSlope) -> String {
    let by = &slope.by;
    let last = operation.words.last().map_or("x", String::as_str);
    match operation.name {
        "sqrt" => format!("keep what is under the root above 0, as in `sqrt({by} + 1e-8)`"),
        "ln" => format!("keep it above 0, as in `ln({by} + 1e-8)`"),
        "**" if *by != *last => format!("keep the base away from 0, as in `({by} + 1e-8) ** {last}`"),
        "/" => format!("add a small eps to what it is divided by, as in `/ ({last} + 1e-8)`"),
        "exp" => format!("keep the exponent small, as in `exp(min({by}, 80))`"),
        _ => "look at that line: what it gives is finite there, but not its derivative".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_steps_are_kept_oldest_first() {
        let mut recent = Recent::new();
        assert_eq!(recent.rows(), (vec![], vec![]));
        for step in 1..=123 {
            recent.push(f64::from(step), -f64::from(step));
            let (losses, norms) = recent.rows();
            let first = (step - 50).max(0) + 1;
            assert_eq!(losses, (first..=step).map(f64::from).collect::<Vec<_>>());
            assert!(losses.iter().zip(norms).all(|(loss, norm)| norm == -loss));
            let bytes = postcard::to_stdvec(&recent).unwrap();
            let back: Recent = postcard::from_bytes(&bytes).unwrap();
            assert_eq!((back.rows(), back.next), (recent.rows(), recent.next));
        }
    }

    #[test]
    fn last_steps_that_are_no_ring_are_refused() {
        let read = |len: usize, next| Recent::try_from(RecentBytes { ring: vec![(1.0, 2.0); len], next });
        assert!(read(3, 3).is_ok() && read(RECENT, 7).is_ok());
        assert!(read(3, 4).is_err() && read(RECENT, RECENT).is_err() && read(RECENT + 1, 0).is_err());
    }

    #[test]
    fn advice_is_one_sentence() {
        let all = [Remedy::SmallerLr, Remedy::Standardize, Remedy::Clip];
        assert_eq!(
            advice(Quantity::Loss, "", &all),
            "try a smaller lr (a tenth), standardize the data with `data.standardize: true`, or clip the gradient with `training.clip_norm: 1.0`"
        );
        assert_eq!(advice(Quantity::Loss, "", &all[..1]), "try a smaller lr (a tenth)");
        assert!(advice(Quantity::Rate, "beta1", &all).contains("schedule of `beta1`"));
        assert!(advice(Quantity::Loss, "", &[]).contains("the rule"));
    }
}
