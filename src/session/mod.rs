//! A lab opened to be used: how its runs begin, step, are looked at, edited and saved. It is the only way to run a lab:
//! the command line, the screen's host, the benches and the tests come through here and start nothing by themselves.
//!
//! A [`Session`] runs in the thread of its caller, a [`Live`] one in a worker's thread beside the caller. Both obey the
//! same commands and give the same bits.
//!
//! ```
//! use optlab::session::{Options, Session};
//!
//! # fn main() -> Result<(), Vec<optlab::Error>> {
//! let session = Session::open("adam-on-digits", &["training.epochs=2".into()], Options::default())?;
//! let outcome = session.run_to_end();
//! let accuracy = outcome.runs[0].epoch.as_ref().and_then(|epoch| epoch.val_accuracy);
//! println!("{:.1} % of the validation digits are classified correctly", 100.0 * accuracy.unwrap_or(0.0));
//! # assert!(accuracy.unwrap() > 0.8);
//! # Ok(())
//! # }
//! ```

mod copy;
mod edit;
mod live;
pub mod new_files;
mod open;
#[cfg(test)]
mod race_times_tests;
mod reload;
mod save;
mod settings;

pub use copy::Copy;
use edit::OpenedLab;
pub use edit::{FileChange, in_spite_of};
pub use live::{Editable, Live};
use open::start;
pub use open::{Options, worker};
pub use settings::Setting;

use std::ops::ControlFlow;

use crate::error::{Error, Result};
use crate::lab::{Lab, Overrides};
use crate::run::{Notices, Outcome, Progress};
use crate::snapshot::Snapshot;
use crate::worker::Driver;

// What the screen names of the runs that it shows: it comes to them through the session alone.
pub use crate::run::{
    Command, NUMBERS, Obeyed, Part, Purpose, Query, Sight, TIMELINE_BUDGET, Travel, Value, write_beside,
};
pub use crate::snapshot::Status;
pub use crate::train::history::{Series, Smooth};
pub use crate::train::{STACK, on_large_stack};
pub use crate::worker::Pace;

/// Compiles an expression over runs, as in `run.loss < 0.1`.
///
/// # Errors
/// It is none.
pub fn query(text: &str) -> Result<Query> {
    crate::script::query(text)
}

/// A lab with its runs, in the caller's thread.
pub struct Session {
    opened: OpenedLab,
    driver: Driver,
}

impl Session {
    /// Opens a lab, by its path or a shipped lab's id, with keys set as `training.epochs=2`; its runs stand at step 0.
    ///
    /// # Errors
    /// All that is wrong with the lab, its scripts, the keys or the folder to write into.
    pub fn open(lab: &str, set: &[String], options: Options) -> Result<Self, Vec<Error>> {
        let overrides = Overrides { set: set.to_vec(), ..Overrides::default() };
        let lab = on_large_stack(|| Lab::open(lab, &overrides))?;
        Self::of(lab, options).map_err(|error| vec![error])
    }

    /// The runs of a lab that was checked, at step 0.
    ///
    /// # Errors
    /// They cannot be made, or nothing can be written into the folder.
    pub fn of(lab: Lab, options: Options) -> Result<Self> {
        let driver =
            on_large_stack(|| start(&lab, &options, !options.way_back, &Notices::default()).and_then(Driver::new))?;
        Ok(Self { opened: OpenedLab::new(lab, options), driver })
    }

    /// The lab.
    pub fn lab(&self) -> &Lab {
        &self.opened.lab
    }

    /// One step in every run that still goes; they are then held.
    pub fn step(&mut self) {
        self.send(Command::Step);
    }

    /// Obeys a command at once; only [`Command::Quit`] does nothing, for which there is [`Session::finish`].
    pub fn send(&mut self, command: Command) {
        self.opened.obeys(&command);
        let driver = &mut self.driver;
        on_large_stack(|| driver.obey(command));
    }

    /// Takes up the lab as it is after these files of it were saved, as far as that goes: rule, schedules, clipping and length
    /// from the next step on, all else at the next start.
    pub fn edit(&mut self, files: &[String], lab: Lab) -> FileChange {
        // What was set by hand stays set.
        let typed = &self.opened.lab.written.overrides.typed;
        let lab = if lab.written.overrides.typed == *typed {
            lab
        } else {
            let overrides = Overrides { typed: typed.clone(), ..lab.written.overrides.clone() };
            match on_large_stack(|| lab.with(&overrides)) {
                Ok(lab) => lab,
                Err(errors) => return FileChange::Broken(settings::first(errors)),
            }
        };
        let (news, commands) = self.opened.take_up(files, false, lab, self.progress());
        commands.into_iter().for_each(|command| self.send(command));
        news
    }

