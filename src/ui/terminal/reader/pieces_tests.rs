//! Sequences that come in pieces, late, or never to their end.

use std::time::Duration;

use proptest::prelude::*;

use crate::ui::host::Event;
use crate::ui::terminal::reader::terminals_tests::words;
use crate::ui::terminal::reader::{LONGEST, Reader};

/// A reader, a time, and what was heard so far.
struct Line {
    reader: Reader,
    now: Duration,
}

impl Line {
    fn new() -> Self {
        Self { reader: Reader::new(), now: Duration::from_secs(1) }
    }

    /// What comes of silence for so long, and of bytes after it.
    fn after(&mut self, milliseconds: u64, bytes: &[u8]) -> String {
        let until = self.now + Duration::from_millis(milliseconds);
        let mut events = self.silence(until);
        events.extend(self.reader.read(bytes, self.now));
        words(&events)
    }

    fn silence(&mut self, until: Duration) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(due) = self.reader.due().filter(|due| *due <= until) {
            events.extend(self.reader.wait_is_over(due));
        }
        self.now = until;
        events
    }

    /// What comes of so many milliseconds of silence.
    fn quiet(&mut self, milliseconds: u64) -> String {
        let events = self.silence(self.now + Duration::from_millis(milliseconds));
        words(&events)
    }
}

/// What may be broken off anywhere: keys, the mouse, answers, a paste.
const BREAKABLE: [&[u8]; 12] = [
    b"\x1b[1;5A",
    b"\x1b[24~",
    b"\x1bOA",
    b"\x1b[[A",
    b"\x1b[<0;10;5M",
    b"\x1b[M !!",
    b"\x1b[?62;22c",
    b"\x1b]11;rgb:0000/0000/0000\x1b\\",
    b"\x1bP>|XTerm(380)\x1b\\",
    b"\x1b_Gi=31;OK\x1b\\",
    b"\x1b[200~q q\x1b[201~",
    "世".as_bytes(),
];

/// Each one without its end, at every place.
fn broken_off() -> impl Iterator<Item = &'static [u8]> {
    BREAKABLE.into_iter().flat_map(|bytes| (1..bytes.len()).map(|end| &bytes[..end]))
}

#[test]
fn ctrl_c_gets_through_whatever_is_half_read() {
    for bytes in broken_off() {
        for wait in [0, 10, 60, 200, 1000] {
            let mut line = Line::new();
            line.after(0, bytes);
            let heard = line.after(wait, b"\x03") + " " + line.quiet(100).as_str();
            let again = line.after(0, b"\x03") + " " + line.quiet(100).as_str();
            assert!(heard.trim_end().ends_with("Ctrl-c"), "{bytes:?} and {wait} ms: {heard}");
            assert_eq!(again.trim_end(), "Ctrl-c", "{bytes:?}");
        }
        // Held down, it comes thirty times a second.
        let mut line = Line::new();
        line.after(0, bytes);
        let heard = line.after(20, b"\x03") + line.after(33, b"\x03").as_str() + line.after(33, b"\x03").as_str();
        assert!(heard.contains("Ctrl-c"), "{bytes:?}: {heard}");
    }
}

#[test]
fn what_was_broken_off_is_no_key_and_the_next_key_is_one() {
    for bytes in broken_off() {
        let mut line = Line::new();
        let heard = line.after(0, bytes) + line.quiet(1000).as_str();
        let text = heard.trim_start_matches("paste:");
        let esc = bytes == b"\x1b" || bytes == b"\x1bO";
        assert!(heard.is_empty() || heard.starts_with("paste:") || esc, "{bytes:?} is {heard}");
        assert!(text.len() <= 7 || esc, "{bytes:?} is {heard}");
        assert_eq!(line.after(0, b"s"), "s", "{bytes:?}");
        assert_eq!(line.after(0, b"\x1b[A\x1b[<0;1;1M"), "Up Down(Left)@0,0", "{bytes:?}");
    }
}

