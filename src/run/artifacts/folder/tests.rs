//! What of a folder is replaced at which moment, and what never is.

use super::*;
use std::fs;

fn content(scripts: &[&str], racers: &[&str]) -> Content {
    Content {
        lab: "format: 1\nseed: 0\n".into(),
        scripts: scripts.iter().map(|place| ((*place).to_owned(), "fn".to_owned())).collect(),
        racers: racers.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn open(path: &Path, content: Content) -> Result<Folder> {
    Folder::open(path, content, &Notices::default(), &Clock::wall())
}

fn refused(path: &Path, content: Content) -> String {
    open(path, content).err().expect("it is refused").to_string()
}

/// A run that comes to its end, with tables and weights that say its number.
fn run(path: &Path, scripts: &[&str], files: &[&'static str], number: &str) {
    let mut folder = open(path, content(scripts, &[])).unwrap();
    begin(&mut folder, files, number);
    end(&folder, files, number);
}

fn begin(folder: &mut Folder, files: &[&'static str], number: &str) {
    let all: Vec<&str> = files.iter().copied().chain([SUMMARY]).collect();
    folder.begin(7, &all).unwrap();
    let tables = files.iter().filter(|file| is_table(file));
    tables.for_each(|file| fs::write(folder.place(file), number).unwrap());
}

fn is_table(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|ending| ending == "csv")
}

fn end(folder: &Folder, files: &[&'static str], number: &str) {
    let weights = files.iter().filter(|file| !is_table(file));
    weights.for_each(|file| folder.whole(file, number.as_bytes()).unwrap());
    folder.summary(&serde_json::json!({ "run": number })).unwrap();
    folder.end();
}

/// All files below a folder with what they say, but for labs, markers and scripts.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(inside) = folders.pop() {
        for entry in fs::read_dir(inside).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if ![".yaml", ".rhai", MARKER, CLAIM].iter().any(|end| name.ends_with(end)) {
                let text = fs::read_to_string(path).unwrap();
                found.push(format!("{name} {}", text.chars().filter(char::is_ascii_digit).collect::<String>()));
            }
        }
    }
    found.sort();
    found
}

const NETWORK: [&str; 2] = ["steps.csv", "model.safetensors"];

#[test]
fn a_folder_of_somebody_elses_is_refused_and_ours_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    run(&path, &["scripts/adam.rhai", "mine.rhai"], &NETWORK, "1");
    assert!(path.join("scripts/adam.rhai").is_file() && path.join("mine.rhai").is_file());
    assert!(fs::read_to_string(path.join("lab.yaml")).unwrap().contains("seed: 7"));
    run(&path, &[], &NETWORK, "2");
    assert!(!path.join("scripts").exists() && !path.join("mine.rhai").exists());
    assert_eq!(files(&path), ["model.safetensors 2", "steps.csv 2", "summary.json 2"]);
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("thesis.tex"), "x").unwrap();
    assert!(refused(&other, content(&[], &[])).contains("optlab did not write"));
    assert_eq!(fs::read_dir(&other).unwrap().count(), 1, "not even a claim is left");
}

#[test]
fn what_a_user_put_into_a_folder_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    run(path, &["scripts/adam.rhai"], &NETWORK, "1");
    fs::write(path.join("notes.txt"), "1").unwrap();
    fs::write(path.join("scripts/notes.txt"), "1").unwrap();
    run(path, &[], &NETWORK, "2");
    let expected = ["model.safetensors 2", "notes.txt 1", "scripts/notes.txt 1", "steps.csv 2", "summary.json 2"];
    assert_eq!(files(path), expected);
    // A file of the name of a table that no run has written is not replaced either.
    fs::write(path.join("path.csv"), "1").unwrap();
    assert!(refused(path, content(&[], &[])).contains("path.csv was not written by optlab"));
    assert_eq!(files(path).len(), 6);
}

/// A process that is killed at any moment leaves an earlier run that came to its end.
#[test]
fn an_earlier_run_is_whole_until_the_new_one_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    run(path, &[], &NETWORK, "1");
    let whole = files(path);
    // Opened, and left before a step.
    drop(open(path, content(&[], &[])).unwrap());
    assert_eq!(files(path), whole);
    // Killed while it trained, twice.
    for number in ["2", "3"] {
        begin(&mut open(path, content(&[], &[])).unwrap(), &NETWORK, number);
        let aside = [".optlab-earlier/steps.csv 1", ".optlab-earlier/summary.json 1", "model.safetensors 1"];
        assert_eq!(
            files(path),
            aside.map(str::to_owned).into_iter().chain([format!("steps.csv {number}")]).collect::<Vec<_>>()
        );
        assert!(path.join(".optlab-earlier/lab.yaml").is_file() && path.join(".optlab-earlier").join(MARKER).is_file());
    }
    // Killed while the earlier one was set aside: what was moved already is not taken for an older one.
    run(path, &[], &NETWORK, "4");
    let (from, aside) = (path.join("steps.csv"), path.join(EARLIER));
    fs::create_dir(&aside).unwrap();
    fs::rename(from, aside.join("steps.csv")).unwrap();
    Written::read(path).write(&aside).unwrap();
    begin(&mut open(path, content(&[], &[])).unwrap(), &NETWORK, "5");
    let expected =
        [".optlab-earlier/steps.csv 4", ".optlab-earlier/summary.json 4", "model.safetensors 4", "steps.csv 5"];
    assert_eq!(files(path), expected);
    // Of another kind: its end takes away all of the others.
    run(path, &[], &["averages.csv"], "6");
    assert_eq!(files(path), ["averages.csv 6", "summary.json 6"]);
}

