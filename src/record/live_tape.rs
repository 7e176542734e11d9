//! A live session as a tape: keys as they were pressed, waits on the run's state in the place of time, edits as what was
//! replaced by what. It plays to the same steps, whatever the machine's speed was.
//!
//! A key that asks something of the run is written once the run tells at which step it obeyed; what came after it waits.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::live_file::{Failed, LiveFile};
use super::tape::key_name;
use crate::clock::Moment;
use crate::error::Result;
use crate::lab::ScriptText;
use crate::session::{FileChange, Obeyed};
use crate::ui::{Onlooker, Pressed, Theme};

use crossterm::event::KeyCode;

/// The longest pause that is kept.
const LONGEST: Duration = Duration::from_secs(3);
/// Shorter ones are the time that keys take anyway.
const SHORTEST: Duration = Duration::from_millis(300);

/// What a tape begins with.
pub struct Beginning<'a> {
    /// The lab, as the tape will name it.
    pub lab: &'a str,
    /// What is laid over it, as `KEY=VALUE`.
    pub set: &'a [String],
    /// Columns and rows.
    pub size: (u16, u16),
    /// The colours.
    pub theme: Theme,
    /// The lab's scripts as they are.
    pub scripts: Vec<ScriptText>,
    /// Its own file, where it is one of the user's, and what is in it.
    pub file: Option<(PathBuf, String)>,
}

/// A tape that is being written.
pub struct LiveTape {
    file: LiveFile,
    /// What stands before the texts of files, those texts, and what stands after them.
    head: String,
    files: Vec<(String, String)>,
    body: String,
    /// What was done and is not written yet, oldest first.
    waiting: VecDeque<Deed>,
    /// The text that is being typed into the command line.
    typed: Option<String>,
    /// When the last thing was done, and where the run stood after it.
    last: Option<Moment>,
    stood: (u64, bool),
    /// Time passes after what was written last, so that it is seen.
    gap: bool,
    scripts: Vec<ScriptText>,
    lab: Option<(PathBuf, String)>,
}

/// Something that was done.
struct Deed {
    what: What,
    at: Moment,
    running: bool,
    step: u64,
    /// The first command that it sent; none if it asked nothing of the run.
    command: Option<u64>,
    obeyed: Option<Obeyed>,
}

enum What {
    Key(Pressed),
    Edit {
        file: String,
        replace: String,
        with: String,
    },
    /// It cannot be in a tape.
    Left(String),
}

impl LiveTape {
    /// Begins a tape in a file that is not there yet.
    ///
    /// # Errors
    /// The file is there, or cannot be made.
    pub fn begin(path: &Path, beginning: &Beginning<'_>) -> Result<(Self, Failed)> {
        let file = LiveFile::begin(path)?;
        let failed = file.failed();
        let (scripts, lab) = (beginning.scripts.clone(), beginning.file.clone());
        let head = head(beginning);
        let mut tape = Self {
            file,
            head: head.clone(),
            files: Vec::new(),
            body: String::new(),
            waiting: VecDeque::new(),
            typed: None,
            last: None,
            stood: (0, false),
            gap: false,
            scripts,
            lab,
        };
        tape.file.append(&head);
        tape.write("play:\n");
        Ok((tape, failed))
    }

    /// The file was so before it was edited: a tape of a file that has changed since has to know.
    fn keep_file(&mut self, file: &str, text: &str) {
        if self.files.iter().any(|(own, _)| own == file) {
            return;
        }
        self.files.push((file.to_owned(), text.to_owned()));
        let text = |(file, text): &(String, String)| format!("  {}: {}\n", quoted(file), quoted(text));
        let texts: Vec<String> = self.files.iter().map(text).collect();
        let texts = texts.concat();
        let whole = format!("{}files:\n{texts}{}", self.head, self.body);
        self.file.rewrite(&whole);
    }

    fn write(&mut self, text: &str) {
        self.body.push_str(text);
        self.file.append(text);
    }

    /// Writes what can be: from the oldest on, until one whose step is not known yet.
    fn write_known(&mut self, all: bool) {
        while let Some(first) = self.waiting.front() {
            if first.command.is_some() && first.obeyed.is_none() && !all {
                return;
            }
            if let Some(deed) = self.waiting.pop_front() {
                self.deed(&deed);
            }
        }
    }

