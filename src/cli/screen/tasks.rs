//! The tasks of the lab on the screen: a desk, and threads that judge. It never waits for a verdict and never touches the
//! student's run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use super::lane::{Came, Job, Judged, Lane, Work};
use super::{met, sentences};
use crate::clock::Clock;
use crate::course::desk::Desk;
use crate::course::shelf::Shelf;
use crate::error::{Error, Result};
use crate::lab::Lab;
use crate::lab::plan::task::TaskKind;
use crate::snapshot::{Outcome, Snapshot, TaskSeen, TaskState, TasksSeen, Verdict};
use crate::ui::Deed;

/// The tasks of an open lab.
pub(super) struct Tasks {
    desk: Desk,
    /// The student's edition, as it was read last.
    lab: Lab,
    /// Judges what takes runs: goals, scripts, measures.
    runs: Lane,
    /// Judges everything else, so that a question never waits for a goal.
    answers: Lane,
    judged: Receiver<Judged>,
    /// The number of the newest job of each task that is being judged.
    judging: BTreeMap<String, u64>,
    jobs: u64,
    /// Measures that were given up, whose answers are being worked out.
    measuring: BTreeSet<String>,
    /// Goals that the run on the screen meets, but not as the files have it; and whether that is the newest word on them.
    by_hand: BTreeMap<String, bool>,
    /// Why there is no place in which anything could be kept.
    nowhere: Option<String>,
    changed: bool,
    told: Option<Arc<TasksSeen>>,
}

impl Tasks {
    /// Those of a lab that was opened by `spec`, with progress kept where that belongs; none of a lab that asks nothing.
    /// `student` is the name of the user's settings, which holds where progress has none.
    pub fn of(lab: &Lab, spec: &str, student: Option<String>, clock: &Clock) -> Option<Self> {
        if lab.tasks.iter().all(|task| task.hidden) {
            return None;
        }
        let (shelf, nowhere) = shelf(spec, clock);
        let shelf = shelf.or_student(student);
        let (sender, judged) = mpsc::channel();
        let mut tasks = Self {
            desk: Desk::open(lab, spec, shelf),
            lab: lab.clone(),
            runs: Lane::start(&sender),
            answers: Lane::start(&sender),
            judged,
            judging: BTreeMap::new(),
            jobs: 0,
            by_hand: BTreeMap::new(),
            nowhere,
            measuring: BTreeSet::new(),
            changed: true,
            told: None,
        };
        tasks.measure_what_was_given_up();
        Some(tasks)
    }

    /// The tasks as they stand, if they have changed since this was asked last.
    pub fn news(&mut self) -> Option<Arc<TasksSeen>> {
        while let Ok(judged) = self.judged.try_recv() {
            self.record(judged);
        }
        self.news_before_more_comes()
    }