#[test]
fn a_race_takes_away_the_folders_of_an_earlier_one_and_no_file_of_a_users() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut race = open(path, content(&[], &["adam", "sgd", "lion"])).unwrap();
    race.begin(0, &[SUMMARY]).unwrap();
    for name in ["adam", "sgd", "lion"] {
        run(&path.join(name), &["mine.rhai"], &NETWORK, "1");
    }
    fs::write(path.join("lion/notes.txt"), "1").unwrap();
    end(&race, &[], "1");
    drop(race);
    let taken = open(&path.join("sgd"), content(&[], &[])).unwrap();
    assert!(refused(path, content(&[], &[])).contains("another run writes into"));
    drop(taken);
    run(path, &[], &NETWORK, "2");
    assert_eq!(files(path), ["lion/notes.txt 1", "model.safetensors 2", "steps.csv 2", "summary.json 2"]);
    assert!(!path.join("adam").exists() && !path.join("sgd").exists());
}

#[test]
fn folders_that_were_made_for_nothing_are_taken_away() {
    let top = tempfile::tempdir().unwrap();
    let path = top.path().join("a/b");
    let race = open(&path, content(&[], &["adam"])).unwrap();
    let adam = open(&path.join("adam"), content(&[], &[])).unwrap();
    assert!(path.join("adam").is_dir());
    drop(Dirs { whole: Some(race), each: vec![adam] });
    assert_eq!(fs::read_dir(top.path()).unwrap().count(), 0);
    let mut folder = open(&path, content(&[], &[])).unwrap();
    begin(&mut folder, &NETWORK, "1");
    drop(folder);
    assert_eq!(files(&path), ["steps.csv 1"]);
}

/// A name, what is told of it, and what makes it.
#[cfg(unix)]
type Case<'c> = (&'c str, &'c str, &'c dyn Fn(&Path));

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_before_anything_is_touched() {
    use std::os::unix::fs::symlink;
    let top = tempfile::tempdir().unwrap();
    let victim = top.path().join("victim");
    fs::write(&victim, "1").unwrap();
    fs::create_dir(top.path().join("away")).unwrap();
    let cases: [Case<'_>; 8] = [
        (MARKER, "is a symbolic link", &|place| symlink(&victim, place).unwrap()),
        ("steps.csv", "is a symbolic link", &|place| symlink(&victim, place).unwrap()),
        ("averages.csv", "is a symbolic link", &|place| symlink("nowhere", place).unwrap()),
        ("lab.yaml", "is a folder", &|place| fs::create_dir(place).unwrap()),
        ("mine.rhai", "is a pipe or a device", &|place| {
            assert!(std::process::Command::new("mkfifo").arg(place).status().unwrap().success());
        }),
        ("scripts", "is a symbolic link", &|place| symlink(top.path().join("away"), place).unwrap()),
        (EARLIER, "is a symbolic link", &|place| symlink(top.path().join("away"), place).unwrap()),
        (CLAIM, "is no file", &|place| symlink(&victim, place).unwrap()),
    ];
    for (at, (name, words, make)) in cases.into_iter().enumerate() {
        let path = top.path().join(format!("run{at}"));
        run(&path, &[], &["model.safetensors"], "1");
        let place = path.join(name);
        drop(fs::remove_file(&place));
        make(&place);
        let before: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        let told = refused(&path, content(&["mine.rhai", "scripts/optimizers/adam.rhai"], &[]));
        assert!(told.contains(&format!("{name} {words}")), "{told}");
        let after: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(before, after, "{name}");
        assert_eq!(fs::read_to_string(path.join("model.safetensors")).unwrap(), "1");
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), "1");
    assert_eq!(fs::read_dir(top.path().join("away")).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn the_folder_itself_may_be_a_link_to_a_folder() {
    let top = tempfile::tempdir().unwrap();
    let (real, link, dangling) = (top.path().join("real"), top.path().join("link"), top.path().join("dangling"));
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink("real", &link).unwrap();
    run(&link, &[], &NETWORK, "1");
    run(&top.path().join("link/"), &[], &NETWORK, "2");
    assert_eq!(files(&real), ["model.safetensors 2", "steps.csv 2", "summary.json 2"]);
    std::os::unix::fs::symlink("nowhere", &dangling).unwrap();
    assert!(refused(&dangling, content(&[], &[])).contains("leads to no folder"));
    assert!(refused(&top.path().join("real/steps.csv"), content(&[], &[])).contains("is not a folder"));
    assert!(refused(&top.path().join("real/steps.csv/run"), content(&[], &[])).contains("cannot make"));
}