    fn deed(&mut self, deed: &Deed) {
        let typing = matches!(&deed.what, What::Key(pressed) if pressed.typed && is_text(pressed));
        let ends = matches!(&deed.what, What::Key(pressed) if pressed.typed && pressed.key.code == KeyCode::Enter);
        if let (Some(text), true, What::Key(pressed)) = (&mut self.typed, typing, &deed.what) {
            if let KeyCode::Char(letter) = pressed.key.code {
                text.push(letter);
            }
            return;
        }
        let takes_back =
            matches!(&deed.what, What::Key(pressed) if pressed.typed && pressed.key.code == KeyCode::Backspace);
        if let (Some(text), true) = (self.typed.as_mut().filter(|text| text.len() > 1), takes_back) {
            text.pop();
            return;
        }
        if !ends {
            self.end_text("");
        }
        // The time of what was typed passes before it, once.
        if !ends || deed.running || self.typed.is_none() {
            self.wait(deed);
        }
        match &deed.what {
            What::Key(_) if ends && self.typed.is_some() => {
                self.end_text("\n");
                self.at_once_while(deed.running);
            }
            What::Key(pressed) if pressed.key.code == KeyCode::Char(':') && !pressed.typed => {
                self.typed = Some(":".to_owned());
            }
            What::Key(pressed) => {
                self.write(&format!("  - key: {}\n", quoted(&key_name(&pressed.key))));
                self.at_once_while(deed.running);
            }
            What::Edit { file, replace, with } => {
                let [file, replace, with] = [file, replace, with].map(|text| quoted(text));
                self.write(&format!("  - edit: {{file: {file}, replace: {replace}, with: {with}}}\n"));
                self.at_once_while(deed.running);
            }
            What::Left(why) => self.write(&format!("  # {why}\n")),
        }
        let after = deed.obeyed.map_or(deed.step, |obeyed| obeyed.after);
        self.stood = (after, deed.running || deed.command.is_some());
        self.last = Some(deed.at);
    }

    /// While the run goes on, steps are what passes between two things that are done, and no time.
    fn at_once_while(&mut self, running: bool) {
        if running {
            self.write("    at_once: true\n");
        }
        self.gap = !running;
    }

    /// Ends the text that was typed into the command line.
    fn end_text(&mut self, end: &str) {
        if let Some(text) = self.typed.take() {
            self.write(&format!("  - type: {}\n", quoted(&format!("{text}{end}"))));
        }
    }

    /// What passes before a deed: steps of the run, or time.
    fn wait(&mut self, deed: &Deed) {
        // A run that is told to hold may make one more step, so that what is shown was watched.
        let holds = deed.running && matches!(&deed.what, What::Key(pressed) if pressed.key.code == KeyCode::Char(' '));
        let step = deed.obeyed.map_or(deed.step, |obeyed| if holds { obeyed.after } else { obeyed.before });
        let exact = deed.obeyed.is_some();
        // Also where no step was made after the key that began the run: no time passes between them then.
        let at_once = self.gap && deed.running && step == self.stood.0;
        if self.stood.1 && (step > self.stood.0 || at_once) {
            let sign = if exact { "==" } else { ">=" };
            self.write(&format!("  - until: run.step {sign} {step}\n    within: 60min\n"));
        } else if let Some(last) = self.last.filter(|_| !deed.running) {
            let paced = matches!(&deed.what, What::Key(pressed) if pressed.paced);
            let pause = deed.at.since(last).min(if paced { Duration::MAX } else { LONGEST });
            if pause >= SHORTEST {
                self.write(&format!("  - pause: {:.1}s\n", pause.as_secs_f64()));
            }
        }
    }

    fn note(&mut self, what: What, at: Moment, (running, step): (bool, u64), sent: (u64, u64)) {
        let command = (sent.1 > sent.0).then_some(sent.0 + 1);
        self.waiting.push_back(Deed { what, at, running, step, command, obeyed: None });
        self.write_known(false);
    }
}

impl Onlooker for LiveTape {
    fn pressed(&mut self, pressed: &Pressed, at: Moment) {
        let what = if pressed.for_tapes || (pressed.typed && pressed.key.code != KeyCode::Tab) {
            What::Key(pressed.clone())
        } else {
            What::Left(format!("left out, since no tape presses it: {}", key_name(&pressed.key)))
        };
        self.note(what, at, (pressed.running, pressed.step), pressed.sent);
    }

