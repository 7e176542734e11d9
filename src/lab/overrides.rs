//! What the command line lays over a lab: `--set`, `--seed`, `--epochs`, `--steps`. Never changes a file.

use crate::error::{Error, Result};
use crate::lab::yaml::document::Document;
use crate::lab::yaml::node::Step;

/// What the command line lays over a lab.
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
}

impl Overrides {
    /// Lays them over a document.
    pub(in crate::lab) fn apply(&self, document: &mut Document) -> Result<(), Error> {
        for argument in &self.set {
            document.set_argument(argument)?;
            // A run has one length, and the command line is the later word.
            match argument.split_once('=').map(|(key, _)| key.trim()) {
                Some("training.epochs") => document.remove(&["training".into(), "steps".into()]),
                Some("training.steps") => document.remove(&["training".into(), "epochs".into()]),
                _ => {}
            }
        }
        if let Some(seed) = self.seed {
            document.set("seed", &seed.to_string())?;
        }
        for (key, value, other) in [("epochs", self.epochs, "steps"), ("steps", self.steps, "epochs")] {
            if let Some(value) = value {
                document.set(&format!("training.{key}"), &value.to_string())?;
                document.remove(&[Step::from("training"), other.into()]);
            }
        }
        Ok(())
    }
}
