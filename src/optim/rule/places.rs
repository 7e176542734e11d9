//! Where the tensor states of each parameter lie: beside the parameter, in an arena of their own; what is larger than the
//! parameter lies behind all of them.

use std::ops::Range;

use super::RuleProgram;
use super::group::tensor_shapes;
use super::parameter::ParameterFacts;

/// States start at multiples of this, as parameters do.
const STRIDE: usize = 16;

/// For each arena where the state of each parameter lies, and how long the arena is.
pub(super) struct Places {
    pub places: Vec<Vec<Range<usize>>>,
    pub lengths: Vec<usize>,
}

impl Places {
    /// Of parameters in an arena of this length, each under the program with its place in `own`.
    pub fn new(programs: &[RuleProgram], own: &[usize], parameters: &[ParameterFacts], length: usize) -> Self {
        let shapes: Vec<Vec<_>> = programs.iter().map(|program| tensor_shapes(&program.states).collect()).collect();
        let most = shapes.iter().map(Vec::len).max().unwrap_or(0);
        let (mut places, mut lengths) = (Vec::with_capacity(most), Vec::with_capacity(most));
        for state in 0..most {
            let mut end = length;
            let place = |(parameter, program): (&ParameterFacts, &usize)| {
                let segment = &parameter.range;
                match shapes[*program].get(state) {
                    None => segment.start..segment.start,
                    Some(None) => segment.clone(),
                    Some(Some(shape)) if shape.len() <= segment.len() => segment.start..segment.start + shape.len(),
                    Some(Some(shape)) => {
                        let start = end.next_multiple_of(STRIDE);
                        end = start + shape.len();
                        start..end
                    }
                }
            };
            places.push(parameters.iter().zip(own).map(place).collect());
            lengths.push(end);
        }
        Self { places, lengths }
    }
}
