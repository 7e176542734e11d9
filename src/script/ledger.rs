//! From what a traced `update` did to the statements of the ledger: one for each name that the script gave, in the order
//! in which they ran, with the arithmetic as the script has it rather than as the graph has folded it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rhai::{Dynamic, Scope};

use super::failure;
use super::load::Script;
use super::number::number;
use super::statements::{Names, Sentence, Sentences};
use super::trace::{Done, Sym, Trace};
use crate::error::{Place, Source};
use crate::optim::{Draw, Origin, Statement};
use crate::program::{Graph, NodeId, Op, Slot};
use crate::snapshot::Formula;

/// The most statements that are told; a script with a loop may make more.
const MAX_STATEMENTS: usize = 200;
/// The most operations of one formula; a helper that is called on its own result makes a tree of a chain.
const LONGEST: usize = 64;

/// An operation of the tape that made a node.
struct Made<'a> {
    name: &'static str,
    operands: &'a [NodeId],
    node: NodeId,
    sentence: Option<&'a Sentence>,
}

/// Collects the statements.
struct Teller<'a> {
    /// The function that is told: `update`, or another one that is called as it is.
    function: &'static str,
    sentences: &'a Sentences,
    graph: &'a Graph,
    /// The function's.
    parameters: Vec<String>,
    /// By their place on the tape; none where nothing was made.
    made: Vec<Option<Made<'a>>>,
    /// For each node the places at which it was made, in order.
    makers: HashMap<NodeId, Vec<usize>>,
    /// What the script calls a node.
    words: HashMap<NodeId, String>,
    /// Nodes whose value stands in an earlier line.
    told: HashSet<NodeId>,
    /// With their places in the file, where they are known.
    lines: Vec<(Statement, Option<usize>)>,
}

