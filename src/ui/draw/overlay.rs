//! What lies over the screen: the help, a question, a note, an error, a task that is answered. It draws and decides nothing.

use crate::ui::app::copying::Offer;
use crate::ui::app::{App, Layer, Question};
use crate::ui::canvas::fault;
use crate::ui::canvas::markdown::{self, Row};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::command_line::line::Line;
use crate::ui::command_line::parse;
use crate::ui::command_line::settings;
use crate::ui::draw::answering;
use crate::ui::host::opening::Waiting;
use crate::ui::keys::Binding;
use crate::ui::look::theme::Role;

/// Draws the layer, if there is one. `pen` is the whole screen.
pub fn draw(app: &App, pen: &mut Pen<'_>) {
    if let Some(waiting) = &app.waiting {
        wait(waiting, app.list.is_some(), pen);
    }
    match &app.layer {
        None => {}
        Some(Layer::Line(line)) => command(line, app, pen),
        Some(Layer::Help { query, chosen }) => help(app, query, *chosen, pen),
        Some(Layer::Ask(question)) => ask(*question, pen),
        Some(Layer::Copy(offer)) => copy(offer, pen),
        Some(Layer::Task(answering)) => answering::draw(answering, pen),
        Some(Layer::Note { when, text: note }) => {
            let columns = pen.width().saturating_sub(6);
            let lines: Vec<Row> = note.lines().flat_map(|line| markdown::words(line, Role::Text, columns)).collect();
            let height = (lines.len() + 2).min(pen.height().saturating_sub(2));
            let (top, width) = (pen.height().saturating_sub(height + 1), pen.width());
            // The rows of the tabs are covered whole.
            pen.part(0, top, width, height).clear();
            write(&mut pen.part(1, top, pen.width().saturating_sub(2), height), when, "Esc closes", &lines, 0);
        }
        Some(Layer::Fault(error, first)) => {
            let lines = fault::lines(error, pen.width().saturating_sub(8), app.look);
            let wide = |row: &Row| row.iter().map(|(words, _)| text::width(words)).sum();
            let widest: usize = lines.iter().map(wide).max().unwrap_or(0).max(42);
            boxed(pen, (widest + 4, lines.len() + 2), "This lab cannot be opened", "Esc closes", &lines, *first);
        }
    }
}

/// The command line in the bottom row. What is wrong with it, or what completion offers, stands behind it where there is
/// room, else in the rows above it, so that no word of it is lost.
fn command(line: &Line, app: &App, pen: &mut Pen<'_>) {
    let (width, height) = (pen.width(), pen.height());
    let bottom = height.saturating_sub(1);
    pen.part(0, bottom, width, 1).clear();
    let start = pen.text(0, bottom, ":", Role::Key);
    let end = typed(line, pen, start, bottom);
    let (before, whole) = (line.before(), line.text());
    let (said, role) = match (&line.error, line.offers()) {
        (Some(error), _) => (error.clone(), Role::Warn),
        (None, Some((words, chosen))) => {
            let shown = words
                .iter()
                .enumerate()
                .map(|(i, word)| if Some(i) == chosen { format!("[{word}]") } else { word.clone() });
            (shown.collect::<Vec<_>>().join(" "), Role::Dim)
        }
        (None, None) if whole.is_empty() => {
            (app.lab.as_ref().map_or_else(String::new, |lab| parse::examples(lab.live())), Role::Dim)
        }
        (None, None) => match app.lab.as_ref().and_then(|lab| settings::about(&before, lab.live())) {
            Some(about) => (about, Role::Dim),
            None => return,
        },
    };
    let from = end + 2;
    let lines = markdown::words(&said, role, width.saturating_sub(2));
    let wide: usize = lines.iter().flatten().map(|(words, _)| text::width(words)).sum();
    if lines.len() == 1 && from + wide < width {
        markdown::draw(&lines, &mut pen.part(from, bottom, width - from, 1));
        return;
    }
    let top = bottom.saturating_sub(lines.len());
    let mut above = pen.part(0, top, width, bottom - top);
    above.clear();
    markdown::draw(&lines, &mut above.part(1, 0, width.saturating_sub(1), bottom - top));
}

