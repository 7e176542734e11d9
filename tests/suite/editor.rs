//! What editors, shells and `man` are told: the schema accepts every lab that optlab accepts, and completes what there is.

use assert_cmd::Command;
use boon::{Compiler, Draft, Schemas};
use optlab::lab::keys::page::{LANDSCAPE_EXAMPLE, NETWORK_EXAMPLE, SERIES_EXAMPLE};
use optlab::lab::{Document, Library};
use serde_json::Value;

fn optlab(arguments: &[&str]) -> String {
    let output = Command::cargo_bin("optlab").expect("the binary").args(arguments).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// What a validator that is not ours says of a lab: nothing, or what it finds wrong.
fn validator() -> impl Fn(&str) -> Result<(), String> {
    let schema: Value = serde_json::from_str(&optlab(&["schema"])).expect("JSON");
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler.set_default_draft(Draft::V2020_12);
    compiler.add_resource("lab.json", schema).expect("a schema");
    let compiled = compiler.compile("lab.json", &mut schemas).expect("it is valid by its own draft");
    move |text| {
        let lab = Document::parse("lab.yaml", text).expect("YAML").root().in_a_line();
        let lab: Value = serde_json::from_str(&lab).expect("such YAML is JSON");
        schemas.validate(&lab, compiled).map_err(|error| error.to_string())
    }
}

#[test]
fn the_schema_accepts_every_lab_that_ships_and_every_example() {
    let validate = validator();
    for lab in Library::shipped().labs() {
        assert_eq!(validate(lab.text), Ok(()), "{}", lab.id);
    }
    for example in [NETWORK_EXAMPLE, LANDSCAPE_EXAMPLE, SERIES_EXAMPLE] {
        assert_eq!(validate(example), Ok(()), "{example}");
    }
}

#[test]
fn the_schema_refuses_what_the_table_refuses() {
    let validate = validator();
    for (from, to) in [
        ("batch: 32", "batch: 0"),
        ("batch: 32", "batsh: 32"),
        ("validation: 0.2", "validation: 1.0"),
        ("seed: 7", "seed: -7"),
        ("format: 1", "formatt: 1"),
        ("speed: 200", "speed: fast"),
        ("panes: [loss, gradients]", "panes: [loss, gradient]"),
        ("loss: cross_entropy", "observe: a.rhai"),
    ] {
        assert!(NETWORK_EXAMPLE.contains(from), "{from}");
        assert!(validate(&NETWORK_EXAMPLE.replace(from, to)).is_err(), "{to} is accepted");
    }
    let tasks = |task: &str| format!("{SERIES_EXAMPLE}tasks:\n  - {task}\n");
    assert_eq!(validate(&tasks("{id: a, kind: question, say: What?, answer: 3}")), Ok(()));
    assert!(validate(&tasks("{id: a, kind: questoin, say: What?}")).is_err());
    assert!(validate(&tasks("{id: a, kind: question}")).is_err());
}

#[test]
fn shells_and_man_are_told_of_every_verb() {
    let help = optlab(&["--help"]);
    let verbs: Vec<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .collect();
    let verbs: Vec<&str> = verbs
        .iter()
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(verbs.contains(&"train") && verbs.contains(&"schema"), "{help}");
    let (bash, man) = (optlab(&["completions", "bash"]), optlab(&["man"]));
    for verb in verbs.iter().filter(|verb| **verb != "help") {
        assert!(bash.contains(verb), "bash knows nothing of {verb}");
        assert!(man.contains(&format!("optlab\\-{verb}(1)")), "the page has nothing of {verb}");
    }
    assert!(optlab(&["man", "train"]).contains("\\-\\-set"));
    for shell in ["zsh", "fish", "powershell", "elvish"] {
        assert!(optlab(&["completions", shell]).len() > 1000, "{shell}");
    }
}
