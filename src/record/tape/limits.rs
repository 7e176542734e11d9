//! What a tape may not be as a whole: too long, or with two pictures of one name.

use super::{Does, Item};
use crate::error::{Error, Result};
use crate::lab::Problems;

/// The most keys that a tape presses.
const PRESSES: usize = 50_000;

/// All steps, hidden ones too.
fn every(play: &[Item]) -> impl Iterator<Item = &Item> {
    play.iter().flat_map(|item| {
        let inside: &[Item] = if let Does::Hide(inside) = &item.does { inside } else { &[] };
        std::iter::once(item).chain(inside)
    })
}

/// A tape presses keys and types letters by the thousand, and no more.
pub(super) fn bounded(play: &[Item]) -> Result<()> {
    let mut all = 0;
    for item in every(play) {
        all += match &item.does {
            Does::Keys { keys, .. } => keys.iter().map(|pressed| usize::from(pressed.times)).sum(),
            Does::Type { text, .. } => text.chars().count(),
            _ => 1,
        };
        if all > PRESSES {
            let error = Error::user(format!("a tape presses {PRESSES} keys at most, those of its texts counted"));
            return Err(error.at(item.place.clone()));
        }
    }
    Ok(())
}

/// Files are named after shots and the tape: no two of them are alike, whatever their case.
pub(super) fn shots_apart(play: &[Item], tape: &str, problems: &mut Problems) {
    let mut names = vec![(tape.to_lowercase(), "the tape")];
    for item in every(play) {
        let Does::Shot { name, .. } = &item.does else { continue };
        let lower = name.to_lowercase();
        match names.iter().find(|(known, _)| *known == lower) {
            Some((_, whose)) => {
                let error = Error::user(format!("`{name}` is the name of {whose}, whose files would be written over"));
                problems.push(error.at(item.place.clone()).help("give the shot a name of its own"));
            }
            None => names.push((lower, "another shot")),
        }
    }
}
