//! Where every node of a YAML text starts, found in one pass over the parser's events: `serde_yaml` builds the tree but
//! tells places only with its errors, and a pass for each place would take time that grows with the square of the text.
//! Never builds a tree, so that an alias costs nothing.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use libyaml_safer::{EventData, Parser};

use super::node::Step;

/// The starts of all nodes of a text, as byte offsets.
#[derive(Debug)]
pub(super) struct Places {
    spots: Vec<Spot>,
}

/// A node.
#[derive(Debug)]
struct Spot {
    start: usize,
    inside: Inside,
}

/// The children of a node, as numbers of spots.
#[derive(Debug)]
enum Inside {
    /// A scalar.
    Nothing,
    List(Vec<usize>),
    Map(HashMap<String, Entry>),
}

/// An entry of a map.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Its number in the map, in written order.
    number: usize,
    /// Where its key starts.
    key: usize,
    /// The spot of its value.
    value: usize,
}

/// Where an entry stands, and how the tree leads there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The start of its key; none for an element of a list and for the whole text.
    pub key: Option<usize>,
    /// The start of its value.
    pub value: usize,
    /// The number of each child on the way from the root, among the elements or entries of its parent.
    pub numbers: Vec<usize>,
}

/// What an anchor names.
struct Anchored {
    spot: usize,
    /// Of a scalar, which may be a key where it is named.
    text: Option<String>,
}

/// A map or list that is being read.
struct Open {
    spot: usize,
    /// In a map, the key whose value comes next, with its start.
    key: Option<(String, usize)>,
}

impl Places {
    /// Reads the events of a text, up to the first slip if there is one.
    ///
    /// An alias stands for what it names, so its place is where that was written. Of a key that is given twice the first
    /// one counts.
    pub(super) fn of(text: &str) -> Self {
        let mut places = Self { spots: Vec::new() };
        let readable = readable(text);
        // The parser panics at some slips instead of telling them. What it has read until then stands: places after it are
        // those of what is around them.
        drop(catch_unwind(AssertUnwindSafe(|| places.read(&readable, text.len()))));
        places
    }

    /// Takes down every node of a text of which so many bytes are the document's.
    fn read(&mut self, text: &str, length: usize) {
        let mut anchors: HashMap<String, Anchored> = HashMap::new();
        let mut open: Vec<Open> = Vec::new();
        let mut input = text.as_bytes();
        let mut parser = Parser::new();
        parser.set_input_string(&mut input);
        for event in parser {
            let Ok(event) = event else { break };
            let start = usize::try_from(event.start_mark.index).unwrap_or(usize::MAX).min(length);
            let (anchor, scalar, inside) = match event.data {
                EventData::Scalar { anchor, value, .. } => (anchor, Some(value), Inside::Nothing),
                EventData::SequenceStart { anchor, .. } => (anchor, None, Inside::List(Vec::new())),
                EventData::MappingStart { anchor, .. } => (anchor, None, Inside::Map(HashMap::new())),
                EventData::SequenceEnd | EventData::MappingEnd => {
                    open.pop();
                    continue;
                }
                EventData::Alias { anchor } => {
                    let Some(named) = anchors.get(&anchor) else { break };
                    let start = self.spots[named.spot].start;
                    match self.awaited_key(&mut open) {
                        Some(key) => *key = named.text.clone().map(|text| (text, start)),
                        None => self.add(&mut open, named.spot),
                    }
                    continue;
                }
                EventData::DocumentEnd { .. } => break,
                _ => continue,
            };
            let opens = !matches!(inside, Inside::Nothing);
            let spot = self.spots.len();
            self.spots.push(Spot { start, inside });
            match self.awaited_key(&mut open) {
                // Keys that are no texts are refused where the tree is built.
                Some(_) if opens => break,
                Some(key) => *key = scalar.clone().map(|text| (text, start)),
                None => self.add(&mut open, spot),
            }
            if let Some(anchor) = anchor {
                anchors.insert(anchor, Anchored { spot, text: scalar });
            }
            if opens {
                open.push(Open { spot, key: None });
            }
        }
    }

