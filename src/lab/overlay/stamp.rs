//! What a lab said when its texts were put into another language: hashes, by which a translation knows that the lab has been
//! changed since.

use super::{Overlay, choices_of, top};
use crate::error::{Error, Result};
use crate::lab::plan::Lab;
use crate::lab::plan::task::TaskPlan;
use crate::lab::read::field::Field;
use crate::lab::yaml::node::Node;
use crate::random::hash;

/// What `of` holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Of {
    /// A hash of all texts together.
    Whole(String),
    /// A hash of each part, by its key: `title`, `tasks.first-v`.
    Parts(Vec<(String, String)>),
}

impl Of {
    /// Reads the key `of`.
    ///
    /// # Errors
    /// It is neither a hash nor a map of hashes.
    pub fn read(field: &Field<'_>) -> Result<Self> {
        match field.node() {
            Node::Map(_) => {
                let parts = field.map("`of`")?.rest().into_iter().map(|(key, part)| Ok((key.to_owned(), word(&part)?)));
                parts.collect::<Result<_>>().map(Self::Parts)
            }
            _ => word(field).map(Self::Whole),
        }
    }
}

/// A hash; one of digits alone is a number to YAML.
fn word(field: &Field<'_>) -> Result<String> {
    match field.node() {
        Node::Int(number) => Ok(number.to_string()),
        _ => field.text().map(|text| text.trim().to_owned()),
    }
}

/// The texts of a lab, part by part, each as a hash. They are those of the lab's own file, before anything is laid over it.
fn parts(lab: &Lab) -> Vec<(String, String)> {
    let told = |key: &str, texts: &[&str]| (key.to_owned(), short(texts));
    let mut parts = vec![told("title", &[&lab.title]), told("about", &[&lab.about]), told("learnt", &[&lab.learnt])];
    let of_task = |task: &TaskPlan| {
        let mut texts = vec![task.say.as_str(), task.because.as_str()];
        texts.extend(task.hints.iter().map(String::as_str));
        texts.extend(choices_of(task).iter().flat_map(|(name, text)| [name.as_str(), text.as_str()]));
        told(&format!("tasks.{}", task.id), &texts)
    };
    parts.extend(lab.tasks.iter().filter(|task| !task.hidden).map(of_task));
    parts
}

/// Seven digits, a letter first: never a number to YAML.
fn short(texts: &[&str]) -> String {
    let texts: Vec<&str> = texts.iter().map(|text| text.trim()).collect();
    format!("h{:07x}", hash(&texts.join("\u{0}")) >> 36)
}

impl Overlay {
    /// The parts of the lab that have changed since these texts were written, by their keys; none if they are up to date.
    /// `None` if the texts do not say of what they are.
    pub fn changed(&self, lab: &Lab) -> Option<Vec<String>> {
        let parts = parts(lab);
        match self.of.as_ref()? {
            Of::Whole(own) => {
                let all: Vec<&str> = parts.iter().map(|(_, hash)| hash.as_str()).collect();
                Some(if *own == short(&all) { Vec::new() } else { vec!["the lab".to_owned()] })
            }
            Of::Parts(own) => {
                let known = |key: &str| own.iter().find(|(own, _)| own == key).map(|(_, hash)| hash);
                // A part without a hash is new, and then it is missing or was never confirmed.
                let changed = parts.iter().filter(|(key, hash)| known(key) != Some(hash) && self.says(key));
                Some(changed.map(|(key, _)| key.clone()).collect())
            }
        }
    }

    /// These texts have something of a part.
    fn says(&self, key: &str) -> bool {
        match key {
            "title" => self.title.is_some(),
            "about" => self.about.is_some(),
            "learnt" => self.learnt.is_some(),
            _ => self.tasks.iter().any(|task| key.strip_prefix("tasks.") == Some(task.id.as_str())),
        }
    }

    /// The text of this file with `of` as the lab is now: whoever has read both may say so. The rest of the file stays as it
    /// is, to the letter.
    ///
    /// # Errors
    /// The file is no list of keys, one a line.
    pub fn stamped(&self, lab: &Lab) -> Result<String> {
        let text = &self.source.text;
        let plain = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#'));
        if plain.is_none_or(|line| line.starts_with(['{', ' ', '-', '"', '\'', '%'])) {
            let error = Error::user("`of` cannot be written into this file").at(top(&self.source));
            return Err(error.help("write its keys one a line, as in `title: ..`"));
        }
        let mut of = "of:\n".to_owned();
        for (key, hash) in parts(lab).into_iter().filter(|(key, _)| self.says(key)) {
            of.extend(["  ", &key, ": ", &hash, "\n"]);
        }
        let (mut kept, mut inside, mut written) = (String::new(), false, false);
        for line in text.split_inclusive('\n') {
            let begins = line.starts_with("of:");
            if begins && !written {
                kept.push_str(&of);
                written = true;
            }
            inside = begins || inside && (line.starts_with([' ', '\t', '}']));
            if !inside {
                kept.push_str(line);
            }
        }
        if !written {
            // Behind the comments at the top.
            let comments: usize =
                text.split_inclusive('\n').take_while(|line| line.starts_with('#')).map(str::len).sum();
            kept.insert_str(comments, &of);
        }
        Ok(kept)
    }
}
