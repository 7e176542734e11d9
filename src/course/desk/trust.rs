//! Which edition of a lab is believed: what it asks, what is right, and all that a student may not edit.

use crate::lab::{Document, Lab, Library, Overrides};
use crate::train::on_large_stack;

/// The lab in which the answers are believed, and whether it is the binary's: that is the one of its id if there is one and the
/// lab was not packed from a course, whatever the file of the student says; else the file itself, without what is laid over it.
pub(super) fn trusted(lab: &Lab) -> (Lab, bool) {
    let language = lab.written.overrides.language.clone();
    let none = Overrides { language, ..Overrides::default() };
    let plain = lab.written.overrides == none;
    // Scripts of a working folder go before those that ship, and are the student's.
    if plain && lab.scripts_folder().is_none() && lab.is_shipped() {
        return (lab.clone(), true);
    }
    // A lab that was packed is its key's, whatever it is called: here its answers are recorded.
    if let Some(trusted) = shipped(&lab.id).filter(|_| lab.packed.is_none()) {
        return match &none.language {
            Some(language) => (trusted.in_language(language), true),
            None => (trusted, true),
        };
    }
    let own = if plain { None } else { on_large_stack(|| lab.with(&none)).ok() };
    (own.unwrap_or_else(|| lab.clone()), false)
}

/// The binary's lab of an id, if it has one.
pub(super) fn shipped(id: &str) -> Option<Lab> {
    let file = Library::shipped().labs().iter().find(|file| file.id == id)?;
    let checked = on_large_stack(|| {
        let document = Document::parse(&file.name(), file.text).map_err(|error| vec![error])?;
        Lab::check(&document, &file.files(), None)
    });
    drop(crate::script::take_log());
    checked.ok()
}
