//! Data: where samples come from, how they are held out, scaled and dealt into mini-batches.
//!
//! A [`Dataset`] is made by one of the [`SOURCES`] (generators and embedded real data), by [`csv::read`], by
//! [`idx::read`] or, outside this module, by a script; before it is scaled and rounded to 32 bits it is [`Raw`]. It then
//! goes through [`split`], [`Standardizer`] and, step by step, [`Batches`]. Texts and readers come from the caller: nothing
//! here opens a file, reads a clock or knows of networks and rules.

mod batches;
mod cell;
pub mod classes;
mod classification;
mod columns;
pub mod csv;
mod dataset;
pub mod embedded;
mod generate;
pub mod idx;
mod raw;
mod regression;
pub mod series;
mod source;
mod split;
mod standardize;
mod target;

pub use batches::{Batches, Order, Rest, Turn, gather, gather_labels};
pub use cell::{Cell, Pixel};
pub use columns::Columns;
pub use dataset::Dataset;
pub use generate::{bytes_needed, generate};
pub use raw::Raw;
pub use series::SeriesSpec;
pub use source::{
    Fault, MAX_BYTES, Number, Parameter, ParameterError, Params, SOURCES, SourceSpec, check_parameters, find,
};
pub use split::{split, take_test};
pub use standardize::Standardizer;
pub use target::{Mismatch, Target};
