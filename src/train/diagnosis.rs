//! What went wrong when a run left the finite numbers: the step, the layer, the quantity, the steps before it, and a
//! sentence of advice. It looks at what is there and computes nothing again.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::error::scrubbed;

/// The steps before a divergence that are told.
pub const RECENT: usize = 50;

/// What was the first to leave the finite numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quantity {
    /// The loss of a mini-batch; what the layers gave out is finite.
    Loss,
    /// What a layer gave out.
    Activation,
    /// A gradient.
    Gradient,
    /// A weight after its update.
    Weight,
    /// A hyper-parameter, by its schedule.
    Rate,
    /// A value that the rule keeps; the weights are finite.
    State,
}

impl Quantity {
    /// The word for a message.
    pub fn word(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Activation => "activation",
            Self::Gradient => "gradient",
            Self::Weight => "weight",
            Self::Rate => "hyper-parameter",
            Self::State => "state",
        }
    }
}

/// The first value of a run that was not finite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Divergence {
    /// The step, counted from 1, whose update could not be trusted.
    pub step: u64,
    /// What it was.
    pub quantity: Quantity,
    /// The parameter (`W1`), its state (`s.W1`) or the hyper-parameter (`lr`); empty for a loss or an activation.
    #[serde(deserialize_with = "scrubbed")]
    pub parameter: String,
    /// The layer as the lab lists it: `layer 3 (relu)`; empty where there is none to name.
    #[serde(deserialize_with = "scrubbed")]
    pub layer: String,
    /// The value: infinite or NaN.
    pub value: f64,
    /// The losses of the last steps before it, newest last; at most 50.
    pub losses: Vec<f64>,
    /// |dW| in the same steps.
    pub grad_norms: Vec<f64>,
    /// The next step for a student.
    #[serde(deserialize_with = "scrubbed")]
    pub advice: String,
}

impl Divergence {
    /// One sentence for the header, the guide and the terminal.
    pub fn sentence(&self) -> String {
        let mut of = if self.parameter.is_empty() { String::new() } else { format!(" of {}", self.parameter) };
        if !self.layer.is_empty() {
            let word = if self.parameter.is_empty() { "of" } else { "in" };
            let _ = write!(of, " {word} {}", self.layer);
        }
        let value = if self.value.is_nan() { "not a number".to_owned() } else { format!("{}", self.value) };
        format!("step {}: the {}{of} is {value}", self.step, self.quantity.word())
    }

    /// The next step for a student.
    pub fn advice(&self) -> &str {
        &self.advice
    }

    /// The loss of the step before, if there was one.
    pub fn last_loss(&self) -> Option<f64> {
        self.losses.last().copied()
    }

    /// The first of the steps whose losses are told.
    pub fn first_step(&self) -> u64 {
        let after = if self.quantity == Quantity::State { self.step.saturating_add(1) } else { self.step };
        after.saturating_sub(self.losses.len() as u64)
    }

    /// For `summary.json`; what is not finite is null.
    pub fn to_json(&self) -> serde_json::Value {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        serde_json::json!({
            "step": self.step,
            "quantity": self.quantity.word(),
            "layer": text(&self.layer),
            "parameter": text(&self.parameter),
            "value": self.value,
            "what": self.sentence(),
            "first_step": self.first_step(),
            "losses": self.losses,
            "grad_norms": self.grad_norms,
            "advice": self.advice,
        })
    }
}

/// The losses and gradient norms of the last steps. Allocates nothing after its making.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "RecentBytes")]
pub(super) struct Recent {
    ring: Vec<(f64, f64)>,
    /// Where the next one goes.
    next: usize,
}

/// The same before it was checked.
#[derive(Deserialize)]
struct RecentBytes {
    ring: Vec<(f64, f64)>,
    next: usize,
}

impl TryFrom<RecentBytes> for Recent {
    type Error = &'static str;

