//! The loop of the screen: messages in, effects out, and when to draw. Everything that waits, waits here.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT};

use super::app::{App, Effect, Event};
use super::editor;
use super::input::{Input, Message};
use super::palette::{self, Depth};
use super::picture;
use super::suspend;
use super::terminal::{self, Terminal};
use super::theme::{Look, locale_is_utf8};
use super::{LabEntry, Leave, OpenLab, Options, Session, draw};
use crate::error::{Error, Result};
use crate::train::snapshot::Command;

/// How often the loop looks whether the terminal is still there.
const WATCH: Duration = Duration::from_millis(400);
/// After a command the run's answer is waited for this long, so that a key is seen to work at once.
const ANSWER: Duration = Duration::from_millis(60);
/// Signals of a stop may reach us this long after it.
const ECHO: Duration = Duration::from_millis(100);
/// How often it is looked for meanwhile.
const EAGER: Duration = Duration::from_millis(4);

/// See [`super::run`].
pub fn run(
    entries: Vec<LabEntry>,
    open: impl FnMut(&LabEntry) -> Result<OpenLab, Error>,
    first: Option<OpenLab>,
    options: Options,
) -> Result<Leave> {
    let look = Look { theme: options.theme, unicode: !options.ascii && locale_is_utf8() };
    let (sender, messages) = mpsc::channel();
    let wake = sender.clone();
    // The terminal is dropped last, after the threads that listen to it were told to end.
    let terminal = Terminal::enter(options.mouse, move || {
        let _ = wake.send(Message::Written);
    })?;
    let input = Input::start(&sender)?;
    let app = match first {
        Some(_) => App::without_list(look, options.mouse),
        None => App::with_list(entries, look, options.mouse),
    };
    let frame_time = Duration::from_secs_f64(1.0 / options.fps.clamp(1.0, 60.0));
    let now = Instant::now();
    let mut screen = Screen {
        input,
        terminal,
        app,
        open,
        session: None,
        messages,
        frame_time,
        depth: options.depth,
        dirty: true,
        urgent: true,
        eager_until: now,
        last_frame: now,
        watched: now,
        stopped: false,
        // Before any signal that may come.
        resumed: now.checked_sub(ECHO).unwrap_or(now),
    };
    let (columns, rows) = Terminal::size();
    screen.app.update(Event::Resize(columns, rows));
    if let Some(lab) = first {
        screen.show_lab(lab);
    }
    Ok(screen.run())
}

struct Screen<O> {
    input: Input,
    terminal: Terminal,
    app: App,
    open: O,
    session: Option<Box<dyn Session>>,
    messages: Receiver<Message>,
    frame_time: Duration,
    depth: Depth,
    /// Something changed since the last frame.
    dirty: bool,
    /// ... by a key, which is drawn outside the cap.
    urgent: bool,
    eager_until: Instant,
    last_frame: Instant,
    watched: Instant,
    /// The signal of our own stop's end is still to come.
    stopped: bool,
    /// When the last stop ended.
    resumed: Instant,
}

impl<O: FnMut(&LabEntry) -> Result<OpenLab, Error>> Screen<O> {
    fn run(&mut self) -> Leave {
        let leave = loop {
            if let Some(leave) = self.turn() {
                break leave;
            }
        };
        if let Some(session) = &self.session {
            session.send(Command::Quit);
        }
        leave
    }

