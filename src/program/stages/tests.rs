//! Stages against a plain evaluation of the same graphs, node by node over whole matrices.

mod plain;

use std::collections::HashMap;

use super::*;
use crate::program::graph::{Folding, Slot};
use crate::program::ops::{Binary, Reduction, Unary};
use crate::program::{Real, Watch};
use plain::{Matrix, all_plain, filled};

/// One parameter of a case.
struct Case {
    graph: Graph,
    shape: Shape,
    reads: Vec<Matrix>,
    slots: Vec<Matrix>,
    numbers: Vec<f64>,
    tensors: Vec<(u8, NodeId)>,
    kept: Vec<(u16, NodeId)>,
    measures: Vec<NodeId>,
    shown: Vec<(usize, NodeId)>,
}

fn wave(shape: Shape, phase: f64) -> Matrix {
    filled(shape, |row, column| (phase + 0.7 * row as f64 + 1.3 * column as f64).sin())
}

impl Case {
    fn new(rows: usize, columns: usize, slots: &[Shape]) -> Self {
        let shape = Shape::new(rows, columns);
        let slots = std::iter::once(&shape).chain(slots).enumerate();
        Self {
            graph: Graph::of_shape(Folding::Full, shape),
            shape,
            reads: vec![wave(shape, 0.3)],
            slots: slots.map(|(at, shape)| wave(*shape, 1.1 * at as f64)).collect(),
            numbers: vec![0.5, 2.0],
            tensors: Vec::new(),
            kept: Vec::new(),
            measures: Vec::new(),
            shown: Vec::new(),
        }
    }

    fn slot(&mut self, at: u8) -> NodeId {
        let shape = self.slots[usize::from(at)].0;
        self.graph.tensor_of(Slot::Write(at), shape)
    }

    fn dw(&mut self) -> NodeId {
        self.graph.tensor(Slot::Read(0))
    }

    fn part(&self) -> StagesPart<'_> {
        StagesPart {
            graph: &self.graph,
            shape: self.shape,
            tensors: &self.tensors,
            numbers: &self.kept,
            measures: &self.measures,
            shown: &self.shown,
        }
    }
}

/// What is shown.
#[derive(Default)]
struct Seen(HashMap<(usize, usize), Vec<f64>>);

impl<F: Real> Watch<F> for Seen {
    fn block(&mut self, name: usize, parameter: usize, start: usize, values: &[F]) {
        assert_eq!(start, 0);
        self.0.insert((parameter, name), values.iter().map(|value| value.to_f64()).collect());
    }
    fn scalar(&mut self, name: usize, parameter: usize, value: f64) {
        self.0.insert((parameter, name), vec![value]);
    }
}

/// What a run leaves: slots, numbers, measures, and what was seen.
type Left = (Vec<Vec<f64>>, Vec<f64>, Vec<f64>, HashMap<(usize, usize), Vec<f64>>);

fn run<F: Real>(cases: &[Case], watched: bool) -> Left {
    let parts: Vec<StagesPart<'_>> = cases.iter().map(Case::part).collect();
    let stages = Stages::new(&parts).unwrap();
    let places = |at: &dyn Fn(&Case) -> usize| {
        let mut end = 0;
        let of = |case: &Case| {
            let start = end;
            end = start + at(case);
            end += 16 - end % 16;
            start..start + at(case)
        };
        cases.iter().map(of).collect::<Vec<_>>()
    };
    let arena = |places: &[std::ops::Range<usize>], of: &dyn Fn(&Case) -> Option<Vec<f64>>| {
        let mut arena = vec![F::from_f64(9.0); places.last().unwrap().end];
        for (place, case) in places.iter().zip(cases) {
            for (to, value) in arena[place.clone()].iter_mut().zip(of(case).unwrap_or_default()) {
                *to = F::from_f64(value);
            }
        }
        arena
    };
    let most = cases.iter().map(|case| case.slots.len()).max().unwrap();
    let read_places = places(&|case| case.shape.len());
    let dw = arena(&read_places, &|case| Some(case.reads[0].1.clone()));
    let slot_places: Vec<_> =
        (0..most).map(|at| places(&|case| case.slots.get(at).map_or(0, |slot| slot.1.len()))).collect();
    let mut slots: Vec<Vec<F>> = slot_places
        .iter()
        .enumerate()
        .map(|(at, places)| arena(places, &|case| case.slots.get(at).map(|slot| slot.1.clone())))
        .collect();
    let mut numbers: Vec<Vec<f64>> = cases.iter().map(|case| case.numbers.clone()).collect();
    let mut measures = vec![0.0; cases.len() * cases.iter().map(|case| case.measures.len()).max().unwrap()];
    let constants: Vec<Vec<f64>> = cases.iter().map(|case| crate::program::constants_of(&case.graph)).collect();
    let mut machine = StagesMachine::<F>::default();
    machine.fit(&stages);
    let mut seen = Seen::default();
    let writes = slots.iter_mut().zip(&slot_places).map(|(slot, places)| (&mut slot[..], &places[..]));
    machine.run(
        &stages,
        StagesCall {
            constants: &constants,
            uniforms: &vec![vec![3.0]; cases.len()],
            reads: [(&dw[..], &read_places[..])].into_iter().collect(),
            writes: writes.collect(),
            numbers: &mut numbers,
            measures: &mut measures,
            watch: watched.then_some(&mut seen as &mut dyn Watch<F>),
        },
    );
    let left = (0..cases.len()).flat_map(|case| {
        let own = slots.iter().zip(&slot_places);
        own.map(move |(slot, places)| slot[places[case].clone()].iter().map(|value| value.to_f64()).collect())
    });
    (left.collect(), numbers.concat(), measures, seen.0)
}

