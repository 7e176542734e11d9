//! The walk through the phases of one update: where it stands, what its keys do, and which pane is lit. The update was made
//! before the walk begins, and nothing of it changes on the way.

use std::time::Duration;

use ratatui::layout::Rect;

use super::{LabScreen, Notice};
use crate::session::Command;
use crate::snapshot::{Phase, PhasesView, Snapshot};
use crate::ui::host::Effect;
use crate::ui::host::pace::Pace;
use crate::ui::keys::{Action, PhaseKey};

/// A screen of so many rows has more of them for the words.
const TALL: u16 = 36;

/// Where a walk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The phase, from 0.
    pub phase: usize,
    /// The line that is worked in it, from 0.
    pub line: usize,
}

/// A walk.
#[derive(Debug)]
pub(super) struct Walk {
    /// The number by which its update was asked for.
    number: u64,
    /// None until that has come.
    place: Option<Place>,
    /// The number of the update that is walked through next, until it has come: this one is seen meanwhile.
    next: Option<u64>,
    /// It goes on by itself after so long.
    every: Option<Duration>,
    beats: u64,
    /// The panes as they were before, the one in focus first, and whether it was large.
    before: (Vec<usize>, bool),
}

/// What is seen of a walk.
#[derive(Debug, Clone, Copy)]
pub struct Walked<'a> {
    /// The update.
    pub view: &'a PhasesView,
    /// The run.
    pub snapshot: &'a Snapshot,
    /// Where it stands.
    pub place: Place,
    /// It goes on by itself after so long.
    pub every: Option<Duration>,
    /// There is nothing behind this.
    pub is_over: bool,
}

/// The lines of a phase that are worked one after the other.
fn lines(snapshot: &Snapshot, phase: &Phase) -> usize {
    match phase {
        Phase::Update(_) => snapshot.ledger.as_ref().map_or(1, |ledger| ledger.lines.len()),
        Phase::Average(lines) => lines.len(),
        _ => 1,
    }
    .max(1)
}

/// The panes that show a phase, the best first.
fn lit(phase: &Phase) -> &'static [&'static str] {
    match phase {
        Phase::Batch(_) | Phase::Height { .. } | Phase::Value { .. } | Phase::Average(_) => &["map"],
        Phase::Forward(_) => &["network"],
        Phase::Loss(_) => &["loss"],
        Phase::Gradient(_) | Phase::Mean(_) | Phase::Clip(_) => &["gradients"],
        Phase::Update(_) => &["ledger"],
        Phase::Broken(_) => &[],
    }
}

/// A mini-batch of several begins with this phase, or what comes of all.
fn begins_part(phase: &Phase) -> bool {
    matches!(phase, Phase::Batch(_) | Phase::Mean(_))
}

impl LabScreen {
    /// Makes the next update and walks through it; by itself, if it is said how long a phase stands.
    pub fn walk_phases(&mut self, every: Option<Duration>) -> (Vec<Effect>, Notice) {
        if let Some(told) = self.refused_by_task(Action::Step) {
            return (Vec::new(), Some(told));
        }
        let status = &self.live().status;
        if status.is_final() {
            let next = if status.is_broken() { "the update that broke" } else { "the last update" };
            let said = format!("the run has {}: b goes a step back, then :phases walks through {next}", status.past());
            return (Vec::new(), Some(said));
        }
        self.walks += 1;
        let number = self.walks;
        if let Some(walk) = self.walk.as_mut().filter(|walk| walk.place.is_some()) {
            (walk.next, walk.every) = (Some(number), every);
        } else {
            let before = (self.recent.clone(), self.zoomed);
            self.walk = Some(Walk { number, place: None, next: None, every, beats: 0, before });
        }
        self.expected = Some(false);
        (vec![Effect::Send(Command::Phases(number))], None)
    }

    /// A walk stands on the screen.
    pub fn walks(&self) -> bool {
        self.walked().is_some()
    }

