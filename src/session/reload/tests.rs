//! Files that are saved, go away, come back, or are no files any more.

use super::*;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

const LAB: &str = "format: 1\nid: a\ntitle: t\nabout: |\n  x\ndata: {source: moons, samples: 40}\n\
                   network: [dense: 4, tanh, dense: 2]\nloss: cross_entropy\ntraining: {epochs: 2, batch: 8}\n\
                   optimizer: {rule: mine.rhai, lr: 0.01}\n";

fn rule_of(rate: &str) -> String {
    format!(
        "//! Mine.\n//! W = W - lr dW\n//! Source: a test.\nfn hyper() {{ #{{ lr: 0.1 }} }}\n\
             fn update(w, dw, state, h, t) {{ w - {rate} * dw }}\n"
    )
}

struct Folder {
    folder: tempfile::TempDir,
    spec: String,
}

impl Folder {
    fn new(lab: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine.rhai"), rule_of("h.lr")).unwrap();
        fs::write(folder.path().join("a.yaml"), lab).unwrap();
        let spec = folder.path().join("a.yaml").display().to_string();
        Self { folder, spec }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn watched(&self) -> Reloader {
        let lab = Lab::open(&self.spec, &Overrides::default()).map_err(|errors| errors[0].to_string()).unwrap();
        let files = (lab.files_on_disk(&self.spec), lab.tables_on_disk(&self.spec));
        Reloader::start(&self.spec, &Overrides::default(), files, &Clock::wall()).unwrap()
    }
}

fn next(reloader: &Reloader) -> News {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(news) = reloader.news() {
            return news;
        }
        assert!(Instant::now() < patience, "nothing was taken up");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What was saved, whether it is only back, the lab, and the files from then on.
fn saved(reloader: &Reloader) -> (Vec<String>, bool, Result<Box<Lab>>, Vec<String>) {
    match next(reloader) {
        News::Saved { files, back, lab, on_disk } => {
            let files = files.iter().map(|file| file.rsplit('/').next().unwrap().to_owned()).collect();
            (files, back, lab, on_disk)
        }
        News::Lost(why) => panic!("{why}"),
        News::Set { .. } => panic!("nothing was set"),
    }
}

fn lost(reloader: &Reloader) -> String {
    match next(reloader) {
        News::Lost(why) => why.what().to_owned(),
        News::Saved { files, lab, .. } => panic!("{files:?} {:?}", lab.err()),
        News::Set { .. } => panic!("nothing was set"),
    }
}

/// Longer than a file may be away.
fn wait() {
    std::thread::sleep(AWAY + 3 * EVERY);
}

#[test]
fn every_way_of_saving_is_seen() {
    let folder = Folder::new(LAB);
    let rule = folder.path("mine.rhai");
    let reloader = folder.watched();
    // In its place.
    fs::write(&rule, rule_of("0.5 * h.lr")).unwrap();
    let (files, back, lab, _) = saved(&reloader);
    assert!(files == ["mine.rhai"] && !back && lab.is_ok(), "{files:?}");
    // Another file in its place, after a moment without any, as editors do it.
    fs::rename(&rule, folder.path("mine.rhai~")).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    assert!(reloader.news().is_none(), "a file that is being saved is no error");
    fs::write(folder.path("new"), "fn update(").unwrap();
    fs::rename(folder.path("new"), &rule).unwrap();
    let error = saved(&reloader).2.err().unwrap();
    assert!(error.place().unwrap().source.name.ends_with("mine.rhai"));
    fs::write(&rule, rule_of("h.lr")).unwrap();
    assert!(saved(&reloader).2.is_ok());
    fs::write(&folder.spec, LAB.replace("0.01", "0.02")).unwrap();
    assert_eq!(saved(&reloader).0, ["a.yaml"]);
    // A lab that does without a script which is gone already.
    fs::remove_file(&rule).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    fs::write(&folder.spec, LAB.replace("mine.rhai", "sgd")).unwrap();
    let (_, _, lab, on_disk) = saved(&reloader);
    assert!(lab.is_ok());
    assert!(on_disk[0] == folder.spec && !on_disk.iter().any(|file| file.ends_with("mine.rhai")));
}

#[test]
fn texts_in_the_language_that_is_shown_are_taken_up_when_they_are_saved() {
    let folder = Folder::new(LAB);
    let texts = folder.path("a.pt.yaml");
    fs::write(&texts, "title: um\n").unwrap();
    let overrides = Overrides { language: Some("pt".into()), ..Overrides::default() };
    let lab = Lab::open(&folder.spec, &overrides).unwrap();
    let files = (lab.files_on_disk(&folder.spec), lab.tables_on_disk(&folder.spec));
    assert_eq!(files.0.last(), Some(&texts.display().to_string()));
    let reloader = Reloader::start(&folder.spec, &overrides, files, &Clock::wall()).unwrap();
    fs::write(&texts, "title: dois\n").unwrap();
    let (files, _, lab, _) = saved(&reloader);
    assert_eq!((files, lab.unwrap().title), (vec!["a.pt.yaml".to_owned()], "dois".to_owned()));
}

#[test]
fn a_file_that_stays_away_is_told_once_and_taken_up_again_when_it_is_back() {
    let folder = Folder::new(LAB);
    let reloader = folder.watched();
    for (name, text) in [("mine.rhai", rule_of("h.lr")), ("a.yaml", LAB.to_owned())] {
        fs::remove_file(folder.path(name)).unwrap();
        let why = lost(&reloader);
        assert!(why.starts_with("there is no file") && why.contains(name), "{why}");
        wait();
        assert!(reloader.news().is_none(), "told once");
        fs::write(folder.path(name), text).unwrap();
        let (files, back, lab, _) = saved(&reloader);
        assert!(files == [name] && back && lab.is_ok(), "{files:?} {back}");
    }
    // Another text is a save like any other.
    fs::remove_file(folder.path("mine.rhai")).unwrap();
    lost(&reloader);
    fs::write(folder.path("mine.rhai"), rule_of("2 * h.lr")).unwrap();
    let (files, back, lab, _) = saved(&reloader);
    assert!(files == ["mine.rhai"] && !back && lab.is_ok(), "{files:?} {back}");
}

#[test]
#[cfg(unix)]
fn what_is_no_readable_file_any_more_is_told_with_its_reason() {
    let folder = Folder::new(LAB);
    let reloader = folder.watched();
    let rule = folder.path("mine.rhai");
    let as_it_was = |remove: &dyn Fn()| {
        remove();
        fs::write(&rule, rule_of("h.lr")).unwrap();
        assert!(saved(&reloader).1);
    };
    fs::remove_file(&rule).unwrap();
    fs::create_dir(&rule).unwrap();
    assert!(lost(&reloader).ends_with("is a folder"));
    as_it_was(&|| fs::remove_dir(&rule).unwrap());
    fs::remove_file(&rule).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&rule).status().unwrap().success());
    assert!(lost(&reloader).contains("is a pipe"));
    as_it_was(&|| fs::remove_file(&rule).unwrap());
    // A file that only says that it is large takes no disk and no memory.
    fs::File::create(&rule).unwrap().set_len(3 << 30).unwrap();
    assert!(lost(&reloader).contains("too large"));
    as_it_was(&|| fs::remove_file(&rule).unwrap());
    fs::remove_file(&rule).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &rule).unwrap();
    assert!(lost(&reloader).contains("device"));
    as_it_was(&|| fs::remove_file(&rule).unwrap());
}

