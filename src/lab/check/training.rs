//! The sections `loss`, `penalty` and `training`.

use super::Check;
use crate::data::{Order, Rest};
use crate::error::{Error, Place};
use crate::lab::keys::interval::Interval;
use crate::lab::plan::{Batch, LossPlan, Scripted, TrainingPlan, is_script_path};
use crate::lab::read::field::Field;
use crate::lab::read::fields::{Fields, list_of};
use crate::lab::yaml::node::{Node, shorten};
use crate::nn::Penalty;
use crate::optim::Clip;
use crate::script::{self, Kind};
use crate::train::Length;

/// Losses that look at a whole sample or are fused with the last layer's function, so that they are no scripts.
const FUSED: [(&str, LossPlan); 3] = [
    ("cross_entropy", LossPlan::CrossEntropy),
    ("binary_cross_entropy", LossPlan::BinaryCrossEntropy),
    ("hinge", LossPlan::Hinge),
];
/// The epochs of a lab that does not say.
const EPOCHS: u64 = 20;
/// The batch of a lab that does not say.
const BATCH: usize = 32;

/// The section `training` with the places that later errors point at.
pub(super) struct TrainingSection {
    pub plan: TrainingPlan,
    pub clip: Option<Clip>,
    /// The batch, or what stands for it.
    pub batch: Place,
}

impl Check<'_> {
    pub(super) fn loss(&mut self, field: &Field<'_>) -> Option<LossPlan> {
        let files = self.files;
        let (scripted, place) = if let Node::Map(_) = field.node() {
            let (scripted, _) = self.scripted(Kind::Loss, "script", field, "the loss", files)?;
            (scripted, field.key_place())
        } else {
            let text = field.text().map_err(|error| error.help("give the name of one loss, or `{script: FILE.rhai}`"));
            let text = self.problems.keep(text)?;
            let own = self.names(Kind::Loss, true);
            let fused = FUSED.into_iter().find(|(name, _)| *name == text && !own.iter().any(|own| own == text));
            if let Some((_, plan)) = fused {
                return Some(plan);
            }
            let known = self.names(Kind::Loss, false);
            if !is_script_path(text) && !known.iter().any(|known| known == text) {
                let mut names: Vec<&str> = FUSED.iter().map(|(name, _)| *name).collect();
                names.extend(known.iter().map(String::as_str));
                let error = field.error(format!("unknown loss `{}`", shorten(text)));
                let error = error.nearest(text, names.iter().copied());
                self.problems.push(error.help(format!("the losses are {}", list_of(&names))));
                return None;
            }
            let (spec, script, _) = self.script(Kind::Loss, field, files)?;
            let values = self.values(&script, &[], &[]);
            (Scripted { spec, script, values }, field.place())
        };
        let traced = script::loss::<f32>(&scripted.script).map(drop).map_err(|error| error.at(place.clone()));
        self.problems.keep(traced)?;
        Some(LossPlan::Script(scripted))
    }

    pub(super) fn penalty(&mut self, field: Option<&Field<'_>>) -> Option<Penalty> {
        let Some(field) = field else { return Some(Penalty::default()) };
        let fields = field.map("`penalty`");
        let mut fields = self.problems.keep(fields)?;
        let l1 = self.strength(&mut fields, "l1");
        let l2 = self.strength(&mut fields, "l2");
        fields.finish(&mut self.problems);
        Some(Penalty { l1: l1?, l2: l2? })
    }

    fn strength(&mut self, fields: &mut Fields<'_>, key: &str) -> Option<f64> {
        match fields.take(key) {
            None => Some(0.0),
            Some(field) => self.problems.keep(field.number_in(Interval::not_negative())),
        }
    }

    pub(super) fn training(&mut self, field: Option<&Field<'_>>, root: &Fields<'_>) -> Option<TrainingSection> {
        let Some(field) = field else {
            let plan = TrainingPlan {
                length: Length::Epochs(EPOCHS),
                batch: Batch::Size(BATCH),
                order: Order::Shuffled,
                rest: Rest::Keep,
                evaluate: 1,
            };
            return Some(TrainingSection { plan, clip: None, batch: root.place() });
        };
        let fields = field.map("`training`");
        let mut fields = self.problems.keep(fields)?;
        let length = self.length(&mut fields);
        let given = fields.take("batch");
        let batch = match &given {
            None => Some(Batch::Size(BATCH)),
            Some(field) => self.batch(field),
        };
        let order = match fields.take("shuffle") {
            None => Some(Order::Shuffled),
            Some(field) => {
                let shuffle = self.problems.keep(field.boolean());
                shuffle.map(|shuffle| if shuffle { Order::Shuffled } else { Order::AsGiven })
            }
        };
        let rest = match fields.take("rest") {
            None => Some(Rest::Keep),
            Some(field) => {
                let rest = field.one_of(&["keep", "drop"], "setting");
                self.problems.keep(rest).map(|rest| if rest == "drop" { Rest::Drop } else { Rest::Keep })
            }
        };
        let clip = self.clip(&mut fields);
        let evaluate = match fields.take("evaluate") {
            None => Some(1),
            Some(field) => self.problems.keep(field.whole(1..=u64::MAX)),
        };
        let batch_place = given.map_or_else(|| fields.place(), |field| field.place());
        fields.finish(&mut self.problems);
        let plan = TrainingPlan { length: length?, batch: batch?, order: order?, rest: rest?, evaluate: evaluate? };
        Some(TrainingSection { plan, clip: clip?, batch: batch_place })
    }

    fn length(&mut self, fields: &mut Fields<'_>) -> Option<Length> {
        if !fields.has("epochs") && !fields.has("steps") {
            fields.allow(["epochs", "steps"]);
            return Some(Length::Epochs(EPOCHS));
        }
        let one = fields.one_of(&["epochs", "steps"]);
        let (which, field) = self.problems.keep(one)?;
        let number = self.problems.keep(field.whole(1..=u64::MAX))?;
        Some(if which == 0 { Length::Epochs(number) } else { Length::Steps(number) })
    }

    fn batch(&mut self, field: &Field<'_>) -> Option<Batch> {
        if let Node::Str(text) = field.node() {
            if text == "full" {
                return Some(Batch::Full);
            }
            if text.parse::<f64>().is_err() {
                let error =
                    field.error(format!("`training.batch` is a number of samples or `full`, not `{}`", shorten(text)));
                self.problems.push(error.nearest(text, ["full"]));
                return None;
            }
        }
        let batch = field.whole(1..=u64::MAX);
        self.problems.keep(batch).map(|batch| Batch::Size(usize::try_from(batch).unwrap_or(usize::MAX)))
    }

    /// At most one of the two ways to clip.
    #[expect(clippy::option_option, reason = "the outer tells whether something is wrong")]
    pub(super) fn clip(&mut self, fields: &mut Fields<'_>) -> Option<Option<Clip>> {
        let (norm, value) = (fields.take("clip_norm"), fields.take("clip_value"));
        if let (Some(_), Some(value)) = (&norm, &value) {
            let error = Error::user("a gradient is clipped by its norm or by its values, not by both");
            self.problems.push(error.at(value.key_place()).help("delete `clip_norm` or `clip_value`"));
            return None;
        }
        let Some(field) = norm.as_ref().or(value.as_ref()) else { return Some(None) };
        let limit = self.problems.keep(field.number_in(Interval::positive()))?;
        Some(Some(if norm.is_some() { Clip::Norm(limit) } else { Clip::Value(limit) }))
    }
}
