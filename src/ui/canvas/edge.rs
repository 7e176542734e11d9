//! What lies outside of a chart's axis: a mark at its edge, with the number, in a row of its own, so that no line is drawn
//! where it is not and no letter is covered.

use crate::snapshot::Line;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;

/// A piece of a line, or a number, that lies outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Outside {
    /// The column of cells where it begins.
    pub column: usize,
    /// Above the axis, or below it.
    pub above: bool,
    /// The number to tell.
    pub value: f64,
    /// Whose it is: a racer's number, a letter; empty if that is plain.
    pub name: String,
    /// In the style of its line.
    pub role: Role,
}

/// The pieces of a row of numbers, each with its column, that lie outside between `low` and `high`: neighbours in the row are
/// one piece, which tells its number farthest away. A number that is not finite is neither.
pub fn pieces(values: impl IntoIterator<Item = (usize, f64)>, (low, high): (f64, f64)) -> Vec<Outside> {
    let mut found: Vec<Outside> = Vec::new();
    let mut goes_on = false;
    for (column, value) in values {
        let is_outside = value.is_finite() && !(low..=high).contains(&value);
        let above = value > high;
        match found.last_mut() {
            _ if !is_outside => {}
            Some(last) if goes_on && last.above == above => {
                last.value = if above { last.value.max(value) } else { last.value.min(value) };
            }
            _ => found.push(Outside { column, above, value, name: String::new(), role: Role::Text }),
        }
        goes_on = is_outside;
    }
    found
}

/// The same of a line through the means of its buckets. The piece in which it ends comes first and tells the number there; where
/// it ends inside, the one farthest away does.
pub fn of_line(line: &Line, column: impl Fn(usize) -> usize, ends: (f64, f64)) -> Vec<Outside> {
    let means = line.buckets.iter().enumerate().map(|(at, bucket)| (column(at), bucket.mean));
    let mut found = pieces(means, ends);
    let end = line.buckets.iter().rev().map(|bucket| bucket.mean).find(|mean| mean.is_finite());
    let end = end.filter(|end| !(ends.0..=ends.1).contains(end));
    if let (Some(mut last), Some(end)) = (end.and_then(|_| found.pop()), end) {
        last.value = end;
        found.insert(0, last);
        return found;
    }
    // As the axis has it, where that is known: by how many times it is left.
    let far = |piece: &Outside| if piece.above { piece.value / ends.1 } else { ends.0 / piece.value };
    found.sort_by(|a, b| far(b).abs().total_cmp(&far(a).abs()));
    found
}

/// The rows at the top and at the bottom that the marks take of a chart of so many rows. Where there are hardly any they take
/// none, and lie over the lines.
pub fn rows(outside: &[Outside], of: usize) -> (usize, usize) {
    let [above, below] = [true, false].map(|side| usize::from(outside.iter().any(|piece| piece.above == side)));
    if of >= 3 + above + below { (above, below) } else { (0, 0) }
}

/// Draws the marks into the first and the last row of the chart. Of those of one name the first one alone has words, its name
/// and its number, so that no number is of nobody; the others make way for them. Of several in one column the later ones
/// stand a little to the right.
pub fn draw(outside: &[Outside], pen: &mut Pen<'_>) {
    let (columns, height) = (pen.width(), pen.height());
    if columns == 0 || height == 0 {
        return;
    }
    for above in [true, false] {
        let row = if above { 0 } else { height - 1 };
        let arrow = if above { pen.look.pick('▲', '^') } else { pen.look.pick('▼', 'v') };
        let of_side: Vec<&Outside> = outside.iter().filter(|piece| piece.above == above).collect();
        let place = |piece: &Outside| piece.column.min(columns - 1);
        // The first of each name, then what is left of the others.
        let mut told: Vec<&Outside> = Vec::new();
        for piece in &of_side {
            if told.iter().all(|known| known.name != piece.name) {
                told.push(piece);
            }
        }
        let mut taken = vec![false; columns];
        told.iter().for_each(|piece| taken[place(piece)] = true);
        let mut seen: Vec<usize> = Vec::new();
        for piece in &told {
            let space = if piece.name.is_empty() { "" } else { " " };
            let words = format!("{}{space}{}", piece.name, text::short(piece.value));
            let wide = text::width(&words);
            // With a blank on both sides, so that a number belongs to one mark.
            let is_free = |first: usize, end: usize, own: usize| {
                end <= columns && (first.saturating_sub(1)..(end + 1).min(columns)).all(|at| at == own || !taken[at])
            };
            let here = place(piece);
            let found = if seen.contains(&here) {
                let later = (here + 1..here + BESIDE).find(|at| is_free(*at, at + 1 + wide, columns));
                later.map(|at| (at, at + 1))
            } else {
                seen.push(here);
                pen.symbol(here, row, arrow, piece.role);
                let right = Some(here + 1).filter(|first| is_free(*first, first + wide, here));
                right
                    .or_else(|| here.checked_sub(wide).filter(|first| is_free(*first, here, here)))
                    .map(|at| (here, at))
            };
            if let Some((mark, first)) = found {
                taken[first..first + wide].iter_mut().for_each(|cell| *cell = true);
                taken[mark] = true;
                pen.symbol(mark, row, arrow, piece.role);
                pen.text(first, row, &words, piece.role);
            }
        }
        for piece in of_side.into_iter().filter(|piece| !told.iter().any(|told| std::ptr::eq(*told, *piece))) {
            let here = place(piece);
            // Beside words a mark would be read with them.
            if (here.saturating_sub(1)..(here + 2).min(columns)).all(|at| !taken[at]) {
                pen.symbol(here, row, arrow, piece.role);
            }
        }
    }
}

