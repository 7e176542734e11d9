//! Datasets, series and networks: shapes first, then numbers in their order.

use super::*;

#[test]
fn every_shipped_script_makes_what_it_makes() {
    for kind in [Kind::Dataset, Kind::Series, Kind::Network] {
        for entry in crate::script::shipped(kind) {
            passes(&judge(&task(Vec::new()), &entry.source, &entry.source, true));
        }
    }
}

#[test]
fn a_dataset_differs_by_its_shape_its_labels_and_its_numbers() {
    let told = |from, to| {
        read(&altered(Kind::Dataset, "rings", &[(from, to)], vec![Case { seeds: vec![3], ..case("seed 3") }]))
    };
    insta::assert_snapshot!(told("radius * sin(angle)])", "radius * sin(angle), angle])"), @r"
    Failed 0
    Case `seed 3`: with seed 3 `x` should be 300 by 2, and is 300 by 3.
    ");
    insta::assert_snapshot!(told("y.push(i % h.classes)", "y.push((i + 1) % h.classes)"), @r"
    Failed 0
    Case `seed 3`: with seed 3 `x[0,0]` should be 0.8311, and is 1.663.
    ");
    insta::assert_snapshot!(told("0, 2 * PI,", "0, PI,"), @r"
    Failed 0
    Case `seed 3`: with seed 3 `x[0,0]` should be 0.8311, and is -0.9557.
    ");
    insta::assert_snapshot!(told("y: y }", "y: angle }"), @r"
    Failed 0
    Case `seed 3`: with seed 3 `y[0]` should be 0, and is 5.696.
    ");
    insta::assert_snapshot!(told("y: y }", "y: [] }"), @r"
    Error 0
    mine.rhai:18:4: `mine` has 300 rows of x but 0 of y
    - a sample is a row of `x` and an entry of `y`
    ");
}

#[test]
fn a_series_differs_by_its_length_and_by_a_value() {
    let told = |from, to| read(&altered(Kind::Series, "noisy_sine", &[(from, to)], Vec::new()));
    insta::assert_snapshot!(told("linspace(1, h.samples, h.samples)", "linspace(0, h.samples, h.samples)"), @r"
    Failed 0
    With seed 1 value 1 should be 0.2997, and is 0.1744.
    ");
    insta::assert_snapshot!(told("h.samples", "(h.samples + 1)"), @r"
    Failed 0
    With seed 1 there should be 200 values, and there are 201.
    ");
}

#[test]
fn layers_are_compared_by_what_they_are_however_they_are_written() {
    let reference = Source::new(
        "net.rhai",
        "fn layers(inputs, outputs, h) { [#{dense: 16}, \"relu\", #{dropout: 0.5}, #{dense: outputs}] }",
    );
    let judged = |body: &str| {
        let own = Source::new("mine.rhai", format!("fn layers(inputs, outputs, h) {{ {body} }}"));
        judge(&task(Vec::new()), &reference, &own, false)
    };
    passes(&judged("[#{dense: #{units: 4.0 * 4}}, #{relu: ()}, #{dropout: 1 / 2}, #{dense: outputs}]"));
    let told = |body: &str| read(&judged(body));
    insta::assert_snapshot!(told("[#{dense: 16}, \"tanh\", #{dropout: 0.5}, #{dense: outputs}]"), @r"
    Failed 0
    For 4 inputs and 3 outputs layer 2 should be `relu`, and is `tanh`.
    ");
    insta::assert_snapshot!(told("[#{dense: 16}, \"relu\", #{dropout: 0.5}, #{dense: 3}]"), @r"
    Failed 0
    For 2 inputs and 1 output layer 4 should be `dense: 1`, and is `dense: 3`.
    ");
    insta::assert_snapshot!(told("[#{dense: 16}, \"relu\", #{dense: outputs}]"), @r"
    Failed 0
    For 4 inputs and 3 outputs layer 3 should be `dropout: 0.5`, and is `dense: 3`.
    ");
    insta::assert_snapshot!(told("[#{dense: 16}, \"relu\", #{dropout: 0.5}, #{dense: outputs}, \"softmax\"]"), @r"
    Failed 0
    For 4 inputs and 3 outputs there should be 4 layers, and there are 5.
    ");
}

#[test]
fn words_are_compared_as_words() {
    let text = |first: &str| {
        format!("fn generate(h, rng) {{ #{{ x: [[1.0], [2.0], [3.0]], y: [\"{first}\", \"dog\", \"cat\"] }} }}")
    };
    let judged = |own: &str| {
        let (reference, own) = (Source::new("pets.rhai", text("cat")), Source::new("mine.rhai", own));
        judge(&task(Vec::new()), &reference, &own, false)
    };
    passes(&judged(&text("cat")));
    insta::assert_snapshot!(read(&judged(&text("cow"))), @r"
    Failed 0
    With seed 1 `y[0]` should be `cat`, and is `cow`.
    ");
    insta::assert_snapshot!(read(&judged("fn generate(h, rng) { #{ x: [[1.0], [2.0], [3.0]], y: [0, 1, 0] } }")), @r"
    Failed 0
    With seed 1 `y` should be words, and is numbers.
    ");
}
