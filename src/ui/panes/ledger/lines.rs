//! The lines of a ledger in rows: the script's own formula and its numbers beside each other where there is room, else in
//! rows of their own. No number is ever cut.

use std::ops::Range;

use crate::snapshot::Ledger;
use crate::ui::canvas::formula;
use crate::ui::canvas::formula::Shown;
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;

/// The widest name that has a column of its own.
const NAME: usize = 16;
/// The digits of a result where nothing asks for more, and the most that a weight has so that its change is seen.
const DIGITS: usize = 4;
const MOST_DIGITS: usize = 9;

/// The lines of a ledger as they are written.
pub(in crate::ui) struct Lines(pub(in crate::ui) Vec<Told>);

/// A line as it is written.
pub(in crate::ui) struct Told {
    /// With its place.
    pub(in crate::ui) name: String,
    /// Which element it is, where it is another one than the parameter's that is looked at.
    place: String,
    /// The right-hand side as the script has it; empty where there is none.
    pub(in crate::ui) symbolic: String,
    /// The same with its numbers; empty for a value alone.
    pub(in crate::ui) numbers: String,
    pub(in crate::ui) value: String,
    /// What stands above it, where another function of the script begins with it.
    pub(in crate::ui) heading: Option<String>,
    finite: bool,
}

impl Lines {
    pub(in crate::ui) fn of(ledger: &Ledger) -> Self {
        let last = ledger.lines.len().saturating_sub(1);
        let told = ledger.lines.iter().enumerate().map(|(at, line)| {
            // A weight beside the one that it was: the new one, and where the second gradient was taken.
            let is_weight = at == last || at + 1 == ledger.second_point.end;
            let digits = if is_weight { digits(ledger.before, line.value) } else { DIGITS };
            let Shown { numbers, value } = formula::shown(&line.formula, line.value, digits);
            let (place, symbolic) = (line.place.clone(), written_out(&line.name, &line.symbolic));
            let (name, finite) = (format!("{}{place}", line.name), line.value.is_finite());
            Told { name, place, symbolic, numbers, value, heading: heading(ledger, at), finite }
        });
        Self(told.collect())
    }

    pub(super) fn widest(&self, of: fn(&Told) -> &str) -> usize {
        self.0.iter().map(|line| text::width(of(line))).max().unwrap_or(0)
    }
}

/// What stands above a line: the function of the script that it begins, where the rule has several.
fn heading(ledger: &Ledger, at: usize) -> Option<String> {
    let Range { start, end } = ledger.second_point;
    let second = ledger.lines.get(end).filter(|_| start < end)?;
    // `dW2` or `db2`, unless the update makes nothing of it.
    let gradient = if second.symbolic.is_empty() && second.name.starts_with('d') { &second.name } else { "it" };
    match at {
        _ if at == start => Some(format!("second_point: where the second gradient, {gradient}, is taken")),
        _ if at == end => Some("update".to_owned()),
        _ => None,
    }
}

/// The right-hand side of a line as it reads behind the name and `=`: of the script's `x += y` that is `x + y`. What is
/// assigned so stands in brackets where it would be read otherwise.
fn written_out(name: &str, symbolic: &str) -> String {
    let assigned = symbolic.split_once('=').filter(|(operator, _)| ["+", "-", "*", "/", "%", "**"].contains(operator));
    let Some((operator, right)) = assigned else { return symbolic.to_owned() };
    let right = right.trim_start();
    let splits: &[char] = if operator == "+" || operator == "-" { &['+', '-'] } else { &['+', '-', '*', '/', '%'] };
    let mut depth = 0_usize;
    let is_open = right.char_indices().any(|(at, c)| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_exponent = matches!(right.as_bytes()[..at], [.., b'0'..=b'9' | b'.', b'e']);
        depth == 0 && at > 0 && splits.contains(&c) && !is_exponent
    });
    if is_open { format!("{name} {operator} ({right})") } else { format!("{name} {operator} {right}") }
}

/// As many digits of a weight as tell it from the weight before.
pub(super) fn digits(before: f64, after: f64) -> usize {
    let apart = |digits: &usize| before == after || text::rounded(before, *digits) != text::rounded(after, *digits);
    (DIGITS..MOST_DIGITS).find(apart).unwrap_or(MOST_DIGITS)
}

