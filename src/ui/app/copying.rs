//! The question whether what is part of the program is to be copied, so that it can be edited. It copies nothing by itself.

use crossterm::event::{KeyCode, KeyEvent};

use crate::error::{Error, scrub_line};
use crate::session::Copy;
use crate::ui::app::{App, Layer};
use crate::ui::host::Effect;

/// A copy that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The script that is to be edited; without one the lab is.
    script: Option<String>,
    /// The file that the editor opens.
    pub opens: String,
    /// The files that would be written.
    pub writes: Vec<String>,
}

impl App {
    /// Asks whether to copy what is part of the program.
    pub fn offer(&mut self, script: Option<&str>, copy: &Copy) {
        let name = |path: &std::path::PathBuf| scrub_line(&path.display().to_string());
        self.layer = Some(Layer::Copy(Offer {
            script: script.map(str::to_owned),
            opens: name(&copy.opens),
            writes: copy.writes().iter().map(name).collect(),
        }));
    }

    /// Says over the screen, until the next key, why something was not done and what to do.
    pub fn refuse(&mut self, error: &Error) {
        let mut words = vec![error.what()];
        words.extend(error.help_lines().iter().map(String::as_str));
        self.notice = None;
        self.layer = Some(Layer::Note { when: String::new(), text: scrub_line(&words.join(". ")) });
    }

    pub(super) fn key_in_offer(&mut self, key: KeyEvent, offer: Offer) -> Vec<Effect> {
        match key.code {
            KeyCode::Char('y' | 'Y') | KeyCode::Enter => return vec![Effect::CopyAndEdit { script: offer.script }],
            KeyCode::Char('n' | 'N' | 'q') | KeyCode::Esc => {
                self.notice = Some("nothing was copied; the run is as it was".into());
            }
            _ => self.layer = Some(Layer::Copy(offer)),
        }
        Vec::new()
    }
}
