//! What all panes of an open lab are drawn from: the run, the lab's text and scripts, and the parameter that is looked at.

use std::path::Path;
use std::sync::Arc;

use super::tasks::Tasks;
use crate::error::{Error, Source, scrub, scrub_line};
use crate::lab::ScriptText;
use crate::session::Command;
use crate::snapshot::{ScriptTexts, Snapshot, Speed, Status};
use crate::ui::host::Effect;
use crate::ui::look::theme::Look;
use crate::ui::panes::View;
use crate::ui::panes::bears;

/// Scripts of an edition of the lab that is not the newest.
#[derive(Debug, Clone)]
struct Older {
    /// As the run told them.
    told: ScriptTexts,
    /// As they are shown.
    shown: Vec<ScriptText>,
    /// The names of those that are another text now, or are gone.
    edited: Vec<String>,
}

/// It holds no pane, so that a pane can look at it while it changes itself.
#[derive(Debug)]
pub(super) struct Shown {
    /// The run as it stands.
    pub(super) live: Arc<Snapshot>,
    /// The run as it is shown, while it is held.
    pub(super) frozen: Option<Arc<Snapshot>>,
    about: String,
    scripts: Vec<ScriptText>,
    /// Those by which the run goes on where it stands, and where it is held, if they are other ones.
    scripts_there: Option<Older>,
    frozen_there: Option<Older>,
    /// The error with which a file of the lab was saved last; it runs as it was before.
    broken: Option<Error>,
    /// Keys that were saved with other values than those that are laid over them.
    pub(super) covered: Vec<String>,
    /// In a walk through the phases of an update, how many lines of the ledger are worked so far.
    pub(super) worked: Option<usize>,
    /// What the lab asks, if it asks anything.
    pub(super) tasks: Option<Tasks>,
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
            scripts_there: None,
            frozen_there: None,
            broken: None,
            covered: Vec::new(),
            worked: None,
            tasks: None,
            parameter: 0,
            element: 0,
        }
    }

    pub(super) fn view(&self, focused: bool, look: Look) -> View<'_> {
        // What was saved with an error is there to be mended.
        let there = if self.frozen.is_some() { &self.frozen_there } else { &self.scripts_there };
        let older = there.as_ref().filter(|_| self.broken.is_none());
        View {
            snapshot: self.frozen.as_ref().unwrap_or(&self.live),
            live: &self.live,
            about: &self.about,
            parameter: self.parameter,
            element: self.element,
            scripts: older.map_or(&self.scripts, |older| &older.shown),
            older_scripts: older.map_or(&[], |older| &older.edited),
            broken: self.broken.as_ref(),
            tasks: self.tasks.as_ref().map(Tasks::tasked),
            worked: self.worked.filter(|_| self.frozen.is_none()),
            focused,
            look,
        }
    }

    /// Holds the picture, or lets it go on.
    pub(super) fn freeze(&mut self) {
        self.frozen = if self.frozen.is_some() { None } else { Some(self.live.clone()) };
        self.frozen_there = self.scripts_there.clone();
    }

    /// The run as it stands now.
    pub(super) fn take(&mut self, snapshot: Arc<Snapshot>) {
        self.live = snapshot;
        self.look_for_older_scripts();
    }

    /// Other tasks are asked, maybe of other files.
    pub(super) fn look_at_asked_files(&mut self) {
        self.scripts_there = None;
        self.look_for_older_scripts();
    }

    /// Whether the run goes on by other scripts than the newest ones. Looked at closely only where that can have changed.
    fn look_for_older_scripts(&mut self) {
        let told = &self.live.timeline.scripts;
        let known = self.scripts_there.as_ref().map(|older| &older.told);
        if told.as_ref().zip(known).is_some_and(|(told, known)| Arc::ptr_eq(told, known)) {
            return;
        }
        let older = told.as_ref().filter(|told| !self.is_newest(told));
        self.scripts_there = older.map(|told| {
            let shown = self.as_shown(told);
            let edited = shown.iter().filter(|script| !self.scripts.contains(script));
            let edited = edited.map(|script| script.source.name.clone()).collect();
            Older { told: told.clone(), shown, edited }
        });
    }

    /// The script of the newest edition that bears such a name, which may be written without its folder.
    fn newest(&self, name: &str) -> Option<&ScriptText> {
        let bears = |own: &str| own.strip_suffix(name).is_some_and(|folder| folder.is_empty() || folder.ends_with('/'));
        self.scripts.iter().find(|script| bears(&script.source.name))
    }

    /// Files that tasks ask for and that no run is made of; each is as it was saved last, wherever the run stands.
    fn only_asked<'s>(&'s self, told: &'s [(String, String)]) -> impl Iterator<Item = &'s ScriptText> {
        let tasks = self.tasks.iter().flat_map(|tasks| &tasks.tasked().seen.tasks);
        let asked: Vec<&String> = tasks.flat_map(|task| task.asks.files()).collect();
        self.scripts.iter().filter(move |script| {
            let name = &script.source.name;
            let of_run = told.iter().any(|(own, _)| self.newest(own).is_some_and(|own| own.source.name == *name));
            !of_run && asked.iter().any(|file| bears(name, file))
        })
    }

    fn is_newest(&self, told: &[(String, String)]) -> bool {
        told.len() + self.only_asked(told).count() == self.scripts.len()
            && told.iter().all(|(name, text)| self.newest(name).is_some_and(|script| script.source.text == *text))
    }

    /// Scripts in the order of the newest ones, the run's own rule first.
    fn as_shown(&self, told: &[(String, String)]) -> Vec<ScriptText> {
        let shown = |(name, text): &(String, String)| match self.newest(name) {
            Some(script) if script.source.text == *text => script.clone(),
            other => {
                let name = other.map_or(name, |script| &script.source.name);
                ScriptText::of(&Source::new(name.clone(), text.clone()))
            }
        };
        let mut all: Vec<ScriptText> = told.iter().map(shown).chain(self.only_asked(told).cloned()).collect();
        let place = |script: &ScriptText| self.scripts.iter().position(|own| own.source.name == script.source.name);
        let is_rule = |script: &ScriptText| Path::new(&script.source.name).file_stem() == Some(self.live.rule.as_ref());
        all.sort_by_key(|script| (!is_rule(script), place(script).unwrap_or(usize::MAX)));
        all
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
        (self.scripts_there, self.frozen_there) = (None, None);
        self.look_for_older_scripts();
    }

    /// Its scripts read so while one of them is being typed.
    pub(super) fn typed_so_far(&mut self, scripts: Vec<ScriptText>) {
        self.scripts = scripts;
        (self.scripts_there, self.frozen_there) = (None, None);
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

/// That what is shown has other values than the file as it was saved, the longest words first; none where it has not.
pub(super) fn told_of_covered(keys: &[String]) -> Option<Vec<String>> {
    let are = if keys.len() == 1 { "is" } else { "are" };
    let all = scrub_line(&keys.join(" "));
    (!keys.is_empty()).then(|| {
        vec![
            format!("{all} {are} as set, not as saved: :unset {all} shows the file's"),
            format!("{all} {are} as set, not as saved: :unset shows the file's"),
            "set values cover what was saved: :unset shows the file's".to_owned(),
        ]
    })
}

/// The lab's text as it may be shown.
fn prose(about: &str) -> String {
    scrub(about).replace('\t', "    ")
}
