//! `optlab check PATH...`: every lab and script is read, checked and tried; all errors are shown with their place.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{meant, report};
use crate::course::labs;
use crate::error::{Error, Source, scrub_line, text_of};
use crate::lab::files::{TEXT_LIMIT, read_bounded};
use crate::lab::{Document, Files, Lab, Library, Overrides};
use crate::script::{self, Kind};
use crate::session::{Options, Session};
use crate::snapshot::Status;

/// Steps that every lab is tried for.
const TRIED: u64 = 20;

/// What an observer is tried on.
const NETWORK: &str = "data: {source: moons, samples: 64, validation: 0.25}
network: [dense: 4, batch_norm, tanh, dense: 4, layer_norm, relu, dense: 4, tanh, dense: 2]
loss: cross_entropy
training: {epochs: 10, batch: 16}
optimizer: {rule: sgd, lr: 0.1}
";
/// What an observer of landscapes is tried on.
const LANDSCAPE: &str = "landscape: {source: bowl, start: [1, 1]}\ntraining: {steps: 20}\n";

/// Checks files and folders, and gives the exit code.
pub(super) fn run(paths: &[PathBuf]) -> u8 {
    let mut files = Vec::new();
    paths.iter().for_each(|path| collect(path, &mut files));
    if files.is_empty() {
        let what = Error::user("there is no lab (.yaml) and no script (.rhai) here");
        return report::errors(&[what.help("give lab files, scripts, or folders that hold some")]);
    }
    let mut code = 0;
    let mut wrong = 0;
    for (file, checked) in &files {
        let name = scrub_line(&file.display().to_string());
        let result = match checked {
            Checked::Unreadable(error) => Err(vec![error.clone()]),
            Checked::Script(source) => survived(file, || check_source(file, source)),
            Checked::File if file.extension().is_some_and(|ending| ending == "rhai") => {
                survived(file, || check_script(file))
            }
            Checked::File => survived(file, || check_lab(file)),
        };
        match result {
            Ok(what) => report::line(&format!("ok    {name}  {what}")),
            Err(errors) => {
                report::line(&format!("wrong {name}"));
                code = code.max(report::errors(&errors));
                wrong += 1;
            }
        }
    }
    report::line(&format!("{} checked, {wrong} wrong", files.len()));
    code
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
fn survived(file: &Path, check: impl FnOnce() -> Result<String, Vec<Error>>) -> Result<String, Vec<Error>> {
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|_| {
        let error = Error::fault(format!("the check of {} panicked", file.display()));
        Err(vec![error.help("this is a fault of optlab's")])
    })
}

/// Labs and scripts of a path, in order, and what cannot be read with the reason; folders are searched through, hidden
/// ones and data left out.
fn collect(path: &Path, files: &mut Vec<(PathBuf, Checked)>) {
    let failed = |error: std::io::Error| {
        let error = Error::user(format!("cannot read {}: {error}", path.display()));
        (path.to_owned(), Checked::Unreadable(error.help("give a lab file, a script, or a folder of them")))
    };
    let kind = match std::fs::metadata(path) {
        Ok(kind) => kind,
        Err(error) => {
            return match named(path) {
                Some(found) => files.extend(found),
                None => files.push(failed(error)),
            };
        }
    };
    if kind.is_file() {
        return files.push((path.to_owned(), Checked::File));
    }
    if !kind.is_dir() {
        let error = Error::user(format!("{} is neither a file nor a folder", path.display()));
        return files.push((path.to_owned(), Checked::Unreadable(error)));
    }
    let entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut inside: Vec<PathBuf> = match entries {
        Ok(entries) => entries.iter().map(std::fs::DirEntry::path).collect(),
        Err(error) => return files.push(failed(error)),
    };
    inside.sort();
    for path in inside {
        let hidden = path.file_name().and_then(|name| name.to_str()).is_none_or(|name| name.starts_with('.'));
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
        if hidden || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if matches!(ending, "yaml" | "yml" | "rhai") && !path.to_string_lossy().ends_with(".tape.yaml") {
            files.push((path, Checked::File));
        }
    }
}

/// What a word means that is no path: a lab by its id, or scripts of the catalogue by their name.
fn named(word: &Path) -> Option<Vec<(PathBuf, Checked)>> {
    let word = word.to_str().filter(|word| !word.contains(['/', '\\', '.']))?;
    let opens = labs::named(word);
    if opens != word || Library::shipped().find(word).is_ok() {
        return Some(vec![(opens.into(), Checked::File)]);
    }
    let entries =
        Kind::ALL.into_iter().flat_map(|kind| script::entries(kind, Some(Path::new("."))).unwrap_or_default());
    let called = entries.filter(|entry| entry.name == word);
    let mut found: Vec<_> =
        called.map(|entry| (PathBuf::from(&entry.source.name), Checked::Script(entry.source))).collect();
    if found.is_empty() {
        found.push((word.into(), Checked::Unreadable(meant::nothing(word))));
    }
    Some(found)
}

/// Builds the lab and runs some steps, with its observer; a lab that diverges in them is wrong.
fn check_lab(path: &Path) -> Result<String, Vec<Error>> {
    let name = path.display().to_string();
    let lab = Lab::open(&name, &Overrides::default())?;
    lab.warnings.iter().for_each(report::warning);
    tried(&lab, &name).map_err(|error| vec![error])
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
fn check_script(path: &Path) -> Result<String, Vec<Error>> {
    let name = path.display().to_string();
    let text = read_bounded(&name, TEXT_LIMIT).and_then(|bytes| text_of(&name, bytes)).map_err(|error| vec![error])?;
    check_source(path, &Source::new(name, text))
}

/// The check of a script's text; the path is where it lies.
fn check_source(path: &Path, source: &Arc<Source>) -> Result<String, Vec<Error>> {
    let script = script::load_any(source).map_err(|error| vec![error])?;
    if script.kind == Kind::Observer {
        try_observer(path)?;
    } else if script.kind == Kind::Optimizer {
        let rule = script::rule(&script).map_err(|error| vec![error])?;
        script::unassigned_states(&script, &rule).iter().for_each(report::warning);
    } else {
        script::try_out(&script).map_err(|error| vec![error])?;
    }
    for warning in script.warnings() {
        report::warning(&warning);
    }
    Ok(script.kind.article().to_owned())
}

/// Lets an observer look at some steps of a small network, or of a landscape if it does not see there what it looks for.
fn try_observer(path: &Path) -> Result<(), Vec<Error>> {
    let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let spec = serde_json::Value::from(file);
    let beside = path.with_file_name("tried.yaml").display().to_string();
    let on = |subject: &str| -> Result<(), Vec<Error>> {
        let document = Document::parse(&beside, &format!("{subject}observe: {spec}\n")).map_err(|error| vec![error])?;
        let files = Files::beside(Path::new(&beside)).map_err(|error| vec![error])?;
        let lab = Lab::check(&document, &files, None)?;
        tried(&lab, file).map(drop).map_err(|error| vec![error])
    };
    on(NETWORK).or_else(|errors| on(LANDSCAPE).map_err(|_| errors)).map_err(|errors| {
        let hint = "tried alone, an observer watches W1 to W4 of a small network, or `xy` of a landscape; check the lab that names it for another";
        errors.into_iter().map(|error| if error.what().contains("no parameter") { error.help(hint) } else { error }).collect()
    })
}
