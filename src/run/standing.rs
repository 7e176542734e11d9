//! Who is ahead in a race: at equal steps, samples and epochs, at equal time, and where the curves of two separate.
//!
//! Runs are compared by the number that the lab names: the smooth loss without the penalty, or what the newest evaluation
//! found; on a landscape by the height itself, as it was at the step in question. Numbers of different steps are not compared:
//! where runs were evaluated at other steps, they are ranked where they last were at the same. A run that diverged or failed comes after
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
    // `far` is where a run stands after so many steps, `step` the last step of a run up to there.
    let rank = |far: &dyn Fn(usize, u64) -> f64, step: &dyn Fn(usize, f64) -> u64, exact: bool| {
        let at = (0..runs.len()).filter(held).map(|run| far(run, runs[run].step)).fold(f64::INFINITY, f64::min);
        let score_before = |run: usize, up_to: u64| lanes[run].run.scored_before(rules.rank, up_to);
        let sound: Vec<usize> = (0..runs.len()).filter(|run| exact && !broken[*run]).collect();
        // The last places alone, where these are one; else all that there were.
        let last = |run: &usize| score_before(*run, step(*run, at)).map(|last| far(*run, last));
        let lasts: Vec<Vec<f64>> = sound.iter().filter_map(last).map(|place| vec![place]).collect();
        let at = if lasts.len() == sound.len() && lasts.windows(2).all(|pair| pair[0] == pair[1]) {
            lasts.first().map_or(at, |places| places[0])
        } else {
            let places = |run: &usize| {
                let first = score_before(*run, step(*run, at));
                let steps = std::iter::successors(first, |step| score_before(*run, step.checked_sub(1)?));
                steps.map(|step| far(*run, step)).collect()
            };
            common(&sound.iter().map(places).collect::<Vec<_>>()).unwrap_or(at)
        };
        let there = |run: usize| {
            let known = score_before(run, step(run, at)).map(|step| far(run, step));
            !exact || known.is_some_and(|known| known >= at)
        };
        let scores = (0..runs.len()).map(|run| score(run, step(run, at)).filter(|_| there(run))).collect();
        ranking(at, scores, rules.rank)
    };
    // As many samples are as many to a batch; an evaluation is of an epoch's end, where batches of all sizes meet.
    let evaluated = rules.rank != Rank::Loss;
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
    let samples = |run: usize, step: u64| lanes[run].run.experiment.samples_after(step) as f64;
    let has_samples = lanes.iter().all(|lane| lane.run.path().is_none());
    let by_epochs = rules.lock == Lock::Epochs;
    let partings = pairs(lanes.len()).zip(parted).map(|((a, b), step)| Parting { a, b, step: *step }).collect();
    let costs: Vec<Timed> = lanes.iter().zip(&runs).map(|(lane, run)| Timed::of(lane, run.step)).collect();
    let going: Vec<bool> = (0..runs.len()).map(|run| held(&run)).collect();
    let equal_time = at_equal_time(&costs, &going, rules.rank, &|run, step| score(run, step));
    Standing {
        rules,
        equal_steps: rank(&|_, step| step as f64, &|_, at| at as u64, true),
        equal_samples: has_samples.then(|| rank(&samples, &steps_of, evaluated)),
        equal_epochs: by_epochs.then(|| {
            let steps_of = |run: usize, at: f64| steps_of(run, (at * epoch(run)).round());
            rank(&|run, step| samples(run, step) / epoch(run), &steps_of, evaluated)
        }),
        equal_time,
        runs,
        partings,
    }
}

/// Of the places where runs have scores of their own, the last of those where the most of them have one: values of different
/// places are never compared. None where no run has any.
fn common(places: &[Vec<f64>]) -> Option<f64> {
    let mut all: Vec<f64> = places.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    let groups = all.chunk_by(|a, b| a == b).map(|group| (group.len(), group[0]));
    groups.max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))).map(|(_, place)| place)
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
        return TimeRanking::TooLittle { at: seconds };
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
        // A step may have cost so much more or so many times less: never nothing, nor without end.
        let (low, high) = (steps(run, 1.0 / (1.0 + spread)), steps(run, 1.0 + spread));
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
    fn only_values_of_one_place_are_compared_and_a_run_without_one_holds_nobody_back() {
        // Runs that are evaluated every so many steps, up to one.
        let every = |steps: &[u64], at: u64| {
            let own = |every: &u64| (1..=at / every).map(|time| (time * every) as f64).collect();
            common(&steps.iter().map(own).collect::<Vec<Vec<f64>>>())
        };
        // A full batch and one of 512 meet after 9 steps; two of small batches were not evaluated by then.
        assert_eq!(every(&[1, 3, 45, 180], 10), Some(9.0));
        assert_eq!(every(&[1, 13], 40), Some(39.0));
        // Where all stand at their evaluations nothing is older.
        assert_eq!(every(&[45, 90, 15], 90), Some(90.0));
        // Of those that never meet all, the most that do.
        assert_eq!(every(&[7, 11, 14], 40), Some(28.0));
        assert_eq!((every(&[7, 11], 8), every(&[7, 11], 5), every(&[], 5)), (Some(7.0), None, None));
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
        assert!(matches!(told(33_000), TimeRanking::TooLittle { .. }));
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
    fn losses_far_apart_are_ranked_however_much_the_costs_spread() {
        // On a loaded machine a step takes now once, now twice as long; the one is behind after any number of steps.
        let told = |spread: f64, behind: f64| {
            let runs = [timed(100_000, 11.0, spread), timed(100_000, 10.0, spread)];
            let fall = falling(200_000.0);
            told(&runs, &|run, step| fall(step).map(|loss| if run == 0 { loss } else { loss + behind }))
        };
        for spread in [0.1, 0.5, 1.0, 3.0] {
            let TimeRanking::Ranked { ranking, .. } = told(spread, 2.0) else { panic!("{spread}") };
            assert_eq!(ranking.order, [0, 1]);
        }
        assert!(matches!(told(0.5, 0.2), TimeRanking::TooClose { .. }));
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
