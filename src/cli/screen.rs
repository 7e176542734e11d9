//! `optlab` and `optlab LAB`: the screen over a worker.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::report;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::lab::{Document, Library, Node, Overrides};
use crate::run::{Command, Query};
use crate::session::{self, FileChange, Live, Setting};
use crate::snapshot::Snapshot;
use crate::ui::{self, Depth, Host, LabEntry, Leave, OpenLab, Opened, Opening, Options, Theme, Watch};

/// What the screen is told.
pub(super) struct Arguments {
    pub lab: Option<String>,
    pub overrides: Overrides,
    pub theme: Option<String>,
    pub ascii: bool,
    pub depth: Depth,
    pub fps: u8,
    pub mouse: bool,
    pub out: Option<PathBuf>,
    pub threads: usize,
    pub restart_on_save: bool,
    pub clock: Clock,
}

/// A session as the screen needs it. Dropped, it ends the runs and waits until their files are written.
struct Hosted {
    live: Option<Live>,
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

    fn latest(&self) -> Option<Arc<Snapshot>> {
        self.live.as_ref()?.latest()
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
        self.live.as_mut()?.file_change()
    }

    fn picture(&self, name: &str, svg: &str) -> Result<String> {
        super::picture::write(&format!("{}-{name}", self.live()?.lab().id), svg)
    }

    fn file(&self, script: Option<&str>) -> Result<PathBuf> {
        self.live()?.file(script)
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
    let opening = |title: &str, spec: &str| {
        let (spec, arguments, ended) = (spec.to_owned(), arguments.clone(), ended.clone());
        Opening::start(title, &arguments.clock.clone(), move || open(&spec, &arguments, &ended))
    };
    let first = arguments.lab.as_ref().map(|spec| opening(spec, spec));
    let mut options = Options {
        ascii: arguments.ascii,
        depth: arguments.depth,
        fps: f64::from(arguments.fps),
        mouse: arguments.mouse,
        ..Options::default()
    };
    if let Some(theme) = arguments.theme.as_deref().and_then(Theme::named) {
        options.theme = theme;
    }
    let entries = if first.is_some() { Vec::new() } else { entries() };
    let leave = ui::run(
        entries,
        |entry: &LabEntry| opening(&entry.title, &entry.path),
        first,
        options,
        arguments.clock.clone(),
    )?;
    if let Some(error) = ended.lock().unwrap_or_else(PoisonError::into_inner).take() {
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

fn open(spec: &str, arguments: &Arguments, ended: &Ended) -> Opened {
    let options = session::Options {
        out: arguments.out.clone(),
        threads: arguments.threads,
        clock: arguments.clock.clone(),
        limit: None,
        way_back: true,
        restart_on_save: arguments.restart_on_save,
    };
    let live = Live::open(spec, &arguments.overrides, options)?;
    let lab = live.lab();
    let watch = &lab.watch;
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
        host: Box::new(Hosted { live: Some(live), ended: ended.clone() }),
    })
}
