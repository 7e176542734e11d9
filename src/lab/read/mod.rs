//! Takes a document apart: [`field`] reads one value as what it has to be, [`fields`] a map key by key, [`problems`]
//! collects what is wrong. Knows no key of a lab.

pub mod field;
pub mod fields;
pub mod problems;
