//! Moving averages of a series `theta_1, theta_2, ...`: simple, weighted and exponential. Each takes one value at a time
//! and answers with its average, in f64. It knows nothing of where the values come from.

mod lines;

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A moving average by its settings; [`Average::start`] makes one that takes values.
#[derive(Debug, Clone, PartialEq)]
pub enum Average {
    /// The mean of the newest values; see [`Simple`].
    Simple {
        /// How many; at least 1.
        window: u64,
    },
    /// A mean in which the newest values count by their weights; see [`Weighted`].
    Weighted {
        /// Oldest first. The newest weight alone, the newest two, and so on up to all of them have a sum other than 0.
        weights: Arc<[f64]>,
    },
    /// A mean in which every value counts, the less the older it is; see [`Exponential`].
    Exponential {
        /// What is kept of the old average, in [0, 1).
        beta: f64,
        /// Divided by `1 - beta^t`, so that its start at 0 is not felt.
        corrected: bool,
    },
}

impl Average {
    /// `simple.10`, `weighted.4`, `exponential.0.9` or `exponential.0.9.corrected`. Two weighted averages of as many
    /// weights have the same name.
    pub fn name(&self) -> String {
        match self {
            Self::Simple { window } => format!("simple.{window}"),
            Self::Weighted { weights } => format!("weighted.{}", weights.len()),
            Self::Exponential { beta, corrected: false } => format!("exponential.{beta}"),
            Self::Exponential { beta, corrected: true } => format!("exponential.{beta}.corrected"),
        }
    }

    /// The average before its first value.
    pub fn start(&self) -> MovingAverage {
        match self {
            Self::Simple { window } => MovingAverage::Simple(Simple::new(*window)),
            Self::Weighted { weights } => MovingAverage::Weighted(Weighted::new(weights.clone())),
            Self::Exponential { beta, corrected: false } => MovingAverage::Exponential(Exponential::new(*beta)),
            Self::Exponential { beta, corrected: true } => MovingAverage::Corrected(Exponential::new(*beta)),
        }
    }
}

/// A moving average on its way along a series.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum MovingAverage {
    /// The mean of a window.
    Simple(Simple),
    /// The weighted mean of a window.
    Weighted(Weighted),
    /// The exponential average as it is.
    Exponential(Exponential),
    /// The exponential average, corrected for its start.
    Corrected(Exponential),
}

impl MovingAverage {
    /// Takes the next value and gives the average.
    pub fn push(&mut self, theta: f64) -> f64 {
        match self {
            Self::Simple(average) => average.push(theta),
            Self::Weighted(average) => average.push(theta),
            Self::Exponential(average) => {
                average.push(theta);
                average.v()
            }
            Self::Corrected(average) => {
                average.push(theta);
                average.corrected()
            }
        }
    }
}

impl MovingAverage {
    /// What each of the newest values is multiplied by in the average after `t` values, the newest first, at most `most`:
    /// `1/T`, `w_T / sum`, `(1 - beta) beta^k`, and the last one divided by `1 - beta^t` where that is corrected.
    pub fn weights(&self, t: u64, most: usize) -> Vec<f64> {
        let seen = usize::try_from(t).unwrap_or(usize::MAX);
        match self {
            Self::Simple(average) => {
                let window = usize::try_from(average.window).unwrap_or(usize::MAX).min(seen);
                vec![1.0 / window as f64; window.min(most)]
            }
            Self::Weighted(average) => {
                let newest = average.weights.iter().rev().take(seen);
                let sum: f64 = newest.clone().sum();
                newest.take(most).map(|weight| weight / sum).collect()
            }
            Self::Exponential(average) | Self::Corrected(average) => {
                let whole = if matches!(self, Self::Corrected(_)) { average.weight } else { 1.0 };
                let beta = average.beta;
                let weight = |k: usize| (1.0 - beta) * beta.powi(k as i32) / whole;
                (0..seen.min(most)).map(weight).collect()
            }
        }
    }
}

/// The simple moving average (media movel simples) over a window of `T` values:
///
/// ```text
/// v_t = (theta_{t-T+1} + ... + theta_t) / T
/// ```
///
/// While there are fewer than `T` values, the mean of those that there are.
///
/// Nothing is ever subtracted: a sum from which the oldest value is taken away again would keep the rounding errors of
/// every large value that has left the window. Instead the window is a queue of two halves. The newer half has one
/// running sum; when the older half is used up, the newer one takes its place as the sums of its last 1, 2, 3, ...
/// values, so that leaving out the oldest is taking the next sum. Two additions a value, whatever the window.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Simple {
    window: u64,
    /// The sums over the rest of the older half, the one over all of it last.
    older: Vec<f64>,
    newer: Vec<f64>,
    newer_sum: f64,
}

