//! Takes apart what scripts differentiate, at numbers of the run: an activation at the input of one unit for the first
//! training sample, a loss at one output for it, a landscape where the run stands. Nothing is made before somebody looks.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Moment;
use crate::data::{Target, gather};
use crate::nn::{Mode, Network};
use crate::program::{Arena, Function, Operations, Real, Slot};
use crate::snapshot::{Differentiated, OperationGraph, OperationsView};
use crate::train::{Experiment, Learning};

/// A running network is looked into so often at most: nobody reads it faster.
const PAUSE: Duration = Duration::from_millis(250);
/// The training sample that all numbers are for.
const SAMPLE: u32 = 0;

/// The newest look, and what the next one needs.
pub(crate) struct OperationsProbe<F: Real> {
    /// Somebody looks.
    pub wanted: bool,
    probe: Option<Probe<F>>,
    view: Option<OperationsView>,
    /// The parameter and the element that the view is for; none where the weights may be others than those it is of.
    of: Option<(usize, usize)>,
    last: Option<Moment>,
}

impl<F: Real> Default for OperationsProbe<F> {
    fn default() -> Self {
        Self { wanted: false, probe: None, view: None, of: None, last: None }
    }
}

/// What is told of: its function, and the place of its layer.
struct Subject {
    layer: Option<usize>,
    operations: Operations,
    function: Arc<Function>,
}

/// The functions ready to be worked through, and the way to their numbers.
struct Probe<F: Real> {
    subjects: Vec<Subject>,
    /// A copy for one sample, with what goes in.
    network: Option<(Network<F>, Vec<F>)>,
}

impl<F: Real> OperationsProbe<F> {
    /// The weights are others than those that were looked at, though the step may be the same.
    pub fn forget(&mut self) {
        self.of = None;
    }

    /// The graphs at the run's numbers: those of now if it is held, and of a moment ago if it runs; no graphs while nobody
    /// looks, and nothing where there are none.
    pub fn view(
        &mut self,
        experiment: &Experiment<F>,
        looked_at: (usize, usize),
        held: bool,
        asked: Option<Moment>,
    ) -> Option<OperationsView> {
        let functions = functions(experiment);
        if functions.is_empty() {
            return None;
        }
        if !self.wanted {
            (self.probe, self.view, self.of) = (None, None, None);
            return Some(OperationsView::default());
        }
        let step = experiment.steps();
        let known = self.of == Some(looked_at);
        if known && let Some(view) = self.view.as_ref().filter(|view| view.step == step) {
            return Some(view.clone());
        }
        let soon = match (asked, self.last) {
            (Some(asked), Some(last)) => asked.since(last) < PAUSE,
            _ => false,
        };
        if known && !held && soon {
            return self.view.clone();
        }
        if self.probe.as_ref().is_none_or(|probe| !probe.is_of(&functions)) {
            self.probe = Some(Probe::of(experiment, &functions));
        }
        let graphs = self.probe.as_mut()?.look(experiment, looked_at);
        (self.of, self.last) = (Some(looked_at), asked);
        self.view = Some(OperationsView { step, graphs });
        self.view.clone()
    }
}

/// All that scripts differentiate, with the places of their layers; none for a loss and a landscape.
fn functions<F: Real>(experiment: &Experiment<F>) -> Vec<(Option<usize>, &Arc<Function>)> {
    if let Some(landscape) = experiment.landscape() {
        return landscape.function().map(|function| (None, function)).into_iter().collect();
    }
    let Some(Learning { network, loss, .. }) = experiment.learning() else { return Vec::new() };
    let layers = (0..network.shapes().len()).filter_map(|at| Some((Some(at), network.function(at)?)));
    layers.chain(loss.function().map(|function| (None, function))).collect()
}

impl<F: Real> Probe<F> {
    fn of(experiment: &Experiment<F>, functions: &[(Option<usize>, &Arc<Function>)]) -> Self {
        let landscape = experiment.landscape().is_some();
        let subjects = functions.iter().map(|(layer, function)| {
            // Each with the very seed with which its own program begins.
            let operations = Operations::of(function, |graph| match layer {
                Some(_) => graph.tensor(Slot::Write(0)),
                None if landscape => graph.constant(1.0),
                None => {
                    let scale = graph.uniform(0);
                    graph.broadcast_like(scale, graph.shape(function.output))
                }
            });
            Subject { layer: *layer, operations, function: Arc::clone(function) }
        });
        let network = experiment.learning().map(|learning| {
            let mut x = vec![F::ZERO; learning.train.features()];
            gather(learning.train.x(), &[SAMPLE], &mut x);
            (learning.network.watched_for(1), x)
        });
        Self { subjects: subjects.collect(), network }
    }

