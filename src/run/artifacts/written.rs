//! What optlab wrote into a folder, as the folder's marker tells it: only that is ever replaced or taken away.
//!
//! A marker may come from anywhere, as a folder that was copied from somebody else's machine does. So it is believed of
//! files alone that a run writes, inside of the folder, and none is reached through a link.

use std::fs::{Metadata, symlink_metadata};
use std::io;
use std::path::Path;

use super::beside::write_into;

/// Tells that optlab wrote the folder, and what.
pub(super) const MARKER: &str = ".optlab-run";
const HEAD: &str = "What `optlab --out` wrote into this folder, and replaces:";
/// The head of older ones, which named scripts beside the tables alone.
const OLDER: &str = "A folder that `optlab --out` writes and replaces, with these scripts:";
/// What a run writes beside scripts.
pub(super) const FILES: [&str; 11] = [
    "steps.csv",
    "epochs.csv",
    "model.safetensors",
    "state.safetensors",
    "observed.csv",
    "lab.yaml",
    "summary.json",
    "path.csv",
    "averages.csv",
    "seeds.csv",
    "curves.csv",
];
/// A marker of a thousand scripts is shorter.
const LONGEST: u64 = 1 << 20;

/// What was written into a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// Paths in the folder.
    pub files: Vec<String>,
    /// In a race, the folders of its runs.
    pub racers: Vec<String>,
}

impl Written {
    /// What a folder's marker says; nothing if there is none.
    pub fn read(folder: &Path) -> Self {
        let path = folder.join(MARKER);
        let readable = symlink_metadata(&path).is_ok_and(|about| about.is_file() && about.len() <= LONGEST);
        let text = if readable { std::fs::read_to_string(path).unwrap_or_default() } else { String::new() };
        let mut lines = text.lines();
        let mut written = Self::default();
        if lines.next() == Some(OLDER) {
            written.files.extend(FILES.map(str::to_owned));
            scripts_in(folder, "scripts", &mut written.files, 4);
        }
        for line in lines {
            match line.strip_suffix('/') {
                Some(racer) if is_racer(racer) => written.racers.push(racer.to_owned()),
                None if is_of_a_run(line) => written.files.push(line.to_owned()),
                _ => {}
            }
        }
        written
    }

    /// Writes the marker.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let racers = self.racers.iter().map(|racer| format!("{racer}/"));
        let lines = std::iter::once(HEAD.to_owned()).chain(self.files.iter().cloned()).chain(racers);
        let text: String = lines.map(|line| line + "\n").collect();
        write_into(folder, &folder.join(MARKER), text.as_bytes())
    }

    /// It was written.
    pub fn has(&self, file: &str) -> bool {
        self.files.iter().any(|written| written == file)
    }

    /// What another run wrote, too.
    pub fn join(&mut self, other: &Self) {
        let files = other.files.iter().filter(|file| !self.has(file)).cloned().collect::<Vec<_>>();
        self.files.extend(files);
        let racers = other.racers.iter().filter(|racer| !self.racers.contains(racer)).cloned().collect::<Vec<_>>();
        self.racers.extend(racers);
    }
}

/// What stands in the way of a file of a run at a path in a folder, in words; nothing if the place is free or holds a file
/// that optlab wrote.
pub(super) fn in_the_way(folder: &Path, file: &str, written: &Written) -> Option<(String, &'static str)> {
    let mut place = folder.to_path_buf();
    let mut inside = String::new();
    let parts: Vec<&str> = file.split('/').collect();
    for (at, part) in parts.iter().enumerate() {
        place.push(part);
        inside = if at == 0 { (*part).to_owned() } else { format!("{inside}/{part}") };
        let Ok(about) = symlink_metadata(&place) else { return None };
        let wrong = if at + 1 < parts.len() { no_folder(&about) } else { no_file(&about) };
        if let Some(wrong) = wrong {
            return Some((inside, wrong));
        }
    }
    let ours = written.has(file) || [MARKER, super::claim::CLAIM].contains(&file);
    (!ours).then_some((inside, "was not written by optlab"))
}

/// Why something is no folder to write into.
pub(super) fn no_folder(about: &Metadata) -> Option<&'static str> {
    match about {
        about if about.is_symlink() => Some("is a symbolic link"),
        about if !about.is_dir() => Some("is not a folder"),
        _ => None,
    }
}

fn no_file(about: &Metadata) -> Option<&'static str> {
    match about {
        about if about.is_symlink() => Some("is a symbolic link"),
        about if about.is_dir() => Some("is a folder"),
        about if !about.is_file() => Some("is a pipe or a device"),
        _ => None,
    }
}

/// Takes a file away that optlab wrote, with its folder if that is empty then.
pub(super) fn remove(folder: &Path, written: &Written, file: &str) -> io::Result<()> {
    let path = folder.join(file);
    // What came in the way since is not ours.
    if !written.has(file) || in_the_way(folder, file, written).is_some() || symlink_metadata(&path).is_err() {
        return Ok(());
    }
    std::fs::remove_file(path)?;
    remove_empty(folder, file);
    Ok(())
}

