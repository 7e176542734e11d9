//! Hostile and honest submissions, read: what is wrong with one is said of it in a word, and nothing of it is taken.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::course::key::Key;
use crate::train::on_large_stack;

const LAB: &str = "format: 1
id: bowl
landscape: {source: bowl, start: [1, 1]}
optimizer: {rule: mine.rhai, lr: 0.1}
training: {steps: 20}
tasks:
  - {id: ask, kind: question, say: What?, answer: 7}
  - {id: reach, kind: goal, say: Go., edit: [optimizer.lr], check: run.loss < 0.001}
  - {id: write, kind: script, say: Write., file: mine.rhai, same_as: sgd}
";
const RULE: &str = "fn hyper() { #{ lr: 0.1 } }\nfn update(w, dw, state, h, t) { w }\n";
const PROGRESS: &str =
    "format: 1\nstudent: ana\nlabs:\n  bowl:\n    ask: {answer: 7, points: 1, done: 2026-11-28T10:02:11Z}\n";

fn course() -> Course {
    let files = [("labs/bowl.yaml", LAB), ("labs/mine.rhai", RULE)];
    let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).collect();
    let key = Key { labs: vec!["labs/bowl.yaml".into()], files };
    on_large_stack(|| Course::of_key(&key)).unwrap()
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// What is read of the bytes of a zip.
fn read_zip(bytes: &[u8]) -> HandIn {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    fs::write(&path, bytes).unwrap();
    read(&Found { name: "a.zip".into(), path, platform: None }, &course())
}

fn read_folder(folder: &Path) -> HandIn {
    read(&Found { name: "a".into(), path: folder.to_path_buf(), platform: None }, &course())
}

#[test]
fn what_counts_is_read_from_a_zip_whatever_folder_it_was_packed_from() {
    let lab = LAB.replace("lr: 0.1}", "lr: 0.2}");
    let rule = RULE.replace("{ w }", "{ w - h.lr * dw }");
    for top in ["", "box/", "home/ana/box/"] {
        let names = ["progress.yaml", "labs/bowl.yaml", "labs/mine.rhai"].map(|name| format!("{top}{name}"));
        let read = read_zip(&zip(&[
            (&names[0], PROGRESS.as_bytes()),
            (&names[1], lab.as_bytes()),
            (&names[2], rule.as_bytes()),
        ]));
        assert_eq!((read.refused.clone(), read.student.as_str()), (None, "ana"), "{top}");
        assert_eq!(read.answers.as_ref().unwrap().of("bowl", "ask").unwrap().answer.as_deref(), Some("7"));
        let files = &read.labs["bowl"];
        assert_eq!(files.document.as_ref().unwrap().name, "labs/bowl.yaml");
        assert!(files.files["mine.rhai"].text.contains("h.lr * dw"));
        assert_eq!(read.hashes.len(), 3);
    }
}

#[test]
fn a_lab_as_it_was_handed_out_does_not_count_whatever_else_was_changed_in_it() {
    let lab =
        LAB.replace("answer: 7", "answer: 8").replace("run.loss < 0.001", "true").replace("steps: 20", "steps: 9");
    let rule = RULE.replace('\n', "\r\n");
    let read = read_zip(&zip(&[
        ("labs/bowl.yaml", lab.as_bytes()),
        ("labs/mine.rhai", rule.as_bytes()),
        ("progress.yaml", b""),
    ]));
    let files = &read.labs["bowl"];
    assert!(files.document.is_none() && files.files.is_empty(), "{files:?}");
}

