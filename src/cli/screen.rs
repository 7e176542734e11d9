//! `optlab` and `optlab LAB`: the screen over a worker.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::report;
use super::train::worker;
use crate::error::{Error, Result};
use crate::lab::{Document, Lab, Library, Node, Overrides};
use crate::train::Worker;
use crate::train::asked::Question;
use crate::train::snapshot::{Command, Snapshot};
use crate::ui::{self, LabEntry, Leave, OpenLab, Options, Session, Theme, Watch};

/// What the screen is told.
pub(super) struct Arguments {
    pub lab: Option<String>,
    pub overrides: Overrides,
    pub theme: Option<String>,
    pub ascii: bool,
    pub fps: u8,
    pub mouse: bool,
    pub out: Option<PathBuf>,
    pub threads: usize,
}

/// A worker as the screen needs it. Dropped, it ends the run and waits until its files are written.
struct Live {
    worker: Option<Worker>,
    /// The lab, for saving.
    lab: Lab,
    /// Where the error of a failed end goes, since the screen is gone by then.
    ended: Arc<std::sync::Mutex<Option<Error>>>,
}

impl Session for Live {
    fn send(&self, command: Command) {
        // The end comes with the drop, which also waits for it.
        if let (Some(worker), true) = (&self.worker, command != Command::Quit) {
            worker.send(command);
        }
    }

    fn latest(&self) -> Option<Arc<Snapshot>> {
        self.worker.as_ref()?.latest()
    }

    fn question(&self, text: &str) -> Result<Question> {
        crate::script::question(text)
    }

    fn save(&self, path: &str, replace: bool, snapshot: &Snapshot) -> Result<String> {
        let events = &snapshot.timeline.events;
        let text = self.lab.saved(snapshot.seed, events)?;
        super::save::write(Path::new(path), replace, &text)?;
        Ok(match events.len() {
            0 => format!("saved {path}: seed {}, no knob was turned by hand", snapshot.seed),
            1 => format!("saved {path}: seed {}, one event", snapshot.seed),
            count => format!("saved {path}: seed {}, {count} events", snapshot.seed),
        })
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // A script's error was on the screen; only files that could not be written are told after it.
        if let Some(error) = self.worker.take().and_then(|worker| worker.finish().unwritten) {
            *self.ended.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(error);
        }
    }
}

/// Shows the list of labs or one lab, and gives the exit code.
pub(super) fn run(arguments: &Arguments) -> u8 {
    match show(arguments) {
        Ok(code) => code,
        Err(errors) => report::errors(&errors),
    }
}

fn show(arguments: &Arguments) -> Result<u8, Vec<Error>> {
    let ended = Arc::new(std::sync::Mutex::new(None));
    let first = match &arguments.lab {
        None => None,
        Some(spec) => Some(open(spec, arguments, &ended)?),
    };
    let mut options =
        Options { ascii: arguments.ascii, fps: f64::from(arguments.fps), mouse: arguments.mouse, ..Options::default() };
    if let Some(theme) = arguments.theme.as_deref().and_then(Theme::named) {
        options.theme = theme;
    }
    let entries = if first.is_some() { Vec::new() } else { entries() };
    let leave = ui::run(
        entries,
        |entry: &LabEntry| open(&entry.path, arguments, &ended).map_err(|mut errors| errors.swap_remove(0)),
        first,
        options,
    )
    .map_err(|error| vec![error])?;
    if let Some(error) = ended.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take() {
        return Err(vec![error]);
    }
    Ok(match leave {
        Leave::Quit => 0,
        Leave::Signal(signal) => 128_u8.saturating_add(u8::try_from(signal).unwrap_or(0)),
    })
}

/// The shipped labs, with the first paragraph of each one's text.
fn entries() -> Vec<LabEntry> {
    Library::shipped()
        .labs()
        .iter()
        .map(|file| {
            // Only read here; it is checked when it is opened.
            let about = Document::parse(&file.name(), file.text).ok().and_then(|document| {
                match document.root().child(&"about".into()) {
                    Some(Node::Str(text)) => {
                        let prose = text.split("\n\n").find(|part| !part.trim().is_empty() && !part.starts_with('#'));
                        prose.map(|part| part.replace('\n', " "))
                    }
                    _ => None,
                }
            });
            LabEntry {
                id: file.id.clone(),
                title: file.title.clone(),
                summary: about.unwrap_or_default(),
                path: file.id.clone(),
            }
        })
        .collect()
}

fn open(
    spec: &str,
    arguments: &Arguments,
    ended: &Arc<std::sync::Mutex<Option<Error>>>,
) -> Result<OpenLab, Vec<Error>> {
    let lab = Lab::open(spec, &arguments.overrides)?;
    let watch = &lab.watch;
    let worker = worker(&lab, arguments.out.as_deref(), arguments.threads, false, watch.speed);
    let worker = worker.map_err(|error| vec![error])?;
    Ok(OpenLab {
        id: lab.id.clone(),
        title: lab.title.clone(),
        about: lab.about.clone(),
        watch: Watch {
            parameter: watch.parameter.as_ref().map(|watched| watched.text.clone()),
            panes: watch.panes.iter().map(|pane| (*pane).to_owned()).collect(),
            speed: watch.speed,
            scripts: lab.script_texts(),
        },
        notice: match lab.warnings.as_slice() {
            [] => None,
            [one] => Some(format!("warning: {}", one.what())),
            [first, others @ ..] => Some(format!("warning: {} (and {} more)", first.what(), others.len())),
        },
        session: Box::new(Live { worker: Some(worker), lab, ended: ended.clone() }),
    })
}
