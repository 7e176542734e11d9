//! Interventions in runs on their way: knobs that are turned, edits and forks. Such an event belongs to a step, is kept when
//! the runs go back before it, and happens again when they come to it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// What was done to a run by hand or by an edit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Intervention {
    /// A hyper-parameter has another value from the next step on, whatever its schedule says.
    Set {
        /// `lr`.
        name: String,
        /// The value.
        value: f64,
    },
    /// The lab was edited: from the next step on all runs go by its new rule, schedules, clipping and length.
    Edit {
        /// What was edited: `my_rule.rhai`.
        what: String,
        /// The number of the recipe.
        recipe: u64,
    },
    /// A second run went on from where this one stood.
    Fork {
        /// What the second run is called.
        name: String,
    },
}

/// Something that was done to a run at a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The updates that had been made.
    pub step: u64,
    /// The run's name.
    pub run: String,
    /// What was done.
    pub what: Intervention,
}

impl Event {
    /// The number of the recipe that was taken up, if it was an edit.
    pub fn recipe(&self) -> Option<u64> {
        if let Intervention::Edit { recipe, .. } = &self.what { Some(*recipe) } else { None }
    }
}

/// A place on the axis of steps, with a few words.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// The updates that had been made.
    pub step: u64,
    /// `lr = 0.01`, `fork`; in a race of several with the run's name before it.
    pub text: String,
}

/// The time machine as panes show it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimelineView {
    /// The most steps that were ever made: beyond the present one they are known, and made again without a change.
    pub seen: u64,
    /// The memory that the way back takes, in bytes.
    pub bytes: usize,
    /// What was done, in the order of the steps.
    pub events: Vec<Event>,
    /// The same for an axis, with the knobs that the lab itself turns.
    pub marks: Vec<Mark>,
    /// The last command that could not be obeyed, counted from 1, and why.
    pub refused: Option<(u64, Error)>,
    /// The scripts by which the run that is shown goes on from here, which an edit since may have changed; none where that is
    /// not known.
    pub scripts: Option<ScriptTexts>,
    /// The files that were saved since the runs began and that they are not made of, by name; none where what is shown is of
    /// the lab as it was saved last, or has taken it up on the way.
    pub saved: Option<String>,
}

impl TimelineView {
    /// The events that were forks, and what each fork is called, in the order of the steps.
    pub fn forks(&self) -> impl DoubleEndedIterator<Item = (&Event, &str)> {
        self.events.iter().filter_map(|event| match &event.what {
            Intervention::Fork { name } => Some((event, name.as_str())),
            Intervention::Set { .. } | Intervention::Edit { .. } => None,
        })
    }
}

/// Scripts as (path from the lab's folder on, text).
pub type ScriptTexts = Arc<Vec<(String, String)>>;

/// `lr = 0.01`
pub fn knob_text(name: &str, value: f64) -> String {
    let usual = value == 0.0 || (1e-4..1e6).contains(&value.abs());
    if usual { format!("{name} = {value}") } else { format!("{name} = {value:e}") }
}
