//! The file in which a student writes the sentences of a task: what is asked stands below a line, and what stands above that
//! line is the answer. It lies beside the progress, so that nothing is lost if the line drops while the editor is open.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::lab::files::read_bounded;
use crate::session::write_beside;

/// The largest answer that is taken, in bytes.
const LIMIT: u64 = 64 << 10;

/// Behind this nothing is part of the answer.
const LINE: &str = "------ your answer stands above this line; what follows is not part of it ------";

/// The file of a task.
pub(super) fn file(progress: &Path, lab: &str, task: &str) -> PathBuf {
    let plain = |name: &str| name.replace(|c: char| !c.is_alphanumeric() && c != '-' && c != '_', "_");
    let folder = progress.parent().unwrap_or(Path::new("")).join(".optlab").join("answers");
    folder.join(format!("{}.{}.md", plain(lab), plain(task)))
}

/// Makes the file; what a student has begun to write in it stays.
///
/// # Errors
/// It cannot be written.
pub(super) fn make(file: &Path, say: &str, answer: Option<&str>) -> Result<()> {
    let begun = read(file).ok().flatten();
    let cannot = |error: std::io::Error| {
        Error::user(format!("`{}` cannot be written, where your sentences would stand: {error}", file.display()))
            .help("`optlab tasks LAB --answer ID=TEXT` takes them, too")
    };
    fs::create_dir_all(file.parent().unwrap_or(Path::new("."))).map_err(cannot)?;
    let own = begun.as_deref().or(answer).unwrap_or_default().trim_end();
    let text = format!("{own}\n\n{LINE}\n\n{}\n", say.trim_end());
    write_beside(file, true, text.as_bytes()).map_err(cannot)
}

/// What was written; none if that is nothing.
///
/// # Errors
/// The file cannot be read, or is no text.
pub(super) fn read(file: &Path) -> Result<Option<String>> {
    let name = file.display().to_string();
    let bytes = read_bounded(&name, LIMIT)?;
    let text = String::from_utf8(bytes).map_err(|_| Error::user(format!("`{name}` is no text in UTF-8")))?;
    let own = text.split(LINE).next().unwrap_or_default().trim();
    Ok(Some(own.to_owned()).filter(|own| !own.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_above_the_line_is_the_answer() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder.path().join("progress.yaml"), "a/../b", "why");
        assert!(file.starts_with(folder.path()) && !file.display().to_string().contains(".."));
        make(&file, "Why **so**?", None).unwrap();
        assert_eq!(read(&file).unwrap(), None);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("Why **so**?"));
        fs::write(&file, format!("It starts\nat 0.\n{text}")).unwrap();
        assert_eq!(read(&file).unwrap().as_deref(), Some("It starts\nat 0."));
        // Opened again, it is still there; without the line all of it counts.
        make(&file, "Why?", Some("older")).unwrap();
        assert_eq!(read(&file).unwrap().as_deref(), Some("It starts\nat 0."));
        fs::write(&file, "All of it.").unwrap();
        assert_eq!(read(&file).unwrap().as_deref(), Some("All of it."));
    }
}
