//! GIFs, read by the format's own rules: every screen, when it is shown, and how large it is.

use ratatui::style::Style;
use sha2::{Digest, Sha256};

use super::*;
use crate::record::pixels::tests::{recording, screen};
use crate::record::recorder;
use crate::record::tape::Tape;

/// Every screen of a GIF as it comes together, with its time in hundredths.
fn played(bytes: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut decoder = gif::DecodeOptions::new().read_info(bytes).unwrap();
    let wide = usize::from(decoder.width());
    let mut shown = vec![0; wide * usize::from(decoder.height())];
    let mut screens = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        assert_eq!(frame.dispose, DisposalMethod::Keep);
        let (left, top) = (usize::from(frame.left), usize::from(frame.top));
        for (y, row) in frame.buffer.chunks(usize::from(frame.width)).enumerate() {
            for (x, number) in row.iter().enumerate().filter(|(_, number)| Some(**number) != frame.transparent) {
                shown[(top + y) * wide + left + x] = *number;
            }
        }
        screens.push((frame.delay, shown.clone()));
    }
    screens
}

#[test]
fn every_screen_of_a_tape_is_in_its_gif_for_its_time() {
    let tape = Tape::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tapes/ravine.tape.yaml")).unwrap();
    let recording = recorder::record(&tape, None, &mut |_| ()).unwrap();
    let bytes = write(&recording, 1).unwrap();
    assert!(bytes.len() < 2 << 20, "{}", bytes.len());
    let mut screens = played(&bytes).into_iter();
    let mut painter = Painter::new(&recording, 1);
    let (mut passed, mut shown) = (0, Vec::new());
    for frame in &recording.frames {
        // A screen begins exactly with its tick, unless it looks as the one before.
        let wanted = painter.draw(frame);
        if wanted == shown {
            continue;
        }
        assert_eq!(passed, frame.tick * 100 / u64::from(recording.fps));
        let (delay, seen) = screens.next().unwrap();
        assert!(seen == wanted, "tick {}", frame.tick);
        passed += u64::from(delay);
        shown = seen;
    }
    assert_eq!((passed, screens.next()), (recording.end * 100 / u64::from(recording.fps), None));
}

/// Letters, curves and mixtures are worked out by one order of operations, so that a recording is checked on any machine.
#[test]
fn a_gif_has_the_same_bytes_on_every_machine() {
    let mut next = screen();
    next.set_string(9, 0, "ü é", Style::new());
    let hash =
        |scale: usize| format!("{:x}", Sha256::digest(write(&recording(&[screen(), next.clone()]), scale).unwrap()));
    assert_eq!([1, 2].map(|scale| hash(scale)[..16].to_owned()), ["b354a539e7182b2b", "c96160b7a8e20b39"]);
}

#[test]
fn only_what_changed_is_written_and_what_lasts_long_is_told_in_parts() {
    let mut next = screen();
    next.set_string(7, 1, "x", Style::new());
    let mut long = recording(&[screen(), next]);
    long.frames[1].tick = 10_000;
    long.end = 10_001;
    let bytes = write(&long, 1).unwrap();
    let mut decoder = gif::DecodeOptions::new().read_info(&bytes[..]).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        frames.push((frame.delay, frame.width, frame.height));
    }
    assert_eq!(frames[0], (65_535, 19 * 9, 36));
    assert_eq!(frames[1], (34_465, 1, 1));
    assert!(frames[2].0 == 10 && frames[2].1 <= 9 && frames[2].2 <= 18, "{frames:?}");
}

#[test]
fn what_the_format_cannot_hold_is_an_error_with_a_way_out() {
    let mut large = recording(&[screen()]);
    large.size = (2000, 2);
    let error = write(&large, 4).unwrap_err();
    assert!(error.to_string().contains("72000x144"), "{error}");
}
