//! Euclidean norms: of every parameter of an arena, as a program of one reduction, and of a slice, exactly.
//!
//! A norm is right wherever it is a number of `f64`, though squares leave the range of the numbers long before: those that
//! do are measured once more, in a wider type or scaled.

use std::ops::Range;

use super::Real;
use super::arena::{Layout, Parameter};
use super::compile::{Program, Wanted};
use super::graph::{Graph, Slot};
use super::machine::Call;
use super::machines::Machines;
use super::ops::Reduction;

/// Below this norm squares of `f64` have lost digits to the smallest numbers.
const LEAST: f64 = 1e-150;

/// Measures Euclidean norms, parameter by parameter, in one pass.
#[derive(Debug, Clone)]
pub struct Norms<F> {
    segments: Vec<Range<usize>>,
    program: Program,
    machines: Machines<F>,
}

impl<F: Real> Norms<F> {
    /// For tensors of this layout.
    pub fn new(layout: &Layout) -> Self {
        let mut graph = Graph::default();
        let x = graph.tensor(Slot::Read(0));
        let squares = graph.reduce(Reduction::Dot, x, x);
        let program = Program::new(&graph, &Wanted { measures: &[squares], ..Wanted::default() });
        let mut machines = Machines::new();
        machines.fit(&program);
        Self { segments: layout.parameters().iter().map(Parameter::range).collect(), program, machines }
    }

    /// Writes the norm of each parameter: not finite if an element is not, or if the norm is beyond `f64`. Allocates
    /// nothing.
    pub fn measure(&mut self, values: &[F], norms: &mut [f64]) {
        self.machines.run(
            &self.program,
            Call {
                constants: self.program.constants(),
                uniforms: &[],
                reads: [values].into_iter().collect(),
                writes: [].into_iter().collect(),
                segments: &self.segments,
                numbers: &mut [],
                measures: norms,
                watch: None,
            },
        );
        for (norm, segment) in norms.iter_mut().zip(&self.segments) {
            *norm = scaled(norm.sqrt(), values[segment.clone()].iter().map(|value| value.to_f64()));
        }
    }
}

/// The Euclidean norm in f64, in a fixed order.
pub fn exact_norm<F: Real>(values: &[F]) -> f64 {
    let mut lanes = [0.0_f64; 8];
    let mut chunks = values.chunks_exact(8);
    for chunk in &mut chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value.to_f64() * value.to_f64();
        }
    }
    let rest: f64 = chunks.remainder().iter().map(|v| v.to_f64() * v.to_f64()).sum();
    scaled((lanes.iter().sum::<f64>() + rest).sqrt(), values.iter().map(|value| value.to_f64()))
}

/// The Euclidean norm of a few numbers in f64, one after the other.
pub fn norm_of(values: impl Iterator<Item = f64> + Clone) -> f64 {
    scaled(values.clone().map(|value| value * value).sum::<f64>().sqrt(), values)
}

/// The norm that was found by the squares of these values in f64, or that of scaled numbers where squares leave its range.
/// Infinite where a value is; NaN stays.
fn scaled(norm: f64, values: impl Iterator<Item = f64> + Clone) -> f64 {
    if norm.is_nan() || (LEAST..f64::INFINITY).contains(&norm) {
        return norm;
    }
    let largest = values.clone().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest == 0.0 || largest.is_infinite() {
        return largest;
    }
    values.map(|value| (value / largest).powi(2)).sum::<f64>().sqrt() * largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_are_right_where_their_squares_leave_the_range_of_f64() {
        for scale in [1.0, 1e200, 1e-200, 1e-308, 2e307] {
            let near = |got: f64| assert!((got / (5.0 * scale) - 1.0).abs() < 1e-12, "{got} at {scale}");
            near(norm_of([3.0 * scale, 4.0 * scale].into_iter()));
            near(exact_norm(&[3.0 * scale, 0.0, -4.0 * scale]));
        }
        assert_eq!((norm_of([0.0; 3].into_iter()), exact_norm(&[f64::INFINITY, 1.0])), (0.0, f64::INFINITY));
        assert!(norm_of([f64::NAN, 1.0].into_iter()).is_nan());
    }
}
