//! `optlab train LAB`: trains without a screen, with a progress bar on a terminal and plain lines elsewhere.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::signals::Signals;
use super::{report, series};
use crate::clock::Clock;
use crate::course::labs;
use crate::error::{Error, Result, scrub_line};
use crate::lab::Lab;
use crate::lab::plan::Subject;
use crate::run::{Command, Outcome};
use crate::session::{Live, Options};
use crate::snapshot::{EpochRow, Status, figures};

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
    /// Print errors only.
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    threads: super::Threads,
}

/// Trains and gives the exit code.
pub(super) fn run(arguments: &Arguments, clock: &Clock) -> u8 {
    let lab = match Lab::open(&labs::named(&arguments.lab), &arguments.changes.overrides()) {
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
    let options = Options {
        out: arguments.out.clone(),
        threads: super::config::threads(arguments.threads, arguments.quiet),
        clock: clock.clone(),
        ..Options::default()
    };
    let session = Live::of(lab.clone(), options, true)?;
    let bar = if arguments.quiet { ProgressBar::hidden() } else { progress() };
    let plain = !arguments.quiet && bar.is_hidden();
    let loss = if is_landscape(lab) { "height" } else { "loss" };
    let mut signal = None;
    let mut said = 0;
    let mut seeds_said = 0;
    loop {
        let now = session.progress();
        bar.set_length(now.total);
        bar.set_position(now.step);
        let seeds = now.seeds.map(|(done, of)| format!("{done} of {of} seeds"));
        if now.loss.is_finite() {
            let seeds = seeds.as_ref().map_or_else(String::new, |seeds| format!(", {seeds}"));
            bar.set_message(format!("{loss} {}{seeds}", figures::number(now.loss)));
        }
        let done = now.seeds.map_or(0, |(done, _)| done);
        if let (true, Some(seeds)) = (plain && done > seeds_said, seeds) {
            seeds_said = done;
            report::note(&seeds);
        }
        if plain && now.total > 0 && now.step * 10 / now.total > said {
            said = now.step * 10 / now.total;
            let told = format!("  {loss} {}", figures::number(now.loss));
            let told = if now.loss.is_finite() { told } else { String::new() };
            report::note(&format!("step {} of {}{told}", now.step, now.total));
        }
        if !arguments.quiet {
            bar.suspend(|| session.notices().iter().for_each(report::warning));
        }
        signal = signal.or_else(|| signals.received());
        if signal.is_some() {
            session.send(Command::Quit);
        }
        // Short runs end without a wait that a person would notice.
        if session.wait(Duration::from_millis(100)) {
            break;
        }
    }
    bar.finish_and_clear();
    if !arguments.quiet {
        session.notices().iter().for_each(report::warning);
    }
    let outcome = session.join();
    let silent = |line: &str| arguments.quiet && line.starts_with("warning: ");
    let log = outcome.runs.iter().flat_map(|run| &run.log);
    log.filter(|line| !silent(line)).for_each(|line| report::note(line));
    if let (Some((series, total)), false) = (&outcome.series, arguments.quiet) {
        // With `--json` standard output is for the one line.
        let say = if arguments.json { report::note } else { report::line };
        series::table(series, *total).iter().for_each(|row| say(row));
    }
    Ok(conclude(arguments, lab, &outcome, signal))
}

/// It has no data, so no epochs, and what is a loss elsewhere is its height.
fn is_landscape(lab: &Lab) -> bool {
    matches!(lab.subject, Subject::Landscape(_))
}

/// A bar on a terminal, hidden elsewhere.
fn progress() -> ProgressBar {
    if !report::is_watched() {
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
fn conclude(arguments: &Arguments, lab: &Lab, outcome: &Outcome, signal: Option<u8>) -> u8 {
    let unwritten = outcome.unwritten.as_ref().map_or(0, |error| report::errors(std::slice::from_ref(error)));
    let mut code = 0;
    for run in &outcome.runs {
        let who = if outcome.standing.is_some() { format!("{}: ", run.name) } else { String::new() };
        if let (Some(epoch), false, None) = (&run.epoch, arguments.quiet, &outcome.standing) {
            report::note(&newest(epoch, is_landscape(lab)));
        }
        if let (Some(test), false) = (&run.test, arguments.quiet) {
            report::note(&format!("{who}{}", super::race::tested(test)));
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
    if let Some(seeds) = &outcome.seeds {
        // That on the lab's own seed is told already.
        for race in seeds.done.iter().filter(|race| race.seed != seeds.first) {
            for (name, run) in seeds.names.iter().zip(&race.runs) {
                code = code.max(ended(&format!("seed {}, {name}: ", race.seed), &run.status, arguments.quiet));
            }
        }
        if !arguments.quiet {
            super::race::told_of(seeds).iter().for_each(|line| report::note(line));
        }
    }
    let code = match (code, signal) {
        (0, Some(signal)) => 128 + signal,
        (code, _) => code,
    };
    let code = if code == 0 { unwritten } else { code };
    if let (Some(out), false) = (&arguments.out, arguments.quiet || outcome.unwritten.is_some()) {
        report::note(&format!("the run's files are in {}", scrub_line(&out.display().to_string())));
    }
    if arguments.json {
        report::json(&outcome.summary);
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

/// What the newest evaluation of a run alone came to.
fn newest(epoch: &EpochRow, on_landscape: bool) -> String {
    if on_landscape {
        let height =
            epoch.train_loss.map_or_else(String::new, |height| format!(": height {}", figures::number(height)));
        return format!("step {}{height}", epoch.step);
    }
    let loss = |loss: f64| figures::number(loss);
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let all = [
        ("train loss", epoch.train_loss.map(loss)),
        ("train accuracy", epoch.train_accuracy.map(percent)),
        ("validation loss", epoch.val_loss.map(loss)),
        ("validation accuracy", epoch.val_accuracy.map(percent)),
    ];
    let told: Vec<String> = all.into_iter().filter_map(|(name, value)| value.map(|v| format!("{name} {v}"))).collect();
    format!("epoch {}, step {}: {}", epoch.epoch, epoch.step, told.join(", "))
}

#[cfg(test)]
mod tests {
    use super::newest;
    use crate::snapshot::EpochRow;

    #[test]
    fn the_newest_evaluation_of_a_landscape_is_its_height_and_has_no_epoch() {
        let row = EpochRow {
            epoch: 1,
            step: 30,
            train_loss: Some(4.2e-41),
            train_accuracy: None,
            val_loss: None,
            val_accuracy: None,
            seconds: 0.1,
        };
        assert_eq!(newest(&row, true), "step 30: height 4.20e-41");
        assert_eq!(newest(&row, false), "epoch 1, step 30: train loss 4.20e-41");
        let row = EpochRow { val_loss: Some(0.000_012_345), val_accuracy: Some(0.5), ..row };
        let said = "epoch 1, step 30: train loss 4.20e-41, validation loss 1.23e-5, validation accuracy 50.0 %";
        assert_eq!(newest(&row, false), said);
    }
}
