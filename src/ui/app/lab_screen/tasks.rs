//! The tasks of an open lab as its student goes through them: which one is current, what keys ask of it, whether the run waits
//! for an answer, and what is told when something has come of one. It judges nothing.

mod verdicts;

use std::sync::Arc;

use ratatui::layout::Rect;

use super::{LabScreen, Notice};
use crate::lab::ScriptText;
use crate::snapshot::{Asks, Status, TaskSeen, TaskState, TasksSeen};
use crate::ui::app::answering::{Answering, TypedAnswers};
use crate::ui::host::Effect;
use crate::ui::host::tasks::Deed;
use crate::ui::keys::Action;
use crate::ui::layout::Asked;
use crate::ui::look::theme::Look;
use crate::ui::panes::{News, Tasked};
use verdicts::{Told, joined, verdict_of};

/// The tasks, and the place of the current one.
#[derive(Debug)]
pub(super) struct Tasks {
    seen: Arc<TasksSeen>,
    /// One more than the last on the page that follows, once all are done.
    current: usize,
    /// The way out of the lab leads to the list of labs.
    list: bool,
    /// The furthest place that the student has been at.
    reached: usize,
    /// The places of tasks of which something has come while another one was current, the newest last.
    elsewhere: Vec<usize>,
    typed: TypedAnswers,
}

impl Tasks {
    /// From the first open one on.
    fn new(seen: Arc<TasksSeen>, list: bool) -> Self {
        let current = seen.first_open().unwrap_or(seen.tasks.len());
        Self { current, reached: current, seen, list, elsewhere: Vec::new(), typed: TypedAnswers::default() }
    }

    /// As panes see them.
    pub(super) fn tasked(&self) -> Tasked<'_> {
        Tasked { seen: &self.seen, current: self.current, list: self.list, elsewhere: &self.elsewhere }
    }

    fn current(&self) -> Option<&TaskSeen> {
        self.seen.tasks.get(self.current)
    }

    fn number(&self) -> usize {
        self.current + 1
    }

    /// Takes newer ones, and stays at the task that was current.
    fn take(&mut self, seen: Arc<TasksSeen>) {
        let same = self.current().and_then(|task| seen.tasks.iter().position(|other| other.id == task.id));
        let first = seen.first_open().unwrap_or(seen.tasks.len());
        let at_the_end = self.current == self.seen.tasks.len();
        let elsewhere = self.elsewhere.iter().filter_map(|at| {
            let id = &self.seen.tasks.get(*at)?.id;
            seen.tasks.iter().position(|other| other.id == *id)
        });
        self.elsewhere = elsewhere.collect();
        self.seen = seen;
        self.turn_to(if at_the_end { first } else { same.unwrap_or(first) });
    }

    /// Another task is current; what has come of it is seen with it.
    fn turn_to(&mut self, place: usize) {
        let moves = place != self.current;
        self.current = place;
        self.reached = self.reached.max(place);
        // What was solved elsewhere has been told once the student goes on; what was not waits until it is looked at.
        let solved = |at: usize| self.seen.tasks.get(at).is_some_and(|task| task.state == TaskState::Solved);
        self.elsewhere.retain(|at| *at != place && !(moves && solved(*at)));
    }

    /// Something has come of a task that is not the current one.
    fn has_news(&mut self, place: usize) {
        self.elsewhere.retain(|at| *at != place);
        self.elsewhere.push(place);
    }

    /// Says over the screen why a task takes no answer any more, so that an answer that is typed all the same is not taken for
    /// keys.
    fn over(&self, task: &TaskSeen, why: &str) -> Begun {
        Begun::Over(Box::new(Answering::over(task, self.number(), self.seen.tasks.len(), why)))
    }

    /// Where a key leads to, or why nowhere.
    fn turned(&self, back: bool) -> Result<usize, &'static str> {
        if back {
            return self.current.checked_sub(1).ok_or("this is the first task");
        }
        self.tasked().next().ok_or(if self.seen.all_done() {
            "all tasks are done; p goes back to them"
        } else {
            "this is the last task, and the only one that is open"
        })
    }
}