    /// Lays other values over the lab, or takes some back, and starts over with them; what the run given up was is kept in
    /// [`Snapshot::runs`].
    ///
    /// # Errors
    /// The lab is wrong with them. Everything then goes on as before.
    pub fn set(&mut self, setting: &Setting) -> Result<FileChange> {
        let lab = &self.opened.lab;
        let lab = on_large_stack(|| setting.over(lab).and_then(|over| lab.with(&over).map_err(settings::first)))?;
        // What the check has printed was printed by no run.
        drop(crate::script::take_log());
        let (news, commands) = self.opened.set(setting, lab);
        commands.into_iter().for_each(|command| self.send(command));
        Ok(news)
    }

    /// Writes the runs as they stand as a lab, with their seed and what was done by hand, and tells what was written; a file
    /// that is there is replaced only if that is said.
    ///
    /// # Errors
    /// The file is there, cannot be written, or would not open as a lab.
    pub fn save(&mut self, path: &str, replace: bool) -> Result<String> {
        let snapshot = self.snapshot();
        self.opened.save(path, replace, &snapshot)
    }

    /// Does what is due by the clock: at a limited speed the steps whose time has come, at full speed a counted number of
    /// them.
    pub fn turn(&mut self) {
        let driver = &mut self.driver;
        on_large_stack(|| driver.turn());
    }

    /// Does what is due by the clock, as [`Session::turn`] does, and lets `look` see the runs after every step. Where it breaks
    /// off, the runs stand, and what else was due is done by the next turn.
    pub fn turn_watched(&mut self, look: &mut dyn FnMut(&Sight<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        let driver = &mut self.driver;
        on_large_stack(|| driver.turn_watched(look))
    }

    /// Whether something holds of the runs as they stand.
    ///
    /// # Errors
    /// It names what they do not have, or is no condition.
    pub fn holds(&mut self, query: &Query) -> Result<bool> {
        let driver = &mut self.driver;
        on_large_stack(|| {
            driver.know(query);
            query.holds(&driver.sight())
        })
    }

    /// What an expression comes to with the runs as they stand.
    ///
    /// # Errors
    /// It names what they do not have.
    pub fn value(&mut self, query: &Query) -> Result<Value> {
        let driver = &mut self.driver;
        on_large_stack(|| {
            driver.know(query);
            query.value(&driver.sight())
        })
    }

    /// A query will be asked on the way, by who looks at the runs there: what it names is kept from here on.
    pub fn will_ask(&mut self, query: &Query) {
        let driver = &mut self.driver;
        on_large_stack(|| driver.know(query));
    }

    /// How the runs stand.
    pub fn status(&self) -> &Status {
        self.driver.status()
    }

    /// Where the runs are.
    pub fn progress(&self) -> Progress {
        self.driver.progress()
    }

    /// All that can be seen of the runs now.
    pub fn snapshot(&mut self) -> Snapshot {
        let driver = &mut self.driver;
        on_large_stack(|| driver.snapshot())
    }

    /// All that the runs need to go on bit for bit, as bytes: weights, the rule's state, what schedules and observers
    /// remember, the position in the epoch and in every random stream, averages, history, and what was done by hand.
    ///
    /// # Errors
    /// The data cannot be written, which would be a fault.
    pub fn checkpoint(&mut self) -> Result<Vec<u8>> {
        let driver = &mut self.driver;
        on_large_stack(|| driver.checkpoint())
    }

    /// Stands where a checkpoint of the same lab says, whatever was done before: the steps that follow are those that
    /// followed there, bit for bit.
    ///
    /// # Errors
    /// The bytes are no checkpoint, are damaged, or are of another lab. The runs then stand where they stood.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<()> {
        let Self { driver, opened } = self;
        on_large_stack(|| {
            driver.restore(bytes)?;
            let (text, own) = driver.standing();
            opened.stands_at(&text, own)
        })
    }

    /// Trains until every run has ended, and tells how; what a folder is for is written.
    pub fn run_to_end(mut self) -> Outcome {
        on_large_stack(move || {
            self.driver.run_to_end();
            self.driver.finish()
        })
    }

    /// Trains on, with nobody watching, and lets `look` see the runs after every step, or at the end of each epoch and of the
    /// run, until they have ended or it breaks off.
    pub fn follow(&mut self, pace: Pace, look: &mut dyn FnMut(&Sight<'_>) -> ControlFlow<()>) {
        let driver = &mut self.driver;
        on_large_stack(|| driver.follow(pace, look));
    }

    /// Leaves the runs where they stand: writes what there is, and tells how they ended.
    pub fn finish(self) -> Outcome {
        on_large_stack(move || self.driver.finish())
    }
}
