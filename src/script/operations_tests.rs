//! Functions taken apart: their numbers are those of the programs that train, finite differences agree, and lines are named
//! as the script has them.

use proptest::prelude::*;

use super::*;
use crate::error::Source;
use crate::program::{Landscape, Operations, Pointwise, Real, Slot};
use crate::snapshot::{Formula, Operand, OperationKind, OperationLine};

fn load(kind: Kind, text: &str) -> std::sync::Arc<Script> {
    Script::load(kind, &Source::new("mine.rhai", text)).unwrap()
}

fn defaults(script: &Script) -> HyperValues {
    script.hyper.iter().map(|hyper| (hyper.name.clone(), hyper.default.clone())).collect()
}

fn of_activation<F: Real>(script: &std::sync::Arc<Script>, x: F) -> (Vec<OperationLine>, [F; 2]) {
    let mut function = activation::<F>(script, &defaults(script)).unwrap();
    let own = Pointwise::function(&function).unwrap().clone();
    let operations = Operations::of(&own, |graph| graph.tensor(Slot::Write(0)));
    let (mut y, mut d) = ([F::ZERO], [F::from_f64(1.0)]);
    function.forward(&[x], &mut y);
    function.backward(&[x], &y, &mut d);
    (operations.at(&[], &[x], &[F::from_f64(1.0)]), [y[0], d[0]])
}

fn of_loss(script: &std::sync::Arc<Script>, y_hat: f64, y: f64) -> (Vec<OperationLine>, [f64; 2]) {
    let mut function = loss::<f64>(script, &defaults(script), 1).unwrap();
    let own = function.function().unwrap().clone();
    let operations = Operations::of(&own, |graph| {
        let scale = graph.uniform(0);
        graph.broadcast_like(scale, graph.shape(own.output))
    });
    let mut d = [0.0];
    function.gradient(&[y_hat], &[y], 1.0, &mut d);
    let lines = if function.is_over_outputs() {
        operations.at_output(&[1.0], &[&[y_hat], &[y]], 0)
    } else {
        operations.at(&[1.0], &[y_hat, y], &[])
    };
    (lines, [function.sum(&[y_hat], &[y]), d[0]])
}

fn of_landscape(landscape: &mut Landscape, x: f64, y: f64) -> (Vec<OperationLine>, [f64; 3]) {
    let operations = Operations::of(landscape.function().unwrap(), |graph| graph.constant(1.0));
    (operations.at::<f64>(&[x, y], &[], &[]), landscape.at(x, y))
}

fn named<'a>(lines: &'a [OperationLine], name: &str) -> &'a OperationLine {
    lines.iter().find(|line| line.name == name).unwrap_or_else(|| panic!("no `{name}` in {lines:#?}"))
}

/// Each gradient is the sum of its parts, each part the gradient of the line that uses the value times its derivative; and
/// where there is no corner finite differences agree.
fn hold_together(lines: &[OperationLine], told: &str) {
    let close = |a: f64, b: f64, tolerance: f64| {
        (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs())) || (!a.is_finite() && !b.is_finite())
    };
    let height = lines.last().unwrap().value;
    for (at, line) in lines.iter().enumerate() {
        if at + 1 < lines.len() {
            let sum: f64 = line.parts.iter().map(|(_, part)| part).sum();
            assert!(close(sum, line.gradient, 1e-12), "{told}: {} {line:#?}", line.name);
            let mut rest = line.parts.clone();
            for (user, by) in lines.iter().enumerate() {
                for (_, slope) in by.slopes.iter().filter(|(operand, _)| *operand == at) {
                    // A branch that is not taken, and what is flat, passes nothing back.
                    if (*slope == 0.0 || by.gradient == 0.0) && !rest.iter().any(|(other, _)| *other == user) {
                        continue;
                    }
                    let place = rest.iter().position(|(other, _)| *other == user);
                    let (_, part) = rest.remove(place.unwrap_or_else(|| panic!("{told}: {by:#?} passes nothing")));
                    let wanted = if by.gradient == 0.0 { 0.0 } else { by.gradient * slope };
                    assert!(close(part, wanted, 1e-12), "{told}: {part} against {wanted}: {by:#?}");
                }
            }
            assert!(rest.is_empty(), "{told}: {rest:?} from nowhere");
        }
        if let Some(slope) = line.differences.filter(|_| !line.corner) {
            // The second derivative is not known: where the function is steep differences are coarse.
            let coarse = 1e-6 * (1.0 + height.abs());
            if line.gradient.is_finite() && line.gradient.abs() < 1e4 {
                assert!(
                    close(line.gradient, slope, 1e-5) || (line.gradient - slope).abs() < coarse,
                    "{told}: {line:#?}"
                );
            }
        }
    }
}

