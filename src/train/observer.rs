//! Observers: what looks at a run after each step and tells a number or an end. An observer is handed what it may look
//! at and never changes a number of the training. Whether it is scripted, nobody here knows.

use serde::{Deserialize, Serialize};

use super::experiment::{Experiment, StepReport};
use super::history::Series;
use super::look::{Look, Part, Seen};
use crate::error::{Error, Result};
use crate::optim::{Memory, RunView};
use crate::program::{Layout, Real};
use crate::snapshot::{Bucket, Line, ObservedView};

/// Buckets of a logged name's line.
const LINE: usize = 256;

/// What an observer may look at after a step. The three tensors are of the same layout; one that is not needed is empty.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The numbers of the run.
    pub run: &'a RunView,
    /// What lies where in the tensors.
    pub layout: &'a Layout,
    /// The weights after the step.
    pub weights: &'a [f64],
    /// The gradient that the rule was given: with the penalty, after clipping.
    pub gradients: &'a [f64],
    /// `W_new - W` of the step.
    pub updates: &'a [f64],
    /// What the rule keeps, by the names that `state.safetensors` has, `v.W1`; empty if it is not needed.
    pub states: &'a [(String, Seen)],
}

/// What an observer looks at beside the numbers of the run, so that nothing is copied in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for itself: any may be needed without the others")]
pub struct Needs {
    /// [`Scene::weights`].
    pub weights: bool,
    /// [`Scene::gradients`].
    pub gradients: bool,
    /// [`Scene::updates`].
    pub updates: bool,
    /// [`Scene::states`].
    pub states: bool,
}

/// What an observer told.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Notes {
    /// Numbers by name, in the order of telling.
    pub values: Vec<(String, f64)>,
    /// The run is to end, and why.
    pub stop: Option<String>,
}

/// Looks at a run. It is asked in the order of the steps, from the first.
pub trait Observer: Send {
    /// What it looks at.
    fn needs(&self) -> Needs;
    /// After a step.
    fn on_step(&mut self, scene: &Scene<'_>, notes: &mut Notes) -> Result<()>;
    /// After the last step of an epoch or of the run, and its evaluation if one was due.
    fn on_epoch(&mut self, scene: &Scene<'_>, notes: &mut Notes) -> Result<()>;
    /// A copy of what it remembers, if it remembers anything.
    fn save(&self) -> Option<Memory> {
        None
    }
    /// Puts such a copy back: it is then asked about steps that it has seen before, and says of them what it said then.
    ///
    /// # Errors
    /// The copy is of another script, or does not fit. Nothing is changed then.
    fn restore(&mut self, memory: &Memory) -> Result<()> {
        Err(memory.unwanted("an observer"))
    }
}

/// An observer's memory and what it has told, copied.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ObservingCheckpoint {
    memory: Option<Memory>,
    logged: Vec<Logged>,
}

impl ObservingCheckpoint {
    /// The memory that it takes.
    pub fn bytes(&self) -> usize {
        let logged: usize = self.logged.iter().map(|logged| logged.line.bytes() + size_of::<Logged>()).sum();
        logged + self.memory.as_ref().map_or(0, Memory::bytes)
    }
}

/// A name that was logged, over the run.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Logged {
    name: String,
    value: f64,
    line: Series,
    /// The step of the newest value.
    step: u64,
}

/// An observer at work on an experiment, and what it has told so far.
pub struct Observing {
    observer: Box<dyn Observer>,
    needs: Needs,
    weights: Vec<f64>,
    gradients: Vec<f64>,
    updates: Vec<f64>,
    states: Vec<(String, Seen)>,
    notes: Notes,
    logged: Vec<Logged>,
}

impl Observing {
    /// Takes the experiment's observer, if its lab names one.
    pub fn of<F: Real>(experiment: &mut Experiment<F>) -> Option<Self> {
        let observer = experiment.take_observer()?;
        let needs = observer.needs();
        if needs.updates {
            experiment.observe_updates();
        }
        Some(Self {
            observer,
            needs,
            weights: Vec::new(),
            gradients: Vec::new(),
            updates: Vec::new(),
            states: Vec::new(),
            notes: Notes::default(),
            logged: Vec::new(),
        })
    }

    /// Copies what it remembers and what it has told.
    pub fn save(&self) -> ObservingCheckpoint {
        ObservingCheckpoint { memory: self.observer.save(), logged: self.logged.clone() }
    }

    /// Puts a copy back.
    ///
    /// # Errors
    /// The copy is of another observer, or does not fit. Nothing is changed then.
    pub fn restore(&mut self, kept: &ObservingCheckpoint) -> Result<()> {
        let usual = Series::new(LINE);
        if !kept.logged.iter().all(|logged| logged.line.is_like(&usual)) {
            return Err(Error::user("the lines of what was logged are of another length"));
        }
        let known = |name: &String| kept.memory.as_ref().is_none_or(|memory| memory.logged().contains(name));
        if !kept.logged.iter().all(|logged| known(&logged.name)) {
            return Err(Error::user("a name was logged that the observer does not know"));
        }
        match (&kept.memory, self.observer.save()) {
            (Some(memory), Some(_)) => self.observer.restore(memory)?,
            (None, None) => {}
            (Some(memory), None) => return Err(memory.unwanted("an observer")),
            (None, Some(_)) => return Err(Error::user("nothing was kept of what the observer remembers")),
        }
        self.logged.clone_from(&kept.logged);
        Ok(())
    }

