//! The map of a landscape: contours of equal height, the path of every run, and for the lab's own run what moved it last.

mod arrows;
mod contours;
mod seen;

use std::fmt::Write;

use super::legend::{Entry, entry};
use super::plane::Plane;
use crate::snapshot::{LandscapeView, PathPoint, PathView, Pull, Rank};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::raster::{Layer, Raster};
use crate::ui::canvas::text;
use crate::ui::look::theme::{Look, Role};
use crate::ui::panes::pane::View;
use contours::Levels;
use seen::Seen;

pub(super) const LOOK_FOR: &str = "The gradient points straight across the contours; only where those are circles is that the way to the lowest point. See \
     how far the step turns away from it. Where contours lie close the ground is steep; a path that jumps from wall to wall has too large a rate there. \
     Angles look as they are unless the axis says that one weight is drawn larger.";

/// The longest arrow, as a share of the width and height.
const ARROW: f64 = 0.3;

/// `1` for the first run of a race; a dot for a run alone.
fn mark(look: Look, at: usize, runs: usize) -> char {
    if runs > 1 { char::from_digit((at + 1) as u32, 36).unwrap_or('?') } else { look.pick('●', '@') }
}

/// The style of a run's path: bold if all panes show that run.
fn racer(at: usize, shown: Option<usize>) -> Role {
    let place = at.min(usize::from(u8::MAX)) as u8;
    if shown == Some(at) { Role::Chosen(place) } else { Role::Racer(place) }
}

/// In a race the run that all panes show.
fn shown(view: &View<'_>, map: &LandscapeView) -> Option<usize> {
    (map.paths.len() > 1).then_some(view.snapshot.shown)
}

/// Where a run stands.
fn here(path: &PathView) -> Option<&PathPoint> {
    path.points.last()
}

pub(super) fn heading(view: &View<'_>, map: &LandscapeView) -> (String, String) {
    let dot = view.look.dot();
    match map.paths.as_slice() {
        [own] => {
            let when = match here(own) {
                Some(point) if point.step > 0 => format!("after step {}", point.step),
                _ => "at the start".to_owned(),
            };
            // A line each: the first form that fits is shown.
            let place = place(own);
            let forms = format!("{place}\n{}", place.trim_start_matches("at "));
            // The height stands in the legend, too.
            let height = text::short(own.height);
            (format!("Map {dot} height {height} {when}\nMap {dot} height {height}\nMap"), forms)
        }
        paths => (format!("Map {dot} {} runs", paths.len()), lowest(paths)),
    }
}

/// Which of several runs are lowest; nobody is where all are at one height, as at the start.
fn lowest(paths: &[PathView]) -> String {
    let finite = paths.iter().filter(|path| path.height.is_finite());
    let Some(first) = finite.min_by(|a, b| a.height.total_cmp(&b.height)) else { return String::new() };
    let alike = |path: &&PathView| Rank::Loss.are_alike(Some(first.height), Some(path.height));
    let who = match paths.iter().filter(alike).collect::<Vec<_>>()[..] {
        ref all if all.len() == paths.len() => format!("all {} are alike", all.len()),
        [one, other] => format!("{} and {} are lowest, alike", one.name, other.name),
        ref several if several.len() > 2 => format!("{} runs are lowest, alike", several.len()),
        _ => format!("{} is lowest", first.name),
    };
    format!("{who}, {}{}", text::short(first.height), after(first))
}

/// The step whose update led to where the run stands: the loss of that step is the height before it.
fn after(path: &PathView) -> String {
    let step = here(path).map_or(0, |point| point.step);
    if step == 0 { String::new() } else { format!(" after step {step}") }
}

fn place(path: &PathView) -> String {
    here(path).map_or_else(String::new, |point| format!("at ({}, {})", text::short(point.x), text::short(point.y)))
}

fn length(pull: &Pull) -> f64 {
    pull.by[0].hypot(pull.by[1])
}

/// The angle between two directions, in degrees.
fn angle(a: &Pull, b: &Pull) -> Option<f64> {
    // Each by its own length, since a product of both may leave the range.
    let unit = |pull: &Pull| pull.by.map(|by| by / length(pull));
    let ([ax, ay], [bx, by]) = (unit(a), unit(b));
    let cosine = ax * bx + ay * by;
    cosine.is_finite().then(|| cosine.clamp(-1.0, 1.0).acos().to_degrees())
}

