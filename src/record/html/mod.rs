//! A recording as one page: its frames as data, a small player, captions, chapters, pictures and the transcript. It asks for
//! nothing of a network, and holds nothing of the machine that made it.

mod rows;

use ratatui::buffer::Cell;
use serde_json::{Value, json};

use self::rows::Table;
use super::painted::hex;
use super::recording::{Recording, clock, shown};
use super::transcript;
use crate::ui::{palette, picture};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const PLAYER: &str = include_str!("player.js");

/// The recording as a page.
pub fn write(recording: &Recording) -> String {
    let (ink, paper) = palette::ground(recording.theme);
    let language = recording.language.as_deref().unwrap_or("en");
    let dark = paper.iter().map(|part| u32::from(*part)).sum::<u32>() < 3 * 128;
    let data = data(recording).to_string();
    // What would end the script, in the words of JSON.
    let data = data.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    filled(PAGE, &mut |name| match name {
        "language" => escaped(language),
        "title" => escaped(&recording.title),
        "description" => escaped(&description(recording)),
        "scheme" => if dark { "dark" } else { "light" }.to_owned(),
        "ink" => hex(ink),
        "paper" => hex(paper),
        "letters" => format!("{}px", picture::SIZE),
        "style" => STYLE.to_owned(),
        "length" => clock(recording.time(recording.end)),
        "end" => recording.end.to_string(),
        "size" => format!("{} {}", wide(recording.size.0), high(recording.size.1)),
        "chapters" => chapters(recording),
        "shots" => shots(recording),
        "transcript" => escaped(&transcript::write(recording)),
        "data" => data.clone(),
        _ => PLAYER.to_owned(),
    })
}

fn wide(columns: u16) -> usize {
    usize::from(columns) * picture::CELL.0
}

fn high(rows: u16) -> usize {
    usize::from(rows) * picture::CELL.1
}

/// The template with a value for each `{{name}}`. What a value says is not looked at again.
fn filled(template: &str, value: &mut dyn FnMut(&str) -> String) -> String {
    let mut pieces = template.split("{{");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once("}}").unwrap_or((piece, ""));
        out += &value(name);
        out += rest;
    }
    out
}

fn description(recording: &Recording) -> String {
    let names: Vec<&str> = recording.chapters.iter().map(|chapter| recording.said(&chapter.words)).collect();
    let length = clock(recording.time(recording.end));
    let (columns, rows) = recording.size;
    let chapters = if names.is_empty() { String::new() } else { format!(" Chapters: {}.", names.join("; ")) };
    format!("A recording of a screen of optlab, {columns}x{rows}, {length}.{chapters}")
}

fn chapters(recording: &Recording) -> String {
    let item = |chapter: &super::recording::Chapter| {
        let time = clock(recording.time(chapter.tick));
        format!(
            "<li><button type=\"button\" data-tick=\"{}\"><span>{}</span> <time>{time}</time></button></li>\n",
            chapter.tick,
            escaped(recording.said(&chapter.words)),
        )
    };
    recording.chapters.iter().map(item).collect()
}

/// The shots, without their screens, which the player draws.
fn shots(recording: &Recording) -> String {
    let figure = |(at, shot): (usize, &super::recording::Shot)| {
        let area = shot.cells.area;
        format!(
            "<figure>\n<svg data-shot=\"{at}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\"></svg>\n\
             <figcaption><strong>{}</strong> <button type=\"button\" data-tick=\"{}\">{}</button><br/>{}</figcaption>\n\
             </figure>\n",
            wide(area.width),
            high(area.height),
            escaped(&shot.title),
            escaped(&shot.title),
            shot.tick,
            clock(recording.time(shot.tick)),
            escaped(&shot.description),
        )
    };
    recording.shots.iter().enumerate().map(figure).collect()
}

/// What the player plays. A row is `[like, from, to, style, text, ...]`: the row of that number (a blank one: -1), in which
/// the columns from `from` up to `to` are these runs; a text that is a list has a symbol for each column, none where a wide
/// one before it covers it. A frame is `[tick, y, row, ...]`: what it changes in the one before it.
fn data(recording: &Recording) -> Value {
    let mut table = Table::new(recording.theme);
    let mut screen: Vec<usize> = Vec::new();
    let mut frames = Vec::new();
    // The screens at the ticks of the shots: a shot's rows are mostly theirs.
    let mut seen = Vec::new();
    for frame in &recording.frames {
        let mut changes = vec![json!(frame.tick)];
        for (y, row) in frame.rows.iter().enumerate() {
            let before = screen.get(y).copied();
            let row = table.shared(row, before);
            if before == Some(row) {
                continue;
            }
            changes.extend([json!(y), json!(row)]);
            if before.is_some() { screen[y] = row } else { screen.push(row) }
        }
        frames.push(Value::from(changes));
        seen.push((frame.tick, screen.clone()));
    }
    let shot = |shot: &super::recording::Shot| {
        let columns = usize::from(shot.cells.area.width).max(1);
        let at = seen.partition_point(|(tick, _)| *tick <= shot.tick).saturating_sub(1);
        let near = seen.get(at).map_or(&[][..], |(_, screen)| screen);
        let rows = shot.cells.content.chunks(columns).enumerate();
        let rows: Vec<usize> = rows.map(|(y, row): (usize, &[Cell])| table.row(row, near.get(y).copied())).collect();
        json!({"tick": shot.tick, "rows": rows})
    };
    let shots: Vec<Value> = recording.shots.iter().map(shot).collect();
    let chapter = |chapter: &super::recording::Chapter| json!([chapter.tick, shown(recording.said(&chapter.words))]);
    let caption = |said: &super::recording::Caption| {
        json!([said.from, said.to, shown(recording.said(&said.words)), u8::from(said.on_screen)])
    };
    let (rows, styles, shapes) = table.into_data();
    let (_, paper) = palette::ground(recording.theme);
    json!({
        "fps": recording.fps,
        "end": recording.end,
        "size": [recording.size.0, recording.size.1],
        "cell": [picture::CELL.0, picture::CELL.1, picture::BASE],
        "paper": hex(paper),
        "chapters": recording.chapters.iter().map(chapter).collect::<Vec<_>>(),
        "captions": recording.captions.iter().map(caption).collect::<Vec<_>>(),
        "shots": shots,
        "styles": styles,
        "shapes": shapes,
        "rows": rows,
        "frames": frames,
    })
}

/// Text as it may stand in a page, also between quotes.
fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in shown(words).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
