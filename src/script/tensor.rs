//! Tensors of plain numbers, for scripts that make datasets: one column or a matrix, with the operators of symbolic ones.

use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, EvalAltResult};

use super::budget::{self, OfTensor};
use super::failure::a_kind;
use super::number::number;
use super::symbol::{COMPARISONS, FUNCTIONS, OPERATORS};
use crate::program::{Binary, Unary, norm_of, select};

pub(super) type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// The most numbers in one tensor: 160 MB.
const MAX_NUMBERS: usize = 20_000_000;

/// Numbers that functions compute for the price of an operation.
const COMPUTED: usize = 8;
/// Numbers that are drawn for it.
pub(super) const DRAWN: usize = 2;
/// Numbers that are copied, or looked at, for it.
pub(super) const COPIED: usize = 32;

/// Numbers in one column, or in rows.
#[derive(Debug, Clone)]
pub struct Tensor {
    pub(super) values: Arc<Vec<f64>>,
    /// Numbers in a row; 1 for a single column.
    pub(super) columns: usize,
    /// Its part of what a script may hold.
    _counted: Arc<OfTensor>,
}

impl Tensor {
    /// A tensor of so many numbers, so many of which cost an operation.
    ///
    /// # Errors
    /// The script would hold too much, or has no operations left. Nothing was computed then.
    pub(super) fn made(
        numbers: usize,
        columns: usize,
        an_operation: usize,
        make: impl FnOnce() -> Vec<f64>,
    ) -> Fallible<Self> {
        budget::afford_tensor(numbers)?;
        budget::spend(numbers / an_operation)?;
        Ok(Self::shared(Arc::new(make()), columns))
    }

    /// A tensor of numbers that somebody else may hold, too.
    pub(super) fn shared(values: Arc<Vec<f64>>, columns: usize) -> Self {
        Self { _counted: Arc::new(OfTensor::new(values.len())), values, columns }
    }

    pub(super) fn rows(&self) -> usize {
        self.values.len() / self.columns.max(1)
    }

    fn map(&self, f: impl Fn(f64) -> f64) -> Fallible<Self> {
        Self::made(self.values.len(), self.columns, COMPUTED, || self.values.iter().map(|x| f(*x)).collect())
    }

    /// Two tensors meet element by element; one column meets every column of a matrix with as many rows.
    fn meets(&self, other: &Self) -> Fallible<()> {
        if self.rows() != other.rows() || (self.columns != other.columns && self.columns != 1 && other.columns != 1) {
            return Err(format!(
                "shapes do not fit: {}x{} and {}x{}; they must be equal, or one of the two a single column",
                self.rows(),
                self.columns,
                other.rows(),
                other.columns
            )
            .into());
        }
        Ok(())
    }

    /// An element of a tensor of so many columns that this one meets.
    fn at(&self, i: usize, columns: usize) -> f64 {
        if self.columns == columns { self.values[i] } else { self.values[i / columns] }
    }

