//! Ctrl-Z: stops the whole process group, as the terminal itself would, so that a wrapper (`sh`, `make`) stops as well
//! and the shell takes over. It leaves the terminal to its caller.

use std::fs;
use std::process::{self, Command, Stdio};

use signal_hook::consts::SIGTSTP;

use crate::signals;

/// Stops until continued; returns at once, with false, where no shell would ever continue the process, or where whoever
/// started it wants no stops.
///
/// Our own handler for `SIGTSTP` keeps the signal from stopping this process, which happens by `SIGSTOP` instead. The
/// others get it from `sh`, since no safe call of the libraries at hand signals a group; `sh` itself ignores it.
pub fn stop_until_continued() -> bool {
    if !has_shell() || signals::is_ignored(SIGTSTP) {
        return false;
    }
    let others = Command::new("sh")
        .args(["-c", "trap '' TSTP; kill -s TSTP 0"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    // Without `sh` only this process stops, which is what a shell that started it needs to see.
    drop(others);
    signal_hook::low_level::emulate_default_handler(SIGTSTP).is_ok()
}

/// Stops this process alone, beside another program of the group that has stopped; it must not be the one that keeps the
/// shell waiting. Where no shell would continue it, it goes on.
pub fn stop_beside() {
    if has_shell() && !signals::is_ignored(SIGTSTP) {
        drop(signal_hook::low_level::emulate_default_handler(SIGTSTP));
    }
}

/// Parent, process group and session of a process, from `/proc`.
fn relations(pid: u32) -> Option<[u32; 3]> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The name of the program, in parentheses, may hold anything; the numbers come after its last one.
fn parse(stat: &str) -> Option<[u32; 3]> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(1).map(str::parse);
    Some([fields.next()?.ok()?, fields.next()?.ok()?, fields.next()?.ok()?])
}

/// Some ancestor outside our process group shares our session: the shell that can continue us. If there is none (the
/// group is orphaned, as in `ssh -t host optlab` or `tmux new optlab`), a stop would be for ever, and the system would
/// not stop us on `SIGTSTP` either. Where `/proc` does not tell, a shell is taken to be there.
fn has_shell() -> bool {
    let Some([mut parent, group, session]) = relations(process::id()) else { return true };
    loop {
        match relations(parent) {
            Some([grandparent, parents_group, parents_session]) => {
                if parents_group != group {
                    return parents_session == session;
                }
                parent = grandparent;
            }
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_are_read_whatever_the_program_is_called() {
        assert_eq!(parse("42 (a) b (c)) S 7 42 5 34816 42 4194304"), Some([7, 42, 5]));
        assert_eq!(parse("42 (a"), None);
    }
}
