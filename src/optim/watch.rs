//! What sees a watched step: its named values while they lie in a register, and the scalars that explain them.

use super::ledger::Microscope;
use crate::program::Real;
use crate::program::Shape;
use crate::program::Watch;

/// Sees the named values of a watched step.
pub trait RuleWatch<F> {
    /// A watched step begins; these are its names, which may change from step to step for a script that branches.
    fn begin(&mut self, names: &[String]);
    /// Consecutive elements of a parameter; `name` is a place in [`Rule::names`](super::Rule::names).
    fn block(&mut self, name: usize, parameter: usize, start: usize, values: &[F]);
    /// All of a value that has another shape than its parameter.
    fn shaped(&mut self, name: usize, parameter: usize, shape: Shape, values: &[F]) {
        let _ = shape;
        self.block(name, parameter, 0, values);
    }
    /// One number of a parameter.
    fn number(&mut self, name: usize, parameter: usize, value: f64);
}

/// Hands the script's names on, keeps the scalars that explain averages, and gives the ledger what was reduced.
pub(super) struct Adapter<'a, F> {
    pub watch: &'a mut dyn RuleWatch<F>,
    /// The places of the parameters in the arena's layout.
    pub parameters: &'a [usize],
    /// Of each name of the program the place in [`Rule::names`](super::Rule::names).
    pub places: &'a [usize],
    pub scalars: &'a mut [f64],
    pub microscope: &'a mut Microscope<F>,
}

impl<F: Real> Watch<F> for Adapter<'_, F> {
    fn block(&mut self, name: usize, parameter: usize, start: usize, values: &[F]) {
        if let Some(place) = self.places.get(name) {
            self.watch.block(*place, self.parameters[parameter], start, values);
        }
    }

    fn scalar(&mut self, name: usize, parameter: usize, value: f64) {
        let named = self.places.len();
        if let Some(place) = self.places.get(name) {
            self.watch.number(*place, self.parameters[parameter], value);
        } else if let Some(scalar) = self.scalars.get_mut(name - named) {
            *scalar = value;
        } else {
            self.microscope.reduced(name - named - self.scalars.len(), self.parameters[parameter], value);
        }
    }
}
