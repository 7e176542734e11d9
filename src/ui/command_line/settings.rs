//! `set KEY=VALUE ...` and `unset KEY ...`: what they mean, how keys and values are completed, and what is said of a key
//! while it is typed. Keys are those of the lab file, by its table; values in force are the present run's.

use crate::error::nearest;
use crate::lab::keys::{self, Key, LabKind};
use crate::lab::names;
use crate::session::{NUMBERS, Setting};
use crate::snapshot::Snapshot;

/// Values are shown up to so many characters.
const SHOWN: usize = 24;

/// What stands behind `set`.
pub fn set(rest: &str, snapshot: &Snapshot) -> Result<Setting, String> {
    let mut arguments = Vec::new();
    for argument in split(rest) {
        let Some((key, value)) = argument.split_once('=') else {
            return Err(format!("`set` wants KEY=VALUE, as in `set {}`", example(&argument, snapshot)));
        };
        let (key, value) = (key.trim(), value.trim());
        if value.is_empty() {
            return Err(format!("`{key}` wants a value, as in `set {}`", example(key, snapshot)));
        }
        known(key, snapshot)?;
        arguments.push(format!("{key}={value}"));
    }
    Ok(Setting::Set(arguments))
}

/// What stands behind `unset`.
pub fn unset(rest: &str) -> Result<Setting, String> {
    if rest.contains('=') {
        return Err("`unset` wants keys without values, as in `unset training.batch`".into());
    }
    Ok(Setting::Unset(rest.split([' ', ',']).filter(|key| !key.is_empty()).map(str::to_owned).collect()))
}

/// A name that is given a value like a knob, but is a key of the lab: which, and how it is set.
pub fn no_knob(name: &str, value: &str, snapshot: &Snapshot) -> Option<String> {
    let knob = name.rsplit('.').next().unwrap_or(name);
    let racer = |run: &str| snapshot.race.iter().flat_map(|race| &race.runs).any(|runner| runner.name == run);
    let of_racer = name.rsplit_once('.').is_some_and(|(run, _)| racer(run.strip_prefix("run.").unwrap_or(run)));
    // A number of the run is asked about, not set.
    if of_racer
        || NUMBERS.contains(&name)
        || (!name.contains('.') && snapshot.hyper.iter().any(|hyper| hyper.name == knob))
    {
        return None;
    }
    let key = if name.contains('.') { plain(snapshot).find(|key| key.path == name) } else { named(name, snapshot) }?;
    let value = if value.is_empty() { "VALUE" } else { value };
    Some(format!("`{name}` is no knob, but a key of the lab: `:set {}={value}` starts over with it", key.path))
}

/// A key that is not in the file's language is told at once where its full name is known; the rest is the check's to tell.
fn known(key: &str, snapshot: &Snapshot) -> Result<(), String> {
    if key.is_empty() {
        return Err("`set` wants KEY=VALUE, as in `set training.batch=1`".into());
    }
    if key.contains(['.', '[']) || keys::find(key).is_some_and(|key| key.is_of(kind(snapshot))) {
        return Ok(());
    }
    let hyper = snapshot.hyper.iter().find(|hyper| hyper.name == key).map(|hyper| format!("optimizer.{}", hyper.name));
    let full = named(key, snapshot).map(|key| key.path.to_owned()).or(hyper);
    let names = keys::names("", kind(snapshot));
    let full = full.or_else(|| nearest(key, names.iter().copied()).map(str::to_owned));
    let why = format!("the lab file has no key `{key}`");
    Err(full.map_or_else(
        || format!("{why}; there are {}", names.join(", ")),
        |full| format!("{why}; did you mean `{full}`?"),
    ))
}

/// What kind of lab runs.
pub(super) fn kind(snapshot: &Snapshot) -> LabKind {
    let has = |section: &str| values(snapshot).any(|(key, _)| key.starts_with(section));
    if snapshot.series.is_some() {
        LabKind::Series
    } else if has("landscape") {
        LabKind::Landscape
    } else {
        LabKind::Network
    }
}

/// The values in force.
fn values(snapshot: &Snapshot) -> impl Iterator<Item = &(String, String)> {
    snapshot.runs.present.first().into_iter().flat_map(|row| &row.settings.values)
}

