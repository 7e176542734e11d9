//! The ways that a script which branches has not gone yet: for each condition that it came to, numbers are looked for by which it
//! comes out otherwise, and the script is traced with those. A way for which none are found is left alone: it may be one that
//! is never gone, where nothing has to be right.

use super::budget::operations_so_far;
use super::hyper::HyperParameter;
use super::load::Script;
use crate::error::{Error, Place, Result};
use crate::optim::{Branch, Tracer};
use crate::program::Conditions;

/// The most ways that are looked at.
const MOST: usize = 32;
/// The most conditions for which numbers are looked for: of one way, and in all.
const OF_A_WAY: usize = 16;
const IN_ALL: usize = 64;
/// The most operations of all traces: a loop that `t` ends may be long at the steps that are tried.
const OPERATIONS: u64 = 500_000;
/// Steps that are tried one after the other.
const FIRST: u64 = 300;
/// The most numbers of a script that others are made of.
const CONSTANTS: usize = 12;

/// What a script may be called with.
#[derive(Debug, Clone)]
struct Point {
    t: u64,
    hyper: Vec<f64>,
    numbers: Vec<f64>,
    /// Why it was chosen, in words.
    because: String,
}

/// Traces a script once for each way that it is found to go, from its first step with these numbers.
///
/// # Errors
/// It fails on one of them.
pub(super) fn explore(script: &Script, tracer: &mut dyn Tracer, usual: &[f64], numbers: &[f64]) -> Result<()> {
    let start = Point { t: 1, hyper: usual.to_vec(), numbers: numbers.to_vec(), because: String::new() };
    let mut known: Vec<Conditions> = Vec::new();
    let mut points = vec![start.clone()];
    let (mut room, mut tried) = (Vec::new(), 0);
    let before = operations_so_far();
    let is_cheap = || operations_so_far().saturating_sub(before) < OPERATIONS;
    while let Some(point) = points.pop().filter(|_| known.len() < MOST && is_cheap()) {
        if known.iter().any(|way| point.is_on(way, &mut room)) {
            continue;
        }
        let Some(Branch { conditions, update }) = tracer.branch(point.t, &point.hyper, &point.numbers) else {
            return Ok(());
        };
        if update.is_none()
            && let Err(error) = tracer.trace(point.t, &point.hyper, &point.numbers, false)
            && !is_thrown(&error)
            && !is_long(&error)
            && (point.numbers == start.numbers || !is_of_values(&error))
        {
            return Err(if point.because.is_empty() { error } else { error.help(point.because.clone()) });
        }
        for at in 0..conditions.count().min(OF_A_WAY).min(IN_ALL - tried) {
            tried += 1;
            points.extend(start.led(script, &conditions.otherwise(at), &known, &mut room));
        }
        known.push(conditions);
    }
    Ok(())
}

/// The script itself says that it is an error: it may look at its settings.
fn is_thrown(error: &Error) -> bool {
    error.place().is_some_and(|place| {
        let Place { source, span, .. } = place;
        let line = source.text[..span.start].rfind('\n').map_or(0, |end| end + 1);
        source.text[line..].lines().next().is_some_and(|line| line.contains("throw"))
    })
}

/// A limit has ended it: the run may end before a step of this number.
fn is_long(error: &Error) -> bool {
    let kinds = ["the script does", "the script holds", "the lists, maps"];
    kinds.iter().any(|kind| error.what().starts_with(kind))
}

/// It may be of a number that the state never has.
fn is_of_values(error: &Error) -> bool {
    let kinds = ["there is no element", "there is no letter"];
    kinds.iter().any(|kind| error.what().starts_with(kind))
}

impl Point {
    fn is_on(&self, way: &Conditions, room: &mut Vec<f64>) -> bool {
        let uniforms: Vec<f64> = std::iter::once(self.t as f64).chain(self.hyper.iter().copied()).collect();
        way.hold(&uniforms, &self.numbers, room)
    }

    /// A point near this one that meets conditions: at another step, else with another hyper-parameter, else another number.
    fn led(&self, script: &Script, wanted: &Conditions, known: &[Conditions], room: &mut Vec<f64>) -> Option<Self> {
        let mut found = |point: &Self, because: String| {
            let fits = point.is_on(wanted, room) && !known.iter().any(|way| point.is_on(way, room));
            fits.then(|| Self { because, ..point.clone() })
        };
        let mut near: Vec<f64> = wanted.constants().take(CONSTANTS).collect();
        near.extend(self.hyper.iter().chain(&self.numbers).take(CONSTANTS).copied());
        let products: Vec<f64> = near.iter().flat_map(|a| near.iter().map(move |b| a * b)).collect();
        let mut steps: Vec<u64> = (1..=FIRST).collect();
        let whole = |value: &&f64| (1.0..1e9).contains(*value);
        steps.extend(near.iter().chain(&products).filter(whole).flat_map(|value| {
            let value = value.round() as u64;
            [value.saturating_sub(1).max(1), value, value + 1]
        }));
        steps.extend([1000, 10_000, 100_000]);
        let mut point = self.clone();
        for t in steps {
            point.t = t;
            if let Some(point) = found(&point, format!("it comes there at step {t}")) {
                return Some(point);
            }
        }
        let values = |own: f64| {
            let around = near.iter().flat_map(|value| {
                [*value, value - 1.0, value + 1.0, value * 0.5, value * 0.9, value * 1.1, value * 2.0]
            });
            around.chain([own, 0.0, 1.0, -1.0, own + 1.0])
        };
        let few: Vec<u64> =
            [1, 2, 1000].into_iter().chain(near.iter().filter(whole).map(|value| value.round() as u64 + 1)).collect();
        for (at, HyperParameter { name, range, .. }) in script.hyper.iter().enumerate().take(self.hyper.len()) {
            let own = self.hyper[at];
            for value in values(own).filter(|value| range.is_none_or(|range| range.contains(*value))) {
                point.hyper[at] = value;
                for t in &few {
                    point.t = *t;
                    if let Some(point) = found(&point, format!("it comes there at step {t}, with {value} for `{name}`"))
                    {
                        return Some(point);
                    }
                }
            }
            point.hyper[at] = own;
        }
        // What counts or measures is not below 0, unless the script speaks of such.
        let below = near.iter().any(|value| *value < 0.0);
        for (at, own) in self.numbers.iter().enumerate() {
            for value in values(*own).filter(|value| below || *value >= 0.0) {
                point.numbers[at] = value;
                for t in &few {
                    point.t = *t;
                    if let Some(point) = found(&point, format!("it comes there where a number of its state is {value}"))
                    {
                        return Some(point);
                    }
                }
            }
            point.numbers[at] = *own;
        }
        None
    }
}
