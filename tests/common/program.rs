//! The binary, run as a user runs it.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;

/// Runs it in a folder, without anybody's settings, for a minute at the most.
pub fn optlab(folder: &Path, arguments: &[&str]) -> Output {
    Command::cargo_bin("optlab")
        .unwrap()
        .current_dir(folder)
        .env("XDG_CONFIG_HOME", "/nowhere")
        .args(arguments)
        .timeout(Duration::from_secs(60))
        .output()
        .unwrap()
}
