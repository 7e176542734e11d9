//! What a watched step shows of the rule's named values: rms, extremes and mean of each parameter, and a small picture
//! of the parameter in focus. Values are looked at while they lie in a register; nothing is computed again.

mod pictures;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::optim::{Correction, Rule, RuleWatch};
use crate::program::{Layout, Real, Shape, exact_norm, norm_of};
use crate::snapshot::{Bucket, Grid, Line, NamedView, StateView};
use crate::train::Series;
use pictures::{matrix, whole_picture};

/// The most rows and columns of a picture.
const MAP: (usize, usize) = (16, 48);
/// Buckets of a trend.
const TREND: usize = 128;

/// The rule's values in a snapshot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Values {
    /// Of the last watched step.
    #[default]
    Now,
    /// As in the snapshot before.
    AsBefore,
}

/// Sums over one named value of one parameter.
#[derive(Debug, Clone)]
struct Sums {
    squares: f64,
    /// The norm of the blocks whose squares leave the range of `f64`.
    beyond: f64,
    sum: f64,
    min: f64,
    max: f64,
    count: usize,
    number: Option<f64>,
}

impl Default for Sums {
    fn default() -> Self {
        Self { squares: 0.0, beyond: 0.0, sum: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY, count: 0, number: None }
    }
}

impl Sums {
    /// Something was seen: before the first step that holds for what is kept, not for what an update makes anew.
    fn is_known(&self) -> bool {
        self.count > 0 || self.number.is_some()
    }

    /// Where a sum of squares has all its digits.
    const RANGE: std::ops::Range<f64> = 1e-300..f64::INFINITY;

    /// In lanes, which the compiler makes vectors of: one sum after the other would wait for each addition.
    fn add<F: Real>(&mut self, values: &[F]) {
        const LANES: usize = 8;
        let (mut squares, mut sum) = ([0.0_f64; LANES], [0.0_f64; LANES]);
        let (mut min, mut max) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        let mut chunks = values.chunks_exact(LANES);
        for chunk in &mut chunks {
            for lane in 0..LANES {
                let x = chunk[lane].to_f64();
                squares[lane] += x * x;
                sum[lane] += x;
                min[lane] = x.smaller(min[lane]);
                max[lane] = x.larger(max[lane]);
            }
        }
        for (lane, value) in chunks.remainder().iter().enumerate() {
            let x = value.to_f64();
            squares[lane] += x * x;
            sum[lane] += x;
            min[lane] = x.smaller(min[lane]);
            max[lane] = x.larger(max[lane]);
        }
        let squares = squares.iter().sum::<f64>();
        if squares.is_nan() || Self::RANGE.contains(&squares) {
            self.squares += squares;
        } else {
            self.beyond = norm_of([self.beyond, exact_norm(values)].into_iter());
        }
        self.sum += sum.iter().sum::<f64>();
        self.min = min.into_iter().fold(self.min, |least, x| x.smaller(least));
        self.max = max.into_iter().fold(self.max, |most, x| x.larger(most));
        self.count += values.len();
    }

    fn rms(&self) -> f64 {
        let count = self.count as f64;
        self.number.map_or_else(
            || match self.beyond {
                0.0 => (self.squares / count).sqrt(),
                beyond => norm_of([self.squares.sqrt(), beyond].into_iter()) / count.sqrt(),
            },
            f64::abs,
        )
    }
}

/// The trends and how far they go, copied.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct StatsCheckpoint {
    names: Vec<String>,
    trends: Vec<Vec<Series>>,
    step: u64,
}

impl StatsCheckpoint {
    /// The memory that it takes.
    pub fn bytes(&self) -> usize {
        self.trends.iter().flatten().map(|trend| trend.bytes() + size_of::<Series>()).sum()
    }
}

