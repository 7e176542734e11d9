//! `optlab check PATH...`: every lab and script is read, checked and tried; all errors are shown with their place.

use std::path::{Path, PathBuf};

use super::report;
use crate::error::{Error, Source};
use crate::lab::lab::Subject;
use crate::lab::{Lab, Overrides};
use crate::script;
use crate::train::{Experiment, Halt};

/// Steps that every lab is tried for.
const TRIED: u64 = 20;

/// Checks files and folders, and gives the exit code.
pub(super) fn run(paths: &[PathBuf]) -> u8 {
    let mut files = Vec::new();
    for path in paths {
        if let Err(error) = collect(path, &mut files) {
            return report::errors(&[error]);
        }
    }
    if files.is_empty() {
        let what = Error::user("there is no lab (.yaml) and no script (.rhai) here");
        return report::errors(&[what.help("give lab files, scripts, or folders that hold some")]);
    }
    let mut code = 0;
    let mut wrong = 0;
    for file in &files {
        let is_script = file.extension().is_some_and(|ending| ending == "rhai");
        let result = if is_script { check_script(file) } else { check_lab(file) };
        match result {
            Ok(what) => report::line(&format!("ok    {}  {what}", file.display())),
            Err(errors) => {
                report::line(&format!("wrong {}", file.display()));
                code = code.max(report::errors(&errors));
                wrong += 1;
            }
        }
    }
    report::line(&format!("{} checked, {wrong} wrong", files.len()));
    code
}

/// Labs and scripts of a path, in order; folders are searched through, hidden ones and data left out.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let failed = |error: std::io::Error| {
        Error::user(format!("cannot read {}: {error}", path.display()))
            .help("give a lab file, a script, or a folder of them")
    };
    let kind = std::fs::metadata(path).map_err(failed)?;
    if kind.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    if !kind.is_dir() {
        return Err(Error::user(format!("{} is neither a file nor a folder", path.display())));
    }
    let mut inside: Vec<PathBuf> = std::fs::read_dir(path)
        .map_err(failed)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?
        .iter()
        .map(std::fs::DirEntry::path)
        .collect();
    inside.sort();
    for path in inside {
        let hidden = path.file_name().and_then(|name| name.to_str()).is_none_or(|name| name.starts_with('.'));
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
        if hidden || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else if matches!(ending, "yaml" | "yml" | "rhai") && !path.to_string_lossy().ends_with(".tape.yaml") {
            files.push(path);
        }
    }
    Ok(())
}

/// Builds the lab and runs some steps; a lab that diverges in them is wrong.
fn check_lab(path: &Path) -> Result<String, Vec<Error>> {
    let name = path.display().to_string();
    let lab = Lab::open(&name, &Overrides::default())?;
    if let Subject::Series(_) = lab.subject {
        return walk(&lab).map_err(|error| vec![error]);
    }
    let parts = lab.experiment(None, 1).map_err(|error| vec![error])?;
    let mut experiment = Experiment::new(parts).map_err(|error| vec![error])?;
    let steps = TRIED.min(experiment.steps_total());
    let mut loss = f64::NAN;
    for _ in 0..steps {
        match experiment.step(None) {
            Ok(report) => loss = report.loss,
            Err(Halt::Failed(error)) => return Err(vec![error]),
            Err(Halt::Diverged(divergence)) => {
                let error = Error::check(format!("{name}: diverges at {}", divergence.sentence()));
                return Err(vec![error.help(divergence.advice())]);
            }
        }
    }
    Ok(format!("{steps} steps, loss {loss:.4}"))
}

/// Walks the first values of a series.
fn walk(lab: &Lab) -> Result<String, Error> {
    let mut walk = lab.walk(None)?;
    for _ in 0..TRIED.min(walk.steps_total()) {
        walk.step()?;
    }
    let total = walk.steps_total();
    let [values, averages] = [(total, "value"), (walk.names().len() as u64, "average")]
        .map(|(count, what)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }));
    Ok(format!("{values}, {averages}"))
}

/// Tells the kind by the functions, and traces or calls the script once with its defaults.
fn check_script(path: &Path) -> Result<String, Vec<Error>> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| vec![Error::user(format!("cannot read {}: {error}", path.display()))])?;
    let source = Source::new(path.display().to_string(), text);
    let script = script::load_any(&source).map_err(|error| vec![error])?;
    script::try_out(&script).map_err(|error| vec![error])?;
    for warning in script.warnings() {
        report::note(&warning.render(false).replacen("error", "warning", 1));
    }
    Ok(script.kind.article().to_owned())
}
