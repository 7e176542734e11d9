//! The table of named sources of data: one entry for each, from which checks, help and tests are made.
//!
//! Parameters are checked against the table before anything is allocated. A new source is one entry and one function.

use std::ops::{Bound, RangeBounds};

use rand_chacha::ChaCha8Rng;

use super::{Dataset, classification, embedded, regression};
use crate::error::{Error, Result, nearest};

/// The most memory that data may take, 4 GiB: the lab's own limit, so more would be refused later anyway.
pub const MAX_BYTES: f64 = 4.0 * 1024.0 * 1024.0 * 1024.0;

/// What is asked of one parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// Any number in the range.
    Real,
    /// A whole number in the range.
    Whole,
}

/// One parameter of a source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// The key in a lab file.
    pub name: &'static str,
    /// The value if none is given.
    pub default: f64,
    /// A few words for the catalogue.
    pub meaning: &'static str,
    /// The least and the greatest value.
    pub range: (Bound<f64>, Bound<f64>),
    /// Whether fractions are allowed.
    pub number: Number,
}

impl Parameter {
    /// The range as it is written in the catalogue, as in `[0, 1)`.
    pub fn range_text(&self) -> String {
        let low = match self.range.0 {
            Bound::Included(low) => format!("[{low}"),
            Bound::Excluded(low) => format!("({low}"),
            Bound::Unbounded => "(-inf".to_owned(),
        };
        let high = match self.range.1 {
            Bound::Included(high) => format!("{high}]"),
            Bound::Excluded(high) => format!("{high})"),
            Bound::Unbounded => "inf)".to_owned(),
        };
        format!("{low}, {high}")
    }
}

/// A named source of data.
#[derive(Debug, Clone, Copy)]
pub struct SourceSpec {
    /// The name in a lab file.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// How a sample comes about, line by line.
    pub formula: &'static str,
    /// What the symbols of the formula mean.
    pub symbols: &'static str,
    /// Where it is from.
    pub source: &'static str,
    /// Where implementations differ.
    pub differs: &'static str,
    /// What may be set.
    pub parameters: &'static [Parameter],
    /// The number of features, for sources without a parameter `features`.
    pub(super) features: usize,
    /// Makes the samples; parameters are checked and memory suffices.
    pub(super) make: Make,
}

/// How samples are made: the same ones, with inputs of either kind of numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Make {
    /// Each input rounded as it is made.
    pub single: fn(&Params, &mut ChaCha8Rng) -> Result<Dataset<f32, f64>>,
    /// Not rounded, to be standardised.
    pub double: fn(&Params, &mut ChaCha8Rng) -> Result<Dataset<f64>>,
}

/// Every source, in the order of the catalogue.
pub static SOURCES: &[SourceSpec] = &[
    classification::BLOBS,
    classification::MOONS,
    classification::CIRCLES,
    classification::SPIRALS,
    classification::XOR,
    classification::CHECKERBOARD,
    regression::SINE,
    regression::LINE,
    regression::PLANE,
    regression::WAVES,
    embedded::DIGITS,
    embedded::IRIS,
];

/// The source of a name.
pub fn find(name: &str) -> Option<&'static SourceSpec> {
    SOURCES.iter().find(|spec| spec.name == name)
}

/// A value for every parameter of one source, each in its range.
#[derive(Debug, Clone)]
pub struct Params {
    spec: &'static SourceSpec,
    values: Vec<f64>,
}

impl Params {
    /// The value of a parameter; `None` if the source has no such parameter.
    pub fn find(&self, name: &str) -> Option<f64> {
        self.spec.parameters.iter().position(|known| known.name == name).map(|at| self.values[at])
    }

    /// The value of a parameter that the source's own entry lists. Panics otherwise, which is a fault of the entry.
    pub(super) fn get(&self, name: &str) -> f64 {
        self.find(name).unwrap_or_else(|| unreachable!("`{}` has no parameter `{name}`", self.spec.name))
    }

    /// The same as a count.
    pub(super) fn whole(&self, name: &str) -> usize {
        self.get(name) as usize
    }

    /// The number of samples that will be made; as `f64`, since it may be absurd.
    pub fn samples(&self) -> f64 {
        self.get("samples")
    }

    /// The number of features that each will have; as `f64`, since it may be absurd.
    pub fn features(&self) -> f64 {
        self.find("features").unwrap_or(self.spec.features as f64)
    }

    /// Names and values, in the table's order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        self.spec.parameters.iter().zip(&self.values).map(|(known, &value)| (known.name, value))
    }

    /// The source.
    pub fn spec(&self) -> &'static SourceSpec {
        self.spec
    }
}

/// What is wrong with a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The source has no such parameter: the key is wrong.
    Unknown,
    /// The name was given before: the key is wrong.
    Repeated,
    /// A fraction where a whole number is needed: the value is wrong.
    NotWhole,
    /// Outside the range, or not finite: the value is wrong.
    OutOfRange,
}

