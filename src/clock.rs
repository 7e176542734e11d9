//! Time, as everything here gets it: a clock that is handed down and never fetched. The wall clock is the machine's; a
//! virtual one moves only when it is told to or when somebody waits for it, so that what depends on time (pacing, frames,
//! pop-ups, recordings) is the same on every machine, however busy.
//!
//! It is the only place that reads the machine's clock, sleeps, or waits with a limit, but for the terminal's own threads.
//! A training step never calls it: those who drive steps do, between blocks of them.

use std::fmt;
use std::ops::Add;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A point in time of one clock, counted from that clock's beginning. Moments of different clocks must not be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Moment(Duration);

impl Moment {
    /// So long after the clock's beginning.
    pub const fn after(beginning: Duration) -> Self {
        Self(beginning)
    }

    /// The time from an earlier moment to this one; zero if that one is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// The time since the clock's beginning.
    pub fn since_beginning(self) -> Duration {
        self.0
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by))
    }
}

/// What a clock is made of. [`Clock`] is how it is used.
pub trait Time: Send + Sync {
    /// The present moment.
    fn now(&self) -> Moment;
    /// How long a thread really has to wait until a moment: for the machine's clock the time that is left, for a virtual
    /// one nothing, since it moves to that moment.
    fn to_wait(&self, until: Moment) -> Duration;
    /// The present date, as the time since the first of January 1970 (UTC).
    fn date(&self) -> Duration;
    /// It moves whether anybody waits for it or not, as the machine's clock does.
    fn goes_by_itself(&self) -> bool {
        true
    }
}

/// The machine's clock, counted from when this was made.
#[derive(Debug)]
struct Wall(Instant);

impl Time for Wall {
    fn now(&self) -> Moment {
        Moment(self.0.elapsed())
    }

    fn to_wait(&self, until: Moment) -> Duration {
        until.since(self.now())
    }

    fn date(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

/// A clock that stands still until [`Virtual::advance`], or until somebody waits for a moment that is still to come. It
/// begins at noon (UTC) of the first of January 2000 and serves one thread at a time: a second thread that waits would move
/// it under the first one.
#[derive(Debug, Default)]
pub struct Virtual(AtomicU64);

impl Virtual {
    /// Seconds from the first of January 1970 to the date at which every virtual clock begins.
    const BEGINNING: Duration = Duration::from_secs(946_728_000);

    /// A virtual clock at its beginning.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Moves it on.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }
}

impl Time for Virtual {
    fn now(&self) -> Moment {
        Moment(Duration::from_nanos(self.0.load(Ordering::SeqCst)))
    }

    fn to_wait(&self, until: Moment) -> Duration {
        self.0.fetch_max(u64::try_from(until.0.as_nanos()).unwrap_or(u64::MAX), Ordering::SeqCst);
        Duration::ZERO
    }

    fn date(&self) -> Duration {
        Self::BEGINNING + self.now().0
    }

    fn goes_by_itself(&self) -> bool {
        false
    }
}

/// The machine's clock, with a count of how often threads of one name have read it: training should do so seldom.
#[derive(Debug)]
pub struct Counted {
    wall: Wall,
    thread: &'static str,
    reads: AtomicU64,
}

impl Counted {
    /// Counts what threads of this name read.
    pub fn new(thread: &'static str) -> Arc<Self> {
        Arc::new(Self { wall: Wall(Instant::now()), thread, reads: AtomicU64::new(0) })
    }

    /// How often it was read so far.
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }
}

impl Time for Counted {
    fn now(&self) -> Moment {
        if std::thread::current().name() == Some(self.thread) {
            self.reads.fetch_add(1, Ordering::Relaxed);
        }
        self.wall.now()
    }

    fn to_wait(&self, until: Moment) -> Duration {
        self.wall.to_wait(until)
    }

    fn date(&self) -> Duration {
        self.wall.date()
    }
}

/// A clock, cheap to hand on.
#[derive(Clone)]
pub struct Clock(Arc<dyn Time>);

impl Clock {
    /// The machine's clock.
    pub fn wall() -> Self {
        Self(Arc::new(Wall(Instant::now())))
    }

    /// A clock of another make, such as a [`Virtual`] one.
    pub fn of(time: Arc<dyn Time>) -> Self {
        Self(time)
    }

    /// The present moment.
    pub fn now(&self) -> Moment {
        self.0.now()
    }

    /// The present date, as the time since the first of January 1970 (UTC).
    pub fn date(&self) -> Duration {
        self.0.date()
    }

    /// It moves whether anybody waits for it or not, as the machine's clock does.
    pub fn goes_by_itself(&self) -> bool {
        self.0.goes_by_itself()
    }

    /// Waits until a moment, which may have passed.
    pub fn sleep_until(&self, until: Moment) {
        let left = self.0.to_wait(until);
        if !left.is_zero() {
            std::thread::sleep(left);
        }
    }

    /// Waits for a message, at most until a moment.
    ///
    /// # Errors
    /// None came in time, or none can come any more.
    pub fn receive<T>(&self, messages: &Receiver<T>, until: Moment) -> Result<T, RecvTimeoutError> {
        match messages.try_recv() {
            Ok(message) => Ok(message),
            Err(_) => messages.recv_timeout(self.0.to_wait(until)),
        }
    }

