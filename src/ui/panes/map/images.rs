//! Samples that are small pictures, with what they are and what the network takes them for.

use crate::snapshot::Image;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::{Look, Role, Theme};
use crate::ui::panes::pane::View;

/// Columns of the words beside a picture.
const WORDS: usize = 13;
/// Pictures of more pixels in a row are shown with half of them.
const LARGE: usize = 16;

/// The columns that one picture with its words takes; 0 if there is no room for one.
pub(super) fn tile(side: usize, height: usize, room: usize) -> usize {
    let (columns, rows) = size(side);
    if height >= rows && room > columns + WORDS { columns + 1 + WORDS } else { 0 }
}

/// Columns and rows of a picture: two pixels a cell, one above the other.
fn size(side: usize) -> (usize, usize) {
    let side = side / shrink(side);
    (side, side.div_ceil(2))
}

fn shrink(side: usize) -> usize {
    if side > LARGE { 2 } else { 1 }
}

/// As many as there is room for, in columns.
pub(super) fn draw(view: &View<'_>, images: &[Image], names: &[String], pen: &mut Pen<'_>) {
    let Some(first) = images.first() else { return };
    let (columns, rows) = size(first.side);
    let width = columns + 1 + WORDS;
    let (across, down) = ((pen.width() + 1) / (width + 1), ((pen.height() + 1) / (rows + 1)).max(1));
    for (at, image) in images.iter().take(across * down).enumerate() {
        let (x, y) = (at / down * (width + 1), at % down * (rows + 1));
        picture(view.look, image, &mut pen.part(x, y, columns, rows));
        words(image, names, &mut pen.part(x + columns + 1, y, WORDS, rows));
    }
}

/// The level of a pixel, or the mean of those that it stands for.
fn level(image: &Image, x: usize, y: usize) -> f64 {
    let by = shrink(image.side);
    let mut sum = 0.0;
    for dy in 0..by {
        for dx in 0..by {
            let at = (y * by + dy) * image.side + x * by + dx;
            sum += f64::from(image.pixels.get(at).copied().unwrap_or(0));
        }
    }
    sum / (by * by) as f64 / f64::from(Image::LEVELS - 1)
}

fn picture(look: Look, image: &Image, pen: &mut Pen<'_>) {
    let (columns, rows) = size(image.side);
    for y in 0..rows {
        for x in 0..columns {
            let halves = [level(image, x, 2 * y), level(image, x, 2 * y + 1)];
            if look.unicode && look.theme != Theme::Mono {
                // What is much of a pixel is bright: ink on a dark ground, so that the picture is one of light on any theme.
                let [upper, lower] = halves.map(|level| Role::Grey((level * 3.999).clamp(0.0, 3.0) as u8));
                pen.halves(x, y, upper, lower);
            } else {
                let mean = f64::midpoint(halves[0], halves[1]);
                pen.symbol(x, y, look.shade((mean * 4.999).clamp(0.0, 4.0) as usize), Role::Text);
            }
        }
    }
}

/// `true 3`, `predicted 8`, `(0.61) wrong`.
fn words(image: &Image, names: &[String], pen: &mut Pen<'_>) {
    let name = |class: u16| {
        let name = names.get(usize::from(class)).map_or("?", String::as_str);
        text::cut(name, WORDS - 5, pen.look.ellipsis())
    };
    let truth = format!("true {}", name(image.truth));
    let (answer, wrong) = match image.answer.class {
        Some(class) => (name(class), class != image.truth),
        None => ("nothing".into(), true),
    };
    let forms = [format!("predicted {answer}"), format!("as {answer}")];
    let answer = text::longest(forms.iter().map(String::as_str), WORDS).unwrap_or_default();
    let sure = format!("({:.2}){}", image.answer.sure, if wrong { " wrong" } else { "" });
    let role = if wrong { Role::Bad } else { Role::Good };
    pen.text(0, 0, &truth, Role::Text);
    pen.text(0, 1, answer, role);
    pen.text(0, 2, &sure, role);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Answer;
    use ratatui::buffer::{Buffer, Cell};
    use ratatui::layout::Rect;

    #[test]
    fn what_is_said_of_a_picture_has_its_whole_name() {
        let names = ["9", "sneaker", "ankle boot"].map(str::to_owned);
        let said = |truth, class| {
            let image = Image { side: 1, pixels: vec![0], truth, answer: Answer { class, sure: 0.61 } };
            let mut buffer = Buffer::empty(Rect::new(0, 0, WORDS as u16, 3));
            let area = buffer.area;
            words(&image, &names, &mut Pen::new(&mut buffer, area, Look { theme: Theme::Mono, unicode: true }));
            buffer
                .content
                .chunks(WORDS)
                .map(|row| row.iter().map(Cell::symbol).collect::<String>().trim_end().to_owned())
                .collect::<Vec<String>>()
        };
        assert_eq!(said(0, Some(0)), ["true 9", "predicted 9", "(0.61)"]);
        assert_eq!(said(0, Some(1)), ["true 9", "as sneaker", "(0.61) wrong"]);
        assert_eq!(said(2, Some(2)), ["true ankle…", "as ankle…", "(0.61)"]);
    }
}
