//! How much memory a lab will take, known before any of it is taken. All in `f64`, since what is asked for may be absurd.

use crate::data::MAX_BYTES;
use crate::error::{Error, Place, Result};
use crate::lab::plan::{Batch, LayerPlan};
use crate::optim::RuleDemand;

/// Bytes of a number.
const NUMBER: f64 = size_of::<f32>() as f64;

/// Chunks of an evaluation hold at least so many samples: fewer would leave the matrix product too little to do.
const CHUNK: usize = 256;

/// The most samples that a network is built for: a batch, or a chunk of an evaluation.
pub(in crate::lab) fn capacity(batch: usize, samples: usize) -> usize {
    batch.max(CHUNK).min(samples).max(1)
}

/// What a lab's memory depends on.
pub(in crate::lab) struct Demand {
    /// Samples, both parts together.
    pub samples: f64,
    /// Inputs of the network.
    pub features: f64,
    /// The share that is not trained on.
    pub held_out: f64,
    /// Samples in a mini-batch.
    pub batch: Batch,
    /// Numbers that the rule keeps for each parameter.
    pub states: usize,
    /// An update sums the gradients of several mini-batches.
    pub accumulates: bool,
    /// Square matrices that it keeps for a layer's weights: as wide as these have rows, and as they have columns.
    pub squares: [usize; 2],
    /// What the rule takes for the parameters, and where it is named; none as long as they are not known.
    pub rule: Option<(RuleDemand, Place)>,
    /// Where the number of samples is given.
    pub place: Place,
}

impl Demand {
    /// The bytes that a lab needs. Refuses one that needs more than [`MAX_BYTES`], at the part of it that needs most.
    pub fn check<'l>(&self, layers: impl Iterator<Item = (&'l LayerPlan, &'l Place)>) -> Result<f64> {
        let training = (self.samples * (1.0 - self.held_out)).max(1.0);
        let batch = match self.batch {
            Batch::Full => training,
            Batch::Size(size) => training.min(size as f64),
        };
        // The parameters, their gradients, and the sum of these.
        let arenas = if self.accumulates { 3.0 } else { 2.0 };
        let capacity = batch.max(CHUNK as f64).min(self.samples);
        let (mut width, mut parameters, mut activations, mut widest) = (self.features, 0.0, 0.0, 0.0_f64);
        let (mut squares, [of_rows, of_columns]) = (0.0, self.squares.map(|count| count as f64));
        let mut largest: Option<(f64, &Place)> = None;
        for (layer, place) in layers {
            let inputs = width;
            let (own, kept) = (layer.parameters(inputs), layer.kept(inputs, capacity));
            width = layer.units().map_or(inputs, |units| units as f64);
            // Training and evaluation have a network each.
            let own_activations = 2.0 * kept;
            parameters += own;
            activations += own_activations;
            widest = widest.max(inputs);
            let square = layer.units().map_or(0.0, |_| of_rows * inputs * inputs + of_columns * width * width);
            squares += square;
            let total = own * (arenas + self.states as f64) + square + own_activations;
            if largest.is_none_or(|(most, _)| total > most) {
                largest = Some((total, place));
            }
        }
        activations += 4.0 * capacity * widest + batch * (self.features + 2.0 * width);
        let data = self.samples * (self.features + width.max(1.0));
        let data = if largest.is_none() { self.samples * (self.features + 1.0) } else { data };
        let (rule, step) = self.rule.as_ref().map_or((0.0, 0.0), |(rule, _)| (rule.states, rule.step));
        // Where each state is as large as its parameter the arena's gaps alone would be more.
        let known = if rule > 1.01 * parameters * self.states as f64 { rule } else { 0.0 };
        let states = (parameters * self.states as f64 + squares).max(known);
        let sum = NUMBER * (data + arenas * parameters + states + step + activations);
        // Not `>`: a sum that is no number any more is refused, too.
        if sum <= MAX_BYTES {
            return Ok(sum);
        }
        let place = match (&self.rule, largest) {
            (Some((_, place)), _) if step + known > sum / NUMBER / 2.0 => place,
            (_, Some((most, place))) if most > data => place,
            _ => &self.place,
        };
        let parts = [
            ("data", data),
            ("parameters and their gradients", arenas * parameters),
            ("the rule's state", states),
            ("the rule's step", step),
            ("activations", activations),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(_, numbers)| *numbers > 0.0)
            .map(|(name, numbers)| format!("{name} {}", amount(NUMBER * numbers)))
            .collect();
        Err(Error::user(format!("this lab would need {} of memory, but 4 GiB is the most", amount(sum)))
            .at(place.clone())
            .label("most of it is for this")
            .help(format!("the sum: {}", parts.join(" + "))))
    }
}

