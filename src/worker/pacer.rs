//! How many steps make a block, and when the clock is read: often enough to answer a key at once, so seldom that a step
//! does not feel it.
//!
//! A block takes about 2 ms, or is one step if that takes longer: between two blocks flags are looked at, which costs
//! next to nothing. The clock is read only after 64 steps at least, so that even two reads in a row are one in 32 steps.

use std::time::Duration;

use crate::clock::Moment;

/// What a block should take.
const BLOCK: Duration = Duration::from_millis(2);
/// What a block of a race may take, whose runs' times are told apart for each block.
const RACE_BLOCK: Duration = Duration::from_millis(20);
/// The most steps of a block.
const MAX_STEPS: u64 = 1024;
/// The fewest steps between two looks at the clock.
const LOOK: u64 = 64;

/// Steps since the last look, and what was found then.
#[derive(Default)]
pub(super) struct BlockPacer {
    last: Option<Moment>,
    /// Steps since then.
    steps: u64,
    /// What a step takes; unknown before there were two looks.
    step: Option<Duration>,
}

impl BlockPacer {
    /// Steps of the next block in a race of so many runs. One at a time until it is known how long a step takes.
    pub fn block(&self, runs: usize) -> u64 {
        let fit = |time: Duration| {
            let step = self.step?.as_nanos().max(1);
            u64::try_from(time.as_nanos() / step).ok().map(|steps| steps.clamp(1, MAX_STEPS))
        };
        let usual = fit(BLOCK).unwrap_or(1);
        if runs > 1 { usual.max(fit(RACE_BLOCK).unwrap_or(1).min(LOOK)) } else { usual }
    }

    /// A block of so many steps was made. Tells whether it is time for a look.
    pub fn made(&mut self, steps: u64) -> bool {
        self.steps += steps;
        // A first look at once: without it there is nothing to measure from.
        self.steps >= if self.last.is_none() { 1 } else { LOOK.max(self.block(1)) }
    }

    /// A look at the clock. Returns what a step takes, nothing if that is not known yet.
    pub fn look(&mut self, now: Moment) -> Duration {
        if let Some(last) = self.last {
            self.step = Some(now.since(last) / u32::try_from(self.steps.max(1)).unwrap_or(u32::MAX));
        }
        self.go_on(now);
        self.step.unwrap_or_default()
    }

    /// What was done since the look is not to be counted.
    pub fn go_on(&mut self, now: Moment) {
        (self.last, self.steps) = (Some(now), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks and looks of a run whose steps take so long, until so many are made.
    fn run(step: Duration, runs: usize, until: u64) -> (u64, u64, Duration) {
        let (mut pacer, mut now) = (BlockPacer::default(), Moment::default());
        let (mut steps, mut looks, mut longest) = (0, 0, Duration::ZERO);
        while steps < until {
            let block = pacer.block(runs);
            let time = step * u32::try_from(block).unwrap();
            (steps, now, longest) = (steps + block, now + time, longest.max(time));
            if pacer.made(block) {
                pacer.look(now);
                looks += 1;
            }
        }
        (steps, looks, longest)
    }

    #[test]
    fn slow_steps_are_blocks_of_one_and_the_clock_is_read_seldom() {
        for micros in [1, 5, 100, 1700, 11_000] {
            let step = Duration::from_micros(micros);
            let (steps, looks, longest) = run(step, 1, 20_000);
            assert!(longest <= BLOCK.max(step), "{micros} us: {longest:?}");
            assert!(looks <= 1 + steps / LOOK, "{micros} us: {looks} looks in {steps} steps");
        }
    }

    #[test]
    fn blocks_of_a_race_are_longer_but_still_short() {
        let (_, _, longest) = run(Duration::from_micros(100), 3, 20_000);
        assert!(longest == Duration::from_micros(6400));
        let (_, _, longest) = run(Duration::from_micros(1700), 3, 20_000);
        assert!(longest <= RACE_BLOCK);
    }
}
