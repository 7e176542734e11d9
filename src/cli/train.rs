//! `optlab train LAB`: trains without a screen, with a progress bar on a terminal and plain lines elsewhere.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::signals::Signals;
use super::{report, series};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::lab::Lab;
use crate::lab::lab::Subject;
use crate::train::snapshot::{Speed, Status};
use crate::train::{Dirs, LabText, Make, Outcome, RunDir, Start, Worker};

/// What `optlab train` is told.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A lab file, or the id of a shipped lab.
    lab: String,
    #[command(flatten)]
    changes: super::Changes,
    /// Write the run's files into this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one line of JSON, last on standard output.
    #[arg(long)]
    json: bool,
    /// Say nothing but errors.
    #[arg(long, short)]
    quiet: bool,
    /// Threads that may work; never changes a number.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
}

/// A worker on a lab of any kind.
pub(super) fn worker(
    lab: &Lab,
    out: Option<&Path>,
    threads: usize,
    headless: bool,
    speed: Speed,
    clock: &Clock,
) -> Result<Worker> {
    if let Subject::Series(_) = lab.subject {
        return series::worker(lab, out, headless, speed, clock);
    }
    let dirs = match out {
        None => Dirs::default(),
        Some(path) if lab.race.is_empty() => Dirs { whole: None, each: vec![folder(path, lab, &[])?] },
        Some(path) => {
            let runs = lab.runs();
            let names: Vec<&str> = runs.iter().map(|(name, _)| name.as_str()).collect();
            let whole = folder(path, lab, &names)?;
            let each = runs.iter().map(|(name, lab)| folder(&path.join(name), lab, &[])).collect::<Result<_>>()?;
            Dirs { whole: Some(whole), each }
        }
    };
    Worker::start(Start {
        lab: lab.id.clone(),
        make: make(lab, threads),
        printed: Arc::new(crate::script::take_log),
        // The command line tells warnings at once; on the screen they are the first lines of the run's log.
        log: if headless { Vec::new() } else { lab.warnings.iter().map(|w| format!("warning: {w}")).collect() },
        dirs,
        threads,
        headless,
        speed,
        clock: clock.clone(),
    })
}

/// A lab as folders have it: for that of a race, then for each run's.
pub(super) fn texts(lab: &Lab) -> Vec<LabText> {
    let text = |lab: &Lab| LabText { lab: lab.resolved.clone(), scripts: scripts(lab) };
    std::iter::once(text(lab)).chain(lab.runs().into_iter().map(|(_, lab)| text(lab))).collect()
}

/// Makes the runs of a lab.
pub(super) fn make(lab: &Lab, threads: usize) -> Make {
    let own = lab.clone();
    // The runs of a race share the threads.
    let each = (threads / lab.race.len().max(1)).max(1);
    Box::new(move |seed| own.experiments(seed, each))
}

/// The folder of a run, or of a race with the names of its runs.
fn folder(path: &Path, lab: &Lab, racers: &[&str]) -> Result<RunDir> {
    RunDir::create(path, &lab.resolved, &scripts(lab), racers)
}

/// The scripts of a lab as a run's folder has them: their places and texts.
pub(super) fn scripts(lab: &Lab) -> Vec<(String, String)> {
    let mut scripts: Vec<(String, String)> = Vec::new();
    for source in &lab.scripts_used {
        scripts.push((place_in_folder(&source.name, &scripts), source.text.clone()));
    }
    scripts
}

/// Where a script lies in a run's folder: beside `lab.yaml`, which names it so, or under `scripts/` as in the catalogue.
fn place_in_folder(name: &str, taken: &[(String, String)]) -> String {
    let name = name.trim_start_matches("./").replace('\\', "/");
    let catalogued = name.find("scripts/").map(|at| &name[at..]).filter(|path| !path.contains(".."));
    let file = name.rsplit('/').next().unwrap_or(&name);
    let place = catalogued.unwrap_or(file);
    let free = |place: &str| taken.iter().all(|(other, _)| other != place);
    if free(place) { place.to_owned() } else { format!("scripts/{}/{file}", taken.len()) }
}

/// Trains and gives the exit code.
pub(super) fn run(arguments: &Arguments, clock: &Clock) -> u8 {
    let lab = match Lab::open(&arguments.lab, &arguments.changes.overrides()) {
        Ok(lab) => lab,
        Err(errors) => return report::errors(&errors),
    };
    match train(arguments, &lab, clock) {
        Ok(code) => code,
        Err(error) => report::errors(&[error]),
    }
}