    /// The tasks as they stand by what was taken up of the threads so far, if that has changed; what else they have done by
    /// now is not looked at.
    pub fn news_before_more_comes(&mut self) -> Option<Arc<TasksSeen>> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        let mut seen = self.desk.seen();
        seen.unsaved = self.nowhere.clone().or(seen.unsaved);
        for task in &mut seen.tasks {
            if task.state == TaskState::Open && !task.judging && self.by_hand.get(&task.id) == Some(&true) {
                task.verdict = Some(Verdict::of(Outcome::Failed, BY_HAND));
            }
        }
        if self.told.as_deref() == Some(&seen) {
            return None;
        }
        let seen = Arc::new(seen);
        self.told = Some(seen.clone());
        Some(seen)
    }

    /// It was handed to a thread that judges, and no verdict was taken up since.
    #[cfg(test)]
    pub fn is_judging(&self, id: &str) -> bool {
        self.judging.contains_key(id)
    }

    /// Waits for the next verdict.
    #[cfg(test)]
    pub fn wait_for_one(&mut self) {
        let judged = self.judged.recv().expect("something is being judged");
        self.record(judged);
        self.changed = true;
    }

    /// The verdict of the newest job counts: the files were saved again, or another answer was given, since an older one.
    fn record(&mut self, Judged { id, number, answer, came }: Judged) {
        let verdict = match came {
            Came::Verdict(verdict) => verdict,
            Came::Right(right) => {
                self.desk.measured(&id, right);
                self.changed = true;
                return;
            }
        };
        if self.judging.get(&id) != Some(&number) {
            return;
        }
        self.judging.remove(&id);
        self.by_hand.entry(id.clone()).and_modify(|newest| *newest = false);
        let kept = self.desk.record(&id, answer.as_deref(), &verdict);
        // That progress cannot be written is seen, and what was done is remembered meanwhile.
        drop(kept);
        self.changed = true;
    }

    /// Does something with a task.
    ///
    /// # Errors
    /// There is no such task, or it cannot be done with this one.
    pub fn act(&mut self, id: &str, deed: &Deed) -> Result<()> {
        match deed {
            Deed::Answer(answer) => self.judge(id, Some(answer.clone())),
            Deed::Judge => self.judge(id, None),
            Deed::Written => match sentences::read(&self.sentences_file(id), &self.seen(id)?.say)? {
                Some(text) => self.judge(id, Some(text)),
                None => Err(Error::user("nothing was written, so that the task stays open")),
            },
            Deed::Hint => self.changed(|desk| desk.hint(id)),
            Deed::GiveUp => {
                let done = self.changed(|desk| desk.give_up(id));
                self.measure_what_was_given_up();
                done
            }
        }
    }

    /// Works out the answers of measures that were given up, beside the screen.
    fn measure_what_was_given_up(&mut self) {
        for (id, measuring) in self.desk.to_measure() {
            if self.measuring.insert(id.clone()) {
                self.jobs += 1;
                let job = Job { id: id.clone(), number: self.jobs, answer: None, work: Work::Measure(measuring) };
                // Without a thread that judges nobody works it out: it is told which number it is.
                if self.runs.take(job).is_err() {
                    self.desk.measured(&id, None);
                }
            }
        }
    }

    /// What cannot be kept is remembered as long as the lab is open, and [`TasksSeen::unsaved`] says so.
    fn changed(&mut self, act: impl FnOnce(&mut Desk) -> Result<()>) -> Result<()> {
        self.changed = true;
        act(&mut self.desk).or_else(|error| if self.desk.seen().unsaved.is_some() { Ok(()) } else { Err(error) })
    }

    fn judge(&mut self, id: &str, answer: Option<String>) -> Result<()> {
        let judging = self.desk.judging(id, answer.as_deref())?;
        self.jobs += 1;
        let job = Job { id: id.to_owned(), number: self.jobs, answer, work: Work::Judge(Box::new(judging)) };
        let kind = self.desk.task(id).ok().map(|task| &task.kind);
        let runs = matches!(kind, Some(TaskKind::Goal(_) | TaskKind::Script(_) | TaskKind::Measure(_)));
        self.judging.insert(id.to_owned(), self.jobs);
        self.changed = true;
        if runs { self.runs.take(job) } else { self.answers.take(job) }
    }

    /// The lab's files are like this now: what is judged by them is judged anew.
    pub fn take_up(&mut self, lab: &Lab) {
        self.desk.take_up(lab);
        self.lab = lab.clone();
        self.judge_what_is_due();
    }

    /// The lab's files were saved with an error: a script that is asked for may be judged all the same.
    pub fn saved_broken(&mut self) {
        self.desk.saved();
        self.judge_what_is_due();
    }

    fn judge_what_is_due(&mut self) {
        self.changed = true;
        // Of a lab that is the student's own nobody knows how it was given: what was not edited here says nothing new.
        for id in self.desk.to_judge().into_iter().filter(|id| self.desk.has_edited(id)).collect::<Vec<_>>() {
            // One that was given up meanwhile is not judged.
            let _ = self.judge(&id, None);
        }
    }

    /// The run on the screen stands so: goals that it may have met are judged, if their files were not yet.
    pub fn look_at(&mut self, snapshot: &Snapshot) {
        let open = |id: &str| !self.judging.contains_key(id);
        let goals = self.lab.tasks.iter().filter_map(|task| match &task.kind {
            TaskKind::Goal(goal) if open(&task.id) => Some((task.id.clone(), goal)),
            _ => None,
        });
        let by_hand = !self.lab.written.overrides.all().is_empty() || met::is_turned(snapshot);
        let mut wanted = Vec::new();
        let mut turned = BTreeSet::new();
        let to_judge = self.desk.to_judge();
        for (id, goal) in goals {
            match met::by(goal, snapshot) {
                true if by_hand => drop(turned.insert(id)),
                met if to_judge.contains(&id) && (met || (!by_hand && snapshot.status.is_final())) => wanted.push(id),
                _ => {}
            }
        }
        if !self.by_hand.keys().eq(&turned) {
            self.by_hand.retain(|id, _| turned.contains(id));
            turned.into_iter().for_each(|id| {
                self.by_hand.entry(id).or_insert(true);
            });
            self.changed = true;
        }
        for id in wanted {
            let _ = self.judge(&id, None);
        }
    }

    /// The file in which the sentences of a task are written.
    ///
    /// # Errors
    /// There is no such task, or the file cannot be made.
    pub fn sentences(&mut self, id: &str) -> Result<PathBuf> {
        let file = self.sentences_file(id);
        let task = self.seen(id)?;
        sentences::make(&file, &task.say, task.answer.as_deref())?;
        Ok(file)
    }

    fn seen(&self, id: &str) -> Result<TaskSeen> {
        let task = self.desk.seen().tasks.into_iter().find(|task| task.id == id);
        task.ok_or_else(|| Error::user(format!("there is no task `{id}`")))
    }

    fn sentences_file(&self, id: &str) -> PathBuf {
        sentences::file(self.desk.shelf().path(), self.desk.lab(), id)
    }
}

/// What a goal says that the run meets with a knob turned by hand.
const BY_HAND: &str = "The run on the screen meets it, but not by its files alone: what was turned or set by hand does not \
    count. Write it into the lab (e).";

/// Where progress is kept of a lab that was opened so, and why it cannot be, if it cannot.
fn shelf(spec: &str, clock: &Clock) -> (Shelf, Option<String>) {
    match Shelf::of_lab(spec, clock.clone()) {
        Ok(shelf) => (shelf, None),
        Err(error) => {
            // For as long as the program runs, the desk remembers by itself what could not be kept.
            let nowhere = Path::new("/nonexistent").join("progress.yaml");
            (Shelf::at(nowhere, clock.clone()), Some(error.what().to_owned()))
        }
    }
}
