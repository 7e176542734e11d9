//! The operators and functions that scripts may apply to symbolic values: each appends a node to the graph.

use rhai::{Dynamic, Engine, EvalAltResult, NativeCallContext, Position};

use super::matrix;
use super::pointwise::LOSS;
use super::trace::{self, Mask, Sym, TensorMask, Trace};
use crate::program::{Binary, Graph, NodeId, Op, Reduction, Unary};

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// The most nodes of a graph: a hundred times the longest rule that we know of.
const MAX_NODES: usize = 4096;

/// An operand of an operator: a node, or a number to become one.
pub(super) trait Operand: Clone + Send + Sync + 'static {
    fn node(self, trace: &mut Trace) -> Fallible<NodeId>;
}

impl Operand for Sym {
    fn node(self, trace: &mut Trace) -> Fallible<NodeId> {
        trace.facts(self).map(|_| self.id)
    }
}
impl Operand for Mask {
    fn node(self, trace: &mut Trace) -> Fallible<NodeId> {
        self.0.node(trace)
    }
}
impl Operand for TensorMask {
    fn node(self, trace: &mut Trace) -> Fallible<NodeId> {
        self.0.node(trace)
    }
}
impl Operand for f64 {
    fn node(self, trace: &mut Trace) -> Fallible<NodeId> {
        Ok(trace.graph.constant(self))
    }
}
impl Operand for i64 {
    fn node(self, trace: &mut Trace) -> Fallible<NodeId> {
        Ok(trace.graph.constant(self as f64))
    }
}
impl Operand for bool {
    fn node(self, trace: &mut Trace) -> Fallible<NodeId> {
        Ok(trace.graph.constant(f64::from(u8::from(self))))
    }
}

/// The graph does not grow for ever.
fn bounded(trace: &Trace) -> Fallible<()> {
    if trace.graph.len() > MAX_NODES {
        return Err(format!(
            "more than {MAX_NODES} operations on tensors are too many for {}; is there a long loop?",
            trace.what
        )
        .into());
    }
    Ok(())
}

/// The value for the script, which was made at this place: masks have types of their own, so that `if` on them is noticed.
fn value(trace: &mut Trace, id: NodeId, at: Position) -> Dynamic {
    let facts = trace.graph.facts(id);
    let sym = trace.sym(id);
    match (facts.mask, facts.tensor || facts.reduced) {
        (false, _) => Dynamic::from(sym),
        (true, false) => {
            trace.looked_at = Some(at);
            Dynamic::from(Mask(sym, at))
        }
        (true, true) => Dynamic::from(TensorMask(sym)),
    }
}

/// The value of a function that the script calls by `name`.
pub(super) fn give(
    trace: &mut Trace,
    name: &'static str,
    operands: &[NodeId],
    id: NodeId,
    context: &NativeCallContext,
) -> Fallible<Dynamic> {
    trace.note(name, operands, id, context);
    bounded(trace)?;
    Ok(match trace.decided(id, context.call_position()) {
        Some(holds) => Dynamic::from(holds),
        None => value(trace, id, context.call_position()),
    })
}

fn unary(op: Unary, x: impl Operand, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        let x = x.node(trace)?;
        let id = trace.graph.unary(op, x);
        give(trace, op.name(), &[x], id, context)
    })
}

pub(super) fn binary(op: Binary, x: impl Operand, y: impl Operand, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        let (x, y) = (x.node(trace)?, y.node(trace)?);
        matrix::meet(trace, op.name(), &[x, y])?;
        let id = trace.graph.binary(op, x, y);
        give(trace, op.name(), &[x, y], id, context)
    })
}

fn select(m: impl Operand, a: impl Operand, b: impl Operand, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        let (m, a, b) = (m.node(trace)?, a.node(trace)?, b.node(trace)?);
        matrix::meet(trace, "where", &[m, a, b])?;
        let id = trace.graph.select(m, a, b);
        give(trace, "where", &[m, a, b], id, context)
    })
}

