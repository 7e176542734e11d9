//! The worker's loop: trains while nothing asks for attention, obeys commands, publishes snapshots that are wanted.
//!
//! Between two blocks of steps it looks at flags alone; how many steps are a block is the business of `rhythm`.

mod asking;
mod editing;
mod ending;
mod maker;
mod travel;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use maker::Maker;

use super::asked::Asked;
use super::race::{Race, guard};
use super::rate::Rate;
use super::rhythm::Rhythm;
use super::run_dir::Dirs;
use super::snapshot::{Command, Speed, Status};
use super::stats::Values;
use super::worker::{Outcome, Shared, Start};
use crate::clock::{Clock, Moment};

/// A watched step shows the rule's values, which takes longer than the step. All such steps together may slow training
/// by one part in so many: for the trends, and for the frames.
const TREND_SHARE: u32 = 200;
const FRAME_SHARE: u32 = 100;
/// The rule's values are shown anew so often at full speed: they are of single mini-batches, nobody reads them faster, and
/// over SSH their map is most of a frame.
const STATE: Duration = Duration::from_millis(250);
/// The trends need no more watched steps than this.
const TREND: Duration = Duration::from_millis(10);

/// The state of the loop.
pub(super) struct Loop {
    inbox: Receiver<Command>,
    /// Commands that came while the worker was on its way to a step.
    postponed: VecDeque<Command>,
    shared: Arc<Shared>,
    clock: Clock,
    speed: Speed,
    rate: Rate,
    rhythm: Rhythm,
    /// When a snapshot was last asked for, if it was given.
    asked: Option<Moment>,
    /// Something other than the step changed, so a snapshot is due at once.
    changed: bool,
    /// The newest snapshot did not wait for a look at the weights.
    unsettled: bool,
    /// When a step was last watched, and how much longer than another such a step takes.
    watched: (Option<Moment>, Duration),
    /// When the rule's values were shown last.
    shown: Option<Moment>,
    /// At a limited speed, when the next step is due.
    next_step: Option<Moment>,
    /// Hold when so many steps are made.
    target: Option<u64>,
    /// What was asked in words.
    questions: Asked,
    /// An edition that is to be taken up, and what was edited.
    pending: Option<(u64, String)>,
    /// Commands taken so far, and how many had been when it panicked last.
    obeyed: u64,
    panicked: Option<u64>,
    lab: String,
}

/// What the loop does next.
enum Next {
    Go,
    End,
}

impl Loop {
    pub fn new(lab: String, inbox: Receiver<Command>, shared: Arc<Shared>, speed: Speed) -> Self {
        Self {
            inbox,
            postponed: VecDeque::new(),
            clock: shared.clock.clone(),
            shared,
            speed,
            rate: Rate::default(),
            rhythm: Rhythm::default(),
            asked: None,
            changed: true,
            unsettled: false,
            watched: (None, Duration::ZERO),
            shown: None,
            next_step: None,
            target: None,
            questions: Asked::default(),
            pending: None,
            obeyed: 0,
            panicked: None,
            lab,
        }
    }

    /// Makes the experiments and serves them until they are left or, without a screen, done.
    pub fn work(mut self, start: Start) -> Outcome {
        let Start { make, printed, log, dirs, headless, threads, .. } = start;
        let mut maker = Maker::new(make, threads, printed, log, headless, self.clock.clone());
        let mut race = match maker.start(None, dirs) {
            Ok(race) => race,
            Err(error) => return self.stillborn(error, headless),
        };
        if headless {
            race.set_status(&Status::Running);
            // Nobody looks, so no step is watched.
            self.shared.wanted.store(false, Ordering::Release);
            self.changed = false;
        }
        while let Err(error) = guard(|| {
            self.serve(&mut race, &mut maker, headless);
            Ok(())
        }) {
            if !self.survive(error, &mut race, headless) {
                break;
            }
        }
        self.end(race)
    }

    /// Serves the runs until they are left or, without a screen, done.
    fn serve(&mut self, race: &mut Race, maker: &mut Maker, headless: bool) {
        loop {
            self.shared.total.store(race.steps_total(), Ordering::Relaxed);
            self.save(race, false);
            // Without a screen the end is no occasion to make a picture that nobody takes.
            if self.changed && (!headless || self.shared.wanted.load(Ordering::Acquire)) {
                // A key is answered at once, and what takes a look at many weights follows.
                self.unsettled = race.is_heavy() && *race.status() != Status::Running;
                race.hurry(self.unsettled);
                self.publish(race);
                race.hurry(false);
            }
            if headless && race.status().is_final() {
                break;
            }
            let next = if *race.status() == Status::Running {
                self.train(race);
                self.drain(race, maker)
            } else {
                self.rate.rest();
                self.rhythm = Rhythm::default();
                if self.unsettled && self.goes_unasked() {
                    self.unsettled = false;
                    self.publish(race);
                }
                self.wait(race, maker)
            };
            if matches!(next, Next::End) {
                break;
            }
        }
    }

