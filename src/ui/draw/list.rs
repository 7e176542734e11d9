//! The list of labs: a row each, a heading over those of one place, and below them what the one under the cursor is about.

use crate::ui::app::list::{List, Row};
use crate::ui::canvas::markdown;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::host::{Done, LabEntry};
use crate::ui::look::theme::{Look, Role};
use crate::ui::panes::{plain, short_points};

/// Draws it; `pen` is the whole screen.
pub(super) fn draw(list: &List, pen: &mut Pen<'_>) {
    let (width, height) = (pen.width(), pen.height());
    pen.text(1, 0, &format!("optlab {} choose a lab", pen.look.dot()), Role::Strong);
    let count = format!("{} of {} ", (list.chosen + 1).min(list.entries.len()), list.entries.len());
    pen.text_right(0, &count, Role::Dim);
    pen.text_right(1, &format!("{} ", legend(&list.entries, pen.look)), Role::Dim);
    let Some(chosen) = list.entries.get(list.chosen) else {
        pen.text(1, 2, "There is no lab here.", Role::Warn);
        return;
    };
    let words = markdown::lay_out(&chosen.summary, width.saturating_sub(4).min(100), pen.look);
    let below = (height / 3).clamp(6, 12);
    let all = list.rows();
    let room = height.saturating_sub(below + 3);
    // A list that is longer has a row that says how many more there are.
    let room = if all.len() > room { room.saturating_sub(1) } else { room };
    let states: Vec<String> = list.entries.iter().map(|entry| state(entry.done, pen.look)).collect();
    let wide = states.iter().map(|state| text::width(state)).max().unwrap_or(0);
    // Names are whole where titles leave them the room.
    let widest = |of: fn(&LabEntry) -> &str| list.entries.iter().map(|entry| text::width(of(entry))).max().unwrap_or(0);
    let beside = width.saturating_sub(6 + wide + widest(|entry| &entry.title));
    let ids = widest(|entry| &entry.id).min(beside.max(28));
    for (y, row) in all.iter().skip(first(&all, list.chosen, room)).take(room).enumerate().map(|(y, row)| (y + 2, row))
    {
        match row {
            Row::Heading(group) => {
                let words = text::cut(group, width.saturating_sub(2), pen.look.ellipsis());
                pen.text(1, y, &words, Role::Strong);
            }
            Row::Lab(at) => {
                let entry = &list.entries[*at];
                let id = text::cut(&entry.id, ids, pen.look.ellipsis());
                pen.text(2, y, &id, Role::Dim);
                let own = if wide > 0 { wide + 2 } else { 0 };
                let title = text::cut(&entry.title, width.saturating_sub(ids + 6 + own), pen.look.ellipsis());
                pen.text(ids + 4, y, &title, Role::Text);
                let role =
                    if entry.done.is_some_and(|done| done.all && done.waits == 0) { Role::Good } else { Role::Dim };
                let (x, state) = ((width - 2).saturating_sub(wide), &states[*at]);
                pen.text(x, y, &format!("{}{state}", " ".repeat(wide - text::width(state))), role);
                if *at == list.chosen {
                    pen.symbol(0, y, pen.look.pick('▶', '>'), Role::Key);
                    pen.part(1, y, width.saturating_sub(2), 1).row_style(0, Role::Selected);
                }
            }
        }
    }
    // How many labs stand above and below what is shown.
    let start = first(&all, list.chosen, room);
    let labs = |rows: &[Row<'_>]| rows.iter().filter(|row| matches!(row, Row::Lab(_))).count();
    let hidden = [
        (pen.look.pick('▲', '^'), labs(&all[..start])),
        (pen.look.pick('▼', 'v'), labs(&all[(start + room).min(all.len())..])),
    ];
    let mut x = 2;
    for (mark, count) in hidden.into_iter().filter(|(_, count)| *count > 0) {
        x = pen.text(x, room + 2, &format!("{mark} {count} more"), Role::Key) + 2;
    }
    let mut part = pen.part(0, height.saturating_sub(below + 1), width, below);
    // The file, where that is not what it is called, and whole.
    let beside = text::width(&chosen.title) + text::width(&chosen.path) + 9 <= width;
    let file = if chosen.path == chosen.id || !beside { "" } else { chosen.path.as_str() };
    let mut inside = part.framed(&chosen.title, file, Role::Border);
    markdown::draw(&words, &mut inside);
}

/// How far a lab is done: `✓ 5/5`, `○ 4/5 (+1)` where something is judged later, `3/5`; nothing of one that asks nothing.
fn state(done: Option<Done>, look: Look) -> String {
    let Some(done) = done else { return String::new() };
    let mark = match done {
        Done { all: true, waits: 1.., .. } => look.pick("○ ", "o "),
        Done { all: true, .. } => look.pick("✓ ", "+ "),
        Done { begun: true, .. } => look.pick("● ", "* "),
        Done { .. } => "",
    };
    let later = if done.all && done.later > 0.0 { format!(" (+{})", plain(done.later)) } else { String::new() };
    format!("{mark}{}{later}", short_points(done.points, done.of))
}

/// What the marks mean that stand in the list, in a row.
fn legend(entries: &[LabEntry], look: Look) -> String {
    let stands = |of: fn(Done) -> bool| entries.iter().filter_map(|entry| entry.done).any(of);
    let all = [
        (look.pick("● begun", "* begun"), stands(|done| done.begun && !done.all)),
        (
            look.pick("○ all answered, (+) points given later", "o all answered, (+) points given later"),
            stands(|done| done.all && done.waits > 0),
        ),
        (look.pick("✓ done", "+ done"), stands(|done| done.all && done.waits == 0)),
    ];
    let shown: Vec<&str> = all.into_iter().filter(|(_, stands)| *stands).map(|(words, _)| words).collect();
    shown.join("  ")
}

/// The first row that is shown, so that the lab under the cursor is seen, and with the first of a group its heading.
fn first(rows: &[Row<'_>], chosen: usize, room: usize) -> usize {
    let at = rows.iter().position(|row| *row == Row::Lab(chosen)).unwrap_or(0);
    (at + 1).saturating_sub(room)
}