    fn try_from(RecentBytes { ring, next }: RecentBytes) -> Result<Self, Self::Error> {
        let fits = if ring.len() < RECENT { next == ring.len() } else { ring.len() == RECENT && next < RECENT };
        if fits { Ok(Self { ring, next }) } else { Err("the last steps are not a ring") }
    }
}

impl Recent {
    pub fn new() -> Self {
        Self { ring: Vec::with_capacity(RECENT), next: 0 }
    }

    pub fn push(&mut self, loss: f64, grad_norm: f64) {
        if self.ring.len() < RECENT {
            self.ring.push((loss, grad_norm));
        } else {
            self.ring[self.next] = (loss, grad_norm);
        }
        self.next = (self.next + 1) % RECENT;
    }

    /// Losses and norms, oldest first.
    pub fn rows(&self) -> (Vec<f64>, Vec<f64>) {
        let oldest = if self.ring.len() < RECENT { 0 } else { self.next };
        self.ring[oldest..].iter().chain(&self.ring[..oldest]).copied().unzip()
    }
}

/// What may be done about a run of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// The rule has a rate.
    SmallerLr,
    /// Nothing limits the gradient yet.
    Clip,
    /// The largest feature is far from the size of 1.
    Standardize,
    /// It is a landscape.
    StartNearer,
}

/// One sentence.
pub(super) fn advice(quantity: Quantity, parameter: &str, remedies: &[Remedy]) -> String {
    if quantity == Quantity::Rate {
        return format!("look at the schedule of `{parameter}`: it gave a value that is not finite");
    }
    let phrases: Vec<&str> = remedies
        .iter()
        .map(|remedy| match remedy {
            Remedy::SmallerLr => "try a smaller lr (a tenth)",
            Remedy::Clip => "clip the gradient with `training.clip_norm: 1.0`",
            Remedy::Standardize => "standardize the data with `data.standardize: true`",
            Remedy::StartNearer => "start nearer to the bottom",
        })
        .collect();
    match phrases.split_last() {
        None => "look at the rule: it makes steps that grow without end".to_owned(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, [first])) => format!("{first}, or {last}"),
        Some((last, others)) => format!("{}, or {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_steps_are_kept_oldest_first() {
        let mut recent = Recent::new();
        assert_eq!(recent.rows(), (vec![], vec![]));
        for step in 1..=123 {
            recent.push(f64::from(step), -f64::from(step));
            let (losses, norms) = recent.rows();
            let first = (step - 50).max(0) + 1;
            assert_eq!(losses, (first..=step).map(f64::from).collect::<Vec<_>>());
            assert!(losses.iter().zip(norms).all(|(loss, norm)| norm == -loss));
            let bytes = postcard::to_stdvec(&recent).unwrap();
            let back: Recent = postcard::from_bytes(&bytes).unwrap();
            assert_eq!((back.rows(), back.next), (recent.rows(), recent.next));
        }
    }

    #[test]
    fn last_steps_that_are_no_ring_are_refused() {
        let read = |len: usize, next| Recent::try_from(RecentBytes { ring: vec![(1.0, 2.0); len], next });
        assert!(read(3, 3).is_ok() && read(RECENT, 7).is_ok());
        assert!(read(3, 4).is_err() && read(RECENT, RECENT).is_err() && read(RECENT + 1, 0).is_err());
    }

    #[test]
    fn advice_is_one_sentence() {
        let all = [Remedy::SmallerLr, Remedy::Standardize, Remedy::Clip];
        assert_eq!(
            advice(Quantity::Loss, "", &all),
            "try a smaller lr (a tenth), standardize the data with `data.standardize: true`, or clip the gradient with `training.clip_norm: 1.0`"
        );
        assert_eq!(advice(Quantity::Loss, "", &all[..1]), "try a smaller lr (a tenth)");
        assert!(advice(Quantity::Rate, "beta1", &all).contains("schedule of `beta1`"));
        assert!(advice(Quantity::Loss, "", &[]).contains("the rule"));
    }
}
