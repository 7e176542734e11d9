//! A task that is being answered over the screen: what is asked, and the line, the choices or the order with which it is
//! answered.

use super::overlay::typed;
use crate::error::scrub;
use crate::ui::app::answering::{Answering, Form, Order};
use crate::ui::canvas::markdown::{self, Row};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::{Look, Role};

/// Columns of the box at most.
const WIDEST: usize = 84;

/// Draws it in the middle of the screen; `pen` is the whole of it. The answer is always seen; of a long question as much as
/// there is room for, and the rest by its keys.
pub(super) fn draw(answering: &Answering, pen: &mut Pen<'_>) {
    let (width, look) = (pen.width().saturating_sub(4).min(WIDEST), pen.look);
    let columns = width.saturating_sub(4);
    let say = markdown::lay_out(&scrub(&answering.say).replace('\t', "    "), columns, look);
    let (rows, cursor) = rows(&answering.form, columns, look);
    // What is wrong with a line that was typed stands in the place of the keys.
    let wrong = if let Form::Line(_, line) = &answering.form { line.error.as_ref() } else { None };
    let below = match wrong {
        Some(wrong) => markdown::words(wrong, Role::Warn, columns),
        None => markdown::words(keys(answering), Role::Dim, columns),
    };
    // The frame, a blank row above the answer and one above the keys.
    let most = pen.height().saturating_sub(below.len() + 4);
    let answer = rows.len().min(most.saturating_sub(2));
    let asked = say.len().min(most - answer);
    let height = asked + answer + below.len() + 4;
    let (x, y) = ((pen.width() - width) / 2, (pen.height() - height.min(pen.height())) / 2);
    let mut part = pen.part(x, y, width, height);
    part.clear();
    let title = if answering.form == Form::GiveUp { "Give it up?" } else { "" };
    let mut inside = part.framed(&format!("{}\n", answering.title), title, Role::Focus);
    let first = answering.row.min(say.len() - asked);
    markdown_rows(&say[first..first + asked], &mut inside, 0);
    inside.part(0, 0, columns, asked).scroll_marks(first > 0, first + asked < say.len());
    let top = asked + 1;
    let from = (cursor + 1).saturating_sub(answer).min(rows.len() - answer);
    markdown_rows(&rows[from..from + answer], &mut inside, top);
    if let Form::Line(prompt, line) = &answering.form {
        let start = inside.text(0, top, &format!("{prompt}: "), Role::Dim);
        typed(line, &mut inside, start, top);
    } else if rows.len() > 1 {
        for (y, row) in (from..from + answer).enumerate().filter(|(_, row)| *row == cursor) {
            debug_assert!(row == cursor);
            inside.row_style(top + y, Role::Selected);
        }
        inside.part(0, top, columns, answer).scroll_marks(from > 0, from + answer < rows.len());
    }
    markdown_rows(&below, &mut inside, top + answer + 1);
}

fn markdown_rows(rows: &[Row], pen: &mut Pen<'_>, top: usize) {
    for (y, row) in rows.iter().enumerate() {
        let mut x = 0;
        for (words, role) in row {
            x = pen.text(x, top + y, words, *role);
        }
    }
}

/// The rows of the answer, and the one under the cursor.
fn rows(form: &Form, columns: usize, look: Look) -> (Vec<Row>, usize) {
    match form {
        Form::Line(..) => (vec![Row::new()], 0),
        Form::GiveUp => {
            let words = "Its answer is then shown, it brings no points any more, and that stays so.";
            (text::wrap(words, columns).into_iter().map(|line| vec![(line, Role::Text)]).collect(), 0)
        }
        Form::Over(why) => (text::wrap(why, columns).into_iter().map(|line| vec![(line, Role::Good)]).collect(), 0),
        Form::Choice(choices, at) => {
            let named = choices.iter().map(|(name, says)| (format!("{name}  "), says.as_str()));
            listed(named.collect(), *at, columns, look)
        }
        Form::Order(Order { items, at, held }) => {
            let mark = |place: usize| if *held && place == *at { look.pick("↕ ", "= ") } else { "  " };
            let named = items
                .iter()
                .enumerate()
                .map(|(place, (letter, says))| (format!("{}. {}{letter}  ", place + 1, mark(place)), says.as_str()));
            listed(named.collect(), *at, columns, look)
        }
    }
}

/// Things below each other, each in as many rows as it takes; the one at `at` has a mark, and the cursor its first row.
fn listed(things: Vec<(String, &str)>, at: usize, columns: usize, look: Look) -> (Vec<Row>, usize) {
    let wide = things.iter().map(|(name, _)| text::width(name)).max().unwrap_or(0).min(columns / 2);
    let (mut rows, mut cursor) = (Vec::new(), 0);
    for (place, (name, says)) in things.into_iter().enumerate() {
        let lines = text::wrap(&scrub(says), columns.saturating_sub(wide + 2));
        if place == at {
            cursor = rows.len();
        }
        for (i, line) in lines.into_iter().enumerate() {
            let mark = if place == at && i == 0 { look.pick("▶ ", "> ") } else { "  " };
            let name = if i == 0 { text::cut(&name, wide, look.ellipsis()) } else { String::new() };
            let blanks = " ".repeat(wide.saturating_sub(text::width(&name)));
            rows.push(vec![(mark.to_owned(), Role::Key), (format!("{name}{blanks}"), Role::Key), (line, Role::Text)]);
        }
    }
    (rows, cursor)
}

/// What the keys do.
fn keys(answering: &Answering) -> &'static str {
    match &answering.form {
        Form::Line(..) if !answering.before.is_empty() => {
            "Enter answers, up brings back the last answer, Esc leaves it"
        }
        Form::Line(..) => "Enter answers, Esc leaves it",
        Form::Choice(..) => "up and down or its letter choose, Enter answers, Esc leaves it",
        Form::Order(order) if order.held => "up and down move it, space lets it go, Enter answers, Esc leaves it",
        Form::Order(_) => "up and down choose, space takes one to move it, Enter answers, Esc leaves it",
        Form::Over(_) => "n goes on, Enter or Esc closes this",
        Form::GiveUp => "Enter or y gives it up, Esc or n goes on with it",
    }
}
