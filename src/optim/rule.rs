//! A rule: the program of an `update`, compiled for an arena of parameters, with its named state.
//!
//! The program exists twice: lean for training, and watched, where every named value is shown while it lies in a
//! register. Both give the same bits, so looking at a run never changes it.

mod broken;
mod state;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::compiled::{Compiled, compile, structure};
use super::ledger::{Before, Microscope, Reading, Statement};
use super::smoothing::Correction;
use super::watch::{Adapter, RuleWatch};
use crate::error::Result;
use crate::program::{Aligned, Call, Graph, Machines, NodeId, Op, Program, Real, TENSORS, Wanted, constants_of};
use arrayvec::ArrayVec;

pub use broken::{BrokenOperation, plain};
pub use state::{LateStart, RuleState};

/// How a state begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Initial {
    /// A tensor of the parameter's shape, by a node of [`RuleParts::start`].
    Tensor(NodeId),
    /// A number.
    Number(f64),
}

/// A named value that is kept from step to step.
#[derive(Debug, Clone, PartialEq)]
pub struct StateSpec {
    /// The script's own name: `v`.
    pub name: String,
    /// Its first value.
    pub initial: Initial,
}

/// A node with a name in the script.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    /// `v_hat`.
    pub name: String,
    /// The value.
    pub node: NodeId,
}

/// One traced call of `update`.
///
/// Its graph reads `dW` as `Slot::Read(0)`, `W` as `Slot::Write(0)`, the k-th tensor state as `Slot::Write(1 + k)`, the
/// k-th number state as `Number(k)`, `t` as `Uniform(0)` and the k-th hyper-parameter as `Uniform(1 + k)`.
#[derive(Debug, Clone, Default)]
pub struct Update {
    /// The arithmetic.
    pub graph: Graph,
    /// The new `W`.
    pub w: Option<NodeId>,
    /// The new value of every state, in the order of [`RuleParts::states`].
    pub states: Vec<NodeId>,
    /// The values that `let` names.
    pub names: Vec<Name>,
    /// The script's statements in the order in which they ran, the returned one last; empty if nobody asked for them.
    pub statements: Vec<Statement>,
}

/// Traces `update` anew at every step, for a script that branches on `t`, `h` or a number of its state.
pub trait Tracer: Send {
    /// The update of step `t` (from 1) with these hyper-parameters and numbers (all of the first parameter's); with its
    /// statements if the step is `told`.
    fn trace(&mut self, t: u64, hyper: &[f64], numbers: &[f64], told: bool) -> Result<Update>;
    /// What it has found out on the way and later traces depend on, so that it can be copied and put back.
    fn learned(&mut self) -> Option<&mut Vec<bool>> {
        None
    }
}

/// Where the program comes from.
pub enum Body {
    /// Traced once, with symbolic scalars.
    Once(Update),
    /// Traced at every step.
    EachStep(Box<dyn Tracer>),
}

/// What a rule is made of.
pub struct RuleParts {
    /// The script's name.
    pub name: String,
    /// Its hyper-parameters, in order.
    pub hyper: Vec<String>,
    /// Values that they may have, for a first look at a rule that is traced at every step.
    pub usual: Vec<f64>,
    /// Its state, in order.
    pub states: Vec<StateSpec>,
    /// The graph of the first values of tensor states; it reads `W` as `Slot::Write(0)`.
    pub start: Graph,
    /// The update.
    pub body: Body,
}

/// Steps from one clearing of the state to the next, see [`Rule::clear`].
pub(super) const CLEAR_EVERY: u64 = 64;

/// An optimizer at work on the parameters of one arena.
pub struct Rule<F> {
    name: String,
    /// The names of its hyper-parameters, in order.
    hyper: Vec<String>,
    states: Vec<StateSpec>,
    body: Body,
    segments: Vec<Range<usize>>,
    /// One arena for each tensor state.
    tensors: Vec<Aligned<F>>,
    /// States that began finite, in the order of `states`.
    began_finite: Vec<bool>,
    /// The first bits of each state, until it is seen to have changed or was told never to.
    still: Vec<Option<u64>>,
    /// The numbers of the first parameter, then of the second, ...
    numbers: Vec<f64>,
    numbers_each: usize,
    /// Those of the first parameter before the last update, of a rule that is traced at every step.
    numbers_before: Vec<f64>,
    compiled: Arc<Compiled>,
    constants: Vec<f64>,
    cache: HashMap<Vec<Op>, Arc<Compiled>>,
    machines: Machines<F>,
    uniforms: Vec<f64>,
    update_norms: Vec<f64>,
    scalars: Vec<f64>,
    /// The last watched step, of which the scalars are.
    watched: u64,
    microscope: Microscope<F>,
}

