//! A recording as single pictures, one for each tick, for programs that make films of them.

use png::{BitDepth, ColorType, Encoder, Filter};

use super::pixels::Painter;
use super::recording::Recording;
use crate::error::{Error, Result};

/// The folder that the pictures are in, beside the other files of a recording.
pub const FOLDER: &str = "frames";
/// The pictures' names as `ffmpeg` and `printf` write them; they are counted from 1.
pub const NAMES: &str = "%06d.png";

/// Hands each picture to `put` with its name, in the order of their times, and tells how many there are. In a picture a cell
/// has 9 by 18 times `scale` pixels.
///
/// # Errors
/// What `put` says.
pub fn write(recording: &Recording, scale: usize, put: &mut dyn FnMut(&str, &[u8]) -> Result<()>) -> Result<u64> {
    let mut painter = Painter::new(recording, scale);
    let table: Vec<u8> = painter.colours().iter().flatten().copied().collect();
    let (wide, high) = painter.size();
    let ends = recording.frames.iter().skip(1).map(|next| next.tick).chain([recording.end]);
    let mut count = 0;
    for (frame, end) in recording.frames.iter().zip(ends) {
        let bytes = encoded(painter.draw(frame), (wide, high), &table)
            .map_err(|error| Error::user(format!("cannot make a picture: {error}")))?;
        // The last screen stands for a tick, where the tape ends with it.
        for _ in frame.tick..end.max(frame.tick + 1) {
            count += 1;
            put(&format!("{count:06}.png"), &bytes)?;
        }
    }
    Ok(count)
}

fn encoded(
    pixels: &[u8],
    (wide, high): (usize, usize),
    table: &[u8],
) -> std::result::Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, wide as u32, high as u32);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(table);
    // Numbers of colours are no amounts: a neighbour foretells nothing.
    encoder.set_filter(Filter::NoFilter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;
    use crate::record::pixels::tests::{recording, screen};

    #[test]
    fn there_is_a_picture_for_each_tick_and_each_is_what_was_shown() {
        let mut next = screen();
        next.set_string(9, 0, "xyz", Style::new());
        let mut recording = recording(&[screen(), next]);
        recording.frames[1].tick = 3;
        recording.end = 5;
        let mut pictures = Vec::new();
        let put = &mut |name: &str, bytes: &[u8]| {
            pictures.push((name.to_owned(), bytes.to_vec()));
            Ok(())
        };
        assert_eq!(write(&recording, 1, put).unwrap(), 5);
        let names: Vec<&str> = pictures.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["000001.png", "000002.png", "000003.png", "000004.png", "000005.png"]);
        let mut painter = Painter::new(&recording, 1);
        for (tick, (_, bytes)) in pictures.iter().enumerate() {
            let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            let info = reader.next_frame(&mut pixels).unwrap();
            assert_eq!((info.width as usize, info.height as usize), painter.size());
            let shown = painter.draw(recording.at(tick as u64).unwrap()).to_vec();
            assert!(pixels == shown, "{tick}");
            let table: Vec<u8> = painter.colours().iter().flatten().copied().collect();
            assert_eq!(reader.info().palette.as_deref(), Some(&table[..]));
        }
    }
}
