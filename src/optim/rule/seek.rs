//! Goes through what a script did, statement by statement, for the first operation that has made something that is not finite
//! of what was.

use std::collections::{HashMap, HashSet};

use super::broken::{BrokenOperation, plain};
use super::{Draw, Update};
use crate::optim::ledger::{Origin, Statement};
use crate::program::{NodeId, Op, Shape, Slot};
use crate::snapshot::Formula;

/// What is known of the values of an update.
pub(super) trait Sight {
    /// The elements of a node through which what is not finite has come.
    fn through(&self, id: NodeId) -> Vec<usize>;
    /// The value of a node where it goes with an element of another one, if it is known.
    fn value(&self, id: NodeId, with: (NodeId, usize)) -> Option<f64>;
    /// The first of the elements that [`Sight::through`] tells of which all is finite that went into it, wherever that lies, with
    /// the largest of that.
    fn born(&self, id: NodeId) -> Option<(usize, f64)>;
    /// Rows and columns of a tensor whose elements are not those of the parameter.
    fn shape(&self, id: NodeId) -> Option<Shape>;
}

/// In place of an operation's name: a number that the script has made of plain ones went into it.
pub const PLAIN: &str = "a plain number";

/// The most operations that are looked at.
const LONGEST: usize = 10_000;
/// How many operations within each other are written out.
const DEEPEST: usize = 4;

/// Functions that look at rows, columns, all elements or all parameters.
const WHOLE: [&str; 9] = ["sum", "mean", "norm", "dot", "max_abs", "matmul", "outer", "trace", "total"];

/// Goes through the statements as they ran.
pub(super) struct Seeker<'a> {
    names: HashMap<NodeId, String>,
    update: &'a Update,
    /// The names of hyper-parameters, in order.
    hyper: &'a [String],
    sight: &'a dyn Sight,
    /// What has words of its own.
    made: HashSet<NodeId>,
    /// How many operations were looked at.
    pub looked_at: usize,
    pub found: Option<BrokenOperation>,
}

