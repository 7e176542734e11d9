//! The keys of a walk through the phases of an update.

use crossterm::event::KeyCode;

use super::Action as A;
use super::Binding;
use super::Chord::{Char, Code};
use super::Where::Walk;
use super::key;

/// A key of a walk through the phases of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhaseKey {
    /// To the next phase.
    Next,
    /// The same; at the end the run goes on.
    NextOrRun,
    /// The same; at the end the next update is walked through.
    NextOrStep,
    /// To the update's next mini-batch, or the mean of all.
    NextBatch,
    /// To the phase before.
    Back,
    /// The walk ends.
    End,
}

/// The keys of a walk through the phases of an update, which stand first and take the place of others.
#[rustfmt::skip]
pub(super) const WALK: &[Binding] = &[
    key(&[Char(' ')], "space", A::Phase(PhaseKey::NextOrRun), Walk, "next phase", "the next phase; after the last one the run goes on"),
    key(&[Char('s')], "s", A::Phase(PhaseKey::NextOrStep), Walk, "next update", "the next phase; after the last one walks the next update"),
    key(&[Code(KeyCode::Right)], "right", A::Phase(PhaseKey::Next), Walk, "", "the next phase"),
    key(&[Char('N')], "N", A::Phase(PhaseKey::NextBatch), Walk, "", "the next mini-batch of the update, or the mean of all of them"),
    key(&[Code(KeyCode::Left)], "left", A::Phase(PhaseKey::Back), Walk, "phase back", "the phase before; a walk by time then waits for keys"),
    key(&[Code(KeyCode::Esc)], "Esc", A::Phase(PhaseKey::End), Walk, "end walk", "end the walk; the update stays made"),
];