/// The bytes that a rule takes on a landscape, where numbers are of 64 bits and nothing else is large. Refuses one that needs more
/// than [`MAX_BYTES`].
pub(in crate::lab) fn of_landscape(RuleDemand { states, step }: &RuleDemand) -> Result<f64> {
    let bytes = |numbers: &f64| size_of::<f64>() as f64 * numbers;
    let sum = bytes(states) + bytes(step);
    if sum <= MAX_BYTES {
        return Ok(sum);
    }
    let parts = format!("the rule's state {} + the rule's step {}", amount(bytes(states)), amount(bytes(step)));
    let what = format!("this lab would need {} of memory, but 4 GiB is the most", amount(sum));
    Err(Error::user(what).help(format!("the sum: {parts}")))
}

/// `1.5 GiB`.
pub(in crate::lab) fn amount(bytes: f64) -> String {
    const UNITS: [&str; 7] = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut value = bytes;
    for (at, unit) in UNITS.iter().enumerate() {
        if value < 1024.0 {
            return if at == 0 { format!("{value} {unit}") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{bytes:.1e} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Source;
    use crate::nn::Init;

    fn dense(units: usize) -> LayerPlan {
        LayerPlan::Dense { units, init: Init::He, bias: true }
    }

    fn demand(samples: f64, layers: &[LayerPlan]) -> Result<()> {
        demand_with(samples, [0, 0], layers)
    }

    fn demand_with(samples: f64, squares: [usize; 2], layers: &[LayerPlan]) -> Result<()> {
        let source = Source::new("lab.yaml", "data net");
        let net = Place::token(&source, 1, 6);
        let place = Place::token(&source, 1, 1);
        let batch = Batch::Size(32);
        let (held_out, features, rule) = (0.0, 2.0, None);
        Demand { samples, features, held_out, batch, states: 2, accumulates: false, squares, rule, place }
            .check(layers.iter().map(|layer| (layer, &net)))
            .map(drop)
    }

    #[test]
    fn an_amount_is_told_in_the_unit_that_fits() {
        let told: Vec<_> = [0.0, 1023.0, 1536.0, 4.0 * 1024.0_f64.powi(3), 2e28].into_iter().map(amount).collect();
        assert_eq!(told, ["0 bytes", "1023 bytes", "1.5 KiB", "4.0 GiB", "2.0e28 bytes"]);
    }

    #[test]
    fn square_states_of_a_rule_count_as_what_they_hold() {
        for (squares, units, fits) in [([0, 0], 40_000, true), ([0, 1], 20_000, true), ([0, 1], 40_000, false)] {
            assert_eq!(demand_with(500.0, squares, &[dense(units)]).is_ok(), fits, "{squares:?} {units}");
        }
        // As wide as there are inputs, of which there are two and then as many as units before.
        assert!(demand_with(500.0, [1, 0], &[dense(40_000)]).is_ok());
        assert!(demand_with(500.0, [1, 0], &[dense(40_000), dense(1)]).is_err());
    }

    #[test]
    fn the_part_that_needs_most_is_blamed() {
        assert_eq!(demand(500.0, &[dense(64), dense(2)]), Ok(()));
        let column = |result: Result<()>| result.unwrap_err().place().map(Place::column);
        assert_eq!(column(demand(500.0, &[dense(1_000_000_000)])), Some(6));
        assert_eq!(column(demand(1e15, &[dense(2)])), Some(1));
        assert_eq!(column(demand(500.0, &[dense(usize::MAX), dense(usize::MAX)])), Some(6));
        // 33 000^2 weights with their gradients and two states are 4 * 4 bytes each.
        assert!(demand(500.0, &[dense(16_000), dense(16_000)]).is_ok());
        assert!(demand(500.0, &[dense(17_000), dense(17_000)]).is_err());
        // A normalisation has outputs of its own, and what lies before it then needs derivatives.
        assert!(demand(500.0, &[dense(600_000)]).is_ok());
        for norm in [LayerPlan::LayerNorm { eps: 1e-5 }, LayerPlan::BatchNorm { momentum: 0.1, eps: 1e-5 }] {
            assert!(demand(500.0, &[dense(600_000), norm]).is_err());
        }
    }
}
