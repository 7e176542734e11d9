//! The map of two features: for classes the regions of the network's answers, two pixels a cell, and the samples on top
//! of them; for a number how large the answer is, in shades.

use std::fmt::Write;

use super::legend::{Entry, entry};
use super::plane::Plane;
use super::{off, share, whose};
use crate::snapshot::{Answer, Answers, Point, Regions};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::{Look, Role, Theme};
use crate::ui::panes::pane::View;

/// An answer that is less sure than this has a paler ground.
const SURE: f32 = 0.75;
/// The samples that are shown take at most one cell in so many.
const SPARSE: usize = 8;
/// Grounds of classes where there is no colour.
const GROUNDS: [[char; 4]; 2] = [[' ', '░', '▒', '▓'], [' ', '.', ':', '%']];
/// Marks of samples: those trained on are full, those held out hollow.
const MARKS: [[char; 4]; 2] = [['●', '▲', '■', '◆'], ['○', '△', '□', '◇']];
/// Shades of a number.
const SHADES: usize = 5;

pub(super) fn look_for(map: &Regions) -> &'static str {
    match map.answers {
        Answers::Classes { .. } => {
            "The border between the regions should follow the gap between the classes: one that winds around single samples \
             has learnt them by heart. Samples that are classified wrongly are inverse; pale ground is where the network's \
             confidence is below 0.75."
        }
        Answers::Values { .. } => {
            "Darker ground is a larger answer, and a sample's digit is the shade that it should have: bright digits are off \
             by a shade or more."
        }
    }
}

pub(super) fn heading(view: &View<'_>, map: &Regions) -> (String, String) {
    let whose = whose(view);
    if let Some(score) = map.score {
        let wrong = format!("{0} of {1} wrong\n{0} wrong", score.of - score.right, score.of);
        return (format!("{whose} {} {}", view.look.dot(), share(score)), wrong);
    }
    let left = format!("{whose} {} the answer over {} and {}", view.look.dot(), map.features[0], map.features[1]);
    let error = off(&map.points).map(|(error, part)| format!("{part} off by {}", text::short(error)));
    (left, error.unwrap_or_default())
}

pub(super) fn describe(view: &View<'_>, map: &Regions) -> String {
    let [x, y] = &map.features;
    let mut said = format!(
        "{}: what is predicted for {x} from {} to {} and {y} from {} to {} after step {}",
        whose(view),
        text::short(map.x.0),
        text::short(map.x.1),
        text::short(map.y.0),
        text::short(map.y.1),
        map.step
    );
    match &map.answers {
        Answers::Classes { names, cells } => {
            for (class, name) in names.iter().enumerate() {
                let of = cells.iter().filter(|cell| cell.class == Some(class as u16)).count();
                let share = 100.0 * of as f64 / cells.len().max(1) as f64;
                let _ = write!(said, "; {share:.0} % of the plane is predicted as {}", class_name(name));
            }
            let pale = cells.iter().filter(|cell| cell.sure < SURE).count();
            let _ = write!(
                said,
                "; for {:.0} % of it confidence < {SURE}",
                100.0 * pale as f64 / cells.len().max(1) as f64
            );
        }
        Answers::Values { cells, range } => {
            let finite = || cells.iter().copied().filter(|cell| cell.is_finite()).map(f64::from);
            let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
            let (wanted, had) = ((text::short(range.0), text::short(range.1)), (text::short(low), text::short(high)));
            let _ =
                write!(said, "; they go from {} to {}, the targets from {} to {}", had.0, had.1, wanted.0, wanted.1);
        }
    }
    if let Some(score) = map.score {
        let part = if score.held_out { "validation" } else { "training" };
        let _ = write!(said, "; {} of {} {part} samples are classified wrongly", score.of - score.right, score.of);
    }
    said + "."
}

pub(super) fn draw(view: &View<'_>, map: &Regions, pen: &mut Pen<'_>) {
    let legend = legend(view, map);
    let [x, y] = &map.features;
    let Some(plane) = Plane::new(pen, (map.x, x), (map.y, y), &legend) else { return };
    let mut inside = plane.inside(pen);
    match &map.answers {
        Answers::Classes { names, cells } => {
            ground(view.look, map, cells, names.len(), &plane, &mut inside);
            points(map, &plane, |point, (x, y), wrong| {
                let class = point.truth as usize;
                let mark = mark(view.look, class, names.len(), point.held_out);
                if wrong {
                    inside.hole(x, y, mark, Role::Selected);
                } else {
                    inside.stamp(x, y, mark, racer(class));
                }
            });
        }
        Answers::Values { cells, range } => {
            shades(view.look, map, cells, *range, &plane, &mut inside);
            points(map, &plane, |point, (x, y), _| {
                let [truth, answer] = [point.truth, point.answer].map(|value| shade(value, *range));
                let digit = truth.and_then(|level| char::from_digit(level as u32, 10)).unwrap_or('?');
                inside.hole(x, y, digit, if truth == answer { Role::Dim } else { Role::Strong });
            });
        }
    }
}

fn racer(class: usize) -> Role {
    Role::Racer((class % 8) as u8)
}

/// The mark of a sample: a shape for a few classes, a letter for many and in ASCII, a capital one if it is held out.
fn mark(look: Look, class: usize, classes: usize, held_out: bool) -> char {
    if classes <= 4 && look.unicode {
        return MARKS[usize::from(held_out)][class % 4];
    }
    let letter = char::from(b'a' + (class % 26) as u8);
    if held_out { letter.to_ascii_uppercase() } else { letter }
}

