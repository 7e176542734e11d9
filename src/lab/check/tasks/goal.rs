//! Tasks of kind `goal`: what may be edited, what must hold, on which seeds, and how long a run may take.

use std::collections::BTreeSet;

use super::{Asked, Open, points_of, whole_numbers};
use crate::error::{Error, nearest};
use crate::lab::check::Check;
use crate::lab::keys;
use crate::lab::plan::is_script_path;
use crate::lab::plan::task::{Budget, Goal, Mark};
use crate::lab::read::field::Field;
use crate::lab::read::fields::Fields;
use crate::lab::yaml::document::Document;
use crate::lab::yaml::node::{Node, Step, shorten};
use crate::script::Kind;

/// Keys that no goal may give away: they say what is judged, or on what.
const NEVER: [&str; 9] = ["format", "id", "title", "about", "learnt", "revision", "packed", "tasks", "seed"];

impl Check<'_> {
    /// `points` are those of the task, which a single check is worth.
    pub(super) fn goal(
        &mut self,
        fields: &mut Fields<'_>,
        asked: &Asked,
        points: Option<f64>,
        document: &Document,
    ) -> Option<Goal> {
        let edit = self.edited(fields.take("edit").as_ref(), document);
        let files = self.files_of(fields.take("files").as_ref());
        if let (Some([]), Some([])) = (edit.as_deref(), files.as_deref()) {
            let error = fields.error("a task of kind `goal` needs `edit` or `files`");
            self.problems.push(error.help("what a student may change, as in `edit: [optimizer, training.batch]`"));
        }
        let open = Open::to(edit.as_deref().unwrap_or_default(), files.as_deref().unwrap_or_default());
        let marks = match (fields.take("check"), fields.take("marks")) {
            (Some(_), Some(marks)) => {
                let error = Error::user("`check` and `marks` exclude each other").at(marks.key_place());
                self.problems.push(error.help("keep one of the two"));
                None
            }
            (Some(check), None) => {
                let check = self.over_run(&check, asked, true, open);
                check.map(|check| vec![Mark { check, points: points.unwrap_or(1.0) }])
            }
            (None, Some(marks)) => self.marks(&marks, (asked, open), points),
            (None, None) => {
                let error = fields.error("a task of kind `goal` needs the key `check` or `marks`");
                self.problems.push(error.help("what must hold, as in `check: run.val_loss < 0.15 && run.epoch <= 10`"));
                None
            }
        };
        let mut seeds = |key: &str| match fields.take(key) {
            None => Some(Vec::new()),
            Some(field) => self.problems.keep(whole_numbers(&field)),
        };
        let (seeds, hidden_seeds) = (seeds("seeds"), seeds("hidden_seeds"));
        let all = seeds.as_ref().map_or(0, Vec::len).max(1) + hidden_seeds.as_ref().map_or(0, Vec::len);
        let need = match fields.take("need") {
            None => Some(None),
            Some(field) => self.problems.keep(field.whole(1..=all as u64)).map(|need| Some(need as usize)),
        };
        let budget = match fields.take("budget") {
            None => Some(None),
            Some(field) => self.budget(&field).map(Some),
        };
        let (marks, seeds, hidden_seeds) = (marks?, seeds?, hidden_seeds?);
        Some(Goal { edit: edit?, files: files?, marks, seeds, hidden_seeds, need: need?, budget: budget? })
    }

    fn edited(&mut self, field: Option<&Field<'_>>, document: &Document) -> Option<Vec<String>> {
        let Some(field) = field else { return Some(Vec::new()) };
        let mut paths = Vec::new();
        for item in self.problems.keep(field.list())? {
            let path = self.problems.keep(item.text())?;
            if NEVER.iter().any(|never| path == *never || path.starts_with(&format!("{never}."))) {
                self.problems.push(item.error(format!("`{path}` says what is judged; no student may change it")));
            } else if keys::find(path).is_none() && !is_parameter(path, document) {
                let error = item.error(format!("a lab has no key `{}`", shorten(path)));
                self.problems.push(error.nearest(path, keys::KEYS.iter().map(|row| row.path)));
            } else if let Some(error) = self.mistyped(path, &item, document) {
                self.problems.push(error);
            }
            paths.push(path.to_owned());
        }
        Some(paths)
    }

    /// What is wrong with a parameter of the rule, or of a schedule that drives one of its own: students may choose another rule or
    /// schedule, but there is none that has it. A script that is theirs may have any, but for one that is nearly a known one.
    fn mistyped(&mut self, path: &str, item: &Field<'_>, document: &Document) -> Option<Error> {
        let (section, own) = path.rsplit_once('.')?;
        let bare =
            section.strip_prefix("compare.").and_then(|rest| rest.split_once('.')).map_or(section, |(_, own)| own);
        let (kind, chooses, what) = match bare.split('.').collect::<Vec<_>>()[..] {
            ["optimizer"] => (Kind::Optimizer, "rule", "rule"),
            ["optimizer", _] => (Kind::Schedule, "schedule", "schedule"),
            _ => return None,
        };
        if keys::find(path).is_some_and(|key| !key.is_any_name()) {
            return None;
        }
        let text_at = |section: &str| {
            let steps: Vec<Step> = section.split('.').chain([chooses]).map(Step::from).collect();
            document.node(&steps).and_then(|node| if let Node::Str(text) = node { Some(text.clone()) } else { None })
        };
        let spec = text_at(section).or_else(|| text_at(bare));
        let theirs = spec.as_deref().is_some_and(is_script_path);
        let (all, files) = (self.names(kind, false), self.files.clone());
        let mut known: BTreeSet<String> = BTreeSet::new();
        for name in all.iter().chain(&spec) {
            // What is wrong with the lab's own is told where the lab names it.
            if let Ok((script, _)) = self.find_script(kind, name, item, &files) {
                known.extend(script.hyper.iter().map(|parameter| parameter.name.clone()));
            }
        }
        let near = nearest(own, known.iter().map(String::as_str));
        if known.contains(own) || (theirs && near.is_none()) {
            return None;
        }
        let error = item.error(format!("no {what} has a parameter `{}`", shorten(own)));
        Some(match near {
            Some(near) => error.help(format!("did you mean `{section}.{near}`?")),
            None => error.help(format!("`optlab show NAME` tells the parameters of a {what}")),
        })
    }

    fn files_of(&mut self, field: Option<&Field<'_>>) -> Option<Vec<String>> {
        let Some(field) = field else { return Some(Vec::new()) };
        let mut files = Vec::new();
        for item in self.problems.keep(field.list())? {
            self.named_text(&item)?;
            files.push(self.problems.keep(item.text())?.to_owned());
        }
        Some(files)
    }

    fn marks(&mut self, field: &Field<'_>, (asked, open): (&Asked, Open), points: Option<f64>) -> Option<Vec<Mark>> {
        let mut marks = Vec::new();
        for item in self.problems.keep(field.list())? {
            let mut mark = self.problems.keep(item.map("a mark"))?;
            let check = self.problems.keep(mark.require("check"));
            let check = check.and_then(|check| self.over_run(&check, asked, true, open));
            let points = mark.take("points").map_or(Ok(1.0), |points| points_of(&points));
            let points = self.problems.keep(points);
            mark.finish(&mut self.problems);
            marks.push(Mark { check: check?, points: points? });
        }
        if marks.is_empty() {
            self.problems.push(field.error("no mark is given"));
            return None;
        }
        let sum: f64 = marks.iter().map(|mark| mark.points).sum();
        if let Some(points) = points.filter(|points| (points - sum).abs() > 1e-9) {
            let error = field
                .error(format!("the points of the marks add up to {sum}, but the task is said to be worth {points}"));
            self.problems.push(error.help("delete the `points` of the task"));
        }
        Some(marks)
    }

    fn budget(&mut self, field: &Field<'_>) -> Option<Budget> {
        let mut map = self.problems.keep(field.map("`budget`"))?;
        let given = self.problems.keep(map.one_of(&["epochs", "steps"]));
        let budget = given.and_then(|(which, field)| {
            let count = self.problems.keep(field.whole(1..=1 << 40))?;
            Some(if which == 0 { Budget::Epochs(count) } else { Budget::Steps(count) })
        });
        map.finish(&mut self.problems);
        budget
    }
}

/// A parameter of a schedule, a dataset or the like, which stands beside the name of what it belongs to: one that the lab gives,
/// or of a hyper-parameter that it drives by a schedule any.
fn is_parameter(path: &str, document: &Document) -> bool {
    let steps: Vec<Step> = path.split('.').map(Step::from).collect();
    let Some((own, parents)) = steps.split_last() else { return false };
    let Some(parent @ Node::Map(entries)) = document.node(parents) else { return false };
    let section = path.rsplit_once('.').map_or("", |(section, _)| section);
    let inside = |name: &str| keys::find(&format!("{section}.{name}"));
    let (mut chosen, mut driven) = (false, false);
    for key in entries.iter().filter_map(|(name, _)| inside(name)) {
        chosen |= key.chooses();
        driven |= key.name() == "schedule";
    }
    chosen && (driven || parent.child(own).is_some())
}
