//! The command line over the screen: keys go into its line, a line is parsed, and what it asks for becomes effects, and what
//! the run has to say about it comes back into the line or in its place.

use crossterm::event::KeyEvent;

use crate::error::Error;
use crate::session::Command;
use crate::session::Purpose;
use crate::snapshot::{Snapshot, knob_text};
use crate::ui::app::answering::Form;
use crate::ui::app::lab_screen::told_of;
use crate::ui::app::{App, Layer};
use crate::ui::command_line::line::{self, Line, Typed};
use crate::ui::command_line::parse::{self, Parsed};
use crate::ui::command_line::settings;
use crate::ui::host::{Effect, Leave};
use crate::ui::keys::{self, Action, Context};

/// The command line between two lines.
#[derive(Debug, Default)]
pub(super) struct CommandLine {
    history: Vec<String>,
    /// Queries sent so far.
    asked: u64,
    /// The last line that was sent, for as long as it may have to be mended.
    sent: Option<Sent>,
}

#[derive(Debug)]
struct Sent {
    text: String,
    /// The number of its query, if it is one.
    id: Option<u64>,
    /// Keys were pressed since: what is wrong with it is told, but the line does not come back.
    left: bool,
}

/// The key that the hint line calls so, for a word that is no command: `zoom`.
fn key_of(word: &str) -> Option<&'static str> {
    let mut keys = keys::table(Context::Lab(&[])).filter(|_| !parse::is_command(word));
    keys.find(|binding| binding.hint.split(['/', ' ']).any(|hint| hint == word)).map(|binding| binding.shown)
}

impl CommandLine {
    /// A key was pressed somewhere else.
    pub fn leave(&mut self) {
        if let Some(sent) = &mut self.sent {
            sent.left = true;
        }
    }
}

impl App {
    /// What is pasted is typed into the command line. It never works as keys, among which it would do anything.
    pub(super) fn paste(&mut self, text: &str) {
        match &mut self.layer {
            Some(Layer::Line(line)) => line.paste(text),
            Some(Layer::Task(answering)) => {
                if let Form::Line(_, line) = &mut answering.form {
                    line.paste(text);
                }
            }
            _ if self.lab.is_some() => {
                self.notice = Some("pasted text goes into the command line: press `:` first".into());
            }
            _ => {}
        }
    }

    pub(super) fn key_in_line(&mut self, key: KeyEvent, mut line: Line) -> Vec<Effect> {
        let Some(lab) = &self.lab else { return Vec::new() };
        match line.key(key, &self.commands.history) {
            Typed::Closed => return Vec::new(),
            Typed::Edited => {}
            Typed::Complete => {
                // What lies in folders the host knows; it answers at once.
                let wanted = settings::wants_script(&line.before());
                self.layer = Some(Layer::Line(line));
                if let Some(key) = wanted {
                    return vec![Effect::FindScripts(key)];
                }
                self.complete(&[]);
                return Vec::new();
            }
            Typed::Entered => {
                let text = line.text().trim().to_owned();
                if text.is_empty() {
                    return Vec::new();
                }
                line::remember(&mut self.commands.history, &text);
                match parse::parse(&text, lab.live()) {
                    Ok(parsed) => return self.obey(text, parsed),
                    Err(error) => {
                        let key = key_of(&text).map(|key| format!("`{text}` is no command: the key {key} does it"));
                        let key = key.or_else(|| lab.told_of_pane(&text));
                        line.error = Some(key.unwrap_or(error));
                    }
                }
            }
        }
        self.layer = Some(Layer::Line(line));
        Vec::new()
    }

    /// Completes the command line, also by these scripts of the user's own.
    pub fn complete(&mut self, own: &[String]) {
        let (Some(lab), Some(Layer::Line(line))) = (&self.lab, &mut self.layer) else { return };
        let panes: Vec<&str> = lab.order().into_iter().map(|kind| kind.name).collect();
        let (start, words) = parse::completions(&line.before(), lab.live(), &panes, own);
        line.complete(start, words);
    }

