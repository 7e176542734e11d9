//! optlab: a laboratory for the optimisation of neural networks that runs in a terminal.
//!
//! A **Lab** is a lab file in which nothing can be wrong any more; a **Program** is arithmetic traced from a script once
//! and run at native speed; an **Experiment** is parameters, gradients, a rule's state and data, moved by `step()`
//! alone; a **Run** is an Experiment with its history, owned by the worker thread; a **Pane** draws a snapshot of it.
//!
//! The modules in reading order, each with what it never does (`tests/tidy.rs` holds them to it):
//!
//! 1. [`error`]: the one error, with its place. Imports nothing of ours and never prints.
//! 2. [`random`]: keyed streams; [`clock`]: time, handed down. Neither is ever fetched.
//! 3. [`simd`]: vector registers. Never knows what is computed with them.
//! 4. [`matmul`]: products of matrices. Never knows layers.
//! 5. [`program`]: graphs, gradients, block evaluation. Never knows scripts, layers or data.
//! 6. [`data`], [`nn`], [`optim`]: datasets, networks, rules. Never import each other.
//! 7. [`train`]: the Experiment, the Run, the worker. Never knows that a part is scripted, or that a screen looks.
//! 8. [`script`]: Rhai, and nobody else's business.
//! 9. [`lab`]: from YAML to a checked Lab. Never trains.
//! 10. [`session`]: a lab opened to be used, the only way to run one. Never draws and never prints.
//! 11. `ui`: the screen. Never keeps a truth of its own.
//! 12. [`mod@bench`]: what a step costs. Never part of a run.
//! 13. [`cli`]: the command line, and the only place that prints.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod bench;
pub mod cli;
pub mod clock;
pub mod data;
pub mod error;
pub mod lab;
pub mod matmul;
pub mod nn;
pub mod optim;
pub mod program;
pub mod random;
pub mod script;
pub mod session;
pub mod simd;
pub mod train;
#[allow(clippy::disallowed_methods)] // what is drawn is rounded to cells
#[cfg(feature = "screen")]
pub mod ui;

pub use error::{Error, Result};
