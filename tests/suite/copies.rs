//! Copies of labs and working folders, made by the program in folders of their own: what is written, what never is, and that
//! copies run as what they are copies of.

use std::path::Path;

use crate::program::{files, optlab, said};

/// A lab, or texts of one.
fn is_yaml(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "yaml")
}

/// The texts of a lab in another language, which come with that language.
fn is_translation(name: &str) -> bool {
    is_yaml(name) && name.matches('.').count() > 1
}

/// What a run of a lab gives, without what measures time.
fn trained(folder: &Path, lab: &str) -> serde_json::Value {
    let output = optlab(folder, &["train", lab, "--json", "-q", "--steps", "20"]);
    let mut json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for field in ["seconds", "steps_per_second"] {
        json[field] = serde_json::Value::Null;
    }
    json
}

#[test]
fn a_copy_has_all_that_the_lab_is_made_of_and_runs_as_the_lab_does() {
    let top = tempfile::tempdir().unwrap();
    let (code, text) = said(top.path(), &["copy", "momentum-in-the-ravine", "new/mine"]);
    assert_eq!(code, 0, "{text}");
    let copied = files(top.path());
    let names: Vec<&str> = copied.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "new/mine/11-momentum-in-the-ravine.pt.yaml",
            "new/mine/11-momentum-in-the-ravine.yaml",
            "new/mine/angle.rhai",
            "new/mine/scripts/landscapes/ravine.rhai",
            "new/mine/scripts/optimizers/momentum.rhai"
        ]
    );
    assert!(names.iter().all(|name| text.contains(&format!("wrote  {name}"))), "{text}");
    assert!(text.contains("optlab new/mine/11-momentum-in-the-ravine.yaml"), "{text}");
    let (lab, copy) = ("momentum-in-the-ravine", "new/mine/11-momentum-in-the-ravine.yaml");
    assert_eq!(trained(top.path(), lab), trained(top.path(), copy));
    // The copied rule is the one that counts.
    let rule = top.path().join("new/mine/scripts/optimizers/momentum.rhai");
    let text = std::fs::read_to_string(&rule).unwrap();
    std::fs::write(&rule, text.replace("w - h.lr", "w - 0.5 * h.lr")).unwrap();
    assert_ne!(trained(top.path(), lab), trained(top.path(), copy));
}

#[test]
fn every_shipped_lab_can_be_copied_and_opens_as_a_copy() {
    for id in optlab::lab::Lab::shipped() {
        let top = tempfile::tempdir().unwrap();
        assert_eq!(said(top.path(), &["copy", id]).0, 0, "{id}");
        let lab = files(top.path())
            .into_keys()
            .find(|name| name.split_once('.').is_some_and(|(_, end)| end == "yaml"))
            .unwrap();
        let (code, text) = said(top.path(), &["check", &lab]);
        assert_eq!(code, 0, "{text}");
    }
}

#[test]
fn nothing_is_written_over_and_what_is_the_same_is_taken_as_copied() {
    let top = tempfile::tempdir().unwrap();
    assert_eq!(said(top.path(), &["copy", "write-an-optimizer"]).0, 0);
    let before = files(top.path());
    let (code, text) = said(top.path(), &["copy", "write-an-optimizer"]);
    assert!(code == 0 && text.contains("nothing was written"), "{text}");
    // Two of them are the student's by now, and one is gone.
    std::fs::write(top.path().join("my_optimizer.rhai"), "// mine\n").unwrap();
    std::fs::write(top.path().join("16-write-an-optimizer.yaml"), "id: mine\n").unwrap();
    std::fs::remove_dir_all(top.path().join("scripts")).unwrap();
    let (code, text) = said(top.path(), &["copy", "write-an-optimizer"]);
    assert_eq!(code, 2);
    assert!(text.contains("`16-write-an-optimizer.yaml`, `my_optimizer.rhai` are there already"), "{text}");
    assert!(text.contains("`optlab copy write-an-optimizer DIR`"), "{text}");
    assert!(text.contains("`optlab 16-write-an-optimizer.yaml` opens the lab that is there"), "{text}");
    assert_eq!(files(top.path()).len(), before.len() - 1, "all or nothing");
    assert_eq!(said(top.path(), &["copy", "write-an-optimizer", "elsewhere"]).0, 0);
}

