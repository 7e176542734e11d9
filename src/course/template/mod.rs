//! What `optlab new` writes: a commented file to begin with, for a lab and for each kind of script, where labs find it. It never
//! writes over a file.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::lab::Library;
use crate::lab::files::working_folder_of;
use crate::script::{Kind, shipped};
use crate::session::new_files::{NewFile, There, write_new};

/// What can be begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A lab.
    Lab,
    /// A script.
    Script(Kind),
}

/// The words for them, with what each begins with.
const ALL: [(&str, Thing, &str); 10] = [
    ("lab", Thing::Lab, include_str!("lab.yaml")),
    ("optimizer", Thing::Script(Kind::Optimizer), include_str!("optimizer.rhai")),
    ("schedule", Thing::Script(Kind::Schedule), include_str!("schedule.rhai")),
    ("activation", Thing::Script(Kind::Activation), include_str!("activation.rhai")),
    ("loss", Thing::Script(Kind::Loss), include_str!("loss.rhai")),
    ("dataset", Thing::Script(Kind::Dataset), include_str!("dataset.rhai")),
    ("network", Thing::Script(Kind::Network), include_str!("network.rhai")),
    ("landscape", Thing::Script(Kind::Landscape), include_str!("landscape.rhai")),
    ("series", Thing::Script(Kind::Series), include_str!("series.rhai")),
    ("observer", Thing::Script(Kind::Observer), include_str!("observer.rhai")),
];

/// The longest name.
const LONGEST: usize = 60;

impl Thing {
    /// The words by which things are begun.
    pub fn words() -> [&'static str; 10] {
        ALL.map(|(word, ..)| word)
    }

    /// The thing that a word means: `optimizer`, or `optimizers`, as catalogues have it.
    pub fn named(word: &str) -> Option<Self> {
        let singular = Kind::named(word).map(Self::Script);
        ALL.iter().find(|(own, ..)| *own == word).map(|(_, thing, _)| *thing).or(singular)
    }

    /// "an optimizer", for messages.
    pub fn article(self) -> &'static str {
        match self {
            Self::Lab => "a lab",
            Self::Script(kind) => kind.article(),
        }
    }

    /// What a file of it begins with; `named` is what labs call it by.
    fn text(self, name: &str, named: &str) -> String {
        let text = ALL.iter().find(|(_, thing, _)| *thing == self).map_or("", |(_, _, text)| text);
        text.replace("NAMED", named).replace("NAME", name)
    }

    /// How a lab names it: by its name where the catalogue finds it, else by its path.
    pub fn named_by(self, name: &str, place: &Path) -> Option<String> {
        let Self::Script(kind) = self else { return None };
        if kind == Kind::Observer || place.parent().is_some_and(|folder| folder.ends_with(kind.folder())) {
            return Some(format!("a lab names it by `{}`", Self::by_name(kind, name)));
        }
        let named = match kind {
            Kind::Dataset | Kind::Landscape | Kind::Series => {
                Self::by_name(kind, &format!("{name}.rhai")).replacen("source:", "script:", 1)
            }
            _ => Self::by_name(kind, &format!("{name}.rhai")),
        };
        Some(format!("a lab beside it names it by `{named}`"))
    }

    fn by_name(kind: Kind, name: &str) -> String {
        match kind {
            Kind::Optimizer => format!("optimizer: {{rule: {name}, lr: 0.1}}"),
            Kind::Schedule => format!("lr: {{schedule: {name}, lr: 0.1}}"),
            Kind::Activation => format!("network: [.., {name}, ..]"),
            Kind::Loss => format!("loss: {name}"),
            Kind::Dataset => format!("data: {{source: {name}}}"),
            Kind::Network => format!("network: {{script: {name}}}"),
            Kind::Landscape => format!("landscape: {{source: {name}, start: [-2, 1.5]}}"),
            Kind::Series => format!("series: {{source: {name}}}"),
            Kind::Observer => format!("observe: {name}.rhai"),
        }
    }

    /// A name that it may have.
    ///
    /// # Errors
    /// It may not: what is wrong, and one that would do.
    fn check(self, name: &str, taken: impl Fn(&str) -> bool) -> Result<()> {
        let script = self != Self::Lab;
        let joint = if script { '_' } else { '-' };
        let holds = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joint;
        let fits =
            name.len() <= LONGEST && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(holds);
        if !fits {
            let what = format!("`{name}` cannot be the name of {}", self.article());
            let rule = format!(
                "a name has small letters, digits and `{joint}`, begins with a letter, and has at most {LONGEST} characters"
            );
            let near = nearest_name(name, joint);
            let help = if near.is_empty() { rule } else { format!("{rule}: `{near}`") };
            return Err(Error::user(what).help(help));
        }
        let ships = match self {
            Self::Lab => Library::shipped().labs().iter().any(|lab| lab.id == name),
            Self::Script(kind) => shipped(kind).iter().any(|entry| entry.name == name) || taken(name),
        };
        if ships {
            let error = Error::user(format!("there is {} `{name}` already: it is part of the program", self.article()));
            let error = error.help("take another name");
            return Err(if script && !taken(name) {
                error.help(format!("`optlab copy {name}` copies that one, to change it"))
            } else {
                error
            });
        }
        Ok(())
    }
}

