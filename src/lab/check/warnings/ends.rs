//! What the last activation of a network may give, beside what the loss makes of the outputs and what the targets are.
//! Looked at is the function itself, not its name: a script of the user's that squashes is told like `sigmoid`.

use crate::data::{Dataset, Target};
use crate::error::{Error, Place};
use crate::lab::check::Check;
use crate::lab::check::layers::PlacedLayer;
use crate::lab::plan::{LayerPlan, LossPlan, Scripted};
use crate::program::Pointwise;
use crate::script;

/// An output beyond this in size is as good as sure of itself: the logistic function of 4 is 0.98.
const SURE: f64 = 4.0;
/// The largest probability that counts as being sure.
const ENOUGH: f64 = 0.99;
/// A bound counts as one if the function goes past it by no more than this share, however far its input goes.
const SLACK: f64 = 1e-3;
/// Losses of ours that compare outputs with targets as they are.
const PLAIN: [&str; 3] = ["mse", "mae", "huber"];
/// Those that compare their softmax with a class.
const BY_SOFTMAX: [&str; 2] = ["focal", "label_smoothing"];

/// The least and the most that a function gives; infinite on a side where there is no bound.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bounds {
    low: f64,
    high: f64,
}

impl Check<'_> {
    /// Looks at the end of the network; `outputs` are as many as it has, and `train` is learned.
    pub(in crate::lab::check) fn warn_of_end(
        &mut self,
        layers: &[PlacedLayer],
        loss: &LossPlan,
        outputs: usize,
        train: &Dataset<f32>,
    ) {
        if let Some(error) = one_class(layers, train) {
            self.warnings.push(error);
            return;
        }
        let Some((name, function, place)) = last_activation(layers) else { return };
        let Some(bounds) = script::without_log(|| bounds_of(function)) else { return };
        let told = match loss {
            LossPlan::BinaryCrossEntropy => behind_logistic(name, bounds),
            LossPlan::CrossEntropy => behind_softmax(name, bounds, (outputs, loss.name())),
            LossPlan::Hinge => behind_margin(name, bounds),
            LossPlan::Script { scripted, .. } if is_one_of(&PLAIN, scripted) => beside_targets(name, bounds, train),
            LossPlan::Script { scripted, .. } if is_one_of(&BY_SOFTMAX, scripted) => {
                behind_softmax(name, bounds, (outputs, loss.name()))
            }
            LossPlan::Script { .. } => None,
        };
        self.warnings.extend(told.map(|error| error.at(place.clone())));
    }
}

/// The activation behind the last dense layer, if nothing but dropout comes after it.
fn last_activation(layers: &[PlacedLayer]) -> Option<(&str, &Scripted, &Place)> {
    let last = layers.iter().rev().find(|layer| !matches!(layer.plan, LayerPlan::Dropout { .. }))?;
    match &last.plan {
        LayerPlan::Activation { name, function } => Some((name, function, &last.place)),
        _ => None,
    }
}

/// A loss that ships by one of these names.
fn is_one_of(names: &[&str], loss: &Scripted) -> bool {
    names.iter().any(|name| loss.spec == *name && loss.script.source.name == format!("scripts/losses/{name}.rhai"))
}

/// What a function gives for inputs of every size. None for one that cannot be asked.
fn bounds_of(scripted: &Scripted) -> Option<Bounds> {
    let mut function = script::activation::<f64>(&scripted.script, &scripted.values).ok()?;
    let mut reach = |sizes: &mut dyn Iterator<Item = f64>| {
        let x: Vec<f64> = sizes.flat_map(|size| [size, -size]).collect();
        let mut y = vec![0.0; x.len()];
        function.forward(&x, &mut y);
        let told = y.into_iter().filter(|y| !y.is_nan());
        told.fold(Bounds { low: f64::INFINITY, high: f64::NEG_INFINITY }, |bounds, y| Bounds {
            low: bounds.low.min(y),
            high: bounds.high.max(y),
        })
    };
    // Near 0 closely, where a bend may lie; then by powers.
    let near =
        reach(&mut (0..=1000).map(|i| f64::from(i) * 0.02).chain((0..=40).map(|i| libm::exp10(f64::from(i) / 10.0))));
    let far = reach(&mut (0..=80).map(|i| libm::exp10(4.0 + f64::from(i) / 10.0)));
    let room = |bound: f64| SLACK * (1.0 + bound.abs());
    let low = if far.low >= near.low - room(near.low) { near.low.min(far.low) } else { f64::NEG_INFINITY };
    let high = if far.high <= near.high + room(near.high) { near.high.max(far.high) } else { f64::INFINITY };
    (near.low <= near.high).then_some(Bounds { low, high })
}

/// Three digits, without zeros that say nothing.
fn short(value: f64) -> String {
    let digits = format!("{value:.3}");
    let plain = digits.trim_end_matches('0').trim_end_matches('.');
    if plain == "-0" { "0".to_owned() } else { plain.to_owned() }
}

fn delete(name: &str) -> String {
    format!("delete `{name}`: the outputs are those of the last `dense`, of any size and sign")
}

fn behind_logistic(name: &str, Bounds { low, high }: Bounds) -> Option<Error> {
    let p = |z: f64| short(1.0 / (1.0 + libm::exp(-z)));
    let told = match (low > -SURE, high < SURE) {
        (true, true) => format!("lies between {} and {}", p(low), p(high)),
        (true, false) => format!("is never below {}", p(low)),
        (false, true) => format!("is never above {}", p(high)),
        (false, false) => return None,
    };
    let what = format!("`binary_cross_entropy` takes the logistic function by itself: behind `{name}` its p {told}");
    Some(Error::user(what).help(delete(name)))
}