/// The statements of a traced function, an update or one beside it, that returned `w`.
pub(super) fn statements(
    (script, function): (&Script, &'static str),
    sentences: &Sentences,
    trace: &Trace,
    scope: &Scope<'_>,
    w: NodeId,
) -> Vec<Statement> {
    let tape = trace.tape.as_deref().unwrap_or_default();
    let mut teller = Teller::new((function, script.parameters_of(function)), sentences, trace, tape);
    let variables = teller.variables(scope);
    if function == "update" {
        teller.begin();
    }
    for (at, done) in tape.iter().enumerate() {
        if teller.lines.len() + 1 >= MAX_STATEMENTS {
            break;
        }
        match done {
            Done::Applied { node, .. } => teller.applied(at, *node, variables.get(&at)),
            Done::Assigned { state, value } => {
                let state = &trace.states[*state];
                teller.assigned(at, &state.name, value, state.tensor);
            }
            Done::Seen { .. } => {}
        }
    }
    teller.end(w, tape.len());
    teller.plain_variables(scope);
    teller.finish()
}

/// Where the script first makes each node of a trace that was taped.
pub(super) fn places(source: &Arc<Source>, trace: &Trace) -> Vec<(NodeId, Place)> {
    let mut known = HashSet::new();
    let made = trace.tape.iter().flatten().filter_map(|done| match done {
        Done::Applied { operands, node, at, .. } => {
            let new = !is_leaf(&trace.graph, *node) && !operands.contains(node) && known.insert(*node);
            new.then(|| (*node, failure::place(source, *at)))
        }
        Done::Assigned { .. } | Done::Seen { .. } => None,
    });
    made.collect()
}

impl<'a> Teller<'a> {
    fn new(
        (function, parameters): (&'static str, Vec<String>),
        sentences: &'a Sentences,
        trace: &'a Trace,
        tape: &'a [Done],
    ) -> Self {
        let graph = &trace.graph;
        let made = tape.iter().map(|done| match done {
            // What gives back an operand, as `x * 1` does, made nothing.
            Done::Applied { name, operands, node, at } if !is_leaf(graph, *node) && !operands.contains(node) => {
                Some(Made { name, operands, node: *node, sentence: sentences.at(*at) })
            }
            _ => None,
        });
        let made: Vec<Option<Made<'a>>> = made.collect();
        let mut makers: HashMap<NodeId, Vec<usize>> = HashMap::new();
        for (at, made) in made.iter().enumerate() {
            if let Some(made) = made {
                makers.entry(made.node).or_default().push(at);
            }
        }
        let parameter = |at: usize| parameters.get(at).cloned().unwrap_or_default();
        let t = parameters.last().cloned().unwrap_or_default();
        let (mut tensors, mut numbers) = (Vec::new(), Vec::new());
        for state in &trace.states {
            let name = format!("state.{}", state.name);
            if state.tensor { &mut tensors } else { &mut numbers }.push(name);
        }
        let word = |op: Op| match op {
            Op::Tensor(slot @ Slot::Read(place)) => Some(match Draw::of(slot) {
                Some(draw) => format!("{}({})", draw.name(), parameter(0)),
                // The gradient, and behind it the second one.
                None => parameter(1 + usize::from(place)),
            }),
            Op::Tensor(Slot::Write(0)) => Some(parameter(0)),
            Op::Tensor(Slot::Write(slot)) => tensors.get(usize::from(slot) - 1).cloned(),
            Op::Number(place) => numbers.get(usize::from(place)).cloned(),
            Op::Uniform(0) => Some(t.clone()),
            Op::Uniform(place) => trace.hyper.get(usize::from(place) - 1).map(|(name, _)| format!("h.{name}")),
            _ => None,
        };
        let words = graph.nodes().filter_map(|(id, op)| Some((id, word(op)?))).collect();
        Self { function, sentences, graph, parameters, made, makers, words, told: HashSet::new(), lines: Vec::new() }
    }

    /// The first line is what came in.
    fn begin(&mut self) {
        for (place, name) in [(0, "dW"), (1, "dW2")] {
            let gradient = self.graph.nodes().find(|(_, op)| *op == Op::Tensor(Slot::Read(place)));
            if let Some((id, _)) = gradient {
                self.line(name.into(), String::new(), Formula::Value(Origin::Node(id)), None);
            }
        }
    }

    fn line(&mut self, name: String, symbolic: String, formula: Formula<Origin>, offset: Option<usize>) {
        if let Some(Origin::Node(id)) = formula.value().copied()
            && !is_leaf(self.graph, id)
        {
            self.told.insert(id);
            self.words.insert(id, name.clone());
        }
        let own = offset.filter(|offset| *offset != usize::MAX);
        self.lines.push((Statement { name, symbolic, formula, offset: own, kept: false }, offset));
    }

    /// Variables of the function that hold what was made at a place of the tape, though no operator of their own made it: the
    /// result of a helper, or of an `if`.
    fn variables(&self, scope: &Scope<'_>) -> HashMap<usize, String> {
        let mut found = HashMap::new();
        for (name, _, value) in scope.iter() {
            let Some(id) = node(&value) else { continue };
            let Some(at) = self.makers.get(&id).and_then(|makers| makers.last()) else { continue };
            let own = self.made[*at].as_ref().and_then(|made| made.sentence);
            if !self.parameters.iter().any(|parameter| parameter == name)
                && own.is_none_or(|own| own.names == Names::Nothing)
            {
                found.insert(*at, name.to_owned());
            }
        }
        found
    }

    /// An operation: it may be the value of a variable, or one of all elements.
    fn applied(&mut self, at: usize, node: NodeId, variable: Option<&String>) {
        let sentence = self.made[at].as_ref().and_then(|made| made.sentence);
        if let Some(Sentence { names: Names::Variable(name), text, offset, .. }) = sentence {
            let formula = self.formula_at(at);
            self.line(name.clone(), text.clone(), formula, Some(*offset));
        } else if let Some(name) = variable {
            let sentence = self.sentences.variable(name);
            let text = sentence.map_or_else(|| self.words_at(at), |sentence| sentence.text.clone());
            let formula = self.formula_at(at);
            self.line(name.clone(), text, formula, sentence.map(|sentence| sentence.offset));
        } else if self.made[at].as_ref().is_some_and(|made| is_reduction(made.name)) && !self.told.contains(&node) {
            // What has rows and columns says which of them its element is made of.
            let tensor = self.graph.facts(node).tensor;
            let formula = if tensor { self.formula_at(at) } else { Formula::Value(Origin::Node(node)) };
            self.line(self.words_at(at), String::new(), formula, None);
        }
    }

    fn assigned(&mut self, at: usize, key: &str, value: &Dynamic, tensor: bool) {
        let made = node(value).and_then(|id| self.maker_before(id, at));
        let own = made.and_then(|made| self.made[made].as_ref()?.sentence);
        let own = own.filter(|own| own.names == Names::State(key.to_owned()));
        let sentence = own.or_else(|| self.sentences.state(key));
        let formula = match (node(value), made) {
            (Some(id), Some(made)) if own.is_some() || !self.told.contains(&id) => self.formula_at(made),
            (Some(id), _) => Formula::Value(Origin::Node(id)),
            (None, _) => Formula::Value(Origin::Known(number(value).unwrap_or(f64::NAN))),
        };
        let text = match (sentence, made) {
            (Some(sentence), _) => sentence.text.clone(),
            (None, Some(made)) => self.words_at(made),
            (None, None) => String::new(),
        };
        let offset = sentence.map(|sentence| sentence.offset);
        let name = format!("state.{key}");
        for (earlier, _) in self.lines.iter_mut().filter(|(line, _)| line.name == name) {
            earlier.kept = false;
        }
        self.line(name, text, formula, offset);
        if let Some((line, _)) = self.lines.last_mut() {
            line.kept = tensor;
        }
    }

    /// The last line is what the function gives back.
    fn end(&mut self, w: NodeId, at: usize) {
        let made = self.maker_before(w, at);
        let own = made.and_then(|made| self.made[made].as_ref()?.sentence);
        let named = own.is_some_and(|own| own.names != Names::Nothing) || self.told.contains(&w);
        let own = own.filter(|own| own.names == Names::Nothing && self.sentences.is_inside(own.offset));
        let own = own.or_else(|| self.sentences.last());
        let text = own.map(|sentence| sentence.text.clone());
        let offset = own.map(|sentence| sentence.offset);
        let formula = match made {
            Some(made) if !named => self.formula_at(made),
            _ => Formula::Value(Origin::Node(w)),
        };
        let text = text.or_else(|| Some(self.words_at(made?))).unwrap_or_default();
        // It comes last wherever it stands.
        let name = if self.function == "update" { "W" } else { "point" };
        self.line(name.into(), text, formula, Some(usize::MAX));
        if let Some((line, _)) = self.lines.last_mut() {
            line.offset = offset;
        }
    }

    /// Variables of the function that are plain numbers, or another name of what there is already: they left nothing on the
    /// tape, so they stand where the file has them.
    fn plain_variables(&mut self, scope: &Scope<'_>) {
        for (name, _, value) in scope.iter() {
            let Some(sentence) = self.sentences.variable(name) else { continue };
            let origin = match (node(&value), number(&value)) {
                (Some(id), _) if !self.makers.contains_key(&id) || is_name(&sentence.text) => Origin::Node(id),
                (None, Some(value)) => Origin::Known(value),
                _ => continue,
            };
            let again = self.lines.iter().any(|(line, _)| line.name == name);
            if again || self.parameters.iter().any(|parameter| parameter == name) || self.lines.len() >= MAX_STATEMENTS
            {
                continue;
            }
            let later = |offset: &Option<usize>| {
                offset.is_some_and(|offset| offset > sentence.offset)
                    && offset.is_some_and(|offset| offset == usize::MAX || self.sentences.is_inside(offset))
            };
            let place = self.lines.iter().position(|(_, offset)| later(offset)).unwrap_or(self.lines.len());
            let symbolic = sentence.text.clone();
            let (name, formula, offset) = (name.to_owned(), Formula::Value(origin), Some(sentence.offset));
            let line = Statement { name, symbolic, formula, offset, kept: false };
            self.lines.insert(place, (line, offset));
        }
    }

    fn finish(self) -> Vec<Statement> {
        self.lines.into_iter().map(|(line, _)| line).collect()
    }

    /// The newest place before this one at which a node was made.
    fn maker_before(&self, id: NodeId, before: usize) -> Option<usize> {
        let makers = self.makers.get(&id)?;
        makers[..makers.partition_point(|at| *at < before)].last().copied()
    }

    /// What was done at a place, down to what has a line of its own. In a line of elements a scalar is one number.
    fn formula_at(&self, at: usize) -> Formula<Origin> {
        let mut left = LONGEST;
        let scalars = self.made[at].as_ref().is_some_and(|made| !self.graph.facts(made.node).tensor);
        self.expand(at, scalars, &mut left)
    }

    fn expand(&self, at: usize, scalars: bool, left: &mut usize) -> Formula<Origin> {
        let Some(made) = &self.made[at] else { return Formula::Value(Origin::Known(f64::NAN)) };
        *left = left.saturating_sub(1);
        let whole = is_reduction(made.name);
        let operand = |id: &NodeId| if whole { self.word(*id, at) } else { self.term(*id, at, scalars, left) };
        let operands = made.operands.iter().map(operand).collect();
        Formula::Apply { name: made.name, operands, value: Origin::Node(made.node) }
    }

    fn term(&self, id: NodeId, before: usize, scalars: bool, left: &mut usize) -> Formula<Origin> {
        let facts = self.graph.facts(id);
        let number = !scalars && !facts.tensor && !facts.mask;
        match self.maker_before(id, before) {
            Some(at) if !number && !self.told.contains(&id) && *left > 0 => self.expand(at, scalars, left),
            _ => Formula::Value(Origin::Node(id)),
        }
    }

    /// A node by its name, or by what it was made of.
    fn word<V>(&self, id: NodeId, before: usize) -> Formula<V> {
        Formula::Word(self.symbol(id, before, &mut LONGEST.clone()).text(&String::clone))
    }

    fn words_at(&self, at: usize) -> String {
        self.symbol_at(at, &mut LONGEST.clone()).text(&String::clone)
    }

    fn symbol_at(&self, at: usize, left: &mut usize) -> Formula<String> {
        let Some(made) = &self.made[at] else { return Formula::Value(String::new()) };
        let operands = made.operands.iter().map(|id| self.symbol(*id, at, left)).collect();
        Formula::Apply { name: made.name, operands, value: String::new() }
    }

    fn symbol(&self, id: NodeId, before: usize, left: &mut usize) -> Formula<String> {
        *left = left.saturating_sub(1);
        if let Some(word) = self.words.get(&id) {
            return Formula::Value(word.clone());
        }
        match (self.graph.op(id), self.maker_before(id, before)) {
            (Op::Constant(bits), _) => Formula::Value(constant(f64::from_bits(bits))),
            (Op::Eye(rows), _) => Formula::Value(format!("eye({rows})")),
            (Op::Broadcast(scalar) | Op::Fill(scalar, _), _) => self.symbol(scalar, before, left),
            (_, Some(at)) if *left > 0 => self.symbol_at(at, left),
            _ => Formula::Value("..".into()),
        }
    }
}

/// A number as a script would have it.
fn constant(value: f64) -> String {
    let usual = value == 0.0 || (1e-5..1e16).contains(&value.abs()) || !value.is_finite();
    if usual { value.to_string() } else { format!("{value:e}") }
}

/// The node of a symbolic value.
fn node(value: &Dynamic) -> Option<NodeId> {
    value.clone().try_cast::<Sym>().map(|sym| sym.id)
}

/// It is a name and nothing else: `dw`, `state.v`.
fn is_name(text: &str) -> bool {
    text.starts_with(char::is_alphabetic) && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
}

/// It came in, and nothing was done to it.
pub(super) fn is_leaf(graph: &Graph, id: NodeId) -> bool {
    graph.op(id).operands().next().is_none()
}

/// The functions that look at all elements at once, at other ones, or at other parameters.
fn is_reduction(name: &str) -> bool {
    let matrices = ["matmul", "transpose", "outer", "trace", "eye", "total"];
    matches!(name, "sum" | "mean" | "norm" | "dot" | "max_abs") || matrices.contains(&name)
}
