//! A figure as SVG, by the library `plotters`: axes, curves, bands, marks, legends. What is seen and where it lies was decided
//! before; nothing here reads a run.

use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::axis::{Axis, number};
use super::coordinate::Coordinate;
use super::figure::{Dash, Figure, Line, Panel, Sample, Stroke};
use super::layout::{Area, BAR, Layout, UNITS};
use super::palette::Rgb;
use super::text::{escaped, style};
use super::trim::{pieces, thinned};
use crate::error::{Error, Result};

type Canvas<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;
type Units = (i32, i32);
type Points = Vec<(f64, f64)>;

/// The figure as a picture of so many pixels.
///
/// # Errors
/// It has no room for its parts.
pub fn svg(figure: &Figure, size: (u32, u32)) -> Result<String> {
    let layout = Layout::of(figure, size)?;
    let mut text = String::new();
    let done = {
        let canvas = SVGBackend::with_string(&mut text, layout.size).into_drawing_area();
        drawn(figure, &layout, &canvas)
    };
    done.map_err(|error| Error::fault(format!("the plot cannot be drawn: {error}")))?;
    Ok(with_head(figure, size, &text))
}

/// The picture with its size in pixels, its title and what it shows in words. Its lines have round corners.
fn with_head(figure: &Figure, (wide, high): (u32, u32), svg: &str) -> String {
    let body = svg.split_once('>').map_or("", |(_, body)| body);
    let title = if figure.title.is_empty() { "Curves of runs" } else { &figure.title };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {} {}\" role=\"img\" \
         stroke-linejoin=\"round\" stroke-linecap=\"round\">\n<title>{}</title>\n<desc>{}</desc>{body}",
        wide * UNITS,
        high * UNITS,
        escaped(title),
        escaped(&figure.told())
    )
}

impl Figure {
    /// What it shows in words: where each line ends.
    pub fn told(&self) -> String {
        let lines = self.panels.iter().flat_map(|panel| panel.lines.iter().map(move |line| (panel, line)));
        let told = lines.filter(|(_, line)| !line.behind).filter_map(|(panel, line)| {
            let (x, y) = line.curve.iter().rev().find(|(x, y)| x.is_finite() && y.is_finite())?;
            let y = if panel.axis.percent { format!("{} %", number(y * 100.0)) } else { number(*y) };
            let broken = if line.diverged { ", where it diverged" } else { "" };
            Some(format!("{} ends at {y}, {} {}{broken}", line.name, self.over, number(*x)))
        });
        told.collect::<Vec<_>>().join("; ")
    }
}

fn colour([r, g, b]: Rgb) -> RGBColor {
    RGBColor(r, g, b)
}

fn drawn(figure: &Figure, layout: &Layout, canvas: &Canvas<'_>) -> Drawn {
    canvas.fill(&colour(figure.palette.paper))?;
    let scale = layout.scale;
    if !layout.title.is_empty() {
        let left = layout.panels.first().map_or(0, |area| area.left);
        // Over the curves, or from the margin on where it is too long for that.
        let room = layout.size.0 - scale.units(28.0) - left;
        let wide = super::text::width(&layout.title, scale.heading());
        let left = if wide <= room { left } else { scale.units(28.0) };
        let style = style(scale.heading(), figure.palette.ink, HPos::Left, VPos::Top);
        canvas.draw(&Text::new(layout.title.clone(), (left as i32, scale.units(22.0) as i32), style))?;
    }
    let last = figure.panels.len().saturating_sub(1);
    for (number, (panel, area)) in figure.panels.iter().zip(&layout.panels).enumerate() {
        drawn_panel(figure, layout, canvas, (panel, *area, number == last))?;
    }
    drawn_legends(figure, layout, canvas)?;
    canvas.present()?;
    Ok(())
}

