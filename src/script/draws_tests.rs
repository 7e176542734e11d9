//! Random numbers of rules: what they depend on, what they are, how they are spread, and what the ledger shows of them.

use super::*;
use crate::error::{Result, Source};
use crate::optim::{ParameterFacts, Reading, Rule, RuleWatch};
use crate::program::Real;

/// A weight of two rows and two columns, and its bias of four.
fn parameters() -> [ParameterFacts; 2] {
    [ParameterFacts::weight(2, 2), ParameterFacts { range: 16..20, ..ParameterFacts::bias(4) }]
}

fn made<F: Real>(text: &str, w: &mut [F], parameters: &[ParameterFacts], seed: u64) -> Result<Rule<F>> {
    let script = Script::load(Kind::Optimizer, &Source::new("mine.rhai", text))?;
    let mut rule = Rule::for_parameters(rule(&script)?, w, parameters, &vec![0; parameters.len()])?;
    rule.draw_by(seed);
    Ok(rule)
}

fn rule_of(body: &str) -> String {
    format!("fn update(w, dw, state, h, t) {{ {body} }}")
}

/// What step `t` makes of weights that are 0: of the weight, then of the bias.
fn drawn<F: Real>(body: &str, seed: u64, t: u64) -> [Vec<f64>; 2] {
    let mut w = vec![F::ZERO; 32];
    let dw = w.clone();
    let mut rule = made(&rule_of(body), &mut w, &parameters(), seed).unwrap_or_else(|error| panic!("{}", error.what()));
    rule.step(t, &[], &mut w, &dw, None).unwrap();
    [&w[..4], &w[16..20]].map(|values| values.iter().map(|value| value.to_f64()).collect())
}

#[test]
fn draws_depend_on_seed_step_parameter_and_place_alone() {
    let [weight, bias] = drawn::<f64>("w + normal(w)", 7, 3);
    assert_eq!(drawn::<f64>("w + normal(w)", 7, 3), [weight.clone(), bias.clone()]);
    // As the parameters come into one program or into two.
    let apart = "if w.kind == \"bias\" { w + normal(w) } else { w + 1 * normal(w) }";
    assert_eq!(drawn::<f64>(apart, 7, 3), [weight.clone(), bias.clone()]);
    assert_eq!(drawn::<f64>("if t == 3 { w + normal(w) } else { w }", 7, 3), [weight.clone(), bias.clone()]);
    assert_eq!(drawn::<f64>("/* here */\n    let n = normal(w);\n    w + n", 7, 3)[0], weight);
    assert_ne!(weight, bias);
    for (body, seed, t) in
        [("w + normal(w)", 8, 3), ("w + normal(w)", 7, 4), ("let first = normal(w); w + normal(w)", 7, 3)]
    {
        assert_ne!(drawn::<f64>(body, seed, t)[0], weight, "{body} by {seed} at {t}");
    }
    // Each place has its own, and one kind of numbers leaves the other as it was.
    assert_eq!(drawn::<f64>("let u = uniform(w); w + normal(w)", 7, 3)[0], weight);
    let sum = drawn::<f64>("w + normal(w) + normal(w)", 7, 3);
    let second = drawn::<f64>("let first = normal(w); w + normal(w)", 7, 3);
    assert!((0..4).all(|at| (sum[0][at] - weight[at] - second[0][at]).abs() < 1e-12));
    let loops = drawn::<f64>("for i in 0..3 { w += normal(w); } w", 7, 3);
    assert!(loops[0].iter().zip(&sum[0]).all(|(a, b)| a != b));
}

/// `ChaCha8` by its paper, and a normal number by 256 layers of a ziggurat (Marsaglia and Tsang, 2000), in Python.
#[test]
fn draws_are_the_same_for_ever() {
    let near = |got: &[f64], want: [f64; 4], by: f64| {
        assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < by), "{got:?} for {want:?}");
    };
    let normal = [
        [-1.376_147_749_848_511, 0.926_282_376_276_432_8, 1.493_583_799_904_280_5, -0.913_172_259_966_655_2],
        [-1.259_080_696_381_811, 0.249_310_650_287_348_25, -1.958_259_153_591_948_5, 1.175_958_462_136_214_7],
    ];
    let uniform = [
        [0.764_164_266_286_067_8, 0.961_256_075_606_037_5, 0.931_774_810_494_504_5, 0.361_760_109_693_612_05],
        [0.711_134_675_184_299_4, 0.156_638_096_943_320_87, 0.643_992_177_505_825_8, 0.180_885_075_676_121_9],
    ];
    for at in 0..2 {
        near(&drawn::<f64>("w + normal(w)", 7, 3)[at], normal[at], 1e-9);
        near(&drawn::<f32>("w + normal(w)", 7, 3)[at], normal[at], 2e-7);
        near(&drawn::<f64>("w + uniform(w)", 7, 3)[at], uniform[at], 1e-15);
        near(&drawn::<f32>("w + uniform(w)", 7, 3)[at], uniform[at], 1e-7);
    }
    let second =
        [0.145_986_065_790_767_37, -0.443_621_020_540_721_8, 0.273_577_970_820_628_35, -1.824_788_105_766_599_8];
    near(&drawn::<f64>("let first = normal(w); w + normal(w)", 7, 3)[0], second, 1e-9);
}

