//! The microscope over one update: at a watched step it keeps what came into the update of one element, and reads from
//! that, when asked, every statement of the script with its value. It never looks at what the update left behind, so what
//! it shows is the update that was applied.

use std::ops::Range;
use std::sync::Arc;

use super::compiled::Taken;
use super::elsewhere;
use super::rule::{CLEAR_EVERY, Update};
use crate::program::{Aligned, Element, NodeId, Real, Shape, TENSORS, Values};
use crate::snapshot::{Formula, LedgerLine};
use arrayvec::ArrayVec;

/// Elements around the chosen one whose inputs are kept as well, so that another of them can be looked at while the run is
/// held: 256 KiB a tensor of `f32`, which is copied faster than a screen is drawn.
const AROUND: usize = 1 << 16;

/// Where a value of a formula comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Origin {
    /// A node of the update's graph.
    Node(NodeId),
    /// The script computed it with plain numbers.
    Known(f64),
}

/// A statement of `update`, or of a helper that it called, that gave something a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// `v_hat`, `state.v`, `norm(dw)`; `dW` for what came in and `W` for what is returned.
    pub name: String,
    /// The right-hand side as the script has it; empty where there is none.
    pub symbolic: String,
    /// The same as it was traced: of a product without a name, too, whose words are its name.
    pub formula: Formula<Origin>,
    /// Where it begins in the script's text, in bytes; none where it has no words of its own there.
    pub offset: Option<usize>,
    /// A tensor state that has its new value by this statement, so that it is flushed with the state.
    pub kept: bool,
}

/// An update of one element.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The update's number, from 1.
    pub step: u64,
    /// The place of the parameter in the arena's layout.
    pub parameter: usize,
    /// The element, row by row.
    pub element: usize,
    /// The weight before the update.
    pub before: f64,
    /// The statements in the order in which they ran: the gradient first, then where a second one was taken, the new weight last.
    pub lines: Vec<LedgerLine>,
    /// Which of the lines tell where the second gradient was taken; none where there is no such place.
    pub second_point: Range<usize>,
    /// The element with the largest |dW| among those whose inputs were kept.
    pub steepest: usize,
}

/// What an update is about to be made of.
pub(super) struct Before<'a, F> {
    pub t: u64,
    pub uniforms: &'a [f64],
    /// The place of the parameter in the arena's layout, and its elements' in the arena.
    pub parameter: usize,
    pub segment: Range<usize>,
    /// The numbers of its state.
    pub numbers: &'a [f64],
    pub w: &'a [F],
    /// The gradient, and what else comes in.
    pub reads: &'a [&'a [F]],
    pub states: &'a [Aligned<F>],
    /// Where in each of them the state of each parameter lies.
    pub places: &'a [Vec<Range<usize>>],
    /// The shapes of the states that have not the parameter's.
    pub shapes: &'a [Option<Shape>],
    /// The parameter's own.
    pub own: Shape,
    pub taken: &'a [Taken],
}

/// What came into the last watched update.
#[derive(Default)]
struct Inputs<F> {
    /// 0 before the first.
    t: u64,
    parameter: usize,
    length: usize,
    /// The first element that was kept.
    start: usize,
    uniforms: Vec<f64>,
    numbers: Vec<f64>,
    /// The gradient, and what else came in.
    reads: Vec<Vec<F>>,
    /// The weights, then each tensor state: all of it where its shape is not the parameter's.
    written: Vec<Vec<F>>,
    shapes: Vec<Option<Shape>>,
    own: Option<Shape>,
    taken: Vec<Taken>,
    /// What each of those came to that are numbers.
    reduced: Vec<f64>,
    /// Of those that have elements of their own, elements from this one on.
    wholes: Vec<(usize, Vec<F>)>,
    /// Of a rule that branches.
    update: Option<Arc<Update>>,
}

/// See the head of this file.
#[derive(Default)]
pub(super) struct Microscope<F> {
    chosen: Option<(usize, usize)>,
    kept: Inputs<F>,
}

impl<F: Real> Microscope<F> {
    /// The parameter of which an element was chosen.
    pub fn parameter(&self) -> Option<usize> {
        self.chosen.map(|(parameter, _)| parameter)
    }

    pub fn look_at(&mut self, parameter: usize, element: usize) {
        self.chosen = Some((parameter, element));
    }

    /// The update about to be made, of a rule that branches.
    pub fn keep(&mut self, update: Arc<Update>) {
        self.kept.update = Some(update);
    }

    /// The last update is not the last one any more: another moment of the run was put back.
    pub fn forget(&mut self) {
        self.kept.t = 0;
    }

    /// Copies what comes into the update.
    pub fn before(&mut self, given: &Before<'_, F>) {
        let Some((parameter, element)) = self.chosen else { return };
        if parameter != given.parameter {
            return;
        }
        let segment = &given.segment;
        let kept = &mut self.kept;
        (kept.t, kept.parameter, kept.length) = (given.t, parameter, segment.len());
        kept.start = element.min(kept.length).saturating_sub(AROUND / 2).min(kept.length.saturating_sub(AROUND));
        let from = segment.start + kept.start;
        let window = from..segment.end.min(from + AROUND);
        fill(&mut kept.uniforms, given.uniforms);
        fill(&mut kept.numbers, given.numbers);
        kept.reads.resize_with(given.reads.len(), Vec::new);
        kept.reads.iter_mut().zip(given.reads).for_each(|(kept, read)| fill(kept, &read[window.clone()]));
        kept.own = Some(given.own);
        fill(&mut kept.shapes, given.shapes);
        kept.written.resize_with(1 + given.states.len(), Vec::new);
        let places = given.places.iter().map(|places| places[parameter].clone());
        let states = given.states.iter().zip(places).zip(given.shapes);
        fill(&mut kept.written[0], &given.w[window]);
        let from = kept.start;
        for (kept, ((state, place), shape)) in kept.written[1..].iter_mut().zip(states) {
            let all = &state[place];
            fill(kept, if shape.is_some() { all } else { &all[from..all.len().min(from + AROUND)] });
        }
        fill(&mut kept.taken, given.taken);
        kept.reduced.clear();
        kept.reduced.resize(given.taken.len(), f64::NAN);
        kept.wholes.resize_with(kept.wholes.len().max(given.taken.len()), Default::default);
        kept.wholes.iter_mut().for_each(|(_, values)| values.clear());
    }

