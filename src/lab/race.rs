//! A lab's racers: whole labs of their own, run beside it from the same first weights over the same batches.

use std::sync::Arc;

use super::build;
use super::document::Document;
use super::lab::{Lab, NetworkSubject};
use super::resolved;
use crate::data::Dataset;
use crate::error::Result;
use crate::train::Parts;

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
    pub(super) fn set_race(&mut self, racers: Vec<Racer>, document: &Document) {
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
            self.resolved += &resolved::section("compare", node);
        }
    }

    /// What trains in every run, by name, the lab's own first. Runs with the same data share them in memory.
    ///
    /// With another seed than the lab's, a racer that has a seed of its own keeps its distance from the lab's.
    ///
    /// # Errors
    /// As [`Lab::experiment`] has them.
    pub fn experiments(&self, seed: Option<u64>, threads: usize) -> Result<Vec<(String, Parts<f32>)>> {
        let mut shared = SharedData::default();
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
pub(super) type Halves = (Arc<Dataset>, Option<Arc<Dataset>>);

/// Data that were made for one run and serve others as well.
#[derive(Default)]
pub(super) struct SharedData {
    made: Vec<(String, Halves)>,
}

impl SharedData {
    /// The two parts of a network's data, made if no other run has made the same.
    pub(super) fn halves(&mut self, subject: &NetworkSubject, seed: u64) -> Result<Halves> {
        // The same text makes the same samples; a loss of another kind wants other targets of them.
        let targets = (subject.loss.is_of_classes(), subject.loss.name(), subject.network.outputs());
        let key = format!("{seed} {targets:?}\n{}", resolved::data_text(&subject.data)?);
        if let Some((_, halves)) = self.made.iter().find(|(made, _)| *made == key) {
            return Ok(halves.clone());
        }
        let halves = build::halves(subject, seed)?;
        self.made.push((key, halves.clone()));
        Ok(halves)
    }
}