/// A line that is typed, from a column on, with its cursor; gives the column after both. One that is too long is shown from
/// where the cursor stays in sight.
pub(super) fn typed(line: &Line, pen: &mut Pen<'_>, start: usize, y: usize) -> usize {
    let (before, whole) = (line.before(), line.text());
    let hidden = (text::width(&before) + start + 2).saturating_sub(pen.width());
    let mut gone = 0;
    let first = before.char_indices().find(|(_, c)| {
        let out = gone >= hidden;
        gone += text::width(&c.to_string());
        out
    });
    let first = if hidden == 0 { 0 } else { first.map_or(before.len(), |(at, _)| at) };
    let at = pen.text(start, y, &before[first..], Role::Strong);
    let end = pen.text(at, y, &whole[before.len()..], Role::Strong);
    let under = whole[before.len()..].chars().next().unwrap_or(' ');
    pen.symbol(at, y, under, Role::Selected);
    end.max(at + 1)
}

fn ask(question: Question, pen: &mut Pen<'_>) {
    let then = match question {
        Question::Leave => "quit",
        Question::CloseLab => "go back to the list",
    };
    let words = format!("The run is not finished. Discard it and {then}?\n\nEnter yes, Esc no");
    let lines = text::wrap(&words, pen.width().saturating_sub(8).min(52));
    centred(pen, (56, lines.len() + 2), "", "", &lines, 0);
}

/// A copy of what is part of the program: which files it would write, as many as there is room for.
fn copy(offer: &Offer, pen: &mut Pen<'_>) {
    let width = pen.width().saturating_sub(8).min(66);
    let wrapped = |words: &str| text::wrap(words, width);
    let question = format!("This is part of the program. Copy it here, to edit {}?", offer.opens);
    let mut lines = wrapped(&question);
    lines.push(String::new());
    let answers = wrapped("Enter or y: copy it, go on with the copy and open it in the editor; Esc or n: no");
    let room = pen.height().saturating_sub(lines.len() + answers.len() + 4);
    let files = &offer.writes;
    let shown = if files.len() > room { room.saturating_sub(1) } else { files.len() };
    lines.extend(files.iter().take(shown).map(|file| format!("  {file}")));
    if shown < files.len() {
        lines.push(format!("  and {} more files", files.len() - shown));
    }
    if files.is_empty() {
        lines.push("  its files are here already, with the same text".to_owned());
    }
    lines.push(String::new());
    lines.extend(answers);
    centred(pen, (width + 4, lines.len() + 2), "Copy", "", &lines, 0);
}

/// A lab that is being opened. Nothing is said of one that is there in a moment.
fn wait(waiting: &Waiting, with_list: bool, pen: &mut Pen<'_>) {
    let Some(seconds) = waiting.seconds else { return };
    let title = text::cut(&format!("Opening {}", waiting.title), 46, pen.look.ellipsis());
    let since = if seconds > 0 { format!("{seconds} s") } else { String::new() };
    let back = if with_list { "q or Esc goes back to the list" } else { "q leaves" };
    let words = format!(
        "Its files are read, its scripts are tried and its data are made.\n\n{back}. Other keys wait for the lab."
    );
    let lines = text::wrap(&words, pen.width().saturating_sub(8).min(54));
    centred(pen, (58, lines.len() + 2), &title, &since, &lines, 0);
}

/// Plain lines in the middle of the screen.
fn centred(pen: &mut Pen<'_>, size: (usize, usize), title: &str, right: &str, lines: &[String], first: usize) {
    let rows: Vec<Row> = lines.iter().map(|line| vec![(line.clone(), Role::Text)]).collect();
    boxed(pen, size, title, right, &rows, first);
}

