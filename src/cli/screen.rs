//! `optlab` and `optlab LAB`: the screen over a worker.

mod done;
mod lane;
mod met;
mod recording;
mod sentences;
mod tasks;
#[cfg(test)]
mod tasks_tests;

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use self::tasks::Tasks;
use super::config::Known;
use super::report;
use crate::clock::Clock;
use crate::course;
use crate::error::{Error, Result};
use crate::lab::Overrides;
use crate::run::{Command, Obeyed, Query};
use crate::session::{self, Editable, FileChange, Live, Setting};
use crate::settings::{self, Why};
use crate::snapshot::Snapshot;
use crate::snapshot::TasksSeen;
use crate::ui::{self, Deed, Depth, Host, LabEntry, Labs, Leave, OpenLab, Opened, Opening, Options, Theme, Watch};

/// What the screen is told.
pub(super) struct Arguments {
    pub lab: Option<String>,
    pub overrides: Overrides,
    pub settings: Known,
    pub ascii: bool,
    pub fps: u8,
    pub mouse: bool,
    pub out: Option<PathBuf>,
    pub record: Option<PathBuf>,
    pub tape: Option<PathBuf>,
    pub restart_on_save: bool,
    pub clock: Clock,
}

/// A session as the screen needs it. Dropped, it ends the runs and waits until their files are written.
struct Hosted {
    live: Option<Live>,
    /// What the lab asks, if it asks anything.
    tasks: Option<Tasks>,
    /// The newest snapshot, until its goals were looked at.
    shown: RefCell<Option<Arc<Snapshot>>>,
    arguments: Arc<Arguments>,
    ended: Ended,
}

impl Hosted {
    /// The session, which is there until the drop.
    fn live(&self) -> Result<&Live> {
        self.live.as_ref().ok_or_else(|| Error::fault("the lab was left"))
    }
}

impl Host for Hosted {
    fn send(&self, command: Command) {
        // The end comes with the drop, which also waits for it.
        if let (Some(live), true) = (&self.live, command != Command::Quit) {
            live.send(command);
        }
    }

    fn sent(&self) -> u64 {
        self.live.as_ref().map_or(0, Live::sent)
    }

    fn obeyed(&self) -> Vec<Obeyed> {
        self.live.as_ref().map_or_else(Vec::new, Live::obeyed)
    }

    fn latest(&self) -> Option<Arc<Snapshot>> {
        let latest = self.live.as_ref()?.latest();
        if self.tasks.is_some() && latest.is_some() {
            self.shown.replace(latest.clone());
        }
        latest
    }

    fn query(&self, text: &str) -> Result<Query> {
        crate::script::query(text)
    }

    fn save(&self, path: &str, replace: bool, snapshot: &Snapshot) -> Result<String> {
        self.live()?.save(path, replace, snapshot)
    }

    fn set(&mut self, setting: &Setting) -> Result<()> {
        self.live.as_mut().ok_or_else(|| Error::fault("the lab was left"))?.set(setting)
    }

    fn file_change(&mut self) -> Option<FileChange> {
        let live = self.live.as_mut()?;
        let change = live.file_change()?;
        // Values that are laid over the lab by hand change no file.
        match (&change, &mut self.tasks) {
            (FileChange::Edited { .. }, Some(tasks)) => tasks.take_up(live.lab()),
            (FileChange::Broken(_), Some(tasks)) => tasks.saved_broken(),
            _ => {}
        }
        Some(change)
    }

    fn picture(&self, name: &str, svg: &str) -> Result<String> {
        super::picture::write(&format!("{}-{name}", self.live()?.lab().id), svg)
    }

    fn file(&self, script: Option<&str>) -> Result<Editable> {
        self.live()?.file(script)
    }

    fn copy(&mut self, script: Option<&str>) -> Result<(PathBuf, FileChange)> {
        let live = self.live.as_mut().ok_or_else(|| Error::fault("the lab was left"))?;
        let copied = live.copy(script)?;
        self.tasks.iter_mut().for_each(|tasks| tasks.take_up(live.lab()));
        Ok(copied)
    }

    fn scripts(&self, path: &str) -> Vec<String> {
        self.live.as_ref().map(|live| live.lab().own_scripts_at(path)).unwrap_or_default()
    }

    fn keep(&self, theme: Theme) -> Result<String> {
        keep(&self.arguments.settings, theme)
    }

    fn tasks(&mut self) -> Option<Arc<TasksSeen>> {
        let tasks = self.tasks.as_mut()?;
        if let Some(shown) = self.shown.take() {
            tasks.look_at(&shown);
        }
        tasks.news()
    }

    fn task(&mut self, id: &str, deed: &Deed) -> Result<()> {
        self.tasks.as_mut().ok_or_else(|| asks_nothing(id))?.act(id, deed)
    }

    fn sentences(&mut self, id: &str) -> Result<PathBuf> {
        self.tasks.as_mut().ok_or_else(|| asks_nothing(id))?.sentences(id)
    }
}

fn asks_nothing(id: &str) -> Error {
    Error::user(format!("this lab asks nothing, so that there is no task `{id}`"))
}

