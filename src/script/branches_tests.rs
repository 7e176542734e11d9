//! Rules that branch on what is known before a step: their bits, how often they are traced, and when.

use super::*;
use crate::error::Source;
use crate::optim::{
    Body, Correction, ParameterFacts, Rule, RuleParts, RuleState, RuleWatch, StateValue, Tracer, Update,
};
use crate::program::Real;

fn parts(text: &str) -> RuleParts {
    rule(&Script::load(Kind::Optimizer, &Source::new("mine.rhai", text.to_owned())).unwrap()).unwrap()
}

/// A tracer that knows of no ways: the script is called with numbers at each step.
struct Plain(Box<dyn Tracer>);

impl Tracer for Plain {
    fn trace(&mut self, t: u64, hyper: &[f64], numbers: &[f64], told: bool) -> crate::error::Result<Update> {
        self.0.trace(t, hyper, numbers, told)
    }

    fn again(&self) -> Box<dyn Tracer> {
        Box::new(Self(self.0.again()))
    }
}

fn plain(mut parts: RuleParts) -> RuleParts {
    parts.program.body = match parts.program.body {
        Body::EachStep(tracer) => Body::EachStep(Box::new(Plain(tracer))),
        once @ Body::Once(_) => once,
    };
    parts
}

/// Parameters of unlike sizes.
fn parameters() -> Vec<ParameterFacts> {
    of_shapes([(5, 7), (1, 7), (7, 300), (1, 300)])
}

fn of_shapes(shapes: [(usize, usize); 4]) -> Vec<ParameterFacts> {
    let mut at = 0;
    shapes
        .into_iter()
        .map(|(rows, columns)| {
            let range = at..at + rows * columns;
            at = range.end;
            ParameterFacts { range, ..ParameterFacts::weight(rows, columns) }
        })
        .collect()
}

/// A run of a rule, whose hyper-parameters change with the step.
struct Training<F: Real> {
    rule: Rule<F>,
    w: Vec<F>,
    t: u64,
}

fn hyper(t: u64) -> [f64; 2] {
    [if t < 7 { 0.1 } else { 0.02 }, 3.0 + (t % 3) as f64]
}

impl<F: Real> Training<F> {
    fn new(parts: RuleParts) -> Self {
        Self::of(parts, &parameters())
    }

    fn of(parts: RuleParts, parameters: &[ParameterFacts]) -> Self {
        let mut w: Vec<F> =
            (0..parameters.last().unwrap().range.end).map(|at| F::from_f64((at as f64 * 0.7).sin())).collect();
        let rule = Rule::for_parameters(parts, &mut w, parameters, &[0; 4]).unwrap();
        Self { rule, w, t: 0 }
    }

    fn step(&mut self, watch: Option<&mut dyn RuleWatch<F>>) -> crate::error::Result<()> {
        self.t += 1;
        let t = self.t;
        let size = |at: usize| if at < 35 { 1.0 } else { 0.2 };
        let dw = |(at, w): (usize, &F)| F::from_f64(size(at) * (w.to_f64() + (at as f64 + t as f64 * 0.31).cos()));
        let dw: Vec<F> = self.w.iter().enumerate().map(dw).collect();
        self.rule.step(t, &hyper(t), &mut self.w, &dw, watch).map(drop)
    }

    /// Weights and states, by their bits.
    fn bits(&self) -> Vec<u64> {
        let mut all: Vec<u64> = self.w.iter().map(|w| w.to_f64().to_bits()).collect();
        for (_, value) in (0..4).flat_map(|at| self.rule.state_of(at)) {
            match value {
                StateValue::Tensor(values) => all.extend(values.iter().map(|value| value.to_f64().to_bits())),
                StateValue::Number(value) => all.push(value.to_bits()),
            }
        }
        all
    }
}

/// Counts what it sees.
struct Seen(usize);

impl<F> RuleWatch<F> for Seen {
    fn begin(&mut self, _: &[String]) {}
    fn block(&mut self, _: usize, _: usize, _: usize, _: &[F]) {
        self.0 += 1;
    }
    fn number(&mut self, _: usize, _: usize, _: f64) {}
}

