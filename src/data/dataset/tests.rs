//! What a dataset promises, and when its targets are classes or values.

use super::*;
use ndarray::array;

fn values(y: Array2<f32>) -> Dataset {
    Dataset::new(Array2::ones((y.nrows(), 2)), Target::Values(y), "f.csv").unwrap()
}

fn words() -> Dataset {
    let target = Target::Classes { labels: vec![1, 0, 1], names: vec!["cat".into(), "dog".into()] };
    Dataset::new(array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], target, "pets").unwrap()
}

#[test]
fn whole_numbers_are_class_indices_and_classes_may_be_missing() {
    let data = values(array![[0.0], [4.0], [2.0]]).into_classes(6).unwrap();
    let Target::Classes { labels, names } = data.target() else { panic!("classes") };
    assert_eq!((labels.as_slice(), names.len()), (&[0, 4, 2][..], 6));
    assert_eq!(data.clone().into_classes(6).unwrap(), data);
}

#[test]
fn what_is_no_class_is_found_with_its_sample() {
    for (bad, says) in [(4.0, "needs more outputs"), (0.5, "is not a class"), (-1.0, "is not a class")] {
        let mismatch = values(array![[0.0], [bad], [bad]]).into_classes(4).unwrap_err();
        assert_eq!(mismatch.cell, Some((1, 0)));
        assert!(mismatch.error.what().contains(says), "{}", mismatch.error);
        assert!(mismatch.error.help_lines()[0].contains("from 0 to 3"));
    }
    assert!(values(array![[0.0]]).into_classes(usize::MAX).is_err());
    let error: Error = values(array![[0.0, 1.0]]).into_classes(2).unwrap_err().into();
    assert_eq!(error.what(), "classes need one column of targets, `f.csv` has 2");
}

#[test]
fn known_classes_must_match_the_outputs_exactly() {
    assert!(words().into_classes(2).is_ok());
    let mismatch = words().into_classes(3).unwrap_err();
    assert_eq!(mismatch.error.what(), "`pets` has 2 classes (`cat`, `dog`), but the network has 3 outputs");
    assert_eq!(mismatch.error.help_lines(), ["give the last layer 2 units"]);
}

#[test]
fn classes_become_one_hot_or_a_column_of_0_and_1() {
    let two = words().into_values(2).unwrap();
    assert_eq!(two.target(), &Target::Values(array![[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]));
    let one = words().into_values(1).unwrap();
    assert_eq!(one.target(), &Target::Values(array![[1.0], [0.0], [1.0]]));
    assert!(one.check_binary().is_ok());
    assert!(words().into_values(3).is_err());
    let error = values(array![[1.0]]).into_values(2).unwrap_err().error;
    assert_eq!(error.what(), "`f.csv` has 1 target column, but the network has 2 outputs");
}

#[test]
fn binary_targets_are_0_or_1() {
    assert!(values(array![[0.0, 1.0], [1.0, 1.0]]).check_binary().is_ok());
    let mismatch = values(array![[0.0, 1.0], [1.0, 2.0]]).check_binary().unwrap_err();
    assert_eq!(mismatch.cell, Some((1, 1)));
}

#[test]
fn a_dataset_that_breaks_its_promises_is_refused() {
    let x = || Array2::<f32>::zeros((2, 1));
    let labels = |labels: &[u32]| Target::Classes { labels: labels.to_vec(), names: vec!["a".into()] };
    let refused = |x, target| Dataset::new(x, target, "d").unwrap_err().what().to_owned();
    assert!(refused(x(), labels(&[0])).contains("2 rows of x but 1 of y"));
    assert!(refused(x(), labels(&[0, 1])).contains("sample 2"));
    assert!(refused(Array2::zeros((0, 1)), labels(&[])).contains("0 samples"));
    assert!(refused(array![[1.0], [f32::NAN]], labels(&[0, 0])).contains("x[1,0]"));
    assert!(refused(x(), Target::Values(array![[1.0], [f32::INFINITY]])).contains("y[1,0]"));
    assert!(refused(x(), Target::Values(Array2::zeros((2, 0)))).contains("no column"));
}

#[test]
fn select_map_and_bytes() {
    let data = words();
    let picked = data.select(&[2, 0]);
    assert_eq!(picked.x(), &array![[5.0, 6.0], [1.0, 2.0]]);
    assert_eq!(data.map::<f64>().map::<f32>(), data);
    assert_eq!((data.bytes(), data.map::<f64>().bytes()), (3 * 2 * 4 + 3 * 4, 3 * 2 * 8 + 3 * 4));
    assert_eq!((data.samples(), data.features(), data.classes()), (3, 2, Some(2)));
    assert_eq!(data.feature_names(), ["x1", "x2"]);
}

#[test]
fn a_transposed_matrix_is_stored_row_by_row() {
    let x = array![[1.0, 2.0], [3.0, 4.0]].reversed_axes();
    let data = Dataset::new(x, Target::Values(Array2::<f32>::zeros((2, 1))), "t").unwrap();
    assert_eq!(data.x().as_slice(), Some(&[1.0, 3.0, 2.0, 4.0][..]));
}
