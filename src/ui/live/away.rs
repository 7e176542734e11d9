//! While somebody else has the terminal: the shell after a stop, or the user's editor.

use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT};

use super::Screen;
use super::editor;
use crate::ui::host::Event;
use crate::ui::host::opening::Opening;
use crate::ui::host::{LabEntry, Leave};
use crate::ui::terminal::Terminal;
use crate::ui::terminal::input::Message;
use crate::ui::terminal::suspend;

impl<O: FnMut(&LabEntry) -> Opening> Screen<O> {
    /// Stops as the shell expects it; returns when the process is continued.
    pub(super) fn suspend(&mut self) -> Option<Leave> {
        self.terminal.pause();
        self.stopped = suspend::stop_until_continued();
        if !self.stopped {
            self.app.notice = Some("there is no shell to go back to".into());
        }
        self.resumed = Some(self.clock.now());
        self.resume()
    }

    /// The user's editor has the terminal until it ends. What is typed is the editor's, and so is Ctrl-C.
    pub(super) fn edit(&mut self, script: Option<&str>) -> Option<Leave> {
        let host = self.host.as_ref()?;
        let file = match host.file(script) {
            Ok(file) => file,
            Err(error) => {
                self.app.notice = Some(error.to_string().replace('\n', " "));
                return None;
            }
        };
        self.input.hold();
        self.terminal.pause();
        let left = match editor::start(&file) {
            Ok((name, mut child)) => {
                let mut left = None;
                // How often it is still looked whether an editor that was asked to end has done so.
                let mut looks = 15;
                let status = loop {
                    match child.try_wait() {
                        Ok(None) if left.is_none() => {
                            left = self.wait_beside();
                            if left.is_some() {
                                editor::ask_to_end(&child);
                            }
                        }
                        Ok(None) if looks == 0 => break None,
                        Ok(None) => {
                            looks -= 1;
                            self.wait_beside();
                        }
                        Ok(Some(status)) => break Some(Ok(status)),
                        Err(error) => break Some(Err(error)),
                    }
                };
                if let Some(status) = status {
                    self.terminal.clean_up_after(left.is_some() || editor::has_died(&status));
                    self.app.notice = editor::ended(&name, status);
                }
                left
            }
            Err(error) => {
                self.app.notice = Some(error.to_string().replace('\n', " "));
                None
            }
        };
        self.input.go_on();
        if left.is_some() {
            return left;
        }
        self.stopped = false;
        self.resumed = Some(self.clock.now());
        self.resume()
    }

    /// Waits a moment while another program has the terminal.
    fn wait_beside(&mut self) -> Option<Leave> {
        let message = self.clock.receive(&self.messages, self.clock.now() + Duration::from_millis(30)).ok();
        self.input.answered();
        match message? {
            // Ctrl-C and Ctrl-\ are the other program's.
            Message::Event(Event::Signal(signal)) if signal != SIGINT && signal != SIGQUIT => {
                Some(Leave::Signal(signal))
            }
            Message::Gone => Some(Leave::Signal(SIGHUP)),
            Message::Stop => {
                suspend::stop_beside();
                None
            }
            _ => None,
        }
    }

    pub(super) fn resume(&mut self) -> Option<Leave> {
        if self.terminal.resume().is_err() {
            return Some(Leave::Signal(SIGHUP));
        }
        self.frames.hurry();
        let (columns, rows) = Terminal::size();
        self.update(Event::Resize(columns, rows))
    }
}
