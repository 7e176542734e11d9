//! Scripts as a student writes them who comes from Python: each in `tests/python_scripts/` has beside it the message that
//! `check` gives of it, read by a person.
//!
//! A case is a script, written as a student would; `BLESS=1 cargo test --test suite python_scripts` puts the message into a
//! file of the same name that ends in `.txt`.

use std::path::{Path, PathBuf};

use optlab::Error;
use optlab::error::Source;
use optlab::lab::{Document, Files, Lab};
use optlab::script::{self, Entry, Kind};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python_scripts");

/// What a student is told of a script: what is wrong, or else what is probably not meant.
fn told(name: &str, text: &str) -> Vec<Error> {
    let source = Source::new(name, text);
    let tried = script::load_any(&source).and_then(|script| {
        script::try_out(&script)?;
        Ok(script)
    });
    match tried {
        Err(error) => vec![error],
        Ok(script) if script.kind == Kind::Observer => watched(name).err().unwrap_or_else(|| script.warnings()),
        Ok(script) => {
            let mut warnings = script.warnings();
            if script.kind == Kind::Optimizer {
                let rule = script::rule(&script).expect("it was tried");
                warnings.extend(script::unassigned_states(&script, &rule));
            }
            warnings
        }
    }
}

/// Lets an observer of the folder look at some steps.
fn watched(name: &str) -> Result<(), Vec<Error>> {
    let lab = format!(
        "data: {{source: moons, samples: 20}}\nnetwork: [dense: 2]\nloss: cross_entropy\ntraining: {{epochs: 1}}\nobserve: {name}\n"
    );
    let document = Document::parse("lab.yaml", &lab).map_err(|error| vec![error])?;
    let folder = Path::new(FOLDER).canonicalize().expect("the folder of cases");
    let files = Files::Disk { root: folder.clone(), dir: folder, shown: PathBuf::new() };
    let lab = Lab::check(&document, &files, None)?;
    let options = optlab::session::Options { limit: Some(2), ..Default::default() };
    let session = optlab::session::Session::of(lab, options).map_err(|error| vec![error])?;
    let outcome = session.run_to_end();
    match outcome.runs.first().map(|run| run.status.clone()) {
        Some(optlab::snapshot::Status::Failed(error)) => Err(vec![error]),
        _ => Ok(()),
    }
}

fn cases() -> Vec<(String, String, PathBuf)> {
    let entries = std::fs::read_dir(FOLDER).expect("the folder of cases");
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "rhai"));
    paths.sort();
    let case = |path: PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        (name, std::fs::read_to_string(&path).expect("a case is UTF-8 text"), path.with_extension("txt"))
    };
    paths.into_iter().map(case).collect()
}

