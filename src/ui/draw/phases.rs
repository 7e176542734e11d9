//! The walk through the phases of an update, below the header: a row with all phases, of which the present one is lit, and a
//! few rows that say it with its numbers.
//!
//! ```text
//!  step 12  batch → forward → [loss] → backward → clip → update                every 1.5 s
//!  Phase 3 of 6, loss: 0.4123 = 0.4023, the mean of cross_entropy over the 64 samples, + 0.0100, the penalty ..
//!  The smallest loss of a sample is that of 873, 0.0123, and the largest that of 12, 4.512.
//! ```

mod words;

use crate::ui::app::lab_screen::Walked;
use crate::ui::canvas::measure;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;
use words::Words;

/// Draws it in the rows that it has.
pub(super) fn draw(walked: &Walked<'_>, pen: &mut Pen<'_>) {
    strip(walked, pen);
    let (columns, rows) = (pen.width().saturating_sub(2), pen.height().saturating_sub(1));
    let lines = lines(&words::of(walked), (columns, rows), pen.look.ellipsis());
    for (y, (line, role)) in lines.iter().enumerate() {
        pen.text(1, y + 1, line, *role);
    }
}

/// All phases in their order.
fn strip(walked: &Walked<'_>, pen: &mut Pen<'_>) {
    let columns = pen.width();
    let step = if walked.snapshot.series.is_some() { "value" } else { "step" };
    let whose = walked.snapshot.whose().map_or_else(String::new, |run| format!("{run} "));
    let mut x = pen.text(1, 0, &format!("{whose}{step} {} ", walked.view.step), Role::Strong);
    for (at, phase) in walked.view.phases.iter().enumerate() {
        if at > 0 {
            x = pen.text(x, 0, pen.look.pick("→", ">"), Role::Dim);
        }
        let role = match at.cmp(&walked.place.phase) {
            std::cmp::Ordering::Less => Role::Text,
            std::cmp::Ordering::Equal => Role::Selected,
            std::cmp::Ordering::Greater => Role::Dim,
        };
        x = pen.text(x, 0, &format!(" {} ", phase.name()), role);
    }
    let right = match walked.every {
        Some(every) => format!("every {}", measure::duration(every.as_secs_f64())),
        None if walked.is_over => "the end of the walk".to_owned(),
        None => return,
    };
    if x + text::width(&right) + 2 <= columns {
        pen.text(columns - text::width(&right) - 1, 0, &right, Role::Dim);
    }
}

/// The words in so many rows at most; of a list as much as there is room for.
fn lines(all: &[(Words, Role)], (columns, rows): (usize, usize), mark: char) -> Vec<(String, Role)> {
    let mut lines: Vec<(String, Role)> = Vec::new();
    for (at, (words, role)) in all.iter().enumerate() {
        let left = rows.saturating_sub(lines.len());
        let room = left.saturating_sub(all.len() - at - 1).max(1).min(left);
        let mut said = match words {
            Words::Text(said) => text::wrap(said, columns),
            Words::List(lead, items, all) => list(lead, (items, *all), (columns, room)),
        };
        if said.len() > left {
            said.truncate(left);
            if let Some(last) = said.last_mut() {
                *last = text::cut(&format!("{last} {mark}{mark}"), columns, mark);
            }
        }
        lines.extend(said.into_iter().map(|line| (line, *role)));
    }
    lines
}

/// As many items as fit, and how many do not.
fn list(lead: &str, (items, all): (&[String], usize), (columns, rows): (usize, usize)) -> Vec<String> {
    let said = |count: usize| {
        let more = all.saturating_sub(count);
        let rest = match more {
            0 => ".".to_owned(),
            more if count == 0 => format!("{more} of them."),
            more => format!(" and {more} more."),
        };
        text::wrap(&format!("{lead} {}{rest}", items[..count].join(", ")), columns)
    };
    // More of them never take fewer rows.
    let (mut fits, mut too_many) = (0, items.len() + 1);
    while fits + 1 < too_many {
        let count = fits.midpoint(too_many);
        if said(count).len() <= rows { fits = count } else { too_many = count }
    }
    said(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_as_many_items_as_there_is_room_for_and_says_how_many_are_left() {
        let items: Vec<String> = (1..=40).map(|at| at.to_string()).collect();
        assert_eq!(list("Samples:", (&items[..3], 3), (30, 1)), ["Samples: 1, 2, 3."]);
        assert_eq!(list("Samples:", (&items, 90), (30, 1)), ["Samples: 1, 2, 3 and 87 more."]);
        let two = list("Samples:", (&items, 40), (30, 2));
        assert_eq!(two.len(), 2);
        assert!(two[1].ends_with("more."), "{two:?}");
    }
}
