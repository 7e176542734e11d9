//! What the map of a network is measured with: a copy of the network for forward passes alone, and the inputs that it is
//! asked about. It sees the running statistics and the weights of the moment, and drops nothing out.

mod answers;
mod samples;

use crate::data::Target;
use crate::nn::{Loss, Mode, Network};
use crate::program::{Arena, Real};
use crate::snapshot::{Answers, Confusion, Curve, Map, Point, Regions, Score};
use crate::train::Learning;

use answers::{answer, class_names, image};
use samples::{Samples, range};

/// Cells of a plane, across and upwards.
const PLANE: (usize, usize) = (72, 44);
/// Outputs along a line.
const LINE: usize = 128;
/// The most samples that are shown as points: of the part trained on, of the part held out.
const POINTS: (usize, usize) = (200, 100);
/// The most samples whose answers are counted.
const COUNTED: usize = 2000;
/// The most classes that a table is made of.
const CLASSES: usize = 64;
/// The most pictures of samples.
const IMAGES: usize = 12;
/// Beyond the outermost samples so much of their distance is shown.
const MARGIN: f64 = 0.08;

/// A network and what it is asked.
pub(crate) struct PredictionProbe<F: Real> {
    network: Network<F>,
    kind: Kind,
    /// The classes; none if a number is learned.
    classes: Option<Vec<String>>,
    /// Shown as points.
    points: Samples,
    /// Counted: of the part held out, or of the part trained on if there is none.
    counted: Samples,
}

enum Kind {
    Plane { x: (f64, f64), y: (f64, f64), range: (f64, f64), inputs: Vec<f32> },
    Line { x: (f64, f64), y: (f64, f64), inputs: Vec<f32> },
    Table { side: Option<usize> },
}

impl<F: Real> PredictionProbe<F> {
    /// What fits the lab; none if nothing does.
    pub fn of(learning: &Learning<F>) -> Option<Self> {
        let Learning { train, validation, network, loss, .. } = learning;
        let classes = class_names(train, loss, network.output_width());
        let kind = match (train.features(), &classes) {
            (2, _) => {
                let [x, y] = [0, 1].map(|feature| range(learning, feature, MARGIN));
                let values = if classes.is_none() { samples::targets(learning) } else { (0.0, 0.0) };
                Kind::Plane { x, y, range: values, inputs: plane(x, y) }
            }
            (1, None) => {
                let x = range(learning, 0, MARGIN);
                let inputs = (0..LINE).map(|at| (x.0 + (x.1 - x.0) * at as f64 / (LINE - 1) as f64) as f32).collect();
                Kind::Line { x, y: samples::targets(learning), inputs }
            }
            (features, Some(names)) if (2..=CLASSES).contains(&names.len()) => {
                let side = features.isqrt();
                Kind::Table { side: (side * side == features && (8..=32).contains(&side)).then_some(side) }
            }
            _ => return None,
        };
        let mut points = Samples::default();
        if !matches!(kind, Kind::Table { .. }) {
            points.add(train, loss, POINTS.0, false);
            validation.iter().for_each(|data| points.add(data, loss, POINTS.1, true));
        }
        let mut counted = Samples::default();
        if classes.is_some() {
            counted.add(validation.as_ref().unwrap_or(train), loss, COUNTED, validation.is_some());
        }
        Some(Self { network: network.evaluator(), kind, classes, points, counted })
    }

