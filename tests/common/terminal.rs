//! The binary in a pseudo-terminal of a given size: what it writes, and when.
#![allow(dead_code)] // each test file uses some of it

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

/// What begins and what ends a frame.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// What came so far, and when the first frame was there.
#[derive(Default)]
struct Heard {
    bytes: Vec<u8>,
    first: Option<Instant>,
}

/// A terminal with the program in it.
pub struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    heard: Arc<Mutex<Heard>>,
    deaf: Arc<AtomicBool>,
    /// It is one column wider than it was made.
    wider: AtomicBool,
    begun: Instant,
    /// Where the program keeps progress: nobody's own.
    _state: tempfile::TempDir,
}

impl Terminal {
    /// Starts a program in a terminal of columns and rows that reads all that comes.
    pub fn start(program: &str, folder: &Path, arguments: &[&str], size: (u16, u16)) -> Self {
        Self::start_with(program, folder, arguments, size, &[])
    }

    /// With some variables, and without anybody's settings and progress if they name none.
    pub fn start_with(
        program: &str,
        folder: &Path,
        arguments: &[&str],
        (columns, rows): (u16, u16),
        variables: &[(&str, &str)],
    ) -> Self {
        let (pty, inside) = open().unwrap();
        pty.resize(Size::new(rows, columns)).unwrap();
        let command = Command::new(program).args(arguments).current_dir(folder);
        let command = command.env("TERM", "xterm-256color").env("LANG", "C.UTF-8").env("LC_ALL", "C.UTF-8");
        let state = tempfile::tempdir().unwrap();
        let command = command.env("XDG_CONFIG_HOME", "/nowhere").env("XDG_STATE_HOME", state.path());
        let command = variables.iter().fold(command, |command, (name, value)| command.env(name, value));
        let begun = Instant::now();
        let child = command.spawn(inside).unwrap();
        let (pty, heard, deaf) =
            (Arc::new(pty), Arc::new(Mutex::new(Heard::default())), Arc::new(AtomicBool::new(false)));
        let (theirs, said, closed) = (pty.clone(), heard.clone(), deaf.clone());
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            loop {
                while closed.load(Ordering::Acquire) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                // The line is gone when the program is.
                let Ok(read @ 1..) = (&*theirs).read(&mut buffer) else { break };
                let mut heard = said.lock().unwrap();
                heard.bytes.extend_from_slice(&buffer[..read]);
                if heard.first.is_none() && count(&heard.bytes, END) > 0 {
                    heard.first = Some(Instant::now());
                }
            }
        });
        Self { pty, child, heard, deaf, wider: AtomicBool::new(false), begun, _state: state }
    }

    /// Presses keys.
    pub fn press(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    /// It reads no more, or again.
    pub fn set_deaf(&self, deaf: bool) {
        self.deaf.store(deaf, Ordering::Release);
    }

    /// Another size: the program draws everything anew.
    pub fn resize(&self, (columns, rows): (u16, u16)) {
        self.pty.resize(Size::new(rows, columns)).unwrap();
    }

    /// Waits until words have come after so many bytes; panics if they do not come.
    pub fn wait_for(&self, words: &str, after: usize) -> Instant {
        let begun = Instant::now();
        loop {
            if count(&self.heard.lock().unwrap().bytes[after..], words.as_bytes()) > 0 {
                return Instant::now();
            }
            let seen = || String::from_utf8_lossy(&self.heard.lock().unwrap().bytes[after..]).into_owned();
            assert!(begun.elapsed() < Duration::from_secs(30), "`{words}` did not come: {}", seen());
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Waits until a whole screen, drawn anew for it, shows the words; panics with it if none does.
    pub fn see(&self, words: &str, (columns, rows): (u16, u16)) {
        let begun = Instant::now();
        let mut seen = String::new();
        // What was pressed before is answered before what is seen is looked at.
        std::thread::sleep(Duration::from_millis(150));
        loop {
            assert!(begun.elapsed() < Duration::from_secs(30), "`{words}` is not shown: {seen}");
            let before = self.bytes();
            let wider = !self.wider.fetch_xor(true, Ordering::AcqRel);
            self.resize((columns + u16::from(wider), rows));
            self.wait_for("\x1b[2J", before);
            std::thread::sleep(Duration::from_millis(100));
            let text = plain(&String::from_utf8_lossy(&self.heard.lock().unwrap().bytes[before..]));
            seen = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if seen.contains(words) {
                return;
            }
        }
    }

    /// From the start to the end of the first frame.
    pub fn first_frame(&self) -> Duration {
        self.wait_for("\x1b[?2026l", 0);
        self.heard.lock().unwrap().first.unwrap() - self.begun
    }

    /// Bytes so far.
    pub fn bytes(&self) -> usize {
        self.heard.lock().unwrap().bytes.len()
    }

    /// Frames after so many bytes.
    pub fn frames(&self, after: usize) -> usize {
        count(&self.heard.lock().unwrap().bytes[after..], BEGIN)
    }

    /// The step that a whole screen has told after so many bytes.
    pub fn step(&self, after: usize) -> Option<u64> {
        let heard = self.heard.lock().unwrap();
        let text = plain(&String::from_utf8_lossy(&heard.bytes[after..]));
        text.split("step").skip(1).find_map(|rest| {
            let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        })
    }

    /// The program's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: i32) {
        let signal = rustix::process::Signal::from_named_raw(signal).unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    /// The modes of the line, as whoever comes after the program finds them.
    pub fn modes(&self) -> String {
        format!("{:?}", rustix::termios::tcgetattr(&*self.pty).unwrap())
    }

    /// Waits until the program has ended, and all that it wrote was read.
    pub fn end(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "it does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// All that came after so many bytes.
    pub fn heard(&self, after: usize) -> String {
        String::from_utf8_lossy(&self.heard.lock().unwrap().bytes[after..]).into_owned()
    }

    /// The private modes that are on after all that came: `?7`, lines that go on below, and `?25`, the cursor, are at the start. Waits until they are what is
    /// wanted, for the last bytes may be on their way.
    pub fn modes_on(&self, wanted: &[u16]) -> Vec<u16> {
        let begun = Instant::now();
        loop {
            let on = switched_on(&self.heard(0));
            if on == wanted || begun.elapsed() > Duration::from_secs(5) {
                return on;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.set_deaf(false);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text with a blank for each colour and place.
fn plain(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    let after = |part: &str| {
        let rest = part.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        rest.get(1..).unwrap_or_default().to_owned()
    };
    parts.fold(first, |text, part| text + " " + after(part).as_str())
}

/// The private modes that a text has switched on and not off again, and those of the start that it has not switched off.
fn switched_on(text: &str) -> Vec<u16> {
    let mut on = std::collections::BTreeSet::from([7, 25]);
    for part in text.split("\x1b[?").skip(1) {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let Ok(mode) = part[..digits].parse() else { continue };
        match part[digits..].chars().next() {
            Some('h') => on.insert(mode),
            Some('l') => on.remove(&mode),
            _ => false,
        };
    }
    on.into_iter().collect()
}

fn count(bytes: &[u8], pattern: &[u8]) -> usize {
    bytes.windows(pattern.len()).filter(|window| *window == pattern).count()
}
