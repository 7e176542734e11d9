//! An open lab: its newest snapshot, its panes, and which of them are looked at. Keys that concern a run, a pane or the
//! places of panes end here. It knows no terminal and no list of labs.

use std::sync::Arc;

use ratatui::layout::{Position, Rect, Size};

use crate::error::{Error, scrub_line};
use crate::lab::ScriptText;
use crate::session::Command;
use crate::snapshot::{Snapshot, Speed, Status};
use crate::ui::element;
use crate::ui::host::{Effect, Watch};
use crate::ui::keys::{self, Action, Press};
use crate::ui::layout;
use crate::ui::look::theme::Look;
use crate::ui::panes::{self, Answer, PANES, Pane, PaneKind, Tabs, View};

mod ended;
mod places;
mod shown;
mod tasks;
mod training;
mod walking;

use shown::Shown;
pub use tasks::Begun;
pub use training::told_of;
use walking::Walk;
pub use walking::{Place, Walked};

/// What a key had to say, besides its effects.
pub type Notice = Option<String>;

/// The screen of one lab.
#[derive(Debug)]
pub struct LabScreen {
    /// The lab's title, one line.
    pub title: String,
    shown: Shown,
    /// All panes of the lab in the order of the tab line, and the places of those that have something to show of this run.
    panes: Vec<LabPane>,
    order: Vec<usize>,
    /// The places in that order, the one in focus first, then the one that was before it.
    recent: Vec<usize>,
    /// The run was told that computation graphs are looked at.
    works_through: bool,
    /// The pane in focus has the whole body, as long as it is in focus.
    pub zoomed: bool,
    /// The parameter, or the element, to look at as soon as a snapshot names it.
    watched: Option<String>,
    speed: Speed,
    /// What the last command makes of the run, until the next snapshot tells.
    expected: Option<bool>,
    /// The number of the run that was told to start over, as long as nothing is seen of the one after it.
    given_up: Option<u64>,
    /// The walk through the phases of an update, and how many there were.
    walk: Option<Walk>,
    walks: u64,
}

/// A pane of the lab.
#[derive(Debug)]
struct LabPane {
    kind: &'static PaneKind,
    /// The lab lists it in `watch.panes`.
    is_listed: bool,
    pane: Box<dyn Pane>,
}

impl LabScreen {
    /// The screen of a lab that was just opened, and what to tell its run.
    pub fn new(title: &str, about: &str, watch: &Watch) -> (Self, Vec<Effect>) {
        let mut all: Vec<LabPane> = Vec::new();
        let named = watch.panes.iter().filter_map(|name| panes::named(name));
        for kind in named.chain(PANES) {
            let is_listed = watch.panes.iter().any(|name| name == kind.name);
            if (kind.opens_for)(&watch.scripts, is_listed) && !all.iter().any(|other| other.kind.name == kind.name) {
                all.push(LabPane { kind, is_listed, pane: (kind.open)() });
            }
        }
        let mut screen = Self {
            title: scrub_line(title),
            shown: Shown::new(about, &watch.scripts),
            panes: all,
            order: Vec::new(),
            recent: Vec::new(),
            works_through: false,
            zoomed: false,
            watched: watch.parameter.clone(),
            speed: watch.speed,
            expected: None,
            given_up: None,
            walk: None,
            walks: 0,
        };
        screen.choose_panes(true);
        (screen, vec![Effect::Send(Command::Speed(watch.speed))])
    }

    /// Takes the panes that suit the run. What kind of run it is stands in its first snapshot, but a fork makes a race of
    /// it: then what was looked at stays.
    fn choose_panes(&mut self, first: bool) {
        let suits = |place: &usize| (self.panes[*place].kind.suits)(&self.shown.live);
        let order: Vec<usize> = (0..self.panes.len()).filter(suits).collect();
        if order == self.order {
            return;
        }
        let place = |old: &usize| order.iter().position(|pane| *pane == self.order[*old]);
        let stays: Vec<usize> = if first { Vec::new() } else { self.recent.iter().filter_map(place).collect() };
        let new: Vec<usize> = (0..order.len()).filter(|place| !stays.contains(place)).collect();
        // One that the lab lists comes into view behind the one in focus and what is asked; others wait in the row of panes.
        let (listed, others): (Vec<_>, Vec<_>) = new.into_iter().partition(|place| self.panes[order[*place]].is_listed);
        let asked = stays.iter().position(|place| self.asks() && self.panes[order[*place]].kind.name == tasks::GUIDE);
        let (before, rest) = stays.split_at((1 + asked.unwrap_or(0)).min(stays.len()));
        let recent: Vec<usize> = [before, &listed, rest, &others].concat();
        let same = |before: &usize| self.order[*before] == order[recent[0]];
        self.zoomed &= self.recent.first().is_some_and(same);
        self.recent = recent;
        self.order = order;
        if first {
            self.panes.iter_mut().for_each(|own| own.pane = (own.kind.open)());
        }
    }

