//! A student's folder, by the program: made with a name, a language or a course, a lab put back, files begun by `optlab new`.

use std::path::Path;

use crate::program::{files, optlab, said};

fn done(folder: &Path, arguments: &[&str]) -> String {
    let (code, text) = said(folder, arguments);
    assert_eq!(code, 0, "{arguments:?}: {text}");
    text
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn outside_of_a_working_folder_submit_says_where_to_go() {
    let top = tempfile::tempdir().unwrap();
    write(&top.path().join("file.zip"), "x");
    for (arguments, why) in [
        (vec!["submit"], "this is no working folder, and nothing was answered outside of one"),
        (vec!["submit", "course"], "the folder `course` is not there"),
        (vec!["submit", "file.zip"], "the folder `file.zip` is a file"),
    ] {
        let (code, text) = said(top.path(), &arguments);
        assert!(code == 2 && text.contains(why) && text.contains("the folder that `optlab init` made"), "{text}");
        assert_eq!(text.matches("error:").count(), 1, "{text}");
    }
    assert_eq!(files(top.path()).len(), 1, "nothing was written");
    done(top.path(), &["init", "course", "--student", "Ana"]);
    assert!(done(&top.path().join("course/labs"), &["submit", "-o", "a.zip"]).contains("wrote  a.zip  by Ana"));
}

const LAB: &str = "10-bias-correction.yaml";

#[test]
fn a_working_folder_has_progress_a_schema_and_definitions_and_no_solutions() {
    let top = tempfile::tempdir().unwrap();
    let text = done(top.path(), &["init", "--student", "Ana Silva"]);
    assert!(text.contains("progress.yaml is Ana Silva's"), "{text}");
    assert_eq!(read(&top.path().join("progress.yaml")), "format: 1\nstudent: \"Ana Silva\"\n");
    let schema: serde_json::Value = serde_json::from_str(&read(&top.path().join("optlab.schema.json"))).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let lab = read(&top.path().join("labs").join(LAB));
    assert!(lab.starts_with("# yaml-language-server: $schema=../optlab.schema.json\n"), "{lab}");
    assert!(read(&top.path().join(".rhai/definitions/optlab.d.rhai")).contains("module static;"));
    assert!(files(top.path()).keys().all(|name| !name.contains("solutions")));
    // The marks of a folder are no labs, and all of it is right.
    let text = done(top.path(), &["check", "."]);
    assert!(text.contains(" 0 wrong") && !text.contains("progress.yaml") && !text.contains(".d.rhai"), "{text}");
    let (_, text) = said(top.path(), &["tasks", "bias-correction", "--json"]);
    assert!(text.contains("\"student\":\"Ana Silva\""), "{text}");
}

#[test]
fn a_folder_that_is_made_again_knows_its_copies_and_whose_it_is() {
    let top = tempfile::tempdir().unwrap();
    done(top.path(), &["init"]);
    assert_eq!(read(&top.path().join("progress.yaml")), "format: 1\nstudent: \"\"\n");
    // A name that comes later is kept, a second one is not.
    assert!(done(top.path(), &["init", "--student", "ana"]).contains("progress.yaml is ana's"));
    assert!(done(top.path(), &["init", "--student", "bia"]).contains("progress.yaml is ana's, and stays so"));
    assert!(read(&top.path().join("progress.yaml")).contains("student: ana"));
    // A copy without the line for editors, as an earlier optlab has made it, is no other file.
    let lab = top.path().join("labs").join(LAB);
    let text = read(&lab);
    let plain = text.split_once('\n').unwrap().1.to_owned();
    std::fs::write(&lab, &plain).unwrap();
    let text = done(top.path(), &["init"]);
    assert!(text.contains("nothing was written") && !text.contains(LAB), "{text}");
    assert_eq!(read(&lab), plain);
    std::fs::write(&lab, plain + "# mine\n").unwrap();
    let text = done(top.path(), &["init"]);
    assert!(text.contains(&format!("labs/{LAB}")) && text.contains("`optlab reset LAB`"), "{text}");
    // What is kept of a student that cannot be read is never written over.
    std::fs::write(top.path().join("progress.yaml"), "labs: [").unwrap();
    let (code, text) = said(top.path(), &["init", "--student", "ana"]);
    assert!(code == 2 && text.contains("progress.yaml"), "{text}");
    assert_eq!(read(&top.path().join("progress.yaml")), "labs: [");
}

#[test]
fn a_folder_keeps_the_language_that_was_asked_for() {
    let top = tempfile::tempdir().unwrap();
    assert!(done(top.path(), &["init", "--lang", "pt_br"]).contains("its language is pt-BR"));
    let held = |folder: &Path, arguments: &[&str]| {
        let json: serde_json::Value = serde_json::from_slice(&optlab(folder, arguments).stdout).unwrap();
        let held = &json["settings"]["lang"];
        format!("{} {}", held["value"].as_str().unwrap(), held["from"].as_str().unwrap())
    };
    assert_eq!(held(top.path(), &["config", "--json"]), "pt-BR folder");
    assert_eq!(held(&top.path().join("labs"), &["config", "--json", "--lang", "de"]), "de flag");
    done(top.path(), &["init", "--lang", "en"]);
    assert_eq!(held(top.path(), &["config", "--json"]), "en folder");
    let (code, text) = said(top.path(), &["init", "--lang", "portuguese"]);
    assert!(code == 2 && text.contains("as in `pt`"), "{text}");
}

#[test]
fn a_lab_is_put_back_and_the_students_files_and_progress_are_kept() {
    let top = tempfile::tempdir().unwrap();
    done(top.path(), &["init", "--student", "ana"]);
    let [lab, script] = ["labs/16-write-an-optimizer.yaml", "labs/my_optimizer.rhai"].map(|name| top.path().join(name));
    let (given, starter) = (read(&lab), read(&script));
    write(&lab, "title: [ broken\n");
    write(&script, "// my own work\n");
    write(&top.path().join("labs/10-bias-correction.yaml"), "id: bias-correction\n");
    let progress =
        "format: 1\nstudent: ana\nlabs:\n  write-an-optimizer:\n    momentum: {tries: 3, hints: 0, points: 2}\n";
    write(&top.path().join("progress.yaml"), progress);
    // By its id, though the file says nothing any more; from below, too.
    let text = done(&top.path().join("labs"), &["reset", "write-an-optimizer"]);
    assert_eq!((read(&lab), read(&script)), (given.clone(), starter));
    assert_eq!(read(&top.path().join("progress.yaml")), progress);
    assert_eq!(read(&top.path().join("labs/10-bias-correction.yaml")), "id: bias-correction\n", "another lab's");
    let kept: Vec<(String, Vec<u8>)> =
        files(&top.path().join(".optlab")).into_iter().filter(|(name, _)| name.starts_with("attic/")).collect();
    let texts: Vec<&[u8]> = kept.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    assert_eq!(texts, [&b"title: [ broken\n"[..], b"// my own work\n"]);
    assert!(kept[1].0.starts_with("attic/labs/my_optimizer.20") && kept[1].0.ends_with("Z.rhai"), "{kept:?}");
    for words in ["reset  ../labs/16-write", "yours is ../.optlab/attic/labs/my_optimizer.", "progress is kept"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    // Again there is nothing to do; by its path, and without one of its files.
    assert!(done(top.path(), &["reset", "labs/16-write-an-optimizer.yaml"]).contains("nothing was changed"));
    std::fs::remove_file(&script).unwrap();
    assert!(done(top.path(), &["reset", "labs/16-write-an-optimizer.yaml"]).contains("reset  labs/my_optimizer.rhai"));
    assert!(script.is_file());
    // What is not on the lab's list stays, even if the lab uses it.
    let rule = top.path().join("scripts/optimizers/momentum.rhai");
    std::fs::write(&rule, "// mine\n").unwrap();
    let text = done(top.path(), &["reset", "momentum-in-the-ravine"]);
    assert!(text.contains("left   scripts/optimizers/momentum.rhai"), "{text}");
    assert_eq!(read(&rule), "// mine\n");
}

#[test]
fn a_copy_of_a_lab_is_put_back_where_it_lies_and_what_was_not_handed_out_is_told() {
    let top = tempfile::tempdir().unwrap();
    done(top.path(), &["copy", "write-an-optimizer"]);
    let [lab, script] = ["16-write-an-optimizer.yaml", "my_optimizer.rhai"].map(|name| top.path().join(name));
    let (given, starter) = (read(&lab), read(&script));
    write(&lab, &given.replace("lr: 0.1", "lr: 7"));
    write(&script, "// mine\n");
    done(top.path(), &["reset", "write-an-optimizer"]);
    assert_eq!((read(&lab), read(&script)), (given, starter));
    assert_eq!(files(&top.path().join(".optlab/attic")).len(), 2);
    write(&top.path().join("own.yaml"), "id: own\nlandscape: {source: bowl, start: [1, 1]}\n");
    for (arguments, words) in [
        (["reset", "own.yaml"], "was not handed out"),
        (["reset", "adam-on-digits"], "no copy of `adam-on-digits` here"),
        (["reset", "write-an-optimiser"], "did you mean `write-an-optimizer`?"),
        (["reset", "none.yaml"], "no lab `none.yaml`"),
    ] {
        let (code, text) = said(top.path(), &arguments);
        assert!(code == 2 && text.contains(words), "{arguments:?}: {text}");
    }
}

#[test]
fn a_folder_may_start_from_a_course_of_ones_own() {
    let top = tempfile::tempdir().unwrap();
    let lab =
        "id: week-one\ntitle: Week one\npacked: x\nlandscape: {source: hills, start: [1, 1]}\ntraining: {steps: 5}\n";
    let hills = "//! Hills.\n//! h = x^2\n//! Source: a test.\nfn height(x, y, h) { x * x + y * y }\n";
    write(&top.path().join("packed/week1/first.yaml"), lab);
    write(&top.path().join("packed/week1/solutions/first.yaml"), lab);
    write(&top.path().join("packed/scripts/landscapes/hills.rhai"), hills);
    let text = done(top.path(), &["init", "mine", "--course", "packed", "--student", "ana"]);
    assert!(!text.contains("answers"), "{text}");
    let folder = top.path().join("mine");
    let names: Vec<String> = files(&folder).into_keys().filter(|name| !name.starts_with('.')).collect();
    assert_eq!(
        names,
        ["README.md", "optlab.schema.json", "progress.yaml", "scripts/landscapes/hills.rhai", "week1/first.yaml"]
    );
    let file = folder.join("week1/first.yaml");
    assert_eq!(read(&file), format!("# yaml-language-server: $schema=../optlab.schema.json\n{lab}"));
    // Its labs are known by their ids, and run with its scripts.
    assert!(done(&folder, &["train", "week-one", "-q", "--json"]).contains("\"steps\":5"));
    std::fs::write(&file, "id: week-one\n").unwrap();
    done(&folder, &["reset", "week-one"]);
    assert!(read(&file).ends_with(lab));
    // Made again, with the course and without it, it is as it was.
    for arguments in [&["init", "--course", "../packed"][..], &["init"]] {
        assert!(done(&folder, arguments).contains("nothing was written"), "{arguments:?}");
    }
    // Who works in the course's own folder gets what is missing in it, and no other labs.
    write(&top.path().join("packed/.optlab/root"), "");
    std::fs::remove_dir_all(top.path().join("packed/week1/solutions")).unwrap();
    assert!(done(&top.path().join("packed"), &["init", "--student", "ana"]).contains("wrote 4 files"));
    assert!(!top.path().join("packed/labs").exists() && top.path().join("packed/progress.yaml").is_file());
    std::fs::write(top.path().join("packed/week1/first.yaml"), "id: week-one\n").unwrap();
    done(&top.path().join("packed"), &["reset", "week-one"]);
    assert!(read(&top.path().join("packed/week1/first.yaml")).ends_with(lab));
    let (code, text) = said(top.path(), &["init", "other", "--course", "packed/scripts"]);
    assert!(code == 2 && text.contains("no lab") && !top.path().join("other").exists(), "{text}");
    write(
        &top.path().join("packed/b.yaml"),
        "id: b\nlandscape: {source: bowl, start: [1, 1]}\ntasks: [{id: a, kind: question, say: x, answer: 1}]\n",
    );
    assert!(done(top.path(), &["init", "third", "--course", "packed"]).contains("answers can be read in b.yaml"));
}

#[test]
fn what_is_begun_passes_its_check_and_lies_where_labs_find_it() {
    let top = tempfile::tempdir().unwrap();
    let kinds = [
        ("optimizer", "optimizers"),
        ("schedule", "schedules"),
        ("activation", "activations"),
        ("loss", "losses"),
        ("dataset", "datasets"),
        ("network", "networks"),
        ("landscape", "landscapes"),
        ("series", "series"),
    ];
    for (kind, _) in kinds {
        let text = done(top.path(), &["new", kind, &format!("my_{kind}")]);
        assert!(text.contains(&format!("wrote  my_{kind}.rhai")) && text.contains("next   optlab check"), "{text}");
        // No catalogue finds it there: what is told and what the file says is its path.
        let written = std::fs::read_to_string(top.path().join(format!("my_{kind}.rhai"))).unwrap();
        assert!(text.contains("a lab beside it names it by") && text.contains(&format!("my_{kind}.rhai")), "{text}");
        let bare = [format!(" my_{kind},"), format!(" my_{kind}`"), format!("source: my_{kind}")];
        assert!(!bare.iter().any(|bare| written.contains(bare) || text.contains(bare)), "{text}{written}");
    }
    done(top.path(), &["new", "observer", "my_observer"]);
    assert!(done(top.path(), &["new", "lab", "my-lab"]).contains("`optlab my-lab.yaml` opens it"));
    let (code, text) = said(top.path(), &["check", "."]);
    assert!(code == 0 && text.contains("10 checked, 0 wrong") && !text.contains("warning"), "{text}");
    let lab = "network: [dense: 4, my_activation.rhai, {script: my_activation.rhai}, dense: 1]\nloss: my_loss.rhai\n\
               data: {source: line, samples: 40}\nobserve: my_observer.rhai\n\
               optimizer: {rule: my_optimizer.rhai, lr: {schedule: my_schedule.rhai, lr: 0.01}}\n";
    write(&top.path().join("a.yaml"), lab);
    write(&top.path().join("c.yaml"), "landscape: {script: my_landscape.rhai, start: [-2, 1.5]}\n");
    done(top.path(), &["check", "a.yaml", "c.yaml"]);
    // Named without its ending it is told where it lies.
    for (right, name) in [
        ("rule: my_optimizer.rhai", "my_optimizer"),
        ("schedule: my_schedule.rhai", "my_schedule"),
        ("loss: my_loss.rhai", "my_loss"),
        ("observe: my_observer.rhai", "my_observer"),
    ] {
        write(&top.path().join("b.yaml"), &lab.replace(right, right.trim_end_matches(".rhai")));
        let (code, text) = said(top.path(), &["check", "b.yaml"]);
        let told = format!("`{name}.rhai` lies beside this lab: write `{right}`");
        assert!(code != 0 && text.contains(&told), "{text}");
    }
    let (code, text) = said(top.path(), &["new", "lab", "my-lab"]);
    assert!(code == 2 && text.contains("`my-lab.yaml` is there already"), "{text}");
    // In a working folder labs find them by their names alone, wherever one stands in it.
    let folder = top.path().join("course");
    done(top.path(), &["init", "course"]);
    for (kind, place) in kinds {
        done(&folder.join("labs"), &["new", kind, &format!("own_{kind}")]);
        assert!(folder.join(format!("scripts/{place}/own_{kind}.rhai")).is_file(), "{kind}");
    }
    done(&folder, &["new", "lab", "own-lab"]);
    done(&folder, &["new", "observer", "own_observer"]);
    let lab = "network: [dense: 4, own_activation, dense: 1]\ndata: {source: line, samples: 40}\nloss: own_loss\n\
               optimizer: {rule: own_optimizer, lr: {schedule: own_schedule, lr: 0.01}}\nobserve: own_observer.rhai\n";
    write(&folder.join("labs/a.yaml"), lab);
    let lab = "network: {script: own_network}\ndata: {source: own_dataset}\nloss: cross_entropy\n";
    write(&folder.join("labs/b.yaml"), lab);
    write(&folder.join("labs/c.yaml"), "landscape: {source: own_landscape, start: [-2, 1.5]}\n");
    write(&folder.join("labs/d.yaml"), "series: {source: own_series}\naverages: [simple: 3]\n");
    let text =
        done(&folder, &["check", "labs/a.yaml", "labs/b.yaml", "labs/c.yaml", "labs/d.yaml", "labs/own-lab.yaml"]);
    assert!(text.contains("5 checked, 0 wrong") && !text.contains("warning"), "{text}");
}

#[test]
fn what_cannot_be_begun_is_told() {
    let top = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (["new", "optimiser", "mine"], "did you mean `optimizer`?"),
        (["new", "optimizer", "My Rule"], "`my_rule`"),
        (["new", "optimizer", "adam"], "`optlab copy adam`"),
        (["new", "lab", "adam-on-digits"], "part of the program"),
        (["new", "dataset", "moons"], "part of the program"),
    ] {
        let (code, text) = said(top.path(), &arguments);
        assert!(code == 2 && text.contains(words), "{arguments:?}: {text}");
    }
    assert!(files(top.path()).is_empty());
}
