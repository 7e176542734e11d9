//! Keys: how one is pressed, what it asks for, and the table of those that are no pane's. Each pane has a table of its own,
//! of lines like these. Dispatch, the help and the hint line are made from the tables, so adding a key is adding a line.
//! It says what a key asks for, never how that is done.

mod walk;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::session::Travel;
pub use walk::PhaseKey;
use walk::WALK;

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Train, or hold.
    RunPause,
    /// One mini-batch.
    Step,
    /// To the end of the epoch.
    StepEpoch,
    /// Along the timeline.
    Travel(Travel),
    /// A second run from this very state.
    Fork,
    /// From the start.
    Restart,
    /// From the start with the next seed.
    Reseed,
    /// The next higher speed.
    Faster,
    /// The next lower speed.
    Slower,
    /// Focus the next pane.
    NextPane,
    /// Focus the previous pane.
    PreviousPane,
    /// Focus the pane at that place of the tab line, counted from 1.
    Focus(usize),
    /// Along the phases of an update.
    Phase(PhaseKey),
    /// Whatever the pane in focus, or the list of labs, does on such a key.
    Press(Press),
    /// Edit the script that is shown, or the lab.
    Edit,
    /// Copy the text of the pane in focus, or else the ledger.
    Copy,
    /// The focused pane alone, or all again.
    Zoom,
    /// Answer the current task, or judge its files as they are.
    Answer,
    /// The next hint of the current task.
    Hint,
    /// The next task.
    NextTask,
    /// The task before.
    PreviousTask,
    /// Give the current task up, asking first.
    GiveUp,
    /// Save the screen as a picture.
    Picture,
    /// Save the focused pane alone as a picture.
    PanePicture,
    /// Hold the picture while training goes on.
    Freeze,
    /// What to look for in the focused pane.
    LookFor,
    /// The focused pane in a sentence.
    Describe,
    /// Turn the mouse on or off.
    Mouse,
    /// Draw everything again.
    Redraw,
    /// Type a command.
    CommandLine,
    /// Show the keys.
    Help,
    /// Close one layer.
    Close,
    /// Leave, asking first if a run is live.
    Leave,
    /// Leave at once.
    Interrupt,
    /// Hand the terminal back to the shell for a while.
    Suspend,
}

impl Action {
    /// It makes steps, or goes back or forward along those that were made.
    pub fn moves_the_run(self) -> bool {
        use Action::{Faster, Fork, Reseed, Restart, RunPause, Slower, Step, StepEpoch, Travel};
        matches!(self, RunPause | Step | StepEpoch | Travel(_) | Fork | Restart | Reseed | Faster | Slower)
    }
}

/// A key whose meaning is the pane's that has the focus, or the list's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// The arrow, or `k`.
    Up,
    /// The arrow, or `j`.
    Down,
    /// The arrow.
    Left,
    /// The arrow.
    Right,
    /// The key with that name.
    PageUp,
    /// The key with that name.
    PageDown,
    /// `Home`.
    First,
    /// `End`.
    Last,
    /// The key with that name.
    Enter,
    /// A printed character; its case counts.
    Letter(char),
}

/// One way to press a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chord {
    /// A printed character; its case counts.
    Char(char),
    /// A character with Control.
    Ctrl(char),
    /// A named key.
    Code(KeyCode),
    /// A key of [`PLACES`]: the action is [`Action::Focus`] with its number.
    Place,
    /// The character that the action's [`Press::Letter`] names.
    Letter,
}

/// Where a key works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    /// On every screen.
    Anywhere,
    /// In the list of labs.
    List,
    /// In a lab.
    Lab,
    /// In a lab that asks tasks.
    Tasks,
    /// In a lab while an update is walked through.
    Walk,
    /// In a lab while the pane that has it in its table is in focus.
    Pane,
}

/// A line of a table.
#[derive(Debug)]
pub struct Binding {
    chords: &'static [Chord],
    /// The keys as the help shows them.
    pub shown: &'static str,
    /// What it asks for.
    pub action: Action,
    /// A few words for the help.
    pub says: &'static str,
    /// A word or two for the hint line; empty: not there.
    pub hint: &'static str,
    place: Where,
}

