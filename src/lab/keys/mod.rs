//! What may stand at a key of a lab file.

pub mod interval;
