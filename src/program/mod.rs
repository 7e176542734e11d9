//! Tensor programs: small graphs of arithmetic on scalars and tensors, run at native speed.

mod pointwise;
mod real;

pub use pointwise::{Pointwise, PointwiseLoss};
pub use real::Real;
