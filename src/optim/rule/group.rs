//! The parameters of an arena that share one program and the values of its hyper-parameters: all of them, where a script asks
//! nothing of the parameter and the lab sets the same for all.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrayvec::ArrayVec;

use super::variants::Variants;
use super::{Body, Initial, Name, RuleProgram, StateSpec, Update, staged};
use crate::error::Result;
use crate::optim::compiled::{Compiled, Holds, compile, is_staged, structure};
use crate::optim::ledger::{Before, Microscope};
use crate::optim::watch::{Adapter, RuleWatch};
use crate::program::{Aligned, Call, Machines, NodeId, Op, Program, Real, Shape, TENSORS, Wanted, constants_of};

/// Compiled programs that a rule which is traced at every step keeps.
const KEPT: usize = 256;

/// See the head of this file.
pub(in crate::optim) struct Group {
    /// The places of its parameters in the arena's layout.
    pub parameters: Vec<usize>,
    /// Where they lie.
    pub segments: Vec<Range<usize>>,
    /// Their shapes.
    pub shapes: Vec<Shape>,
    /// Their names.
    pub names: Vec<String>,
    /// Which of the lab's settings of the hyper-parameters is theirs.
    setting: usize,
    pub states: Vec<StateSpec>,
    /// The shape of each tensor state that has not the parameter's.
    pub state_shapes: Vec<Option<Shape>>,
    pub body: Body,
    /// The numbers of the first parameter, then of the second, ...
    pub numbers: Vec<f64>,
    pub numbers_each: usize,
    /// Those of the first parameter before the last update, of a rule that branches.
    pub numbers_before: Vec<f64>,
    pub compiled: Arc<Compiled>,
    pub constants: Arc<[f64]>,
    /// What a rule that branches does at this step.
    pub update: Option<Arc<Update>>,
    /// What the last watched update was compiled to.
    pub watched: Option<Arc<Compiled>>,
    pub variants: Variants,
    cache: HashMap<(Vec<Op>, Vec<Name>), Arc<Compiled>>,
    /// `t`, then the hyper-parameters, of the last update.
    pub uniforms: Vec<f64>,
    update_norms: Vec<f64>,
    /// What explains averages, of the last watched update.
    pub scalars: Vec<f64>,
    /// Of each of its names the place among those of the whole rule.
    pub places: Vec<usize>,
}

/// What a script does, where it branches.
#[derive(Clone)]
pub(super) struct Path {
    pub update: Arc<Update>,
    pub compiled: Arc<Compiled>,
    pub constants: Arc<[f64]>,
}

/// The parameters of a group: their places in the layout, where they lie, their shapes and names.
#[derive(Clone, Default)]
pub(super) struct Members {
    pub parameters: Vec<usize>,
    pub segments: Vec<Range<usize>>,
    pub shapes: Vec<Shape>,
    pub names: Vec<String>,
}

/// What an update runs on.
pub(super) struct Run<'a, F> {
    pub w: &'a mut [F],
    /// The gradient, and what else comes in.
    pub reads: &'a [&'a [F]],
    /// The arenas of tensor states; a group takes as many as it has, in the order of its states.
    pub tensors: &'a mut [Aligned<F>],
    /// Where in them the state of each parameter lies.
    pub places: &'a [Vec<Range<usize>>],
    pub machines: &'a mut Machines<F>,
    pub microscope: &'a mut Microscope<F>,
    pub watch: Option<&'a mut dyn RuleWatch<F>>,
}

impl<F> Run<'_, F> {
    /// The same for another group.
    pub fn again(&mut self) -> Run<'_, F> {
        let watch = self.watch.as_mut().map(|watch| &mut **watch as &mut dyn RuleWatch<F>);
        Run {
            w: &mut *self.w,
            reads: self.reads,
            tensors: &mut *self.tensors,
            places: self.places,
            machines: &mut *self.machines,
            microscope: &mut *self.microscope,
            watch,
        }
    }
}

