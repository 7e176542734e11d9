//! What the command line lays over a lab: `--set`, `--seed`, `--epochs`, `--steps`. Never changes a file.

use crate::error::{Error, Result};
use crate::lab::keys;
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
            if let Some((path, _)) = argument.split_once('=') {
                drop_rivals(document, path.trim());
            }
        }
        let [seed, epochs, steps] = [self.seed, self.epochs, self.steps];
        for (path, value) in [("seed", seed), ("training.epochs", epochs), ("training.steps", steps)] {
            if let Some(value) = value {
                document.set(path, &value.to_string())?;
                drop_rivals(document, path);
            }
        }
        Ok(())
    }
}

/// Takes away the keys that exclude the one that was set: the command line is the later word.
fn drop_rivals(document: &mut Document, path: &str) {
    let Some((key, (section, _))) = keys::find(path).zip(path.rsplit_once('.')) else { return };
    for rival in key.rivals() {
        let steps: Vec<Step> = section.split('.').chain([rival.name()]).map(Step::from).collect();
        document.remove(&steps);
    }
}
