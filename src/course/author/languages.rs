//! How far a lab's texts in other languages have come, and of which edition of the lab they are.

use std::path::Path;

use super::Findings;
use crate::error::{Error, Place, Result};
use crate::lab::{Lab, Overlay};
use crate::session::write_beside;

/// Texts that are told by name; of more the number.
const MOST_NAMES: usize = 8;

/// What there is to say of a lab's texts in other languages.
#[derive(Debug, Default)]
pub struct Languages {
    /// What is wrong with them, or missing, or of an older edition of the lab.
    pub findings: Findings,
    /// How many files are of an older edition of the lab.
    pub stale: usize,
    /// What was done with those that were to be confirmed, a line each.
    pub told: Vec<String>,
}

/// What is to be said of a lab's texts in other languages. Those for which `stamp` holds are confirmed to be of this edition
/// of the lab; what of the lab had changed since they were written is told before.
pub fn languages(lab: &Lab, stamp: impl Fn(&Path) -> bool) -> Languages {
    let mut all = Languages::default();
    for name in lab.overlays() {
        match lab.overlay(&name) {
            Err(mut errors) => all.findings.errors.append(&mut errors),
            Ok(overlay) if stamp(Path::new(&overlay.source.name)) => {
                let name = &overlay.source.name;
                match overlay.changed(lab) {
                    Some(changed) if changed.is_empty() => {}
                    Some(changed) => all.told.push(format!("{name}: the lab has changed since: {}", listed(&changed))),
                    None => all.told.push(format!("{name}: confirmed for the first time")),
                }
                match write(lab, &overlay) {
                    Ok(true) => all.told.push(format!("stamped {name}")),
                    Ok(false) => all.told.push(format!("{name} is of this edition already")),
                    Err(error) => all.findings.errors.push(error),
                }
            }
            Ok(overlay) => {
                all.stale += usize::from(overlay.changed(lab).is_some_and(|changed| !changed.is_empty()));
                all.findings.append(of_overlay(lab, &overlay));
            }
        }
    }
    all
}

/// All of them by name: who confirms them has to read each.
fn listed(all: &[String]) -> String {
    all.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn of_overlay(lab: &Lab, overlay: &Overlay) -> Findings {
    let mut findings = Findings::default();
    let mut warn = |what: String, help: String| {
        let top = Place { source: overlay.source.clone(), span: 0..0, key: String::new() };
        findings.warnings.push(Error::check(what).at(top).help(help));
    };
    let missing = overlay.missing(lab);
    if !missing.is_empty() {
        warn(
            format!("{} not in this language yet: {}", texts(missing.len()), names(&missing)),
            "until then students read what the lab itself says there".to_owned(),
        );
    }
    let accept = format!("when the texts say the same again: `optlab check --stamp {}`", overlay.source.name);
    match overlay.changed(lab) {
        None => warn("these texts do not say of which edition of the lab they are".to_owned(), accept),
        Some(changed) if !changed.is_empty() => {
            warn(format!("the lab has changed since these texts were written: {}", listed(&changed)), accept);
        }
        Some(_) => {}
    }
    findings
}

fn texts(count: usize) -> String {
    if count == 1 { "1 text is".to_owned() } else { format!("{count} texts are") }
}

fn names(all: &[String]) -> String {
    let shown = all.iter().take(MOST_NAMES).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if all.len() > MOST_NAMES { format!("{shown} and {} more", all.len() - MOST_NAMES) } else { shown }
}

/// Writes the stamp into the file of the texts, as a whole; tells whether it had another one.
fn write(lab: &Lab, overlay: &Overlay) -> Result<bool> {
    let text = overlay.stamped(lab)?;
    if text == overlay.source.text {
        return Ok(false);
    }
    let path = Path::new(&overlay.source.name);
    let cannot = |error: std::io::Error| Error::user(format!("cannot write {}: {error}", path.display()));
    if lab.is_shipped() {
        let error = Error::user(format!("{} is part of the program", path.display()));
        return Err(error.help("only files of your own can be stamped"));
    }
    let before = path.metadata();
    write_beside(path, true, text.as_bytes()).map_err(cannot)?;
    if let Ok(before) = before {
        std::fs::set_permissions(path, before.permissions()).map_err(cannot)?;
    }
    Ok(true)
}
