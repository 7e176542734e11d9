//! Tasks of kind `measure`: what is laid over the lab, and numbers of the lab that is made so.

use super::{Asked, Open};
use crate::error::Error;
use crate::lab::check::{Check, collect};
use crate::lab::keys::{self, Key, Race};
use crate::lab::plan::overrides::Overrides;
use crate::lab::plan::task::Measure;
use crate::lab::read::field::Field;
use crate::lab::read::fields::Fields;
use crate::lab::yaml::document::{Document, SetBy};
use crate::lab::yaml::node::{Node, Step, shorten};

impl Check<'_> {
    pub(super) fn measure(&mut self, fields: &mut Fields<'_>, asked: &Asked, document: &Document) -> Option<Measure> {
        let (mut of, mut over) = (Vec::new(), None);
        if let Some(field) = fields.take("of") {
            // What it is laid over is the lab's own text, whatever was set by hand meanwhile.
            let mut own = document.clone();
            let set = [SetBy::Arguments, SetBy::Typed].into_iter().any(|by| !document.set_keys(by).is_empty());
            if set {
                own = self.problems.keep(Document::parse(&document.source().name, &document.source().text))?;
            }
            of = self.laid(&field, own.root())?;
            over = Some(self.asked_over(&field, &of, own, asked)?);
        }
        let asked = over.as_ref().unwrap_or(asked);
        let until = match fields.take("until") {
            None => Some(None),
            Some(field) => self.over_run(&field, asked, true, Open::default()).map(Some),
        };
        let value = self.problems.keep(fields.require("value"));
        let value = value.and_then(|field| self.over_run(&field, asked, false, Open::default()));
        let within = self.within(fields);
        Some(Measure { of, until: until?, value: value?, within: within? })
    }

    /// A map of keys of a lab, as `KEY=VALUE` each; maps are laid key by key over those that the lab has.
    fn laid(&mut self, field: &Field<'_>, own: &Node) -> Option<Vec<String>> {
        let mut map = self.problems.keep(field.map("`of`"))?;
        let (mut laid, before) = (Vec::new(), self.problems.len());
        for (key, value) in map.rest() {
            if keys::find(key).is_none() {
                let error = Error::user(format!("a lab has no key `{}`", shorten(key))).at(value.key_place());
                self.problems.push(error.nearest(key, keys::KEYS.iter().map(|row| row.path)));
                continue;
            }
            spread(key, value.node(), own, &mut laid);
        }
        (self.problems.len() == before).then_some(laid)
    }

    /// What may be named of the lab with `of` laid over it: its racers and averages may be others.
    fn asked_over(&mut self, field: &Field<'_>, of: &[String], mut own: Document, asked: &Asked) -> Option<Asked> {
        let over = Overrides { set: of.to_vec(), ..Overrides::default() };
        if let Err(error) = over.apply(&mut own) {
            self.problems.push(field.error(error.what().to_owned()));
            return None;
        }
        ["tasks", "watch"].into_iter().for_each(|key| own.hide(key));
        let has = |key: &str| own.root().child(&Step::from(key)).is_some();
        let lab = if has("compare") || has("series") {
            let (lab, problems) = collect(&own, self.home, self.kept);
            match problems.finish(lab) {
                // Its data were needed for no more than that.
                Ok(lab) => Some(lab).inspect(|lab| drop(lab.checked_data.take())),
                Err(errors) => {
                    let why = errors.first().map_or("", Error::what);
                    self.problems.push(field.error(format!("laid over the lab, this makes none: {why}")));
                    return None;
                }
            }
        } else {
            None
        };
        Some(Asked::new(asked.packed, &own, lab.as_ref(), false))
    }
}

/// Spreads a value into `KEY=VALUE` for each of its keys, as long as the lab has a map there and the value does not choose
/// another thing in its place, as `optimizer: {rule: adam}` does.
fn spread(path: &str, value: &Node, own: &Node, laid: &mut Vec<String>) {
    let steps: Vec<Step> = path.replace('[', ".").replace(']', "").split('.').map(step_of).collect();
    let over_a_map = matches!(own.at(&steps), None | Some(Node::Null | Node::Map(_)));
    match value {
        Node::Map(entries) if over_a_map && !entries.is_empty() && !chooses(path, entries) => {
            entries.iter().for_each(|(key, value)| spread(&format!("{path}.{key}"), value, own, laid));
        }
        value => laid.push(format!("{path}={}", value.in_a_line())),
    }
}

fn step_of(part: &str) -> Step {
    part.parse().map_or_else(|_| Step::from(part), Step::Index)
}

/// A map chooses one of several things, whose parameters stand beside the name: those of another one are none of its own. Where
/// racers lay theirs key by key, so does this.
fn chooses(path: &str, entries: &[(String, Node)]) -> bool {
    let merged = keys::find(path).is_some_and(|key| key.race == Race::Merged);
    !merged && entries.iter().any(|(key, _)| keys::find(&format!("{path}.{key}")).is_some_and(Key::chooses))
}
