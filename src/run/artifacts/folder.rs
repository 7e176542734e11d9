//! A folder that a run writes into: how it is taken, and how files get into it.
//!
//! Whole files are written beside their place and renamed, so that a reader never sees half of one. A folder is replaced
//! only if optlab wrote it, which a marker file tells. What is in the tables is not its business.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use csv::Writer;

use crate::error::{Error, Result};

/// Tells that optlab wrote the folder.
const MARKER: &str = ".optlab-run";
/// What a run writes; scripts lie in a folder of their own.
const FILES: [&str; 9] = [
    "steps.csv",
    "epochs.csv",
    "model.safetensors",
    "state.safetensors",
    "observed.csv",
    "lab.yaml",
    "summary.json",
    "path.csv",
    "averages.csv",
];
const SCRIPTS: &str = "scripts";

/// The folders that the runs of a lab write into.
#[derive(Default)]
pub struct Dirs {
    /// In a race, the folder that holds the others.
    pub whole: Option<Folder>,
    /// One for each run, in their order; empty if nothing is written.
    pub each: Vec<Folder>,
}

/// A folder that is ours.
pub struct Folder {
    path: PathBuf,
    /// The lab as resolved.
    lab: String,
    /// The files of an earlier run's end are there.
    pub(super) written: bool,
}

impl Folder {
    /// Takes a folder: a new one, an empty one, or one that an earlier run wrote. Also writes what is known before the
    /// first step: the lab as resolved, and its scripts as (path in the folder, text). In a race, `racers` are the names of
    /// the runs that get a folder inside.
    pub fn create(path: &Path, lab: &str, scripts: &[(String, String)], racers: &[&str]) -> Result<Self> {
        let refuse = |what: &str| {
            Err(Error::user(format!("{} {what}", path.display()))
                .help("give `--out` a new folder, or one that an earlier run wrote"))
        };
        if path.exists() {
            if !path.is_dir() {
                return refuse("is not a folder");
            }
            let mut inside = std::fs::read_dir(path).map_err(|error| failed(path, "read", &error))?;
            if inside.next().is_some() && !path.join(MARKER).is_file() {
                return refuse("has files that optlab did not write, so it is not replaced");
            }
        }
        std::fs::create_dir_all(path).map_err(|error| failed(path, "make", &error))?;
        let marker = path.join(MARKER);
        // The marker names the scripts that lie beside the tables, so that they can be replaced with them.
        let earlier = std::fs::read_to_string(&marker).unwrap_or_default();
        for name in earlier.lines().skip(1) {
            let racer = name.strip_suffix('/').filter(|name| is_plain(name) && path.join(name).join(MARKER).is_file());
            if let Some(folder) = racer.map(|name| path.join(name)) {
                std::fs::remove_dir_all(&folder).map_err(|error| failed(&folder, "replace", &error))?;
            } else if is_plain(name) {
                remove(&path.join(name))?;
            }
        }
        let mut head = "A folder that `optlab --out` writes and replaces, with these scripts:\n".to_owned();
        scripts
            .iter()
            .filter(|(name, _)| is_plain(name))
            .for_each(|(name, _)| head = head.clone() + name.as_str() + "\n");
        racers.iter().for_each(|name| head = head.clone() + *name + "/\n");
        std::fs::write(&marker, head).map_err(|error| failed(path, "write into", &error))?;
        for file in FILES {
            remove(&path.join(file))?;
        }
        let folder = path.join(SCRIPTS);
        if folder.is_dir() {
            std::fs::remove_dir_all(&folder).map_err(|error| failed(&folder, "replace", &error))?;
        }
        let dir = Self { path: path.to_owned(), lab: lab.to_owned(), written: false };
        dir.whole("lab.yaml", lab.as_bytes())?;
        dir.scripts(scripts)?;
        Ok(dir)
    }

    /// Another recipe of the lab runs from now on: its scripts are written, and with the next run the lab.
    pub(in crate::run) fn is_of(&mut self, lab: &str, scripts: &[(String, String)]) -> Result<()> {
        lab.clone_into(&mut self.lab);
        let marker = self.path.join(MARKER);
        let mut head = std::fs::read_to_string(&marker).map_err(|error| failed(&marker, "read", &error))?;
        for (name, _) in scripts.iter().filter(|(name, _)| is_plain(name)) {
            if !head.lines().any(|line| line == name) {
                head = head + name.as_str() + "\n";
            }
        }
        std::fs::write(&marker, head).map_err(|error| failed(&self.path, "write into", &error))?;
        self.scripts(scripts)
    }

    fn scripts(&self, scripts: &[(String, String)]) -> Result<()> {
        for (name, text) in scripts {
            if let Some(parent) = Path::new(name).parent() {
                let folder = self.path.join(parent);
                std::fs::create_dir_all(&folder).map_err(|error| failed(&folder, "make", &error))?;
            }
            self.whole(name, text.as_bytes())?;
        }
        Ok(())
    }

