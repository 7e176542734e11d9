//! Starts the process of a submission, listens to it, and ends it when it takes too long or says too much; after an abort it is
//! begun again at the next task.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::job::{Job, Judged, Line, Told};
use crate::clock::Clock;

/// The most bytes that a process may say.
const MOST_OUTPUT: u64 = 8 << 20;

/// The exit code of a fault of this program's own.
const FAULT: i32 = 4;

/// How submissions are judged: by which program, where, and how long.
#[derive(Debug, Clone)]
pub struct Judges {
    /// This program.
    pub program: PathBuf,
    /// The hidden verb with which it judges.
    pub verb: &'static str,
    /// Wall time that a submission may take.
    pub budget: Duration,
    /// The time.
    pub clock: Clock,
}

/// Why a process is over.
enum End {
    /// It said all that it had to say.
    Whole,
    /// It ended by itself, in the midst of it.
    Died,
    /// It was ended: too much time.
    Late,
    /// It was ended: too much output, or nonsense.
    Noisy,
}

impl Judges {
    /// Judges all units of a job, in a folder; each has come out somehow when it returns.
    pub(super) fn judge(&self, job: &Job, folder: &Path) -> Vec<Judged> {
        let end = self.clock.now() + self.budget;
        let mut judged: Vec<Judged> = Vec::with_capacity(job.units.len());
        while judged.len() < job.units.len() {
            let left = end.since(self.clock.now());
            if left < Duration::from_millis(1) {
                let said = format!("not judged: the {} s for this submission were over", self.budget.as_secs());
                judged.resize(job.units.len(), error(said));
                break;
            }
            let rest = Job { labs: job.labs.clone(), units: job.units[judged.len()..].to_vec() };
            let before = judged.len();
            let said = self.one_process(&rest, folder, left, &mut judged);
            if let Some(said) = said
                && judged.len() < job.units.len()
            {
                judged.push(Judged { whole: said, shown: None });
            }
            debug_assert!(judged.len() > before, "every process brings at least one task to its end");
        }
        judged
    }

    /// Lets one process judge as far as it gets; tells why the next task has no verdict, if one is missing.
    fn one_process(&self, job: &Job, folder: &Path, left: Duration, judged: &mut Vec<Judged>) -> Option<Told> {
        let mut child = match self.start(job, folder, left) {
            Ok(child) => child,
            Err(error) => return Some(Told::fault(format!("no process could be started for it: {error}"))),
        };
        let lines = listen(&mut child);
        let total = self.clock.now() + left;
        let first = judged.len();
        let mut end = self.clock.now() + share(left);
        let why = loop {
            match self.clock.receive(&lines, end) {
                Ok(Some(Line::Begin(_))) => {}
                Ok(Some(Line::Done(number, verdict))) if number == judged.len() - first && number < job.units.len() => {
                    judged.push(verdict);
                    if number + 1 == job.units.len() {
                        break End::Whole;
                    }
                    end = self.clock.now() + share(total.since(self.clock.now()));
                }
                Ok(_) => break End::Noisy,
                Err(RecvTimeoutError::Timeout) => break End::Late,
                Err(RecvTimeoutError::Disconnected) => break End::Died,
            }
        };
        if !matches!(why, End::Died) {
            // It may be over already.
            drop(child.kill());
        }
        let status = child.wait().ok();
        match why {
            End::Whole => None,
            End::Late => {
                let seconds = self.budget.as_secs();
                Some(Told::error(format!(
                    "it took too long: {seconds} s are there for a whole submission, and it had half of what was left"
                )))
            }
            End::Noisy => Some(Told::fault("its process said what no judge says")),
            // A judge that is done for says so by its code; what a script brings about ends it by a signal.
            End::Died if status.and_then(|status| status.code()) == Some(FAULT) => Some(Told::fault(death(status))),
            End::Died => Some(Told::error(death(status))),
        }
    }

    fn start(&self, job: &Job, folder: &Path, left: Duration) -> std::io::Result<Child> {
        let job = serde_json::to_vec(job)?;
        let mut child = Command::new(&self.program)
            .arg(self.verb)
            .arg(left.as_secs().saturating_add(1).to_string())
            .current_dir(folder)
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // In a thread of its own: one that dies early does not read it to its end.
            thread::spawn(move || drop(input.write_all(&job)));
        }
        Ok(child)
    }
}

/// How much of the time that is left a task may take: half, so that there is some for those that follow.
fn share(left: Duration) -> Duration {
    left / 2
}

/// Hands on the lines of a process; `None` for one that is none of ours.
fn listen(child: &mut Child) -> Receiver<Option<Line>> {
    let (sender, lines) = channel();
    if let Some(output) = child.stdout.take() {
        thread::spawn(move || {
            let mut output = BufReader::new(output.take(MOST_OUTPUT));
            let mut line = String::new();
            loop {
                line.clear();
                match output.read_line(&mut line) {
                    Ok(read) if read > 0 && line.ends_with('\n') => {
                        let line = serde_json::from_str(&line).ok();
                        if sender.send(line).is_err() {
                            return;
                        }
                    }
                    Ok(read) => {
                        // Cut by our own limit rather than at its end.
                        if read > 0 || output.get_ref().limit() == 0 {
                            let _ = sender.send(None);
                        }
                        return;
                    }
                    Err(_) => {
                        let _ = sender.send(None);
                        return;
                    }
                }
            }
        });
    }
    lines
}

