//! The panes: the list of them all. Each is one file, or one folder, with one [`PaneKind`] in it; adding one is adding that
//! file, its two lines here, and its name to those that a lab file may hold.

mod gradients;
mod graph;
mod guide;
mod ledger;
mod log;
mod loss;
mod map;
mod network;
mod pane;
mod race;
mod runs;
mod schedule;
mod script;
mod state;
mod tabs;
mod tasked;

use crate::snapshot::Snapshot;
use crate::ui::keys::Binding;
pub use guide::offers;
pub(super) use ledger::{Lines as LedgerLines, moved};
pub use pane::{Answer, Pane, PaneKind, View, draw};
pub use tabs::{Tabs, tabs};
pub use tasked::{News, Tasked, bears, plain, points, points_of, short_points};

/// All panes, in the order in which a lab shows those that it does not list itself.
pub static PANES: [&PaneKind; 13] = [
    &loss::PANE,
    &race::PANE,
    &gradients::PANE,
    &state::PANE,
    &ledger::PANE,
    &map::PANE,
    &network::PANE,
    &schedule::PANE,
    &guide::PANE,
    &script::PANE,
    &log::PANE,
    &runs::PANE,
    &graph::PANE,
];

/// The pane of that name.
pub fn named(name: &str) -> Option<&'static PaneKind> {
    PANES.into_iter().find(|pane| pane.name == name)
}

/// The keys of a pane that do something for what is shown.
pub fn keys(kind: &PaneKind, snapshot: &Snapshot) -> &'static [Binding] {
    if kind.name == map::PANE.name { map::keys(snapshot) } else { kind.keys }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::keys::PANES as WATCHED;
    use crate::ui::keys::Action;
    use crate::ui::look::theme::{Look, Theme};
    use crate::ui::tests::{fixture, fixture_maps};
    use ratatui::layout::Size;

    #[test]
    fn on_a_landscape_no_pane_says_what_to_look_for_in_a_batch() {
        for steps in [0, 20] {
            let ravine = fixture_maps::mapped("momentum-in-the-ravine", steps, &[]);
            for pane in PANES.iter().filter(|pane| (pane.suits)(&ravine)) {
                let said = (pane.look_for)(&ravine);
                assert!(!said.contains("batch") && !said.contains("epoch"), "{}: {said}", pane.name);
            }
        }
    }

    #[test]
    fn panes_are_found_by_name_and_say_what_to_look_for() {
        for pane in PANES {
            assert!(std::ptr::eq(named(pane.name).unwrap(), pane));
            assert!((pane.look_for)(&fixture::healthy()).ends_with('.'));
        }
        assert!(named("lossy").is_none());
    }

    #[test]
    fn every_key_of_a_pane_can_be_pressed_at_any_moment() {
        let look = Look { theme: Theme::Mono, unicode: true };
        let early = [fixture::at_step(0), fixture::diverged(), fixture::failed()];
        let late = [fixture::healthy(), fixture::race(), fixture::walked("moving-averages", 3)];
        for (snapshot, kind) in early.iter().chain(&late).flat_map(|run| PANES.map(|kind| (run, kind))) {
            let scripts = fixture::scripts();
            let view = fixture::view(snapshot, &scripts, look);
            let mut pane = (kind.open)();
            for binding in kind.keys {
                let Action::Press(press) = binding.action else { panic!("{} of {}", binding.shown, kind.name) };
                for (width, height) in [(0, 0), (76, 12)] {
                    pane.act(press, &view, Size { width, height });
                    fixture::drawn(kind, &*pane, &view, (76, 12));
                }
            }
        }
    }

    #[test]
    fn a_lab_may_name_each_of_them_and_no_other() {
        let sorted = |names: &mut dyn Iterator<Item = &'static str>| {
            let mut names: Vec<&str> = names.collect();
            names.sort_unstable();
            names
        };
        let (ours, theirs) = (sorted(&mut PANES.iter().map(|pane| pane.name)), sorted(&mut WATCHED.into_iter()));
        assert_eq!(ours, theirs, "the second list is that of the lab files");
    }
}