fn pull<'m>(map: &'m LandscapeView, name: &str) -> Option<&'m Pull> {
    map.pulls.iter().find(|pull| pull.name == name)
}

/// What the last step has to do with the gradient.
fn turn(map: &LandscapeView) -> Option<f64> {
    angle(pull(map, "step")?, pull(map, "-g")?)
}

pub(super) fn describe(view: &View<'_>, map: &LandscapeView) -> String {
    let mut said = format!(
        "Map: the landscape around x from {} to {} and y from {} to {}",
        text::short(map.x.0),
        text::short(map.x.1),
        text::short(map.y.0),
        text::short(map.y.1)
    );
    for path in &map.paths {
        let whose = if map.paths.len() > 1 { path.name.as_str() } else { "the run" };
        let step = here(path).map_or(0, |point| point.step);
        let _ = write!(said, "; {whose} is at height {} {} after step {step}", text::number(path.height), place(path));
    }
    // The gradient of the last step is that of the place before it: where the run stands now it is another one.
    let step = map.paths.first().and_then(here).map_or(0, |point| point.step);
    let several = map.paths.first().filter(|_| map.paths.len() > 1);
    let whose = several.map_or_else(String::new, |path| format!(" of {}", path.name));
    for (at, pull) in map.pulls.iter().enumerate() {
        let of = if at == 0 && step > 0 { format!("in step {step}{whose} ") } else { String::new() };
        let _ = write!(said, "; {of}{} is ({}, {})", pull.name, text::short(pull.by[0]), text::short(pull.by[1]));
    }
    if let Some(turn) = turn(map) {
        let _ = write!(said, "; the step is {turn:.0} degrees off the gradient's way down");
    }
    let levels = Levels::of(Seen::least(map).part(map).ends(&map.heights));
    format!("{said}. Contours are at {}.", levels.said(view.look.pick("…", "..")))
}

pub(super) fn draw(view: &View<'_>, map: &LandscapeView, pen: &mut Pen<'_>) {
    let look = view.look;
    let shown = shown(view, map);
    // What is seen depends on the room beside the legend, and what the legend has to say on what is seen.
    let dots = |cells| Raster::dots_of(cells, look.unicode);
    let mut seen = Seen::least(map);
    let least = Levels::of(seen.part(map).ends(&map.heights));
    let mut levels = least.clone();
    let mut said = legend(look, map, &levels, shown, &seen);
    for _ in 0..2 {
        let Some(cells) = Plane::cells(pen, (seen.y, "y"), &said) else { break };
        seen = Seen::of(map, dots(cells));
        levels = least.clone().up_to(seen.part(map).ends(&map.heights));
        said = legend(look, map, &levels, shown, &seen);
    }
    let columns = Plane::cells(pen, (seen.y, "y"), &said).map_or(0, |(columns, _)| columns);
    let name = seen.name_of_x(Plane::room_of_name(columns, seen.x));
    let Some(plane) = Plane::new(pen, (seen.x, &name), (seen.y, "y"), &said) else { return };
    let runs = map.paths.len();
    // Contours lie below, then the last run's path and so on to the lab's own, then that of the run that is shown, then the
    // arrows.
    let mut layers = vec![Layer { role: Role::Dim, letters: ['\'', '.', ':'] }];
    let letter = |at: usize| if runs > 1 { mark(look, at, runs) } else { '*' };
    let order: Vec<usize> =
        (0..runs).rev().filter(|at| Some(*at) != shown).chain(shown.filter(|at| *at < runs)).collect();
    layers.extend(order.iter().map(|at| Layer { role: racer(*at, shown), letters: [letter(*at); 3] }));
    layers.extend(map.pulls.iter().enumerate().map(|(at, _)| Layer { role: pull_role(at), letters: ['+'; 3] }));
    let mut raster = Raster::new(plane.columns, plane.rows, look.unicode, &layers).for_theme(look.theme).with_dashes();
    contours::draw(&levels, &map.heights, seen.part(map), &mut raster, 0);
    let canvas = Canvas { plane, dots: (raster.width(), raster.height()) };
    for (layer, at) in (1..).zip(&order) {
        for pair in map.paths[*at].points.windows(2) {
            canvas.line(&mut raster, layer, [pair[0].x, pair[0].y], [pair[1].x, pair[1].y], false);
        }
    }
    let scale = scale(&plane, map);
    for (at, pull) in map.pulls.iter().enumerate().filter(|(_, pull)| pull.name != "step") {
        canvas.line(&mut raster, 1 + runs + at, pull.from, tip(pull, scale), at == 0);
    }
    let mut inside = plane.inside(pen);
    raster.paint(&mut inside);
    arrows::draw_heads(&mut inside, map, &plane, scale);
    for (at, path) in order.iter().map(|at| (*at, &map.paths[*at])) {
        let role = racer(at, shown);
        let start = path.points.first().and_then(|point| plane.cell(point.x, point.y));
        if let (Some((x, y)), true) = (start, path.points.len() > 1) {
            inside.symbol(x, y, look.pick('○', 'o'), if runs > 1 { Role::Text } else { role });
        }
    }
    // The run that is shown first: those that stand where it does are marked beside it.
    let mut taken = Vec::new();
    for (at, path) in order.iter().rev().map(|at| (*at, &map.paths[*at])) {
        let role = racer(at, shown);
        let Some(point) = here(path) else { continue };
        let own = match plane.cell(point.x, point.y) {
            Some(cell) => Some(cell),
            None => way_out(look, &plane, point).map(|((x, y), arrow, beside)| {
                inside.symbol(x, y, arrow, role);
                taken.push((x, y));
                (beside, y)
            }),
        };
        let Some((x, y)) = own.and_then(|cell| free(cell, plane.columns, &taken)) else { continue };
        inside.symbol(x, y, mark(look, at, runs), role);
        taken.push((x, y));
    }
}

