//! Landscape labs: heights and slopes against plain formulas and finite differences, the way that is written, noise
//! that is keyed by the step, and what the text of the shipped lab says.

use crate::common::{defaults, shipped};
use optlab::lab::{Lab, Overrides};
use optlab::program::Landscape;
use optlab::script::{self, Kind};
use optlab::session::{Options, Session};
use optlab::snapshot::Status;
use optlab::train::{Experiment, StepReport};
use safetensors::{Dtype, SafeTensors};

const ALL: [&str; 7] = ["ravine", "bowl", "rosenbrock", "saddle", "beale", "himmelblau", "rastrigin"];

fn landscape(name: &str) -> Landscape {
    let script = shipped(Kind::Landscape, name);
    script::landscape(&script, &defaults(&script)).unwrap()
}

/// The lab under a temporary name, with what a command line would lay over it.
fn lab(text: &str, set: &[&str]) -> Lab {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.yaml");
    std::fs::write(&path, text).unwrap();
    open(path.to_str().unwrap(), set)
}

fn open(spec: &str, set: &[&str]) -> Lab {
    let set = set.iter().map(|&argument| argument.to_owned()).collect();
    Lab::open(spec, &Overrides { set, ..Overrides::default() })
        .unwrap_or_else(|errors| panic!("{}", errors.iter().map(|e| e.render(false)).collect::<String>()))
}

fn experiment(lab: &Lab, seed: Option<u64>) -> Experiment<f64> {
    Experiment::new(lab.landscape_experiment(seed).unwrap()).unwrap()
}

fn run(experiment: &mut Experiment<f64>) -> Vec<StepReport> {
    let mut reports = vec![experiment.step(None).unwrap()];
    while !reports[reports.len() - 1].finished {
        reports.push(experiment.step(None).unwrap());
    }
    reports
}

#[test]
fn every_landscape_is_as_its_formula_has_it() {
    let at = |name: &str, x: f64, y: f64| landscape(name).at(x, y)[0];
    let near = |got: f64, want: f64| assert!((got - want).abs() < 1e-12 * want.abs().max(1.0), "{got} for {want}");
    near(at("ravine", -4.0, 1.5), 0.5 * (0.1 * 16.0 + 19.0 * 2.25));
    near(at("bowl", 3.0, -4.0), 12.5);
    near(at("rosenbrock", -1.2, 1.0), 24.2);
    near(at("saddle", 2.0, 1.0), 0.5 * 3.0 + 0.0125);
    near(at("beale", 1.0, 1.0), 14.203_125);
    near(at("himmelblau", 0.0, 0.0), 170.0);
    near(at("rastrigin", 0.5, 1.0), 20.0 + 0.25 + 10.0 + 1.0 - 10.0);
}

/// One number for all elements is a constant, but not where the derivative by it is wanted.
#[test]
fn between_two_places_that_tie_each_gets_half_of_the_slope_and_beside_a_constant_none() {
    let of = |height: &str| {
        let text = format!("fn height(x, y, h) {{ {height} }}\nfn hyper() {{ #{{ edge: 1.0 }} }}\n");
        let source = optlab::error::Source::new("tie.rhai", text);
        let script = script::Script::load(Kind::Landscape, &source).unwrap_or_else(|error| panic!("{error}"));
        script::landscape(&script, &defaults(&script)).unwrap()
    };
    assert_eq!(of("max(x, y)").at(1.0, 1.0), [1.0, 0.5, 0.5]);
    assert_eq!(of("min(x, y)").at(1.0, 1.0), [1.0, 0.5, 0.5]);
    assert_eq!(of("max(x, y + 0 * x)").at(1.0, 1.0), [1.0, 0.5, 0.5]);
    assert_eq!(of("max(x, y)").at(2.0, 1.0), [2.0, 1.0, 0.0]);
    assert_eq!(of("max(x, 1) + 0 * y").at(1.0, 1.0), [1.0, 0.0, 0.0]);
    assert_eq!(of("max(x, h.edge) + 0 * y").at(1.0, 1.0), [1.0, 0.0, 0.0]);
}

#[test]
fn every_landscape_is_flat_where_its_header_says() {
    let half = 1.0 / 0.05_f64.sqrt();
    let flat = [
        ("ravine", 0.0, 0.0),
        ("bowl", 0.0, 0.0),
        ("rosenbrock", 1.0, 1.0),
        ("saddle", 0.0, 0.0),
        ("saddle", 0.0, half),
        ("saddle", 0.0, -half),
        ("beale", 3.0, 0.5),
        ("himmelblau", 3.0, 2.0),
        ("rastrigin", 0.0, 0.0),
    ];
    for (name, x, y) in flat {
        let [height, dx, dy] = landscape(name).at(x, y);
        assert!(dx.abs() < 1e-10 && dy.abs() < 1e-10, "{name}: {dx} {dy}");
        assert!(name == "saddle" || height.abs() < 1e-10, "{name}: {height}");
    }
}

