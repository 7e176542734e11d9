//! Generated classes: blobs, moons, circles, spirals, xor and the checkerboard.
//!
//! Sample `i` is of class `i % classes`, so classes stay as even as they can be and neighbouring rows differ. Noise
//! is drawn even where its deviation is 0, so that turning it up moves the points and nothing else. Positions are
//! computed in `f64` and rounded once: here, or where they are standardised.

use std::f64::consts::{PI, TAU};
use std::ops::Bound::{Excluded, Included};

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::source::{Make, Params, SAMPLES, SourceSpec, noise, real, whole};
use super::{Columns, Dataset, Target};
use crate::error::Result;
use crate::program::Real;

/// Round clouds of points.
pub(super) const BLOBS: SourceSpec = SourceSpec {
    name: "blobs",
    about: "Round clouds of points, one for each class.",
    formula: "x = centre[class] + noise normal\ncentre = uniform in [-spread, spread]^features",
    symbols: "x the features of a sample; normal a draw of mean 0 and deviation 1 for each; centre one point \
              a class, the farthest from the others of 16 candidates (of 1 above 16 features).",
    source: "scikit-learn's make_blobs; Mitchell, 1991, for the best candidate.",
    differs: "scikit-learn draws centres from [-10, 10] that may fall on each other, with deviation 1.",
    parameters: &[
        SAMPLES,
        whole("classes", 3.0, "the number of clouds", 1.0, Some(1000.0)),
        whole("features", 2.0, "the number of dimensions", 1.0, Some(10_000.0)),
        noise("the deviation of a cloud in each dimension"),
        real("spread", 1.0, "how far from 0 the centres may lie in each dimension", (Excluded(0.0), Included(1000.0))),
    ],
    features: 2,
    make: Make { single: blobs, double: blobs },
};

/// Two half circles that reach into each other.
pub(super) const MOONS: SourceSpec = SourceSpec {
    name: "moons",
    about: "Two half circles that reach into each other.",
    formula: "x = (cos t, sin t) for class 0, (1 - cos t, 1/2 - sin t) for class 1\nx = x + noise normal",
    symbols: "x the two features; t evenly over [0, pi] within a class; normal a draw of mean 0 and deviation \
              1 for each coordinate.",
    source: "scikit-learn's make_moons.",
    differs: "scikit-learn's noise is 0 by default, here 0.1; its rows are shuffled, here the classes alternate.",
    parameters: &[SAMPLES, noise("the deviation added to both coordinates")],
    features: 2,
    make: Make { single: moons, double: moons },
};

/// A circle around a circle.
pub(super) const CIRCLES: SourceSpec = SourceSpec {
    name: "circles",
    about: "A circle around a smaller one.",
    formula: "r = 1 for class 0, factor for class 1\nx = r (cos t, sin t) + noise normal",
    symbols: "x the two features; r the radius; t evenly over [0, 2 pi) within a class; normal a draw of mean \
              0 and deviation 1 for each coordinate.",
    source: "scikit-learn's make_circles.",
    differs: "scikit-learn's factor is 0.8 and its noise 0 by default, here 0.5 and 0.1.",
    parameters: &[
        SAMPLES,
        noise("the deviation added to both coordinates"),
        real("factor", 0.5, "the radius of the inner circle", (Excluded(0.0), Excluded(1.0))),
    ],
    features: 2,
    make: Make { single: circles, double: circles },
};

/// Arms that wind around each other.
pub(super) const SPIRALS: SourceSpec = SourceSpec {
    name: "spirals",
    about: "Arms that wind out of one centre, one for each class.",
    formula: "a = 2 pi (turns r + class / classes)\nx = r (cos a, sin a) + noise normal",
    symbols: "x the two features; r the radius, evenly over (0, 1] within a class; a the angle; normal a draw \
              of mean 0 and deviation 1 for each coordinate.",
    source: "after Lang and Witbrock, 1988, \"Learning to tell two spirals apart\".",
    differs: "the source has two arms of 97 points each that make three turns and no noise; others let r grow \
              with a root of t, so that points are as dense outside as inside.",
    parameters: &[
        SAMPLES,
        whole("classes", 2.0, "the number of arms", 1.0, Some(100.0)),
        noise("the deviation added to both coordinates"),
        real("turns", 1.0, "how often an arm winds around the centre", (Excluded(0.0), Included(100.0))),
    ],
    features: 2,
    make: Make { single: spirals, double: spirals },
};

/// Opposite quadrants share a class.
pub(super) const XOR: SourceSpec = SourceSpec {
    name: "xor",
    about: "Opposite quadrants share a class.",
    formula: "class = (x1 > 0) xor (x2 > 0)\nx = uniform in [-1, 1]^2, then + noise normal",
    symbols: "x = (x1, x2) the two features, told before the noise, so that no straight line can part the \
              classes; normal a draw of mean 0 and deviation 1 for each coordinate.",
    source: "Minsky and Papert, 1969, \"Perceptrons\".",
    differs: "the plain problem has four points, the corners; here they are areas.",
    parameters: &[SAMPLES, noise("the deviation added to both coordinates")],
    features: 2,
    make: Make { single: xor, double: xor },
};

