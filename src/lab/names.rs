//! The words that may stand at a key, where they are known: for completion.

use std::path::Path;

use crate::data::{SOURCES, series};
use crate::lab::keys::{self, Value};
use crate::lab::plan::Lab;
use crate::nn::{Init, LOSSES};
use crate::script::{self, Kind, Origin};

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

/// The kind of script that may be named at the key of a path; none where no script is wanted.
fn script_at(path: &str) -> Option<Kind> {
    Some(match keys::find(path)?.path {
        "optimizer.rule" => Kind::Optimizer,
        "optimizer.HYPER.schedule" => Kind::Schedule,
        "loss" | "loss.script" => Kind::Loss,
        "network.script" => Kind::Network,
        "network[].script" => Kind::Activation,
        "data.script" => Kind::Dataset,
        "landscape.script" => Kind::Landscape,
        "series.script" => Kind::Series,
        "observe" => Kind::Observer,
        _ => return None,
    })
}

/// A script of one's own may be named at the key of a path.
pub fn takes_scripts(path: &str) -> bool {
    script_at(path).is_some()
}

impl Lab {
    /// The scripts beside this lab that may be named at the key of a path, and those of its working folder, as they are
    /// written there: `my_rule.rhai`, `my_rule`. One that is not right yet is among them.
    pub fn own_scripts_at(&self, path: &str) -> Vec<String> {
        let Some(kind) = script_at(path) else { return Vec::new() };
        let beside = self.files().names_beside().into_iter().filter(|name| is_script(name));
        let made = |name: &String| self.text_of(name).is_ok_and(|source| makes(&source.text, kind));
        let entries = script::entries(kind, self.home.folder.as_deref()).unwrap_or_default().into_iter();
        let own = entries.filter(|entry| entry.origin != Origin::Shipped).map(|entry| entry.name);
        let written = |name: String| {
            if keys::find(path).is_some_and(|key| key.path == "loss") { format!("{{script: {name}}}") } else { name }
        };
        beside.filter(made).chain(own).map(written).collect()
    }
}

/// The file of that name is a script.
fn is_script(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "rhai")
}

/// The text has the function that makes a script of this kind.
fn makes(text: &str, kind: Kind) -> bool {
    let (function, _) = kind.function();
    let mut begun = text.lines().filter_map(|line| line.trim_start().strip_prefix("fn "));
    begun.any(|rest| rest.trim_start().strip_prefix(function).is_some_and(|rest| rest.trim_start().starts_with('(')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::Overrides;

    #[test]
    fn scripts_of_ones_own_are_known_at_the_keys_that_take_their_kind() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            std::fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
            std::fs::write(folder.path().join(name), text).unwrap();
        };
        write("lab.yaml", "landscape: {source: bowl, start: [1, 1]}\ntraining: {steps: 2}\n");
        write("my_rule.rhai", "//! Mine.\nfn update (w, dw, state, h, t) { w - dw");
        write("my_loss.rhai", "fn loss(y_hat, y) { (y_hat - y) ** 2 }");
        write("slow.rhai", "fn rate(t, h) { 0.1 }\n// fn update(");
        write("notes.txt", "fn update(");
        let lab = Lab::open(&folder.path().join("lab.yaml").display().to_string(), &Overrides::default()).unwrap();
        let own = |path: &str| lab.own_scripts_at(path);
        assert_eq!(own("optimizer.rule"), ["my_rule.rhai"]);
        assert_eq!(own("compare.fast.optimizer.rule"), ["my_rule.rhai"]);
        assert_eq!(own("optimizer.lr.schedule"), ["slow.rhai"]);
        assert_eq!(
            (own("loss"), own("loss.script")),
            (vec!["{script: my_loss.rhai}".into()], vec!["my_loss.rhai".into()])
        );
        assert!(own("training.batch").is_empty() && own("data.script").is_empty());
        assert!(takes_scripts("network[2].script") && !takes_scripts("title"));
    }

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
