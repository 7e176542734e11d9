//! How much of a product each of two threads gets. Cores are not equally fast for seconds on end, as one has a neighbour on
//! its other thread and one has none, and the slower half decides. So whoever is done first gets a little more of the next
//! product. No clock is read, and no bit of a result depends on it: each element is summed as before.

/// The whole of a product, in the units of a lead.
const WHOLE: isize = 1024;

/// The most that one side gets above what is fair: twice as fast a core would need a sixth of the whole.
const MOST: isize = WHOLE / 4;

/// By how much the lead changes: a product of 256 rows is parted some two rows further on.
const STEP: isize = 8;

/// The lead of the first of two sides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Balance {
    lead: isize,
}

impl Balance {
    /// How many of so many rows the first side gets, which has `first` of `all` threads.
    pub fn rows(self, rows: usize, first: usize, all: usize) -> usize {
        let fair = rows * first / all.max(1);
        let lead = (rows * self.lead.unsigned_abs()) / WHOLE.unsigned_abs();
        if self.lead < 0 { fair.saturating_sub(lead) } else { (fair + lead).min(rows) }
    }

    /// After a product by both sides.
    pub fn learn(&mut self, first_was_first: bool) {
        let step = if first_was_first { STEP } else { -STEP };
        self.lead = (self.lead + step).clamp(-MOST, MOST);
    }
}

#[cfg(test)]
impl Balance {
    /// The largest lead of either side, and none.
    pub fn extremes() -> [Self; 3] {
        [-MOST, 0, MOST].map(|lead| Self { lead })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the first of two gets of 784 rows after so many products, where it is so many times as fast.
    fn settled(balance: &mut Balance, speed: f64, products: usize) -> f64 {
        for _ in 0..products {
            let first = balance.rows(784, 1, 2) as f64;
            balance.learn(first / speed < 784.0 - first);
        }
        balance.rows(784, 1, 2) as f64 / 784.0
    }

    #[test]
    fn who_is_faster_gets_more_until_both_are_done_at_once() {
        let mut balance = Balance::default();
        for speed in [1.0, 1.25, 0.8, 1.9, 0.6, 1.0] {
            let share = settled(&mut balance, speed, 100);
            assert!((share - speed / (1.0 + speed)).abs() < 0.012, "{share} for {speed}");
        }
    }

    #[test]
    fn no_side_is_left_without_rows_and_none_gets_more_than_there_are() {
        for speed in [1e9, 1e-9] {
            let mut balance = Balance::default();
            let share = settled(&mut balance, speed, 10_000);
            assert!((0.2..=0.8).contains(&share), "{share}");
            for (first, all) in [(1, 2), (1, 3), (2, 5), (1, 1)] {
                for rows in [0, 1, 7, 256] {
                    assert!(balance.rows(rows, first, all) <= rows);
                }
                let of_many = balance.rows(1000, first, all);
                assert!(all == 1 || (1..1000).contains(&of_many), "{of_many}");
            }
        }
    }
}
