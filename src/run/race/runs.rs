//! A race as the worker drives it, and what is written and told at its end.

use super::{Lane, Race, guard};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::probe::Values;
use crate::run::artifacts::{Dirs, Folder, RunDir, summary};
use crate::run::command::Travel;
use crate::run::edited::LabText;
use crate::run::factory::RunFactory;
use crate::run::query::Sight;
use crate::run::runs::{Interrupted, Precision, Runs};
use crate::run::start::{Outcome, RunOutcome};
use crate::snapshot::{CurveRow, Event, Line, RunRow, Seeds, Snapshot, Speed, Standing, Status};
use crate::train::{Look, Looks};

/// Weights of a network that 2000 samples, as many as a map asks, pass in some 10 ms.
const HEAVY: usize = 150_000;

impl<F: Precision> Runs for Race<F> {
    fn status(&self) -> &Status {
        let statuses = || self.lanes.iter().map(|lane| &lane.run.status);
        let severity = |status: &&Status| match status {
            Status::Failed(_) => 2,
            Status::Diverged(_) => 1,
            _ => 0,
        };
        // Of equals the last is the greatest, and the lab's own run should be: so they are counted from the end.
        let worst = statuses().rev().max_by_key(severity);
        statuses().find(|status| !status.is_final()).or(worst).unwrap_or(&Status::Ready)
    }

    fn set_status(&mut self, status: &Status) {
        for lane in self.lanes.iter_mut().filter(|lane| !lane.run.status.is_final()) {
            lane.run.status = status.clone();
        }
    }

    fn fail(&mut self, error: &Error) {
        self.lanes.iter_mut().for_each(|lane| lane.run.status = Status::Failed(error.clone()));
    }

    fn count(&self) -> usize {
        self.lanes.len()
    }

    fn steps(&self) -> u64 {
        self.place
    }

    fn steps_total(&self) -> u64 {
        let end = |lane: &Lane<F>| self.lockstep.place_of(lane.portions, lane.run.experiment.steps_total());
        self.lanes.iter().map(end).max().unwrap_or(0)
    }

    fn to_next_step(&self) -> u64 {
        self.place_of(self.steps_of_shown(self.place) + 1).saturating_sub(self.place).max(1)
    }

    fn end_of_epoch(&self) -> u64 {
        let per_epoch = self.lanes[self.shown_at()].run.experiment.steps_per_epoch().max(1);
        let epochs = self.steps_of_shown(self.place) / per_epoch + 1;
        self.place_of(epochs.saturating_mul(per_epoch))
    }

    fn steps_at(&self, place: u64) -> u64 {
        self.steps_of_shown(place)
    }

    fn place_of(&self, step: u64) -> u64 {
        self.lockstep.place_of(self.lanes[self.shown_at()].portions, step)
    }

    fn seen(&self) -> u64 {
        self.seen
    }

    fn seed(&self) -> u64 {
        self.own().experiment.seed()
    }

    fn race_standing(&self) -> Option<Standing> {
        self.standing()
    }

    fn curves(&self) -> Vec<Vec<CurveRow>> {
        self.lanes.iter().map(|lane| lane.run.curve()).collect()
    }

    fn last_loss(&self) -> f64 {
        self.own().last_loss().unwrap_or(f64::NAN)
    }

    fn rows(&self) -> Vec<RunRow> {
        self.table()
    }

    fn curve(&self, at: usize) -> Line {
        self.lanes.get(at).map(|lane| lane.run.smooth_losses()).unwrap_or_default()
    }

    /// The lab's own where the one that was chosen is still to come.
    fn shown_at(&self) -> usize {
        if self.shown < self.lanes.len() { self.shown } else { 0 }
    }