    /// What was taken of other elements or parameters, by its place in [`Before::taken`].
    pub fn reduced(&mut self, place: usize, parameter: usize, value: f64) {
        if parameter == self.kept.parameter
            && let Some(reduced) = self.kept.reduced.get_mut(place)
        {
            *reduced = value;
        }
    }

    /// The same where it has elements of its own.
    pub fn whole(&mut self, place: usize, parameter: usize, (shape, values): (Shape, &[F])) {
        let Some((_, element)) = self.chosen else { return };
        if let (Some(own), Some((start, kept))) = (self.kept.own, self.kept.wholes.get_mut(place))
            && parameter == self.kept.parameter
        {
            let at = shape.place(element, own);
            *start = at.saturating_sub(AROUND / 2).min(values.len().saturating_sub(AROUND));
            fill(kept, &values[*start..values.len().min(*start + AROUND)]);
        }
    }

    /// What each node of the kept update came to for an element, if what went into it was kept.
    pub fn values(&self, update: &Update, element: usize) -> Option<Values> {
        let kept = &self.kept;
        let dw = kept.reads.first()?;
        let at = element.checked_sub(kept.start).filter(|at| *at < dw.len())?;
        let own = kept.own?;
        let reads: ArrayVec<F, TENSORS> = kept.reads.iter().map(|read| read[at]).collect();
        let state = |(written, shape): (&Vec<F>, &Option<Shape>)| {
            written.get(shape.map_or(at, |shape| shape.place(element, own))).copied()
        };
        let mut writes: ArrayVec<F, TENSORS> = ArrayVec::new();
        writes.push(kept.written[0][at]);
        for state in kept.written[1..].iter().zip(&kept.shapes).map(state) {
            writes.push(state?);
        }
        let mut reduced: Vec<(NodeId, f64)> = Vec::with_capacity(kept.taken.len());
        for (taken, (number, (start, values))) in kept.taken.iter().zip(kept.reduced.iter().zip(&kept.wholes)) {
            let at = || taken.shape.unwrap_or(own).place(element, own).checked_sub(*start);
            let value = if taken.tensor { values.get(at()?)?.to_f64() } else { *number };
            reduced.push((taken.node, value));
        }
        let given = Element {
            uniforms: &kept.uniforms,
            numbers: &kept.numbers,
            length: kept.length,
            reads: &reads,
            writes: &writes,
            reduced: &reduced,
        };
        Some(given.values(&update.graph))
    }

    /// The kept update of the chosen element; `once` is the rule's update if it is traced once.
    pub fn reading(&self, once: Option<&Update>) -> Option<Reading> {
        let kept = &self.kept;
        let (parameter, element) = self.chosen?;
        if parameter != kept.parameter || kept.t == 0 {
            return None;
        }
        let update = once.or(kept.update.as_deref())?;
        let (values, own) = (self.values(update, element)?, kept.own?);
        let value = |origin: &Origin| match origin {
            Origin::Node(id) => values.at(*id),
            Origin::Known(value) => *value,
        };
        // The rule clears its state after the update, see `clear` of rules.
        let clears = kept.t.is_multiple_of(CLEAR_EVERY);
        let lines = update.statements.iter().map(|statement| {
            let at = (element, own);
            let formula = elsewhere::named(&statement.formula, &update.graph, at).map(&value);
            let value = *formula.value().unwrap_or(&f64::NAN);
            let cleared = clears && statement.kept && value.abs() < F::TINY.to_f64();
            let value = if cleared { 0.0 } else { value };
            let (symbolic, offset) = (statement.symbolic.clone(), statement.offset);
            if symbolic.is_empty() && matches!(formula, Formula::Apply { .. }) {
                // Its words are its name, and with row and column they say which element it is.
                let (name, formula) = (formula.text(&f64::to_string), Formula::Value(value));
                return LedgerLine { name, place: String::new(), symbolic, formula, value, offset };
            }
            let place = elsewhere::place(&statement.formula, &update.graph, at);
            LedgerLine { name: statement.name.clone(), place, symbolic, formula, value, offset }
        });
        let dw = kept.reads.first()?;
        let sizes = dw.iter().map(|dw| dw.to_f64().abs()).enumerate();
        let steepest = sizes.fold((0, 0.0), |most, (at, size)| if size > most.1 { (at, size) } else { most }).0;
        let (before, steepest) = (kept.written[0][element - kept.start].to_f64(), kept.start + steepest);
        let (step, lines) = (kept.t, lines.collect());
        Some(Reading { step, parameter, element, before, lines, second_point: 0..0, steepest })
    }
}

/// The same values in the memory that is there already.
fn fill<T: Copy>(kept: &mut Vec<T>, values: &[T]) {
    kept.clear();
    kept.extend_from_slice(values);
}
