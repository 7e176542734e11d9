//! Weights that a rule puts elsewhere: those that evaluations look at, and where a second gradient is taken. A function of
//! the script makes them of the weights and the state, the second one of the gradient as well, and changes none of these.
//!
//! Each is a program of its own over the same arenas, fused or in stages as an update is; it runs over a copy of the weights.

use std::ops::Range;

use super::broken::{Broken, BrokenOperation, Given, first_of_all};
use super::group::{Group, Members, Run};
use super::staged::Staged;
use super::state::Unseen;
use super::variants::make_ready;
use super::{Rule, RuleProgram};
use crate::error::Result;
use crate::optim::ledger::Microscope;
use crate::optim::watch::RuleWatch;
use crate::program::{Aligned, Machines, Real};

/// Which function of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// The update itself.
    Update = 0,
    /// The weights to evaluate.
    Evaluate = 1,
    /// Where the second gradient is taken.
    Second = 2,
}

/// One of the two functions, for all parameters.
pub(super) struct Points<F: Real> {
    /// One for each of the rule's at first; parameters part by the ways that this function goes.
    groups: Vec<Group>,
    staged: Staged<F>,
    norms: Vec<f64>,
    /// What came into the last one that was watched.
    pub microscope: Microscope<F>,
}

/// What a rule has beside its update.
pub(super) struct OtherPoints<F: Real> {
    pub evaluate: Option<Points<F>>,
    pub second: Option<Points<F>>,
}

/// The state that a function looks at.
struct Looked<'a, F: Real> {
    groups: &'a [Group],
    /// Of each parameter its group, and its place there.
    of: &'a [(usize, usize)],
    tensors: &'a mut [Aligned<F>],
    places: &'a [Vec<Range<usize>>],
    machines: &'a mut Machines<F>,
}

impl<F: Real> OtherPoints<F> {
    /// Prepares the functions that the programs have, for groups with these keys, the place of the program and the setting, and
    /// these members.
    pub fn new(
        programs: &[RuleProgram],
        (keys, members): (&[(usize, usize)], &[Members]),
        usual: &[f64],
        places: &[Vec<Range<usize>>],
        machines: &mut Machines<F>,
    ) -> Result<Self> {
        let mut of = |which| -> Result<Option<Points<F>>> {
            let mut groups = Vec::with_capacity(keys.len());
            for ((program, setting), members) in keys.iter().zip(members) {
                let Some(program) = programs[*program].point(which) else { return Ok(None) };
                let group = Group::new(program, members.clone(), *setting, usual)?;
                if let Some((lean, watched)) = group.compiled.programs() {
                    machines.fit(lean);
                    machines.fit(watched);
                }
                groups.push(group);
            }
            let mut staged = Staged::default();
            staged.prepare(&groups, places)?;
            let last = groups.iter().flat_map(|group| &group.parameters).max();
            let norms = vec![0.0; last.map_or(0, |last| last + 1)];
            Ok((!groups.is_empty()).then_some(Points { groups, staged, norms, microscope: Microscope::default() }))
        };
        Ok(Self { evaluate: of(Which::Evaluate)?, second: of(Which::Second)? })
    }
}

impl<F: Real> Points<F> {
    /// The groups, as they were made ready last.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Makes ready for update number `t`; what is traced for the parameter that is looked at is told if the update is watched.
    fn prepare(&mut self, (t, watched): (u64, bool), hyper: &[f64], looked: &Looked<'_, F>) -> Result<()> {
        for own in &mut self.groups {
            let each = own.numbers_each;
            for (at, parameter) in own.parameters.iter().enumerate().filter(|_| each > 0) {
                let (group, place) = looked.of[*parameter];
                let numbers = &looked.groups[group].numbers[place * each..(place + 1) * each];
                own.numbers[at * each..(at + 1) * each].copy_from_slice(numbers);
            }
            own.begin(t, hyper);
        }
        let mut parted = false;
        let told = self.microscope.parameter().filter(|_| watched);
        let ready = make_ready(&mut self.groups, (told.is_some(), told), &mut parted);
        if parted {
            self.staged.forget();
        }
        if let Some(update) = ready? {
            self.microscope.keep(update);
        }
        self.staged.prepare(&self.groups, looked.places)
    }