    /// Trains until something asks for attention.
    fn train(&mut self, race: &mut Race) {
        match self.speed {
            Speed::PerSecond(speed) => self.train_slowly(race, speed),
            Speed::Max => self.train_fast(race),
        }
        if self.target.is_some_and(|target| race.steps() >= target) {
            self.target = None;
            race.set_status(&Status::Paused);
        }
        if race.status().is_final() {
            self.questions.end(race.steps());
        }
        self.changed |= *race.status() != Status::Running;
    }

    /// One step when it is due; a command ends the wait, not the pause between two steps.
    fn train_slowly(&mut self, race: &mut Race, speed: f64) {
        let pause = Duration::from_secs_f64((1.0 / speed).clamp(0.0, 10.0));
        let now = self.clock.now();
        let due = self.next_step.map_or(now, |next| next.min(now + pause));
        while self.clock.now() < due {
            if self.shared.waiting.load(Ordering::Acquire) > 0 {
                return;
            }
            self.clock.sleep_until(due.min(self.clock.now() + Duration::from_millis(10)));
            self.publish_if_due(race, false);
        }
        // A machine that cannot keep up does not make up for it in a burst.
        self.next_step = Some((due + pause).max(self.clock.now()));
        self.advance(race, 1, true);
        self.note(race);
        self.rate.look(self.clock.now(), race.steps());
        self.publish_if_due(race, true);
    }

    /// Blocks of steps, as long as nothing asks to stop and every run that ended is saved.
    fn train_fast(&mut self, race: &mut Race) {
        race.start_clock();
        while self.goes_on(race) && !race.is_unsaved() {
            if self.shared.wanted.load(Ordering::Acquire) {
                self.frame(race);
            }
            if !self.goes_on(race) {
                break;
            }
            let left = self.target.map_or(u64::MAX, |target| target - race.steps());
            let block = self.rhythm.block(race.lanes.len()).min(left);
            // The last step before a hold is watched, because it stays on the screen.
            self.advance(race, block, left <= block);
            self.note(race);
            if self.rhythm.made(block) {
                self.look(race);
            }
        }
        race.stop_clock();
        self.note(race);
    }

    /// Reads the clock: for the rate, for the length of the next blocks, and for the trends.
    fn look(&mut self, race: &mut Race) {
        let now = self.clock.now();
        let step = self.rhythm.look(now);
        self.rate.look(now, race.steps());
        let (last, extra) = self.watched;
        let seen = self.asked.is_some_and(|asked| now.since(asked) < Duration::from_secs(1));
        if seen && last.is_none_or(|last| now.since(last) >= TREND.max(TREND_SHARE * extra)) && self.goes_on(race) {
            self.advance(race, 1, true);
            let after = self.clock.now();
            self.watched = (Some(after), after.since(now).saturating_sub(step));
            self.rhythm.go_on(after);
        }
    }

    /// The snapshot that is wanted, of a watched step if that is affordable: else the rule's values are a little older
    /// than the rest, until training is held.
    fn frame(&mut self, race: &mut Race) {
        let asked = self.shared.asked();
        if self.shown.is_some_and(|shown| asked.since(shown) < STATE) {
            race.shown().values = Values::AsBefore;
        } else {
            self.shown = Some(asked);
            self.watch(race, asked);
        }
        self.asked = Some(asked);
        self.rate.look(asked, race.steps());
        self.note(race);
        self.publish(race);
    }

    /// A watched step for a frame, if that is affordable.
    fn watch(&mut self, race: &mut Race, asked: Moment) {
        match self.watched {
            (Some(last), extra) if asked.since(last) < FRAME_SHARE * extra => {}
            (Some(_), extra) => {
                self.advance(race, 1, true);
                self.watched = (Some(asked), extra);
            }
            // Until a look tells more, all of the first one's time is taken for what watching adds: frames of a large
            // network would otherwise slow its first second by a fifth.
            (None, _) => {
                let before = self.clock.now();
                self.advance(race, 1, true);
                let after = self.clock.now();
                self.watched = (Some(after), after.since(before));
            }
        }
    }

    /// Nothing asks to stop: no end, no command, no step to hold at.
    fn goes_on(&self, race: &Race) -> bool {
        *race.status() == Status::Running
            && self.shared.waiting.load(Ordering::Acquire) == 0
            && self.target.is_none_or(|target| race.steps() < target)
    }

