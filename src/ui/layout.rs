//! What lies where, for every size of the terminal. Pure arithmetic on rectangles: it draws nothing.
//!
//! ```text
//!  80 x 24: one above the other                  120 x 40: two by two, later two by three
//! ┌ header: title, status, step, rates ───────┐ ┌ header ────────────────────────────────────────────┐
//! │ banner, if there is what stays true       │ │ banner                                             │
//! │╭ 1 Loss ─────────────────────────────────╮│ │╭ 1 Loss ───────────────╮╭ 2 Gradient norm ────────╮│
//! ││ the pane listed first stays longest     ││ ││                       ││                         ││
//! │╰─────────────────────────────────────────╯│ │╰───────────────────────╯╰─────────────────────────╯│
//! │╭ 3 State ────────────────────────────────╮│ │╭ 3 State ──────────────╮╭ 4 Guide ────────────────╮│
//! ││ the others take turns here, the last    ││ ││                       ││                         ││
//! ││ one in focus stays                      ││ │╰───────────────────────╯╰─────────────────────────╯│
//! │╰─────────────────────────────────────────╯│ │ hints: what the keys do here, or a notice          │
//! │ tabs: 1 Loss  2 Gradient norm  3 State .. │ └────────────────────────────────────────────────────┘
//! │ hints: what the keys do here, or a notice │   60 x 18 and up: one pane at a time; `z` does so at any size
//! └───────────────────────────────────────────┘   below: the header, and a line that says what is needed
//! ```

use ratatui::layout::Rect;

/// The narrowest screen that has panes.
pub const LEAST_WIDTH: u16 = 60;
/// The lowest screen that has panes.
pub const LEAST_HEIGHT: u16 = 18;

/// Where everything lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// One row.
    pub header: Rect,
    /// A row, several in a walk through the phases of an update, or none high.
    pub banner: Rect,
    /// The panes that are shown, by their places in the tab line, in that order.
    pub panes: Vec<(usize, Rect)>,
    /// As many rows as the tabs take, or none where all panes are shown.
    pub tabs: Rect,
    /// One row.
    pub hints: Rect,
}

/// The pane that tells what a lab asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Its place in the tab line.
    pub pane: usize,
    /// It is shown beside the one in focus, whatever else is hidden.
    pub stays: bool,
}

/// The most columns and rows that are drawn of a terminal: more than the largest wall shows, and what a screen costs is
/// bounded by them. What lies beyond stays blank.
pub const MOST: (u16, u16) = (1000, 400);

/// What is drawn of a terminal of so many columns and rows.
pub fn screen(columns: u16, rows: u16) -> Rect {
    Rect::new(0, 0, columns.min(MOST.0), rows.min(MOST.1))
}

/// The screen is large enough for panes.
pub fn is_enough(size: Rect) -> bool {
    size.width >= LEAST_WIDTH && size.height >= LEAST_HEIGHT
}

/// The plan for a screen with room for panes.
///
/// `recent` has the places of all panes, the one in focus first, then the one that was before it, and so on. Pane 0,
/// which the lab lists first, is shown unless there is room for one pane only. The one of `asked` has more rows than the other
/// where two lie one above the other, and may take the place of pane 0. `zoomed` shows the one in focus alone. `banner` is so many rows high. The tabs take
/// `tab_rows` rows where a pane is hidden.
pub fn plan(screen: Rect, recent: &[usize], asked: Option<Asked>, zoomed: bool, banner: u16, tab_rows: u16) -> Plan {
    let fixed = 2 + banner;
    let (columns, rows) =
        if zoomed { (1, 1) } else { slots(screen.width, screen.height.saturating_sub(fixed + 1), recent.len()) };
    let stays = asked.filter(|asked| asked.stays).map_or(0, |asked| asked.pane);
    let shown = shown(recent, stays, usize::from(columns * rows));
    let tabs = if shown.len() < recent.len() { tab_rows } else { 0 };
    let row = |y: u16, height: u16| Rect { y: screen.y + y.min(screen.height), height, ..screen }.intersection(screen);
    let body = row(1 + banner, screen.height.saturating_sub(fixed + tabs));
    let count = shown.len();
    let tall = asked.filter(|_| (columns, rows) == (1, 2));
    let tall = tall.and_then(|tall| shown.iter().position(|pane| *pane == tall.pane));
    let mut panes = Vec::with_capacity(count);
    for (slot, pane) in shown.into_iter().enumerate() {
        let (x, y) = (slot as u16 % columns, slot as u16 / columns);
        let mut area = part(body, (x, columns), (y, rows));
        if let Some(tall) = tall {
            area = beside_tall(body, slot == tall, slot == 0);
        }
        if slot + 1 == count {
            area.width = body.right() - area.x; // the last one takes what the row has left
        }
        panes.push((pane, area));
    }
    Plan {
        header: row(0, 1),
        banner: row(1, banner),
        panes,
        tabs: row(screen.height.saturating_sub(1 + tabs), tabs),
        hints: row(screen.height.saturating_sub(1), 1),
    }
}

