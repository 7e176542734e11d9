//! What of a rule has left the finite numbers, and which operation of its script was the first to make something that is not
//! finite of what was.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrayvec::ArrayVec;

use super::draws::{Draw, SECOND};
use super::group::Group;
use super::points::Which;
use super::seek::{Seeker, Sight};
use super::state::Unseen;
use super::{Initial, Rule, RuleState, StatePlace, StateValue, Update};
use crate::error::Place;
use crate::program::{
    Aligned, NodeId, Op, Partly, Real, Relevant, Remains, Shape, Slot, TENSORS, Through, Whole, WholePart,
};

/// An operation that broke.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokenOperation {
    /// The operator or function as in a script, or [`PLAIN`](super::PLAIN).
    pub name: &'static str,
    /// The whole operation in the script's names: `h.lr * v_hat / sqrt(s_hat)`.
    pub text: String,
    /// Its operands in the script's names.
    pub words: Vec<String>,
    /// Their values, as far as they are known: finite, all of them.
    pub values: Vec<Option<f64>>,
    /// Hyper-parameters that are not its operands themselves but went into them, with their values; of a division into what
    /// is divided by.
    pub hyper: Vec<(String, f64)>,
    /// The gradient went into it.
    pub of_gradient: bool,
    /// Where the script makes it.
    pub place: Option<Place>,
    /// The element in which it broke; none of a number.
    pub element: Option<usize>,
    /// Rows and columns of what it makes, where these are not the parameter's.
    pub shape: Option<Shape>,
    /// What it came to there.
    pub value: Option<f64>,
    /// Where it looks at rows, columns, all elements or all parameters, all of which are finite: the largest of them.
    pub largest: Option<f64>,
}

/// What has been found broken, in an update or in one of the functions beside it.
#[derive(Debug, Clone, Copy)]
pub struct Broken<'a, F> {
    /// The number of the update.
    pub t: u64,
    /// The parameter's place in the layout.
    pub parameter: usize,
    /// An element that is not finite any more.
    pub element: usize,
    /// Of this state, or of the weights.
    pub state: Option<&'a str>,
    /// The gradient and the second one; twice the same where there is none.
    pub gradients: [&'a [F]; 2],
    /// The hyper-parameters, as for the update.
    pub hyper: &'a [f64],
}

/// The most elements whose operations are looked through for the first one that broke.
const MOST: usize = 1024;

/// An operation with the place of the parameter for which it broke.
type Found = (usize, BrokenOperation);

impl<F: Real> Rule<F> {
    /// A state of a parameter that has become infinite or NaN, with the first such element and its value. One that began so
    /// may stay so.
    pub fn broken_state(&self, parameter: usize) -> Option<(&str, usize, f64)> {
        let began_finite = self.placed_state_of(parameter).filter(|(place, _)| self.began_finite[*place]);
        began_finite.map(|(place, value)| (self.names[place].as_str(), value)).find_map(|(name, value)| match value {
            StateValue::Tensor(values) => {
                let at = values.iter().position(|value| !value.finite())?;
                Some((name, at, values[at].to_f64()))
            }
            StateValue::Number(value) => (!value.is_finite()).then_some((name, 0, value)),
        })
    }

    /// The first operation of an update, in the order of the script, by which a parameter or a state of it has left the finite
    /// numbers, with the place of the parameter for which it did. Given the weights and the state before that update, all is
    /// known of it: it is made once more. The state is afterwards any.
    pub fn broken_update(&mut self, broken: &Broken<'_, F>, (w, state): (&[F], &RuleState<F>)) -> Option<Found> {
        self.restore(state).ok()?;
        self.prepare((broken.t, true), broken.hyper, Some(broken.parameter)).ok()?;
        self.draws.fill((broken.t, Which::Update), &self.groups, w.len());
        let found = {
            let second = self.points.second.as_ref().map(|_| broken.gradients[1]);
            let reads = self.draws.reads(broken.gradients[0], second);
            let given =
                Given { w, reads: &reads, tensors: &mut self.tensors, places: &self.places, hyper: &self.hyper };
            first_of_all(&mut self.groups, broken, given)
        };
        found.unwrap_or_else(|TooMuch| self.broken_element(broken, (w, state)))
    }

    /// The same where that would take too much memory: sums, products and totals are looked at as they came out.
    fn broken_element(&mut self, broken: &Broken<'_, F>, (before, state): (&[F], &RuleState<F>)) -> Option<Found> {
        self.restore(state).ok()?;
        let mut w = before.to_vec();
        self.microscope.look_at(broken.parameter, broken.element);
        self.step_with(broken.t, broken.hyper, &mut w, broken.gradients, Some(&mut Unseen)).ok()?;
        let update = self.groups[self.of.get(broken.parameter)?.0].last_update()?;
        let values = |element| self.microscope.values(&update, element).map(Partly::from);
        self.first_of_elements(&update, broken, &w, values)
    }

