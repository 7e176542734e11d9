//! Times, speeds and lists in words, as short as they are understood.

use crate::ui::canvas::text;

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
    let power = 10_f64.powi(steps.log10().floor() as i32 - 1);
    let digits = format!("{:.0}", (steps / power).round() * power);
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

/// As many of some short words as fit whole into so many columns, with commas between them; if those are not all, a mark
/// stands for the rest. Of a first one that does not fit its last words are left out: no number is ever cut.
pub fn fitting(words: &[String], columns: usize, mark: char) -> String {
    let all = words.join(", ");
    if text::width(&all) <= columns {
        return all;
    }
    let room = columns.saturating_sub(2);
    let mut said = String::new();
    for part in all.split_inclusive(' ') {
        if text::width(&said) + text::width(part.trim_end().trim_end_matches(',')) > room {
            break;
        }
        said.push_str(part);
    }
    let said = said.trim_end().trim_end_matches(',');
    if said.is_empty() { mark.to_string() } else { format!("{said} {mark}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_does_not_fit_leaves_whole_words_out() {
        let words = ["batch 16", "lr 0.0321"].map(str::to_owned);
        let fit = |columns| fitting(&words, columns, '~');
        assert_eq!(
            [19, 18, 14, 10, 9, 3].map(fit),
            ["batch 16, lr 0.0321", "batch 16, lr ~", "batch 16, lr ~", "batch 16 ~", "batch ~", "~"]
        );
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
}