fn near(got: &[f64], want: &[f64], close: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    let size = want.iter().fold(1.0_f64, |most, want| most.max(want.abs()));
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() <= close * size, "{what}: {got} is not {want}");
    }
}

/// Looking at it changes no bit, and neither does the number of threads.
fn bits<F: Real>(cases: &[Case]) {
    let (slots, numbers, measures, _) = run::<F>(cases, true);
    let alone = (slots, numbers, measures);
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (slots, numbers, measures, _) = pool.install(|| run::<F>(cases, false));
        assert!((slots, numbers, measures) == alone, "{threads} threads");
    }
}

fn check(cases: &[Case]) {
    let values = all_plain(cases);
    let most = cases.iter().map(|case| case.slots.len()).max().unwrap();
    let single = (run::<f32>(cases, true), 3e-5);
    let double = (run::<f64>(cases, true), 1e-12);
    for ((slots, numbers, measures, seen), close) in [single, double] {
        for (at, (case, values)) in cases.iter().zip(&values).enumerate() {
            for (slot, was) in case.slots.iter().enumerate() {
                let wanted = case.tensors.iter().find(|(own, _)| usize::from(*own) == slot);
                let want = wanted.map_or(&was.1, |(_, id)| &values[id.index()].1);
                near(&slots[at * most + slot], want, close, &format!("slot {slot} of {at}"));
            }
            let each = numbers.len() / cases.len();
            for (number, id) in &case.kept {
                near(&numbers[at * each + usize::from(*number)..][..1], &values[id.index()].1, close, "a number");
            }
            let each = measures.len() / cases.len();
            for (measure, id) in case.measures.iter().enumerate() {
                near(&measures[at * each + measure..][..1], &values[id.index()].1, close, "a measure");
            }
            for (name, id) in &case.shown {
                near(&seen[&(at, *name)], &values[id.index()].1, close, &format!("{name} of {at} as seen"));
            }
        }
    }
    bits::<f32>(cases);
    bits::<f64>(cases);
}

/// Rows and columns of averages that are as small as a row and a column, as Adafactor keeps them.
fn factored(rows: usize, columns: usize) -> Case {
    let (tall, wide) = (Shape::new(rows, 1), Shape::new(1, columns));
    let mut case = Case::new(rows, columns, &[tall, wide]);
    let (w, r, c, dw) = (case.slot(0), case.slot(1), case.slot(2), case.dw());
    let g = &mut case.graph;
    let squares = g.binary(Binary::Mul, dw, dw);
    let (by_row, by_column) = (g.along(Along::Mean, Axis::Columns, squares), g.along(Along::Sum, Axis::Rows, squares));
    let r = g.binary(Binary::Add, r, by_row);
    let c = g.binary(Binary::Max, c, by_column);
    let whole = g.reduce(Reduction::Sum, r, r);
    let outer = g.binary(Binary::Mul, r, c);
    let share = g.binary(Binary::Div, outer, whole);
    let size = g.unary(Unary::Abs, share);
    let one = g.constant(1.0);
    let root = g.binary(Binary::Add, size, one);
    let step = g.binary(Binary::Div, dw, root);
    let norms = g.along(Along::Norm, Axis::Rows, step);
    let step = g.binary(Binary::Div, step, norms);
    let new = g.binary(Binary::Sub, w, step);
    let measure = g.reduce(Reduction::Distance, new, w);
    case.tensors = vec![(0, new), (1, r), (2, c)];
    case.measures = vec![measure];
    case.shown = vec![(0, r), (1, c), (2, step), (3, norms), (4, whole), (5, w)];
    case
}

