//! Keys that move the run: they become commands, and what cannot be is told at once.

use super::{LabScreen, Notice};
use crate::error::Error;
use crate::session::{Command, Travel};
use crate::snapshot::{Intervention, Snapshot, Speed, Status};
use crate::ui::canvas::measure;
use crate::ui::host::Effect;
use crate::ui::keys::Action;

/// The speeds that `+` and `-` go through, in steps a second; past the last one there is no limit.
const SPEEDS: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// Seconds of a run that a user has seen at full speed.
const WATCHABLE: f64 = 1.0;

/// A speed in words.
pub fn told_of(speed: Speed) -> String {
    match speed {
        Speed::Max => "speed: as fast as it goes".into(),
        Speed::PerSecond(1.0) => "speed: 1 step/s".into(),
        Speed::PerSecond(speed) => format!("speed: {speed} steps/s"),
    }
}

/// It leads to steps that were before.
fn is_back(travel: Travel) -> bool {
    !matches!(travel, Travel::Forward | Travel::NextMark)
}

/// A restart with that seed, and the knobs that were turned by hand and with which it begins as the lab has them.
fn from_the_start(live: &Snapshot, seed: u64) -> String {
    let mut knobs: Vec<String> = Vec::new();
    for event in &live.timeline.events {
        let Intervention::Set { name, .. } = &event.what else { continue };
        let knob = if live.race.is_some() { format!("{} of {}", name, event.run) } else { name.clone() };
        if !knobs.contains(&knob) {
            knobs.push(knob);
        }
    }
    let back = match knobs.as_slice() {
        [] => String::new(),
        [one] => format!("; {one} is back at the lab's value"),
        all => format!("; {} are back at the lab's values", all.join(", ")),
    };
    let forks: Vec<&str> = live.timeline.forks().map(|(_, fork)| fork).collect();
    let gone = if forks.is_empty() { String::new() } else { format!("; without {}", forks.join(", ")) };
    format!("from the start with seed {seed}{back}{gone}")
}

/// Which run of the session it is; all of a race have the same number.
fn number_of(live: &Snapshot) -> u64 {
    live.runs.present.first().map_or(0, |run| run.number)
}

impl LabScreen {
    /// The run goes at this speed from now on.
    pub fn go_at(&mut self, speed: Speed) -> Vec<Effect> {
        self.speed = speed;
        vec![Effect::Send(Command::Speed(speed))]
    }

    /// Does what a key asks of the run; nothing for one that asks for something else.
    pub(super) fn train(&mut self, action: Action) -> (Vec<Effect>, Notice) {
        // Of a run without a step nothing is kept: the one after it has its number.
        if matches!(action, Action::Restart | Action::Reseed) && self.live().step > 0 {
            self.given_up = Some(number_of(self.live()));
        }
        let (command, notice) = match action {
            Action::RunPause | Action::Step | Action::StepEpoch => self.go_on(action),
            Action::Travel(travel) => self.travel(travel),
            Action::Fork => (Some(Command::Fork { run: self.live().turned().map(str::to_owned) }), None),
            Action::Restart => {
                (Some(Command::Restart { seed: None }), Some(from_the_start(self.live(), self.live().seed)))
            }
            Action::Reseed => {
                let seed = self.live().seed.wrapping_add(1);
                (Some(Command::Restart { seed: Some(seed) }), Some(from_the_start(self.live(), seed)))
            }
            Action::Faster | Action::Slower => self.change_speed(action == Action::Faster),
            _ => (None, None),
        };
        (command.map(Effect::Send).into_iter().collect(), notice)
    }

    /// The key would only be told why it does nothing now: a task holds the run, the run is over, or nothing was before it.
    pub fn is_idle(&self, action: Action) -> bool {
        let live = self.live();
        let (over, running) = (self.is_over(), live.status == Status::Running);
        let without_use = match action {
            Action::RunPause | Action::Step | Action::StepEpoch => over,
            Action::Travel(travel) if is_back(travel) => live.step == 0 && !over && !running,
            _ => false,
        };
        without_use || (action.moves_the_run() && self.refused_by_task(action).is_some())
    }