    /// A run begins: the lab is written with its seed, which a restart may have changed, so that the run can be repeated
    /// from its own folder.
    pub(super) fn begin(&self, seed: u64) -> Result<()> {
        let seeded = |line: &str| if line.starts_with("seed:") { format!("seed: {seed}") } else { line.to_owned() };
        let lab: String = self.lab.lines().map(|line| seeded(line) + "\n").collect();
        self.whole("lab.yaml", lab.as_bytes())
    }

    /// An empty table, in the place of an earlier one.
    pub(super) fn table(&self, name: &str) -> Result<Writer<BufWriter<File>>> {
        let path = self.path.join(name);
        let file = File::create(&path).map_err(|error| failed(&path, "write", &error))?;
        Ok(Writer::from_writer(BufWriter::with_capacity(1 << 16, file)))
    }

    /// Takes the rows after a step out of a table that is being written, whose column of that number tells the step.
    pub(super) fn cut(
        &self,
        mut rows: Writer<BufWriter<File>>,
        name: &str,
        column: usize,
        step: u64,
    ) -> Result<Writer<BufWriter<File>>> {
        let path = self.path.join(name);
        rows.flush().map_err(|error| self.unwritten(&error))?;
        drop(rows);
        let cut = || -> std::io::Result<File> {
            let mut reader = BufReader::new(File::open(&path)?);
            let (mut line, mut end) = (String::new(), 0);
            // The rows are in the order of the steps, so that the first one after it ends the table.
            loop {
                line.clear();
                let read = reader.read_line(&mut line)?;
                let of = line.trim_end().split(',').nth(column).and_then(|field| field.parse::<u64>().ok());
                if read == 0 || of.is_some_and(|of| of > step) {
                    break;
                }
                end += read as u64;
            }
            let mut file = File::options().write(true).open(&path)?;
            file.set_len(end)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        let file = cut().map_err(|error| failed(&path, "write", &error))?;
        Ok(Writer::from_writer(BufWriter::with_capacity(1 << 16, file)))
    }

    /// Writes `summary.json`.
    pub(super) fn summary(&self, summary: &serde_json::Value) -> Result<()> {
        let summary = serde_json::to_string_pretty(summary).map_err(|error| Error::fault(error.to_string()))?;
        self.whole("summary.json", format!("{summary}\n").as_bytes())
    }

    /// The error of a table whose rows could not be handed to the system.
    pub(super) fn unwritten(&self, error: &std::io::Error) -> Error {
        failed(&self.path, "write into", error)
    }

    /// Writes a whole file beside its place, syncs it, and renames it.
    pub(super) fn whole(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path.join(name);
        let folder = path.parent().unwrap_or(&self.path);
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                // A temporary file is private; what a run wrote may be read like any other file.
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644))?;
                File::open(folder)?.sync_all()?;
            }
            Ok(())
        };
        write().map_err(|error| failed(&path, "write", &error))
    }
}

/// A number that reads back to the same bits; whole numbers without a point, nothing for what is not there.
pub(super) fn push_number(text: &mut String, value: Option<f64>) {
    // Writing to a string cannot fail.
    let _ = match value {
        None => Ok(()),
        Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 && (whole != 0.0 || whole.is_sign_positive()) => {
            write!(text, "{}", whole as i64)
        }
        Some(value) => write!(text, "{value:?}"),
    };
}

/// A file beside the tables: no folders, and none of the tables themselves.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\\']) && !FILES.contains(&name) && !name.starts_with('.')
}

fn failed(path: &Path, what: &str, error: &std::io::Error) -> Error {
    Error::user(format!("cannot {what} {}: {error}", path.display())).help("is there room, and may you write there?")
}

pub(super) fn table(name: &str, error: &csv::Error) -> Error {
    Error::user(format!("cannot write {name}: {error}")).help("is there room, and may you write there?")
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(path, "replace", &error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_to_the_same_bits() {
        for value in [0.1, 1e-300, -0.0, 3.0, f64::MAX, f64::MIN_POSITIVE, 1.0 / 3.0, 123_456_789.0] {
            let mut text = String::new();
            push_number(&mut text, Some(value));
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{text}");
        }
    }

    #[test]
    fn a_folder_of_somebody_elses_is_refused_and_ours_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        Folder::create(
            &path,
            "format: 1\n",
            &[("scripts/adam.rhai".into(), "fn".into()), ("mine.rhai".into(), "fn".into())],
            &[],
        )
        .unwrap();
        assert!(path.join("scripts/adam.rhai").is_file());
        Folder::create(&path, "format: 1\n", &[], &[]).unwrap();
        assert!(!path.join("scripts").exists() && !path.join("mine.rhai").exists());
        let other = folder.path().join("other");
        std::fs::create_dir(&other).unwrap();
        std::fs::write(other.join("thesis.tex"), "x").unwrap();
        assert!(Folder::create(&other, "", &[], &[]).is_err());
    }
}
