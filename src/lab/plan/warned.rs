//! What of a lab's warnings is told at once, in a line: the first that somebody can act upon. All of them stand in the log of
//! its runs.

use crate::error::Error;
use crate::lab::plan::Lab;

/// The first of some warnings that somebody can act upon, in these words, and where the others are; what nobody can change is
/// left to the log.
pub(crate) fn told_first<'w>(
    warnings: impl Iterator<Item = &'w Error>,
    words: impl Fn(&Error) -> String,
) -> Option<String> {
    let mut warnings = warnings.filter(|warning| !warning.is_note());
    let first = warnings.next()?;
    Some(match warnings.count() {
        0 => format!("warning: {}", words(first)),
        more => format!("warning: {} (and {more} more in the Log pane: `:pane log`)", words(first)),
    })
}

impl Lab {
    /// What is told of its warnings when it is opened.
    pub fn warned(&self) -> Option<String> {
        told_first(self.warnings.iter(), |first| first.what().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_can_be_acted_upon_is_told_and_where_the_others_are() {
        let told = |all: &[Error]| told_first(all.iter(), |error| error.what().to_owned());
        let (note, other) = (Error::note("so it is"), Error::user("mend this"));
        assert_eq!(told(&[note.clone(), note.clone()]), None);
        assert_eq!(told(&[note.clone(), other.clone()]).unwrap(), "warning: mend this");
        let two = told(&[other.clone(), note, Error::user("and that")]).unwrap();
        assert_eq!(two, "warning: mend this (and 1 more in the Log pane: `:pane log`)");
    }
}
