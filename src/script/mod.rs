//! Rhai scripts: the sandbox, the operators on symbolic values, and one file for each kind of thing that a script makes.
//!
//! The only module that knows Rhai. What it makes are the programs, rules, schedules and datasets of the other modules,
//! which never learn that a script was behind them.

mod advice;
mod alike;
mod arithmetic;
mod assigned;
mod branches;
mod budget;
mod catalogue;
mod draws;
mod each_parameter;
mod engine;
mod explore;
mod failure;
mod generate;
mod highlight;
mod hyper;
mod known;
mod landscape;
mod learning;
mod ledger;
mod lists;
mod load;
mod maps;
mod matrix;
mod memory;
mod named;
mod nested;
mod number;
mod observer;
mod optimizer;
mod parameter;
mod parts;
mod paths;
mod points;
mod pointwise;
mod query;
mod range;
mod rng;
mod run;
mod schedule;
mod statements;
mod symbol;
mod tensor;
mod trace;
mod try_out;
mod unseen;
mod words;
mod written;

#[cfg(test)]
mod branches_tests;
#[cfg(test)]
mod draws_tests;
#[cfg(test)]
mod ledger_tests;
#[cfg(test)]
mod loss_tests;
#[cfg(test)]
mod matrix_ledger_tests;
#[cfg(test)]
mod matrix_tests;
#[cfg(test)]
mod named_tests;
#[cfg(test)]
mod operations_tests;
#[cfg(test)]
mod parameter_tests;
#[cfg(test)]
mod points_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod totals_tests;
#[cfg(test)]
mod unseen_tests;

pub use advice::{CalledHere, called_here};
pub use alike::{acts_alike, normalised, reads_alike};
pub use arithmetic::arithmetic;
pub use assigned::unassigned_states;
pub use budget::{limit_time, operations_so_far};
pub use catalogue::{Entry, Kind, Origin, entries, find, shipped};
pub use generate::{LayerItem, LayerValue, dataset, layers, series};
pub use highlight::{Ink, Span, highlight};
pub use hyper::{HyperParameter, HyperValue, check as check_hyper, check_limit};
pub use landscape::landscape;
pub use load::{Script, header};
pub use observer::observer;
pub use optimizer::{rule, rule_as_far_as_it_goes, rule_for};
pub use pointwise::{SOME_OUTPUTS, activation, loss};
pub use query::query;
pub use range::Interval;
pub use schedule::{HyperValues, schedule};
pub use trace::{log_again, take_log, with_own_log, without_log};
pub use try_out::{load_any, try_ahead, try_out, try_parameters};
pub use words::{Kinds, Section, Word, called, defined, definitions, sections, words};
