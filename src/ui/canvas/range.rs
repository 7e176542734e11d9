//! The range that an axis shows: all of the lines that it is about, and of what else there is as much as leaves them room.
//! One number that lies far away, or a line that runs off, is left to the edge of the chart, where it is marked.

use crate::ui::canvas::scale::Scale;

/// How far a line may lie from those that the axis is about: times their own range ...
const LINE: f64 = 1.5;
/// ... or so many powers of ten.
const LINE_DECADES: f64 = 2.0;
/// The same for single numbers.
const POINTS: f64 = 1.0;
const POINTS_DECADES: f64 = 1.0;
/// However many of them there are, they take no more than so much beyond the lines.
const MANY: f64 = 1.0;
const MANY_DECADES: f64 = 2.0;

/// A range in the making. On a logarithmic axis it is one of powers of ten.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    log: bool,
    /// Of the lines that the axis is about.
    core: (f64, f64),
    /// With what was taken in besides.
    whole: (f64, f64),
}

impl Range {
    /// The range of all of these; none without a finite one.
    ///
    /// `log` is a wish: with a number below 0, or none above it, the axis is linear. A 0 has no place on a logarithmic one.
    pub fn of(values: &[f64], log: bool) -> Option<Self> {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let log = log && finite().all(|value| value >= 0.0) && finite().any(|value| value >= f64::MIN_POSITIVE);
        let nothing = (f64::INFINITY, f64::NEG_INFINITY);
        let core =
            finite().filter_map(|value| place(value, log)).fold(nothing, |(low, high), at| (low.min(at), high.max(at)));
        (core.0 <= core.1).then_some(Self { log, core, whole: core })
    }

    /// What lies so far from the core: times its range, or powers of ten; on a linear axis times the largest of its numbers
    /// where it has no range.
    fn reach(&self, times: f64, decades: f64) -> (f64, f64) {
        let (low, high) = self.core;
        // Halved, so that the distance between the largest numbers is finite.
        let spread = 2.0 * (times * (high / 2.0 - low / 2.0)).min(f64::MAX / 4.0);
        let least = if self.log { decades } else { decades * low.abs().max(high.abs()) };
        let reach = spread.max(least.min(f64::MAX / 2.0));
        (low - reach, high + reach)
    }

    fn widened(self, (low, high): (f64, f64)) -> Self {
        Self { whole: (self.whole.0.min(low), self.whole.1.max(high)), ..self }
    }

    /// With a line besides: whole on each side where it stays within reach, and on the other not at all.
    pub fn and_line(self, values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = self.reach(LINE, LINE_DECADES);
        let mut ends = (f64::INFINITY, f64::NEG_INFINITY);
        for at in values.into_iter().filter_map(|value| place(value, self.log)) {
            ends = (ends.0.min(at), ends.1.max(at));
        }
        let near = |end: f64| end >= low && end <= high;
        let low = if near(ends.0) { ends.0 } else { self.whole.0 };
        let high = if near(ends.1) { ends.1 } else { self.whole.1 };
        self.widened((low, high))
    }

    /// With single numbers besides: four fifths of them, and of the others those within reach of these, as far as all of it
    /// leaves the lines their room.
    pub fn and_points(self, values: impl IntoIterator<Item = f64>) -> Self {
        let mut places: Vec<f64> = values.into_iter().filter_map(|value| place(value, self.log)).collect();
        places.sort_by(f64::total_cmp);
        let tenth = places.len() / 10;
        let Some((first, last)) = places.get(tenth).zip(places.iter().rev().nth(tenth)) else { return self };
        let usual = Self { core: (self.core.0.min(*first), self.core.1.max(*last)), ..self };
        let (near, most) = (usual.reach(POINTS, POINTS_DECADES), self.reach(MANY, MANY_DECADES));
        let (low, high) = (near.0.max(most.0), near.1.min(most.1));
        places.into_iter().filter(|at| *at >= low && *at <= high).fold(self, |range, at| range.widened((at, at)))
    }

    /// The axis.
    pub fn scale(&self) -> Option<Scale> {
        let value = |at: f64| if self.log { 10_f64.powf(at).clamp(f64::MIN_POSITIVE, f64::MAX) } else { at };
        Scale::covering([value(self.whole.0), value(self.whole.1)], self.log)
    }
}

