//! A task that is being answered over the screen: a line that is typed, a choice, an order, or the question whether it is to
//! be given up. It judges nothing: what was chosen goes to the host.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::snapshot::{Asks, TaskSeen, TasksSeen};
use crate::ui::app::lab_screen::Begun;
use crate::ui::app::{App, Layer};
use crate::ui::command_line::line::{self, Line, Typed};
use crate::ui::host::Effect;
use crate::ui::host::tasks::Deed;
use crate::ui::keys::Action;

/// A task that is being answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answering {
    /// Its id.
    id: String,
    /// `Task 2 of 5`
    pub title: String,
    /// What is asked, in Markdown.
    pub say: String,
    /// The first row of that which is shown.
    pub row: usize,
    /// How it is answered.
    pub form: Form,
    /// The lines with which it was answered before, the newest last, whether they could be read or not.
    pub before: Vec<String>,
}

/// How a task is answered over the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// By a line: what is to be typed, and the line.
    Line(String, Line),
    /// By one of these, each with its name; the place of the one under the cursor.
    Choice(Vec<(String, String)>, usize),
    /// By all of these in an order.
    Order(Order),
    /// It is to be given up, if that is wanted.
    GiveUp,
    /// It takes no answer any more, and why.
    Over(String),
}

/// Things that are put in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// As they stand now, each with its letter, which it has by its place at first.
    pub items: Vec<(char, String)>,
    /// The one under the cursor.
    pub at: usize,
    /// It is held: the keys move it among the others.
    pub held: bool,
}

impl Order {
    /// As they are shown at first, or as they were answered last.
    fn of(items: &[String], answer: Option<&str>) -> Self {
        let mut items: Vec<(char, String)> = ('a'..='z').zip(items.iter().cloned()).collect();
        let letters: Vec<&str> = answer.map(|answer| answer.split_whitespace().collect()).unwrap_or_default();
        let place = |letter: char| letters.iter().position(|own| own.chars().eq([letter]));
        if letters.len() == items.len() && items.iter().all(|(letter, _)| place(*letter).is_some()) {
            items.sort_by_key(|(letter, _)| place(*letter));
        }
        Self { items, at: 0, held: false }
    }

    /// Up or down: the cursor alone, or with what it holds.
    fn step(&mut self, down: bool, carry: bool) {
        let last = self.items.len().saturating_sub(1);
        let to = if down { (self.at + 1).min(last) } else { self.at.saturating_sub(1) };
        if carry {
            self.items.swap(self.at, to);
        }
        self.at = to;
    }

    /// The letters in the order that was made.
    fn answer(&self) -> String {
        self.items.iter().map(|(letter, _)| letter.to_string()).collect::<Vec<_>>().join(" ")
    }
}

impl Answering {
    /// Begins to answer a task by what it asks for; none of one that is not answered over the screen.
    ///
    /// A line begins empty, so that no new answer is typed behind an old one; `before` has the old ones, which the keys of
    /// a line's past bring back.
    pub fn begin(task: &TaskSeen, number: usize, all: usize, before: Vec<String>) -> Option<Self> {
        let form = match &task.asks {
            Asks::Number => Form::Line("your number".into(), Line::default()),
            Asks::Text => Form::Line("your answer".into(), Line::default()),
            Asks::Line(file) => Form::Line(format!("the line of {file}"), Line::default()),
            Asks::Choice(choices) => {
                let before = choices.iter().position(|(name, _)| task.answer.as_ref() == Some(name));
                Form::Choice(choices.clone(), before.unwrap_or(0))
            }
            Asks::Order(items) => Form::Order(Order::of(items, task.answer.as_deref())),
            Asks::Edit { .. } | Asks::Script(_) | Asks::Sentences => return None,
        };
        Some(Self { form, before, ..Self::giving_up(task, number, all) })
    }

    /// Asks whether a task is to be given up.
    pub fn giving_up(task: &TaskSeen, number: usize, all: usize) -> Self {
        let title = format!("Task {number} of {all}");
        Self { id: task.id.clone(), title, say: task.say.clone(), row: 0, form: Form::GiveUp, before: Vec::new() }
    }

    /// Says why a task takes no answer any more.
    pub fn over(task: &TaskSeen, number: usize, all: usize, why: &str) -> Self {
        Self { form: Form::Over(why.to_owned()), ..Self::giving_up(task, number, all) }
    }

    fn send(&self, deed: Deed) -> Vec<Effect> {
        vec![Effect::Task { id: self.id.clone(), deed }]
    }
}

/// The lines that were typed as answers since the lab was opened, each with the id of its task, the newest last.
#[derive(Debug, Default)]
pub struct TypedAnswers(Vec<(String, String)>);

impl TypedAnswers {
    /// One was typed.
    pub fn add(&mut self, id: &str, text: &str) {
        self.0.push((id.to_owned(), text.to_owned()));
    }

    /// The lines with which a task was answered, the newest last: what was kept of it before, and what was typed since.
    pub fn of(&self, task: &TaskSeen) -> Vec<String> {
        let typed = || self.0.iter().filter(|(id, _)| *id == task.id).map(|(_, text)| text);
        let kept = task.answer.iter().filter(|kept| typed().all(|text| text != *kept));
        let mut answers: Vec<String> = Vec::new();
        kept.chain(typed()).for_each(|text| line::remember(&mut answers, text));
        answers
    }
}