/// The cell of a row that is nearest to one and not taken, on its right before its left; none in a row that is full.
fn free((x, y): (usize, usize), columns: usize, taken: &[(usize, usize)]) -> Option<(usize, usize)> {
    let near = (0..columns).flat_map(|by| [x.checked_add(by), x.checked_sub(by)]);
    near.flatten().filter(|x| *x < columns).map(|x| (x, y)).find(|cell| !taken.contains(cell))
}

/// For a run that has left the picture: the cell at its edge that is nearest, an arrow that points out, and the column beside it.
fn way_out(look: Look, plane: &Plane, point: &PathPoint) -> Option<((usize, usize), char, usize)> {
    let (u, v) = plane.place(point.x, point.y);
    if !u.is_finite() || !v.is_finite() {
        return None;
    }
    let cell = |share: f64, of: usize| ((share.clamp(0.0, 1.0) * of as f64) as usize).min(of - 1);
    let (x, y) = (cell(u, plane.columns), cell(v, plane.rows));
    let across = look.pick(['◀', '▶'], ['<', '>']);
    let along = look.pick(['▲', '▼'], ['^', 'v']);
    let arrow = match (u, v) {
        (..0.0, _) => across[0],
        (_, ..0.0) => along[0],
        _ if u > 1.0 => across[1],
        _ => along[1],
    };
    Some(((x, y), arrow, if x + 1 < plane.columns { x + 1 } else { x.saturating_sub(1) }))
}

/// In the order of the pulls: the gradient, the average of gradients, the step.
fn pull_role(at: usize) -> Role {
    if at == 0 { Role::Warn } else { Role::Strong }
}

/// What the arrows' lengths are multiplied by: the longest is a fixed share of the picture. The gradient is no way, so it has
/// no length there.
fn scale(plane: &Plane, map: &LandscapeView) -> f64 {
    let zero = plane.place(0.0, 0.0);
    let drawn = |pull: &Pull| {
        let (u, v) = plane.place(pull.by[0], pull.by[1]);
        (u - zero.0).abs().max((v - zero.1).abs())
    };
    let longest = map.pulls.iter().filter(|pull| pull.name != "step").map(drawn).fold(0.0, f64::max);
    if longest > 0.0 && longest.is_finite() { ARROW / longest } else { 0.0 }
}

