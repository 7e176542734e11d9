//! `optlab check` over many files: one that is wrong, cannot be read or would be waited for stops none of the others, and
//! the highest code counts.
#![cfg(unix)]

use std::fs;
use std::process::Command;

use crate::program::optlab;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const RIGHT: &str = "data: {source: moons, samples: 40}\nnetwork: [dense: 2]\nloss: cross_entropy\n";
const DIVERGES: &str = "landscape: {source: bowl, start: [1, 1]}\noptimizer: {rule: sgd, lr: 1.0e+80}\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn checked(folder: &tempfile::TempDir, paths: &[&str]) -> (i32, String, String) {
    let output = optlab(folder.path(), &[&["check"], paths].concat());
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_highest_code_of_all_files_counts() {
    let folder = folder(&[("a.yaml", RIGHT), ("b.yaml", DIVERGES), ("z.yaml", RIGHT)]);
    let (code, out, said) = checked(&folder, &["."]);
    assert!(code == 1 && out.contains("3 checked, 1 wrong") && out.contains("ok    ./z.yaml"), "{code}\n{out}{said}");
    fs::write(folder.path().join("c.yaml"), "data: {source: moon}\n").unwrap();
    let (code, out, said) = checked(&folder, &["."]);
    assert!(code == 2 && out.contains("4 checked, 2 wrong") && out.contains("ok    ./z.yaml"), "{code}\n{out}{said}");
}

#[test]
fn what_cannot_be_read_is_one_of_the_wrong_files_and_the_others_are_checked() {
    let folder = folder(&[("a.yaml", RIGHT), ("inside/z.yaml", RIGHT)]);
    for pipe in ["b.yaml", "inside/c.rhai"] {
        assert!(Command::new("mkfifo").arg(folder.path().join(pipe)).status().unwrap().success());
    }
    fs::write(folder.path().join("inside/y.rhai"), [0xff; 40]).unwrap();
    let (code, out, said) = checked(&folder, &["."]);
    assert!(
        code == 2 && out.contains("5 checked, 3 wrong") && out.contains("ok    ./inside/z.yaml"),
        "{code}\n{out}{said}"
    );
    assert_eq!(said.matches("is a pipe").count(), 2, "{said}");
    let (code, out, said) = checked(&folder, &["a.yaml", "nowhere", "inside/z.yaml"]);
    assert!(code == 2 && out.contains("3 checked, 1 wrong"), "{code}\n{out}");
    assert!(said.contains("no script `nowhere`"), "{said}");
}

#[test]
fn warnings_change_no_code() {
    let folder = folder(&[("a.yaml", &RIGHT.replace("dense: 2", "dense: 2, tanh"))]);
    let (code, out, said) = checked(&folder, &["."]);
    assert!(code == 0 && out.contains("1 checked, 0 wrong") && said.starts_with("warning: "), "{code}\n{out}{said}");
}
