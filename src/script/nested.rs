//! Lists and maps within each other: whether they may be, whether they are the same, and how they read. Each walk pays for
//! itself and ends at a depth that the stack holds with ease.

use rhai::{Array, Dynamic, EvalAltResult, ImmutableString, Map};

use super::budget::{self, Limit};
use super::failure::a_kind;
use super::number::number;
use super::trace::{self, Sym};

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// The most levels of lists and maps within each other.
pub(super) const DEEPEST: usize = 64;
/// Elements that are moved, or looked at, for the price of an operation.
const ELEMENTS_AN_OPERATION: usize = 16;
/// Bytes of a list or a map as a text.
const SHOWN: usize = 4000;

/// Pays for elements that are moved or looked at.
pub(super) fn pay(elements: usize) -> Fallible<()> {
    budget::spend(elements / ELEMENTS_AN_OPERATION)
}

/// A value that is put into a list or a map, or taken out of one: it is no deeper than it may be, and paid for.
pub(super) fn settled(value: Dynamic) -> Fallible<Dynamic> {
    let mut seen = 0;
    walk(&value, 1, &mut seen)?;
    pay(seen)?;
    Ok(value)
}

fn walk(value: &Dynamic, depth: usize, seen: &mut usize) -> Fallible<()> {
    *seen += 1;
    if let Some(list) = value.read_lock::<Array>() {
        level(depth)?;
        list.iter().try_for_each(|item| walk(item, depth + 1, seen))
    } else if let Some(map) = value.read_lock::<Map>() {
        level(depth)?;
        map.values().try_for_each(|item| walk(item, depth + 1, seen))
    } else {
        Ok(())
    }
}

fn level(depth: usize) -> Fallible<()> {
    if depth > DEEPEST { Err(Limit::Depth.error()) } else { Ok(()) }
}

/// Two lists are the same, element by element. Numbers are compared as numbers.
///
/// # Errors
/// They hold what cannot be compared, such as tensors of the network.
pub(super) fn same_lists(a: &Array, b: &Array, depth: usize) -> Fallible<bool> {
    level(depth)?;
    pay(a.len())?;
    let mut same = a.len() == b.len();
    for (a, b) in a.iter().zip(b).take_while(|_| a.len() == b.len()) {
        same = same && is_same(a, b, depth + 1)?;
    }
    Ok(same)
}

/// Two maps have the same keys with the same values.
///
/// # Errors
/// They hold what cannot be compared, such as tensors of the network.
pub(super) fn same_maps(a: &Map, b: &Map, depth: usize) -> Fallible<bool> {
    level(depth)?;
    pay(a.len())?;
    let mut same = a.len() == b.len() && a.keys().eq(b.keys());
    for (a, b) in a.values().zip(b.values()) {
        same = same && is_same(a, b, depth + 1)?;
    }
    Ok(same)
}

/// Two values are the same.
///
/// # Errors
/// They are, or hold, what cannot be compared, such as tensors of the network.
pub(super) fn is_same(a: &Dynamic, b: &Dynamic, depth: usize) -> Fallible<bool> {
    if let (Some(a), Some(b)) = (a.read_lock::<Array>(), b.read_lock::<Array>()) {
        return same_lists(&a, &b, depth);
    }
    if let (Some(a), Some(b)) = (a.read_lock::<Map>(), b.read_lock::<Map>()) {
        return same_maps(&a, &b, depth);
    }
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return Ok(a == b);
    }
    if let (Some(a), Some(b)) = (a.read_lock::<ImmutableString>(), b.read_lock::<ImmutableString>()) {
        return Ok(*a == *b);
    }
    let plain = |value: &Dynamic| {
        let letters = value.is_char() || value.is_string();
        letters || value.is_unit() || value.is_bool() || value.is_array() || value.is_map() || number(value).is_some()
    };
    if let Some(other) = [a, b].into_iter().find(|value| !plain(value)) {
        return Err(format!("what is in a list cannot be compared with {}", a_kind(other)).into());
    }
    let truths = a.as_bool().ok().zip(b.as_bool().ok()).is_some_and(|(a, b)| a == b);
    let letters = a.as_char().ok().zip(b.as_char().ok()).is_some_and(|(a, b)| a == b);
    Ok(truths || letters || (a.is_unit() && b.is_unit()))
}

/// A value as a text, cut where it is long or deep.
pub(super) fn shown(value: &Dynamic) -> String {
    let mut text = String::new();
    match value.read_lock::<ImmutableString>() {
        Some(word) => text.push_str(&word),
        None => write(value, 1, &mut text),
    }
    cut(text, SHOWN)
}

/// A text of at most so many bytes; three dots stand for the rest.
pub(super) fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        let end = (0..=most).rfind(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push_str("...");
    }
    text
}

/// A list as a text, cut where it is long or deep.
pub(super) fn shown_list(list: &Array) -> String {
    let mut text = String::new();
    write_list(list, 1, &mut text);
    text
}

/// A map as a text, cut where it is long or deep.
pub(super) fn shown_map(map: &Map) -> String {
    let mut text = String::new();
    write_map(map, 1, &mut text);
    text
}

fn write(value: &Dynamic, depth: usize, text: &mut String) {
    if let Some(list) = value.read_lock::<Array>() {
        write_list(&list, depth, text);
    } else if let Some(map) = value.read_lock::<Map>() {
        write_map(&map, depth, text);
    } else if let Some(word) = value.read_lock::<ImmutableString>() {
        text.extend(['"'].into_iter().chain(word.escape_debug()).chain(['"']));
    } else if value.is_unit() {
        text.push_str("()");
    } else if let Some(sym) = value.clone().try_cast::<Sym>() {
        text.push_str(&trace::shown(sym));
    } else {
        let words = value.to_string();
        // Of a value of ours Rhai knows no more than the path of its type.
        text.push_str(if words.contains("::") { a_kind(value) } else { &words });
    }
}

fn write_list(list: &Array, depth: usize, text: &mut String) {
    text.push('[');
    for (at, item) in list.iter().enumerate() {
        text.push_str(if at > 0 { ", " } else { "" });
        if is_enough(depth, text) {
            break;
        }
        write(item, depth + 1, text);
    }
    text.push(']');
}

fn write_map(map: &Map, depth: usize, text: &mut String) {
    text.push_str("#{");
    for (at, (name, item)) in map.iter().enumerate() {
        text.push_str(if at > 0 { ", " } else { "" });
        if is_enough(depth, text) {
            break;
        }
        text.extend(['"'].into_iter().chain(name.escape_debug()).chain(['"', ':', ' ']));
        write(item, depth + 1, text);
    }
    text.push('}');
}

/// The rest is three dots.
fn is_enough(depth: usize, text: &mut String) -> bool {
    let enough = text.len() > SHOWN || depth > DEEPEST;
    text.push_str(if enough { "..." } else { "" });
    enough
}
