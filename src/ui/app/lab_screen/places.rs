//! How a pane is called, besides by its place: by its name in the lab file, by its title, or by its key.

use crate::error::{Error, nearest, scrub_line};
use crate::ui::app::lab_screen::LabScreen;
use crate::ui::keys;
use crate::ui::panes::PaneKind;

impl LabScreen {
    /// The place of the pane that is called so: by its name in the lab file, by its title, or by its key.
    pub fn place_of(&self, wish: &str) -> Option<usize> {
        let wish = wish.to_lowercase();
        let called = |(place, kind): (usize, &'static PaneKind)| {
            let titled = kind.title.lines().any(|title| title.to_lowercase() == wish);
            titled || kind.name == wish || keys::of_place(place).to_string() == wish
        };
        self.order().into_iter().enumerate().position(called)
    }

    /// What is said where no pane is called so.
    pub fn no_pane(&self, wish: &str) -> Error {
        let names: Vec<&str> = self.order().into_iter().map(|kind| kind.name).collect();
        let near = nearest(&wish.to_lowercase(), names.iter().copied());
        let next =
            near.map_or_else(|| format!("there are {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
        Error::user(format!("there is no pane `{}` here; {next}", scrub_line(wish)))
    }

    /// The way to a pane of which nothing but the name was written.
    pub fn told_of_pane(&self, name: &str) -> Option<String> {
        let place = self.place_of(name).filter(|_| name.len() > 1)?;
        Some(format!(
            "`{name}` is a pane: its key is {}, or `pane {}`",
            keys::of_place(place),
            self.order()[place].name
        ))
    }
}
