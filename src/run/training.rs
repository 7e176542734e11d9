//! A Run: an Experiment with its history. The worker owns it; it knows no thread and reads the clock only to tell how
//! long the training took.

mod blame;
mod checkpoint;
mod history;
mod map;
mod phases;
mod printed;
mod scores;
mod shown;

pub(super) use checkpoint::RunCheckpoint;
use history::History;
use map::MapProbe;
use phases::Walks;

use super::artifacts::RunDir;
use super::stopwatch::Stopwatch;
use crate::clock::{Clock, Moment};
use crate::error::{Error, Result};
use crate::optim::RuleWatch;
use crate::probe::{HyperCurves, NetworkProbe, OperationsProbe, Path, Stats, Values};
use crate::program::{Real, exact_norm, norm_of};
use crate::snapshot::{ComparedView, CurveRow, Divergence, EpochRow, Ledger, Snapshot, StateView, Status, TestResult};
use crate::train::{Experiment, Halt, Notes, Observing, StepReport};

/// One of the two calls of an observer.
type Observe<F> = for<'o> fn(&'o mut Observing, &mut Experiment<F>, &StepReport) -> Result<&'o Notes>;

/// An experiment with its history and, if asked for, its files.
pub(super) struct Run<F: Real> {
    pub experiment: Experiment<F>,
    pub status: Status,
    stats: Stats,
    /// The parameter and its element that are looked at.
    looked_at: (usize, usize),
    /// What the next snapshot shows of the rule's values and the ledger, and what the last one showed.
    pub values: Values,
    shown: (Vec<StateView>, Option<Ledger>),
    history: History,
    map_probe: MapProbe<F>,
    /// When the snapshot that comes next was asked for.
    pub asked: Option<Moment>,
    /// The snapshot that comes next waits for no look at the weights: what is shown of them may be older.
    pub hurried: bool,
    hyper_curves: HyperCurves,
    network_probe: NetworkProbe<F>,
    /// Looks at computation graphs, if somebody does.
    pub operations: OperationsProbe<F>,
    compared: Option<ComparedView>,
    /// Steps that were taken apart.
    walks: Walks<F>,
    ratios: Vec<Option<f64>>,
    /// Parameters all of whose weights began at 0.
    began_at_zero: Vec<bool>,
    observing: Option<Observing>,
    /// The last step was watched, so that what is shown is its update.
    pub last_watched: bool,
    /// Each line with the steps that were made when it came.
    log: Vec<(u64, String)>,
    /// Steps made at least once: of those, files and log know already when they are made again.
    seen: u64,
    pub dir: Option<RunDir>,
    /// The files of the end are written.
    pub saved: bool,
    /// Files could not be written.
    pub unwritten: Option<Error>,
    /// Training alone, without loading and evaluation.
    pub stopwatch: Stopwatch,
}

impl<F: Real> Run<F> {
    pub fn new(mut experiment: Experiment<F>, dir: Option<RunDir>, clock: Clock) -> Self {
        let parameters = experiment.layout().parameters().len();
        let mut stats = Stats::new(experiment.rule(), experiment.layout());
        stats.start(experiment.rule());
        experiment.look_at(0, 0);
        let mut run = Self {
            status: Status::Ready,
            stats,
            looked_at: (0, 0),
            values: Values::Now,
            shown: (Vec::new(), None),
            history: History::new(
                parameters,
                experiment.learning_hyper().count(),
                experiment.spot().map(|spot| Path::new([spot.x, spot.y])),
                experiment.has_penalty(),
            ),
            map_probe: MapProbe::default(),
            asked: None,
            hurried: false,
            hyper_curves: HyperCurves::of(&experiment),
            network_probe: NetworkProbe::default(),
            operations: OperationsProbe::default(),
            compared: None,
            walks: Walks::default(),
            ratios: vec![None; parameters + 1],
            began_at_zero: (0..parameters).map(|at| is_zero(experiment.params().get(at))).collect(),
            observing: Observing::of(&mut experiment),
            last_watched: true,
            log: Vec::new(),
            seen: 0,
            dir: None,
            saved: false,
            unwritten: None,
            stopwatch: Stopwatch::new(clock),
            experiment,
        };
        run.set_dir(dir);
        run
    }

    /// Where it writes.
    pub fn set_dir(&mut self, dir: Option<RunDir>) {
        self.dir = dir;
        if let Some(dir) = &mut self.dir {
            let spot = self.experiment.spot();
            dir.prepare(&self.experiment, spot);
            dir.observes(self.observing.is_some());
        }
    }

