//! The key `tasks`: what a lab asks, each task by its kind. That answers are right, and that scripts do what they must, is
//! not found out here: a course is tried as a whole by `course`.

mod goal;
mod measure;
mod question;
mod script;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::Check;
use crate::error::{Error, Result, Source};
use crate::lab::keys::interval::Interval;
use crate::lab::keys::{self, TASKS};
use crate::lab::plan::task::{LineTask, MOST_TASKS, TaskKind, TaskPlan, Within};
use crate::lab::plan::{Lab, Subject};
use crate::lab::read::field::Field;
use crate::lab::read::fields::{Fields, list_of};
use crate::lab::yaml::document::{Document, SetBy};
use crate::lab::yaml::node::{Node, Step, shorten};
use crate::optim::{Position, RunView};
use crate::run::{Look, Looks, Part, Sight};
use crate::script::query;
use crate::train::Experiment;

/// What a task looks like.
const EXAMPLE: &str = "for example `- {id: first-v, kind: question, say: \"What is v_1?\", answer: 0.32}`";

/// An expression names a function that gives tensors of a run, or the names of its parameters.
fn names_tensors(text: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    let tensor = |word: &str| word == "parameters" || Part::ALL.into_iter().any(|part| part.word() == word);
    text.split(|c| !inside(c)).any(tensor)
}

/// What a student may make other than it is in the lab, so that which names there are is found out when it is judged.
#[derive(Debug, Clone, Copy, Default)]
struct Open {
    parameters: bool,
    states: bool,
}

impl Open {
    /// Of a goal that lets these keys and files be edited.
    fn to(edit: &[String], files: &[String]) -> Self {
        let any = |keys: &[&str]| {
            edit.iter().any(|key| keys.iter().any(|own| key == own || key.starts_with(&format!("{own}."))))
        };
        let parameters = any(&["network", "data", "compare"]) || !files.is_empty();
        Self { parameters, states: parameters || any(&["optimizer"]) }
    }

    /// What is wrong is that there is no parameter or no state of a name, and there may be.
    fn to_names(self, what: &str) -> bool {
        self.parameters && what.starts_with("there is no parameter")
            || self.states && what.starts_with("there is no state")
    }
}

/// What is the same for all tasks of a lab.
struct Asked {
    /// The answers stand elsewhere.
    packed: bool,
    /// The name of the lab's own run, by which a race calls it; none where it runs alone.
    own: Option<String>,
    /// The names of the lab's racers.
    racers: Vec<String>,
    /// Where its runs stand before the first step.
    position: Position,
    /// The names of its averages; none if they are not known, because they are wrong.
    averages: Option<Vec<String>>,
    /// Racers or averages were laid over the lab's file: what its tasks name need not be there just now.
    laid: bool,
    /// What trains, for what expressions ask of its tensors.
    lab: Option<Lab>,
}

impl Asked {
    /// Of a document, and of the lab that it makes if it does.
    fn new(packed: bool, document: &Document, lab: Option<&Lab>, laid: bool) -> Self {
        let racers: Vec<String> = match document.root().child(&Step::from("compare")) {
            Some(Node::Map(racers)) => racers.iter().map(|(name, _)| name.clone()).collect(),
            _ => Vec::new(),
        };
        let own = lab.filter(|_| !racers.is_empty()).map(Lab::own_name);
        let has = |key: &str| document.root().child(&Step::from(key)).is_some();
        let position = match (has("landscape"), has("series")) {
            (true, _) => Position::ON_A_LANDSCAPE,
            (_, true) => Position::ALONG_A_SERIES,
            _ => Position::Network,
        };
        let averages = match lab.map(|lab| (lab, &lab.subject)) {
            Some((lab, Subject::Series(_))) => lab.walk(None).ok().map(|walk| walk.names().to_vec()),
            // A lab that is not made is wrong elsewhere, or has none.
            None if has("series") || has("averages") => None,
            _ => Some(Vec::new()),
        };
        Self { packed, own, racers, position, averages, laid, lab: lab.cloned() }
    }

