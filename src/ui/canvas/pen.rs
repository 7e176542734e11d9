//! Writes on a rectangle of the screen's buffer. Nothing is drawn outside of it, so that no pane can draw over another or
//! panic at a small size; a text that does not fit ends at the end of a word, with a mark, and holds no part of a number. It
//! knows nothing of what is drawn.
//!
//! It is the one gate to the screen, and to pictures of it: no character that would steer a terminal, or turn the
//! direction of a line, comes into a cell.

#[cfg(test)]
pub mod record;

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use crate::ui::canvas::text;
use crate::ui::look::theme::{Look, Role};

/// A rectangle to write on, with its own coordinates from (0, 0).
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
    /// The column right of the area is a frame's blank, where a mark may stand.
    margin: bool,
    /// How things look.
    pub look: Look,
}

impl<'a> Pen<'a> {
    /// A pen for the part of `area` that lies on the buffer.
    pub fn new(buffer: &'a mut Buffer, area: Rect, look: Look) -> Self {
        let area = area.intersection(buffer.area);
        Self { buffer, area, margin: false, look }
    }

    /// A pen for a rectangle of this one, in this one's coordinates.
    pub fn part(&mut self, x: usize, y: usize, width: usize, height: usize) -> Pen<'_> {
        let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        let area = Rect {
            x: self.area.x.saturating_add(small(x)),
            y: self.area.y.saturating_add(small(y)),
            width: small(width),
            height: small(height),
        };
        let area = area.intersection(self.area);
        let margin = self.margin && area.right() == self.area.right();
        Pen { buffer: self.buffer, area, margin, look: self.look }
    }

    /// Columns.
    pub fn width(&self) -> usize {
        usize::from(self.area.width)
    }

    /// Rows.
    pub fn height(&self) -> usize {
        usize::from(self.area.height)
    }

    /// Writes one line and returns the column after it. What does not fit is left out from the end of a word on, with a mark
    /// in its place; a number is never cut.
    pub fn text(&mut self, x: usize, y: usize, text: &str, role: Role) -> usize {
        if y >= self.height() || x >= self.width() {
            self.note((x, y), text, "");
            return x;
        }
        let (column, row) = (self.area.x + x as u16, self.area.y + y as u16);
        let room = self.width() - x;
        let style = self.look.style(role);
        let seen = text::head(text, room);
        let fits = seen.len() == text.len() && !text::is_wider(seen, room);
        let seen = if fits { Cow::Borrowed(seen) } else { Cow::Owned(text::cut(text, room, self.look.ellipsis())) };
        self.note((x, y), text, &seen);
        let (end, _) = self.buffer.set_stringn(column, row, text::shown(&seen), room, style);
        usize::from(end - self.area.x)
    }

    /// Writes the first of some texts that fits, and returns the column after it; nothing if none does. They say the same, the
    /// longest first.
    pub fn choice<T: AsRef<str>>(
        &mut self,
        x: usize,
        y: usize,
        texts: impl IntoIterator<Item = T>,
        role: Role,
    ) -> usize {
        let room = self.width().saturating_sub(x);
        let text = text::longest(texts, room).filter(|_| y < self.height());
        text.map_or(x, |text| self.text(x, y, text.as_ref(), role))
    }

    /// Writes one line that ends at the right edge; what does not fit is left out at its end.
    pub fn text_right(&mut self, y: usize, text: &str, role: Role) {
        let text = text::cut(text, self.width(), self.look.ellipsis());
        let x = self.width().saturating_sub(text::width(&text));
        self.text(x, y, &text, role);
    }

    /// Writes a text in lines from a row on and returns the row after it. Where there are more lines than rows the last one
    /// that is seen ends in a mark.
    pub fn paragraph(&mut self, y: usize, text: &str, role: Role) -> usize {
        let lines = text::wrap(text, self.width());
        self.lines(y, &lines, role)
    }

    /// Writes lines that were wrapped already from a row on and returns the row after them. Where there are more lines than
    /// rows the last one that is seen ends in a mark.
    pub fn lines(&mut self, y: usize, lines: &[String], role: Role) -> usize {
        let rows = self.height().saturating_sub(y).min(lines.len());
        for (i, line) in lines.iter().take(rows).enumerate() {
            let last = i + 1 == rows && rows < lines.len();
            let line =
                if last { goes_on(line, self.width(), self.look.ellipsis()) } else { Cow::Borrowed(line.as_str()) };
            self.text(0, y + i, &line, role);
        }
        y + rows
    }

    #[cfg(test)]
    fn note(&self, (x, y): (usize, usize), asked: &str, written: &str) {
        let at = |start: u16, by: usize| start.saturating_add(u16::try_from(by).unwrap_or(u16::MAX));
        record::note(|| record::Done::Text {
            at: (at(self.area.x, x), at(self.area.y, y)),
            asked: asked.to_owned(),
            written: written.to_owned(),
        });
    }

    #[cfg(not(test))]
    #[inline]
    #[allow(clippy::unused_self)]
    fn note(&self, _: (usize, usize), _: &str, _: &str) {}

    /// Writes one character of one column.
    pub fn symbol(&mut self, x: usize, y: usize, symbol: char, role: Role) {
        if x < self.width() && y < self.height() {
            let at = (self.area.x + x as u16, self.area.y + y as u16);
            if let Some(cell) = self.buffer.cell_mut(at) {
                cell.set_char(text::shown_char(symbol)).set_style(self.look.style(role));
            }
        }
    }

    /// The character that stands in a cell, and whether it looks as one of this role does.
    pub fn seen(&self, x: usize, y: usize, role: Role) -> Option<(char, bool)> {
        let inside = x < self.width() && y < self.height();
        let cell = self.buffer.cell((self.area.x + x as u16, self.area.y + y as u16)).filter(|_| inside)?;
        let style = self.look.style(role);
        let alike = cell.fg == style.fg.unwrap_or(Color::Reset) && cell.modifier == style.add_modifier;
        Some((cell.symbol().chars().next().unwrap_or(' '), alike))
    }

    /// Two pixels in one cell, the upper one and the lower one, each of the ground of its role.
    pub fn halves(&mut self, x: usize, y: usize, upper: Role, lower: Role) {
        let [upper, lower] = [upper, lower].map(|role| self.look.style(role).bg.unwrap_or(Color::Reset));
        if x < self.width() && y < self.height() {
            let at = (self.area.x + x as u16, self.area.y + y as u16);
            if let Some(cell) = self.buffer.cell_mut(at) {
                // Cells of one colour are blanks with the ink of what may be stamped on them: so that takes no change of colour.
                let (symbol, ink) = if upper == lower { (' ', Color::Black) } else { ('▀', upper) };
                cell.set_char(symbol).set_style(Style::new().fg(ink).bg(lower));
            }
        }
    }

    /// Writes one character on the ground that is there already: black on a coloured one, by the role on any other.
    pub fn stamp(&mut self, x: usize, y: usize, symbol: char, role: Role) {
        if x < self.width() && y < self.height() {
            let at = (self.area.x + x as u16, self.area.y + y as u16);
            let style = self.look.style(role);
            if let Some(cell) = self.buffer.cell_mut(at) {
                let style = if cell.bg == Color::Reset { style } else { Style::new().fg(Color::Black) };
                cell.set_char(text::shown_char(symbol)).set_style(style);
            }
        }
    }

    /// Writes one character on the terminal's own ground, whatever was there.
    pub fn hole(&mut self, x: usize, y: usize, symbol: char, role: Role) {
        self.part(x, y, 1, 1).blank();
        self.symbol(x, y, symbol, role);
    }

    /// Gives a whole row the style of a role and keeps its text.
    pub fn row_style(&mut self, y: usize, role: Role) {
        if y < self.height() {
            let row = Rect { y: self.area.y + y as u16, height: 1, ..self.area };
            self.buffer.set_style(row, self.look.style(role));
        }
    }

    /// Blanks the rectangle.
    pub fn clear(&mut self) {
        #[cfg(test)]
        record::note(|| record::Done::Cleared(self.area));
        self.blank();
    }

    fn blank(&mut self) {
        for y in self.area.top()..self.area.bottom() {
            for x in self.area.left()..self.area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                }
            }
        }
    }

    /// Marks that there are rows above those that are shown, or below them: in the blank beside the frame, so that no letter
    /// is lost; without a frame at the right edge.
    pub fn scroll_marks(&mut self, above: bool, below: bool) {
        let bottom = self.height().saturating_sub(1);
        let [up, down] = [self.look.pick('▲', '^'), self.look.pick('▼', 'v')];
        let (width, margin) = (self.area.width, u16::from(self.margin));
        if self.area.is_empty() {
            return;
        }
        self.area.width += margin;
        let right = usize::from(width + margin) - 1;
        if above {
            self.symbol(right, 0, up, Role::Key);
        }
        if below {
            self.symbol(right, bottom, down, Role::Key);
        }
        self.area.width = width;
    }

    /// Draws a frame with a title at the left and one at the right of its upper edge, and returns a pen for what is
    /// inside, one column in from the frame. The left title has the first claim on the room. A title may have several forms,
    /// each on a line, the longest first: the first one that fits is drawn, and of the left title a shorter one where the
    /// right title is whole beside that alone.
    pub fn framed(&mut self, left: &str, right: &str, role: Role) -> Pen<'_> {
        let (w, h) = (self.width(), self.height());
        if w < 4 || h < 3 {
            return self.part(0, 0, w, h);
        }
        let [top_left, top_right, bottom_right, bottom_left, across, down] = self.look.frame();
        for x in 1..w - 1 {
            self.symbol(x, 0, across, role);
            self.symbol(x, h - 1, across, role);
        }
        for y in 1..h - 1 {
            self.symbol(0, y, down, role);
            self.symbol(w - 1, y, down, role);
        }
        for (x, y, c) in
            [(0, 0, top_left), (w - 1, 0, top_right), (w - 1, h - 1, bottom_right), (0, h - 1, bottom_left)]
        {
            self.symbol(x, y, c, role);
        }
        let mark = self.look.ellipsis();
        let title_role = if role == Role::Border { Role::Text } else { role };
        let left = beside(left, right, w, mark);
        let mut used = 0;
        if !left.is_empty() {
            used = self.text(1, 0, &format!(" {left} "), title_role);
        }
        let room = (w - 2).saturating_sub(used + 3);
        if !right.is_empty() && room >= 8 {
            let right = whole_numbers(right, room, mark);
            // A mark alone says nothing.
            if right.chars().any(|c| c != mark) {
                let x = w - 3 - text::width(&right);
                self.text(x, 0, &format!(" {right} "), Role::Text);
            }
        }
        let mut inside = self.part(2, 1, w - 4, h - 2);
        inside.margin = true;
        inside
    }
}

