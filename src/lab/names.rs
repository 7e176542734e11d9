//! The words that may stand at a key, where they are known: for completion.

use crate::data::{SOURCES, series};
use crate::lab::keys::{self, Value};
use crate::nn::{Init, LOSSES};
use crate::script::{self, Kind};

/// The words that may stand at the key of a path that a user wrote, such as the names of the shipped optimizers at
/// `optimizer.rule`; none where anything else is wanted.
pub fn words_at(path: &str) -> Vec<String> {
    let Some(key) = keys::find(path) else { return Vec::new() };
    let strings = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let scripts = |kind: Kind| script::shipped(kind).into_iter().map(|entry| entry.name).collect::<Vec<_>>();
    let mut words = match (key.path, key.value) {
        (_, Value::WholeOr(_, word) | Value::NumberOr(_, word)) => strings(&[word]),
        (_, Value::Flag) => strings(&["true", "false"]),
        (_, Value::Word(words) | Value::Words(words)) => strings(words),
        (_, Value::Init) => Init::ALL.map(|init| init.name().to_owned()).to_vec(),
        ("optimizer.rule", _) => scripts(Kind::Optimizer),
        ("optimizer.HYPER.schedule", _) => scripts(Kind::Schedule),
        ("data.source", _) => {
            [scripts(Kind::Dataset), SOURCES.iter().map(|source| source.name.to_owned()).collect()].concat()
        }
        ("landscape.source", _) => scripts(Kind::Landscape),
        ("series.source", _) => {
            [scripts(Kind::Series), series::ALL.iter().map(|series| series.name.to_owned()).collect()].concat()
        }
        ("loss", _) => [scripts(Kind::Loss), LOSSES.iter().map(|loss| loss.name.to_owned()).collect()].concat(),
        _ => Vec::new(),
    };
    words.sort();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_that_the_key_takes() {
        assert!(words_at("optimizer.rule").contains(&"adam".to_owned()));
        assert!(words_at("compare.slow.optimizer.rule").contains(&"sgd".to_owned()));
        assert!(words_at("optimizer.lr.schedule").contains(&"cosine".to_owned()));
        assert!(words_at("data.source").contains(&"moons".to_owned()));
        assert!(words_at("loss").contains(&"cross_entropy".to_owned()));
        assert_eq!(words_at("training.batch"), ["full"]);
        assert_eq!(words_at("training.shuffle"), ["false", "true"]);
        assert!(words_at("network[0].dense.init").contains(&"he".to_owned()));
        assert!(words_at("watch.panes").contains(&"ledger".to_owned()));
        assert!(words_at("optimizer.lr").is_empty() && words_at("nothing").is_empty());
    }
}