/// Axes and lines of a panel; the last one has the labels of the level axis.
fn drawn_panel(
    figure: &Figure,
    layout: &Layout,
    canvas: &Canvas<'_>,
    (panel, area, is_last): (&Panel, Area, bool),
) -> Drawn {
    let (scale, colours) = (layout.scale, &figure.palette);
    let (left, below) = layout.labels;
    let whole = canvas.clone().shrink(
        ((area.left - left) as i32, area.top as i32),
        (area.right - area.left + left, area.bottom - area.top + if is_last { below } else { 0 }),
    );
    let (across, up) = layout.marks(area);
    let mut chart = ChartBuilder::on(&whole)
        .x_label_area_size(if is_last { below } else { 0 })
        .y_label_area_size(left)
        .build_cartesian_2d(Coordinate::of(&figure.axis, across), Coordinate::of(&panel.axis, up))?;
    let line = |share: f64, wide: f64| colour(colours.grid(share)).stroke_width(scale.units(wide));
    let letters = |across, up| style(scale.letters(), colours.ink, across, up);
    chart
        .configure_mesh()
        .light_line_style(line(0.07, 1.0))
        .bold_line_style(line(0.18, 1.2))
        .axis_style(line(1.0, 2.0))
        .x_label_style(letters(HPos::Center, VPos::Top))
        .y_label_style(letters(HPos::Right, VPos::Center))
        .x_desc(figure.over.clone())
        .axis_desc_style(style(scale.names(), colours.ink, HPos::Center, VPos::Top))
        .set_all_tick_mark_size(scale.units(9.0))
        .draw()?;
    if !is_last {
        // The library draws an axis where it has labels.
        let [left, right, bottom] = [area.left, area.right, area.bottom].map(|at| at as i32);
        canvas.draw(&PathElement::new(vec![(left, bottom), (right, bottom)], line(1.0, 2.0)))?;
    }
    // Above its axis, where it is read without turning the head and has room however low a panel is.
    let name = style(scale.names(), colours.ink, HPos::Left, VPos::Bottom);
    let above = (area.left as i32, area.top as i32 - scale.units(6.0) as i32);
    canvas.draw(&Text::new(panel.label.clone(), above, name))?;
    let columns = ((area.right - area.left) / UNITS) as usize;
    let seen: Vec<Vec<Points>> = panel.lines.iter().map(|line| seen(line, figure, panel, columns)).collect();
    for line in &panel.lines {
        for band in bands(line, &figure.axis, &panel.axis) {
            chart.draw_series(std::iter::once(Polygon::new(band, colour(line.stroke.ink).mix(0.2))))?;
        }
    }
    for (line, pieces) in panel.lines.iter().zip(&seen) {
        let stroke = stroke_of(&line.stroke, layout);
        for piece in pieces {
            if piece.len() == 1 || line.stroke.marked {
                let dot = if line.stroke.marked { 6.0 } else { 4.0 };
                let dots = piece.iter().map(|at| Circle::new(*at, scale.units(dot) as i32, stroke.filled()));
                chart.draw_series(dots)?;
            }
            match line.stroke.dash {
                _ if piece.len() < 2 => {}
                Dash::Solid => {
                    chart.draw_series(std::iter::once(PathElement::new(piece.clone(), stroke)))?;
                }
                Dash::Broken(on, off) => {
                    let [on, off] = [on, off].map(|tenths| scale.units(f64::from(tenths) / 10.0) as i32);
                    let dashes = DashedPathElement::new(piece.clone(), on, off, stroke);
                    chart.draw_series(std::iter::once(dashes))?;
                }
            }
        }
        if let (true, Some(end)) = (line.diverged, pieces.last().and_then(|piece| piece.last())) {
            chart.draw_series(std::iter::once(Cross::new(*end, scale.units(13.0) as i32, stroke)))?;
        }
    }
    let ends = panel.lines.iter().zip(&seen).filter_map(|(line, pieces)| {
        let end = pieces.last()?.last()?;
        Some(End { number: line.number?, ink: line.stroke.ink, at: chart.backend_coord(end) })
    });
    let ends: Vec<End> = ends.collect();
    // Beside the curves, on the same upright axis.
    for (place, line) in panel.lines.iter().filter(|line| line.spread.is_some()).enumerate() {
        let Some((low, middle, high)) = line.spread else { continue };
        let height = |value: f64| {
            let (from, to) = panel.axis.ends;
            let place = if value == f64::INFINITY { to } else { panel.axis.place(value).unwrap_or(from) };
            chart.backend_coord(&(figure.axis.ends.1, place.clamp(from, to))).1
        };
        let x = layout.bars + scale.units(BAR) * place as u32 + scale.units(BAR) / 2;
        let stroke = colour(line.stroke.ink).stroke_width(scale.units(3.2)).filled();
        drawn_bar(canvas, layout, x as i32, [height(low), height(middle), height(high)], stroke)?;
    }
    drawn_numbers(ends, layout, canvas, area)
}

