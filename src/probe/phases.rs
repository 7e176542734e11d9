//! An update taken apart into its phases: what was found on copies just before it was made, and what the step then told of
//! itself. It is kept for as long as the run stands there, so that another element of it can be looked at.

use crate::data::Target;
use crate::nn::Network;
use crate::optim::Clip;
use crate::program::{Arena, Layout, Real, exact_norm, norm_of};
use crate::snapshot::{
    BatchPhase, BatchTargets, ClipPhase, ElementGradient, ForwardPhase, GradientPhase, LossPhase, MeanPhase, Phase,
    PhasesView, UnitOutput, UpdatePhase, element_name,
};
use crate::train::{Ahead, BatchPass, Experiment, Learning, NetworkPass, Pass, StepReport};

/// An update that was taken apart.
pub(crate) struct Walked<F: Real> {
    /// The number by which it was asked for.
    walk: u64,
    ahead: Ahead<F>,
    /// What came of it.
    outcome: Outcome,
}

/// What came of a step.
enum Outcome {
    /// It was made: the rule, and |`W_new` - W| over all parameters.
    Made { rule: String, norm: f64 },
    /// It broke, and why.
    Broken(String),
}

impl<F: Real> Walked<F> {
    /// The step that was looked at was made, or broke for this reason.
    pub fn new(walk: u64, ahead: Ahead<F>, rule: &str, made: Result<&StepReport, String>) -> Self {
        let outcome = match made {
            Ok(report) => Outcome::Made { rule: rule.to_owned(), norm: report.update_norm },
            Err(why) => Outcome::Broken(why),
        };
        Self { walk, ahead, outcome }
    }

    /// What is seen of it, with the element that is looked at, while the run stands where it was made.
    pub fn view(&self, experiment: &Experiment<F>, looked_at: (usize, usize)) -> Option<PhasesView> {
        let broken = matches!(self.outcome, Outcome::Broken(_));
        if experiment.steps() + u64::from(broken) != self.ahead.step {
            return None;
        }
        let layout = self.ahead.grads.layout();
        let parameter = layout.parameters().get(looked_at.0)?;
        let element = (looked_at.0, looked_at.1.min(parameter.len.saturating_sub(1)));
        let mut phases = match &self.ahead.pass {
            Pass::Network(pass) => self.of_network(pass, experiment.learning()?, element),
            Pass::Landscape(spot) => {
                let at = [(0, spot.x), (1, spot.y)].map(|(place, weight)| (name(layout, (0, place)), weight)).to_vec();
                let own = [spot.dx, spot.dy];
                let elements = (0..2).map(|place| self.element((0, place), own[place], "the noise")).collect();
                vec![Phase::Height { at, height: spot.height }, self.gradient(true, elements)]
            }
        };
        // Of mini-batches behind one that broke there is no gradient to be clipped.
        let whole = !matches!(&self.ahead.pass, Pass::Network(pass) if pass.losses.len() < pass.count);
        phases.extend(self.clip(element).filter(|_| whole));
        match &self.outcome {
            Outcome::Made { rule, norm } => {
                let element = name(layout, element);
                let second = experiment.second_gradient().map(|grads| exact_norm(grads.values()));
                phases.push(Phase::Update(UpdatePhase { rule: rule.clone(), element, norm: *norm, second }));
            }
            Outcome::Broken(why) => {
                // What is not finite has nothing after it.
                let sound = phases.iter().take_while(|phase| is_finite(phase)).count();
                phases.truncate(sound + 1);
                phases.push(Phase::Broken(why.clone()));
            }
        }
        Some(PhasesView { walk: self.walk, step: self.ahead.step, phases })
    }

    fn of_network(&self, pass: &NetworkPass<F>, learning: &Learning<F>, element: (usize, usize)) -> Vec<Phase> {
        let several = pass.count > 1;
        let mut phases = Vec::new();
        for (batch, of_data) in pass.batches.iter().zip(&pass.losses) {
            phases.extend(self.of_batch((pass, batch), learning, element));
            // The penalty is added to the mean of several, once.
            let penalty = Some(pass.penalty).filter(|_| !several && !learning.penalty.is_none());
            phases.push(Phase::Loss(loss(batch, learning, (*of_data, penalty))));
            match &batch.grads {
                Some(grads) => phases.push(own_gradient(grads, element)),
                None if !several => {
                    let elements = vec![self.of_element(pass, element)];
                    phases.push(self.gradient(false, elements));
                }
                None => {}
            }
        }
        if several && pass.losses.len() == pass.count {
            let of_each = pass.batches.iter().filter_map(|batch| Some(value(batch.grads.as_ref()?, element)));
            phases.push(Phase::Mean(MeanPhase {
                losses: pass.losses.clone(),
                of_data: pass.of_data,
                penalty: (!learning.penalty.is_none()).then_some(pass.penalty),
                loss: pass.of_data + pass.penalty,
                norm: self.norm(),
                norms: self.norms(),
                of_each: of_each.collect(),
                element: self.of_element(pass, element),
            }));
        }
        phases
    }

