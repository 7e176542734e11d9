//! A tape played live, for a lecture hall: it halts at each chapter, can be gone through chapter by chapter, and is left to
//! whoever presses a key, who gives it back where it was taken.
//!
//! A tape comes to the same screens whenever it is played, so that going back is playing it again to there, without waiting.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::player::{Player, Turn};
use super::tape::Tape;
use crate::error::{Error, Result};
use crate::ui::{Scene, Theme};

/// What is played.
pub struct Lecture {
    tape: Tape,
    language: Option<String>,
    player: Player,
    /// How often the tape was brought on, and whether no tick has to pass before it is brought on again.
    turns: u64,
    at_once: bool,
    state: State,
    /// Columns and rows of the terminal.
    terminal: (u16, u16),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// The tape goes on.
    Playing,
    /// It waits for its lecturer, at a chapter or a halt.
    Halted,
    /// It was held between two of those.
    Held,
    /// It is at its end.
    Over,
    /// The lecturer has taken over.
    Taken,
}

impl Lecture {
    /// A tape at its first chapter.
    ///
    /// # Errors
    /// All that is wrong with its lab, or the tape cannot be played to its first chapter.
    pub fn open(tape: Tape, language: Option<&str>) -> Result<Self, Vec<Error>> {
        let player = Player::open(&tape, language)?;
        let terminal = tape.size;
        let language = language.map(str::to_owned);
        let mut lecture = Self { tape, language, player, turns: 0, at_once: true, state: State::Playing, terminal };
        lecture.go_to_chapter(0).map_err(|error| vec![error])?;
        Ok(lecture)
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
        self.player = Player::open(&self.tape, self.language.as_deref()).map_err(|mut errors| errors.swap_remove(0))?;
        (self.turns, self.at_once) = (0, true);
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
                Turn::Chapter(begun) if begun == chapter => {
                    self.state = State::Halted;
                    break;
                }
                Turn::End => {
                    self.state = State::Over;
                    break;
                }
                // A tape that has no chapters begins at its beginning.
                Turn::Tick if chapter == 0 && self.player.chapters.is_empty() && self.turns == 1 => {
                    self.again_to(0)?;
                    self.state = State::Halted;
                    break;
                }
                _ => {}
            }
        }
        self.say_where();
        Ok(())
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
        let words = match self.state {
            State::Playing => None,
            State::Halted => Some(format!("{chapter}space goes on · left, right: chapters · q leaves")),
            State::Held => Some("held · space goes on · left, right: chapters · q leaves".to_owned()),
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

    /// The chapter that the left key leads to: the one that goes on, or that before it where this one has just begun.
    fn before(&self) -> usize {
        let begun = self.player.chapters.len();
        let back = if self.state == State::Halted { 2 } else { 1 };
        begun.saturating_sub(back)
    }
}

impl Scene for Lecture {
    fn theme(&self) -> Theme {
        self.tape.theme
    }

    fn tick(&self) -> Duration {
        Duration::from_millis(1000 / u64::from(self.tape.fps.max(1)))
    }

    fn pass(&mut self) -> Result<()> {
        match self.state {
            State::Taken => self.player.stage.live_tick(self.tick()),
            State::Playing => match self.turn()? {
                Turn::Tick => {
                    // What happens unseen takes no time.
                    while self.player.hidden && self.turn()? == Turn::Tick {}
                }
                Turn::Chapter(_) | Turn::Halt => self.set(State::Halted),
                Turn::End => self.set(State::Over),
            },
            State::Halted | State::Held | State::Over => {}
        }
        Ok(())
    }

    fn resize(&mut self, columns: u16, rows: u16) {
        self.terminal = (columns, rows);
        self.fit();
    }

    fn screen(&self) -> Buffer {
        let cells = self.player.stage.screen();
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.terminal.0, self.terminal.1));
        // In the middle of a larger terminal.
        let left = buffer.area.width.saturating_sub(cells.area.width) / 2;
        let top = buffer.area.height.saturating_sub(cells.area.height) / 2;
        let mut inside = cells;
        inside.area = Rect { x: left, y: top, ..inside.area };
        buffer.merge(&inside);
        buffer
    }

    fn key(&mut self, key: KeyEvent) -> Result<bool> {
        let code = key.code;
        match (self.state, code) {
            (State::Taken, KeyCode::F(9)) => {
                let turns = self.turns;
                self.again_to(turns)?;
                self.set(State::Held);
            }
            (State::Taken, _) => return Ok(self.player.stage.live_key(key)),
            (_, KeyCode::Char('q')) => return Ok(true),
            (State::Playing, KeyCode::Char(' ')) => self.set(State::Held),
            (State::Over, KeyCode::Char(' ')) => self.go_to_chapter(0)?,
            (_, KeyCode::Char(' ')) => {
                self.set(State::Playing);
                // What is due at once is not a tick late.
                if self.at_once {
                    self.pass()?;
                }
            }
            (_, KeyCode::Left) => self.go_to_chapter(self.before())?,
            (_, KeyCode::F(9) | KeyCode::Modifier(_)) | (State::Over, KeyCode::Right) => {}
            (_, KeyCode::Right) => self.go_to_chapter(self.player.chapters.len())?,
            _ => {
                self.set(State::Taken);
                return Ok(self.player.stage.live_key(key));
            }
        }
        Ok(false)
    }
}
