//! `optlab check PATH...`: every lab and script is read, checked and tried, every task too, every tape is played; all errors are
//! shown with their place.

mod collect;
mod course;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use super::{PATIENCE, report};
use crate::clock::Clock;
use crate::course::author::{Findings, at_once};
use crate::error::{Error, Source, scrub_line, text_of};
use crate::lab::files::{TEXT_LIMIT, read_bounded};
use crate::lab::{Document, Files, Lab, Overrides};
use crate::script::{self, Kind};
use crate::session::{Options, Session};
use crate::snapshot::Status;
use crate::train::on_large_stack;

/// Steps that every lab is tried for.
const TRIED: u64 = 20;

/// This program plays tapes.
const PLAYS_TAPES: bool = cfg!(feature = "screen");

/// What an observer is tried on.
const NETWORK: &str = "data: {source: moons, samples: 64, validation: 0.25}
network: [dense: 4, batch_norm, tanh, dense: 4, layer_norm, relu, dense: 4, tanh, dense: 2]
loss: cross_entropy
training: {epochs: 10, batch: 16}
optimizer: {rule: sgd, lr: 0.1}
";
/// What an observer of landscapes is tried on.
const LANDSCAPE: &str = "landscape: {source: bowl, start: [1, 1]}\ntraining: {steps: 20}\n";

/// What is to be checked, and how.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Lab files, scripts, folders of them, ids of labs, or names of scripts in the catalogue.
    #[arg(required_unless_present = "stamp", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The last revision of the course: tell which of its tasks are gone or have changed without `revision` counting it.
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
    /// Confirm that this file of texts in another language says what its lab says now; may be given several times.
    #[arg(long, value_name = "FILE")]
    stamp: Vec<PathBuf>,
}

/// What came of the check of a file.
#[derive(Default)]
struct Outcome {
    /// The lab, if it is one in which nothing is wrong.
    lab: Option<Lab>,
    /// What there is to say of it in a few words.
    said: String,
    /// How many of its files in other languages are of an older edition.
    stale: usize,
    findings: Findings,
}

impl Outcome {
    fn wrong(errors: Vec<Error>) -> Self {
        Self { findings: Findings { errors, warnings: Vec::new() }, ..Self::default() }
    }
}

/// Checks files and folders, and gives the exit code.
pub(super) fn run(arguments: &Arguments, clock: &Clock) -> u8 {
    let mut files = Vec::new();
    arguments.paths.iter().for_each(|path| collect::collect(path, &mut files));
    for named in &arguments.stamp {
        match collect::lab_to_stamp(named) {
            Ok(lab) if files.iter().any(|(file, _)| collect::is_same(file, &lab)) => {}
            Ok(lab) => files.push((lab, Checked::File)),
            Err(error) => return report::errors(&[error]),
        }
    }
    if files.is_empty() {
        let what = Error::user("there is no lab (.yaml) and no script (.rhai) here");
        return report::errors(&[what.help("give lab files, scripts, or folders that hold some")]);
    }
    let bar = progress(files.len());
    let check = |(file, checked): &(PathBuf, Checked)| {
        script::limit_time(Some((clock.clone(), PATIENCE)));
        let of_file = || match checked {
            Checked::Unreadable(error) => Outcome::wrong(vec![error.clone()]),
            Checked::Script(source) => check_source(file, source),
            Checked::File if file.extension().is_some_and(|ending| ending == "rhai") => check_script(file),
            Checked::File if is_tape(file) => check_tape(file),
            Checked::File => check_lab(file),
        };
        survived(file, || on_large_stack(of_file))
    };
    let mut outcomes = at_once(&files, check, || bar.inc(1));
    let gone = course::check(&mut outcomes, arguments, &bar);
    bar.finish_and_clear();
    let mut code = 0;
    let mut wrong = 0;
    for ((file, _), outcome) in files.iter().zip(&outcomes) {
        let name = scrub_line(&file.display().to_string());
        outcome.findings.warnings.iter().for_each(report::warning);
        if outcome.findings.errors.is_empty() {
            report::line(&format!("ok    {name}  {}", outcome.said));
        } else {
            report::line(&format!("wrong {name}"));
            code = code.max(report::errors(&outcome.findings.errors));
            wrong += 1;
        }
    }
    code = code.max(report::errors(&gone));
    let stale = match outcomes.iter().map(|outcome| outcome.stale).sum::<usize>() {
        0 => String::new(),
        1 => ", 1 stale translation".to_owned(),
        stale => format!(", {stale} stale translations"),
    };
    report::line(&format!("{} checked, {wrong} wrong{stale}", files.len()));
    code
}

