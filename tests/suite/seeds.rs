//! A race on several seeds: the same table whatever the threads, that of the race alone on each seed, what `optlab train`
//! prints and writes, and that the others stop where the runs stop being the lab's.

use std::path::Path;
use std::time::Duration;

use crate::program::{files, said};
use optlab::lab::{Change, Document, Files, Lab};
use optlab::run::{Command, Outcome};
use optlab::session::{Live, Options, Session};
use optlab::snapshot::{Seeds, Snapshot, Status};
use optlab::train::on_large_stack;

const LAB: &str = "id: several
seed: 7
data: {source: moons, samples: 60, noise: 0.2, validation: 0.25}
network: [dense: 4, tanh, dropout: 0.1, dense: 2]
loss: cross_entropy
training: {epochs: 4, batch: 16}
optimizer: {rule: adam, lr: 0.01}
seeds: 4
compare:
  sgd: {optimizer: {rule: sgd, lr: 0.1}}
  momentum: {optimizer: {rule: momentum, lr: 0.1}}
";
const NOISY: &str = "id: noisy
landscape: {source: ravine, start: [-4, 1.5], noise: 0.5}
training: {steps: 30}
optimizer: {rule: momentum, lr: 0.05}
seeds: 3
compare: {wild: {optimizer: {rule: sgd, lr: 1e6}}}
";

fn checked(text: &str) -> Lab {
    let text = text.to_owned();
    on_large_stack(move || {
        let document = Document::parse("lab.yaml", &text).unwrap();
        let files = Files::beside(Path::new("lab.yaml")).unwrap();
        Lab::check(&document, &files, None).unwrap_or_else(|errors| panic!("{}", errors[0].render(false)))
    })
}

fn live(text: &str, threads: usize, headless: bool) -> Live {
    Live::of(checked(text), Options { threads, ..Options::default() }, headless).unwrap()
}

fn trained(text: &str, threads: usize) -> Outcome {
    live(text, threads, true).join()
}

fn seeds(outcome: Outcome) -> Seeds {
    outcome.seeds.expect("a race on several seeds")
}

/// The newest snapshot of which this holds.
fn until(live: &Live, what: &str, holds: impl Fn(&Snapshot) -> bool) -> std::sync::Arc<Snapshot> {
    // Waited for in the worker's own time: a minute at the most.
    for _ in 0..6000 {
        if let Some(snapshot) = live.latest().filter(|snapshot| holds(snapshot)) {
            return snapshot;
        }
        live.wait(Duration::from_millis(10));
    }
    panic!("{what}");
}

fn done(snapshot: &Snapshot) -> usize {
    snapshot.seeds.as_ref().map_or(0, |seeds| seeds.done.len())
}

/// The threads of this program that run further seeds, those of other tests among them.
#[cfg(target_os = "linux")]
fn threads_of_seeds() -> std::collections::BTreeSet<std::path::PathBuf> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten().map(|task| task.path());
    let is_one =
        |task: &std::path::PathBuf| std::fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim() == "seeds");
    tasks.filter(is_one).collect()
}

#[test]
fn the_table_is_the_same_with_any_number_of_threads_and_in_the_callers() {
    for text in [LAB, NOISY] {
        let first = seeds(trained(text, 1));
        assert!(first.is_done() && first.stopped.is_none());
        for threads in [2, 5] {
            let other = seeds(trained(text, threads));
            assert_eq!((other.csv(), other.json()), (first.csv(), first.json()), "{threads} threads");
        }
        let own = Session::of(checked(text), Options::default()).unwrap().run_to_end();
        assert_eq!(seeds(own).csv(), first.csv());
    }
}

#[test]
fn on_each_seed_it_is_the_race_that_the_lab_would_be_with_it() {
    let all = seeds(trained(LAB, 2));
    assert_eq!(all.done.iter().map(|race| race.seed).collect::<Vec<_>>(), [7, 8, 9, 10]);
    for race in all.done.iter() {
        let alone = LAB.replace("seeds: 4\n", "").replace("seed: 7", &format!("seed: {}", race.seed));
        let outcome = trained(&alone, 1);
        assert!(outcome.seeds.is_none());
        let standing = outcome.standing.unwrap();
        let scores: Vec<Option<f64>> = race.runs.iter().map(|run| run.score).collect();
        assert_eq!(scores, standing.main().scores, "seed {}", race.seed);
    }
    // Seeds that are drawn differ.
    assert!(all.done.windows(2).all(|pair| pair[0].runs[0].score != pair[1].runs[0].score));
}

#[test]
fn one_that_diverges_on_some_seed_is_told_with_it() {
    let outcome = trained(NOISY, 2);
    let seeds = seeds(outcome);
    let wild = seeds.rows().into_iter().find(|row| row.run == 1).unwrap();
    assert_eq!((wild.median, wild.first), (None, 0));
    assert_eq!(seeds.broken().len(), 3, "{:?}", seeds.broken());
    assert!(seeds.done.iter().all(|race| matches!(race.runs[1].status, Status::Diverged(_))));
}

