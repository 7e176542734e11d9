//! What looks at an experiment while it goes: the statistics of a rule's values, the network's inside, the map of its
//! answers or of its landscape and the way over it, the curves of hyper-parameters, the ledger. Looking moves nothing of
//! what is looked at; what was seen is plain data of `snapshot`.

mod hyper_curves;
mod landscape;
mod ledger;
mod network;
mod operations;
mod path;
mod phases;
mod prediction;
mod stats;

pub(crate) use hyper_curves::HyperCurves;
pub(crate) use landscape::LandscapeProbe;
pub(crate) use ledger::ledger;
pub(crate) use network::NetworkProbe;
pub(crate) use operations::OperationsProbe;
pub(crate) use path::Path;
pub(crate) use phases::Walked;
pub(crate) use prediction::PredictionProbe;
pub(crate) use stats::{Stats, StatsCheckpoint, Values};