    /// Another parameter's maps, another element's updates are wanted.
    pub fn look_at(&mut self, wanted: (usize, usize)) {
        // An edited lab may have other parameters.
        let layout = self.experiment.layout().parameters();
        let (parameter, element) = if wanted.0 < layout.len() { wanted } else { (0, 0) };
        if parameter != self.looked_at.0 {
            self.stats.focus_on(parameter, self.experiment.rule());
        }
        self.looked_at = (parameter, element);
        self.experiment.look_at(parameter, element);
    }

    /// Another rule is in force: what is shown of its values begins anew, its trends too.
    pub fn show_anew(&mut self) {
        self.stats = Stats::new(self.experiment.rule(), self.experiment.layout());
        self.stats.start(self.experiment.rule());
        let (parameter, element) = self.looked_at;
        self.stats.focus_on(parameter, self.experiment.rule());
        self.experiment.look_at(parameter, element);
        self.look_ahead_anew();
        (self.values, self.last_watched) = (Values::Now, true);
    }

    /// Puts another recipe into force. What is shown of the rule's values stays that of the last step, where the new rule names
    /// the same ones.
    pub fn exchange<T>(&mut self, exchange: impl FnOnce(&mut Experiment<F>) -> T) -> T {
        let (number, averages) = (self.experiment.recipe_number(), self.stats.averages(self.experiment.rule()));
        let done = exchange(&mut self.experiment);
        if self.experiment.recipe_number() == number {
            return done;
        }
        let before = std::mem::replace(&mut self.stats, Stats::new(self.experiment.rule(), self.experiment.layout()));
        self.show_anew();
        self.stats.go_on_from(before, averages, self.experiment.rule());
        done
    }

    pub fn looked_at(&self) -> (usize, usize) {
        self.looked_at
    }

    /// One mini-batch. The status tells whether another is possible.
    pub fn step(&mut self, watched: bool) {
        self.stopwatch.begin(self.experiment.steps() + 1);
        let ahead = self.ahead_of_walk();
        let result = if watched {
            let result = self.experiment.step(Some(&mut self.stats as &mut dyn RuleWatch<F>));
            if let Ok(report) = &result {
                self.stats.end(report.step);
            }
            result
        } else {
            self.experiment.step(None)
        };
        self.walked(ahead, &result);
        let report = match result {
            Ok(report) => report,
            Err(Halt::Diverged(divergence)) => {
                self.diverge(*divergence);
                return;
            }
            Err(Halt::Failed(error)) => {
                self.status = Status::Failed(error);
                return;
            }
        };
        self.last_watched = watched;
        let again = report.step <= self.seen;
        self.record(&report);
        if watched {
            self.measure_ratios(&report);
        }
        self.observe(&report, Observing::stepped);
        let stopped = |run: &Self| matches!(run.status, Status::Stopped(_));
        let due = self.experiment.wants_evaluation(&report);
        if due {
            self.evaluate(&report);
        }
        if (report.epoch_ended || report.finished) && !stopped(self) {
            self.observe(&report, Observing::epoch_ended);
        }
        // A run that was ended early tells where it stands, too.
        if stopped(self) && !due {
            self.evaluate(&report);
        }
        if stopped(self) && !watched {
            self.stats.end_unwatched(report.step, self.experiment.rule());
        }
        if report.finished && !self.status.is_final() {
            self.status = Status::Finished;
        }
        if matches!(self.status, Status::Finished | Status::Stopped(_)) {
            self.test();
            if !again {
                self.warn_of_unchanged_states();
            }
        }
        self.seen = self.seen.max(report.step);
    }

    /// Asks the observer, if there is one; its time is no training.
    fn observe(&mut self, report: &StepReport, call: Observe<F>) {
        let Some(observing) = &mut self.observing else { return };
        let timed = self.stopwatch.stop();
        let told = call(observing, &mut self.experiment, report);
        if timed {
            self.stopwatch.start();
        }
        match told {
            Ok(notes) => {
                if let (Some(why), false) = (&notes.stop, self.status.is_final()) {
                    self.status = Status::Stopped(why.clone());
                }
                if let Some(dir) = self.dir.as_mut().filter(|_| report.step > self.seen) {
                    dir.observed(report.step, &notes.values);
                }
            }
            Err(error) => self.status = Status::Failed(error),
        }
    }

    fn warn_of_unchanged_states(&mut self) {
        let (steps, rule) = (self.experiment.steps(), self.experiment.rule().name().to_owned());
        let told = |state: String| {
            format!(
                "warning: the state `{state}` of `{rule}` is after {steps} steps what it was at the start, though gradients were not 0"
            )
        };
        let lines = self.experiment.unchanged_states().into_iter().map(told).collect();
        self.print(lines);
    }

    fn diverge(&mut self, divergence: Divergence) {
        let (losses, grad_norms) = self.history.recent.rows();
        self.experiment.has_diverged();
        self.status = Status::Diverged(Divergence { losses, grad_norms, ..divergence });
    }

