//! The catalogue: every script that is shipped in the binary, by kind and name, hidden by namesakes of a working folder.

use std::path::Path;
use std::sync::Arc;

use include_dir::{Dir, include_dir};

use super::load::header;
use crate::error::{Error, Result, Source, text_of};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scripts");

/// What a script defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An update rule.
    Optimizer,
    /// A hyper-parameter over the run.
    Schedule,
    /// A function of one element.
    Activation,
    /// A loss of one element.
    Loss,
    /// Samples and targets.
    Dataset,
    /// A list of layers.
    Network,
    /// A height over two weights.
    Landscape,
    /// Numbers one after another.
    Series,
    /// What looks at a run. It lies beside its lab and is not in the catalogue.
    Observer,
}

impl Kind {
    /// Every kind, in the order of the catalogue.
    pub const ALL: [Self; 8] = [
        Self::Optimizer,
        Self::Schedule,
        Self::Activation,
        Self::Loss,
        Self::Dataset,
        Self::Network,
        Self::Landscape,
        Self::Series,
    ];

    /// The folder under `scripts/`, which is also the word of `optlab list`.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Optimizer => "optimizers",
            Self::Schedule => "schedules",
            Self::Activation => "activations",
            Self::Loss => "losses",
            Self::Dataset => "datasets",
            Self::Network => "networks",
            Self::Landscape => "landscapes",
            Self::Series => "series",
            Self::Observer => "observers",
        }
    }

    /// The kind by its folder or its singular: `optimizers`, `optimizer`.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.folder() == word || kind.article().rsplit(' ').next() == Some(word))
    }

    /// "an optimizer", for messages.
    pub fn article(self) -> &'static str {
        match self {
            Self::Optimizer => "an optimizer",
            Self::Schedule => "a schedule",
            Self::Activation => "an activation",
            Self::Loss => "a loss",
            Self::Dataset => "a dataset",
            Self::Network => "a network",
            Self::Landscape => "a landscape",
            Self::Series => "a series",
            Self::Observer => "an observer",
        }
    }

    /// The function that makes a script of this kind, and its parameters.
    pub fn function(self) -> (&'static str, &'static str) {
        match self {
            Self::Optimizer => ("update", "w, dw, state, h, t"),
            Self::Schedule => ("rate", "t, h"),
            Self::Activation => ("forward", "x, h"),
            Self::Loss => ("loss", "y_hat, y"),
            Self::Dataset | Self::Series => ("generate", "h, rng"),
            Self::Network => ("layers", "inputs, outputs, h"),
            Self::Landscape => ("height", "x, y, h"),
            Self::Observer => ("on_step", "run"),
        }
    }

    /// Called with symbolic values.
    pub fn is_traced(self) -> bool {
        !matches!(self, Self::Dataset | Self::Network | Self::Series | Self::Observer)
    }
}

/// Where an entry comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Inside the binary.
    Shipped,
    /// A file of the working folder.
    Folder {
        /// A shipped script of the same name is hidden by it.
        hides: bool,
    },
}

/// A script of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What it defines.
    pub kind: Kind,
    /// Its name in lab files.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Its text.
    pub source: Arc<Source>,
}

impl Entry {
    /// The first line of its header: a sentence, or nothing.
    pub fn sentence(&self) -> &str {
        header(&self.source.text).first().copied().unwrap_or("")
    }
}

/// The shipped scripts of a kind, by name.
pub fn shipped(kind: Kind) -> Vec<Entry> {
    let mut entries = Vec::new();
    if let Some(folder) = SHIPPED.get_dir(kind.folder()) {
        for file in folder.files() {
            let path = file.path();
            let (Some(name), Some(text)) = (path.file_stem().and_then(|s| s.to_str()), file.contents_utf8()) else {
                continue;
            };
            if path.extension().is_some_and(|e| e == "rhai") {
                let source = Source::new(format!("scripts/{}", path.display()), text);
                entries.push(Entry { kind, name: name.to_owned(), origin: Origin::Shipped, source });
            }
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries
}

/// All scripts of a kind: those under `scripts/` of the working folder, then the shipped ones that they do not hide.
pub fn entries(kind: Kind, folder: Option<&Path>) -> Result<Vec<Entry>> {
    let shipped = shipped(kind);
    let mut all = Vec::new();
    let own = folder.map(|folder| folder.join("scripts").join(kind.folder()));
    if let Some(own) = own.filter(|own| own.is_dir()) {
        let unreadable =
            |error: std::io::Error| Error::user(format!("cannot read the folder {}: {error}", own.display()));
        for file in std::fs::read_dir(&own).map_err(unreadable)? {
            let path = file.map_err(unreadable)?.path();
            let Some(name) = path.file_stem().and_then(|s| s.to_str()).map(str::to_owned) else { continue };
            if path.extension().is_none_or(|e| e != "rhai") || !path.is_file() {
                continue;
            }
            let text = std::fs::read(&path)
                .map_err(|error| Error::user(format!("cannot read {}: {error}", path.display())))
                .and_then(|bytes| text_of(&path.display().to_string(), bytes))?;
            let namesake = shipped.iter().find(|entry| entry.name == name);
            // A copy that nobody has changed is the shipped one, but for its file, which is there to be edited.
            let origin = match namesake {
                Some(entry) if entry.source.text == text => Origin::Shipped,
                namesake => Origin::Folder { hides: namesake.is_some() },
            };
            // Such a copy in the current folder is called as what it is a copy of.
            let called = path.strip_prefix(".").ok().filter(|_| origin == Origin::Shipped).unwrap_or(&path);
            let source = Source::new(called.display().to_string(), text);
            all.push(Entry { kind, name, origin, source });
        }
    }
    let hidden: Vec<String> = all.iter().map(|entry| entry.name.clone()).collect();
    all.extend(shipped.into_iter().filter(|entry| !hidden.contains(&entry.name)));
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// The script of this kind and name; an error names the nearest. The caller adds the place.
pub fn find(kind: Kind, name: &str, folder: Option<&Path>) -> Result<Entry> {
    let all = entries(kind, folder)?;
    if let Some(entry) = all.iter().find(|entry| entry.name == name) {
        return Ok(entry.clone());
    }
    let word = kind.article().rsplit(' ').next().unwrap_or("script");
    Err(Error::user(format!("unknown {word} `{name}`"))
        .nearest(name, all.iter().map(|entry| entry.name.as_str()))
        .help(format!("`optlab list {}` shows them all, or give a path that ends in .rhai", kind.folder())))
}
