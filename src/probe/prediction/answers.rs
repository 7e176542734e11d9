//! From a network's outputs to its answer: the class and how sure it is; and samples as pictures.

use crate::data::{Dataset, Target};
use crate::nn::Loss;
use crate::program::Real;
use crate::snapshot::{Answer, Image};

/// The classes between which a network with this loss decides; none if it learns numbers.
pub(super) fn class_names<F: Real>(data: &Dataset<F>, loss: &Loss<F>, outputs: usize) -> Option<Vec<String>> {
    match (data.target(), loss) {
        (Target::Classes { names, .. }, _) if outputs == names.len() && outputs > 1 => Some(names.clone()),
        (_, Loss::BinaryCrossEntropy) if outputs == 1 => Some(["0", "1"].map(str::to_owned).to_vec()),
        (Target::Values(_), Loss::CrossEntropy | Loss::Hinge) if outputs > 1 => {
            Some((0..outputs).map(|class| class.to_string()).collect())
        }
        _ => None,
    }
}

/// The answer that outputs `z` stand for: the first of the largest, or with one output whether it is above 0.
pub(super) fn answer<F: Real>(loss: &Loss<F>, z: &[f32]) -> Answer {
    if z.iter().any(|z| z.is_nan()) {
        return Answer { class: None, sure: 0.0 };
    }
    let sigmoid = |z: f32| 1.0 / (1.0 + Real::exp(-z));
    if let (Loss::BinaryCrossEntropy, [z]) = (loss, z) {
        return Answer { class: Some(u16::from(*z > 0.0)), sure: sigmoid(z.abs()) };
    }
    let mut best = 0;
    z.iter().enumerate().for_each(|(at, value)| best = if *value > z[best] { at } else { best });
    let sure = match loss {
        loss if takes_softmax(loss) => {
            // The largest of the exponentials is 1. Of infinite outputs none is more likely than another.
            let sum: f32 = z.iter().map(|other| if *other == z[best] { 1.0 } else { Real::exp(other - z[best]) }).sum();
            1.0 / sum
        }
        Loss::BinaryCrossEntropy => sigmoid(z[best]),
        _ => {
            let others = z.iter().enumerate().filter(|(at, _)| *at != best);
            let next = others.map(|(_, z)| *z).fold(f32::NEG_INFINITY, f32::max);
            (z[best] - next).clamp(0.0, 1.0)
        }
    };
    Answer { class: Some(best as u16), sure: if sure.is_nan() { 0.0 } else { sure } }
}

/// The outputs stand for probabilities by softmax.
fn takes_softmax<F: Real>(loss: &Loss<F>) -> bool {
    match loss {
        Loss::CrossEntropy => true,
        Loss::Pointwise { function, .. } => function.takes_softmax(),
        Loss::BinaryCrossEntropy | Loss::Hinge => false,
    }
}

/// A row of the data as a picture of so many rows, as it was before it was standardised. The lightest of its pixels is 0,
/// the darkest is the highest level.
pub(super) fn image<F: Real>(data: &Dataset<F>, row: usize, side: usize, truth: u16, answer: Answer) -> Image {
    let values = data.original(row);
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let most = f64::from(Image::LEVELS - 1);
    let level = |value: &f64| if high > low { ((value - low) / (high - low) * most).round() as u8 } else { 0 };
    Image { side, pixels: values.iter().map(level).collect(), truth, answer }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_how_sure_they_are() {
        let of = |loss: &Loss<f32>, z: &[f32]| {
            let answer = answer(loss, z);
            (answer.class, (answer.sure * 1000.0).round())
        };
        assert_eq!(of(&Loss::CrossEntropy, &[0.0, 1.0]), (Some(1), 731.0));
        assert_eq!(of(&Loss::CrossEntropy, &[1.0, 1.0]), (Some(0), 500.0));
        assert_eq!(of(&Loss::CrossEntropy, &[f32::INFINITY, 0.0]), (Some(0), 1000.0));
        assert_eq!(of(&Loss::BinaryCrossEntropy, &[-1.0]), (Some(0), 731.0));
        assert_eq!(of(&Loss::BinaryCrossEntropy, &[0.0]), (Some(0), 500.0));
        assert_eq!(of(&Loss::Hinge, &[0.5, 0.25, 3.0]), (Some(2), 1000.0));
        assert_eq!(of(&Loss::Hinge, &[0.5, 0.25]), (Some(0), 250.0));
        assert_eq!(of(&Loss::CrossEntropy, &[f32::NAN, 1.0]), (None, 0.0));
    }
}
