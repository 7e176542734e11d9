//! What the sequences of terminals mean: keys, the mouse, the beginning of a paste; or nothing, as all answers to questions
//! do, since none is asked.
//!
//! Sources: "Xterm Control Sequences" (keys, the mouse, `modifyOtherKeys`); the keyboard protocol of kitty (`CSI u`); the
//! `win32-input-mode` of Windows Terminal; `console_codes(4)` of Linux; rxvt's table of keys.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use vtparse::CsiParam;

/// What a sequence is, or what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Key(KeyEvent),
    Mouse(MouseEvent),
    /// A pasted text follows.
    Paste,
    /// Three bytes of the mouse follow.
    Coordinates,
    /// A key of Linux's console follows.
    Console,
    /// No key: an answer, the focus, a key that was let go.
    Nothing,
}

/// A character that was typed. A capital one has Shift.
pub(super) fn letter(c: char, modifiers: KeyModifiers) -> KeyEvent {
    let shift = if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    KeyEvent::new(KeyCode::Char(c), modifiers | shift)
}

/// The key that a control character stands for. Both that may be Backspace are it.
pub(super) fn control(byte: u8) -> KeyEvent {
    let held = |c: u8| KeyEvent::new(KeyCode::Char(char::from(c)), KeyModifiers::CONTROL);
    match byte {
        b'\r' => KeyCode::Enter.into(),
        b'\t' => KeyCode::Tab.into(),
        0x08 | 0x7f => KeyCode::Backspace.into(),
        0x1b => KeyCode::Esc.into(),
        0 => held(b' '),
        1..=0x1a => held(byte - 1 + b'a'),
        _ => held((byte & 0x1f) - 0x1c + b'4'),
    }
}

/// A key of the console of Linux, after ESC [ [.
pub(super) fn console(byte: u8) -> Meaning {
    match byte {
        b'A'..=b'E' => key(KeyCode::F(1 + byte - b'A'), 0),
        _ => Meaning::Nothing,
    }
}

/// A key after ESC O: arrows and the keypad in application mode, F1 to F4. A number before the letter has the modifiers.
pub(super) fn single(number: u8, byte: u8) -> Meaning {
    let modifiers = i64::from(number);
    match byte {
        b'M' => key(KeyCode::Enter, modifiers),
        b'I' => key(KeyCode::Tab, modifiers),
        b' ' | b'X' => key(KeyCode::Char(if byte == b'X' { '=' } else { ' ' }), modifiers),
        b'j'..=b'y' => key(KeyCode::Char(char::from(byte - b'j' + b'*')), modifiers),
        b'R' => key(KeyCode::F(3), modifiers),
        _ => named(byte).map_or(Meaning::Nothing, |code| key(code, modifiers)),
    }
}

/// What a control sequence means, by its parameters and its last byte.
pub(super) fn sequence(parameters: &[CsiParam], last: u8) -> Meaning {
    let Some((marker, fields)) = split(parameters) else { return Meaning::Nothing };
    let field = |at: usize| fields.get(at).and_then(|field| field.first()).copied().unwrap_or(0);
    // Of the keyboard protocol of kitty: a key that is let go.
    let released = fields.get(1).and_then(|field| field.get(1)) == Some(&3);
    if marker == Some(b'<') && matches!(last, b'M' | b'm') {
        return mouse(field(0), [field(1), field(2)], last == b'm');
    }
    if marker.is_some() || released {
        return Meaning::Nothing;
    }
    match last {
        b'M' if fields.is_empty() => Meaning::Coordinates,
        b'[' if fields.is_empty() => Meaning::Console,
        b'R' if fields.is_empty() => key(KeyCode::F(3), 0),
        b'Z' => key(KeyCode::BackTab, 2),
        b'a'..=b'd' if fields.is_empty() => {
            named(last.to_ascii_uppercase()).map_or(Meaning::Nothing, |code| key(code, 2))
        }
        b'~' if field(0) == 200 => Meaning::Paste,
        b'~' if field(0) == 27 => typed(field(2), None, field(1)),
        b'~' => numbered(field(0)).map_or(Meaning::Nothing, |code| key(code, field(1))),
        // rxvt: with Control, with Control and Shift.
        b'^' => numbered(field(0)).map_or(Meaning::Nothing, |code| key(code, 5)),
        b'@' => numbered(field(0)).map_or(Meaning::Nothing, |code| key(code, 6)),
        b'u' => {
            let shifted = fields.first().and_then(|field| field.get(1)).copied().filter(|code| *code > 0);
            typed(field(0), shifted.or(Some(field(2)).filter(|code| *code > 0)), field(1))
        }
        b'_' if fields.len() >= 5 => windows(field(0), field(2), field(3) != 0, field(4)),
        _ => {
            let modifiers = if fields.len() > 1 { field(1) } else { field(0) };
            named(last).map_or(Meaning::Nothing, |code| key(code, modifiers))
        }
    }
}

