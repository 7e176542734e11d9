//! The runs of a session as they are shown: those that were given up for another start, and the present ones. It holds
//! what others measured, and tells two runs apart by what they were made with.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Bucket, Line};

/// What a run was made with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// What was laid over the lab's file, as in `training.batch=1`.
    pub set: Vec<String>,
    /// Every value of the lab with the path of its key, in the lab's order.
    pub values: Vec<(String, String)>,
    /// Its scripts by their names, each with a digest of its text.
    pub scripts: Vec<(String, u64)>,
}

impl Settings {
    /// The value of a key.
    fn value(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|(other, _)| other == key).map(|(_, value)| value.as_str())
    }

    /// The keys with their values that an argument has set: one that sets a racer with keys of its own is told by these, as what
    /// differs is.
    fn within<'s>(&'s self, key: &'s str, value: &'s str) -> Vec<(&'s str, &'s str)> {
        let inside = |own: &str| own.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
        // Of a racer all that it has is its own; in another mapping much may be what the lab says without it.
        let named = |own: &str| racer(own).is_some() || is_named(own, value);
        let own = self.values.iter().filter(|(own, _)| value.starts_with('{') && inside(own) && named(own));
        let told: Vec<_> = own.map(|(own, value)| (own.as_str(), value.as_str())).collect();
        if told.is_empty() { vec![(key, value)] } else { told }
    }

    /// What a racer of this name is made with: its own values over the lab's, and nothing of other racers.
    fn of_racer(&self, name: &str) -> Self {
        let own = |key: &str| racer(key).filter(|(whose, _)| *whose == name).map(|(_, own)| own.to_owned());
        let over: Vec<(String, String)> =
            self.values.iter().filter_map(|(key, value)| Some((own(key)?, value.clone()))).collect();
        let lab = self
            .values
            .iter()
            .filter(|(key, _)| !key.starts_with("compare.") && over.iter().all(|(own, _)| own != key));
        let values: Vec<(String, String)> = lab.cloned().chain(over.iter().cloned()).collect();
        // A script that others are made with alone is none of its own.
        let file = |text: &str| text.rsplit('/').next().unwrap_or(text).to_owned();
        let named =
            |values: &[(String, String)], script: &str| values.iter().any(|(_, value)| file(value) == file(script));
        let is_own = |script: &str| named(&values, script) || !named(&self.values, script);
        let scripts = self.scripts.iter().filter(|(script, _)| is_own(script)).cloned().collect();
        Self { set: self.set.clone(), scripts, values }
    }

    /// The loss has a penalty on the weights.
    fn has_penalty(&self) -> bool {
        let is_one =
            |key: &str| key.starts_with("penalty.") || racer(key).is_some_and(|(_, own)| own.starts_with("penalty."));
        self.values.iter().any(|(key, value)| is_one(key) && value.parse::<f64>() != Ok(0.0))
    }

    /// The values alone of which some arguments speak, as in `training.batch=1`, or `series={source: impulse}`.
    pub fn spoken_of(&self, arguments: &[String]) -> Self {
        let speaks = |argument: &String, own: &str| {
            let (key, value) = argument.split_once('=').unwrap_or((argument, ""));
            let (key, value) = (key.trim(), value.trim());
            let inside = own.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
            own == key || inside && (!value.starts_with('{') || is_named(own, value))
        };
        let values = self.values.iter().filter(|(own, _)| arguments.iter().any(|argument| speaks(argument, own)));
        Self { values: values.cloned().collect(), ..Self::default() }
    }

    /// The values that others do not have, each in a word or two: `batch 32`, `adam`, `no clip_norm`; all but the seed.
    pub fn differ_from(&self, other: &Self) -> Vec<String> {
        // Another rule has other hyper-parameters: its name tells enough.
        let rule = self.value("optimizer.rule") != other.value("optimizer.rule");
        let counts = |key: &str| key != "seed" && !(rule && key.starts_with("optimizer.") && key != "optimizer.rule");
        let own = self.values.iter().filter(|(key, own)| counts(key) && other.value(key) != Some(own.as_str()));
        let own: Vec<&(String, String)> = own.collect();
        let of = |item: &Item<'_>, key: &str| key.starts_with(item.path);
        let lacking = other.values.iter().filter(|(key, _)| counts(key) && self.value(key).is_none());
        let lacking = lacking.filter_map(|(key, _)| match item(key) {
            // What has become another one is told by what it is now.
            Some(item) if own.iter().any(|(key, _)| of(&item, key)) => None,
            Some(item) if self.values.iter().any(|(key, _)| of(&item, key)) => {
                Some(format!("no {} {}", item.path, short(item.rest)))
            }
            Some(item) => Some(format!("no {}", item.path)),
            None => Some(match racer(key) {
                // A racer of which nothing is there is told by its name alone.
                Some((name, own))
                    if self.values.iter().any(|(key, _)| racer(key).is_some_and(|(own, _)| own == name)) =>
                {
                    format!("no {name} {}", short(own))
                }
                Some((name, _)) => format!("no {name}"),
                None => format!("no {}", short(key)),
            }),
        });
        let mut told: Vec<String> = own.iter().map(|(key, value)| setting(key, value)).chain(lacking).collect();
        told.dedup();
        told
    }
}

