//! The labels at the ends of the lines of several runs: each in the row in which its line ends, where those of one row stand
//! side by side in the order of the runs. A label is never moved to another row, where it would be read as that of another
//! line.

use crate::snapshot::Line;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::plot::Plot;
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;

/// The cell of the chart in which the line of a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Its place among the runs.
    pub run: usize,
    /// Columns and rows are counted from the chart's top left.
    pub column: usize,
    /// As high as the last number of the line.
    pub row: usize,
}

/// How a run is labelled at the end of its line.
#[derive(Debug, Clone)]
pub struct Label {
    /// Where there is room for it: a name.
    pub long: String,
    /// Beside others in one row: a number.
    pub short: String,
    /// The style of its line.
    pub role: Role,
}

/// The number of a run, from 1: its label in the table of a race, in its chart and in the Loss pane.
pub fn number(run: usize) -> char {
    u32::try_from(run + 1).ok().and_then(|run| char::from_digit(run, 10)).unwrap_or('?')
}

/// Where lines end, in the order of their runs. One that ends outside of the axis, or has no number, has no end.
pub fn of<'l>(plot: &Plot, lines: impl IntoIterator<Item = &'l Line>) -> Vec<End> {
    let end = |(run, line): (usize, &Line)| plot.end(line).map(|(column, row)| End { run, column, row });
    lines.into_iter().enumerate().filter_map(end).collect()
}

/// Columns at the right of a chart that labels take which are so wide at the most; those of one row are so many numbers.
pub fn room(ends: &[End], widest: usize) -> usize {
    let in_row_of = |end: &End| ends.iter().filter(|other| other.row == end.row).count();
    let most = ends.iter().map(in_row_of).max().unwrap_or(1);
    widest.max(2 * most - 1) + 1
}

/// Draws the labels of all runs behind the ends of their lines, into the chart with the columns at its right.
pub fn draw(ends: &[End], labels: &[Label], pen: &mut Pen<'_>) {
    let widest = labels.iter().map(|label| text::width(&label.long)).max().unwrap_or(1);
    for group in together(ends, room(ends, widest)) {
        let own: Vec<(&str, Role)> = group
            .iter()
            .filter_map(|end| labels.get(end.run))
            .map(|label| (if group.len() == 1 { &*label.long } else { &*label.short }, label.role))
            .collect();
        let wide = own.iter().map(|(words, _)| text::width(words) + 1).sum::<usize>().saturating_sub(1);
        let behind = group.iter().map(|end| end.column + 2).max().unwrap_or(0);
        let mut x = behind.min(pen.width().saturating_sub(wide));
        if x == behind {
            // No line runs into the labels: in ASCII lines are made of numbers.
            pen.symbol(x - 1, group[0].row, ' ', Role::Text);
        }
        for (words, role) in own {
            x = pen.text(x, group[0].row, words, role) + 1;
        }
    }
}

/// The ends in groups: those of one row that are so near each other that their labels would lie on one another.
fn together(ends: &[End], width: usize) -> Vec<Vec<End>> {
    let mut groups: Vec<Vec<End>> = Vec::new();
    for end in ends {
        let near = |other: &End| other.row == end.row && other.column.abs_diff(end.column) <= width;
        // One may stand between two others.
        let (mut joined, others): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.iter().any(near));
        groups = others;
        let mut group: Vec<End> = joined.drain(..).flatten().collect();
        group.push(*end);
        group.sort_by_key(|end| end.run);
        groups.push(group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::look::theme::{Look, Theme};
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    fn ends(places: &[(usize, usize)]) -> Vec<End> {
        places.iter().enumerate().map(|(run, (column, row))| End { run, column: *column, row: *row }).collect()
    }

    fn drawn(ends: &[End], (columns, rows): (u16, u16)) -> Vec<String> {
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
        let area = buffer.area;
        let label = |run: usize| {
            let short = (run + 1).to_string();
            Label { long: format!("{short} run"), short, role: Role::Text }
        };
        let labels: Vec<Label> = (0..9).map(label).collect();
        draw(ends, &labels, &mut Pen::new(&mut buffer, area, Look { theme: Theme::Mono, unicode: true }));
        let symbols: Vec<&str> = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        symbols.chunks(usize::from(columns)).map(<[&str]>::concat).collect()
    }

    #[test]
    fn lines_that_end_in_one_row_are_labelled_there_together_and_no_label_leaves_its_row() {
        let grouped = |places: &[(usize, usize)]| {
            let mut groups = together(&ends(places), 5);
            groups.sort_by_key(|group| group[0].run);
            groups.iter().map(|group| (group[0].row, group.iter().map(|end| end.run).collect())).collect::<Vec<_>>()
        };
        assert_eq!(grouped(&[(40, 1), (40, 1), (40, 5)]), [(1, vec![0, 1]), (5, vec![2])]);
        assert_eq!(grouped(&[(10, 3), (40, 3)]), [(3, vec![0]), (3, vec![1])]);
        assert_eq!(grouped(&[(40, 3), (30, 3), (35, 3)]), [(3, vec![0, 1, 2])]);
    }

    #[test]
    fn a_label_alone_in_its_row_has_its_name_and_those_of_one_row_their_numbers() {
        let of = ends(&[(4, 1), (4, 0), (4, 1), (3, 1)]);
        assert_eq!(drawn(&of, (12, 2)), ["      2 run ", "      1 3 4 "]);
        // What would not fit behind the end stands as far to the right as there is room.
        assert_eq!(drawn(&of, (8, 2)), ["   2 run", "   1 3 4"]);
    }

    proptest! {
        #[test]
        fn every_line_has_its_number_in_its_row_and_no_other_row(
            places in prop::collection::vec((0..20_usize, 0..4_usize), 1..9),
        ) {
            let ends = ends(&places);
            let rows = drawn(&ends, (20 + room(&ends, 5) as u16, 4));
            for (row, line) in rows.iter().enumerate() {
                let mut numbers: Vec<char> = line.chars().filter(char::is_ascii_digit).collect();
                numbers.sort_unstable();
                let own = ends.iter().filter(|end| end.row == row);
                let own: Vec<char> = own.filter_map(|end| char::from_digit(end.run as u32 + 1, 10)).collect();
                prop_assert_eq!(numbers, own, "{:?}", rows);
            }
        }
    }
}