    /// No command waits.
    fn goes_unasked(&self) -> bool {
        self.shared.waiting.load(Ordering::Acquire) == 0
    }

    fn publish_if_due(&mut self, race: &mut Race, step: bool) {
        if (step || self.changed) && self.shared.wanted.load(Ordering::Acquire) {
            self.publish(race);
        }
    }

    fn publish(&mut self, race: &mut Race) {
        race.shown().asked = Some(self.shared.asked());
        let mut snapshot = race.snapshot(self.speed, self.rate.value);
        snapshot.asked = self.questions.view();
        self.shared.publish(snapshot);
        self.changed = false;
    }

    fn note(&self, race: &Race) {
        self.shared.step.store(race.steps(), Ordering::Relaxed);
        self.shared.loss.store(race.own().last_loss().unwrap_or(f64::NAN).to_bits(), Ordering::Relaxed);
    }

    /// Takes the commands that are waiting.
    fn drain(&mut self, race: &mut Race, maker: &mut Maker) -> Next {
        while let Some(command) = self.postponed.pop_front().or_else(|| self.inbox.try_recv().ok()) {
            if matches!(self.obey(command, race, maker), Next::End) {
                return Next::End;
            }
        }
        Next::Go
    }

    /// Held: waits for a command.
    fn wait(&mut self, race: &mut Race, maker: &mut Maker) -> Next {
        match self.postponed.pop_front().map_or_else(|| self.inbox.recv(), Ok) {
            Ok(command) => self.obey(command, race, maker),
            Err(_) => Next::End,
        }
    }

    fn obey(&mut self, command: Command, race: &mut Race, maker: &mut Maker) -> Next {
        self.obeyed += 1;
        self.shared.waiting.fetch_sub(1, Ordering::AcqRel);
        self.changed = true;
        let live = !race.status().is_final();
        if command.moves() {
            self.questions.forget_until();
        }
        let stands = race.steps();
        match command {
            Command::Run if live => {
                self.target = None;
                race.set_status(&Status::Running);
            }
            Command::Pause if *race.status() == Status::Running => {
                self.target = None;
                // What is shown must be the update that was applied last, so it may take one more, watched mini-batch.
                if !race.last_watched() {
                    self.advance(race, 1, true);
                }
                race.set_status(&Status::Paused);
            }
            Command::Step if live => {
                self.target = None;
                self.advance(race, 1, true);
                race.set_status(&Status::Paused);
            }
            Command::StepEpoch if live => {
                let per_epoch = race.own().experiment.steps_per_epoch();
                self.target = Some((race.steps() / per_epoch + 1) * per_epoch);
                race.set_status(&Status::Running);
            }
            Command::Restart { seed } => self.restart(seed, race, maker),
            Command::Goto(step) => self.go_to(step, race, maker),
            Command::Travel(travel) => self.travel(travel, race, maker),
            Command::SetHyper { run, name, value } => travel::turn(run.as_deref(), &name, value, race),
            Command::Fork { run } => travel::fork(run.as_deref(), race, maker),
            Command::Ask { id, wish, question } => self.ask(id, wish, question, race),
            Command::ClearBreaks => self.questions.clear_breaks(),
            Command::TakeUp(edited) => self.take_up(edited, race, maker),
            Command::Speed(speed) => self.speed = speed,
            Command::Show(run) => race.show(run),
            Command::Focus(parameter) => race.shown().look_at((parameter, 0)),
            Command::Element { parameter, index } => race.shown().look_at((parameter, index)),
            Command::CompareGradients(wanted) => self.compare(wanted, race),
            Command::Quit => return Next::End,
            Command::Run | Command::Pause | Command::Step | Command::StepEpoch => {}
        }
        self.take_up_what_waits(race, maker);
        if race.steps() != stands {
            self.questions.stand(&asking::views(race));
        }
        self.note(race);
        Next::Go
    }

    /// The old runs are given up only when the new ones stand.
    fn restart(&mut self, seed: Option<u64>, race: &mut Race, maker: &mut Maker) {
        let seed = seed.unwrap_or(race.own().experiment.seed());
        self.pending = None;
        match maker.start(Some(seed), Dirs::default()) {
            Ok(mut fresh) => {
                fresh.take_folders_of(race, &maker.take_texts());
                fresh.shown().look_at(race.shown().looked_at());
                self.target = None;
                if *race.status() == Status::Running {
                    fresh.set_status(&Status::Running);
                }
                *race = fresh;
                self.rate.rest();
            }
            Err(error) => race.fail(&error),
        }
    }
}
