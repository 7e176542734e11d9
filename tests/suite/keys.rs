//! What the table of lab keys promises: every row is read by the check, has the default that it tells, belongs to racers
//! as it says; and the reference page `docs/lab-file.md` is what the table makes of it.

use std::path::Path;
use std::process::{Command, Output};

use optlab::Error;
use optlab::lab::keys::page::{LANDSCAPE_EXAMPLE, NETWORK_EXAMPLE, SERIES_EXAMPLE, page};
use optlab::lab::keys::{self, Default, Edit, KEYS, Key, LabKind, Race};
use optlab::lab::{Change, Document, Files, Lab};

const NETWORK: &str = "
data: {source: moons, samples: 40}
network: [dense: {units: 4}, layer_norm: {}, batch_norm: {}, dropout: 0.1, relu, dense: 2]
loss: cross_entropy
optimizer: {groups: [{kind: weight, lr: 0.2}]}
";
const LANDSCAPE: &str = "
landscape: {source: bowl, start: [1, 1]}
optimizer: {groups: [{kind: xy, lr: 0.2}]}
";
const SERIES: &str = "
series: {values: [1, 2, 3]}
averages: [simple: 2, weighted: [1, 2], exponential: {beta: 0.9}]
";

fn base(kind: LabKind) -> &'static str {
    match kind {
        LabKind::Network => NETWORK,
        LabKind::Landscape => LANDSCAPE,
        LabKind::Series => SERIES,
    }
}

fn check(document: &Document) -> Result<Lab, Vec<Error>> {
    Lab::check(document, &Files::beside(Path::new("a.yaml")).unwrap(), None)
}

fn on_a_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(optlab::train::STACK);
        builder.spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}

/// A lab of a kind with a value set at a key, and without the keys that exclude it.
fn with(kind: LabKind, key: &'static Key, path: &str, value: &str) -> Document {
    let mut document = Document::parse("a.yaml", base(kind)).unwrap();
    // The rest of a section in which the key is not alone.
    let company = match key.path {
        "data.csv" => Some(("data", "{target: y}")),
        "data.idx.images" | "data.idx.labels" => Some(("data", "{idx: {images: x.idx, labels: y.idx}}")),
        "series.csv" => Some(("series", "{column: y}")),
        _ => None,
    };
    if let Some((section, keys)) = company {
        document.set(section, keys).unwrap();
    }
    let section = path.rsplit_once('.').map_or("", |(section, _)| section);
    for rival in key.rivals().filter(|_| !section.contains('[')) {
        document.remove(&[section.into(), rival.name().into()]);
    }
    if document.set(path, value).is_err() {
        // The section is a name or a list there, and takes keys only as a map.
        document.set(section, &format!("{{{}: {value}}}", key.name())).unwrap();
    }
    document
}

/// The path of a key in the labs above: an element of a list that has it, a name in the place of any name.
fn path_in_base(key: &Key) -> Option<String> {
    let element = |list: &str, name: &str| match (list, name) {
        ("network", "dense") | ("averages", "simple") | ("optimizer.groups", _) => Some(0),
        ("network", "layer_norm") | ("averages", "weighted") => Some(1),
        ("network", "batch_norm") | ("averages", "exponential") => Some(2),
        ("network", "dropout") => Some(3),
        _ => None,
    };
    let path = key.path.replace("HYPER", "lr").replace("NAME", "sgd2");
    let Some((list, inside)) = path.split_once("[].") else { return Some(path) };
    let at = element(list, inside.split('.').next().unwrap_or(inside))?;
    Some(format!("{list}[{at}].{inside}"))
}