#[test]
fn hostile_zips_are_refused_with_a_word() {
    let bomb = vec![0; 32 << 20];
    let many: Vec<(String, &[u8])> = (0..10_000).map(|at| (format!("f{at}"), b"".as_slice())).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let mut link = ZipWriter::new(Cursor::new(Vec::new()));
    link.add_symlink("progress.yaml", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let honest = zip(&[("progress.yaml", PROGRESS.as_bytes())]);
    let mut renamed = zip(&[("AAAAprogress.yaml", b"x")]);
    // Both of its places: the entry's own and that of the list.
    while let Some(at) = renamed.windows(4).position(|window| window == b"AAAA") {
        renamed[at..at + 4].copy_from_slice(b"/etc");
    }
    for (bytes, why) in [
        (zip(&[("../progress.yaml", b"x")]), "leads out of it"),
        (zip(&[("a/../../progress.yaml", b"x")]), "leads out of it"),
        (zip(&[("..\\..\\progress.yaml", b"x")]), "leads out of it"),
        (zip(&[("C:\\progress.yaml", b"x")]), "leads out of it"),
        (renamed, "leads out of it"),
        (link.finish().unwrap().into_inner(), "is a link"),
        (zip(&[("progress.yaml", b"student: ana\n"), ("labs/bowl.yaml", &bomb)]), "to 1, as no lab or script is"),
        (zip(&many), "10000 entries"),
        (Vec::new(), "empty"),
        (b"PK\x03\x04 not a zip".to_vec(), "no zip"),
        (honest[..honest.len() - 8].to_vec(), "no zip"),
    ] {
        let read = read_zip(&bytes);
        let said = read.refused.clone().unwrap_or_default();
        assert!(said.contains(why), "{why}: {said}");
        assert!(read.labs.is_empty() && read.hashes.is_empty(), "{why}");
    }
}

#[test]
fn sizes_are_counted_while_a_file_is_inflated_whatever_its_zip_says_of_them() {
    // 60 to 1, so that the ratio lets it pass; the size that the zip tells is then made small.
    let text = (0..40_000).map(|at| format!("# {at:060}\n")).collect::<Vec<_>>().concat();
    let mut bytes = zip(&[("progress.yaml", text.as_bytes())]);
    let size = u32::try_from(text.len()).unwrap().to_le_bytes();
    while let Some(at) = bytes.windows(4).position(|window| window == size) {
        bytes[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
    }
    let read = read_zip(&bytes);
    assert!(read.refused.is_some() || read.answers.is_err(), "{read:?}");
}

#[test]
fn answers_that_cannot_be_read_cost_the_answers_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("labs")).unwrap();
    fs::write(folder.path().join("labs/mine.rhai"), "fn update(w, dw, state, h, t) { w - dw }").unwrap();
    let huge = folder.path().join("progress.yaml");
    fs::File::create(&huge).unwrap().set_len(100 << 20).unwrap();
    let read = read_folder(folder.path());
    assert!(read.answers.as_ref().unwrap_err().contains("too large"), "{read:?}");
    assert!(read.refused.is_none() && read.labs["bowl"].files.contains_key("mine.rhai"));
    for (text, why) in [
        ("labs: [", "progress.yaml:1"),
        ("labs: {bowl: {ask: {answer: &a [*a]}}}", "progress.yaml"),
        ("labs: 3", "progress.yaml:1"),
    ] {
        fs::write(&huge, text).unwrap();
        let said = read_folder(folder.path()).answers.unwrap_err();
        assert!(said.contains(why), "{why}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_read_through_a_link_or_from_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("secret"), "student: eve\n").unwrap();
    let work = folder.path().join("work");
    fs::create_dir_all(work.join("labs")).unwrap();
    std::os::unix::fs::symlink("../secret", work.join("progress.yaml")).unwrap();
    std::os::unix::fs::symlink("../../secret", work.join("labs/mine.rhai")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(work.join("labs/bowl.yaml")).status();
    let read = read_folder(&work);
    assert!(read.answers.unwrap_err().contains("is a link"));
    let files = &read.labs["bowl"];
    assert!(files.unreadable["mine.rhai"].contains("is a link"), "{files:?}");
    if made.is_ok_and(|status| status.success()) {
        assert!(files.no_document.as_ref().unwrap().contains("a pipe"), "{files:?}");
    }
}

#[test]
fn a_lab_that_lies_elsewhere_is_found_by_its_id() {
    let lab = LAB.replace("lr: 0.1}", "lr: 0.2}");
    let read = read_zip(&zip(&[("progress.yaml", b""), ("mine/copy.yaml", lab.as_bytes()), ("mine/mine.rhai", b"x")]));
    let files = &read.labs["bowl"];
    assert_eq!(files.document.as_ref().unwrap().name, "mine/copy.yaml");
    assert_eq!(files.files["mine.rhai"].name, "mine/mine.rhai");
}

#[test]
fn submissions_are_found_in_folders_as_moodle_makes_them() {
    let top = tempfile::tempdir().unwrap();
    let at = |name: &str| top.path().join(name);
    let ana = at("Ana Silva_12345_assignsubmission_file_");
    fs::create_dir(&ana).unwrap();
    fs::write(ana.join("mine.zip"), zip(&[("progress.yaml", PROGRESS.as_bytes())])).unwrap();
    fs::write(at("Bob_2_assignsubmission_file_b.zip"), b"x").unwrap();
    fs::create_dir_all(at("eve/labs")).unwrap();
    fs::write(at("eve/progress.yaml"), PROGRESS).unwrap();
    fs::create_dir(at("nobody")).unwrap();
    fs::create_dir(at("Ana Silva_12345_assignsubmission_onlinetext_")).unwrap();
    fs::write(at("notes.txt"), "x").unwrap();
    let (found, _) = find(&[top.path().to_path_buf()]).unwrap();
    let told: Vec<_> =
        found.iter().map(|one| (one.name.as_str(), one.platform.as_ref().map(|p| p.participant.as_str()))).collect();
    assert_eq!(
        told,
        [
            ("Ana Silva_12345_assignsubmission_file_", Some("12345")),
            ("Bob_2_assignsubmission_file_b.zip", Some("2")),
            ("eve", None),
            ("nobody", None)
        ]
    );
    let read: Vec<HandIn> = found.iter().map(|one| read(one, &course())).collect();
    assert_eq!(read[0].student, "ana");
    assert!(read[3].refused.as_ref().unwrap().contains("no submission in it"));
    for wrong in ["nowhere", "notes.txt", "nobody"] {
        assert!(find(&[at(wrong)]).is_err(), "{wrong}");
    }
}