#[test]
fn draws_are_distributed_as_they_say() {
    let many = 40_000;
    let facts = [ParameterFacts::weight(200, 200)];
    let all = |body: &str| {
        let mut w = vec![0.0_f32; many];
        let dw = w.clone();
        let mut rule = made(&rule_of(body), &mut w, &facts, 1).unwrap();
        rule.step(1, &[], &mut w, &dw, None).unwrap();
        w.into_iter().map(f64::from).collect::<Vec<f64>>()
    };
    let moment = |of: &[f64], power: i32| of.iter().map(|x| x.powi(power)).sum::<f64>() / many as f64;
    let normal = all("normal(w)");
    // Five deviations of each mean.
    for (power, want, deviation) in
        [(1, 0.0, 1.0_f64), (2, 1.0, 2.0_f64.sqrt()), (3, 0.0, 15.0_f64.sqrt()), (4, 3.0, 96.0_f64.sqrt())]
    {
        let got = moment(&normal, power);
        assert!((got - want).abs() < 5.0 * deviation / 200.0, "moment {power}: {got}");
    }
    let uniform = all("uniform(w)");
    assert!(uniform.iter().all(|x| (0.0..1.0).contains(x)));
    assert!((moment(&uniform, 1) - 0.5).abs() < 5.0 * 0.2887 / 200.0 && (moment(&uniform, 2) - 1.0 / 3.0).abs() < 0.01);
}

/// Looks at nothing: only a watched step is told.
struct Blind;

impl<F> RuleWatch<F> for Blind {
    fn begin(&mut self, _: &[String]) {}
    fn block(&mut self, _: usize, _: usize, _: usize, _: &[F]) {}
    fn number(&mut self, _: usize, _: usize, _: f64) {}
}

#[test]
fn the_ledger_shows_the_draw_of_the_element() {
    let read = |body: &str| -> (Reading, f64) {
        let mut w = vec![0.0_f32; 32];
        let dw = vec![0.5_f32; 32];
        let mut rule = made(&rule_of(body), &mut w, &parameters(), 7).unwrap();
        rule.look_at(1, 2);
        rule.step(3, &[], &mut w, &dw, Some(&mut Blind)).unwrap();
        (rule.reading().unwrap(), f64::from(w[18]))
    };
    let draw = drawn::<f32>("w + normal(w)", 7, 3)[1][2];
    let (named, w) = read("let n = normal(w);\n w - dw + 2 * n");
    let line = named.lines.iter().find(|line| line.name == "n").unwrap_or_else(|| panic!("{named:#?}"));
    assert_eq!((line.value, line.symbolic.as_str()), (draw, "normal(w)"));
    assert_eq!(named.lines.last().unwrap().value, w);
    let (inside, w) = read("w - dw + 2 * normal(w)");
    let last = inside.lines.last().unwrap();
    assert!(
        last.value == w && last.formula.text(&|value: &f64| value.to_string()).contains(&draw.to_string()),
        "{last:#?}"
    );
}

#[test]
fn what_is_wrong_with_a_draw_is_told() {
    let wrong = |text: &str| {
        let error = made(text, &mut [0.0_f64; 32], &parameters(), 0).err();
        let error = error.unwrap_or_else(|| panic!("this should be wrong: {text}"));
        format!("{} / {}", error.what(), error.help_lines().join("; "))
    };
    for (text, says) in [
        (rule_of("w + normal(sum(w, 0))"), "and this is 1x3; there are none in another shape"),
        (rule_of("w + normal(norm(w))"), "and this is one number"),
        (rule_of("for i in 0..8 { w += uniform(w); } w"), "7 is the most"),
        (rule_of("w + normal(0, 1)"), "in the shape of `w` alone / write `normal(w)`"),
        (rule_of("w + torch.randn(w)"), "write `normal(w)`"),
        (rule_of("w + rand(3)"), "write `uniform(w)`"),
        ("fn state(w) { #{ v: normal(w) } }\nfn update(w, dw, state, h, t) { w }".into(), "and this is a state"),
    ] {
        assert!(wrong(&text).contains(says), "{text}: {}", wrong(&text));
    }
}

/// In a bowl of curvature k every step makes w = (1 - lr k) w + sqrt(2 lr T) n, whose variance comes to T / (k (1 - lr k / 2)).
#[test]
fn langevin_dynamics_have_the_variance_of_their_temperature() {
    let script = Script::load(Kind::Optimizer, &find(Kind::Optimizer, "sgld", None).unwrap().source).unwrap();
    let (lr, temperature, curvature) = (0.1, 0.3, 2.0);
    let mut w = vec![0.0_f64; 5000];
    let mut rule = Rule::new(rule(&script).unwrap(), &mut w, vec![0..5000]).unwrap();
    let mut step = |t, w: &mut Vec<f64>| {
        let dw: Vec<f64> = w.iter().map(|w| curvature * w).collect();
        rule.step(t, &[lr, temperature], w, &dw, None).unwrap();
    };
    (1..=60).for_each(|t| step(t, &mut w));
    // Steps are alike by 0.8 to the power of those between them: after 25 they are new.
    let (mut mean, mut square, mut count) = (0.0, 0.0, 0.0);
    for t in 61..=160 {
        step(t, &mut w);
        if t % 25 == 0 {
            mean += w.iter().sum::<f64>();
            square += w.iter().map(|w| w * w).sum::<f64>();
            count += 5000.0;
        }
    }
    let want = temperature / (curvature * (1.0 - lr * curvature / 2.0));
    let (mean, variance) = (mean / count, square / count);
    assert!((variance / want - 1.0).abs() < 0.05, "{variance} for {want}");
    assert!(mean.abs() < 5.0 * (want / count).sqrt(), "{mean}");
}