/// Where the user is, as far as keys care.
#[derive(Debug, Clone, Copy)]
pub enum Context {
    /// The list of labs.
    List,
    /// A lab that asks nothing, with this table of the pane in focus.
    Lab(&'static [Binding]),
    /// A lab that asks tasks, with this table of the pane in focus.
    Tasks(&'static [Binding]),
    /// A lab while an update is walked through, with this table of the pane in focus.
    Walk(&'static [Binding]),
}

const fn key(
    chords: &'static [Chord],
    shown: &'static str,
    action: Action,
    place: Where,
    hint: &'static str,
    says: &'static str,
) -> Binding {
    Binding { chords, shown, action, says, hint, place }
}

const fn press(press: Press, place: Where, hint: &'static str, says: &'static str) -> Binding {
    let (chords, shown): (&'static [Chord], &'static str) = match press {
        Press::Up => (&[Code(KeyCode::Up), Char('k')], "up k"),
        Press::Down => (&[Code(KeyCode::Down), Char('j')], "down j"),
        Press::Left => (&[Code(KeyCode::Left)], "left"),
        Press::Right => (&[Code(KeyCode::Right)], "right"),
        Press::PageUp => (&[Code(KeyCode::PageUp)], "PgUp"),
        Press::PageDown => (&[Code(KeyCode::PageDown)], "PgDn"),
        Press::First => (&[Code(KeyCode::Home)], "Home"),
        Press::Last => (&[Code(KeyCode::End)], "End"),
        Press::Enter => (&[Code(KeyCode::Enter)], "Enter"),
        Press::Letter(_) => panic!("a letter is made by `Binding::letter`"),
    };
    key(chords, shown, A::Press(press), place, hint, says)
}

/// The keys of the panes in the order of the tab line: those after the tenth have letters that mean nothing else anywhere.
pub const PLACES: [char; 13] = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', 't', 'u', 'v'];

/// The key of the pane at a place, counted from 0.
pub fn of_place(place: usize) -> char {
    PLACES.get(place).copied().unwrap_or('-')
}

use Action as A;
use Chord::{Char, Code, Ctrl, Letter, Place};
use Where::{Anywhere, Lab, List, Pane, Tasks, Walk};

/// The keys that stand before those of the pane in focus, in the order of the help. In the hint line, lines further up go
/// first.
#[rustfmt::skip] // a key is a line
const RUN: &[Binding] = &[
    press(Press::Enter, List, "open", "open the lab under the cursor"),
    key(&[Char(' ')], "space", A::RunPause, Lab, "run/pause", "run or pause"),
    key(&[Char('s')], "s", A::Step, Lab, "step", "one step (of a network: one mini-batch), then pause"),
    key(&[Char('S')], "S", A::StepEpoch, Lab, "", "to the end of the epoch, or of a run without any, then pause"),
    key(&[Char('b')], "b", A::Travel(Travel::Back), Lab, "back", "one step back; after a failure to the last good step"),
    key(&[Char('B')], "B", A::Travel(Travel::BackEpoch), Lab, "", "to the end of the epoch before; without epochs to the start"),
    key(&[Char('[')], "[", A::Travel(Travel::Backward), Lab, "", "back by about a fortieth of the run"),
    key(&[Char(']')], "]", A::Travel(Travel::Forward), Lab, "", "forward by about a fortieth of the run"),
    key(&[Char('{')], "{", A::Travel(Travel::LastMark), Lab, "", "to the last mark, where a knob was turned, or to the start"),
    key(&[Char('}')], "}", A::Travel(Travel::NextMark), Lab, "", "to the next mark, or to the newest step that was"),
    key(&[Char('F')], "F", A::Fork, Lab, "", "fork: a second run goes on from here; knobs then turn it"),
    key(&[Code(KeyCode::Tab)], "Tab", A::NextPane, Lab, "pane", "focus the next pane"),
    key(&[Place], "1..0 t u v", A::NextPane, Lab, "", "that key focuses its pane; Enter here: the next pane"),
    key(&[Code(KeyCode::BackTab)], "Shift-Tab", A::PreviousPane, Lab, "", "focus the previous pane"),
    key(&[Char(':')], ":", A::CommandLine, Lab, "command", "command line: lr = 0.01, set training.batch=1, speed 20 ..."),
    key(&[Char('e')], "e", A::Edit, Lab, "edit", "edit the lab, or in Script the script; saving applies it"),
    key(&[Char('z')], "z", A::Zoom, Lab, "zoom", "this pane alone, or all again"),
    key(&[Char('r')], "r", A::Restart, Lab, "restart", "from the start with the same seed"),
    key(&[Char('R')], "R", A::Reseed, Lab, "", "from the start with a new seed"),
    key(&[Char('+'), Char('=')], "+", A::Faster, Lab, "", "more speed: 1, 2, 5 ... 1000 steps/s, then no limit"),
    key(&[Char('-'), Char('_')], "-", A::Slower, Lab, "", "less speed"),
];

/// The keys of tasks, which stand next. In the hint line they have a place of their own, with lines further up first.
#[rustfmt::skip]
const TASKS: &[Binding] = &[
    key(&[Char('a')], "a", A::Answer, Tasks, "answer", "answer the task; of one that edits files: judge them as saved"),
    key(&[Char('h')], "h", A::Hint, Tasks, "hint", "the next hint of the task; hints cost nothing"),
    key(&[Char('n')], "n", A::NextTask, Tasks, "next", "the next task; after the last one the first that is open"),
    key(&[Char('p')], "p", A::PreviousTask, Tasks, "", "the task before"),
    key(&[Char('A')], "A", A::GiveUp, Tasks, "", "give the task up: shows its answer, for no points; asks first"),
];

/// The keys that stand after those of the pane in focus.
#[rustfmt::skip]
const SCREEN: &[Binding] = &[
    press(Press::Up, List, "", "the lab above"),
    press(Press::Down, List, "choose", "the lab below"),
    press(Press::PageUp, List, "", "ten labs up"),
    press(Press::PageDown, List, "", "ten labs down"),
    press(Press::First, List, "", "the first lab"),
    press(Press::Last, List, "", "the last lab"),
    key(&[Char('f')], "f", A::Freeze, Lab, "", "freeze the picture while training goes on"),
    key(&[Char('i')], "i", A::LookFor, Lab, "", "what to look for in this pane"),
    key(&[Char('d')], "d", A::Describe, Lab, "", "this pane in a sentence with its numbers"),
    key(&[Char('Y')], "Y", A::Copy, Lab, "", "copy the text of Guide, Script or Graph, elsewhere the ledger"),
    key(&[Char('P')], "P", A::Picture, Lab, "", "save the screen as a picture (SVG) in the current folder"),
    key(&[Ctrl('p')], "Ctrl-P", A::PanePicture, Lab, "", "save the focused pane alone as a picture (SVG)"),
    key(&[Char('M')], "M", A::Mouse, Anywhere, "", "turn the mouse on or off (off: the terminal selects text)"),
    key(&[Ctrl('l')], "Ctrl-L", A::Redraw, Anywhere, "", "draw the screen again"),
    key(&[Char('?'), Code(KeyCode::F(1))], "?", A::Help, Anywhere, "help", "this help: type to search, Enter runs the entry"),
    key(&[Code(KeyCode::Esc)], "Esc", A::Close, Anywhere, "", "close what is open; never leaves the program"),
    key(&[Char('q')], "q", A::Leave, Anywhere, "leave", "back to the list of labs, else leave; asks if a run is live"),
    key(&[Ctrl('z')], "Ctrl-Z", A::Suspend, Anywhere, "", "back to the shell; `fg` returns"),
    key(&[Ctrl('c')], "Ctrl-C", A::Interrupt, Anywhere, "", "leave without asking"),
];

impl Binding {
    /// To the row above.
    pub const UP: Self = Self::press(Press::Up, "", "one row up");
    /// To the row below.
    pub const DOWN: Self = Self::press(Press::Down, "", "one row down");
    /// A page up.
    pub const PAGE_UP: Self = Self::press(Press::PageUp, "", "a page up");
    /// A page down.
    pub const PAGE_DOWN: Self = Self::press(Press::PageDown, "", "a page down");
    /// To the first row.
    pub const FIRST: Self = Self::press(Press::First, "", "to the first row");
    /// To the last row.
    pub const LAST: Self = Self::press(Press::Last, "", "to the last row");

    /// A line of a pane's table: a key by its name, a word for the hint line or nothing, and words for the help.
    pub const fn press(named: Press, hint: &'static str, says: &'static str) -> Self {
        press(named, Pane, hint, says)
    }

    /// A line of a pane's table for a printed ASCII character, which is the pane's as [`Press::Letter`]; a word for the hint
    /// line or nothing, and words for the help.
    pub const fn letter(shown: &'static str, hint: &'static str, says: &'static str) -> Self {
        assert!(shown.len() == 1, "one ASCII character");
        key(&[Letter], shown, A::Press(Press::Letter(shown.as_bytes()[0] as char)), Pane, hint, says)
    }

    /// The key works there.
    fn works(&self, context: Context) -> bool {
        match (self.place, context) {
            (Anywhere, _)
            | (List, Context::List)
            | (Lab | Pane, Context::Lab(_))
            | (Lab | Pane | Tasks, Context::Tasks(_))
            | (Lab | Pane | Walk, Context::Walk(_)) => !self.is_taken(context),
            (List | Lab | Pane | Tasks | Walk, _) => false,
        }
    }

    /// A walk needs one of its keys.
    fn is_taken(&self, context: Context) -> bool {
        let own = |chord: &Chord| WALK.iter().any(|binding| binding.chords.contains(chord));
        matches!(context, Context::Walk(_)) && self.place != Walk && self.chords.iter().any(own)
    }

    /// It stands in a pane's table.
    pub fn is_of_pane(&self) -> bool {
        self.place == Pane
    }

    /// It is a key of tasks.
    pub fn is_of_tasks(&self) -> bool {
        self.place == Tasks
    }

    /// The line has all letters of a search, in its keys, its words or its hint.
    pub fn matches(&self, query: &str) -> bool {
        let query = query.to_lowercase();
        [self.says, self.shown, self.hint].iter().any(|words| words.to_lowercase().contains(&query))
    }

    fn is_pressed(&self, event: &KeyEvent) -> Option<Action> {
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        let pressed = |chord: &Chord| match (*chord, event.code) {
            (Ctrl(wanted), KeyCode::Char(c)) => control && c.to_ascii_lowercase() == wanted,
            (Char(wanted), KeyCode::Char(c)) => !control && c == wanted,
            (Letter, KeyCode::Char(c)) => !control && self.action == A::Press(Press::Letter(c)),
            (Place, KeyCode::Char(c)) => !control && PLACES.contains(&c),
            (Code(wanted), code) => wanted == code && !control,
            _ => false,
        };
        let chord = self.chords.iter().find(|chord| pressed(chord))?;
        match (chord, event.code) {
            (Place, KeyCode::Char(c)) => PLACES.iter().position(|key| *key == c).map(|place| A::Focus(place + 1)),
            _ => Some(self.action),
        }
    }
}

/// The keys that work there, in the order of the help: those of the pane in focus stand between those that move the run
/// and those of the screen.
pub fn table(context: Context) -> impl Iterator<Item = &'static Binding> {
    let own: &'static [Binding] = match context {
        Context::List => &[],
        Context::Lab(own) | Context::Tasks(own) | Context::Walk(own) => own,
    };
    WALK.iter().chain(RUN).chain(TASKS).chain(own).chain(SCREEN).filter(move |binding| binding.works(context))
}

/// The action of a key, if it has one there.
pub fn lookup(event: &KeyEvent, context: Context) -> Option<Action> {
    if event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER) {
        return None;
    }
    table(context).find_map(|binding| binding.is_pressed(event))
}

/// The line of the table that a key is of.
pub fn binding(event: &KeyEvent, context: Context) -> Option<&'static Binding> {
    table(context).find(|binding| binding.is_pressed(event).is_some())
}

#[cfg(test)]
mod tests;
