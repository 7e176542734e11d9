//! The live screen over a virtual clock: the same [`App`] and the same drawing, a session in this thread in the place of a
//! worker, and a buffer in the place of a terminal.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;

use crate::clock::{Clock, Virtual};
use crate::error::{Error, Result, Source};
use crate::lab::{Lab, ScriptText};
use crate::session::{self, Command, FileChange, NUMBERS, Options, Query, Session, Sight, Value, on_large_stack};
use crate::snapshot::{Snapshot, Speed};
use crate::ui::app::lab_screen::LabScreen;
use crate::ui::draw;
use crate::ui::{App, Effect, Event, Look, Metronome, Theme, Told, Watch};

/// Steps a virtual second where neither the tape nor its lab says.
const USUAL: f64 = 200.0;

/// The screen of one lab, played by calls.
pub struct Stage {
    app: App,
    session: Session,
    time: Arc<Virtual>,
    metronome: Metronome,
    /// Something was done since the run was shown last.
    stale: bool,
    /// Files that were edited, by the names that the lab has for them.
    edited: Vec<(String, Arc<Source>)>,
    /// The numbers of a run as expressions, each once.
    numbers: Vec<(&'static str, Query)>,
}

impl Stage {
    /// A lab on a screen of so many columns and rows, at step 0; `speed` in steps a second, else what the lab says.
    ///
    /// # Errors
    /// Its runs cannot be made.
    pub fn open(lab: Lab, size: (u16, u16), theme: Theme, speed: Option<f64>) -> Result<Self> {
        let time = Virtual::new();
        let options = Options { clock: Clock::of(time.clone()), way_back: true, ..Options::default() };
        let speed = match (speed, lab.watch.speed) {
            (Some(speed), _) => Speed::PerSecond(speed),
            // As fast as a machine can is another speed on each.
            (None, Speed::Max) => Speed::PerSecond(USUAL),
            (None, own) => own,
        };
        let watch = Watch { speed, ..Watch::of(&lab) };
        let (title, about) = (lab.title.clone(), lab.about.clone());
        let session = Session::of(lab, options)?;
        let mut app = App::without_list(Look { theme, unicode: true }, false);
        app.update(Event::Resize(size.0, size.1));
        let effects = app.open(&title, &about, &watch);
        let mut stage = Self {
            app,
            session,
            time,
            metronome: Metronome::default(),
            stale: true,
            edited: Vec::new(),
            numbers: numbers()?,
        };
        stage.carry_out(effects)?;
        stage.show();
        Ok(stage)
    }

    /// The lab as it is now.
    pub fn lab(&self) -> &Lab {
        self.session.lab()
    }

    /// A key is pressed.
    ///
    /// # Errors
    /// It means nothing here, or asks for what a recording cannot do.
    pub fn press(&mut self, key: KeyEvent) -> Result<()> {
        if self.app.leads_out(&key) {
            let name = super::tape::key_name(&key);
            let error = Error::user(format!("`{name}` leads out of the lab, which a tape does not"));
            return Err(
                error.help("`shot` makes a picture, `edit` edits a file, and a recording ends where its tape does")
            );
        }
        if !self.app.answers(&key) {
            let name = super::tape::key_name(&key);
            return Err(Error::user(format!("`{name}` does nothing here")).help("`?` on the screen shows the keys"));
        }
        let effects = self.app.update(Event::Key(key));
        self.carry_out(effects)?;
        self.show();
        self.app.refused().map_or(Ok(()), |words| Err(Error::user(words)))
    }

    /// A key is pressed by a person: what it asks for that cannot be done here is said on the screen. Tells whether it leaves.
    pub fn live_key(&mut self, key: KeyEvent) -> bool {
        let effects = self.app.update(Event::Key(key));
        let leaves = effects.iter().any(|effect| matches!(effect, Effect::Leave(_)));
        if let Err(error) = self.carry_out(effects) {
            self.app.refuse(&error);
        }
        self.show();
        leaves
    }

