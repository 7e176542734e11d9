//! What a lab may hold, and how much one command says of what is wrong: few problems, a true count, and little text.

use std::fmt::Write as _;
use std::process::Output;

use crate::program::optlab;
use optlab::lab::Document;

/// The most bytes that one command says of what is wrong.
const BYTES: usize = 20_000;

/// A series whose values are words, each of which is wrong.
fn wrong_values(count: usize) -> String {
    format!("id: a\nseries: {{values: [{}]}}\naverages: [{{simple: 3}}]\n", vec!["x"; count].join(","))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Problems that are drawn, each with a line of its own.
fn drawn(said: &str, word: &str) -> usize {
    said.lines().filter(|line| line.starts_with(word)).count()
}

fn folder(files: &[(&str, String)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn checked(files: &[(&str, String)], paths: &[&str]) -> Output {
    let folder = folder(files);
    optlab(folder.path(), &[&["check"], paths].concat())
}

#[test]
fn a_lab_of_more_than_256_kib_is_refused_by_its_size() {
    let long = format!("id: a\nabout: |\n  {}\n: [not YAML\n", "x".repeat(256 << 10));
    let output = checked(&[("long.yaml", long)], &["long.yaml"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("`long.yaml` is too large: 256.0 KiB, where a lab has 256 KiB at the most"), "{said}");
    let error = Document::read("lab.yaml", &vec![b'['; 5 << 20]).unwrap_err();
    assert!(error.what().contains("5.0 MiB"), "{error}");
    assert!(Document::read("lab.yaml", format!("a: {}", "x".repeat((256 << 10) - 3)).as_bytes()).is_ok());
}

#[test]
fn an_alias_of_a_long_text_counts_each_time() {
    let bomb = |aliases: usize| {
        let text = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; aliases].join(","));
        Document::parse("lab.yaml", &text)
    };
    assert!(bomb(9).is_ok());
    let error = bomb(10).unwrap_err();
    assert_eq!(error.what(), "the texts of this document hold more than 1 MiB");
    assert_eq!(error.place().map(|place| place.key.clone()).as_deref(), Some("b[9]"));
    // So do the keys of a map that is named again.
    let keys: Vec<String> = (0..50).map(|at| format!("{}{at}: 1", "k".repeat(180))).collect();
    let keys = keys.join(", ");
    let named_again = |times: usize| {
        Document::parse("lab.yaml", &format!("a: &a {{{keys}}}\nb: [{}]\n", vec!["*a"; times].join(",")))
    };
    assert!(named_again(100).is_ok());
    assert!(named_again(120).unwrap_err().what().contains("more than 1 MiB"));
}

#[test]
fn a_key_is_a_name_and_not_a_text() {
    assert!(Document::parse("lab.yaml", &format!("{}: 1", "ü".repeat(200))).is_ok());
    let error = Document::parse("lab.yaml", &format!("a: 1\n{}: 1", "ü".repeat(201))).unwrap_err();
    assert!(error.what().starts_with("a key of more than 200 characters: `üü"), "{error}");
    assert_eq!(error.place().map(|place| (place.line(), place.column())), Some((2, 1)));
}

#[test]
fn of_5000_problems_20_are_told_and_the_others_are_counted() {
    let output = checked(&[("lab.yaml", wrong_values(5000))], &["lab.yaml"]);
    let said = said(&output);
    assert_eq!((output.status.code(), drawn(&said, "error: ")), (Some(2), 20), "{said}");
    assert!(said.trim_end().ends_with("\nand 4 980 more problems"), "{said}");
    assert!(said.len() <= BYTES, "{}", said.len());
}

#[test]
fn problems_of_many_files_are_counted_together() {
    let files: Vec<(String, String)> = (10..22).map(|at| (format!("{at}.yaml"), wrong_values(7))).collect();
    let files: Vec<(&str, String)> = files.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    let output = checked(&files, &["."]);
    let (said, verdicts) = (said(&output), String::from_utf8_lossy(&output.stdout).into_owned());
    assert_eq!((output.status.code(), drawn(&said, "error: ")), (Some(2), 20), "{said}");
    assert!(said.trim_end().ends_with("\nand 64 more problems"), "{said}");
    // Which files are wrong is told of each.
    assert_eq!(drawn(&verdicts, "wrong "), 12);
    assert!(verdicts.ends_with("12 checked, 12 wrong\n"), "{verdicts}");
}

#[test]
fn a_racers_share_of_its_labs_problems_is_counted_once() {
    let mut lab =
        String::from("data: {source: moons}\nnetwork: [{dense: 2}]\nloss: cross_entropy\noptimizer:\n  rule: sgd\n");
    for at in 0..100 {
        writeln!(lab, "  wrong{at}: 1").unwrap();
    }
    lab += "compare:\n  one: {training: {batch: 8}}\n  two: {training: {batch: 16, wrong: 1}}\n";
    let output = checked(&[("lab.yaml", lab)], &["lab.yaml"]);
    let said = said(&output);
    // A hundred of the lab, and one of a racer's own.
    assert_eq!(drawn(&said, "error: "), 20, "{said}");
    assert!(said.trim_end().ends_with("\nand 81 more problems"), "{said}");
}

#[test]
fn warnings_leave_room_for_errors_and_are_counted_too() {
    let warned = |seed: usize| {
        format!(
            "seed: {seed}\ndata: {{csv: t.csv, target: y}}\nnetwork: [{{dense: 1}}]\nloss: mse\ntraining: {{steps: 1}}\noptimizer: {{rule: sgd, lr: 0.1}}\n"
        )
    };
    let mut files: Vec<(String, String)> = (10..25).map(|at| (format!("{at}.yaml"), warned(at))).collect();
    files.push(("t.csv".into(), "x,y\n1,1\n1,2\n1,3\n".into()));
    files.push(("wrong.yaml".into(), wrong_values(30)));
    let files: Vec<(&str, String)> = files.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    let output = checked(&files, &["."]);
    let said = said(&output);
    assert_eq!((drawn(&said, "warning: "), drawn(&said, "error: ")), (10, 10), "{said}");
    assert!(said.trim_end().ends_with("and 20 more problems\n\nand 5 more warnings"), "{said}");
}

/// Labs with something long in them where a message might repeat it.
fn long_winded() -> Vec<(&'static str, String)> {
    let long = "ü".repeat(60_000);
    let head = "data: {source: moons}\nnetwork: [{dense: 2}]\nloss: cross_entropy\n";
    let wrong_keys: Vec<String> = (0..100).map(|at| format!("{}{at}: 1\n", "k".repeat(195))).collect();
    let one_line = format!("series: {{values: [{}]}}\naverages: [{{simple: 3}}]\n", vec!["x"; 50_000].join(", "));
    vec![
        ("a text as a number", format!("{head}optimizer: {{rule: sgd, lr: \"{long}\"}}\n")),
        ("an unknown word", format!("{head}optimizer: {{rule: \"{long}\"}}\n")),
        ("a file", format!("data: {{csv: \"{long}\", target: y}}\nnetwork: [{{dense: 2}}]\nloss: mse\n")),
        ("a script", format!("{head}optimizer: {{rule: \"{long}.rhai\"}}\n")),
        ("a source", format!("data: {{source: \"{long}\"}}\nnetwork: [{{dense: 2}}]\nloss: mse\n")),
        ("a layer", format!("data: {{source: moons}}\nnetwork: [\"{long}\"]\nloss: mse\n")),
        ("an open quote", format!("title: \"{long}\n")),
        ("an alias", format!("title: *{}\n", "a".repeat(100_000))),
        ("a tag", format!("title: !{} x\n", "a".repeat(100_000))),
        ("no YAML", format!("{long}: {long}: {long}")),
        ("keys", wrong_keys.concat()),
        ("one line", one_line),
        ("a racer", format!("{head}compare: {{\"{}\": {{}}}}\n", "r".repeat(190))),
        ("a parameter", format!("{head}watch: {{parameter: \"{long}\"}}\n")),
        ("weights", format!("{head}initial: {{weights: \"{long}\"}}\n")),
        ("a title of two lines", format!("title: \"{long}\\n{long}\"\n{head}")),
    ]
}

#[test]
fn what_a_message_repeats_is_short_however_long_it_is() {
    for (what, lab) in long_winded() {
        let output = checked(&[("lab.yaml", lab)], &["lab.yaml"]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{what}: {said}");
        assert!(said.len() <= BYTES, "{what}: {} bytes", said.len());
        assert!(drawn(&said, "error: ") > 0, "{what}: {said}");
    }
}

#[test]
fn an_argument_that_is_wrong_is_repeated_in_short() {
    let long = "x".repeat(60_000);
    let folder = tempfile::tempdir().unwrap();
    let said = |arguments: &[&str]| said(&optlab(folder.path(), arguments));
    for arguments in [
        vec!["train", "mini-batch-on-moons", "--set", &long],
        vec!["train", "mini-batch-on-moons", "--set", &format!("{long}=1")],
        vec!["train", &long],
        vec!["check", &long],
        vec!["show", &long],
        vec!["list", &long],
        vec!["train", "mini-batch-on-moons", "--steps", &long],
        vec![&format!("--{long}")],
    ] {
        let said = said(&arguments);
        assert!(
            !said.is_empty() && said.len() <= BYTES,
            "{}: {} bytes",
            &arguments[0][..5.min(arguments[0].len())],
            said.len()
        );
    }
}

/// What `optlab check` says of a lab with this rule.
fn with_rule(lab: &str, rule: &str) -> (Option<i32>, String) {
    let output = checked(&[("lab.yaml", lab.to_owned()), ("mine.rhai", rule.to_owned())], &["lab.yaml"]);
    (output.status.code(), said(&output))
}

const WIDE: &str = "data: {source: digits}
network: [{dense: 8000}, relu, {dense: 10}]
loss: cross_entropy
optimizer: {rule: mine.rhai}
training: {steps: 1}
";

#[test]
fn what_a_step_of_the_rule_takes_is_in_the_sum_before_any_of_it_is_taken() {
    let products = |count: usize| {
        format!(
            "fn update(w, dw, state, h, t) {{
    let all = [];
    for i in 0..{count} {{ all.push(matmul(transpose(w), w * (i + 1))); }}
    let s = all[0] * 0;
    for a in all {{ s = s + a * sum(s); }}
    w - 0.1 * dw + 0 * sum(s)
}}"
        )
    };
    // Each is a matrix of 8000 x 8000 numbers.
    let (code, said) = with_rule(WIDE, &products(24));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("but 4 GiB is the most") && said.contains(" + the rule's step 6."), "{said}");
    assert!(said.contains("lab.yaml:4:") && said.contains("most of it is for this"), "{said}");
    // A state of another shape than its parameter counts as what it holds, as well on a landscape.
    let states: Vec<String> = (0..9).map(|at| format!("s{at}: zeros(8000, 8000)")).collect();
    let rule = |shape: &str| {
        format!("fn state(w) {{ #{{ {} }} }}\nfn update(w, dw, state, h, t) {{ w - 0.1 * dw }}", states.join(", "))
            .replace("8000, 8000", shape)
    };
    let bowl = "landscape: {source: bowl, start: [1, 1]}\noptimizer: {rule: mine.rhai}\ntraining: {steps: 1}\n";
    let (code, said) = with_rule(bowl, &rule("8000, 8000"));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("this lab would need 4.3 GiB of memory") && said.contains("lab.yaml:2:"), "{said}");
    assert_eq!(with_rule(bowl, &rule("80, 80")).0, Some(0));
}

