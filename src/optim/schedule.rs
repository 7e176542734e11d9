//! What drives a hyper-parameter from step to step.

use serde::{Deserialize, Serialize};

use super::memory::Memory;
use crate::error::{Place, Result};
use crate::program::Function;

/// What a run has shown so far, for schedules that learn from it and for observers; NaN where there is nothing yet.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RunView {
    /// Updates made.
    pub step: u64,
    /// The epoch that the last of them belongs to, counted from 1; 0 before the first.
    pub epoch: u64,
    /// Evaluations made.
    pub evaluations: u64,
    /// The last batch's loss, with the penalty.
    pub loss: f64,
    /// The exponential average of these losses, corrected for its start.
    pub smooth_loss: f64,
    /// The loss of the whole part that is trained on, by the last evaluation.
    pub train_loss: f64,
    /// The loss of the part held out.
    pub val_loss: f64,
    /// The share of right answers in the part that is trained on.
    pub train_accuracy: f64,
    /// The share of right answers in the part held out.
    pub val_accuracy: f64,
    /// |dW| of the last step, before clipping.
    pub grad_norm: f64,
    /// |`W_new` - W| of the last step.
    pub update_norm: f64,
    /// The rule's `lr` in the last step; NaN for a rule without one.
    pub lr: f64,
    /// A value was not finite, so no step follows.
    pub diverged: bool,
    /// Where it stands, if that can be told in a number or two. No checkpoint holds it: it follows from the weights.
    #[serde(skip)]
    pub position: Position,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Position {
    /// Nobody knows what is run: a schedule is asked for its first value before there is a run.
    #[default]
    Unknown,
    /// In the weights of a network.
    Network,
    /// At a point of a landscape.
    Landscape {
        /// The first weight.
        x: f64,
        /// The second weight.
        y: f64,
        /// The height there, without any noise.
        height: f64,
    },
    /// At a value of a series.
    Series {
        /// The value taken last.
        value: f64,
    },
}

impl Position {
    /// On a landscape, nobody knows where yet.
    pub const ON_A_LANDSCAPE: Self = Self::Landscape { x: f64::NAN, y: f64::NAN, height: f64::NAN };
    /// Before the first value of a series.
    pub const ALONG_A_SERIES: Self = Self::Series { value: f64::NAN };
}

impl Default for RunView {
    /// Before the first step.
    fn default() -> Self {
        Self {
            step: 0,
            epoch: 0,
            evaluations: 0,
            loss: f64::NAN,
            smooth_loss: f64::NAN,
            train_loss: f64::NAN,
            val_loss: f64::NAN,
            train_accuracy: f64::NAN,
            val_accuracy: f64::NAN,
            grad_norm: f64::NAN,
            update_norm: f64::NAN,
            lr: f64::NAN,
            diverged: false,
            position: Position::Unknown,
        }
    }
}

/// What a script makes a value of a schedule of.
#[derive(Debug, Clone)]
pub struct MadeOf {
    /// Its operations, over [`Self::STEP`]; none where they are not known.
    pub function: Option<Function>,
    /// The statement of `rate` that gives the value, or where the function stands.
    pub place: Place,
    /// It is the statement.
    pub gives: bool,
}

impl MadeOf {
    /// The number of updates already made, as a uniform of the function.
    pub const STEP: u16 = 0;
}

/// A hyper-parameter over the run. `t` is the number of updates already made: steps, never epochs.
pub trait Schedule: Send {
    /// The value for the update after `t` others.
    fn rate(&mut self, t: u64) -> Result<f64>;
    /// The same for a schedule that may learn from the run. It is asked before every step, in order, and begins anew when
    /// it is asked for `t = 0`, so that asking twice for the first value changes nothing.
    fn rate_of(&mut self, t: u64, run: &RunView) -> Result<f64> {
        let _ = run;
        self.rate(t)
    }
    /// What the last value asked for has cost, in operations of a script; at least 1.
    fn cost(&self) -> u64 {
        1
    }
    /// The value for the first update, as it would be if the lab turned no knob.
    fn before_turns(&mut self) -> Result<f64> {
        self.rate(0)
    }
    /// Changes with `t`; a constant is drawn and shown otherwise.
    fn moves(&self) -> bool {
        true
    }
    /// A copy of what it has learned from the run; nothing for one that depends on `t` alone.
    fn save(&self) -> Option<Memory> {
        None
    }
    /// Puts such a copy back, so that the next value asked for is the one that came then.
    ///
    /// # Errors
    /// The copy is of another script, or does not fit. Nothing is changed then.
    fn restore(&mut self, memory: &Memory) -> Result<()> {
        Err(memory.unwanted("a schedule that depends on the step alone"))
    }
    /// The hyper-parameter may have this finite value, which a hand wants to give it.
    fn allows(&self, value: f64) -> Result<()> {
        let _ = value;
        Ok(())
    }
    /// What the value after so many updates, which was asked for last, is made of, where a script makes it.
    fn made_of(&mut self, t: u64) -> Option<MadeOf> {
        let _ = t;
        None
    }
    /// What the lab says about knobs turned on the way: after how many updates, and the value from there on.
    fn turns(&self) -> &[(u64, f64)] {
        &[]
    }
}

/// The same value at every step.
#[derive(Debug, Clone, Copy)]
pub struct Constant(pub f64);

impl Schedule for Constant {
    fn rate(&mut self, _: u64) -> Result<f64> {
        Ok(self.0)
    }

    fn moves(&self) -> bool {
        false
    }
}
