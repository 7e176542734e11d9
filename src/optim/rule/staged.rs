//! The groups of a rule whose programs are cut into stages, run together: a total is of all their parameters.

use std::ops::Range;
use std::sync::Arc;

use arrayvec::ArrayVec;

use super::RuleProgram;
use super::group::{Group, Members, Run};
use super::totals;
use crate::error::{Error, Result};
use crate::optim::compiled::{Compiled, Wants};
use crate::optim::ledger::Microscope;
use crate::optim::watch::RuleWatch;
use crate::program::{
    Aligned, Graph, NodeId, Real, Shape, Stages, StagesCall, StagesMachine, StagesPart, TENSORS, Watch, constants_of,
};

/// Stages that a rule which is traced at every step keeps.
const KEPT: usize = 64;

/// Stages ready to run, for these programs.
struct Ready {
    /// The groups that are cut, and what each is compiled to: groups that have parted go the same ways at different steps.
    of: Vec<(usize, Arc<Compiled>)>,
    lean: Stages,
    watched: Stages,
    /// Of each parameter its group, its place there, and its place in the layout.
    parameters: Vec<(usize, usize, usize)>,
    /// Where they lie in the arena of the weights, and in those of the states.
    segments: Vec<Range<usize>>,
    places: Vec<Vec<Range<usize>>>,
}

/// How many numbers are taken for a step of these groups beside their states, as they have been compiled last.
pub(super) fn numbers_of_step(groups: &[Group], places: &[Vec<Range<usize>>]) -> Result<f64> {
    if groups.iter().all(|group| group.compiled.wants().is_none()) {
        return Ok(0.0);
    }
    let Ready { lean, watched, .. } = Ready::new(groups, places)?;
    Ok(Stages::numbers_for(&[&lean, &watched]))
}

/// See the head of this file.
pub(super) struct Staged<F: Real> {
    /// Those in use come last.
    ready: Vec<Ready>,
    uniforms: Vec<Vec<f64>>,
    constants: Vec<Vec<f64>>,
    numbers: Vec<Vec<f64>>,
    measures: Vec<f64>,
    machine: StagesMachine<F>,
}

impl<F: Real> Default for Staged<F> {
    fn default() -> Self {
        Self {
            ready: Vec::new(),
            uniforms: Vec::new(),
            constants: Vec::new(),
            numbers: Vec::new(),
            measures: Vec::new(),
            machine: StagesMachine::default(),
        }
    }
}

impl<F: Real> Staged<F> {
    /// Makes ready for what the groups have been compiled to. Allocates nothing where that has not changed.
    pub fn prepare(&mut self, groups: &[Group], places: &[Vec<Range<usize>>]) -> Result<()> {
        let cut = || groups.iter().enumerate().filter(|(_, group)| group.compiled.wants().is_some());
        let now = || cut().map(|(at, group)| (at, Arc::as_ptr(&group.compiled)));
        let is_for = |ready: &Ready| ready.of.iter().map(|(at, compiled)| (*at, Arc::as_ptr(compiled))).eq(now());
        if self.ready.last().is_some_and(is_for) || (self.ready.is_empty() && cut().next().is_none()) {
            return Ok(());
        }
        if let Some(at) = self.ready.iter().position(is_for) {
            self.ready[at..].rotate_left(1);
        } else {
            totals::check(groups)?;
            let ready = Ready::new(groups, places)?;
            if self.ready.len() >= KEPT {
                self.ready.remove(0);
            }
            self.machine.fit(&ready.lean);
            self.machine.fit(&ready.watched);
            let count = ready.parameters.len().max(self.numbers.len());
            for room in [&mut self.uniforms, &mut self.constants, &mut self.numbers] {
                room.resize_with(count, Vec::new);
            }
            self.measures.resize(count, 0.0);
            self.ready.push(ready);
        }
        Ok(())
    }

    /// Parameters are grouped otherwise from now on.
    pub fn forget(&mut self) {
        self.ready.clear();
    }

    /// Kernels of an unwatched step, for all its parameters.
    pub fn kernels(&self) -> usize {
        self.ready.last().map_or(0, |ready| ready.lean.kernels())
    }

