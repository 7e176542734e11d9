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
        let mut point = w.clone();
        rule.second_point((t, true), &hyper, (&w, &dw), &mut point).unwrap();
        // A loss whose slope grows by as much as a weight does.
        let second: Vec<f32> = point.iter().zip(&w).zip(&dw).map(|((point, w), dw)| dw + (point - w)).collect();
        rule.step_with(t, &hyper, &mut w, [&dw, &second], Some(&mut Blind)).unwrap();
        let reading = rule.reading().unwrap_or_else(|| panic!("{} has no ledger", script.name));
        assert_eq!(reading.second_point.is_empty(), !script.defines("second_point", 5));
        if let Some(last) = reading.lines[reading.second_point.clone()].last() {
            let at = PARAMETERS[parameter].start + element;
            let told = (last.name.as_str(), last.value.to_bits());
            assert_eq!(told, ("point", f64::from(point[at]).to_bits()), "{} at step {t}", script.name);
            let came = &reading.lines[reading.second_point.end];
            assert_eq!((came.name.as_str(), came.value), ("dW2", f64::from(second[at])));
        }
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
    let own = crate::program::Shape::new(1, PARAMETERS[reading.parameter].len());
    for (state, (name, value)) in rule.state_of(reading.parameter).enumerate() {
        let shape = rule.shape_of(reading.parameter, state).unwrap_or(own);
        let line = reading.lines.iter().rfind(|line| line.name == format!("state.{name}"));
        let line = line.unwrap_or_else(|| panic!("no line of {name}: {told}"));
        let kept = match value {
            StateValue::Tensor(values) => f64::from(values[shape.place(reading.element, own)]),
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
    let line = |line: &crate::snapshot::LedgerLine| {
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
    let mut all = Vec::new();
    for entry in shipped(Kind::Optimizer) {
        let script = Script::load(Kind::Optimizer, &entry.source).unwrap();
        let mut last = String::new();
        train(&script, 7, |reading, _, _| last = text(reading));
        all.push(format!("## {}\n{last}\n", entry.name));
    }
    insta::assert_snapshot!(all.join("\n"));
}

/// What only a student would write: helpers that keep variables of their own and assign states, an `if` that depends on
/// `t`, names that are used twice, numbers, reductions, blocks, an early return.
const WILD: &str = r"
    fn hyper() { #{
        lr: 0.01, // rate
        b: 0.9,   // decay
    } }
    fn state(w) { #{ v: zeros(w), n: 0, biggest: 0.0, old: w } }
    fn average(old, x, b) { let kept = b * old; kept + (1 - b) * x }
    fn remember(s, g) {
        s.n += 1;
        s.v = average(s.v, g, 0.5);
    }
    fn twice(x) { x + x }
    fn update(w, dw, state, h, t) {
        let plain = dw;
        let k = 3 / 2; // a plain number
        let size = norm(dw);
        let g = dw / (size + 1e-8);
        g += 0.01 * w;   /* decay; of a kind */
        g *= k;
        remember(state, g);
        state.biggest = max(state.biggest, max_abs(g - dw));
        if t > 4 {
            let late = twice(twice(state.v)) / t;
            state.old = w;
            return w - h.lr * late - state.biggest * 1e-3;
        }
        let early = average(state.v, dw, h.b);
        let sum = zeros(w);
        for i in 0..3 { sum = sum + early * i; }
        (w - h.lr * sum) * 1
    }
";

#[test]
fn a_script_of_a_students_own_is_told_as_it_ran() {
    let script = load(WILD);
    train(&script, 12, |reading, rule, w| {
        let assigned: Vec<&str> = reading.lines.iter().filter_map(|line| line.name.strip_prefix("state.")).collect();
        assert_eq!(assigned.contains(&"old"), reading.step > 4);
        let last = reading.lines.last().unwrap();
        assert_eq!((last.value as f32).to_bits(), w[PARAMETERS[reading.parameter].start + reading.element].to_bits());
        for (name, value) in rule.state_of(reading.parameter).filter(|(name, _)| assigned.contains(name)) {
            let line = reading.lines.iter().rfind(|line| line.name == format!("state.{name}")).unwrap();
            let kept = match value {
                StateValue::Tensor(values) => f64::from(values[reading.element]),
                StateValue::Number(number) => number,
            };
            assert_eq!(line.value.to_bits(), kept.to_bits(), "{name} {reading:#?}");
        }
    });
    let mut steps = Vec::new();
    train(&script, 5, |reading, _, _| steps.push(text(reading)));
    insta::assert_snapshot!(format!("step 4\n{}\n\nstep 5\n{}", steps[3], steps[4]));
}

#[test]
fn a_long_loop_and_a_deep_helper_make_a_ledger_of_bounded_size() {
    let looped = "fn double(x) { x + x * x }\nfn update(w, dw, state, h, t) {\n let a = dw;\n for i in 0..400 { a = a * 0.5 + w; }\n \
                let b = a; \n for i in 0..30 { b += 1e-3 * double(double(double(double(b)))); }\n w - 1e-3 * b / 1e9\n}";
    train(&load(looped), 1, |reading, _, _| {
        assert!(reading.lines.len() <= 200);
        assert_eq!(reading.lines.last().unwrap().name, "W");
    });
    let chain = "fn double(x) { x + x * x }\nfn update(w, dw, state, h, t) { w - double(double(double(double(double(double(double(double(dw))))))))}";
    train(&load(chain), 3, |reading, _, w| {
        assert!(text(reading).len() < 4000, "{}", text(reading).len());
        compare_weight(reading, w);
    });
}

fn compare_weight(reading: &Reading, w: &[f32]) {
    let place = PARAMETERS[reading.parameter].start + reading.element;
    assert_eq!((reading.lines.last().unwrap().value as f32).to_bits(), w[place].to_bits(), "{reading:#?}");
}

#[test]
fn other_elements_can_be_looked_at_while_the_run_is_held() {
    let entry = shipped(Kind::Optimizer).into_iter().find(|entry| entry.name == "adam").unwrap();
    let script = Script::load(Kind::Optimizer, &entry.source).unwrap();
    let length = 200_000;
    let mut w: Vec<f32> = (0..length).map(noise).collect();
    let dw: Vec<f32> = (0..length).map(|i| if i == 150_123 { 3.0 } else { noise(i + 7) }).collect();
    let mut rule = Rule::new(rule(&script).unwrap(), &mut w, vec![0..100_000, 100_000..200_000]).unwrap();
    rule.step(1, &defaults(&script), &mut w, &dw, Some(&mut Blind)).unwrap();
    assert!(rule.reading().is_none(), "nobody looked");
    rule.look_at(1, 50_000);
    assert!(rule.reading().is_none(), "nothing was kept");
    rule.step(2, &defaults(&script), &mut w, &dw, None).unwrap();
    assert!(rule.reading().is_none(), "the step was not watched");
    rule.step(3, &defaults(&script), &mut w, &dw, Some(&mut Blind)).unwrap();
    for element in [50_000, 50_123, 20_000, 82_767] {
        rule.look_at(1, element);
        let reading = rule.reading().unwrap();
        assert_eq!((reading.lines.last().unwrap().value as f32).to_bits(), w[100_000 + element].to_bits());
        assert_eq!(reading.steepest, 50_123);
    }
    for (parameter, element) in [(1, 0), (1, 99_999), (1, 100_000), (0, 5), (7, 0)] {
        rule.look_at(parameter, element);
        assert!(rule.reading().is_none(), "{parameter} {element}");
    }
    // Near the ends there is as much around an element as elsewhere.
    rule.look_at(1, 99_999);
    rule.step(4, &defaults(&script), &mut w, &dw, Some(&mut Blind)).unwrap();
    rule.look_at(1, 99_999 - (1 << 16) + 1);
    let reading = rule.reading().unwrap();
    assert_eq!((reading.lines.last().unwrap().value as f32).to_bits(), w[100_000 + reading.element].to_bits());
}

#[test]
fn a_watched_step_gives_the_bits_of_an_unwatched_one() {
    for text in [WILD, "fn update(w, dw, state, h, t) { w - dw / norm(w - dw) * mean(dw) }"] {
        let script = load(text);
        let run = |looks: bool| {
            let mut w: Vec<f32> = (0..51).map(noise).collect();
            let mut rule = Rule::new(rule(&script).unwrap(), &mut w, PARAMETERS.to_vec()).unwrap();
            for t in 1..=9 {
                let dw: Vec<f32> = (0..51).map(|i| noise(1000 * t + i)).collect();
                let mut blind = Blind;
                let watch: Option<&mut dyn RuleWatch<f32>> = if looks { Some(&mut blind) } else { None };
                if looks {
                    rule.look_at(0, 3);
                }
                rule.step(t, &defaults(&script), &mut w, &dw, watch).unwrap();
            }
            w.into_iter().map(f32::to_bits).collect::<Vec<_>>()
        };
        assert_eq!(run(true), run(false));
    }
}

#[test]
fn another_name_of_what_is_told_has_a_line_of_its_own_where_the_file_has_it() {
    let text = "fn state(w) { #{ v: zeros(w) } }\nfn update(w, dw, state, h, t) {\n    state.v = state.v + dw;\n    \
                let v_hat = state.v;\n    w - v_hat * 0.5\n}\n";
    let mut lines = Vec::new();
    train(&load(text), 1, |reading, _, _| {
        let told = reading.lines.iter().map(|line| {
            let row = line.offset.map_or(0, |offset| text[..offset].matches('\n').count() + 1);
            format!("{row} {} = {}", line.name, line.symbolic)
        });
        lines = told.collect();
        assert_eq!(reading.lines[1].value.to_bits(), reading.lines[2].value.to_bits());
    });
    assert_eq!(lines, ["0 dW = ", "3 state.v = state.v + dw", "4 v_hat = state.v", "5 W = w - v_hat * 0.5"]);
}

/// A second point with a helper, a sum over all parameters, random numbers, a state and an `if` on the step.
const TWICE: &str = r"
    fn hyper() { #{ rho: 0.5 } } // how far
    fn state(w) { #{ v: zeros(w), n: 0.0 } }
    fn uphill(dw) { dw / (sqrt(total(dw * dw)) + 1e-12) }
    fn second_point(w, dw, state, h, t) {
        let up = uphill(dw);
        if t > 2 {
            let far = h.rho * (1 + state.n);
            return w + far * up + 0.01 * normal(w);
        }
        w + h.rho * up + 0.5 * state.v
    }
    fn update(w, dw, dw2, state, h, t) {
        state.v = 0.9 * state.v + dw2;
        state.n += 1;
        w - 0.1 * state.v
    }
";

#[test]
fn where_a_second_gradient_is_taken_is_told_before_it() {
    let script = load(TWICE);
    train(&script, 8, compare);
    let mut steps = Vec::new();
    train(&script, 3, |reading, _, _| {
        let (of_point, all) = (reading.second_point.clone(), text(reading));
        steps.push(format!("step {}, {of_point:?}\n{all}", reading.step));
    });
    insta::assert_snapshot!(steps[1..].join("\n\n"));
}

#[test]
fn a_second_point_that_nobody_watched_is_not_told_with_another_update() {
    let script = load(TWICE);
    let mut w: Vec<f32> = (0..51).map(noise).collect();
    let dw: Vec<f32> = (0..51).map(|i| noise(100 + i)).collect();
    let mut rule = Rule::new(rule(&script).unwrap(), &mut w, PARAMETERS.to_vec()).unwrap();
    rule.look_at(0, 5);
    let mut point = w.clone();
    let mut step = |t: u64, watched: bool| {
        rule.second_point((t, watched), &[0.5], (&w, &dw), &mut point).unwrap();
        let bits: Vec<u32> = point.iter().map(|x| x.to_bits()).collect();
        rule.step_with(t, &[0.5], &mut w, [&dw, &dw], Some(&mut Blind)).unwrap();
        (rule.reading().unwrap().second_point, bits)
    };
    assert_eq!(step(1, true).0, 1..4);
    assert_eq!(step(2, false).0, 0..0);
    // Another element is looked at while the run is held.
    assert_eq!(step(3, true).0, 1..5);
    rule.look_at(0, 6);
    let reading = rule.reading().unwrap();
    assert_eq!(reading.lines[4].value.to_bits(), f64::from(point[6]).to_bits());
}
