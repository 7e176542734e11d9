//! Activations, losses and landscapes: both have the same values and the same derivatives at the points of a case.

use super::near::{equal, number, should_be};
use super::pair::Pair;
use super::stop::Stop;
use super::{Compared, Difference};
use crate::lab::plan::task::Case;
use crate::program::Pointwise;
use crate::script;
use crate::script::Kind;

/// Where an activation of a case without points is worked out.
const OF_ACTIVATIONS: [f64; 11] = [-10.0, -3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 10.0];
/// The same of a loss: output and target.
const OF_LOSSES: [[f64; 2]; 8] =
    [[0.2, 1.0], [0.9, 0.0], [-2.0, 1.0], [3.0, -1.0], [0.5, 0.5], [1.0, 0.0], [-4.0, -4.5], [10.0, 2.0]];
/// The same of a loss over the outputs of a sample: three outputs and the targets of each, a class one-hot.
const OF_ROWS: [[f64; 6]; 7] = [
    [0.2, -0.4, 1.0, 0.0, 0.0, 1.0],
    [0.2, -0.4, 1.0, 1.0, 0.0, 0.0],
    [0.0, 0.0, 0.0, 0.0, 1.0, 0.0],
    [-2.0, 3.0, 0.5, 0.0, 1.0, 0.0],
    [-2.0, 3.0, 0.5, 1.0, 0.0, 0.0],
    [8.0, -6.0, -1.0, 1.0, 0.0, 0.0],
    [8.0, -6.0, -1.0, 0.0, 1.0, 0.0],
];
/// The same of a landscape.
const OF_LANDSCAPES: [[f64; 2]; 7] =
    [[0.0, 0.0], [1.0, 1.0], [-1.0, 2.0], [0.5, -0.3], [2.0, -1.5], [-3.0, -2.0], [4.0, 0.1]];
/// The most points that are told to agree.
const TOLD: usize = 12;

/// What is worked out at a point: the value, then the derivatives.
type Worked = Vec<f64>;

/// A function of a point.
type Function = Box<dyn FnMut(&[f64]) -> Worked>;

/// What the functions of a kind are called with.
struct Form {
    inputs: &'static [&'static str],
    /// What comes out, in order: the value and each derivative, by the place of the input that it is by.
    outputs: &'static [(&'static str, Option<usize>)],
    points: Vec<Vec<f64>>,
}

/// Compares both functions in a case.
pub(super) fn compare(pair: &Pair<'_>, case: &Case) -> Compared {
    // Points of the author's are of one output, unless the reference looks at several.
    let over_outputs = pair.reference.kind == Kind::Loss
        && (is_over_outputs(&pair.reference) || case.inputs.is_empty() && is_over_outputs(&pair.own));
    let form = if over_outputs { rows() } else { form(pair.reference.kind) };
    let given = if case.inputs.is_empty() { &form.points } else { &case.inputs };
    if given.iter().any(|point| point.len() != form.inputs.len()) {
        let wanted = match form.inputs.len() {
            1 => "single numbers",
            2 => "pairs of numbers",
            _ => "left out (they are of one output, and this looks at several)",
        };
        let of = pair.reference.kind.article();
        return Err(Stop::author(format!("the `points` of the case `{}` should be {wanted} for {of}", case.name)));
    }
    let values = pair.values(case)?;
    let mut reference =
        function(&pair.reference, &values.reference, form.inputs.len()).map_err(|error| Stop::reference(&error))?;
    let mut own = function(&pair.own, &values.own, form.inputs.len()).map_err(Stop::Own)?;
    let (mut first, mut agreeing) = (None, Vec::new());
    for point in given {
        match differs(&form, point, &mut reference, &mut own) {
            None => agreeing.push(named(&form, point)),
            Some(told) => first = first.or(Some(told)),
        }
    }
    let Some(told) = first else { return Ok(None) };
    let more = agreeing.len().saturating_sub(TOLD);
    agreeing.truncate(TOLD);
    if more > 0 {
        agreeing.push(format!("and {more} more"));
    }
    let agreeing = (!agreeing.is_empty()).then(|| format!("they agree at {}", agreeing.join("; ")));
    let details = agreeing.into_iter().collect();
    Ok(Some(Difference { told, details }))
}

