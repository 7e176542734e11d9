//! Random numbers of a rule: a tensor for each place of its script that draws, filled before the program runs.
//!
//! Each is keyed by the seed, the step, the parameter and the place, so that the same step draws the same numbers whoever
//! takes it, and nothing has to be kept of them.

use arrayvec::ArrayVec;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::group::Group;
use super::points::Which;
use crate::program::{Aligned, Graph, Op, Real, Slot, TENSORS};
use crate::random::{Purpose, stream};

/// The place of the second gradient among the tensors that a program reads; that of the first is 0.
pub(super) const SECOND: u8 = 1;
/// The place of the first draw.
const FIRST: u8 = 2;

/// How numbers are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    /// Of mean 0 and variance 1.
    Normal,
    /// Equally likely in [0, 1).
    Uniform,
}

impl Draw {
    /// The most places of a function that draw so.
    pub const MOST: u8 = (TENSORS as u8 - FIRST) / 2;

    /// Both.
    pub const ALL: [Self; 2] = [Self::Normal, Self::Uniform];

    /// As a script calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Uniform => "uniform",
        }
    }

    /// Where the k-th tensor of such numbers comes into a graph; none if there are too many.
    pub fn slot(self, k: u8) -> Option<Slot> {
        let first = match self {
            Self::Normal => FIRST,
            Self::Uniform => FIRST + Self::MOST,
        };
        (k < Self::MOST).then_some(Slot::Read(first + k))
    }

    /// What a tensor that comes in is, if it was drawn.
    pub fn of(slot: Slot) -> Option<Self> {
        match slot {
            Slot::Read(place) if place >= FIRST + Self::MOST => Some(Self::Uniform),
            Slot::Read(place) if place >= FIRST => Some(Self::Normal),
            _ => None,
        }
    }

    fn fill<F: Real>(self, mut draws: impl Rng, values: &mut [F]) {
        match self {
            Self::Normal => values.iter_mut().for_each(|value| {
                let draw: f64 = StandardNormal.sample(&mut draws);
                *value = F::from_f64(draw);
            }),
            // As many bits as a number has: one that is rounded could come to 1.
            Self::Uniform => values.iter_mut().for_each(|value| {
                let bits = if size_of::<F>() == size_of::<f32>() { 24 } else { 53 };
                *value = F::from_f64((draws.next_u64() >> (64 - bits)) as f64 / (1_u64 << bits) as f64);
            }),
        }
    }
}

/// The places in a graph at which drawn tensors come in.
pub(in crate::optim) fn draw_places(graph: &Graph) -> Vec<u8> {
    let place = |op| match op {
        Op::Tensor(slot @ Slot::Read(place)) if Draw::of(slot).is_some() => Some(place),
        _ => None,
    };
    graph.nodes().filter_map(|(_, op)| place(op)).collect()
}

/// See the head of this file.
pub(super) struct Draws<F> {
    pub seed: u64,
    /// By their places; empty where nothing is drawn.
    arenas: Vec<Aligned<F>>,
}

impl<F: Real> Draws<F> {
    /// Of seed 0, until another one is given.
    pub fn new() -> Self {
        Self { seed: 0, arenas: Vec::new() }
    }

    /// Makes room for what the groups draw for an arena of this length.
    pub fn fit(&mut self, groups: &[Group], length: usize) {
        for place in groups.iter().flat_map(|group| &group.compiled.draws) {
            let at = usize::from(*place - FIRST);
            self.arenas.resize_with(self.arenas.len().max(at + 1), Aligned::default);
            if self.arenas[at].len() < length {
                self.arenas[at] = Aligned::zeros(length);
            }
        }
    }

    /// Draws what the groups of a function want at this step. Allocates nothing where there is room for it.
    pub fn fill(&mut self, (t, function): (u64, Which), groups: &[Group], length: usize) {
        self.fit(groups, length);
        for group in groups {
            for place in &group.compiled.draws {
                let Some(draw) = Draw::of(Slot::Read(*place)) else { continue };
                let arena = &mut self.arenas[usize::from(*place - FIRST)];
                for (parameter, segment) in group.parameters.iter().zip(&group.segments) {
                    let own = (*parameter as u64) << 16 | (function as u64) << 8 | u64::from(*place);
                    draw.fill(stream(self.seed, Purpose::Rule, t, own), &mut arena[segment.clone()]);
                }
            }
        }
    }

    /// All that a program reads: the gradient, the second one, and what was drawn. The gradient stands wherever nothing is.
    pub fn reads<'a>(&'a self, dw: &'a [F], second: Option<&'a [F]>) -> ArrayVec<&'a [F], TENSORS> {
        let mut reads = ArrayVec::new();
        reads.push(dw);
        if second.is_some() || !self.arenas.is_empty() {
            reads.push(second.unwrap_or(dw));
        }
        reads.extend(self.arenas.iter().map(|arena| if arena.is_empty() { dw } else { &arena[..dw.len()] }));
        reads
    }
}