#[test]
fn shipped_functions_taken_apart_have_the_numbers_of_the_programs_that_train_and_differences_agree() {
    let load = |entry: &Entry| Script::load(entry.kind, &entry.source).unwrap();
    for entry in shipped(Kind::Activation) {
        for x in [-3.1, -0.7, 0.3, 1.9, 6.5] {
            let told = format!("{} at {x}", entry.name);
            let (lines, [y, d]) = of_activation::<f64>(&load(&entry), x);
            assert_eq!((lines.last().unwrap().value, named(&lines, "x").gradient), (y, d), "{told}");
            hold_together(&lines, &told);
            let (lines, [y, d]) = of_activation::<f32>(&load(&entry), x as f32);
            let bits = |line: f64, own: f32| assert_eq!((line as f32).to_bits(), own.to_bits(), "{told} in f32");
            bits(lines.last().unwrap().value, y);
            bits(named(&lines, "x").gradient, d);
        }
    }
    for entry in shipped(Kind::Loss) {
        for (y_hat, y) in [(0.3, 1.0), (-2.5, 0.5), (4.0, -1.0)] {
            let (lines, [loss, d]) = of_loss(&load(&entry), y_hat, y);
            let told = format!("{} at {y_hat}, {y}", entry.name);
            assert_eq!((lines.last().unwrap().value, named(&lines, "y_hat").gradient), (loss, d), "{told}");
            hold_together(&lines, &told);
        }
    }
    for entry in shipped(Kind::Landscape) {
        for (x, y) in [(3.0, 2.0), (-1.2, 0.7), (0.4, -2.2)] {
            let script = load(&entry);
            let mut landscape = landscape(&script, &defaults(&script)).unwrap();
            let (lines, own) = of_landscape(&mut landscape, x, y);
            let told = format!("{} at {x}, {y}", entry.name);
            let seen = [lines.last().unwrap().value, named(&lines, "x").gradient, named(&lines, "y").gradient];
            assert_eq!(seen, own, "{told}");
            hold_together(&lines, &told);
        }
    }
}

#[test]
fn a_value_that_is_used_twice_adds_and_lines_are_named_as_the_script_has_them() {
    let text = "fn height(x, y, h) {\n    let s = x * x;\n    let p = x * y;\n    s + p\n}\n";
    let mut landscape = landscape(&load(Kind::Landscape, text), &Vec::new()).unwrap();
    let (lines, _) = of_landscape(&mut landscape, 3.0, 2.0);
    let told: Vec<(&str, Option<usize>, f64, f64)> =
        lines.iter().map(|line| (line.name.as_str(), line.line, line.value, line.gradient)).collect();
    let expected = [
        ("x", None, 3.0, 8.0),
        ("y", None, 2.0, 3.0),
        ("s", Some(2), 9.0, 1.0),
        ("p", Some(3), 6.0, 1.0),
        ("height", Some(4), 15.0, 1.0),
    ];
    assert_eq!(told, expected);
    assert_eq!(lines[0].parts, [(3, 2.0), (2, 3.0), (2, 3.0)]);
    assert_eq!(lines[2].slopes, [(0, 3.0), (0, 3.0)]);
}

#[test]
fn variables_that_hold_what_a_function_of_the_script_made_have_their_names_and_one_operation_is_one_line() {
    let text = "fn soft(a) { ln(1 + exp(a)) }\nfn forward(x, h) {\n    let sp = soft(x);\n    relu(sp) / 2\n}\n";
    let (lines, _) = of_activation::<f64>(&load(Kind::Activation, text), 0.5);
    let words = |line: &OperationLine| {
        line.formula.as_ref().map_or_else(String::new, |formula| {
            formula.text(&|operand| match operand {
                Operand::Line(at) => lines[*at].name.clone(),
                Operand::Number(number) => number.to_string(),
                Operand::LeftOut => "..".into(),
            })
        })
    };
    let told: Vec<(&str, String, Option<usize>)> =
        lines.iter().map(|line| (line.name.as_str(), words(line), line.line)).collect();
    let expected = [
        ("x", "", None),
        ("t1", "exp(x)", Some(1)),
        ("t2", "1 + t1", Some(1)),
        ("sp", "ln(t2)", Some(1)),
        ("t3", "relu(sp)", Some(4)),
        ("y", "t3 / 2", Some(4)),
    ];
    assert_eq!(told, expected.map(|(name, words, line)| (name, words.to_owned(), line)));
    assert!(matches!(lines[5].formula, Some(Formula::Apply { name: "/", .. })));
}

