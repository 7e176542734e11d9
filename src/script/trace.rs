//! What a traced call leaves behind: the graph, the last value of every state, and, for the ledger, what the script did.
//!
//! A call is traced on one thread from start to end, so its graph lies in a thread-local place and symbolic values are
//! mere node numbers: small, cheap to copy, and unable to outlive their graph unseen (each carries its trace's number).

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use arrayvec::ArrayVec;
use rhai::{Dynamic, EvalAltResult, Expr, NativeCallContext, Position, Scope};

use super::branches::Deciding;
use super::budget;
use super::paths::Way;
use crate::optim::{Asked, ParameterFacts, Property};
use crate::program::{Conditions, Facts, Folding, Graph, NodeId, Shape};

/// A symbolic scalar or tensor in a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sym {
    pub(super) id: NodeId,
    pub(super) trace: u64,
}

/// The result of comparing scalars, and where in the script; Rhai's error "expecting bool, got mask" tells that a script
/// branches on it.
#[derive(Debug, Clone, Copy)]
pub struct Mask(pub(super) Sym, pub(super) Position);

/// The result of comparing tensors or what was reduced from them: `where` is the only way to choose by it.
#[derive(Debug, Clone, Copy)]
pub struct TensorMask(pub(super) Sym);

/// The `state` of `update`: an assignment through any alias is seen.
#[derive(Debug, Clone, Copy)]
pub struct StateHandle;

/// The `h` of a traced function.
#[derive(Debug, Clone, Copy)]
pub struct HyperHandle;

/// One state and its newest value.
#[derive(Debug, Clone)]
pub struct StateValue {
    pub name: String,
    /// A [`Sym`] tensor, a [`Sym`] scalar or a number.
    pub value: Dynamic,
    pub tensor: bool,
    /// The shape of a tensor that has not the parameter's.
    pub shape: Option<Shape>,
}

