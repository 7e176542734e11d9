//! What rules may do with whole matrices: sums along an axis, products, transposes, tensors of other shapes, and totals over
//! all parameters. Shapes are known when a rule is traced for a parameter, so what does not fit is found before any step.

use rhai::{Dynamic, Engine, EvalAltResult, NativeCallContext};

use super::failure::a_kind;
use super::pointwise::LOSS;
use super::symbol::{binary, counted, give, taken};
use super::trace::{self, Sym, TensorMask, Trace};
use crate::program::{Along, Axis, Binary, NodeId, OfRow, Reduction, Shape};

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
    let Some(shape) = trace.graph.shape(x.id) else {
        let help = match name {
            "softmax" | "log_softmax" | "logsumexp" => "; a loss may speak over the outputs of a sample",
            _ => "",
        };
        return Err(format!(
            "`{name}` looks at other elements than its own, and {what} is taken element by element{help}"
        )
        .into());
    };
    Ok(shape)
}

/// What mixes rows or makes tensors of other shapes is for optimizers: a loss speaks of one sample at a time.
fn for_optimizers(trace: &Trace, written: &str) -> Fallible<()> {
    if trace.what != LOSS && trace.graph.own().is_some() {
        return Ok(());
    }
    Err(format!("`{written}` is for optimizers, and this is {}", trace.what).into())
}

/// A loss does nothing that mixes samples.
fn mixes_rows(trace: &Trace, name: &str) -> Fallible<()> {
    if trace.what != LOSS {
        return Ok(());
    }
    Err(format!(
        "`{name}` mixes samples, and a loss speaks of one sample at a time; `sum(x * y, 1)` multiplies its outputs and adds \
         them up"
    )
    .into())
}

/// The outputs of a sample, which a loss may look at together.
fn outputs(trace: &mut Trace, name: &str, x: Sym) -> Fallible<()> {
    if trace.what != LOSS && trace.graph.own().is_some() {
        return Err(
            format!("`{name}` speaks over the outputs of a sample in a loss, and this is {}", trace.what).into()
        );
    }
    let of = shape(trace, name, x)?;
    if of.columns == 1 && trace.graph.own().is_some_and(|own| own.columns > 1) {
        let wanted = if name == "max" {
            "`max(x, 1.0)` is the larger of it and 1"
        } else {
            "it wants what there is for each output"
        };
        return Err(
            format!("`{name}` goes over the outputs of a sample, and this is one value a sample; {wanted}").into()
        );
    }
    Ok(())
}

/// What is made of the outputs of a sample, one value for each of them.
fn of_row(kind: OfRow, x: Sym, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        outputs(trace, kind.name(), x)?;
        let id = trace.graph.of_row(kind, x.id);
        give(trace, kind.name(), &[x.id], id, context)
    })
}

/// The logarithm of the sum of the exponentials of a sample's outputs.
fn logsumexp(x: Sym, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        outputs(trace, "logsumexp", x)?;
        let id = trace.graph.along(Along::LogSumExp, Axis::Columns, x.id);
        give(trace, "logsumexp", &[x.id], id, context)
    })
}

/// In a loss `max(x, 1)` goes over the outputs of a sample, where the 1 is written there; elsewhere it is the larger of an
/// element and 1. A value that happens to be a whole 1 could mean either.
fn max(x: Sym, other: i64, context: &NativeCallContext) -> Fallible<Dynamic> {
    let written = other == 1 && trace::with(|trace| trace.over_outputs.contains(&context.call_position()));
    if written {
        return along(Along::Max, x, &Dynamic::from(1_i64), context);
    }
    if other == 1 && trace::with(|trace| trace.what == LOSS) {
        return Err(
            "`max(x, k)` is given a whole 1 by another name, which could be the axis or the number; write `x.max(1)` for the \
             largest output of each sample, `max(x, 1.0)` for the larger of it and 1"
                .into(),
        );
    }
    binary(Binary::Max, x, other, context)
}

