//! The rows of the list of labs, each with how far its student is by what is kept of his progress.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::clock::Clock;
use crate::course::labs::Listed;
use crate::course::progress::{Kept, Progress};
use crate::course::shelf::Shelf;
use crate::snapshot::TaskState;
use crate::ui::{Done, LabEntry};

/// The rows of these labs.
pub(super) fn entries(labs: Vec<Listed>, clock: &Clock) -> Vec<LabEntry> {
    // Labs of one folder have one file of progress, which is read once.
    let mut read: BTreeMap<PathBuf, Progress> = BTreeMap::new();
    let mut entries = Vec::with_capacity(labs.len());
    // When something was done last, and the lab.
    let mut last: Option<(String, usize)> = None;
    for lab in labs {
        let mut done = None;
        if !lab.tasks.is_empty() {
            let shelf = Shelf::of_lab(&lab.opens, clock.clone()).ok();
            let place = shelf.as_ref().map_or_else(PathBuf::new, |shelf| shelf.path().to_path_buf());
            // A file that cannot be read is told when a lab is opened.
            let read_it = || shelf.and_then(|shelf| shelf.read().ok()).unwrap_or_default();
            let progress = read.entry(place).or_insert_with(read_it);
            done = Some(of(&lab, progress));
            let newest = newest(&lab, progress);
            if newest.as_ref() > last.as_ref().map(|(time, _)| time) {
                last = newest.map(|time| (time, entries.len()));
            }
        }
        let (group, id, path) = (lab.group, lab.name, lab.opens);
        entries.push(LabEntry { group, id, title: lab.title, summary: lab.summary, path, done });
    }
    if let Some(done) = last.and_then(|(_, at)| entries[at].done.as_mut()) {
        done.last = true;
    }
    entries
}

fn kept<'p>(lab: &Listed, progress: &'p Progress) -> Vec<Option<&'p Kept>> {
    lab.tasks.iter().map(|(id, _)| progress.of(lab.id.as_deref().unwrap_or_default(), id)).collect()
}

fn of(lab: &Listed, progress: &Progress) -> Done {
    let kept = kept(lab, progress);
    let over = |kept: &&Kept| kept.done.is_some() || kept.given_up.is_some() || kept.recorded.is_some();
    Done {
        // A sum of nothing is -0, and would be shown so.
        points: kept.iter().flatten().fold(0.0, |sum, kept| sum + kept.points),
        of: lab.tasks.iter().map(|(_, points)| points).sum(),
        begun: kept.iter().any(Option::is_some),
        all: kept.iter().all(|kept| kept.as_ref().is_some_and(over)),
        waits: kept.iter().flatten().filter(|kept| kept.state() == TaskState::Recorded).count(),
        later: lab.tasks.iter().zip(&kept).filter_map(|((_, points), kept)| later(*points, kept.as_ref()?)).sum(),
        last: false,
    }
}

/// What a task of so many points may still bring, if it was answered and is judged later.
fn later(points: f64, kept: &Kept) -> Option<f64> {
    (kept.state() == TaskState::Recorded).then_some(points - kept.points)
}

/// When a task of the lab was solved, given up or answered last.
fn newest(lab: &Listed, progress: &Progress) -> Option<String> {
    let times = |kept: &Kept| [&kept.done, &kept.given_up, &kept.recorded].into_iter().flatten().max().cloned();
    kept(lab, progress).into_iter().flatten().filter_map(times).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lab(id: &str) -> Listed {
        Listed {
            group: "in this folder".into(),
            name: format!("{id}.yaml"),
            title: String::new(),
            summary: String::new(),
            opens: format!("{id}.yaml"),
            id: Some(id.into()),
            tasks: vec![("a".into(), 1.0), ("b".into(), 2.0)],
        }
    }

    fn kept(points: f64, done: &str, given_up: &str) -> Kept {
        let time = |time: &str| Some(time.to_owned()).filter(|time| !time.is_empty());
        Kept { points, done: time(done), given_up: time(given_up), tries: 1, ..Kept::default() }
    }

    #[test]
    fn a_lab_is_as_far_as_its_progress_says() {
        let solved = ("a".to_owned(), kept(1.0, "2026-11-28T10:02:11Z", ""));
        let part = ("b".to_owned(), kept(0.5, "", ""));
        let given_up = ("b".to_owned(), kept(0.0, "", "2026-11-28T11:00:00Z"));
        let of = |tasks: Vec<(String, Kept)>| {
            let mut progress = Progress::default();
            progress.labs.push(("one".to_owned(), tasks));
            (of(&lab("one"), &progress), newest(&lab("one"), &progress))
        };
        let done = Done { points: 0.0, of: 3.0, begun: false, all: false, waits: 0, later: 0.0, last: false };
        assert_eq!(of(Vec::new()), (done, None));
        assert!(of(Vec::new()).0.points.is_sign_positive(), "not -0/3");
        let (two, time) = of(vec![solved.clone(), part]);
        assert_eq!(two, Done { points: 1.5, begun: true, ..done });
        assert_eq!(time.as_deref(), Some("2026-11-28T10:02:11Z"));
        let recorded = ("b".to_owned(), Kept { recorded: Some("2026-11-28T10:30:00Z".into()), ..kept(0.0, "", "") });
        let (waits, _) = of(vec![solved.clone(), recorded]);
        assert_eq!(waits, Done { points: 1.0, begun: true, all: true, waits: 1, later: 2.0, ..done });
        let (all, time) = of(vec![solved, given_up]);
        assert_eq!(all, Done { points: 1.0, begun: true, all: true, ..done });
        assert_eq!(time.as_deref(), Some("2026-11-28T11:00:00Z"));
    }
}
