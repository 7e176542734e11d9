//! Text that leaves the program: whatever a file, a script, a name or an argument holds, nothing that comes out of any verb
//! steers a terminal or turns the direction of a line, and nothing is refused for what is in it.

use std::path::Path;
use std::process::Output;

use optlab::error::is_hidden;

use crate::program::optlab;
use crate::tidy::{code, is_of_tests, sources};

/// A title of the window, colours by C1, a turn of the direction, a separator of lines, the end of a paste.
const HOSTILE: &str = "\u{1b}]0;t\u{7}\u{9b}31m\u{202e}\u{2066}\u{61c}\u{2028}\u{1b}[201~\u{7f}\u{8}";

/// What came out, which must hold nothing hidden.
fn clean(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8(bytes.clone()).unwrap());
    for text in [&out, &err] {
        let hidden = text.chars().find(|c| is_hidden(*c) && !matches!(c, '\n' | '\t'));
        assert!(hidden.is_none(), "{hidden:?} in {text:?}");
    }
    format!("{out}{err}")
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = optlab(folder, arguments);
    (output.status.code().unwrap(), clean(&output))
}

fn folder(files: &[(&str, String)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn rule(about: &str) -> String {
    format!(
        "//! Evil {about} name.\n//! W = W - lr dW\n//! Source: none.\n\
         fn hyper() {{ #{{\n    lr: 0.1, // rate {about}\n}} }}\nfn state(w) {{ #{{}} }}\n\
         fn update(w, dw, state, h, t) {{ w - h.lr * dw }} // {about}\n"
    )
}

const LAB: &str = "id: small
seed: 3
data: {source: moons, samples: 64, validation: 0.25}
network: [dense: 4, tanh, dense: 2]
loss: cross_entropy
training: {steps: 6, batch: 16}
";

#[test]
fn the_catalogue_shows_a_script_with_what_is_hidden_made_visible() {
    let folder = folder(&[
        ("scripts/optimizers/evil.rhai", rule(HOSTILE)),
        ("scripts/optimizers/e\u{9b}vil.rhai", rule(HOSTILE)),
    ]);
    let (code, shown) = run(folder.path(), &["show", "evil"]);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("Evil \u{fffd}]0;t\u{fffd}\u{fffd}31m"), "{shown}");
    assert!(shown.contains("  fn update(w, dw, state, h, t) { w - h.lr * dw } // \u{fffd}]0;t"), "{shown}");
    let (code, listed) = run(folder.path(), &["list", "optimizers"]);
    assert_eq!(code, 0, "{listed}");
    assert!(listed.contains("  evil "), "{listed}");
    assert_eq!(run(folder.path(), &["list"]).0, 0);
    for word in [HOSTILE, "optimizers\u{9b}", "a\u{202e}b"] {
        assert_eq!((run(folder.path(), &["list", word]).0, run(folder.path(), &["show", word]).0), (2, 2));
        assert_eq!(run(folder.path(), &["show", "keys", word]).0, 2);
        assert_eq!(run(folder.path(), &["show", word, "adam"]).0, 2);
        assert_eq!(run(folder.path(), &["bench", word]).0, 2);
    }
}

#[test]
fn errors_point_into_a_hostile_file_without_a_sign_of_it() {
    let script = format!("fn hyper() {{ #{{}} }}\nfn generate(h, rng) {{ let a = \"{HOSTILE}\"; zzz() }}\n");
    let unknown = format!("{LAB}title: {HOSTILE}\nopti{HOSTILE}mizer: adam\nobserve: \"no{HOSTILE}.rhai\"\n");
    let name = format!("n{}\nok    b.yaml", HOSTILE.replace('/', ""));
    let folder = folder(&[
        ("c1.rhai", script),
        ("lab.yaml", unknown),
        (name.as_str(), LAB.to_owned()),
        ("bell\u{7}.rhai", rule("")),
    ]);
    let (code, said) = run(folder.path(), &["check", "c1.rhai"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("zzz"), "{said}");
    let (code, said) = run(folder.path(), &["check", "lab.yaml"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("opti\u{fffd}]0;t"), "{said}");
    let (code, said) = run(folder.path(), &["check", "."]);
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("\nok    bell\u{fffd}.rhai  an optimizer") || said.contains("ok    ./bell\u{fffd}.rhai"),
        "{said}"
    );
    assert!(!said.lines().any(|line| line.starts_with("ok    b.yaml")), "a name feigns a line: {said}");
    for verb in ["check", "train"] {
        assert_eq!(run(folder.path(), &[verb, HOSTILE]).0, 2);
    }
    assert_eq!(run(folder.path(), &["train", &name, "-q"]).0, 0, "no file is refused for its name");
}

#[test]
fn arguments_are_repeated_without_what_is_hidden_in_them() {
    let folder = folder(&[("lab.yaml", LAB.to_owned())]);
    let set = |text: &str| format!("--set={text}");
    let wrong = [
        vec!["train", "lab.yaml", "--seed", HOSTILE],
        vec!["train", "lab.yaml", "--epochs", "\u{9b}1"],
        vec!["train", "lab.yaml", HOSTILE],
        vec!["train", "lab.yaml", "--\u{1b}[31m"],
        vec!["--theme", HOSTILE, "lab.yaml"],
        vec!["lab.yaml", "--colors", HOSTILE],
        vec![HOSTILE, HOSTILE],
    ];
    for arguments in wrong {
        let (code, said) = run(folder.path(), &arguments);
        assert_eq!(code, 2, "{arguments:?}: {said}");
        assert!(said.contains("error"), "{arguments:?}: {said}");
    }
    for value in [
        HOSTILE.to_owned(),
        format!("optimizer.lr={HOSTILE}"),
        format!("{HOSTILE}=3"),
        format!("data={{csv: \"{HOSTILE}\", target: y}}"),
    ] {
        let (code, said) = run(folder.path(), &["train", "lab.yaml", &set(&value)]);
        assert_eq!(code, 2, "{value:?}: {said}");
        assert!(said.contains('\u{fffd}'), "{said}");
    }
    // A text may be anything.
    let (code, said) = run(folder.path(), &["train", "lab.yaml", "-q", &set(&format!("title=\"{HOSTILE}\""))]);
    assert_eq!(code, 0, "{said}");
    assert!(run(folder.path(), &["--help"]).1.contains("Usage: optlab"));
}

#[test]
fn what_scripts_say_is_scrubbed_and_json_stays_json() {
    let watch = format!(
        "fn on_step(run) {{ print(\"said {HOSTILE}\"); if run.step == 3 {{ run.stop(\"because {HOSTILE}\"); }} }}\n"
    );
    let fails = format!("fn on_step(run) {{ if run.step == 2 {{ throw \"thrown {HOSTILE}\"; }} }}\n");
    let id = LAB.replace("id: small", "id: \"small\\e\\x9b\\u202e\"");
    let folder = folder(&[
        ("watch.rhai", watch),
        ("fails.rhai", fails),
        ("stops.yaml", format!("{LAB}observe: watch.rhai\n")),
        ("fails.yaml", format!("{LAB}observe: fails.rhai\n")),
        ("named.yaml", id),
    ]);
    let (code, said) = run(folder.path(), &["train", "stops.yaml"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("said \u{fffd}]0;t") && said.contains("because \u{fffd}]0;t"), "{said}");
    let (code, said) = run(folder.path(), &["train", "fails.yaml", "--out", "a\u{9b}b"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("thrown \u{fffd}]0;t"), "{said}");
    for lab in ["stops.yaml", "fails.yaml", "named.yaml"] {
        let output = optlab(folder.path(), &["train", lab, "--json", "-q"]);
        clean(&output);
        let lines = String::from_utf8(output.stdout).unwrap();
        assert_eq!(lines.lines().count(), 1, "{lines}");
        let json: serde_json::Value = serde_json::from_str(&lines).unwrap();
        assert!(json["status"].is_string(), "{lines}");
    }
}

#[test]
fn names_of_classes_and_columns_are_scrubbed() {
    let row = |i: u32| format!("{i},{}", if i.is_multiple_of(2) { format!("a{HOSTILE}") } else { "b".into() });
    let rows = (0..24).map(row).collect::<Vec<_>>().join("\n");
    let lab = "id: t\ndata: {csv: d.csv, target: y, validation: 0.25}\nnetwork: [dense: 3]\nloss: cross_entropy\ntraining: {steps: 2}\n";
    let folder = folder(&[
        ("d.csv", format!("x{HOSTILE},y\n{rows}\n")),
        ("wrong.yaml", lab.to_owned()),
        ("column.yaml", lab.replace("target: y", &format!("target: \"{HOSTILE}\""))),
        ("right.yaml", lab.replace("dense: 3", "dense: 2")),
    ]);
    for lab in ["wrong.yaml", "column.yaml"] {
        let (code, said) = run(folder.path(), &["check", lab]);
        assert_eq!(code, 2, "{said}");
    }
    let (code, said) = run(folder.path(), &["train", "right.yaml", "--out", "run"]);
    assert_eq!(code, 0, "{said}");
}

/// By what words a text leaves the program, and the files that may say them: the gates, where it is scrubbed. The progress
/// bar of `train` writes by itself, and has numbers alone in it.
const GATES: [(&str, &[&str]); 12] = [
    ("stdout()", &["src/cli/report.rs", "src/ui/terminal", "src/cli/grade.rs"]),
    ("stderr()", &["src/cli/report.rs", "src/cli/folder.rs", "src/cli/mod.rs"]),
    ("println!", &[]),
    ("print!", &[]),
    (".print()", &[]),
    ("/dev/tty", &["src/ui/terminal"]),
    (
        "ProgressBar",
        &["src/cli/train.rs", "src/cli/bench.rs", "src/cli/check", "src/cli/grade.rs", "src/cli/record.rs"],
    ),
    ("set_string", &["src/ui/canvas/pen.rs"]),
    ("cell_mut", &["src/ui/canvas/pen.rs"]),
    ("set_char", &["src/ui/canvas/pen.rs", "src/ui/look/theme.rs"]),
    ("set_symbol", &[]),
    ("set_line", &[]),
];

#[test]
fn text_leaves_by_the_gates_alone() {
    let mut wrong = Vec::new();
    for (name, text) in sources(&["src"]) {
        if is_of_tests(&name) {
            continue;
        }
        let text = code(&text);
        let beyond =
            |(word, gates): &&(&str, &[&str])| text.contains(word) && !gates.iter().any(|gate| name.starts_with(gate));
        wrong.extend(GATES.iter().filter(beyond).map(|(word, _)| format!("{name} says {word}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