/// Bodies of `update`, each with how many ways it goes in forty steps, of all its groups together.
const BODIES: [(&str, u64); 12] = [
    // On the step number.
    ("state.v = if t == 1 { dw } else { 0.9 * state.v + dw }; w - h.lr * state.v / t", 2),
    ("if t % 2 == 0 { state.v = 0.5 * state.v + dw; w } else { w - h.lr * (state.v + dw) }", 2),
    ("let rate = h.lr; for i in 1..4 { if t > 10 * i { rate = rate / 2; } } w - rate * dw ** 2 * 0.5", 4),
    // On what a schedule moves, and on a helper's answer that also chooses by `where`.
    ("if h.lr < 0.05 { state.v = 0.9 * state.v + 0.1 * dw; } w - h.lr * (dw + state.v)", 2),
    ("let k = h.k; let x = where(late(t, k), dw, -dw); if late(t, k) { w - h.lr * x } else { w + 0.01 * x }", 4),
    ("let early = t < 5; if early && h.k > 3 { w - h.lr * dw } else { where(early, w, w - 0.1 * dw) }", 3),
    ("if !(t <= 3) & (h.k == 4) | (t > 30) { w - h.lr * dw } else { w - 0.2 * sign(dw) }", 2),
    // On numbers that are kept: alike in all parameters, and not.
    ("state.n += 1; if state.n > 4 { state.n = 0; state.v = w; } w - h.lr * (dw + 0.1 * (w - state.v))", 2),
    ("let far = state.n > 3; state.n = norm(dw); if far { w - h.lr * dw / state.n } else { w - h.lr * dw }", 2),
    ("if t > 9 { if state.n > 3 { w - h.lr * dw } else { state.n += mean(abs(dw)); w } } else { w - 0.1 * dw }", 3),
    // Over matrices and all parameters.
    (
        "let g = total(dw * dw); if t % 3 == 0 { w - h.lr * dw / sqrt(g) } else { w - h.lr * dw / (1 + sum(dw * dw)) }",
        2,
    ),
    ("let r = if state.n > 9 * t { 0.5 } else { 1 }; if h.k > 3 { state.n = total(abs(dw)); } w - r * h.lr * dw", 4),
];

fn script(body: &str) -> String {
    format!(
        "fn hyper() {{ #{{ lr: 0.1, k: 3 }} }}\nfn state(w) {{ #{{ v: zeros(w), n: 0 }} }}\nfn late(t, k) {{ t > k * 5 }}\n\
         fn update(w, dw, state, h, t) {{\n{body}\n}}\n"
    )
}

fn same_bits<F: Real>(body: &str) {
    let (mut kept, mut each) =
        (Training::<F>::new(parts(&script(body))), Training::<F>::new(plain(parts(&script(body)))));
    for t in 1..=40 {
        kept.step(None).unwrap();
        each.step(None).unwrap();
        assert!(kept.bits() == each.bits(), "step {t} of {body}");
    }
    assert!(kept.w.iter().all(|w| w.finite()) && each.rule.traces() == 0, "{body}");
}

#[test]
fn a_way_that_is_kept_has_the_bits_of_a_trace_at_each_step() {
    for (body, _) in BODIES {
        assert!(matches!(parts(&script(body)).program.body, Body::EachStep(_)), "{body}");
        same_bits::<f32>(body);
        same_bits::<f64>(body);
    }
}

#[test]
fn a_script_that_branches_is_traced_once_for_each_way_that_it_goes() {
    for (body, ways) in BODIES {
        let mut training = Training::<f32>::new(parts(&script(body)));
        (0..40).for_each(|_| training.step(None).unwrap());
        assert!(
            training.rule.traces() <= 2 * ways && training.rule.traces() >= 2,
            "{body}: {}",
            training.rule.traces()
        );
        let before = training.rule.traces();
        (0..40).for_each(|_| training.step(None).unwrap());
        assert!(training.rule.traces() <= before + 1, "{body}: {before}, then {}", training.rule.traces());
    }
}

