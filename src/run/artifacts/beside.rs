//! A whole file is written beside its place and renamed: a reader sees the old file or the new one, never half of one.
//!
//! What is at its place is replaced and never written through, so that no link leads elsewhere. The file has the
//! permissions that any file of the user's has: those that the umask leaves. What is in it is not its business.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use tempfile::{Builder, NamedTempFile};

/// How a file is called until it is whole.
const PART: &str = ".optlab-part-";
/// A file that is older than this and still not whole is one of a process that was killed: none takes so long.
const DEAD: Duration = Duration::from_secs(60);

/// A new file with another name than any, in a folder, that is gone when this is dropped. It is opened here, readable as far
/// as the umask lets it be: `tempfile` makes it its owner's alone, and puts a name that nobody has chosen into its errors.
pub(super) fn unnamed(folder: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    let open = |path: &Path| OpenOptions::new().read(true).write(true).create_new(true).open(path);
    Builder::new().prefix(prefix).rand_bytes(12).make_in(folder, open)
}

/// Writes a file beside its place and renames it: a reader sees the old file or the new one, whole.
///
/// # Errors
/// It cannot be written, or is there already ([`io::ErrorKind::AlreadyExists`]) and may not be replaced.
pub fn write_beside(path: &Path, replace: bool, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = whole(folder, bytes)?;
    forget_the_dead(folder, &file);
    put(file, path, replace)?;
    Ok(())
}

/// The file, whole and on the disk, before it has its name.
fn whole(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = unnamed(folder, PART)?;
    // Of the file itself: the errors of what wraps it tell its name, which is not the user's.
    file.as_file_mut().write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn put(file: NamedTempFile, path: &Path, replace: bool) -> io::Result<()> {
    if replace {
        file.persist(path).map_err(|error| error.error)?;
    } else {
        file.persist_noclobber(path).map_err(|error| error.error)?;
    }
    // Some file systems cannot sync a folder; the file itself is safe.
    if let Some(folder) = path.parent() {
        drop(File::open(folder).and_then(|folder| folder.sync_all()));
    }
    Ok(())
}

/// Writes a file of a folder that belongs to this process, over what is at its place.
pub(super) fn write_into(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(whole(folder, bytes)?, path, true)
}

/// Takes away what is not whole in a folder that belongs to this process: those who wrote it were killed.
pub(super) fn forget_parts(folder: &Path) {
    parts(folder, |_| true);
}

/// Takes away what is not whole and old, by the time of the machine that holds the files.
fn forget_the_dead(folder: &Path, newest: &NamedTempFile) {
    let Some(now) = newest.as_file().metadata().and_then(|about| about.modified()).ok() else { return };
    let old = |about: &std::fs::Metadata| {
        about.modified().is_ok_and(|then| now.duration_since(then).is_ok_and(|age| age > DEAD))
    };
    parts(folder, old);
}

fn parts(folder: &Path, dead: impl Fn(&std::fs::Metadata) -> bool) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PART));
        if ours && entry.metadata().is_ok_and(|about| about.is_file() && dead(&about)) {
            drop(std::fs::remove_file(entry.path()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_that_was_never_whole_is_taken_away_once_it_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in [".optlab-part-old", ".optlab-part-new", "notes.txt"] {
            fs::write(at(name), "x").unwrap();
        }
        let now = fs::metadata(at("notes.txt")).unwrap().modified().unwrap();
        let old = File::options().write(true).open(at(".optlab-part-old")).unwrap();
        old.set_modified(now - Duration::from_secs(90)).unwrap();
        write_beside(&at("run.yaml"), false, b"a").unwrap();
        assert!(!at(".optlab-part-old").exists() && at(".optlab-part-new").exists() && at("notes.txt").exists());
        assert_eq!(write_beside(&at("run.yaml"), false, b"b").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(at("run.yaml")).unwrap(), b"a");
        forget_parts(folder.path());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_cannot_be_written_is_told_without_the_name_that_it_has_until_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let said = |path: &Path| write_beside(path, true, b"a").unwrap_err().to_string();
        fs::write(folder.path().join("file"), "x").unwrap();
        fs::create_dir(folder.path().join("folder")).unwrap();
        fs::write(folder.path().join("folder/inside"), "x").unwrap();
        for place in ["missing/a.svg", "file/a.svg", "folder"] {
            let said = said(&folder.path().join(place));
            assert!(!said.contains(PART) && !said.contains("at path") && said.contains("os error"), "{place}: {said}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_has_the_permissions_that_the_umask_leaves() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().mode();
        fs::write(folder.path().join("usual"), "").unwrap();
        write_beside(&folder.path().join("beside"), false, b"").unwrap();
        write_into(folder.path(), &folder.path().join("into"), b"").unwrap();
        assert_eq!((mode("beside"), mode("into")), (mode("usual"), mode("usual")));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_never_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, link) = (folder.path().join("victim"), folder.path().join("link"));
        fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        write_beside(&link, true, b"new").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
    }
}