/// What the key that answers comes to.
#[derive(Debug)]
pub enum Begun {
    /// An answer is typed or chosen over the screen.
    Over(Box<Answering>),
    /// It is done, or cannot be done.
    Done(Vec<Effect>, Notice),
}

fn said(words: impl Into<String>) -> Begun {
    Begun::Done(Vec::new(), Some(words.into()))
}

impl LabScreen {
    /// The lab asks tasks.
    pub fn asks(&self) -> bool {
        self.shown.tasks.is_some()
    }

    /// The tasks, and where the student is.
    pub fn tasked(&self) -> Option<Tasked<'_>> {
        self.shown.tasks.as_ref().map(Tasks::tasked)
    }

    /// The tasks as they stand now; what there is to say of what has come of one. `list`: the lab was opened from the list.
    pub fn take_tasks(&mut self, seen: Arc<TasksSeen>, list: bool, screen: Rect) -> Notice {
        if seen.tasks.is_empty() {
            self.shown.tasks = None;
            return None;
        }
        let unsaved = |why: &String| format!("what you do here is not kept: {why}");
        let Some(tasks) = &mut self.shown.tasks else {
            let told = seen.unsaved.as_ref().map(unsaved);
            self.shown.tasks = Some(Tasks::new(seen, list));
            self.shown.look_at_asked_files();
            self.tell_panes(News::Asked);
            self.show_tasks(screen);
            return told;
        };
        let old = tasks.seen.clone();
        let (current, reached) = (tasks.current, tasks.reached);
        tasks.take(seen);
        let pairs = tasks.seen.tasks.iter().enumerate().filter_map(|(at, now)| {
            let before = old.tasks.iter().find(|before| before.id == now.id)?;
            Some((at, before, now))
        });
        let (mut told, mut failed, mut elsewhere) = (Vec::new(), Vec::new(), Vec::new());
        let mut news = (current != tasks.current).then_some(News::Asked);
        for (at, before, now) in pairs {
            let brings_nothing = now.state == TaskState::Open && now.got == before.got;
            // A failure that nobody has worked for yet, or is not at yet, would be told before its task is read.
            let too_early = at != tasks.current && brings_nothing && (!now.edited || at > reached);
            let verdict = verdict_of(before, now).filter(|_| !too_early);
            let hint = now.hints.len() > before.hints.len();
            if at == tasks.current && (verdict.is_some() || hint || now.judging != before.judging) {
                news = Some(if hint { News::Hint } else { News::Verdict });
            }
            if at != tasks.current && verdict.is_some() {
                elsewhere.push(at);
            }
            let words = verdict.map(|verdict| verdict.of_task(at + 1));
            if at != tasks.current && brings_nothing { failed.extend(words) } else { told.extend(words) }
        }
        // Beside good news a failure of another task is told in the Guide alone.
        if told.is_empty() {
            told = failed;
        }
        elsewhere.into_iter().for_each(|at| tasks.has_news(at));
        if tasks.seen.all_done() && !old.all_done() {
            told.push(Told::of("all tasks are done: n shows what was learnt", "n shows what was learnt"));
        } else if let Some(solved) = told.iter().rposition(|told| told.solves) {
            told.insert(solved + 1, Told::of("n goes on", "n goes on"));
        }
        if old.unsaved.is_none() {
            told.extend(tasks.seen.unsaved.as_ref().map(unsaved).map(|told| Told::of(&told, &told)));
        }
        if let Some(news) = news {
            self.tell_panes(news);
        }
        // A second row would hide the keys and a row of the panes; what it would say stands in the Guide, too.
        let plan = self.plan(screen);
        let guide = plan.panes.iter().any(|(place, _)| self.panes[self.order[*place]].kind.name == GUIDE);
        joined(&told, guide.then(|| usize::from(screen.width).saturating_sub(2)))
    }

    /// The pane that tells what is asked; it stays beside the Script pane while a line is chosen there.
    pub(super) fn asked(&self) -> Option<Asked> {
        let task = self.tasked().map(|tasked| tasked.task())?;
        let pane = self.order.iter().position(|place| self.panes[*place].kind.name == GUIDE)?;
        let line = task.is_some_and(|task| matches!(task.asks, Asks::Line(_)));
        Some(Asked { pane, stays: line && self.focused().name == SCRIPT })
    }

    /// The script that the current task asks for, whichever pane has the focus.
    pub(super) fn script_asked_for(&self, look: Look) -> Option<String> {
        let guide = self.order.iter().position(|place| self.panes[*place].kind.name == GUIDE)?;
        self.pane(guide).script(&self.view(guide, look))
    }

    fn tell_panes(&mut self, news: News) {
        self.panes.iter_mut().for_each(|own| own.pane.task_changed(news));
    }

    /// The Guide comes into view, if the lab asks tasks: with the focus only where there is no room for it besides.
    pub fn show_tasks(&mut self, screen: Rect) {
        let guide = self.order.iter().position(|place| self.panes[*place].kind.name == GUIDE);
        let Some(guide) = guide.filter(|_| self.asks()) else { return };
        let is_shown = |own: &Self| own.plan(screen).panes.iter().any(|(place, _)| *place == guide);
        if is_shown(self) {
            return;
        }
        self.recent.retain(|place| *place != guide);
        self.recent.insert(1.min(self.recent.len()), guide);
        if !is_shown(self) {
            self.focus_on(guide);
        }
    }

    /// Does what a key asks of the tasks as a whole.
    pub fn turn_tasks(&mut self, action: Action, screen: Rect) -> (Vec<Effect>, Notice) {
        let Some(tasks) = &mut self.shown.tasks else { return (Vec::new(), None) };
        let turned = match action {
            Action::NextTask => tasks.turned(false),
            Action::PreviousTask => tasks.turned(true),
            _ => {
                self.show_tasks(screen);
                return self.hint();
            }
        };
        let told = match turned {
            Ok(place) => {
                tasks.turn_to(place);
                self.tell_panes(News::Asked);
                None
            }
            Err(why) => Some(why.to_owned()),
        };
        // Which panes are shown depends on the task.
        self.show_tasks(screen);
        (Vec::new(), told)
    }

    fn hint(&mut self) -> (Vec<Effect>, Notice) {
        let task = self.shown.tasks.as_ref().and_then(Tasks::current);
        let Some(task) = task else { return (Vec::new(), Some("all tasks are done; p goes back to them".into())) };
        if task.more_hints > 0 {
            return (vec![Effect::Task { id: task.id.clone(), deed: Deed::Hint }], None);
        }
        let told = match task.hints.len() {
            0 => "this task has no hints".to_owned(),
            1 => "that was its only hint".to_owned(),
            all => format!("these were its {all} hints"),
        };
        if !task.hints.is_empty() {
            self.tell_panes(News::Hint);
        }
        (Vec::new(), Some(told))
    }

    /// Begins to answer the current task, or has its files judged.
    pub fn answer_task(&mut self, look: Look) -> Begun {
        let Some(tasks) = &self.shown.tasks else { return said("this lab asks nothing") };
        let Some(task) = tasks.current() else { return said("all tasks are done; p goes back to them") };
        match task.state {
            TaskState::Solved => return tasks.over(task, "This task is solved."),
            TaskState::GivenUp => return tasks.over(task, "This task was given up, and stays so."),
            TaskState::Open | TaskState::Recorded => {}
        }
        let (id, all) = (task.id.clone(), tasks.seen.tasks.len());
        let judged = |files: String| {
            let effects = vec![Effect::Task { id: id.clone(), deed: Deed::Judge }];
            Begun::Done(effects, Some(format!("judging {files} as saved; every save of it is judged, too")))
        };
        match &task.asks {
            Asks::Edit { files, .. } if files.is_empty() => judged("the lab".into()),
            Asks::Edit { keys, files } if keys.is_empty() => judged(files.join(", ")),
            Asks::Edit { files, .. } => judged(format!("the lab and {}", files.join(", "))),
            Asks::Script(file) => judged(file.clone()),
            Asks::Sentences => Begun::Done(vec![Effect::Write(task.id.clone())], None),
            Asks::Line(file) if self.order.iter().any(|place| self.panes[*place].kind.name == SCRIPT) => {
                let file = file.clone();
                self.show_script(&file, look).unwrap_or_else(|| self.type_answer(all))
            }
            _ => self.type_answer(all),
        }
    }

    fn type_answer(&self, all: usize) -> Begun {
        let tasks = self.shown.tasks.as_ref();
        let answering = tasks.and_then(|tasks| {
            let task = tasks.current()?;
            Answering::begin(task, tasks.number(), all, tasks.typed.of(task))
        });
        answering.map_or_else(|| said("there is nothing to answer"), |answering| Begun::Over(Box::new(answering)))
    }

    /// A line was typed as the answer of a task.
    pub fn was_answered(&mut self, id: &str, text: &str) {
        if let Some(tasks) = &mut self.shown.tasks {
            tasks.typed.add(id, text);
        }
    }

    /// Gives the Script pane the focus, with this file in it.
    fn show_script(&mut self, file: &str, look: Look) -> Option<Begun> {
        let place = self.order.iter().position(|place| self.panes[*place].kind.name == SCRIPT)?;
        let view = self.shown.view(true, look);
        if !self.panes[self.order[place]].pane.show_file(file, &view) {
            return None;
        }
        self.focus_on(place);
        self.zoomed = false;
        Some(said("up and down choose a line, Enter answers with it"))
    }

    /// The scripts read so while one is being typed, which the run knows nothing of yet: the Script pane comes into view with
    /// this line of that script.
    pub fn typed_so_far(&mut self, scripts: Vec<ScriptText>, name: &str, line: usize, look: Look) {
        self.shown.typed_so_far(scripts);
        let Some(place) = self.order.iter().position(|place| self.panes[*place].kind.name == SCRIPT) else { return };
        let view = self.shown.view(true, look);
        self.panes[self.order[place]].pane.show_line(name, line, &view);
        self.focus_on(place);
    }

    /// Asks whether the current task is to be given up.
    pub fn give_task_up(&self) -> Begun {
        let Some(tasks) = &self.shown.tasks else { return said("this lab asks nothing") };
        let Some(task) = tasks.current() else { return said("all tasks are done") };
        match task.state {
            TaskState::Solved => said("this task is solved: n goes on"),
            TaskState::GivenUp => said("this task was given up already: n goes on"),
            TaskState::Open | TaskState::Recorded => {
                Begun::Over(Box::new(Answering::giving_up(task, tasks.number(), tasks.seen.tasks.len())))
            }
        }
    }

    /// What is said instead of what would move the run, while the current task is to be answered before that.
    pub fn waits_for_answer(&self) -> Option<String> {
        let number = self.shown.tasks.as_ref()?.tasked().holds_the_run(self.live())?;
        Some(format!("task {number} is asked before the run: answer first (a), or A to give up; n leaves it for later"))
    }

    /// The same of a key; a run that goes can always be held.
    pub(super) fn refused_by_task(&self, action: Action) -> Notice {
        let running = self.expected.unwrap_or(self.live().status == Status::Running);
        if action == Action::RunPause && running { None } else { self.waits_for_answer() }
    }
}

/// The panes that tasks have to do with.
pub(super) const GUIDE: &str = "guide";
const SCRIPT: &str = "script";