/// Something that a traced script did.
#[derive(Debug, Clone)]
pub enum Done {
    /// It applied an operator or a function, as it is written: the graph may have folded it into something else.
    Applied { name: &'static str, operands: ArrayVec<NodeId, 3>, node: NodeId, at: Position },
    /// It assigned the state with this place; the value is a node or a number.
    Assigned { state: usize, value: Dynamic },
    /// It looked at a variable that had another value before, or none: so many calls deep, in a function whose first variables
    /// are these. Names stand in [`Trace::words`], lists of them in [`Trace::firsts`].
    Seen { name: usize, node: NodeId, level: usize, first: usize },
}

/// A sum over all parameters.
#[derive(Debug, Clone, Copy)]
pub struct Total {
    /// What it is known by.
    pub number: u64,
    /// Where it stands, and where the function around it was called, if `update` itself is not around it.
    pub at: Position,
    pub called: Option<Position>,
}

/// What is being traced.
#[expect(clippy::struct_excessive_bools, reason = "five facts that do not exclude each other")]
#[derive(Default)]
pub struct Trace {
    pub graph: Graph,
    number: u64,
    /// What the script did, in order, if somebody wants to be told.
    pub tape: Option<Vec<Done>>,
    /// Only some kinds of script may look at all elements at once.
    pub reductions_allowed: bool,
    pub states: Vec<StateValue>,
    pub hyper: Vec<(String, Dynamic)>,
    /// The parameter that a rule is traced for, and what the script has asked of it.
    pub parameter: Option<(ParameterFacts, Asked)>,
    /// The kind of thing that is traced, for messages.
    pub what: &'static str,
    /// Decides what the script branches on, by the numbers of one step.
    pub deciding: Option<Deciding>,
    /// Where the comparison was made that the script has looked at last.
    pub looked_at: Option<Position>,
    /// Where `max(x, 1)` goes over the outputs of a sample.
    pub over_outputs: Vec<Position>,
    /// The script has put a value into words, which a symbolic one has not.
    pub worded: bool,
    /// What variables had when they were looked at last, by the level of the call, if somebody wants to be told.
    seen: HashMap<(usize, usize), NodeId>,
    /// The names of variables that were looked at, and with which ones functions began, the last one first.
    pub words: Vec<String>,
    pub firsts: Vec<Vec<String>>,
    /// Such a value was a number that is known before each step.
    pub known_worded: bool,
    /// Where the script is, and the bodies of its functions, if it has a `total`.
    pub way: Way,
    pub bodies: Option<Arc<[Expr]>>,
    /// The sums over all parameters that it has come to.
    pub totals: Vec<Total>,
    /// It is called this once: what it prints comes at no step of its own.
    once: bool,
    printed: bool,
}

/// The most variables by which a function is known again.
const PARAMETERS: usize = 12;

thread_local! {
    static TRACE: RefCell<Trace> = RefCell::new(Trace::default());
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Begins a trace on this thread; what an earlier one left is dropped.
pub fn begin(folding: Folding, what: &'static str, reductions_allowed: bool) {
    TRACE.with_borrow_mut(|trace| {
        *trace = Trace {
            graph: Graph::new(folding),
            number: trace.number + 1,
            reductions_allowed,
            what,
            once: folding == Folding::Full,
            ..Trace::default()
        };
    });
}

/// Looks at or adds to the trace of this thread.
pub fn with<R>(f: impl FnOnce(&mut Trace) -> R) -> R {
    TRACE.with_borrow_mut(f)
}

/// Ends the trace and hands it over. Where it printed something the log is told why that is no number of a step.
pub fn end() -> Trace {
    let told = TRACE.with_borrow(|trace| if trace.once && trace.printed { function(trace.what) } else { None });
    if let Some(function) = told {
        let why = format!(
            "(printed once: `{function}` is traced before step 1, so a value has no number yet; Ledger and State show those \
             of each step)"
        );
        // What is traced for one parameter after another is explained once, below all of it.
        LOG.with_borrow_mut(|log| log.retain(|line| *line != why));
        log(&why);
    }
    TRACE.with_borrow_mut(|trace| {
        let number = trace.number;
        std::mem::replace(trace, Trace { number, ..Trace::default() })
    })
}

/// The function of a script that is traced once for this kind of thing, if it is.
fn function(what: &str) -> Option<&'static str> {
    let all = [
        ("an update", "update"),
        ("an evaluation", "evaluate"),
        ("a second point", "second_point"),
        ("a state", "state"),
        ("an activation", "forward"),
        ("a loss", "loss"),
        ("a landscape", "height"),
    ];
    all.into_iter().find(|(kind, _)| *kind == what).map(|(_, function)| function)
}

/// What `print` shows of a value that is traced.
pub fn shown(sym: Sym) -> String {
    TRACE.with_borrow_mut(|trace| trace.worded = true);
    let facts = TRACE.with_borrow(|trace| trace.facts(sym));
    let tensor = facts.as_ref().is_ok_and(|facts| facts.tensor);
    if facts.is_ok_and(|facts| !facts.tensor && !facts.reduced) {
        TRACE.with_borrow_mut(|trace| trace.known_worded = true);
    }
    if tensor { "a tensor".to_owned() } else { "a number".to_owned() }
}

/// Lines that are kept until somebody takes them.
const LINES: usize = 1000;

/// Keeps a line that a script printed.
pub fn log(line: &str) {
    let Some(line) = budget::printed(line) else { return };
    TRACE.with_borrow_mut(|trace| (trace.printed, trace.worded) = (true, true));
    LOG.with_borrow_mut(|log| match log.len() {
        0..LINES => log.push(crate::error::scrub(&line)),
        LINES => log.push(format!("... more than {LINES} lines: the rest is not printed")),
        _ => {}
    });
}

/// Takes the lines that scripts on this thread printed.
pub fn take_log() -> Vec<String> {
    LOG.take()
}

/// How many lines are kept.
pub fn log_len() -> usize {
    LOG.with_borrow(Vec::len)
}

/// Drops all lines but so many of the oldest.
pub fn cut_log(len: usize) {
    LOG.with_borrow_mut(|log| log.truncate(len));
}

/// Keeps lines that were printed before, when what printed them was not yet to be used.
pub fn log_again(lines: &[String]) {
    LOG.with_borrow_mut(|log| log.extend(lines.iter().take(LINES.saturating_sub(log.len())).cloned()));
}

/// What `work` gives, and the lines that it prints, which are not kept.
pub fn with_own_log<T>(work: impl FnOnce() -> T) -> (T, Vec<String>) {
    let before = LOG.take();
    let given = work();
    (given, LOG.replace(before))
}

/// What `work` gives, with the lines that it prints unless it is only tried.
pub fn log_unless<T>(tried: bool, work: impl FnOnce() -> T) -> T {
    if tried { without_log(work) } else { work() }
}

/// What `work` gives, without the lines that scripts print on its way: it looks at what will be called again to be used.
pub fn without_log<T>(work: impl FnOnce() -> T) -> T {
    with_own_log(work).0
}

impl Trace {
    /// A node as a value for scripts.
    pub fn sym(&self, id: NodeId) -> Sym {
        Sym { id, trace: self.number }
    }

    /// The facts of a value, or an error if it comes from an earlier call.
    pub fn facts(&self, sym: Sym) -> Result<Facts, Box<EvalAltResult>> {
        if sym.trace == self.number {
            Ok(self.graph.facts(sym.id))
        } else {
            Err("this value belongs to an earlier call of the script".into())
        }
    }

    /// What is traced depends on the shape of the parameter.
    pub fn asks_for_shape(&mut self) {
        if let Some((_, asked)) = &mut self.parameter {
            asked.add(Property::Shape);
        }
    }