    fn obey(&mut self, text: String, parsed: Parsed) -> Vec<Effect> {
        let Some(lab) = &mut self.lab else { return Vec::new() };
        let moves = matches!(parsed, Parsed::Goto(_) | Parsed::Phases(_) | Parsed::Query(Purpose::Until, _));
        if let Some(told) = lab.waits_for_answer().filter(|_| moves) {
            self.notice = Some(told);
            return Vec::new();
        }
        let id = matches!(parsed, Parsed::Query(..)).then_some(self.commands.asked + 1);
        self.commands.sent = Some(Sent { text, id, left: false });
        match parsed {
            Parsed::Set { run, name, value } => {
                let live = lab.live();
                let run = run.or_else(|| live.turned().map(str::to_owned));
                if !live.status.is_final() {
                    let whose = run.as_ref().map(|run| format!("{run}: ")).unwrap_or_default();
                    self.notice = Some(format!("{whose}{} from the next step on", knob_text(&name, value)));
                }
                vec![Effect::Send(Command::SetHyper { run, name, value })]
            }
            Parsed::Goto(step) => {
                let last = lab.live().steps_total;
                if step > last && last > 0 {
                    self.notice = Some(format!("the run has {last} steps: it goes to the last one"));
                }
                vec![Effect::Send(Command::Goto(step))]
            }
            Parsed::Query(purpose, text) => {
                self.commands.asked += 1;
                vec![Effect::Query { id: self.commands.asked, purpose, text }]
            }
            Parsed::ListBreaks => {
                let breaks = &lab.live().queries.breaks;
                self.notice = Some(match breaks.len() {
                    0 => "no condition holds the run; `break loss < 0.1` makes one".into(),
                    _ => format!("holds whenever {}; `break off` clears", breaks.join(", ")),
                });
                Vec::new()
            }
            Parsed::ClearBreaks => {
                self.notice = Some("no condition holds the run".into());
                vec![Effect::Send(Command::ClearBreaks)]
            }
            Parsed::Phases(every) => {
                let (effects, notice) = lab.walk_phases(every);
                self.notice = notice;
                effects
            }
            Parsed::Watch(parameter, element) => {
                self.notice = Some(lab.told_to_watch(parameter, element));
                lab.watch(parameter, element)
            }
            Parsed::Settings(setting) => vec![Effect::Set(setting)],
            Parsed::Speed(speed) => {
                self.notice = Some(told_of(speed));
                lab.go_at(speed)
            }
            Parsed::Save { path, replace } => vec![Effect::Save { path, replace }],
            Parsed::Pane(wish) => {
                if let Some(place) = lab.place_of(&wish) {
                    lab.focus_on(place);
                } else {
                    let told = lab.no_pane(&wish);
                    self.answer(Err(told));
                }
                Vec::new()
            }
            Parsed::Keep => vec![Effect::Keep],
            Parsed::Help(query) => {
                self.layer = Some(Layer::Help { query, chosen: 0 });
                Vec::new()
            }
            Parsed::Leave { asks: true } => self.act(Action::Leave),
            Parsed::Leave { asks: false } if self.goes_back() => self.close_lab(),
            Parsed::Leave { asks: false } => vec![Effect::Leave(Leave::Quit)],
            Parsed::Edit => self.act(Action::Edit),
            Parsed::Theme(theme) => {
                self.look.theme = theme;
                self.notice = Some(format!("theme {}; `:keep` keeps it for the next time", theme.name()));
                vec![Effect::Redraw]
            }
            Parsed::Tell(told) => {
                self.notice = Some(told);
                Vec::new()
            }
        }
    }

    /// What came of the line that was sent last; an error brings it back to be mended.
    pub fn answer(&mut self, answer: Result<String, Error>) {
        let error = match answer {
            Ok(told) => {
                self.commands.sent = None;
                self.notice = Some(told);
                return;
            }
            Err(error) => {
                let hint = Some(error.label_text()).filter(|label| !label.is_empty());
                let hint = hint.or_else(|| error.help_lines().first().map(String::as_str));
                hint.map_or_else(|| error.what().to_owned(), |hint| format!("{}: {hint}", error.what()))
            }
        };
        match self.commands.sent.take().filter(|sent| !sent.left && self.layer.is_none()) {
            Some(sent) => self.layer = Some(Layer::Line(Line::of(&sent.text, error))),
            None => self.notice = Some(error),
        }
    }

    /// What a snapshot says of the last line, and of conditions on the way.
    pub(super) fn take_answers(&mut self, snapshot: &Snapshot) {
        let Some(lab) = &self.lab else { return };
        let held = |snapshot: &Snapshot| snapshot.queries.held.as_ref().map(|(count, _)| *count);
        let held = held(snapshot) != held(lab.live());
        let refusal = lab.refusal(snapshot).cloned();
        let waits = self.commands.sent.as_ref().and_then(|sent| sent.id);
        match &snapshot.queries.answer {
            Some((id, answer)) if waits == Some(*id) => self.answer(answer.clone()),
            _ => {}
        }
        // A short run may have ended in the very moment in which it was told what to go on until: its end is the news.
        if let (Some((_, told)), true) = (&snapshot.queries.held, held) {
            self.notice = Some(told.clone());
        }
        if let Some(error) = refusal {
            self.answer(Err(error));
        }
    }
}