    /// The map with these weights.
    pub fn look(&mut self, learning: &Learning<F>, params: &Arena<F>, step: u64) -> Map {
        let Self { network, kind, classes, points, counted } = self;
        network.statistics_mut().values_mut().copy_from_slice(learning.network.statistics().values());
        let loss = &learning.loss;
        let outputs = network.output_width();
        let names = learning.train.feature_names();
        let mut ask = |x: &[f32]| forward(network, params, x);
        match kind {
            Kind::Plane { x, y, range, inputs } => {
                let z = ask(inputs);
                let rows = z.chunks_exact(outputs);
                let answers = match classes {
                    Some(names) => {
                        Answers::Classes { names: names.clone(), cells: rows.map(|z| answer(loss, z)).collect() }
                    }
                    None => Answers::Values { cells: rows.map(|z| z[0]).collect(), range: *range },
                };
                let known = ask(&points.x);
                let said = |z: &[f32]| match classes {
                    Some(_) => answer(loss, z).class.map_or(f32::NAN, f32::from),
                    None => z[0],
                };
                let points = points.points(|at, x, truth, held_out| Point {
                    x: x[0],
                    y: x[1],
                    truth,
                    answer: said(&known[at * outputs..(at + 1) * outputs]),
                    held_out,
                });
                let z = ask(&counted.x);
                let score = classes.is_some().then(|| counted.score(loss, &z, outputs));
                Map::Regions(Regions {
                    step,
                    features: [0, 1].map(|at| names.get(at).cloned().unwrap_or_default()),
                    x: *x,
                    y: *y,
                    columns: PLANE.0,
                    rows: PLANE.1,
                    answers,
                    points,
                    score,
                })
            }
            Kind::Line { x, y, inputs } => {
                let z = ask(inputs);
                let known = ask(&points.x);
                let points = points.points(|at, x, truth, held_out| Point {
                    x: x[0],
                    y: truth,
                    truth,
                    answer: known[at * outputs],
                    held_out,
                });
                let feature = names.first().cloned().unwrap_or_default();
                let outputs = z.chunks_exact(outputs).map(|z| z[0]).collect();
                Map::Curve(Curve { step, feature, x: *x, y: *y, outputs, points })
            }
            Kind::Table { side } => {
                let z = ask(&counted.x);
                let names = classes.clone().unwrap_or_default();
                let of = names.len();
                let mut counts = vec![0; of * of];
                let mut told = Vec::with_capacity(counted.truths.len());
                for (z, truth) in z.chunks_exact(outputs).zip(&counted.truths) {
                    let answer = answer(loss, z);
                    let truth = *truth as usize;
                    if let Some(class) = answer.class.map(usize::from).filter(|class| *class < of && truth < of) {
                        counts[truth * of + class] += 1;
                    }
                    told.push(answer);
                }
                let right = (0..of).map(|class| counts[class * of + class] as usize).sum();
                let score = Score { right, of: told.len(), held_out: counted.held_out(0) };
                let mut images = Vec::new();
                if let Some(side) = *side {
                    let data = learning.validation.as_ref().unwrap_or(&learning.train);
                    let wrong = |at: &usize| told[*at].class.map(f32::from) != Some(counted.truths[*at]);
                    let (wrong, well): (Vec<usize>, Vec<usize>) = (0..told.len()).partition(wrong);
                    let chosen = wrong.into_iter().chain(well).take(IMAGES);
                    let truth = |at: usize| counted.truths[at] as u16;
                    images.extend(chosen.map(|at| image(data, counted.rows[at], side, truth(at), told[at])));
                }
                Map::Confusion(Confusion { step, names, counts, score, images })
            }
        }
    }
}

/// The middles of the cells of a plane, row by row, the uppermost row first.
fn plane(x: (f64, f64), y: (f64, f64)) -> Vec<f32> {
    let (columns, rows) = PLANE;
    let middle = |(low, high): (f64, f64), at: usize, of: usize| low + (high - low) * (at as f64 + 0.5) / of as f64;
    let mut inputs = Vec::with_capacity(2 * columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            inputs.push(middle(x, column, columns) as f32);
            inputs.push(middle((y.1, y.0), row, rows) as f32);
        }
    }
    inputs
}

/// The outputs for these inputs, in as many passes as the network needs for them.
fn forward<F: Real>(network: &mut Network<F>, params: &Arena<F>, x: &[f32]) -> Vec<f32> {
    let features = network.inputs();
    let mut z = Vec::with_capacity(x.len() / features * network.output_width());
    let mut inputs: Vec<F> = Vec::new();
    for chunk in x.chunks(network.capacity() * features) {
        inputs.clear();
        inputs.extend(chunk.iter().map(|x| F::from_f64(f64::from(*x))));
        let outputs = network.forward(params, &inputs, chunk.len() / features, Mode::Evaluate);
        z.extend(outputs.iter().map(|z| z.to_f64() as f32));
    }
    z
}

/// The class of a sample, or its first number.
fn truth<F: Real>(target: &Target<F>, loss: &Loss<F>, row: usize) -> f32 {
    match target {
        Target::Classes { labels, .. } => labels[row] as f32,
        Target::Values(values) if matches!(loss, Loss::CrossEntropy | Loss::Hinge) => {
            let row = values.row(row);
            let mut best = 0;
            row.iter().enumerate().for_each(|(at, value)| best = if *value > row[best] { at } else { best });
            best as f32
        }
        Target::Values(values) => values[[row, 0]].to_f64() as f32,
    }
}
