//! The files that a lab names: found relative to the file that names them, inside the lab's root and nowhere else,
//! read without ever waiting for a pipe. Labs that ship read theirs from the binary by the same calls. Never writes.

pub(in crate::lab) mod home;
pub mod languages;
mod leaves;
pub mod library;
pub(in crate::lab) mod lookup;
mod there;

use std::fs::{self, File, OpenOptions};
use std::io::{Cursor, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use include_dir::Dir;

use crate::error::{Error, Place, Result, Source, nearest, text_of};
use crate::lab::yaml::syntax::{self, MAX_BYTES};

/// The file that marks a working folder, which makes it the root of all labs below it.
pub const MARKER: &str = ".optlab/root";

/// The file with the language of a working folder, a word.
pub const LANGUAGE: &str = ".optlab/lang";

/// The nearest of a folder and those above it that is a working folder, if one is.
pub fn working_folder_of(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.join(MARKER).is_file())
}

/// The largest script or other text, in bytes.
pub const TEXT_LIMIT: u64 = 1 << 20;

/// The largest data or weights file, in bytes.
pub const DATA_LIMIT: u64 = 2 << 30;

/// Where a lab or script finds the files that it names.
#[derive(Debug, Clone)]
pub enum Files {
    /// On the disk.
    Disk {
        /// The folder that no file may lie outside of, links resolved.
        root: PathBuf,
        /// The folder of the naming file, links resolved.
        dir: PathBuf,
        /// The same folder as the user called it, for messages.
        shown: PathBuf,
    },
    /// In the binary.
    Shipped {
        /// The root of the embedded files.
        tree: &'static Dir<'static>,
        /// The folder of the naming file, relative to the root.
        dir: PathBuf,
    },
    /// Those of others, but for some whose texts are these.
    Laid {
        /// The others.
        under: Box<Files>,
        /// By their names as the lab has them, folded.
        texts: Arc<Vec<(PathBuf, Arc<Source>)>>,
    },
}

