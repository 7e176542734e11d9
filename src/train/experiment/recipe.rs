//! The recipe of an experiment: what an edit of its lab may exchange while it goes on, which is the rule, what drives its
//! hyper-parameters, clipping and length. Recipes that are not in force are kept, so that the way back before an edit is
//! exact.

use serde::{Deserialize, Serialize};

use super::settings::{GroupDrive, HyperGroups, Settings};
use super::{Experiment, ExperimentConfig, Length};
use crate::error::{Error, Result};
use crate::optim::{Clip, LateStart, Memory, ParameterFacts, Rule, RuleParts, RuleState, Schedule};
use crate::program::{Arena, Real};

/// What an experiment goes by.
pub(crate) struct Recipe<F: Real> {
    /// 0 is the one that the experiment was made of; each edit has the next.
    pub(super) number: u64,
    pub(super) rule: Rule<F>,
    pub(super) hyper_names: Vec<String>,
    /// What drives each hyper-parameter, in the order of the names; after these, what drives those of groups.
    pub(super) schedules: Vec<Box<dyn Schedule>>,
    /// What each of them is told by: `lr`, `lr (kind: bias)`.
    pub(super) labels: Vec<String>,
    /// Which of them is whose.
    pub(super) settings: Settings,
    /// One of them looks at the run.
    pub(super) learns: bool,
    pub(super) clip: Option<Clip>,
    pub(super) length: Length,
    /// An evaluation every so many epochs.
    pub(super) evaluate_every: u64,
    pub(super) hyper: HyperValues,
    /// Where it stood when it was taken up; none for the one that the experiment was made of.
    taken_up: Option<RecipeState<F>>,
    /// States that the recipe before did not have: they start anew.
    fresh: Vec<String>,
}

/// The hyper-parameters as they stand, in the order of their names; after these, those of groups.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct HyperValues {
    /// Of the last step.
    pub now: Vec<f64>,
    /// Values that a hand gave, in the place of what the schedules say.
    pub turned: Vec<Option<f64>>,
    /// The values before they were turned, by hand or by the lab.
    pub from: Vec<Option<f64>>,
}

/// Where a recipe stands: all that steps and hands change of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct RecipeState<F> {
    rule: RuleState<F>,
    memories: Vec<Option<Memory>>,
    hyper: HyperValues,
}

impl<F: Real> RecipeState<F> {
    /// The memory in bytes that it takes.
    pub fn bytes(&self) -> usize {
        let memories: usize = self.memories.iter().flatten().map(Memory::bytes).sum();
        self.rule.bytes() + memories + 64 * self.hyper.now.capacity()
    }
}

/// A recipe that an experiment has had, as plain data: its number, and where it stood when it was taken up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TakenUp<F> {
    pub number: u64,
    /// None for the recipe that the experiment was made of.
    state: Option<RecipeState<F>>,
}

impl<F: Real> Recipe<F> {
    /// A recipe for these weights, before its first step.
    ///
    /// # Errors
    /// The rule's script fails.
    pub fn new(
        rule: RuleParts,
        (mut schedules, groups): (Vec<Box<dyn Schedule>>, HyperGroups),
        (clip, length, evaluate): (Option<Clip>, Length, u64),
        (seed, params): (u64, &mut Arena<F>),
    ) -> Result<Self> {
        let facts: Vec<ParameterFacts> = params.layout().parameters().iter().map(ParameterFacts::from).collect();
        let hyper_names = rule.hyper.clone();
        let mut labels = hyper_names.clone();
        let mut of_groups = Vec::with_capacity(groups.drives.len());
        for GroupDrive { hyper, group, schedule } in groups.drives {
            labels.push(format!("{} ({group})", hyper_names[hyper]));
            of_groups.push((hyper, group));
            schedules.push(schedule);
        }
        let settings = Settings::new(of_groups, &groups.of, facts.len(), hyper_names.len());
        let count = schedules.len();
        let mut rule = Rule::for_parameters(rule, params.values_mut(), &facts, &settings.of)?;
        rule.draw_by(seed);
        Ok(Self {
            number: 0,
            rule,
            hyper_names,
            labels,
            settings,
            learns: schedules.iter().any(|schedule| schedule.save().is_some()),
            schedules,
            clip,
            length,
            evaluate_every: evaluate.max(1),
            hyper: HyperValues { now: vec![0.0; count], turned: vec![None; count], from: vec![None; count] },
            taken_up: None,
            fresh: Vec::new(),
        })
    }

