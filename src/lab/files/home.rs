//! Where a lab stands: its name, its files and the folder whose scripts join the catalogue. And texts of its scripts from
//! another time, that are read in the place of its files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Files;
use crate::error::{Result, Source};
use crate::script::{self, Entry, Kind};

/// What is needed to check another text of a lab in its place.
#[derive(Debug, Clone)]
pub(in crate::lab) struct Home {
    /// What errors call the lab: `labs/mine.yaml`.
    pub name: String,
    /// What the lab names is found here.
    pub files: Files,
    /// Scripts under its `scripts/` join the catalogue.
    pub folder: Option<PathBuf>,
    /// Scripts of that folder are called by their names from there on, wherever it lies.
    pub alone: bool,
}

impl Files {
    /// The same files, called by their names from the folder of the naming file on.
    #[must_use]
    pub fn without_folder(self) -> Self {
        match self {
            Self::Disk { root, dir, .. } => Self::Disk { root, dir, shown: PathBuf::new() },
            Self::Shipped { .. } => self,
            Self::Laid { under, texts } => Self::Laid { under: Box::new(under.without_folder()), texts },
        }
    }
}

impl Home {
    /// The script of the catalogue of this kind and name.
    ///
    /// # Errors
    /// There is none; the nearest is named.
    pub fn script(&self, kind: Kind, name: &str) -> Result<Entry> {
        let mut entry = script::find(kind, name, self.folder.as_deref())?;
        if let (Some(folder), true) = (&self.folder, self.alone)
            && let Ok(inside) = Path::new(&entry.source.name).strip_prefix(folder)
        {
            entry.source = Source::new(inside.display().to_string(), entry.source.text.as_str());
        }
        Ok(entry)
    }

    /// A script's name as it is from the lab's own folder, wherever the program was started: `mine.rhai`.
    pub fn relative(&self, script: &str) -> String {
        self.files.relative(script)
    }
}

/// Texts of scripts that stand in the place of what files hold now, by the names that [`Home::relative`] gives them.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::lab) struct KeptScripts<'k>(pub &'k [(String, String)]);

impl KeptScripts<'_> {
    /// The script of a path that stands in the lab or in one of its files, if it was kept.
    pub fn at_path(&self, files: &Files, spec: &str) -> Option<Arc<Source>> {
        let shown = files.shown(spec);
        let name = files.relative(&shown);
        let (_, text) = self.0.iter().find(|(kept, _)| *kept == name)?;
        Some(Source::new(shown, text.as_str()))
    }

    /// The script of the catalogue's folder `optimizers` and its kin, if it was kept.
    pub fn catalogued(&self, folder: &str, name: &str) -> Option<Arc<Source>> {
        let place = Path::new("scripts").join(folder).join(format!("{name}.rhai"));
        let (kept, text) = self.0.iter().find(|(kept, _)| Path::new(kept).ends_with(&place))?;
        Some(Source::new(kept.as_str(), text.as_str()))
    }
}
