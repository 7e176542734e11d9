//! What an edit of the lab may exchange while an experiment goes on: the rule, what drives its hyper-parameters, clipping
//! and length. Editions that are not in force are kept, so that the way back before an edit is exact.

use super::{Experiment, Length, Parts};
use crate::error::Result;
use crate::optim::{Clip, Kept, Rule, RuleKept, Schedule};
use crate::program::{Parameter, Real};

/// One edition. That of number 0 is what the experiment was made of.
pub(in crate::train) struct Edition<F: Real> {
    rule: Rule<F>,
    hyper_names: Vec<String>,
    schedules: Vec<Box<dyn Schedule>>,
    hyper: Vec<f64>,
    turned: Vec<Option<f64>>,
    clip: Option<Clip>,
    length: Length,
    evaluate_every: u64,
    /// States that the edition before did not have: they start anew.
    fresh: Vec<String>,
}

/// What an edition had when it was taken up.
pub(super) struct Beginning<F> {
    rule: RuleKept<F>,
    schedules: Vec<Option<Kept>>,
    hyper: Vec<f64>,
    turned: Vec<Option<f64>>,
}

/// An edition that is not in force.
pub(super) struct Shelved<F: Real> {
    number: u64,
    edition: Edition<F>,
    beginning: Option<Beginning<F>>,
}

impl<F: Real> Edition<F> {
    /// States that the edition before did not have.
    pub fn fresh(&self) -> &[String] {
        &self.fresh
    }
}

impl<F: Real> Experiment<F> {
    /// The number of the edition in force.
    pub(in crate::train) fn edition(&self) -> u64 {
        self.edition
    }

    /// It was made of the parts of this edition.
    pub(in crate::train) fn is_of_edition(&mut self, number: u64) {
        self.edition = number;
    }

    /// An edition of new parts for the weights as they stand. After the first step, states that bear the same name go on
    /// with their values, others start; so does what a schedule has learned if its script is the same. A knob that was
    /// turned by hand stays turned where the edit left its value alone.
    ///
    /// # Errors
    /// The rule or a schedule fails. Nothing is changed then.
    pub(in crate::train) fn edition_of(&mut self, parts: Parts<F>) -> Result<Edition<F>> {
        let Parts { rule, hyper: mut schedules, clip, length, evaluate, .. } = parts;
        let segments = self.layout().parameters().iter().map(Parameter::range).collect();
        let hyper_names = rule.hyper.clone();
        let mut rule = Rule::new(rule, self.params.values_mut(), segments)?;
        let fresh = if self.steps > 0 { rule.go_on_with(&self.rule) } else { Vec::new() };
        let (mut turned, mut hyper) = (vec![None; schedules.len()], vec![f64::NAN; schedules.len()]);
        for (at, schedule) in schedules.iter_mut().enumerate() {
            let old = self.hyper_names.iter().position(|name| *name == hyper_names[at]);
            // What is shown before the next step is the value that it will use, as far as that is known before it: what
            // learns from the run has its last one, or its first.
            hyper[at] = match (schedule.keep(), old) {
                (None, _) => schedule.rate(self.steps)?,
                (Some(_), Some(old)) => self.hyper[old],
                (Some(_), None) => schedule.rate(0)?,
            };
            let Some(old) = old else { continue };
            match (self.schedules[old].keep(), schedule.keep()) {
                (Some(kept), Some(_)) => {
                    schedule.recall(&kept);
                    turned[at] = self.turned[old];
                }
                (None, None) => {
                    let value = |schedule: &mut Box<dyn Schedule>| schedule.rate(self.steps).map(f64::to_bits);
                    if value(schedule)? == value(&mut self.schedules[old])? {
                        turned[at] = self.turned[old];
                    }
                }
                _ => {}
            }
        }
        let evaluate_every = evaluate.max(1);
        Ok(Edition { rule, hyper_names, schedules, hyper, turned, clip, length, evaluate_every, fresh })
    }

    /// Goes on by another edition.
    pub(in crate::train) fn take_up(&mut self, number: u64, mut edition: Edition<F>) {
        let mut rule = RuleKept::default();
        edition.rule.keep(&mut rule);
        let schedules = edition.schedules.iter().map(|schedule| schedule.keep()).collect();
        let (hyper, turned) = (edition.hyper.clone(), edition.turned.clone());
        let beginning = Beginning { rule, schedules, hyper, turned };
        self.exchange(&mut edition);
        let before = self.beginning.replace(beginning);
        // Later ones than that which was in force belong to a future that is given up.
        self.shelf.retain(|shelved| shelved.number < self.edition);
        self.shelf.push(Shelved { number: self.edition, edition, beginning: before });
        self.edition = number;
    }

    /// Takes an edition up again, as it was taken up at this step before. In force already, its knobs stand again as they
    /// did then.
    pub(in crate::train) fn take_up_again(&mut self, number: u64) {
        let in_force = self.edition == number;
        self.fetch(number);
        let Some(beginning) = self.beginning.as_ref().filter(|_| self.edition == number) else { return };
        self.turned.clone_from(&beginning.turned);
        if in_force {
            return;
        }
        self.hyper.clone_from(&beginning.hyper);
        self.rule.recall(&beginning.rule);
        for (schedule, kept) in self.schedules.iter_mut().zip(&beginning.schedules) {
            if let Some(kept) = kept {
                schedule.recall(kept);
            }
        }
    }

    /// Puts an edition into force as it lies on the shelf; it is about to be told where it stood.
    pub(super) fn fetch(&mut self, number: u64) {
        if number == self.edition {
            return;
        }
        let Some(at) = self.shelf.iter().position(|shelved| shelved.number == number) else { return };
        let Shelved { mut edition, beginning, .. } = self.shelf.swap_remove(at);
        self.exchange(&mut edition);
        let before = std::mem::replace(&mut self.beginning, beginning);
        self.shelf.push(Shelved { number: self.edition, edition, beginning: before });
        self.edition = number;
    }

    /// The editions of another experiment, made of the same lab, that this one has not: its own first edition is in force.
    pub(in crate::train) fn take_editions_of(&mut self, other: Self) {
        let Self { rule, hyper_names, schedules, hyper, turned, clip, length, evaluate_every, .. } = other;
        let fresh = Vec::new();
        let edition = Edition { rule, hyper_names, schedules, hyper, turned, clip, length, evaluate_every, fresh };
        let in_force = Shelved { number: other.edition, edition, beginning: other.beginning };
        let all = other.shelf.into_iter().chain([in_force]);
        self.shelf = all.filter(|shelved| shelved.number != self.edition).collect();
    }

    fn exchange(&mut self, other: &mut Edition<F>) {
        std::mem::swap(&mut self.rule, &mut other.rule);
        std::mem::swap(&mut self.hyper_names, &mut other.hyper_names);
        std::mem::swap(&mut self.schedules, &mut other.schedules);
        std::mem::swap(&mut self.hyper, &mut other.hyper);
        std::mem::swap(&mut self.turned, &mut other.turned);
        std::mem::swap(&mut self.clip, &mut other.clip);
        std::mem::swap(&mut self.length, &mut other.length);
        std::mem::swap(&mut self.evaluate_every, &mut other.evaluate_every);
    }
}
