//! Series labs as a user has them: every source, the files of a run, the same bits whoever walks, what is refused, and
//! that scripts of two kinds with the same function are told apart.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::program::optlab;
use optlab::lab::plan::series::SeriesSource;
use optlab::lab::{Document, Files, Lab, Overrides};
use optlab::run::{Command, Travel};
use optlab::script::{Kind, Script, load_any, series, shipped};
use optlab::session::{Live, Options};
use optlab::snapshot::{Snapshot, Speed, Status};

/// The lecture's example.
const LECTURE: &str = "id: lecture
series: {values: [16, 24]}
averages: [exponential: 0.98, exponential: {beta: 0.98, corrected: true}]
";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn read(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The header and the numbers of `averages.csv`.
fn table(folder: &Path, file: &str) -> (String, Vec<Vec<f64>>) {
    let text = read(folder, file);
    let rows = text.lines().skip(1).map(|row| row.split(',').map(|cell| cell.parse().unwrap()).collect());
    (text.lines().next().unwrap().to_owned(), rows.collect())
}

fn open(folder: &Path, name: &str, overrides: &Overrides) -> Result<Lab, String> {
    let path = folder.join(name);
    Lab::open(path.to_str().unwrap(), overrides)
        .map_err(|errors| errors.iter().map(|error| error.render(false)).collect::<Vec<_>>().join("\n\n"))
}

fn set(arguments: &[&str]) -> Overrides {
    Overrides { set: arguments.iter().map(|&argument| argument.to_owned()).collect(), ..Overrides::default() }
}

