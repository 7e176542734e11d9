//! While somebody else has the terminal: the shell after a stop, or the user's editor.

use std::path::Path;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT};

use super::Screen;
use super::editor;
use crate::ui::host::Event;
use crate::ui::host::tasks::Deed;
use crate::ui::host::{Editable, Effect, Labs, Leave};
use crate::ui::terminal::Terminal;
use crate::ui::terminal::input::Message;
use crate::ui::terminal::suspend;

impl<L: Labs> Screen<L> {
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

    /// Does what asks for the user's editor.
    pub(super) fn open_editor(&mut self, effect: Effect) -> Option<Leave> {
        match effect {
            Effect::Edit { script } => self.edit(script.as_deref()),
            Effect::CopyAndEdit { script } => self.copy_and_edit(script.as_deref()),
            Effect::Write(id) => self.write_sentences(&id),
            _ => None,
        }
    }

    /// Opens the lab or one of its scripts in the user's editor; of what is part of the program a copy is offered.
    fn edit(&mut self, script: Option<&str>) -> Option<Leave> {
        match self.host.as_ref()?.file(script) {
            Ok(Editable::File(file)) => return self.edit_file(&file),
            Ok(Editable::Shipped(copy)) => self.app.offer(script, &copy),
            Err(error) => self.app.refuse(&error),
        }
        None
    }

    /// Makes the copy that was offered, goes on with it, and opens it in the user's editor.
    fn copy_and_edit(&mut self, script: Option<&str>) -> Option<Leave> {
        match self.host.as_mut()?.copy(script) {
            Ok((file, shown)) => {
                self.app.take_up_change(shown);
                self.edit_file(&file)
            }
            Err(error) => {
                self.app.refuse(&error);
                None
            }
        }
    }

    /// Opens the sentences of a task in the user's editor; what was written is its answer.
    fn write_sentences(&mut self, id: &str) -> Option<Leave> {
        match self.host.as_mut()?.sentences(id) {
            Ok(file) => {
                let left = self.edit_file(&file);
                self.do_with_task(id, &Deed::Written);
                left
            }
            Err(error) => {
                self.app.refuse(&error);
                None
            }
        }
    }

    /// The user's editor has the terminal until it ends. What is typed is the editor's, and so is Ctrl-C.
    fn edit_file(&mut self, file: &Path) -> Option<Leave> {
        self.input.hold();
        self.terminal.pause();
        let left = match editor::start(self.editor.as_deref(), file) {
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
                    if let Some(said) = editor::ended(&name, status) {
                        self.app.notice = Some(said);
                    }
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
