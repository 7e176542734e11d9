//! An open lab: its newest snapshot and what the user chose to look at. Keys that concern a run or a pane end here.
//! It knows no terminal and no list of labs.

use std::sync::Arc;

use ratatui::layout::{Rect, Size};

use crate::error::{Error, scrub};
use crate::lab::ScriptText;
use crate::train::snapshot::{Command, Snapshot, Speed, Status, Travel};
use crate::ui::host::Effect;
use crate::ui::host::{LabEntry, Watch};
use crate::ui::keys::Action;
use crate::ui::layout;
use crate::ui::look::theme::Look;
use crate::ui::panes::{self, Cursor, PANES, Pane, View};

mod editing;
mod picking;
mod pointing;

/// The speeds that `+` and `-` go through, in steps a second; past the last one there is no limit.
const SPEEDS: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// What a key had to say, besides its effects.
pub type Notice = Option<String>;

/// The screen of one lab.
#[derive(Debug)]
pub struct LabScreen {
    /// The lab's title, one line.
    pub title: String,
    about: String,
    live: Arc<Snapshot>,
    frozen: Option<Arc<Snapshot>>,
    /// All panes in the order of the tab line, and of them those that have something to show of this run.
    wanted: Vec<&'static Pane>,
    order: Vec<&'static Pane>,
    cursors: Vec<Cursor>,
    /// The panes' places, the one in focus first, then the one that was before it.
    recent: Vec<usize>,
    /// The pane in focus has the whole body.
    pub zoomed: bool,
    parameter: usize,
    /// The element of it that the ledger is about.
    element: usize,
    /// The parameter, or the element, to look at as soon as a snapshot names it.
    wish: Option<String>,
    /// The lab's scripts, and the one that is shown.
    scripts: Vec<ScriptText>,
    script: usize,
    /// The error with which a file of the lab was saved last; it runs as it was before.
    broken: Option<Error>,
    speed: Speed,
    /// What the last command makes of the run, until the next snapshot tells.
    expected: Option<bool>,
}

impl LabScreen {
    /// The screen of a lab that was just opened, and what to tell its run.
    pub fn new(title: &str, about: &str, watch: &Watch) -> (Self, Vec<Effect>) {
        let mut wanted: Vec<&'static Pane> = Vec::new();
        let listed = watch.panes.iter().filter_map(|name| panes::named(name));
        for pane in listed.chain(PANES) {
            let empty = pane.name == "script" && watch.scripts.is_empty();
            if !empty && !wanted.iter().any(|other| other.name == pane.name) {
                wanted.push(pane);
            }
        }
        let mut screen = Self {
            title: scrub(title).replace(['\n', '\t'], " "),
            about: scrub(about).replace('\t', "    "),
            live: Arc::new(before_the_first()),
            frozen: None,
            cursors: Vec::new(),
            recent: Vec::new(),
            order: Vec::new(),
            wanted,
            zoomed: false,
            parameter: 0,
            element: 0,
            wish: watch.parameter.clone(),
            scripts: watch.scripts.clone(),
            script: 0,
            broken: None,
            speed: watch.speed,
            expected: None,
        };
        screen.choose_panes(true);
        (screen, vec![Effect::Send(Command::Speed(watch.speed))])
    }

    /// Takes the panes that suit the run. What kind of run it is stands in its first snapshot, but a fork makes a race of
    /// it: then what was looked at stays.
    fn choose_panes(&mut self, first: bool) {
        let suiting = self.wanted.iter().copied().filter(|pane| (pane.suits)(&self.live));
        let order: Vec<&'static Pane> = suiting.collect();
        if order.iter().map(|pane| pane.name).ne(self.order.iter().map(|pane| pane.name)) {
            let place = |old: usize| order.iter().position(|pane| pane.name == self.order[old].name);
            let stays: Vec<usize> =
                if first { Vec::new() } else { self.recent.iter().filter_map(|old| place(*old)).collect() };
            let new = (0..order.len()).filter(|place| !stays.contains(place));
            let recent = stays.iter().copied().chain(new).collect();
            let mut cursors = vec![Cursor::default(); order.len()];
            for (old, cursor) in self.cursors.iter().enumerate().filter(|_| !first) {
                place(old).into_iter().for_each(|place| cursors[place] = *cursor);
            }
            (self.cursors, self.recent, self.order) = (cursors, recent, order);
        }
    }

