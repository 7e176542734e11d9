//! `e`: the user's editor has the terminal for a while. Training goes on meanwhile.

use std::env;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};

use rustix::process::{Pid, Signal, kill_process};

use crate::error::{Error, Result};

/// What is started where the user has said nothing; the first that there is.
const USUAL: [&str; 3] = ["editor", "nano", "vi"];

/// The editor that the user wants: the one that the program was told, else `$VISUAL`, else `$EDITOR`, else a usual one.
fn wanted(told: Option<&str>) -> Result<String> {
    let said = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| env::var(name).ok());
    let said = told
        .map(str::to_owned)
        .into_iter()
        .chain(said)
        .map(|line| line.trim().to_owned())
        .find(|line| !line.is_empty());
    said.or_else(|| USUAL.into_iter().find(|name| is_there(name)).map(str::to_owned)).ok_or_else(|| {
        Error::user("no editor is known").help("name one: `export EDITOR=nano`, then start optlab again")
    })
}

fn is_there(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// Starts the editor on a file, in the terminal as it stands. By way of the shell, as `git` does it, so that the variable
/// may hold options: `code --wait`.
pub fn start(told: Option<&str>, file: &Path) -> Result<(String, Child)> {
    let editor = wanted(told)?;
    let line = format!("{editor} \"$1\"");
    // A name that begins with a dash would be an option.
    let file = if file.is_absolute() { file.to_path_buf() } else { Path::new(".").join(file) };
    let child = Command::new("sh").args(["-c", &line, "sh"]).arg(file).spawn();
    child.map(|child| (editor.clone(), child)).map_err(|error| cannot(&editor, &error))
}

fn cannot(editor: &str, error: &io::Error) -> Error {
    Error::user(format!("`{editor}` cannot be started: {error}")).help("set `EDITOR` to a program that there is")
}

/// It was ended by a signal, itself or in the shell that started it.
pub fn has_died(status: &io::Result<ExitStatus>) -> bool {
    status.as_ref().is_ok_and(|status| status.signal().is_some() || status.code().is_some_and(|code| code > 128))
}

/// Ends the editor, since the program itself ends and nobody would be there to give the terminal back. It is asked to, so
/// that it can keep what was typed.
pub fn ask_to_end(child: &Child) {
    if let Some(id) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process(id, Signal::TERM);
    }
}

/// What is to be said of how the editor ended; nothing if it ended well.
pub fn ended(editor: &str, status: io::Result<ExitStatus>) -> Option<String> {
    match status {
        Ok(status) if status.success() => None,
        Ok(status) if status.code() == Some(127) => {
            Some(format!("`{editor}` cannot be found: set EDITOR to a program that there is"))
        }
        Ok(status) => Some(format!("`{editor}` has ended with {status}")),
        Err(error) => Some(format!("`{editor}` was lost: {error}")),
    }
}
