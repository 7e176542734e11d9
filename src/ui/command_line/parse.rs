//! What a line of the command line means, and how it can be completed. It reads the run's newest snapshot for names, and
//! does nothing itself.

use std::time::Duration;

use crate::error::nearest;
use crate::session::{NUMBERS, Purpose, Setting};
use crate::snapshot::{Snapshot, Speed};
use crate::ui::command_line::{looks, settings};
use crate::ui::element;
use crate::ui::look::theme::Theme;

/// A line that makes sense.
#[derive(Debug, Clone, PartialEq)]
pub enum Parsed {
    /// `lr = 0.01`, in a race `sgd.lr = 0.1`.
    Set {
        /// The run, if one is named.
        run: Option<String>,
        /// The hyper-parameter.
        name: String,
        /// Its value.
        value: f64,
    },
    /// `set training.batch=1`, `unset`
    Settings(Setting),
    /// `speed 20`, `speed max`
    Speed(Speed),
    /// `goto 120`, `120`
    Goto(u64),
    /// `until loss < 0.1`, `break grad_norm > 5`, `run.loss`
    Query(Purpose, String),
    /// `break`
    ListBreaks,
    /// `break off`
    ClearBreaks,
    /// `phases`; `phases 1.5s` goes on by itself after so long.
    Phases(Option<Duration>),
    /// `watch W2[0,1]`: the place of the parameter, and of the element if one is named.
    Watch(usize, Option<usize>),
    /// `save run.yaml`; with `save!` over a file that is there.
    Save {
        /// The file.
        path: String,
        /// One that is there may be replaced.
        replace: bool,
    },
    /// `theme light`
    Theme(Theme),
    /// `pane runs`: the pane, as it was written.
    Pane(String),
    /// `keep`
    Keep,
    /// `help`, with what is looked for.
    Help(String),
    /// `quit`, as the key does; `quit!` without a question.
    Leave {
        /// A run that is live is asked about.
        asks: bool,
    },
    /// `edit`, as the key does.
    Edit,
    /// Something that the screen knows itself.
    Tell(String),
}

/// The commands, with what follows them, for the hint under an empty line.
const COMMANDS: [(&str, &str); 15] = [
    ("goto", "goto 120"),
    ("set", "set training.batch=1"),
    ("unset", "unset training.batch"),
    ("speed", "speed 20"),
    ("until", "until loss < 0.1"),
    ("break", "break grad_norm > 5"),
    ("watch", "watch W1[0,1]"),
    ("phases", "phases 1.5s"),
    ("pane", "pane runs"),
    ("save", "save run.yaml"),
    ("save!", "save! run.yaml"),
    ("theme", "theme light"),
    ("keep", "keep"),
    ("help", "help"),
    ("quit", "quit"),
];

/// How editors and shells call what is done here, too.
const SAME: [(&str, &str); 13] = [
    ("h", "help"),
    ("q", "quit"),
    ("qa", "quit"),
    ("exit", "quit"),
    ("close", "quit"),
    ("quit!", "quit!"),
    ("q!", "quit!"),
    ("qa!", "quit!"),
    ("exit!", "quit!"),
    ("w", "save"),
    ("write", "save"),
    ("w!", "save!"),
    ("e", "edit"),
];

/// What an empty line says of itself.
pub fn examples(snapshot: &Snapshot) -> String {
    let [knob, until] = if snapshot.series.is_some() { ["", ""] } else { ["lr = 0.01, ", "until loss < 0.1, "] };
    format!("{knob}goto 120, {until}set {}, speed 20; Tab completes", settings::kind(snapshot).example())
}

/// The word begins a command.
pub fn is_command(word: &str) -> bool {
    COMMANDS.iter().any(|(name, _)| *name == word) || SAME.iter().any(|(name, _)| *name == word)
}

