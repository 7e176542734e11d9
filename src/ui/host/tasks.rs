//! What a student does with a task, as the screen asks it of its host.

/// What is done with a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// It is answered so: a number, a text, the name of a choice, the letters of things in their order, the number of a
    /// line.
    Answer(String),
    /// It is answered by what stands in the file of [`Host::sentences`](super::Host::sentences).
    Written,
    /// It is judged by its files as they are.
    Judge,
    /// The next hint is wanted.
    Hint,
    /// It is given up.
    GiveUp,
}
