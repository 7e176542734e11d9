//! What processors have for arithmetic on many numbers at once: vector registers, memory that fits them, and hints of what
//! will be read. Knows nothing of what is computed with them.
#![allow(unsafe_code)] // instructions for wide vectors, which not every processor has, and addresses

pub mod ahead;
mod aligned;
mod float;
mod level;
mod register;

pub use aligned::Aligned;
pub use float::Float;
pub use level::Level;
pub use register::Register;