#[test]
fn sums_by_row_and_column_meet_whole_tensors() {
    check(&[factored(5, 3), factored(1, 7), factored(6, 1), factored(1, 1), factored(300, 200)]);
}

#[test]
fn products_and_transposes_are_those_of_matrices() {
    let case = |rows: usize, columns: usize| {
        let mut case = Case::new(rows, columns, &[Shape::new(rows, rows), Shape::new(columns, columns)]);
        let (w, left, right, dw) = (case.slot(0), case.slot(1), case.slot(2), case.dw());
        let g = &mut case.graph;
        let turned = g.transpose(dw);
        let (outer, inner) = (g.product(dw, turned), g.product(turned, dw));
        let new_left = g.binary(Binary::Add, left, outer);
        let new_right = g.binary(Binary::Add, right, inner);
        let eye = g.eye(columns as u32);
        let shifted = g.binary(Binary::Sub, new_right, eye);
        let there = g.product(new_left, dw);
        let back = g.product(there, shifted);
        let back_turned = g.transpose(back);
        let small = g.product(shifted, turned);
        let small = g.transpose(small);
        let both_turned = g.product(turned, small);
        let trace = g.select(eye, inner, eye);
        let trace = g.reduce(Reduction::Sum, trace, trace);
        let scaled = g.binary(Binary::Mul, back, trace);
        let new = g.binary(Binary::Sub, w, scaled);
        case.tensors = vec![(0, new), (1, new_left), (2, new_right)];
        case.shown = vec![(0, back_turned), (1, both_turned), (2, outer), (3, trace), (4, there)];
        case
    };
    check(&[case(4, 3), case(1, 5), case(3, 1), case(70, 40)]);
}

#[test]
fn a_total_is_of_all_parameters_and_totals_follow_each_other() {
    let case = |rows: usize, columns: usize, second: bool| {
        let mut case = Case::new(rows, columns, &[]);
        let (w, dw) = (case.slot(0), case.dw());
        let g = &mut case.graph;
        let squares = g.reduce(Reduction::Dot, dw, dw);
        let whole = g.total(1, squares);
        let norm = g.unary(Unary::Sqrt, whole);
        let unit = g.binary(Binary::Div, dw, norm);
        let kept = g.number(0);
        let count = g.binary(Binary::Add, kept, whole);
        let mut new = g.binary(Binary::Sub, w, unit);
        if second {
            // Only some parameters take part.
            let largest = g.reduce(Reduction::MaxAbs, unit, unit);
            let all = g.total(7, largest);
            new = g.binary(Binary::Mul, new, all);
        }
        case.tensors = vec![(0, new)];
        case.kept = vec![(0, count)];
        case.measures = vec![norm];
        case.shown = vec![(0, whole), (1, unit)];
        case
    };
    check(&[case(4, 3, true), case(1, 3, false), case(200, 300, true)]);
}

#[test]
fn what_is_overwritten_was_read_before() {
    let mut case = Case::new(4, 3, &[Shape::new(4, 3), Shape::new(4, 3), Shape::new(4, 3), Shape::new(4, 3)]);
    let (w, a, b, dw) = (case.slot(0), case.slot(1), case.slot(2), case.dw());
    let g = &mut case.graph;
    let sum = g.binary(Binary::Add, w, a);
    let rows = g.along(Along::Sum, Axis::Columns, sum);
    let new = g.binary(Binary::Mul, sum, rows);
    // The old weights are read after the new ones are known.
    let columns = g.along(Along::Sum, Axis::Rows, new);
    let late = g.binary(Binary::Mul, w, columns);
    let zero = g.constant(0.25);
    let level = g.broadcast(zero);
    case.tensors = vec![(0, new), (1, b), (2, a), (3, w), (4, late)];
    case.shown = vec![(0, level), (1, dw), (2, w)];
    check(&[case]);
    let mut case = Case::new(3, 3, &[Shape::new(3, 3), Shape::new(3, 3)]);
    let (w, a, dw) = (case.slot(0), case.slot(1), case.dw());
    let g = &mut case.graph;
    let product = g.product(w, a);
    let one = g.constant(1.0);
    let ones = g.broadcast(one);
    case.tensors = vec![(0, product), (1, dw), (2, ones)];
    check(&[case]);
}