impl Group {
    /// Prepares the program for these parameters at these segments. `usual` are values that the hyper-parameters may have.
    pub fn new(
        program: RuleProgram,
        Members { parameters, segments, shapes, names }: Members,
        setting: usize,
        usual: &[f64],
    ) -> Result<Self> {
        let RuleProgram { states, body, .. } = program;
        let first: Vec<f64> =
            states.iter().filter_map(|s| if let Initial::Number(v) = s.initial { Some(v) } else { None }).collect();
        let empty = Update::default();
        let update = if let Body::Once(update) = &body { update } else { &empty };
        let mut group = Self {
            numbers: first.repeat(segments.len()),
            numbers_each: first.len(),
            numbers_before: first,
            update_norms: vec![0.0; segments.len()],
            uniforms: vec![0.0; usual.len() + 1],
            scalars: Vec::new(),
            places: Vec::new(),
            parameters,
            segments,
            shapes,
            names,
            setting,
            state_shapes: tensor_shapes(&states).collect(),
            compiled: Arc::new(compile(update, &states, Holds::Always)),
            constants: constants_of(&update.graph).into(),
            states,
            body,
            update: None,
            watched: None,
            variants: Variants::default(),
            cache: HashMap::new(),
        };
        if matches!(group.body, Body::EachStep(_)) {
            group.first_look(usual)?;
        }
        Ok(group)
    }

    /// Gives the tensor states of its parameters their first values.
    pub fn start<F: Real>(
        program: &RuleProgram,
        members: &Members,
        w: &mut [F],
        (tensors, places): (&mut [Aligned<F>], &[Vec<Range<usize>>]),
        machines: &mut Machines<F>,
    ) {
        if is_staged(&program.start) {
            return staged::start(program, members, w, (tensors, places));
        }
        let segments = &members.segments[..];
        let mut start = program.start.clone();
        let wanted: Vec<NodeId> = program.tensors().collect();
        let outputs: Vec<(u8, NodeId)> =
            wanted.iter().enumerate().map(|(k, id)| (k as u8 + 1, start.broadcast(*id))).collect();
        let first = Program::new(&start, &Wanted { tensors: &outputs, ..Wanted::default() });
        let mut writes: ArrayVec<&mut [F], TENSORS> = ArrayVec::new();
        writes.push(w);
        writes.extend(tensors.iter_mut().take(wanted.len()).map(|tensor| &mut **tensor));
        let call = Call {
            constants: first.constants(),
            uniforms: &[],
            reads: ArrayVec::new(),
            writes,
            segments,
            numbers: &mut [],
            measures: &mut [],
            watch: None,
        };
        machines.run(&first, call);
    }

    /// Gives update number `t` its scalars. `hyper` has the values of all settings.
    pub fn begin(&mut self, t: u64, hyper: &[f64]) {
        let count = self.uniforms.len() - 1;
        self.uniforms[0] = t as f64;
        self.uniforms[1..].copy_from_slice(&hyper[self.setting * count..(self.setting + 1) * count]);
        self.numbers_before.copy_from_slice(&self.numbers[..self.numbers_each]);
    }

    /// Calls a script that branches with the numbers of this step.
    pub fn trace(&mut self, told: bool) -> Result<Option<Path>> {
        let Body::EachStep(tracer) = &mut self.body else { return Ok(None) };
        let Some((t, hyper)) = self.uniforms.split_first() else { return Ok(None) };
        let update = tracer.trace(*t as u64, hyper, &self.numbers[..self.numbers_each], told)?;
        let key = structure(&update);
        if !self.cache.contains_key(&key) {
            if self.cache.len() >= KEPT {
                self.cache.clear();
            }
            self.cache.insert(key.clone(), Arc::new(compile(&update, &self.states, Holds::ThisStep)));
        }
        let compiled = self.cache[&key].clone();
        Ok(Some(Path { compiled, constants: constants_of(&update.graph).into(), update: Arc::new(update) }))
    }

    /// Does this from now on.
    pub fn go(&mut self, path: Path) {
        (self.compiled, self.constants, self.update) = (path.compiled, path.constants, Some(path.update));
    }

    /// Keeps the parameters that stay, and gives the others as a group that goes on with what is known.
    pub fn split(&mut self, stays: &[bool]) -> Self {
        let each = self.numbers_each;
        let body = match &self.body {
            Body::Once(update) => Body::Once(update.clone()),
            Body::EachStep(tracer) => Body::EachStep(tracer.again()),
        };
        let others: Vec<bool> = stays.iter().map(|stays| !stays).collect();
        let numbers = |of: &[bool]| {
            let all = self.numbers.chunks_exact(each).zip(of).filter(|(_, own)| **own);
            all.flat_map(|(numbers, _)| numbers.iter().copied()).collect::<Vec<f64>>()
        };
        let (own_numbers, other_numbers) = (numbers(stays), numbers(&others));
        let count = other_numbers.len() / each;
        let other = Self {
            parameters: kept(&self.parameters, &others),
            segments: kept(&self.segments, &others),
            shapes: kept(&self.shapes, &others),
            names: kept(&self.names, &others),
            setting: self.setting,
            states: self.states.clone(),
            state_shapes: self.state_shapes.clone(),
            body,
            numbers_each: each,
            numbers_before: other_numbers[..each].to_vec(),
            numbers: other_numbers,
            compiled: self.compiled.clone(),
            constants: self.constants.clone(),
            update: self.update.clone(),
            watched: self.watched.clone(),
            variants: self.variants.parted(),
            cache: self.cache.clone(),
            uniforms: self.uniforms.clone(),
            update_norms: vec![0.0; count],
            scalars: self.scalars.clone(),
            places: self.places.clone(),
        };
        self.parameters = kept(&self.parameters, stays);
        self.segments = kept(&self.segments, stays);
        self.shapes = kept(&self.shapes, stays);
        self.names = kept(&self.names, stays);
        self.numbers = own_numbers;
        self.update_norms.truncate(self.parameters.len());
        other
    }

