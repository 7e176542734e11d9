//! What a race says of time, by a clock that moves only while a run makes its steps: the work of steps that nobody watches,
//! and nothing else.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, Virtual};
use crate::error::Result;
use crate::optim::{Constant, RunView, Schedule};
use crate::run::{Command, Dirs, Edition, Experiments, LabText, Start, Travel};
use crate::script::{self, Kind, Script};
use crate::snapshot::{RaceRules, Speed, Standing, TimeRanking};
use crate::train::{Descent, ExperimentConfig, Length, Objective, on_large_stack};
use crate::worker::Driver;

/// Steps of which the last one is watched, when a driver makes a turn.
const TURN: u64 = 64;

/// A rate that takes its time: so much at each step, and a hundred times as much where the step is watched.
struct Slow {
    clock: Arc<Virtual>,
    step: Duration,
}

impl Schedule for Slow {
    fn rate(&mut self, _: u64) -> Result<f64> {
        Ok(1e-5)
    }
    fn rate_of(&mut self, t: u64, _: &RunView) -> Result<f64> {
        let watched = (t + 1).is_multiple_of(TURN);
        self.clock.advance(if watched { 100 * self.step } else { self.step });
        Ok(1e-5)
    }
}

fn parts(clock: &Arc<Virtual>, micros: u64) -> ExperimentConfig<f64> {
    let shipped = |kind: Kind, name: &str| {
        let entry = script::find(kind, name, None).unwrap();
        Script::load(kind, &entry.source).unwrap()
    };
    let bowl = shipped(Kind::Landscape, "bowl");
    let values = bowl.hyper.iter().map(|parameter| (parameter.name.clone(), parameter.default.clone())).collect();
    let landscape = script::landscape(&bowl, &values).unwrap();
    let rule = script::rule(&shipped(Kind::Optimizer, "sgd")).unwrap();
    let rate = Slow { clock: clock.clone(), step: Duration::from_micros(micros) };
    ExperimentConfig {
        objective: Objective::Landscape(Descent { landscape, noise: 0.0 }),
        params: Descent::at([1.0, 1.0]),
        rule,
        hyper: vec![Box::new(rate), Box::new(Constant(0.0))],
        groups: crate::train::HyperGroups::default(),
        clip: None,
        length: Length::Steps(1 << 40),
        evaluate: 1,
        seed: 3,
        threads: 1,
        observer: None,
    }
}

/// Runs whose steps take so many microseconds, with a way back.
fn race<const N: usize>(micros: [u64; N], headless: bool) -> Driver {
    limited(micros, headless, None)
}

/// The same of so many steps.
fn limited<const N: usize>(micros: [u64; N], headless: bool, limit: Option<u64>) -> Driver {
    let clock = Virtual::new();
    let time = clock.clone();
    let make = move |_| {
        let runs =
            ["one", "other"].into_iter().zip(micros).map(|(name, micros)| (name.to_owned(), parts(&time, micros)));
        Ok(Experiments::Landscapes(runs.collect(), RaceRules::default()))
    };
    let start = Start {
        lab: "times".to_owned(),
        edition: Edition::new(LabText::default(), Box::new(make)),
        reopen: None,
        printed: Arc::new(script::take_log),
        log: Vec::new(),
        dirs: Dirs::default(),
        threads: 1,
        limit,
        headless,
        speed: Speed::Max,
        clock: Clock::of(clock),
    };
    Driver::new(start).unwrap()
}

/// After so many turns.
fn told(micros: [u64; 2], turns: u64) -> Standing {
    on_large_stack(|| {
        let mut driver = race(micros, true);
        driver.obey(Command::Run);
        (0..turns).for_each(|_| driver.turn());
        driver.snapshot().race.unwrap()
    })
}

#[test]
fn a_watched_step_adds_nothing_to_the_time_of_a_run() {
    let standing = told([10, 25], 500);
    let seconds: Vec<f64> = standing.runs.iter().filter_map(|run| run.seconds).collect();
    let steps = (500 * TURN) as f64;
    assert!((seconds[0] - steps * 10e-6).abs() < 1e-9 && (seconds[1] - steps * 25e-6).abs() < 1e-9, "{seconds:?}");
}