#[test]
fn the_worked_example_of_the_lecture_is_written_and_printed() {
    let folder = folder(&[("lab.yaml", LECTURE)]);
    let output = optlab(folder.path(), &["train", "lab.yaml", "--out", "run", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((json["lab"].as_str(), json["status"].as_str()), (Some("lecture"), Some("finished")));
    assert_eq!((json["steps"].as_u64(), json.as_object().unwrap().len()), (Some(2), 15));
    let losses = ["loss", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy"];
    for key in ["epochs", "samples"].into_iter().chain(losses) {
        assert!(json[key].is_null(), "{key}: {json}");
    }
    assert!(json["seconds"].as_f64().is_some(), "{json}");

    let run = folder.path().join("run");
    let (head, rows) = table(&run, "averages.csv");
    assert_eq!(head, "t,value,exponential.0.98,exponential.0.98.corrected");
    for (row, want) in rows.iter().zip([[1.0, 16.0, 0.32, 16.0], [2.0, 24.0, 0.7936, 0.7936 / 0.0396]]) {
        assert!(row.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-12), "{row:?} for {want:?}");
    }
    let summary: serde_json::Value = serde_json::from_str(&read(&run, "summary.json")).unwrap();
    assert_eq!(summary["steps"], 2);
    let plain = text(&optlab(folder.path(), &["train", "lab.yaml"]).stdout);
    assert!(plain.contains("20.0404") && plain.contains("0.7936") && plain.contains("0.32 "), "{plain}");
    assert!(optlab(folder.path(), &["train", "lab.yaml", "--quiet"]).stdout.is_empty());

    // From its own folder the run is the same; what optlab did not write is not replaced.
    let again = optlab(folder.path(), &["train", "run/lab.yaml", "--out", "again"]);
    assert!(again.status.success(), "{}", text(&again.stderr));
    for file in ["averages.csv", "lab.yaml"] {
        assert_eq!(read(&run, file), read(&folder.path().join("again"), file));
    }
    assert!(optlab(folder.path(), &["train", "lab.yaml", "--out", "again"]).status.success());
    std::fs::create_dir(folder.path().join("thesis")).unwrap();
    std::fs::write(folder.path().join("thesis/averages.csv"), "mine").unwrap();
    assert_eq!(optlab(folder.path(), &["train", "lab.yaml", "--out", "thesis"]).status.code(), Some(2));
    assert_eq!(read(folder.path(), "thesis/averages.csv"), "mine");
}

const MADE: &str = "seed: 3
series: {script: mine.rhai, samples: 300}
averages: [simple: 10, weighted: [1, 2, 3, 4], exponential: 0.9, weighted: [4, 3, 2, 1]]
";

const MINE: &str = "//! Noise.
fn hyper() { #{ samples: 100 } }
fn generate(h, rng) { rng.normal(0, 1, h.samples) }
";

#[test]
fn the_same_lab_and_seed_give_the_same_bits_with_the_screen_and_without() {
    let folder = folder(&[("lab.yaml", MADE), ("mine.rhai", MINE)]);
    assert!(optlab(folder.path(), &["train", "lab.yaml", "--out", "a"]).status.success());
    assert!(folder.path().join("a/mine.rhai").is_file());
    watched(folder.path(), "b");
    assert_eq!(read(folder.path(), "a/averages.csv"), read(folder.path(), "b/averages.csv"));
    assert!(optlab(folder.path(), &["train", "lab.yaml", "--out", "c", "--seed", "4"]).status.success());
    assert_ne!(read(folder.path(), "a/averages.csv"), read(folder.path(), "c/averages.csv"));
    let (head, rows) = table(folder.path(), "a/averages.csv");
    assert_eq!(head, "t,value,simple.10,weighted.4,exponential.0.9,weighted.4.2");
    assert_eq!(rows.len(), 300);

    // Numbers read back to the same bits.
    let mut walk = open(folder.path(), "lab.yaml", &Overrides::default()).unwrap().walk(None).unwrap();
    for row in rows {
        walk.step().unwrap();
        assert_eq!(row[0] as u64, walk.steps());
        let now = [&[walk.value().unwrap()], walk.averages()].concat();
        assert!(now.iter().zip(&row[1..]).all(|(a, b)| a.to_bits() == b.to_bits()));
    }
}

/// The same walk as a screen has it: step by step, slowly, paused, restarted, run to the end.
fn watched(folder: &Path, out: &str) {
    let lab = open(folder, "lab.yaml", &Overrides::default()).unwrap();
    let options = Options { out: Some(folder.join(out)), way_back: true, ..Options::default() };
    let worker = Live::of(lab, options, false).unwrap();
    let wait = |what: &dyn Fn(&Snapshot) -> bool| {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            match worker.latest() {
                Some(snapshot) if what(&snapshot) => return snapshot,
                _ => assert!(Instant::now() < until, "the worker never came there"),
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    let status = |wanted: Status| wait(&|snapshot| snapshot.status == wanted);
    let ready = status(Status::Ready);
    assert_eq!((ready.step, ready.steps_total, ready.epochs_total), (0, 300, 0));
    assert!(ready.series.as_ref().unwrap().rows.is_empty());
    worker.send(Command::Step);
    let first = status(Status::Paused);
    let series = first.series.as_ref().unwrap();
    assert_eq!((first.step, series.rows.len(), series.averages.len()), (1, 1, 4));
    // Slow enough not to be at its end before it is paused, whatever else the machine does.
    worker.send(Command::Speed(Speed::PerSecond(20.0)));
    worker.send(Command::Run);
    wait(&|snapshot| snapshot.step >= 3);
    worker.send(Command::Pause);
    let held = status(Status::Paused);
    assert!(held.step < 300);
    // Another seed, then the lab's own: the files are those of the last walk.
    worker.send(Command::Restart { seed: Some(99) });
    assert_eq!(status(Status::Ready).seed, 99);
    worker.send(Command::Speed(Speed::Max));
    worker.send(Command::Run);
    assert_eq!(status(Status::Finished).step, 300);
    worker.send(Command::Restart { seed: Some(3) });
    status(Status::Ready);
    worker.send(Command::StepEpoch);
    let end = status(Status::Finished);
    let series = end.series.as_ref().unwrap();
    assert_eq!((end.step, series.rows.last().unwrap().t, series.values.buckets.len()), (300, 300, 300));
    // Back and forth: the same values, and none of them written twice.
    worker.send(Command::Goto(121));
    worker.send(Command::Travel(Travel::Back));
    let past = wait(&|snapshot| snapshot.step == 120);
    let before = past.series.as_ref().unwrap();
    assert_eq!((before.rows.last().unwrap().t, past.timeline.seen, &past.status), (120, 300, &Status::Paused));
    worker.send(Command::Travel(Travel::BackEpoch));
    wait(&|snapshot| snapshot.step == 0 && snapshot.status == Status::Ready);
    worker.send(Command::Goto(300));
    let again = wait(&|snapshot| snapshot.step == 300);
    assert_eq!((&again.series, &again.status), (&end.series, &Status::Finished));
    let outcome = worker.finish();
    assert_eq!((outcome.status, outcome.unwritten.is_none()), (Status::Finished, true));
}

#[test]
fn a_series_comes_from_real_data_a_script_a_column_or_the_lab_itself() {
    let files = [
        ("lab.yaml", LECTURE),
        ("sea.csv", "month,celsius,\"note, free\"\n1,20.5,a\n2,21,\"b, c\"\n"),
        ("scripts/series/own.rhai", "fn generate(h, rng) { [1, 2.5, 4] }\n"),
        ("scripts/series/impulse.rhai", "fn generate(h, rng) { [7] }\n"),
    ];
    let folder = folder(&files);
    let values = |series: &str| {
        let lab = open(folder.path(), "lab.yaml", &set(&[&format!("series={series}")]))?;
        let document = Document::parse("lab.yaml", &lab.resolved).unwrap();
        let files = Files::beside(&folder.path().join("lab.yaml")).unwrap();
        let again = Lab::check(&document, &files, Some(folder.path())).unwrap();
        assert_eq!(again.resolved, lab.resolved);
        Ok::<_, String>(lab.walk(None).unwrap().values().to_vec())
    };
    assert_eq!(values("{source: sea_temperature}").unwrap().len(), 732);
    assert_eq!(values("{csv: sea.csv, column: celsius}").unwrap(), [20.5, 21.0]);
    assert_eq!(values("{source: own}").unwrap(), [1.0, 2.5, 4.0]);
    assert_eq!(values("{source: impulse}").unwrap(), [7.0], "the working folder's hides the shipped one");
    assert_eq!(values("{source: step_signal, samples: 4, at: 2, low: 1, high: 3}").unwrap(), [1.0, 1.0, 3.0, 3.0]);
    assert_eq!(values("{source: noisy_sine, samples: 1}").unwrap().len(), 1);
    assert_eq!(values("{values: [1e-300, -0.0, 3]}").unwrap()[0], 1e-300);
    let wrong = values("{csv: sea.csv, column: celsus}").unwrap_err();
    assert!(wrong.contains("has no column `celsus`") && wrong.contains("did you mean `celsius`?"), "{wrong}");
    let wrong = values("{csv: sea.csv, column: \"note, free\"}").unwrap_err();
    assert!(wrong.contains("sea.csv:2:8") && wrong.contains("`a` in column `note, free` is not a number"), "{wrong}");
}

#[test]
fn shipped_series_are_as_their_headers_say() {
    let entries = shipped(Kind::Series);
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["impulse", "noisy_sine", "step_signal"]);
    let make = |name: &str, seed| {
        let entry = entries.iter().find(|entry| entry.name == name).unwrap();
        let script = Script::load(Kind::Series, &entry.source).unwrap();
        let defaults = script.hyper.iter().map(|p| (p.name.clone(), p.default.clone())).collect();
        series(&script, &defaults, seed).unwrap()
    };
    let impulse = make("impulse", 0);
    assert!(impulse.iter().enumerate().all(|(at, value)| *value == if at == 19 { 1.0 } else { 0.0 }));
    let step = make("step_signal", 0);
    assert!(step.iter().enumerate().all(|(at, value)| *value == if at < 20 { 0.0 } else { 1.0 }));
    let (sine, other) = (make("noisy_sine", 1), make("noisy_sine", 2));
    assert!(sine != other && sine == make("noisy_sine", 1));
    let noise = |values: &[f64]| -> Vec<f64> {
        let wave = |at: usize| (2.0 * std::f64::consts::PI * (at + 1) as f64 / 50.0).sin();
        values.iter().enumerate().map(|(at, value)| value - wave(at)).collect()
    };
    let deviation = (noise(&sine).iter().map(|e| e * e).sum::<f64>() / 200.0).sqrt();
    assert!((0.24..0.36).contains(&deviation), "{deviation}");
}

#[test]
fn scripts_with_the_same_function_are_told_apart_by_what_they_give() {
    let source = |text: &str| optlab::error::Source::new("mine.rhai", text);
    let kind = |text: &str| load_any(&source(text)).map(|script| script.kind);
    assert_eq!(kind("fn generate(h, rng) { [1, 2] }").unwrap(), Kind::Series);
    assert_eq!(kind("fn generate(h, rng) { linspace(0, 1, 5) }").unwrap(), Kind::Series);
    assert_eq!(kind("fn generate(h, rng) { #{ x: [[1]], y: [1] } }").unwrap(), Kind::Dataset);
    assert!(kind("fn generate(h, rng) { \"a\" }").unwrap_err().what().contains("but gives a text"));
    for kind in Kind::ALL {
        for entry in shipped(kind) {
            assert_eq!(load_any(&entry.source).unwrap().kind, kind, "{}", entry.name);
        }
    }
}

#[test]
fn check_list_and_show_know_series() {
    let folder = folder(&[("lab.yaml", LECTURE), ("mine.rhai", MINE), ("bad.rhai", "fn generate(h, rng) { [] }\n")]);
    let output = optlab(folder.path(), &["check", "lab.yaml", "mine.rhai"]);
    let out = text(&output.stdout);
    assert!(output.status.success() && out.contains("2 values, 2 averages") && out.contains("a series"), "{out}");
    let bad = optlab(folder.path(), &["check", "bad.rhai"]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(text(&bad.stderr).contains("an empty list"), "{}", text(&bad.stderr));
    let listed = text(&optlab(folder.path(), &["list", "series"]).stdout);
    for name in ["impulse", "noisy_sine", "sea_temperature", "step_signal"] {
        assert!(listed.contains(name), "{listed}");
    }
    let shown = text(&optlab(folder.path(), &["show", "sea_temperature"]).stdout);
    assert!(shown.contains("National Oceanic") && shown.contains("732"), "{shown}");
    assert!(text(&optlab(folder.path(), &["show", "series", "impulse"]).stdout).contains("fn generate(h, rng)"));
}

#[test]
fn an_average_that_overflows_ends_the_walk_with_its_place_in_the_series() {
    let folder = folder(&[("lab.yaml", "series: {values: [1.0e+308, 1.0e+308, 1]}\naverages: [simple: 9]\n")]);
    let output = optlab(folder.path(), &["train", "lab.yaml", "--json", "--out", "run"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("`simple.9` is not finite at t = 2"), "{}", text(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((json["status"].as_str(), json["steps"].as_u64()), (Some("failed"), Some(1)));
    assert_eq!(table(&folder.path().join("run"), "averages.csv").1.len(), 1);
}

#[test]
fn the_plan_has_what_the_lab_says() {
    let folder = folder(&[("lab.yaml", MADE), ("mine.rhai", MINE)]);
    let lab = open(folder.path(), "lab.yaml", &Overrides { seed: Some(5), ..set(&["series.samples=20"]) }).unwrap();
    let optlab::lab::plan::Subject::Series(plan) = &lab.subject else { panic!("a series") };
    assert!(matches!(&plan.source, SeriesSource::Script(script) if script.is_file()));
    assert_eq!((plan.averages.len(), lab.seed, lab.walk(None).unwrap().values().len()), (4, 5, 20));
    assert!(lab.experiment(None, 1).err().unwrap().what().contains("nothing to train"));
}
