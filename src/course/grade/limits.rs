//! What the system holds the process of a submission to. On Linux and its kin: the memory that it may ask for, seconds of the
//! processor, no file of its own, no image of a crash. Elsewhere the grader's own limits of time and output remain, and those
//! of the scripts themselves.

/// Bytes of memory that a submission may ask for: labs of the course need some hundred MiB at the most.
#[cfg(unix)]
const MEMORY: u64 = 3 << 30;

/// Holds this process to them from now on.
#[cfg(unix)]
pub(super) fn hold(seconds: u64) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // One that the system does not know is left out: the others still hold.
    let set = |resource: Resource, most: u64| {
        // Some later the system ends it without a word of why.
        let maximum = if resource == Resource::Cpu { most + 5 } else { most };
        let _ = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(maximum) });
    };
    #[cfg(not(target_os = "openbsd"))]
    set(Resource::As, MEMORY);
    set(Resource::Cpu, seconds.max(1));
    set(Resource::Fsize, 0);
    set(Resource::Core, 0);
    // A grader that is ended takes it along.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
}

/// There is no such limit here.
#[cfg(not(unix))]
pub(super) fn hold(_: u64) {}
