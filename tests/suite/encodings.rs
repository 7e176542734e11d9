//! Texts of a user's as editors save them: with a byte-order mark, or in another encoding than UTF-8. Labs, scripts beside
//! them and of the catalogue, and tables alike.

use std::fs;
use std::path::Path;

use crate::program::optlab;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const LAB: &str = "data: {csv: points.csv, target: y}
network:
  - dense: 4
  - script: bend.rhai
  - dense: 2
loss: cross_entropy
training: {steps: 5}
optimizer: {rule: mine.rhai}
";
const RULE: &str = "//! Mine.\n//! W = W - lr dW\n//! Source: a test.\nfn hyper() { #{ lr: 0.1 } }\nfn update(w, dw, state, h, t) { w - h.lr * dw }\n";
const BEND: &str = "//! Bent.\nfn forward(x, h) { max(x, 0.1 * x) }\n";
const POINTS: &str = "x,y\n1,a\n2,b\n3,a\n4,b\n";
const FILES: [(&str, &str); 4] = [("lab.yaml", LAB), ("mine.rhai", RULE), ("bend.rhai", BEND), ("points.csv", POINTS)];

fn marked(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").into_bytes()
}

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A folder with the files, of which one is written otherwise.
fn folder(written: impl Fn(&str, &str) -> Vec<u8>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        fs::write(folder.path().join(name), written(name, text)).unwrap();
    }
    folder
}

fn said(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = optlab(folder, arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

#[test]
fn every_text_may_begin_with_a_byte_order_mark() {
    let folder = folder(|_, text| marked(text));
    assert_eq!(said(folder.path(), &["train", "lab.yaml", "--quiet"], 0), "");
    // A script by itself, too, and one of the catalogue.
    assert_eq!(said(folder.path(), &["check", "mine.rhai", "bend.rhai"], 0), "");
    let own = folder.path().join("scripts/optimizers");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("ours.rhai"), marked(RULE)).unwrap();
    assert_eq!(said(folder.path(), &["train", "lab.yaml", "--set", "optimizer.rule=ours", "--quiet"], 0), "");
    // A shipped script that was saved with a mark is still the shipped one.
    let sgd = text(&optlab(folder.path(), &["show", "sgd"]).stdout);
    assert!(sgd.contains("fn update"));
}

#[test]
fn columns_count_from_the_first_letter_behind_the_mark() {
    for (name, wrong, place) in [
        ("lab.yaml", "dat: 1\n", "lab.yaml:1:1"),
        ("mine.rhai", "fn update(w, dw, state, h, t) { w - ) }\n", "mine.rhai:1:37"),
        ("points.csv", "x,y\n1,a\nz,b\n", "points.csv:3:1"),
        ("points.csv", "x,y,y\n1,2,a\n", "points.csv:1:5"),
    ] {
        let folder = folder(|file, text| if file == name { marked(wrong) } else { text.as_bytes().to_vec() });
        let said = said(folder.path(), &["check", "lab.yaml"], 2);
        assert!(said.contains(&format!("--> {place}")), "{said}");
        assert!(!said.contains('\u{feff}'));
    }
}

#[test]
fn another_encoding_is_named_with_what_to_do() {
    for (name, _) in FILES {
        let folder = folder(|file, text| if file == name { utf16(text) } else { text.as_bytes().to_vec() });
        let said = said(folder.path(), &["train", "lab.yaml"], 2);
        assert!(said.contains(&format!("{name} is saved as UTF-16, but texts are read as UTF-8")), "{said}");
        assert!(said.contains("save it as UTF-8 in your editor"), "{said}");
    }
    let folder = folder(|_, text| text.as_bytes().to_vec());
    fs::write(folder.path().join("alone.rhai"), utf16(RULE)).unwrap();
    assert!(said(folder.path(), &["check", "alone.rhai"], 2).contains("alone.rhai is saved as UTF-16"));
    let own = folder.path().join("scripts/optimizers");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("ours.rhai"), utf16(RULE)).unwrap();
    let said = said(folder.path(), &["train", "lab.yaml", "--set", "optimizer.rule=ours"], 2);
    assert!(said.contains("ours.rhai is saved as UTF-16"), "{said}");
}
