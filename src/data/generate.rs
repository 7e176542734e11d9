//! The samples of a named source, made in as much memory as a lab may take.

use super::{Dataset, MAX_BYTES, Params};
use crate::error::{Error, Result};
use crate::random::{Purpose, stream};

/// The memory in bytes that the data will take, known before any is taken; as `f64`, since it may be absurd.
pub fn bytes_needed(params: &Params) -> f64 {
    numbers(params) * size_of::<f32>() as f64
}

fn numbers(params: &Params) -> f64 {
    params.samples() * (params.features() + 1.0)
}

/// Makes the samples of a source: always the same for the same parameters and seed. More than [`MAX_BYTES`] are refused.
pub fn generate(params: &Params, seed: u64) -> Result<Dataset> {
    make_single(params, seed).map(Dataset::rounded)
}

/// The samples with inputs that were rounded as they were made.
pub(super) fn make_single(params: &Params, seed: u64) -> Result<Dataset<f32, f64>> {
    fits(params, bytes_needed(params), "")?;
    (params.spec().make.single)(params, &mut stream(seed, Purpose::Data, 0, 0))
}

/// The same samples with inputs that are not rounded.
pub(super) fn make_double(params: &Params, seed: u64) -> Result<Dataset<f64>> {
    fits(params, numbers(params) * size_of::<f64>() as f64, " to be standardised")?;
    (params.spec().make.double)(params, &mut stream(seed, Purpose::Data, 0, 0))
}

fn fits(params: &Params, bytes: f64, purpose: &str) -> Result<()> {
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    let gib = bytes / (1024.0 * 1024.0 * 1024.0);
    let what = format!("`{}` would need {gib:.1} GiB of memory{purpose}, but 4 GiB is the most", params.spec().name);
    Err(Error::user(what).help("ask for fewer `samples`"))
}
