//! `optlab play TAPE`: a tape on the terminal, in real time.

use clap::Args;

use super::config::Known;
use super::record::OverTape;
use super::report;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::record::lecture::Lecture;
use crate::settings::{self, Setting};
use crate::ui::{self, Depth, Leave};

/// What `optlab play` is told.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A tape, or the name of one that ships.
    tape: String,
    #[command(flatten)]
    colours: super::Colours,
    #[command(flatten)]
    over: OverTape,
}

/// Plays, and gives the exit code.
pub(super) fn run(arguments: Arguments, clock: Clock) -> u8 {
    match played(arguments, clock) {
        Ok(Leave::Quit) => 0,
        Ok(Leave::Signal(signal)) => 128_u8.saturating_add(u8::try_from(signal).unwrap_or(0)),
        Err(errors) => report::errors(&errors),
    }
}

fn played(arguments: Arguments, clock: Clock) -> Result<Leave, Vec<Error>> {
    let tape = arguments.over.open(&arguments.tape, arguments.colours.theme.as_deref())?;
    let flags =
        settings::Flags { theme: None, colors: arguments.colours.colors, threads: None, lang: None, student: None };
    let known = Known::of(&flags);
    let depth = known.value(Setting::Colors).and_then(Depth::named).unwrap_or_default();
    let mut lecture = Lecture::open(tape, arguments.over.lang.as_deref())?;
    ui::play(&mut lecture, depth, clock).map_err(|error| vec![error])
}