fn reduce(op: Reduction, name: &'static str, x: Sym, y: Sym, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        if !trace.reductions_allowed {
            if trace.what == LOSS {
                let over = if matches!(name, "dot") { "sum(x * y, 1)".into() } else { format!("{name}(x, 1)") };
                return Err(format!(
                    "`{name}` looks at all samples at once; the mean over them is taken for you, and `{over}` goes over the \
                     outputs of a sample"
                )
                .into());
            }
            return Err(format!(
                "`{name}` looks at all elements at once, and {} is taken element by element; write what becomes of one",
                trace.what
            )
            .into());
        }
        let (fx, fy) = (trace.facts(x)?, trace.facts(y)?);
        if !fx.tensor || !fy.tensor {
            return Err(format!("`{name}` wants a tensor, as in `{name}(dw)`; this is one number").into());
        }
        if fx.shape != fy.shape
            && let (Some(x), Some(y)) = (trace.graph.shape(x.id), trace.graph.shape(y.id))
        {
            return Err(format!(
                "`{name}` wants two tensors of one shape, and these are {x} and {y}; `sum(x * y)` repeats a side of 1"
            )
            .into());
        }
        let taken = taken(trace, op, x.id, y.id);
        let id = match name {
            "norm" => trace.graph.unary(Unary::Sqrt, taken),
            "mean" => {
                let length = match fx.shape {
                    Some(shape) => trace.graph.constant(shape.len() as f64),
                    None => trace.graph.length(),
                };
                trace.graph.binary(Binary::Div, taken, length)
            }
            _ => taken,
        };
        let operands = [x.id, y.id];
        give(trace, name, if name == "dot" { &operands } else { &operands[..1] }, id, context)
    })
}

/// A mask as numbers, 1 where it holds.
pub(super) fn counted(mask: TensorMask) -> Fallible<Sym> {
    trace::with(|trace| {
        let mask = mask.node(trace)?;
        let (one, zero) = (trace.graph.constant(1.0), trace.graph.constant(0.0));
        let id = trace.graph.select(mask, one, zero);
        bounded(trace)?;
        Ok(trace.sym(id))
    })
}

/// What is taken of all elements of a parameter.
pub(super) fn taken(trace: &mut Trace, op: Reduction, x: NodeId, y: NodeId) -> NodeId {
    match (op, trace.graph.op(x)) {
        // A sum of squares is that of a norm: the same bits, and right where a square leaves the range of the tensor.
        (Reduction::Sum, Op::Binary(Binary::Mul, a, b)) if a == b => trace.graph.reduce(Reduction::Dot, a, b),
        _ => trace.graph.reduce(op, x, y),
    }
}

/// A tensor of the shape of `w` with the same number everywhere.
fn like(w: Sym, number: impl Operand) -> Fallible<Dynamic> {
    trace::with(|trace| {
        let facts = trace.facts(w)?;
        if !facts.tensor {
            return Err("this wants a tensor for its shape, as in `zeros(w)`".into());
        }
        let number = number.node(trace)?;
        let id = trace.graph.broadcast_like(number, facts.shape);
        bounded(trace)?;
        Ok(value(trace, id, Position::NONE))
    })
}

/// A function of one operand that is made of others.
fn made(
    name: &'static str,
    x: Sym,
    context: &NativeCallContext,
    of: fn(&mut Graph, NodeId) -> NodeId,
) -> Fallible<Dynamic> {
    trace::with(|trace| {
        let x = x.node(trace)?;
        let id = of(&mut trace.graph, x);
        give(trace, name, &[x], id, context)
    })
}

fn clamp(x: Sym, low: impl Operand, high: impl Operand, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        let (x, low, high) = (x.node(trace)?, low.node(trace)?, high.node(trace)?);
        matrix::meet(trace, "clamp", &[x, low, high])?;
        let raised = trace.graph.binary(Binary::Max, x, low);
        let id = trace.graph.binary(Binary::Min, raised, high);
        give(trace, "clamp", &[x, low, high], id, context)
    })
}

