//! A walk along a series with its history and, if asked for, its files, as the worker drives it. There are no epochs: the
//! whole series is one. The way back is the way from the start, which takes no time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::artifacts::{Dirs, SeriesDir, walked_summary};
use super::checkpoint::{self, Kind};
use super::command::Travel;
use super::edited::LabText;
use super::factory::RunFactory;
use super::query::Sight;
use super::race::{Printed, guard, stride};
use super::runs::{Experiments, Interrupted, Runs};
use super::start::{Outcome, RunOutcome};
use super::stopwatch::Stopwatch;
use super::walk::Walk;
use crate::clock::{Clock, Moment};
use crate::error::{Error, Result};
use crate::optim::Position;
use crate::optim::RunView;
use crate::snapshot::{
    AverageView, Line, Phase, PhasesView, RunRow, SeriesRow, SeriesView, Snapshot, Speed, Status, TimelineView,
};
use crate::train::Series;

/// The walk.
pub(super) struct SeriesRun {
    walk: Walk,
    /// The walk before its first value, for the way back.
    start: Walk,
    status: Status,
    /// The least and the largest value.
    range: (f64, f64),
    values: Series,
    averages: Vec<Series>,
    rows: VecDeque<SeriesRow>,
    log: Vec<String>,
    /// Where it writes.
    dir: Option<SeriesDir>,
    /// The most values that were ever taken.
    seen: u64,
    /// The files of the end are written.
    saved: bool,
    /// Files could not be written.
    unwritten: Option<Error>,
    refused: Option<(u64, Error)>,
    /// The value that was taken last, phase by phase, if that was asked for; and for the next one, the number of who asks.
    phases: Option<PhasesView>,
    walk_asked: Option<u64>,
    /// Walking alone.
    stopwatch: Stopwatch,
    printed: Printed,
}

impl SeriesRun {
    /// A walk that stands before its first value, with the first lines of its log.
    pub fn new(walk: Walk, dirs: Dirs, log: Vec<String>, printed: Printed, clock: Clock) -> Self {
        let low = walk.values().iter().copied().fold(f64::INFINITY, f64::min);
        let high = walk.values().iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut run = Self {
            status: Status::Ready,
            range: (low, high),
            values: Series::new(Series::CAPACITY),
            averages: vec![Series::new(Series::CAPACITY); walk.names().len()],
            rows: VecDeque::with_capacity(SeriesView::ROWS),
            log,
            dir: None,
            seen: 0,
            saved: false,
            unwritten: None,
            refused: None,
            phases: None,
            walk_asked: None,
            stopwatch: Stopwatch::new(clock),
            printed,
            start: walk.clone(),
            walk,
        };
        run.set_folders(dirs, &[]);
        run
    }

    /// One value. The status tells whether another is possible.
    fn step(&mut self) {
        let before = self.walk.steps();
        self.stopwatch.begin(before + 1);
        self.phases = self.walk_asked.take().map(|walk| self.taken_apart(walk));
        let stepped = self.walk.step();
        // Values that are walked over again are in the table already.
        if let (Some(dir), true) = (&mut self.dir, stepped.is_ok() && self.walk.steps() > before.max(self.seen)) {
            dir.step(&self.walk);
        }
        if let (Some(value), true) = (self.walk.value(), self.walk.steps() > before) {
            self.record(value);
        }
        self.seen = self.seen.max(self.walk.steps());
        match stepped {
            Err(error) => {
                if let Some(view) = &mut self.phases {
                    view.phases.push(Phase::Broken(error.what().to_owned()));
                }
                self.status = Status::Failed(error);
            }
            Ok(()) if self.walk.steps() == self.walk.steps_total() => self.status = Status::Finished,
            Ok(()) => {}
        }
    }

    /// The value that comes next, phase by phase.
    fn taken_apart(&self, walk: u64) -> PhasesView {
        PhasesView { walk, step: self.walk.steps() + 1, phases: self.walk.phases_ahead() }
    }

    fn record(&mut self, value: f64) {
        self.values.push(value);
        self.averages.iter_mut().zip(self.walk.averages()).for_each(|(series, average)| series.push(*average));
        let mut row = if self.rows.len() == SeriesView::ROWS { self.rows.pop_front() } else { None }
            .unwrap_or(SeriesRow { t: 0, value, averages: vec![0.0; self.walk.names().len()] });
        (row.t, row.value) = (self.walk.steps(), value);
        row.averages.copy_from_slice(self.walk.averages());
        self.rows.push_back(row);
    }

