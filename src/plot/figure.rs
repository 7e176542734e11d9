//! A figure as plain data: panels under each other over one axis, their lines and legends. It decides what is seen, by which
//! colour and in which words; where it stands and how it is drawn it does not know.

use super::along::{Along, Places};
use super::axis::{Axis, Extent};
use super::curve::{self, Curve};
use super::names::{Group, groups};
use super::palette::{Palette, Rgb};
use super::quantity::{Kind, chosen, label};
use super::run::Run;
use crate::error::{Error, Result, scrub_line};

/// The decay with which the screen smooths the losses of mini-batches.
pub const USUAL: f64 = 0.98;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Names to draw; the usual ones if there is none.
    pub names: Vec<String>,
    /// What they are drawn over.
    pub along: Along,
    /// The upright axes are logarithmic, but for shares of what is correct.
    pub log: bool,
    /// The decay of the average in whose place values of steps are drawn; 0 for none. Without one losses of mini-batches are
    /// averaged as on the screen, and nothing else is.
    pub smooth: Option<f64>,
    /// A heading in the place of the lab's title.
    pub title: Option<String>,
}

/// How a line is broken, so that lines of one colour are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dash {
    /// Not at all.
    Solid,
    /// Into dashes, in tenths of a pixel for a stroke and a gap.
    Broken(u32, u32),
}

impl Dash {
    pub(super) fn of(place: usize) -> Self {
        [Self::Solid, Self::Broken(180, 90), Self::Broken(50, 70), Self::Broken(320, 80)][place % 4]
    }
}

/// How a line looks.
#[derive(Debug, Clone, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub ink: Rgb,
    /// Its width, in tenths of a pixel of a figure 900 pixels high.
    pub width: u32,
    /// How it is broken.
    pub dash: Dash,
    /// Each point has a mark.
    pub marked: bool,
}

/// A line of a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What a reader who points at it is told.
    pub name: String,
    /// How it looks.
    pub stroke: Stroke,
    /// Where it goes, in values.
    pub curve: Vec<(f64, f64)>,
    /// Around it from the lowest to the highest.
    pub band: Vec<(f64, f64, f64)>,
    /// What its race has come to on several seeds: the lowest, the middle and the highest.
    pub spread: Option<(f64, f64, f64)>,
    /// The number of its run, which stands at its end.
    pub number: Option<usize>,
    /// Its run diverged where it ends.
    pub diverged: bool,
    /// It lies behind others, and is no more than their ground.
    pub behind: bool,
}

/// What a line of a legend shows beside its words.
#[derive(Debug, Clone, PartialEq)]
pub enum Sample {
    /// A stretch of a line, with the number of its run.
    Line(Stroke, Option<usize>),
    /// A band of some colour around a line.
    Band(Rgb),
    /// A bar from the lowest to the highest.
    Bar(Rgb),
    /// The mark of a run that diverged.
    Cross(Rgb),
}

/// A line of a legend.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What it shows.
    pub sample: Sample,
    /// Its words.
    pub words: String,
}

/// Curves that share both axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// What the upright axis is called.
    pub label: String,
    /// What it covers.
    pub axis: Axis,
    /// The lines, the lowest first.
    pub lines: Vec<Line>,
    /// What tells them apart.
    pub legend: Vec<Entry>,
}

/// All that is seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The heading; may be empty.
    pub title: String,
    /// What the level axis is called.
    pub over: String,
    /// What it covers.
    pub axis: Axis,
    /// The panels, from the top.
    pub panels: Vec<Panel>,
    /// The colours.
    pub palette: Palette,
}

const THICK: u32 = 32;
pub(super) const MAIN: u32 = 40;
const THIN: u32 = 13;
/// So many lines of one run are told apart by numbers, and fewer by dashes.
const NUMBERED: usize = 3;

