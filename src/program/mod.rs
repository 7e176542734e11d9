//! Tensor programs: small graphs of arithmetic on scalars and tensors, traced from a script once and run at native speed.
//!
//! [`Graph`] takes the operations as they are made; [`gradient`] adds their derivatives; [`Program`] is a graph made
//! ready to run, and a [`Machine`] runs it over one flat [`Arena`] that holds all parameters. Knows nothing of scripts,
//! layers, rules or data.

mod arena;
mod compile;
mod elementwise;
mod functions;
mod gradient;
mod graph;
mod kernel;
mod known;
mod landscape;
mod ledger;
mod lower;
mod machine;
mod machines;
mod norms;
mod operations;
mod ops;
mod partial;
mod pointwise;
mod real;
mod row_loss;
mod row_values;
mod shape;
mod stages;
mod whole;

#[cfg(test)]
mod tests;

pub use crate::simd::Aligned;
pub use arena::{Arena, Layout, Parameter, ParameterKind};
pub use compile::{Program, Wanted, constants_of};
pub use elementwise::{Activation, ElementwiseLoss, X, Y, Y_HAT};
pub use gradient::{Backward, Part, backward, gradient, local};
pub use graph::{Facts, Folding, Graph, NodeId, Op, Slot};
pub use known::{Conditions, Known};
pub use landscape::Landscape;
pub use ledger::{Element, Values};
pub use machine::{Call, Machine, TENSORS, Watch};
pub use machines::Machines;
pub use norms::{Norms, exact_norm, norm_of};
pub use operations::{Function, Operations, STEP, Written};
pub use ops::{Along, Axis, Binary, OfRow, Reduction, Unary, select};
pub use partial::{Partly, Relevant, Remains};
pub use pointwise::{Pointwise, PointwiseLoss};
pub use real::Real;
pub use row_loss::{RowLoss, rows_at_once};
pub use shape::Shape;
pub use stages::{Stages, StagesCall, StagesMachine, StagesPart};
pub use whole::{Through, Whole, WholePart};
