//! Numbers, times and speeds as short texts, the same ones on the screen and on the command line. It knows nothing of what
//! they are of.

/// A number in at most 9 columns with four significant digits: `0.4123`, `12.30`, `2.12e-4`, `inf`, `nan`.
pub fn number(x: f64) -> String {
    significant(x, 4)
}

/// A number in at most 8 columns with three significant digits: `0.412`, `0.00100`, `2.1e-4`.
pub fn short(x: f64) -> String {
    significant(x, 3)
}

/// A number in at most 11 columns with six significant digits: `20.0404`, `0.793600`.
pub fn long(x: f64) -> String {
    significant(x, 6)
}

/// A number in at most 10 columns as it stands in a formula: `number` without the zeros at its end, `0.9`, `1e-8`; and
/// with more digits if these would make it 1.
pub fn filled(x: f64) -> String {
    filled_in(x, 4)
}

/// A number with at least two significant digits, and zeros at its end: `number` has four, `0.4123`.
pub fn rounded(x: f64, digits: usize) -> String {
    significant(x, digits.max(2))
}

/// A number as it stands in a formula, with at most so many significant digits, at least two: `filled` has four.
pub fn filled_to(x: f64, digits: usize) -> String {
    filled_in(x, digits.max(2))
}

fn filled_in(x: f64, digits: usize) -> String {
    let text = trimmed(&significant(x, digits));
    if text == "1" && x != 1.0 { trimmed(&significant(x, digits.max(7))) } else { text }
}

fn trimmed(text: &str) -> String {
    let (digits, exponent) = text.split_once('e').map_or((text, None), |(digits, exponent)| (digits, Some(exponent)));
    let digits = if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    exponent.map_or_else(|| digits.to_owned(), |exponent| format!("{digits}e{exponent}"))
}

/// `short`, or a dash where there is no number.
pub fn maybe(x: Option<f64>) -> String {
    x.map_or_else(|| "-".to_owned(), short)
}

fn significant(x: f64, digits: usize) -> String {
    if x.is_nan() {
        return "nan".to_owned();
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf".to_owned() } else { "-inf".to_owned() };
    }
    if x == 0.0 {
        return "0".to_owned();
    }
    // The exponent after rounding: 9.999 is 10.0 with three digits.
    let rounded = format!("{:.*e}", digits - 1, x);
    let exponent: i32 = rounded.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    if (-3..6).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        format!("{x:.decimals$}")
    } else {
        format!("{:.*e}", digits - 2, x)
    }
}

/// Seconds with their unit in at most 7 columns: `13 ms`, `0.21 s`, `4.1 s`, `210 s`.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s >= 100.0 => format!("{s:.0} s"),
        s if s >= 0.995 => format!("{s:.1} s"),
        s if s >= 0.0995 => format!("{s:.2} s"),
        s if s >= 0.009_95 => format!("{:.0} ms", 1e3 * s),
        s if s >= 0.000_995 => format!("{:.1} ms", 1e3 * s),
        s if s >= 0.000_099_5 => format!("{:.2} ms", 1e3 * s),
        s if s > 0.0 => format!("{:.0} µs", (1e6 * s).max(1.0)),
        _ => "0 s".to_owned(),
    }
}

/// Steps in a second, to two digits, without the unit: `76 000`, `410`, `2.5`.
pub fn rate(steps: f64) -> String {
    if steps < 10.0 {
        let text = format!("{steps:.1}");
        return text.strip_suffix(".0").map_or(text.clone(), str::to_owned);
    }
    let digits = format!("{:.0}", format!("{steps:.1e}").parse().unwrap_or(steps));
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// The same with its unit: `1 step/s`, `76 000 steps/s`.
pub fn speed(steps: f64) -> String {
    match rate(steps) {
        one if one == "1" => "1 step/s".to_owned(),
        many => format!("{many} steps/s"),
    }
}

/// A number of things: `1 step`, `2 steps`.
pub fn count(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_keep_their_significant_digits() {
        let cases = [
            (0.412_34, "0.4123"),
            (2.3, "2.300"),
            (0.000_212, "2.12e-4"),
            (-0.029_1, "-0.02910"),
            (1.0, "1.000"),
            (0.0, "0"),
            (38_412.0, "38412"),
            (1.5e7, "1.50e7"),
            (0.999_96, "1.000"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (x, text) in cases {
            assert_eq!(number(x), text);
        }
        assert_eq!((long(0.793_6 / 0.039_6), long(-0.32)), ("20.0404".to_owned(), "-0.320000".to_owned()));
        let filled_in = [0.9, 1.0 - 0.9, 0.001, 1e-8, 7.0, 0.999_99, -0.0, 2.1e-4, 12.3, 1200.0].map(filled);
        assert_eq!(filled_in, ["0.9", "0.1", "0.001", "1e-8", "7", "0.99999", "0", "2.1e-4", "12.3", "1200"]);
        assert_eq!((short(0.001), short(2.1e-4)), ("0.00100".to_owned(), "2.1e-4".to_owned()));
    }

    #[test]
    fn times_and_speeds_are_short_and_have_their_units() {
        let times =
            [0.0, 4e-7, 0.000_041, 0.000_41, 0.0038, 0.0134, 0.0996, 0.214, 0.996, 4.06, 99.94, 210.4].map(duration);
        assert_eq!(
            times,
            [
                "0 s", "1 µs", "41 µs", "0.41 ms", "3.8 ms", "13 ms", "0.10 s", "0.21 s", "1.0 s", "4.1 s", "99.9 s",
                "210 s"
            ]
        );
        let rates = [0.5, 1.0, 2.5, 9.96, 12.0, 407.0, 999.0, 76_123.0, 1_234_567.0].map(rate);
        assert_eq!(rates, ["0.5", "1", "2.5", "10", "12", "410", "1 000", "76 000", "1 200 000"]);
        assert_eq!([1.0, 0.98, 2.0].map(speed), ["1 step/s", "1 step/s", "2 steps/s"]);
        assert_eq!([0, 1, 2].map(|number| count(number, "step")), ["0 steps", "1 step", "2 steps"]);
    }

    proptest! {
        #[test]
        fn no_number_is_wider_than_ten_columns_nor_far_off(x in prop::num::f64::NORMAL) {
            prop_assert!(number(x).len() <= 10 && short(x).len() <= 9, "{} {}", number(x), short(x));
            let back: f64 = number(x).parse().unwrap();
            prop_assert!(back.is_infinite() || (back / x - 1.0).abs() < 6e-3);
        }
    }
}
