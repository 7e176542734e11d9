//! The file in which a student writes the sentences of a task: what is asked, a line, and the answer below it. What a student
//! writes anywhere else in it counts as well, so that nothing is lost. It lies beside the progress, where it stays if the
//! connection drops while the editor is open.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::lab::files::read_bounded;
use crate::session::write_beside;

/// The largest answer that is taken, in bytes.
const LIMIT: u64 = 64 << 10;

/// Between what is asked and the answer.
const LINE: &str = "------ write your answer below this line ------";

/// What the file begins with.
fn head(say: &str) -> String {
    format!("{}\n\n{LINE}\n", say.trim_end())
}

/// The file of a task.
pub(super) fn file(progress: &Path, lab: &str, task: &str) -> PathBuf {
    let plain = |name: &str| name.replace(|c: char| !c.is_alphanumeric() && c != '-' && c != '_', "_");
    let folder = progress.parent().unwrap_or(Path::new("")).join(".optlab").join("answers");
    folder.join(format!("{}.{}.md", plain(lab), plain(task)))
}

/// Makes the file; what a student has begun to write in it stays.
///
/// # Errors
/// It cannot be written; or what is there cannot be read, and then it stays as it is.
pub(super) fn make(file: &Path, say: &str, answer: Option<&str>) -> Result<()> {
    let begun = if file.exists() { read(file, say)? } else { None };
    let cannot = |error: std::io::Error| {
        Error::user(format!("`{}` cannot be written, where your sentences would stand: {error}", file.display()))
            .help("`optlab tasks LAB --answer ID=TEXT` takes them, too")
    };
    fs::create_dir_all(file.parent().unwrap_or(Path::new("."))).map_err(cannot)?;
    let own = begun.as_deref().or(answer).unwrap_or_default().trim_end();
    let text = format!("{}\n{own}\n", head(say));
    write_beside(file, true, text.as_bytes()).map_err(cannot)
}

/// What was written for a task that asks so; none if that is nothing.
///
/// # Errors
/// The file cannot be read, or is no text.
pub(super) fn read(file: &Path, say: &str) -> Result<Option<String>> {
    let name = file.display().to_string();
    let bytes = read_bounded(&name, LIMIT)?;
    let text = String::from_utf8(bytes).map_err(|_| Error::user(format!("`{name}` is no text in UTF-8")))?;
    let text = text.replace("\r\n", "\n");
    // Above what is asked, too, a student may have written. Asked in other words since, all above the line was asked.
    let (above, below) = match text.split_once(&head(say)) {
        Some(parts) => parts,
        None => text.split_once(LINE).map_or(("", text.as_str()), |(_, below)| ("", below)),
    };
    let own = [above.trim(), below.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    Ok(Some(own).filter(|own| !own.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_student_writes_counts_wherever_it_stands() {
        const SAY: &str = "Why **so**?\n";
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder.path().join("progress.yaml"), "a/../b", "why");
        assert!(file.starts_with(folder.path()) && !file.display().to_string().contains(".."));
        make(&file, SAY, None).unwrap();
        assert_eq!(read(&file, SAY).unwrap(), None);
        let empty = fs::read_to_string(&file).unwrap();
        assert!(empty.starts_with("Why **so**?"), "{empty}");
        let written = |text: &str| {
            fs::write(&file, text).unwrap();
            read(&file, SAY).unwrap().unwrap_or_default()
        };
        assert_eq!(written(&format!("{empty}It starts\nat 0.\n")), "It starts\nat 0.");
        assert_eq!(written(&format!("It starts\nat 0.\n{empty}")), "It starts\nat 0.");
        assert_eq!(written(&format!("One.\n{empty}Two.\n").replace('\n', "\r\n")), "One.\n\nTwo.");
        assert_eq!(written("All of it."), "All of it.");
        // Opened again it is still there, also where the task is asked in other words.
        make(&file, SAY, Some("older")).unwrap();
        assert_eq!(read(&file, SAY).unwrap().as_deref(), Some("All of it."));
        make(&file, "Porqu\u{ea}?", None).unwrap();
        assert_eq!(read(&file, "Porqu\u{ea}?").unwrap().as_deref(), Some("All of it."));
        assert_eq!(read(&file, "How?").unwrap().as_deref(), Some("All of it."));
    }

    #[test]
    fn a_file_that_is_no_text_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.md");
        fs::write(&file, [0xff, 0xfe, 0x41]).unwrap();
        assert!(make(&file, "Why?", None).unwrap_err().what().contains("UTF-8"));
        assert_eq!(fs::read(&file).unwrap(), [0xff, 0xfe, 0x41]);
    }
}