/// The keys of this kind of lab that stand for themselves: none inside of a list, or for any name.
fn plain(snapshot: &Snapshot) -> impl Iterator<Item = &'static Key> {
    let kind = kind(snapshot);
    let simple = |key: &&Key| !key.path.contains('[') && !key.path.contains(char::is_uppercase);
    keys::KEYS.iter().filter(move |key| key.is_of(kind)).filter(simple)
}

/// The key inside of a section that has this name.
fn named(name: &str, snapshot: &Snapshot) -> Option<&'static Key> {
    plain(snapshot).find(|key| key.name() == name)
}

/// A key with a value that it may have.
fn example(key: &str, snapshot: &Snapshot) -> String {
    let key = key.trim();
    let full = keys::find(key).map_or_else(|| named(key, snapshot).map(|key| key.path), |_| Some(key));
    let Some(full) = full else { return "training.batch=1".into() };
    let value = values(snapshot).find(|(known, _)| known == full).map(|(_, value)| value.clone());
    let value = value.or_else(|| names::words_at(full).into_iter().next()).unwrap_or_else(|| "1".into());
    format!("{full}={value}")
}

/// The arguments of `set`, which blanks part unless they stand in brackets or quotes, or around the `=`.
fn split(rest: &str) -> Vec<String> {
    let chars: Vec<char> = rest.chars().collect();
    let (mut depth, mut quote) = (0_u32, None);
    let mut all = vec![String::new()];
    for (at, c) in chars.iter().copied().enumerate() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, ' ' | ',') if depth == 0 && begins_argument(&chars[at + 1..]) => {
                all.push(String::new());
                continue;
            }
            _ => {}
        }
        all.last_mut().into_iter().for_each(|last| last.push(c));
    }
    all.into_iter()
        .map(|argument| argument.trim().trim_end_matches(',').to_owned())
        .filter(|one| !one.is_empty())
        .collect()
}

/// `optimizer.lr =` stands here.
fn begins_argument(rest: &[char]) -> bool {
    let key = rest.iter().take_while(|c| is_of_key(**c)).count();
    let after = rest[key..].iter().find(|c| **c != ' ');
    let letter = rest.first().is_some_and(|c| c.is_alphabetic());
    letter && after == Some(&'=')
}

fn is_of_key(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '[' | ']' | '-')
}

/// The key that is being typed behind `set` or `unset`, and its value if there is a `=`.
fn at_cursor(before: &str) -> Option<(bool, &str, Option<&str>)> {
    let (word, rest) = before.trim_start().split_once(' ')?;
    let sets = match word {
        "set" => true,
        "unset" => false,
        _ => return None,
    };
    // The newest argument begins behind the last blank that is not inside of brackets and before which a value ended.
    let last = rest.rfind('=').map_or(0, |equals| {
        let head = rest[..equals].trim_end();
        head.char_indices().rev().take_while(|(_, c)| is_of_key(*c)).last().map_or(equals, |(at, _)| at)
    });
    let argument = &rest[last..];
    let open = |text: &str| {
        let count = |chars: [char; 2]| text.matches(chars).count();
        count(['[', '{']) > count([']', '}'])
    };
    let fresh = argument.rfind(' ').filter(|_| argument.contains('=') && !open(argument));
    let fresh = fresh.filter(|at| !argument[..*at].trim_end().ends_with('='));
    let argument = match fresh {
        Some(at) => &argument[at + 1..],
        None if !argument.contains('=') => argument.rsplit(' ').next().unwrap_or(argument),
        None => argument,
    };
    Some(match argument.split_once('=') {
        Some((key, value)) => (sets, key.trim(), Some(value.trim_start())),
        None => (sets, argument.trim_start(), None),
    })
}

/// What is being written inside of a value.
struct Inside<'v> {
    /// The path of the key whose value it is, or whose keys: `optimizer.rule` of `optimizer={rule: ad`.
    path: String,
    /// It is a key inside of a map, not a value.
    is_key: bool,
    /// What there is of it.
    begun: &'v str,
}