impl App {
    /// The lab's tasks as they stand now.
    pub fn take_tasks(&mut self, tasks: Arc<TasksSeen>) {
        let list = self.list.is_some();
        let told = self.lab.as_mut().and_then(|lab| lab.take_tasks(tasks, list, self.screen));
        self.notice = told.or(self.notice.take());
    }

    /// Begins to answer the current task, or to give it up.
    pub(super) fn answer_task(&mut self, action: Action) -> Vec<Effect> {
        let Some(lab) = &mut self.lab else { return Vec::new() };
        let asked = match action {
            Action::GiveUp => lab.give_task_up(),
            _ => lab.answer_task(self.look),
        };
        match asked {
            Begun::Over(answering) => {
                self.layer = Some(Layer::Task(answering));
                Vec::new()
            }
            Begun::Done(effects, notice) => {
                self.notice = notice;
                effects
            }
        }
    }

    fn next_task(&mut self) -> Vec<Effect> {
        let Some(lab) = &mut self.lab else { return Vec::new() };
        let (effects, notice) = lab.turn_tasks(Action::NextTask, self.screen);
        self.notice = notice;
        effects
    }

    pub(super) fn key_in_answer(&mut self, key: KeyEvent, mut answering: Box<Answering>) -> Vec<Effect> {
        match key.code {
            KeyCode::Esc | KeyCode::Enter if matches!(answering.form, Form::Over(_)) => return Vec::new(),
            KeyCode::Char('n') if matches!(answering.form, Form::Over(_)) => return self.next_task(),
            KeyCode::Esc => {
                self.notice = Some("nothing was answered".into());
                return Vec::new();
            }
            KeyCode::PageDown => answering.row += 1,
            KeyCode::PageUp => answering.row = answering.row.saturating_sub(1),
            _ => {
                if let Some(deed) = given(&mut answering.form, key, &answering.before) {
                    let Some(deed) = deed else {
                        self.notice = Some("nothing was answered".into());
                        return Vec::new();
                    };
                    if let (Form::Line(..), Deed::Answer(text), Some(lab)) = (&answering.form, &deed, &mut self.lab) {
                        lab.was_answered(&answering.id, text);
                    }
                    return answering.send(deed);
                }
            }
        }
        self.layer = Some(Layer::Task(answering));
        Vec::new()
    }
}

/// What a key makes of it: the deed once it is given, nothing inside if it is left, none as long as it goes on.
#[allow(clippy::option_option)] // goes on, is left, is given
fn given(form: &mut Form, key: KeyEvent, before: &[String]) -> Option<Option<Deed>> {
    let control = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    let shift = key.modifiers.contains(KeyModifiers::SHIFT);
    match form {
        Form::Line(_, line) => match line.key(key, before) {
            Typed::Closed => return Some(None),
            Typed::Edited | Typed::Complete => {}
            Typed::Entered => {
                let text = line.text().trim().to_owned();
                if !text.is_empty() {
                    return Some(Some(Deed::Answer(text)));
                }
                line.error = Some("type an answer, or Esc".into());
            }
        },
        Form::Choice(choices, at) => {
            let last = choices.len().saturating_sub(1);
            match key.code {
                KeyCode::Enter => return Some(choices.get(*at).map(|(name, _)| Deed::Answer(name.clone()))),
                KeyCode::Up => *at = at.saturating_sub(1),
                KeyCode::Down => *at = (*at + 1).min(last),
                KeyCode::Home => *at = 0,
                KeyCode::End => *at = last,
                KeyCode::Char(c) if !control => *at = chosen(choices, *at, c),
                _ => {}
            }
        }
        Form::Order(order) => match key.code {
            KeyCode::Enter => return Some(Some(Deed::Answer(order.answer()))),
            KeyCode::Char(' ') => order.held = !order.held,
            KeyCode::Up | KeyCode::Char('k') => order.step(false, order.held || shift),
            KeyCode::Down | KeyCode::Char('j') => order.step(true, order.held || shift),
            KeyCode::Char('K') => order.step(false, true),
            KeyCode::Char('J') => order.step(true, true),
            _ => {}
        },
        // What is typed as an answer goes nowhere.
        Form::Over(_) => {}
        Form::GiveUp => match key.code {
            KeyCode::Enter | KeyCode::Char('y' | 'Y') => return Some(Some(Deed::GiveUp)),
            KeyCode::Char('n' | 'N' | 'q') => return Some(None),
            _ => {}
        },
    }
    None
}

/// The place of the choice that begins with a letter: the next one, if several do. The letters of the arrows move where no
/// choice begins with them.
fn chosen(choices: &[(String, String)], at: usize, letter: char) -> usize {
    let begins = |place: &usize| {
        let first = choices[*place].0.chars().next();
        first.is_some_and(|first| first.to_lowercase().eq(letter.to_lowercase()))
    };
    let found = (at + 1..choices.len()).chain(0..=at).filter(|place| *place < choices.len()).find(begins);
    found.unwrap_or(match letter {
        'k' => at.saturating_sub(1),
        'j' => (at + 1).min(choices.len().saturating_sub(1)),
        _ => at,
    })
}
