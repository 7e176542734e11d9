//! Known values, stability far from 0, and derivatives against differences.

use super::*;

struct Squares;

impl PointwiseLoss<f64> for Squares {
    fn sum(&mut self, y_hat: &[f64], y: &[f64]) -> f64 {
        y_hat.iter().zip(y).map(|(a, b)| (a - b).powi(2)).sum()
    }
    fn gradient(&mut self, y_hat: &[f64], y: &[f64], scale: f64, d: &mut [f64]) {
        d.iter_mut().zip(y_hat.iter().zip(y)).for_each(|(d, (a, b))| *d = scale * 2.0 * (a - b));
    }
    fn duplicate(&self) -> Box<dyn PointwiseLoss<f64>> {
        Box::new(Squares)
    }
}

const Z: [f64; 6] = [0.5, -1.5, 2.0, 1.0, 0.0, -3.0];

fn losses() -> [Loss<f64>; 3] {
    [Loss::CrossEntropy, Loss::BinaryCrossEntropy, Loss::pointwise(Box::new(Squares))]
}

#[test]
fn known_values_come_out() {
    let ln2 = std::f64::consts::LN_2;
    let mut cross = Loss::<f64>::CrossEntropy;
    assert!((cross.value(&[0.0; 4], Targets::Classes(&[0, 1]), 2) - ln2).abs() < 1e-15);
    let mut binary = Loss::<f64>::BinaryCrossEntropy;
    assert!((binary.value(&[0.0; 4], Targets::Values(&[0.0, 1.0, 1.0, 0.0]), 2) - ln2).abs() < 1e-15);
    let mut squares = Loss::pointwise(Box::new(Squares));
    assert_eq!(squares.value(&[1.0, 2.0, 3.0, 4.0], Targets::Values(&[0.0; 4]), 2), 7.5);
    assert_eq!(cross.value(&[], Targets::Classes(&[]), 2), 0.0);
}

#[test]
fn every_derivative_agrees_with_differences() {
    let probabilities = [0.2, 0.3, 0.5, 1.0, 0.0, 0.0];
    for targets in [Targets::Classes(&[2, 0]), Targets::Values(&probabilities)] {
        for mut loss in losses() {
            let mut dz = [f64::NAN; 6];
            let value = loss.value_and_gradient(&Z, targets, 3, &mut dz);
            assert!((value - loss.value(&Z, targets, 3)).abs() < 1e-14);
            for i in 0..6 {
                let mut at = |by: f64| {
                    let mut z = Z;
                    z[i] += by;
                    loss.value(&z, targets, 3)
                };
                let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((dz[i] - difference).abs() < 1e-9, "element {i}: {} and {difference}", dz[i]);
            }
        }
    }
}

#[test]
fn large_outputs_neither_overflow_nor_lose_the_loss() {
    let z = [1000.0_f32, 0.0, -1000.0, 0.0];
    let mut dz = [0.0; 4];
    let cross = Loss::CrossEntropy.value_and_gradient(&z, Targets::Classes(&[0, 0]), 2, &mut dz);
    assert_eq!((cross, dz), (500.0, [0.0, 0.0, -0.5, 0.5]));
    let binary = Loss::BinaryCrossEntropy.value_and_gradient(&z, Targets::Classes(&[0, 0, 1, 1]), 1, &mut dz);
    let expected = (2000.0 + 2.0 * std::f64::consts::LN_2) / 4.0;
    assert!((binary - expected).abs() < 1e-4, "{binary}");
    assert_eq!(dz, [0.25, 0.125, -0.25, -0.125]);
}

#[test]
fn a_nan_makes_the_loss_nan_and_is_never_a_hit() {
    let z = [f64::NAN, 1.0];
    for mut loss in losses() {
        assert!(loss.value(&z, Targets::Classes(&[1]), 2).is_nan());
    }
    assert_eq!(Loss::CrossEntropy.hits(&z, Targets::Classes(&[1]), 2), Some(Hits { right: 0, of: 1 }));
    assert_eq!(Loss::BinaryCrossEntropy.hits(&z, Targets::Values(&[0.0, 1.0]), 2), Some(Hits { right: 1, of: 2 }));
}

#[test]
fn hits_count_the_first_largest_and_the_right_side_of_one_half() {
    let [cross, binary, squares] = losses();
    let ties = [1.0, 1.0, 0.0, 2.0];
    assert_eq!(cross.hits(&ties, Targets::Classes(&[0, 1]), 2), Some(Hits { right: 2, of: 2 }));
    assert_eq!(cross.hits(&ties, Targets::Classes(&[1, 0]), 2), Some(Hits { right: 0, of: 2 }));
    assert_eq!(cross.hits(&ties, Targets::Values(&[0.9, 0.1, 0.9, 0.1]), 2), Some(Hits { right: 1, of: 2 }));
    assert_eq!(binary.hits(&Z, Targets::Classes(&[1, 0, 0, 1, 0, 0]), 1), Some(Hits { right: 5, of: 6 }));
    assert_eq!(squares.hits(&Z, Targets::Values(&Z), 3), None);
    assert_eq!(squares.hits(&Z, Targets::Classes(&[2, 0]), 3), Some(Hits { right: 2, of: 2 }));
}
