//! What a rule does to a parameter, looked through and copied.

use super::points::Which;
use super::{Body, Initial, RuleProgram, draws};
use crate::program::{Graph, NodeId, Shape};

impl RuleProgram {
    /// The first values of its tensor states, in order.
    pub fn tensors(&self) -> impl Iterator<Item = NodeId> {
        self.states.iter().filter_map(|s| if let Initial::Tensor(id) = s.initial { Some(id) } else { None })
    }

    /// Tensors as large as the parameter that it takes beside it: its states, the weights to evaluate, a second gradient and where
    /// it is taken, and random numbers, where it is traced once.
    pub fn arenas(&self) -> usize {
        let drawn =
            |body: &Body| if let Body::Once(update) = body { draws::draw_places(&update.graph).len() } else { 0 };
        // Both functions draw into the same tensors.
        let draws = self.second.as_ref().map_or(0, drawn).max(drawn(&self.body));
        let others = usize::from(self.evaluate.is_some()) + 2 * usize::from(self.second.is_some());
        self.tensors().count() + others + draws
    }

    /// How many of its states are square and as wide as the parameter has rows, and how many as it has columns.
    pub fn squares(&self) -> [usize; 2] {
        let count =
            |side| self.states.iter().filter(|state| state.shape == Some(Shape { rows: side, columns: side })).count();
        self.start.own().map_or([0; 2], |own| [count(own.rows), count(own.columns)])
    }

    /// The same program for other parameters.
    pub(super) fn again(&self) -> Self {
        let of = |body: &Option<Body>| body.as_ref().map(Body::again);
        let (evaluate, second) = (of(&self.evaluate), of(&self.second));
        Self { states: self.states.clone(), start: self.start.clone(), body: self.body.again(), evaluate, second }
    }

    /// One of its functions that puts weights elsewhere, as a program that leaves the state alone; none if it has not that one.
    pub(super) fn point(&self, which: Which) -> Option<Self> {
        let body = match which {
            Which::Update => return None,
            Which::Evaluate => self.evaluate.as_ref()?,
            Which::Second => self.second.as_ref()?,
        };
        let (states, start) = (self.states.clone(), Graph::default());
        Some(Self { states, start, body: body.again(), evaluate: None, second: None })
    }
}

impl Body {
    fn again(&self) -> Self {
        match self {
            Self::Once(update) => Self::Once(update.clone()),
            Self::EachStep(tracer) => Self::EachStep(tracer.again()),
        }
    }

    /// Nothing that it computes or tells differs. Of a script that is traced at every step that is not known.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Once(own), Self::Once(update)) if own.is_same_as(update))
    }
}