#[test]
fn parameters_go_different_ways_where_their_numbers_send_them_and_a_copy_goes_on_from_there() {
    let branch = "let far = state.n > 2; state.n = norm(dw); if far { w - h.lr * dw / state.n } else { w - h.lr * dw }";
    let chosen = "let far = state.n > 2; state.n = norm(dw); w - h.lr * where(far, dw / state.n, dw)";
    let (mut a, mut b) = (Training::<f64>::new(parts(&script(branch))), Training::<f64>::new(parts(&script(chosen))));
    assert_eq!(a.rule.groups(), 1);
    let (mut copy, mut w) = (RuleState::default(), Vec::new());
    for t in 1..=30 {
        if t == 12 {
            a.rule.save(&mut copy);
            w.clone_from(&a.w);
        }
        a.step(None).unwrap();
        b.step(None).unwrap();
        let near = a.w.iter().zip(&b.w).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(near, "step {t}");
    }
    assert!(a.rule.groups() > 1 && b.rule.groups() == 1);
    // In a rule that has gone other ways, and in one that has gone none.
    let mut fresh = Training::<f64>::new(parts(&script(branch)));
    let end = a.bits();
    for training in [&mut a, &mut fresh] {
        training.rule.restore(&copy).unwrap();
        (training.w, training.t) = (w.clone(), 11);
        (12..=30).for_each(|_| training.step(None).unwrap());
        assert!(training.bits() == end);
    }
}

#[test]
fn parameters_that_come_to_a_product_at_different_steps_are_each_updated_once_at_each() {
    // Some go a way at one step that others go at another: the same programs, of other parameters.
    for (limit, made) in [("0.9", "sum(dw, 1)"), ("1", "matmul(dw, transpose(dw))"), ("1 + 3 * (t % 2)", "sum(dw, 0)")]
    {
        let body = format!(
            "let s = 0; if state.n > {limit} {{ s = mean({made}); }}
            state.n = norm(dw); state.c += 1; w - h.lr * dw + 0 * s"
        );
        let text = script(&body).replace("n: 0 }", "n: 0, c: 0 }");
        let mut training = Training::<f64>::of(parts(&text), &of_shapes([(5, 7); 4]));
        (0..200).for_each(|_| training.step(None).unwrap());
        assert!(training.rule.groups() > 1, "{limit}");
        for at in 0..4 {
            let count = training.rule.state_of(at).find(|(name, _)| *name == "c").map(|(_, value)| value);
            assert_eq!(count, Some(StateValue::Number(200.0)), "parameter {at}: {limit}");
        }
    }
}

#[test]
fn looking_at_steps_and_threads_change_no_bit_of_a_rule_that_branches() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for (body, _) in BODIES {
        let (mut plain, mut watched) =
            (Training::<f32>::new(parts(&script(body))), Training::<f32>::new(parts(&script(body))));
        let mut shared = Training::<f32>::new(parts(&script(body)));
        watched.rule.look_at(2, 77);
        for t in 1..=25 {
            plain.step(None).unwrap();
            let mut seen = Seen(0);
            watched.step(if t % 3 == 0 { None } else { Some(&mut seen) }).unwrap();
            assert!((seen.0 > 0) == (t % 3 != 0));
            pool.install(|| shared.step(None)).unwrap();
            assert!(plain.bits() == watched.bits() && plain.bits() == shared.bits(), "step {t} of {body}");
            let reading = watched.rule.reading().unwrap();
            assert_eq!(reading.step, if t % 3 == 0 { t - 1 } else { t }, "{body}");
            let last = reading.lines.last().unwrap();
            assert!(t % 3 == 0 || last.value.to_bits() == f64::from(watched.w[42 + 77]).to_bits(), "{t}: {body}");
        }
    }
}

