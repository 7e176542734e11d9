//! Words of the command line that are not taken, each with what was meant: verbs with a slip, ids and names where paths
//! stand, kinds where names stand, `--set` without its `=`.

use std::path::Path;

use crate::program::optlab;

/// What is said of arguments that are refused, on standard error.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = optlab(folder, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// What is said on standard output of arguments that are taken.
fn taken(folder: &Path, arguments: &[&str]) -> String {
    let output = optlab(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_verb_with_a_slip_is_told_with_the_verb_that_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, meant) in [
        (&["trian", "adam-on-digits"][..], "did you mean `optlab train adam-on-digits`?"),
        (&["trian", "adam-on-digits", "--json"], "did you mean `optlab train adam-on-digits --json`?"),
        (&["chekc", "."], "did you mean `optlab check .`?"),
        (&["hepl"], "did you mean `optlab help`?"),
        (&["sweep", "x"], "the verbs are train, check,"),
        (&["adam-on-digits", "train"], "write `optlab train adam-on-digits`"),
        (&["adam-on-digits", "mini-batch-on-moons"], "one lab is opened at a time"),
        (&["13-adam"], "did you mean `13-adam-on-digits`?"),
        (&["train", "adam-on-digits", "--stpes", "3"], "'--steps'"),
    ] {
        let said = refused(folder.path(), arguments);
        assert!(said.contains(meant), "{arguments:?}: {said}");
    }
}

#[test]
fn a_value_that_is_set_without_its_equals_sign_is_told_as_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, written) in [
        (&["--set", "training.batch"][..], "write `--set training.batch=VALUE`; `optlab show training.batch` tells"),
        (&["--set", "training.batch:8"], "write `--set training.batch=8`"),
        (&["--set", "training.batch 8"], "write `--set training.batch=8`"),
        (&["--set", "training.batch", "8"], "write `--set training.batch=8`"),
        (&["--set=training.batch", "8"], "write `--set training.batch=8`"),
        (&["--set"], "`--set` wants a key and its value"),
    ] {
        for before in [&["train", "adam-on-digits"][..], &["adam-on-digits"]] {
            let said = refused(folder.path(), &[before, arguments].concat());
            assert!(said.contains(written), "{before:?} {arguments:?}: {said}");
        }
    }
}

#[test]
fn labs_and_scripts_are_checked_by_their_names_and_in_a_working_folder_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let said = taken(folder.path(), &["check", "adam-on-digits", "adam"]);
    assert!(said.contains("ok    adam-on-digits  ") && said.contains("adam.rhai  an optimizer"), "{said}");
    let said = refused(folder.path(), &["check", "adamm"]);
    assert!(said.contains("no script `adamm`") && said.contains("did you mean `adam`?"), "{said}");
    taken(folder.path(), &["init"]);
    let own = folder.path().join("scripts/optimizers/adam.rhai");
    std::fs::write(&own, std::fs::read_to_string(&own).unwrap().replace("fn state(w)", "fn State(w)")).unwrap();
    assert!(refused(folder.path(), &["check", "adam"]).contains("has no function `State`"));
    let said = taken(folder.path(), &["check", "mini-batch-on-moons"]);
    assert!(said.contains("ok    labs/04-mini-batch-on-moons.yaml"), "{said}");
}

#[test]
fn a_script_and_all_of_a_kind_are_copied_to_where_labs_look_for_them() {
    let folder = tempfile::tempdir().unwrap();
    assert!(taken(folder.path(), &["copy", "adam"]).contains("wrote  scripts/optimizers/adam.rhai"));
    let said = taken(folder.path(), &["copy", "optimizers"]);
    assert!(
        said.contains("there  scripts/optimizers/adam.rhai") && said.contains("wrote  scripts/optimizers/sgd.rhai")
    );
    let own = folder.path().join("scripts/optimizers/adam.rhai");
    std::fs::write(&own, "changed").unwrap();
    assert!(refused(folder.path(), &["copy", "adam"]).contains("nothing was copied"));
    assert_eq!(std::fs::read_to_string(&own).unwrap(), "changed");
    assert!(taken(folder.path(), &["copy", "adam", "other"]).contains("wrote  other/scripts/optimizers/adam.rhai"));
    for (what, meant) in
        [("adamm", "did you mean `adam`?"), ("moons", "`optlab show moons`"), ("labs", "`optlab init`")]
    {
        assert!(refused(folder.path(), &["copy", what]).contains(meant), "{what}");
    }
}

#[test]
fn a_kind_that_is_shown_is_listed_and_a_name_that_is_listed_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    for kind in ["optimizers", "schedules", "layers", "keys", "labs"] {
        assert_eq!(taken(folder.path(), &["show", kind]), taken(folder.path(), &["list", kind]), "{kind}");
    }
    assert!(refused(folder.path(), &["list", "adam"]).contains("`optlab show adam` shows it"));
    assert!(refused(folder.path(), &["train", "sgd"]).contains("`sgd` is an optimizer: `optlab show sgd` shows it"));
}

#[test]
fn a_name_that_is_cut_short_is_offered_in_full() {
    let folder = tempfile::tempdir().unwrap();
    let said = refused(folder.path(), &["train", "adam-on-digits", "--set", "rank=val_acc"]);
    assert!(said.contains("did you mean `val_accuracy`?") && said.contains("--> --set rank\n"), "{said}");
    let said = refused(folder.path(), &["train", "adam-on-digits", "--set", "loss=bce"]);
    assert!(said.contains("did you mean `binary_cross_entropy`?"), "{said}");
}
