//! How far a lab's texts in other languages have come, and of which edition of the lab they are.

use std::io::Write;
use std::path::Path;

use super::Findings;
use crate::error::{Error, Place, Result};
use crate::lab::{Lab, Overlay};

/// Texts that are told by name; of more the number.
const MOST_NAMES: usize = 8;

/// What is to be said of a lab's texts in other languages. With `stamp` those that are of an older edition are confirmed to be
/// of this one, and the files that were written are told.
pub fn languages(lab: &Lab, stamp: bool) -> (Findings, Vec<String>) {
    let (mut findings, mut stamped) = (Findings::default(), Vec::new());
    for name in lab.overlays() {
        match lab.overlay(&name) {
            Err(mut errors) => findings.errors.append(&mut errors),
            Ok(overlay) if stamp => match write(lab, &overlay) {
                Ok(true) => stamped.push(overlay.source.name.clone()),
                Ok(false) => {}
                Err(error) => findings.errors.push(error),
            },
            Ok(overlay) => findings.append(of_overlay(lab, &overlay)),
        }
    }
    (findings, stamped)
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
    let accept = format!("when the texts say the same again: `optlab check --stamp {}`", lab.written.source.name);
    match overlay.changed(lab) {
        None => warn("these texts do not say of which edition of the lab they are".to_owned(), accept),
        Some(changed) if !changed.is_empty() => {
            warn(format!("the lab has changed since these texts were written: {}", names(&changed)), accept);
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
        return Err(error.help("give the path of a file: `optlab check --stamp labs/`"));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(cannot)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(cannot)?;
    if let Ok(before) = path.metadata() {
        file.as_file().set_permissions(before.permissions()).map_err(cannot)?;
    }
    file.persist(path).map_err(|error| cannot(error.error))?;
    Ok(true)
}