#[test]
fn on_the_screen_they_start_with_the_race_and_the_lab_itself_stays_what_it_is() {
    let live = live(LAB, 2, false);
    let ready = until(&live, "ready", |snapshot| snapshot.status == Status::Ready);
    assert_eq!((done(&ready), ready.seeds.as_ref().unwrap().so_far()), (0, "0 of 4 seeds".to_owned()));
    live.send(Command::Run);
    let ended = until(&live, "all seeds end", |snapshot| done(snapshot) == 4);
    let table = ended.seeds.clone().unwrap();
    assert_eq!(ended.seed, 7);
    assert_eq!(table.csv(), seeds(trained(LAB, 1)).csv());
    // From the start again they are run again.
    live.send(Command::Restart { seed: Some(20) });
    until(&live, "another start", |snapshot| snapshot.seed == 20 && done(snapshot) == 0);
    live.send(Command::Run);
    let ended = until(&live, "all seeds end again", |snapshot| done(snapshot) == 4);
    assert_eq!(ended.seeds.as_ref().unwrap().seeds().collect::<Vec<_>>(), [20, 21, 22, 23]);
}

#[test]
fn a_knob_turned_in_the_middle_stops_them_and_is_said() {
    let long = LAB.replace("epochs: 4", "epochs: 4000");
    let live = live(&long, 2, false);
    live.send(Command::Speed(optlab::snapshot::Speed::PerSecond(100.0)));
    live.send(Command::Run);
    until(&live, "it runs", |snapshot| snapshot.step > 2);
    live.send(Command::SetHyper { run: None, name: "lr".into(), value: 0.02 });
    let turned = until(&live, "it is turned", |snapshot| !snapshot.timeline.events.is_empty());
    let seeds = turned.seeds.as_ref().unwrap();
    assert_eq!(seeds.open().unwrap(), "stopped at 0 of 4 seeds, a knob was turned: of the lab as it began");
    // A knob that is not there turns nothing, and a start over begins with all of them.
    live.send(Command::Restart { seed: None });
    let anew = until(&live, "it starts over", |snapshot| snapshot.timeline.events.is_empty());
    assert_eq!(anew.seeds.as_ref().unwrap().stopped, None);
    live.send(Command::SetHyper { run: None, name: "no_such".into(), value: 0.02 });
    let refused = until(&live, "it is refused", |snapshot| snapshot.timeline.refused.is_some());
    assert_eq!(refused.seeds.as_ref().unwrap().stopped, None);
}

#[test]
fn an_edit_in_the_middle_stops_them() {
    for (from, to) in [("lr: 0.01}", "lr: 0.02}"), ("samples: 60", "samples: 80")] {
        let mut session = Session::of(checked(LAB), Options { way_back: true, ..Options::default() }).unwrap();
        session.step();
        drop(session.edit(&["lab.yaml".into()], checked(&LAB.replace(from, to))));
        let seeds = session.snapshot().seeds.unwrap();
        assert_eq!(seeds.stopped.as_deref(), Some("the lab was edited"), "{to}");
    }
    assert_eq!(
        checked(LAB).change_to(&checked(&LAB.replace("seeds: 4", "seeds: 3"))),
        Change::Start(vec!["seeds".into()])
    );
}

#[cfg(target_os = "linux")]
#[test]
fn left_in_the_middle_no_thread_stays() {
    let long = LAB.replace("epochs: 4", "epochs: 100000");
    let before = threads_of_seeds();
    let live = live(&long, 3, false);
    live.send(Command::Speed(optlab::snapshot::Speed::PerSecond(50.0)));
    live.send(Command::Run);
    until(&live, "it runs", |snapshot| snapshot.step > 1);
    let began: Vec<_> = threads_of_seeds().difference(&before).cloned().collect();
    assert!(began.len() >= 3, "{began:?}");
    assert_eq!(seeds(live.finish()).done.len(), 0);
    // Those that other tests began meanwhile come to their end by themselves; these would take many minutes.
    let other = self::live(&LAB.replace("seeds: 4\n", ""), 1, false);
    for _ in 0..3000 {
        if began.iter().all(|task| !threads_of_seeds().contains(task)) {
            return;
        }
        other.wait(Duration::from_millis(10));
    }
    panic!("threads stay: {began:?}");
}

