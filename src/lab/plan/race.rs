//! A lab's racers: whole labs of their own, run beside it from the same first weights over the same batches.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::Lab;
use crate::data::Dataset;

/// One run of a race: the lab with what the racer has of its own.
#[derive(Debug, Clone)]
pub struct Racer {
    /// Its name: letters, digits and `_`.
    pub name: String,
    /// A lab without racers, about the same data and the same first weights where it says nothing else.
    pub lab: Lab,
}

impl Lab {
    /// The name of the lab's own run in a race: that of its rule.
    pub fn own_name(&self) -> String {
        let name = self.descent.as_ref().map_or(&self.id, |descent| &descent.optimizer.script.name);
        let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        if plain.starts_with(|c: char| c.is_ascii_alphabetic()) { plain } else { format!("rule_{plain}") }
    }

    /// Every run of the lab with its name: its own first, then its racers, each as a lab that runs alone.
    pub fn runs(&self) -> Vec<(String, &Self)> {
        if self.race.is_empty() {
            return vec![(self.own_name(), self)];
        }
        self.race.iter().map(|racer| (racer.name.clone(), &racer.lab)).collect()
    }
}

/// The parts of a dataset.
#[derive(Clone)]
pub(in crate::lab) struct Split {
    /// What is trained on.
    pub train: Arc<Dataset>,
    /// What is held out for evaluations on the way.
    pub validation: Option<Arc<Dataset>>,
    /// What is held out for one evaluation at the end.
    pub test: Option<Arc<Dataset>>,
}

/// The data that a lab was checked with, for the first run that is made of it: large ones take long to make. They are given
/// away once, so that they do not outlive the run; copies of a lab share what there is.
#[derive(Clone, Default)]
pub(in crate::lab) struct CheckedData(Arc<Mutex<Option<(u64, Split)>>>);

impl CheckedData {
    /// Data that were made with this seed.
    pub fn new(seed: u64, split: Split) -> Self {
        Self(Arc::new(Mutex::new(Some((seed, split)))))
    }

    /// The seed and the data, which are not there any more from then on.
    pub fn take(&self) -> Option<(u64, Split)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for CheckedData {
    /// Without the samples.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckedData")
    }
}
