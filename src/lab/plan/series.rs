//! What a series lab is made of once it is checked.

use std::sync::Arc;

use super::Scripted;
use crate::data::SeriesSpec;
use crate::optim::Average;

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
        /// Its first line names the columns.
        header: bool,
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
}
