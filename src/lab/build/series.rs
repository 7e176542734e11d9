//! The walk along a series. Trains nothing.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::lab::plan::series::SeriesSource;
use crate::lab::plan::{Lab, Subject};
use crate::run::Walk;
use crate::script;

impl SeriesSource {
    /// All of its values, oldest first.
    fn values(&self, seed: u64) -> Result<Arc<[f64]>> {
        match self {
            Self::Embedded(spec) => (spec.values)().map(Into::into),
            Self::Script(scripted) => script::series(&scripted.script, &scripted.values, seed).map(Into::into),
            Self::Csv { values, .. } | Self::Values(values) => Ok(values.clone()),
        }
    }
}

impl Lab {
    /// The walk along a series, from its start; with another seed than the lab's if one is given.
    ///
    /// # Errors
    /// Only a series lab has one. A script that fails with this seed; with the lab's own seed it does not.
    pub fn walk(&self, seed: Option<u64>) -> Result<Walk> {
        let Subject::Series(plan) = &self.subject else {
            return Err(Error::user(format!("`{}` trains: it has no series to walk", self.id)));
        };
        let seed = seed.unwrap_or(self.seed);
        Ok(Walk::new(plan.source.name(), plan.source.values(seed)?, &plan.averages, seed))
    }
}
