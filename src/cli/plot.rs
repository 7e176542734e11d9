//! `optlab plot RUN...`: curves of finished runs as a picture.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use clap::Args;

use super::report;
use crate::course::labs;
use crate::error::{Error, Result};
use crate::lab::{Library, SavedLab};
use crate::plot::along::Along;
use crate::plot::figure::{self, USUAL, Wish};
use crate::plot::output::{self, Kind};
use crate::plot::palette::Palette;
use crate::plot::run::{Made, Place, Run};
use crate::session::write_beside;
use crate::snapshot::Settings;
use crate::ui::Theme;
use crate::ui::palette;
use crate::ui::theme::Role;

/// What `optlab plot` is told.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folders that `optlab train LAB --out DIR` has written: of a run, or of a race.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<String>,
    /// The file to write, of the kind that its ending tells: `.svg`, `.png`, `.pdf` (for LaTeX), `.html` (a page that tells the
    /// values that are pointed at).
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// What the curves are drawn over.
    #[arg(long, value_name = "WHAT", value_parser = Along::NAMES, default_value = Along::NAMES[0])]
    x: String,
    /// What is drawn: columns of the run's tables, as in `--y loss,val_loss`, gradient norms of parameters (`W1`), names that an
    /// observer logs. Unlike things get axes of their own, one below the other.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    y: Vec<String>,
    /// Logarithmic axes; values that are not above 0 are left out.
    #[arg(long)]
    log: bool,
    /// Draw values of steps as their exponential average, 0.98 if no decay is given; 0 for none. Without it the losses of
    /// mini-batches are drawn so, as on the screen.
    #[arg(long, value_name = "DECAY", num_args = 0..=1, require_equals = true, default_missing_value = "0.98", value_parser = decay)]
    smooth: Option<f64>,
    /// A heading in the place of the lab's title; an empty one for none.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Colours, on white or on black.
    #[arg(long, value_name = "THEME", value_parser = THEMES, default_value = THEMES[0])]
    theme: String,
    /// Pixels; on paper points.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size, default_value = "1600x900")]
    size: (u32, u32),
}

/// Those that bring their own ground.
const THEMES: [&str; 2] = ["lecture-light", "lecture"];
/// The smallest and the largest pictures, in pixels.
const SIZES: [(u32, u32); 2] = [(320, 180), (8000, 8000)];

fn decay(text: &str) -> Result<f64, String> {
    let decay: Option<f64> = text.parse().ok().filter(|decay| (0.0..1.0).contains(decay));
    decay.ok_or_else(|| format!("a decay is a number from 0 to less than 1, as in `--smooth={USUAL}`"))
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let [least, most] = SIZES;
    let inside = |(wide, high): &(u32, u32)| (least.0..=most.0).contains(wide) && (least.1..=most.1).contains(high);
    let size = text.split_once('x').and_then(|(wide, high)| Some((wide.parse().ok()?, high.parse().ok()?)));
    size.filter(inside)
        .ok_or_else(|| format!("give pixels as in `1600x900`, from {}x{} to {}x{}", least.0, least.1, most.0, most.1))
}

/// Draws.
pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let file = arguments.output.display().to_string();
    // A name of a wrong kind is told before anything is read.
    let kind = Kind::of(&file)?;
    let mut runs: Vec<Run> = Vec::new();
    for asked in &arguments.runs {
        for place in places(asked)? {
            runs.push(Run::read(&place, made(&place.folder))?);
        }
    }
    let wish = Wish {
        names: arguments.y.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect(),
        along: Along::named(&arguments.x).unwrap_or_default(),
        log: arguments.log,
        smooth: arguments.smooth,
        title: arguments.title.clone(),
    };
    let theme = Theme::named(&arguments.theme).unwrap_or(Theme::LectureLight);
    let figure = figure::make(&runs, &wish, &colours(theme))?;
    let bytes = output::bytes(&figure, kind, arguments.size)?;
    write_beside(&arguments.output, true, &bytes)
        .map_err(|error| Error::user(format!("cannot write `{file}`: {error}")))?;
    let lines = figure.panels.iter().flat_map(|panel| &panel.lines).filter(|line| !line.behind).count();
    let curves = if lines == 1 { "1 curve".to_owned() } else { format!("{lines} curves") };
    report::line(&format!("{file}: {curves}, {:.1} KiB", bytes.len() as f64 / 1024.0));
    Ok(())
}

/// The runs of a folder. A lab is none, but can become one.
fn places(asked: &str) -> Result<Vec<Place>> {
    Place::of(asked).map_err(|error| {
        let is_lab = labs::named(asked) != asked || Library::shipped().find(asked).is_ok();
        let is_file = Path::new(asked).extension().is_some_and(|ending| ending == "yaml") && Path::new(asked).is_file();
        if Path::new(asked).is_dir() || !is_lab && !is_file {
            return error;
        }
        let error = Error::user(format!("`{asked}` is a lab, and what is drawn is the folder of a run"));
        error.help(format!("`optlab train {asked} --out DIR` writes one"))
    })
}

/// What a run was made with, as far as its folder tells.
fn made(folder: &Path) -> Made {
    let text = fs::read_to_string(folder.join("lab.yaml")).unwrap_or_default();
    let saved = SavedLab::of(&text).unwrap_or_default();
    let mut scripts = Vec::new();
    digests(folder, folder, 3, &mut scripts);
    scripts.sort();
    let settings = Settings { values: saved.values, scripts, ..Settings::default() };
    Made { title: saved.title, settings, seed: saved.seed }
}

/// The scripts of a run with a digest of their texts, by which one that was edited is known.
fn digests(root: &Path, folder: &Path, deeper: u8, found: &mut Vec<(String, u64)>) {
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() && deeper > 0 {
            digests(root, &path, deeper - 1, found);
        } else if path.extension().is_some_and(|ending| ending == "rhai")
            && let (Ok(text), Ok(name)) = (fs::read(&path), path.strip_prefix(root))
        {
            found.push((name.display().to_string(), digest(&text)));
        }
    }
}

/// Only whether two are the same is asked of it.
fn digest(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The colours that the screen has in a theme.
fn colours(theme: Theme) -> Palette {
    let (ink, paper) = palette::ground(theme);
    let of = |role| palette::ink(role, theme);
    let racers = [0, 1, 2, 3, 4, 5, 6, 7].map(|place| of(Role::Racer(place)));
    Palette { paper, ink, dim: of(Role::Batch), main: of(Role::Smooth), validation: of(Role::Valid), racers }
}
