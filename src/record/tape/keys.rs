//! The names of keys in a tape: those of the help, whatever their case, and one character for itself.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Names and their keys; the first name of a key is the one that is shown.
const NAMES: [(&str, KeyCode); 24] = [
    ("space", KeyCode::Char(' ')),
    ("Enter", KeyCode::Enter),
    ("Return", KeyCode::Enter),
    ("Tab", KeyCode::Tab),
    ("Shift-Tab", KeyCode::BackTab),
    ("Esc", KeyCode::Esc),
    ("Escape", KeyCode::Esc),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("PgUp", KeyCode::PageUp),
    ("PageUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("PageDown", KeyCode::PageDown),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Del", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("F1", KeyCode::F(1)),
    ("F5", KeyCode::F(5)),
    ("F9", KeyCode::F(9)),
];

/// The key of a name.
pub fn read(name: &str) -> Option<KeyEvent> {
    let mut characters = name.chars();
    if let (Some(character), None) = (characters.next(), characters.next()) {
        return Some(KeyEvent::new(KeyCode::Char(character), KeyModifiers::NONE));
    }
    let of = |name: &str| NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, code)| *code);
    if let Some(code) = of(name) {
        return Some(KeyEvent::new(code, KeyModifiers::NONE));
    }
    let (control, rest) = name.split_once(['-', '+'])?;
    if !["ctrl", "control"].contains(&control.to_lowercase().as_str()) {
        return None;
    }
    let mut letters = rest.chars();
    let code = match (letters.next(), letters.next()) {
        (Some(letter), None) => KeyCode::Char(letter.to_ascii_lowercase()),
        _ => of(rest)?,
    };
    Some(KeyEvent::new(code, KeyModifiers::CONTROL))
}

/// All names that are known, for the nearest right one.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name)
}

/// What a key is called.
pub fn name(key: &KeyEvent) -> String {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let known = NAMES.iter().find(|(_, code)| *code == key.code).map(|(name, _)| (*name).to_owned());
    let word = known.unwrap_or_else(|| match key.code {
        KeyCode::Char(letter) if control => letter.to_uppercase().to_string(),
        KeyCode::Char(character) => character.to_string(),
        KeyCode::F(number) => format!("F{number}"),
        _ => "?".to_owned(),
    });
    if control { format!("Ctrl-{word}") } else { word }
}
