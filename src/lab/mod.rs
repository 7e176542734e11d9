//! From the text that a user wrote to a lab in which nothing can be wrong any more.
//!
//! In reading order: [`node`] is a YAML text as a tree, [`document`] reads it and knows where each part of it stands,
//! [`fields`] takes a map apart key by key and collects what is wrong, [`files`] reads what a lab names, [`library`]
//! holds the labs that ship. The only part of optlab that knows YAML; it never trains and never draws.

pub mod document;
pub mod field;
pub mod fields;
pub mod files;
pub mod interval;
pub mod library;
pub mod node;
mod overrides;
pub mod problems;
mod reader;
mod syntax;
mod token;
mod walker;

pub use document::Document;
pub use field::Field;
pub use fields::Fields;
pub use files::Files;
pub use interval::Interval;
pub use library::{LabFile, Library};
pub use node::{Node, Part, Step};
pub use problems::Problems;
