//! What a pane shows of a landscape. A unit of x is as long there as one of y, or a gradient would not look perpendicular to
//! the contours; where the pane's form allows none of that, its axis says so.

use super::contours::Part;
use crate::snapshot::{LandscapeView, widened};
use crate::ui::canvas::text;

/// What is seen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    pub x: (f64, f64),
    pub y: (f64, f64),
    /// How many times as long as one of y a unit of x is drawn; none where both are of one length.
    stretched: Option<f64>,
}

impl Seen {
    /// In a picture of so many dots: what is worth seeing, and beyond it as much of one weight as its form has room for.
    pub fn of(map: &LandscapeView, (width, height): (usize, usize)) -> Self {
        let unit = |(low, high): (f64, f64), dots: usize| dots.saturating_sub(1).max(1) as f64 / (high - low);
        let stretched = unit(map.x, width) / unit(map.y, height);
        let (x, y) = (map.x, map.y);
        let within = 1.0 / LandscapeView::WIDER..=LandscapeView::WIDER;
        if !within.contains(&stretched) {
            // Nothing of the way would be seen in what is left to it.
            return Self { x, y, stretched: Some(stretched).filter(|times| times.is_finite()) };
        }
        if stretched > 1.0 {
            Self { x: widened(x, stretched), y, stretched: None }
        } else {
            Self { x, y: widened(y, 1.0 / stretched), stretched: None }
        }
    }

    /// What is worth seeing alone.
    pub fn least(map: &LandscapeView) -> Self {
        Self { x: map.x, y: map.y, stretched: None }
    }

    /// The name of the first weight at its axis, with what is to be said of the scales, in so many columns.
    pub fn name_of_x(&self, columns: usize) -> String {
        let Some(times) = self.stretched else { return "x".into() };
        let (larger, smaller, times) = if times > 1.0 { ("x", "y", times) } else { ("y", "x", 1.0 / times) };
        let times = text::short(times);
        let whole = if larger == "x" {
            [format!("x, drawn {times}x as large as {smaller}"), format!("x, {times}x as large as {smaller}")]
        } else {
            [format!("x ({larger} is drawn {times}x as large)"), format!("x ({larger} {times}x as large)")]
        };
        let forms = whole.into_iter().chain(["x, not to scale".into(), "x".into()]);
        text::longest(forms, columns).unwrap_or_else(|| "x".into())
    }

    /// Its part of the heights that were measured.
    pub fn part(&self, map: &LandscapeView) -> Part {
        let [x, y] = map.measured();
        let share = |(low, high): (f64, f64), at: f64| (at - low) / (high - low);
        Part { u: (share(x, self.x.0), share(x, self.x.1)), v: (1.0 - share(y, self.y.1), 1.0 - share(y, self.y.0)) }
    }

    /// It holds this place.
    pub fn holds(&self, x: f64, y: f64) -> bool {
        (self.x.0..=self.x.1).contains(&x) && (self.y.0..=self.y.1).contains(&y)
    }
}