/// Collects a watched step.
pub(crate) struct Stats {
    names: Vec<String>,
    shapes: Vec<(String, Vec<usize>)>,
    /// By parameter, then by name.
    sums: Vec<Vec<Sums>>,
    trends: Vec<Vec<Series>>,
    /// The parameter whose pictures are wanted.
    focus: usize,
    /// The last watched step.
    step: u64,
    /// By parameter, then by name: the shape of what has not the parameter's.
    other_shapes: Vec<Vec<Option<Shape>>>,
    /// By name: sums of |x| and counts of the cells.
    maps: Vec<(Grid, Vec<u32>)>,
    /// Where each column of the cells begins among the parameter's columns, and where the last one ends.
    edges: Vec<usize>,
    /// What the rule of the last watched step said of its averages, where another edition of it is in force by now.
    averages: Option<Averages>,
}

/// The decay and the correction of each state of a rule, parameter by parameter.
pub(crate) type Averages = Vec<Vec<(Option<f64>, Correction)>>;

impl Stats {
    pub fn new<F: Real>(rule: &Rule<F>, layout: &Layout) -> Self {
        let names = rule.names().to_vec();
        let shapes: Vec<_> = layout.parameters().iter().map(|p| (p.name.clone(), p.shape.clone())).collect();
        let mut stats = Self {
            sums: vec![vec![Sums::default(); names.len()]; shapes.len()],
            trends: vec![vec![Series::new(TREND); names.len()]; shapes.len()],
            other_shapes: vec![vec![None; names.len()]; shapes.len()],
            maps: Vec::new(),
            edges: Vec::new(),
            focus: 0,
            step: 0,
            averages: None,
            names,
            shapes,
        };
        stats.set_focus(0);
        stats
    }

    /// What is said of the averages of the last watched step.
    pub fn averages<F: Real>(&self, rule: &Rule<F>) -> Averages {
        let of = |parameter| (0..rule.kept()).map(|state| rule.average(parameter, state)).collect();
        let of_rule = || (0..self.shapes.len()).map(of).collect();
        self.averages.clone().unwrap_or_else(of_rule)
    }

    /// Another edition of the rule is in force, and no step was made by it: what is known is of the last step of the one before,
    /// as long as both name the same values.
    pub fn go_on_from<F: Real>(&mut self, before: Self, averages: Averages, rule: &Rule<F>) {
        let same = before.names == self.names && averages.iter().all(|own| own.len() == rule.kept());
        if same && before.shapes == self.shapes {
            *self = Self { averages: Some(averages), ..before };
        }
    }

    /// Another parameter's pictures are wanted. What is kept is pictured at once; other values at the next step.
    pub fn focus_on<F: Real>(&mut self, parameter: usize, rule: &Rule<F>) {
        self.set_focus(parameter);
        for (name, value) in rule.placed_state_of(self.focus) {
            if let crate::optim::StateValue::Tensor(values) = value {
                match rule.shape_of(self.focus, name) {
                    Some(shape) => self.maps[name] = whole_picture(shape, values),
                    None => self.picture(name, 0, values),
                }
            }
        }
    }

    fn picture<F: Real>(&mut self, name: usize, start: usize, values: &[F]) {
        let (rows, columns) = matrix(&self.shapes[self.focus].1);
        let (grid, counts) = &mut self.maps[name];
        let (mut row, mut column) = (start / columns.max(1), start % columns.max(1));
        let mut values = values;
        while !values.is_empty() {
            // The rest of a row, cell by cell: no place of a value is computed.
            let first = row * grid.rows / rows * grid.columns;
            let mut cell = column * grid.columns / columns;
            while column < columns && !values.is_empty() {
                let (inside, others) = values.split_at((self.edges[cell + 1] - column).min(values.len()));
                grid.cells[first + cell] += inside.iter().map(|value| value.to_f64().abs()).sum::<f64>();
                counts[first + cell] += inside.len() as u32;
                column += inside.len();
                cell += 1;
                values = others;
            }
            (row, column) = (row + 1, 0);
        }
    }