/// A parameter at fault, told so that the caller can point at its key or its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterError {
    /// Which of the given parameters, counted from 0.
    pub index: usize,
    /// Its name as given.
    pub name: String,
    /// What is wrong.
    pub fault: Fault,
    /// The sentence, without a place.
    pub error: Error,
}

impl From<ParameterError> for Error {
    fn from(wrong: ParameterError) -> Self {
        wrong.error
    }
}

/// Puts the given values in the place of the defaults; the first one at fault is told.
pub fn check_parameters(spec: &'static SourceSpec, given: &[(&str, f64)]) -> Result<Params, ParameterError> {
    let mut values: Vec<f64> = spec.parameters.iter().map(|parameter| parameter.default).collect();
    for (index, &(name, value)) in given.iter().enumerate() {
        let wrong = |fault, error| Err(ParameterError { index, name: name.to_owned(), fault, error });
        let Some(at) = spec.parameters.iter().position(|known| known.name == name) else {
            return wrong(Fault::Unknown, unknown(spec, name));
        };
        let parameter = &spec.parameters[at];
        if given[..index].iter().any(|(earlier, _)| *earlier == name) {
            return wrong(Fault::Repeated, Error::user(format!("`{name}` is given twice")));
        }
        let range = parameter.range_text();
        if !value.is_finite() || !parameter.range.contains(&value) {
            let error = Error::user(format!("`{name}` of `{}` is {value}, but must be in {range}", spec.name));
            return wrong(Fault::OutOfRange, error.help(parameter.meaning));
        }
        if parameter.number == Number::Whole && value.fract() != 0.0 {
            let error = Error::user(format!("`{name}` of `{}` is {value}, but must be a whole number", spec.name));
            return wrong(Fault::NotWhole, error.help(format!("{}, in {range}", parameter.meaning)));
        }
        values[at] = value;
    }
    Ok(Params { spec, values })
}

fn unknown(spec: &SourceSpec, name: &str) -> Error {
    let names: Vec<&str> = spec.parameters.iter().map(|known| known.name).collect();
    let error = Error::user(format!("`{}` has no parameter `{name}`", spec.name));
    let takes = || format!("`{}` takes {}", spec.name, names.join(", "));
    match nearest(name, names.iter().copied()) {
        Some(near) => error.label(format!("did you mean `{near}`?")).help(takes()),
        None => error.help(takes()),
    }
}

/// `samples`, which every generator has.
pub(super) const SAMPLES: Parameter = whole("samples", 500.0, "the number of samples", 1.0, None);

/// A whole-number parameter from `low` to `high`, if there is a greatest.
pub(super) const fn whole(
    name: &'static str,
    default: f64,
    meaning: &'static str,
    low: f64,
    high: Option<f64>,
) -> Parameter {
    let high = match high {
        Some(high) => Bound::Included(high),
        None => Bound::Unbounded,
    };
    Parameter { name, default, meaning, range: (Bound::Included(low), high), number: Number::Whole }
}

/// A parameter that may have a fraction.
pub(super) const fn real(
    name: &'static str,
    default: f64,
    meaning: &'static str,
    range: (Bound<f64>, Bound<f64>),
) -> Parameter {
    Parameter { name, default, meaning, range, number: Number::Real }
}

