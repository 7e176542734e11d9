//! Interventions: knobs that are turned and forks. Each is an event of a step, which happens again whenever the race comes
//! to that step.

use super::{Lane, Race, pairs};
use crate::error::{Error, Result, nearest};
use crate::run::runs::{Precision, Runs};
use crate::run::training::RunCheckpoint;
use crate::snapshot::{Event, Intervention, Mark, knob_text};

/// The most runs of a race: as many as can be told apart by colour and mark.
pub(super) const MAX_RUNS: usize = 8;

impl<F: Precision> Race<F> {
    /// Turns a knob of a run: of the newest fork, or of the lab's own run, if none is named.
    ///
    /// # Errors
    /// There is no such run or hyper-parameter, it may not have that value, or the run is over.
    pub(super) fn turn_knob(&mut self, run: Option<&str>, name: &str, value: f64) -> Result<()> {
        let at = self.lane(run)?;
        self.check_open(at)?;
        self.lanes[at].run.experiment.knob(name, value)?;
        let run = self.lanes[at].name.clone();
        self.forget_the_other_future();
        let step = self.steps();
        let same = |event: &Event| {
            event.step == step
                && event.run == run
                && matches!(&event.what, Intervention::Set { name: own, .. } if own == name)
        };
        // Within a step the order counts only where a fork lies between: what it was forked with stays before it.
        let forked = |event: &Event| event.step == step && matches!(event.what, Intervention::Fork { .. });
        if !self.events.iter().any(forked) {
            self.events.retain(|event| !same(event));
        }
        self.events.push(Event { step, run, what: Intervention::Set { name: name.to_owned(), value } });
        self.let_events_happen();
        Ok(())
    }

    /// Forks a run: `make` makes the runs of a recipe of the lab, of which one becomes the fork.
    ///
    /// # Errors
    /// There is no such run, it is over, there are too many, or it cannot be made.
    pub(super) fn fork_run(&mut self, run: Option<&str>, make: impl FnOnce(u64) -> Result<Self>) -> Result<()> {
        let at = self.lane(run)?;
        self.check_open(at)?;
        // A future that is given up takes its forks along.
        let step = self.steps();
        let names = self.lanes.iter().map(|lane| lane.name.clone());
        if names.len() == MAX_RUNS {
            return Err(Error::user(format!("{MAX_RUNS} runs are as many as can be told apart")));
        }
        let names: Vec<String> = names.collect();
        let source = self.lanes[at].name.clone();
        let root = self.root(&source);
        // A racer's name has at most 24 letters.
        let short: String = root.chars().take(16).collect();
        let fork = (1..=names.len() + 1)
            .map(|number| format!("{short}_fork_{number}"))
            .find(|name| !names.contains(name))
            .unwrap_or_else(|| root.clone());
        let mut fresh = make(self.lanes[at].run.experiment.recipe_number())?;
        // The lab's own run is called after its rule, which another recipe may have exchanged.
        let own = root == self.lanes[0].name;
        let made = if own { Some(0) } else { fresh.lanes.iter().position(|lane| lane.name == root) };
        let made = made.ok_or_else(|| Error::fault(format!("there is no run `{root}` to fork")))?;
        let mut lane = fresh.lanes.swap_remove(made).named(&fork);
        lane.run.experiment.share_samples_of(&self.lanes[at].run.experiment);
        self.forget_the_other_future();
        self.pending_forks.push(lane);
        self.events.push(Event { step, run: source, what: Intervention::Fork { name: fork } });
        self.let_events_happen();
        Ok(())
    }

    /// The run of the lab that a run is a fork of, or a fork of a fork.
    pub(super) fn root(&self, run: &str) -> String {
        root_of(&self.events, run)
    }