/// Scripts' functions of one operand that are nodes of their own.
pub(super) const FUNCTIONS: [Unary; 12] = [
    Unary::Abs,
    Unary::Sign,
    Unary::Sqrt,
    Unary::Exp,
    Unary::Ln,
    Unary::Ln1p,
    Unary::Tanh,
    Unary::Sigmoid,
    Unary::Erf,
    Unary::Sin,
    Unary::Cos,
    Unary::Floor,
];
/// Operators and functions of two operands.
pub(super) const OPERATORS: [Binary; 8] =
    [Binary::Add, Binary::Sub, Binary::Mul, Binary::Div, Binary::Pow, Binary::Rem, Binary::Min, Binary::Max];
/// Comparisons.
pub(super) const COMPARISONS: [Binary; 6] = [Binary::Lt, Binary::Le, Binary::Gt, Binary::Ge, Binary::Eq, Binary::Ne];

/// One registration for every pair of types in which at least one side is symbolic.
macro_rules! pairs {
    ($engine:ident, $name:expr, $op:expr; $(($a:ty, $b:ty))*) => {
        $($engine.register_fn($name, move |context: NativeCallContext, a: $a, b: $b| binary($op, a, b, &context));)*
    };
}

macro_rules! choices {
    ($engine:ident, $mask:ty; $(($a:ty, $b:ty))*) => {
        $($engine.register_fn("where", |context: NativeCallContext, m: $mask, a: $a, b: $b| select(m, a, b, &context));)*
    };
}

/// Teaches an engine the symbolic types.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Sym>("tensor");
    for name in ["to_string", "to_debug", "print", "debug"] {
        engine.register_fn(name, |sym: &mut Sym| trace::shown(*sym));
    }
    engine.register_type_with_name::<Mask>("mask");
    engine.register_type_with_name::<TensorMask>("tensor mask");

    for op in OPERATORS.into_iter().chain(COMPARISONS) {
        pairs!(engine, op.name(), op; (Sym, Sym) (Sym, f64) (f64, Sym) (Sym, i64) (i64, Sym));
    }
    for op in [Binary::And, Binary::Or] {
        pairs!(engine, op.name(), op; (Mask, Mask) (Mask, TensorMask) (TensorMask, Mask) (TensorMask, TensorMask)
            (Mask, bool) (bool, Mask) (TensorMask, bool) (bool, TensorMask));
    }
    engine.register_fn("!", |context: NativeCallContext, m: Mask| unary(Unary::Not, m, &context));
    engine.register_fn("!", |context: NativeCallContext, m: TensorMask| unary(Unary::Not, m, &context));
    engine.register_fn("-", |context: NativeCallContext, x: Sym| unary(Unary::Neg, x, &context));
    engine.register_fn("+", |x: Sym| x);
    for op in FUNCTIONS {
        engine.register_fn(op.name(), move |context: NativeCallContext, x: Sym| unary(op, x, &context));
    }
    engine.register_fn("relu", |context: NativeCallContext, x: Sym| {
        made("relu", x, &context, |graph, x| {
            let zero = graph.constant(0.0);
            graph.binary(Binary::Max, x, zero)
        })
    });
    engine.register_fn("square", |context: NativeCallContext, x: Sym| {
        made("square", x, &context, |graph, x| graph.binary(Binary::Mul, x, x))
    });
    engine.register_fn("cube", |context: NativeCallContext, x: Sym| {
        made("cube", x, &context, |graph, x| {
            let square = graph.binary(Binary::Mul, x, x);
            graph.binary(Binary::Mul, square, x)
        })
    });
    choices!(engine, Mask; (Sym, Sym) (Sym, f64) (f64, Sym) (Sym, i64) (i64, Sym) (f64, f64) (i64, i64) (f64, i64) (i64, f64));
    choices!(engine, TensorMask; (Sym, Sym) (Sym, f64) (f64, Sym) (Sym, i64) (i64, Sym) (f64, f64) (i64, i64) (f64, i64) (i64, f64));
    choices!(engine, Mask; (Mask, Mask) (TensorMask, TensorMask));
    choices!(engine, TensorMask; (Mask, Mask) (TensorMask, TensorMask));
    choices!(engine, bool; (Sym, Sym) (Sym, f64) (f64, Sym) (Sym, i64) (i64, Sym));

    engine.register_fn("zeros", |w: Sym| like(w, 0.0));
    engine.register_fn("ones", |w: Sym| like(w, 1.0));
    engine.register_fn("like", |w: Sym, value: f64| like(w, value));
    engine.register_fn("like", |w: Sym, value: i64| like(w, value));
    engine.register_fn("like", |w: Sym, value: Sym| like(w, value));

    for (name, op) in
        [("sum", Reduction::Sum), ("mean", Reduction::Sum), ("norm", Reduction::Dot), ("max_abs", Reduction::MaxAbs)]
    {
        engine.register_fn(name, move |context: NativeCallContext, x: Sym| reduce(op, name, x, x, &context));
    }
    for name in ["sum", "mean"] {
        engine.register_fn(name, move |context: NativeCallContext, x: TensorMask| {
            let x = counted(x)?;
            reduce(Reduction::Sum, name, x, x, &context)
        });
    }
    engine
        .register_fn("dot", |context: NativeCallContext, x: Sym, y: Sym| reduce(Reduction::Dot, "dot", x, y, &context));

    // Rhai would find the division of plain numbers in place, which takes any left side, before it tries `a = a / b`.
    engine.register_fn("/=", |context: NativeCallContext, a: &mut Sym, b: f64| divide_in_place(a, b, &context));
    engine.register_fn("/=", |context: NativeCallContext, a: &mut Sym, b: i64| divide_in_place(a, b, &context));
    register_clamp(engine);
    matrix::register(engine);
    refuse_the_rest(engine);
}

