//! A rule: the programs of an `update`, compiled for an arena of parameters, with their named state.
//!
//! Where a script asks which parameter it changes, there is a program for each answer; parameters with the same program and
//! the same hyper-parameters are a [`Group`], which runs at once. A program exists twice: lean for training, and watched,
//! where every named value is shown while it lies in a register. Both give the same bits, so looking at a run never changes
//! it.

mod broken;
mod demand;
mod draws;
mod group;
mod looking;
mod names;
mod parameter;
mod places;
mod points;
mod program;
mod seek;
mod sharing;
mod staged;
mod state;
mod totals;
mod variants;

use std::ops::Range;

use super::ledger::{Microscope, Statement};
use super::smoothing::Correction;
use super::watch::RuleWatch;
use crate::error::{Place, Result};
use crate::program::{Aligned, Graph, Machines, NodeId, Real, Shape};
use draws::Draws;
use group::{Group, Members, Run, StatePlace};
use places::Places;
use points::{OtherPoints, Points, Which};
use staged::Staged;

pub use broken::{Broken, BrokenOperation, plain};
pub use demand::RuleDemand;
pub use draws::Draw;
pub(super) use draws::draw_places;
pub use parameter::{Asked, ParameterFacts, Property};
pub use seek::PLAIN;
pub use state::{LateStart, RuleState, StateValue};
pub use totals::Total;
pub use variants::{Branch, Tracer};

/// How a state begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Initial {
    /// A tensor of the parameter's shape, by a node of [`RuleProgram::start`].
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
    /// The shape of a tensor, if it is not the parameter's.
    pub shape: Option<Shape>,
}

/// A node with a name in the script.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    /// `v_hat`.
    pub name: String,
    /// The value.
    pub node: NodeId,
    /// How many values it had one after the other, as in a loop; this is the last one.
    pub times: u32,
}

/// One traced call of `update`.
///
/// Its graph reads `dW` as `Slot::Read(0)`, a second gradient as `Slot::Read(1)`, random numbers as [`Draw`] tells, `W` as
/// `Slot::Write(0)`, the k-th tensor state as `Slot::Write(1 + k)`, the
/// k-th number state as `Number(k)`, `t` as `Uniform(0)` and the k-th hyper-parameter as `Uniform(1 + k)`.
#[derive(Debug, Clone, Default)]
pub struct Update {
    /// The arithmetic.
    pub graph: Graph,
    /// The new `W`.
    pub w: Option<NodeId>,
    /// The new value of every state, in the order of [`RuleProgram::states`].
    pub states: Vec<NodeId>,
    /// The values that `let` names, also within blocks and in functions that `update` calls.
    pub names: Vec<Name>,
    /// The script's statements in the order in which they ran, the returned one last; empty if nobody asked for them.
    pub statements: Vec<Statement>,
    /// Where in the script a node was first made, if the statements were asked for.
    pub made_at: Vec<(NodeId, Place)>,
    /// The sums over all parameters that it has come to, in order.
    pub totals: Vec<Total>,
}

/// Traces a script for one parameter after another, where its program depends on which parameter it is.
pub trait ParameterTracer: Send {
    /// The program of a parameter, and what the script asked to come to it: another parameter that gives the same answers has
    /// the same program.
    fn trace(&mut self, parameter: &ParameterFacts) -> Result<(RuleProgram, Asked)>;
}

/// Where the program comes from.
#[expect(clippy::large_enum_variant, reason = "there is one for each program of a rule")]
pub enum Body {
    /// Traced once, with symbolic scalars.
    Once(Update),
    /// Traced for each way that it goes, or at every step.
    EachStep(Box<dyn Tracer>),
}

/// What a rule is made of.
pub struct RuleParts {
    /// The script's name.
    pub name: String,
    /// Its hyper-parameters, in order.
    pub hyper: Vec<String>,
    /// Values that they may have, for a first look at a rule that branches.
    pub usual: Vec<f64>,
    /// What it does to a parameter; where it depends on which, to a weight matrix of the first layer.
    pub program: RuleProgram,
    /// Traces it for each parameter, where it depends on which.
    pub by_parameter: Option<Box<dyn ParameterTracer>>,
    /// The most tensors that a parameter has beside it, see [`RuleProgram::arenas`], as far as that is known before the
    /// parameters are.
    pub most_tensors: usize,
}

/// What a rule does to a parameter.
pub struct RuleProgram {
    /// Its state, in order.
    pub states: Vec<StateSpec>,
    /// The graph of the first values of tensor states; it reads `W` as `Slot::Write(0)`.
    pub start: Graph,
    /// The update.
    pub body: Body,
    /// The weights that evaluations look at, where they are others; as an [`Update`] of which only `w` counts.
    pub evaluate: Option<Body>,
    /// Where a second gradient is taken, if the update wants one; an [`Update`] as well.
    pub second: Option<Body>,
}