/// So many columns to the right of its place a mark may stand where another one has the place.
const BESIDE: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::look::theme::{Look, Theme};
    use crate::ui::tests::fixture;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    fn drawn(outside: &[Outside], (width, height): (u16, u16), unicode: bool) -> Vec<String> {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let area = buffer.area;
        draw(outside, &mut Pen::new(&mut buffer, area, Look { theme: Theme::Mono, unicode }));
        let symbols: Vec<&str> = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        symbols.chunks(usize::from(width.max(1))).map(|row| row.concat().trim_end().to_owned()).collect()
    }

    fn piece(column: usize, above: bool, value: f64, name: &str) -> Outside {
        Outside { column, above, value, name: name.into(), role: Role::Text }
    }

    #[test]
    fn neighbours_outside_are_one_piece_with_the_number_farthest_away() {
        let values =
            [(0, 1.0), (1, 9.0), (1, 30.0), (2, 20.0), (3, 2.0), (5, 0.0), (9, -4.0), (10, f64::NAN), (11, 70.0)];
        let found: Vec<(usize, bool, f64)> =
            pieces(values, (1.0, 5.0)).into_iter().map(|piece| (piece.column, piece.above, piece.value)).collect();
        assert_eq!(found, [(1, true, 30.0), (5, false, -4.0), (11, true, 70.0)]);
    }

    #[test]
    fn a_line_that_ends_outside_tells_where_it_is() {
        let line = fixture::line([1.0, 10.0, 90.0, 40.0].into_iter());
        let found = of_line(&line, |at| at, (0.5, 5.0));
        assert_eq!((found.len(), found[0].column, found[0].value), (1, 1, 40.0));
        let back = of_line(&fixture::line([1.0, 10.0, 90.0, 2.0].into_iter()), |at| at, (0.5, 5.0));
        assert_eq!((back[0].column, back[0].value), (1, 90.0));
    }

    #[test]
    fn marks_have_their_numbers_beside_them_and_cover_none() {
        let outside = [piece(3, true, 1.5e15, "3 wild"), piece(18, true, 90.0, ""), piece(5, false, 0.0, "")];
        assert_eq!(drawn(&outside, (24, 3), true), ["   ▲3 wild 1.5e15 ▲90.0", "", "     ▼0"]);
        assert_eq!(drawn(&outside[2..], (6, 2), false), ["", "    0v"]);
        let together = [piece(0, false, 11.6, "c"), piece(0, false, 2.25, "d"), piece(30, false, 1.0, "")];
        assert_eq!(drawn(&together, (31, 1), true), ["▼c 11.6 ▼d 2.25           1.00▼"]);
        let crowd =
            [piece(2, true, 10.0, ""), piece(5, true, 20.0, ""), piece(6, true, 30.0, ""), piece(11, true, 5.0, "")];
        // The first one tells its number, and the marks in the way go.
        assert_eq!(drawn(&crowd, (16, 1), true), ["  ▲10.0    ▲"]);
        assert_eq!(drawn(&crowd, (0, 0), true), Vec::<String>::new());
    }

    #[test]
    fn of_several_marks_the_farthest_alone_has_its_number() {
        let numbers = [piece(9, false, 3.6e-6, ""), piece(6, false, 5.3e-6, "")];
        assert_eq!(drawn(&numbers, (14, 1), true), ["  3.6e-6▼"].map(|row| row.replacen("  ", "   ", 1)));
        let lines = [piece(20, false, 4.8e-13, "3 momentum"), piece(2, false, 1.2e-5, "3 momentum")];
        let shown = drawn(&lines, (46, 1), true);
        assert_eq!(shown, ["  ▼                 ▼3 momentum 4.8e-13"]);
    }

    #[test]
    fn a_line_that_leaves_the_axis_often_tells_where_it_ends_first() {
        let swings = fixture::line([9.0, 1.0, 90.0, 1.0, 20.0].into_iter());
        let told: Vec<f64> = of_line(&swings, |at| at, (0.5, 5.0)).iter().map(|piece| piece.value).collect();
        assert_eq!(told, [20.0, 9.0, 90.0]);
        let inside = fixture::line([9.0, 1.0, 90.0, 1.0].into_iter());
        assert_eq!(of_line(&inside, |at| at, (0.5, 5.0))[0].value, 90.0);
    }

    #[test]
    fn they_take_rows_where_there_are_enough() {
        let both = [piece(0, true, 1.0, ""), piece(0, false, 1.0, "")];
        assert_eq!(
            (rows(&both, 5), rows(&both, 4), rows(&both[..1], 9), rows(&[], 9)),
            ((1, 1), (0, 0), (1, 0), (0, 0))
        );
    }
}
