//! A YAML text as a tree whose every node knows where it stands: [`node`] is the tree, [`document`] reads a text and
//! finds the place of a part of it. The only door to the YAML parser for what users write. Knows no key of a lab.

pub mod document;
pub mod node;
mod places;
mod reader;
pub(in crate::lab) mod set;
pub(in crate::lab) mod syntax;
mod token;
pub(in crate::lab) mod typography;
mod written;
