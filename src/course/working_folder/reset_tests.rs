//! Labs that are put back: which files of them, and where the student's go.

use super::*;
use crate::train::on_large_stack;

#[test]
fn a_lab_names_its_files_in_what_it_is_made_of_and_in_what_its_tasks_ask_for() {
    let names = names_in(
        "about: labs/other.yaml\nnetwork:\n  - dense: 2\n  - mine.rhai: {beta: 1}\ndata: {csv: data/a.csv}\noptimizer: {rule: adam}\n\
         tasks:\n  - {id: a, say: no.rhai, file: own.rhai}\n  - {id: b, files: [x.rhai, ../scripts/optimizers/sgd.rhai]}\n",
    );
    for name in ["mine.rhai", "data/a.csv", "adam", "own.rhai", "x.rhai", "../scripts/optimizers/sgd.rhai"] {
        assert!(names.contains(name), "{name}: {names:?}");
    }
    assert!(!names.contains("labs/other.yaml") && !names.contains("no.rhai"), "{names:?}");
    assert!(names_in("a: [").is_empty());
}

#[test]
fn a_path_with_dots_is_the_place_that_it_leads_to() {
    assert_eq!(normal(Path::new("labs/../scripts/./a.rhai")), Some(PathBuf::from("scripts/a.rhai")));
    assert_eq!(normal(Path::new("../a.rhai")), None);
    assert_eq!(normal(Path::new("/a.rhai")), None);
}

#[test]
fn every_lab_that_ships_is_found_by_its_id_and_by_its_file() {
    let handed = on_large_stack(|| given::of_the_program(None));
    for lab in Library::shipped().labs() {
        let at = by_id(&handed, &lab.id).unwrap();
        assert_eq!(handed[at].path, Path::new("labs").join(&lab.path));
        let stem = lab.path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(by_id(&handed, stem), Some(at));
        assert_eq!(by_path(&handed, &handed[at].path, Path::new("/nowhere/a.yaml")), Some(at));
    }
    assert_eq!(by_id(&handed, "adam"), None, "a script is no lab");
}

#[test]
fn copies_of_one_second_have_names_of_their_own() {
    let top = tempfile::tempdir().unwrap();
    fs::create_dir(top.path().join("labs")).unwrap();
    let path = Path::new("labs/a.yaml");
    let kept: Vec<String> = ["one", "two"]
        .iter()
        .map(|text| {
            fs::write(top.path().join(path), text).unwrap();
            let place = keep(top.path(), path, "2026-11-28T10-02-11Z").unwrap();
            assert_eq!(fs::read_to_string(&place).unwrap(), *text);
            place.strip_prefix(top.path()).unwrap().display().to_string()
        })
        .collect();
    assert_eq!(
        kept,
        [".optlab/attic/labs/a.2026-11-28T10-02-11Z.yaml", ".optlab/attic/labs/a.2026-11-28T10-02-11Z-2.yaml"]
    );
}
