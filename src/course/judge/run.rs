//! Runs that are made anew to be judged: in the caller's thread, with nobody watching, by no clock.

use std::ops::ControlFlow;

use crate::error::{Error, Result};
use crate::lab::Lab;
use crate::session::{Options, Pace, Query, Session, Sight, Status};
use crate::train::on_large_stack;

/// Runs a lab and lets `look` see it on the way, who asks these queries; tells how it ended, or that it was broken off.
///
/// # Errors
/// The run cannot be made.
pub(super) fn follow(
    lab: Lab,
    limit: Option<u64>,
    pace: Pace,
    asks: &[&Query],
    look: &mut dyn FnMut(&Sight<'_>) -> ControlFlow<()>,
) -> Result<Status> {
    let mut session = Session::of(lab, Options { limit, ..Options::default() })?;
    asks.iter().for_each(|query| session.will_ask(query));
    session.follow(pace, look);
    // What scripts have printed is nobody's.
    drop(crate::script::take_log());
    Ok(session.status().clone())
}

/// Checks a lab where scripts have room to recurse; of all that is wrong the first.
///
/// # Errors
/// The lab is wrong.
pub(super) fn checked(check: impl FnOnce() -> Result<Lab, Vec<Error>> + Send) -> Result<Lab> {
    let checked = on_large_stack(check);
    drop(crate::script::take_log());
    checked.map_err(|mut errors| {
        if errors.is_empty() { Error::fault("a lab without a reason is none") } else { errors.swap_remove(0) }
    })
}
