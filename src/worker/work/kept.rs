//! The runs of the session: a row and a thinned curve is kept of those that are given up for another start, in bounded
//! memory.

use std::sync::Arc;

use crate::run::{RunFactory, Runs};
use crate::snapshot::{PastRun, RunRow, RunsView, Settings};

/// Runs of one start have their ids within so many.
const RUNS: u64 = 64;

/// The runs so far.
#[derive(Clone)]
pub(super) struct Kept {
    past: Arc<Vec<Arc<PastRun>>>,
    /// How many times the session has started.
    starts: u64,
    beside: Option<u64>,
    /// What the present runs were made with.
    settings: Arc<Settings>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { past: Arc::default(), starts: 1, beside: None, settings: Arc::default() }
    }
}

impl Kept {
    /// What the present runs were made with.
    pub fn made_with(&mut self, factory: &RunFactory) {
        self.settings = factory.settings().0;
    }

    /// The present runs are given up for others: those that have made steps are kept. If the others are made with anything
    /// else, the one that was shown is laid beside them.
    pub fn give_up(&mut self, runs: &dyn Runs, factory: &RunFactory) {
        let (old, new) = factory.settings();
        self.settings = old.clone();
        if runs.steps() == 0 {
            return;
        }
        let rows = self.rows(runs);
        let past = Arc::make_mut(&mut self.past);
        for (at, row) in rows.into_iter().enumerate() {
            let curve = runs.curve(at);
            if at == runs.shown_at()
                && !curve.buckets.is_empty()
                && (old.values != new.values || old.scripts != new.scripts)
            {
                self.beside = Some(row.id);
            }
            let status = if ["running", "paused", "ready"].contains(&row.status) { "unfinished" } else { row.status };
            past.push(Arc::new(PastRun::new(RunRow { status, ..row }, curve)));
        }
        let extra = past.len().saturating_sub(RunsView::KEPT);
        past.drain(..extra);
        self.lay_beside(self.beside);
        self.starts += 1;
    }

    /// Lays the curve of a run that is kept beside the present ones, or none.
    pub fn lay_beside(&mut self, id: Option<u64>) {
        self.beside = id.filter(|id| self.past.iter().any(|past| past.row.id == *id));
    }

    fn rows(&self, runs: &dyn Runs) -> Vec<RunRow> {
        let numbered = |(at, row): (u64, RunRow)| RunRow {
            id: self.starts * RUNS + at,
            number: self.starts,
            settings: self.settings.clone(),
            ..row
        };
        (0..).zip(runs.rows()).map(numbered).collect()
    }

    /// All of them, for panes.
    pub fn view(&self, runs: &dyn Runs) -> RunsView {
        RunsView { past: self.past.clone(), present: self.rows(runs), beside: self.beside }
    }
}
