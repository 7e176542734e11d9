//! What a training step costs: four networks, the parts of their steps, the limit of the processor, and rules by script
//! beside loops fused by hand. `optlab bench` prints it; `cargo bench --bench step` goes into more detail.
//!
//! What is compared is run in turn, so that what else the machine does hits all alike: ratios are what counts.

mod fused;
mod limit;
mod pieces;
mod workload;

use std::hint::black_box;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::Result;
use crate::optim::Rule;
use crate::program::Aligned;
pub use limit::multiply_adds_per_second;
use pieces::Pieces;
pub use workload::{Trained, WORKLOADS, Workload};

/// The rules that have a loop fused by hand beside them.
pub const RULES: [&str; 3] = ["adam", "rmsprop", "momentum"];

/// What the parts of a step take, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// Copying a mini-batch.
    pub batch: f64,
    /// The forward pass.
    pub forward: f64,
    /// The loss and its derivative by the outputs.
    pub loss: f64,
    /// The backward pass.
    pub backward: f64,
    /// The gradient's norms, by which a gradient that is not finite is found.
    pub norms: f64,
    /// The update by the script's rule.
    pub update: f64,
    /// The rest of a step in a run: rates, reports, the history.
    pub bookkeeping: f64,
}

/// A step of a workload, in seconds; medians but for the whole.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// A step of a run with Adam by script, the history and all: the best of three runs.
    pub whole: f64,
    /// The parts of it.
    pub parts: Parts,
    /// Batch, passes, norms and the update by script, one after the other on one thread ...
    pub by_script: f64,
    /// ... and the same with a loop fused by hand in place of the script.
    pub by_hand: f64,
}

/// Parts that a step is measured in, of a second or less each.
pub const PARTS_OF_A_STEP: usize = 5;

/// A step of a workload, measured for about four seconds. Threads share the work of the whole step only. `tell` is told
/// before each of [`PARTS_OF_A_STEP`] parts what is measured.
///
/// # Errors
/// A script of the catalogue that is broken.
pub fn step(workload: &Workload, threads: usize, tell: &mut dyn FnMut(&str)) -> Result<Step> {
    tell("by script and by hand");
    let (mut by_script, mut by_hand, mut one) =
        (Pieces::new(workload)?, Pieces::new(workload)?, Pieces::new(workload)?);
    let mut fused = fused::Fused::new("adam", by_hand.weights());
    let [script, hand] = in_turn([
        &mut || {
            by_script.all_but_update();
            by_script.update();
        },
        &mut || {
            by_hand.all_but_update();
            let (w, dw) = by_hand.weights_and_gradient();
            black_box(fused.step(w, dw, false));
        },
    ]);
    tell("the parts of a step");
    let one = std::cell::RefCell::new(&mut one);
    let [batch, forward, loss, backward, norms, update] = in_turn([
        &mut || one.borrow_mut().gather(),
        &mut || one.borrow_mut().forward(),
        &mut || one.borrow_mut().loss(),
        &mut || one.borrow_mut().backward(),
        &mut || one.borrow_mut().norms(),
        &mut || one.borrow_mut().update(),
    ]);
    // Half a second or more each; whatever else the machine does only adds.
    let steps = (0.5 / script).clamp(32.0, 1e6) as u64;
    let mut whole = f64::INFINITY;
    for run in ["a run, the first of three", "a run, the second", "a run, the third"] {
        tell(run);
        whole = whole.min(workload.train(steps, threads)?.seconds);
    }
    let bookkeeping = (whole - batch - forward - loss - backward - norms - update).max(0.0);
    let parts = Parts { batch, forward, loss, backward, norms, update, bookkeeping };
    Ok(Step { whole, parts, by_script: script, by_hand: hand })
}

/// One update of so many weights in seconds; medians.
#[derive(Debug, Clone, Copy)]
pub struct Update {
    /// By the shipped script, which also measures how far each parameter moves.
    pub by_script: f64,
    /// By a loop fused by hand, which does not.
    pub by_hand: f64,
    /// By a loop fused by hand which does.
    pub by_hand_measured: f64,
}

/// An update by one of [`RULES`], measured for about a second.
///
/// # Errors
/// A name that is not one of them, or a script of the catalogue that is broken.
pub fn update(rule: &str, weights: usize) -> Result<Update> {
    let (parts, hyper) = workload::rule(rule)?;
    let (mut w, dw) = (waves(weights, 0.0), waves(weights, 1.0));
    let mut rule_by_script = Rule::<f32>::new(parts, &mut w, vec![0..weights])?;
    let (mut t, mut failed) = (0, None);
    let mut by_script = || {
        t += 1;
        match rule_by_script.step(t, &hyper, &mut w, &dw, None) {
            Ok(norms) => _ = black_box(norms[0]),
            Err(error) => failed = Some(error),
        }
    };
    let by_hand = |measured: bool| {
        let (mut w, dw) = (waves(weights, 0.0), waves(weights, 1.0));
        let mut fused = fused::Fused::new(rule, weights);
        move || {
            black_box(fused.step(&mut w, &dw, measured));
        }
    };
    let [script, hand, measured] = in_turn([&mut by_script, &mut by_hand(false), &mut by_hand(true)]);
    match failed {
        Some(error) => Err(error),
        None => Ok(Update { by_script: script, by_hand: hand, by_hand_measured: measured }),
    }
}

/// Runs all in turn, again and again, for a second and at least 30 times; returns the median of each in seconds.
pub fn in_turn<const N: usize>(mut all: [&mut dyn FnMut(); N]) -> [f64; N] {
    let clock = Clock::wall();
    let (begin, mut times) = (clock.now(), [(); N].map(|()| Vec::new()));
    while times[0].len() < 30 || (clock.now().since(begin) < Duration::from_secs(1) && times[0].len() < 20_000) {
        for (work, times) in all.iter_mut().zip(&mut times) {
            let start = clock.now();
            work();
            times.push(clock.now().since(start).as_secs_f64());
        }
    }
    times.map(|mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    })
}

/// `12.8 us`, with three digits.
pub fn time(seconds: f64) -> String {
    let (value, unit) = if seconds < 1e-3 { (seconds * 1e6, "us") } else { (seconds * 1e3, "ms") };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

/// Numbers that look like data: waves of one length, moved by a phase.
pub fn waves(count: usize, phase: f32) -> Aligned<f32> {
    let mut waves = Aligned::zeros(count);
    waves.iter_mut().enumerate().for_each(|(i, x)| *x = libm::sinf(i as f32 * 0.37 + phase));
    waves
}