/// A key inside of one of the lab's lists.
struct Item<'a> {
    /// `network[0]`, counted as whoever types it has to
    path: &'a str,
    /// What follows: `dense.units`, or nothing.
    rest: &'a str,
}

fn item(key: &str) -> Option<Item<'_>> {
    let list = ["network[", "averages[", "optimizer.groups["].into_iter().find(|list| key.starts_with(list))?;
    let (place, rest) = key[list.len()..].split_once(']')?;
    place.parse::<u64>().ok()?;
    Some(Item { path: &key[..=list.len() + place.len()], rest: rest.trim_start_matches('.') })
}

/// A run, as a row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// Its own among all runs of the session.
    pub id: u64,
    /// How many times the session had started, counted from 1: runs that race have the same.
    pub number: u64,
    /// Its name in a race; empty for a run alone.
    pub name: String,
    /// What it was made with.
    pub settings: Arc<Settings>,
    /// Its seed.
    pub seed: u64,
    /// What was done to it by hand on the way: `lr = 0.1 @40`, 40 steps after its start.
    pub turned: Vec<String>,
    /// The word for how it stands: `finished`.
    pub status: &'static str,
    /// Updates made, and those until its end.
    pub step: u64,
    /// Updates until its end.
    pub steps_total: u64,
    /// Updates in an epoch; 1 on a landscape, which has none.
    pub steps_per_epoch: u64,
    /// Seconds that its steps take, without loading and evaluation: their number times what one costs on average, 0 as long as
    /// none was made that nobody watched.
    pub seconds: f64,
    /// The smooth loss without its penalty, on a landscape the height where the run stands.
    pub loss: Option<f64>,
    /// The newest loss over the validation part.
    pub val_loss: Option<f64>,
    /// The newest accuracy over the validation part, 0..1.
    pub val_accuracy: Option<f64>,
}

impl RunRow {
    /// Epochs that are done, with the share of the one that is not.
    pub fn epochs(&self) -> f64 {
        self.step as f64 / self.steps_per_epoch.max(1) as f64
    }

    /// Steps in a second of training; none before there was any.
    pub fn rate(&self) -> Option<f64> {
        (self.seconds > 0.0 && self.step > 0).then(|| self.step as f64 / self.seconds)
    }

    /// A penalty is added to the loss that this run makes small, and not to [`RunRow::loss`].
    pub fn has_penalty(&self) -> bool {
        self.own_settings().has_penalty()
    }