#[test]
fn what_is_flat_or_true_or_not_taken_passes_no_gradient_and_says_which_it_is() {
    let text = "fn height(x, y, h) {\n    let f = floor(x);\n    let m = x > y;\n    where(m, f * y, x * x)\n}\n";
    let mut landscape = landscape(&load(Kind::Landscape, text), &Vec::new()).unwrap();
    let (lines, own) = of_landscape(&mut landscape, 3.5, 2.0);
    assert_eq!(own, [6.0, 0.0, 3.0]);
    let kinds = ["f", "m", "height"].map(|name| named(&lines, name).kind);
    assert_eq!(kinds, [OperationKind::Flat, OperationKind::Mask, OperationKind::Branch]);
    assert_eq!((named(&lines, "f").slopes[0].1, named(&lines, "m").differences), (0.0, None));
    assert_eq!((named(&lines, "x").gradient, named(&lines, "x").differences), (0.0, Some(0.0)));
    assert!(lines.iter().all(|line| !line.corner));
    // On the jump itself differences tell of a corner.
    let (lines, _) = of_landscape(&mut landscape, 3.0, 2.0);
    assert!(named(&lines, "x").corner && !named(&lines, "y").corner);
}

#[test]
fn a_value_that_is_what_goes_in_or_a_constant_is_a_line_too() {
    let (lines, _) = of_activation::<f64>(&load(Kind::Activation, "fn forward(x, h) { x }\n"), 0.5);
    assert_eq!(lines.iter().map(|line| (line.value, line.gradient)).collect::<Vec<_>>(), [(0.5, 1.0)]);
    let (lines, _) = of_loss(&load(Kind::Loss, "fn loss(y_hat, y) { y_hat }\n"), 0.5, 2.0);
    assert_eq!(
        lines.iter().map(|line| (line.name.as_str(), line.gradient)).collect::<Vec<_>>(),
        [("y", 0.0), ("y_hat", 1.0)]
    );
    let (lines, _) = of_activation::<f64>(&load(Kind::Activation, "fn forward(x, h) { 2.5 }\n"), 0.5);
    assert_eq!(lines.iter().map(|line| (line.value, line.gradient)).collect::<Vec<_>>(), [(0.5, 0.0), (2.5, 1.0)]);
}

#[test]
fn of_a_long_function_the_last_operations_are_told() {
    let text = "fn height(x, y, h) {\n    let s = x;\n    for i in 0..300 { s = sin(s) + y; }\n    s\n}\n";
    let mut landscape = landscape(&load(Kind::Landscape, text), &Vec::new()).unwrap();
    let operations = Operations::of(landscape.function().unwrap(), |graph| graph.constant(1.0));
    let lines = operations.at::<f64>(&[0.3, 0.2], &[], &[]);
    assert_eq!((lines.len(), operations.left_out()), (200, 402));
    let own = landscape.at(0.3, 0.2);
    assert_eq!([lines.last().unwrap().value, lines[0].gradient, lines[1].gradient], own);
}

/// Expressions over x and y that stay small.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("x".to_owned()),
        Just("y".to_owned()),
        Just("a".to_owned()),
        (-2.0..2.0_f64).prop_map(|number| format!("({number:.3})")),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (two.clone(), prop_oneof![Just("+"), Just("-"), Just("*")])
                .prop_map(|((left, right), op)| format!("({left} {op} {right})")),
            two.clone().prop_map(|(left, right)| format!("({left} / (2.5 + {right} * {right}))")),
            // Each has a distance of its own, so that `max(min(x, y + d), y + e)` has no tie of `y` with itself.
            (two.clone(), prop_oneof![Just("max"), Just("min")], 0.1..0.2_f64)
                .prop_map(|((left, right), op, apart)| format!("{op}({left}, {right} + {apart:.6} + 0 * x)")),
            (
                inner.clone(),
                prop_oneof![
                    Just("sin"),
                    Just("cos"),
                    Just("tanh"),
                    Just("sigmoid"),
                    Just("erf"),
                    Just("abs"),
                    Just("relu"),
                    Just("square"),
                    Just("cube"),
                    Just("floor"),
                    Just("-")
                ]
            )
                .prop_map(|(of, name)| format!("{name}(0 * x + {of})")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(mask, left, right)| format!("where({mask} + 0 * x > 0.1, {left} + 0 * x, {right})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_function_taken_apart_has_the_gradient_of_its_program_and_differences_agree(
        (inner, outer, x, y) in (expression(), expression(), -2.0..2.0_f64, -2.0..2.0_f64)
    ) {
        let text = format!("fn height(x, y, h) {{\n    let a = x * y;\n    a = {inner} + 0 * x;\n    {outer} + a\n}}\n");
        let script = load(Kind::Landscape, &text);
        let mut landscape = landscape(&script, &Vec::new()).unwrap();
        let (lines, own) = of_landscape(&mut landscape, x, y);
        let seen = [lines.last().unwrap().value, named(&lines, "x").gradient, named(&lines, "y").gradient];
        prop_assert_eq!(seen.map(f64::to_bits), own.map(f64::to_bits), "{} {:?} {:?}", text, seen, own);
        hold_together(&lines, &format!("{text} at {x}, {y}"));
    }
}
