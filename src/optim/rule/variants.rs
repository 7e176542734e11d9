//! The ways that a script with an `if` goes: for each the conditions under which it goes that way, and its program.
//!
//! A condition is of `t`, of hyper-parameters and of numbers that are kept, so it is checked before a step without the script.
//! Only where no way that is known goes with the step is the script traced anew. Parameters whose numbers send them different
//! ways are a group for each from then on.

use std::sync::Arc;

use super::group::{Group, Path};
use super::{Body, Rule, Update};
use crate::error::{Error, Result};
use crate::optim::compiled::{Holds, compile};
use crate::program::{Conditions, Real, constants_of};

/// Ways that are kept, those that were gone last.
const KEPT: usize = 16;

/// What a trace costs in steps that need none.
const COST: u32 = 16;
/// What traces may have cost before a script is taken for one that goes another way at every step: it is traced with numbers
/// from then on, whose programs differ less.
const MOST: u32 = 64 * COST;

/// A way that a script goes.
pub struct Branch {
    /// It does so as long as these hold.
    pub conditions: Conditions,
    /// What it does. None if the script has to be called with numbers at each step, as to print them.
    pub update: Option<Update>,
}

/// Traces an `update` that branches on `t`, `h` or a number of its state: for each way that it goes, or at every step.
pub trait Tracer: Send {
    /// The update of step `t` (from 1) with these hyper-parameters and numbers, which all parameters have that it is for; with
    /// its statements if the step is `told`.
    fn trace(&mut self, t: u64, hyper: &[f64], numbers: &[f64], told: bool) -> Result<Update>;
    /// The way that it goes at step `t`, with its statements; none if it is to be traced at every step.
    fn branch(&mut self, t: u64, hyper: &[f64], numbers: &[f64]) -> Option<Branch> {
        let _ = (t, hyper, numbers);
        None
    }
    /// What it traces until `false` is said is tried and not done: what the script prints meanwhile is printed by no step.
    fn is_tried(&mut self, tried: bool) {
        let _ = tried;
    }
    /// The same tracer as it was made, for other parameters.
    fn again(&self) -> Box<dyn Tracer>;
}

/// A way that is known.
struct Variant {
    conditions: Conditions,
    path: Option<Path>,
}

/// The ways that are known, the present one last.
#[derive(Clone, Default)]
pub(super) struct Variants {
    kept: Vec<Arc<Variant>>,
    /// How often the script was traced for one.
    pub traces: u64,
    cost: u32,
    /// No way is looked for any more.
    given_up: bool,
    room: Vec<f64>,
}

impl Variants {
    /// Makes the way that goes with these values the present one. False if none is known.
    fn find(&mut self, uniforms: &[f64], numbers: &[f64]) -> bool {
        let room = &mut self.room;
        let found = self.kept.iter().rposition(|variant| variant.conditions.hold(uniforms, numbers, room));
        if let Some(at) = found {
            self.kept[at..].rotate_left(1);
            self.cost = self.cost.saturating_sub(1);
        }
        found.is_some()
    }

    fn add(&mut self, variant: Variant) {
        self.room.clear();
        self.room.reserve(variant.conditions.room());
        if self.kept.len() >= KEPT {
            self.kept.remove(0);
        }
        self.kept.push(Arc::new(variant));
        self.traces += 1;
        self.cost += COST;
        if self.cost > MOST {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        self.given_up = true;
        self.kept.clear();
    }

    /// The same ways, for parameters that part from others: what was traced before is not traced for them.
    pub fn parted(&self) -> Self {
        Self { traces: 0, ..self.clone() }
    }

    fn present(&self) -> Option<&Variant> {
        self.kept.last().map(|variant| &**variant)
    }
}

impl Group {
    /// Finds the way that a script which branches goes with the first parameter's numbers, or traces it.
    fn choose(&mut self) {
        let Body::EachStep(tracer) = &mut self.body else { return };
        let Some((t, hyper)) = self.uniforms.split_first() else { return };
        let numbers = &self.numbers[..self.numbers_each];
        if self.variants.given_up || self.variants.find(&self.uniforms, numbers) {
            return;
        }
        let Some(Branch { conditions, update }) = tracer.branch(*t as u64, hyper, numbers) else {
            self.variants.give_up();
            return;
        };
        let holds = if conditions.of_time() { Holds::ForSomeSteps } else { Holds::Always };
        let path = update.map(|update| Path {
            compiled: Arc::new(compile(&update, &self.states, holds)),
            constants: constants_of(&update.graph).into(),
            update: Arc::new(update),
        });
        self.variants.add(Variant { conditions, path });
    }

    /// Takes the present way; gives the update if it is to be `told`.
    fn take(&mut self, told: bool) -> Result<Option<Arc<Update>>> {
        let path = self.variants.present().and_then(|variant| variant.path.clone());
        let path = match path {
            Some(path) => path,
            None => match self.trace(told)? {
                Some(path) => path,
                None => return Ok(None),
            },
        };
        let update = told.then(|| path.update.clone());
        self.go(path);
        Ok(update)
    }

