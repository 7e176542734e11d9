//! Opens a lab: from what a user types, with what the command line lays over it, to a checked [`Lab`].

use std::path::Path;

use crate::error::Error;
use crate::lab::check;
use crate::lab::files::Files;
use crate::lab::files::library::Library;
use crate::lab::files::lookup;
use crate::lab::overrides::Overrides;
use crate::lab::plan::Lab;
use crate::lab::yaml::document::Document;

impl Lab {
    /// Checks a document; everything that is wrong is told at once. `files` finds what the lab names, and scripts under
    /// `scripts/` of the working `folder` join the catalogue. The lab is built once on the way, so that what is checked
    /// can be trained; a lab that would need more than 4 GiB is refused before anything is allocated.
    pub fn check(document: &Document, files: &Files, folder: Option<&Path>) -> Result<Self, Vec<Error>> {
        check::check(document, files, folder)
    }

    /// Opens a lab by its path or, for a shipped one, by its id or file name, lays what the command line says over it
    /// and checks it. A file that exists goes before a shipped lab of the same name.
    pub fn open(spec: &str, overrides: &Overrides) -> Result<Self, Vec<Error>> {
        let source = lookup::look_up(spec).map_err(|error| vec![error])?;
        let mut document = source.document;
        overrides.apply(&mut document).map_err(|error| vec![error])?;
        Self::check(&document, &source.files, source.folder.as_deref())
    }

    /// Checks a text as if it were saved under `name`, a path: files are looked for beside it.
    pub fn check_text(name: &str, text: &str) -> Result<(), Vec<Error>> {
        let one = |error| vec![error];
        let files = Files::beside(Path::new(name)).map_err(one)?;
        let document = Document::parse(name, text).map_err(one)?;
        let folder = lookup::working_folder(&files);
        Self::check(&document, &files, folder.as_deref()).map(drop)
    }

    /// The ids of the shipped labs, in the order of the course.
    pub fn shipped() -> impl Iterator<Item = &'static str> {
        Library::shipped().labs().iter().map(|lab| lab.id.as_str())
    }
}
