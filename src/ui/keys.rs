//! Every key, in one table. Dispatch, the help and the hint line are made from it, so adding a key is adding a line.
//! It says what a key asks for, never how that is done.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::train::snapshot::Travel;

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
    /// Focus the pane of that number, counted from 1.
    Focus(usize),
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// One page up.
    PageUp,
    /// One page down.
    PageDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// The previous parameter, or a step before that of the crosshair.
    Left,
    /// The next parameter, or a step after it.
    Right,
    /// Open the lab under the cursor.
    Open,
    /// Show the parameter under the cursor in the State pane, an element of that of the State pane in the Ledger, or the run
    /// of a race.
    Inspect,
    /// The element above.
    ElementUp,
    /// The element below.
    ElementDown,
    /// The element to the left.
    ElementLeft,
    /// The element to the right.
    ElementRight,
    /// The element with the largest gradient.
    Steepest,
    /// Edit the script that is shown, or the lab.
    Edit,
    /// A mini-batch's gradient beside that of all samples, or no longer.
    Compare,
    /// Copy the ledger as text.
    CopyLedger,
    /// The focused pane alone, or all again.
    Zoom,
    /// A logarithmic axis, or a linear one.
    LogAxis,
    /// A smoother average of the loss.
    Smoother,
    /// A rougher one.
    Rougher,
    /// Averages with the correction for their start, or as the rule keeps them.
    Correction,
    /// Save the screen as a picture.
    Picture,
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

/// One way to press a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chord {
    /// A printed character; its case counts.
    Char(char),
    /// A character with Control.
    Ctrl(char),
    /// A named key.
    Code(KeyCode),
    /// `1` to `9`: the action is [`Action::Focus`] with that number.
    Digit,
}

/// Where a key works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// On every screen.
    Anywhere,
    /// In the list of labs.
    List,
    /// In a lab.
    Lab,
    /// In a lab, with one of these panes in focus (by their names in lab files).
    Panes(&'static [&'static str]),
}

/// A line of the table.
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
    /// Where it works.
    pub place: Where,
}

