//! Why two scripts cannot be compared in a case, and the operations that a student's script may take until then. Both are
//! counted, so that a busy machine changes nothing.

use crate::error::{Error, Result};
use crate::script::operations_so_far;

/// Operations that the student's script may take in all cases of a task together: some 10 s.
const OPERATIONS: u64 = 50_000_000;
/// Operations on numbers that count as one of the script's: a traced script does many at once.
const NUMBERS_AN_OPERATION: u64 = 128;

/// Why a case cannot be compared.
#[derive(Debug)]
pub(super) enum Stop {
    /// The student's script fails.
    Own(Error),
    /// The task is at fault, or what it compares with.
    Author(String),
}

impl Stop {
    /// A fault of the task, which no student can mend.
    pub fn author(what: impl Into<String>) -> Self {
        Self::Author(what.into())
    }

    /// The reference fails.
    pub fn reference(error: &Error) -> Self {
        Self::Author(format!("what this is compared with fails: {error}"))
    }
}

/// Counts what the student's script takes.
pub(super) struct Meter {
    left: u64,
}

impl Meter {
    /// Nothing is taken yet.
    pub fn new() -> Self {
        Self { left: OPERATIONS }
    }

    /// Half of all that may be taken: what a solution must get along with.
    pub fn half() -> Self {
        Self { left: OPERATIONS / 2 }
    }

    /// Calls the student's script, or lets it be called.
    ///
    /// # Errors
    /// It fails, or has taken too much.
    pub fn own<T>(&mut self, work: impl FnOnce() -> Result<T>) -> Result<T, Stop> {
        let before = operations_so_far();
        let given = work();
        let spent = self.spend(operations_so_far() - before);
        let given = given.map_err(Stop::Own)?;
        spent.map(|()| given)
    }

    /// Takes operations on single numbers.
    ///
    /// # Errors
    /// None are left.
    pub fn numbers(&mut self, operations: u64) -> Result<(), Stop> {
        self.spend(operations / NUMBERS_AN_OPERATION)
    }

    /// Operations that are left.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// None are left.
    pub fn is_empty(&self) -> bool {
        self.left == 0
    }

    fn spend(&mut self, operations: u64) -> Result<(), Stop> {
        self.left = self.left.saturating_sub(operations);
        if self.is_empty() {
            let most = OPERATIONS / 1_000_000;
            let error = Error::user(format!("your script takes more than {most} million operations in all cases"));
            return Err(Stop::Own(error.help("is there a loop that it could do without?")));
        }
        Ok(())
    }
}
