//! Makes a recording of a tape: plays it through without waiting, and keeps what is seen.

use std::time::Duration;

use super::player::{Player, Turn};
use super::recording::{Frame, Recording};
use super::tape::Tape;
use crate::error::Error;

/// The longest recording, and the longest that a tape takes with what is hidden.
const LONGEST: Duration = Duration::from_secs(3600);
const LONGEST_HIDDEN: Duration = Duration::from_secs(4 * 3600);

/// Plays a tape and keeps its frames; `progress` hears how much of it is done, from 0 to 1.
///
/// # Errors
/// All that is wrong with its lab, or what it asks for that cannot be, with the place where it does.
pub fn record(tape: &Tape, language: Option<&str>, progress: &mut dyn FnMut(f64)) -> Result<Recording, Vec<Error>> {
    let mut player = Player::open(tape, language)?;
    let lab = player.stage.lab();
    let mut recording = Recording {
        title: tape.title.as_ref().map_or(&*lab.title, |title| title.in_language(language)).to_owned(),
        lab: lab.id.clone(),
        size: tape.size,
        theme: tape.theme,
        fps: tape.fps,
        language: language.map(str::to_owned),
        frames: Vec::new(),
        end: 0,
        chapters: Vec::new(),
        captions: Vec::new(),
        shots: Vec::new(),
        states: Vec::new(),
    };
    loop {
        // What is seen at a tick is what stands after all that was done at it: before the next one passes.
        let turn = player.turn_with(&mut |player| keep(&mut recording, player)).map_err(|error| vec![error])?;
        progress(player.progress());
        if recording.time(player.tick) > LONGEST || recording.time(player.clock()) > LONGEST_HIDDEN {
            let error = Error::user("the recording is longer than an hour");
            return Err(vec![error.help("shorten its pauses and waits, or record it in parts")]);
        }
        if turn == Turn::End {
            break;
        }
    }
    keep(&mut recording, &mut player);
    recording.end = player.tick;
    let Player { chapters, mut captions, shots, states, .. } = player;
    captions.iter_mut().for_each(|caption| caption.to = caption.to.min(recording.end));
    Ok(Recording { chapters, captions, shots, states, ..recording })
}

/// Keeps the screen as it is, unless nothing has changed.
fn keep(recording: &mut Recording, player: &mut Player) {
    if player.hidden {
        return;
    }
    let last = recording.frames.last();
    let frame = Frame::of(player.tick, &player.stage.screen(), last);
    match last {
        Some(last) if last.looks_like(&frame) => {}
        Some(last) if last.tick == frame.tick => {
            recording.frames.pop();
            keep_anew(recording, &frame);
        }
        _ => recording.frames.push(frame),
    }
}

/// A frame in the place of one of the same tick, which may now be as the one before that.
fn keep_anew(recording: &mut Recording, frame: &Frame) {
    let before = recording.frames.last();
    let frame = Frame::of(frame.tick, &frame.cells(), before);
    if before.is_none_or(|before| !before.looks_like(&frame)) {
        recording.frames.push(frame);
    }
}
