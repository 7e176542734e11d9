//! The command line: the line that is typed, and what it means. It does nothing itself.

pub mod line;
mod looks;
pub mod parse;
pub mod settings;
