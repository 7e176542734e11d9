//! Choosing the element that the ledger is about, and copying its update: the keys of the Ledger pane.

use super::{LabScreen, Notice};
use crate::train::snapshot::Command;
use crate::ui::app::Effect;
use crate::ui::element;
use crate::ui::keys::Action;
use crate::ui::panes::ledger;
use crate::ui::theme::Look;

impl LabScreen {
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