/// Reads a line.
pub fn parse(line: &str, snapshot: &Snapshot) -> Result<Parsed, String> {
    let line = line.trim();
    if let Ok(step) = line.parse() {
        return Ok(Parsed::Goto(step));
    }
    if let Some((name, value)) = assignment(line) {
        return set(name, value, snapshot);
    }
    let (word, rest) = line.split_once(char::is_whitespace).map_or((line, ""), |(word, rest)| (word, rest.trim()));
    let is_named = snapshot.hyper.iter().any(|hyper| hyper.name == word)
        || snapshot.race.iter().flat_map(|race| &race.runs).any(|run| run.name == word);
    let same = SAME.iter().find(|(other, _)| *other == word && !is_named);
    let word = same.map_or(word, |(_, own)| own);
    let wants = |example: &str| format!("`{word}` wants more, as in `{example}`");
    let condition = |purpose| Ok(Parsed::Query(purpose, rest.to_owned()));
    if let (Some((_, example)), true) = (COMMANDS.iter().find(|(name, _)| *name == word), rest.is_empty()) {
        return match word {
            "break" => Ok(Parsed::ListBreaks),
            "unset" => Ok(Parsed::Settings(Setting::Unset(Vec::new()))),
            "keep" => Ok(Parsed::Keep),
            "phases" => Ok(Parsed::Phases(None)),
            "help" => Ok(Parsed::Help(String::new())),
            "quit" => Ok(Parsed::Leave { asks: true }),
            _ => Err(wants(example)),
        };
    }
    match word {
        "goto" => match rest.parse() {
            Ok(step) => Ok(Parsed::Goto(step)),
            Err(_) => Err(format!("`{rest}` is no step: a whole number from 0 on is wanted, as in `goto 120`")),
        },
        "set" => settings::set(rest, snapshot).map(Parsed::Settings),
        "unset" => settings::unset(rest).map(Parsed::Settings),
        "speed" => speed(rest),
        "until" => condition(Purpose::Until),
        "break" if rest == "off" => Ok(Parsed::ClearBreaks),
        "break" => condition(Purpose::Break),
        "watch" => watch(rest, snapshot),
        "phases" => phases(rest),
        "pane" => Ok(Parsed::Pane(rest.to_owned())),
        "save" | "save!" => Ok(Parsed::Save { path: rest.to_owned(), replace: word == "save!" }),
        "theme" => Theme::named(rest)
            .map(Parsed::Theme)
            .ok_or_else(|| unknown("theme", rest, &Theme::ALL.map(|theme| theme.name().to_owned()))),
        "help" => Ok(Parsed::Help(rest.to_owned())),
        "quit!" if rest.is_empty() => Ok(Parsed::Leave { asks: false }),
        "edit" if rest.is_empty() => Ok(Parsed::Edit),
        "quit" | "quit!" | "edit" => Err(format!("`{word}` stands alone")),
        "wq" | "x" | "wqa" | "xa" => {
            Err(format!("`{word}` is two things here: `save run.yaml` writes the run as a lab, `quit` leaves"))
        }
        "keep" => Err("`keep` stands alone: it keeps theme, colours, threads and editor for the next time".to_owned()),
        _ => expression(line, word, rest, snapshot),
    }
}

/// `NAME = VALUE`, but none of `==`, `<=`, `>=`, `!=`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.') && !name.is_empty();
    (plain && !value.starts_with('=')).then(|| (name, value.trim()))
}

fn speed(rest: &str) -> Result<Parsed, String> {
    match rest.trim_end_matches("steps/s").trim_end_matches("/s").trim().parse::<f64>() {
        _ if rest == "max" => Ok(Parsed::Speed(Speed::Max)),
        Ok(speed) if speed.is_finite() && speed > 0.0 => Ok(Parsed::Speed(Speed::PerSecond(speed))),
        Ok(_) => Err("a speed is above 0, in steps a second: `speed 20`, or `speed max`".into()),
        Err(_) => Err(format!("`{rest}` is no speed: write `speed 20`, in steps a second, or `speed max`")),
    }
}

