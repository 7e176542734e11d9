//! Optimizers: a [`Rule`] is a program and its named state; a [`Schedule`] drives a hyper-parameter; a gradient may be
//! clipped before the rule sees it; [`averages`] are those of a series. A rule sees slices and shapes, never layers, data or scripts.

pub mod averages;
mod clip;
mod compiled;
mod elsewhere;
mod ledger;
mod memory;
mod rule;
mod schedule;
mod smoothing;
mod watch;

pub use averages::{Average, Exponential, MovingAverage};
pub use clip::Clip;
pub use ledger::{Origin, Reading, Statement};
pub use memory::{Memory, MemoryValue};
pub use rule::{
    Asked, Body, Branch, Broken, BrokenOperation, Draw, Initial, LateStart, Name, PLAIN, ParameterFacts,
    ParameterTracer, Property, Rule, RuleDemand, RuleParts, RuleProgram, RuleState, StateSpec, StateValue, Total,
    Tracer, Update, plain,
};
pub use schedule::{Constant, MadeOf, Position, RunView, Schedule};
pub use smoothing::Correction;
pub use watch::RuleWatch;
