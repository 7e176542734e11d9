//! Every distribution of `rng`: the law that it follows, and draws that stay as they are in every release.

use rhai::{Array, Engine, Scope};

use super::*;
use crate::program::Real;
use crate::random::{Purpose, stream};

/// Evaluates an expression with a stream of this seed's.
fn eval<T: Clone + Send + Sync + 'static>(expression: &str, seed: u64) -> T {
    let mut engine = Engine::new();
    register(&mut engine);
    let mut scope = Scope::new();
    scope.push("rng", Rng::new(stream(seed, Purpose::Data, 0, 0)));
    engine.eval_with_scope(&mut scope, expression).unwrap_or_else(|error| panic!("{expression}: {error}"))
}

/// So many draws of `normal(2, 3)` and the like.
fn draws(call: &str, n: usize, seed: u64) -> Vec<f64> {
    let arguments = call.strip_suffix(')').expect("a call");
    eval::<Tensor>(&format!("rng.{arguments}, {n})"), seed).values.to_vec()
}

fn normal(z: f64) -> f64 {
    0.5 * (1.0 + Real::erf(z / std::f64::consts::SQRT_2))
}

/// A call and the distribution function of what it draws.
type Law = (&'static str, fn(f64) -> f64);

/// The parameters of gamma, beta and Student's t are those for which the function is elementary.
const LAWS: [Law; 8] = [
    ("normal(2.0, 3.0)", |x| normal((x - 2.0) / 3.0)),
    ("uniform(-1.0, 3.0)", |x| ((x + 1.0) / 4.0).clamp(0.0, 1.0)),
    ("exponential(2.0)", |x| 1.0 - (-2.0 * x).exp()),
    ("gamma(2.0, 1.5)", |x| 1.0 - (-x / 1.5).exp() * (1.0 + x / 1.5)),
    ("beta(2.0, 3.0)", |x| x * x * (6.0 - 8.0 * x + 3.0 * x * x)),
    ("student_t(2.0)", |x| 0.5 + 0.5 * x / (2.0 + x * x).sqrt()),
    ("cauchy(1.0, 2.0)", |x| 0.5 + ((x - 1.0) / 2.0).atan() / std::f64::consts::PI),
    ("lognormal(0.5, 0.8)", |x| normal((x.ln() - 0.5) / 0.8)),
];

/// Kolmogorov's and Smirnov's distance between draws and a distribution function, times the root of their number: above
/// 1.95 once in a thousand where the law is right.
fn distance(mut draws: Vec<f64>, law: fn(f64) -> f64) -> f64 {
    draws.sort_by(f64::total_cmp);
    let n = draws.len() as f64;
    let off = draws.iter().enumerate().map(|(i, x)| {
        let p = law(*x);
        (p - i as f64 / n).abs().max(((i + 1) as f64 / n - p).abs())
    });
    off.fold(0.0, f64::max) * n.sqrt()
}

#[test]
fn continuous_draws_follow_their_law() {
    for (call, law) in LAWS {
        let found = distance(draws(call, 20_000, 5), law);
        assert!(found < 1.95, "{call}: {found}");
    }
    // A deviation that is a tenth off is found.
    assert!(distance(draws("normal(2.0, 3.0)", 20_000, 5), |x| normal((x - 2.0) / 3.3)) > 1.95);
}

/// Pearson's sum over classes with these probabilities, against five deviations above its mean.
fn assert_shares(found: impl IntoIterator<Item = usize>, probabilities: &[f64], what: &str) {
    let mut counts = vec![0.0; probabilities.len()];
    found.into_iter().for_each(|class| counts[class] += 1.0);
    let n: f64 = counts.iter().sum();
    let sum: f64 = counts.iter().zip(probabilities).map(|(count, p)| (count - n * p).powi(2) / (n * p)).sum();
    let freedom = probabilities.len() as f64 - 1.0;
    assert!(sum < freedom + 5.0 * (2.0 * freedom).sqrt(), "{what}: {sum}, {counts:?}");
}

#[test]
fn whole_draws_shuffles_and_choices_have_their_shares() {
    let n = 20_000;
    let whole = |call: &str, first: f64, classes: usize| {
        let classes = classes as f64 - 1.0;
        draws(call, n, 6).into_iter().map(move |x| {
            assert!(x.fract() == 0.0 && x >= first, "{x}");
            (x - first).min(classes) as usize
        })
    };
    assert_shares(whole("bernoulli(0.3)", 0.0, 2), &[0.7, 0.3], "bernoulli");
    assert_shares(whole("integer(-2, 3)", -2.0, 6), &[1.0 / 6.0; 6], "integer");
    let mut poisson = vec![(-3.5_f64).exp()];
    for k in 1..10 {
        poisson.push(poisson[k - 1] * 3.5 / k as f64);
    }
    poisson.push(1.0 - poisson.iter().sum::<f64>());
    assert_shares(whole("poisson(3.5)", 0.0, 11), &poisson, "poisson");

    let classes = |body: &str| {
        let script = format!("let found = []; for i in 0..6000 {{ {body} }} found");
        let found: Array = eval(&script, 8);
        found.into_iter().map(|class| class.as_int().unwrap() as usize).collect::<Vec<_>>()
    };
    // The six orders of three, told apart by their first and whether the other two are in order.
    let orders = classes("let l = rng.shuffle([0, 1, 2]); found.push(2 * l[0] + if l[1] < l[2] { 1 } else { 0 });");
    assert_shares(orders, &[1.0 / 6.0; 6], "shuffle");
    assert_shares(classes("found.push(rng.choose([0, 1, 2, 3]));"), &[0.25; 4], "choose");
}

#[test]
fn a_tensor_holds_what_single_draws_would_have_been() {
    for call in LAWS.iter().map(|(call, _)| *call).chain(["bernoulli(0.3)", "poisson(3.5)", "integer(-2, 3)"]) {
        let single: Array = eval(&format!("[rng.{call}, rng.{call}, rng.{call}, rng.{call}]"), 7);
        let single: Vec<f64> = single.iter().map(|draw| number(draw).unwrap()).collect();
        assert_eq!(draws(call, 4, 7), single, "{call}");
        let arguments = call.strip_suffix(')').unwrap();
        let matrix = eval::<Tensor>(&format!("rng.{arguments}, [2, 2])"), 7);
        assert_eq!((matrix.columns, matrix.values.to_vec()), (2, single), "{call}");
    }
}

/// What a seed gives stays what it gives, in every release. To the last digits but two: the standard library's functions
/// are not the same to the bit on every machine.
#[test]
fn the_first_draws_are_these() {
    const FIRST: [(&str, [f64; 3]); 11] = [
        ("normal(2.0, 3.0)", [4.609_688_046_763_204, -1.588_511_498_322_407_3, -2.228_174_424_265_394_5]),
        ("uniform(-1.0, 3.0)", [2.479_430_576_823_517_6, -0.784_236_770_067_264_1, -0.992_831_454_555_891_4]),
        ("exponential(2.0)", [0.464_269_653_873_491_73, 0.035_842_490_154_233_11, 0.001_302_902_685_642_959_8]),
        ("gamma(2.0, 1.5)", [4.591_233_227_207_747, 0.643_442_002_842_312_9, 0.554_132_574_012_410_6]),
        ("beta(2.0, 3.0)", [0.698_081_956_790_830_6, 0.364_155_161_570_891_9, 0.349_981_045_765_633_4]),
        ("student_t(2.0)", [3.249_026_521_736_998, -1.431_968_115_442_720_6, -0.927_960_985_812_311_3]),
        ("cauchy(1.0, 2.0)", [0.133_460_565_295_787_87, 1.342_202_015_575_347, 1.011_260_443_832_905_1]),
        ("lognormal(0.5, 0.8)", [3.306_587_902_280_707_4, 0.633_220_611_896_285_9, 0.533_917_909_266_792_4]),
        ("bernoulli(0.3)", [0.0, 1.0, 1.0]),
        ("poisson(3.5)", [2.0, 2.0, 1.0]),
        ("integer(-2, 3)", [3.0, -2.0, -2.0]),
    ];
    for (call, expected) in FIRST {
        let found = draws(call, 3, 7);
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= 1e-14 * expected.abs(), "{call}: {found} for {expected}");
        }
    }
}