    /// States that the recipe before did not have.
    pub fn fresh(&self) -> &[String] {
        &self.fresh
    }

    /// Copies where it stands; the memory of `state` is used again.
    pub(super) fn save(&mut self, state: &mut RecipeState<F>) {
        self.rule.save(&mut state.rule);
        state.memories.clear();
        state.memories.extend(self.schedules.iter().map(|schedule| schedule.save()));
        state.hyper.now.clone_from(&self.hyper.now);
        state.hyper.turned.clone_from(&self.hyper.turned);
        state.hyper.from.clone_from(&self.hyper.from);
    }

    /// Puts such a copy back.
    ///
    /// # Errors
    /// The copy does not fit this recipe. Nothing is changed then.
    pub(super) fn restore(&mut self, state: &RecipeState<F>) -> Result<()> {
        let count = self.schedules.len();
        let HyperValues { now, turned, from } = &state.hyper;
        if [state.memories.len(), now.len(), turned.len(), from.len()] != [count; 4] {
            let kept = state.hyper.now.len();
            return Err(Error::user(format!("the checkpoint has {kept} hyper-parameters, but the rule has {count}")));
        }
        self.rule.accepts(&state.rule)?;
        let before: Vec<Option<Memory>> = self.schedules.iter().map(|schedule| schedule.save()).collect();
        for at in 0..count {
            let restored = match (&state.memories[at], &before[at]) {
                (Some(memory), _) => self.schedules[at].restore(memory),
                (None, None) => Ok(()),
                (None, Some(_)) => Err(Error::user("nothing was kept of what it has learned")),
            };
            if let Err(error) = restored {
                for (schedule, memory) in self.schedules.iter_mut().zip(&before[..at]) {
                    // A schedule takes its own memory back.
                    let _ = memory.as_ref().map(|memory| schedule.restore(memory));
                }
                let name = &self.labels[at];
                return Err(Error::user(format!("the schedule of `{name}` does not fit the checkpoint: {error}")));
            }
        }
        self.rule.restore(&state.rule)?;
        self.hyper.now.clone_from(&state.hyper.now);
        self.hyper.turned.clone_from(&state.hyper.turned);
        self.hyper.from.clone_from(&state.hyper.from);
        Ok(())
    }

    /// The place of `lr` among the rule's hyper-parameters, if it has one.
    pub(super) fn lr_place(&self) -> Option<usize> {
        self.hyper_names.iter().position(|name| name == "lr")
    }
}

impl<F: Real> Experiment<F> {
    /// The number of the recipe in force.
    pub(crate) fn recipe_number(&self) -> u64 {
        self.recipe.number
    }

    /// It was made of the parts of the recipe of this number.
    pub(crate) fn is_of_recipe(&mut self, number: u64) {
        self.recipe.number = number;
    }

    /// A recipe of new parts for the weights as they stand. After the first step, states that bear the same name go on
    /// with their values, others start; so does what a schedule has learned if its script is the same. A knob that was
    /// turned by hand stays turned where the edit left its value alone.
    ///
    /// # Errors
    /// The rule or a schedule fails. Nothing is changed then.
    pub(crate) fn recipe_of(&mut self, parts: ExperimentConfig<F>) -> Result<Recipe<F>> {
        let settings = (parts.clip, parts.length, parts.evaluate);
        let params = (self.seed, &mut self.params);
        let mut recipe = Recipe::new(parts.rule, (parts.hyper, parts.groups), settings, params)?;
        let old = &mut self.recipe;
        if self.steps > 0 {
            recipe.fresh = recipe.rule.go_on_with(&old.rule);
        }
        for (at, schedule) in recipe.schedules.iter_mut().enumerate() {
            let known = old.labels.iter().position(|label| *label == recipe.labels[at]);
            let memory = schedule.save();
            // What is shown before the next step is the value that it will use, as far as that is known before it: what
            // learns from the run has its last one, or its first.
            recipe.hyper.now[at] = match (&memory, known) {
                (None, _) => schedule.rate(self.steps)?,
                (Some(_), Some(known)) => old.hyper.now[known],
                (Some(_), None) => schedule.rate(0)?,
            };
            let Some(known) = known else { continue };
            match (old.schedules[known].save(), memory) {
                (Some(learned), Some(memory)) => {
                    if memory.is_of_the_script_of(&learned) {
                        schedule.restore(&learned)?;
                    }
                    (recipe.hyper.turned[at], recipe.hyper.from[at]) = (old.hyper.turned[known], old.hyper.from[known]);
                }
                (None, None) => {
                    let value = |schedule: &mut Box<dyn Schedule>| schedule.rate(self.steps).map(f64::to_bits);
                    if value(schedule)? == value(&mut old.schedules[known])? {
                        (recipe.hyper.turned[at], recipe.hyper.from[at]) =
                            (old.hyper.turned[known], old.hyper.from[known]);
                    }
                }
                _ => {}
            }
        }
        Ok(recipe)
    }

