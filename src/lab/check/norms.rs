//! `layer_norm` and `batch_norm`: the networks and batches in which they say nothing.

use super::Check;
use super::layers::PlacedLayer;
use crate::error::{Error, Place};
use crate::lab::plan::LayerPlan;

impl Check<'_> {
    /// Refuses a normalisation that takes away all that comes in: `layer_norm` of a single feature, `batch_norm` with
    /// batches of a single sample. `batch` is where their size is given.
    pub(super) fn norms(&mut self, layers: &[PlacedLayer], inputs: usize, size: usize, batch: &Place) -> Option<()> {
        let mut width = inputs;
        for layer in layers {
            match layer.plan {
                LayerPlan::Dense { units, .. } => width = units,
                LayerPlan::LayerNorm { .. } if width == 1 => {
                    let what = "`layer_norm` over a single feature gives the same for every sample";
                    let error = Error::user(what).at(layer.place.clone()).label("one feature comes in");
                    self.problems
                        .push(error.help("leave it out, or use `batch_norm`, which looks at the other samples"));
                    return None;
                }
                LayerPlan::BatchNorm { .. } if size == 1 => {
                    let what = "`batch_norm` needs more than one sample in a batch";
                    let error = Error::user(what).at(batch.clone());
                    self.problems.push(error.help("a larger `batch`, or `layer_norm`, which looks at one sample"));
                    return None;
                }
                _ => {}
            }
        }
        Some(())
    }
}
