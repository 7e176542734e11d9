//! Groups of parameters for which a lab sets hyper-parameters of their own.

use crate::error::Place;
use crate::lab::plan::{HyperSetting, OptimizerPlan};
use crate::optim::ParameterFacts;

/// A group: for which parameters it holds, and what it sets.
#[derive(Debug, Clone)]
pub struct GroupPlan {
    /// All of them must hold for a parameter; each with where its value stands.
    pub selectors: Vec<(Selector, Place)>,
    /// Each hyper-parameter that it sets, with what drives it.
    pub hyper: Vec<(String, HyperSetting)>,
    /// Where the values of these stand.
    pub given: Vec<(String, Place)>,
}

/// What tells the parameters of a group from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// `W2`.
    Name(String),
    /// `bias`.
    Kind(String),
    /// Counted from 1.
    Layer(u64),
}

impl Selector {
    /// It holds for this parameter.
    pub fn holds_for(&self, parameter: &ParameterFacts) -> bool {
        match self {
            Self::Name(name) => *name == parameter.name,
            Self::Kind(kind) => kind == parameter.kind,
            Self::Layer(layer) => *layer == parameter.layer as u64,
        }
    }

    /// Its key in a lab, and its value.
    pub fn written(&self) -> (&'static str, String) {
        match self {
            Self::Name(name) => ("name", name.clone()),
            Self::Kind(kind) => ("kind", kind.clone()),
            Self::Layer(layer) => ("layer", layer.to_string()),
        }
    }
}

impl GroupPlan {
    /// It is of this parameter.
    pub fn holds_for(&self, parameter: &ParameterFacts) -> bool {
        self.selectors.iter().all(|(selector, _)| selector.holds_for(parameter))
    }

    /// As a lab has it: `kind: bias, layer: 1`.
    pub fn told(&self) -> String {
        let parts = self.selectors.iter().map(|(selector, _)| selector.written());
        parts.map(|(key, value)| format!("{key}: {value}")).collect::<Vec<_>>().join(", ")
    }
}

impl OptimizerPlan {
    /// What drives each hyper-parameter, by its name and where it is given, those of groups as well.
    pub fn drives(&self) -> impl Iterator<Item = (&str, &HyperSetting, Option<&Place>)> {
        let sections = std::iter::once((&self.hyper, &self.given));
        let sections = sections.chain(self.groups.iter().map(|group| (&group.hyper, &group.given)));
        sections.flat_map(|(hyper, given)| {
            hyper.iter().map(move |(name, drive)| {
                let place = given.iter().find(|(other, _)| other == name).map(|(_, place)| place);
                (name.as_str(), drive, place)
            })
        })
    }
}
