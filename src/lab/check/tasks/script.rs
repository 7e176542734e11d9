//! Tasks of kind `script`: the file that is filled in, what it must do, and the cases by which the two are compared.

use super::{Asked, points_of, whole_numbers};
use crate::error::Error;
use crate::lab::check::Check;
use crate::lab::plan::is_script_path;
use crate::lab::plan::task::{Case, ONLY_CASE, ScriptTask};
use crate::lab::read::field::Field;
use crate::lab::read::fields::Fields;
use crate::lab::yaml::node::{Node, shorten};
use crate::script::Kind;

/// The most cases of a task.
const MOST_CASES: usize = 20;
/// The most updates of a case.
const MOST_STEPS: u64 = 10_000;
/// The most numbers of a parameter's shapes, all together.
const MOST_ELEMENTS: u64 = 100_000;

impl Check<'_> {
    /// `points` are those of the task.
    pub(super) fn script_task(
        &mut self,
        fields: &mut Fields<'_>,
        asked: &Asked,
        points: Option<f64>,
    ) -> Option<ScriptTask> {
        let file = self.problems.keep(fields.require("file"));
        let there = file.as_ref().map(|file| self.named_text(file));
        // A packed lab has no reference where all of its cases were hidden.
        let same_as = if asked.packed && !fields.has("same_as") {
            Some(None)
        } else {
            let field = self.problems.keep(fields.require("same_as"));
            field.and_then(|field| self.reference(&field)).map(Some)
        };
        let hyper = self.hyper(fields.take("hyper").as_ref());
        let cases = match fields.take("cases") {
            None => Some(vec![Case { points: points.unwrap_or(1.0), ..plain(ONLY_CASE) }]),
            Some(field) => self.cases(&field, points),
        };
        there??;
        let file = file?.text().ok()?.to_owned();
        Some(ScriptTask { file, same_as: same_as?, hyper: hyper?, cases: cases? })
    }

    /// A name of the catalogue, of any kind of script, or a path.
    fn reference(&mut self, field: &Field<'_>) -> Option<String> {
        let spec = self.problems.keep(field.text())?;
        if is_script_path(spec) {
            self.named_text(field)?;
            return Some(spec.to_owned());
        }
        let names: Vec<String> = Kind::ALL.into_iter().flat_map(|kind| self.names(kind, false).to_vec()).collect();
        if !names.iter().any(|name| name == spec) {
            let error = field.error(format!("the catalogue has no script `{}`", shorten(spec)));
            self.problems.push(error.nearest(spec, names.iter().map(String::as_str)).help("`optlab list` shows it"));
            return None;
        }
        Some(spec.to_owned())
    }

    fn hyper(&mut self, field: Option<&Field<'_>>) -> Option<Vec<(String, f64)>> {
        let Some(field) = field else { return Some(Vec::new()) };
        let mut map = self.problems.keep(field.map("`hyper`"))?;
        let mut values = Vec::new();
        for (name, value) in map.rest() {
            values.push((name.to_owned(), self.problems.keep(value.number())?));
        }
        Some(values)
    }

    fn cases(&mut self, field: &Field<'_>, points: Option<f64>) -> Option<Vec<Case>> {
        let list = self.problems.keep(field.list())?;
        if list.is_empty() || list.len() > MOST_CASES {
            self.problems.push(field.error(format!("{} cases; there may be 1 to {MOST_CASES}", list.len())));
            return None;
        }
        let mut cases: Vec<Case> = Vec::new();
        for item in &list {
            let case = self.case(item)?;
            if cases.iter().any(|other| other.name == case.name) {
                self.problems.push(item.error(format!("the case `{}` is there twice", shorten(&case.name))));
            }
            cases.push(case);
        }
        let sum: f64 = cases.iter().map(|case| case.points).sum();
        if let Some(points) = points.filter(|points| (points - sum).abs() > 1e-9) {
            let error = field
                .error(format!("the points of the cases add up to {sum}, but the task is said to be worth {points}"));
            self.problems.push(error.help("delete the `points` of the task"));
        }
        Some(cases)
    }

    fn case(&mut self, item: &Field<'_>) -> Option<Case> {
        let mut map = self.problems.keep(item.map("a case"))?;
        let before = self.problems.len();
        let name = self.problems.keep(map.require("name"))?;
        let mut case = plain(&self.line(&name)?);
        if let Some(field) = map.take("points") {
            if let Node::Seq(_) = field.node() {
                case.inputs = self.inputs(&field)?;
            } else {
                case.points = self.problems.keep(points_of(&field))?;
            }
        }
        if let Some(field) = map.take("worth") {
            case.points = self.problems.keep(points_of(&field))?;
        }
        if let Some(field) = map.take("hidden") {
            case.hidden = self.problems.keep(field.boolean())?;
        }
        case.hyper = self.hyper(map.take("hyper").as_ref())?;
        if let Some(field) = map.take("steps") {
            case.steps = self.problems.keep(field.whole(1..=MOST_STEPS))?;
        }
        if let Some(field) = map.take("from") {
            case.from = self.problems.keep(field.whole(1..=1 << 40))?;
        }
        if let Some(field) = map.take("gradient") {
            case.zero_gradient = self.problems.keep(field.one_of(&["drawn", "zero"], "gradient"))? == "zero";
        }
        if let Some(field) = map.take("shapes") {
            case.shapes = self.shapes(&field)?;
        }
        if let Some(field) = map.take("at") {
            let steps = field.list().and_then(|items| items.iter().map(|item| item.whole(0..=1 << 40)).collect());
            case.at = self.problems.keep(steps)?;
        }
        if let Some(field) = map.take("seeds") {
            case.seeds = self.problems.keep(whole_numbers(&field))?;
        }
        map.finish(&mut self.problems);
        (self.problems.len() == before).then_some(case)
    }

    /// A list of numbers, or of pairs of them.
    fn inputs(&mut self, field: &Field<'_>) -> Option<Vec<Vec<f64>>> {
        let mut points = Vec::new();
        for item in self.problems.keep(field.list())? {
            let point = match item.node() {
                Node::Seq(_) => item.numbers(),
                _ => item.number().map(|number| vec![number]),
            };
            points.push(self.problems.keep(point)?);
        }
        let fits = points.first().is_some_and(|first| {
            (1..=2).contains(&first.len()) && points.iter().all(|point| point.len() == first.len())
        });
        if !fits || points.len() > 1000 {
            self.problems.push(field.error("`points` are at most 1000 numbers, or as many pairs of numbers"));
            return None;
        }
        Some(points)
    }

    fn shapes(&mut self, field: &Field<'_>) -> Option<Vec<Vec<usize>>> {
        let mut shapes = Vec::new();
        for item in self.problems.keep(field.list())? {
            let sizes = item.list().and_then(|sizes| {
                sizes.iter().map(|size| size.whole(1..=MOST_ELEMENTS).map(|size| size as usize)).collect()
            });
            let sizes: Vec<usize> = self.problems.keep(sizes)?;
            shapes.push(sizes);
        }
        let elements = |shape: &Vec<usize>| shape.iter().fold(1u64, |all, size| all.saturating_mul(*size as u64));
        let fits = !shapes.is_empty() && shapes.iter().all(|shape| (1..=2).contains(&shape.len()));
        if !fits || shapes.iter().map(elements).fold(0, u64::saturating_add) > MOST_ELEMENTS {
            let error = Error::user("`shapes` are vectors and matrices of at most 100000 numbers together");
            self.problems.push(error.at(field.place()).help("as in `[[3, 2], [2]]`"));
            return None;
        }
        Some(shapes)
    }
}

/// A case with everything as it is where nothing is said.
fn plain(name: &str) -> Case {
    Case {
        name: name.to_owned(),
        points: 1.0,
        hidden: false,
        hyper: Vec::new(),
        steps: 3,
        from: 1,
        zero_gradient: false,
        shapes: Vec::new(),
        at: Vec::new(),
        inputs: Vec::new(),
        seeds: Vec::new(),
    }
}
