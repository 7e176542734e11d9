//! What is legal but probably not meant. Here: features and targets that never change in the training part, and states
//! that a rule never changes; in the rooms below: the end of the network, its layers, and the pace of the run. Warnings
//! are told, and the lab is trained all the same. Only what is sure to mislead is one: no lab of the course has any but
//! the constant pixels of `digits`.

mod ends;
mod layers;
pub(super) mod pace;

use super::Check;
use super::data::DataSection;
use super::rounding;
use crate::data::{Dataset, Target};
use crate::error::Error;
use crate::lab::plan::Samples;
use crate::optim::RuleParts;
use crate::script::{self, Script};

/// Names that a warning lists; data may have hundreds of such columns.
const LISTED: usize = 5;

impl Check<'_> {
    /// Looks at the part that is trained on, as the network will see it; and at what each feature and each target has lost
    /// by being rounded to 32 bits.
    pub(super) fn warn_of_data(&mut self, data: &DataSection, train: &Dataset<f32>, lost_targets: &[f64]) {
        // One sample is constant in everything.
        if train.samples() < 2 {
            return;
        }
        self.warnings.extend(constant_features(data, train));
        self.warnings.extend(match train.target() {
            Target::Classes { labels, names } => missing_classes(data, train.target_origin(), labels, names),
            Target::Values(_) => constant_targets(data, train, lost_targets),
        });
        self.warnings.extend(rounding::of_features(data, train));
        self.warnings.extend(rounding::of_targets(data, train, lost_targets));
    }

    /// States that `update` never assigns.
    pub(super) fn warn_of_states(&mut self, script: &Script, rule: &RuleParts) {
        self.warnings.extend(script::unassigned_states(script, rule));
    }
}

/// `x1`, `x2` and 3 more
pub(super) fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    let shown = shown.join(", ");
    if names.len() > LISTED { format!("{shown} and {} more", names.len() - LISTED) } else { shown }
}

fn constant_features(data: &DataSection, train: &Dataset<f32>) -> Option<Error> {
    let first = train.x().row(0);
    let constant: Vec<String> = train
        .x()
        .columns()
        .into_iter()
        .enumerate()
        .filter(|(at, column)| column.iter().all(|x| *x == first[*at]))
        // What only rounding made the same is told otherwise.
        .filter(|(at, _)| !train.lost().get(*at).copied().is_some_and(rounding::matters))
        .map(|(at, _)| train.feature_names()[at].clone())
        .collect();
    let (subject, are, them) = match constant.len() {
        0 => return None,
        1 => ("feature", "is", "it"),
        _ => ("features", "are", "them"),
    };
    let (features, origin) = (listed(&constant), train.origin());
    let what = format!("the {subject} {features} of `{origin}` {are} the same in every training sample");
    let told = if data.plan.standardize { format!("standardizing makes {them} 0; ") } else { String::new() };
    // Data that ships are as they are.
    let ships = matches!(data.plan.samples, Samples::Generated(_));
    let warning = if ships { Error::note(what) } else { Error::user(what) };
    Some(warning.at(data.origin.clone()).help(format!("{told}nothing can be learned from {them}")))
}

fn missing_classes(data: &DataSection, origin: &str, labels: &[u32], names: &[String]) -> Option<Error> {
    let mut seen = vec![false; names.len()];
    labels.iter().for_each(|label| seen[*label as usize] = true);
    let missing: Vec<String> = names.iter().zip(seen).filter(|(_, seen)| !seen).map(|(name, _)| name.clone()).collect();
    if missing.is_empty() {
        return None;
    }
    let subject = if missing.len() == 1 { "class" } else { "classes" };
    let what = format!("no training sample of `{origin}` is of the {subject} {}", listed(&missing));
    let help = if data.plan.validation + data.plan.test > 0.0 {
        "what is never shown cannot be learned: hold out less, or take more samples"
    } else {
        "what is never shown cannot be learned"
    };
    Some(Error::user(what).at(data.origin.clone()).help(help))
}

fn constant_targets(data: &DataSection, train: &Dataset<f32>, lost: &[f64]) -> Option<Error> {
    let Target::Values(values) = train.target() else { return None };
    let first = values.row(0);
    let constant = values.columns().into_iter().enumerate().filter(|(at, y)| y.iter().all(|y| *y == first[*at]));
    let constant = constant.filter(|(at, _)| !lost.get(*at).copied().is_some_and(rounding::matters));
    let told: Vec<String> = constant.map(|(at, _)| format!("column {} (always {})", at + 1, first[at])).collect();
    if told.is_empty() {
        return None;
    }
    let shown = told[..told.len().min(LISTED)].join(", ");
    let what = format!("a target of `{}` is the same in every training sample: {shown}", train.target_origin());
    Some(Error::user(what).at(data.targets.clone()).help("a constant answer is all that can be learned from it"))
}