/// Columns and rows of panes: a pane wants about 50 x 10.
fn slots(width: u16, height: u16, panes: usize) -> (u16, u16) {
    let panes = panes.max(1) as u16;
    let columns = match width {
        180.. if panes >= 5 => 3,
        100.. => 2,
        _ => 1,
    };
    let columns = columns.min(panes);
    let rows = (height / 10).max(1).min(panes.div_ceil(columns));
    (columns, rows)
}

/// The panes for that many slots, in the order of the tab line, and the one that stays among them.
fn shown(recent: &[usize], stays: usize, slots: usize) -> Vec<usize> {
    let mut shown: Vec<usize> = recent.iter().copied().take(slots).collect();
    if slots > 1 && !shown.contains(&stays) && recent.contains(&stays) {
        shown.pop();
        shown.push(stays);
    }
    shown.sort_unstable();
    shown
}

/// One of two panes of which one is tall: it has four rows of seven, and the other one 8 at the least.
fn beside_tall(body: Rect, is_tall: bool, is_first: bool) -> Rect {
    let low = (body.height * 3 / 7).max(LEAST_PANE).min(body.height / 2);
    let height = if is_tall { body.height - low } else { low };
    Rect { y: if is_first { body.y } else { body.bottom() - height }, height, ..body }
}

/// Rows that a pane needs, with its frame.
const LEAST_PANE: u16 = 8;

