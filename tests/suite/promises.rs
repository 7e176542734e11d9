//! `tests/README.md`: what is promised of numbers, files, scripts and signals, each with the test that holds it. The tests
//! that it names are there.

use std::path::{Path, PathBuf};

/// The rows, as (what is right, program, path of the test).
fn rows() -> Vec<(String, String, String)> {
    let page = std::fs::read_to_string(root().join("tests/README.md")).unwrap();
    let row = |line: &str| {
        let (what, test) = line.strip_prefix("| ")?.strip_suffix("` |")?.rsplit_once(" | `")?;
        let (program, path) = test.split_once(' ')?;
        Some((what.to_owned(), program.to_owned(), path.to_owned()))
    };
    page.lines().filter_map(row).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// All Rust files below a folder whose path from there may be that of a module.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let module = path.strip_prefix(folder).unwrap().with_extension("").display().to_string();
                found.push((module.replace('/', "::"), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// The first module of the path is that of a file, and one such file has a test of the last name.
fn is_there(sources: &[(String, String)], path: &str) -> bool {
    let (first, name) = (path.split("::").next().unwrap_or(""), path.rsplit("::").next().unwrap_or(""));
    let has = |text: &str| text.contains(&format!("fn {name}("));
    sources.iter().any(|(module, text)| module.split("::").next() == Some(first) && has(text))
}

#[test]
fn every_promise_names_a_test_that_is_there() {
    let [lib, suite, allocations] =
        ["src", "tests/suite", "tests/allocations"].map(|folder| sources(&root().join(folder)));
    let rows = rows();
    assert!(rows.len() >= 100, "{} rows", rows.len());
    let known = |program: &str, path: &str| match program {
        "lib" => is_there(&lib, path),
        "suite" => is_there(&suite, path),
        "allocations" => is_there(&allocations, path),
        _ => false,
    };
    let lost: Vec<_> = rows.iter().filter(|(_, program, path)| !known(program, path)).collect();
    assert!(lost.is_empty(), "{lost:#?}");
    assert!(!known("suite", "promises::a_test_that_nobody_wrote"), "this test can fail");
}