#[test]
fn a_lab_of_ones_own_is_copied_with_its_tables_and_not_what_lies_outside() {
    let top = tempfile::tempdir().unwrap();
    let labs = top.path().join("labs");
    std::fs::create_dir_all(labs.join("data")).unwrap();
    std::fs::write(labs.join("data/points.csv"), "x,y\n1,2\n2,3\n3,5\n4,6\n").unwrap();
    let lab = "title: Mine\ndata: {csv: data/points.csv, target: y}\nnetwork: [{dense: 1}]\nloss: mse\noptimizer: {rule: sgd}\n";
    std::fs::write(labs.join("mine.yaml"), lab).unwrap();
    let (code, text) = said(top.path(), &["copy", "labs/mine.yaml", "there"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(
        files(&top.path().join("there")).into_keys().collect::<Vec<_>>(),
        ["data/points.csv", "mine.yaml", "scripts/losses/mse.rhai", "scripts/optimizers/sgd.rhai"]
    );
    assert_eq!(said(top.path(), &["check", "there/mine.yaml"]).0, 0);
    // In a working folder a lab may name what lies above it, which a copy alone would not find.
    std::fs::create_dir(top.path().join(".optlab")).unwrap();
    std::fs::write(top.path().join(".optlab/root"), "").unwrap();
    std::fs::rename(labs.join("data/points.csv"), top.path().join("points.csv")).unwrap();
    std::fs::write(labs.join("mine.yaml"), lab.replace("data/points", "../points")).unwrap();
    let (code, text) = said(top.path(), &["copy", "labs/mine.yaml", "again"]);
    assert!(code == 2 && text.contains("`../points.csv`") && !top.path().join("again").exists(), "{text}");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_or_into_what_is_no_folder() {
    let top = tempfile::tempdir().unwrap();
    std::fs::create_dir(top.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("elsewhere", top.path().join("scripts")).unwrap();
    let (code, text) = said(top.path(), &["copy", "write-an-optimizer"]);
    assert!(code == 2 && text.contains("`scripts` is a link"), "{text}");
    assert!(files(top.path()).is_empty());
    std::fs::write(top.path().join("file"), "").unwrap();
    for verb in [&["copy", "write-an-optimizer", "file"][..], &["init", "file"], &["init", "."]] {
        assert_eq!(said(top.path(), verb).0, 2, "{verb:?}");
    }
    assert_eq!(files(top.path()).len(), 1);
}

#[test]
fn a_working_folder_has_the_labs_the_scripts_and_the_mark() {
    let top = tempfile::tempdir().unwrap();
    let (code, text) = said(top.path(), &["init", "course"]);
    assert!(code == 0 && text.contains("cd course && optlab"), "{text}");
    let course = top.path().join("course");
    let made = files(&course);
    for name in
        [".optlab/root", "README.md", "labs/13-adam-on-digits.yaml", "labs/angle.rhai", "scripts/optimizers/adam.rhai"]
    {
        assert!(made.contains_key(name), "{name}");
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["labs", "scripts"] {
        for (name, bytes) in files(&here.join(folder))
            .into_iter()
            .filter(|(name, _)| !name.starts_with("solutions/") && !is_translation(name))
        {
            let copy = &made[&format!("{folder}/{name}")];
            // A lab begins with a line for editors.
            let line = copy.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let has_line = copy.starts_with(b"# yaml-language-server: ");
            assert_eq!(has_line, is_yaml(&name), "{folder}/{name}");
            assert_eq!(&copy[if has_line { line } else { 0 }..], bytes, "{folder}/{name}");
        }
    }
    let (code, text) = said(&course, &["check", "labs"]);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn a_working_folder_made_again_gets_what_is_new_and_names_what_differs() {
    let top = tempfile::tempdir().unwrap();
    assert_eq!(said(top.path(), &["init"]).0, 0);
    let all = files(top.path());
    let (code, text) = said(top.path(), &["init"]);
    assert!(code == 0 && text.contains("nothing was written"), "{text}");
    std::fs::write(top.path().join("scripts/optimizers/adam.rhai"), "// mine\n").unwrap();
    std::fs::remove_file(top.path().join("labs/angle.rhai")).unwrap();
    std::fs::write(top.path().join(".optlab/root"), "a mark of another release\n").unwrap();
    let (code, text) = said(top.path(), &["init"]);
    assert!(code == 0 && text.contains("wrote 1 file") && text.contains("  scripts/optimizers/adam.rhai"), "{text}");
    assert!(!text.contains(".optlab"), "{text}");
    let after = files(top.path());
    assert_eq!(after.len(), all.len());
    assert_eq!(after["scripts/optimizers/adam.rhai"], b"// mine\n");
    // Below a working folder it is said that the root is another one.
    let (_, text) = said(top.path(), &["init", "labs/inner"]);
    assert!(text.contains("lies in the working folder"), "{text}");
}

#[test]
fn what_lies_outside_of_a_lab_is_found_once_the_folder_above_is_a_working_folder() {
    let top = tempfile::tempdir().unwrap();
    let labs = top.path().join("labs");
    std::fs::create_dir(&labs).unwrap();
    std::fs::create_dir(top.path().join("opt")).unwrap();
    let rule = "//! Mine.\n//! W = W - lr dW\n//! Source: a test.\nfn hyper() { #{\n    lr: 0.1, // rate\n} }\n\
                fn state(w) { #{} }\nfn update(w, dw, state, h, t) { w - h.lr * dw }\n";
    std::fs::write(top.path().join("opt/my.rhai"), rule).unwrap();
    let lab = "landscape: {source: bowl, start: [1, 1]}\ntraining: {steps: 5}\noptimizer: {rule: ../opt/my.rhai}\n";
    std::fs::write(labs.join("lab.yaml"), lab).unwrap();
    let (code, text) = said(&labs, &["check", "lab.yaml"]);
    assert_ne!(code, 0);
    for words in ["leads out of the lab's folder `labs`", "as `my.rhai`", "`scripts/optimizers/`", "`optlab init ..`"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    // Both that the message names do work.
    let own = labs.join("scripts/optimizers");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::copy(top.path().join("opt/my.rhai"), own.join("my.rhai")).unwrap();
    std::fs::write(labs.join("other.yaml"), lab.replace("../opt/my.rhai", "my")).unwrap();
    assert_eq!(said(&labs, &["check", "other.yaml"]).0, 0);
    assert_eq!(said(&labs, &["init", ".."]).0, 0);
    let (code, text) = said(&labs, &["check", "lab.yaml"]);
    assert_eq!(code, 0, "{text}");
    // Not so what lies outside of the working folder, by its letters or by a link.
    std::fs::write(labs.join("lab.yaml"), lab.replace("../opt", "../../opt")).unwrap();
    let (code, text) = said(&labs, &["check", "lab.yaml"]);
    assert!(code != 0 && text.contains("leads out of the working folder") && !text.contains("optlab init"), "{text}");
}

#[test]
fn a_lab_is_shown_by_its_id_its_file_and_its_path() {
    let top = tempfile::tempdir().unwrap();
    let (code, by_id) = said(top.path(), &["show", "momentum-in-the-ravine"]);
    assert_eq!(code, 0, "{by_id}");
    for words in [
        "Momentum in the ravine (lab momentum-in-the-ravine",
        "190 times as steep",
        "rule: momentum",
        "angle.rhai",
        "  steps: 100",
    ] {
        assert!(by_id.contains(words), "{words}: {by_id}");
    }
    for words in [&["show", "11-momentum-in-the-ravine"][..], &["show", "lab", "momentum-in-the-ravine"]] {
        assert_eq!(said(top.path(), words).1, by_id, "{words:?}");
    }
    assert_eq!(said(top.path(), &["copy", "momentum-in-the-ravine"]).0, 0);
    let (code, by_path) = said(top.path(), &["show", "./11-momentum-in-the-ravine.yaml"]);
    assert!(code == 0 && by_path.contains("190 times as steep"), "{by_path}");
    for (words, near) in [
        (&["show", "momentum-in-the-ravin"][..], "did you mean `momentum-in-the-ravine`?"),
        (&["show", "lab", "adam-on-digit"], "did you mean `adam-on-digits`?"),
        (&["show", "11-momentum-in-the-ravin.yaml"], "did you mean `11-momentum-in-the-ravine"),
    ] {
        let (code, text) = said(top.path(), words);
        assert!(code == 2 && text.contains(near), "{words:?}: {text}");
    }
}

#[test]
fn a_lab_that_ships_nowhere_is_shown_by_its_id_by_its_name_in_the_list_and_by_its_files_name() {
    let top = tempfile::tempdir().unwrap();
    assert_eq!(said(top.path(), &["init", "course"]).0, 0);
    let own = "format: 1\nid: over-the-hill\ntitle: Over the hill\nlandscape: {source: bowl, start: [3, 1]}\n\
               optimizer: {rule: sgd, lr: 0.1}\ntraining: {steps: 3}\n";
    for folder in [top.path().to_path_buf(), top.path().join("course")] {
        std::fs::write(folder.join("90-hill.yaml"), own).unwrap();
        for words in [&["show", "over-the-hill"][..], &["show", "90-hill"], &["show", "lab", "over-the-hill"]] {
            let (code, text) = said(&folder, words);
            assert!(code == 0 && text.contains("Over the hill (lab over-the-hill, 90-hill.yaml)"), "{words:?}: {text}");
        }
        let (code, list) = said(&folder, &["list", "labs"]);
        let row = list.lines().find(|row| row.contains("Over the hill")).unwrap();
        let name = row.split_whitespace().next().unwrap();
        assert_eq!((code, said(&folder, &["show", name]).0), (0, 0), "{row}");
    }
    let (code, text) = said(&top.path().join("course"), &["show", "over-the-hil"]);
    assert!(code == 2 && text.contains("did you mean `over-the-hill`?"), "{text}");
}

#[test]
fn in_a_working_folder_an_id_means_its_own_lab() {
    let top = tempfile::tempdir().unwrap();
    assert_eq!(said(top.path(), &["init", "course"]).0, 0);
    let folder = top.path().join("course");
    let file = folder.join("labs/11-momentum-in-the-ravine.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches("steps: 100").count(), 1, "{text}");
    std::fs::write(&file, text.replace("steps: 100", "steps: 7").replace("title: ", "title: Mine, ")).unwrap();
    for here in [folder.clone(), folder.join("labs")] {
        let output = optlab(&here, &["train", "momentum-in-the-ravine", "--json", "-q"]);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["steps"], 7, "{json}");
        assert!(said(&here, &["show", "momentum-in-the-ravine"]).1.contains("Mine, "));
    }
    // Elsewhere it is the one that ships.
    let output = optlab(top.path(), &["train", "momentum-in-the-ravine", "--json", "-q"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["steps"], 100, "{json}");
}

#[test]
fn in_a_working_folder_the_name_of_a_file_without_its_ending_means_its_own_lab() {
    let top = tempfile::tempdir().unwrap();
    assert_eq!(said(top.path(), &["init", "course"]).0, 0);
    let folder = top.path().join("course");
    let name = "11-momentum-in-the-ravine";
    let file = folder.join(format!("labs/{name}.yaml"));
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("title: ", "title: Mine, ")).unwrap();
    // So is one that has no id; an id goes before a name.
    let own = "format: 1\ntitle: Own\nlandscape: {source: bowl, start: [3, 1]}\noptimizer: {rule: sgd, lr: 0.1}\ntraining: {steps: 3}\n";
    std::fs::create_dir(folder.join("more")).unwrap();
    for name in ["own", "more/momentum-in-the-ravine"] {
        std::fs::write(folder.join(format!("{name}.yaml")), own).unwrap();
    }
    for here in [folder.clone(), folder.join("labs")] {
        for word in [name, "momentum-in-the-ravine"] {
            let shown = said(&here, &["show", word]).1;
            assert!(shown.contains("Mine, "), "{word} in {}: {shown}", here.display());
        }
        let (code, trained) = said(&here, &["train", "own", "-q"]);
        assert_eq!(code, 0, "in {}: {trained}", here.display());
    }
    // Elsewhere it is the one that ships.
    let shown = said(top.path(), &["show", name]).1;
    assert!(shown.contains("Momentum") && !shown.contains("Mine, "), "{shown}");
}
