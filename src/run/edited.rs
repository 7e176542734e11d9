//! A lab that was edited while its runs go on, on its way to the worker.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};

use super::start::Make;
use crate::error::Result;
use crate::snapshot::{ScriptTexts, Settings};

/// What the edit asks of the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Rule, schedules, clipping and length are the new ones from the next step on; the weights stay.
    Live,
    /// The runs stay as they are; the next start from step 0 is one of the new lab.
    NextStart,
    /// The runs start over at once.
    StartOver,
}

/// A lab as a run's folder has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabText {
    /// As resolved.
    pub lab: String,
    /// Its scripts as (path in the folder, text).
    pub scripts: Vec<(String, String)>,
}

/// Opens an edition of the lab from its text, and says what is another thing in it than in the lab as it was opened, if
/// anything is that a run is made of.
pub type Reopen = Arc<dyn Fn(&LabText) -> Result<(Edition, Option<String>)> + Send + Sync>;

/// An edition of a lab.
#[derive(Clone)]
pub struct Edition {
    /// Makes its runs.
    pub make: Arc<Mutex<Make>>,
    /// Its text, by which checkpoints know it; scripts by their names from the lab's folder on. Empty for runs that are
    /// made by hand.
    pub text: Arc<LabText>,
    /// What its runs are made with, for those who look.
    pub settings: Arc<Settings>,
    /// Its scripts once more, for those who show them.
    pub scripts: ScriptTexts,
}

impl Edition {
    /// An edition of this text, whose runs `make` makes.
    pub fn new(text: LabText, make: Make) -> Self {
        let digest = |text: &str| {
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            hasher.finish()
        };
        let scripts = text.scripts.iter().map(|(name, text)| (name.clone(), digest(text))).collect();
        let settings = Arc::new(Settings { scripts, ..Settings::default() });
        let texts = Arc::new(text.scripts.clone());
        Self { make: Arc::new(Mutex::new(make)), text: Arc::new(text), scripts: texts, settings }
    }

    /// The same, known to have these values by their keys, of which some were set over its file.
    #[must_use]
    pub fn with_values(self, values: Vec<(String, String)>, set: Vec<String>) -> Self {
        let scripts = self.settings.scripts.clone();
        Self { settings: Arc::new(Settings { set, values, scripts }), ..self }
    }
}

/// The edited lab.
#[derive(Clone)]
pub struct Edited {
    /// What was edited, for marks and the log: `my_rule.rhai`.
    pub what: String,
    /// What it asks of the runs.
    pub extent: Extent,
    /// The seed of a start over; none is the present one.
    pub seed: Option<u64>,
    /// The lab as it is now.
    pub edition: Edition,
    /// Its text for the folder of a race, and for that of each run; empty where nothing is written.
    pub texts: Vec<LabText>,
    /// The first lines of the log from the next start on; none are those of before.
    pub log: Option<Vec<String>>,
}

impl Edited {
    /// An edit that makes this edition of the lab.
    pub fn new(what: impl Into<String>, extent: Extent, seed: Option<u64>, edition: Edition) -> Self {
        Self { what: what.into(), extent, seed, edition, texts: Vec::new(), log: None }
    }
}

impl fmt::Debug for Edited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Edited({}, {:?})", self.what, self.extent)
    }
}

impl PartialEq for Edited {
    /// The very same edit.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.edition.make, &other.edition.make)
    }
}
