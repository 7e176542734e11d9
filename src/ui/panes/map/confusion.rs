//! The map of many classes: a table of who was taken for whom, and beside it samples as pictures.

use ratatui::layout::Size;

use super::{images, share, whose};
use crate::snapshot::Confusion;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::{View, first_shown};

pub(super) const LOOK_FOR: &str = "Each row is a true class, each column a predicted one: correct answers lie on the diagonal. A large number beside \
     it tells which two classes look alike to the network, and ! marks the largest; a class that is never predicted has an empty column.";

/// The longest name of a class in the table.
const NAME: usize = 10;

/// The classes of the most frequent mistake, and how often it was made.
fn worst(map: &Confusion) -> Option<(usize, usize, u32)> {
    let of = map.names.len().max(1);
    let wrong = map.counts.iter().enumerate().filter(|(at, count)| at / of != at % of && **count > 0);
    // Of equals the first.
    wrong.rev().max_by_key(|(_, count)| **count).map(|(at, count)| (at / of, at % of, *count))
}

fn name(map: &Confusion, class: usize) -> &str {
    map.names.get(class).map_or("?", String::as_str)
}

pub(super) fn heading(view: &View<'_>, map: &Confusion) -> (String, String) {
    let left = format!("{} {} {}", whose(view), view.look.dot(), share(map.score));
    let worst = worst(map).map(|(truth, answer, count)| {
        let taken = format!("{} taken for {}", name(map, truth), name(map, answer));
        format!("{taken}: {count} {}\n{taken}", times(count))
    });
    (left, worst.unwrap_or_else(|| "no mistake".into()))
}

fn times(count: u32) -> &'static str {
    if count == 1 { "time" } else { "times" }
}

pub(super) fn describe(view: &View<'_>, map: &Confusion) -> String {
    let part = if map.score.held_out { "validation" } else { "training" };
    let alike = |count: u32| {
        let of = map.names.len().max(1);
        map.counts.iter().enumerate().filter(|(at, other)| at / of != at % of && **other == count).count() > 1
    };
    let most = match worst(map) {
        Some((truth, answer, count)) => format!(
            "; {}{} is taken for {}, {count} of {} {}{}",
            if alike(count) { "" } else { "most often " },
            name(map, truth),
            name(map, answer),
            total(map, truth),
            if total(map, truth) == 1 { "time" } else { "times" },
            if alike(count) { ", and no pair more often" } else { "" },
        ),
        None => String::new(),
    };
    format!(
        "{}: {} of {} {part} samples are classified correctly after step {}, {:.1} %{most}{}.",
        whose(view),
        map.score.right,
        map.score.of,
        map.step,
        100.0 * map.score.right as f64 / map.score.of.max(1) as f64,
        least(map)
    )
}

/// The classes of whose samples the smallest share is classified correctly; nothing where all are alike.
fn least(map: &Confusion) -> String {
    /// As many classes are named.
    const NAMED: usize = 3;
    let share = |class: usize| f64::from(right(map, class)) / f64::from(total(map, class));
    let known: Vec<usize> = (0..map.names.len()).filter(|class| total(map, *class) > 0).collect();
    let worst = known.iter().copied().map(share).fold(f64::INFINITY, f64::min);
    let classes: Vec<&str> = known.iter().filter(|class| share(**class) == worst).map(|at| name(map, *at)).collect();
    if classes.is_empty() || classes.len() == known.len() {
        return String::new();
    }
    let named = match classes.len().saturating_sub(NAMED) {
        0 => classes.join(", "),
        more => format!("{} and {more} more", classes[..NAMED].join(", ")),
    };
    let (verb, each) = if classes.len() == 1 { ("is", "it") } else { ("are", "each") };
    format!("; {named} {verb} classified worst, {:.0} % of {each} correctly", 100.0 * worst)
}

fn right(map: &Confusion, class: usize) -> u32 {
    map.counts[class * map.names.len() + class]
}

/// Samples of a class that have an answer.
fn total(map: &Confusion, class: usize) -> u32 {
    let of = map.names.len();
    map.counts[class * of..(class + 1) * of].iter().sum()
}

/// A place for each class at the top, as far as there are more than rows for them.
pub(super) fn rows(map: &Confusion, size: Size) -> usize {
    let height = usize::from(size.height);
    (map.names.len() + 1).saturating_sub(height.saturating_sub(1 + usize::from(height > 3))).max(1)
}

