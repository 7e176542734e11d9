//! Who is ahead in a race: at equal steps, samples and epochs, at equal time, and where the curves of two separate.
//!
//! Runs are compared by the number that the lab names: the smooth loss without the penalty, or what the newest evaluation
//! found; on a landscape by the height itself, as it was at the step in question. A run that diverged or failed comes after
//! all others. Time decides no number: an order at equal time is told only where what was measured bears it.

use super::race::{Lane, pairs};
use crate::program::Real;
use crate::snapshot::{Lock, Parting, RaceRules, Rank, Ranking, Runner, Standing, TimeRanking};

/// Seconds of work of all runs together below which times tell nothing.
const LEAST: f64 = 1.0;
/// Steps at which a run's score is looked up within what its time may mean.
const LOOKS: u64 = 8;

pub(super) fn standing<F: Real>(lanes: &[Lane<F>], parted: &[Option<u64>], rules: RaceRules) -> Standing {
    let runs: Vec<Runner> = lanes.iter().map(runner).collect();
    let broken: Vec<bool> = runs.iter().map(|run| run.status.is_broken()).collect();
    // How far all have come that can go on: one that broke down holds nobody back, unless all did.
    let held = |run: &usize| !broken[*run] || broken.iter().all(|broken| *broken);
    // One that broke down has no score where it never came.
    let score = |run: usize, step: u64| if broken[run] { None } else { lanes[run].run.score_at(rules.rank, step) };
    let rank = |far: &dyn Fn(usize) -> f64, step: &dyn Fn(usize, f64) -> u64| {
        let at = (0..runs.len()).filter(held).map(far).fold(f64::INFINITY, f64::min);
        let scores = (0..runs.len()).map(|run| score(run, step(run, at))).collect();
        ranking(at, scores, rules.rank)
    };
    // Samples grow with the steps, so the last step within the limit is found by halving.
    let steps_of = |run: usize, samples: f64| {
        let experiment = &lanes[run].run.experiment;
        let (mut low, mut high) = (0, runs[run].step);
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if experiment.samples_after(middle) as f64 <= samples { low = middle } else { high = middle - 1 }
        }
        low
    };
    let epoch = |run: usize| {
        let experiment = &lanes[run].run.experiment;
        experiment.samples_after(experiment.steps_per_epoch()).max(1) as f64
    };
    let samples = |run: usize| runs[run].samples as f64;
    let has_samples = lanes.iter().all(|lane| lane.run.path().is_none());
    let by_epochs = rules.lock == Lock::Epochs;
    let partings = pairs(lanes.len()).zip(parted).map(|((a, b), step)| Parting { a, b, step: *step }).collect();
    let costs: Vec<Timed> = lanes.iter().zip(&runs).map(|(lane, run)| Timed::of(lane, run.step)).collect();
    let going: Vec<bool> = (0..runs.len()).map(|run| held(&run)).collect();
    let equal_time = at_equal_time(&costs, &going, rules.rank, &|run, step| score(run, step));
    Standing {
        rules,
        equal_steps: rank(&|run| runs[run].step as f64, &|_, at| at as u64),
        equal_samples: has_samples.then(|| rank(&samples, &steps_of)),
        equal_epochs: by_epochs
            .then(|| rank(&|run| samples(run) / epoch(run), &|run, at| steps_of(run, (at * epoch(run)).round()))),
        equal_time,
        runs,
        partings,
    }
}

/// The runs in the order of their scores; of equals in the order of the lab.
fn ranking(at: f64, scores: Vec<Option<f64>>, rank: Rank) -> Ranking {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| rank.key(scores[*a]).total_cmp(&rank.key(scores[*b])));
    Ranking { at, order, scores }
}

fn runner<F: Real>(lane: &Lane<F>) -> Runner {
    let run = &lane.run;
    let step = run.experiment.steps();
    Runner {
        name: lane.name.clone(),
        status: run.status.clone(),
        step,
        samples: run.experiment.samples_after(step),
        batch: run.path().is_none().then(|| run.experiment.batch() as u64),
        seconds: lane.cost.mean().map(|mean| mean * step as f64),
        loss: run.score_at(Rank::Loss, step),
        epoch: run.newest().cloned(),
    }
}

