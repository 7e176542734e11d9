//! The settings of a user: what the file `config.yaml` says, what flags and variables say over it, and what is kept in it.
//! A file that is wrong stops nothing: it is told, and the rest holds. It reads variables and the file, and prints nothing.

mod keep;

pub use keep::keep;

use std::path::PathBuf;

use etcetera::BaseStrategy;

use crate::error::{Error, Result};
use crate::lab::files::{LANGUAGE, read_bounded, working_folder_of};
use crate::lab::{Document, Node, Part, Step};

/// The largest file of settings.
const LIMIT: u64 = 256 << 10;

/// Something that can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// The colours of the screen.
    Theme,
    /// How many colours the terminal is asked to show.
    Colors,
    /// Threads that may work.
    Threads,
    /// The editor of the key `e`.
    Editor,
    /// The language of the labs' texts.
    Lang,
    /// The student's name, for progress that has none yet.
    Student,
}

/// The themes of the screen.
pub const THEMES: [&str; 5] = ["dark", "light", "lecture", "lecture-light", "mono"];
/// The colours that a terminal can be asked to show.
pub const COLORS: [&str; 3] = ["16", "256", "true"];
/// The most threads that may work.
pub const MOST_THREADS: u16 = 256;
/// The longest name of a student, in characters.
pub const LONGEST_NAME: usize = 200;
/// The language that labs are written in.
pub const LANG: &str = "en";

impl Setting {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [Self::Theme, Self::Colors, Self::Threads, Self::Editor, Self::Lang, Self::Student];

    /// Its key in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Theme => "theme",
            Self::Colors => "colors",
            Self::Threads => "threads",
            Self::Editor => "editor",
            Self::Lang => "lang",
            Self::Student => "student",
        }
    }

    /// What it may be, in words.
    fn allowed(self) -> String {
        match self {
            Self::Theme => format!("one of {}", THEMES.join(", ")),
            Self::Colors => format!("one of {}", COLORS.join(", ")),
            Self::Threads => format!("a whole number from 1 to {MOST_THREADS}"),
            Self::Editor => "a command, as in `nano` or `code --wait`".to_owned(),
            Self::Lang => "the code of a language, as in `pt` or `pt-BR`".to_owned(),
            Self::Student => format!("a name of at most {LONGEST_NAME} characters"),
        }
    }

    /// What holds where nobody says anything; of an editor and of a student's name there is no such thing.
    fn default(self) -> Option<&'static str> {
        match self {
            Self::Theme => Some("dark"),
            Self::Colors => Some("16"),
            Self::Threads => Some("1"),
            Self::Lang => Some(LANG),
            Self::Editor | Self::Student => None,
        }
    }

    /// A value that stands in the file, as a text; none if it may not stand there.
    fn read(self, node: &Node) -> Option<String> {
        let text = match node {
            Node::Str(text) => text.trim().to_owned(),
            Node::Int(number) => number.to_string(),
            Node::Bool(truth) => truth.to_string(),
            _ => return None,
        };
        let holds = match self {
            Self::Theme => THEMES.contains(&text.as_str()),
            Self::Colors => COLORS.contains(&text.as_str()),
            Self::Threads => text.parse::<u16>().is_ok_and(|threads| (1..=MOST_THREADS).contains(&threads)),
            Self::Editor => {
                matches!(node, Node::Str(_)) && !text.is_empty() && !text.contains(|c: char| c.is_control())
            }
            Self::Lang => return language(&text).filter(|_| matches!(node, Node::Str(_))),
            Self::Student => return name(&text),
        };
        holds.then_some(text)
    }

    /// The variables of the environment that say it, the first one first.
    fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Theme => &["NO_COLOR"],
            Self::Colors | Self::Threads | Self::Student => &[],
            Self::Editor => &["VISUAL", "EDITOR"],
            Self::Lang => &["OPTLAB_LANG"],
        }
    }

    /// The variables that say it where neither a variable of its own nor the file does: every login sets the locale, so that
    /// who writes a language into the file means more than that.
    fn after_the_file(self) -> &'static [&'static str] {
        if self == Self::Lang { &["LC_ALL", "LC_MESSAGES", "LANG"] } else { &[] }
    }

    /// What a variable with this value means for it; nothing if it means none.
    fn meant_by(self, said: String) -> Option<String> {
        match self {
            Self::Theme => Some("mono".to_owned()),
            Self::Lang => language(said.split(['.', '@']).next().unwrap_or_default()),
            _ => Some(said),
        }
    }

    /// Its flag, if it has one.
    fn flag(self) -> Option<&'static str> {
        match self {
            Self::Theme => Some("--theme"),
            Self::Colors => Some("--colors"),
            Self::Threads => Some("--threads"),
            Self::Lang => Some("--lang"),
            Self::Student => Some("--student"),
            Self::Editor => None,
        }
    }
}