    /// After a step.
    pub fn stepped<F: Real>(&mut self, experiment: &mut Experiment<F>, report: &StepReport) -> Result<&Notes> {
        self.ask(experiment, report, |observer, scene, notes| observer.on_step(scene, notes))
    }

    /// After the last step of an epoch or of the run.
    pub fn epoch_ended<F: Real>(&mut self, experiment: &mut Experiment<F>, report: &StepReport) -> Result<&Notes> {
        self.ask(experiment, report, |observer, scene, notes| observer.on_epoch(scene, notes))
    }

    fn ask<F: Real>(
        &mut self,
        experiment: &mut Experiment<F>,
        report: &StepReport,
        ask: impl FnOnce(&mut dyn Observer, &Scene<'_>, &mut Notes) -> Result<()>,
    ) -> Result<&Notes> {
        self.notes.values.clear();
        self.notes.stop = None;
        copy(self.needs.weights, &mut self.weights, experiment.params().values());
        copy(self.needs.gradients, &mut self.gradients, experiment.grads().values());
        if self.needs.updates {
            self.updates = experiment.update(0..experiment.params().values().len()).unwrap_or_default();
        }
        if self.needs.states {
            let named = |name: String| experiment.look(Part::State, Some(&name)).map(|seen| (name, seen));
            self.states = experiment.names(Part::State).into_iter().filter_map(named).collect();
        }
        let run = experiment.view();
        let scene = Scene {
            run: &run,
            layout: experiment.layout(),
            weights: &self.weights,
            gradients: &self.gradients,
            updates: &self.updates,
            states: &self.states,
        };
        ask(self.observer.as_mut(), &scene, &mut self.notes)?;
        for (name, value) in &self.notes.values {
            keep(&mut self.logged, name, *value, report.step);
        }
        Ok(&self.notes)
    }

    /// Every name with its newest value and its line, in the order in which the names came up.
    pub fn view(&self) -> Vec<ObservedView> {
        let view = |logged: &Logged| ObservedView {
            name: logged.name.clone(),
            value: logged.value,
            line: Line { buckets: logged.line.buckets(), width: logged.line.width() },
        };
        self.logged.iter().map(view).collect()
    }
}

/// Copies values that are needed into a place that is used again.
fn copy<F: Real>(wanted: bool, copy: &mut Vec<f64>, values: &[F]) {
    copy.clear();
    copy.extend(values.iter().filter(|_| wanted).map(|value| value.to_f64()));
}

/// The first value is a point at its step; any other holds for the steps since the one before it. Of several in one step the
/// last is kept.
fn keep(logged: &mut Vec<Logged>, name: &str, value: f64, step: u64) {
    let at = logged.iter().position(|logged| logged.name == name).unwrap_or_else(|| {
        let mut line = Series::new(LINE);
        line.push_many(Bucket::ABSENT, step.saturating_sub(1));
        logged.push(Logged { name: name.to_owned(), value, line, step: step.saturating_sub(1) });
        logged.len() - 1
    });
    let logged = &mut logged[at];
    logged.line.push_many(value, step.saturating_sub(logged.step));
    (logged.value, logged.step) = (value, step);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_holds_since_the_one_before_it_so_that_all_lines_cover_the_same_steps() {
        let mut logged = Vec::new();
        for step in 1..=6 {
            keep(&mut logged, "each", f64::from(step as u32), step);
            if step % 3 == 0 {
                keep(&mut logged, "third", -1.0, step);
                keep(&mut logged, "third", -2.0, step);
            }
        }
        let counts: Vec<usize> = logged.iter().map(|logged| logged.line.buckets().len()).collect();
        assert_eq!((counts, logged[1].value), (vec![6, 6], -2.0));
    }

    #[test]
    fn a_value_logged_once_covers_its_step_alone() {
        let mut logged = Vec::new();
        keep(&mut logged, "once", 0.5, 40);
        let buckets = logged[0].line.buckets();
        assert_eq!(buckets.iter().map(|bucket| bucket.count).sum::<u64>(), 1);
        assert!(buckets[..39].iter().all(Bucket::is_absent) && buckets[39].last == 0.5);
        // From the second one on it holds between them; steps in a bucket with a value are no gap.
        keep(&mut logged, "once", 0.7, 1000);
        let buckets = logged[0].line.buckets();
        assert_eq!(buckets.iter().map(|bucket| bucket.count).sum::<u64>(), 961);
        assert!(buckets[0].is_absent() && !buckets[9].is_absent());
    }
}
