//! Plays a tape tick by tick: what is due is done, then one tick of virtual time passes. Who calls it decides how long a tick
//! takes: none for a recording, its true time for a lecture hall.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use super::acts::{self, Act};
use super::recording::{Caption, Chapter, Shot, State};
use super::stage::Stage;
use super::tape::{self, Tape, Words, moved};
use crate::error::{Error, Place, Result, Source};
use crate::lab::{Lab, Overrides};
use crate::session::{self, Query};

/// A caption stands so long, unless another one comes.
const CAPTION: Duration = Duration::from_secs(4);
/// The name of a key stands so long, unless another one is pressed.
const NAMED: Duration = Duration::from_secs(1);

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub enum Turn {
    /// A tick has passed; the screen is to be shown.
    Tick,
    /// A chapter begins here: this one.
    Chapter(usize),
    /// A live play waits here.
    Halt,
    /// The tape is at its end.
    End,
}

/// A tape that is being played.
pub struct Player {
    /// The screen.
    pub stage: Stage,
    /// Ticks that were recorded.
    pub tick: u64,
    /// Nothing is recorded at the moment.
    pub hidden: bool,
    /// Chapters so far.
    pub chapters: Vec<Chapter>,
    /// Captions so far; the last one may still stand.
    pub captions: Vec<Caption>,
    /// Shots so far.
    pub shots: Vec<Shot>,
    /// How the run stood at each thing so far.
    pub states: Vec<State>,
    acts: VecDeque<(Act, Place)>,
    all: usize,
    fps: u16,
    names_keys: bool,
    language: Option<String>,
    /// What is waited for, and the ticks that are left for it.
    until: Option<(Query, u64, Place)>,
    wait: u64,
    /// Ticks that pass before the next key.
    gap: u64,
    /// Ticks, hidden ones too: captions and names of keys go by these.
    clock: u64,
    caption_until: Option<u64>,
    key_until: Option<u64>,
}

impl Player {
    /// A tape at its beginning, in this language where it has words in several.
    ///
    /// # Errors
    /// All that is wrong with its lab.
    pub fn open(tape: &Tape, language: Option<&str>) -> Result<Self, Vec<Error>> {
        Self::of(tape, lab_of(tape, language)?, language).map_err(|error| vec![error])
    }

    /// A tape at its beginning over its lab, which was opened before.
    ///
    /// # Errors
    /// Its runs cannot be made.
    pub fn of(tape: &Tape, lab: Lab, language: Option<&str>) -> Result<Self> {
        let stage = Stage::open(lab, tape.size, tape.theme, tape.speed)?;
        let acts: VecDeque<(Act, Place)> = acts::of(tape).into();
        Ok(Self {
            stage,
            tick: 0,
            hidden: false,
            chapters: Vec::new(),
            captions: Vec::new(),
            shots: Vec::new(),
            states: Vec::new(),
            all: acts.len(),
            acts,
            fps: tape.fps,
            names_keys: tape.keys,
            language: language.map(str::to_owned),
            until: None,
            wait: 0,
            gap: 0,
            clock: 0,
            caption_until: None,
            key_until: None,
        })
    }

    /// How much of the tape is done, from 0 to 1.
    pub fn progress(&self) -> f64 {
        let left = self.acts.len().min(self.all);
        1.0 - left as f64 / self.all.max(1) as f64
    }

    /// Does what is due, and lets one tick pass; `before` sees the screen when all is done that is due, before the tick passes.
    ///
    /// # Errors
    /// The tape asks for what cannot be, with the place where it does.
    pub fn turn_with(&mut self, before: &mut dyn FnMut(&mut Self)) -> Result<Turn> {
        if let Some(turn) = self.due()? {
            return Ok(turn);
        }
        before(self);
        self.pass();
        Ok(Turn::Tick)
    }

