//! What the screen needs from outside: a host that keeps the run and its files, and the labs that it opens. Nothing here
//! draws.

pub mod effect;
pub mod event;
pub mod onlooker;
pub mod opening;
pub mod pace;
pub mod tasks;

pub use effect::Effect;
pub use event::Event;

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::Result;
use crate::lab::{Lab, ScriptText};
use crate::session::Command;
pub use crate::session::Editable;
pub use crate::session::FileChange;
use crate::session::Obeyed;
use crate::session::Query;
use crate::session::Setting;
use crate::snapshot::{Snapshot, Speed, TasksSeen};
use crate::ui::host::opening::Opening;
use crate::ui::host::tasks::Deed;
use crate::ui::look::theme::Theme;

/// A run, as the screen needs it. Dropping it gives the run up.
pub trait Host: Send {
    /// Asks something of the run; never waits for it.
    fn send(&self, command: Command);
    /// How many commands were sent to the run.
    fn sent(&self) -> u64;
    /// The commands that the run obeyed since this was asked last, and where it stood then.
    fn obeyed(&self) -> Vec<Obeyed>;
    /// The newest snapshot, if there is one that was not taken yet.
    fn latest(&self) -> Option<Arc<Snapshot>>;
    /// Compiles an expression over the run.
    fn query(&self, text: &str) -> Result<Query>;
    /// Writes the run as a lab, and tells what was written; a file that is there is replaced only if that is said.
    fn save(&self, path: &str, replace: bool, snapshot: &Snapshot) -> Result<String>;
    /// Lays values over the lab, or takes some back; what has come of it is told by [`Host::file_change`].
    fn set(&mut self, setting: &Setting) -> Result<()>;
    /// What has happened to the lab's files since it was asked last.
    fn file_change(&mut self) -> Option<FileChange>;
    /// Writes a picture of the screen, in a file of which the name tells the lab and ends so; returns its name.
    fn picture(&self, name: &str, svg: &str) -> Result<String>;
    /// What to open in an editor, a script by its name or else the lab: a file of the user's, or a copy that would have to
    /// be made of what is part of the program.
    fn file(&self, script: Option<&str>) -> Result<Editable>;
    /// Makes that copy and goes on with it: gives the file to open in an editor, and what is shown of it.
    fn copy(&mut self, script: Option<&str>) -> Result<(PathBuf, FileChange)>;
    /// The scripts of the user's own that may be named at the key of this path, as they are written there.
    fn scripts(&self, path: &str) -> Vec<String>;
    /// Writes what holds into the user's file of settings, with this theme, and tells what was written.
    fn keep(&self, theme: Theme) -> Result<String>;
    /// The lab's tasks as they stand, if they have changed since this was asked last; never of a lab that asks nothing.
    fn tasks(&mut self) -> Option<Arc<TasksSeen>>;
    /// Does something with a task, without waiting for what comes of it, which [`Host::tasks`] tells.
    fn task(&mut self, id: &str, deed: &Deed) -> Result<()>;
    /// The file in which a student writes the sentences of a task. Once they are written they are taken with
    /// [`Deed::Written`].
    fn sentences(&mut self, id: &str) -> Result<PathBuf>;
}

/// The labs that the screen can open.
pub trait Labs {
    /// The list of them as it is now, those of one group together, and what kept some from being listed.
    fn entries(&mut self) -> (Vec<LabEntry>, Option<String>);
    /// Begins to open one.
    fn open(&mut self, entry: &LabEntry) -> Opening;
}

/// A row in the list of labs.
#[derive(Debug, Clone, PartialEq)]
pub struct LabEntry {
    /// Where it comes from, as a heading over those that stand together: `this folder`.
    pub group: String,
    /// What it is called: its id where that opens it, else the name of its file.
    pub id: String,
    /// One line.
    pub title: String,
    /// What it is about, in a few sentences.
    pub summary: String,
    /// What opens it: a path, or a shipped lab's id.
    pub path: String,
    /// What it asks of its student, and how far that is done; none of a lab that asks nothing.
    pub done: Option<Done>,
}

/// How far a lab is done, for its row in the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Done {
    /// Points so far.
    pub points: f64,
    /// Points of all tasks that students see.
    pub of: f64,
    /// Its student has begun with it.
    pub begun: bool,
    /// No task is open any more.
    pub all: bool,
    /// Tasks that were answered and are judged later, by a person or a grader.
    pub waits: usize,
    /// Points that these may bring.
    pub later: f64,
    /// It is the lab of which a task was done last.
    pub last: bool,
}

/// How the screen of a lab starts.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    /// The parameter to look at: `W1`, or an element of it, `W1[3,5]`.
    pub parameter: Option<String>,
    /// Names of panes, the most important first; names that are not known are passed over.
    pub panes: Vec<String>,
    /// The speed to start with.
    pub speed: Speed,
    /// The lab's scripts, its rule first.
    pub scripts: Vec<ScriptText>,
}

impl Watch {
    /// How the screen of a lab starts.
    pub fn of(lab: &Lab) -> Self {
        let watch = &lab.watch;
        Self {
            parameter: watch.parameter.as_ref().map(|watched| watched.text.clone()),
            panes: watch.panes.iter().map(|pane| (*pane).to_owned()).collect(),
            speed: watch.speed,
            scripts: lab.script_texts(),
        }
    }
}

/// A lab that was opened, with its run ready at step 0.
pub struct OpenLab {
    /// The lab's stable name.
    pub id: String,
    /// One line.
    pub title: String,
    /// The lab's text, in Markdown.
    pub about: String,
    /// How the screen starts.
    pub watch: Watch,
    /// What the line of hints says at first.
    pub notice: Option<String>,
    /// Its run.
    pub host: Box<dyn Host>,
}

/// Why the screen was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// The user asked for it: exit code 0.
    Quit,
    /// A signal of that number, or a terminal that is gone (then `SIGHUP`, 1): exit code 128 + N.
    Signal(i32),
}
