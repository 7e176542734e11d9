//! Opens a lab: from what a user types, with what the command line lays over it, to a checked [`Lab`].

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Source};
use crate::lab::check;
use crate::lab::files::Files;
use crate::lab::files::home::{Home, KeptScripts};
use crate::lab::files::library::Library;
use crate::lab::files::lookup;
use crate::lab::plan::Lab;
use crate::lab::plan::overrides::Overrides;
use crate::lab::yaml::document::Document;

impl Lab {
    /// Checks a document; everything that is wrong is told at once. `files` finds what the lab names, and scripts under
    /// `scripts/` of the working `folder` join the catalogue. The lab is built once on the way, so that what is checked
    /// can be trained; a lab that would need more than 4 GiB is refused before anything is allocated.
    pub fn check(document: &Document, files: &Files, folder: Option<&Path>) -> Result<Self, Vec<Error>> {
        let home = Home {
            name: document.source().name.clone(),
            files: files.clone(),
            folder: folder.map(Path::to_path_buf),
            alone: false,
        };
        check::check(document, &home, KeptScripts::default())
    }

    /// Opens a lab by its path or, for a shipped one, by its id or file name, lays what the command line says over it
    /// and checks it. A file that exists goes before a shipped lab of the same name.
    pub fn open(spec: &str, overrides: &Overrides) -> Result<Self, Vec<Error>> {
        let source = lookup::look_up(spec).map_err(|error| vec![error])?;
        let mut document = source.document;
        overrides.apply(&mut document).map_err(|error| vec![error])?;
        Self::check(&document, &source.files, source.folder.as_deref()).map(|lab| lab.with_overrides(overrides))
    }

    /// Opens a lab as [`Lab::open`] does, but calls it and its files by their names from its own folder on: nothing that is
    /// shown of it then depends on where it lies, or from where it was opened.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn open_by_itself(spec: &str, overrides: &Overrides) -> Result<Self, Vec<Error>> {
        let one = |error| vec![error];
        let source = lookup::look_up(spec).map_err(one)?;
        let own = source.document.source();
        let name = Path::new(&own.name).file_name().map_or_else(|| own.name.clone(), |name| name.display().to_string());
        let mut document = Document::parse(&name, &own.text).map_err(one)?;
        overrides.apply(&mut document).map_err(one)?;
        let files = source.files.without_folder();
        let home = Home { name, files, folder: source.folder, alone: true };
        check::check(&document, &home, KeptScripts::default()).map(|lab| lab.with_overrides(overrides))
    }

    /// The lab as its file was read last, with other values laid over it; its scripts are read again.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn with(&self, overrides: &Overrides) -> Result<Self, Vec<Error>> {
        let one = |error| vec![error];
        let mut document = Document::parse(&self.home.name, &self.written.source.text).map_err(one)?;
        overrides.apply(&mut document).map_err(one)?;
        check::check(&document, &self.home, KeptScripts::default()).map(|lab| lab.with_overrides(overrides))
    }

    /// The lab as its file was read last, with these texts in the place of those of its files, by the names that the lab has for
    /// them, or of its own by the name of its file; no file is written, and what is laid over the lab stays so.
    ///
    /// # Errors
    /// All that is wrong with it then.
    pub fn with_texts(&self, texts: &[(String, Arc<Source>)]) -> Result<Self, Vec<Error>> {
        let files = self.home.files.clone().with_texts(texts);
        let home = Home { files, ..self.home.clone() };
        let one = |error| vec![error];
        let own = texts.iter().find(|(name, _)| self.is_own_file(name)).map(|(_, text)| text);
        let own = own.unwrap_or(&self.written.source);
        let mut document = Document::parse(&home.name, &own.text).map_err(one)?;
        self.written.overrides.apply(&mut document).map_err(one)?;
        let lab = check::check(&document, &home, KeptScripts::default())?;
        Ok(lab.with_overrides(&self.written.overrides))
    }

    /// That is the name of its own file, without a folder.
    pub fn is_own_file(&self, name: &str) -> bool {
        Path::new(&self.home.name).file_name().is_some_and(|own| own == name)
    }

    fn with_overrides(mut self, overrides: &Overrides) -> Self {
        self.written.overrides.clone_from(overrides);
        match &overrides.language {
            Some(language) => self.in_language(language),
            None => self,
        }
    }

    /// All texts that make the lab what it is: itself as resolved, and its scripts by their names from the lab's folder on.
    pub fn texts(&self) -> (String, Vec<(String, String)>) {
        let script = |source: &Arc<Source>| (self.home.relative(&source.name), source.text.clone());
        (self.resolved.clone(), self.scripts_used.iter().map(script).collect())
    }

    /// Another edition of the lab from its [`Lab::texts`], in this one's place: data and weights are read from its files,
    /// scripts are those that are given, whatever their files hold now.
    ///
    /// # Errors
    /// All that is wrong with the texts.
    pub fn edition(&self, resolved: &str, scripts: &[(String, String)]) -> Result<Self, Vec<Error>> {
        let document = Document::parse(&self.home.name, resolved).map_err(|error| vec![error])?;
        let mut lab = check::check(&document, &self.home, KeptScripts(scripts))?;
        // Texts in another language are no part of a lab's texts: they stay as they are read here.
        if self.written.overrides.language.is_some() {
            lab.written.overrides.language.clone_from(&self.written.overrides.language);
            lab.title.clone_from(&self.title);
            lab.about.clone_from(&self.about);
            lab.learnt.clone_from(&self.learnt);
        }
        Ok(lab)
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
