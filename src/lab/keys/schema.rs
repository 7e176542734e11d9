//! The table of keys as a JSON Schema (draft 2020-12), by which editors complete, explain and check a lab while it is
//! written. It says no more than the table does: what depends on several keys at once, `optlab check` tells.

use serde_json::{Map, Value as Json, json};

use super::interval::Interval;
use super::{Default, Key, Value, inside};

/// The schema of a lab file.
pub fn schema() -> Json {
    let mut root = object("");
    root.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    root.insert("title".into(), json!("a lab of optlab"));
    // The three kinds of lab; more is told by the sections that there are.
    let kinds = [vec!["data", "network", "loss"], vec!["landscape"], vec!["series", "averages"]];
    root.insert("anyOf".into(), kinds.iter().map(|keys| json!({ "required": keys })).collect());
    Json::Object(root)
}

/// A section as an object with its keys.
fn object(section: &str) -> Map<String, Json> {
    let mut properties = Map::new();
    let mut any = None;
    let mut required = Vec::new();
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for key in inside(section) {
        if key.is_any_name() {
            any = Some(of(key));
            continue;
        }
        properties.insert(key.name().to_owned(), of(key));
        let needed = key.default == Default::Required && key.beside.is_none() && !section.is_empty();
        match key.one_of {
            _ if !needed => {}
            None => required.push(key.name()),
            Some(group) => match groups.iter_mut().find(|(known, _)| *known == group) {
                Some((_, names)) => names.push(key.name()),
                None => groups.push((group, vec![key.name()])),
            },
        }
    }
    // What a script takes stands beside its name, and only the script knows it.
    let scripted = ["source", "script", "schedule"].iter().any(|name| properties.contains_key(*name));
    let mut object = Map::new();
    object.insert("type".into(), json!("object"));
    object.insert("properties".into(), Json::Object(properties));
    match any {
        Some(any) => drop(object.insert("additionalProperties".into(), any)),
        None if !scripted => drop(object.insert("additionalProperties".into(), json!(false))),
        _ => {}
    }
    if !required.is_empty() {
        object.insert("required".into(), json!(required));
    }
    if let [(_, names)] = groups.as_slice() {
        object.insert("anyOf".into(), names.iter().map(|name| json!({ "required": [name] })).collect());
    }
    object
}

/// A key with its words.
fn of(key: &Key) -> Json {
    let mut schema = value(key);
    schema.insert("title".into(), json!(key.path));
    let labs = match key.labs.len() {
        3 => String::new(),
        _ => format!(" ({} labs)", key.labs.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ")),
    };
    let default = match key.default {
        Default::Told(words) => format!(". Without it: {words}"),
        _ => String::new(),
    };
    schema.insert("description".into(), json!(format!("{}{labs}: {}{default}", key.help, key.value)));
    let default = match key.default {
        Default::Whole(value) => json!(value),
        Default::Number(value) => json!(value),
        Default::Flag(value) => json!(value),
        Default::Word(word) => json!(word),
        Default::Required | Default::Nothing | Default::Told(_) => Json::Null,
    };
    if !default.is_null() {
        schema.insert("default".into(), default);
    }
    Json::Object(schema)
}

fn value(key: &Key) -> Map<String, Json> {
    let any_of = |first: Json, word: &str| json!({ "anyOf": [first, { "const": word }] });
    let schema = match key.value {
        Value::Whole(least) => whole(least),
        Value::WholeIn(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Value::WholeOr(least, word) => any_of(whole(least), word),
        Value::Number(interval) => number(interval),
        Value::NumberOr(interval, word) => any_of(number(interval), word),
        Value::Flag => json!({ "type": "boolean" }),
        Value::Word(words) => json!({ "enum": words }),
        Value::Words(words) => json!({ "type": "array", "items": { "enum": words } }),
        Value::Init => json!({ "type": ["string", "object"] }),
        Value::Told(_) => told(key),
    };
    match schema {
        Json::Object(schema) => schema,
        _ => Map::new(),
    }
}

/// What the table tells in words: a section with its keys, a list of sections, or one of the short forms beside them.
fn told(key: &Key) -> Json {
    let items = format!("{}[]", key.path);
    let (map, list) = (inside(key.path).next().is_some(), inside(&items).next().is_some());
    if !map && !list {
        return json!({});
    }
    let mut forms = Vec::new();
    let mut others = vec!["string", "number", "boolean", "null"];
    if map {
        forms.push(Json::Object(object(key.path)));
    } else {
        others.push("object");
    }
    if list {
        // An element may be a name alone: `relu`.
        let element = json!({ "anyOf": [object(&items), { "type": "string" }] });
        forms.push(json!({ "type": "array", "items": element }));
    } else {
        others.push("array");
    }
    // A key whose only form is a map or a list has no short form.
    if key.value != Value::Told("a map") && !key.help.starts_with("what a student is asked") {
        forms.push(json!({ "type": others }));
    }
    if forms.len() == 1 { forms.remove(0) } else { json!({ "anyOf": forms }) }
}

fn whole(least: u64) -> Json {
    json!({ "type": "integer", "minimum": least })
}

fn number(interval: Interval) -> Json {
    let mut schema = Map::new();
    schema.insert("type".into(), json!("number"));
    let [low, high] = interval.ends();
    let names = [("minimum", "exclusiveMinimum", low), ("maximum", "exclusiveMaximum", high)];
    for (closed, open, (end, is_open)) in names {
        if end.is_finite() {
            schema.insert((if is_open { open } else { closed }).into(), json!(end));
        }
    }
    Json::Object(schema)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::keys::KEYS;

    #[test]
    fn every_key_is_in_it_with_its_range_and_default() {
        let text = schema().to_string();
        for key in KEYS {
            assert!(text.contains(&format!("\"title\":\"{}\"", key.path)), "{} is missing", key.path);
        }
        let schema = schema();
        let validation = &schema["properties"]["data"]["properties"]["validation"];
        assert_eq!((&validation["minimum"], &validation["exclusiveMaximum"]), (&json!(0.0), &json!(1.0)));
        assert_eq!(validation["default"], json!(0.0));
    }
}
