//! However the program is ended, the terminal is as it was before: the modes of its line, the alternate screen, the cursor, the
//! mouse; and the exit code tells the signal. What was to be ignored stays ignored.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crate::terminal::Terminal;

const OPTLAB: &str = env!("CARGO_BIN_EXE_optlab");
const SIZE: (u16, u16) = (80, 24);

/// Lines that go on below, and the cursor.
const AS_BEFORE: &[u16] = &[7, 25];
/// No cursor and no line that goes on below, but presses of the mouse in long numbers, the alternate screen, and pastes told
/// from keys.
const ON_THE_SCREEN: &[u16] = &[1002, 1006, 1049, 2004];

const LAB: &str = "id: long
seed: 3
data: {source: moons, samples: 64, validation: 0.25}
network: [dense: 4, tanh, dense: 2]
loss: cross_entropy
training: {steps: 100000000, batch: 16}
";

/// Those that ask for an end, which comes in good order.
const ASKING: [i32; 12] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGALRM,
    libc::SIGVTALRM,
    libc::SIGPROF,
    libc::SIGXCPU,
    libc::SIGXFSZ,
    libc::SIGIO,
];

/// Those of faults, by which the process ends at once.
const CRASHING: [i32; 7] =
    [libc::SIGABRT, libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP, libc::SIGSYS];

