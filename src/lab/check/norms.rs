//! `layer_norm` and `batch_norm`: their settings, and the networks and batches in which they say nothing.

use super::Check;
use super::layers::PlacedLayer;
use crate::error::{Error, Place};
use crate::lab::keys::interval::Interval;
use crate::lab::plan::LayerPlan;
use crate::lab::read::field::Field;

/// What is added to a variance, unless the lab says otherwise; `PyTorch`'s.
const EPS: f64 = 1e-5;
/// The weight of the newest batch in the running statistics, unless the lab says otherwise; `PyTorch`'s.
const MOMENTUM: f64 = 0.1;
/// A smaller `eps` would let a constant feature be divided by next to nothing.
const EPS_RANGE: Interval = Interval::closed(1e-12, 1.0);
/// With 0 the running statistics would never move.
const MOMENTUM_RANGE: Interval = Interval::above(0.0, 1.0);

impl Check<'_> {
    /// `layer_norm`, or `layer_norm: {eps: 1e-5}`.
    pub(super) fn layer_norm(&mut self, item: &Field<'_>, setting: Option<&Field<'_>>) -> Option<PlacedLayer> {
        let [eps] = self.settings("layer_norm", setting, [("eps", EPS, EPS_RANGE)])?;
        Some(PlacedLayer { plan: LayerPlan::LayerNorm { eps }, place: setting.unwrap_or(item).key_place() })
    }

    /// `batch_norm`, or `batch_norm: {momentum: 0.1, eps: 1e-5}`.
    pub(super) fn batch_norm(&mut self, item: &Field<'_>, setting: Option<&Field<'_>>) -> Option<PlacedLayer> {
        let keys = [("momentum", MOMENTUM, MOMENTUM_RANGE), ("eps", EPS, EPS_RANGE)];
        let [momentum, eps] = self.settings("batch_norm", setting, keys)?;
        Some(PlacedLayer { plan: LayerPlan::BatchNorm { momentum, eps }, place: setting.unwrap_or(item).key_place() })
    }

    /// A number for each key with its default and its range.
    fn settings<const N: usize>(
        &mut self,
        name: &str,
        setting: Option<&Field<'_>>,
        keys: [(&str, f64, Interval); N],
    ) -> Option<[f64; N]> {
        let mut values = keys.map(|(_, default, _)| default);
        let Some(setting) = setting else { return Some(values) };
        let fields = setting.map(&format!("`{name}`")).map_err(|error| {
            let all: Vec<String> = keys.iter().map(|(key, default, _)| format!("{key}: {default:?}")).collect();
            error.help(format!("`- {name}` alone is `- {name}: {{{}}}`", all.join(", ")))
        });
        let mut fields = self.problems.keep(fields)?;
        let mut right = true;
        for (value, (key, _, range)) in values.iter_mut().zip(keys) {
            let Some(field) = fields.take(key) else { continue };
            match self.problems.keep(field.number_in(range)) {
                Some(number) => *value = number,
                None => right = false,
            }
        }
        fields.finish(&mut self.problems);
        right.then_some(values)
    }

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