    /// The error of a script that was called for the present step: which one it is, and for whom.
    fn at_its_step(&self, error: Error) -> Error {
        let (Some(t), Some(name), Some(shape)) = (self.uniforms.first(), self.names.first(), self.shapes.first())
        else {
            return error;
        };
        error.help(format!("this is step {t}, for `{name}`, which is {shape}"))
    }

    /// The parameters that do not go the way of the first, if there are any: a group of their own.
    fn part(&mut self) -> Option<Self> {
        let each = self.numbers_each;
        if each == 0 || self.parameters.len() < 2 || matches!(self.body, Body::Once(_)) {
            return None;
        }
        let Variants { kept, room, .. } = &mut self.variants;
        let (numbers, uniforms) = (&self.numbers, &self.uniforms);
        let path = kept.last().filter(|variant| variant.path.is_some());
        if path.is_some_and(|path| !path.conditions.of_numbers()) {
            return None;
        }
        let first = &numbers[..each];
        let mut alike = |own: &[f64]| match path {
            Some(path) => path.conditions.hold(uniforms, own, room),
            // It is traced with their numbers.
            None => first.iter().map(|number| number.to_bits()).eq(own.iter().map(|number| number.to_bits())),
        };
        if numbers.chunks_exact(each).all(&mut alike) {
            return None;
        }
        let stays: Vec<bool> = numbers.chunks_exact(each).map(alike).collect();
        Some(self.split(&stays))
    }
}

impl Group {
    /// What the last update did, with its statements.
    pub(super) fn last_update(&mut self) -> Option<Arc<Update>> {
        let known = self.variants.present().and_then(|variant| variant.path.as_ref());
        match (&mut self.body, known) {
            (Body::Once(update), _) => Some(Arc::new(update.clone())),
            (Body::EachStep(_), Some(path)) => Some(path.update.clone()),
            (Body::EachStep(tracer), None) => {
                let (t, hyper) = self.uniforms.split_first()?;
                tracer.trace(*t as u64, hyper, &self.numbers_before, true).ok().map(Arc::new)
            }
        }
    }
}

/// Makes groups ready whose scalars are those of the step: each finds its way, and parameters that go another one part, which is
/// noted. What is traced for a watched step has all its names. Gives the update of the parameter that is `told`, if there is one whose script branches.
pub(super) fn make_ready(
    groups: &mut Vec<Group>,
    (watched, told): (bool, Option<usize>),
    parted: &mut bool,
) -> Result<Option<Arc<Update>>> {
    let (mut at, mut update) = (0, None);
    while let Some(group) = groups.get_mut(at) {
        if !matches!(group.body, Body::Once(_)) {
            group.choose();
            let others = group.part();
            *parted |= others.is_some();
            groups.extend(others);
            let own = groups[at].take(watched).map_err(|error| groups[at].at_its_step(error))?;
            let told = told.is_some_and(|told| groups[at].parameters.contains(&told));
            update = own.filter(|_| told).or(update);
        }
        at += 1;
    }
    Ok(update)
}

impl<F: Real> Rule<F> {
    /// Makes all groups ready for update number `t`; what is traced for the parameter that is looked at is told.
    pub(super) fn prepare(&mut self, (t, watched): (u64, bool), hyper: &[f64], looked_at: Option<usize>) -> Result<()> {
        self.groups.iter_mut().for_each(|group| group.begin(t, hyper));
        let mut parted = false;
        let update = make_ready(&mut self.groups, (watched, looked_at), &mut parted);
        if parted {
            self.staged.forget();
            for (at, group) in self.groups.iter().enumerate() {
                group.parameters.iter().enumerate().for_each(|(own, place)| self.of[*place] = (at, own));
            }
        }
        if let Some(update) = update? {
            self.microscope.keep(update);
        }
        Ok(())
    }

    /// The most operations that the last update has applied to each element of a parameter.
    pub fn operations(&self) -> u64 {
        let of = |group: &Group| match &group.body {
            Body::Once(update) => update.graph.len(),
            Body::EachStep(_) => group.update.as_ref().map_or(0, |update| update.graph.len()),
        };
        self.groups.iter().map(of).max().unwrap_or(0) as u64
    }

    /// How often the script was traced for a way that it goes, where it branches: once for each way, as long as they are kept.
    pub fn traces(&self) -> u64 {
        self.groups.iter().map(|group| group.variants.traces).sum()
    }
}

impl Group {
    /// Makes ready for a first look at a rule, with values that its hyper-parameters may have.
    pub(super) fn first_look(&mut self, usual: &[f64]) -> Result<()> {
        self.uniforms[0] = 1.0;
        self.uniforms[1..].copy_from_slice(usual);
        self.is_tried(true);
        self.choose();
        let taken = self.take(false).map(drop);
        self.is_tried(false);
        taken
    }

    fn is_tried(&mut self, tried: bool) {
        if let Body::EachStep(tracer) = &mut self.body {
            tracer.is_tried(tried);
        }
    }
}