impl<'a> Seeker<'a> {
    /// For an update with what its script calls what came in.
    pub fn new(
        update: &'a Update,
        (names, hyper): (HashMap<NodeId, String>, &'a [String]),
        sight: &'a dyn Sight,
    ) -> Self {
        let made = update.made_at.iter().map(|(id, _)| *id).collect();
        Self { names, update, hyper, sight, made, looked_at: 0, found: None }
    }

    /// Looks for the first one.
    pub fn seek_all(&mut self) {
        for statement in &self.update.statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        if self.found.is_none() {
            self.found = self.seek(&statement.formula).or_else(|| self.seek_whole(statement));
        }
        if let Some(Origin::Node(id)) = statement.formula.value().copied() {
            self.names.entry(id).or_insert_with(|| statement.name.clone());
        }
    }

    /// The same of what looks at rows, columns or all elements and stands within another operation: it has a line of its own, by
    /// its words.
    fn seek_whole(&mut self, statement: &Statement) -> Option<BrokenOperation> {
        let Formula::Value(Origin::Node(id)) = statement.formula else { return None };
        let text = &statement.name;
        let name = *WHOLE.iter().find(|name| text.strip_prefix(**name).is_some_and(|rest| rest.starts_with('(')))?;
        self.looked_at += 1;
        let (node, element, largest) = self.born_within(id)?;
        let words = arguments(text);
        let broke = Broke { node, element, values: vec![None; words.len()], largest: Some(largest) };
        Some(self.told(id, (name, text.clone(), words), broke))
    }

    fn value_of(&self, formula: &Formula<Origin>, with: (NodeId, usize)) -> Option<f64> {
        match formula.value().copied()? {
            Origin::Known(value) => Some(value),
            Origin::Node(id) => self.sight.value(id, with),
        }
    }

    fn seek(&mut self, formula: &Formula<Origin>) -> Option<BrokenOperation> {
        let (name, operands, value) = match formula {
            Formula::Apply { name, operands, value } => (*name, operands, value),
            Formula::Value(Origin::Node(id)) => return self.seek_number(*id),
            _ => return None,
        };
        if let Some(found) = operands.iter().find_map(|operand| self.seek(operand)) {
            return Some(found);
        }
        self.looked_at += 1;
        let Origin::Node(id) = *value else { return None };
        if let Some(found) = self.seek_plain(formula, id, operands) {
            return Some(found);
        }
        let broke = if operands.iter().any(|operand| matches!(operand, Formula::Word(_))) {
            // It looks at all of its operands, or at rows and columns.
            let (node, element, largest) = self.born_within(id)?;
            Broke { node, element, values: vec![None; operands.len()], largest: Some(largest) }
        } else {
            let elements = self.sight.through(id);
            elements.into_iter().find_map(|element| self.breaks(id, element, (name, operands)))?
        };
        let words: Vec<String> = operands.iter().map(|operand| self.words(operand).text(&String::clone)).collect();
        let text = self.words(formula).text(&String::clone);
        Some(self.told(id, (name, text, words), broke))
    }

    /// An operand is a number that the script has made of plain numbers alone, which leave no operations behind, and it is not
    /// finite, or no number of the weights is as large.
    fn seek_plain(
        &self,
        formula: &Formula<Origin>,
        id: NodeId,
        operands: &[Formula<Origin>],
    ) -> Option<BrokenOperation> {
        let element = *self.sight.through(id).first()?;
        let value = operands.iter().find_map(|operand| match operand {
            Formula::Value(Origin::Known(value)) => (!value.is_finite()).then_some(*value),
            Formula::Value(Origin::Node(own)) => {
                let value = self.plain_number(*own)?;
                let held = self.sight.value(*own, (id, element)).unwrap_or(value);
                (!value.is_finite() || !held.is_finite()).then_some(value)
            }
            _ => None,
        })?;
        let text = self.words(formula).text(&String::clone);
        let broke = Broke { node: id, element, values: vec![Some(value)], largest: None };
        let mut told = self.told(id, (PLAIN, text, vec![plain(value)]), broke);
        let Some(place) = &mut told.place else { return Some(told) };
        let same = |known: f64| known.to_bits() == value.to_bits() || (known.is_nan() && value.is_nan());
        let line = place.source.text.lines().nth(place.line() - 1).unwrap_or_default();
        // Another variable may hold the same number.
        let named = |statement: &&Statement| match statement.formula {
            Formula::Value(Origin::Known(known)) => same(known) && stands_in(line, &statement.name),
            _ => false,
        };
        if let Some(variable) = self.update.statements.iter().find(named) {
            told.words.push(variable.name.clone());
            if let Some(offset) = variable.offset {
                place.span = offset..offset;
            }
        }
        Some(told)
    }

    /// The value of a node that no operation of the script has made.
    fn plain_number(&self, id: NodeId) -> Option<f64> {
        if self.made.contains(&id) {
            return None;
        }
        match self.update.graph.op(id) {
            Op::Broadcast(x) | Op::Fill(x, _) => self.plain_number(x),
            _ => self.update.graph.constant_value(id),
        }
    }

    /// An operation made something that is not finite of what was, in this element.
    fn breaks(&self, node: NodeId, element: usize, (name, operands): (&str, &[Formula<Origin>])) -> Option<Broke> {
        let with = (node, element);
        let values: Vec<Option<f64>> = operands.iter().map(|operand| self.value_of(operand, with)).collect();
        let finite = values.iter().flatten().all(|value| value.is_finite());
        let own = self.sight.value(node, with);
        let broken = own.is_some_and(|value| !value.is_finite()) && values.iter().all(Option::is_some);
        // Whatever is divided by 0 comes to nothing finite.
        let by_zero = matches!(name, "/" | "%") && values.last() == Some(&Some(0.0));
        let breaks = finite && (broken || by_zero) && name != "where";
        breaks.then_some(Broke { node, element, values, largest: None })
    }

    /// The node that broke of those that an operation without a formula was made of: a norm is the root of a sum.
    fn born_within(&self, id: NodeId) -> Option<(NodeId, usize, f64)> {
        let (mut left, mut known) = (vec![id], HashSet::new());
        while let Some(node) = left.pop() {
            if !known.insert(node) || known.len() > LONGEST {
                continue;
            }
            if let Some((element, largest)) = self.sight.born(node) {
                return Some((node, element, largest));
            }
            let graph = &self.update.graph;
            let own = |node: &NodeId| !self.made.contains(node) && !self.names.contains_key(node);
            left.extend(graph.op(node).operands().filter(own));
        }
        None
    }

    /// The same of a number in a line of elements, which has no operations of its own there.
    fn seek_number(&mut self, id: NodeId) -> Option<BrokenOperation> {
        let graph = &self.update.graph;
        let own = self.sight.value(id, (id, 0));
        let name = match graph.op(id) {
            Op::Unary(op, _) => op.name(),
            Op::Binary(op, ..) => op.name(),
            _ => return None,
        };
        let broken = own.is_some_and(|value| !value.is_finite());
        if !broken || graph.facts(id).tensor || self.names.contains_key(&id) || self.looked_at > LONGEST {
            return None;
        }
        self.looked_at += 1;
        let operands: Vec<NodeId> = graph.op(id).operands().collect();
        if let Some(found) = operands.iter().find_map(|operand| self.seek_number(*operand)) {
            return Some(found);
        }
        let values: Vec<Option<f64>> = operands.iter().map(|operand| self.sight.value(*operand, (id, 0))).collect();
        let element = *self.sight.through(id).first()?;
        if !values.iter().all(|value| value.is_some_and(f64::is_finite)) {
            return None;
        }
        let words = operands.iter().map(|operand| self.node(*operand, DEEPEST).text(&String::clone)).collect();
        let text = self.node(id, DEEPEST).text(&String::clone);
        Some(self.told(id, (name, text, words), Broke { node: id, element, values, largest: None }))
    }

    fn told(&self, id: NodeId, words: (&'static str, String, Vec<String>), broke: Broke) -> BrokenOperation {
        let (name, text, words) = words;
        let Broke { node, element, values, largest } = broke;
        // What is divided is not to blame.
        let blamed = if matches!(name, "/" | "%") { words.last().unwrap_or(&text) } else { &text };
        let hyper = self.hyper_in(blamed, &words, (node, element));
        let place = self.update.made_at.iter().find(|(made, _)| *made == id).map(|(_, place)| place.clone());
        let scalar = !self.update.graph.facts(node).tensor;
        BrokenOperation {
            name,
            text,
            words,
            values,
            hyper,
            of_gradient: self.of_gradient(id),
            place,
            element: (!scalar).then_some(element),
            shape: self.sight.shape(node),
            value: self.sight.value(node, (node, element)),
            largest,
        }
    }

    /// Hyper-parameters that stand in a text, besides the operands that are one.
    fn hyper_in(&self, text: &str, words: &[String], with: (NodeId, usize)) -> Vec<(String, f64)> {
        let all = (1..).zip(self.hyper).map(|(place, name)| (place, format!("h.{name}")));
        let told = all.filter(|(_, name)| !words.contains(name) && stands_in(text, name));
        let node = |place| self.update.graph.nodes().find(|(_, op)| *op == Op::Uniform(place));
        told.filter_map(|(place, name)| Some((name, self.sight.value(node(place)?.0, with)?))).collect()
    }

    fn of_gradient(&self, id: NodeId) -> bool {
        let mut made = HashSet::new();
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
        let value = || self.sight.value(id, (id, 0));
        let known = || self.update.graph.constant_value(id).or_else(value).map_or("..".to_owned(), plain);
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

/// Where an operation broke, and of what.
struct Broke {
    node: NodeId,
    element: usize,
    values: Vec<Option<f64>>,
    largest: Option<f64>,
}

/// The arguments of a call.
fn arguments(call: &str) -> Vec<String> {
    let inside = call.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or_default();
    let mut open = 0;
    let ends = |c: char| {
        open += i32::from(matches!(c, '(' | '[')) - i32::from(matches!(c, ')' | ']'));
        c == ',' && open == 0
    };
    inside.split(ends).map(|argument| argument.trim().to_owned()).collect()
}

/// A name stands in a text as a word of its own.
fn stands_in(text: &str, name: &str) -> bool {
    let goes_on = |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let begins = |before: &str| !before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    text.match_indices(name).any(|(at, _)| begins(&text[..at]) && !goes_on(&text[at + name.len()..]))
}
