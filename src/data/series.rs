//! The table of named series of real data: one entry for each, from which checks, help and tests are made. Series that
//! are made are scripts, which this module knows nothing of.

use super::embedded;
use crate::error::Result;

/// A named series.
#[derive(Debug, Clone, Copy)]
pub struct SeriesSpec {
    /// The name in a lab file.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// What a value is.
    pub formula: &'static str,
    /// What each symbol of the formula means.
    pub symbols: &'static str,
    /// Where it is from.
    pub source: &'static str,
    /// Where others have it otherwise.
    pub differs: &'static str,
    /// All of its values, oldest first.
    pub values: fn() -> Result<Vec<f64>>,
}

/// Every series inside the binary, in the order of the catalogue.
pub static ALL: &[SeriesSpec] = &[embedded::SEA_TEMPERATURE];

/// The series of a name.
pub fn find(name: &str) -> Option<&'static SeriesSpec> {
    ALL.iter().find(|spec| spec.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_is_there_and_finite() {
        for spec in ALL {
            assert!(std::ptr::eq(find(spec.name).unwrap(), spec), "`{}` is listed twice", spec.name);
            let values = (spec.values)().unwrap();
            assert!(values.len() > 1 && values.iter().all(|value| value.is_finite()), "{}", spec.name);
            assert!(spec.about.ends_with('.') && !spec.source.is_empty());
        }
        assert!(find("sea").is_none());
    }
}
