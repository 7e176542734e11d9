//! The house's own rules: who may import whom, how long a file may be, what stands at its top, and which crates stay
//! behind which doors. `src/lib.rs` says why.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Who may import whom. `script`'s right to `train` and `run` is for what scripts see of them, by traits that it implements.
const MAY_IMPORT: [(&str, &[&str]); 26] = [
    ("error", &[]),
    ("heap", &[]),
    ("random", &[]),
    ("clock", &["error"]),
    ("signals", &[]),
    ("simd", &["error"]),
    ("matmul", &["error", "simd"]),
    ("snapshot", &["error"]),
    ("program", &["error", "simd", "matmul", "snapshot"]),
    ("data", &["error", "program", "random"]),
    ("nn", &["error", "matmul", "program", "random"]),
    ("optim", &["error", "program", "random", "snapshot"]),
    ("train", &["error", "simd", "program", "random", "data", "nn", "optim", "snapshot"]),
    ("probe", &["error", "simd", "program", "random", "data", "nn", "optim", "snapshot", "clock", "train"]),
    ("run", &["error", "simd", "program", "random", "data", "nn", "optim", "snapshot", "clock", "train", "probe"]),
    (
        "worker",
        &["error", "simd", "program", "random", "data", "nn", "optim", "snapshot", "clock", "train", "probe", "run"],
    ),
    ("script", &["error", "heap", "clock", "program", "random", "data", "nn", "optim", "snapshot", "train", "run"]),
    ("lab", &["error", "program", "random", "data", "nn", "optim", "snapshot", "train", "run", "script"]),
    (
        "session",
        &[
            "error", "clock", "program", "random", "data", "nn", "optim", "snapshot", "train", "run", "worker",
            "script", "lab",
        ],
    ),
    (
        "course",
        &[
            "error", "clock", "program", "random", "data", "optim", "snapshot", "train", "run", "script", "lab",
            "session",
        ],
    ),
    ("settings", &["error", "lab", "session"]),
    ("ui", &["error", "clock", "signals", "snapshot", "lab", "session"]),
    ("record", &["error", "clock", "snapshot", "lab", "session", "ui"]),
    ("plot", &["error", "snapshot", "train"]),
    (
        "bench",
        &[
            "error", "clock", "simd", "program", "random", "data", "nn", "optim", "snapshot", "train", "run", "script",
            "session",
        ],
    ),
    (
        "cli",
        &[
            "error", "clock", "signals", "simd", "program", "random", "data", "nn", "optim", "snapshot", "train",
            "run", "script", "lab", "session", "course", "settings", "ui", "record", "plot", "bench",
        ],
    ),
];

/// What stays behind which door: the words, and the modules that may say them.
const DOORS: [(&str, &[&str]); 14] = [
    ("ratatui", &["ui", "record"]),
    ("pulldown_cmark", &["ui"]),
    ("crossterm", &["ui", "record"]),
    ("vtparse", &["ui"]),
    ("plotters", &["plot"]),
    ("resvg", &["plot"]),
    ("svg2pdf", &["plot"]),
    ("rhai::", &["script"]),
    ("use rhai", &["script"]),
    ("serde_yaml", &["lab"]),
    ("libyaml_safer", &["lab"]),
    ("println!", &["cli"]),
    ("print!", &["cli"]),
    ("clap", &["cli"]),
];

/// What reads the machine's clock, sleeps, or waits with a limit: only the clock, and the terminal's own threads.
const TIME: [&str; 7] =
    ["Instant::now", "SystemTime::now", "sleep(", "recv_timeout", "wait_timeout", "park_timeout", "poll("];

/// Files that may.
const TIMED: [&str; 3] = ["src/clock.rs", "src/ui/terminal.rs", "src/ui/terminal/"];

/// Modules that may hold `unsafe`, each for the reason in its head.
const UNSAFE: [&str; 7] = ["heap", "simd", "matmul", "program/kernel", "bench/fused", "bench/limit", "signals"];