/// A bar on a terminal, hidden elsewhere.
fn progress(parts: usize) -> ProgressBar {
    if !report::is_watched() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(parts as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

/// What is checked.
enum Checked {
    /// A lab, by its path or its id, or a script.
    File,
    /// A script of the catalogue, which need not be a file.
    Script(Arc<Source>),
    /// Nothing can be: why.
    Unreadable(Error),
}

/// What the check of a file gives; one that panics is a fault of ours, and the other files are checked all the same.
fn survived(file: &Path, check: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|_| {
        let error = Error::fault(format!("the check of {} panicked", file.display()));
        Outcome::wrong(vec![error.help("this is a fault of optlab's")])
    })
}

/// It is a tape, by its name.
fn is_tape(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".tape.yaml"))
}

/// Plays a tape through.
#[cfg(feature = "screen")]
fn check_tape(path: &Path) -> Outcome {
    use crate::record::{recorder, tape::Tape};
    let tape = Tape::open(&path.display().to_string());
    match tape.and_then(|tape| recorder::record(&tape, None, &mut |_| ())) {
        Ok(recording) => Outcome { said: super::record::told(&recording, 0), ..Outcome::default() },
        Err(errors) => Outcome::wrong(errors),
    }
}

/// There is no player in this build.
#[cfg(not(feature = "screen"))]
fn check_tape(path: &Path) -> Outcome {
    Outcome::wrong(vec![Error::user(format!(
        "this optlab was built without its screen, and plays no {}",
        path.display()
    ))])
}

/// Builds the lab and runs some steps, with its observer; a lab that diverges in them is wrong.
fn check_lab(path: &Path) -> Outcome {
    let name = path.display().to_string();
    match Lab::open(&name, &Overrides::default()) {
        Err(errors) => Outcome::wrong(collect::or_texts(path, errors)),
        Ok(lab) => {
            let warnings = lab.warnings.clone();
            match tried(&lab, &name) {
                Ok(said) => {
                    Outcome { lab: Some(lab), said, stale: 0, findings: Findings { errors: Vec::new(), warnings } }
                }
                Err(error) => Outcome { findings: Findings { errors: vec![error], warnings }, ..Outcome::default() },
            }
        }
    }
}

/// Runs the first steps of a lab, with all its racers and its observer.
fn tried(lab: &Lab, name: &str) -> Result<String, Error> {
    let options = Options { limit: Some(TRIED), ..Options::default() };
    let outcome = Session::of(lab.clone(), options)?.run_to_end();
    if outcome.runs.is_empty()
        && let Status::Failed(error) = outcome.status
    {
        return Err(error);
    }
    let racing = outcome.runs.len() > 1;
    for run in &outcome.runs {
        match &run.status {
            Status::Failed(error) => return Err(error.clone()),
            Status::Diverged(divergence) => {
                let who = if racing { format!("{name}: {}", run.name) } else { name.to_owned() };
                let error = Error::check(format!("{who}: diverges at {}", divergence.sentence()));
                return Err(error.help(divergence.advice()));
            }
            _ => {}
        }
    }
    if let Some((series, total)) = outcome.series {
        let [values, averages] = [(total, "value"), (series.averages.len() as u64, "average")]
            .map(|(count, what)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }));
        return Ok(format!("{values}, {averages}"));
    }
    let summary = match outcome.runs.first() {
        Some(own) if racing => &outcome.summary["runs"][&own.name],
        _ => &outcome.summary,
    };
    let (steps, loss) = (summary["steps"].as_u64().unwrap_or(0), summary["loss"].as_f64().unwrap_or(f64::NAN));
    let said = format!("{steps} steps, loss {loss:.4}");
    Ok(if racing { format!("{said}, {} runs", outcome.runs.len()) } else { said })
}