    /// Keeps what comes into the update of the element that is looked at, if it is one of the group's.
    pub fn look<F: Real>(&mut self, t: u64, run: &mut Run<'_, F>) {
        if run.watch.is_some() {
            self.scalars.resize(self.compiled.extra, f64::NAN);
            self.watched = Some(self.compiled.clone());
        }
        let looked_at = run.microscope.parameter().filter(|_| run.watch.is_some());
        let Some(at) = looked_at.and_then(|looked| self.parameters.iter().position(|at| *at == looked)) else { return };
        run.microscope.before(&Before {
            t,
            uniforms: &self.uniforms,
            parameter: self.parameters[at],
            segment: self.segments[at].clone(),
            own: self.shapes[at],
            numbers: &self.numbers[at * self.numbers_each..(at + 1) * self.numbers_each],
            w: run.w,
            reads: run.reads,
            states: &run.tensors[..self.compiled.tensors],
            places: run.places,
            shapes: &self.state_shapes,
            taken: &self.compiled.taken,
        });
    }

    /// The update of its parameters, see [`Rule::step`](super::Rule::step). Writes |`W_new` - W| of each into `norms`, by its
    /// place in the layout.
    pub fn run<F: Real>(&mut self, t: u64, mut run: Run<'_, F>, norms: &mut [f64]) {
        let compiled = self.compiled.clone();
        let Some((lean, watched)) = compiled.programs() else { return };
        self.look(t, &mut run);
        let Run { w, reads, tensors, machines, microscope, watch, .. } = run;
        let tensors = &mut tensors[..compiled.tensors];
        let (parameters, places, scalars) = (&self.parameters, &self.places, &mut self.scalars);
        let mut adapter = watch.map(|watch| Adapter { watch, parameters, places, scalars, microscope });
        let program = if adapter.is_some() { watched } else { lean };
        let mut writes: ArrayVec<&mut [F], TENSORS> = ArrayVec::new();
        writes.push(w);
        writes.extend(tensors.iter_mut().map(|tensor| &mut **tensor));
        let call = Call {
            constants: &self.constants,
            uniforms: &self.uniforms,
            reads: reads.iter().copied().collect(),
            writes,
            segments: &self.segments,
            numbers: &mut self.numbers,
            measures: &mut self.update_norms,
            watch: adapter.as_mut().map(|a| a as &mut dyn crate::program::Watch<F>),
        };
        machines.run(program, call);
        for (parameter, square) in self.parameters.iter().zip(&self.update_norms) {
            norms[*parameter] = square.sqrt();
        }
    }

    /// Of each of its states the place in `tensors` or among the numbers of a parameter.
    pub fn state_places(&self) -> impl Iterator<Item = (&StateSpec, StatePlace)> {
        let (mut tensor, mut number) = (0, 0);
        self.states.iter().map(move |state| {
            let place = match state.initial {
                Initial::Tensor(_) => {
                    tensor += 1;
                    StatePlace::Tensor(tensor - 1)
                }
                Initial::Number(_) => {
                    number += 1;
                    StatePlace::Number(number - 1)
                }
            };
            (state, place)
        })
    }
}

/// Those that stay.
fn kept<T: Clone>(all: &[T], stays: &[bool]) -> Vec<T> {
    all.iter().zip(stays).filter(|(_, stays)| **stays).map(|(one, _)| one.clone()).collect()
}

/// The shapes of tensor states, in order; none is the parameter's.
pub(super) fn tensor_shapes(states: &[StateSpec]) -> impl Iterator<Item = Option<Shape>> {
    states.iter().filter(|state| matches!(state.initial, Initial::Tensor(_))).map(|state| state.shape)
}

/// Where a state lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StatePlace {
    /// Among the arenas of tensor states.
    Tensor(usize),
    /// Among the numbers of a parameter.
    Number(usize),
}