    fn set_focus(&mut self, parameter: usize) {
        self.focus = parameter.min(self.shapes.len().saturating_sub(1));
        let shape = self.shapes.get(self.focus).map_or(&[][..], |(_, shape)| shape);
        let (rows, columns) = matrix(shape);
        let grid = Grid {
            rows: rows.min(MAP.0),
            columns: columns.min(MAP.1),
            cells: vec![0.0; rows.min(MAP.0) * columns.min(MAP.1)],
        };
        // The first column whose `column * cells / columns` is the cell's.
        self.edges = (0..=grid.columns).map(|cell| (cell * columns).div_ceil(grid.columns.max(1))).collect();
        let counts = vec![0; grid.cells.len()];
        self.maps = vec![(grid, counts); self.names.len()];
    }

    /// Adds the step's rms to the trends. Of the steps since the last watched one nothing is known, and nothing is said: a
    /// run that is over before anybody looks would else be drawn as a level line.
    pub fn end(&mut self, step: u64) {
        let unwatched = step.saturating_sub(self.step).saturating_sub(1);
        self.step = step;
        let all = self.sums.iter().flatten().zip(self.trends.iter_mut().flatten());
        for (sums, trend) in all {
            trend.push_many(Bucket::ABSENT, unwatched);
            trend.push(if sums.is_known() { sums.rms() } else { Bucket::ABSENT });
        }
    }

    /// The state after a step that was not watched and after which no other comes. What an update makes anew is not known
    /// then, and not shown.
    pub fn end_unwatched<F: Real>(&mut self, step: u64, rule: &Rule<F>) {
        self.sums.iter_mut().flatten().for_each(|sums| *sums = Sums::default());
        self.averages = None;
        self.start(rule);
        self.end(step);
    }

    /// The trends, for a copy.
    pub fn save(&self, kept: &mut StatsCheckpoint) {
        kept.names.clone_from(&self.names);
        kept.trends.clone_from(&self.trends);
        kept.step = self.step;
    }

    /// Back to trends that were copied. What the update of that step was is shown again after the next watched step,
    /// before the first step at once.
    ///
    /// # Errors
    /// The trends are of another rule's states or of other parameters. Nothing is changed then.
    pub fn restore<F: Real>(&mut self, kept: &StatsCheckpoint, rule: &Rule<F>) -> Result<()> {
        let usual = Series::new(TREND);
        let fits = |trends: &Vec<Series>| trends.len() == kept.names.len() && trends.iter().all(|t| t.is_like(&usual));
        let states = kept.names.get(..rule.kept()).is_some_and(|names| names == &rule.names()[..rule.kept()]);
        if kept.trends.len() != self.shapes.len() || !states || !kept.trends.iter().all(fits) {
            return Err(Error::user(format!("the trends that were kept are not those of `{}`", rule.name())));
        }
        self.names.clone_from(&kept.names);
        self.trends.clone_from(&kept.trends);
        self.step = kept.step;
        self.sums = vec![vec![Sums::default(); self.names.len()]; self.shapes.len()];
        self.other_shapes = vec![vec![None; self.names.len()]; self.shapes.len()];
        self.averages = None;
        self.set_focus(self.focus);
        if self.step == 0 {
            self.start(rule);
        }
        Ok(())
    }

    /// The first values of the state, before any step.
    pub fn start<F: Real>(&mut self, rule: &Rule<F>) {
        for parameter in 0..self.shapes.len() {
            for (name, value) in rule.placed_state_of(parameter) {
                match value {
                    crate::optim::StateValue::Tensor(values) => match rule.shape_of(parameter, name) {
                        Some(shape) => self.shaped(name, parameter, shape, values),
                        None => self.block(name, parameter, 0, values),
                    },
                    crate::optim::StateValue::Number(value) => self.sums[parameter][name].number = Some(value),
                }
            }
        }
    }

