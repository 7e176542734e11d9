//! What of a rule has left the finite numbers, and which operation of its update was the first to make something that is
//! not finite of what was.

use std::collections::HashMap;

use super::group::Group;
use super::{Initial, Rule, StatePlace, StateValue, Update};
use crate::optim::ledger::{Origin, Statement};
use crate::program::{NodeId, Op, Real, Remains, Slot};
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
    /// The gradient went into it.
    pub of_gradient: bool,
}

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

    /// The first operation of the last update, in the order of the script, by which an element of a parameter, or of the state
    /// with this name, has left the finite numbers. None if it does not follow from the gradient and the state after the update:
    /// the old weights are gone. The script is called once more where it was called with the numbers of the step.
    pub fn broken_operation(
        &mut self,
        (parameter, element): (usize, usize),
        state: Option<&str>,
        dw: &[F],
    ) -> Option<BrokenOperation> {
        let (group, at) = *self.of.get(parameter)?;
        let group = &mut self.groups[group];
        let update = &*group.last_update()?;
        let group = &*group;
        let segment = self.segments.get(parameter)?.clone();
        let (mut written, mut numbers) = (Vec::new(), Vec::new());
        for ((_, place), node) in group.state_places().zip(&update.states) {
            match place {
                // Of another shape it has no element that is this one's.
                StatePlace::Tensor(tensor) if group.state_shapes[tensor].is_some() => {}
                StatePlace::Tensor(tensor) => written.push((*node, &self.tensors[tensor][segment.clone()])),
                StatePlace::Number(number) => {
                    numbers.push((*node, group.numbers[at * group.numbers_each + number]));
                }
            }
        }
        let to = match state {
            None => update.w?,
            Some(name) => update.states[group.states.iter().position(|state| state.name == name)?],
        };
        // A value that the update only hands on is its own cause; what it was before is not known.
        let remains = Remains {
            uniforms: &group.uniforms,
            length: segment.len(),
            dw: &dw[segment.clone()],
            written: &written,
            numbers: &numbers,
        };
        let values = remains.of(&update.graph, element);
        let relevant = values.relevant(&update.graph, to);
        let mut seeker =
            Seeker { names: group.names_of(update, &self.hyper), update, value: &|id| values.at(id), found: None };
        for statement in &update.statements {
            seeker.statement(statement, &|id| relevant.holds(id));
        }
        seeker.found
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
            Op::Tensor(Slot::Read(_)) => Some("dw".to_owned()),
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

/// How many operations within each other are written out.
const DEEPEST: usize = 4;

/// Goes through the statements as they ran.
struct Seeker<'a> {
    names: HashMap<NodeId, String>,
    update: &'a Update,
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

    fn seek(&self, formula: &Formula<Origin>, relevant: &dyn Fn(NodeId) -> bool) -> Option<BrokenOperation> {
        let Formula::Apply { name, operands, value } = formula else { return None };
        if let Some(found) = operands.iter().find_map(|operand| self.seek(operand, relevant)) {
            return Some(found);
        }
        let Origin::Node(id) = *value else { return None };
        let values: Vec<Option<f64>> = operands.iter().map(|operand| self.value_of(operand)).collect();
        let finite = values.iter().flatten().all(|value| value.is_finite());
        let broken = (self.value)(id).is_some_and(|value| !value.is_finite()) && values.iter().all(Option::is_some);
        // Whatever is divided by 0 comes to nothing finite.
        let by_zero = matches!(*name, "/" | "%") && values.last() == Some(&Some(0.0));
        if !relevant(id) || !finite || !(broken || by_zero) || *name == "where" {
            return None;
        }
        let words = operands.iter().map(|operand| self.words(operand).text(&String::clone)).collect();
        let text = self.words(formula).text(&String::clone);
        Some(BrokenOperation { name, text, words, values, of_gradient: self.of_gradient(id) })
    }

    fn of_gradient(&self, id: NodeId) -> bool {
        let mut made = std::collections::HashSet::new();
        for (id, op) in self.update.graph.nodes() {
            if matches!(op, Op::Tensor(Slot::Read(_))) || op.operands().any(|operand| made.contains(&operand)) {
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

/// A number in a sentence: four digits.
pub fn plain(value: f64) -> String {
    let rounded = format!("{value:.3e}").parse::<f64>().unwrap_or(value);
    let usual = rounded == 0.0 || (1e-3..1e6).contains(&rounded.abs()) || !rounded.is_finite();
    if usual { format!("{rounded}") } else { format!("{rounded:e}") }
}
