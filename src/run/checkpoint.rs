//! Checkpoints as bytes: a head that tells what they are of, then plain data in postcard's format, which keeps every bit of
//! a number. What is in the data is the business of those who make them.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// The first bytes of every checkpoint.
const MAGIC: &[u8; 8] = b"optlabck";
/// Counted up whenever the data change.
const FORMAT: u8 = 5;

/// What a checkpoint is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Networks, in `f32`.
    Network = 1,
    /// Ways over a landscape, in `f64`.
    Landscape = 2,
    /// A series.
    Series = 3,
}

impl Kind {
    /// Runs of this precision.
    pub fn of<F>() -> Self {
        if size_of::<F>() == size_of::<f64>() { Self::Landscape } else { Self::Network }
    }

    fn words(code: u8) -> &'static str {
        match code {
            1 => "networks",
            2 => "a landscape",
            3 => "a series",
            _ => "something unknown",
        }
    }
}

/// The bytes of a checkpoint.
///
/// # Errors
/// The data cannot be written, which would be a fault.
pub(super) fn to_bytes(kind: Kind, data: &impl Serialize) -> Result<Vec<u8>> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend([FORMAT, kind as u8]);
    postcard::to_extend(data, bytes).map_err(|error| Error::fault(format!("cannot write a checkpoint: {error}")))
}

/// The data of a checkpoint.
///
/// # Errors
/// The bytes are no checkpoint, of another kind of lab or release, or damaged.
pub(super) fn of_bytes<T: DeserializeOwned>(kind: Kind, bytes: &[u8]) -> Result<T> {
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| Error::user("this is no checkpoint of optlab's"))?;
    let [format, code, data @ ..] = rest else {
        return Err(Error::user("the checkpoint ends in its first bytes"));
    };
    if *format != FORMAT {
        return Err(Error::user(format!("the checkpoint has format {format}, but this release reads format {FORMAT}"))
            .help("start the run over with this release, or go on with the one that wrote it"));
    }
    if *code != kind as u8 {
        let (its, own) = (Kind::words(*code), Kind::words(kind as u8));
        return Err(Error::user(format!("the checkpoint is of {its}, but the lab is of {own}")));
    }
    match postcard::take_from_bytes(data) {
        Ok((data, [])) => Ok(data),
        Ok((_, rest)) => Err(Error::user(format!("the checkpoint is damaged: {} bytes too many", rest.len()))),
        Err(error) => Err(Error::user(format!("the checkpoint is damaged: {error}"))),
    }
}
