//! The state of the whole screen, and what an event does to it. It knows no terminal, no thread and no clock, so a test
//! is (state, keys, state).

pub(super) mod answering;
mod commands;
pub(super) mod copying;
mod help;
mod key_names;
pub mod lab_screen;
pub(super) mod list;
mod pointing;
mod told;

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};
use ratatui::layout::Rect;

use crate::error::{Error, scrub_line};
use crate::session::in_spite_of;
use crate::snapshot::TasksSeen;
use crate::ui::app::answering::Answering;
use crate::ui::app::commands::CommandLine;
use crate::ui::app::copying::Offer;
use crate::ui::app::lab_screen::LabScreen;
use crate::ui::app::list::List;
use crate::ui::command_line::line::Line;
use crate::ui::host::opening::Waiting;
use crate::ui::host::{Effect, Event, FileChange, LabEntry, Leave, Watch};
use crate::ui::keys::{self, Action, Binding, Context};
use crate::ui::layout;
use crate::ui::look::theme::Look;
use crate::ui::panes;
pub use told::Told;

/// What lies over the screen; closed with Esc.
#[derive(Debug, Clone)]
pub enum Layer {
    /// The keys that match a search.
    Help {
        /// What was typed.
        query: String,
        /// The entry under the cursor, among those that match.
        chosen: usize,
    },
    /// The command line.
    Line(Line),
    /// A question: leave, or go back to the list, although a run is live?
    Ask(Question),
    /// A question: copy what is part of the program, to edit it?
    Copy(Offer),
    /// A task that is being answered.
    Task(Box<Answering>),
    /// A sentence, until the next key.
    Note {
        /// The moment that it speaks of, while a run may go on; else nothing.
        when: String,
        /// The words.
        text: String,
    },
    /// An error, and the first of its lines that is shown.
    Fault(Error, usize),
}

/// What is asked before a live run is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Leave the program?
    Leave,
    /// Go back to the list of labs?
    CloseLab,
}

/// The whole screen.
#[derive(Debug)]
pub struct App {
    /// How things look.
    pub look: Look,
    /// The terminal, from (0, 0).
    pub screen: Rect,
    /// The list, if the program was started with it.
    pub list: Option<List>,
    /// The open lab; without one the list is shown.
    pub lab: Option<LabScreen>,
    /// The lab that is being opened.
    pub waiting: Option<Waiting>,
    /// What lies over it.
    pub layer: Option<Layer>,
    /// A line in place of the hints, until the next key.
    pub notice: Option<String>,
    /// What a lecturer says and presses, on top of it all.
    pub told: Told,
    /// What the command line remembers.
    commands: CommandLine,
    mouse: bool,
}

impl App {
    /// A screen that starts with the list of labs.
    pub fn with_list(entries: Vec<LabEntry>, look: Look, mouse: bool) -> Self {
        Self { list: Some(List::new(entries)), ..Self::without_list(look, mouse) }
    }

    /// A screen for one lab, which [`App::open`] gives it.
    pub fn without_list(look: Look, mouse: bool) -> Self {
        Self {
            look,
            screen: Rect::ZERO,
            list: None,
            lab: None,
            waiting: None,
            layer: None,
            notice: None,
            told: Told::default(),
            commands: CommandLine::default(),
            mouse,
        }
    }

    /// Shows a lab that was opened. What was typed meanwhile is typed now.
    pub fn open(&mut self, title: &str, about: &str, watch: &Watch) -> Vec<Effect> {
        self.open_asking(title, about, watch, None)
    }

    /// Shows a lab that was opened, with what it asks. What was typed meanwhile is typed now.
    pub fn open_asking(
        &mut self,
        title: &str,
        about: &str,
        watch: &Watch,
        tasks: Option<Arc<TasksSeen>>,
    ) -> Vec<Effect> {
        let (lab, mut effects) = LabScreen::new(title, about, watch);
        self.lab = Some(lab);
        (self.layer, self.notice) = (None, None);
        tasks.into_iter().for_each(|tasks| self.take_tasks(tasks));
        for key in self.waiting.take().map(Waiting::typed).unwrap_or_default() {
            effects.extend(self.key(key));
        }
        effects
    }

    /// Shows an error over the screen.
    pub fn show_error(&mut self, error: Error) {
        (self.notice, self.waiting) = (None, None);
        self.layer = Some(Layer::Fault(error, 0));
    }

    /// Where the user is, as far as keys care.
    pub fn context(&self) -> Context {
        match &self.lab {
            None => Context::List,
            Some(lab) if lab.walks() => Context::Walk(panes::keys(lab.focused(), lab.live())),
            Some(lab) if lab.asks() => Context::Tasks(panes::keys(lab.focused(), lab.live())),
            Some(lab) => Context::Lab(panes::keys(lab.focused(), lab.live())),
        }
    }

