//! What a running lab writes to a terminal, which may be at the far end of an SSH line.
//!
//! Bytes are counted by the frame, not by the second: a frame of a loaded machine has no more of them, and there are at
//! most ten in a second.
#![cfg(unix)]

use std::time::{Duration, Instant};

use crate::terminal::Terminal;

/// Frames in a second, unless `--fps` says otherwise.
const FPS: usize = 10;

/// Bytes a second on the digits lab, the first frame, which draws every cell, apart.
fn bytes_a_second(size: (u16, u16)) -> usize {
    bytes_a_second_of(&["13-adam-on-digits", "--epochs", "100000"], "", size)
}

/// The same on any lab, after these keys.
fn bytes_a_second_of(lab: &[&str], keys: &str, size: (u16, u16)) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let terminal = Terminal::start(env!("CARGO_BIN_EXE_optlab"), folder.path(), lab, size);
    terminal.first_frame();
    terminal.press(keys);
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

#[test]
fn maps_keep_within_it_too() {
    let moons = ["04-mini-batch-on-moons", "--epochs", "1000000"];
    let ravine = [
        "11-momentum-in-the-ravine",
        "--steps",
        "100000000",
        "--set",
        "landscape.noise=0.5",
        "--set",
        "watch.speed=max",
    ];
    let digits = ["13-adam-on-digits", "--epochs", "100000"];
    // Side by side, since most of the time is spent in waiting for frames.
    std::thread::scope(|scope| {
        for (lab, keys) in [(&moons[..], "nn3"), (&ravine[..], "1nn"), (&digits[..], "6")] {
            scope.spawn(move || {
                let small = bytes_a_second_of(lab, keys, (80, 24));
                assert!(small <= 8_000, "{lab:?}: {small} bytes a second");
                let large = bytes_a_second_of(lab, keys, (120, 40));
                assert!(large <= 20_000, "{lab:?}: {large} bytes a second");
                println!("{}: {small} and {large} bytes a second", lab[0]);
            });
        }
    });
}
