//! What whoever plays a tape asks of the app and puts on the screen, besides keys.

use crossterm::event::{KeyEvent, KeyModifiers};

use super::lab_screen::LabScreen;
use super::{App, Layer};
use crate::lab::ScriptText;
use crate::snapshot::Status;
use crate::ui::host::onlooker::Pressed;
use crate::ui::host::pace::Pace;
use crate::ui::keys::{self, Action};

/// What a tape puts on the screen besides the lab.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// A caption, in the last line.
    pub caption: Option<String>,
    /// The name of the key that was pressed last, at the bottom right.
    pub key: Option<String>,
    /// What a live play waits for, over all else in the last line.
    pub over: Option<String>,
}

impl App {
    /// A key means something here: it has a place in a table, or what lies over the screen takes it.
    pub fn answers(&self, key: &KeyEvent) -> bool {
        self.layer.is_some() || keys::lookup(key, self.context()).is_some()
    }

    /// A key would lead out of the lab, into an editor or a file, or to the shell.
    pub fn leads_out(&self, key: &KeyEvent) -> bool {
        match keys::lookup(key, self.context()) {
            Some(Action::Suspend | Action::Interrupt) => true,
            Some(Action::Leave | Action::Edit | Action::Picture | Action::PanePicture) => {
                matches!(self.layer, None | Some(Layer::Note { .. }))
            }
            _ => false,
        }
    }

    /// A key, and how the screen stands while it is pressed.
    pub fn pressed(&self, key: KeyEvent) -> Pressed {
        // A key that does nothing here, as while a question holds the run, would do something where nothing is asked.
        let action = keys::lookup(&key, self.context());
        let idle = |lab: &LabScreen| self.layer.is_none() && action.is_some_and(|action| lab.is_idle(action));
        let of_tasks = keys::binding(&key, self.context()).is_some_and(keys::Binding::is_of_tasks);
        let in_task = matches!(self.layer, Some(Layer::Task(_) | Layer::Copy(_) | Layer::Ask(_)));
        let live = self.lab.as_ref().map(LabScreen::live);
        Pressed {
            key,
            typed: matches!(self.layer, Some(Layer::Line(_))),
            for_tapes: self.lab.is_some()
                && self.answers(&key)
                && !self.lab.as_ref().is_some_and(idle)
                && !key.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER)
                && !self.leads_out(&key)
                && !in_task
                && (!of_tasks || self.layer.is_some()),
            running: live.is_some_and(|seen| seen.status == Status::Running),
            paced: self.lab.as_ref().is_some_and(LabScreen::goes_by_itself),
            step: live.map_or(0, |seen| seen.step),
            sent: (0, 0),
        }
    }

    /// What goes on by itself, for the one who has a clock: an [`Event::Beat`](crate::ui::Event::Beat) is due every so often.
    /// Nothing does while something lies over the screen.
    pub fn pace(&self) -> Option<Pace> {
        let over = self.layer.is_some();
        self.lab.as_ref().filter(|_| !over).and_then(LabScreen::pace)
    }

    /// What was asked for last was refused, and why: a command that waits to be mended, or an error over the screen.
    pub fn refused(&self) -> Option<String> {
        match &self.layer {
            Some(Layer::Line(line)) => line.error.clone(),
            Some(Layer::Fault(error, _)) => Some(error.what().to_owned()),
            _ => None,
        }
    }

    /// The lab's scripts read so while one of them is being typed, at this line of it.
    pub fn typed_so_far(&mut self, scripts: Vec<ScriptText>, name: &str, line: usize) {
        if let Some(lab) = &mut self.lab {
            lab.typed_so_far(scripts, name, line, self.look);
        }
    }
}
