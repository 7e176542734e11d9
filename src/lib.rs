//! optlab: a laboratory for the optimisation of neural networks that runs in a terminal.
//!
//! A **Lab** is a lab file in which nothing can be wrong any more; a **Program** is arithmetic traced from a script once
//! and run at native speed; an **Experiment** is parameters, gradients, a rule's state and data, moved by `step()`
//! alone; a **Run** is an Experiment with its history, owned by a worker; a **Snapshot** is plain data, what can be seen of
//! runs at one moment; a **Pane** draws it.
//!
//! The modules in reading order, each with what it never does (`tests/suite/tidy.rs` holds them to it):
//!
//! 1. [`error`]: the one error, with its place. Imports nothing of ours and never prints.
//! 2. [`random`]: keyed streams; [`clock`]: time, handed down. Neither is ever fetched. [`heap`]: what a thread asks for,
//!    counted. Never refuses anything. [`signals`]: those that end the program. Never knows what is ended.
//! 3. [`simd`]: vector registers. Never knows what is computed with them.
//! 4. [`matmul`]: products of matrices. Never knows layers.
//! 5. [`snapshot`]: what can be seen of runs, as plain data. Never looks at a run by itself.
//! 6. [`program`]: graphs, gradients, block evaluation. Never knows scripts, layers or data.
//! 7. [`data`], [`nn`], [`optim`]: datasets, networks, rules. Never import each other.
//! 8. [`train`]: the Experiment and what a step consists of. Never reads a clock and never knows that a part is scripted.
//! 9. [`probe`]: what looks at an experiment. Never moves anything of it.
//! 10. [`run`]: the Run, races, the way back, files. Never knows a thread that commands come from, or that a screen looks.
//! 11. [`worker`]: the loop that drives runs, in a thread or in the caller's. Never waits for who looks.
//! 12. [`script`]: Rhai, and nobody else's business.
//! 13. [`lab`]: from YAML to a checked Lab. Never trains.
//! 14. [`session`]: a lab opened to be used, the only way to run one. Never draws and never prints.
//! 15. [`course`]: the labs that there are here, the folder in which a student works, tasks and how they are judged. Never
//!     writes over what a student wrote.
//!     [`settings`]: what a user keeps. Never stops the program.
//! 16. `ui`: the screen. Never keeps a truth of its own.
//! 17. `record`: tapes, and what is made of them. Never draws a screen by itself.
//! 18. `plot`: curves of finished runs as pictures. Never knows how a run is made.
//! 19. [`mod@bench`]: what a step costs. Never part of a run.
//! 20. [`cli`]: the command line, and the only place that prints.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod bench;
pub mod cli;
pub mod clock;
pub mod course;
pub mod data;
pub mod error;
pub mod heap;
pub mod lab;
pub mod matmul;
pub mod nn;
pub mod optim;
#[cfg(feature = "screen")]
pub mod plot;
pub mod probe;
pub mod program;
pub mod random;
#[cfg(feature = "screen")]
pub mod record;
pub mod run;
pub mod script;
pub mod session;
pub mod settings;
pub mod signals;
pub mod simd;
pub mod snapshot;
pub mod train;
#[allow(clippy::disallowed_methods)] // what is drawn is rounded to cells
#[cfg(feature = "screen")]
pub mod ui;
pub mod worker;

pub use error::{Error, Result};

/// Tests of the library count what scripts ask for, as the program does.
#[cfg(test)]
#[global_allocator]
static HEAP: heap::Counting = heap::Counting;
