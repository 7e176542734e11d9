//! Keys in the help: a search, and what Enter runs.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::ui::app::{App, Layer};
use crate::ui::host::Effect;

impl App {
    pub(super) fn key_in_help(&mut self, key: KeyEvent, mut query: String, mut chosen: usize) -> Vec<Effect> {
        let entries = self.help_entries(&query);
        match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter => {
                return entries
                    .get(chosen)
                    .map(|binding| binding.action)
                    .map(|action| self.act(action))
                    .unwrap_or_default();
            }
            KeyCode::Up => chosen = chosen.saturating_sub(1),
            KeyCode::Down => chosen = (chosen + 1).min(entries.len().saturating_sub(1)),
            KeyCode::PageUp => chosen = chosen.saturating_sub(10),
            KeyCode::PageDown => chosen = (chosen + 10).min(entries.len().saturating_sub(1)),
            KeyCode::Backspace => {
                query.pop();
                chosen = 0;
            }
            KeyCode::Char(c) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {
                if query.chars().count() < 40 {
                    query.push(c);
                }
                chosen = 0;
            }
            _ => {}
        }
        self.layer = Some(Layer::Help { query, chosen });
        Vec::new()
    }
}