    /// Does what is due, until a tick has to pass: then it tells nothing.
    ///
    /// # Errors
    /// The tape asks for what cannot be, with the place where it does.
    pub fn due(&mut self) -> Result<Option<Turn>> {
        loop {
            if let Some((query, left, place)) = &self.until {
                if self.stage.holds(query).map_err(|error| located(error, place))? {
                    let did = format!("until {}", query.text());
                    self.until = None;
                    self.did(&did);
                    continue;
                }
                if *left == 0 {
                    return Err(self.never(query, place));
                }
                return Ok(None);
            }
            if self.wait > 0 {
                return Ok(None);
            }
            let spends = |(act, _): &(Act, Place)| {
                matches!(act, Act::Key(..) | Act::Typed { .. } | Act::Wait(_) | Act::Hidden(true))
            };
            if self.gap > 0 && self.acts.front().is_none_or(spends) {
                self.wait = std::mem::take(&mut self.gap);
                continue;
            }
            let Some((act, place)) = self.acts.pop_front() else { return Ok(Some(Turn::End)) };
            if let Some(turn) = self.act(act, &place).map_err(|error| located(error, &place))? {
                return Ok(Some(turn));
            }
        }
    }

    /// What was waited for has not come.
    fn never(&self, query: &Query, place: &Place) -> Error {
        let stands = self
            .stage
            .snapshot()
            .map_or_else(String::new, |seen| format!("; the run is {} at step {}", seen.status.word(), seen.step));
        let error = Error::user(format!("`{}` did not become true in time{stands}", query.text()));
        let help = "`within: 60s` beside it gives it more virtual time, `speed:` makes more steps in a second";
        error.at(place.clone()).help(help)
    }

    /// One tick passes, after all was done that is due; the run holds where something is waited for that has come true.
    pub fn pass(&mut self) {
        self.wait = self.wait.saturating_sub(1);
        if let Some((_, left, _)) = &mut self.until {
            *left = left.saturating_sub(1);
        }
        let until = self.until.as_ref().map(|(query, ..)| query);
        let by = Duration::from_millis(1000 / u64::from(self.fps));
        let mut look = |sight: &session::Sight<'_>| match until.map(|query| query.holds(sight)) {
            Some(Ok(true) | Err(_)) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        };
        // What was due after the step at which it came true comes with the next tick.
        let _ = self.stage.go_on(by, &mut look);
        self.clock += 1;
        if !self.hidden {
            self.tick += 1;
        }
        if self.caption_until.is_some_and(|end| end <= self.clock) {
            self.caption_until = None;
            self.stage.told().caption = None;
            self.end_caption();
        }
        if self.key_until.is_some_and(|end| end <= self.clock) {
            self.key_until = None;
            self.stage.told().key = None;
        }
    }

    /// Does one act; tells the turn that it makes, if it makes one.
    fn act(&mut self, act: Act, place: &Place) -> Result<Option<Turn>> {
        match act {
            Act::Chapter(words) => {
                self.did(&format!("chapter {}", self.said(&words)));
                self.chapters.push(Chapter { tick: self.tick, words });
                return Ok(Some(Turn::Chapter(self.chapters.len() - 1)));
            }
            Act::Halt => return Ok(Some(Turn::Halt)),
            Act::Say { words, on_screen } => self.say(words, on_screen),
            Act::Key(key, named) => {
                let name = tape::key_name(&key);
                self.stage.press(key)?;
                if named {
                    self.did(&format!("key {name}"));
                }
                if named && self.names_keys {
                    self.stage.told().key = Some(name);
                    self.key_until = Some(self.clock + acts::ticks(NAMED, self.fps));
                }
            }
            Act::Wait(ticks) => self.wait = ticks,
            Act::After(ticks) => self.gap = ticks,
            Act::Until { query, ticks } => {
                // It is judged from the key before it on, so that no step is missed.
                self.gap = 0;
                self.until = Some((session::query(&query)?, ticks, place.clone()));
            }
            Act::Shot { name, pane } => {
                let (cells, title, description) = self.stage.picture(pane.as_deref())?;
                self.did(&format!("shot {name}"));
                self.shots.push(Shot { tick: self.tick, name, cells, title, description });
            }
            Act::Edit { file, replace, with, at_once } => {
                let text = self.stage.text_of(&file)?;
                match text.matches(&replace).count() {
                    1 => {}
                    0 => {
                        let error = Error::user(format!("`{replace}` does not stand in `{file}`"));
                        return Err(error.help("`replace:` is a piece of the file, with its blanks and line breaks"));
                    }
                    count => {
                        let error = Error::user(format!("`{replace}` stands in `{file}` {count} times"));
                        return Err(error.help("take more of the line, so that it stands there once"));
                    }
                }
                if at_once {
                    let text = text.replacen(&replace, &with, 1);
                    self.acts.push_front((Act::Save { file, text }, place.clone()));
                    return Ok(None);
                }
                let typing = acts::typing(&file, &text, &replace, &with, self.fps);
                typing.into_iter().rev().for_each(|act| self.acts.push_front((act, place.clone())));
            }
            Act::Typed { file, text, line } => self.stage.typed_so_far(&file, &text, line)?,
            Act::Save { file, text } => {
                self.stage.save(&file, &text)?;
                self.did(&format!("edit {file}"));
            }
            Act::Done(did) => self.did(&did),
            Act::Hidden(hidden) => {
                self.hidden = hidden;
                self.gap = 0;
            }
        }
        Ok(None)
    }

    fn say(&mut self, words: Words, on_screen: bool) {
        let said = self.said(&words);
        self.end_caption();
        self.stage.told().caption = on_screen.then(|| said.clone());
        self.caption_until = Some(self.clock + acts::ticks(CAPTION, self.fps));
        self.captions.push(Caption { from: self.tick, to: u64::MAX, words, on_screen });
        self.did(&format!("say {said}"));
    }

    /// The last caption, if it still stands, stands no longer.
    fn end_caption(&mut self) {
        if let Some(last) = self.captions.last_mut() {
            last.to = last.to.min(self.tick);
        }
    }

    /// Ticks so far, those that were not recorded too.
    pub fn clock(&self) -> u64 {
        self.clock
    }

    fn said(&self, words: &Words) -> String {
        words.in_language(self.language.as_deref()).to_owned()
    }

    /// Notes how the run stands after something was done.
    fn did(&mut self, did: &str) {
        let (step, status, numbers) = self.stage.state();
        // A line of the transcript each.
        let did = did.replace(['\n', '\r'], " ");
        self.states.push(State { tick: self.tick, hidden: self.hidden, did, step, status, numbers });
    }
}

