//! The texts of a lab's scripts, for those who show them: the rule's own first. Never runs one.

use std::sync::Arc;

use super::Lab;
use crate::error::Source;
use crate::script;
use crate::script::Kind;
pub use crate::script::{Ink, Span};

/// A script as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ScriptText {
    /// Its name and its text.
    pub source: Arc<Source>,
    /// The pieces of the text that are worth telling apart, in their order.
    pub spans: Vec<Span>,
}

impl ScriptText {
    /// A script with its pieces told apart.
    pub fn of(source: &Arc<Source>) -> Self {
        Self { source: source.clone(), spans: script::highlight(&source.text) }
    }
}

impl ScriptText {
    /// It is an activation, a loss or a landscape that does not ship with optlab: somebody wrote what is differentiated.
    pub fn is_differentiated(&self) -> bool {
        let defines = |kind: Kind| match kind {
            Kind::Activation => self.source.text.contains("fn forward("),
            Kind::Loss => self.source.text.contains("fn loss("),
            _ => self.source.text.contains("fn height("),
        };
        let ships = |kind| script::shipped(kind).iter().any(|entry| entry.source.text == self.source.text);
        [Kind::Activation, Kind::Loss, Kind::Landscape].into_iter().any(|kind| defines(kind) && !ships(kind))
    }
}

impl Lab {
    /// Every script that the lab is made of: its rule's first, then the others in the order of the lab.
    pub fn script_texts(&self) -> Vec<ScriptText> {
        let rule = self.descent.as_ref().map(|descent| &descent.optimizer.script.source);
        let is_rule = |source: &&Arc<Source>| rule.is_some_and(|rule| rule.name == source.name);
        let asked = self.asked_files();
        let others = self.scripts_used.iter().chain(&asked).filter(|source| !is_rule(source));
        rule.into_iter().chain(others).map(ScriptText::of).collect()
    }
}
