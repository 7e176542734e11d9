//! Makes the runs of a lab, at first and whenever they begin anew; of an edited lab by its newest recipe.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError};

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::run::artifacts::{Dirs, RunDir};
use crate::run::edited::{Edited, Edition, LabText, Reopen};
use crate::run::race::{Printed, Race, guard};
use crate::run::runs::{Experiments, Precision, RaceParts, Runs};
use crate::run::series_run::SeriesRun;
use crate::run::start::Start;
use crate::run::training::Run;
use crate::snapshot::{RaceRules, ScriptTexts, Settings};
use crate::train::{Experiment, ExperimentConfig};

/// Tells one text of a lab from another, as long as the program runs.
fn mark(text: &LabText) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&text.lab, &text.scripts).hash(&mut hasher);
    hasher.finish()
}

/// Makes runs anew.
#[derive(Clone)]
pub struct RunFactory {
    /// By the number of the recipe; the lab as it was opened is number 0.
    recipes: BTreeMap<u64, Edition>,
    /// What tells apart the texts of all editions that there were: a checkpoint of one is of this lab, also when values that
    /// were set then are set no more.
    known: BTreeSet<u64>,
    reopen: Option<Reopen>,
    /// The recipe that the present runs began with.
    begun: u64,
    /// The files that were edited since they began, by name.
    edited: Vec<String>,
    /// What the folders are told of the newest recipe when it starts.
    texts: Vec<LabText>,
    threads: usize,
    limit: Option<u64>,
    printed: Printed,
    log: Vec<String>,
    /// The first lines of the log of the newest recipe, when it starts.
    next_log: Option<Vec<String>>,
    headless: bool,
    clock: Clock,
}

impl RunFactory {
    /// Makes runs as the start says; the folders stay with it.
    pub(crate) fn new(start: Start) -> (Self, Dirs) {
        let Start { edition, reopen, threads, limit, printed, log, headless, clock, dirs, .. } = start;
        let known = BTreeSet::from([mark(&edition.text)]);
        let recipes = BTreeMap::from([(0, edition)]);
        let (begun, edited, texts, next_log) = (0, Vec::new(), Vec::new(), None);
        (
            Self {
                recipes,
                known,
                reopen,
                begun,
                edited,
                texts,
                threads,
                limit,
                printed,
                log,
                next_log,
                headless,
                clock,
            },
            dirs,
        )
    }

    /// Knows another recipe, and tells its number.
    pub(crate) fn learn(&mut self, edited: &Edited) -> u64 {
        let number = self.newest() + 1;
        self.known.insert(mark(&edited.edition.text));
        self.recipes.insert(number, edited.edition.clone());
        self.texts.clone_from(&edited.texts);
        if !self.edited.contains(&edited.what) {
            self.edited.push(edited.what.clone());
        }
        if edited.log.is_some() {
            self.next_log.clone_from(&edited.log);
        }
        number
    }

    /// Recipes that no run will need again are given up, with the data that they hold.
    pub(crate) fn forget_but(&mut self, needed: &[u64]) {
        let (begun, newest) = (self.begun, self.newest());
        self.recipes.retain(|number, _| *number == begun || *number == newest || needed.contains(number));
    }

    /// The number of the recipe that the present runs began with, and the texts of that and of others.
    pub(super) fn editions(&self, others: &[u64]) -> (u64, Vec<(u64, LabText)>) {
        let needed = |number: &u64| *number == self.begun || others.contains(number);
        let known = self.recipes.iter().filter(|(number, _)| needed(number));
        (self.begun, known.map(|(number, edition)| (*number, (*edition.text).clone())).collect())
    }

