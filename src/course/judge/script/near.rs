//! When two numbers are the same for a judge, and how two that are not are written so that a reader sees it.

/// How far two numbers may be apart, as a share of the larger one.
const SHARE: f64 = 1e-6;
/// Digits of a number in a message, where fewer do not hide what differs.
const DIGITS: usize = 4;

/// Two numbers are the same: by [`SHARE`] of `size`, which is how large what is compared is, or by `floor`, below which
/// there is nothing but rounding. What is not finite is the same only as itself.
pub(super) fn same(expected: f64, got: f64, size: f64, floor: f64) -> bool {
    if expected.is_nan() || got.is_nan() {
        return expected.is_nan() && got.is_nan();
    }
    expected == got || ((expected - got).is_finite() && (expected - got).abs() <= SHARE * size + floor)
}

/// Two numbers that stand by themselves are the same.
pub(super) fn equal(expected: f64, got: f64, floor: f64) -> bool {
    same(expected, got, expected.abs().max(got.abs()), floor)
}

/// A number with so many significant digits at most: `0.4123`, `2.5e-7`, `NaN`.
fn written(x: f64, digits: usize) -> String {
    if !x.is_finite() || x == 0.0 {
        return if x == 0.0 { "0".to_owned() } else { x.to_string() };
    }
    let rounded = format!("{x:.*e}", digits.max(1) - 1).parse().unwrap_or(x);
    if (1e-4..1e7).contains(&x.abs()) { format!("{rounded}") } else { format!("{rounded:e}") }
}

/// A number with as many more digits as it takes not to look rounder than it is: what is near 0.1 and is not 0.1 keeps the digits
/// that say so.
fn told(x: f64, digits: usize) -> String {
    let is_true = |text: &String| {
        let digits = text.split('e').next().unwrap_or_default().trim_start_matches(['-', '0', '.']);
        let shown: f64 = text.parse().unwrap_or(x);
        // Beyond that binary fractions differ from decimal ones.
        digits.chars().filter(char::is_ascii_digit).count() >= DIGITS || (shown - x).abs() <= 1e-12 * x.abs()
    };
    (digits..17).map(|digits| written(x, digits)).find(is_true).unwrap_or_else(|| written(x, digits))
}

/// A number as it stands in a formula. What is near 1 and is not 1 keeps the digits that say so.
pub(super) fn number(x: f64) -> String {
    let text = written(x, DIGITS);
    if text.trim_start_matches('-') == "1" && x.abs() != 1.0 { written(x, 9) } else { text }
}

/// Two numbers, with as many digits as they need to look different.
pub(super) fn apart(a: f64, b: f64) -> (String, String) {
    (DIGITS..17).map(|digits| (told(a, digits), told(b, digits))).find(|(a, b)| a != b).unwrap_or_else(|| {
        let all = |x: f64| written(x, 17);
        (all(a), all(b))
    })
}

/// "should be 0.25, and is 0.5"
pub(super) fn should_be(expected: f64, got: f64) -> String {
    let (expected, got) = apart(expected, got);
    format!("should be {expected}, and is {got}")
}

/// A word of a student's file, cut where it would fill the screen.
pub(super) fn short(text: &str) -> String {
    const LONGEST: usize = 160;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 3).chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_to_a_millionth_and_what_is_not_finite_only_as_itself() {
        for (a, b) in [(1.0, 1.0 + 9e-7), (-2e-9, -2e-9 * (1.0 - 9e-7)), (0.0, -0.0)] {
            assert!(equal(a, b, 0.0) && equal(b, a, 0.0), "{a} {b}");
        }
        for (a, b) in [(1.0, 1.0 + 2e-6), (0.0, 1e-300), (1.0, -1.0), (1e308, -1e308)] {
            assert!(!equal(a, b, 0.0) && !equal(b, a, 0.0), "{a} {b}");
        }
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        assert!(equal(nan, nan, 0.0) && equal(inf, inf, 0.0) && equal(-inf, -inf, 0.0));
        for (a, b) in [(nan, 0.0), (nan, inf), (inf, -inf), (inf, 1e308)] {
            assert!(!equal(a, b, 1.0) && !equal(b, a, 1.0), "{a} {b}");
        }
        assert!(equal(0.0, 1e-17, 1e-16) && !equal(0.0, 1e-15, 1e-16));
    }

    #[test]
    fn numbers_that_differ_look_different() {
        assert_eq!(apart(0.25, 0.5), ("0.25".into(), "0.5".into()));
        assert_eq!(apart(0.123_456_78, 0.123_456_98), ("0.1234568".into(), "0.123457".into()));
        assert_eq!(apart(f64::NAN, 1e-9), ("NaN".into(), "1e-9".into()));
        assert_eq!(number(0.999_999_9), "0.9999999");
        // Beside another number, too, one is not rounder than it is.
        assert_eq!(apart(0.099_999_695, 0.101), ("0.0999997".into(), "0.101".into()));
        assert_eq!(apart(0.1 + 0.2, 0.300_000_04), ("0.3".into(), "0.30000004".into()));
        assert_eq!(apart(2e-7, -0.0), ("2e-7".into(), "0".into()));
        assert_eq!((number(1.0), number(-0.0), number(123_456.0)), ("1".into(), "0".into(), "123500".into()));
        assert_eq!(number(f64::NEG_INFINITY), "-inf");
    }
}