    /// The runs before their first step, their tensors at hand, if the expression names some: which there are and of what shape
    /// is known then.
    fn tensors(&self, text: &str) -> Vec<Box<dyn Look>> {
        let Some(lab) = self.lab.as_ref().filter(|_| names_tensors(text)) else { return Vec::new() };
        let made = |(_, lab): (String, &Lab)| -> Option<Box<dyn Look>> {
            match &lab.subject {
                Subject::Network(_) => {
                    lab.experiment(None, 1).and_then(Experiment::new).ok().map(|run| Box::new(run) as Box<dyn Look>)
                }
                Subject::Landscape(_) => {
                    let run = lab.landscape_experiment(None).and_then(Experiment::new).ok();
                    run.map(|run| Box::new(run) as Box<dyn Look>)
                }
                Subject::Series(_) => None,
            }
        };
        lab.runs().into_iter().map_while(made).collect()
    }
}

impl Check<'_> {
    /// The tasks in order; `None` if one is wrong.
    pub(super) fn tasks(
        &mut self,
        field: Option<&Field<'_>>,
        packed: bool,
        document: &Document,
        lab: Option<&Lab>,
    ) -> Option<Vec<TaskPlan>> {
        let Some(field) = field else { return Some(Vec::new()) };
        let list = self.problems.keep(field.list().map_err(|error| error.help(EXAMPLE)))?;
        if list.len() > MOST_TASKS {
            let error = field.error(format!("a lab asks at most {MOST_TASKS} tasks, and there are {}", list.len()));
            self.problems.push(error.help("make two labs of it"));
            return None;
        }
        let keys = [SetBy::Arguments, SetBy::Typed].into_iter().flat_map(|by| document.set_keys(by));
        let laid = keys.into_iter().any(|key| key.starts_with("averages") || key.starts_with("compare"));
        let asked = Asked::new(packed, document, lab, laid);
        let before = self.problems.len();
        let mut tasks: Vec<TaskPlan> = Vec::with_capacity(list.len());
        for entry in &list {
            let Some(task) = self.task(entry, &asked, document) else { continue };
            if tasks.iter().any(|other| other.id == task.id) {
                let error = entry.error(format!("the task `{}` is there twice", task.id));
                self.problems.push(error.help("give each an id of its own"));
            }
            tasks.push(task);
        }
        (self.problems.len() == before).then_some(tasks)
    }

    fn task(&mut self, entry: &Field<'_>, asked: &Asked, document: &Document) -> Option<TaskPlan> {
        let fields = entry.map("a task").map_err(|error| error.help(EXAMPLE));
        let mut fields = self.problems.keep(fields)?;
        let before = self.problems.len();
        let id = fields.require("id").and_then(|field| id_of(&field));
        let id = self.problems.keep(id);
        let kind = fields.require("kind").and_then(|field| field.one_of(&TASKS, "kind of task"));
        let kind = self.problems.keep(kind);
        let say = self.problems.keep(fields.require("say")).and_then(|field| self.prose(&field));
        let points = match fields.take("points") {
            None => None,
            Some(field) => self.problems.keep(points_of(&field)),
        };
        let hints = self.texts(fields.take("hints").as_ref());
        let because = self.text_or_nothing(&mut fields, "because");
        let hidden = match fields.take("hidden") {
            None => Some(false),
            Some(field) => self.problems.keep(field.boolean()),
        };
        let Some(kind) = kind else {
            // What belongs to it is not known, so nothing of the rest is judged.
            return None;
        };
        let (kind, own) = match kind {
            "question" => (self.question(&mut fields, asked).map(TaskKind::Question), None),
            "measure" => (self.measure(&mut fields, asked, document).map(TaskKind::Measure), None),
            "goal" => {
                let goal = self.goal(&mut fields, asked, points, document);
                let sum = goal.as_ref().map(|goal| goal.marks.iter().map(|mark| mark.points).sum());
                (goal.map(TaskKind::Goal), sum)
            }
            "script" => {
                let script = self.script_task(&mut fields, asked, points);
                let sum = script.as_ref().map(|script| script.cases.iter().map(|case| case.points).sum());
                (script.map(TaskKind::Script), sum)
            }
            "line" => (self.line_task(&mut fields, asked).map(TaskKind::Line), None),
            _ => (self.sentences(&mut fields, asked).map(|rubric| TaskKind::Text { rubric }), None),
        };
        self.finish_task(fields, kind.as_ref());
        if self.problems.len() > before {
            return None;
        }
        let (id, say, hints) = (id?, say?, hints?);
        let points = own.or(points).unwrap_or(1.0);
        Some(TaskPlan { id, say, points, hints, because: because?, hidden: hidden?, place: entry.place(), kind: kind? })
    }

    /// Refuses what a task of this kind does not have; keys of other kinds are told as such.
    fn finish_task(&mut self, mut fields: Fields<'_>, kind: Option<&TaskKind>) {
        let Some(kind) = kind else { return drop(fields.rest()) };
        for (key, field) in fields.rest() {
            let known = keys::inside("tasks[]").find(|row| row.name() == key);
            let word = kind.word();
            let error = Error::user(format!("a task of kind `{word}` has no key `{}`", shorten(key)));
            let error = error.at(field.key_place());
            self.problems.push(match known.map(|row| row.help) {
                Some(help) if help.starts_with("of a ") => error.help(format!("it is {help}")),
                _ => error.nearest(key, keys::inside("tasks[]").map(keys::Key::name)),
            });
        }
    }

    fn line_task(&mut self, fields: &mut Fields<'_>, asked: &Asked) -> Option<LineTask> {
        let file = self.problems.keep(fields.require("file"));
        let source = file.as_ref().and_then(|file| self.named_text(file));
        let right = match fields.take("answer") {
            Some(field) => {
                let lines = match field.node() {
                    Node::Seq(_) => field.list().and_then(|items| items.iter().map(line_number).collect()),
                    _ => line_number(&field).map(|line| vec![line]),
                };
                let lines: Option<Vec<usize>> = self.problems.keep(lines);
                let last = source.as_ref().map_or(usize::MAX, |source: &Arc<Source>| source.text.lines().count());
                if let Some(line) = lines.iter().flatten().find(|line| **line > last) {
                    self.problems.push(field.error(format!("the file has {last} lines, and no line {line}")));
                }
                Some(lines?)
            }
            None if asked.packed => None,
            None => {
                let error = fields.error("a task of kind `line` needs the key `answer`");
                self.problems.push(error.help("the number of the line, or a list of them"));
                return None;
            }
        };
        Some(LineTask { file: file?.text().ok()?.to_owned(), source: source?, right })
    }

    fn sentences(&mut self, fields: &mut Fields<'_>, asked: &Asked) -> Option<String> {
        match fields.take("rubric") {
            Some(field) => self.problems.keep(field.text()).map(str::to_owned),
            None if asked.packed => Some(String::new()),
            None => {
                let error = fields.error("a task of kind `text` needs the key `rubric`");
                self.problems.push(error.help("what the person who reads it looks for; students never see it"));
                None
            }
        }
    }

    /// The text of a file that the lab names.
    fn named_text(&mut self, field: &Field<'_>) -> Option<Arc<Source>> {
        let name = self.problems.keep(field.text())?;
        let read = self.files.text(name, &field.place()).map(|(source, _)| source);
        let read = match (read, self.kept.at_path(self.files, name)) {
            (_, Some(kept)) => Ok(kept),
            (read, None) => read,
        };
        self.problems.keep(read)
    }

    fn within(&mut self, fields: &mut Fields<'_>) -> Option<Within> {
        let read = |field: &Field<'_>| field.number_in(Interval::not_negative());
        let absolute = fields.take("within");
        let percent = fields.take("within_percent");
        match (absolute, percent) {
            (Some(_), Some(other)) => {
                let error = Error::user("`within` and `within_percent` exclude each other").at(other.key_place());
                self.problems.push(error.help("keep one of the two"));
                None
            }
            (Some(field), None) => self.problems.keep(read(&field)).map(Within::Absolute),
            (None, Some(field)) => self.problems.keep(read(&field)).map(Within::Percent),
            (None, None) => Some(Within::Absolute(0.0)),
        }
    }

    /// An expression over `run`: it compiles, and names numbers that there are.
    fn over_run(&mut self, field: &Field<'_>, asked: &Asked, condition: bool, open: Open) -> Option<String> {
        let text = self.problems.keep(field.text())?;
        let view = RunView { position: asked.position, ..RunView::default() };
        let names =
            std::iter::once(asked.own.as_deref().unwrap_or("run")).chain(asked.racers.iter().map(String::as_str));
        let averages = asked.averages.iter().flatten().map(|name| (name.as_str(), f64::NAN)).collect();
        let made = asked.tensors(text);
        let looks = Looks(made.iter().map(|run| &**run).collect());
        let sight = Sight { runs: names.map(|name| (name, view)).collect(), averages, looks };
        let compiled = match query(text) {
            Ok(_) if asked.averages.is_none() && text.contains("average") => return Some(text.to_owned()),
            // What the runs of a lab that is wrong elsewhere would have is not known.
            Ok(_) if asked.lab.is_none() && names_tensors(text) => return Some(text.to_owned()),
            Ok(query) if asked.laid && query.value(&sight).is_err() => return Some(text.to_owned()),
            compiled => compiled.and_then(|query| query.value(&sight)),
        };
        match compiled {
            Err(error) if open.to_names(error.what()) => return Some(text.to_owned()),
            Err(error) => self.problems.push(field.error(error.what().to_owned())),
            Ok(value) if value.is_truth() != condition => {
                let (is, example) = if condition {
                    ("is a number, not a condition", "compare it with something, as in `run.val_loss < 0.15`")
                } else {
                    ("is a condition, not a number", "for example `run.val_loss`")
                };
                self.problems.push(field.error(format!("`{}` {is}", shorten(text))).help(example));
            }
            Ok(_) => return Some(text.to_owned()),
        }
        None
    }

    fn texts(&mut self, field: Option<&Field<'_>>) -> Option<Vec<String>> {
        let Some(field) = field else { return Some(Vec::new()) };
        let items = self.problems.keep(field.list())?;
        items.iter().map(|item| self.prose(item)).collect()
    }

    fn text_or_nothing(&mut self, fields: &mut Fields<'_>, key: &str) -> Option<String> {
        match fields.take(key) {
            None => Some(String::new()),
            Some(field) => self.prose(&field),
        }
    }
}

fn line_number(field: &Field<'_>) -> Result<usize> {
    field.whole(1..=1 << 24).map(|line| line as usize)
}

fn points_of(field: &Field<'_>) -> Result<f64> {
    field.number_in(Interval::not_negative())
}

/// Ids are keys of files and columns of tables.
fn id_of(field: &Field<'_>) -> Result<String> {
    let id = field.text()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if id.is_empty() || id.len() > 60 || !id.chars().all(fits) {
        let error = field.error(format!("`{}` cannot be an id of a task", shorten(id)));
        return Err(error.help("at most 60 letters, digits, `-` and `_`, as in `first-v`"));
    }
    Ok(id.to_owned())
}

/// A list of whole numbers, at most 20 of them.
fn whole_numbers(field: &Field<'_>) -> Result<Vec<u64>> {
    let items = field.list()?;
    if items.is_empty() || items.len() > 20 {
        return Err(field.error(format!("{} numbers; there may be 1 to 20", items.len())));
    }
    items.iter().map(|item| item.whole(0..=u64::MAX)).collect()
}

/// A name that stands for a number in texts and expressions.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.len() <= 30
}

fn names_of(names: &[(String, String)]) -> String {
    list_of(&names.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>())
}