/// The tape's lab: beside the tape, where there is such a file, or one that ships.
fn spec(tape: &Tape) -> String {
    let beside = Path::new(&tape.document.source().name).with_file_name(&tape.lab);
    if beside.is_file() { beside.display().to_string() } else { tape.lab.clone() }
}

/// The lab of a tape, with what the tape lays over it.
///
/// # Errors
/// All that is wrong with it.
pub fn lab_of(tape: &Tape, language: Option<&str>) -> Result<Lab, Vec<Error>> {
    let set = tape.set.iter().map(|(argument, _)| argument.clone()).collect();
    let overrides = Overrides { set, language: language.map(str::to_owned), ..Overrides::default() };
    let lab = Lab::open_by_itself(&spec(tape), &overrides)
        .map_err(|errors| errors.into_iter().map(|error| of_tape(error, tape)).collect::<Vec<_>>())?;
    if tape.files.is_empty() {
        return Ok(lab);
    }
    let own = |(name, text, _): &(String, String, Place)| {
        let shown = if lab.is_own_file(name) { name.clone() } else { lab.text_of(name)?.name.clone() };
        Ok((name.clone(), Source::new(shown, text.clone())))
    };
    let known = |(name, _, place): &(String, String, Place)| {
        let is_known = lab.is_own_file(name) || lab.text_of(name).is_ok();
        (!is_known).then(|| Error::user(format!("the lab has no file `{name}`")).at(place.clone()))
    };
    let unknown: Vec<Error> = tape.files.iter().filter_map(known).collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let files = tape.files.iter().map(own).collect::<Result<Vec<_>>>().map_err(|error| vec![error])?;
    lab.with_texts(&files)
}

/// What is wrong with a lab that cannot be found, or with a value that is laid over it, is of the tape's line.
fn of_tape(error: Error, tape: &Tape) -> Error {
    let Some(place) = error.place() else { return error.at(tape.lab_place.clone()) };
    let laid = |(argument, _): &&(String, Place)| {
        place.source.name.strip_prefix("--set ").is_some_and(|key| argument.split('=').next() == Some(key))
    };
    match tape.set.iter().find(laid) {
        Some((_, own)) => moved(&error, own),
        None => error,
    }
}

/// An error of no file, or of an expression that stands in the tape, is of the tape's line.
fn located(error: Error, place: &Place) -> Error {
    match error.place() {
        None => error.at(place.clone()),
        Some(own) if own.source.name == "expression" => moved(&error, place),
        Some(_) => error,
    }
}
