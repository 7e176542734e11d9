//! What students get wrong, and what the judge says of it.

mod made;
mod others;
mod rules;
mod verdicts;

use std::sync::Arc;

use super::{judge, of_catalogue};
use crate::error::Source;
use crate::lab::plan::task::{Case, ONLY_CASE, ScriptTask};
use crate::script::{Kind, find};
use crate::snapshot::{Outcome, Verdict};

/// A case with everything as it is where a lab says nothing.
pub(super) fn case(name: &str) -> Case {
    Case {
        name: name.to_owned(),
        points: 1.0,
        hidden: false,
        hyper: Vec::new(),
        steps: 3,
        from: 1,
        zero_gradient: false,
        shapes: Vec::new(),
        at: Vec::new(),
        inputs: Vec::new(),
        seeds: Vec::new(),
    }
}

pub(super) fn task(cases: Vec<Case>) -> ScriptTask {
    let cases = if cases.is_empty() { vec![case(ONLY_CASE)] } else { cases };
    ScriptTask { file: "mine.rhai".to_owned(), same_as: None, hyper: Vec::new(), cases }
}

/// The text of a shipped script.
pub(super) fn shipped(kind: Kind, name: &str) -> Arc<Source> {
    find(kind, name, None).unwrap().source
}

/// A student's file that is a shipped script with one passage written otherwise, and the verdict on it.
pub(super) fn altered(kind: Kind, name: &str, changes: &[(&str, &str)], cases: Vec<Case>) -> Verdict {
    let reference = shipped(kind, name);
    let mut text = reference.text.clone();
    for (from, to) in changes {
        assert!(text.contains(from), "{name} has no `{from}`");
        text = text.replace(from, to);
    }
    judge(&task(cases), &reference, &Source::new("mine.rhai", text), true)
}

/// The verdict on a text of a student's own.
pub(super) fn written(kind: Kind, name: &str, text: &str, cases: Vec<Case>) -> Verdict {
    judge(&task(cases), &shipped(kind, name), &Source::new("mine.rhai", text), true)
}

/// All that a student reads of a verdict.
pub(super) fn read(verdict: &Verdict) -> String {
    let head = format!("{:?} {}\n{}", verdict.outcome, verdict.points, verdict.message);
    verdict.details.iter().fold(head, |text, line| format!("{text}\n- {line}"))
}

pub(super) fn passes(verdict: &Verdict) {
    assert_eq!(verdict.outcome, Outcome::Passed, "{}", read(verdict));
}