    /// The same for runs of these editions. Those that are known are taken from here, the others are opened.
    ///
    /// # Errors
    /// An edition cannot be opened, or is not of this lab. Nothing is changed then.
    pub(super) fn of_editions(&self, begun: u64, editions: &[(u64, LabText)]) -> Result<Self> {
        let (mut is_own, mut other) = (false, None);
        let mut edition = |text: &LabText| -> Result<Edition> {
            if let Some(known) = self.recipes.values().find(|known| *known.text == *text) {
                is_own = true;
                return Ok(known.clone());
            }
            let reopen = self.reopen.as_ref();
            let reopen = reopen.ok_or_else(|| Error::user("the checkpoint is of a lab, but these runs are of none"))?;
            let (edition, differs) = guard(|| reopen(text))?;
            is_own |= differs.is_none() || self.known.contains(&mark(text));
            other = differs;
            Ok(edition)
        };
        let recipes = editions.iter().map(|(number, text)| Ok((*number, edition(text)?)));
        let recipes: BTreeMap<u64, Edition> = recipes.collect::<Result<_>>()?;
        if !is_own {
            let differs = other.unwrap_or_default();
            return Err(Error::user(format!("the checkpoint is of another lab, or of another text of it: {differs}"))
                .help("open the lab as it was, as by `--set KEY=VALUE`, or start over with it as it is"));
        }
        if !recipes.contains_key(&begun) {
            return Err(Error::user("the checkpoint is damaged: the lab that its runs began with is not in it"));
        }
        self.drop_printed();
        Ok(Self { recipes, begun, edited: Vec::new(), texts: Vec::new(), ..self.clone() })
    }

    /// The text of the newest recipe.
    pub(crate) fn newest_text(&self) -> Arc<LabText> {
        self.recipes.last_key_value().map(|(_, edition)| edition.text.clone()).unwrap_or_default()
    }

    /// What the present runs began with, and what the next ones will.
    pub(crate) fn settings(&self) -> (Arc<Settings>, Arc<Settings>) {
        let of = |number| self.recipes.get(&number).map(|edition| edition.settings.clone()).unwrap_or_default();
        (of(self.begun), of(self.newest()))
    }

    /// The scripts of every recipe that may be needed again, by its number.
    pub(crate) fn scripts(&self) -> BTreeMap<u64, ScriptTexts> {
        let known = self.recipes.iter().filter(|(_, edition)| !edition.scripts.is_empty());
        known.map(|(number, edition)| (*number, edition.scripts.clone())).collect()
    }

    /// The text of the newest recipe, if the folders do not have it yet.
    pub(crate) fn take_texts(&mut self) -> Vec<LabText> {
        std::mem::take(&mut self.texts)
    }

    /// What was edited that these runs are not made of and have not taken up on their way: they would begin with it, were they
    /// to begin again. None where the newest edition is theirs, or says what theirs says.
    pub(crate) fn waits(&self, runs: &dyn Runs) -> Option<String> {
        let (newest, here) = (self.newest(), runs.recipe().unwrap_or(self.begun));
        let text = |number: u64| self.recipes.get(&number).map(|edition| &edition.text);
        let is_theirs = newest == here || runs.recipes().contains(&newest) || text(newest) == text(here);
        (!is_theirs).then(|| self.edited.join(", "))
    }

    /// Drops what scripts have printed in this thread: it was printed before.
    pub(crate) fn drop_printed(&self) {
        drop((self.printed)());
    }

    fn newest(&self) -> u64 {
        self.recipes.last_key_value().map_or(0, |(number, _)| *number)
    }

    /// What the runs of a recipe are made of.
    fn experiments(&self, number: u64, seed: Option<u64>) -> Result<Experiments> {
        let edition = self.recipes.get(&number).ok_or_else(|| Error::fault(format!("recipe {number} is lost")))?;
        guard(|| (edition.make.lock().unwrap_or_else(PoisonError::into_inner))(seed))
    }

    /// What the runs of a recipe are made of, for runs of this precision.
    ///
    /// # Errors
    /// They cannot be made, or the recipe is of another kind of lab.
    pub(super) fn parts<F: Precision>(&self, number: u64, seed: u64) -> Result<Vec<(String, ExperimentConfig<F>)>> {
        self.race_parts(number, seed).map(|(parts, _)| parts)
    }

    fn race_parts<F: Precision>(&self, number: u64, seed: u64) -> Result<RaceParts<F>> {
        F::of(self.experiments(number, Some(seed))?).ok_or_else(|| {
            Error::user("the edited lab is of another kind than its runs").help("`r` starts its runs from step 0")
        })
    }