/// Tells the kind by the functions, and traces or calls the script once with its defaults.
fn check_script(path: &Path) -> Outcome {
    let name = path.display().to_string();
    match read_bounded(&name, TEXT_LIMIT).and_then(|bytes| text_of(&name, bytes)) {
        Ok(text) => check_source(path, &Source::new(name, text)),
        Err(error) => Outcome::wrong(vec![error]),
    }
}

/// The check of a script's text; the path is where it lies.
fn check_source(path: &Path, source: &Arc<Source>) -> Outcome {
    let mut warnings = Vec::new();
    match try_source(path, source, &mut warnings) {
        Ok(said) => Outcome { said, findings: Findings { errors: Vec::new(), warnings }, ..Outcome::default() },
        Err(errors) => Outcome { findings: Findings { errors, warnings }, ..Outcome::default() },
    }
}

fn try_source(path: &Path, source: &Arc<Source>, warnings: &mut Vec<Error>) -> Result<String, Vec<Error>> {
    let script = script::load_any(source).map_err(|error| vec![error])?;
    if script.kind == Kind::Observer {
        try_observer(path)?;
    } else if script.kind == Kind::Optimizer {
        let rule = script::rule(&script).map_err(|error| vec![error])?;
        warnings.extend(script::unassigned_states(&script, &rule));
        script::try_parameters(rule).map_err(|error| vec![error])?;
    } else {
        script::try_ahead(&script).map_err(|error| vec![error])?;
    }
    warnings.extend(script.warnings());
    Ok(script.kind.article().to_owned())
}

/// Lets an observer look at some steps of a small network, or of a landscape if it does not see there what it looks for.
fn try_observer(path: &Path) -> Result<(), Vec<Error>> {
    let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let spec = serde_json::Value::from(file);
    let beside = path.with_file_name("tried.yaml").display().to_string();
    let once = |subject: &str| -> Result<(), Vec<Error>> {
        let document = Document::parse(&beside, &format!("{subject}observe: {spec}\n")).map_err(|error| vec![error])?;
        let files = Files::beside(Path::new(&beside)).map_err(|error| vec![error])?;
        let lab = Lab::check(&document, &files, None)?;
        tried(&lab, file).map(drop).map_err(|error| vec![error])
    };
    // SGD keeps nothing: an observer of states sees those of Adam.
    let names = |errors: &[Error], what: &str| errors.iter().any(|error| error.what().contains(what));
    let on = |subject: &str| {
        once(subject).or_else(|errors| {
            if !names(&errors, "there is no state") {
                return Err(errors);
            }
            let lines = subject.lines().filter(|line| !line.starts_with("optimizer:"));
            once(&format!("{}\noptimizer: {{rule: adam}}\n", lines.collect::<Vec<_>>().join("\n")))
        })
    };
    on(NETWORK).or_else(|errors| on(LANDSCAPE).map_err(|_| errors)).map_err(|errors| {
        let hint = "tried alone, an observer watches W1 to W4 of a small network, or `xy` of a landscape; check the lab that names it for another";
        let of_states = "tried alone, an observer of states watches `v` and `s` of Adam; check the lab that names it for another";
        let helped = |error: Error| match error.what() {
            what if what.contains("no parameter") => error.help(hint),
            what if what.contains("no state") => error.help(of_states),
            _ => error,
        };
        errors.into_iter().map(helped).collect()
    })
}
