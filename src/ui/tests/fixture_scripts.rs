//! The scripts of the lab of the fixtures: Adam as it ships, and the rule of the student whose run fails.

use std::sync::{Arc, LazyLock};

use crate::error::Source;
use crate::lab::{Lab, Overrides, ScriptText};
use crate::snapshot::Status;

/// Those of the shipped lab with Adam, its rule first. The lab is opened once: some tests draw thousands of pictures, each
/// with these scripts.
pub fn scripts() -> Vec<ScriptText> {
    static SCRIPTS: LazyLock<Vec<ScriptText>> = LazyLock::new(|| {
        Lab::open("13-adam-on-digits", &Overrides::default()).map(|lab| lab.script_texts()).unwrap_or_default()
    });
    SCRIPTS.clone()
}

/// The script in which this run failed, or those of the shipped lab.
pub fn scripts_of(status: &Status) -> Vec<ScriptText> {
    match status {
        Status::Failed(error) => {
            let source: Option<&Arc<Source>> = error.place().map(|place| &place.source);
            source.map(ScriptText::of).into_iter().collect()
        }
        _ => scripts(),
    }
}
