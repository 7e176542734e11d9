//! What a snapshot shows of a run, and what schedules are asked for it.

use super::Run;
use super::history::LINE;
use crate::optim::Reading;
use crate::probe::{HyperCurves, Values, ledger};
use crate::program::Real;
use crate::snapshot::{GradientView, Line, LossView, QueryView, RunsView, Snapshot, Speed, Status, TimelineView};
use crate::train::{Observing, Series};

impl<F: Real> Run<F> {
    /// All that panes draw.
    pub fn snapshot(&mut self, speed: Speed, steps_per_second: f64) -> Snapshot {
        let per_epoch = self.experiment.steps_per_epoch();
        let (steps, total) = (self.experiment.steps(), self.experiment.steps_total());
        let line = |series: &Series| Line { buckets: series.buckets(), width: series.width() };
        let mut gradients = Vec::with_capacity(self.history.gradients.len());
        let layout = self.experiment.layout().clone();
        for (at, (series, ratio)) in self.history.gradients.iter().zip(&self.ratios).enumerate() {
            let parameter = at.checked_sub(1).map(|at| &layout.parameters()[at]);
            gradients.push(GradientView {
                name: parameter.map_or("all", |p| &p.name).to_owned(),
                shape: parameter.map_or_else(Vec::new, |p| p.shape.clone()),
                norm: series.last(),
                ratio: *ratio,
                began_at_zero: at.checked_sub(1).is_some_and(|at| self.began_at_zero[at]),
                line: line(series),
            });
        }
        if std::mem::take(&mut self.values) == Values::Now {
            let layout = self.experiment.layout();
            let ledger = self.reading().and_then(|reading| ledger(reading, layout));
            self.shown = (self.stats.view(self.experiment.rule()), ledger);
        }
        let held = self.status != Status::Running;
        let asked = self.asked.filter(|_| speed == Speed::Max);
        let newest = self.network_probe.newest().filter(|_| self.hurried);
        let network = newest.or_else(|| self.network_probe.view(&self.experiment, held, asked, self.stopwatch.clock()));
        let operations = self.operations.view(&self.experiment, self.looked_at, held, self.asked);
        let on_landscape = self.history.path.is_some();
        let hyper = self.hyper_curves.view(&mut self.experiment, &self.history.learned);
        Snapshot {
            status: self.status.clone(),
            step: steps,
            steps_total: total,
            epoch: if steps == 0 { 0 } else { (steps - 1) / per_epoch + 1 },
            epochs_total: total.div_ceil(per_epoch),
            steps_per_epoch: per_epoch,
            batch: self.experiment.batch(),
            accumulate: self.experiment.accumulate(),
            seed: self.experiment.seed(),
            speed,
            steps_per_second,
            rule: self.experiment.rule().name().to_owned(),
            evaluates: self.experiment.evaluates_other_weights(),
            hyper: hyper.unwrap_or_default(),
            loss: LossView {
                batch: line(&self.history.loss),
                // Heights have no noise that an average could take away: it would only lag behind them.
                smooth: line(if on_landscape { &self.history.loss } else { &self.history.smooth_loss }),
                last: self.history.last.map(|report| report.loss),
                smooth_last: self.history.last.map(|_| self.experiment.so_far().smooth_loss),
                best: self.history.best_told(),
            },
            gradients,
            clip_hits: self.experiment.clips().then_some(self.history.clip_hits),
            observed: self.observing.as_ref().map_or_else(Vec::new, Observing::view),
            state: self.shown.0.clone(),
            ledger: self.shown.1.clone(),
            epochs: self.history.epochs.clone(),
            test: self.history.test,
            race: None,
            seeds: None,
            shown: 0,
            racers: Vec::new(),
            log: self.log(Snapshot::LOG),
            map: None,
            series: None,
            network,
            operations,
            compared: self.compared.clone(),
            phases: self.phases(),
            timeline: TimelineView::default(),
            queries: QueryView::default(),
            runs: RunsView::default(),
        }
    }

    /// The gradient of the next mini-batch beside the whole one, at these weights; or no longer.
    pub fn compare(&mut self, wanted: bool) {
        self.compared = wanted.then(|| self.experiment.compare_gradients());
    }

    /// What the ledger shows, unless the run has gone back before it.
    fn reading(&self) -> Option<Reading> {
        self.experiment.rule().reading().filter(|reading| reading.step <= self.experiment.steps())
    }

    /// Asks the schedules what comes, for those who look.
    pub fn look_ahead(&mut self) {
        self.hyper_curves.look_ahead(&mut self.experiment);
    }

    /// Another recipe of the lab is in force: what learns has no past of its own.
    pub(super) fn look_ahead_anew(&mut self) {
        let looked = self.hyper_curves.looked();
        self.hyper_curves = HyperCurves::of(&self.experiment);
        let mut line = Series::new(LINE);
        line.push_many(f64::NAN, self.experiment.steps());
        self.history.learned = vec![line; self.experiment.learning_hyper().count()];
        if looked {
            self.hyper_curves.look_ahead(&mut self.experiment);
        }
    }
}
