//! What a rule or a schedule does with the numbers of a step and no program has an operation for: it is called with these
//! numbers at each step then, as where it branches. `is_even(t)`, `to_int(h.n)`, `tan(h.lr)`, `print(t)`.

use rhai::{Dynamic, Engine, EvalAltResult, Position};

use super::failure::Stop;
use super::hyper::function_place;
use super::load::Script;
use super::symbol::Operand;
use super::trace::{self, Sym};
use crate::error::Error;

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// Thrown by what wants the number of a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted;

/// The type of a number that a step makes of tensors, as messages of functions that are not there name it.
pub(super) const MADE: &str = "made number";

/// Functions of one plain number.
const OF_ONE: [&str; 24] = [
    "ceiling",
    "round",
    "fraction",
    "int",
    "to_int",
    "to_float",
    "is_nan",
    "is_finite",
    "is_infinite",
    "is_zero",
    "is_even",
    "is_odd",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "asinh",
    "acosh",
    "atanh",
    "log",
    "to_radians",
    "to_degrees",
];
/// Functions of two plain numbers.
const OF_TWO: [&str; 3] = ["atan", "hypot", "log"];

/// Functions whose numbers are known before each step, so that they may be called with them.
const EACH_STEP: [&str; 4] = ["an update", "an evaluation", "a second point", "a schedule"];

/// A number is wanted that is known before the step; of others there is no such function.
fn wanted(name: &str, operands: &[Option<Sym>]) -> Fallible<Dynamic> {
    trace::with(|trace| {
        let mut types = Vec::new();
        for operand in operands {
            types.push(match operand {
                None => "f64",
                Some(sym) => match trace.facts(*sym)? {
                    facts if facts.tensor => "tensor",
                    facts if facts.reduced => MADE,
                    _ if EACH_STEP.contains(&trace.what) => "known",
                    _ => "tensor",
                },
            });
        }
        if types.iter().all(|kind| ["f64", "known"].contains(kind)) {
            return Err(EvalAltResult::ErrorRuntime(Dynamic::from(Wanted), Position::NONE).into());
        }
        let types = types.join(", ").replace("known", "f64");
        Err(EvalAltResult::ErrorFunctionNotFound(format!("{name} ({types})"), Position::NONE).into())
    })
}

/// A value that is printed in symbols is a reason to call the function at each step, if it is known there.
pub(super) fn printed(script: &Script, function: &str) -> Result<(), Stop> {
    if trace::with(|trace| trace.known_worded && EACH_STEP.contains(&trace.what)) {
        let error = Error::fault("a number is printed that is known in each step alone");
        return Err(Stop::Branches(error.at(function_place(&script.source, function))));
    }
    Ok(())
}

/// Teaches an engine these functions.
pub(super) fn register(engine: &mut Engine) {
    for name in OF_ONE {
        engine.register_fn(name, move |x: Sym| wanted(name, &[Some(x)]));
    }
    for name in OF_TWO {
        engine.register_fn(name, move |x: Sym, y: Sym| wanted(name, &[Some(x), Some(y)]));
        one_is_plain::<f64>(engine, name);
        one_is_plain::<i64>(engine, name);
    }
}

fn one_is_plain<T: Operand>(engine: &mut Engine, name: &'static str) {
    engine.register_fn(name, move |x: Sym, _: T| wanted(name, &[Some(x), None]));
    engine.register_fn(name, move |_: T, y: Sym| wanted(name, &[None, Some(y)]));
}

#[cfg(test)]
mod tests {
    use crate::error::Source;
    use crate::optim::{Body, Rule};
    use crate::script::{Kind, Script, loss, rule, schedule, trace};

    fn parts(body: &str) -> crate::Result<crate::optim::RuleParts> {
        let text = format!(
            "fn hyper() {{ #{{ lr: 0.1, n: 3 }} }}\nfn state(w) {{ #{{ k: 0 }} }}\n\
             fn update(w, dw, state, h, t) {{\n    state.k += 1;\n    {body}\n}}\n"
        );
        rule(&Script::load(Kind::Optimizer, &Source::new("mine.rhai", text))?)
    }

    /// The one weight after some steps with the gradient 1, from 0.
    fn trained(body: &str, steps: u64) -> f64 {
        let mut w = vec![0.0];
        let mut rule = Rule::<f64>::new(parts(body).unwrap(), &mut w, vec![0..1]).unwrap();
        for t in 1..=steps {
            rule.step(t, &[0.1, 2.0 + t as f64], &mut w, &[1.0], None).unwrap();
        }
        w[0]
    }