fn coloured(look: Look) -> bool {
    look.unicode && look.theme != Theme::Mono
}

/// The ground of a class where there is no colour: shades for a few, its letter for many.
fn plain(look: Look, class: usize, classes: usize) -> char {
    if classes <= 4 { GROUNDS[usize::from(!look.unicode)][class] } else { mark(look, class, classes, false) }
}

/// The cell of the plane's grid in which a share of its width and height lies.
fn at(map: &Regions, u: f64, v: f64) -> usize {
    let (column, row) = ((u * map.columns as f64) as usize, (v * map.rows as f64) as usize);
    row.min(map.rows - 1) * map.columns + column.min(map.columns - 1)
}

fn ground(look: Look, map: &Regions, cells: &[Answer], classes: usize, plane: &Plane, pen: &mut Pen<'_>) {
    if cells.len() < map.columns * map.rows || cells.is_empty() {
        return;
    }
    for y in 0..plane.rows {
        for x in 0..plane.columns {
            let half = |part: f64| {
                let u = (x as f64 + 0.5) / plane.columns as f64;
                cells[at(map, u, (y as f64 + part) / plane.rows as f64)]
            };
            let (upper, lower) = (half(0.25), half(0.75));
            let (Some(above), Some(below)) = (upper.class, lower.class) else {
                pen.symbol(x, y, look.pick('×', 'x'), Role::Bad);
                continue;
            };
            let [above, below] = [above, below].map(usize::from);
            if !coloured(look) {
                pen.symbol(x, y, plain(look, above, classes), racer(above));
            } else if above == below && (upper.sure < SURE || lower.sure < SURE) {
                let both = upper.sure < SURE && lower.sure < SURE;
                pen.symbol(x, y, if both { '░' } else { '▒' }, racer(above));
            } else {
                pen.halves(x, y, Role::Region((above % 8) as u8), Role::Region((below % 8) as u8));
            }
        }
    }
}

/// The shade of a number among those that are to be learned.
fn shade(value: f32, (low, high): (f64, f64)) -> Option<usize> {
    let part = (f64::from(value) - low) / (high - low);
    value.is_finite().then(|| (part * SHADES as f64).clamp(0.0, SHADES as f64 - 1.0) as usize)
}

fn shades(look: Look, map: &Regions, cells: &[f32], range: (f64, f64), plane: &Plane, pen: &mut Pen<'_>) {
    if cells.len() < map.columns * map.rows || cells.is_empty() {
        return;
    }
    for y in 0..plane.rows {
        for x in 0..plane.columns {
            let (u, v) = ((x as f64 + 0.5) / plane.columns as f64, (y as f64 + 0.5) / plane.rows as f64);
            match shade(cells[at(map, u, v)], range) {
                Some(level) => pen.symbol(x, y, look.shade(level), Role::Batch),
                None => pen.symbol(x, y, look.pick('×', 'x'), Role::Bad),
            }
        }
    }
}

/// Calls with each sample that is shown, its cell and whether it is answered wrongly. Always the same ones, as many as leave
/// most of the ground free; those that are answered wrongly come last, so that they are seen.
fn points(map: &Regions, plane: &Plane, mut with: impl FnMut(&Point, (usize, usize), bool)) {
    let room = (plane.columns * plane.rows / SPARSE).max(4);
    let every = map.points.len().div_ceil(room).max(1);
    let wrong = |point: &Point| point.truth != point.answer;
    for turn in [false, true] {
        for point in map.points.iter().step_by(every).filter(|point| wrong(point) == turn) {
            if let Some(cell) = plane.cell(f64::from(point.x), f64::from(point.y)) {
                with(point, cell, turn);
            }
        }
    }
}

fn legend(view: &View<'_>, map: &Regions) -> Vec<Entry> {
    let look = view.look;
    let mut entries = Vec::new();
    match &map.answers {
        Answers::Classes { names, .. } => {
            let letters = names.len() > 4;
            for (class, name) in names.iter().enumerate() {
                let of = |held_out| mark(look, class, names.len(), held_out);
                let ground = if coloured(look) || letters { ' ' } else { plain(look, class, names.len()) };
                let marks = if map.points.iter().any(|point| point.held_out) {
                    format!("{}{}", of(false), of(true))
                } else {
                    of(false).to_string()
                };
                let ground = if ground == ' ' { String::new() } else { format!(" on {ground}") };
                entries.push(entry(marks, racer(class), format!("{}{ground}", class_name(name))));
            }
            if map.points.iter().any(|point| point.held_out) {
                entries.push(entry(
                    "",
                    Role::Text,
                    if letters || !look.unicode { "capital: validation" } else { "hollow: validation" },
                ));
            }
            if coloured(look) {
                entries.push(entry("░", Role::Dim, format!("confidence < {SURE}")));
            }
            if map.points.iter().any(|point| point.truth != point.answer) {
                entries.push(entry("", Role::Text, "inverse: wrong"));
            }
        }
        Answers::Values { range, .. } => {
            let width = (range.1 - range.0) / SHADES as f64;
            for level in 0..SHADES {
                let from = text::short(range.0 + width * level as f64);
                entries.push(entry(format!("{level} {}", look.shade(level)), Role::Text, format!("from {from}")));
            }
        }
    }
    entries
}

/// A class by its name, which is a bare number in most data.
fn class_name(name: &str) -> String {
    if name.parse::<f64>().is_ok() { format!("class {name}") } else { name.to_owned() }
}
