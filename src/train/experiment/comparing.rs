//! A mini-batch's gradient beside that of all training samples, parameter by parameter.

use super::Experiment;
use crate::program::{Parameter, Real, norm_of};
use crate::snapshot::{ComparedRow, ComparedView};
use crate::train::objective::{Pair, angle};

impl<F: Real> Experiment<F> {
    /// Measures both at these weights, for the mini-batch that the next step takes. It moves nothing; it takes as long as
    /// an evaluation or somewhat longer.
    pub fn compare_gradients(&mut self) -> ComparedView {
        let Pair { batch, whole, seen } = self.work.compare(self.steps, &self.params);
        let norm = |x: &[f64]| norm_of(x.iter().copied());
        let row = |range: std::ops::Range<usize>| {
            let (batch, whole) = (&batch[range.clone()], &whole[range]);
            ComparedRow { angle: angle(batch, whole), batch: norm(batch), whole: norm(whole) }
        };
        // Between two parameters of the arena there may be a gap, which holds zeros.
        let all = std::iter::once(0..batch.len());
        let rows = all.chain(self.layout().parameters().iter().map(Parameter::range)).map(row).collect();
        ComparedView { step: self.steps, seen, rows }
    }
}