/// A name made of what was meant.
fn nearest_name(name: &str, joint: char) -> String {
    let stem = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = stem.strip_suffix(".yaml").or_else(|| stem.strip_suffix(".rhai")).unwrap_or(stem);
    let mut made = String::new();
    for c in stem.chars().take(LONGEST) {
        if c.is_ascii_alphanumeric() {
            made.push(c.to_ascii_lowercase());
        } else if !made.is_empty() && !made.ends_with(joint) {
            made.push(joint);
        }
    }
    let made = made.trim_start_matches(|c: char| !c.is_ascii_lowercase()).trim_end_matches(joint);
    if made == name { String::new() } else { made.to_owned() }
}

/// Writes the file that a thing begins with, and tells its place. `taken` tells names that the catalogue has and that are no
/// scripts.
///
/// # Errors
/// The name will not do, or there is a file already, or it cannot be written.
pub fn begin(thing: Thing, name: &str, taken: impl Fn(&str) -> bool) -> Result<PathBuf> {
    thing.check(name, taken)?;
    let here = std::fs::canonicalize(".")
        .map_err(|error| Error::user(format!("the current folder cannot be read: {error}")))?;
    let root = working_folder_of(&here);
    let ending = if thing == Thing::Lab { "yaml" } else { "rhai" };
    let file = format!("{name}.{ending}");
    let (base, path) = match thing {
        // Where labs find it by its name.
        Thing::Script(kind) if kind != Kind::Observer && (root.is_some() || here.join("scripts").is_dir()) => {
            let ups = root.map_or(0, |root| here.components().count() - root.components().count());
            let base: PathBuf = std::iter::repeat_n("..", ups).collect();
            (base, Path::new("scripts").join(kind.folder()).join(&file))
        }
        Thing::Lab | Thing::Script(Kind::Observer) if root == Some(&here) && here.join("labs").is_dir() => {
            (PathBuf::new(), Path::new("labs").join(&file))
        }
        _ => (PathBuf::new(), PathBuf::from(&file)),
    };
    let named = if path.parent().is_some_and(|folder| folder.starts_with("scripts")) { name } else { file.as_str() };
    let mut text = thing.text(name, named);
    if named != name {
        for key in ["data", "landscape", "series"] {
            text = text.replace(&format!("`{key}: {{source: {named}"), &format!("`{key}: {{script: {named}"));
        }
        text = text.replace(&format!("`- {named}: {{"), &format!("`- {{script: {named}, "));
    }
    let new = NewFile { path, bytes: text.into_bytes() };
    let place = base.join(&new.path);
    if new.there(&base)? != There::Nothing {
        let error = Error::user(format!("`{}` is there already, so that nothing was written", place.display()));
        return Err(error.help("take another name"));
    }
    write_new(&base, &[new])?;
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{Document, Files, Lab};
    use crate::train::on_large_stack;

    #[test]
    fn the_example_tasks_of_a_lab_hold_once_they_are_taken_in() {
        let text = Thing::Lab.text("mine", "mine");
        let (lab, tasks) = text.split_once("# tasks:").unwrap();
        let tasks = tasks.replace("\n# ", "\n").replace("\n#\n", "\n\n");
        let text = format!("{lab}tasks:{tasks}");
        let lab = on_large_stack(|| {
            let document = Document::parse("mine.yaml", &text).unwrap();
            Lab::check(&document, &Files::beside(Path::new("mine.yaml")).unwrap(), None)
        });
        let lab = lab.unwrap_or_else(|errors| panic!("{errors:#?}\n{text}"));
        let kinds: Vec<&str> = lab.tasks.iter().map(|task| task.kind.word()).collect();
        assert_eq!((kinds, lab.warnings.len()), (vec!["question", "measure", "goal"], 0));
    }

    #[test]
    fn every_kind_can_be_begun_by_its_word() {
        for kind in Kind::ALL.into_iter().chain([Kind::Observer]) {
            let word = kind.article().rsplit(' ').next().unwrap();
            assert_eq!(Thing::named(word), Some(Thing::Script(kind)), "{word}");
        }
        assert_eq!(Thing::named("optimizers"), Some(Thing::Script(Kind::Optimizer)));
        assert_eq!(Thing::named("thing"), None);
        assert!(ALL.iter().all(|(_, thing, _)| !thing.text("mine", "mine").contains("NAME")));
    }

    #[test]
    fn a_name_that_will_not_do_is_told_with_one_that_would() {
        let optimizer = Thing::Script(Kind::Optimizer);
        let told =
            |thing: Thing, name: &str| thing.check(name, |name| name == "moons").unwrap_err().help_lines().join("; ");
        for (name, near) in
            [("My Rule", "`my_rule`"), ("my-rule.rhai", "`my_rule`"), ("2nd", "`nd`"), ("scripts/mine", "`mine`")]
        {
            assert!(told(optimizer, name).contains(near), "{name}: {}", told(optimizer, name));
        }
        assert!(told(Thing::Lab, "My_Lab.yaml").contains("`my-lab`"));
        assert!(told(optimizer, "adam").contains("`optlab copy adam`"));
        assert!(!told(Thing::Script(Kind::Dataset), "moons").contains("copy"));
        assert!(told(Thing::Lab, "adam-on-digits").contains("another name"));
        for name in ["", "..", "../x", "a/b", "é", "a\nb", &"a".repeat(61)] {
            assert!(optimizer.check(name, |_| false).is_err(), "{name}");
        }
        assert!(optimizer.check("my_rule2", |_| false).is_ok() && Thing::Lab.check("my-lab-2", |_| false).is_ok());
    }
}
