//! The loop of the screen: messages in, effects out, and when to draw. Everything that waits, waits here.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use ratatui::buffer::Buffer;
use signal_hook::consts::SIGHUP;

use self::frames::{EAGER, Frames};
use crate::clock::{Clock, Moment};
use crate::error::{Error, Result};
use crate::session::Command;
use crate::ui::app::App;
use crate::ui::canvas::picture;
use crate::ui::draw;
use crate::ui::host::onlooker::Onlooker;
use crate::ui::host::opening::{GRACE, Opening};
use crate::ui::host::pace::Metronome;
use crate::ui::host::{Effect, Event, Host, Labs, Leave};
use crate::ui::look::palette::{self, Depth};
use crate::ui::look::theme::{Look, Theme, locale_is_utf8};
use crate::ui::terminal::input::{Input, Message};
use crate::ui::terminal::{self, Terminal};

mod away;
mod editor;
mod frames;
mod opening;
pub mod scene;
mod tasks;
mod watched;

/// How often the loop looks whether the terminal is still there.
const WATCH: Duration = Duration::from_millis(400);
/// Signals of a stop may reach us this long after it.
const ECHO: Duration = Duration::from_millis(100);

/// What the command line and the user's settings say of the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The colours.
    pub theme: Theme,
    /// Nothing but ASCII, whatever the locale says.
    pub ascii: bool,
    /// How many colours the terminal is asked to show.
    pub depth: Depth,
    /// The most frames in a second, apart from those that a key asks for.
    pub fps: f64,
    /// Clicks and the wheel are listened to.
    pub mouse: bool,
    /// The editor of the key `e`; without one `$VISUAL`, `$EDITOR` or a usual one.
    pub editor: Option<String>,
    /// What is said at first in the place of the hints.
    pub notice: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            theme: Theme::of_environment(),
            ascii: false,
            depth: Depth::Sixteen,
            fps: 10.0,
            mouse: true,
            editor: None,
            notice: None,
        }
    }
}

/// See [`super::run`].
pub fn run(
    labs: impl Labs,
    first: Option<Opening>,
    options: Options,
    onlookers: Vec<Box<dyn Onlooker>>,
    clock: Clock,
) -> Result<Leave, Vec<Error>> {
    // What is wrong with a lab is said on the terminal as it is, and matters more than that there is none.
    let patience = terminal::is_there().then_some(GRACE);
    let opened = first.as_ref().and_then(|opening| opening.wait(patience)).transpose()?;
    let mut screen = Screen::enter(labs, first.is_none(), options, onlookers, clock).map_err(|error| vec![error])?;
    let leave = match (opened, first) {
        (Some(lab), _) => screen.show_lab(lab),
        (None, first) => {
            screen.wait_for(first);
            None
        }
    };
    let leave = leave.unwrap_or_else(|| screen.run());
    screen.told_of_end();
    screen.failed.take().map_or(Ok(leave), Err)
}

struct Screen<L> {
    input: Input,
    terminal: Terminal,
    app: App,
    labs: L,
    opening: Option<Opening>,
    host: Option<Box<dyn Host>>,
    messages: Receiver<Message>,
    clock: Clock,
    depth: Depth,
    editor: Option<String>,
    frames: Frames,
    /// When the terminal was looked at last.
    watched: Moment,
    /// The signal of our own stop's end is still to come.
    stopped: bool,
    /// When the last stop ended, if there was one.
    resumed: Option<Moment>,
    /// Why the lab that the program was started with cannot be opened.
    failed: Option<Vec<Error>>,
    onlookers: Vec<Box<dyn Onlooker>>,
    metronome: Metronome,
}

/// The terminal is given back before the listeners are told that this is the end: from then on a signal ends the process at
/// once.
impl<L> Drop for Screen<L> {
    fn drop(&mut self) {
        self.input.stop_reading();
        self.terminal.pause();
    }
}

