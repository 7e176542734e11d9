//! Pieces of work that do not wait for each other, on as many cores as there are; what comes of them keeps their order.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Works on all pieces and gives the results in the order of the pieces; `done` is told after each of them.
pub fn at_once<T: Sync, R: Send>(pieces: &[T], work: impl Fn(&T) -> R + Sync, done: impl Fn() + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(pieces.len());
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(pieces.len()));
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(piece) = pieces.get(at) else { break };
                    let result = work(piece);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
                    done();
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_pieces_and_each_piece_is_told_once() {
        let pieces: Vec<u64> = (0..200).collect();
        let told = AtomicUsize::new(0);
        let squares = at_once(
            &pieces,
            |piece| piece * piece,
            || {
                told.fetch_add(1, Ordering::Relaxed);
            },
        );
        assert_eq!(squares, pieces.iter().map(|piece| piece * piece).collect::<Vec<_>>());
        assert_eq!(told.into_inner(), 200);
        assert!(at_once(&[] as &[u64], |piece| *piece, || ()).is_empty());
    }
}
