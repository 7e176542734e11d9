//! What a running lab writes to a terminal, which may be at the far end of an SSH line.
//!
//! Bytes are counted by the frame, not by the second: a frame of a loaded machine has no more of them, and there are at
//! most ten in a second.
#![cfg(unix)]

#[path = "common/terminal.rs"]
mod terminal;

use std::time::{Duration, Instant};

use terminal::Terminal;

/// Frames in a second, unless `--fps` says otherwise.
const FPS: usize = 10;

/// Bytes a second on the digits lab, the first frame, which draws every cell, apart.
fn bytes_a_second(size: (u16, u16)) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let lab = ["12-adam-on-digits", "--epochs", "100000"];
    let terminal = Terminal::start(env!("CARGO_BIN_EXE_optlab"), folder.path(), &lab, size);
    terminal.first_frame();
    terminal.press(" ");
    terminal.wait_for("running", 0);
    let begun = (terminal.bytes(), Instant::now());
    // Enough frames to tell; on a machine that is busy with other things they take longer.
    while terminal.frames(begun.0) < 40 && begun.1.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let (frames, bytes) = (terminal.frames(begun.0), terminal.bytes() - begun.0);
    assert!(frames >= 10, "only {frames} frames in {:?}", begun.1.elapsed());
    bytes * FPS / frames
}

#[test]
fn a_small_terminal_gets_8_kb_a_second_at_most() {
    let bytes = bytes_a_second((80, 24));
    assert!(bytes <= 8_000, "{bytes} bytes a second");
}

#[test]
fn a_large_terminal_gets_20_kb_a_second_at_most() {
    let bytes = bytes_a_second((120, 40));
    assert!(bytes <= 20_000, "{bytes} bytes a second");
}