    /// The update of all parameters of these groups.
    pub fn run(&mut self, t: u64, groups: &mut [Group], run: Run<'_, F>, norms: &mut [f64]) {
        let Some(ready) = self.ready.last() else { return };
        let mut run = run;
        for group in groups.iter_mut().filter(|group| group.compiled.wants().is_some()) {
            group.look(t, &mut run);
        }
        let parameters = &ready.parameters[..];
        for (plan, (group, at, _)) in parameters.iter().enumerate() {
            let group = &groups[*group];
            let own = *at * group.numbers_each..(*at + 1) * group.numbers_each;
            copy(&mut self.uniforms[plan], &group.uniforms);
            copy(&mut self.constants[plan], &group.constants);
            copy(&mut self.numbers[plan], &group.numbers[own]);
        }
        let Run { w, reads, tensors, microscope, watch, .. } = run;
        let stages = if watch.is_some() { &ready.watched } else { &ready.lean };
        let mut writes: ArrayVec<(&mut [F], &[Range<usize>]), TENSORS> = ArrayVec::new();
        writes.push((w, &ready.segments));
        writes.extend(tensors.iter_mut().zip(&ready.places).map(|(tensor, places)| (&mut **tensor, &places[..])));
        let own = &mut *groups;
        let mut adapter = watch.map(|watch| Adapter { watch, parameters, groups: own, microscope });
        let count = parameters.len();
        let call = StagesCall {
            constants: &self.constants[..count],
            uniforms: &self.uniforms[..count],
            reads: reads.iter().map(|read| (*read, &ready.segments[..])).collect(),
            writes,
            numbers: &mut self.numbers[..count],
            measures: &mut self.measures[..count],
            watch: adapter.as_mut().map(|adapter| adapter as &mut dyn Watch<F>),
        };
        self.machine.run(stages, call);
        for (plan, (group, at, parameter)) in parameters.iter().enumerate() {
            let group = &mut groups[*group];
            let own = *at * group.numbers_each..(*at + 1) * group.numbers_each;
            group.numbers[own].copy_from_slice(&self.numbers[plan]);
            norms[*parameter] = self.measures[plan].sqrt();
        }
    }
}

impl Ready {
    fn new(groups: &[Group], places: &[Vec<Range<usize>>]) -> Result<Self> {
        let parameters = in_order(groups);
        let stages = |watched: bool| {
            let part = |(group, at, _): &(usize, usize, usize)| {
                let group = &groups[*group];
                group.compiled.wants().map(|wants| wants.part(group.shapes[*at], watched))
            };
            Stages::new(&parameters.iter().filter_map(part).collect::<Vec<_>>())
        };
        let (Some(lean), Some(watched)) = (stages(false), stages(true)) else {
            return Err(Error::user(
                "sums by `total` wait for each other: parameters come to them in different orders",
            )
            .help("let `update` come to each `total` in one order, whichever way an `if` goes"));
        };
        let of = groups.iter().enumerate().filter(|(_, group)| group.compiled.wants().is_some());
        let of = of.map(|(at, group)| (at, group.compiled.clone())).collect();
        let segments = parameters.iter().map(|(group, at, _)| groups[*group].segments[*at].clone()).collect();
        let own = |place: &Vec<Range<usize>>| parameters.iter().map(|(.., at)| place[*at].clone()).collect();
        let places = places.iter().map(own).collect();
        Ok(Self { of, lean, watched, parameters, segments, places })
    }
}

/// Of each parameter that is run in stages its group, its place there, and its place in the layout; in the order of these, so
/// that a total is the same sum however parameters are grouped.
fn in_order(groups: &[Group]) -> Vec<(usize, usize, usize)> {
    let cut = groups.iter().enumerate().filter(|(_, group)| group.compiled.wants().is_some());
    let own = |(at, group): (usize, &Group)| {
        group.parameters.iter().enumerate().map(|(place, parameter)| (at, place, *parameter)).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = cut.flat_map(own).collect();
    all.sort_unstable_by_key(|(.., parameter)| *parameter);
    all
}

/// The same values in the memory that is there already.
fn copy(room: &mut Vec<f64>, values: &[f64]) {
    room.clear();
    room.extend_from_slice(values);
}

impl Wants {
    /// What is wanted of a parameter of this shape.
    fn part(&self, shape: Shape, watched: bool) -> StagesPart<'_> {
        StagesPart {
            graph: &self.graph,
            shape,
            tensors: &self.tensors,
            numbers: &self.numbers,
            measures: &self.measures,
            shown: if watched { &self.shown } else { &[] },
        }
    }
}