    fn changed(&mut self, change: &FileChange, sent: (u64, u64), at: Moment) {
        let FileChange::Edited { scripts, .. } = change else { return };
        let (mut edits, mut kept) = (Vec::new(), Vec::new());
        for new in scripts {
            let old = self.scripts.iter().find(|old| old.source.name == new.source.name);
            if let Some(old) = old.filter(|old| old.source.text != new.source.text) {
                let file = new.source.name.rsplit('/').next().unwrap_or(&new.source.name).to_owned();
                let (replace, with) = piece(&old.source.text, &new.source.text);
                kept.push((file.clone(), old.source.text.clone()));
                edits.push(What::Edit { file, replace, with });
            }
        }
        if let Some((path, old)) = &mut self.lab {
            let new = fs::read_to_string(&*path).unwrap_or_else(|_| old.clone());
            if new != *old {
                let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let (replace, with) = piece(old, &new);
                kept.push((file.clone(), old.clone()));
                edits.push(What::Edit { file, replace, with });
                *old = new;
            }
        }
        kept.iter().for_each(|(file, text)| self.keep_file(file, text));
        self.scripts.clone_from(scripts);
        let (step, running) = self.stood;
        edits.into_iter().for_each(|edit| self.note(edit, at, (running, step), sent));
    }

    fn obeyed(&mut self, obeyed: &[Obeyed]) {
        for deed in &mut self.waiting {
            let own = obeyed.iter().find(|obeyed| Some(obeyed.number) == deed.command);
            deed.obeyed = deed.obeyed.or(own.copied());
        }
        self.write_known(false);
    }

    fn ended(&mut self, _at: Moment) {
        self.write_known(true);
        self.end_text("");
    }
}

/// It is a letter of a text.
fn is_text(pressed: &Pressed) -> bool {
    matches!(pressed.key.code, KeyCode::Char(_))
        && pressed.key.modifiers.difference(crossterm::event::KeyModifiers::SHIFT).is_empty()
}

/// The lines before the first deed.
fn head(beginning: &Beginning<'_>) -> String {
    let (columns, rows) = (beginning.size.0.clamp(60, 300), beginning.size.1.clamp(18, 100));
    let line = |argument: &String| {
        let (key, value) = argument.split_once('=').unwrap_or((argument, ""));
        format!("  {}: {value}\n", quoted(key))
    };
    let set = beginning.set.iter().map(line).collect::<Vec<_>>().concat();
    let set = if set.is_empty() { set } else { format!("set:\n{set}") };
    format!(
        "format: 1\nlab: {}\n{set}size: {columns}x{rows}\ntheme: {}\nfps: 20\nkeys: show\n",
        quoted(beginning.lab),
        beginning.theme.name(),
    )
}

/// A text as YAML has it in double quotes, which are those of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The piece of a text that has to be replaced, and by what, so that the other text stands there: whole lines, so many that
/// the piece stands in the text once.
fn piece(old: &str, new: &str) -> (String, String) {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let mut first = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let most = before.len().min(after.len()) - first;
    let mut last = before.iter().rev().zip(after.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    loop {
        let replace = before[first..before.len() - last].concat();
        let alone = !replace.is_empty() && old.matches(replace.as_str()).count() == 1;
        if alone || (first == 0 && last == 0) {
            return (replace, after[first..after.len() - last].concat());
        }
        // More of what stands around it.
        if first > 0 {
            first -= 1;
        } else {
            last -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_piece_of_an_edit_stands_in_the_old_text_once_and_makes_the_new_one() {
        for (old, new) in [
            ("a\nb\nc\n", "a\nB\nc\n"),
            ("a\na\na\n", "a\na\nb\na\n"),
            ("a\n", "a\nb\n"),
            ("x\na\nx\na\n", "x\na\nx\nb\n"),
            ("a\nb\n", "b\n"),
            ("", "a\n"),
        ] {
            let (replace, with) = piece(old, new);
            if !old.is_empty() {
                assert_eq!(old.matches(&replace).count(), 1, "{old:?} {new:?} {replace:?}");
                assert_eq!(old.replacen(&replace, &with, 1), new);
            }
        }
    }
}