fn behind_softmax(name: &str, Bounds { low, high }: Bounds, (outputs, loss): (usize, &str)) -> Option<Error> {
    // One output as large and all others as small as they can be.
    let most = 1.0 / (1.0 + (outputs as f64 - 1.0) * libm::exp(low - high));
    let told = if most < ENOUGH {
        format!("no class gets a p above {}", short(most))
    } else if low > -SURE && high == f64::INFINITY {
        format!("no output is below {}", short(low))
    } else if high < SURE && low == f64::NEG_INFINITY {
        format!("no output is above {}", short(high))
    } else {
        return None;
    };
    let what = format!("`{loss}` takes the softmax by itself: behind `{name}` {told}");
    Some(Error::user(what).help(delete(name)))
}

fn behind_margin(name: &str, Bounds { low, high }: Bounds) -> Option<Error> {
    (high - low <= 1.0 + SLACK).then(|| {
        let what = format!(
            "`hinge` wants the right output to lead by 1, and behind `{name}` two outputs differ by {} at most",
            short(high - low)
        );
        Error::user(what).help(delete(name))
    })
}

/// Targets that no output can reach.
fn beside_targets(name: &str, Bounds { low, high }: Bounds, train: &Dataset<f32>) -> Option<Error> {
    let Target::Values(values) = train.target() else { return None };
    let room = |bound: f64| SLACK * (1.0 + bound.abs());
    let values = || values.iter().map(|y| f64::from(*y));
    let below = values().filter(|y| *y < low - room(low)).count();
    let above = values().filter(|y| *y > high + room(high)).count();
    let least = values().fold(f64::INFINITY, f64::min);
    let most = values().fold(f64::NEG_INFINITY, f64::max);
    let mut told = Vec::new();
    if below > 0 {
        told.push(format!("{below} below {}, down to {}", short(low), short(least)));
    }
    if above > 0 {
        told.push(format!("{above} above {}, up to {}", short(high), short(most)));
    }
    if told.is_empty() {
        return None;
    }
    let what = format!(
        "behind `{name}` no output reaches these of the {} training targets: {}",
        values().count(),
        told.join("; ")
    );
    Some(Error::user(what).help(format!("end with `dense`, without `{name}`, or bring the targets into its range")))
}

/// One class alone, whatever comes out for it.
fn one_class(layers: &[PlacedLayer], train: &Dataset<f32>) -> Option<Error> {
    let Target::Classes { names, .. } = train.target() else { return None };
    let [only] = names.as_slice() else { return None };
    let last = layers.iter().rev().find(|layer| matches!(layer.plan, LayerPlan::Dense { .. }))?;
    let what = format!("`{}` has one class only, `{only}`: whatever comes out is right", train.origin());
    Some(
        Error::user(what).at(last.place.clone()).help("nothing is learned from it; is this the target that was meant?"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Source;
    use crate::script::{Kind, Script, shipped};
    use std::sync::Arc;

    fn of(text: &str) -> Bounds {
        let script = Script::load(Kind::Activation, &Source::new("a.rhai", text)).unwrap();
        of_script(&script)
    }

    fn of_script(script: &Arc<Script>) -> Bounds {
        let values = script.hyper.iter().map(|h| (h.name.clone(), h.default.clone())).collect();
        bounds_of(&Scripted { spec: "a".into(), script: script.clone(), values, given: Vec::new() }).unwrap()
    }

    #[test]
    fn every_shipped_activation_has_the_bounds_of_its_formula() {
        let infinite = f64::INFINITY;
        let wanted = |name: &str| match name {
            "relu" | "softplus" => (0.0, infinite),
            "sigmoid" => (0.0, 1.0),
            "tanh" | "softsign" => (-1.0, 1.0),
            "elu" => (-1.0, infinite),
            "selu" => (-1.758, infinite),
            "gelu" => (-0.17, infinite),
            "silu" => (-0.278, infinite),
            "mish" => (-0.309, infinite),
            _ => (-infinite, infinite),
        };
        for entry in shipped(Kind::Activation) {
            let Bounds { low, high } = of_script(&Script::load(Kind::Activation, &entry.source).unwrap());
            let (least, most) = wanted(&entry.name);
            let near = |a: f64, b: f64| a == b || (a - b).abs() < 1e-3;
            assert!(near(low, least) && near(high, most), "{}: {low} to {high}", entry.name);
        }
    }

    #[test]
    fn what_grows_slowly_overflows_or_swings_is_told_from_what_is_bounded() {
        let slow = of("fn forward(x, h) { sign(x) * ln1p(abs(x)) }");
        assert_eq!((slow.low, slow.high), (f64::NEG_INFINITY, f64::INFINITY));
        let steep = of("fn forward(x, h) { exp(x) }");
        assert_eq!((steep.low, steep.high), (0.0, f64::INFINITY));
        let naive = of("fn forward(x, h) { exp(x) / (1 + exp(x)) }");
        assert!(naive.low >= 0.0 && naive.low < 1e-3 && (naive.high - 1.0).abs() < 1e-3, "{naive:?}");
        let swings = of("fn forward(x, h) { 3 * sin(x) }");
        assert!((swings.low + 3.0).abs() < 1e-2 && (swings.high - 3.0).abs() < 1e-2, "{swings:?}");
    }

    #[test]
    fn wide_bounds_are_no_reason_to_warn() {
        let wide = Bounds { low: -10.0, high: 10.0 };
        assert!(behind_logistic("a", wide).is_none() && behind_softmax("a", wide, (10, "cross_entropy")).is_none());
        assert!(behind_margin("a", wide).is_none());
        let free = Bounds { low: f64::NEG_INFINITY, high: f64::INFINITY };
        assert!(behind_logistic("a", free).is_none() && behind_softmax("a", free, (2, "cross_entropy")).is_none());
    }
}