    /// The run is over, and no other one was asked for: a key that is pressed before that one is seen is for it.
    fn is_over(&self) -> bool {
        self.live().status.is_final() && self.given_up != Some(number_of(self.live()))
    }

    fn go_on(&mut self, action: Action) -> (Option<Command>, Notice) {
        if self.is_over() {
            let past = self.live().status.past();
            let said = format!("the run has {past}: b goes a step back, r starts it again, R with a new seed");
            return (None, Some(said));
        }
        let running = self.expected.unwrap_or(self.live().status == Status::Running);
        let command = match action {
            Action::Step => Command::Step,
            Action::StepEpoch => Command::StepEpoch,
            _ if running => Command::Pause,
            _ => Command::Run,
        };
        self.expected = Some(command == Command::Run);
        (Some(command), None)
    }

    /// Along the timeline, where the run then holds.
    fn travel(&mut self, travel: Travel) -> (Option<Command>, Notice) {
        let back = is_back(travel);
        let live = self.live();
        if back && live.step == 0 && !live.status.is_final() && live.status != Status::Running {
            return (None, Some("this is the start: nothing was before it".into()));
        }
        // Nothing was made after the present step, and a key that goes no further says so.
        let newest = live.timeline.seen <= live.step && live.timeline.marks.iter().all(|mark| mark.step <= live.step);
        let goes_on = travel == Travel::Forward && !live.status.is_final();
        if !back && newest && !goes_on && live.status != Status::Running {
            let said = if live.status.is_final() {
                format!("the run has {}: there is no step after this one", live.status.past())
            } else {
                "this is the newest step: space or s goes on from here".into()
            };
            return (None, Some(said));
        }
        self.expected = Some(false);
        (Some(Command::Travel(travel)), None)
    }

    fn change_speed(&mut self, faster: bool) -> (Option<Command>, Notice) {
        self.speed = match (self.speed, faster) {
            (Speed::Max, true) => Speed::Max,
            (Speed::Max, false) => Speed::PerSecond(SPEEDS[SPEEDS.len() - 1]),
            (Speed::PerSecond(now), true) => {
                SPEEDS.into_iter().find(|speed| *speed > now).map_or(Speed::Max, Speed::PerSecond)
            }
            (Speed::PerSecond(now), false) => {
                Speed::PerSecond(SPEEDS.into_iter().rev().find(|speed| *speed < now).unwrap_or(now.min(SPEEDS[0])))
            }
        };
        (Some(Command::Speed(self.speed)), Some(told_of(self.speed)))
    }

    /// What is said of a run that has just come to its end before anybody could watch it.
    pub fn over_at_once(&self, newer: &Snapshot) -> Notice {
        let ended = newer.status == Status::Finished && !self.live().status.is_final();
        // One that goes back and forward again comes to the same end.
        let anew = newer.timeline.seen > self.live().timeline.seen;
        let run = newer.runs.present.get(newer.shown)?;
        let unseen = newer.speed == Speed::Max && run.seconds > 0.0 && run.seconds < WATCHABLE;
        (ended && anew && unseen).then(|| {
            let time = measure::duration(run.seconds);
            format!("over: {} in {time}; to watch: `:speed 20`, r, space", measure::count(run.step, "step"))
        })
    }

    /// What is said of a fork that was just made: what it is called, and how it is turned.
    pub fn forked(&self, newer: &Snapshot) -> Notice {
        let (event, fork) = newer.timeline.forks().last()?;
        let known = self.live().timeline.forks().any(|(_, known)| known == fork);
        let turns = newer.hyper.first().map_or("lr", |hyper| &hyper.name);
        // Of a lab that has just been opened nothing is new.
        (!known && self.live().steps_total > 0)
            .then(|| format!("{fork} goes on from step {} of {}; `:{turns} = VALUE` turns it", event.step, event.run))
    }

    /// What a newer snapshot says of a command that the run could not obey.
    pub fn refusal<'s>(&self, newer: &'s Snapshot) -> Option<&'s Error> {
        let (count, error) = newer.timeline.refused.as_ref()?;
        let known = self.live().timeline.refused.as_ref().map_or(0, |(count, _)| *count);
        (*count != known).then_some(error)
    }
}