impl<F: Real> Rule<F> {
    /// Prepares the rule for parameters at `segments` of `w`, and fills its state for them.
    pub fn new(parts: RuleParts, w: &mut [F], segments: Vec<Range<usize>>) -> Result<Self> {
        let unassigned: Vec<usize> = parts.unassigned().collect();
        let RuleParts { name, hyper, usual, states, start, mut body } = parts;
        let first: Vec<f64> =
            states.iter().filter_map(|s| if let Initial::Number(v) = s.initial { Some(v) } else { None }).collect();
        let tensors_wanted: Vec<NodeId> =
            states.iter().filter_map(|s| if let Initial::Tensor(id) = s.initial { Some(id) } else { None }).collect();
        let mut machines = Machines::new();
        let mut tensors: Vec<_> = tensors_wanted.iter().map(|_| Aligned::zeros(w.len())).collect();
        let mut start = start;
        let outputs: Vec<(u8, NodeId)> =
            tensors_wanted.iter().enumerate().map(|(k, id)| (k as u8 + 1, start.broadcast(*id))).collect();
        let program = Program::new(&start, &Wanted { tensors: &outputs, ..Wanted::default() });
        let mut writes: ArrayVec<&mut [F], TENSORS> = ArrayVec::new();
        writes.push(w);
        writes.extend(tensors.iter_mut().map(|tensor| &mut **tensor));
        machines.run(
            &program,
            Call {
                constants: program.constants(),
                uniforms: &[],
                reads: ArrayVec::new(),
                writes,
                segments: &segments,
                numbers: &mut [],
                measures: &mut [],
                watch: None,
            },
        );
        let numbers = first.repeat(segments.len());
        let mut started = tensors.iter();
        let began_finite = states.iter().map(|state| match state.initial {
            Initial::Number(value) => value.is_finite(),
            Initial::Tensor(_) => {
                let values = started.next().map_or(&[][..], |values| &values[..]);
                segments.iter().all(|segment| values[segment.clone()].iter().all(|value| value.finite()))
            }
        });
        let began_finite = began_finite.collect();
        let mut cache = HashMap::new();
        let (compiled, constants) = match &mut body {
            Body::Once(update) => {
                let compiled = Arc::new(compile(update, &states, false));
                let constants = compiled.lean.constants().to_vec();
                (compiled, constants)
            }
            Body::EachStep(tracer) => {
                let update = tracer.trace(1, &usual, &first, false)?;
                let compiled = Arc::new(compile(&update, &states, true));
                cache.insert(structure(&update), compiled.clone());
                (compiled, constants_of(&update.graph))
            }
        };
        machines.fit(&compiled.lean);
        machines.fit(&compiled.watched);
        let mut rule = Self {
            name,
            numbers_each: first.len(),
            numbers_before: first.clone(),
            update_norms: vec![0.0; segments.len()],
            uniforms: vec![0.0; hyper.len() + 1],
            hyper,
            scalars: Vec::new(),
            watched: 0,
            microscope: Microscope::default(),
            states,
            body,
            segments,
            tensors,
            began_finite,
            still: Vec::new(),
            numbers,
            compiled,
            constants,
            cache,
            machines,
        };
        let first = |at| (!unassigned.contains(&at)).then(|| rule.bits_of(at));
        rule.still = (0..rule.states.len()).map(first).collect();
        Ok(rule)
    }

    /// The script's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names that a watched step shows: the states, then what `let` names.
    pub fn names(&self) -> &[String] {
        &self.compiled.names
    }

    /// How many of [`Rule::names`] are kept from step to step.
    pub fn kept(&self) -> usize {
        self.states.len()
    }

    /// How many kernels an unwatched step runs over the parameters: 1 if the arithmetic is of a usual shape.
    pub fn kernels(&self) -> usize {
        self.compiled.lean.kernels()
    }

    /// The decay of a state that is an average (the factor of its own old value), and whether the rule divides it by
    /// `1 - b^t`, as in the last watched step.
    pub fn average(&self, state: usize) -> (Option<f64>, Correction) {
        self.compiled.averages[state].at(self.watched, &self.scalars)
    }

    /// Looks at one element from the next watched step on; or at once, if it lies near the one looked at before.
    pub fn look_at(&mut self, parameter: usize, element: usize) {
        self.microscope.look_at(parameter, element);
    }

    /// The last watched update of the element looked at, as it was applied. None if there was none yet.
    pub fn reading(&self) -> Option<Reading> {
        let once = if let Body::Once(update) = &self.body { Some(update) } else { None };
        self.microscope.reading(once)
    }