/// Makes the figure of some runs.
///
/// # Errors
/// What is asked for is not in the runs.
pub fn make(runs: &[Run], wish: &Wish, palette: &Palette) -> Result<Figure> {
    let names = chosen(runs, &wish.names)?;
    let places: Vec<Places> = runs.iter().map(|run| Places::of(run, wish.along)).collect::<Result<_>>()?;
    let groups = groups(runs);
    let on_landscape = runs.iter().all(Run::is_on_landscape);
    let maker = Maker { runs, places: &places, groups: &groups, wish, palette, on_landscape };
    let mut kinds: Vec<(Kind, Vec<String>)> = Vec::new();
    for name in names {
        let kind = Kind::of(runs, &name);
        match kinds.iter_mut().find(|(own, _)| *own == kind) {
            Some((_, names)) => names.push(name),
            None => kinds.push((kind, vec![name])),
        }
    }
    let mut panels: Vec<Panel> = kinds.iter().map(|(kind, names)| maker.panel(kind, names)).collect::<Result<_>>()?;
    let over = panels.iter().flat_map(|panel| &panel.lines).flat_map(|line| &line.curve).map(|(x, _)| *x);
    let extent = Extent { whole: over.filter(|x| x.is_finite()).collect(), ..Extent::default() };
    let (least, most) = extent.whole.iter().fold((f64::INFINITY, 0.0_f64), |(a, b), x| (a.min(*x), b.max(*x)));
    // A range of rates is swept by factors.
    let log = wish.along == Along::Rate && least > 0.0 && most / least > 20.0;
    let Some(axis) = extent.tight(log, wish.along != Along::Rate) else {
        let error = Error::user("the runs have no value that has a place");
        return Err(error.help("leave `--x` out to draw over their steps"));
    };
    let banded = panels.iter().flat_map(|panel| &panel.lines).any(|line| !line.band.is_empty());
    if let Some(panel) = panels.first_mut() {
        let mut legend = maker.runs_legend();
        legend.append(&mut panel.legend);
        panel.legend = legend;
        panel.legend.extend(maker.notes(banded));
    }
    let titles = runs.iter().all(|run| run.made.title == runs[0].made.title);
    let title = wish
        .title
        .as_deref()
        .map(scrub_line)
        .or_else(|| titles.then(|| runs[0].made.title.clone()))
        .unwrap_or_default();
    let over = wish.along.label(runs.iter().all(Run::is_series)).to_owned();
    Ok(Figure { title, over, axis, panels, palette: palette.clone() })
}

/// What all panels are made of.
pub(super) struct Maker<'a> {
    pub runs: &'a [Run],
    pub places: &'a [Places],
    pub groups: &'a [Group],
    pub wish: &'a Wish,
    pub palette: &'a Palette,
    pub on_landscape: bool,
}

