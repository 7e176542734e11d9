//! The catalogue is whole: what ships is what is promised, every entry says what it is, by which formula, in which
//! symbols, after whom and where implementations differ, and a script of a working folder is one of its entries.

use std::path::Path;

use crate::program::optlab;
use optlab::data::{SOURCES, series};
use optlab::nn::{About, Init, LAYERS, LOSSES};
use optlab::script::{Kind, Script, shipped};
use optlab::ui::text::wrap;

/// Everything that ships, by the word of `optlab list` and `optlab show`. Only `rings` and `mlp` are mere examples.
const PROMISED: [(&str, &str); 10] = [
    (
        "optimizers",
        "sgd momentum momentum_corrected heavy_ball nesterov rmsprop rmsprop_centered adam adamw amsgrad adamax nadam \
         radam adagrad adadelta rprop lion adabelief sign_sgd adan ademamix adopt lamb lars lookahead cautious_adamw \
         adafactor prodigy muon shampoo schedule_free_sgd schedule_free_adamw sgd_averaged sam sgld",
    ),
    (
        "schedules",
        "constant step multi_step exponential inverse_time cosine cosine_restarts polynomial linear cyclic one_cycle \
         warmup_cosine plateau",
    ),
    ("activations", "identity relu leaky_relu elu selu gelu silu softplus softsign mish sigmoid tanh"),
    ("losses", "mse mae huber focal label_smoothing cross_entropy binary_cross_entropy hinge"),
    ("datasets", "blobs moons circles spirals xor checkerboard sine line plane waves digits iris rings"),
    ("landscapes", "ravine bowl rosenbrock saddle beale himmelblau rastrigin"),
    ("networks", "mlp"),
    ("series", "sea_temperature noisy_sine step_signal impulse"),
    ("layers", "dense dropout layer_norm batch_norm"),
    ("initialisers", "zeros uniform normal xavier he lecun"),
];

/// The parts of an entry after its formula, in their order.
const PARTS: [&str; 3] = ["Symbols: ", "Source: ", "Implementations differ: "];

/// The columns of a terminal, and those that `optlab list` sets before a sentence.
const TERMINAL: usize = 80;
const BEFORE: usize = 25;

fn promised(word: &str) -> Vec<&'static str> {
    let (_, names) = PROMISED.iter().find(|(known, _)| *known == word).unwrap_or_else(|| panic!("no {word}"));
    let mut names: Vec<&str> = names.split_whitespace().collect();
    names.sort_unstable();
    names
}

/// What is wrong with the text of an entry: a sentence that fits into a row, formula lines, then the three parts.
fn wrong(lines: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    let sentence = lines.first().copied().unwrap_or("");
    if !sentence.ends_with('.') || !sentence.starts_with(char::is_uppercase) {
        wrong.push(format!("begins with no sentence: `{sentence}`"));
    }
    if BEFORE + sentence.chars().count() > TERMINAL {
        wrong.push(format!("its sentence is longer than {} characters", TERMINAL - BEFORE));
    }
    let starts: Vec<Option<usize>> =
        PARTS.iter().map(|part| lines.iter().position(|line| line.starts_with(part))).collect();
    if !starts.is_sorted() || starts.contains(&None) {
        wrong.push(format!("the lines {PARTS:?} are at {starts:?}"));
    }
    let formula = &lines[lines.len().min(1)..starts[0].unwrap_or(lines.len())];
    if formula.is_empty() || !formula.iter().all(|line| line.contains('=')) {
        wrong.push(format!("not every line of its formula has a `=`: {formula:?}"));
    }
    let ends = starts.iter().skip(1).map(|start| start.unwrap_or(0)).chain([lines.len()]);
    for (part, end) in PARTS.iter().zip(ends) {
        if end == 0 || !lines[end - 1].ends_with('.') {
            wrong.push(format!("`{part}` does not end with a full stop"));
        }
    }
    wrong.extend(lines.iter().filter(|line| line.len() > 120).map(|line| format!("too wide: {line}")));
    wrong
}

#[test]
fn what_ships_is_exactly_what_is_promised() {
    for kind in Kind::ALL {
        let mut names: Vec<String> = shipped(kind).into_iter().map(|entry| entry.name).collect();
        match kind {
            Kind::Dataset => names.extend(SOURCES.iter().map(|source| source.name.to_owned())),
            Kind::Series => names.extend(series::ALL.iter().map(|spec| spec.name.to_owned())),
            Kind::Loss => names.extend(LOSSES.iter().map(|loss| loss.name.to_owned())),
            _ => {}
        }
        names.sort();
        assert_eq!(names, promised(kind.folder()), "{}", kind.folder());
    }
    let mut names = Init::ALL.map(Init::name);
    names.sort_unstable();
    assert_eq!(names.as_slice(), promised("initialisers"));
    assert_eq!(PROMISED.len(), Kind::ALL.len() + 2, "every kind has its line");
}

