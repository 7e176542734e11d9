//! Threads that work on one run: large products, updates and evaluations are shared among them, and no number depends on it.
//!
//! Between two parts of a step that are shared there are microseconds, and a product for which a thread had to be woken took
//! 60 to 100 of them longer. So the others stand by while a block of steps is made, and sleep between blocks.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::stack::STACK;
use crate::error::{Error, Result};

/// Looks for work without a pause, before a thread that stands by lets others have its core for a moment.
const LOOKS: u32 = 64;

/// The threads; a copy stands for the same ones.
#[derive(Debug, Clone)]
pub(crate) struct TrainingPool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    pool: rayon::ThreadPool,
    /// Held while there is work: two that waited for each other's threads to stand by would wait for ever.
    working: Mutex<()>,
}

/// Ends the others' waiting, also when the work panics.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl TrainingPool {
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
        Ok(Self(Arc::new(Shared { pool: builder.build().map_err(failed)?, working: Mutex::new(()) })))
    }

    /// Does the work on one of the threads, where what is large enough is shared with the others. Not to be asked for by
    /// one of the threads themselves.
    pub fn work<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        let Shared { pool, working } = &*self.0;
        let _working = working.lock().unwrap_or_else(PoisonError::into_inner);
        let (done, standing) = (AtomicBool::new(false), AtomicUsize::new(0));
        let (done, standing) = (&done, &standing);
        pool.install(move || {
            let leader = rayon::current_thread_index();
            rayon::scope(move |scope| {
                let _done = Done(done);
                scope.spawn_broadcast(move |_, thread| {
                    if Some(thread.index()) != leader {
                        standing.fetch_add(1, Ordering::Release);
                        stand_by(done);
                    }
                });
                // Not before all stand by: a thread that came late and took a part of the work first would begin to stand by
                // while it waits for a part of that part, on top of it, and neither would ever end.
                let others = rayon::current_num_threads() - 1;
                let mut idle = 0;
                while standing.load(Ordering::Acquire) < others {
                    pause(&mut idle);
                }
                work()
            })
        })
    }
}

/// Takes what there is to do until all is done.
fn stand_by(done: &AtomicBool) {
    let mut idle = 0;
    while !done.load(Ordering::Acquire) {
        match rayon::yield_now() {
            Some(rayon::Yield::Executed) => idle = 0,
            _ => pause(&mut idle),
        }
    }
}

/// Between two looks that found nothing: now and then others have the core for a moment.
fn pause(idle: &mut u32) {
    if *idle < LOOKS {
        *idle += 1;
        spin_loop();
    } else {
        *idle = 0;
        std::thread::yield_now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// What each thread of a pool added, by joins within joins.
    fn sum(numbers: &[u64]) -> u64 {
        if numbers.len() < 2 {
            return numbers.iter().sum();
        }
        let (a, b) = numbers.split_at(numbers.len() / 2);
        let (a, b) = rayon::join(|| sum(a), || sum(b));
        a + b
    }

    #[test]
    fn work_is_done_by_all_of_a_pool_again_and_again() {
        let numbers: Vec<u64> = (0..1000).collect();
        for threads in [1, 2, 5] {
            let pool = TrainingPool::new(threads).unwrap();
            for _ in 0..50 {
                assert_eq!(pool.work(|| sum(&numbers)), 499_500);
            }
            assert_eq!(pool.work(rayon::current_num_threads), threads);
        }
    }

    /// A thread that takes a part of the work before it stands by would, while it waits for a part of that part, begin to
    /// stand by on top of it, and the part would never be done.
    #[test]
    fn threads_that_wake_late_do_not_stand_by_in_the_midst_of_a_part() {
        let numbers: Vec<u64> = (0..64).collect();
        let pool = TrainingPool::new(2).unwrap();
        for round in 0..20_000_u32 {
            assert_eq!(pool.work(|| sum(&numbers)), 2016);
            // Now and then long enough for the others to fall asleep.
            if round.is_multiple_of(64) {
                std::thread::sleep(std::time::Duration::from_micros(200));
            }
        }
    }

    #[test]
    fn two_that_ask_at_once_are_served_in_turn() {
        let numbers: Vec<u64> = (0..64).collect();
        let pool = TrainingPool::new(2).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..2000).for_each(|_| assert_eq!(pool.work(|| sum(&numbers)), 2016)));
            }
        });
    }

    #[test]
    fn work_that_panics_leaves_the_pool_whole() {
        let pool = TrainingPool::new(3).unwrap();
        let panicked = catch_unwind(AssertUnwindSafe(|| pool.work(|| panic!("on purpose"))));
        assert!(panicked.is_err());
        assert_eq!(pool.work(|| sum(&[1, 2, 3])), 6);
    }
}
