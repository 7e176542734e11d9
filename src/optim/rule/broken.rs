//! What of a rule has left the finite numbers, and which operation of its update was the first to make something that is
//! not finite of what was.

use std::collections::HashMap;

use super::draws::{Draw, SECOND};
use super::group::Group;
use super::{Initial, Rule, StatePlace, StateValue, Update};
use crate::error::Place;
use crate::optim::ledger::{Origin, Statement};
use crate::program::{NodeId, Op, Partly, Real, Remains, Slot};
use crate::snapshot::Formula;

/// An operation that broke.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokenOperation {
    /// The operator or function as in a script.
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
}

/// What an update has broken.
pub(super) struct Broken<'a, F> {
    /// Its place in the layout.
    pub parameter: usize,
    /// An element that is not finite any more.
    pub element: usize,
    /// Of this state, or of the weights.
    pub state: Option<&'a str>,
    /// All weights after it.
    pub w: &'a [F],
    /// The gradient that it was made of.
    pub dw: &'a [F],
    /// The second one; the same where there is none.
    pub second: &'a [F],
    /// The hyper-parameters, as for the update.
    pub hyper: &'a [f64],
}

/// The most elements whose operations are looked through for the first one that broke.
const MOST: usize = 1024;

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

    /// The first operation of the last update, in the order of the script, by which elements of a parameter, or of the state
    /// with this name, have left the finite numbers, with the first element that it broke. It is given the weights after the update, and the
    /// gradients (twice the same where there is one) and the hyper-parameters before it.
    ///
    /// Of the first update all is known. Of a later one what follows from the gradient and the state after it: the old weights
    /// are gone. None if it does not follow. The script is called once more where it was called with the numbers of the step.
    pub fn broken_operation(
        &mut self,
        (parameter, element): (usize, usize),
        state: Option<&str>,
        (w, [dw, second], hyper): (&[F], [&[F]; 2], &[f64]),
    ) -> Option<(usize, BrokenOperation)> {
        let broken = Broken { parameter, element, state, w, dw, second, hyper };
        if let Some(found) = self.broken_at_first(&broken) {
            return Some(found);
        }
        let (group, at) = *self.of.get(parameter)?;
        let update = &*self.groups[group].last_update()?;
        let group = &self.groups[group];
        let segment = self.segments.get(parameter)?.clone();
        let (mut written, mut numbers) = (Vec::new(), Vec::new());
        for ((_, place), node) in group.state_places().zip(&update.states) {
            match place {
                // Of another shape it has no element that is this one's.
                StatePlace::Tensor(tensor) if group.state_shapes[tensor].is_some() => {}
                StatePlace::Tensor(tensor) => {
                    written.push((*node, &self.tensors[tensor][self.places[tensor][parameter].clone()]));
                }
                StatePlace::Number(number) => {
                    numbers.push((*node, group.numbers[at * group.numbers_each + number]));
                }
            }
        }
        let reads = self.draws.reads(dw, Some(second));
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
        self.first_broken(update, &broken, |element| Some(remains.element_of(&update.graph, element, &taken)))
    }

    /// The same for what is known of each element.
    pub(super) fn first_broken(
        &self,
        update: &Update,
        broken: &Broken<'_, F>,
        values: impl Fn(usize) -> Option<Partly>,
    ) -> Option<(usize, BrokenOperation)> {
        let group = &self.groups[self.of.get(broken.parameter)?.0];
        let to = match broken.state {
            None => update.w?,
            Some(name) => update.states[group.states.iter().position(|state| state.name == name)?],
        };
        let names = group.names_of(update, &self.hyper);
        let hyper = &self.hyper;
        let mut first: Option<(usize, usize, BrokenOperation)> = None;
        // Of a state the given one alone: it may have another shape.
        let weights = broken.w.get(self.segments.get(broken.parameter)?.clone())?;
        let own = |at: &usize| if broken.state.is_none() { !weights[*at].finite() } else { *at == broken.element };
        for element in (broken.element..weights.len().max(broken.element + 1)).filter(own).take(MOST) {
            let Some(values) = values(element) else { continue };
            let relevant = values.relevant(&update.graph, to);
            let (names, value) = (names.clone(), |id| values.at(id));
            let mut seeker = Seeker { names, update, hyper, value: &value, looked_at: 0, found: None };
            for statement in &update.statements {
                seeker.statement(statement, &|id| relevant.holds(id));
            }
            if let Some(found) = seeker.found
                && first.as_ref().is_none_or(|(order, ..)| seeker.looked_at < *order)
            {
                first = Some((seeker.looked_at, element, found));
            }
        }
        first.map(|(_, element, found)| (element, found))
    }
}

