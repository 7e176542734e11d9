//! `optlab bench` says what it does while it does it, and `--json` stays one line on standard output.

use crate::program::optlab;

#[test]
fn a_line_is_told_for_each_network_as_it_is_done_and_json_stays_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let output = optlab(folder.path(), &["bench", "tiny", "--json"]);
    let (out, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{said}");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((out.lines().count(), json["steps"][0]["name"].as_str()), (1, Some("tiny")), "{out}");
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].contains("close other programs: they disturb the timing"), "{said}");
    assert!(lines.len() == 2 && lines[1].starts_with("tiny") && lines[1].contains("steps/s"), "{said}");
}

#[cfg(unix)]
#[test]
fn on_a_terminal_a_bar_tells_what_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let program = assert_cmd::cargo::cargo_bin("optlab").display().to_string();
    let mut terminal = crate::terminal::Terminal::start(&program, folder.path(), &["bench", "tiny"], (80, 24));
    for words in ["the limit of a core", "tiny: the parts of a step", "tiny: a run, the third", "GFLOP/s"] {
        terminal.wait_for(words, 0);
    }
    assert!(terminal.end().success());
    // The bar is gone, and the tables are there.
    assert!(terminal.heard(0).contains("of limit"));
}