    fn is_of(&self, functions: &[(Option<usize>, &Arc<Function>)]) -> bool {
        let own = self.subjects.iter().map(|subject| &subject.function);
        own.len() == functions.len() && own.zip(functions).all(|(own, (_, other))| Arc::ptr_eq(own, other))
    }

    fn look(&mut self, experiment: &Experiment<F>, looked_at: (usize, usize)) -> Vec<OperationGraph> {
        let params = experiment.params();
        if let Some((network, x)) = &mut self.network {
            if let Some(statistics) = experiment.statistics() {
                network.statistics_mut().values_mut().copy_from_slice(statistics.values());
            }
            network.forward(params, x, 1, Mode::Evaluate);
        }
        let told = self.subjects.iter().map(|subject| {
            let graph = |of, beside, lines| OperationGraph {
                of,
                source: subject.function.source.clone(),
                lines,
                left_out: subject.operations.left_out(),
                beside,
            };
            let Some((network, x)) = &self.network else {
                let [x, y] = [0, 1].map(|at| params.get(0)[at].to_f64());
                return graph(Differentiated::Landscape, [None; 2], subject.operations.at::<f64>(&[x, y], &[], &[]));
            };
            let layer = subject.layer.unwrap_or(network.shapes().len());
            let out_of = |layer: usize| layer.checked_sub(1).map_or(&x[..], |before| network.output(before));
            let units = out_of(layer).len();
            let (unit, beside) = chosen(network, params, layer, units, looked_at);
            let input = out_of(layer).get(unit).copied().unwrap_or(F::ZERO);
            if let Some(layer) = subject.layer {
                let of = Differentiated::Activation { layer: layer + 1, unit, units };
                return graph(of, beside, subject.operations.at(&[], &[input], &[F::from_f64(1.0)]));
            }
            let y = |output| experiment.learning().map_or(F::ZERO, |learning| target(learning, output));
            let of = Differentiated::Loss { output: unit, outputs: units };
            let lines = if subject.operations.is_over_outputs() {
                let y: Vec<F> = (0..units).map(y).collect();
                subject.operations.at_output(&[1.0], &[out_of(layer), &y], unit)
            } else {
                subject.operations.at(&[1.0], &[input, y(unit)], &[])
            };
            graph(of, beside, lines)
        });
        told.collect()
    }
}

/// What the first sample's output should be; a class is shown one-hot, as the loss sees it.
fn target<F: Real>(learning: &Learning<F>, output: usize) -> F {
    match learning.train.target() {
        Target::Classes { labels, .. } => {
            let own = labels.get(SAMPLE as usize).is_some_and(|label| *label as usize == output);
            F::from_f64(f64::from(u8::from(own)))
        }
        Target::Values(values) => values.get([SAMPLE as usize, output]).copied().unwrap_or(F::ZERO),
    }
}

/// The unit that the element belongs to which is looked at, if its parameter makes what goes into this layer; else the
/// first. And the elements to look at for those beside it.
fn chosen<F: Real>(
    network: &Network<F>,
    params: &Arena<F>,
    layer: usize,
    units: usize,
    (parameter, element): (usize, usize),
) -> (usize, [Option<(usize, usize)>; 2]) {
    let parameters = params.layout().parameters();
    let (mut first, mut own) = (0, 0..0);
    for shape in &network.shapes()[..layer] {
        let (mut left, begun) = (shape.parameters, first);
        while let Some(next) = parameters.get(first).filter(|next| next.len <= left && left > 0) {
            left -= next.len;
            first += 1;
        }
        if shape.parameters > 0 {
            own = begun..first;
        }
    }
    own = if own.clone().all(|at| parameters[at].shape.last() == Some(&units)) { own } else { 0..0 };
    let Some(last) = own.clone().next_back() else { return (0, [None; 2]) };
    let (parameter, element) = if own.contains(&parameter) { (parameter, element) } else { (last, 0) };
    let unit = element % units;
    let before = (unit > 0).then(|| (parameter, element - 1));
    let after = (unit + 1 < units).then_some((parameter, element + 1));
    (unit, [before, after])
}
