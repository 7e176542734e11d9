//! The hyper-parameters of an experiment: their schedules, and knobs that were turned by hand.

use super::{Experiment, Halt, Recipe};
use crate::error::{Error, Result, nearest};
use crate::optim::Schedule;
use crate::program::Real;

/// Operations that schedules by script may take together to tell what comes, some 0.2 s: a lab should open at once. They
/// are counted, not timed, so that the curve ahead is the same on every machine.
const AHEAD: u64 = 1_000_000;

impl<F: Real> Experiment<F> {
    pub(super) fn set_hyper(&mut self, step: u64) -> Result<(), Halt> {
        if self.recipe.learns {
            let position = self.position();
            self.metrics.stands(position);
        }
        let own = self.recipe.hyper_names.len();
        for at in 0..self.recipe.schedules.len() {
            let Recipe { schedules, hyper, settings, .. } = &mut self.recipe;
            if at < own && !settings.groups.is_empty() {
                hyper.note_turn(at, step - 1, schedules[at].as_mut())?;
            }
            if let Some(value) = hyper.turned[at] {
                hyper.now[at] = value;
                continue;
            }
            let mut value = schedules[at].rate_of(step - 1, self.metrics.view())?;
            if at >= own {
                let scale = hyper.scale(settings.groups[at - own].0);
                value *= scale;
                // Its schedule knows nothing of the hand.
                if scale != 1.0 && value.is_finite() {
                    schedules[at].allows(value)?;
                }
            }
            if !value.is_finite() {
                return Err(self.broken_rate(step, at, value).into());
            }
            hyper.now[at] = value;
        }
        let Recipe { settings, hyper, .. } = &mut self.recipe;
        settings.fill(&hyper.now);
        Ok(())
    }

    /// The hyper-parameters: name, value of the last step (before the first: of it), and whether a schedule moves it. One
    /// that was turned by hand since then has its new value already.
    pub fn hyper(&mut self) -> Result<Vec<(&str, f64, bool)>> {
        if self.steps == 0 {
            for (value, schedule) in self.recipe.hyper.now.iter_mut().zip(&mut self.recipe.schedules) {
                *value = schedule.rate(0)?;
            }
        }
        let Recipe { hyper_names, schedules, hyper, .. } = &self.recipe;
        let all = hyper_names.iter().zip(&hyper.now).zip(schedules.iter().zip(&hyper.turned));
        let now = all.map(|((name, value), (schedule, turned))| {
            (name.as_str(), turned.unwrap_or(*value), turned.is_none() && schedule.moves())
        });
        Ok(now.collect())
    }

    /// The hyper-parameters that the lab sets for groups of parameters: the place of each among all, its group, and its value
    /// in the last step; before the first that of it, and after a knob was turned what comes of it.
    pub(crate) fn hyper_of_groups(&self) -> Vec<(usize, &str, f64)> {
        let hyper = &self.recipe.hyper;
        let now = self.recipe.of_groups().map(|(at, group, value)| {
            let before = hyper.scale(at);
            let after = match (hyper.turned[at], hyper.from[at]) {
                (Some(turned), Some(from)) if from != 0.0 => turned / from,
                _ => before,
            };
            (at, group, if before == after || before == 0.0 { value } else { value / before * after })
        });
        now.collect()
    }

    /// The value of a hyper-parameter, by its place, in the last step.
    pub(crate) fn hyper_value(&self, at: usize) -> f64 {
        self.recipe.hyper.now[at]
    }

    /// Those whose schedules learn from the run, by their places.
    pub(crate) fn learning_hyper(&self) -> impl Iterator<Item = usize> {
        let own = self.recipe.schedules.iter().take(self.recipe.hyper_names.len());
        own.enumerate().filter(|(_, schedule)| schedule.save().is_some()).map(|(at, _)| at)
    }

    /// Each hyper-parameter over the whole run as (updates made before, value), at no more than so many steps; none for
    /// one that stays the same or learns from the run. Where a schedule fails, or all together take too many operations, it ends early.
    pub(crate) fn hyper_ahead(&mut self, points: u64) -> Vec<Option<Vec<(u64, f64)>>> {
        let last = self.steps_total().saturating_sub(1);
        let steps = last.min(points.max(2) - 1).max(1);
        let mut spent = 0;
        let curve = |schedule: &mut Box<dyn Schedule>| {
            if !schedule.moves() || schedule.save().is_some() {
                return None;
            }
            let mut curve: Vec<(u64, f64)> = Vec::new();
            for i in 0..=steps {
                // In 128 bits, since a run may be as long as anybody likes.
                let t = (u128::from(last) * u128::from(i) / u128::from(steps)) as u64;
                let value = schedule.rate(t);
                spent += schedule.cost();
                match value {
                    Ok(value) if value.is_finite() && spent <= AHEAD => curve.push((t, value)),
                    _ => break,
                }
            }
            Some(curve)
        };
        self.recipe.schedules.iter_mut().take(self.recipe.hyper_names.len()).map(curve).collect()
    }

