//! The values of a tape's keys: times, sizes, rates, themes, and what is laid over its lab.

use std::time::Duration;

use crate::error::{Error, Place, Result};
use crate::lab::{Field, Node};
use crate::ui::Theme;

/// Frames a second: those that are whole hundredths in a GIF.
const RATES: [u16; 4] = [10, 20, 25, 50];
/// The longest that a tape waits for anything.
const LONGEST: Duration = Duration::from_secs(3600);

/// `2s`, `1.5s`, `500ms`.
pub(super) fn duration(field: &Field<'_>) -> Result<Duration> {
    let wrong = |what: &str| Err(field.error(what).help("write a time with its unit, as in `2s` or `500ms`"));
    let text = match field.node() {
        Node::Str(text) => text.trim().to_owned(),
        Node::Int(_) | Node::Float(_) => return wrong("a time needs a unit"),
        _ => field.text()?.to_owned(),
    };
    let (number, unit) = text.split_at(text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len()));
    let Ok(number) = number.trim().parse::<f64>() else { return wrong(&format!("`{text}` is no time")) };
    let seconds = match unit {
        "s" => number,
        "ms" => number / 1000.0,
        "min" => number * 60.0,
        _ => return wrong(&format!("`{text}` is no time")),
    };
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if time <= LONGEST => Ok(time),
        _ => wrong(&format!("a tape waits an hour at most, and not `{text}`")),
    }
}

/// `100x30`.
pub(super) fn size(field: &Field<'_>) -> Result<(u16, u16)> {
    columns_and_rows(field.text()?).map_err(|error| error.at(field.place()))
}

/// Columns and rows of a recording, as in `100x30`.
pub(super) fn columns_and_rows(text: &str) -> Result<(u16, u16)> {
    let read = text
        .split_once('x')
        .and_then(|(columns, rows)| Some((columns.trim().parse().ok()?, rows.trim().parse().ok()?)));
    match read {
        Some((columns @ 60..=300, rows @ 18..=100)) => Ok((columns, rows)),
        Some((columns, rows)) => {
            let error = Error::user(format!("{columns}x{rows} is no size of a recording"));
            Err(error.help("it has 60 to 300 columns and 18 to 100 rows, as in `100x30`"))
        }
        None => Err(Error::user(format!("`{text}` is no size")).help("write columns and rows, as in `100x30`")),
    }
}

pub(super) fn theme(field: &Field<'_>) -> Result<Theme> {
    let names = Theme::ALL.map(Theme::name);
    field.one_of(&names, "theme").map(|name| Theme::named(name).unwrap_or(Theme::Lecture))
}

pub(super) fn rate(field: &Field<'_>) -> Result<u16> {
    let rate = field.whole(1..=1000)?;
    let known = RATES.into_iter().find(|known| u64::from(*known) == rate);
    known.ok_or_else(|| {
        let error = field.error(format!("a recording has 10, 20, 25 or 50 frames a second, not {rate}"));
        error.help("others are no whole hundredths of a second, in which a GIF counts")
    })
}

pub(super) fn speed(field: &Field<'_>) -> Result<f64> {
    let speed = field.number()?;
    if (0.1..=100_000.0).contains(&speed) {
        return Ok(speed);
    }
    Err(field.error(format!("a tape makes 0.1 to 100000 steps a second, not {speed}")))
}

/// The values of `set`, each as the command line would have it: `training.batch=8`.
pub(super) fn laid(field: &Field<'_>) -> Result<Vec<(String, Place)>> {
    let mut fields = field.map("what is set")?;
    let mut arguments = Vec::new();
    for (key, field) in fields.rest() {
        arguments.push((format!("{key}={}", field.node().in_a_line()), field.place()));
    }
    Ok(arguments)
}

/// Texts by the names of files.
pub(super) fn texts(field: &Field<'_>) -> Result<Vec<(String, String, Place)>> {
    let mut fields = field.map("the files")?;
    let text =
        |(name, field): (&str, Field<'_>)| field.text().map(|text| (name.to_owned(), text.to_owned(), field.place()));
    fields.rest().into_iter().map(text).collect()
}
