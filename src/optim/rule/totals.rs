//! Sums over all parameters: each is of all of them, or an error.
//!
//! A parameter comes to a sum by its own program. Those that an `if` leads by it have nothing to add: what is summed then would
//! depend on which parameters go the same way, and two sums that are written alike would be of other parameters. That is never
//! what is meant by the norm of the whole gradient, so it is refused, with the parameters that are missing.

use super::Body;
use super::group::Group;
use crate::error::{Error, Place, Result};

/// A sum over all parameters that an update has come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Total {
    /// What it is known by in all parameters.
    pub number: u64,
    /// Where it stands in the script.
    pub place: Place,
    /// Where the function around it is called, if that is another than the one that is traced.
    pub called: Option<Place>,
}

/// The most names that are told.
const TOLD: usize = 3;

impl Group {
    fn totals(&self) -> &[Total] {
        match (&self.update, &self.body) {
            (Some(update), _) => &update.totals,
            (None, Body::Once(update)) => &update.totals,
            (None, Body::EachStep(_)) => &[],
        }
    }
}

/// Every parameter comes to every sum.
///
/// # Errors
/// There is a sum to which some do not come.
pub(super) fn check(groups: &[Group]) -> Result<()> {
    let own: Vec<(&[String], &[Total])> = groups.iter().map(|group| (&group.names[..], group.totals())).collect();
    let comes = |totals: &[Total], number: u64| totals.iter().any(|total| total.number == number);
    for (_, totals) in &own {
        for total in *totals {
            let missing = own.iter().filter(|(_, totals)| !comes(totals, total.number));
            let missing: Vec<&str> = missing.flat_map(|(names, _)| *names).map(String::as_str).collect();
            if !missing.is_empty() {
                return Err(told(total, &missing));
            }
        }
    }
    Ok(())
}

fn told(total: &Total, missing: &[&str]) -> Error {
    // One more is told, rather than counted.
    let told = if missing.len() > TOLD + 1 { TOLD } else { missing.len() };
    let mut names: Vec<String> = missing.iter().take(told).map(|name| format!("`{name}`")).collect();
    if missing.len() > told {
        names.push(format!("{} others", missing.len() - told));
    }
    let (verb, names) = match &names[..] {
        [all @ .., last] if !all.is_empty() => ("do", format!("{} and {last}", all.join(", "))),
        [one, ..] => ("does", one.clone()),
        [] => ("do", String::new()),
    };
    let here = match &total.called {
        Some(called) => format!("to this one, called from line {}", called.line()),
        None => "to this one".to_owned(),
    };
    Error::user(format!("`total` is a sum over all parameters, but {names} {verb} not come {here}"))
        .at(total.place.clone())
        .help(
            "call it where all parameters come by, before the `if`; what one adds may depend on an `if`, as in `total(if \
             w.kind == \"weight\" { sum(dw * dw) } else { 0 })`",
        )
}
