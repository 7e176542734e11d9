//! Schedules that learn from the run: `memory()` and `rate(t, h, run, memory)`, called before every step.

use std::sync::Arc;

use rhai::Scope;

use super::engine;
use super::failure;
use super::load::Script;
use super::memory::{self, Holds, Memory, MemoryHandle};
use super::number::number;
use super::run::RunHandle;
use super::schedule::{HyperValues, made_of, not_a_number};
use super::trace::{self, HyperHandle};
use crate::error::Result;
use crate::optim::{MadeOf, Memory as Copy, RunView, Schedule};
use crate::program::Folding;

/// A schedule that learns from the run, with its parameters.
pub(super) fn schedule(script: &Arc<Script>, hyper: &HyperValues) -> Result<Box<dyn Schedule>> {
    let first = memory::first(script, engine::traced(), Holds::Numbers)?;
    let mut learning = Learning { script: script.clone(), hyper: hyper.clone(), memory: first.clone(), first };
    // A wrong script is found before training.
    learning.rate(0)?;
    Ok(Box::new(learning))
}

struct Learning {
    script: Arc<Script>,
    hyper: HyperValues,
    first: Memory,
    memory: Memory,
}

impl Schedule for Learning {
    fn rate(&mut self, t: u64) -> Result<f64> {
        self.rate_of(t, &RunView { step: t, ..RunView::default() })
    }

    fn rate_of(&mut self, t: u64, run: &RunView) -> Result<f64> {
        if t == 0 {
            self.memory.clone_from(&self.first);
        }
        trace::begin(Folding::Full, "a schedule", false);
        trace::with(|trace| {
            trace.hyper = self.hyper.iter().map(|(name, value)| (name.clone(), value.to_dynamic())).collect();
        });
        let arguments = (t as i64, HyperHandle, RunHandle(*run), MemoryHandle);
        let result = memory::lend(&mut self.memory, Holds::Numbers, || {
            engine::call(engine::traced(), &self.script.ast, "rate", &mut Scope::new(), arguments)
        });
        let value = result.map_err(|error| failure::failed(&self.script.source, &error))?;
        number(&value).ok_or_else(|| not_a_number(&self.script, &value))
    }

    fn made_of(&mut self, _: u64) -> Option<MadeOf> {
        Some(made_of(&self.script, None))
    }

    fn save(&self) -> Option<Copy> {
        Some(memory::save(&self.script, &self.memory))
    }

    fn restore(&mut self, copy: &Copy) -> Result<()> {
        memory::restore(&self.script, &mut self.memory, Holds::Numbers, copy)
    }
}