/// Where a number lies on an axis, if it has a place there.
fn place(value: f64, log: bool) -> Option<f64> {
    if !log {
        return value.is_finite().then_some(value);
    }
    (value >= f64::MIN_POSITIVE && value.is_finite()).then(|| value.log10())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ends(range: Range) -> (f64, f64) {
        let range = if range.log { (10_f64.powf(range.whole.0), 10_f64.powf(range.whole.1)) } else { range.whole };
        let round = |x: f64| format!("{x:.6e}").parse().unwrap();
        (round(range.0), round(range.1))
    }

    #[test]
    fn one_number_far_away_leaves_the_line_its_room() {
        let range = Range::of(&[2.0, 1.0, 0.5, 0.2], true).unwrap();
        let with = |odd: &[f64]| ends(range.and_points([0.1, 3.0].repeat(20).into_iter().chain(odd.iter().copied())));
        assert_eq!(with(&[0.02, 1e-15, 0.0, -3.0, f64::NAN, 20.0, 1e9]), (0.02, 20.0));
        assert_eq!(ends(range.and_points([])), (0.2, 2.0));
        // Numbers that are usual belong to the picture, but for what would leave the line no room: mini-batches of one
        // sample have losses of 1e-15 by the dozen.
        assert_eq!(ends(range.and_points([0.01, 1.0].repeat(20))), (0.01, 2.0));
        assert_eq!(ends(range.and_points([1e-15, 0.004, 1.0].repeat(20))), (0.004, 2.0));
        // A line without a range of its own lets see a power of ten around it.
        let flat = |odd: f64, log| ends(Range::of(&[1.0], log).unwrap().and_points([1.0; 30].into_iter().chain([odd])));
        assert_eq!((flat(9.0, true), flat(90.0, true), flat(0.2, true)), ((1.0, 9.0), (1.0, 1.0), (0.2, 1.0)));
        assert_eq!((flat(1.9, false), flat(1e6, false)), ((1.0, 1.9), (1.0, 1.0)));
    }

    #[test]
    fn a_line_that_runs_off_does_not_stretch_the_axis_and_one_nearby_is_seen_whole() {
        let own = Range::of(&[1.0, 0.1], true).unwrap();
        assert_eq!(ends(own.and_line([1.0, 0.0123])), (0.0123, 1.0));
        assert_eq!(ends(own.and_line([1.0, 1e15])), (0.1, 1.0));
        assert_eq!(ends(own.and_line([1.0, 0.01, 1e15])), (0.01, 1.0), "it is seen before it runs off");
        assert_eq!(ends(own.and_line([])), (0.1, 1.0));
    }

    #[test]
    fn zeros_have_no_place_on_a_logarithmic_axis_and_numbers_below_make_it_linear() {
        let is_log = |values: &[f64]| Range::of(values, true).map(|range| range.log);
        assert_eq!(
            (is_log(&[1.0, 0.0]), is_log(&[1.0, -0.1]), is_log(&[0.0, 0.0])),
            (Some(true), Some(false), Some(false))
        );
        assert_eq!((is_log(&[f64::NAN]), is_log(&[])), (None, None));
        assert_eq!(ends(Range::of(&[1.0, 0.0, 0.5], true).unwrap()), (0.5, 1.0));
    }

    proptest! {
        #[test]
        fn one_number_or_line_takes_the_others_no_more_than_half_of_their_room(
            core in prop::collection::vec(1e-6..1e6_f64, 2..40), odd in prop::num::f64::ANY, log: bool,
        ) {
            let range = Range::of(&core, log).unwrap();
            let points = core.iter().cycle().take(20).copied().chain([odd]);
            let whole = range.and_line([odd]).and_points(points);
            let spread = |(low, high): (f64, f64)| high - low;
            let least = if log { LINE_DECADES } else { LINE_DECADES * core.iter().copied().fold(0.0, f64::max) };
            let most = (1.0 + LINE) * spread(range.core).max(least) + spread(range.core);
            prop_assert!(spread(whole.whole) <= most * (1.0 + 1e-9), "{:?} {:?}", whole, core);
            let scale = whole.scale().unwrap();
            prop_assert!(core.iter().all(|value| scale.holds(*value)));
        }

        #[test]
        fn any_numbers_make_an_axis(core in prop::collection::vec(prop::num::f64::ANY, 1..9), log: bool) {
            if let Some(range) = Range::of(&core, log) {
                let range = range.and_line(core.iter().copied()).and_points(core.iter().copied());
                prop_assert!(range.scale().is_some());
            }
        }
    }
}
