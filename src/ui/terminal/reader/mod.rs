//! What a terminal sends, byte by byte, as keys, the mouse and pasted texts.
//!
//! A terminal sends more than keys: answers to questions of whoever was there before, and all of it in pieces, some of which
//! never come. Nothing of that acts as a key, and nothing holds up Ctrl-C:
//!
//! - Control sequences are taken apart by the state machine of DEC's terminals (`vtparse`); those that are no key are dropped,
//!   and so are strings. Ctrl-C ends whatever is half read, and acts.
//! - What does not go on in [`QUIET`] was broken off. Its rest may still come: several bytes at once are taken for that, while
//!   one by itself is typed by somebody.
//! - A lone Esc is a key after [`ESCAPE`].
//! - A paste without an end is over when nothing comes any more. Ctrl-C inside of one is text if the paste goes on.
//!
//! It knows no clock: when something came is told to it.

mod codes;
#[cfg(test)]
mod pieces_tests;
#[cfg(test)]
mod terminals_tests;

use std::mem;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use vtparse::{CsiParam, VTActor, VTParser};

use self::codes::Meaning;
use crate::ui::host::Event;

/// How long an Esc waits for the rest of a sequence.
const ESCAPE: Duration = Duration::from_millis(75);
/// How long the rest of a sequence, or of a paste, is waited for: longer than a packet that is sent again takes.
const QUIET: Duration = Duration::from_millis(500);
/// The longest that a sequence takes, whatever comes.
const WHOLE: Duration = Duration::from_secs(2);
/// How long the rest of what was broken off may still come.
const LATE: Duration = Duration::from_secs(2);
/// How long a Ctrl-C in a paste waits for more of it.
const INTERRUPT: Duration = Duration::from_millis(50);
/// The longest paste that is kept, in bytes; what goes beyond is dropped.
const LONGEST: usize = 1 << 20;

const ESC: u8 = 0x1b;
const CTRL_C: u8 = 0x03;
/// Ends a string as well.
const BEL: u8 = 0x07;
/// Breaks off a sequence.
const CAN: u8 = 0x18;
const SUB: u8 = 0x1a;
const PASTE: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

/// What is half read.
#[derive(Default)]
enum State {
    #[default]
    Nothing,
    /// After ESC.
    Escape,
    /// After ESC O, with the number that some terminals put before the letter.
    Single(u8),
    /// After ESC and the byte that begins a control sequence or a string.
    Sequence(u8),
    /// After the ESC inside of a string, which is the first half of its end.
    Closing,
    /// After ESC [ [, as the console of Linux sends F1 to F5.
    Console,
    /// After ESC [ M, which three bytes follow.
    Coordinates(Vec<u8>),
    /// Inside of a character of several bytes, after ESC or not.
    Letter(Vec<u8>, bool),
    Paste(Vec<u8>),
}

