//! `optlab pack COURSE -o DIR --key FILE`: what students get of a course, and the key that grades it.

use std::path::PathBuf;

use clap::Args;

use super::report;
use crate::course::pack::{Packed, pack};
use crate::error::scrub_line;

/// What `optlab pack` is told.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder of a course: labs anywhere below it, with answers, and `solutions/` beside them.
    #[arg(value_name = "COURSE")]
    course: PathBuf,
    /// A new folder, to be handed out.
    #[arg(long, short, value_name = "DIR")]
    out: PathBuf,
    /// A new file that grades what is handed out; it holds all answers.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

/// Packs a course, and gives the exit code.
pub(super) fn run(arguments: &Arguments) -> u8 {
    match pack(&arguments.course, &arguments.out, &arguments.key) {
        Ok(packed) => {
            told(&packed, arguments).iter().for_each(|line| report::line(line));
            0
        }
        Err(errors) => report::errors(&errors),
    }
}

fn told(packed: &Packed, arguments: &Arguments) -> Vec<String> {
    let out = scrub_line(&arguments.out.display().to_string());
    let key = scrub_line(&arguments.key.display().to_string());
    let mut lines: Vec<String> = Vec::new();
    for (lab, shown, all) in &packed.labs {
        let hidden = all - shown;
        let hidden = if hidden == 0 { String::new() } else { format!(", {hidden} hidden") };
        lines.push(format!("packed {lab}  {all} {}{hidden}", if *all == 1 { "task" } else { "tasks" }));
    }
    lines.extend(packed.left_out.iter().map(|path| format!("kept   {path}  only what is hidden needs it")));
    lines.extend(packed.anew.iter().map(|path| format!("note   {path} was written anew, without its comments")));
    lines.extend(packed.notes.iter().map(|note| format!("note   {note}")));
    lines.push(format!(
        "wrote  {out}/  {} files for students: `optlab init --course {out}` starts from it",
        packed.files
    ));
    lines.push(format!("wrote  {key}  for you alone: `optlab grade PATH --key {key}`"));
    lines
}
