//! The texts of a lab in another language: `05-averages.pt.yaml` beside `05-averages.yaml`. They change what is read and nothing
//! else: what is missing stays as the lab has it, and no number of a run depends on them.
//!
//! `of` holds what the lab said when they were written, as hashes: one of all texts, or one for each part.

mod stamp;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Place, Result, Source, nearest};
use crate::lab::plan::Lab;
use crate::lab::plan::task::{Form, Question, TaskKind, TaskPlan};
use crate::lab::read::field::Field;
use crate::lab::read::fields::Fields;
use crate::lab::read::problems::Problems;
use crate::lab::worked_out::prose;
use crate::lab::yaml::document::Document;
use crate::lab::yaml::node::shorten;

/// The texts of a lab in another language, checked.
#[derive(Debug, Clone)]
pub struct Overlay {
    /// What they were read from.
    pub source: Arc<Source>,
    title: Option<String>,
    about: Option<String>,
    learnt: Option<String>,
    tasks: Vec<TaskTexts>,
    of: Option<stamp::Of>,
}

/// The texts of a task.
#[derive(Debug, Clone)]
struct TaskTexts {
    id: String,
    say: Option<String>,
    hints: Vec<String>,
    because: Option<String>,
    choices: Vec<(String, String)>,
}

impl Overlay {
    /// Reads texts of a lab.
    ///
    /// # Errors
    /// All that is wrong with them: keys and tasks that the lab does not have, with the nearest ones that it has.
    pub fn read(document: &Document, lab: &Lab) -> Result<Self, Vec<Error>> {
        let mut problems = Problems::new(document);
        let overlay = texts(document, lab, &mut problems);
        problems.finish(overlay)
    }

    /// What the lab says and these texts do not, by its keys: `learnt`, `tasks.first-v.because`. Of tasks that are hidden from
    /// students nothing is missed.
    pub fn missing(&self, lab: &Lab) -> Vec<String> {
        let mut missing = Vec::new();
        let head = [
            ("title", &self.title, lab.title != lab.id),
            ("about", &self.about, !lab.about.is_empty()),
            ("learnt", &self.learnt, !lab.learnt.is_empty()),
        ];
        missing.extend(head.iter().filter(|(_, own, said)| own.is_none() && *said).map(|(key, ..)| (*key).to_owned()));
        for task in lab.tasks.iter().filter(|task| !task.hidden) {
            let Some(own) = self.tasks.iter().find(|own| own.id == task.id) else {
                missing.push(format!("tasks.{}", task.id));
                continue;
            };
            let mut add = |key: &str| missing.push(format!("tasks.{}.{key}", task.id));
            if own.say.is_none() {
                add("say");
            }
            if own.hints.len() < task.hints.len() {
                add(&if own.hints.is_empty() { "hints".to_owned() } else { format!("hints[{}]", own.hints.len()) });
            }
            if own.because.is_none() && !task.because.is_empty() {
                add("because");
            }
            let choices = choices_of(task).iter().filter(|(name, _)| own.choices.iter().all(|(own, _)| own != name));
            choices.for_each(|(name, _)| add(&format!("choices.{name}")));
        }
        missing
    }

    /// Lays the texts over a lab.
    fn lay(self, lab: &mut Lab) {
        let Self { title, about, learnt, tasks, .. } = self;
        let set = |over: &mut String, text: Option<String>| text.into_iter().for_each(|text| *over = text);
        set(&mut lab.title, title);
        set(&mut lab.about, about);
        set(&mut lab.learnt, learnt);
        for own in tasks {
            let Some(task) = lab.tasks.iter_mut().find(|task| task.id == own.id) else { continue };
            set(&mut task.say, own.say);
            set(&mut task.because, own.because);
            task.hints.iter_mut().zip(own.hints).for_each(|(over, text)| *over = text);
            if let TaskKind::Question(Question { form: Form::Choice(choices), .. }) = &mut task.kind {
                for (name, text) in own.choices {
                    choices.iter_mut().filter(|(own, _)| *own == name).for_each(|(_, over)| over.clone_from(&text));
                }
            }
        }
    }
}

impl Lab {
    /// The names of the files with this lab's texts in other languages, in order.
    pub fn overlays(&self) -> Vec<String> {
        let names = self.files().names_beside();
        let all = crate::lab::files::languages::translations(self.file_name(), names.iter().map(String::as_str));
        all.into_iter().map(|(_, name)| name.to_owned()).collect()
    }

    /// Texts of this lab from a file beside it.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn overlay(&self, name: &str) -> Result<Overlay, Vec<Error>> {
        let source = self.text_of(name).map_err(|error| vec![error])?;
        let document = Document::parse(&source.name, &source.text).map_err(|error| vec![error])?;
        Overlay::read(&document, self)
    }

    /// This lab in a language, as far as there are texts in it beside the lab; else as it is. Texts that are wrong are not
    /// laid over it, and a warning says so.
    #[must_use]
    pub fn in_language(mut self, language: &str) -> Self {
        let Some(name) = self.files().translation(self.file_name(), language) else { return self };
        match self.overlay(&name) {
            Ok(overlay) => overlay.lay(&mut self),
            Err(errors) => self.warnings.extend(errors.into_iter().take(1)),
        }
        self
    }

    /// The name of its own file.
    fn file_name(&self) -> &str {
        let name = &self.written.source.name;
        Path::new(name).file_name().and_then(|name| name.to_str()).unwrap_or(name)
    }
}