const LONGEST: usize = 400;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut inside: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    inside.sort();
    for path in inside {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Every Rust file with its path from the root.
pub(super) fn sources(folders: &[&str]) -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    folders.iter().for_each(|folder| files(&root.join(folder), &mut found));
    let named = found.into_iter().map(|path| {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        (name, std::fs::read_to_string(&path).unwrap())
    });
    named.collect()
}

/// The module of a file under `src`, by its first folder or its own name.
fn module(name: &str) -> &str {
    let inside = name.strip_prefix("src/").unwrap_or(name);
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

/// The code without comments and without what tests add at its end.
pub(super) fn code(text: &str) -> String {
    let body = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    body.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for (name, text) in sources(&["src"]) {
        let own = module(&name);
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(of, _)| *of == own) else {
            assert!(matches!(own, "lib" | "main"), "{name} is not in the table");
            continue;
        };
        let text = code(&text);
        for (other, _) in MAY_IMPORT {
            if other == own || allowed.contains(&other) {
                continue;
            }
            let path = format!("crate::{other}");
            let imported = text.match_indices(&path).any(|(at, _)| {
                let next = text[at + path.len()..].chars().next();
                !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
            });
            wrong.extend(imported.then(|| format!("{name} imports {other}")));
        }
        assert!(
            !text.contains("use crate::{"),
            "{name}: one `use crate::module::..` a line, so that this test sees it"
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_is_short_and_says_first_what_it_is_for() {
    let mut wrong = Vec::new();
    for (name, text) in sources(&["src", "tests", "benches"]) {
        let lines = text.lines().count();
        if lines > LONGEST {
            wrong.push(format!("{name} has {lines} lines"));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{name} does not open with //!"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn crates_stay_behind_their_doors() {
    let mut wrong = Vec::new();
    for (name, text) in sources(&["src"]) {
        let text = code(&text);
        for (word, allowed) in DOORS {
            let said = text.match_indices(word).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                let own = word == "println!" || word == "print!";
                !before.is_some_and(|c| (c.is_alphanumeric() && !(own && c == 'e')) || c == '_' || c == '"')
            });
            let said = said && !allowed.contains(&module(&name));
            wrong.extend(said.then(|| format!("{name} says {word}")));
        }
        let unsafe_here = text.lines().any(|line| line.contains("unsafe {") || line.contains("unsafe fn"));
        let alone = unsafe_here && !UNSAFE.iter().any(|allowed| name.contains(allowed));
        wrong.extend(alone.then(|| format!("{name} is unsafe")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Labs are run through `session`: nobody else starts a worker, or names how one begins.
#[test]
fn runs_are_started_by_the_session_alone() {
    let mut wrong = Vec::new();
    for (name, text) in sources(&["src", "tests", "benches"]) {
        if ["run", "worker", "session"].contains(&module(&name)) || name.ends_with("tidy.rs") {
            continue;
        }
        let words = ["Worker::start", "Start {", "Driver::"];
        let whole_word =
            |word: &str| text.match_indices(word).any(|(at, _)| !text[..at].ends_with(char::is_alphanumeric));
        wrong.extend(words.iter().filter(|word| whole_word(word)).map(|word| format!("{name} says {word}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn time_comes_from_the_clock_alone() {
    let mut wrong = Vec::new();
    for (name, text) in sources(&["src"]) {
        if TIMED.iter().any(|allowed| name.starts_with(allowed)) || is_of_tests(&name) {
            continue;
        }
        let text = code(&text);
        wrong.extend(TIME.iter().filter(|word| text.contains(*word)).map(|word| format!("{name} says {word}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A file that only tests are made of.
pub(super) fn is_of_tests(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.ends_with("tests.rs") || file.starts_with("fixture") || name.contains("/tests/")
}

#[test]
fn nothing_is_left_for_later() {
    let words = ["todo!", "unimplemented!", "dbg!", "FIXME", "TODO", "XXX"];
    let mut wrong = Vec::new();
    for (name, text) in sources(&["src", "benches"]) {
        wrong.extend(words.iter().filter(|word| text.contains(*word)).map(|word| format!("{name} says {word}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Each test program links the library and all it stands on again, so there are two, and a file that neither names would
/// never run.
#[test]
fn every_test_file_is_of_one_of_the_two_programs() {
    let mut wrong = Vec::new();
    let tests = sources(&["tests"]);
    for name in tests.keys() {
        let (folder, file) = name.rsplit_once('/').unwrap();
        match (folder, file.trim_end_matches(".rs")) {
            ("tests", _) => wrong.push(format!("{name} is a program of its own: move it into tests/suite")),
            ("tests/suite" | "tests/allocations", module)
                if module != "main"
                    && !tests[&format!("{folder}/main.rs")].lines().any(|line| line == format!("mod {module};")) =>
            {
                wrong.push(format!("{folder}/main.rs does not say: mod {module};"));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_import_test_can_fail() {
    assert_eq!(module("src/nn/dense.rs"), "nn");
    assert_eq!(module("src/error.rs"), "error");
    assert!(!code("// crate::ui\nlet a = 1;").contains("crate::ui"));
}

/// Rooms inside of a module, lowest first, with the rooms of the same module that each may import: those above it here
/// alone, so that there is no circle. A room is a folder or a file of the module; its `mod.rs` is the face, which hands
/// on names of all rooms and which no room goes through.
const ROOMS: [(&str, &str, &[&str]); 30] = [
    ("lab", "keys", &[]),
    ("lab", "yaml", &[]),
    ("lab", "read", &["keys", "yaml"]),
    ("lab", "worked_out", &["yaml", "read"]),
    ("lab", "files", &["yaml"]),
    ("lab", "plan", &["files"]),
    ("lab", "write", &["keys", "yaml", "plan"]),
    ("lab", "build", &["plan", "write"]),
    ("lab", "check", &["keys", "yaml", "read", "worked_out", "files", "plan", "write", "build"]),
    ("lab", "edit", &["keys", "files", "plan"]),
    ("lab", "asked", &["plan"]),
    ("lab", "copies", &["files", "plan", "edit"]),
    ("lab", "overrides", &["keys", "yaml", "plan"]),
    ("lab", "names", &["keys", "plan"]),
    ("lab", "overlay", &["yaml", "read", "worked_out", "files", "plan"]),
    ("lab", "open", &["yaml", "files", "plan", "check", "overrides", "overlay"]),
    ("lab", "judged", &["yaml", "files", "plan", "check", "overrides"]),
    ("ui", "look", &[]),
    ("ui", "canvas", &["look"]),
    ("ui", "keys", &[]),
    ("ui", "layout", &[]),
    ("ui", "element", &["keys"]),
    ("ui", "host", &["look"]),
    ("ui", "panes", &["look", "canvas", "keys", "element", "host"]),
    ("ui", "command_line", &["look", "element"]),
    ("ui", "app", &["look", "canvas", "keys", "layout", "element", "host", "panes", "command_line"]),
    ("ui", "draw", &["look", "canvas", "keys", "layout", "host", "panes", "command_line", "app"]),
    ("ui", "terminal", &["canvas", "host"]),
    ("ui", "live", &["look", "canvas", "host", "app", "draw", "terminal"]),
    ("ui", "tests", &["look", "canvas", "host", "panes", "app", "draw"]),
];

/// The most files that lie flat in a module with rooms.
const FLAT: usize = 12;

/// What the code of a file of a module names of it: the words behind `crate::MODULE::`, and behind a `super::` that leads
/// to the module's own face.
fn named_of_module(module: &str, name: &str, code: &str) -> Vec<String> {
    let inside = name.strip_prefix(&format!("src/{module}/")).unwrap_or_default();
    let face = inside.ends_with("mod.rs");
    let ups = inside.split('/').count() - usize::from(face);
    let roots = [format!("crate::{module}::"), "super::".repeat(ups.max(1))];
    let mut found = Vec::new();
    for root in roots.iter().take(if ups == 0 { 1 } else { 2 }) {
        for (at, _) in code.match_indices(root.as_str()) {
            let longer = code[..at].ends_with("super::") || code[at + root.len()..].starts_with("super::");
            if !longer {
                let word = code[at + root.len()..].split(|c: char| !c.is_alphanumeric() && c != '_').next();
                found.extend(word.map(str::to_owned));
            }
        }
    }
    found
}

#[test]
fn rooms_of_a_module_import_only_what_the_table_allows() {
    let modules: std::collections::BTreeSet<&str> = ROOMS.iter().map(|(module, ..)| *module).collect();
    let mut wrong = Vec::new();
    for (at, (module, room, allowed)) in ROOMS.iter().enumerate() {
        let above = |name: &&&str| ROOMS[..at].iter().any(|(of, other, _)| of == module && other == *name);
        wrong.extend(allowed.iter().filter(|name| !above(name)).map(|name| format!("{room} stands above {name}")));
    }
    for (name, text) in sources(&["src"]) {
        let own = module(&name);
        let inside = name.strip_prefix(&format!("src/{own}/")).unwrap_or_default();
        if !modules.contains(own) || inside == "mod.rs" || name.ends_with("tests.rs") {
            continue;
        }
        let room = inside.split('/').next().unwrap_or_default().trim_end_matches(".rs");
        let Some((.., allowed)) = ROOMS.iter().find(|(of, known, _)| *of == own && *known == room) else {
            wrong.push(format!("{name} is in no room of the table"));
            continue;
        };
        for word in named_of_module(own, &name, &code(&text)) {
            if word != room && !allowed.contains(&word.as_str()) {
                wrong.push(format!("{name} imports {word}"));
            }
        }
    }
    for module in modules {
        let here = format!("src/{module}/");
        let flat =
            sources(&["src"]).into_keys().filter(|name| name.strip_prefix(&here).is_some_and(|n| !n.contains('/')));
        let flat = flat.count();
        if flat > FLAT {
            wrong.push(format!("{module} has {flat} flat files"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_test_of_rooms_can_fail() {
    let named = |name: &str, code: &str| named_of_module("lab", name, code);
    assert_eq!(named("src/lab/plan/race.rs", "use crate::lab::check::Check;"), ["check"]);
    assert_eq!(named("src/lab/plan/race.rs", "use super::Lab; use super::super::write;"), ["write"]);
    assert_eq!(named("src/lab/plan/mod.rs", "use super::write;"), ["write"]);
    assert_eq!(named("src/lab/edit.rs", "use super::plan::Lab;"), ["plan"]);
    assert_eq!(named("src/lab/edit.rs", "use crate::lab::Lab;"), ["Lab"]);
}

/// Files and folders that the pages name are there; `NAME` stands for any.
#[test]
fn what_the_pages_name_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md"), root.join("CONTRIBUTING.md"), root.join("benches/README.md")];
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    pages.extend(docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    let (mut wrong, mut named) = (Vec::new(), 0);
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for word in text.split('`').skip(1).step_by(2) {
            let first = word.split('/').next().unwrap_or(word);
            let ours = ["src", "tests", "docs", "scripts", "labs", "benches", ".ci"].contains(&first);
            let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
            if !ours || !plain || !word.contains('/') || word.contains("NAME") {
                continue;
            }
            named += 1;
            if !root.join(word).exists() {
                wrong.push(format!("{} names {word}", page.file_name().unwrap().to_string_lossy()));
            }
        }
    }
    assert!(named > 100, "{named}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
