//! Whose folder it is: a file that says which process writes into it, so that two runs never mix theirs.
//!
//! The file appears whole and by one step of the file system that only one process can make (a rename that replaces
//! nothing, a hard link, or a file made anew), which network file systems promise, too; locks are not asked for. While its
//! process lives it is touched every few seconds. A process that is dead on this machine is seen at once, one elsewhere by
//! its silence, by the time of the machine that holds the files, whatever the clocks of the others say.
//!
//! A claim whose process is dead is taken over by whoever holds the right to that, which is a claim as well, named after
//! the dead one. So of many that find it dead one takes it over, and one that dies on the way leaves nothing that blocks.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use super::beside::unnamed;
use super::owner::Owner;
use crate::clock::{Clock, Ticker, written};

/// The claim. Others of its kind, which begin with it and a point, are there for a moment only.
pub(super) const CLAIM: &str = ".optlab-claim";
/// It is touched at every fifth of these ticks ...
const TICK: Duration = Duration::from_secs(1);
const BEAT: u64 = 5;
/// ... and its process counts as dead after so long without, where nothing better is known of it.
const SILENCE: Duration = Duration::from_secs(30);
/// A claim is a few lines.
const LONGEST: u64 = 4096;
/// Rights to take over a claim of a process that died taking over a claim, and so on.
const DEEPEST: usize = 4;

/// Who a folder belongs to, as its claim says.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    /// Unknown if the file is none of ours.
    owner: Option<Owner>,
    since: Duration,
    /// The same for no two claims.
    token: String,
    touched: SystemTime,
}

/// A folder is this process's until this is dropped.
pub(super) struct Claim {
    path: PathBuf,
    token: String,
    /// It was seen not to be there any more, or to be another's.
    lost: Arc<AtomicBool>,
    ticks: Arc<AtomicU64>,
    ticker: Option<Ticker>,
}

