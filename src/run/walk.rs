//! The Walk: a series and its moving averages. [`Walk::step`] is all that moves it, by one value. It knows no thread,
//! clock or screen, so the same series gives the same averages, bit for bit, whoever walks it.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::optim::{Average, MovingAverage};
use crate::snapshot::{LedgerLine, Phase};

/// A series on which somebody walks.
#[derive(Debug, Clone)]
pub struct Walk {
    series: String,
    values: Arc<[f64]>,
    names: Vec<String>,
    averages: Vec<MovingAverage>,
    /// Each average at the value reached.
    now: Vec<f64>,
    steps: u64,
    seed: u64,
}

impl Walk {
    /// Before the first value. `series` is what the values are called, `seed` what they were made with.
    pub fn new(series: &str, values: Arc<[f64]>, averages: &[Average], seed: u64) -> Self {
        Self {
            series: series.to_owned(),
            names: names(averages),
            averages: averages.iter().map(Average::start).collect(),
            now: vec![f64::NAN; averages.len()],
            values,
            steps: 0,
            seed,
        }
    }

    /// Takes the next value; at the end of the series nothing happens.
    ///
    /// # Errors
    /// An average that is not finite: the numbers are too large to be summed up. The walk then stays before the value.
    pub fn step(&mut self) -> Result<()> {
        let Some(&value) = self.values.get(self.steps as usize) else { return Ok(()) };
        for ((average, now), name) in self.averages.iter_mut().zip(&mut self.now).zip(&self.names) {
            *now = average.push(value);
            if !now.is_finite() {
                let what = format!("`{name}` is not finite at t = {}", self.steps + 1);
                return Err(Error::user(what).help("the values or the weights are too large to be summed up"));
            }
        }
        self.steps += 1;
        Ok(())
    }

    /// How the next value will be taken, phase by phase; none at the end of the series.
    pub fn phases_ahead(&self) -> Vec<Phase> {
        let Some(&value) = self.values.get(self.steps as usize) else { return Vec::new() };
        let told = |(name, average): (&String, &MovingAverage)| {
            let name = name.clone();
            average
                .lines(value)
                .into_iter()
                .map(move |line| (name.clone(), line))
                .collect::<Vec<(String, LedgerLine)>>()
        };
        let lines = self.names.iter().zip(&self.averages).flat_map(told).collect();
        vec![Phase::Value { series: self.series.clone(), value, before: self.value() }, Phase::Average(lines)]
    }

    /// Values taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Values of the whole series.
    pub fn steps_total(&self) -> u64 {
        self.values.len() as u64
    }

    /// The value taken last.
    pub fn value(&self) -> Option<f64> {
        self.steps.checked_sub(1).map(|last| self.values[last as usize])
    }

    /// Each average at the value taken last, in the order of [`Walk::names`]; NaN before the first.
    pub fn averages(&self) -> &[f64] {
        &self.now
    }

    /// How much each of the newest values counts in the average at a place, the newest first, at most so many.
    pub fn weights(&self, average: usize, most: usize) -> Vec<f64> {
        self.averages.get(average).map_or_else(Vec::new, |average| average.weights(self.steps, most))
    }

    /// The averages' names, no two alike.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What the values are called.
    pub fn series(&self) -> &str {
        &self.series
    }

    /// All values, those to come included.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// What the values were made with.
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

/// The names of averages. Those that would have the same one, which are weighted averages of as many weights, are
/// counted from the second on: `weighted.4`, `weighted.4.2`.
fn names(averages: &[Average]) -> Vec<String> {
    let own: Vec<String> = averages.iter().map(Average::name).collect();
    let counted = own.iter().enumerate().map(|(at, name)| {
        let before = own[..at].iter().filter(|other| *other == name).count();
        if before == 0 { name.clone() } else { format!("{name}.{}", before + 1) }
    });
    counted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighted(weights: &[f64]) -> Average {
        Average::Weighted { weights: weights.into() }
    }

    #[test]
    fn it_goes_value_by_value_and_stops_at_the_end() {
        let averages = [Average::Simple { window: 2 }, Average::Exponential { beta: 0.5, corrected: true }];
        let mut walk = Walk::new("values", [2.0, 4.0].as_slice().into(), &averages, 0);
        assert_eq!((walk.value(), walk.steps_total()), (None, 2));
        walk.step().unwrap();
        assert_eq!((walk.value(), walk.averages()), (Some(2.0), &[2.0, 2.0][..]));
        for _ in 0..3 {
            walk.step().unwrap();
            assert_eq!((walk.steps(), walk.averages()[0]), (2, 3.0));
        }
    }

    #[test]
    fn weighted_averages_of_one_length_have_names_of_their_own() {
        let averages =
            [weighted(&[1.0, 2.0]), weighted(&[2.0, 1.0]), Average::Simple { window: 2 }, weighted(&[3.0, 1.0])];
        assert_eq!(names(&averages), ["weighted.2", "weighted.2.2", "simple.2", "weighted.2.3"]);
    }

    #[test]
    fn an_overflow_is_told_and_the_walk_stays_where_it_was() {
        let averages = [Average::Simple { window: 9 }];
        let mut walk = Walk::new("values", [f64::MAX, f64::MAX].as_slice().into(), &averages, 0);
        walk.step().unwrap();
        assert_eq!(walk.step().unwrap_err().what(), "`simple.9` is not finite at t = 2");
        assert_eq!(walk.steps(), 1);
    }
}
