//! What all panes of an open lab are drawn from: the run, the lab's text and scripts, and the parameter that is looked at.

use std::sync::Arc;

use crate::error::{Error, scrub};
use crate::lab::ScriptText;
use crate::session::Command;
use crate::snapshot::{Snapshot, Speed, Status};
use crate::ui::host::Effect;
use crate::ui::look::theme::Look;
use crate::ui::panes::View;

/// It holds no pane, so that a pane can look at it while it changes itself.
#[derive(Debug)]
pub(super) struct Shown {
    /// The run as it stands.
    pub(super) live: Arc<Snapshot>,
    /// The run as it is shown, while it is held.
    pub(super) frozen: Option<Arc<Snapshot>>,
    about: String,
    scripts: Vec<ScriptText>,
    /// The error with which a file of the lab was saved last; it runs as it was before.
    broken: Option<Error>,
    parameter: usize,
    /// The element of it that the ledger is about.
    element: usize,
}

impl Shown {
    /// Until the run has published something.
    pub(super) fn new(about: &str, scripts: &[ScriptText]) -> Self {
        Self {
            live: Arc::new(Snapshot::failed(Status::Ready, Speed::Max)),
            frozen: None,
            about: prose(about),
            scripts: scripts.to_vec(),
            broken: None,
            parameter: 0,
            element: 0,
        }
    }

    pub(super) fn view(&self, focused: bool, look: Look) -> View<'_> {
        View {
            snapshot: self.frozen.as_ref().unwrap_or(&self.live),
            live: &self.live,
            about: &self.about,
            parameter: self.parameter,
            element: self.element,
            scripts: &self.scripts,
            broken: self.broken.as_ref(),
            focused,
            look,
        }
    }

    /// Holds the picture, or lets it go on.
    pub(super) fn freeze(&mut self) {
        self.frozen = if self.frozen.is_some() { None } else { Some(self.live.clone()) };
    }

    /// Looks at the parameter at this place, or at the last one.
    pub(super) fn look_at(&mut self, place: usize) -> Option<Effect> {
        let place = place.min(self.live.state.len().saturating_sub(1));
        (place != self.parameter).then(|| {
            (self.parameter, self.element) = (place, 0);
            Effect::Send(Command::Focus(place))
        })
    }

    /// Looks at this element of the parameter.
    pub(super) fn look_at_element(&mut self, index: usize) -> Option<Effect> {
        (index != self.element).then(|| {
            self.element = index;
            Effect::Send(Command::Element { parameter: self.parameter, index })
        })
    }

    /// The lab as it was saved last.
    pub(super) fn edited(&mut self, about: &str, scripts: Vec<ScriptText>) {
        self.about = prose(about);
        self.scripts = scripts;
        self.broken = None;
    }

    /// A file was saved with an error: its text stands among the scripts.
    pub(super) fn broken_by(&mut self, error: Error) {
        if let Some(place) = error.place() {
            let text = ScriptText::of(&place.source);
            match self.scripts.iter().position(|script| script.source.name == place.source.name) {
                Some(at) => self.scripts[at] = text,
                None => self.scripts.push(text),
            }
        }
        self.broken = Some(error);
    }
}

/// The lab's text as it may be shown.
fn prose(about: &str) -> String {
    scrub(about).replace('\t', "    ")
}
