//! Arrows, triangles, squares, circles, signs of a player, and ticks as shapes in a cell of 9 by 18.

use super::shapes::{Part, rect};

/// How thick arrows, ticks and outlines are.
const THICK: f32 = 1.2;

/// The shapes of a sign; none for what is text.
pub(super) fn parts(c: char) -> Option<Vec<Part>> {
    let filled = |path| vec![Part::Filled(path)];
    let line = |path| vec![Part::Line(path, THICK)];
    Some(match c {
        '←' => line("M8 9.5h-7M4 6.5l-3 3l3 3"),
        '→' => line("M1 9.5h7M5 6.5l3 3l-3 3"),
        '↑' => line("M4.5 15v-11M1.5 7l3-3l3 3"),
        '↓' => line("M4.5 4v11M1.5 12l3 3l3-3"),
        '↔' => line("M1 9.5h7M3 7l-2.5 2.5l2.5 2.5M6 7l2.5 2.5l-2.5 2.5"),
        '↕' => line("M4.5 4v11M2 6.5l2.5-2.5l2.5 2.5M2 12.5l2.5 2.5l2.5-2.5"),
        '↖' => line("M7.5 13l-6-6M1.5 11v-4h4"),
        '↗' => line("M1.5 13l6-6M7.5 11v-4h-4"),
        '↘' => line("M1.5 6.5l6 6M7.5 8.5v4h-4"),
        '↙' => line("M7.5 6.5l-6 6M1.5 8.5v4h4"),
        '↳' => line("M1.5 5v5.5h6M5 8l2.5 2.5l-2.5 2.5"),
        '↪' => line("M3 6a1.75 1.75 0 0 0 0 3.5h5M5.5 7l2.5 2.5l-2.5 2.5"),
        '↩' => line("M6 6a1.75 1.75 0 0 1 0 3.5h-5M3.5 7l-2.5 2.5l2.5 2.5"),
        '⇐' => line("M3 8h5.5M3 11h5.5M4.5 6l-3.5 3.5l3.5 3.5"),
        '⇒' => line("M.5 8h5.5M.5 11h5.5M4.5 6l3.5 3.5l-3.5 3.5"),
        '↵' | '↲' | '⏎' => line("M7.5 5v5.5h-6M4 8l-2.5 2.5l2.5 2.5"),
        '▲' | '⏶' => filled("M.5 13.5l4-8l4 8z"),
        '▼' | '⏷' => filled("M.5 5.5l4 8l4-8z"),
        '▶' | '►' | '⏵' => filled("M1 5.5l7.5 4l-7.5 4z"),
        '◀' | '◄' | '⏴' => filled("M8 5.5l-7.5 4l7.5 4z"),
        '△' => line("M1 13l3.5-7l3.5 7z"),
        '▽' => line("M1 6l3.5 7l3.5-7z"),
        '▷' | '▻' => line("M1.5 6l6 3.5l-6 3.5z"),
        '◁' | '◅' => line("M7.5 6l-6 3.5l6 3.5z"),
        '▴' => filled("M2 12l2.5-5l2.5 5z"),
        '▾' => filled("M2 7l2.5 5l2.5-5z"),
        '▸' => filled("M2.5 7l5 2.5l-5 2.5z"),
        '◂' => filled("M6.5 7l-5 2.5l5 2.5z"),
        '▵' => line("M2 12l2.5-5l2.5 5z"),
        '▿' => line("M2 7l2.5 5l2.5-5z"),
        '▹' => line("M2.5 7l5 2.5l-5 2.5z"),
        '◃' => line("M6.5 7l-5 2.5l5 2.5z"),
        '■' | '⏹' => vec![rect(1.0, 6.0, 7.0, 7.0)],
        '□' => line("M1.5 6.5h6v6h-6z"),
        '▪' => vec![rect(2.5, 7.5, 4.0, 4.0)],
        '▫' => line("M2.5 7.5h4v4h-4z"),
        '◆' => filled("M4.5 5l4 4.5l-4 4.5l-4-4.5z"),
        '◇' => line("M4.5 5.5l3.5 4l-3.5 4l-3.5-4z"),
        '●' | '⏺' => filled("M1 9.5a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z"),
        '○' => line("M1.5 9.5a3 3 0 1 0 6 0a3 3 0 1 0-6 0z"),
        '◉' | '◎' => vec![
            Part::Line("M1 9.5a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z", 1.0),
            Part::Filled("M3 9.5a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0z"),
        ],
        '⏸' => vec![rect(1.0, 5.0, 3.0, 9.0), rect(5.0, 5.0, 3.0, 9.0)],
        '⏯' => vec![Part::Filled("M0 5.5l5 4l-5 4z"), rect(5.5, 5.5, 1.0, 8.0), rect(7.5, 5.5, 1.0, 8.0)],
        '⏩' => filled("M.5 5.5l4 4l-4 4zM4.5 5.5l4 4l-4 4z"),
        '⏪' => filled("M8.5 5.5l-4 4l4 4zM4.5 5.5l-4 4l4 4z"),
        '⏭' => vec![Part::Filled("M0 5.5l4 4l-4 4zM3.5 5.5l4 4l-4 4z"), rect(7.5, 5.5, 1.0, 8.0)],
        '⏮' => vec![Part::Filled("M9 5.5l-4 4l4 4zM5.5 5.5l-4 4l4 4z"), rect(0.5, 5.5, 1.0, 8.0)],
        '⚠' => line("M4.5 5l4 8.5h-8zM4.5 7.5v3M4.5 11.5v1.2"),
        '✓' | '✔' => line("M1 10.5l2.5 3l4.5-8"),
        '✗' | '✘' | '✕' | '✖' => line("M1.5 6l6 7M7.5 6l-6 7"),
        _ => return None,
    })
}