fn along(kind: Along, x: Sym, axis: &Dynamic, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        let name = kind.name();
        shape(trace, name, x)?;
        if trace.what == LOSS {
            if axis.as_int() == Ok(0) {
                return Err(format!(
                    "axis 0 of `{name}` goes over samples, and a loss speaks of one sample at a time; write `{name}(x, 1)` \
                     for all outputs of a sample"
                )
                .into());
            }
            outputs(trace, name, x)?;
        }
        let of = match axis.as_int() {
            Ok(0) => Axis::Rows,
            Ok(1) => Axis::Columns,
            _ => {
                let order = if name == "norm" { "; `norm(x)` is the root of the sum of squares" } else { "" };
                return Err(format!(
                    "the axis of `{name}` is 0, over the rows, or 1, over the columns; write `{name}(x, 0)` or `{name}(x, 1)`{order}"
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
    if let Some(sym) = value.clone().try_cast::<Sym>()
        && trace::with(|trace| trace.facts(sym)).is_ok_and(|facts| !facts.tensor)
    {
        return Err(format!(
            "the sides of a tensor keep for the whole run, and this number is known in each step alone; write the number, as in \
             `{}`",
            if name == "eye" { "eye(4)".to_owned() } else { format!("{name}(w.rows, 4)") }
        )
        .into());
    }
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
        for_optimizers(trace, &format!("{name}(rows, columns)"))?;
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
        for_optimizers(trace, "eye(n)")?;
        trace.asks_for_shape();
        let number = trace.graph.constant(rows as f64);
        let id = trace.graph.eye(rows as u32);
        give(trace, "eye", &[number], id, context)
    })
}

fn matmul(a: Sym, b: Sym, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        mixes_rows(trace, "matmul")?;
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
        mixes_rows(trace, "transpose")?;
        shape(trace, "transpose", x)?;
        let id = trace.graph.transpose(x.id);
        give(trace, "transpose", &[x.id], id, context)
    })
}

fn outer(a: Sym, b: Sym, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        mixes_rows(trace, "outer")?;
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
        mixes_rows(trace, "trace")?;
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

fn constant(value: f64) -> Sym {
    trace::with(|trace| {
        let id = trace.graph.constant(value);
        trace.sym(id)
    })
}

/// The sum over all parameters: those that come to it on the same way, see [`super::paths`], which are all of them or an error.
fn total(x: Sym, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        if !["an update", "an evaluation", "a second point"].contains(&trace.what) {
            let what = trace.what;
            let next = match what {
                "a state" => "keep it in a number of the state, made in `update`",
                _ => "the sum of all elements is `sum(x)`, where a script has one",
            };
            return Err(format!(
                "`total` is a sum over all parameters, of optimizers alone, and this is {what}; {next}"
            )
            .into());
        }
        let one = if trace.facts(x)?.tensor { taken(trace, Reduction::Sum, x.id, x.id) } else { x.id };
        let at = context.call_position();
        let (number, called) = trace.way.told(context.call_level(), at);
        trace.totals.push(trace::Total { number, at, called });
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
    engine.register_fn("max", |context: NativeCallContext, x: Sym, other: i64| max(x, other, &context));
    // A mask that is summed up is counted.
    for kind in [Along::Sum, Along::Mean] {
        engine.register_fn(kind.name(), move |context: NativeCallContext, x: TensorMask, axis: Dynamic| {
            along(kind, counted(x)?, &axis, &context)
        });
    }
    engine.register_fn("total", |context: NativeCallContext, x: TensorMask| total(counted(x)?, &context));
    for kind in [OfRow::Softmax, OfRow::LogSoftmax] {
        engine.register_fn(kind.name(), move |context: NativeCallContext, x: Sym| of_row(kind, x, &context));
    }
    engine.register_fn("logsumexp", |context: NativeCallContext, x: Sym| logsumexp(x, &context));
    for (name, number) in [("zeros", 0.0), ("ones", 1.0)] {
        engine.register_fn(name, move |rows: Dynamic, columns: Dynamic| filled(name, [&rows, &columns], number));
    }
    engine.register_fn("eye", |context: NativeCallContext, rows: Dynamic| eye(&rows, &context));
    engine.register_fn("matmul", |context: NativeCallContext, a: Sym, b: Sym| matmul(a, b, &context));
    engine.register_fn("transpose", |context: NativeCallContext, x: Sym| transpose(x, &context));
    engine.register_fn("outer", |context: NativeCallContext, a: Sym, b: Sym| outer(a, b, &context));
    engine.register_fn("trace", |context: NativeCallContext, x: Sym| diagonal(x, &context));
    engine.register_fn("total", |context: NativeCallContext, x: Sym| total(x, &context));
    engine.register_fn("total", |context: NativeCallContext, x: f64| total(constant(x), &context));
    engine.register_fn("total", |context: NativeCallContext, x: i64| total(constant(x as f64), &context));
}