/// Fields of two colours.
pub(super) const CHECKERBOARD: SourceSpec = SourceSpec {
    name: "checkerboard",
    about: "Fields of two classes in turn, as on a chessboard.",
    formula: "class = (row + column) mod 2\nx = uniform in [-1, 1]^2, then + noise normal",
    symbols: "x the two features; row, column those of the field, one of cells by cells, in which x lies \
              before the noise; normal a draw of mean 0 and deviation 1 for each coordinate.",
    source: "xor, repeated.",
    differs: "the number of fields is each text's own; with cells = 2 the board is `xor`.",
    parameters: &[
        SAMPLES,
        noise("the deviation added to both coordinates"),
        whole("cells", 4.0, "the number of fields along each side", 2.0, Some(100.0)),
    ],
    features: 2,
    make: Make { single: checkerboard, double: checkerboard },
};

fn blobs<F: Real>(params: &Params, rng: &mut ChaCha8Rng) -> Result<Dataset<F, f64>> {
    let (classes, features) = (params.whole("classes"), params.whole("features"));
    let (noise, spread) = (params.get("noise"), params.get("spread"));
    let centres = centres(classes, features, spread, rng);
    let samples = params.whole("samples");
    let mut x = Columns::new(features, samples);
    for i in 0..samples {
        let centre = &centres[i % classes];
        centre.iter().for_each(|c| x.push(c + noise * rng.sample::<f64, _>(StandardNormal)));
    }
    finish(params, classes, x)
}

/// Each centre is the best of some candidates: the one whose nearest neighbour is farthest. In many dimensions random
/// points are far apart by themselves, so one candidate does.
fn centres(classes: usize, features: usize, spread: f64, rng: &mut ChaCha8Rng) -> Vec<Vec<f64>> {
    let candidates = if features <= 16 { 16 } else { 1 };
    let mut centres: Vec<Vec<f64>> = Vec::with_capacity(classes);
    for _ in 0..classes {
        let mut best = (f64::NEG_INFINITY, Vec::new());
        for _ in 0..candidates {
            let candidate: Vec<f64> = (0..features).map(|_| spread * rng.random_range(-1.0..1.0)).collect();
            let distance =
                |centre: &Vec<f64>| -> f64 { centre.iter().zip(&candidate).map(|(a, b)| (a - b) * (a - b)).sum() };
            let nearest = centres.iter().map(distance).fold(f64::MAX, f64::min);
            if nearest > best.0 {
                best = (nearest, candidate);
            }
        }
        centres.push(best.1);
    }
    centres
}

fn moons<F: Real>(params: &Params, rng: &mut ChaCha8Rng) -> Result<Dataset<F, f64>> {
    planar(params, 2, rng, |class, k, count, _| {
        let (sin, cos) = libm::sincos(PI * k as f64 / (count.max(2) - 1) as f64);
        if class == 0 { [cos, sin] } else { [1.0 - cos, 0.5 - sin] }
    })
}

fn circles<F: Real>(params: &Params, rng: &mut ChaCha8Rng) -> Result<Dataset<F, f64>> {
    let factor = params.get("factor");
    planar(params, 2, rng, |class, k, count, _| {
        let (sin, cos) = libm::sincos(TAU * k as f64 / count as f64);
        let r = if class == 0 { 1.0 } else { factor };
        [r * cos, r * sin]
    })
}

fn spirals<F: Real>(params: &Params, rng: &mut ChaCha8Rng) -> Result<Dataset<F, f64>> {
    let (classes, turns) = (params.whole("classes"), params.get("turns"));
    planar(params, classes, rng, |class, k, count, _| {
        let r = (k + 1) as f64 / count as f64;
        let (sin, cos) = libm::sincos(TAU * (turns * r + class as f64 / classes as f64));
        [r * cos, r * sin]
    })
}

fn xor<F: Real>(params: &Params, rng: &mut ChaCha8Rng) -> Result<Dataset<F, f64>> {
    fields(params, 2, rng)
}

fn checkerboard<F: Real>(params: &Params, rng: &mut ChaCha8Rng) -> Result<Dataset<F, f64>> {
    fields(params, params.whole("cells"), rng)
}

/// A field of the wanted colour is found by drawing fields until one fits, twice on the average.
fn fields<F: Real>(params: &Params, cells: usize, rng: &mut ChaCha8Rng) -> Result<Dataset<F, f64>> {
    planar(params, 2, rng, |class, _, _, rng| {
        let [row, column] = loop {
            let field = [rng.random_range(0..cells), rng.random_range(0..cells)];
            if (field[0] + field[1]) % 2 == class {
                break field;
            }
        };
        [column, row].map(|field| 2.0 * (field as f64 + rng.random::<f64>()) / cells as f64 - 1.0)
    })
}

