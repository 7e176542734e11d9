//! From the text that a user wrote to a lab in which nothing can be wrong any more.
//!
//! In reading order: [`node`] is a YAML text as a tree, [`document`] reads it and knows where each part of it stands,
//! [`fields`] takes a map apart key by key and collects what is wrong, [`files`] reads what a lab names, [`library`]
//! holds the labs that ship; [`lab`] is what comes out, checked section by section, and builds what trains. The only part of optlab that knows YAML; it never trains and never draws.

mod build;
mod check;
pub mod document;
mod edits;
pub mod field;
pub mod fields;
pub mod files;
pub mod interval;
mod knobs;
#[expect(clippy::module_inception, reason = "the Lab is the noun of this module")]
pub mod lab;
pub mod library;
mod memory;
pub mod node;
mod overrides;
pub mod problems;
mod race;
mod reach;
mod reader;
mod resolved;
mod saved;
mod script_text;
pub mod series;
mod syntax;
mod token;
mod walker;

pub use document::Document;
pub use edits::Change;
pub use field::Field;
pub use fields::Fields;
pub use files::Files;
pub use interval::Interval;
pub use knobs::Knob;
pub use lab::Lab;
pub use library::{LabFile, Library};
pub use node::{Node, Part, Step};
pub use overrides::Overrides;
pub use problems::Problems;
pub use race::Racer;
pub use script_text::{Ink, ScriptText, Span};
