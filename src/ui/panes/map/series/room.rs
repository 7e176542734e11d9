//! Where the names and numbers of a series' lines have room: beside the plot or below it. It draws nothing.

use super::{LEAST, WIDE};

/// From this height on a narrow pane has room for a row of each name below the plot.
const TALL: usize = 18;
/// The fewest rows of a plot above several names in a row.
const FEWEST: usize = 3;
/// The most columns that an axis takes with its labels.
const AXIS: usize = 8;

/// The rows of so many names below the plot, and how many stand in one of them; no row where they stand beside the plot. A
/// name and its number take `beside` columns, of which the last is a gap.
pub(super) fn below(names: usize, beside: usize, (width, height): (usize, usize)) -> (usize, usize) {
    if height >= TALL && width < WIDE {
        return (names.min(height / 3), 1);
    }
    // A pane that is neither tall nor wide has a plot, too, if there is room for all of them below it.
    let across = ((width + 1) / beside.max(1)).max(1);
    let rows = names.div_ceil(across);
    if width < beside + LEAST + AXIS && height >= rows + 2 + FEWEST { (rows, across) } else { (0, 1) }
}

#[cfg(test)]
mod tests {
    use super::below;
    use crate::ui::panes::map::PANE;
    use crate::ui::tests::fixture::{self, pane_picture};

    #[test]
    fn names_stand_where_they_leave_room_for_the_plot() {
        // Beside a wide one, below a tall one, in two columns below one that is neither, alone where there is room for no plot.
        let found = [(120, 11), (58, 12), (48, 24), (48, 11), (30, 11), (48, 7)].map(|size| below(6, 23, size));
        assert_eq!(found, [(0, 1), (0, 1), (6, 1), (3, 2), (6, 1), (0, 1)]);
    }

    #[test]
    fn each_pane_of_a_screen_of_100_columns_has_room_for_the_lines() {
        for lab in ["moving-averages", "bias-correction"] {
            let snapshot = fixture::walked(lab, 3);
            let series = snapshot.series.as_ref().unwrap();
            let picture = pane_picture(&PANE, &snapshot, (50, 14), true);
            assert!(picture.chars().filter(|c| ('\u{2801}'..='\u{28ff}').contains(c)).count() > 8, "{picture}");
            for average in &series.averages {
                let name = average.name.replace("exponential", "exp").replace("corrected", "corr");
                assert!(picture.contains(&name), "{name}: {picture}");
            }
        }
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::walked("moving-averages", 366), (50, 14), true));
    }
}
