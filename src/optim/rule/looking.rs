//! The element of a rule that is looked at: what came into its last watched update, told line by line, with where its second
//! gradient was taken.

use super::group::Group;
use super::{Body, Rule, Update};
use crate::optim::ledger::{Microscope, Reading};
use crate::program::Real;

impl<F: Real> Rule<F> {
    /// Looks at one element from the next watched step on; or at once, if it lies near the one looked at before.
    pub fn look_at(&mut self, parameter: usize, element: usize) {
        self.microscope.look_at(parameter, element);
        if let Some(second) = &mut self.points.second {
            second.microscope.look_at(parameter, element);
        }
    }

    /// The last watched update of the element looked at, as it was applied. None if there was none yet.
    pub fn reading(&self) -> Option<Reading> {
        let mut reading = self.microscope.reading(once(&self.groups, &self.microscope))?;
        let second = self.points.second.as_ref();
        let second = second.and_then(|second| second.microscope.reading(once(second.groups(), &second.microscope)));
        if let Some(second) = second.filter(|second| second.step == reading.step) {
            // The gradient is known before that, and the second one after it.
            let at = reading.lines.len().min(1);
            reading.second_point = at..at + second.lines.len();
            reading.lines.splice(at..at, second.lines);
        }
        Some(reading)
    }

    /// What is looked at is put aside.
    pub(super) fn take_microscopes(&mut self) -> [Microscope<F>; 2] {
        let second = self.points.second.as_mut().map(|second| std::mem::take(&mut second.microscope));
        [std::mem::take(&mut self.microscope), second.unwrap_or_default()]
    }

    /// What was put aside is looked at again.
    pub(super) fn put_microscopes(&mut self, [update, second]: [Microscope<F>; 2]) {
        self.microscope = update;
        if let Some(points) = &mut self.points.second {
            points.microscope = second;
        }
    }
}

/// The program of the parameter that is looked at, if it is traced once.
fn once<'a, F: Real>(groups: &'a [Group], microscope: &Microscope<F>) -> Option<&'a Update> {
    let parameter = microscope.parameter()?;
    let group = groups.iter().find(|group| group.parameters.contains(&parameter))?;
    if let Body::Once(update) = &group.body { Some(update) } else { None }
}