impl Group {
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

/// The most operations that are looked at.
const LONGEST: usize = 10_000;
/// How many operations within each other are written out.
const DEEPEST: usize = 4;

/// Goes through the statements as they ran.
struct Seeker<'a> {
    names: HashMap<NodeId, String>,
    update: &'a Update,
    /// The names of hyper-parameters, in order.
    hyper: &'a [String],
    /// How many operations were looked at.
    looked_at: usize,
    value: &'a dyn Fn(NodeId) -> Option<f64>,
    found: Option<BrokenOperation>,
}

impl Seeker<'_> {
    fn statement(&mut self, statement: &Statement, relevant: &dyn Fn(NodeId) -> bool) {
        if self.found.is_none() {
            self.found = self.seek(&statement.formula, relevant);
        }
        if let Some(Origin::Node(id)) = statement.formula.value().copied() {
            self.names.entry(id).or_insert_with(|| statement.name.clone());
        }
    }

    fn value_of(&self, formula: &Formula<Origin>) -> Option<f64> {
        match formula.value().copied()? {
            Origin::Known(value) => Some(value),
            Origin::Node(id) => (self.value)(id),
        }
    }

    fn seek(&mut self, formula: &Formula<Origin>, relevant: &dyn Fn(NodeId) -> bool) -> Option<BrokenOperation> {
        let (name, operands, value) = match formula {
            Formula::Apply { name, operands, value } => (name, operands, value),
            Formula::Value(Origin::Node(id)) => return self.seek_number(*id, relevant),
            _ => return None,
        };
        if let Some(found) = operands.iter().find_map(|operand| self.seek(operand, relevant)) {
            return Some(found);
        }
        self.looked_at += 1;
        let Origin::Node(id) = *value else { return None };
        let values: Vec<Option<f64>> = operands.iter().map(|operand| self.value_of(operand)).collect();
        let finite = values.iter().flatten().all(|value| value.is_finite());
        let broken = (self.value)(id).is_some_and(|value| !value.is_finite()) && values.iter().all(Option::is_some);
        // Whatever is divided by 0 comes to nothing finite.
        let by_zero = matches!(*name, "/" | "%") && values.last() == Some(&Some(0.0));
        if !relevant(id) || !finite || !(broken || by_zero) || *name == "where" {
            return None;
        }
        let words: Vec<String> = operands.iter().map(|operand| self.words(operand).text(&String::clone)).collect();
        let text = self.words(formula).text(&String::clone);
        Some(self.told(id, name, (text, words, values)))
    }

    /// The same of a number in a line of elements, which has no operations of its own there.
    fn seek_number(&mut self, id: NodeId, relevant: &dyn Fn(NodeId) -> bool) -> Option<BrokenOperation> {
        let graph = &self.update.graph;
        let broken = (self.value)(id).is_some_and(|value| !value.is_finite());
        let name = match graph.op(id) {
            Op::Unary(op, _) => op.name(),
            Op::Binary(op, ..) => op.name(),
            _ => return None,
        };
        if !broken || graph.facts(id).tensor || self.names.contains_key(&id) || self.looked_at > LONGEST {
            return None;
        }
        self.looked_at += 1;
        let operands: Vec<NodeId> = graph.op(id).operands().collect();
        if let Some(found) = operands.iter().find_map(|operand| self.seek_number(*operand, relevant)) {
            return Some(found);
        }
        let values: Vec<Option<f64>> = operands.iter().map(|operand| (self.value)(*operand)).collect();
        if !relevant(id) || !values.iter().all(|value| value.is_some_and(f64::is_finite)) {
            return None;
        }
        let words = operands.iter().map(|operand| self.node(*operand, DEEPEST).text(&String::clone)).collect();
        let text = self.node(id, DEEPEST).text(&String::clone);
        Some(self.told(id, name, (text, words, values)))
    }

    fn told(
        &self,
        id: NodeId,
        name: &'static str,
        (text, words, values): (String, Vec<String>, Vec<Option<f64>>),
    ) -> BrokenOperation {
        // What is divided is not to blame.
        let blamed = if matches!(name, "/" | "%") { words.last().unwrap_or(&text) } else { &text };
        let hyper = self.hyper_in(blamed, &words);
        let place = self.update.made_at.iter().find(|(node, _)| *node == id).map(|(_, place)| place.clone());
        BrokenOperation { name, text, words, values, hyper, of_gradient: self.of_gradient(id), place }
    }

    /// Hyper-parameters that stand in a text, besides the operands that are one.
    fn hyper_in(&self, text: &str, words: &[String]) -> Vec<(String, f64)> {
        let all = (1..).zip(self.hyper).map(|(place, name)| (place, format!("h.{name}")));
        let told = all.filter(|(_, name)| !words.contains(name) && stands_in(text, name));
        let node = |place| self.update.graph.nodes().find(|(_, op)| *op == Op::Uniform(place));
        told.filter_map(|(place, name)| Some((name, (self.value)(node(place)?.0)?))).collect()
    }

    fn of_gradient(&self, id: NodeId) -> bool {
        let mut made = std::collections::HashSet::new();
        for (id, op) in self.update.graph.nodes() {
            if matches!(op, Op::Tensor(slot @ Slot::Read(_)) if Draw::of(slot).is_none())
                || op.operands().any(|operand| made.contains(&operand))
            {
                made.insert(id);
            }
        }
        made.contains(&id)
    }

    fn words(&self, formula: &Formula<Origin>) -> Formula<String> {
        match formula {
            Formula::Value(Origin::Known(value)) => Formula::Value(plain(*value)),
            Formula::Value(Origin::Node(id)) => self.node(*id, DEEPEST),
            Formula::Word(word) => Formula::Word(word.clone()),
            Formula::Apply { name, operands, .. } => {
                let operands = operands.iter().map(|operand| self.words(operand)).collect();
                Formula::Apply { name, operands, value: String::new() }
            }
        }
    }

    /// A node by its name, or by what it is made of: a number of a line of elements has no words of its own.
    fn node(&self, id: NodeId, left: usize) -> Formula<String> {
        let known = || self.update.graph.constant_value(id).or_else(|| (self.value)(id)).map_or("..".to_owned(), plain);
        if let Some(name) = self.names.get(&id) {
            return Formula::Value(name.clone());
        }
        let apply = |name: &'static str, operands: &[NodeId]| {
            let operands = operands.iter().map(|operand| self.node(*operand, left - 1)).collect();
            Formula::Apply { name, operands, value: String::new() }
        };
        match self.update.graph.op(id) {
            Op::Broadcast(x) | Op::Fill(x, _) => self.node(x, left),
            Op::Unary(op, x) if left > 0 => apply(op.name(), &[x]),
            Op::Binary(op, x, y) if left > 0 => apply(op.name(), &[x, y]),
            _ => Formula::Value(known()),
        }
    }
}

/// A name stands in a text as a word of its own.
fn stands_in(text: &str, name: &str) -> bool {
    let goes_on = |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    text.match_indices(name).any(|(at, _)| !goes_on(&text[at + name.len()..]))
}

/// A number in a sentence: four digits.
pub fn plain(value: f64) -> String {
    let rounded = format!("{value:.3e}").parse::<f64>().unwrap_or(value);
    let usual = rounded == 0.0 || (1e-3..1e6).contains(&rounded.abs()) || !rounded.is_finite();
    if usual { format!("{rounded}") } else { format!("{rounded:e}") }
}
