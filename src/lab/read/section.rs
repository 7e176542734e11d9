//! A section of a lab, read by the table of keys: what each key may hold, and what holds where it is not given, stand
//! there and nowhere else.

use super::field::Field;
use super::fields::Fields;
use super::problems::Problems;
use crate::error::{Error, Place, Result};
use crate::lab::keys::{self, Default, Key, Value};

/// The keys of one map, or of a section that is not there: then every key has its default.
pub(in crate::lab) struct Section<'d> {
    /// Its path in the table.
    path: &'static str,
    fields: Option<Fields<'d>>,
}

impl<'d> Section<'d> {
    /// The section at a path of the table; `fields` is what the lab gives of it.
    pub fn new(path: &'static str, fields: Option<Fields<'d>>) -> Self {
        Self { path, fields }
    }

    /// Where the section is named, if it is there.
    pub fn place(&self) -> Option<Place> {
        self.fields.as_ref().map(Fields::place)
    }

    /// The value of a key, if it is given.
    pub fn take(&mut self, name: &str) -> Option<Field<'d>> {
        self.fields.as_mut()?.take(name)
    }

    /// The value of a key that must be given, in a section that is there.
    pub fn require(&mut self, name: &str) -> Result<Field<'d>> {
        match &mut self.fields {
            Some(fields) => fields.require(name),
            None => Err(Error::fault(format!("`{}` is not there and has no `{name}`", self.path))),
        }
    }

    /// The key that is given of those that exclude each other, with its value; none if none of them is.
    ///
    /// # Errors
    /// More than one is given.
    pub fn one_of(&mut self, group: &str) -> Result<Option<(&'static Key, Field<'d>)>> {
        let names = keys::one_of(self.path, group);
        let Some(fields) = &mut self.fields else { return Ok(None) };
        if !names.iter().any(|name| fields.has(name)) {
            fields.allow(names);
            return Ok(None);
        }
        let (which, field) = fields.one_of(&names)?;
        Ok(Some((self.key(names[which])?, field)))
    }

    /// A whole number of the key's range.
    pub fn whole(&mut self, name: &str) -> Result<u64> {
        whole(self.key(name)?, self.take(name).as_ref())
    }

    /// A number of the key's range.
    pub fn number(&mut self, name: &str) -> Result<f64> {
        number(self.key(name)?, self.take(name).as_ref())
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &str) -> Result<bool> {
        flag(self.key(name)?, self.take(name).as_ref())
    }

    /// One of the key's words; `what` names one of them in messages.
    pub fn word(&mut self, name: &str, what: &str) -> Result<&'static str> {
        let key = self.key(name)?;
        match (self.take(name), key.value, key.default) {
            (Some(field), Value::Word(words), _) => field.one_of(words, what),
            (None, _, Default::Word(word)) => Ok(word),
            _ => Err(fault(key)),
        }
    }

    /// What was not taken yet.
    pub fn rest(&mut self) -> Vec<(&'d str, Field<'d>)> {
        self.fields.as_mut().map(Fields::rest).unwrap_or_default()
    }

    /// Reports every key that nobody asked for.
    pub fn finish(self, problems: &mut Problems) {
        if let Some(fields) = self.fields {
            fields.finish(problems);
        }
    }

    /// The row of a key of this section.
    pub fn key(&self, name: &str) -> Result<&'static Key> {
        row(self.path, name)
    }
}

/// The row of a key of a section.
pub(in crate::lab) fn row(section: &str, name: &str) -> Result<&'static Key> {
    let found = keys::inside(section).find(|key| key.name() == name);
    found.ok_or_else(|| Error::fault(format!("the table of keys has no `{name}` in `{section}`")))
}

/// A whole number of a key's range, or the key's default.
pub(in crate::lab) fn whole(key: &Key, field: Option<&Field<'_>>) -> Result<u64> {
    match (field, key.value, key.default) {
        (Some(field), Value::Whole(least) | Value::WholeOr(least, _), _) => field.whole(least..=u64::MAX),
        (Some(field), Value::WholeIn(least, most), _) => field.whole(least..=most),
        (None, _, Default::Whole(value)) => Ok(value),
        _ => Err(fault(key)),
    }
}

/// A number of a key's range, or the key's default.
pub(in crate::lab) fn number(key: &Key, field: Option<&Field<'_>>) -> Result<f64> {
    match (field, key.value, key.default) {
        (Some(field), Value::Number(interval) | Value::NumberOr(interval, _), _) => field.number_in(interval),
        (None, _, Default::Number(value)) => Ok(value),
        _ => Err(fault(key)),
    }
}

/// `true` or `false`, or the key's default.
pub(in crate::lab) fn flag(key: &Key, field: Option<&Field<'_>>) -> Result<bool> {
    match (field, key.default) {
        (Some(field), _) => field.boolean(),
        (None, Default::Flag(value)) => Ok(value),
        _ => Err(fault(key)),
    }
}

/// It was asked for what the table does not say.
pub(in crate::lab) fn fault(key: &Key) -> Error {
    Error::fault(format!("the table of keys has another kind of value for `{}`", key.path))
}