/// Steps from one clearing of the state to the next, see [`clear`].
pub(super) const CLEAR_EVERY: u64 = 64;

/// An optimizer at work on the parameters of one arena.
pub struct Rule<F: Real> {
    name: String,
    /// The names of its hyper-parameters, in order.
    hyper: Vec<String>,
    groups: Vec<Group>,
    /// Of each parameter its group, and its place there.
    of: Vec<(usize, usize)>,
    segments: Vec<Range<usize>>,
    /// The names of all groups' states, then of what `let` names in any.
    names: Vec<String>,
    /// How many of them are states.
    kept: usize,
    /// One arena for each tensor state of the group with the most.
    tensors: Vec<Aligned<F>>,
    /// For each of these arenas where the state of each parameter lies.
    places: Vec<Vec<Range<usize>>>,
    /// Runs the groups whose programs are cut into stages.
    staged: Staged<F>,
    points: OtherPoints<F>,
    draws: Draws<F>,
    /// States that began finite, in the order of the names.
    began_finite: Vec<bool>,
    /// The first bits of each state, until it is seen to have changed or was told never to.
    still: Vec<Option<u64>>,
    machines: Machines<F>,
    update_norms: Vec<f64>,
    /// The last watched step.
    watched: u64,
    microscope: Microscope<F>,
}

impl<F: Real> Rule<F> {
    /// Prepares the rule for parameters of which only it is known that they lie at `segments` of `w`: each is taken for a
    /// weight of one row.
    pub fn new(parts: RuleParts, w: &mut [F], segments: Vec<Range<usize>>) -> Result<Self> {
        let facts =
            |range: Range<usize>| ParameterFacts { range: range.clone(), ..ParameterFacts::weight(1, range.len()) };
        let facts: Vec<ParameterFacts> = segments.into_iter().map(facts).collect();
        Self::for_parameters(parts, w, &facts, &vec![0; facts.len()])
    }

    /// Prepares the rule for these parameters of `w`, and fills its state for them. `settings` tells for each parameter which
    /// of the lab's settings of the hyper-parameters is its own.
    pub fn for_parameters(
        parts: RuleParts,
        w: &mut [F],
        parameters: &[ParameterFacts],
        settings: &[usize],
    ) -> Result<Self> {
        let RuleParts { name, hyper, usual, program, mut by_parameter, .. } = parts;
        let (programs, own) = sharing::programs(program, by_parameter.as_deref_mut(), parameters)?;
        let Places { places, lengths } = Places::new(&programs, &own, parameters, w.len());
        let mut tensors: Vec<_> = lengths.into_iter().map(Aligned::zeros).collect();
        let mut machines = Machines::new();
        let mut keys: Vec<(usize, usize)> = Vec::new();
        let mut of = Vec::with_capacity(parameters.len());
        let mut members: Vec<Members> = Vec::new();
        for (at, key) in own.into_iter().zip(settings.iter().copied()).enumerate() {
            let group = keys.iter().position(|known| *known == key).unwrap_or(keys.len());
            if group == keys.len() {
                keys.push(key);
                members.push(Members::default());
            }
            let members = &mut members[group];
            of.push((group, members.parameters.len()));
            members.parameters.push(at);
            members.segments.push(parameters[at].range.clone());
            members.shapes.push(parameters[at].shape());
            members.names.push(parameters[at].name.clone());
        }
        let points = OtherPoints::new(&programs, (&keys, &members), &usual, &places, &mut machines)?;
        let mut groups = Vec::with_capacity(keys.len());
        let mut unassigned = Vec::with_capacity(keys.len());
        for ((program, setting), members) in keys.into_iter().zip(members) {
            let program = programs[program].again();
            Group::start(&program, &members, w, (&mut tensors, &places), &mut machines);
            unassigned.push(program.unassigned().collect::<Vec<usize>>());
            let group = Group::new(program, members, setting, &usual)?;
            if let Some((lean, watched)) = group.compiled.programs() {
                machines.fit(lean);
                machines.fit(watched);
            }
            groups.push(group);
        }
        let mut staged = Staged::default();
        staged.prepare(&groups, &places)?;
        let mut draws = Draws::new();
        draws.fit(&groups, w.len());
        points.second.iter().for_each(|points| draws.fit(points.groups(), w.len()));
        let segments: Vec<Range<usize>> = parameters.iter().map(|parameter| parameter.range.clone()).collect();
        let mut rule = Self {
            update_norms: vec![0.0; segments.len()],
            watched: 0,
            microscope: Microscope::default(),
            began_finite: Vec::new(),
            still: Vec::new(),
            names: Vec::new(),
            kept: 0,
            name,
            hyper,
            groups,
            of,
            segments,
            tensors,
            places,
            staged,
            points,
            draws,
            machines,
        };
        rule.name_values();
        rule.began_finite = (0..rule.kept).map(|state| rule.is_finite(state)).collect();
        let moves = |state: usize| {
            let mut all = rule.groups.iter().zip(&unassigned);
            all.any(|(group, unassigned)| {
                let own = group.places[..group.states.len()].iter().position(|place| *place == state);
                own.is_some_and(|own| !unassigned.contains(&own))
            })
        };
        rule.still = (0..rule.kept).map(|state| moves(state).then(|| rule.bits_of(state))).collect();
        Ok(rule)
    }

