//! Looks into a run from the screen: what a network gives out and how its weights are spread, and a mini-batch's gradient
//! beside that of all samples. Each against plain arithmetic, and none moves a bit.

use crate::machine::Machine;
use optlab::data::Batches;
use optlab::run::Command;
use optlab::snapshot::{Health, Snapshot, Speed};
use optlab::train::{Experiment, ExperimentConfig, Learning, Objective};

fn lab(network: &str, training: &str, more: &str) -> String {
    format!(
        "id: inside\ndata: {{source: moons, samples: 300}}\nnetwork: {network}\nloss: cross_entropy\n\
         training: {{{training}}}\noptimizer: {{rule: sgd, lr: 0.1}}\nobserve: watch.rhai\n{more}"
    )
}

fn learning(parts: ExperimentConfig<f32>) -> (Box<Learning<f32>>, Vec<Vec<f32>>, u64) {
    let params = (0..parts.params.layout().parameters().len()).map(|at| parts.params.get(at).to_vec()).collect();
    let Objective::Network(learning) = parts.objective else { panic!("it has a network") };
    (learning, params, parts.seed)
}

fn held(machine: &mut Machine, step: u64) {
    machine.send(Command::Goto(step));
    // A snapshot that was asked for on the way may come with the look at the network that it was paced for.
    let is_of_it = |snapshot: &Snapshot| snapshot.network.as_ref().is_none_or(|network| network.step == step);
    machine.until(|snapshot| snapshot.step == step && snapshot.status.word() != "running" && is_of_it(snapshot));
}

#[test]
fn a_network_is_seen_as_it_is() {
    let machine = Machine::new(&lab("[dense: 6, relu, dense: 2]", "steps: 40, batch: 16", ""));
    let seen = machine.snapshot.network.clone().unwrap();
    let names: Vec<&str> = seen.layers.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, ["1 dense 2x6", "2 relu", "3 dense 6x2"]);
    assert_eq!((seen.step, seen.parameters, seen.samples), (0, 32, 256.min(seen.samples)));
    let parameters: Vec<usize> = seen.layers.iter().map(|layer| layer.parameters).collect();
    assert_eq!(parameters, [18, 0, 14]);

    let (learning, params, _) = learning(machine.lab.experiment(None, 1).unwrap());
    let (x, all) = (learning.train.x(), learning.train.samples());
    let mut out = [Vec::new(), Vec::new()];
    for i in 0..seen.samples {
        let row = x.row(i * all / seen.samples);
        for unit in 0..6 {
            let z = row[0] * params[0][unit] + row[1] * params[0][6 + unit] + params[1][unit];
            out[0].push(f64::from(z));
            out[1].push(f64::from(z.max(0.0)));
        }
    }
    for (layer, out) in seen.layers.iter().zip(&out) {
        let mean = out.iter().sum::<f64>() / out.len() as f64;
        let std = (out.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / out.len() as f64).sqrt();
        assert!((layer.activations.mean - mean).abs() < 1e-6 && (layer.activations.std - std).abs() < 1e-6);
        assert_eq!(layer.activations.histogram.counts.iter().sum::<u64>(), out.len() as u64);
    }
    let dead = (0..6).filter(|unit| out[1].iter().skip(*unit).step_by(6).all(|y| *y == 0.0)).count();
    assert_eq!(seen.layers[1].health, Health::Dead(dead as f64 / 6.0));
    assert_eq!((seen.layers[0].health, seen.layers[0].weights.len()), (Health::Unmeasured, 2));
    let weights = &seen.layers[0].weights[0];
    assert_eq!((weights.name.as_str(), &weights.shape[..]), ("W1", &[2, 6][..]));
    let most = params[0].iter().copied().fold(f32::MIN, f32::max);
    assert_eq!(weights.spread.histogram.max.to_bits(), f64::from(most).to_bits());
}

#[test]
fn saturated_units_are_told_by_what_the_function_does() {
    for (layer, flat_ends) in [("tanh", true), ("sigmoid", true), ("leaky_relu", false)] {
        // One step of such a rate, and every unit is far out.
        let text = lab(&format!("[dense: 8, {layer}, dense: 2]"), "steps: 4, batch: 16", "").replace("0.1", "1e5");
        let mut machine = Machine::new(&text);
        let health = |machine: &Machine| machine.snapshot.network.as_ref().unwrap().layers[1].health;
        let first = if flat_ends { Health::Saturated(0.0) } else { Health::Unmeasured };
        assert_eq!(health(&machine), first, "{layer}");
        held(&mut machine, 1);
        match health(&machine) {
            Health::Saturated(share) => assert!(flat_ends && share > 0.5, "{layer}: {share}"),
            other => assert!(!flat_ends && other == Health::Unmeasured, "{layer}: {other:?}"),
        }
    }
}

