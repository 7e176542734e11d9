//! What data take while they are made: what a network will train on, and not much more.

use optlab::data::{Columns, Dataset, Raw, Standardizer, Target, check_parameters, find, split};

use crate::counting::of_all_threads;

/// Samples of ten features.
const SAMPLES: f64 = 100_000.0;

/// The most bytes that are held while samples are made and parted, as a share of those that the two parts take.
fn most(standardize: bool) -> f64 {
    let params = check_parameters(find("blobs").unwrap(), &[("samples", SAMPLES), ("features", 10.0)]).unwrap();
    let mut made = None;
    let (_, most) = of_all_threads(|| {
        made = Some(match Raw::generated(&params, 7, standardize).unwrap() {
            Raw::Single(data) => {
                let (train, validation) = split(data, 0.2, 7).unwrap();
                (train.rounded(), validation.unwrap().rounded())
            }
            Raw::Double(data) => {
                let (train, validation) = split(data, 0.2, 7).unwrap();
                let standardizer = Standardizer::fit(&train);
                (standardizer.apply(train).unwrap(), standardizer.apply(validation.unwrap()).unwrap())
            }
            Raw::Pixels(_) => panic!("blobs are no images"),
        });
    });
    let (train, validation) = made.unwrap();
    most as f64 / (train.bytes() + validation.bytes()) as f64
}

pub fn data_that_nothing_scales_never_lie_in_memory_twice() {
    let most = most(false);
    // The fifth that is held out is copied once, with the list of its rows.
    assert!(most < 1.35, "{most}");
}

pub fn data_to_be_standardised_take_twice_their_memory_while_they_are_made() {
    let most = most(true);
    // Memory for what is rounded counts as a whole from the start, though the system gives it page by page, as that of
    // what has been rounded is given back: without that it would be 3.2.
    assert!(most < 2.8, "{most}");
}

pub fn a_table_is_rounded_cell_by_cell() {
    let mut data = None;
    let (_, most) = of_all_threads(|| {
        let mut columns = Columns::<f32>::new(10, SAMPLES as usize);
        (0..10 * SAMPLES as usize).for_each(|at| columns.push(at as f64 / 7.0));
        let labels = vec![0; SAMPLES as usize];
        let target = Target::<f64>::Classes { labels, names: vec!["a".to_owned()] };
        data = Some(Dataset::collected(columns, target, "d").unwrap().rounded());
    });
    let bytes = data.unwrap().bytes() as f64;
    assert!((most as f64) < 1.01 * bytes, "{most} of {bytes}");
}