#[test]
fn a_rest_that_comes_late_is_no_key() {
    for whole in BREAKABLE {
        for at in 1..whole.len() {
            let (begin, rest) = whole.split_at(at);
            for wait in [60, 300, 700, 1500] {
                let mut line = Line::new();
                let heard =
                    line.after(0, begin) + " " + line.after(wait, rest).as_str() + " " + line.quiet(2000).as_str();
                if rest.len() == 1 && wait > 75 {
                    // Somebody may have typed it.
                    continue;
                }
                let allowed = ["Ctrl-Up", "Up", "F1", "F12", "Esc", "Alt-O", "Down(Left)@9,4", "Down(Left)@0,0", "世"];
                let wrong = heard
                    .split_whitespace()
                    .find(|word| !allowed.contains(word) && !word.starts_with("paste:") && *word != "q");
                assert!(wrong.is_none() && !heard.contains(" q "), "{begin:?}, {wait} ms, {rest:?}: {heard}");
                assert_eq!(line.after(3000, b"s"), "s");
            }
        }
    }
}

#[test]
fn a_lone_esc_is_a_key_soon_and_what_follows_it_slowly_are_keys() {
    let mut line = Line::new();
    assert_eq!((line.after(0, b"\x1b"), line.quiet(74), line.quiet(2)), (String::new(), String::new(), "Esc".into()));
    assert_eq!(line.after(100, b"["), "[");
    assert_eq!(line.after(100, b"s"), "s");
    assert_eq!(line.after(0, b"\x1b\x1b") + " " + line.quiet(100).as_str(), "Esc Esc");
    // A key held down right after it.
    assert_eq!(line.after(200, b"[["), "[ [");
}

#[test]
fn a_paste_without_its_end_is_over_when_it_stops() {
    let mut line = Line::new();
    assert_eq!(line.after(0, b"\x1b[200~lr = 0.1\r"), "");
    assert_eq!(line.after(400, b"and more"), "");
    assert_eq!(line.quiet(600), "paste:lr_=_0.1_and_more");
    assert_eq!(line.after(0, b"s"), "s");
    // Its rest is no row of keys, and a key is one again.
    assert_eq!(line.after(0, b"\x1b[200~x") + line.quiet(600).as_str(), "paste:x");
    assert_eq!(line.after(100, b"q q q\x1b[201~"), "paste:q_q_q");
    assert_eq!(line.after(0, b"s"), "s");
    assert_eq!(line.after(0, b"\x1b[200~x") + line.quiet(600).as_str(), "paste:x");
    assert_eq!(line.after(100, b"\x1b[A"), "Up");
    // Ctrl-C inside of one that goes on is text.
    assert_eq!(line.after(0, b"\x1b[200~a\x03") + line.after(20, b"b\x1b[201~").as_str(), "paste:a\u{3}b");
}

#[test]
fn a_paste_without_its_beginning_is_no_row_of_keys() {
    let mut line = Line::new();
    assert_eq!(line.after(0, b"q q q\x1b[201~s"), "paste:q_q_q s");
    assert_eq!(line.after(0, b"\x1b[201~s"), "s");
    assert_eq!(line.after(0, b"s\x1b[200~q\x1b[201~s"), "s paste:q s");
}

#[test]
fn a_paste_is_kept_up_to_a_length() {
    let mut line = Line::new();
    let text = vec![b'x'; LONGEST + 5000];
    line.after(0, b"\x1b[200~");
    for part in text.chunks(4096) {
        assert_eq!(line.after(1, part), "");
    }
    let heard = line.after(1, b"\x1b[201~");
    assert_eq!(heard.len(), "paste:".len() + LONGEST);
    assert_eq!(line.after(0, b"s"), "s");
}

#[test]
fn a_string_without_an_end_is_given_up_however_much_comes() {
    let mut line = Line::new();
    line.after(0, b"\x1b]11;rgb");
    for _ in 0..30 {
        line.after(100, b"x");
    }
    assert_eq!(line.after(100, b"s"), "s");
}

proptest! {
    #[test]
    fn no_bytes_are_too_much(pieces in prop::collection::vec(
        (prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"\x1b[]OP<;:?0123~uMm_\x03\x07\\".to_vec())], 1..40), 0..900_u64),
        1..20,
    )) {
        let mut line = Line::new();
        for (bytes, wait) in &pieces {
            line.after(*wait, bytes);
        }
        let heard = line.after(3, b"\x03") + " " + line.quiet(100).as_str();
        prop_assert!(heard.contains("Ctrl-c"), "{}", heard);
        prop_assert!(line.after(3000, b"s").ends_with('s'));
    }
}