/// `1.5s`, `800ms`, or a number of seconds alone.
fn phases(rest: &str) -> Result<Parsed, String> {
    let (digits, unit) = match (rest.strip_suffix("ms"), rest.strip_suffix('s')) {
        (Some(digits), _) => (digits, 1e-3),
        (None, Some(digits)) => (digits, 1.0),
        (None, None) => (rest, 1.0),
    };
    match digits.trim().parse::<f64>() {
        Ok(time) if (0.1..=60.0).contains(&(time * unit)) => {
            Ok(Parsed::Phases(Some(Duration::from_secs_f64(time * unit))))
        }
        Ok(_) => {
            Err("a phase stands for 0.1 to 60 seconds, as in `phases 1.5s`; `phases` alone goes on by keys".into())
        }
        Err(_) => Err(format!("`{rest}` is no time: write `phases 1.5s`, or `phases` alone, which goes on by keys")),
    }
}

fn set(name: &str, value: &str, snapshot: &Snapshot) -> Result<Parsed, String> {
    if let Some(told) = settings::no_knob(name, value, snapshot) {
        return Err(told);
    }
    if snapshot.hyper.is_empty() {
        return Err(format!("there is no `{name}` to turn here"));
    }
    // A knob is also known by its key in the lab.
    let name = name.strip_prefix("optimizer.").unwrap_or(name);
    let (run, name) = match name.rsplit_once('.') {
        Some((run, name)) => (Some(run.strip_prefix("run.").unwrap_or(run).to_owned()), name.to_owned()),
        None => (None, name.to_owned()),
    };
    // In a race the rules differ, and the worker knows them all.
    if snapshot.race.is_none() && !snapshot.hyper.iter().any(|hyper| hyper.name == name) {
        let names: Vec<String> = snapshot.hyper.iter().map(|hyper| hyper.name.clone()).collect();
        return Err(unknown("hyper-parameter", &name, &names));
    }
    match value.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Parsed::Set { run, name, value }),
        _ if value.is_empty() => Err(format!("`{name}` wants a value, as in `{name} = 0.01`")),
        _ => Err(format!("`{value}` is no number; write it as `0.01` or `1e-2`")),
    }
}

fn watch(wish: &str, snapshot: &Snapshot) -> Result<Parsed, String> {
    let (name, inside) = wish.split_once('[').map_or((wish, None), |(name, inside)| (name, Some(inside)));
    let Some(at) = snapshot.state.iter().position(|state| state.parameter == name.trim()) else {
        return Err(unknown("parameter", name.trim(), &parameters(snapshot)));
    };
    let Some(inside) = inside else { return Ok(Parsed::Watch(at, None)) };
    let shape = &snapshot.state[at].shape;
    if let Some(index) = element::index(inside.trim_end_matches([']', ' ']), shape) {
        return Ok(Parsed::Watch(at, Some(index)));
    }
    let last = element::name(name.trim(), shape, shape.iter().product::<usize>().saturating_sub(1));
    Err(format!("there is no `{wish}`; the last element is `{last}`"))
}

/// What is left are expressions. A word alone that is none of a run's numbers, or two words side by side, are slips.
fn expression(line: &str, word: &str, rest: &str, snapshot: &Snapshot) -> Result<Parsed, String> {
    let plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '!');
    if let (Some(hyper), true) = (snapshot.hyper.iter().find(|hyper| hyper.name == line), line != "lr") {
        let whose = snapshot.whose().map_or_else(String::new, |run| format!("{run}: "));
        return Ok(Parsed::Tell(format!("{whose}{line} = {}", hyper.value)));
    }
    let racer = || snapshot.race.as_ref().is_some_and(|race| race.runs.iter().any(|run| run.name == word));
    let known = NUMBERS.contains(&word) || ["run", "true", "false", "PI", "E"].contains(&word) || racer();
    let slip = plain(word) && !known && rest.chars().next().is_none_or(char::is_alphanumeric);
    if slip && word.parse::<f64>().is_err() {
        let mut names: Vec<String> = COMMANDS.iter().map(|(name, _)| (*name).to_owned()).collect();
        names.extend(snapshot.hyper.iter().map(|hyper| hyper.name.clone()));
        names.extend(numbers(snapshot));
        return Err(match nearest(word, names.iter().map(String::as_str)) {
            Some(near) => format!("`{word}` is neither a command nor a number of the run; did you mean `{near}`?"),
            None => format!("`{word}` is neither a command nor a number of the run; Tab shows what there is"),
        });
    }
    Ok(Parsed::Query(Purpose::Value, line.to_owned()))
}

