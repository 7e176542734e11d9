//! Where parameters live: one flat, aligned stretch of numbers for all tensors, and the list of what lies where.
//!
//! Parameters, gradients and each tensor of a rule's state are arenas of one [`Layout`], so a rule runs over all of
//! them in a single loop. Nothing here knows what a layer or a rule is.

use std::sync::Arc;

use super::Real;
use crate::simd::Aligned;

/// Parameters start at multiples of this many elements: 64 bytes in `f32`, 128 in `f64`, so that one layout serves both.
const STRIDE: usize = 16;

/// What a parameter is to its layer. Penalties act on weight matrices only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// The `W` of a layer, `[inputs, outputs]`.
    Weight,
    /// The `b` of a layer, `[outputs]`.
    Bias,
    /// The scale of a normalisation, `[features]`.
    Scale,
    /// The shift of a normalisation, `[features]`.
    Shift,
    /// The two weights of a landscape, `[2]`.
    Point,
    /// A running mean, `[features]`: state of a network that is no parameter, and lies in an arena of its own.
    RunningMean,
    /// A running variance, `[features]`, beside its mean.
    RunningVariance,
    /// What rounding has left out of a running mean, `[features]`: part of the average alone, never of what is saved for use.
    RunningMeanRest,
}

impl ParameterKind {
    /// As rules and labs say it: `weight`, `bias`, `gamma`, `beta`, `xy`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::Bias => "bias",
            Self::Scale => "gamma",
            Self::Shift => "beta",
            Self::Point => "xy",
            Self::RunningMean | Self::RunningMeanRest => "running mean",
            Self::RunningVariance => "running variance",
        }
    }

    /// Belongs to the tensors that a network answers by, which are saved and loaded by name.
    pub fn is_saved(self) -> bool {
        self != Self::RunningMeanRest
    }
}

/// One tensor of the arena.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// As the lecture names it: `W1`, `b1`.
    pub name: String,
    /// The lengths of its axes; stored row by row.
    pub shape: Vec<usize>,
    /// What it is to its layer.
    pub kind: ParameterKind,
    /// The place of its first element in the arena; a multiple of 16.
    pub offset: usize,
    /// The number of its elements, without padding.
    pub len: usize,
}

impl Parameter {
    /// The elements' places in the arena.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.len
    }
}

/// The parameters of an arena, in order, each on a 64-byte border.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    parameters: Vec<Parameter>,
    len: usize,
}

impl Layout {
    /// No parameters yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tensor behind the last one and returns its index.
    pub fn add(&mut self, name: impl Into<String>, shape: &[usize], kind: ParameterKind) -> usize {
        let len = shape.iter().product();
        self.parameters.push(Parameter { name: name.into(), shape: shape.to_vec(), kind, offset: self.len, len });
        self.len += len.next_multiple_of(STRIDE);
        self.parameters.len() - 1
    }

    /// The parameters in the order in which they were added.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The index of the parameter with this name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.parameters.iter().position(|parameter| parameter.name == name)
    }

    /// The arena's length in elements, padding included.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is nothing to train.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number of parameters' elements, padding left out: what is called the size of a network.
    pub fn count(&self) -> usize {
        self.parameters.iter().map(|parameter| parameter.len).sum()
    }
}

/// A value for every element of a [`Layout`]. The padding between parameters is 0; whoever writes to the whole slice
/// keeps it so (an elementwise rule maps a zero gradient of a zero weight to what it likes; it is never read as a weight).
#[derive(Debug, Clone)]
pub struct Arena<F: Real> {
    layout: Arc<Layout>,
    values: Aligned<F>,
}

impl<F: Real> Arena<F> {
    /// All zeros.
    pub fn zeros(layout: &Arc<Layout>) -> Self {
        Self { layout: layout.clone(), values: Aligned::zeros(layout.len()) }
    }

    /// What lies where.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// All elements, padding included.
    pub fn values(&self) -> &[F] {
        &self.values
    }

    /// All elements, padding included.
    pub fn values_mut(&mut self) -> &mut [F] {
        &mut self.values
    }

    /// The elements of one parameter, row by row. The index is the layout's.
    pub fn get(&self, index: usize) -> &[F] {
        &self.values[self.layout.parameters[index].range()]
    }

    /// The elements of one parameter, row by row. The index is the layout's.
    pub fn get_mut(&mut self, index: usize) -> &mut [F] {
        let range = self.layout.parameters[index].range();
        &mut self.values[range]
    }

    /// Two neighbouring parameters at once, as the weight and the bias of a layer.
    pub fn pair_mut(&mut self, first: usize) -> (&mut [F], &mut [F]) {
        let (a, b) = (self.layout.parameters[first].range(), self.layout.parameters[first + 1].range());
        let (head, tail) = self.values.split_at_mut(b.start);
        (&mut head[a], &mut tail[..b.len()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Arc<Layout> {
        let mut layout = Layout::new();
        layout.add("W1", &[3, 5], ParameterKind::Weight);
        layout.add("b1", &[5], ParameterKind::Bias);
        layout.add("W2", &[5, 7], ParameterKind::Weight);
        Arc::new(layout)
    }

    #[test]
    fn every_parameter_starts_on_a_border_also_after_cloning() {
        fn check<F: Real>() {
            let arena = Arena::<F>::zeros(&layout());
            for arena in [&arena, &arena.clone()] {
                for index in 0..3 {
                    assert_eq!(arena.get(index).as_ptr().addr() % 64, 0);
                }
            }
        }
        check::<f32>();
        check::<f64>();
    }

    #[test]
    fn a_layout_counts_elements_and_finds_names() {
        let layout = layout();
        let offsets: Vec<usize> = layout.parameters().iter().map(|p| p.offset).collect();
        assert_eq!(offsets, [0, 16, 32]);
        assert_eq!((layout.len(), layout.count()), (80, 15 + 5 + 35));
        assert_eq!((layout.find("W2"), layout.find("W3")), (Some(2), None));
    }

    #[test]
    fn writing_parameters_leaves_the_padding_zero() {
        let mut arena = Arena::<f32>::zeros(&layout());
        let (w, b) = arena.pair_mut(0);
        w.fill(1.0);
        b.fill(2.0);
        arena.get_mut(2).fill(3.0);
        assert_eq!(arena.values().iter().sum::<f32>(), 15.0 + 10.0 + 105.0);
        let copy = arena.clone();
        assert_eq!(copy.values(), arena.values());
    }
}