    /// The key to be filled in, if one comes next.
    fn awaited_key<'o>(&self, open: &'o mut [Open]) -> Option<&'o mut Option<(String, usize)>> {
        let parent = open.last_mut()?;
        let is_map = matches!(self.spots[parent.spot].inside, Inside::Map(_));
        (is_map && parent.key.is_none()).then_some(&mut parent.key)
    }

    /// Makes a node the next child of the innermost map or list that is open.
    fn add(&mut self, open: &mut [Open], value: usize) {
        let Some(parent) = open.last_mut() else { return };
        match &mut self.spots[parent.spot].inside {
            Inside::Nothing => {}
            Inside::List(items) => items.push(value),
            Inside::Map(entries) => {
                if let Some((name, key)) = parent.key.take() {
                    let number = entries.len();
                    entries.entry(name).or_insert(Entry { number, key, value });
                }
            }
        }
    }

    /// The entry at a path, if the text has it.
    pub(super) fn find(&self, path: &[Step]) -> Option<Found> {
        let mut spot = self.spots.first()?;
        let mut found = Found { key: None, value: spot.start, numbers: Vec::with_capacity(path.len()) };
        for step in path {
            let (key, number, value) = match (&spot.inside, step) {
                (Inside::List(items), Step::Index(index)) => (None, *index, *items.get(*index)?),
                (Inside::Map(entries), Step::Key(name)) => {
                    let Entry { number, key, value } = *entries.get(name)?;
                    (Some(key), number, value)
                }
                _ => return None,
            };
            spot = self.spots.get(value)?;
            found.key = key;
            found.value = spot.start;
            found.numbers.push(number);
        }
        Some(found)
    }

    /// Where the key at the end of a path stands in a text whose reading stopped behind it.
    pub(super) fn key(&self, path: &[Step]) -> Option<usize> {
        self.find(path)?.key
    }
}

/// The text as the parser can read it without a panic, each node where it was: its last line ended, and a null for a tag with
/// nothing behind it in brackets (`[!!str, x]`).
fn readable(text: &str) -> String {
    let mut readable = text.to_owned();
    for (at, _) in text.match_indices('!') {
        let ends = |c: char| c.is_whitespace() || [',', ']', '}'].contains(&c);
        let tag = text[at..].split(ends).next().unwrap_or_default();
        let starts = text[..at].chars().next_back().is_none_or(|c| c.is_whitespace() || ['[', '{', ','].contains(&c));
        if starts && tag.is_ascii() && text[at + tag.len()..].starts_with(',') {
            readable.replace_range(at..at + tag.len(), &format!("~{}", " ".repeat(tag.len() - 1)));
        }
    }
    readable.push('\n');
    readable
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(keys: &[&str]) -> Vec<Step> {
        keys.iter().map(|key| Step::from(*key)).collect()
    }

    #[test]
    fn an_alias_stands_where_its_anchor_was_written_and_may_hold_itself() {
        let places = Places::of("a: &x {b: [1, 2]}\nc: *x\nd: &y [*y]\n");
        let found = places.find(&path(&["c", "b"])).unwrap();
        assert_eq!((found.key, found.value, found.numbers), (Some(7), 10, vec![1, 0]));
        let keyed = Places::of("&k lr: 1\nb: {*k : 3}\n");
        assert_eq!(keyed.find(&path(&["b", "lr"])), Some(Found { key: Some(0), value: 18, numbers: vec![1, 0] }));
        let around: Vec<Step> = [Step::from("d"), 0.into(), 0.into(), 0.into()].into();
        assert_eq!(places.find(&around).unwrap().value, places.find(&around[..1]).unwrap().value);
        assert_eq!(places.find(&path(&["a", "q"])), None);
    }

    #[test]
    fn a_text_that_was_cut_anywhere_is_read_as_far_as_it_goes() {
        let text = "about: |\n  one\n  two \\ \"x\n>: &a [!!str, 'it''s', \"a\\n\\x41\", *a]\n? - k\n: {a: !!float, b}\n--- !t\n%TAG ! x\n";
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            let places = Places::of(&text[..end]);
            let shown = places.key(&path(&["about"]));
            assert_eq!(shown, (end > 5).then_some(0), "{:?}", &text[..end]);
        }
        let places = Places::of("a: [!!str, x]\nb: {c: !!str, d: 1}\ne: |\n  x");
        assert_eq!(places.key(&path(&["b", "d"])), Some(28));
        assert_eq!(places.find(&path(&["e"])).unwrap().value, 37);
    }

    #[test]
    fn the_first_of_two_equal_keys_counts_and_what_stands_before_a_slip_is_found() {
        let places = Places::of("a: 1\na: 2\nb: [3\n");
        assert_eq!(places.key(&path(&["a"])), Some(0));
        assert_eq!(Places::of("a: 1\nb: [3\n").key(&path(&["a"])), Some(0));
        assert!(Places::of("").find(&[]).is_none());
    }
}
