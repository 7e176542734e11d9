//! Data are standardised before they are rounded to 32 bits, whatever they are read from: columns that lie far from 0 train
//! as the same columns about 0 do. And what is rounded without being standardised is told.

use std::fmt::Write;
use std::path::Path;

use ndarray::ArrayView1;
use optlab::data::{Dataset, Standardizer, Target};
use optlab::lab::{Lab, Overrides};
use optlab::train::Objective;

use crate::program::optlab;

/// One weight of 1 and no bias, for as many inputs.
fn ones() -> Vec<u8> {
    let header = r#"{"W1":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"b1":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend([1.0_f32, 0.0].into_iter().flat_map(f32::to_le_bytes));
    bytes
}

/// Whole numbers that spread as a sum of three dice of 1001 sides does.
fn dice(count: usize) -> Vec<i64> {
    let mut state = 12_345_u64;
    let mut side = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as i64 % 1001 - 500
    };
    (0..count).map(|_| side() + side() + side()).collect()
}

/// Whole numbers standardised by some of them, in fractions of whole numbers but for the last two operations.
fn exactly(numbers: &[i64], by: &[i64]) -> Vec<f64> {
    let n = by.len() as i128;
    let sum: i128 = by.iter().map(|k| i128::from(*k)).sum();
    let distance = |k: i64| n * i128::from(k) - sum;
    let squares: i128 = by.iter().map(|k| distance(*k) * distance(*k)).sum();
    let deviation = (squares as f64 / n as f64).sqrt();
    numbers.iter().map(|k| distance(*k) as f64 / deviation).collect()
}

/// A decimal with three digits behind the point, of so many thousandths.
fn decimal(thousandths: i64) -> String {
    let sign = if thousandths < 0 { "-" } else { "" };
    format!("{sign}{}.{:03}", thousandths.abs() / 1000, thousandths.abs() % 1000)
}

/// The part trained on and the part held out.
fn parts(folder: &Path, lab: &str) -> (Dataset, Option<Dataset>) {
    std::fs::write(folder.join("lab.yaml"), lab).unwrap();
    let path = folder.join("lab.yaml");
    let lab =
        Lab::open(path.to_str().unwrap(), &Overrides::default()).unwrap_or_else(|e| panic!("{}", e[0].render(false)));
    let Objective::Network(learning) = lab.experiment(None, 1).unwrap().objective else { panic!("a network") };
    (Dataset::clone(&learning.train), learning.validation.as_deref().cloned())
}

fn targets(data: &Dataset) -> Vec<f32> {
    match data.target() {
        Target::Values(values) => values.iter().copied().collect(),
        Target::Classes { labels, .. } => labels.iter().map(|label| *label as f32).collect(),
    }
}

/// Every value is `exact` rounded to 32 bits, but for what the cells themselves were rounded by when they were read.
#[track_caller]
fn assert_rounded(got: &ArrayView1<'_, f32>, exact: &[f64], cells: f64) {
    assert_eq!(got.len(), exact.len());
    for (got, exact) in got.iter().zip(exact) {
        let half = (f64::from((*exact as f32).next_up()) - f64::from(*exact as f32)).abs() * 0.5001;
        assert!((f64::from(*got) - exact).abs() <= half + cells, "{got:e} is not {exact:e} rounded");
    }
}

const CSV: &str = "data: {csv: data.csv, target: y, standardize: true}
network: [{dense: 1}]
initial: {weights: one.safetensors}
loss: mse
training: {steps: 1, batch: full}
optimizer: {rule: sgd, lr: 0.0}
";

#[test]
fn a_column_far_from_0_is_learned_as_if_it_lay_about_0() {
    let dice = dice(1000);
    // In thousandths: a height, a pressure in pascals, a time in milliseconds, one about -1e12, and one about 0.
    for offset in [10_000_000_000, 101_325_000, 1_700_000_000_000_000, -1_000_000_000_000_000, 0] {
        let folder = tempfile::tempdir().unwrap();
        let mut table = "x,y\n".to_owned();
        for (k, y) in dice.iter().zip(exactly(&dice, &dice)) {
            writeln!(table, "{},{y}", decimal(offset + k)).unwrap();
        }
        std::fs::write(folder.path().join("data.csv"), table).unwrap();
        std::fs::write(folder.path().join("one.safetensors"), ones()).unwrap();
        std::fs::write(folder.path().join("lab.yaml"), CSV).unwrap();
        let output = optlab(folder.path(), &["train", "lab.yaml", "--json"]);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        // Cells about 1e12 are themselves rounded by up to 6e-5 of some 0.5.
        let most = if offset.abs() >= 1_000_000_000_000_000 { 1e-7 } else { 1e-12 };
        let loss = json["loss"].as_f64().unwrap();
        assert!(loss < most, "{offset}: the loss is {loss:e}");
        let said = String::from_utf8_lossy(&output.stderr);
        let of_rounding = said.replace("warning: `lr` is 0", "");
        assert!(!of_rounding.contains("warning"), "{offset}: {said}");
    }
}