/// A bar from the lowest to the highest with a mark in the middle.
fn drawn_bar(canvas: &Canvas<'_>, layout: &Layout, x: i32, [low, middle, high]: [i32; 3], stroke: ShapeStyle) -> Drawn {
    canvas.draw(&ErrorBar::new_vertical(x, low, middle, high, stroke, layout.scale.units(12.0)))?;
    Ok(())
}

/// What is seen of a line, in places.
fn seen(line: &Line, figure: &Figure, panel: &Panel, columns: usize) -> Vec<Points> {
    let place = |(x, y): &(f64, f64)| figure.axis.place(*x).zip(panel.axis.place(*y));
    let points: Vec<Option<(f64, f64)>> = line.curve.iter().map(place).collect();
    let cut = pieces(&points, panel.axis.ends);
    cut.into_iter().map(|piece| thinned(piece, figure.axis.ends, columns)).collect()
}

/// The outlines of a band, as far as it lies within the axis.
fn bands(line: &Line, across: &Axis, up: &Axis) -> Vec<Points> {
    let (low, high) = up.ends;
    let place = |value: f64| if value == f64::INFINITY { Some(high) } else { up.place(value) };
    let edges = line.band.iter().map(|(x, from, to)| {
        let (x, to) = across.place(*x).zip(place(*to))?;
        // What has no place on a logarithmic axis lies below it.
        Some((x, place(*from).unwrap_or(low).clamp(low, high), to.clamp(low, high)))
    });
    let edges: Vec<Option<(f64, f64, f64)>> = edges.collect();
    let outline = |piece: &[Option<(f64, f64, f64)>]| {
        let below = piece.iter().flatten().map(|(x, from, _)| (*x, *from));
        let above = piece.iter().flatten().rev().map(|(x, _, to)| (*x, *to));
        below.chain(above).collect::<Points>()
    };
    edges.split(Option::is_none).filter(|piece| piece.len() > 1).map(outline).collect()
}

fn stroke_of(stroke: &Stroke, layout: &Layout) -> ShapeStyle {
    colour(stroke.ink).stroke_width(layout.scale.units(f64::from(stroke.width) / 10.0))
}

/// The number of a run where its line ends.
struct End {
    number: usize,
    ink: Rgb,
    at: Units,
}

/// Numbers of runs at the right edge, moved apart where they would lie on each other; those of lines that end before stand
/// there.
fn drawn_numbers(ends: Vec<End>, layout: &Layout, canvas: &Canvas<'_>, area: Area) -> Drawn {
    let scale = layout.scale;
    let near = scale.units(30.0) as i32;
    let (beside, before): (Vec<End>, Vec<End>) = ends.into_iter().partition(|end| area.right as i32 - end.at.0 <= near);
    for (mut group, at_edge) in [(beside, true), (before, false)] {
        group.sort_by_key(|end| (end.at.1, end.number));
        // Before the edge above the line, on which another one may go on.
        let above = if at_edge { 0 } else { scale.units(16.0) as i32 };
        let wanted: Vec<i32> = group.iter().map(|end| end.at.1 - above).collect();
        let half = scale.units(13.0) as i32;
        let placed = apart(&wanted, scale.units(30.0) as i32, (area.top as i32 + half, area.bottom as i32 - half));
        for (end, y) in group.iter().zip(placed) {
            let x = if at_edge {
                area.right as i32 + scale.units(10.0) as i32
            } else {
                end.at.0 + scale.units(18.0) as i32
            };
            let style = style(scale.letters(), end.ink, HPos::Left, VPos::Center);
            canvas.draw(&Text::new(end.number.to_string(), (x, y), style))?;
        }
    }
    Ok(())
}