#[test]
fn at_equal_time_the_one_whose_steps_cost_less_is_ahead() {
    let standing = told([25, 10], 500);
    let TimeRanking::Ranked { ranking, close } = &standing.equal_time else { panic!("{:?}", standing.equal_time) };
    assert_eq!((ranking.order.as_slice(), close.as_slice()), ([1, 0].as_slice(), [false].as_slice()));
    // No clock decides a number: at equal steps the two are one.
    assert_eq!(standing.equal_steps.scores[0], standing.equal_steps.scores[1]);
    assert_eq!(standing.equal_steps.order, [0, 1]);
}

#[test]
fn below_a_second_and_where_steps_cost_the_same_nobody_is_ahead_in_time() {
    assert!(matches!(told([25, 10], 300).equal_time, TimeRanking::TooLittle { .. }));
    assert!(matches!(told([25, 25], 500).equal_time, TimeRanking::TooClose { .. }));
}

#[test]
fn steps_that_are_all_watched_are_not_measured() {
    let standing = on_large_stack(|| {
        let mut driver = race([10, 25], true);
        (0..200).for_each(|_| driver.obey(Command::Step));
        driver.snapshot().race.unwrap()
    });
    assert_eq!(standing.equal_time, TimeRanking::Unmeasured);
    assert!(standing.runs.iter().all(|run| run.step == 200 && run.seconds.is_none()));
}

#[test]
fn the_time_of_a_run_is_the_same_after_a_way_back_and_forth() {
    let seconds = |driver: &mut Driver| -> Vec<f64> {
        driver.snapshot().runs.present.iter().map(|row| (row.seconds * 1e9).round() / 1e9).collect()
    };
    on_large_stack(|| {
        for (mut driver, runs) in [(race([10], false), 1), (race([10, 25], false), 2)] {
            driver.obey(Command::Run);
            (0..300).for_each(|_| driver.turn());
            driver.obey(Command::Pause);
            driver.turn();
            let (before, standing) = (seconds(&mut driver), driver.snapshot().race);
            assert!(before.len() == runs && before.iter().all(|seconds| *seconds > 0.0), "{before:?}");
            let here = driver.snapshot().step;
            for to in [Command::Travel(Travel::Back), Command::Goto(here / 2), Command::Goto(100), Command::Goto(here)]
            {
                driver.obey(to);
                driver.turn();
            }
            assert_eq!(driver.snapshot().step, here);
            assert_eq!(seconds(&mut driver), before);
            let again = driver.snapshot().race;
            assert_eq!(again.map(|race| race.equal_time), standing.map(|race| race.equal_time));
            // And it goes on from there by its own time.
            driver.obey(Command::Run);
            (0..10).for_each(|_| driver.turn());
            let after = driver.snapshot();
            assert!(after.step > here && after.runs.present[0].seconds > before[0], "{before:?}");
        }
    });
}

#[test]
fn the_time_of_a_run_alone_is_that_of_its_unwatched_steps_however_it_was_watched() {
    on_large_stack(|| {
        let told = |driver: &mut Driver| driver.snapshot().runs.present[0].clone();
        // Every step was watched, as at a limited speed: nothing is known of what it costs.
        let mut watched = race([10], false);
        (0..200).for_each(|_| watched.obey(Command::Step));
        let row = told(&mut watched);
        assert_eq!((row.step, row.seconds, row.rate()), (200, 0.0, None));
        // One of 64 was.
        let mut turned = race([10], false);
        turned.obey(Command::Run);
        (0..100).for_each(|_| turned.turn());
        let row = told(&mut turned);
        assert!((row.seconds - 64e-3).abs() < 1e-9, "{row:?}");
        // At full speed hardly any was; the clock goes on from block to block.
        let mut fast = limited([10], false, Some(TURN * 100));
        fast.run_to_end();
        let row = told(&mut fast);
        // Those at which the rate would take longer if they were watched take so long here, too: 99 of 6399.
        let mean = (6300.0 + 9900.0) * 10e-6 / 6399.0;
        assert!((row.seconds / (mean * 6400.0) - 1.0).abs() < 0.01, "{row:?}");
    });
}