    /// Stands before the first value again.
    fn stand_at_the_start(&mut self) {
        self.walk = self.start.clone();
        self.values = Series::new(Series::CAPACITY);
        self.averages = vec![Series::new(Series::CAPACITY); self.walk.names().len()];
        self.rows.clear();
        self.phases = None;
        self.stopwatch.put_back(0, Duration::ZERO);
        self.status = Status::Ready;
        self.saved = false;
    }

    /// The table tells of the values up to the present one: where a walk is left, its folder holds together.
    fn forget_the_future(&mut self) {
        let steps = self.walk.steps();
        self.stopwatch.forget_after(steps);
        if self.seen > steps {
            self.seen = steps;
            if let Some(dir) = &mut self.dir {
                dir.cut(steps);
            }
        }
    }

    fn view(&self) -> SeriesView {
        let line = |series: &Series| Line { buckets: series.buckets(), width: series.width() };
        let average = |(at, (name, series)): (usize, (&String, &Series))| AverageView {
            name: name.clone(),
            line: line(series),
            weights: self.walk.weights(at, SeriesView::WEIGHTS),
        };
        SeriesView {
            name: self.walk.series().to_owned(),
            range: self.range,
            values: line(&self.values),
            averages: self.walk.names().iter().zip(&self.averages).enumerate().map(average).collect(),
            rows: self.rows.iter().cloned().collect(),
        }
    }
}

impl Runs for SeriesRun {
    fn status(&self) -> &Status {
        &self.status
    }

    fn set_status(&mut self, status: &Status) {
        if !self.status.is_final() {
            self.status = status.clone();
        }
    }

    fn fail(&mut self, error: &Error) {
        self.status = Status::Failed(error.clone());
    }

    fn steps(&self) -> u64 {
        self.walk.steps()
    }

    fn steps_total(&self) -> u64 {
        self.walk.steps_total()
    }

    fn end_of_epoch(&self) -> u64 {
        self.walk.steps_total().max(1)
    }

    fn seen(&self) -> u64 {
        self.seen
    }

    /// Any value can be gone to at once: walking takes no time.
    fn known(&self) -> u64 {
        self.walk.steps_total()
    }

    fn seed(&self) -> u64 {
        self.walk.seed()
    }

    fn rows(&self) -> Vec<RunRow> {
        vec![RunRow {
            id: 0,
            number: 0,
            name: String::new(),
            settings: Arc::default(),
            seed: self.walk.seed(),
            turned: Vec::new(),
            status: self.status.word(),
            step: self.walk.steps(),
            steps_total: self.walk.steps_total(),
            steps_per_epoch: self.walk.steps_total().max(1),
            seconds: self.stopwatch.taken().as_secs_f64(),
            loss: None,
            val_loss: None,
            val_accuracy: None,
        }]
    }

