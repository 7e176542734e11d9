//! The value of every node of the programs of all parameters, whole: where something that is not finite came from lies in other
//! elements, other rows and other parameters, too. It is asked once, when a run has broken, and never while one trains.
//!
//! The values are those of the stages that run, so each has the bits that the update had.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use arrayvec::ArrayVec;

use super::Real;
use super::compile::constants_of;
use super::graph::{Graph, NodeId, Op};
use super::machine::{TENSORS, Watch};
use super::ops::Axis;
use super::shape::Shape;
use super::stages::{Stages, StagesCall, StagesMachine, StagesPart};

/// The most elements that are kept: 64 MiB of `f32`.
const MOST: usize = 1 << 24;

/// The program of a parameter, and what it is given.
pub struct WholePart<'a> {
    /// The arithmetic.
    pub graph: &'a Graph,
    /// The parameter's shape.
    pub shape: Shape,
    /// Scalars that are given.
    pub uniforms: &'a [f64],
    /// The parameter's numbers, before the program.
    pub numbers: &'a [f64],
}

/// What a node came to.
enum Held<F> {
    /// Nobody has shown it.
    Nothing,
    Number(f64),
    Tensor(Vec<F>),
}

/// What all nodes of all parameters came to.
pub struct Whole<'a, F> {
    parts: &'a [WholePart<'a>],
    held: Vec<Vec<Held<F>>>,
    /// For each total what it is summed of: a scalar of each of these parameters.
    totals: HashMap<u64, Vec<(usize, NodeId)>>,
}

/// The elements of an operand that go into one element of what is made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Piece {
    One(usize),
    Row(usize),
    Column(usize),
    All,
}

impl Piece {
    fn elements(self, shape: Shape) -> Box<dyn Iterator<Item = usize>> {
        let (rows, columns) = (shape.rows as usize, shape.columns as usize);
        match self {
            Self::One(element) => Box::new(std::iter::once(element)),
            Self::Row(row) => Box::new(row * columns..(row + 1) * columns),
            Self::Column(column) => Box::new((0..rows).map(move |row| row * columns + column)),
            Self::All => Box::new(0..shape.len()),
        }
    }
}

impl<F: Real> Watch<F> for Vec<Vec<Held<F>>> {
    fn block(&mut self, name: usize, plan: usize, _: usize, values: &[F]) {
        self[plan][name] = Held::Tensor(values.to_vec());
    }

    fn scalar(&mut self, name: usize, plan: usize, value: f64) {
        self[plan][name] = Held::Number(value);
    }
}