#[test]
fn a_wrong_value_of_any_key_is_refused_where_it_stands() {
    let wrong = on_a_large_stack(|| {
        let mut wrong = Vec::new();
        let mut tried = 0;
        for key in KEYS.iter().filter(|key| key.beside.is_none()) {
            for kind in key.labs {
                let Some(path) = path_in_base(key) else { continue };
                tried += 1;
                let document = with(*kind, key, &path, "{no: {such: value}}");
                match check(&document) {
                    Ok(_) => wrong.push(format!("{path} of a {} lab may be anything", kind.name())),
                    Err(errors) => {
                        let unknown = format!("has no key `{}`", key.name());
                        if errors.iter().any(|error| error.what().contains(&unknown)) {
                            wrong.push(format!("{path} is not known to a {} lab", kind.name()));
                        }
                        let here = |error: &Error| error.place().is_some_and(|place| place.key.starts_with(&path));
                        if !errors.iter().any(here) {
                            let all: Vec<&str> = errors.iter().map(Error::what).collect();
                            wrong.push(format!("{path} of a {} lab: {all:?}", kind.name()));
                        }
                    }
                }
            }
        }
        assert!(tried > 80, "{tried}");
        wrong
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A default as YAML.
fn written(default: Default) -> Option<String> {
    match default {
        Default::Whole(value) => Some(value.to_string()),
        Default::Number(value) => Some(value.to_string()),
        Default::Flag(value) => Some(value.to_string()),
        Default::Word(word) => Some(word.to_owned()),
        Default::Required | Default::Nothing | Default::Told(_) => None,
    }
}

#[test]
fn a_lab_without_a_key_is_the_lab_with_its_default() {
    on_a_large_stack(|| {
        let mut tried = 0;
        for key in KEYS {
            let Some((value, path)) = written(key.default).zip(path_in_base(key)) else { continue };
            // What stands beside a file needs one: `tables` looks at those.
            if key.beside.is_some() {
                continue;
            }
            for kind in key.labs {
                // Of keys that exclude each other the first has the default.
                if *kind == LabKind::Network && key.path == "training.steps" {
                    continue;
                }
                tried += 1;
                let without = check(&Document::parse("a.yaml", base(*kind)).unwrap()).unwrap().resolved;
                let given = check(&with(*kind, key, &path, &value)).unwrap().resolved;
                assert_eq!(without, given, "{path} of a {} lab", kind.name());
                let own = key.path == "format" || without.contains(&format!("{}: {value}", key.name()));
                let small = written(key.default).is_some_and(|text| text.parse::<f64>().is_ok_and(|x| x.abs() < 1e-4));
                assert!(own || small, "{path}: {value} does not stand in\n{without}");
            }
        }
        assert!(tried > 20, "{tried}");
    });
}

#[test]
fn racers_may_set_what_the_table_says() {
    on_a_large_stack(|| {
        for key in keys::inside("").filter(|key| key.is_of(LabKind::Network)) {
            let text = format!("{NETWORK}compare: {{other: {{{}: {{no: {{such: value}}}}}}}}\n", key.path);
            let errors = check(&Document::parse("a.yaml", &text).unwrap()).unwrap_err();
            let refused = format!("the racer `other` has no key `{}`", key.path);
            assert_eq!(errors.iter().any(|error| error.what() == refused), !key.race.may(), "{}", key.path);
        }
    });
}

#[test]
fn what_a_racer_inherits_is_what_the_table_says() {
    on_a_large_stack(|| {
        let text = format!(
            "{NETWORK}training: {{steps: 9, batch: 4, clip_norm: 1}}\nevents: [{{step: 1, set: {{lr: 0.5}}}}]\n\
             watch: {{speed: 7}}\ncompare: {{other: {{training: {{epochs: 2, clip_value: 3}}}}}}\n"
        );
        let lab = check(&Document::parse("a.yaml", &text).unwrap()).unwrap();
        let other = &lab.race[1].lab.resolved;
        assert_eq!(keys::find("training").unwrap().race, Race::Merged);
        assert!(other.contains("epochs: 2") && !other.contains("steps: 9"), "{other}");
        assert!(
            other.contains("batch: 4") && other.contains("clip_value: 3") && !other.contains("clip_norm"),
            "{other}"
        );
        assert!(!other.contains("events") && !other.contains("speed: 7"), "{other}");
    });
}

#[test]
fn an_edit_does_what_the_table_says() {
    let edits = [
        ("title", "other", NETWORK),
        ("watch.speed", "5", NETWORK),
        ("training.epochs", "3", NETWORK),
        ("training.evaluate", "2", NETWORK),
        ("training.clip_norm", "2.5", NETWORK),
        ("training.batch", "8", NETWORK),
        ("training.shuffle", "false", NETWORK),
        ("training.rest", "drop", NETWORK),
        ("training.accumulate", "2", NETWORK),
        ("optimizer.lr", "0.3", NETWORK),
        ("optimizer.rule", "adam", NETWORK),
        ("optimizer.groups", "[{kind: bias, lr: 0.3}]", NETWORK),
        ("optimizer.groups[0].lr", "0.3", LANDSCAPE),
        ("events", "[{step: 1, set: {lr: 0.5}}]", NETWORK),
        ("seed", "5", NETWORK),
        ("data.validation", "0.25", NETWORK),
        ("data.test", "0.1", NETWORK),
        ("penalty.l2", "0.5", NETWORK),
        ("loss", "hinge", NETWORK),
        ("landscape.noise", "0.5", LANDSCAPE),
        ("training.steps", "7", LANDSCAPE),
    ];
    on_a_large_stack(move || {
        for (path, value, base) in edits {
            let before = check(&Document::parse("a.yaml", base).unwrap()).unwrap();
            let mut document = Document::parse("a.yaml", base).unwrap();
            document.set(path, value).unwrap();
            let change = before.change_to(&check(&document).unwrap());
            let told = match change {
                Change::Nothing => panic!("{path} changes nothing"),
                Change::Shown => Edit::Shown,
                Change::Live => Edit::NextStep,
                Change::Start(_) => Edit::Restart,
            };
            assert_eq!(told, keys::find(path).unwrap().edit, "{path}");
        }
    });
}

#[test]
fn the_reference_page_is_what_the_table_makes_of_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lab-file.md");
    if std::env::var_os("OPTLAB_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, page()).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == page(),
        "docs/lab-file.md is not what the table of keys tells: write it anew by\n\
         OPTLAB_BLESS=1 cargo test the_reference_page_is_what_the_table_makes_of_it"
    );
}

#[test]
fn the_labs_on_the_reference_page_are_right() {
    on_a_large_stack(|| {
        for example in [NETWORK_EXAMPLE, LANDSCAPE_EXAMPLE, SERIES_EXAMPLE] {
            let lab = check(&Document::parse("a.yaml", example).unwrap());
            let errors = lab.map_or_else(|errors| errors, |lab| lab.warnings);
            assert!(errors.is_empty(), "{}", errors.iter().map(|error| error.render(false)).collect::<String>());
        }
    });
}

fn optlab(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_optlab")).args(arguments).output().unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let output = optlab(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_command_line_lists_every_key_and_shows_one() {
    let list = printed(&["list", "keys"]);
    assert_eq!(list.lines().count(), KEYS.len() + 1);
    assert!(KEYS.iter().all(|key| list.lines().any(|line| line.trim_start().starts_with(key.path))));
    let batch = printed(&["show", "training.batch"]);
    for told in
        ["training.batch (key of a lab file)", "network", "at least 1, or `full`", "`32`", "waits for a restart"]
    {
        assert!(batch.contains(told), "{told} is not in\n{batch}");
    }
    assert_eq!(batch, printed(&["show", "keys", "training.batch"]));
    assert_eq!(batch, printed(&["show", "keys", "batch"]));
    assert_eq!(printed(&["show", "network[2].dense.units"]), printed(&["show", "keys", "network.2.dense.units"]));
    // A word of the catalogue means its entry.
    assert!(printed(&["show", "dropout"]).starts_with("dropout (layer)"));
    assert!(printed(&["show", "optimizer.lr"]).starts_with("optimizer.HYPER"));
}

#[test]
fn a_slip_in_a_key_is_answered_with_the_nearest() {
    for arguments in [&["show", "training.bach"][..], &["show", "keys", "training.bach"]] {
        let output = optlab(arguments);
        assert_eq!(output.status.code(), Some(2));
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("did you mean `training.batch`?"), "{told}");
    }
}
