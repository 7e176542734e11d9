//! The hyper-parameters that a lab sets for groups of parameters: which of them hold for which parameter, and what becomes of
//! them when a hand turns the knob that all share.

use super::recipe::HyperValues;
use super::{Experiment, Recipe};
use crate::error::Result;
use crate::optim::Schedule;
use crate::program::Real;

/// Hyper-parameters of some of the parameters.
#[derive(Default)]
pub struct HyperGroups {
    /// What drives each of them.
    pub drives: Vec<GroupDrive>,
    /// For each parameter the places of the drives that hold for it; of several of one hyper-parameter the last counts. May be
    /// empty where there are none at all.
    pub of: Vec<Vec<usize>>,
}

/// What drives a hyper-parameter of a group.
pub struct GroupDrive {
    /// Its place among the rule's.
    pub hyper: usize,
    /// The group, as in `kind: bias`.
    pub group: String,
    /// The number or the schedule.
    pub schedule: Box<dyn Schedule>,
}

/// A hyper-parameter of a group, by its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfGroup {
    /// The hyper-parameter.
    pub hyper: String,
    /// The group, as in `kind: bias`.
    pub group: String,
}

/// Which value of each hyper-parameter is whose.
pub(super) struct Settings {
    /// Of each drive of a group the place of its hyper-parameter, and the group.
    pub groups: Vec<(usize, String)>,
    /// For each setting and each hyper-parameter the place of its drive; those of the rule come before those of groups.
    sources: Vec<Vec<usize>>,
    /// Of each parameter its setting.
    pub of: Vec<usize>,
    /// The values of the first setting, then of the second, and so on.
    pub values: Vec<f64>,
}

impl Settings {
    /// Of so many parameters under a rule with so many hyper-parameters.
    pub fn new(groups: Vec<(usize, String)>, of: &[Vec<usize>], parameters: usize, count: usize) -> Self {
        let mut sources: Vec<Vec<usize>> = Vec::new();
        let setting = |parameter: usize| {
            let mut own: Vec<usize> = (0..count).collect();
            for drive in of.get(parameter).into_iter().flatten() {
                own[groups[*drive].0] = count + drive;
            }
            sources.iter().position(|known| *known == own).unwrap_or_else(|| {
                sources.push(own);
                sources.len() - 1
            })
        };
        let of = (0..parameters).map(setting).collect();
        if sources.is_empty() {
            sources.push((0..count).collect());
        }
        Self { values: vec![0.0; sources.len() * count], groups, sources, of }
    }

    /// Takes the values of all drives, those of the rule first.
    pub fn fill(&mut self, drives: &[f64]) {
        for (value, source) in self.values.iter_mut().zip(self.sources.iter().flatten()) {
            *value = drives[*source];
        }
    }

    /// The value of a hyper-parameter for a parameter.
    pub fn value(&self, parameter: usize, hyper: usize) -> f64 {
        let setting = self.of[parameter];
        self.values[setting * self.sources[setting].len() + hyper]
    }
}

impl HyperValues {
    /// By what a knob that was turned multiplies the values of groups: by what it multiplied its own. 1 for one that nobody
    /// has turned, and for one that stood at 0, which no factor leads away from.
    pub fn scale(&self, hyper: usize) -> f64 {
        match self.from[hyper] {
            Some(from) if from != 0.0 => self.now[hyper] / from,
            _ => 1.0,
        }
    }

    /// The lab itself turns a knob at this update or has done so: keeps what it was before.
    pub fn note_turn(&mut self, hyper: usize, t: u64, schedule: &mut dyn Schedule) -> Result<()> {
        if self.from[hyper].is_none() && schedule.turns().iter().any(|(step, _)| *step <= t) {
            self.from[hyper] = Some(if t == 0 { schedule.before_turns()? } else { self.now[hyper] });
        }
        Ok(())
    }
}

impl<F: Real> Recipe<F> {
    /// The hyper-parameters of groups: the place of each among the rule's, its group, and its value in the last step.
    pub(super) fn of_groups(&self) -> impl Iterator<Item = (usize, &str, f64)> {
        let own = self.hyper.now.iter().skip(self.hyper_names.len());
        self.settings.groups.iter().zip(own).map(|((hyper, group), value)| (*hyper, group.as_str(), *value))
    }
}

impl<F: Real> Experiment<F> {
    /// The hyper-parameters that schedules move for groups of parameters, each once.
    pub fn scheduled_groups(&self) -> Vec<OfGroup> {
        let Recipe { settings, schedules, hyper_names, .. } = &self.recipe;
        let moving =
            settings.groups.iter().zip(&schedules[hyper_names.len()..]).filter(|(_, schedule)| schedule.moves());
        let mut found: Vec<OfGroup> = Vec::new();
        for ((hyper, group), _) in moving {
            let own = OfGroup { hyper: hyper_names[*hyper].clone(), group: group.clone() };
            if !found.contains(&own) {
                found.push(own);
            }
        }
        found
    }

    /// The value of a hyper-parameter for a group in the last step; of two groups that are alike the later one's, which wins.
    /// None where there is no such group.
    pub fn value_of_group(&self, own: &OfGroup) -> Option<f64> {
        let names = &self.recipe.hyper_names;
        let own = |(hyper, group, _): &(usize, &str, f64)| names[*hyper] == own.hyper && *group == own.group;
        self.recipe.of_groups().filter(own).last().map(|(_, _, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_group_wins_and_parameters_with_the_same_drives_share_a_setting() {
        let groups = vec![(1, "kind: bias".to_owned()), (0, "layer: 1".to_owned()), (1, "layer: 1".to_owned())];
        let of = [vec![1, 2], vec![0, 1, 2], vec![], vec![0]];
        let mut settings = Settings::new(groups, &of, 4, 2);
        settings.fill(&[1.0, 2.0, 20.0, 100.0, 200.0]);
        assert_eq!(settings.of, [0, 0, 1, 2]);
        assert_eq!(settings.values, [100.0, 200.0, 1.0, 2.0, 1.0, 20.0]);
        assert_eq!([0, 1, 2, 3].map(|at| settings.value(at, 1)), [200.0, 200.0, 2.0, 20.0]);
    }
}
