//! The whole screen: the list of labs, or the header, the panes, the tab line and the hints of a lab, then what lies
//! over it. It reads the [`App`] and changes nothing, so drawing twice gives the same cells.

mod answering;
mod header;
mod list;
mod overlay;
mod phases;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::error::{Error, Result};
use crate::snapshot::Snapshot;
use crate::ui::app::answering::Form;
use crate::ui::app::lab_screen::LabScreen;
use crate::ui::app::{App, Layer};
use crate::ui::canvas::markdown::{self, Row};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::keys::{self, Action, Binding, PhaseKey};
use crate::ui::layout::{self, LEAST_HEIGHT, LEAST_WIDTH, Plan};
use crate::ui::look::lecture::lay_ground;
use crate::ui::look::theme::{Look, Role, force_ascii};
use crate::ui::panes;

/// Draws the app on a buffer of any size. The buffer is taken to be blank.
pub fn draw(app: &App, buffer: &mut Buffer) {
    let (look, area) = (app.look, buffer.area);
    let mut pen = Pen::new(buffer, area, look);
    if !layout::is_enough(area) {
        too_small(app, &mut pen);
    } else if let Some(lab) = &app.lab {
        let plan = lab.plan(area);
        header::draw(lab.live(), &lab.title, &mut pen);
        banner(lab, &plan, &mut pen);
        for (place, area) in &plan.panes {
            pane(lab, *place, look, &mut Pen::new(buffer, *area, look));
        }
        tabs(lab, area, &plan, &mut Pen::new(buffer, plan.tabs, look));
        hints(app, &mut Pen::new(buffer, plan.hints, look));
        notice(app, &mut Pen::new(buffer, area, look));
        overlay::draw(app, &mut Pen::new(buffer, area, look));
        told(app, &mut Pen::new(buffer, area, look));
    } else if let Some(entries) = &app.list {
        list::draw(entries, &mut pen);
        let bottom = pen.height().saturating_sub(1);
        let columns = pen.width();
        hints(app, &mut pen.part(0, bottom, columns, 1));
        notice(app, &mut pen);
        overlay::draw(app, &mut pen);
    } else if app.waiting.is_some() {
        pen.text(1, 0, &format!("optlab {} opening a lab", look.dot()), Role::Strong);
        notice(app, &mut pen);
        overlay::draw(app, &mut pen);
    }
    if !look.unicode {
        force_ascii(buffer);
    }
    lay_ground(buffer, look.theme);
}

/// The screen for a picture: without the line of what the keys do, which is the last one.
pub fn still(app: &App) -> Buffer {
    let mut buffer = Buffer::empty(app.screen);
    draw(app, &mut buffer);
    if layout::is_enough(app.screen) {
        buffer.resize(Rect { height: app.screen.height - 1, ..app.screen });
    }
    buffer
}

/// One pane alone, by its name, as large as the screen without the line of keys.
///
/// # Errors
/// There is no such pane here.
pub fn pane_alone(app: &App, name: &str) -> Result<Buffer> {
    let Some(lab) = &app.lab else { return Err(Error::user("no lab is open")) };
    let order = lab.order();
    let Some(place) = order.iter().position(|kind| kind.name == name) else {
        let error = Error::user(format!("this lab has no pane `{name}`"));
        return Err(error.nearest(name, order.iter().map(|kind| kind.name)));
    };
    let area = Rect { height: app.screen.height.saturating_sub(1), ..app.screen };
    let mut buffer = Buffer::empty(area);
    pane(lab, place, app.look, &mut Pen::new(&mut buffer, area, app.look));
    if !app.look.unicode {
        force_ascii(&mut buffer);
    }
    lay_ground(&mut buffer, app.look.theme);
    Ok(buffer)
}