#[test]
fn times_in_milliseconds_are_standardised_to_the_last_bit() {
    let folder = tempfile::tempdir().unwrap();
    let dice = dice(500);
    let rows: Vec<String> = dice.iter().map(|k| format!("{},{}", 1_700_000_000_000 + k, 5 * k)).collect();
    std::fs::write(folder.path().join("data.csv"), format!("time,y\n{}\n", rows.join("\n"))).unwrap();
    let lab = "data: {csv: data.csv, target: y, standardize: true, validation: 0.2}\nnetwork: [dense: 1]\nloss: mse\n";
    let (train, validation) = parts(folder.path(), lab);
    let numbers = |data: &Dataset| targets(data).into_iter().map(|y| y as i64 / 5).collect::<Vec<i64>>();
    let by = numbers(&train);
    assert_rounded(&train.x().column(0), &exactly(&by, &by), 0.0);
    let validation = validation.unwrap();
    assert_rounded(&validation.x().column(0), &exactly(&numbers(&validation), &by), 0.0);
}

#[test]
fn what_a_script_makes_is_rounded_after_it_is_standardised() {
    let folder = tempfile::tempdir().unwrap();
    let script = "//! Far from 0.\n//! Source: none.\nfn hyper() { #{} }\nfn generate(h, rng) {
        let y = linspace(0, 99, 100);
        #{ x: 1.0e12 + y * y, y: y }
    }";
    std::fs::write(folder.path().join("far.rhai"), script).unwrap();
    let lab = "data: {script: far.rhai, standardize: true}\nnetwork: [dense: 1]\nloss: mse\n";
    let (train, _) = parts(folder.path(), lab);
    let squares: Vec<i64> = targets(&train).into_iter().map(|y| y as i64 * y as i64).collect();
    assert_rounded(&train.x().column(0), &exactly(&squares, &squares), 0.0);
}

#[test]
fn generated_samples_are_rounded_after_they_are_standardised() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = |spread: &str| {
        let lab = format!(
            "data: {{source: blobs, classes: 1, spread: {spread}, noise: 0.001, standardize: true}}\n\
             network: [dense: 1]\nloss: cross_entropy\n"
        );
        parts(folder.path(), &lab).0
    };
    // The same noise around another centre, where numbers of 32 bits lie 6e-5 apart: 0.06 deviations.
    let (near, far) = (cloud("0.001"), cloud("1000"));
    let most = near.x().iter().zip(far.x()).map(|(near, far)| (near - far).abs()).fold(0.0, f32::max);
    assert!(most < 1e-6, "{most:e}");
}

#[test]
fn images_are_standardised_from_their_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = dice(300).into_iter().map(|k| (k + 1500) as u8).collect();
    let images = [&[0, 0, 8, 2, 0, 0, 0, 100, 0, 0, 0, 3][..], &bytes].concat();
    std::fs::write(folder.path().join("images"), images).unwrap();
    let labels = (0..100).map(|i| i % 2).collect::<Vec<u8>>();
    std::fs::write(folder.path().join("labels"), [&[0, 0, 8, 1, 0, 0, 0, 100][..], &labels].concat()).unwrap();
    let lab = |standardize: bool| {
        format!(
            "data: {{idx: {{images: images, labels: labels}}, standardize: {standardize}}}\n\
             network: [dense: 2]\nloss: cross_entropy\n"
        )
    };
    let (plain, _) = parts(folder.path(), &lab(false));
    assert!(plain.x().iter().zip(&bytes).all(|(x, byte)| *x == (f64::from(*byte) / 255.0) as f32));
    let (train, _) = parts(folder.path(), &lab(true));
    for feature in 0..3 {
        let column: Vec<i64> = bytes.iter().skip(feature).step_by(3).map(|byte| i64::from(*byte)).collect();
        assert_rounded(&train.x().column(feature), &exactly(&column, &column), 1e-14);
    }
}

#[test]
fn iris_is_standardised_from_its_decimals() {
    let folder = tempfile::tempdir().unwrap();
    let lab = "data: {source: iris, standardize: true}\nnetwork: [dense: 3]\nloss: cross_entropy\n";
    let (train, _) = parts(folder.path(), lab);
    let table = include_str!("../../labs/data/iris.csv");
    let tenths = |row: &str, feature: usize| {
        (row.split(',').nth(feature).unwrap().parse::<f64>().unwrap() * 10.0).round() as i64
    };
    for feature in 0..4 {
        let column: Vec<i64> = table.lines().skip(1).map(|row| tenths(row, feature)).collect();
        assert_rounded(&train.x().column(feature), &exactly(&column, &column), 1e-14);
    }
}

