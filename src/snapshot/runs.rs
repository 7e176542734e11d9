//! The runs of a session as they are shown: those that were given up for another start, and the present ones. It holds
//! what others measured, and tells two runs apart by what they were made with.

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

    /// What an argument has set, each key in a word or two: one that sets a racer with keys of its own is told by these, as
    /// what differs is.
    fn within(&self, key: &str, value: &str) -> Vec<String> {
        let inside = |own: &str| own.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
        // Of a racer all that it has is its own; in another mapping much may be what the lab says without it.
        let named = |own: &str| racer(own).is_some() || is_named(own, value);
        let own = self.values.iter().filter(|(own, _)| value.starts_with('{') && inside(own) && named(own));
        let told: Vec<String> = own.map(|(own, value)| setting(own, value)).collect();
        if told.is_empty() { vec![setting(key, value)] } else { told }
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
    let list = ["network[", "averages["].into_iter().find(|list| key.starts_with(list))?;
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

    /// What this run was made with that another one was not, each in a word or two: `batch 32`, `adam`.
    pub fn differs_from(&self, other: &Self) -> Vec<String> {
        let mut told = Vec::new();
        let (ours, theirs) = (&self.settings, &other.settings);
        if !Arc::ptr_eq(ours, theirs) {
            told = ours.differ_from(theirs);
            let edited = |(name, digest): &&(String, u64)| {
                theirs.scripts.iter().any(|(other, theirs)| other == name && theirs != digest)
            };
            let scripts = ours.scripts.iter().filter(edited);
            told.extend(
                scripts.map(|(name, _)| format!("{} of run {}", name.rsplit('/').next().unwrap_or(name), self.number)),
            );
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

    /// What was laid over the lab's file or done by hand, each in a word or two; empty for a run as the lab has it.
    pub fn set(&self) -> Vec<String> {
        let set = self.settings.set.iter().filter_map(|argument| argument.split_once('='));
        let set = set.map(|(key, value)| (key.trim(), value.trim())).filter(|(key, _)| *key != "seed");
        let mut told: Vec<String> = set.flat_map(|(key, value)| self.settings.within(key, value)).collect();
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
mod tests {
    use super::*;

    fn row(values: &[(&str, &str)], set: &[&str]) -> RunRow {
        let settings = Settings {
            set: set.iter().map(|set| (*set).to_owned()).collect(),
            values: values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            scripts: Vec::new(),
        };
        RunRow {
            id: 16,
            number: 1,
            name: String::new(),
            settings: Arc::new(settings),
            seed: 7,
            turned: Vec::new(),
            status: "finished",
            step: 46,
            steps_total: 460,
            steps_per_epoch: 23,
            seconds: 0.5,
            loss: Some(0.4),
            val_loss: None,
            val_accuracy: None,
        }
    }

    #[test]
    fn two_runs_are_told_apart_by_what_they_were_made_with() {
        let lab = |batch, rule, rest: &[(&'static str, &'static str)]| {
            let mut values = vec![("seed", "7"), ("training.batch", batch), ("optimizer.rule", rule)];
            values.extend_from_slice(rest);
            row(&values, &[])
        };
        let (a, b) = (lab("32", "adam", &[("optimizer.lr", "0.1")]), lab("1", "adam", &[("optimizer.lr", "0.1")]));
        assert_eq!((a.differs_from(&b), b.differs_from(&a)), (vec!["batch 32".into()], vec!["batch 1".into()]));
        let c = lab("32", "sgd", &[("optimizer.lr", "0.5"), ("training.clip_norm", "1")]);
        assert_eq!((a.differs_from(&c)[0].as_str(), c.differs_from(&a)[0].as_str()), ("adam", "sgd"));
        assert_eq!(a.differs_from(&c)[1], "no clip_norm");
        let other = RunRow { seed: 8, turned: vec!["lr = 1 @3".into()], ..a.clone() };
        assert_eq!(other.differs_from(&a), ["seed 8", "lr = 1 @3"]);
        assert_eq!(a.differs_from(&a), Vec::<String>::new());
    }

    #[test]
    fn items_of_a_list_are_told_by_their_places() {
        let exponential = |at: usize| (format!("averages[{at}].beta"), "0.98".to_owned());
        let settings = |values| Settings { values, ..Settings::default() };
        let two =
            settings(vec![exponential(0), (String::from("averages[0].corrected"), "true".into()), exponential(1)]);
        let one = settings(vec![(String::from("averages[0].simple"), "5".into())]);
        assert_eq!(one.differ_from(&two), ["averages[0] simple 5", "no averages[1]"]);
        assert_eq!(
            two.differ_from(&one),
            ["averages[0] beta 0.98", "averages[0] corrected true", "averages[1] beta 0.98"]
        );
        let plain = settings(vec![exponential(0), exponential(1)]);
        assert_eq!(plain.differ_from(&two), ["no averages[0] corrected"]);
    }

    #[test]
    fn a_racer_that_is_not_there_is_told_by_its_name_and_one_key_that_it_lacks_with_it() {
        let settings = |keys: &[&str]| Settings {
            values: keys.iter().map(|key| ((*key).to_owned(), "8".to_owned())).collect(),
            ..Settings::default()
        };
        let both =
            settings(&["compare.small.training.batch", "compare.small.training.epochs", "compare.sgd.optimizer.lr"]);
        let without = settings(&["compare.sgd.optimizer.lr"]);
        assert_eq!(without.differ_from(&both), ["no small"]);
        assert_eq!(both.differ_from(&without), ["small batch 8", "small epochs 8"]);
        let fewer = settings(&["compare.small.training.batch", "compare.sgd.optimizer.lr"]);
        assert_eq!(fewer.differ_from(&both), ["no small epochs"]);
    }

    #[test]
    fn what_was_set_is_told_in_a_word_or_two() {
        let values = [("seed", "7"), ("training.batch", "1")];
        assert_eq!(row(&values, &["training.batch=1", "optimizer.rule=sgd"]).set(), ["batch 1", "sgd"]);
        assert_eq!(row(&values, &[]).set(), Vec::<String>::new());
        assert_eq!(RunRow { seed: 8, ..row(&values, &[]) }.set(), ["seed 8"]);
        assert_eq!(row(&values, &["seed=7"]).set(), ["seed 7"]);
        // A racer is told by what it has of its own, in the words in which two runs differ.
        let racer = [("compare.small.training.batch", "8"), ("compare.sgd.optimizer.lr", "30")];
        let set = row(&racer, &["compare.small={training: {batch: 8}}", "compare.sgd.optimizer.lr=30"]).set();
        assert_eq!(set, ["small batch 8", "sgd lr 30"]);
        // Of another mapping what was typed is told, and not what else is in it by default.
        let series = [("series.source", "impulse"), ("series.samples", "80"), ("series.at", "20")];
        assert_eq!(row(&series, &["series={source: impulse}"]).set(), ["impulse"]);
        let spoken = |argument: &str| row(&series, &[]).settings.spoken_of(&[argument.to_owned()]).values.len();
        assert_eq!(["series={source: impulse}", "series.at=20", "series=x.csv", "seed=1"].map(spoken), [1, 1, 3, 0]);
        let layers = [("network[0].dense.units", "9"), ("network[1]", "tanh"), ("compare.slow.optimizer.lr", "0.1")];
        let told = layers.map(|(key, value)| setting(key, value));
        assert_eq!(told, ["network[0] units 9", "network[1] tanh", "slow lr 0.1"]);
    }

    #[test]
    fn a_curve_that_is_kept_is_thinned_and_keeps_its_spikes_and_its_length() {
        let mut buckets: Vec<Bucket> = (0..1000).map(|i| Bucket::of(f64::from(i))).collect();
        buckets[777] = Bucket::of(1e6);
        let kept = PastRun::new(row(&[], &[]), Line { buckets, width: 2 }).curve;
        assert!(kept.buckets.len() <= PastRun::BUCKETS && kept.buckets.len() as u64 * kept.width >= 2000);
        assert!(kept.buckets.iter().any(|bucket| bucket.max == 1e6));
        assert_eq!(kept.buckets.iter().map(|bucket| bucket.count).sum::<u64>(), 1000);
    }

    #[test]
    fn rates_are_of_training_alone_and_none_without_any() {
        let run = row(&[], &[]);
        assert_eq!((run.rate(), run.epochs()), (Some(92.0), 2.0));
        assert_eq!(RunRow { step: 0, seconds: 0.0, ..run }.rate(), None);
    }
}
