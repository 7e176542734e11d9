//! What eight terminals send, by their bytes: each key by its name, each answer to a question as nothing. Whole and byte by
//! byte it is the same.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::ui::host::Event;
use crate::ui::terminal::reader::Reader;

/// A key by the names of what is held and its own.
fn named(key: &KeyEvent) -> String {
    let held = [
        (KeyModifiers::CONTROL, "Ctrl-"),
        (KeyModifiers::ALT, "Alt-"),
        (KeyModifiers::SUPER, "Super-"),
        (KeyModifiers::SHIFT, "Shift-"),
    ];
    let mut name = String::new();
    for (modifier, word) in held {
        // A capital letter has Shift, BackTab too.
        let told = modifier == KeyModifiers::SHIFT
            && (key.code == KeyCode::BackTab || matches!(key.code, KeyCode::Char(c) if c.is_uppercase()));
        if key.modifiers.contains(modifier) && !told {
            name.push_str(word);
        }
    }
    match key.code {
        KeyCode::Char(' ') => name + "space",
        KeyCode::Char(c) => format!("{name}{c}"),
        KeyCode::F(number) => format!("{name}F{number}"),
        code => format!("{name}{code:?}"),
    }
}

/// An event in a word.
pub(super) fn word(event: &Event) -> String {
    match event {
        Event::Key(key) => named(key),
        Event::Paste(text) => format!("paste:{}", text.replace([' ', '\r', '\n'], "_")),
        Event::Mouse(mouse) => format!("{:?}@{},{}", mouse.kind, mouse.column, mouse.row),
        other => format!("{other:?}"),
    }
}

