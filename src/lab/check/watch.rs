//! The section `watch`: how the screen starts. Never changes what is trained.

use super::Check;
use crate::error::{Error, Place};
use crate::lab::keys::{PANES, Value};
use crate::lab::plan::{WatchPlan, Watched};
use crate::lab::read::field::Field;
use crate::lab::read::fields::list_of;
use crate::lab::read::section::{self, Section};
use crate::lab::yaml::node::{Node, shorten};
use crate::program::Layout;
use crate::snapshot::Speed;

/// The section; which parameter is meant is told by the network's layout.
pub(super) struct WatchSection {
    pub panes: Vec<&'static str>,
    pub speed: Speed,
    pub parameter: Option<(String, Place)>,
}

impl Check<'_> {
    pub(super) fn watch(&mut self, field: Option<&Field<'_>>) -> Option<WatchSection> {
        let mut section = WatchSection { panes: Vec::new(), speed: Speed::Max, parameter: None };
        let mut keyed = self.keyed("watch", field)?;
        if let Some(field) = keyed.take("parameter") {
            let text = self.problems.keep(field.text());
            section.parameter = text.map(|text| (text.to_owned(), field.place()));
        }
        if let Some(field) = keyed.take("panes") {
            for pane in self.problems.keep(field.list()).unwrap_or_default() {
                let Some(name) = self.problems.keep(pane.one_of(&PANES, "pane")) else { continue };
                if section.panes.contains(&name) {
                    self.problems.push(pane.error(format!("the pane `{name}` is named twice")));
                }
                section.panes.push(name);
            }
        }
        if let Some(field) = keyed.take("speed") {
            section.speed = self.speed(&keyed, &field).unwrap_or(Speed::Max);
        }
        keyed.finish(&mut self.problems);
        Some(section)
    }

    fn speed(&mut self, keyed: &Section<'_>, field: &Field<'_>) -> Option<Speed> {
        let key = self.problems.keep(keyed.key("speed"))?;
        if let (Node::Str(text), Value::NumberOr(_, word)) = (field.node(), key.value) {
            if text == word {
                return Some(Speed::Max);
            }
            if text.parse::<f64>().is_err() {
                let error =
                    field.error(format!("`watch.speed` is in steps a second, or `{word}`, not `{}`", shorten(text)));
                self.problems.push(error.nearest(text, [word]));
                return None;
            }
        }
        self.problems.keep(section::number(key, Some(field))).map(Speed::PerSecond)
    }

    /// The section where the parameters of `whose` are known.
    pub(super) fn watched(&mut self, section: WatchSection, layout: &Layout, whose: &str) -> Option<WatchPlan> {
        let parameter = match section.parameter {
            None => None,
            Some((text, place)) => {
                let found = parameter(&text, layout, whose).map_err(|error| error.at(place));
                Some(self.problems.keep(found)?)
            }
        };
        Some(WatchPlan { parameter, panes: section.panes, speed: section.speed })
    }
}

/// `W1`, or `W1[3,5]`, or `b1[2]`.
fn parameter(text: &str, layout: &Layout, whose: &str) -> crate::Result<Watched> {
    let (name, indices) = match text.split_once('[') {
        None => (text, None),
        Some((name, rest)) => match rest.strip_suffix(']') {
            Some(inside) => (name, Some(inside)),
            None => {
                return Err(Error::user(format!("`{}` lacks its `]`", shorten(text)))
                    .help("an element is written `W1[3,5]`: row, then column, counted from 0"));
            }
        },
    };
    let name = name.trim();
    let names: Vec<&str> = layout.parameters().iter().map(|parameter| parameter.name.as_str()).collect();
    let Some(at) = layout.find(name) else {
        return Err(Error::user(format!("{whose} has no parameter `{}`", shorten(name)))
            .nearest(name, names.iter().copied())
            .help(format!("its parameters are {}", list_of(&names[..names.len().min(12)]))));
    };
    let shape = &layout.parameters()[at].shape;
    let element = match indices {
        None => None,
        Some(indices) => Some(element(name, indices, shape)?),
    };
    Ok(Watched { text: text.to_owned(), parameter: at, element })
}

/// The place of an element, row by row.
fn element(name: &str, indices: &str, shape: &[usize]) -> crate::Result<usize> {
    let shown = shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ");
    let wrong = |what: String| Error::user(what).help(format!("`{name}` is {shown}, and indices count from 0"));
    let given: Vec<&str> = indices.split(',').map(str::trim).collect();
    if given.len() != shape.len() {
        return Err(wrong(format!("`{name}` takes {} in its brackets, not {}", indices_of(shape.len()), given.len())));
    }
    let mut place = 0;
    for (index, length) in given.into_iter().zip(shape) {
        match index.parse::<usize>() {
            Ok(index) if index < *length => place = place * length + index,
            _ => return Err(wrong(format!("`{name}` has no element `[{}]`", shorten(indices)))),
        }
    }
    Ok(place)
}

fn indices_of(count: usize) -> String {
    if count == 1 { "one index".to_owned() } else { format!("{count} indices") }
}
