//! `exp`, `ln`, `tanh` and the logistic function of `f32`, each within 2 units of the last place everywhere.
//!
//! They have no branches, tables or calls, so that a loop over a slice becomes vector instructions: a call of the
//! library's costs 10 to 20 ns, which would be most of a small network's step. The polynomials are those of Moshier's
//! Cephes library. Nothing is fused into one rounding, so all processors give the same bits.

/// x = n ln 2 + r with |r| <= ln 2 / 2; e^r by a polynomial of degree 6, then scaled by 2^n in two halves, so that
/// results below the smallest normal number come out right as well.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0; // 1.5 * 2^23: adding it rounds to a whole number, kept in the low bits
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = if x > 100.0 { 100.0 } else { x };
    let x = if x < -110.0 { -110.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + MAGIC;
    let n = shifted - MAGIC;
    let k = (shifted.to_bits() as i32).wrapping_sub(MAGIC.to_bits() as i32);
    let r = x - n * LN2_HIGH - n * LN2_LOW;
    let mut p = 1.987_569_1e-4_f32;
    p = p * r + 1.398_199_9e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    // 1 + r is rounded, and what that lost goes to the small terms.
    let high = 1.0 + r;
    let p = high + (p * (r * r) + (r - (high - 1.0)));
    let half = k >> 1;
    let scale = |e: i32| f32::from_bits((e.wrapping_add(127) as u32) << 23);
    p * scale(half) * scale(k.wrapping_sub(half))
}

/// x = 2^n (1 + f) with 1 + f from sqrt(1/2) to sqrt(2); ln(1 + f) by a polynomial of degree 9.
#[inline(always)]
pub(super) fn ln(x: f32) -> f32 {
    const SMALLEST: f32 = f32::MIN_POSITIVE;
    const SQRT_HALF: u32 = 0x3f35_04f3;
    // What is denormal is taken 2^23 times, and 23 off the exponent.
    let tiny = x < SMALLEST;
    let scaled = if tiny { x * 8_388_608.0 } else { x };
    let off = if tiny { -23.0 } else { 0.0 };
    let bits = scaled.to_bits().wrapping_sub(SQRT_HALF);
    let n = ((bits as i32) >> 23) as f32 + off;
    let f = f32::from_bits((bits & 0x007f_ffff).wrapping_add(SQRT_HALF)) - 1.0;
    let z = f * f;
    let mut p = 7.037_683_6e-2_f32;
    p = p * f - 1.151_461e-1;
    p = p * f + 1.167_699_9e-1;
    p = p * f - 1.242_014_1e-1;
    p = p * f + 1.424_932_3e-1;
    p = p * f - 1.666_805_8e-1;
    p = p * f + 2.000_071_5e-1;
    p = p * f - 2.499_999_4e-1;
    p = p * f + 3.333_333e-1;
    let small = p * f * z + n * -2.121_944_4e-4 - 0.5 * z;
    let result = n * 0.693_359_4 + (f + small);
    // ln 0 is -inf, ln of what is less is NaN; infinity and NaN stay.
    let result = if x == 0.0 { f32::NEG_INFINITY } else { result };
    let result = if x < 0.0 { f32::NAN } else { result };
    if (x == f32::INFINITY) | x.is_nan() { x } else { result }
}

/// Below 0.625 an odd polynomial, above it 1 - 2 / (e^2x + 1).
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    let a = x.abs();
    let z = a * a;
    let mut p = -5.704_988_7e-3_f32;
    p = p * z + 2.063_909e-2;
    p = p * z - 5.373_971e-2;
    p = p * z + 1.333_144_2e-1;
    p = p * z - 3.333_328e-1;
    let near = p * z * a + a;
    let far = 1.0 - 2.0 / (exp(a + a) + 1.0);
    let side = if a < 0.625 { near } else { far };
    side.copysign(x)
}