#[test]
fn every_script_of_a_python_student_has_its_message() {
    let bless = std::env::var_os("BLESS").is_some();
    let cases = cases();
    assert!(cases.len() >= 150, "cases are missing: {}", cases.len());
    let mut wrong = Vec::new();
    for (name, text, beside) in &cases {
        let found: String = told(name, text).iter().map(|error| error.render(false) + "\n").collect();
        let expected = std::fs::read_to_string(beside).unwrap_or_default();
        if found.is_empty() {
            wrong.push(format!("{name}: nothing is said of it"));
        } else if bless {
            std::fs::write(beside, found).expect("the message can be written");
        } else if found != expected {
            wrong.push(format!("{name}: expected\n{expected}\nfound\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_message_has_its_place_its_next_step_and_no_word_of_the_machine() {
    const FOREIGN: [&str; 16] = [
        "quantity",
        "Sym",
        "Dynamic",
        "ImmutableString",
        "array",
        "object map",
        "literal",
        "optlab::",
        "i64",
        "f64",
        "EOF",
        "StateHandle",
        "closure",
        "token",
        "iterable",
        "getter",
    ];
    for (name, text, _) in cases() {
        for error in told(&name, &text) {
            let what = error.what();
            let words = format!("{what} {} {}", error.label_text(), error.help_lines().join(" "));
            for foreign in FOREIGN {
                // What the student wrote may be said.
                assert!(!words.contains(foreign) || text.contains(foreign), "{name}: `{foreign}` in {words}");
            }
            let place = error.place().unwrap_or_else(|| panic!("{name}: no place"));
            assert!(place.line() <= text.lines().count(), "{name}");
            assert!(!what.contains(". ") && !what.ends_with('.'), "{name}: more than a sentence: {what}");
            let step = !error.help_lines().is_empty() || !error.label_text().is_empty();
            assert!(step || what.contains(';'), "{name}: no next step: {what}");
            assert!(error.help_lines().iter().all(|help| help.chars().count() < 200), "{name}: long");
        }
    }
}

#[test]
fn what_simply_works_is_left_alone() {
    let rule = |body: &str| {
        format!(
            "//! A rule, of no `lambda`, 'quotes', def f(x): or np.sqrt; a and b or not c, x ^ 2 // 3 # 4.\n\
             fn hyper() {{ #{{ lr: 1_0e-2 }} }} // in [0, 1], def and or not, `#`, 3 // 4\n\
             fn state(w) {{ #{{ v: zeros(w) }} }}\n\
             fn update(w, dw, state, h, t) {{\n    state.v += dw; /* import numpy; # */ print(\"a and b # 'c' : def\");\n{body}\n}}\n"
        )
    };
    for body in [
        "w - h.lr * dw;",
        "return w - h.lr * dw;",
        "return w - h[\"lr\"] * state[\"v\"]",
        "let a = abs(dw); let a = a * 2; w - a",
        "w - dw.norm() * dw / 10_000",
        "let m = (dw > 0) & (w > 0) | !(dw > 1); w - where(m, dw, 0)",
        "let m = dw > 0 & state.v > 0; w - where(m, dw, 0)",
        "if t % 10 == 0 && h.lr > 0 { w } else if (t > 3) { w * 2 } else { w - dw }",
        "if t > 3 | t < 2 { w } else { w - dw }",
        "let x = if t > 3 { 1 } else { 2 }; w - x * dw",
        "let and = 1; let def = 2; let pass = 3; w - and * def * pass * dw // 3 is a number of this comment",
        "w - 2 ** 0.5 * dw // of each step",
        "for i in 0..3 { w -= dw; } w",
        "let v = state.v; v = v * 2; state.v = v; w - v",
        "w - 1e-8 * dw // t and h",
        "const C = 2; w - C * dw",
    ] {
        let text = rule(body);
        let told = told("mine.rhai", &text);
        assert!(told.is_empty(), "{body}: {}", told[0].render(false));
    }
}

#[test]
fn of_what_ships_nothing_is_said() {
    let entries: Vec<Entry> = Kind::ALL.into_iter().flat_map(script::shipped).collect();
    assert!(entries.len() > 40);
    for entry in entries {
        let told = told(&entry.source.name, &entry.source.text);
        assert!(told.is_empty(), "{}: {}", entry.source.name, told[0].render(false));
    }
}

#[test]
fn comments_and_texts_are_never_taken_for_code() {
    let around = |line: &str| {
        format!(
            "//! x and y, a ^ b, 'c', # d, def e():\nfn hyper() {{ #{{ lr: 0.1 }} }} // t // 3\n\
             fn update(w, dw, state, h, t) {{\n    /* lambda x: x # */ let a = \"x and y # 'z' ^ //\"; // if t > 3:\n{line}\n    w - h.lr * dw\n}}\n"
        )
    };
    for (line, what, column) in [
        ("    let b = dw", "a `;` is missing at the end of this line", 15),
        ("    let b = dw // and the rest: 'x' # y", "a `;` is missing at the end of this line", 15),
        ("    let b = (dw; // )", "this `(` is never closed", 13),
        ("    let b = \"and; # \\\" // 'x'", "this text is never closed", 13),
    ] {
        let told = told("mine.rhai", &around(line));
        let place = told[0].place().unwrap();
        assert_eq!((told[0].what(), place.line(), place.column()), (what, 5, column), "{line}");
    }
}
