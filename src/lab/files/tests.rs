//! What a lab may read and what it may not, tried on a real folder and on an embedded one.

use include_dir::DirEntry;

use super::*;

/// A working folder with a lab below it, and a secret beside it.
fn folder() -> tempfile::TempDir {
    let top = tempfile::tempdir().unwrap();
    let labs = top.path().join("course/labs");
    fs::create_dir_all(labs.join("data")).unwrap();
    fs::create_dir(top.path().join("course/.optlab")).unwrap();
    fs::write(top.path().join("course").join(MARKER), "").unwrap();
    fs::write(top.path().join("secret.csv"), "x\n1\n").unwrap();
    fs::write(top.path().join("course/common.csv"), "common").unwrap();
    fs::write(labs.join("lab.yaml"), "title: T\n").unwrap();
    fs::write(labs.join("data/points.csv"), "\u{feff}x,y\n").unwrap();
    fs::write(labs.join("data/latin.rhai"), b"//! a\n// caf\xe9\n").unwrap();
    top
}

fn place() -> Place {
    Place::token(&Source::new("lab.yaml", "csv: f.csv"), 1, 6)
}

fn of(top: &tempfile::TempDir) -> Files {
    Files::of_lab(&top.path().join("course/labs/lab.yaml")).unwrap().0
}

fn refused(files: &Files, name: &str) -> String {
    let error = files.bytes(name, DATA_LIMIT, &place()).unwrap_err();
    assert_eq!(error.place().map(Place::column), Some(6), "{name}: the error must stand where the name stands");
    format!("{} {}", error.what(), error.label_text())
}

#[test]
fn a_lab_reads_beside_itself_and_within_its_working_folder() {
    let top = folder();
    let (files, bytes) = Files::of_lab(&top.path().join("course/labs/lab.yaml")).unwrap();
    assert_eq!(bytes, b"title: T\n");
    assert_eq!(files.bytes("../common.csv", DATA_LIMIT, &place()).unwrap(), b"common");
    let (source, inner) = files.text("data/points.csv", &place()).unwrap();
    assert_eq!(source.text, "x,y\n");
    assert!(source.name.ends_with("course/labs/data/points.csv"));
    assert_eq!(inner.bytes("../../common.csv", DATA_LIMIT, &place()).unwrap(), b"common");
}

#[test]
fn nothing_outside_the_root_is_read() {
    let top = folder();
    let files = of(&top);
    for name in ["../../secret.csv", "data/../../../secret.csv", "../../course/../secret.csv", "../../nowhere.csv"] {
        assert!(refused(&files, name).contains("leads out of the working folder `course`"), "{name}");
    }
    for name in ["/etc/passwd", "\\\\host\\f", "C:\\f.csv"] {
        assert!(refused(&files, name).contains("is an absolute path"), "{name}");
    }
    assert!(refused(&files, "~/f.csv").contains("`~` is not a folder"));
    assert!(refused(&files, "").contains("is empty"));
    assert!(refused(&files, "a\0b").contains("NUL character"));
    assert!(refused(&files, "data/").contains("is a folder"));
    assert!(refused(&files, "data/latin.rhaj").contains("did you mean `data/latin.rhai`?"));
    assert!(refused(&files, "lab.yaml/x").contains("not a folder"));
}

#[test]
fn without_a_marker_the_root_is_the_labs_own_folder() {
    let top = folder();
    fs::remove_file(top.path().join("course").join(MARKER)).unwrap();
    let files = of(&top);
    assert!(refused(&files, "../common.csv").contains("leads out of the lab's folder `labs`"));
    assert!(files.open("data/points.csv", DATA_LIMIT, &place()).is_ok());
}

