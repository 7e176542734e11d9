//! Eight terminals by what they send and what they do with what we write: the program behind a pseudo-terminal that behaves as
//! each of them. What single sequences mean is in `src/ui/terminal/reader`.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::terminal::Terminal;

const OPTLAB: &str = env!("CARGO_BIN_EXE_optlab");
const SIZE: (u16, u16) = (80, 24);

const LAB: &str = "id: small
title: \"\u{26a0}\u{fe0f} Momentum\"
seed: 3
data: {source: moons, samples: 64, validation: 0.25}
network: [dense: 4, tanh, dense: 2]
loss: cross_entropy
training: {steps: 100000000, batch: 16}
";

/// A terminal by its name, some of its keys, and what it answers late to the program that was there before.
struct Kind {
    term: &'static str,
    home: &'static str,
    end: &'static str,
    left: &'static str,
    delete: &'static str,
    backspace: &'static str,
    answers: &'static str,
    /// It goes to another screen and back.
    alternate: bool,
}

const KINDS: [Kind; 7] = [
    Kind {
        term: "xterm-256color",
        home: "\x1b[H",
        end: "\x1b[F",
        left: "\x1b[D",
        delete: "\x1b[3~",
        backspace: "\x7f",
        answers: "\x1b[?64;1;2;6;9;15;22c\x1b[>41;380;0c\x1bP>|XTerm(380)\x1b\\\x1b]10;rgb:dcdc/dcdc/dcdc\x1b\\\x1b]11;rgb:0000/0000/0000\x07\x1bP1+r544e=787465726d\x1b\\\x1b[12;40R\x1b[0n\x1b[?2026;0$y",
        alternate: true,
    },
    Kind {
        term: "tmux-256color",
        home: "\x1b[1~",
        end: "\x1b[4~",
        left: "\x1bOD",
        delete: "\x1b[3~",
        backspace: "\x7f",
        answers: "\x1b[?1;2;4c\x1b[>84;0;0c\x1bP>|tmux 3.4\x1b\\\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[I\x1b[O",
        alternate: true,
    },
    Kind {
        term: "screen",
        home: "\x1b[1~",
        end: "\x1b[4~",
        left: "\x1bOD",
        delete: "\x1b[3~",
        backspace: "\x08",
        answers: "\x1b[?1;2c\x1b[>83;40900;0c\x1b[12;40R",
        alternate: false,
    },
    Kind {
        term: "linux",
        home: "\x1b[1~",
        end: "\x1b[4~",
        left: "\x1b[D",
        delete: "\x1b[3~",
        backspace: "\x7f",
        answers: "\x1b[?6c\x1b[0n\x1b[24;80R",
        alternate: false,
    },
    Kind {
        term: "xterm-kitty",
        home: "\x1b[H",
        end: "\x1b[1;1F",
        left: "\x1b[1;1:1D",
        delete: "\x1b[3;1:1~",
        backspace: "\x1b[127u",
        answers: "\x1b[?0u\x1b[?62;52;c\x1b[>1;4000;35c\x1bP>|kitty(0.35.2)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[115;1:3u",
        alternate: true,
    },
    Kind {
        term: "xterm-256color", // Windows Terminal
        home: "\x1b[36;71;0;1;256;1_\x1b[36;71;0;0;256;1_",
        end: "\x1b[F",
        left: "\x1b[37;75;0;1;256;1_",
        delete: "\x1b[46;83;0;1;256;1_",
        backspace: "\x1b[8;14;8;1;0;1_\x1b[8;14;8;0;0;1_",
        answers: "\x1b[?61;4;6;7;14;21;22;23;24;28;32;42c\x1b[>0;10;1c\x1bP!|00000000\x1b\\\x1bP>|Windows Terminal 1.22\x1b\\\x1b]11;rgb:0c0c/0c0c/0c0c\x1b\\\x1b[?2026;2$y",
        alternate: true,
    },
    Kind {
        term: "xterm-256color", // mosh
        home: "\x1bOH",
        end: "\x1bOF",
        left: "\x1bOD",
        delete: "\x1b[3~",
        backspace: "\x7f",
        answers: "\x1b[?62c\x1b[>1;10;0c",
        alternate: false,
    },
];

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lab.yaml"), LAB).unwrap();
    folder
}

fn start(folder: &Path, kind: &Kind) -> Terminal {
    // What a shell had written before.
    let line = format!("printf 'before\\n'; exec {OPTLAB} lab.yaml");
    let terminal = Terminal::start_with("sh", folder, &["-c", &line], SIZE, &[("TERM", kind.term)]);
    terminal.first_frame();
    terminal
}

type Cells = Vec<Vec<char>>;