    /// Draws if it is time, waits for what comes, and answers it.
    fn turn(&mut self) -> Option<Leave> {
        self.draw_if_due();
        let mut next = match self.messages.recv_timeout(self.patience()) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return Some(Leave::Signal(SIGHUP)),
        };
        while let Some(message) = next {
            if let Some(leave) = self.answer(message) {
                return Some(leave);
            }
            next = self.messages.try_recv().ok();
        }
        self.input.answered();
        if let Some(snapshot) = self.session.as_ref().and_then(|session| session.latest()) {
            self.urgent |= Instant::now() < self.eager_until;
            if let Some(leave) = self.update(Event::Snapshot(snapshot)) {
                return Some(leave);
            }
        }
        if let Some(news) = self.session.as_mut().and_then(|session| session.news()) {
            (self.dirty, self.urgent) = (true, true);
            self.app.hear_of(news);
        }
        if self.watched.elapsed() >= WATCH {
            self.watched = Instant::now();
            if !terminal::is_there() {
                return Some(Leave::Signal(SIGHUP));
            }
            // A resize at a moment when nobody listened, as before the first key was waited for, is told by nobody.
            let (columns, rows) = Terminal::size();
            if (columns, rows) != (self.app.screen.width, self.app.screen.height) {
                self.urgent = true;
                if let Some(leave) = self.update(Event::Resize(columns, rows)) {
                    return Some(leave);
                }
            }
        }
        self.terminal.is_broken().then_some(Leave::Signal(SIGHUP))
    }

    /// How long to wait for a message.
    fn patience(&self) -> Duration {
        let now = Instant::now();
        if self.session.is_none() {
            return WATCH;
        }
        if now < self.eager_until {
            return EAGER;
        }
        if self.dirty && self.terminal.is_idle() {
            return self.frame_time.saturating_sub(now - self.last_frame).max(Duration::from_millis(1));
        }
        self.frame_time
    }

    fn draw_if_due(&mut self) {
        let due = self.urgent || self.last_frame.elapsed() >= self.frame_time;
        if !self.dirty || !due || !self.terminal.is_idle() {
            return;
        }
        self.draw_now();
    }

    fn draw_now(&mut self) {
        let mut buffer = Buffer::empty(self.app.screen);
        draw::draw(&self.app, &mut buffer);
        palette::deepen(&mut buffer, self.depth);
        self.terminal.show(buffer);
        (self.dirty, self.urgent) = (false, false);
        self.last_frame = Instant::now();
    }

    fn answer(&mut self, message: Message) -> Option<Leave> {
        match message {
            Message::Event(event) => {
                self.urgent = true;
                return self.update(event);
            }
            Message::Written => {}
            // One that came with our own stop is done with.
            Message::Stop(at) if at < self.resumed + ECHO => {}
            Message::Stop(_) => return self.suspend(),
            Message::Continued if std::mem::take(&mut self.stopped) => {}
            Message::Continued => return self.resume(),
            Message::Gone => return Some(Leave::Signal(SIGHUP)),
        }
        None
    }

    fn update(&mut self, event: Event) -> Option<Leave> {
        self.dirty = true;
        let effects = self.app.update(event);
        self.carry_out(effects)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> Option<Leave> {
        for effect in effects {
            match effect {
                Effect::Send(command) => {
                    if let Some(session) = &self.session {
                        session.send(command);
                    }
                    self.eager_until = Instant::now() + ANSWER;
                }
                Effect::Ask { id, wish, text } => {
                    let Some(session) = &self.session else { continue };
                    match session.question(&text) {
                        Ok(question) => session.send(Command::Ask { id, wish, question }),
                        Err(error) => self.app.answer(Err(error)),
                    }
                    self.eager_until = Instant::now() + ANSWER;
                }
                Effect::Save { path, replace } => {
                    if let (Some(session), Some(lab)) = (&self.session, &self.app.lab) {
                        let saved = session.save(&path, replace, lab.live());
                        self.app.answer(saved);
                    }
                }
                Effect::Open(place) => self.open_lab(place),
                Effect::CloseLab => {
                    if let Some(session) = self.session.take() {
                        session.send(Command::Quit);
                    }
                }
                Effect::Edit { script } => {
                    if let Some(leave) = self.edit(script.as_deref()) {
                        return Some(leave);
                    }
                }
                Effect::Picture(name) => self.app.notice = Some(self.picture(&name)),
                Effect::Mouse(on) => self.terminal.set_mouse(on),
                Effect::Copy(text) => self.terminal.copy(&text),
                Effect::Redraw => self.terminal.redraw(),
                Effect::Suspend => {
                    if let Some(leave) = self.suspend() {
                        return Some(leave);
                    }
                }
                Effect::Leave(leave) => return Some(leave),
            }
        }
        None
    }

    /// Saves the screen as it is.
    fn picture(&self, name: &str) -> String {
        let mut buffer = Buffer::empty(self.app.screen);
        draw::draw(&self.app, &mut buffer);
        let svg = picture::svg(&buffer, self.app.look.theme);
        let saved = self.session.as_ref().map(|session| session.picture(name, &svg));
        match saved {
            Some(Ok(path)) => format!("saved {path}"),
            Some(Err(error)) => error.to_string().replace('\n', " "),
            None => "open a lab first: there is no run to take a picture of".into(),
        }
    }

    /// Opening a lab may read files and make data, so the screen says so first.
    fn open_lab(&mut self, place: usize) {
        let Some(entry) = self.app.list.as_ref().and_then(|list| list.entries.get(place)).cloned() else { return };
        self.app.notice = Some(format!("opening {} ...", entry.title));
        self.draw_now();
        self.app.notice = None;
        match (self.open)(&entry) {
            Ok(lab) => self.show_lab(lab),
            Err(error) => self.app.show_error(error),
        }
        (self.dirty, self.urgent) = (true, true);
    }

    fn show_lab(&mut self, lab: OpenLab) {
        let effects = self.app.open(&lab.title, &lab.about, &lab.watch);
        self.app.notice = lab.notice;
        self.session = Some(lab.session);
        // A lab that was just opened asks for nothing that could end the screen.
        let _ = self.carry_out(effects);
    }

    /// Stops as the shell expects it; returns when the process is continued.
    fn suspend(&mut self) -> Option<Leave> {
        self.terminal.pause();
        self.stopped = suspend::stop_until_continued();
        if !self.stopped {
            self.app.notice = Some("there is no shell to go back to".into());
        }
        self.resumed = Instant::now();
        self.resume()
    }

    /// The user's editor has the terminal until it ends. What is typed is the editor's, and so is Ctrl-C.
    fn edit(&mut self, script: Option<&str>) -> Option<Leave> {
        let session = self.session.as_ref()?;
        let file = match session.file(script) {
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
                let status = loop {
                    match child.try_wait() {
                        Ok(None) if left.is_none() => left = self.wait_beside(),
                        Ok(None) => break None,
                        Ok(Some(status)) => break editor::ended(&name, Ok(status)),
                        Err(error) => break editor::ended(&name, Err(error)),
                    }
                };
                self.app.notice = status;
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
        self.resumed = Instant::now();
        self.resume()
    }

    /// Waits a moment while another program has the terminal.
    fn wait_beside(&mut self) -> Option<Leave> {
        let message = self.messages.recv_timeout(Duration::from_millis(30)).ok();
        self.input.answered();
        match message? {
            // Ctrl-C and Ctrl-\ are the other program's.
            Message::Event(Event::Signal(signal)) if signal != SIGINT && signal != SIGQUIT => {
                Some(Leave::Signal(signal))
            }
            Message::Gone => Some(Leave::Signal(SIGHUP)),
            Message::Stop(_) => {
                suspend::stop_beside();
                None
            }
            _ => None,
        }
    }

    fn resume(&mut self) -> Option<Leave> {
        if self.terminal.resume().is_err() {
            return Some(Leave::Signal(SIGHUP));
        }
        self.urgent = true;
        let (columns, rows) = Terminal::size();
        self.update(Event::Resize(columns, rows))
    }
}