/// A file that has been found and may be read.
pub struct Opened {
    /// The name to show, as in `labs/data/f.csv`.
    pub name: String,
    /// Its size in bytes, which the limit allows; reading ends there at the latest.
    pub size: u64,
    /// Where files that this one names are found.
    pub files: Files,
    reader: Box<dyn Read + Send>,
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl Files {
    /// The files of a lab on the disk, and the bytes of the lab itself.
    pub fn of_lab(lab: &Path) -> Result<(Self, Vec<u8>)> {
        let shown = lab.parent().unwrap_or(Path::new("")).to_path_buf();
        let named = if shown.as_os_str().is_empty() { Path::new(".") } else { &shown };
        let name = lab.display().to_string();
        let dir = named.canonicalize().map_err(|error| cannot_read(&name, &error))?;
        let (file, size) = open_regular(lab, &name, u64::MAX).map_err(|error| match suggestion(lab) {
            Some(near) => error.help(format!("did you mean `{}`?", shown.join(near).display())),
            None => error,
        })?;
        // Refused by its size, before any of it is read.
        if size > MAX_BYTES as u64 {
            return Err(syntax::too_large(&name, size));
        }
        let mut file = file.take(MAX_BYTES as u64);
        let mut bytes = Vec::with_capacity(size as usize);
        file.read_to_end(&mut bytes).map_err(|error| cannot_read(&name, &error))?;
        let root = working_folder_of(&dir).unwrap_or(&dir).to_path_buf();
        Ok((Self::Disk { root, dir, shown }, bytes))
    }

    /// The files of a lab that is, or could be, saved at a path: found beside it, without reading the lab itself.
    pub fn beside(lab: &Path) -> Result<Self> {
        let shown = lab.parent().unwrap_or(Path::new("")).to_path_buf();
        let named = if shown.as_os_str().is_empty() { Path::new(".") } else { &shown };
        let dir = named.canonicalize().map_err(|error| cannot_read(&lab.display().to_string(), &error))?;
        let root = working_folder_of(&dir).unwrap_or(&dir).to_path_buf();
        Ok(Self::Disk { root, dir, shown })
    }

    /// The files of a shipped lab at a path of the embedded tree.
    pub fn of_shipped(tree: &'static Dir<'static>, lab: &Path) -> Self {
        Self::Shipped { tree, dir: lab.parent().unwrap_or(Path::new("")).to_path_buf() }
    }

    /// These files, but for some that have other texts, by the names that stand in the lab.
    #[must_use]
    pub fn with_texts(self, texts: &[(String, Arc<Source>)]) -> Self {
        let folded = texts.iter().filter_map(|(name, text)| Some((fold(Path::new(name))?, text.clone())));
        Self::Laid { under: Box::new(self), texts: Arc::new(folded.collect()) }
    }

    /// Opens the file of a name that stands at a place. Refused there: names that leave the root (also by a link),
    /// what is not a regular file, and more than `limit` bytes.
    pub fn open(&self, name: &str, limit: u64, place: &Place) -> Result<Opened> {
        check_name(name).and_then(|()| self.find(name, limit)).map_err(|error| error.at(place.clone()))
    }

    /// The bytes of a file, as [`Files::open`] finds it.
    pub fn bytes(&self, name: &str, limit: u64, place: &Place) -> Result<Vec<u8>> {
        let mut opened = self.open(name, limit, place)?;
        let mut bytes = Vec::with_capacity(opened.size as usize);
        let read = opened.read_to_end(&mut bytes);
        read.map_err(|error| cannot_read(&opened.name, &error).at(place.clone()))?;
        Ok(bytes)
    }

    /// The text of a file of at most 1 MiB, without a byte order mark, and where the files that it names are found.
    pub fn text(&self, name: &str, place: &Place) -> Result<(Arc<Source>, Self)> {
        let opened = self.open(name, TEXT_LIMIT, place)?;
        let (shown, files) = (opened.name, opened.files);
        let mut bytes = Vec::new();
        let mut reader = opened.reader;
        reader.read_to_end(&mut bytes).map_err(|error| cannot_read(&shown, &error).at(place.clone()))?;
        let text = text_of(&shown, bytes).map_err(|error| error.at(place.clone()))?;
        Ok((Source::new(shown, text), files))
    }

    /// The text of a file that a program asks for, rather than a line of a lab.
    pub fn text_named(&self, name: &str) -> Result<Arc<Source>> {
        let place = Place { source: Source::new("", ""), span: 0..0, key: String::new() };
        self.text(name, &place).map(|(source, _)| source)
    }

    /// What messages call a file of this name: `labs/data/f.csv`.
    pub(in crate::lab) fn shown(&self, name: &str) -> String {
        let folder = match self {
            Self::Disk { shown, .. } => shown.clone(),
            Self::Shipped { dir, .. } => Path::new("labs").join(dir),
            Self::Laid { under, .. } => return under.shown(name),
        };
        folder.join(name).display().to_string()
    }

    /// Such a name from the folder of the naming file on; a name that does not begin there stays as it is.
    pub(in crate::lab) fn relative(&self, shown: &str) -> String {
        let folder = self.shown("");
        shown.strip_prefix(folder.as_str()).unwrap_or(shown).to_owned()
    }

    fn find(&self, name: &str, limit: u64) -> Result<Opened> {
        match self {
            Self::Disk { root, dir, shown } => find_on_disk(root, dir, shown, name, limit),
            Self::Shipped { tree, dir } => find_shipped(tree, dir, name, limit),
            Self::Laid { under, texts } => {
                let laid = fold(Path::new(name)).and_then(|name| texts.iter().find(|(own, _)| *own == name));
                let Some((_, text)) = laid else { return under.find(name, limit) };
                let (name, bytes) = (text.name.clone(), text.text.clone().into_bytes());
                match bytes.len() as u64 {
                    size if size > limit => Err(too_large(&name, size, limit)),
                    size => Ok(Opened { name, size, files: self.clone(), reader: Box::new(Cursor::new(bytes)) }),
                }
            }
        }
    }
}

fn find_on_disk(root: &Path, dir: &Path, shown: &Path, name: &str, limit: u64) -> Result<Opened> {
    // First by the letters of the path, so that nothing outside the root is even looked for.
    let written =
        fold(&dir.join(name)).filter(|path| path.starts_with(root)).ok_or_else(|| leaves::on_disk(name, root, dir))?;
    let path = match dir.join(name).canonicalize() {
        Ok(path) => path,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(missing(&written, name)),
        Err(error) => return Err(cannot_read(name, &error)),
    };
    if !path.starts_with(root) {
        return Err(leaves::by_link(name, root));
    }
    let (file, size) = open_regular(&path, name, limit)?;
    let folder = path.parent().unwrap_or(root).to_path_buf();
    let shown = shown.join(name);
    let files = Files::Disk {
        root: root.to_path_buf(),
        dir: folder,
        shown: shown.parent().unwrap_or(shown.as_path()).to_path_buf(),
    };
    Ok(Opened { name: shown.display().to_string(), size, files, reader: Box::new(file) })
}

fn find_shipped(tree: &'static Dir<'static>, dir: &Path, name: &str, limit: u64) -> Result<Opened> {
    // A folder that is not there stands for the root, so that `..` cannot go above it unseen.
    let base = Path::new("/");
    let path = fold(&base.join(dir).join(name)).ok_or_else(|| leaves::of_shipped(name))?;
    let path = path.strip_prefix(base).unwrap_or(&path).to_path_buf();
    let Some(file) = tree.get_file(&path) else {
        if tree.get_dir(&path).is_some() {
            return Err(Error::user(format!("`{name}` is a folder")).help("give the path of a file"));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.map_or(Some(tree), |folder| tree.get_dir(folder));
        let names = folder.into_iter().flat_map(Dir::files).filter_map(|file| file.path().file_name()?.to_str());
        return Err(no_file(name, &path, &names.map(str::to_owned).collect::<Vec<_>>()));
    };
    let size = file.contents().len() as u64;
    if size > limit {
        return Err(too_large(name, size, limit));
    }
    let files = Files::of_shipped(tree, &path);
    let shown = Path::new("labs").join(&path).display().to_string();
    let reader = Box::new(Cursor::new(Vec::from(file.contents())));
    Ok(Opened { name: shown, size, files, reader })
}

/// What can be told from the name alone.
fn check_name(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::user("the path of a file is empty"));
    }
    if name.contains('\0') {
        return Err(Error::user("the path of a file has a NUL character in it").help("no file system has such names"));
    }
    if name == "~" || name.starts_with("~/") {
        let error = Error::user(format!("`{name}`: `~` is not a folder here"));
        return Err(error.help("a path is relative to the file that names it; copy the file beside the lab"));
    }
    let drive = name.as_bytes().get(1) == Some(&b':') && name.as_bytes()[0].is_ascii_alphabetic();
    if Path::new(name).is_absolute() || name.starts_with('\\') || drive {
        let error = Error::user(format!("`{name}` is an absolute path"));
        return Err(error.help("a path is relative to the file that names it; copy the file beside the lab"));
    }
    Ok(())
}

