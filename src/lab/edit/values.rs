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
        let mut found = Vec::new();
        // What was resolved can be read again.
        if let Ok(Value::Mapping(map)) = serde_yaml::from_str::<Value>(&self.resolved) {
            for (key, value) in &map {
                let key = key.as_str().unwrap_or_default();
                if !SHOWN.contains(&key) {
                    flatten(key.to_owned(), value, &mut found);
                }
            }
        }
        found
    }
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
    use crate::lab::{Lab, Overrides};

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