/// Hands what is shown of a parameter on to who watches, and to the ledger.
struct Adapter<'a, F> {
    watch: &'a mut dyn RuleWatch<F>,
    parameters: &'a [(usize, usize, usize)],
    groups: &'a mut [Group],
    microscope: &'a mut Microscope<F>,
}

impl<F: Real> Watch<F> for Adapter<'_, F> {
    fn block(&mut self, name: usize, plan: usize, _: usize, values: &[F]) {
        let (group, at, parameter) = self.parameters[plan];
        let group = &self.groups[group];
        if let Some(place) = group.places.get(name) {
            let shape = group.compiled.wants().and_then(|wants| wants.graph.facts(wants.shown[name].1).shape);
            match shape {
                Some(shape) => self.watch.shaped(*place, parameter, shape, values),
                None => self.watch.block(*place, parameter, 0, values),
            }
        } else if let Some(taken) = name.checked_sub(group.places.len() + group.scalars.len()) {
            let shape = group.compiled.taken[taken].shape.unwrap_or(group.shapes[at]);
            self.microscope.whole(taken, parameter, (shape, values));
        }
    }

    fn scalar(&mut self, name: usize, plan: usize, value: f64) {
        let (group, _, parameter) = self.parameters[plan];
        let group = &mut self.groups[group];
        let named = group.places.len();
        if let Some(place) = group.places.get(name) {
            self.watch.number(*place, parameter, value);
        } else if let Some(scalar) = group.scalars.get_mut(name - named) {
            *scalar = value;
        } else {
            self.microscope.reduced(name - named - group.scalars.len(), parameter, value);
        }
    }
}

/// The stages that make the first values of the tensor states of parameters with these shapes, and their arithmetic. There is no
/// total in it that could wait for another.
pub(super) fn start_of(program: &RuleProgram, shapes: &[Shape]) -> Option<(Stages, Graph)> {
    let mut graph = program.start.clone();
    let states = program.states.iter().filter(|state| matches!(state.initial, super::Initial::Tensor(_)));
    let wanted: Vec<NodeId> =
        states.zip(program.tensors()).map(|(state, id)| graph.broadcast_like(id, state.shape)).collect();
    let outputs: Vec<(u8, NodeId)> = (1..).zip(wanted).collect();
    let part = |shape: &Shape| StagesPart {
        graph: &graph,
        shape: *shape,
        tensors: &outputs,
        numbers: &[],
        measures: &[],
        shown: &[],
    };
    let stages = Stages::new(&shapes.iter().map(part).collect::<Vec<_>>())?;
    Some((stages, graph))
}

/// Gives the tensor states of a group's parameters their first values.
pub(super) fn start<F: Real>(
    program: &RuleProgram,
    members: &Members,
    w: &mut [F],
    (tensors, places): (&mut [Aligned<F>], &[Vec<Range<usize>>]),
) {
    let Some((stages, graph)) = start_of(program, &members.shapes) else { return };
    let own = |places: &Vec<Range<usize>>| members.parameters.iter().map(|at| places[*at].clone()).collect();
    let places: Vec<Vec<Range<usize>>> = places.iter().map(own).collect();
    let mut writes: ArrayVec<(&mut [F], &[Range<usize>]), TENSORS> = ArrayVec::new();
    writes.push((w, &members.segments));
    writes.extend(tensors.iter_mut().zip(&places).map(|(tensor, places)| (&mut **tensor, &places[..])));
    let count = members.parameters.len();
    let call = StagesCall {
        constants: &vec![constants_of(&graph); count],
        uniforms: &vec![Vec::new(); count],
        reads: ArrayVec::new(),
        writes,
        numbers: &mut vec![Vec::new(); count],
        measures: &mut [],
        watch: None,
    };
    let mut machine = StagesMachine::default();
    machine.fit(&stages);
    machine.run(&stages, call);
}