/// The first form of a title that fits, or as much of the last one as does.
fn form(title: &str, room: usize, mark: char) -> String {
    let form = text::longest(title.lines(), room).or_else(|| title.lines().last());
    text::fit(form.unwrap_or_default(), room, mark)
}

/// The first form of the left title beside which some form of the right one is whole in a frame of that width; without one,
/// as much of the left title as fits alone.
fn beside(left: &str, right: &str, width: usize, mark: char) -> String {
    let least = right.lines().map(text::width).min().filter(|least| *least > 0);
    let fits = |form: &&str| {
        // The corners, two blanks around each title, and the line between them.
        let room = (width - 2).saturating_sub(text::width(form) + 2 + 3);
        least.is_some_and(|least| least <= room && room >= 8)
    };
    let whole = left.lines().find(fits).map(str::to_owned);
    whole.unwrap_or_else(|| form(left, width.saturating_sub(6), mark))
}

/// The same of a title that is worth less: one that tells a number is there with all of it, or not at all.
fn whole_numbers(title: &str, room: usize, mark: char) -> String {
    let shown = form(title, room, mark);
    let is_cut = shown.ends_with(mark) && title.contains(|c: char| c.is_ascii_digit());
    if is_cut { String::new() } else { shown }
}

/// A line behind which others are left out: with a mark, and without its last words if there is no room for that.
fn goes_on(line: &str, columns: usize, mark: char) -> Cow<'static, str> {
    let line = line.trim_end();
    let more = "x".repeat(columns);
    Cow::Owned(if line.is_empty() { mark.to_string() } else { text::cut(&format!("{line} {more}"), columns, mark) })
}

#[cfg(test)]
mod tests;