impl<L: Labs> Screen<L> {
    /// Takes the terminal; with the list of labs, or for one lab.
    fn enter(
        mut labs: L,
        with_list: bool,
        options: Options,
        onlookers: Vec<Box<dyn Onlooker>>,
        clock: Clock,
    ) -> Result<Self> {
        let look = Look { theme: options.theme, unicode: !options.ascii && locale_is_utf8() };
        let (sender, messages) = mpsc::channel();
        let wake = sender.clone();
        let terminal = Terminal::enter(options.mouse, move || {
            let _ = wake.send(Message::Written);
        })?;
        let input = Input::start(&sender)?;
        let (mut app, said) = if with_list {
            let (entries, said) = labs.entries();
            (App::with_list(entries, look, options.mouse), said)
        } else {
            (App::without_list(look, options.mouse), None)
        };
        app.notice = options.notice.or(said);
        let (columns, rows) = Terminal::size();
        app.update(Event::Resize(columns, rows));
        let now = clock.now();
        Ok(Self {
            input,
            terminal,
            app,
            labs,
            opening: None,
            host: None,
            messages,
            clock,
            depth: options.depth,
            editor: options.editor,
            frames: Frames::new(options.fps, now),
            watched: now,
            stopped: false,
            resumed: None,
            failed: None,
            onlookers,
            metronome: Metronome::default(),
        })
    }

    fn run(&mut self) -> Leave {
        let leave = loop {
            if let Some(leave) = self.turn() {
                break leave;
            }
        };
        if let Some(host) = &self.host {
            host.send(Command::Quit);
        }
        leave
    }

