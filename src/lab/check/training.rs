//! The sections `loss`, `penalty` and `training`.

use super::Check;
use super::scripts::with_path;
use crate::data::{Order, Rest};
use crate::error::{Error, Place};
use crate::lab::keys::Value;
use crate::lab::plan::{Batch, LossPlan, TrainingPlan, is_script_path};
use crate::lab::read::field::Field;
use crate::lab::read::fields::{Fields, list_of};
use crate::lab::read::section::{self, Section};
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

/// The section `training` with the places that later errors point at.
pub(super) struct TrainingSection {
    pub plan: TrainingPlan,
    pub clip: Option<Clip>,
    /// The batch, or what stands for it.
    pub batch: Place,
    /// The lab says how large its batches are.
    pub batch_given: bool,
    /// How many mini-batches make an update, where the lab says it.
    pub accumulate: Option<Place>,
    /// The length, or what stands for it.
    pub length: Place,
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
                let error = with_path(error, Kind::Loss, text, files);
                self.problems
                    .push(error.help(format!("the losses are {}, or a path that ends in .rhai", list_of(&names))));
                return None;
            }
            let (spec, script, _) = self.script(Kind::Loss, field, files)?;
            (self.with_values((spec, script), &[], &[]), field.place())
        };
        let traced = script::loss::<f32>(&scripted.script, &scripted.values, script::SOME_OUTPUTS);
        let traced = self.problems.keep(traced.map_err(|error| error.at(place)))?;
        let (softmax, over_outputs) = (traced.takes_softmax(), traced.is_over_outputs());
        Some(LossPlan::Script { scripted, softmax, over_outputs })
    }

    pub(super) fn penalty(&mut self, field: Option<&Field<'_>>) -> Option<Penalty> {
        let mut section = self.keyed("penalty", field)?;
        let l1 = self.problems.keep(section.number("l1"));
        let l2 = self.problems.keep(section.number("l2"));
        section.finish(&mut self.problems);
        Some(Penalty { l1: l1?, l2: l2? })
    }

    pub(super) fn training(&mut self, field: Option<&Field<'_>>, root: &Fields<'_>) -> Option<TrainingSection> {
        let mut section = self.keyed("training", field)?;
        let (length, length_place) = self.length(&mut section);
        let given = section.take("batch");
        let batch = self.batch(&section, given.as_ref());
        let shuffle = self.problems.keep(section.flag("shuffle"));
        let rest = self.problems.keep(section.word("rest", "setting"));
        let gathered = section.take("accumulate");
        let accumulate = section.key("accumulate").and_then(|key| section::whole(key, gathered.as_ref()));
        let accumulate = self.problems.keep(accumulate);
        let clip = self.clip(&mut section);
        let evaluate = self.problems.keep(section.whole("evaluate"));
        let around = section.place().unwrap_or_else(|| root.place());
        let batch_given = given.is_some();
        let batch_place = given.map_or_else(|| around.clone(), |field| field.place());
        section.finish(&mut self.problems);
        let order = if shuffle? { Order::Shuffled } else { Order::AsGiven };
        let rest = if rest? == "drop" { Rest::Drop } else { Rest::Keep };
        let accumulate = usize::try_from(accumulate?).unwrap_or(usize::MAX);
        let plan = TrainingPlan { length: length?, batch: batch?, order, rest, accumulate, evaluate: evaluate? };
        let length = length_place.unwrap_or(around);
        let accumulate = gathered.map(|field| field.place());
        Some(TrainingSection { plan, clip: clip?, batch: batch_place, batch_given, accumulate, length })
    }

    /// The length, and where it is given.
    fn length(&mut self, section: &mut Section<'_>) -> (Option<Length>, Option<Place>) {
        let Some(given) = self.problems.keep(section.one_of("length")) else { return (None, None) };
        let number = match &given {
            Some((key, field)) => section::whole(key, Some(field)),
            None => section.whole("epochs"),
        };
        let number = self.problems.keep(number);
        let steps = given.as_ref().is_some_and(|(key, _)| key.name() == "steps");
        let length = number.map(|number| if steps { Length::Steps(number) } else { Length::Epochs(number) });
        (length, given.map(|(_, field)| field.place()))
    }

    fn batch(&mut self, section: &Section<'_>, field: Option<&Field<'_>>) -> Option<Batch> {
        let key = self.problems.keep(section.key("batch"))?;
        if let (Some(field), Some(Node::Str(text)), Value::WholeOr(_, word)) =
            (field, field.map(Field::node), key.value)
        {
            if text == word {
                return Some(Batch::Full);
            }
            if text.parse::<f64>().is_err() {
                let error = field
                    .error(format!("`training.batch` is a number of samples or `{word}`, not `{}`", shorten(text)));
                self.problems.push(error.nearest(text, [word]));
                return None;
            }
        }
        let batch = section::whole(key, field);
        self.problems.keep(batch).map(|batch| Batch::Size(usize::try_from(batch).unwrap_or(usize::MAX)))
    }

    /// At most one of the two ways to clip.
    #[expect(clippy::option_option, reason = "the outer tells whether something is wrong")]
    pub(super) fn clip(&mut self, section: &mut Section<'_>) -> Option<Option<Clip>> {
        let (norm, value) = (section.take("clip_norm"), section.take("clip_value"));
        if let (Some(_), Some(value)) = (&norm, &value) {
            let error = Error::user("a gradient is clipped by its norm or by its values, not by both");
            self.problems.push(error.at(value.key_place()).help("delete `clip_norm` or `clip_value`"));
            return None;
        }
        let Some(field) = norm.as_ref().or(value.as_ref()) else { return Some(None) };
        let key = section.key(if norm.is_some() { "clip_norm" } else { "clip_value" });
        let limit = self.problems.keep(key.and_then(|key| section::number(key, Some(field))))?;
        Some(Some(if norm.is_some() { Clip::Norm(limit) } else { Clip::Value(limit) }))
    }
}
