//! Where the parts of a figure lie: heading, panels, the room beside them for the numbers of runs, and the legends, which are
//! outside of the curves. All in units, of which a pixel has ten; a figure that has no room for its parts is an error.

use super::figure::{Entry, Figure};
use super::text;
use crate::error::{Error, Result};

/// Units in a pixel.
pub const UNITS: u32 = 10;

/// Sizes that follow from that of the figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale(f64);

impl Scale {
    /// That of a figure of so many pixels: at 1600 by 900 all sizes are as they are named.
    pub fn of((wide, high): (u32, u32)) -> Self {
        Self((f64::from(wide) / 1600.0).min(f64::from(high) / 900.0) * f64::from(UNITS))
    }

    /// So many pixels of a figure of 1600 by 900, in units.
    pub fn units(self, pixels: f64) -> u32 {
        (pixels * self.0).round().max(1.0) as u32
    }

    /// Letters of axes and legends.
    pub fn letters(self) -> u32 {
        self.units(24.0)
    }

    /// Letters of an axis' name.
    pub fn names(self) -> u32 {
        self.units(26.0)
    }

    /// Letters of the heading.
    pub fn heading(self) -> u32 {
        self.units(36.0)
    }
}

/// A rectangle: left, top, right and bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// Its left edge.
    pub left: u32,
    /// Its upper edge.
    pub top: u32,
    /// Its right edge.
    pub right: u32,
    /// Its lower edge.
    pub bottom: u32,
}

/// A line of a legend with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// Which panel it is of, and which of its entries.
    pub of: (usize, usize),
    /// The upper edge.
    pub top: u32,
    /// Its words in lines.
    pub lines: Vec<String>,
}

/// Where everything lies.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Sizes.
    pub scale: Scale,
    /// The whole.
    pub size: (u32, u32),
    /// The heading, as far as there is room for it.
    pub title: String,
    /// The curves of each panel, without labels.
    pub panels: Vec<Area>,
    /// Room for the labels at the left and below.
    pub labels: (u32, u32),
    /// Left edge of what races have come to on several seeds.
    pub bars: u32,
    /// Left edge of the legends.
    pub legend: u32,
    /// Their lines.
    pub entries: Vec<Placed>,
}

/// In pixels of a figure of 1600 by 900.
const MARGIN: f64 = 28.0;
const SAMPLE: f64 = 64.0;
const GAP: f64 = 14.0;
const LINE: f64 = 32.0;
const BETWEEN: f64 = 24.0;
/// For the bar of a run.
pub const BAR: f64 = 22.0;
/// The least height of the curves of a panel.
const LEAST: f64 = 110.0;
/// The legends take no more of the width.
const SHARE: f64 = 0.34;