impl Simple {
    /// Before the first value; `window` is at least 1.
    pub fn new(window: u64) -> Self {
        Self { window: window.max(1), older: Vec::new(), newer: Vec::new(), newer_sum: 0.0 }
    }

    /// Takes a value and gives the mean of the window.
    pub fn push(&mut self, theta: f64) -> f64 {
        if (self.older.len() + self.newer.len()) as u64 == self.window {
            if self.older.is_empty() {
                let mut sum = 0.0;
                while let Some(value) = self.newer.pop() {
                    sum += value;
                    self.older.push(sum);
                }
                self.newer_sum = 0.0;
            }
            self.older.pop();
        }
        self.newer.push(theta);
        self.newer_sum += theta;
        let count = self.older.len() + self.newer.len();
        (self.older.last().unwrap_or(&0.0) + self.newer_sum) / count as f64
    }
}

/// The weighted moving average (media movel ponderada) with the weights `w_1, ..., w_T`, the oldest value's first:
///
/// ```text
/// v_t = (w_1 theta_{t-T+1} + ... + w_T theta_t) / (w_1 + ... + w_T)
/// ```
///
/// While there are only `k < T` values, the newest `k` weights are theirs, and the sum is that of those weights.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "WeightedBytes")]
pub struct Weighted {
    weights: Arc<[f64]>,
    values: VecDeque<f64>,
}

/// A [`Weighted`] as bytes have it, before it is known that each value has its weight.
#[derive(Deserialize)]
struct WeightedBytes {
    weights: Arc<[f64]>,
    values: VecDeque<f64>,
}

impl TryFrom<WeightedBytes> for Weighted {
    type Error = &'static str;

    fn try_from(WeightedBytes { weights, values }: WeightedBytes) -> Result<Self, Self::Error> {
        if values.len() > weights.len() {
            return Err("a weighted average has more values than weights");
        }
        Ok(Self { weights, values })
    }
}

impl Weighted {
    /// Before the first value; see [`Average::Weighted`] on what the weights promise.
    pub fn new(weights: Arc<[f64]>) -> Self {
        Self { values: VecDeque::with_capacity(weights.len()), weights }
    }

    /// Takes a value and gives the weighted mean of the window.
    pub fn push(&mut self, theta: f64) -> f64 {
        if self.values.len() == self.weights.len() {
            self.values.pop_front();
        }
        self.values.push_back(theta);
        let weights = &self.weights[self.weights.len() - self.values.len()..];
        let sum: f64 = weights.iter().zip(&self.values).map(|(weight, value)| weight * value).sum();
        sum / weights.iter().sum::<f64>()
    }
}

/// The exponential moving average (media movel exponencial), with and without the correction of its start:
///
/// ```text
/// v_0 = 0
/// v_t = beta v_{t-1} + (1 - beta) theta_t
/// v_hat_t = v_t / (1 - beta^t)
/// ```
///
/// It remembers about the newest `1 / (1 - beta)` values. The weights of the first `t` values sum up to `1 - beta^t`,
/// not to 1, hence the correction. That sum is kept by the same recurrence as `v`: for `beta` near 1 the difference
/// `1 - beta^t` would lose its digits.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Exponential {
    beta: f64,
    v: f64,
    /// `1 - beta^t`
    weight: f64,
}

impl Exponential {
    /// Before the first value; `beta` in [0, 1).
    pub fn new(beta: f64) -> Self {
        Self { beta, v: 0.0, weight: 0.0 }
    }

    /// Takes a value.
    pub fn push(&mut self, theta: f64) {
        self.v = self.beta * self.v + (1.0 - self.beta) * theta;
        self.weight = self.beta * self.weight + (1.0 - self.beta);
    }

    /// The average as it is: `v_t`; 0 before the first value.
    pub fn v(&self) -> f64 {
        self.v
    }

    /// `v_t / (1 - beta^t)`; NaN before the first value.
    pub fn corrected(&self) -> f64 {
        self.v / self.weight
    }
}

#[cfg(test)]
#[path = "averages_tests.rs"]
mod tests;
