//! Collects what is wrong with a document, so that a student sees all of it at once. Decides nothing.

use std::sync::Arc;

use crate::error::{Error, Result, Source};
use crate::lab::yaml::document::Document;

/// More errors than a screen holds help nobody, and the place of each costs another reading of the text.
const MAX_PROBLEMS: usize = 30;

/// The errors found so far.
#[derive(Debug)]
pub struct Problems {
    main: Arc<Source>,
    found: Vec<Error>,
    left_out: bool,
}

impl Problems {
    /// Nothing is wrong yet.
    pub fn new(document: &Document) -> Self {
        Self { main: document.source().clone(), found: Vec::new(), left_out: false }
    }

    /// Adds an error; one that is already there is not added again.
    pub fn push(&mut self, error: Error) {
        if self.found.contains(&error) {
            return;
        }
        if self.is_full() {
            self.left_out = true;
        } else {
            self.found.push(error);
        }
    }

    /// The value, or `None` with the error kept.
    pub fn keep<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// How many errors there are so far.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether further errors would be left out, so that looking for them may stop.
    pub fn is_full(&self) -> bool {
        self.found.len() >= MAX_PROBLEMS
    }

    /// The value if nothing is wrong, else the errors: those of the document in its order, then those of other texts,
    /// then those without a place.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Error>> {
        let Self { main, mut found, left_out } = self;
        match value {
            Some(value) if found.is_empty() => return Ok(value),
            None if found.is_empty() => found.push(Error::fault("a lab was refused without a reason")),
            _ => {}
        }
        let mut texts = vec![main];
        let rank = |error: &Error, texts: &mut Vec<Arc<Source>>| match error.place() {
            None => (usize::MAX, 0),
            Some(place) => {
                let known = texts.iter().position(|text| Arc::ptr_eq(text, &place.source));
                let text = known.unwrap_or_else(|| {
                    texts.push(place.source.clone());
                    texts.len() - 1
                });
                (text, place.span.start)
            }
        };
        let mut ranked: Vec<_> = found.into_iter().map(|error| (rank(&error, &mut texts), error)).collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        let mut errors: Vec<_> = ranked.into_iter().map(|(_, error)| error).collect();
        if left_out {
            errors.push(Error::user("there are more errors than these").help("mend these first"));
        }
        Err(errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::yaml::node::Part;

    #[test]
    fn errors_come_in_the_order_of_the_file_and_once() {
        let document = Document::parse("lab.yaml", "a: 1\nb: 2\nc: 3\n").unwrap();
        let mut problems = Problems::new(&document);
        problems.push(Error::user("nowhere"));
        for key in ["c", "a", "b", "a"] {
            problems.push(Error::user(key).at(document.place(&[key.into()], Part::Key)));
        }
        let errors = problems.finish::<()>(None).unwrap_err();
        let whats: Vec<_> = errors.iter().map(Error::what).collect();
        assert_eq!(whats, ["a", "b", "c", "nowhere"]);
    }

    #[test]
    fn too_many_errors_are_cut_and_said_to_be() {
        let document = Document::parse("lab.yaml", "a: 1\n").unwrap();
        let mut problems = Problems::new(&document);
        for number in 0..100 {
            problems.push(Error::user(number.to_string()));
        }
        let errors = problems.finish(Some(())).unwrap_err();
        assert_eq!(errors.len(), MAX_PROBLEMS + 1);
        assert_eq!(errors[MAX_PROBLEMS].what(), "there are more errors than these");
    }

    #[test]
    fn a_value_with_nothing_wrong_passes() {
        let document = Document::parse("lab.yaml", "a: 1\n").unwrap();
        let mut problems = Problems::new(&document);
        let kept = problems.keep(Ok(3));
        assert_eq!(problems.finish(kept), Ok(3));
    }
}
