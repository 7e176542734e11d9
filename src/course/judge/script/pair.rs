//! The two scripts that are compared, the hyper-parameters that both get, and what the student's names lack or add.

use std::mem::discriminant;
use std::sync::Arc;

use super::near::{number, short};
use super::stop::Stop;
use crate::error::nearest;
use crate::lab::plan::task::{Case, ScriptTask};
use crate::script::{HyperParameter, HyperValue, HyperValues, Kind, Script, check_hyper};

/// The reference and the student's script, which are of one kind.
pub(super) struct Pair<'a> {
    pub reference: Arc<Script>,
    pub own: Arc<Script>,
    pub task: &'a ScriptTask,
}

/// The hyper-parameters of both scripts in a case.
pub(super) struct Values {
    pub reference: HyperValues,
    pub own: HyperValues,
}

impl Pair<'_> {
    /// What both get: the case's value, else the task's, else the reference's default. A parameter that only the student's
    /// script has is as that script has it.
    ///
    /// # Errors
    /// The task sets a parameter that the reference has not, or the student's is of another kind.
    pub fn values(&self, case: &Case) -> Result<Values, Stop> {
        let set = || case.hyper.iter().chain(&self.task.hyper);
        if let Some((name, _)) = set().find(|(name, _)| self.reference.parameter(name).is_none()) {
            return Err(Stop::author(format!("the task sets `{name}`, which {} has not", self.named())));
        }
        let value = |parameter: &HyperParameter| {
            let set = set().find(|(name, _)| *name == parameter.name).map(|(_, value)| HyperValue::Number(*value));
            let default = || self.reference.parameter(&parameter.name).unwrap_or(parameter).default.clone();
            (parameter.name.clone(), set.unwrap_or_else(default))
        };
        let reference: HyperValues = self.reference.hyper.iter().map(value).collect();
        let own: HyperValues = self.own.hyper.iter().map(value).collect();
        for (parameter, (_, value)) in self.own.hyper.iter().zip(&own) {
            // Its range is a student's remark; whether it holds a number or a list is not.
            if discriminant(&parameter.default) != discriminant(value) {
                check_hyper(parameter, value).map_err(|error| Stop::Own(error.at(parameter.place.clone())))?;
            }
        }
        Ok(Values { reference, own })
    }

    /// The reference by its name.
    pub fn named(&self) -> String {
        format!("`{}`", self.reference.name)
    }

    /// What the student's script is called: "your rule".
    pub fn yours(&self) -> String {
        let word = match self.own.kind {
            Kind::Optimizer => "rule",
            kind => kind.article().rsplit(' ').next().unwrap_or("script"),
        };
        format!("your {word}")
    }

    /// Parameters of the reference that the student's script has not, in a sentence; but for those that are 0 in this case, which
    /// take a term away rather than making one.
    pub fn lacking(&self, case: &Case) -> Option<String> {
        let mut missing = without(&self.reference, &self.own);
        let values = self.values(case).ok()?.reference;
        let is_zero = |name: &&str| {
            let value = values.iter().find(|(own, _)| own == name).map(|(_, value)| value);
            matches!(value, Some(HyperValue::Number(0.0)))
        };
        missing.retain(|name| !is_zero(name));
        let first = missing.first()?;
        let others = without(&self.own, &self.reference);
        let near = nearest(first, others.iter().copied());
        let near = near.map_or_else(String::new, |near| format!(" (it has `{}`)", short(near)));
        let has = listed(self.reference.hyper.iter().map(|parameter| parameter.name.as_str()));
        Some(format!("{} has no {}{near}; {} has {has}", self.yours(), listed(missing), self.named()))
    }

    /// Parameters of the student's script that the reference has not, each with the value that it has here.
    pub fn adding(&self) -> Option<String> {
        let more = without(&self.own, &self.reference);
        let value = |name: &&str| match &self.own.parameter(name)?.default {
            HyperValue::Number(value) => Some(format!("`{}` (here {})", short(name), number(*value))),
            _ => Some(format!("`{}`", short(name))),
        };
        let more: Vec<String> = more.iter().filter_map(value).collect();
        if more.is_empty() {
            return None;
        }
        Some(format!("{} has {}, which {} has not", self.yours(), more.join(", "), self.named()))
    }
}

/// The names of the parameters of one script that another has not.
fn without<'a>(one: &'a Script, other: &Script) -> Vec<&'a str> {
    let names = one.hyper.iter().map(|parameter| parameter.name.as_str());
    names.filter(|name| other.parameter(name).is_none()).collect()
}

/// `beta`, `lr`
fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{}`", short(name))).collect::<Vec<_>>().join(", ")
}