impl<'v> Inside<'v> {
    /// Follows the brackets of a value that is not complete.
    fn of(key: &str, value: &'v str) -> Self {
        // What is open: its path, and of a list the place of the element.
        let mut open: Vec<(String, Option<usize>)> = Vec::new();
        let base = |open: &[(String, Option<usize>)]| match open.last() {
            Some((path, Some(at))) => format!("{path}[{at}]"),
            Some((path, None)) => path.clone(),
            None => key.to_owned(),
        };
        let (mut path, mut is_key, mut start) = (key.to_owned(), false, 0);
        for (at, c) in value.char_indices() {
            match c {
                '{' | '[' => {
                    open.push((path, (c == '[').then_some(0)));
                    (path, is_key) = (base(&open), c == '{');
                }
                ':' if !open.is_empty() => {
                    (path, is_key) = (format!("{}.{}", base(&open), value[start..at].trim()), false);
                }
                ',' if !open.is_empty() => {
                    open.iter_mut().last().and_then(|(_, at)| at.as_mut()).into_iter().for_each(|at| *at += 1);
                    (path, is_key) = (base(&open), open.last().is_some_and(|(_, at)| at.is_none()));
                }
                '}' | ']' => {
                    (path, is_key) = (open.pop().map_or_else(|| key.to_owned(), |(path, _)| path), false);
                }
                _ => continue,
            }
            start = at + c.len_utf8();
        }
        Self { path, is_key, begun: value[start..].trim_start() }
    }
}

/// The path of the key at the cursor, if a script of one's own may be its value.
pub fn wants_script(before: &str) -> Option<String> {
    let (_, key, value) = at_cursor(before).filter(|(sets, _, _)| *sets)?;
    let inside = Inside::of(key, value?);
    (!inside.is_key && names::takes_scripts(&inside.path)).then_some(inside.path)
}

/// The words that can end what was typed behind `set` or `unset`, and the character where they begin; `own` are the scripts of
/// the user's own that may stand there.
pub fn completions(before: &str, snapshot: &Snapshot, own: &[String]) -> Option<(usize, Vec<String>)> {
    let (sets, key, value) = at_cursor(before)?;
    let of_list = keys::find(key).is_some_and(|key| matches!(key.value, keys::Value::Words(_)));
    // Of a list the element that is being written.
    let element = value.filter(|_| of_list).and_then(|value| Some(&value[value.rfind(['[', ',', ' '])? + 1..]));
    let inside = value.map(|value| Inside::of(key, value));
    let begun = element.or(inside.as_ref().map(|inside| inside.begun)).unwrap_or(key);
    let start = before.chars().count() - begun.chars().count();
    let mut words: Vec<String> = match value {
        Some(value) if of_list && element.is_none() => value.is_empty().then(|| "[".to_owned()).into_iter().collect(),
        Some(_) => match inside.filter(|_| !of_list) {
            Some(Inside { path, is_key: true, .. }) => {
                let all = keys::names(&path, kind(snapshot)).into_iter();
                all.filter(|name| name.starts_with(begun)).map(|name| format!("{name}: ")).collect()
            }
            inside => {
                let path = inside.map_or_else(|| key.to_owned(), |inside| inside.path);
                let now = values(snapshot).find(|(known, _)| *known == path).map(|(_, value)| value.clone());
                let all = names::words_at(&path).into_iter().chain(now).chain(own.iter().cloned());
                all.filter(|word| word.starts_with(begun)).collect()
            }
        },
        None if !sets => {
            let set = snapshot.runs.present.first().into_iter().flat_map(|row| &row.settings.set);
            let set = set.filter_map(|argument| argument.split('=').next()).map(str::to_owned);
            set.filter(|key| key.starts_with(begun)).collect()
        }
        None => {
            let in_force = values(snapshot).map(|(key, _)| key.clone());
            let all = plain(snapshot).filter(|key| !is_section(key)).map(|key| key.path.to_owned()).chain(in_force);
            all.filter(|path| path.starts_with(begun)).map(|path| step(&path, begun.len())).collect()
        }
    };
    words.sort();
    words.dedup();
    Some((start, words))
}

/// The key has keys of its own inside.
fn is_section(key: &Key) -> bool {
    keys::inside(key.path).next().is_some() && key.path != "loss"
}

/// A path up to the end of the part that is being typed: one level at a time, as shells complete folders.
fn step(path: &str, begun: usize) -> String {
    match path[begun..].find('.') {
        Some(at) => path[..=begun + at].to_owned(),
        None => format!("{path}="),
    }
}

