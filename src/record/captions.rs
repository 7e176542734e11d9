//! What is said, and the chapters, as `WebVTT` (<https://www.w3.org/TR/webvtt1/>): players of films show them.

use std::fmt::Write;
use std::time::Duration;

use super::recording::{Recording, shown};

/// The captions, in one language or in that of the recording.
pub fn captions(recording: &Recording, language: Option<&str>) -> String {
    let cue = |caption: &super::recording::Caption| {
        let words = match language {
            Some(language) => caption.words.in_language(Some(language)),
            None => recording.said(&caption.words),
        };
        (caption.from, caption.to, words.to_owned())
    };
    written(recording, recording.captions.iter().map(cue))
}

/// The chapters: each until the next one.
pub fn chapters(recording: &Recording, language: Option<&str>) -> String {
    let ends = recording.chapters.iter().skip(1).map(|next| next.tick).chain([recording.end]);
    let cue = |(chapter, end): (&super::recording::Chapter, u64)| {
        let words = match language {
            Some(language) => chapter.words.in_language(Some(language)),
            None => recording.said(&chapter.words),
        };
        (chapter.tick, end, words.to_owned())
    };
    written(recording, recording.chapters.iter().zip(ends).map(cue))
}

fn written(recording: &Recording, cues: impl Iterator<Item = (u64, u64, String)>) -> String {
    let mut out = "WEBVTT\n".to_owned();
    // A cue that takes no time is none.
    for (from, to, words) in cues.filter(|(from, to, _)| from < to) {
        let (from, to) = (time(recording.time(from)), time(recording.time(to)));
        // Writing to a string does not fail.
        let _ = write!(out, "\n{from} --> {to}\n{}\n", escaped(&words));
    }
    out
}

/// `00:01:02.350`.
fn time(time: Duration) -> String {
    let milliseconds = time.as_millis();
    let (seconds, milliseconds) = (milliseconds / 1000, milliseconds % 1000);
    format!("{:02}:{:02}:{:02}.{milliseconds:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Text as it may stand in a cue: an empty line would end it, and `-->` begin another.
fn escaped(words: &str) -> String {
    let words = shown(words);
    let lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
    let text = lines.collect::<Vec<_>>().join("\n");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