#[test]
fn every_slope_is_that_of_finite_differences() {
    for name in ALL {
        let mut landscape = landscape(name);
        for (x, y) in [(-1.3, 0.7), (0.4, -2.1), (2.2, 1.9)] {
            let [_, dx, dy] = landscape.at(x, y);
            let step = 1e-5;
            let mut slope = |a: f64, b: f64| {
                (landscape.at(x + a * step, y + b * step)[0] - landscape.at(x - a * step, y - b * step)[0])
                    / (2.0 * step)
            };
            for (got, want) in [(dx, slope(1.0, 0.0)), (dy, slope(0.0, 1.0))] {
                assert!((got - want).abs() < 1e-6 * want.abs().max(1.0), "{name} at ({x}, {y}): {got} for {want}");
            }
        }
    }
}

#[test]
fn a_run_is_one_parameter_of_two_weights_and_one_epoch() {
    let lab = lab(
        "landscape: {source: ravine, start: [-4, 1.5]}\ntraining: {steps: 3}\noptimizer: {rule: sgd, lr: 0.1}\n",
        &[],
    );
    let mut experiment = experiment(&lab, None);
    let [parameter] = experiment.layout().parameters() else { panic!("one parameter") };
    assert_eq!((parameter.name.as_str(), parameter.shape.as_slice()), ("xy", &[2][..]));
    assert_eq!((experiment.steps_per_epoch(), experiment.batch()), (3, 1));
    let (mut x, mut y) = (-4.0_f64, 1.5_f64);
    for report in run(&mut experiment) {
        let (dx, dy) = (0.1 * x, 19.0 * y);
        assert!((report.loss - 0.5 * (0.1 * x * x + 19.0 * y * y)).abs() < 1e-12, "{report:?}");
        assert!((report.grad_norm - dx.hypot(dy)).abs() < 1e-12, "{report:?}");
        (x, y) = (x - 0.1 * dx, y - 0.1 * dy);
        assert_eq!((report.epoch, report.epoch_ended), (1, report.step == 3));
    }
    let spot = experiment.spot().unwrap();
    assert!((spot.x - x).abs() < 1e-12 && (spot.y - y).abs() < 1e-12, "{spot:?}");
    assert_eq!(experiment.evaluate().0.loss, spot.height);
}

/// Adam on Rosenbrock's valley from (-1.3, 1.5), in plain `f64` arithmetic.
fn plain_adam(steps: i32, lr: f64) -> Vec<[f64; 2]> {
    let (beta1, beta2, eps) = (0.9_f64, 0.999_f64, 1e-8);
    let (mut w, mut v, mut s) = ([-1.3_f64, 1.5], [0.0; 2], [0.0; 2]);
    let mut path = vec![w];
    for t in 1..=steps {
        let [x, y] = w;
        let gradient = [-2.0 * (1.0 - x) - 400.0 * x * (y - x * x), 200.0 * (y - x * x)];
        for i in 0..2 {
            v[i] = beta1 * v[i] + (1.0 - beta1) * gradient[i];
            s[i] = beta2 * s[i] + (1.0 - beta2) * gradient[i] * gradient[i];
            let (v_hat, s_hat) = (v[i] / (1.0 - beta1.powi(t)), s[i] / (1.0 - beta2.powi(t)));
            w[i] -= lr * v_hat / (s_hat.sqrt() + eps);
        }
        path.push(w);
    }
    path
}

