//! Pictures of the screen as files of the working folder.

use std::io;
use std::path::Path;

use crate::error::{Error, Result};
use crate::session::write_beside;

/// Writes a picture into the working folder, under the first of `NAME.svg`, `NAME-2.svg`, ... that is free.
pub(super) fn write(name: &str, svg: &str) -> Result<String> {
    let name = file_name(name);
    let free = (1..1000).map(|number| if number == 1 { format!("{name}.svg") } else { format!("{name}-{number}.svg") });
    for path in free {
        match write_beside(Path::new(&path), false, svg.as_bytes()) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::user(format!("cannot write `{path}`: {error}"))),
        }
    }
    Err(Error::user(format!("there are 999 pictures called `{name}` already")))
}

/// The longest name, in characters.
const LONGEST: usize = 80;

/// A name as that of a file in this very folder, whatever a lab calls itself: no separator, no dot at its start, nothing that
/// a shell or a terminal takes for more than a letter.
fn file_name(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = name.chars().map(|c| if plain(c) { c } else { '-' }).collect();
    // What the name ends in tells the step.
    let skipped = name.chars().count().saturating_sub(LONGEST);
    let end = name.char_indices().nth(skipped).map_or("", |(at, _)| &name[at..]);
    end.trim_start_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_stays_in_its_folder_whatever_the_lab_is_called() {
        for (name, file) in [
            ("12-adam-on-digits-step-40", "12-adam-on-digits-step-40"),
            ("../../evil-step-3", "evil-step-3"),
            ("/etc/x\\y-step-3", "etc-x-y-step-3"),
            ("a\u{1b}[2J b\n\u{202e}-step-3", "a--2J-b---step-3"),
            ("--help-Größe-step-3", "help-Größe-step-3"),
        ] {
            assert_eq!(file_name(name), file, "{name:?}");
        }
        let long = file_name(&format!("{}-step-3", "ä".repeat(300)));
        assert!(long.chars().count() == LONGEST && long.ends_with("-step-3"), "{long}");
    }
}