impl Layout {
    /// That of a figure of so many pixels.
    ///
    /// # Errors
    /// It has no room for its panels or its legends.
    pub fn of(figure: &Figure, size: (u32, u32)) -> Result<Self> {
        let scale = Scale::of(size);
        let at = |pixels| scale.units(pixels);
        let (wide, high) = (size.0 * UNITS, size.1 * UNITS);
        let margin = at(MARGIN);
        let entries = || figure.panels.iter().flat_map(|panel| &panel.legend);
        let widest = entries().map(|entry| text::width(&entry.words, scale.letters())).max();
        let beside = at(SAMPLE) + at(GAP);
        let words = widest.map(|widest| widest.min((f64::from(wide) * SHARE) as u32 - beside));
        // Numbers of runs stand between the curves and the legend.
        let numbered = figure.panels.iter().flat_map(|panel| &panel.lines).any(|line| line.number.is_some());
        let bars = figure.panels.iter().map(|panel| panel.lines.iter().filter(|line| line.spread.is_some()).count());
        let bars = bars.max().unwrap_or(0) as u32 * at(BAR);
        let numbers = if numbered { at(44.0) } else { at(GAP) };
        // The last number of the level axis reaches beyond its end.
        let strip = numbers.max(at(36.0)) + if bars > 0 { bars + at(GAP) } else { 0 };
        let legend = words.map_or(wide - margin, |words| wide - margin - words - beside);
        let title = text::cut(&figure.title, scale.heading(), wide - 2 * margin);
        let below = at(20.0) + scale.letters() * 5 / 4 + scale.names() * 3 / 2;
        // The name of an upright axis stands above it.
        let name = scale.names() * 3 / 2;
        let top = margin + name + if title.is_empty() { 0 } else { scale.heading() * 3 / 2 };
        let count = figure.panels.len() as u32;
        let between = at(BETWEEN) + name;
        let gaps = between * count.saturating_sub(1);
        let inside = high.checked_sub(top + margin + below + gaps).map(|room| room / count.max(1));
        let Some(each) = inside.filter(|each| *each >= at(LEAST)) else { return Err(no_room(figure, size)) };
        let marks = figure.panels.iter().flat_map(|panel| {
            let places = panel.axis.marks(upright(scale, each)).0;
            places.into_iter().map(|place| text::width(&panel.axis.label(place), scale.letters()))
        });
        let left = at(24.0) + marks.max().unwrap_or(0);
        let right = legend.saturating_sub(strip);
        let bars = right + numbers;
        if right < margin + left + at(300.0) {
            return Err(no_room(figure, size));
        }
        let panel = |number: u32| {
            let top = top + number * (each + between);
            Area { left: margin + left, top, right, bottom: top + each }
        };
        let panels: Vec<Area> = (0..count).map(panel).collect();
        let mut layout =
            Self { scale, size: (wide, high), title, panels, labels: (left, below), bars, legend, entries: Vec::new() };
        layout.place_entries(figure, words.unwrap_or(0));
        match layout.entries.last() {
            Some(last) if last.top + layout.height(last) > high - margin / 2 => Err(no_room(figure, size)),
            _ => Ok(layout),
        }
    }

    /// The legend of each panel beside it, or below the one before it.
    fn place_entries(&mut self, figure: &Figure, words: u32) {
        let mut free = 0;
        for (number, panel) in figure.panels.iter().enumerate() {
            let mut top = self.panels[number].top.max(free);
            for (at, Entry { words: told, .. }) in panel.legend.iter().enumerate() {
                let lines = text::wrapped(told, self.scale.letters(), words);
                let placed = Placed { of: (number, at), top, lines };
                top += self.height(&placed) + self.scale.units(8.0);
                self.entries.push(placed);
            }
            free = top + self.scale.units(GAP);
        }
    }

    /// How high a line of a legend is.
    fn height(&self, placed: &Placed) -> u32 {
        self.scale.units(LINE) * placed.lines.len().max(1) as u32
    }

    /// Height of one line of its words.
    pub fn line(&self) -> u32 {
        self.scale.units(LINE)
    }

    /// Length of what stands beside its words, and their left edge.
    pub fn sample(&self) -> (u32, u32) {
        let length = self.scale.units(SAMPLE);
        (length, self.legend + length + self.scale.units(GAP))
    }

    /// How many numbers a level axis has room for, and an upright one.
    pub fn marks(&self, panel: Area) -> (usize, usize) {
        let across = (panel.right - panel.left) / (self.scale.letters() * 6);
        (across.max(2) as usize, upright(self.scale, panel.bottom - panel.top))
    }
}

/// How many numbers an upright axis so high has room for.
fn upright(scale: Scale, high: u32) -> usize {
    (high / (scale.letters() * 9 / 5)).clamp(2, 8) as usize
}

fn no_room(figure: &Figure, (wide, high): (u32, u32)) -> Error {
    let (panels, entries) = (figure.panels.len(), figure.panels.iter().map(|panel| panel.legend.len()).sum::<usize>());
    let what = if panels > 1 { format!("{panels} axes under each other") } else { "the curves".to_owned() };
    let beside = if entries > 0 { format!(" with {entries} lines of a legend") } else { String::new() };
    let error = Error::user(format!("a plot of {wide}x{high} has no room for {what}{beside}"));
    error.help("a higher one, as in `--size 1600x1200`, fewer names for `--y`, or fewer runs")
}