fn divide_in_place(a: &mut Sym, b: impl Operand, context: &NativeCallContext) -> Fallible<()> {
    *a = binary(Binary::Div, *a, b, context)?.cast::<Sym>();
    Ok(())
}

macro_rules! clamps {
    ($engine:ident; $(($a:ty, $b:ty))*) => {
        $($engine.register_fn("clamp", |context: NativeCallContext, x: Sym, low: $a, high: $b| {
            clamp(x, low, high, &context)
        });)*
    };
}

fn register_clamp(engine: &mut Engine) {
    clamps!(engine; (f64, f64) (i64, i64) (f64, i64) (i64, f64) (Sym, Sym) (Sym, f64) (f64, Sym) (Sym, i64) (i64, Sym));
}

/// An operator that Rhai does not know for two types is silently `false` when it compares: every other pair is refused.
fn refuse_the_rest(engine: &mut Engine) {
    fn refuse(op: &str, one: &Dynamic, other: &Dynamic) -> Fallible<Dynamic> {
        let signature = format!("{op} ({}, {})", one.type_name(), other.type_name());
        Err(EvalAltResult::ErrorFunctionNotFound(signature, Position::NONE).into())
    }
    for op in COMPARISONS {
        let name = op.name();
        engine.register_fn(name, move |a: Sym, b: Dynamic| refuse(name, &Dynamic::from(a), &b));
        engine.register_fn(name, move |a: Dynamic, b: Sym| refuse(name, &a, &Dynamic::from(b)));
        engine.register_fn(name, move |a: Mask, b: Dynamic| refuse(name, &Dynamic::from(a), &b));
        engine.register_fn(name, move |a: Dynamic, b: Mask| refuse(name, &a, &Dynamic::from(b)));
        engine.register_fn(name, move |a: TensorMask, b: Dynamic| refuse(name, &Dynamic::from(a), &b));
        engine.register_fn(name, move |a: Dynamic, b: TensorMask| refuse(name, &a, &Dynamic::from(b)));
    }
}
