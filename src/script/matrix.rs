//! What rules may do with whole matrices: sums along an axis, products, transposes, tensors of other shapes, and totals over
//! all parameters. Shapes are known when a rule is traced for a parameter, so what does not fit is found before any step.

use rhai::{Dynamic, Engine, EvalAltResult, NativeCallContext};

use super::failure::a_kind;
use super::symbol::{give, taken};
use super::trace::{self, Sym, Trace};
use crate::program::{Along, Axis, Binary, NodeId, Op, Reduction, Shape};

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// The most elements of a tensor that a script makes: 256 MiB of f32.
const MOST: usize = 1 << 26;

/// Tensors meet element by element: each side is as long in both, or 1.
pub(super) fn meet(trace: &Trace, name: &str, operands: &[NodeId]) -> Fallible<()> {
    let facts = |id: &NodeId| trace.graph.facts(*id);
    if operands.iter().all(|id| facts(id).shape.is_none()) {
        return Ok(());
    }
    let mut met: Option<Shape> = None;
    for shape in operands.iter().filter(|id| facts(id).tensor).filter_map(|id| trace.graph.shape(*id)) {
        let before = met.unwrap_or(shape);
        met = Some(before.meets(shape).ok_or_else(|| {
            format!("`{name}` meets element by element, and {before} does not fit {shape}; a side must be as long in both, or 1")
        })?);
    }
    Ok(())
}

/// The shape of a tensor that a function looks at as a whole. What it does depends on it from now on.
fn shape(trace: &mut Trace, name: &str, x: Sym) -> Fallible<Shape> {
    if !trace.facts(x)?.tensor {
        return Err(format!("`{name}` wants a tensor, as in `{name}(dw)`; this is one number").into());
    }
    let what = trace.what;
    trace.asks_for_shape();
    trace.graph.shape(x.id).ok_or_else(|| {
        format!("`{name}` looks at other elements than its own, and {what} is taken element by element").into()
    })
}

fn along(kind: Along, x: Sym, axis: &Dynamic, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        let name = kind.name();
        shape(trace, name, x)?;
        let of = match axis.as_int() {
            Ok(0) => Axis::Rows,
            Ok(1) => Axis::Columns,
            _ => {
                return Err(format!(
                    "the axis of `{name}` is 0, over the rows, or 1, over the columns; write `{name}(x, 0)` or `{name}(x, 1)`"
                )
                .into());
            }
        };
        let number = trace.graph.constant(if of == Axis::Rows { 0.0 } else { 1.0 });
        let id = trace.graph.along(kind, of, x.id);
        give(trace, name, &[x.id, number], id, context)
    })
}

/// A side of a tensor that a script makes.
fn side(name: &str, value: &Dynamic) -> Fallible<usize> {
    // `w.rows / 2` is no whole number to Rhai.
    let fits = |side: &f64| side.fract() == 0.0 && (1.0..f64::from(u32::MAX)).contains(side);
    let whole = super::number::number(value).filter(fits).map(|side| side as usize);
    whole.ok_or_else(|| {
        if name == "eye" {
            return format!("`eye(n)` wants a whole number from 1, and this is {}; `w.rows` is one", told(value))
                .into();
        }
        format!(
            "`{name}(rows, columns)` wants whole numbers from 1, and this is {}; `{name}(w)` has the shape of `w`",
            told(value)
        )
        .into()
    })
}

fn told(value: &Dynamic) -> String {
    super::number::number(value).map_or_else(|| a_kind(value).to_owned(), |number| number.to_string())
}

fn small_enough(name: &str, shape: Shape) -> Fallible<()> {
    if shape.len() <= MOST {
        return Ok(());
    }
    Err(format!("`{name}` would make {shape} numbers; {MOST} is the most").into())
}

/// A tensor of any shape with the same number everywhere.
fn filled(name: &'static str, [rows, columns]: [&Dynamic; 2], number: f64) -> Fallible<Dynamic> {
    let shape = Shape::new(side(name, rows)?, side(name, columns)?);
    small_enough(name, shape)?;
    trace::with(|trace| {
        if trace.graph.own().is_none() {
            return Err(format!("`{name}(rows, columns)` is for optimizers, and this is {}", trace.what).into());
        }
        trace.asks_for_shape();
        let number = trace.graph.constant(number);
        let id = trace.graph.fill(number, shape);
        Ok(Dynamic::from(trace.sym(id)))
    })
}

fn eye(rows: &Dynamic, context: &NativeCallContext) -> Fallible<Dynamic> {
    let rows = side("eye", rows)?;
    small_enough("eye", Shape::new(rows, rows))?;
    trace::with(|trace| {
        if trace.graph.own().is_none() {
            return Err(format!("`eye(n)` is for optimizers, and this is {}", trace.what).into());
        }
        trace.asks_for_shape();
        let number = trace.graph.constant(rows as f64);
        let id = trace.graph.eye(rows as u32);
        give(trace, "eye", &[number], id, context)
    })
}