#[test]
fn a_table_is_looked_at_like_a_script() {
    let lab = LAB.replace("{source: moons, samples: 40}", "{csv: points.csv, target: y}").replace("mine.rhai", "sgd");
    let folder = Folder::new(&lab);
    let table = folder.path("points.csv");
    let rows = |first: &str| format!("x,y\n{first},a\n2,b\n3,a\n4,b\n");
    fs::write(&table, rows("1")).unwrap();
    let reloader = folder.watched();
    fs::write(&table, rows("1.5")).unwrap();
    let (files, back, lab, on_disk) = saved(&reloader);
    assert!(files == ["points.csv"] && !back && lab.is_ok());
    assert!(!on_disk.iter().any(|file| file.contains("points")), "no script to be edited: {on_disk:?}");
    fs::write(&table, rows("x")).unwrap();
    assert!(saved(&reloader).2.is_err());
    fs::remove_file(&table).unwrap();
    assert!(lost(&reloader).contains("points.csv"));
    fs::write(&table, rows("1")).unwrap();
    assert!(saved(&reloader).2.is_ok());
}

/// A script is saved while the lab itself is away for a moment: what the check then says is not the last word.
#[test]
fn a_check_that_missed_a_file_is_made_again_when_that_is_back() {
    let folder = Folder::new(LAB);
    let reloader = folder.watched();
    fs::remove_file(&folder.spec).unwrap();
    fs::write(folder.path("mine.rhai"), rule_of("0.25 * h.lr")).unwrap();
    let mut told = Vec::new();
    while told.last() != Some(&false) {
        told.push(matches!(next(&reloader), News::Lost(_)));
    }
    fs::write(&folder.spec, LAB).unwrap();
    let (files, _, lab, _) = saved(&reloader);
    assert!(lab.is_ok() && !files.is_empty());
}