    /// The run as it stands, frozen or not.
    pub fn live(&self) -> &Snapshot {
        &self.shown.live
    }

    /// The picture is held at this step.
    pub fn frozen_at(&self) -> Option<u64> {
        self.shown.frozen.as_ref().map(|snapshot| snapshot.step)
    }

    /// A run that would be lost: it has made steps, or was just told to, and is not over.
    pub fn is_live(&self) -> bool {
        (self.live().step > 0 || self.expected.is_some()) && !self.live().status.is_final()
    }

    /// The panes in the order of the tab line.
    pub fn order(&self) -> Vec<&'static PaneKind> {
        self.order.iter().map(|place| self.panes[*place].kind).collect()
    }

    /// The place of the pane in focus.
    pub fn focus(&self) -> usize {
        self.recent[0]
    }

    /// The pane in focus.
    pub fn focused(&self) -> &'static PaneKind {
        self.panes[self.order[self.focus()]].kind
    }

    /// The pane at a place, as the user has it.
    pub fn pane(&self, place: usize) -> &dyn Pane {
        &*self.panes[self.order[place]].pane
    }

    /// What lies where.
    pub fn plan(&self, screen: Rect) -> layout::Plan {
        let tab_rows = self.tabs(screen).len() as u16;
        layout::plan(screen, &self.recent, self.asked(), self.zoomed, self.banner_rows(screen), tab_rows)
    }

    /// The panes by their keys, in their rows.
    pub fn tabs(&self, screen: Rect) -> Tabs {
        panes::tabs(&self.order(), usize::from(screen.width))
    }

    /// What a pane is drawn from.
    pub fn view(&self, place: usize, look: Look) -> View<'_> {
        self.shown.view(place == self.focus(), look)
    }

    /// Takes what the run published.
    pub fn take(&mut self, snapshot: Arc<Snapshot>, screen: Rect, look: Look) -> Vec<Effect> {
        let early = |status: &Status| matches!(status, Status::Diverged(_) | Status::Failed(_) | Status::Stopped(_));
        let ended = early(&snapshot.status) && !early(&self.live().status);
        let first = self.live().steps_total == 0;
        self.speed = snapshot.speed;
        let refused = self.refusal(&snapshot).is_some();
        self.shown.take(snapshot);
        self.expected = None;
        self.given_up = self.given_up.filter(|_| self.live().status.is_final());
        self.choose_panes(first);
        self.look_at_walk(refused);
        if first {
            self.show_tasks(screen);
        }
        if ended {
            self.show_the_end();
            let view = self.shown.view(false, look);
            self.panes.iter_mut().for_each(|own| own.pane.run_ended(&view));
        }
        self.look_at_the_watched()
    }

    /// The pane that tells what went wrong comes into view; the focus stays where it is.
    fn show_the_end(&mut self) {
        let tells = self.order.iter().position(|place| self.panes[*place].kind.tells_the_end);
        if let Some(tells) = tells.filter(|tells| *tells != self.focus()) {
            self.recent.retain(|place| *place != tells);
            self.recent.insert(1, tells);
        }
    }

    /// Tells the run whether computation graphs are looked at, where that is another than before: they cost nothing
    /// while their pane is out of sight.
    pub fn tell_what_is_seen(&mut self, screen: Rect) -> Option<Effect> {
        let graph = self.order.iter().position(|place| self.panes[*place].kind.name == "graph");
        let seen = graph.is_some_and(|graph| self.plan(screen).panes.iter().any(|(place, _)| *place == graph));
        let told = std::mem::replace(&mut self.works_through, seen);
        (seen != told).then_some(Effect::Send(Command::LookAtOperations(seen)))
    }

    /// Gives a pane the focus. That a pane is large ends when another one gets it.
    pub fn focus_on(&mut self, place: usize) {
        if place < self.order.len() {
            self.zoomed &= place == self.focus();
            self.recent.retain(|other| *other != place);
            self.recent.insert(0, place);
        }
    }

    /// Closes one layer of this screen; false if there is none.
    pub fn close(&mut self) -> bool {
        let place = self.order[self.focus()];
        if self.panes[place].pane.close() {
            return true;
        }
        if self.zoomed {
            self.zoomed = false;
            return true;
        }
        self.shown.frozen.take().is_some()
    }

    /// Does what a key asks for. `screen` is the size of the terminal.
    pub fn act(&mut self, action: Action, screen: Rect, look: Look) -> (Vec<Effect>, Notice) {
        match action {
            Action::Press(press) => return self.press(press, screen, look),
            Action::Phase(key) => return self.phase_key(key),
            Action::NextPane => self.focus_on((self.focus() + 1) % self.order.len()),
            Action::PreviousPane => self.focus_on((self.focus() + self.order.len() - 1) % self.order.len()),
            Action::Focus(number) if number <= self.order.len() => self.focus_on(number - 1),
            Action::Focus(number) => {
                let (key, last) = (keys::of_place(number - 1), keys::of_place(self.order.len() - 1));
                return (Vec::new(), Some(format!("there is no pane `{key}` here; the last one is `{last}`")));
            }
            Action::Copy => return self.copy(look),
            Action::Edit => {
                let place = self.focus();
                let script = self.pane(place).script(&self.view(place, look));
                let script = script.or_else(|| self.script_asked_for(look));
                return (vec![Effect::Edit { script }], None);
            }
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Freeze => self.shown.freeze(),
            Action::NextTask | Action::PreviousTask | Action::Hint => return self.turn_tasks(action, screen),
            _ => {
                let refused = self.refused_by_task(action);
                if refused.is_none() && action.moves_the_run() && !matches!(action, Action::Faster | Action::Slower) {
                    self.end_walk();
                }
                return if refused.is_some() { (Vec::new(), refused) } else { self.train(action) };
            }
        }
        (Vec::new(), None)
    }

    /// A key of the pane in focus.
    fn press(&mut self, press: Press, screen: Rect, look: Look) -> (Vec<Effect>, Notice) {
        let place = self.focus();
        let size = self.inside(place, screen);
        let view = self.shown.view(true, look);
        let answer = self.panes[self.order[place]].pane.act(press, &view, size);
        let Answer { mut effects, notice, parameter, element, focus } = answer;
        effects.extend(parameter.and_then(|at| self.shown.look_at(at)));
        effects.extend(element.and_then(|at| self.shown.look_at_element(at)));
        if let Some(place) = focus.and_then(|name| self.order().iter().position(|kind| kind.name == name)) {
            self.focus_on(place);
        }
        (effects, notice)
    }

    /// The size inside a pane's frame; that of the whole body if the pane is not shown.
    fn inside(&self, place: usize, screen: Rect) -> Size {
        let area =
            self.plan(screen).panes.into_iter().find(|(shown, _)| *shown == place).map_or(screen, |(_, area)| area);
        Size { width: area.width.saturating_sub(4), height: area.height.saturating_sub(2) }
    }

    /// Turns the wheel over a pane: the pane moves, the focus does not.
    pub fn wheel(&mut self, place: usize, down: bool, screen: Rect, look: Look) {
        let size = self.inside(place, screen);
        let view = self.shown.view(place == self.focus(), look);
        let press = if down { Press::Down } else { Press::Up };
        self.panes[self.order[place]].pane.scroll(press, &view, size);
    }

    /// The mouse points into a pane that lies at `area`.
    pub fn point(&mut self, place: usize, area: Rect, at: Position, look: Look) {
        // Within the frame and the blank beside it.
        let size = Size { width: area.width.saturating_sub(4), height: area.height.saturating_sub(2) };
        let inside = Position { x: at.x.saturating_sub(area.x + 2), y: at.y.saturating_sub(area.y + 1) };
        let view = self.shown.view(place == self.focus(), look);
        self.panes[self.order[place]].pane.point(inside, &view, size);
    }

    /// The text of the pane in focus goes to the clipboard, or else the ledger as it is shown, frozen or not.
    fn copy(&self, look: Look) -> (Vec<Effect>, Notice) {
        let view = self.view(self.focus(), look);
        let own = self.pane(self.focus()).copy(&view);
        let ledger = || self.panes.iter().find(|own| own.kind.name == "ledger")?.pane.copy(&view);
        let Some(text) = own.or_else(ledger) else {
            let live = self.live();
            let said = if live.series.is_some() {
                "a series has no updates to copy; in Guide Y copies its text"
            } else if live.status.is_final() {
                "there is no update to copy"
            } else {
                "there is no update to copy: s does one step"
            };
            return (Vec::new(), Some(said.into()));
        };
        // Prose is named: its first line says nothing of the whole.
        let name = match (self.focused().name, view.tasks.filter(|tasked| tasked.task().is_some())) {
            ("guide", Some(tasked)) => format!("the text of task {}", tasked.current + 1),
            ("guide", None) => "the lab's text".to_owned(),
            ("script", _) => format!("the text of {}", self.pane(self.focus()).script(&view).unwrap_or_default()),
            _ => text.lines().next().unwrap_or_default().to_owned(),
        };
        let notice = format!("copied {name}, if the terminal allows it (OSC 52)");
        (vec![Effect::Copy(text)], Some(notice))
    }

    /// `W1[3,5]` names an element; the parameter is what stands before it.
    fn look_at_the_watched(&mut self) -> Vec<Effect> {
        let Some(watched) = &self.watched else { return Vec::new() };
        let (name, inside) = watched.split_once('[').unwrap_or((watched, ""));
        let Some(at) = self.live().state.iter().position(|state| state.parameter == name.trim()) else {
            return Vec::new();
        };
        let index = element::index(inside.trim_end_matches([']', ' ']), &self.live().state[at].shape);
        self.watch(at, Some(index.unwrap_or(0)))
    }

    /// What is said of [`LabScreen::watch`], for the panes that show it may be out of sight.
    pub fn told_to_watch(&self, parameter: usize, element: Option<usize>) -> String {
        let Some(state) = self.live().state.get(parameter) else { return String::new() };
        match element {
            Some(at) => {
                format!("Ledger shows {}, State {}", element::name(&state.parameter, &state.shape, at), state.parameter)
            }
            None => format!("State and Ledger show {}", state.parameter),
        }
    }

    /// Looks at a parameter, or at an element of it.
    pub fn watch(&mut self, parameter: usize, element: Option<usize>) -> Vec<Effect> {
        self.watched = None;
        let parameter = self.shown.look_at(parameter);
        let element = element.and_then(|element| self.shown.look_at_element(element));
        parameter.into_iter().chain(element).collect()
    }

    /// The lab as it was saved last, and the keys whose saved values are covered by others.
    pub fn edited(&mut self, title: &str, about: &str, scripts: Vec<ScriptText>, covered: Vec<String>) {
        self.title = scrub_line(title);
        self.shown.edited(about, scripts);
        self.shown.covered = covered;
    }

    /// The lab lists other panes, or another parameter to look at: those come first now, as the user has them.
    pub fn watch_anew(&mut self, panes: Option<&[String]>, parameter: Option<String>) -> Vec<Effect> {
        if let Some(listed) = panes {
            let place = |own: &LabPane| listed.iter().position(|name| name == own.kind.name).unwrap_or(listed.len());
            self.panes.iter_mut().for_each(|own| own.is_listed = listed.iter().any(|name| name == own.kind.name));
            self.panes.sort_by_key(place);
            self.order.clear();
            self.recent.clear();
            self.choose_panes(false);
        }
        self.watched = parameter.or(self.watched.take());
        self.look_at_the_watched()
    }

    /// A file was saved with an error.
    pub fn broken_by(&mut self, error: Error, look: Look) {
        self.shown.broken_by(error);
        let view = self.shown.view(false, look);
        self.panes.iter_mut().for_each(|own| own.pane.file_broke(&view));
    }
}