/// The mark before the parameters, and the parameters with what is joined to each by colons; none for a sequence that has
/// other marks, of which no key is one.
fn split(parameters: &[CsiParam]) -> Option<(Option<u8>, Vec<Vec<i64>>)> {
    let (marker, rest) = match parameters {
        [CsiParam::P(marker @ b'<'..=b'?'), rest @ ..] => (Some(*marker), rest),
        all => (None, all),
    };
    if rest.is_empty() {
        return Some((marker, Vec::new()));
    }
    let mut fields = vec![vec![0]];
    for parameter in rest {
        let field = fields.last_mut()?;
        match parameter {
            CsiParam::Integer(value) => *field.last_mut()? = *value,
            CsiParam::P(b':') => field.push(0),
            CsiParam::P(b';') => fields.push(vec![0]),
            CsiParam::P(_) => return None,
        }
    }
    Some((marker, fields))
}

/// A key with the modifiers of a parameter: one more than the bits of Shift, Alt, Control, Super, Hyper, Meta.
fn key(code: KeyCode, parameter: i64) -> Meaning {
    let code = match code {
        KeyCode::Tab if parameter > 0 && (parameter - 1) & 1 != 0 => KeyCode::BackTab,
        code => code,
    };
    Meaning::Key(KeyEvent::new(code, modifiers(parameter)))
}

fn modifiers(parameter: i64) -> KeyModifiers {
    let bits = if parameter > 0 { parameter - 1 } else { 0 };
    let all = [KeyModifiers::SHIFT, KeyModifiers::ALT, KeyModifiers::CONTROL];
    let held = all.into_iter().enumerate().filter(|(bit, _)| bits >> bit & 1 != 0);
    // No key of ours has one of the other three, so they need not be told apart.
    let other = if bits & 0b11_1000 == 0 { KeyModifiers::NONE } else { KeyModifiers::SUPER };
    held.fold(other, |all, (_, one)| all | one)
}

/// Keys by the last byte.
fn named(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

/// Keys by the number before `~`.
fn numbered(number: i64) -> Option<KeyCode> {
    let number = u8::try_from(number).ok()?;
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number - 10),
        17..=21 => KeyCode::F(number - 11),
        23..=26 => KeyCode::F(number - 12),
        28 | 29 => KeyCode::F(number - 15),
        31..=34 => KeyCode::F(number - 17),
        _ => return None,
    })
}

/// A key by its character, and the character that it gives if that is told as well.
fn typed(code: i64, gives: Option<i64>, parameter: i64) -> Meaning {
    let character = |code: i64| u32::try_from(code).ok().and_then(char::from_u32).filter(|c| !c.is_control());
    let held = modifiers(parameter);
    match code {
        9 => return key(KeyCode::Tab, parameter),
        13 => return key(KeyCode::Enter, parameter),
        27 => return key(KeyCode::Esc, parameter),
        8 | 127 => return key(KeyCode::Backspace, parameter),
        57344..=63743 => return functional(code).map_or(Meaning::Nothing, |code| key(code, parameter)),
        _ => {}
    }
    let Some(own) = character(code) else { return Meaning::Nothing };
    let shift = held.contains(KeyModifiers::SHIFT);
    let c = match gives.and_then(character) {
        Some(given) => given,
        None if shift => own.to_uppercase().next().filter(|_| own.to_uppercase().count() == 1).unwrap_or(own),
        None => own,
    };
    // A letter with Control is a small one, as everywhere.
    let c = if held.contains(KeyModifiers::CONTROL) { c.to_ascii_lowercase() } else { c };
    Meaning::Key(letter(c, held))
}

