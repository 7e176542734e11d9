//! The loss and the accuracy over a whole dataset: dropout off, without the penalty.
//!
//! The data are cut into chunks of a fixed size whose sums are added in their order, so that the number of threads
//! changes nothing.

use crate::data::{Dataset, Target};
use crate::nn::{Loss, Mode, Network, Targets};
use crate::program::{Arena, Real};

/// What an evaluation found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// The mean loss.
    pub loss: f64,
    /// 0..1; none for a regression.
    pub accuracy: Option<f64>,
}

/// What one chunk adds.
#[derive(Clone, Copy, Default)]
struct Part {
    loss: f64,
    samples: usize,
    right: usize,
    answers: usize,
}

/// Evaluates in chunks of the network's capacity.
pub fn evaluate<F: Real>(
    network: &Network<F>,
    loss: &Loss<F>,
    params: &Arena<F>,
    data: &Dataset<F>,
    threads: usize,
) -> Evaluation {
    let chunk = network.capacity();
    let chunks = data.samples().div_ceil(chunk);
    let mut parts = vec![Part::default(); chunks];
    // A training pool shares the products of each chunk, as those of a step.
    let threads = if rayon::current_thread_index().is_some() { 1 } else { threads };
    let each = chunks.div_ceil(threads.clamp(1, chunks.max(1))).max(1);
    let work = |first: usize, parts: &mut [Part]| {
        let (mut network, mut loss) = (network.evaluator(), loss.duplicate());
        for (at, part) in parts.iter_mut().enumerate() {
            let start = (first + at) * chunk;
            *part = one(&mut network, &mut loss, params, data, start..data.samples().min(start + chunk));
        }
    };
    if each >= chunks {
        work(0, &mut parts);
    } else {
        std::thread::scope(|scope| {
            for (thread, parts) in parts.chunks_mut(each).enumerate() {
                let work = &work;
                scope.spawn(move || work(thread * each, parts));
            }
        });
    }
    let total = parts.iter().fold(Part::default(), |a, b| Part {
        loss: a.loss + b.loss * b.samples as f64,
        samples: a.samples + b.samples,
        right: a.right + b.right,
        answers: a.answers + b.answers,
    });
    Evaluation {
        loss: total.loss / total.samples as f64,
        accuracy: (total.answers > 0).then(|| total.right as f64 / total.answers as f64),
    }
}

/// A stretch of rows: datasets are stored row by row.
fn slice<'m, F>(m: &'m ndarray::Array2<F>, rows: &std::ops::Range<usize>) -> Option<&'m [F]> {
    m.as_slice().map(|all| &all[rows.start * m.ncols()..rows.end * m.ncols()])
}

fn one<F: Real>(
    network: &mut Network<F>,
    loss: &mut Loss<F>,
    params: &Arena<F>,
    data: &Dataset<F>,
    rows: std::ops::Range<usize>,
) -> Part {
    let (samples, outputs) = (rows.len(), network.output_width());
    let Some(x) = slice(data.x(), &rows) else { return Part::default() };
    let targets = match data.target() {
        Target::Classes { labels, .. } => Targets::Classes(&labels[rows.clone()]),
        Target::Values(matrix) => Targets::Values(slice(matrix, &rows).unwrap_or_default()),
    };
    let z = network.forward(params, x, samples, Mode::Evaluate);
    let value = loss.value(z, targets, outputs);
    let hits = loss.hits(z, targets, outputs);
    Part { loss: value, samples, right: hits.map_or(0, |h| h.right), answers: hits.map_or(0, |h| h.of) }
}