fn tip(pull: &Pull, scale: f64) -> [f64; 2] {
    [pull.from[0] + scale * pull.by[0], pull.from[1] + scale * pull.by[1]]
}

/// An arrow's head, as it looks on the screen, where a row is twice as high as a column is wide.
fn head(look: Look, plane: &Plane, pull: &Pull) -> char {
    let (zero, end) = (plane.place(0.0, 0.0), plane.place(pull.by[0], pull.by[1]));
    let (right, up) = ((end.0 - zero.0) * plane.columns as f64, (zero.1 - end.1) * plane.rows as f64 * 2.0);
    let eighth = (up.atan2(right) / std::f64::consts::FRAC_PI_4).round() as i64;
    let at = eighth.rem_euclid(8) as usize;
    look.pick(['→', '↗', '↑', '↖', '←', '↙', '↓', '↘'], ['>', '/', '^', '\\', '<', '/', 'v', '\\'])[at]
}

fn legend(look: Look, map: &LandscapeView, levels: &Levels, shown: Option<usize>, seen: &Seen) -> Vec<Entry> {
    let runs = map.paths.len();
    let mut entries = Vec::new();
    for (at, path) in map.paths.iter().enumerate() {
        let name = if runs > 1 { path.name.as_str() } else { "height" };
        let outside = here(path).is_some_and(|point| !seen.holds(point.x, point.y));
        let outside = if outside { format!(", outside {}", place(path)) } else { String::new() };
        let words = format!("{name} {}{outside}", text::short(path.height));
        entries.push(entry(mark(look, at, runs), racer(at, shown), words));
    }
    for (at, pull) in map.pulls.iter().enumerate() {
        let size = text::short(length(pull));
        if pull.name == "step" {
            let line = look.pick("─", "*");
            entries.push(entry(line, racer(0, shown), format!("step, length {size}")));
        } else {
            // Their names stand at the arrows' heads, too.
            entries.push(entry(pull.name.as_str(), pull_role(at), format!("length {size}")));
        }
    }
    if let Some(turn) = turn(map) {
        let degrees = look.pick(["°", ""], ["", " degrees"]).concat();
        entries.push(entry("", Role::Text, format!("step: {turn:.0}{degrees} off -g")));
    }
    entries.push(entry(look.pick("⡇", ":"), Role::Dim, format!("heights {}", levels.list(look.pick("…", "..")))));
    entries
}

/// From numbers to dots.
struct Canvas {
    plane: Plane,
    dots: (usize, usize),
}

impl Canvas {
    /// What of a straight line lies in the plane.
    fn line(&self, raster: &mut Raster, layer: usize, from: [f64; 2], to: [f64; 2], dashed: bool) {
        let (a, b) = (self.plane.place(from[0], from[1]), self.plane.place(to[0], to[1]));
        let Some((a, b)) = clipped(a, b) else { return };
        let dot = |(u, v): (f64, f64)| {
            let at = |share: f64, of: usize| (share * (of - 1) as f64).round() as usize;
            (at(u, self.dots.0), at(v, self.dots.1))
        };
        raster.line(layer, dot(a), dot(b), dashed);
    }
}

/// The part of a line between two points that lies in the unit square (Liang and Barsky 1984); none if there is none, or if
/// a point is not finite.
fn clipped(a: (f64, f64), b: (f64, f64)) -> Option<((f64, f64), (f64, f64))> {
    if ![a.0, a.1, b.0, b.1].into_iter().all(f64::is_finite) {
        return None;
    }
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut first, mut last) = (0.0_f64, 1.0_f64);
    for (step, room) in [(-dx, a.0), (dx, 1.0 - a.0), (-dy, a.1), (dy, 1.0 - a.1)] {
        if step == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            first = first.max(room / step);
        } else {
            last = last.min(room / step);
        }
    }
    let at = |part: f64| ((a.0 + part * dx).clamp(0.0, 1.0), (a.1 + part * dy).clamp(0.0, 1.0));
    (first <= last).then(|| (at(first), at(last)))
}

#[cfg(test)]
mod tests;
