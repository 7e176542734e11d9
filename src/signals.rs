//! Signals that end the program: which they are, which of them were to be ignored when it began, and the last thing that is
//! done when the program is at fault itself and the system ends it. It knows nothing of runs or of a terminal.
//!
//! It is `unsafe` in two places, since no safe call of the libraries at hand asks what a signal does, or handles one that
//! comes of a fault.

#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::sync::OnceLock;

use signal_hook::consts::{
    SIGABRT, SIGALRM, SIGBUS, SIGFPE, SIGHUP, SIGILL, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGSEGV, SIGSYS, SIGTERM,
    SIGTRAP, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ,
};

/// Signals that would end the program as it stands, and bring about an end in good order instead.
const ENDING: [c_int; 12] =
    [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ, SIGIO];

/// Signals of the program's own faults. There is nothing left to be done in good order.
const CRASHES: [c_int; 7] = [SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS];

/// The signals that bring about an end in good order. One that is ignored stays so: `nohup` ignores `SIGHUP`, and a shell
/// without job control the interrupts of what it starts in the background.
pub fn ending() -> impl Iterator<Item = c_int> {
    ENDING.into_iter().filter(|signal| !is_ignored(*signal))
}

/// The signal is ignored.
pub fn is_ignored(signal: c_int) -> bool {
    // SAFETY: all zeros are an action, and with a null pointer for the new one the call only fills in what is in force.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &raw mut now) == 0 && now.sa_sigaction == libc::SIG_IGN
    }
}

/// What is done at a crash.
static AT_CRASH: OnceLock<fn()> = OnceLock::new();
/// What was in force before for each of [`CRASHES`]: the standard library's own for an overflow of the stack, which tells it
/// and aborts, else the system's.
static BEFORE: [OnceLock<libc::sigaction>; CRASHES.len()] = [const { OnceLock::new() }; CRASHES.len()];

/// Calls a function when the program is about to be ended for a fault of its own (an abort, an overflow of the stack), or
/// by such a signal from outside; then it ends by that signal as it would have. The function must keep to what may be done
/// in a signal handler: system calls and atomics, no allocation and no waiting for a lock. The first call counts.
pub fn at_crash(give_back: fn()) {
    if AT_CRASH.set(give_back).is_err() {
        return;
    }
    for (signal, before) in CRASHES.into_iter().zip(&BEFORE) {
        // SAFETY: both actions are whole: all zeros are one, and the handler is a function of the kind that `SA_SIGINFO` asks
        // for, which keeps to what is allowed in it. It runs on the thread's other stack, where there is one.
        unsafe {
            let mut old: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(signal, std::ptr::null(), &raw mut old) != 0 || old.sa_sigaction == libc::SIG_IGN {
                continue;
            }
            let _ = before.set(old);
            let mut own: libc::sigaction = std::mem::zeroed();
            own.sa_sigaction = crashed as extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) as usize;
            own.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigfillset(&raw mut own.sa_mask);
            libc::sigaction(signal, &raw const own, std::ptr::null_mut());
        }
    }
}

extern "C" fn crashed(signal: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    if let Some(give_back) = AT_CRASH.get() {
        give_back();
    }
    // SAFETY: the system gives a pointer to its own record, or none; `sigaction` and `raise` are allowed here, and the
    // actions are whole.
    unsafe {
        let code = info.as_ref().map_or(0, |info| info.si_code);
        let sent = signal == SIGABRT || code <= 0 || code == libc::SI_USER;
        let before = CRASHES.iter().position(|own| *own == signal).and_then(|at| BEFORE[at].get());
        match before {
            // The instruction is tried again, and who was there before sees its fault.
            Some(before) if !sent => {
                libc::sigaction(signal, before, std::ptr::null_mut());
            }
            // It comes once this function has returned.
            _ => {
                let mut usual: libc::sigaction = std::mem::zeroed();
                usual.sa_sigaction = libc::SIG_DFL;
                libc::sigaction(signal, &raw const usual, std::ptr::null_mut());
                libc::raise(signal);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_known() {
        // The standard library ignores it before `main`.
        assert!(is_ignored(libc::SIGPIPE));
        assert!(!is_ignored(SIGUSR2) && ending().any(|signal| signal == SIGUSR2));
        assert!(!is_ignored(-1));
    }

    const CHILD: &str = "OPTLAB_TEST_OF_A_CRASH";

    fn tell() {
        // SAFETY: a system call with bytes that stay.
        unsafe { libc::write(2, c"given back\n".as_ptr().cast(), 11) };
    }

    fn deeper(n: u64) -> u64 {
        let here = std::hint::black_box([n; 64]);
        if n == u64::MAX { 0 } else { deeper(n + 1) + here[63] }
    }

    /// An own fault of the kind that the variable names; in the parent it does nothing.
    #[test]
    fn the_child_crashes() {
        let Some(kind) = std::env::var_os(CHILD) else { return };
        at_crash(tell);
        match kind.to_str() {
            Some("overflow") => println!("{}", deeper(0)),
            Some("in a grown stack") => println!("{}", stacker::grow(1 << 18, || deeper(0))),
            _ => std::process::abort(),
        }
    }

    #[test]
    fn a_crash_gives_back_first_and_then_ends_as_it_would_have() {
        use std::os::unix::process::ExitStatusExt;
        let own = std::env::current_exe().unwrap();
        for (kind, signals) in
            [("overflow", &[SIGABRT][..]), ("in a grown stack", &[SIGABRT, SIGSEGV]), ("abort", &[SIGABRT])]
        {
            let name = "signals::tests::the_child_crashes";
            let child =
                std::process::Command::new(&own).args([name, "--exact", "--nocapture"]).env(CHILD, kind).output();
            let child = child.unwrap();
            let said = String::from_utf8_lossy(&child.stderr);
            assert!(
                child.status.signal().is_some_and(|signal| signals.contains(&signal)),
                "{kind}: {:?} {said}",
                child.status
            );
            assert!(said.contains("given back"), "{kind}: {said}");
            if kind == "overflow" {
                let [back, told] = ["given back", "has overflowed its stack"].map(|words| said.find(words));
                assert!(back.is_some() && back < told, "what is told comes on the terminal as it was: {said}");
            }
        }
    }
}
