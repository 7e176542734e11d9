//! Counts as bars that stand side by side, in eighths of a cell. It knows nothing of what is counted.

use crate::ui::canvas::pen::Pen;
use crate::ui::look::theme::Role;

/// Draws bars from the bottom of the pen, so many columns each; of the largest count the bar is as high as the pen. Where there
/// are more counts than columns neighbours are added up, and any count but 0 is seen. Returns the columns drawn.
pub fn bars(pen: &mut Pen<'_>, counts: &[u64], wide: usize, role: Role) -> usize {
    let wide = wide.max(1);
    let (columns, rows) = (counts.len().min(pen.width() / wide), pen.height());
    if columns == 0 || rows == 0 {
        return 0;
    }
    // Only a whole number of neighbours: bars of unequal width would be hills that are not there.
    let each = counts.len().div_ceil(columns);
    let joined: Vec<u64> = counts.chunks(each).map(|chunk| chunk.iter().sum()).collect();
    let most = joined.iter().copied().max().unwrap_or(0).max(1);
    for (x, count) in joined.iter().enumerate() {
        let eighths = (*count as f64 / most as f64 * (8 * rows) as f64).round() as usize;
        let eighths = if *count > 0 { eighths.max(1) } else { 0 };
        for row in 0..rows {
            let level = eighths.saturating_sub(8 * row).min(8);
            for column in x * wide..(x + 1) * wide {
                if level > 0 {
                    pen.symbol(column, rows - 1 - row, pen.look.bar(level), role);
                }
            }
        }
    }
    joined.len() * wide
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::look::theme::{Look, Theme};
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    fn drawn((width, height): (u16, u16), counts: &[u64], unicode: bool) -> (Vec<String>, usize) {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let area = buffer.area;
        let look = Look { theme: Theme::Mono, unicode };
        let columns = bars(&mut Pen::new(&mut buffer, area, look), counts, 1, Role::Text);
        let symbols: Vec<&str> = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        (symbols.chunks(usize::from(width.max(1))).map(<[&str]>::concat).collect(), columns)
    }

    #[test]
    fn the_largest_is_as_high_as_there_is_room_and_the_smallest_is_seen() {
        assert_eq!(drawn((4, 2), &[0, 1, 500, 1000], true), (vec!["   █".to_owned(), " ▁██".to_owned()], 4));
        assert_eq!(drawn((4, 1), &[0, 1, 500, 1000], false).0, [" _-#"]);
    }

    #[test]
    fn neighbours_are_added_up_where_room_is_short() {
        assert_eq!(drawn((3, 1), &[1, 1, 2, 2, 4], true), (vec!["▄██".to_owned()], 3));
        assert_eq!(drawn((3, 1), &[1, 1, 2, 2, 4, 4, 8, 8], true).0, ["▂▅█"]);
        assert_eq!(drawn((0, 0), &[1], true).1, 0);
        assert_eq!(drawn((3, 1), &[0, 0], true).0, ["   "]);
    }
}