/// What is said of the key that is being typed: what it is, what it is now, and what it may be.
pub fn about(before: &str, snapshot: &Snapshot) -> Option<String> {
    let (_, path, _) = at_cursor(before)?;
    let Some(key) = keys::find(path).filter(|_| !path.is_empty() && !path.ends_with('.')) else {
        let section = path.trim_end_matches('.');
        let names = keys::names(section, kind(snapshot));
        return (!names.is_empty() && (path.is_empty() || path.ends_with('.'))).then(|| match section {
            "" => format!("keys of the lab: {}", names.join(", ")),
            section => format!("{section}: {}", names.join(", ")),
        });
    };
    let now = values(snapshot).find(|(known, _)| known == path).map(|(_, value)| {
        let short: String = value.chars().take(SHOWN).collect();
        if short.len() < value.len() { format!("{short}...") } else { short }
    });
    let now = now.map_or_else(String::new, |now| format!("now {now}; "));
    Some(format!("{path}: {} ({now}{})", key.help, key.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_parted_where_a_key_begins() {
        let parted = |text: &str| split(text);
        assert_eq!(parted("training.batch=1"), ["training.batch=1"]);
        assert_eq!(parted("training.batch=1 optimizer.lr=0.1"), ["training.batch=1", "optimizer.lr=0.1"]);
        assert_eq!(parted("training.batch = 1, seed = 2"), ["training.batch = 1", "seed = 2"]);
        assert_eq!(parted("network=[dense: 4, tanh] seed=1"), ["network=[dense: 4, tanh]", "seed=1"]);
        assert_eq!(parted("title=\"a b=c\" seed=1"), ["title=\"a b=c\"", "seed=1"]);
        assert_eq!(parted("optimizer.lr={schedule: cosine, to: 0}"), ["optimizer.lr={schedule: cosine, to: 0}"]);
        assert_eq!(parted("title=two words"), ["title=two words"]);
        assert_eq!(parted(" , "), Vec::<String>::new());
    }

    #[test]
    fn inside_of_a_value_the_key_is_known_by_its_brackets() {
        let inside = |value| {
            let Inside { path, is_key, begun } = Inside::of("optimizer", value);
            (path, is_key, begun)
        };
        assert_eq!(inside("ad"), ("optimizer".into(), false, "ad"));
        assert_eq!(inside("{ru"), ("optimizer".into(), true, "ru"));
        assert_eq!(inside("{rule: my"), ("optimizer.rule".into(), false, "my"));
        assert_eq!(inside("{rule: adam, l"), ("optimizer".into(), true, "l"));
        assert_eq!(inside("{lr: {schedule: co"), ("optimizer.lr.schedule".into(), false, "co"));
        assert_eq!(inside("{lr: {schedule: cosine}, ru"), ("optimizer".into(), true, "ru"));
        let layers = Inside::of("network", "[dense: 4, {script: m");
        assert_eq!((layers.path.as_str(), layers.begun), ("network[1].script", "m"));
        assert_eq!(wants_script("set optimizer.rule=my").as_deref(), Some("optimizer.rule"));
        assert_eq!(wants_script("set seed=1 loss={script: ").as_deref(), Some("loss.script"));
        assert_eq!(
            (wants_script("set training.batch="), wants_script("set optimizer.ru"), wants_script("lr")),
            (None, None, None)
        );
    }

    #[test]
    fn the_key_under_the_cursor_is_the_newest_one() {
        assert_eq!(at_cursor("set tr"), Some((true, "tr", None)));
        assert_eq!(at_cursor("set training.batch="), Some((true, "training.batch", Some(""))));
        assert_eq!(at_cursor("set training.batch=1 op"), Some((true, "op", None)));
        assert_eq!(at_cursor("set a=1 optimizer.rule=ad"), Some((true, "optimizer.rule", Some("ad"))));
        assert_eq!(at_cursor("set network=[dense: 4, ta"), Some((true, "network", Some("[dense: 4, ta"))));
        assert_eq!(at_cursor("set training.batch = 1"), Some((true, "training.batch", Some("1"))));
        assert_eq!(at_cursor("unset training"), Some((false, "training", None)));
        assert_eq!(at_cursor("goto 12"), None);
        assert_eq!(at_cursor("set"), None);
    }
}
