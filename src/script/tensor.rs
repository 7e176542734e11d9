//! Tensors of plain numbers, for scripts that make datasets: one column or a matrix, with the operators of symbolic ones.

use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, EvalAltResult};

use super::engine;
use super::number::number;
use super::symbol::{COMPARISONS, FUNCTIONS, OPERATORS};
use crate::program::{Binary, Unary, select};

pub(super) type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// The most numbers in one tensor: 160 MB.
const MAX_NUMBERS: usize = 20_000_000;

/// Numbers in one column, or in rows.
#[derive(Debug, Clone)]
pub struct Tensor {
    pub(super) values: Arc<Vec<f64>>,
    /// Numbers in a row; 1 for a single column.
    pub(super) columns: usize,
}

impl Tensor {
    pub(super) fn new(values: Vec<f64>, columns: usize) -> Self {
        engine::spend(values.len());
        Self { values: Arc::new(values), columns }
    }

    pub(super) fn rows(&self) -> usize {
        self.values.len() / self.columns.max(1)
    }

    fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self::new(self.values.iter().map(|x| f(*x)).collect(), self.columns)
    }

    /// Element by element; one column meets every column of a matrix with as many rows.
    fn zip(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Fallible<Self> {
        if self.rows() != other.rows() || (self.columns != other.columns && self.columns != 1 && other.columns != 1) {
            return Err(format!(
                "shapes do not fit: {}x{} and {}x{}",
                self.rows(),
                self.columns,
                other.rows(),
                other.columns
            )
            .into());
        }
        let columns = self.columns.max(other.columns);
        let at = |t: &Self, i: usize| if t.columns == columns { t.values[i] } else { t.values[i / columns] };
        let values = (0..self.rows() * columns).map(|i| f(at(self, i), at(other, i))).collect();
        Ok(Self::new(values, columns))
    }
}

/// A list of numbers, or of rows of the same length, as a tensor.
pub(super) fn from_list(list: &Array) -> Fallible<Tensor> {
    let rows: Option<Vec<Vec<f64>>> = list
        .iter()
        .map(|item| match number(item) {
            Some(value) => Some(vec![value]),
            None => item.read_lock::<Array>()?.iter().map(number).collect(),
        })
        .collect();
    let Some(rows) = rows else {
        return Err("this list should hold numbers, or rows of numbers such as `[[1.0, 2.0], [3.0, 4.0]]`".into());
    };
    let columns = rows.first().map_or(1, Vec::len);
    if let Some(at) = rows.iter().position(|row| row.len() != columns) {
        return Err(format!("row {at} has {} numbers, the first has {columns}", rows[at].len()).into());
    }
    Ok(Tensor::new(rows.concat(), columns.max(1)))
}

/// A tensor, or a list that can be one.
pub(super) fn tensor_of(value: &Dynamic) -> Fallible<Tensor> {
    if let Some(tensor) = value.clone().try_cast::<Tensor>() {
        return Ok(tensor);
    }
    match value.read_lock::<Array>() {
        Some(list) => from_list(&list),
        None => Err(format!("this should be a tensor or a list of numbers, but is a {}", value.type_name()).into()),
    }
}

/// A count that memory can hold.
pub(super) fn count(n: i64) -> Fallible<usize> {
    usize::try_from(n)
        .ok()
        .filter(|n| *n <= MAX_NUMBERS)
        .ok_or_else(|| format!("{n} numbers are too many or too few; {MAX_NUMBERS} is the most").into())
}

