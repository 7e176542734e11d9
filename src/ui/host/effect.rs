//! What the screen wants done: of its host, of the terminal, or of the loop that runs it.

use super::Leave;
use super::tasks::Deed;
use crate::session::Command;
use crate::session::Purpose;
use crate::session::Setting;

/// What is to be done outside, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask this of the run.
    Send(Command),
    /// Ask the run an expression, which has to be compiled first.
    Query {
        /// Its number.
        id: u64,
        /// What it is for.
        purpose: Purpose,
        /// The expression.
        text: String,
    },
    /// Lay values over the lab, or take some back, and start over.
    Set(Setting),
    /// Write the run as a lab.
    Save {
        /// The file.
        path: String,
        /// One that is there may be replaced.
        replace: bool,
    },
    /// Open the lab at this place of the list.
    Open(usize),
    /// Give the lab up that is being opened.
    GiveUp,
    /// Give the open lab up.
    CloseLab,
    /// Listen to the mouse, or do not.
    Mouse(bool),
    /// Open a file in the user's editor: that of the script, or the lab.
    Edit {
        /// The script's name.
        script: Option<String>,
    },
    /// Copy what is part of the program, the lab with its scripts or one script, and open the copy in the editor.
    CopyAndEdit {
        /// The script's name.
        script: Option<String>,
    },
    /// Do something with a task.
    Task {
        /// Its id.
        id: String,
        /// What is done.
        deed: Deed,
    },
    /// Open the sentences with which a task is answered in the user's editor, and take them as its answer.
    Write(String),
    /// Find the scripts of the user's own that may be named at the key of this path, and complete the command line by them.
    FindScripts(String),
    /// Write what holds into the file of settings.
    Keep,
    /// Put this text on the clipboard.
    Copy(String),
    /// Save a picture.
    Picture {
        /// What its file's name ends in.
        name: String,
        /// The pane that is shown alone, by its name; else the whole screen.
        pane: Option<&'static str>,
    },
    /// Draw every cell anew.
    Redraw,
    /// Stop the process until the shell continues it.
    Suspend,
    /// Leave.
    Leave(Leave),
}