/// Why a folder cannot be had.
pub(super) enum Refused {
    /// It is somebody else's.
    Held(Holder),
    /// What is at the claim's place is no file.
    NoFile,
    Failed(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl Holder {
    /// Who, and since when: `process 7 on lab-3, since 2026-11-28 18:36:02 UTC`.
    pub fn told(&self) -> String {
        match &self.owner {
            Some(owner) => format!("{owner}, since {}", written(self.since)),
            None => "a process that is not known".to_owned(),
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        let known = self.owner.as_ref().and_then(Owner::lives).is_some();
        if known {
            "wait until it has ended, or give `--out` another folder"
        } else {
            "give `--out` another folder, or wait until it has ended; if it was killed, half a minute is enough"
        }
    }

    /// Whether its process lives, at this time of the machine that holds the files.
    fn lives(&self, now: SystemTime) -> bool {
        // That machine's clock may have been set back, so that the last touch lies ahead; a living process touches it again.
        let silence = now.duration_since(self.touched).unwrap_or_else(|ahead| ahead.duration());
        self.owner.as_ref().and_then(Owner::lives).unwrap_or(silence < SILENCE)
    }
}

impl Claim {
    /// Takes a folder that is there.
    pub fn take(folder: &Path, clock: &Clock) -> Result<Self, Refused> {
        let mine = Text { owner: Owner::this(), since: clock.date() };
        let token = seize(folder, CLAIM, &mine, DEEPEST)?;
        let (path, lost, ticks) = (folder.join(CLAIM), Arc::default(), Arc::default());
        let mut claim = Self { path, token, lost, ticks, ticker: None };
        forget_the_dead(folder);
        let (path, token) = (claim.path.clone(), claim.token.clone());
        let (lost, ticks) = (claim.lost.clone(), claim.ticks.clone());
        claim.ticker = clock.every(TICK, "heartbeat", move || {
            if !ticks.fetch_add(1, Ordering::Relaxed).is_multiple_of(BEAT) {
                return;
            }
            // A process that was stopped for long finds out here that the folder is another's by now.
            match touch(&path, &token) {
                Ok(held) => lost.store(!held, Ordering::Release),
                Err(error) if error.kind() == ErrorKind::NotFound => lost.store(true, Ordering::Release),
                // That nothing can be said now says nothing.
                Err(_) => {}
            }
        })?;
        Ok(claim)
    }

    /// Who else has a folder, if somebody has; by the time at which this claim was touched last.
    pub fn of_another(&self, folder: &Path) -> Option<Holder> {
        let now = std::fs::metadata(&self.path).and_then(|about| about.modified()).ok()?;
        let (holder, _) = read(&folder.join(CLAIM), false).ok()??;
        holder.lives(now).then_some(holder)
    }

    /// Whether the folder was still this process's when that was last looked at.
    pub fn is_held(&self) -> bool {
        !self.lost.load(Ordering::Acquire)
    }

    /// Seconds since it was taken, counted by its own thread, so that to ask costs nothing; none where none counts.
    pub fn seconds(&self) -> Option<u64> {
        self.ticker.as_ref().map(|_| self.ticks.load(Ordering::Relaxed))
    }

    /// Looks whether the folder is still this process's.
    ///
    /// # Errors
    /// It is not: it is gone, or another's.
    pub fn look(&self) -> io::Result<()> {
        let held = match read(&self.path, false)? {
            Some((holder, _)) if holder.token == self.token => Ok(()),
            Some((holder, _)) => Err(io::Error::other(format!("the folder now belongs to {}", holder.told()))),
            None => Err(io::Error::new(ErrorKind::NotFound, "the folder or the run's claim on it was taken away")),
        };
        self.lost.store(held.is_err(), Ordering::Release);
        held
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        drop(self.ticker.take());
        // Between the look and the removal nobody takes it over, since this process lives; only after half a minute of
        // silence, as of a process that was stopped, another machine might.
        if self.look().is_ok() {
            drop(std::fs::remove_file(&self.path));
        }
    }
}

/// What a claim says of its process.
struct Text {
    owner: Owner,
    since: Duration,
}

impl Text {
    fn write(&self, file: &mut impl Write, token: &str) -> io::Result<()> {
        let Owner { host, boot, process, started } = &self.owner;
        let since = self.since.as_secs();
        let text = format!(
            "This folder belongs to a run, which takes this file away when it ends.\n\
             process: {process}\nhost: {host}\nboot: {boot}\nstarted: {started}\nsince: {since}\nclaim: {token}\n"
        );
        file.write_all(text.as_bytes())
    }

    /// What it says, and its token; none if it is none of ours.
    fn parse(text: &str) -> Option<(Self, String)> {
        let field = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        let owner = Owner {
            host: field("host")?.to_owned(),
            boot: field("boot").unwrap_or_default().to_owned(),
            process: field("process")?.parse().ok()?,
            started: field("started")?.parse().ok()?,
        };
        let since = Duration::from_secs(field("since")?.parse().ok()?);
        let token = field("claim").filter(|token| is_token(token))?.to_owned();
        Some((Self { owner, since }, token))
    }
}

/// Part of a file's name, and nothing that leads elsewhere.
fn is_token(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Makes the file of this name say that it is this process's, and gives the token that it bears.
fn seize(folder: &Path, name: &str, text: &Text, deeper: usize) -> Result<String, Refused> {
    let path = folder.join(name);
    loop {
        let (mut mine, token) = make(folder, text)?;
        let now = mine.as_file().metadata()?.modified()?;
        match place(mine, &path, text, &token)? {
            None => return Ok(token),
            Some(kept) => mine = kept,
        }
        if std::fs::symlink_metadata(&path).is_ok_and(|about| !about.is_file()) {
            return Err(Refused::NoFile);
        }
        // Gone again: its process has ended, or has given up a right.
        let Some((there, _)) = read(&path, false)? else { continue };
        // A network may lose the answer to a request that was obeyed.
        if there.token == token {
            return Ok(token);
        }
        if there.lives(now) || deeper == 0 {
            return Err(Refused::Held(there));
        }
        // Whoever holds this right may put another claim in place of that very one, and nobody else may.
        let right = format!("{CLAIM}.right-{}", there.token);
        seize(folder, &right, text, deeper - 1)?;
        let still = read(&path, false)?.is_some_and(|(holder, _)| holder.token == there.token);
        let done = if still { mine.persist(&path).map(drop).map_err(|error| error.error) } else { Ok(()) };
        drop(std::fs::remove_file(folder.join(right)));
        done?;
        if still {
            return Ok(token);
        }
    }
}

/// A claim that is nobody's yet, with its token.
fn make(folder: &Path, text: &Text) -> io::Result<(NamedTempFile, String)> {
    let prefix = format!("{CLAIM}.new-");
    let mut file = unnamed(folder, &prefix)?;
    let name = file.path().file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let token = name.strip_prefix(&prefix).unwrap_or_default().to_owned();
    text.write(file.as_file_mut(), &token)?;
    file.as_file().sync_all()?;
    Ok((file, token))
}

/// Gives it its name if there is none of that name; else it is given back.
fn place(mine: NamedTempFile, path: &Path, text: &Text, token: &str) -> io::Result<Option<NamedTempFile>> {
    let Err(refused) = mine.persist_noclobber(path) else { return Ok(None) };
    match refused.error.kind() {
        ErrorKind::AlreadyExists => Ok(Some(refused.file)),
        // A file system without hard links.
        ErrorKind::PermissionDenied | ErrorKind::Unsupported => {
            match OpenOptions::new().write(true).create_new(true).open(path) {
                Ok(mut file) => text.write(&mut file, token).and_then(|()| file.sync_all()).map(|()| None),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Some(refused.file)),
                Err(error) => Err(error),
            }
        }
        _ => Err(refused.error),
    }
}

/// What is at a claim's place; none if nothing is. It is opened for that, since on a network only that asks for its
/// present time.
fn read(path: &Path, write: bool) -> io::Result<Option<(Holder, File)>> {
    let mut options = OpenOptions::new();
    options.read(true).write(write);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    }
    let mut file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let touched = file.metadata()?.modified()?;
    let mut bytes = Vec::new();
    (&mut file).take(LONGEST).read_to_end(&mut bytes)?;
    let age = touched.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let unknown = || Holder { owner: None, since: Duration::ZERO, token: format!("x{}", age.as_nanos()), touched };
    let known = Text::parse(&String::from_utf8_lossy(&bytes));
    let known = known.map(|(Text { owner, since }, token)| Holder { owner: Some(owner), since, token, touched });
    Ok(Some((known.unwrap_or_else(unknown), file)))
}

/// Touches a claim if it bears this token, and tells whether it does. It is written, for which every file system sets the
/// time, and by its own clock; on a full disk the time alone is.
fn touch(path: &Path, token: &str) -> io::Result<bool> {
    let Some((holder, mut file)) = read(path, true)? else { return Ok(false) };
    if holder.token != token {
        return Ok(false);
    }
    // The same first byte again.
    let written = file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(b"T"));
    #[cfg(unix)]
    let written = written.or_else(|_| {
        use rustix::fs::{Timespec, Timestamps, UTIME_NOW, futimens};
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        futimens(&file, &Timestamps { last_access: now, last_modification: now }).map_err(io::Error::from)
    });
    written.map(|()| true)
}

/// Takes away what processes left that died while they took a folder.
fn forget_the_dead(folder: &Path) {
    let Ok(now) = std::fs::metadata(folder.join(CLAIM)).and_then(|about| about.modified()) else { return };
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with(CLAIM) && name != CLAIM);
        if ours && matches!(read(&entry.path(), false), Ok(Some((holder, _))) if !holder.lives(now)) {
            drop(std::fs::remove_file(entry.path()));
        }
    }
}

#[cfg(test)]
mod tests;
