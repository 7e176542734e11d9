//! What a series lab is made of once it is checked, and the walk along it. Trains nothing.

use std::sync::Arc;

use super::{Lab, Scripted, Subject};
use crate::data::SeriesSpec;
use crate::error::{Error, Result};
use crate::optim::Average;
use crate::script;
use crate::train::Walk;

/// A series and its averages.
#[derive(Debug, Clone)]
pub struct SeriesPlan {
    /// Where the values come from.
    pub source: SeriesSource,
    /// At least one, no two alike, in the lab's order.
    pub averages: Vec<Average>,
}

/// Where the values of a series come from; there is at least one, and all are finite.
#[derive(Debug, Clone)]
pub enum SeriesSource {
    /// Real data inside the binary.
    Embedded(&'static SeriesSpec),
    /// By a script; depends on the seed.
    Script(Scripted),
    /// A column of a CSV file.
    Csv {
        /// The path as the lab gives it.
        path: String,
        /// The column.
        column: String,
        /// What was read.
        values: Arc<[f64]>,
    },
    /// Written out in the lab.
    Values(Arc<[f64]>),
}

impl SeriesSource {
    /// What the series is called: the name of its source, or of its column.
    pub fn name(&self) -> &str {
        match self {
            Self::Embedded(spec) => spec.name,
            Self::Script(scripted) => &scripted.script.name,
            Self::Csv { column, .. } => column,
            Self::Values(_) => "values",
        }
    }

    /// All of its values, oldest first.
    pub(in crate::lab) fn values(&self, seed: u64) -> Result<Arc<[f64]>> {
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
