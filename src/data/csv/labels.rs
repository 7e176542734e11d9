//! Words become labels: the classes are the different words, sorted.

use std::collections::HashMap;

use crate::data::Target;
use crate::program::Real;

/// The label of each row, by the word that it has; each word is kept once.
#[derive(Default)]
pub(super) struct Labels {
    /// The words, numbered in the order in which they appear.
    words: HashMap<String, u32>,
    /// The number of each row's word.
    rows: Vec<u32>,
}

impl Labels {
    /// Adds a row with a word.
    pub fn push(&mut self, word: &str) {
        let next = self.words.len() as u32;
        let number = self.words.get(word).copied().unwrap_or(next);
        if number == next {
            self.words.insert(word.to_owned(), number);
        }
        self.rows.push(number);
    }

    /// The labels, once all rows are there: indices into the sorted words.
    pub fn into_target<F: Real>(self) -> Target<F> {
        let mut words: Vec<(String, u32)> = self.words.into_iter().collect();
        words.sort_unstable();
        let mut label = vec![0; words.len()];
        for (sorted, (_, number)) in words.iter().enumerate() {
            label[*number as usize] = sorted as u32;
        }
        let labels = self.rows.into_iter().map(|number| label[number as usize]).collect();
        Target::Classes { labels, names: words.into_iter().map(|(word, _)| word).collect() }
    }
}
