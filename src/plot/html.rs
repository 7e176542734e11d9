//! A plot as one page for a browser, which asks for nothing of a network: the picture, a table of where its lines end, and the values
//! of all lines at the place that is pointed at.

use serde_json::json;

use super::axis::number;
use super::figure::{Figure, Panel};
use super::layout::{Area, Layout};
use super::palette::Rgb;
use super::text::escaped;
use super::trim::thinned;
use crate::error::{Error, Result};

const FRAME: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");
/// So many columns hold the values that a reader can point at.
const COLUMNS: usize = 300;

/// The page.
///
/// # Errors
/// The figure has no room for its parts.
pub fn page(figure: &Figure, size: (u32, u32), svg: &str) -> Result<String> {
    let layout = Layout::of(figure, size)?;
    let panels = figure.panels.iter().zip(&layout.panels).map(|(panel, area)| data(figure, panel, *area));
    let data = json!({ "over": figure.over, "panels": panels.collect::<Vec<_>>() });
    let data =
        serde_json::to_string(&data).map_err(|error| Error::fault(format!("the plot cannot be told: {error}")))?;
    let title = if figure.title.is_empty() { "Curves of runs" } else { &figure.title };
    // No text of a lab ends the script that it stands in.
    let data = data.replace('<', "\\u003c");
    let parts = [
        ("{{title}}", escaped(title)),
        ("{{paper}}", hex(figure.palette.paper)),
        ("{{ink}}", hex(figure.palette.ink)),
        ("{{grid}}", hex(figure.palette.grid(0.5))),
        ("{{over}}", escaped(&figure.over)),
        ("{{rows}}", rows(figure)),
        ("{{svg}}", svg.to_owned()),
        ("{{data}}", data),
        ("{{script}}", SCRIPT.to_owned()),
    ];
    let mut out = String::with_capacity(FRAME.len() + svg.len());
    let mut rest = FRAME;
    // Each part is put in once, in the frame's order, so that none is looked for inside of another.
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        out.push_str(before);
        let value = parts.iter().find(|(own, _)| own.trim_matches(['{', '}']) == name).map(|(_, value)| value);
        out.push_str(value.map_or("", String::as_str));
        rest = after;
    }
    Ok(out + rest)
}

fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// A row for each line: its name, and where it ends.
fn rows(figure: &Figure) -> String {
    let mut rows = String::new();
    for (panel, line) in figure.panels.iter().flat_map(|panel| panel.lines.iter().map(move |line| (panel, line))) {
        let end = line.curve.iter().rev().find(|(x, y)| x.is_finite() && y.is_finite());
        let Some((x, y)) = end.filter(|_| !line.behind) else { continue };
        let broken = if line.diverged { " (diverged)" } else { "" };
        let cells = [escaped(&line.name), number(*x), format!("{}{broken}", told(panel, *y))];
        rows += "<tr>";
        cells.iter().for_each(|cell| rows.extend(["<td>", cell, "</td>"]));
        rows += "</tr>\n";
    }
    rows
}

fn told(panel: &Panel, value: f64) -> String {
    if panel.axis.percent { format!("{} %", number((value * 1000.0).round() / 10.0)) } else { short(value) }
}

/// Four digits of a value.
fn short(value: f64) -> String {
    let digits: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    number(digits)
}

/// The values of a panel by their places in the picture.
fn data(figure: &Figure, panel: &Panel, area: Area) -> serde_json::Value {
    let share = |place: f64, (from, to): (f64, f64)| (place - from) / (to - from);
    let across = |place: f64| f64::from(area.left) + share(place, figure.axis.ends) * f64::from(area.right - area.left);
    let up = |place: f64| f64::from(area.bottom) - share(place, panel.axis.ends) * f64::from(area.bottom - area.top);
    let lines = panel.lines.iter().filter(|line| !line.behind).map(|line| {
        let at = |(x, y): &(f64, f64)| Some((figure.axis.place(*x)?, panel.axis.place(*y)?));
        let points = thinned(line.curve.iter().filter_map(at).collect(), figure.axis.ends, COLUMNS);
        let points = points.into_iter().map(|(x, y)| {
            let over = figure.axis.value(x);
            // A step is told to its last digit.
            let over = if (over - over.round()).abs() < 1e-6 { number(over.round()) } else { short(over) };
            let values = (over, told(panel, panel.axis.value(y)));
            json!([across(x).round(), up(y).round(), values.0, values.1])
        });
        json!({ "name": line.name, "ink": hex(line.stroke.ink), "points": points.collect::<Vec<_>>() })
    });
    json!({
        "area": [area.left, area.top, area.right, area.bottom],
        "lines": lines.collect::<Vec<_>>(),
    })
}