    /// Waits as long as a condition holds, at most until a moment. Tells whether it has ceased to hold.
    pub fn wait_while<T>(
        &self,
        changed: &Condvar,
        held: MutexGuard<'_, T>,
        until: Moment,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> bool {
        let left = self.0.to_wait(until);
        let (mut held, _) =
            changed.wait_timeout_while(held, left, &mut condition).unwrap_or_else(PoisonError::into_inner);
        !condition(&mut held)
    }
}

/// Work that a thread of its own does every so often, until this is dropped.
pub struct Ticker {
    stopped: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Clock {
    /// Does a work every so often in a thread of its own, the first time after one such pause. None by a virtual clock,
    /// which serves one thread: a second one that waits would move it.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn every(
        &self,
        pause: Duration,
        name: &str,
        mut work: impl FnMut() + Send + 'static,
    ) -> std::io::Result<Option<Ticker>> {
        if !self.0.goes_by_itself() {
            return Ok(None);
        }
        let stopped = Arc::new((Mutex::new(false), Condvar::new()));
        let (clock, seen) = (self.clone(), stopped.clone());
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            loop {
                let held = seen.0.lock().unwrap_or_else(PoisonError::into_inner);
                if clock.wait_while(&seen.1, held, clock.now() + pause, |stopped| !*stopped) {
                    break;
                }
                work();
            }
        })?;
        Ok(Some(Ticker { stopped, thread: Some(thread) }))
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        *self.stopped.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stopped.1.notify_all();
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// A date as people write it, to the second: `2026-11-28 18:36:02 UTC`. It is given as the time since the first of
/// January 1970 (UTC). The civil calendar out of days is Howard Hinnant's `civil_from_days`.
pub fn written(date: Duration) -> String {
    let (days, second) = (date.as_secs() / 86_400, date.as_secs() % 86_400);
    // Days from the first of March of the year 0, in eras of 400 years: leap days then come last in their years.
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({:?})", self.0.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_virtual_clock_moves_only_when_told_or_waited_for() {
        let time = Virtual::new();
        let clock = Clock::of(time.clone());
        let start = clock.now();
        assert_eq!((start, clock.date()), (Moment::default(), Duration::from_secs(946_728_000)));
        time.advance(Duration::from_millis(5));
        assert_eq!(clock.now().since(start), Duration::from_millis(5));
        // An hour of waiting takes no time.
        clock.sleep_until(start + Duration::from_secs(3600));
        assert_eq!(clock.now(), start + Duration::from_secs(3600));
        clock.sleep_until(start);
        assert_eq!(clock.now(), start + Duration::from_secs(3600));
        assert_eq!(clock.date(), Duration::from_secs(946_731_600));
    }

    #[test]
    fn a_message_that_is_there_is_taken_before_any_time_passes() {
        let (clock, (sender, messages)) = (Clock::of(Virtual::new()), channel());
        let until = clock.now() + Duration::from_secs(9);
        sender.send(7).unwrap();
        assert_eq!((clock.receive(&messages, until), clock.now()), (Ok(7), Moment::default()));
        assert_eq!((clock.receive(&messages, until), clock.now()), (Err(RecvTimeoutError::Timeout), until));
        drop(sender);
        assert_eq!(clock.receive(&messages, until), Err(RecvTimeoutError::Disconnected));
    }

    #[test]
    fn the_wall_clock_goes_on_by_itself_and_waits() {
        let clock = Clock::wall();
        let until = clock.now() + Duration::from_millis(3);
        clock.sleep_until(until);
        assert!(clock.now() >= until);
        let (lock, changed) = (Mutex::new(false), Condvar::new());
        assert!(!clock.wait_while(&changed, lock.lock().unwrap(), clock.now(), |done| !*done));
        assert!(clock.wait_while(&changed, lock.lock().unwrap(), clock.now(), |done| *done));
    }

    #[test]
    fn work_is_done_again_and_again_until_its_ticker_is_dropped() {
        let (sender, done) = channel();
        let ticker = Clock::wall().every(Duration::from_millis(1), "test", move || {
            let _ = sender.send(());
        });
        let ticker = ticker.unwrap().expect("the wall clock goes by itself");
        (0..3).for_each(|_| done.recv().unwrap());
        drop(ticker);
        while done.try_recv().is_ok() {}
        assert!(done.recv().is_err(), "its thread has ended");
        assert!(Clock::of(Virtual::new()).every(Duration::ZERO, "test", || ()).unwrap().is_none());
    }

    #[test]
    fn dates_are_written_as_the_calendar_has_them() {
        let shown = |seconds| written(Duration::from_secs(seconds));
        assert_eq!(shown(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(shown(946_728_000), "2000-01-01 12:00:00 UTC");
        assert_eq!(shown(951_868_799), "2000-02-29 23:59:59 UTC");
        assert_eq!(shown(951_868_800), "2000-03-01 00:00:00 UTC");
        assert_eq!(shown(4_107_542_399), "2100-02-28 23:59:59 UTC");
        assert_eq!(shown(4_107_542_400), "2100-03-01 00:00:00 UTC");
    }
}