/// The keys that kitty gives numbers of the private area: the keypad, and F13 on.
fn functional(code: i64) -> Option<KeyCode> {
    const KEYPAD: [KeyCode; 28] = [
        KeyCode::Char('0'),
        KeyCode::Char('1'),
        KeyCode::Char('2'),
        KeyCode::Char('3'),
        KeyCode::Char('4'),
        KeyCode::Char('5'),
        KeyCode::Char('6'),
        KeyCode::Char('7'),
        KeyCode::Char('8'),
        KeyCode::Char('9'),
        KeyCode::Char('.'),
        KeyCode::Char('/'),
        KeyCode::Char('*'),
        KeyCode::Char('-'),
        KeyCode::Char('+'),
        KeyCode::Enter,
        KeyCode::Char('='),
        KeyCode::Char(','),
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Insert,
        KeyCode::Delete,
    ];
    match code {
        57376..=57398 => u8::try_from(code - 57376 + 13).ok().map(KeyCode::F),
        57399.. => usize::try_from(code - 57399).ok().and_then(|at| KEYPAD.get(at)).copied(),
        _ => None,
    }
}

/// A key as Windows has it: its own number, its character, whether it went down, and what was held.
fn windows(number: i64, character: i64, down: bool, held: i64) -> Meaning {
    if !down {
        return Meaning::Nothing;
    }
    let (alt, control, shift) = (held & 0b11 != 0, held & 0b1100 != 0, held & 0x10 != 0);
    // AltGr is told as Alt and Control; what it gives is a character as any other.
    let gives = character >= 0x20 && character != 0x7f;
    let (alt, control) = if gives && alt && control { (false, false) } else { (alt, control) };
    let parameter = 1 + i64::from(shift) + 2 * i64::from(alt) + 4 * i64::from(control);
    let code = match number {
        0x21 => KeyCode::PageUp,
        0x22 => KeyCode::PageDown,
        0x23 => KeyCode::End,
        0x24 => KeyCode::Home,
        0x25 => KeyCode::Left,
        0x26 => KeyCode::Up,
        0x27 => KeyCode::Right,
        0x28 => KeyCode::Down,
        0x2d => KeyCode::Insert,
        0x2e => KeyCode::Delete,
        0x70..=0x7b => KeyCode::F((number - 0x70 + 1) as u8),
        _ => {
            return match character {
                0 => Meaning::Nothing,
                1..=7 | 10..=12 | 14..=26 => typed(character - 1 + i64::from(b'a'), None, parameter),
                given => typed(given, Some(given), parameter),
            };
        }
    };
    key(code, parameter)
}

/// The mouse as ESC [ M and three bytes tell it.
pub(super) fn coordinates(button: u8, column: u8, row: u8) -> Meaning {
    let number = |byte: u8| i64::from(byte) - 32;
    mouse(number(button), [number(column), number(row)], false)
}

/// The mouse: a button with what is held and done, and the place, counted from 1.
fn mouse(button: i64, place: [i64; 2], released: bool) -> Meaning {
    let [Ok(column), Ok(row)] = place.map(|at| u16::try_from(at - 1)) else { return Meaning::Nothing };
    let which = [MouseButton::Left, MouseButton::Middle, MouseButton::Right];
    let (moves, wheel) = (button & 32 != 0, button & 64 != 0);
    let kind = match (usize::try_from(button & 3).unwrap_or(3), wheel, moves) {
        _ if !(0..128).contains(&button) => return Meaning::Nothing,
        (_, true, true) | (3, false, true) => MouseEventKind::Moved,
        (0, true, false) => MouseEventKind::ScrollUp,
        (1, true, false) => MouseEventKind::ScrollDown,
        (2, true, false) => MouseEventKind::ScrollLeft,
        (_, true, false) => MouseEventKind::ScrollRight,
        (3.., false, false) => MouseEventKind::Up(MouseButton::Left),
        (at, false, true) => MouseEventKind::Drag(which[at]),
        (at, false, false) if released => MouseEventKind::Up(which[at]),
        (at, false, false) => MouseEventKind::Down(which[at]),
    };
    let held = [(4, KeyModifiers::SHIFT), (8, KeyModifiers::ALT), (16, KeyModifiers::CONTROL)];
    let modifiers = held.into_iter().filter(|(bit, _)| button & bit != 0);
    let modifiers = modifiers.fold(KeyModifiers::NONE, |all, (_, one)| all | one);
    Meaning::Mouse(MouseEvent { kind, column, row, modifiers })
}
