//! Values that are laid over an open lab by hand, and taken back: what that means for its runs. The lab is checked with
//! them as if the command line had set them; if anything is wrong, everything goes on as before.

use super::edit::{FileChange, NewWarnings, OpenedLab};
use super::open::{edition, texts, warned};
use crate::error::{Error, Result};
use crate::lab::{Change, Lab, Overrides};
use crate::run::{Command, Edited, Extent};
use crate::snapshot::Settings;

/// What is asked of the values that are laid over a lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// Keys have other values, as in `training.batch=1`.
    Set(Vec<String>),
    /// Keys have again what the lab's file says; without any name all of them.
    Unset(Vec<String>),
}

impl Setting {
    /// What is laid over a lab with this.
    ///
    /// # Errors
    /// What is to be taken back was not set.
    pub(super) fn over(&self, lab: &Lab) -> Result<Overrides> {
        let mut overrides = lab.written.overrides.clone();
        match self {
            Self::Set(arguments) => overrides.lay(arguments),
            Self::Unset(paths) => overrides.lift(paths)?,
        }
        Ok(overrides)
    }

    /// As it is typed.
    fn typed(&self) -> String {
        match self {
            Self::Set(arguments) => format!(":set {}", arguments.join(" ")),
            Self::Unset(paths) => format!(":unset {}", paths.join(" ")).trim_end().to_owned(),
        }
    }

    /// It speaks of the seed, which may have been another one by hand.
    fn is_of_seed(&self, lab: &Lab) -> bool {
        let is_seed = |argument: &String| argument.split('=').next().map(str::trim) == Some("seed");
        match self {
            Self::Set(arguments) => arguments.iter().any(is_seed),
            Self::Unset(paths) => {
                let all = paths.is_empty() && lab.written.overrides.all().iter().any(is_seed);
                all || paths.iter().any(is_seed)
            }
        }
    }
}

/// The first of what is wrong with a lab.
pub(super) fn first(mut errors: Vec<Error>) -> Error {
    if errors.is_empty() { Error::fault("a lab is wrong without an error") } else { errors.swap_remove(0) }
}

impl OpenedLab {
    /// This is the lab with what was asked for: what that means for its runs, and what they are to be sent.
    pub fn set(&mut self, setting: &Setting, lab: Lab) -> (FileChange, Vec<Command>) {
        // Against what runs, which may be without an edit that waits for the next start.
        let running = self.running();
        let change = running.change_to(&lab);
        let seeded = setting.is_of_seed(&self.lab);
        let of = |lab: &Lab| Settings { values: lab.values(), ..Settings::default() };
        let (before, after) = (of(&running), of(&lab));
        // Of what was set is told what was typed, and not what follows from it; unless nothing of that is another, or an edit
        // comes with it that waited for the next start.
        let waits = before.values != of(&self.lab).values;
        let spoken = match setting {
            Setting::Set(arguments) if !waits => [&before, &after].map(|settings| settings.spoken_of(arguments)),
            _ => [before.clone(), after.clone()],
        };
        let [before, after] = if spoken[1].differ_from(&spoken[0]).is_empty() { [before, after] } else { spoken };
        let told = |settings: &Settings, other: &Settings, is_without: bool| {
            let mut told = settings.differ_from(other);
            told.retain(|words| !is_without || !words.starts_with("no "));
            let more = told.len().saturating_sub(3);
            told.truncate(3);
            told.extend((more > 0).then(|| format!("{more} more")));
            told.join(", ")
        };
        // What was not there before needs no words.
        let (mut now, mut then) = (told(&after, &before, false), told(&before, &after, true));
        if seeded {
            now = [now, format!("seed {}", lab.seed)]
                .into_iter()
                .filter(|words| !words.is_empty())
                .collect::<Vec<_>>()
                .join(", ");
        }
        let same = matches!(change, Change::Nothing | Change::Shown) && !seeded;
        let mut commands = Vec::new();
        if lab.watch.speed != self.lab.watch.speed {
            commands.push(Command::Speed(lab.watch.speed));
        }
        let mut notice = match change {
            Change::Nothing if same => "these are the values that the lab has already: the run goes on".to_owned(),
            Change::Shown if same => "only what the screen shows has changed: the run goes on".to_owned(),
            _ if now.is_empty() => "the run starts over".to_owned(),
            _ => {
                then = if then.is_empty() { then } else { format!(" (before: {then})") };
                format!("{now}{then}: the run starts over")
            }
        };
        let warnings = NewWarnings::of(&self.lab, &lab);
        notice.push_str(&warnings.told);
        let panes = (lab.watch.panes != self.lab.watch.panes)
            .then(|| lab.watch.panes.iter().map(|pane| (*pane).to_owned()).collect());
        let watched = |lab: &Lab| lab.watch.parameter.as_ref().map(|watched| watched.text.clone());
        let parameter = watched(&lab).filter(|text| watched(&self.lab).as_ref() != Some(text));
        let seed = seeded.then_some(lab.seed);
        self.lab = lab;
        self.covers_anew(if let Setting::Set(arguments) = setting { arguments } else { &[] });
        let lab = &self.lab;
        if same {
            commands.extend((!warnings.log.is_empty()).then_some(Command::Tell(warnings.log)));
        } else {
            let mut edited = Edited::new(setting.typed(), Extent::StartOver, seed, edition(lab, self.options.threads));
            if self.options.out.is_some() {
                edited.texts = texts(lab);
            }
            edited.log = Some(warned(lab));
            self.starts_over();
            commands.push(Command::TakeUp(edited));
        }
        let (title, about, scripts) = (self.lab.title.clone(), self.lab.about.clone(), self.lab.script_texts());
        (FileChange::Set { title, about, scripts, panes, parameter, notice, covered: self.covered() }, commands)
    }
}
