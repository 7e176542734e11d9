//! One table of colours for a whole recording. Every pixel is an ink on a paper, so much of it; that is quantised in as many
//! levels as the table has room for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::record::painted::Rgb;

/// The most colours of a recording: a table of 256 holds one more, which is none.
const MOST: usize = 255;
/// Levels of coverage, the finest first. Shades of a quarter and a half are exact in those that four divides.
const LEVELS: [u16; 6] = [8, 6, 4, 3, 2, 1];

/// An ink on a paper.
pub(super) type Pair = (Rgb, Rgb);

/// How much of an ink is on a paper, by pairs: which values from 0 to 255 there are.
#[derive(Default)]
pub(super) struct Uses(BTreeMap<Pair, [bool; 256]>);

impl Uses {
    pub(super) fn add(&mut self, pair: Pair, values: &[bool; 256]) {
        let own = self.0.entry(pair).or_insert([false; 256]);
        own.iter_mut().zip(values).for_each(|(own, value)| *own |= value);
    }
}

/// The table, and where in it each pair has its mixtures.
pub(super) struct Palette {
    /// Red, green and blue, in the order of their numbers.
    pub colours: Vec<Rgb>,
    levels: u16,
    /// The numbers of each pair's mixtures, by level.
    mixtures: HashMap<Pair, Vec<u8>>,
}

impl Palette {
    /// The table for what is used: as fine as it can be.
    pub(super) fn of(uses: &Uses) -> Self {
        let tries = LEVELS.into_iter().map(|levels| (levels, 8)).chain((2..8).rev().map(|bits| (1, bits)));
        let mut found = (BTreeSet::new(), 1, 2);
        for (levels, bits) in tries {
            found = (colours(uses, levels, bits), levels, bits);
            if found.0.len() <= MOST {
                break;
            }
        }
        let (colours, levels, bits) = found;
        let colours: Vec<Rgb> = colours.into_iter().collect();
        // A level that is not used has no colour of its own, and is not asked for.
        let number = |colour: Rgb| colours.binary_search(&colour).unwrap_or(0) as u8;
        let mixture = |pair: &Pair| (0..=levels).map(|level| number(mixed(*pair, level, levels, bits))).collect();
        let mixtures = uses.0.keys().map(|pair| (*pair, mixture(pair))).collect();
        Self { colours, levels, mixtures }
    }

    /// The number of the colour for each value from 0 to 255 of a pair that is used.
    pub(super) fn numbers(&self, pair: Pair) -> [u8; 256] {
        let own = self.mixtures.get(&pair);
        std::array::from_fn(|value| {
            let level = level(value as u16, self.levels);
            own.and_then(|own| own.get(usize::from(level))).copied().unwrap_or(0)
        })
    }
}

fn colours(uses: &Uses, levels: u16, bits: u32) -> BTreeSet<Rgb> {
    let mut found = BTreeSet::new();
    for (pair, values) in &uses.0 {
        let used = values.iter().enumerate().filter(|(_, used)| **used);
        let levels_used: BTreeSet<u16> = used.map(|(value, _)| level(value as u16, levels)).collect();
        found.extend(levels_used.into_iter().map(|own| mixed(*pair, own, levels, bits)));
    }
    found
}

/// The level that is nearest to a value from 0 to 255.
fn level(value: u16, levels: u16) -> u16 {
    (value * levels + 127) / 255
}

/// So many levels of an ink on a paper, with so many bits of each colour.
fn mixed((ink, paper): Pair, level: u16, levels: u16, bits: u32) -> Rgb {
    std::array::from_fn(|part| {
        let (ink, paper) = (u16::from(ink[part]), u16::from(paper[part]));
        let value = (ink * level + paper * (levels - level) + levels / 2) / levels;
        // The largest value stays the largest.
        let most = (1 << bits) - 1;
        let step = (u32::from(value) * most + 127) / 255;
        ((step * 255 + most / 2) / most) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> [bool; 256] {
        [true; 256]
    }

    #[test]
    fn a_few_inks_have_eight_levels_and_their_own_colours_exactly() {
        let mut uses = Uses::default();
        uses.add(([255, 128, 3], [0, 0, 0]), &all());
        let palette = Palette::of(&uses);
        let numbers = palette.numbers(([255, 128, 3], [0, 0, 0]));
        assert_eq!(palette.colours.len(), 9);
        assert_eq!(palette.colours[usize::from(numbers[0])], [0, 0, 0]);
        assert_eq!(palette.colours[usize::from(numbers[255])], [255, 128, 3]);
        assert_eq!(palette.colours[usize::from(numbers[64])], [64, 32, 1]);
    }

    #[test]
    fn what_is_not_used_takes_no_room() {
        let mut uses = Uses::default();
        let mut values = [false; 256];
        values[0] = true;
        uses.add(([255; 3], [0; 3]), &values);
        assert_eq!(Palette::of(&uses).colours, [[0; 3]]);
    }

    #[test]
    fn many_colours_have_fewer_levels_and_then_fewer_bits_and_always_fit() {
        let ink = |at: u32| [(at * 37 % 256) as u8, (at * 101 % 253) as u8, (at / 16 % 256) as u8];
        for (count, least) in [(20, 100), (60, 150), (200, 150), (250, 200), (5000, 32)] {
            let mut uses = Uses::default();
            for at in 0..count {
                uses.add((ink(at), [0; 3]), &all());
            }
            let palette = Palette::of(&uses);
            assert!((least..=MOST).contains(&palette.colours.len()), "{count} {}", palette.colours.len());
            // Whatever the table, an ink is nearer to itself than to its paper.
            for at in 1..count.min(200) {
                let ink = ink(at);
                let own = palette.colours[usize::from(palette.numbers((ink, [0; 3]))[255])];
                let far = ink.iter().zip(own).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0);
                assert!(far <= 43, "{count} {ink:?} {own:?}");
            }
        }
    }
}