#[test]
fn what_is_made_of_exponentials_of_rows_and_columns_is_that_of_matrices() {
    let mut case = Case::new(5, 19, &[Shape::new(5, 1), Shape::new(1, 19)]);
    let dw = case.dw();
    let g = &mut case.graph;
    let (p, log_p) = (g.of_row(OfRow::Softmax, dw), g.of_row(OfRow::LogSoftmax, dw));
    let log_sum = g.along(Along::LogSumExp, Axis::Columns, dw);
    let most = g.along(Along::Max, Axis::Columns, log_p);
    let made = g.binary(Binary::Mul, p, log_sum);
    let row = g.along(Along::Max, Axis::Rows, made);
    let joined = g.along(Along::LogSumExp, Axis::Rows, log_p);
    let row = g.binary(Binary::Sub, row, joined);
    case.tensors = vec![(0, made), (1, most), (2, row)];
    check(&[case]);
}

#[test]
fn more_tensors_than_a_block_has_are_several_blocks() {
    let mut case = Case::new(5, 4, &[Shape::new(5, 4); 15]);
    let slots: Vec<NodeId> = (0..16).map(|at| case.slot(at)).collect();
    let dw = case.dw();
    let g = &mut case.graph;
    let rows = g.along(Along::MaxAbs, Axis::Columns, dw);
    let mut made: Vec<NodeId> = Vec::new();
    for round in 0..40 {
        let turned = g.transpose(slots[round % 16]);
        let turned = g.transpose(turned);
        let one = g.along(Along::Sum, Axis::Rows, if round % 2 == 0 { turned } else { dw });
        let scaled = g.binary(Binary::Mul, slots[(round * 7 + 3) % 16], one);
        let scaled = g.binary(Binary::Add, scaled, rows);
        made.push(scaled);
    }
    let mut sums = Vec::new();
    for start in 0..16 {
        let mut sum = made[start];
        for step in 1..6 {
            sum = g.binary(Binary::Add, sum, made[(start + step * 5) % 40]);
        }
        sums.push(sum);
    }
    let norms: Vec<NodeId> = sums.iter().map(|sum| g.reduce(Reduction::Dot, *sum, *sum)).collect();
    case.tensors = sums.iter().enumerate().map(|(at, sum)| (at as u8, *sum)).collect();
    case.measures = norms;
    check(&[case]);
}

#[test]
fn norms_by_axis_do_not_leave_the_range() {
    let mut case = Case::new(2, 2, &[]);
    let dw = case.dw();
    case.reads[0].1 = vec![3e200, 1e-170, 4e200, 0.0];
    let by_column = case.graph.along(Along::Norm, Axis::Rows, dw);
    let by_row = case.graph.along(Along::Norm, Axis::Columns, dw);
    case.shown = vec![(0, by_column), (1, by_row)];
    let (.., seen) = run::<f64>(&[case], true);
    near(&seen[&(0, 0)], &[5e200, 1e-170], 1e-15, "by column");
    assert_eq!(seen[&(0, 0)][1], 1e-170);
    assert_eq!(seen[&(0, 1)], [3e200, 4e200]);
}

#[test]
fn totals_that_wait_for_each_other_are_refused() {
    let case = |first: u64, second: u64| {
        let mut case = Case::new(2, 2, &[]);
        let dw = case.dw();
        let g = &mut case.graph;
        let sum = g.reduce(Reduction::Sum, dw, dw);
        let one = g.total(first, sum);
        let two = g.total(second, one);
        case.kept = vec![(0, two)];
        case
    };
    let (a, b) = (case(1, 2), case(2, 1));
    assert!(Stages::new(&[a.part(), a.part()]).is_some());
    assert!(Stages::new(&[a.part(), b.part()]).is_none());
}