    /// The same where nothing is known but the weights after it, and the state as it is now: what follows from these, from the
    /// gradient and from the hyper-parameters. None if it does not follow. The script is called once more where it was called
    /// with the numbers of the step.
    pub fn broken_operation(&mut self, broken: &Broken<'_, F>, w: &[F]) -> Option<Found> {
        let (group, at) = *self.of.get(broken.parameter)?;
        let update = &*self.groups[group].last_update()?;
        let group = &self.groups[group];
        let segment = self.segments.get(broken.parameter)?.clone();
        let (mut written, mut numbers) = (Vec::new(), Vec::new());
        for ((_, place), node) in group.state_places().zip(&update.states) {
            match place {
                // Of another shape it has no element that is this one's.
                StatePlace::Tensor(tensor) if group.state_shapes[tensor].is_some() => {}
                StatePlace::Tensor(tensor) => {
                    written.push((*node, &self.tensors[tensor][self.places[tensor][broken.parameter].clone()]));
                }
                StatePlace::Number(number) => {
                    numbers.push((*node, group.numbers[at * group.numbers_each + number]));
                }
            }
        }
        let reads = self.draws.reads(broken.gradients[0], Some(broken.gradients[1]));
        let reads: Vec<&[F]> = reads.iter().map(|read| &read[segment.clone()]).collect();
        // A value that the update only hands on is its own cause; what it was before is not known.
        let remains = Remains {
            uniforms: &group.uniforms,
            length: segment.len(),
            reads: &reads,
            written: &written,
            numbers: &numbers,
        };
        let taken = remains.taken(&update.graph);
        let values = |element| Some(remains.element_of(&update.graph, element, &taken));
        self.first_of_elements(update, broken, w, values)
    }

    /// The first operation that broke of those of each element by itself.
    fn first_of_elements(
        &self,
        update: &Update,
        broken: &Broken<'_, F>,
        w: &[F],
        values: impl Fn(usize) -> Option<Partly>,
    ) -> Option<Found> {
        let group = &self.groups[self.of.get(broken.parameter)?.0];
        let to = group.target(update, broken.state)?;
        let names = group.names_of(update, &self.hyper);
        // Of a state the given one alone: it may have another shape.
        let weights = w.get(self.segments.get(broken.parameter)?.clone())?;
        let own = |at: &usize| if broken.state.is_none() { !weights[*at].finite() } else { *at == broken.element };
        let mut first: Option<(usize, BrokenOperation)> = None;
        for element in (broken.element..weights.len().max(broken.element + 1)).filter(own).take(MOST) {
            let Some(values) = values(element) else { continue };
            let sight = OneElement { relevant: values.relevant(&update.graph, to), values, element };
            let mut seeker = Seeker::new(update, (names.clone(), &self.hyper), &sight);
            seeker.seek_all();
            if let Some(found) = seeker.found
                && first.as_ref().is_none_or(|(order, _)| seeker.looked_at < *order)
            {
                first = Some((seeker.looked_at, found));
            }
        }
        first.map(|(_, found)| (broken.parameter, found))
    }
}

/// What a function of the script runs on.
pub(super) struct Given<'a, F> {
    pub w: &'a [F],
    pub reads: &'a [&'a [F]],
    pub tensors: &'a mut [Aligned<F>],
    pub places: &'a [Vec<Range<usize>>],
    /// The names of hyper-parameters.
    pub hyper: &'a [String],
}

/// All values of a function together would take too much memory.
pub(super) struct TooMuch;

/// The first operation that broke, in any element of any parameter, of groups that are ready for their step.
pub(super) fn first_of_all<F: Real>(
    groups: &mut [Group],
    broken: &Broken<'_, F>,
    Given { w, reads, tensors, places, hyper }: Given<'_, F>,
) -> Result<Option<Found>, TooMuch> {
    let updates: Option<Vec<Arc<Update>>> = groups.iter_mut().map(Group::last_update).collect();
    let Some(updates) = updates else { return Ok(None) };
    let own = groups.iter().enumerate().flat_map(|(group, all)| (0..all.parameters.len()).map(move |at| (group, at)));
    let mut members: Vec<(usize, usize)> = own.collect();
    // A total is summed in the order of the parameters.
    members.sort_unstable_by_key(|(group, at)| groups[*group].parameters[*at]);
    let part = |(group, at): &(usize, usize)| {
        let (of, each) = (&groups[*group], groups[*group].numbers_each);
        WholePart {
            graph: &updates[*group].graph,
            shape: of.shapes[*at],
            uniforms: &of.uniforms,
            numbers: &of.numbers[at * each..(at + 1) * each],
        }
    };
    let parts: Vec<WholePart<'_>> = members.iter().map(part).collect();
    let segments: Vec<Range<usize>> = members.iter().map(|(group, at)| groups[*group].segments[*at].clone()).collect();
    let places = places.iter().map(|places| {
        members.iter().map(|(group, at)| places[groups[*group].parameters[*at]].clone()).collect::<Vec<_>>()
    });
    let places: Vec<Vec<Range<usize>>> = places.collect();
    let mut w = w.to_vec();
    let mut writes: ArrayVec<(&mut [F], &[Range<usize>]), TENSORS> = ArrayVec::new();
    writes.push((&mut w, &segments));
    writes.extend(tensors.iter_mut().zip(&places).map(|(tensor, places)| (&mut **tensor, &places[..])));
    let reads = reads.iter().map(|read| (*read, &segments[..])).collect();
    let whole = Whole::of(&parts, reads, writes).ok_or(TooMuch)?;
    let parameter = |part: usize| groups[members[part].0].parameters[members[part].1];
    let Some(start) = (0..members.len()).find(|part| parameter(*part) == broken.parameter) else { return Ok(None) };
    let group = members[start].0;
    let Some(to) = groups[group].target(&updates[group], broken.state) else { return Ok(None) };
    let through = whole.through(start, to);
    let found = through.parts().filter_map(|part| {
        let group = members[part].0;
        let names = groups[group].names_of(&updates[group], hyper);
        let sight = AllElements { whole: &whole, through: &through, part, own: parts[part].shape };
        let mut seeker = Seeker::new(&updates[group], (names, hyper), &sight);
        seeker.seek_all();
        Some((seeker.looked_at, part, seeker.found?))
    });
    // Where several broke by the same one, that of which it was found.
    let first = found.min_by_key(|(order, part, _)| (*order, Reverse(*part == start), *part));
    Ok(first.map(|(_, part, found)| (parameter(part), found)))
}