/// `noise`, the deviation of what is added.
pub(super) const fn noise(meaning: &'static str) -> Parameter {
    real("noise", 0.1, meaning, (Bound::Included(0.0), Bound::Included(1000.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Target, bytes_needed, generate};

    #[test]
    fn the_table_keeps_its_own_rules() {
        for spec in SOURCES {
            assert!(std::ptr::eq(find(spec.name).unwrap(), spec), "`{}` is listed twice", spec.name);
            let defaults: Vec<_> = spec.parameters.iter().map(|known| (known.name, known.default)).collect();
            assert!(check_parameters(spec, &defaults).is_ok(), "{}: a default is out of range", spec.name);
            assert!(spec.parameters.iter().any(|known| known.name == "samples"), "{}", spec.name);
            for text in [spec.about, spec.formula, spec.symbols, spec.source, spec.differs] {
                assert!(!text.is_empty(), "{}", spec.name);
            }
            assert!(spec.about.ends_with('.'), "{}: `about` is a sentence", spec.name);
        }
    }

    #[test]
    fn every_source_makes_what_it_promises_the_same_for_the_same_seed() {
        for spec in SOURCES {
            let params = check_parameters(spec, &[("samples", 97.0)]).unwrap();
            let data = generate(&params, 7).unwrap();
            assert_eq!((data.samples(), data.origin()), (97, spec.name));
            assert_eq!(data.bytes() as f64, bytes_needed(&params), "{}", spec.name);
            assert_eq!(data, generate(&params, 7).unwrap());
            assert_ne!(data, generate(&params, 8).unwrap(), "{}: the seed changes nothing", spec.name);
        }
    }

    #[test]
    fn every_source_stands_the_ends_of_its_ranges() {
        for spec in SOURCES {
            for parameter in spec.parameters {
                let ends = [parameter.range.0, parameter.range.1].map(|bound| match bound {
                    Bound::Included(end) => end,
                    Bound::Excluded(end) => end + if end == 0.0 { 1e-9 } else { -1e-9 },
                    Bound::Unbounded => 1000.0,
                });
                for end in ends {
                    let given = [(parameter.name, end), ("samples", 3.0)];
                    let given = if parameter.name == "samples" { &given[..1] } else { &given[..] };
                    let data = generate(&check_parameters(spec, given).unwrap(), 1).unwrap();
                    assert_eq!(data.samples(), given[given.len() - 1].1 as usize);
                }
            }
        }
    }

    #[test]
    fn classes_have_as_many_samples_each_as_can_be() {
        let mut seen = 0;
        for spec in SOURCES.iter().filter(|spec| spec.parameters.iter().any(|known| known.name == "noise")) {
            let data = generate(&check_parameters(spec, &[("samples", 101.0)]).unwrap(), 3).unwrap();
            let Target::Classes { labels, names } = data.target() else { continue };
            let mut counts = vec![0; names.len()];
            for &label in labels {
                counts[label as usize] += 1;
            }
            let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
            assert!(most - least <= 1, "{}: {counts:?}", spec.name);
            seen += 1;
        }
        assert_eq!(seen, 6, "generated classes");
    }

    /// What a lab has shown once it shows again: the second sample of each generator at seed 7.
    #[test]
    fn generated_samples_stay_the_same_from_release_to_release() {
        let golden: [(&str, &[f32], f32); 10] = [
            ("blobs", &[-0.619_054, 0.996_011], 1.0),
            ("moons", &[-0.140_939, 0.479_217], 1.0),
            ("circles", &[0.359_061, -0.020_783], 1.0),
            ("spirals", &[-0.144_938, -0.020_883], 1.0),
            ("xor", &[-0.495_307, 0.348_718], 1.0),
            ("checkerboard", &[-0.494_399, -0.702_671], 1.0),
            ("sine", &[-3.130_332], 0.018_667),
            ("line", &[-0.996_416], -0.962_905),
            ("plane", &[-0.115_505, -0.890_479], 0.776_029),
            ("waves", &[-0.362_869, -2.797_522], 0.280_449),
        ];
        for (name, x, y) in golden {
            let data = generate(&check_parameters(find(name).unwrap(), &[]).unwrap(), 7).unwrap();
            let got_y = match data.target() {
                Target::Classes { labels, .. } => labels[1] as f32,
                Target::Values(values) => values[[1, 0]],
            };
            let got: Vec<f32> = data.x().row(1).iter().copied().chain([got_y]).collect();
            let want = [x, &[y]].concat();
            let near = got.len() == want.len() && got.iter().zip(&want).all(|(a, b)| (a - b).abs() < 2e-6);
            assert!(near, "{name}: {got:?}, not {want:?}");
        }
    }

    #[test]
    fn a_wrong_parameter_is_told_by_its_number_and_fault() {
        let blobs = find("blobs").unwrap();
        let wrong = |given: &[(&str, f64)]| {
            let wrong = check_parameters(blobs, given).unwrap_err();
            (wrong.index, wrong.fault, wrong.error)
        };
        let (index, fault, error) = wrong(&[("samples", 10.0), ("nose", 0.1)]);
        assert_eq!((index, fault, error.label_text()), (1, Fault::Unknown, "did you mean `noise`?"));
        let (index, fault, error) = wrong(&[("noise", -0.1)]);
        assert_eq!((index, fault), (0, Fault::OutOfRange));
        assert_eq!(error.what(), "`noise` of `blobs` is -0.1, but must be in [0, 1000]");
        assert_eq!(wrong(&[("classes", 2.5)]).1, Fault::NotWhole);
        assert_eq!(wrong(&[("samples", 0.0)]).1, Fault::OutOfRange);
        assert_eq!(wrong(&[("samples", f64::INFINITY)]).1, Fault::OutOfRange);
        assert_eq!(wrong(&[("noise", f64::NAN)]).1, Fault::OutOfRange);
        assert_eq!(wrong(&[("noise", 0.1), ("noise", 0.2)]).1, Fault::Repeated);
    }

    #[test]
    fn absurd_sizes_are_refused_before_memory_is_taken() {
        for samples in [1e15, 1e300] {
            let params = check_parameters(find("moons").unwrap(), &[("samples", samples)]).unwrap();
            assert_eq!(bytes_needed(&params), samples * 12.0);
            assert!(generate(&params, 0).unwrap_err().what().contains("GiB"));
        }
        let wide = [("samples", 1e7), ("features", 1e4)];
        assert!(generate(&check_parameters(find("blobs").unwrap(), &wide).unwrap(), 0).is_err());
    }
}
