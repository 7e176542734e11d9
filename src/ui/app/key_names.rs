//! What a key is called where it is told that it means nothing. The keys that mean something have their names in their tables.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The name of a key; none for one that is pressed with Alt, as what is left of a broken escape sequence seems to be, and for
/// one that no usual keyboard has.
pub fn name(event: &KeyEvent) -> Option<String> {
    if event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER) {
        return None;
    }
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    let word = match event.code {
        KeyCode::Char(c) if control => return Some(format!("Ctrl-{}", c.to_uppercase().to_string().escape_default())),
        KeyCode::Char(' ') => "space",
        KeyCode::Char(c) => return Some(format!("`{}`", c.escape_default())),
        KeyCode::F(number) => return Some(format!("F{number}")),
        KeyCode::Up => "up",
        KeyCode::Down => "down",
        KeyCode::Left => "left",
        KeyCode::Right => "right",
        KeyCode::PageUp => "PgUp",
        KeyCode::PageDown => "PgDn",
        KeyCode::Home => "Home",
        KeyCode::End => "End",
        KeyCode::Enter => "Enter",
        KeyCode::Backspace => "Backspace",
        KeyCode::Delete => "Delete",
        KeyCode::Insert => "Insert",
        KeyCode::Tab => "Tab",
        KeyCode::BackTab => "Shift-Tab",
        _ => return None,
    };
    Some(if control { format!("Ctrl-{word}") } else { word.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_key_has_a_name_and_remains_of_escape_sequences_have_none() {
        let named = |code, modifiers| name(&KeyEvent::new(code, modifiers));
        let plain = [KeyCode::Char('w'), KeyCode::Char('\\'), KeyCode::Left, KeyCode::PageDown, KeyCode::F(5)];
        let names = plain.map(|code| named(code, KeyModifiers::NONE).unwrap());
        assert_eq!(names, ["`w`", "`\\\\`", "left", "PgDn", "F5"]);
        assert_eq!(named(KeyCode::Char(' '), KeyModifiers::NONE).unwrap(), "space");
        assert_eq!(named(KeyCode::Char('w'), KeyModifiers::CONTROL).unwrap(), "Ctrl-W");
        assert_eq!(named(KeyCode::Home, KeyModifiers::CONTROL).unwrap(), "Ctrl-Home");
        assert_eq!(named(KeyCode::Char('w'), KeyModifiers::ALT), None);
        assert_eq!(named(KeyCode::CapsLock, KeyModifiers::NONE), None);
    }
}
