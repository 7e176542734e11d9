//! The names of what a rule shows, gathered from all its groups.

use super::Rule;
use crate::program::Real;

impl<F: Real> Rule<F> {
    /// How many values a name had one after the other in the last watched update of a parameter: the turns of a loop, the calls of
    /// a function. Shown is the last one. 1 for a state, and where nothing is known.
    pub fn times(&self, parameter: usize, name: usize) -> u32 {
        let group = self.of.get(parameter).map(|(group, _)| &self.groups[*group]);
        let compiled = group.and_then(|group| Some((group, group.watched.as_ref()?)));
        let times = compiled.and_then(|(group, compiled)| {
            let at = group.places.iter().position(|place| *place == name)?;
            compiled.times.get(at).copied()
        });
        times.unwrap_or(1)
    }

    /// Gathers the names of all groups: what bears the same name in several is one value.
    pub(super) fn name_values(&mut self) {
        let mut names: Vec<String> = Vec::new();
        let mut place = |name: &String, from: usize| {
            let known = names[from.min(names.len())..].iter().position(|known| known == name);
            known.map_or_else(
                || {
                    names.push(name.clone());
                    names.len() - 1
                },
                |known| from + known,
            )
        };
        for group in &mut self.groups {
            group.places.clear();
            let states = group.states.iter().map(|state| place(&state.name, 0));
            group.places.extend(states);
        }
        let kept = self.groups.iter().flat_map(|group| &group.places).max().map_or(0, |last| last + 1);
        for group in &mut self.groups {
            let compiled = group.compiled.clone();
            let named = compiled.names[group.states.len()..].iter().map(|name| place(name, kept));
            group.places.extend(named);
        }
        (self.names, self.kept) = (names, kept);
    }
}
