//! The map of one feature and a number: the samples as dots, the network's answer as a curve through them.

use super::legend::entry;
use super::plane::Plane;
use super::{off, whose};
use crate::snapshot::Curve;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::raster::{Layer, Raster};
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::View;

pub(super) const LOOK_FOR: &str = "The curve is the network's answer: it should run through the middle of the dots. One that bends to single dots has \
     learnt them by heart; see what it does beyond the outermost ones, where it learnt nothing.";

const TRAINED: usize = 0;
const HELD_OUT: usize = 1;
const CURVE: usize = 2;
const LAYERS: [Layer; 3] = [
    Layer { role: Role::Batch, letters: ['\'', '.', ':'] },
    Layer { role: Role::Valid, letters: ['o'; 3] },
    Layer { role: Role::Smooth, letters: ['*'; 3] },
];

pub(super) fn heading(view: &View<'_>, map: &Curve) -> (String, String) {
    let off = off(&map.points).map(|(error, part)| format!("{part} off by {}", text::short(error)));
    (format!("{} {} curve over {}", whose(view), view.look.dot(), map.feature), off.unwrap_or_default())
}

pub(super) fn describe(view: &View<'_>, map: &Curve) -> String {
    let off = off(&map.points).map_or_else(String::new, |(error, part)| {
        format!("; the root of the mean squared error over the {part} samples shown is {}", text::number(error))
    });
    let finite = || map.outputs.iter().copied().filter(|z| z.is_finite()).map(f64::from);
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    format!(
        "{}: after step {} the answer goes from {} to {} for {} from {} to {}, the targets from {} to {}{off}.",
        whose(view),
        map.step,
        text::short(low),
        text::short(high),
        map.feature,
        text::short(map.x.0),
        text::short(map.x.1),
        text::short(map.y.0),
        text::short(map.y.1),
    )
}

pub(super) fn draw(view: &View<'_>, map: &Curve, pen: &mut Pen<'_>) {
    let look = view.look;
    let mut legend = vec![
        entry(look.pick("⠂", ":"), Role::Batch, "training"),
        entry(look.pick("⠶", "o"), Role::Valid, "validation"),
        entry(look.pick("─", "*"), Role::Smooth, "the answer"),
    ];
    if !map.points.iter().any(|point| point.held_out) {
        legend.remove(1);
    }
    // The targets fill most of the height; a curve that leaves them far behind is cut off.
    let more = (map.y.1 - map.y.0) * 0.1;
    let Some(plane) = Plane::new(pen, (map.x, &map.feature), ((map.y.0 - more, map.y.1 + more), "y"), &legend) else {
        return;
    };
    let mut raster = Raster::new(plane.columns, plane.rows, look.unicode, &LAYERS);
    let (width, height) = (raster.width(), raster.height());
    let dot = |x: f64, y: f64| {
        let (u, v) = plane.place(x, y);
        let inside = (0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v);
        inside.then(|| ((u * (width - 1) as f64).round() as usize, (v * (height - 1) as f64).round() as usize))
    };
    for point in &map.points {
        if let Some((x, y)) = dot(f64::from(point.x), f64::from(point.y)) {
            if point.held_out {
                // A block, so that they are told apart without colours.
                (0..4).for_each(|at| {
                    raster.dot(HELD_OUT, (x + at % 2).saturating_sub(1), (y + at / 2).saturating_sub(1));
                });
            } else {
                raster.dot(TRAINED, x, y);
            }
        }
    }
    let last = map.outputs.len().saturating_sub(1).max(1) as f64;
    let mut before = None;
    for (at, output) in map.outputs.iter().enumerate() {
        let here = dot(map.x.0 + (map.x.1 - map.x.0) * at as f64 / last, f64::from(*output));
        if let Some(here) = here {
            raster.line(CURVE, before.unwrap_or(here), here, false);
        }
        before = here;
    }
    raster.paint(&mut plane.inside(pen));
}
