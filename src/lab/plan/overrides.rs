//! What is laid over a lab without changing its file: plain data, which `overrides` at the top of `lab` lays over a document.

/// What is laid over a lab: by the command line, and after it by `:set` on the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The arguments of `--set`, as in `optimizer.lr=0.1`.
    pub set: Vec<String>,
    /// `--seed`.
    pub seed: Option<u64>,
    /// `--epochs`, which takes the place of `training.steps`.
    pub epochs: Option<u64>,
    /// `--steps`, which takes the place of `training.epochs`.
    pub steps: Option<u64>,
    /// The arguments of `:set`, as in `optimizer.lr=0.1`; each is a later word than all of the command line.
    pub typed: Vec<String>,
    /// The language in which the lab's texts are wanted, as in `pt` or `pt-BR`; it changes nothing else.
    pub language: Option<String>,
}