    /// What a mini-batch is and what the layers make of it.
    fn of_batch(
        &self,
        (pass, batch): (&NetworkPass<F>, &BatchPass<F>),
        learning: &Learning<F>,
        element: (usize, usize),
    ) -> [Phase; 2] {
        let Learning { train, network, .. } = learning;
        let targets = match train.target() {
            Target::Classes { labels, names } => {
                let labels = batch.rows.iter().filter_map(|row| labels.get(*row as usize).copied()).collect();
                BatchTargets::Classes { labels, names: names.clone() }
            }
            Target::Values(values) => {
                let of = |row: &u32| values.row(*row as usize).iter().map(|value| value.to_f64()).collect::<Vec<_>>();
                BatchTargets::Values { values: batch.rows.iter().flat_map(of).collect(), each: values.ncols() }
            }
        };
        let first = pass.batches.first().map_or(batch.place, |first| first.place);
        let told = BatchPhase {
            of_update: (pass.count > 1).then_some(((batch.place - first) as usize + 1, pass.count)),
            place: (batch.place, pass.per_epoch),
            epoch: pass.epoch,
            samples: batch.rows.iter().map(|row| number(*row)).collect(),
            all: train.samples(),
            shuffled: pass.shuffled,
            targets,
        };
        let layers = network.shapes().iter().zip(&batch.layers).enumerate().map(|(at, (shape, output))| {
            let name = match shape.name.as_str() {
                "dense" => format!("{} dense {}x{}", at + 1, shape.inputs, shape.outputs),
                name => format!("{} {name}", at + 1),
            };
            (name, output.rms)
        });
        let forward = ForwardPhase { layers: layers.collect(), unit: self.unit(batch, network, element) };
        [Phase::Batch(told), Phase::Forward(forward)]
    }

    /// The unit that an element of a dense layer leads to, for the first sample of the batch.
    fn unit(&self, batch: &BatchPass<F>, network: &Network<F>, element: (usize, usize)) -> Option<UnitOutput> {
        let layout = self.ahead.grads.layout();
        let (layer, shape) = layer_of(network, layout, element.0)?;
        let unit = element.1 % shape.max(1);
        let of = |layer: usize| Some(batch.layers.get(layer)?.first.get(unit)?.to_f64());
        let net_input = of(layer)?;
        let behind = network.shapes().get(layer + 1).filter(|_| network.is_activation(layer + 1));
        let activation = behind.and_then(|shape| Some((shape.name.clone(), of(layer + 1)?)));
        let into = layer.checked_sub(1).map_or(&batch.x, |before| &batch.layers[before].first);
        let row = Some(element.1 / shape.max(1)).filter(|_| layout.parameters()[element.0].shape.len() > 1);
        let input = row.and_then(|row| Some((row, into.get(row)?.to_f64())));
        let (element, sample) = (name(layout, element), number(*batch.rows.first()?));
        Some(UnitOutput { element, layer: layer + 1, unit, sample, input, net_input, activation })
    }

    fn gradient(&self, descends: bool, elements: Vec<ElementGradient>) -> Phase {
        Phase::Gradient(GradientPhase { descends, norm: self.norm(), norms: self.norms(), elements })
    }

    fn norms(&self) -> Vec<(String, f64)> {
        norms(self.ahead.grads.layout(), &self.ahead.norms)
    }

    fn norm(&self) -> f64 {
        norm_of(self.ahead.norms.iter().copied())
    }

    /// The derivative of the loss of an update by an element.
    fn of_element(&self, pass: &NetworkPass<F>, element: (usize, usize)) -> ElementGradient {
        let own = value(pass.grads_of_data.as_ref().unwrap_or(&self.ahead.grads), element);
        self.element(element, own, "the penalty")
    }

    /// The derivative by an element, which is its own and what is added to it.
    fn element(&self, element: (usize, usize), own: f64, added: &'static str) -> ElementGradient {
        let value = value(&self.ahead.grads, element);
        let adds = match &self.ahead.pass {
            Pass::Network(pass) => pass.grads_of_data.is_some(),
            // Without noise they are the same bits.
            Pass::Landscape(_) => value.to_bits() != own.to_bits(),
        };
        let name = format!("d{}", name(self.ahead.grads.layout(), element));
        ElementGradient { name, own, added: adds.then_some((added, value - own)), value }
    }