/// The numbers that the runs have, as expressions name them.
fn numbers(snapshot: &Snapshot) -> Vec<String> {
    if let Some(series) = &snapshot.series {
        let averages = series.averages.iter().map(|average| format!("average(\"{}\")", average.name));
        return ["step", "value"].into_iter().map(str::to_owned).chain(averages).collect();
    }
    let on_a_landscape = snapshot.state.iter().any(|state| state.parameter == "xy");
    let is_had = |name: &&str| match *name {
        "x" | "y" | "height" => on_a_landscape,
        "value" => false,
        _ => true,
    };
    NUMBERS.into_iter().filter(is_had).map(str::to_owned).collect()
}

fn unknown(what: &str, name: &str, names: &[String]) -> String {
    match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("there is no {what} `{name}`; did you mean `{near}`?"),
        None if names.is_empty() => format!("there is no {what} `{name}`, and none at all"),
        None => format!("there is no {what} `{name}`; there are {}", names.join(", ")),
    }
}

fn parameters(snapshot: &Snapshot) -> Vec<String> {
    snapshot.state.iter().map(|state| state.parameter.clone()).collect()
}

/// The words that can end what was typed, and the character where they begin; `panes` are the names of those of the lab,
/// `own` the scripts of the user's own that may stand there.
pub fn completions(before: &str, snapshot: &Snapshot, panes: &[&str], own: &[String]) -> (usize, Vec<String>) {
    if let Some(found) = settings::completions(before, snapshot, own) {
        return found;
    }
    if let Some(found) = looks::completions(before, &snapshot.state) {
        return found;
    }
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '!');
    let start = before.char_indices().rev().take_while(|(_, c)| inside(*c)).last().map_or(before.len(), |(at, _)| at);
    let (ahead, begun) = before.split_at(start);
    let command = ahead.split_whitespace().next().unwrap_or_default();
    let strings = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let racers = || snapshot.race.iter().flat_map(|race| race.runs.iter().map(|run| run.name.clone()));
    let mut all = match command {
        "theme" => Theme::ALL.map(|theme| theme.name().to_owned()).to_vec(),
        "watch" => parameters(snapshot),
        "pane" => strings(panes),
        "speed" => strings(&["max"]),
        "goto" | "save" | "save!" | "keep" | "phases" => Vec::new(),
        _ => {
            // Within an expression, and in place of a command that is one.
            let mut numbers = numbers(snapshot);
            numbers.extend(looks::functions(&snapshot.state));
            let mut names = numbers.clone();
            names.extend(numbers.iter().map(|name| format!("run.{name}")).filter(|_| begun.starts_with("run.")));
            let of_racer = |racer: String| numbers.iter().map(move |name| format!("run.{racer}.{name}"));
            names.extend(racers().flat_map(of_racer).filter(|name| {
                // Only once the racer is begun: there would be no end of them.
                begun.len() > 4 && begun.starts_with("run.") && name.starts_with(begun)
            }));
            if command.is_empty() {
                names.extend(COMMANDS.iter().map(|(name, _)| (*name).to_owned()));
                names.extend(snapshot.hyper.iter().map(|hyper| hyper.name.clone()));
            } else if command == "break" {
                names.push("off".into());
            }
            names
        }
    };
    all.retain(|name| name.starts_with(begun));
    all.sort();
    all.dedup();
    (ahead.chars().count(), all)
}