fn train(arguments: &Arguments, lab: &Lab, clock: &Clock) -> Result<u8> {
    let signals = Signals::listen().map_err(|error| Error::fault(format!("cannot listen for signals: {error}")))?;
    if !arguments.quiet {
        lab.warnings.iter().for_each(report::warning);
    }
    let mut worker = worker(lab, arguments.out.as_deref(), usize::from(arguments.threads), true, Speed::Max, clock)?;
    let bar = if arguments.quiet { ProgressBar::hidden() } else { progress() };
    let plain = !arguments.quiet && bar.is_hidden();
    let mut signal = None;
    let mut said = 0;
    while !worker.is_done() {
        let now = worker.progress();
        bar.set_length(now.total);
        bar.set_position(now.step);
        if now.loss.is_finite() {
            bar.set_message(format!("loss {:.4}", now.loss));
        }
        if plain && now.total > 0 && now.step * 10 / now.total > said {
            said = now.step * 10 / now.total;
            let loss = if now.loss.is_finite() { format!("  loss {:.4}", now.loss) } else { String::new() };
            report::note(&format!("step {} of {}{loss}", now.step, now.total));
        }
        signal = signal.or_else(|| signals.received());
        if signal.is_some() {
            worker.send(crate::train::snapshot::Command::Quit);
        }
        // Short runs end without a wait that a person would notice.
        worker.wait(Duration::from_millis(100));
    }
    bar.finish_and_clear();
    let outcome = worker.join();
    let silent = |line: &str| arguments.quiet && line.starts_with("warning: ");
    let log = outcome.runs.iter().flat_map(|run| &run.log);
    log.filter(|line| !silent(line)).for_each(|line| report::note(line));
    if let (Some(snapshot), false) = (worker.latest(), arguments.quiet) {
        // With `--json` standard output is for the one line.
        let say = if arguments.json { report::note } else { report::line };
        snapshot
            .series
            .iter()
            .for_each(|view| series::table(view, snapshot.steps_total).iter().for_each(|row| say(row)));
    }
    Ok(conclude(arguments, &outcome, signal))
}

/// A bar on a terminal, hidden elsewhere.
fn progress() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} steps  {msg}  {per_sec}  {eta} left");
    if let Ok(style) = style {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

/// Says how it ended, and gives the exit code.
fn conclude(arguments: &Arguments, outcome: &Outcome, signal: Option<u8>) -> u8 {
    let unwritten = outcome.unwritten.as_ref().map_or(0, |error| report::errors(std::slice::from_ref(error)));
    let mut code = 0;
    for run in &outcome.runs {
        let who = if outcome.standing.is_some() { format!("{}: ", run.name) } else { String::new() };
        if let (Some(epoch), false, None) = (&run.epoch, arguments.quiet, &outcome.standing) {
            report::note(&format!("epoch {}, step {}: {}", epoch.epoch, epoch.step, numbers(epoch)));
        }
        code = code.max(ended(&who, &run.status, arguments.quiet));
        if let (Status::Stopped(why), false) = (&run.status, arguments.quiet) {
            report::note(&format!("{who}the observer stopped the run: {why}"));
        }
    }
    if outcome.runs.is_empty() {
        code = ended("", &outcome.status, arguments.quiet);
    }
    if let (Some(standing), false) = (&outcome.standing, arguments.quiet) {
        super::race::told(standing).iter().for_each(|line| report::note(line));
    }
    let code = match (code, signal) {
        (0, Some(signal)) => 128 + signal,
        (code, _) => code,
    };
    let code = if code == 0 { unwritten } else { code };
    if let (Some(out), false) = (&arguments.out, arguments.quiet || outcome.unwritten.is_some()) {
        report::note(&format!("the run's files are in {}", out.display()));
    }
    if arguments.json {
        report::line(&outcome.summary.to_string());
    }
    code
}

/// Says why a run went no further, and gives its exit code: a failure is told before a divergence.
fn ended(who: &str, status: &Status, quiet: bool) -> u8 {
    match status {
        Status::Failed(error) => {
            if !who.is_empty() {
                report::note(&format!("{who}failed"));
            }
            report::errors(std::slice::from_ref(error))
        }
        Status::Diverged(divergence) => {
            report::note(&format!("{who}diverged at {}", divergence.sentence()));
            if !quiet {
                report::recent(divergence);
            }
            report::note(&format!("help: {}", divergence.advice()));
            3
        }
        _ => 0,
    }
}

fn numbers(epoch: &crate::train::snapshot::EpochRow) -> String {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let all = [
        ("train loss", epoch.train_loss.map(|loss| format!("{loss:.4}"))),
        ("train accuracy", epoch.train_accuracy.map(percent)),
        ("validation loss", epoch.val_loss.map(|loss| format!("{loss:.4}"))),
        ("validation accuracy", epoch.val_accuracy.map(percent)),
    ];
    let told: Vec<String> = all.into_iter().filter_map(|(name, value)| value.map(|v| format!("{name} {v}"))).collect();
    told.join(", ")
}
