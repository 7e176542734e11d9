//! Losses over the outputs of a sample: derivatives against differences, extreme outputs, ties, what is refused, and that
//! samples never meet.

use std::sync::Arc;

use super::*;
use crate::error::Source;
use crate::program::{Operations, PointwiseLoss, Real};
use crate::snapshot::{OperationKind, OperationLine};

fn load(text: &str) -> Arc<Script> {
    Script::load(Kind::Loss, &Source::new("mine.rhai", text)).unwrap()
}

fn made<F: Real>(script: &Arc<Script>, given: &[(&str, f64)], outputs: usize) -> Box<dyn PointwiseLoss<F>> {
    let mut hyper: HyperValues = script.hyper.iter().map(|own| (own.name.clone(), own.default.clone())).collect();
    for (name, value) in given {
        hyper.iter_mut().find(|(own, _)| own == name).unwrap().1 = HyperValue::Number(*value);
    }
    loss(script, &hyper, outputs).unwrap()
}

fn of_body<F: Real>(body: &str, outputs: usize) -> Box<dyn PointwiseLoss<F>> {
    made(&load(&format!("fn loss(y_hat, y) {{\n    {body}\n}}\n")), &[], outputs)
}

fn catalogued(name: &str) -> Arc<Script> {
    let entry = shipped(Kind::Loss).into_iter().find(|entry| entry.name == name).unwrap();
    Script::load(Kind::Loss, &entry.source).unwrap()
}

fn refused(body: &str) -> String {
    let script = load(&format!("fn loss(y_hat, y) {{\n    {body}\n}}\n"));
    let Err(error) = loss::<f64>(&script, &Vec::new(), 3) else { panic!("{body} is taken") };
    error.render(false)
}

/// Some rows of outputs without ties, and one-hot targets.
fn rows<F: Real>(samples: usize, outputs: usize) -> [Vec<F>; 2] {
    let y_hat = (0..samples * outputs).map(|at| F::from_f64(2.5 * (at as f64 * 1.7 + 0.3).sin())).collect();
    let hot = |at: usize| (at / outputs * 7 + 1) % outputs == at % outputs;
    let y = (0..samples * outputs).map(|at| if hot(at) { F::ONE } else { F::ZERO }).collect();
    [y_hat, y]
}

/// What says everything that a loss can, in one way or another.
const BODIES: [&str; 22] = [
    "-sum(y * log_softmax(y_hat), 1)",
    "-y * log_softmax(y_hat)",
    "logsumexp(y_hat) - sum(y * y_hat, 1)",
    "let p = softmax(y_hat); sum(square(p - y), 1)",
    "let p = softmax(y_hat); (p - y) ** 2",
    "-sum(y * ln(softmax(y_hat)), 1)",
    "max(y_hat, 1) - sum(y * y_hat, 1)",
    "let m = max(y_hat, 1); where(y_hat == m, square(y_hat), m * y_hat)",
    "let c = y_hat - mean(y_hat, 1); sum(c * c * c, 1)",
    "let c = (y_hat - mean(y_hat, 1)) / norm(y_hat, 1); exp(c) + y * c",
    "max_abs(y_hat, 1) * sum(y_hat * y, 1)",
    "let lp = log_softmax(y_hat / 2.0); -0.9 * sum(y * lp, 1) - 0.1 * mean(lp, 1)",
    "let lp = sum(y * log_softmax(y_hat), 1); -lp + 1.5 * (1 - exp(lp))",
    "let p = softmax(y_hat); where(p > 0.4, p * p, 0.3 * p - y)",
    "where(sum(y_hat, 1) > 0, logsumexp(y_hat), square(y_hat))",
    "softmax(softmax(y_hat) * 3 + y)",
    "sum(log_softmax(y_hat), 1) * mean(y_hat, 1) + y_hat",
    "let s = sum(y_hat * y, 1); max(max(1 + y_hat - s, 0) * (1 - y), 1)",
    "let t = mean(y_hat, 1); t * t * y_hat",
    "-mean(y_hat, 1)",
    "sum(y_hat, 1) + sum(y_hat, 1)",
    "let t = logsumexp(y_hat); clamp(t, 0.0, 2.2) * tanh(y_hat)",
];