/// A part of a rectangle that is cut into equal columns and rows; the first ones take the cells left over.
fn part(whole: Rect, (x, columns): (u16, u16), (y, rows): (u16, u16)) -> Rect {
    let cut = |length: u16, i: u16, n: u16| i * (length / n) + i.min(length % n);
    let (left, right) = (cut(whole.width, x, columns), cut(whole.width, x + 1, columns));
    let (top, bottom) = (cut(whole.height, y, rows), cut(whole.height, y + 1, rows));
    Rect { x: whole.x + left, y: whole.y + top, width: right - left, height: bottom - top }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn places(width: u16, height: u16, recent: &[usize]) -> Vec<usize> {
        let plan = plan(Rect::new(0, 0, width, height), recent, None, false, 0, 1);
        plan.panes.iter().map(|(pane, _)| *pane).collect()
    }

    #[test]
    fn the_pane_listed_first_stays_and_the_others_take_turns() {
        assert_eq!(places(80, 24, &[0, 1, 2, 3]), [0, 1]);
        assert_eq!(places(80, 24, &[3, 0, 1, 2]), [0, 3]);
        assert_eq!(places(80, 24, &[2, 3, 1, 0]), [0, 2]);
        assert_eq!(places(80, 24, &[0, 2, 3, 1]), [0, 2]);
        assert_eq!(places(60, 18, &[2, 3, 1, 0]), [2]);
        assert_eq!(places(120, 40, &[2, 3, 1, 0]), [0, 1, 2, 3]);
    }

    #[test]
    fn the_tab_line_is_there_only_if_a_pane_is_hidden() {
        let small = plan(Rect::new(0, 0, 80, 24), &[0, 1, 2, 3], None, false, 0, 1);
        assert_eq!((small.tabs, small.hints.y), (Rect::new(0, 22, 80, 1), 23));
        assert_eq!(small.panes[1].1, Rect::new(0, 12, 80, 10));
        let large = plan(Rect::new(0, 0, 120, 40), &[0, 1, 2, 3], None, false, 1, 1);
        assert_eq!((large.tabs.height, large.banner.height), (0, 1));
        assert_eq!(large.panes[3].1, Rect::new(60, 21, 60, 18));
        let two = plan(Rect::new(0, 0, 60, 18), &[0, 1, 2, 3], None, false, 0, 2);
        assert_eq!((two.tabs, two.panes[0].1.height), (Rect::new(0, 15, 60, 2), 14));
        assert_eq!(
            plan(Rect::new(0, 0, 120, 40), &[2, 0, 1, 3], None, true, 0, 1).panes,
            [(2, Rect::new(0, 1, 120, 37))]
        );
    }

    #[test]
    fn of_two_panes_one_above_the_other_the_tall_one_has_more_rows() {
        let heights = |pane: Option<usize>| {
            let asked = pane.map(|pane| Asked { pane, stays: false });
            let plan = plan(Rect::new(0, 0, 80, 24), &[0, 3, 1, 2], asked, false, 0, 1);
            plan.panes.iter().map(|(pane, area)| (*pane, area.y, area.height)).collect::<Vec<_>>()
        };
        assert_eq!(heights(None), [(0, 1, 11), (3, 12, 10)]);
        assert_eq!(heights(Some(3)), [(0, 1, 9), (3, 10, 12)]);
        assert_eq!(heights(Some(0)), [(0, 1, 12), (3, 13, 9)]);
        assert_eq!(heights(Some(2)), heights(None), "it is not shown");
        // What is asked stays beside the pane in focus.
        let asked = Some(Asked { pane: 2, stays: true });
        let plan = plan(Rect::new(0, 0, 80, 24), &[3, 0, 1, 2], asked, false, 0, 1);
        assert_eq!(plan.panes.iter().map(|(pane, area)| (*pane, area.height)).collect::<Vec<_>>(), [(2, 12), (3, 9)]);
    }

    proptest! {
        #[test]
        fn panes_fill_the_body_and_never_overlap(
            width in 0..220_u16, height in 0..80_u16, panes in 1..12_usize, focus in 0..12_usize, zoomed: bool, banner in 0..=7_u16,
            tab_rows in 1..=2_u16, asked in proptest::option::of((0..12_usize, proptest::bool::ANY)),
        ) {
            let mut recent: Vec<usize> = (0..panes).collect();
            recent.rotate_left(focus % panes);
            let screen = Rect::new(0, 0, width, height);
            let asked = asked.map(|(pane, stays)| Asked { pane, stays });
            let plan = plan(screen, &recent, asked, zoomed, banner, tab_rows);
            prop_assert!(plan.panes.iter().any(|(pane, _)| *pane == recent[0]));
            let area: u32 = plan.panes.iter().map(|(_, rect)| rect.area()).sum();
            for (i, (_, a)) in plan.panes.iter().enumerate() {
                prop_assert_eq!(a.intersection(screen), *a);
                prop_assert!(plan.panes[i + 1..].iter().all(|(_, b)| !a.intersects(*b)));
            }
            if is_enough(screen) {
                let rest = plan.header.area() + plan.banner.area() + plan.tabs.area() + plan.hints.area();
                let slots = usize::from(slots(width, height - 3 - banner, panes).0);
                // Only a last row that is not full may leave room, and the last pane takes it.
                prop_assert!(area + rest == screen.area() || plan.panes.len() < slots, "{:?}", plan);
                prop_assert!(plan.panes.iter().all(|(_, rect)| rect.width >= 50 && rect.height >= 8 - banner.saturating_sub(5)));
            }
        }
    }
}