    fn clip(&self, element: (usize, usize)) -> Option<Phase> {
        let Ahead { grads, clipped, .. } = &self.ahead;
        let (clip, clipped) = clipped.as_ref()?;
        let layout = grads.layout();
        let norm = |arena: &Arena<F>| norm_of((0..layout.parameters().len()).map(|at| exact_norm(arena.get(at))));
        let others = |at: usize| grads.get(at).iter().zip(clipped.get(at)).filter(|(a, b)| a != b).count();
        let changed = (0..layout.parameters().len()).map(others).sum();
        let looked_at = match &self.ahead.pass {
            Pass::Network(_) => vec![element],
            Pass::Landscape(_) => vec![(0, 0), (0, 1)],
        };
        let told = |(parameter, at): (usize, usize)| {
            let of = |arena: &Arena<F>| arena.get(parameter)[at].to_f64();
            (format!("d{}", name(layout, (parameter, at))), of(grads), of(clipped))
        };
        Some(Phase::Clip(ClipPhase {
            limit: clip.limit(),
            each: matches!(clip, Clip::Value(_)),
            before: self.norm(),
            after: if changed == 0 { self.norm() } else { norm(clipped) },
            changed: (changed, layout.count()),
            elements: looked_at.into_iter().map(told).collect(),
        }))
    }
}

/// A sample's number, from 1.
fn number(row: u32) -> u32 {
    row + 1
}

fn value<F: Real>(arena: &Arena<F>, (parameter, element): (usize, usize)) -> f64 {
    arena.get(parameter)[element].to_f64()
}

/// The norms of parameters, the last layer's first.
fn norms(layout: &Layout, norms: &[f64]) -> Vec<(String, f64)> {
    let named = layout.parameters().iter().zip(norms).map(|(parameter, norm)| (parameter.name.clone(), *norm));
    named.rev().collect()
}

fn loss<F: Real>(batch: &BatchPass<F>, learning: &Learning<F>, (of_data, penalty): (f64, Option<f64>)) -> LossPhase {
    let Learning { network, loss, .. } = learning;
    let outputs = network.output_width();
    let sized = batch.each.iter().zip(&batch.rows).map(|(loss, row)| (number(*row), *loss));
    let least = sized.clone().reduce(|a, b| if b.1 < a.1 { b } else { a });
    let most = sized.reduce(|a, b| if b.1 > a.1 { b } else { a });
    LossPhase {
        name: loss.name(),
        loss: of_data + penalty.unwrap_or(0.0),
        of_data,
        penalty,
        samples: batch.rows.len(),
        outputs: (!loss.is_of_samples() && outputs > 1).then_some(outputs),
        extremes: least.zip(most).filter(|_| batch.rows.len() > 1).map(|(least, most)| [least, most]),
    }
}

/// The gradient of one of several mini-batches.
fn own_gradient<F: Real>(grads: &Arena<F>, element: (usize, usize)) -> Phase {
    let layout = grads.layout();
    let each: Vec<f64> = (0..layout.parameters().len()).map(|at| exact_norm(grads.get(at))).collect();
    let own = value(grads, element);
    let element = ElementGradient { name: format!("d{}", name(layout, element)), own, added: None, value: own };
    Phase::Gradient(GradientPhase {
        descends: false,
        norm: norm_of(each.iter().copied()),
        norms: norms(layout, &each),
        elements: vec![element],
    })
}

/// The layer that a parameter belongs to, and its units, if it is one whose elements each lead to a unit.
fn layer_of<F: Real>(network: &Network<F>, layout: &Layout, parameter: usize) -> Option<(usize, usize)> {
    // Layers take their parameters in order, so they are counted off by their sizes.
    let before: usize = layout.parameters()[..parameter].iter().map(|p| p.len).sum();
    let mut end = 0;
    let at = network.shapes().iter().position(|shape| {
        end += shape.parameters;
        before < end
    })?;
    let units = network.shapes()[at].outputs;
    (layout.parameters()[parameter].shape.last() == Some(&units)).then_some((at, units))
}

/// `W1[3,5]`, `x`.
fn name(layout: &Layout, (parameter, element): (usize, usize)) -> String {
    let parameter = &layout.parameters()[parameter];
    element_name(&parameter.name, &parameter.shape, element)
}

/// All that a phase comes to is finite.
fn is_finite(phase: &Phase) -> bool {
    match phase {
        Phase::Forward(forward) => forward.layers.iter().all(|(_, size)| size.is_finite()),
        Phase::Loss(loss) => loss.loss.is_finite(),
        Phase::Height { height, .. } => height.is_finite(),
        Phase::Gradient(gradient) => gradient.norms.iter().all(|(_, norm)| norm.is_finite()),
        Phase::Mean(mean) => mean.loss.is_finite() && mean.norms.iter().all(|(_, norm)| norm.is_finite()),
        _ => true,
    }
}
