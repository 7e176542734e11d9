//! A process as others can tell it: by its machine, its number and when it started, since numbers are given out again.
//! Whether it lives is seen at once from its own machine; from another one nothing is known. Files are not its business.

use std::fmt;

/// A process on a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    /// The machine's name.
    pub host: String,
    /// What tells machines of one name apart, and containers whose processes are counted from 1: the boot and the
    /// namespace of process numbers. Empty where the system tells neither.
    pub boot: String,
    pub process: u32,
    /// When it started, in ticks since the boot; 0 where the system does not tell.
    pub started: u64,
}

impl Owner {
    /// This process.
    pub fn this() -> Self {
        let process = std::process::id();
        let started = stat(process).map_or(0, |(_, started)| started);
        Self { host: host(), boot: boot(), process, started }
    }

    /// Whether it lives; none if that cannot be told from here.
    pub fn lives(&self) -> Option<bool> {
        let this = Self::this();
        if (&self.host, &self.boot) != (&this.host, &this.boot) {
            return None;
        }
        match stat(self.process) {
            // One that has ended and was not yet waited for writes no more.
            Some((state, started)) => Some(started == self.started && !matches!(state, 'Z' | 'X')),
            // It may be hidden, as those of other users can be.
            None => exists(self.process),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {}", self.process, self.host)
    }
}

/// A process's state and when it started: the fields 3 and 22 of `/proc/PID/stat`, counted behind the command's name, which
/// may hold blanks and brackets. See `man 5 proc_pid_stat`.
fn stat(process: u32) -> Option<(char, u64)> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

/// False if there is no process of this number; none if there is one, of whatever start.
#[cfg(unix)]
fn exists(process: u32) -> Option<bool> {
    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process};
    let gone = i32::try_from(process).ok().and_then(Pid::from_raw).map(test_kill_process) == Some(Err(Errno::SRCH));
    gone.then_some(false)
}

#[cfg(not(unix))]
fn exists(_: u32) -> Option<bool> {
    None
}

/// In one line, whatever the machine is called.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(unix)]
fn host() -> String {
    line(&rustix::system::uname().nodename().to_string_lossy())
}

#[cfg(not(unix))]
fn host() -> String {
    line(&std::env::var("COMPUTERNAME").unwrap_or_default())
}

fn boot() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let space = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    line(&format!("{boot} {}", space.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_lives_until_it_ends_and_its_number_given_out_again_is_another() {
        let this = Owner::this();
        assert!(this.started > 0 && this.lives() == Some(true), "{this:?}");
        let again = Owner { started: this.started + 1, ..this.clone() };
        assert_eq!(again.lives(), Some(false));
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let other = Owner { process: child.id(), started: stat(child.id()).unwrap().1, ..this };
        assert_eq!(other.lives(), Some(true));
        child.kill().unwrap();
        // Not waited for, it is there as a zombie once the signal has come.
        while stat(other.process).is_some_and(|(state, _)| state != 'Z') {
            std::thread::yield_now();
        }
        assert_eq!(other.lives(), Some(false));
        child.wait().unwrap();
        assert_eq!(other.lives(), Some(false));
    }

    #[test]
    fn of_a_process_on_another_machine_nothing_is_known() {
        let this = Owner::this();
        assert_eq!(Owner { host: format!("{}x", this.host), ..this.clone() }.lives(), None);
        assert_eq!(Owner { boot: "another".into(), ..this }.lives(), None);
    }
}
