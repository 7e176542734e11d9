//! A worker as the screen has it, driven by commands, with a folder to write into.
#![allow(dead_code)] // each test file uses some of it

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use optlab::lab::{Lab, Overrides};
use optlab::run::{Command, Edited, Edition, Extent, LabText};
use optlab::session::{Live, Options};
use optlab::snapshot::{Intervention, Line, RunRow, Snapshot, Speed, TimeRanking};
use tempfile::TempDir;

/// Remembers, logs, prints.
const OBSERVER: &str = r#"
fn memory() { #{ sum: 0.0, before: () } }
fn on_step(run, memory) {
    memory.sum += run.loss;
    run.log("sum", memory.sum);
    if memory.before != () { run.log("turn", dot(memory.before, run.gradient("W1"))); }
    memory.before = run.gradient("W1");
    print("step " + run.step);
}
fn on_epoch(run) { run.log("moved", norm(run.update())); }
"#;

pub struct Machine {
    pub lab: Lab,
    /// The newest one; see [`Machine::settle`].
    pub snapshot: Snapshot,
    worker: Option<Live>,
    folder: TempDir,
    waits: f64,
}

impl Machine {
    pub fn new(text: &str) -> Self {
        Self::with(text, &[])
    }

    /// Of a lab with further files beside it.
    pub fn with(text: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).unwrap());
        std::fs::write(folder.path().join("lab.yaml"), text).unwrap();
        std::fs::write(folder.path().join("watch.rhai"), OBSERVER).unwrap();
        let lab = opened(folder.path().join("lab.yaml"));
        let run = folder.path().join("run");
        let out = Some(if lab.race.is_empty() { run.join(lab.own_name()) } else { run });
        let options = Options { out, way_back: true, ..Options::default() };
        let worker = Some(Live::of(lab.clone(), options, false).unwrap());
        let snapshot = Snapshot::failed(optlab::snapshot::Status::Ready, Speed::Max);
        let mut machine = Self { lab, snapshot, worker, folder, waits: 0.0 };
        machine.settle();
        machine
    }

    pub fn send(&self, command: Command) {
        self.worker.as_ref().unwrap().send(command);
    }

    /// The lab is saved with another text, and taken up as far as `extent` says.
    pub fn edit(&self, text: &str, extent: Extent) {
        std::fs::write(self.folder.path().join("edited.yaml"), text).unwrap();
        let lab = opened(self.folder.path().join("edited.yaml"));
        let edition = Edition::new(LabText::default(), Box::new(move |seed| lab.experiments(seed, 1)));
        self.send(Command::TakeUp(Edited::new("lab.yaml", extent, None, edition)));
    }

    /// Waits until all that was sent was obeyed.
    pub fn settle(&mut self) {
        self.waits += 1.0;
        let speed = Speed::PerSecond(1e6 + self.waits);
        self.send(Command::Speed(speed));
        self.until(|snapshot| snapshot.speed == speed);
    }

    pub fn until(&mut self, come: impl Fn(&Snapshot) -> bool) {
        let began = Instant::now();
        loop {
            if let Some(snapshot) = self.worker.as_ref().unwrap().latest() {
                self.snapshot = Snapshot::clone(&snapshot);
                if come(&self.snapshot) {
                    return;
                }
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{:?} at {}", self.snapshot.status, self.snapshot.step);
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Leaves the run, and gives its summary.
    pub fn finish(&mut self) -> serde_json::Value {
        self.worker.take().unwrap().finish().summary
    }

    /// Leaves the run, and gives the files of all runs that it wrote, as text where they are text, without the seconds.
    pub fn files(&mut self) -> String {
        let files: Vec<String> = self.listed().into_iter().map(|(name, text)| [name, text].join("\n")).collect();
        files.join("\n")
    }

    fn listed(&mut self) -> Vec<(String, String)> {
        self.settle();
        if let Some(worker) = self.worker.take() {
            worker.finish();
        }
        let mut files = Vec::new();
        let mut folders = vec![self.folder.path().join("run")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "csv" || ending == "safetensors") {
                    let text = std::fs::read(&path).unwrap().escape_ascii().to_string().replace("\\n", "\n");
                    let last = |row: &str| row.rsplit_once(',').unwrap().0.to_owned();
                    let text =
                        if name == "epochs.csv" { text.lines().map(last).collect::<Vec<_>>().join("\n") } else { text };
                    files.push((path.strip_prefix(self.folder.path()).unwrap().display().to_string(), text));
                }
            }
        }
        files.sort();
        files
    }

    /// A column of a table of the lab's own run, which is left.
    pub fn column(&mut self, table: &str, column: usize) -> Vec<String> {
        let files = self.listed();
        let name = format!("{}/{table}", self.lab.own_name());
        let (_, text) = files.iter().find(|(file, _)| file.ends_with(&name)).unwrap();
        text.lines().skip(1).map(|row| row.split(',').nth(column).unwrap().to_owned()).collect()
    }
}

/// Scripts recurse, so a lab is opened on a large stack.
fn opened(path: PathBuf) -> Lab {
    let open = move || match Lab::open(&path.display().to_string(), &Overrides::default()) {
        Ok(lab) => lab,
        Err(errors) => panic!("{}", errors[0].render(false)),
    };
    std::thread::Builder::new().stack_size(optlab::train::STACK).spawn(open).unwrap().join().unwrap()
}

/// A snapshot without what depends on the clock: seconds, and which steps were watched for the trends.
pub fn timeless(snapshot: &Snapshot) -> String {
    let mut snapshot = snapshot.clone();
    (snapshot.speed, snapshot.steps_per_second) = (Speed::Max, 0.0);
    snapshot.epochs.iter_mut().for_each(|row| row.seconds = 0.0);
    // Of the session's runs the present ones alone, without their times and what was set over the lab's file.
    let present = std::mem::take(&mut snapshot.runs).present;
    let timeless = |row| RunRow { id: 0, number: 0, seconds: 0.0, settings: Arc::default(), ..row };
    snapshot.runs.present = present.into_iter().map(timeless).collect();
    snapshot.state.iter_mut().flat_map(|state| &mut state.values).for_each(|value| value.trend = Line::default());
    snapshot.timeline.bytes = 0;
    snapshot.timeline.seen = snapshot.step;
    snapshot.timeline.events.retain(|event| event.step <= snapshot.step);
    // Recipes are counted as they come, those of futures that were given up as well.
    for event in &mut snapshot.timeline.events {
        if let Intervention::Edit { recipe, .. } = &mut event.what {
            *recipe = 0;
        }
    }
    // They say the same, but name the run as soon as a fork is known to come.
    snapshot.timeline.marks.clear();
    snapshot.timeline.refused = None;
    // An edit that was taken up further on is known back here, too.
    snapshot.timeline.saved = None;
    if let Some(race) = &mut snapshot.race {
        for run in &mut race.runs {
            run.seconds = None;
            run.epoch.iter_mut().for_each(|row| row.seconds = 0.0);
        }
        race.equal_time = TimeRanking::Unmeasured;
    }
    format!("{snapshot:#?}")
}
