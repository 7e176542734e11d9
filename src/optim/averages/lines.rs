//! How a moving average takes its next value, line by line with the numbers: what a reader would work out by hand.

use super::MovingAverage;
use crate::snapshot::{Formula, LedgerLine};

/// A weighted mean of more values is told by its sums.
const TOLD: usize = 4;

impl MovingAverage {
    /// The lines by which the next value will be taken; the average itself comes last. Nothing is taken yet.
    pub fn lines(&self, theta: f64) -> Vec<LedgerLine> {
        let mut after = self.clone();
        let value = after.push(theta);
        match &after {
            Self::Simple(average) => {
                let count = (average.older.len() + average.newer.len()) as f64;
                let sum = average.older.last().unwrap_or(&0.0) + average.newer_sum;
                let words = format!("sum of the newest {count} values / {count}");
                vec![line("v", &words, apply("/", [known(sum), known(count)], value))]
            }
            Self::Weighted(average) => {
                let weights = &average.weights[average.weights.len() - average.values.len()..];
                let products: Vec<(f64, f64)> = weights.iter().copied().zip(average.values.iter().copied()).collect();
                let (whole, sum) = (weights.iter().sum(), products.iter().map(|(weight, theta)| weight * theta).sum());
                let product =
                    |(weight, theta): &(f64, f64)| apply("*", [known(*weight), known(*theta)], weight * theta);
                let add = |a: Formula<f64>, b: Formula<f64>| {
                    let sum = a.value().unwrap_or(&f64::NAN) + b.value().unwrap_or(&f64::NAN);
                    apply("+", [a, b], sum)
                };
                let told = products.iter().map(product).reduce(add).filter(|_| products.len() <= TOLD);
                let sum = told.unwrap_or(known(sum));
                vec![line("v", "sum of w * theta / sum of w", apply("/", [sum, known(whole)], value))]
            }
            Self::Exponential(average) | Self::Corrected(average) => {
                let before = if let Self::Exponential(own) | Self::Corrected(own) = self { own.v } else { 0.0 };
                let (beta, new) = (average.beta, 1.0 - average.beta);
                let kept = apply("*", [known(beta), known(before)], beta * before);
                let taken = apply("*", [known(new), known(theta)], new * theta);
                let mut lines = vec![line("v", "beta * v + (1 - beta) * theta", apply("+", [kept, taken], average.v))];
                if matches!(after, Self::Corrected(_)) {
                    let formula = apply("/", [known(average.v), known(average.weight)], value);
                    lines.push(line("v_hat", "v / (1 - beta^t)", formula));
                }
                lines
            }
        }
    }
}

fn known(value: f64) -> Formula<f64> {
    Formula::Value(value)
}

fn apply(name: &'static str, operands: [Formula<f64>; 2], value: f64) -> Formula<f64> {
    Formula::Apply { name, operands: operands.into(), value }
}

fn line(name: &str, symbolic: &str, formula: Formula<f64>) -> LedgerLine {
    let value = *formula.value().unwrap_or(&f64::NAN);
    let (name, symbolic) = (name.to_owned(), symbolic.to_owned());
    LedgerLine { name, place: String::new(), symbolic, formula, value, offset: None }
}

#[cfg(test)]
mod tests {
    use super::super::Average;
    use super::*;

    #[test]
    fn the_last_line_is_the_average_to_the_bit_and_nothing_was_taken() {
        let weights = |weights: &[f64]| Average::Weighted { weights: weights.into() };
        for average in [
            Average::Simple { window: 3 },
            weights(&[1.0, 2.0, 4.0]),
            weights(&[0.5, 1.0, 2.0, 3.0, 5.0, 8.0]),
            Average::Exponential { beta: 0.9, corrected: false },
            Average::Exponential { beta: 0.98, corrected: true },
        ] {
            let mut own = average.start();
            for step in 0..20 {
                let theta = f64::from(step * step % 17) - 3.3;
                let told = own.lines(theta).pop().unwrap();
                assert_eq!(told.value.to_bits(), own.push(theta).to_bits(), "{average:?} at {step}");
            }
        }
    }

    #[test]
    fn the_lines_are_those_of_the_lecture() {
        let mut average = Average::Exponential { beta: 0.9, corrected: true }.start();
        average.push(10.0);
        let said = average.lines(20.0);
        let text = |line: &LedgerLine| format!("{} = {}", line.name, line.formula.text(&|value| format!("{value:.3}")));
        assert_eq!(
            said.iter().map(text).collect::<Vec<_>>(),
            ["v = 0.900 * 1.000 + 0.100 * 20.000", "v_hat = 2.900 / 0.190"]
        );
        let mut weighted = Average::Weighted { weights: [1.0, 3.0].as_slice().into() }.start();
        weighted.push(4.0);
        assert_eq!(text(&weighted.lines(8.0)[0]), "v = (1.000 * 4.000 + 3.000 * 8.000) / 4.000");
    }
}