    /// The script's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names that a watched step shows: the states, then what `let` names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many of [`Rule::names`] are kept from step to step.
    pub fn kept(&self) -> usize {
        self.kept
    }

    /// How many programs run one after the other in a step: 1 where all parameters are treated alike.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// How many kernels an unwatched step runs over a parameter at most: 1 if the arithmetic is of a usual shape.
    pub fn kernels(&self) -> usize {
        let fused = self.groups.iter().filter_map(|group| group.compiled.programs()).map(|(lean, _)| lean.kernels());
        fused.max().unwrap_or(0).max(self.staged.kernels())
    }

    /// The decay of a state of a parameter, if it is an average (the factor of its own old value), and whether the rule
    /// divides it by `1 - b^t`, as in the last watched step.
    pub fn average(&self, parameter: usize, state: usize) -> (Option<f64>, Correction) {
        let own = self.of.get(parameter).map(|(group, _)| &self.groups[*group]).and_then(|group| {
            let at = group.places[..group.states.len()].iter().position(|place| *place == state)?;
            Some(group.watched.as_ref()?.averages[at].at(self.watched, &group.scalars))
        });
        own.unwrap_or((None, Correction::Unknown))
    }

    /// Random numbers are drawn by this seed from now on; before, by 0.
    pub fn draw_by(&mut self, seed: u64) {
        self.draws.seed = seed;
    }

    /// Its updates depend on random numbers.
    pub fn draws(&self) -> bool {
        let mut groups = self.groups.iter().chain(self.points.second.iter().flat_map(Points::groups));
        groups.any(|group| !group.compiled.draws.is_empty())
    }

    /// Update number `t` (from 1) of a loss whose gradient is the same everywhere: a second one is the first.
    /// See [`Rule::step_with`].
    pub fn step(
        &mut self,
        t: u64,
        hyper: &[f64],
        w: &mut [F],
        dw: &[F],
        watch: Option<&mut dyn RuleWatch<F>>,
    ) -> Result<&[f64]> {
        self.step_with(t, hyper, w, [dw, dw], watch)
    }

    /// Update number `t` (from 1): changes `w` by the gradient `dw`, and by the one at [`Rule::second_point`] if it wants that,
    /// and returns |`W_new` - W| for each parameter. `hyper` has the hyper-parameters of the lab's first setting, then of the
    /// second, and so on.
    ///
    /// Allocates nothing if the script is traced once.
    pub fn step_with(
        &mut self,
        t: u64,
        hyper: &[f64],
        w: &mut [F],
        [dw, second]: [&[F]; 2],
        mut watch: Option<&mut dyn RuleWatch<F>>,
    ) -> Result<&[f64]> {
        let looked_at = self.microscope.parameter().filter(|_| watch.is_some());
        self.prepare((t, watch.is_some()), hyper, looked_at)?;
        if let Some(watch) = watch.as_deref_mut() {
            if self.groups.iter().any(|group| matches!(group.body, Body::EachStep(_))) {
                self.name_values();
            }
            watch.begin(&self.names);
            self.watched = t;
        }
        self.staged.prepare(&self.groups, &self.places)?;
        let (tensors, machines, microscope) = (&mut self.tensors[..], &mut self.machines, &mut self.microscope);
        let watch = watch.as_mut().map(|watch| &mut **watch as &mut dyn RuleWatch<F>);
        self.draws.fill((t, Which::Update), &self.groups, w.len());
        let reads = self.draws.reads(dw, self.points.second.as_ref().map(|_| second));
        let reads = &reads[..];
        let mut run = Run { w, reads, tensors, places: &self.places, machines, microscope, watch };
        for group in &mut self.groups {
            group.run(t, run.again(), &mut self.update_norms);
        }
        self.staged.run(t, &mut self.groups, run.again(), &mut self.update_norms);
        if t.is_multiple_of(CLEAR_EVERY) {
            clear(&mut self.tensors);
        }
        Ok(&self.update_norms)
    }
}

/// Sets to 0 what is denormal in the state: an average under decay would stick at the smallest denormal for ever, and
/// processors are slow at denormals. Once in a while is enough; in the update the test took a fifth of Adam's time.
fn clear<F: Real>(tensors: &mut [Aligned<F>]) {
    for value in tensors.iter_mut().flat_map(|tensor| tensor.iter_mut()) {
        *value = if value.abs() < F::TINY { F::ZERO } else { *value };
    }
}