fn error(message: String) -> Judged {
    Judged { whole: Told::error(message), shown: None }
}

/// What is said of a process that has ended in the midst of a task.
fn death(status: Option<ExitStatus>) -> String {
    #[cfg(unix)]
    if let Some(signal) = status.and_then(|status| std::os::unix::process::ExitStatusExt::signal(&status)) {
        let abort = libc::SIGABRT;
        let segv = libc::SIGSEGV;
        let cpu = libc::SIGXCPU;
        let kill = libc::SIGKILL;
        let why = match signal {
            signal if signal == abort => "it asked for more memory than a submission may have, or recursed too deeply",
            signal if signal == segv || signal == libc::SIGBUS => "it recursed too deeply, or crashed",
            signal if signal == cpu => "it used up the processor time of its submission",
            signal if signal == kill => "it was ended by the system, as a rule for its memory",
            _ => return format!("its process was ended by the signal {signal}"),
        };
        return format!("its process was aborted: {why}");
    }
    match status.and_then(|status| status.code()) {
        Some(code) => format!("its process ended with the code {code} in the midst of it"),
        None => "its process ended in the midst of it".to_owned(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::course::grade::job::{Came, Unit};
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;

    /// A program in place of the judge: a shell script, which is handed the number of units by how often it was begun.
    fn judged(script: &str, units: usize, budget: u64) -> Vec<Judged> {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("judge.sh");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let unit = Unit {
            lab: "a".into(),
            shipped: true,
            task: "b".into(),
            student: String::new(),
            answer: None,
            document: None,
            files: Vec::new(),
            hidden: false,
        };
        let judges = Judges { program, verb: "judge", budget: Duration::from_secs(budget), clock: Clock::wall() };
        judges.judge(&Job { labs: BTreeMap::new(), units: vec![unit; units] }, folder.path())
    }

    fn passed(number: usize) -> String {
        let whole = Told {
            came: Came::Passed,
            points: 1.0,
            message: "yes".into(),
            details: Vec::new(),
            margin: None,
            fault: false,
        };
        let line = serde_json::to_string(&Line::Done(number, Judged { whole, shown: None })).unwrap();
        format!("echo '{{\"Begin\":{number}}}'; echo '{line}'")
    }

    fn said(judged: &[Judged]) -> Vec<&str> {
        judged.iter().map(|judged| judged.whole.message.as_str()).collect()
    }

    #[test]
    fn an_abort_costs_its_task_and_the_process_begins_again_at_the_next() {
        // The first process judges one and aborts; the second one, with two units left of four, judges both.
        let script = format!(
            "if [ -e begun ]; then {}; {}; else touch begun; {}; echo '{{\"Begin\":1}}'; kill -ABRT $$; fi",
            passed(0),
            passed(1),
            passed(0)
        );
        let judged = judged(&script, 4, 60);
        let told = said(&judged);
        assert!(told[1].starts_with("its process was aborted"), "{told:?}");
        assert_eq!([told[0], told[2], told[3]], ["yes"; 3]);
    }

    #[test]
    fn one_that_never_ends_is_an_error_and_leaves_time_for_the_next() {
        let script = format!("if [ -e begun ]; then {}; else touch begun; sleep 60; fi", passed(0));
        let judged = judged(&script, 2, 4);
        assert!(judged[0].whole.came == Came::Error && judged[0].whole.message.contains("too long"), "{judged:?}");
        assert_eq!(judged[1].whole.message, "yes");
    }

    #[test]
    fn a_fault_of_the_grader_is_told_from_what_a_script_brings_about() {
        let fault = |script: &str| judged(script, 1, 30)[0].whole.fault;
        assert!(fault("exit 4") && fault("echo nonsense"));
        assert!(!fault("kill -ABRT $$") && !fault("kill -KILL $$"));
        let nowhere = Judges {
            program: "/nonexistent/optlab".into(),
            verb: "judge",
            budget: Duration::from_secs(5),
            clock: Clock::wall(),
        };
        let unit = serde_json::json!({"lab": "a", "shipped": true, "task": "b", "student": "", "files": [], "hidden": false,
            "answer": null, "document": null});
        let job = Job { labs: BTreeMap::new(), units: vec![serde_json::from_value(unit).unwrap()] };
        assert!(nowhere.judge(&job, Path::new("/"))[0].whole.fault);
    }

    #[test]
    fn what_no_judge_says_is_no_verdict() {
        for script in ["yes", "echo '{\"Done\":[5,{}]}'", "head -c 20000000 /dev/zero", "exit 3"] {
            let judged = judged(script, 2, 30);
            assert!(judged.iter().all(|judged| judged.whole.came == Came::Error), "{script}: {judged:?}");
            assert_eq!(judged.len(), 2);
        }
    }
}
