//! A lab whose files are edited while it runs: what the screen shows of it.

use crate::error::{Error, scrub};
use crate::lab::ScriptText;
use crate::ui::app::App;
use crate::ui::app::lab_screen::LabScreen;
use crate::ui::host::News;

impl LabScreen {
    /// The name of the script that is looked at, if keys go to the Script pane.
    pub(super) fn script_in_focus(&self) -> Option<String> {
        let shown = self.scripts.get(self.script).filter(|_| self.focused().name == "script");
        shown.map(|script| script.source.name.clone())
    }

    /// The lab as it was saved last.
    pub fn edited(&mut self, title: &str, about: &str, scripts: Vec<ScriptText>) {
        self.title = scrub(title).replace(['\n', '\t'], " ");
        self.about = scrub(about).replace('\t', "    ");
        let shown = self.scripts.get(self.script).map(|script| script.source.name.clone());
        let place = scripts.iter().position(|script| Some(&script.source.name) == shown.as_ref());
        (self.scripts, self.script) = (scripts, place.unwrap_or(0));
        self.broken = None;
    }

    /// A file was saved with an error: the Script pane shows its text and marks the line.
    pub fn broken_by(&mut self, error: Error) {
        if let Some(place) = error.place() {
            let text = ScriptText::of(&place.source);
            match self.scripts.iter().position(|script| script.source.name == place.source.name) {
                Some(at) => self.scripts[at] = text,
                None => self.scripts.push(text),
            }
            self.show_line_of(&error);
        }
        self.broken = Some(error);
    }
}

impl App {
    /// What has become of the lab's files.
    pub fn hear_of(&mut self, news: News) {
        let Some(lab) = &mut self.lab else { return };
        self.notice = Some(match news {
            News::Edited { title, about, scripts, notice } => {
                lab.edited(&title, &about, scripts);
                notice
            }
            News::Broken(error) => {
                let place = error.place().map(|place| format!("{}:{}: ", scrub(&place.source.name), place.line()));
                let said = format!("{}{}; it runs as before", place.unwrap_or_default(), error.what());
                lab.broken_by(error);
                said.replace('\n', " ")
            }
        });
    }
}
