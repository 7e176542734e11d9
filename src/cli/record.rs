//! `optlab record TAPE`: plays a tape by a virtual clock and writes what came of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::report;
use crate::error::{Error, Result};
use crate::record::cast::Version;
use crate::record::compare;
use crate::record::frames;
use crate::record::output::{self, Kind, Options};
use crate::record::recorder;
use crate::record::recording::{Recording, clock};
use crate::record::tape::{Changes, Tape};
use crate::session::write_beside;
use crate::settings;

/// What is laid over a tape, however it is played.
#[derive(Debug, Args)]
pub(super) struct OverTape {
    /// Another size than the tape's, as in `80x24`.
    #[arg(long, value_name = "COLUMNSxROWS")]
    size: Option<String>,
    /// The language of the lab's texts, the captions and the chapters.
    #[arg(long, value_name = "CODE", value_parser = super::lang)]
    pub lang: Option<String>,
    /// Name the keys that are pressed, or do not.
    #[arg(long, value_name = "HOW", value_parser = ["show", "hide"])]
    keys: Option<String>,
}

impl OverTape {
    /// Opens a tape with it, and with other colours if some are given.
    pub(super) fn open(&self, tape: &str, theme: Option<&str>) -> Result<Tape, Vec<Error>> {
        let mut tape = Tape::open(tape)?;
        let changes = Changes { theme, size: self.size.as_deref(), keys: self.keys.as_deref() };
        tape.change(&changes).map_err(|error| vec![error])?;
        Ok(tape)
    }
}

/// What `optlab record` is told.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A tape, or the name of one that ships.
    tape: String,
    /// The file to write, of the kind that its ending tells: `.cast`, `.svg` (the last screen; with `--animate` all of it),
    /// `.html` (a page that plays it), `.gif`, `.txt` (a transcript). One that is there is written over.
    #[arg(short, long, value_name = "FILE", required_unless_present_any = ["all", "check"])]
    output: Option<PathBuf>,
    /// Write all there is into this folder, over what is there: cast, page, transcript, captions, chapters, every shot.
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    all: Option<PathBuf>,
    /// Make all of it anew and tell where it differs from what is in this folder; nothing is written.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["output", "all"])]
    check: Option<PathBuf>,
    /// With `--check`: only how the run stood counts, not how it was drawn or worded.
    #[arg(long, requires = "check")]
    state: bool,
    /// With `--all` or `--check`: a PNG for each tick, too, in `frames/`, from which `ffmpeg` makes a film.
    #[arg(long, conflicts_with = "output")]
    frames: bool,
    /// GIF and PNG have so many times 9 by 18 pixels for a cell.
    #[arg(long, value_name = "TIMES", value_parser = clap::value_parser!(u8).range(1..=4), default_value_t = 1)]
    scale: u8,
    /// With `-o FILE.svg`: a picture that moves, for browsers; it begins anew 3 s after its end. Elsewhere the last screen is
    /// seen.
    #[arg(long, requires = "output")]
    animate: bool,
    /// The version of casts.
    #[arg(long, value_name = "VERSION", value_parser = ["v2", "v3"], default_value = "v2")]
    cast: String,
    /// Other colours than the tape's.
    #[arg(long, value_name = "THEME", value_parser = settings::THEMES)]
    theme: Option<String>,
    #[command(flatten)]
    over: OverTape,
}

/// Records, and gives the exit code.
pub(super) fn run(arguments: &Arguments) -> u8 {
    match recorded(arguments) {
        Ok(code) => code,
        Err(errors) => report::errors(&errors),
    }
}

fn recorded(arguments: &Arguments) -> Result<u8, Vec<Error>> {
    let one = |error: Error| vec![error];
    // A name of a wrong kind is told before anything is played.
    let kind = arguments.output.as_ref().map(|file| Kind::of(&file.display().to_string())).transpose().map_err(one)?;
    if arguments.animate && kind != Some(Kind::Svg) {
        let error = Error::user("`--animate` makes a picture that moves, which is an SVG");
        return Err(one(error.help("name it so: `-o FILE.svg`")));
    }
    let tape = arguments.over.open(&arguments.tape, arguments.theme.as_deref())?;
    let bar = bar();
    let recording = recorder::record(&tape, arguments.over.lang.as_deref(), &mut |done| {
        bar.set_position((done * 1000.0) as u64);
    });
    bar.finish_and_clear();
    let recording = recording?;
    let cast = if arguments.cast == "v3" { Version::Three } else { Version::Two };
    let options = Options { cast, scale: usize::from(arguments.scale), animate: arguments.animate };
    let name = tape.name();
    if let (Some(file), Some(kind)) = (&arguments.output, kind) {
        let bytes = output::one(&recording, kind, options).map_err(one)?;
        put(file, &bytes).map_err(one)?;
        report::line(&format!("{}: {}", file.display(), told(&recording, bytes.len())));
        output::burden(&recording, kind, bytes.len(), options).iter().for_each(|burden| report::line(burden));
    }
    if let Some(folder) = &arguments.all {
        made(folder).map_err(one)?;
        for (file, bytes) in output::all(&recording, &name, options) {
            let path = folder.join(file);
            put(&path, &bytes).map_err(one)?;
            report::line(&path.display().to_string());
        }
        report::line(&told(&recording, 0));
        if arguments.frames {
            film(&recording, &name, folder, options).map_err(one)?;
        }
    }
    match &arguments.check {
        Some(folder) => checked(&recording, &name, folder, options, arguments).map_err(one),
        None => Ok(0),
    }
}