fn form(kind: Kind) -> Form {
    let pairs = |points: &[[f64; 2]]| points.iter().map(|point| point.to_vec()).collect();
    match kind {
        Kind::Activation => Form {
            inputs: &["x"],
            outputs: &[("the value", None), ("the derivative", Some(0))],
            points: OF_ACTIVATIONS.iter().map(|x| vec![*x]).collect(),
        },
        Kind::Loss => Form {
            inputs: &["y_hat", "y"],
            outputs: &[("the loss", None), ("the derivative by `y_hat`", Some(0))],
            points: pairs(&OF_LOSSES),
        },
        _ => Form {
            inputs: &["x", "y"],
            outputs: &[("the height", None), ("the derivative by `x`", Some(0)), ("the derivative by `y`", Some(1))],
            points: pairs(&OF_LANDSCAPES),
        },
    }
}

/// A loss over three outputs.
fn rows() -> Form {
    Form {
        inputs: &["y_hat[0]", "y_hat[1]", "y_hat[2]", "y[0]", "y[1]", "y[2]"],
        outputs: &[
            ("the loss", None),
            ("the derivative by `y_hat[0]`", Some(0)),
            ("the derivative by `y_hat[1]`", Some(1)),
            ("the derivative by `y_hat[2]`", Some(2)),
        ],
        points: OF_ROWS.iter().map(|point| point.to_vec()).collect(),
    }
}

/// A loss that looks at all outputs of a sample. One that cannot be traced is told of later.
fn is_over_outputs(script: &std::sync::Arc<script::Script>) -> bool {
    let values = script.hyper.iter().map(|parameter| (parameter.name.clone(), parameter.default.clone())).collect();
    script::loss::<f64>(script, &values, script::SOME_OUTPUTS).is_ok_and(|loss| loss.is_over_outputs())
}

/// What a script does with a point of so many numbers.
fn function(
    script: &std::sync::Arc<script::Script>,
    values: &script::HyperValues,
    inputs: usize,
) -> crate::error::Result<Function> {
    Ok(match script.kind {
        Kind::Activation => {
            let mut activation = script::activation::<f64>(script, values)?;
            Box::new(move |x| {
                let (mut y, mut slope) = (vec![0.0], vec![1.0]);
                activation.forward(x, &mut y);
                activation.backward(x, &y, &mut slope);
                vec![y[0], slope[0]]
            })
        }
        Kind::Loss => {
            let outputs = inputs / 2;
            let mut loss = script::loss::<f64>(script, values, outputs)?;
            // One value an element stands for its mean over the outputs, which is what is trained.
            let share = if loss.is_of_samples() { 1.0 } else { 1.0 / outputs as f64 };
            Box::new(move |point| {
                let (y_hat, y) = point.split_at(outputs);
                let mut worked = vec![0.0; 1 + outputs];
                worked[0] = share * loss.sum_and_gradient(y_hat, y, share, &mut worked[1..]);
                worked
            })
        }
        _ => {
            let mut landscape = script::landscape(script, values)?;
            Box::new(move |point| landscape.at(point[0], point[1]).to_vec())
        }
    })
}

/// `x = -2`, `y_hat = 0.2, y = 1`
fn named(form: &Form, point: &[f64]) -> String {
    let parts = form.inputs.iter().zip(point).map(|(name, value)| format!("{name} = {}", number(*value)));
    parts.collect::<Vec<_>>().join(", ")
}

/// What differs at a point first, the value before the derivatives.
fn differs(form: &Form, point: &[f64], reference: &mut Function, own: &mut Function) -> Option<String> {
    let (expected, got) = (reference(point), own(point));
    let size = point.iter().fold(1.0, |size, value| size + value.abs());
    // What rounding leaves of terms that cancel.
    let floor = 1e-14 * size * size;
    for (at, (what, by)) in form.outputs.iter().enumerate() {
        let (expected, got) = (expected[at], got[at]);
        if equal(expected, got, floor) {
            continue;
        }
        if let Some(by) = by {
            // Where a function has a kink, any slope between those on its two sides is a derivative.
            let step = 1e-6 * (1.0 + point[*by].abs());
            let mut beside = |step: f64| {
                let mut moved = point.to_vec();
                moved[*by] += step;
                reference(&moved)[at]
            };
            let (left, right) = (beside(-step), beside(step));
            let margin = 1e-6 * left.abs().max(right.abs()) + floor;
            if left.min(right) - margin <= got && got <= left.max(right) + margin {
                continue;
            }
            let (value, place) = (form.outputs[0].0, named(form, point));
            return Some(format!("at {place} {value} is right, but {what} {}", should_be(expected, got)));
        }
        return Some(format!("at {} {what} {}", named(form, point), should_be(expected, got)));
    }
    None
}