fn matmul(a: Sym, b: Sym, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        let (left, right) = (shape(trace, "matmul", a)?, shape(trace, "matmul", b)?);
        if left.columns != right.rows {
            let turned = match (left.columns == right.columns, left.rows == right.rows) {
                (true, _) => "; `matmul(a, transpose(b))` would fit",
                (_, true) => "; `matmul(transpose(a), b)` would fit",
                _ => "; `transpose(a)` has rows for columns",
            };
            return Err(format!(
                "`matmul(a, b)` wants as many columns of `a` as rows of `b`, and they are {left} and {right}{turned}"
            )
            .into());
        }
        small_enough("matmul", Shape { columns: right.columns, ..left })?;
        let id = trace.graph.product(a.id, b.id);
        give(trace, "matmul", &[a.id, b.id], id, context)
    })
}

fn transpose(x: Sym, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        shape(trace, "transpose", x)?;
        let id = trace.graph.transpose(x.id);
        give(trace, "transpose", &[x.id], id, context)
    })
}

fn outer(a: Sym, b: Sym, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        let (left, right) = (shape(trace, "outer", a)?, shape(trace, "outer", b)?);
        if let Some(wrong) = [left, right].into_iter().find(|shape| !shape.is_line()) {
            return Err(format!(
                "`outer` wants two single rows or columns, and this is {wrong}; `matmul(a, b)` multiplies matrices"
            )
            .into());
        }
        let graph = &mut trace.graph;
        let column = if left.columns == 1 { a.id } else { graph.transpose(a.id) };
        let row = if right.rows == 1 { b.id } else { graph.transpose(b.id) };
        let shape = Shape::new(left.len(), right.len());
        small_enough("outer", shape)?;
        let id = trace.graph.binary(Binary::Mul, column, row);
        give(trace, "outer", &[a.id, b.id], id, context)
    })
}

/// The sum of the diagonal. What lies beside it may be infinite.
fn diagonal(x: Sym, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        let of = shape(trace, "trace", x)?;
        if of.rows != of.columns {
            return Err(
                format!("`trace` wants a square matrix, and this is {of}; `sum(x)` adds all elements up").into()
            );
        }
        let graph = &mut trace.graph;
        let (eye, zero) = (graph.eye(of.rows), graph.constant(0.0));
        let kept = graph.select(eye, x.id, zero);
        let id = graph.reduce(Reduction::Sum, kept, kept);
        give(trace, "trace", &[x.id], id, context)
    })
}

/// The sum over all parameters. Those that come to the same place of the script, as often as before, are summed.
fn total(x: Sym, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        if trace.what != "an update" {
            return Err(format!(
                "`total` is a sum over all parameters, known in `update` alone, and this is {}; keep it in a number of the \
                 state",
                trace.what
            )
            .into());
        }
        let one = if trace.facts(x)?.tensor { taken(trace, Reduction::Sum, x.id, x.id) } else { x.id };
        let at = context.call_position();
        let place = (at.line().unwrap_or(0) as u64) << 32 | (at.position().unwrap_or(0) as u64 & 0xffff) << 16;
        let before =
            trace.graph.nodes().filter(|(_, op)| matches!(op, Op::Total(number, _) if number >> 16 == place >> 16));
        let number = place | before.count() as u64;
        let id = trace.graph.total(number, one);
        give(trace, "total", &[x.id], id, context)
    })
}

/// Teaches an engine these functions.
pub(super) fn register(engine: &mut Engine) {
    for kind in [Along::Sum, Along::Mean, Along::Norm, Along::MaxAbs] {
        engine.register_fn(kind.name(), move |context: NativeCallContext, x: Sym, axis: Dynamic| {
            along(kind, x, &axis, &context)
        });
    }
    for (name, number) in [("zeros", 0.0), ("ones", 1.0)] {
        engine.register_fn(name, move |rows: Dynamic, columns: Dynamic| filled(name, [&rows, &columns], number));
    }
    engine.register_fn("eye", |context: NativeCallContext, rows: Dynamic| eye(&rows, &context));
    engine.register_fn("matmul", |context: NativeCallContext, a: Sym, b: Sym| matmul(a, b, &context));
    engine.register_fn("transpose", |context: NativeCallContext, x: Sym| transpose(x, &context));
    engine.register_fn("outer", |context: NativeCallContext, a: Sym, b: Sym| outer(a, b, &context));
    engine.register_fn("trace", |context: NativeCallContext, x: Sym| diagonal(x, &context));
    engine.register_fn("total", |context: NativeCallContext, x: Sym| total(x, &context));
}