/// A lab in a folder, and a test that hands none of its own ignored signals down: a shell that starts it in the background
/// ignores interrupts, and what was ignored stays so. A signal that is handled here is at its default in a program that is
/// started from here.
fn folder() -> tempfile::TempDir {
    for signal in ASKING {
        signal_hook::flag::register_conditional_default(signal, Arc::new(AtomicBool::new(true))).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lab.yaml"), LAB).unwrap();
    folder
}

/// The screen in a shell of its own, which does something before it and is the program from then on; and the modes of the
/// terminal's line before.
fn in_shell(folder: &Path, before: &str, variables: &[(&str, &str)], size: (u16, u16)) -> (Terminal, String) {
    // No core file of those that crash.
    let line = format!("ulimit -c 0; read go; {before} exec {OPTLAB} lab.yaml");
    let terminal = Terminal::start_with("sh", folder, &["-c", &line], size, variables);
    let modes = terminal.modes();
    terminal.press("\n");
    terminal.first_frame();
    (terminal, modes)
}

#[test]
fn every_signal_that_ends_the_screen_gives_the_terminal_back() {
    let folder = folder();
    for signal in ASKING.into_iter().chain(CRASHING) {
        let (mut terminal, before) = in_shell(folder.path(), "", &[], SIZE);
        terminal.press(" ");
        terminal.wait_for("running", 0);
        assert_ne!(terminal.modes(), before);
        assert_eq!(terminal.modes_on(ON_THE_SCREEN), ON_THE_SCREEN);
        terminal.signal(signal);
        let status = terminal.end();
        if ASKING.contains(&signal) {
            assert_eq!(status.code(), Some(128 + signal), "signal {signal}");
        } else {
            assert_eq!(status.signal(), Some(signal));
        }
        assert_eq!(terminal.modes(), before, "signal {signal}");
        assert_eq!(terminal.modes_on(AS_BEFORE), AS_BEFORE, "signal {signal}");
    }
}

/// Draws until the terminal takes no more.
fn fill(terminal: &Terminal) {
    terminal.set_deaf(true);
    for _ in 0..40 {
        terminal.press("\u{c}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_terminal_that_does_not_read_is_given_back_as_well() {
    let folder = folder();
    for signals in [&[libc::SIGTERM][..], &[libc::SIGHUP], &[libc::SIGTERM, libc::SIGTERM], &[libc::SIGABRT]] {
        let (mut terminal, before) = in_shell(folder.path(), "", &[], (300, 100));
        fill(&terminal);
        for signal in signals {
            terminal.signal(*signal);
            std::thread::sleep(Duration::from_millis(400));
        }
        let begun = Instant::now();
        let status = terminal.end();
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
        if signals[0] == libc::SIGABRT {
            // A crash waits for nobody; what is on the terminal itself stays.
            assert_eq!((status.signal(), terminal.modes()), (Some(libc::SIGABRT), before));
            continue;
        }
        assert_eq!(status.code(), Some(128 + signals[0]));
        assert_eq!(terminal.modes(), before, "{signals:?}");
        let read = terminal.bytes();
        terminal.set_deaf(false);
        assert_eq!(terminal.modes_on(AS_BEFORE), AS_BEFORE, "{signals:?}");
        let last = terminal.heard(read);
        assert_eq!(last.rsplit_once("\x1b[?1049l").unwrap().1, "", "nothing is drawn after it");
    }
}

#[test]
fn what_was_to_be_ignored_stays_ignored() {
    let folder = folder();
    let (mut terminal, _) = in_shell(folder.path(), "trap '' HUP USR1 TSTP;", &[], SIZE);
    for signal in [libc::SIGHUP, libc::SIGUSR1, libc::SIGTSTP] {
        terminal.signal(signal);
    }
    let before = terminal.bytes();
    terminal.press("\u{1a}");
    terminal.wait_for("there is no shell to go back to", before);
    terminal.signal(libc::SIGTERM);
    assert_eq!(terminal.end().code(), Some(128 + libc::SIGTERM));

    let trained = |ignored: &str| {
        let line = format!("trap '' {ignored}; exec {OPTLAB} train lab.yaml -q");
        Command::new("sh").args(["-c", &line]).current_dir(folder.path()).spawn().unwrap()
    };
    for (ignored, signal) in [("HUP", libc::SIGHUP), ("INT QUIT", libc::SIGINT), ("INT QUIT", libc::SIGQUIT)] {
        let child = trained(ignored);
        std::thread::sleep(Duration::from_millis(700));
        assert_eq!(ended_by(child, &[signal, libc::SIGTERM]), Some(128 + libc::SIGTERM), "{ignored}");
    }
}

/// Sends the signals, some time apart, and gives the exit code.
fn ended_by(mut child: Child, signals: &[i32]) -> Option<i32> {
    for signal in signals {
        let signal = rustix::process::Signal::from_named_raw(*signal).unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_child(&child), signal).unwrap();
        std::thread::sleep(Duration::from_millis(300));
    }
    child.wait().unwrap().code()
}

#[test]
fn a_run_without_a_screen_ends_in_good_order_and_keeps_its_files() {
    let folder = folder();
    for signal in ASKING {
        let run = format!("run-{signal}");
        let arguments = ["train", "lab.yaml", "-q", "--out", &run];
        let child = Command::new(OPTLAB).args(arguments).current_dir(folder.path()).spawn().unwrap();
        let summary = folder.path().join(&run).join("summary.json");
        let steps = folder.path().join(&run).join("steps.csv");
        let begun = Instant::now();
        while !steps.exists() && begun.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(ended_by(child, &[signal]), Some(128 + signal));
        let text = std::fs::read_to_string(summary).unwrap();
        assert!(text.contains("\"stopped\""), "{text}");
    }
}

#[test]
fn after_an_editor_that_died_the_terminal_is_as_before_it() {
    let folder = folder();
    // Raw, its own screen, the mouse, focus, keys of an application.
    let takes = "stty raw -echo; printf '\\033[?1049h\\033[?25l\\033[?1003h\\033[?1004h\\033[?1h\\033='";
    let dies = format!("{takes}; kill -9 $$ #");
    let (mut terminal, before) = in_shell(folder.path(), "", &[("EDITOR", dies.as_str())], SIZE);
    terminal.press("e");
    terminal.see("has ended with signal: 9", SIZE);
    terminal.press("q");
    assert_eq!(terminal.end().code(), Some(0));
    assert_eq!((terminal.modes(), terminal.modes_on(AS_BEFORE)), (before, AS_BEFORE.to_vec()));

    let stays = format!("{takes}; sleep 30 #");
    let (mut terminal, before) = in_shell(folder.path(), "", &[("EDITOR", stays.as_str())], SIZE);
    terminal.press("e");
    terminal.wait_for("\x1b[?1003h", 0);
    terminal.signal(libc::SIGTERM);
    assert_eq!(terminal.end().code(), Some(128 + libc::SIGTERM));
    assert_eq!((terminal.modes(), terminal.modes_on(AS_BEFORE)), (before, AS_BEFORE.to_vec()));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = folder();
    for arguments in [
        &["list"][..],
        &["show", "adam"],
        &["--help"],
        &["check", "."],
        &["train", "lab.yaml", "--steps", "5", "--json"],
    ] {
        let mut child = Command::new(OPTLAB)
            .args(arguments)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("error") && !said.contains("panicked"), "{arguments:?}: {said}");
    }
}