    /// What is seen of the walk, if one stands on the screen.
    pub fn walked(&self) -> Option<Walked<'_>> {
        let walk = self.walk.as_ref()?;
        let (snapshot, place) = (self.live(), walk.place?);
        let view = snapshot.phases.as_ref().filter(|view| view.walk == walk.number)?;
        let phase = view.phases.get(place.phase)?;
        let last = place.phase + 1 == view.phases.len();
        let is_over = last && place.line + 1 >= lines(snapshot, phase);
        Some(Walked { view, snapshot, place, every: walk.every.filter(|_| !is_over), is_over })
    }

    /// How many rows the header is followed by: those of a walk, or the one of [`LabScreen::banner`]. They are as many in all
    /// phases, so that no pane moves.
    pub(super) fn banner_rows(&self, screen: Rect) -> u16 {
        match self.walked() {
            Some(_) if screen.height >= TALL => 7,
            Some(_) => 5,
            None => u16::from(self.banner().is_some()),
        }
    }

    /// A walk goes by itself, or has come to its end so.
    pub fn goes_by_itself(&self) -> bool {
        self.walk.as_ref().is_some_and(|walk| walk.every.is_some())
    }

    /// What goes on by itself.
    pub fn pace(&self) -> Option<Pace> {
        let every = self.walked()?.every?;
        Some(Pace { every, beats: self.walk.as_ref()?.beats })
    }

    /// The walk goes on by itself.
    pub fn beat(&mut self) {
        self.go(true);
    }

    /// One of the walk's keys. At its end two of them do what they do elsewhere.
    pub(super) fn phase_key(&mut self, key: PhaseKey) -> (Vec<Effect>, Notice) {
        // A key that comes before the next update has come is one of the walk that is seen.
        let waits = self.walk.as_ref().is_some_and(|walk| walk.next.is_some());
        let is_over = !waits && self.walked().is_some_and(|walked| walked.is_over);
        match key {
            PhaseKey::End => self.end_walk(),
            PhaseKey::Back => {
                if let Some(walk) = &mut self.walk {
                    // Who goes back wants to look.
                    walk.every = None;
                }
                if !self.go(false) {
                    return (Vec::new(), Some("this is the first phase: Esc ends the walk".into()));
                }
            }
            PhaseKey::NextOrStep if is_over => {
                let every = self.walk.as_ref().and_then(|walk| walk.every);
                return self.walk_phases(every);
            }
            PhaseKey::NextOrRun if is_over => {
                self.end_walk();
                let refused = self.refused_by_task(Action::RunPause);
                return if refused.is_some() { (Vec::new(), refused) } else { self.train(Action::RunPause) };
            }
            PhaseKey::Next if is_over => {
                let said = "this is the end of the walk: s walks through the next update, space runs, Esc ends it";
                return (Vec::new(), Some(said.into()));
            }
            PhaseKey::Next | PhaseKey::NextOrRun | PhaseKey::NextOrStep => {
                self.go(true);
            }
            PhaseKey::NextBatch => {
                let Some(Walked { view, place, .. }) = self.walked() else { return (Vec::new(), None) };
                let next = view.phases.iter().skip(place.phase + 1).position(begins_part);
                let Some(next) = next else {
                    return (Vec::new(), Some("the update has no further mini-batch".into()));
                };
                let phase = place.phase + 1 + next;
                self.stand_at(Place { phase, line: 0 });
            }
        }
        (Vec::new(), None)
    }

    /// One place on or back; false if there is none.
    fn go(&mut self, on: bool) -> bool {
        let Some(Walked { view, snapshot, place, .. }) = self.walked() else { return false };
        let of = |phase: usize| view.phases.get(phase).map_or(1, |phase| lines(snapshot, phase));
        let next = match (on, place) {
            (true, Place { phase, line }) if line + 1 < of(phase) => Place { phase, line: line + 1 },
            (true, Place { phase, .. }) if phase + 1 < view.phases.len() => Place { phase: phase + 1, line: 0 },
            (false, Place { phase, line: line @ 1.. }) => Place { phase, line: line - 1 },
            (false, Place { phase: phase @ 1.., .. }) => Place { phase: phase - 1, line: of(phase - 1) - 1 },
            _ => return false,
        };
        self.stand_at(next);
        true
    }

    fn stand_at(&mut self, place: Place) {
        let Some(walk) = &mut self.walk else { return };
        let enters = walk.place.is_none_or(|before| before.phase != place.phase);
        walk.place = Some(place);
        walk.beats += 1;
        if enters {
            self.light();
        }
        self.shown.worked = self.worked();
    }

    /// The pane of the phase comes into focus, as large as the one before it.
    fn light(&mut self) {
        let Some(Walked { view, place, .. }) = self.walked() else { return };
        let names = view.phases.get(place.phase).map(lit).unwrap_or_default();
        let order = self.order();
        let lit = names.iter().find_map(|name| order.iter().position(|kind| kind.name == *name));
        if let Some(lit) = lit {
            let zoomed = self.zoomed;
            self.focus_on(lit);
            self.zoomed = zoomed;
        }
    }

    /// How many lines of the ledger are worked so far; none where all of them are shown.
    fn worked(&self) -> Option<usize> {
        let Walked { view, place, .. } = self.walked()?;
        let update = view.phases.iter().position(|phase| matches!(phase, Phase::Update(_)))?;
        Some(if place.phase < update { 0 } else { place.line + 1 })
    }

    /// The walk is over, wherever it stands; the update stays made. What was looked at before is looked at again.
    pub(super) fn end_walk(&mut self) {
        let Some(Walk { before: (recent, zoomed), place, .. }) = self.walk.take() else { return };
        self.shown.worked = None;
        if place.is_some() && recent.len() == self.recent.len() {
            (self.recent, self.zoomed) = (recent, zoomed);
        }
    }

    /// A newer snapshot has come: the update that is waited for may be in it, and the one that is walked through may be gone.
    pub(super) fn look_at_walk(&mut self, refused: bool) {
        let seen = self.live().phases.as_ref().map(|view| view.walk);
        let Some(walk) = &mut self.walk else { return };
        if walk.next.is_some() && (seen == walk.next || seen != Some(walk.number)) {
            walk.number = walk.next.take().unwrap_or(walk.number);
            walk.place = None;
        }
        if refused {
            walk.next = None;
        }
        let came = seen == Some(walk.number);
        match (walk.place, came) {
            (None, true) => self.stand_at(Place { phase: 0, line: 0 }),
            (None, false) if refused => self.end_walk(),
            (None, false) => {}
            (Some(_), false) => self.end_walk(),
            (Some(place), true) => {
                // Another element may have fewer lines.
                let phase = self.live().phases.as_ref().and_then(|view| view.phases.get(place.phase));
                let last = phase.map_or(0, |phase| lines(self.live(), phase) - 1);
                if place.line > last {
                    self.stand_at(Place { line: last, ..place });
                }
            }
        }
    }
}
