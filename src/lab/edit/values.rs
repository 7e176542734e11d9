//! A checked lab as a flat list of its values, each at its path: what differs between two runs is told by it.

use serde_yaml::Value;

use crate::lab::plan::Lab;

/// Keys that name a lab or say how the screen starts.
const SHOWN: [&str; 5] = ["format", "id", "title", "about", "watch"];
/// A longer value, such as a series of numbers, is told by its beginning, its length and a digest.
const LONGEST: usize = 60;

impl Lab {
    /// Every value that the lab's runs are made of, with the path of its key, every default filled in, in the order of the
    /// resolved lab: `("training.batch", "32")`.
    pub fn values(&self) -> Vec<(String, String)> {
        // What was resolved can be read again.
        serde_yaml::from_str(&self.resolved).map(|lab| values_of(&lab)).unwrap_or_default()
    }
}

/// What the `lab.yaml` of a run says of it: it is resolved, so that it is read without the data and the scripts that it needs to
/// be opened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SavedLab {
    /// The lab's title.
    pub title: String,
    /// The seed of the run.
    pub seed: u64,
    /// Every value that the run was made of, with the path of its key.
    pub values: Vec<(String, String)>,
}

impl SavedLab {
    /// Reads it; none of a text that is no lab.
    pub fn of(text: &str) -> Option<Self> {
        let lab: Value = serde_yaml::from_str(text).ok()?;
        let Value::Mapping(map) = &lab else { return None };
        let title = map.get("title").and_then(Value::as_str).unwrap_or_default().to_owned();
        let seed = map.get("seed").and_then(Value::as_u64).unwrap_or_default();
        Some(Self { title, seed, values: values_of(&lab) })
    }
}

fn values_of(lab: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Value::Mapping(map) = lab {
        for (key, value) in map {
            let key = key.as_str().unwrap_or_default();
            if !SHOWN.contains(&key) {
                flatten(key.to_owned(), value, &mut found);
            }
        }
    }
    found
}

fn flatten(path: String, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Mapping(map) if !map.is_empty() => {
            for (key, value) in map {
                flatten(format!("{path}.{}", key.as_str().unwrap_or_default()), value, found);
            }
        }
        Value::Sequence(items) if items.iter().any(|item| item.is_mapping() || item.is_sequence()) => {
            items.iter().enumerate().for_each(|(at, item)| flatten(format!("{path}[{at}]"), item, found));
        }
        Value::Sequence(items) => {
            let items: Vec<String> = items.iter().map(word).collect();
            found.push((path, shortened(format!("[{}]", items.join(", ")))));
        }
        value => found.push((path, shortened(word(value)))),
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn shortened(text: String) -> String {
    if text.chars().count() <= LONGEST {
        return text;
    }
    // FNV-1a: only whether two are the same is asked of it.
    let digest =
        text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let head: String = text.chars().take(24).collect();
    format!("{head}... ({} characters, {:08x})", text.chars().count(), digest >> 32)
}

#[cfg(test)]
mod tests {
    use super::SavedLab;
    use crate::lab::{Lab, Overrides};

    #[test]
    fn what_a_run_wrote_of_its_lab_is_what_the_lab_was() {
        let set = vec!["training.batch=7".to_owned(), "seed=12".to_owned()];
        let lab = Lab::open("adam-on-digits", &Overrides { set, ..Overrides::default() });
        let lab = lab.map_err(|errors| errors[0].to_string()).unwrap();
        let saved = SavedLab::of(&lab.resolved).unwrap();
        assert_eq!((saved.title, saved.seed, saved.values), (lab.title.clone(), lab.seed, lab.values()));
        assert_eq!((SavedLab::of("- 1"), SavedLab::of("a: [")), (None, None));
    }

    #[test]
    fn every_value_has_its_path_and_long_ones_are_told_apart() {
        let lab = |id: &str, set: &[&str]| {
            let set = set.iter().map(|set| (*set).to_owned()).collect();
            Lab::open(id, &Overrides { set, ..Overrides::default() }).map_err(|errors| errors[0].to_string()).unwrap()
        };
        let values = lab("adam-on-digits", &["training.batch=7"]).values();
        let of = |path: &str| values.iter().find(|(key, _)| key == path).map(|(_, value)| value.as_str());
        assert_eq!((of("training.batch"), of("optimizer.rule")), (Some("7"), Some("adam")));
        assert!(of("seed").is_some() && of("title").is_none() && of("watch.speed").is_none(), "{values:?}");
        let series = |last: u32| {
            let values = (0..40).map(|i| i.to_string()).collect::<Vec<_>>().join(", ");
            lab("moving-averages", &[&format!("series={{values: [{values}, {last}]}}")]).values()
        };
        assert_ne!(series(1), series(2));
        assert_eq!(series(1), series(1));
        assert!(series(1).iter().all(|(_, value)| value.len() < 80));
    }
}