    /// Update number `t` (from 1): changes `w` by the gradient `dw` with the hyper-parameters `hyper`, and returns
    /// |`W_new` - W| for each parameter.
    ///
    /// Allocates nothing if the script is traced once.
    pub fn step(
        &mut self,
        t: u64,
        hyper: &[f64],
        w: &mut [F],
        dw: &[F],
        watch: Option<&mut dyn RuleWatch<F>>,
    ) -> Result<&[f64]> {
        if let Body::EachStep(tracer) = &mut self.body {
            let told = watch.is_some() && self.microscope.looks();
            self.numbers_before.copy_from_slice(&self.numbers[..self.numbers_each]);
            let update = tracer.trace(t, hyper, &self.numbers[..self.numbers_each], told)?;
            let key = structure(&update);
            if !self.cache.contains_key(&key) {
                if self.cache.len() >= 256 {
                    self.cache.clear();
                }
                self.cache.insert(key.clone(), Arc::new(compile(&update, &self.states, true)));
            }
            self.compiled = self.cache[&key].clone();
            self.constants = constants_of(&update.graph);
            if told {
                self.microscope.keep(update);
            }
        }
        self.uniforms[0] = t as f64;
        self.uniforms[1..].copy_from_slice(hyper);
        let compiled = self.compiled.clone();
        self.scalars.resize(compiled.extra, f64::NAN);
        let named = compiled.names.len();
        let mut watch = watch;
        if let Some(watch) = watch.as_deref_mut() {
            watch.begin(&compiled.names);
            self.watched = t;
            self.microscope.before(&Before {
                t,
                uniforms: &self.uniforms,
                segments: &self.segments,
                numbers: &self.numbers,
                w,
                dw,
                states: &self.tensors,
                reductions: &compiled.reductions,
            });
        }
        let microscope = &mut self.microscope;
        let mut adapter = watch.map(|watch| Adapter { watch, named, scalars: &mut self.scalars, microscope });
        let program = if adapter.is_some() { &compiled.watched } else { &compiled.lean };
        let mut writes: ArrayVec<&mut [F], TENSORS> = ArrayVec::new();
        writes.push(w);
        writes.extend(self.tensors.iter_mut().map(|tensor| &mut **tensor));
        self.machines.run(
            program,
            Call {
                constants: &self.constants,
                uniforms: &self.uniforms,
                reads: [dw].into_iter().collect(),
                writes,
                segments: &self.segments,
                numbers: &mut self.numbers,
                measures: &mut self.update_norms,
                watch: adapter.as_mut().map(|a| a as &mut dyn crate::program::Watch<F>),
            },
        );
        for norm in &mut self.update_norms {
            *norm = norm.sqrt();
        }
        if t.is_multiple_of(CLEAR_EVERY) {
            self.clear();
        }
        Ok(&self.update_norms)
    }

    /// Sets to 0 what is denormal in the state: an average under decay would stick at the smallest denormal for ever, and
    /// processors are slow at denormals. Once in a while is enough; in the update the test took a fifth of Adam's time.
    fn clear(&mut self) {
        for value in self.tensors.iter_mut().flat_map(|tensor| tensor.iter_mut()) {
            *value = if value.abs() < F::TINY { F::ZERO } else { *value };
        }
    }

    /// A number that tells the bits of a state, over all parameters, from others.
    fn bits_of(&self, state: usize) -> u64 {
        let mut told = 0_u64;
        let mut mix = |value: f64| told = (told.rotate_left(5) ^ value.to_bits()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for parameter in 0..self.segments.len() {
            match self.state_of(parameter).nth(state) {
                Some((_, StateValue::Tensor(values))) => values.iter().for_each(|value| mix(value.to_f64())),
                Some((_, StateValue::Number(value))) => mix(value),
                None => {}
            }
        }
        told
    }

    /// Looks which states have changed since the start; one that has is not looked at again.
    pub fn look_for_change(&mut self) {
        for at in 0..self.still.len() {
            if self.still[at].is_some_and(|first| first != self.bits_of(at)) {
                self.still[at] = None;
            }
        }
    }

    /// States that [`Rule::look_for_change`] has never seen changed, though the update assigns them.
    pub fn still(&self) -> impl Iterator<Item = &str> {
        self.states.iter().zip(&self.still).filter(|(_, still)| still.is_some()).map(|(state, _)| state.name.as_str())
    }

    /// Every state as (name, tensor or number), for one parameter, for files and pictures.
    pub fn state_of(&self, parameter: usize) -> impl Iterator<Item = (&str, StateValue<'_, F>)> {
        let (mut tensor, mut number) = (0, 0);
        self.states.iter().map(move |state| {
            let value = match state.initial {
                Initial::Tensor(_) => {
                    tensor += 1;
                    StateValue::Tensor(&self.tensors[tensor - 1][self.segments[parameter].clone()])
                }
                Initial::Number(_) => {
                    number += 1;
                    StateValue::Number(self.numbers[parameter * self.numbers_each + number - 1])
                }
            };
            (state.name.as_str(), value)
        })
    }
}

/// A state of one parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StateValue<'a, F> {
    /// One value an element.
    Tensor(&'a [F]),
    /// One number.
    Number(f64),
}
