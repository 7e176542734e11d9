//! Tensor programs: small graphs of arithmetic on scalars and tensors, run at native speed.

mod arena;
mod pointwise;
mod real;

pub use arena::{Aligned, Arena, Layout, Parameter, ParameterKind};
pub use pointwise::{Pointwise, PointwiseLoss};
pub use real::Real;