#[test]
fn the_page_about_scripts_names_what_ships() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scripts.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, list) = page.split_once("\n## What ships\n").unwrap();
    let mut kinds = Vec::new();
    for item in list.split("\n- ").skip(1) {
        let (kind, names) = item.split_once([':', ',']).unwrap();
        kinds.push(kind);
        // Between every other pair of backticks; what comes after the list is about single names.
        let list = names.split(". ").next().unwrap();
        let mut names: Vec<&str> = list.split('`').skip(1).step_by(2).flat_map(str::split_whitespace).collect();
        names.sort_unstable();
        assert_eq!(names, promised(kind), "{kind}");
    }
    assert_eq!(kinds.len(), PROMISED.len(), "{kinds:?}");
}

#[test]
fn every_header_has_sentence_formula_symbols_source_and_differences() {
    let mut all = Vec::new();
    for entry in Kind::ALL.into_iter().flat_map(shipped) {
        let script = Script::load(entry.kind, &entry.source).unwrap();
        all.extend(wrong(&script.header()).into_iter().map(|what| format!("{}: {what}", entry.source.name)));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn every_entry_that_is_no_script_has_them_as_well() {
    let sources = SOURCES.iter().map(|spec| About {
        name: spec.name,
        sentence: spec.about,
        formula: spec.formula,
        symbols: spec.symbols,
        source: spec.source,
        differs: spec.differs,
    });
    let series = series::ALL.iter().map(|spec| About {
        name: spec.name,
        sentence: spec.about,
        formula: spec.formula,
        symbols: spec.symbols,
        source: spec.source,
        differs: spec.differs,
    });
    let mut all = Vec::new();
    for about in LOSSES
        .into_iter()
        .chain(LAYERS)
        .chain(Init::ALL.map(Init::about).into_iter().copied())
        .chain(sources)
        .chain(series)
    {
        let parts = PARTS.iter().zip([about.symbols, about.source, about.differs]);
        let parts: Vec<String> = parts.map(|(part, text)| format!("{part}{text}")).collect();
        let text = format!("{}\n{}\n{}", about.sentence, about.formula, parts.join("\n"));
        let text = wrap(&text, 116);
        let lines: Vec<&str> = text.iter().map(String::as_str).collect();
        all.extend(wrong(&lines).into_iter().map(|what| format!("{}: {what}", about.name)));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn a_header_that_lacks_something_is_found() {
    let whole =
        ["A rule.", "W = W - lr dW", "Symbols: W a weight.", "Source: made here.", "Implementations differ: no."];
    assert_eq!(wrong(&whole), Vec::<String>::new());
    for without in 0..whole.len() {
        let mut lines = whole.to_vec();
        lines.remove(without);
        assert!(!wrong(&lines).is_empty(), "without `{}`", whole[without]);
    }
    assert!(!wrong(&[]).is_empty());
    let long = "A rule with a sentence that no row of a terminal has the room for.";
    assert!(!wrong(&[&[long], &whole[1..]].concat()).is_empty());
}

/// What it prints, if it succeeds.
fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = optlab(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_name_is_listed_and_shown_by_the_program() {
    let folder = tempfile::tempdir().unwrap();
    for (word, _) in PROMISED {
        let list = printed(folder.path(), &["list", word]);
        let mut listed: Vec<&str> = list.lines().skip(1).filter_map(|row| row.split_whitespace().next()).collect();
        listed.sort_unstable();
        assert_eq!(listed, promised(word), "{word}");
        let wide: Vec<&str> = list.lines().filter(|row| row.chars().count() > TERMINAL).collect();
        assert!(wide.is_empty(), "{wide:#?}");
        for name in promised(word) {
            let shown = printed(folder.path(), &["show", name]);
            let (singular, _) = shown.split_once(" (").unwrap();
            assert_eq!(singular, name);
            let text: Vec<&str> = shown.lines().skip(2).take_while(|line| !line.is_empty()).collect();
            assert_eq!(wrong(&text), Vec::<String>::new(), "`optlab show {name}`");
            // A function of the same name is told behind it.
            let rest = shown.strip_prefix(&printed(folder.path(), &["show", word, name]));
            assert!(rest.is_some_and(|rest| rest.is_empty() || rest.contains("`optlab show function")), "{shown}");
        }
    }
}

#[test]
fn a_name_that_is_wrong_is_told_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    for (words, says) in [
        (&["show", "initialiser", "hee"][..], "did you mean `he`?"),
        (&["show", "xavir"], "did you mean `xavier`?"),
        (&["show", "optimizer", "he"], "there is nothing called `he`"),
        (&["show", "initialisr", "he"], "did you mean `initialisers`?"),
        (&["list", "optimisers"], "did you mean `optimizers`?"),
    ] {
        let output = optlab(folder.path(), words);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(errors.contains(says), "{words:?}: {errors}");
    }
}

#[test]
fn functions_of_scripts_are_listed_by_groups_and_shown_with_an_example_and_their_names_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let list = printed(folder.path(), &["list", "functions"]);
    for words in [
        "by axis (optimizers)",
        "  sum(x, axis) ",
        "  rng.normal(mean, deviation) ",
        "  w.kind ",
        "  run.val_loss ",
        "  PI ",
    ] {
        assert!(list.contains(words), "{words}: {list}");
    }
    assert_eq!(printed(folder.path(), &["show", "functions"]), list);
    let shown = printed(folder.path(), &["show", "matmul"]);
    for words in
        ["matmul(a, b) (function of scripts, matrices)", "In        optimizers", "transpose(dw)", "torch.matmul"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert_eq!(printed(folder.path(), &["show", "function", "matmul"]), shown);
    let sums = printed(folder.path(), &["show", "sum"]);
    assert!(sums.contains("sum(x) (") && sums.contains("sum(x, axis) ("), "{sums}");
    // A word of the catalogue means its entry.
    assert!(printed(folder.path(), &["show", "relu"]).starts_with("relu (activation"));
    assert!(printed(folder.path(), &["show", "function", "relu"]).starts_with("relu(x) (function of scripts"));
    // A key of a lab and an initialiser hide no function.
    for (name, first) in [("evaluate", "training.evaluate (key"), ("normal", "normal (initialiser")] {
        let shown = printed(folder.path(), &["show", name]);
        assert!(shown.starts_with(first) && shown.contains(&format!("`optlab show function {name}`")), "{shown}");
    }
    let output = optlab(folder.path(), &["show", "matmull"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `matmul`?"));
    let json: serde_json::Value =
        serde_json::from_str(&printed(folder.path(), &["list", "functions", "--json"])).unwrap();
    let all = json["functions"].as_array().unwrap();
    let one = all.iter().find(|row| row["name"] == "matmul").unwrap();
    assert_eq!((&one["kinds"], &one["group"]), (&serde_json::json!(["optimizers"]), &serde_json::json!("matrices")));
    assert!(all.len() > 150 && one["elsewhere"].as_array().unwrap().len() > 3, "{one}");
}

#[test]
fn what_another_language_calls_otherwise_is_shown_by_what_it_is_called_here() {
    let folder = tempfile::tempdir().unwrap();
    for (name, first, row) in [
        ("np.linalg.norm", "`np.linalg.norm` is written `norm` here.", "norm(x) (function of scripts"),
        ("torch.where", "`torch.where` is written `where` here.", "where(mask, a, b) (function of scripts"),
        ("@", "`@` is written `matmul` here.", "matmul(a, b) (function of scripts"),
        ("einsum", "Scripts have no `einsum`. Sums of products are `matmul(a, b)`", ""),
        ("a / b", "a / b (function of scripts, operators)", ""),
        ("/", "a / b (function of scripts, operators)", ""),
    ] {
        let shown = printed(folder.path(), &["show", name]);
        assert!(shown.starts_with(first) && shown.contains(row), "{name}: {shown}");
        assert_eq!(printed(folder.path(), &["show", "function", name]), shown);
    }
    // A path stays one.
    let output = optlab(folder.path(), &["show", "no/lab"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no file `no/lab`"));
}

#[test]
fn a_long_default_is_short_and_two_columns_before_its_meaning() {
    let folder = tempfile::tempdir().unwrap();
    for (name, row) in [
        ("adafactor", " 1e-30      is added to squared gradients"),
        ("multi_step", " [500, 800]  the steps at which it changes"),
        ("adam", " 0.001      learning rate"),
    ] {
        let shown = printed(folder.path(), &["show", name]);
        let start = shown.find("\nParameters\n").unwrap();
        let all: Vec<&str> = shown[start..].lines().skip(2).take_while(|line| !line.is_empty()).collect();
        assert!(all.iter().any(|line| line.contains(row)), "{name}: {all:#?}");
    }
}

#[test]
fn every_list_is_one_line_of_json_for_a_program() {
    let folder = tempfile::tempdir().unwrap();
    for (word, _) in PROMISED.into_iter().chain([("keys", ""), ("labs", ""), ("tapes", "")]) {
        let printed = printed(folder.path(), &["list", word, "--json"]);
        assert_eq!(printed.lines().count(), 1);
        let json: serde_json::Value = serde_json::from_str(&printed).unwrap();
        let rows = json[word].as_array().unwrap();
        if let Some((_, names)) = PROMISED.iter().find(|(known, _)| *known == word) {
            assert_eq!(rows.len(), names.split_whitespace().count(), "{word}");
        }
        assert!(!rows.is_empty() && rows.iter().all(|row| row["name"].is_string() && row["sentence"].is_string()));
    }
}

/// Heavy ball whose velocity is turned back where it and the gradient disagree: no shipped rule.
const MINE: &str = "//! A heavy ball that forgets where it goes uphill.
//! v = momentum v where v dW >= 0, else 0; then v = v + dW
//! W = W - lr v
//! Source: made for a test.

fn hyper() { #{
    lr: 0.02,       // learning rate
    momentum: 0.9,  // share of the velocity that is kept, in [0, 1)
} }

fn state(w) { #{ v: zeros(w) } }

fn update(w, dw, state, h, t) {
    state.v = where(state.v * dw >= 0, h.momentum * state.v, 0) + dw;
    w - h.lr * state.v
}
";

const RACE: &str = "format: 1
id: mine-and-sgd
title: Mine against gradient descent
seed: 5
data: {source: moons, samples: 100, noise: 0.1}
network: [{dense: 8}, tanh, {dense: 2}]
loss: cross_entropy
training: {epochs: 4, batch: 20}
optimizer: {rule: mine}
compare:
  sgd: {optimizer: {rule: sgd, lr: 0.1}}
";

#[test]
fn an_optimizer_in_one_file_of_a_working_folder_is_like_the_shipped_ones() {
    let folder = tempfile::tempdir().unwrap();
    let scripts = folder.path().join("scripts/optimizers");
    std::fs::create_dir_all(&scripts).unwrap();
    std::fs::write(folder.path().join("lab.yaml"), RACE).unwrap();

    let output = optlab(folder.path(), &["train", "lab.yaml", "--json"]);
    assert_eq!(output.status.code(), Some(2), "nothing is called `mine` yet");

    std::fs::write(scripts.join("mine.rhai"), MINE).unwrap();
    let list = printed(folder.path(), &["list", "optimizers"]);
    let row = list.lines().find(|row| row.trim_start().starts_with("mine ")).unwrap();
    assert!(row.contains("A heavy ball that forgets where it goes uphill.") && row.contains("mine.rhai"), "{row}");
    assert_eq!(list.lines().count(), 1 + promised("optimizers").len() + 1);

    let shown = printed(folder.path(), &["show", "mine"]);
    let parts =
        ["mine (optimizer, ", "W = W - lr v", "momentum       0.9", "share of the velocity", "state.v = where("];
    parts.iter().for_each(|part| assert!(shown.contains(part), "{part}: {shown}"));

    let checked = printed(folder.path(), &["check", "scripts", "lab.yaml"]);
    assert!(checked.contains("mine.rhai  an optimizer") && checked.contains("2 checked, 0 wrong"), "{checked}");

    let json: serde_json::Value =
        serde_json::from_str(&printed(folder.path(), &["train", "lab.yaml", "--json"])).unwrap();
    let runs = json["runs"].as_object().unwrap();
    assert_eq!(runs.keys().map(String::as_str).collect::<Vec<_>>(), ["mine", "sgd"]);
    let loss = |name: &str| runs[name]["loss"].as_f64().unwrap();
    for name in ["mine", "sgd"] {
        assert_eq!(
            (runs[name]["steps"].as_u64(), runs[name]["status"].as_str()),
            (Some(20), Some("finished")),
            "{name}"
        );
        // The loss of guessing two classes is ln 2.
        assert!(loss(name) < std::f64::consts::LN_2, "{name}: {}", loss(name));
    }
    assert!(loss("mine") != loss("sgd"));
}
