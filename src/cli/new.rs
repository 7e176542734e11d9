//! `optlab new KIND NAME`: a commented file to begin with.

use super::{catalogue, report};
use crate::course::template::{self, Thing};
use crate::error::{Error, Result, nearest, scrub_line};

/// Writes the file, and tells the next step.
pub(super) fn run(kind: &str, name: &str) -> Result<()> {
    let Some(thing) = Thing::named(kind) else {
        let error = Error::user(format!("`optlab new` knows no `{kind}`"));
        let error = match nearest(kind, Thing::words()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        };
        return Err(error.help(format!("it begins {}", Thing::words().join(", "))));
    };
    let place = template::begin(thing, name, catalogue::is_known)?;
    let named_by = thing.named_by(name, &place);
    let place = scrub_line(&place.display().to_string());
    report::line(&format!("wrote  {place}"));
    let opens = format!("next   optlab check {place}   tries it");
    report::line(&match named_by {
        Some(how) => format!("{opens}; {how}"),
        None => format!("{opens}; `optlab {place}` opens it"),
    });
    Ok(())
}