    /// The value of each hyper-parameter before any hand or run has changed it; NaN where only the run will tell.
    pub(crate) fn hyper_first(&mut self) -> Vec<f64> {
        let first = |schedule: &mut Box<dyn Schedule>| match schedule.save() {
            Some(_) => f64::NAN,
            None => schedule.rate(0).unwrap_or(f64::NAN),
        };
        self.recipe.schedules.iter_mut().take(self.recipe.hyper_names.len()).map(first).collect()
    }

    /// Gradients that are too large are clipped.
    pub(crate) fn clips(&self) -> bool {
        self.recipe.clip.is_some()
    }

    /// The value of `lr` in the last step, for a rule that has one.
    pub fn lr(&self) -> Option<f64> {
        self.recipe.lr_place().map(|at| self.recipe.hyper.now[at])
    }

    /// From the next step on a hyper-parameter, by its place, has this value and no schedule. Groups that have one of their
    /// own are scaled alike.
    pub fn turn(&mut self, at: usize, value: f64) {
        let before = self.before_turning(at);
        self.last_copy.forget();
        if let Some(turned) = self.recipe.hyper.turned.get_mut(at) {
            *turned = Some(value);
            self.recipe.hyper.from[at] = before;
        }
    }

    /// What a hyper-parameter was, or would be, before anybody turned it.
    fn before_turning(&mut self, at: usize) -> Option<f64> {
        let Recipe { hyper, schedules, .. } = &mut self.recipe;
        let from = *hyper.from.get(at)?;
        from.or_else(|| if self.steps == 0 { schedules[at].rate(0).ok() } else { Some(hyper.now[at]) })
    }

    /// The place of a hyper-parameter that a hand may give this value.
    ///
    /// # Errors
    /// There is none of that name, the value is not finite, or the rule's script does not allow it.
    pub fn knob(&self, name: &str, value: f64) -> Result<usize> {
        let names = || self.recipe.hyper_names.iter().map(String::as_str);
        let Some(at) = names().position(|own| own == name) else {
            let rule = self.recipe.rule.name();
            let error = Error::user(format!("`{rule}` has no hyper-parameter `{name}`"));
            let known: Vec<String> = names().map(|name| format!("`{name}`")).collect();
            return Err(match (nearest(name, names()), known.as_slice()) {
                (Some(near), _) => error.help(format!("did you mean `{near}`?")),
                (None, []) => error.help("it has none at all"),
                (None, known) => error.help(format!("it has {}", known.join(", "))),
            });
        };
        if !value.is_finite() {
            return Err(Error::user(format!("`{name}` wants a finite number, not {value}")));
        }
        self.recipe.schedules[at].allows(value)?;
        let own = self.recipe.hyper_names.len();
        let Recipe { schedules, hyper, .. } = &self.recipe;
        // A group's value now is its own times what the knob has been turned by so far.
        let scale = hyper.scale(at);
        let from = hyper.from[at].unwrap_or(hyper.now[at]);
        for (place, (_, group, now)) in self.recipe.of_groups().enumerate().filter(|(_, (hyper, ..))| *hyper == at) {
            if from == 0.0 || scale == 0.0 {
                continue;
            }
            let scaled = now / scale * (value / from);
            schedules[own + place]
                .allows(scaled)
                .map_err(|error| error.help(format!("the group `{group}` is scaled alike: from {now} to {scaled}")))?;
        }
        Ok(at)
    }

    /// Knobs that the lab itself turns: the name, after how many updates, and the value from there on.
    pub fn turns(&self) -> impl Iterator<Item = (&str, u64, f64)> {
        let named = self.recipe.hyper_names.iter().zip(&self.recipe.schedules);
        named.flat_map(|(name, schedule)| schedule.turns().iter().map(|(step, value)| (name.as_str(), *step, *value)))
    }
}