/// Sorted places moved so far apart as is needed, and no farther, inside of two ends as far as there is room.
fn apart(wanted: &[i32], gap: i32, (top, bottom): (i32, i32)) -> Vec<i32> {
    let mut placed: Vec<i32> = Vec::with_capacity(wanted.len());
    for place in wanted {
        let free = placed.last().map_or(top, |last| last + gap);
        placed.push((*place).max(free));
    }
    let mut free = bottom;
    for place in placed.iter_mut().rev() {
        *place = (*place).min(free);
        free = *place - gap;
    }
    placed
}

fn drawn_legends(figure: &Figure, layout: &Layout, canvas: &Canvas<'_>) -> Drawn {
    let scale = layout.scale;
    let (length, words) = layout.sample();
    for placed in &layout.entries {
        let entry = &figure.panels[placed.of.0].legend[placed.of.1];
        let middle = (placed.top + layout.line() / 2) as i32;
        let (left, right) = (layout.legend as i32, (layout.legend + length) as i32);
        match &entry.sample {
            Sample::Line(stroke, number) => {
                let style_of = stroke_of(stroke, layout);
                // The number stands where it stands beside the curve.
                let number_room = if number.is_some() { scale.units(26.0) as i32 } else { 0 };
                let ends = vec![(left, middle), (right - number_room, middle)];
                match stroke.dash {
                    Dash::Solid => canvas.draw(&PathElement::new(ends, style_of))?,
                    Dash::Broken(on, off) => {
                        let [on, off] = [on, off].map(|tenths| scale.units(f64::from(tenths) / 10.0) as i32);
                        canvas.draw(&DashedPathElement::new(ends, on, off, style_of))?;
                    }
                }
                if stroke.marked {
                    let at = (left.midpoint(right), middle);
                    canvas.draw(&Circle::new(at, scale.units(6.0) as i32, style_of.filled()))?;
                }
                if let Some(number) = number {
                    let style = style(scale.letters(), stroke.ink, HPos::Right, VPos::Center);
                    canvas.draw(&Text::new(number.to_string(), (right, middle), style))?;
                }
            }
            Sample::Band(ink) => {
                let half = scale.units(10.0) as i32;
                let corners = [(left, middle - half), (right, middle + half)];
                canvas.draw(&Rectangle::new(corners, colour(*ink).mix(0.2).filled()))?;
                let line = vec![(left, middle), (right, middle)];
                canvas.draw(&PathElement::new(line, colour(*ink).stroke_width(scale.units(3.2))))?;
            }
            Sample::Bar(ink) => {
                let (x, half) = (left.midpoint(right), layout.line() as i32 * 2 / 5);
                let stroke = colour(*ink).stroke_width(scale.units(3.2)).filled();
                drawn_bar(canvas, layout, x, [middle + half, middle, middle - half], stroke)?;
            }
            Sample::Cross(ink) => {
                let stroke = colour(*ink).stroke_width(scale.units(3.2));
                canvas.draw(&Cross::new((left.midpoint(right), middle), scale.units(13.0) as i32, stroke))?;
            }
        }
        for (number, line) in placed.lines.iter().enumerate() {
            let y = middle + number as i32 * layout.line() as i32;
            let style = style(scale.letters(), figure.palette.ink, HPos::Left, VPos::Center);
            canvas.draw(&Text::new(line.clone(), (words as i32, y), style))?;
        }
    }
    Ok(())
}
