//! An edit of the lab, taken up by runs on their way: an event of the step at which it came.

use super::{Lane, Race};
use crate::error::{Error, Result};
use crate::optim::LateStart;
use crate::run::runs::{Precision, Runs};
use crate::snapshot::{Event, Intervention, Status, figures};
use crate::train::{ExperimentConfig, Recipe};

/// Makes what every run of the edited lab is made of, by name, its own first.
pub(in crate::run) type MakeConfigs<'m, F> = &'m mut dyn FnMut() -> Result<Vec<(String, ExperimentConfig<F>)>>;

impl<F: Precision> Race<F> {
    /// From the next step on the runs go by another recipe of their lab. Those that are over stay so.
    ///
    /// # Errors
    /// It cannot be made, or has other runs. Nothing is changed then.
    pub(super) fn take_recipe(&mut self, number: u64, what: &str, make: MakeConfigs<'_, F>) -> Result<()> {
        let step = self.steps();
        let mut recipes: Vec<(usize, Recipe<F>)> = Vec::new();
        let mut made = Vec::new();
        for at in 0..self.lanes.len() {
            let lane = &self.lanes[at];
            let Lane { name, run, .. } = lane;
            if run.status.is_final() || lane.is_behind(self.lockstep, step) {
                continue;
            }
            let root = self.root(name);
            // The lab's own run is called after its rule, which may be another one now.
            let own = root == self.lanes[0].name;
            let wanted = |made: &[(String, Option<ExperimentConfig<F>>)]| {
                let is_it = |(place, (name, parts)): (usize, &(String, Option<ExperimentConfig<F>>))| {
                    parts.is_some() && if own { place == 0 } else { *name == root }
                };
                made.iter().enumerate().position(is_it)
            };
            // Each part serves one run: a fork has its own.
            if wanted(&made).is_none() {
                made = make()?.into_iter().map(|(name, parts)| (name, Some(parts))).collect();
            }
            let parts = wanted(&made).and_then(|place| made[place].1.take());
            let parts = parts.ok_or_else(|| {
                Error::user(format!("the edited lab has no run `{root}`")).help("`r` starts its runs from step 0")
            })?;
            recipes.push((at, self.lanes[at].run.experiment.recipe_of(parts)?));
        }
        let Some((first, _)) = recipes.first() else {
            return Err(Error::user("no run goes on that could take the edit up").help("`r` starts over"));
        };
        self.forget_the_other_future();
        let run = self.lanes[*first].name.clone();
        for (at, mut recipe) in recipes {
            // What a script prints while its rule is tried was printed by no step.
            let made = (self.printed)();
            let late = self.lanes[at].run.experiment.late_starts(&mut recipe);
            drop((self.printed)());
            let lane = &mut self.lanes[at];
            let next = lane.run.experiment.steps() + 1;
            let mut told = vec![format!("edited: {what}, in effect from step {next} on")];
            if !recipe.fresh().is_empty() {
                let names: Vec<String> = recipe.fresh().iter().map(|name| format!("`{name}`")).collect();
                told.push(format!("new in the state, so at its start: {}", names.join(", ")));
            }
            told.extend(late.iter().filter_map(|late| late_start(late, next)));
            lane.run.exchange(|experiment| experiment.take_up(number, recipe));
            lane.run.print(told);
            lane.run.print(made);
        }
        self.events.push(Event { step, run, what: Intervention::Edit { what: what.to_owned(), recipe: number } });
        Ok(())
    }

    /// The same again, on the way.
    pub(super) fn edit_again(&mut self, number: u64) {
        let step = self.steps();
        let lockstep = self.lockstep;
        for lane in self.lanes.iter_mut().filter(|lane| !lane.is_behind(lockstep, step)) {
            let run = &mut lane.run;
            let before = run.experiment.recipe_number();
            let watched = run.last_watched;
            let taken_up = run.exchange(|experiment| experiment.take_up_again(number));
            if run.experiment.recipe_number() != before {
                run.last_watched = watched;
            }
            if let Err(error) = taken_up {
                run.status = Status::Failed(error);
            }
        }
    }
}

/// What holds of an average that starts at 0 with this step: its correction takes it to be an average of all steps so far.
fn late_start(late: &LateStart, step: u64) -> Option<String> {
    let LateStart { name, decay, divisor } = late;
    let first = 1.0 - decay;
    let times = divisor / first;
    // As far as it is told: three digits.
    (times >= 1.005).then(|| {
        let [divisor, first, times] = [*divisor, first, times].map(|value| figures::filled_to(value, 3));
        format!(
            "`{name}` starts at 0 at step {step}, but its correction uses t = {step}: it divides by 1-b^t = {divisor}, not by \
             1-b = {first}, so at first the corrected value is {times} times too small"
        )
    })
}