/// 1 / (1 + e^-x), for negative x as e^x / (1 + e^x), so that no power overflows.
#[inline(always)]
pub(super) fn sigmoid(x: f32) -> f32 {
    let e = exp(-x.abs());
    let below = 1.0 + e;
    let top = if x < 0.0 { e } else { 1.0 };
    let quotient = top / below;
    // What rounding took from 1 + e, over 1 + e, of which the inverse is known: a third of a unit that would be missed.
    let inverse = if x < 0.0 { 1.0 - quotient } else { quotient };
    let lost = (e - (below - 1.0)) * inverse;
    quotient - quotient * lost
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of every exponent and both signs: with each, mantissas evenly spread, the ends among them.
    fn sweep() -> impl Iterator<Item = f32> {
        const STEPS: u32 = 3001;
        let mantissas = |at: u32| (u64::from(at) * 0x7f_ffff / u64::from(STEPS - 1)) as u32;
        (0..255_u32).flat_map(move |exponent| {
            (0..STEPS).flat_map(move |at| {
                let bits = exponent << 23 | mantissas(at);
                [f32::from_bits(bits), f32::from_bits(bits | 1 << 31)]
            })
        })
    }

    /// Distance in units of the last place that the exact value has in `f32`.
    fn ulps(got: f32, exact: f64) -> f64 {
        let rounded = exact as f32;
        if rounded == got || (exact.is_nan() && got.is_nan()) {
            return 0.0;
        }
        if !rounded.is_finite() || !got.is_finite() {
            return f64::INFINITY;
        }
        let exponent = exact.abs().max(f64::from(f32::MIN_POSITIVE)).log2().floor();
        (f64::from(got) - exact).abs() / (exponent - 23.0).exp2()
    }

    /// Where the function is farthest from the exact one, and how far.
    fn worst(ours: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) -> (f32, f64) {
        let far = |x: f32| (x, ulps(ours(x), exact(f64::from(x))));
        sweep().map(far).fold((0.0, 0.0), |worst, this| if this.1 <= worst.1 { worst } else { this })
    }

    fn logistic(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    #[test]
    fn all_are_within_two_units_of_the_last_place_at_every_exponent() {
        let found = [
            ("exp", worst(exp, f64::exp)),
            ("ln", worst(ln, f64::ln)),
            ("tanh", worst(tanh, f64::tanh)),
            ("sigmoid", worst(sigmoid, logistic)),
        ];
        for (name, (x, off)) in found {
            assert!(off <= 2.0, "{name}({x}) is off by {off} units: {found:?}");
        }
        // Where the functions bend most, densely.
        for at in -2_000_000..2_000_000_i32 {
            let x = at as f32 * 5.3e-5;
            for (got, exact) in [(exp(x), f64::exp as fn(f64) -> f64), (tanh(x), f64::tanh), (sigmoid(x), logistic)] {
                assert!(ulps(got, exact(f64::from(x))) <= 2.0, "{got} at {x}");
            }
        }
    }

    #[test]
    fn the_measure_sees_one_unit_and_a_missing_infinity() {
        let next = |x: f32| f32::from_bits(x.to_bits() + 1);
        assert!((ulps(next(1.0), 1.0) - 1.0).abs() < 1e-9);
        assert!((ulps(next(0.0), 0.0) - 1.0).abs() < 1e-9);
        assert!((ulps(3.0, next(3.0).into()) - 1.0).abs() < 1e-9);
        assert!(ulps(f32::MAX, f64::INFINITY) > 2.0 && ulps(1.0, f64::NAN) > 2.0);
        assert_eq!(sweep().filter(|x| !x.is_finite()).count(), 0);
    }

    #[test]
    fn special_values_are_exact() {
        let (infinity, nan) = (f32::INFINITY, f32::NAN);
        for f in [exp, ln, tanh, sigmoid] {
            assert!(f(nan).is_nan() && f(-nan).is_nan());
        }
        assert_eq!([exp(0.0), exp(-0.0), exp(infinity), exp(-infinity)], [1.0, 1.0, infinity, 0.0]);
        assert_eq!([ln(1.0), ln(0.0), ln(-0.0), ln(infinity)], [0.0, -infinity, -infinity, infinity]);
        assert!(ln(-1.0).is_nan() && ln(-f32::MIN_POSITIVE).is_nan() && ln(-1e-45).is_nan() && ln(-infinity).is_nan());
        assert_eq!([tanh(infinity), tanh(-infinity)], [1.0, -1.0]);
        assert_eq!([tanh(0.0).to_bits(), tanh(-0.0).to_bits()], [0.0_f32.to_bits(), (-0.0_f32).to_bits()]);
        assert_eq!([sigmoid(0.0), sigmoid(infinity), sigmoid(-infinity)], [0.5, 1.0, 0.0]);
    }

    #[test]
    fn the_ends_are_reached_without_going_back_or_beyond() {
        let mut xs: Vec<f32> = sweep().collect();
        xs.sort_by(f32::total_cmp);
        // What is flat beyond a place is flat from there on, and nothing lies outside the function's range.
        let flat = |f: fn(f32) -> f32, from: f32, value: f32| {
            let beyond = |x: f32| if from < 0.0 { x <= from } else { x >= from };
            xs.iter().filter(|x| beyond(**x)).all(|x| f(*x) == value)
        };
        assert!(flat(exp, 88.75, f32::INFINITY) && flat(exp, -104.0, 0.0));
        assert!(flat(tanh, 9.1, 1.0) && flat(tanh, -9.1, -1.0));
        assert!(flat(sigmoid, 17.4, 1.0) && flat(sigmoid, -104.0, 0.0));
        assert!(exp(88.72) < f32::INFINITY && exp(-103.9) > 0.0);
        assert!(tanh(8.9) < 1.0 && sigmoid(16.0) < 1.0 && sigmoid(-103.9) > 0.0);
        for x in &xs {
            assert!(exp(*x) >= 0.0 && tanh(*x).abs() <= 1.0 && (0.0..=1.0).contains(&sigmoid(*x)), "{x}");
        }
        // A rounding may step back by one unit between neighbours, never by more.
        for f in [exp, tanh, sigmoid] {
            for pair in xs.windows(2) {
                let (a, b) = (f(pair[0]), f(pair[1]));
                assert!(a <= b || ulps(a, b.into()) <= 1.0, "{a} at {}, {b} at {}", pair[0], pair[1]);
            }
        }
    }
}
