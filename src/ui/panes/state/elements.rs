//! The map of a value's elements in the State pane, with what one of its cells stands for.

use crate::snapshot::{Grid, NamedView, StateView};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::spark::{cells_of, map};
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;

/// The map with its title, which says what a cell is where that is not one element: beside the rest, or in a row of its own.
pub(super) fn draw(pen: &mut Pen<'_>, state: &StateView, value: &NamedView, grid: &Grid) {
    let (width, height) = (pen.width(), pen.height());
    let look = pen.look;
    let shape = value.shape.as_ref().map_or(&state.shape[..], |own| &own[..]);
    let joined = |rows: usize| joined(shape, grid, cells_of(grid, (width, rows)));
    // The longest number that the title may have.
    let room = text::width(&value.name) + 24;
    let apart = |[whole, short]: &[String; 2]| room + 2 + text::width(whole) > width && text::width(short) <= width;
    let top = if height >= 5 && joined(height - 1).as_ref().is_some_and(apart) { 2 } else { 1 };
    let Some((most, ..)) = map(&mut pen.part(0, top, width, height - top), grid) else { return };
    let largest = if most == 0.0 { "all 0".to_owned() } else { format!("{} = {}", look.shade(4), text::short(most)) };
    // The number is worth more than the word.
    let titles = ["map of ", ""].map(|map| format!("{map}|{}|, {largest}", value.name));
    let said = joined(height - top).unwrap_or_default();
    if top == 2 {
        pen.text(0, 1, text::longest(said.iter().map(String::as_str), width).unwrap_or_default(), Role::Dim);
    }
    let whole = said.iter().filter(|said| top == 1 && !said.is_empty()).map(|said| format!("{}; {said}", titles[0]));
    let title = text::longest(whole.chain(titles.clone()).chain([largest]), width);
    let title = title.unwrap_or_else(|| text::cut(&titles[1], width, look.ellipsis()));
    pen.text(0, 0, &title, Role::Dim);
}

/// What a cell of a map stands for, if that is more than one element, and the same in fewer words.
fn joined(shape: &[usize], grid: &Grid, (rows, columns): (usize, usize)) -> Option<[String; 2]> {
    let elements: usize = shape.iter().product();
    let cells = rows * columns;
    let each = elements as f64 / cells.max(1) as f64;
    // Along each side the elements are joined to the grid's cells, and these to those that are drawn.
    let high = if let [high, _, ..] = shape { (*high).max(1) } else { 1 };
    let sides = [(high, grid.rows, rows), (elements / high, grid.columns, columns)];
    let even = sides.into_iter().all(|(all, kept, drawn)| all.is_multiple_of(kept) && kept.is_multiple_of(drawn));
    let about = if even { String::new() } else { "about ".to_owned() };
    let each = text::filled_to(each, 2);
    let words = || [format!("each cell: mean of {about}{each} numbers"), format!("cell: mean of {about}{each}")];
    (cells > 0 && elements > cells).then(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::panes::state::PANE;
    use crate::ui::tests::fixture::{self, pane_picture};

    #[test]
    fn a_map_says_how_many_elements_a_cell_stands_for() {
        let grid = |rows, columns| Grid { rows, columns, cells: vec![0.0; rows * columns] };
        let said = |shape: &[usize], (rows, columns), drawn| {
            joined(shape, &grid(rows, columns), drawn).map(|[whole, _]| whole)
        };
        assert_eq!(said(&[8, 8], (8, 8), (8, 8)), None);
        assert_eq!(said(&[64, 10], (16, 10), (8, 10)).unwrap(), "each cell: mean of 8 numbers");
        assert_eq!(said(&[24, 96], (16, 48), (16, 48)).unwrap(), "each cell: mean of about 3 numbers");
        assert_eq!(said(&[10], (1, 10), (1, 10)), None);
        assert_eq!(said(&[96], (1, 48), (1, 24)).unwrap(), "each cell: mean of 4 numbers");
        // On the screen: in the title where it fits, else in a row of its own.
        let mut snapshot = fixture::healthy();
        snapshot.state[0].shape = vec![64, 20];
        snapshot.state[0].values.iter_mut().for_each(|value| {
            value.map = Some(Grid { rows: 16, columns: 20, cells: vec![0.5; 320] });
        });
        for (size, rows) in [((96, 24), 1), ((80, 12), 2), ((60, 18), 1), ((40, 24), 2)] {
            let picture = pane_picture(&PANE, &snapshot, size, true);
            assert!(picture.contains("cell: mean of "), "{size:?} {picture}");
            let title = picture.lines().find(|line| line.contains("map of |")).unwrap();
            assert_eq!(title.contains("cell: mean"), rows == 1, "{size:?} {picture}");
        }
    }

    #[test]
    fn a_value_of_another_shape_says_its_own_and_how_many_of_its_numbers_a_cell_stands_for() {
        let mut snapshot = fixture::healthy();
        snapshot.state[0].shape = vec![64, 20];
        snapshot.state[0].values.iter_mut().for_each(|value| {
            value.shape = Some([64, 1]);
            value.map = Some(Grid { rows: 16, columns: 1, cells: vec![0.5; 16] });
        });
        let picture = pane_picture(&PANE, &snapshot, (96, 30), true);
        assert!(picture.contains("[64x1]") && picture.contains("mean of 4 numbers"), "{picture}");
    }

    #[test]
    fn the_number_of_the_darkest_cell_is_not_cut_off_and_a_map_of_zeros_says_so() {
        let mut snapshot = fixture::healthy();
        for (cell, told) in [(0.0297, "█ = 0.0297"), (0.0, "all 0")] {
            for value in &mut snapshot.state[0].values {
                value.name = "v_hat_of_a_long_name".into();
                value.map = Some(Grid { rows: 8, columns: 8, cells: vec![cell; 64] });
            }
            for width in [36, 40, 60] {
                let picture = pane_picture(&PANE, &snapshot, (width, 24), true);
                assert!(picture.contains(told) && !picture.contains("= 0 "), "{picture}");
            }
        }
    }
}
