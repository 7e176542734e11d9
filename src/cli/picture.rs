//! Pictures of the screen as files of the working folder.

use std::io;
use std::path::Path;

use crate::error::{Error, Result};
use crate::session::write_beside;

/// Writes a picture into the working folder, under the first of `NAME.svg`, `NAME-2.svg`, ... that is free.
pub(super) fn write(name: &str, svg: &str) -> Result<String> {
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
