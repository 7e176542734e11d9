//! From the text that a user wrote to a lab in which nothing can be wrong any more.
//!
//! The rooms in reading order, each of which imports only what stands before it (`tests/suite/tidy.rs` holds them to it):
//! [`keys`] is the one table of what may stand in a lab file, [`yaml`] a text as a tree whose nodes know their places,
//! [`read`] takes a tree apart and collects what is wrong, [`files`] finds what a user types and what a lab names;
//! [`plan`] is what comes out, the [`Lab`]; `write` puts a plan into words again, `build` makes of it what trains, `check`
//! makes it of a document, `edit` compares two editions of it and knows the files of one, `copies` what a copy of it consists
//! of; `overrides` lays the command line and `:set` over a document, `names` knows the words that may stand at a key,
//! `worked_out` the numbers of its texts, `overlay` its texts in other languages, `open` does all of it, and `judged` makes of
//! a trusted lab and a student's edition of it what is judged. The only part of optlab that knows YAML; it never trains and
//! never draws.

mod asked;
mod build;
mod check;
mod copies;
mod edit;
pub mod files;
mod judged;
pub mod keys;
pub mod names;
mod open;
mod overlay;
mod overrides;
pub mod plan;
pub mod read;
mod worked_out;
mod write;
pub mod yaml;

pub use copies::LabPart;
pub use edit::{Change, SavedLab};
pub use files::Files;
pub use files::languages;
pub use files::library::{LabFile, Library, shipped_tapes};
pub use keys::interval::Interval;
pub use overlay::Overlay;
pub use plan::Lab;
pub use plan::knobs::Knob;
pub use plan::overrides::Overrides;
pub use plan::race::Racer;
pub use plan::script_text::{Ink, ScriptText, Span};
pub(crate) use plan::warned::told_first;
pub use read::field::Field;
pub use read::fields::Fields;
pub use read::problems::Problems;
pub use worked_out::worked_out_or_raw;
pub use write::PackedText;
pub use yaml::document::Document;
pub use yaml::node::{Node, Part, Step};
pub use yaml::set::without_equals as set_without_equals;