/// How a heading is drawn; no part of a line is drawn so.
pub(super) const HEADING: Role = Role::Key;

/// Rows of the pane, each a few texts at their columns.
pub(super) type Rows = Vec<Vec<(usize, String, Role)>>;

/// The rows of each line, and how many lines are seen at once at the end of the ledger.
pub(super) struct Plan {
    pub(super) lines: Vec<Rows>,
    height: usize,
}

impl Plan {
    pub(super) fn of(ledger: &Ledger, columns: usize, height: usize, mark: char) -> Self {
        let lines = Lines::of(ledger);
        let places = Places::of(&lines, columns, mark);
        let all = |of: fn(&Places, &Told) -> Rows| {
            let rows = |line: &Told| {
                let heading = line.heading.iter().flat_map(|heading| text::wrap(heading, columns));
                let heading = heading.map(|row| vec![(0, row, HEADING)]);
                heading.chain(of(&places, line)).collect::<Rows>()
            };
            lines.0.iter().map(rows).collect::<Vec<Rows>>()
        };
        let rows = |lines: &[Rows]| lines.iter().map(Vec::len).sum::<usize>();
        if places.symbols > 0 {
            return Self { lines: all(Places::beside), height };
        }
        let whole = all(Places::whole);
        let short = all(Places::short);
        if rows(&whole) <= height || rows(&short) > height {
            return Self { lines: whole, height };
        }
        // All lines are seen with their numbers; what is left of the room has their formulas, from the last line on, which is
        // what the others are for.
        let mut lines = short;
        for (at, whole) in whole.into_iter().enumerate().rev() {
            if rows(&lines) - lines[at].len() + whole.len() <= height {
                lines[at] = whole;
            }
        }
        Self { lines, height }
    }

    fn fits(&self) -> bool {
        self.lines.iter().map(Vec::len).sum::<usize>() <= self.height
    }

    /// The first line of the last page.
    pub(super) fn last(&self) -> usize {
        let mut room = if self.fits() { self.height } else { self.height.saturating_sub(1) };
        let fits = self.lines.iter().rev().take_while(|rows| {
            let fits = rows.len() <= room;
            room = room.saturating_sub(rows.len());
            fits
        });
        (self.lines.len() - fits.count()).min(self.lines.len().saturating_sub(1))
    }

    /// How many lines are seen from one on; always one, however large it is.
    pub(super) fn shown(&self, first: usize) -> usize {
        let mut room = if self.fits() { self.height } else { self.height.saturating_sub(1) };
        let fits = self.lines[first.min(self.lines.len())..].iter().take_while(|rows| {
            let fits = rows.len() <= room;
            room = room.saturating_sub(rows.len());
            fits
        });
        fits.count().max(1)
    }
}

/// Where the parts of a line stand.
struct Places {
    columns: usize,
    mark: char,
    name: usize,
    value: usize,
    /// The columns of the script's formulas, where those of all lines stand beside the numbers; else 0.
    symbols: usize,
    numbers: usize,
}

impl Places {
    fn of(lines: &Lines, columns: usize, mark: char) -> Self {
        let name = lines.widest(|line| &line.name).min(NAME).min(columns / 3);
        let value = lines.widest(|line| &line.value);
        let (symbols, numbers) = (lines.widest(|line| &line.symbolic), lines.widest(|line| &line.numbers));
        let fits = symbols > 0 && name + symbols + numbers + value + 9 <= columns;
        Self { columns, mark, name, value, numbers, symbols: if fits { symbols } else { 0 } }
    }

    /// The name, of which the place is never cut.
    fn name(&self, line: &Told) -> (usize, String, Role) {
        let place = &line.place;
        let (name, room) = (line.name.strip_suffix(place.as_str()), self.name.saturating_sub(text::width(place)));
        let cut = match name {
            Some(name) if room > 1 => format!("{}{place}", text::cut(name, room, self.mark)),
            _ => text::cut(&line.name, self.name, self.mark),
        };
        (0, cut, Role::Strong)
    }

