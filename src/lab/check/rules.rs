//! The rules of a race, `lock`, `rank` and `seeds`: what they are where the lab does not say it, whether its runs have what
//! they are to be ranked by, and whether another seed is another race.

use super::Check;
use crate::data::MAX_BYTES;
use crate::error::Error;
use crate::lab::build::memory::amount;
use crate::lab::plan::race::Racer;
use crate::lab::plan::{Batch, Lab, Subject};
use crate::lab::read::field::Field;
use crate::lab::read::fields::Fields;
use crate::lab::read::section;
use crate::lab::write;
use crate::lab::yaml::document::Document;
use crate::lab::yaml::node::Step;
use crate::snapshot::{Lock, RaceRules, Rank};

/// The keys that only races of networks have.
pub(super) const KEYS: [&str; 2] = ["lock", "rank"];
/// The key that says on how many seeds a race is run.
pub(super) const SEEDS: &str = "seeds";

impl Check<'_> {
    /// Gives the lab the rules of its race; of a lab without racers, those of its forks.
    pub(super) fn rules(&mut self, lab: &mut Lab, racers: &[Racer], document: &Document) {
        lab.rules.further_seeds = self.further_seeds(lab, racers, document);
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
        lab.rules = RaceRules { lock: held, rank: ranked, ..lab.rules };
    }

    /// How many seeds after the lab's own its race is run on.
    fn further_seeds(&mut self, lab: &Lab, racers: &[Racer], document: &Document) -> u64 {
        let steps = [Step::from(SEEDS)];
        let Some(node) = document.node(&steps) else { return 0 };
        if matches!(lab.subject, Subject::Series(_)) {
            // Told already: a series has no rule to race.
            return 0;
        }
        let field = Field::new(document, steps.to_vec(), node);
        let seeds = section::row("", SEEDS).and_then(|key| section::whole(key, Some(&field)));
        let Some(seeds) = self.problems.keep(seeds) else { return 0 };
        if document.node(&["compare".into()]).is_none() {
            let what = "`seeds` runs a race on several seeds, and this lab has no `compare`";
            let error = Error::user(what).at(field.key_place());
            self.problems
                .push(error.help("name racers in `compare`, or delete it: `--seed 8` runs a lab on another seed"));
            return 0;
        }
        let runs = || std::iter::once(lab).chain(racers.iter().map(|racer| &racer.lab));
        let noise = |lab: &Lab| !matches!(&lab.subject, Subject::Landscape(plan) if plan.noise == 0.0);
        if !runs().any(noise) {
            let what =
                "`seeds` needs something that is drawn, and this landscape has no noise: every seed is the same race";
            let help = "give it some, as in `landscape: {noise: 0.5}`, or delete `seeds`";
            self.problems.push(Error::user(what).at(field.key_place()).help(help));
        }
        let sum = runs().map(|lab| lab.bytes).sum::<f64>() * seeds as f64;
        if sum > MAX_BYTES {
            let what =
                format!("this race would need {} of memory on {seeds} seeds, but 4 GiB is the most", amount(sum));
            self.problems.push(Error::user(what).at(field.key_place()).help("run it on fewer seeds, or race fewer"));
        }
        seeds - 1
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
    /// Tells of its rules in its resolved text: of a race all, else by what forks are ranked if the lab says it.
    pub(super) fn write_rules(&mut self, document: &Document) {
        let (network, race) = (matches!(self.subject, Subject::Network(_)), !self.race.is_empty());
        if network && race {
            self.resolved += &write::rule("lock", self.rules.lock.word());
        }
        if race && self.rules.further_seeds > 0 {
            self.resolved += &write::rule(SEEDS, &(self.rules.further_seeds + 1).to_string());
        }
        if network && (race || document.node(&["rank".into()]).is_some()) {
            self.resolved += &write::rule("rank", self.rules.rank.word());
        }
    }
}

/// Steps where the batches of all are alike, else samples.
fn default_lock(runs: &[(&str, &Lab)]) -> Lock {
    let batch = |lab: &Lab| {
        let training = lab.descent.as_ref().map(|descent| &descent.training);
        let (batch, accumulate) = training.map(|plan| (plan.batch, plan.accumulate)).unzip();
        // All samples are as many only of the same data.
        let data = lab.network().filter(|_| matches!(batch, Some(Batch::Full)));
        (batch, accumulate, data.and_then(|subject| write::data_text(&subject.data).ok()))
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