    fn record(&mut self, report: &StepReport) {
        self.hyper_curves.push(&self.experiment, &mut self.history.learned);
        if let (Some(path), [x, y]) = (&mut self.history.path, self.experiment.params().get(0)) {
            path.push(report.step, [x.to_f64(), y.to_f64()]);
        }
        self.history.loss.push(report.loss);
        self.history.smooth_loss.push(self.experiment.so_far().smooth_loss);
        if let Some((smooth, line)) = &mut self.history.without_penalty {
            line.push(smooth.push(report.loss - report.penalty));
        }
        if self.history.best.is_none_or(|(best, _)| report.loss < best) {
            self.history.best = Some((report.loss, report.step));
        }
        self.history.clip_hits += u64::from(report.clipped);
        self.history.gradients[0].push(report.grad_norm);
        for (series, norm) in self.history.gradients[1..].iter_mut().zip(self.experiment.grad_norms()) {
            series.push(*norm);
        }
        self.history.recent.push(report.loss, report.grad_norm);
        self.history.last = Some(*report);
        // It is of the end alone, and the run goes on.
        self.history.test = None;
        if let Some(dir) = self.dir.as_mut().filter(|_| report.step > self.seen) {
            dir.step(report, &self.experiment);
            dir.spot(report.step, self.experiment.spot().as_ref());
        }
    }

    /// |update| / |W| of the step, for all together and each. What began at 0 has none: all that it is its updates have made,
    /// so that for a long time each of them is large beside it.
    fn measure_ratios(&mut self, report: &StepReport) {
        let norms: Vec<f64> =
            (0..self.ratios.len() - 1).map(|at| exact_norm(self.experiment.params().get(at))).collect();
        let all = norm_of(norms.iter().copied());
        let updates = std::iter::once(&report.update_norm).chain(self.experiment.update_norms());
        let weights = std::iter::once(&all).chain(&norms);
        let none = std::iter::once(&false).chain(&self.began_at_zero);
        for (((ratio, update), weight), none) in self.ratios.iter_mut().zip(updates).zip(weights).zip(none) {
            *ratio = (*weight > 0.0 && !none).then(|| update / weight);
        }
    }

    fn evaluate(&mut self, report: &StepReport) {
        if let Err(error) = self.experiment.find_evaluated() {
            self.status = Status::Failed(error);
            return;
        }
        let timed = self.stopwatch.stop();
        let (train, validation) = self.experiment.evaluate();
        let row = EpochRow {
            epoch: report.epoch,
            step: report.step,
            train_loss: Some(train.loss),
            train_accuracy: train.accuracy,
            val_loss: validation.map(|v| v.loss),
            val_accuracy: validation.and_then(|v| v.accuracy),
            seconds: self.stopwatch.taken().as_secs_f64(),
        };
        if let Some(dir) = self.dir.as_mut().filter(|_| report.step > self.seen) {
            dir.epoch(&row);
        }
        if self.history.epochs.len() == Snapshot::EPOCHS {
            // Every second of the older ones is enough for a line of a few hundred columns.
            let mut at = 0;
            self.history.epochs.retain(|_| {
                at += 1;
                at % 2 == 0
            });
        }
        if let Some(divergence) = self.experiment.broken_state() {
            self.diverge(divergence);
        }
        self.history.epochs.push(row.clone());
        self.history.newest = Some(row);
        if timed {
            self.stopwatch.start();
        }
    }

    /// Evaluates the part that was held out for the end, once where the run stands: it has ended there, or is left. A run that
    /// broke, or has made no step, has no end to be judged.
    pub fn test(&mut self) {
        let step = self.experiment.steps();
        if self.status.is_broken() || step == 0 || self.history.test.is_some() {
            return;
        }
        let timed = self.stopwatch.stop();
        let found = self.experiment.test();
        self.history.test = found.map(|found| TestResult { step, loss: found.loss, accuracy: found.accuracy });
        if timed {
            self.stopwatch.start();
        }
    }

    /// The test part at the end of the run, if it has ended and there is one.
    pub fn tested(&self) -> Option<TestResult> {
        self.history.test
    }

    /// How it went, thinned to what a chart can show.
    pub fn curve(&self) -> Vec<CurveRow> {
        self.history.curve()
    }

    /// The newest evaluation.
    pub fn newest(&self) -> Option<&EpochRow> {
        self.history.newest.as_ref()
    }

    /// The newest loss of a mini-batch.
    pub fn last_loss(&self) -> Option<f64> {
        self.history.last.map(|report| report.loss)
    }
}

/// All of the weights are 0.
fn is_zero<F: Real>(weights: &[F]) -> bool {
    weights.iter().all(|weight| *weight == F::ZERO)
}