#[test]
fn a_series_far_from_0_keeps_every_digit() {
    let folder = tempfile::tempdir().unwrap();
    let values: Vec<f64> = dice(200).into_iter().map(|k| 1.7e12 + k as f64 / 1024.0).collect();
    let rows: Vec<String> = values.iter().map(f64::to_string).collect();
    std::fs::write(folder.path().join("data.csv"), format!("time\n{}\n", rows.join("\n"))).unwrap();
    let lab = "id: far\nseries: {csv: data.csv, column: time}\naverages: [{simple: 3}]\n";
    std::fs::write(folder.path().join("lab.yaml"), lab).unwrap();
    let lab = Lab::open(folder.path().join("lab.yaml").to_str().unwrap(), &Overrides::default());
    let mut walk = lab.unwrap_or_else(|errors| panic!("{}", errors[0].render(false))).walk(None).unwrap();
    assert_eq!(walk.values(), values);
    (0..3).for_each(|_| walk.step().unwrap());
    let mean = 1.7e12 + values[..3].iter().map(|value| value - 1.7e12).sum::<f64>() / 3.0;
    assert!((walk.averages()[0] - mean).abs() <= 1.7e12 * f64::EPSILON, "{}", walk.averages()[0] - mean);
}

#[test]
fn a_column_rounded_before_it_is_scaled_would_be_off() {
    // What the other tests see where a source rounds too early.
    let dice = dice(1000);
    let column = |round: fn(f64) -> f64| {
        let x = dice.iter().map(|k| round(1e7 + *k as f64 / 1000.0)).collect();
        let x = ndarray::Array2::from_shape_vec((1000, 1), x).unwrap();
        let data = Dataset::new(x, Target::Values(ndarray::Array2::<f64>::zeros((1000, 1))), "d").unwrap();
        Standardizer::fit(&data).apply(data).unwrap()
    };
    let off = |data: &Dataset| {
        data.x()
            .iter()
            .zip(exactly(&dice, &dice))
            .map(|(got, exact)| (f64::from(*got) - exact).abs())
            .fold(0.0, f64::max)
    };
    assert!(off(&column(|x| x)) < 1e-6);
    assert!(off(&column(|x| f64::from(x as f32))) > 0.1);
}

#[test]
fn a_column_that_differs_in_its_last_digits_is_not_called_constant() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = dice(50).into_iter().map(|k| format!("1000000000.{:06},{k}", k + 2000)).collect();
    std::fs::write(folder.path().join("data.csv"), format!("x,y\n{}\n", rows.join("\n"))).unwrap();
    let warned = |standardize: bool| {
        let lab =
            format!("data: {{csv: data.csv, target: y, standardize: {standardize}}}\nnetwork: [dense: 1]\nloss: mse\n");
        std::fs::write(folder.path().join("lab.yaml"), lab).unwrap();
        let lab = Lab::open(folder.path().join("lab.yaml").to_str().unwrap(), &Overrides::default()).unwrap();
        lab.warnings.iter().map(|warning| warning.what().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(warned(true), [""; 0]);
    let told = warned(false);
    assert!(told.len() == 1 && told[0].starts_with("rounding to 32 bits changes the feature `x`"), "{told:?}");
}

#[test]
fn idx_files_that_lie_are_refused_with_exit_2() {
    let folder = tempfile::tempdir().unwrap();
    let lab = "data: {idx: {images: images, labels: labels}}\nnetwork: [dense: 2]\nloss: cross_entropy\n";
    std::fs::write(folder.path().join("lab.yaml"), lab).unwrap();
    let says = |images: &[u8], labels: &[u8], what: &str| {
        std::fs::write(folder.path().join("images"), images).unwrap();
        std::fs::write(folder.path().join("labels"), labels).unwrap();
        let output = optlab(folder.path(), &["check", "lab.yaml"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(what), "{said}");
    };
    let header = |shape: &[u32]| -> Vec<u8> {
        [0, 0, 8, shape.len() as u8].into_iter().chain(shape.iter().flat_map(|d| d.to_be_bytes())).collect()
    };
    let two = [header(&[2]), vec![0, 1]].concat();
    says(&header(&[0, u32::MAX, u32::MAX]), &header(&[0]), "`images` holds nothing");
    says(&header(&[u32::MAX; 3]), &two, "`images` promises");
    says(&header(&[2, 1 << 14, 1 << 14]), &two, "`images` promises 2 x 16384 x 16384 numbers, but holds 0");
    says(&[header(&[2, 1]), vec![1, 2]].concat(), &header(&[1 << 29]), "`labels` holds 536870912 labels");
    says(&[header(&[2, 1]), vec![1, 2, 3]].concat(), &two, "`images` promises 2 x 1 numbers, but holds more");
}