#[cfg(unix)]
#[test]
fn links_may_not_lead_out_and_pipes_and_devices_are_not_files() {
    use std::os::unix::fs::symlink;
    let top = folder();
    let labs = top.path().join("course/labs");
    symlink(top.path().join("secret.csv"), labs.join("link.csv")).unwrap();
    symlink(top.path(), labs.join("up")).unwrap();
    symlink("nowhere", labs.join("broken.csv")).unwrap();
    symlink("circle", labs.join("circle")).unwrap();
    symlink("../common.csv", labs.join("inside.csv")).unwrap();
    let files = of(&top);
    assert!(refused(&files, "link.csv").contains("leads out"));
    assert!(refused(&files, "up/secret.csv").contains("leads out"));
    assert!(refused(&files, "broken.csv").contains("a link to a file that does not exist"));
    symlink("nowhere", labs.join("broken.yaml")).unwrap();
    let error = Files::of_lab(&labs.join("broken.yaml")).unwrap_err();
    assert!(
        error.what().contains("a link to a file that does not exist") && error.help_lines().is_empty(),
        "{error:?}"
    );
    assert!(refused(&files, "circle").contains("cannot be read"));
    assert_eq!(files.bytes("inside.csv", DATA_LIMIT, &place()).unwrap(), b"common");

    let made = std::process::Command::new("mkfifo").arg(labs.join("pipe")).status();
    if made.is_ok_and(|status| status.success()) {
        assert!(refused(&files, "pipe").contains("is a pipe"));
        assert!(Files::of_lab(&labs.join("pipe")).is_err());
    }
    assert!(Files::of_lab(Path::new("/dev/zero")).unwrap_err().what().contains("a device"));
}

#[test]
fn sizes_and_encodings_are_checked() {
    let top = folder();
    let files = of(&top);
    let error = files.bytes("../common.csv", 5, &place()).unwrap_err();
    assert!(error.what().contains("too large"), "{error}");
    assert_eq!(files.bytes("../common.csv", 6, &place()).unwrap().len(), 6);
    let error = files.text("data/latin.rhai", &place()).unwrap_err();
    assert!(error.what().ends_with("is not UTF-8 text: byte 0xe9 on line 2"), "{error}");
}

#[test]
fn a_lab_that_is_not_there_is_told_with_the_nearest_name() {
    let top = folder();
    let error = Files::of_lab(&top.path().join("course/labs/lap.yaml")).unwrap_err();
    assert!(error.help_lines()[0].ends_with("labs/lab.yaml`?"), "{error:?}");
    assert!(Files::of_lab(&top.path().join("no/lab.yaml")).is_err());
}

#[test]
fn shipped_labs_read_from_the_binary_by_the_same_calls() {
    static DATA: [DirEntry<'static>; 1] = [DirEntry::File(include_dir::File::new("data/points.csv", b"x,y\n"))];
    static TOP: [DirEntry<'static>; 2] = [
        DirEntry::Dir(Dir::new("data", &DATA)),
        DirEntry::File(include_dir::File::new("angle.rhai", b"fn on_step(run) {}")),
    ];
    static TREE: Dir<'static> = Dir::new("", &TOP);
    let files = Files::of_shipped(&TREE, Path::new("01-first.yaml"));
    assert_eq!(files.bytes("data/points.csv", DATA_LIMIT, &place()).unwrap(), b"x,y\n");
    let (source, inner) = files.text("./data/points.csv", &place()).unwrap();
    assert_eq!(source.name, "labs/data/points.csv");
    assert_eq!(inner.bytes("../angle.rhai", DATA_LIMIT, &place()).unwrap().len(), 18);
    assert!(refused(&files, "../angle.rhai").contains("leads out of the lab's folder `labs`"));
    assert!(refused(&files, "data").contains("is a folder"));
    assert!(refused(&files, "angel.rhai").contains("did you mean `angle.rhai`?"));
    assert!(refused(&files, "data/point.csv").contains("did you mean `data/points.csv`?"));
    assert!(files.bytes("angle.rhai", 3, &place()).unwrap_err().what().contains("too large"));
}
