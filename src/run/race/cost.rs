//! What a step of a run costs: the work of steps that nobody watched, measured in blocks. A watched step also looks at the
//! rule's values, which may take longer than the step itself, so it never counts.
//!
//! The mean and its spread tell how long any number of steps takes. They belong to the machine and not to the run: going
//! back along the timeline takes nothing away, and no checkpoint holds them.

use std::time::Duration;

/// Blocks are taken together until they took so long: of shorter ones the clock's own grain would be most of the spread.
const CHUNK: Duration = Duration::from_millis(10);
/// Fewer chunks tell nothing of the spread.
const CHUNKS: u64 = 3;

/// The measured cost of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::run) struct Cost {
    steps: u64,
    work: Duration,
    /// Of the chunks: how many, the sum of their costs in seconds a step, and of the squares.
    chunks: u64,
    sum: f64,
    squares: f64,
    /// The chunk that is being filled.
    open: (u64, Duration),
}

impl Cost {
    /// So many steps that nobody watched took so long.
    pub fn note(&mut self, steps: u64, took: Duration) {
        if steps == 0 {
            return;
        }
        self.steps += steps;
        self.work += took;
        self.open = (self.open.0 + steps, self.open.1 + took);
        if self.open.1 >= CHUNK {
            let (steps, took) = std::mem::take(&mut self.open);
            let each = took.as_secs_f64() / steps as f64;
            self.chunks += 1;
            self.sum += each;
            self.squares += each * each;
        }
    }

    /// Seconds a step, if any was measured.
    pub fn mean(&self) -> Option<f64> {
        (self.steps > 0).then(|| self.work.as_secs_f64() / self.steps as f64)
    }

    /// The deviation of the cost as a share of its mean; none as long as too little was measured to know it.
    pub fn spread(&self) -> Option<f64> {
        let count = self.chunks as f64;
        let mean = self.sum / count;
        let variance = (self.squares / count - mean * mean).max(0.0) * count / (count - 1.0);
        (self.chunks >= CHUNKS).then(|| variance.sqrt() / mean)
    }

    /// All the work that was measured, in seconds.
    pub fn measured(&self) -> f64 {
        self.work.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(blocks: impl Iterator<Item = (u64, u64)>) -> Cost {
        let mut cost = Cost::default();
        blocks.for_each(|(steps, micros)| cost.note(steps, Duration::from_micros(micros)));
        cost
    }

    #[test]
    fn the_mean_is_over_all_steps_and_steady_costs_have_no_spread() {
        let cost = cost((0..500).map(|_| (64, 640)));
        assert!((cost.mean().unwrap() - 1e-5).abs() < 1e-12 && cost.spread().unwrap() < 1e-6, "{cost:?}");
        assert!((cost.measured() - 0.32).abs() < 1e-9);
    }

    #[test]
    fn the_spread_is_that_of_the_cost_and_not_of_the_length_of_blocks() {
        let lengths = cost((0..200).map(|at| if at % 2 == 0 { (100, 10_000) } else { (300, 30_000) }));
        assert!(lengths.spread().unwrap() < 1e-6, "{lengths:?}");
        let costs = cost((0..200).map(|at| if at % 2 == 0 { (100, 10_000) } else { (100, 30_000) }));
        assert!((costs.spread().unwrap() - 0.5).abs() < 0.01, "{costs:?}");
    }

    #[test]
    fn what_was_not_measured_is_not_known() {
        assert_eq!((Cost::default().mean(), Cost::default().spread()), (None, None));
        let short = cost([(64, 100), (0, 0)].into_iter());
        assert_eq!((short.mean().is_some(), short.spread()), (true, None));
    }
}
