//! What trains in each run of a lab; runs with the same data share them in memory.

use super::split_data;
use crate::error::Result;
use crate::lab::plan::race::Split;
use crate::lab::plan::{Lab, NetworkSubject, Subject};
use crate::lab::write;
use crate::run::Experiments;
use crate::script;
use crate::train::ExperimentConfig;

impl Lab {
    /// What trains in every run, by name, the lab's own first. Runs with the same data share them in memory.
    ///
    /// With another seed than the lab's, a racer that has a seed of its own keeps its distance from the lab's.
    ///
    /// # Errors
    /// As [`Lab::experiment`] has them.
    pub fn experiments(&self, seed: Option<u64>, threads: usize) -> Result<Experiments> {
        let moved = seed.unwrap_or(self.seed).wrapping_sub(self.seed);
        script::log_again(&self.printed);
        match &self.subject {
            Subject::Network(_) => self.networks(seed, threads).map(|runs| Experiments::Networks(runs, self.rules)),
            Subject::Landscape(_) => {
                let run = |(name, lab): (String, &Self)| {
                    Ok((name, lab.landscape_experiment(Some(lab.seed.wrapping_add(moved)))?))
                };
                let runs = self.runs().into_iter().map(run).collect::<Result<_>>()?;
                Ok(Experiments::Landscapes(runs, self.rules))
            }
            Subject::Series(_) => self.walk(seed).map(Experiments::Series),
        }
    }

    fn networks(&self, seed: Option<u64>, threads: usize) -> Result<Vec<(String, ExperimentConfig<f32>)>> {
        let mut shared = SharedData::default();
        if let (Subject::Network(subject), Some((seed, split))) = (&self.subject, self.checked_data.take()) {
            shared.made.push((data_key(subject, seed)?, split));
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

/// Data that were made for one run and serve others as well.
#[derive(Default)]
pub(in crate::lab) struct SharedData {
    made: Vec<(String, Split)>,
}

impl SharedData {
    /// The parts of a network's data, made if no other run has made the same.
    pub(in crate::lab) fn split_data(&mut self, subject: &NetworkSubject, seed: u64) -> Result<Split> {
        let key = data_key(subject, seed)?;
        if let Some((_, split)) = self.made.iter().find(|(made, _)| *made == key) {
            return Ok(split.clone());
        }
        let made = split_data(subject, seed)?;
        self.made.push((key, made.clone()));
        Ok(made)
    }
}

/// Data with the same key are the same: the same text makes the same samples, and a loss of another kind wants other targets
/// of them.
fn data_key(subject: &NetworkSubject, seed: u64) -> Result<String> {
    let outputs = subject.network.outputs();
    let targets = (subject.loss.learns_classes(1, outputs), subject.loss.name(), outputs);
    Ok(format!("{seed} {targets:?}\n{}", write::data_text(&subject.data)?))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::data::Dataset;
    use crate::lab::files::Files;
    use crate::lab::plan::race::CheckedData;
    use crate::lab::yaml::document::Document;
    use crate::train::{Objective, STACK};

    const LAB: &str = "
data: {source: moons, samples: 64, validation: 0.25}
network: [dense: 4, relu, dense: 2]
loss: cross_entropy
training: {steps: 4, batch: 8}
optimizer: {rule: sgd, lr: 0.1}
compare: {adam: {optimizer: {rule: adam, lr: 0.01}}}
";

    fn train(parts: &ExperimentConfig<f32>) -> &Arc<Dataset> {
        let Objective::Network(learning) = &parts.objective else { unreachable!("a network lab") };
        &learning.train
    }

    #[test]
    fn every_run_takes_the_data_of_the_check_and_later_ones_are_made() {
        let work = || {
            let document = Document::parse("lab.yaml", LAB).unwrap();
            let mut lab = Lab::check(&document, &Files::beside(Path::new("a.yaml")).unwrap(), None).unwrap();
            assert!(lab.race[1].lab.checked_data.take().is_none(), "a racer keeps no copy");
            let (seed, split) = lab.checked_data.take().unwrap();
            lab.checked_data = CheckedData::new(seed, split.clone());
            let first = lab.experiments(None, 1).unwrap().networks().unwrap();
            assert!(first.iter().all(|(_, parts)| Arc::ptr_eq(train(parts), &split.train)));
            let later = lab.experiments(None, 1).unwrap().networks().unwrap();
            assert!(!Arc::ptr_eq(train(&later[0].1), &split.train));
        };
        std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap();
    }
}