    pub fn view<F: Real>(&self, rule: &Rule<F>) -> Vec<StateView> {
        let parameters = self.shapes.iter().enumerate();
        parameters
            .map(|(parameter, (name, shape))| StateView {
                parameter: name.clone(),
                shape: shape.clone(),
                values: (0..self.names.len())
                    .filter(|value| self.sums[parameter][*value].is_known())
                    .map(|value| self.named(rule, parameter, value))
                    .collect(),
            })
            .collect()
    }

    /// The script's own name of a value: `state.d` of what is kept where the script calls what it makes at each step `d`, too.
    fn told(&self, value: usize, kept: usize) -> String {
        let name = &self.names[value];
        let is_shared = value < kept && self.names[kept..].contains(name);
        if is_shared { format!("state.{name}") } else { name.clone() }
    }

    fn named<F: Real>(&self, rule: &Rule<F>, parameter: usize, value: usize) -> NamedView {
        let sums = &self.sums[parameter][value];
        let kept = value < rule.kept();
        let average =
            || self.averages.as_ref().map_or_else(|| rule.average(parameter, value), |all| all[parameter][value]);
        let (decay, correction) = if kept { average() } else { (None, Correction::Unknown) };
        let trend = &self.trends[parameter][value];
        let pictured = self.maps[value].1.iter().all(|count| *count > 0);
        let map = (parameter == self.focus && sums.number.is_none() && pictured).then(|| {
            let (grid, counts) = &self.maps[value];
            let cells = grid.cells.iter().zip(counts).map(|(sum, n)| sum / f64::from(*n)).collect();
            Grid { cells, ..*grid }
        });
        let of = |tensor: f64| sums.number.unwrap_or(if sums.count == 0 { f64::NAN } else { tensor });
        NamedView {
            name: self.told(value, rule.kept()),
            kept,
            times: rule.times(parameter, value),
            scalar: sums.number.is_some(),
            shape: self.other_shapes[parameter][value].map(|shape| [shape.rows as usize, shape.columns as usize]),
            rms: sums.rms(),
            min: of(sums.min),
            max: of(sums.max),
            mean: of(sums.sum / sums.count as f64),
            correction: if let Correction::By(value) = correction { Some(value) } else { None },
            uncorrected: correction == Correction::Never,
            decay,
            trend: Line { buckets: trend.buckets(), width: trend.width() },
            map,
        }
    }
}

impl<F: Real> RuleWatch<F> for Stats {
    /// Forgets the last watched step, keeps the trends. A rule that branches may name other values than before.
    fn begin(&mut self, names: &[String]) {
        self.averages = None;
        if self.names != names {
            self.names = names.to_vec();
            self.sums = vec![vec![Sums::default(); names.len()]; self.shapes.len()];
            self.other_shapes = vec![vec![None; names.len()]; self.shapes.len()];
            // A value that was not named before has no trend up to here.
            let unnamed = || {
                let mut trend = Series::new(TREND);
                trend.push_many(Bucket::ABSENT, self.step);
                trend
            };
            self.trends.iter_mut().for_each(|t| t.resize_with(names.len(), unnamed));
            self.set_focus(self.focus);
        }
        self.sums.iter_mut().flatten().for_each(|sums| *sums = Sums::default());
        for (grid, counts) in &mut self.maps {
            grid.cells.fill(0.0);
            counts.fill(0);
        }
    }

    fn block(&mut self, name: usize, parameter: usize, start: usize, values: &[F]) {
        self.sums[parameter][name].add(values);
        if parameter == self.focus {
            self.picture(name, start, values);
        }
    }

    fn shaped(&mut self, name: usize, parameter: usize, shape: Shape, values: &[F]) {
        self.sums[parameter][name].add(values);
        self.other_shapes[parameter][name] = Some(shape);
        if parameter == self.focus {
            self.maps[name] = whole_picture(shape, values);
        }
    }

    fn number(&mut self, name: usize, parameter: usize, value: f64) {
        self.sums[parameter][name].number = Some(value);
    }
}

#[cfg(test)]
mod tests;