/// The code of a language, with its parts as they are written: `pt`, `pt-BR` (a locale has `pt_BR`). None if it is no code,
/// as the locale `C` is none.
pub fn language(text: &str) -> Option<String> {
    let mut parts = text.trim().split(['-', '_']);
    let first = parts.next().filter(|code| (2..=3).contains(&code.len()))?;
    let mut code = first.to_ascii_lowercase();
    for part in parts {
        if part.is_empty() || part.len() > 8 || !part.chars().all(|c| c.is_ascii_alphanumeric()) {
            return None;
        }
        code.push('-');
        code.push_str(&if part.len() == 2 { part.to_ascii_uppercase() } else { part.to_owned() });
    }
    first.chars().all(|c| c.is_ascii_alphabetic()).then_some(code)
}

/// A student's name without blanks around it; none if it is too long or holds what is no text.
pub fn name(text: &str) -> Option<String> {
    let name = text.trim();
    let holds = name.chars().count() <= LONGEST_NAME && !name.contains(|c: char| c.is_control());
    holds.then(|| name.to_owned())
}

/// Why a setting holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// By this flag of the command line.
    Flag(&'static str),
    /// By this variable of the environment.
    Variable(&'static str),
    /// By this line of the file.
    File(usize),
    /// By the working folder that the current folder lies in.
    Folder(PathBuf),
    /// Nobody has said anything.
    Default,
}

/// A setting as it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub setting: Setting,
    /// Its value; of the editor and the student's name there may be none.
    pub value: Option<String>,
    /// Why it has that.
    pub why: Why,
}

/// What flags of the command line say.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--theme`
    pub theme: Option<String>,
    /// `--colors`
    pub colors: Option<String>,
    /// `--threads`
    pub threads: Option<u16>,
    /// `--lang`
    pub lang: Option<String>,
    /// `--student`
    pub student: Option<String>,
}

impl Flags {
    fn value(&self, setting: Setting) -> Option<String> {
        match setting {
            Setting::Theme => self.theme.clone(),
            Setting::Colors => self.colors.clone(),
            Setting::Threads => self.threads.map(|threads| threads.to_string()),
            Setting::Lang => self.lang.clone(),
            Setting::Student => self.student.clone(),
            Setting::Editor => None,
        }
    }
}

/// What the file says, with the line of each value, and what is wrong in it.
#[derive(Debug, Default)]
pub struct Settings {
    /// Where the file is, or would be; none without a home folder.
    pub file: Option<PathBuf>,
    /// It is there.
    pub exists: bool,
    /// What is wrong with it, each with its place. Nothing of it stops the program.
    pub problems: Vec<Error>,
    /// The language that the working folder keeps, and the file that says it.
    folder: Option<(String, PathBuf)>,
    said: Vec<(Setting, String, usize)>,
}

/// Where the file of settings is: below the folder of the user's configuration (`XDG_CONFIG_HOME`, else `~/.config`; on
/// Windows the system's own).
pub fn file() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.config_dir().join("optlab").join("config.yaml"))
}

impl Settings {
    /// Reads the file, if it is there.
    pub fn read() -> Self {
        let mut settings = Self { file: file(), folder: of_the_folder(), ..Self::default() };
        let Some(path) = settings.file.clone().filter(|path| path.symlink_metadata().is_ok()) else { return settings };
        settings.exists = true;
        let name = path.display().to_string();
        match read_bounded(&name, LIMIT).and_then(|bytes| Document::read_any(&name, &bytes)) {
            Ok(document) => settings.take(&document),
            Err(error) => settings.problems.push(error.help("the settings in it do not hold until this is mended")),
        }
        settings
    }