    fn zip(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Fallible<Self> {
        self.meets(other)?;
        let columns = self.columns.max(other.columns);
        let numbers = self.rows() * columns;
        Self::made(numbers, columns, COMPUTED, || {
            (0..numbers).map(|i| f(self.at(i, columns), other.at(i, columns))).collect()
        })
    }
}

/// A list of numbers, or of rows of the same length, as a tensor.
pub(super) fn from_list(list: &Array) -> Fallible<Tensor> {
    let wrong = || -> Box<EvalAltResult> {
        "this list should hold numbers, or rows of numbers such as `[[1.0, 2.0], [3.0, 4.0]]`".into()
    };
    let length = |item: &Dynamic| match number(item) {
        Some(_) => Some(1),
        None => Some(item.read_lock::<Array>()?.len()),
    };
    let columns = list.first().map_or(Some(1), length).ok_or_else(wrong)?;
    let numbers = list.len().saturating_mul(columns);
    budget::afford_tensor(numbers)?;
    budget::spend(numbers / COMPUTED)?;
    let mut values = Vec::with_capacity(numbers);
    let mut uneven = None;
    for (at, item) in list.iter().enumerate() {
        let row = length(item).ok_or_else(wrong)?;
        if row != columns {
            uneven.get_or_insert((at, row));
        }
        match (number(item), item.read_lock::<Array>()) {
            (Some(value), _) => values.push(value),
            (None, Some(row)) => {
                for item in row.iter() {
                    values.push(number(item).ok_or_else(wrong)?);
                }
            }
            (None, None) => return Err(wrong()),
        }
    }
    if let Some((at, row)) = uneven {
        return Err(format!("row {at} has {row} numbers, the first has {columns}").into());
    }
    Ok(Tensor::shared(Arc::new(values), columns.max(1)))
}

/// A tensor, or a list that can be one.
pub(super) fn tensor_of(value: &Dynamic) -> Fallible<Tensor> {
    if let Some(tensor) = value.clone().try_cast::<Tensor>() {
        return Ok(tensor);
    }
    match value.read_lock::<Array>() {
        Some(list) => from_list(&list),
        None => Err(format!("this should be a tensor or a list of numbers, but is {}", a_kind(value)).into()),
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
    for name in ["to_string", "to_debug", "print", "debug"] {
        engine.register_fn(name, |tensor: &mut Tensor| shown(tensor));
    }
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
        (Some(low), Some(high)) => x.map(|x| Binary::Min.apply(Binary::Max.apply(x, low), high)),
        _ => Err(Box::<EvalAltResult>::from("`clamp(x, low, high)` wants two numbers as its limits")),
    });
    engine.register_fn("where", |mask: Tensor, a: Dynamic, b: Dynamic| choose(&mask, &a, &b));
    for (name, value) in [("zeros", 0.0), ("ones", 1.0)] {
        engine.register_fn(name, move |t: Tensor| full(t.values.len(), t.columns, value));
        engine.register_fn(name, move |n: i64| full(count(n)?, 1, value));
        engine.register_fn(name, move |s: Array| {
            let (rows, columns) = shape(&Dynamic::from(s))?;
            full(rows * columns, columns, value)
        });
    }
    engine.register_fn("like", |t: Tensor, value: f64| full(t.values.len(), t.columns, value));
    engine.register_fn("like", |t: Tensor, value: i64| full(t.values.len(), t.columns, value as f64));
    engine.register_fn("/=", |a: &mut Tensor, b: f64| divide(a, b));
    engine.register_fn("/=", |a: &mut Tensor, b: i64| divide(a, b as f64));
    register_shapes(engine);
    register_reductions(engine);
}

/// The same number everywhere.
/// The most numbers of a tensor that are shown all, the most rows, and the most numbers of a row.
const SHOWN: [usize; 3] = [12, 3, 4];

/// A tensor in one line: its shape, its numbers as far as they are few, what they are on the whole.
pub(super) fn shown(tensor: &Tensor) -> String {
    let (rows, columns) = (tensor.rows(), tensor.columns.max(1));
    let values = tensor.values.as_slice();
    let all = values.len() <= SHOWN[0];
    let row = |row: &[f64]| {
        let most = if all { row.len() } else { SHOWN[2] };
        let more = if row.len() > most { ", ..." } else { "" };
        format!("[{}{more}]", row.iter().take(most).map(|x| short(*x)).collect::<Vec<_>>().join(", "))
    };
    let numbers = if columns == 1 {
        row(values)
    } else {
        let most = if all { rows } else { SHOWN[1] };
        let more = if rows > most { ", ..." } else { "" };
        format!("[{}{more}]", values.chunks(columns).take(most).map(row).collect::<Vec<_>>().join(", "))
    };
    let finite = || values.iter().copied().filter(|x| x.is_finite());
    let (count, lost) = (finite().count(), values.len() - finite().count());
    let mut text = format!("{rows}x{columns} {numbers}");
    if count > 0 && values.len() > 1 {
        let (mean, min, max) = (
            finite().sum::<f64>() / count as f64,
            finite().fold(f64::INFINITY, f64::min),
            finite().fold(f64::NEG_INFINITY, f64::max),
        );
        let of = if lost > 0 { " of the finite ones" } else { "" };
        text.extend(["; mean ", &short(mean), ", min ", &short(min), ", max ", &short(max), of]);
    }
    if lost > 0 {
        text.extend([format!("; {lost} not finite")]);
    }
    text
}

/// A number with six digits, without zeros at its end.
fn short(x: f64) -> String {
    let rounded: f64 = format!("{x:.5e}").parse().unwrap_or(x);
    if rounded == 0.0 || !rounded.is_finite() || (1e-4..1e9).contains(&rounded.abs()) {
        rounded.to_string()
    } else {
        format!("{rounded:e}")
    }
}

fn full(numbers: usize, columns: usize, value: f64) -> Fallible<Tensor> {
    Tensor::made(numbers, columns, COPIED, || vec![value; numbers])
}

fn divide(a: &mut Tensor, b: f64) -> Fallible<()> {
    *a = a.map(|x| x / b)?;
    Ok(())
}