/// The path with `.` and `..` worked out; `None` if it goes above the top.
fn fold(path: &Path) -> Option<PathBuf> {
    let mut folded = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !folded.pop() {
                    return None;
                }
            }
            other => folded.push(other),
        }
    }
    Some(folded)
}

/// The bytes of a file by its path, as the user called it: a regular one of at most `limit` bytes, read without ever
/// waiting for a pipe.
///
/// # Errors
/// It is not there, is something else, is too large or cannot be read.
pub fn read_bounded(path: &str, limit: u64) -> Result<Vec<u8>> {
    let (mut file, size) = open_regular(Path::new(path), path, limit)?;
    let mut bytes = Vec::with_capacity(size as usize);
    file.read_to_end(&mut bytes).map_err(|error| cannot_read(path, &error))?;
    Ok(bytes)
}

/// What the system knows of a file by its path, as the user called it: a regular one of at most `limit` bytes that may be
/// read. It is opened, because that is when a network folder asks its server.
///
/// # Errors
/// It is not there, is something else, is too large or cannot be read.
pub fn look_at(path: &str, limit: u64) -> Result<fs::Metadata> {
    let (file, _) = open_regular(Path::new(path), path, limit)?;
    file.into_inner().metadata().map_err(|error| cannot_read(path, &error))
}

