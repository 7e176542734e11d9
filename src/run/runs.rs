//! What a worker drives: the runs of a lab, networks and landscapes in their precision or a series, behind one face. The
//! worker asks where they stand, makes them step, and passes on what is asked of them; it never knows which kind it has.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::artifacts::Dirs;
use super::command::Travel;
use super::edited::LabText;
use super::factory::RunFactory;
use super::query::Sight;
use super::start::{Outcome, Stage};
use super::walk::Walk;
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::program::Real;
use crate::snapshot::{CurveRow, Line, RaceRules, RunRow, Seeds, Snapshot, Speed, Standing, Status};
use crate::train::ExperimentConfig;

/// What the runs of a lab are made of. Runs that race are by name, the lab's own first, with the rules of their race.
pub enum Experiments {
    /// Networks, whose weights are `f32`.
    Networks(Vec<(String, ExperimentConfig<f32>)>, RaceRules),
    /// Ways over a landscape, worked in `f64` from end to end.
    Landscapes(Vec<(String, ExperimentConfig<f64>)>, RaceRules),
    /// A series under its averages.
    Series(Walk),
}

impl Experiments {
    /// The runs of networks; none of another kind of lab.
    pub fn networks(self) -> Option<Vec<(String, ExperimentConfig<f32>)>> {
        f32::of(self).map(|(runs, _)| runs)
    }
}

/// What the runs of a race are made of, by name, the lab's own first, and its rules.
pub type RaceParts<F> = (Vec<(String, ExperimentConfig<F>)>, RaceRules);

/// A precision in which experiments are made.
pub trait Precision: Real + Serialize + DeserializeOwned {
    /// The runs and the rules of their race, if they are of this precision.
    fn of(experiments: Experiments) -> Option<RaceParts<Self>>;
}

impl Precision for f32 {
    fn of(experiments: Experiments) -> Option<RaceParts<Self>> {
        if let Experiments::Networks(runs, rules) = experiments { Some((runs, rules)) } else { None }
    }
}

impl Precision for f64 {
    fn of(experiments: Experiments) -> Option<RaceParts<Self>> {
        if let Experiments::Landscapes(runs, rules) = experiments { Some((runs, rules)) } else { None }
    }
}

/// Asked now and then on a way along the timeline; true breaks it off.
pub(crate) type Interrupted<'a> = &'a mut dyn FnMut(&mut dyn Runs) -> bool;

/// The runs of a lab.
pub(crate) trait Runs: Send {
    /// Where they stand as a whole: where those stand that still go; when all have ended, the worst of their ends.
    fn status(&self) -> &Status;
    /// All that still go are in this state now.
    fn set_status(&mut self, status: &Status);
    /// None goes on, because of something that is no run's own.
    fn fail(&mut self, error: &Error);
    /// How many there are.
    fn count(&self) -> usize {
        1
    }
    /// Where they stand. A place is a step; of runs that are held together by samples or epochs, a step of the one that
    /// makes most of them.
    fn steps(&self) -> u64;
    /// The place where the last of them ends.
    fn steps_total(&self) -> u64;
    /// How many places on the run that is shown makes its next step.
    fn to_next_step(&self) -> u64 {
        1
    }
    /// The place where the present epoch of the run that is shown ends.
    fn end_of_epoch(&self) -> u64;
    /// The steps that the run that is shown has made at a place, if nothing ended it.
    fn steps_at(&self, place: u64) -> u64 {
        place
    }
    /// The place where the run that is shown has made so many steps.
    fn place_of(&self, step: u64) -> u64 {
        step
    }
    /// The furthest place that was ever reached.
    fn seen(&self) -> u64;
    /// The last place that can be gone to at once, without training on.
    fn known(&self) -> u64 {
        self.seen()
    }
    /// The seed of the lab's own run.
    fn seed(&self) -> u64;
    /// The runs as rows of a table, without their numbers and what they were made with.
    fn rows(&self) -> Vec<RunRow>;
    /// The smooth loss of one of them; empty where there is none.
    fn curve(&self, at: usize) -> Line {
        let _ = at;
        Line::default()
    }
    /// The place of the one that panes show.
    fn shown_at(&self) -> usize {
        0
    }
    /// In a race, where all stand.
    fn race_standing(&self) -> Option<Standing> {
        None
    }
    /// How each run of a race went, thinned to what a chart can show.
    fn curves(&self) -> Vec<Vec<CurveRow>> {
        Vec::new()
    }
    /// The newest loss of the lab's own run; NaN before the first.
    fn last_loss(&self) -> f64 {
        f64::NAN
    }
    /// What expressions see of them.
    fn sight(&mut self) -> Sight<'_>;
    /// What steps add to the weights is asked for from now on, or no longer.
    fn keep_updates(&mut self, asked: bool) {
        let _ = asked;
    }
    /// What the last step of each has added is known.
    fn knows_updates(&self) -> bool {
        true
    }
    /// A run has ended whose files are not written yet.
    fn is_unsaved(&self) -> bool;
    /// What all show is the step that was made last.
    fn last_watched(&self) -> bool {
        true
    }
    /// To look at the weights of the run that is shown takes longer than a key should wait.
    fn is_heavy(&self) -> bool {
        false
    }

