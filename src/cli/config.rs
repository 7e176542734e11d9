//! `optlab config`: the settings that hold, and why. And how the other verbs come to theirs.

use serde_json::{Map, Value, json};

use super::{Colours, Person, Threads, report};
use crate::clock::Clock;
use crate::course::shelf::Shelf;
use crate::error::scrub_line;
use crate::settings::{self, Flags, Held, Setting, Settings, Why, threads_of};

/// What `optlab config` is told.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    colours: Colours,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    person: Person,
    /// One line of JSON.
    #[arg(long)]
    json: bool,
}

/// The settings that hold, and what is wrong with the file.
#[derive(Debug)]
pub(super) struct Known {
    /// What holds.
    pub held: [Held; Setting::ALL.len()],
    /// The file.
    pub settings: Settings,
}

impl Known {
    /// What holds with these flags.
    pub fn of(flags: &Flags) -> Self {
        let settings = Settings::read();
        Self { held: settings.held(flags, settings::variable), settings }
    }

    /// The value of one.
    pub fn value(&self, setting: Setting) -> Option<&str> {
        settings::value_of(&self.held, setting)
    }

    /// Threads that may work.
    pub fn threads(&self) -> usize {
        threads_of(&self.held)
    }

    /// The student's name for a lab that is opened so, where it goes before the one in progress: that of the flag, or that of
    /// the file of settings where progress has none.
    pub fn student(&self, opens: &str, clock: &Clock) -> Option<String> {
        let held = self.held.iter().find(|held| held.setting == Setting::Student)?;
        let nameless = || {
            let shelf = Shelf::of_lab(opens, clock.clone());
            shelf.and_then(|shelf| shelf.read()).is_ok_and(|progress| progress.student.is_empty())
        };
        held.value.clone().filter(|_| matches!(held.why, Why::Flag(_)) || nameless())
    }
}

/// Threads that may work in a verb without a screen, which tells on standard error what is wrong with the file.
pub(super) fn threads(flag: Threads, quiet: bool) -> usize {
    let known = Known::of(&Flags { threads: flag.threads, ..Flags::default() });
    if !quiet {
        known.settings.problems.iter().for_each(report::warning);
    }
    known.threads()
}

/// The language in which the texts of labs are wanted, by a verb's flag or without it.
pub(super) fn language(flag: Option<String>) -> Option<String> {
    Known::of(&Flags { lang: flag, ..Flags::default() }).value(Setting::Lang).map(str::to_owned)
}

/// Shows what holds, and gives the exit code.
pub(super) fn run(arguments: &Arguments) -> u8 {
    let Colours { theme, colors } = arguments.colours.clone();
    let Person { lang, student } = arguments.person.clone();
    let known = Known::of(&Flags { theme, colors, threads: arguments.threads.threads, lang, student });
    known.settings.problems.iter().for_each(report::warning);
    let file = known.settings.file.as_ref().map(|file| scrub_line(&file.display().to_string()));
    if arguments.json {
        report::json(&as_json(&known, file.as_deref()));
        return 0;
    }
    for held in &known.held {
        let value = held.value.as_deref().filter(|value| !value.is_empty()).unwrap_or("-");
        let why = match &held.why {
            Why::Flag(flag) => format!("by the flag {flag}"),
            Why::Variable(name) => format!("by the variable {name}"),
            Why::Folder(file) => format!("by the working folder, {}", file.display()),
            Why::File(line) => format!("by the file, line {line}"),
            Why::Default if held.setting == Setting::Editor => {
                "by default: the first of editor, nano, vi that there is".to_owned()
            }
            Why::Default if held.setting == Setting::Student => {
                "by default: the one in progress.yaml, if there is one".to_owned()
            }
            Why::Default => "by default".to_owned(),
        };
        report::line(&scrub_line(&format!("{:<8} {value:<12} {why}", held.setting.name())));
    }
    report::line("");
    match (file, known.settings.exists) {
        (Some(file), true) => report::line(&format!("file     {file}")),
        (Some(file), false) => report::line(&format!("file     {file} (not there; `:keep` on the screen writes it)")),
        (None, _) => report::line("file     none: there is no home folder; set HOME or XDG_CONFIG_HOME"),
    }
    0
}

fn as_json(known: &Known, file: Option<&str>) -> Value {
    let one = |held: &Held| {
        let value = match (held.setting, &held.value) {
            (Setting::Threads, Some(threads)) => threads.parse::<u64>().map_or(Value::Null, Value::from),
            (_, value) => json!(value),
        };
        let (from, which) = match &held.why {
            Why::Flag(flag) => ("flag", json!(flag)),
            Why::Variable(name) => ("variable", json!(name)),
            Why::Folder(file) => ("folder", json!(scrub_line(&file.display().to_string()))),
            Why::File(line) => ("file", json!(line)),
            Why::Default => ("default", Value::Null),
        };
        (held.setting.name().to_owned(), json!({ "value": value, "from": from, "which": which }))
    };
    let settings: Map<String, Value> = known.held.iter().map(one).collect();
    json!({ "file": file, "exists": known.settings.exists, "settings": settings })
}