/// `where(mask, a, b)`: of two tensors or numbers the one that the mask chooses, element by element.
fn choose(mask: &Tensor, a: &Dynamic, b: &Dynamic) -> Fallible<Tensor> {
    let of = |value: &Dynamic| match number(value) {
        Some(value) => Ok(Tensor::shared(Arc::new(vec![value]), 0)),
        None => tensor_of(value).and_then(|tensor| mask.meets(&tensor).map(|()| tensor)),
    };
    let (a, b) = (of(a)?, of(b)?);
    let columns = mask.columns.max(a.columns).max(b.columns);
    if [&a, &b].iter().any(|part| part.columns > 1 && part.columns != columns) {
        a.meets(&b)?;
    }
    let numbers = mask.rows() * columns;
    // A single number has no columns.
    let at = |t: &Tensor, i: usize| if t.columns == 0 { t.values[0] } else { t.at(i, columns) };
    Tensor::made(numbers, columns, COMPUTED, || {
        (0..numbers).map(|i| select(mask.at(i, columns), at(&a, i), at(&b, i))).collect()
    })
}

fn register_shapes(engine: &mut Engine) {
    engine.register_fn("linspace", |a: Dynamic, b: Dynamic, n: Dynamic| -> Fallible<Tensor> {
        let (Some(a), Some(b), Ok(n)) = (number(&a), number(&b), n.as_int()) else {
            return Err("`linspace(a, b, n)` wants two numbers and a whole number, such as `linspace(0, 1, 5)`; `n.to_int()` makes \
                        one of a number"
                .into());
        };
        let n = count(n)?;
        let step = if n > 1 { (b - a) / (n - 1) as f64 } else { 0.0 };
        Tensor::made(n, 1, COMPUTED, || {
            (0..n).map(|i| if i + 1 == n && n > 1 { b } else { a + step * i as f64 }).collect()
        })
    });
    engine.register_fn("columns", |list: Array| -> Fallible<Tensor> {
        let parts: Vec<Tensor> = list.iter().map(tensor_of).collect::<Fallible<_>>()?;
        let rows = parts.first().map_or(0, Tensor::rows);
        if let Some(wrong) = parts.iter().position(|p| p.rows() != rows) {
            return Err(format!("column {wrong} has {} numbers, the first has {rows}", parts[wrong].rows()).into());
        }
        let columns: usize = parts.iter().map(|p| p.columns).sum();
        let numbers = count(i64::try_from(rows.saturating_mul(columns)).unwrap_or(i64::MAX))?;
        Tensor::made(numbers, columns.max(1), COPIED, || {
            let mut values = Vec::with_capacity(numbers);
            for row in 0..rows {
                parts.iter().for_each(|p| values.extend_from_slice(&p.values[row * p.columns..(row + 1) * p.columns]));
            }
            values
        })
    });
    engine.register_fn("concat", |list: Array| -> Fallible<Tensor> {
        let parts: Vec<Tensor> = list.iter().map(tensor_of).collect::<Fallible<_>>()?;
        let columns = parts.first().map_or(1, |p| p.columns);
        if let Some(wrong) = parts.iter().find(|p| p.columns != columns) {
            return Err(format!("a part has {} columns, the first has {columns}", wrong.columns).into());
        }
        let total: usize = parts.iter().map(|p| p.values.len()).sum();
        count(i64::try_from(total).unwrap_or(i64::MAX))?;
        Tensor::made(total, columns, COPIED, || {
            let mut values = Vec::with_capacity(total);
            parts.iter().for_each(|p| values.extend_from_slice(&p.values));
            values
        })
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
            columns => {
                let row = || t.values[at * columns..(at + 1) * columns].to_vec();
                Dynamic::from(Tensor::made(columns, 1, COPIED, row)?)
            }
        })
    });
}

/// One number of many.
type Reduce = fn(&[f64]) -> f64;

fn register_reductions(engine: &mut Engine) {
    let reductions: [(&str, Reduce); 4] = [
        ("sum", |values| values.iter().sum()),
        ("mean", |values| values.iter().sum::<f64>() / values.len() as f64),
        ("norm", |values| norm_of(values.iter().copied())),
        ("max_abs", |values| values.iter().fold(0.0, |m: f64, x| m.max(x.abs()))),
    ];
    for (name, reduce) in reductions {
        engine.register_fn(name, move |t: Tensor| -> Fallible<f64> {
            budget::spend(t.values.len() / COPIED)?;
            Ok(reduce(&t.values))
        });
    }
    engine.register_fn("dot", |a: Tensor, b: Tensor| -> Fallible<f64> {
        Ok(a.zip(&b, |x, y| x * y)?.values.iter().sum())
    });
}