/// How long a recording is, and what is in it.
pub(super) fn told(recording: &Recording, bytes: usize) -> String {
    let count = |number: usize, word: &str| {
        (number > 0).then(|| format!("{number} {word}{}", if number == 1 { "" } else { "s" }))
    };
    let size = (bytes > 0).then(|| format!("{:.1} KiB", bytes as f64 / 1024.0));
    let parts = [
        Some(clock(recording.time(recording.end))),
        count(recording.frames.len(), "screen"),
        count(recording.chapters.len(), "chapter"),
        count(recording.shots.len(), "shot"),
        size,
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    write_beside(path, true, bytes).map_err(|error| Error::user(format!("cannot write `{}`: {error}", path.display())))
}

fn made(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)
        .map_err(|error| Error::user(format!("cannot make the folder `{}`: {error}", folder.display())))
}

/// Writes a picture for each tick, and tells how a film is made of them.
fn film(recording: &Recording, name: &str, folder: &Path, options: Options) -> Result<()> {
    let pictures = folder.join(frames::FOLDER);
    made(&pictures)?;
    let count = frames::write(recording, options.scale, &mut |name, bytes| put(&pictures.join(name), bytes))?;
    report::line(&format!("{}: {count} pictures; for a film:", pictures.display()));
    let quoted = |path: PathBuf| format!("'{}'", path.display().to_string().replace('\'', "'\\''"));
    report::line(&format!(
        "ffmpeg -framerate {} -i {} -frames:v {count} -vf 'pad=ceil(iw/2)*2:ceil(ih/2)*2' -pix_fmt yuv420p {}",
        recording.fps,
        quoted(pictures.join(frames::NAMES)),
        quoted(folder.join(format!("{name}.mp4"))),
    ));
    Ok(())
}

/// Compares with what is in a folder: 0 where all is the same, else 1.
fn checked(recording: &Recording, name: &str, folder: &Path, options: Options, arguments: &Arguments) -> Result<u8> {
    let read = |file: &str| {
        let path = folder.join(file);
        fs::read(&path).map_err(|error| Error::user(format!("cannot read `{}`: {error}", path.display())))
    };
    let transcript = format!("{name}.txt");
    let mut files = output::all(recording, name, options);
    files.sort_by_key(|(file, _)| *file != transcript);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if let Some((file, bytes)) = files.first() {
        let (old, new) = (compare::states(&text(&read(file)?)), compare::states(&text(bytes)));
        if let Some((_, was, is)) = compare::first_difference(&old, &new) {
            report::line(&format!("{file}: the run differs"));
            report::line(&format!("  was: {was}"));
            report::line(&format!("  is:  {is}"));
            return Ok(1);
        }
    }
    if arguments.state {
        report::line("the run is the same at every step of the tape");
        return Ok(0);
    }
    let mut differ = 0;
    for (file, bytes) in &files {
        let old = read(file)?;
        if old == *bytes {
            continue;
        }
        differ += 1;
        let (old, new) = (text(&old), text(bytes));
        if let Some(parted) = compare::first_cells(&old, &new) {
            screens_part(file, &parted);
            continue;
        }
        report::line(&format!("{file}: differs"));
        if let Some((line, was, is)) = compare::first_difference(&old, &new) {
            report::line(&format!("  line {line} was: {}", shortened(was)));
            report::line(&format!("  line {line} is:  {}", shortened(is)));
        }
    }
    let mut count = files.len();
    if arguments.frames {
        let pictures = Path::new(frames::FOLDER);
        frames::write(recording, options.scale, &mut |name, bytes| {
            count += 1;
            let file = pictures.join(name).display().to_string();
            if read(&file)? != bytes {
                differ += 1;
                report::line(&format!("{file}: differs"));
            }
            Ok(())
        })?;
    }
    if differ == 0 {
        report::line(&format!("all {count} files are the same"));
    } else {
        report::line(&format!("{differ} of {count} files differ; the run is the same"));
    }
    Ok(u8::from(differ > 0))
}

/// Tells where the screens of two casts part.
fn screens_part(file: &str, parted: &compare::Parted) {
    let at = clock(Duration::from_millis(parted.at));
    let cells = if parted.cells == 1 { "1 cell differs".to_owned() } else { format!("{} cells differ", parted.cells) };
    let (row, (first, last)) = (parted.row, parted.columns);
    let columns = if first == last { format!("column {first}") } else { format!("columns {first} to {last}") };
    report::line(&format!("{file}: the screens part at {at}, where {cells}; row {row}, {columns}"));
    if parted.was == parted.is {
        report::line(&format!("  the same text in other colours: {}", shortened(&parted.is)));
    } else {
        report::line(&format!("  was: {}", shortened(&parted.was)));
        report::line(&format!("  is:  {}", shortened(&parted.is)));
    }
}

fn shortened(line: &str) -> String {
    let short: String = line.chars().take(120).collect();
    if short.len() < line.len() { short + " ..." } else { short }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(1000);
    let style = ProgressStyle::with_template("recording [{wide_bar}] {percent}%");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
    bar
}
