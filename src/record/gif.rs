//! A recording as an animated GIF (<https://www.w3.org/Graphics/GIF/spec-gif89a.txt>): one table of colours, and of each
//! screen only what has changed, in the hundredths of a second that the format counts in, which frame rates of tapes divide.

use gif::{DisposalMethod, Encoder, Frame, Repeat};

use super::pixels::Painter;
use super::recording::Recording;
use crate::error::{Error, Result};

/// The longest time that a frame can say.
const LONGEST: u64 = u16::MAX as u64;

/// A rectangle of the picture that has changed: its pixels, those that have not changed transparent.
struct Change {
    left: usize,
    top: usize,
    wide: usize,
    pixels: Vec<u8>,
}

/// The recording as a GIF with so many pixels for a unit of a picture, in which a cell has 9 by 18. It is repeated for ever.
///
/// # Errors
/// It is larger than the format allows.
pub fn write(recording: &Recording, scale: usize) -> Result<Vec<u8>> {
    let mut painter = Painter::new(recording, scale);
    let (wide, high) = painter.size();
    let (Ok(columns), Ok(rows)) = (u16::try_from(wide), u16::try_from(high)) else {
        let error = Error::user(format!("a GIF of {wide}x{high} pixels is more than the format has room for"));
        return Err(error.help("a smaller `size:` or `--scale 1` makes it smaller"));
    };
    let failed = |error: gif::EncodingError| Error::user(format!("cannot make the GIF: {error}"));
    let nothing = painter.colours().len() as u8;
    // The one that stands for nothing has a place in the table, too.
    let table: Vec<u8> = painter.colours().iter().flatten().copied().chain([0; 3]).collect();
    let mut encoder = Encoder::new(Vec::new(), columns, rows, &table).map_err(failed)?;
    encoder.set_repeat(Repeat::Infinite).map_err(failed)?;
    let mut put = |change: Change, hundredths: u64| -> Result<()> {
        let mut left = hundredths.max(1);
        let mut frame = Frame {
            left: change.left as u16,
            top: change.top as u16,
            width: change.wide as u16,
            height: (change.pixels.len() / change.wide.max(1)) as u16,
            dispose: DisposalMethod::Keep,
            transparent: Some(nothing),
            buffer: change.pixels.into(),
            ..Frame::default()
        };
        while left > 0 {
            frame.delay = left.min(LONGEST) as u16;
            left -= u64::from(frame.delay);
            encoder.write_frame(&frame).map_err(failed)?;
            // What takes longer goes on with a frame in which nothing changes.
            (frame.left, frame.top, frame.width, frame.height) = (0, 0, 1, 1);
            frame.buffer = vec![nothing].into();
        }
        Ok(())
    };
    let hundredths = |from: u64, to: u64| (to - from) * 100 / u64::from(recording.fps.max(1));
    let mut shown: Vec<u8> = Vec::new();
    let mut last: Option<(u64, Change)> = None;
    for frame in &recording.frames {
        let pixels = painter.draw(frame);
        let Some(change) = changed(&shown, pixels, wide, nothing) else { continue };
        shown.clear();
        shown.extend_from_slice(pixels);
        if let Some((tick, change)) = last.replace((frame.tick, change)) {
            put(change, hundredths(tick, frame.tick))?;
        }
    }
    if let Some((tick, change)) = last {
        // The last screen stands for a tick, where the tape ends with it.
        put(change, hundredths(tick, recording.end.max(tick + 1)))?;
    }
    encoder.into_inner().map_err(|error| Error::user(format!("cannot make the GIF: {error}")))
}

/// The smallest rectangle that holds every pixel that differs; none if none does.
fn changed(old: &[u8], new: &[u8], wide: usize, nothing: u8) -> Option<Change> {
    if old.is_empty() {
        return (!new.is_empty()).then(|| Change { left: 0, top: 0, wide, pixels: new.to_vec() });
    }
    let rows = || old.chunks(wide).zip(new.chunks(wide));
    let differ = |(old, new): (&[u8], &[u8])| old != new;
    let top = rows().position(differ)?;
    let bottom = rows().rposition(differ)? + 1;
    let (mut left, mut right) = (wide, 0);
    for (old, new) in rows().take(bottom).skip(top) {
        let pixels = || old.iter().zip(new);
        if let Some(first) = pixels().position(|(a, b)| a != b) {
            left = left.min(first);
        }
        if let Some(last) = pixels().rposition(|(a, b)| a != b) {
            right = right.max(last + 1);
        }
    }
    let mut pixels = Vec::with_capacity((right - left) * (bottom - top));
    for (old, new) in rows().take(bottom).skip(top) {
        let both = old[left..right].iter().zip(&new[left..right]);
        pixels.extend(both.map(|(old, new)| if old == new { nothing } else { *new }));
    }
    Some(Change { left, top, wide: right - left, pixels })
}

#[cfg(test)]
mod tests;