    /// The trace is of an optimizer's function for this parameter, of which this was asked before.
    pub fn is_for(&mut self, parameter: &ParameterFacts, asked: Asked) {
        self.graph = Graph::of_shape(self.graph.folding(), parameter.shape());
        self.parameter = Some((parameter.clone(), asked));
    }

    /// What the script branches on is decided by the numbers of one step from here on.
    pub fn decides(&mut self, deciding: Deciding) {
        self.deciding = Some(deciding);
        // What it prints is a reason to call it at each step.
        self.once = false;
    }

    /// The conditions that were decided, and whether a value was put into words; none where nothing is decided.
    pub fn decisions(&self) -> Option<(Conditions, bool)> {
        let deciding = self.deciding.as_ref()?;
        Some((deciding.conditions(&self.graph), self.worded))
    }

    /// Whether a scalar condition that was made at this place holds, where the trace is to decide there.
    pub fn decided(&mut self, id: NodeId, at: Position) -> Option<bool> {
        let Self { deciding, graph, .. } = self;
        deciding.as_mut()?.holds(graph, id, at)
    }

    /// Keeps what a variable holds that was looked at, if it holds something else than before.
    pub fn see(&mut self, name: &str, sym: Sym, level: usize, scope: &Scope<'_>) {
        let Some(tape) = self.tape.as_mut().filter(|_| sym.trace == self.number) else { return };
        let name = self.words.iter().position(|word| word == name).unwrap_or_else(|| {
            self.words.push(name.to_owned());
            self.words.len() - 1
        });
        if self.seen.insert((level, name), sym.id) == Some(sym.id) {
            return;
        }
        // Backwards, since values are copied by what goes forwards.
        let first = || scope.iter_raw().skip(scope.len().saturating_sub(PARAMETERS)).map(|(name, ..)| name);
        let known = self.firsts.iter().position(|known| first().eq(known.iter().map(String::as_str)));
        let first = known.unwrap_or_else(|| {
            self.firsts.push(first().map(str::to_owned).collect());
            self.firsts.len() - 1
        });
        tape.push(Done::Seen { name, node: sym.id, level, first });
    }

    /// Keeps what was applied to what, and where.
    pub fn note(&mut self, name: &'static str, operands: &[NodeId], node: NodeId, context: &NativeCallContext) {
        if let Some(tape) = &mut self.tape {
            // No more than three are ever given.
            let operands = operands.iter().copied().take(3).collect();
            tape.push(Done::Applied { name, operands, node, at: context.call_position() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Source;
    use crate::optim::Body;
    use crate::script::{Kind, Script, optimizer, pointwise};

    /// What is printed while a rule with this body is made, and while each of its first steps is.
    fn printed(body: &str) -> (Vec<String>, Vec<String>) {
        let text = format!(
            "fn hyper() {{ #{{ lr: 0.1 }} }}\nfn update(w, dw, state, h, t) {{\n{body}\n    w - h.lr * dw\n}}\n"
        );
        let script = Script::load(Kind::Optimizer, &Source::new("mine.rhai", text)).unwrap();
        take_log();
        let mut parts = optimizer::rule(&script).unwrap();
        let made = take_log();
        if let Body::EachStep(tracer) = &mut parts.program.body {
            for t in [1, 2] {
                tracer.trace(t, &[0.1], &[], false).unwrap();
            }
        }
        (made, take_log())
    }

    #[test]
    fn a_print_of_what_is_traced_says_why_it_has_no_number() {
        let (made, steps) = printed("    print(dw);\n    print(`norm ${norm(dw)}`);");
        assert_eq!(made[..2], ["a tensor", "norm a number"]);
        assert!(made[2].starts_with("(printed once: `update` is traced before step 1"), "{made:?}");
        assert_eq!((made.len(), steps.len()), (3, 0));
        assert!(printed("").0.is_empty(), "nothing is explained where nothing was printed");
    }

    #[test]
    fn a_rule_that_branches_prints_at_each_step_and_not_before() {
        let (made, steps) = printed("    if t > 1 { print(`later ${t}`); }\n    print(`step ${t}`);");
        assert!(made.is_empty(), "{made:?}");
        assert_eq!(steps, ["step 1", "later 2", "step 2"]);
    }

    #[test]
    fn an_activation_is_traced_once_too() {
        let text = "fn forward(x, h) {\n    print(x);\n    where(x > 0, x, 0.0)\n}\n";
        let script = Script::load(Kind::Activation, &Source::new("act.rhai", text)).unwrap();
        take_log();
        assert!(pointwise::activation::<f64>(&script, &Vec::new()).is_ok());
        let log = take_log();
        assert!(log[0] == "a tensor" && log[1].contains("`forward` is traced"), "{log:?}");
    }
}