    fn sight(&mut self) -> Sight<'_> {
        let steps = self.walk.steps();
        let position = self.walk.value().map_or(Position::ALONG_A_SERIES, |value| Position::Series { value });
        // The whole series is one epoch.
        let run = RunView { step: steps, epoch: steps.min(1), position, ..RunView::default() };
        let averages = self.walk.names().iter().map(String::as_str).zip(self.walk.averages().iter().copied());
        Sight { runs: vec![(self.walk.series(), run)], averages: averages.collect(), ..Sight::default() }
    }

    fn is_unsaved(&self) -> bool {
        self.status.is_final() && !self.saved
    }

    fn start_clock(&mut self) {
        self.stopwatch.start();
    }

    fn stop_clock(&mut self) {
        self.stopwatch.stop();
    }

    fn block(&mut self, steps: u64, _watched: bool) {
        let timed = self.stopwatch.start();
        let done = guard(|| {
            for _ in 0..steps {
                self.step();
                if self.status.is_final() {
                    break;
                }
            }
            Ok(())
        });
        if timed {
            self.stop_clock();
        }
        if let Err(error) = done {
            self.status = Status::Failed(error);
        }
        self.log.extend((self.printed)());
    }

    fn walk_next(&mut self, number: Option<u64>) -> Result<()> {
        if number.is_some() && self.status.is_final() {
            let error = Error::user(format!("the walk along the series has {}: no value follows", self.status.past()));
            return Err(error.help("`b` goes a value back, then `phases` walks through it again"));
        }
        self.walk_asked = number;
        Ok(())
    }

    /// It has no marks and is one epoch.
    fn destination(&self, travel: Travel) -> u64 {
        let (here, total) = (self.walk.steps(), self.walk.steps_total());
        let stride = stride(total);
        match travel {
            Travel::Back => here.saturating_sub(1),
            Travel::BackEpoch | Travel::LastMark => 0,
            Travel::Backward => here.saturating_sub(1) / stride * stride,
            Travel::Forward => (here / stride + 1) * stride,
            Travel::NextMark => self.seen,
        }
    }

    fn go_to(&mut self, step: u64, interrupted: Interrupted<'_>) -> bool {
        if step < self.walk.steps() {
            self.stand_at_the_start();
        }
        self.replay(step, interrupted);
        true
    }

    fn replay(&mut self, step: u64, _interrupted: Interrupted<'_>) {
        let left = step.min(self.walk.steps_total()).saturating_sub(self.walk.steps());
        self.block(left, true);
        self.set_status(if self.walk.steps() == 0 { &Status::Ready } else { &Status::Paused });
    }

    fn begin_again(&mut self, _factory: &mut RunFactory) -> Result<()> {
        self.stand_at_the_start();
        Ok(())
    }

    fn snapshot(&mut self, speed: Speed, steps_per_second: f64, _asked: Moment) -> Snapshot {
        for notice in self.dir.as_ref().map(|dir| dir.notices().take()).unwrap_or_default() {
            self.refuse(notice);
        }
        let log = &self.log[self.log.len().saturating_sub(Snapshot::LOG)..];
        Snapshot {
            step: self.walk.steps(),
            steps_total: self.walk.steps_total(),
            seed: self.walk.seed(),
            steps_per_second,
            log: log.iter().map(|line| (0, line.clone())).collect(),
            series: Some(self.view()),
            phases: self.phases.clone(),
            timeline: TimelineView { seen: self.seen, refused: self.refused.clone(), ..TimelineView::default() },
            ..Snapshot::failed(self.status.clone(), speed)
        }
    }

    fn tell(&mut self, lines: Vec<String>) {
        self.log.extend(lines);
    }

    fn refuse(&mut self, error: Error) {
        let count = self.refused.as_ref().map_or(0, |(count, _)| *count);
        self.refused = Some((count + 1, error));
    }

    fn checkpoint(&mut self, _factory: &RunFactory) -> Result<Vec<u8>> {
        let Self { walk, seen, stopwatch, log, .. } = &*self;
        checkpoint::to_bytes(Kind::Series, &(walk.seed(), walk.steps(), *seen, stopwatch.taken(), log))
    }

    /// A series is walked again to where it stood: its values are the seed's, and its averages those of its values.
    fn restore(&mut self, bytes: &[u8], factory: &mut RunFactory) -> Result<()> {
        let (seed, steps, seen, walked, log): (u64, u64, u64, Duration, Vec<String>) =
            checkpoint::of_bytes(Kind::Series, bytes)?;
        let total = self.walk.steps_total();
        if steps > total || seen > total {
            return Err(Error::user(format!(
                "the checkpoint has {} values, but the series has {total}",
                steps.max(seen)
            )));
        }
        if seed != self.walk.seed() {
            let Experiments::Series(walk) = factory.again(seed)? else {
                return Err(Error::fault("a series that is none with another seed"));
            };
            (self.start, self.walk) = (walk.clone(), walk);
        }
        self.stand_at_the_start();
        self.seen = seen;
        self.replay(steps, &mut |_| false);
        self.stopwatch = self.stopwatch.anew();
        self.stopwatch.put_back(steps, walked);
        self.log = log;
        Ok(())
    }

    fn save(&mut self, lab: &str, left: bool) {
        if left {
            self.forget_the_future();
        }
        // What could not be written is tried once more when the walk is left.
        let again = left && self.unwritten.is_some();
        if self.saved && !again || !(left || self.status.is_final()) {
            return;
        }
        self.saved = true;
        let summary = walked_summary(lab, &self.status, self.walk.steps(), self.stopwatch.taken());
        let Self { dir, walk, .. } = self;
        self.unwritten = dir.as_mut().and_then(|dir| guard(|| dir.finish(walk, &summary)).err());
    }

    fn take_folders(&mut self) -> Dirs {
        Dirs { whole: None, each: self.dir.take().map(SeriesDir::into_folder).into_iter().collect() }
    }

    fn set_folders(&mut self, dirs: Dirs, texts: &[LabText]) {
        let mut folder = dirs.each.into_iter().next();
        if let (Some(folder), Some(text)) = (&mut folder, texts.get(1)) {
            folder.is_of(&text.lab, &text.scripts);
        }
        self.dir = folder.map(SeriesDir::of);
    }

    fn outcome(self: Box<Self>, lab: &str) -> Outcome {
        let series = Some((self.view(), self.walk.steps_total()));
        let summary = walked_summary(lab, &self.status, self.walk.steps(), self.stopwatch.taken());
        let Self { status, log, unwritten, .. } = *self;
        let run = RunOutcome { name: lab.to_owned(), status: status.clone(), epoch: None, test: None, log };
        Outcome { status, summary, runs: vec![run], standing: None, seeds: None, series, unwritten }
    }
}
