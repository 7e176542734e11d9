//! Threads that work on one run: large products, updates and evaluations are shared among them, and no number depends on it.
//!
//! Between two parts of a step that are shared there are microseconds, and a product for which a thread had to be woken took
//! 60 to 100 of them longer. So the others stand by while a block of steps is made, and sleep between blocks.

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::worker::STACK;
use crate::error::{Error, Result};

/// Looks for work without a pause, before a thread that stands by lets others have its core for a moment.
const LOOKS: u32 = 64;

/// The threads; a copy stands for the same ones.
#[derive(Debug, Clone)]
pub(super) struct Crew(Arc<rayon::ThreadPool>);

/// Ends the others' waiting, also when the work panics.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Crew {
    /// Starts so many threads.
    ///
    /// # Errors
    /// Threads that cannot be started.
    pub fn new(threads: usize) -> Result<Self> {
        let failed =
            |error| Error::user(format!("cannot start {threads} threads: {error}")).help("give fewer by --threads");
        let named = |at| format!("training {}", at + 1);
        // Scripts run on them as on the worker's own thread.
        let builder = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).thread_name(named);
        Ok(Self(Arc::new(builder.build().map_err(failed)?)))
    }

    /// Does the work on one of the threads, where what is large enough is shared with the others.
    pub fn work<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        let done = AtomicBool::new(false);
        let done = &done;
        self.0.install(move || {
            let leader = rayon::current_thread_index();
            rayon::scope(move |scope| {
                let _done = Done(done);
                scope.spawn_broadcast(move |_, thread| {
                    if Some(thread.index()) != leader {
                        stand_by(done);
                    }
                });
                work()
            })
        })
    }
}

/// Takes what there is to do until all is done.
fn stand_by(done: &AtomicBool) {
    let mut idle = 0_u32;
    while !done.load(Ordering::Acquire) {
        match rayon::yield_now() {
            Some(rayon::Yield::Executed) => idle = 0,
            _ if idle < LOOKS => {
                idle += 1;
                spin_loop();
            }
            _ => {
                idle = 0;
                std::thread::yield_now();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// What each thread of a crew added, by joins within joins.
    fn sum(numbers: &[u64]) -> u64 {
        if numbers.len() < 2 {
            return numbers.iter().sum();
        }
        let (a, b) = numbers.split_at(numbers.len() / 2);
        let (a, b) = rayon::join(|| sum(a), || sum(b));
        a + b
    }

    #[test]
    fn work_is_done_by_all_of_a_crew_again_and_again() {
        let numbers: Vec<u64> = (0..1000).collect();
        for threads in [1, 2, 5] {
            let crew = Crew::new(threads).unwrap();
            for _ in 0..50 {
                assert_eq!(crew.work(|| sum(&numbers)), 499_500);
            }
            assert_eq!(crew.work(rayon::current_num_threads), threads);
        }
    }

    #[test]
    fn work_that_panics_leaves_the_crew_whole() {
        let crew = Crew::new(3).unwrap();
        let panicked = catch_unwind(AssertUnwindSafe(|| crew.work(|| panic!("on purpose"))));
        assert!(panicked.is_err());
        assert_eq!(crew.work(|| sum(&[1, 2, 3])), 6);
    }
}
