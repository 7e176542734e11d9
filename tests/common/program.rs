//! The binary, run as a user runs it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;

/// Runs it in a folder, without anybody's settings and progress, for a minute at the most.
pub fn optlab(folder: &Path, arguments: &[&str]) -> Output {
    let state = tempfile::tempdir().unwrap();
    Command::cargo_bin("optlab")
        .unwrap()
        .current_dir(folder)
        .env("XDG_CONFIG_HOME", "/nowhere")
        .env("XDG_STATE_HOME", state.path())
        .args(arguments)
        .timeout(Duration::from_secs(60))
        .output()
        .unwrap()
}

/// The exit code, and all that is said.
pub fn said(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = optlab(folder, arguments);
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.code().unwrap(), text)
}

/// All files below a folder with what is in them.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(inside) = folders.pop() {
        for entry in std::fs::read_dir(inside).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}
