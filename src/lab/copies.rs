//! The files that a lab is made of, as a copy of it needs them: its own, its scripts, its files with numbers. It reads them
//! and writes nothing.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Place, Result, Source};
use crate::lab::edit::tables;
use crate::lab::files::DATA_LIMIT;
use crate::lab::plan::Lab;
use crate::lab::plan::overrides::Overrides;
use crate::script::{Kind, shipped};

/// A file of a lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabPart {
    /// Where it belongs: relative to the folder of the lab, or of its root if it is of the catalogue.
    pub path: PathBuf,
    /// It is a script of the catalogue, which is found below the lab's root: `scripts/optimizers/adam.rhai`.
    pub catalogued: bool,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Lab {
    /// All files that a copy of the lab consists of, the lab's own first; of a lab that ships they come out of the binary.
    ///
    /// # Errors
    /// One cannot be read any more, or lies outside of the lab's folder, where a copy would not find it.
    pub fn parts(&self) -> Result<Vec<LabPart>> {
        let own = Path::new(&self.home.name).file_name().map(PathBuf::from).unwrap_or_default();
        let mut parts = vec![LabPart { bytes: self.bytes_of(&own)?, path: own, catalogued: false }];
        // The copy of the file names what it names without the values that are laid over it, and opens with them, too.
        let is_changed = !self.written.overrides.all().is_empty();
        let plain = is_changed.then(|| self.with(&Overrides::default()).ok()).flatten();
        for lab in std::iter::once(self).chain(&plain) {
            lab.add_parts(&mut parts)?;
        }
        for texts in self.overlays() {
            let path = PathBuf::from(texts);
            parts.push(LabPart { bytes: self.bytes_of(&path)?, path, catalogued: false });
        }
        Ok(parts)
    }

    /// The scripts and the files with numbers, without those that are there.
    fn add_parts(&self, parts: &mut Vec<LabPart>) -> Result<()> {
        let mut add = |part: LabPart| {
            if parts.iter().all(|other| other.path != part.path) {
                parts.push(part);
            }
        };
        for source in self.scripts_used.iter().chain(&self.asked_files()) {
            add(self.part_of(source)?);
        }
        let runs = self.runs();
        let tables: BTreeSet<&str> = runs.iter().flat_map(|(_, lab)| tables(lab)).chain(tables(self)).collect();
        for path in tables {
            let path = self.inside(path)?;
            add(LabPart { bytes: self.bytes_of(&path)?, path, catalogued: false });
        }
        Ok(())
    }

    /// One of the lab's scripts, by the name that messages have for it.
    ///
    /// # Errors
    /// It lies outside of the lab's folder, where a copy would not find it.
    pub fn script_part(&self, name: &str) -> Result<Option<LabPart>> {
        let asked = self.asked_files();
        let mut all = self.scripts_used.iter().chain(&asked);
        all.find(|source| source.name == name).map(|source| self.part_of(source)).transpose()
    }

    /// The folder whose `scripts/` the lab's catalogue has beside the shipped scripts, if there is one.
    pub fn scripts_folder(&self) -> Option<&Path> {
        self.home.folder.as_deref()
    }

    fn part_of(&self, source: &Source) -> Result<LabPart> {
        let bytes = source.text.clone().into_bytes();
        if let Some(path) = self.place_in_catalogue(source) {
            return Ok(LabPart { path, catalogued: true, bytes });
        }
        Ok(LabPart { path: self.inside(&self.home.relative(&source.name))?, catalogued: false, bytes })
    }

    /// `scripts/optimizers/adam.rhai`, if the script was found there by its name alone.
    fn place_in_catalogue(&self, source: &Source) -> Option<PathBuf> {
        let path = Path::new(&source.name);
        let ours = |kind: Kind| shipped(kind).iter().any(|entry| entry.source.name == source.name);
        let kind_of = |below: &Path| below.components().next()?.as_os_str().to_str().and_then(Kind::named);
        let of_folder = self.home.folder.as_deref().and_then(|folder| path.strip_prefix(folder.join("scripts")).ok());
        let of_binary = || path.strip_prefix("scripts").ok().filter(|below| kind_of(below).is_some_and(ours));
        let below = of_folder.or_else(of_binary)?;
        let plain =
            below.components().count() == 2 && kind_of(below).is_some_and(|kind| below.starts_with(kind.folder()));
        plain.then(|| Path::new("scripts").join(below))
    }

    /// A path from the lab's folder on, if it stays in there.
    fn inside(&self, path: &str) -> Result<PathBuf> {
        let parts = Path::new(path).components().filter(|part| *part != Component::CurDir);
        let path: PathBuf = parts.collect();
        if path.components().all(|part| matches!(part, Component::Normal(_))) {
            return Ok(path);
        }
        let what =
            format!("`{}` cannot be copied alone: it names `{}`, outside of its folder", self.id, path.display());
        Err(Error::user(what).help("copy the whole folder that has both, or put the file beside the lab first"))
    }

    fn bytes_of(&self, path: &Path) -> Result<Vec<u8>> {
        let place = Place::token(&self.written.source, 1, 1);
        self.home.files.bytes(&path.display().to_string(), DATA_LIMIT, &place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::on_large_stack;

    #[test]
    fn a_copy_has_what_the_file_names_and_what_is_laid_over_it() {
        let names = |set: &[&str]| {
            let set = set.iter().map(|set| (*set).to_owned()).collect();
            let overrides = Overrides { set, ..Overrides::default() };
            let lab = on_large_stack(|| Lab::open("write-an-optimizer", &overrides)).unwrap();
            on_large_stack(|| lab.parts()).unwrap().into_iter().map(|part| part.path.display().to_string()).collect()
        };
        let plain: Vec<String> = names(&[]);
        assert!(plain.iter().any(|name| name == "my_optimizer.rhai"), "{plain:?}");
        let changed = names(&["optimizer.rule=adam"]);
        assert!(plain.iter().all(|name| changed.contains(name)), "{changed:?}");
        assert!(changed.iter().any(|name| name == "scripts/optimizers/adam.rhai"), "{changed:?}");
    }
}