/// What is known of the values of one element.
struct OneElement {
    values: Partly,
    relevant: Relevant,
    element: usize,
}

impl Sight for OneElement {
    fn through(&self, id: NodeId) -> Vec<usize> {
        if self.relevant.holds(id) { vec![self.element] } else { Vec::new() }
    }

    fn value(&self, id: NodeId, _: (NodeId, usize)) -> Option<f64> {
        self.values.at(id)
    }

    fn born(&self, _: NodeId) -> Option<(usize, f64)> {
        None
    }

    fn shape(&self, _: NodeId) -> Option<Shape> {
        None
    }
}

/// The values of all elements, of one of the parameters.
struct AllElements<'a, F> {
    whole: &'a Whole<'a, F>,
    through: &'a Through,
    part: usize,
    own: Shape,
}

impl<F: Real> Sight for AllElements<'_, F> {
    fn through(&self, id: NodeId) -> Vec<usize> {
        self.through.elements(self.part, id).collect()
    }

    fn value(&self, id: NodeId, with: (NodeId, usize)) -> Option<f64> {
        self.whole.at(self.part, id, self.whole.element_with(self.part, id, with))
    }

    fn born(&self, id: NodeId) -> Option<(usize, f64)> {
        self.whole.first_born(self.through, self.part, id)
    }

    fn shape(&self, id: NodeId) -> Option<Shape> {
        self.whole.shape(self.part, id).filter(|shape| *shape != self.own)
    }
}

impl Group {
    /// The new value of a state, or of the weights.
    fn target(&self, update: &Update, state: Option<&str>) -> Option<NodeId> {
        match state {
            None => update.w,
            Some(name) => update.states.get(self.states.iter().position(|state| state.name == name)?).copied(),
        }
    }

    /// What the script calls what came in.
    fn names_of(&self, update: &Update, hyper: &[String]) -> HashMap<NodeId, String> {
        let tensor = |initial: &Initial| matches!(initial, Initial::Tensor(_));
        let states = |tensors: bool| {
            let of = self.states.iter().filter(move |state| tensor(&state.initial) == tensors);
            of.map(|state| format!("state.{}", state.name)).collect::<Vec<_>>()
        };
        let (tensors, numbers) = (states(true), states(false));
        let word = |op: Op| match op {
            Op::Tensor(slot @ Slot::Read(place)) => Some(match Draw::of(slot) {
                Some(draw) => format!("{}(w)", draw.name()),
                None if place == SECOND => "dw2".to_owned(),
                None => "dw".to_owned(),
            }),
            Op::Tensor(Slot::Write(0)) => Some("w".to_owned()),
            Op::Tensor(Slot::Write(slot)) => tensors.get(usize::from(slot) - 1).cloned(),
            Op::Number(place) => numbers.get(usize::from(place)).cloned(),
            Op::Uniform(0) => Some("t".to_owned()),
            Op::Uniform(place) => hyper.get(usize::from(place) - 1).map(|name| format!("h.{name}")),
            _ => None,
        };
        update.graph.nodes().filter_map(|(id, op)| Some((id, word(op)?))).collect()
    }
}

/// A number in a sentence: four digits.
pub fn plain(value: f64) -> String {
    let rounded = format!("{value:.3e}").parse::<f64>().unwrap_or(value);
    let usual = rounded == 0.0 || (1e-3..1e6).contains(&rounded.abs()) || !rounded.is_finite();
    if usual { format!("{rounded}") } else { format!("{rounded:e}") }
}
