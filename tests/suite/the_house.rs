//! What the documents say of the code holds: a row for every module, where there is `unsafe`, how near numbers come.

use std::fs;
use std::path::Path;

use crate::references::rules::{IN_F32, ROUNDED};

fn text(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// Everything on one line.
fn flat(name: &str) -> String {
    text(name).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_module_has_a_row_in_the_table_of_the_house() {
    let (library, house) = (text("src/lib.rs"), text("docs/architecture.md"));
    let first = |line: &str| line.strip_prefix("| ").and_then(|row| row.split(" |").next()).map(str::to_owned);
    let rows: String = house.lines().filter_map(first).collect();
    let modules: Vec<&str> =
        library.lines().filter_map(|line| line.trim().strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(modules.len() > 20);
    for module in modules {
        assert!(rows.contains(&format!("`{module}`")), "no row for `{module}`");
    }
}

#[test]
fn the_house_says_where_there_is_unsafe() {
    let house = flat("docs/architecture.md");
    let told = house.split("`unsafe` in ").nth(1).and_then(|rest| rest.split('.').next()).unwrap();
    for (name, code) in crate::tidy::sources(&["src"]) {
        if code.lines().any(|line| line.starts_with("#![allow(unsafe_code)]")) {
            let name = name.strip_prefix("src/").unwrap().trim_end_matches(".rs").trim_end_matches("/mod");
            let module = if name.starts_with("bench/") { "bench" } else { name };
            assert!(told.contains(&format!("`{module}`")), "{name}: {told}");
        }
    }
}

#[test]
fn the_first_page_says_how_near_the_references_are() {
    let page = flat("README.md");
    assert!(page.contains(&format!("optimizers within {:e}.", IN_F32.1)), "f32");
    assert!(page.contains(&format!("rounded by Optax: within {:e}.", ROUNDED.1)), "f64");
}