/// Writes what holds into the file of settings, and tells what was written.
fn keep(known: &Known, theme: Theme) -> Result<String> {
    let mut values = Vec::new();
    for held in &known.held {
        let value = match held.setting {
            // A terminal without colours says nothing of the next one.
            settings::Setting::Theme if held.why == Why::Variable("NO_COLOR") && theme == Theme::Mono => None,
            settings::Setting::Theme => Some(theme.name().to_owned()),
            // What a folder says holds in it, and nowhere else.
            settings::Setting::Lang if matches!(held.why, Why::Folder(_)) => None,
            _ => held.value.clone(),
        };
        values.extend(value.map(|value| (held.setting, value)));
    }
    let file = settings::keep(&values)?;
    let told: Vec<String> = values.iter().map(|(setting, value)| format!("{} {value}", setting.name())).collect();
    Ok(format!("kept {} in {}", told.join(", "), file.display()))
}

/// What is wrong with the file of settings, in a line.
fn warned(problems: &[Error]) -> Option<String> {
    let first = settings::told(problems.first()?);
    Some(match problems.len() {
        1 => format!("warning: {first}"),
        all => format!("warning: {first} (and {} more: `optlab config` shows them)", all - 1),
    })
}

/// The labs that can be opened from here.
struct Here {
    arguments: Arc<Arguments>,
    ended: Ended,
}

impl Here {
    fn opening(&self, title: &str, spec: &str) -> Opening {
        let (spec, arguments, ended) = (spec.to_owned(), self.arguments.clone(), self.ended.clone());
        Opening::start(title, &self.arguments.clock, move || open(&spec, &arguments, &ended))
    }
}

impl Labs for Here {
    fn entries(&mut self) -> (Vec<LabEntry>, Option<String>) {
        let (labs, notes) = course::labs::labs(self.arguments.overrides.language.as_deref());
        (done::entries(labs, &self.arguments.clock), Some(notes.join("; ")).filter(|notes| !notes.is_empty()))
    }

    fn open(&mut self, entry: &LabEntry) -> Opening {
        self.opening(&entry.title, &entry.path)
    }
}

impl Drop for Hosted {
    fn drop(&mut self) {
        // A script's error was on the screen; only files that could not be written are told after it.
        if let Some(error) = self.live.take().map(Live::finish).and_then(|outcome| outcome.unwritten) {
            *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    }
}

/// Shows the list of labs or one lab, and gives the exit code.
pub(super) fn run(arguments: Arguments) -> u8 {
    match show(&Arc::new(arguments)) {
        Ok(code) => code,
        Err(errors) => report::errors(&errors),
    }
}

/// Where the error of a failed end goes, since the screen is gone by then.
type Ended = Arc<Mutex<Option<Error>>>;

fn show(arguments: &Arc<Arguments>) -> Result<u8, Vec<Error>> {
    let ended = Ended::default();
    let labs = Here { arguments: arguments.clone(), ended: ended.clone() };
    let first = arguments.lab.as_ref().map(|spec| labs.opening(spec, spec));
    let known = &arguments.settings;
    let mut options = Options {
        ascii: arguments.ascii,
        depth: known.value(settings::Setting::Colors).and_then(Depth::named).unwrap_or_default(),
        fps: f64::from(arguments.fps),
        mouse: arguments.mouse,
        editor: known.value(settings::Setting::Editor).map(str::to_owned),
        notice: warned(&known.settings.problems),
        ..Options::default()
    };
    if let Some(theme) = known.value(settings::Setting::Theme).and_then(Theme::named) {
        options.theme = theme;
    }
    let (onlookers, written) = recording::onlookers(arguments, options.theme)?;
    let leave = ui::run(labs, first, options, onlookers, arguments.clock.clone())?;
    recording::was_written(&written).map_err(|error| vec![error])?;
    if let Some(error) = ended.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(vec![error]);
    }
    Ok(match leave {
        Leave::Quit => 0,
        Leave::Signal(signal) => 128_u8.saturating_add(u8::try_from(signal).unwrap_or(0)),
    })
}

fn open(spec: &str, arguments: &Arc<Arguments>, ended: &Ended) -> Opened {
    let options = session::Options {
        out: arguments.out.clone(),
        threads: arguments.settings.threads(),
        clock: arguments.clock.clone(),
        limit: None,
        way_back: true,
        restart_on_save: arguments.restart_on_save,
    };
    let spec = course::labs::named(spec);
    let live = Live::open(&spec, &arguments.overrides, options)?;
    let lab = live.lab();
    let tasks = Tasks::of(lab, &spec, arguments.settings.student(&spec, &arguments.clock), &arguments.clock);
    Ok(OpenLab {
        id: lab.id.clone(),
        title: lab.title.clone(),
        about: lab.about.clone(),
        watch: Watch::of(lab),
        notice: lab.warned(),
        host: Box::new(Hosted {
            live: Some(live),
            tasks,
            shown: RefCell::default(),
            arguments: arguments.clone(),
            ended: ended.clone(),
        }),
    })
}