#[test]
fn a_rule_is_tried_with_the_parameters_of_its_lab() {
    let lab = WIDE.replace("8000", "4").replace("digits", "moons").replace("{dense: 10}", "{dense: 2}");
    let state = "fn state(w) { #{ r: zeros(2, 4) } }\nfn update(w, dw, state, h, t) {
    if w.name == \"W1\" { state.r = 0.9 * state.r + dw; w - 0.1 * state.r } else { w - 0.1 * dw }
}";
    let (code, said) = with_rule(&lab, state);
    assert_eq!(code, Some(0), "{said}");
    // What does not fit is told of the lab's own shapes.
    let product = "fn update(w, dw, state, h, t) { w - 0.1 * matmul(w, dw) }";
    let (code, said) = with_rule(&lab, product);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("2x4 and 2x4"), "{said}");
    // What is wrong whatever the parameters are is told with all else that is.
    let (code, said) = with_rule(&lab.replace("moons", "mons"), "fn update(w, dw, state, h, t) { w - h.lr * dw }");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("`mons`") && said.contains("mine.rhai:1:"), "{said}");
}

#[test]
fn a_rule_that_asks_for_a_parameter_that_its_lab_has_not_is_told() {
    let lab = WIDE.replace("8000", "4").replace("digits", "moons").replace("{dense: 10}", "{dense: 2}");
    let told = |condition: &str| {
        let rule = format!("fn update(w, dw, state, h, t) {{\n    if {condition} {{ w }} else {{ w - 0.1 * dw }}\n}}");
        let (code, said) = with_rule(&lab, &rule);
        assert_eq!(code, Some(0), "{said}");
        said
    };
    let said = told("w.name == \"W7\"");
    assert!(said.contains("`w.name` is never \"W7\" in this lab, so this is always false"), "{said}");
    assert!(said.contains("mine.rhai:2:18") && said.contains("its parameters are W1, b1, W2, b2"), "{said}");
    let said = told("w.layer != 9");
    assert!(said.contains("`w.layer` is never 9 in this lab, so this is always true"), "{said}");
    for condition in ["w.name == \"b2\"", "w.layer == 2", "w.kind == \"gamma\""] {
        assert!(!told(condition).contains("always"), "{condition}");
    }
}