/// `n`, `[n]` or `[rows, columns]`.
pub(super) fn shape(value: &Dynamic) -> Fallible<(usize, usize)> {
    let wrong = || -> Box<EvalAltResult> { "a shape is a whole number `n` or a list `[rows, columns]`".into() };
    if let Ok(n) = value.as_int() {
        return Ok((count(n)?, 1));
    }
    let list = value.read_lock::<Array>().ok_or_else(wrong)?;
    let sizes: Vec<i64> = list.iter().map(|v| v.as_int().map_err(|_| wrong())).collect::<Fallible<_>>()?;
    match sizes[..] {
        [n] => Ok((count(n)?, 1)),
        [rows, columns] => {
            count(rows.saturating_mul(columns))?;
            Ok((count(rows)?, count(columns)?.max(1)))
        }
        _ => Err(wrong()),
    }
}

macro_rules! operator {
    ($engine:ident, $name:expr, $op:expr) => {
        let op: Binary = $op;
        $engine.register_fn($name, move |a: Tensor, b: Tensor| a.zip(&b, |x, y| op.apply(x, y)));
        $engine.register_fn($name, move |a: Tensor, b: f64| a.map(|x| op.apply(x, b)));
        $engine.register_fn($name, move |a: f64, b: Tensor| b.map(|y| op.apply(a, y)));
        $engine.register_fn($name, move |a: Tensor, b: i64| a.map(|x| op.apply(x, b as f64)));
        $engine.register_fn($name, move |a: i64, b: Tensor| b.map(|y| op.apply(a as f64, y)));
    };
}

/// Teaches an engine tensors of numbers.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Tensor>("tensor");
    for op in OPERATORS.into_iter().chain(COMPARISONS) {
        operator!(engine, op.name(), op);
    }
    for op in [Binary::And, Binary::Or] {
        engine.register_fn(op.name(), move |a: Tensor, b: Tensor| a.zip(&b, |x, y| op.apply(x, y)));
    }
    for op in FUNCTIONS.into_iter().chain([Unary::Neg, Unary::Not]) {
        engine.register_fn(op.name(), move |x: Tensor| x.map(|x| op.apply(x)));
    }
    engine.register_fn("relu", |x: Tensor| x.map(|x| Binary::Max.apply(x, 0.0)));
    engine.register_fn("square", |x: Tensor| x.map(|x| x * x));
    engine.register_fn("cube", |x: Tensor| x.map(|x| x * x * x));
    engine.register_fn("clamp", |x: Tensor, low: Dynamic, high: Dynamic| match (number(&low), number(&high)) {
        (Some(low), Some(high)) => Ok(x.map(|x| Binary::Min.apply(Binary::Max.apply(x, low), high))),
        _ => Err(Box::<EvalAltResult>::from("`clamp(x, low, high)` wants two numbers as its limits")),
    });
    engine.register_fn("where", |m: Tensor, a: Dynamic, b: Dynamic| -> Fallible<Tensor> {
        let full = |v: &Dynamic| match number(v) {
            Some(value) => Ok(m.map(|_| value)),
            None => tensor_of(v),
        };
        let (a, b) = (full(&a)?, full(&b)?);
        let index = Tensor::new((0..m.values.len()).map(|i| i as f64).collect(), m.columns);
        m.zip(&a, |_, _| 0.0)?;
        m.zip(&b, |_, _| 0.0)?;
        Ok(index.map(|i| {
            let i = i as usize;
            let at = |t: &Tensor| if t.columns == m.columns { t.values[i] } else { t.values[i / m.columns] };
            select(m.values[i], at(&a), at(&b))
        }))
    });
    for (name, value) in [("zeros", 0.0), ("ones", 1.0)] {
        engine.register_fn(name, move |t: Tensor| t.map(|_| value));
        engine.register_fn(name, move |n: i64| Ok::<_, Box<EvalAltResult>>(Tensor::new(vec![value; count(n)?], 1)));
        engine.register_fn(name, move |s: Array| {
            let (rows, columns) = shape(&Dynamic::from(s))?;
            Ok::<_, Box<EvalAltResult>>(Tensor::new(vec![value; rows * columns], columns))
        });
    }
    engine.register_fn("like", |t: Tensor, value: f64| t.map(|_| value));
    engine.register_fn("like", |t: Tensor, value: i64| t.map(|_| value as f64));
    engine.register_fn("/=", |a: &mut Tensor, b: f64| *a = a.map(|x| x / b));
    engine.register_fn("/=", |a: &mut Tensor, b: i64| *a = a.map(|x| x / b as f64));
    register_shapes(engine);
    register_reductions(engine);
}

