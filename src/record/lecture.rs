//! A tape played live, for a lecture hall: it halts at each chapter, can be gone through chapter by chapter, and is left to
//! whoever presses a key, who gives it back where it was taken.
//!
//! A tape comes to the same screens whenever it is played over the lab as it was opened, so that going back is playing it again
//! to there, without waiting.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::player::{self, Player, Turn};
use super::tape::{Does, Tape};
use crate::error::{Error, Result};
use crate::lab::Lab;
use crate::ui::{Scene, Theme};

/// What is hidden goes on by so many ticks between two looks at the keys.
const HIDDEN_AT_ONCE: usize = 40;

/// What is played.
pub struct Lecture {
    tape: Tape,
    lab: Lab,
    language: Option<String>,
    player: Player,
    /// How often the tape was brought on, and whether no tick has to pass before it is brought on again.
    turns: u64,
    at_once: bool,
    state: State,
    /// Columns and rows of the terminal.
    terminal: (u16, u16),
    /// What was seen last before something happens unseen.
    still: Option<Buffer>,
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    /// The tape goes on.
    Playing,
    /// It waits for its lecturer: at its beginning, a chapter or a halt.
    Halted,
    /// It was held between two of those.
    Held,
    /// It cannot go on, and why.
    Failed(String),
    /// It is at its end.
    Over,
    /// The lecturer has taken over.
    Taken,
}

impl Lecture {
    /// A tape at its beginning: at its first chapter, where that is what it begins with.
    ///
    /// # Errors
    /// All that is wrong with its lab.
    pub fn open(tape: Tape, language: Option<&str>) -> Result<Self, Vec<Error>> {
        let lab = player::lab_of(&tape, language)?;
        let player = Player::of(&tape, lab.clone(), language).map_err(|error| vec![error])?;
        let terminal = tape.size;
        let language = language.map(str::to_owned);
        let (turns, at_once, state, still) = (0, true, State::Halted, None);
        let mut lecture = Self { tape, lab, language, player, turns, at_once, state, terminal, still };
        lecture.begin().map_err(|error| vec![error])?;
        Ok(lecture)
    }

    /// Halts at the beginning, of which nothing is done yet but to name its first chapter.
    fn begin(&mut self) -> Result<()> {
        self.again_to(0)?;
        if matches!(self.tape.play.first().map(|item| &item.does), Some(Does::Chapter(_))) {
            self.turn()?;
        }
        self.set(State::Halted);
        Ok(())
    }

    /// A tick passes, unless the tape has just halted, and what is due then is done.
    fn turn(&mut self) -> Result<Turn> {
        self.turns += 1;
        if !std::mem::take(&mut self.at_once) {
            self.player.pass();
        }
        let turn = self.player.due()?;
        self.at_once = turn.is_some();
        Ok(turn.unwrap_or(Turn::Tick))
    }

    /// Begins again, and plays without waiting until so many turns are made.
    fn again_to(&mut self, turns: u64) -> Result<()> {
        self.player = Player::of(&self.tape, self.lab.clone(), self.language.as_deref())?;
        (self.turns, self.at_once, self.still) = (0, true, None);
        self.fit();
        while self.turns < turns && self.turn()? != Turn::End {}
        Ok(())
    }

    /// Plays without waiting to where this chapter begins, or to the end of the tape.
    fn go_to_chapter(&mut self, chapter: usize) -> Result<()> {
        if self.player.chapters.len() > chapter {
            self.again_to(0)?;
        }
        loop {
            match self.turn()? {
                Turn::Chapter(begun) if begun == chapter => break self.set(State::Halted),
                Turn::End => break self.set(State::Over),
                _ => {}
            }
        }
        Ok(())
    }

    /// Back: to where this chapter begins, to the one before it where this one has just begun, or to the beginning.
    fn go_back(&mut self) -> Result<()> {
        let begun = self.player.chapters.len();
        let back = if self.state == State::Halted { 2 } else { 1 };
        match begun.checked_sub(back) {
            Some(chapter) => self.go_to_chapter(chapter),
            None => self.begin(),
        }
    }

    /// What was asked for cannot be done: that is told, and the lecturer goes on from there.
    fn or_fail(&mut self, done: Result<()>) {
        if let Err(error) = done {
            let tape = &self.tape.document.source().name;
            let line = error.place().map(|place| match &place.source.name {
                own if own == tape => format!("line {}: ", place.line()),
                other => format!("{other}:{}: ", place.line()),
            });
            self.set(State::Failed(format!("{}{}", line.unwrap_or_default(), error.what())));
        }
    }

