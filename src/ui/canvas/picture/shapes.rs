//! Characters that are drawn rather than set in a font, which might lack them, or have them in another width: boxes, blocks,
//! shades, braille, and signs. In units of a cell of 9 by 18.

use super::{boxes, signs};

/// The width of a cell.
pub const WIDE: f32 = 9.0;
/// The height of a cell.
pub const HIGH: f32 = 18.0;

/// A piece of a character in its cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Left, top, width, height.
    Rect([f32; 4]),
    /// What a path encloses.
    Filled(&'static str),
    /// A path, and how thick it is drawn.
    Line(&'static str, f32),
    /// The whole cell with that share of the ink.
    Shade(f32),
}

pub(super) fn rect(left: f32, top: f32, wide: f32, high: f32) -> Part {
    Part::Rect([left, top, wide, high])
}

/// The shapes of what stands in a cell; none for text.
pub fn parts(symbol: &str) -> Option<Vec<Part>> {
    let mut chars = symbol.chars();
    let c = chars.next()?;
    // A sign may be asked for as text or as emoji; here it is always the same.
    if !matches!(chars.as_str(), "" | "\u{fe0e}" | "\u{fe0f}") {
        return None;
    }
    match c {
        '\u{2500}'..='\u{257f}' => boxes::parts(c),
        '\u{2580}'..='\u{259f}' => Some(block(c)),
        '\u{2800}'..='\u{28ff}' => Some(braille(c)),
        _ => signs::parts(c),
    }
}

/// Blocks: eighths of the cell, its quarters, and shades.
fn block(c: char) -> Vec<Part> {
    let code = u32::from(c);
    let (middle, half) = (WIDE / 2.0, HIGH / 2.0);
    // Upper left, upper right, lower left, lower right.
    let quarters = |which: [bool; 4]| {
        let places = [(0.0, 0.0), (middle, 0.0), (0.0, half), (middle, half)];
        let chosen = places.into_iter().zip(which).filter(|(_, drawn)| *drawn);
        chosen.map(|((left, top), _)| rect(left, top, middle, half)).collect()
    };
    match c {
        '▀' => vec![rect(0.0, 0.0, WIDE, half)],
        '▁'..='█' => {
            let high = HIGH * (code - 0x2580) as f32 / 8.0;
            vec![rect(0.0, HIGH - high, WIDE, high)]
        }
        '▉'..='▏' => vec![rect(0.0, 0.0, WIDE * (0x2590 - code) as f32 / 8.0, HIGH)],
        '▐' => vec![rect(middle, 0.0, middle, HIGH)],
        '░' => vec![Part::Shade(0.25)],
        '▒' => vec![Part::Shade(0.5)],
        '▓' => vec![Part::Shade(0.75)],
        '▔' => vec![rect(0.0, 0.0, WIDE, HIGH / 8.0)],
        '▕' => vec![rect(WIDE * 7.0 / 8.0, 0.0, WIDE / 8.0, HIGH)],
        '▖' => quarters([false, false, true, false]),
        '▗' => quarters([false, false, false, true]),
        '▘' => quarters([true, false, false, false]),
        '▙' => quarters([true, false, true, true]),
        '▚' => quarters([true, false, false, true]),
        '▛' => quarters([true, true, true, false]),
        '▜' => quarters([true, true, false, true]),
        '▝' => quarters([false, true, false, false]),
        '▞' => quarters([false, true, true, false]),
        _ => quarters([false, true, true, true]),
    }
}

/// Braille: a dot for each bit, three pixels wide, as far from each other within a cell as between two cells.
fn braille(c: char) -> Vec<Part> {
    /// Left and top of each bit's dot.
    const DOTS: [(f32, f32); 8] =
        [(1.0, 1.0), (1.0, 5.0), (1.0, 10.0), (5.0, 1.0), (5.0, 5.0), (5.0, 10.0), (1.0, 14.0), (5.0, 14.0)];
    let bits = u32::from(c) & 0xff;
    let set = DOTS.into_iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
    set.map(|(_, (left, top))| rect(left, top, 3.0, 3.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(c: char) -> f32 {
        let parts = parts(&c.to_string()).unwrap();
        let one = |part: &Part| match part {
            Part::Rect([_, _, wide, high]) => wide * high,
            Part::Shade(share) => share * WIDE * HIGH,
            other => panic!("{other:?}"),
        };
        parts.iter().map(one).sum()
    }

    #[test]
    fn blocks_cover_what_their_names_say() {
        let cell = WIDE * HIGH;
        for (blocks, step) in [("▁▂▃▄▅▆▇█", 1.0), ("▏▎▍▌▋▊▉█", 1.0), ("▘▚▙█", 2.0), ("░▒▓█", 2.0)]
        {
            for (at, c) in blocks.chars().enumerate() {
                assert_eq!(area(c), cell * (at + 1) as f32 * step / 8.0, "{c}");
            }
        }
        assert_eq!(parts("▝"), Some(vec![rect(4.5, 0.0, 4.5, 9.0)]));
        assert_eq!((area('▔'), area('▕'), area('▐'), area('▟')), (cell / 8.0, cell / 8.0, cell / 2.0, cell * 0.75));
    }

    #[test]
    fn braille_has_a_dot_for_each_bit() {
        for c in '\u{2800}'..='\u{28ff}' {
            assert_eq!(parts(&c.to_string()).unwrap().len() as u32, (u32::from(c) & 0xff).count_ones());
        }
        assert_eq!(parts("⠂"), Some(vec![rect(1.0, 5.0, 3.0, 3.0)]));
        assert_eq!(parts("⢀"), Some(vec![rect(5.0, 14.0, 3.0, 3.0)]));
    }

    #[test]
    fn text_is_not_drawn() {
        for text in ["a", "é", "…", "·", "世", "e\u{301}", "👩\u{200d}🔬", "1\u{fe0f}\u{20e3}", " ", ""] {
            assert_eq!(parts(text), None, "{text}");
        }
        assert_eq!(parts("▶\u{fe0f}"), parts("▶"));
    }
}
