//! What looks at an experiment while it goes: the statistics of a rule's values, the network's inside, the map of its
//! answers or of its landscape and the way over it, the curves of hyper-parameters, the ledger. Looking moves nothing of
//! what is looked at; what was seen is plain data of `snapshot`.

mod hyper_curves;
mod landscape;
mod ledger;
mod networked;
mod path;
mod sight;
mod stats;

pub(crate) use hyper_curves::HyperCurves;
pub(crate) use landscape::Heights;
pub(crate) use ledger::ledger;
pub(crate) use networked::Networked;
pub(crate) use path::Path;
pub(crate) use sight::Sight;
pub(crate) use stats::{Stats, StatsCheckpoint, Values};
