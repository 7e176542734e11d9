//! What is told of a run that left the finite numbers: the step, the layer, the quantity, the steps before it, and a
//! sentence of advice. It holds what others found out.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::error::scrubbed;

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
    /// The operation of a script that broke, with its numbers and its element; empty where it is not known, or it was no
    /// operation of a script.
    #[serde(deserialize_with = "scrubbed")]
    pub cause: String,
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
        let cause = if self.cause.is_empty() { String::new() } else { format!(": {}", self.cause) };
        format!("step {}: the {}{of} is {value}{cause}", self.step, self.quantity.word())
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
            "cause": text(&self.cause),
            "what": self.sentence(),
            "first_step": self.first_step(),
            "losses": self.losses,
            "grad_norms": self.grad_norms,
            "advice": self.advice,
        })
    }
}