impl<'a, F: Real> Whole<'a, F> {
    /// Runs the programs over tensors that stay as they are, though those that an update writes may be given as such, each with
    /// where its part for each parameter lies. None if that were too much.
    pub fn of(
        parts: &'a [WholePart<'a>],
        reads: ArrayVec<(&[F], &[Range<usize>]), TENSORS>,
        writes: ArrayVec<(&mut [F], &[Range<usize>]), TENSORS>,
    ) -> Option<Self> {
        let shape = |part: &WholePart<'_>, id| part.graph.facts(id).shape.unwrap_or(part.shape);
        let tensors = |part: &WholePart<'_>| {
            let all = part.graph.nodes().filter(|(id, _)| part.graph.facts(*id).tensor);
            all.map(|(id, _)| shape(part, id).len()).sum::<usize>()
        };
        if parts.iter().map(tensors).sum::<usize>() > MOST {
            return None;
        }
        let all = |part: &WholePart<'_>| part.graph.nodes().map(|(id, _)| (id.index(), id)).collect::<Vec<_>>();
        let shown: Vec<Vec<(usize, NodeId)>> = parts.iter().map(all).collect();
        let staged = parts.iter().zip(&shown).map(|(part, shown)| StagesPart {
            graph: part.graph,
            shape: part.shape,
            tensors: &[],
            numbers: &[],
            measures: &[],
            shown,
        });
        let stages = Stages::new(&staged.collect::<Vec<_>>())?;
        let nothing = |part: &WholePart<'_>| part.graph.nodes().map(|_| Held::Nothing).collect();
        let mut held: Vec<Vec<Held<F>>> = parts.iter().map(nothing).collect();
        let mut machine = StagesMachine::default();
        machine.fit(&stages);
        machine.run(
            &stages,
            StagesCall {
                constants: &parts.iter().map(|part| constants_of(part.graph)).collect::<Vec<_>>(),
                uniforms: &parts.iter().map(|part| part.uniforms.to_vec()).collect::<Vec<_>>(),
                reads,
                writes,
                numbers: &mut parts.iter().map(|part| part.numbers.to_vec()).collect::<Vec<_>>(),
                measures: &mut [],
                watch: Some(&mut held),
            },
        );
        let mut totals: HashMap<u64, Vec<(usize, NodeId)>> = HashMap::new();
        for (at, part) in parts.iter().enumerate() {
            for (_, op) in part.graph.nodes() {
                if let Op::Total(total, x) = op {
                    totals.entry(total).or_default().push((at, x));
                }
            }
        }
        Some(Self { parts, held, totals })
    }

    /// Rows and columns of a tensor, none of a scalar.
    pub fn shape(&self, part: usize, id: NodeId) -> Option<Shape> {
        let WholePart { graph, shape, .. } = &self.parts[part];
        graph.facts(id).tensor.then(|| graph.facts(id).shape.unwrap_or(*shape))
    }

    /// The value of an element of a node, or of a scalar.
    pub fn at(&self, part: usize, id: NodeId, element: usize) -> Option<f64> {
        match &self.held[part][id.index()] {
            Held::Nothing => None,
            Held::Number(value) => Some(*value),
            Held::Tensor(values) => values.get(element).map(|value| value.to_f64()),
        }
    }

    /// The element of a node that goes with an element of one which is made of it, element by element.
    pub fn element_with(&self, part: usize, id: NodeId, (of, element): (NodeId, usize)) -> usize {
        match (self.shape(part, id), self.shape(part, of)) {
            (None, _) => 0,
            (Some(own), Some(of)) if own != of => {
                let (row, column) = (element / of.columns as usize, element % of.columns as usize);
                let side = |side: u32, at: usize| if side == 1 { 0 } else { at };
                side(own.rows, row) * own.columns as usize + side(own.columns, column)
            }
            _ => element,
        }
    }

    /// What goes into an element; of a choice the side that was taken.
    fn sources(&self, part: usize, id: NodeId, element: usize) -> Vec<(usize, NodeId, Piece)> {
        let columns = self.shape(part, id).map_or(1, |shape| (shape.columns as usize).max(1));
        let (row, column) = (element / columns, element % columns);
        let one = |x: NodeId| (part, x, Piece::One(self.element_with(part, x, (id, element))));
        match self.parts[part].graph.op(id) {
            Op::Select(mask, a, b) => {
                let (.., Piece::One(at)) = one(mask) else { return Vec::new() };
                vec![one(if self.at(part, mask, at) == Some(0.0) { b } else { a })]
            }
            Op::Product(a, b) => vec![(part, a, Piece::Row(row)), (part, b, Piece::Column(column))],
            Op::Transpose(x) => {
                let turned = self.shape(part, x).map_or(1, |shape| shape.columns as usize);
                vec![(part, x, Piece::One(column * turned + row))]
            }
            Op::Along(_, Axis::Rows, x) => vec![(part, x, Piece::Column(column))],
            Op::Along(_, Axis::Columns, x) | Op::OfRow(_, x) => vec![(part, x, Piece::Row(row))],
            op @ Op::Reduce(..) => op.operands().map(|x| (part, x, Piece::All)).collect(),
            Op::Total(total, _) => self.totals[&total].iter().map(|(part, x)| (*part, *x, Piece::One(0))).collect(),
            op => op.operands().map(one).collect(),
        }
    }

    fn values(&self, (part, id, piece): (usize, NodeId, Piece)) -> impl Iterator<Item = (usize, f64)> {
        let shape = self.shape(part, id).unwrap_or(Shape { rows: 1, columns: 1 });
        piece.elements(shape).filter_map(move |element| Some((element, self.at(part, id, element)?)))
    }

    /// Where what is not finite in a node of a parameter came through.
    pub fn through(&self, part: usize, to: NodeId) -> Through {
        let mut through = Through { marked: self.held.iter().map(|nodes| vec![Vec::new(); nodes.len()]).collect() };
        // Of rows, columns and whole tensors each is looked through once.
        let mut looked_through: HashSet<(usize, NodeId, Piece)> = HashSet::new();
        let mut left = vec![(part, to, Piece::All)];
        while let Some(piece) = left.pop() {
            let (part, id, which) = piece;
            if !matches!(which, Piece::One(_)) && !looked_through.insert(piece) {
                continue;
            }
            let length = self.shape(part, id).map_or(1, Shape::len);
            for (element, value) in self.values(piece) {
                let marked = &mut through.marked[part][id.index()];
                if !value.is_finite() && !marked.get(element).copied().unwrap_or(false) {
                    marked.resize(length, false);
                    marked[element] = true;
                    left.extend(self.sources(part, id, element));
                }
            }
        }
        through
    }

    /// The first of the elements of a node that it has come through of which all that went into it is finite, with the largest
    /// of that by its size.
    pub fn first_born(&self, through: &Through, part: usize, id: NodeId) -> Option<(usize, f64)> {
        let mut known: HashMap<(usize, NodeId, Piece), Option<f64>> = HashMap::new();
        let mut largest = |piece| {
            *known.entry(piece).or_insert_with(|| {
                let larger = |most: f64, value: f64| if value.abs() > most.abs() { value } else { most };
                self.values(piece).try_fold(0.0, |most, (_, value)| value.is_finite().then(|| larger(most, value)))
            })
        };
        through.elements(part, id).find_map(|element| {
            let sources = self.sources(part, id, element);
            let most = sources.into_iter().try_fold(0.0_f64, |most, piece| {
                let own = largest(piece)?;
                Some(if own.abs() > most.abs() { own } else { most })
            });
            Some((element, most?))
        })
    }
}

/// The elements of all nodes through which something has come.
pub struct Through {
    /// By parameters and nodes, whether each element is one; empty where none is.
    marked: Vec<Vec<Vec<bool>>>,
}

impl Through {
    /// Those of a node, in order.
    pub fn elements(&self, part: usize, id: NodeId) -> impl Iterator<Item = usize> {
        self.marked[part][id.index()].iter().enumerate().filter(|(_, marked)| **marked).map(|(element, _)| element)
    }

    /// The parameters through which it has come.
    pub fn parts(&self) -> impl Iterator<Item = usize> {
        let any = |nodes: &Vec<Vec<bool>>| nodes.iter().any(|marked| !marked.is_empty());
        self.marked.iter().enumerate().filter(move |(_, nodes)| any(nodes)).map(|(part, _)| part)
    }
}
