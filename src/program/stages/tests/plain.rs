//! Graphs evaluated node by node over whole matrices, in f64.

use std::collections::HashMap;

use super::Case;
use crate::program::graph::{NodeId, Op, Slot};
use crate::program::ops::{Along, Axis, OfRow, Reduction, select};
use crate::program::shape::Shape;

/// A matrix, or one number.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix(pub Shape, pub Vec<f64>);

impl Matrix {
    fn at(&self, row: usize, column: usize) -> f64 {
        let (rows, columns) = (self.0.rows as usize, self.0.columns as usize);
        self.1[row.min(rows - 1) * columns + column.min(columns - 1)]
    }
}

/// A matrix by its places.
pub fn filled(shape: Shape, of: impl Fn(usize, usize) -> f64) -> Matrix {
    let columns = shape.columns as usize;
    Matrix(shape, (0..shape.len()).map(|at| of(at / columns, at % columns)).collect())
}

/// Every node by itself; totals as they are given.
fn plain(case: &Case, totals: &HashMap<u64, f64>) -> Vec<Matrix> {
    let one = Shape::new(1, 1);
    let mut values: Vec<Matrix> = Vec::new();
    for (id, op) in case.graph.nodes() {
        let shape = if case.graph.facts(id).tensor { case.graph.shape(id).unwrap() } else { one };
        let at = |id: NodeId| &values[id.index()];
        let number = |value: f64| Matrix(one, vec![value]);
        let value = match op {
            Op::Constant(bits) => number(f64::from_bits(bits)),
            Op::Uniform(_) => number(3.0),
            Op::Number(place) => number(case.numbers[usize::from(place)]),
            Op::Length => number(case.shape.len() as f64),
            Op::Tensor(Slot::Read(place)) => case.reads[usize::from(place)].clone(),
            Op::Tensor(Slot::Write(place)) => case.slots[usize::from(place)].clone(),
            Op::Broadcast(x) | Op::Fill(x, _) => filled(shape, |_, _| at(x).1[0]),
            Op::Unary(op, x) => filled(shape, |r, c| op.apply(at(x).at(r, c))),
            Op::Binary(op, x, y) => filled(shape, |r, c| op.apply(at(x).at(r, c), at(y).at(r, c))),
            Op::Select(m, x, y) => filled(shape, |r, c| select(at(m).at(r, c), at(x).at(r, c), at(y).at(r, c))),
            Op::Reduce(kind, x, y) => number(match kind {
                Reduction::Sum => at(x).1.iter().sum(),
                Reduction::Dot => at(x).1.iter().zip(&at(y).1).map(|(x, y)| x * y).sum(),
                Reduction::MaxAbs => at(x).1.iter().fold(0.0, |most: f64, x| most.max(x.abs())),
                Reduction::Distance => at(x).1.iter().zip(&at(y).1).map(|(x, y)| (x - y) * (x - y)).sum(),
            }),
            Op::Along(kind, axis, x) => filled(shape, |r, c| {
                let from = at(x);
                let all: Vec<f64> = match axis {
                    Axis::Rows => (0..from.0.rows as usize).map(|r| from.at(r, c)).collect(),
                    Axis::Columns => (0..from.0.columns as usize).map(|c| from.at(r, c)).collect(),
                };
                match kind {
                    Along::Sum => all.iter().sum(),
                    Along::Mean => all.iter().sum::<f64>() / all.len() as f64,
                    Along::Norm => all.iter().map(|x| x * x).sum::<f64>().sqrt(),
                    Along::MaxAbs => all.iter().fold(0.0, |most: f64, x| most.max(x.abs())),
                    Along::Max => all.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                    Along::LogSumExp => all.iter().map(|x| x.exp()).sum::<f64>().ln(),
                }
            }),
            Op::OfRow(kind, x) => filled(shape, |r, c| {
                let sum: f64 = (0..shape.columns as usize).map(|c| at(x).at(r, c).exp()).sum();
                match kind {
                    OfRow::Softmax => at(x).at(r, c).exp() / sum,
                    OfRow::LogSoftmax => at(x).at(r, c) - sum.ln(),
                }
            }),
            Op::Product(x, y) => {
                filled(shape, |r, c| (0..at(x).0.columns as usize).map(|k| at(x).at(r, k) * at(y).at(k, c)).sum())
            }
            Op::Transpose(x) => filled(shape, |r, c| at(x).at(c, r)),
            Op::Eye(_) => filled(shape, |r, c| f64::from(u8::from(r == c))),
            Op::Total(number_of, _) => number(totals.get(&number_of).copied().unwrap_or(f64::NAN)),
        };
        values.push(value);
    }
    values
}

/// All parameters, with totals that follow from each other.
pub fn all_plain(cases: &[Case]) -> Vec<Vec<Matrix>> {
    let mut totals = HashMap::new();
    for _ in 0..4 {
        let values: Vec<Vec<Matrix>> = cases.iter().map(|case| plain(case, &totals)).collect();
        totals.clear();
        for (case, values) in cases.iter().zip(&values) {
            for (_, op) in case.graph.nodes() {
                if let Op::Total(number, x) = op {
                    *totals.entry(number).or_insert(0.0) += values[x.index()].1[0];
                }
            }
        }
    }
    cases.iter().map(|case| plain(case, &totals)).collect()
}
