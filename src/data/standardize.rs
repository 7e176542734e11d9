//! Standardising: every feature gets mean 0 and deviation 1, by the numbers of the training part alone.

use super::Dataset;
use crate::program::Real;

/// Mean and deviation of each feature: `x' = (x - mean) / deviation`.
///
/// The deviation divides by the number of samples, as scikit-learn's `StandardScaler` does. A feature that is the same
/// in every training sample (three pixels of `digits`) carries nothing and becomes 0, in the validation part as well.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardizer {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Standardizer {
    /// Takes both from a dataset, in two passes in `f64`.
    pub fn fit<F: Real>(training: &Dataset<F>) -> Self {
        let samples = training.samples() as f64;
        let mut mean = vec![0.0; training.features()];
        let mut deviation = mean.clone();
        for row in training.x().rows() {
            row.iter().zip(&mut mean).for_each(|(x, sum)| *sum += x.to_f64() / samples);
        }
        for row in training.x().rows() {
            for ((x, mean), sum) in row.iter().zip(&mean).zip(&mut deviation) {
                *sum += (x.to_f64() - mean).powi(2) / samples;
            }
        }
        for variance in &mut deviation {
            *variance = variance.sqrt();
        }
        // Told by its values, not by its deviation: rounding in the mean leaves that a little above 0.
        let first = training.x().row(0);
        for (j, column) in training.x().columns().into_iter().enumerate() {
            if column.iter().all(|x| *x == first[j]) {
                deviation[j] = 0.0;
            }
        }
        Self { mean, deviation }
    }

    /// Standardises a dataset of the same features in place. Panics if it has other features.
    pub fn apply<F: Real>(&self, data: &mut Dataset<F>) {
        assert_eq!(data.features(), self.mean.len(), "a dataset is standardised by its own training part");
        for mut row in data.x_mut(self).rows_mut() {
            for ((x, mean), deviation) in row.iter_mut().zip(&self.mean).zip(&self.deviation) {
                *x = if *deviation > 0.0 { F::from_f64((x.to_f64() - mean) / deviation) } else { F::ZERO };
            }
        }
    }

    /// The mean of each feature.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The deviation of each feature; 0 for a constant one.
    pub fn deviation(&self) -> &[f64] {
        &self.deviation
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Target, check_parameters, find, generate, split};
    use ndarray::{Array2, array};

    fn values(x: Array2<f64>) -> Dataset<f64> {
        let y = Array2::zeros((x.nrows(), 1));
        Dataset::new(x, Target::Values(y), "d").unwrap()
    }

    #[test]
    fn by_hand() {
        let mut data = values(array![[1.0, 0.1], [3.0, 0.1], [5.0, 0.1]]);
        let standardizer = Standardizer::fit(&data);
        let deviation = (8.0_f64 / 3.0).sqrt();
        assert!(
            (standardizer.mean()[0] - 3.0).abs() < 1e-15 && (standardizer.deviation()[0] - deviation).abs() < 1e-15
        );
        standardizer.apply(&mut data);
        assert!((data.x()[[2, 0]] - 2.0 / deviation).abs() < 1e-15);
        assert_eq!(data.x().column(1), array![0.0, 0.0, 0.0]);
        let back = data.original(0);
        assert!((back[0] - 1.0).abs() < 1e-12 && (back[1] - 0.1).abs() < 1e-12, "{back:?}");
        let mut unseen = values(array![[3.0, 9.0]]);
        standardizer.apply(&mut unseen);
        assert_eq!(unseen.x()[[0, 1]], 0.0, "constant in training, so 0 everywhere");
    }

    #[test]
    fn digits_get_mean_0_and_deviation_1_but_for_their_constant_pixels() {
        let digits = generate(&check_parameters(find("digits").unwrap(), &[]).unwrap(), 7).unwrap();
        let (mut training, validation) = split(digits, 0.2, 7).unwrap();
        let standardizer = Standardizer::fit(&training);
        standardizer.apply(&mut training);
        let mut constant = 0;
        for column in training.map::<f64>().x().columns() {
            assert!(column.mean().unwrap().abs() < 1e-6);
            let deviation = column.std(0.0);
            constant += usize::from(deviation == 0.0);
            assert!(deviation == 0.0 || (deviation - 1.0).abs() < 1e-6);
        }
        assert!(constant >= 3);
        let mut validation = validation.unwrap();
        standardizer.apply(&mut validation);
        assert!(validation.x().iter().all(|x| x.is_finite()));
    }
}