    /// The entries of the help that match a search and work here; the keys of the pane in focus are found by its name, too.
    pub fn help_entries(&self, query: &str) -> Vec<&'static Binding> {
        let title = self.lab.as_ref().map_or("", |lab| lab.focused().title).to_lowercase();
        let named = title.contains(&query.to_lowercase());
        let found = |binding: &&Binding| binding.matches(query) || (named && binding.is_of_pane());
        keys::table(self.context()).filter(found).collect()
    }

    /// It draws for a terminal of so many columns and rows.
    pub fn is_for(&self, columns: u16, rows: u16) -> bool {
        self.screen == layout::screen(columns, rows)
    }

    /// What a picture of the screen, or of the pane of that name alone, is called, and what is seen on it.
    pub fn in_words(&self, pane: Option<&str>) -> (String, String) {
        let Some(lab) = &self.lab else { return ("optlab".into(), "The list of labs.".into()) };
        let named = pane.and_then(|name| lab.order().iter().position(|kind| kind.name == name));
        let (seen, place) = (lab.live(), named.unwrap_or(lab.focus()));
        let status = seen.status.word();
        let words = lab.pane(place).describe(&lab.view(place, self.look));
        let what = named.map_or_else(|| "A screen".to_owned(), |at| format!("The pane {}", lab.order()[at].title));
        let title = format!("{}, step {}", lab.title, seen.step);
        (title, format!("{what} of optlab; the run is {status}. {words}"))
    }

    /// What an event does.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = self.take(event);
        effects.extend(self.lab.as_mut().and_then(|lab| lab.tell_what_is_seen(self.screen)));
        effects
    }

    fn take(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Key(key) if key.kind == KeyEventKind::Release => Vec::new(),
            Event::Key(key) => self.key(key),
            Event::Paste(text) => {
                self.paste(&text);
                Vec::new()
            }
            Event::Mouse(mouse) => self.mouse(mouse),
            Event::Resize(width, height) => {
                self.screen = layout::screen(width, height);
                Vec::new()
            }
            Event::Snapshot(snapshot) => {
                self.take_answers(&snapshot);
                let said = |lab: &LabScreen| lab.forked(&snapshot).or_else(|| lab.over_at_once(&snapshot));
                let said = self.lab.as_ref().and_then(said);
                self.notice = self.notice.take().or(said);
                self.lab.as_mut().map_or_else(Vec::new, |lab| lab.take(snapshot, self.screen, self.look))
            }
            Event::Beat => {
                self.lab.iter_mut().for_each(LabScreen::beat);
                Vec::new()
            }
            Event::Signal(signal) => vec![Effect::Leave(Leave::Signal(signal))],
        }
    }

    fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        self.notice = None;
        let action = keys::lookup(&key, self.context());
        // These work over everything, so that no prompt is a trap.
        if let Some(action @ (Action::Interrupt | Action::Suspend | Action::Redraw)) = action {
            return self.act(action);
        }
        if let Some(waiting) = &mut self.waiting {
            match action {
                Some(Action::Leave) if self.list.is_some() => return self.close(),
                Some(action @ (Action::Leave | Action::Close | Action::Mouse)) => return self.act(action),
                _ => waiting.hold(key),
            }
            return Vec::new();
        }
        self.commands.leave();
        match self.layer.take() {
            Some(Layer::Line(line)) => self.key_in_line(key, line),
            Some(Layer::Help { query, chosen }) => self.key_in_help(key, query, chosen),
            Some(Layer::Ask(question)) => self.key_in_question(key, question),
            Some(Layer::Copy(offer)) => self.key_in_offer(key, offer),
            Some(Layer::Task(answering)) => self.key_in_answer(key, answering),
            Some(Layer::Fault(error, row)) => {
                match key.code {
                    KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q' | ' ') => {}
                    KeyCode::Down | KeyCode::Char('j') => self.layer = Some(Layer::Fault(error, row + 1)),
                    KeyCode::Up | KeyCode::Char('k') => self.layer = Some(Layer::Fault(error, row.saturating_sub(1))),
                    _ => self.layer = Some(Layer::Fault(error, row)),
                }
                Vec::new()
            }
            Some(Layer::Note { .. }) if key.code == KeyCode::Esc => Vec::new(),
            Some(Layer::Note { .. }) | None => self.key_on_screen(key, action),
        }
    }

    fn key_on_screen(&mut self, key: KeyEvent, action: Option<Action>) -> Vec<Effect> {
        if let Some(action) = action {
            return self.act(action);
        }
        if let Some(named) = key_names::name(&key) {
            self.notice = Some(format!("{named} does nothing here; ? shows the keys"));
        }
        Vec::new()
    }

    /// `q` a second time is a yes: it asks once.
    fn key_in_question(&mut self, key: KeyEvent, question: Question) -> Vec<Effect> {
        match (key.code, question) {
            (KeyCode::Char('y' | 'Y' | 'q') | KeyCode::Enter, Question::Leave) => vec![Effect::Leave(Leave::Quit)],
            (KeyCode::Char('y' | 'Y' | 'q') | KeyCode::Enter, Question::CloseLab) => self.close_lab(),
            (KeyCode::Char('n' | 'N') | KeyCode::Esc, _) => Vec::new(),
            _ => {
                self.layer = Some(Layer::Ask(question));
                Vec::new()
            }
        }
    }

    fn close_lab(&mut self) -> Vec<Effect> {
        self.lab = None;
        vec![Effect::CloseLab]
    }

    fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Suspend => return vec![Effect::Suspend],
            Action::Redraw => return vec![Effect::Redraw],
            Action::Picture | Action::PanePicture => {
                let Some(lab) = &self.lab else { return Vec::new() };
                let step = format!("step-{}", lab.live().step);
                let pane = (action == Action::PanePicture).then_some(lab.focused().name);
                let name = pane.map_or_else(|| step.clone(), |pane| format!("{pane}-{step}"));
                return vec![Effect::Picture { name, pane }];
            }
            Action::Answer | Action::GiveUp => return self.answer_task(action),
            Action::CommandLine => self.layer = Some(Layer::Line(Line::default())),
            Action::Help => self.layer = Some(Layer::Help { query: String::new(), chosen: 0 }),
            Action::Mouse => {
                self.mouse = !self.mouse;
                self.notice = Some(if self.mouse { "mouse on" } else { "mouse off" }.into());
                return vec![Effect::Mouse(self.mouse)];
            }
            Action::Leave if self.goes_back() => return self.go_back(),
            Action::Leave if self.lab.as_ref().is_some_and(LabScreen::is_live) => {
                self.layer = Some(Layer::Ask(Question::Leave));
            }
            Action::Leave | Action::Interrupt => return vec![Effect::Leave(Leave::Quit)],
            Action::Close => return self.close(),
            Action::LookFor | Action::Describe => {
                if let Some(lab) = &self.lab {
                    let place = lab.focus();
                    let view = lab.view(place, self.look);
                    self.layer = Some(if action == Action::LookFor {
                        let text = format!("{}: {}", lab.focused().title, (lab.focused().look_for)(lab.live()));
                        Layer::Note { when: String::new(), text }
                    } else {
                        // The run goes on below it, and the numbers stay those of this moment.
                        let when = match view.snapshot.step {
                            0 => "before the first step".to_owned(),
                            step => format!("after step {step}"),
                        };
                        Layer::Note { when, text: lab.pane(place).describe(&view) }
                    });
                }
            }
            _ => return self.act_inside(action),
        }
        Vec::new()
    }

    /// Closes one layer, or a lab that is still on its way; a lab itself is left by its own key.
    fn close(&mut self) -> Vec<Effect> {
        if self.list.is_some() && self.waiting.take().is_some() {
            return vec![Effect::GiveUp];
        }
        let Some(lab) = &mut self.lab else {
            self.notice = Some("q leaves".into());
            return Vec::new();
        };
        if lab.close() {
            return Vec::new();
        }
        let way = if self.list.is_some() { "goes back to the list" } else { "leaves" };
        self.notice = Some(format!("nothing is open here; q {way}"));
        Vec::new()
    }

    /// The way out of here leads to the list of labs.
    pub fn goes_back(&self) -> bool {
        self.list.is_some() && self.lab.is_some()
    }

    /// From the lab to the list; asks first if its run is live.
    fn go_back(&mut self) -> Vec<Effect> {
        if self.lab.as_ref().is_some_and(LabScreen::is_live) {
            self.layer = Some(Layer::Ask(Question::CloseLab));
            return Vec::new();
        }
        self.close_lab()
    }

    pub(super) fn act_inside(&mut self, action: Action) -> Vec<Effect> {
        if let Some(lab) = &mut self.lab {
            let (effects, notice) = lab.act(action, self.screen, self.look);
            self.notice = notice;
            return effects;
        }
        let (Some(list), Action::Press(press)) = (&mut self.list, action) else { return Vec::new() };
        list.press(press)
    }

    /// What has become of the lab's files, or of values that were laid over them.
    pub fn take_up_change(&mut self, change: FileChange) -> Vec<Effect> {
        let Some(lab) = &mut self.lab else { return Vec::new() };
        self.notice = Some(match change {
            FileChange::Set { title, about, scripts, panes, parameter, notice, covered } => {
                lab.edited(&title, &about, scripts, covered);
                let effects = lab.watch_anew(panes.as_deref(), parameter);
                self.answer(Ok(notice.replace('\n', " ")));
                return effects;
            }
            FileChange::Refused(error) => {
                self.answer(Err(error));
                return Vec::new();
            }
            FileChange::Edited { title, about, scripts, notice, covered } => {
                lab.edited(&title, &about, scripts, covered);
                notice.replace('\n', " ")
            }
            FileChange::Lost { notice } => notice.replace('\n', " "),
            FileChange::Broken(error) => {
                let place = error.place().map(|place| format!("{}:{}: ", scrub_line(&place.source.name), place.line()));
                let wrong = format!("{}{}", place.unwrap_or_default(), error.what());
                let said = in_spite_of(&wrong, "it runs as before");
                lab.broken_by(error, self.look);
                said.replace('\n', " ")
            }
        });
        Vec::new()
    }
}
