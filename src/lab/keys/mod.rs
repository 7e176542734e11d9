//! The keys of a lab file, in one table: what a key is called, which kinds of lab have it, what it may hold, what it is
//! where it is not given, what an edit of it does to a lab that runs, and whether a racer may have its own.
//!
//! The check, the nearest right name, edits, races, `--set`, `optlab show` and the reference page look things up here, so
//! that a key is described once. Knows no document and no checked lab.

pub mod interval;
pub mod page;
pub mod schema;
mod table;

use std::fmt;

use interval::Interval;
pub use table::{KEYS, PANES, TASKS};

/// The kinds of lab, told apart by their sections: `network`, `landscape`, or `series` with `averages`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabKind {
    /// Trains a network on samples.
    Network,
    /// Walks two weights over a landscape.
    Landscape,
    /// Averages a series of numbers.
    Series,
}

impl LabKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Network, Self::Landscape, Self::Series];

    /// A key with a value that makes another run of such a lab, as an example of what may be set.
    pub fn example(self) -> &'static str {
        match self {
            Self::Network => "training.batch=1",
            Self::Landscape => "optimizer.lr=0.1",
            Self::Series => "series={source: impulse}",
        }
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Landscape => "landscape",
            Self::Series => "series",
        }
    }
}

/// What may stand at a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A whole number from here on, up to `u64::MAX`.
    Whole(u64),
    /// A whole number from here on, or a word.
    WholeOr(u64, &'static str),
    /// A finite number of an interval.
    Number(Interval),
    /// A whole number of at least the first and at most the second.
    WholeIn(u64, u64),
    /// A finite number of an interval, or a word.
    NumberOr(Interval, &'static str),
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of these words.
    Words(&'static [&'static str]),
    /// The name of an initialiser.
    Init,
    /// What the words say, where the check knows more than a range: `a list of numbers, the oldest first`.
    Told(&'static str),
}

/// What holds where a key is not given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Default {
    /// The key must be given, where its section is and no key that excludes it.
    Required,
    /// Nothing: what it would do is not done.
    Nothing,
    /// A whole number.
    Whole(u64),
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Flag(bool),
    /// A word.
    Word(&'static str),
    /// What the words say, where it depends on something else.
    Told(&'static str),
}

/// What an edit of a key does to a lab that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Nothing that a run knows of: it is shown at once.
    Shown,
    /// It is from the next step on.
    NextStep,
    /// It waits for a restart: the run is made of it.
    Restart,
    /// Each key inside says it for itself.
    ByKey,
}

/// What a racer of `compare` has to do with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Race {
    /// Every racer has the lab's, and none its own.
    Shared,
    /// It is the lab's alone: no racer has it.
    Apart,
    /// A racer's takes the place of the lab's.
    Replaced,
    /// A racer's is laid over the lab's, key by key.
    Merged,
    /// A racer has its own or none: it inherits nothing.
    Own,
}

impl Race {
    /// A racer may give it.
    pub fn may(self) -> bool {
        matches!(self, Self::Replaced | Self::Merged | Self::Own)
    }

    /// A racer that does not give it has the lab's.
    pub fn inherits(self) -> bool {
        !matches!(self, Self::Apart | Self::Own)
    }
}

/// A key of the lab file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Key {
    /// From the top of the file, as in `training.batch`. `[]` stands for any element of a list, a word in capitals for
    /// any name: `network[].dense.units`, `compare.NAME`.
    pub path: &'static str,
    /// The kinds of lab that have it; none if it belongs to the language and this version refuses it.
    pub labs: &'static [LabKind],
    /// What it may hold.
    pub value: Value,
    /// What holds without it.
    pub default: Default,
    /// What an edit does.
    pub edit: Edit,
    /// What a racer has to do with it.
    pub race: Race,
    /// Keys of one section with the same word here exclude each other.
    pub one_of: Option<&'static str>,
    /// The key of the same section without which this one means nothing.
    pub beside: Option<&'static str>,
    /// What it is, in one line.
    pub help: &'static str,
}

impl Key {
    /// Its own name, the last part of the path.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// The path of the section that it stands in; empty at the top of the file.
    pub fn section(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// A lab of this kind may have it.
    pub fn is_of(&self, kind: LabKind) -> bool {
        self.labs.contains(&kind)
    }

    /// It stands inside of another key, however deep.
    fn is_below(&self, other: &Self) -> bool {
        self.path.strip_prefix(other.path).is_some_and(|rest| rest.starts_with(['.', '[']))
    }

    /// It stands for any name rather than for itself: a hyper-parameter, a racer.
    pub fn is_any_name(&self) -> bool {
        is_any_name(self.name())
    }

    /// It chooses one of several things, whose parameters stand beside it: a rule, a schedule, an origin of samples.
    pub fn chooses(&self) -> bool {
        self.one_of == Some("origin") || ["rule", "schedule", "script"].contains(&self.name())
    }

    /// The keys that exclude it, of labs of any kind.
    pub fn rivals(&'static self) -> impl Iterator<Item = &'static Self> {
        let same = |other: &&Self| other.path != self.path && other.section() == self.section();
        let excluding = move |other: &&Self| other.one_of == self.one_of && self.one_of.is_some();
        KEYS.iter().filter(same).filter(excluding)
    }

    /// A path that a user wrote leads here: `network[0].dense`, `network.0.dense`, `optimizer.lr`.
    fn matches(&self, path: &str) -> bool {
        let (ours, theirs) = (segments(self.path), segments(path));
        ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(own, given)| own == given || is_any_name(own))
    }
}

fn is_any_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase())
}

