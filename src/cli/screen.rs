//! `optlab` and `optlab LAB`: the screen over a worker.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::reload::{Reloader, Saved};
use super::report;
use super::train::{self, worker};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::lab::lab::Subject;
use crate::lab::{Change, Document, Lab, Library, Node, Overrides};
use crate::train::asked::Question;
use crate::train::snapshot::{Command, Snapshot};
use crate::train::{Deed, Edited, Extent, Worker};
use crate::ui::{self, Depth, LabEntry, Leave, News, OpenLab, Opened, Opening, Options, Session, Theme, Watch};

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

/// A worker as the screen needs it. Dropped, it ends the run and waits until its files are written.
struct Live {
    worker: Option<Worker>,
    /// What the lab was opened by.
    spec: String,
    /// The lab as it was read last.
    lab: Lab,
    /// The lab that runs, and what its own run is called, which stays when an edit gives it another rule.
    running: RefCell<(Lab, String)>,
    files: Option<Reloader>,
    /// The files that it was read from, or would be if they were right.
    on_disk: Vec<String>,
    threads: usize,
    restart_on_save: bool,
    out: Option<PathBuf>,
    clock: Clock,
    ended: Ended,
}

impl Session for Live {
    fn send(&self, command: Command) {
        // The end comes with the drop, which also waits for it.
        if matches!(command, Command::Restart { .. }) {
            self.running.replace((self.lab.clone(), self.lab.own_name()));
        }
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
        let (lab, own) = &*self.running.borrow();
        let text = lab.saved(own, snapshot.seed, events)?;
        let edited = events.iter().any(|event| matches!(event.deed, Deed::Edit { .. }));
        super::save::write(Path::new(path), replace, &text)?;
        Ok(match events.len() {
            _ if edited => format!("saved {path}: seed {}, with the edited text from its start on", snapshot.seed),
            0 => format!("saved {path}: seed {}, no knob was turned by hand", snapshot.seed),
            1 => format!("saved {path}: seed {}, one event", snapshot.seed),
            count => format!("saved {path}: seed {}, {count} events", snapshot.seed),
        })
    }

    fn news(&mut self) -> Option<News> {
        let Saved { files, lab, on_disk } = self.files.as_ref()?.saved()?;
        self.on_disk = on_disk;
        Some(match lab {
            Ok(lab) => self.take_up(&files, *lab),
            Err(error) => News::Broken(error),
        })
    }

    fn picture(&self, name: &str, svg: &str) -> Result<String> {
        super::save::picture(&format!("{}-{name}", self.lab.id), svg)
    }

    fn file(&self, script: Option<&str>) -> Result<PathBuf> {
        let ships = |what: &str| {
            let id = &self.lab.id;
            Error::user(format!("{what} is part of the program")).help(format!(
                "`:save {id}.yaml` writes a lab of your own, and `optlab show NAME` prints a script to start from"
            ))
        };
        match script {
            None if Path::new(&self.spec).is_file() => Ok(PathBuf::from(&self.spec)),
            None => Err(ships("this lab")),
            Some(name) if self.on_disk.iter().any(|file| file == name) => Ok(PathBuf::from(name)),
            Some(name) => Err(ships(&format!("`{name}`"))),
        }
    }
}

impl Live {
    /// A series has no state to go on with, and is walked in a moment: another worker begins.
    fn walk_anew(&mut self, what: &str) -> String {
        drop(self.worker.take().map(Worker::finish));
        match worker(&self.lab, self.out.as_deref(), self.threads, false, self.lab.watch.speed, &self.clock) {
            Ok(worker) => {
                self.worker = Some(worker);
                format!("{what} was saved: it starts over")
            }
            Err(error) => format!("{what} was saved, but cannot start: {error}").replace('\n', " "),
        }
    }

    /// What a save means for the run.
    fn take_up(&mut self, files: &[String], lab: Lab) -> News {
        let names: Vec<&str> = files.iter().map(|file| file.rsplit('/').next().unwrap_or(file)).collect();
        let what = names.join(", ");
        let change = self.lab.change_to(&lab);
        let before = std::mem::replace(&mut self.lab, lab);
        let series = matches!(self.lab.subject, Subject::Series(_)) || matches!(before.subject, Subject::Series(_));
        let (extent, notice) = match change {
            Change::Nothing | Change::Shown => (None, format!("{what} was saved: the run is the same")),
            _ if series => (None, self.walk_anew(&what)),
            Change::Live | Change::Start(_) if self.restart_on_save => {
                (Some(Extent::StartOver), format!("{what} was saved: the run starts over"))
            }
            Change::Live => (Some(Extent::Live), format!("{what} was saved: taken up from the next step on")),
            Change::Start(keys) => {
                let keys = keys.join(", ");
                (Some(Extent::NextStart), format!("{what} was saved: r starts over with it, since {keys} changed"))
            }
        };
        let lab = &self.lab;
        match extent {
            Some(Extent::Live) => self.running.get_mut().0 = lab.clone(),
            Some(Extent::StartOver) => *self.running.get_mut() = (lab.clone(), lab.own_name()),
            Some(Extent::NextStart) | None => {}
        }
        if let (Some(extent), Some(worker)) = (extent, &self.worker) {
            let seed = (lab.seed != before.seed).then_some(lab.seed);
            let mut edited = Edited::new(what, extent, seed, train::make(lab, self.threads));
            if self.out.is_some() {
                edited.texts = train::texts(lab);
            }
            worker.send(Command::TakeUp(edited));
        }
        News::Edited { title: lab.title.clone(), about: lab.about.clone(), scripts: lab.script_texts(), notice }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // A script's error was on the screen; only files that could not be written are told after it.
        if let Some(error) = self.worker.take().and_then(|worker| worker.finish().unwritten) {
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
    let lab = Lab::open(spec, &arguments.overrides)?;
    let watch = &lab.watch;
    let worker = worker(&lab, arguments.out.as_deref(), arguments.threads, false, watch.speed, &arguments.clock);
    let worker = worker.map_err(|error| vec![error])?;
    let on_disk = lab.files_on_disk(spec);
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
        session: Box::new(Live {
            worker: Some(worker),
            spec: spec.to_owned(),
            running: RefCell::new((lab.clone(), lab.own_name())),
            files: Reloader::start(spec, &arguments.overrides, on_disk.clone(), &arguments.clock),
            on_disk,
            threads: arguments.threads,
            restart_on_save: arguments.restart_on_save,
            out: arguments.out.clone(),
            clock: arguments.clock.clone(),
            lab,
            ended: ended.clone(),
        }),
    })
}