impl Maker<'_> {
    pub(super) fn is_alone(&self) -> bool {
        self.groups.len() == 1
    }

    /// The decay of the average that is drawn of a name.
    fn decay(&self, name: &str, kind: &Kind) -> f64 {
        match (self.wish.smooth, kind) {
            (Some(decay), Kind::Loss | Kind::GradientNorm | Kind::UpdateNorm | Kind::Logged(_)) => decay,
            (None, Kind::Loss) if name == "loss" && !self.on_landscape => USUAL,
            _ => 0.0,
        }
    }

    fn panel(&self, kind: &Kind, names: &[String]) -> Result<Panel> {
        let mut lines: Vec<Line> = Vec::new();
        let mut legend: Vec<Entry> = Vec::new();
        let mut extent = Extent::default();
        let mut smooth = false;
        for (place, name) in names.iter().enumerate() {
            let decay = self.decay(name, kind);
            let mut own: Vec<(Curve, Line)> = Vec::new();
            for (number, group) in self.groups.iter().enumerate() {
                let Some(curve) = curve::of(group, self.runs, self.places, name, kind, decay) else { continue };
                let stroke = self.stroke(name, kind, (place, number), &curve);
                let mut line = self.line(name, kind, (number, group), stroke, &curve);
                line.number = if self.is_alone() {
                    let before = lines.iter().filter(|line| line.number.is_some()).count();
                    (names.len() >= NUMBERED && line.stroke.width > THIN).then_some(before + 1)
                } else {
                    // One number for a run tells its other lines, too: they have its colour.
                    (place == 0).then_some(number + 1)
                };
                if self.is_alone() && line.number.is_some() {
                    line.stroke.dash = Dash::Solid;
                }
                own.push((curve, line));
            }
            smooth |= own.iter().any(|(curve, _)| curve.smooth);
            self.measure(&own, &mut extent);
            // What lies behind several averages is told once.
            for entry in self.entries(name, kind, place, names, &own) {
                if !legend.contains(&entry) {
                    legend.push(entry);
                }
            }
            if self.is_alone() {
                let behind = own.iter().filter(|(curve, _)| !curve.raw.is_empty());
                let behind: Vec<Line> = behind.map(|(curve, _)| self.behind(curve)).collect();
                lines.splice(0..0, behind);
            }
            lines.extend(own.into_iter().map(|(_, line)| line));
        }
        if let Some(line) = lines.iter().find(|line| line.spread.is_some()) {
            let seeds = self.runs.iter().filter_map(|run| run.scores.as_ref()).map(|(_, scores)| scores.len()).max();
            let ink = if self.is_alone() { line.stroke.ink } else { self.palette.ink };
            let words = format!("{} seeds: median, lowest to highest at the end", seeds.unwrap_or_default());
            legend.push(Entry { sample: Sample::Bar(ink), words });
        }
        let percent = *kind == Kind::Accuracy;
        let log = self.wish.log && !percent;
        let Some(axis) = extent.axis(log, percent) else {
            let what = names.join("`, `");
            return Err(if log {
                Error::user(format!("`{what}` has no value above 0, and a logarithmic axis has no other"))
                    .help("leave `--log` out")
            } else {
                Error::user(format!("`{what}` has no value that is a number")).help("`--y` draws something else")
            });
        };
        let label = match names {
            [name] if self.is_alone() || !smooth => label(name, kind, self.on_landscape),
            [name] => format!("smooth {}", label(name, kind, self.on_landscape)),
            _ => kind.label(self.on_landscape),
        };
        Ok(Panel { label, axis, lines, legend })
    }

    fn stroke(&self, name: &str, kind: &Kind, (place, number): (usize, usize), curve: &Curve) -> Stroke {
        let colours = self.palette;
        let dash = Dash::of(place);
        let plain = Stroke { ink: colours.racer(place), width: THICK, dash, marked: curve.sparse };
        if !self.is_alone() {
            return Stroke {
                ink: colours.racer(number),
                dash: Dash::of(place + number / colours.racers.len()),
                ..plain
            };
        }
        match (kind, name) {
            (Kind::Loss, "val_loss") | (Kind::Accuracy, "val_accuracy") => Stroke { ink: colours.validation, ..plain },
            (Kind::Loss, "loss") => Stroke { ink: colours.main, width: MAIN, ..plain },
            // The values of a series lie behind their averages, which have the colours of the screen.
            (Kind::Average, "value") => Stroke { ink: colours.dim, width: THIN, dash: Dash::Solid, ..plain },
            (Kind::Average, _) => Stroke { ink: colours.racer(place.saturating_sub(1)), ..plain },
            _ => plain,
        }
    }

    fn line(&self, name: &str, kind: &Kind, (number, group): (usize, &Group), stroke: Stroke, curve: &Curve) -> Line {
        let what = label(name, kind, self.on_landscape);
        let what = if curve.smooth { format!("smooth {what}") } else { what };
        let alone = self.is_alone();
        let told = if alone { what } else { format!("{number} {}: {what}", group.name, number = number + 1) };
        let diverged = curve.of_steps && group.runs.iter().all(|run| self.runs[*run].is_broken());
        Line {
            name: told,
            stroke,
            curve: curve.points.clone(),
            band: curve.band.clone(),
            spread: self.spread(name, kind, group).filter(|_| curve.band.is_empty()),
            number: None,
            diverged,
            behind: false,
        }
    }

    /// What the race of a run has come to on several seeds, where it is ranked by this name.
    fn spread(&self, name: &str, kind: &Kind, group: &Group) -> Option<(f64, f64, f64)> {
        let [run] = group.runs[..] else { return None };
        let (_, scores) = self.runs[run].scores.as_ref().filter(|(own, _)| own == name)?;
        curve::spread(scores, kind)
    }

    /// The values as they were, behind their average.
    pub(super) fn behind(&self, curve: &Curve) -> Line {
        let stroke = Stroke { ink: self.palette.dim, width: THIN, dash: Dash::Solid, marked: false };
        Line {
            name: self.each().to_owned(),
            stroke,
            curve: curve.raw.clone(),
            band: Vec::new(),
            spread: None,
            behind: true,
            diverged: false,
            number: None,
        }
    }

    /// What the axis has to show of these lines.
    fn measure(&self, lines: &[(Curve, Line)], extent: &mut Extent) {
        for (curve, line) in lines {
            let values = curve.points.iter().map(|(_, value)| *value).filter(|value| value.is_finite());
            if line.diverged {
                extent.broken.extend(values);
            } else {
                extent.whole.extend(values);
                extent
                    .most
                    .extend(curve.band.iter().flat_map(|(_, low, high)| [*low, *high]).filter(|v| v.is_finite()));
            }
            let spread = line.spread.into_iter().flat_map(|(low, middle, high)| [low, middle, high]);
            extent.most.extend(spread.filter(|value| value.is_finite()));
            if self.is_alone() && !line.diverged {
                extent.most.extend(curve.raw.iter().map(|(_, value)| *value).filter(|value| value.is_finite()));
            }
        }
    }
}
