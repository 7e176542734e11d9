//! Collects what is wrong with a document, so that a student sees all of it at once. Decides nothing.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::error::{Error, Result, Source};
use crate::lab::yaml::document::Document;
use crate::lab::yaml::typography;

/// More errors than a screen holds help nobody.
const MAX_PROBLEMS: usize = 20;

/// The errors found so far.
#[derive(Debug)]
pub struct Problems {
    main: Arc<Source>,
    /// The first ones.
    found: Vec<Error>,
    /// A number of every one, by which it is known again: each is counted once, also those that are not kept.
    known: HashSet<u64>,
}

impl Problems {
    /// Nothing is wrong yet.
    pub fn new(document: &Document) -> Self {
        Self { main: document.source().clone(), found: Vec::new(), known: HashSet::new() }
    }

    /// Adds an error; one that is already there is not added again.
    pub fn push(&mut self, error: Error) {
        let error = self.explained(error);
        if self.known.insert(number(&error)) && self.found.len() < MAX_PROBLEMS {
            self.found.push(error);
        }
    }

    /// The same, but where a character that only looks like one of YAML is why the document is wrong. Titles and texts may have
    /// such characters, whatever else is wrong with them.
    fn explained(&self, error: Error) -> Error {
        let in_yaml = error.place().is_some_and(|place| {
            let own = Arc::ptr_eq(&place.source, &self.main) || place.source.name.starts_with("--set ");
            own && !["title", "about"].contains(&place.key.as_str())
        });
        if in_yaml { typography::explained(error) } else { error }
    }

    /// Adds what is wrong with another document, or with a part of this one.
    pub fn extend(&mut self, other: Self) {
        other.found.into_iter().for_each(|error| self.push(error));
        self.known.extend(other.known);
    }

    /// The same errors in other words or at another place, as far as they are kept.
    pub fn map(self, change: impl Fn(Error) -> Error) -> Self {
        let mut changed = Self { main: self.main, found: Vec::new(), known: self.known };
        for error in self.found {
            changed.known.remove(&number(&error));
            changed.push(change(error));
        }
        changed
    }

    /// The value, or `None` with the error kept.
    pub fn keep<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// How many errors there are so far.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The value if nothing is wrong, else the errors: those of the document in its order, then those of other texts,
    /// then those without a place; of many the first that were found, and how many more there are.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Error>> {
        let Self { main, mut found, known } = self;
        let left_out = known.len() - found.len();
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
        if left_out > 0 {
            errors.push(Error::and_more(left_out as u64));
        }
        Err(errors)
    }
}

/// What tells an error from others: its words and its place.
fn number(error: &Error) -> u64 {
    let mut hasher = DefaultHasher::new();
    (error.what(), error.label_text(), error.help_lines()).hash(&mut hasher);
    let place = error.place().map(|place| (&place.source.name, place.span.start, place.span.end, &place.key));
    place.hash(&mut hasher);
    hasher.finish()
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
    fn of_many_errors_the_first_are_told_and_the_others_counted_once_each() {
        let document = Document::parse("lab.yaml", "a: 1\n").unwrap();
        let mut problems = Problems::new(&document);
        let mut others = Problems::new(&document);
        for number in 0..100 {
            problems.push(Error::user(number.to_string()));
            problems.push(Error::user(number.to_string()));
            others.push(Error::user((number + 10).to_string()));
        }
        problems.extend(others);
        let errors = problems.finish(Some(())).unwrap_err();
        assert_eq!(errors.len(), MAX_PROBLEMS + 1);
        assert_eq!((errors[MAX_PROBLEMS].what(), errors[MAX_PROBLEMS].left_out()), ("and 90 more problems", 90));
    }

    #[test]
    fn a_value_with_nothing_wrong_passes() {
        let document = Document::parse("lab.yaml", "a: 1\n").unwrap();
        let mut problems = Problems::new(&document);
        let kept = problems.keep(Ok(3));
        assert_eq!(problems.finish(kept), Ok(3));
    }
}
