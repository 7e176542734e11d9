//! Moving averages: each of the vectors is the column of a lab that walks the same series.

use optlab::lab::{Document, Files, Lab};
use serde_json::Value;

use super::Outcomes;
use crate::common::{flat, reference};

/// Walks `values` under one average, given as a lab has it.
fn walked(values: &Value, average: &str) -> Result<Vec<f64>, String> {
    let text = format!("series: {{values: {values}}}\naverages: [{average}]\n");
    let shown = |error: optlab::Error| error.to_string();
    let document = Document::parse("averages.yaml", &text).map_err(shown)?;
    let files = Files::beside(std::path::Path::new("averages.yaml")).map_err(shown)?;
    let lab = Lab::check(&document, &files, None).map_err(|errors| errors[0].to_string())?;
    let mut walk = lab.walk(None).map_err(shown)?;
    let mut averages = Vec::new();
    for _ in 0..walk.steps_total() {
        walk.step().map_err(shown)?;
        averages.push(walk.averages()[0]);
    }
    Ok(averages)
}

fn check(values: &Value, average: &str, wanted: &Value) -> Result<(), String> {
    let (got, wanted) = (walked(values, average)?, flat(wanted));
    if got.len() != wanted.len() {
        return Err(format!("{} averages for {}", got.len(), wanted.len()));
    }
    for (at, (got, want)) in got.iter().zip(&wanted).enumerate() {
        if (got - want).abs() > 1e-9 * want.abs() {
            return Err(format!("{got} for {want} at t = {}", at + 1));
        }
    }
    Ok(())
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().unwrap().iter()
}

/// Both kinds of an exponential average.
fn exponential(beta: &str, values: &Value, wanted: &Value) -> Outcomes {
    let both = [(false, "raw"), (true, "corrected")];
    let of = |(corrected, key): (bool, &str)| {
        let average = format!("exponential: {{beta: {beta}, corrected: {corrected}}}");
        (format!("exponential {beta} {key}"), check(values, &average, &wanted[key]))
    };
    both.map(of).into()
}

pub fn outcomes() -> Outcomes {
    let all = reference("moving_averages");
    let series = &all["series"];
    let mut outcomes = Outcomes::new();
    for (window, wanted) in object(&all["simple"]) {
        outcomes.push((format!("simple {window}"), check(series, &format!("simple: {window}"), wanted)));
    }
    let weights = &all["weighted"]["weights_oldest_first"];
    let average = format!("weighted: {weights}");
    outcomes.push((format!("weighted {weights}"), check(series, &average, &all["weighted"]["values"])));
    for (beta, wanted) in object(&all["ema"]) {
        outcomes.extend(exponential(beta, series, wanted));
    }
    let example = &all["lecture_example"];
    outcomes.extend(exponential(&example["beta"].to_string(), &example["theta"], example));
    outcomes
}