pub(super) fn draw(view: &View<'_>, map: &Confusion, scrolled: usize, pen: &mut Pen<'_>) {
    let classes = map.names.len();
    let (width, height) = (pen.width(), pen.height());
    if map.counts.len() < classes * classes || height < 2 {
        let (left, right) = heading(view, map);
        pen.text(0, 0, &format!("{left} {right}"), Role::Text);
        return;
    }
    let label = map.names.iter().map(|name| text::width(name)).max().unwrap_or(1).clamp(1, NAME);
    let digits = map.counts.iter().max().map_or(1, |most| most.to_string().len());
    let left = label + 2;
    let right = 7; // ` 100 %`
    // Whole names above the columns, if there is room for them.
    let wide = digits.max(label) + 1;
    let fits = left + classes * wide + right <= width;
    let cell = if fits && map.images.is_empty() { wide } else { digits.max(label.min(4)) + 1 };
    let all = left + classes * cell + right;
    let beside = map.images.first().map_or(0, |image| images::tile(image.side, height, width.saturating_sub(all + 2)));
    let columns = classes.min(width.saturating_sub(left) / cell);
    // The axes have a row of their own where one is left for the classes.
    let top = usize::from(height > 3);
    if top == 1 {
        let axes = view.look.pick("true ↓  predicted →", "true: rows  predicted: columns");
        pen.text(0, 0, if text::width(axes) <= width { axes } else { "" }, Role::Dim);
    }
    head(map, top, (left, cell, columns), pen);
    let shown = height - 1 - top;
    let first = first_shown(scrolled + shown - 1, classes, shown).min(classes.saturating_sub(shown));
    for (y, truth) in (first..classes).take(shown).enumerate() {
        row(view, map, truth, (y + 1 + top, label, left, cell, columns, all <= width), pen);
    }
    // Right of the shares, where there is a column for it.
    let edge = (all + 1).min(width);
    pen.part(0, 0, edge, height).scroll_marks(false, first + shown < classes);
    if first > 0 {
        pen.part(0, 1 + top, edge, height).scroll_marks(true, false);
    }
    // What is left below the table, a blank row between.
    let below = height.saturating_sub(classes + 2 + top);
    if beside == 0 && map.images.first().is_some_and(|image| images::tile(image.side, below, width) > 0) {
        images::draw(view, &map.images, &map.names, &mut pen.part(0, classes + 2 + top, width, below));
    }
    if beside > 0 {
        let mut room = pen.part(all + 2, 0, width - all - 2, height);
        images::draw(view, &map.images, &map.names, &mut room);
    }
}

/// What the columns are: the classes answered.
fn head(map: &Confusion, y: usize, (left, cell, columns): (usize, usize, usize), pen: &mut Pen<'_>) {
    let ellipsis = pen.look.ellipsis();
    for answer in 0..columns {
        let name = text::cut(name(map, answer), cell - 1, ellipsis);
        pen.text(left + (answer + 1) * cell - text::width(&name), y, &name, Role::Dim);
    }
}

fn row(
    view: &View<'_>,
    map: &Confusion,
    truth: usize,
    (y, label, left, cell, columns, whole): (usize, usize, usize, usize, usize, bool),
    pen: &mut Pen<'_>,
) {
    let look = view.look;
    pen.text(0, y, &text::cut(name(map, truth), label, look.ellipsis()), Role::Dim);
    // Of equals all are marked.
    let most = worst(map).map(|(_, _, most)| most);
    for answer in 0..columns {
        let count = map.counts[truth * map.names.len() + answer];
        let is_worst = truth != answer && Some(count) == most;
        let (word, role) = match count {
            0 => (look.dot().to_owned(), Role::Dim),
            _ if truth == answer => (count.to_string(), Role::Strong),
            _ if is_worst => (count.to_string(), Role::Bad),
            _ => (count.to_string(), Role::Text),
        };
        let end = left + (answer + 1) * cell;
        let x = pen.text(end.saturating_sub(text::width(&word)), y, &word, role);
        if is_worst {
            pen.symbol(x, y, '!', Role::Bad);
        }
    }
    let of = total(map, truth);
    if whole && of > 0 {
        let share = format!("{:.0} %", 100.0 * f64::from(right(map, truth)) / f64::from(of));
        let end = left + columns * cell + 7;
        pen.text(end.saturating_sub(text::width(&share)), y, &share, Role::Dim);
    }
}
