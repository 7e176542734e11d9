//! The rules of a race: what holds its runs together while they train, the number by which they are ranked, and on how many
//! seeds it is run.

/// What the runs of a race are held together by: none is further than the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lock {
    /// As many updates in all.
    #[default]
    Steps,
    /// As many samples seen, whatever the size of their batches.
    Samples,
    /// As many passes over each run's own data.
    Epochs,
}

impl Lock {
    /// Its words in a lab file, in the order of [`Lock::ALL`].
    pub const WORDS: [&str; 3] = ["steps", "samples", "epochs"];
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Steps, Self::Samples, Self::Epochs];

    /// The word of a lab file, which is also the unit.
    pub fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// The lock of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lock| lock.word() == word)
    }
}

/// The number by which the runs of a race are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rank {
    /// The smooth loss of the mini-batches without the penalty; on a landscape the height.
    #[default]
    Loss,
    /// The loss of the training part at the newest evaluation.
    TrainLoss,
    /// The loss of the validation part at the newest evaluation.
    ValLoss,
    /// The share of the validation part that is classified correctly, at the newest evaluation.
    ValAccuracy,
}

impl Rank {
    /// Its words in a lab file, in the order of [`Rank::ALL`].
    pub const WORDS: [&str; 4] = ["loss", "train_loss", "val_loss", "val_accuracy"];
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Loss, Self::TrainLoss, Self::ValLoss, Self::ValAccuracy];

    /// The word of a lab file.
    pub fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// The words on the screen: `val loss`, `val acc`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::TrainLoss => "train loss",
            Self::ValLoss => "val loss",
            Self::ValAccuracy => "val acc",
        }
    }

    /// The rank of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rank| rank.word() == word)
    }

    /// Of the validation part, so that there must be one.
    pub fn is_of_validation(self) -> bool {
        matches!(self, Self::ValLoss | Self::ValAccuracy)
    }

    /// A score as a number of which the smallest is the best; one that is missing or no number comes last.
    pub fn key(self, score: Option<f64>) -> f64 {
        let score = score.filter(|score| !score.is_nan());
        score.map_or(f64::INFINITY, |score| if self == Self::ValAccuracy { -score } else { score })
    }
}

/// The rules of a race.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RaceRules {
    /// What holds its runs together.
    pub lock: Lock,
    /// What they are ranked by.
    pub rank: Rank,
    /// The seeds on which the race is run after the lab's own: so many that follow it.
    pub further_seeds: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_names_its_rule() {
        assert!(Lock::ALL.into_iter().all(|lock| Lock::named(lock.word()) == Some(lock)));
        assert!(Rank::ALL.into_iter().all(|rank| Rank::named(rank.word()) == Some(rank)));
        assert_eq!((Lock::named("batches"), Rank::named("accuracy")), (None, None));
    }

    #[test]
    fn the_best_has_the_smallest_key_and_a_missing_score_comes_last() {
        let order = |rank: Rank| {
            let mut scores = [Some(0.5), None, Some(0.9), Some(f64::NAN), Some(0.1)];
            scores.sort_by(|a, b| rank.key(*a).total_cmp(&rank.key(*b)));
            scores.map(|score| score.filter(|score| !score.is_nan()))
        };
        assert_eq!(order(Rank::ValLoss), [Some(0.1), Some(0.5), Some(0.9), None, None]);
        assert_eq!(order(Rank::ValAccuracy), [Some(0.9), Some(0.5), Some(0.1), None, None]);
    }
}
