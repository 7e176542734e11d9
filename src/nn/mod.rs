//! Networks: layers over one flat arena of parameters, forward and backward side by side, with losses, penalties and
//! first weights.
//!
//! Knows nothing of where samples come from, of rules that change the parameters, of scripts, threads and screens. An
//! activation or a scripted loss comes in as a [`crate::program::Pointwise`] or [`crate::program::PointwiseLoss`].

mod about;
mod activation;
mod batch_norm;
mod dense;
mod dropout;
mod init;
mod layer;
mod layer_norm;
mod loss;
mod network;
mod penalty;
mod sums;

pub use about::{About, LAYERS, LOSSES};
pub use init::Init;
pub use layer::{LayerKind, LayerShape, LayerSpec, Mode, Setting, shapes};
pub use loss::{Hits, Loss, Targets};
pub use network::Network;
pub use penalty::Penalty;