/// Where the user is, as far as keys care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// The list of labs.
    List,
    /// A lab, with this pane in focus.
    Lab(&'static str),
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

use Action as A;
use Chord::{Char, Code, Ctrl, Digit};
use Where::{Anywhere, Lab, List, Panes};

/// Panes whose rows can be walked.
const ROWS: Where = Panes(&["gradients", "state", "map", "network", "schedule", "race", "guide", "script", "log"]);

/// Panes that have pages.
const PAGES: Where = Panes(&["gradients", "state", "ledger", "map", "network", "schedule", "guide", "script", "log"]);
const LEDGER: Where = Panes(&["ledger"]);

/// The table, in the order of the help. In the hint line, lines further up go first.
#[rustfmt::skip] // a key is a line
pub const KEYS: &[Binding] = &[
    key(&[Code(KeyCode::Enter)], "Enter", A::Open, List, "open", "open the lab under the cursor"),
    key(&[Char(' ')], "space", A::RunPause, Lab, "run/pause", "run or pause"),
    key(&[Char('s')], "s", A::Step, Lab, "step", "one step: a mini-batch, then pause"),
    key(&[Char('S')], "S", A::StepEpoch, Lab, "", "to the end of the epoch, then pause"),
    key(&[Char('b')], "b", A::Travel(Travel::Back), Lab, "back", "a mini-batch back; from a broken run to its last sound step"),
    key(&[Char('B')], "B", A::Travel(Travel::BackEpoch), Lab, "", "one epoch back: to the end of the one before"),
    key(&[Char('[')], "[", A::Travel(Travel::Backward), Lab, "", "a stride back along the timeline"),
    key(&[Char(']')], "]", A::Travel(Travel::Forward), Lab, "", "a stride forward along the timeline"),
    key(&[Char('{')], "{", A::Travel(Travel::LastMark), Lab, "", "to the last mark, where a knob was turned, or to the start"),
    key(&[Char('}')], "}", A::Travel(Travel::NextMark), Lab, "", "to the next mark, or to the newest step that was"),
    key(&[Char('F')], "F", A::Fork, Lab, "", "fork: a second run goes on from here; knobs then turn it"),
    key(&[Code(KeyCode::Tab)], "Tab", A::NextPane, Lab, "pane", "focus the next pane"),
    key(&[Digit], "1..9", A::NextPane, Lab, "", "focus the pane of that number on the line below"),
    key(&[Code(KeyCode::BackTab)], "Shift-Tab", A::PreviousPane, Lab, "", "focus the previous pane"),
    key(&[Char(':')], ":", A::CommandLine, Lab, "command", "command line: lr = 0.01, goto 120, until loss < 0.1 ..."),
    key(&[Char('e')], "e", A::Edit, Lab, "edit", "edit the lab, or in Script the script; saving takes it up"),
    key(&[Char('z')], "z", A::Zoom, Lab, "zoom", "this pane alone, or all again"),
    key(&[Char('r')], "r", A::Restart, Lab, "restart", "from the start with the same seed"),
    key(&[Char('R')], "R", A::Reseed, Lab, "", "from the start with a new seed"),
    key(&[Char('+'), Char('=')], "+", A::Faster, Lab, "", "more speed: 1, 2, 5 ... 1000 steps a second, then no limit"),
    key(&[Char('-'), Char('_')], "-", A::Slower, Lab, "", "less speed"),
    key(&[Code(KeyCode::Enter)], "Enter", A::Inspect, Panes(&["gradients"]), "inspect", "show the parameter under the cursor in the State pane"),
    key(&[Char('c')], "c", A::Compare, Panes(&["gradients"]), "compare", "compare the next batch's gradient with that of all samples"),
    key(&[Code(KeyCode::Enter)], "Enter", A::Inspect, Panes(&["state"]), "element", "pick an element of the parameter in the Ledger pane"),
    key(&[Code(KeyCode::Enter)], "Enter", A::Inspect, Panes(&["race"]), "show", "show the state of the run under the cursor in all panes"),
    key(&[Code(KeyCode::Enter)], "Enter", A::Steepest, LEDGER, "steepest", "the element with the largest gradient"),
    key(&[Code(KeyCode::Left)], "left", A::ElementLeft, LEDGER, "", "the element to the left"),
    key(&[Code(KeyCode::Right)], "right", A::ElementRight, LEDGER, "", "the element to the right"),
    key(&[Code(KeyCode::Up), Char('k')], "up k", A::ElementUp, LEDGER, "", "the element above"),
    key(&[Code(KeyCode::Down), Char('j')], "down j", A::ElementDown, LEDGER, "", "the element below"),
    key(&[Code(KeyCode::Up), Char('k')], "up k", A::Up, ROWS, "", "one row up"),
    key(&[Code(KeyCode::Down), Char('j')], "down j", A::Down, ROWS, "", "one row down"),
    key(&[Code(KeyCode::Up), Char('k')], "up k", A::Up, List, "", "the lab above"),
    key(&[Code(KeyCode::Down), Char('j')], "down j", A::Down, List, "choose", "the lab below"),
    key(&[Code(KeyCode::Left)], "left", A::Left, Panes(&["state"]), "", "the previous parameter"),
    key(&[Code(KeyCode::Right)], "right", A::Right, Panes(&["state"]), "parameter", "the next parameter"),
    key(&[Code(KeyCode::Left)], "left", A::Left, Panes(&["loss"]), "", "crosshair: the numbers of an earlier step; Esc puts it away"),
    key(&[Code(KeyCode::Right)], "right", A::Right, Panes(&["loss"]), "", "crosshair: the numbers of a later step"),
    key(&[Code(KeyCode::Left)], "left", A::Left, Panes(&["script"]), "", "the script before"),
    key(&[Code(KeyCode::Right)], "right", A::Right, Panes(&["script"]), "next script", "the next script of the lab"),
    key(&[Code(KeyCode::PageUp)], "PgUp", A::PageUp, PAGES, "", "a page up"),
    key(&[Code(KeyCode::PageDown)], "PgDn", A::PageDown, PAGES, "", "a page down"),
    key(&[Code(KeyCode::Home)], "Home", A::First, PAGES, "", "to the first row"),
    key(&[Code(KeyCode::End)], "End", A::Last, PAGES, "", "to the last row"),
    key(&[Code(KeyCode::PageUp)], "PgUp", A::PageUp, List, "", "ten labs up"),
    key(&[Code(KeyCode::PageDown)], "PgDn", A::PageDown, List, "", "ten labs down"),
    key(&[Code(KeyCode::Home)], "Home", A::First, List, "", "the first lab"),
    key(&[Code(KeyCode::End)], "End", A::Last, List, "", "the last lab"),
    key(&[Char('y')], "y", A::LogAxis, Panes(&["loss"]), "log axis", "logarithmic or linear axis"),
    key(&[Char('.')], ".", A::Smoother, Panes(&["loss"]), "", "more smoothing of the loss"),
    key(&[Char(',')], ",", A::Rougher, Panes(&["loss"]), "", "less smoothing of the loss"),
    key(&[Char('c')], "c", A::Correction, Panes(&["state"]), "correction", "averages with and without the correction 1-b^t"),
    key(&[Char('f')], "f", A::Freeze, Lab, "", "freeze the picture while training goes on"),
    key(&[Char('i')], "i", A::LookFor, Lab, "", "what to look for in this pane"),
    key(&[Char('d')], "d", A::Describe, Lab, "", "this pane in a sentence with its numbers"),
    key(&[Char('Y')], "Y", A::CopyLedger, Lab, "", "copy the ledger as text to the clipboard"),
    key(&[Char('P')], "P", A::Picture, Anywhere, "", "save the screen as a picture (SVG) in the working folder"),
    key(&[Char('M')], "M", A::Mouse, Anywhere, "", "turn the mouse on or off (off: the terminal selects text)"),
    key(&[Ctrl('l')], "Ctrl-L", A::Redraw, Anywhere, "", "draw the screen again"),
    key(&[Char('?'), Code(KeyCode::F(1))], "?", A::Help, Anywhere, "help", "this help: type to search, Enter runs the entry"),
    key(&[Code(KeyCode::Esc)], "Esc", A::Close, Anywhere, "", "close what is open; never leaves the program"),
    key(&[Char('q')], "q", A::Leave, Anywhere, "leave", "leave; asks once if a run is live"),
    key(&[Ctrl('z')], "Ctrl-Z", A::Suspend, Anywhere, "", "back to the shell; `fg` returns"),
    key(&[Ctrl('c')], "Ctrl-C", A::Interrupt, Anywhere, "", "leave without asking"),
];

impl Binding {
    /// The key works there.
    pub fn works(&self, context: Context) -> bool {
        match (self.place, context) {
            (Anywhere, _) | (List, Context::List) | (Lab, Context::Lab(_)) => true,
            (Panes(panes), Context::Lab(focused)) => panes.contains(&focused),
            _ => false,
        }
    }

    /// The line has all letters of a search, in its keys, its words or its hint.
    pub fn matches(&self, query: &str) -> bool {
        let query = query.to_lowercase();
        [self.says, self.shown, self.hint].iter().any(|words| words.to_lowercase().contains(&query))
    }
}

/// The action of a key, if it has one there.
pub fn lookup(event: &KeyEvent, context: Context) -> Option<Action> {
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    if event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER) {
        return None;
    }
    for binding in KEYS.iter().filter(|binding| binding.works(context)) {
        for chord in binding.chords {
            match (*chord, event.code) {
                (Ctrl(wanted), KeyCode::Char(c)) if control && c.to_ascii_lowercase() == wanted => {
                    return Some(binding.action);
                }
                (Char(wanted), KeyCode::Char(c)) if !control && c == wanted => return Some(binding.action),
                (Digit, KeyCode::Char(c @ '1'..='9')) if !control => return Some(A::Focus(c as usize - '0' as usize)),
                (Code(wanted), code) if wanted == code && !control => return Some(binding.action),
                _ => {}
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXTS: [Context; 12] = [
        Context::Lab("race"),
        Context::List,
        Context::Lab("loss"),
        Context::Lab("gradients"),
        Context::Lab("state"),
        Context::Lab("ledger"),
        Context::Lab("map"),
        Context::Lab("network"),
        Context::Lab("schedule"),
        Context::Lab("guide"),
        Context::Lab("script"),
        Context::Lab("log"),
    ];

    fn event(chord: Chord) -> KeyEvent {
        match chord {
            Char(c) => KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE),
            Ctrl(c) => KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL),
            Code(code) => KeyEvent::new(code, KeyModifiers::NONE),
            Digit => KeyEvent::new(KeyCode::Char('3'), KeyModifiers::NONE),
        }
    }

    #[test]
    fn no_key_has_two_meanings_in_one_place() {
        for context in CONTEXTS {
            for binding in KEYS.iter().filter(|binding| binding.works(context)) {
                for chord in binding.chords {
                    let expected = if *chord == Digit { A::Focus(3) } else { binding.action };
                    assert_eq!(lookup(&event(*chord), context), Some(expected), "{} in {context:?}", binding.shown);
                }
            }
        }
    }

    #[test]
    fn every_line_works_somewhere_and_says_so_in_few_words() {
        for binding in KEYS {
            assert!(CONTEXTS.iter().any(|context| binding.works(*context)), "{}", binding.shown);
            assert!(!binding.says.is_empty() && binding.says.len() <= 64, "{}", binding.says);
        }
    }

    #[test]
    fn the_help_finds_zoom() {
        assert!(KEYS.iter().any(|binding| binding.matches("Zoom") && binding.action == A::Zoom));
    }

    #[test]
    fn keys_that_mean_nothing_are_told_apart() {
        let lab = Context::Lab("loss");
        assert_eq!(lookup(&event(Char('h')), lab), None);
        assert_eq!(lookup(&KeyEvent::new(KeyCode::Char('q'), KeyModifiers::ALT), lab), None);
        assert_eq!(lookup(&event(Ctrl('q')), lab), None);
        assert_eq!(lookup(&event(Char('y')), Context::Lab("state")), None);
    }
}