    /// The run as it stands, frozen or not.
    pub fn live(&self) -> &Snapshot {
        &self.live
    }

    /// The picture is held at this step.
    pub fn frozen_at(&self) -> Option<u64> {
        self.frozen.as_ref().map(|snapshot| snapshot.step)
    }

    /// A run that would be lost: it has made steps and is not over.
    pub fn is_live(&self) -> bool {
        self.live.step > 0 && !self.live.status.is_final()
    }

    /// The panes in the order of the tab line.
    pub fn order(&self) -> &[&'static Pane] {
        &self.order
    }

    /// The place of the pane in focus.
    pub fn focus(&self) -> usize {
        self.recent[0]
    }

    /// The pane in focus.
    pub fn focused(&self) -> &'static Pane {
        self.order[self.focus()]
    }

    /// What lies where.
    pub fn plan(&self, screen: Rect) -> layout::Plan {
        layout::plan(screen, &self.recent, self.zoomed, self.banner().is_some())
    }

    /// What a run that ended badly says across the screen.
    pub fn banner(&self) -> Option<String> {
        match &self.live.status {
            Status::Diverged(divergence) => Some(format!("{}. Next: {}", divergence.sentence(), divergence.advice())),
            Status::Failed(error) => Some(error.to_string().replace('\n', " ")),
            _ => None,
        }
    }

    /// What a pane is drawn from.
    pub fn view(&self, place: usize, look: Look) -> View<'_> {
        View {
            snapshot: self.frozen.as_ref().unwrap_or(&self.live),
            about: &self.about,
            parameter: self.parameter,
            element: self.element,
            scripts: &self.scripts,
            script: self.script,
            broken: self.broken.as_ref(),
            cursor: self.cursors[place],
            focused: place == self.focus(),
            look,
        }
    }

    /// Takes what the run published.
    pub fn take(&mut self, snapshot: Arc<Snapshot>) -> Vec<Effect> {
        let early = |status: &Status| matches!(status, Status::Diverged(_) | Status::Failed(_) | Status::Stopped(_));
        let news = early(&snapshot.status) && !early(&self.live.status);
        let first = self.live.steps_total == 0;
        self.speed = snapshot.speed;
        self.live = snapshot;
        self.expected = None;
        self.choose_panes(first);
        if news {
            self.show_guide();
            self.show_the_line_that_failed();
        }
        let mut effects = Vec::new();
        self.look_at_the_wish(&mut effects);
        effects
    }

    /// The text on what went wrong comes into view; the focus stays where it is.
    fn show_guide(&mut self) {
        if let Some(guide) = self.order.iter().position(|pane| pane.name == "guide") {
            self.cursors[guide].row = 0;
            if self.recent[0] != guide {
                self.recent.retain(|place| *place != guide);
                self.recent.insert(1, guide);
            }
        }
    }

    /// Gives a pane the focus.
    pub fn focus_on(&mut self, place: usize) {
        if place < self.order.len() {
            self.recent.retain(|other| *other != place);
            self.recent.insert(0, place);
        }
    }

    /// Closes one layer of this screen; false if there is none.
    pub fn close(&mut self) -> bool {
        let place = self.focus();
        if self.cursors[place].cross.take().is_some() {
            return true;
        }
        if self.zoomed {
            self.zoomed = false;
            return true;
        }
        self.frozen.take().is_some()
    }

    /// Does what a key asks for. `screen` is the size of the terminal.
    pub fn act(&mut self, action: Action, screen: Rect, look: Look) -> (Vec<Effect>, Notice) {
        let mut effects = Vec::new();
        let mut notice = None;
        match action {
            Action::RunPause | Action::Step | Action::StepEpoch => notice = self.train(action, &mut effects),
            Action::Travel(travel) => notice = self.travel(travel, &mut effects),
            Action::Fork => effects.push(Effect::Send(Command::Fork { run: None })),
            Action::Restart => effects.push(Effect::Send(Command::Restart { seed: None })),
            Action::Reseed => {
                let seed = self.live.seed.wrapping_add(1);
                effects.push(Effect::Send(Command::Restart { seed: Some(seed) }));
                notice = Some(format!("from the start with seed {seed}"));
            }
            Action::Faster | Action::Slower => notice = Some(self.change_speed(action, &mut effects)),
            Action::NextPane => self.focus_on((self.focus() + 1) % self.order.len()),
            Action::PreviousPane => self.focus_on((self.focus() + self.order.len() - 1) % self.order.len()),
            Action::Focus(number) if number <= self.order.len() => self.focus_on(number - 1),
            Action::Focus(number) => notice = Some(format!("there is no pane {number}")),
            Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::First | Action::Last => {
                self.walk(action, screen, look);
            }
            Action::Left | Action::Right if self.focused().name == "script" => notice = self.choose_script(action),
            Action::Left | Action::Right if self.focused().name == "loss" => self.move_cross(action, screen, look),
            Action::Left => self.choose_parameter(self.parameter.saturating_sub(1), &mut effects),
            Action::Right => self.choose_parameter(self.parameter + 1, &mut effects),
            Action::Inspect => notice = self.inspect(&mut effects),
            Action::ElementUp | Action::ElementDown | Action::ElementLeft | Action::ElementRight => {
                self.choose_next(action, &mut effects);
            }
            Action::Steepest => notice = self.choose_steepest(&mut effects),
            Action::Compare => notice = self.compare(&mut effects),
            Action::CopyLedger => notice = Some(self.copy_ledger(look, &mut effects)),
            Action::Edit => effects.push(Effect::Edit { script: self.script_in_focus() }),
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Smoother | Action::Rougher => notice = Some(self.smooth(action)),
            Action::Correction => notice = Some(self.toggle_correction()),
            Action::LogAxis => notice = Some(self.toggle_log(look)),
            Action::Freeze => {
                self.frozen = if self.frozen.is_some() { None } else { Some(self.live.clone()) };
            }
            _ => {}
        }
        (effects, notice)
    }

    fn train(&mut self, action: Action, effects: &mut Vec<Effect>) -> Notice {
        if self.live.status.is_final() {
            let past = self.live.status.past();
            return Some(format!("the run has {past}: b goes a step back, r starts it again, R with a new seed"));
        }
        let running = self.expected.unwrap_or(self.live.status == Status::Running);
        let command = match action {
            Action::Step => Command::Step,
            Action::StepEpoch => Command::StepEpoch,
            _ if running => Command::Pause,
            _ => Command::Run,
        };
        self.expected = Some(command == Command::Run);
        effects.push(Effect::Send(command));
        None
    }

    /// Along the timeline, where the run then holds.
    fn travel(&mut self, travel: Travel, effects: &mut Vec<Effect>) -> Notice {
        let back = !matches!(travel, Travel::Forward | Travel::NextMark);
        if back && self.live.step == 0 && !self.live.status.is_final() && self.live.status != Status::Running {
            return Some("this is the start: nothing was before it".into());
        }
        self.expected = Some(false);
        effects.push(Effect::Send(Command::Travel(travel)));
        None
    }

    /// What a newer snapshot says of a command that the run could not obey.
    pub fn refusal<'s>(&self, newer: &'s Snapshot) -> Option<&'s Error> {
        let (count, error) = newer.timeline.refused.as_ref()?;
        let known = self.live.timeline.refused.as_ref().map_or(0, |(count, _)| *count);
        (*count != known).then_some(error)
    }

    fn change_speed(&mut self, action: Action, effects: &mut Vec<Effect>) -> String {
        self.speed = match (self.speed, action) {
            (Speed::Max, Action::Faster) => Speed::Max,
            (Speed::Max, _) => Speed::PerSecond(SPEEDS[SPEEDS.len() - 1]),
            (Speed::PerSecond(now), Action::Faster) => {
                SPEEDS.into_iter().find(|speed| *speed > now).map_or(Speed::Max, Speed::PerSecond)
            }
            (Speed::PerSecond(now), _) => {
                Speed::PerSecond(SPEEDS.into_iter().rev().find(|speed| *speed < now).unwrap_or(now.min(SPEEDS[0])))
            }
        };
        effects.push(Effect::Send(Command::Speed(self.speed)));
        match self.speed {
            Speed::Max => "speed: as fast as it goes".into(),
            Speed::PerSecond(speed) => format!("speed: {speed} steps a second"),
        }
    }

    /// The size inside a pane's frame; that of the whole body if the pane is not shown.
    pub(super) fn inside(&self, place: usize, screen: Rect) -> Size {
        let area =
            self.plan(screen).panes.into_iter().find(|(shown, _)| *shown == place).map_or(screen, |(_, area)| area);
        Size { width: area.width.saturating_sub(4), height: area.height.saturating_sub(2) }
    }

    fn walk(&mut self, action: Action, screen: Rect, look: Look) {
        let place = self.focus();
        let size = self.inside(place, screen);
        let last = (self.order[place].rows)(&self.view(place, look), size).saturating_sub(1);
        let page = usize::from(size.height.saturating_sub(1)).max(1);
        let row = self.cursors[place].row.min(last);
        self.cursors[place].row = match picking::seen_from_below(self.order[place], action) {
            Action::Up => row.saturating_sub(1),
            Action::Down => row + 1,
            Action::PageUp => row.saturating_sub(page),
            Action::PageDown => row + page,
            Action::First => 0,
            _ => last,
        }
        .min(last);
    }

    /// Turns the wheel over a pane: the pane moves, the focus does not.
    pub fn wheel(&mut self, place: usize, down: bool, screen: Rect, look: Look) {
        let size = self.inside(place, screen);
        let last = (self.order[place].rows)(&self.view(place, look), size).saturating_sub(1);
        let row = self.cursors[place].row.min(last);
        let down = down == (self.order[place].name != "log");
        self.cursors[place].row = if down { (row + 1).min(last) } else { row.saturating_sub(1) };
    }

    fn choose_parameter(&mut self, at: usize, effects: &mut Vec<Effect>) {
        let at = at.min(self.live.state.len().saturating_sub(1));
        if at != self.parameter {
            (self.parameter, self.element) = (at, 0);
            effects.push(Effect::Send(Command::Focus(at)));
        }
    }

    fn inspect(&mut self, effects: &mut Vec<Effect>) -> Notice {
        if self.focused().name == "state" {
            return self.pick();
        }
        let row = self.cursors[self.focus()].row;
        if self.focused().name == "race" {
            return self.choose_run(row, effects);
        }
        let name = &self.live.gradients.get(row)?.name;
        let Some(at) = self.live.state.iter().position(|state| state.parameter == *name) else {
            return Some("choose a parameter with j and k first".into());
        };
        self.choose_parameter(at, effects);
        let state = self.order.iter().position(|pane| pane.name == "state")?;
        self.focus_on(state);
        None
    }
}

/// What is shown until the run has published something.
fn before_the_first() -> Snapshot {
    Snapshot::failed(Status::Ready, Speed::Max)
}

/// A row of the list of labs as it may be shown.
pub fn scrubbed(entry: LabEntry) -> LabEntry {
    let line = |text: &str| scrub(text).replace(['\n', '\t'], " ");
    LabEntry { title: line(&entry.title), summary: scrub(&entry.summary).replace('\t', " "), ..entry }
}