    #[test]
    fn plain_functions_of_what_is_known_before_a_step_are_called_with_its_numbers() {
        // `n` is 3, 4, 5; `k` is one less than `t` at the start of a step.
        for (body, after_three) in [
            ("if is_even(t) { w } else { w - dw }", -2.0),
            ("for i in 0..to_int(h.n) { w -= dw; } w", -12.0),
            ("let i = 0; while i < h.n { w -= dw; i += 1; } w", -12.0),
            ("if t > 1 { for i in 0..to_int(h.n) { w -= dw; } } w", -9.0),
            ("w - round(h.n / 2) * dw", -7.0),
            ("w - ceiling(h.n / 2) * dw", -7.0),
            ("w - hypot(h.n, 0) * dw", -12.0),
            ("w - log(2 ** t, 2) * dw", -6.0),
            ("w - to_float(state.k) * dw", -6.0),
            ("if is_nan(h.lr) { w } else { w - dw }", -3.0),
            ("if is_odd(h.n) { w } else { w - dw }", -1.0),
            ("let unread = h.lr.to_string(); let other = (h.lr).to_string(); w - dw", -3.0),
            ("let r = h.n.sqrt(); w - r * r * dw", -12.0),
        ] {
            let got = trained(body, 3);
            assert!((got - after_three).abs() < 1e-12, "{body} gives {got}");
        }
        assert!(matches!(parts("w - h.lr * dw").unwrap().program.body, Body::Once(_)));
        assert!(matches!(parts("w - tan(h.lr) * dw").unwrap().program.body, Body::EachStep(_)));
    }

    #[test]
    fn what_a_step_makes_of_tensors_is_no_plain_number_and_h_is_not_assigned_by_it() {
        let wrong = |body: &str| parts(body).err().unwrap_or_else(|| panic!("{body} is taken")).render(false);
        assert!(wrong("for i in 0..to_int(norm(dw)) { } w").contains("this step makes `norm(dw)` of tensors"));
        assert!(wrong("w - tan(dw)").contains("write `sin(dw) / cos(dw)`"));
        assert!(wrong("h.lr = 2 * h.lr; w").contains("`h.lr` cannot be assigned"));
    }

    #[test]
    fn a_number_that_is_known_is_printed_at_each_step() {
        let mut w = vec![0.0];
        let parts = parts("print(\"lr \" + h.lr); print(`${t}: ${h.n}`); w - dw").unwrap();
        let mut rule = Rule::<f64>::new(parts, &mut w, vec![0..1]).unwrap();
        trace::take_log();
        for t in [1, 2] {
            rule.step(t, &[0.1, 2.0 + t as f64], &mut w, &[1.0], None).unwrap();
        }
        assert_eq!(trace::take_log(), ["lr 0.1", "1: 3.0", "lr 0.1", "2: 4.0"]);
        trained("print(\"size \" + norm(dw)); w - dw", 2);
        let log = trace::take_log();
        assert!(log[0] == "size a number" && log[1].contains("printed once"), "{log:?}");
    }

    #[test]
    fn schedules_have_plain_functions_of_their_step() {
        let rate = |body: &str, t: u64| {
            let script = Script::load(Kind::Schedule, &Source::new("s.rhai", format!("fn rate(t, h) {{ {body} }}")));
            schedule(&script.unwrap(), &Vec::new()).unwrap().rate(t).unwrap()
        };
        assert_eq!([0, 9, 10].map(|t| rate("1 / ceiling((t + 1) / 10)", t)), [1.0, 1.0, 0.5]);
        assert_eq!([2, 3].map(|t| rate("if is_even(t) { 1 } else { 2 }", t)), [1.0, 2.0]);
        assert_eq!(rate("tan(0) + round(3) + hypot(3, 4) + fraction(2) + log(100) + to_int(7)", 0), 17.0);
    }

    #[test]
    fn masks_are_counted_by_sums_and_a_loss_knows_how_many_outputs_there_are() {
        let mut w = vec![1.0, -2.0, 3.0, 4.0];
        for (body, want) in [("sum(w > 0)", 3.0), ("mean(w > 0)", 0.75), ("total(w > 0)", 3.0), ("sum(w > 0, 1)", 3.0)]
        {
            let mut rule = Rule::<f64>::new(parts(&format!("{body} * ones(w)")).unwrap(), &mut w, vec![0..4]).unwrap();
            let mut stepped = w.clone();
            rule.step(1, &[0.1, 3.0], &mut stepped, &[1.0; 4], None).unwrap();
            assert_eq!(stepped, [want; 4], "{body}");
        }
        let text = "fn loss(y_hat, y) { (y_hat - y) ** 2 / y.columns + 0 * sum(y, 1) / sum(y, 1).columns }";
        let script = Script::load(Kind::Loss, &Source::new("l.rhai", text)).unwrap();
        for outputs in [1, 2, 5] {
            let mut made = loss::<f64>(&script, &Vec::new(), outputs).unwrap();
            let sum = made.sum(&vec![2.0; outputs], &vec![1.0; outputs]);
            assert!((sum - 1.0).abs() < 1e-12, "{sum} with {outputs} outputs");
        }
    }
}
