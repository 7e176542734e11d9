//! `optlab schema`, `optlab completions SHELL` and `optlab man`: what editors, shells and `man` want to know.

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli::report;
use crate::error::{Error, Result};
use crate::lab::keys::schema as of_the_table;

/// Prints the schema of a lab file.
pub(super) fn schema() -> Result<()> {
    let text = serde_json::to_string_pretty(&of_the_table::schema());
    report::line(&text.map_err(|error| Error::fault(format!("the schema cannot be written: {error}")))?);
    Ok(())
}

/// Prints what completes the command line in a shell, and gives the exit code.
pub(super) fn completions(shell: Shell, mut command: Command) -> u8 {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, "optlab", &mut text);
    report::line(String::from_utf8_lossy(&text).trim_end());
    0
}

/// Prints the manual page of the program, or of one verb.
pub(super) fn man(verb: Option<&str>, command: Command) -> Result<()> {
    let mut command = command;
    command.build();
    let page = match verb {
        None => command,
        Some(verb) => {
            let names: Vec<String> = command.get_subcommands().map(|known| known.get_name().to_owned()).collect();
            let Some(known) = command.find_subcommand(verb) else {
                let error = Error::user(format!("there is no verb `{verb}`"));
                return Err(error.nearest(verb, names.iter().map(String::as_str)).help("`optlab man` tells of all"));
            };
            known.clone()
        }
    };
    let mut text = Vec::new();
    let written = Man::new(page).render(&mut text);
    written.map_err(|error| Error::fault(format!("the page cannot be written: {error}")))?;
    report::line(String::from_utf8_lossy(&text).trim_end());
    Ok(())
}