pub(super) fn words(events: &[Event]) -> String {
    events.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// What bytes mean that come in these pieces, a millisecond apart, and the silence after them.
fn meant(pieces: &[&[u8]]) -> String {
    let mut reader = Reader::new();
    let mut events = Vec::new();
    let mut now = Duration::from_secs(10);
    for piece in pieces {
        events.extend(reader.read(piece, now));
        now += Duration::from_millis(1);
    }
    if let Some(due) = reader.due() {
        events.extend(reader.wait_is_over(due));
    }
    words(&events)
}

/// Whole, byte by byte, and in two pieces split anywhere.
fn assert_meant(terminal: &str, bytes: &[u8], wanted: &str) {
    let shown = String::from_utf8_lossy(bytes).escape_debug().to_string();
    assert_eq!(meant(&[bytes]), wanted, "{terminal} sends {shown}");
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(meant(&single), wanted, "{terminal} sends {shown} byte by byte");
    for at in 1..bytes.len() {
        assert_eq!(meant(&[&bytes[..at], &bytes[at..]]), wanted, "{terminal} sends {shown}, split at {at}");
    }
}

fn assert_all(terminal: &str, table: &[(&[u8], &str)]) {
    for (bytes, wanted) in table {
        assert_meant(terminal, bytes, wanted);
    }
    // One after the other, without a pause: nothing runs into the next.
    let settled = table.iter().filter(|(bytes, _)| !bytes.ends_with(b"\x1b"));
    let (bytes, wanted): (Vec<&[u8]>, Vec<&str>) = settled.map(|(bytes, wanted)| (*bytes, *wanted)).unzip();
    let wanted = wanted.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    assert_eq!(meant(&[&bytes.concat()]), wanted, "{terminal}");
}

/// Answers that terminals give to questions of a program that was there before.
const ANSWERS: [&[u8]; 27] = [
    b"\x1b[?62;22c",                           // DA1
    b"\x1b[?1;2c",                             // DA1 of screen and tmux
    b"\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c", // DA1 of xterm
    b"\x1b[>41;380;0c",                        // DA2
    b"\x1b[>0;276;0c",                         // DA2
    b"\x1b[=0;4c",                             // DA3, short
    b"\x1bP!|00000000\x1b\\",                  // DA3
    b"\x1b[0n",                                // DSR
    b"\x1b[12;40R",                            // place of the cursor
    b"\x1b[1;1R",                              // the same, which may be F3 of an old xterm
    b"\x1b[?12;40;1R",                         // the same, with the page
    b"\x1b[?997;1n",                           // dark or light
    b"\x1b[?0u",                               // kitty's keyboard
    b"\x1b[?2026;2$y",                         // DECRQM
    b"\x1b[?1u",                               // kitty's keyboard
    b"\x1b[4;600;800t",                        // size in pixels
    b"\x1b[8;24;80t",                          // size in cells
    b"\x1b[>4;2m",                             // XTQMODKEYS
    b"\x1b]10;rgb:dcdc/dcdc/dcdc\x1b\\",       // ink
    b"\x1b]11;rgb:0000/0000/0000\x07",         // paper, ended by BEL
    b"\x1b]4;1;rgb:cdcd/0000/0000\x1b\\",      // one of the palette
    b"\x1b]52;c;cXFxcQ==\x07",                 // the clipboard
    b"\x1bP>|XTerm(380)\x1b\\",                // XTVERSION
    b"\x1bP1+r544e=787465726d\x1b\\",          // XTGETTCAP
    b"\x1bP0+r\x1b\\",                         // XTGETTCAP, unknown
    b"\x1bP1$r0 q\x1b\\",                      // DECRQSS
    b"\x1b_Gi=31;OK\x1b\\",                    // kitty's pictures
];

#[test]
fn answers_that_come_late_are_no_keys_and_hold_up_none() {
    for answer in ANSWERS {
        assert_meant("a terminal", answer, "");
        let with_a_key = [answer, b"s\x03"].concat();
        assert_meant("a terminal", &with_a_key, "s Ctrl-c");
    }
    assert_eq!(meant(&[&ANSWERS.concat()]), "");
}

#[test]
fn xterm_is_understood() {
    assert_all(
        "xterm",
        &[
            (b"s", "s"),
            (b"A", "A"),
            (b" ", "space"),
            ("é".as_bytes(), "é"),
            ("世".as_bytes(), "世"),
            ("👩".as_bytes(), "👩"),
            (b"\r", "Enter"),
            (b"\t", "Tab"),
            (b"\x1b[Z", "BackTab"),
            (b"\x7f", "Backspace"),
            (b"\x08", "Backspace"),
            (b"\x1b", "Esc"),
            (b"\x03", "Ctrl-c"),
            (b"\x1a", "Ctrl-z"),
            (b"\x00", "Ctrl-space"),
            (b"\x1b[A\x1b[B\x1b[C\x1b[D", "Up Down Right Left"),
            (b"\x1bOA\x1bOB\x1bOC\x1bOD", "Up Down Right Left"),
            (b"\x1b[H\x1b[F", "Home End"),
            (b"\x1bOH\x1bOF", "Home End"),
            (b"\x1b[2~\x1b[3~\x1b[5~\x1b[6~", "Insert Delete PageUp PageDown"),
            (b"\x1bOP\x1bOQ\x1bOR\x1bOS", "F1 F2 F3 F4"),
            (b"\x1b[15~\x1b[17~\x1b[20~\x1b[21~\x1b[23~\x1b[24~", "F5 F6 F9 F10 F11 F12"),
            (b"\x1b[1;5A\x1b[1;2D\x1b[1;3C\x1b[1;5H", "Ctrl-Up Shift-Left Alt-Right Ctrl-Home"),
            (b"\x1b[5;5~\x1b[3;2~\x1b[1;5P", "Ctrl-PageUp Shift-Delete Ctrl-F1"),
            (b"\x1b[27;5;9~\x1b[27;6;67~", "Ctrl-Tab Ctrl-Shift-c"),
            (b"\x1bx", "Alt-x"),
            (b"\x1b\x7f", "Alt-Backspace"),
            (b"\x1b\r", "Alt-Enter"),
            (b"\x1b[200~a = 1\x1b[201~", "paste:a_=_1"),
            (b"\x1b[200~a\rb\x1b[A\x1b[201~", "paste:a_b\u{1b}[A"),
            (b"\x1b[<0;10;5M\x1b[<0;10;5m", "Down(Left)@9,4 Up(Left)@9,4"),
            (b"\x1b[<32;11;5M", "Drag(Left)@10,4"),
            (b"\x1b[<64;1;1M\x1b[<65;1;1M", "ScrollUp@0,0 ScrollDown@0,0"),
            (b"\x1b[<35;300;200M", "Moved@299,199"),
            (b"\x1b[<0;0;0M", ""),
            (b"\x1b[M !!\x1b[M#!!", "Down(Left)@0,0 Up(Left)@0,0"),
            (b"\x1b[M`\xff\xfe", "ScrollUp@222,221"),
            (b"\x1b[I\x1b[O", ""),
        ],
    );
}

#[test]
fn tmux_is_understood() {
    assert_all(
        "tmux",
        &[
            (b"\x1b[1~\x1b[4~", "Home End"),
            (b"\x1bOA\x1b[A", "Up Up"),
            (b"\x1b[1;5D\x1b[1;2A", "Ctrl-Left Shift-Up"),
            (b"\x1bOP\x1b[15~", "F1 F5"),
            (b"\x7f", "Backspace"),
            (b"\x1b[97;5u\x1b[99;5u", "Ctrl-a Ctrl-c"),
            (b"\x1b[200~x\x1b[201~", "paste:x"),
            (b"\x1b[<0;1;1M", "Down(Left)@0,0"),
            (b"\x1b[?1;2;4c\x1b[>84;0;0c\x1bP>|tmux 3.4\x1b\\", ""),
        ],
    );
}

#[test]
fn screen_is_understood() {
    assert_all(
        "screen",
        &[
            (b"\x1b[1~\x1b[4~\x1b[2~\x1b[3~", "Home End Insert Delete"),
            (b"\x1bOA\x1bOB\x1bOC\x1bOD", "Up Down Right Left"),
            (b"\x1bOP\x1bOQ\x1bOR\x1bOS\x1b[15~", "F1 F2 F3 F4 F5"),
            (b"\x7f\x08", "Backspace Backspace"),
            (b"\x1b[M !!", "Down(Left)@0,0"),
            (b"\x1b[?1;2c\x1b[>83;40900;0c", ""),
        ],
    );
}

#[test]
fn the_console_of_linux_is_understood() {
    assert_all(
        "linux",
        &[
            (b"\x1b[[A\x1b[[B\x1b[[C\x1b[[D\x1b[[E\x1b[17~", "F1 F2 F3 F4 F5 F6"),
            (b"\x1b[25~\x1b[34~", "F13 F17"),
            (b"\x1b[1~\x1b[4~", "Home End"),
            (b"\x1b[A\x1bOA", "Up Up"),
            (b"\x7f", "Backspace"),
            (b"\x1bm", "Alt-m"),
            (b"\x1b[G", ""), // 5 of the keypad
            (b"\x1b[?6c\x1b[0n\x1b[3;1R", ""),
        ],
    );
}

#[test]
fn kitty_is_understood() {
    assert_all(
        "kitty",
        &[
            (b"\x1b[97u\x1b[97;2u\x1b[97:65;2u\x1b[97;2;65u", "a A A A"),
            (b"\x1b[27u\x1b[13u\x1b[9u\x1b[9;2u\x1b[127u", "Esc Enter Tab BackTab Backspace"),
            (b"\x1b[99;5u\x1b[99;5:1u", "Ctrl-c Ctrl-c"),
            (b"\x1b[99;5:3u\x1b[1;1:3A\x1b[3;1:3~", ""),
            (b"\x1b[115;1:2u", "s"),
            (b"\x1b[49:33;2u", "Shift-!"),
            (b"\x1b[57399u\x1b[57414u\x1b[57419u\x1b[57424u", "0 Enter Up End"),
            (b"\x1b[57376u\x1b[57441u\x1b[57428u", "F13"), // Shift alone, a key of a player
            (b"\x1b[1;5A\x1b[H\x1b[P\x1b[R\x1b[S", "Ctrl-Up Home F1 F3 F4"),
            (b"\x1b[13;5u", "Ctrl-Enter"),
            (b"\x1b[113;9u\x1b[113;33u\x1b[113;65u", "Super-q Super-q q"), // the last with the caps lock
            (b"\x1b[?0u\x1b[?62;52;c\x1b[>1;4000;35c\x1bP>|kitty(0.35.2)\x1b\\", ""),
            (b"\x1b_Gi=1;OK\x1b\\\x1b]99;i=1;\x1b\\", ""),
        ],
    );
}

#[test]
fn windows_terminal_is_understood() {
    assert_all(
        "Windows Terminal",
        &[
            (b"\x1b[A\x1bOP\x1b[15~\x7f\x08", "Up F1 F5 Backspace Backspace"),
            (b"\x1b[?61;4;6;7;14;21;22;23;24;28;32;42c\x1b[>0;10;1c\x1bP!|00000000\x1b\\", ""),
            (b"\x1bP>|Windows Terminal 1.22\x1b\\\x1b]11;rgb:0c0c/0c0c/0c0c\x1b\\", ""),
            // Its own way to tell keys, which programs of Windows ask for and leave on.
            (b"\x1b[83;31;115;1;0;1_\x1b[83;31;115;0;0;1_", "s"),
            (b"\x1b[16;42;0;1;16;1_\x1b[65;30;65;1;16;1_", "A"),
            (b"\x1b[67;46;3;1;8;1_\x1b[67;46;3;0;8;1_", "Ctrl-c"),
            (b"\x1b[38;72;0;1;256;1_\x1b[112;59;0;1;0;1_\x1b[37;75;0;1;8;1_", "Up F1 Ctrl-Left"),
            (
                b"\x1b[13;28;13;1;0;1_\x1b[27;1;27;1;0;1_\x1b[8;14;8;1;0;1_\x1b[9;15;9;1;16;1_",
                "Enter Esc Backspace BackTab",
            ),
            (b"\x1b[81;16;64;1;9;1_", "@"), // AltGr and Q
            (b"\x1b[;;;;;_", ""),
        ],
    );
}

#[test]
fn mosh_is_understood() {
    assert_all(
        "mosh",
        &[
            (b"\x1bOA\x1bOB\x1bOH\x1bOF", "Up Down Home End"),
            (b"\x1b[A\x1b[H\x1b[1;5C", "Up Home Ctrl-Right"),
            (b"\x1b[200~a b\x1b[201~", "paste:a_b"),
            (b"\x7f", "Backspace"),
            // All that was typed while the line was away comes at once.
            (b"ss \x1b[Bj\x03", "s s space Down j Ctrl-c"),
        ],
    );
}

#[test]
fn a_dumb_terminal_sends_characters_alone() {
    assert_all("dumb", &[(b"q\r\x08\x7f\x03", "q Enter Backspace Backspace Ctrl-c")]);
}
