//! What a snapshot shows of what was asked of runs in words.

use crate::error::Result;

/// What was asked, as panes show it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QueryView {
    /// The number of the last query, as its asker counts them, and the answer.
    pub answer: Option<(u64, Result<String>)>,
    /// The condition that the run is on its way to.
    pub until: Option<String>,
    /// The conditions to hold at.
    pub breaks: Vec<String>,
    /// How often a condition has held the run, and what there is to say of the last time.
    pub held: Option<(u64, String)>,
}
