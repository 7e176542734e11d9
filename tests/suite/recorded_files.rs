//! The files of recordings as a user asks for them: a page, a GIF, single pictures, and that they are compared again.

use std::collections::BTreeSet;

use crate::program::{files, said};

const TAPE: &str = "
format: 1
lab: momentum-in-the-ravine
size: 80x24
fps: 10
speed: 20
play:
  - chapter: Steps
  - key: [s, x3]
  - shot: third
  - pause: 1s
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("steps.tape.yaml"), TAPE).unwrap();
    folder
}

#[test]
fn a_page_and_a_gif_are_written_by_their_endings() {
    let folder = folder();
    for (file, begins) in [("a.html", &b"<!DOCTYPE html>"[..]), ("a.gif", b"GIF89a"), ("b.gif", b"GIF89a")] {
        let scale = if file == "b.gif" { "2" } else { "1" };
        let (code, text) = said(folder.path(), &["record", "steps.tape.yaml", "-o", file, "--scale", scale]);
        assert_eq!(code, 0, "{text}");
        assert!(text.contains(&format!("{file}: 0:01.30, ")) && text.contains("1 chapter, 1 shot, "), "{text}");
        assert!(std::fs::read(folder.path().join(file)).unwrap().starts_with(begins));
    }
    let size = |file: &str| std::fs::read(folder.path().join(file)).unwrap()[6..10].to_vec();
    assert_eq!(
        (size("a.gif"), size("b.gif")),
        ([720u16, 432].map(u16::to_le_bytes).concat(), [1440u16, 864].map(u16::to_le_bytes).concat())
    );
    let (code, text) = said(folder.path(), &["record", "steps.tape.yaml", "-o", "a.gift"]);
    assert!(code == 2 && text.contains("a.gift") && text.contains("`.gif`") && text.contains("`.html`"), "{text}");
    let (code, text) = said(folder.path(), &["record", "steps.tape.yaml", "-o", "a.gif", "--scale", "9"]);
    assert!(code == 2 && text.contains("1..=4"), "{text}");
}

#[test]
fn frames_are_numbered_pictures_with_the_line_that_makes_a_film_and_are_compared_again() {
    let folder = folder();
    let (code, text) = said(folder.path(), &["record", "steps.tape.yaml", "--all", "a b", "--frames"]);
    assert_eq!(code, 0, "{text}");
    let film = text.lines().last().unwrap();
    assert!(film.starts_with("ffmpeg -framerate 10 -i 'a b/frames/%06d.png' -frames:v 13 "), "{film}");
    assert!(film.ends_with("'a b/steps.mp4'"), "{film}");
    let made = files(&folder.path().join("a b"));
    let pictures: BTreeSet<&String> = made.keys().filter(|name| name.starts_with("frames/")).collect();
    assert_eq!((pictures.len(), pictures.last().map(|name| name.as_str())), (13, Some("frames/000013.png")));
    assert!(made.contains_key("steps.html") && made.contains_key("steps.cast") && made.contains_key("third.svg"));
    let check = ["record", "steps.tape.yaml", "--check", "a b", "--frames"];
    let (code, text) = said(folder.path(), &check);
    assert!(code == 0 && text.contains(&format!("all {} files are the same", made.len())), "{text}");
    std::fs::write(folder.path().join("a b/frames/000002.png"), made["frames/000003.png"].clone()).unwrap();
    std::fs::write(folder.path().join("a b/frames/000001.png"), b"").unwrap();
    let (code, text) = said(folder.path(), &check);
    assert!(code == 1 && text.contains("frames/000001.png: differs") && text.contains("the run is the same"), "{text}");
}

#[test]
fn a_tape_is_recorded_alike_from_wherever_it_is_named() {
    let folder = folder();
    let inside = folder.path().join("course");
    std::fs::create_dir_all(inside.join("labs")).unwrap();
    let rule = "//! Plain descent.\nfn hyper() { #{ lr: 0.1 } }\nfn state(w) { #{} }\n\
        fn update(w, dw, state, h, t) {\n    w - h.lr * dw\n}\n";
    let lab =
        "format: 1\nlandscape: {source: bowl, start: [3, 1]}\noptimizer: {rule: mine.rhai}\ntraining: {steps: 9}\n";
    let tape = "format: 1\nlab: mine.yaml\nsize: 100x30\nfps: 10\nspeed: 20\nplay:\n  - key: [s, x3]\n  - shot: third\n  \
        - edit: {file: mine.rhai, replace: h.lr * dw, with: h.lr * dv}\n    at_once: true\n  - pause: 1s\n  - shot: broken\n";
    for (name, text) in [("mine.rhai", rule), ("mine.yaml", lab), ("mine.tape.yaml", tape)] {
        std::fs::write(inside.join("labs").join(name), text).unwrap();
    }
    let absolute = inside.join("labs/mine.tape.yaml").display().to_string();
    let from = [
        (inside.join("labs"), "mine.tape.yaml"),
        (inside.join("labs"), "../labs/mine.tape.yaml"),
        (inside.clone(), "labs/mine.tape.yaml"),
        (folder.path().to_owned(), &absolute),
    ];
    let mut made = Vec::new();
    for (at, (from, spec)) in from.iter().enumerate() {
        let into = folder.path().join(format!("out{at}"));
        let (code, text) = said(from, &["record", spec, "--all", &into.display().to_string()]);
        assert_eq!(code, 0, "{text}");
        made.push(files(&into));
    }
    assert!(made[0].len() > 5 && made.iter().all(|others| *others == made[0]));
    let path = folder.path().display().to_string();
    for (name, bytes) in &made[0] {
        assert!(!bytes.windows(path.len()).any(|window| window == path.as_bytes()), "{name}");
    }
    let mut shown = avt::Terminal::new(100, 30).unwrap();
    for line in String::from_utf8_lossy(&made[0]["mine.cast"]).lines().skip(1) {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        shown.feed([event[2].as_str().unwrap()]);
    }
    let last = shown.screen().text().pop().unwrap();
    assert!(last.starts_with(" mine.rhai:5: there is nothing called dv here"), "{last}");
}

#[test]
fn a_recording_that_is_worded_otherwise_is_told_by_its_first_screen_and_its_cells() {
    let folder = folder();
    let worded =
        |words: &str| TAPE.replace("  - key", &format!("  - say: {{text: {words}, on_screen: true}}\n  - key"));
    let write = |words: &str| std::fs::write(folder.path().join("steps.tape.yaml"), worded(words)).unwrap();
    write("One step.");
    assert_eq!(said(folder.path(), &["record", "steps.tape.yaml", "--all", "made"]).0, 0);
    write("Two steps.");
    let (code, text) = said(folder.path(), &["record", "steps.tape.yaml", "--check", "made"]);
    let place = "steps.cast: the screens part at 0:00.00, where 5 cells differ; row 24, columns 2 to 11";
    assert!(code == 1 && text.contains(place) && text.contains("the run is the same"), "{text}");
    assert!(text.contains("  was: One step. ") && text.contains("  is:  Two steps."), "{text}");
    let (code, text) = said(folder.path(), &["record", "steps.tape.yaml", "--check", "made", "--state"]);
    assert_eq!(code, 0, "{text}");
}