/// The screen as text, a line a row, blanks at the ends removed: for tests and recordings.
pub fn as_text(buffer: &Buffer) -> String {
    let mut lines = Vec::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut line = String::new();
        let mut covered = 0;
        for x in buffer.area.left()..buffer.area.right() {
            let symbol = buffer.cell((x, y)).map_or(" ", ratatui::buffer::Cell::symbol);
            if covered > 0 {
                covered -= 1; // the second half of a wide character
                continue;
            }
            covered = text::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

/// Says what is needed and what there is. The header's word and step stay if there is a row for them.
fn too_small(app: &App, pen: &mut Pen<'_>) {
    let (width, height) = (pen.width(), pen.height());
    if let Some(lab) = &app.lab {
        header::draw(lab.live(), &lab.title, pen);
        if height < 2 {
            return;
        }
    }
    let line = match &app.layer {
        Some(Layer::Ask(_)) => "discard the run? Enter: yes, Esc: no".to_owned(),
        Some(Layer::Copy(_)) => "copy it here? Enter: yes, Esc: no".to_owned(),
        Some(Layer::Task(answering)) if answering.form == Form::GiveUp => "give up? Enter: yes, Esc: no".to_owned(),
        _ => format!("needs {LEAST_WIDTH}x{LEAST_HEIGHT}, has {width}x{height}"),
    };
    let line = text::cut(&line, width, pen.look.ellipsis());
    pen.text((width - text::width(&line)) / 2, (height / 2).max(usize::from(app.lab.is_some())), &line, Role::Warn);
}

/// What is told across the screen, in the words that are whole in one row.
fn banner(lab: &LabScreen, plan: &Plan, pen: &mut Pen<'_>) {
    if let Some(walked) = lab.walked() {
        let (y, rows, columns) = (usize::from(plan.banner.y), usize::from(plan.banner.height), pen.width());
        return phases::draw(&walked, &mut pen.part(0, y, columns, rows));
    }
    if let Some((role, forms)) = lab.banner() {
        let columns = pen.width();
        let room = columns.saturating_sub(2);
        let forms: Vec<String> = forms.iter().map(|form| markdown::bare(form)).collect();
        let form = text::longest(forms.iter().cloned(), room);
        let line = form.unwrap_or_else(|| text::cut(&forms[forms.len() - 1], room, pen.look.ellipsis()));
        let blanks = columns.saturating_sub(text::width(&line) + 1);
        pen.text(0, usize::from(plan.banner.y), &format!(" {line}{}", " ".repeat(blanks)), role);
    }
}

fn pane(lab: &LabScreen, place: usize, look: Look, pen: &mut Pen<'_>) {
    let view = lab.view(place, look);
    let (kind, pane) = (lab.order()[place], lab.pane(place));
    let (left, right) = pane.heading(&view);
    let role = if view.focused { Role::Focus } else { Role::Border };
    let numbered: Vec<String> = left.lines().map(|form| format!("{} {form}", keys::of_place(place))).collect();
    let mut inside = pen.framed(&numbered.join("\n"), &right, role);
    panes::draw(kind, pane, &view, &mut inside);
}

/// The panes by their keys; the one in focus is reversed, those that are shown are bright.
fn tabs(lab: &LabScreen, screen: Rect, plan: &Plan, pen: &mut Pen<'_>) {
    if plan.tabs.height == 0 {
        return;
    }
    for (y, row) in lab.tabs(screen).into_iter().enumerate() {
        let mut x = 1;
        for (place, label) in row {
            let role = if place == lab.focus() {
                Role::Selected
            } else if plan.panes.iter().any(|(shown, _)| *shown == place) {
                Role::Strong
            } else {
                Role::Dim
            };
            x = pen.text(x, y, &label, role) + 1;
        }
    }
}

/// What there is to say, in the place of the hints; a long one takes the rows above them, too, for it is gone with the
/// next key.
fn notice(app: &App, pen: &mut Pen<'_>) {
    let Some(notice) = app.notice.as_ref().filter(|_| !matches!(app.layer, Some(Layer::Line(_)))) else { return };
    let (columns, rows) = (pen.width(), pen.height());
    let lines = notice_rows(notice, columns);
    let high = lines.len().min(rows).min(4);
    let mut part = pen.part(0, rows - high, columns, high);
    part.clear();
    markdown::draw(&lines, &mut part.part(1, 0, columns.saturating_sub(2), high));
}

/// The rows of what there is to say on a screen of so many columns.
fn notice_rows(notice: &str, columns: usize) -> Vec<Row> {
    notice.lines().flat_map(|line| markdown::words(line, Role::Warn, columns.saturating_sub(2))).collect()
}

/// What a tape says, in the last rows, above what is typed or answered there, and the key that was pressed, at their right end.
fn told(app: &App, pen: &mut Pen<'_>) {
    let (columns, rows) = (pen.width(), pen.height());
    let label = app.told.key.as_ref().filter(|_| app.told.over.is_none()).map(|key| format!(" {key} "));
    let taken = match (&app.layer, &app.notice) {
        (Some(Layer::Line(_)), _) => 2,
        (_, Some(notice)) => notice_rows(notice, columns).len().min(4),
        _ => 0,
    };
    if let Some(caption) = &app.told.caption {
        let room = columns.saturating_sub(2 + label.as_ref().map_or(0, |label| text::width(label) + 2));
        let lines = text::wrap(caption, room);
        let high = lines.len().min(rows).min(3);
        let mut part = pen.part(0, rows.saturating_sub(high + taken), columns, high);
        part.clear();
        part.part(1, 0, room, high).lines(0, &lines, Role::Strong);
    }
    if let Some(words) = &app.told.over {
        let words = text::cut(words, columns.saturating_sub(2), pen.look.ellipsis());
        let mut part = pen.part(0, rows.saturating_sub(1 + taken), columns, 1);
        part.clear();
        part.text(1, 0, &words, Role::Key);
    } else if let Some(label) = label {
        let wide = (text::width(&label) + 2).min(columns);
        let mut part = pen.part(columns - wide, rows - 1, wide, 1);
        part.clear();
        part.text(1, 0, &label, Role::Selected);
    }
}

/// What the keys do here, as many as there is room for; or a notice in their place.
fn hints(app: &App, pen: &mut Pen<'_>) {
    let frozen = app.lab.as_ref().and_then(LabScreen::frozen_at);
    if let Some(Layer::Line(_)) = &app.layer {
        return;
    }
    if app.notice.is_some() || app.waiting.is_some() {
        return;
    }
    let mut x = 1;
    if let Some(step) = frozen {
        x = pen.text(x, 0, &format!("frozen at step {step}, f goes on"), Role::Warn);
        x = pen.text(x, 0, pen.look.pick(" │ ", " | "), Role::Dim);
    }
    // A key that would do nothing now is not offered; the way on from a run that is over is offered first.
    let ends = app.lab.as_ref().and_then(LabScreen::walked).is_some_and(|walked| walked.is_over);
    let idle = |action| match action {
        Action::Phase(PhaseKey::NextOrStep) => !ends,
        action => app.lab.as_ref().is_some_and(|lab| lab.is_idle(action)),
    };
    let over = app.lab.as_ref().is_some_and(|lab| lab.live().status.is_final());
    let mut table: Vec<&Binding> =
        keys::table(app.context()).filter(|binding| !binding.hint.is_empty() && !idle(binding.action)).collect();
    table.sort_by_key(|binding| !(over && binding.action == Action::Restart));
    let (of_tasks, shown): (Vec<&Binding>, Vec<&Binding>) =
        table.into_iter().partition(|binding| binding.is_of_tasks());
    // Help and the way out are always there; the others come in the table's order until the room is used up.
    let (last, first): (Vec<_>, Vec<_>) =
        shown.into_iter().partition(|binding| matches!(binding.hint, "help" | "leave"));
    let offered = app.lab.as_ref().and_then(LabScreen::tasked).map(panes::offers).unwrap_or_default();
    let offer = |key: &str| offered.iter().find(|(own, _)| *own == key).map(|(_, words)| words.as_str());
    let hint = |binding: &Binding| match binding.action {
        Action::Leave if app.goes_back() => "list".to_owned(),
        Action::Phase(PhaseKey::NextOrRun) if ends => "run".to_owned(),
        Action::Answer => offer(binding.shown).unwrap_or(binding.hint).to_owned(),
        _ => binding.hint.to_owned(),
    };
    let arrow = |sign, word| pen.look.pick(sign, word);
    let arrows = [
        ("up k", arrow("↑", "up")),
        ("down j", arrow("↓", "down")),
        ("left", arrow("←", "left")),
        ("right", arrow("→", "right")),
    ];
    let key =
        |binding: &Binding| arrows.iter().find(|(of, _)| *of == binding.shown).map_or(binding.shown, |(_, own)| own);
    let size = |binding: &Binding| text::width(key(binding)) + text::width(&hint(binding)) + 4;
    let least = last.iter().map(|binding| size(binding)).sum::<usize>();
    if let Some(conditions) = app.lab.as_ref().and_then(|lab| conditions(lab.live())) {
        let room = (pen.width() / 2).min(pen.width().saturating_sub(x + least));
        x = pen.text(x, 0, &text::cut(&conditions, room, pen.look.ellipsis()), Role::Warn) + 2;
    }
    let mut room = pen.width().saturating_sub(x + least);
    // The first key, and where tasks take the room one of the pane in focus; then those of the task, then the others.
    let (mut chosen, mut own) = (Vec::new(), None);
    let asked =
        of_tasks.iter().find(|binding| offer(binding.shown).is_some()).map(|binding| TASK.len() + size(binding));
    let (of_pane, first): (Vec<&Binding>, Vec<&Binding>) =
        first.into_iter().partition(|binding| asked.is_some() && binding.is_of_pane());
    let mut of_pane = of_pane.into_iter().peekable();
    let mut others = first.into_iter().peekable();
    if let Some(binding) = others.next_if(|binding| size(binding) <= room) {
        room -= size(binding);
        chosen.push(binding);
    }
    if let Some(binding) = of_pane.next_if(|binding| size(binding) + asked.unwrap_or(0) <= room) {
        room -= size(binding);
        own = Some(binding);
    }
    let mut tasks: Vec<&Binding> = Vec::new();
    for binding in of_tasks.into_iter().filter(|binding| offer(binding.shown).is_some()) {
        let heading = if tasks.is_empty() { TASK.len() } else { 0 };
        if size(binding) + heading <= room {
            room -= size(binding) + heading;
            tasks.push(binding);
        }
    }
    chosen.extend(own);
    for binding in own.is_some().then_some(of_pane).into_iter().flatten().chain(others) {
        if size(binding) > room {
            break;
        }
        room -= size(binding);
        chosen.push(binding);
    }
    chosen.extend(last);
    let write = |pen: &mut Pen<'_>, mut x: usize, bindings: &[&Binding]| {
        for (i, binding) in bindings.iter().enumerate() {
            if i > 0 {
                x = pen.text(x, 0, &format!(" {} ", pen.look.dot()), Role::Dim);
            }
            x = pen.text(x, 0, key(binding), Role::Key);
            x = pen.text(x, 0, &format!(" {}", hint(binding)), Role::Dim);
        }
    };
    write(pen, x, &chosen);
    if !tasks.is_empty() {
        let wide = tasks.iter().map(|binding| size(binding)).sum::<usize>() - 3;
        let x = pen.width().saturating_sub(wide + TASK.len());
        let x = pen.text(x, 0, TASK, Role::Dim);
        write(pen, x, &tasks);
    }
}

/// What stands before the keys of tasks.
const TASK: &str = "task: ";

/// What the hint line says of conditions that are looked at.
fn conditions(snapshot: &Snapshot) -> Option<String> {
    let asked = &snapshot.queries;
    let until = asked.until.iter().map(|text| format!("until {text}"));
    let said: Vec<String> = until.chain(asked.breaks.iter().map(|text| format!("break {text}"))).collect();
    (!said.is_empty()).then(|| said.join(", "))
}