#[test]
fn train_prints_and_writes_the_table() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lab.yaml"), LAB).unwrap();
    let (code, said) = said(folder.path(), &["train", "lab.yaml", "--out", "out", "--json", "--threads", "2"]);
    assert_eq!(code, 0, "{said}");
    for words in
        ["4 of 4 seeds (seeds 7 to 10), by median val loss over 4 seeds", "lowest to highest", "first on seed 7: "]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    let json: serde_json::Value =
        serde_json::from_str(said.lines().find(|line| line.starts_with('{')).unwrap()).unwrap();
    let order = json["seeds"]["order"].as_array().unwrap();
    assert_eq!((order.len(), json["seeds"]["done"].as_array().unwrap().len()), (3, 4));
    assert!(json["runs"]["sgd"]["loss"].is_number() && json["race"]["lock"] == "steps");
    let written = files(&folder.path().join("out"));
    let csv = String::from_utf8(written["seeds.csv"].clone()).unwrap();
    assert_eq!(csv, seeds(trained(LAB, 1)).csv());
    assert_eq!(csv.lines().count(), 1 + 4 * 3);
    let summary: serde_json::Value = serde_json::from_slice(&written["summary.json"]).unwrap();
    assert_eq!(summary["seeds"], json["seeds"]);
    let curves = String::from_utf8(written["curves.csv"].clone()).unwrap();
    assert_eq!(curves.lines().filter(|row| row.starts_with("10,momentum,")).count(), 12, "a row a step: {curves}");
    // The folder runs again by itself, and is replaced by a race on one seed.
    let again = ["train", "out/lab.yaml", "--out", "again", "--quiet"];
    assert_eq!(self::said(folder.path(), &again).0, 0);
    assert_eq!(files(&folder.path().join("again"))["seeds.csv"], written["seeds.csv"]);
    std::fs::write(folder.path().join("one.yaml"), LAB.replace("seeds: 4\n", "")).unwrap();
    assert_eq!(self::said(folder.path(), &["train", "one.yaml", "--out", "out", "--quiet"]).0, 0);
    assert!(["seeds.csv", "curves.csv"].iter().all(|file| !files(&folder.path().join("out")).contains_key(*file)));
}

#[test]
fn a_saved_race_keeps_its_seeds() {
    let lab = checked(LAB);
    assert!(lab.resolved.contains("seeds: 4\n"), "{}", lab.resolved);
    let saved = lab.saved("adam", 9, &[]).unwrap();
    assert!(saved.contains("seeds: 4") && saved.contains("seed: 9"), "{saved}");
    assert_eq!(checked(&saved).rules.further_seeds, 3);
}

/// What stands in a CSV file, row by row.
fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect()).collect()
}

/// The curves of every seed are those of the race that the lab would be with it, from its own tables.
#[test]
fn curves_of_all_seeds_are_written_as_each_race_alone_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let train = |name: &str, text: &str| {
        std::fs::write(here.join("lab.yaml"), text).unwrap();
        let (code, said) = said(here, &["train", "lab.yaml", "--out", name, "--quiet"]);
        assert!(code == 0 || code == 3, "{said}");
        files(&here.join(name))
    };
    for (text, racers) in [(LAB, &["adam", "sgd", "momentum"][..]), (NOISY, &["momentum", "wild"])] {
        let all = train("all", text);
        let curves = String::from_utf8(all["curves.csv"].clone()).unwrap();
        let curves = rows(&curves);
        let first: u64 = if text == LAB { 7 } else { 0 };
        let count = if text == LAB { 4 } else { 3 };
        let text = text.replace(&format!("seeds: {count}\n"), "").replace("seed: 7\n", "");
        for seed in first..first + count {
            let alone = train("alone", &format!("seed: {seed}\n{text}"));
            for racer in racers {
                let own: Vec<&Vec<&str>> =
                    curves.iter().filter(|row| row[0] == seed.to_string() && row[1] == *racer).collect();
                let table = |file: &str| String::from_utf8(alone[&format!("{racer}/{file}")].clone()).unwrap();
                let steps = table("steps.csv");
                let made: Vec<[&str; 3]> = rows(&steps).iter().map(|row| [row[0], row[3], row[4]]).collect();
                let written: Vec<[&str; 3]> = own.iter().map(|row| [row[2], row[3], row[9]]).collect();
                assert_eq!(written, made, "step, loss and norm of {racer} on {seed}");
                let epochs = table("epochs.csv");
                for row in rows(&epochs) {
                    let evaluated = own.iter().find(|own| own[2] == row[1]).unwrap();
                    assert_eq!(evaluated[5..9], row[2..6], "{racer} on {seed}");
                }
            }
        }
        // A plot of the folder has a band of all seeds around each median.
        let (code, told) = said(here, &["plot", "all", "-o", "plot.svg"]);
        assert_eq!(code, 0, "{told}");
        let svg = std::fs::read_to_string(here.join("plot.svg")).unwrap();
        assert!(svg.contains(&format!("median of {count} seeds, lowest to highest")), "{svg}");
    }
}
