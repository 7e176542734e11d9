//! What of a rule has left the finite numbers.

use super::{Rule, StateValue};
use crate::program::Real;

impl<F: Real> Rule<F> {
    /// A state of a parameter that has become infinite or NaN, with such a value. One that began so may stay so.
    pub fn broken_state(&self, parameter: usize) -> Option<(&str, f64)> {
        let finite = self.began_finite.iter();
        self.state_of(parameter).zip(finite).filter(|(_, finite)| **finite).find_map(|((name, value), _)| {
            let value = match value {
                StateValue::Tensor(values) => values.iter().find(|value| !value.finite())?.to_f64(),
                StateValue::Number(value) => Some(value).filter(|value| !value.is_finite())?,
            };
            Some((name, value))
        })
    }
}
