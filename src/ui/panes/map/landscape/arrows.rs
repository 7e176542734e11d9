//! The heads of the arrows on the map of a landscape, with their names as the legend has them.

use super::{head, here, pull_role, tip};
use crate::snapshot::{LandscapeView, Pull};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;
use crate::ui::panes::map::plane::Plane;

/// Draws the heads of the arrows, each with its name beside it, where nothing else is marked.
pub(super) fn draw_heads(inside: &mut Pen<'_>, map: &LandscapeView, plane: &Plane, scale: f64) {
    let look = inside.look;
    let arrows = map.pulls.iter().enumerate().filter(|(_, pull)| pull.name != "step" && pull.by != [0.0; 2]);
    let arrows = arrows.filter_map(|(at, pull)| {
        let [x, y] = tip(pull, scale);
        Some((pull, pull_role(at), plane.cell(x, y)?))
    });
    let arrows: Vec<(&Pull, Role, (usize, usize))> = arrows.collect();
    let runs = map.paths.iter().filter_map(here).filter_map(|point| plane.cell(point.x, point.y));
    let mut taken: Vec<((usize, usize), usize)> =
        arrows.iter().map(|(_, _, cell)| *cell).chain(runs).map(|cell| (cell, 1)).collect();
    for (pull, role, (column, row)) in arrows {
        inside.symbol(column, row, head(look, plane, pull), role);
        let wide = text::width(&pull.name);
        let rows = [Some(row), row.checked_sub(1), Some(row + 1)].into_iter().flatten();
        let mut places =
            rows.flat_map(|y| [Some(column + 1), column.checked_sub(wide)].map(|x| Some((x?, y)))).flatten();
        let is_free = |&(x, y): &(usize, usize)| {
            let apart =
                |&((left, row), width): &((usize, usize), usize)| row != y || x >= left + width || left >= x + wide;
            x + wide <= plane.columns && y < plane.rows && taken.iter().all(apart)
        };
        if let Some((x, y)) = places.find(is_free) {
            inside.text(x, y, &pull.name, role);
            taken.push(((x, y), wide));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::snapshot::Map;
    use crate::ui::panes::map::PANE;
    use crate::ui::tests::fixture::pane_picture;
    use crate::ui::tests::fixture_maps::mapped;

    #[test]
    fn what_has_no_length_has_no_arrow() {
        let mut snapshot = mapped("momentum-in-the-ravine", 12, &[]);
        let Some(Map::Landscape(map)) = &mut snapshot.map else { panic!("a landscape") };
        map.pulls.iter_mut().for_each(|pull| pull.by = [0.0; 2]);
        let picture = pane_picture(&PANE, &snapshot, (80, 11), true).replace(" off -g", "");
        assert_eq!((picture.matches("-g").count(), picture.matches("-g length 0").count()), (1, 1), "{picture}");
    }

    #[test]
    fn the_arrows_have_their_names_as_in_the_legend_wherever_they_point() {
        let mut snapshot = mapped("momentum-in-the-ravine", 12, &[]);
        let ways = [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0], [1.0, 1.0]];
        for by in ways.iter().flat_map(|first| ways.map(|second| [*first, second])) {
            let Some(Map::Landscape(map)) = &mut snapshot.map else { panic!("a landscape") };
            for (pull, by) in map.pulls.iter_mut().filter(|pull| pull.name != "step").zip(by) {
                // From the middle every arrow ends within the picture.
                (pull.from, pull.by) = ([0.0, 0.0], by);
            }
            for (size, unicode) in [((80, 11), true), ((60, 19), false), ((100, 28), true)] {
                let picture = pane_picture(&PANE, &snapshot, size, unicode);
                for name in ["-g", "-v"] {
                    // Once in the legend, which says its length, and once at the arrow; `off -g` is a third.
                    let at_arrows = picture.replace(" off -g", "").matches(name).count() - 1;
                    assert!(at_arrows == 1 && picture.contains(&format!("{name} length")), "{by:?} {name}: {picture}");
                }
            }
        }
    }
}
