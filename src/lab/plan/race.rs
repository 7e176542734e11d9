//! A lab's racers: whole labs of their own, run beside it from the same first weights over the same batches.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Lab, NetworkSubject, Subject};
use crate::data::Dataset;
use crate::error::Result;
use crate::lab::build;
use crate::lab::write;
use crate::lab::yaml::document::Document;
use crate::train::{Experiments, Parts};

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

    /// Takes its racers, with their scripts, and tells of them in its resolved text.
    pub(in crate::lab) fn set_race(&mut self, racers: Vec<Racer>, document: &Document) {
        if racers.is_empty() {
            return;
        }
        let own = Racer { name: self.own_name(), lab: self.clone() };
        for source in racers.iter().flat_map(|racer| &racer.lab.scripts_used) {
            if !self.scripts_used.contains(source) {
                self.scripts_used.push(source.clone());
            }
        }
        for warning in racers.iter().flat_map(|racer| &racer.lab.warnings) {
            if !self.warnings.contains(warning) {
                self.warnings.push(warning.clone());
            }
        }
        self.race = std::iter::once(own).chain(racers).collect();
        if let Some(node) = document.node(&["compare".into()]) {
            self.resolved += &write::section("compare", node);
        }
    }

    /// What trains in every run, by name, the lab's own first. Runs with the same data share them in memory.
    ///
    /// With another seed than the lab's, a racer that has a seed of its own keeps its distance from the lab's.
    ///
    /// # Errors
    /// As [`Lab::experiment`] has them.
    pub fn experiments(&self, seed: Option<u64>, threads: usize) -> Result<Experiments> {
        let moved = seed.unwrap_or(self.seed).wrapping_sub(self.seed);
        match &self.subject {
            Subject::Network(_) => self.networks(seed, threads).map(Experiments::Networks),
            Subject::Landscape(_) => {
                let run = |(name, lab): (String, &Self)| {
                    Ok((name, lab.landscape_experiment(Some(lab.seed.wrapping_add(moved)))?))
                };
                self.runs().into_iter().map(run).collect::<Result<_>>().map(Experiments::Landscapes)
            }
            Subject::Series(_) => self.walk(seed).map(Experiments::Series),
        }
    }

    fn networks(&self, seed: Option<u64>, threads: usize) -> Result<Vec<(String, Parts<f32>)>> {
        let mut shared = SharedData::default();
        if let (Subject::Network(subject), Some((seed, halves))) = (&self.subject, self.made.take()) {
            shared.made.push((data_key(subject, seed)?, halves));
        }
        // Those of a race share the threads.
        let threads = (threads / self.runs().len()).max(1);
        let moved = seed.unwrap_or(self.seed).wrapping_sub(self.seed);
        let run = |(name, lab): (String, &Self)| {
            let parts = lab.experiment_with(&mut shared, lab.seed.wrapping_add(moved), threads)?;
            Ok((name, parts))
        };
        self.runs().into_iter().map(run).collect()
    }
}

/// The two parts of a dataset.
pub(in crate::lab) type Halves = (Arc<Dataset>, Option<Arc<Dataset>>);

/// Data that were made for one run and serve others as well.
#[derive(Default)]
pub(in crate::lab) struct SharedData {
    made: Vec<(String, Halves)>,
}

impl SharedData {
    /// The two parts of a network's data, made if no other run has made the same.
    pub(in crate::lab) fn halves(&mut self, subject: &NetworkSubject, seed: u64) -> Result<Halves> {
        let key = data_key(subject, seed)?;
        if let Some((_, halves)) = self.made.iter().find(|(made, _)| *made == key) {
            return Ok(halves.clone());
        }
        let halves = build::halves(subject, seed)?;
        self.made.push((key, halves.clone()));
        Ok(halves)
    }
}

/// Data with the same key are the same: the same text makes the same samples, and a loss of another kind wants other targets
/// of them.
fn data_key(subject: &NetworkSubject, seed: u64) -> Result<String> {
    let targets = (subject.loss.is_of_classes(), subject.loss.name(), subject.network.outputs());
    Ok(format!("{seed} {targets:?}\n{}", write::data_text(&subject.data)?))
}

/// The data that a lab was checked with, for the first run that is made of it: large ones take long to make. They are given
/// away once, so that they do not outlive the run; copies of a lab share what there is.
#[derive(Clone, Default)]
pub(in crate::lab) struct Made(Arc<Mutex<Option<(u64, Halves)>>>);

impl Made {
    /// Data that were made with this seed.
    pub fn new(seed: u64, halves: Halves) -> Self {
        Self(Arc::new(Mutex::new(Some((seed, halves)))))
    }

    /// The seed and the data, which are not there any more from then on.
    pub fn take(&self) -> Option<(u64, Halves)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for Made {
    /// Without the samples.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Made")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::lab::files::Files;
    use crate::train::{Objective, STACK};

    const LAB: &str = "
data: {source: moons, samples: 64, validation: 0.25}
network: [dense: 4, relu, dense: 2]
loss: cross_entropy
training: {steps: 4, batch: 8}
optimizer: {rule: sgd, lr: 0.1}
compare: {adam: {optimizer: {rule: adam, lr: 0.01}}}
";

    fn train(parts: &Parts<f32>) -> &Arc<Dataset> {
        let Objective::Network(learning) = &parts.objective else { unreachable!("a network lab") };
        &learning.train
    }

    #[test]
    fn every_run_takes_the_data_of_the_check_and_later_ones_are_made() {
        let work = || {
            let document = Document::parse("lab.yaml", LAB).unwrap();
            let mut lab = Lab::check(&document, &Files::beside(Path::new("a.yaml")).unwrap(), None).unwrap();
            assert!(lab.race[1].lab.made.take().is_none(), "a racer keeps no copy");
            let (seed, halves) = lab.made.take().unwrap();
            lab.made = Made::new(seed, halves.clone());
            let first = lab.experiments(None, 1).unwrap().networks().unwrap();
            assert!(first.iter().all(|(_, parts)| Arc::ptr_eq(train(parts), &halves.0)));
            let later = lab.experiments(None, 1).unwrap().networks().unwrap();
            assert!(!Arc::ptr_eq(train(&later[0].1), &halves.0));
        };
        std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap();
    }
}
