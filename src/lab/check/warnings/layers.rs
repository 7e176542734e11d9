//! Layers that undo or mislead each other: a bias that `batch_norm` takes away, a batch of one sample, dropout of the
//! outputs, and weights that all start at 0.

use crate::data::Rest;
use crate::error::{Error, Place};
use crate::lab::check::Check;
use crate::lab::check::layers::PlacedLayer;
use crate::lab::plan::{LayerPlan, TrainingPlan};
use crate::nn::Init;

impl Check<'_> {
    /// Looks at the layers one after another; weights `from_file` do not start as the layers say.
    pub(in crate::lab::check) fn warn_of_layers(&mut self, layers: &[PlacedLayer], from_file: bool) {
        self.warnings.extend(lost_biases(layers));
        self.warnings.extend(dropped_outputs(layers));
        if !from_file {
            self.warnings.extend(zeros_on_zeros(layers));
        }
    }

    /// Looks at the last batch of an epoch of so many samples, of which the others have `size`; `batch` is where that is
    /// given.
    pub(in crate::lab::check) fn warn_of_rest(
        &mut self,
        layers: &[PlacedLayer],
        samples: usize,
        size: usize,
        (plan, batch): (&TrainingPlan, &Place),
    ) {
        let normalised = layers.iter().any(|layer| matches!(layer.plan, LayerPlan::BatchNorm { .. }));
        if !normalised || plan.rest == Rest::Drop || size < 2 || samples <= size || samples % size != 1 {
            return;
        }
        let what = format!(
            "the last batch of each epoch has one sample ({samples} = {} * {size} + 1), which has no deviation for \
             `batch_norm`: the running statistics stand in for it",
            samples / size
        );
        self.warnings.push(Error::user(what).at(batch.clone()).help("write `rest: drop`, or take another `batch`"));
    }
}

/// Biases of dense layers right before a `batch_norm`, which takes them away with the batch's mean.
fn lost_biases(layers: &[PlacedLayer]) -> Option<Error> {
    let mut number = 0;
    let mut found: Vec<(String, &PlacedLayer)> = Vec::new();
    for (at, layer) in layers.iter().enumerate() {
        let LayerPlan::Dense { bias, .. } = layer.plan else { continue };
        number += 1;
        let normalised = layers.get(at + 1).is_some_and(|next| matches!(next.plan, LayerPlan::BatchNorm { .. }));
        if bias && normalised {
            found.push((format!("b{number}"), layer));
        }
    }
    let (_, first) = found.first()?;
    let LayerPlan::Dense { units, .. } = first.plan else { return None };
    let names: Vec<String> = found.iter().map(|(name, _)| name.clone()).collect();
    let names = super::listed(&names);
    let what = if found.len() == 1 {
        format!("the bias {names} does nothing: the `batch_norm` behind it takes it away with the mean of the batch")
    } else {
        format!("the biases {names} do nothing: the `batch_norm` behind each takes it away with the mean of the batch")
    };
    let help = format!(
        "its gradient is rounding noise, of which a rule like Adam makes steps of full size: write `dense: {{units: \
         {units}, bias: false}}`, since `batch_norm` adds a `beta` of its own"
    );
    Some(Error::user(what).at(first.place.clone()).help(help))
}

/// Dropout with no dense layer behind it.
fn dropped_outputs(layers: &[PlacedLayer]) -> Option<Error> {
    let last = layers.iter().rposition(|layer| matches!(layer.plan, LayerPlan::Dense { .. }))?;
    let dropout =
        layers[last..].iter().find(|layer| matches!(layer.plan, LayerPlan::Dropout { rate } if rate > 0.0))?;
    let what = "this `dropout` switches off outputs of the network itself: the loss is taken of zeros";
    Some(Error::user(what).at(dropout.place.clone()).help("put it before the last `dense`, or delete it"))
}

/// Two dense layers in a row that start at 0: the units of the first stay alike for ever, since each gets the same from
/// all sides.
fn zeros_on_zeros(layers: &[PlacedLayer]) -> Option<Error> {
    let all: Vec<&PlacedLayer> = layers.iter().filter(|layer| matches!(layer.plan, LayerPlan::Dense { .. })).collect();
    let zero = |layer: &PlacedLayer| matches!(layer.plan, LayerPlan::Dense { init: Init::Zeros, .. });
    let first = all.windows(2).find(|pair| zero(pair[0]) && zero(pair[1]))?[0];
    let what = "this layer and the next dense one both start at 0: their units all stay alike, whatever is learned";
    let help = "let weights start apart, as `init: xavier` or `init: he` does; biases start at 0 anyway";
    Some(Error::user(what).at(first.place.clone()).help(help))
}