#[test]
fn a_fault_in_a_way_that_is_gone_late_is_told_with_its_line_when_it_is_reached() {
    let body = "if t == 1500 {
    let list = [1.0];
    state.v = dw * list[3];
}
w - h.lr * dw";
    let told = "there is no element 3: the list has 1 element";
    // Numbers by which it goes there are found, so that it is known before a step.
    let script_of = |text: &str| Script::load(Kind::Optimizer, &Source::new("mine.rhai", text.to_owned())).unwrap();
    let error = rule(&script_of(&script(body))).err().unwrap();
    assert_eq!((error.what(), error.place().map(crate::error::Place::line)), (told, Some(7)));
    // They are not found.
    let body = &body.replace("t == 1500", "t ** 3 == 3375000000.0");
    let mut training = Training::<f64>::new(parts(&script(body)));
    (1..1500).for_each(|_| training.step(None).unwrap());
    let (error, traces) = (training.step(None).unwrap_err(), training.rule.traces());
    assert_eq!(error.what(), told);
    assert_eq!((error.place().map(crate::error::Place::line), traces), (Some(7), 2));
}

#[test]
fn what_wants_numbers_is_called_with_them_at_each_step_of_its_way_alone() {
    // Counted by `t`, put into words, and printed.
    for body in [
        "let x = dw; if t > 3 { for i in 0..t { x += 0.5 * dw; } } w - h.lr * x / t",
        "let x = dw; if t > 3 { if `${t % 7}` == `5` { x = 2 * dw; } } w - h.lr * x",
        "if t > 30 { print(t); } w - h.lr * dw",
    ] {
        same_bits::<f32>(body);
        let mut training = Training::<f32>::new(parts(&script(body)));
        (0..40).for_each(|_| training.step(None).unwrap());
        assert!(training.rule.traces() <= 3, "{body}: {}", training.rule.traces());
    }
    take_log();
    let mut training = Training::<f32>::new(parts(&script("if t % 10 == 0 { print(t); } w - h.lr * dw")));
    (0..40).for_each(|_| training.step(None).unwrap());
    assert_eq!(take_log(), ["10", "20", "30", "40"]);
}

#[test]
fn a_script_that_goes_another_way_at_each_step_is_no_longer_traced_for_ways() {
    let body = "let n = 0; let x = dw; while n < t { n += 1; } w - h.lr * x / (1 + n)";
    let (mut kept, mut each) =
        (Training::<f32>::new(parts(&script(body))), Training::<f32>::new(plain(parts(&script(body)))));
    for _ in 0..150 {
        kept.step(None).unwrap();
        each.step(None).unwrap();
    }
    assert!(kept.bits() == each.bits());
    assert!((32..70).contains(&kept.rule.traces()), "{}", kept.rule.traces());
}

#[test]
fn an_if_on_what_this_step_makes_of_tensors_is_refused_whichever_way_leads_there() {
    let wrong = |body: &str| {
        let script = Script::load(Kind::Optimizer, &Source::new("mine.rhai", script(body))).unwrap();
        rule(&script).err().map(|error| error.to_string()).unwrap_or_default()
    };
    for body in
        ["if t > 500 { if norm(dw) > 1 { return w; } } w - dw", "state.n = sum(dw); if state.n > t { return w; } w"]
    {
        assert!(
            wrong(body).contains("an `if` cannot depend on a tensor, nor on a number made of one"),
            "{}",
            wrong(body)
        );
    }
}

#[test]
fn a_correction_behind_an_if_is_recognised() {
    let adam = "fn hyper() { #{ lr: 0.1, k: 3 } }
        fn state(w) { #{ v: zeros(w) } }
        fn update(w, dw, state, h, t) {
            state.v = 0.9 * state.v + 0.1 * dw;
            if t % 2 == 0 { w - h.lr * state.v } else { w - h.lr * state.v / (1 - 0.9 ** t) }
        }";
    let mut training = Training::<f64>::new(parts(adam));
    for t in 1..=9 {
        training.step(Some(&mut Seen(0))).unwrap();
        let (decay, correction) = training.rule.average(0, 0);
        assert_eq!(decay, Some(0.9));
        let known = matches!(correction, Correction::By(value) if (value - (1.0 - 0.9_f64.powi(t))).abs() < 1e-12);
        assert!(if t % 2 == 0 { correction == Correction::Unknown } else { known }, "step {t}: {correction:?}");
    }
    // It is told of the step that was watched, whatever came after it.
    training.step(None).unwrap();
    assert!(matches!(training.rule.average(0, 0).1, Correction::By(_)));
}
