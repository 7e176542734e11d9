//! Finds where a node stands: reads the text once more along a path and fails on purpose at its end, since the
//! parser tells places only with its errors. Never builds a tree, so that an alias costs nothing on the way.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::node::{Part, Step};

/// The byte offset at which a part of the entry at a path starts; `None` if the text has no such entry.
///
/// An alias stands for what it names, so the place is where that was written.
pub(in crate::lab) fn locate(text: &str, path: &[Step], part: Part) -> Option<usize> {
    let arrived = Cell::new(false);
    let part = if matches!(path.last(), Some(Step::Key(_))) { part } else { Part::Value };
    let document = serde_yaml::Deserializer::from_str(text).next()?;
    let stopped = Locator { path, part, arrived: &arrived }.deserialize(document).err()?;
    arrived.get().then(|| stopped.location()).flatten().map(|location| location.index().min(text.len()))
}

/// Follows the rest of a path.
struct Locator<'a> {
    path: &'a [Step],
    part: Part,
    arrived: &'a Cell<bool>,
}

impl Locator<'_> {
    /// Every visit ends here: at the end of the path this is the place; before it the path leads nowhere.
    fn stop<T, E: serde::de::Error>(&self) -> Result<T, E> {
        self.arrived.set(self.path.is_empty());
        Err(E::custom("arrived"))
    }
}

impl<'de> DeserializeSeed<'de> for Locator<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Locator<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the end of the path")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.stop()
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<(), E> {
        self.stop()
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.stop()
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.stop()
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.stop()
    }

    fn visit_i128<E: serde::de::Error>(self, _: i128) -> Result<(), E> {
        self.stop()
    }

    fn visit_u128<E: serde::de::Error>(self, _: u128) -> Result<(), E> {
        self.stop()
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.stop()
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        self.stop()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Some((Step::Index(index), rest)) = self.path.split_first() else { return self.stop() };
        for _ in 0..*index {
            if seq.next_element::<IgnoredAny>()?.is_none() {
                return self.stop();
            }
        }
        seq.next_element_seed(Self { path: rest, ..self })?;
        Err(A::Error::custom("no such element"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((Step::Key(wanted), rest)) = self.path.split_first() else { return self.stop() };
        let stop_at_key = (rest.is_empty() && self.part == Part::Key).then_some(self.arrived);
        while let Some(found) = map.next_key_seed(KeyLocator { wanted, stop: stop_at_key })? {
            if found {
                return map.next_value_seed(Self { path: rest, ..self });
            }
            map.next_value::<IgnoredAny>()?;
        }
        Err(A::Error::custom("no such key"))
    }
}

/// Compares a key with the wanted one, and stops at it if the key itself is what is looked for.
struct KeyLocator<'a> {
    wanted: &'a str,
    stop: Option<&'a Cell<bool>>,
}

impl<'de> DeserializeSeed<'de> for KeyLocator<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for KeyLocator<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<bool, E> {
        match self.stop {
            Some(arrived) if key == self.wanted => {
                arrived.set(true);
                Err(E::custom("arrived"))
            }
            _ => Ok(key == self.wanted),
        }
    }
}
