//! `optlab reset LAB`: a lab's files as they were handed out.

use std::path::Path;

use super::report;
use crate::clock::Clock;
use crate::course::working_folder::reset;
use crate::error::{Result, scrub_line};

/// Puts the files back, and tells what was done.
pub(super) fn run(lab: &str, clock: &Clock) -> Result<()> {
    let done = reset::reset(lab, clock)?;
    let shown = |path: &Path| scrub_line(&path.display().to_string());
    for (place, kept) in &done.put_back {
        report::line(&format!("reset  {}", shown(place)));
        if let Some(kept) = kept {
            report::line(&format!("       yours is {}", shown(kept)));
        }
    }
    if done.put_back.is_empty() {
        report::line(&format!(
            "all files of {} are as they were handed out; nothing was changed",
            scrub_line(&done.lab)
        ));
    } else {
        report::line("progress is kept");
    }
    for place in &done.left {
        let place = shown(place);
        report::line(&format!("left   {place}   it differs, too; other labs may use it"));
    }
    Ok(())
}