/// Points of the plane: `place(class, k, count, rng)` puts the `k`-th of the `count` samples of a class.
fn planar<F: Real>(
    params: &Params,
    classes: usize,
    rng: &mut ChaCha8Rng,
    mut place: impl FnMut(usize, usize, usize, &mut ChaCha8Rng) -> [f64; 2],
) -> Result<Dataset<F, f64>> {
    let (samples, noise) = (params.whole("samples"), params.get("noise"));
    let mut x = Columns::new(2, samples);
    for i in 0..samples {
        let class = i % classes;
        let count = (samples - class).div_ceil(classes);
        let point = place(class, i / classes, count, rng);
        point.into_iter().for_each(|p| x.push(p + noise * rng.sample::<f64, _>(StandardNormal)));
    }
    finish(params, classes, x)
}

fn finish<F: Real>(params: &Params, classes: usize, x: Columns<F>) -> Result<Dataset<F, f64>> {
    let samples = params.whole("samples");
    let target = Target::Classes {
        labels: (0..samples).map(|i| (i % classes) as u32).collect(),
        names: (0..classes).map(|class| class.to_string()).collect(),
    };
    Dataset::collected(x, target, params.spec().name)
}

#[cfg(test)]
mod tests {
    use crate::data::{Dataset, Target, check_parameters, find, generate};

    fn make(name: &str, given: &[(&str, f64)]) -> Dataset {
        generate(&check_parameters(find(name).unwrap(), given).unwrap(), 7).unwrap()
    }

    /// The points with their classes.
    fn points(data: &Dataset) -> Vec<(f64, f64, u32)> {
        let Target::Classes { labels, .. } = data.target() else { panic!("classes") };
        let rows = data.x().rows();
        rows.into_iter().zip(labels).map(|(row, &class)| (f64::from(row[0]), f64::from(row[1]), class)).collect()
    }

    #[test]
    fn without_noise_moons_lie_on_their_half_circles() {
        for (x, y, class) in points(&make("moons", &[("noise", 0.0), ("samples", 101.0)])) {
            let (u, v) = if class == 0 { (x, y) } else { (1.0 - x, 0.5 - y) };
            assert!((u.hypot(v) - 1.0).abs() < 1e-6 && v > -1e-6, "({x}, {y})");
        }
        let ends = points(&make("moons", &[("noise", 0.0), ("samples", 4.0)]));
        for (got, want) in ends.iter().zip([(1.0, 0.0), (0.0, 0.5), (-1.0, 0.0), (2.0, 0.5)]) {
            assert!((got.0 - want.0).abs() < 1e-6 && (got.1 - want.1).abs() < 1e-6, "{got:?} {want:?}");
        }
    }

    #[test]
    fn without_noise_circles_and_spirals_lie_on_their_curves() {
        for (x, y, class) in points(&make("circles", &[("noise", 0.0), ("factor", 0.3)])) {
            assert!((x.hypot(y) - [1.0, 0.3][class as usize]).abs() < 1e-6);
        }
        let given = [("noise", 0.0), ("classes", 3.0), ("turns", 2.0), ("samples", 300.0)];
        for (x, y, class) in points(&make("spirals", &given)) {
            let turn = y.atan2(x) / std::f64::consts::TAU - 2.0 * x.hypot(y) - f64::from(class) / 3.0;
            assert!((turn - turn.round()).abs() < 1e-5, "({x}, {y})");
        }
    }

    #[test]
    fn without_noise_the_field_tells_the_class() {
        for (name, cells) in [("xor", 2.0), ("checkerboard", 4.0), ("checkerboard", 5.0)] {
            let cell = [("noise", 0.0), ("cells", cells)];
            let data = make(name, if name == "xor" { &cell[..1] } else { &cell[..] });
            let field = |v: f64| ((v + 1.0) * cells / 2.0).floor() as u32;
            for (x, y, class) in points(&data) {
                assert_eq!((field(x) + field(y)) % 2, class, "{name}: ({x}, {y})");
            }
        }
    }

    #[test]
    fn blobs_have_their_centres_deviation_and_dimensions() {
        let given = [("samples", 4000.0), ("classes", 4.0), ("features", 5.0), ("noise", 0.25), ("spread", 3.0)];
        let data = make("blobs", &given);
        assert_eq!((data.features(), data.classes()), (5, Some(4)));
        let Target::Classes { labels, .. } = data.target() else { panic!("classes") };
        for class in 0..4 {
            let rows: Vec<u32> = (0..4000).filter(|&i| labels[i as usize] == class).collect();
            let cloud = data.select(&rows).map::<f64>();
            for column in cloud.x().columns() {
                assert!(column.mean().unwrap().abs() < 3.1);
                assert!((column.std(0.0) - 0.25).abs() < 0.03);
            }
        }
    }

    #[test]
    fn noise_moves_the_points_and_nothing_else() {
        let (still, moved) = (make("xor", &[("noise", 0.0)]), make("xor", &[("noise", 0.01)]));
        let step = (still.x() - moved.x()).mapv(f32::abs);
        assert!(step.iter().all(|&step| step < 0.06) && step.iter().any(|&step| step > 0.0));
        assert_eq!(still.target(), moved.target());
    }
}