/// What a terminal shows that has another screen, or none: its cells, and where its cursor is.
struct Shown {
    cells: Cells,
    at: (usize, usize),
    kept: Option<(Cells, (usize, usize))>,
    alternate: bool,
    wraps: bool,
}

impl Shown {
    fn after(text: &str, alternate: bool) -> Self {
        let blank = vec![vec![' '; usize::from(SIZE.0)]; usize::from(SIZE.1)];
        let mut shown = Self { cells: blank, at: (0, 0), kept: None, alternate, wraps: true };
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match (c, rest.chars().next()) {
                ('\x1b', Some('[')) => {
                    let end = rest[1..].find(|c: char| ('@'..='~').contains(&c)).unwrap() + 1;
                    shown.obey(&rest[1..end], &rest[end..=end]);
                    rest = &rest[end + 1..];
                }
                ('\x1b', _) => panic!("{rest:?}"),
                ('\r', _) => shown.at.0 = 0,
                ('\n', _) => shown.at.1 += 1,
                // These take no column of their own.
                ('\u{fe0f}' | '\u{200d}' | '\u{301}', _) => {}
                (c, _) => shown.put(c),
            }
        }
        shown
    }

    fn put(&mut self, c: char) {
        let (x, y) = self.at;
        let last = usize::from(SIZE.0) - 1;
        assert!(x <= last || !self.wraps, "a line goes on below");
        self.cells[y][x.min(last)] = c;
        self.at.0 = (x + 1).min(if self.wraps { last + 1 } else { last });
    }

    fn obey(&mut self, parameters: &str, last: &str) {
        let number = |at: usize| parameters.split(';').nth(at).and_then(|n| n.parse::<usize>().ok()).unwrap_or(1);
        let blank = vec![vec![' '; usize::from(SIZE.0)]; usize::from(SIZE.1)];
        match (parameters, last) {
            ("2", "J") => self.cells = blank,
            ("", "K") => self.cells[self.at.1][self.at.0..].fill(' '),
            (_, "H") => self.at = (number(1).min(80) - 1, number(0).min(24) - 1),
            (_, "C") => self.at.0 += number(0),
            ("?7", _) => self.wraps = last == "h",
            ("?1049", "h") if self.alternate => self.kept = Some((std::mem::replace(&mut self.cells, blank), self.at)),
            ("?1049", "l") if self.alternate => (self.cells, self.at) = self.kept.take().unwrap(),
            (_, "m" | "h" | "l") => {}
            other => panic!("{other:?} is not known to be understood everywhere"),
        }
    }

    fn row(&self, y: usize) -> String {
        self.cells[y].iter().collect::<String>().trim_end().to_owned()
    }
}

#[test]
fn keys_of_every_terminal_edit_a_line() {
    let folder = folder();
    for kind in &KINDS {
        let mut terminal = start(folder.path(), kind);
        let Kind { home, end, left, delete, backspace, .. } = kind;
        // `:lr = 0.5` by detours.
        let keys = [":r = 0.", home, "l", end, "75", left, backspace, "6", backspace, delete, "56", left, delete];
        for key in [&keys[..], &["6", backspace]].concat() {
            terminal.press(key);
        }
        terminal.see("lr = 0.5", SIZE);
        terminal.press("\x1b[200~ + 1\rquit\r\x1b[201~");
        terminal.see("only one line can be pasted", SIZE);
        terminal.press("\x03");
        assert_eq!(terminal.end().code(), Some(0), "{}", kind.term);
    }
}

