//! Choosing what single panes are about: the element of the Ledger pane, and copying its update; the script of the
//! Script pane; and the way of the Log pane, whose rows count from below.

use crate::error::Error;
use crate::train::snapshot::{Command, Status};
use crate::ui::app::lab_screen::{LabScreen, Notice};
use crate::ui::element;
use crate::ui::host::Effect;
use crate::ui::keys::Action;
use crate::ui::look::theme::Look;
use crate::ui::panes::{Pane, ledger, script};

/// What a key means to a pane's cursor: the rows of the Log count from its newest line, which is the lowest.
pub(super) fn seen_from_below(pane: &Pane, action: Action) -> Action {
    if pane.name != "log" {
        return action;
    }
    match action {
        Action::Up => Action::Down,
        Action::Down => Action::Up,
        Action::PageUp => Action::PageDown,
        Action::PageDown => Action::PageUp,
        Action::First => Action::Last,
        Action::Last => Action::First,
        other => other,
    }
}

impl LabScreen {
    /// To the next script or the one before.
    pub(super) fn choose_script(&mut self, action: Action) -> Notice {
        let next = match action {
            Action::Left => self.script.checked_sub(1),
            _ => Some(self.script + 1).filter(|next| *next < self.scripts.len()),
        };
        let Some(next) = next else {
            return Some(format!("there are {} scripts, and this is the end of them", self.scripts.len()));
        };
        self.script = next;
        self.scroll_script(0);
        None
    }

    /// Shows the line of the script at which the run failed.
    pub(super) fn show_the_line_that_failed(&mut self) {
        if let Status::Failed(error) = &self.live.status {
            let error = error.clone();
            self.show_line_of(&error);
        }
    }

    /// Shows the line of a script at which an error lies.
    pub(super) fn show_line_of(&mut self, error: &Error) {
        let Some(place) = error.place() else { return };
        let found = self.scripts.iter().position(|script| script.source.name == place.source.name);
        let line = place.line();
        if let Some(found) = found {
            self.script = found;
            // A few lines before it tell what it is part of.
            self.scroll_script(line.saturating_sub(script::BEFORE));
        }
    }

    fn scroll_script(&mut self, row: usize) {
        if let Some(place) = self.order.iter().position(|pane| pane.name == "script") {
            self.cursors[place].row = row;
        }
    }

    /// `W1[3,5]` names an element; the parameter is what stands before it.
    pub(super) fn look_at_the_wish(&mut self, effects: &mut Vec<Effect>) {
        let Some(wish) = &self.wish else { return };
        let (name, inside) = wish.split_once('[').unwrap_or((wish, ""));
        let Some(at) = self.live.state.iter().position(|state| state.parameter == name.trim()) else { return };
        let index = element::index(inside.trim_end_matches([']', ' ']), &self.live.state[at].shape);
        self.wish = None;
        self.choose_parameter(at, effects);
        self.choose_element(index.unwrap_or(0), effects);
    }

    /// Looks at a parameter, or at an element of it.
    pub fn watch(&mut self, parameter: usize, element: Option<usize>) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.wish = None;
        self.choose_parameter(parameter, &mut effects);
        if let Some(element) = element {
            self.choose_element(element, &mut effects);
        }
        effects
    }

    /// From the State pane to an element of its parameter.
    pub(super) fn pick(&mut self) -> Notice {
        let ledger = self.order.iter().position(|pane| pane.name == "ledger")?;
        self.focus_on(ledger);
        Some("arrows: another element, Enter: the one with the largest gradient".into())
    }

    pub(super) fn choose_next(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let state = self.live.state.get(self.parameter);
        let next = state.map(|state| element::next(&state.shape, self.element, action));
        self.choose_element(next.unwrap_or(0), effects);
    }

    pub(super) fn choose_element(&mut self, index: usize, effects: &mut Vec<Effect>) {
        if index != self.element {
            self.element = index;
            effects.push(Effect::Send(Command::Element { parameter: self.parameter, index }));
        }
    }

    /// To the element with the largest gradient of the update that is shown.
    pub(super) fn choose_steepest(&mut self, effects: &mut Vec<Effect>) -> Notice {
        let ledger = self.live.ledger.as_ref().filter(|ledger| ledger.parameter == self.parameter);
        let Some(steepest) = ledger.map(|ledger| ledger.steepest) else {
            return Some("no gradient is known yet: s makes one step".into());
        };
        self.choose_element(steepest, effects);
        None
    }

    /// The gradient of a mini-batch beside the whole one; away with it if it is of this very step.
    pub(super) fn compare(&self, effects: &mut Vec<Effect>) -> Notice {
        let shown = self.live.compared.as_ref().is_some_and(|compared| compared.step == self.live.step);
        effects.push(Effect::Send(Command::CompareGradients(!shown)));
        (!shown).then(|| "beside the next gradient stands the full one; c again takes it away".into())
    }

    /// The ledger goes to the clipboard as it is shown, frozen or not.
    pub(super) fn copy_ledger(&self, look: Look, effects: &mut Vec<Effect>) -> String {
        let Some(said) = ledger::as_text(&self.view(self.focus(), look)) else {
            return "there is no update to copy: s makes one step".into();
        };
        let notice = format!("copied {}, if the terminal allows it (OSC 52)", said.lines().next().unwrap_or_default());
        effects.push(Effect::Copy(said));
        notice
    }
}
