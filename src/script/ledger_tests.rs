//! The ledger of an update: the bits that the kernel made, and the statements as the script has them.

use super::*;
use crate::error::Source;
use crate::optim::{Reading, Rule, RuleWatch, StateValue};

/// Looks at nothing: only a watched step is told.
struct Blind;

impl RuleWatch<f32> for Blind {
    fn begin(&mut self, _: &[String]) {}
    fn block(&mut self, _: usize, _: usize, _: usize, _: &[f32]) {}
    fn number(&mut self, _: usize, _: usize, _: f64) {}
}

const PARAMETERS: [std::ops::Range<usize>; 2] = [0..37, 48..51];

fn load(text: &str) -> std::sync::Arc<Script> {
    Script::load(Kind::Optimizer, &Source::new("mine.rhai", text)).unwrap()
}

fn defaults(script: &Script) -> Vec<f64> {
    let number = |value: &HyperValue| if let HyperValue::Number(number) = value { *number } else { f64::NAN };
    script.hyper.iter().map(|hyper| number(&hyper.default)).collect()
}

/// A number in -1..1.
fn noise(i: u64) -> f32 {
    let x = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((x >> 40) as f32 / (1 << 23) as f32) - 1.0
}

/// Trains for some steps, each of which is watched, looking at another element each time.
fn train(script: &std::sync::Arc<Script>, steps: u64, mut look: impl FnMut(&Reading, &Rule<f32>, &[f32])) {
    let mut w: Vec<f32> = (0..51).map(noise).collect();
    let mut rule = Rule::new(rule(script).unwrap(), &mut w, PARAMETERS.to_vec()).unwrap();
    let hyper = defaults(script);
    for t in 1..=steps {
        let parameter = usize::from(t % 3 == 0);
        let element = (t * 7) as usize % PARAMETERS[parameter].len();
        rule.look_at(parameter, element);
        // Gradients fade away, so that averages of them come among the denormals; some are 0.
        let size = if t % 5 == 4 { 0.0 } else { 0.5_f32.powi(t as i32 / 2) };
        let dw: Vec<f32> = (0..51).map(|i| size * noise(1000 * t + i)).collect();
        rule.step(t, &hyper, &mut w, &dw, Some(&mut Blind)).unwrap();
        let reading = rule.reading().unwrap_or_else(|| panic!("{} has no ledger", script.name));
        assert_eq!((reading.step, reading.parameter, reading.element), (t, parameter, element));
        look(&reading, &rule, &w);
    }
}

/// The lines must be what the rule applied, bit for bit.
fn compare(reading: &Reading, rule: &Rule<f32>, w: &[f32]) {
    let told = format!("{} at step {}: {reading:#?}", rule.name(), reading.step);
    let place = PARAMETERS[reading.parameter].start + reading.element;
    let last = reading.lines.last().unwrap();
    assert_eq!(last.name, "W", "{told}");
    assert_eq!((last.value as f32).to_bits(), w[place].to_bits(), "{told}");
    for (name, value) in rule.state_of(reading.parameter) {
        let line = reading.lines.iter().rfind(|line| line.name == format!("state.{name}"));
        let line = line.unwrap_or_else(|| panic!("no line of {name}: {told}"));
        let kept = match value {
            StateValue::Tensor(values) => f64::from(values[reading.element]),
            StateValue::Number(number) => number,
        };
        assert_eq!(line.value.to_bits(), kept.to_bits(), "{name}: {told}");
    }
    // RAdam's `r` is the root of a negative number while its window is short; `where` passes it over.
    assert!(reading.lines.iter().all(|line| !line.value.is_nan() || line.name == "r"), "{told}");
}

/// The lines as text.
fn text(reading: &Reading) -> String {
    let say = |value: &f64| {
        let text = format!("{value:.4}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let line = |line: &crate::optim::Line| {
        format!("{} = {} = {}  | {}", line.name, line.formula.text(&say), say(&line.value), line.symbolic)
    };
    reading.lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_shipped_rule_is_told_with_the_bits_that_were_applied() {
    for entry in shipped(Kind::Optimizer) {
        let script = Script::load(Kind::Optimizer, &entry.source).unwrap();
        train(&script, 260, compare);
    }
}

#[test]
fn every_shipped_rule_reads_like_its_script() {
    let mut all = String::new();
    for entry in shipped(Kind::Optimizer) {
        let script = Script::load(Kind::Optimizer, &entry.source).unwrap();
        let mut last = String::new();
        train(&script, 7, |reading, _, _| last = text(reading));
        all += &format!("## {}\n{last}\n\n", entry.name);
    }
    insta::assert_snapshot!(all);
}