    /// Virtual time goes on, and the run with it.
    pub fn live_tick(&mut self, by: Duration) {
        let _ = self.go_on(by, &mut |_| ControlFlow::Continue(()));
    }

    /// The screen has so many columns and rows.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.app.update(Event::Resize(columns, rows));
    }

    /// Virtual time goes on; `look` sees the run after every step, and may break off: what was due after that step comes with
    /// the next call.
    pub fn go_on(&mut self, by: Duration, look: &mut dyn FnMut(&Sight<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        self.beat();
        self.time.advance(by);
        self.beat();
        let seen = |session: &Session| (session.progress().step, session.status().clone());
        let before = seen(&self.session);
        let flow = self.session.turn_watched(look);
        // A race goes on over its further seeds when it has ended on its own.
        let on_seeds = self.session.progress().seeds.is_some_and(|(done, all)| done < all);
        self.stale |= before != seen(&self.session) || (on_seeds && self.session.status().is_final());
        self.show();
        flow
    }

    /// What goes on by itself does, by the virtual clock.
    fn beat(&mut self) {
        let now = Clock::of(self.time.clone()).now();
        while self.metronome.is_due(self.app.pace(), now) {
            self.app.update(Event::Beat);
        }
    }

    /// Whether something holds of the run now.
    ///
    /// # Errors
    /// It names what the run does not have, or is no condition.
    pub fn holds(&mut self, query: &Query) -> Result<bool> {
        self.session.holds(query)
    }

    /// All that can be seen of the run.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.app.lab.as_ref().map(LabScreen::live)
    }

    /// The text of a file of the lab, as it was edited last.
    ///
    /// # Errors
    /// The lab has no such file.
    pub fn text_of(&self, file: &str) -> Result<String> {
        if let Some((_, text)) = self.edited.iter().find(|(own, _)| own == file) {
            return Ok(text.text.clone());
        }
        self.source_of(file).map(|source| source.text.clone())
    }

    fn source_of(&self, file: &str) -> Result<Arc<Source>> {
        let lab = self.session.lab();
        if lab.is_own_file(file) {
            return Ok(lab.written.source.clone());
        }
        let scripts = lab.script_texts();
        let known: Vec<&str> = scripts.iter().filter_map(|script| script.source.name.rsplit('/').next()).collect();
        lab.text_of(file).map_err(|_| {
            let error = Error::user(format!("the lab has no file `{file}` that it could be edited in"));
            error.nearest(file, known.iter().copied()).help(format!("its scripts are {}", known.join(", ")))
        })
    }

    /// A file reads so while it is being typed at a line, counted from 1; the run goes on with what was saved.
    ///
    /// # Errors
    /// The lab has no such file.
    pub fn typed_so_far(&mut self, file: &str, text: &str, line: usize) -> Result<()> {
        let name = self.source_of(file)?.name.clone();
        if self.session.lab().is_own_file(file) {
            return Ok(());
        }
        let mut scripts = self.session.lab().script_texts();
        if let Some(script) = scripts.iter_mut().find(|script| script.source.name == name) {
            *script = ScriptText::of(&Source::new(name.clone(), text));
        }
        self.app.typed_so_far(scripts, &name, line);
        Ok(())
    }

    /// A file of the lab is saved with this text, in memory alone. What is wrong with it is shown as in a live session.
    ///
    /// # Errors
    /// The lab has no such file.
    pub fn save(&mut self, file: &str, text: &str) -> Result<()> {
        let name = self.source_of(file)?.name.clone();
        self.edited.retain(|(own, _)| own != file);
        self.edited.push((file.to_owned(), Source::new(name.clone(), text)));
        let lab = on_large_stack(|| self.session.lab().with_texts(&self.edited));
        let change = match lab {
            Ok(lab) => self.session.edit(&[name], lab),
            Err(mut errors) => FileChange::Broken(errors.swap_remove(0)),
        };
        let effects = self.app.take_up_change(change);
        self.stale = true;
        self.carry_out(effects)?;
        self.show();
        Ok(())
    }

