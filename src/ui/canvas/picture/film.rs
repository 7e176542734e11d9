//! Screens one after the other as one picture that moves: animated SVG, which browsers play.
//!
//! A row is cut where no text is in any screen, into parts that change by themselves. What a part shows is drawn once,
//! however often and wherever it comes again, and the part is a `<use>` whose reference is animated. Where nothing is animated
//! the last screen is seen. It stands for a while, and all begins anew.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::time::Duration;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use super::{CELL, Picture, framed, shapes};
use crate::ui::canvas::text::width;
use crate::ui::look::theme::Theme;

/// So long the last screen stands before all begins anew.
pub const STANDS: Duration = Duration::from_secs(3);

/// Programs that do not animate may know a reference by the name of SVG 1.1 alone, as Inkscape does. Where both stand, the
/// other one counts.
const XLINK: &str = "http://www.w3.org/1999/xlink";

/// A screen of a film.
#[derive(Debug, Clone)]
pub struct Screen<'r> {
    /// When it is shown first, in milliseconds.
    pub at: u64,
    /// Its rows, from the top, all of one length.
    pub rows: Vec<&'r [Cell]>,
}

/// The screens as animated SVG, in the order of their times, the first one at 0; `end` in milliseconds. With what the film is
/// called and what is seen in it, for who does not see it.
pub fn svg(screens: &[Screen<'_>], end: u64, theme: Theme, title: &str, description: &str) -> String {
    let rows = screens.last().map_or(0, |screen| screen.rows.len());
    let columns = screens.iter().flat_map(|screen| &screen.rows).map(|row| row.len()).max().unwrap_or(0);
    let mut film = Film { theme, whole: end + STANDS.as_millis() as u64, ..Film::default() };
    for y in 0..rows {
        let mut variants: Vec<(u64, &[Cell])> = Vec::new();
        for screen in screens {
            let row = screen.rows.get(y).copied().unwrap_or(&[]);
            if variants.last().is_none_or(|(_, last)| !same(last, row)) {
                variants.push((screen.at, row));
            }
        }
        film.row(&variants, y);
    }
    let inside =
        format!("<defs>\n<g id=\"p\"/>\n{}</defs>\n<g xmlns:xlink=\"{XLINK}\">\n{}</g>\n", film.drawn, film.used);
    framed([columns, rows], theme, title, description, &inside)
}

fn same(a: &[Cell], b: &[Cell]) -> bool {
    std::ptr::eq(a, b) || a == b
}

#[derive(Default)]
struct Film {
    theme: Theme,
    /// In milliseconds, until all begins anew.
    whole: u64,
    /// What parts of rows show, each once, by what is drawn.
    known: HashMap<String, usize>,
    drawn: String,
    used: String,
}

impl Film {
    /// A row by what it shows from when on.
    fn row(&mut self, variants: &[(u64, &[Cell])], y: usize) {
        for ends in parts(variants) {
            let times = changes(variants, ends);
            let mut shown = Vec::with_capacity(times.len());
            for time in &times {
                let at = variants.partition_point(|(at, _)| at <= time) - 1;
                shown.push(self.part(between(variants[at].1, ends), ends[0]));
            }
            self.place(&shown, &times, y);
        }
    }

    /// The number of what cells show from a column on; none if they show nothing.
    fn part(&mut self, cells: &[Cell], from: usize) -> Option<usize> {
        let mut picture = Picture::default();
        picture.row(cells, [from, 0], self.theme);
        let written = picture.written();
        if written.is_empty() {
            return None;
        }
        let next = self.known.len();
        let number = *self.known.entry(written.clone()).or_insert(next);
        if number == next {
            // Writing to a string does not fail.
            let _ = write!(self.drawn, "<g id=\"p{number}\">\n{written}</g>\n");
        }
        Some(number)
    }

    /// A part of a row where it is seen: what is shown last, and by animation what is shown from when on.
    fn place(&mut self, shown: &[Option<usize>], times: &[u64], y: usize) {
        if shown.iter().all(Option::is_none) {
            return;
        }
        let name = |shown: &Option<usize>| shown.map_or_else(|| "#p".to_owned(), |number| format!("#p{number}"));
        let last = shown.last().map(name).unwrap_or_default();
        let top = if y == 0 { String::new() } else { format!(" y=\"{}\"", y * CELL.1) };
        if shown.len() == 1 {
            let _ = writeln!(self.used, "<use href=\"{last}\" xlink:href=\"{last}\"{top}/>");
            return;
        }
        let values: Vec<String> = shown.iter().map(name).collect();
        let moments: Vec<String> = times.iter().map(|time| share(*time, self.whole)).collect();
        let _ = writeln!(
            self.used,
            "<use href=\"{last}\" xlink:href=\"{last}\"{top}><animate attributeName=\"href\" calcMode=\"discrete\" dur=\"{}s\" \
             repeatCount=\"indefinite\" keyTimes=\"{}\" values=\"{}\"/></use>",
            self.whole as f64 / 1000.0,
            moments.join(";"),
            values.join(";"),
        );
    }
}

/// A moment as a share of the whole, to a ten-millionth and never late.
fn share(time: u64, whole: u64) -> String {
    const PARTS: u64 = 10_000_000;
    let parts = time * PARTS / whole.max(1);
    match parts {
        0 => "0".to_owned(),
        _ => format!(".{parts:07}").trim_end_matches('0').to_owned(),
    }
}

/// Where a row may be cut: at its ends, and wherever no variant has a text that goes on. That is behind a blank after which
/// another one comes, and around what is drawn.
fn cuts(variants: &[(u64, &[Cell])]) -> Vec<usize> {
    let columns = variants.iter().map(|(_, row)| row.len()).max().unwrap_or(0);
    let inside = (1..columns).filter(|at| {
        variants.iter().all(|(_, row)| {
            let [before, after] = [at - 1, *at].map(|at| row.get(at).map_or(" ", Cell::symbol));
            let blank = |symbol: &str| symbol.trim().is_empty();
            let drawn = |symbol: &str| width(symbol) == 1 && shapes::parts(symbol).is_some();
            (blank(before) && blank(after)) || drawn(before) || drawn(after)
        })
    });
    std::iter::once(0).chain(inside).chain([columns]).collect()
}

/// The parts of a row, from column to column: neighbours are one that change at the same moments, or where that makes the film
/// no longer.
fn parts(variants: &[(u64, &[Cell])]) -> Vec<[usize; 2]> {
    let mut alike: Vec<([usize; 2], Vec<u64>)> = Vec::new();
    for ends in cuts(variants).windows(2) {
        let times = changes(variants, [ends[0], ends[1]]);
        match alike.last_mut() {
            Some((last, own)) if *own == times => last[1] = ends[1],
            _ => alike.push(([ends[0], ends[1]], times)),
        }
    }
    let mut parts: Vec<([usize; 2], usize)> = Vec::new();
    for (ends, _) in alike {
        let mut last = (ends, length(variants, ends));
        // One that has grown may now be worth joining with the one before it.
        while let Some((before, long)) = parts.last() {
            let joined = [before[0], last.0[1]];
            let together = length(variants, joined);
            if together > long + last.1 {
                break;
            }
            last = (joined, together);
            parts.pop();
        }
        parts.push(last);
    }
    parts.into_iter().map(|(ends, _)| ends).collect()
}

/// About how many bytes a part takes: its place, its moments, and all that it shows.
fn length(variants: &[(u64, &[Cell])], ends: [usize; 2]) -> usize {
    const PLACE: usize = 150;
    const MOMENT: usize = 13;
    let distinct: HashSet<&[Cell]> = variants.iter().map(|(_, row)| between(row, ends)).collect();
    let shown: usize = distinct.iter().map(|cells| drawn_length(cells)).sum();
    match changes(variants, ends).len() {
        1 => shown,
        moments => PLACE + MOMENT * moments + shown,
    }
}

/// About how many bytes cells take that are drawn.
fn drawn_length(cells: &[Cell]) -> usize {
    const STYLE: usize = 60;
    const TEXT: usize = 75;
    let (mut bytes, mut blanks) = (20, 2);
    let mut styles: Vec<(Color, Color, Modifier)> = Vec::new();
    for cell in cells {
        let symbol = cell.symbol();
        if symbol.trim().is_empty() {
            blanks += 1;
            continue;
        }
        let style = (cell.fg, cell.bg, cell.modifier);
        if !styles.contains(&style) {
            styles.push(style);
            bytes += STYLE;
        }
        if let Some(parts) = shapes::parts(symbol) {
            bytes += 8 * parts.len();
            blanks = 2;
        } else {
            bytes += symbol.len() + if blanks > 1 { TEXT } else { 0 };
            blanks = 0;
        }
    }
    bytes
}

/// When cells between two columns show something else, from the first moment on.
fn changes(variants: &[(u64, &[Cell])], ends: [usize; 2]) -> Vec<u64> {
    let mut times = Vec::new();
    let mut last: Option<&[Cell]> = None;
    for (at, row) in variants {
        let cells = between(row, ends);
        if last.is_none_or(|last| last != cells) {
            times.push(*at);
        }
        last = Some(cells);
    }
    times
}

fn between(row: &[Cell], [from, to]: [usize; 2]) -> &[Cell] {
    row.get(from..to).unwrap_or(&[])
}

#[cfg(test)]
mod tests;