fn register_shapes(engine: &mut Engine) {
    engine.register_fn("linspace", |a: Dynamic, b: Dynamic, n: Dynamic| -> Fallible<Tensor> {
        let (Some(a), Some(b), Ok(n)) = (number(&a), number(&b), n.as_int()) else {
            return Err("`linspace(a, b, n)` wants two numbers and a whole number".into());
        };
        let n = count(n)?;
        let step = if n > 1 { (b - a) / (n - 1) as f64 } else { 0.0 };
        Ok(Tensor::new((0..n).map(|i| if i + 1 == n && n > 1 { b } else { a + step * i as f64 }).collect(), 1))
    });
    engine.register_fn("columns", |list: Array| -> Fallible<Tensor> {
        let parts: Vec<Tensor> = list.iter().map(tensor_of).collect::<Fallible<_>>()?;
        let rows = parts.first().map_or(0, Tensor::rows);
        if let Some(wrong) = parts.iter().position(|p| p.rows() != rows) {
            return Err(format!("column {wrong} has {} numbers, the first has {rows}", parts[wrong].rows()).into());
        }
        let columns: usize = parts.iter().map(|p| p.columns).sum();
        count((rows * columns) as i64)?;
        let mut values = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            parts.iter().for_each(|p| values.extend_from_slice(&p.values[row * p.columns..(row + 1) * p.columns]));
        }
        Ok(Tensor::new(values, columns.max(1)))
    });
    engine.register_fn("concat", |list: Array| -> Fallible<Tensor> {
        let parts: Vec<Tensor> = list.iter().map(tensor_of).collect::<Fallible<_>>()?;
        let columns = parts.first().map_or(1, |p| p.columns);
        if let Some(wrong) = parts.iter().find(|p| p.columns != columns) {
            return Err(format!("a part has {} columns, the first has {columns}", wrong.columns).into());
        }
        let total: usize = parts.iter().map(|p| p.values.len()).sum();
        count(total as i64)?;
        let mut values = Vec::with_capacity(total);
        parts.iter().for_each(|p| values.extend_from_slice(&p.values));
        Ok(Tensor::new(values, columns))
    });
    engine.register_fn("len", |t: &mut Tensor| t.rows() as i64);
    engine.register_get("len", |t: &mut Tensor| t.rows() as i64);
    engine.register_indexer_get(|t: &mut Tensor, i: i64| -> Fallible<Dynamic> {
        let rows = t.rows() as i64;
        let at = if i < 0 { i + rows } else { i };
        if at < 0 || at >= rows {
            return Err(format!("there is no element {i}: the tensor has {rows}").into());
        }
        let at = at as usize;
        Ok(match t.columns {
            1 => Dynamic::from(t.values[at]),
            columns => Dynamic::from(Tensor::new(t.values[at * columns..(at + 1) * columns].to_vec(), 1)),
        })
    });
}

fn register_reductions(engine: &mut Engine) {
    engine.register_fn("sum", |t: Tensor| t.values.iter().sum::<f64>());
    engine.register_fn("mean", |t: Tensor| t.values.iter().sum::<f64>() / t.values.len() as f64);
    engine.register_fn("norm", |t: Tensor| t.values.iter().map(|x| x * x).sum::<f64>().sqrt());
    engine.register_fn("max_abs", |t: Tensor| t.values.iter().fold(0.0, |m: f64, x| m.max(x.abs())));
    engine.register_fn("dot", |a: Tensor, b: Tensor| -> Fallible<f64> {
        Ok(a.zip(&b, |x, y| x * y)?.values.iter().sum())
    });
}