#[test]
fn late_answers_of_every_terminal_do_nothing_and_hold_up_no_ctrl_c() {
    let folder = folder();
    for kind in &KINDS {
        let mut terminal = start(folder.path(), kind);
        terminal.press(kind.answers);
        let half = kind.answers.len() / 2;
        for (at, byte) in kind.answers.bytes().enumerate() {
            terminal.press(&char::from(byte).to_string());
            if at == half {
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        terminal.see("ready", SIZE);
        let before = terminal.bytes();
        terminal.see("step 0", SIZE);
        assert!(!terminal.heard(before).contains("does nothing here"), "{}", kind.term);
        let broken_off =
            ["\x1b[200~no end", "\x1b]11;rgb:00", "\x1bP>|", "\x1b[1;", "\x1b[<0;3", "\x1b[M ", "\x1b", "\u{c3}"];
        terminal.press(broken_off[kind.answers.len() % broken_off.len()]);
        let pressed = Instant::now();
        terminal.press("\x03");
        assert_eq!(terminal.end().code(), Some(0), "{}", kind.term);
        assert!(pressed.elapsed() < Duration::from_secs(2), "{}: {:?}", kind.term, pressed.elapsed());
    }
}

#[test]
fn no_question_is_asked_and_every_terminal_is_left_as_it_was() {
    let folder = folder();
    for kind in &KINDS {
        let mut terminal = start(folder.path(), kind);
        let before = terminal.bytes();
        terminal.press("s");
        terminal.wait_for("1", before);
        terminal.see("step 1", SIZE);
        terminal.resize(SIZE);
        std::thread::sleep(Duration::from_millis(700));
        let drawn = terminal.heard(0);
        let there = Shown::after(&drawn, true);
        let shown = Shown::after(&drawn, kind.alternate);
        assert!(shown.row(0).contains("step 1") && shown.row(0).contains("Momentum"), "{}", shown.row(0));
        assert_eq!(shown.cells, there.cells, "{}: the same without another screen", kind.term);
        terminal.press("q\r");
        assert_eq!(terminal.end().code(), Some(0));
        assert_eq!(terminal.modes_on(&[7, 25]), [7, 25], "{}", kind.term);
        let text = terminal.heard(0);
        for question in [
            "\x1b[c", "\x1b[0c", "\x1b[>", "\x1b[=", "\x1b[5n", "\x1b[6n", "$p", "\x1b]", "\x1bP", "\x1b_", "\x1b[?u",
            "\x05", "\x1bZ",
        ] {
            assert!(!text.contains(question), "{}: {question:?} is asked", kind.term);
        }
        let left = Shown::after(&text, kind.alternate);
        if kind.alternate {
            assert_eq!((left.row(0), left.row(1), left.at), ("before".into(), String::new(), (0, 1)), "{}", kind.term);
        } else {
            // What comes after begins in a row of its own.
            assert_eq!((left.row(23), left.at), (String::new(), (0, 23)), "{}", kind.term);
        }
    }
}

#[test]
fn a_dumb_terminal_is_told_in_a_line_what_works() {
    let folder = folder();
    for (arguments, term) in [(&["lab.yaml"][..], "dumb"), (&[], "dumb"), (&["lab.yaml"], "unknown")] {
        let mut terminal = Terminal::start_with(OPTLAB, folder.path(), arguments, SIZE, &[("TERM", term)]);
        assert_eq!(terminal.end().code(), Some(2));
        let wanted = format!("error: the screen cannot be drawn on this terminal (TERM={term}): use `optlab train`");
        terminal.wait_for(&wanted, 0);
        let said = terminal.heard(0);
        assert!(said.trim_end().lines().count() == 1 && !said.contains('\x1b'), "{said:?}");
    }
    // What needs no screen works, without a colour or a bar that is drawn over.
    let short = ["train", "lab.yaml", "--steps", "3"];
    for (arguments, code) in [(&short[..], 0), (&["--help"], 0), (&["check", "none.yaml"], 2), (&["none"], 2)] {
        let mut terminal = Terminal::start_with(OPTLAB, folder.path(), arguments, SIZE, &[("TERM", "dumb")]);
        assert_eq!(terminal.end().code(), Some(code), "{}", terminal.heard(0));
        std::thread::sleep(Duration::from_millis(50));
        let said = terminal.heard(0);
        assert!(!said.is_empty() && !said.contains('\x1b'), "{arguments:?}: {said:?}");
    }
}

#[test]
fn a_terminal_without_a_name_has_a_screen() {
    let folder = folder();
    let line = format!("unset TERM; exec {OPTLAB} lab.yaml");
    let mut terminal = Terminal::start("sh", folder.path(), &["-c", &line], SIZE);
    terminal.first_frame();
    terminal.press("\x03");
    assert_eq!(terminal.end().code(), Some(0));
}

#[test]
fn a_window_of_any_size_is_drawn() {
    let folder = folder();
    let mut terminal = Terminal::start(OPTLAB, folder.path(), &["lab.yaml"], SIZE);
    terminal.first_frame();
    for size in [(u16::MAX, u16::MAX), (1, 1), (0, 0), (1, u16::MAX), (u16::MAX, 1)] {
        terminal.resize(size);
        std::thread::sleep(Duration::from_millis(600));
    }
    terminal.press("s");
    terminal.see("step 1", SIZE);
    terminal.press("\x03");
    assert_eq!(terminal.end().code(), Some(0));
}

#[test]
fn a_line_that_drops_ends_the_program() {
    let folder = folder();
    let (mut child, master) = {
        let (pty, inside) = pty_process::blocking::open().unwrap();
        pty.resize(pty_process::Size::new(24, 80)).unwrap();
        // A shell in between that hears nothing of the end, so that no signal of it comes.
        let command = pty_process::blocking::Command::new("sh")
            .args(["-c", &format!("trap '' HUP; exec {OPTLAB} lab.yaml")])
            .current_dir(folder.path())
            .env("TERM", "xterm");
        (command.spawn(inside).unwrap(), pty)
    };
    std::thread::sleep(Duration::from_millis(800));
    drop(master);
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it stays without a terminal");
        std::thread::sleep(Duration::from_millis(20));
    }
}
