//! What a snapshot shows of a mini-batch's gradient beside the whole one: how far noise turns and stretches it.

/// Two gradients at the same weights: that of the mini-batch that comes next, and that of all training samples. Both with
/// the penalty and before clipping, dropout off, batch normalisation by its running statistics. On a landscape the noisy
/// slope of the next step, and the true one.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedView {
    /// Updates made when they were measured.
    pub step: u64,
    /// The samples that they are of; none on a landscape.
    pub seen: Option<Seen>,
    /// All parameters together first, then each: in the order of [`Snapshot::gradients`](super::Snapshot::gradients).
    pub rows: Vec<ComparedRow>,
}

/// How many samples the two gradients are means of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Of the mini-batch.
    pub batch: usize,
    /// Of the whole one: all of the training part, or so many from all over it where they are very many.
    pub whole: usize,
    /// In the training part.
    pub all: usize,
}

/// One parameter, or all together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ComparedRow {
    /// Between the two, 0 to 180 degrees; none where one of them is 0 or not finite.
    pub angle: Option<f64>,
    /// The Euclidean norm of the mini-batch's.
    pub batch: f64,
    /// The Euclidean norm of the whole one.
    pub whole: f64,
}

impl ComparedRow {
    /// How many times as long the mini-batch's is; none where the whole one is 0.
    pub fn ratio(&self) -> Option<f64> {
        (self.whole > 0.0).then(|| self.batch / self.whole)
    }
}