    /// The value at a column, to the right of its room, behind an equals sign where there is something to be equal to.
    fn value(&self, line: &Told, at: usize, equals: bool) -> [(usize, String, Role); 2] {
        let role = if line.finite { Role::Strong } else { Role::Bad };
        let room = self.value;
        [(at, if equals { " = " } else { "" }.to_owned(), Role::Dim), (at + 3, format!("{:>room$}", line.value), role)]
    }

    /// `name = value` of a value alone whose name is wider than the column of names: there is room for it where others have
    /// their formulas. None of any other line.
    fn alone(&self, line: &Told, end: usize) -> Option<Rows> {
        let is_alone = line.symbolic.is_empty() && line.numbers.is_empty();
        if !is_alone || text::width(&line.name) <= self.name || end <= self.name {
            return None;
        }
        let mut row = vec![(0, text::cut(&line.name, end, self.mark), Role::Strong)];
        row.extend(self.value(line, end, true));
        Some(vec![row])
    }

    /// `name = script = numbers = value` in columns.
    fn beside(&self, line: &Told) -> Rows {
        if let Some(row) = self.alone(line, self.name + 6 + self.symbols + self.numbers) {
            return row;
        }
        let mut row = vec![self.name(line)];
        let mut x = self.name;
        if !line.symbolic.is_empty() {
            row.extend([(x, " = ".into(), Role::Dim), (x + 3, line.symbolic.clone(), Role::Dim)]);
        }
        x += 3 + self.symbols;
        row.extend([(x, " = ".into(), Role::Dim), (x + 3, line.numbers.clone(), Role::Text)]);
        row.extend(self.value(line, x + 3 + self.numbers, !line.numbers.is_empty()));
        vec![row]
    }

    /// `name = numbers = value`
    fn short(&self, line: &Told) -> Rows {
        if let Some(row) = self.alone(line, self.columns.saturating_sub(self.value + 3)) {
            return row;
        }
        let mut rows = self.rows_of_numbers(line);
        rows[0].insert(0, self.name(line));
        rows
    }

    /// `name = script = numbers = value` in one row where that has room, else the script's formula in rows of its own.
    fn whole(&self, line: &Told) -> Rows {
        let room = self.columns.saturating_sub(self.name + 3);
        if line.symbolic.is_empty() || line.symbolic == line.numbers {
            return self.short(line);
        }
        let all = [&line.symbolic, &line.numbers].map(|text| text::width(text));
        let middle = if line.numbers.is_empty() { all[0] } else { all[0] + 3 + all[1] };
        if middle + 3 + self.value <= room {
            let x = self.name + 3;
            let mut row =
                vec![self.name(line), (self.name, " = ".into(), Role::Dim), (x, line.symbolic.clone(), Role::Dim)];
            if !line.numbers.is_empty() {
                row.push((x + all[0], " = ".into(), Role::Dim));
                row.push((x + all[0] + 3, line.numbers.clone(), Role::Text));
            }
            row.extend(self.value(line, self.columns.saturating_sub(self.value + 3), true));
            return vec![row];
        }
        let formula = text::wrap(&line.symbolic, room.max(1));
        let mut rows: Rows = formula.into_iter().map(|part| vec![(self.name + 3, part, Role::Dim)]).collect();
        rows[0].splice(0..0, [self.name(line), (self.name, " = ".into(), Role::Dim)]);
        rows.extend(self.rows_of_numbers(line));
        rows
    }

    /// `= numbers = value`, in as many rows as the numbers take; none is ever cut.
    fn rows_of_numbers(&self, line: &Told) -> Rows {
        let (x, end) = (self.name + 3, self.columns.saturating_sub(self.value + 3));
        let room = self.columns.saturating_sub(x).max(1);
        let longest = line.numbers.split(' ').map(text::width).max().unwrap_or(0);
        let numbers = if longest > room { self.mark.to_string() } else { line.numbers.clone() };
        let mut rows: Rows = text::wrap(&numbers, room).into_iter().map(|part| vec![(x, part, Role::Text)]).collect();
        let used = rows.last().and_then(|row| row.first()).map_or(0, |(x, part, _)| x + text::width(part));
        if rows.is_empty() || used > end {
            rows.push(Vec::new());
        }
        rows[0].insert(0, (self.name, " = ".into(), Role::Dim));
        let last = rows.len() - 1;
        rows[last].extend(self.value(line, end.max(self.name), !line.numbers.is_empty()));
        rows
    }
}