    /// The time of training runs from here, where a block does not take it by itself ...
    fn start_clock(&mut self);
    /// ... to here.
    fn stop_clock(&mut self);
    /// So many places on; the last step of each run is watched if that is asked for.
    fn block(&mut self, steps: u64, watched: bool);
    /// Where a way along the timeline leads.
    fn destination(&self, travel: Travel) -> u64;
    /// Goes to a step that is known, or as near as it can be reached. False if there is nothing to start from: the runs have
    /// to begin again.
    fn go_to(&mut self, step: u64, interrupted: Interrupted<'_>) -> bool;
    /// Makes the steps up to one that is known, from where they stand.
    fn replay(&mut self, step: u64, interrupted: Interrupted<'_>);
    /// Stands at step 0 again, made anew.
    ///
    /// # Errors
    /// The runs cannot be made.
    fn begin_again(&mut self, factory: &mut RunFactory) -> Result<()>;

    /// What panes draw. `asked` is when it was asked for.
    fn snapshot(&mut self, speed: Speed, steps_per_second: f64, asked: Moment) -> Snapshot;
    /// Snapshots wait for no look at the weights, or do again.
    fn hurry(&mut self, hurried: bool) {
        let _ = hurried;
    }
    /// The next snapshot shows the rule's values as the last one did.
    fn show_older_values(&mut self) {}
    /// The parameter and its element that are looked at.
    fn looked_at(&mut self) -> (usize, usize) {
        (0, 0)
    }
    /// Another parameter's maps, another element's updates are wanted.
    fn look_at(&mut self, wanted: (usize, usize)) {
        let _ = wanted;
    }
    /// The state of another run is shown.
    fn show(&mut self, run: usize) {
        let _ = run;
    }
    /// The next step of the run that is shown is taken apart into its phases, for the one who asks by this number; or none is.
    ///
    /// # Errors
    /// That run is over.
    fn walk_next(&mut self, number: Option<u64>) -> Result<()>;
    /// The gradient of the next mini-batch beside the whole one is measured; or no longer shown.
    fn compare(&mut self, wanted: bool) {
        let _ = wanted;
    }

    /// Computation graphs are looked at; or no longer.
    fn look_at_operations(&mut self, wanted: bool) {
        let _ = wanted;
    }

    /// Gives a hyper-parameter of a run another value from the next step on.
    ///
    /// # Errors
    /// There is no such run or hyper-parameter, it may not have that value, or the run is over.
    fn turn(&mut self, run: Option<&str>, name: &str, value: f64) -> Result<()> {
        let _ = (run, name, value);
        Err(Error::user("a series has no hyper-parameters to turn"))
    }
    /// Lets a second run go on from where one stands.
    ///
    /// # Errors
    /// There is no such run, it is over, there are too many, or it cannot be made.
    fn fork(&mut self, run: Option<&str>, factory: &mut RunFactory) -> Result<()> {
        let _ = (run, factory);
        Err(Error::user("a series has no state to fork"))
    }
    /// Takes up another recipe of the lab.
    ///
    /// # Errors
    /// It cannot be made, or not be taken up on the way. Nothing is changed then.
    fn edit(&mut self, number: u64, what: &str, factory: &mut RunFactory) -> Result<()> {
        let _ = (number, factory);
        Err(Error::user(format!("{what} cannot take effect during a run")).help("`r` starts over with it"))
    }
    /// The number of the recipe by which the run that is shown goes on; none where all are alike.
    fn recipe(&self) -> Option<u64> {
        None
    }
    /// Nothing was ever done to them: no knob was turned, no fork and no edit was made.
    fn is_as_made(&self) -> bool {
        true
    }
    /// How far along they are.
    fn stage(&self) -> Stage {
        match self.status() {
            status if status.is_final() => Stage::Over,
            Status::Ready if self.steps() == 0 && self.seen() == 0 && self.is_as_made() => Stage::Untouched,
            _ => Stage::Going,
        }
    }
    /// The numbers of the recipes that were taken up on the way and may be needed again.
    fn recipes(&self) -> Vec<u64> {
        Vec::new()
    }
    /// Writes lines into the log of the lab's own run.
    fn tell(&mut self, lines: Vec<String>);
    /// A command could not be obeyed: told in the next snapshot.
    fn refuse(&mut self, error: Error);

    /// All that the runs need to go on bit for bit, as bytes.
    ///
    /// # Errors
    /// There is something that a checkpoint cannot hold.
    fn checkpoint(&mut self, factory: &RunFactory) -> Result<Vec<u8>>;
    /// Stands where a checkpoint says: the steps that follow are those that followed there, bit for bit.
    ///
    /// # Errors
    /// The bytes are no checkpoint, are damaged, or are of runs of another kind. Nothing is changed then.
    fn restore(&mut self, bytes: &[u8], factory: &mut RunFactory) -> Result<()>;

    /// Writes the files of what has ended, or of all when they are left. Once for each end.
    fn save(&mut self, lab: &str, left: bool);
    /// Writes what a race has come to on several seeds, into its folder and its summary.
    fn save_seeds(&mut self, lab: &str, seeds: &Seeds) {
        let _ = (lab, seeds);
    }
    /// Gives its folders away.
    fn take_folders(&mut self) -> Dirs;
    /// Writes into these folders from now on; if they are of another recipe than before, with the text of the whole and of
    /// each run.
    fn set_folders(&mut self, dirs: Dirs, texts: &[LabText]);
    /// How all ended.
    fn outcome(self: Box<Self>, lab: &str) -> Outcome;
}