    /// Averages that start at 0 with a recipe that is about to be taken up, while the rule's correction for such a start
    /// counts from the first step of the run. None where that cannot be told.
    pub(crate) fn late_starts(&self, recipe: &mut Recipe<F>) -> Vec<LateStart> {
        let Recipe { rule, hyper, fresh, settings, .. } = recipe;
        let values: Vec<f64> =
            hyper.now.iter().zip(&hyper.turned).map(|(now, turned)| turned.unwrap_or(*now)).collect();
        settings.fill(&values);
        // A rule that fails is told of by the step that fails.
        rule.corrections_at(self.steps + 1, &settings.values, self.params.values(), fresh).unwrap_or_default()
    }

    /// Goes on by another recipe.
    pub(crate) fn take_up(&mut self, number: u64, mut recipe: Recipe<F>) {
        let mut state = RecipeState::default();
        recipe.save(&mut state);
        (recipe.number, recipe.taken_up) = (number, Some(state));
        let before = std::mem::replace(&mut self.recipe, recipe);
        self.evaluated.forget();
        self.last_copy.forget();
        // Later ones than that which was in force belong to a future that is given up.
        self.recipes_not_in_force.retain(|other| other.number < before.number);
        self.recipes_not_in_force.push(before);
    }

    /// Takes a recipe up again, as it was taken up at this step before. In force already, its knobs stand again as they
    /// did then.
    ///
    /// # Errors
    /// What was kept of it does not fit it any more.
    pub(crate) fn take_up_again(&mut self, number: u64) -> Result<()> {
        self.last_copy.forget();
        let in_force = self.recipe.number == number;
        if !self.bring_into_force(number) {
            return Ok(());
        }
        let Some(state) = self.recipe.taken_up.take() else { return Ok(()) };
        let restored = if in_force {
            self.recipe.hyper.turned.clone_from(&state.hyper.turned);
            self.recipe.hyper.from.clone_from(&state.hyper.from);
            Ok(())
        } else {
            self.recipe.restore(&state)
        };
        self.recipe.taken_up = Some(state);
        restored
    }

    /// Puts a recipe into force as it was left; it is about to be told where it stood. False if there is none of that
    /// number.
    pub(super) fn bring_into_force(&mut self, number: u64) -> bool {
        if number == self.recipe.number {
            return true;
        }
        let Some(other) = self.recipes_not_in_force.iter_mut().find(|recipe| recipe.number == number) else {
            return false;
        };
        std::mem::swap(&mut self.recipe, other);
        self.evaluated.forget();
        true
    }

    /// The recipes that it has had, in the order in which they were taken up; the one that it was made of comes first.
    pub(crate) fn recipes(&self) -> Vec<TakenUp<F>> {
        let all = self.recipes_not_in_force.iter().chain([&self.recipe]);
        let taken = |recipe: &Recipe<F>| TakenUp { number: recipe.number, state: recipe.taken_up.clone() };
        let mut taken: Vec<TakenUp<F>> = all.map(taken).collect();
        taken.sort_by_key(|taken| taken.number);
        taken
    }

    /// Takes up a recipe as another experiment did, before its first step: for a checkpoint that is put back afterwards.
    ///
    /// # Errors
    /// The parts are not those of the recipe that was taken up.
    pub(crate) fn take_up_as(&mut self, parts: ExperimentConfig<F>, taken: &TakenUp<F>) -> Result<()> {
        let mut recipe = self.recipe_of(parts)?;
        let state =
            taken.state.as_ref().ok_or_else(|| Error::user("the checkpoint is damaged: an edit has no state"))?;
        recipe.restore(state)?;
        self.take_up(taken.number, recipe);
        Ok(())
    }

    /// The recipes of another experiment, made of the same lab, that this one has not: its own first recipe is in force.
    pub(crate) fn take_recipes_of(&mut self, other: Self) {
        let all = other.recipes_not_in_force.into_iter().chain([other.recipe]);
        self.recipes_not_in_force = all.filter(|recipe| recipe.number != self.recipe.number).collect();
    }
}