    fn take(&mut self, document: &Document) {
        let entries = match document.root() {
            Node::Null => return,
            Node::Map(entries) => entries,
            other => {
                let error = Error::user(format!("settings are lines like `theme: light`, found {}", other.describe()));
                return self.problems.push(error.at(document.place(&[], Part::Value)));
            }
        };
        for (key, node) in entries {
            let path = [Step::from(key.as_str())];
            let names = || Setting::ALL.map(Setting::name);
            let Some(setting) = Setting::ALL.into_iter().find(|setting| setting.name() == key) else {
                let error = Error::user(format!("there is no setting `{key}`")).at(document.place(&path, Part::Key));
                let error = error.nearest(key, names());
                self.problems
                    .push(error.help(format!("settings are {}; this line is left as it is", names().join(", "))));
                continue;
            };
            let place = document.place(&path, Part::Value);
            if let Some(value) = setting.read(node) {
                self.said.push((setting, value, place.line()));
                continue;
            }
            let what = format!("`{key}` must be {}; found {}", setting.allowed(), node.describe());
            let word = if let Node::Str(word) = node { word.as_str() } else { "" };
            let words = THEMES.into_iter().filter(|_| setting == Setting::Theme);
            self.problems.push(Error::user(what).at(place).nearest(word, words));
        }
    }

    /// What holds, and why: a flag before a variable, a variable before the working folder, that before the file. `variable` gives those of the environment.
    pub fn held(&self, flags: &Flags, variable: impl Fn(&str) -> Option<String>) -> [Held; 6] {
        Setting::ALL.map(|setting| {
            let held = |value: String, why| Held { setting, value: Some(value), why };
            if let (Some(value), Some(flag)) = (flags.value(setting), setting.flag()) {
                return held(value, Why::Flag(flag));
            }
            let said_by = |names: &'static [&'static str]| {
                // The first one that is set counts, whether it means anything or not, as locales have it.
                let set = |name: &&'static str| Some((*name, variable(name)?.trim().to_owned()));
                let (name, said) = names.iter().filter_map(set).find(|(_, said)| !said.is_empty())?;
                Some(held(setting.meant_by(said)?, Why::Variable(name)))
            };
            let of_folder = || {
                let (lang, file) = self.folder.as_ref().filter(|_| setting == Setting::Lang)?;
                Some(held(lang.clone(), Why::Folder(file.clone())))
            };
            let of_file = || {
                let (_, value, line) = self.said.iter().find(|(said, ..)| *said == setting)?;
                Some(held(value.clone(), Why::File(*line)))
            };
            let none = || Held { setting, value: setting.default().map(str::to_owned), why: Why::Default };
            let known = said_by(setting.variables()).or_else(of_folder).or_else(of_file);
            known.or_else(|| said_by(setting.after_the_file())).unwrap_or_else(none)
        })
    }
}

/// The language that the working folder around here keeps, which `optlab init --lang` has written.
fn of_the_folder() -> Option<(String, PathBuf)> {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok()?;
    let file = working_folder_of(&here)?.join(LANGUAGE);
    let bytes = read_bounded(&file.display().to_string(), LIMIT).ok()?;
    Some((language(std::str::from_utf8(&bytes).ok()?)?, file))
}

/// A variable of the environment; one that is no text is as if it were not set.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The value of one setting among those that hold.
pub fn value_of(held: &[Held], setting: Setting) -> Option<&str> {
    held.iter().find(|held| held.setting == setting)?.value.as_deref()
}

/// Threads among those that hold.
pub fn threads_of(held: &[Held]) -> usize {
    value_of(held, Setting::Threads).and_then(|threads| threads.parse().ok()).unwrap_or(1)
}

/// Whether and where a file of settings is wrong is told by one line of each problem.
pub fn told(problem: &Error) -> String {
    let place = problem.place().map(|place| format!("{}:{}:{}: ", place.source.name, place.line(), place.column()));
    let label = Some(problem.label_text()).filter(|label| !label.is_empty()).map(|label| format!("; {label}"));
    format!("{}{}{}", place.unwrap_or_default(), problem.what(), label.unwrap_or_default())
}

/// What an error is that has to do with the file, as a result.
fn without_home() -> Result<PathBuf> {
    file().ok_or_else(|| {
        Error::user("there is no home folder to keep settings in").help("set `HOME` or `XDG_CONFIG_HOME`")
    })
}
