//! The key of a packed course: what a grader has and students do not get. One file of JSON with every file of the course as
//! its author wrote it, but for the solutions: labs with their answers, hidden tasks, cases and seeds, references, data.
//!
//! ```json
//! {"format": 1, "optlab": "0.1.0", "hash": "3f2a...", "labs": ["labs/a.yaml"],
//!  "files": {"labs/a.yaml": {"text": "..."}, "labs/data/x.gz": {"base64": "..."}}}
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::digest::Digest;
use crate::error::{Error, Result};
use crate::lab::files::read_bounded;

/// The format that is written and read.
const FORMAT: u64 = 1;
/// The largest key that is read, in bytes.
const LIMIT: u64 = 1 << 30;

/// A course as a grader has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The labs, by their paths from the course's folder on.
    pub labs: Vec<String>,
    /// All files, the labs among them, by such paths.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Key {
    /// What tells this key from all others: it stands in every lab that was packed with it.
    pub fn hash(&self) -> String {
        let labs = self.labs.iter().fold(Digest::default().with("labs"), Digest::with);
        let files = self.files.iter().fold(labs.with("files"), |digest, (path, bytes)| digest.with(path).with(bytes));
        files.hex()
    }

    /// The key as a file.
    pub fn to_json(&self) -> String {
        let file = |bytes: &Vec<u8>| match std::str::from_utf8(bytes) {
            Ok(text) => json!({ "text": text }),
            Err(_) => json!({ "base64": STANDARD.encode(bytes) }),
        };
        let files: Map<String, Value> = self.files.iter().map(|(path, bytes)| (path.clone(), file(bytes))).collect();
        let key = json!({
            "format": FORMAT,
            "optlab": env!("CARGO_PKG_VERSION"),
            "hash": self.hash(),
            "labs": self.labs,
            "files": files,
        });
        format!("{key}\n")
    }

    /// Reads a key from its file.
    ///
    /// # Errors
    /// The file cannot be read, is no key, is of a later format, or was changed since it was written.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let bytes = read_bounded(&name, LIMIT)?;
        let no_key = |why: &str| {
            let error = Error::user(format!("`{name}` is no key file made by `optlab pack`: {why}"));
            error.help("`optlab pack COURSE -o DIR --key FILE.key` writes the key beside what students get")
        };
        // What a parser stumbled over tells nothing to who took a wrong file, or one that is cut short.
        let json: Value = serde_json::from_slice(&bytes).map_err(|error| {
            let begun = error.is_eof() && bytes.trim_ascii_start().starts_with(b"{");
            no_key(if begun { "it is cut short" } else { "that is another kind of file" })
        })?;
        match json["format"].as_u64() {
            _ if ["labs", "files"].iter().any(|part| json[part].is_null()) => {
                return Err(no_key("that is another kind of file"));
            }
            Some(FORMAT) => {}
            Some(later) if later > FORMAT => {
                let error = Error::user(format!("`{name}` has format {later}, and this optlab reads format {FORMAT}"));
                return Err(error.help("grade with the optlab that packed the course, or a later one"));
            }
            _ => return Err(no_key("it does not say of which format it is")),
        }
        let labs = json["labs"].as_array().ok_or_else(|| no_key("it has no `labs`"))?;
        let labs = labs.iter().filter_map(|lab| lab.as_str().map(str::to_owned)).collect();
        let files = json["files"].as_object().ok_or_else(|| no_key("it has no `files`"))?;
        let file = |(path, file): (&String, &Value)| {
            let bytes = match (file["text"].as_str(), file["base64"].as_str()) {
                (Some(text), _) => text.as_bytes().to_vec(),
                (None, Some(coded)) => {
                    STANDARD.decode(coded).map_err(|_| no_key(&format!("`{path}` in it is damaged")))?
                }
                _ => return Err(no_key(&format!("`{path}` has neither `text` nor `base64`"))),
            };
            let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
            let fits = inside && !path.is_empty();
            if fits { Ok((path.clone(), bytes)) } else { Err(no_key(&format!("`{path}` leads out of the course"))) }
        };
        let key = Self { labs, files: files.iter().map(file).collect::<Result<_>>()? };
        if json["hash"].as_str() != Some(key.hash().as_str()) {
            let error = Error::user(format!("`{name}` was changed since it was written: its hash does not fit"));
            return Err(error.help("take the file that `optlab pack` wrote, or pack the course again"));
        }
        Ok(key)
    }

    /// Writes the course's files into a folder that goes with what is returned: all folders, and those files for which `has`
    /// holds.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn unpack(&self, has: impl Fn(&str) -> bool) -> Result<TempDir> {
        let cannot = |error: std::io::Error| Error::fault(format!("cannot unpack the key: {error}"));
        let folder = tempfile::Builder::new().prefix("optlab-key-").tempdir().map_err(cannot)?;
        for (path, bytes) in &self.files {
            let place = folder.path().join(path);
            place.parent().map_or(Ok(()), fs::create_dir_all).map_err(cannot)?;
            if has(path) {
                fs::write(place, bytes).map_err(cannot)?;
            }
        }
        // Without one of its own, a course would have the scripts of whatever folder the grader works in.
        fs::create_dir_all(folder.path().join("scripts")).map_err(cannot)?;
        Ok(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        let files = [("labs/a.yaml", b"format: 1\n".to_vec()), ("data/x.gz", vec![0x1f, 0x8b, 0xff])];
        let files = files.into_iter().map(|(path, bytes)| (path.to_owned(), bytes)).collect();
        Key { labs: vec!["labs/a.yaml".into()], files }
    }

    fn read(text: &str) -> Result<Key> {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("a.key");
        fs::write(&path, text).unwrap();
        Key::read(&path)
    }

    #[test]
    fn a_key_is_read_as_it_was_written_with_data_that_are_no_text() {
        assert_eq!(read(&key().to_json()).unwrap(), key());
        let folder = key().unpack(|_| true).unwrap();
        assert_eq!(fs::read(folder.path().join("data/x.gz")).unwrap(), [0x1f, 0x8b, 0xff]);
    }

    #[test]
    fn what_is_no_key_or_was_changed_is_refused_with_a_word() {
        let good = key().to_json();
        for (text, why) in [
            ("PK", "is no key file made by `optlab pack`: that is another kind of file"),
            ("{}", "that is another kind of file"),
            ("hello: 1", "that is another kind of file"),
            (&good[..good.len() / 2], "it is cut short"),
            (&good.replace("\"format\":1", "\"format\":2"), "has format 2"),
            (&good.replace("format: 1", "format: 2"), "was changed"),
            (&good.replace("data/x.gz", "../x.gz"), "leads out of the course"),
            (&good.replace("data/x.gz", "/x.gz"), "leads out of the course"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.what().contains(why), "{why}: {error}");
            assert!(!error.help_lines().is_empty(), "{why}");
        }
    }
}
