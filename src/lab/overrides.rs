//! What is laid over a lab: `--set`, `--seed`, `--epochs`, `--steps` of the command line and `:set` of the screen. Never
//! changes a file.

use crate::error::{Error, Result};
use crate::lab::keys;
use crate::lab::plan::overrides::Overrides;
use crate::lab::yaml::document::{Document, SetBy};
use crate::lab::yaml::node::Step;

impl Overrides {
    /// Lays them over a document.
    pub(in crate::lab) fn apply(&self, document: &mut Document) -> Result<(), Error> {
        let lay = |document: &mut Document, argument: &str, by: SetBy| -> Result<(), Error> {
            document.lay(argument, by)?;
            if let Some((path, _)) = argument.split_once('=') {
                drop_rivals(document, path.trim());
            }
            Ok(())
        };
        for argument in &self.set {
            lay(document, argument, SetBy::Arguments)?;
        }
        for (path, value) in self.numbers() {
            if let Some(value) = value {
                document.set(path, &value.to_string())?;
                drop_rivals(document, path);
            }
        }
        self.typed.iter().try_for_each(|argument| lay(document, argument, SetBy::Typed))
    }

    /// The options that have a name of their own, by the keys that they set.
    fn numbers(&self) -> [(&'static str, Option<u64>); 3] {
        [("seed", self.seed), ("training.epochs", self.epochs), ("training.steps", self.steps)]
    }

    /// All that is laid over the lab, as `KEY=VALUE`, in the order in which it is.
    pub fn all(&self) -> Vec<String> {
        let numbers = self.numbers().into_iter().filter_map(|(path, value)| Some(format!("{path}={}", value?)));
        self.set.iter().cloned().chain(numbers).chain(self.typed.iter().cloned()).collect()
    }

    /// Sets more keys by hand: what was set before of the same keys, or inside of them, is given up.
    pub fn lay(&mut self, arguments: &[String]) {
        for argument in arguments {
            let path = path_of(argument);
            self.typed.retain(|old| !is_of(&path_of(old), &path) && !excludes(&path, &path_of(old)));
            self.typed.push(argument.clone());
        }
    }

    /// Takes keys back to what the lab's file says, whoever set them; without any name all of them.
    ///
    /// # Errors
    /// Nothing was set there. Nothing is changed then.
    pub fn lift(&mut self, paths: &[String]) -> Result<()> {
        let all = self.all();
        if all.is_empty() {
            return Err(Error::user("nothing is set: the lab runs as its file says"));
        }
        for path in paths {
            let path = path_of(path);
            if !all.iter().any(|argument| is_of(&path_of(argument), &path)) {
                let set: Vec<&str> = all.iter().map(String::as_str).collect();
                return Err(Error::user(format!("`{path}` is not set"))
                    .nearest(&path, set.iter().filter_map(|argument| argument.split('=').next()))
                    .help(format!("set are {}", set.join(", "))));
            }
        }
        let lifted = |key: &str| paths.is_empty() || paths.iter().any(|path| is_of(&path_of(key), &path_of(path)));
        self.set.retain(|argument| !lifted(argument));
        self.typed.retain(|argument| !lifted(argument));
        let numbers =
            [("seed", &mut self.seed), ("training.epochs", &mut self.epochs), ("training.steps", &mut self.steps)];
        numbers.into_iter().filter(|(path, _)| lifted(path)).for_each(|(_, number)| *number = None);
        Ok(())
    }
}

/// The path that an argument sets, with places in lists as in `network.0.dense`.
fn path_of(argument: &str) -> String {
    let path = argument.split('=').next().unwrap_or_default().trim();
    path.replace('[', ".").replace(']', "")
}

/// A path is another one, or lies inside of it.
fn is_of(path: &str, other: &str) -> bool {
    path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Two keys of one section exclude each other.
fn excludes(path: &str, other: &str) -> bool {
    let Some((key, (section, _))) = keys::find(path).zip(path.rsplit_once('.')) else { return false };
    key.rivals().any(|rival| other == format!("{section}.{}", rival.name()))
}

/// Takes away the keys that exclude the one that was set: what is laid over a lab is the later word.
pub(in crate::lab) fn drop_rivals(document: &mut Document, path: &str) {
    let Some((key, (section, _))) = keys::find(path).zip(path.rsplit_once('.')) else { return };
    for rival in key.rivals() {
        let steps: Vec<Step> = section.split('.').chain([rival.name()]).map(Step::from).collect();
        document.remove(&steps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(arguments: &[&str]) -> Overrides {
        let mut overrides = Overrides::default();
        arguments.iter().for_each(|argument| overrides.lay(&[(*argument).to_owned()]));
        overrides
    }

    #[test]
    fn a_key_that_is_set_again_has_the_newest_value_alone() {
        assert_eq!(typed(&["training.batch=1", "seed=2", "training.batch=8"]).typed, ["seed=2", "training.batch=8"]);
        assert_eq!(typed(&["network[0].dense=4", "network.0.dense=8"]).typed, ["network.0.dense=8"]);
        assert_eq!(typed(&["optimizer.lr=1", "optimizer={rule: adam}"]).typed, ["optimizer={rule: adam}"]);
        assert_eq!(typed(&["training.epochs=4", "training.steps=9"]).typed, ["training.steps=9"]);
        assert_eq!(typed(&["training.batch=4", "training.batches=9"]).typed.len(), 2);
    }

    #[test]
    fn a_key_that_the_lab_gives_is_advice_for_one_that_is_laid_over_it() {
        for (set, advice) in [("training.batchh=1", "`batch`"), ("data.noize=1", "`noise`")] {
            for by_hand in [false, true] {
                let set = vec![set.to_owned()];
                let overrides = if by_hand {
                    Overrides { typed: set, ..Overrides::default() }
                } else {
                    Overrides { set, ..Overrides::default() }
                };
                let errors = crate::lab::Lab::open("mini-batch-on-moons", &overrides).unwrap_err();
                assert!(errors[0].label_text().contains(advice), "{}", errors[0]);
            }
        }
    }

    #[test]
    fn what_is_taken_back_is_taken_back_whoever_set_it() {
        let mut overrides = Overrides { set: vec!["training.batch=4".into()], epochs: Some(3), ..typed(&["seed=2"]) };
        assert_eq!(overrides.all(), ["training.batch=4", "training.epochs=3", "seed=2"]);
        let wrong = overrides.lift(&["training.batsh".into()]).unwrap_err();
        assert!(wrong.what().contains("is not set") && wrong.label_text().contains("training.batch"), "{wrong}");
        overrides.lift(&["training".into()]).unwrap();
        assert_eq!(overrides.all(), ["seed=2"]);
        overrides.lift(&[]).unwrap();
        assert!(overrides.lift(&[]).unwrap_err().what().contains("nothing is set"));
    }
}