/// What is known of a run's time.
#[derive(Debug, Clone, Copy)]
struct Timed {
    steps: u64,
    /// Seconds a step.
    mean: Option<f64>,
    /// As a share of the mean.
    spread: Option<f64>,
    /// Seconds.
    measured: f64,
}

impl Timed {
    fn of<F: Real>(lane: &Lane<F>, steps: u64) -> Self {
        let cost = &lane.cost;
        Self { steps, mean: cost.mean(), spread: cost.spread(), measured: cost.measured() }
    }
}

/// The runs after as many seconds of work as the one has had that has had least, of those that hold the others back.
fn at_equal_time(runs: &[Timed], held: &[bool], rank: Rank, score: &dyn Fn(usize, u64) -> Option<f64>) -> TimeRanking {
    if runs.iter().zip(held).any(|(run, held)| *held && run.steps == 0) {
        return TimeRanking::NotBegun;
    }
    let took = |run: &Timed| run.mean.map(|mean| mean * run.steps as f64);
    let mut least: Option<(f64, usize)> = None;
    for (at, run) in runs.iter().enumerate().filter(|(at, _)| held[*at]) {
        let Some(took) = took(run) else { return TimeRanking::Unmeasured };
        if least.is_none_or(|(seconds, _)| took < seconds) {
            least = Some((took, at));
        }
    }
    let Some((seconds, shortest)) = least else { return TimeRanking::Unmeasured };
    let measured: f64 = runs.iter().map(|run| run.measured).sum();
    let spread = |run: usize| runs[run].spread.filter(|spread| spread.is_finite());
    let known = (0..runs.len()).filter(|run| held[*run]).all(|run| spread(run).is_some());
    if measured < LEAST || !known {
        return TimeRanking::TooClose { at: seconds };
    }
    // The seconds are those of one run, whose own steps they are exactly; of every other one both costs spread.
    let would_make = |run: usize, share: f64| {
        let mean = runs[run].mean.filter(|mean| *mean > 0.0 && run != shortest);
        mean.map_or(runs[run].steps, |mean| (seconds * share / mean).round() as u64)
    };
    let steps = |run: usize, share: f64| would_make(run, share).min(runs[run].steps);
    let scores: Vec<Option<f64>> = (0..runs.len()).map(|run| score(run, steps(run, 1.0))).collect();
    // The best and the worst that a run may have had after as many seconds.
    let range = |run: usize| {
        let spread = spread(run).unwrap_or(0.0) + spread(shortest).unwrap_or(0.0);
        let (low, high) = (steps(run, (1.0 - spread).max(0.0)), steps(run, 1.0 + spread));
        let looks =
            (0..=LOOKS).map(|look| low + (u128::from(high - low) * u128::from(look) / u128::from(LOOKS)) as u64);
        let keys = looks.map(|step| rank.key(score(run, step)));
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        let (best, worst) = keys.fold(ends, |(best, worst), key| (best.min(key), worst.max(key)));
        // What it would have had at steps that it has not made yet is taken to be as much better as it may be worse.
        let ahead = 2.0 * rank.key(score(run, high)) - worst;
        let unknown = would_make(run, 1.0 + spread) > high && ahead.is_finite();
        (if unknown { best.min(ahead) } else { best }, worst)
    };
    let ranking = ranking(seconds, scores, rank);
    let pairs = ranking.order.windows(2);
    // One that goes on and was not evaluated by then may be anywhere; one that broke down is behind for certain.
    let unknown = |run: usize| held[run] && !range(run).1.is_finite();
    let close: Vec<bool> =
        pairs.map(|pair| unknown(pair[0]) || unknown(pair[1]) || range(pair[0]).1 >= range(pair[1]).0).collect();
    if close.iter().all(|close| *close) {
        return TimeRanking::TooClose { at: seconds };
    }
    TimeRanking::Ranked { ranking, close }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run of so many steps at so many microseconds each, known to so much.
    fn timed(steps: u64, micros: f64, spread: f64) -> Timed {
        let mean = micros * 1e-6;
        Timed { steps, mean: Some(mean), spread: Some(spread), measured: mean * steps as f64 }
    }

    /// A loss that falls to 0 within so many steps.
    fn falling(within: f64) -> impl Fn(u64) -> Option<f64> {
        move |step| (step > 0).then(|| (1.0 - step as f64 / within).max(0.0))
    }

    fn told(runs: &[Timed], losses: &dyn Fn(usize, u64) -> Option<f64>) -> TimeRanking {
        at_equal_time(runs, &vec![true; runs.len()], Rank::Loss, losses)
    }

    #[test]
    fn at_equal_time_the_dearer_step_counts_for_fewer_steps() {
        let runs = [timed(100_000, 20.0, 0.01), timed(100_000, 10.0, 0.01)];
        let fall = falling(200_000.0);
        let TimeRanking::Ranked { ranking, close } = told(&runs, &|_, step| fall(step)) else { panic!("close") };
        assert_eq!((ranking.order.as_slice(), close.as_slice()), ([1, 0].as_slice(), [false].as_slice()));
        assert!((ranking.at - 1.0).abs() < 1e-9);
        assert_eq!(ranking.scores, [Some(0.75), Some(0.5)]);
    }

    #[test]
    fn below_a_second_of_work_in_all_nothing_is_ranked() {
        let fall = falling(200_000.0);
        let told = |steps: u64| {
            let runs = [timed(steps, 20.0, 0.01), timed(steps, 10.0, 0.01)];
            told(&runs, &|_, step| fall(step))
        };
        assert!(matches!(told(33_000), TimeRanking::TooClose { .. }));
        assert!(matches!(told(34_000), TimeRanking::Ranked { .. }));
    }

    #[test]
    fn a_spread_larger_than_the_difference_ranks_nobody() {
        let fall = falling(200_000.0);
        let told = |spread: f64| {
            let runs = [timed(100_000, 11.0, spread), timed(100_000, 10.0, spread)];
            told(&runs, &|_, step| fall(step))
        };
        assert!(matches!(told(0.01), TimeRanking::Ranked { .. }));
        assert!(matches!(told(0.2), TimeRanking::TooClose { .. }));
    }

    #[test]
    fn of_several_the_pair_that_is_too_close_is_named() {
        let runs = [timed(100_000, 10.0, 0.1); 3];
        let falls = [falling(200_000.0), falling(201_000.0), falling(1e9)];
        let TimeRanking::Ranked { ranking, close } = told(&runs, &|run, step| falls[run](step)) else {
            panic!("close")
        };
        assert_eq!((ranking.order, close), (vec![0, 1, 2], vec![true, false]));
    }

    #[test]
    fn a_run_that_was_not_evaluated_by_then_is_not_behind_for_that() {
        let runs = [timed(100_000, 10.0, 0.01); 3];
        let losses = |run: usize, _: u64| [Some(0.5), Some(0.9), None][run];
        let TimeRanking::Ranked { close, .. } = told(&runs, &losses) else { panic!("close") };
        assert_eq!(close, [false, true]);
    }

    #[test]
    fn a_run_without_a_step_holds_the_others_back_and_is_not_called_watched() {
        let none = Timed { steps: 0, mean: None, spread: None, measured: 0.0 };
        assert_eq!(told(&[timed(200_000, 10.0, 0.01), none], &|_, _| Some(1.0)), TimeRanking::NotBegun);
    }

    #[test]
    fn a_run_of_watched_steps_alone_is_not_measured() {
        let unwatched = timed(200_000, 10.0, 0.01);
        let watched = Timed { mean: None, spread: None, measured: 0.0, ..unwatched };
        assert_eq!(told(&[unwatched, watched], &|_, _| Some(1.0)), TimeRanking::Unmeasured);
        // One that broke down holds nobody back, measured or not.
        let held = at_equal_time(&[unwatched, watched], &[true, false], Rank::Loss, &|run, _| [Some(1.0), None][run]);
        assert!(matches!(held, TimeRanking::Ranked { .. }), "{held:?}");
    }
}
