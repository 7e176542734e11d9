//! Grading: submissions are read without trust, what counts of each is judged in a process of its own, equal contents once,
//! and what comes of it is told as files of many kinds. It never prints, and no clock decides a point: what takes too long is
//! an error.

mod alike;
mod assemble;
mod by_hand;
mod child;
mod job;
mod limits;
mod process;
pub mod report;
mod roster;
mod twice;
mod units;
pub mod write;

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

pub use by_hand::{ByHand, to_fill_in};
pub use child::serve;
pub use process::Judges;
pub use roster::Roster;

use super::course_labs::Course;
use super::hand_in::{self, Found};
use job::{Job, Judged};
use report::{Report, Times};

/// How it is graded.
pub struct Options<'a> {
    /// The labs that are believed.
    pub course: &'a Course,
    /// How submissions are judged.
    pub judges: Judges,
    /// As many submissions are judged at once; at least 1.
    pub jobs: usize,
    /// Who ought to have handed in.
    pub roster: Option<&'a Roster>,
    /// Points that a person gave.
    pub by_hand: Option<&'a ByHand>,
    /// Called as submissions are done: how many, of how many.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// Grades submissions.
pub fn grade(found: &[Found], options: &Options<'_>) -> Report {
    let start = options.judges.clock.now();
    let read = in_order(found, options.jobs, &|one| hand_in::read(one, options.course), &|_, _| {});
    let (counting, twice) = twice::sort_out(read);
    let planned: Vec<units::Planned> = counting.iter().map(|one| units::plan(one, options.course)).collect();
    let jobs = units::share_out(&planned, options.course);
    let judge = |job: &Job| -> Vec<Judged> {
        if job.units.is_empty() { Vec::new() } else { options.judges.judge(job, options.course.folder()) }
    };
    let verdicts = in_order(&jobs.jobs, options.jobs, &judge, options.progress);
    let mut known: HashMap<&str, &Judged> = HashMap::new();
    for (keys, verdicts) in jobs.keys.iter().zip(&verdicts) {
        known.extend(keys.iter().map(String::as_str).zip(verdicts));
    }
    let submissions = counting.iter().zip(&planned);
    let submissions = submissions.map(|(one, plan)| assemble::graded(one, plan, options.course, &known)).collect();
    let mut report = Report {
        key: options.course.key.clone(),
        submissions,
        alike: alike::among(&counting, options.course),
        twice,
        ..Report::default()
    };
    assemble::compare_names(&mut report, &counting);
    if let Some(by_hand) = options.by_hand {
        by_hand.bring_into(&mut report, options.roster);
    }
    if let Some(roster) = options.roster {
        roster.hide_names(&mut report);
    }
    let clock = &options.judges.clock;
    let seconds = clock.now().since(start).as_secs_f64();
    report.times = Times { date: crate::clock::written(clock.date()), seconds: (seconds * 1e3).round() / 1e3 };
    report
}

/// The results of some work on each, in the order of the inputs, by several threads.
fn in_order<I: Sync, O: Send>(
    inputs: &[I],
    threads: usize,
    work: &(dyn Fn(&I) -> O + Sync),
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Vec<O> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(inputs.len()));
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, inputs.len().max(1)) {
            let run = || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(input) = inputs.get(at) else { return };
                    let output = work(input);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.push((at, output));
                    progress(done.len(), inputs.len());
                }
            };
            // The thread of the caller does it, should the system have no more.
            if thread::Builder::new().stack_size(crate::session::STACK).spawn_scoped(scope, run).is_err() {
                run();
            }
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, output)| output).collect()
}