    /// Puts the weights in `w`, which are a copy, where the function wants them. What comes into that is kept of the element that is
    /// looked at if the update is watched.
    fn run(&mut self, (t, watched): (u64, bool), w: &mut [F], reads: &[&[F]], looked: Looked<'_, F>) {
        let Looked { tensors, places, machines, .. } = looked;
        let mut unseen = Unseen;
        let watch = watched.then_some(&mut unseen as &mut dyn RuleWatch<F>);
        let mut run = Run { w, reads, tensors, places, machines, microscope: &mut self.microscope, watch };
        for group in &mut self.groups {
            group.run(t, run.again(), &mut self.norms);
        }
        self.staged.run(t, &mut self.groups, run.again(), &mut self.norms);
    }
}

impl<F: Real> Rule<F> {
    /// Evaluations look at other weights than those that updates change.
    pub fn evaluates(&self) -> bool {
        self.points.evaluate.is_some()
    }

    /// An update wants a second gradient.
    pub fn wants_second(&self) -> bool {
        self.points.second.is_some()
    }

    /// The weights to evaluate after update number `t`, by the hyper-parameters of that update, given as in
    /// [`Rule::step`](Rule::step). They are `w` itself where the rule says nothing else, and before the first update, when
    /// there is nothing yet that could be averaged.
    ///
    /// # Errors
    /// The script fails.
    pub fn evaluated(&mut self, t: u64, hyper: &[f64], w: &[F], to: &mut [F]) -> Result<()> {
        to.copy_from_slice(w);
        let Self { points, groups, of, tensors, places, machines, .. } = self;
        let Some(points) = points.evaluate.as_mut().filter(|_| t > 0) else { return Ok(()) };
        let looked = Looked { groups, of, tensors, places, machines };
        points.prepare((t, false), hyper, &looked)?;
        points.run((t, false), to, &[], looked);
        Ok(())
    }

    /// Where the second gradient of update number `t` is to be taken; `w` where the rule wants none. If the update will be
    /// watched, this is told with it, see [`Rule::reading`].
    ///
    /// Allocates nothing if the script is traced once.
    ///
    /// # Errors
    /// The script fails.
    pub fn second_point(
        &mut self,
        (t, watched): (u64, bool),
        hyper: &[f64],
        (w, dw): (&[F], &[F]),
        to: &mut [F],
    ) -> Result<()> {
        to.copy_from_slice(w);
        let Self { points, groups, of, tensors, places, machines, draws, .. } = self;
        let Some(points) = &mut points.second else { return Ok(()) };
        let looked = Looked { groups, of, tensors, places, machines };
        points.prepare((t, watched), hyper, &looked)?;
        draws.fill((t, Which::Second), points.groups(), w.len());
        let reads = draws.reads(dw, None);
        points.run((t, watched), to, &reads, looked);
        Ok(())
    }

    /// The first operation of `second_point` that has put a weight out of the finite numbers, with the place of the parameter for
    /// which it did: all is still there that it was made of.
    pub fn broken_second_point(&mut self, broken: &Broken<'_, F>, w: &[F]) -> Option<(usize, BrokenOperation)> {
        let Self { points, groups, of, tensors, places, machines, draws, hyper, .. } = self;
        let points = points.second.as_mut()?;
        points.prepare((broken.t, false), broken.hyper, &Looked { groups, of, tensors, places, machines }).ok()?;
        draws.fill((broken.t, Which::Second), points.groups(), w.len());
        let reads = draws.reads(broken.gradients[0], None);
        let given = Given { w, reads: &reads, tensors, places, hyper };
        first_of_all(&mut points.groups, broken, given).ok().flatten()
    }

    /// The same of `evaluate`.
    pub fn broken_evaluated(&mut self, broken: &Broken<'_, F>, w: &[F]) -> Option<(usize, BrokenOperation)> {
        let Self { points, groups, of, tensors, places, machines, hyper, .. } = self;
        let points = points.evaluate.as_mut()?;
        points.prepare((broken.t, false), broken.hyper, &Looked { groups, of, tensors, places, machines }).ok()?;
        let given = Given { w, reads: &[], tensors, places, hyper };
        first_of_all(&mut points.groups, broken, given).ok().flatten()
    }
}