    /// Takes over, gives back, holds or goes on.
    fn set(&mut self, state: State) {
        self.state = state;
        self.say_where();
    }

    /// Says in the last line what the lecture waits for. It is the one row in which a lecture and a recording differ.
    fn say_where(&mut self) {
        let at = self.player.chapters.len();
        let named = self.player.chapters.last().map(|chapter| chapter.words.in_language(self.language.as_deref()));
        let chapter = named.map_or_else(String::new, |name| format!("{at}. {name} · "));
        let words = match &self.state {
            State::Playing => None,
            State::Halted => Some(format!("{chapter}space goes on · left, right: chapters · q leaves")),
            State::Held => Some("held · space goes on · left, right: chapters · q leaves".to_owned()),
            State::Failed(why) => Some(format!("left: back · {why}")),
            State::Over => Some("the end · left: a chapter back · space: from the start · q leaves".to_owned()),
            State::Taken => Some("yours: every key is the program's own · F9 gives back to the tape".to_owned()),
        };
        let told = self.player.stage.told();
        told.over = words;
        if self.state == State::Taken {
            told.caption = None;
        }
    }

    /// The screen has the tape's size, or the terminal's where that is smaller.
    fn fit(&mut self) {
        let (columns, rows) = self.tape.size;
        self.player.stage.resize(columns.min(self.terminal.0), rows.min(self.terminal.1));
    }

    /// The tape goes on by a tick; what happens unseen takes none, and some of it is done at once.
    fn go_on(&mut self) -> Result<()> {
        if !self.player.hidden {
            self.still = Some(self.player.stage.screen());
        }
        for _ in 0..HIDDEN_AT_ONCE {
            match self.turn()? {
                Turn::Tick => {}
                Turn::Chapter(_) | Turn::Halt => {
                    self.set(State::Halted);
                    break;
                }
                Turn::End => {
                    self.set(State::Over);
                    break;
                }
            }
            if !self.player.hidden {
                break;
            }
        }
        Ok(())
    }
}

impl Scene for Lecture {
    fn theme(&self) -> Theme {
        self.tape.theme
    }

    fn tick(&self) -> Duration {
        Duration::from_millis(1000 / u64::from(self.tape.fps.max(1)))
    }

    fn pass(&mut self) -> bool {
        match self.state {
            State::Taken => self.player.stage.live_tick(self.tick()),
            State::Playing => {
                let done = self.go_on();
                self.or_fail(done);
            }
            _ => return false,
        }
        true
    }

    fn resize(&mut self, columns: u16, rows: u16) {
        self.terminal = (columns, rows);
        self.fit();
    }

    fn screen(&self) -> Buffer {
        let unseen = self.still.as_ref().filter(|_| self.player.hidden && self.state == State::Playing);
        let mut cells = unseen.cloned().unwrap_or_else(|| self.player.stage.screen());
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.terminal.0, self.terminal.1));
        if cells.area.width > buffer.area.width || cells.area.height > buffer.area.height {
            // Of a terminal that was larger just before.
            return buffer;
        }
        // In the middle of a larger terminal.
        cells.area.x = (buffer.area.width - cells.area.width) / 2;
        cells.area.y = (buffer.area.height - cells.area.height) / 2;
        buffer.merge(&cells);
        buffer
    }

    fn key(&mut self, key: KeyEvent) -> bool {
        let done = match (&self.state, key.code) {
            (State::Taken, KeyCode::F(9)) => {
                let turns = self.turns;
                let done = self.again_to(turns);
                self.set(State::Held);
                done
            }
            (State::Taken, _) => return self.player.stage.live_key(key),
            (_, KeyCode::Char('q')) => return true,
            (State::Playing, KeyCode::Char(' ')) => {
                self.set(State::Held);
                Ok(())
            }
            (State::Over, KeyCode::Char(' ')) => self.begin(),
            (State::Failed(_), KeyCode::Char(' ') | KeyCode::Right)
            | (State::Over, KeyCode::Right)
            | (_, KeyCode::F(9) | KeyCode::Modifier(_)) => Ok(()),
            (_, KeyCode::Char(' ')) => {
                self.set(State::Playing);
                // What is due at once is not a tick late.
                if self.at_once { self.go_on() } else { Ok(()) }
            }
            (_, KeyCode::Left) => self.go_back(),
            (_, KeyCode::Right) => self.go_to_chapter(self.player.chapters.len()),
            _ => {
                self.set(State::Taken);
                return self.player.stage.live_key(key);
            }
        };
        self.or_fail(done);
        false
    }
}
