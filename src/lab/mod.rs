//! From the text that a user wrote to a lab in which nothing can be wrong any more.
//!
//! In reading order: [`node`] is a YAML text as a tree, [`document`] reads it and knows where each part of it stands,
//! [`fields`] takes a map apart key by key and collects what is wrong, [`files`] reads what a lab names, [`library`]
//! holds the labs that ship; [`lab`] is what comes out, checked section by section, and builds what trains. The only part of optlab that knows YAML; it never trains and never draws.

mod build;
mod check;
mod edit;
pub mod files;
pub mod keys;
mod open;
mod overrides;
pub mod plan;
pub mod read;
mod write;
pub mod yaml;

pub use edit::Change;
pub use files::Files;
pub use files::library::{LabFile, Library};
pub use keys::interval::Interval;
pub use overrides::Overrides;
pub use plan::Lab;
pub use plan::knobs::Knob;
pub use plan::race::Racer;
pub use plan::script_text::{Ink, ScriptText, Span};
pub use read::field::Field;
pub use read::fields::Fields;
pub use read::problems::Problems;
pub use yaml::document::Document;
pub use yaml::node::{Node, Part, Step};