/// Makes events of bytes.
pub(super) struct Reader {
    parser: VTParser,
    state: State,
    /// When the last bytes came.
    last: Duration,
    /// When what is half read began.
    begun: Duration,
    /// Since when it counts as broken off. After a lone Esc nothing is half read, but this is set.
    late: Option<Duration>,
    /// When a Ctrl-C came that may be text of a paste.
    interrupt: Option<Duration>,
    events: Vec<Event>,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self {
            parser: VTParser::new(),
            state: State::Nothing,
            last: Duration::ZERO,
            begun: Duration::ZERO,
            late: None,
            interrupt: None,
            events: Vec::new(),
        }
    }

    /// When to call [`Reader::wait_is_over`], if nothing comes before.
    pub(super) fn due(&self) -> Option<Duration> {
        if self.late.is_some() {
            return None;
        }
        match self.state {
            State::Nothing => None,
            State::Escape | State::Single(_) => Some(self.last + ESCAPE),
            State::Paste(_) => Some(self.interrupt.map_or(self.last + QUIET, |came| came + INTERRUPT)),
            _ => Some(self.last + QUIET),
        }
    }

    /// What the bytes of one read mean that came now.
    pub(super) fn read(&mut self, bytes: &[u8], now: Duration) -> Vec<Event> {
        self.take_up(bytes, now);
        if let Some(end) = find(bytes, PASTE_END)
            && find(bytes, PASTE).is_none_or(|begin| begin > end)
            && matches!(self.state, State::Nothing)
        {
            // The end of a paste whose beginning got lost: what stands before it was not typed.
            self.state = State::Paste(Vec::new());
        }
        for byte in bytes {
            if matches!(self.state, State::Nothing) {
                self.begun = now;
            }
            self.byte(*byte);
        }
        self.last = now;
        if matches!(self.state, State::Paste(_)) && bytes.last() == Some(&CTRL_C) {
            let again = self.interrupt.is_some() && bytes.iter().all(|byte| *byte == CTRL_C);
            self.interrupt.get_or_insert(now);
            if again {
                self.interrupted();
            }
        } else {
            self.interrupt = None;
        }
        mem::take(&mut self.events)
    }

    /// What it means that nothing came until now.
    pub(super) fn wait_is_over(&mut self, now: Duration) -> Vec<Event> {
        if self.due().is_some_and(|due| due <= now) {
            self.late = Some(now);
            match mem::take(&mut self.state) {
                State::Nothing => {}
                State::Escape => self.key(KeyCode::Esc.into()),
                State::Single(_) => self.key(KeyEvent::new(KeyCode::Char('O'), KeyModifiers::ALT)),
                State::Paste(_) if self.interrupt.is_some() => self.interrupted(),
                State::Paste(text) => {
                    let cut_off = (1..PASTE_END.len()).rev().find(|some| text.ends_with(&PASTE_END[..*some]));
                    self.paste(&text[..text.len() - cut_off.unwrap_or(0)]);
                    self.state = State::Paste(Vec::new());
                }
                broken_off => self.state = broken_off,
            }
        }
        mem::take(&mut self.events)
    }

    /// Forgets what is half read: somebody else had the terminal.
    pub(super) fn forget(&mut self) {
        (self.state, self.late, self.interrupt) = (State::Nothing, None, None);
    }

    /// Decides whether bytes are the rest of what was broken off.
    fn take_up(&mut self, bytes: &[u8], now: Duration) {
        let half = matches!(self.state, State::Sequence(_) | State::Closing);
        if half && now.saturating_sub(self.begun) > WHOLE {
            self.late = Some(self.begun + WHOLE);
        }
        let Some(since) = self.late.take() else { return };
        let an_end = bytes.starts_with(PASTE_END) || bytes.starts_with(b"\x1b\\");
        let several = bytes.len() > 1 && bytes[0].is_ascii() && (bytes[0] != ESC || an_end);
        let goes_on = several && now.saturating_sub(since) <= LATE;
        if !goes_on {
            self.state = State::Nothing;
        } else if matches!(self.state, State::Nothing) && is_rest(bytes) {
            self.state = State::Escape;
        }
        self.begun = now;
    }

    fn byte(&mut self, byte: u8) {
        match mem::take(&mut self.state) {
            State::Paste(text) => self.pasted(text, byte),
            state if byte == CTRL_C => {
                if matches!(state, State::Escape) {
                    self.key(KeyCode::Esc.into());
                }
                self.plain(byte);
            }
            State::Nothing => self.plain(byte),
            State::Closing if byte == b'\\' => {}
            State::Escape | State::Closing => self.after_escape(byte),
            State::Single(number) => match byte {
                b'0'..=b'9' => self.state = State::Single(number.saturating_mul(10).saturating_add(byte - b'0')),
                ESC => self.state = State::Escape,
                _ => self.means(codes::single(number, byte)),
            },
            State::Sequence(begin) => self.sequence(begin, byte),
            State::Console => self.means(codes::console(byte)),
            State::Coordinates(mut three) => {
                three.push(byte);
                match three[..] {
                    _ if byte < b' ' => self.plain(byte),
                    [button, column, row] => self.means(codes::coordinates(button, column, row)),
                    _ => self.state = State::Coordinates(three),
                }
            }
            State::Letter(mut bytes, alt) => {
                if !(0x80..0xc0).contains(&byte) {
                    return self.plain(byte);
                }
                bytes.push(byte);
                match std::str::from_utf8(&bytes) {
                    Ok(text) => text.chars().for_each(|c| self.letter(c, alt)),
                    Err(error) if error.error_len().is_none() => self.state = State::Letter(bytes, alt),
                    Err(_) => {}
                }
            }
        }
    }

    fn plain(&mut self, byte: u8) {
        match byte {
            ESC => self.state = State::Escape,
            b' '..=b'~' => self.letter(char::from(byte), false),
            0xc2..=0xf4 => self.state = State::Letter(vec![byte], false),
            0x80.. => {}
            control => self.key(codes::control(control)),
        }
    }

    fn after_escape(&mut self, byte: u8) {
        match byte {
            ESC => {
                self.key(KeyCode::Esc.into());
                self.state = State::Escape;
            }
            b'[' => {
                self.parser = VTParser::new();
                self.parser.parse(b"\x1b[", &mut Dispatch::default());
                self.state = State::Sequence(byte);
            }
            b'O' => self.state = State::Single(0),
            b']' | b'P' | b'X' | b'^' | b'_' => self.state = State::Sequence(byte),
            b' '..=b'~' => self.letter(char::from(byte), true),
            0xc2..=0xf4 => self.state = State::Letter(vec![byte], true),
            0x80.. => {}
            control => {
                let key = codes::control(control);
                self.key(KeyEvent::new(key.code, key.modifiers | KeyModifiers::ALT));
            }
        }
    }

    /// A byte of a control sequence, or of a string, of which nothing is kept.
    fn sequence(&mut self, begin: u8, byte: u8) {
        self.state = match (begin, byte) {
            (b'[', ESC) => State::Escape,
            (b'[', ..=0x7f) => return self.control_sequence(byte),
            (b']', BEL) | (_, CAN | SUB) => State::Nothing,
            (_, ESC) => State::Closing,
            _ => State::Sequence(begin),
        };
    }

    fn control_sequence(&mut self, byte: u8) {
        let mut found = Dispatch::default();
        self.parser.parse_byte(byte, &mut found);
        if !self.parser.is_ground() {
            self.state = State::Sequence(b'[');
            // To a terminal it is a control character as outside of it, and here a key.
            if let Some(control) = found.control {
                self.key(codes::control(control));
            }
        } else if let Some((parameters, last)) = found.sequence {
            self.means(codes::sequence(&parameters, last));
        }
    }

    fn means(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Key(key) => self.key(key),
            Meaning::Mouse(mouse) => self.events.push(Event::Mouse(mouse)),
            Meaning::Paste => self.state = State::Paste(Vec::new()),
            Meaning::Coordinates => self.state = State::Coordinates(Vec::new()),
            Meaning::Console => self.state = State::Console,
            Meaning::Nothing => {}
        }
    }

    fn letter(&mut self, c: char, alt: bool) {
        let alt = if alt { KeyModifiers::ALT } else { KeyModifiers::NONE };
        self.key(codes::letter(c, alt));
    }

    fn key(&mut self, key: KeyEvent) {
        self.events.push(Event::Key(key));
    }

    fn pasted(&mut self, mut text: Vec<u8>, byte: u8) {
        text.push(byte);
        if text.ends_with(PASTE_END) {
            text.truncate(text.len() - PASTE_END.len());
            return self.paste(&text);
        }
        if text.len() >= LONGEST + PASTE_END.len() {
            text.remove(LONGEST);
        }
        self.state = State::Paste(text);
    }

    fn paste(&mut self, text: &[u8]) {
        if !text.is_empty() {
            self.events.push(Event::Paste(String::from_utf8_lossy(text).into_owned()));
        }
    }

    /// A Ctrl-C after which nothing of a paste came: its end got lost.
    fn interrupted(&mut self) {
        (self.state, self.interrupt) = (State::Nothing, None);
        self.key(codes::control(CTRL_C));
    }
}