/// Opens a regular file without waiting: a pipe would block until somebody writes into it.
fn open_regular(path: &Path, name: &str, limit: u64) -> Result<(std::io::Take<File>, u64)> {
    let before = fs::metadata(path).map_err(|error| match path.symlink_metadata() {
        Ok(_) if error.kind() == ErrorKind::NotFound => nowhere(name),
        _ => cannot_read(name, &error),
    })?;
    regular(&before, name)?;
    let mut options = OpenOptions::new();
    options.read(true);
    // Should the file be swapped for a pipe between the two calls, opening still must not wait.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, NONBLOCK);
    let file = options.open(path).map_err(|error| cannot_read(name, &error))?;
    let metadata = file.metadata().map_err(|error| cannot_read(name, &error))?;
    regular(&metadata, name)?;
    if metadata.len() > limit {
        return Err(too_large(name, metadata.len(), limit));
    }
    let size = metadata.len();
    Ok((file.take(limit), size))
}

/// `O_NONBLOCK`, where its value is the same on all processors that optlab is built for; else the first check must do.
#[cfg(unix)]
const NONBLOCK: i32 = if cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))) {
    0o4000
} else if cfg!(target_os = "macos") {
    4
} else {
    0
};

fn regular(metadata: &fs::Metadata, name: &str) -> Result<()> {
    if metadata.is_file() {
        Ok(())
    } else if metadata.is_dir() {
        Err(Error::user(format!("`{name}` is a folder")).help("give the path of a file"))
    } else {
        let error = Error::user(format!("`{name}` is a pipe, a socket or a device, not a file"));
        Err(error.help("copy its contents into an ordinary file"))
    }
}

fn too_large(name: &str, size: u64, limit: u64) -> Error {
    let mebi = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    Error::user(format!("`{name}` is too large: {:.1} MiB, where {:.0} MiB is the limit", mebi(size), mebi(limit)))
}

fn nowhere(name: &str) -> Error {
    Error::user(format!("`{name}` is a link to a file that does not exist"))
}

fn missing(path: &Path, name: &str) -> Error {
    if fs::symlink_metadata(path).is_ok() {
        return nowhere(name);
    }
    no_file(name, path, &path.parent().map(names_in).unwrap_or_default())
}

fn no_file(name: &str, path: &Path, names: &[String]) -> Error {
    let error = Error::user(format!("there is no file `{name}`"));
    let wrong = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match nearest(&wrong, names.iter().map(String::as_str)) {
        Some(near) => {
            let near = Path::new(name).with_file_name(near);
            error.label(format!("did you mean `{}`?", near.display()))
        }
        None => error.help("a path is relative to the file that names it"),
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    // More names than anybody keeps in one folder; the limit keeps the answer quick.
    let mut names: Vec<_> = entries.take(10_000).filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The nearest name beside a file that does not exist.
fn suggestion(path: &Path) -> Option<String> {
    if path.symlink_metadata().is_ok() {
        return None;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names = names_in(folder);
    nearest(path.file_name()?.to_str()?, names.iter().map(String::as_str)).map(str::to_owned)
}

fn cannot_read(name: &str, error: &std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => Error::user(format!("there is no file `{name}`")),
        ErrorKind::PermissionDenied => Error::user(format!("`{name}` must not be read by you")),
        ErrorKind::NotADirectory => Error::user(format!("a part of `{name}` is not a folder")),
        _ => Error::user(format!("`{name}` cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests;
