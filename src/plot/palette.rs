//! The colours of a plot, handed in: whoever asks for one takes them from the screen's theme, so that a run has the same colour in
//! a plot as in a recording of its race.

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// The colours of a plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Palette {
    /// The ground.
    pub paper: Rgb,
    /// Text and axes.
    pub ink: Rgb,
    /// The values of single mini-batches, behind what is looked at.
    pub dim: Rgb,
    /// The curve that is looked at, where there is one run.
    pub main: Rgb,
    /// What belongs to the validation part, where there is one run.
    pub validation: Rgb,
    /// Runs of a race and averages of a series, by their places.
    pub racers: [Rgb; 8],
}

impl Palette {
    /// Of a run by its place.
    pub fn racer(&self, place: usize) -> Rgb {
        self.racers[place % self.racers.len()]
    }

    /// Between paper and ink: lines behind everything, told by their place and not by their colour.
    pub fn grid(&self, share: f64) -> Rgb {
        let mixed = |(paper, ink): (u8, u8)| {
            (f64::from(paper) + (f64::from(ink) - f64::from(paper)) * share).round().clamp(0.0, 255.0) as u8
        };
        let [a, b, c] = [0, 1, 2].map(|at| mixed((self.paper[at], self.ink[at])));
        [a, b, c]
    }
}