    /// What a tape says and presses, as it is shown.
    pub fn told(&mut self) -> &mut Told {
        &mut self.app.told
    }

    /// How the run stands: its updates, its status in a word, and its numbers by name, as far as it has them. A number that
    /// can be turned by hand is among them, as `lr` and `beta1`.
    pub fn state(&mut self) -> (u64, &'static str, Vec<(String, f64)>) {
        let Self { session, numbers, .. } = self;
        let mut known = Vec::new();
        for (name, query) in numbers {
            if let Ok(Value::Number(value)) = session.value(query) {
                known.push(((*name).to_owned(), value));
            }
        }
        let hyper = self.snapshot().map(|seen| seen.hyper.clone()).unwrap_or_default();
        known.extend(hyper.into_iter().filter(|own| own.name != "lr").map(|own| (own.name, own.value)));
        (self.session.progress().step, self.session.status().word(), known)
    }

    /// The screen.
    pub fn screen(&self) -> Buffer {
        let mut buffer = Buffer::empty(self.app.screen);
        draw::draw(&self.app, &mut buffer);
        buffer
    }

    /// The screen for a picture, or one pane of it, with what it is called and what is seen on it.
    ///
    /// # Errors
    /// The lab has no such pane.
    pub fn picture(&self, pane: Option<&str>) -> Result<(Buffer, String, String)> {
        let (title, description) = self.app.in_words(pane);
        let cells = match pane {
            None => draw::still(&self.app),
            Some(name) => draw::pane_alone(&self.app, name)?,
        };
        Ok((cells, title, description))
    }

    /// Shows the app how the run stands.
    fn show(&mut self) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        let mut snapshot = self.session.snapshot();
        // What measures this machine has no place in a recording.
        snapshot.forget_times();
        let effects = self.app.update(Event::Snapshot(Arc::new(snapshot)));
        // A snapshot asks for nothing that a recording cannot do.
        drop(self.carry_out(effects));
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> Result<()> {
        for effect in effects {
            self.stale = true;
            match effect {
                Effect::Send(command) => self.session.send(command),
                Effect::Query { id, purpose, text } => {
                    let query = session::query(&text)?;
                    self.session.send(Command::Query { id, purpose, query });
                }
                Effect::Set(setting) => {
                    let change = self.session.set(&setting)?;
                    let effects = self.app.take_up_change(change);
                    self.carry_out(effects)?;
                }
                // Nobody sees or hears these in a recording.
                Effect::Copy(_) | Effect::Mouse(_) | Effect::Redraw | Effect::FindScripts(_) => {}
                Effect::Edit { .. } | Effect::CopyAndEdit { .. } | Effect::Write(_) => {
                    return Err(not_here("opens an editor").help("a step `edit` of the tape edits a file"));
                }
                Effect::Picture { .. } => {
                    return Err(not_here("saves a picture").help("a step `shot` of the tape makes one"));
                }
                Effect::Save { .. } | Effect::Keep => return Err(not_here("writes a file")),
                Effect::Task { .. } => return Err(not_here("answers a task")),
                Effect::Open(_) | Effect::GiveUp | Effect::CloseLab | Effect::Suspend | Effect::Leave(_) => {
                    return Err(not_here("leaves the lab").help("a recording ends where its tape does"));
                }
            }
        }
        Ok(())
    }
}

fn not_here(does: &str) -> Error {
    Error::user(format!("this {does}, which a recording does not"))
}

/// The numbers of a run as expressions; how long it took is none of them.
fn numbers() -> Result<Vec<(&'static str, Query)>> {
    NUMBERS
        .into_iter()
        .filter(|name| *name != "step")
        .map(|name| Ok((name, session::query(&format!("run.{name}"))?)))
        .collect()
}
