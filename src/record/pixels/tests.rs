//! Pixels of single cells, and of a screen from one frame to the next.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::*;

/// A recording of these screens, a tick each.
pub(crate) fn recording(screens: &[Buffer]) -> Recording {
    let mut frames: Vec<Frame> = Vec::new();
    for (tick, cells) in screens.iter().enumerate() {
        frames.push(Frame::of(tick as u64, cells, frames.last()));
    }
    let area = screens[0].area;
    Recording {
        title: "t".to_owned(),
        lab: "l".to_owned(),
        size: (area.width, area.height),
        theme: Theme::Dark,
        fps: 10,
        language: None,
        end: frames.len() as u64,
        frames,
        chapters: Vec::new(),
        captions: Vec::new(),
        shots: Vec::new(),
        states: Vec::new(),
    }
}

/// A screen with letters, shapes, signs and colours.
pub(crate) fn screen() -> Buffer {
    let mut cells = Buffer::with_lines(["╭ ação ∇f ──╮ ⣿⠂▄", "│ e\u{301} 世 ░▒▓ ●→✓ │ wW"]);
    cells.set_style(Rect::new(2, 0, 4, 1), Style::new().fg(Color::LightCyan).add_modifier(Modifier::BOLD));
    cells.set_style(Rect::new(2, 1, 9, 1), Style::new().fg(Color::Black).bg(Color::Yellow));
    cells.set_style(Rect::new(14, 1, 3, 1), Style::new().add_modifier(Modifier::ITALIC | Modifier::UNDERLINED));
    cells.set_style(Rect::new(14, 0, 3, 1), Style::new().add_modifier(Modifier::REVERSED));
    cells
}

/// The colours of one screen's pixels, row by row.
fn colours_of(cells: &Buffer, scale: usize) -> (usize, Vec<Rgb>) {
    let recording = recording(std::slice::from_ref(cells));
    let mut painter = Painter::new(&recording, scale);
    let table = painter.colours().to_vec();
    let pixels = painter.draw(&recording.frames[0]).iter().map(|number| table[usize::from(*number)]).collect();
    (painter.size().0, pixels)
}

#[test]
fn inks_and_papers_are_those_of_the_picture() {
    let (wide, pixels) = colours_of(&screen(), 1);
    let at = |column: usize, row: usize, [x, y]: [usize; 2]| pixels[(row * 18 + y) * wide + column * 9 + x];
    let (ink, paper) = colours::ground(Theme::Dark);
    // A vertical line, what is beside it, a ground, a shade on it, and what is reversed.
    assert_eq!((at(0, 1, [4, 5]), at(0, 1, [0, 5])), (ink, paper));
    let [black, yellow] = [Color::Black, Color::Yellow].map(|colour| colours::rgb(colour, Theme::Dark).unwrap());
    assert_eq!((at(3, 1, [4, 4]), at(2, 1, [0, 0])), (yellow, yellow));
    let shade: Rgb =
        std::array::from_fn(|part| ((u16::from(black[part]) * 2 + u16::from(yellow[part]) * 6 + 4) / 8) as u8);
    assert_eq!(at(7, 1, [4, 4]), shade);
    assert_eq!((at(14, 0, [0, 0]), at(14, 0, [1, 1])), (ink, paper));
}

#[test]
fn a_frame_is_drawn_the_same_alone_and_after_others() {
    let mut other = screen();
    other.set_string(3, 1, "xyz 世", Style::new().fg(Color::Red));
    let recording = recording(&[screen(), other, screen()]);
    let mut painter = Painter::new(&recording, 2);
    let first = painter.draw(&recording.frames[0]).to_vec();
    let second = painter.draw(&recording.frames[1]).to_vec();
    assert_ne!(first, second);
    assert_eq!(painter.draw(&recording.frames[2]), first);
    let mut alone = Painter::new(&recording, 2);
    assert_eq!(alone.draw(&recording.frames[1]), second);
    assert_eq!(painter.size(), (19 * 18, 2 * 36));
}
