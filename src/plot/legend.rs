//! What a legend says: which line is whose, and what holds of all of them. Where it stands is not its business.

use super::curve::Curve;
use super::figure::{Dash, Entry, Line, MAIN, Maker, Sample, Stroke};
use super::names::Group;
use super::quantity::{Kind, label};

impl Maker<'_> {
    /// What a legend says of a name: where there is one run all of it, else only what tells it from the other names.
    pub(super) fn entries(
        &self,
        name: &str,
        kind: &Kind,
        place: usize,
        names: &[String],
        lines: &[(Curve, Line)],
    ) -> Vec<Entry> {
        let Some((curve, line)) = lines.first() else { return Vec::new() };
        let what = label(name, kind, self.on_landscape);
        let told = if curve.smooth { format!("{what}, smooth") } else { what };
        let of_line = |stroke: Stroke, words: String| Entry { sample: Sample::Line(stroke, None), words };
        if !self.is_alone() {
            let stroke = Stroke { ink: self.palette.ink, dash: Dash::of(place), ..line.stroke.clone() };
            return if names.len() > 1 { vec![of_line(stroke, told)] } else { Vec::new() };
        }
        // One line alone is named by its axis.
        if curve.raw.is_empty() && names.len() == 1 && curve.band.is_empty() {
            return Vec::new();
        }
        let behind = (!curve.raw.is_empty()).then(|| of_line(self.behind(curve).stroke, self.each().to_owned()));
        let own = Entry { sample: Sample::Line(line.stroke.clone(), line.number), words: told };
        behind.into_iter().chain([own]).collect()
    }

    /// What a value of a step belongs to.
    pub(super) fn each(&self) -> &'static str {
        if self.on_landscape { "each step" } else { "each mini-batch" }
    }

    /// The runs, where there are several.
    pub(super) fn runs_legend(&self) -> Vec<Entry> {
        let entry = |(number, group): (usize, &Group)| {
            let dash = Dash::of(number / self.palette.racers.len());
            let stroke = Stroke { ink: self.palette.racer(number), width: MAIN, dash, marked: false };
            Entry { sample: Sample::Line(stroke, Some(number + 1)), words: group.name.clone() }
        };
        if self.is_alone() { Vec::new() } else { self.groups.iter().enumerate().map(entry).collect() }
    }

    /// What holds of all lines: seeds, and runs that diverged.
    pub(super) fn notes(&self, banded: bool) -> Vec<Entry> {
        let mut notes = Vec::new();
        let count = |group: &Group| match group.runs[..] {
            [run] if banded => self.runs[run].on_seeds.len().max(1),
            _ => group.runs.len(),
        };
        let counts: Vec<usize> = self.groups.iter().map(count).collect();
        if let (Some(least), Some(most)) = (counts.iter().min(), counts.iter().max().filter(|most| **most > 1)) {
            let seeds = if least == most { format!("{most} seeds") } else { format!("up to {most} seeds") };
            let ink = if self.is_alone() { self.palette.main } else { self.palette.ink };
            let words = format!("median of {seeds}, lowest to highest");
            notes.push(Entry { sample: Sample::Band(ink), words });
        }
        let broken: Vec<u64> = self.runs.iter().filter(|run| run.is_broken()).filter_map(|run| run.diverged).collect();
        if let Some(step) = broken.first() {
            let one = self.runs.len() == 1;
            let words = if one { format!("diverged at step {step}") } else { "diverged".to_owned() };
            let ink = if one { self.palette.main } else { self.palette.ink };
            notes.push(Entry { sample: Sample::Cross(ink), words });
        }
        notes
    }
}