    fn sight(&mut self) -> Sight<'_> {
        let views: Vec<_> = self.lanes.iter_mut().map(|lane| lane.run.experiment.view()).collect();
        let runs = self.lanes.iter().map(|lane| lane.name.as_str()).zip(views);
        let looks = self.lanes.iter().map(|lane| &lane.run.experiment as &dyn Look);
        Sight { runs: runs.collect(), averages: Vec::new(), looks: Looks(looks.collect()) }
    }

    fn keep_updates(&mut self, asked: bool) {
        self.lanes.iter_mut().for_each(|lane| lane.run.experiment.keep_updates(asked));
    }

    fn knows_updates(&self) -> bool {
        self.lanes.iter().all(|lane| lane.run.experiment.knows_update())
    }

    fn is_unsaved(&self) -> bool {
        self.lanes.iter().any(|lane| !lane.run.saved && lane.run.status.is_final())
    }

    fn last_watched(&self) -> bool {
        self.lanes.iter().all(|lane| lane.run.last_watched || lane.run.status.is_final())
    }

    fn is_heavy(&self) -> bool {
        self.own().path().is_none() && self.own().experiment.layout().len() > HEAVY
    }

    /// The clock of a run alone goes on from block to block until it is stopped, so that a block does not read it. Of
    /// several runs each has its own time, which is taken for every block.
    fn start_clock(&mut self) {
        if let [lane] = self.lanes.as_mut_slice() {
            lane.run.stopwatch.start();
        }
    }

    fn stop_clock(&mut self) {
        for lane in &mut self.lanes {
            lane.run.stopwatch.stop();
        }
    }

    fn block(&mut self, steps: u64, watched: bool) {
        self.steps_with_events(steps, watched);
    }

    fn destination(&self, travel: Travel) -> u64 {
        self.leads_to(travel)
    }

    fn go_to(&mut self, step: u64, interrupted: Interrupted<'_>) -> bool {
        let step = step.min(self.seen);
        if !self.stand_before(step) {
            return false;
        }
        self.replay(step, interrupted);
        true
    }

    fn replay(&mut self, step: u64, interrupted: Interrupted<'_>) {
        self.make_again(step, interrupted);
    }

    fn begin_again(&mut self, factory: &mut RunFactory) -> Result<()> {
        let fresh = factory.anew(self.seed())?;
        self.stand_at_the_start_of(fresh);
        Ok(())
    }

    fn snapshot(&mut self, speed: Speed, steps_per_second: f64, asked: Moment) -> Snapshot {
        self.seen_as(speed, steps_per_second, asked)
    }

    fn hurry(&mut self, hurried: bool) {
        self.lanes.iter_mut().for_each(|lane| lane.run.hurried = hurried);
    }

    fn show_older_values(&mut self) {
        self.shown().values = Values::AsBefore;
    }

    fn looked_at(&mut self) -> (usize, usize) {
        self.shown().looked_at()
    }

    fn look_at(&mut self, wanted: (usize, usize)) {
        self.shown().look_at(wanted);
    }

    /// The state of another run is shown, of the same parameter.
    fn show(&mut self, run: usize) {
        let looked_at = self.looked_at();
        self.shown = run;
        self.look_at(looked_at);
    }

    fn look_at_operations(&mut self, wanted: bool) {
        let shown = self.shown_at();
        self.lanes.iter_mut().enumerate().for_each(|(at, lane)| lane.run.operations.wanted = wanted && at == shown);
    }

    fn walk_next(&mut self, number: Option<u64>) -> Result<()> {
        let several = self.lanes.len() > 1;
        let at = self.shown_at();
        let Lane { name, run, .. } = &mut self.lanes[at];
        if number.is_some() && run.status.is_final() {
            let whose = if several { name.as_str() } else { "the run" };
            let error = Error::user(format!("{whose} has {}, and makes no further update", run.status.past()));
            return Err(error.help("`b` goes a step back, then `phases` walks through the update again"));
        }
        run.walk_next(number);
        Ok(())
    }

    fn compare(&mut self, wanted: bool) {
        let run = self.shown();
        let compared = guard(|| {
            run.compare(wanted);
            Ok(())
        });
        if let Err(error) = compared {
            self.refuse(error);
        }
    }

    fn checkpoint(&mut self, factory: &RunFactory) -> Result<Vec<u8>> {
        self.write_bytes(factory)
    }

    fn restore(&mut self, bytes: &[u8], factory: &mut RunFactory) -> Result<()> {
        self.restore_bytes(bytes, factory)
    }

    fn turn(&mut self, run: Option<&str>, name: &str, value: f64) -> Result<()> {
        self.turn_knob(run, name, value)
    }

    fn fork(&mut self, run: Option<&str>, factory: &mut RunFactory) -> Result<()> {
        let seed = self.seed();
        self.fork_run(run, |recipe| factory.race_of(recipe, seed))
    }

    fn edit(&mut self, number: u64, what: &str, factory: &mut RunFactory) -> Result<()> {
        let seed = self.seed();
        self.take_recipe(number, what, &mut || factory.parts(number, seed))
    }

    fn recipe(&self) -> Option<u64> {
        self.lanes.get(self.shown).or(self.lanes.first()).map(|lane| lane.run.experiment.recipe_number())
    }

    fn is_as_made(&self) -> bool {
        self.events.is_empty()
    }

    fn recipes(&self) -> Vec<u64> {
        self.events.iter().filter_map(Event::recipe).collect()
    }

    fn tell(&mut self, lines: Vec<String>) {
        self.lanes[0].run.print(lines);
    }

    fn refuse(&mut self, error: Error) {
        let count = self.refused.as_ref().map_or(0, |(count, _)| *count);
        self.refused = Some((count + 1, error));
    }

    fn save(&mut self, lab: &str, left: bool) {
        if left && self.steps() < self.seen {
            self.forget_the_future();
        }
        // What could not be written is tried once more when the runs are left.
        let due = |saved: bool, ended: bool, unwritten: &Option<Error>| {
            if saved { left && unwritten.is_some() } else { left || ended }
        };
        for Lane { run, .. } in &mut self.lanes {
            if !due(run.saved, run.status.is_final(), &run.unwritten) {
                continue;
            }
            run.saved = true;
            if let Err(error) = guard(|| {
                run.test();
                run.experiment.find_evaluated()
            }) {
                run.status = Status::Failed(error);
            }
            let summary = summary(lab, run);
            let (dir, experiment) = (&mut run.dir, &run.experiment);
            run.unwritten = dir.as_mut().and_then(|dir| guard(|| dir.finish(experiment, &summary)).err());
        }
        let ended = self.status().is_final();
        if !due(self.saved, ended, &self.unwritten) {
            return;
        }
        self.saved = true;
        let (summary, seed, begun) = (self.summary(lab), self.seed(), ended || self.seen > 0);
        let on_seeds = self.rules.further_seeds > 0;
        let dir = self.dir.as_mut();
        self.unwritten = dir.and_then(|dir| guard(|| dir.finish_race(seed, on_seeds, begun, &summary)).err());
    }

    fn save_seeds(&mut self, lab: &str, seeds: &Seeds) {
        let mut summary = self.summary(lab);
        summary["seeds"] = seeds.json();
        let tables = [seeds.csv(), seeds.curves_csv()];
        let unwritten = self.dir.as_mut().and_then(|dir| guard(|| dir.finish_seeds(&summary, tables)).err());
        self.unwritten = self.unwritten.take().or(unwritten);
    }

    fn take_folders(&mut self) -> Dirs {
        let whole = self.dir.take().map(RunDir::into_folder);
        let each = self.lanes.iter_mut().filter_map(|lane| lane.run.dir.take().map(RunDir::into_folder)).collect();
        Dirs { each, whole }
    }

    fn set_folders(&mut self, dirs: Dirs, texts: &[LabText]) {
        let (whole, each) = texts.split_first().map_or((None, texts), |(whole, each)| (Some(whole), each));
        let told = |dir: &mut Option<Folder>, text: Option<&LabText>| {
            if let (Some(dir), Some(text)) = (dir, text) {
                dir.is_of(&text.lab, &text.scripts);
            }
        };
        let Dirs { whole: mut folder, each: folders } = dirs;
        told(&mut folder, whole);
        self.dir = folder.map(RunDir::of);
        let mut folders = folders.into_iter();
        for (at, lane) in self.lanes.iter_mut().enumerate() {
            let mut dir = folders.next();
            told(&mut dir, each.get(at));
            lane.run.set_dir(dir.map(RunDir::of));
        }
    }

    fn outcome(self: Box<Self>, lab: &str) -> Outcome {
        let summary = self.summary(lab);
        let (status, standing) = (self.status().clone(), self.standing());
        let mut unwritten = self.unwritten;
        let mut runs = Vec::with_capacity(self.lanes.len());
        for lane in self.lanes {
            let log = lane.run.whole_log();
            let epoch = lane.run.newest().cloned();
            let test = lane.run.tested();
            unwritten = unwritten.or(lane.run.unwritten);
            let status = lane.run.status;
            runs.push(RunOutcome { name: lane.name, status, epoch, test, log });
        }
        Outcome { status, summary, runs, standing, seeds: None, series: None, unwritten }
    }
}

impl<F: Precision> Race<F> {
    /// The line of `--json`: of one run, or of each in a race.
    fn summary(&self, lab: &str) -> serde_json::Value {
        let Some(standing) = self.standing() else { return summary(lab, self.own()) };
        let runs: serde_json::Map<_, _> =
            self.lanes.iter().map(|lane| (lane.name.clone(), summary(lab, &lane.run))).collect();
        serde_json::json!({ "runs": runs, "race": standing.json() })
    }
}
