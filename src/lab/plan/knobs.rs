//! Knobs that a lab turns on the way, its `events`.

/// A knob turned: from the step after so many updates on, a hyper-parameter has this value and no schedule.
#[derive(Debug, Clone, PartialEq)]
pub struct Knob {
    /// The updates made before.
    pub step: u64,
    /// The hyper-parameter.
    pub name: String,
    /// Its value.
    pub value: f64,
}