    /// What it was made with: in a race nothing of the other runs.
    fn own_settings(&self) -> Cow<'_, Settings> {
        if self.name.is_empty() {
            Cow::Borrowed(&self.settings)
        } else {
            Cow::Owned(self.settings.of_racer(&self.name))
        }
    }

    /// What this run was made with that another one was not, each in a word or two: `batch 32`, `adam`.
    pub fn differs_from(&self, other: &Self) -> Vec<String> {
        let mut told = Vec::new();
        if !Arc::ptr_eq(&self.settings, &other.settings) || self.name != other.name {
            let (ours, theirs) = (&*self.own_settings(), &*other.own_settings());
            told = ours.differ_from(theirs);
            let edited = |(name, digest): &&(String, u64)| {
                theirs.scripts.iter().any(|(other, theirs)| other == name && theirs != digest)
            };
            let scripts = ours.scripts.iter().filter(edited);
            told.extend(scripts.map(|(name, _)| format!("{} edited", name.rsplit('/').next().unwrap_or(name))));
        }
        if self.seed != other.seed {
            told.push(format!("seed {}", self.seed));
        }
        if self.turned != other.turned {
            told.extend(self.turned.iter().cloned());
        }
        if told.is_empty() && self.name != other.name {
            told.push(self.name.clone());
        }
        told
    }

    /// What was laid over the lab's file or done by hand, each in a word or two; empty for a run as the lab has it. Of a race
    /// only what this run has of it.
    pub fn set(&self) -> Vec<String> {
        let set = self.settings.set.iter().filter_map(|argument| argument.split_once('='));
        let set = set.map(|(key, value)| (key.trim(), value.trim())).filter(|(key, _)| *key != "seed");
        let set = set.flat_map(|(key, value)| self.settings.within(key, value));
        let mut told: Vec<String> = set.filter_map(|(key, value)| self.set_of_its_own(key, value)).collect();
        let seed = self.settings.value("seed");
        let own = self.seed.to_string();
        if self.settings.set.iter().any(|argument| argument.starts_with("seed="))
            || seed.is_some_and(|seed| seed != own)
        {
            told.push(format!("seed {own}"));
        }
        told.extend(self.turned.iter().cloned());
        told
    }

    /// A key that was set, in a word or two; none if it is of another run of the race, or this one has a value of its own.
    fn set_of_its_own(&self, key: &str, value: &str) -> Option<String> {
        let whose = key.strip_prefix("compare.").filter(|_| !self.name.is_empty());
        match whose.map(|whose| whose.split_once('.').unwrap_or((whose, ""))) {
            None if self.settings.value(&format!("compare.{}.{key}", self.name)).is_some() => None,
            None => Some(setting(key, value)),
            Some((name, own)) => (name == self.name && !own.is_empty()).then(|| setting(own, value)),
        }
    }
}

/// A key with its value, as short as it is understood: `batch 32`, `network[0] units 9`, of a racer `slow lr 0.1`; a rule is its
/// own name.
pub fn setting(key: &str, value: &str) -> String {
    if let Some((name, own)) = racer(key) {
        return format!("{name} {}", setting(own, value));
    }
    if let Some(Item { path: name, rest }) = item(key) {
        return if rest.is_empty() { format!("{name} {value}") } else { format!("{name} {} {value}", short(rest)) };
    }
    match short(key) {
        "rule" | "source" | "schedule" | "script" | "loss" => value.to_owned(),
        name => format!("{name} {value}"),
    }
}

/// The last part of a key's path is a key of this mapping as it is written.
fn is_named(key: &str, mapping: &str) -> bool {
    let words = mapping.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).filter(|word| !word.is_empty());
    words.filter_map(|word| word.strip_suffix(':')).any(|name| name == short(key))
}

/// The name of a racer and the rest of the path, of a key of what it has of its own.
fn racer(key: &str) -> Option<(&str, &str)> {
    key.strip_prefix("compare.")?.split_once('.')
}

/// The last part of a path, unless it is the first one, too.
fn short(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// A run that was given up, with its curve.
#[derive(Debug, Clone, PartialEq)]
pub struct PastRun {
    /// Where it stood.
    pub row: RunRow,
    /// Its smooth loss in at most [`PastRun::BUCKETS`] buckets.
    pub curve: Line,
}

impl PastRun {
    /// As much as a chart of a wide terminal shows.
    pub const BUCKETS: usize = 256;

    /// A run as it stands, with its curve thinned.
    pub fn new(row: RunRow, mut curve: Line) -> Self {
        while curve.buckets.len() > Self::BUCKETS {
            curve.buckets =
                curve.buckets.chunks(2).filter_map(|pair| pair.iter().copied().reduce(Bucket::join)).collect();
            curve.width *= 2;
        }
        Self { row, curve }
    }
}

/// The runs of a session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunsView {
    /// Those that were given up, oldest first (at most [`RunsView::KEPT`]).
    pub past: Arc<Vec<Arc<PastRun>>>,
    /// The present ones, in the order of the lab.
    pub present: Vec<RunRow>,
    /// The one whose curve is laid beside the present one's, by its [`RunRow::id`].
    pub beside: Option<u64>,
}

impl RunsView {
    /// How many runs are kept at most.
    pub const KEPT: usize = 64;

    /// The run whose curve is laid beside the present one's.
    pub fn beside(&self) -> Option<&PastRun> {
        let id = self.beside?;
        self.past.iter().find(|past| past.row.id == id).map(Arc::as_ref)
    }
}

#[cfg(test)]
mod tests;