    /// Draws if it is time, waits for what comes, and answers it.
    fn turn(&mut self) -> Option<Leave> {
        self.draw_if_due();
        let mut next = match self.clock.receive(&self.messages, self.clock.now() + self.patience()) {
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
        if let Some(leave) = self.look_at_opening() {
            return Some(leave);
        }
        if let Some(snapshot) = self.host.as_ref().and_then(|host| host.latest()) {
            if self.frames.is_eager(self.clock.now()) {
                self.frames.hurry();
            }
            if let Some(leave) = self.update(Event::Snapshot(snapshot)) {
                return Some(leave);
            }
        }
        self.look_at_obeyed();
        while self.metronome.is_due(self.app.pace(), self.clock.now()) {
            self.frames.hurry();
            if let Some(leave) = self.update(Event::Beat) {
                return Some(leave);
            }
        }
        if let Some(change) = self.file_change() {
            self.frames.change();
            self.frames.hurry();
            let effects = self.app.take_up_change(change);
            if let Some(leave) = self.carry_out(effects) {
                return Some(leave);
            }
        }
        self.look_at_tasks();
        if self.clock.now().since(self.watched) >= WATCH {
            self.watched = self.clock.now();
            if !terminal::is_there() {
                return Some(Leave::Signal(SIGHUP));
            }
            // A resize at a moment when nobody listened, as before the first key was waited for, is told by nobody.
            let (columns, rows) = Terminal::size();
            if !self.app.is_for(columns, rows) {
                self.frames.hurry();
                if let Some(leave) = self.update(Event::Resize(columns, rows)) {
                    return Some(leave);
                }
            }
        }
        self.terminal.is_broken().then_some(Leave::Signal(SIGHUP))
    }

    /// How long to wait for a message.
    fn patience(&self) -> Duration {
        let now = self.clock.now();
        if self.host.is_none() && self.opening.is_none() {
            return WATCH;
        }
        if self.frames.is_eager(now) || self.opening.is_some() {
            return EAGER;
        }
        let patience = self.frames.patience(now, self.terminal.is_idle());
        self.metronome.left(now).map_or(patience, |left| patience.min(left.max(Duration::from_millis(1))))
    }

    fn draw_if_due(&mut self) {
        if !self.frames.is_due(self.clock.now()) || !self.terminal.is_idle() {
            return;
        }
        let mut buffer = Buffer::empty(self.app.screen);
        draw::draw(&self.app, &mut buffer);
        palette::apply_depth(&mut buffer, self.depth, self.app.look.theme);
        let now = self.clock.now();
        self.onlookers.iter_mut().for_each(|onlooker| onlooker.shown(&buffer, now));
        self.terminal.show(buffer);
        self.frames.drawn(self.clock.now());
    }

    fn answer(&mut self, message: Message) -> Option<Leave> {
        match message {
            Message::Event(event) => {
                self.frames.hurry();
                return self.update(event);
            }
            Message::Written => {}
            // One that came with our own stop is done with.
            Message::Stop if self.resumed.is_some_and(|resumed| self.clock.now() < resumed + ECHO) => {}
            Message::Stop => return self.suspend(),
            Message::Continued if std::mem::take(&mut self.stopped) => {}
            Message::Continued => return self.resume(),
            Message::Gone => return Some(Leave::Signal(SIGHUP)),
        }
        None
    }

    fn update(&mut self, event: Event) -> Option<Leave> {
        self.frames.change();
        if let (Event::Key(key), false) = (&event, self.onlookers.is_empty()) {
            return self.update_watched(*key);
        }
        let effects = self.app.update(event);
        self.carry_out(effects)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> Option<Leave> {
        for effect in effects {
            match effect {
                Effect::Send(command) => {
                    if let Some(host) = &self.host {
                        host.send(command);
                    }
                    self.frames.expect_answer(self.clock.now());
                }
                Effect::Query { id, purpose, text } => {
                    let Some(host) = &self.host else { continue };
                    match host.query(&text) {
                        Ok(query) => host.send(Command::Query { id, purpose, query }),
                        Err(error) => self.app.answer(Err(error)),
                    }
                    self.frames.expect_answer(self.clock.now());
                }
                Effect::Set(setting) => {
                    let refused = self.host.as_mut().and_then(|host| host.set(&setting).err());
                    if let Some(error) = refused {
                        self.app.answer(Err(error));
                    }
                    self.frames.expect_answer(self.clock.now());
                }
                Effect::Save { path, replace } => {
                    if let (Some(host), Some(lab)) = (&self.host, &self.app.lab) {
                        let saved = host.save(&path, replace, lab.live());
                        self.app.answer(saved);
                    }
                }
                Effect::Open(place) => self.open_lab(place),
                Effect::GiveUp => self.opening = None,
                Effect::CloseLab => {
                    // Its files are written when it is dropped, and may be in the list.
                    if let Some(host) = self.host.take() {
                        host.send(Command::Quit);
                    }
                    if let Some(list) = &mut self.app.list {
                        let (entries, said) = self.labs.entries();
                        list.renew(entries);
                        list.leave();
                        self.app.notice = self.app.notice.take().or(said);
                    }
                }
                effect @ (Effect::Edit { .. } | Effect::CopyAndEdit { .. } | Effect::Write(_)) => {
                    if let Some(leave) = self.open_editor(effect) {
                        return Some(leave);
                    }
                }
                Effect::Task { id, deed } => self.do_with_task(&id, &deed),
                Effect::FindScripts(key) => {
                    self.app.complete(&self.host.as_ref().map(|host| host.scripts(&key)).unwrap_or_default());
                }
                Effect::Keep => {
                    if let Some(host) = &self.host {
                        let kept = host.keep(self.app.look.theme);
                        self.app.answer(kept);
                    }
                }
                Effect::Picture { name, pane } => self.app.notice = Some(self.picture(&name, pane)),
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

    /// Saves the screen as it is, or one pane of it.
    fn picture(&self, name: &str, pane: Option<&str>) -> String {
        let Some(host) = &self.host else { return "open a lab first: there is no run to take a picture of".into() };
        let cells = pane.map_or_else(|| Ok(draw::still(&self.app)), |pane| draw::pane_alone(&self.app, pane));
        let saved = cells.and_then(|cells| {
            let (title, description) = self.app.in_words(pane);
            host.picture(name, &picture::svg(&cells, self.app.look.theme, &title, &description))
        });
        match saved {
            Ok(path) => format!("saved {path}"),
            Err(error) => error.to_string().replace('\n', " "),
        }
    }
}
