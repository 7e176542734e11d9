//! Real data inside the binary: digits and iris as datasets, the sea's temperature as a series.
//!
//! The texts are parsed by the same code as a user's CSV file, once and only if they are asked for. Where they are
//! from and their licences stand in `labs/data/README.md`.

use std::sync::LazyLock;

use rand_chacha::ChaCha8Rng;

use super::series::SeriesSpec;
use super::source::{Make, Params, SourceSpec, whole};
use super::split::choose;
use super::{Cell, Columns, Dataset, csv};
use crate::error::{Error, Kind, Result, Source};
use crate::program::Real;

const DIGITS_ROWS: f64 = 1797.0;
const IRIS_ROWS: f64 = 150.0;

/// Handwritten digits.
pub(super) const DIGITS: SourceSpec = SourceSpec {
    name: "digits",
    about: "Handwritten digits of 8 by 8 pixels (real data).",
    formula: "x = 64 pixels from 0 (paper) to 16 (ink), row by row\nclass = the digit, 0 to 9",
    symbols: "x the features, each the number of dark dots in a square of 4 by 4 of the scan.",
    source: "Alpaydin and Kaynak, 1998, UCI Machine Learning Repository, CC BY 4.0.",
    differs: "these are the 1797 of scikit-learn's load_digits, the test part of the original's 5620. MNIST \
              is other data, of 28 by 28 pixels.",
    parameters: &[whole("samples", DIGITS_ROWS, "how many, chosen at random", 1.0, Some(DIGITS_ROWS))],
    features: 64,
    make: Make { single: digits, double: digits },
};

/// Fisher's flowers.
pub(super) const IRIS: SourceSpec = SourceSpec {
    name: "iris",
    about: "Flowers of three species of iris (real data).",
    formula: "x = (length, width of sepal, length, width of petal) in centimetres\nclass = setosa, versicolor \
              or virginica",
    symbols: "x the four features; class the species, 50 flowers of each.",
    source: "Fisher, 1936, UCI Machine Learning Repository, CC BY 4.0.",
    differs: "UCI's own file has slips in the 35th and the 38th flower; here, as in scikit-learn since 0.20, they are Fisher's \
              numbers.",
    parameters: &[whole("samples", IRIS_ROWS, "how many, chosen at random", 1.0, Some(IRIS_ROWS))],
    features: 4,
    make: Make { single: iris, double: iris },
};

/// Numbers of dots, which are whole: 32 bits hold them as they are.
static DIGITS_DATA: LazyLock<Result<Dataset<f32, f64>>> = LazyLock::new(|| {
    let source = Source::new("digits", include_str!("../../labs/data/digits.csv"));
    Ok(csv::read(&source, &["digit"])?.into_classes(10)?)
});

static IRIS_DATA: LazyLock<Result<Dataset<f64>>> = LazyLock::new(|| {
    let source = Source::new("iris", include_str!("../../labs/data/iris.csv"));
    csv::read(&source, &["species"])
});

/// Monthly means of the sea's surface temperature off Peru, from January 1950 to December 2010, in degrees Celsius.
pub(super) const SEA_TEMPERATURE: SeriesSpec = SeriesSpec {
    name: "sea_temperature",
    about: "The sea's temperature off Peru by month, real data.",
    formula: "theta_t = the mean of the sea's surface temperature over month t, in degrees Celsius",
    symbols: "t = 1, 2, ..., 732 counts the months from January 1950 to December 2010, in the region Nino 1+2.",
    source: "ERSST.V3B, National Weather Service, National Oceanic and Atmospheric Administration; public domain.",
    differs: "later versions of ERSST reconstruct the same months a little otherwise.",
    values: sea_temperature,
};

/// The temperatures, in degrees Celsius.
pub fn sea_temperature() -> Result<Vec<f64>> {
    let source = Source::new("sea_temperature", include_str!("../../labs/data/sea_temperature.csv"));
    csv::column(&source, "celsius").map_err(|error| ours(&error))
}

fn digits<F: Real>(params: &Params, rng: &mut ChaCha8Rng) -> Result<Dataset<F, f64>> {
    some_of(DIGITS_DATA.as_ref().map_err(ours)?, params, rng)
}

fn iris<F: Real>(params: &Params, rng: &mut ChaCha8Rng) -> Result<Dataset<F, f64>> {
    some_of(IRIS_DATA.as_ref().map_err(ours)?, params, rng)
}

/// All rows, or as many as are asked for; always in the file's order.
fn some_of<C: Cell, F: Real>(data: &Dataset<C, f64>, params: &Params, rng: &mut ChaCha8Rng) -> Result<Dataset<F, f64>> {
    let samples = params.whole("samples");
    let some =
        if samples == data.samples() { data.clone() } else { data.select(&choose(data.samples(), samples, rng)) };
    let mut x = Columns::new(some.features(), some.samples());
    some.x().iter().for_each(|cell| x.push(cell.exact()));
    Ok(Dataset::collected(x, some.target().clone(), some.origin())?.named(some.feature_names().to_vec()))
}

/// What is wrong in an embedded file is our fault and never the user's.
fn ours(error: &Error) -> Error {
    debug_assert_eq!(error.kind(), Kind::User);
    Error::fault(format!("embedded data: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Target, check_parameters, find, generate};

    fn load(name: &str, given: &[(&str, f64)]) -> Dataset {
        generate(&check_parameters(find(name).unwrap(), given).unwrap(), 7).unwrap()
    }

    #[test]
    fn digits_are_all_there() {
        let digits = load("digits", &[]);
        assert_eq!((digits.samples(), digits.features(), digits.classes()), (1797, 64, Some(10)));
        assert!(digits.x().iter().all(|&pixel| (0.0..=16.0).contains(&pixel) && pixel.fract() == 0.0));
        let Target::Classes { labels, .. } = digits.target() else { panic!("classes") };
        assert_eq!(&labels[..4], &[0, 1, 2, 3]);
        assert_eq!(digits.x().row(0).as_slice().unwrap()[..5], [0.0, 0.0, 5.0, 13.0, 9.0]);
        assert!(digits.into_classes(9).is_err(), "the digits are known to be ten");
    }

    #[test]
    fn iris_has_three_species_of_fifty() {
        let iris = load("iris", &[]);
        assert_eq!((iris.samples(), iris.features()), (150, 4));
        let Target::Classes { labels, names } = iris.target() else { panic!("classes") };
        assert_eq!(names, &["setosa", "versicolor", "virginica"]);
        assert_eq!((0..3).map(|class| labels.iter().filter(|&&l| l == class).count()).collect::<Vec<_>>(), [50; 3]);
        assert_eq!(iris.feature_names()[0], "sepal_length");
    }

    #[test]
    fn fewer_samples_are_a_choice_from_all_classes() {
        let iris = load("iris", &[("samples", 60.0)]);
        let Target::Classes { labels, .. } = iris.target() else { panic!("classes") };
        assert!(labels.is_sorted(), "in the file's order");
        assert!((0..3).all(|class| labels.contains(&class)));
    }

    #[test]
    fn the_sea_was_measured_for_732_months() {
        let celsius = sea_temperature().unwrap();
        assert_eq!((celsius.len(), celsius[0], celsius[731]), (732, 23.11, 22.07));
    }
}
