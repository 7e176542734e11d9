//! A zip that a stranger made, read without trust: nothing of it is ever written to the disk, names that lead anywhere but
//! below its own top refuse it, and what is inflated is counted while it is.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::{Component, Path};

use zip::ZipArchive;
use zip::result::ZipError;

/// The largest zip, in bytes.
pub(super) const MOST_BYTES: u64 = 32 << 20;
/// The most entries of a zip: a submission has some dozens.
const MOST_ENTRIES: usize = 2000;
/// The most bytes of all that is read out of one zip.
const MOST_INFLATED: u64 = 64 << 20;
/// By how much an entry may be smaller in the zip than it is: scripts and labs come to 10.
const MOST_RATIO: u64 = 200;
/// Entries of so many bytes may be packed as tightly as they like.
const SMALL: u64 = 64 << 10;

/// A zip, open.
pub(super) struct Archive {
    zip: ZipArchive<Cursor<Vec<u8>>>,
    /// The files by their names, with their places in the zip.
    entries: BTreeMap<String, usize>,
    /// Bytes that may still be inflated.
    left: u64,
}

impl Archive {
    /// Looks through the names of a zip.
    ///
    /// # Errors
    /// Why it is refused, in words that follow "refused: ".
    pub(super) fn open(bytes: Vec<u8>) -> Result<Self, String> {
        if bytes.is_empty() {
            return Err("the file is empty".into());
        }
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| said(&error))?;
        if zip.len() > MOST_ENTRIES {
            return Err(format!("it has {} entries, where {MOST_ENTRIES} are the most", zip.len()));
        }
        let mut entries = BTreeMap::new();
        for at in 0..zip.len() {
            let entry = zip.by_index_raw(at).map_err(|error| said(&error))?;
            let name = name_of(&entry.name().map_err(|error| said(&error))?)?;
            if entry.is_symlink() {
                return Err(format!("`{name}` in it is a link"));
            }
            if entry.is_dir() {
                continue;
            }
            let (size, packed) = (entry.size(), entry.compressed_size());
            if size > SMALL && size / packed.max(1) > MOST_RATIO {
                return Err(format!("`{name}` in it is packed {} to 1, as no lab or script is", size / packed.max(1)));
            }
            if entries.insert(name.clone(), at).is_some() {
                return Err(format!("it has `{name}` twice"));
            }
        }
        Ok(Self { zip, entries, left: MOST_INFLATED })
    }

    /// The names of all files, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The bytes of a file, if it is there.
    ///
    /// # Errors
    /// It is larger than the limit, or damaged.
    pub(super) fn read(&mut self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, String> {
        let Some(at) = self.entries.get(name) else { return Ok(None) };
        let most = limit.min(self.left);
        let entry = self.zip.by_index(*at).map_err(|error| format!("`{name}`: {}", said(&error)))?;
        let mut bytes = Vec::new();
        // What the zip says of a size is not believed.
        let read = entry.take(most + 1).read_to_end(&mut bytes);
        self.left -= (bytes.len() as u64).min(self.left);
        if bytes.len() as u64 > most {
            let over = if most < limit { MOST_INFLATED } else { limit };
            return Err(format!("`{name}` is too large: more than {}", size(over)));
        }
        read.map_err(|error| format!("`{name}` is damaged: {error}"))?;
        Ok(Some(bytes))
    }
}

/// The name of an entry, if it stays below the top of the zip.
fn name_of(raw: &str) -> Result<String, String> {
    // Some programs write the separators of Windows.
    let name = raw.replace('\\', "/");
    let drive = name.as_bytes().get(1) == Some(&b':');
    let inside = Path::new(&name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if name.is_empty() || name.starts_with('/') || drive || name.contains('\0') || !inside {
        return Err(format!("`{}` in it leads out of it", crate::error::scrub_line(raw)));
    }
    let parts = Path::new(&name).components().filter(|part| matches!(part, Component::Normal(_)));
    let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    Ok(parts.join("/"))
}

fn said(error: &ZipError) -> String {
    match error {
        ZipError::InvalidArchive(_) => "it is no zip, or a damaged one".to_owned(),
        other => format!("it cannot be unpacked: {other}"),
    }
}

/// Bytes as a person reads them.
pub(super) fn size(bytes: u64) -> String {
    if bytes < 1 << 20 { format!("{} KiB", bytes >> 10) } else { format!("{} MiB", bytes >> 20) }
}