#[test]
fn derivatives_of_whatever_a_loss_says_agree_with_differences() {
    for outputs in [1, 2, 3, 7] {
        for body in BODIES {
            let mut function = of_body::<f64>(body, outputs);
            assert!(function.is_over_outputs());
            let samples = 5;
            let [y_hat, y] = rows::<f64>(samples, outputs);
            let mut d = vec![f64::NAN; y_hat.len()];
            let value = function.sum_and_gradient(&y_hat, &y, 0.5, &mut d);
            assert_eq!(value.to_bits(), function.sum(&y_hat, &y).to_bits(), "{body}");
            for (at, d) in d.iter().enumerate() {
                let mut moved = |by: f64| {
                    let mut moved = y_hat.clone();
                    moved[at] += by;
                    function.sum(&moved, &y)
                };
                let slope = 0.5 * (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((slope - d).abs() < 1e-7 * (1.0 + slope.abs()), "{body} {outputs}: {d} for {slope}");
            }
        }
    }
}

#[test]
fn a_sample_has_the_same_bits_in_every_batch_and_with_every_thread() {
    for body in BODIES {
        let (samples, outputs) = (1500, 5);
        let [y_hat, y] = rows::<f32>(samples, outputs);
        let mut function = of_body::<f32>(body, outputs);
        let mut d = vec![0.0; y_hat.len()];
        function.gradient(&y_hat, &y, 0.25, &mut d);
        let mut copy = function.duplicate();
        for (first, some) in [(0, 1), (3, 7), (400, 411), (1, 1499)] {
            let place = first * outputs..(first + some) * outputs;
            let mut own = vec![0.0; some * outputs];
            copy.gradient(&y_hat[place.clone()], &y[place.clone()], 0.25, &mut own);
            let same = own.iter().zip(&d[place]).all(|(a, b)| a.to_bits() == b.to_bits());
            assert!(same, "{body}: {some} samples from {first}");
        }
    }
}

#[test]
fn the_mean_is_over_samples_where_there_is_one_value_a_sample() {
    for (body, of_samples) in [
        ("-sum(y * log_softmax(y_hat), 1)", true),
        ("logsumexp(y_hat)", true),
        ("-y * log_softmax(y_hat)", false),
        ("sum(y_hat, 1) * y", false),
    ] {
        assert_eq!(of_body::<f64>(body, 3).is_of_samples(), of_samples, "{body}");
    }
    let mut each = crate::nn::Loss::pointwise(of_body::<f64>("-y * log_softmax(y_hat)", 3));
    let mut whole = crate::nn::Loss::pointwise(of_body::<f64>("-sum(y * log_softmax(y_hat), 1)", 3));
    let mut cross = crate::nn::Loss::<f64>::CrossEntropy;
    let [y_hat, _] = rows::<f64>(4, 3);
    let targets = crate::nn::Targets::Classes(&[0, 2, 1, 1]);
    let own = cross.value(&y_hat, targets, 3);
    assert!((whole.value(&y_hat, targets, 3) - own).abs() < 1e-14);
    assert!((each.value(&y_hat, targets, 3) - own / 3.0).abs() < 1e-14, "PyTorch's mean over every element");
    assert_eq!(whole.hits(&y_hat, targets, 3), cross.hits(&y_hat, targets, 3));
    let (mut d, mut d_own) = ([0.0; 12], [0.0; 12]);
    whole.value_and_gradient(&y_hat, targets, 3, &mut d);
    cross.value_and_gradient(&y_hat, targets, 3, &mut d_own);
    assert!(d.iter().zip(d_own).all(|(a, b)| (a - b).abs() < 1e-15), "{d:?} {d_own:?}");
}

#[test]
fn what_looks_at_its_own_output_alone_runs_element_by_element() {
    for body in ["square(y_hat - y)", "let s = sum(y_hat, 1); abs(y_hat - y)", "max(y_hat - y, 0)", "max(1.0, y_hat)"] {
        assert!(!of_body::<f64>(body, 3).is_over_outputs(), "{body}");
    }
}

fn at_extremes<F: Real>(script: &Arc<Script>, given: &[(&str, f64)]) {
    for scale in [0.0, 1.0, 20.0, 100.0, 1e4] {
        for (row, class) in [([1.0, -1.0, 0.0], 0), ([1.0, -1.0, 0.0], 1), ([1.0, 1.0, 1.0], 2), ([-1.0, 1.0, 1.0], 1)]
        {
            let z = row.map(|z| F::from_f64(z * scale));
            let mut y = [F::ZERO; 3];
            y[class] = F::ONE;
            let mut d = [F::ZERO; 3];
            let value = made::<F>(script, given, 3).sum_and_gradient(&z, &y, F::ONE, &mut d);
            let told = format!("{} {given:?} at {scale} {row:?} {class}: {value} {:?}", script.name, d.map(F::to_f64));
            assert!(value.is_finite() && d.iter().all(|d| d.to_f64().is_finite()), "{told}");
        }
    }
}

#[test]
fn extreme_outputs_have_finite_losses_and_derivatives() {
    for gamma in [0.0, 0.3, 1.0, 2.0, 5.0] {
        at_extremes::<f32>(&catalogued("focal"), &[("gamma", gamma)]);
        at_extremes::<f64>(&catalogued("focal"), &[("gamma", gamma)]);
    }
    for smoothing in [0.0, 0.1, 0.9] {
        at_extremes::<f32>(&catalogued("label_smoothing"), &[("smoothing", smoothing)]);
    }
    for body in [BODIES[0], BODIES[1], BODIES[2], BODIES[3], BODIES[6], BODIES[12], BODIES[14]] {
        at_extremes::<f32>(&load(&format!("fn loss(y_hat, y) {{ {body} }}")), &[]);
    }
    // A logarithm keeps its digits where softmax is 0, and where the outputs are large.
    let mut function = of_body::<f32>("-sum(y * log_softmax(y_hat), 1)", 2);
    assert_eq!(function.sum(&[1e4, -1e4], &[0.0, 1.0]), 2e4);
    assert!((function.sum(&[1e4, 1e4], &[0.0, 1.0]) - std::f64::consts::LN_2).abs() < 1e-7);
    let mut own = of_body::<f64>("where(y_hat > 0, sum(exp(0 - y_hat), 1), sum(exp(y_hat), 1))", 2);
    let mut d = [0.0; 2];
    own.gradient(&[800.0, 800.0], &[0.0; 2], 1.0, &mut d);
    assert_eq!(d, [0.0; 2], "a branch that is not taken passes no infinity back");
}

#[test]
fn equal_largest_outputs_share_the_derivative_of_max() {
    let mut d = [0.0; 4];
    of_body::<f64>("max(y_hat, 1)", 4).gradient(&[2.0, 5.0, 5.0, 1.0], &[0.0; 4], 1.0, &mut d);
    assert_eq!(d, [0.0, 0.5, 0.5, 0.0]);
    of_body::<f64>("max_abs(y_hat, 1)", 4).gradient(&[2.0, -5.0, 5.0, 1.0], &[0.0; 4], 1.0, &mut d);
    assert_eq!(d, [0.0, -0.5, 0.5, 0.0]);
    of_body::<f64>("norm(y_hat, 1)", 4).gradient(&[0.0; 4], &[0.0; 4], 1.0, &mut d);
    assert_eq!(d, [0.0; 4]);
}

#[test]
fn what_a_loss_cannot_say_is_told_with_what_it_can() {
    for (body, told) in [
        ("sum(y_hat)", "`sum(x, 1)` goes over the outputs of a sample"),
        ("dot(y_hat, y)", "`sum(x * y, 1)` goes over the outputs"),
        ("sum(y_hat, 0)", "axis 0 of `sum` goes over samples"),
        ("mean(y_hat, 2)", "the axis of `mean` is 0"),
        ("matmul(y_hat, transpose(y))", "`transpose` mixes samples"),
        ("matmul(y_hat, y)", "`matmul` mixes samples"),
        ("softmax(sum(y_hat, 1))", "this is one value a sample"),
        ("max(sum(y_hat, 1), 1)", "`max(x, 1.0)` is the larger of it and 1"),
        ("y_hat * zeros(3, 3)", "`zeros(rows, columns)` is for optimizers"),
        ("total(y_hat)", "`total` is a sum over all parameters"),
        ("h.gamma * y_hat", "write `fn loss(y_hat, y, h)`"),
    ] {
        let error = refused(body);
        assert!(error.contains(told), "{body}: {error}");
    }
    let unread = "fn hyper() { #{ a: 1.0 } }\nfn loss(y_hat, y) { y_hat - y }\n";
    let error = Script::load(Kind::Loss, &Source::new("mine.rhai", unread)).unwrap_err().render(false);
    assert!(error.contains("fn loss(y_hat, y, h)"), "{error}");
    let elsewhere = Script::load(Kind::Activation, &Source::new("a.rhai", "fn forward(x, h) { softmax(x) }")).unwrap();
    let error = activation::<f64>(&elsewhere, &Vec::new()).map(drop).unwrap_err().to_string();
    assert!(error.contains("a loss may speak over the outputs"), "{error}");
}

#[test]
fn parameters_are_constants_of_the_program() {
    let text = "fn hyper() { #{\n    t: 2.0, // in (0, inf)\n} }\nfn loss(y_hat, y, h) { -sum(y * log_softmax(y_hat / h.t), 1) }\n";
    let script = load(text);
    let [z, y] = rows::<f64>(3, 4);
    let mut plain = of_body::<f64>(BODIES[0], 4);
    let half: Vec<f64> = z.iter().map(|z| z / 2.0).collect();
    assert_eq!(made::<f64>(&script, &[], 4).sum(&z, &y), plain.sum(&half, &y));
    assert_eq!(made::<f64>(&script, &[("t", 1.0)], 4).sum(&z, &y), plain.sum(&z, &y));
    let by_name = load("fn hyper() { #{ d: 3 } }\nfn loss(y_hat, y, h) { h.d * (y_hat - y) ** 2 }\n");
    let mut scaled = made::<f64>(&by_name, &[], 1);
    assert!(!scaled.is_over_outputs());
    assert_eq!(scaled.sum(&[2.0], &[1.0]), 3.0);
}

fn lines<F: Real>(function: &dyn PointwiseLoss<F>, z: &[F], y: &[F], output: usize) -> Vec<OperationLine> {
    let function = function.function().unwrap();
    let operations = Operations::of(function, |graph| {
        let scale = graph.uniform(0);
        graph.broadcast_like(scale, graph.shape(function.output))
    });
    assert!(operations.is_over_outputs());
    operations.at_output(&[1.0], &[z, y], output)
}

#[test]
fn a_loss_taken_apart_for_an_output_has_the_bits_of_its_program_and_differences_agree() {
    // Where a mask asks whether a value is the largest, differences of the largest alone ask something else.
    let bodies = BODIES.iter().filter(|body| !body.contains("=="));
    let scripts = bodies.map(|body| load(&format!("fn loss(y_hat, y) {{\n    {body}\n}}\n")));
    for script in scripts.chain(["focal", "label_smoothing"].map(catalogued)) {
        let [z, y] = rows::<f32>(1, 4);
        let mut function = made::<f32>(&script, &[], 4);
        let mut d = [0.0; 4];
        let value = function.sum_and_gradient(&z, &y, 1.0, &mut d);
        let told = |line: &OperationLine, output: usize| format!("{}\noutput {output}: {line:#?}", script.source.text);
        let mut values = 0.0;
        for (output, d) in d.iter().enumerate() {
            let lines = lines(&*function, &z, &y, output);
            let last = lines.last().unwrap();
            values += last.value;
            if function.is_of_samples() {
                assert_eq!(last.value, value, "{}", told(last, output));
            }
            let input = lines.iter().find(|line| line.name == "y_hat").unwrap();
            assert_eq!((input.gradient as f32).to_bits(), d.to_bits(), "{}", told(input, output));
            for (at, line) in lines.iter().enumerate() {
                let sum: f64 = line.parts.iter().map(|(_, part)| part).sum();
                let close = |a: f64, b: f64, by: f64| (a - b).abs() <= by * (1.0 + a.abs());
                assert!(at + 1 == lines.len() || close(sum, line.gradient, 2e-6), "{}", told(line, output));
                // Of its own numbers alone a part is the product of gradient and local derivative.
                for (user, part) in line.parts.iter().filter(|(user, _)| !line.gathered.contains(user)) {
                    let by = &lines[*user];
                    let mut slopes = by.slopes.iter().filter(|(operand, _)| *operand == at).peekable();
                    assert!(slopes.peek().is_some(), "{}", told(line, output));
                    assert!(
                        slopes.any(|(_, slope)| close(by.gradient * slope, *part, 2e-6)),
                        "{} by {by:#?}",
                        told(line, output)
                    );
                }
                if let Some(slope) = line.differences.filter(|_| !line.corner && line.kind != OperationKind::Mask) {
                    assert!(close(line.gradient, slope, 3e-5), "{}", told(line, output));
                }
            }
        }
        if !function.is_of_samples() {
            assert!((values - value).abs() < 1e-5, "{}", script.source.text);
        }
    }
}

#[test]
fn functions_over_outputs_are_one_line_each() {
    let function =
        of_body::<f64>("let p = softmax(y_hat);\n    let missed = 1 - sum(y * p, 1);\n    missed * missed", 3);
    let [z, y] = rows::<f64>(1, 3);
    let lines = lines(&*function, &z, &y, 1);
    let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["y_hat", "y", "p", "t1", "t2", "missed", "loss"]);
    // What softmax passes back comes from all outputs.
    assert_eq!((&lines[0].gathered[..], &lines[2].gathered[..]), (&[2][..], &[][..]));
    assert!((lines[2].slopes[0].1 - lines[2].value * (1.0 - lines[2].value)).abs() < 1e-15);
}
