//! The loop of a scene: something that is played on the terminal tick by tick, as a tape is, in real time.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::buffer::Buffer;
use signal_hook::consts::SIGHUP;

use crate::clock::{Clock, Moment};
use crate::error::Result;
use crate::ui::host::{Event, Leave};
use crate::ui::look::palette::{self, Depth};
use crate::ui::look::theme::Theme;
use crate::ui::terminal::input::{Input, Message};
use crate::ui::terminal::{self, Terminal, suspend};

/// Something that is played on the terminal.
pub trait Scene {
    /// Its colours.
    fn theme(&self) -> Theme;
    /// How long a tick takes.
    fn tick(&self) -> Duration;
    /// A tick passes; tells whether something else may be seen.
    fn pass(&mut self) -> bool;
    /// The terminal has so many columns and rows.
    fn resize(&mut self, columns: u16, rows: u16);
    /// What is seen now.
    fn screen(&self) -> Buffer;
    /// A key is pressed; tells whether it leaves.
    fn key(&mut self, key: KeyEvent) -> bool;
}

/// Plays a scene on the terminal until it is left or a signal comes. The terminal is as it was before, whichever way this
/// ends.
///
/// # Errors
/// There is no terminal.
pub fn play(scene: &mut dyn Scene, depth: Depth, clock: Clock) -> Result<Leave> {
    let (sender, messages) = mpsc::channel();
    let wake = sender.clone();
    let terminal = Terminal::enter(false, move || {
        let _ = wake.send(Message::Written);
    })?;
    let input = Input::start(&sender)?;
    let (columns, rows) = Terminal::size();
    scene.resize(columns, rows);
    let next = clock.now();
    let size = (columns, rows);
    let (changed, stopped) = (true, false);
    let mut stage = Playing { scene, terminal, input, messages, clock, depth, next, changed, size, stopped };
    let ended = stage.run();
    stage.input.stop_reading();
    stage.terminal.pause();
    ended
}

struct Playing<'s> {
    scene: &'s mut dyn Scene,
    terminal: Terminal,
    input: Input,
    messages: Receiver<Message>,
    clock: Clock,
    depth: Depth,
    /// When the next tick is due.
    next: Moment,
    /// Something may have changed since the last frame.
    changed: bool,
    size: (u16, u16),
    /// The signal of our own stop's end is still to come.
    stopped: bool,
}

impl Playing<'_> {
    fn run(&mut self) -> Result<Leave> {
        loop {
            self.draw();
            match self.clock.receive(&self.messages, self.next) {
                Ok(message) => {
                    if let Some(leave) = self.answer(&message)? {
                        return Ok(leave);
                    }
                    self.input.answered();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(Leave::Signal(SIGHUP)),
            }
            let now = self.clock.now();
            if now >= self.next {
                self.changed |= self.scene.pass();
                // A machine that is late plays slower, and leaves out nothing.
                self.next = (self.next + self.scene.tick()).max(now);
            }
            if self.terminal.is_broken() || !terminal::is_there() {
                return Ok(Leave::Signal(SIGHUP));
            }
        }
    }

    fn draw(&mut self) {
        if !self.changed || !self.terminal.is_idle() {
            return;
        }
        self.changed = false;
        let mut buffer = self.scene.screen();
        palette::apply_depth(&mut buffer, self.depth, self.scene.theme());
        self.terminal.show(buffer);
    }

    fn answer(&mut self, message: &Message) -> Result<Option<Leave>> {
        match *message {
            Message::Event(Event::Key(key)) if key.kind == KeyEventKind::Release => {}
            Message::Event(Event::Key(key)) => return Ok(self.key(key)),
            Message::Event(Event::Resize(columns, rows)) => {
                self.size = (columns, rows);
                self.scene.resize(columns, rows);
                self.redraw();
            }
            Message::Event(Event::Signal(signal)) => return Ok(Some(Leave::Signal(signal))),
            Message::Event(_) | Message::Written => {}
            Message::Stop => self.stop(),
            Message::Continued if std::mem::take(&mut self.stopped) => {}
            Message::Continued => {
                self.terminal.resume()?;
                self.changed = true;
            }
            Message::Gone => return Ok(Some(Leave::Signal(SIGHUP))),
        }
        Ok(None)
    }

    fn key(&mut self, key: KeyEvent) -> Option<Leave> {
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            match key.code {
                KeyCode::Char('c') => return Some(Leave::Quit),
                KeyCode::Char('z') => {
                    self.stop();
                    return None;
                }
                KeyCode::Char('l') => {
                    self.redraw();
                    return None;
                }
                _ => {}
            }
        }
        self.changed = true;
        self.scene.key(key).then_some(Leave::Quit)
    }

    /// Every cell is written again.
    fn redraw(&mut self) {
        self.terminal.redraw();
        self.changed = true;
    }

    /// Stops as the shell expects it; returns when the process is continued.
    fn stop(&mut self) {
        self.terminal.pause();
        self.stopped = suspend::stop_until_continued();
        // A terminal that cannot be taken again is found broken in the next turn.
        let _ = self.terminal.resume();
        let size = Terminal::size();
        if size != self.size {
            self.size = size;
            self.scene.resize(size.0, size.1);
        }
        self.changed = true;
        self.next = self.clock.now();
    }
}