/// The choices of a task, if it has some.
fn choices_of(task: &TaskPlan) -> &[(String, String)] {
    match &task.kind {
        TaskKind::Question(Question { form: Form::Choice(choices), .. }) => choices,
        _ => &[],
    }
}

fn texts(document: &Document, lab: &Lab, problems: &mut Problems) -> Option<Overlay> {
    let root = Fields::root(document, "the file of texts in another language");
    let mut root = problems.keep(root)?;
    let of = root.take("of").and_then(|field| problems.keep(stamp::Of::read(&field)));
    let mut text = |key: &str| root.take(key).and_then(|field| problems.keep(prose(&field)));
    let title = text("title").map(|title| title.trim().to_owned());
    let (about, learnt) = (text("about"), text("learnt"));
    let tasks = root.take("tasks");
    root.finish(problems);
    let mut own = Vec::new();
    if let Some(tasks) = tasks {
        let mut map = problems
            .keep(tasks.map("`tasks`").map_err(|error| error.help("each task by its id: `first-v: {say: ..}`")))?;
        for (id, field) in map.rest() {
            if let Some(task) = lab.tasks.iter().find(|task| task.id == id) {
                own.extend(of_task(&field, task, problems));
                continue;
            }
            let error = Error::user(format!("the lab has no task `{}`", shorten(id))).at(field.key_place());
            let names: Vec<&str> = lab.tasks.iter().map(|task| task.id.as_str()).collect();
            let help = match nearest(id, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => "this lab asks nothing".to_owned(),
                None => format!("its tasks are {}", names.join(", ")),
            };
            problems.push(error.help(help));
        }
    }
    Some(Overlay { source: document.source().clone(), title, about, learnt, tasks: own, of })
}

fn of_task(field: &Field<'_>, task: &TaskPlan, problems: &mut Problems) -> Option<TaskTexts> {
    let mut map = problems.keep(field.map(&format!("the task `{}`", task.id)))?;
    let (say, because) = (map.take("say"), map.take("because"));
    let (hints, choices) = (map.take("hints"), map.take("choices"));
    map.finish(problems);
    let say = say.and_then(|field| {
        let text = problems.keep(prose(&field))?;
        problems.keep(says_the_same_numbers(&field, &text, task))?;
        Some(text)
    });
    let because = because.and_then(|field| problems.keep(prose(&field)));
    let hints = hints.and_then(|field| {
        let items = problems.keep(field.list())?;
        if items.len() > task.hints.len() {
            let error = field.error(format!("{} hints, and the lab has {}", items.len(), task.hints.len()));
            problems.push(error.help("each hint stands for the one of the lab at its place"));
        }
        Some(items.iter().filter_map(|item| problems.keep(prose(item))).collect())
    });
    let choices = choices.map(|field| of_choices(&field, task, problems));
    Some(TaskTexts {
        id: task.id.clone(),
        say,
        hints: hints.unwrap_or_default(),
        because,
        choices: choices.unwrap_or_default(),
    })
}

fn of_choices(field: &Field<'_>, task: &TaskPlan, problems: &mut Problems) -> Vec<(String, String)> {
    let known = choices_of(task);
    let mut own = Vec::new();
    let Some(mut map) = problems.keep(field.map("`choices`")) else { return own };
    for (name, text) in map.rest() {
        if known.iter().any(|(known, _)| known == name) {
            own.extend(problems.keep(prose(&text)).map(|text| (name.to_owned(), text)));
            continue;
        }
        let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        let error = Error::user(format!("the task has no choice `{}`", shorten(name))).at(text.key_place());
        let allowed = if names.is_empty() {
            "it is no choice".to_owned()
        } else {
            format!("its choices are {}", names.join(", "))
        };
        problems.push(error.help(allowed));
    }
    own
}

/// A number that is drawn for each student is said in every language, or the question cannot be answered.
fn says_the_same_numbers(field: &Field<'_>, text: &str, task: &TaskPlan) -> Result<()> {
    let TaskKind::Question(question) = &task.kind else { return Ok(()) };
    let named = |name: &str| format!("{{{name}}}");
    let left_out = question.draw.iter().map(|draw| named(&draw.name));
    match left_out.filter(|name| task.say.contains(name.as_str())).find(|name| !text.contains(name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let error = field.error(format!("the number `{name}`, which is drawn for each student, is not said"));
            Err(error.help(format!("write `{name}` where it is to stand")))
        }
    }
}

/// Where a document as a whole is named.
fn top(source: &Arc<Source>) -> Place {
    Place { source: source.clone(), span: 0..0, key: String::new() }
}