#[test]
fn a_landscape_is_walked_in_f64_from_end_to_end() {
    let text = "landscape: {source: rosenbrock, start: [-1.3, 1.5]}\ntraining: {steps: 150}\n\
        optimizer: {rule: adam, lr: 0.05}\n";
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let options = Options { out: Some(out.clone()), ..Options::default() };
    let outcome = Session::of(lab(text, &[]), options).unwrap().run_to_end();
    assert_eq!(outcome.status, Status::Finished);
    let rows = std::fs::read_to_string(out.join("path.csv")).unwrap();
    let rows: Vec<Vec<&str>> = rows.lines().skip(1).map(|row| row.split(',').collect()).collect();
    assert_eq!((rows.len(), rows[0][1], rows[0][2]), (151, "-1.3", "1.5"));
    for (row, [x, y]) in rows.iter().zip(plain_adam(150, 0.05)) {
        let off = (row[1].parse::<f64>().unwrap() - x).abs().max((row[2].parse::<f64>().unwrap() - y).abs());
        assert!(off < 1e-9, "step {}: off by {off:e}", row[0]);
    }
    // The weights and the rule's state are kept as they are.
    let bytes = |file: &str| std::fs::read(out.join(file)).unwrap();
    let (model, state) = (bytes("model.safetensors"), bytes("state.safetensors"));
    let xy = SafeTensors::deserialize(&model).unwrap().tensor("xy").unwrap().data().to_vec();
    assert_eq!(f64::from_le_bytes(xy[..8].try_into().unwrap()), rows[150][1].parse::<f64>().unwrap());
    assert_eq!(SafeTensors::deserialize(&state).unwrap().tensor("v.xy").unwrap().dtype(), Dtype::F64);
}

const NOISY: &str = "landscape: {source: bowl, start: [1, 1], noise: 0.5}\ntraining: {steps: 4000}\nseed: 3\n\
    optimizer: {rule: sgd, lr: 0}\n";

#[test]
fn noise_is_normal_of_its_deviation_and_the_seeds_own() {
    let lab = lab(NOISY, &[]);
    // With a rate of 0 the point stays, so that all that varies is the noise.
    let mut first = experiment(&lab, None);
    let mut draws = Vec::new();
    for _ in 0..4000 {
        first.step(None).unwrap();
        draws.extend(first.grads().get(0).iter().map(|g| *g - 1.0));
    }
    let mean = draws.iter().sum::<f64>() / draws.len() as f64;
    let deviation = (draws.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / draws.len() as f64).sqrt();
    // Five standard errors of 8000 draws.
    assert!(mean.abs() < 5.0 * 0.5 / 8000_f64.sqrt(), "{mean}");
    assert!((deviation - 0.5).abs() < 5.0 * 0.5 / 16000_f64.sqrt(), "{deviation}");
    let norms = |seed| run(&mut experiment(&lab, seed)).iter().map(|r| r.grad_norm.to_bits()).collect::<Vec<_>>();
    assert_eq!(norms(None), norms(Some(3)));
    assert_ne!(norms(None), norms(Some(4)));
    // The path tells the slope itself.
    assert_eq!(first.spot().map(|spot| (spot.dx, spot.dy)), Some((1.0, 1.0)));
}

#[test]
fn a_landscape_by_script_may_choose_by_where_and_takes_its_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let script = "fn hyper() { #{ knee: 1 } }\nfn height(x, y, h) { where(abs(x) < h.knee, x * x, abs(x)) + y * y }\n";
    std::fs::write(folder.path().join("bent.rhai"), script).unwrap();
    let path = folder.path().join("lab.yaml");
    std::fs::write(&path, "landscape: {script: bent.rhai, start: [3, 0.5], knee: 2}\ntraining: {steps: 1}\n").unwrap();
    let lab = open(path.to_str().unwrap(), &[]);
    let spot = experiment(&lab, None).spot().unwrap();
    assert_eq!((spot.height, spot.dx, spot.dy), (3.25, 1.0, 1.0));
    assert!(lab.resolved.contains("knee: 2") && lab.resolved.contains("script: bent.rhai"), "{}", lab.resolved);
}

#[test]
fn what_the_text_on_momentum_says_is_so() {
    let lab = "momentum-in-the-ravine";
    let plain = |set: &[&str]| {
        let mut experiment = experiment(&open(lab, set), None);
        let mut ys = vec![experiment.spot().unwrap().y];
        for _ in 0..100 {
            experiment.step(None).unwrap();
            ys.push(experiment.spot().unwrap().y);
        }
        (ys, experiment.spot().unwrap())
    };
    let (ys, end) = plain(&["optimizer={rule: sgd, lr: 0.1}"]);
    assert!(ys.windows(2).all(|two| (two[1] / two[0] + 0.9).abs() < 1e-3), "each jump is 0.9 of the last");
    assert!(end.x.abs() > 4.0 / 3.0, "{end:?}");
    let (ys, _) = plain(&["optimizer={rule: sgd, lr: 0.11}"]);
    assert!(ys.windows(2).all(|two| two[1].abs() > two[0].abs()));
    let (_, end) = plain(&[]);
    assert!(end.x.abs() < 0.04 && end.y.abs() < 0.015, "{end:?}");
}