/// What a byte completes.
#[derive(Default)]
struct Dispatch {
    control: Option<u8>,
    sequence: Option<(Vec<CsiParam>, u8)>,
}

impl VTActor for Dispatch {
    fn print(&mut self, _: char) {}

    fn execute_c0_or_c1(&mut self, control: u8) {
        self.control = Some(control);
    }

    fn dcs_hook(&mut self, _: u8, _: &[i64], _: &[u8], _: bool) {}

    fn dcs_put(&mut self, _: u8) {}

    fn dcs_unhook(&mut self) {}

    fn esc_dispatch(&mut self, _: &[i64], _: &[u8], _: bool, _: u8) {}

    fn csi_dispatch(&mut self, parameters: &[CsiParam], _: bool, last: u8) {
        self.sequence = Some((parameters.to_vec(), last));
    }

    fn osc_dispatch(&mut self, _: &[&[u8]]) {}

    fn apc_dispatch(&mut self, _: Vec<u8>) {}
}

/// Bytes that came at once after a lone Esc are what follows it in a sequence, rather than keys.
fn is_rest(bytes: &[u8]) -> bool {
    match bytes {
        [b'[', b'[', last, ..] => (b'A'..=b'E').contains(last),
        [b'[', rest @ ..] => {
            let last = rest.iter().find(|byte| !(b' '..=b'?').contains(byte));
            last.is_none_or(|last| b"ABCDEFHIMOPQRSZcmntuy~_".contains(last))
        }
        [b'O', last, ..] => b"ABCDFHPQRS".contains(last),
        [b'_', next, ..] => *next == b'G',
        [b']', next, ..] => next.is_ascii_digit(),
        [b'P', next, ..] => next.is_ascii_digit() || b">!$+=?".contains(next),
        _ => false,
    }
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}
