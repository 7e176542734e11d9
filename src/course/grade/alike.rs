//! Submissions whose scripts are alike, names and blanks aside. It is a list to look at, not a judgement: scripts of a few
//! lines that follow one formula are alike by themselves.

use std::collections::BTreeMap;

use super::report::Alike;
use crate::course::course_labs::{Course, files_of, is_script};
use crate::course::digest;
use crate::course::hand_in::HandIn;
use crate::error::text_of;
use crate::script::normalised;

/// The scripts that tasks name, compared among all submissions.
pub(super) fn among(hand_ins: &[HandIn], course: &Course) -> Vec<Alike> {
    let mut alike = Vec::new();
    for lab in &course.labs {
        let mut names: Vec<&str> = lab.lab.tasks.iter().flat_map(files_of).filter(|name| is_script(name)).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let original = course.original(lab, name).and_then(|bytes| text_of(name, bytes).ok());
            let handed_out = original.map(|text| fingerprint(&text));
            let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for hand_in in hand_ins {
                let Some(source) = hand_in.labs.get(&lab.lab.id).and_then(|files| files.files.get(name)) else {
                    continue;
                };
                let own = fingerprint(&source.text);
                if handed_out.as_ref() != Some(&own) {
                    groups.entry(own).or_default().push(hand_in.folder.clone());
                }
            }
            let several = groups.into_values().filter(|folders| folders.len() > 1);
            let mut several: Vec<Alike> =
                several.map(|folders| Alike { what: format!("{}/{name}", lab.lab.id), folders }).collect();
            several.sort_by(|a, b| a.folders.cmp(&b.folders));
            alike.extend(several);
        }
    }
    alike
}

fn fingerprint(text: &str) -> String {
    digest::of(normalised(text).as_bytes())
}