/// Takes the folders of a file away as far as they are empty.
pub(super) fn remove_empty(folder: &Path, file: &str) {
    let inside = Path::new(file).ancestors().skip(1).take_while(|inside| !inside.as_os_str().is_empty());
    let _ = inside.map(|inside| std::fs::remove_dir(folder.join(inside))).try_for_each(|removed| removed);
}

/// Takes away what optlab wrote into a folder, and the folder if nothing else is in it.
pub(super) fn clear(folder: &Path) -> io::Result<()> {
    clear_with(folder, true)
}

/// With the folders of a race's runs, which have no such folders themselves.
fn clear_with(folder: &Path, racers: bool) -> io::Result<()> {
    if symlink_metadata(folder).map_or(true, |about| no_folder(&about).is_some()) {
        return Ok(());
    }
    let written = Written::read(folder);
    for file in &written.files {
        remove(folder, &written, file)?;
    }
    for racer in written.racers.iter().filter(|_| racers) {
        clear_with(&folder.join(racer), false)?;
    }
    let others = |entry: io::Result<std::fs::DirEntry>| entry.is_ok_and(|entry| entry.file_name() != MARKER);
    if !std::fs::read_dir(folder)?.any(others) {
        if in_the_way(folder, MARKER, &written).is_none() && folder.join(MARKER).exists() {
            std::fs::remove_file(folder.join(MARKER))?;
        }
        std::fs::remove_dir(folder)?;
    }
    Ok(())
}

/// A file that a run may write: a table or its like, or a script, beside them or in folders of scripts.
fn is_of_a_run(file: &str) -> bool {
    // No empty part and no point alone, which a path's components do not tell.
    let plain = |part: &str| !part.is_empty() && ![".", ".."].contains(&part);
    let inside = !file.contains('\\') && file.split('/').all(plain);
    inside && (FILES.contains(&file) || Path::new(file).extension().is_some_and(|ending| ending == "rhai"))
}

/// The name of a run of a race.
fn is_racer(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.')
}

/// Scripts below a folder, as older markers did not name them.
fn scripts_in(folder: &Path, inside: &str, found: &mut Vec<String>, deeper: u8) {
    for entry in std::fs::read_dir(folder.join(inside)).into_iter().flatten().flatten() {
        let Some(name) = entry.file_name().to_str().map(|name| format!("{inside}/{name}")) else { continue };
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && deeper > 0 => scripts_in(folder, &name, found, deeper - 1),
            Ok(kind) if kind.is_file() && is_of_a_run(&name) => found.push(name),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_marker_is_believed_of_files_of_a_run_inside_of_its_folder_alone() {
        let folder = tempfile::tempdir().unwrap();
        let names = [
            "steps.csv",
            "scripts/optimizers/adam.rhai",
            "mine.rhai",
            "adam/",
            "notes.txt",
            "../steps.csv",
            "a/../b.rhai",
            "/etc/passwd",
            "/tmp/x.rhai",
            "../up/",
            "./x.rhai",
            "scripts//x.rhai",
            "sub/steps.csv",
            "",
        ];
        fs::write(folder.path().join(MARKER), format!("{HEAD}\n{}\n", names.join("\n"))).unwrap();
        let written = Written::read(folder.path());
        assert_eq!(written.files, names[..3]);
        assert_eq!(written.racers, ["adam"]);
    }

    #[test]
    fn an_older_marker_stands_for_the_tables_and_the_scripts_that_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let scripts = folder.path().join("scripts/optimizers");
        fs::create_dir_all(&scripts).unwrap();
        for file in ["adam.rhai", "notes.txt"] {
            fs::write(scripts.join(file), "x").unwrap();
        }
        fs::write(folder.path().join(MARKER), format!("{OLDER}\nmine.rhai\nsgd/\n")).unwrap();
        let written = Written::read(folder.path());
        assert!(FILES.iter().all(|file| written.has(file)) && written.has("mine.rhai") && written.racers == ["sgd"]);
        assert!(written.has("scripts/optimizers/adam.rhai") && written.files.len() == FILES.len() + 2);
        clear(folder.path()).unwrap();
        assert!(scripts.join("notes.txt").is_file() && !scripts.join("adam.rhai").exists());
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_taken_away_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (run, other) = (folder.path().join("run"), folder.path().join("other"));
        fs::create_dir_all(other.join("optimizers")).unwrap();
        fs::create_dir(&run).unwrap();
        fs::write(other.join("optimizers/adam.rhai"), "precious").unwrap();
        fs::write(other.join(MARKER), format!("{HEAD}\noptimizers/adam.rhai\n")).unwrap();
        for link in ["scripts", "racer"] {
            std::os::unix::fs::symlink(&other, run.join(link)).unwrap();
        }
        fs::write(run.join(MARKER), format!("{HEAD}\nscripts/optimizers/adam.rhai\nracer/\n")).unwrap();
        clear(&run).unwrap();
        assert_eq!(fs::read(other.join("optimizers/adam.rhai")).unwrap(), b"precious");
        assert!(run.join(MARKER).is_file(), "what is left is still told of");
    }
}
