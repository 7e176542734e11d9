//! The rules of a race, `lock` and `rank`: what they are where the lab does not say it, and whether its runs have what they
//! are to be ranked by.

use super::Check;
use crate::error::Error;
use crate::lab::plan::race::Racer;
use crate::lab::plan::{Batch, Lab, Subject};
use crate::lab::read::field::Field;
use crate::lab::read::fields::Fields;
use crate::lab::write;
use crate::lab::yaml::document::Document;
use crate::lab::yaml::node::Step;
use crate::snapshot::{Lock, RaceRules, Rank};

/// The keys.
pub(super) const KEYS: [&str; 2] = ["lock", "rank"];

impl Check<'_> {
    /// Gives the lab the rules of its race; of a lab without racers, those of its forks.
    pub(super) fn rules(&mut self, lab: &mut Lab, racers: &[Racer], document: &Document) {
        if !matches!(lab.subject, Subject::Network(_)) {
            return;
        }
        let node = |key: &str| {
            let steps = [Step::from(key)];
            document.node(&steps).map(|node| Field::new(document, steps.to_vec(), node))
        };
        let [lock, rank] = KEYS.map(node);
        let runs: Vec<(&str, &Lab)> =
            std::iter::once(("", &*lab)).chain(racers.iter().map(|racer| (racer.name.as_str(), &racer.lab))).collect();
        let named = lock.as_ref().map(|field| field.one_of(&Lock::WORDS, "lock"));
        let named = self.problems.keep(named.transpose()).flatten();
        let held = named.and_then(Lock::named).unwrap_or_else(|| default_lock(&runs));
        if let (Some(field), true) = (&lock, racers.is_empty()) {
            let what = "`lock` holds the runs of a race together, and this lab has no `compare`";
            self.warnings.push(Error::user(what).at(field.key_place()).help("name racers in `compare`, or delete it"));
        }
        let named = rank.as_ref().map(|field| field.one_of(&Rank::WORDS, "rank"));
        let named = self.problems.keep(named.transpose()).flatten().and_then(Rank::named);
        let all_have_validation = runs.iter().all(|(_, run)| has_validation(run));
        let ranked = named.unwrap_or(if all_have_validation { Rank::ValLoss } else { Rank::Loss });
        if let Some(field) = &rank {
            cannot_rank(&runs, ranked, field).into_iter().for_each(|error| self.problems.push(error));
        }
        lab.rules = RaceRules { lock: held, rank: ranked };
    }

    /// Refuses the rules where there is nothing that they could say.
    pub(super) fn refuse_rules(&mut self, root: &mut Fields<'_>, why: &str) {
        for key in KEYS {
            if let Some(field) = root.take(key) {
                let error = Error::user(format!("`{key}` is a rule of races of networks, and {why}"));
                self.problems.push(error.at(field.key_place()).help("delete it"));
            }
        }
    }
}

impl Lab {
    /// Tells of its rules in its resolved text: of a race both, else by what forks are ranked if the lab says it.
    pub(super) fn write_rules(&mut self, document: &Document) {
        let (network, race) = (matches!(self.subject, Subject::Network(_)), !self.race.is_empty());
        if network && race {
            self.resolved += &write::rule("lock", self.rules.lock.word());
        }
        if network && (race || document.node(&["rank".into()]).is_some()) {
            self.resolved += &write::rule("rank", self.rules.rank.word());
        }
    }
}

/// Steps where the batches of all are alike, else samples.
fn default_lock(runs: &[(&str, &Lab)]) -> Lock {
    let batch = |lab: &Lab| {
        let batch = lab.descent.as_ref().map(|descent| descent.training.batch);
        // All samples are as many only of the same data.
        let data = lab.network().filter(|_| matches!(batch, Some(Batch::Full)));
        (batch, data.and_then(|subject| write::data_text(&subject.data).ok()))
    };
    let own = runs.first().map(|(_, lab)| batch(lab));
    if runs.iter().all(|(_, lab)| Some(batch(lab)) == own) { Lock::Steps } else { Lock::Samples }
}

fn has_validation(lab: &Lab) -> bool {
    lab.network().is_some_and(|subject| subject.data.validation > 0.0)
}

/// Why runs cannot be ranked like this, if they cannot.
fn cannot_rank(runs: &[(&str, &Lab)], rank: Rank, field: &Field<'_>) -> Option<Error> {
    let word = rank.word();
    let lacks = |has: &dyn Fn(&Lab) -> bool| {
        let (name, _) = runs.iter().find(|(_, run)| !has(run))?;
        Some(if name.is_empty() { "the lab".to_owned() } else { format!("the racer `{name}`") })
    };
    let without = if rank.is_of_validation() { lacks(&has_validation) } else { None };
    if let Some(who) = without {
        let error = field.error(format!("`rank: {word}` is of the validation part, and {who} has none"));
        return Some(error.help("keep a part for validation, as in `data: {validation: 0.2}`, or write `rank: loss`"));
    }
    let has_accuracy = |lab: &Lab| lab.network().is_some_and(|subject| subject.has_accuracy);
    let without = if rank == Rank::ValAccuracy { lacks(&has_accuracy) } else { None };
    without.map(|who| {
        let error = field.error(format!("`rank: {word}` is the share of right classes, and {who} learns numbers"));
        error.help("write `rank: val_loss`")
    })
}
