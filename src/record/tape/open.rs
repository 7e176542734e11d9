//! Finds a tape by its path or, for one that ships, by its name; and lays other looks over it.

use std::fs;
use std::path::Path;

use super::{Tape, values};
use crate::error::{Error, Result};
use crate::lab::shipped_tapes;
use crate::ui::Theme;

/// How the name of a tape's file ends.
const ENDING: &str = ".tape.yaml";
/// The largest tape, in bytes.
const LARGEST: u64 = 1 << 20;

/// What may be other than the tape says.
#[derive(Debug, Default)]
pub struct Changes<'a> {
    /// The name of a theme.
    pub theme: Option<&'a str>,
    /// Columns and rows, as in `80x24`.
    pub size: Option<&'a str>,
    /// `show` or `hide`.
    pub keys: Option<&'a str>,
}

impl Tape {
    /// Opens a tape by its path, or one that ships by its name: `momentum`.
    ///
    /// # Errors
    /// There is none, or all that is wrong with it.
    pub fn open(spec: &str) -> Result<Self, Vec<Error>> {
        let one = |error: Error| vec![error];
        let path = Path::new(spec);
        if path.is_file() {
            let size = path.metadata().map_or(0, |about| about.len());
            if size > LARGEST {
                return Err(one(Error::user(format!("`{spec}` is no tape: it is larger than 1 MiB"))));
            }
            let bytes = fs::read(path).map_err(|error| one(Error::user(format!("cannot read `{spec}`: {error}"))))?;
            return Self::read(spec, &bytes);
        }
        let shipped: Vec<(String, &str)> = shipped_tapes().collect();
        let stem = |name: &str| name.strip_suffix(ENDING).unwrap_or(name).to_owned();
        let found = shipped.iter().find(|(name, _)| stem(name) == stem(spec) || format!("labs/tapes/{name}") == spec);
        let Some((name, text)) = found else {
            let names: Vec<String> = shipped.iter().map(|(name, _)| stem(name)).collect();
            let error =
                Error::user(format!("there is no tape `{spec}`")).nearest(spec, names.iter().map(String::as_str));
            let help = format!("give the path of a tape, or the name of one that ships: {}", names.join(", "));
            return Err(one(if names.is_empty() { error.help("give the path of a tape") } else { error.help(help) }));
        };
        Self::read(&format!("labs/tapes/{name}"), text.as_bytes())
    }

    /// Its name, as files are called that are made of it: that of its file without the ending.
    pub fn name(&self) -> String {
        name_of(&self.document.source().name)
    }

    /// Lays other looks over it.
    ///
    /// # Errors
    /// The size is none.
    pub fn change(&mut self, changes: &Changes<'_>) -> Result<()> {
        if let Some(theme) = changes.theme.and_then(Theme::named) {
            self.theme = theme;
        }
        if let Some(size) = changes.size {
            self.size = values::columns_and_rows(size)?;
        }
        if let Some(keys) = changes.keys {
            self.keys = keys == "show";
        }
        Ok(())
    }
}

/// The name of a tape by the path of its file.
pub(super) fn name_of(path: &str) -> String {
    let file = Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = file.strip_suffix(ENDING).or_else(|| file.strip_suffix(".yaml")).or_else(|| file.strip_suffix(".yml"));
    stem.unwrap_or(&file).to_owned()
}