    fn lane(&self, run: Option<&str>) -> Result<usize> {
        let forked = self
            .events
            .iter()
            .any(|event| matches!(&event.what, Intervention::Fork { name } if *name == self.newest()));
        let Some(name) = run else { return Ok(if forked { self.lanes.len() - 1 } else { 0 }) };
        self.lanes.iter().position(|lane| lane.name == name).ok_or_else(|| {
            let names = || self.lanes.iter().map(|lane| lane.name.as_str());
            let error = Error::user(format!("there is no run `{name}`"));
            match nearest(name, names()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("there are {}", names().collect::<Vec<_>>().join(", "))),
            }
        })
    }

    fn newest(&self) -> &str {
        self.lanes.last().map_or("", |lane| &lane.name)
    }

    /// A run that is over has no next step to be another.
    fn check_open(&self, at: usize) -> Result<()> {
        let Lane { name, run, .. } = &self.lanes[at];
        if run.status.is_final() {
            let error = Error::user(format!("`{name}` has {}, so no step follows", run.status.past()));
            return Err(error.help("go back first, with `b` by one step or with `[` by a stride"));
        }
        Ok(())
    }

    /// What was seen after the present step comes otherwise now.
    pub(super) fn forget_the_other_future(&mut self) {
        let step = self.steps();
        if self.seen > step {
            self.forget_the_future();
            self.events.retain(|event| event.step <= step);
            // Those that the race went back before are of that future, too.
            self.pending_forks.clear();
        }
    }

    /// Everything that was done at the present step. To do it twice changes nothing.
    pub(super) fn let_events_happen(&mut self) {
        let step = self.steps();
        for at in 0..self.events.len() {
            if self.events[at].step != step {
                continue;
            }
            let Event { run, what, .. } = self.events[at].clone();
            let Some(lane) = self.lanes.iter().position(|lane| lane.name == run) else { continue };
            match what {
                Intervention::Set { name, value } => {
                    let experiment = &mut self.lanes[lane].run.experiment;
                    if let Ok(knob) = experiment.knob(&name, value) {
                        experiment.turn(knob, value);
                    }
                }
                Intervention::Edit { recipe, .. } => self.edit_again(recipe),
                Intervention::Fork { name } => self.let_in(lane, &name),
            }
        }
    }

    /// A fork that is still to come joins the race where its source stands.
    fn let_in(&mut self, source: usize, name: &str) {
        if self.pending_forks.first().is_none_or(|lane| lane.name != name) {
            return;
        }
        let known = self.lanes.len();
        let mut lane = self.pending_forks.remove(0);
        let from = &mut self.lanes[source];
        lane.run.stand_as(&mut from.run, &mut RunCheckpoint::default());
        lane.cost = from.cost;
        self.lanes.push(lane);
        // Until now it was its source: where that one had parted from the others, it has, too.
        let before: Vec<_> = pairs(known).zip(self.parted.iter().copied()).collect();
        let known_of = |(a, b): (usize, usize)| {
            let of = |run: usize| if run == known { source } else { run };
            let pair = (of(a).min(of(b)), of(a).max(of(b)));
            before.iter().find(|(other, _)| *other == pair).and_then(|(_, step)| *step)
        };
        self.parted = pairs(known + 1).map(known_of).collect();
    }

    /// What was done, as marks at places of the race, with the knobs that the lab itself turns.
    pub fn marks(&self) -> Vec<Mark> {
        let several = self.lanes.len() + self.pending_forks.len() > 1;
        let text = |run: &str, text: String| if several { format!("{run}: {text}") } else { text };
        let mut marks: Vec<Mark> = Vec::new();
        for lane in &self.lanes {
            // A fork's knobs until the fork are its source's own.
            let turns = lane.run.experiment.turns().filter(|_| self.root(&lane.name) == lane.name);
            let place = |step| self.lockstep.place_of(lane.portions, step);
            marks.extend(
                turns.map(|(name, step, value)| Mark {
                    step: place(step),
                    text: text(&lane.name, knob_text(name, value)),
                }),
            );
        }
        marks.extend(self.events.iter().map(|event| match &event.what {
            Intervention::Set { name, value } => {
                Mark { step: event.step, text: text(&event.run, knob_text(name, *value)) }
            }
            Intervention::Edit { what, .. } => Mark { step: event.step, text: format!("edited {what}") },
            Intervention::Fork { .. } => Mark { step: event.step, text: "fork".to_owned() },
        }));
        marks.sort_by_key(|mark| mark.step);
        marks
    }
}

/// The run of the lab that a run is a fork of by these events. Each one is gone back over once at most: events that were
/// read from bytes may be forks of each other.
fn root_of(events: &[Event], run: &str) -> String {
    let mut root = run;
    for _ in events {
        let source = events.iter().find_map(|event| match &event.what {
            Intervention::Fork { name } if name == root => Some(event.run.as_str()),
            _ => None,
        });
        let Some(source) = source else { break };
        root = source;
    }
    root.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_found_over_forks_of_forks_and_without_end_in_none() {
        let fork = |run: &str, name: &str| Event {
            step: 1,
            run: run.to_owned(),
            what: Intervention::Fork { name: name.to_owned() },
        };
        let forks = [fork("adam", "b"), fork("b", "c"), fork("c", "d")];
        assert_eq!(["adam", "b", "c", "d", "x"].map(|run| root_of(&forks, run)), ["adam", "adam", "adam", "adam", "x"]);
        // Whatever it gives, it ends.
        assert!(["a", "b"].contains(&root_of(&[fork("a", "b"), fork("b", "a")], "a").as_str()));
        assert_eq!(root_of(&[fork("a", "a")], "a"), "a");
    }
}