#[test]
fn looking_and_comparing_move_no_bit_and_are_of_the_step_that_is_held() {
    let text = lab("[dense: 8, batch_norm, tanh, dropout: 0.3, dense: 2]", "steps: 60, batch: 16", "");
    let mut machine = Machine::new(&text);
    let mut plain = Experiment::new(machine.lab.experiment(None, 1).unwrap()).unwrap();
    for step in 1..=60 {
        let report = plain.step(None).unwrap();
        machine.send(Command::CompareGradients(true));
        held(&mut machine, step);
        let snapshot = &machine.snapshot;
        assert_eq!(snapshot.loss.last.map(f64::to_bits), Some(report.loss.to_bits()), "step {step}");
        assert_eq!(snapshot.network.as_ref().unwrap().step, step);
        assert_eq!(snapshot.compared.as_ref().unwrap().step, step - 1);
    }
    // Back at a step the network is that of then; what was compared is gone.
    let last = machine.snapshot.network.clone();
    held(&mut machine, 20);
    assert!(machine.snapshot.network != last && machine.snapshot.compared.is_none());
    held(&mut machine, 60);
    assert_eq!(machine.snapshot.network, last);

    // The same at full speed, asked all the time.
    let mut machine = Machine::new(&text);
    machine.send(Command::Speed(Speed::Max));
    machine.send(Command::Run);
    for _ in 0..20 {
        machine.send(Command::CompareGradients(true));
    }
    machine.until(|snapshot| snapshot.step == 60);
    assert_eq!(machine.snapshot.network, last);
    machine.send(Command::CompareGradients(false));
    machine.until(|snapshot| snapshot.compared.is_none());
}

/// The gradient of a linear classifier over these rows, from the formula: (softmax(x W + b) - y) x^T, W first, then b.
fn by_hand(learning: &Learning<f32>, params: &[Vec<f32>], rows: &[u32]) -> Vec<f64> {
    let optlab::data::Target::Classes { labels, .. } = learning.train.target() else { panic!("classes") };
    let mut gradient = vec![0.0; 6];
    for row in rows {
        let x = learning.train.x().row(*row as usize);
        let x = [f64::from(x[0]), f64::from(x[1])];
        let z = [0, 1]
            .map(|j| x[0] * f64::from(params[0][j]) + x[1] * f64::from(params[0][2 + j]) + f64::from(params[1][j]));
        let total = z[0].exp() + z[1].exp();
        for j in 0..2 {
            let d = (z[j].exp() / total - f64::from(u8::from(labels[*row as usize] == j as u32))) / rows.len() as f64;
            gradient[j] += d * x[0];
            gradient[2 + j] += d * x[1];
            gradient[4 + j] += d;
        }
    }
    gradient
}

#[test]
fn two_gradients_are_compared_as_by_hand() {
    let mut machine = Machine::new(&lab("[dense: 2]", "steps: 40, batch: 16", "penalty: {l2: 0.01}\n"));
    machine.send(Command::CompareGradients(true));
    machine.settle();
    let compared = machine.snapshot.compared.clone().unwrap();
    let (learning, params, seed) = learning(machine.lab.experiment(None, 1).unwrap());
    let all = learning.train.samples();
    let seen = compared.seen.unwrap();
    assert_eq!((compared.step, seen.batch, seen.whole, seen.all), (0, 16, all, all));
    let batches = Batches::new(all, 16, learning.order, learning.rest, seed).unwrap();
    let whole: Vec<u32> = (0..all as u32).collect();
    let [batch, whole] = [batches.batch(0), &whole].map(|rows| {
        let mut gradient = by_hand(&learning, &params, rows);
        // The penalty is of the weights alone.
        gradient.iter_mut().zip(&params[0]).for_each(|(g, w)| *g += 2.0 * 0.01 * f64::from(*w));
        gradient
    });
    let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    for (row, range) in compared.rows.iter().zip([0..6, 0..4, 4..6]) {
        let (batch, whole) = (&batch[range.clone()], &whole[range]);
        let cosine = batch.iter().zip(whole).map(|(a, b)| a * b).sum::<f64>() / norm(batch) / norm(whole);
        assert!((row.batch - norm(batch)).abs() < 1e-5 && (row.whole - norm(whole)).abs() < 1e-5);
        assert!((row.angle.unwrap() - cosine.acos().to_degrees()).abs() < 0.01, "{row:?}");
    }
}

#[test]
fn a_full_batch_has_no_noise_and_a_noisy_slope_has() {
    let mut machine = Machine::new(&lab("[dense: 2]", "steps: 4, batch: full", ""));
    machine.send(Command::CompareGradients(true));
    machine.settle();
    assert!(machine.snapshot.compared.as_ref().unwrap().rows[0].angle.unwrap() < 0.01);

    let landscape = |noise: f64| {
        format!(
            "id: slope\nlandscape: {{source: bowl, start: [3, 2], noise: {noise}}}\ntraining: {{steps: 20}}\n\
             optimizer: {{rule: sgd, lr: 0.1}}\n"
        )
    };
    for (noise, noisy) in [(0.0, false), (2.0, true)] {
        let mut machine = Machine::new(&landscape(noise));
        held(&mut machine, 3);
        machine.send(Command::CompareGradients(true));
        machine.settle();
        let compared = machine.snapshot.compared.clone().unwrap();
        assert!(machine.snapshot.network.is_none() && compared.seen.is_none() && compared.step == 3);
        assert_eq!((compared.rows.len(), compared.rows[0].angle.unwrap() > 0.0), (2, noisy));
        // The next step takes that very slope.
        held(&mut machine, 4);
        assert!((machine.snapshot.gradients[0].norm.unwrap() - compared.rows[0].batch).abs() < 1e-6);
    }
}