    /// The runs of the newest recipe, from step 0.
    pub(crate) fn start(&mut self, seed: Option<u64>, dirs: Dirs) -> Result<Box<dyn Runs>> {
        let newest = self.newest();
        if let Some(log) = self.next_log.take() {
            self.log = log;
        }
        let runs: Box<dyn Runs> = match self.experiments(newest, seed)? {
            Experiments::Networks(parts, rules) => Box::new(self.race(newest, (parts, rules), dirs)?),
            Experiments::Landscapes(parts, rules) => Box::new(self.race(newest, (parts, rules), dirs)?),
            Experiments::Series(walk) => {
                let lines = self.log.iter().cloned().chain((self.printed)()).collect();
                Box::new(SeriesRun::new(walk, dirs, lines, self.printed.clone(), self.clock.clone()))
            }
        };
        self.begun = newest;
        self.edited.clear();
        self.forget_but(&[]);
        Ok(runs)
    }

    /// The present runs from step 0, as they began.
    pub(super) fn anew<F: Precision>(&self, seed: u64) -> Result<Race<F>> {
        self.race_of(self.begun, seed)
    }

    /// The present runs as they began, with another seed, for one thread and with nobody looking.
    ///
    /// # Errors
    /// They cannot be made with it.
    pub(crate) fn on_seed(&self, seed: u64) -> Result<Box<dyn Runs>> {
        let quiet = Self { threads: 1, headless: true, log: Vec::new(), next_log: None, ..self.clone() };
        Ok(match self.again(seed)? {
            Experiments::Networks(parts, rules) => Box::new(quiet.in_one_thread(parts, rules)?),
            Experiments::Landscapes(parts, rules) => Box::new(quiet.in_one_thread(parts, rules)?),
            Experiments::Series(_) => return Err(Error::fault("a series has no race to be run on several seeds")),
        })
    }

    fn in_one_thread<F: Precision>(
        &self,
        parts: Vec<(String, ExperimentConfig<F>)>,
        rules: RaceRules,
    ) -> Result<Race<F>> {
        let alone = |(name, parts): (String, ExperimentConfig<F>)| (name, ExperimentConfig { threads: 1, ..parts });
        self.race(self.begun, (parts.into_iter().map(alone).collect(), rules), Dirs::default())
    }

    /// What the present runs are made of, with another seed.
    pub(super) fn again(&self, seed: u64) -> Result<Experiments> {
        self.experiments(self.begun, Some(seed))
    }

    /// The runs of a recipe, from step 0.
    pub(super) fn race_of<F: Precision>(&self, number: u64, seed: u64) -> Result<Race<F>> {
        self.race(number, self.race_parts(number, seed)?, Dirs::default())
    }

    fn race<F: Precision>(&self, number: u64, (parts, rules): RaceParts<F>, dirs: Dirs) -> Result<Race<F>> {
        // What was printed until here was printed by making the lab.
        let mut lines: Vec<String> = self.log.iter().cloned().chain((self.printed)()).collect();
        let make = |(name, parts): (String, ExperimentConfig<F>)| {
            let experiment = Experiment::new(parts)?;
            // A rule that asks which parameter it changes is traced for those of its run.
            lines.append(&mut (self.printed)());
            Ok((name, experiment, std::mem::take(&mut lines)))
        };
        let made = guard(|| parts.into_iter().map(make).collect::<Result<Vec<_>>>())?;
        let mut each = dirs.each.into_iter().map(RunDir::of);
        let run = |(name, mut experiment, lines): (String, Experiment<F>, Vec<String>)| {
            experiment.is_of_recipe(number);
            if let Some(limit) = self.limit {
                experiment.end_after(limit);
            }
            let mut run = Run::new(experiment, each.next(), self.clock.clone());
            run.print(lines);
            (name, run)
        };
        let runs = made.into_iter().map(run).collect();
        let whole = dirs.whole.map(RunDir::of);
        let mut race = Race::new(runs, rules, whole, self.threads, self.printed.clone(), self.clock.clone());
        // Without a screen nobody goes back.
        if !self.headless {
            // A schedule that panics does so at its step; what it prints it prints there, too.
            drop(guard(|| {
                race.lanes.iter_mut().for_each(|lane| lane.run.look_ahead());
                Ok(())
            }));
            self.drop_printed();
            race.begin_timeline();
        }
        Ok(race)
    }
}