/// The steps of a path, those into lists all as `[]`.
fn segments(path: &str) -> Vec<&str> {
    let spread = path.split('.').flat_map(|part| part.split_inclusive('[').flat_map(|part| part.split('[')));
    let steps = spread.filter(|step| !step.is_empty());
    steps.map(|step| if step == "]" || is_index(step.trim_end_matches(']')) { "[]" } else { step }).collect()
}

fn is_index(step: &str) -> bool {
    !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit())
}

/// The key that a path of a user leads to; one that has this very name goes before one for any name. What a racer has of
/// its own is a key of a lab.
pub fn find(path: &str) -> Option<&'static Key> {
    let path = path.strip_prefix("compare.").and_then(|rest| rest.split_once('.')).map_or(path, |(_, own)| own);
    // An element of a list is told with the list.
    let path = path.strip_suffix(']').and_then(|list| list.rsplit_once('[')).map_or(path, |(list, _)| list);
    let exact = KEYS.iter().find(|key| key.matches(path) && !key.is_any_name());
    exact.or_else(|| KEYS.iter().find(|key| key.matches(path)))
}

/// The keys directly in a section, in the table's order; `""` is the top of the file.
pub fn inside(section: &str) -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(move |key| key.section() == section)
}

/// The names of the keys directly in a section that labs of a kind have.
pub fn names(section: &str, kind: LabKind) -> Vec<&'static str> {
    inside(section).filter(|key| key.is_of(kind) && !key.is_any_name()).map(Key::name).collect()
}

/// The names of the keys of a section of which exactly one is given.
pub fn one_of(section: &str, group: &str) -> Vec<&'static str> {
    inside(section).filter(|key| key.one_of == Some(group)).map(Key::name).collect()
}

/// The names of the keys of a section that may stand beside any other.
pub fn general(section: &str) -> Vec<&'static str> {
    let free = |key: &&Key| key.one_of.is_none() && key.beside.is_none() && !key.is_any_name();
    inside(section).filter(free).map(Key::name).collect()
}

/// As a sentence goes on: "a whole number of at least 1, or `full`".
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |f: &mut fmt::Formatter<'_>, interval: &Interval| match interval.to_string().as_str() {
            "any number" => f.write_str("a number"),
            range if range.starts_with("at ") => write!(f, "a number of {range}"),
            range => write!(f, "a number {range}"),
        };
        match self {
            Self::Whole(0) => f.write_str("a whole number"),
            Self::Whole(least) => write!(f, "a whole number of at least {least}"),
            Self::WholeIn(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::WholeOr(least, word) => write!(f, "a whole number of at least {least}, or `{word}`"),
            Self::Number(interval) => number(f, interval),
            Self::NumberOr(interval, word) => {
                number(f, interval)?;
                write!(f, ", or `{word}`")
            }
            Self::Flag => f.write_str("`true` or `false`"),
            Self::Word(words) => f.write_str(&quoted(words).join(" or ")),
            Self::Words(words) => write!(f, "a list of {}", quoted(words).join(", ")),
            Self::Init => f.write_str("the name of an initialiser: `optlab list initialisers`"),
            Self::Told(words) => f.write_str(words),
        }
    }
}

fn quoted(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| format!("`{word}`")).collect()
}

impl fmt::Display for Default {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => f.write_str("must be given"),
            Self::Nothing => f.write_str("none"),
            Self::Whole(value) => write!(f, "`{value}`"),
            Self::Number(value) if *value != 0.0 && value.abs() < 1e-3 => write!(f, "`{value:e}`"),
            Self::Number(value) => write!(f, "`{value}`"),
            Self::Flag(value) => write!(f, "`{value}`"),
            Self::Word(word) => write!(f, "`{word}`"),
            Self::Told(words) => f.write_str(words),
        }
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shown => "shown at once",
            Self::NextStep => "from the next step on",
            Self::Restart => "waits for a restart",
            Self::ByKey => "as each key inside says",
        })
    }
}

impl fmt::Display for Race {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shared => "the lab's, for all",
            Self::Apart => "the lab's alone",
            Self::Replaced => "may have its own",
            Self::Merged => "may have its own, key by key",
            Self::Own => "may have its own, and inherits none",
        })
    }
}

#[cfg(test)]
mod tests;