fn boxed(pen: &mut Pen<'_>, size: (usize, usize), title: &str, right: &str, lines: &[Row], first: usize) {
    let (width, height) = (size.0.min(pen.width()), size.1.min(pen.height()));
    let (x, y) = ((pen.width() - width) / 2, (pen.height() - height) / 2);
    write(&mut pen.part(x, y, width, height), title, right, lines, first);
}

fn write(pen: &mut Pen<'_>, title: &str, right: &str, lines: &[Row], first: usize) {
    pen.clear();
    let mut inside = pen.framed(title, right, Role::Focus);
    let height = inside.height();
    let first = first.min(lines.len().saturating_sub(height));
    markdown::draw(&lines[first..], &mut inside);
    inside.scroll_marks(first > 0, first + height < lines.len());
}

fn help(app: &App, query: &str, chosen: usize, pen: &mut Pen<'_>) {
    let entries = app.help_entries(query);
    let width = 82.min(pen.width());
    let lines =
        help_lines(&entries, app.lab.as_ref().map_or("", |lab| lab.focused().title), width.saturating_sub(4 + KEYS));
    let height = (lines.len().max(1) + 4).max(8).min(pen.height());
    let (x, y) = ((pen.width() - width) / 2, (pen.height() - height) / 2);
    let mut part = pen.part(x, y, width, height);
    part.clear();
    let mut inside = part.framed("Keys", "Enter runs the entry, Esc closes", Role::Focus);
    let end = inside.text(0, 0, "search: ", Role::Dim);
    let end = inside.text(end, 0, query, Role::Strong);
    inside.symbol(end, 0, ' ', Role::Selected);
    if entries.is_empty() {
        inside.text(0, 2, "no key matches; Backspace deletes a letter", Role::Dim);
        return;
    }
    let rows = inside.height().saturating_sub(2);
    let chosen = chosen.min(entries.len() - 1);
    // The chosen entry is seen whole.
    let is_chosen = |line: &HelpLine| matches!(line, HelpLine::Entry { at, .. } if *at == chosen);
    let last = lines.iter().rposition(is_chosen).unwrap_or(0);
    let first = (last + 1).saturating_sub(rows);
    for (y, line) in lines.iter().skip(first).take(rows).enumerate().map(|(y, line)| (y + 2, line)) {
        match line {
            HelpLine::Heading(words) => {
                inside.text(0, y, words, Role::Dim);
            }
            HelpLine::Entry { key, says, .. } => {
                inside.text(0, y, key, Role::Key);
                markdown::draw(std::slice::from_ref(says), &mut inside.part(KEYS, y, width, 1));
                if is_chosen(line) {
                    inside.row_style(y, Role::Selected);
                }
            }
        }
    }
    inside.part(0, 2, width, rows).scroll_marks(first > 0, first + rows < lines.len());
}

/// Columns of the keys in the help.
const KEYS: usize = 11;

/// A line of the help.
enum HelpLine {
    /// Whose keys follow.
    Heading(&'static str),
    /// The key at this place; further lines of its words have no key before them.
    Entry { at: usize, key: &'static str, says: Row },
}

/// The keys of a pane stand below its name; the words beside a key in lines of so many columns.
fn help_lines(entries: &[&'static Binding], title: &'static str, columns: usize) -> Vec<HelpLine> {
    let mut lines = Vec::new();
    let mut within = false;
    for (at, binding) in entries.iter().enumerate() {
        if binding.is_of_pane() != within {
            within = !within;
            lines.push(HelpLine::Heading(if within { title } else { "in all panes" }));
        }
        for (i, says) in markdown::words(binding.says, Role::Text, columns).into_iter().enumerate() {
            lines.push(HelpLine::Entry { at, key: if i == 0 { binding.shown } else { "" }, says });
        }
    }
    lines
}
