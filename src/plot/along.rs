//! What curves are drawn over: steps, epochs, samples, seconds or the learning rate. A step of a run is put at its place there;
//! nothing is guessed: what a run does not tell is an error.

use super::run::Run;
use crate::error::{Error, Result};

/// What curves are drawn over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Along {
    /// Updates, or values of a series.
    #[default]
    Step,
    /// Passes over the training part, with the share of the one that is not done.
    Epoch,
    /// Samples that all steps so far have seen.
    Samples,
    /// Seconds in training; between two evaluations in proportion to the steps.
    Seconds,
    /// The learning rate of the step.
    Rate,
}

impl Along {
    /// The words of the command line.
    pub const NAMES: [&str; 5] = ["step", "epoch", "samples", "seconds", "lr"];

    /// That of a name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Step, Self::Epoch, Self::Samples, Self::Seconds, Self::Rate];
        Self::NAMES.iter().zip(all).find(|(own, _)| **own == name).map(|(_, along)| along)
    }

    /// What the axis is called.
    pub fn label(self, of_series: bool) -> &'static str {
        match self {
            Self::Step if of_series => "t",
            Self::Step => "step",
            Self::Epoch => "epoch",
            Self::Samples => "samples seen",
            Self::Seconds => "seconds in training",
            Self::Rate => "learning rate",
        }
    }
}

/// Where the steps of a run lie.
#[derive(Debug, Clone, PartialEq)]
pub enum Places {
    /// Where they are counted.
    Steps,
    /// At so many steps for one.
    Epochs(f64),
    /// So many steps see so many samples, of which a batch has some.
    Samples {
        /// Steps in an epoch.
        steps: f64,
        /// Samples in an epoch.
        samples: f64,
        /// Samples in a batch but for the last of an epoch.
        batch: f64,
    },
    /// Between these, steps and where they lie.
    Between(Vec<(f64, f64)>),
    /// The place of each step, from the first on.
    Each(Vec<f64>),
}

impl Places {
    /// Those of a run.
    ///
    /// # Errors
    /// The run does not tell them.
    pub fn of(run: &Run, along: Along) -> Result<Self> {
        match along {
            Along::Step => Ok(Self::Steps),
            Along::Epoch => Ok(Self::Epochs(steps_of_an_epoch(run, "epochs")?)),
            Along::Samples => samples(run),
            Along::Seconds => seconds(run),
            Along::Rate => rates(run),
        }
    }

    /// The place of a step; NaN where there is none.
    pub fn at(&self, step: f64) -> f64 {
        match self {
            Self::Steps => step,
            Self::Epochs(steps) => step / steps,
            Self::Samples { steps, samples, batch } => {
                let whole = (step / steps).floor();
                whole * samples + ((step - whole * steps) * batch).min(*samples)
            }
            Self::Between(known) => {
                let next = known.partition_point(|(own, _)| *own < step);
                match (next.checked_sub(1).map(|before| known[before]), known.get(next)) {
                    (_, Some((own, place))) if *own == step => *place,
                    (Some((a, from)), Some((b, to))) => from + (to - from) * (step - a) / (b - a),
                    _ => f64::NAN,
                }
            }
            Self::Each(places) if step >= 1.0 => places.get(step as usize - 1).copied().unwrap_or(f64::NAN),
            Self::Each(_) => f64::NAN,
        }
    }
}

fn lacks(run: &Run, what: &str, why: &str) -> Error {
    Error::user(format!("the run `{}` has no {what}: {why}", run.called()))
        .help("leave `--x` out to draw over its steps")
}

/// Steps in an epoch: as many as the fullest epoch of its table has.
fn steps_of_an_epoch(run: &Run, what: &str) -> Result<f64> {
    if run.is_on_landscape() {
        return Err(lacks(run, what, "it goes over a landscape"));
    }
    let epochs = run.steps.as_ref().and_then(|table| table.column("epoch"));
    let Some(epochs) = epochs else { return Err(lacks(run, what, "it walks along a series")) };
    let most = epochs.chunk_by(|a, b| a == b).map(<[f64]>::len).max().unwrap_or(1);
    Ok(most as f64)
}

fn samples(run: &Run) -> Result<Places> {
    let steps = steps_of_an_epoch(run, "samples")?;
    let Some(all) = run.samples else {
        let error = Error::user(format!("the run `{}` does not tell how many samples it has seen", run.called()));
        return Err(error.help("its `summary.json` is missing or of an earlier optlab: train it again with `--out`"));
    };
    let made = run.steps.as_ref().map_or(0, super::table::Table::rows) as f64;
    let (whole, all) = ((made / steps).floor(), all as f64);
    let begun = made - whole * steps;
    // A batch that is named by a word is all of the data.
    let batch = run.number("training.batch").unwrap_or(all / made.max(1.0));
    let samples = if whole > 0.0 { (all - begun * batch) / whole } else { all };
    Ok(Places::Samples { steps, samples, batch })
}

fn seconds(run: &Run) -> Result<Places> {
    let table = run.epochs.as_ref();
    let columns = table.and_then(|table| Some((table.column("step")?, table.column("seconds")?)));
    let Some((steps, seconds)) = columns.filter(|(steps, _)| !steps.is_empty()) else {
        let why = if run.is_series() { "it walks along a series" } else { "it came to no evaluation" };
        return Err(lacks(run, "times", why));
    };
    let known = steps.iter().copied().zip(seconds.iter().copied()).filter(|(_, seconds)| seconds.is_finite());
    Ok(Places::Between(std::iter::once((0.0, 0.0)).chain(known).collect()))
}

fn rates(run: &Run) -> Result<Places> {
    let rates = run.steps.as_ref().and_then(|table| table.column("lr"));
    let there = rates.filter(|rates| rates.iter().any(|rate| rate.is_finite()));
    let Some(rates) = there else { return Err(lacks(run, "learning rate", "its rule has none")) };
    let first = rates[0];
    if rates.iter().all(|rate| *rate == first) {
        return Err(lacks(run, "learning rates to draw over", &format!("it is {first} at every step")));
    }
    Ok(Places::Each(rates.to_vec()))
}
