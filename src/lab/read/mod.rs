//! Takes a document apart: [`field`] reads one value as what it has to be, [`fields`] a map key by key, [`problems`]
//! collects what is wrong, `section` reads keys by their rows in the table. Knows no key of a lab by name.

pub mod field;
pub mod fields;
pub mod problems;
pub(in crate::lab) mod section;
